r"""Y3 and Y4, checked: how far roots of the moments of targets move, and plain sums where smoothing is small."""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.label_smoothing.finite_targets import (
    MIXED,
    PICKED,
    SMOOTHINGS,
    Smoothings,
    TargetMoment,
    TargetPoint,
)
from verify.checks.label_smoothing.smoothed_synthesis import factor
from verify.checks.shared import cases
from verify.checks.shared.enclosures import OFTEN, PERCENT, checks_in_balls, same
from verify.checks.terminal_phase.explicit_errors import SETTINGS, Settings, squared
from verify.checks.terminal_phase.root_stability import of_roots, reweighted
from verify.exact.balls import Ball, ball, root, total
from verify.exact.matrices import spectral_norm
from verify.exact.rationals import second_moment
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import PLAIN
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.labels.masks import members
from verify.model.feature_model import Bias
from verify.model.losses import BCE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

Bound = Callable[[Ball, Ball], Ball]
COARSE: Smoothings = (Fraction(1, 10),)
BINARY: Settings = ((BCE, "free"),)


@checks_in_balls(
    "Y3",
    "norms of the difference of roots of two moments of targets, in balls, and moments against those of the labels",
    Control("1 % smaller", {"bound": lambda a, b: of_roots(a, b) / ball(PERCENT), "settings": PICKED}, cases.BALANCED),
    Control("kappa itself for its root", {"bound": lambda a, b: 1 / (1 + a + b), "settings": PICKED}, cases.BALANCED),
    Control("2 l^2 C", {"multiple": 2, "settings": BINARY}, MIXED),
    every=2 * OFTEN,
)
def smoothed_stability(
    case: LabelSpectrum, rng: Random, bound: Bound = of_roots, multiple: int = 4, settings: Settings = SETTINGS
) -> Finding:
    r"""Y3: :math:`\|M^{1/2}-M'^{1/2}\|\le\frac{\|M-M'\|}{\sqrt\kappa+\sqrt{\kappa'}}` for the same label sets
    reweighted and for balanced pairs, and for BCE :math:`M=\ell^2N`, :math:`4\ell^2C`.

    ``multiple`` is the 4 before :math:`\ell^2C`.
    """
    loss, bias = rng.choice(settings)
    smoothed = loss.smoothed(rng.choice(SMOOTHINGS[:2]))
    others, found = (reweighted(case.given, rng), balanced(case.K, min(2, case.K - 1))), 0
    try:
        mine = _moment_and_root(case.given, smoothed, bias)
    except UnenclosedError:
        return skips("the targets have not full rank")
    for other in others:
        try:
            theirs = _moment_and_root(other, smoothed, bias)
        except UnenclosedError:
            continue
        apart = spectral_norm(mine[1] - theirs[1])
        most = spectral_norm(mine[0] - theirs[0]) * bound(mine[2], theirs[2])
        if apart > most:
            return fails(f"the roots differ by {apart.str(10)}, more than {most.str(10)}")
        found += 1
    if not found:
        return skips("the targets to compare with have not full rank")
    return HOLDS if loss.centered else _multiple(case, mine[0], smoothed, bias, multiple)


def _moment_and_root(pi: LabelDistribution, loss: Loss, bias: Bias) -> tuple[Any, Any, Ball]:
    r""":math:`M`, its root, and :math:`\kappa`."""
    found = TargetMoment.of(loss.sees(pi), loss, bias == "free")
    return found.matrix, found.matrix * found.inverse, 1 / spectral_norm(found.inverse) ** 2


def _multiple(case: LabelSpectrum, moment: Any, loss: Loss, bias: Bias, multiple: int) -> Finding:
    r"""The moment of targets of BCE against :math:`\ell^2N` or :math:`4\ell^2C`."""
    pi, free = case.given, bias == "free"
    size = ball(2 / loss.smoothing - 1).log() ** 2
    offset = pi.frequencies if free else (Fraction(1, 2),) * pi.K
    rows = [[a - c for a, c in zip(y, offset, strict=True)] for y in pi.rows]
    exact = arb_mat(second_moment(pi.shares, rows)) * (size * (multiple if free else 4))
    return same("the moment of targets and that of labels", moment.entries(), exact.entries())


@checks_in_balls(
    "Y4",
    "certified prototypes of hardly smoothed labels against plain sums, with the error of Y0",
    Control("half of log m", {"share": Fraction(1, 2), "lam": Fraction(1, 10**12)}, MIXED),
    Control("without the error of Y0", {"error": 0, "lam": Fraction(1, 10**4), "smoothings": COARSE}, MIXED),
)
def limits_apart(
    case: LabelSpectrum,
    rng: Random,
    share: Fraction = Fraction(1),
    error: int = 1,
    lam: Fraction | None = None,
    smoothings: Smoothings = SMOOTHINGS,
) -> Finding:
    r"""Y4: :math:`\|h_S-\sum_{k\in S}h_{\{k\}}\|\le\frac{\log m}{c_1}\|\sum_{k\in S}h_{\{k\}}\|` up to the error of Y0.

    ``share`` multiplies the first term, ``error`` that of Y0.
    """
    loss, bias = PICKED[0]
    lam, smoothed = lam or Fraction(1, 10 ** rng.choice((4, 8, 12))), loss.smoothed(rng.choice(smoothings))
    pi, K = smoothed.sees(case.given), case.K
    likely = dict(zip(pi.masks, pi.shares, strict=True))
    several = [mask for mask in pi.masks if mask.bit_count() > 1]
    if not several or not all(1 << k in likely for k in range(K)):
        return skips("nothing to synthesise, or a singleton that is not in the support")
    try:
        near = TargetPoint.of(pi, smoothed, bias, ball(lam).sqrt())
    except UnenclosedError as why:
        return skips(str(why))
    at = CertifiedOptimum.of(case.given, Instance(smoothed, bias, lam / 4, Fraction(4)))
    prototypes = Prototypes.at_optimum(at)
    for mask in several:
        sum_ = prototypes.combined(PLAIN.weights(near.pi, mask))
        off = root(squared(at, [a - c for a, c in zip(prototypes.weights(mask), sum_, strict=True)]))
        ratio = factor(K, mask.bit_count(), smoothed.smoothing) / factor(K, 1, smoothed.smoothing)
        spread = 1 / ball(likely[mask]) + ratio**2 * total(1 / ball(likely[1 << k]) for k in members(mask))
        most = ball(share) * ball(mask.bit_count()).log() / factor(K, 1, smoothed.smoothing) * root(squared(at, sum_))
        most += error * root(near.error * spread)
        if off > most:
            return fails(f"{pi.spell(mask)}: off by {off.str(6)}, at most {most.str(6)}")
        if not (off.is_finite() and most.is_finite()):
            return skips("a prototype is not determined")
    return HOLDS
