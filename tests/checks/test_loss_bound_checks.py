"""Chapter L beyond its checks: what no random distribution decides, and what the checks stand on, independently."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from tests.proofs.in_numbers import Numbers
from tests.strategies import label_distributions
from verify.checks import checks_of
from verify.checks.shared.enclosures import pal_instance
from verify.exact.balls import ball
from verify.geometry.spectrum import LabelSpectrum, balanced_value
from verify.geometry.tagwise import entropy_bound, log_ratio, tag_wise
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.losses import PAL_CE
from verify.model.solver import solve

CHECKS = checks_of("loss_bounds")


@pytest.mark.parametrize("text", ["balanced(K=4, m=2)", "halves(K=4, shares=(1, 3))", "projective_plane(q=2)"])
def test_under_perfect_orthogonality_false_equality_cases_are_true(text: str) -> None:
    """So the controls reject them for the right reason."""
    case = LabelSpectrum(named(text))
    for claim, name in (("L1", "attained by every distribution"), ("L3", "equality where Sigma is a multiple of P")):
        (control,) = [control for control in CHECKS[claim].controls if control.name == name]
        assert CHECKS[claim].decide(case, Random(0), **control.law).state == "holds", claim


def test_a_drawn_regularisation_beyond_the_threshold_of_averaging_is_decided() -> None:
    """One heavy label set: the threshold of O1 is far below that of collapse, and lambda between the two."""
    case = LabelSpectrum(LabelDistribution.from_sets([([0], 1), ([0, 1], 30)], labels="abcdefgh"))
    drawn = pal_instance(case)
    assert drawn.lambda_W * drawn.lambda_H < case.overall.largest
    assert CHECKS["L3"].decide(case, Random(0)).state == "holds"


@given(label_distributions(st.integers(2, 8)))
def test_instances_of_chapters_l_and_o_are_below_collapse(pi: LabelDistribution) -> None:
    drawn = pal_instance(LabelSpectrum(pi))
    assert (drawn.loss, drawn.bias) == (PAL_CE, "zero")
    assert LabelSpectrum(pi).overall.largest > drawn.lambda_W * drawn.lambda_H


def _three_labels(shift: Fraction, ratio: Fraction) -> LabelDistribution:
    """Half singletons, half pairs of three labels: singletons shifted by ``shift``, pairs back by ``shift * ratio``."""
    third, back = Fraction(1, 3), shift * ratio
    singles = [([0], third + shift), ([1], third - shift), ([2], third)]
    pairs = [([1, 2], third - back), ([0, 2], third + back), ([0, 1], third)]
    return LabelDistribution.from_sets([*singles, *pairs], labels="abc")


def test_mixed_multiplicities_attain_l3_without_orthogonality() -> None:
    """L3: the pairs undo the imbalance of the singletons, weighted by the squared scalars of O1.

    The scalars are irrational, so the distribution misses equality by the rounding of the ratio, squared: no check can
    decide it.
    """
    lam = Fraction(1, 50)
    c = tag_wise({1: Fraction(1, 2), 2: Fraction(1, 2)}, 3, lam, balanced_value, log_ratio).c
    value = float(sum((entropy_bound(3, m, c[m]) for m in (1, 2)), arb(0)).mid()) / 2
    ratio = Fraction(float((c[1] / c[2]).mid()) ** 2).limit_denominator(10**7)
    shifts = ((Fraction(0), ratio), (Fraction(1, 20), ratio), (Fraction(1, 20), Fraction(1)))
    at_balance, undone, shifted = (solve(_three_labels(*shift), "pal", lam, 1).value for shift in shifts)
    assert at_balance == pytest.approx(value, abs=1e-9)
    assert undone == pytest.approx(value, abs=1e-9)
    assert shifted < value - 1e-6


def test_no_full_rank_example_up_to_kappa_is_known() -> None:
    """The open part of L5b. A failure here is a discovery, not a bug: it closes the question."""
    rng = np.random.default_rng(0)
    tried = 0
    for _ in range(1500):
        K = int(rng.integers(3, 7))
        m = int(rng.integers(1, K))
        y = np.unique((rng.random((3 * K, K)).argsort(1) < m).astype(float), axis=0)
        weights = rng.dirichlet(np.full(len(y), rng.choice([0.3, 1.0, 5.0]))) + 1e-6
        at = Numbers(y, weights / weights.sum())
        values = at.eigenvalues
        if len(values) < K - 1:
            continue
        lam = float(values[0] * 10.0 ** -rng.uniform(0, 2))
        p = at.polar_point(lam)
        if p is not None:
            tried += 1
            floor = float(entropy_bound(K, m, ball(float((lam / values[-1]) ** 0.5))).mid())
            assert floor <= at.dual_value(p) + 1e-10  # a thousand times what float64 loses on sums of this size
    assert tried > 500
