"""Synthesis rules as enclosures, against float64 computed another way, and against each other where they must agree."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.strategies import distributions_with_singletons, label_distributions
from verify.checks.shared.enclosures import NARROW
from verify.exact.balls import ball
from verify.geometry.prototypes import Prototypes, _Virtual
from verify.geometry.rules import BY_BIAS, MEASURED, RULES, SCALED_SUM, deviations
from verify.geometry.tiny_penalty import TinyPenalty, log_ratio_bounds, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError, UnenclosedError
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import BCE, LOSSES, MSE, PAL_CE, Array, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely

FEW = st.integers(2, 4)
TILTED = LabelDistribution.from_sets(
    [([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], labels="abcd"
)
TWO_SIZES = LabelDistribution.from_sets(
    [*(([k], 4) for k in range(3)), ([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], labels="abc"
)


def prototypes_of(pi: LabelDistribution, loss: Loss, free: bool, lam: Fraction) -> Prototypes:
    return Prototypes.at_optimum(CertifiedOptimum.of(pi, Instance(loss, "free" if free else "zero", lam, Fraction(1))))


# ---------------------------------------------------------------------- prototypes


@settings(max_examples=15)
@given(pi=label_distributions(FEW), loss=st.sampled_from(list(LOSSES.values())), free=st.booleans(), data=st.data())
def test_a_virtual_prototype_minimises_the_objective_of_its_feature(
    pi: LabelDistribution, loss: Loss, free: bool, data: st.DataObject
) -> None:
    instance = Instance(loss, "free" if free else "zero", Fraction(1, 50), Fraction(1, 2))
    assume(instance.has_minimiser(pi))
    at = CertifiedOptimum.of(pi, instance)
    mask = data.draw(st.integers(1, (1 << pi.K) - 2))
    W, b = at.solution.W, np.array([float(a.mid()) for a in at.b])
    y = np.array([indicator(mask, pi.K)], dtype=float)
    lambda_H = float(instance.lambda_H)

    def objective(h: Array) -> tuple[float, Array]:
        z = (W @ h + b)[None, :]
        value = loss.value(z, y)[0] + lambda_H * h @ h / 2
        return value, lambda_H * h - loss.residual(z, y)[0] @ W

    found = minimize(objective, np.zeros(W.shape[1]), jac=True, tol=1e-14).x if W.shape[1] else np.zeros(0)
    expected = W @ found
    with precisely():
        prototypes = Prototypes.at_optimum(at)
        logits = prototypes.logits(prototypes.weights(mask))
        assert max(a.rad() for a in logits) < 1e-9
    assert [float(a.mid()) for a in logits] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_a_prototype_of_the_support_is_what_it_would_be_as_a_virtual_one(loss: Loss) -> None:
    """The strong-convexity enclosure against the kernel's, for singletons that have both."""
    with precisely():
        at = CertifiedOptimum.of(TILTED, Instance(loss, "free", Fraction(1, 1000), Fraction(1)))
        prototypes, fitted = Prototypes.at_optimum(at), _Virtual(at)
        for mask in TILTED.masks:
            pairs = list(zip(prototypes.weights(mask), fitted.residual(mask), strict=True))
            assert all(a.overlaps(c) for a, c in pairs)
            assert all(c.rad() < 1e-11 for _, c in pairs)


OPPOSITE = LabelDistribution.from_sets([([0], 1), ([1], 9), ([2], 9), ([1, 2], 9), ([0, 1], 1)], labels="abc")


@pytest.mark.parametrize(("pi", "loss", "bias"), [(TILTED, PAL_CE, "zero"), (OPPOSITE, BCE, "free")])
def test_float64_deviations_are_in_the_enclosures(pi: LabelDistribution, loss: Loss, bias: Bias) -> None:
    """Of the opposite pair no multiple with a positive factor is nearer than 0."""
    at = CertifiedOptimum.of(pi, Instance(loss, bias, Fraction(1, 100), Fraction(1)))
    found = deviations(pi, np.array(at.solution.H)).by_rule
    with precisely():
        prototypes = Prototypes.at_optimum(at)
        for mask in prototypes.several:
            for name, rule in MEASURED.items():
                enclosed = float(rule.deviation(prototypes, mask).mid())
                assert found[name][pi.masks.index(mask)] == pytest.approx(enclosed, rel=1e-4)
        if pi is OPPOSITE:
            assert SCALED_SUM.deviation(prototypes, 0b110).overlaps(ball(1))


# ---------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("name", "loss", "free"),
    [
        ("all", PAL_CE, False),
        ("all", BCE, True),
        ("plain", MSE, False),
        ("frequency", MSE, True),
        ("rows", MSE, True),
        ("rows", MSE, False),
    ],
)
def test_exact_rules_miss_by_nothing_that_is_known(name: str, loss: Loss, free: bool) -> None:
    for lam in (Fraction(1, 100), Fraction(1, 10**6)):
        with precisely():
            assert RULES[name].worst(prototypes_of(TILTED, loss, free, lam)) < ball(NARROW)


def test_a_bias_that_decays_corrects_by_itself() -> None:
    """E5, at every penalty; the frequencies in its place are off."""
    for lam in (Fraction(1, 100), Fraction(1, 10**6)):
        with precisely():
            at = Prototypes.at_optimum(CertifiedOptimum.of(TILTED, Instance(MSE, Fraction(1, 10), lam, Fraction(1))))
            assert BY_BIAS.worst(at) < ball(NARROW)
            assert RULES["frequency"].worst(at) > 1e-3


