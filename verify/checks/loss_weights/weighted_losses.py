r"""V1, V2, V3, checked in float64: weighted optima with the gap that the solver computes, against T8's error.

A certificate has no weights. What is known of an optimum is a primal point and its gap to a feasible dual one, by which
T8's inequality may be exceeded.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

import numpy as np

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import SELDOM, together
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Array, Loss
from verify.model.solution import Solution
from verify.model.weighted import Weighted, solve_weighted

ROUNDING = 1e-6
"""Relative size of what float64 may be off by: a gap of 1e-12 of the value, over the root of lambda."""

Weights = dict[tuple[float, ...], list[int]]
Pick = Callable[[LabelDistribution, LabelDistribution], LabelDistribution]
LAMBDAS = (Fraction(1, 10**4), Fraction(1, 10**7), Fraction(1, 10**10))
TINY = LAMBDAS[-1]
COARSE = 1e-7
"""A gap, relative to the value, that tells which side of a threshold a penalty is on."""


def drawn_weights(pi: LabelDistribution, rng: Random, single: bool = False) -> Weights:
    """From 1 to 9, for every label set, or for every label of it."""
    rows = pi.indicator.tolist()
    return {tuple(y): [rng.randint(1, 9) for _ in y] if single else [rng.randint(1, 9)] * pi.K for y in rows}


def resampled(pi: LabelDistribution, weights: Weights) -> LabelDistribution:
    """The distribution of which every label set is drawn so many times as often."""
    many = [count * weights[tuple(y)][0] for count, y in zip(pi.weights, pi.indicator.tolist(), strict=True)]
    return LabelDistribution(pi.labels, pi.masks, tuple(many))


def columns(pi: LabelDistribution, loss: Loss, bias: Bias) -> Array:
    """The polar columns in float64.

    Raises:
        UnenclosedError: the sign condition is not strict, or the moment is singular.
    """
    geometry = TerminalGeometry.for_loss(pi, loss, bias)
    if geometry.sign.verdict != "strict" or not geometry.full_rank:
        raise UnenclosedError("the sign condition is not strict at full rank")
    return np.array([[float(a.mid()) for a in geometry.polar(mask)] for mask in pi.masks])


def against_polar(solution: Solution, q: Array, reference: Loss) -> Finding:
    """T8 at a weighted optimum: ``q`` are the polar columns, ``reference`` the loss whose logits are the reference."""
    model, r, W = solution.model, solution.r, solution.W
    p, y, mu = model.distribution.probabilities, model.targets, float(model.lam) ** 0.5
    if model.loss.room(mu * q, y).min() <= 0 or reference.room(mu * q, y).min() <= 0:
        return skips("the polar point is outside the domain at this penalty")
    z0 = reference.logits(mu * q, y)
    z0 = z0 - p @ z0 if model.free else z0
    error = 2 * (np.linalg.svd(z0 * np.sqrt(p)[:, None], compute_uv=False).sum() - float((p @ (q * z0)).sum()))
    z = r @ W @ W.T + solution.b
    off = float(p @ (((r - mu * q) @ W) ** 2).sum(axis=1)) / mu
    lack = off + 2 * float(p @ model.loss.divergence(mu * q, z, y)) / mu
    allowed = error + 2 * solution.gap / mu + ROUNDING * (1 + abs(error))
    return HOLDS if lack <= allowed else fails(f"{lack:.6g} from the polar point, which has the error {error:.6g}")


SINGLES = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)


def tilted(_: LabelDistribution, other: LabelDistribution) -> LabelDistribution:
    """The re-sampled distribution."""
    return other


def original(pi: LabelDistribution, _: LabelDistribution) -> LabelDistribution:
    """The distribution without weights."""
    return pi


@checks(
    "V1",
    "optima of re-sampled distributions in float64, with their gap, against the polar point of those",
    Control("the polar columns before re-sampling", {"of": original, "lam": TINY}, SINGLES),
    every=SELDOM,
    labels=3,
)
def resampling(case: LabelSpectrum, rng: Random, of: Pick = tilted, lam: Fraction | None = None) -> Finding:
    r"""V1: what is sampled decides the limit: T8 with the polar columns of the re-sampled distribution."""
    pi = case.pi
    other, one = resampled(pi, drawn_weights(pi, rng)), Weighted.of(PAL_CE, {})
    try:
        q = columns(of(pi, other), PAL_CE, "zero")
    except UnenclosedError as why:
        return skips(str(why))
    return against_polar(solve_weighted(other, one, lam or rng.choice(LAMBDAS), "zero"), q, one)


@checks(
    "V2",
    "optima of re-weighted losses in float64, with their gap, against the polar point without weights",
    Control("the polar columns of the re-sampled distribution", {"of": tilted, "lam": TINY}, SINGLES),
    Control("the weights left out of the reference logits", {"counted": False, "lam": TINY}, SINGLES),
    every=SELDOM,
    labels=3,
)
def reweighting(
    case: LabelSpectrum, rng: Random, of: Pick = original, counted: bool = True, lam: Fraction | None = None
) -> Finding:
    r"""V2: T8 with the polar columns of the distribution without weights, ``of`` which they are."""
    found = []
    for loss, pi in ((PAL_CE, case.pi), (BCE, case.given)):
        weights = drawn_weights(pi, rng)
        try:
            q = columns(of(pi, resampled(pi, weights)), loss, "zero")
        except UnenclosedError as why:
            found.append(skips(str(why)))
            continue
        weighted = Weighted.of(loss, weights)
        solution = solve_weighted(pi, weighted, lam or rng.choice(LAMBDAS), "zero")
        found.append(against_polar(solution, q, weighted if counted else loss))
    return found[0] if found[1].state == "skips" else together(found)


@checks(
    "V3",
    "the least value beside the threshold, and optima near the limit, in float64 with their gap",
    Control("the threshold without weights", {"power": 0}, SINGLES),
    Control("the root of the weights in the threshold", {"power": Fraction(1, 2)}, SINGLES),
    Control("the weights left out of the reference logits", {"counted": False, "lam": TINY}, SINGLES),
    every=SELDOM,
    labels=3,
)
def label_weights(
    case: LabelSpectrum, rng: Random, power: Fraction = Fraction(1), counted: bool = True, lam: Fraction | None = None
) -> Finding:
    r"""V3: weights of single answers: ``power`` is theirs in the threshold; BCE without bias."""
    pi = case.given
    weights = drawn_weights(pi, rng, single=True)
    weighted = Weighted.of(BCE, weights)
    omega = np.array(list(weights.values()), dtype=np.float64) ** float(power)
    signs = omega * (2 * pi.indicator - 1) / 2
    top = float(np.linalg.eigvalsh((signs * pi.probabilities[:, None]).T @ signs)[-1])
    for share, collapses in ((Fraction(5, 4), True), (Fraction(4, 5), False)):
        solution = solve_weighted(pi, weighted, share * Fraction(top).limit_denominator(10**6), "zero", COARSE)
        alone = float(pi.probabilities @ weighted.value(np.zeros(pi.indicator.shape), pi.indicator))
        saved = alone - solution.value
        if collapses == (saved > solution.gap + 1e-9 * alone):
            return fails(f"at {float(share)} of the threshold {top:.6g} the optimum is {saved:.3g} below W = 0")
    try:
        q = columns(pi, BCE, "zero")
    except UnenclosedError as why:
        return skips(str(why))
    solution = solve_weighted(pi, weighted, lam or rng.choice(LAMBDAS), "zero")
    return against_polar(solution, q, weighted if counted else BCE)
