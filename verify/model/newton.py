r"""Newton's equation of the convex program in the Gram matrix (claim U5), in the frame of the current classifier.

With :math:`\Gamma=WW^\top` the step is written :math:`\mathrm d\Gamma=WXW^\top`, ``X`` symmetric, and :math:`h_S=W^\top
r_S`. The Hessian is the quadratic form

.. math::
    \sum_S\pi_S\,v_S^\top B_Sv_S+\tfrac12\operatorname{tr}(XSX),\qquad v_S=WXh_S+\mathrm db,

with :math:`B_S` the Green matrices and ``S`` the slack in the same frame, near a multiple of the identity. In this
frame directions that are collapsing and directions that are alive differ by many orders of magnitude *between* their
equations and not within one, so that scaling the diagonal makes the equation well conditioned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from verify.model.definite import Definite
from verify.model.losses import Array
from verify.model.response import DenseGreen

BLOCK = 1 << 22  # entries of one temporary


@dataclass(frozen=True)
class Point:
    """Where the Hessian is taken.

    Attributes:
        probabilities: of the label sets, ``(n,)``.
        W: classifier, ``(K, d)``.
        r: residuals, ``(n, K)``.
        slack: in the frame of ``W``, ``(d, d)``.
        rank: so many columns come first that are alive; what a step would make of the others among themselves is
            left out.
        green: the Green operators.
        moves: whether there is a bias to move.
        decay: its penalty.
        centered: whether bias and residuals sum to zero.
    """

    probabilities: Array
    W: Array
    r: Array
    green: DenseGreen
    slack: Array
    rank: int
    moves: bool
    decay: float
    centered: bool


class _Symmetric:
    """Orthonormal coordinates of symmetric ``d x d`` matrices: entry (a, b), a <= b, with weight 1 or root 2."""

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, d: int) -> _Symmetric:
        """One for all steps; nobody changes it."""
        return cls(d)

    def __init__(self, d: int) -> None:
        self.a, self.b = np.triu_indices(d)
        self.share = np.where(self.a == self.b, 0.5, np.sqrt(0.5))
        self.position = np.empty((d, d), dtype=np.intp)
        self.position[self.a, self.b] = self.position[self.b, self.a] = np.arange(len(self.a))

    def flatten(self, X: Array) -> Array:
        return np.asarray((X[..., self.a, self.b] + X[..., self.b, self.a]) * self.share)

    def unflatten(self, x: Array) -> Array:
        d = len(self.position)
        X = np.zeros((d, d))
        X[self.a, self.b] = x * self.share
        return X + X.T

    def form(self, T: Array) -> Array:
        r"""The form :math:`\sum_sh_s^\top XB_sXh_s` from :math:`T_{(ac),(bd)}=\sum_s(h_sh_s^\top)_{ac}(B_s)_{bd}`."""
        at, a, b = self.position, self.a, self.b
        aa, ab, ba, bb = at[np.ix_(a, a)], at[np.ix_(a, b)], at[np.ix_(b, a)], at[np.ix_(b, b)]
        H = T[aa, bb]
        H += T[ab, ba]
        H += T[ba, ab]
        H += T[bb, aa]
        H *= self.share[:, None]
        H *= self.share
        return np.asarray(H)


class NewtonEquation:
    """The equation at one point: the Hessian, formed by one matrix product per block of label sets, and its Cholesky
    factor, to solve for as many right-hand sides as asked."""

    def __init__(self, point: Point) -> None:
        self.point, self.coordinates = point, _Symmetric.of(point.W.shape[1])
        at, W = self.coordinates, point.W
        d, K, N = W.shape[1], W.shape[0], len(at.a)
        T = np.outer(point.slack[at.a, at.b] / 2, np.eye(d)[at.a, at.b])
        cross, corner = np.zeros((N, K)), np.zeros((K, K))
        size = max(1, BLOCK // K**2)
        for block in (slice(first, first + size) for first in range(0, len(point.r), size)):
            p, h, matrices = point.probabilities[block], point.r[block] @ W, point.green.matrices[block]
            half = matrices @ W
            T += (h[:, at.a] * h[:, at.b] * p[:, None]).T @ (W.T @ half)[:, at.a, at.b]
            if point.moves:
                mixed = np.tensordot(h * p[:, None], half, axes=(0, 0))  # (d, K, d)
                cross += (mixed[at.a, :, at.b] + mixed[at.b, :, at.a]) * at.share[:, None]
                corner += np.tensordot(p, matrices, axes=1)
        self.kept = at.a < point.rank
        hessian, cross = at.form(T)[np.ix_(self.kept, self.kept)], cross[self.kept]
        if point.moves:
            corner[np.diag_indices(K)] += point.decay
            if point.centered:  # a shift of the bias is zero: make it cost something
                corner += np.trace(corner) / K**2
            hessian = np.block([[hessian, cross], [cross.T, corner]])
        self.scale = 1 / np.sqrt(np.diag(hessian))
        hessian *= self.scale[:, None]
        hessian *= self.scale
        self.factor = Definite(hessian)

    def solve(self, gradient: Array, bias_gradient: Array) -> tuple[Array, Array]:
        """The step ``X``, ``(d, d)``, and ``db``, ``(K,)``, against a gradient of the same shapes."""
        at, K = self.coordinates, len(bias_gradient)
        right = np.concatenate([at.flatten(gradient)[self.kept], bias_gradient if self.point.moves else []])
        x = -self.scale * self.factor.solve(self.scale * right)
        step, count = np.zeros(len(at.a)), int(self.kept.sum())
        step[self.kept] = x[:count]
        return at.unflatten(step), x[count:] if self.point.moves else np.zeros(K)
