"""The letters and instances of chapter U: what the kernel must do for them, and that they are what they are called."""

from collections.abc import Iterator

import pytest
import sympy as sp
from mpmath import mp, mpf

from proofs.kernel.formula import eye
from proofs.kernel.outcome import Verdict
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    CLASSIFIER,
    FEASIBLE,
    FEATURES,
    FENCHEL_YOUNG,
    POINTS,
    Gradient,
    N,
    R,
    Slack,
    objective,
)
from proofs.letters.losses import LOSSES, Loss
from proofs.letters.vocabulary import K, d, v
from tests.model.designed_optima import DIGITS, EXACT, Matrix, Point, arbitrary, designed


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


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


def test_feasible_instances_are_feasible_and_keep_the_fenchel_young_identity() -> None:
    for model in FEASIBLE.models:
        alone = FEASIBLE.extended(models=(model,))
        assert FEASIBLE.evaluate(Slack, model).is_positive_semidefinite
        assert alone.counterexample(FENCHEL_YOUNG.difference, "==") is None
    assert FEASIBLE.counterexample(v.T * (eye(K) - 1000 * R) * v, ">=") is not None


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


def test_u11a_relative_bounds_enclose_a_logarithm_where_pinsker_does_not() -> None:
    s, eta = mpf(1) / 10**4, mpf(1) / 10**6
    lowest = s - mp.sqrt(2 * s * eta)
    assert lowest > mpf(8) / 10 * s
    assert s - mp.sqrt(eta / 2) < 0
    for target in (lowest * mpf(999) / 1000, (s + eta + mp.sqrt(eta**2 + 2 * s * eta)) * mpf(1001) / 1000):
        divergence = target * mp.log(target / s) + (1 - target) * mp.log((1 - target) / (1 - s))
        assert divergence > eta
