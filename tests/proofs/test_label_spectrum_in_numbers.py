"""Chapter S in numbers: the new bounds, with NumPy, without the derivation kernel."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.chapters import proofs_of
from proofs.kernel.compound import ForEach
from proofs.kernel.explicit import Instance
from tests.proofs.in_numbers import Numbers
from tests.strategies import distributions_of_one_multiplicity, pairs_of_distributions_on_the_same_labels
from verify.labels.distribution import LabelDistribution
from verify.labels.families import projective_plane


def test_s1_and_s2_stand_on_no_fixed_size() -> None:
    for claim in ("S1", "S2"):
        for step in proofs_of("label_spectrum")[claim]().steps:
            assert not isinstance(step.check, (ForEach, Instance))


# ---------------------------------------------------------------------- the new statements, in numbers
# Tolerance: eigenvalues of a symmetric matrix of norm at most K by LAPACK are off by at most a small multiple of
# K * eps * norm; 1e-12 is more than 100 times that for K <= 5.

SLACK = 1e-12


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
    first, second = Numbers.of(one), Numbers.of(two)
    assert np.abs(np.linalg.eigvalsh(first.moment - second.moment)).max() <= bound + SLACK
    assert abs(first.contrasts[0] - second.contrasts[0]) <= bound + SLACK


def test_s12_is_attained() -> None:
    thirds = LabelDistribution.from_sets({(0, 1): 4, (0, 2): 4, (0, 3): 4}, labels="abcd")
    moved = LabelDistribution.from_sets({(0, 1): 5, (0, 2): 3, (0, 3): 4}, labels="abcd")
    assert _total_variation(thirds, moved) == Fraction(1, 12)
    change = Numbers.of(thirds).contrasts[0] - Numbers.of(moved).contrasts[0]
    assert abs(change - 1 / 12) <= SLACK


@given(distributions_of_one_multiplicity(st.integers(3, 5)))
@settings(max_examples=60, deadline=None)
def test_s13_increases_and_stays_below_kappa(pi: LabelDistribution) -> None:
    eigenvalues = Numbers.of(pi).contrasts
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
    assert abs(Numbers.of(pi).contrasts[0] - float(kappa)) <= SLACK
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
    assert 2 * min(weights) / pi.total <= Numbers.of(pi).contrasts[0] + SLACK
