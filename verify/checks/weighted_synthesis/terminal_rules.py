r"""Chapter W, cross entropy as :math:`\lambda\to0`: the synthesis rules of the terminal phase.

A limit is not decided by looking at a sequence. Where the sign condition of T1 certainly holds, ``terminal`` encloses
the optimum at :math:`\lambda=e^{-2\cdot10^{12}}` without solving for it. There a rule that holds in the limit misses by
a constant over :math:`\tau=10^{12}`, and one that does not by a number that does not shrink: the two are told apart
with certainty, at ``NARROW``. The limits themselves are rational, so that rules with rational weights are decided on
them exactly as well; and at the drawn :math:`\lambda` the enclosure must meet that of the trusted kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from random import Random

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared.enclosures import (
    FEW_LABELS,
    NARROW,
    OFTEN,
    SELDOM,
    decided,
    largest,
    together,
    witness,
)
from verify.exact.balls import Ball, Balls, ball, total
from verify.geometry.prototypes import (
    Prototypes,
    Rule,
    deviation,
    frequency_weighted,
    from_singletons,
    from_the_mean,
    members,
)
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.geometry.tiny_penalty import TinyPenalty, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError, UnenclosedError
from verify.model.feature_model import Bias
from verify.model.optimum import CertifiedOptimum, Instance

TAU = 10**12
r"""The penalty at which limits are decided is :math:`e^{-2\tau}`: what is dropped, a few logarithms over :math:`\tau`,
is far below ``NARROW``, and the gap of the polar point, about :math:`\tau^{-2}`, far above the working precision."""

Weigh = Callable[[LabelDistribution, int], Sequence[Fraction]]


@lru_cache(maxsize=16)
def _in_the_limit(pi: LabelDistribution, bias: Bias) -> Prototypes:
    return Prototypes.at_tiny_penalty(TinyPenalty.of(pi, bias, TAU))


def _require_all_labels(pi: LabelDistribution) -> None:
    if not all(pi.class_counts):
        raise UncertifiedError("a label never occurs: with a free bias there is no optimum")


# ---------------------------------------------------------------------- rules from singleton prototypes


def _rule_in_the_limit(case: LabelSpectrum, bias: Bias, weigh: Weigh) -> Finding:
    """Whether a rule with rational weights holds in the limit, for every label set of two labels or more."""
    pi = case.pi
    prototypes, geometry = _in_the_limit(pi, bias), regular_geometry(pi, bias)
    if not prototypes.several:
        return skips("singletons only: nothing to synthesise")
    rule, limits = Rule("the rule", (), "", from_singletons(weigh)), [geometry.target(1 << k) for k in range(pi.K)]
    for mask in prototypes.several:
        miss = deviation(prototypes, rule, mask)
        made = [sum((c * z[j] for c, z in zip(weigh(pi, mask), limits, strict=True)), Fraction(0)) for j in range(pi.K)]
        exact = made == geometry.target(mask)
        if miss > ball(NARROW) or not exact:
            return fails(f"{pi.spell(mask)}: at lambda = exp(-2e12) the synthesis is off by {miss.str(5)}")
        if not miss < ball(NARROW):
            return skips(f"{pi.spell(mask)}: the deviation is only known to be {miss.str(3)}")
    return HOLDS


def _meets_the_kernel(case: LabelSpectrum, bias: Bias) -> Finding:
    """The enclosure of the terminal phase at the drawn penalty contains the optimum that the kernel certified."""
    drawn = replace(Instance.drawn(case.given), loss="pal", bias=bias)
    tau = -ball(drawn.lambda_W * drawn.lambda_H).log() / 2
    try:
        near = TinyPenalty.of(case.pi, bias, tau)
    except UnenclosedError:
        return HOLDS  # the polar point is not in the domain yet: nothing is said
    at = CertifiedOptimum.of(case.given, drawn)
    for z, row in zip(at.z.tolist(), near.logits, strict=True):
        for a, c in zip(z, row, strict=True):
            if not (a / tau).overlaps(c):
                return fails(f"certified logit {a.str(8)}, but {(c * tau).str(8)} by the gap of the polar point")
    return HOLDS


# ---------------------------------------------------------------------- rules from classifier rows

Column = Callable[[LabelDistribution, Bias, int], list[Ball]]


def _polar_column(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return regular_geometry(pi, bias).polar(mask)


def _flat(pi: LabelDistribution) -> bool:
    """Whether the centered second moment is a multiple of the centering, exactly."""
    spectrum = Spectrum.of(pi)
    return spectrum.is_multiple_of_centering(spectrum.trace / (pi.K - 1))


def _decisive(findings: Sequence[Finding]) -> list[Finding]:
    """A treatment of the bias outside of the hypotheses does not spoil the other."""
    kept = [finding for finding in findings if finding.state != "skips"]
    return kept or list(findings)


def _same_up_to_a_constant(x: Balls, y: Balls) -> Finding:
    x, y = _centered(x), _centered(y)
    size = largest(a.mid() for a in x)
    worst = arb(0)
    for a, c in zip(x, y, strict=True):
        worst = worst.max(abs(a - c))
    if worst > ball(NARROW) * size:
        return fails(f"weights on the classifier rows are off by {(worst / size).str(5)}")
    return HOLDS if worst < ball(NARROW) * size else skips("weights on the classifier rows are not determined")


def _centered(x: Balls) -> list[Ball]:
    mean = total(x) / len(x)
    return [a - mean for a in x]


def _uniform_weights(pi: LabelDistribution) -> bool | None:
    r"""Whether :math:`\Sigma^{+1/2}y_S=\alpha\tilde y_S` for all ``S`` with one :math:`\alpha`, as far as balls tell;
    ``None`` where the moment is singular."""
    try:
        factors = _factors(regular_geometry(pi, "zero"), pi.masks)
    except UnenclosedError:
        return None
    return factors is not None and all(a.overlaps(c) for a in factors for c in factors)


def _factors(geometry: TerminalGeometry, masks: Sequence[int]) -> list[Ball] | None:
    r"""The :math:`\alpha_S` with :math:`\Sigma^{+1/2}y_S=\alpha_S\tilde y_S`, or ``None`` if some ``S`` certainly has
    none."""
    found = []
    for mask in masks:
        ratios = [a / ball(c) for a, c in zip(geometry.polar(mask), geometry.target(mask), strict=True)]
        if not all(a.overlaps(c) for a in ratios for c in ratios):
            return None
        found.append(ratios[0])
    return found


# ---------------------------------------------------------------------- W8a


def _eigenvectors(pi: LabelDistribution) -> bool:
    r"""Whether every :math:`\tilde y_S` is an eigenvector of :math:`\Sigma`, exactly."""
    geometry = TerminalGeometry.of(pi)
    for v in map(geometry.vector, pi.masks):
        image = [sum(int(a) * c for a, c in zip(row, v, strict=True)) for row in geometry.moment.tolist()]
        if any(image[j] * v[k] != image[k] * v[j] for j in range(pi.K) for k in range(j)):
            return False
    return True


def _crossing(m: int, other: int, K: int) -> Fraction:
    return Fraction(m * other, K)


# ---------------------------------------------------------------------- W8b

STEP = Fraction(1, 2**12)
"""How far from balance W8b is looked at: the second order is a thousand times smaller than the first."""


# ---------------------------------------------------------------------- the checks


def _averages(pi: LabelDistribution, mask: int) -> list[Fraction]:
    return [a / mask.bit_count() for a in members(pi, mask)]


def _by_frequency(pi: LabelDistribution, mask: int) -> list[Fraction]:
    return [a * f for a, f in zip(members(pi, mask), pi.frequencies, strict=True)]


def _whole_share(pi: LabelDistribution, mask: int) -> list[Fraction]:
    return [a - Fraction(mask.bit_count(), pi.K) for a in members(pi, mask)]


def _weighted_mean(pi: LabelDistribution, mask: int) -> list[Fraction]:
    share = (mask.bit_count() - 1) / pi.cardinality
    return [a - share * f for a, f in zip(members(pi, mask), pi.frequencies, strict=True)]


def _other_bias(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return regular_geometry(pi, "free" if bias == "zero" else "zero").polar(mask)


def _uniform(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return [ball(a) for a in regular_geometry(pi, bias).target(mask)]


TILTED = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)
# pairs across two triples, and the triples: the second moment has two eigenvalues, 2/9 and 1/2, say, by the weights
SPLIT = witness([*(([i, j], 1) for i in range(3) for j in range(3, 6)), ([0, 1, 2], 3), ([3, 4, 5], 3)], 6)
UNEQUAL = witness([([0], 1), ([1], 2), ([2], 4)], 3)


# ---------------------------------------------------------------------- the checks


@checks(
    "W3",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums", {"weigh": members}, TILTED),
    Control("the mean weighted by class frequencies", {"weigh": _weighted_mean}, TILTED),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
def frequency_weighted_rule(case: LabelSpectrum, _: Random, weigh: Weigh = frequency_weighted) -> Finding:
    r"""W3: PAL-CE, free bias, :math:`\bar m\ne1`, :math:`\lambda\to0` under the sign condition:
    :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}` in the limit."""
    _require_all_labels(case.pi)
    return together([_rule_in_the_limit(case, "free", weigh), _meets_the_kernel(case, "free")])


@checks(
    "W3a",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums without the mean", {"weigh": members}, TILTED),
    Control("m_S/K in place of (m_S - 1)/K", {"weigh": _whole_share}, TILTED),
    Control("the mean weighted by class frequencies", {"weigh": _weighted_mean}, TILTED),
    Control("unique up to multiples of 1 - K f/m-bar", {"null": lambda pi: pi.K / pi.cardinality}, TILTED),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
def measured_from_the_mean(
    case: LabelSpectrum,
    _: Random,
    weigh: Weigh = from_the_mean,
    null: Callable[[LabelDistribution], Fraction] | None = None,
) -> Finding:
    r"""W3a: in the situation of W3, :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}K\sum_jh_{\{j\}}` in the limit, and
    weights are unique up to multiples of :math:`1-\frac K{\bar m-1}f`: that combination vanishes, and singleton
    prototypes have rank :math:`K-1`. ``null`` is the factor of ``f`` in it."""
    pi = case.pi
    _require_all_labels(pi)
    found = _rule_in_the_limit(case, "free", weigh)
    if found.state != "holds":
        return found
    prototypes = _in_the_limit(pi, "free")
    factor = Fraction(pi.K) / (pi.cardinality - 1) if null is None else null(pi)
    vanishing = prototypes.combined([1 - factor * f for f in pi.frequencies])
    size = largest(a.mid() for k in range(pi.K) for a in prototypes.weights(1 << k))
    if prototypes.norm(vanishing) > ball(NARROW) * prototypes.norm(prototypes.weights(1)):
        return fails("the combination of singleton prototypes that should vanish does not")
    # independent modulo the ones: with a row of ones the matrix of weights is invertible
    rows = [prototypes.weights(1 << k) for k in range(pi.K - 1)] + [[size] * pi.K]
    return HOLDS if arb_mat(rows).det() != 0 else skips("the rank of the singleton prototypes is not determined")


@checks(
    "W4",
    "certified prototypes at lambda = exp(-2e12) against plain sums, and their rational limits exactly",
    Control("averages", {"weigh": _averages}, TILTED),
    Control("weights by class frequencies", {"weigh": _by_frequency}, TILTED),
    Control("the rule of the free bias", {"weigh": frequency_weighted}, TILTED),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
def plain_sums(case: LabelSpectrum, _: Random, weigh: Weigh = members) -> Finding:
    r"""W4: PAL-CE, no bias, :math:`\lambda\to0` under the sign condition: :math:`h_S=\sum_{k\in S}h_{\{k\}}` in the
    limit, whatever the imbalance."""
    return together([_rule_in_the_limit(case, "zero", weigh), _meets_the_kernel(case, "zero")])


@checks(
    "W8",
    "certified weights on the classifier rows at lambda = exp(-2e12) against the inverse root, both bias models",
    Control("uniform weights for an imbalanced distribution", {"column": _uniform}, TILTED),
    Control("the weights of the other treatment of the bias", {"column": _other_bias}, TILTED),
    Control("a flat spectrum without uniform weights", {"flat": lambda _pi: True}, TILTED),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
def rule_from_rows(
    case: LabelSpectrum, _: Random, column: Column = _polar_column, flat: Callable[[LabelDistribution], bool] = _flat
) -> Finding:
    r"""W8: PAL-CE, :math:`\lambda\to0` under the sign condition: the weights of :math:`h_S` on the classifier rows, in
    the unit :math:`\mu/\lambda_H`, tend to :math:`\Sigma^{+1/2}y_S` (free bias: :math:`\Sigma_C^{+1/2}(y_S-f)`), up to
    a common constant. They are one constant :math:`\alpha` on ``S`` for every ``S`` iff :math:`\Sigma=\alpha^{-2}P`.

    The weights at :math:`\lambda=e^{-2\tau}` in balls, for both treatments of the bias; flatness exactly.
    """
    pi, findings = case.pi, []
    for bias in ("zero", "free") if all(pi.class_counts) else ("zero",):
        kind: Bias = "free" if bias == "free" else "zero"
        try:
            prototypes = _in_the_limit(pi, kind)
        except UnenclosedError as why:
            findings.append(skips(str(why)))
            continue
        for mask in pi.masks:
            found = _same_up_to_a_constant(prototypes.weights(mask), column(pi, kind, mask))
            findings.append(
                HOLDS if found.state == "holds" else replace(found, note=f"{bias} bias, {pi.spell(mask)}: {found.note}")
            )
    uniform = _uniform_weights(pi)
    if uniform is not None and uniform != flat(pi):
        return fails(f"weights are {'' if uniform else 'not '}uniform, but Sigma is {'' if flat(pi) else 'not '}flat")
    return together(_decisive(findings))


@checks(
    "W8a",
    "the inverse root in balls against exact eigenvectors and exact intersections",
    Control("only if the spectrum is flat", {"criterion": _flat}, SPLIT),
    Control("disjoint sets across groups", {"across": lambda *_: Fraction(0)}, SPLIT),
    every=OFTEN,
    labels=8,
)
@decided
def uniform_rows(
    case: LabelSpectrum,
    _: Random,
    criterion: Callable[[LabelDistribution], bool] = _eigenvectors,
    across: Callable[[int, int, int], Fraction] = _crossing,
) -> Finding:
    r"""W8a: PAL-CE, no bias, the limit of W8: every :math:`h_S` is a scaled sum of the rows of its labels iff every
    :math:`\tilde y_S` is an eigenvector of :math:`\Sigma`. Sets with different scales have
    :math:`|S\cap T|=m_Sm_T/K`; with a singleton or a set of :math:`K-1` labels in the support there is one scale only,
    and :math:`\Sigma\propto P`.

    :math:`\Sigma^{+1/2}y_S` in balls, against exact eigenvectors and intersections. ``across`` is the number of common
    labels.
    """
    pi = case.pi
    factors = _factors(regular_geometry(pi, "zero"), pi.masks)
    if (factors is not None) != criterion(pi):
        return fails(f"weights are {'not ' if factors is None else ''}uniform on the labels of each set")
    if factors is None:
        return HOLDS
    apart = [
        (S, T)
        for S, a in zip(pi.masks, factors, strict=True)
        for T, c in zip(pi.masks, factors, strict=True)
        if not a.overlaps(c)
    ]
    for S, T in apart:
        if (S & T).bit_count() != across(S.bit_count(), T.bit_count(), pi.K):
            return fails(f"{pi.spell(S)} and {pi.spell(T)} have different scales")
    if any(mask.bit_count() in (1, pi.K - 1) for mask in pi.masks) and (apart or not _flat(pi)):
        return fails("a set that cannot be in a group of several, and yet the scales differ")
    return HOLDS


@checks(
    "W8b",
    "the inverse root near balance in balls against the first order, with an explicit bound on the rest",
    Control("the weights 1/f", {"order": Fraction(1)}, UNEQUAL),
    Control("without correction", {"correction": Fraction(0)}, UNEQUAL),
    every=OFTEN,
    labels=8,
)
@decided
def inverse_root_frequencies(
    case: LabelSpectrum, _: Random, order: Fraction = Fraction(1, 2), correction: Fraction = Fraction(1, 2)
) -> Finding:
    r"""W8b: singletons with frequencies :math:`f_k=\frac1K(1+\varepsilon a_k)`: the weights of :math:`h_{\{k\}}` on the
    classifier rows are :math:`\sqrt K(1-\frac\varepsilon2a_k)\tilde e_k+\frac\varepsilon{2\sqrt K}a` to first order.
    For two labels they are uniform whatever the frequencies.

    The deviations ``a`` are those of the class frequencies of the case. As
    :math:`|(1+x)^{-1/2}-1+\frac x2|\le\frac38x^2(1-|x|)^{-5/2}`, the rest is at most
    :math:`\frac38\beta^2(1-\beta)^{-5/2}\sqrt K`, :math:`\beta=\varepsilon\max_k|a_k|`, in every entry. ``order`` is
    the power of :math:`1/f_k`, ``correction`` the factor of the common term.
    """
    pi, K = case.given, case.K
    if pi.cardinality == 0 or len(set(pi.class_counts)) == 1:
        return skips("uniform class frequencies")
    deviations = [K * f / pi.cardinality - 1 for f in pi.frequencies]
    beta = STEP
    epsilon = beta / max(abs(a) for a in deviations)
    near = LabelDistribution.from_masks({1 << k: 1 + epsilon * a for k, a in enumerate(deviations)}, pi.labels)
    geometry = regular_geometry(near, "zero")
    rest = ball(Fraction(3, 8) * beta**2) * arb(K).sqrt() / (1 - ball(beta)) ** ball(Fraction(5, 2))
    for k, a in enumerate(deviations):
        q, contrast = geometry.polar(1 << k), geometry.target(1 << k)
        for j, c in enumerate(q):
            first = (
                ball((1 - order * epsilon * a) * contrast[j] + correction * epsilon * deviations[j] / K) * arb(K).sqrt()
            )
            if abs(c - first) > rest:
                return fails(f"label {pi.labels[k]}: off by {(c - first).str(5)}, more than the second order allows")
    if K == 2 and all(pi.class_counts):
        two = LabelDistribution.from_masks({1: pi.class_counts[0], 2: pi.class_counts[1]}, pi.labels)
        if not _uniform_weights(two):
            return fails("two labels, and yet the weights are not uniform")
    return HOLDS
