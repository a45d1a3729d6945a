r"""The three losses once more, in Arb balls: value, residual, logits, conjugate and divergence of one label set.

Every number is a ball that contains the true one. The formulas are those of the definitions, written down
independently of the float64 ones of ``losses``. Vectors are lists of balls, one entry per label; ``y`` is a row of
targets: 0 and 1, or rational numbers in between, or with weights in the loss up to the row of ``mass``, which is left
out where there are none (that of PAL-CE is the sum of ``y``); values are in nats.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, fmpq

from verify.exact.balls import Ball, Balls, centered, dot, root, square, total
from verify.exact.matrices import diagonal

Targets = Sequence[Any]
"""A row of integers or fmpq."""

Mass = Sequence[Any] | None
"""Likewise, or ones."""


class BallLoss(ABC):
    r"""One loss of the table of the theory, for one label set."""

    @abstractmethod
    def value(self, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        r""":math:`L_S(z)`."""

    @abstractmethod
    def residual(self, z: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        r""":math:`r=-\nabla L_S(z)`; where that is small it is no difference of large numbers."""

    @abstractmethod
    def logit(self, r: Ball, y: Any, mass: Any = 1) -> Ball:
        """The logit whose residual is ``r``, for PAL-CE up to a shift that is common to all labels."""

    def logits(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        """The logits whose residual is ``r``; those of PAL-CE sum to zero."""
        return [self.logit(*entry) for entry in zip(r, y, ones(y, mass), strict=True)]

    @abstractmethod
    def curvature(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        r"""Diagonal :math:`\delta` of the Hessian, as in ``losses``."""

    def hessian(self, r: Balls, y: Targets, mass: Mass = None) -> Any:
        """The Hessian at the logits whose residual is ``r``, ``(K, K)``."""
        return diagonal(self.curvature(r, y, mass))

    @abstractmethod
    def conjugate(self, r: Balls, y: Targets, mass: Mass = None) -> Ball:
        r""":math:`-L_S^*(-r)`."""

    @abstractmethod
    def divergence(self, r: Balls, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        r"""The divergence of the gap identity U6: :math:`m\,\mathrm{KL}`, binary KL, half a square."""

    @abstractmethod
    def norm(self, off: Balls, m: int) -> Ball:
        r"""The norm in which U11 encloses, of a difference of residuals of a set of ``m`` labels: their sum over ``m``,
        the largest entry, the Euclidean one. Takes absolute values."""

    @abstractmethod
    def modulus(self, m: int) -> Fraction:
        """The divergence is at least this times the square of :meth:`norm`."""


class PickAllLabelsInBalls(BallLoss):
    """PAL-CE in balls."""

    def value(self, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        return sum(y) * total(a.exp() for a in z).log() - total(b * a for a, b in zip(z, y, strict=True) if b)

    def residual(self, z: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        r = [b - sum(y) * a for a, b in zip(_softmax(z), y, strict=True)]
        if sum(y) == 1 and 1 in y:
            r[y.index(1)] = -total(a for a, b in zip(r, y, strict=True) if not b)
        return r

    def logit(self, r: Ball, y: Any, mass: Any = 1) -> Ball:
        return (y - r).log()

    def logits(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return centered(super().logits(r, y, mass))

    def curvature(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return [b - a for a, b in zip(r, y, strict=True)]

    def hessian(self, r: Balls, y: Targets, mass: Mass = None) -> Any:
        m, K = sum(y), len(y)
        p = [a / m for a in self.curvature(r, y)]
        return arb_mat([[m * p[j] * (int(j == k) - p[k]) for k in range(K)] for j in range(K)])

    def conjugate(self, r: Balls, y: Targets, mass: Mass = None) -> Ball:
        m = sum(y)
        return m * total(_entropy((b - a) / m) for a, b in zip(r, y, strict=True))

    def divergence(self, r: Balls, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        m = sum(y)
        return m * _relative_entropy([(b - a) / m for a, b in zip(r, y, strict=True)], _softmax(z))

    def norm(self, off: Balls, m: int) -> Ball:
        return total(off) / m

    def modulus(self, m: int) -> Fraction:
        return Fraction(m, 2)


class BinaryCrossEntropyInBalls(BallLoss):
    """BCE in balls."""

    def value(self, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        return total(c * (1 + a.exp()).log() - b * a for a, b, c in zip(z, y, ones(y, mass), strict=True))

    def residual(self, z: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return [b * _sigmoid(-a) - (c - b) * _sigmoid(a) for a, b, c in zip(z, y, ones(y, mass), strict=True)]

    def logit(self, r: Ball, y: Any, mass: Any = 1) -> Ball:
        return ((y - r) / (mass - y + r)).log()

    def curvature(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return [(b - a) * (c - b + a) / c for a, b, c in zip(r, y, ones(y, mass), strict=True)]

    def conjugate(self, r: Balls, y: Targets, mass: Mass = None) -> Ball:
        entries = zip(r, y, ones(y, mass), strict=True)
        return total(c * (_entropy((b - a) / c) + _entropy((c - b + a) / c)) for a, b, c in entries)

    def divergence(self, r: Balls, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        entries = zip(r, z, y, ones(y, mass), strict=True)
        return total(
            d * _relative_entropy([(b - a) / d, (d - b + a) / d], [_sigmoid(c), _sigmoid(-c)]) for a, c, b, d in entries
        )

    def norm(self, off: Balls, m: int) -> Ball:
        return max(a.lower() for a in off)

    def modulus(self, m: int) -> Fraction:
        return Fraction(2)


class SquaredErrorInBalls(BallLoss):
    """MSE in balls; with weights the target of a label is its weight or 0."""

    def value(self, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        return total(c * square([a - b / c]) for a, b, c in zip(z, y, ones(y, mass), strict=True)) / 2

    def residual(self, z: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return [b - c * a for a, b, c in zip(z, y, ones(y, mass), strict=True)]

    def logit(self, r: Ball, y: Any, mass: Any = 1) -> Ball:
        return (y - r) / mass

    def curvature(self, r: Balls, y: Targets, mass: Mass = None) -> list[Ball]:
        return [arb(c) for c in ones(y, mass)]

    def conjugate(self, r: Balls, y: Targets, mass: Mass = None) -> Ball:
        return total((2 * b - a) * a / c for a, b, c in zip(r, y, ones(y, mass), strict=True)) / 2

    def divergence(self, r: Balls, z: Balls, y: Targets, mass: Mass = None) -> Ball:
        entries = zip(r, z, y, ones(y, mass), strict=True)
        return total(square([b - a - d * c]) / d for a, c, b, d in entries) / 2

    def norm(self, off: Balls, m: int) -> Ball:
        return root(dot(off, off))

    def modulus(self, m: int) -> Fraction:
        return Fraction(1, 2)


def ones(y: Targets, mass: Mass) -> Targets:
    """The masses, or ones, exact."""
    return [fmpq(1)] * len(y) if mass is None else mass


def _softmax(z: Balls) -> list[Ball]:
    weights = [a.exp() for a in z]
    mass = total(weights)
    return [a / mass for a in weights]


def _sigmoid(z: Ball) -> Ball:
    return 1 / (1 + (-z).exp())


def _entropy(p: Ball) -> Ball:
    """``-p log p``, which is 0 at 0 and increases near it."""
    if p.is_zero():
        return arb(0)
    if p > 0:
        return -p * p.log()
    top = p.upper()
    # below 1/e the entropy increases; what is negative in the ball is no probability
    return arb(0).union(-top * top.log()) if 0 < top < 0.3 else arb("nan")


def _relative_entropy(p: Balls, q: Balls) -> Ball:
    return total(-_entropy(a) - a * b.log() for a, b in zip(p, q, strict=True))
