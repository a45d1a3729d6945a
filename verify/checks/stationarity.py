r"""Chapter U, first half, checked at certified optima: collapse of variability, stationarity, weighted synthesis.

How identities between enclosures are decided is told in ``enclosures``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from flint import arb

from verify.balls import BALL_LOSSES, ball, total
from verify.checks.enclosures import (
    BCE,
    FEW_LABELS,
    MSE,
    NO_WEIGHTS,
    NOTHING_ALIVE,
    OFTEN,
    PAL_FREE,
    PERCENT,
    SELDOM,
    Weights,
    ball_rows,
    decided,
    diagonal,
    drawn_optimum,
    frequencies,
    largest,
    outer,
    product,
    rational,
    rationals,
    same,
    square_norm,
    together,
    zeros,
)
from verify.evidence import HOLDS, Check, Control, Finding, fails, skips
from verify.optimum import Instance, indicators
from verify.spectrum import LabelSpectrum
from verify.ufm import FeatureModel

__all__ = ["CHECKS"]


# ---------------------------------------------------------------------- U1


@decided
def collapse_of_variability(
    case: LabelSpectrum, rng: Random, modulus: Callable[[Instance], Fraction] = lambda drawn: drawn.lambda_H
) -> Finding:
    r"""U1: for fixed ``W, b`` the objective is strongly convex in each feature with modulus :math:`\lambda_H`, so
    samples of one label set that differ gain by taking their mean.

    The midpoint inequality with :math:`\frac{\lambda_H}8\|h-h'\|^2`, at random rational ``W, b, h, h'``, for each loss:
    at features that differ anywhere, and at features that differ where ``W`` sees nothing. There equality holds, which
    leaves a larger modulus no room.
    """
    drawn, pi = Instance.drawn(case.given), case.pi
    y = rng.choice(indicators(pi))
    d = rng.randint(1, 3)
    W = [[*row, Fraction(0)] for row in rationals(rng, case.K, d)]
    b, h, step = ([rational(rng) for _ in range(size)] for size in (case.K, d + 1, d + 1))
    step[d] += 10
    for name, loss in BALL_LOSSES.items():
        for move in (step, [*[Fraction(0)] * d, step[d]]):
            ends = [h, [x + dx for x, dx in zip(h, move, strict=True)]]
            middle = [(x + x1) / 2 for x, x1 in zip(*ends, strict=True)]
            quadratic = [drawn.lambda_H * square_norm(point) / 2 for point in (*ends, middle)]
            z = [[w + c for w, c in zip(product(W, point), b, strict=True)] for point in (*ends, middle)]
            loss_gain = arb(0)
            if z[0] != z[1]:
                values = [loss.value([ball(a) for a in logits], y) for logits in z]
                loss_gain = (values[0] + values[1]) / 2 - values[2]
            gain = (quadratic[0] + quadratic[1]) / 2 - quadratic[2] - modulus(drawn) * square_norm(move) / 8
            if loss_gain + ball(gain) < 0:
                return fails(f"{name}: taking the mean gains less than {float(modulus(drawn)):g}/8 |h - h'|^2")
    return HOLDS


# ---------------------------------------------------------------------- U2


@decided
def stationarity(
    case: LabelSpectrum,
    _: Random,
    lambda_W: Callable[[FeatureModel], Fraction] = lambda model: model.lambda_W,
    weights: Weights = frequencies,
    sign: int = 1,
) -> Finding:
    r"""U2 at the optimum, in Gram form, from the enclosures of ``r``, ``wh``, ``b`` and ``G``.

    The logits of the residuals are :math:`Wh_S+b`; :math:`\lambda_WG=\sum\pi_Sr_S(Wh_S)^\top`; with a free bias
    :math:`\sum\pi_Sr_S=0`; hence :math:`\lambda_WG^2=\lambda_H\sum\pi_SWh_S(Wh_S)^\top` and, for PAL-CE, :math:`G1=0`.
    """
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    model, mass = at.model, weights(at.model.distribution)
    rows = zip(at.r.tolist(), at.y, strict=True)
    logits = [a for r, y in rows for a in at.loss.logits(r, y)]
    shifted = [a + b for row in at.wh.tolist() for a, b in zip(row, at.b, strict=True)]
    regularised = at.G * ball(lambda_W(model))
    findings = [
        same("logits of the residuals and W h + b", logits, shifted),
        same("lambda_W G and sum pi r (Wh)^T", regularised.entries(), (outer(at.r, mass, at.wh) * sign).entries()),
        same(
            "lambda_W G^2 and lambda_H sum pi Wh (Wh)^T",
            (regularised * at.G).entries(),
            (outer(at.wh, mass, at.wh) * ball(model.lambda_H)).entries(),
        ),
    ]
    if model.free:
        mean = (ball_rows([mass]) * at.r).entries()
        findings.append(same("sum pi r and 0", mean, zeros(at.K), largest(a.mid() for a in at.r.entries())))
    if model.loss.centered:
        sums = [total(row) for row in at.G.tolist()]
        findings.append(same("G 1 and 0", sums, zeros(at.K), largest(a.mid() for a in at.G.entries())))
    return together(findings)


# ---------------------------------------------------------------------- U3


@decided
def eigen_equation(
    case: LabelSpectrum,
    _: Random,
    eigenvalue: Callable[[FeatureModel], Fraction] = lambda model: model.lam,
    weights: Weights = frequencies,
) -> Finding:
    r"""U3: :math:`RG=\lambda G` at the optimum, ``R`` from the enclosures of the residuals."""
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    R = outer(at.r, weights(at.model.distribution), at.r)
    return same("R G and lambda G", (R * at.G).entries(), (at.G * ball(eigenvalue(at.model))).entries())


# ---------------------------------------------------------------------- U4


@decided
def weighted_synthesis(
    case: LabelSpectrum,
    _: Random,
    weights: Weights = frequencies,
    lam: Callable[[FeatureModel], Fraction] = lambda model: model.lam,
) -> Finding:
    r"""U4: :math:`h_S=\sum_T\omega_{ST}h_T` with :math:`\omega_{ST}=\pi_T\langle r_S,r_T\rangle/\lambda`, against every
    classifier row; on full rank :math:`\Omega` is a projector."""
    at = drawn_optimum(case)
    if at.collapsed:
        return skips(NOTHING_ALIVE)
    omega = at.r * (at.r.transpose() * diagonal(weights(at.model.distribution))) * ball(1 / lam(at.model))
    findings = [same("<w_j, h_S> and its synthesis", at.wh.entries(), (omega * at.wh).entries())]
    if at.full_rank:
        findings.append(same("Omega and its square", omega.entries(), (omega * omega).entries()))
    return together(findings)


# ---------------------------------------------------------------------- the checks

CHECKS: tuple[Check[LabelSpectrum], ...] = (
    Check(
        "U1",
        "midpoint inequality at random rational points, each loss in balls and the quadratic part exactly",
        collapse_of_variability,
        (
            Control("modulus 1 % too large", {"modulus": lambda drawn: drawn.lambda_H * PERCENT}, PAL_FREE),
            Control("lambda_W for lambda_H", {"modulus": lambda drawn: drawn.lambda_W}, PAL_FREE),
        ),
        OFTEN,
    ),
    Check(
        "U2",
        "the stationarity equations between certified enclosures of residuals, logits, bias and Gram matrix",
        stationarity,
        (
            Control("lambda_W 1 % too large", {"lambda_W": lambda model: model.lambda_W * PERCENT}, PAL_FREE),
            Control("frequencies left out", NO_WEIGHTS, MSE),
            Control("sign flipped", {"sign": -1}, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U3",
        "R G against lambda G, both from certified enclosures",
        eigen_equation,
        (
            Control("lambda 1 % too large", {"eigenvalue": lambda model: model.lam * PERCENT}, PAL_FREE),
            Control("lambda_W for lambda", {"eigenvalue": lambda model: model.lambda_W}, BCE),
            Control("frequencies left out", NO_WEIGHTS, MSE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
    Check(
        "U4",
        "inner products of prototypes and classifier rows against their synthesis, from certified enclosures",
        weighted_synthesis,
        (
            Control("frequencies left out", NO_WEIGHTS, PAL_FREE),
            Control("lambda 1 % too large", {"lam": lambda model: model.lam * PERCENT}, BCE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
)
"""The checks of U1 to U4, in order."""
