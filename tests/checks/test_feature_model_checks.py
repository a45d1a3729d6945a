"""Chapters U, O and L as property tests: every check holds at certified optima, every false variant is rejected."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest
from flint import arb, arb_mat, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import (
    distributions_with_singletons,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
    sparse_supports,
)
from verify.campaign.run import Plan, processes, run
from verify.checks import checks_of
from verify.checks.duality import duality, optimality
from verify.checks.evidence import Control
from verify.checks.shared import enclosures
from verify.checks.shared.enclosures import NARROW, drawn_optimum, same
from verify.exact.balls import ball, between
from verify.exact.matrices import frobenius
from verify.exact.rationals import second_moment
from verify.geometry.spectrum import LabelSpectrum
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.families import named, panel
from verify.labels.masks import indicator
from verify.model.feature_model import FeatureModel, dominated
from verify.model.losses import LOSSES, PAL_CE, Loss
from verify.model.optimum import DIGITS, MOST_ENTRIES, CertifiedOptimum, Instance, precisely, require_affordable

BY_CLAIM = {
    claim: check
    for chapter in ("stationarity", "duality", "orthogonal_case", "loss_bounds")
    for claim, check in checks_of(chapter).items()
}
CHECKS = tuple(BY_CLAIM.values())
FEW = st.integers(2, 5)
some_distribution = st.one_of(
    label_distributions(FEW),
    label_distributions(FEW, proper=False).filter(lambda pi: any(0 < size < pi.K for size in pi.sizes)),
    from_families(FEW),
    distributions_with_singletons(FEW),
    perfectly_orthogonal_distributions(FEW),
    sparse_supports(st.integers(3, 5)),
)


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


# ---------------------------------------------------------------------- the claims


@settings(max_examples=15)
@given(pi=some_distribution, seed=st.integers(0, 2**32))
def test_the_claims_hold_on_random_distributions(pi: LabelDistribution, seed: int) -> None:
    decide_all(pi, seed)


def test_the_claims_hold_on_the_panel_with_every_loss_bias_and_kind_of_rank() -> None:
    found, met = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for name, pi in [(name, pi) for name, pi in panel(5) if pi.K <= 5][::5]:
        found += decide_all(pi, name)
        at = drawn_optimum(LabelSpectrum(pi))
        assert at.rank[0] == at.rank[1], f"{name}: rank {at.rank}"
        kind = "collapsed" if at.collapsed else "full" if at.full_rank else "deficient"
        met[at.model.loss.name, at.model.bias, kind] += 1
    assert {(loss, bias) for loss, bias, _ in met} == {(loss, bias) for loss in LOSSES for bias in ("zero", "free")}
    assert {kind for *_, kind in met} >= {"full", "deficient"}
    for claim in BY_CLAIM:
        assert found[claim, "holds"] > 9, f"{claim}: {found[claim, 'holds']} cases"


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


@pytest.mark.parametrize(
    "text",
    [
        "projective_plane(q=2)",
        "projective_plane(q=2, singletons=1/3)",
        "projective_plane(q=2, complement=1, singletons=2/5)",
        "halves(K=4, shares=(1, 2, 3))",
        "mixture(K=4, shares=(1, 2, 3))",
        "balanced(K=6, m=5)",
    ],
)
def test_tag_wise_averaging_without_combinatorial_symmetry(text: str) -> None:
    """O1 and its converse on designs with singletons, on unequal halves, on balanced mixtures."""
    case = LabelSpectrum(named(text))
    for claim in ("O1", "O2"):
        finding = BY_CLAIM[claim].decide(case, Random(0))
        assert finding.state == "holds", f"{claim}: {finding.note}"


def test_unequal_frequencies_are_certified_not_to_give_an_etf() -> None:
    case = LabelSpectrum(named("longtail(K=4, m=1, rho=2)"))
    at = CertifiedOptimum.of(case.given, Instance(PAL_CE, "zero", Fraction(1, 100), Fraction(1, 100)))
    with precisely():
        assert not at.G[0, 0].overlaps(at.G[1, 1])
    assert BY_CLAIM["O2"].decide(case, Random(0)).state == "holds"


@pytest.mark.parametrize("name", ["emotions", "flags"])
def test_the_claims_hold_on_real_data(real_data: Path, name: str) -> None:
    found = decide_all(readers.read(sorted((real_data / name).glob("*.arff"))), name)
    held = {claim for claim, state in found if state == "holds"}
    assert held >= BY_CLAIM.keys() - {"O1", "O3", "U4b", "U8a", "L5d", *ONE_MULTIPLICITY}
    assert not held & {"O1", *ONE_MULTIPLICITY}
    assert ("L5d" in held) == (name == "emotions")  # the polar point of flags is outside the domain: T4


ONE_MULTIPLICITY = {"L1", "L2", "L5a", "L5b", "L5c"}


# ---------------------------------------------------------------------- the controls


@pytest.mark.parametrize(
    ("witness", "loss", "bias"),
    [
        (enclosures.PAL_FREE, "pal", "free"),
        (enclosures.PAL_ZERO, "pal", "zero"),
        (enclosures.EQUAL, "pal", "zero"),
        (enclosures.BCE, "bce", "zero"),
        (enclosures.MSE, "mse", "free"),
        (enclosures.MSE_TIGHT, "mse", "free"),
    ],
)
def test_the_witnesses_draw_what_their_names_say(witness: Control[LabelSpectrum], loss: str, bias: str) -> None:
    drawn = Instance.drawn(witness().given)  # type: ignore[operator]
    assert (drawn.loss.name, drawn.bias) == (loss, bias)


# ---------------------------------------------------------------------- what the checks stand on


def test_a_saddle_is_really_found() -> None:
    """U7's third kind of stationary point, and that its value is certainly not the least."""
    at = drawn_optimum(enclosures.PAL_FREE())
    with precisely():
        assert optimality._rank_one(at, dominated).state == "holds"
        assert optimality._rank_one(at, lambda _matrix, _bound: True).state == "fails"


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
    at = drawn_optimum(enclosures.PAL_FREE())
    assert at.certificate.gap < Fraction(1, 10 ** (DIGITS - 2))
    assert frobenius(at.G - arb_mat(at.G.mid())).upper() < ball(Fraction(1, 10**12))


