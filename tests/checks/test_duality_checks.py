"""What the checks of chapter U stand on: shrunk residuals, existence, depths, descent, nuclear norms."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import label_distributions
from verify.checks import checks_of
from verify.checks.duality import convex_forms, gap_identities, global_optima
from verify.checks.shared import cases
from verify.checks.shared.enclosures import drawn_optimum, frequencies
from verify.exact.balls import ball
from verify.exact.rationals import second_moment
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import dominated
from verify.model.losses import BCE, LOSSES, MSE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely

LABELS = st.integers(2, 8)


@given(label_distributions(LABELS), st.integers(), st.fractions(Fraction(1, 10), 3, max_denominator=20))
def test_residuals_are_shrunk_to_the_boundary(pi: LabelDistribution, seed: int, feasible: Fraction) -> None:
    drawn, rng = Instance.drawn(pi), Random(seed)
    point = gap_identities.random_point(rng, pi, BCE)
    shrunk, _ = gap_identities.shrunk_below(pi, point.r, drawn, feasible)
    bound = feasible * drawn.lambda_W * drawn.lambda_H
    R = second_moment(frequencies(pi), shrunk)
    assert dominated(R, bound)
    assert shrunk == point.r or not dominated(R, bound * Fraction(99, 100))


@given(st.fractions(Fraction(1, 10**9), 10**9))
def test_the_rational_root_is_below(x: Fraction) -> None:
    root = gap_identities.root_below(x)
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
    assert gap_identities._has_minimiser(loss, pi.frequencies) is exists
    assert Instance(loss, "free", Fraction(1), Fraction(1)).has_minimiser(pi) is exists
    assert checks_of("duality")["U6b"].decide(LabelSpectrum(pi), Random(0)).state == "holds"


@pytest.mark.parametrize(("lam", "count"), [(Fraction(9, 20), 1), (Fraction(1, 20), 2)])
def test_the_depth_of_collapse_is_attained_by_the_squared_loss(lam: Fraction, count: int) -> None:
    r"""Singletons with frequencies 4/5 and 1/5, so that :math:`R^0` has these eigenvalues."""
    pi = LabelDistribution.from_sets([([0], 4), ([1], 1)], labels="ab")
    at = CertifiedOptimum.of(pi, Instance(MSE, "zero", lam, Fraction(1)))
    alive = [ball(Fraction(4, 5)), ball(Fraction(1, 5))][:count]
    with precisely():
        gain = global_optima._value_at_collapse(at.model) - at.value
        assert gain.overlaps(global_optima._depth(alive, ball(lam), ball(1)))
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
    at = drawn_optimum(cases.PAL_FREE())
    start = np.random.default_rng(0).normal(size=(3, 2))
    with precisely():
        full, less = global_optima._stationary(at, start), global_optima._stationary(at, start[:, :1])
        assert not isinstance(full, str)
        assert not isinstance(less, str)
        assert full.value < at.value * ball(1 + global_optima.WORSE) < less.value
        assert not full.value < at.value


def test_one_feature_is_not_enough_for_three_single_labels() -> None:
    """Frequencies .5, .3, .2, PAL-CE without a bias, lambda = .01: what the remark of U5 says."""
    pi = LabelDistribution.from_sets({(0,): 5, (1,): 3, (2,): 2}, labels="abc")
    at = CertifiedOptimum.of(pi, Instance(PAL_CE, "zero", Fraction(1, 100), Fraction(1)))
    with precisely():
        found = [global_optima._stationary(at, np.random.default_rng(seed).normal(size=(3, 1))) for seed in range(3)]
        best = min((one for one in found if not isinstance(one, str)), key=lambda one: float(one.value.mid()))
        assert float(at.value.mid()) == pytest.approx(0.43317, abs=5e-6)
        assert float(best.value.mid()) == pytest.approx(0.58248, abs=5e-6)
        top = np.linalg.eigvalsh(
            np.array([[float(Fraction(int(x.p), int(x.q))) for x in row] for row in best.R.tolist()])
        )
        assert top[-1] * 100 == pytest.approx(15.2, abs=0.05)


def test_nuclear_norm_is_enclosed_tightly() -> None:
    """Singular values 3 and 4 turned by a rational rotation: the norm is 7."""
    c, s = Fraction(3, 5), Fraction(4, 5)
    X = arb_mat([[ball(3 * c), ball(-4 * s), arb(0)], [ball(3 * s), ball(4 * c), arb(0)]])
    with precisely():
        norm = convex_forms._nuclear_norm(X)
        assert norm.contains(7)
        assert norm.rad() < 1e-13
        assert not norm.contains(fmpq(7) + fmpq(1, 10**9))
