r"""Exact optima of the feature model by design: choose a classifier, solve for the distribution that makes it optimal.

For a centered classifier :math:`W` of full rank the residuals solve :math:`r+m\,\mathrm{softmax}(\frac1{\lambda_H}
WW^\top r+b)=y_S`, one label set at a time, and the weights are then determined by *linear* equations:
:math:`\sum_S\pi_Sr_Sr_S^\top=\lambda P`, and :math:`\sum_S\pi_Sr_S=0` for a free bias. No optimisation is involved, and
nothing of ``proofs`` or ``verify``; all numbers are good to about the working precision of ``DIGITS`` digits.
"""

import itertools
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

DIGITS = 40
EXACT = mpf(10) ** (10 - DIGITS)
"""Rounding: at most a few thousand operations on numbers below 1000, each good to ``DIGITS`` digits."""

matrix = mp.matrix
Matrix = Any
"""A matrix of mpmath, which has no types."""


@dataclass(frozen=True)
class Point:
    """A point of the feature model with PAL-CE: weights, indicators, classifier, features, bias, penalties."""

    pi: list[mpf]
    y: list[Matrix]
    W: Matrix
    h: list[Matrix]
    b: Matrix
    lambda_W: mpf
    lambda_H: mpf

    @property
    def logits(self) -> list[Matrix]:
        return [self.W * h + self.b for h in self.h]

    @property
    def value(self) -> mpf:
        """The objective."""
        loss = sum(p * pal_ce(z, y) for p, z, y in zip(self.pi, self.logits, self.y, strict=True))
        features = sum(p * dot(h, h) for p, h in zip(self.pi, self.h, strict=True))
        return loss + self.lambda_W / 2 * square(self.W) + self.lambda_H / 2 * features


def total(v: Matrix) -> mpf:
    return mp.fsum(v)


def dot(a: Matrix, b: Matrix) -> mpf:
    return mp.fsum(x * y for x, y in zip(a, b, strict=True))


def square(a: Matrix) -> mpf:
    return mp.fsum(x * x for x in a)


def softmax(z: Matrix) -> Matrix:
    top = max(z)
    weights = [mp.exp(x - top) for x in z]
    return matrix([w / mp.fsum(weights) for w in weights])


def pal_ce(z: Matrix, y: Matrix) -> mpf:
    top = max(z)
    return total(y) * (top + mp.log(mp.fsum(mp.exp(x - top) for x in z))) - dot(y, z)


def all_proper_sets(size: int) -> list[Matrix]:
    return [
        matrix([int(k in s) for k in range(size)])
        for m in range(1, size)
        for s in itertools.combinations(range(size), m)
    ]


def centering(size: int) -> Matrix:
    return mp.eye(size) - mp.ones(size) / size


def _residual(gram: Matrix, bias: Matrix, y: Matrix) -> Matrix:
    """The solution of r + m softmax(G r + b) = y, by Newton's method from the centered indicator."""
    size, m = len(y), total(y)
    r = y - m * mp.ones(size, 1) / size
    for _ in range(60):
        p = softmax(gram * r + bias)
        slope = mp.eye(size) + m * (mp.diag(list(p)) - p * p.T) * gram
        step = mp.lu_solve(slope, y - m * p - r)
        r += step
        if max(abs(x) for x in step) < EXACT / 1000:
            return r
    raise ArithmeticError("Newton's method did not settle")


def designed(bias: str) -> Point:
    """An uneven optimum for K = 3 with all six proper label sets, with ``bias`` "fixed" to zero or "free".

    To be called, like everything here, with the working precision at ``DIGITS``.
    """
    size, lambda_h = 3, mpf(3) / 10
    tilt = matrix([[1, mpf(1) / 10, 0], [0, mpf(9) / 10, 0], [0, mpf(1) / 20, mpf(11) / 10]])
    W = centering(size) * tilt
    b = matrix([mpf(1) / 20, 0, -mpf(1) / 20]) if bias == "free" else mp.zeros(size, 1)
    y = all_proper_sets(size)
    r = [_residual(W * W.T / lambda_h, b, label) for label in y]
    pi, lam = _weights(r, bias)
    if min(pi) <= 0:
        raise ArithmeticError("the classifier is not optimal for any label distribution")
    return Point(pi, y, W, [W.T * v / lambda_h for v in r], b, lam / lambda_h, lambda_h)


def _weights(r: list[Matrix], bias: str) -> tuple[list[mpf], mpf]:
    """Weights closest to uniform with total 1, an isotropic second moment and, for a free bias, mean zero."""
    n = len(r)
    basis = [matrix([1, -1, 0]) / mp.sqrt(2), matrix([1, 1, -2]) / mp.sqrt(6)]
    across = [[dot(v, e) for e in basis] for v in r]
    rows = [[mpf(1)] * n, [a * a - c * c for a, c in across], [a * c for a, c in across]]
    goal = [mpf(1), mpf(0), mpf(0)]
    if bias == "free":
        rows += [[a for a, _ in across], [c for _, c in across]]
        goal += [mpf(0), mpf(0)]
    system = matrix(rows)
    uniform = matrix([mpf(1) / n] * n)
    correction = system.T * mp.lu_solve(system * system.T, matrix(goal) - system * uniform)
    pi = list(uniform + correction)
    return pi, mp.fsum(p * a * a for p, (a, _) in zip(pi, across, strict=True))


def arbitrary(rows: int, columns: int = 1, seed: int = 1) -> Matrix:
    """Entries in (-1, 1) of a linear congruential generator: the same on every run."""
    state = seed * 7919 + 17
    result = mp.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            state = (1103515245 * state + 12345) % 2**31
            result[i, j] = mpf(state) / 2**30 - 1
    return result
