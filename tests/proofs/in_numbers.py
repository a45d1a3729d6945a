"""Label distributions in float64, from NumPy alone: what tests compare statements with, without the code under test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.labels.distribution import LabelDistribution

__all__ = ["Array", "Numbers", "matrix_power"]

Array = NDArray[np.float64]

ZERO = 1e-10
"""Eigenvalues below are 0: of matrices of norm at most K, where rounding leaves some 1e-15."""


def matrix_power(matrix: Array, exponent: float) -> Array:
    """A power of a positive semidefinite matrix, the pseudo-inverse one if negative."""
    values, vectors = np.linalg.eigh(matrix)
    scaled = np.array([v**exponent if v > ZERO else 0.0 for v in values])
    return np.asarray((vectors * scaled) @ vectors.T)


@dataclass(frozen=True)
class Numbers:
    """A distribution: indicators and weights, and what follows from them."""

    y: Array
    w: Array

    @staticmethod
    def of(pi: LabelDistribution) -> Numbers:
        return Numbers(np.asarray(pi.indicator, dtype=float), np.asarray(pi.probabilities, dtype=float))

    @property
    def K(self) -> int:
        return int(self.y.shape[1])

    @property
    def sizes(self) -> Array:
        return np.asarray(self.y.sum(1))

    @property
    def centered(self) -> Array:
        return np.asarray(self.y - self.y.mean(1, keepdims=True))

    @property
    def moment(self) -> Array:
        return np.asarray(self.centered.T @ (self.w[:, None] * self.centered))

    @property
    def contrasts(self) -> Array:
        """The K - 1 eigenvalues of the moment on the contrasts, ascending."""
        return np.asarray(np.linalg.eigvalsh(self.moment + self.K * np.ones((self.K, self.K)))[:-1])

    @property
    def eigenvalues(self) -> Array:
        """Those that are not 0."""
        return np.asarray(self.contrasts[self.contrasts > ZERO])

    @property
    def polar(self) -> Array:
        """The columns q_S, as rows."""
        return np.asarray(self.centered @ matrix_power(self.moment, -0.5))

    @property
    def worst(self) -> float:
        """The largest entry of a q_S outside its set: the sign condition asks for no positive one."""
        return float(np.where(self.y == 0, self.polar, -np.inf).max())

    def polar_point(self, lam: float) -> Array | None:
        """The polar point's p_S, or nothing where it is outside the domain."""
        p = (self.y - np.sqrt(lam) * self.polar) / self.sizes[:, None]
        return p if p.min() > -1e-12 else None

    def dual_value(self, p: Array) -> float:
        safe = np.where(p > 1e-12, p, 1.0)
        return float(-(self.w * self.sizes) @ (safe * np.log(safe)).sum(1))

    def nuclear_norm(self, z: Array) -> float:
        return float(np.sqrt(np.maximum(np.linalg.eigvalsh(z.T @ (self.w[:, None] * z)), 0)).sum())
