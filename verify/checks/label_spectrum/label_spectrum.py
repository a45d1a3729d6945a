r"""Chapter S, checked: the label covariance spectrum of a concrete distribution, by exact arithmetic throughout.

Every function decides one claim on the ``LabelSpectrum`` of a distribution. Eigenvalues are exact algebraic
numbers and comparisons between them are decided, ties included. The one exception is a claim about *sums* of
eigenvalues of different matrices (S6, S10): there each eigenvalue is replaced by a rational number on the side that
only makes the claim harder to violate by at most ``SLACK``, and the resulting inequality is decided exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise
from math import comb, frexp, lcm
from random import Random

from flint import fmpz_mat, fmpz_poly

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.exact.roots import RealRoots, Root
from verify.geometry.spectrum import (
    LabelSpectrum,
    LowerBounds,
    Spectrum,
    annihilated_contrasts,
    balanced_value,
    centered_rows,
    contrast_energy,
    second_moment,
    trace_determinant_bound,
    weakest_contrast,
)
from verify.labels.distribution import LabelDistribution
from verify.labels.families import balanced as balanced_family
from verify.labels.families import paley, projective_plane
from verify.labels.masks import mask_of, members

__all__ = ["SLACK"]

SLACK = Fraction(1, 2**64)
"""Width to which an eigenvalue is enclosed where a claim adds eigenvalues of different matrices."""

_PERCENT = Fraction(101, 100)

Value = Callable[[int, int], Fraction]


def _case(sets: Sequence[tuple[Sequence[int], int]], K: int) -> Callable[[], LabelSpectrum]:
    return lambda: LabelSpectrum(LabelDistribution.from_sets(sets, [chr(ord("a") + k) for k in range(K)]))


_SINGLETONS = _case([([0], 1), ([1], 1), ([2], 1)], 3)
_UNEVEN = _case([([0], 1), ([1], 1), ([2], 2)], 3)
_UNEVEN_FOUR = _case([([0], 1), ([1], 2), ([2], 3), ([3], 4)], 4)
_PAIRS = _case([([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3)
_MIXED = _case([([0], 1), ([1], 2), ([2], 3), ([0, 1], 1), ([0, 2], 7)], 3)
_ONE_PAIR = _case([([0, 1], 1)], 3)
_RARE_PAIR = _case([([0], 1), ([1], 1), ([2], 1000)], 3)
_SKEWED_PAIR = _case([([0], 1), ([1], 2)], 2)


def _equal(values: Sequence[int]) -> bool:
    return min(values) == max(values)


# ---------------------------------------------------------------------- S4


def _centered_form(pi: LabelDistribution) -> fmpz_mat:
    return Spectrum.of(pi).form


def _diagonal(entries: Sequence[int]) -> fmpz_mat:
    return fmpz_mat([[x if i == j else 0 for j in range(len(entries))] for i, x in enumerate(entries)])


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


def _is_design(pi: LabelDistribution, strength: int) -> bool:
    """Whether every ``strength`` labels lie in equally many label sets, counted over the label sets."""
    within = map(mask_of, combinations(range(pi.K), strength))
    return _equal([sum(mask & labels == labels for mask in pi.masks) for labels in within])


# ---------------------------------------------------------------------- S8


def _as_given(bounds: LowerBounds) -> LowerBounds:
    return bounds


def _double_minorization(bounds: LowerBounds) -> LowerBounds:
    """Counts the sets that separate two labels twice, once for each of the two."""
    return replace(bounds, minorization=bounds.minorization and bounds.minorization * 2)


def _one_sided_gershgorin(bounds: LowerBounds) -> LowerBounds:
    """Shifts the off-diagonal entries but not the diagonal."""
    return replace(bounds, gershgorin=bounds.gershgorin + bounds.shift)


def _generous_trace_determinant(bounds: LowerBounds) -> LowerBounds:
    return replace(bounds, trace_determinant=bounds.trace_determinant and bounds.trace_determinant * _PERCENT)


def _generous_sharpened(bounds: LowerBounds) -> LowerBounds:
    return replace(bounds, sharpened=bounds.sharpened and bounds.sharpened * _PERCENT)


def _low_ceiling(bounds: LowerBounds) -> LowerBounds:
    """Takes the lower bound of (d) for the upper one."""
    return replace(bounds, overlap_above=bounds.overlap)


def _narrow_overlap(bounds: LowerBounds) -> LowerBounds:
    """Takes the upper bound of (d) for the lower one."""
    return replace(bounds, overlap=bounds.overlap_above or bounds.overlap)


def _random_rows(K: int, rng: Random) -> list[list[int]]:
    width = rng.randint(1, 3)
    return [[rng.randint(-9, 9) for _ in range(width)] for _ in range(K)]


def _rounded_contrast(pi: LabelDistribution) -> list[list[int]]:
    return [[round(x * 2**20)] for x in weakest_contrast(pi).tolist()]


def _weakest_rational(spectrum: Spectrum) -> list[list[list[int]]]:
    """Contrasts exactly in the kappa-eigenspace, when kappa is rational; there the bound is attained."""
    kappa = spectrum.kappa.rational
    return [] if kappa is None else [[[x] for x in contrast] for contrast in spectrum.eigenspace(kappa)]


def _trace_form(spectrum: Spectrum, W: Sequence[Sequence[int]]) -> Fraction:
    r""":math:`\operatorname{tr}(W^\top\Sigma W)` from the form; the first ``K - 1`` rows of :math:`PW` are its
    coordinates in the basis :math:`e_k-e_K`."""
    coordinates = fmpz_mat(centered_rows(W)[:-1])
    product = coordinates.transpose() * spectrum.form * coordinates
    return Fraction(sum(int(product[i, i]) for i in range(product.nrows())), spectrum.scale * spectrum.K**2)


def _reweighted(pi: LabelDistribution, rng: Random) -> LabelDistribution:
    weights = {mask: rng.randint(0, 20) for mask in pi.masks}
    weights[1 << rng.randrange(pi.K)] = 7
    return LabelDistribution.from_masks({mask: weight for mask, weight in weights.items() if weight}, pi.labels)


def _relabelled(pi: LabelDistribution) -> LabelDistribution:
    """Label ``k`` becomes label ``k + 1``, the last one the first."""
    full = (1 << pi.K) - 1
    shifted = {(mask << 1 | mask >> pi.K - 1) & full: w for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(shifted, pi.labels)


def _probability(pi: LabelDistribution, mask: int) -> Fraction:
    return Fraction(pi.weight_of.get(mask, 0), pi.total)


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


@cache
def _designs(K: int, m: int) -> tuple[tuple[int, ...], ...]:
    """Blocks of 2-designs on ``K`` labels with block size ``m``: all ``m``-sets if few, planes, quadratic residues."""
    found = [balanced_family(K, m).masks] if comb(K, m) <= 100 else []
    named = [projective_plane(q, complement) for q in (2, 3, 5) for complement in (0, 1) if q * q + q + 1 == K]
    named += [paley(K, complement) for complement in (0, 1) if K in (7, 11, 19, 23)]
    return (*found, *(design.masks for design in named if design.sizes[0] == m))


# ---------------------------------------------------------------------- the checks


@checks(
    "S1",
    "Sigma_m equals kappa-bar_m P entry by entry, over the integers",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * _PERCENT}, _SINGLETONS),
    Control("K^2 for K(K-1)", {"value": lambda K, m: Fraction(m * (K - m), K * K)}, _SINGLETONS),
)
def balanced(case: LabelSpectrum, _: Random, value: Value = balanced_value) -> Finding:
    r"""S1: uniform on all ``m``-sets gives :math:`\Sigma_m=\bar\kappa_mP`; the matrices are compared entry by entry."""
    uniform = [m for m, part in case.parts.items() if len(part.masks) == comb(case.K, m) and _equal(part.weights)]
    if not uniform:
        return skips("no multiplicity is uniform over all its label sets")
    for m in uniform:
        if not case.at[m].is_multiple_of_centering(value(case.K, m)):
            return fails(f"Sigma_{m} is not {value(case.K, m)} P at K = {case.K}")
    return HOLDS


@checks(
    "S2",
    "trace, both inequalities and both equality cases, with kappa_m and K_m as exact algebraic numbers",
    Control("trace 1 % too large", {"trace": lambda K, m: Fraction(m * (K - m), K) * _PERCENT}, _SINGLETONS),
    Control("balanced value 1 % too small", {"value": lambda K, m: balanced_value(K, m) / _PERCENT}, _SINGLETONS),
    Control("balanced value ten times too large", {"value": lambda K, m: 10 * balanced_value(K, m)}, _UNEVEN_FOUR),
    Control("balanced value ten times too small", {"value": lambda K, m: balanced_value(K, m) / 10}, _UNEVEN_FOUR),
    Control("every distribution orthogonal", {"flat": lambda *_: True}, _UNEVEN),
    Control("no exception at K = 2m", {"exempt": False}, _SKEWED_PAIR),
)
def extremality(
    case: LabelSpectrum,
    _: Random,
    trace: Value = lambda K, m: Fraction(m * (K - m), K),
    value: Value = balanced_value,
    exempt: bool = True,
    flat: Callable[[LabelSpectrum, int], bool] = LabelSpectrum.perfectly_orthogonal,
) -> Finding:
    r"""S2: the trace; :math:`\kappa_m\le\bar\kappa_m\le\mathrm K_m`, equality iff perfect orthogonality; frequencies.

    ``exempt`` is the exception :math:`K=2m` to "perfect orthogonality forces uniform class frequencies".
    """
    K = case.K
    for m, spectrum in case.at.items():
        if spectrum.trace != trace(K, m):
            return fails(f"tr Sigma_{m} = {spectrum.trace}, not {trace(K, m)}")
        below, above = spectrum.kappa.compare(value(K, m)), spectrum.largest.compare(value(K, m))
        if below > 0 or above < 0:
            return fails(f"{value(K, m)} does not separate kappa_{m} from K_{m}")
        orthogonal = flat(case, m)
        if (below == 0) != orthogonal or (above == 0) != orthogonal:
            return fails(f"equality at multiplicity {m} and perfect orthogonality disagree")
        if orthogonal and not (exempt and 2 * m == K) and not _equal(case.parts[m].class_counts):
            return fails(f"perfectly orthogonal at multiplicity {m} with class counts {case.parts[m].class_counts}")
    return HOLDS


@checks(
    "S3",
    "characteristic against secular polynomial; interlacing and closed forms as comparisons of algebraic numbers",
    Control("one frequency taken for another", {"poles": lambda c: [c[-1], *c[1:]]}, _UNEVEN),
    Control("kappa_1 at most the smallest frequency", {"neighbours": (0, 0)}, _UNEVEN_FOUR),
    Control("kappa_1 at least the second smallest", {"neighbours": (1, 1)}, _UNEVEN_FOUR),
    Control("0.51 at K = 2", {"half": Fraction(51, 100)}, _SKEWED_PAIR),
    Control("2.97 for 3 in the closed form", {"factor": Fraction(297, 100)}, _UNEVEN),
)
def multiplicity_one(
    case: LabelSpectrum,
    _: Random,
    poles: Callable[[Sequence[int]], Sequence[int]] = lambda counts: counts,
    neighbours: tuple[int, int] = (0, 1),
    half: Fraction = Fraction(1, 2),
    factor: Fraction = Fraction(3),
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
        if spectrum.kappa != RealRoots.around(Fraction(1, 3), (1 - factor * e2) / 9).root(0):
            return fails(f"kappa_1 = {spectrum.kappa.decimal(8)} is not the closed form for K = 3")
    return HOLDS


@checks(
    "S4",
    "second moments of the label sets and of their complements, over the integers",
    Control("without the centering", {"moment": second_moment}, _UNEVEN),
    Control("complements of the same size", {"size": lambda _, m: m}, _UNEVEN),
)
def complement_duality(
    case: LabelSpectrum,
    _: Random,
    moment: Callable[[LabelDistribution], fmpz_mat] = _centered_form,
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


@checks(
    "S5",
    "Laplacian identity and contrast energy over the integers; nullity of Sigma against the rank of the support",
    Control("m + 1 for m", {"degree": 1}, _UNEVEN),
    Control("fourth power for the square", {"power": 4}, _UNEVEN),
    Control("no contrast ever vanishes", {"annihilated": lambda _: ()}, _ONE_PAIR),
    Control("the wrong contrast vanishes", {"annihilated": lambda _: ((1, 1, -2),)}, _ONE_PAIR),
    Control(
        "rank of the label vectors without the contrast",
        {"annihilated": _uncentered_kernel},
        _case([([0], 1)], 2),
    ),
)
def co_occurrence(
    case: LabelSpectrum,
    rng: Random,
    degree: int = 0,
    power: int = 2,
    annihilated: Callable[[LabelDistribution], Sequence[tuple[int, ...]]] = annihilated_contrasts,
) -> Finding:
    r"""S5: the Laplacian identity; :math:`x^\top\Sigma x=\sum_S\pi_Sx(S)^2`; :math:`\kappa=0` iff there is a witness.

    ``degree`` is added to the ``m`` in front of the class frequencies.
    """
    K = case.K
    for m, part in case.parts.items():
        if second_moment(part) != _diagonal(part.class_counts) * (m + degree) - _laplacian(part):
            return fails(f"M_{m} is not m diag(f) less the co-occurrence Laplacian")
    x = [rng.randint(-9, 9) for _ in range(K - 1)]
    energy = sum(
        w * _on_set((*x, -sum(x)), mask) ** power for mask, w in zip(case.pi.masks, case.pi.weights, strict=True)
    )
    if (fmpz_mat([x]) * case.overall.form * fmpz_mat(K - 1, 1, x))[0, 0] != energy:
        return fails(f"x^T Sigma x is not the contrast energy at x = {x}")
    contrasts = annihilated(case.pi)
    for contrast in contrasts:
        if not any(contrast) or sum(contrast) != 0 or any(_on_set(contrast, mask) for mask in case.pi.masks):
            return fails(f"{contrast} is not a contrast that vanishes on the support")
    nullity = case.kappa().multiplicity if case.kappa().rational == 0 else 0
    return (
        HOLDS if nullity == len(contrasts) else fails(f"kappa = 0 with multiplicity {nullity}: {len(contrasts)} found")
    )


@checks(
    "S6",
    "Sigma linear over the integers; kappa and K against the means, each eigenvalue within 2^-64",
    Control(
        "inequality reversed",
        {"reverse": True},
        _MIXED,
    ),
    Control("mean 1 % too large", {"mean": _PERCENT}, _SINGLETONS),
    Control("mean of the K_m 1 % too small", {"ceiling": 1 / _PERCENT}, _SINGLETONS),
    Control("all multiplicities alike", {"share": lambda case, _: Fraction(1, len(case.parts))}, _MIXED),
)
def mixing(
    case: LabelSpectrum,
    _: Random,
    reverse: bool = False,
    mean: Fraction = Fraction(1),
    ceiling: Fraction = Fraction(1),
    share: Callable[[LabelSpectrum, int], Fraction] = lambda case, m: case.pi.multiplicities[m],
) -> Finding:
    r"""S6: :math:`\Sigma` is linear, :math:`\kappa\ge\sum_m\pi_m\kappa_m`, :math:`\mathrm K\le\sum_m\pi_m\mathrm K_m`.

    The first is decided exactly, the others with every eigenvalue moved by at most ``SLACK``.
    """
    mass, whole = case.pi.multiplicities, case.overall
    parts = {m: share(case, m) * whole.scale / spectrum.scale for m, spectrum in case.at.items()}
    common = lcm(*(part.denominator for part in parts.values()))
    combined = fmpz_mat(case.K - 1, case.K - 1)
    for m, part in parts.items():
        combined += case.at[m].form * int(part * common)
    if combined != whole.form * common:
        return fails("Sigma is not the mean of its multiplicities")
    low = sum((mass[m] * s.kappa.enclosure(SLACK).lower for m, s in case.at.items()), Fraction(0))
    high = sum((mass[m] * s.largest.enclosure(SLACK).upper for m, s in case.at.items()), Fraction(0))
    if (whole.kappa > low + SLACK) if reverse else (whole.kappa < low * mean):
        return fails(f"kappa = {whole.kappa.decimal(8)} against the mean {float(low):.8g}")
    if whole.largest > high * ceiling:
        return fails(f"K = {whole.largest.decimal(8)} exceeds the mean {float(high):.8g}")
    return HOLDS


@checks(
    "S7",
    "label sets counted through every pair of labels; Sigma_m against kappa-bar_m P over the integers",
    Control("every label equally often is enough", {"strength": 1}, _case([([0, 1], 1), ([2, 3], 1)], 4)),
)
def designs(case: LabelSpectrum, _: Random, strength: int = 2) -> Finding:
    r"""S7: a uniformly weighted 2-design is perfectly orthogonal; designs are recognised by counting pairs."""
    # a 2-design has blocks of at least two labels: at m = 1 no pair occurs, whatever the label counts
    found = [m for m, part in case.parts.items() if m > 1 and _equal(part.weights) and _is_design(part, strength)]
    if not found:
        return skips("no multiplicity is a uniformly weighted design")
    for m in found:
        if not case.perfectly_orthogonal(m):
            return fails(f"the design at multiplicity {m} is not perfectly orthogonal")
    return HOLDS


@checks(
    "S8",
    "the bounds (a)-(d) against kappa_m as exact algebraic numbers, (b) at its best shift",
    Control(
        "(a) separating sets counted twice",
        {"bend": _double_minorization},
        _case([([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3),
    ),
    Control(
        "(b) shifts off the diagonal only",
        {"bend": _one_sided_gershgorin},
        _case([([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3),
    ),
    Control("(c) 1 % too large", {"bend": _generous_trace_determinant}, _RARE_PAIR),
    Control("(d) upper bound for lower", {"bend": _narrow_overlap}, _UNEVEN_FOUR),
    Control("(d) lower bound for upper", {"bend": _low_ceiling}, _UNEVEN_FOUR),
    Control("S13 1 % too large", {"bend": _generous_sharpened}, _RARE_PAIR),
)
def kappa_lower_bounds(
    case: LabelSpectrum,
    _: Random,
    bend: Callable[[LowerBounds], LowerBounds] = _as_given,
) -> Finding:
    r"""S8: each of the four lower bounds, and the upper bound of (d), against the exact :math:`\kappa_m`."""
    for m in case.parts:
        kappa, bounds = case.kappa(m), bend(case.bounds[m])
        for name, bound in bounds.named.items():
            if kappa < bound:
                return fails(f"kappa_{m} = {kappa.decimal(8)} is below the {name} bound {float(bound):.8g}")
        if bounds.overlap_above is not None and kappa > bounds.overlap_above:
            return fails(f"kappa_{m} = {kappa.decimal(8)} is above the overlap bound {float(bounds.overlap_above):.8g}")
    return HOLDS


@checks(
    "S9",
    "energy summed set by set against tr(W^T Sigma W), kappa and K: rational against algebraic, decided exactly",
    Control("kappa as the upper constant", {"upper": lambda spectrum: spectrum.kappa}, _UNEVEN),
    Control("kappa 1 % too large", {"factor": _PERCENT}, _UNEVEN),
    Control("rows not centered", {"centered": False}, _UNEVEN),
    Control("trace 1 % too large", {"trace": _PERCENT}, _UNEVEN),
)
def contrast_energy_bounds(
    case: LabelSpectrum,
    rng: Random,
    upper: Callable[[Spectrum], Root] = lambda spectrum: spectrum.largest,
    factor: Fraction = Fraction(1),
    centered: bool = True,
    trace: Fraction = Fraction(1),
) -> Finding:
    r"""S9: the contrast energy of ``W``, summed set by set, is :math:`\operatorname{tr}W^\top\Sigma W` and lies in
    :math:`[\kappa,\mathrm K]\cdot\|PW\|_F^2`; equality on the weakest contrasts.

    ``W`` is a random rational matrix, and the weakest contrast rounded to rationals, which leaves a false constant no
    room. ``factor`` multiplies the lower constant.
    """
    parts = {case.pi: case.overall} | {part: case.at[m] for m, part in case.parts.items()}
    for pi, spectrum in parts.items():
        for W in (_random_rows(case.K, rng), _rounded_contrast(pi), *_weakest_rational(spectrum)):
            energy = contrast_energy(pi, W)
            if energy != trace * _trace_form(spectrum, W):
                return fails("the contrast energy is not tr(W^T Sigma W)")
            rows = centered_rows(W) if centered else [[case.K * x for x in row] for row in W]
            size = Fraction(sum(x * x for row in rows for x in row), case.K**2)
            if size and spectrum.kappa > energy / size / factor:
                return fails(f"energy {float(energy / size):.8g} per unit is below {float(factor):g} kappa")
            if size and upper(spectrum) < energy / size:
                return fails(f"energy {float(energy / size):.8g} per unit exceeds {upper(spectrum).decimal(8)}")
    return HOLDS


@checks(
    "S10",
    "eigenvalues within 2^-64; the norm of the difference against the distance of the distributions, exactly",
    Control("a quarter of the distance", {"constant": Fraction(1, 4)}, _case([([0], 1)], 3)),
    Control("half the norm of the difference", {"weyl": Fraction(1, 2)}, _case([([0], 1)], 3)),
)
def perturbation(
    case: LabelSpectrum, rng: Random, constant: Fraction = Fraction(1), weyl: Fraction = Fraction(1)
) -> Finding:
    r"""S10: :math:`|\kappa-\kappa'|\le\|\Sigma-\Sigma'\|_2\le\max\|\tilde y_S\|^2\|\pi-\pi'\|_1`; S12: half of that.

    :math:`\pi'` is a random reweighting with one more label set, and ``pi`` with its labels shifted by one. The second
    inequality is decided exactly; in the first the eigenvalues are moved by at most ``SLACK`` each.
    """
    pi, mine = case.pi, case.overall
    for other in (_reweighted(pi, rng), _relabelled(pi)):
        theirs = Spectrum.of(other)
        difference = Spectrum(mine.form * theirs.scale - theirs.form * mine.scale, mine.scale * theirs.scale)
        lowest, highest = difference.kappa, difference.largest
        norm = max(-lowest.enclosure(SLACK).lower, highest.enclosure(SLACK).upper)
        a, b = mine.kappa.enclosure(SLACK), theirs.kappa.enclosure(SLACK)
        if max(a.lower - b.upper, b.lower - a.upper) > norm * weyl:
            return fails(f"|kappa - kappa'| exceeds {float(weyl):g} times the norm {float(norm):.8g} of the difference")
        support = {*pi.masks, *other.masks}
        distance = sum((abs(_probability(pi, s) - _probability(other, s)) for s in support), Fraction(0))
        limit = constant * distance * max(balanced_value(pi.K, s.bit_count()) * (pi.K - 1) for s in support)
        if highest > limit or lowest < -limit:
            return fails(f"the norm {float(norm):.8g} exceeds {limit}")
    return HOLDS


@checks(
    "S11",
    "interlacing of the two spectra, by a Cauchy index (above 24 labels by exact counts between eigenvalues)",
    Control("the centerings swapped", {"swap": True}, _UNEVEN),
)
def two_centerings(case: LabelSpectrum, _: Random, swap: bool = False) -> Finding:
    r"""S11: :math:`\lambda_i(C_m)\le\lambda_i(\Sigma_m)\le\lambda_{i+1}(C_m)`.

    Up to ``EUCLID_MOST_LABELS`` labels for all ``i`` at once, exactly. Above, by exact counts of eigenvalues
    below each midpoint between neighbouring float64 eigenvalues: the one below may at most lead by one. There two
    eigenvalues that float64 cannot tell apart are not separated, and where no two can be, nothing is decided.
    """
    for m, part in case.parts.items():
        low, high = Spectrum.of(part, "mean"), case.at[m]
        if swap:
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


@checks(
    "S12",
    "as S10, with half its constant",
    Control("constant 0.495", {"constant": Fraction(99, 200)}, _case([([0, 1], 1)], 4)),
)
def perturbation_with_half_the_constant(
    case: LabelSpectrum, rng: Random, constant: Fraction = Fraction(1, 2)
) -> Finding:
    r"""S12: :math:`\|\Sigma-\Sigma'\|_2\le\frac12\max\|\tilde y_S\|^2\|\pi-\pi'\|_1`."""
    return perturbation(case, rng, constant)


@checks(
    "S13",
    "three steps of the recursion against kappa_m as an exact algebraic number",
    Control(
        "1 % too large",
        {"bound": lambda spectrum, known: _PERCENT * trace_determinant_bound(spectrum, known)},
        _RARE_PAIR,
    ),
    Control("known bound counted in", {"bound": lambda s, known: trace_determinant_bound(s) + known}, _RARE_PAIR),
    Control("known bound taken off", {"bound": lambda s, known: trace_determinant_bound(s) - known}, _RARE_PAIR),
)
def sharpened_trace_determinant(
    case: LabelSpectrum,
    _: Random,
    bound: Callable[[Spectrum, Fraction], Fraction] = trace_determinant_bound,
) -> Finding:
    r"""S13: the recursion from :math:`\kappa_0=0` increases and stays below the exact :math:`\kappa_m`."""
    if case.K < 3:
        return skips("K = 2 has one contrast only")
    for m, spectrum in case.at.items():
        known = Fraction(0)
        for _step in range(3):
            better = bound(spectrum, known)
            if better < known:
                return fails(f"the bound falls from {float(known):.8g} to {float(better):.8g} at multiplicity {m}")
            if spectrum.kappa < better:
                return fails(f"kappa_{m} = {spectrum.kappa.decimal(8)} is below the bound {float(better):.8g}")
            # any known lower bound will do, and a short one keeps the powers short
            known = Fraction(int(better * 2**64), 2**64)
    return HOLDS


@checks(
    "S14",
    "kappa_m of uniform and of random weights on a design against the bound, exactly",
    Control("1 % too large", {"factor": _PERCENT}, _PAIRS),
    Control("mean weight of a block for the least", {"least": lambda w: Fraction(sum(w), len(w))}, _PAIRS),
)
def design_minorization(
    case: LabelSpectrum,
    rng: Random,
    factor: Fraction = Fraction(1),
    least: Callable[[Sequence[int]], int | Fraction] = min,
) -> Finding:
    r"""S14: a 2-design in the support gives :math:`\kappa_m\ge\bar\kappa_m\,b\min_{S\in\mathcal B}\pi_{S|m}`.

    Tried on the designs known for the case's ``K`` and multiplicities: with uniform weights, where equality holds, and
    with random weights on top of the case's own label sets. ``factor`` multiplies the bound.
    """
    met = False
    for m, part in case.parts.items():
        for blocks in _designs(case.K, m):
            met = True
            weights = part.weight_of
            loaded = {**weights, **{mask: weights.get(mask, 0) + rng.randint(1, 9) for mask in blocks}}
            for trial in (dict.fromkeys(blocks, 1), loaded):
                rarest = Fraction(least([trial[mask] for mask in blocks])) / sum(trial.values())
                bound = factor * balanced_value(case.K, m) * len(blocks) * rarest
                kappa = Spectrum.of(LabelDistribution.from_masks(trial, case.given.labels)).kappa
                if kappa < bound:
                    return fails(f"kappa_{m} = {kappa.decimal(8)} is below the design bound {float(bound):.8g}")
    return HOLDS if met else skips("no small design is known for these sizes")
