"""Chapter W in numbers: its headline rows hold, or fail, at optima of the solver."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import distributions_with_singletons
from verify.labels.distribution import LabelDistribution
from verify.model.losses import Array
from verify.model.solver import solve


def prototypes(pi: LabelDistribution, loss: str, lam: Fraction, bias: str) -> tuple[Array, float]:
    """Prototypes of the solved model, and a bound on their error from the gap."""
    solution = solve(pi, loss, lam, 1, "free" if bias == "free" else "zero")
    # MSE residuals are within sqrt(2 gap / pi_S) of the optimal ones (U11), and h = W^T r / lambda_H
    error = float(np.sqrt(2 * max(solution.gap, 1e-16) / pi.probabilities.min()) * (1 + np.linalg.norm(solution.W)))
    return solution.H, 100 * error


def singleton_rows(pi: LabelDistribution, H: Array) -> Array:
    """The prototypes of the single labels, in the order of the labels."""
    return np.array([H[pi.masks.index(1 << k)] for k in range(pi.K)])


@settings(max_examples=25)
@given(distributions_with_singletons(st.integers(3, 5)), st.integers(1, 3), st.booleans())
def test_w2_the_class_frequency_weighted_rule_is_exact_for_mse(pi: LabelDistribution, power: int, free: bool) -> None:
    """W2 at optima of the general solver; plain sums are the rule without bias, and only there."""
    H, error = prototypes(pi, "mse", Fraction(1, 10**power), "free" if free else "zero")
    ones, f, mean = singleton_rows(pi, H), np.array(pi.frequencies, dtype=float), float(pi.cardinality)
    if free and abs(mean - 1) < 1e-9:
        return  # only singletons: the rule says nothing
    for S, mask in enumerate(pi.masks):
        members = [k for k in range(pi.K) if mask >> k & 1]
        rule = ones[members].sum(axis=0)
        if free:
            rule = rule - (len(members) - 1) / (mean - 1) * (f @ ones)
        # the correction divides by mean - 1, and so does the error
        assert np.linalg.norm(H[S] - rule) <= error * (1 + len(members) / (abs(mean - 1) if free else 1))


def test_w2_control_plain_sums_are_wrong_with_a_free_bias() -> None:
    pi = LabelDistribution.from_sets([([0], 8), ([1], 3), ([2], 1), ([0, 1], 2), ([1, 2], 1)], labels="abc")
    H, error = prototypes(pi, "mse", Fraction(1, 100), "free")
    ones = singleton_rows(pi, H)
    deviation = np.linalg.norm(H[pi.masks.index(0b011)] - ones[0] - ones[1])
    assert deviation > 1000 * error


def test_w7_frequency_proportional_sums_are_not_even_parallel() -> None:
    """W7 at a solved optimum: h_S against the sum of f_k h_{k}, off by a visible angle."""
    pi = LabelDistribution.from_sets([([0], 8), ([1], 1), ([2], 1), ([0, 1], 2)], labels="abc")
    H, error = prototypes(pi, "mse", Fraction(1, 100), "zero")
    ones, f = singleton_rows(pi, H), np.array(pi.frequencies, dtype=float)
    claimed, true = f[0] * ones[0] + f[1] * ones[1], H[pi.masks.index(0b011)]
    cosine = claimed @ true / (np.linalg.norm(claimed) * np.linalg.norm(true))
    assert cosine < 1 - 0.01 - error
