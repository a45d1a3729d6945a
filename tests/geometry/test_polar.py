"""The polar point and its eigenvalues: against float64, and in closed form."""

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import distributions_of_one_multiplicity
from verify.exact.balls import of_root
from verify.geometry.polar import Polar, eigenvalues, is_flat
from verify.geometry.spectrum import Spectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.optimum import precisely


@given(distributions_of_one_multiplicity(st.integers(2, 8)))
def test_the_roots_of_the_second_moment_are_roots(pi: LabelDistribution) -> None:
    with precisely():
        polar = Polar.of(pi)
        sigma = polar.geometry.root * polar.geometry.root
        unit = polar.geometry.root * polar.geometry.inverse_root
        for left, right in ((unit, polar.onto_range), (sigma * polar.onto_range, sigma), (unit * unit, unit)):
            assert all(a.overlaps(b) and a.rad() < 1e-30 for a, b in zip(left.entries(), right.entries(), strict=True))
    y = pi.indicator - pi.indicator.mean(axis=1, keepdims=True)
    floats = np.array([[float(a.mid()) for a in row] for row in sigma.tolist()])
    assert floats == pytest.approx((y * pi.probabilities[:, None]).T @ y, abs=1e-14)
    values = np.linalg.eigvalsh(floats)
    known = [float(a.mid()) for a, times in polar.values for _ in range(times)]
    assert values[pi.K - len(known) :] == pytest.approx(known, abs=1e-13)
    assert values[: pi.K - len(known)] == pytest.approx(0, abs=1e-13)


def test_close_eigenvalues_raise_the_precision_and_not_the_error() -> None:
    weights = {1 << k: 10**30 + k for k in range(5)}
    polar = Polar.of(LabelDistribution.from_masks(weights, "abcde"))
    assert len(polar.values) == 4
    assert all(a.rad() < 1e-40 for a in polar.geometry.inverse_root.entries())


@pytest.mark.parametrize(("text", "flat"), [("balanced(K=5, m=2)", True), ("longtail(K=4, m=1, rho=2)", False)])
def test_flatness_is_exact(text: str, flat: bool) -> None:
    assert is_flat(Spectrum.of(named(text))) is flat
    assert is_flat(Spectrum.of(LabelDistribution.from_sets([([0, 1], 1)], labels="abcd")))


def test_two_of_three_singletons_in_closed_form() -> None:
    r"""Eigenvalues 1/6 and 1/2; at lambda = 1/2 the dual optimum is uniform, the polar point is not."""
    polar = Polar.of(LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="abc"))
    assert [float(a.mid()) for a, _ in polar.values] == pytest.approx([1 / 6, 1 / 2])
    r = polar.residuals((arb(1) / 2).sqrt())
    assert r is not None
    # Sigma has the eigenvectors (1, 1, -2) and (1, -1, 0), so mu Sigma^{+1/2} has the eigenvalues root 3 and 1
    p = [1 / 2 - 3**0.5 / 6, 1 / 2 - 3**0.5 / 6, 3**0.5 / 3]
    assert float(polar.dual_value(r).mid()) == pytest.approx(-sum(a * np.log(a) for a in p), rel=1e-14)


def test_eigenvalues_leave_out_zero() -> None:
    path = Spectrum.of(LabelDistribution.from_sets([([0, 1], 1), ([1, 2], 1), ([2, 3], 1)], labels="abcdefgh"))
    assert [times for _, times in eigenvalues(path)] == [1, 2]
    assert [float(a.mid()) for a, _ in eigenvalues(path)] == pytest.approx([1 / 6, 2 / 3])
    assert of_root(path.kappa).is_zero()
