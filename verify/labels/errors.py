"""What is said when input is bad, or when nothing can be decided: one line that says why, or what to do."""

import reprlib


class InputError(ValueError):
    """Bad input. The message is one line that names the offending entry and says what to do."""


class UncertifiedError(Exception):
    """There is nothing accepted to decide by, no certificate and no enclosure; the message says why."""


class UnenclosedError(UncertifiedError):
    """No enclosure; the message says which hypothesis or which ball is to blame."""


_abbreviation = reprlib.Repr()
_abbreviation.maxstring = _abbreviation.maxother = 60
show = _abbreviation.repr
"""A value as messages show it: quoted, escaped, and short whatever the input holds."""
