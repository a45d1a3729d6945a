"""The model in the solvers' units, their first guess, and what they are judged by: the gap of a point."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from verify.model.feature_model import FeatureModel
from verify.model.losses import AnyTargets, Array, Loss
from verify.model.response import Inner, Response, respond, row_sums
from verify.model.solution import Solution

BLOCK = 1 << 18  # entries of a table that is in the cache
SHARES = 1.0, 0.3, 0.1, 0.03, 0.0

Progress = Callable[[int, float], None]
"""Called after every step with its number and the relative gap reached."""


class Program:
    """The model in the solver's units: one regularisation, :math:`\\Gamma=G/\\lambda_H`, everything float64."""

    def __init__(self, model: FeatureModel) -> None:
        self.model, self.loss = model, model.loss
        self.free, self.moves, self.decay = model.free, model.moves, float(model.decay)
        self.y, self.p = model.targets, model.distribution.probabilities
        self.lam, self.K = float(model.lam), model.distribution.K
        self.basis = model.basis

    def respond(self, W: Array, b: Array, start: Array) -> Response:
        return respond(*self.inner(W, b, start))

    def inner(self, W: Array, b: Array, start: Array) -> Inner:
        """The inner problem of a classifier and a bias."""
        return Inner(self.loss, self.y, W @ W.T, b, start)

    def objective(self, W: Array, b: Array, r: Array) -> float:
        """F at the prototypes of the residuals ``r``."""
        h = r @ W
        penalty = self.lam * float((W**2).sum()) + float(self.p @ (h**2).sum(axis=1)) + self.decay * float(b @ b)
        parts = [self.p[some] @ self.loss.value(h[some] @ W.T + b, self.y[some]) for some in blocks(self.K, len(r))]
        return float(sum(parts)) + penalty / 2

    def moment(self, h: Array) -> Array:
        root = h * np.sqrt(self.p)[:, None]
        return np.asarray(root.T @ root)  # of one matrix: half the work


class Guess(NamedTuple):
    r"""A first guess: orthonormal directions as columns, what :math:`\Gamma` is in each, the factor by which residuals
    shrink there, the bias, residuals that are in the domain, and those at ``W = 0`` that they shrink from."""

    U: Array
    gains: Array
    shrink: Array
    b: Array
    r: Array
    start: Array


def spectral_guess(program: Program) -> Guess:
    """Exact in perfectly orthogonal cases: every direction of :math:`R^0` on its own, with residuals that shrink until
    its eigenvalue is lambda."""
    lam, loss = program.lam, program.loss
    b, r0 = _offset_guess(program)
    kappa, U = np.linalg.eigh(program.moment(r0 @ program.basis))
    alive = kappa > lam
    shrink = np.sqrt(lam / np.where(alive, kappa, lam))
    cardinality = float(program.model.distribution.cardinality)
    gains = np.where(alive, loss.gain(shrink, cardinality, program.K), 0.0)
    gains = gains if program.y.weight is None else gains / (program.p @ program.y.weight).mean()
    r = min(0.9, float(np.sqrt(lam / kappa[-1]))) * r0
    b = program.p @ loss.logits(r, program.y) if program.free else b
    return Guess(program.basis @ U, gains, shrink, b, r, r0)


def _offset_guess(program: Program) -> tuple[Array, Array]:
    """The bias at ``W = 0`` and the residuals there; of a decaying one, for which the classifier may stand in at less
    cost, the share of it that costs least if the loss is taken for quadratic."""
    collapse, found = program.model.at_collapse, []
    if not program.decay:
        return collapse.bias, collapse.residuals
    for share in SHARES:
        b = share * collapse.bias
        r = program.loss.residual(np.tile(b, (len(program.y), 1)), program.y)
        sizes = np.sqrt(np.maximum(np.linalg.eigvalsh(program.moment(r @ program.basis)), 0.0))
        kept = np.minimum(sizes, program.lam**0.5)
        found.append((float((kept * (sizes - kept / 2)).sum() + program.decay * b @ b / 2), share, b, r))
    return min(found, key=lambda one: one[:2])[2:]


@dataclass(frozen=True)
class Bound:
    """The pair of feasible points an iterate gives: dual residuals, value and gap."""

    r: Array
    value: float
    gap: float


def blocks(K: int, n: int) -> list[slice]:
    """Label sets some at a time, so that tables of them by labels stay in the cache."""
    size = max(1, BLOCK // K)
    return [slice(first, first + size) for first in range(0, n, size)]


def bound_of(program: Program, W: Array, b: Array, r: Array) -> Bound:
    """The gap between the primal point and the residuals made feasible, at the prototypes of those residuals."""
    r = feasible(program, r)
    h = r @ W
    value = program.objective(W, b, r)
    if program.loss.room(r, program.y).min() < 0:
        return Bound(r, value, np.inf)
    divergence = sum(
        float(program.p[some] @ program.loss.divergence(r[some], h[some] @ W.T + b, program.y[some]))
        for some in blocks(*r.shape[::-1])
    )
    slack = program.lam * float((W**2).sum()) - float(program.p @ (h**2).sum(axis=1))
    bias = program.model.mean_term(b, program.p @ r) if program.decay else 0.0
    return Bound(r, value, divergence + slack / 2 + bias)


def feasible(program: Program, r: Array) -> Array:
    r"""Residuals of mean zero, for a free bias, shrunk into :math:`R\preceq\lambda I`.

    Each eigendirection of ``R`` is shrunk on its own: rounding shows in directions that matter little, and a common
    factor would let all of the value pay for it. Only if that leaves the domain, a common factor it is.
    """
    if program.free:
        if program.loss.centered:
            r = r - row_sums(program.loss, r, program.y)
        r = r - mean_correction(program.loss, program.y, program.p, r, program.p @ r)
    sizes, U = np.linalg.eigh(program.moment(r))
    above = sizes > program.lam
    if not above.any():
        return r
    factors, U = np.sqrt(program.lam / sizes[above]), U[:, above]
    shrunk = r + (r @ U * (factors - 1)) @ U.T
    if program.loss.room(shrunk, program.y).min() >= 0:
        return np.asarray(shrunk)
    return r * float(factors.min())


def mean_correction(loss: Loss, y: AnyTargets, p: Array, r: Array, mean: Array) -> Array:
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


def solution_of(program: Program, W: Array, b: Array, bound: Bound, method: str, steps: int) -> Solution:
    """The solution in the model's own units."""
    scale = float(np.sqrt(float(program.model.lambda_H)))
    return Solution(program.model, W * scale, b, bound.r, bound.value, max(bound.gap, 0.0), steps, method)


def finished(program: Program, W: Array, b: Array, bound: Bound, tolerance: float, method: str, steps: int) -> Solution:
    """A solution without the columns, which are orthogonal, that are collapsing - those whose share of the value is
    below their relative slack - unless that costs accuracy."""
    squares = (W**2).sum(axis=0)
    slack = 1 - program.p @ (bound.r @ W) ** 2 / (program.lam * squares)
    fewer = W[:, program.lam * squares > slack * bound.value]
    trimmed = bound_of(program, fewer, b, bound.r)
    if trimmed.gap > max(bound.gap, tolerance * bound.value):
        fewer, trimmed = W, bound
    return solution_of(program, fewer, b, trimmed, method, steps)
