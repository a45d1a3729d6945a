"""The lettered claims of chapters U and O as property tests at more labels, and what their checks stand on.

Every check also runs on random and chosen distributions, with all its controls, in the tests of chapters U, O and L.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from random import Random

import numpy as np
import pytest
from flint import fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import (
    distributions_with_singletons,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
    sparse_supports,
)
from verify.checks import checks_of
from verify.checks.duality import gap, optimality
from verify.checks.evidence import Finding
from verify.checks.orthogonal_case import linear_residuals, orthogonal_case
from verify.checks.shared.enclosures import PAL_FREE, drawn_optimum, frequencies
from verify.exact.balls import ball
from verify.exact.rationals import second_moment
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.feature_model import dominated
from verify.model.losses import BCE, LOSSES, MSE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely

BY_CLAIM = {**checks_of("stationarity"), **checks_of("duality"), **checks_of("orthogonal_case")}
LABELS = st.integers(2, 8)
FEW = st.integers(2, 6)


def decide(claim: str, pi: LabelDistribution, seed: int = 0) -> Finding:
    """The check on one distribution; a failure is shown with its note."""
    finding = BY_CLAIM[claim].decide(LabelSpectrum(pi), Random(seed))
    assert finding.state != "fails", f"{claim}: {finding.note}"
    return finding


def rejects(claim: str, name: str, pi: LabelDistribution) -> bool:
    """Whether the check tells this false variant on the distribution."""
    (control,) = [control for control in BY_CLAIM[claim].controls if control.name == name]
    return BY_CLAIM[claim].tells(control, LabelSpectrum(pi), Random(0))


# ---------------------------------------------------------------------- at random points


@settings(max_examples=25)
@given(label_distributions(LABELS, proper=False).filter(lambda pi: any(0 < m < pi.K for m in pi.sizes)), st.integers())
def test_gap_price_and_bias_at_random_points(pi: LabelDistribution, seed: int) -> None:
    """U1a, U6a and U6b, each loss, K up to 8."""
    for claim in ("U1a", "U6a", "U6b"):
        assert decide(claim, pi, seed).state == "holds", claim


@given(label_distributions(LABELS), st.integers(), st.fractions(Fraction(1, 10), 3, max_denominator=20))
def test_residuals_are_shrunk_to_the_boundary(pi: LabelDistribution, seed: int, feasible: Fraction) -> None:
    drawn, rng = Instance.drawn(pi), Random(seed)
    point = gap.random_point(rng, pi, BCE)
    shrunk, _ = gap.shrunk_below(pi, point.r, drawn, feasible)
    bound = feasible * drawn.lambda_W * drawn.lambda_H
    R = second_moment(frequencies(pi), shrunk)
    assert dominated(R, bound)
    assert shrunk == point.r or not dominated(R, bound * Fraction(99, 100))


@given(st.fractions(Fraction(1, 10**9), 10**9))
def test_the_rational_root_is_below(x: Fraction) -> None:
    root = gap.root_below(x)
    assert root**2 <= x < (root + Fraction(1, 2**199)) ** 2


@pytest.mark.parametrize(("loss", "sets", "exists"), [
    (PAL_CE, {(0,): 1, (0, 1): 1}, False),
    (PAL_CE, {(0,): 1, (0, 1): 1, (0, 2): 1}, True),
    (BCE, {(0,): 1, (0, 1): 1, (0, 2): 1}, False),
    (BCE, {(0,): 1, (1,): 1}, False),
    (BCE, {(0,): 1, (1,): 1, (2,): 1}, True),
    (MSE, {(0,): 1, (0, 1): 1}, True),
])  # fmt: skip
def test_existence_is_what_the_model_says(loss: Loss, sets: dict[tuple[int, ...], int], exists: bool) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc")
    assert gap._has_minimiser(loss, pi.frequencies) is exists
    assert Instance(loss, "free", Fraction(1), Fraction(1)).has_minimiser(pi) is exists
    assert decide("U6b", pi).state == "holds"


# ---------------------------------------------------------------------- at certified optima


@settings(max_examples=15)
@given(st.one_of(label_distributions(FEW), from_families(FEW), sparse_supports(st.integers(3, 6))), st.integers())
def test_refined_claims_hold_at_certified_optima(pi: LabelDistribution, seed: int) -> None:
    for claim in ("U4a", "U4b", "U7a", "U8a", "U11a", "O2a", "O2b", "O3"):
        decide(claim, pi, seed)


@settings(max_examples=15)
@given(st.one_of(label_distributions(LABELS), distributions_with_singletons(LABELS)), st.integers())
def test_linear_residuals_need_eigenvectors(pi: LabelDistribution, seed: int) -> None:
    """O3a, K up to 8."""
    assert decide("O3a", pi, seed).state == "holds"


@settings(max_examples=10)
@given(perfectly_orthogonal_distributions(FEW))
def test_orthogonality_gives_an_etf_with_linear_residuals(pi: LabelDistribution) -> None:
    for claim in ("O2a", "O2b", "O3", "O3a"):
        assert decide(claim, pi).state == "holds", claim
    for claim, name in (("O2a", "c for its square"), ("O3", "c for its square"), ("O3", "lambda 1 % too large")):
        assert rejects(claim, name, pi), claim


@pytest.mark.parametrize("text", ["projective_plane(q=2, singletons=1/3)", "mixture(K=4, shares=(1, 2, 3))"])
def test_orthogonality_at_several_multiplicities_too(text: str) -> None:
    for claim in ("O2a", "O2b", "O3", "O3a"):
        assert decide(claim, named(text)).state == "holds", claim


# ---------------------------------------------------------------------- what the checks stand on


@pytest.mark.parametrize(("lam", "count"), [(Fraction(9, 20), 1), (Fraction(1, 20), 2)])
def test_the_depth_of_collapse_is_attained_by_the_squared_loss(lam: Fraction, count: int) -> None:
    r"""Singletons with frequencies 4/5 and 1/5, so that :math:`R^0` has these eigenvalues."""
    pi = LabelDistribution.from_sets([([0], 4), ([1], 1)], labels="ab")
    at = CertifiedOptimum.of(pi, Instance(MSE, "zero", lam, Fraction(1)))
    alive = [ball(Fraction(4, 5)), ball(Fraction(1, 5))][:count]
    with precisely():
        gain = optimality._value_at_collapse(at.model) - at.value
        assert gain.overlaps(optimality._depth(alive, ball(lam), ball(1)))
        assert gain.rad() < 1e-12


@pytest.mark.parametrize(("loss", "size", "bound"), [("pal", 3, "3/2"), ("bce", 3, "1/4"), ("mse", 3, "1")])
def test_curvatures_are_bounds_that_are_met(loss: str, size: int, bound: str) -> None:
    assert LOSSES[loss].steepest(size) == Fraction(bound)
    probabilities = np.array([0.5, 0.5, 0.0])
    curvature = {
        "pal": size * (np.diag(probabilities) - np.outer(probabilities, probabilities)),
        "bce": np.diag(probabilities * (1 - probabilities)),
        "mse": np.eye(3),
    }[loss]
    assert np.linalg.eigvalsh(curvature)[-1] == pytest.approx(float(Fraction(bound)))


def test_descent_from_the_largest_rank_finds_the_optimum_and_from_less_a_saddle() -> None:
    at = drawn_optimum(PAL_FREE())
    start = np.random.default_rng(0).normal(size=(3, 2))
    with precisely():
        full, less = optimality._stationary(at, start), optimality._stationary(at, start[:, :1])
        assert not isinstance(full, str)
        assert not isinstance(less, str)
        assert full.value < at.value * ball(1 + optimality.WORSE) < less.value
        assert not full.value < at.value


def test_leading_coefficients_are_catalan_numbers() -> None:
    signed = [(-1) ** n * comb(2 * n + 2, n + 1) // (n + 2) for n in range(5)]
    assert orthogonal_case._leading_coefficients() == signed == [1, -2, 5, -14, 42]


def test_groups_are_the_components_of_what_is_not_orthogonal() -> None:
    two_triples = {(i, j): 1 for i in range(3) for j in range(3, 6)} | {(0, 1, 2): 1, (3, 4, 5): 1}
    groups = linear_residuals._Groups.among(
        LabelDistribution.from_sets(two_triples, labels="abcdef"), linear_residuals._are_orthogonal
    )
    pairs, triples = groups.projectors
    assert sorted(int(Q.rank()) for Q in groups.projectors) == [1, 4]
    assert pairs * triples == fmpq_mat(6, 6)
    assert pairs * pairs == pairs
    ones = fmpq_mat([[1]] * 6)
    assert (pairs + triples) * ones == fmpq_mat(6, 1)


def test_pairs_and_triples_are_optimal_with_these_constants_only() -> None:
    with precisely():
        assert linear_residuals._linear_without_an_etf((Fraction(1, 2), Fraction(1, 3)))
        assert not linear_residuals._linear_without_an_etf((Fraction(1, 2), Fraction(1, 2)))


def test_neither_multiplicity_orthogonal_and_yet_an_etf() -> None:
    with precisely():
        assert orthogonal_case._undone_to_many_digits()
