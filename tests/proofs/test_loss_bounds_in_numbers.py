"""Chapter L in numbers: the bounds hold at solved optima.

The numeric tests do not go through the derivation kernel: eigenvalues and entropies come from NumPy, optima from the
solver, whose duality gap bounds their error. ``ROUNDING`` covers the rest: all quantities are sums of at most a few
hundred terms of size at most 10, and 1e-10 is more than a thousand times what double precision loses on those.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.proofs.in_numbers import Numbers, matrix_power
from tests.strategies import distributions_of_one_multiplicity
from verify.labels.distribution import LabelDistribution
from verify.labels.families import balanced
from verify.model.solver import solve

ROUNDING = 1e-10


# ---------------------------------------------------------------------- quantities, computed independently


def entropy_bound(K: int, m: int, c: float) -> float:
    """H_m(c): m times the entropy of (1 - c(1 - m/K))/m on m labels and c/K on the others."""
    inside, outside = (1 - c * (1 - m / K)) / m, c / K
    return float(-m * (m * inside * np.log(inside) + (K - m) * outside * np.log(outside)))


def floor(at: Numbers, lam: float) -> float:
    """L1."""
    return entropy_bound(at.K, int(at.sizes[0]), min(1.0, (lam / at.eigenvalues[-1]) ** 0.5))


# ---------------------------------------------------------------------- L1, L2, L3, L5, L5a, L5c, L5d at optima


@settings(max_examples=25)
@given(distributions_of_one_multiplicity(st.integers(3, 5)), st.integers(1, 5))
def test_the_chain_of_bounds_holds_at_solved_optima(pi: LabelDistribution, power: int) -> None:
    """L2 <= L1 <= min F <= L5-primal <= L3, each the entropy bound at its argument (L5a)."""
    at, lam = Numbers.of(pi), Fraction(1, 10**power)
    K, m, values, mu = at.K, int(at.sizes[0]), at.eigenvalues, float(lam) ** 0.5
    kappa = values[0] if len(values) == K - 1 else 0.0
    trace, root = values.sum(), np.sqrt(values).sum()
    arguments = (
        mu / (trace - (K - 2) * kappa) ** 0.5,
        mu / values[-1] ** 0.5,
        mu * root / trace,
        mu / (trace / (K - 1)) ** 0.5,
    )
    weakest, least, tagwise, orthogonal = (entropy_bound(K, m, min(1.0, c)) for c in arguments)
    solution = solve(pi, "pal", lam, 1)
    assert weakest <= least + ROUNDING
    assert least <= solution.value + ROUNDING
    assert solution.value - solution.gap <= tagwise + ROUNDING
    assert tagwise <= orthogonal + ROUNDING


@settings(max_examples=25)
@given(distributions_of_one_multiplicity(st.integers(3, 5)), st.integers(2, 6))
def test_the_polar_value_is_where_l5c_and_l5d_put_it(pi: LabelDistribution, power: int) -> None:
    at, lam = Numbers.of(pi), 10.0**-power
    p, mu, values = at.polar_point(lam), lam**0.5, at.eigenvalues
    assume(p is not None)
    assert p is not None
    K, m, trace, root = at.K, int(at.sizes[0]), values.sum(), np.sqrt(values).sum()
    c_bar, dual = mu * root / trace, at.dual_value(p)
    assume(c_bar < 1)
    solution = solve(pi, "pal", Fraction(1, 10**power), 1)
    margin = K / (c_bar * m) * (lam * len(values) - c_bar**2 * trace)
    assert entropy_bound(K, m, c_bar) - margin <= dual + ROUNDING
    assert dual <= solution.value + ROUNDING
    c = (lam / values[-1]) ** 0.5
    if np.log1p(K * (1 - c) / (m * c)) >= K / m * ((values[-1] / values[0]) ** 0.5 - 1):
        assert floor(at, lam) <= dual + ROUNDING
    if p.min() > 1e-9 and len(values) == K - 1:
        z = np.log(p) - np.log(p).mean(1, keepdims=True)
        s = float(np.log(1 / mu))
        off = z - s * at.centered
        bound = mu / (2 * s) * at.w @ ((off @ matrix_power(at.moment, -0.5)) * off).sum(1)
        assert solution.value - solution.gap - dual <= bound + ROUNDING


def test_the_floor_is_attained_without_orthogonality() -> None:
    """L1: two complementary pairs, where kappa is 0."""
    pi = LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd")
    at, solution = Numbers.of(pi), solve(pi, "pal", Fraction(1, 50), 1)
    assert len(at.eigenvalues) == 1
    assert solution.value == pytest.approx(entropy_bound(4, 2, (1 / 50) ** 0.5), abs=ROUNDING)


def test_unequal_eigenvalues_leave_the_floor() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 2)], labels="abcd")
    solution = solve(pi, "pal", Fraction(1, 50), 1)
    assert solution.value - solution.gap > floor(Numbers.of(pi), 1 / 50) + 1e-3


def test_kappa_in_place_of_the_upper_constant_is_no_lower_bound() -> None:
    """The slip of L1: with kappa for K the bound exceeds the optimum."""
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 8)])
    solution = solve(pi, "pal", Fraction(1, 100), 1)
    slip = entropy_bound(3, 1, min(1.0, 0.1 / float(Numbers.of(pi).eigenvalues[0]) ** 0.5))
    assert slip > solution.value + solution.gap


def _three_labels(shift: Fraction, ratio: Fraction) -> LabelDistribution:
    """Half singletons, half pairs of three labels: singletons shifted by ``shift``, pairs back by ``shift * ratio``."""
    third, back = Fraction(1, 3), shift * ratio
    return LabelDistribution.from_sets(
        [
            ([0], third + shift),
            ([1], third - shift),
            ([2], third),
            ([1, 2], third - back),
            ([0, 2], third + back),
            ([0, 1], third),
        ],
        labels="abc",
    )


def test_mixed_multiplicities_attain_l3_without_orthogonality() -> None:
    """L3: the pairs undo the imbalance of the singletons, weighted by the squared scalars of O1.

    The scalars are irrational, so the distribution misses equality by the rounding of the ratio, squared.
    """
    lam = 1 / 50

    def odds(slope: float, m: int) -> tuple[float, float]:
        """The root of log(1 + e) = slope * c(e), by bisection, and its argument c."""
        low, high = 0.0, 1e9
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if np.log1p(middle) < slope * 3 / (3 + m * middle) else (low, middle)
        return low, 3 / (3 + m * low)

    low, high = 1e-9, 1e3
    for _ in range(200):
        slope = (low + high) / 2
        energy = sum(0.5 * odds(slope, m)[1] ** 2 / 3 for m in (1, 2))
        low, high = (slope, high) if energy > lam else (low, slope)
    c_1, c_2 = (odds(low, m)[1] for m in (1, 2))
    value = 0.5 * sum(entropy_bound(3, m, c) for m, c in ((1, c_1), (2, c_2)))
    ratio = Fraction((c_1 / c_2) ** 2).limit_denominator(10**7)
    at_balance, undone, shifted = (
        solve(_three_labels(shift, how), "pal", Fraction(1, 50), 1)
        for shift, how in ((Fraction(0), ratio), (Fraction(1, 20), ratio), (Fraction(1, 20), Fraction(1)))
    )
    assert at_balance.value == pytest.approx(value, abs=1e-9)
    assert undone.value == pytest.approx(value, abs=1e-9)
    assert shifted.value < value - 1e-6


def test_balance_has_the_largest_minimum() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 5), ([1, 2], 1), ([2, 3], 1), ([0, 3], 1)], labels="abcd")
    lam = Fraction(1, 100)
    assert solve(pi, "pal", lam, 1).value < solve(balanced(4, 2), "pal", lam, 1).value - 1e-3


# ---------------------------------------------------------------------- L5b


def test_the_polar_value_is_below_l1_at_the_threshold() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 9), ([0, 2], 16), ([0, 3], 16)], labels="abcd")
    at = Numbers.of(pi)
    p = at.polar_point(16 / 41)
    assert p is not None
    assert floor(at, 16 / 41) == pytest.approx(2 * np.log(4), abs=ROUNDING)
    assert at.dual_value(p) < 2 * np.log(4) - 1e-2


def test_the_polar_value_is_below_l1_within_the_spectrum() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 1), ([1, 2], 1), ([2, 3], 1)], labels="abcdefgh")
    at = Numbers.of(pi)
    assert at.eigenvalues == pytest.approx([1 / 6, 2 / 3, 2 / 3])
    p = at.polar_point(1 / 6)
    assert p is not None
    assert at.dual_value(p) < floor(at, 1 / 6) - 1e-2


def test_no_full_rank_example_up_to_kappa_is_known() -> None:
    """The open part of L5b. A failure here is a discovery, not a bug: it closes the question."""
    rng = np.random.default_rng(0)
    tried = 0
    for _ in range(1500):
        K = int(rng.integers(3, 7))
        m = int(rng.integers(1, K))
        y = np.unique((rng.random((3 * K, K)).argsort(1) < m).astype(float), axis=0)
        at = Numbers(y, rng.dirichlet(np.full(len(y), rng.choice([0.3, 1.0, 5.0]))) + 1e-6)
        at = Numbers(at.y, at.w / at.w.sum())
        values = at.eigenvalues
        if len(values) < K - 1:
            continue
        lam = float(values[0] * 10.0 ** -rng.uniform(0, 2))
        p = at.polar_point(lam)
        if p is not None:
            tried += 1
            assert floor(at, lam) <= at.dual_value(p) + ROUNDING
    assert tried > 500
