r"""Chapter U, second half, checked at certified optima: convex forms, the gap, global optimality, isotropy, threshold.

How identities between enclosures are decided is told in ``enclosures``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from random import Random
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat, fmpq_mat
from scipy.optimize import minimize

from verify.balls import BALL_LOSSES, Ball, Balls, ball, between, dot, total
from verify.certificate import Claims, RationalMatrix
from verify.checker import bracket, check
from verify.checks.enclosures import (
    BCE,
    FEW_LABELS,
    MSE,
    MSE_TIGHT,
    NO_WEIGHTS,
    NOTHING_ALIVE,
    OFTEN,
    ONE_OFF,
    PAL_FREE,
    PAL_ZERO,
    PERCENT,
    SELDOM,
    Residuals,
    Weights,
    ball_rows,
    collapse_residuals,
    decided,
    drawn_optimum,
    exact_dot,
    exactly,
    float_matrix,
    frequencies,
    frobenius,
    identity,
    outer,
    product,
    projection,
    rational,
    rationals,
    same,
    square_norm,
    together,
    zero_bias_residuals,
    zeros,
)
from verify.evidence import HOLDS, Check, Control, Finding, fails, skips
from verify.labels import LabelDistribution
from verify.losses import Array
from verify.optimum import CertifiedOptimum, Instance, dominated, indicators, second_moment
from verify.response import UnsettledError, respond
from verify.spectrum import LabelSpectrum
from verify.ufm import FeatureModel

__all__ = ["CHECKS"]


# ---------------------------------------------------------------------- U5


def _nuclear_norm(X: Any) -> Ball:
    r"""Enclosure of the nuclear norm of a matrix of balls, from a float64 singular value decomposition that is not
    trusted.

    With the computed :math:`X\approx U\,\mathrm{diag}(s)V^\top`: below, :math:`\langle X,UV^\top\rangle/\|UV^\top\|_2`
    with :math:`\|U\|_2^2\le\|U^\top U\|_\infty` (duality of the norms); above,
    :math:`\frac12(\|A\|_F^2+\|B\|_F^2)+\sqrt k\|X-AB^\top\|_F` for any factors, here those of the decomposition.
    """
    U, s, Vt = np.linalg.svd(np.array([[float(a.mid()) for a in row] for row in X.tolist()]), full_matrices=False)
    left, right = ball_rows(exactly(U)), ball_rows(exactly(Vt.T))
    root = np.sqrt(s)
    A, B = ball_rows(exactly(U * root)), ball_rows(exactly(Vt.T * root))
    unit = left * right.transpose()
    below = dot(X.entries(), unit.entries()) / (_row_sum_norm(left) * _row_sum_norm(right)).sqrt()
    rest = frobenius(X - A * B.transpose())
    above = (dot(A.entries(), A.entries()) + dot(B.entries(), B.entries())) / 2 + arb(len(s)).sqrt() * rest
    return below.lower().union(above.upper())


def _row_sum_norm(A: Any) -> Ball:
    r""":math:`\|A^\top A\|_\infty`, an upper bound on :math:`\|A\|_2^2`."""
    sums = [total(abs(x) for x in row) for row in (A.transpose() * A).tolist()]
    return max((a.upper() for a in sums), default=arb(1))


Norm = Callable[[Any], Ball]


@decided
def convex_form(
    case: LabelSpectrum,
    rng: Random,
    mu: Callable[[FeatureModel], Ball] = lambda model: ball(model.lam).sqrt(),
    norm: Norm = _nuclear_norm,
    weights: Weights = frequencies,
    gradient: Fraction = Fraction(1),
) -> Finding:
    r"""U5: both convex forms give :math:`\min F` at the optimum and nothing less elsewhere; the gradient of
    :math:`\phi_S`.

    Nuclear norm at the optimal and at random logits; :math:`\frac{\lambda_W}2\operatorname{tr}G+\sum\pi_S\phi_S(G)` at
    the optimum; and at a random ``G`` the difference quotients of :math:`\phi_S`, which convexity puts on either side
    of :math:`-\frac1{2\lambda_H}r_S^\top Er_S` - ``gradient`` times that.
    """
    at = drawn_optimum(case)
    pi, model, mass = at.model.distribution, at.model, frequencies(at.model.distribution)
    roots = [ball(w).sqrt() for w in weights(pi)]

    def nuclear_form(Z: Any, b: Balls) -> Ball:
        rows = zip(mass, Z.tolist(), at.y, strict=True)
        loss = total(ball(w) * at.loss.value([a + c for a, c in zip(z, b, strict=True)], y) for w, z, y in rows)
        scaled = arb_mat([[root * a for a in row] for root, row in zip(roots, Z.tolist(), strict=True)])
        return loss + mu(model) * norm(scaled)

    residuals = zip(mass, at.r.tolist(), at.y, strict=True)
    # phi_S at the optimal residual; sum pi r = 0 makes a free bias drop out
    phi = total(
        ball(w) * (at.loss.conjugate(r, y) - _form(at.G, r) / (2 * ball(model.lambda_H))) for w, r, y in residuals
    )
    findings = [
        same("min F and the nuclear-norm form", [at.value], [nuclear_form(at.wh, at.b)]),
        same("min F and the form in G", [at.value], [ball(model.lambda_W) / 2 * at.G.trace() + phi]),
    ]
    trials = [at.wh * ball(Fraction(99, 100)), at.wh * ball(PERCENT), ball_rows(rationals(rng, at.n, at.K))]
    for Z in trials:
        if nuclear_form(Z, at.b) < at.value:
            findings.append(fails("the nuclear-norm form is smaller than min F elsewhere"))
    findings.append(_gradient_of_phi(model, rng, gradient))
    return together(findings)


def _form(G: Any, r: Balls) -> Ball:
    """``r^T G r``."""
    column = arb_mat(len(r), 1, list(r))
    return (column.transpose() * G * column)[0, 0]


STEP = Fraction(1, 2**14)
"""Step of the difference quotients of U5, relative to G: their error is of its order, far below a percent."""


def _gradient_of_phi(model: FeatureModel, rng: Random, factor: Fraction) -> Finding:
    K, y = model.distribution.K, rng.choice(indicators(model.distribution))
    W = rationals(rng, K, rng.randint(1, K))
    b = [rational(rng) / 4 for _ in range(K)]
    if model.loss.centered:
        means = [sum(column, Fraction(0)) / K for column in zip(*W, strict=True)]
        W = [[x - mean for x, mean in zip(row, means, strict=True)] for row in W]
        b = [x - sum(b, Fraction(0)) / K for x in b]
    d = len(W[0])
    X = rationals(rng, d, d)
    X = [[(X[i][j] + X[j][i]) / 2 + (i == j) for j in range(d)] for i in range(d)]
    scale = d * (1 + max(abs(x) for row in X for x in row))
    A, E = (
        ball_rows(W),
        ball_rows(W) * ball_rows([[x / scale for x in row] for row in X]) * ball_rows(W).transpose(),
    )
    G = A * A.transpose()
    try:
        here, after, before = (_phi(model, y, G + E * ball(t), b) for t in (Fraction(0), STEP, -STEP))
    except UnsettledError:
        return skips("the inner problem at a random G was not solved")
    slope = -_form(E, here.r) / 2 * ball(factor)  # in G/lambda_H
    if (after.value - here.least) / ball(STEP) < slope or (here.least - before.value) / ball(STEP) > slope:
        return fails(f"the gradient of phi_S is not {float(factor):g} times -r r^T / (2 lambda_H)")
    return HOLDS


def _typical_residual(model: FeatureModel, y: Array) -> Array:
    return np.asarray(model.loss.residual(np.zeros_like(y), y) / 2)


class _Phi(NamedTuple):
    r""":math:`\phi_S(G)`: ``value`` from a feature, ``least`` from the residual ``r`` - an affine minorant there."""

    value: Ball
    least: Ball
    r: list[Ball]


def _phi(model: FeatureModel, y: list[int], gram: Any, b: Sequence[Fraction]) -> _Phi:
    """In units of the Gram matrix over lambda_H; the float64 residual is only a choice, both bounds hold for any."""
    floats = np.array([[float(a) for a in row] for row in gram.tolist()])
    indicator = np.array([y], dtype=float)
    start = _typical_residual(model, indicator)
    found = respond(model.loss, indicator, floats, np.array([float(x) for x in b]), start).r[0]
    r = [Fraction(x) for x in found]
    if model.loss.centered:
        widest = max(range(len(r)), key=lambda k: y[k] - r[k])
        r[widest] -= sum(r, Fraction(0))
    balls, loss, bias = [ball(x) for x in r], BALL_LOSSES[model.loss.name], [ball(x) for x in b]
    h2 = _form(gram, balls)
    z = [a + c for a, c in zip((gram * arb_mat(len(r), 1, balls)).entries(), bias, strict=True)]
    return _Phi(loss.value(z, y) + h2 / 2, loss.conjugate(balls, y) - dot(balls, bias) - h2 / 2, balls)


# ---------------------------------------------------------------------- U6


class _Point(NamedTuple):
    """A random point of the gap identity, exact."""

    W: list[list[Fraction]]
    H: list[list[Fraction]]
    b: list[Fraction]
    r: list[list[Fraction]]


def _random_point(rng: Random, pi: LabelDistribution, loss: str) -> _Point:
    d = rng.randint(1, 3)
    W, H = rationals(rng, pi.K, d), rationals(rng, len(pi.masks), d)
    return _Point(W, H, [rational(rng) for _ in range(pi.K)], [_in_domain(rng, y, loss) for y in indicators(pi)])


def _in_domain(rng: Random, y: list[int], loss: str) -> list[Fraction]:
    """A random residual that a loss can have: ``y - r`` is ``m`` times a distribution, in ``[0, 1]``, or anything."""
    if loss == "mse":
        return [rational(rng) for _ in y]
    parts = [rng.randint(0, 9) for _ in y]
    parts[rng.randrange(len(y))] += 1
    top = Fraction(sum(y), sum(parts)) if loss == "pal" else Fraction(1, 10)
    return [b - a * top for a, b in zip(parts, y, strict=True)]


@decided
def gap_identity(
    case: LabelSpectrum,
    rng: Random,
    divergence: Fraction = Fraction(1),
    features: Fraction = Fraction(1),
    bias: bool = True,
    weights: Weights = frequencies,
    feasible: Fraction = Fraction(1),
) -> Finding:
    r"""U6 at random ``W, H, b, r``, for each loss: the identity in balls, and weak duality for feasible ``r``.

    With a bias the identity has the further term :math:`-\langle b,\sum\pi_Sr_S\rangle`. Feasible residuals are random
    ones shrunk to the boundary of :math:`R\preceq` ``feasible`` times :math:`\lambda I`; at features that only see
    their strongest direction the last term of the identity is then 0, which leaves a larger bound no room.
    """
    drawn = Instance.drawn(case.given)
    for name in BALL_LOSSES:
        pi = case.pi if name == "pal" else case.given
        point = _random_point(rng, pi, name)
        found = same(
            f"{name}: F - D and the gap", *_both_sides(drawn, pi, name, point, (divergence, features, bias, weights))
        )
        if found.state != "holds":
            return found
        shrunk, strongest = _shrunk(pi, point.r, drawn, feasible)
        excess, _ = _feature_term(drawn, pi, [[exact_dot(strongest, r)] for r in shrunk], shrunk)
        if excess < 0:
            return fails(
                f"{name}: |A|^2 exceeds lambda sum pi |h|^2 for residuals with R <= {float(feasible):g} lambda I"
            )
        primal, dual = _values(drawn, pi, name, point._replace(r=shrunk, b=[Fraction(0)] * pi.K))
        if primal < dual:
            return fails(f"{name}: D(r) exceeds F(W, H) for residuals with R <= {float(feasible):g} lambda I")
    return HOLDS


def _values(drawn: Instance, pi: LabelDistribution, name: str, point: _Point) -> tuple[Ball, Ball]:
    """``F(W, H, b)`` and ``D(r)`` from their definitions."""
    loss, primal, dual = BALL_LOSSES[name], arb(0), arb(0)
    for w, y, h, r in zip(frequencies(pi), indicators(pi), point.H, point.r, strict=True):
        z = [ball(a + c) for a, c in zip(product(point.W, h), point.b, strict=True)]
        primal += ball(w) * (loss.value(z, y) + ball(drawn.lambda_H * square_norm(h)) / 2)
        dual += ball(w) * loss.conjugate([ball(a) for a in r], y)
    return primal + ball(drawn.lambda_W * sum(map(square_norm, point.W), Fraction(0))) / 2, dual


def _both_sides(
    drawn: Instance,
    pi: LabelDistribution,
    name: str,
    point: _Point,
    law: tuple[Fraction, Fraction, bool, Weights],
) -> tuple[list[Ball], list[Ball]]:
    divergence, features, bias, weights = law
    loss, mass = BALL_LOSSES[name], weights(pi)
    primal, dual = _values(drawn, pi, name, point)
    apart = arb(0)
    for w, y, h, r in zip(mass, indicators(pi), point.H, point.r, strict=True):
        z = [ball(a + c) for a, c in zip(product(point.W, h), point.b, strict=True)]
        apart += ball(w) * loss.divergence([ball(a) for a in r], z, y)
    excess, A = _feature_term(drawn, pi, point.H, point.r)
    off = sum(
        (
            (w - a / drawn.lambda_W) ** 2
            for row, line in zip(point.W, A, strict=True)
            for w, a in zip(row, line, strict=True)
        ),
        Fraction(0),
    )
    rest = drawn.lambda_W / 2 * off + features * excess / (2 * drawn.lambda_W)
    if bias:
        rest -= sum((w * exact_dot(point.b, r) for w, r in zip(frequencies(pi), point.r, strict=True)), Fraction(0))
    return [primal - dual], [apart * ball(divergence) + ball(rest)]


def _feature_term(
    drawn: Instance, pi: LabelDistribution, H: Sequence[Sequence[Fraction]], r: Sequence[Sequence[Fraction]]
) -> tuple[Fraction, list[list[Fraction]]]:
    r""":math:`\lambda\sum\pi_S\|h_S\|^2-\|A\|_F^2` and :math:`A=\sum\pi_Sr_Sh_S^\top`."""
    mass = frequencies(pi)
    A = [
        [sum((w * x[k] * h[c] for w, x, h in zip(mass, r, H, strict=True)), Fraction(0)) for c in range(len(H[0]))]
        for k in range(pi.K)
    ]
    spread = sum((w * square_norm(h) for w, h in zip(mass, H, strict=True)), Fraction(0))
    return drawn.lambda_W * drawn.lambda_H * spread - sum(map(square_norm, A), Fraction(0)), A


def _shrunk(
    pi: LabelDistribution, r: list[list[Fraction]], drawn: Instance, feasible: Fraction
) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Residuals shrunk until R is below its bound, exactly decided, and nearly their strongest direction."""
    mass, bound = frequencies(pi), feasible * drawn.lambda_W * drawn.lambda_H
    R = second_moment(mass, r)
    values, vectors = np.linalg.eigh(float_matrix(R))
    scale = (
        _root_below(bound / (Fraction(float(values[-1])) * (1 + Fraction(1, 10**9)))) if values[-1] > 0 else Fraction(1)
    )
    shrunk = [[min(scale, Fraction(1)) * x for x in row] for row in r]
    while not dominated(second_moment(mass, shrunk), bound):
        shrunk = [[x / 2 for x in row] for row in shrunk]
    return shrunk, [Fraction(round(x * 2**20), 2**20) for x in vectors[:, -1].tolist()]


