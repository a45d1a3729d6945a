r"""T1, checked: the hard-margin problem, by exact eigenvalues, enclosed roots and random competitors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import OFTEN, checks_in_balls, frequencies, same, together
from verify.exact.balls import Ball, ball
from verify.exact.rationals import second_moment
from verify.exact.roots import RealRoots
from verify.geometry.polar import outside, sum_of_roots, targets
from verify.geometry.sign_condition import SignCondition, TerminalGeometry
from verify.geometry.spectrum import Centering, LabelSpectrum, Spectrum


def nuclear_norm(weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]) -> Ball:
    r""":math:`\|ZD^{1/2}\|_*` of rational logits, from the exact eigenvalues of :math:`\sum_S\pi_Sz_Sz_S^\top`."""
    numerators, denominator = second_moment(weights, rows).numer_denom()
    return sum_of_roots(RealRoots(numerators.charpoly(), int(denominator)))


def _hard_margin(
    case: LabelSpectrum,
    rng: Random,
    attained: Centering,
    geometry: TerminalGeometry,
    value: Callable[[TerminalGeometry], Ball],
    believed: Callable[[SignCondition], bool | None],
    gram: Callable[[TerminalGeometry], Any],
) -> Finding | None:
    """The claim for one treatment of the bias; nothing where it says nothing."""
    pi, weights = case.pi, frequencies(case.pi)
    rows = targets(TerminalGeometry.of(pi, attained))
    reached = sum_of_roots(Spectrum.of(pi, attained).roots)
    holds, least = believed(geometry.sign), value(geometry)
    lowered = _lowered(geometry, weights, rows)
    if holds is None:
        return skips("the sign condition is not decided")
    if not holds:
        if not geometry.full_rank:
            return None
        return HOLDS if lowered is not None and lowered < reached else fails("violated, but no better logits found")
    if lowered is not None and lowered < least:
        return fails(f"logits with the margins have the norm {lowered.str(12)}, below {least.str(12)}")
    norm, surplus = _with_margins(geometry, rng, weights, rows)
    if norm < least + surplus:
        return fails(f"the norm {norm.str(12)} is below {least.str(12)} and the surplus {surplus.str(6)}")
    columns = arb_mat([geometry.polar(mask) for mask in pi.masks])
    return together(
        [
            same("the least nuclear norm and the claimed one", [reached], [least]),
            same("G q_S and y~_S", (columns * gram(geometry)).entries(), [ball(a) for row in rows for a in row]),
        ]
    )


def _lowered(
    geometry: TerminalGeometry, weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]
) -> Ball | None:
    r"""The norm after lowering one logit by what is best to second order, if the sign condition is violated there."""
    mask, label = geometry.sign.worst
    if not geometry.sign.value > 0:
        return None
    step = Fraction(float(geometry.sign.value.mid()) / float(geometry.inverse_root[label, label].mid()))
    K, S = geometry.K, geometry.pi.masks.index(mask)
    moved = [a - step * (Fraction(int(j == label)) - Fraction(1, K)) for j, a in enumerate(rows[S])]
    return nuclear_norm(weights, [*rows[:S], moved, *rows[S + 1 :]])


def _with_margins(
    geometry: TerminalGeometry, rng: Random, weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]
) -> tuple[Ball, Ball]:
    """Norm of random logits with the margins near the given ones, and the margin they have to spare, weighted."""
    logits, surplus, free = [], arb(0), geometry.centering == "mean"
    bias = [Fraction(rng.randint(-2, 2), 16) if free else Fraction(0) for _ in range(geometry.K)]
    for mask, weight, row in zip(geometry.pi.masks, weights, rows, strict=True):
        level, spare = Fraction(rng.randint(-2, 2), 16), [Fraction(0)] * geometry.K
        for j in outside(mask, geometry.K):
            spare[j] = Fraction(max(rng.randint(-4, 4), 0), 8)
            surplus -= ball(weight * spare[j]) * geometry.polar_entry(mask, j)
        logits.append([a + level - t - c for a, t, c in zip(row, spare, bias, strict=True)])
    return nuclear_norm(weights, logits), surplus


# ---------------------------------------------------------------------- the check


def _trace_of_moment(geometry: TerminalGeometry) -> Ball:
    """A false law: the nuclear norm without the root."""
    return arb_mat(geometry.moment).trace() / geometry.scale


@checks_in_balls(
    "T1",
    "the trace of the enclosed root against exact eigenvalues and random competitors with the margins, in balls",
    Control("twice the minimum", {"value": lambda geometry: 2 * geometry.root.trace()}, cases.UNEQUAL),
    Control("tr Sigma in place of tr Sigma^{1/2} for the minimum", {"value": _trace_of_moment}, cases.UNEQUAL),
    Control(
        "Sigma in place of Sigma^{1/2} for the Gram matrix",
        {"gram": lambda g: arb_mat(g.moment) / g.scale},
        cases.UNEQUAL,
    ),
    Control("without the sign condition", {"believed": lambda _: True}, cases.FOUR_MIXED),
    Control("never, even under it", {"believed": lambda _: False}, cases.UNEQUAL),
    Control("with a free bias the frequencies not subtracted", {"free": "class"}, cases.UNEQUAL),
    every=OFTEN,
    labels=None,
)
def multilabel_seli(
    case: LabelSpectrum,
    rng: Random,
    value: Callable[[TerminalGeometry], Ball] = lambda geometry: geometry.root.trace(),
    believed: Callable[[SignCondition], bool | None] = lambda sign: sign.holds,
    gram: Callable[[TerminalGeometry], Any] = lambda geometry: geometry.root,
    free: Centering = "mean",
) -> Finding:
    r"""T1: under the sign condition :math:`PY` has the least nuclear norm among logits with the margins, and at full
    rank only then. Without bias, and with a free one.

    Under the condition the claimed minimum is attained, by exact eigenvalues; :math:`WW^\top q_S=\tilde y_S`; and
    random rational logits with the margins have a norm that is larger by at least
    :math:`\sum_S\pi_S(-q_S^\top t_S)`. Where the condition is certainly violated at full rank, lowering the logit in
    question must certainly lower the norm.
    """
    models: tuple[tuple[Centering, Centering], ...] = (("class", "class"), ("mean", free))
    found = [
        _hard_margin(case, rng, attained, TerminalGeometry.of(case.pi, used), value, believed, gram)
        for attained, used in models
    ]
    claimed = [finding for finding in found if finding is not None]
    return together(claimed) if claimed else skips("the sign condition is violated, and some contrast annihilated")
