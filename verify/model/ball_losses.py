r"""The three losses once more, in Arb balls: value, residual, logits, conjugate and divergence of one label set.

Every number is a ball that contains the true one. The formulas are those of the definitions, written down
independently of the float64 ones of ``losses``. Vectors are lists of balls, one entry per label; ``y`` is a row of
targets: 0 and 1, or rational numbers in between; values are in nats.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, centered, dot, root, square, total
from verify.exact.matrices import diagonal

__all__ = ["BallLoss", "BinaryCrossEntropyInBalls", "PickAllLabelsInBalls", "SquaredErrorInBalls"]

Targets = Sequence[Any]
"""A row of integers or fmpq."""


class BallLoss(ABC):
    r"""One loss of the table of the theory, for one label set."""

    @abstractmethod
    def value(self, z: Balls, y: Targets) -> Ball:
        r""":math:`L_S(z)`."""

    @abstractmethod
    def residual(self, z: Balls, y: Targets) -> list[Ball]:
        r""":math:`r=-\nabla L_S(z)`; where that is small it is no difference of large numbers."""

    @abstractmethod
    def logit(self, r: Ball, y: Any) -> Ball:
        """The logit whose residual is ``r``, for PAL-CE up to a shift that is common to all labels."""

    def logits(self, r: Balls, y: Targets) -> list[Ball]:
        """The logits whose residual is ``r``; those of PAL-CE sum to zero."""
        return [self.logit(a, b) for a, b in zip(r, y, strict=True)]

    @abstractmethod
    def curvature(self, r: Balls, y: Targets) -> list[Ball]:
        r"""Diagonal :math:`\delta` of the Hessian, as in ``losses``."""

    def hessian(self, r: Balls, y: Targets) -> Any:
        """The Hessian at the logits whose residual is ``r``, ``(K, K)``."""
        return diagonal(self.curvature(r, y))

    @abstractmethod
    def conjugate(self, r: Balls, y: Targets) -> Ball:
        r""":math:`-L_S^*(-r)`."""

    @abstractmethod
    def divergence(self, r: Balls, z: Balls, y: Targets) -> Ball:
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

    def value(self, z: Balls, y: Targets) -> Ball:
        return sum(y) * total(a.exp() for a in z).log() - total(b * a for a, b in zip(z, y, strict=True) if b)

    def residual(self, z: Balls, y: Targets) -> list[Ball]:
        r = [b - sum(y) * a for a, b in zip(_softmax(z), y, strict=True)]
        if sum(y) == 1 and 1 in y:
            r[y.index(1)] = -total(a for a, b in zip(r, y, strict=True) if not b)
        return r

    def logit(self, r: Ball, y: Any) -> Ball:
        return (y - r).log()

    def logits(self, r: Balls, y: Targets) -> list[Ball]:
        return centered(super().logits(r, y))

    def curvature(self, r: Balls, y: Targets) -> list[Ball]:
        return [b - a for a, b in zip(r, y, strict=True)]

    def hessian(self, r: Balls, y: Targets) -> Any:
        m, K = sum(y), len(y)
        p = [a / m for a in self.curvature(r, y)]
        return arb_mat([[m * p[j] * (int(j == k) - p[k]) for k in range(K)] for j in range(K)])

    def conjugate(self, r: Balls, y: Targets) -> Ball:
        m = sum(y)
        return m * total(_entropy((b - a) / m) for a, b in zip(r, y, strict=True))

    def divergence(self, r: Balls, z: Balls, y: Targets) -> Ball:
        m = sum(y)
        return m * _relative_entropy([(b - a) / m for a, b in zip(r, y, strict=True)], _softmax(z))

    def norm(self, off: Balls, m: int) -> Ball:
        return total(off) / m

    def modulus(self, m: int) -> Fraction:
        return Fraction(m, 2)


class BinaryCrossEntropyInBalls(BallLoss):
    """BCE in balls."""

    def value(self, z: Balls, y: Targets) -> Ball:
        return total((1 + a.exp()).log() - b * a for a, b in zip(z, y, strict=True))

    def residual(self, z: Balls, y: Targets) -> list[Ball]:
        return [b * _sigmoid(-a) - (1 - b) * _sigmoid(a) for a, b in zip(z, y, strict=True)]

    def logit(self, r: Ball, y: Any) -> Ball:
        return ((y - r) / (1 - y + r)).log()

    def curvature(self, r: Balls, y: Targets) -> list[Ball]:
        return [(b - a) * (1 - b + a) for a, b in zip(r, y, strict=True)]

    def conjugate(self, r: Balls, y: Targets) -> Ball:
        return total(_entropy(b - a) + _entropy(1 - b + a) for a, b in zip(r, y, strict=True))

    def divergence(self, r: Balls, z: Balls, y: Targets) -> Ball:
        pairs = zip(r, z, y, strict=True)
        return total(_relative_entropy([b - a, 1 - b + a], [_sigmoid(c), _sigmoid(-c)]) for a, c, b in pairs)

    def norm(self, off: Balls, m: int) -> Ball:
        del m
        return max(a.lower() for a in off)

    def modulus(self, m: int) -> Fraction:
        del m
        return Fraction(2)


class SquaredErrorInBalls(BallLoss):
    """MSE in balls."""

    def value(self, z: Balls, y: Targets) -> Ball:
        return square(a - b for a, b in zip(z, y, strict=True)) / 2

    def residual(self, z: Balls, y: Targets) -> list[Ball]:
        return [b - a for a, b in zip(z, y, strict=True)]

    def logit(self, r: Ball, y: Any) -> Ball:
        return y - r

    def curvature(self, r: Balls, y: Targets) -> list[Ball]:
        del y
        return [arb(1)] * len(r)

    def conjugate(self, r: Balls, y: Targets) -> Ball:
        return dot(r, [arb(b) for b in y]) - square(r) / 2

    def divergence(self, r: Balls, z: Balls, y: Targets) -> Ball:
        return square(b - a - c for a, c, b in zip(r, z, y, strict=True)) / 2

    def norm(self, off: Balls, m: int) -> Ball:
        del m
        return root(dot(off, off))

    def modulus(self, m: int) -> Fraction:
        del m
        return Fraction(1, 2)


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
