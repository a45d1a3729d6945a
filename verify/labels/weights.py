"""Weights as exact rational numbers, refused before an absurd one costs anything."""

import contextlib
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import numpy as np

from verify.labels.errors import InputError, show

Weight = int | float | str | Decimal | Fraction
"""What a weight may be given as; each is read as the exact rational number it denotes."""

MOST_DIGITS = 1000
"""Longest weight, and longest common denominator, in decimal digits."""

_RATIO = re.compile(rf"\s*(-?[0-9]{{1,{MOST_DIGITS}}})/([0-9]{{1,{MOST_DIGITS}}})\s*")


def exact_weight(weight: object, where: str) -> int | Fraction:
    """The exact value of a positive weight; ``where`` says whose it is.

    A float means the shortest decimal that rounds to it (0.1 is 1/10), a string the decimal or the ratio it spells.
    Digits are counted before any power of ten is computed: ``1e999999999`` is refused at once.

    Example:
        >>> exact_weight(0.1, "the weight"), exact_weight("2/6", "the weight")
        (Fraction(1, 10), Fraction(1, 3))
    """
    value = weight.item() if isinstance(weight, np.generic) and not isinstance(weight, np.floating) else weight
    if isinstance(value, float | np.floating):
        value = str(value)
    if isinstance(value, str):
        value = _spelt_out(value)
    exact: int | Fraction | None = None
    if isinstance(value, Decimal) and value.is_finite():
        _require_ordinary_size(value, where)
        exact = Fraction(value)
    elif isinstance(value, int | Fraction) and not isinstance(value, bool):
        exact = value
    if exact is None:
        raise InputError(f"{where} is {show(str(weight))}: give a positive finite number")
    if exact <= 0:
        raise InputError(f"{where} is {show(str(weight))}: weights must be positive (leave the entry out instead)")
    return exact


def _spelt_out(text: str) -> Fraction | Decimal | None:
    ratio = _RATIO.fullmatch(text)
    if ratio:
        return Fraction(int(ratio[1]), int(ratio[2])) if int(ratio[2]) else None
    with contextlib.suppress(ArithmeticError):
        return Decimal(text)
    return None


def _require_ordinary_size(value: Decimal, where: str) -> None:
    if abs(value.adjusted()) + len(value.as_tuple().digits) > MOST_DIGITS:
        raise InputError(f"{where} {show(str(value))} needs more than {MOST_DIGITS} digits: scale the weights")


def require_common_denominator(weights: Iterable[int | Fraction]) -> None:
    """Refuses weights whose common denominator is beyond :data:`MOST_DIGITS` digits.

    Denominators without common factors would make every integer weight as long as all of them together.
    """
    common, limit = 1, 10**MOST_DIGITS
    for denominator in {weight.denominator for weight in weights}:
        common = math.lcm(common, denominator)
        if common >= limit:
            raise InputError(f"the weights have no common denominator of {MOST_DIGITS} digits: round them")
