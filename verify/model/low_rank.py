r"""The global optimum by a second-order method on a classifier of low rank, with the prototypes eliminated.

The unknowns are a classifier ``W``, ``(K, q)``, and the bias. For a given pair every label set has one best prototype,
the solution of :math:`h_S=W^\top r_S(Wh_S+b)` (``q`` unknowns, strongly convex); what is left is a smooth function of
``W`` and ``b`` alone,

.. math::
    \varphi(W,b)=\tfrac\lambda2\|W\|_F^2+\sum_S\pi_S\min_h\{L_S(Wh+b)+\tfrac12\|h\|^2\},\qquad
    \nabla_W\varphi=\lambda W-\sum_S\pi_Sr_Sh_S^\top .

It is minimised by Newton's method in a trust region, the steps by conjugate gradients on exact products with the
Hessian: with :math:`M_S=I+W^\top C_SW`, :math:`C_S` the Hessian of the loss, a change ``dW``, ``db`` moves the
prototypes by :math:`M_S\,\mathrm dh_S=\mathrm dW^\top r_S-W^\top C_S(\mathrm dW\,h_S+\mathrm db)`. A product is six
products of matrices, of label sets by labels by rank, and one with the inverses of all :math:`M_S`: time and memory are
linear in the number of label sets. What makes it converge, fast and to the global optimum:

* the preconditioner, one matrix of size ``q`` per label: :math:`\lambda I+\sum_S\pi_S(C_S)_{kk}h_Sh_S^\top`;
* steps are orthogonal to the rotations :math:`W\mapsto WQ`, which change nothing: otherwise there would be directions
  without curvature, whatever the rank given to ``W``;
* the rank follows the dual point: a direction in which :math:`R` exceeds :math:`\lambda` becomes a column of ``W``, and
  a column that would be better off without is left out. So a stationary point that is not the optimum is no end.

Before that come some steps of L-BFGS on classifier and prototypes, each variable in units in which the function is
about as steep (``balanced``): down to a gap of 1e-3 nothing is faster. Where label sets times the square of the rank
are many, and a step of Newton's is dear, they go on to a gap of 7e-7, in rounds between which the units are measured
anew and columns are left out. Where there is no memory for the inverses that is the end: what it takes is then linear
in the number of label sets, of labels, and in the rank.

Nothing here is trusted: what the solver hands over is a certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, lapack, solve_triangular
from scipy.optimize import nnls

from verify.model.balanced import Balanced
from verify.model.losses import Array
from verify.model.program import Program, Progress, bound_of, finished
from verify.model.solution import Solution

__all__ = ["FIRST_ORDER", "low_rank"]

FIRST_ORDER = "low rank, gradients only"
"""The method where there is no memory for a step of Newton's, or no need of one."""

WARM = 50  # steps of a method that needs gradients only, to begin with
WIDE = 48  # from this rank on, where one step of Newton's method costs many of those
STEEP = 1 / 300  # or from this lambda on: the smaller it is, the more of them it takes
NEAR = 1e-3  # the gap from which Newton's method is the faster one
AFAR = 7e-7  # and where it would need too much memory, the gap to end at
HALF, LITTLE = 0.5, 0.9  # what a round leaves of the gap, where steps go on in double precision, and where they end
DEAR = 1 << 28  # entries of the inverses from which a step of Newton's pays only near the end
LARGE = 1 << 30  # more than they may have: 4 GB
FIRST_LOOK, LOOKS = 12, 1.2  # steps before the gap is looked at first; then at so many times as many
STEPS = 200
PATIENCE = 6  # steps that may bring nothing but rounding before this is taken for all that float64 has to give
FORCING = 0.1  # how accurately a step is solved for, relative to the gradient, far from the optimum
PRODUCTS = 300  # with the Hessian, for one step
CORRECTIONS = 12  # of the prototypes, between two changes of the classifier
SETTLED = 1e-2  # what the prototypes may add to the gradient, relative to it
UNSURE = 0.5  # a correction that changes a logit by more than this is damped
MUCH = -0.3, 1.0  # a change of the square of a column's size by less than this share is left to Newton's method
REACH = 0.1  # of the classifier's size: the first step's radius
TOLD = 20  # or after so many
HALVINGS = 12
ROUNDING = 1e-13
SINGLE = 1 << 17  # from this many residuals on, steps are computed in single precision
DOUBLE = 1 << 27  # up to this many entries the inverses may be in double precision
COARSE = 1e3  # times the precision of the inverses: what they tell of a column that is felt less is rounding
BLOCK = 1 << 22  # entries of one temporary


