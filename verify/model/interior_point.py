r"""The global optimum of the unconstrained feature model, in float64, by a primal-dual interior-point method.

Eliminating the prototypes leaves a convex program in :math:`\Gamma=G/\lambda_H\succeq0` and the bias (claim U5), whose
gradient is half the slack :math:`\lambda I-R`. The iterates follow :math:`\Gamma(\lambda I-R)=\tau I`, :math:`\tau\to0`
(the central path of the barrier :math:`-\log\det\Gamma`), by Newton steps with the predictor-corrector rule of Mehrotra
(1992). So it does not matter whether the optimum has full rank, and no rank has to be guessed on the way. Three things
keep float64 accurate to the last digits, also for :math:`\lambda=10^{-12}`:

* :math:`\Gamma=WW^\top` is only held as its factor, and each step is taken in the frame of the factor (``newton``);
* residuals, not logits, are the unknowns of the inner problems (``response``), so :math:`R` is accurate relative to
  :math:`\lambda`;
* progress is judged by slopes and by the gap identity U6, never by differences of objective values.

Nothing here is trusted: what the solver hands over is a certificate.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from verify.labels.errors import InputError
from verify.model.losses import Array
from verify.model.newton import NewtonEquation, Point
from verify.model.program import Bound, Guess, Program, Progress, bound_of, finished, spectral_guess
from verify.model.response import DENSE_LABELS, Asking, DenseGreen, Response, UnsettledError, alone
from verify.model.solution import Solution

ITERATIONS = 200
GROWTH, SHIFT = 10.0, 10.0  # one step at most multiplies a direction of the Gram matrix, or moves a bias, by this
FAR = 1e6  # times the gap to end at: a step may leave the square of what is left
ROUNDING = 1e-12
PATIENCE = 4  # steps at the end of the path, where only rounding keeps the gap open, that may bring nothing


@dataclass(frozen=True)
class _Iterate:
    """A point near the central path. ``W`` is ``(K, d)`` with orthogonal columns, ``S`` the slack in its frame,
    ``value`` the objective."""

    W: Array
    b: Array
    S: Array
    response: Response
    value: float

    @property
    def r(self) -> Array:
        return self.response.r

    @property
    def tau(self) -> float:
        return float(np.trace(self.S)) / len(self.S)


@dataclass(frozen=True)
class _Direction:
    """A Newton step: ``X`` in the frame of ``W``, the slack's ``dS``, the bias's ``db``."""

    X: Array
    dS: Array
    db: Array


def interior_point(program: Program, progress: Progress, tolerance: float) -> Solution:
    """The optimum of a model of at most 64 labels, to a relative gap of ``tolerance`` or to what rounding allows."""
    return alone(central_path(program, progress, tolerance))


def central_path(program: Program, progress: Progress, tolerance: float) -> Asking[Solution]:
    """The same, for several at once (``response.in_step``)."""
    if program.K > DENSE_LABELS:
        raise InputError(f"the interior point method is for at most {DENSE_LABELS} labels, not {program.K}")
    at = yield from _start(program)
    best, best_bound, idle = at, _bound(program, at, tolerance), 0
    steps = 0
    while best_bound.gap > tolerance * best_bound.value and steps < ITERATIONS and idle < PATIENCE:
        after = yield from _advance(program, at)
        if after is None:
            break
        at, steps = after, steps + 1
        bound = _bound(program, at, tolerance)
        exhausted = at.tau * len(at.S) < tolerance * bound.value and bound.gap > 0.5 * best_bound.gap
        idle = idle + 1 if exhausted else 0
        if bound.gap < best_bound.gap:
            best, best_bound = at, bound
        progress(steps, bound.gap / bound.value)
    if best_bound.gap > tolerance * best_bound.value:
        best_bound = bound_of(program, best.W, best.b, best.r)
    return finished(program, best.W, best.b, best_bound, tolerance, "interior point", steps)


def _bound(program: Program, at: _Iterate, tolerance: float) -> Bound:
    """The bound of a point; far from the end only about what it is, which costs less."""
    h = at.r @ at.W
    gap = abs(program.lam * float((at.W**2).sum()) - float(program.p @ (h**2).sum(axis=1))) / 2
    return Bound(at.r, at.value, gap) if gap > FAR * tolerance * at.value else bound_of(program, at.W, at.b, at.r)


def _start(program: Program) -> Asking[_Iterate]:
    """A point whose slack is about what the guess leaves of the gap. With weights the guess may be far off, and too
    small a slack for the point means short steps: then the loss without a classifier is the measure, if logits are not
    too large there."""
    guess, lam = spectral_guess(program), program.lam
    gap = lam * max(guess.gains.sum(), 1e-3)
    if program.loss.weights:
        logits = np.tile(guess.b, (len(program.p), 1))
        with suppress(UnsettledError):
            return (
                yield from _started(program, guess, max(gap, float(program.p @ program.loss.value(logits, program.y))))
            )
    return (yield from _started(program, guess, gap))


def _started(program: Program, guess: Guess, gap: float) -> Asking[_Iterate]:
    tau = 1e-2 * gap / len(guess.gains)
    W = guess.U * np.sqrt(guess.gains + tau / program.lam)
    response = yield program.inner(W, guess.b, guess.r)
    value = program.objective(W, guess.b, response.r)
    return _Iterate(W, guess.b, tau * np.eye(len(guess.gains)), response, value)


def _advance(program: Program, at: _Iterate) -> Asking[_Iterate | None]:
    """One predictor-corrector step; ``None`` when rounding leaves nothing to gain."""
    h = at.r @ at.W
    gradient = (program.lam * at.W.T @ at.W - program.moment(h)) / 2
    bias_gradient = program.decay * at.b - program.p @ at.r if program.moves else np.zeros(program.K)
    green = at.response.green
    assert isinstance(green, DenseGreen)  # there are few labels
    equation = NewtonEquation(
        Point(program.p, at.W, at.r, green, at.S, len(at.S), program.moves, program.decay, program.loss.centered)
    )

    def direction(tau: float, correction: Array) -> _Direction:
        target = tau * np.eye(len(at.S)) - correction
        X, db = equation.solve(gradient - target / 2, bias_gradient)
        return _Direction(X, target - at.S - (at.S @ X + X @ at.S) / 2, db)

    none = np.zeros_like(at.S)
    predictor = direction(0.0, none)
    reached = np.vdot(
        np.eye(len(at.S)) + _reach(predictor.X, 1.0) * predictor.X,
        at.S + _reach(predictor.dS, 1.0, at.S) * predictor.dS,
    ) / len(at.S)
    tau = at.tau * max(1e-8, min(1.0, float(reached) / at.tau)) ** 3
    product = predictor.dS @ predictor.X
    attempts = ((tau, (product + product.T) / 2, 3), (tau, none, 6), (at.tau, none, 40))
    for target, correction, halvings in attempts:
        step = direction(target, correction)
        slope = gradient - target / 2 * np.eye(len(at.S)), bias_gradient, target
        after = yield from _search(program, at, step, slope, halvings)
        if after is not None:
            return after
    return None


def _search(
    program: Program, at: _Iterate, step: _Direction, slope_data: tuple[Array, Array, float], halvings: int
) -> Asking[_Iterate | None]:
    """The longest of a few step lengths at which the barrier objective, which is convex, is not steeply uphill, nor
    above where it was by more than rounding."""
    gradient, bias_gradient, tau = slope_data
    slope = float(np.vdot(gradient, step.X) + bias_gradient @ step.db)
    if slope > 0:
        return None
    identity = np.eye(len(at.S))
    growth = max(float(np.linalg.eigvalsh(step.X)[-1]) / GROWTH, float(np.abs(step.db).max()) / SHIFT, 1.0)
    length = min(_reach(step.X, 0.99), 1 / growth)
    for _ in range(halvings):
        moved = identity + length * step.X
        L = np.linalg.cholesky(moved)
        W, b = at.W @ L, at.b + length * step.db
        try:
            response = yield program.inner(W, b, at.r)
        except UnsettledError:
            length /= 2
            continue
        h = response.r @ at.W
        there = (program.lam * at.W.T @ at.W - program.moment(h) - tau * np.linalg.inv(moved)) / 2
        uphill = float(np.vdot(there, step.X) + (program.decay * b - program.p @ response.r) @ step.db)
        value = program.objective(W, b, response.r)
        rise = value - tau * float(np.log(np.diag(L)).sum()) - at.value
        if uphill <= 0.5 * abs(slope) and rise <= ROUNDING * at.value:
            S = L.T @ (at.S + _reach(step.dS, 0.99, at.S) * step.dS) @ L
            return _oriented(_Iterate(W, b, S, response, value))
        length /= 2
    return None


def _oriented(at: _Iterate) -> _Iterate:
    """The same point with orthogonal columns of ``W``, largest first: small directions are kept apart from large ones,
    so that their relative accuracy survives."""
    U, sizes, Vt = np.linalg.svd(at.W, full_matrices=False)
    S = Vt @ at.S @ Vt.T
    return replace(at, W=U * sizes, S=(S + S.T) / 2)


def _reach(step: Array, share: float, base: Array | None = None) -> float:
    """The longest step length up to 1 that goes at most ``share`` of the way to where ``base + step`` (``base`` the
    identity by default) stops being positive definite."""
    if base is not None:
        L = np.linalg.cholesky(base)
        step = np.linalg.solve(L, np.linalg.solve(L, step).T)
    least = float(np.linalg.eigvalsh((step + step.T) / 2)[0])
    return min(1.0, share / -least) if least < 0 else 1.0
