r"""The three losses once more, in Arb balls: value, residual, logits, conjugate and divergence of one label set.

For checks, not for solving: every number is a ball that contains the true one, so that a claim about real numbers can
be refuted with certainty. The formulas are those of the definitions, written down independently of ``losses``.
Vectors are lists of balls, one entry per label; ``y`` is a list of 0 and 1; values are in nats. The precision is that
of ``flint.ctx``. A result that is not determined - the logarithm of a ball that meets zero - is a ball without bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Protocol

from flint import arb, fmpq

__all__ = ["BALL_LOSSES", "Ball", "BallLoss", "Balls", "ball", "between", "dot", "total"]

Ball = Any  # flint.arb, which comes without type stubs
Balls = Sequence[Any]


def ball(x: Fraction | float) -> Ball:
    """A ball around an exact number.

    Example:
        >>> ball(Fraction(1, 3)).contains(fmpq(1, 3)), ball(0.5).is_exact()
        (True, True)
    """
    above, below = x.as_integer_ratio()
    return arb(fmpq(above, below))


def between(ends: tuple[Fraction, Fraction]) -> Ball:
    """A ball that contains an interval.

    Example:
        >>> third = between((Fraction(1, 3), Fraction(1, 2)))
        >>> third.contains(fmpq(1, 3)), third.contains(fmpq(1, 2)), third.contains(fmpq(3, 5))
        (True, True, False)
    """
    return ball(ends[0]).union(ball(ends[1]))


def dot(u: Balls, v: Balls) -> Ball:
    r""":math:`\langle u,v\rangle`."""
    return total(a * b for a, b in zip(u, v, strict=True))


def total(terms: Iterable[Ball]) -> Ball:
    """Sum of balls; 0 of none."""
    return sum(terms, arb(0))


class BallLoss(Protocol):
    r"""One loss of the table of the theory, for one label set."""

    def value(self, z: Balls, y: Sequence[int]) -> Ball:
        r""":math:`L_S(z)`."""

    def residual(self, z: Balls, y: Sequence[int]) -> list[Ball]:
        r""":math:`r=-\nabla L_S(z)`."""

    def logits(self, r: Balls, y: Sequence[int]) -> list[Ball]:
        """The logits whose residual is ``r``; those of PAL-CE sum to zero."""

    def conjugate(self, r: Balls, y: Sequence[int]) -> Ball:
        r""":math:`-L_S^*(-r)`."""

    def divergence(self, r: Balls, z: Balls, y: Sequence[int]) -> Ball:
        r"""The divergence of the gap identity U6: :math:`m\,\mathrm{KL}`, binary KL, half a square."""


class _PickAllLabels:
    def value(self, z: Balls, y: Sequence[int]) -> Ball:
        return sum(y) * total(a.exp() for a in z).log() - total(a for a, b in zip(z, y, strict=True) if b)

    def residual(self, z: Balls, y: Sequence[int]) -> list[Ball]:
        p = _softmax(z)
        return [b - sum(y) * a for a, b in zip(p, y, strict=True)]

    def logits(self, r: Balls, y: Sequence[int]) -> list[Ball]:
        logs = [(b - a).log() for a, b in zip(r, y, strict=True)]
        mean = total(logs) / len(logs)
        return [a - mean for a in logs]

    def conjugate(self, r: Balls, y: Sequence[int]) -> Ball:
        m = sum(y)
        return m * total(_entropy((b - a) / m) for a, b in zip(r, y, strict=True))

    def divergence(self, r: Balls, z: Balls, y: Sequence[int]) -> Ball:
        m = sum(y)
        return m * _relative_entropy([(b - a) / m for a, b in zip(r, y, strict=True)], _softmax(z))


class _BinaryCrossEntropy:
    def value(self, z: Balls, y: Sequence[int]) -> Ball:
        return total((1 + a.exp()).log() - b * a for a, b in zip(z, y, strict=True))

    def residual(self, z: Balls, y: Sequence[int]) -> list[Ball]:
        return [b - _sigmoid(a) for a, b in zip(z, y, strict=True)]

    def logits(self, r: Balls, y: Sequence[int]) -> list[Ball]:
        return [((b - a) / (1 - b + a)).log() for a, b in zip(r, y, strict=True)]

    def conjugate(self, r: Balls, y: Sequence[int]) -> Ball:
        return total(_entropy(b - a) + _entropy(1 - b + a) for a, b in zip(r, y, strict=True))

    def divergence(self, r: Balls, z: Balls, y: Sequence[int]) -> Ball:
        pairs = zip(r, z, y, strict=True)
        return total(_relative_entropy([b - a, 1 - b + a], [_sigmoid(c), _sigmoid(-c)]) for a, c, b in pairs)


class _SquaredError:
    def value(self, z: Balls, y: Sequence[int]) -> Ball:
        return _square(a - b for a, b in zip(z, y, strict=True)) / 2

    def residual(self, z: Balls, y: Sequence[int]) -> list[Ball]:
        return [b - a for a, b in zip(z, y, strict=True)]

    def logits(self, r: Balls, y: Sequence[int]) -> list[Ball]:
        return [b - a for a, b in zip(r, y, strict=True)]

    def conjugate(self, r: Balls, y: Sequence[int]) -> Ball:
        return dot(r, [arb(b) for b in y]) - _square(r) / 2

    def divergence(self, r: Balls, z: Balls, y: Sequence[int]) -> Ball:
        return _square(b - a - c for a, c, b in zip(r, z, y, strict=True)) / 2


BALL_LOSSES: dict[str, BallLoss] = {"pal": _PickAllLabels(), "bce": _BinaryCrossEntropy(), "mse": _SquaredError()}
"""The losses by the name the command line uses.

Example:
    >>> BALL_LOSSES["pal"].value([arb(0), arb(0)], [1, 0]).overlaps(arb(2).log())
    True
"""


def _square(x: Iterable[Ball]) -> Ball:
    # a product: the general power of a ball that meets 0 is not determined
    return total(a * a for a in x)


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