def test_what_is_too_large_is_skipped_and_not_held() -> None:
    case = LabelSpectrum(named("balanced(K=12, m=6)"))
    with pytest.raises(UncertifiedError, match="too large"):
        drawn_optimum(case)
    assert {check.decide(case, Random(0)).state for check in CHECKS} == {"skips"}
    most = MOST_ENTRIES // 10**2
    require_affordable(LabelDistribution.from_masks(dict.fromkeys(range(1, most + 1), 1), "abcdefghij"))
    with pytest.raises(UncertifiedError, match="too large"):
        require_affordable(LabelDistribution.from_masks(dict.fromkeys(range(1, most + 2), 1), "abcdefghij"))


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


def test_nuclear_norm_is_enclosed_tightly() -> None:
    """Singular values 3 and 4 turned by a rational rotation: the norm is 7."""
    c, s = Fraction(3, 5), Fraction(4, 5)
    X = arb_mat([[ball(3 * c), ball(-4 * s), arb(0)], [ball(3 * s), ball(4 * c), arb(0)]])
    with precisely():
        norm = duality._nuclear_norm(X)
        assert norm.contains(7)
        assert norm.rad() < 1e-13
        assert not norm.contains(fmpq(7) + fmpq(1, 10**9))


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


# ---------------------------------------------------------------------- in a campaign


def test_costly_checks_sit_out_by_number_and_by_size() -> None:
    plan = Plan(claims=("S4", "U8"), samples=2 * enclosures.SELDOM + 1, panel=3)
    simple, costly = run(plan)
    assert simple.tallies["sampled"].tried == plan.samples
    assert costly.tallies["sampled"].tried + costly.tallies["sampled"].skipped == 3
    large = named("balanced(K=6, m=2)")
    (asked,) = run(Plan(claims=("U8",), samples=0, panel=0, data=(("mine", large),)))
    assert asked.tallies["certified"].held == 1


def test_the_number_of_jobs_leaves_no_trace_at_optima() -> None:
    plan = Plan(claims=("U3", "U8", "L4"), samples=2 * enclosures.SELDOM + 1, panel=2)
    with processes(2) as pool:
        one, two = run(plan), run(plan, pool)
    assert one == two
    assert ctx.prec == 53
