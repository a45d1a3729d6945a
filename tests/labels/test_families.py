"""Families: every formula recomputed independently, designs counted, the theory's special instances, determinism."""

import hashlib
import itertools
import math
import os
import random
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.strategies import contrasts, label_distributions
from verify.labels import draws
from verify.labels.builders.family import GRID, Family
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.families import FAMILIES, make, named, panel, random_distribution

PANEL = list(panel())


def members(pi: LabelDistribution) -> list[tuple[int, ...]]:
    """Label sets as tuples of labels 1..K."""
    return [tuple(k + 1 for k in range(pi.K) if mask >> k & 1) for mask in pi.masks]


def weight_of(pi: LabelDistribution) -> dict[tuple[int, ...], int]:
    return dict(zip(members(pi), pi.weights, strict=True))


def centered_rows(pi: LabelDistribution) -> list[list[int]]:
    """``K`` times the class-centered indicators."""
    return [[pi.K * (mask >> k & 1) - mask.bit_count() for k in range(pi.K)] for mask in pi.masks]


def is_perfectly_orthogonal(pi: LabelDistribution) -> bool:
    """Whether the centered second moment is a multiple of the centering: its entries, exactly, from the definition."""
    rows = centered_rows(pi)
    moment = [
        [sum(w * row[j] * row[k] for w, row in zip(pi.weights, rows, strict=True)) for k in range(pi.K)]
        for j in range(pi.K)
    ]
    off = moment[0][1]
    return all(moment[j][k] == (off if j != k else (1 - pi.K) * off) for j in range(pi.K) for k in range(pi.K))


def worst_off_label_entry(pi: LabelDistribution) -> float:
    """The largest ``(Sigma^{+1/2} y_S)_j`` over ``S`` and ``j`` outside ``S``, in float64 (claim T1)."""
    y = pi.indicator
    centered = y - y.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh((centered * pi.probabilities[:, None]).T @ centered)
    root = vectors[:, 1:] @ np.diag(values[1:] ** -0.5) @ vectors[:, 1:].T
    return float(np.where(y == 0, y @ root, -np.inf).max())


# ---------------------------------------------------------------------- the whole panel


@pytest.mark.parametrize(("name", "pi"), PANEL, ids=[name for name, _ in PANEL])
def test_every_member_is_rebuilt_from_its_name(name: str, pi: LabelDistribution) -> None:
    assert named(name) == pi
    assert all(type(weight) is int and weight > 0 for weight in pi.weights)
    if FAMILIES[name.partition("(")[0]].proper:
        assert pi.proper is pi


def test_the_panel_repeats_no_name_and_no_distribution_and_covers_every_family_and_k() -> None:
    names = [name for name, _ in PANEL]
    assert len(set(names)) == len(names) == len({pi for _, pi in PANEL})
    assert {name.partition("(")[0] for name in names} == set(FAMILIES) - {"topical"}  # which is for many labels
    assert {pi.K for _, pi in PANEL} >= set(range(2, 9)) | {11, 13, 19, 23, 31}


def test_panel_holds_the_degenerate_cases() -> None:
    """K = 2, m = K-1, one label set, kappa = 0, K = 2m orthogonal with unequal frequencies, an improper label set."""
    members = [pi for _, pi in PANEL]
    assert any(pi.K == 2 and len(set(pi.weights)) > 1 for pi in members)
    assert any(set(pi.sizes) == {pi.K - 1} and pi.K > 2 and len(set(pi.weights)) > 1 for pi in members)
    assert any(len(pi.masks) == 1 for pi in members)
    assert any(len(pi.masks) >= pi.K and fmpz_mat(centered_rows(pi)).rank() < pi.K - 1 for pi in members)
    assert any(pi.K > 2 and len(set(pi.class_counts)) > 1 and is_perfectly_orthogonal(pi) for pi in members)
    assert any(pi.proper is not pi for pi in members)


