"""Chapter S as property tests: every check holds on random distributions, and every false variant is rejected."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import (
    distributions_with_kappa_zero,
    distributions_with_singletons,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
)
from verify.checks import checks_of
from verify.checks.evidence import Check
from verify.geometry.spectrum import LabelSpectrum
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named, panel

BY_CLAIM = checks_of("label_spectrum")
CHECKS = tuple(BY_CLAIM.values())
each_check = pytest.mark.parametrize("check", CHECKS, ids=list(BY_CLAIM))
some_distribution = st.one_of(
    label_distributions(),
    from_families(),
    distributions_with_singletons(),
    perfectly_orthogonal_distributions(),
    distributions_with_kappa_zero().map(lambda pair: pair[0]),
)


@each_check
@given(pi=some_distribution, seed=st.integers(0, 2**32))
def test_the_claim_holds_on_random_distributions(check: Check[LabelSpectrum], pi: LabelDistribution, seed: int) -> None:
    finding = check.decide(LabelSpectrum(pi), Random(seed))
    assert finding.state != "fails", finding.note


@each_check
def test_the_claim_holds_on_every_family(check: Check[LabelSpectrum]) -> None:
    met = 0
    for name, pi in panel(8):
        finding = check.decide(LabelSpectrum(pi), Random(name))
        assert finding.state != "fails", f"{name}: {finding.note}"
        met += finding.state == "holds"
    assert met > 0, "no member of the panel meets the hypotheses"


def test_kappa_is_not_an_upper_constant() -> None:
    """S9's classic slip, on an instance small enough to check by hand: masses 1/4, 1/4, 1/2 on three singletons."""
    slip = BY_CLAIM["S9"].controls[0]
    finding = BY_CLAIM["S9"].decide(slip.witness(), Random(0), **slip.law)
    assert (finding.state, "exceeds 0.25" in finding.note) == ("fails", True)


@pytest.mark.parametrize(
    "text",
    [
        "single_set(K=2, m=1)",
        "step(K=2, m=1, rho=10)",
        "balanced(K=5, m=4)",
        "kappa_zero(x=(1, -1, 0, 0), seed=3)",
        "halves(K=6, shares=(1, 2))",
        "projective_plane(q=2)",
    ],
)
@each_check
def test_degenerate_cases(check: Check[LabelSpectrum], text: str) -> None:
    finding = check.decide(LabelSpectrum(named(text)), Random(1))
    assert finding.state != "fails", finding.note


def test_above_24_labels_interlacing_is_still_decided_and_its_control_rejected() -> None:
    wide = LabelSpectrum(LabelDistribution.from_masks({1 << k: 1 + k for k in range(30)}, [str(k) for k in range(30)]))
    check = BY_CLAIM["S11"]
    assert check.decide(wide, Random(0)).state == "holds"
    assert check.decide(wide, Random(0), swap=True).state == "fails"


def test_above_24_labels_eigenvalues_that_float64_cannot_separate_decide_nothing() -> None:
    close = LabelDistribution.from_masks({1 << k: 10**40 + k for k in range(30)}, [str(k) for k in range(30)])
    assert BY_CLAIM["S11"].decide(LabelSpectrum(close), Random(0)).state == "skips"
    assert BY_CLAIM["S11"].decide(LabelSpectrum(close), Random(0), swap=True).state == "skips"


@pytest.mark.parametrize("name", ["emotions", "yeast", "flags", "birds", "medical", "bibtex"])
def test_every_claim_holds_on_real_data(real_data: Path, name: str) -> None:
    case = LabelSpectrum(readers.read(sorted((real_data / name).glob("*.arff"))))
    held = set()
    for check in CHECKS:
        finding = check.decide(case, Random(name))
        assert finding.state != "fails", f"{check.claim}: {finding.note}"
        if finding.state == "holds":
            held.add(check.claim)
    assert {"S2", "S4", "S5", "S6", "S8", "S9", "S10", "S11"} <= held
