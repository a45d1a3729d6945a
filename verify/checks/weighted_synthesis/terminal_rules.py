r"""Chapter W, cross entropy as :math:`\lambda\to0`: the rules from singleton prototypes.

A limit is not decided by looking at a sequence. Where the sign condition of T1 certainly holds, ``terminal`` encloses
the optimum at :math:`\lambda=e^{-2\cdot10^{12}}` without solving for it. There a rule that holds in the limit misses by
a constant over :math:`\tau=10^{12}`, and one that does not by a number that does not shrink: the two are told apart
with certainty, at ``NARROW``. The limits themselves are rational, so that rules with rational weights are decided on
them exactly as well; and at the drawn :math:`\lambda` the enclosure must meet that of the trusted kernel.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from random import Random

from flint import arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import NARROW, checks_in_balls, largest, together
from verify.exact.balls import ball
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, MEAN, PLAIN, deviation_of
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import TinyPenalty, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

TAU = 10**12
r"""The penalty at which limits are decided is :math:`e^{-2\tau}`: what is dropped, a few logarithms over :math:`\tau`,
is far below ``NARROW``, and the gap of the polar point, about :math:`\tau^{-2}`, far above the working precision."""

Weigh = Callable[[LabelDistribution, int], Sequence[Fraction]]


@lru_cache(maxsize=16)
def in_the_limit(pi: LabelDistribution, bias: Bias, loss: Loss = PAL_CE, decay: Fraction | None = None) -> Prototypes:
    r"""Prototypes at :math:`\lambda=e^{-2\tau}`, and :math:`\lambda_b\tau/\mu` equal to ``decay`` if there is one.

    Raises:
        UnenclosedError: the moment is singular on contrasts, or the sign condition is not certain.
    """
    return Prototypes.at_tiny_penalty(TinyPenalty.of(pi, bias, TAU, loss, None if decay is None else ball(decay)))


# ---------------------------------------------------------------------- rules from singleton prototypes


def rule_in_the_limit(
    case: LabelSpectrum, bias: Bias, weigh: Weigh, loss: Loss = PAL_CE, decay: Fraction | None = None
) -> Finding:
    """Whether a rule with rational weights holds in the limit, for every label set of two labels or more."""
    pi = loss.sees(case.given)
    prototypes, geometry = in_the_limit(pi, bias, loss, decay), regular_geometry(pi, bias, loss)
    if not prototypes.several:
        return skips("singletons only: nothing to synthesise")
    limits = [geometry.target(1 << k) for k in range(pi.K)]
    for mask in prototypes.several:
        weights = weigh(pi, mask)
        miss = deviation_of(prototypes, mask, prototypes.combined(weights))
        made = [sum((c * z[j] for c, z in zip(weights, limits, strict=True)), Fraction(0)) for j in range(pi.K)]
        exact = made == geometry.target(mask)
        if miss > ball(NARROW) or not exact:
            return fails(f"{pi.spell(mask)}: at lambda = exp(-2e12) the synthesis is off by {miss.str(5)}")
        if not miss < ball(NARROW):
            return skips(f"{pi.spell(mask)}: the deviation is only known to be {miss.str(3)}")
    return HOLDS


def meets_the_kernel(case: LabelSpectrum, bias: Bias, loss: Loss = PAL_CE) -> Finding:
    """The enclosure of the terminal phase at the drawn penalty contains the optimum that the kernel certified."""
    drawn = replace(Instance.drawn(case.given), loss=loss, bias=bias)
    tau = -ball(drawn.lambda_W * drawn.lambda_H).log() / 2
    try:
        near = TinyPenalty.of(loss.sees(case.given), bias, tau, loss)
    except UnenclosedError:
        return HOLDS  # the polar point is not in the domain yet: nothing is said
    at = CertifiedOptimum.of(case.given, drawn)
    for z, row in zip(at.z.tolist(), near.logits, strict=True):
        for a, c in zip(z, row, strict=True):
            if not (a / tau).overlaps(c):
                return fails(f"certified logit {a.str(8)}, but {(c * tau).str(8)} by the gap of the polar point")
    return HOLDS


# ---------------------------------------------------------------------- the checks


def _averages(pi: LabelDistribution, mask: int) -> list[Fraction]:
    return [a / mask.bit_count() for a in PLAIN.weights(pi, mask)]


def _by_frequency(pi: LabelDistribution, mask: int) -> list[Fraction]:
    return [a * f for a, f in zip(PLAIN.weights(pi, mask), pi.frequencies, strict=True)]


def whole_share(pi: LabelDistribution, mask: int) -> list[Fraction]:
    """A false rule: m/K of the sum of all prototypes is taken off."""
    return [a - Fraction(mask.bit_count(), pi.K) for a in PLAIN.weights(pi, mask)]


def weighted_mean(pi: LabelDistribution, mask: int) -> list[Fraction]:
    """A false rule: the mean is that of class frequencies, (m - 1)/mbar of it."""
    share = (mask.bit_count() - 1) / pi.cardinality
    return [a - share * f for a, f in zip(PLAIN.weights(pi, mask), pi.frequencies, strict=True)]


TILTED = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)


@checks_in_balls(
    "W3",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums", {"weigh": PLAIN.weights}, TILTED),
    Control("the mean weighted by class frequencies", {"weigh": weighted_mean}, TILTED),
)
def frequency_weighted_rule(case: LabelSpectrum, _: Random, weigh: Weigh = FREQUENCY.weights) -> Finding:
    r"""W3: PAL-CE, free bias, :math:`\bar m\ne1`, :math:`\lambda\to0` under the sign condition:
    :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}` in the limit."""
    return together([rule_in_the_limit(case, "free", weigh), meets_the_kernel(case, "free")])


@checks_in_balls(
    "W3a",
    "certified prototypes at lambda = exp(-2e12) against the synthesis, and their rational limits exactly",
    Control("plain sums without the mean", {"weigh": PLAIN.weights}, TILTED),
    Control("m_S/K in place of (m_S - 1)/K", {"weigh": whole_share}, TILTED),
    Control("the mean weighted by class frequencies", {"weigh": weighted_mean}, TILTED),
    Control("unique up to multiples of 1 - K f/m-bar", {"null": lambda pi: pi.K / pi.cardinality}, TILTED),
)
def measured_from_the_mean(
    case: LabelSpectrum,
    _: Random,
    weigh: Weigh = MEAN.weights,
    null: Callable[[LabelDistribution], Fraction] | None = None,
) -> Finding:
    r"""W3a: in the situation of W3, :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}K\sum_jh_{\{j\}}` in the limit, and
    weights are unique up to multiples of :math:`1-\frac K{\bar m-1}f`: that combination vanishes, and singleton
    prototypes have rank :math:`K-1`. ``null`` is the factor of ``f`` in it."""
    pi = case.pi
    found = rule_in_the_limit(case, "free", weigh)
    if found.state != "holds":
        return found
    prototypes = in_the_limit(pi, "free")
    factor = Fraction(pi.K) / (pi.cardinality - 1) if null is None else null(pi)
    vanishing = prototypes.combined([1 - factor * f for f in pi.frequencies])
    size = largest(a.mid() for k in range(pi.K) for a in prototypes.weights(1 << k))
    if prototypes.norm(vanishing) > ball(NARROW) * prototypes.norm(prototypes.weights(1)):
        return fails("the combination of singleton prototypes that should vanish does not")
    # independent modulo the ones: with a row of ones the matrix of weights is invertible
    rows = [prototypes.weights(1 << k) for k in range(pi.K - 1)] + [[size] * pi.K]
    return HOLDS if arb_mat(rows).det() != 0 else skips("the rank of the singleton prototypes is not determined")


@checks_in_balls(
    "W4",
    "certified prototypes at lambda = exp(-2e12) against plain sums, and their rational limits exactly",
    Control("averages", {"weigh": _averages}, TILTED),
    Control("weights by class frequencies", {"weigh": _by_frequency}, TILTED),
    Control("the rule of the free bias", {"weigh": FREQUENCY.weights}, TILTED),
)
def plain_sums(case: LabelSpectrum, _: Random, weigh: Weigh = PLAIN.weights) -> Finding:
    r"""W4: PAL-CE, no bias, :math:`\lambda\to0` under the sign condition: :math:`h_S=\sum_{k\in S}h_{\{k\}}` in the
    limit, whatever the imbalance."""
    return together([rule_in_the_limit(case, "zero", weigh), meets_the_kernel(case, "zero")])
