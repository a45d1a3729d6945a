"""Chapter S derived: every claim proved in general, every false variant refuted, and the new bounds hold in numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from proofs.chapters import CHAPTERS
from proofs.derivation import Derivation, ForEach, Grade, Identity, Instance, Verdict
from proofs.label_spectrum import CONTENTS
from tests.strategies import distributions_of_one_multiplicity, pairs_of_distributions_on_the_same_labels
from verify.claims import CATALOGUE
from verify.families import projective_plane
from verify.labels import LabelDistribution

CLAIMS = tuple(f"S{number}" for number in range(1, 15))


def test_the_chapter_lists_the_claims_in_order() -> None:
    assert tuple(CONTENTS.derivations) == CLAIMS
    assert tuple(build().claim for build in CONTENTS.derivations.values()) == CLAIMS
    assert CHAPTERS["label_spectrum"].contents is CONTENTS


@pytest.mark.parametrize(("claim", "build"), CONTENTS.derivations.items())
def test_every_claim_is_proved_in_general_and_its_false_variants_are_refuted(
    claim: str, build: Callable[[], Derivation]
) -> None:
    result = build().check()
    assert result.faults == ()
    assert result.passed
    assert result.grade is Grade.GENERAL
    assert [outcome.verdict for outcome in result.controls] == [Verdict.REFUTED] * len(result.controls), claim
    assert all(outcome.witness for outcome in result.controls)


def test_s1_and_s2_stand_on_no_fixed_size() -> None:
    for claim in ("S1", "S2"):
        for step in CONTENTS.derivations[claim]().steps:
            assert not isinstance(step.check, (ForEach, Instance))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_notes_promise_numeric_checks_that_exist(chapter: str) -> None:
    for claim, build in CHAPTERS[chapter].contents.derivations.items():
        assert build().numeric == (claim in CATALOGUE), claim


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_step_with_its_hypothesis_removed_is_not_proved(claim: str) -> None:
    for step in CONTENTS.derivations[claim]().steps:
        if isinstance(step.check, Identity) and step.check.using:
            bare = Identity(step.check.left, step.check.right, step.check.setting)
            assert bare.outcome().verdict is not Verdict.PROVED


# ---------------------------------------------------------------------- the new statements, in numbers
# Tolerance: eigenvalues of a symmetric matrix of norm at most K by LAPACK are off by at most a small multiple of
# K * eps * norm; 1e-12 is more than 100 times that for K <= 5.

SLACK = 1e-12


def _second_moment(pi: LabelDistribution) -> NDArray[np.float64]:
    centered = pi.indicator - pi.indicator.mean(axis=1, keepdims=True)
    return np.asarray(centered.T @ (pi.probabilities[:, None] * centered))


def _contrast_eigenvalues(moment: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ascending, on the orthogonal complement of the ones vector."""
    size = len(moment)
    lifted = moment + np.ones((size, size)) * (2.0 + np.trace(moment)) / size
    return np.asarray(np.linalg.eigvalsh(lifted)[:-1])


def _total_variation(one: LabelDistribution, two: LabelDistribution) -> Fraction:
    first = {mask: Fraction(weight, one.total) for mask, weight in zip(one.masks, one.weights, strict=True)}
    second = {mask: Fraction(weight, two.total) for mask, weight in zip(two.masks, two.weights, strict=True)}
    return sum((abs(first.get(s, Fraction()) - second.get(s, Fraction())) for s in {*first, *second}), Fraction()) / 2


@given(pairs_of_distributions_on_the_same_labels(st.integers(2, 5)))
@settings(max_examples=60, deadline=None)
def test_s12_bounds_the_change_of_kappa_by_the_total_variation(
    pair: tuple[LabelDistribution, LabelDistribution],
) -> None:
    one, two = (pi.proper for pi in pair)
    lengths = [Fraction(m * (pi.K - m), pi.K) for pi in (one, two) for m in pi.sizes]
    bound = float(max(lengths) * _total_variation(one, two))
    first, second = _second_moment(one), _second_moment(two)
    assert np.abs(np.linalg.eigvalsh(first - second)).max() <= bound + SLACK
    assert abs(_contrast_eigenvalues(first)[0] - _contrast_eigenvalues(second)[0]) <= bound + SLACK


def test_s12_is_attained() -> None:
    thirds = LabelDistribution.from_sets({(0, 1): 4, (0, 2): 4, (0, 3): 4}, labels="abcd")
    moved = LabelDistribution.from_sets({(0, 1): 5, (0, 2): 3, (0, 3): 4}, labels="abcd")
    assert _total_variation(thirds, moved) == Fraction(1, 12)
    change = _contrast_eigenvalues(_second_moment(thirds))[0] - _contrast_eigenvalues(_second_moment(moved))[0]
    assert abs(change - 1 / 12) <= SLACK


@given(distributions_of_one_multiplicity(st.integers(3, 5)))
@settings(max_examples=60, deadline=None)
def test_s13_increases_and_stays_below_kappa(pi: LabelDistribution) -> None:
    eigenvalues = _contrast_eigenvalues(_second_moment(pi))
    trace, determinant, n = eigenvalues.sum(), max(np.prod(eigenvalues), 0.0), pi.K - 2
    bound = 0.0
    for _ in range(5):
        better = determinant * (n / (trace - bound)) ** n
        assert bound <= better + SLACK
        assert better <= eigenvalues[0] + SLACK
        bound = better


def test_s13_is_strictly_better_than_s8c_somewhere_and_converges_to_kappa_when_the_others_agree() -> None:
    pi = LabelDistribution.from_sets({(0, 1): 2, (0, 2): 3, (0, 3): 3}, labels="abcd")
    kappa, trace, determinant = Fraction(1, 4), Fraction(1), Fraction(1, 4) * Fraction(3, 8) ** 2
    assert abs(_contrast_eigenvalues(_second_moment(pi))[0] - float(kappa)) <= SLACK
    bounds = [Fraction(0)]
    for _ in range(6):
        bounds.append(determinant * (2 / (trace - bounds[-1])) ** 2)
    assert bounds == sorted(bounds)
    assert bounds[1] < bounds[2] < kappa
    assert kappa == determinant * (2 / (trace - kappa)) ** 2


@given(st.lists(st.integers(1, 9), min_size=7, max_size=7), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_s14_bounds_kappa_by_the_rarest_line_of_a_plane(weights: list[int], other: int) -> None:
    fano = projective_plane(2)
    lines = dict(zip(fano.masks, weights, strict=True))
    outside = next(mask for mask in range(1, 1 << 7) if mask.bit_count() == 3 and mask not in lines)
    pi = LabelDistribution.from_masks({**lines, outside: other}, fano.labels)
    assert 2 * min(weights) / pi.total <= _contrast_eigenvalues(_second_moment(pi))[0] + SLACK
