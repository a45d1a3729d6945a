"""Digits by Newton's method at a known rank: the certificate judges them, and at a wrong rank there are none."""

import random
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from verify.certificate.kernel import check
from verify.labels.builders.imbalanced import mixture
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.families import make, random_distribution
from verify.model import polish
from verify.model.certify import certify
from verify.model.feature_model import AnyBias
from verify.model.loss_weights import LossWeights
from verify.model.losses import BCE, LOSSES, PAL_CE, Loss
from verify.model.polish import polished
from verify.model.refine import RefinementError, refine
from verify.model.solution import Solution
from verify.model.solver import solve

BIASES: tuple[AnyBias, ...] = ("zero", "free", Fraction(1, 10**4))
LAMBDAS = "1/20", "1/1000", "1/1000000", "1/1000000000000"


def quiet(step: int, gap: float) -> None:
    pass


@cache
def solutions(loss: Loss, bias: AnyBias) -> list[Solution]:
    """One for every lambda; the loss has weights in every other."""
    rng, solved = random.Random(5), []
    for i, lam in enumerate(LAMBDAS):
        while True:
            _, pi = random_distribution(rng, (2, 6))
            weights = LossWeights(present=tuple(Fraction(rng.randint(1, 9)) for _ in range(pi.K)))
            try:
                found = solve(pi, loss.weighted(weights) if i % 2 else loss, Fraction(lam) / 3, 3, bias)
            except InputError:
                continue
            if found.rank:
                solved.append(found)
                break
    return solved


class _Falling:
    """A point at which a step leaves this much of the error, and the next one a ten-thousandth of it."""

    W = b = r = start = SimpleNamespace(value=1.0)

    def __init__(self, size: float) -> None:
        self.size, self.steps = size, 0

    def derivatives(self) -> None:
        pass

    def left(self, _: None) -> SimpleNamespace:
        return SimpleNamespace(size=self.size)

    def move(self, *_: object) -> None:
        self.steps, self.size = self.steps + 1, self.size / 10**4


def test_no_step_is_taken_once_what_is_left_is_what_may_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 4 digits that is 1e-8; after a step that left 1e-5, the next one would leave no more than that."""
    monkeypatch.setattr(polish.Multiprecision, "solution", lambda *given: given)
    for size, steps in ((1e-5, 1), (1.0000001e-5, 2)):
        at: Any = _Falling(size)
        assert polish.GUARD * 10.0**-4 == polish.SLACKER * 1e-5 * 1e-5
        assert polish._followed(at, 4, quiet) is not None
        assert at.steps == steps


@pytest.mark.parametrize("digits", [30, 100])
@pytest.mark.parametrize("bias", BIASES, ids=str)
@pytest.mark.parametrize("loss", [*LOSSES.values(), PAL_CE.smoothed("1/10"), BCE.smoothed("1/10")], ids=str)
def test_the_gap_is_certified(loss: Loss, bias: AnyBias, digits: int) -> None:
    for solution in solutions(loss, bias):
        fine = polished(solution, digits, quiet)
        assert fine is not None
        certificate = certify(fine, ())
        assert certificate.gap <= certificate.value.interval(0, 0)[1] / 10**digits
        assert check(certificate).accepted


@pytest.fixture(scope="module")
def many() -> Solution:
    return solve(make("topical", K=66, rows=90, cardinality=8, topics=6, seed=0), "pal", "1/100", 1)


@pytest.mark.parametrize("bias", BIASES, ids=str)
@pytest.mark.parametrize("loss", [PAL_CE, BCE.smoothed("1/10")], ids=str)
def test_the_gap_is_certified_with_many_labels(loss: Loss, bias: AnyBias) -> None:
    """More than Newton's equation in the Gram matrix has room for."""
    solution = solve(make("topical", K=66, rows=90, cardinality=8, topics=6, seed=0), loss, "1/50", 2, bias)
    fine = polished(solution, 20, quiet)
    assert fine is not None
    certificate = certify(fine, ("G",))
    assert certificate.gap <= certificate.value.interval(0, 0)[1] / 10**20
    assert check(certificate).accepted


def test_control_no_digits_for_many_labels_at_a_wrong_rank_or_without_room(
    many: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert polished(many, 20, quiet) is not None
    for W in (many.W[:, :-1], 1.5 * many.W):
        with pytest.raises(RefinementError):
            refine(replace(many, W=W), 20)
    monkeypatch.setattr(polish, "MOST_RESIDUALS", many.r.size - 1)
    with pytest.raises(RefinementError, match="too many label sets"):
        refine(many, 20)


def test_few_steps_do() -> None:
    """Each brings some dozen digits: there is no path to follow."""
    gaps = list[float]()
    assert polished(solve(mixture(5, (3, 2, 1)), "pal", "1/1000", 1), 200, lambda _, gap: gaps.append(gap)) is not None
    assert len(gaps) < 200 / 12


def test_control_no_digits_at_a_wrong_rank_or_place() -> None:
    good = solve(mixture(5, (3, 2, 1)), "pal", "1/1000", 1)
    assert good.rank == 4
    assert polished(good, 40, quiet) is not None
    one_more = np.hstack([good.W, 1e-9 * np.random.default_rng(0).normal(size=(5, 1))])
    for W in (good.W[:, :3], good.W[:, :0], one_more, 1.5 * good.W):
        assert polished(replace(good, W=W), 40, quiet) is None


def test_control_no_digits_where_a_collapsed_direction_is_as_good_as_alive() -> None:
    """MSE, b = 0, singletons: label k dies exactly at lambda = f_k."""
    pi = LabelDistribution.from_sets([([0], 6), ([1], 3), ([2], 1)], labels="abc")
    assert polished(solve(pi, "mse", "3/10", 1), 40, quiet) is None
    assert polished(solve(pi, "mse", "29/100", 1), 40, quiet) is not None
