"""Chapter U, first half, in numbers, with mpmath; and what the derivation kernel must do for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy as sp
from mpmath import mp, mpf

from proofs.kernel.outcome import Verdict
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import CLASSIFIER, FEATURES, POINTS, Gradient, N, objective
from proofs.letters.losses import LOSSES, Loss
from proofs.letters.vocabulary import K, d
from tests.model.designed_optima import (
    DIGITS,
    EXACT,
    Matrix,
    Point,
    all_proper_sets,
    arbitrary,
    centering,
    designed,
    dot,
    kullback,
    largest_difference,
    matrix,
    pal_ce,
    second_moment,
    softmax,
    square,
    total,
)


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


# ====================================================================== what the kernel must do for this chapter


def test_sums_keep_the_exponential_of_an_inner_sum_whole() -> None:
    k, a = sp.symbols("k a", integer=True)
    w, b = sp.IndexedBase("w", real=True), sp.IndexedBase("b", real=True)
    inner = sp.Sum(w[k, a], (a, 1, d))
    outer = sp.Sum(sp.exp(b[k] + inner), (k, 1, K))
    split = sp.Sum(sp.exp(inner) * sp.exp(b[k]), (k, 1, K))
    assert Scalars().vanishes(outer - split)
    assert not Scalars().vanishes(outer - 2 * split)
    assert Scalars().counterexample(outer - 2 * split, "==")


def test_equal_sums_are_equal_whatever_stands_beside_them() -> None:
    k, i = sp.symbols("k l", integer=True)
    x, y = sp.IndexedBase("x", real=True), sp.IndexedBase("y", real=True)
    nested = sp.Sum(x[k] * sp.Sum(y[i], (i, 1, K)) + x[k], (k, 1, K))
    apart = sp.Sum(x[k], (k, 1, K)) * sp.Sum(y[k], (k, 1, K)) + sp.Sum(x[i], (i, 1, K))
    assert Scalars().vanishes(nested - apart)
    assert Scalars().counterexample(nested - apart + sp.Sum(x[k], (k, 1, K)), "==")


def test_logarithms_split_at_sums_of_positive_terms_only() -> None:
    k = sp.Symbol("k", integer=True)
    z = sp.IndexedBase("z", real=True)
    positive, signed = sp.Sum(sp.exp(z[k]), (k, 1, K)), sp.Sum(z[k], (k, 1, K))
    x = sp.Symbol("x", positive=True)
    assert Scalars().vanishes(sp.log(x / positive) - sp.log(x) + sp.log(positive))
    assert not Scalars().vanishes(sp.log(1 / signed) + sp.log(signed))


def test_signs_of_entries_are_the_declared_ones() -> None:
    j = sp.Symbol("j", integer=True)
    free, nonnegative = sp.IndexedBase("v", real=True), sp.IndexedBase("o", nonnegative=True)
    with_assumptions = Scalars((K >= 2,))
    assert with_assumptions.sign(free[j]) is None
    assert with_assumptions.sign(nonnegative[j] * free[j] ** 2) is not None
    assert with_assumptions.sign(K * free[j]) is None


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_gradient_that_is_off_by_one_percent_is_refuted(loss: Loss) -> None:
    formula, letter = objective(loss)
    s, j = sp.symbols("s j", integer=True)
    exact = -sp.Sum(letter["pi"][s] * letter["residual"](s, j), (s, 1, N))
    in_range = Scalars((j >= 1, j <= K), in_range=(j,))
    assert Gradient("F", formula, letter["b"][j], exact, in_range).outcome().proved
    off = Gradient("F", formula, letter["b"][j], sp.Rational(101, 100) * exact, in_range).outcome()
    assert off.verdict is Verdict.REFUTED


# ====================================================================== the statements in numbers


def test_u1a_the_price_of_not_collapsing() -> None:
    W, b, y = arbitrary(4, 3, 1), arbitrary(4, 1, 2), all_proper_sets(4)[6]
    rho = [mpf(1) / 2, mpf(1) / 3, mpf(1) / 6]
    features = [2 * arbitrary(3, 1, seed) for seed in (3, 4, 5)]
    penalty = mpf(7) / 10
    mean = sum((w * h for w, h in zip(rho, features, strict=True)), mp.zeros(3, 1))

    def cost(h: Matrix) -> mpf:
        return pal_ce(W * h + b, y) + penalty / 2 * dot(h, h)

    fall = sum(w * cost(h) for w, h in zip(rho, features, strict=True)) - cost(mean)
    centre = softmax(W * mean + b)
    price = sum(
        w * (total(y) * kullback(centre, softmax(W * h + b)) + penalty / 2 * square(h - mean))
        for w, h in zip(rho, features, strict=True)
    )
    assert abs(fall - price) < EXACT
    assert fall > mpf(1) / 10


@pytest.mark.parametrize("bias", ["fixed", "free"])
def test_u2_the_designed_point_is_stationary_by_numerical_differentiation(bias: str) -> None:
    point = designed(bias)
    step = mpf(10) ** -12

    def value(dw: Matrix, dh: Matrix, db: Matrix) -> mpf:
        moved = Point(
            point.pi,
            point.y,
            point.W + dw,
            [point.h[0] + dh, *point.h[1:]],
            point.b + db,
            point.lambda_W,
            point.lambda_H,
        )
        return moved.value

    direction = (arbitrary(3, 3, 6), arbitrary(3, 1, 7), arbitrary(3, 1, 8) * (bias == "free"))
    ahead = value(*(step * part for part in direction))
    behind = value(*(-step * part for part in direction))
    # Central differences are off by step^2 times a third derivative of order 1; rounding adds EXACT / step.
    assert abs(ahead - behind) / (2 * step) < 100 * step**2 + EXACT / step


@pytest.mark.parametrize("bias", ["fixed", "free"])
def test_u2_to_u4_at_an_uneven_optimum(bias: str) -> None:
    point = designed(bias)
    r, pi, lam = point.residuals, point.pi, point.lam
    R = second_moment(pi, r)
    assert max(pi) > mpf(3) / 2 * min(pi)
    assert largest_difference(R * point.W, lam * point.W) < EXACT
    features = second_moment(pi, point.h)
    assert largest_difference(point.lambda_W * point.W.T * point.W, point.lambda_H * features) < EXACT
    n = len(pi)
    omega = matrix(n, n)
    for s in range(n):
        for t in range(n):
            omega[s, t] = pi[t] * dot(r[s], r[t]) / lam
    for s in range(n):
        synthesis = sum((omega[s, t] * point.h[t] for t in range(n)), mp.zeros(3, 1))
        assert largest_difference(synthesis, point.h[s]) < EXACT
        from_rows = sum((r[s][k] * point.W[k, :].T for k in range(3)), mp.zeros(3, 1)) / point.lambda_H
        assert largest_difference(from_rows, point.h[s]) < EXACT
        weights = sum(omega[s, t] for t in range(n))
        assert (abs(weights) < EXACT) == (bias == "free")
        uniform = sum((h / n for h in point.h), mp.zeros(3, 1))
        assert largest_difference(uniform, point.h[s]) > mpf(1) / 100
    assert largest_difference(omega * omega, omega) < EXACT
    assert abs(sum(omega[s, s] for s in range(n)) - 2) < EXACT
    assert largest_difference(R, lam * centering(3)) < EXACT


def test_u4a_the_synthesis_at_partial_rank_is_no_projector() -> None:
    """The MSE optimum of K = 2 with 4/5 and 1/5 on the single labels at lambda = 9/20, by hand."""
    pi, lam = (sp.Rational(4, 5), sp.Rational(1, 5)), sp.Rational(9, 20)
    r = (sp.Matrix([sp.Rational(3, 4), 0]), sp.Matrix([0, 1]))
    h = (sp.Matrix([sp.Rational(1, 4)]), sp.Matrix([0]))
    omega = sp.Matrix(2, 2, lambda s, t: pi[t] * (r[s].T * r[t])[0] / lam)
    assert omega == sp.Matrix([[1, 0], [0, sp.Rational(4, 9)]])
    assert omega**2 != omega
    assert [sum((omega[s, t] * h[t] for t in range(2)), sp.zeros(1, 1)) for s in range(2)] == list(h)


def test_the_instances_are_what_they_are_called() -> None:
    """Where a witness says optimum, or stationary in one kind of variable, that is what the instance is."""
    for model in POINTS.models:
        alone = POINTS.extended(models=(model,))
        in_features, in_classifier = (
            alone.counterexample(equation.difference, "==") is None for equation in (FEATURES, CLASSIFIER)
        )
        name = model.name
        expected = {
            "features only": (True, False),
            "classifier only": (False, True),
            "arbitrary": (False, False),
            "residuals of the collapsed": (False, False),
        }
        kind = next((words for words in expected if words in name), None)
        assert (in_features, in_classifier) == expected.get(kind or "", (True, True)), name