def _root_below(x: Fraction) -> Fraction:
    """A rational lower bound on the square root, to some 60 digits."""
    return Fraction(isqrt(x.numerator * x.denominator << 400), x.denominator << 200)


# ---------------------------------------------------------------------- U7


def _value_at_collapse(model: FeatureModel) -> Ball:
    """``F`` at ``W = 0`` and optimal bias, from the logits in closed form."""
    pi, loss = model.distribution, model.loss.name
    f = [ball(a) for a in pi.frequencies]
    if not model.free:
        b = zeros(pi.K)
    elif loss == "mse":
        b = f
    else:
        b = [a.log() if loss == "pal" else (a / (1 - a)).log() for a in f]
    pairs = zip(frequencies(pi), indicators(pi), strict=True)
    return total(ball(w) * BALL_LOSSES[loss].value(b, y) for w, y in pairs)


Domination = Callable[[fmpq_mat, Fraction], bool]

ROUNDING = Fraction(1, 10**6)
"""A stationary point found in float64 satisfies RW = lambda W up to rounding; more than this is not rounding."""


@decided
def global_certificate(case: LabelSpectrum, _: Random, optimal: Domination = dominated) -> Finding:
    r"""U7: a stationary point is globally optimal iff :math:`R\preceq\lambda I` - ``optimal``, decided exactly.

    Tried on three kinds of stationary points: the optimum, ``W = 0``, and, if the optimum has a larger rank and descent
    finds it, the best classifier of rank one. The value there is either the least or, with certainty, a larger one.
    """
    at = drawn_optimum(case)
    model, lam = at.model, at.model.lam
    if not optimal(second_moment(at.pi, at.certificate.r.fractions()), lam):
        return fails("the dual point of the optimum is held not to be optimal")
    r0 = collapse_residuals(model.distribution, model.loss.name, model.bias)
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


