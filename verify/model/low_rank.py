r"""The global optimum by a second-order method on a classifier of low rank, with the prototypes eliminated.

The unknowns are a classifier ``W``, ``(K, q)``, and the bias; every label set has the best prototype for them. The
function that is left is minimised by Newton's method in a trust region, the steps by conjugate gradients
(``quadratic``), in time and memory linear in the number of label sets. What makes it converge to the global optimum:

* the rank follows the dual point: a direction in which :math:`R` exceeds :math:`\lambda` becomes a column of ``W``, and
  a column that would be better off without is left out. So a stationary point that is not the optimum is no end.

Before that come some steps of L-BFGS on classifier and prototypes, each variable in units in which the function is
about as steep (``balanced``): down to a gap of 1e-3 nothing is faster. Where label sets times the square of the rank
are many, and a step of Newton's is dear, they go on to a gap of 7e-7, in rounds between which the units are measured
anew and columns are left out. Where there is no memory for the inverses that is the end: what it takes is then linear
in the number of label sets, of labels, and in the rank.

Nothing here is trusted: what the solver hands over is a certificate.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, solve_triangular
from scipy.optimize import nnls

from verify.model.balanced import Balanced
from verify.model.losses import Array
from verify.model.program import Program, Progress, bound_of, finished
from verify.model.quadratic import LowRankPoint, QuadraticModel, Step, inverses_at, root_mean_square, slices
from verify.model.solution import Solution

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


# ---------------------------------------------------------------------- moving


def _corrected(program: Program, point: LowRankPoint, inverses: Array) -> LowRankPoint:
    """The prototypes nearer to the best ones, by Newton steps with inverses that may be of a point nearby."""
    mismatch = point.mismatch()
    size = root_mean_square(program, mismatch)
    for _ in range(CORRECTIONS):
        gradient = float(np.linalg.norm(point.gradient()))
        if size * np.sqrt(program.lam) <= SETTLED * gradient:
            break
        step = (inverses @ mismatch.astype(inverses.dtype)[:, :, None])[:, :, 0].astype(np.float64)
        change = np.abs(step @ point.W.T).max(axis=1)
        damping = np.where(change > UNSURE, np.log1p(change) / np.maximum(change, UNSURE), 1.0)
        after = LowRankPoint.of(program, point.W, point.b, point.H + damping[:, None] * step)
        mismatch = after.mismatch()
        size, before = root_mean_square(program, mismatch), size
        if size > before:
            break
        point = after
        if size > UNSURE * before:
            break
    return point


def _moved(
    program: Program, point: LowRankPoint, model: QuadraticModel, step: Step
) -> tuple[LowRankPoint | None, float]:
    """The point after the longest of a few step lengths that brings enough, and that length."""
    dW, db = step.X[:, : model.q], step.X[:, model.q] if program.moves else 0.0
    before, length = point.value, 1.0
    for _ in range(HALVINGS):
        moved = LowRankPoint.of(program, point.W + length * dW, point.b + length * db, point.H + length * step.dH)
        moved = _corrected(program, moved, model.inverses)
        if moved.value <= before + 1e-4 * length * step.slope + ROUNDING * abs(before):
            return moved, length
        length /= 2
    return None, 0.0


# ---------------------------------------------------------------------- the rank


def _trimmed(program: Program, point: LowRankPoint, least: float = 0.0) -> LowRankPoint:
    """Without the columns of ``W`` that, to first order, certainly fall to zero, or that no label set feels by more
    than ``least``; that needs no inverses."""
    seen = (program.p[:, None] * point.H**2).sum(axis=0)
    curvature, W = program.loss.curvature(point.r, program.y), point.W
    own = curvature @ W**2
    if program.loss.centered:
        own -= (curvature @ W) ** 2 / curvature.sum(axis=1, keepdims=True)
    lost = 2 * (program.p[:, None] * point.H**2 * (own / (1 + own))).sum(axis=0)
    kept = (seen + lost > program.lam * (W**2).sum(axis=0)) & (own.max(axis=0) > least)
    return point if kept.all() else LowRankPoint.of(program, W[:, kept], point.b, point.H[:, kept])


def _resized(program: Program, point: LowRankPoint, inverses: Array) -> tuple[LowRankPoint, NDArray[np.bool_], bool]:
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
    sized = LowRankPoint.of(program, (point.W * factors)[:, kept], point.b, (point.H * factors)[:, kept])
    if (factors[kept] == 1).all() or sized.value >= point.value:
        return LowRankPoint.of(program, point.W[:, kept], point.b, point.H[:, kept]), kept, True
    return sized, kept, False


def _squares(program: Program, H: Array, inverses: Array, some: NDArray[np.intp], excess: Array) -> Array:
    """By what to multiply the squares of some columns of ``W``: the minimiser of a convex quadratic function, at least
    zero."""
    hessian = np.zeros((some.size, some.size))
    for block in slices(len(H), some.size**2):
        left = np.eye(some.size) - inverses[block][:, some][:, :, some]
        hessian += np.einsum("n,nj,nk,njk->jk", program.p[block], H[block], H[block], left, optimize=True)
    root = np.linalg.cholesky(hessian + 1e-12 * np.trace(hessian) * np.eye(some.size)).T
    found, _ = nnls(root, solve_triangular(root.T, excess / 2, lower=True) + root.sum(axis=1))
    return np.asarray(found)


def _settled(program: Program, point: LowRankPoint, dtype: Any) -> tuple[QuadraticModel, LowRankPoint]:
    """The model where the prototypes are the best for the classifier, and that point; without the columns that
    would only fall to zero."""
    inverses = inverses_at(program, point, dtype)
    for _ in range(CORRECTIONS):
        before = root_mean_square(program, point.mismatch())
        point = _corrected(program, point, inverses)
        settled = before <= UNSURE * root_mean_square(program, point.H)
        if settled:
            point, kept, settled = _resized(program, point, inverses)
        if settled:
            inverses = _restricted(inverses, kept)
            point = _corrected(program, point, inverses)
            break
        del inverses  # before there are others: nothing is as large
        inverses = inverses_at(program, point, dtype)
    return QuadraticModel(program, point, inverses), point


def _restricted(inverses: Array, kept: NDArray[np.bool_]) -> Array:
    """The inverses of the matrices without some rows and columns, in the place of those given."""
    if kept.all():
        return inverses
    n, q = len(inverses), int(kept.sum())
    place = inverses.reshape(-1)[: n * q * q].reshape(n, q, q)  # never ahead of what is read
    for block in slices(n, inverses.shape[1] ** 2):
        inside, mixed = inverses[block][:, kept][:, :, kept], inverses[block][:, kept][:, :, ~kept]
        corner = inverses[block][:, ~kept][:, :, ~kept]
        place[block] = inside - mixed @ np.linalg.solve(corner, np.swapaxes(mixed, 1, 2))
    return place


def _fits(point: LowRankPoint, most: int) -> bool:
    """Whether the inverses have at most so many entries."""
    return bool(point.H.size * point.W.shape[1] <= most)


def _grown(program: Program, point: LowRankPoint, model: QuadraticModel) -> LowRankPoint:
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
        grown = LowRankPoint.of(program, np.hstack([point.W, new]), point.b, np.hstack([point.H, r @ new]))
        if grown.value < before:
            return grown
        new = new / 2
    return point


def _start(program: Program, report: Progress, tolerance: float) -> tuple[LowRankPoint, int]:
    """The spectral guess, bettered by a method that needs gradients only: by a few steps, or where the inverses would
    be too large by as many as bring something. And the number of these steps."""
    dtype = np.dtype(np.float32 if len(program.p) * program.K >= SINGLE else np.float64)
    problem, best, steps, due = Balanced(program, None, dtype, even=True), np.inf, 0, FIRST_LOOK

    def at(x: Array) -> LowRankPoint:
        W, H, b = problem.parts(x)
        if program.loss.centered:  # scaled, the method does not stay where the logits add up to 0
            W, b = W - W.mean(axis=0), b - b.mean()
        return LowRankPoint.of(program, W, b, H)

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
            model, point = _settled(program, point, dtype)
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
