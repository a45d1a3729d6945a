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

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.linalg import eigh, solve_triangular

from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias, FeatureModel
from verify.model.losses import Array, Loss
from verify.model.newton import Point, newton_equation
from verify.model.refine import refine
from verify.model.response import DENSE_LABELS, Response, UnsettledError, respond, row_sums
from verify.model.solution import COLLAPSE, Solution

__all__ = ["Progress", "mean_correction", "solve"]

Progress = Callable[[int, float], None]
"""Called after every iteration with its number and the relative gap reached."""

TOLERANCE = 1e-13
ITERATIVE_TOLERANCE = 1e-8  # where steps are solved for by conjugate gradients, which near the end converge ever slower
ITERATIONS = 200
GROWTH, SHIFT = 10.0, 10.0  # one step at most multiplies a direction of the Gram matrix, or moves a bias, by this
ROUNDING = 1e-12
PATIENCE = 4  # steps at the end of the path, where only rounding keeps the gap open, that may bring nothing


def solve(
    distribution: LabelDistribution,
    loss: Loss | str,
    lambda_W: int | str | Fraction,
    lambda_H: int | str | Fraction,
    bias: Bias = "zero",
    *,
    digits: int | None = None,
    tolerance: float | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Solve the model: to a relative gap of about 1e-13 in float64, or of ``10**-digits`` in multiprecision.

    Beyond 64 labels, where Newton's equation is solved iteratively, float64 stops at 1e-8.

    Args:
        distribution: the label distribution; PAL-CE takes its proper part.
        loss: a loss, or its name.
        lambda_W, lambda_H: the regularisation: exact rational numbers, as such or as text such as ``"1/1000"``.
        bias: ``"zero"`` (fixed to 0) or ``"free"``.
        digits: decimal digits of the relative gap; float64 if absent or at most 15. The geometry has half as many.
        tolerance: the relative gap at which float64 stops, if another one; a larger one saves steps.
        progress: called after every step with its number and the relative gap reached.

    Raises:
        InputError: regularisation that is not positive, or a model without a minimiser.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> solution = solve(pi, "pal", "1/10", "1/10")
        >>> solution.rank, round(solution.value, 6), solution.relative_gap < 1e-12
        (2, 0.760426, True)
        >>> solve(pi, "pal", "1/10", "1/10", digits=40).relative_gap < 1e-39
        True
    """
    model = FeatureModel.of(distribution, loss, lambda_W, lambda_H, bias)
    report = progress or (lambda *_: None)
    if tolerance is None:
        tolerance = TOLERANCE if model.distribution.K <= DENSE_LABELS else ITERATIVE_TOLERANCE
    solution = _collapsed(model) or _closed_form(model) or _interior_point(model, report, tolerance)
    return refine(solution, digits, report) if digits else solution


def _collapsed(model: FeatureModel) -> Solution | None:
    """``W = 0``, if that is the global optimum; decided exactly unless it is far from a tie (claim U9)."""
    collapse = model.at_collapse
    if collapse.threshold > float(model.lam) * (1 + 1e-6) or not collapse.optimal:
        return None
    K, n = model.distribution.K, len(model.distribution.masks)
    value = model.objective(np.zeros((K, 0)), np.zeros((n, 0)), collapse.bias)
    return Solution(model, np.zeros((K, 0)), collapse.bias, collapse.residuals, value, 0.0, 0, COLLAPSE)


def _closed_form(model: FeatureModel) -> Solution | None:
    r"""The optimum for MSE (claim W2): in every singular direction of :math:`[\sqrt{\pi_S}\,r^0_S]`, of size ``s``,
    residuals are cut to :math:`\mu=\sqrt\lambda`, and :math:`\Gamma` is :math:`(s-\mu)_+/\mu`. ``None`` for another
    loss, or where rounding leaves a gap."""
    if not model.loss.quadratic:
        return None
    program, collapse = _Program(model), model.at_collapse
    mu, r0 = np.sqrt(program.lam), collapse.residuals
    _, sizes, Vt = np.linalg.svd(np.linalg.qr(r0 * np.sqrt(program.p)[:, None], mode="r"))
    U, alive = Vt.T[:, : len(sizes)], sizes > mu
    r = (r0 @ U * (mu / np.maximum(sizes, mu))) @ U.T
    W = U[:, alive] * np.sqrt((sizes[alive] - mu) / mu)
    bound = _bound(program, W, collapse.bias, r)
    if bound.gap > TOLERANCE * bound.value:
        return None
    return _solution(program, W, collapse.bias, bound, "closed form", 0)


# ---------------------------------------------------------------------- the path


class _Program:
    """The model in the solver's units: one regularisation, :math:`\\Gamma=G/\\lambda_H`, everything float64."""

    def __init__(self, model: FeatureModel) -> None:
        self.model, self.loss, self.free = model, model.loss, model.free
        self.y, self.p = model.distribution.indicator, model.distribution.probabilities
        self.lam, self.K = float(model.lam), model.distribution.K
        self.basis = model.basis

    def respond(self, W: Array, b: Array, start: Array) -> Response:
        return respond(self.loss, self.y, W @ W.T, b, start)

    def objective(self, W: Array, b: Array, r: Array) -> float:
        """F at the prototypes of the residuals ``r``."""
        h = r @ W
        penalty = self.lam * float((W**2).sum()) + float(self.p @ (h**2).sum(axis=1))
        return float(self.p @ self.loss.value(h @ W.T + b, self.y)) + penalty / 2

    def moment(self, h: Array) -> Array:
        return np.asarray((h * self.p[:, None]).T @ h)


@dataclass(frozen=True)
class _Iterate:
    """A point near the central path. ``W`` is ``(K, d)`` with orthogonal columns, ``S`` the slack in its frame."""

    W: Array
    b: Array
    S: Array
    response: Response

    @property
    def r(self) -> Array:
        return self.response.r

    @property
    def tau(self) -> float:
        return float(np.trace(self.S)) / len(self.S)


@dataclass(frozen=True)
class _Bound:
    """The pair of feasible points an iterate gives: dual residuals, value and gap."""

    r: Array
    value: float
    gap: float


@dataclass(frozen=True)
class _Direction:
    """A Newton step: ``X`` in the frame of ``W``, the slack's ``dS``, the bias's ``db``."""

    X: Array
    dS: Array
    db: Array


def _interior_point(model: FeatureModel, progress: Progress, tolerance: float = TOLERANCE) -> Solution:
    program = _Program(model)
    at = _start(program)
    best, best_bound, idle = at, _bound(program, at.W, at.b, at.r), 0
    steps = 0
    while best_bound.gap > tolerance * best_bound.value and steps < ITERATIONS and idle < PATIENCE:
        after = _advance(program, at)
        if after is None:
            break
        at, steps = after, steps + 1
        bound = _bound(program, at.W, at.b, at.r)
        exhausted = at.tau * len(at.S) < tolerance * bound.value and bound.gap > 0.5 * best_bound.gap
        idle = idle + 1 if exhausted else 0
        if bound.gap < best_bound.gap:
            best, best_bound = at, bound
        progress(steps, bound.gap / bound.value)
    return _finish(program, best, best_bound, steps, tolerance)


def _start(program: _Program) -> _Iterate:
    """A first guess, exact in perfectly orthogonal cases: every direction of :math:`R^0` on its own, with residuals
    that shrink until its eigenvalue is lambda."""
    lam, loss, collapse = program.lam, program.loss, program.model.at_collapse
    r0 = collapse.residuals
    kappa, U = eigh(program.moment(r0 @ program.basis))
    alive = kappa > lam
    shrink = np.sqrt(lam / np.where(alive, kappa, lam))
    cardinality = float(program.model.distribution.cardinality)
    gains = np.where(alive, loss.gain(shrink, cardinality, program.K), 0.0)
    tau = 1e-2 * lam * max(gains.sum(), 1e-3) / len(gains)
    gains += tau / lam
    typical = min(0.9, float(np.sqrt(lam / kappa[-1])))
    b = program.p @ loss.logits(typical * r0, program.y) if program.free else collapse.bias
    W = program.basis @ (U * np.sqrt(gains))
    return _Iterate(W, b, tau * np.eye(len(gains)), program.respond(W, b, typical * r0))


def _advance(program: _Program, at: _Iterate) -> _Iterate | None:
    """One predictor-corrector step; ``None`` when rounding leaves nothing to gain."""
    h = at.r @ at.W
    gradient = (program.lam * at.W.T @ at.W - program.moment(h)) / 2
    bias_gradient = -(program.p @ at.r) if program.free else np.zeros(program.K)
    equation = newton_equation(
        Point(program.p, at.W, at.r, at.response.green, at.S, program.free, program.loss.centered)
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
        after = _search(program, at, step, (gradient - target / 2 * np.eye(len(at.S)), bias_gradient, target), halvings)
        if after is not None:
            return after
    return None


def _search(
    program: _Program, at: _Iterate, step: _Direction, slope_data: tuple[Array, Array, float], halvings: int
) -> _Iterate | None:
    """The longest of a few step lengths at which the barrier objective, which is convex, is not steeply uphill, nor
    above where it was by more than rounding."""
    gradient, bias_gradient, tau = slope_data
    slope = float(np.vdot(gradient, step.X) + bias_gradient @ step.db)
    if slope > 0:
        return None
    identity, before = np.eye(len(at.S)), program.objective(at.W, at.b, at.r)
    growth = max(float(np.linalg.eigvalsh(step.X)[-1]) / GROWTH, float(np.abs(step.db).max()) / SHIFT, 1.0)
    length = min(_reach(step.X, 0.99), 1 / growth)
    for _ in range(halvings):
        moved = identity + length * step.X
        L = np.linalg.cholesky(moved)
        W, b = at.W @ L, at.b + length * step.db
        try:
            response = program.respond(W, b, at.r)
        except UnsettledError:
            length /= 2
            continue
        h = response.r @ at.W
        there = (program.lam * at.W.T @ at.W - program.moment(h) - tau * np.linalg.inv(moved)) / 2
        uphill = float(np.vdot(there, step.X) - (program.p @ response.r) @ step.db * program.free)
        rise = program.objective(W, b, response.r) - tau * float(np.log(np.diag(L)).sum()) - before
        if uphill <= 0.5 * abs(slope) and rise <= ROUNDING * before:
            S = L.T @ (at.S + _reach(step.dS, 0.99, at.S) * step.dS) @ L
            return _oriented(_Iterate(W, b, S, response))
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
        half = solve_triangular(L, step, lower=True)
        step = solve_triangular(L, half.T, lower=True)
    least = float(np.linalg.eigvalsh((step + step.T) / 2)[0])
    return min(1.0, share / -least) if least < 0 else 1.0


# ---------------------------------------------------------------------- the bound, and what is handed over


def _bound(program: _Program, W: Array, b: Array, r: Array) -> _Bound:
    """The gap between the primal point and the residuals made feasible, at the prototypes of those residuals."""
    r = _feasible(program, r)
    h = r @ W
    value = program.objective(W, b, r)
    if program.loss.room(r, program.y).min() < 0:
        return _Bound(r, value, np.inf)
    divergence = float(program.p @ program.loss.divergence(r, h @ W.T + b, program.y))
    slack = program.lam * float((W**2).sum()) - float(program.p @ (h**2).sum(axis=1))
    return _Bound(r, value, divergence + slack / 2)


def _feasible(program: _Program, r: Array) -> Array:
    r"""Residuals of mean zero, for a free bias, shrunk into :math:`R\preceq\lambda I`.

    Each eigendirection of ``R`` is shrunk on its own: rounding shows in directions that matter little, and a common
    factor would let all of the value pay for it. Only if that leaves the domain, a common factor it is.
    """
    if program.free:
        if program.loss.centered:
            r = r - row_sums(program.loss, r, program.y)
        r = r - mean_correction(program.loss, program.y, program.p, r, program.p @ r)
    sizes, U = np.linalg.eigh(program.moment(r))
    factors = np.sqrt(program.lam / np.maximum(sizes, program.lam))
    shrunk = r + (r @ U * (factors - 1)) @ U.T
    if program.loss.room(shrunk, program.y).min() >= 0:
        return np.asarray(shrunk)
    return r * float(factors.min())


def mean_correction(loss: Loss, y: Array, p: Array, r: Array, mean: Array) -> Array:
    r"""What to subtract from residuals to lower their mean by ``mean``, shape ``(n, K)``: :math:`C_S\nu`, the smallest
    change in the metric of the loss. It is relative to the room an entry has in the domain, and of row sum zero."""
    delta = loss.curvature(r, y)
    metric = np.diag(p @ delta)
    scale = 1 / np.sqrt(np.diag(metric))
    if loss.centered:  # nu is determined up to a constant: make the constant cost something
        metric -= (delta * (p / delta.sum(axis=1))[:, None]).T @ delta
        metric += np.outer(1 / scale, 1 / scale) / len(scale)
    nu = scale * np.linalg.solve(metric * scale[:, None] * scale, scale * mean)
    if loss.centered:
        return np.asarray(delta * (nu - (delta @ nu / delta.sum(axis=1))[:, None]))
    return np.asarray(delta * nu)


def _finish(program: _Program, at: _Iterate, bound: _Bound, steps: int, tolerance: float) -> Solution:
    """Leave out the directions that are collapsing - those whose share of the value is below their relative slack -
    unless that costs accuracy."""
    squares = (at.W**2).sum(axis=0)
    slack = 1 - program.p @ (bound.r @ at.W) ** 2 / (program.lam * squares)
    W = at.W[:, program.lam * squares > slack * bound.value]
    trimmed = _bound(program, W, at.b, at.r)
    if trimmed.gap > max(bound.gap, tolerance * bound.value):
        W, trimmed = at.W, bound
    return _solution(program, W, at.b, trimmed, "interior point", steps)


def _solution(program: _Program, W: Array, b: Array, bound: _Bound, method: str, steps: int) -> Solution:
    scale = float(np.sqrt(float(program.model.lambda_H)))
    return Solution(program.model, W * scale, b, bound.r, bound.value, max(bound.gap, 0.0), steps, method)