def _rank_one(at: CertifiedOptimum, optimal: Domination) -> Finding:
    """The stationary point of rank one: no more than stationary if the optimum has a larger rank."""
    model, pi = at.model, at.model.distribution
    try:
        v, b, r = _stationary_of_rank_one(at)
    except UnsettledError:
        return skips("the inner problems were not solved on the way to rank one")
    h = [exact_dot(v, x) for x in r]
    z = [[ball(a * s + c) for a, c in zip(v, b, strict=True)] for s in h]
    residual = [at.loss.residual(a, y) for a, y in zip(z, at.y, strict=True)]
    R = outer(arb_mat(residual), at.pi, arb_mat(residual))
    column, lam = ball_rows([[a] for a in v]), ball(model.lam)
    image = (R * column).entries()
    off = total(abs(a - lam * ball(x)) for a, x in zip(image, v, strict=True))
    if not off < lam * total(ball(abs(x)) for x in v) * ball(ROUNDING):
        return skips("no stationary point of rank one was found")
    losses = zip(at.pi, z, at.y, h, strict=True)
    value = (
        total(ball(w) * (at.loss.value(a, y) + ball(s * s) / 2) for w, a, y, s in losses)
        + lam * ball(square_norm(v)) / 2
    )
    if not value > at.value * ball(1 + Fraction(1, 10**4)):
        return skips("the stationary point of rank one is as good as the optimum, up to 1e-4")
    # U6: with R <= (1 + t) lambda I and R w = lambda w up to a share t, F - min F is a few t F at most - far below 1e-4
    midpoints = [[Fraction(float(a.mid())) for a in row] for row in residual]
    if optimal(second_moment(frequencies(pi), midpoints), model.lam * (1 + ROUNDING)):
        return fails(f"a stationary point is held to be optimal with F = {value.str(12)} above {at.value.str(12)}")
    return HOLDS


