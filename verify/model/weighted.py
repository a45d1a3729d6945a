r"""Weights in the loss, as class-balanced losses and ``pos_weight`` have them: a loss that wraps another one.

:math:`L^\omega_S(z)` is :math:`w_SL_S(z)`, or for losses of single labels
:math:`\sum_k\omega_{S,k}\ell(z_k)`: then residuals are :math:`\omega\circ r`, dual values :math:`\omega` times those at
:math:`r/\omega`. Everything is float64; there are no balls, and no certificate: what is known of an optimum is the gap
to a feasible dual point that the solver computes (claims V1 to V3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.interior_point import interior_point
from verify.model.losses import Array, Loss
from verify.model.program import Program
from verify.model.solution import Solution

__all__ = ["Weighted", "solve_weighted"]

TOLERANCE = 1e-12


@dataclass(frozen=True, repr=False, eq=False)
class Weighted(Loss):
    r"""A loss times a weight for every label set and, for losses of single labels, for every label.

    Attributes:
        base: PAL-CE, BCE or MSE.
        weights: the weights :math:`\omega_S` of a label set given by its indicator, one for each label; equal ones for
            PAL-CE, whose labels compete.

    Example:
        >>> from verify.model.losses import BCE
        >>> twice = Weighted.of(BCE, {(1.0, 0.0): [2, 1]})
        >>> twice.residual(np.zeros((1, 2)), np.array([[1.0, 0.0]]))
        array([[ 1. , -0.5]])
    """

    base: Any = None
    weights: Mapping[tuple[float, ...], Array] | None = None

    @classmethod
    def of(cls, base: Loss, weights: Mapping[tuple[float, ...], Any]) -> Weighted:
        """The wrapped loss, with what the model asks of a loss taken from it.

        Raises:
            InputError: weights that are not positive, or for PAL-CE differ within a label set.
        """
        table = {tuple(y): np.array(w, dtype=np.float64) for y, w in weights.items()}
        if not all((w > 0).all() and np.isfinite(w).all() for w in table.values()):
            raise InputError("a weight in the loss is not positive: give numbers above 0")
        if base.centered and any((w != w[0]).any() for w in table.values()):
            raise InputError("the labels of PAL-CE compete: give one weight for each label set")
        made = cls(base=base, weights=table)
        for name in ("name", "title", "centered", "domain", "neutral"):
            object.__setattr__(made, name, getattr(base, name))
        return made

    def _omega(self, y: Array) -> Array:
        assert self.weights is not None
        none = np.ones(y.shape[1])  # a target that is no label set, such as that of the bias at W = 0
        return np.array([self.weights.get(tuple(row), none) for row in y.tolist()]).reshape(y.shape)

    def _sums(self, values: Any, y: Array, *arguments: Array) -> Array:
        """A weighted sum over labels, one label at a time where they do not compete."""
        omega = self._omega(y)
        if self.centered:
            return np.asarray(omega[:, 0] * values(*arguments, y))
        columns = [x.reshape(-1, 1) for x in (*arguments, y)]
        return np.asarray((omega * values(*columns).reshape(y.shape)).sum(axis=1))

    def steepest(self, m: int) -> Fraction:
        assert self.weights is not None
        return Fraction(max(float(w.max()) for w in self.weights.values())) * Fraction(self.base.steepest(m))

    def value(self, z: Array, y: Array) -> Array:
        return self._sums(self.base.value, y, z)

    def residual(self, z: Array, y: Array) -> Array:
        return np.asarray(self._omega(y) * self.base.residual(z, y))

    def logits(self, r: Array, y: Array) -> Array:
        return np.asarray(self.base.logits(r / self._omega(y), y))

    def conjugate(self, r: Array, y: Array) -> Array:
        return self._sums(self.base.conjugate, y, r / self._omega(y))

    def curvature(self, r: Array, y: Array) -> Array:
        omega = self._omega(y)
        return np.asarray(omega * self.base.curvature(r / omega, y))

    def room(self, r: Array, y: Array) -> Array:
        omega = self._omega(y)
        return np.asarray(omega * self.base.room(r / omega, y))

    def divergence(self, r: Array, z: Array, y: Array) -> Array:
        return self._sums(self.base.divergence, y, r / self._omega(y), z)

    def gain(self, c: Array, m: float, K: int) -> Array:
        return np.asarray(self.base.gain(c, m, K))


def solve_weighted(
    pi: LabelDistribution, loss: Weighted, lam: Fraction, bias: AnyBias, tolerance: float = TOLERANCE
) -> Solution:
    r"""The optimum with weights of at least 1, at :math:`\lambda_W=\lambda`, :math:`\lambda_H=1`, with its gap.

    Example:
        >>> from verify.model.losses import PAL_CE
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> loss = Weighted.of(PAL_CE, {tuple(map(float, y)): [1, 1, 1] for y in pi.rows})
        >>> solution = solve_weighted(pi, loss, Fraction(1, 100), "zero")
        >>> round(solution.value, 6), solution.gap < 1e-11
        (0.760426, True)
    """
    program = Program(FeatureModel(pi, loss, lam, Fraction(1), bias))
    return interior_point(program, lambda *_: None, tolerance)
