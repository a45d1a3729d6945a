"""Balls of Arb: real numbers enclosed, in lists for vectors.

Every ball contains the true number, so a claim about real numbers can be refuted with certainty. The precision is that
of ``flint.ctx``. A result that is not determined - the logarithm of a ball that meets zero - is a ball without bounds.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from verify.exact.rationals import to_fraction
from verify.exact.roots import Root

Ball = Any  # flint.arb, which comes without type stubs
Balls = Sequence[Any]


def ball(x: Fraction | float | Ball) -> Ball:
    """A ball around an exact number; a ball as it is.

    Example:
        >>> ball(Fraction(1, 3)).contains(fmpq(1, 3)), ball(0.5).is_exact()
        (True, True)
    """
    if isinstance(x, arb):
        return x
    above, below = x.as_integer_ratio()
    return arb(fmpq(above, below))


def between(interval: tuple[Fraction, Fraction]) -> Ball:
    """A ball that contains an interval.

    Example:
        >>> third = between((Fraction(1, 3), Fraction(1, 2)))
        >>> third.contains(fmpq(1, 3)), third.contains(fmpq(1, 2)), third.contains(fmpq(3, 5))
        (True, True, False)
    """
    return ball(interval[0]).union(ball(interval[1]))


def ends(x: Ball) -> tuple[Fraction, Fraction]:
    """The two ends of a finite ball, dyadic numbers.

    Example:
        >>> low, high = ends(ball(Fraction(1, 3)))
        >>> low < Fraction(1, 3) < high, ends(arb(0.5))
        (True, (Fraction(1, 2), Fraction(1, 2)))
    """
    return to_fraction(x.lower().fmpq()), to_fraction(x.upper().fmpq())


def of_root(number: Root, width: Fraction = Fraction(1, 1 << 160)) -> Ball:
    """A ball around an exactly known algebraic number, at most so wide: by default far less than certificates prove."""
    found = number.enclosure(width)
    return between((found.lower, found.upper))


def around(x: Ball, radius: Ball) -> Ball:
    """Every number that is within the radius of ``x``."""
    return x + arb(0).union(radius.upper()).union(-radius.upper())


def root(x: Ball) -> Ball:
    """Square root of a number that is certainly not negative, whatever its ball; 0 belongs to the ball of a 0.

    Example:
        >>> tiny = arb(0, 1e-20)
        >>> root(tiny).contains(0), root(tiny) < arb(1e-9)
        (True, True)
    """
    return x.nonnegative_part().sqrt()


def dot(u: Balls, v: Balls) -> Ball:
    r""":math:`\langle u,v\rangle`."""
    return total(a * b for a, b in zip(u, v, strict=True))


def square(x: Iterable[Ball]) -> Ball:
    r""":math:`\|x\|^2`, by products: the general power of a ball that meets 0 is not determined."""
    return total(a * a for a in x)


def total(terms: Iterable[Ball]) -> Ball:
    """Sum of balls; 0 of none."""
    return sum(terms, arb(0))


def centered(x: Balls) -> list[Ball]:
    """A vector less its mean."""
    mean = total(x) / len(x)
    return [a - mean for a in x]
