"""``LabelDistribution``: canonical form, exactness, derived distributions, float views, and every refusal."""

import copy
import itertools
import math
import pickle
import random
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from tests.strategies import from_families, label_distributions, pairs_of_distributions_on_the_same_labels
from verify.labels.distribution import InputError, LabelDistribution

ANY = label_distributions(proper=False)


def index_sets(pi: LabelDistribution) -> list[tuple[int, ...]]:
    return [tuple(k for k in range(pi.K) if mask >> k & 1) for mask in pi.masks]


def probabilities_by_set(pi: LabelDistribution) -> dict[frozenset[str], Fraction]:
    return dict(pi.items())


# ---------------------------------------------------------------------- canonical form


@given(ANY, st.randoms(use_true_random=False))
def test_input_order_is_irrelevant(pi: LabelDistribution, rng: random.Random) -> None:
    """Rows in any order, each set's labels in any order, by name or by index: the same object."""
    rows: list[tuple[list[str | int], int]] = []
    for members, weight in zip(index_sets(pi), pi.weights, strict=True):
        labels: list[str | int] = [k if rng.random() < 0.5 else pi.labels[k] for k in members]
        rng.shuffle(labels)
        rows.append((labels, weight))
    rng.shuffle(rows)
    again = LabelDistribution.from_sets(rows, labels=pi.labels)
    assert again == pi
    assert hash(again) == hash(pi)
    assert repr(again) == repr(pi)


@given(ANY, st.randoms(use_true_random=False))
def test_mask_order_is_irrelevant(pi: LabelDistribution, rng: random.Random) -> None:
    pairs = list(zip(pi.masks, pi.weights, strict=True))
    rng.shuffle(pairs)
    assert LabelDistribution.from_masks(dict(pairs), pi.labels) == pi


@given(ANY, st.randoms(use_true_random=False))
def test_repeated_sets_are_added_up(pi: LabelDistribution, rng: random.Random) -> None:
    """A row per unit of weight, as a data set gives them: the counts come back."""
    rows = [(members, 1) for members, weight in zip(index_sets(pi), pi.weights, strict=True) for _ in range(weight)]
    rng.shuffle(rows)
    assert LabelDistribution.from_sets(rows, labels=pi.labels) == pi


@given(ANY)
def test_canonical_order_is_by_size_then_by_value(pi: LabelDistribution) -> None:
    keys = [(len(members), members[::-1]) for members in index_sets(pi)]
    assert keys == sorted(keys)


@given(ANY, st.fractions(min_value=Fraction(1, 50), max_value=50))
def test_a_common_factor_changes_no_probability(pi: LabelDistribution, factor: Fraction) -> None:
    weights = {mask: weight * factor for mask, weight in zip(pi.masks, pi.weights, strict=True)}
    assert probabilities_by_set(LabelDistribution.from_masks(weights, pi.labels)) == probabilities_by_set(pi)


@pytest.mark.parametrize("weight", [1, 3, Fraction(1, 3), "1/3", "0.25", Decimal("0.25"), 0.25, "2e-3"])
def test_a_weight_is_read_as_the_exact_number_it_denotes(weight: int | Fraction | str | Decimal | float) -> None:
    pi = LabelDistribution.from_sets([([0], weight), ([1], 1)], labels="ab")
    assert Fraction(pi.weights[0], pi.weights[1]) == Fraction(weight)


def test_a_float_means_the_decimal_it_prints_as() -> None:
    pi = LabelDistribution.from_sets([([0], 0.1), ([1], 1)], labels="ab")
    assert Fraction(pi.weights[0], pi.weights[1]) == Fraction(1, 10) != Fraction(0.1)
    assert (pi.total, pi.total_weight) == (11, Fraction(11, 10))


def test_the_complement_keeps_integer_weights_whatever_they_were_multiplied_by() -> None:
    pi = replace(LabelDistribution(("a", "b", "c"), (1, 6), (2, 2)), denominator=4)
    assert pi.complement().complement() == pi
    assert (pi.complement().weights, pi.complement().total_weight) == ((2, 2), Fraction(1))


