"""The scalars of O1 and the entropy of chapter L solve the equations that define them."""

from fractions import Fraction

from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import label_distributions
from verify.exact.balls import ball
from verify.geometry.spectrum import balanced_value
from verify.geometry.tagwise import balanced_threshold, entropy_bound, log_ratio, shrinkage, tag_wise
from verify.labels.distribution import LabelDistribution


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
