"""Chapter W: the readings that are false have small counterexamples, W6 with a free bias, and what the checks stand on.

That each claim holds on random distributions, and that its false variants are told, is in ``test_properties`` and
``test_controls``.
"""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from random import Random

import pytest
from flint import fmpq_mat

from verify.checks import checks_of
from verify.checks.weighted_synthesis import classifier_rows, scaled_averages, squared_loss
from verify.exact.rationals import column, number_above
from verify.geometry.limit import limit
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.losses import PAL_CE
from verify.model.optimum import precisely

BY_CLAIM = checks_of("weighted_synthesis")


def test_the_exact_laws_hold_with_the_empty_and_the_full_set() -> None:
    pi = LabelDistribution.from_sets({(): 2, (0,): 3, (1, 2): 1, (0, 1, 2): 4}, labels="abc")
    for claim in ("W2", "W2a", "W2b", "W2c", "W2d"):
        assert BY_CLAIM[claim].decide(LabelSpectrum(pi), Random(0)).state == "holds"


def test_eigenvalues_above_a_bound_are_counted_exactly() -> None:
    A = fmpq_mat([[2, 1, 0], [1, 2, 0], [0, 0, 3]])  # 1, 3, 3
    bounds = [(0, 3), (1, 2), (2, 2), (3, 0)]
    assert [number_above(A, Fraction(bound)) for bound, _ in bounds] == [count for _, count in bounds]


# ---------------------------------------------------------------------- the false readings


@pytest.mark.parametrize(
    ("claim", "sets", "K", "note"),
    [
        ("W5a", {(0,): 4, (1,): 4, (2,): 1, (0, 1): 1}, 3, "alpha is above 1"),
        ("W6b", {(0,): 2, (1,): 2, (2,): 1, (0, 1): 3}, 3, "multiplicity 1 is not orthogonal"),
        ("W7", {(0,): 1, (1,): 2, (0, 1): 1}, 2, "at the best factor 0.39558"),
    ],
)
def test_false_readings_have_other_counterexamples_than_the_stored_ones(
    claim: str, sets: dict[tuple[int, ...], int], K: int, note: str
) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc"[:K])
    finding = BY_CLAIM[claim].decide(LabelSpectrum(pi), Random(0))
    assert finding.state == "fails"
    assert note in finding.note.replace("[", "")


def test_plain_sums_are_exact_in_between_only() -> None:
    """With less weight on single labels the scale stays below 1 at every penalty tried."""
    pi = LabelDistribution.from_sets({(0,): 1, (1,): 1, (0, 1): 1}, labels="abc")
    assert BY_CLAIM["W5a"].decide(LabelSpectrum(pi), Random(0)).state == "holds"


def test_orthogonal_pairs_of_unequal_frequencies_are_not_reported_as_held() -> None:
    """W6 says nothing of them with a free bias, which leaves a part of the prototypes that is certain."""
    pairs = {(0, k): 3 for k in (1, 2, 3)} | dict.fromkeys(((1, 2), (1, 3), (2, 3)), 1)
    finding = BY_CLAIM["W6"].decide(LabelSpectrum(LabelDistribution.from_sets(pairs, labels="abcd")), Random(0))
    assert finding.state == "skips"
    assert "without a bias it holds" in finding.note
    assert "classes are not equally frequent, and the best factor leaves 0.1" in finding.note


@pytest.mark.parametrize(("sets", "limit"), [
    ({(0, 1): 1, (1, 2): 1, (0, 3, 4): 1}, False),
    ({(0, 4): 1, (0, 2, 3): 1, (1, 2, 4): 1, (1, 4): 1, (0, 3): 6}, False),  # residuals over mu stay .197 away
    ({(0, 1): 1, (2, 3): 1}, True),
    ({(0,): 1}, True),
])  # fmt: skip
def test_the_inverse_root_below_full_rank(sets: dict[tuple[int, ...], int], limit: bool) -> None:
    geometry = TerminalGeometry.of(LabelDistribution.from_sets(sets, labels="abcde"))
    assert geometry.sign.verdict == "strict"
    assert not geometry.full_rank
    with precisely():
        assert classifier_rows._can_be_the_limit(geometry) is limit


def test_symmetries_of_labels() -> None:
    square = named("balanced(K=4, m=2)")
    assert len(scaled_averages._symmetries(square)) == 24
    path = LabelDistribution.from_sets({(0, 1): 1, (1, 2): 1}, labels="abc")
    assert sorted(scaled_averages._symmetries(path)) == [(0, 1, 2), (2, 1, 0)]


def test_classifiers_with_a_chosen_kernel_have_it() -> None:
    for kernel in ([], [[Fraction(1)] * 4], [[Fraction(1), Fraction(2), Fraction(0), Fraction(0)], [Fraction(1)] * 4]):
        W = squared_loss._with_kernel(Random(1), 4, kernel)
        assert W.rank() == 4 - len(kernel)
        for v in kernel:
            assert not any((W.transpose() * column(v)).entries())


# ---------------------------------------------------------------------- what W4c leaves open


def _four_labels() -> Iterator[LabelDistribution]:
    """Four labels alone, once each, and one to three larger sets with weights 1, 4 or 16; one of each kind."""
    larger, orders = [m for m in range(16) if 1 < m.bit_count() < 4], list(itertools.permutations(range(4)))
    seen: set[tuple[tuple[int, int], ...]] = set()
    for count in (1, 2, 3):
        for sets, weights in itertools.product(
            itertools.combinations(larger, count), itertools.product((1, 4, 16), repeat=count)
        ):
            alike = {
                tuple(
                    sorted(
                        (sum(1 << p[k] for k in range(4) if m >> k & 1), w) for m, w in zip(sets, weights, strict=True)
                    )
                )
                for p in orders
            }
            if seen.isdisjoint(alike):
                seen |= alike
                yield LabelDistribution.from_masks(
                    {1: 1, 2: 1, 4: 1, 8: 1, **dict(zip(sets, weights, strict=True))}, "abcd"
                )


def test_no_small_distribution_has_plain_sums_in_the_limit_without_the_signs() -> None:
    """A table for the question whether W4 has a converse where a multiplier of a single label is 0."""
    violated = [pi for pi in _four_labels() if TerminalGeometry.of(pi).sign.verdict == "violated"]
    assert len(violated) > 20
    for pi in violated:
        found = limit(pi, PAL_CE, free=False)
        off = found.deviations()["plain"]
        assert found.unique
        assert off is not None
        assert off > 1e-4
