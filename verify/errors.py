"""What is said when input is bad: one line that names the offending entry and says what to do."""

from __future__ import annotations

import reprlib

__all__ = ["InputError", "show"]


class InputError(ValueError):
    """Bad input. The message is one line that names the offending entry and says what to do."""


_abbreviation = reprlib.Repr()
_abbreviation.maxstring = _abbreviation.maxother = 60
show = _abbreviation.repr
"""A value as messages show it: quoted, escaped, and short whatever the input holds."""
