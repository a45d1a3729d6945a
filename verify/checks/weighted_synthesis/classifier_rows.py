r"""Chapter W, from classifier rows: the inverse square root of the label covariance, and when it is one constant.

What is said of a limit is decided at :math:`\lambda=e^{-2\cdot10^{12}}` (``terminal_rules``); what is said of the
inverse root itself, at any rank, exactly or in balls.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, fmpq, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import NARROW, OFTEN, checks_in_balls, largest, together
from verify.checks.terminal_phase.explicit_errors import TINY, at_an_optimum
from verify.checks.terminal_phase.logarithmic_approach import PICKED
from verify.checks.weighted_synthesis.terminal_rules import TILTED, in_the_limit
from verify.exact.balls import Ball, Balls, ball, centered, dot, total
from verify.exact.matrices import applied
from verify.geometry.polar import is_flat
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.geometry.tiny_penalty import CENTERINGS, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.model.feature_model import Bias

Column = Callable[[LabelDistribution, Bias, int], list[Ball]]
Flat = Callable[[LabelDistribution], bool]


def _polar_column(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return regular_geometry(pi, bias).polar(mask)


def _flat_on_its_range(pi: LabelDistribution) -> bool:
    r"""Whether :math:`\Sigma^2=a\Sigma` for some ``a``, exactly."""
    return is_flat(Spectrum.of(pi))


def _multiple_of_the_centering(pi: LabelDistribution) -> bool:
    spectrum = Spectrum.of(pi)
    return spectrum.is_multiple_of_centering(spectrum.trace / (pi.K - 1))


# ---------------------------------------------------------------------- the limit


def _weights_in_the_limit(pi: LabelDistribution, bias: Bias, column: Column) -> Finding:
    try:
        prototypes = in_the_limit(pi, bias)
    except UnenclosedError:
        return HOLDS  # the sign condition or the rank is missing: of the limit nothing is said
    findings = ((mask, _same_up_to_a_constant(prototypes.weights(mask), column(pi, bias, mask))) for mask in pi.masks)
    return together(replace(found, note=f"{bias} bias, {pi.spell(mask)}: {found.note}") for mask, found in findings)


def _same_up_to_a_constant(x: Balls, y: Balls) -> Finding:
    x, y = centered(x), centered(y)
    size = largest(a.mid() for a in x)
    worst = arb(0)
    for a, c in zip(x, y, strict=True):
        worst = worst.max(abs(a - c))
    if worst > ball(NARROW) * size:
        return fails(f"weights on the classifier rows are off by {(worst / size).str(5)}")
    return HOLDS if worst < ball(NARROW) * size else skips("weights on the classifier rows are not determined")


def _can_be_the_limit(geometry: TerminalGeometry) -> bool:
    r"""Whether :math:`r_S/\mu` can tend to :math:`\Sigma^{+1/2}y_S`, strict signs assumed.

    For residuals :math:`\mu q` the dual value grows, as :math:`\lambda\to0`, first with
    :math:`\sum_S\pi_Sq_S^\top y_S` and then with the entropy :math:`-\sum_S\pi_S\sum_{j\notin S}a_{S,j}\log a_{S,j}`
    of the entries :math:`a=-q` off the sets. If :math:`\Sigma` annihilates a contrast ``x``, then :math:`q_S` plus
    :math:`t\nu_Sx`, with :math:`\sum_S\pi_S\nu_S\tilde y_S=0` (and mean 0, with a free bias) and small ``t``, is as
    good to leading order and still feasible. An entropy with a slope along it is certainly no largest one, and
    :math:`\mu q` stays away from the optimum.
    """
    pi, K = geometry.pi, geometry.K
    logs = [
        [arb(0) if here else (-a).log() for a, here in zip(geometry.polar(mask), y, strict=True)]
        for mask, y in zip(pi.masks, pi.rows, strict=True)
    ]
    level = int(geometry.centering == "mean")
    weighted = fmpq_mat(
        [[fmpq(w * a) for a in (*geometry.vector(m), level)] for m, w in zip(pi.masks, pi.weights, strict=True)]
    )
    contrasts: list[list[Any]] = [*geometry.moment.tolist(), [1] * K]
    unseen = _null_space(fmpq_mat([[fmpq(int(a)) for a in row] for row in contrasts]))
    return not any(
        total(ball(Fraction(int(share.p), int(share.q)) * w) * _paired(x, row) for share, w, row in rows) != 0
        for x in unseen
        for shares in _null_space(weighted.transpose())
        for rows in [list(zip(shares, pi.weights, logs, strict=True))]
    )


def _paired(x: Sequence[fmpq], row: Balls) -> Ball:
    return total(arb(a) * c for a, c in zip(x, row, strict=True))


def _null_space(A: fmpq_mat) -> Iterator[list[fmpq]]:
    """A basis of the vectors that a rational matrix sends to 0."""
    reduced, rank = A.rref()
    pivots = [next(j for j in range(A.ncols()) if reduced[i, j] != 0) for i in range(rank)]
    for free in (j for j in range(A.ncols()) if j not in pivots):
        vector = [fmpq(int(j == free)) for j in range(A.ncols())]
        for i, pivot in enumerate(pivots):
            vector[pivot] = -reduced[i, free]
        yield vector


def _weights_at(case: LabelSpectrum, rng: Random, share: Fraction, lam: Fraction | None) -> Finding:
    r"""Weights at a certified optimum: :math:`\pi_Sx^\top\hat Gx` and the error."""
    try:
        at, near = at_an_optimum(case, rng, lam, PICKED)
    except UnenclosedError:
        return HOLDS  # the sign condition is missing, or an optimum: nothing is said
    mu = ball(at.model.lam).sqrt()
    for w, q, r in zip(at.pi, near.columns, at.r.tolist(), strict=True):
        x = [a / mu - c for a, c in zip(r, q, strict=True)]
        off = ball(w) * dot(x, applied(at.G, x)) * ball(at.model.lambda_W) / mu
        if off > ball(share) * near.error:
            return fails(f"weights on the rows are {off.str(6)} off, more than {(ball(share) * near.error).str(6)}")
    return HOLDS


# ---------------------------------------------------------------------- uniform weights


def _factors(geometry: TerminalGeometry) -> list[Ball] | None:
    r"""The :math:`\alpha_S` with :math:`\Sigma^{+1/2}y_S=\alpha_S\tilde y_S`, or ``None`` if some ``S`` certainly has
    none."""
    found = []
    for mask in geometry.pi.masks:
        ratios = [a / ball(c) for a, c in zip(geometry.polar(mask), geometry.target(mask), strict=True)]
        if not all(a.overlaps(c) for a in ratios for c in ratios):
            return None
        found.append(ratios[0])
    return found


def _uniform_weights(pi: LabelDistribution) -> bool:
    r"""Whether :math:`\Sigma^{+1/2}y_S=\alpha\tilde y_S` for all ``S``, with one :math:`\alpha`; by balls."""
    factors = _factors(TerminalGeometry.of(pi))
    return factors is not None and all(a.overlaps(c) for a in factors for c in factors)


def _eigenvectors(pi: LabelDistribution) -> bool:
    r"""Whether every :math:`\tilde y_S` is an eigenvector of :math:`\Sigma`, exactly."""
    geometry = TerminalGeometry.of(pi)
    for v in map(geometry.vector, pi.masks):
        image = [sum(int(a) * c for a, c in zip(row, v, strict=True)) for row in geometry.moment.tolist()]
        if any(image[j] * v[k] != image[k] * v[j] for j in range(pi.K) for k in range(j)):
            return False
    return True


# ---------------------------------------------------------------------- the checks


def _other_bias(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return regular_geometry(pi, "free" if bias == "zero" else "zero").polar(mask)


def _one_constant(pi: LabelDistribution, bias: Bias, mask: int) -> list[Ball]:
    return [ball(a) for a in regular_geometry(pi, bias).target(mask)]


STEP = Fraction(1, 2**12)
"""How far from balance W8b is looked at: the second order is a thousand times smaller than the first."""

ALONE = witness([([0], 1)], 3)
# strict signs, rank 3 of 4
UNSEEN = witness([([0, 4], 1), ([0, 2, 3], 1), ([1, 2, 4], 1), ([1, 4], 1), ([0, 3], 6)], 5)
# pairs across two triples, and the triples: the second moment has two eigenvalues, 2/9 and 1/2, say, by the weights
SPLIT = witness([*(([i, j], 1) for i in range(3) for j in range(3, 6)), ([0, 1, 2], 3), ([3, 4, 5], 3)], 6)


@checks_in_balls(
    "W8",
    "certified weights on the classifier rows at lambda = exp(-2e12) against the inverse root, both bias models, and "
    "at larger penalties with the error; whether they are uniform, at any rank",
    Control("uniform weights for an imbalanced distribution", {"column": _one_constant}, TILTED),
    Control("the weights of the other treatment of the bias", {"column": _other_bias}, TILTED),
    Control("a flat spectrum without uniform weights", {"flat": lambda _pi: True}, TILTED),
    Control("uniform weights only if Sigma is a multiple of P", {"flat": _multiple_of_the_centering}, ALONE),
    Control("a hundredth of the error", {"share": Fraction(1, 100), "lam": TINY}, TILTED),
    Control("the inverse root is the limit at any rank", {"at_any_rank": True}, UNSEEN),
)
def rule_from_rows(
    case: LabelSpectrum,
    rng: Random,
    column: Column = _polar_column,
    flat: Flat = _flat_on_its_range,
    at_any_rank: bool = False,
    share: Fraction = Fraction(1),
    lam: Fraction | None = None,
) -> Finding:
    r"""W8: PAL-CE, under the strict sign condition: for :math:`x=r_S/\mu-q_S`, :math:`q_S=\Sigma^{+1/2}y_S` (free bias:
    :math:`\Sigma_C^{+1/2}(y_S-f)`), :math:`\pi_Sx^\top\hat Gx\le E`, so at rank :math:`K-1` the weights of :math:`h_S`
    on the classifier rows tend to :math:`q_S`, up to a common constant. At any rank: :math:`\Sigma^{+1/2}y_S` is one
    constant :math:`\alpha` on ``S``, up to a common constant, for every ``S``, iff :math:`\alpha^2\Sigma^2=\Sigma`.

    The weights at :math:`\lambda=e^{-2\tau}` in balls, for both treatments of the bias, each where it meets the
    hypotheses; flatness exactly. ``at_any_rank`` drops the rank, ``share`` multiplies the error.
    """
    pi = case.pi
    uniform, expected = _uniform_weights(pi), flat(pi)
    if uniform != expected:
        return fails(f"weights are {'' if uniform else 'not '}uniform, but Sigma is {'' if expected else 'not '}flat")
    for centering in CENTERINGS.values() if at_any_rank else ():
        geometry = TerminalGeometry.of(pi, centering)
        if geometry.sign.verdict == "strict" and not geometry.full_rank and not _can_be_the_limit(geometry):
            return fails(f"rank {geometry.rank}: the dual value grows along residuals that leave mu Sigma^(+1/2) y_S")
    limits = [_weights_in_the_limit(pi, bias, column) for bias in CENTERINGS]
    return together([*limits, _weights_at(case, rng, share, lam)])


@checks_in_balls(
    "W8a",
    "the inverse root in balls against exact eigenvectors and exact intersections, at any rank",
    Control("only if the spectrum is flat", {"criterion": _flat_on_its_range}, SPLIT),
    Control("disjoint sets across groups", {"across": lambda *_: Fraction(0)}, SPLIT),
    Control("with a singleton only if Sigma is a multiple of P", {"flat": _multiple_of_the_centering}, ALONE),
    every=OFTEN,
    labels=8,
)
def uniform_rows(
    case: LabelSpectrum,
    _: Random,
    criterion: Flat = _eigenvectors,
    across: Callable[[int, int, int], Fraction] = lambda m, other, K: Fraction(m * other, K),
    flat: Flat = _flat_on_its_range,
) -> Finding:
    r"""W8a: every :math:`\Sigma^{+1/2}y_S` is one constant on ``S``, up to a common constant, iff every
    :math:`\tilde y_S` is an eigenvector of :math:`\Sigma`. Sets with different constants have
    :math:`|S\cap T|=m_Sm_T/K`; with a singleton or a set of :math:`K-1` labels in the support there is one constant
    only, and :math:`\Sigma^2=a\Sigma`.

    :math:`\Sigma^{+1/2}y_S` in balls, against exact eigenvectors and intersections. ``across`` is the number of common
    labels.
    """
    pi = case.pi
    factors = _factors(TerminalGeometry.of(pi))
    if (factors is not None) != criterion(pi):
        return fails(f"weights are {'not ' if factors is None else ''}uniform on the labels of each set")
    if factors is None:
        return HOLDS
    scaled = list(zip(pi.masks, factors, strict=True))
    apart = [(S, T) for S, a in scaled for T, c in scaled if not a.overlaps(c)]
    for S, T in apart:
        if (S & T).bit_count() != across(S.bit_count(), T.bit_count(), pi.K):
            return fails(f"{pi.spell(S)} and {pi.spell(T)} have different scales")
    if any(mask.bit_count() in (1, pi.K - 1) for mask in pi.masks) and (apart or not flat(pi)):
        return fails("a set that cannot be in a group of several, and yet the scales differ, or Sigma is not flat")
    return HOLDS


@checks_in_balls(
    "W8b",
    "the inverse root near balance in balls against the first order, with an explicit bound on the rest",
    Control("the weights 1/f_k", {"order": Fraction(1)}, cases.UNEQUAL),
    Control("the weights f_k^{-1/2} without correction", {"correction": Fraction(0)}, cases.UNEQUAL),
    every=OFTEN,
    labels=8,
)
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
            level = (1 - order * epsilon * a) * contrast[j] + correction * epsilon * deviations[j] / K
            first = ball(level) * arb(K).sqrt()
            if abs(c - first) > rest:
                return fails(f"label {pi.labels[k]}: off by {(c - first).str(5)}, more than the second order allows")
    if K == 2 and all(pi.class_counts):
        two = LabelDistribution.from_masks({1: pi.class_counts[0], 2: pi.class_counts[1]}, pi.labels)
        if not _uniform_weights(two):
            return fails("two labels, and yet the weights are not uniform")
    return HOLDS
