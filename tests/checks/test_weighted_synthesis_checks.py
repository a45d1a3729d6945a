"""Chapter W as property tests: the laws hold at certified optima and in certified limits, false variants are rejected,
and the readings that are false have their counterexamples."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import (
    distributions_with_singletons,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
)
from verify.checks import checks_of
from verify.checks.weighted_synthesis import scaled_averages, squared_loss
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named, panel
from verify.model.optimum import number_above

BY_CLAIM = checks_of("weighted_synthesis")
CHECKS = tuple(BY_CLAIM.values())
FALSE = {"W5a", "W6b", "W7"}
LAWS = tuple(check for check in CHECKS if check.claim not in FALSE)
FEW = st.integers(2, 4)
some_distribution = st.one_of(
    label_distributions(FEW),
    label_distributions(FEW, proper=False).filter(lambda pi: any(0 < size < pi.K for size in pi.sizes)),
    from_families(FEW),
    distributions_with_singletons(FEW),
    perfectly_orthogonal_distributions(FEW),
)


def decide_all(pi: LabelDistribution, seed: object) -> Counter[tuple[str, str]]:
    """Every law on one distribution; none may fail."""
    case, found = LabelSpectrum(pi), Counter[tuple[str, str]]()
    for check in LAWS:
        finding = check.decide(case, Random(str(seed)))
        assert finding.state != "fails", f"{check.claim}: {finding.note}"
        found[check.claim, finding.state] += 1
    return found


# ---------------------------------------------------------------------- the laws


@settings(max_examples=15)
@given(pi=some_distribution, seed=st.integers(0, 2**32))
def test_the_laws_hold_on_random_distributions(pi: LabelDistribution, seed: int) -> None:
    decide_all(pi, seed)


def test_the_laws_hold_on_the_panel_and_each_is_decided_on_some_of_it() -> None:
    found = Counter[tuple[str, str]]()
    for name, pi in [(name, pi) for name, pi in panel(5) if pi.K <= 5][::6]:
        found += decide_all(pi, name)
    for check in LAWS:
        assert found[check.claim, "holds"] > 4, f"{check.claim}: {found[check.claim, 'holds']} cases"


def test_the_exact_laws_hold_with_the_empty_and_the_full_set() -> None:
    pi = LabelDistribution.from_sets({(): 2, (0,): 3, (1, 2): 1, (0, 1, 2): 4}, labels="abc")
    for claim in ("W2", "W2a", "W2b", "W2c", "W2d"):
        assert BY_CLAIM[claim].decide(LabelSpectrum(pi), Random(0)).state == "holds"


def test_eigenvalues_above_a_bound_are_counted_exactly() -> None:
    from flint import fmpq_mat  # noqa: PLC0415

    A = fmpq_mat([[2, 1, 0], [1, 2, 0], [0, 0, 3]])  # 1, 3, 3
    bounds = [(0, 3), (1, 2), (2, 2), (3, 0)]
    assert [number_above(A, Fraction(bound)) for bound, _ in bounds] == [count for _, count in bounds]


# ---------------------------------------------------------------------- the false readings


@pytest.mark.parametrize(
    ("claim", "sets", "K", "note"),
    [
        # K = 3 is the least with a pair that PAL-CE sees; the scale of the pair passes 1
        ("W5a", {(0,): 2, (1,): 2, (0, 1): 1}, 3, "alpha is above 1"),
        ("W5a", {(0,): 4, (1,): 4, (2,): 1, (0, 1): 1}, 3, "alpha is above 1"),
        ("W6b", {(0,): 1, (1,): 1, (2,): 1, (0, 1): 1}, 3, "multiplicity 2 is not orthogonal"),
        ("W7", {(0,): 1, (0, 1): 1}, 2, "at the best factor 0.48546"),  # {b} is virtual
        ("W7", {(0,): 1, (1,): 2, (0, 1): 1}, 2, "at the best factor 0.39558"),
    ],
)
def test_false_readings_have_small_counterexamples(
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
            column = squared_loss._column(v)
            assert not any((W.transpose() * column).entries())