def _stationary_of_rank_one(at: CertifiedOptimum) -> tuple[list[Fraction], list[Fraction], list[list[Fraction]]]:
    r"""Classifier, in units of :math:`\sqrt{\lambda_H}`, bias and residuals of the best point of rank one, by descent
    in float64 from the strongest direction of the optimum."""
    model, y, p = at.model, at.model.distribution.indicator, at.model.distribution.probabilities
    K, lam = at.K, float(model.lam)
    start = at.solution.W[:, 0] / float(model.lambda_H) ** 0.5
    last = at.solution.r
    settled = float(ROUNDING) * lam / 10

    def objective(x: Array) -> tuple[float, Array]:
        nonlocal last
        v, b = _centered(model, x[:K]), _centered(model, x[K:]) if model.free else np.zeros(K)
        last = r = respond(model.loss, y, np.outer(v, v), b, last).r
        h = r @ v
        value = p @ model.loss.value(np.outer(h, v) + b, y) + (p @ h**2 + lam * v @ v) / 2
        slope = lam * v - (p * h) @ r
        return float(value), np.concatenate([slope, -(p @ r)] if model.free else [slope])

    guess: Array = np.concatenate([start, at.solution.b]) if model.free else start
    x = minimize(
        objective,
        guess,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 300, "ftol": 0.0, "gtol": settled, "maxcor": 30},
    ).x
    objective(x)
    b = _centered(model, x[K:]) if model.free else np.zeros(K)
    return (
        [Fraction(a) for a in _centered(model, x[:K]).tolist()],
        [Fraction(a) for a in b.tolist()],
        exactly(last.tolist()),
    )


