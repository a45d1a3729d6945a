r"""Chapter S, checked: what the second moments of a concrete distribution are, by exact arithmetic throughout.

Every function decides one claim on the ``LabelSpectrum`` of a distribution. Eigenvalues are exact algebraic numbers
and comparisons between them are decided, ties included.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import comb, frexp
from random import Random

from flint import fmpz_mat, fmpz_poly

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import PERCENT
from verify.exact.roots import RealRoots, Root
from verify.geometry.floats import weakest_contrast
from verify.geometry.spectrum import (
    LabelSpectrum,
    Spectrum,
    annihilated_contrasts,
    balanced_value,
    centered_rows,
    contrast_energy,
    second_moment,
)
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import mask_of, members

Value = Callable[[int, int], Fraction]
Rows = Sequence[Sequence[int]]

_UNEVEN_FOUR = witness([([k], k + 1) for k in range(4)], 4)
_RARE = witness([([0], 1), ([1], 1), ([2], 1000)], 3)
_SKEWED = witness([([0], 1), ([1], 2)], 2)
_ONE_PAIR = witness([([0, 1], 1)], 3)
_PAIRS = witness([([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3)


def _equal(values: Sequence[int]) -> bool:
    return min(values) == max(values)


# ---------------------------------------------------------------------- S1, S2, S3


@checks(
    "S1",
    "Sigma_m equals kappa-bar_m P entry by entry, over the integers; Li et al.'s constant by counting label sets",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, cases.EQUAL),
    Control("K^2 for K(K-1) in the balanced value", {"value": lambda K, m: Fraction(m * (K - m), K * K)}, cases.EQUAL),
    Control(
        "C(K-1, m-1) for C(K-2, m-1) in Li et al.'s constant", {"separating": lambda K, m: comb(K - 1, m - 1)}, _PAIRS
    ),
    Control("one label set twice as likely as the others", {"even": lambda _: True}, cases.HALF),
)
def balanced(
    case: LabelSpectrum,
    _: Random,
    value: Value = balanced_value,
    separating: Callable[[int, int], int] = lambda K, m: comb(K - 2, m - 1),
    even: Callable[[Sequence[int]], bool] = _equal,
) -> Finding:
    r"""S1: uniform on all ``m``-sets gives :math:`\Sigma_m=\bar\kappa_mP`; the matrices are compared entry by entry.

    ``separating`` is how many ``m``-sets have one given label and not another; ``even`` is what uniform weights are.
    """
    K = case.K
    uniform = [m for m, part in case.parts.items() if len(part.masks) == comb(K, m) and even(part.weights)]
    if not uniform:
        return skips("no multiplicity is uniform over all its label sets")
    for m in uniform:
        if not case.at[m].is_multiple_of_centering(value(K, m)):
            return fails(f"Sigma_{m} is not {value(K, m)} P at K = {K}")
        counted = sum(mask & 0b11 == 0b01 for mask in case.parts[m].masks)
        if not counted == separating(K, m) == comb(K, m) * value(K, m):
            return fails(f"{counted} of the {m}-sets have the first label and not the second, not {separating(K, m)}")
    return HOLDS


@checks(
    "S2",
    "trace, both inequalities and both equality cases, with kappa_m and K_m as exact algebraic numbers",
    Control("K - 1 for K in the trace", {"trace": lambda K, m: Fraction(m * (K - m), K - 1)}, cases.EQUAL),
    Control("the inequalities reversed", {"reverse": True}, _UNEVEN_FOUR),
    Control("balanced value 1 % too small", {"value": lambda K, m: balanced_value(K, m) / PERCENT}, cases.EQUAL),
    Control("balanced value ten times too large", {"value": lambda K, m: 10 * balanced_value(K, m)}, _UNEVEN_FOUR),
    Control("every distribution orthogonal", {"flat": lambda *_: True}, cases.HALF),
    Control("uniform frequencies without orthogonality", {"forced": lambda _, half: not half}, cases.HALF),
    Control("uniform frequencies at K = 2m too", {"forced": lambda orthogonal, _: orthogonal}, _SKEWED),
)
def extremality(
    case: LabelSpectrum,
    _: Random,
    trace: Value = lambda K, m: Fraction(m * (K - m), K),
    value: Value = balanced_value,
    reverse: bool = False,
    flat: Callable[[LabelSpectrum, int], bool] = LabelSpectrum.perfectly_orthogonal,
    forced: Callable[[bool, bool], bool] = lambda orthogonal, half: orthogonal and not half,
) -> Finding:
    r"""S2: the trace; :math:`\kappa_m\le\bar\kappa_m\le\mathrm K_m`, equality iff perfect orthogonality; frequencies.

    ``forced`` says whether the class frequencies must be uniform, given orthogonality and whether ``K = 2m``.
    """
    K = case.K
    for m, spectrum in case.at.items():
        if spectrum.trace != trace(K, m):
            return fails(f"tr Sigma_{m} = {spectrum.trace}, not {trace(K, m)}")
        below, above = spectrum.kappa.compare(value(K, m)), spectrum.largest.compare(value(K, m))
        if (below < 0 or above > 0) if reverse else (below > 0 or above < 0):
            return fails(f"{value(K, m)} is on the wrong side of kappa_{m} or of K_{m}")
        orthogonal = flat(case, m)
        if (below == 0) != orthogonal or (above == 0) != orthogonal:
            return fails(f"equality at multiplicity {m} and perfect orthogonality disagree")
        if forced(orthogonal, 2 * m == K) and not _equal(case.parts[m].class_counts):
            return fails(f"class counts {case.parts[m].class_counts} at multiplicity {m}, which should be uniform")
    return HOLDS


@checks(
    "S3",
    "characteristic against secular polynomial; interlacing and closed forms as comparisons of algebraic numbers",
    Control("one frequency taken for another", {"poles": lambda counts: [counts[-1], *counts[1:]]}, cases.HALF),
    Control("kappa_1 at most the smallest frequency", {"neighbours": (0, 0)}, _UNEVEN_FOUR),
    Control("kappa_1 at least the second smallest", {"neighbours": (1, 1)}, _UNEVEN_FOUR),
    Control("0.51 at K = 2", {"half": Fraction(51, 100)}, _SKEWED),
    Control("4 for 3 in the closed form at K = 3", {"factor": 4}, _RARE),
)
def multiplicity_one(
    case: LabelSpectrum,
    _: Random,
    poles: Callable[[Sequence[int]], Sequence[int]] = lambda counts: counts,
    neighbours: tuple[int, int] = (0, 1),
    half: Fraction = Fraction(1, 2),
    factor: int = 3,
) -> Finding:
    r"""S3: the spectrum at multiplicity one is the root set of the secular equation, interlaced with sorted ``pi``.

    Cleared of denominators :math:`\sum_k\frac1{\pi_k-x}=0` says that the derivative of :math:`\prod_k(x-\pi_k)`
    vanishes, repeated frequencies included; that derivative is compared with the characteristic polynomial.
    """
    if 1 not in case.parts:
        return skips("no singletons")
    spectrum, K = case.at[1], case.K
    counts, pi = case.parts[1].class_counts, sorted(case.parts[1].frequencies)
    product = fmpz_poly([1])
    for count in poles(counts):
        product *= fmpz_poly([-K * count, 1])
    if product.derivative() != K * spectrum.roots.polynomial:
        return fails("the characteristic polynomial is not the secular polynomial")
    low, high = (pi[i] for i in neighbours)
    if spectrum.kappa < low or spectrum.kappa > high:
        return fails(f"kappa_1 = {spectrum.kappa.decimal(8)} is not in [{low}, {high}]")
    if K == 2 and spectrum.kappa != half:
        return fails(f"kappa_1 at K = 2 is not {half}")
    if K == 3:
        e2 = pi[0] * pi[1] + pi[0] * pi[2] + pi[1] * pi[2]
        radicand = max(1 - factor * e2, Fraction(0))  # a bent one may be negative
        if spectrum.kappa != RealRoots.around(Fraction(1, 3), radicand / 9).root(0):
            return fails(f"kappa_1 = {spectrum.kappa.decimal(8)} is not the closed form for K = 3")
    return HOLDS


# ---------------------------------------------------------------------- S4, S5, S7


@checks(
    "S4",
    "second moments of the label sets and of their complements, over the integers",
    Control("without the centering", {"moment": second_moment}, cases.HALF),
    Control("complements of the same size", {"size": lambda _, m: m}, cases.HALF),
)
def complement_duality(
    case: LabelSpectrum,
    _: Random,
    moment: Callable[[LabelDistribution], fmpz_mat] = lambda pi: Spectrum.of(pi).form,
    size: Callable[[int, int], int] = lambda K, m: K - m,
) -> Finding:
    r"""S4: :math:`\Sigma_{K-m}(\pi^c)=\Sigma_m(\pi)`, matrix against matrix, hence equal spectra."""
    for m, part in case.parts.items():
        opposite = part.complement()
        if opposite.multiplicities.keys() != {size(case.K, m)}:
            return fails(f"complements of {m}-sets have sizes {list(opposite.multiplicities)}")
        if moment(opposite) != moment(part):
            return fails(f"the complement changes the second moment at multiplicity {m}")
    return HOLDS


def _laplacian(pi: LabelDistribution) -> fmpz_mat:
    """Laplacian of the co-occurrence graph, edge by edge: each label set puts its weight on every pair inside it."""
    laplacian = [[0] * pi.K for _ in range(pi.K)]
    for mask, weight in zip(pi.masks, pi.weights, strict=True):
        for j, k in combinations(members(mask), 2):
            laplacian[j][j] += weight
            laplacian[k][k] += weight
            laplacian[j][k] -= weight
            laplacian[k][j] -= weight
    return fmpz_mat(laplacian)


def _on_set(x: Sequence[int], mask: int) -> int:
    return sum(x[k] for k in members(mask))


def _uncentered_kernel(pi: LabelDistribution) -> Sequence[tuple[int, ...]]:
    """The false criterion "the label vectors do not span": forgets that only contrasts count."""
    kernel, nullity = fmpz_mat([list(row) for row in pi.rows]).nullspace()
    return [tuple(int(kernel[i, j]) for i in range(pi.K)) for j in range(nullity)]


@checks(
    "S5",
    "Laplacian identity and contrast energy over the integers; nullity of Sigma against the rank of the support",
    Control("without the factor m", {"degree": lambda _: 1}, _PAIRS),
    Control("a vector that is not a contrast", {"last": lambda _: 0}, cases.HALF),
    Control("no contrast ever vanishes", {"annihilated": lambda _: ()}, _ONE_PAIR),
    Control("the wrong contrast vanishes", {"annihilated": lambda _: ((1, 1, -2),)}, _ONE_PAIR),
    Control("rank of the label vectors", {"annihilated": _uncentered_kernel}, witness([([0], 1)], 2)),
)
def co_occurrence(
    case: LabelSpectrum,
    rng: Random,
    degree: Callable[[int], int] = lambda m: m,
    last: Callable[[Sequence[int]], int] = lambda x: -sum(x),
    annihilated: Callable[[LabelDistribution], Sequence[tuple[int, ...]]] = annihilated_contrasts,
) -> Finding:
    r"""S5: the Laplacian identity; :math:`x^\top\Sigma x=\sum_S\pi_Sx(S)^2`; :math:`\kappa=0` iff there is a witness.

    ``degree`` is the ``m`` in front of the class frequencies, ``last`` the last entry of the contrast.
    """
    K = case.K
    for m, part in case.parts.items():
        frequencies = fmpz_mat([[count * (j == k) for j in range(K)] for k, count in enumerate(part.class_counts)])
        if second_moment(part) != frequencies * degree(m) - _laplacian(part):
            return fails(f"M_{m} is not m diag(f) less the co-occurrence Laplacian")
    x = [rng.randint(-9, 9) for _ in range(K - 1)]
    pairs = zip(case.pi.masks, case.pi.weights, strict=True)
    energy = sum(w * _on_set((*x, last(x)), mask) ** 2 for mask, w in pairs)
    if (fmpz_mat([x]) * case.overall.form * fmpz_mat(K - 1, 1, x))[0, 0] != energy:
        return fails(f"x^T Sigma x is not the contrast energy at x = {x}")
    contrasts = annihilated(case.pi)
    for contrast in contrasts:
        is_contrast = len(contrast) == K and any(contrast) and sum(contrast) == 0
        if not is_contrast or any(_on_set(contrast, mask) for mask in case.pi.masks):
            return fails(f"{contrast} is not a contrast that vanishes on the support")
    nullity = case.kappa().multiplicity if case.kappa().rational == 0 else 0
    return (
        HOLDS if nullity == len(contrasts) else fails(f"kappa = 0 with multiplicity {nullity}: {len(contrasts)} found")
    )


def _is_design(pi: LabelDistribution, strength: int) -> bool:
    """Whether every ``strength`` labels lie in equally many label sets, counted over the label sets."""
    within = map(mask_of, combinations(range(pi.K), strength))
    return _equal([sum(mask & labels == labels for mask in pi.masks) for labels in within])


@checks(
    "S7",
    "label sets counted through every pair of labels; Sigma_m against kappa-bar_m P over the integers",
    Control("every label equally often is enough", {"strength": 1}, cases.TWO_PAIRS),
    Control("blocks of one label", {"least": 1}, cases.TWO_OF_THREE),
)
def designs(case: LabelSpectrum, _: Random, strength: int = 2, least: int = 2) -> Finding:
    r"""S7: a uniformly weighted 2-design is perfectly orthogonal; designs are recognised by counting pairs.

    ``least`` is the least size of a block: at ``m = 1`` no pair occurs, whatever the label sets.
    """
    found = [m for m, part in case.parts.items() if m >= least and _equal(part.weights) and _is_design(part, strength)]
    if not found:
        return skips("no multiplicity is a uniformly weighted design")
    for m in found:
        if not case.perfectly_orthogonal(m):
            return fails(f"the design at multiplicity {m} is not perfectly orthogonal")
    return HOLDS


# ---------------------------------------------------------------------- S9


def _uncentered_rows(W: Rows) -> list[list[int]]:
    """A false law: the rows of ``K W``."""
    return [[len(W) * x for x in row] for row in W]


def _tried(pi: LabelDistribution, spectrum: Spectrum, rng: Random) -> list[list[list[int]]]:
    r"""Classifiers: random rows; the weakest contrast rounded to rationals, which leaves a false constant no room; and,
    when :math:`\kappa` is rational, contrasts exactly in its eigenspace, where the bound is attained."""
    width, kappa = rng.randint(1, 3), spectrum.kappa.rational
    anything = [[rng.randint(-9, 9) for _ in range(width)] for _ in range(pi.K)]
    exact = [] if kappa is None else [[[x] for x in contrast] for contrast in spectrum.eigenspace(kappa)]
    return [anything, [[round(x * 2**20)] for x in weakest_contrast(pi).tolist()], *exact]


def _trace_form(spectrum: Spectrum, rows: Rows) -> Fraction:
    r""":math:`\operatorname{tr}(W^\top\Sigma W)` from the form; the first ``K - 1`` rows of :math:`K\,PW` are its
    coordinates in the basis :math:`e_k-e_K`."""
    coordinates = fmpz_mat(rows[:-1])
    product = coordinates.transpose() * spectrum.form * coordinates
    return Fraction(sum(int(product[i, i]) for i in range(product.nrows())), spectrum.scale * spectrum.K**2)


@checks(
    "S9",
    "energy summed set by set against tr(W^T Sigma W), kappa and K: rational against algebraic, decided exactly",
    Control("kappa as the upper constant", {"upper": lambda spectrum: spectrum.kappa}, cases.HALF),
    Control("K as the lower constant", {"lower": lambda spectrum: spectrum.largest}, cases.HALF),
    Control("kappa 1 % too large", {"factor": PERCENT}, cases.HALF),
    Control("rows not centered in the sum", {"summed": _uncentered_rows}, cases.HALF),
    Control("rows not centered in the norm", {"measured": _uncentered_rows}, cases.EQUAL),
)
def contrast_energy_bounds(
    case: LabelSpectrum,
    rng: Random,
    upper: Callable[[Spectrum], Root] = lambda spectrum: spectrum.largest,
    lower: Callable[[Spectrum], Root] = lambda spectrum: spectrum.kappa,
    factor: Fraction = Fraction(1),
    summed: Callable[[Rows], list[list[int]]] = centered_rows,
    measured: Callable[[Rows], list[list[int]]] = centered_rows,
) -> Finding:
    r"""S9: the contrast energy of ``W``, summed set by set, is :math:`\operatorname{tr}W^\top\Sigma W` and lies in
    :math:`[\kappa,\mathrm K]\cdot\|PW\|_F^2`; equality on the weakest contrasts.

    ``factor`` multiplies the lower constant; ``summed`` and ``measured`` are the rows in the trace and in the norm.
    """
    parts = {case.pi: case.overall} | {part: case.at[m] for m, part in case.parts.items()}
    for pi, spectrum in parts.items():
        for W in _tried(pi, spectrum, rng):
            energy = contrast_energy(pi, W)
            if energy != _trace_form(spectrum, summed(W)):
                return fails("the contrast energy is not tr(W^T Sigma W)")
            size = Fraction(sum(x * x for row in measured(W) for x in row), case.K**2)
            if size and lower(spectrum) > energy / size / factor:
                return fails(f"energy {float(energy / size):.8g} per unit is below the lower constant")
            if size and upper(spectrum) < energy / size:
                return fails(f"energy {float(energy / size):.8g} per unit exceeds {upper(spectrum).decimal(8)}")
    return HOLDS


# ---------------------------------------------------------------------- S11

EUCLID_MOST_LABELS = 24
"""Up to this many labels one Cauchy index decides interlacing; above, its coefficients swell and counting is faster."""


def _midpoints(values: Sequence[float]) -> list[Fraction]:
    """A short dyadic number between each two neighbouring values that differ."""
    found = []
    for a, b in pairwise(sorted(values)):
        if b > a:
            bits = max(1, 2 - frexp(b - a)[1])
            found.append(Fraction(round((Fraction(a) + Fraction(b)) / 2 * 2**bits), 2**bits))
    return found


@checks(
    "S11",
    "interlacing of the two spectra, by a Cauchy index (above 24 labels by exact counts between eigenvalues)",
    Control("the rank-one term added instead of subtracted", {"added": True}, cases.HALF),
)
def two_centerings(case: LabelSpectrum, _: Random, added: bool = False) -> Finding:
    r"""S11: :math:`\lambda_i(C_m)\le\lambda_i(\Sigma_m)\le\lambda_{i+1}(C_m)`.

    Up to ``EUCLID_MOST_LABELS`` labels for all ``i`` at once, exactly. Above, by exact counts of eigenvalues
    below each midpoint between neighbouring float64 eigenvalues: the one below may at most lead by one. There two
    eigenvalues that float64 cannot tell apart are not separated, and where no two can be, nothing is decided.
    """
    for m, part in case.parts.items():
        low, high = Spectrum.of(part, "mean"), case.at[m]
        if added:
            low, high = high, low
        if case.K <= EUCLID_MOST_LABELS:
            interlaced = low.roots.interlaces(high.roots)
        else:
            points = _midpoints([*low.eigenvalues_float(), *high.eigenvalues_float()])
            counts = [(low.roots.count_below(t), high.roots.count_below(t)) for t in points]
            if not any(0 < count < case.K - 1 for pair in counts for count in pair):
                return skips(f"float64 separates no two eigenvalues at multiplicity {m}")
            interlaced = all(below - above in (0, 1) for below, above in counts)
        if not interlaced:
            return fails(f"the spectra of C_{m} and Sigma_{m} do not interlace")
    return HOLDS
