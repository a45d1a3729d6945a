"""The model: gap identity U6, stationarity U2, collapse threshold U9, refusals."""

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import label_distributions, perfectly_orthogonal_distributions
from verify.geometry.floats import centered_moment_float
from verify.geometry.spectrum import Spectrum, balanced_value
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.families import random_distribution
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.losses import LOSSES, Array
from verify.model.solver import solve

EPS = float(np.finfo(np.float64).eps)
LOSS = pytest.mark.parametrize("loss", list(LOSSES))
BIAS = pytest.mark.parametrize("bias", ["zero", "free", Fraction(1, 100)], ids=str)


def models(seed: int, loss: str, bias: AnyBias) -> FeatureModel | None:
    """A random model, or ``None`` where it has no minimiser."""
    rng = random.Random(seed)
    _, pi = random_distribution(rng)
    try:
        return FeatureModel.of(pi, loss, Fraction(rng.randint(1, 9), 7), Fraction(1, rng.randint(1, 1000)), bias)
    except InputError:
        return None


def random_point(model: FeatureModel, seed: int) -> tuple[Array, Array, Array, Array]:
    """W, H, b, and residuals in the domain that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    n, K = len(model.distribution.masks), model.distribution.K
    W, H = rng.normal(size=(K, K + 1)), rng.normal(size=(n, K + 1))
    b = rng.normal(size=K) if model.moves else np.zeros(K)
    return W, H, b, model.loss.residual(rng.normal(size=(n, K)), model.distribution.indicator)


@LOSS
@BIAS
@given(seed=st.integers(0, 2**32 - 1))
def test_gap_identity(loss: str, bias: AnyBias, seed: int) -> None:
    model = models(seed, loss, bias)
    assume(model is not None)
    assert model is not None
    W, H, b, r = random_point(model, seed)
    direct = model.objective(W, H, b) - model.dual_objective(r)
    gap = model.gap(W, H, b, r)
    scale = model.objective(W, H, b) + abs(gap.classifier) + abs(gap.features) + abs(gap.bias)
    assert gap.total == pytest.approx(direct, abs=1000 * EPS * scale)
    assert gap.divergence >= 0
    assert gap.classifier >= 0


@LOSS
def test_control_of_the_gap_identity(loss: str) -> None:
    """With the regularisation of another model the identity must fail."""
    model = models(3, loss, "zero")
    assert model is not None
    W, H, b, r = random_point(model, 3)
    other = replace(model, lambda_H=model.lambda_H * Fraction(101, 100))
    assert abs(other.gap(W, H, b, r).total - (model.objective(W, H, b) - model.dual_objective(r))) > 1e-6


def test_control_of_the_gap_identity_with_a_decaying_bias() -> None:
    """With the penalty of another bias, or the term of a free one, it must fail."""
    decaying = models(3, "bce", Fraction(1, 100))
    assert decaying is not None
    W, H, b, r = random_point(decaying, 3)
    direct = decaying.objective(W, H, b) - decaying.dual_objective(r)
    for bias in ("zero", Fraction(1, 50)):
        assert abs(replace(decaying, bias=bias).gap(W, H, b, r).total - direct) > 1e-3


@LOSS
@BIAS
def test_solutions_are_stationary_and_others_are_not(loss: str, bias: AnyBias) -> None:
    pi = LabelDistribution.from_sets([([0], 3), ([1], 2), ([2], 2), ([0, 1], 2), ([2, 3], 1)], labels="abcd")
    found = solve(pi, loss, "1/50", "1/20", bias)
    # U11: with the gap g the residuals are within sqrt(2 g / pi); the conditions are linear in them. In float64 a gap
    # is known up to the rounding of the value.
    size = (
        1
        + np.linalg.norm(found.W) / float(found.model.lambda_H)
        + np.linalg.norm(found.H) / float(found.model.lambda_W)
    )
    bound = (
        np.sqrt(2 * max(found.gap, EPS * found.value) / found.model.distribution.probabilities.min()) * size
        + 100 * EPS * size
    )
    at = found.model.stationarity(found.W, found.H, found.b)
    assert max(at.features, at.classifier, at.bias) <= bound
    moved = found.model.stationarity(1.01 * found.W, found.H, found.b)
    assert moved.classifier > 1e-3


@given(pi=label_distributions())
def test_collapse_residuals_of_pal_are_the_centered_labels(pi: LabelDistribution) -> None:
    """b = 0: R0 is Sigma, so the threshold is K itself (U9), exactly."""
    model = FeatureModel.of(pi, "pal", 1, 1)
    ours, total = model.at_collapse.second_moment, fmpq(0)
    for k in range(pi.K):
        total += ours[k, k]
    assert Fraction(int(total.p), int(total.q)) == Spectrum.of(model.distribution).trace
    moment = np.array(
        [[float(Fraction(int(ours[j, k].p), int(ours[j, k].q))) for k in range(pi.K)] for j in range(pi.K)]
    )
    assert np.allclose(moment, centered_moment_float(model.distribution), atol=1e-14 * pi.K)


@LOSS
@BIAS
@given(seed=st.integers(0, 2**32 - 1))
def test_collapse_residuals_are_residuals_at_zero(loss: str, bias: AnyBias, seed: int) -> None:
    model = models(seed, loss, bias)
    assume(model is not None)
    assert model is not None
    collapse, K = model.at_collapse, model.distribution.K
    n = len(model.distribution.masks)
    r = model.residuals(np.zeros((K, 1)), np.zeros((n, 1)), collapse.bias)
    assert np.allclose(r, collapse.residuals, atol=50 * EPS * K)
    pull = model.distribution.probabilities @ r - float(model.decay) * collapse.bias
    assert not model.moves or np.abs(pull).max() <= 50 * EPS * K
    assert np.linalg.eigvalsh(model.second_moment(r))[-1] == pytest.approx(collapse.threshold, abs=50 * EPS * K**2)


@given(pi=perfectly_orthogonal_distributions())
def test_the_threshold_is_decided_exactly(pi: LabelDistribution) -> None:
    (m,) = pi.multiplicities
    threshold = balanced_value(pi.K, m)
    assert FeatureModel.of(pi, "pal", threshold, 1).at_collapse.optimal
    assert not FeatureModel.of(pi, "pal", threshold * (1 - Fraction(1, 10**40)), 1).at_collapse.optimal


@LOSS
@BIAS
def test_collapse_is_optimal_above_and_not_below(loss: str, bias: AnyBias) -> None:
    """Both sides, by the value: at W = 0 the dual bound is tight above, and F falls below it elsewhere below."""
    pi = LabelDistribution.from_sets([([0], 3), ([1], 2), ([0, 1], 2), ([2, 3], 2), ([1, 2, 3], 1)], labels="abcd")
    threshold = Fraction(FeatureModel.of(pi, loss, 1, 1, bias).at_collapse.threshold)
    above = solve(pi, loss, threshold * Fraction(101, 100), 1, bias)
    below = solve(pi, loss, threshold * Fraction(99, 100), 1, bias)
    K, n = pi.K, len(below.model.distribution.masks)
    at_zero = below.model.objective(np.zeros((K, 0)), np.zeros((n, 0)), below.model.at_collapse.bias)
    assert above.rank == 0
    assert above.value == pytest.approx(above.model.dual_objective(above.r), abs=20 * EPS)
    assert below.rank > 0
    assert below.value < at_zero - 1e-6


def test_proper_part_is_what_pal_sees() -> None:
    pi = LabelDistribution.from_sets([([], 5), ([0], 1), ([1], 1), ([0, 1, 2], 2)], labels="abc")
    assert FeatureModel.of(pi, "pal", 1, 1).distribution.sizes == (1, 1)
    assert FeatureModel.of(pi, "bce", 1, 1).distribution.sizes == (0, 1, 1, 3)


@pytest.mark.parametrize(
    ("loss", "sets", "says"),
    [
        ("pal", [([0], 1), ([1], 1), ([0, 1, 2], 1)], "label 'c' never occurs"),
        ("bce", [([0], 1), ([0, 1], 1)], "label 'a' always occurs"),
        ("bce", [([], 1), ([0, 1], 1)], "label 'c' never occurs"),
    ],
)
def test_a_free_bias_without_a_minimiser_is_refused_by_label(
    loss: str, sets: list[tuple[list[int], int]], says: str
) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc")
    with pytest.raises(InputError, match=says):
        FeatureModel.of(pi, loss, 1, 1, "free")
    assert FeatureModel.of(pi, loss, 1, 1, "zero").bias == "zero"
    assert FeatureModel.of(pi, "mse", 1, 1, "free").free


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("huber", 1, 1, "zero"), "unknown loss 'huber'"),
        (("pal", 0, 1, "zero"), "lambda_W is 0"),
        (("pal", 1, "-1/3", "zero"), "lambda_H is -1/3"),
        (("pal", "one", 1, "zero"), "lambda_W is 'one'"),
        (("pal", "1/0", 1, "zero"), "lambda_W is '1/0'"),
        (("pal", 1, 1, "some"), "unknown bias 'some'"),
        (("pal", 1, 1, "-1/2"), "the penalty of the bias is -1/2"),
    ],
)
def test_bad_parameters_are_refused_in_one_line(arguments: tuple[str, str, str, str], says: str) -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
    with pytest.raises(InputError, match=says) as caught:
        FeatureModel.of(pi, *arguments)
    assert "\n" not in str(caught.value)


def test_the_penalty_of_a_bias_is_said_to_as_many_digits_as_others() -> None:
    """One that was estimated has twelve."""
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([0, 1], 1)], labels="ab")
    model = FeatureModel.of(pi, "bce", 1, 1, Fraction(499999999971, 10**14))
    assert model.words == "loss bce, bias decaying by 0.005"
    assert model.decay == Fraction(499999999971, 10**14), "which is not rounded"