def test_counts_stay_counts() -> None:
    """No common factor is divided out: the total is the number of rows."""
    pi = LabelDistribution.from_sets([([0], 4), ([1], 6)], labels="ab")
    assert (pi.weights, pi.total) == ((4, 6), 10)


def test_huge_weights_stay_exact() -> None:
    pi = LabelDistribution.from_sets([([0], 10**40 + 1), ([1], 10**40)], labels="ab")
    assert pi.weights == (10**40 + 1, 10**40)
    assert pi.probabilities.tolist() == [0.5, 0.5]


def test_labels_are_found_when_not_given() -> None:
    by_name = LabelDistribution.from_sets([(("sky", "sea"), 1), (("ash",), 1)])
    assert by_name.labels == ("ash", "sea", "sky")
    by_index = LabelDistribution.from_sets([([3], 1), ([1], 1)])
    assert by_index.labels == ("0", "1", "2", "3")


def test_a_string_label_set_would_be_its_characters() -> None:
    assert LabelDistribution.from_sets([("ab", 1), ("c", 2)]) == LabelDistribution.from_sets(
        [(["b", "a"], 1), (["c"], 2)]
    )


def test_numpy_integers_are_integers() -> None:
    rows: list[Any] = [((np.int64(0),), np.int64(2)), ((np.int8(1), 0), np.float64(0.5))]
    pi = LabelDistribution.from_sets(rows, labels="ab")
    assert pi == LabelDistribution.from_sets([([0], 4), ([0, 1], 1)], labels="ab")
    assert all(type(weight) is int for weight in pi.weights)


def test_float_views_cannot_be_written_to() -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="ab")
    for array in (pi.probabilities, pi.indicator, pi.sparse_indicator.data, pi.sparse_indicator.indices):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_mapping_and_a_generator_are_accepted() -> None:
    expected = LabelDistribution(("a", "b"), (1, 2), (2, 3))
    mapping: Mapping[Any, int] = {("a",): 2, frozenset("b"): 3}
    assert LabelDistribution.from_sets(mapping) == expected
    assert LabelDistribution.from_sets((((k,), k + 2) for k in range(2)), labels=["a", "b"]) == expected


# ---------------------------------------------------------------------- immutability


def test_nothing_can_be_changed() -> None:
    pi = LabelDistribution(("a", "b"), (1, 2), (1, 1))
    with pytest.raises(FrozenInstanceError):
        pi.weights = (2, 2)  # type: ignore[misc]
    for view in (pi.indicator, pi.probabilities):
        assert not view.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 5.0


@given(ANY)
def test_copies_and_pickles_are_equal(pi: LabelDistribution) -> None:
    assert pi.total > 0  # fill a cached property, which must not take part in equality
    assert pickle.loads(pickle.dumps(pi)) == pi == copy.deepcopy(pi)
    assert pi == LabelDistribution(pi.labels, pi.masks, pi.weights)


def test_label_names_are_part_of_the_distribution() -> None:
    assert LabelDistribution(("a", "b"), (1,), (1,)) != LabelDistribution(("b", "a"), (1,), (1,))


# ---------------------------------------------------------------------- exact facts


@given(ANY)
def test_probabilities_sum_to_one_and_frequencies_to_the_cardinality(pi: LabelDistribution) -> None:
    assert sum(probability for _, probability in pi.items()) == 1
    assert sum(pi.multiplicities.values()) == 1
    assert sum(pi.frequencies) == pi.cardinality
    assert pi.cardinality == sum(m * mass for m, mass in pi.multiplicities.items())


@given(ANY)
def test_frequencies_are_what_they_are_by_definition(pi: LabelDistribution) -> None:
    for name, frequency, count in zip(pi.labels, pi.frequencies, pi.class_counts, strict=True):
        expected = sum((p for label_set, p in pi.items() if name in label_set), Fraction(0))
        assert frequency == expected == Fraction(count, pi.total)


