"""Weights in the loss: what is weighted, against definitions, an independent descent, and scaled problems."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.model import optima
from tests.model.optima import Problem
from verify.certificate.format import dumps
from verify.certificate.kernel import check
from verify.labels.distribution import LabelDistribution
from verify.model.certify import certify
from verify.model.loss_weights import LossWeights
from verify.model.losses import BCE, LOSSES, MSE, PAL_CE, Loss
from verify.model.solution import Solution
from verify.model.solver import solve

PI = LabelDistribution.from_sets([([0], 5), ([1], 3), ([2], 2), ([0, 1], 2), ([1, 2], 1)], labels="abc")
ONE, LAM = Fraction(1), Fraction(1, 100)
WEIGHTS = LossWeights(
    present=(Fraction(3), Fraction(1, 2), Fraction(1)),
    absent=(ONE, Fraction(2), Fraction(1, 3)),
    sets=((0b011, (Fraction(4),) * 3), (0b110, (ONE, Fraction(2), Fraction(5)))),
)
SMOOTHED = [PAL_CE, BCE, MSE, PAL_CE.smoothed("1/10"), BCE.smoothed("1/10")]


@pytest.mark.parametrize("plain", SMOOTHED, ids=repr)
def test_the_parts_of_a_weighted_loss_belong_to_its_values(plain: Loss) -> None:
    loss, step = plain.weighted(WEIGHTS), 1e-6
    y, z = loss.targets(PI), np.random.default_rng(1).normal(size=(len(PI.masks), 3))
    z -= z.mean(axis=1, keepdims=True) * loss.centered
    r = loss.residual(z, y)
    slope = [(loss.value(z + step * e, y) - loss.value(z - step * e, y)) / (2 * step) for e in np.eye(3)]
    assert r == pytest.approx(-np.array(slope).T, abs=1e-7)
    assert loss.conjugate(r, y) == pytest.approx(loss.value(z, y) + (r * z).sum(axis=1))
    assert loss.divergence(r, z, y) == pytest.approx(np.zeros(len(r)), abs=1e-13)
    assert loss.logits(r, y) == pytest.approx(z, abs=1e-12)
    bend = [[(loss.residual(z - step * e, y) - loss.residual(z + step * e, y))[:, k] / (2 * step) for e in np.eye(3)]
            for k in range(3)]  # fmt: skip
    c = loss.curvature(r, y)
    shared = c[:, :, None] * c[:, None, :] / c.sum(axis=1)[:, None, None] if loss.centered else 0.0
    assert np.array(bend).transpose(2, 0, 1) == pytest.approx(c[:, :, None] * np.eye(3) - shared, abs=1e-7)


def test_pos_weight_and_weight_are_those_of_pytorch() -> None:
    """Of soft targets too: the formulas of ``BCEWithLogitsLoss`` and ``CrossEntropyLoss``, written down."""
    weight, pos = np.array([2.0, 1.0, 3.0]), np.array([0.5, 4.0, 1.0])
    exact = [[Fraction(a) for a in row] for row in (weight * pos, weight)]
    z = np.random.default_rng(2).normal(size=(len(PI.masks), 3))
    for smoothing in ("0", "1/5"):
        loss = BCE.smoothed(smoothing)
        t = loss.targets(PI).t
        sigma = 1 / (1 + np.exp(-z))
        direct = -(weight * (pos * t * np.log(sigma) + (1 - t) * np.log(1 - sigma))).sum(axis=1)
        loss = loss.weighted(LossWeights(present=tuple(exact[0]), absent=tuple(exact[1])))
        assert loss.value(z, loss.targets(PI)) == pytest.approx(direct)
        pal = PAL_CE.smoothed(smoothing)
        log_softmax = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        direct = -(weight * pal.targets(PI).t * log_softmax).sum(axis=1)
        pal = pal.weighted(LossWeights(present=tuple(exact[1])))
        assert pal.value(z, pal.targets(PI)) == pytest.approx(direct)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("bias", ["zero", "free", "1/10"])
def test_weights_of_one_change_no_byte(name: str, bias: str) -> None:
    ones = LossWeights((ONE,) * 3, (ONE,) * 3, ((0b011, (ONE,) * 3),))
    plain, weighted = (solve(PI, loss, LAM, ONE, bias) for loss in (LOSSES[name], LOSSES[name].weighted(ones)))
    assert dumps(certify(plain)) == dumps(certify(weighted))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("bias", ["zero", "free", "1/10"])
def test_a_common_weight_is_another_unit_of_the_objective(name: str, bias: str) -> None:
    """c F with all penalties c times as large: the same geometry, certified on both sides."""
    c, loss = Fraction(7), LOSSES[name]
    heavy = loss.weighted(LossWeights((c,) * 3, (c,) * 3))
    decay = Fraction(bias) * c if "/" in bias else bias
    problems = ((loss, LAM, ONE, bias), (heavy, c * LAM, c, decay))
    one, other = (check(certify(solve(PI, *problem, digits=40))) for problem in problems)
    assert one.value is not None
    assert other.value is not None
    assert c * one.value[0] <= other.value[1]
    assert other.value[0] <= c * one.value[1]
    for j, k in itertools.product(range(3), repeat=2):
        (a, b), (d, e) = (v.optimum.interval("G", j, k) for v in (one, other) if v.optimum)  # type: ignore[misc]
        assert max(a, d) <= min(b, e)
        assert max(b, e) - min(a, d) < Fraction(1, 10**14)


def _tables(loss: Loss) -> tuple[optima.Rows, optima.Rows]:
    present, absent = zip(*(loss.weights.of(y) for y in PI.rows), strict=True)
    return [list(row) for row in present], [list(row) for row in absent]


@pytest.mark.parametrize(("plain", "bias"), list(itertools.product(SMOOTHED, ["zero", "free", "1/10"])), ids=repr)
def test_the_optimum_is_that_of_an_independent_descent(plain: Loss, bias: str) -> None:
    loss = plain.weighted(WEIGHTS)
    problem = Problem(PI, loss.name, bias, LAM, ONE, loss.smoothing, _tables(loss))
    G, b = optima.descend(problem)
    solution = solve(PI, loss, LAM, ONE, bias)
    assert solution.relative_gap < 1e-12
    assert np.abs(solution.G - G).max() < 2e-4
    assert np.abs((solution.b - b) - (solution.b - b).mean() * loss.centered).max() < 2e-4


@pytest.mark.parametrize(("plain", "bias"), list(itertools.product(SMOOTHED, ["zero", "free", "1/10"])), ids=repr)
def test_certificates_of_weighted_losses_are_accepted_with_as_many_digits(plain: Loss, bias: str) -> None:
    loss = plain.weighted(WEIGHTS)
    certificate = certify(solve(PI, loss, LAM, ONE, bias, digits=40))
    verdict = check(certificate)
    assert verdict.accepted, verdict.reason
    assert certificate.gap < Fraction(1, 10**38)
    assert verdict.optimum is not None
    assert verdict.optimum.rank == (loss.dimension(3),) * 2
    changed = replace(certificate, loss_weights=None)
    assert not check(changed).accepted


@pytest.mark.parametrize(("lam", "bias"), list(itertools.product(("1/10", "1/100000"), ("zero", "free"))))
def test_weights_that_undo_an_imbalance_of_a_thousand(lam: str, bias: str) -> None:
    """Where the solver starts from, predictions are further below their targets than float64 can tell."""
    counts = {"a": 1000, "b": 100, "c": 1, "ab": 30, "bc": 3}
    pi = LabelDistribution.from_sets({tuple(labels): count for labels, count in counts.items()})
    loss = PAL_CE.weighted(LossWeights(present=tuple(1 / f for f in pi.frequencies)))
    certificate = certify(solve(pi, loss, lam, ONE, bias))
    assert check(certificate).accepted
    assert certificate.gap < certificate.value.interval(0, 0)[1] / 10**12


def test_weights_over_five_decades_with_a_free_bias() -> None:
    """The spectral guess is far off: the path starts where the loss is, not where the guess is."""
    weights = LossWeights(
        present=(Fraction(3, 100), Fraction(2), Fraction(1, 3)),
        absent=(Fraction(1000), Fraction(1, 10), Fraction(1000)),
    )
    solution = solve(PI, MSE.weighted(weights), LAM, ONE, "free")
    assert solution.relative_gap < 1e-12
    assert solution.iterations < 50


def _collapsed(loss: Loss, lam: Fraction, bias: str) -> Solution:
    return solve(PI, loss, lam, ONE, bias)


@pytest.mark.parametrize(("plain", "bias"), list(itertools.product(SMOOTHED, ["zero", "free"])), ids=repr)
def test_all_collapses_at_the_threshold_of_the_weighted_residuals(plain: Loss, bias: str) -> None:
    """At W = 0 and the best bias residuals have mean 0, and where their R is at most lambda, W is 0."""
    loss = plain.weighted(WEIGHTS)
    y, p = loss.targets(PI), PI.probabilities
    r = np.array([[float(a) for a in row] for row in loss.collapse_residuals(PI, bias == "free")])
    if bias == "free":
        assert p @ r == pytest.approx(np.zeros(3), abs=1e-12)
    else:
        assert r == pytest.approx(loss.residual(np.zeros(y.shape), y))
    top = float(np.linalg.eigvalsh((r * p[:, None]).T @ r)[-1])
    above, below = (_collapsed(loss, Fraction(top * s).limit_denominator(10**9), bias) for s in (1.001, 0.999))
    assert above.rank == 0
    assert below.rank > 0
    assert below.value < above.value