class _Step(NamedTuple):
    """Changes of ``[W b]`` and of the prototypes, the size of the former, and whether the trust region ended it."""

    X: Array
    dH: Array
    slope: float
    norm: float
    cut: bool


@dataclass(frozen=True)
class _Point:
    """A classifier, a bias, prototypes ``H`` and their residuals ``r``."""

    program: Program
    W: Array
    b: Array
    H: Array
    r: Array

    @classmethod
    def of(cls, program: Program, W: Array, b: Array, H: Array) -> _Point:
        return cls(program, W, b, H, program.loss.residual(H @ W.T + b, program.y))

    @cached_property
    def value(self) -> float:
        """The objective."""
        program = self.program
        loss = float(program.p @ program.loss.value(self.H @ self.W.T + self.b, program.y))
        penalty = program.lam * float(np.vdot(self.W, self.W)) + _size(program, self.H) ** 2
        return loss + (penalty + program.decay * float(self.b @ self.b)) / 2

    def oriented(self) -> _Point:
        """The same point with orthogonal columns of ``W``, largest first."""
        U, sizes, Vt = np.linalg.svd(self.W, full_matrices=False)
        return _Point(self.program, U * sizes, self.b, self.H @ Vt.T, self.r)

    def mismatch(self) -> Array:
        """What the best prototypes would have 0 of: minus their gradient, without the probabilities, ``(n, q)``."""
        return np.asarray(self.r @ self.W - self.H)

    def gradient(self) -> Array:
        """In ``[W b]``, ``(K, q + 1)``, or without the last column if the bias is fixed."""
        program = self.program
        pr = program.p[:, None] * self.r
        g = program.lam * self.W - pr.T @ self.H
        return np.hstack([g, (program.decay * self.b - pr.sum(axis=0))[:, None]]) if program.moves else g


# ---------------------------------------------------------------------- the quadratic model


class _Quadratic:
    """Gradient and Hessian at a point, with what it takes to solve for a step."""

    def __init__(self, program: Program, point: _Point, inverses: Array) -> None:
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

    @classmethod
    def settled(cls, program: Program, point: _Point, dtype: Any) -> tuple[_Quadratic, _Point]:
        """The model where the prototypes are the best for the classifier, and that point; without the columns that
        would only fall to zero."""
        inverses = _inverses(program, point, dtype)
        for _ in range(CORRECTIONS):
            before = _size(program, point.mismatch())
            point = _corrected(program, point, inverses)
            settled = before <= UNSURE * _size(program, point.H)
            if settled:
                point, kept, settled = _resized(program, point, inverses)
            if settled:
                inverses = _restricted(inverses, kept)
                point = _corrected(program, point, inverses)
                break
            del inverses  # before there are others: nothing is as large
            inverses = _inverses(program, point, dtype)
        return cls(program, point, inverses), point

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

    def step(self, radius: float, reach: float) -> _Step:
        """Steihaug's conjugate gradients: to the radius, to a direction of negative curvature, or to the solution, as
        accurately as the next step can use or the end needs, which is ``reach`` times what is left."""
        x, dH = np.zeros_like(self.gradient), np.zeros_like(self.r, shape=(len(self.r), self.q))
        residual = -self.gradient
        z = self.precondition(residual)
        d, size = z, float(np.vdot(residual, z))
        goal = size * max(min(FORCING, self.slope**0.5), 0.2 * reach) ** 2
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
        return _Step(x, dH.astype(np.float64), float(np.vdot(self.gradient, x)), float(np.sqrt(xx)), cut)