@given(ANY)
def test_sizes_and_multiplicities(pi: LabelDistribution) -> None:
    assert list(pi.sizes) == [len(members) for members in index_sets(pi)]
    assert list(pi.multiplicities) == sorted(set(pi.sizes))
    for m, mass in pi.multiplicities.items():
        assert mass == sum(p for label_set, p in pi.items() if len(label_set) == m)


def test_text_for_people() -> None:
    pi = LabelDistribution.from_sets([((), 1), (("sea", "sky"), 2)], labels=("sea", "sky", "sun"))
    assert [pi.spell(mask) for mask in pi.masks] == ["{}", "{sea, sky}"]
    assert str(pi) == "2 label sets over 3 labels, multiplicities 0, 2, total weight 3"


# ---------------------------------------------------------------------- derived distributions


@given(ANY)
def test_restriction_keeps_the_counts_of_one_multiplicity(pi: LabelDistribution) -> None:
    parts = [pi.restrict(m) for m in pi.multiplicities]
    assert sum(part.total for part in parts) == pi.total
    for m, part in zip(pi.multiplicities, parts, strict=True):
        assert set(part.sizes) == {m}
        assert part.labels == pi.labels
        for label_set, probability in part.items():
            assert probability == probabilities_by_set(pi)[label_set] / pi.multiplicities[m]


@given(ANY)
def test_a_distribution_is_the_mixture_of_its_multiplicities(pi: LabelDistribution) -> None:
    mixed = LabelDistribution.mixture((mass, pi.restrict(m)) for m, mass in pi.multiplicities.items())
    assert probabilities_by_set(mixed) == probabilities_by_set(pi)


@given(pairs_of_distributions_on_the_same_labels(), st.integers(1, 9), st.integers(1, 9))
def test_mixture_probabilities(pair: tuple[LabelDistribution, LabelDistribution], a: int, b: int) -> None:
    first, second = (probabilities_by_set(pi) for pi in pair)
    mixed = probabilities_by_set(LabelDistribution.mixture([(a, pair[0]), (b, pair[1])]))
    assert set(mixed) == set(first) | set(second)
    for label_set, probability in mixed.items():
        assert probability == Fraction(a, a + b) * first.get(label_set, 0) + Fraction(b, a + b) * second.get(
            label_set, 0
        )


@given(pairs_of_distributions_on_the_same_labels())
def test_mixture_order_is_irrelevant(pair: tuple[LabelDistribution, LabelDistribution]) -> None:
    assert LabelDistribution.mixture([(2, pair[0]), (3, pair[1])]) == LabelDistribution.mixture(
        [("3", pair[1]), (Fraction(2), pair[0])]
    )


@given(ANY)
def test_complement_is_an_involution_that_flips_every_set(pi: LabelDistribution) -> None:
    other = pi.complement()
    assert other.complement() == pi
    everything = frozenset(pi.labels)
    assert probabilities_by_set(other) == {everything - label_set: p for label_set, p in pi.items()}
    assert other.cardinality == pi.K - pi.cardinality


@given(ANY)
def test_proper_leaves_out_exactly_the_empty_and_the_full_set(pi: LabelDistribution) -> None:
    kept = {m: members for m, members in zip(pi.masks, index_sets(pi), strict=True) if 0 < len(members) < pi.K}
    if not kept:
        with pytest.raises(InputError, match="every label set is empty or full"):
            _ = pi.proper
        return
    assert pi.proper.masks == tuple(kept)
    assert pi.proper.proper is pi.proper
    assert (pi.proper is pi) == (len(kept) == len(pi.masks))
    assert dict(zip(pi.proper.masks, pi.proper.weights, strict=True)) == {
        mask: weight for mask, weight in zip(pi.masks, pi.weights, strict=True) if mask in kept
    }


# ---------------------------------------------------------------------- float views