def test_a_small_panel_still_lists_the_designs() -> None:
    beyond = [name for name, pi in panel(K_max=3) if pi.K > 3]
    assert beyond[0] == "projective_plane(q=2)"
    assert {name.partition("(")[0] for name in beyond} == {"projective_plane", "paley", "hadamard_halves"}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_family_documents_itself(family: Family) -> None:
    assert family.summary.endswith((".", ").", ":"))
    assert "pi_S" in family.formula or "~" in family.formula or "support" in family.formula or "f_k" in family.formula


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_random_members_are_rebuilt_from_their_names(family: Family) -> None:
    rng = random.Random(7)
    for K in range(2, 9):
        if not family.exists_at(K):
            with pytest.raises(InputError, match=f"{family.name} has no member with {K} labels"):
                family.sample(rng, K)
            continue
        for _ in range(20):
            parameters = family.sample_parameters(rng, K)
            pi = family.build(**parameters)
            assert pi.K == K
            assert named(family.spell(parameters)) == pi
            assert not family.proper or pi.proper is pi


def test_random_distribution_reaches_every_proper_family_and_k() -> None:
    rng = random.Random(0)
    drawn = [random_distribution(rng, (2, 7)) for _ in range(2000)]
    assert {pi.K for _, pi in drawn} == set(range(2, 8))
    few = {n for n, family in FAMILIES.items() if family.proper} - {"topical"}
    assert {name.partition("(")[0] for name, _ in drawn} == few


# ---------------------------------------------------------------------- formulas, recomputed


@pytest.mark.parametrize("K", range(2, 9))
def test_balanced_and_mixture_formulas(K: int) -> None:
    for m in range(1, K):
        pi = make("balanced", K=K, m=m)
        assert members(pi) == sorted(itertools.combinations(range(1, K + 1), m), key=lambda s: s[::-1])
        assert len(set(pi.weights)) == 1
    shares = tuple(range(K - 1, 0, -1))
    pi = make("mixture", K=K, shares=shares)
    for label_set, probability in pi.items():
        m = len(label_set)
        assert probability == Fraction(shares[m - 1], sum(shares) * math.comb(K, m))


