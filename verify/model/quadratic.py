r"""The quadratic model in classifier and bias, the prototypes eliminated: what ``low_rank`` and ``polish`` step by.

For a classifier ``W``, ``(K, q)``, and a bias every label set has one best prototype, the solution of
:math:`h_S=W^\top r_S(Wh_S+b)` (``q`` unknowns, strongly convex); what is left is a smooth function of ``W`` and ``b``
alone,

.. math::
    \varphi(W,b)=\tfrac\lambda2\|W\|_F^2+\sum_S\pi_S\min_h\{L_S(Wh+b)+\tfrac12\|h\|^2\},\qquad
    \nabla_W\varphi=\lambda W-\sum_S\pi_Sr_Sh_S^\top .

Exact products with its Hessian: with :math:`M_S=I+W^\top C_SW`, :math:`C_S` the Hessian of the loss, a change ``dW``,
``db`` moves the prototypes by :math:`M_S\,\mathrm dh_S=\mathrm dW^\top r_S-W^\top C_S(\mathrm dW\,h_S+\mathrm db)`. A
product is six products of matrices, of label sets by labels by rank, and one with the inverses of all :math:`M_S`: time
and memory are linear in the number of label sets. Equations are solved by conjugate gradients;

* the preconditioner is one matrix of size ``q`` per label: :math:`\lambda I+\sum_S\pi_S(C_S)_{kk}h_Sh_S^\top`;
* steps are orthogonal to the rotations :math:`W\mapsto WQ`, which change nothing: otherwise there would be directions
  without curvature, whatever the rank given to ``W``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import lapack

from verify.model.losses import Array
from verify.model.program import Program

FORCING = 0.1  # how accurately a step is solved for, relative to the gradient, far from the optimum
PRODUCTS = 300  # with the Hessian, for one step
BLOCK = 1 << 22  # entries of one temporary


class Step(NamedTuple):
    """Changes of ``[W b]``, ``(K, q + 1)``, or ``(K, q)`` if the bias is fixed, and of the prototypes, ``(n, q)``; the
    slope, the size of the former in the norm of the preconditioner, and whether the trust region ended it."""

    X: Array
    dH: Array
    slope: float
    norm: float
    cut: bool


@dataclass(frozen=True)
class LowRankPoint:
    """A classifier ``W``, ``(K, q)``, a bias ``b``, ``(K,)``, prototypes ``H``, ``(n, q)``, and their residuals ``r``,
    ``(n, K)``."""

    program: Program
    W: Array
    b: Array
    H: Array
    r: Array

    @classmethod
    def of(cls, program: Program, W: Array, b: Array, H: Array) -> LowRankPoint:
        return cls(program, W, b, H, program.loss.residual(H @ W.T + b, program.y))

    @cached_property
    def value(self) -> float:
        """The objective."""
        program = self.program
        loss = float(program.p @ program.loss.value(self.H @ self.W.T + self.b, program.y))
        penalty = program.lam * float(np.vdot(self.W, self.W)) + root_mean_square(program, self.H) ** 2
        return loss + (penalty + program.decay * float(self.b @ self.b)) / 2

    def oriented(self) -> LowRankPoint:
        """The same point with orthogonal columns of ``W``, largest first."""
        U, sizes, Vt = np.linalg.svd(self.W, full_matrices=False)
        return LowRankPoint(self.program, U * sizes, self.b, self.H @ Vt.T, self.r)

    def mismatch(self) -> Array:
        """What the best prototypes would have 0 of: minus their gradient, without the probabilities, ``(n, q)``."""
        return np.asarray(self.r @ self.W - self.H)

    def gradient(self) -> Array:
        """In ``[W b]``, ``(K, q + 1)``, or without the last column if the bias is fixed."""
        program = self.program
        pr = program.p[:, None] * self.r
        g = program.lam * self.W - pr.T @ self.H
        return np.hstack([g, (program.decay * self.b - pr.sum(axis=0))[:, None]]) if program.moves else g


class QuadraticModel:
    """Gradient and Hessian at a point, with what it takes to solve for a step."""

    def __init__(self, program: Program, point: LowRankPoint, inverses: Array) -> None:
        dtype = inverses.dtype
        self.program, self.point, self.inverses = program, point, inverses
        self.lam, self.q = program.lam, point.W.shape[1]
        self.squares = (point.W**2).sum(axis=0)
        self.gradient = self.project(point.gradient())
        self.slope = float(np.linalg.norm(self.gradient[:, : self.q]) / np.linalg.norm(program.lam * point.W))
        H = np.hstack([point.H, np.ones((len(point.H), 1))]) if program.moves else point.H
        curvature = program.loss.curvature(point.r, program.y)
        self.total = curvature.sum(axis=1, keepdims=True)
        self.blocks = self._blocks(curvature, H, dtype)
        self.norm = self._norm()
        _invert(self.blocks)
        p = program.p[:, None]
        self.W, self.H, self.pH = point.W.astype(dtype), H.astype(dtype), (p * H).astype(dtype)
        self.r, self.pr = point.r.astype(dtype), (p * point.r).astype(dtype)
        self.c, self.share = curvature.astype(dtype), (curvature / self.total).astype(dtype)

    def _blocks(self, curvature: Array, H: Array, dtype: Any) -> Array:
        """The preconditioner: per label the Hessian in its row of ``[W b]`` at fixed prototypes; lower triangles."""
        program, width = self.program, H.shape[1]
        weights = curvature - curvature**2 / self.total if program.loss.centered else curvature
        weights = (weights * program.p[:, None]).T.astype(dtype)
        H = H.astype(dtype)
        blocks = np.zeros((program.K, width, width), dtype)
        for i in range(width):
            blocks[:, i, i:] = weights @ (H[:, i, None] * H[:, i:])
        diagonal = np.arange(width)
        blocks[:, diagonal[: self.q], diagonal[: self.q]] += dtype.type(self.lam)
        blocks[:, diagonal[self.q :], diagonal[self.q :]] += dtype.type(program.decay)
        blocks[:, diagonal, diagonal] *= 1 + 4 * np.finfo(dtype).eps  # so that rounding leaves it definite
        return blocks

    def _norm(self) -> float:
        """The size of the classifier in the norm of the preconditioner, of which there are upper triangles yet."""
        W, triangles = self.point.W, self.blocks[:, : self.q, : self.q]
        twice = np.einsum("ki,kij,kj->", W, triangles, W, optimize=True)
        return float(np.sqrt(2 * twice - np.einsum("ki,kii->", W**2, triangles)))

    def precondition(self, X: Array) -> Array:
        return self.project((self.blocks @ X.astype(self.blocks.dtype)[:, :, None])[:, :, 0].astype(np.float64))

    def project(self, X: Array) -> Array:
        """The part orthogonal to rotations of ``W`` and, for a centered loss, to shifts of the logits."""
        if self.program.loss.centered:
            X = X - X.mean(axis=0)
        A = self.point.W.T @ X[:, : self.q]
        turn = (A - A.T) / np.maximum(self.squares[:, None] + self.squares, np.finfo(float).tiny)
        X = X.copy()
        X[:, : self.q] -= self.point.W @ turn
        return np.asarray(X)

    def product(self, X: Array) -> tuple[Array, Array]:
        """The Hessian times a change of ``[W b]``, and how it moves the prototypes."""
        Y = X.astype(self.W.dtype)
        seen = self.curved(self.H @ Y.T)
        right = self.r @ Y[:, : self.q] - seen @ self.W
        dh = (self.inverses @ right[:, :, None])[:, :, 0]
        seen += self.curved(dh @ self.W.T)
        image = (seen.T @ self.pH).astype(np.float64)
        image[:, : self.q] += self.lam * X[:, : self.q] - self.pr.T @ dh
        image[:, self.q :] += self.program.decay * X[:, self.q :]
        return image, dh

    def curved(self, v: Array) -> Array:
        """The Hessians of the loss times ``v``, in its place."""
        if self.program.loss.centered:
            v -= np.einsum("ij,ij->i", self.share, v)[:, None]
        v *= self.c
        return v

    def green(self, v: Array) -> Array:
        """The Green operators :math:`(C_S^{-1}+WW^\\top)^{-1}` of ``response``, applied: ``(n, K)``."""
        v = self.curved(v.copy())
        inside = (self.inverses @ (v @ self.W)[:, :, None])[:, :, 0]
        return np.asarray(v - self.curved(inside @ self.W.T))

    def residuals_moved(self, step: Step) -> Array:
        """How a step moves the residuals, ``(n, K)``."""
        return np.asarray(-self.curved(self.H @ step.X.T + step.dH @ self.W.T))

    def step(self, radius: float, reach: float) -> Step:
        """To the radius, or as accurately as the next step can use or the end needs, which is ``reach`` times what is
        left."""
        return self.solved(-self.gradient, max(min(FORCING, self.slope**0.5), 0.2 * reach), radius)

    def solved(self, right: Array, accuracy: float, radius: float = np.inf) -> Step:
        """Steihaug's conjugate gradients: to the radius, to a direction of negative curvature, or until what is left of
        the right-hand side, projected, is ``accuracy`` times it."""
        x, dH = np.zeros_like(right), np.zeros_like(self.r, shape=(len(self.r), self.q))
        residual = right.copy()
        z = self.precondition(residual)
        d, size = z, float(np.vdot(residual, z))
        goal = size * accuracy**2
        xx, xd, dd = 0.0, 0.0, size  # products in the norm of the preconditioner
        cut = False
        for _ in range(PRODUCTS):
            image, dh = self.product(d)
            image = self.project(image)
            curvature = float(np.vdot(d, image))
            length = size / curvature if curvature > 0 else np.inf
            if xx + 2 * length * xd + length**2 * dd > radius**2 or length == np.inf:
                length = (np.sqrt(xd**2 + dd * max(radius**2 - xx, 0.0)) - xd) / dd
                cut = True
            x += length * d
            dH += dh * self.W.dtype.type(length)
            xx += 2 * length * xd + length**2 * dd
            if cut:
                break
            residual -= length * image
            z = self.precondition(residual)
            size, before = float(np.vdot(residual, z)), size
            if size <= goal:
                break
            d = z + (size / before) * d
            xd, dd = size / before * (xd + length * dd), size + (size / before) ** 2 * dd
        return Step(x, dH.astype(np.float64), -float(np.vdot(right, x)), float(np.sqrt(xx)), cut)


def inverses_at(program: Program, point: LowRankPoint, dtype: Any) -> Array:
    """The inverses of :math:`I+W^\\top C_SW`, ``(n, q, q)``."""
    W = point.W.astype(dtype)
    K, q = W.shape
    found, diagonal = np.empty((len(point.r), q, q), dtype), np.arange(q)
    for block in slices(len(point.r), max(K, q * q)):
        c = program.loss.curvature(point.r[block], program.y[block])
        share = (c / c.sum(axis=1, keepdims=True)).astype(dtype) @ W
        c = c.astype(dtype)
        seen = c @ W
        M = found[block]
        for i in range(q):
            M[:, i, i:] = c @ (W[:, i, None] * W[:, i:])
            if program.loss.centered:
                M[:, i, i:] -= seen[:, i, None] * share[:, i:]
        M[:, diagonal, diagonal] += 1
        _invert(M)
    return found


def _invert(matrices: Array) -> None:
    """Positive definite matrices, of which the upper triangles are given, become their inverses."""
    single = matrices.dtype == np.float32
    factor, invert = (lapack.spotrf, lapack.spotri) if single else (lapack.dpotrf, lapack.dpotri)
    for matrix in matrices if matrices.size else ():
        turned = matrix.T  # in the order LAPACK works on in place
        factor(turned, lower=1, overwrite_a=1, clean=0)
        invert(turned, lower=1, overwrite_c=1)
    for block in slices(len(matrices), matrices.shape[1] ** 2):
        upper = np.triu(matrices[block])
        np.add(upper, np.swapaxes(np.triu(upper, 1), 1, 2), out=matrices[block])


def slices(n: int, width: int) -> list[slice]:
    """Blocks of label sets with temporaries of so many entries each."""
    size = max(1, BLOCK // max(1, width))
    return [slice(first, first + size) for first in range(0, n, size)]


def root_mean_square(program: Program, H: Array) -> float:
    """Root mean square of prototypes."""
    return float(np.sqrt(program.p @ np.einsum("ij,ij->i", H, H)))
