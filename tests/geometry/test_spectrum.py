"""The spectrum against definitions written out again in plain fractions and float64."""

import random
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import (
    distributions_of_one_multiplicity,
    distributions_with_kappa_zero,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
)
from verify.geometry import floats
from verify.geometry import spectrum as spectra
from verify.geometry.floats import centered_moment_float, extreme_eigenvalues_float, weakest_contrast
from verify.geometry.spectrum import (
    SHARPENINGS,
    LabelSpectrum,
    Spectrum,
    annihilated_contrasts,
    balanced_value,
    co_occurrences,
    contrast_energy,
    lower_bounds,
    overlap_variance,
    second_moment,
    shifted_gershgorin,
    weighted_gram,
)
from verify.labels.builders.designs import projective_plane
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.readers import from_array
from verify.report.averaging import averaging_answers
from verify.report.spectrum_text import spectrum_lines

EPS = float(np.finfo(float).eps)


def centered_moment(pi: LabelDistribution) -> list[list[Fraction]]:
    """Sigma = P M P from its definition, in fractions."""
    K = pi.K
    sigma = [[Fraction(0)] * K for _ in range(K)]
    for mask, weight in zip(pi.masks, pi.weights, strict=True):
        centered = [(mask >> k & 1) - Fraction(mask.bit_count(), K) for k in range(K)]
        for j, k in product(range(K), repeat=2):
            sigma[j][k] += Fraction(weight, pi.total) * centered[j] * centered[k]
    return sigma


@given(label_distributions())
def test_the_spectrum_is_that_of_the_definition(pi: LabelDistribution) -> None:
    sigma, spectrum = centered_moment(pi), Spectrum.of(pi)
    assert spectrum.trace == sum(sigma[k][k] for k in range(pi.K))
    assert spectrum.square_trace == sum(x * x for row in sigma for x in row)
    expected = np.linalg.eigvalsh(np.array(sigma, dtype=float))[1:]
    found = [float(spectrum.roots.root(i)) for i in range(pi.K - 1)]
    # eigvalsh is backward stable and ||Sigma|| <= K
    np.testing.assert_allclose(found, expected, rtol=0, atol=64 * EPS * pi.K)


@given(label_distributions())
def test_mean_centering_is_that_of_the_definition(pi: LabelDistribution) -> None:
    P = np.eye(pi.K) - 1 / pi.K
    Y, f = pi.indicator, np.array(pi.frequencies, dtype=float)
    C = P @ ((Y * pi.probabilities[:, None]).T @ Y - np.outer(f, f)) @ P
    # compare traces of powers: C may have 1 anywhere among its zero eigenvalues
    spectrum = Spectrum.of(pi, "mean")
    np.testing.assert_allclose(float(spectrum.trace), np.trace(C), rtol=0, atol=64 * EPS * pi.K)
    np.testing.assert_allclose(float(spectrum.square_trace), np.trace(C @ C), rtol=0, atol=64 * EPS * pi.K**2)


@given(label_distributions(proper=False))
def test_float64_agrees_with_exact(pi: LabelDistribution) -> None:
    kappa, largest = extreme_eigenvalues_float(pi)
    spectrum = Spectrum.of(pi)
    np.testing.assert_allclose([kappa, largest], [float(spectrum.kappa), float(spectrum.largest)], atol=64 * EPS * pi.K)


def test_sparse_and_dense_products_agree() -> None:
    rng = np.random.default_rng(0)
    masks = {int.from_bytes(rng.bytes(25), "little") & int.from_bytes(rng.bytes(25), "little") & -8 for _ in range(300)}
    wide = LabelDistribution.from_masks({mask: 1 + mask % 7 for mask in masks}, [str(k) for k in range(200)])
    thin = LabelDistribution.from_masks({1 << k | 1 << (7 * k) % 199: 1 + k for k in range(190)}, wide.labels)
    for pi in (wide, thin):
        expected = np.array(centered_moment_of(pi))
        np.testing.assert_allclose(centered_moment_float(pi), expected, rtol=0, atol=64 * EPS)


