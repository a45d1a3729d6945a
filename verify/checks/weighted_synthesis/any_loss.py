r"""Chapter W, checked: the readings of the weighted-synthesis rule, each decided as it reads.

The readings that are about any loss are here; those of the squared loss, of the terminal phase and of scaled averages
are in ``squared_loss``, ``terminal_rules`` and ``scaled_averages``. What is compared are prototypes that the trusted
kernel encloses, or that ``synthesis`` encloses from what it proved where a singleton is virtual.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    HALF_DECIDED,
    NARROW,
    NO_WEIGHTS,
    PARTLY_DECIDED,
    Weights,
    alive,
    checks_in_balls,
    drawn_optimum,
    frequencies,
    largest,
    same,
    together,
)
from verify.exact.balls import Ball, ball, total
from verify.exact.matrices import diagonal, zeros
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import NAIVE, PLAIN
from verify.geometry.spectrum import LabelSpectrum
from verify.model import losses
from verify.model.feature_model import FeatureModel
from verify.model.optimum import CertifiedOptimum, Instance

PARTNERS = 4
"""Prototypes, drawn at random, with which every synthesis is paired."""

Common = Callable[[Prototypes], list[Ball]]


def _frequency_weighted(prototypes: Prototypes) -> list[Ball]:
    r""":math:`\sum_jf_jh_{\{j\}}`."""
    return prototypes.combined(prototypes.pi.frequencies)


def _uniform_mean(prototypes: Prototypes) -> list[Ball]:
    share = (prototypes.pi.cardinality - 1) / prototypes.K
    return prototypes.combined([share] * prototypes.K)


def _nothing(prototypes: Prototypes) -> list[Ball]:
    return zeros(prototypes.K)


MIXED = witness([([0], 4), ([1], 1), ([2], 1), ([0, 1], 2)], 3)


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "W1",
    "certified inner products of prototypes with the classifier rows and with one another, against their synthesis",
    Control("the overlap divided by lambda_H only", {"scale": lambda model: model.lambda_H}, cases.BCE),
    Control("weights that add up to 1 with a free bias", {"sum_of_weights": 1}, cases.PAL_FREE),
    Control("frequencies left out", NO_WEIGHTS, cases.PAL_FREE),
)
def exact_synthesis(
    case: LabelSpectrum,
    rng: Random,
    weights: Weights = frequencies,
    scale: Callable[[FeatureModel], Fraction] = lambda model: model.lam,
    sum_of_weights: int = 0,
) -> Finding:
    r"""W1: every prototype from all, :math:`h_S=\sum_T\omega_{ST}h_T` with
    :math:`\omega_{ST}=\pi_T\langle r_S,r_T\rangle/\lambda`, and from classifier rows,
    :math:`h_S=\frac1{\lambda_H}\sum_kr_{S,k}w_k`; with a free bias :math:`\sum_T\omega_{ST}=0`. The drawn loss and
    bias.

    As inner products with the classifier rows and with some prototypes. ``scale`` is what overlaps are divided by.
    """
    at = alive(drawn_optimum(case))
    omega = at.r * (at.r.transpose() * diagonal(weights(at.model.distribution))) * ball(1 / scale(at.model))
    partners = rng.sample(range(at.n), min(PARTNERS, at.n))
    hh = arb_mat([[at.hh(S, T) for T in partners] for S in range(at.n)])
    from_rows = at.r * at.G * ball(1 / at.model.lambda_H)
    findings = [
        same("h_S and sum r w_k / lambda_H", at.wh.entries(), from_rows.entries()),
        same("<h_S, w_k> and its synthesis", at.wh.entries(), (omega * at.wh).entries()),
        same("<h_S, h_U> and its synthesis", hh.entries(), (omega * hh).entries()),
    ]
    if at.model.free:
        sums = [total(row) for row in omega.tolist()]
        size = largest(a.mid() for a in omega.entries())
        findings.append(same("sum of weights", sums, [arb(sum_of_weights)] * at.n, size))
    return together(findings)


@checks_in_balls(
    "W3b",
    "the mean defect of certified prototypes, real and virtual, against the common correction",
    Control("the uniform correction is right on average", {"common": _uniform_mean}, MIXED),
    Control("no correction is right on average", {"common": _nothing}, MIXED),
    every=PARTLY_DECIDED,
)
def right_on_average(case: LabelSpectrum, _: Random, common: Common = _frequency_weighted) -> Finding:
    r"""W3b: any loss, free bias, any :math:`\lambda`: with a common correction ``t`` the defects
    :math:`h_S-\sum_{k\in S}h_{\{k\}}+(m_S-1)\,t` average to zero iff :math:`(\bar m-1)\,t=\sum_jf_jh_{\{j\}}`.

    ``common`` is what is claimed of :math:`(\bar m-1)\,t`; the drawn loss and regularisation, MSE where that has no
    minimiser.
    """
    drawn = replace(Instance.drawn(case.given), bias="free")
    if not drawn.has_minimiser(case.given):
        drawn = replace(drawn, loss=losses.MSE)
    at = alive(CertifiedOptimum.of(case.given, drawn))
    prototypes, pi = Prototypes.at_optimum(at), at.model.distribution
    mean = zeros(pi.K)
    for mask, weight in zip(pi.masks, frequencies(pi), strict=True):
        defect = zip(prototypes.weights(mask), prototypes.combined(PLAIN.weights(pi, mask)), strict=True)
        mean = [a + ball(weight) * (x - c) for a, (x, c) in zip(mean, defect, strict=True)]
    left = prototypes.logits([a + c for a, c in zip(mean, common(prototypes), strict=True)])
    return same("the mean defect and 0", left, zeros(pi.K), largest(a.mid() for a in at.wh.entries()))


@checks_in_balls(
    "W7",
    "what the best factor leaves of a certified prototype",
    Control("it holds where frequencies are equal", {}, cases.TWO_SIZES, "holds"),
    every=HALF_DECIDED,
)
def frequencies_times_summands(case: LabelSpectrum, _: Random) -> Finding:
    r"""W7, as it reads: :math:`h_S\propto\sum_{k\in S}f_kh_{\{k\}}`, at the drawn loss, bias and :math:`\lambda`, with
    any factor for every label set. The best factor is taken, and the distance that is left enclosed."""
    at = drawn_optimum(case)
    prototypes = Prototypes.at_optimum(at)
    alive = [mask for mask in prototypes.several if prototypes.norm(prototypes.weights(mask)) > 0]
    if not alive:
        return skips("no label set of two labels or more that is alive")
    wide = False
    for mask in alive:
        left = NAIVE.deviation(prototypes, mask)
        if left > 0:
            return fails(f"{case.given.spell(mask)}: at the best factor {left.str(5)} of the prototype is left")
        wide = wide or not left < ball(NARROW)
    return skips("whether prototypes are proportional is not determined") if wide else HOLDS
