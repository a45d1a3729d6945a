"""What the strategies promise: every draw is of the named kind, and a failure shrinks to the smallest example."""

import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from flint import fmpz_mat
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from tests import strategies
from tests.strategies import (
    contrasts,
    distributions_of_one_multiplicity,
    distributions_with_kappa_zero,
    distributions_with_singletons,
    from_families,
    label_distributions,
    pairs_of_distributions_on_the_same_labels,
    perfectly_orthogonal_distributions,
    rational_matrices,
    sparse_supports,
)
from verify.labels.distribution import LabelDistribution


def centered_rank(pi: LabelDistribution) -> int:
    """Rank of the class-centered indicators, exactly; kappa = 0 iff it is below K-1 (claim S5)."""
    rows = [[pi.K * (mask >> k & 1) - size for k in range(pi.K)] for mask, size in zip(pi.masks, pi.sizes, strict=True)]
    return int(fmpz_mat(rows).rank())


def second_moment(pi: LabelDistribution) -> list[list[int]]:
    """``K^2 total`` times the centered second moment, exactly, entry by entry from its definition."""
    rows = [[pi.K * (mask >> k & 1) - size for k in range(pi.K)] for mask, size in zip(pi.masks, pi.sizes, strict=True)]
    return [
        [sum(weight * row[j] * row[k] for weight, row in zip(pi.weights, rows, strict=True)) for k in range(pi.K)]
        for j in range(pi.K)
    ]


def is_multiple_of_the_centering(matrix: list[list[int]]) -> bool:
    K = len(matrix)
    off = matrix[0][1]
    return all(matrix[j][k] == (off if j != k else -off * (K - 1)) for j in range(K) for k in range(K))


def smallest(
    strategy: SearchStrategy[LabelDistribution], condition: Callable[[LabelDistribution], bool]
) -> tuple[int, dict[int, int]]:
    """The example Hypothesis shrinks to, as (K, weight of each mask)."""
    pi = find(strategy, condition, settings=settings(max_examples=2000, database=None), random=random.Random(0))
    return pi.K, dict(pi.weight_of)


# ---------------------------------------------------------------------- shrinking


def test_the_smallest_distribution_is_one_singleton_of_weight_one() -> None:
    assert smallest(label_distributions(), lambda _: True) == (2, {0b01: 1})


def test_the_smallest_improper_distribution_is_the_empty_set() -> None:
    assert smallest(label_distributions(proper=False), lambda _: True) == (2, {0: 1})


def test_the_smallest_with_two_label_sets_has_two_singletons_of_weight_one() -> None:
    assert smallest(label_distributions(), lambda pi: len(pi.masks) == 2) == (2, {0b01: 1, 0b10: 1})


def test_the_smallest_with_kappa_zero_is_one_singleton_of_three_labels() -> None:
    """At K = 2 kappa is 1/2 for every proper distribution, so three labels are needed."""
    assert smallest(label_distributions(), lambda pi: centered_rank(pi) < pi.K - 1) == (3, {0b001: 1})


def test_the_smallest_unequal_weights() -> None:
    found = smallest(label_distributions(), lambda pi: len(set(pi.weights)) > 1)
    assert found[0] == 2
    assert sorted(found[1].values()) == [1, 2]


def test_the_smallest_with_positive_kappa_at_three_labels_has_two_sets() -> None:
    K, weights = smallest(label_distributions(3), lambda pi: centered_rank(pi) == 2)
    assert K == 3
    assert list(weights.values()) == [1, 1]


def test_the_smallest_pair_of_a_multiplicity() -> None:
    assert smallest(label_distributions(multiplicity=2), lambda _: True) == (3, {0b011: 1})


def test_families_shrink_to_their_smallest_parameters() -> None:
    assert smallest(from_families(), lambda _: True) == (2, {0b01: 1, 0b10: 1})
    K, weights = smallest(from_families(), lambda pi: len(pi.masks) > 2)
    assert K == 3
    assert weights == {0b001: 1, 0b010: 1, 0b100: 1}


