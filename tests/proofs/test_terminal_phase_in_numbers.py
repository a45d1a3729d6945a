"""Chapter T in numbers.

The numeric tests do not go through the derivation kernel: roots come from NumPy, optima from the solver. ``ROUNDING``
is more than a thousand times what double precision loses on roots of matrices of norm at most 2 and condition number
at most 1e6; where an optimum is involved its own gap bounds the error (U11).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from proofs.letters.three_labels import inverse_root, kappa_of, root, terminal_margin_offset, terminal_row_distance
from tests.proofs.in_numbers import Array, Numbers, matrix_power
from tests.strategies import (
    distributions_of_one_multiplicity,
    label_distributions,
    pairs_of_distributions_on_the_same_labels,
)
from verify.labels.distribution import LabelDistribution
from verify.model.solver import solve

ROUNDING = 1e-8


# ---------------------------------------------------------------------- T1, T3, T3a, T4


@settings(max_examples=60)
@given(label_distributions(st.integers(3, 5)), st.integers(0, 2**32 - 1))
def test_no_feasible_logits_beat_the_indicators_under_the_sign_condition(pi: LabelDistribution, seed: int) -> None:
    at, rng = Numbers.of(pi), np.random.default_rng(seed)
    assume(at.worst <= 0)
    least = at.nuclear_norm(at.centered)
    for size in (1e-3, 0.1, 1.0):
        below = np.where(at.y == 0, rng.exponential(size, at.y.shape), 0.0)
        shift = rng.normal(0, size, (len(at.y), 1))
        assert at.nuclear_norm(at.y - below + shift) >= least - ROUNDING


def test_a_violated_sign_condition_shows_how_to_do_better() -> None:
    """T1's converse, at full rank: lower the logit in question by the step that minimises the quadratic bound."""
    rng, tried = np.random.default_rng(1), 0
    for _ in range(300):
        K = int(rng.integers(4, 6))
        y = np.unique((rng.random((8, K)) < 0.4).astype(float), axis=0)
        y = y[(y.sum(1) > 0) & (y.sum(1) < K)]
        if not len(y):
            continue
        at = Numbers(y, rng.dirichlet(np.ones(len(y))))
        if at.contrasts[0] < 1e-4 or at.worst < 1e-3:
            continue
        tried += 1
        s, j = np.unravel_index(np.where(at.y == 0, at.polar, -np.inf).argmax(), at.y.shape)
        z = at.centered.copy()
        z[s, j] -= at.worst / matrix_power(at.moment, -0.5)[j, j]
        z -= z.mean(1, keepdims=True)
        assert at.nuclear_norm(z) < at.nuclear_norm(at.centered)
    assert tried > 30


@settings(max_examples=100)
@given(distributions_of_one_multiplicity(st.integers(3, 7)))
def test_t3_a_good_condition_number_gives_the_sign_condition(pi: LabelDistribution) -> None:
    at = Numbers.of(pi)
    assume(at.contrasts[0] > 1e-9)
    m = int(at.y[0].sum())
    theta = (m / ((at.K - m) * (at.K - 1))) ** 0.5
    if (at.contrasts[-1] / at.contrasts[0]) ** 0.5 * (1 - theta) <= 1 + theta:
        assert at.worst <= ROUNDING


@settings(max_examples=60)
@given(st.lists(st.integers(1, 10**5), min_size=2, max_size=8))
def test_t3a_singletons_never_fail(weights: list[int]) -> None:
    at = Numbers(np.eye(len(weights)), np.array(weights) / sum(weights))
    assert at.worst < 0


@settings(max_examples=60)
@given(label_distributions(3))
def test_t3a_three_labels_never_fail(pi: LabelDistribution) -> None:
    assert Numbers.of(pi).worst <= 0


