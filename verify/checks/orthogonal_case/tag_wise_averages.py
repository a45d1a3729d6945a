r"""Chapter O, checked at certified optima: tag-wise averaging under perfect orthogonality, and the converse.

The scalars of O1 are found in ``tagwise``, by nothing that the solver uses.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from math import comb, factorial
from random import Random
from typing import Any

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    PERCENT,
    below,
    checks_in_balls,
    collapse_residuals,
    frequencies,
    largest,
    same,
    together,
)
from verify.exact.balls import Ball, ball, total
from verify.exact.matrices import frobenius, identity, projection
from verify.exact.rationals import second_moment
from verify.geometry.spectrum import LabelSpectrum, balanced_value
from verify.geometry.tagwise import Gain, Value, balanced_threshold, entropy_bound, log_ratio, shrinkage, tag_wise
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import members
from verify.model.feature_model import AnyBias
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance

BiasOf = Callable[[LabelSpectrum, AnyBias], AnyBias]


def uniform_frequencies(case: LabelSpectrum, m: int) -> bool:
    """Whether all classes are equally frequent among the label sets of a multiplicity."""
    return len(set(case.parts[m].class_counts)) == 1


def where_uniform(case: LabelSpectrum, drawn: AnyBias) -> AnyBias:
    """The drawn bias where a free one changes nothing: with uniform class frequencies at every multiplicity."""
    return drawn if all(uniform_frequencies(case, m) for m in case.parts) else "zero"


ANY_BIAS: dict[str, BiasOf] = {"bias": lambda _case, _drawn: "free"}
"""A false law: a free bias changes nothing, whatever the class frequencies."""


def instance_of(case: LabelSpectrum, bias: BiasOf, threshold: Fraction) -> Instance:
    r"""PAL-CE with the drawn regularisation, :math:`\lambda` brought below the threshold."""
    drawn = Instance.drawn(case.given)
    wanted = below(replace(drawn, loss=PAL_CE, bias=bias(case, drawn.bias)), threshold)
    return wanted if wanted.has_minimiser(case.given) else replace(wanted, bias="zero")


def optimum_of(case: LabelSpectrum, bias: BiasOf) -> CertifiedOptimum:
    r"""The optimum of that instance below the threshold :math:`\mathrm K` of full collapse."""
    threshold = case.overall.largest.enclosure(Fraction(1, 10**9)).lower
    return CertifiedOptimum.of(case.given, instance_of(case, bias, threshold))


def _tag_wise_up_to(
    at: CertifiedOptimum, case: LabelSpectrum, g: Ball, square: Callable[[Ball], Ball], shape: Any
) -> Iterator[Finding]:
    gain, distance = g / ball(at.model.lambda_H), frobenius(at.G - projection(case.K) * g).upper()
    c = {m: shrinkage(case.K, m, gain) for m in case.pi.multiplicities}
    sizes = [c[m] * ball(Fraction(m * (case.K - m), case.K)).sqrt() for m in case.pi.sizes]  # |c y~|
    half = [ball(Fraction(m, 2)) for m in case.pi.sizes]
    shifts = [a * distance / ball(at.model.lambda_H) for a in sizes]
    energy = _length(at, half, shifts)
    # without a bias the label sets are apart, with one they share its condition and only the mean is bounded
    shared = [(a / ball(w)).sqrt() * energy for w, a in zip(at.pi, half, strict=True)]
    moved = [a.upper() for a in (shared if at.model.free else [a * b for a, b in zip(half, shifts, strict=True)])]
    rows = zip(case.pi.sizes, collapse_residuals(case.pi, PAL_CE, "zero"), moved, strict=True)
    multiples = [loosened(c[m] * ball(a), by) for m, row, by in rows for a in row]
    yield same("r_S and c_m y~_S", at.r.entries(), multiples)
    slack = (2 * _length(at, half, sizes) * energy + ball(Fraction(max(case.pi.sizes), 2)) * energy * energy).upper()
    moment = [loosened(a, slack) for a in combined(case, c, square).entries()]
    yield same("sum pi c^2 Sigma and lambda P", moment, shape.entries())


def _length(at: CertifiedOptimum, half: Sequence[Ball], sizes: Sequence[Ball]) -> Ball:
    r""":math:`(\sum_S\pi_S\frac{m_S}2a_S^2)^{1/2}`: of what moves ``G`` times the residuals it bounds how far these
    move, in the mean, as the dual is strongly concave in :math:`r_S` with modulus :math:`\frac{2\pi_S}{m_S}`."""
    return total(ball(w) * a * b * b for w, a, b in zip(at.pi, half, sizes, strict=True)).sqrt()


def loosened(x: Ball, by: Ball) -> Ball:
    """Every number that is within ``by`` of ``x``."""
    return x + arb(0).union(by).union(-by)


# ---------------------------------------------------------------------- O2a


def orthogonal(case: LabelSpectrum) -> bool:
    """Perfect orthogonality at every multiplicity."""
    return all(map(case.perfectly_orthogonal, case.parts))


def combined(case: LabelSpectrum, c: Mapping[int, Ball], square: Callable[[Ball], Ball]) -> Any:
    r""":math:`\sum_m\pi_mc_m^2\Sigma_m`."""
    moment = arb_mat(case.K, case.K)
    for m, mass in case.pi.multiplicities.items():
        part = case.parts[m]
        exact = second_moment(frequencies(part), collapse_residuals(part, PAL_CE, "zero"))
        moment += arb_mat(exact) * (ball(mass) * square(c[m]))
    return moment


def _is_isotropic(
    case: LabelSpectrum, lam: Fraction, value: Value = balanced_value, square: Callable[[Ball], Ball] = lambda c: c * c
) -> Finding:
    r"""Whether :math:`\sum_m\pi_mc_m^2\Sigma_m=\lambda P` with the scalars of O1."""
    c = tag_wise(case.pi.multiplicities, case.K, lam, value, log_ratio).c
    isotropic = projection(case.K) * ball(lam)
    return same("sum pi c^2 Sigma and lambda P", combined(case, c, square).entries(), isotropic.entries())


def _is_etf(at: CertifiedOptimum) -> Finding:
    g = at.G.trace() / (at.K - 1)
    return same("G and g P", at.G.entries(), (projection(at.K) * g).entries())


Condition = Callable[[LabelSpectrum, Fraction], Finding]


@lru_cache(maxsize=1)
def _undone_to_many_digits() -> bool:
    r"""Three labels at :math:`\lambda=\frac1{50}`: singletons moved off balance and pairs moved back, in the ratio
    :math:`\pi_1c_1^2/(\pi_2c_2^2)` to 40 bits. Neither is orthogonal, and ``G`` is ``gP`` to ten digits."""
    half, lam, move = Fraction(1, 2), Fraction(1, 50), Fraction(1, 20)
    c = tag_wise({1: half, 2: half}, 3, lam, balanced_value, log_ratio).c
    back = move * Fraction(round(float((c[1] / c[2]).mid()) ** 2 * 2**40), 2**40)
    masses = (Fraction(1, 3) + move, Fraction(1, 3) - move, Fraction(1, 3))
    undone = (Fraction(1, 3) - back, Fraction(1, 3) + back, Fraction(1, 3))
    weights = {1 << k: a for k, a in enumerate(masses)} | {7 - (1 << k): a for k, a in enumerate(undone)}
    case = LabelSpectrum(LabelDistribution.from_masks(weights, "abc"))
    at = CertifiedOptimum.of(case.given, Instance(PAL_CE, "zero", lam, Fraction(1)))
    off = frobenius(at.G - projection(3) * (at.G.trace() / 2))
    return not case.perfectly_orthogonal(1) and bool(off < at.G.trace() * ball(Fraction(1, 10**10)))


DEGREE = 4
"""Coefficients of the scalars are expanded up to this power of the gain."""


@lru_cache(maxsize=1)
def _leading_coefficients() -> list[Fraction | None]:
    r"""The coefficient of :math:`x^n` in that of :math:`s^n` of :math:`c^2`, where :math:`c\,(1+x(e^{sc}-1))=1`, if no
    higher power of ``x`` occurs. From exact power series at ``DEGREE + 2`` values of ``x``, by finite differences."""
    count = DEGREE + 2
    series = [_squared_scalar(Fraction(x)) for x in range(count)]
    leading: list[Fraction | None] = []
    for n in range(DEGREE + 1):
        differences = [coefficients[n] for coefficients in series]
        for _ in range(n):
            differences = [b - a for a, b in pairwise(differences)]
        leading.append(differences[0] / factorial(n) if len(set(differences)) == 1 else None)
    return leading


def _squared_scalar(x: Fraction) -> list[Fraction]:
    r"""Coefficients of :math:`c^2` in powers of ``s``: each step :math:`c\mapsto1-xc(e^{sc}-1)` settles one more."""
    order = DEGREE + 1

    def times(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
        return [sum((a[i] * b[n - i] for i in range(n + 1)), Fraction(0)) for n in range(order)]

    c = [Fraction(1)] + [Fraction(0)] * DEGREE
    for _ in range(order):
        shifted = [Fraction(0), *c[:-1]]  # s c
        power, exponential = [Fraction(1)] + [Fraction(0)] * DEGREE, [Fraction(0)] * order
        for k in range(1, order):
            power = times(power, shifted)
            exponential = [a + b / factorial(k) for a, b in zip(exponential, power, strict=True)]
        c = [Fraction(n == 0) - x * a for n, a in enumerate(times(c, exponential))]
    return times(c, c)


# ---------------------------------------------------------------------- the checks

UNEQUAL_PAIR = witness([([0], 9), ([1], 1)], 2)
UNEVEN_HALVES = witness([*(([0, k], 3) for k in (1, 2, 3)), ([2, 3], 1), ([1, 3], 1), ([1, 2], 1)], 4)  # Sigma = P/3


def _has_isotropic_sigma(case: LabelSpectrum) -> bool:
    return case.overall.is_multiple_of_centering(case.overall.trace / (case.K - 1))


def _sigma_is_isotropic(case: LabelSpectrum, _: Fraction) -> Finding:
    """A false law: the condition with one scalar for all multiplicities."""
    return HOLDS if _has_isotropic_sigma(case) else fails("Sigma is no multiple of P")


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "O1",
    "certified G, residuals, prototypes and value against the scalar system, enclosed in balls",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, cases.BALANCED),
    Control("K - 1 for K", {"law": lambda K, m, c: (1 + (K - 1) * (1 - c) / (m * c)).log()}, cases.BALANCED),
    Control("averages, with a factor 1/m", {"share": lambda m: Fraction(1, m)}, cases.TWO_SIZES),
    Control("plain sums, one scalar for all multiplicities", {"scalar": lambda c, _: c[min(c)]}, cases.TWO_SIZES),
    Control(
        "the entropy without the factor m", {"entropy": lambda K, m, c: entropy_bound(K, m, c) / m}, cases.TWO_SIZES
    ),
    Control("a free bias, whatever the class frequencies", ANY_BIAS, UNEQUAL_PAIR),
    labels=6,
)
def tag_wise_averaging(
    case: LabelSpectrum,
    _: Random,
    value: Value = balanced_value,
    law: Gain = log_ratio,
    share: Callable[[int], Fraction] = lambda _m: Fraction(1),
    scalar: Callable[[dict[int, Ball], int], Ball] = lambda c, m: c[m],
    entropy: Callable[[int, int, Ball], Ball] = entropy_bound,
    bias: BiasOf = where_uniform,
) -> Finding:
    r"""O1: under perfect orthogonality the optimum is :math:`G=gP`, :math:`r_S=c_m\tilde y_S`, with the scalars and the
    value of the scalar system, enclosed in balls; prototypes are scaled tag-wise averages.

    ``share`` times the sum over the labels of the set is what is averaged; ``scalar`` picks the scalar of a
    multiplicity; the ``bias`` is free or none where that makes no difference.
    """
    if not orthogonal(case):
        return skips("not perfectly orthogonal at every multiplicity")
    pi, K = case.pi, case.K
    drawn = instance_of(case, bias, balanced_threshold(pi.multiplicities, K))
    at, lam, lambda_H = CertifiedOptimum.of(case.given, drawn), drawn.lambda_W * drawn.lambda_H, ball(drawn.lambda_H)
    scalars = tag_wise(pi.multiplicities, K, lam, value, law)
    c = {m: scalar(scalars.c, m) for m in scalars.c}
    centered = [[ball(Fraction(a * K - m, K)) for a in y] for y, m in zip(at.y, pi.sizes, strict=True)]
    residuals = [c[m] * a for row, m in zip(centered, pi.sizes, strict=True) for a in row]
    least = total(ball(mass) * entropy(K, m, c[m]) for m, mass in pi.multiplicities.items())
    sums = (arb_mat([[arb(a) for a in row] for row in at.y]) * at.G).tolist()
    averages = [c[m] / lambda_H * ball(share(m)) * a for row, m in zip(sums, pi.sizes, strict=True) for a in row]
    findings = [
        same("G and g P", at.G.entries(), (projection(K) * (scalars.gain * lambda_H)).entries()),
        same("r_S and c_m y~_S", at.r.entries(), residuals),
        same("min F and the entropy", [at.value], [least]),
        same("h_S and c_m/lambda_H sum w_k", at.wh.entries(), averages),
    ]
    if len(pi.multiplicities) == 1:
        (m,) = pi.multiplicities
        findings.append(same("c and sqrt(lambda/kappa-bar)", [c[m]], [ball(lam / value(K, m)).sqrt()]))
    if 1 in pi.multiplicities and len(case.parts[1].masks) == K:
        single = {mask: row for mask, row in zip(pi.masks, at.wh.tolist(), strict=True) if mask.bit_count() == 1}
        rows = zip(pi.masks, pi.sizes, at.wh.tolist(), strict=True)
        for mask, m, row in rows:
            parts = [single[1 << k] for k in members(mask)]
            synthesis = [c[m] / c[1] * ball(share(m)) * total(column) for column in zip(*parts, strict=True)]
            findings.append(same("h_S and c_m/c_1 sum h_k", row, synthesis, largest(a.mid() for a in at.wh.entries())))
    return together(findings)


@checks_in_balls(
    "O2",
    "G certainly not a multiple of P against exact orthogonality; where it may be one, U8 with the scalars of O1",
    Control("uniform class frequencies are enough", {"orthogonal": uniform_frequencies}, cases.TWO_PAIRS),
    Control("c_m for its square", {"square": lambda c: c}, cases.BALANCED),
    Control("lambda 1 % too large", {"shape": lambda K: projection(K) * ball(PERCENT)}, cases.TWO_SIZES),
    Control("I for P", {"shape": identity}, cases.TWO_SIZES),
    Control("a free bias, whatever the class frequencies", ANY_BIAS, UNEQUAL_PAIR),
)
def converse_of_averaging(
    case: LabelSpectrum,
    _: Random,
    orthogonal: Callable[[LabelSpectrum, int], bool] = lambda case, m: case.perfectly_orthogonal(m),
    square: Callable[[Ball], Ball] = lambda c: c * c,
    shape: Callable[[int], Any] = projection,
    bias: BiasOf = where_uniform,
) -> Finding:
    r"""O2: if :math:`G=gP` then :math:`r_S=c_m\tilde y_S` and :math:`\sum_m\pi_mc_m^2\Sigma_m=\lambda P`; for one
    multiplicity that is perfect orthogonality.

    That ``G`` is *not* a multiple of ``P`` can be certified, and for one multiplicity must agree with the exact
    decision about orthogonality. That it is one can be certified up to a distance :math:`\Delta` only. Then by
    strong concavity of the dual :math:`\|r_S-c_m\tilde y_S\|\le\frac m2\frac\Delta{\lambda_H}\|c_m\tilde y_S\|`,
    and for a free bias in the mean (``_length``). That must be possible, and U8 with residuals moved by that much
    too.
    """
    pi, K = case.pi, case.K
    at = optimum_of(case, bias)
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
    return together(_tag_wise_up_to(at, case, g, square, shape(K) * ball(at.model.lam)))


@checks_in_balls(
    "O2a",
    "certified G against multiples of P, and the combination of second moments with the scalars of O1, in balls",
    Control("Sigma a multiple of P is enough", {"condition": _sigma_is_isotropic}, cases.UNDONE),
    Control("c_m for its square", {"condition": partial(_is_isotropic, square=lambda c: c)}, cases.BALANCED),
    Control("a free bias, whatever the class frequencies", ANY_BIAS, UNEVEN_HALVES),
)
def when_the_optimum_is_an_etf(
    case: LabelSpectrum, _: Random, condition: Condition = _is_isotropic, bias: BiasOf = where_uniform
) -> Finding:
    r"""O2a: ``G`` is certainly no multiple of ``P`` where :math:`\sum_m\pi_mc_m^2\Sigma_m=\lambda P` certainly fails,
    and one up to its enclosure where the equation holds up to that of the scalars; so it is for one distribution at
    least that is not perfectly orthogonal.
    """
    if not _undone_to_many_digits():
        return fails("singletons undone by pairs do not give an ETF")
    threshold = balanced_threshold(case.pi.multiplicities, case.K)
    at = CertifiedOptimum.of(case.given, instance_of(case, bias, threshold))
    holds, etf = condition(case, at.model.lam), _is_etf(at)
    if "skips" in (holds.state, etf.state):
        return skips(holds.note if holds.state == "skips" else etf.note)
    if holds.state == etf.state:
        return HOLDS
    if holds.state == "fails" and not orthogonal(case):
        return skips("G cannot be told from a multiple of P")
    return fails(f"the condition {holds.state}, that G = gP {etf.state}: {holds.note or etf.note}")


@checks_in_balls(
    "O2b",
    "the condition of O2a at several penalties in balls, against exact orthogonality; power series exactly",
    Control("orthogonal where Sigma is a multiple of P", {"orthogonal": _has_isotropic_sigma}, cases.UNDONE),
    Control("Catalan numbers off by one", {"catalan": lambda n: comb(2 * n, n) // (n + 1)}, cases.BALANCED),
)
def an_etf_at_every_penalty(
    case: LabelSpectrum,
    _: Random,
    orthogonal: Callable[[LabelSpectrum], bool] = orthogonal,
    catalan: Callable[[int], int] = lambda n: comb(2 * n + 2, n + 1) // (n + 2),
) -> Finding:
    r"""O2b: at as many penalties as there are multiplicities, below the threshold, the scalars form a matrix
    :math:`(c_m^2)` that is certainly not singular, so the condition of O2a at all of them forces orthogonality; it
    certainly fails at one of them where orthogonality does, and there the certified optimum is certainly no ETF. The
    coefficient of :math:`s^n` in :math:`c_m^2` has degree ``n`` in ``m/K`` with the leading coefficient
    :math:`(-1)^nC_{n+1}`, exactly, up to ``n`` = 4.

    ``catalan`` gives :math:`C_{n+1}` for ``n``.
    """
    leading = _leading_coefficients()
    if any(a != (-1) ** n * catalan(n) for n, a in enumerate(leading)):
        return fails(f"the leading coefficients are {', '.join(map(str, leading))}")
    masses, K = case.pi.multiplicities, case.K
    threshold, count = balanced_threshold(masses, K), len(masses)
    penalties = [(threshold * (1 - Fraction(i, 2 * count))).limit_denominator(10**9) for i in range(1, count + 1)]
    c = [tag_wise(masses, K, lam, balanced_value, log_ratio).c for lam in penalties]
    if arb_mat([[row[m] * row[m] for m in masses] for row in c]).det().contains(0):
        return skips("the scalars at these penalties cannot be told from dependent ones")
    found = [_is_isotropic(case, lam) for lam in penalties]
    broken = [lam for lam, finding in zip(penalties, found, strict=True) if finding.state == "fails"]
    if orthogonal(case):
        return fails(f"held orthogonal, but at lambda {float(broken[0]):g} no ETF can be optimal") if broken else HOLDS
    if not broken:
        return skips("the condition of O2a cannot be told from true at any of the penalties")
    bias = where_uniform(case, Instance.drawn(case.given).bias)
    at = CertifiedOptimum.of(case.given, Instance(PAL_CE, bias, broken[-1], Fraction(1)))
    return HOLDS if _is_etf(at).state == "fails" else skips("G cannot be told from a multiple of P")
