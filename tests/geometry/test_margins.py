"""The hard-margin problem against T1 where the sign condition holds, and against optima at tiny penalties where not."""

from dataclasses import replace
from math import log
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import nnls

from verify.exact.balls import ends
from verify.geometry.limit import _nonnegative, limit
from verify.geometry.margin_bounds import enclosed, value
from verify.geometry.margins import MOST_LABELS, hard_margin, without_slack
from verify.geometry.sign_condition import TerminalGeometry
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.families import random_distribution
from verify.labels.readers import read
from verify.model.feature_model import Bias
from verify.model.losses import BCE, MSE, PAL_CE, Loss
from verify.model.solver import solve

BIASES: dict[bool, Bias] = {False: "zero", True: "free"}
SMALLEST = LabelDistribution.from_sets([([], 1), ([0, 3], 1), ([1, 2], 1), ([1, 3], 1), ([1, 2, 3], 1)], labels="abcd")
cases = pytest.mark.parametrize(("loss", "free"), [(loss, free) for loss in (PAL_CE, BCE) for free in (False, True)])


def drawn(count: int, seed: int) -> list[LabelDistribution]:
    """Distributions of 3 to 6 labels, each of which occurs and is absent."""
    rng = Random(seed)
    found: list[LabelDistribution] = []
    while len(found) < count:
        pi = random_distribution(rng, (3, 6))[1]
        if all(0 < c < pi.proper.total for c in pi.proper.class_counts):
            found.append(pi)
    return found


@cases
def test_it_is_what_t1_says_where_the_sign_condition_holds(loss: Loss, free: bool) -> None:
    met = 0
    for pi in drawn(40, seed=1):
        geometry = TerminalGeometry.for_loss(pi, loss, BIASES[free])
        found = hard_margin(pi, loss, free)
        bounds = enclosed(found)
        low, high = ends(geometry.hard_margin.primal)
        assert bounds.width < (1e-9 if np.linalg.eigvalsh(found.G)[int(loss.centered)] > 1e-3 else 1e-4)
        if geometry.sign.verdict == "strict":
            met += 1
            assert bounds.low <= high
            assert low <= bounds.high
            assert found.determined > 1e-3
            assert value(found).width < 1e-15
        elif geometry.sign.verdict == "violated" and geometry.full_rank:
            assert bounds.high < low  # control: then the closed form is too large
    assert met >= 5


@cases
def test_bounds_are_bounds_of_whatever_they_are_given(loss: Loss, free: bool) -> None:
    """Not trusted: a point that is off, in any part, widens the interval and never moves it past the value."""
    rng = np.random.default_rng(7)
    for pi in drawn(6, seed=2):
        best = hard_margin(pi, loss, free)
        bounds = enclosed(best)
        for size in (1e-6, 1e-2, 0.3):
            noise = [rng.normal(scale=size, size=x.shape) for x in (best.q, best.slack, best.bias)]
            off = replace(best, q=best.q + noise[0], slack=best.slack + noise[1], bias=best.bias + free * noise[2])
            found = enclosed(off)
            assert found.low <= bounds.high
            assert found.high >= bounds.low


def test_the_loss_grows_by_its_value_per_digit_of_lambda() -> None:
    r"""Where the sign condition fails: :math:`\min F/\sqrt\lambda` grows like V log(1/lambda)/2."""
    scaled = [solve(SMALLEST, BCE, f"1e-{e}", 1).value * 10 ** (e / 2) for e in (30, 40)]
    slope = (scaled[1] - scaled[0]) / (5 * log(10))
    bounds = enclosed(hard_margin(SMALLEST, BCE, free=False))
    closed = float(ends(TerminalGeometry.for_loss(SMALLEST, BCE, "zero").hard_margin.primal)[0])
    assert slope == pytest.approx(float(bounds.high), rel=5e-5)
    assert slope != pytest.approx(closed, rel=1e-4)


def test_rules_of_the_limit_are_exact_where_claims_say_so() -> None:
    pi = LabelDistribution.from_sets(
        [([0], 5), ([1], 4), ([2], 3), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([0, 3], 1)], labels="abcd"
    )
    assert TerminalGeometry.for_loss(pi, PAL_CE, "zero").sign.verdict == "strict"
    off = limit(pi, PAL_CE, False).deviations()
    assert off["plain"] is not None
    assert off["weighted"] is not None
    assert off["plain"] < 1e-5  # W4
    assert off["weighted"] > 0.1
    squared = limit(pi, MSE, True).deviations()
    assert squared["weighted"] is not None
    assert squared["weighted"] < 1e-9  # W2