def test_orthogonal_distributions_shrink_to_balanced_singletons() -> None:
    assert smallest(perfectly_orthogonal_distributions(), lambda pi: pi.K > 2) == (3, {1: 1, 2: 1, 4: 1})


def test_the_smallest_orthogonal_distribution_with_unequal_frequencies_has_two_labels() -> None:
    """The exception of claim S2, K = 2m, found by search."""
    found = smallest(perfectly_orthogonal_distributions(), lambda pi: len(set(pi.class_counts)) > 1)
    assert found[0] == 2


def test_rational_matrices_shrink_to_zero() -> None:
    anything = rational_matrices(2, st.integers(1, 3))
    matrix = find(anything, lambda _: True, settings=settings(database=None), random=random.Random(0))
    assert matrix == ((Fraction(0),), (Fraction(0),))


# ---------------------------------------------------------------------- every draw is of the named kind


@given(label_distributions())
def test_label_distributions_are_proper_by_default(pi: LabelDistribution) -> None:
    assert pi.proper is pi
    assert 2 <= pi.K <= 8
    assert pi.labels == tuple(str(k) for k in range(1, pi.K + 1))


@given(label_distributions(4, multiplicity=2))
def test_a_multiplicity_is_obeyed(pi: LabelDistribution) -> None:
    assert (pi.K, set(pi.sizes)) == (4, {2})


@given(distributions_of_one_multiplicity())
def test_one_multiplicity(pi: LabelDistribution) -> None:
    assert len(pi.multiplicities) == 1


@given(distributions_with_singletons())
def test_every_singleton_is_there(pi: LabelDistribution) -> None:
    assert set(pi.masks) >= {1 << k for k in range(pi.K)}
    assert pi.proper is pi


@given(sparse_supports())
def test_sparse_supports_cannot_span_the_contrasts(pi: LabelDistribution) -> None:
    assert centered_rank(pi) < pi.K - 1


@given(distributions_with_kappa_zero())
def test_the_contrast_given_with_kappa_zero_sees_no_label_set(drawn: tuple[LabelDistribution, tuple[int, ...]]) -> None:
    pi, x = drawn
    assert any(x)
    assert sum(x) == 0
    assert all(sum(x[k] for k in range(pi.K) if mask >> k & 1) == 0 for mask in pi.masks)
    assert centered_rank(pi) < pi.K - 1


@given(perfectly_orthogonal_distributions())
def test_perfectly_orthogonal_means_a_multiple_of_the_centering(pi: LabelDistribution) -> None:
    assert len(pi.multiplicities) == 1
    assert is_multiple_of_the_centering(second_moment(pi))


def test_control_unequal_singletons_are_not_perfectly_orthogonal() -> None:
    pi = LabelDistribution.from_masks({1: 1, 2: 1, 4: 2}, "abc")
    assert not is_multiple_of_the_centering(second_moment(pi))


@given(pairs_of_distributions_on_the_same_labels())
def test_pairs_share_their_labels(pair: tuple[LabelDistribution, LabelDistribution]) -> None:
    assert pair[0].labels == pair[1].labels
    assert LabelDistribution.mixture([(1, pair[0]), (1, pair[1])]).K == pair[0].K


@given(st.data(), st.integers(2, 8))
def test_contrasts_are_not_zero_and_sum_to_zero(data: DataObject, K: int) -> None:
    x = data.draw(contrasts(K))
    assert len(x) == K
    assert sum(x) == 0
    assert any(x)


@given(from_families())
def test_members_of_families_are_proper(pi: LabelDistribution) -> None:
    assert pi.proper is pi


def test_improper_members_of_families_can_be_asked_for() -> None:
    improper = from_families(3, proper=False)
    pi = find(improper, lambda pi: pi.proper is not pi, settings=settings(database=None), random=random.Random(0))
    assert {0, 0b111} & set(pi.masks)


@pytest.mark.parametrize("name", strategies.__all__)
def test_every_strategy_says_what_it_draws(name: str) -> None:
    assert getattr(strategies, name).__doc__