def test_t3a_pairs_of_five_labels_can_pass_t3_and_not_the_entry_test() -> None:
    """The remark of T3a: neither test implies the other."""
    heavy = LabelDistribution.from_sets(
        [(p, {(0, 1): 3, (0, 4): 2, (2, 4): 4}.get(p, 1)) for p in itertools.combinations(range(5), 2)]
    )
    at = Numbers.of(heavy)
    inverse = matrix_power(at.moment, -1.0)
    assert (inverse - 9 * np.eye(5)).max() > 1e-2
    theta = (2 / (3 * 4)) ** 0.5
    assert (at.contrasts[-1] / at.contrasts[0]) ** 0.5 * (1 - theta) <= 1 + theta
    tail = Numbers(np.eye(5), np.array([1000, 100, 10, 1, 1]) / 1112)
    single = (1 / (4 * 4)) ** 0.5
    assert (tail.contrasts[-1] / tail.contrasts[0]) ** 0.5 * (1 - single) > 1 + single
    off = matrix_power(tail.moment, -1.0) - np.diag(np.diag(matrix_power(tail.moment, -1.0)))
    assert off.max() <= ROUNDING


def test_t4_the_smallest_failure() -> None:
    at = Numbers.of(LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1), ([3], 3)], labels="abcd"))
    assert at.contrasts == pytest.approx([1 / 20, 1 / 5, 3 / 5])
    assert at.worst == pytest.approx((15 * 5**0.5 - 8 * 15**0.5) / 66)
    assert at.worst > 0.03


# ---------------------------------------------------------------------- T3b


def test_t3b_the_family_crosses_zero_at_the_constant() -> None:
    inside, last = range(6), (7, 8)
    kinds: list[list[tuple[int, ...]]] = [
        [tuple(inside)],
        [(*four, 6, one) for four in itertools.combinations(inside, 4) for one in last],
        [(*five, one) for five in itertools.combinations(inside, 5) for one in last],
    ]
    for omega, sign in ((1 / 37, 0), (0.99 / 37, 1), (0.5 / 37, 1)):
        masses = (omega, 12 * omega, 1 - 13 * omega)
        sets = [s for kind in kinds for s in kind]
        w = np.array([mass / len(kind) for mass, kind in zip(masses, kinds, strict=True) for _ in kind])
        at = Numbers(np.array([[float(i in s) for i in range(9)] for s in sets]), w)
        ratio = at.contrasts[-1] / at.contrasts[0]
        assert ratio == pytest.approx((1 - 10 * omega) / (3 * omega))
        assert ratio >= 9 - ROUNDING
        entry = at.polar[0, 6]
        assert entry > 1e-4 if sign else abs(entry) < ROUNDING


def attained(K: int, m: int) -> bool:
    """Whether some distribution attains T3's constant at S = {1..m}, j = m + 1: a linear program over orbits.

    Averaging over the label permutations that fix S and j changes neither side, so masses of orbits suffice. The two
    vectors w+ and w- of T3 must be eigenvectors for kappa and for the K that makes the test tight, all others between.
    """
    theta = (m / ((K - m) * (K - 1))) ** 0.5
    ratio = ((1 + theta) / (1 - theta)) ** 2
    chosen, rest = range(m), range(m + 1, K)
    center = np.eye(K) - 1 / K
    u, v = center[m], center @ np.array([1.0] * m + [0.0] * (K - m))
    plus, minus = (u / np.linalg.norm(u) + s * v / np.linalg.norm(v) for s in (1, -1))
    contrasts = [np.eye(K)[a] - np.eye(K)[b] for a, b in ((0, 1), (K - 2, K - 1)) if b < m or a > m]
    orbits = [(i, f) for i in range(m + 1) for f in (0, 1) if 0 <= m - i - f <= len(rest)]

    def form(orbit: tuple[int, int], a: Array, b: Array) -> float:
        i, f = orbit
        sets = [
            [*x, *([m] if f else []), *z]
            for x in itertools.combinations(chosen, i)
            for z in itertools.combinations(rest, m - i - f)
        ]
        pairing = float(np.mean([a[s].sum() * b[s].sum() for s in sets]))
        return pairing / float(np.linalg.norm(a) * np.linalg.norm(b))

    equal = [
        [1.0] * len(orbits) + [0.0],
        [form(o, plus, plus) for o in orbits] + [-1.0],
        [form(o, minus, minus) for o in orbits] + [-ratio],
        [form(o, plus, minus) for o in orbits] + [0.0],
    ]
    between = [
        row
        for x in contrasts
        for row in (
            [-form(o, x, x) for o in orbits] + [1.0],
            [form(o, x, x) for o in orbits] + [-ratio],
        )
    ]
    mass_of_s = [-1.0 if o == (m, 0) else 0.0 for o in orbits] + [0.0]
    answer = linprog(
        mass_of_s,
        A_ub=between or None,
        b_ub=[0.0] * len(between) or None,
        A_eq=equal,
        b_eq=[1.0, 0.0, 0.0, 0.0],
    )
    return bool(answer.status == 0 and answer.fun is not None and -answer.fun > 1e-6)


