r"""The inner problem: the residuals with which every label set answers a given classifier Gram matrix and bias.

For :math:`\Gamma=G/\lambda_H` and ``b`` the residual of each label set is the unique solution of
:math:`\ell(r)=\Gamma r+b`, where :math:`\ell` maps a residual to its logits (claim U5). All label sets are solved at
once by Newton's method with the Green operators :math:`B_S=(C_S^{-1}+\Gamma)^{-1}`, :math:`C_S` the Hessian of the
loss. The unknown is the residual and not the logit: its equation is well conditioned however small the residuals are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from verify.model.losses import Array, Loss

__all__ = ["DenseGreen", "Green", "IterativeGreen", "Response", "UnsettledError", "respond", "row_sums"]

DENSE_LABELS = 64
"""Up to here Green operators are matrices; with more labels they are applied by conjugate gradients."""

NEAR = 0.5  # a Newton step of at most this share of the way to the boundary is taken as it is
SETTLED = 1e-8  # so is the last one, of at most this share; quadratic convergence leaves about its square
UNIT = 2.0**-50  # a step of less than this, relative to the residual, is rounding
TINY = 1e-290  # smaller probabilities underflow on the way; such label sets stay with their logits
ROUNDS = 400
HALVINGS = 60
BLOCK = 1 << 21  # entries of one temporary: label sets are taken in blocks, so that temporaries stay in cache
CACHED = 1 << 14  # the same for the seven temporaries of conjugate gradients, in the cache of one core


class UnsettledError(ArithmeticError):
    """The inner Newton iteration did not settle: the classifier is far from any reasonable one."""


class Green(Protocol):
    r"""The operators :math:`B_S` of some label sets: :math:`-B_S(\mathrm d\Gamma\,r_S+\mathrm db)` is how their
    residuals move with :math:`\Gamma` and ``b``."""

    def apply(self, v: Array) -> Array:
        """:math:`B_Sv_S` for every label set, ``(n, K)``."""


@dataclass(frozen=True)
class DenseGreen:
    """Green operators as matrices, ``(n, K, K)``."""

    matrices: Array

    @classmethod
    def of(cls, loss: Loss, r: Array, y: Array, gram: Array) -> DenseGreen:
        r""":math:`(C_S^{-1}+\Gamma)^{-1}`, for a centered loss the generalised inverse on :math:`1^\perp`.

        Scaled by the root of the curvature on both sides the matrix to invert is 1 plus something positive
        semidefinite, whatever the range of the curvatures: entries of vanishing probability cost no accuracy.
        """
        root = np.sqrt(loss.curvature(r, y))
        A = root[:, :, None] * gram * root[:, None, :]
        diagonal = np.arange(A.shape[1])
        A[:, diagonal, diagonal] += 1.0
        B = np.linalg.inv(A)
        B *= root[:, :, None]
        B *= root[:, None, :]
        if loss.centered:
            sums = B.sum(axis=2)
            B -= sums[:, :, None] * (sums / sums.sum(axis=1, keepdims=True))[:, None, :]
        return cls(np.asarray(B))

    def apply(self, v: Array) -> Array:
        return np.asarray((self.matrices @ v[:, :, None])[:, :, 0])


@dataclass(frozen=True)
class IterativeGreen:
    r"""Green operators by conjugate gradients on many label sets at once, one product with :math:`\Gamma` per round.

    Few labels of a set have a probability that is not tiny, so the scaled matrix is close to 1 plus low rank and some
    twenty rounds do, whatever ``K``. Time and memory are ``n K``, not ``n K^2``.

    Attributes:
        root: square root of the curvature, ``(n, K)``.
        gram: :math:`\Gamma`.
        sums: for a centered loss :math:`A_S^{-1}1`, ``(n, K)``, with :math:`A_S=\mathrm{diag}(\delta)^{-1}+\Gamma`.
        accuracy: relative residual to reach.
    """

    root: Array
    gram: Array
    sums: Array | None
    accuracy: float

    @classmethod
    def of(cls, loss: Loss, r: Array, y: Array, gram: Array, accuracy: float = 1e-5) -> IterativeGreen:
        root = np.sqrt(loss.curvature(r, y))
        plain = cls(root, gram, None, accuracy)
        return cls(root, gram, plain.apply(np.ones_like(root)), accuracy) if loss.centered else plain

    def apply(self, v: Array) -> Array:
        size = max(1, CACHED // v.shape[1])
        blocks = [slice(first, first + size) for first in range(0, len(v), size)]
        return np.concatenate([self._apply(block, v[block]) for block in blocks]) if blocks else np.zeros_like(v)

    def _apply(self, block: slice, v: Array) -> Array:
        root = self.root[block]
        right = root * v
        x, residual = np.zeros_like(right), right.copy()
        direction, size = residual.copy(), (residual**2).sum(axis=1)
        goal = size * self.accuracy**2
        for _ in range(10 * v.shape[1]):
            image = direction + root * ((root * direction) @ self.gram)
            length = size / np.maximum((direction * image).sum(axis=1), TINY)
            x += length[:, None] * direction
            residual -= length[:, None] * image
            size, before = (residual**2).sum(axis=1), size
            if (size <= goal).all():
                break
            direction *= (size / np.maximum(before, TINY))[:, None]
            direction += residual
        x *= root
        if self.sums is not None:
            sums = self.sums[block]
            x -= sums * (x.sum(axis=1) / sums.sum(axis=1))[:, None]
        return x


@dataclass(frozen=True)
class Response:
    """Residuals ``r``, shape ``(n, K)``, and the Green operators there."""

    r: Array
    green: Green


def respond(loss: Loss, y: Array, gram: Array, b: Array, start: Array) -> Response:
    r"""Solve :math:`\ell(r_S)=\Gamma r_S+b` for every label set.

    Args:
        loss: the loss.
        y: indicators, ``(n, K)``.
        gram: :math:`\Gamma`, ``(K, K)``, positive semidefinite; for a centered loss with rows that sum to zero.
        b: bias, ``(K,)``; for a centered loss of sum zero.
        start: residuals inside the domain, ``(n, K)``.

    Raises:
        UnsettledError: no convergence.

    Example:
        >>> from verify.model.losses import MSE
        >>> y = np.array([[1.0, 0.0]])
        >>> respond(MSE, y, np.eye(2), np.zeros(2), y).r
        array([[0.5, 0. ]])
    """
    n, K = y.shape
    if K > DENSE_LABELS:
        r = _Inner(loss, y, gram, b).settle(start)
        return Response(r, IterativeGreen.of(loss, r, y, gram))
    r, matrices = np.empty((n, K)), np.empty((n, K, K))
    size = max(1, BLOCK // K**2)
    for first in range(0, n, size):
        block = slice(first, first + size)
        r[block] = _Inner(loss, y[block], gram, b, matrices[block]).settle(start[block])
    return Response(r, DenseGreen(matrices))


@dataclass(frozen=True)
class _Inner:
    """The inner problems of some label sets. Where ``matrices`` are given they are left holding the Green matrices."""

    loss: Loss
    y: Array
    gram: Array
    b: Array
    matrices: Array | None = None

    def settle(self, start: Array) -> Array:
        """A label set is in one of two modes: in terms of its residual, where Newton's step is short; or else in terms
        of its logits ``z = gram s + b``, where the problem is a damped minimisation that converges from anywhere."""
        loss, y, gram, b = self.loss, self.y, self.gram, self.b
        r, s, z = start.copy(), start.copy(), start @ gram + b
        by_logits = np.asarray((loss.room(start, y) <= TINY).any(axis=1))
        z[~by_logits] = loss.logits(start[~by_logits], y[~by_logits])
        r[by_logits] = loss.residual(z[by_logits], y[by_logits])
        rows = np.arange(len(y))
        for _ in range(ROUNDS):
            step = self._newton(rows, r[rows], z[rows] - r[rows] @ gram - b)
            room = loss.room(r[rows], y[rows])
            moves = np.maximum(np.abs(step) - UNIT * np.abs(r[rows]), 0.0)
            share = (moves / np.maximum(room, TINY)).max(axis=1)
            near = (share <= NEAR) & (room > TINY).all(axis=1)
            settled = near & (share <= SETTLED)

            close = rows[near]
            r[close] += step[near]
            z[close] = loss.logits(r[close], y[close])

            restart = rows[~near & ~by_logits[rows]]
            s[restart] = r[restart]
            z[restart] = r[restart] @ gram + b

            damped = ~near & by_logits[rows]
            if damped.any():
                there = rows[damped]
                direction = r[there] + step[damped] - s[there]
                change = direction @ gram
                settled[damped] = np.abs(change).max(axis=1) <= SETTLED
                length = _damping(loss, y[there], (s[there], z[there]), direction, change)
                s[there] += length * direction
                z[there] += length * change

            away = rows[~near]
            r[away] = loss.residual(z[away], y[away])
            by_logits[rows] = ~near
            rows = rows[~settled]
            if rows.size == 0:
                return r - row_sums(loss, r, y) if loss.centered else r
        raise UnsettledError(f"{rows.size} of {len(y)} label sets did not settle in {ROUNDS} rounds")

    def _newton(self, rows: NDArray[np.intp], r: Array, mismatch: Array) -> Array:
        if self.matrices is None:
            return IterativeGreen.of(self.loss, r, self.y[rows], self.gram).apply(mismatch)
        green = DenseGreen.of(self.loss, r, self.y[rows], self.gram)
        self.matrices[rows] = green.matrices
        return green.apply(mismatch)


def row_sums(loss: Loss, r: Array, y: Array) -> Array:
    """What rounding has put into the row sums, which are zero for a centered loss, as a change in proportion to the
    room each entry has; ``(n, K)``."""
    delta = loss.curvature(r, y)
    return np.asarray(delta * (r.sum(axis=1) / delta.sum(axis=1))[:, None])


def _damping(loss: Loss, y: Array, at: tuple[Array, Array], direction: Array, change: Array) -> Array:
    r"""Step lengths ``(n, 1)`` from ``at`` = (s, z), halved until the inner objective
    :math:`L_S(z)+\frac12s^\top\Gamma s` is not uphill; it is convex, so it has fallen all the way, and by at least half
    of what this direction offers. Slopes, unlike differences of values, do not drown in rounding."""
    s, z = at
    length = np.ones((len(s), 1))
    for _ in range(HALVINGS):
        there = s + length * direction - loss.residual(z + length * change, y)
        uphill = (there * change).sum(axis=1) > 0
        if not uphill.any():
            break
        length[uphill] /= 2
    return length
