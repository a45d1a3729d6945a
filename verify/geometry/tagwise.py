r"""The scalars of O1 and the entropy :math:`H_m` of chapter L, in balls.

The scalars are guessed in float64 and enclosed by a change of sign, by nothing that the solver uses.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import exp
from typing import NamedTuple

from flint import arb
from scipy.optimize import brentq

from verify.exact.balls import Ball, ball, total
from verify.geometry.spectrum import balanced_value

Value = Callable[[int, int], Fraction]
Gain = Callable[[int, int, Ball], Ball]


class TagWise(NamedTuple):
    r"""The scalars of O1: :math:`g/\lambda_H` and :math:`c_m`, enclosed."""

    gain: Ball
    c: dict[int, Ball]


def entropy_bound(K: int, m: int, c: Ball) -> Ball:
    r""":math:`H_m(\min(1,c))`: ``m`` times the entropy, in nats, of the distribution with :math:`\frac{1-c(1-m/K)}m` on
    each of ``m`` labels and :math:`\frac cK` on the others.

    Example:
        >>> entropy_bound(4, 1, arb(2)).overlaps(arb(4).log())
        True
    """
    c = c.min(arb(1))
    inside, outside = (1 - c * ball(1 - Fraction(m, K))) / m, c / K
    return -m * (m * inside * inside.log() + (K - m) * outside * outside.log())


def log_ratio(K: int, m: int, c: Ball) -> Ball:
    r""":math:`\log(1+\frac{K(1-c)}{mc})`, which O1 equates with :math:`g\,c_m/\lambda_H`."""
    return (1 + K * (1 - c) / (m * c)).log()


def balanced_threshold(masses: Mapping[int, Fraction], K: int) -> Fraction:
    r""":math:`\sum_m\pi_m\bar\kappa_m`, below which O1 has an ETF."""
    return sum((mass * balanced_value(K, m) for m, mass in masses.items()), Fraction(0))


def shrinkage(K: int, m: int, gain: Ball, law: Gain = log_ratio) -> Ball:
    """Enclosure of the root ``c`` of ``gain c = law(c)`` in (0, 1): the difference decreases in ``c``.

    Example:
        >>> c = shrinkage(4, 1, arb(2))
        >>> (2 * c).overlaps(log_ratio(4, 1, c)), c.rad() < 1e-12
        (True, True)
    """
    return _around(lambda c: law(K, m, c) - gain * c, _shrinkage_float(K, m, gain, law))


def tag_wise(masses: Mapping[int, Fraction], K: int, lam: Fraction, value: Value, law: Gain) -> TagWise:
    r"""The solution of the scalar system of O1, :math:`\sum_m\pi_mc_m^2\,\text{value}_m=\lambda`: every ``c_m``
    decreases in the gain.

    Example:
        >>> scalars = tag_wise({1: Fraction(1)}, 4, Fraction(1, 16), balanced_value, log_ratio)
        >>> scalars.c[1].contains(arb(0.5))  # sqrt(lambda / kappa-bar)
        True
    """

    def excess_float(logarithm: float) -> float:
        gain = arb(exp(logarithm))
        energies = (float(mass * value(K, m)) * _shrinkage_float(K, m, gain, law) ** 2 for m, mass in masses.items())
        return sum(energies) - float(lam)

    def excess(gain: Ball) -> Ball:
        c = {m: shrinkage(K, m, gain, law) for m in masses}
        return total(ball(mass * value(K, m)) * c[m] * c[m] for m, mass in masses.items()) - ball(lam)

    gain = _around(excess, exp(brentq(excess_float, *_LOGARITHMS, xtol=2e-14)))
    return TagWise(gain, {m: shrinkage(K, m, gain, law) for m in masses})


_LOGARITHMS = (-30.0, 30.0)
"""Between them is the logarithm of the gain wherever lambda is no closer to the threshold than 1e-12."""


def _shrinkage_float(K: int, m: int, gain: Ball, law: Gain) -> float:
    return float(brentq(lambda c: float((law(K, m, arb(c)) - gain * c).mid()), 1e-15, 1.0, xtol=1e-30))


def _around(excess: Callable[[Ball], Ball], guess: float) -> Ball:
    """The zero of a decreasing function near a guess, enclosed by its change of sign; no bounds if none is near."""
    off = arb(2) ** -50
    while off < 0.5:
        low, high = arb(guess) * (1 - off), arb(guess) * (1 + off)
        if excess(low) > 0 and excess(high) < 0:
            return low.union(high)
        off *= 4
    return arb("nan")