@pytest.mark.parametrize("rho", [Fraction(3, 2), Fraction(10)])
def test_step_formula(rho: Fraction) -> None:
    for K, m in ((2, 1), (5, 1), (6, 3), (7, 6)):
        pi = make("step", K=K, m=m, rho=rho)
        scale = {w / math.prod((rho if k <= K // 2 else Fraction(1)) for k in s) for s, w in weight_of(pi).items()}
        assert len(scale) == 1
    frequencies = make("step", K=6, m=1, rho=rho).frequencies
    assert max(frequencies) / min(frequencies) == rho


def test_longtail_formula_within_the_grid() -> None:
    for K, m, rho in ((5, 1, 100), (6, 3, 10), (8, 4, 1000), (7, 6, Fraction(5, 2))):
        weights = weight_of(make("longtail", K=K, m=m, rho=rho))
        odds = {s: -sum(k - 1 for k in s) / (K - 1) * math.log(rho) for s in weights}
        least = min(odds.values())
        for s, weight in weights.items():
            exact = math.exp(odds[s] - least)
            # half a grid unit, plus float64's own error in exact, generously 1e-12 of it
            assert abs(weight / GRID - exact) <= 0.5 / GRID + 1e-12 * exact


def test_longtail_multiplicity_one_has_the_imbalance_ratio() -> None:
    frequencies = make("longtail", K=10, m=1, rho=100).frequencies
    assert frequencies[0] / frequencies[-1] == 100
    assert list(frequencies) == sorted(frequencies, reverse=True)


@pytest.mark.parametrize("s", ["1/2", 1, "3/2"])
@pytest.mark.parametrize("cardinality", [1, "5/4", "3/2"])
@pytest.mark.parametrize("K", [3, 6, 40])
def test_zipf_frequencies_within_the_grid_and_cardinality_exact(K: int, s: str | int, cardinality: str | int) -> None:
    pi = make("zipf", K=K, s=s, cardinality=cardinality, orders=3, seed=5)
    mean = Fraction(cardinality)
    assert pi.cardinality == mean
    profile = [k ** -float(Fraction(s)) for k in range(1, K + 1)]
    for frequency, value in zip(pi.frequencies, profile, strict=True):
        assert abs(frequency - float(mean) * value / sum(profile)) <= 1 / (1000 * K * mean.denominator) + 1e-12
    assert set(pi.sizes) <= {math.floor(mean), math.ceil(mean)}


def test_independent_is_the_product_of_its_frequencies() -> None:
    pi = make("independent", K=4, s=1, cardinality="3/2")
    assert pi.cardinality == Fraction(3, 2)
    assert len(pi.masks) == 16
    f = pi.frequencies
    for label_set, probability in pi.items():
        assert probability == math.prod(f[k] if str(k + 1) in label_set else 1 - f[k] for k in range(4))


@pytest.mark.parametrize("q", [Fraction(5), Fraction(1, 20)])
def test_blocks_formula(q: Fraction) -> None:
    for K, m, size in ((5, 3, 2), (6, 4, 3), (4, 1, 2), (7, 5, 7)):
        weights = weight_of(make("blocks", K=K, m=m, size=size, q=q))
        assert len(weights) == math.comb(K, m)
        exact = {
            s: q ** sum((j - 1) // size == (k - 1) // size for j, k in itertools.combinations(s, 2)) for s in weights
        }
        assert len({weight / exact[s] for s, weight in weights.items()}) == 1


def test_exclusive_labels_never_meet_and_nothing_else_is_left_out() -> None:
    for K, m, groups in ((4, 2, 2), (7, 2, 3), (8, 3, 3), (5, 1, 2)):
        pi = make("exclusive", K=K, m=m, groups=groups)
        expected = {
            s
            for s in itertools.combinations(range(1, K + 1), m)
            if all(j % groups != k % groups for j, k in itertools.combinations(s, 2))
        }
        assert set(members(pi)) == expected
        assert len(set(pi.weights)) == 1


def test_one_label_from_every_group_has_kappa_zero() -> None:
    for K, groups in ((3, 3), (6, 3), (7, 3), (8, 4)):
        if groups < K:
            pi = make("exclusive", K=K, m=groups, groups=groups)
            assert fmpz_mat(centered_rows(pi)).rank() < K - 1


def test_pairwise_is_a_pairwise_model() -> None:
    """Log-weights have no third-order interaction: on 3-sets of 5 labels they are a sum of pair terms."""
    weights = weight_of(make("pairwise", K=5, m=2, strength=6, seed=3))
    assert set(weights.values()) <= set(range(1, 7))
    triples = weight_of(make("pairwise", K=5, m=3, strength=6, seed=3))
    assert triples == {s: math.prod(weights[pair] for pair in itertools.combinations(s, 2)) for s in triples}


def test_pairwise_singletons_are_equal() -> None:
    assert set(make("pairwise", K=4, m=1, strength=6, seed=0).weights) == {1}


def test_the_swap_chain_samples_the_pairwise_model() -> None:
    """Against the enumerated model. States K swaps apart are nearly independent; a 12-sigma multinomial band."""
    exact, rows = make("pairwise", K=5, m=2, strength=4, seed=1), 20_000
    sampled = weight_of(make("pairwise", K=5, m=2, strength=4, seed=1, rows=rows))
    assert sum(sampled.values()) == rows
    for s, weight in weight_of(exact).items():
        p = weight / exact.total
        assert abs(sampled[s] / rows - p) <= 12 * math.sqrt(p * (1 - p) / rows)
    flat = 1 / len(sampled)  # control: the same band rejects the uniform distribution
    assert any(abs(count / rows - flat) > 12 * math.sqrt(flat * (1 - flat) / rows) for count in sampled.values())


def test_the_swap_chain_serves_many_labels() -> None:
    pi = make("pairwise", K=60, m=5, strength=6, seed=0, rows=50)
    assert (pi.K, set(pi.sizes), pi.total) == (60, {5}, 50)


@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 99), st.integers(0, 2))
def test_dirichlet_counts_add_up(K: int, rows: int, seed: int, base: int) -> None:
    sizes = tuple(range(1, K))
    pi = make("dirichlet", K=K, m=sizes, alpha="1/2", rows=rows, seed=seed, base=base)
    assert pi.total == rows + base * (2**K - 2)
    if base:
        assert len(pi.masks) == 2**K - 2


def test_dirichlet_is_concentrated_for_small_alpha_and_flat_for_large() -> None:
    """Mean of sum_i p_i^2 over Dirichlet(alpha) on n cells is (alpha+1)/(n alpha+1).

    For the counts of N draws the chance that two *different* draws agree has exactly this mean. Its value lies in
    [0, 1], so by Hoeffding 4000 repetitions are off by more than 0.05 with probability at most 2 exp(-20).
    """
    n, rows, repetitions = 6, 20, 4000
    for alpha in (Fraction(1, 20), Fraction(1), Fraction(20)):
        agree = 0.0
        for seed in range(repetitions):
            counts = make("dirichlet", K=4, m=2, alpha=alpha, rows=rows, seed=seed).weights
            agree += sum(c * (c - 1) for c in counts) / (rows * (rows - 1))
        assert abs(agree / repetitions - float((alpha + 1) / (n * alpha + 1))) < 0.05


def test_sparse_supports_are_as_asked_and_uniform() -> None:
    seen: Counter[int] = Counter()
    for seed in range(600):
        pi = make("sparse", K=4, sets=3, seed=seed)
        assert len(pi.masks) == 3
        assert set(pi.weights) <= set(range(1, 10))
        seen.update(pi.masks)
    assert set(seen) == set(range(1, 15))
    # each of the 14 sets is in a support with probability 3/14: a 6-sigma binomial band
    assert all(abs(count - 600 * 3 / 14) < 6 * math.sqrt(600 * 3 / 14 * 11 / 14) for count in seen.values())
    assert set(make("sparse", K=5, sets=4, seed=0, m=2).sizes) == {2}
    assert make("sparse", K=5, sets=10, seed=0, m=(4, 1, 4)).sizes == (1,) * 5 + (4,) * 5


@given(st.integers(3, 7).flatmap(contrasts), st.integers(0, 9))
def test_kappa_zero_is_annihilated_by_its_contrast_and_leaves_nothing_out(x: tuple[int, ...], seed: int) -> None:
    K = len(x)
    unseen = [
        s for m in range(1, K) for s in itertools.combinations(range(1, K + 1), m) if sum(x[k - 1] for k in s) == 0
    ]
    if not unseen:
        with pytest.raises(InputError, match="sees every label set"):
            make("kappa_zero", x=x, seed=seed)
        return
    pi = make("kappa_zero", x=x, seed=seed)
    assert set(members(pi)) == set(unseen)
    assert fmpz_mat(centered_rows(pi)).rank() < K - 1


def test_kappa_zero_of_one_multiplicity() -> None:
    pi = make("kappa_zero", x=(1, -1, 1, -1), seed=0, m=2)
    assert members(pi) == [(1, 2), (2, 3), (1, 4), (3, 4)]


def test_single_set_has_kappa_zero_beyond_two_labels() -> None:
    for K in range(2, 9):
        pi = make("single_set", K=K, m=K - 1)
        assert len(pi.masks) == 1
        assert (fmpz_mat(centered_rows(pi)).rank() < K - 1) == (K > 2)


# ---------------------------------------------------------------------- designs and their relatives


@pytest.mark.parametrize(
    ("name", "K", "m", "together"),
    [
        ("projective_plane(q=2)", 7, 3, 1),
        ("projective_plane(q=2, complement=1)", 7, 4, 2),
        ("projective_plane(q=3)", 13, 4, 1),
        ("projective_plane(q=3, complement=1)", 13, 9, 6),
        ("projective_plane(q=5)", 31, 6, 1),
        ("projective_plane(q=7)", 57, 8, 1),
        ("paley(q=3)", 3, 1, 0),
        ("paley(q=7)", 7, 3, 1),
        ("paley(q=11)", 11, 5, 2),
        ("paley(q=11, complement=1)", 11, 6, 3),
        ("paley(q=19)", 19, 9, 4),
        ("paley(q=23)", 23, 11, 5),
        ("paley(q=31)", 31, 15, 7),
    ],
)
def test_designs_hold_every_pair_equally_often(name: str, K: int, m: int, together: int) -> None:
    pi = named(name)
    assert (pi.K, set(pi.sizes), set(pi.weights), len(pi.masks)) == (K, {m}, {1}, K)
    pairs = Counter(pair for s in members(pi) for pair in itertools.combinations(s, 2))
    assert {pairs[pair] for pair in itertools.combinations(range(1, K + 1), 2)} == {together}
    assert is_perfectly_orthogonal(pi)


def test_control_a_design_without_one_block_is_no_design() -> None:
    pi = named("projective_plane(q=2)")
    assert not is_perfectly_orthogonal(LabelDistribution(pi.labels, pi.masks[1:], pi.weights[1:]))


@pytest.mark.parametrize("name", ["projective_plane(q=3, singletons=1/3)", "paley(q=11, complement=1, singletons=1/3)"])
def test_designs_with_singletons(name: str) -> None:
    pi = named(name)
    assert pi.multiplicities[1] == Fraction(1, 3)
    assert all(is_perfectly_orthogonal(pi.restrict(m)) for m in pi.multiplicities)


@given(st.sampled_from([2, 4, 6, 8]), st.lists(st.integers(0, 12), min_size=1, max_size=10))
def test_halves_are_perfectly_orthogonal_however_the_pairs_are_split(K: int, shares: list[int]) -> None:
    pi = make("halves", K=K, shares=tuple(shares))
    assert set(pi.sizes) == {K // 2}
    assert is_perfectly_orthogonal(pi)


def test_halves_can_have_very_unequal_frequencies() -> None:
    for K in (2, 4, 6, 8):
        frequencies = make("halves", K=K, shares=(12,)).frequencies
        assert frequencies[0] == 1
        assert set(frequencies[1:]) == {Fraction(K // 2 - 1, K - 1)}


@pytest.mark.parametrize(("K", "kernel"), [(2, 0), (4, 0), (6, 0), (8, 14)])
def test_halves_are_the_only_way_up_to_six_labels(K: int, kernel: int) -> None:
    """The map from weights on complementary pairs to centered second moments is injective at K = 2, 4, 6, not at 8.

    The centered second moment at K = 2m depends on pi only through these weights. Where the map is injective, equal
    weights are the only ones that give a multiple of the centering.
    """
    halves = [s for s in itertools.combinations(range(K), K // 2) if 0 in s]
    signs = [[1 if k in s else -1 for k in range(K)] for s in halves]
    moments = fmpz_mat([[row[j] * row[k] for j in range(K) for k in range(K)] for row in signs])
    assert len(halves) - moments.rank() == kernel


def test_hadamard_halves_need_fewer_sets() -> None:
    for q in (3, 7, 11, 19):
        pi = make("hadamard_halves", q=q, shares=(12,))
        assert (pi.K, len(pi.masks), set(pi.sizes)) == (q + 1, q, {(q + 1) // 2})
        assert is_perfectly_orthogonal(pi)
        assert len(set(pi.class_counts)) > 1


# ---------------------------------------------------------------------- instances the theory names


@pytest.mark.parametrize("heavy", [100, 10_000])
def test_two_heavy_pairs_violate_the_sign_condition(heavy: int) -> None:
    """T4: an off-label entry is above 1, far beyond float64's error in a 4 x 4 inverse square root."""
    assert worst_off_label_entry(make("two_heavy_pairs", heavy=heavy)) > 1


def test_control_the_same_entries_are_negative_when_balanced() -> None:
    assert worst_off_label_entry(make("balanced", K=4, m=2)) < -0.5


@given(label_distributions(4, multiplicity=2))
def test_pairs_of_four_labels_never_violate_the_sign_condition(pi: LabelDistribution) -> None:
    """Why T4's traces need other multiplicities: centered pairs are equal, opposite or orthogonal, exactly."""
    rows = centered_rows(pi)
    norm = sum(entry * entry for entry in rows[0])
    for row, other in itertools.product(rows, rows):
        assert sum(a * b for a, b in zip(row, other, strict=True)) in (norm, -norm, 0)


def test_unequal_pairs_have_equal_singletons_and_are_not_orthogonal() -> None:
    pi = make("unequal_pairs", pairs=(1, 2, 3, 4, 5, 9), singleton=2)
    assert pi.restrict(1).weights == (2, 2, 2, 2)
    assert not is_perfectly_orthogonal(pi.restrict(2))
    assert weight_of(pi.restrict(2)) == {(1, 2): 1, (1, 3): 2, (2, 3): 3, (1, 4): 4, (2, 4): 5, (3, 4): 9}
    assert is_perfectly_orthogonal(make("unequal_pairs", pairs=(1, 2, 3, 4, 5, 6)).restrict(2))  # 1+6 = 2+5 = 3+4


def test_every_listed_case_of_unequal_pairs_is_off_orthogonality() -> None:
    cases = [pi for _, pi in FAMILIES["unequal_pairs"].instances(4)]
    assert len(cases) == 2
    assert not any(is_perfectly_orthogonal(pi.restrict(2)) for pi in cases)


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("balanced(K=1, m=1)", "K = 1 must be from 2"),
        ("balanced(K=20000, m=1)", "K = 20000 must be from 2 to 10000"),
        ("balanced(K=4, m=0)", "m = 0 must be from 1 to K-1 = 3"),
        ("balanced(K=4, m=4)", "m = 4 must be from 1 to K-1 = 3"),
        ("balanced(K=100, m=50)", "take fewer labels"),
        ("balanced(K=4)", "missing a required argument: 'm'; its parameters are K, m"),
        ("balanced(K=4, m=2, rho=3)", "unexpected keyword argument 'rho'"),
        ("balanced(K=1/2, m=1)", "K = Fraction(1, 2) must be a whole number"),
        ("balanced(K=(4,), m=1)", "must be a whole number"),
        ("mixture(K=3, shares=(0, 0))", "not all 0"),
        ("mixture(K=3, shares=(1, 1, 1))", "up to K-1 = 2 counts"),
        ("mixture(K=3, shares=(1, -1))", "counts >= 0"),
        ("mixture(K=3, shares=2)", "must be a tuple of whole numbers"),
        ("step(K=3, m=1, rho=0)", "rho = 0 must be positive"),
        ("longtail(K=3, m=1, rho=1/2)", "must be at least 1"),
        ("zipf(K=4, s=1, cardinality=1/2, orders=1, seed=0)", "cardinality = 1/2 must be from 1 to K-1 = 3"),
        ("zipf(K=4, s=1, cardinality=3, orders=1, seed=0)", "the cardinality is at most 2.08333"),
        ("zipf(K=4, s=-1, cardinality=1, orders=1, seed=0)", "s = -1 must be at least 0"),
        ("zipf(K=4, s=1, cardinality=1, orders=0, seed=0)", "orders at least 1"),
        ("independent(K=30, s=1, cardinality=1)", "2^30 label sets"),
        ("blocks(K=4, m=2, size=0, q=2)", "size = 0 must be at least 1"),
        ("blocks(K=4, m=2, size=2, q=-1)", "q = -1 must be positive"),
        ("exclusive(K=4, m=3, groups=2)", "groups = 2 must be from m = 3 to K = 4"),
        ("pairwise(K=4, m=2, strength=0, seed=0)", "strength = 0 must be at least 1"),
        ("dirichlet(K=4, m=2, alpha=0, rows=5, seed=0)", "alpha = 0 must be positive"),
        ("dirichlet(K=4, m=2, alpha=1, rows=0, seed=0)", "rows = 0 must be at least 1"),
        ("sparse(K=3, sets=7, seed=0)", "from 1 to the 6 label sets"),
        ("kappa_zero(x=(1, -1), seed=0)", "sees every label set"),
        ("kappa_zero(x=(1, 1, -1), seed=0)", "must be a contrast"),
        ("kappa_zero(x=(0, 0, 0), seed=0)", "must be a contrast"),
        ("projective_plane(q=4)", "q = 4 must be a prime"),
        ("projective_plane(q=2, singletons=1)", "0 <= singletons < 1"),
        ("paley(q=5)", "q = 5 must be 3 modulo 4"),
        ("paley(q=15)", "q = 15 must be a prime"),
        ("halves(K=3, shares=(1,))", "K = 3 must be even"),
        ("halves(K=4, shares=(13,))", "from 0 to 12"),
        ("halves(K=4, shares=())", "at least one"),
        ("two_heavy_pairs(heavy=0)", "weights must be positive"),
        ("unequal_pairs(pairs=(1, 2))", "must be 6 positive whole numbers"),
        ("unknown(K=3)", "no family is called 'unknown': the families are balanced, mixture"),
        ("balanced", "write it like step(K=5, m=2, rho=10)"),
        ("balanced(4, 2)", "write it like"),
        ("balanced(K=4, m=", "write it like"),
        ("balanced(K=open('x'), m=1)", "write it like"),
        ("step(K=4, m=1, rho=1/0)", "write it like"),
        ("step(K=4, m=1, rho=1.5)", "write it like"),
        ("", "write it like"),
    ],
)
def test_refusals_are_one_line_that_names_the_parameter(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        named(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_floats_are_refused_where_a_rational_is_meant() -> None:
    with pytest.raises(InputError, match=r"rho = 0\.1 must be a rational number such as 3 or 1/10"):
        make("step", K=3, m=1, rho=0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="rho = 'ten' must be a rational number"):
        make("step", K=3, m=1, rho="ten")


def test_topical_sets_are_of_few_topics_and_zipf_popularity() -> None:
    """Labels of one topic occur together more often than their frequencies say; popular ones are ``k^-s``."""
    pi = make("topical", K=80, rows=4000, cardinality=4, topics=8, seed=1)
    y, p = pi.indicator, pi.probabilities
    f = p @ y
    assert abs(float(pi.cardinality) - 4) < 0.1
    assert f[:8].min() > 3 * f[-40:].mean()
    lift = (y * p[:, None]).T @ y / np.outer(f, f)
    same = np.equal.outer(np.arange(80) % 8, np.arange(80) % 8) & ~np.eye(80, dtype=bool)
    assert lift[same].mean() > 3 * lift[~same & ~np.eye(80, dtype=bool)].mean()
    assert not FAMILIES["topical"].exists_at(63)
    name, member = next(FAMILIES["topical"].instances(64))
    assert named(name) == member
    rng = random.Random(3)
    assert FAMILIES["topical"].sample(rng, 70).K == 70


def test_topical_is_refused_where_it_makes_no_sense() -> None:
    for changed in ({"cardinality": "1/2"}, {"cardinality": 30}, {"rows": 0}, {"topics": 0}, {"topics": 60}):
        with pytest.raises(InputError, match="topical: cardinality"):
            make("topical", **{"K": 100, "rows": 10, "cardinality": 3, "topics": 5, "seed": 0} | changed)


@pytest.mark.parametrize("K_range", [(1, 1), (0, 5), (5, 3)])
def test_ranges_of_k_are_checked(K_range: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="two numbers in order, at least 2"):
        random_distribution(random.Random(0), K_range)
    assert not any(family.exists_at(1) for family in FAMILIES.values())


# ---------------------------------------------------------------------- the same bytes everywhere


def fingerprint() -> str:
    rng = random.Random(2024)
    drawn = [*panel(), *(random_distribution(rng, (2, 8)) for _ in range(500))]
    return hashlib.sha256("".join(map(repr, drawn)).encode()).hexdigest()


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    command = [sys.executable, "-c", f"from {__name__} import fingerprint; print(fingerprint())"]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint()


def test_draws_call_nothing_but_random() -> None:
    """A generator that has only ``random()`` serves all samplers, so no changeable algorithm of Python's is used."""

    class OnlyRandom:
        def __init__(self) -> None:
            self._source = random.Random(3)

        def random(self) -> float:
            return self._source.random()

    restricted, full = OnlyRandom(), random.Random(3)
    for _ in range(300):
        assert random_distribution(restricted, (2, 7)) == random_distribution(full, (2, 7))  # type: ignore[arg-type]


def test_below_never_reaches_its_bound() -> None:
    """``(1 - 2^-53) n``, the largest product there is, rounds below ``n``."""

    class Largest(random.Random):
        def random(self) -> float:
            return 1 - 2.0**-53

    sizes = [*range(1, 2000), *(2**k + d for k in range(11, 53) for d in (-1, 0, 1)), 2**53]
    assert all(draws.below(Largest(), n) == n - 1 for n in sizes if n <= 2**52)
    assert all(draws.below(Largest(), n) < n for n in sizes)


def test_seeded_members_are_what_they_have_always_been() -> None:
    """Written down once, so that another platform or Python version that draws differently is found out."""
    expected = {
        "longtail(K=4, m=2, rho=100)": ((3, 5, 6, 9, 10, 12), (464159, 100000, 21544, 21544, 4642, 1000)),
        "zipf(K=4, s=1/2, cardinality=5/4, orders=2, seed=1)": (
            (1, 2, 4, 8, 3, 5),
            (6366, 6158, 4294, 7182, 4000, 4000),
        ),
        "pairwise(K=4, m=2, strength=6, seed=1)": ((3, 5, 6, 9, 10, 12), (1, 6, 2, 5, 3, 3)),
        "pairwise(K=9, m=3, strength=6, seed=1, rows=6)": ((19, 28, 41, 104, 292, 321), (1, 1, 1, 1, 1, 1)),
        "dirichlet(K=4, m=2, alpha=1/2, rows=30, seed=1)": ((3, 5, 6, 9), (19, 4, 4, 3)),
        "sparse(K=6, sets=5, seed=1)": ((6, 36, 37, 43, 54), (5, 6, 8, 1, 1)),
        "kappa_zero(x=(1, -1, 0, 0), seed=1)": ((4, 8, 3, 12, 7, 11), (2, 8, 7, 3, 5, 5)),
    }
    assert {name: (named(name).masks, named(name).weights) for name in expected} == expected
