r"""Chapter O, checked at certified optima: tag-wise averaging under perfect orthogonality, and the converse.

The scalars of O1 are found in ``tagwise``, by nothing that the solver uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

from flint import arb, arb_mat

from verify.balls import Ball, ball, total
from verify.checks.enclosures import (
    BALANCED,
    FEW_LABELS,
    ONE_OFF,
    PERCENT,
    SELDOM,
    TWO_PAIRS,
    TWO_SIZES,
    below,
    decided,
    frequencies,
    frobenius,
    largest,
    pal_optimum,
    projection,
    same,
    together,
)
from verify.checks.tagwise import Gain, Value, balanced_threshold, entropy_bound, log_ratio, shrinkage, tag_wise
from verify.evidence import HOLDS, Check, Control, Finding, fails, skips
from verify.optimum import CertifiedOptimum, Instance, indicators, second_moment
from verify.spectrum import LabelSpectrum, balanced_value

__all__ = ["CHECKS"]


# ---------------------------------------------------------------------- O1


@decided
def tag_wise_averaging(
    case: LabelSpectrum,
    _: Random,
    value: Value = balanced_value,
    law: Gain = log_ratio,
    share: Callable[[int], Fraction] = lambda _m: Fraction(1),
    scalar: Callable[[dict[int, Ball], int], Ball] = lambda c, m: c[m],
) -> Finding:
    r"""O1: under perfect orthogonality the optimum is :math:`G=gP`, :math:`r_S=c_m\tilde y_S`, with the scalars and the
    value of the scalar system, enclosed in balls; prototypes are scaled tag-wise averages.

    ``share`` times the sum over the labels of the set is what is averaged; ``scalar`` picks the scalar of a
    multiplicity.
    """
    if not all(case.perfectly_orthogonal(m) for m in case.parts):
        return skips("not perfectly orthogonal at every multiplicity")
    pi, K = case.pi, case.K
    drawn = below(_pal_instance(case), balanced_threshold(pi.multiplicities, K))
    at, lam, lambda_H = CertifiedOptimum.of(case.given, drawn), drawn.lambda_W * drawn.lambda_H, ball(drawn.lambda_H)
    scalars = tag_wise(pi.multiplicities, K, lam, value, law)
    c = {m: scalar(scalars.c, m) for m in scalars.c}
    centered = [[ball(Fraction(a * K - m, K)) for a in y] for y, m in zip(at.y, pi.sizes, strict=True)]
    residuals = [c[m] * a for row, m in zip(centered, pi.sizes, strict=True) for a in row]
    entropy = total(ball(mass) * entropy_bound(K, m, c[m]) for m, mass in pi.multiplicities.items())
    sums = (arb_mat([[arb(a) for a in row] for row in at.y]) * at.G).tolist()
    averages = [c[m] / lambda_H * ball(share(m)) * a for row, m in zip(sums, pi.sizes, strict=True) for a in row]
    findings = [
        same("G and g P", at.G.entries(), (projection(K) * (scalars.gain * lambda_H)).entries()),
        same("r_S and c_m y~_S", at.r.entries(), residuals),
        same("min F and the entropy", [at.value], [entropy]),
        same("h_S and c_m/lambda_H sum w_k", at.wh.entries(), averages),
    ]
    if len(pi.multiplicities) == 1:
        (m,) = pi.multiplicities
        findings.append(same("c and sqrt(lambda/kappa-bar)", [c[m]], [ball(lam / value(K, m)).sqrt()]))
    if 1 in pi.multiplicities and len(case.parts[1].masks) == K:
        single = {mask: row for mask, row in zip(pi.masks, at.wh.tolist(), strict=True) if mask.bit_count() == 1}
        rows = zip(pi.masks, pi.sizes, at.wh.tolist(), strict=True)
        for mask, m, row in rows:
            members = [single[1 << k] for k in range(K) if mask >> k & 1]
            synthesis = [c[m] / c[1] * ball(share(m)) * total(column) for column in zip(*members, strict=True)]
            findings.append(same("h_S and c_m/c_1 sum h_k", row, synthesis, largest(a.mid() for a in at.wh.entries())))
    return together(findings)


def _pal_instance(case: LabelSpectrum) -> Instance:
    """The drawn regularisation with PAL-CE; the bias stays free where O1 says that changes nothing."""
    drawn = replace(Instance.drawn(case.given), loss="pal")
    uniform = all(len(set(part.class_counts)) == 1 for part in case.parts.values())
    return drawn if uniform and drawn.has_minimiser(case.given) else replace(drawn, bias="zero")


# ---------------------------------------------------------------------- O2


@decided
def converse_of_averaging(
    case: LabelSpectrum,
    _: Random,
    orthogonal: Callable[[LabelSpectrum, int], bool] = lambda case, m: case.perfectly_orthogonal(m),
    square: Callable[[Ball], Ball] = lambda c: c * c,
    factor: Fraction = Fraction(1),
) -> Finding:
    r"""O2: if :math:`G=gP` then :math:`\sum_m\pi_mc_m^2\Sigma_m=\lambda P`; for one multiplicity that is perfect
    orthogonality. PAL-CE, zero bias.

    That ``G`` is *not* a multiple of ``P`` can be certified, and for one multiplicity must agree with the exact
    decision about orthogonality. That it is one can be certified up to a distance :math:`\Delta` only. Then by strong
    concavity of the dual :math:`\|r_S-c_m\tilde y_S\|\le\frac m2\frac\Delta{\lambda_H}\|c_m\tilde y_S\|`, and U8 with
    residuals moved by that much must still be possible.
    """
    pi, K = case.pi, case.K
    at = pal_optimum(case)
    g = at.G.trace() / (K - 1)
    multiple = same("G and g P", at.G.entries(), (projection(K) * g).entries())
    if multiple.state == "skips":
        return multiple
    if len(pi.multiplicities) == 1:
        (m,) = pi.multiplicities
        if multiple.state == "fails":
            return fails("held orthogonal, but G is certainly no multiple of P") if orthogonal(case, m) else HOLDS
        if not orthogonal(case, m):
            return skips("G cannot be told from a multiple of P")
    elif multiple.state == "fails":
        return HOLDS
    return _isotropic_up_to(at, case, g, square, factor)


def _isotropic_up_to(
    at: CertifiedOptimum, case: LabelSpectrum, g: Ball, square: Callable[[Ball], Ball], factor: Fraction
) -> Finding:
    pi, K, lam = case.pi, case.K, at.model.lam * factor
    gain, distance = g / ball(at.model.lambda_H), frobenius(at.G - projection(K) * g).upper()
    c = {m: shrinkage(K, m, gain) for m in pi.multiplicities}
    moment, slack = arb_mat(K, K), arb(0)
    for m, mass in pi.multiplicities.items():
        part = case.parts[m]
        rows = [[a - Fraction(m, K) for a in y] for y in indicators(part)]
        moment += arb_mat(second_moment(frequencies(part), rows)) * (ball(mass) * square(c[m]))
        size = c[m] * ball(Fraction(m * (K - m), K)).sqrt()  # |c y~|
        moved = ball(Fraction(m, 2)) * distance / ball(at.model.lambda_H) * size
        slack += ball(mass) * (2 * size + moved) * moved
    slack = slack.upper()
    loose = [a + arb(0).union(slack).union(-slack) for a in moment.entries()]
    return same("sum pi c^2 Sigma and lambda P", loose, (projection(K) * ball(lam)).entries())


# ---------------------------------------------------------------------- the checks


def _uniform_frequencies(case: LabelSpectrum, m: int) -> bool:
    return len(set(case.parts[m].class_counts)) == 1


CHECKS: tuple[Check[LabelSpectrum], ...] = (
    Check(
        "O1",
        "certified G, residuals, prototypes and value against the scalar system, enclosed in balls",
        tag_wise_averaging,
        (
            Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, BALANCED),
            Control("K - 1 for K", {"law": lambda K, m, c: (1 + (K - 1) * (1 - c) / (m * c)).log()}, BALANCED),
            Control("plain average", {"share": lambda m: Fraction(1, m)}, TWO_SIZES),
            Control("one scalar for all multiplicities", {"scalar": lambda c, _: c[min(c)]}, TWO_SIZES),
        ),
        SELDOM,
        7,
    ),
    Check(
        "O2",
        "G certainly not a multiple of P against exact orthogonality; where it may be one, U8 with the scalars of O1",
        converse_of_averaging,
        (
            Control("uniform class frequencies are enough", {"orthogonal": _uniform_frequencies}, TWO_PAIRS),
            Control("c for its square", {"square": lambda c: c}, BALANCED),
            Control("lambda 1 % too large", ONE_OFF, TWO_SIZES),
        ),
        SELDOM,
        FEW_LABELS,
    ),
)
"""The checks of O1 and O2."""
