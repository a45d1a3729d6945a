r"""V1, V2, V3, checked: certified optima with weights against the error of T8 and the threshold of full collapse."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

import numpy as np

from verify.checks.evidence import Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import COARSE, checks_in_balls
from verify.checks.terminal_phase.explicit_errors import PolarPoint, against_polar, exact_entries
from verify.exact.balls import ball, total
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.model.loss_weights import LossWeights
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

Weights = dict[int, tuple[Fraction, ...]]
Pick = Callable[[LabelDistribution, LabelDistribution], LabelDistribution]
LAMBDAS = (Fraction(1, 10**4), Fraction(1, 10**7), Fraction(1, 10**10))
TINY = LAMBDAS[-1]
NEAR = Fraction(1, 1000)
"""How far from the threshold a penalty is, relatively; the value's enclosure tells far smaller differences."""


def drawn_weights(pi: LabelDistribution, rng: Random, single: bool = False) -> Weights:
    """From 1 to 9, for every label set, or for every label of it."""
    count = pi.K if single else 1
    return {mask: tuple(Fraction(rng.randint(1, 9)) for _ in range(count)) * (pi.K // count) for mask in pi.masks}


def weighted(loss: Loss, weights: Weights) -> Loss:
    """The loss with them."""
    return loss.weighted(LossWeights(sets=tuple(weights.items())))


def resampled(pi: LabelDistribution, weights: Weights) -> LabelDistribution:
    """The distribution of which every label set is drawn so many times as often."""
    many = [int(count * weights[mask][0]) for count, mask in zip(pi.weights, pi.masks, strict=True)]
    return LabelDistribution(pi.labels, pi.masks, tuple(many))


def near_the_limit(
    pi: LabelDistribution, loss: Loss, lam: Fraction, limit: LabelDistribution, reference: Loss | None = None
) -> Finding:
    """T8 without a bias: the polar columns are those of ``limit``, the reference logits those of ``reference``."""
    try:
        near = PolarPoint.of(pi, reference or loss, "zero", ball(lam).sqrt(), limit)
        if not near.geometry.full_rank:
            return skips("the moment is singular")
        return against_polar(CertifiedOptimum.of(pi, Instance(loss, "zero", lam, Fraction(1))), near)
    except UnenclosedError as why:
        return skips(str(why))


SINGLES = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)


def tilted(_: LabelDistribution, other: LabelDistribution) -> LabelDistribution:
    """The re-sampled distribution."""
    return other


def original(pi: LabelDistribution, _: LabelDistribution) -> LabelDistribution:
    """The distribution without weights."""
    return pi


@checks_in_balls(
    "V1",
    "certified optima of re-sampled distributions against the error of their polar point, in balls",
    Control("the polar columns before re-sampling", {"of": original, "lam": TINY}, SINGLES),
    labels=3,
)
def resampling(case: LabelSpectrum, rng: Random, of: Pick = tilted, lam: Fraction | None = None) -> Finding:
    r"""V1: what is sampled decides the limit: T8 with the polar columns of the re-sampled distribution."""
    other = resampled(case.pi, drawn_weights(case.pi, rng))
    return near_the_limit(other, PAL_CE, lam or rng.choice(LAMBDAS), of(case.pi, other))


@checks_in_balls(
    "V2",
    "certified optima of re-weighted losses against the error of the polar point without weights, in balls",
    Control("the polar columns of the re-sampled distribution", {"of": tilted, "lam": TINY}, SINGLES),
    Control("the weights left out of the reference logits", {"counted": False, "lam": TINY}, SINGLES),
    labels=3,
)
def reweighting(
    case: LabelSpectrum, rng: Random, of: Pick = original, counted: bool = True, lam: Fraction | None = None
) -> Finding:
    r"""V2: T8 with the polar columns of the distribution without weights, ``of`` which they are; of one loss, or of the
    other where that does not meet the hypotheses."""
    found = skips("neither loss")
    for loss, pi in rng.sample(((PAL_CE, case.pi), (BCE, case.given)), 2):
        weights = drawn_weights(pi, rng)
        limit, reference = of(pi, resampled(pi, weights)), None if counted else loss
        found = near_the_limit(pi, weighted(loss, weights), lam or rng.choice(LAMBDAS), limit, reference)
        if found.state != "skips":
            break
    return found


@checks_in_balls(
    "V3",
    "the certified least value on one side of the threshold, and a certified optimum near the limit, in balls",
    Control("the threshold without weights", {"power": 0, "sides": (1,)}, SINGLES),
    Control("the root of the weights in the threshold", {"power": Fraction(1, 2), "sides": (1,)}, SINGLES),
    Control("the weights left out of the reference logits", {"counted": False, "lam": TINY}, SINGLES),
    labels=3,
)
def label_weights(
    case: LabelSpectrum,
    rng: Random,
    power: Fraction = Fraction(1),
    counted: bool = True,
    lam: Fraction | None = None,
    sides: tuple[int, ...] = (1, -1),
) -> Finding:
    r"""V3: weights of single answers: ``power`` is theirs in the threshold, one of whose ``sides`` is tried; BCE, no
    bias."""
    pi = case.given
    weights = drawn_weights(pi, rng, single=True)
    loss = weighted(BCE, weights)
    signs = np.array([weights[mask] for mask in pi.masks], dtype=np.float64) ** float(power) * (pi.indicator - 0.5)
    top = Fraction(float(np.linalg.eigvalsh((signs * pi.probabilities[:, None]).T @ signs)[-1]))
    none = [ball(Fraction(0))] * pi.K
    alone = total(
        ball(w) * loss.balls.value(none, *exact_entries(loss, y)) for w, y in zip(pi.shares, pi.rows, strict=True)
    )
    side = rng.choice(sides)
    there = (top * (1 + side * NEAR)).limit_denominator(10**9)
    value = CertifiedOptimum.of(pi, Instance(loss, "zero", there, Fraction(1)), COARSE).value
    if not (value.overlaps(alone) if side == 1 else value < alone):
        share = float(1 + side * NEAR)
        return fails(
            f"at {share} of the threshold {float(top):.6g} the optimum is {(alone - value).str(3)} below W = 0"
        )
    return near_the_limit(pi, loss, lam or rng.choice(LAMBDAS), pi, None if counted else BCE)