def centered_moment_of(pi: LabelDistribution) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The same in float64 from the dense indicator."""
    centered = pi.indicator - pi.indicator.mean(axis=1, keepdims=True)
    moment: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (centered * pi.probabilities[:, None]).T @ centered
    return moment


@given(label_distributions())
def test_the_second_moment_counts_co_occurrences(pi: LabelDistribution) -> None:
    moment = second_moment(pi)
    for j, k in product(range(pi.K), repeat=2):
        both = sum(w for s, w in zip(pi.masks, pi.weights, strict=True) if s >> j & 1 and s >> k & 1)
        assert moment[j, k] == both


@given(distributions_with_kappa_zero())
def test_kappa_zero_is_found_with_a_witness(given_: tuple[LabelDistribution, tuple[int, ...]]) -> None:
    pi, _ = given_
    witnesses = annihilated_contrasts(pi)
    assert witnesses
    assert Spectrum.of(pi).kappa.rational == 0
    assert Spectrum.of(pi).kappa.multiplicity == len(witnesses)
    for x in witnesses:
        assert any(x)
        assert sum(x) == 0
        assert all(sum(v for k, v in enumerate(x) if mask >> k & 1) == 0 for mask in pi.masks)


@given(perfectly_orthogonal_distributions())
def test_perfect_orthogonality_is_decided(pi: LabelDistribution) -> None:
    (m,) = pi.multiplicities
    spectrum = LabelSpectrum(pi)
    assert spectrum.perfectly_orthogonal(m)
    assert spectrum.kappa(m).rational == spectrum.largest(m).rational == balanced_value(pi.K, m)
    assert spectrum.kappa(m).multiplicity == pi.K - 1


def test_a_distribution_one_count_away_from_balance_is_not_orthogonal() -> None:
    base = balanced(6, 2)
    off = LabelDistribution(base.labels, base.masks, (10**9 + 1,) + (10**9,) * 14)
    assert LabelSpectrum(base).perfectly_orthogonal(2)
    assert not LabelSpectrum(off).perfectly_orthogonal(2)
    assert LabelSpectrum(off).kappa(2) < balanced_value(6, 2)


@given(distributions_of_one_multiplicity())
def test_the_best_shift_is_the_best_of_many(pi: LabelDistribution) -> None:
    bound, best = shifted_gershgorin(second_moment(pi), pi.total)
    M = [[Fraction(int(x), pi.total) for x in row] for row in second_moment(pi).tolist()]

    def value(t: Fraction) -> Fraction:
        return min(
            M[k][k] - t - sum((abs(M[j][k] - t) for j in range(pi.K) if j != k), Fraction(0)) for k in range(pi.K)
        )

    assert value(best) == bound
    entries = sorted({x for row in M for x in row})
    middles = [(a + b) / 2 for a, b in pairwise(entries)]
    assert all(value(t) <= bound for t in [*entries, *middles, best + Fraction(1, 97), best - Fraction(1, 97)])


@given(st.one_of(distributions_of_one_multiplicity(), perfectly_orthogonal_distributions()))
def test_every_bound_is_its_formula_in_float64(pi: LabelDistribution) -> None:
    """The bounds once more, from float64 eigenvalues and plain formulas."""
    bounds, K, (m,) = lower_bounds(pi), pi.K, pi.multiplicities
    values = np.linalg.eigvalsh(np.array(centered_moment(pi), dtype=float))[1:]
    tau, s = values.mean(), values.std()
    # eigenvalues have absolute error of some K eps, and s is a square root: sqrt(64 eps K) where it is near 0
    slack = float(np.sqrt(64 * EPS * K)) * K
    if len(pi.masks) == comb(K, m):
        separating = [p for mask, p in zip(pi.masks, pi.probabilities, strict=True) if mask & 1 and not mask & 2]
        assert bounds.minorization is not None
        assert abs(float(bounds.minorization) - len(separating) * pi.probabilities.min()) < slack
    else:
        assert bounds.minorization is None
    assert abs(float(bounds.overlap) - (tau - s * np.sqrt(K - 2))) < slack
    if K == 2:
        assert bounds.overlap_above is None
        assert bounds.trace_determinant is None
        assert bounds.sharpened is None
        return
    assert abs(float(bounds.overlap_above or 0) - (tau - s / np.sqrt(K - 2))) < slack
    known, product_ = 0.0, float(np.prod(values))
    assert abs(float(bounds.trace_determinant or 0) - product_ * ((K - 2) / values.sum()) ** (K - 2)) < slack
    for _ in range(SHARPENINGS):
        known = product_ * ((K - 2) / (values.sum() - known)) ** (K - 2)
    assert abs(float(bounds.sharpened or 0) - known) < slack


def test_the_weakest_contrast_ignores_what_carries_none() -> None:
    rows: list[tuple[tuple[int, ...], int]] = [((), 10**40), ((0,), 1), ((1,), 2), ((2,), 4), ((0, 1, 2), 10**40)]
    x = weakest_contrast(LabelDistribution.from_sets(rows, labels="abc"))
    assert abs(x.sum()) < 64 * EPS
    with pytest.raises(InputError, match="empty or full"):
        weakest_contrast(LabelDistribution.from_sets([((), 1)], labels="ab"))


@given(label_distributions())
def test_float64_eigenvalues_of_the_form_are_the_eigenvalues(pi: LabelDistribution) -> None:
    spectrum = Spectrum.of(pi)
    exact = [float(spectrum.roots.root(i)) for i in range(pi.K - 1)]
    np.testing.assert_allclose(spectrum.eigenvalues_float(), exact, rtol=0, atol=64 * EPS * pi.K)


@given(perfectly_orthogonal_distributions(), st.data())
def test_the_eigenspace_is_one(pi: LabelDistribution, data: st.DataObject) -> None:
    spectrum = Spectrum.of(pi)
    value = spectrum.kappa.rational
    assert value is not None
    basis = spectrum.eigenspace(value)
    assert len(basis) == pi.K - 1
    x = data.draw(st.sampled_from(basis))
    sigma = centered_moment(pi)
    assert sum(x) == 0
    assert [sum(row[k] * x[k] for k in range(pi.K)) for row in sigma] == [value * entry for entry in x]


@given(distributions_of_one_multiplicity())
def test_the_overlap_variance_is_the_same_from_overlaps_and_from_the_trace(pi: LabelDistribution) -> None:
    spectrum = Spectrum.of(pi)
    (m,) = pi.multiplicities
    from_trace = spectrum.square_trace / (pi.K - 1) - balanced_value(pi.K, m) ** 2
    assert overlap_variance(pi, spectrum) == from_trace


@given(from_families())
def test_the_tightest_bound_is_the_largest(pi: LabelDistribution) -> None:
    for bounds in LabelSpectrum(pi).bounds.values():
        values = {name: float(bound) for name, bound in bounds.named.items()}
        # float64 rounds each by a relative half unit only
        assert values[bounds.tightest] >= max(values.values()) - EPS * max(map(abs, values.values()))


def test_bounds_refuse_mixed_multiplicities() -> None:
    with pytest.raises(InputError, match="restrict first"):
        lower_bounds(LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abc"))


@given(label_distributions(), st.data())
def test_the_contrast_energy_is_that_of_the_definition(pi: LabelDistribution, data: st.DataObject) -> None:
    W = data.draw(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=pi.K, max_size=pi.K))
    sigma = centered_moment(pi)
    trace = sum(W[j][c] * sigma[j][k] * W[k][c] for c in range(2) for j, k in product(range(pi.K), repeat=2))
    assert contrast_energy(pi, W) == trace


@given(label_distributions(st.integers(3, 8)))
def test_the_weakest_contrast_attains_kappa(pi: LabelDistribution) -> None:
    x = weakest_contrast(pi)
    sigma = np.array(centered_moment(pi), dtype=float)
    assert abs(x.sum()) < 64 * EPS * pi.K
    assert abs(np.linalg.norm(x) - 1) < 64 * EPS
    assert abs(x @ sigma @ x - float(Spectrum.of(pi).kappa)) < 64 * EPS * pi.K
    assert x[np.argmax(np.abs(x))] > 0


def test_many_label_sets_are_counted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).random((60, 6)) < 0.4
    skewed, fair = from_array(rows).proper, LabelDistribution.from_sets([([k], 1) for k in range(6)])
    twins = from_array(np.column_stack([rows, rows[:, 0]])).proper

    def found() -> list[object]:
        return [(Spectrum.of(pi).form, second_moment(pi), annihilated_contrasts(pi)) for pi in (skewed, fair, twins)]

    few = found()
    monkeypatch.setattr(spectra, "_SMALL", 0)
    assert found() == few
    assert annihilated_contrasts(twins) == ((1, 0, 0, 0, 0, 0, -1),)
    for pi in (skewed, fair):
        spectrum = LabelSpectrum(pi)
        for m, at in spectrum.at.items():
            assert spectrum.perfectly_orthogonal(m) == at.is_multiple_of_centering(balanced_value(6, m))


def test_degenerate_cases_are_ordinary() -> None:
    pair = LabelSpectrum(LabelDistribution.from_sets([([0], 3), ([1], 1)], labels="ab"))
    assert pair.kappa(1).rational == pair.largest(1).rational == Fraction(1, 2)
    assert pair.perfectly_orthogonal(1)
    assert pair.bounds[1].trace_determinant is None
    single = LabelSpectrum(LabelDistribution.from_sets([([0, 1], 5)], labels="abc"))
    assert single.kappa(2).rational == 0
    assert single.largest(2).rational == Fraction(2, 3)
    fano = LabelSpectrum(projective_plane(2))
    assert fano.kappa(3).rational == Fraction(2, 7)
    assert fano.perfectly_orthogonal(3)


def test_any_requested_width() -> None:
    spectrum = Spectrum.of(LabelDistribution.from_sets([([0], 1), ([1], 2), ([2], 5), ([0, 1], 3)]))
    for digits in (5, 50, 500):
        enclosure = spectrum.kappa.enclosure(Fraction(1, 10**digits))
        assert 0 < enclosure.width <= Fraction(1, 10**digits)
        assert spectrum.roots.count_below(enclosure.lower) == 0
        assert spectrum.roots.count_at_most(enclosure.upper) >= 1


@pytest.mark.parametrize("seed", range(12))
def test_the_ends_alone_are_those_of_the_whole_spectrum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where kappa is 0, and what counting says of that is so."""
    rng = random.Random(seed)
    K = rng.randint(5, 14)
    masks = {rng.randrange(1, 2**K - 1) for _ in range(rng.randint(2, 60))}
    if seed % 3 == 0:  # labels 0 and 1 always together
        masks = {mask | 2 if mask & 1 else mask & ~2 for mask in masks} - {0, 2**K - 1}
    pi = LabelDistribution.from_masks({mask: rng.randint(1, 50) for mask in masks}, [str(k) for k in range(K)])
    whole = dict(floats.Ends(LabelSpectrum(pi)))
    monkeypatch.setattr(floats, "LARGE", 2)
    spectrum = LabelSpectrum(pi)
    for m, ends in floats.Ends(spectrum).items():
        assert ends.kappa == pytest.approx(whole[m].kappa, abs=1e-10)
        assert ends.largest == pytest.approx(whole[m].largest, rel=1e-9)
    x, sigma = ends.weakest, centered_moment_float(pi)
    assert x is not None
    assert np.linalg.norm(sigma @ x - ends.kappa * x) < 1e-6
    assert np.linalg.norm(x) == pytest.approx(1)
    assert spectrum.vanishing == (seed % 3 == 0 or len(masks) < K - 1)
    assert not spectrum.vanishing or annihilated_contrasts(pi)


