"""One thread of linear algebra, unless the environment says otherwise; to be imported before NumPy.

Matrices are mostly small here, and threads that wait for each other cost time: on a busy machine, several times as much
as the work. Nor is there much for the collector of cycles, which else comes after every 700 objects, and goes through
all of them again, several times, when the process ends.
"""

import atexit
import gc
import os

gc.set_threshold(50_000)
atexit.register(gc.freeze)

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
