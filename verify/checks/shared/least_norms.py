r"""The hard-margin problem of either loss, by exact eigenvalues, enclosed roots and random competitors (T1, B1)."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Finding, fails, skips
from verify.checks.shared.enclosures import frequencies, same, together
from verify.exact.balls import Ball, ball
from verify.exact.rationals import second_moment
from verify.exact.roots import RealRoots
from verify.geometry.polar import outside, sum_of_roots, targets
from verify.geometry.sign_condition import SignCondition, TerminalGeometry

Logits = Sequence[Sequence[Fraction]]
Enclosed = Callable[[TerminalGeometry], Any]
Believed = Callable[[SignCondition], bool | None]


def least_norm(
    models: Sequence[tuple[TerminalGeometry, TerminalGeometry]],
    rng: Random,
    value: Enclosed = lambda geometry: geometry.root.trace(),
    believed: Believed = lambda sign: sign.holds,
    gram: Enclosed = lambda geometry: geometry.root,
) -> Finding:
    """Whether the terminal logits have the least nuclear norm under the sign condition, and at full rank only then.

    ``models`` has for every treatment of the bias the geometry whose logits are attained, and the one that is used;
    ``value`` and ``gram`` are the least norm and the Gram matrix that are claimed, ``believed`` whether the condition
    is held to be true.
    """
    found = [_least(attained, used, rng, value, believed, gram) for attained, used in models]
    claimed = [finding for finding in found if finding is not None]
    return together(claimed) if claimed else skips("the sign condition is violated, and some direction annihilated")


def trace_of_moment(geometry: TerminalGeometry) -> Ball:
    """A false law: the nuclear norm without the root."""
    return arb_mat(geometry.moment).trace() / geometry.scale


def _least(
    attained: TerminalGeometry,
    geometry: TerminalGeometry,
    rng: Random,
    value: Enclosed,
    believed: Believed,
    gram: Enclosed,
) -> Finding | None:
    """The claim for one treatment of the bias; nothing where it says nothing."""
    weights, rows = frequencies(geometry.pi), targets(attained)
    reached, lowered = nuclear_norm(weights, rows), _lowered(geometry, weights, rows)
    holds, least = believed(geometry.sign), value(geometry)
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
    columns = arb_mat([geometry.polar(mask) for mask in geometry.pi.masks])
    return together(
        [
            same("the least nuclear norm and the claimed one", [reached], [least]),
            same("G q_S and the logits", (columns * gram(geometry)).entries(), [ball(a) for row in rows for a in row]),
        ]
    )


def nuclear_norm(weights: Sequence[Fraction], rows: Logits) -> Ball:
    r""":math:`\|ZD^{1/2}\|_*` of rational logits, from the exact eigenvalues of :math:`\sum_S\pi_Sz_Sz_S^\top`."""
    numerators, denominator = second_moment(weights, rows).numer_denom()
    return sum_of_roots(RealRoots(numerators.charpoly(), int(denominator)))


def _lowered(geometry: TerminalGeometry, weights: Sequence[Fraction], rows: Logits) -> Ball | None:
    """The norm after more of the margin whose multiplier is most wrong, by what is best to second order."""
    if not geometry.sign.value > 0:
        return None
    (mask, label), K = geometry.sign.worst, geometry.K
    step = Fraction(float(geometry.sign.value.mid()) / float(geometry.inverse_root[label, label].mid()))
    if not mask & 1 << label:
        step = -step
    S, level = geometry.pi.masks.index(mask), Fraction(int(geometry.centered), K)
    moved = [a + step * (int(j == label) - level) for j, a in enumerate(rows[S])]
    return nuclear_norm(weights, [*rows[:S], moved, *rows[S + 1 :]])


def _with_margins(
    geometry: TerminalGeometry, rng: Random, weights: Sequence[Fraction], rows: Logits
) -> tuple[Ball, Ball]:
    """Norm of random logits with the margins near the given ones, and the margin they have to spare, weighted."""
    logits, surplus, K = [], arb(0), geometry.K
    bias = [Fraction(rng.randint(-2, 2), 16) if geometry.free else Fraction(0) for _ in range(K)]
    for mask, weight, row in zip(geometry.pi.masks, weights, rows, strict=True):
        level = Fraction(rng.randint(-2, 2), 16) if geometry.centered else Fraction(0)
        moved = [a + level - c for a, c in zip(row, bias, strict=True)]
        for k in outside(mask, K) if geometry.centered else range(K):
            spare = Fraction(max(rng.randint(-4, 4), 0), 8)
            if spare:
                moved[k] += spare if mask & 1 << k else -spare
                surplus -= ball(weight * spare) * geometry.excess(mask, k)
        logits.append(moved)
    return nuclear_norm(weights, logits), surplus
