r"""B0, B3, B3a, B3c and B5f, checked: the rules of binary cross entropy at certified optima and in the limit."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

from flint import arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import NARROW, checks_in_balls, same, together
from verify.checks.weighted_synthesis.terminal_rules import (
    Weigh,
    in_the_limit,
    meets_the_kernel,
    rule_in_the_limit,
    weighted_mean,
)
from verify.exact.balls import Ball, ball, total
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import AFFINE, FREQUENCY, PLAIN, UNIFORM
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator, members
from verify.model.feature_model import Bias
from verify.model.losses import BCE, MSE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

# ---------------------------------------------------------------------- B0

EMPTY_TOO = witness([([], 1), ([0], 3), ([1], 2), ([0, 1], 2), ([0, 1, 2], 1)], 3)
Count = Callable[[int], int]


@checks_in_balls(
    "B0",
    "certified logits against those that the predictions leave over, and against 0 for the squared loss, in balls",
    Control("without the prototype of no label", {"none": lambda _: 0}, EMPTY_TOO),
    Control("m_S times the prototype of no label", {"none": lambda m: m}, EMPTY_TOO),
)
def affine_rule(case: LabelSpectrum, _: Random, none: Count = lambda m: m - 1) -> Finding:
    r"""B0 at certified optima of MSE and BCE: :math:`h_S-\sum_{k\in S}h_{\{k\}}+(m_S-1)h_\varnothing` is 0 for MSE,
    and for BCE what the predictions leave over. ``none`` is how often the prototype of no label is taken off."""
    found = []
    for loss in (MSE, BCE):
        instance = replace(Instance.drawn(case.given), loss=loss)
        if not instance.has_minimiser(case.given):
            instance = replace(instance, bias="zero")
        found.append(_affine(CertifiedOptimum.of(case.given, instance), none))
    return together(found)


def _affine(at: CertifiedOptimum, none: Count) -> Finding:
    prototypes, K = Prototypes.at_optimum(at), at.K
    real = dict(zip(at.model.distribution.masks, at.z.tolist(), strict=True))
    size = total(abs(a) for a in at.z.entries())

    def logits(mask: int) -> list[Ball]:
        if mask in real:
            return [a - c for a, c in zip(real[mask], at.b, strict=True)]
        return list(prototypes.logits(prototypes.weights(mask)))

    def predictions(mask: int) -> list[Ball]:
        return [y - a for y, a in zip(indicator(mask, K), prototypes.weights(mask), strict=True)]

    def left(what: Callable[[int], list[Ball]], mask: int) -> list[Ball]:
        parts = [(1, mask), (none(mask.bit_count()), 0), *((-1, 1 << k) for k in members(mask))]
        return [total(c * row[j] for c, row in ((c, what(m)) for c, m in parts if c)) for j in range(K)]

    found = []
    for mask in at.model.distribution.masks:
        expected = [-a for a in prototypes.logits(left(predictions, mask))]
        if at.model.loss.quadratic:
            expected = [ball(0)] * K
        found.append(same(f"the defect of {at.model.distribution.spell(mask)}", left(logits, mask), expected, size))
    return together(found)


# ---------------------------------------------------------------------- B3, B3a

MIXED = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)
MIXED_FREE = witness([([], 8), ([0], 9), ([1], 6), ([2], 4), ([0, 1], 5), ([1, 2], 1)], 3)


def _in_the_limit(case: LabelSpectrum, bias: Bias, weigh: Weigh) -> Finding:
    """The rule, its uniqueness and the affine rule at a tiny penalty; and the enclosure there holds the optimum."""
    found = rule_in_the_limit(case, bias, weigh, BCE)
    if found.state != "holds":
        return found
    prototypes = in_the_limit(case.given, bias, BCE)
    for mask in prototypes.several:
        miss = AFFINE.deviation(prototypes, mask)
        if not miss < ball(NARROW):
            return fails(f"{case.given.spell(mask)}: the affine rule is off by {miss.str(5)}")
    if arb_mat([prototypes.weights(1 << k) for k in range(case.given.K)]).det().contains(0):
        return skips("the rank of the singleton prototypes is not determined")
    return meets_the_kernel(case, bias, BCE)


def by_all_labels(pi: LabelDistribution, mask: int) -> list[Fraction]:
    """A false rule: divided by ``K`` in place of ``K - 2``."""
    return [a - Fraction(mask.bit_count() - 1, pi.K) for a in PLAIN.weights(pi, mask)]


@checks_in_balls(
    "B3",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums", {"weigh": PLAIN.weights}, MIXED),
    Control("K in place of K - 2", {"weigh": by_all_labels}, MIXED),
    Control("corrected by class frequencies", {"weigh": FREQUENCY.weights}, MIXED),
)
def uniform_rule(case: LabelSpectrum, _: Random, weigh: Weigh = UNIFORM.weights) -> Finding:
    r"""B3: BCE without bias, :math:`\lambda\to0` under the sign condition: :math:`h_S=\sum_{k\in
    S}h_{\{k\}}-\frac{m_S-1}{K-2}\sum_jh_{\{j\}}` in the limit, and singleton prototypes are linearly independent,
    so that no other weights do."""
    return _in_the_limit(case, "zero", weigh)


@checks_in_balls(
    "B3a",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums", {"weigh": PLAIN.weights}, MIXED_FREE),
    Control("uniform corrections", {"weigh": UNIFORM.weights}, MIXED_FREE),
    Control("the mean weighted by class frequencies", {"weigh": weighted_mean}, MIXED_FREE),
)
def weighted_rule(case: LabelSpectrum, _: Random, weigh: Weigh = FREQUENCY.weights) -> Finding:
    r"""B3a: BCE with a free bias, :math:`\lambda\to0` under the sign condition: the class-frequency-weighted rule
    in the limit, and singleton prototypes are linearly independent."""
    return _in_the_limit(case, "free", weigh)


# ---------------------------------------------------------------------- B5f, B3c


def at_the_optimum(case: LabelSpectrum, at: CertifiedOptimum, weigh: Weigh) -> Finding:
    """Whether a rule with rational weights holds at a certified optimum, for every label set, in balls."""
    prototypes, seen = Prototypes.at_optimum(at), at.model.distribution
    size = total(abs(a) for a in at.z.entries())
    return together(
        same(
            f"h of {case.given.spell(mask)} and its synthesis",
            prototypes.logits(prototypes.weights(mask)),
            prototypes.logits(prototypes.combined(weigh(seen, mask))),
            size,
        )
        for mask in seen.masks
    )


def _is_singletons_and_one(pi: LabelDistribution) -> bool:
    others = [mask for mask in pi.masks if mask.bit_count() != 1]
    return len(others) == 1 and all(1 << k in pi.masks for k in members(others[0]))


@checks_in_balls(
    "B5f",
    "certified prototypes of any loss at the drawn penalty against the synthesis, in balls",
    Control("plain sums", {"weigh": PLAIN.weights}, witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], 3)),
    Control("uniform corrections", {"weigh": UNIFORM.weights}, witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], 3)),
    Control(
        "the mean weighted by class frequencies",
        {"weigh": weighted_mean},
        witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], 3),
    ),
)
def one_larger_set(case: LabelSpectrum, _: Random, weigh: Weigh = FREQUENCY.weights) -> Finding:
    """B5f: singletons and exactly one set of another size, free bias, any loss: the class-frequency-weighted rule."""
    instance = replace(Instance.drawn(case.given), bias="free")
    if not instance.has_minimiser(case.given):
        return skips("a free bias has no optimum")
    if not _is_singletons_and_one(instance.loss.sees(case.given)):
        return skips("not singletons and one set of another size")
    return at_the_optimum(case, CertifiedOptimum.of(case.given, instance), weigh)


@checks_in_balls(
    "B3c",
    "the exact sign condition against the rule, which B5f makes exact and certified prototypes show",
    Control("where the signs are right it holds", {}, witness([([], 1), ([0], 1), ([1], 1), ([2], 1)], 3), "holds"),
)
def converse_of_the_weighted_rule(case: LabelSpectrum, _: Random) -> Finding:
    """B3c, as it reads: BCE, free bias: where the weighted rule is exact at every penalty the sign condition holds."""
    return converse_at_every_penalty(case, BCE)


def converse_at_every_penalty(case: LabelSpectrum, loss: Loss) -> Finding:
    """Whether the sign condition holds where the rule is exact at every penalty by B5f, as it is at the drawn one."""
    pi = loss.sees(case.given)
    if not _is_singletons_and_one(pi) or not all(0 < count < pi.total for count in pi.class_counts):
        return skips("not singletons and one set of another size, for which the rule is exact at every penalty")
    at = CertifiedOptimum.of(pi, replace(Instance.drawn(pi), loss=loss, bias="free"))
    found = at_the_optimum(case, at, FREQUENCY.weights)
    if found.state != "holds":
        return found
    sign = TerminalGeometry.for_loss(pi, loss, "free").sign
    if sign.verdict != "violated":
        return HOLDS
    mask, label = sign.worst
    where, entry = f"label {pi.labels[label]} of {pi.spell(mask)}", sign.value if loss.centered else -sign.value
    return fails(f"the rule is exact, and at {where} {'q' if loss.centered else 's q'} is {entry.str(6)}")
