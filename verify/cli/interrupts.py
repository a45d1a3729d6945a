"""An interrupt while the command is still being loaded ends it like any other program: at once, without a traceback.

Importing this module hands interrupts to the system; :func:`raised` hands them back to Python once the command is
loaded and can say what was interrupted.
"""

import signal
import threading

_ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is (
    signal.default_int_handler
)
if _ours:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def raised() -> None:
    """From here on an interrupt is a ``KeyboardInterrupt`` again, if it was one before."""
    if _ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
