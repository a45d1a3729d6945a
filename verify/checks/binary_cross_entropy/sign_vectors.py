r"""B1, checked: the hard-margin problem of binary cross entropy, by exact eigenvalues and random competitors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import FOUR_MIXED, UNEQUAL, witness
from verify.checks.shared.enclosures import OFTEN, checks_in_balls, frequencies, same, together
from verify.checks.terminal_phase.hard_margin import nuclear_norm
from verify.exact.balls import Ball, ball
from verify.geometry.sign_condition import SignCondition, TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import BCE

Logits = Sequence[Sequence[Fraction]]


def _signs(mask: int, K: int) -> list[int]:
    return [2 * a - 1 for a in indicator(mask, K)]


def _hard_margin(
    pi: LabelDistribution,
    rng: Random,
    geometry: TerminalGeometry,
    attained: Logits,
    value: Callable[[TerminalGeometry], Ball],
    believed: Callable[[SignCondition], bool | None],
) -> Finding | None:
    """The claim for one treatment of the bias; nothing where it says nothing."""
    weights, holds, least = frequencies(pi), believed(geometry.sign), value(geometry)
    reached, lowered = nuclear_norm(weights, attained), _lowered(geometry, weights, attained)
    if holds is None:
        return skips("the sign condition is not decided")
    if not holds:
        if not geometry.full_rank:
            return None
        return HOLDS if lowered is not None and lowered < reached else fails("violated, but no better logits found")
    if lowered is not None and lowered < least:
        return fails(f"logits with the margins have the norm {lowered.str(12)}, below {least.str(12)}")
    norm, surplus = _with_margins(geometry, rng, weights, attained)
    if norm < least + surplus:
        return fails(f"the norm {norm.str(12)} is below {least.str(12)} and the surplus {surplus.str(6)}")
    columns = arb_mat([geometry.polar(mask) for mask in pi.masks])
    logits = [ball(a) for row in attained for a in row]
    return together(
        [
            same("the least nuclear norm and the claimed one", [reached], [least]),
            same("G q_S and the logits without bias", (columns * geometry.root).entries(), logits),
        ]
    )


def _lowered(geometry: TerminalGeometry, weights: Sequence[Fraction], rows: Logits) -> Ball | None:
    """The norm after more of the margin whose multiplier is most wrong, by what is best to second order."""
    if not geometry.sign.value > 0:
        return None
    mask, label = geometry.sign.worst
    step = Fraction(float(geometry.sign.value.mid()) / float(geometry.inverse_root[label, label].mid()))
    S, sign = geometry.pi.masks.index(mask), _signs(mask, geometry.K)[label]
    moved = [a + sign * step * int(j == label) for j, a in enumerate(rows[S])]
    return nuclear_norm(weights, [*rows[:S], moved, *rows[S + 1 :]])


def _with_margins(
    geometry: TerminalGeometry, rng: Random, weights: Sequence[Fraction], rows: Logits
) -> tuple[Ball, Ball]:
    """Norm of random logits with the margins near the given ones, and the margin they have to spare, weighted."""
    logits, surplus, K = [], arb(0), geometry.K
    bias = [Fraction(rng.randint(-2, 2), 16) if geometry.free else Fraction(0) for _ in range(K)]
    for mask, weight, row in zip(geometry.pi.masks, weights, rows, strict=True):
        spare = [Fraction(max(rng.randint(-4, 4), 0), 8) for _ in range(K)]
        surplus -= sum(ball(weight * t) * geometry.excess(mask, k) for k, t in enumerate(spare))
        signs = _signs(mask, K)
        logits.append([a + sign * t - c for a, sign, t, c in zip(row, signs, spare, bias, strict=True)])
    return nuclear_norm(weights, logits), surplus


def _trace_of_moment(geometry: TerminalGeometry) -> Ball:
    """A false law: the nuclear norm without the root."""
    return arb_mat(geometry.moment).trace() / geometry.scale


FAILS = witness([([], 1), ([0, 3], 1), ([1, 2], 1), ([1, 3], 1), ([1, 2, 3], 1)], 4)


@checks_in_balls(
    "B1",
    "the trace of the enclosed root against exact eigenvalues and random competitors with the margins, in balls",
    Control("twice the minimum", {"value": lambda geometry: 2 * geometry.root.trace()}, UNEQUAL),
    Control("tr N in place of tr N^{1/2} for the minimum", {"value": _trace_of_moment}, UNEQUAL),
    Control("without the sign condition", {"believed": lambda _: True}, FAILS),
    Control("never, even under it", {"believed": lambda _: False}, UNEQUAL),
    Control("with a free bias the frequencies not subtracted", {"free": "zero"}, FOUR_MIXED),
    every=OFTEN,
    labels=None,
)
def hard_margin(
    case: LabelSpectrum,
    rng: Random,
    value: Callable[[TerminalGeometry], Ball] = lambda geometry: geometry.root.trace(),
    believed: Callable[[SignCondition], bool | None] = lambda sign: sign.holds,
    free: Bias = "free",
) -> Finding:
    r"""B1: under the sign condition the sign vectors, less their mean if the bias is free, have the least nuclear
    norm among logits with the margins, and at full rank only then.

    Under the condition the claimed minimum is attained, by exact eigenvalues; :math:`WW^\top q_S` are these logits;
    and random rational logits with the margins have a norm that is larger by at least what they have to spare,
    weighted. Where the condition is certainly violated at full rank, more of one margin must certainly lower the
    norm."""
    pi = case.given
    biases: tuple[tuple[Bias, Bias], ...] = (("zero", "zero"), ("free", free))
    found = []
    for bias, used in biases:
        reached = TerminalGeometry.for_loss(pi, BCE, bias)
        attained = [reached.target(mask) for mask in pi.masks]
        found.append(_hard_margin(pi, rng, TerminalGeometry.for_loss(pi, BCE, used), attained, value, believed))
    claimed = [finding for finding in found if finding is not None]
    return together(claimed) if claimed else skips("the sign condition is violated, and some direction annihilated")