@given(from_families())
def test_float_views_agree_with_the_exact_values(pi: LabelDistribution) -> None:
    assert pi.indicator.shape == (len(pi.masks), pi.K)
    assert pi.indicator.tolist() == [[float(k in members) for k in range(pi.K)] for members in index_sets(pi)]
    assert (pi.sparse_indicator.toarray() == pi.indicator).all()
    for value, weight in zip(pi.probabilities.tolist(), pi.weights, strict=True):
        assert value == float(Fraction(weight, pi.total))  # Fraction to float is correctly rounded


@given(st.integers(2, 40), st.data())
def test_indicator_beyond_one_byte_of_labels(K: int, data: DataObject) -> None:
    masks = data.draw(st.sets(st.integers(0, (1 << K) - 1), min_size=1, max_size=5))
    pi = LabelDistribution.from_masks(dict.fromkeys(masks, 1), [f"l{k}" for k in range(K)])
    assert (pi.indicator @ (2.0 ** np.arange(K))).tolist() == [float(mask) for mask in pi.masks]
    assert (pi.sparse_indicator.toarray() == pi.indicator).all()


def test_views_are_computed_once() -> None:
    pi = LabelDistribution(("a", "b"), (1, 2), (1, 1))
    assert pi.indicator is pi.indicator
    assert pi.probabilities is pi.probabilities
    assert pi.sparse_indicator is pi.sparse_indicator


@given(label_distributions())
def test_label_sets_in_order_need_no_masks(pi: LabelDistribution) -> None:
    """A distribution of columns is the one of masks, part by part; control: masks are not made before they are used."""
    made = LabelDistribution.of_columns(pi.labels, pi.columns.copy(), pi.sizes, pi.weights)
    assert made.class_counts == pi.class_counts
    assert made.twins == pi.twins
    assert made.few == pi.few
    assert (made.indicator == pi.indicator).all()
    assert str(made) == str(pi)
    parts = [(made.restrict(m), pi.restrict(m)) for m in pi.multiplicities]
    assert all("masks" not in vars(one) for one in (made, *(part for part, _ in parts)))
    assert all((part.columns == other.columns).all() for part, other in parts)
    assert all(part == other and hash(part) == hash(other) for part, other in [*parts, (made, pi)])
    assert pickle.loads(pickle.dumps(made)) == pi


def test_columns_that_no_distribution_has_are_refused() -> None:
    columns = np.array([0], dtype=np.int32)
    with pytest.raises(InputError, match="at least 2"):
        LabelDistribution.of_columns("a", columns, (1,), (1,))
    with pytest.raises(InputError, match="no label set at all"):
        LabelDistribution.of_columns("ab", columns[:0], (), ())
    assert not hasattr(LabelDistribution.of_columns("ab", columns, (1,), (1,)), "mask")


def test_a_thousand_labels() -> None:
    K = 1000
    pi = LabelDistribution.from_sets([([k, (k + 1) % K], k + 1) for k in range(K)], labels=[str(k) for k in range(K)])
    assert pi.total == math.comb(K + 1, 2)
    assert pi.cardinality == 2
    assert pi.sparse_indicator.nnz == 2 * K


# ---------------------------------------------------------------------- refusals