def _centered(model: FeatureModel, x: Array) -> Array:
    return np.asarray(x - x.mean()) if model.loss.centered else x


# ---------------------------------------------------------------------- U8


@decided
def isotropy(
    case: LabelSpectrum,
    _: Random,
    factor: Fraction = Fraction(1),
    shape: Callable[[FeatureModel], Any] = lambda model: (
        projection(model.distribution.K) if model.loss.centered else identity(model.distribution.K)
    ),
    weights: Weights = frequencies,
) -> Finding:
    r"""U8: on the largest rank :math:`R=\lambda P` (PAL-CE) or :math:`\lambda I` (BCE, MSE), else ``R`` is
    :math:`\lambda` on the range of ``W`` and not :math:`\lambda` everywhere.

    The rank is the kernel's; below the largest, ``R`` is compared with the range through :math:`RG=\lambda G`.
    """
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    lam = ball(at.model.lam * factor)
    R, isotropic = outer(at.r, weights(at.model.distribution), at.r), shape(at.model) * lam
    if at.full_rank:
        return same("R and lambda P or I", R.entries(), isotropic.entries())
    return same("R G and lambda G", (R * at.G).entries(), (at.G * lam).entries())


# ---------------------------------------------------------------------- U9

MARGIN = Fraction(1, 200)
"""Distance from the threshold on either side, relative to it; less than the percent by which controls are off."""


