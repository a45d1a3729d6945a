"""What solving the model yields: a primal point, a dual point, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from verify.model.feature_model import FeatureModel
from verify.model.losses import Array

if TYPE_CHECKING:
    from verify.certificate.format import Real

COLLAPSE = "full collapse"
"""The method of a solution that is ``W = 0`` exactly (claim U9)."""


class ExactPoint(NamedTuple):
    """Classifier, bias and residuals as rows of exact numbers."""

    W: Sequence[Sequence[Real]]
    b: Sequence[Real]
    r: Sequence[Sequence[Real]]


@dataclass(frozen=True)
class Solution:
    r"""A primal point, a strictly feasible dual point, and how far apart they are.

    Attributes:
        model: what was solved.
        W: classifier, ``(K, q)``, ``q`` its rank.
        b: bias, ``(K,)``; zeros when it is fixed.
        r: dual residuals, ``(n, K)``: in the domain, :math:`R\preceq\lambda I` and, with a free bias, of mean 0, all up
            to rounding.
        value: :math:`F(W,H,b)` in nats.
        gap: :math:`F(W,H,b)-D(r)` in nats, by the gap identity.
        iterations: Newton steps taken.
        method: how it was found.
        digits: decimal digits of the relative gap aimed at; 15 in float64.
        exact: the same point in more digits, if it was refined.
    """

    model: FeatureModel
    W: Array
    b: Array
    r: Array
    value: float
    gap: float
    iterations: int
    method: str
    digits: int = 15
    exact: ExactPoint | None = None

    @property
    def point(self) -> ExactPoint:
        """``W``, ``b`` and ``r`` as exact numbers: of the full working precision, where the arrays are rounded."""
        return self.exact or ExactPoint(self.W.tolist(), self.b.tolist(), self.r.tolist())

    @property
    def relative_gap(self) -> float:
        """The gap over the value; 0 if both are 0, as for a bias that fits a single label set exactly."""
        return self.gap / self.value if self.gap else 0.0

    @property
    def rank(self) -> int:
        """Rank of the classifier handed over."""
        return int(self.W.shape[1])

    @cached_property
    def G(self) -> Array:
        """Classifier Gram matrix, ``(K, K)``."""
        return np.asarray(self.W @ self.W.T)

    @cached_property
    def H(self) -> Array:
        r"""Prototypes :math:`h_S=W^\top r_S/\lambda_H`, shape ``(n, q)``."""
        return np.asarray(self.r @ self.W / float(self.model.lambda_H))
