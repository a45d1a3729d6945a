"""Chapters U, O and L at certified optima of every loss, bias and kind of rank: nothing fails or stays undecided."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from verify.campaign.run import Plan, run
from verify.checks import checks_of
from verify.checks.shared import enclosures
from verify.checks.shared.enclosures import drawn_optimum
from verify.geometry.spectrum import LabelSpectrum
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.families import named, panel
from verify.model.losses import LOSSES
from verify.model.optimum import MOST_ENTRIES, Instance, require_affordable

BY_CLAIM = {
    claim: check
    for chapter in ("stationarity", "duality", "orthogonal_case", "loss_bounds")
    for claim, check in checks_of(chapter).items()
}
CHECKS = tuple(BY_CLAIM.values())


def decide_all(pi: LabelDistribution, seed: object) -> Counter[tuple[str, str]]:
    """Every check on one distribution; none may fail, and none may be left undecided for want of precision."""
    case, found = LabelSpectrum(pi), Counter[tuple[str, str]]()
    for check in CHECKS:
        finding = check.decide(case, Random(str(seed)))
        assert finding.state != "fails", f"{check.claim}: {finding.note}"
        assert finding.state == "holds" or finding.note.startswith(HYPOTHESES), f"{check.claim}: {finding.note}"
        found[check.claim, finding.state] += 1
    return found


HYPOTHESES = (
    "full collapse",
    "not perfectly orthogonal",
    "R^0 is 0",
    "several multiplicities",
    "the polar point is outside the domain",
    "the polar point is not in the interior",
    "Sigma has not rank K - 1",
    "the rank is not the largest",
    "residuals need not lie in the range of W",
    # found by descent from a random start, or not found
    "descent lost the rank",
    "no stationary point",
)
"""All that a check may be skipped for at the sizes tried here."""


def test_the_claims_hold_on_the_panel_with_every_loss_bias_and_kind_of_rank() -> None:
    """How many cases meet the hypotheses of a claim is what the property tests count."""
    met = Counter[tuple[str, str, str]]()
    for name, pi in [(name, pi) for name, pi in panel(5) if pi.K <= 5][::9]:
        decide_all(pi, name)
        at = drawn_optimum(LabelSpectrum(pi))
        assert at.rank[0] == at.rank[1], f"{name}: rank {at.rank}"
        kind = "collapsed" if at.collapsed else "full" if at.full_rank else "deficient"
        met[at.model.loss.name, str(at.model.bias), kind] += 1
    assert {(loss, bias) for loss, bias, _ in met} == {(loss, bias) for loss in LOSSES for bias in ("zero", "free")}
    assert {kind for *_, kind in met} >= {"full", "deficient"}


def test_the_claims_hold_with_the_empty_and_the_full_set() -> None:
    """PAL-CE does not see them, BCE and MSE do."""
    losses = set()
    for weight in range(1, 7):
        weights = {(): 2, (0,): weight, (1, 2): 1, (0, 1, 2): 4}
        pi = LabelDistribution.from_sets(weights, labels="abc")
        decide_all(pi, weight)
        losses.add(Instance.drawn(pi).loss)
    assert losses == set(LOSSES.values())


def test_the_claims_hold_at_full_collapse() -> None:
    pi = LabelDistribution.from_sets({(0,): 1, (0, 1): 30}, labels="abc")
    assert drawn_optimum(LabelSpectrum(pi)).collapsed
    found = decide_all(pi, 0)
    assert {claim for claim, state in found if state == "holds"} >= {"U5", "U7", "U9", "L4"}


@pytest.mark.parametrize("name", ["emotions", "flags"])
def test_the_claims_hold_on_real_data(real_data: Path, name: str) -> None:
    found = decide_all(readers.read(sorted((real_data / name).glob("*.arff"))), name)
    held = {claim for claim, state in found if state == "holds"}
    assert held >= BY_CLAIM.keys() - {"O1", "O3", "U4b", "U8a", "L5d", *ONE_MULTIPLICITY}
    assert not held & {"O1", *ONE_MULTIPLICITY}
    assert ("L5d" in held) == (name == "emotions")  # the polar point of flags is outside the domain: T4


ONE_MULTIPLICITY = {"L1", "L2", "L5a", "L5b", "L5c"}


def test_what_is_too_large_is_skipped_and_not_held() -> None:
    case = LabelSpectrum(named("balanced(K=12, m=6)"))
    with pytest.raises(UncertifiedError, match="too large"):
        drawn_optimum(case)
    assert {check.decide(case, Random(0)).state for check in CHECKS} == {"skips"}
    most = MOST_ENTRIES // 10**2
    require_affordable(LabelDistribution.from_masks(dict.fromkeys(range(1, most + 1), 1), "abcdefghij"))
    with pytest.raises(UncertifiedError, match="too large"):
        require_affordable(LabelDistribution.from_masks(dict.fromkeys(range(1, most + 2), 1), "abcdefghij"))


def test_costly_checks_sit_out_by_number_and_by_size() -> None:
    plan = Plan(claims=("S4", "U8"), samples=2 * enclosures.SELDOM + 1, panel=3)
    simple, costly = run(plan)
    assert simple.tallies["sampled"].tried == plan.samples
    assert costly.tallies["sampled"].tried + costly.tallies["sampled"].skipped == 3
    large = named("balanced(K=6, m=2)")
    (asked,) = run(Plan(claims=("U8",), samples=0, panel=0, data=(("mine", large),)))
    assert asked.tallies["certified"].held == 1