@decided
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
    top = float(values[-1 - above(case.K - int(drawn.loss == "pal"))])
    if top < 1e-9 * max(1.0, float(values[-1])):
        return skips("R^0 is 0: there is no threshold")
    threshold = Fraction(round(top * 2**50), 2**50) * factor
    below, beyond = threshold * (1 - MARGIN), threshold * (1 + MARGIN)
    if factor == 1 and above(case.K) == 0 and (dominated(R0, below) or not dominated(R0, beyond)):
        return fails("the float64 eigenvalue is wrong")
    algebraic = drawn.loss == "pal" and drawn.bias == "zero"
    if algebraic and (case.overall.largest < below or case.overall.largest > beyond):
        return fails(f"K = {case.overall.largest.decimal(8)} of chapter S is not the threshold {float(threshold):.8g}")
    return together(_rank_beside(case, drawn, lam, lam > threshold) for lam in (below, beyond))


def _rank_beside(case: LabelSpectrum, drawn: Instance, lam: Fraction, collapsed: bool) -> Finding:
    rank = CertifiedOptimum.of(case.given, replace(drawn, lambda_H=lam / drawn.lambda_W)).rank
    if rank[0] > 0 if collapsed else rank[1] == 0:
        side = "above" if collapsed else "below"
        return fails(f"the classifier has rank {rank} at lambda {float(lam):.6g}, just {side} the threshold")
    if rank[1] > 0 if collapsed else rank[0] == 0:
        return skips(f"the rank is not determined at lambda {float(lam):.6g}: {rank}")
    return HOLDS


# ---------------------------------------------------------------------- U10


@decided
def everything_from_the_dual(
    case: LabelSpectrum,
    rng: Random,
    lambda_W: Callable[[FeatureModel], Fraction] = lambda model: model.lambda_W,
    lambda_H: Callable[[FeatureModel], Fraction] = lambda model: model.lambda_H,
    weights: Weights = frequencies,
) -> Finding:
    r"""U10: from the residuals alone - logits, then :math:`G=\frac1{\lambda_W}\sum\pi_Sr_Sz_S^\top`,
    :math:`Wh_S=\frac1{\lambda_H}Gr_S` and :math:`\langle h_S,h_T\rangle=\frac1{\lambda_H^2}r_S^\top Gr_T` - against the
    kernel's own enclosures of all three. The bias stays in the logits: it drops out of ``G``."""
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    pi = at.model.distribution
    z = arb_mat([at.loss.logits(r, y) for r, y in zip(at.r.tolist(), at.y, strict=True)])
    G = outer(at.r, weights(pi), z) * ball(1 / lambda_W(at.model))
    to_wh = at.r * G.transpose() * ball(1 / lambda_H(at.model))
    to_hh = to_wh * at.r.transpose() * ball(1 / lambda_H(at.model))
    some = rng.sample(range(at.n), min(at.n, 5))
    pairs = [(S, T) for S in some for T in some]
    return together(
        [
            same("logits of the residuals", z.entries(), at.z.entries()),
            same("G and sum pi r z^T / lambda_W", at.G.entries(), G.entries()),
            same("W h_S and G r_S / lambda_H", at.wh.entries(), to_wh.entries()),
            same("<h_S, h_T> and r_S G r_T / lambda_H^2", [at.hh(*p) for p in pairs], [to_hh[S, T] for S, T in pairs]),
        ]
    )


# ---------------------------------------------------------------------- U11