def test_scaled_averages_under_perfect_orthogonality_only() -> None:
    with precisely():
        flat, tilted = (prototypes_of(pi, PAL_CE, False, Fraction(1, 100)) for pi in (TWO_SIZES, TILTED))
        assert RULES["scaled average"].worst(flat) < 1e-10
        assert RULES["plain"].worst(flat) > 0.05
        assert RULES["scaled average"].worst(tilted) > 0.05
        assert RULES["scaled average"].worst(tilted) > RULES["scaled sum"].worst(tilted)


def test_uniform_averaging_gets_worse_while_the_frequency_weighted_rule_gets_better() -> None:
    with precisely():
        before, after = (prototypes_of(TILTED, PAL_CE, True, Fraction(1, 10**e)) for e in (2, 8))
        assert RULES["frequency"].worst(after) < RULES["frequency"].worst(before)
        assert RULES["scaled sum"].worst(after) > RULES["scaled sum"].worst(before)


def test_a_prototype_that_may_be_zero_has_no_deviation() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 30)], labels="abcd")
    with precisely(), pytest.raises(UncertifiedError, match="may be 0"):
        RULES["rows"].deviations(prototypes_of(pi, PAL_CE, False, Fraction(2)))


def test_the_frequency_weighted_rule_needs_a_cardinality_other_than_one() -> None:
    pi = LabelDistribution.from_sets([([], 1), ([0], 1), ([0, 1], 1)], labels="ab")
    with precisely(), pytest.raises(UncertifiedError, match="cardinality is 1"):
        RULES["frequency"].deviation(prototypes_of(pi, MSE, True, Fraction(1, 100)), 0b11)


# ---------------------------------------------------------------------- penalties too small to solve for


@settings(max_examples=15)
@given(pi=distributions_with_singletons(st.integers(3, 4)), free=st.booleans(), e=st.integers(4, 8))
def test_the_terminal_phase_contains_what_the_kernel_certifies(pi: LabelDistribution, free: bool, e: int) -> None:
    bias = "free" if free else "zero"
    with precisely():
        tau = ball(Fraction(10**e)).log() / 2
        try:
            near = TinyPenalty.of(pi, "free" if free else "zero", tau)
        except UnenclosedError:
            assume(False)
        at = CertifiedOptimum.of(pi, Instance(PAL_CE, "free" if free else "zero", Fraction(1, 10**e), Fraction(1)))
        assert bias == at.model.bias
        for z, row in zip(at.z.tolist(), near.logits, strict=True):
            assert all((a / tau).overlaps(c) for a, c in zip(z, row, strict=True))


@pytest.mark.parametrize("bias", ["zero", "free"])
def test_singletons_of_the_support_are_what_they_would_be_as_virtual_ones(bias: str) -> None:
    """Two enclosures of the same numbers: from the gap of all label sets, and from that of one."""
    with precisely():
        near = TinyPenalty.of(TILTED, "free" if bias == "free" else "zero", 10**6)
        for k in range(4):
            pairs = list(zip(near.prototype(1 << k), near.fitted(1 << k), strict=True))
            assert all(a.overlaps(c) for a, c in pairs)
            assert all(c.rad() < 1e-4 for _, c in pairs)


def test_logits_of_the_terminal_phase_tend_to_the_centered_indicators() -> None:
    with precisely():
        for bias, rule in (("zero", "plain"), ("free", "frequency")):
            for e in (6, 9, 12):
                near = TinyPenalty.of(TILTED, "free" if bias == "free" else "zero", 10**e)
                for mask, row in zip(TILTED.masks, near.wh, strict=True):
                    assert all(
                        abs(a - ball(c)) < arb(10) ** (2 - e)
                        for a, c in zip(row, near.geometry.target(mask), strict=True)
                    )
                assert RULES[rule].worst(Prototypes.at_tiny_penalty(near)) < arb(10) ** (2 - e)
            wrong = Prototypes.at_tiny_penalty(near)
            assert RULES["frequency" if rule == "plain" else "plain"].worst(wrong) > 0.2


def test_without_the_sign_condition_nothing_is_enclosed() -> None:
    pi = LabelDistribution.from_sets([*(([k], 1) for k in range(4)), ([0, 1], 200), ([0, 2], 200)], labels="abcd")
    with pytest.raises(UnenclosedError, match="sign condition"):
        TinyPenalty.of(pi, "zero", 100)


def test_a_penalty_at_which_the_polar_point_is_no_prediction_is_refused() -> None:
    with pytest.raises(UnenclosedError, match="not in the domain"):
        TinyPenalty.of(TILTED, "zero", arb("0.1"))


def test_a_contrast_that_no_label_set_sees_is_named() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd")
    with pytest.raises(UnenclosedError, match="singular"):
        regular_geometry(pi, "zero")


@given(st.floats(-30, 30))
def test_a_divergence_bounds_the_logarithm_of_the_ratio(t: float) -> None:
    with precisely():
        s = arb(t)
        bound = log_ratio_bounds(s.exp() - 1 - s)
        assert bound.contains(s)


@pytest.mark.parametrize("bound", [Fraction(1, 10**9), Fraction(1, 50), Fraction(3)])
def test_the_bounds_of_a_logarithm_are_outside_and_not_by_much(bound: Fraction) -> None:
    """At both ends ``e^t - 1 - t`` is at least the bound, and for a small one at most a tenth more."""
    with precisely():
        window = log_ratio_bounds(ball(bound))
        for t in (window.lower(), window.upper()):
            divergence = t.exp() - 1 - t
            assert divergence >= ball(bound) * (1 - ball(Fraction(1, 10**9)))
            assert bound > 1 or divergence < ball(bound * Fraction(11, 10))
        assert window.upper() < 3
        assert log_ratio_bounds(arb(0)).contains(0)
        with pytest.raises(UnenclosedError, match="not determined"):
            log_ratio_bounds(arb.nan())
