"""Chapter L: every derivation passes with the grade it claims, and the bounds hold at certified optima."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.chapters import CHAPTERS
from proofs.derivation import Grade
from tests.strategies import distributions_of_one_multiplicity
from verify.labels import LabelDistribution
from verify.solver import solve
from verify.spectrum import Spectrum

DERIVATIONS = CHAPTERS["loss_bounds"].contents.derivations


@pytest.mark.parametrize("claim", DERIVATIONS)
def test_the_derivation_is_proved_and_its_false_variants_are_not(claim: str) -> None:
    result = DERIVATIONS[claim]().check()
    assert result.faults == ()
    assert result.passed
    assert result.controls
    assert result.grade in (Grade.GENERAL, Grade.ENTRIES)


def entropy_bound(K: int, m: int, c: float) -> float:
    """H_m(c): m times the entropy of (1 - c(1 - m/K))/m on m labels and c/K on the others."""
    inside, outside = (1 - c * (1 - m / K)) / m, c / K
    return -m * (m * inside * np.log(inside) + (K - m) * outside * np.log(outside))


@settings(max_examples=15)
@given(distributions_of_one_multiplicity(st.integers(3, 5)), st.integers(1, 5))
def test_the_chain_of_bounds_holds_at_solved_optima(pi: LabelDistribution, power: int) -> None:
    """L2 <= L1 <= min F <= L3, with min F known to a relative 1e-12 by the gap of the solver."""
    lam, K, (m,) = Fraction(1, 10**power), pi.K, pi.multiplicities
    spectrum = Spectrum.of(pi)
    kappa, largest, trace = float(spectrum.kappa), float(spectrum.largest), float(spectrum.trace)
    solution = solve(pi, "pal", lam, 1)
    slack = solution.gap + 1e-12 * solution.value
    bounds = [
        entropy_bound(K, m, min(1.0, float(lam) ** 0.5 / scale**0.5))
        for scale in (trace - (K - 2) * kappa, largest, trace / (K - 1))
    ]
    assert bounds[0] <= bounds[1] + slack
    assert bounds[1] <= solution.value + slack
    assert solution.value <= bounds[2] + slack


def test_kappa_in_place_of_the_upper_constant_is_no_lower_bound() -> None:
    """The slip of L1: with kappa for K the bound exceeds the optimum."""
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 8)])
    spectrum = Spectrum.of(pi)
    solution = solve(pi, "pal", Fraction(1, 100), 1)
    slip = entropy_bound(3, 1, min(1.0, 0.1 / float(spectrum.kappa) ** 0.5))
    assert slip > solution.value + solution.gap
