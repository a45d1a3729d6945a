r"""W3c, W3d, W4c, checked: what the rules of the terminal phase say of the sign condition."""

from random import Random

import numpy as np

from verify.checks.binary_cross_entropy.synthesis import converse_at_every_penalty
from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import OFTEN, PARTLY_DECIDED, SELDOM, checks_in_balls, together
from verify.geometry.limit import Limit, limit
from verify.geometry.margins import Margins
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.losses import BCE, PAL_CE, Loss

EXACT = 1e-7
"""A rule that is off by less than this, relatively, holds in a hard-margin solution in float64."""

ZERO = 1e-5
"""A multiplier of less than this is taken for 0."""

BALANCED = witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], 3)
ALIKE = witness([([0], 3), ([1], 3), ([2], 3), ([3], 3), ([0, 1], 1), ([0, 2], 1)], 4)
VIOLATED = witness([([0], 1), ([1], 1), ([2], 1), ([3], 1), ([0, 2], 3), ([1, 2], 5)], 4)


@checks_in_balls(
    "W3c",
    "the exact sign condition against the rule, which B5f makes exact and certified prototypes show",
    Control("where the signs are right it holds", {}, BALANCED, "holds"),
    every=PARTLY_DECIDED,
)
def converse_of_the_weighted_rule(case: LabelSpectrum, _: Random) -> Finding:
    """W3c, as it reads: PAL-CE, free bias: where the weighted rule is exact at every penalty the signs are right."""
    return converse_at_every_penalty(case, PAL_CE)


def _alone(pi: LabelDistribution) -> bool:
    return all(1 << k in pi.masks for k in range(pi.K))


def _in_the_limit(pi: LabelDistribution, loss: Loss, free: bool) -> Limit | None:
    """The limit geometry, if there is one and float64 finds no other."""
    try:
        found = limit(pi, loss, free)
    except InputError:
        return None
    return found if found.unique else None


@checks(
    "W3d",
    "the exact sign condition against the rule in the hard-margin solution of either loss, in float64",
    Control("where the signs are right it holds", {}, ALIKE, "holds"),
    every=SELDOM,
    labels=5,
)
def converse_with_larger_sets(case: LabelSpectrum, _: Random) -> Finding:
    """W3d, as it reads: free bias, all singletons and two larger sets or more: where the weighted rule holds in the
    limit the sign condition holds."""
    return together(_larger(case.given, loss) for loss in (PAL_CE, BCE))


def _larger(given: LabelDistribution, loss: Loss) -> Finding:
    pi = loss.sees(given)
    if not _alone(pi) or len(pi.masks) < pi.K + 2:
        return skips("not all singletons and two other sets")
    sign = TerminalGeometry.for_loss(pi, loss, "free").sign
    if sign.verdict != "violated":
        return HOLDS
    found = _in_the_limit(pi, loss, free=True)
    off = None if found is None else found.deviations()["weighted"]
    if off is None:
        return skips("no one limit")
    if off > EXACT:
        return HOLDS
    mask, label = sign.worst
    where = f"label {pi.labels[label]} of {pi.spell(mask)}"
    return fails(f"{loss.title}: the rule holds in the limit, and at {where} the sign is off by {sign.value.str(6)}")


@checks(
    "W4c",
    "plain sums and the exact sign condition where no multiplier of a single label is 0, in float64",
    Control("without the multipliers", {"multipliers": False}, VIOLATED),
    Control("the rule of the free bias", {"rule": "weighted"}, ALIKE),
    every=2 * OFTEN,
    labels=5,
)
def converse_of_plain_sums(case: LabelSpectrum, _: Random, multipliers: bool = True, rule: str = "plain") -> Finding:
    """W4c: PAL-CE, no bias, all singletons: where no multiplier of one is 0 in the hard-margin solution, prototypes are
    plain sums and the sign condition holds.

    ``multipliers`` says whether that is asked for, ``rule`` is what holds.
    """
    pi = case.pi
    if not _alone(pi) or max(pi.sizes) == 1:
        return skips("some label does not occur alone, or all do")
    found = _in_the_limit(pi, PAL_CE, free=False)
    if found is None or found.margins is None:
        return skips("no one limit")
    if multipliers and _least(found.margins) < ZERO:
        return skips("a multiplier of a single label is 0")
    off, sign = found.deviations()[rule], TerminalGeometry.for_loss(pi, PAL_CE, "zero").sign
    if off is None or off > EXACT:
        return fails(f"in the hard-margin solution the rule is off by {'all' if off is None else format(off, '.3g')}")
    return fails(f"the sign is off by {sign.value.str(6)}") if sign.verdict == "violated" else HOLDS


def _least(found: Margins) -> float:
    """The least multiplier of a margin of a single label."""
    single = np.array(found.pi.sizes) == 1
    y = np.asarray(found.pi.indicator)[single]
    return float((-found.q[single])[y == 0].min())