@pytest.mark.parametrize("case", [(5, 2), (6, 2), (7, 2), (7, 3), (7, 4)])
def test_t3b_attained_where_the_remark_says(case: tuple[int, int]) -> None:
    assert attained(*case)


@pytest.mark.parametrize("case", [(4, 2), (5, 3), (6, 3), (6, 4), (7, 5)])
def test_t3b_not_attained_where_the_remark_says(case: tuple[int, int]) -> None:
    assert not attained(*case)


# ---------------------------------------------------------------------- T2, T2a


def margins(at: Numbers, z: Array) -> Array:
    """Mean logit on the set less the logit, for labels off the set; NaN on it."""
    mean = (z * at.y).sum(1, keepdims=True) / at.y.sum(1, keepdims=True)
    return np.asarray(np.where(at.y == 0, mean - z, np.nan))


def off(at: Numbers, predicted: Array, z: Array) -> float:
    return float(np.nanmax(np.abs(predicted - margins(at, z))))


def predictions(at: Numbers, lam: float) -> tuple[Array, Array, Array]:
    """Margins by T2, by T2a's second order, and by the polar rule at finite lambda."""
    q, tau, mu = at.polar, float(np.log(1 / lam)) / 2, lam**0.5
    log_q = np.where(at.y == 0, np.log(np.maximum(-q, 1e-300)), 0.0)
    c = log_q - log_q.mean(1, keepdims=True)
    half, inverse = matrix_power(at.moment, 0.5), matrix_power(at.moment, -0.5)
    cross = at.centered.T @ (at.w[:, None] * c)
    values, vectors = np.linalg.eigh(half)
    sums = values[:, None] + values[None, :]
    middle = vectors.T @ (cross + cross.T) @ vectors
    n = vectors @ np.where(sums > 1e-9, middle / np.maximum(sums, 1e-9), 0.0) @ vectors.T
    delta = (c - q @ n) @ inverse
    first = np.where(at.y == 0, tau - log_q, np.nan)
    inside = np.log(np.where(at.y == 1, 1 - mu * q, 1.0)).sum(1, keepdims=True) / at.y.sum(1, keepdims=True)
    return first, first - delta / (q * tau), first + inside


THREE = LabelDistribution.from_sets([([0], 8), ([1], 4), ([2], 2), ([0, 1], 3)], labels="abc")


def optimal_logits(pi: LabelDistribution, lam: Fraction) -> Array:
    solution = solve(pi, "pal", lam, 1)
    assert solution.relative_gap < 1e-10
    z = solution.r @ (solution.W @ solution.W.T)  # U2 with lambda_H = 1
    return np.asarray(z - z.mean(1, keepdims=True))


def test_t2_the_error_of_the_first_order_falls_like_one_over_the_logarithm() -> None:
    at = Numbers.of(THREE)
    assert at.worst < 0
    errors, scaled = [], []
    for power in (3, 5, 7):
        lam = Fraction(1, 10**power)
        first, second, _ = predictions(at, float(lam))
        z = optimal_logits(THREE, lam)
        assert off(at, second, z) < off(at, first, z) / 2
        errors.append(off(at, first, z))
        scaled.append(errors[-1] * np.log(1 / float(lam)))
    assert errors == sorted(errors, reverse=True)
    assert max(scaled) < 1.2 * min(scaled)


