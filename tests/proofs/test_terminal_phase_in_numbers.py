"""Chapter T in numbers.

The numeric tests do not go through the derivation kernel: roots come from NumPy, optima from the solver. ``ROUNDING``
is more than a thousand times what double precision loses on roots of matrices of norm at most 2 and condition number
at most 1e6; where an optimum is involved its own gap bounds the error (U11).
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from scipy.optimize import linprog

from proofs.letters.three_labels import inverse_root, kappa_of, root, terminal_margin_offset, terminal_row_distance
from tests.proofs.in_numbers import Array, Numbers, matrix_power
from tests.strategies import label_distributions
from verify.labels.distribution import LabelDistribution
from verify.model.solver import solve

ROUNDING = 1e-8


# ---------------------------------------------------------------------- T1, T3, T3a, T4


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


# ---------------------------------------------------------------------- T3b


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
        for row in ([-form(o, x, x) for o in orbits] + [1.0], [form(o, x, x) for o in orbits] + [-ratio])
    ]
    mass_of_s = [-1.0 if o == (m, 0) else 0.0 for o in orbits] + [0.0]
    answer = linprog(
        mass_of_s, A_ub=between or None, b_ub=[0.0] * len(between) or None, A_eq=equal, b_eq=[1.0, 0.0, 0.0, 0.0]
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


# ---------------------------------------------------------------------- T5, T5a, T6


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
