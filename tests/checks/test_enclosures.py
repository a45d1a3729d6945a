"""What the checks at optima stand on: comparing balls, drawn instances, losses in balls, exact moments."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import label_distributions
from verify.checks.evidence import Control
from verify.checks.shared import cases, enclosures
from verify.checks.shared.enclosures import NARROW, drawn_optimum, same
from verify.exact.balls import ball, between
from verify.exact.matrices import frobenius
from verify.exact.rationals import second_moment
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator
from verify.model.feature_model import FeatureModel, dominated
from verify.model.losses import LOSSES, PAL_CE, Loss
from verify.model.optimum import DIGITS, Instance, precisely

FEW = st.integers(2, 5)


@pytest.mark.parametrize(
    ("witness", "loss", "bias"),
    [
        (cases.PAL_FREE, "pal", "free"),
        (cases.PAL_ZERO, "pal", "zero"),
        (cases.EQUAL, "pal", "zero"),
        (cases.BCE, "bce", "zero"),
        (cases.MSE, "mse", "free"),
        (cases.MSE_TIGHT, "mse", "free"),
    ],
)
def test_the_witnesses_draw_what_their_names_say(witness: Control[LabelSpectrum], loss: str, bias: str) -> None:
    drawn = Instance.drawn(witness().given)  # type: ignore[operator]
    assert (drawn.loss.name, drawn.bias) == (loss, bias)


def test_overlap_counts_only_where_it_is_narrow() -> None:
    one, near, wide = arb(1), arb(1) + ball(3 * NARROW), arb(1, 0.1)
    assert same("", [one], [one]).state == "holds"
    assert same("", [one], [near]).state == "fails"
    assert same("", [one], [wide]).state == "skips"
    assert same("", [one], [arb("nan")]).state == "skips"


@given(pi=label_distributions(FEW))
def test_instances_are_drawn_from_the_distribution_alone(pi: LabelDistribution) -> None:
    drawn = Instance.drawn(pi)
    assert drawn == Instance.drawn(LabelDistribution(pi.labels, pi.masks, pi.weights))
    assert Fraction(1, 10**8) <= drawn.lambda_W * drawn.lambda_H < Fraction(1, 10)
    assert drawn.has_minimiser(pi)


def test_enclosures_have_half_the_digits_of_the_gap() -> None:
    at = drawn_optimum(cases.PAL_FREE())
    assert at.certificate.gap < Fraction(1, 10 ** (DIGITS - 2))
    assert frobenius(at.G - arb_mat(at.G.mid())).upper() < ball(Fraction(1, 10**12))


vectors = st.lists(st.integers(-40, 40).map(lambda a: Fraction(a, 8)), min_size=3, max_size=3)


@given(vectors, st.integers(1, 6), st.sampled_from(list(LOSSES.values())))
def test_losses_in_balls_are_the_losses_of_the_solver(z: list[Fraction], mask: int, loss: Loss) -> None:
    y = indicator(mask, 3)
    floats, row = np.array([[float(a) for a in z]]), np.array([y], dtype=float)
    exact, balls = loss.balls, [ball(a) for a in z]
    r = exact.residual(balls, y)
    assert float(exact.value(balls, y).mid()) == pytest.approx(loss.value(floats, row)[0], rel=1e-12)
    assert [float(a.mid()) for a in r] == pytest.approx(loss.residual(floats, row)[0], rel=1e-10, abs=1e-14)
    assert float(exact.conjugate(r, y).mid()) == pytest.approx(
        loss.conjugate(loss.residual(floats, row), row)[0], rel=1e-9, abs=1e-12
    )
    curvature = loss.curvature(loss.residual(floats, row), row)[0]
    assert [float(a.mid()) for a in exact.curvature(r, y)] == pytest.approx(curvature, rel=1e-9, abs=1e-14)
    hessian = np.diag(curvature) - (np.outer(curvature, curvature) / curvature.sum() if loss.centered else 0)
    found = [[float(a.mid()) for a in line] for line in exact.hessian(r, y).tolist()]
    assert np.array(found) == pytest.approx(hessian, rel=1e-9, abs=1e-14)


@given(vectors, vectors, st.integers(1, 6), st.sampled_from(list(LOSSES.values())))
def test_divergence_is_the_gap_of_fenchel_and_young(
    z: list[Fraction], other: list[Fraction], mask: int, loss: Loss
) -> None:
    y, exact = indicator(mask, 3), loss.balls
    with precisely():
        balls = [ball(a) for a in z]
        r = exact.residual([ball(a) for a in other], y)
        inner = sum((a * b for a, b in zip(r, balls, strict=True)), arb(0))
        gap = exact.value(balls, y) - exact.conjugate(r, y) + inner
        assert gap.overlaps(exact.divergence(r, balls, y))
        assert gap.rad() < 1e-30
        back = exact.logits(exact.residual(balls, y), y)
        centre = sum(balls, arb(0)) / 3 if loss.centered else arb(0)
        assert all(a.overlaps(b - centre) for a, b in zip(back, balls, strict=True))


def test_a_logarithm_of_nothing_determined_is_not_finite() -> None:
    around_zero = between((Fraction(-1, 10), Fraction(1, 10)))
    assert not PAL_CE.balls.logits([1 - around_zero, around_zero - 1], [1, 0])[0].is_finite()


def test_second_moments_and_domination_are_exact() -> None:
    R = second_moment([Fraction(1, 3), Fraction(2, 3)], [[Fraction(1), Fraction(1)], [Fraction(1), Fraction(-1)]])
    assert R.tolist() == [[1, fmpq(-1, 3)], [fmpq(-1, 3), 1]]
    assert dominated(R, Fraction(4, 3))
    assert not dominated(R, Fraction(4, 3) - Fraction(1, 10**30))


@pytest.mark.parametrize("loss", LOSSES.values())
@pytest.mark.parametrize("bias", ["zero", "free"])
def test_residuals_at_collapse_are_those_of_the_model(loss: Loss, bias: str) -> None:
    pi = LabelDistribution.from_sets([([0], 2), ([1], 3), ([1, 2], 4)], labels="abc")
    model = FeatureModel.of(pi, loss, 1, 1, "free" if bias == "free" else "zero")
    exact = enclosures.collapse_residuals(pi, loss, model.bias)
    assert np.array(exact, dtype=float) == pytest.approx(model.at_collapse.residuals, abs=1e-15)