def refusal(build: object) -> str:
    with pytest.raises(InputError) as caught:
        build()  # type: ignore[operator]
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("sets", "labels", "message"),
    [
        ([], "ab", "no label set at all: give at least one label set with a positive weight"),
        ([([], 1)], None, "no label occurs: name the labels"),
        ([], None, "no label occurs: name the labels"),
        ([(["a"], 1)], None, "1 label(s): a contrast between labels needs at least 2"),
        ([(["a"], 1)], [], "0 label(s): a contrast between labels needs at least 2"),
        ([(["a"], 1)], ["a", "a"], "label name 'a' occurs twice: label names must be distinct"),
        ([(["a"], 1)], ["a", ""], "label 1 is named '': label names are non-empty strings"),
        ([(["a"], 1)], ["a", "  "], "label 1 is named '  ': label names are non-empty strings"),
        ([(["a"], 1)], ["a", 7], "label 1 is named 7: label names are non-empty strings"),
        ([(["a", "c"], 1)], "ab", "label 'c' of label set ['a', 'c'] is not one of the 2 labels"),
        ([([2], 1)], "ab", "label 2 of label set [2] is not one of the 2 labels"),
        ([([-1], 1)], "ab", "label -1 of label set [-1] is not one of the 2 labels"),
        ([(["a", "a"], 1)], "ab", "label 'a' occurs twice in label set ['a', 'a']"),
        ([(["a", 0], 1)], "ab", "label 0 occurs twice in label set [0, 'a']"),
        ([(["a"], 0)], "ab", "the weight of label set ['a'] is '0': weights must be positive"),
        ([(["a"], -2)], "ab", "the weight of label set ['a'] is '-2': weights must be positive"),
        ([(["a"], "-1/2")], "ab", "the weight of label set ['a'] is '-1/2': weights must be positive"),
        ([(["a"], float("nan"))], "ab", "the weight of label set ['a'] is 'nan': give a positive finite number"),
        ([(["a"], float("inf"))], "ab", "the weight of label set ['a'] is 'inf': give a positive finite number"),
        ([(["a"], Decimal("Infinity"))], "ab", "is 'Infinity': give a positive finite number"),
        ([(["a"], "many")], "ab", "the weight of label set ['a'] is 'many': give a positive finite number"),
        ([(["a"], "1/0")], "ab", "the weight of label set ['a'] is '1/0': give a positive finite number"),
        ([(["a"], None)], "ab", "the weight of label set ['a'] is 'None': give a positive finite number"),
        ([(["a"], "1e999999999")], "ab", "needs more than 1000 digits"),
        ([(["a"], True)], "ab", "is 'True': give a positive finite number"),
        ([(["a"], 1), ([1], 1)], None, "label 'a' is a name and label 1 an index: give labels= to mix the two"),
        ([([10**12], 1)], None, "give labels= for more than 65536 labels"),
        ([([0.5], 1)], "ab", "is not a label set (names or indices) with its weight"),
        ([(None, 1)], "ab", "is not a label set (names or indices) with its weight"),
        ([5], "ab", "is not a label set (names or indices) with its weight"),
        ([(["a"], 1)], ["a", "b\nc"], "leave out line breaks and control characters"),
        ([(["a"], 1)], ["a", "\ud800"], "leave out line breaks and control characters"),
        ([({"b", "a", "c", "z"}, 1)], "abc", "of label set ['a', 'b', 'c', 'z'] is not one of"),
        ([(["b"], 1), (["a"], 0)], "ab", "the weight of label set ['a'] is '0'"),
    ],
)
def test_from_sets_names_the_offending_entry(sets: object, labels: object, message: str) -> None:
    assert message in refusal(lambda: LabelDistribution.from_sets(sets, labels))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "masks", "weights", "message"),
    [
        (("a",), (1,), (1,), "1 label(s)"),
        (("a", "b"), (), (), "no label set at all"),
        (("a", "b"), (1, 2), (1,), "2 label sets but 1 weights: give one weight per set"),
        (("a", "b"), (4,), (1,), "label set mask 4 does not fit 2 labels: use bits 0..1"),
        (("a", "b"), (-1,), (1,), "label set mask -1 does not fit 2 labels"),
        (("a", "b"), (1.0,), (1,), "label set mask 1.0 does not fit 2 labels"),
        (("a", "b"), (True,), (1,), "label set mask True does not fit 2 labels"),
        (("a", "b"), (1,), (0,), "label set {a} has weight 0: weights must be positive"),
        (("a", "b"), (1, 2), (1, -3), "label set {b} has weight -3: weights must be positive"),
        (("a", "b"), (1,), (0.5,), "label set {a} has weight 0.5"),
        (("a", "b"), (1,), (Fraction(1),), "label set {a} has weight Fraction(1, 1)"),
        (("a", "b"), (1, 1), (1, 1), "label set {a} is repeated: build with LabelDistribution.from_sets"),
        (("a", "b"), (2, 1), (1, 1), "label set {a} is out of canonical order: build with LabelDistribution.from_sets"),
        (("a", "b"), (3, 1), (1, 1), "label set {a} is out of canonical order"),
    ],
)
def test_the_bare_constructor_validates(labels: object, masks: object, weights: object, message: str) -> None:
    assert message in refusal(lambda: LabelDistribution(labels, masks, weights))  # type: ignore[arg-type]


