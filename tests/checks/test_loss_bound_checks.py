"""Chapter L as property tests: the bounds and their chain at certified optima, decided by balls; counterexamples exact.

The checks are tried on random distributions of one multiplicity at several numbers of labels; what they stand on, the
scalars of O1 and the roots of the second moment, against independent values.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import (
    distributions_of_one_multiplicity,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
)
from verify.checks import checks_of
from verify.checks.evidence import Finding
from verify.checks.loss_bounds import polar_bounds
from verify.checks.shared.enclosures import pal_instance
from verify.exact.balls import ball, of_root
from verify.geometry.polar import Polar, eigenvalues, is_flat
from verify.geometry.spectrum import LabelSpectrum, Spectrum, balanced_value
from verify.geometry.tagwise import balanced_threshold, entropy_bound, log_ratio, shrinkage, tag_wise
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.losses import PAL_CE
from verify.model.optimum import Instance, precisely

BY_CLAIM = checks_of("loss_bounds")
FEW = st.integers(2, 8)


def decide(claim: str, pi: LabelDistribution) -> Finding:
    """The check on one distribution; a failure is shown with its note."""
    finding = BY_CLAIM[claim].decide(LabelSpectrum(pi), Random(0))
    assert finding.state != "fails", f"{claim}: {finding.note}"
    return finding


# ---------------------------------------------------------------------- the claims


@settings(max_examples=12)
@given(distributions_of_one_multiplicity(FEW))
def test_the_floors_and_the_chain_hold_for_one_multiplicity(pi: LabelDistribution) -> None:
    """L2 <= L1 <= (L5-dual, where L5c says so) <= min F <= L5-primal <= L3."""
    for claim in ("L1", "L2", "L3", "L5", "L5a"):
        assert decide(claim, pi).state == "holds", claim
    for claim in ("L5b", "L5c", "L5d"):
        decide(claim, pi)


@settings(max_examples=12)
@given(st.one_of(label_distributions(st.integers(2, 6)), from_families(st.integers(2, 6))))
def test_balance_is_hardest_and_the_points_are_in_order_for_any_multiplicities(pi: LabelDistribution) -> None:
    for claim in ("L3", "L5"):
        assert decide(claim, pi).state == "holds", claim
    decide("L5d", pi)


@settings(max_examples=8)
@given(perfectly_orthogonal_distributions(FEW))
def test_every_bound_is_attained_under_perfect_orthogonality(pi: LabelDistribution) -> None:
    case = LabelSpectrum(pi)
    for claim in ("L1", "L2", "L3", "L5a"):
        assert decide(claim, pi).state == "holds", claim
    for claim, name in (("L1", "attained by every distribution"), ("L3", "equality where Sigma is a multiple of P")):
        (control,) = [control for control in BY_CLAIM[claim].controls if control.name == name]
        assert BY_CLAIM[claim].decide(case, Random(0), **control.law).state == "holds"


@given(distributions_of_one_multiplicity(FEW))
def test_at_the_threshold_the_polar_value_is_below_the_floor_off_flatness(pi: LabelDistribution) -> None:
    finding = decide("L5b", pi)
    assert finding.state == "holds" or finding.note == polar_bounds.OUTSIDE


# ---------------------------------------------------------------------- counterexamples


@pytest.mark.parametrize(
    ("claim", "reading"), [("L1", "kappa for K"), ("L5b", "L1 <= L5-dual always"), ("L5c", "half the margin")]
)
def test_two_of_three_singletons_refute(claim: str, reading: str) -> None:
    """The smallest counterexample there is: with K = 2, or with one label set, all nonzero eigenvalues agree."""
    pi, check = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="abc"), BY_CLAIM[claim]
    (control,) = [control for control in check.controls if control.name == reading]
    finding = check.decide(LabelSpectrum(pi), Random(0), **control.law)
    assert finding.state == "fails"
    assert decide(claim, pi).state == "holds"


def test_two_of_three_singletons_in_closed_form() -> None:
    r"""Eigenvalues 1/6 and 1/2; at lambda = 1/2 the dual optimum is uniform, the polar point is not."""
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="abc")
    polar = Polar.of(pi)
    assert [float(a.mid()) for a, _ in polar.values] == pytest.approx([1 / 6, 1 / 2])
    r = polar.residuals((arb(1) / 2).sqrt())
    assert r is not None
    # Sigma has the eigenvectors (1, 1, -2) and (1, -1, 0), so mu Sigma^{+1/2} has the eigenvalues root 3 and 1
    p = [1 / 2 - 3**0.5 / 6, 1 / 2 - 3**0.5 / 6, 3**0.5 / 3]
    assert float(polar.dual_value(r).mid()) == pytest.approx(-sum(a * np.log(a) for a in p), rel=1e-14)


def test_mixed_multiplicities_with_isotropic_sigma_stay_below_the_balanced_value() -> None:
    """Sigma = P/3 and yet neither multiplicity is orthogonal: L3 is strict."""
    pi = LabelDistribution.from_sets(
        [([0], 6), ([1], 3), ([2], 3), ([1, 2], 2), ([0, 2], 5), ([0, 1], 5)], labels="abc"
    )
    case = LabelSpectrum(pi)
    assert case.overall.is_multiple_of_centering(Fraction(1, 3))
    assert decide("L3", pi).state == "holds"
    assert BY_CLAIM["L3"].decide(case, Random(0), attained=lambda _: True).state == "fails"


def test_a_drawn_regularisation_beyond_the_threshold_of_averaging_is_decided() -> None:
    """One heavy label set: the threshold of O1 is far below that of collapse, and lambda between the two."""
    pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 30)], labels="abcdefgh")
    case = LabelSpectrum(pi)
    drawn = pal_instance(case)
    assert drawn.lambda_W * drawn.lambda_H < case.overall.largest
    assert decide("L3", pi).state == "holds"


# ---------------------------------------------------------------------- what the checks stand on


@given(distributions_of_one_multiplicity(FEW))
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


@given(st.integers(2, 8), st.data(), st.floats(0.01, 50))
def test_the_shrinkage_solves_its_equation(K: int, data: st.DataObject, gain: float) -> None:
    m = data.draw(st.integers(1, K - 1))
    c = shrinkage(K, m, arb(gain))
    assert 0 < c < 1
    assert c.rad() < 1e-12
    assert (log_ratio(K, m, c) - gain * c).contains(0)


def test_the_shrinkage_encloses_all_of_a_wide_gain() -> None:
    wide = shrinkage(4, 1, arb(2, 0.1))
    assert all(shrinkage(4, 1, arb(gain)).overlaps(wide) for gain in (1.9, 2.0, 2.1))


@given(label_distributions(st.integers(2, 8)), st.integers(1, 8))
def test_the_scalars_solve_the_system(pi: LabelDistribution, power: int) -> None:
    masses, K = pi.multiplicities, pi.K
    lam = balanced_threshold(masses, K) * Fraction(9, 10**power)
    scalars = tag_wise(masses, K, lam, balanced_value, log_ratio)
    energy = sum((ball(w * balanced_value(K, m)) * scalars.c[m] ** 2 for m, w in masses.items()), arb(0))
    assert energy.overlaps(ball(lam))
    assert energy.rad() < float(lam) * 1e-9
    for m, c in scalars.c.items():
        assert (log_ratio(K, m, c) - scalars.gain * c).contains(0)


@given(st.integers(2, 8), st.data())
def test_the_entropy_increases_up_to_collapse(K: int, data: st.DataObject) -> None:
    m = data.draw(st.integers(1, K - 1))
    c, step = data.draw(st.floats(0.001, 0.98)), data.draw(st.floats(0.001, 0.01))
    assert entropy_bound(K, m, arb(c)) < entropy_bound(K, m, arb(c + step))
    assert entropy_bound(K, m, arb(1.5)).overlaps(m * arb(K).log())


def test_eigenvalues_leave_out_zero() -> None:
    path = Spectrum.of(polar_bounds.PATH)
    assert [times for _, times in eigenvalues(path)] == [1, 2]
    assert [float(a.mid()) for a, _ in eigenvalues(path)] == pytest.approx([1 / 6, 2 / 3])
    assert of_root(path.kappa).is_zero()


@given(label_distributions(FEW))
def test_instances_of_chapters_l_and_o_are_below_collapse(pi: LabelDistribution) -> None:
    drawn = pal_instance(LabelSpectrum(pi))
    assert isinstance(drawn, Instance)
    assert (drawn.loss, drawn.bias) == (PAL_CE, "zero")
    assert LabelSpectrum(pi).overall.largest > drawn.lambda_W * drawn.lambda_H