Radius = Callable[[str, Ball, Fraction, int], Ball]


def _radius(loss: str, gap: Ball, share: Fraction, m: int) -> Ball:
    r"""U11: how far the optimum can be, in the norm that belongs to the loss."""
    square = {"pal": 2 * gap / ball(share * m), "bce": gap / (2 * ball(share)), "mse": 2 * gap / ball(share)}[loss]
    return square.sqrt()


def _distance(loss: str, off: Sequence[Ball], m: int) -> Ball:
    """Lower end at least of the distance in that norm, from the absolute errors of the residuals."""
    if loss == "pal":
        return total(off) / m
    return max(a.lower() for a in off) if loss == "bce" else dot(off, off).nonnegative_part().sqrt()


@decided
def gap_to_enclosure(
    case: LabelSpectrum, rng: Random, radius: Radius = _radius, claimed_gap: Fraction = Fraction(1)
) -> Finding:
    r"""U11: the optimum is within the radius that the gap of a worse primal point gives, and inside the enclosures that
    the kernel derives from a coarse certificate.

    The worse point is the optimum with one prototype moved along the strongest direction of ``W``; for MSE and small
    :math:`\lambda` its radius is nearly attained. The coarse certificate has every entry of ``W`` off by up to 0.1 %
    and shrunk residuals; ``claimed_gap`` times its gap is what it claims.
    """
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    z, gap = _with_one_prototype_moved(at, rng.randrange(at.n))
    rows = zip(at.pi, z, at.r.tolist(), at.y, strict=True)
    for share, logits, r, y in rows:
        off = [abs(a - b) for a, b in zip(at.loss.residual(logits, y), r, strict=True)]
        m, name = sum(y), at.model.loss.name
        distance = _distance(name, off, m)
        limit = radius(name, gap, share, m)
        if distance > limit:
            return fails(f"the optimum is {distance.str(6)} away, farther than {limit.str(6)}")
    return _coarse(at, rng, claimed_gap)


def _with_one_prototype_moved(at: CertifiedOptimum, moved: int) -> tuple[list[list[Ball]], Ball]:
    """Logits and gap of the point with one prototype moved, so that its logits move by about 0.3."""
    model, solution = at.model, at.solution
    W = exactly(solution.W.tolist())
    r = at.certificate.r.fractions()
    H = [[a / model.lambda_H for a in product(list(zip(*W, strict=True)), x)] for x in r]
    _, s, Vt = np.linalg.svd(solution.W, full_matrices=False)
    H[moved] = [a + Fraction(0.3 * c / s[0]) for a, c in zip(H[moved], Vt[0].tolist(), strict=True)]
    point = _Point(W, H, [Fraction(a) for a in solution.b.tolist()], [list(x) for x in r])
    primal, dual = _values(
        Instance(model.loss.name, model.bias, model.lambda_W, model.lambda_H),
        model.distribution,
        model.loss.name,
        point,
    )
    z = [[ball(a + c) for a, c in zip(product(W, h), point.b, strict=True)] for h in H]
    return z, (primal - dual).upper()


def _coarse(at: CertifiedOptimum, rng: Random, claimed_gap: Fraction) -> Finding:
    fine = at.certificate
    share = Fraction(1, 1000)
    W = [[a * (1 + share * Fraction(rng.randint(-9, 9), 9)) for a in row] for row in fine.W.fractions()]
    r = RationalMatrix(fine.r.denominator * 1000, tuple(tuple(a * 999 for a in row) for row in fine.r.rows))
    bits = 1 << 128
    coarse = replace(fine, W=RationalMatrix.nearest(W, bits), r=r, claims=Claims())
    coarse = replace(coarse, value=bracket(coarse, bits))
    if claimed_gap != 1:
        low, high = coarse.value.lower[0][0], coarse.value.upper[0][0]
        coarse = replace(coarse, value=replace(coarse.value, upper=((low + int((high - low) * claimed_gap),),)))
    verdict = check(coarse)
    if verdict.optimum is None:
        return fails(f"the coarse certificate is rejected: {verdict.reason}")
    for name, table in (("r", at.r), ("z", at.z), ("G", at.G)):
        for i, row in enumerate(table.tolist()):
            for j, entry in enumerate(row):
                ends = verdict.optimum.interval(name, i, j)
                if ends is not None and not between(ends).overlaps(entry):
                    return fails(f"{name}[{i}][{j}] = {entry.str(10)} is outside the coarse enclosure")
    return HOLDS