@given(ANY.filter(lambda pi: len(pi.masks) > 1), st.data())
def test_every_other_order_of_the_support_is_refused(pi: LabelDistribution, data: DataObject) -> None:
    order = data.draw(st.permutations(range(len(pi.masks))).filter(lambda order: list(order) != sorted(order)))
    masks, weights = tuple(pi.masks[i] for i in order), tuple(pi.weights[i] for i in order)
    assert "out of canonical order" in refusal(lambda: LabelDistribution(pi.labels, masks, weights))


def test_refusals_of_derived_distributions() -> None:
    pi = LabelDistribution.from_sets([("a", 1), ("ab", 2)], labels="abc")
    assert refusal(lambda: pi.restrict(3)) == "no label set has 3 labels; the multiplicities are [1, 2]"
    assert refusal(lambda: pi.restrict(0)) == "no label set has 0 labels; the multiplicities are [1, 2]"
    improper = LabelDistribution.from_sets([((), 1), (("a", "b"), 1)], labels="ab")
    assert "every label set is empty or full" in refusal(lambda: improper.proper)


def test_refusals_of_mixtures() -> None:
    first = LabelDistribution.from_sets([("a", 1)], labels="ab")
    other = LabelDistribution.from_sets([("a", 1)], labels="ac")
    assert refusal(lambda: LabelDistribution.mixture([])) == "a mixture needs at least one part"
    assert refusal(lambda: LabelDistribution.mixture([(1, first), (1, other)])) == (
        "mixture parts disagree on the labels: ['a', 'b'] and ['a', 'c']"
    )
    assert refusal(lambda: LabelDistribution.mixture([(1, first), (0, first)])) == (
        "the weight of mixture part 1 is '0': weights must be positive (leave the entry out instead)"
    )


@pytest.mark.parametrize("weights", [{}, {1: 0}, {1: -1}, {1: Fraction(-1, 2)}, {4: 1}, {-1: 1}])
def test_from_masks_refuses_what_the_constructor_refuses(weights: dict[int, int | Fraction]) -> None:
    refusal(lambda: LabelDistribution.from_masks(weights, "ab"))


def test_there_are_as_many_distributions_of_equal_weights_as_supports() -> None:
    """Canonical form: over every nonempty support of 2 labels, and every order of it, exactly 15 distinct objects."""
    supports = [s for n in range(1, 5) for s in itertools.permutations(range(4), n)]
    assert len({LabelDistribution.from_masks(dict.fromkeys(support, 1), "ab") for support in supports}) == 15


def test_a_label_set_is_cut_to_a_column_between_names_and_closed() -> None:
    """Whole where it fits; what is left out is said by dots."""
    names = ("toxic", "obscene", "insult", "identity_hate", "a" * 50)
    pi = LabelDistribution.from_sets([([0, 1, 2, 3], 1), ([4], 1), ([0, 4], 1)], labels=names)
    assert pi.spell(0b01111) == "{toxic, obscene, insult, identity_hate}"
    assert pi.spell(0b01111, 34) == "{toxic, obscene, insult, ...}"
    assert pi.spell(0b01111, 39) == pi.spell(0b01111)
    assert pi.spell(0b10000, 34) == "{" + "a" * 29 + "...}"
    assert all(len(pi.spell(mask, width)) <= width for mask in pi.masks for width in range(14, 60))