def _inverses(program: Program, point: _Point, dtype: Any) -> Array:
    """The inverses of :math:`I+W^\\top C_SW`, ``(n, q, q)``."""
    W = point.W.astype(dtype)
    K, q = W.shape
    found, diagonal = np.empty((len(point.r), q, q), dtype), np.arange(q)
    for block in _slices(len(point.r), max(K, q * q)):
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
    for block in _slices(len(matrices), matrices.shape[1] ** 2):
        upper = np.triu(matrices[block])
        np.add(upper, np.swapaxes(np.triu(upper, 1), 1, 2), out=matrices[block])


def _slices(n: int, width: int) -> list[slice]:
    size = max(1, BLOCK // max(1, width))
    return [slice(first, first + size) for first in range(0, n, size)]


# ---------------------------------------------------------------------- moving


def _size(program: Program, H: Array) -> float:
    """Root mean square of prototypes."""
    return float(np.sqrt(program.p @ np.einsum("ij,ij->i", H, H)))


def _corrected(program: Program, point: _Point, inverses: Array) -> _Point:
    """The prototypes nearer to the best ones, by Newton steps with inverses that may be of a point nearby."""
    mismatch = point.mismatch()
    size = _size(program, mismatch)
    for _ in range(CORRECTIONS):
        gradient = float(np.linalg.norm(point.gradient()))
        if size * np.sqrt(program.lam) <= SETTLED * gradient:
            break
        step = (inverses @ mismatch.astype(inverses.dtype)[:, :, None])[:, :, 0].astype(np.float64)
        change = np.abs(step @ point.W.T).max(axis=1)
        damping = np.where(change > UNSURE, np.log1p(change) / np.maximum(change, UNSURE), 1.0)
        after = _Point.of(program, point.W, point.b, point.H + damping[:, None] * step)
        mismatch = after.mismatch()
        size, before = _size(program, mismatch), size
        if size > before:
            break
        point = after
        if size > UNSURE * before:
            break
    return point


def _moved(program: Program, point: _Point, model: _Quadratic, step: _Step) -> tuple[_Point | None, float]:
    """The point after the longest of a few step lengths that brings enough, and that length."""
    dW, db = step.X[:, : model.q], step.X[:, model.q] if program.moves else 0.0
    before, length = point.value, 1.0
    for _ in range(HALVINGS):
        moved = _Point.of(program, point.W + length * dW, point.b + length * db, point.H + length * step.dH)
        moved = _corrected(program, moved, model.inverses)
        if moved.value <= before + 1e-4 * length * step.slope + ROUNDING * abs(before):
            return moved, length
        length /= 2
    return None, 0.0


# ---------------------------------------------------------------------- the rank


def _trimmed(program: Program, point: _Point, least: float = 0.0) -> _Point:
    """Without the columns of ``W`` that, to first order, certainly fall to zero, or that no label set feels by more
    than ``least``; that needs no inverses."""
    seen = (program.p[:, None] * point.H**2).sum(axis=0)
    curvature, W = program.loss.curvature(point.r, program.y), point.W
    own = curvature @ W**2
    if program.loss.centered:
        own -= (curvature @ W) ** 2 / curvature.sum(axis=1, keepdims=True)
    lost = 2 * (program.p[:, None] * point.H**2 * (own / (1 + own))).sum(axis=0)
    kept = (seen + lost > program.lam * (W**2).sum(axis=0)) & (own.max(axis=0) > least)
    return point if kept.all() else _Point.of(program, W[:, kept], point.b, point.H[:, kept])


def _resized(program: Program, point: _Point, inverses: Array) -> tuple[_Point, NDArray[np.bool_], bool]:
    r"""With columns of ``W`` of the sizes at which, to first order, :math:`R` is lambda in their directions, if that
    changes some of them a lot, and for the better; which are left, and whether only these have changed.

    In the squares of the sizes the objective is convex and nearly quadratic. Newton's method in ``W`` itself would need
    many steps to shrink a column a lot, and so would each step for its gradients.
    """
    seen = program.p[:, None] * point.H**2
    excess = seen.sum(axis=0) - program.lam * (point.W**2).sum(axis=0)
    own = 2 * (seen * (1 - np.diagonal(inverses, axis1=1, axis2=2))).sum(axis=0)
    some = np.flatnonzero((excess < MUCH[0] * own) | (excess > MUCH[1] * own))
    factors = np.ones(len(excess))
    if some.size:
        factors[some] = np.sqrt(np.minimum(_squares(program, point.H[:, some], inverses, some, excess[some]), 10.0))
    kept = factors > 0
    sized = _Point.of(program, (point.W * factors)[:, kept], point.b, (point.H * factors)[:, kept])
    if (factors[kept] == 1).all() or sized.value >= point.value:
        return _Point.of(program, point.W[:, kept], point.b, point.H[:, kept]), kept, True
    return sized, kept, False


def _squares(program: Program, H: Array, inverses: Array, some: NDArray[np.intp], excess: Array) -> Array:
    """By what to multiply the squares of some columns of ``W``: the minimiser of a convex quadratic function, at least
    zero."""
    hessian = np.zeros((some.size, some.size))
    for block in _slices(len(H), some.size**2):
        left = np.eye(some.size) - inverses[block][:, some][:, :, some]
        hessian += np.einsum("n,nj,nk,njk->jk", program.p[block], H[block], H[block], left, optimize=True)
    root = np.linalg.cholesky(hessian + 1e-12 * np.trace(hessian) * np.eye(some.size)).T
    found, _ = nnls(root, solve_triangular(root.T, excess / 2, lower=True) + root.sum(axis=1))
    return np.asarray(found)


def _restricted(inverses: Array, kept: NDArray[np.bool_]) -> Array:
    """The inverses of the matrices without some rows and columns, in the place of those given."""
    if kept.all():
        return inverses
    n, q = len(inverses), int(kept.sum())
    place = inverses.reshape(-1)[: n * q * q].reshape(n, q, q)  # never ahead of what is read
    for block in _slices(n, inverses.shape[1] ** 2):
        inside, mixed = inverses[block][:, kept][:, :, kept], inverses[block][:, kept][:, :, ~kept]
        corner = inverses[block][:, ~kept][:, :, ~kept]
        place[block] = inside - mixed @ np.linalg.solve(corner, np.swapaxes(mixed, 1, 2))
    return place


def _fits(point: _Point, most: int) -> bool:
    """Whether the inverses have at most so many entries."""
    return bool(point.H.size * point.W.shape[1] <= most)


def _grown(program: Program, point: _Point, model: _Quadratic) -> _Point:
    """With a new column of ``W`` for every direction beyond its range in which :math:`R` exceeds lambda, of the size at
    which, to first order, it no longer does."""
    lam, r, dtype = program.lam, point.r, model.inverses.dtype
    within, sizes, _ = np.linalg.svd(program.basis.T @ point.W)
    rest = program.basis @ within[:, len(sizes) :]
    sizes, turn = eigh(rest.T @ program.moment(r) @ rest)
    rise = sizes / lam - 1
    above = rise > max(0.3 * model.slope, 1e-13)
    U = rest @ turn[:, above]
    columns = []
    for u, excess in zip(U.T, sizes[above] - lam, strict=True):
        seen = model.curved(np.tile(u.astype(dtype), (len(r), 1)))
        h = seen @ model.W
        green = seen @ u - np.einsum("ni,nij,nj->n", h, model.inverses, h)
        green = np.maximum(green, 1e-3 * (seen @ u))
        columns.append(u * np.sqrt(excess / (2 * program.p @ ((r @ u) ** 2 * green))))
    if not columns:
        return point
    new, before = np.array(columns).T, point.value
    for _ in range(HALVINGS):
        grown = _Point.of(program, np.hstack([point.W, new]), point.b, np.hstack([point.H, r @ new]))
        if grown.value < before:
            return grown
        new = new / 2
    return point


def _start(program: Program, report: Progress, tolerance: float) -> tuple[_Point, int]:
    """The spectral guess, bettered by a method that needs gradients only: by a few steps, or where the inverses would
    be too large by as many as bring something. And the number of these steps."""
    dtype = np.dtype(np.float32 if len(program.p) * program.K >= SINGLE else np.float64)
    problem, best, steps, due = Balanced(program, None, dtype, even=True), np.inf, 0, FIRST_LOOK

    def at(x: Array) -> _Point:
        W, H, b = problem.parts(x)
        if program.loss.centered:  # scaled, the method does not stay where the logits add up to 0
            W, b = W - W.mean(axis=0), b - b.mean()
        return _Point.of(program, W, b, H)

    point = kept = at(problem.x)

    def looked(x: Array) -> None:
        nonlocal kept, best, steps, due
        steps += 1
        if steps >= due:
            seen = at(x)
            bound = bound_of(program, seen.W, seen.b, seen.r)
            if bound.gap < best * bound.value:
                kept, best = seen, bound.gap / bound.value
            due = min(int(LOOKS * steps) + 1, steps + TOLD)
        report(0, best)
        if best <= goal:
            raise StopIteration

    if problem.q < WIDE and program.lam < STEEP:
        return point, steps
    while problem.q:
        goal, before = max(tolerance, NEAR if _fits(point, min(DEAR, LARGE)) else AFAR), best
        point = at(problem.descended(WARM, looked))
        if _fits(point, min(DEAR, LARGE)):
            return point, steps
        if best <= goal or (best > LITTLE * before and dtype == np.float64):
            return kept, steps
        if best > HALF * before:  # what single precision has to give
            dtype = np.dtype(np.float64)
        del problem  # before there is another
        point = _trimmed(program, point.oriented())
        problem = Balanced(program, (point.W, point.H, point.b), dtype, even=True)
    return point, steps


# ---------------------------------------------------------------------- the method


def low_rank(program: Program, report: Progress, tolerance: float) -> Solution:
    """The optimum of a model that is not collapsed, to a relative gap of ``tolerance`` or to what rounding allows.

    Example:
        >>> from verify.labels.builders.imbalanced import balanced
        >>> from verify.model.feature_model import FeatureModel
        >>> program = Program(FeatureModel.of(balanced(4, 2), "pal", "1/100", 1))
        >>> solution = low_rank(program, lambda step, gap: None, 1e-13)
        >>> solution.rank, solution.relative_gap < 1e-13
        (3, True)
    """
    point, descents = _start(program, report, tolerance)
    radius, idle, steps = np.inf, 0, 0
    dtype: Any = np.dtype(np.float32 if point.r.size >= SINGLE else np.float64)
    best, best_bound = point, bound_of(program, point.W, point.b, point.r)
    point = _trimmed(program, point.oriented(), COARSE * np.finfo(dtype).eps)
    while best_bound.gap > tolerance * best_bound.value and steps < STEPS and idle < PATIENCE and _fits(point, LARGE):
        if point.W.size:
            model, point = _Quadratic.settled(program, point, dtype)
        if not point.W.size:  # near the threshold all columns may fall to zero: there is no step from there
            break
        reach = tolerance * best_bound.value / best_bound.gap if np.isfinite(best_bound.gap) else 0.0
        radius = min(radius, REACH * model.norm) if steps == 0 else radius
        step, before = model.step(radius, reach), point.value
        after, length = _moved(program, point, model, step)
        if after is None:
            break
        radius = 2 * length * step.norm if length < 1 else max(radius, 3 * step.norm) if step.cut else radius
        point, steps = _grown(program, after, model), steps + 1
        del model  # before there is another: nothing is as large
        bound = bound_of(program, point.W, point.b, point.r)
        still = bound.gap > 0.5 * best_bound.gap and after.value > before * (1 - 10 * ROUNDING)
        idle = idle + 1 if still else 0
        if idle > PATIENCE // 2 and point.W.shape[1] ** 2 * len(point.H) < DOUBLE:
            dtype = np.dtype(np.float64)
        if bound.gap < best_bound.gap:
            best, best_bound = point, bound
        point = _trimmed(program, point.oriented(), COARSE * np.finfo(dtype).eps)
        report(steps, bound.gap / bound.value)
    best = best.oriented()
    method, done = ("low rank", steps) if steps else (FIRST_ORDER, descents)
    return finished(program, best.W, best.b, best_bound, tolerance, method, done)