def test_no_end_is_computed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 4)])
    whole, told, computed = dict(floats.Ends(LabelSpectrum(pi))), list[tuple[int, int]](), list[int]()
    ends = floats.Ends(LabelSpectrum(pi), lambda _, done, of: told.append((done, of)))
    eigenvalues = floats.extreme_eigenvalues_float

    def counting(part: LabelDistribution) -> tuple[float, float]:
        computed.append(len(part.masks))
        return eigenvalues(part)

    monkeypatch.setattr(floats, "extreme_eigenvalues_float", counting)
    assert list(ends) == [1, 2, None]
    assert (computed, told) == ([], [])
    assert ends[None] == ends[None] == whole[None]
    assert (computed, told) == ([4], [(1, 3)])
    assert dict(ends) == whole
    assert (computed, told) == ([4, 3, 1], [(1, 3), (2, 3), (3, 3)])


@pytest.mark.parametrize("blocks", [(1, 1), (7, 3), (1 << 20, 1024)])
def test_pairs_of_labels_are_counted_exactly(blocks: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is counted at once, in whole numbers and in float64; control: rounded shares are not exact."""
    monkeypatch.setattr(spectra, "_PAIRS", blocks[0])
    monkeypatch.setattr(spectra, "_BLOCK", blocks[1])
    rng = random.Random(0)
    masks = {rng.randrange(2**9) for _ in range(80)} | {0, 2**9 - 1}
    pi = LabelDistribution.from_masks({mask: rng.randrange(1, 2**44) for mask in masks}, [str(k) for k in range(9)])
    exact = np.array(weighted_gram(pi.rows, pi.weights).tolist(), dtype=object)
    assert (co_occurrences(pi, np.array(pi.weights)).astype(object) == exact).all()
    counted = co_occurrences(pi, np.array(pi.weights, dtype=np.float64))
    assert (counted.astype(np.int64).astype(object) == exact).all()
    shares = co_occurrences(pi, pi.probabilities) * pi.total
    assert (shares.astype(np.int64).astype(object) != exact).any(), "control"
    assert shares == pytest.approx(counted, rel=1e-12)


def test_perfect_orthogonality_is_seen_by_counting_as_by_the_matrix() -> None:
    for K, m in product(range(3, 7), range(1, 6)):
        if m < K:
            full = {sum(1 << k for k in chosen): 2 for chosen in combinations(range(K), m)}
            for changed in (None, 1, 3):  # all equal; one set more often; one less, and not at all
                weights = full if changed is None else {**full, min(full): changed}
                for pi in (weights, dict(list(weights.items())[1:] or weights.items())):
                    case = LabelSpectrum(LabelDistribution.from_masks(pi, [str(k) for k in range(K)]))
                    expected = case.at[m].is_multiple_of_centering(balanced_value(K, m))
                    assert case.perfectly_orthogonal(m) == expected


@pytest.mark.parametrize("apart", [False, True])
def test_many_labels_are_answered_for_without_a_dense_matrix_of_label_sets(apart: bool) -> None:
    """Two labels that no label set tells apart decide what float64 does not."""
    sets = [([0, 1], 3), *(([k], 1 + k % 3) for k in range(2, 1100)), ([0, 2], 1) if apart else ([2, 3], 1)]
    spectrum = LabelSpectrum(LabelDistribution.from_sets(sets, labels=[str(k) for k in range(1100)]))
    assert spectrum.vanishing != apart
    lines = spectrum_lines("many", spectrum, 10, exact=False)
    assert any(line.startswith("kappa = 0 exactly") and line.endswith(": +0 -1.") for line in lines) != apart
    limits = [answer.answer for answer in averaging_answers(spectrum, False) if answer.penalty == "limit"]
    assert limits[0] == ("not decided" if apart else "not in general")
    assert {"indicator", "rows"}.isdisjoint(vars(spectrum.pi))
