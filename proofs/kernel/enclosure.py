"""Enclosures: two rational numbers between which a closed formula lies, and the signs that follow from them."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp
from mpmath.ctx_iv import MPIntervalContext

from proofs.kernel.outcome import DefectError

COMBINATORIAL = (sp.binomial, sp.factorial, sp.gamma, sp.RisingFactorial, sp.FallingFactorial)

Interval = tuple[Fraction, Fraction]
"""A rigorous enclosure: rational lower and upper end point."""

_IV = MPIntervalContext()
_IV.prec = 160


def at_point(formula: Any, point: Mapping[Any, Any]) -> Any:
    """The formula with symbols (or entries of families) replaced by numbers."""
    values = {symbol: sp.sympify(value) for symbol, value in point.items()}
    if formula.has(sp.Sum, sp.Derivative) or any(value.free_symbols for value in values.values()):
        return formula.subs(values)  # bound variables, or values in terms of other symbols
    return formula.xreplace(values)


def enclose(expr: Any) -> Interval | None:
    """A rigorous enclosure of a closed formula; exact where it is rational; ``None`` where it is not understood.

    Example:
        >>> low, high = enclose(sp.log(2) - sp.Rational(693, 1000))
        >>> 0 < low <= high < Fraction(15, 100000)
        True
    """
    expr = sp.sympify(expr)
    if expr.has(sp.Sum, sp.KroneckerDelta, *COMBINATORIAL):
        expr = sp.expand_func(expr.doit())
    if expr.is_Rational:
        return Fraction(int(expr.p), int(expr.q)), Fraction(int(expr.p), int(expr.q))
    try:
        box = _box(expr)
    except (_NotUnderstoodError, ZeroDivisionError, ValueError):
        return None
    low, high = _exactly(box.a), _exactly(box.b)
    return None if low is None or high is None else (low, high)


def is_exactly_zero(expr: Any) -> bool:
    """Whether a closed formula evaluates to the rational number 0."""
    box = enclose(expr)
    return box is not None and not any(box)


class _NotUnderstoodError(Exception):
    """A node for which no interval extension is known here."""


def _box(e: Any) -> Any:  # noqa: PLR0911 - one return per kind of node
    if e.is_Rational:
        return _IV.mpf(int(e.p)) / _IV.mpf(int(e.q))
    if e.is_Add:
        return sum((_box(a) for a in e.args), _IV.mpf(0))
    if e.is_Mul:
        product = _IV.mpf(1)
        for factor in e.args:
            product *= _box(factor)
        return product
    if isinstance(e, sp.exp) or e is sp.E:
        return _IV.exp(_IV.mpf(1) if e is sp.E else _box(e.args[0]))
    if isinstance(e, sp.log):
        return _IV.log(_positive(_box(e.args[0])))
    if isinstance(e, sp.Abs):
        return abs(_box(e.args[0]))
    if e.is_Pow and e.exp.is_Integer:
        return _box(e.base) ** int(e.exp)
    if e.is_Pow and e.exp.is_Rational:
        return _IV.exp(_IV.log(_positive(_box(e.base))) * _box(e.exp))
    raise _NotUnderstoodError


def _positive(box: Any) -> Any:
    if not box.a > 0:
        raise _NotUnderstoodError
    return box


def _exactly(end: Any) -> Fraction | None:
    """The end point of an interval as the dyadic rational it is."""
    sign, mantissa, exponent, _ = end._mpi_[0]
    if not mantissa and exponent:
        return None  # an infinity or a NaN
    return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)


def fails(value: Interval, relation: str) -> bool:
    """Whether ``value relation 0`` is false for every number in the interval."""
    low, high = value
    match relation:
        case "==":
            return low > 0 or high < 0
        case ">=":
            return high < 0
        case ">":
            return high <= 0
    raise DefectError(f"unknown relation {relation!r}: use ==, >= or >")
