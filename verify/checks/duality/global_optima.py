r"""Chapter U, which stationary points are optimal, and when the optimum is full collapse, checked.

How identities between enclosures are decided is told in ``enclosures``. Stationary points that are not the optimum are
found by descent in float64, and only chosen by it: what is said about them is decided in balls.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
from flint import arb_mat, fmpq_mat
from scipy.optimize import minimize

from verify.checks.duality.gap_identities import random_point
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    HALF_DECIDED,
    NO_WEIGHTS,
    ONE_OFF,
    PERCENT,
    Residuals,
    Weights,
    alive,
    checks_in_balls,
    collapse_residuals,
    drawn_optimum,
    exactly,
    float_matrix,
    frequencies,
    logits_of,
    product,
    same,
    square_norm,
    together,
    zero_bias_residuals,
)
from verify.exact.balls import Ball, ball, total
from verify.exact.matrices import ball_rows, frobenius, identity, outer, projection, zeros
from verify.exact.rationals import number_above, second_moment, to_fraction
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model import losses
from verify.model.feature_model import AnyBias, FeatureModel, dominated
from verify.model.losses import Array, Loss
from verify.model.optimum import CertifiedOptimum, Instance
from verify.model.response import UnsettledError, respond

# ---------------------------------------------------------------------- the feature dimension


PAL_MIXED = witness([([0], 1), ([1], 2), ([2], 2), ([0, 1], 2)], 3)  # with a free bias


def one_less(enough: int) -> int:
    """A false law: one feature dimension less is enough too."""
    return max(1, enough - 1)


def enough_features(at: CertifiedOptimum, dimension: Callable[[int], int]) -> Finding:
    r"""Whether so many features can have the least value, and residuals with :math:`R\preceq\lambda I`: all optima of
    the convex forms have one Gram matrix (U7), and with fewer features than its rank no point has it.

    ``dimension`` is that of ``K``, for PAL-CE ``K - 1``.
    """
    d = dimension(at.K - int(at.model.loss.centered))
    return (
        HOLDS if at.rank[0] <= d else fails(f"with d = {d} min F is not attained: its classifier has rank {at.rank[0]}")
    )


# ---------------------------------------------------------------------- U7


def _value_at_collapse(model: FeatureModel, best: bool = True) -> Ball:
    """``F`` at ``W = 0`` and the best bias, or none, from the logits in closed form."""
    pi, loss = model.distribution, model.loss.balls
    b = [loss.logit(-ball(f), 0) for f in pi.frequencies] if model.free and best else zeros(pi.K)
    return total(ball(w) * loss.value(b, y) for w, y in zip(frequencies(pi), pi.rows, strict=True))


Domination = Callable[[fmpq_mat, Fraction], bool]

ROUNDING = Fraction(1, 10**6)
"""A stationary point found in float64 satisfies RW = lambda W up to rounding; more than this is not rounding."""


def _rank_one(at: CertifiedOptimum, optimal: Domination) -> Finding:
    """The stationary point of rank one: no more than stationary if the optimum has a larger rank."""
    found = _of_rank_one(at)
    if isinstance(found, str):
        return skips(found)
    if not found.value > at.value * ball(1 + WORSE):
        return skips("the stationary point of rank one is as good as the optimum, up to 1e-4")
    # U6: with R <= (1 + t) lambda I and R w = lambda w up to a share t, F - min F is a few t F at most - far below 1e-4
    if optimal(found.R, at.model.lam * (1 + ROUNDING)):
        return fails(
            f"a stationary point is held to be optimal with F = {found.value.str(12)} above {at.value.str(12)}"
        )
    return HOLDS


WORSE = Fraction(1, 10**4)
"""A value that is larger than the least by this share is that of another point, whatever the rounding."""


class _Stationary(NamedTuple):
    r"""A point that is stationary up to rounding: its value, ``R`` at rational residuals next to its own, and its
    classifier in units of :math:`\sqrt{\lambda_H}`."""

    value: Ball
    R: fmpq_mat
    W: list[list[Fraction]]


@lru_cache(maxsize=2)
def _of_rank_one(at: CertifiedOptimum) -> _Stationary | str:
    """The one found from the strongest direction of the optimum; two claims ask."""
    return _stationary(at, at.solution.W[:, :1])


def _stationary(at: CertifiedOptimum, start: Array) -> _Stationary | str:
    """The stationary point that descent finds from a classifier, with as many columns; or why there is none."""
    model = at.model
    try:
        W, b, r = _descend(at, start)
    except UnsettledError:
        return "the inner problems were not solved on the way to a stationary point"
    columns = list(zip(*W, strict=True))
    H = [product(columns, x) for x in r]
    z = logits_of(W, H, b)
    residual = [at.loss.residual(a, y) for a, y in zip(z, at.y, strict=True)]
    classifier, lam = ball_rows(W), ball(model.lam)
    off = frobenius(outer(arb_mat(residual), at.pi, arb_mat(residual)) * classifier - classifier * lam)
    if not off < lam * frobenius(classifier) * ball(ROUNDING):
        return "no stationary point was found"
    losses = zip(at.pi, z, at.y, H, strict=True)
    value = total(ball(w) * (at.loss.value(a, y) + ball(square_norm(h)) / 2) for w, a, y, h in losses)
    midpoints = [[Fraction(float(a.mid())) for a in row] for row in residual]
    size = sum(map(square_norm, W), Fraction(0))
    return _Stationary(value + lam * ball(size) / 2, second_moment(frequencies(model.distribution), midpoints), W)


def _descend(at: CertifiedOptimum, start: Array) -> tuple[list[list[Fraction]], list[Fraction], list[list[Fraction]]]:
    r"""Classifier, in units of :math:`\sqrt{\lambda_H}`, bias and residuals where descent in float64 ends."""
    model, y, p = at.model, at.model.distribution.indicator, at.model.distribution.probabilities
    K, size, lam = at.K, start.size, float(model.lam)
    last = at.solution.r
    settled = float(ROUNDING) * lam / 10

    def split(x: Array) -> tuple[Array, Array]:
        b = _centered(model, x[size:]) if model.free else np.zeros(K)
        return _centered(model, x[:size].reshape(start.shape)), b

    def objective(x: Array) -> tuple[float, Array]:
        nonlocal last
        W, b = split(x)
        last = r = respond(model.loss, y, W @ W.T, b, last).r
        H = r @ W
        value = p @ model.loss.value(H @ W.T + b, y) + (p @ (H**2).sum(axis=1) + lam * (W**2).sum()) / 2
        slope = (lam * W - r.T @ (p[:, None] * H)).ravel()
        return float(value), np.concatenate([slope, -(p @ r)] if model.free else [slope])

    guess = start.ravel() / float(model.lambda_H) ** 0.5
    x = minimize(
        objective,
        np.concatenate([guess, at.solution.b]) if model.free else guess,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 300, "ftol": 0.0, "gtol": settled, "maxcor": 30},
    ).x
    objective(x)
    W, b = split(x)
    return exactly(W.tolist()), [Fraction(a) for a in b.tolist()], exactly(last.tolist())


def _centered(model: FeatureModel, x: Array) -> Array:
    return np.asarray(x - x.mean(axis=0)) if model.loss.centered else x


# ---------------------------------------------------------------------- U7a


def _depth(eigenvalues: Sequence[Ball], lam: Ball, c: Ball) -> Ball:
    r"""U7a: :math:`\frac1{2c}\sum(\sqrt{\rho_i}-\sqrt\lambda)^2` over the eigenvalues that exceed
    :math:`\lambda`."""
    return total((rho.sqrt() - lam.sqrt()) ** 2 for rho in eigenvalues) / (2 * c)


def _depth_without_roots(eigenvalues: Sequence[Ball], lam: Ball, c: Ball) -> Ball:
    """A false law: eigenvalues for their roots."""
    return total((rho - lam) ** 2 for rho in eigenvalues) / (2 * c)


def _eigenvalues_above(R: fmpq_mat, lam: Fraction) -> tuple[list[Ball], list[Ball]]:
    r"""Lower and upper bounds on the eigenvalues that exceed :math:`\lambda`: those of float64, moved by more than
    rounding, if exact counting agrees."""
    lower, upper = [], []
    for count, value in enumerate(np.linalg.eigvalsh(float_matrix(R))[::-1].tolist(), 1):
        below, above = (Fraction(value) * (1 + side * ROUNDING) for side in (-1, 1))
        if below > lam and number_above(R, below) >= count:
            lower.append(ball(below))
        if above > lam:
            if number_above(R, above) >= count:
                raise UncertifiedError("eigenvalues of R are not known to six digits")
            upper.append(ball(above))
    return lower, upper


def _any_point(rng: Random, model: FeatureModel) -> tuple[Ball, fmpq_mat]:
    """The value at a random classifier, features and bias, and the second moment of the residuals there."""
    pi, loss = model.distribution, model.loss.balls
    point = random_point(rng, pi, model.loss)
    b = point.b if model.free else [Fraction(0)] * pi.K
    z = logits_of(point.W, point.H, b)
    y, weights = pi.rows, frequencies(pi)
    residuals = [[Fraction(float(a.mid())) for a in loss.residual(row, s)] for row, s in zip(z, y, strict=True)]
    losses = total(ball(w) * loss.value(row, s) for w, row, s in zip(weights, z, y, strict=True))
    features = sum((w * square_norm(h) for w, h in zip(weights, point.H, strict=True)), Fraction(0))
    classifier = sum(map(square_norm, point.W), Fraction(0))
    penalty = (model.lambda_W * classifier + model.lambda_H * features) / 2
    return losses + ball(penalty), second_moment(weights, residuals)


SMALLEST = 1e-3
"""Smallest singular value, relative to the largest, of a classifier that has not lost its rank."""


# ---------------------------------------------------------------------- U9

MARGIN = Fraction(1, 200)
"""Distance from the threshold on either side, relative to it; less than the percent by which controls are off."""


def _mse_residuals(pi: LabelDistribution, _: Loss, bias: AnyBias) -> list[list[Fraction]]:
    """A false law: the residuals of MSE for any loss."""
    return collapse_residuals(pi, losses.MSE, bias)


def _rank_beside(case: LabelSpectrum, drawn: Instance, lam: Fraction, collapsed: bool) -> Finding:
    rank = CertifiedOptimum.of(case.given, replace(drawn, lambda_H=lam / drawn.lambda_W)).rank
    if rank[0] > 0 if collapsed else rank[1] == 0:
        side = "above" if collapsed else "below"
        return fails(f"the classifier has rank {rank} at lambda {float(lam):.6g}, just {side} the threshold")
    if rank[1] > 0 if collapsed else rank[0] == 0:
        return skips(f"the rank is not determined at lambda {float(lam):.6g}: {rank}")
    return HOLDS


# ---------------------------------------------------------------------- the checks


def _all_but_one(matrix: fmpq_mat, bound: Fraction) -> bool:
    """A false law: one eigenvalue may exceed the bound."""
    return bool(np.sort(np.linalg.eigvalsh(float_matrix(matrix)))[-2] <= float(bound))


def _trace_below(matrix: fmpq_mat, bound: Fraction) -> bool:
    """A false law: the trace for the largest eigenvalue."""
    trace = sum((matrix[k, k] for k in range(matrix.nrows())), matrix[0, 0] * 0)
    return to_fraction(trace) <= bound


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "U7",
    "R <= lambda I decided exactly at stationary points, against their value in balls and the proven least value",
    Control("stationary is enough", {"optimal": lambda _matrix, _bound: True}, cases.PAL_FREE),
    Control("trace for largest eigenvalue", {"optimal": _trace_below}, cases.BCE),
    Control("one eigenvalue may exceed lambda", {"optimal": _all_but_one}, cases.PAL_FREE),
    Control("one feature dimension less", {"dimension": one_less}, cases.PAL_FREE),
)
def global_certificate(
    case: LabelSpectrum,
    _: Random,
    optimal: Domination = dominated,
    dimension: Callable[[int], int] = lambda enough: enough,
) -> Finding:
    r"""U7: a stationary point is globally optimal iff :math:`R\preceq\lambda I` - ``optimal``, decided exactly - with
    ``dimension`` of the number of features said to be enough.

    Tried on three kinds of stationary points: the optimum, ``W = 0``, and, if the optimum has a larger rank and descent
    finds it, the best classifier of rank one. The value there is either the least or, with certainty, a larger one.
    """
    at = drawn_optimum(case)
    model, lam = at.model, at.model.lam
    attained = enough_features(at, dimension)
    if attained.state == "fails":
        return attained
    if not optimal(second_moment(at.pi, at.certificate.r.fractions()), lam):
        return fails("the dual point of the optimum is held not to be optimal")
    r0 = collapse_residuals(model.distribution, model.loss, model.bias)
    collapsed = _value_at_collapse(model)
    if optimal(second_moment(at.pi, r0), lam):
        if not collapsed.overlaps(at.value):
            return fails(
                f"W = 0 is held to be optimal, but F = {collapsed.str(12)} there and {at.value.str(12)} elsewhere"
            )
    elif not collapsed > at.value:
        if at.collapsed:
            return fails("W = 0 is held not to be optimal, but the optimum is W = 0")
        return skips("too near to the threshold to tell F(W = 0) from min F")
    found = _rank_one(at, optimal) if at.rank[0] > 1 else HOLDS
    return found if found.state == "fails" else HOLDS


@checks_in_balls(
    "U7a",
    "the value in balls at W = 0, at the stationary point of rank one and at a random one, against the least value",
    Control("depth 1 % larger", {"depth": lambda *a: _depth(*a) * ball(PERCENT)}, cases.MSE),
    Control("depth 1 % smaller", {"depth": lambda *a: _depth(*a) / ball(PERCENT)}, cases.MSE),
    Control("curvature of BCE for all", {"curvature": lambda *_: Fraction(1, 4)}, cases.MSE),
    Control("the square of rho - lambda", {"depth": _depth_without_roots}, cases.MSE),
    Control("attained by BCE", {"attained": lambda _: True}, cases.BCE),
    Control("attained at W = 0 whatever the bias", {"best": False}, cases.MSE),
)
def depth_of_saddles(
    case: LabelSpectrum,
    rng: Random,
    depth: Callable[[Sequence[Ball], Ball, Ball], Ball] = _depth,
    curvature: Callable[[Loss, int], Fraction] = lambda loss, m: loss.steepest(m),
    attained: Callable[[Loss], bool] = lambda loss: loss.quadratic,
    best: bool = True,
) -> Finding:
    r"""U7a at ``W = 0``, at the stationary point of rank one, and at a random point that is not stationary: the value
    exceeds :math:`\min F` by the depth at least, and for MSE at ``W = 0`` with the ``best`` bias by the depth exactly
    (``attained``)."""
    at = drawn_optimum(case)
    model, c = at.model, ball(curvature(at.model.loss, max(at.model.distribution.sizes)))
    r0 = collapse_residuals(model.distribution, model.loss, model.bias if best else "zero")
    points = [(_value_at_collapse(model, best), second_moment(at.pi, r0)), _any_point(rng, model)]
    other = _of_rank_one(at) if at.rank[0] > 1 else ""
    if not isinstance(other, str):
        points.append((other.value, other.R))
    improvable = 0
    for value, R in points:
        lower, upper = _eigenvalues_above(R, model.lam)
        least, gain = depth(lower, ball(model.lam), c), value - at.value
        improvable += bool(lower)
        if gain < least:
            return fails(f"F - min F = {gain.str(9)}, less than {least.str(9)}")
        most = depth(upper, ball(model.lam), c)
        if value is points[0][0] and attained(model.loss) and gain > most:
            return fails(f"F - min F = {gain.str(9)} at W = 0, more than {most.str(9)}")
    return HOLDS if improvable else skips("all points that were tried have R below lambda")


@checks_in_balls(
    "U8",
    "R from certified residuals against lambda P or lambda I where the certified rank is the largest",
    Control("lambda 1 % too large", {"lam": lambda model: model.lam * PERCENT}, cases.PAL_FREE),
    Control("lambda_H for lambda", {"lam": lambda model: model.lambda_H}, cases.PAL_FREE),
    Control("isotropy at any rank", {"everywhere": True}, cases.SMALLER_RANK),
    Control("I for P", {"shape": lambda model: identity(model.distribution.K)}, cases.PAL_FREE),
    Control("P for I", {"shape": lambda model: projection(model.distribution.K)}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.BCE),
)
def isotropy(
    case: LabelSpectrum,
    _: Random,
    lam: Callable[[FeatureModel], Fraction] = lambda model: model.lam,
    shape: Callable[[FeatureModel], Any] = lambda model: (
        projection(model.distribution.K) if model.loss.centered else identity(model.distribution.K)
    ),
    weights: Weights = frequencies,
    everywhere: bool = False,
) -> Finding:
    r"""U8: on the largest rank :math:`R=\lambda P` (PAL-CE) or :math:`\lambda I` (BCE, MSE), else ``R`` is
    :math:`\lambda` on the range of ``W``.

    The rank is the kernel's; below the largest, ``R`` is compared with the range through :math:`RG=\lambda G`.
    ``everywhere`` asks for isotropy at any rank.
    """
    at = alive(drawn_optimum(case))
    R, eigenvalue = outer(at.r, weights(at.model.distribution), at.r), ball(lam(at.model))
    if at.full_rank or everywhere:
        return same("R and lambda P or I", R.entries(), (shape(at.model) * eigenvalue).entries())
    return same("R G and lambda G", (R * at.G).entries(), (at.G * eigenvalue).entries())


@checks_in_balls(
    "U8a",
    "the value in balls where descent from a random classifier ends with the largest rank, against min F",
    Control("one feature dimension less", {"rank": one_less}, cases.PAL_FREE),
    every=HALF_DECIDED,
)
def full_rank_is_optimal(
    case: LabelSpectrum, rng: Random, rank: Callable[[int], int] = lambda largest: largest
) -> Finding:
    r"""U8a: the stationary point that descent finds from a random classifier of the largest rank, if it keeps the rank,
    has the least value.

    ``rank`` of the largest rank is how many columns the classifier has. The stationary point counts as one of that rank
    if its error is small against its smallest singular value: then :math:`R\preceq(1+t)\lambda I` with a small ``t``.
    """
    at = alive(drawn_optimum(case))
    columns = rank(at.model.loss.dimension(at.K))
    size = float(np.linalg.norm(at.solution.W)) / at.K
    start = np.array([[rng.gauss(0, size) for _ in range(columns)] for _ in range(at.K)])
    found = _stationary(at, start)
    if isinstance(found, str):
        return skips(found)
    s = np.linalg.svd(np.array([[float(a) for a in row] for row in found.W]), compute_uv=False)
    if s[columns - 1] < s[0] * SMALLEST:
        return skips("descent lost the rank on the way")
    if found.value > at.value * ball(1 + WORSE):
        return fails(f"F = {found.value.str(6)} at a stationary point of rank {columns}, min F = {at.value.str(6)}")
    return HOLDS


@checks_in_balls(
    "U9",
    "certified rank 0.5 % below and above the threshold, against exact positive semidefiniteness",
    Control("threshold 1 % too large", ONE_OFF, cases.PAL_FREE),
    Control("kappa for K", {"above": lambda dimension: dimension - 1}, cases.PAL_ZERO),
    Control("residuals without a bias", {"residuals": zero_bias_residuals}, cases.MSE),
    Control("PAL-CE with a bias: R^0 = C for mixed multiplicities", {"residuals": _mse_residuals}, PAL_MIXED),
    Control("BCE without a bias: the threshold of MSE", {"residuals": _mse_residuals}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.BCE),
)
def collapse_threshold(
    case: LabelSpectrum,
    _: Random,
    residuals: Residuals = collapse_residuals,
    above: Callable[[int], int] = lambda _dimension: 0,
    factor: Fraction = Fraction(1),
    weights: Weights = frequencies,
) -> Finding:
    r"""U9 from both sides: at :math:`\lambda=(1\pm\frac1{200})\lambda_{\max}(R^0)` the exact decision whether
    :math:`\lambda I-R^0\succeq0` against the rank that the kernel proves. For PAL-CE without bias the exact algebraic
    number K of chapter S lies between the two as well.

    ``above`` is how many eigenvalues of :math:`R^0` may exceed :math:`\lambda`, given the largest rank.
    """
    drawn = Instance.drawn(case.given)
    pi = drawn.model(case.given).distribution
    R0 = second_moment(weights(pi), residuals(pi, drawn.loss, drawn.bias))
    values = np.linalg.eigvalsh(float_matrix(R0))
    top = float(values[-1 - above(drawn.loss.dimension(case.K))])
    if top < 1e-9 * max(1.0, float(values[-1])):
        return skips("R^0 is 0: there is no threshold")
    threshold = Fraction(round(top * 2**50), 2**50) * factor
    below, beyond = threshold * (1 - MARGIN), threshold * (1 + MARGIN)
    if factor == 1 and above(case.K) == 0 and (dominated(R0, below) or not dominated(R0, beyond)):
        return fails("the float64 eigenvalue is wrong")
    algebraic = drawn.loss.centered and drawn.bias == "zero"
    if algebraic and (case.overall.largest < below or case.overall.largest > beyond):
        return fails(f"K = {case.overall.largest.decimal(8)} of chapter S is not the threshold {float(threshold):.8g}")
    return together(_rank_beside(case, drawn, lam, lam > threshold) for lam in (below, beyond))
