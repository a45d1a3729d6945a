"""Inner problems solved together are those solved alone, and what does not settle spoils nothing."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.labels.distribution import LabelDistribution
from verify.labels.families import random_distribution
from verify.model import response
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.loss_weights import LossWeights
from verify.model.losses import BCE, PAL_CE, Array, Loss
from verify.model.program import Program
from verify.model.response import Asking, DenseGreen, Inner, IterativeGreen, UnsettledError, alone, in_step, respond
from verify.model.solver import solve, solving


@pytest.mark.parametrize("loss", [PAL_CE, BCE, PAL_CE.smoothed("1/10")], ids=str)
def test_optima_found_together_are_those_found_alone(loss: Loss) -> None:
    """Over penalties and biases, which ask for different numbers of steps."""
    rng = random.Random(5)
    for _ in range(5):
        _, pi = random_distribution(rng, (3, 6))
        pi = LabelDistribution.from_masks({**dict.fromkeys(range(1, (1 << pi.K) - 1), 1), **pi.weight_of}, pi.labels)
        biases: tuple[AnyBias, ...] = ("zero", "free", Fraction(1, 100))
        models = [FeatureModel.of(pi, loss, Fraction(1, 10**e), 1, bias) for e in (2, 4, 9) for bias in biases]
        runs = [solving(model, lambda *_: None, 1e-12) for model in models]
        for model, together in zip(models, in_step(runs), strict=True):
            apart = alone(solving(model, lambda *_: None, 1e-12))
            assert together.relative_gap <= 1e-12
            assert together.iterations == apart.iterations
            assert np.abs(together.G - apart.G).max() <= 1e-6 * np.abs(apart.G).max()


def test_a_penalty_changes_nothing_else() -> None:
    """What a model passes on to itself at another penalty is what that would have computed."""
    pi = LabelDistribution.from_sets([([0], 3), ([1], 2), ([0, 1], 1), ([2], 1)], labels="abc")
    for loss, bias in ((PAL_CE, "free"), (BCE, "zero"), (BCE, Fraction(1, 10))):
        passed, fresh = FeatureModel.of(pi, loss, 1, 2, bias).at("1/50"), FeatureModel.of(pi, loss, "1/50", 2, bias)
        assert passed == fresh
        assert passed.at_collapse.model is passed
        assert passed.at_collapse.second_moment == fresh.at_collapse.second_moment
        assert passed.at_collapse.optimal is fresh.at_collapse.optimal is False
        assert (passed.at_collapse.residuals == fresh.at_collapse.residuals).all()


def asking(size: float, y: Array, start: Array) -> Asking[Array | None]:
    try:
        found = yield Inner(BCE, y, size * np.eye(y.shape[1]), np.zeros(y.shape[1]), start)
    except UnsettledError:
        return None
    assert isinstance(found.green, DenseGreen)
    assert found.green.matrices.shape == (*y.shape, y.shape[1])
    return found.r


def test_one_that_does_not_settle_is_told_so_and_the_others_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Label sets and their number may differ; a hopeless start needs more rounds than there are."""
    monkeypatch.setattr(response, "ROUNDS", 8)
    one, two = np.array([[1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    cases = [(1.0, one, one / 2), (1e9, two, 0.999 * (two - 0.5)), (4.0, two, two / 2 - (1 - two) / 2)]
    hopeless, kept = 1, (0, 2)
    found = in_step([asking(*case) for case in cases])
    assert found[hopeless] is None
    for i in kept:
        size, y, start = cases[i]
        there = found[i]
        assert there is not None
        np.testing.assert_allclose(there, respond(BCE, y, size * np.eye(2), np.zeros(2), start).r, rtol=1e-12)


def test_what_no_step_changes_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that are lost in the rounding of logits, at a tiny penalty; all rounds of all of them were 7,460."""
    rounds = 0
    newton = response._Rows._newton

    def counted(*arguments: Any) -> Array:
        nonlocal rounds
        rounds += 1
        return newton(*arguments)

    monkeypatch.setattr(response._Rows, "_newton", counted)
    masks = (15, 23, 27, 29, 30, 39, 43, 45, 46, 51, 53, 54, 57, 58, 60)
    weights = (4, 8, 8, 2, 8, 4, 8, 2, 16, 16, 4, 16, 8, 32, 4)
    pi = LabelDistribution.from_masks(dict(zip(masks, weights, strict=True)), "abcdef")
    loss = PAL_CE.weighted(LossWeights(present=tuple(map(Fraction, (4, 7, 5, 1, 6, 7)))))
    assert solve(pi, loss, Fraction(1, 3 * 10**12), 3).relative_gap <= 1e-12
    assert 50 < rounds < 1_000


def test_large_problems_are_solved_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory stays that of one."""
    y = np.array([[1.0, 0.0]])
    runs = [asking(size, y, y / 2) for size in (1.0, 2.0)]
    monkeypatch.setattr(response, "TOGETHER", 1)
    monkeypatch.setattr(response, "_together", None)
    assert all(r is not None for r in in_step(runs))


@pytest.mark.parametrize("loss", [PAL_CE, BCE], ids=str)
def test_operators_by_conjugate_gradients_are_those_by_inverses(loss: Loss) -> None:
    rng = np.random.default_rng(3)
    pi = LabelDistribution.from_masks({mask: 1 + mask for mask in range(1, 31)}, "abcde")
    model, root = FeatureModel.of(pi, loss, "1/100", 1), rng.normal(size=(5, 5))
    at = loss, model.at_collapse.residuals, Program(model).y, root @ root.T
    v = rng.normal(size=(len(pi.masks), 5))
    expected = DenseGreen.of(*at).apply(v)
    for accuracy in (1e-3, 1e-10):
        off = np.abs(IterativeGreen.of(*at, accuracy).apply(v) - expected).max()
        assert off < 10 * accuracy * np.abs(expected).max()