def test_what_has_no_limit_is_refused() -> None:
    never = LabelDistribution.from_sets([([0], 1), ([1], 1), ([0, 1], 1)], labels="abc")
    with pytest.raises(InputError, match="never or always"):
        hard_margin(never, PAL_CE, free=True)
    with pytest.raises(InputError, match="no margin"):
        hard_margin(never, MSE, free=False)
    wide = LabelDistribution.from_sets([([k], 1) for k in range(MOST_LABELS + 1)])
    with pytest.raises(InputError, match="at most 64"):
        hard_margin(wide, PAL_CE, free=False)


@pytest.mark.parametrize("name", ["flags", "yeast", "birds"])
@cases
def test_published_labels_are_enclosed_to_nine_digits(real_data: Path, name: str, loss: Loss, free: bool) -> None:
    """Most of them violate the sign condition."""
    found = hard_margin(read(sorted((real_data / name).glob("*.arff"))), loss, free)
    assert enclosed(found).width < 1e-9
    assert found.determined > 1e-3


def test_a_bias_that_may_not_be_there_is_not_used() -> None:
    """Found by attack: the bias of a free solution gave logits less than any without one."""
    pi = LabelDistribution.from_sets([([0], 8), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
    bounds = enclosed(hard_margin(pi, PAL_CE, False))
    found = enclosed(replace(hard_margin(pi, PAL_CE, True), free=False))
    assert found.low <= bounds.high
    assert found.high >= bounds.low


@pytest.mark.parametrize("part", ["q", "slack", "G", "bias", "barrier"])
def test_what_is_no_number_is_refused(part: str) -> None:
    best = hard_margin(SMALLEST, BCE, False)
    changed: dict[str, Any] = {part: getattr(best, part) * np.nan}
    broken = replace(best, **changed)
    with pytest.raises(UncertifiedError, match="not finite"):
        enclosed(broken)


def test_a_smoothed_loss_has_no_margin() -> None:
    with pytest.raises(InputError, match="finite minimisers"):
        hard_margin(SMALLEST, BCE.smoothed("1/10"), False)


def test_at_deficient_rank_a_violated_sign_condition_may_leave_the_value() -> None:
    """Found by attack, against a sentence of T7: another dual vector has the right signs."""
    sets = [([0, 1, 3], 1), ([0, 2, 4], 1), ([0, 2, 3], 1), ([1, 3, 4], 1), ([2, 3, 4], 30)]
    pi = LabelDistribution.from_sets(sets, labels="abcde")
    geometry = TerminalGeometry.for_loss(pi, BCE, "free")
    bounds = enclosed(hard_margin(pi, BCE, True))
    assert geometry.sign.verdict == "violated"
    assert not geometry.full_rank
    assert float(bounds.high) == pytest.approx(float(geometry.hard_margin.primal), rel=1e-4)
    assert bounds.low <= ends(geometry.hard_margin.primal)[1]


def test_a_target_out_of_reach_has_the_best_there_is() -> None:
    """Labels that always stand together: the rule of W2 is exact in the limit as at every penalty."""
    sets = [([0, 1], 3), ([2], 2), ([0, 1, 2], 1), ([3], 2), ([2, 3], 1)]
    off = limit(LabelDistribution.from_sets(sets, labels="abcd"), MSE, True).deviations()
    assert off["weighted"] is not None
    assert off["weighted"] < 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_least_squares_without_negative_parts_are_those_of_scipy(seed: int) -> None:
    """Also where columns are dependent, or nothing is to be gained."""
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((6, 5)), rng.standard_normal(6) * (seed != 7)
    A[:, 3] = A[:, 1] if seed % 2 else 0.0
    x, (_, least) = _nonnegative(A, b), nnls(A, b)
    assert x.min() >= 0
    assert np.linalg.norm(A @ x - b) == pytest.approx(least, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("loss", [PAL_CE, BCE], ids=str)
@pytest.mark.parametrize("free", [False, True])
def test_without_slack_is_the_solution_where_the_strict_sign_condition_holds(loss: Loss, free: bool) -> None:
    """And nowhere else: there some margin of more than 1 costs less."""
    rng, held, failed = Random(3), 0, 0
    while held < 3 or failed < 3:
        _, pi = random_distribution(rng, (3, 5))
        try:
            path = hard_margin(pi, loss, free)
            geometry = TerminalGeometry.for_loss(loss.sees(pi), loss, "free" if free else "zero")
        except InputError:
            continue
        if not geometry.full_rank:
            continue
        closed = without_slack(pi, loss, free)
        if geometry.sign.verdict == "strict":
            held += 1
            assert closed.value == pytest.approx(path.value, rel=1e-9)
            assert np.abs(closed.G - path.G).max() < 1e-4 * np.abs(path.G).max()
            assert np.abs(closed.q - path.q).max() < 1e-3 * np.abs(path.q).max()
            assert (limit(pi, loss, free).G == closed.G).all()
        elif geometry.sign.verdict == "violated":
            failed += 1
            assert closed.value > path.value * (1 + 1e-9)