def test_t2a_the_polar_rule_is_good_at_the_lambdas_people_train_at() -> None:
    at = Numbers.of(THREE)
    for lam in (Fraction(1, 10), Fraction(1, 100)):
        first, _, rule = predictions(at, float(lam))
        z = optimal_logits(THREE, lam)
        assert off(at, rule, z) < 0.6 * off(at, first, z)


@settings(max_examples=10)
@given(label_distributions(st.integers(3, 4)), st.integers(2, 4))
def test_t2a_optima_of_full_rank_solve_the_equation(pi: LabelDistribution, power: int) -> None:
    lam = Fraction(1, 10**power)
    solution = solve(pi, "pal", lam, 1)
    assume(solution.rank == pi.K - 1)
    at = Numbers.of(pi)
    z = solution.r @ (solution.W @ solution.W.T)
    z -= z.mean(1, keepdims=True)
    polar = float(lam) ** 0.5 * z @ matrix_power(z.T @ (at.w[:, None] * z), -0.5)
    # A gap g moves residuals by at most m * sqrt(2 g / (pi m)) (U11); the conditioning of z multiplies that.
    slack = 1e3 * max(np.sqrt(2 * solution.gap * at.y.sum(1) / at.w)) + 1e-6
    assert np.abs(polar - solution.r).max() <= slack


# ---------------------------------------------------------------------- T5, T5a, T6


@settings(max_examples=60)
@given(pairs_of_distributions_on_the_same_labels(st.integers(2, 5)))
def test_t5_roots_move_at_most_as_the_bounds_say(pair: tuple[LabelDistribution, LabelDistribution]) -> None:
    one, other = map(Numbers.of, pair)
    least, also = one.contrasts[0], other.contrasts[0]
    assume(min(least, also) > 1e-6)
    moved = np.linalg.norm(one.moment - other.moment, 2)
    roots = np.linalg.norm(matrix_power(one.moment, 0.5) - matrix_power(other.moment, 0.5), 2)
    inverses = np.linalg.norm(matrix_power(one.moment, -0.5) - matrix_power(other.moment, -0.5), 2)
    bound = moved / (least**0.5 + also**0.5)
    assert roots <= bound + ROUNDING
    assert inverses <= bound / (least * also) ** 0.5 * (1 + ROUNDING) + ROUNDING


@settings(max_examples=60)
@given(label_distributions(st.integers(2, 6)))
def test_t5_rows_keep_the_contrast_floor(pi: LabelDistribution) -> None:
    at = Numbers.of(pi)
    gram = matrix_power(at.moment, 0.5)
    floor = 2 * max(at.contrasts[0], 0.0) ** 0.5
    for j, k in itertools.combinations(range(at.K), 2):
        assert gram[j, j] + gram[k, k] - 2 * gram[j, k] >= floor - 1e-4  # roots of eigenvalues within rounding of 0


@settings(max_examples=30)
@given(label_distributions(3))
def test_t6_closed_forms_are_the_matrices(pi: LabelDistribution) -> None:
    at = Numbers.of(pi)
    assume(at.contrasts[0] > 1e-6)
    d = [0.0, 0.0, 0.0]
    for row, weight in zip(at.y, at.w, strict=True):
        d[int(row.argmax() if row.sum() == 1 else row.argmin())] += float(weight)
    triple = (d[0], d[1], d[2])
    assert [float(x) for x in kappa_of(triple)] == pytest.approx(list(at.contrasts), abs=ROUNDING)
    gram, inverse = matrix_power(at.moment, 0.5), matrix_power(at.moment, -0.5)
    assert np.array(root(triple), dtype=float) == pytest.approx(gram, abs=ROUNDING)
    assert np.array(inverse_root(triple), dtype=float) == pytest.approx(inverse, abs=1e-4)
    assert float(terminal_row_distance(triple, 0, 2)) == pytest.approx(
        gram[0, 0] + gram[2, 2] - 2 * gram[0, 2], abs=ROUNDING
    )
    assert float(sp.exp(-terminal_margin_offset(triple, (0, 1), 2))) == pytest.approx(
        -inverse[2, 0] - inverse[2, 1], abs=1e-4
    )