# ---------------------------------------------------------------------- the checks


def _all_but_one(matrix: fmpq_mat, bound: Fraction) -> bool:
    """A false law: one eigenvalue may exceed the bound."""
    return bool(np.sort(np.linalg.eigvalsh(float_matrix(matrix)))[-2] <= float(bound))


def _trace_below(matrix: fmpq_mat, bound: Fraction) -> bool:
    """A false law: the trace for the largest eigenvalue."""
    trace = sum((matrix[k, k] for k in range(matrix.nrows())), matrix[0, 0] * 0)
    return Fraction(int(trace.p), int(trace.q)) <= bound


CHECKS: tuple[Check[LabelSpectrum], ...] = (
    Check(
        "U5",
        "the proven value against both convex forms at the optimum; difference quotients around the gradient, in balls",
        convex_form,
        (
            Control("mu 1 % too large", {"mu": lambda model: ball(model.lam).sqrt() * ball(PERCENT)}, PAL_FREE),
            Control("Frobenius norm for nuclear norm", {"norm": frobenius}, BCE),
            Control("frequencies left out", NO_WEIGHTS, MSE),
            Control("gradient 1 % too large", {"gradient": PERCENT}, PAL_FREE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U6",
        "both sides of the identity at random rational points, each loss in balls; weak duality at feasible ones",
        gap_identity,
        (
            Control("divergence 1 % too large", {"divergence": PERCENT}, PAL_FREE),
            Control("last term 1 % too large", {"features": PERCENT}, PAL_FREE),
            Control("bias term left out", {"bias": False}, BCE),
            Control("frequencies left out", NO_WEIGHTS, MSE),
            Control("feasible up to 1.01 lambda", {"feasible": PERCENT}, MSE),
        ),
        OFTEN,
        FEW_LABELS,
    ),
    Check(
        "U7",
        "R <= lambda I decided exactly at stationary points, against their value in balls and the proven least value",
        global_certificate,
        (
            Control("stationary is enough", {"optimal": lambda _matrix, _bound: True}, PAL_FREE),
            Control("trace for largest eigenvalue", {"optimal": _trace_below}, BCE),
            Control("one eigenvalue may exceed lambda", {"optimal": _all_but_one}, PAL_FREE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U8",
        "R from certified residuals against lambda P or lambda I where the certified rank is the largest",
        isotropy,
        (
            Control("lambda 1 % too large", ONE_OFF, PAL_FREE),
            Control("I for P", {"shape": lambda model: identity(model.distribution.K)}, PAL_FREE),
            Control("P for I", {"shape": lambda model: projection(model.distribution.K)}, BCE),
            Control("frequencies left out", NO_WEIGHTS, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U9",
        "certified rank 0.5 % below and above the threshold, against exact positive semidefiniteness",
        collapse_threshold,
        (
            Control("threshold 1 % too large", ONE_OFF, PAL_FREE),
            Control("kappa for K", {"above": lambda dimension: dimension - 1}, PAL_ZERO),
            Control("residuals without a bias", {"residuals": zero_bias_residuals}, MSE),
            Control("frequencies left out", NO_WEIGHTS, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U10",
        "logits, G and all inner products computed in balls from the residuals, against the kernel's enclosures",
        everything_from_the_dual,
        (
            Control("lambda_W 1 % too large", {"lambda_W": lambda model: model.lambda_W * PERCENT}, PAL_FREE),
            Control("lambda_H 1 % too large", {"lambda_H": lambda model: model.lambda_H * PERCENT}, MSE),
            Control("frequencies left out", NO_WEIGHTS, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U11",
        "distance of the certified optimum from a worse point against the radius of its gap; a coarse certificate",
        gap_to_enclosure,
        (
            Control("radius 1 % too small", {"radius": lambda *a: _radius(*a) / ball(PERCENT)}, MSE_TIGHT),
            Control("the gap for its root", {"radius": lambda *a: _radius(*a) * _radius(*a)}, PAL_FREE),
            Control(
                "frequency left out", {"radius": lambda loss, gap, _, m: _radius(loss, gap, Fraction(1), m)}, PAL_FREE
            ),
            Control("a hundredth of the gap", {"claimed_gap": Fraction(1, 100)}, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
)
"""The checks of U5 to U11, in order."""
