"""Every claim as a property of random label distributions that meet its hypotheses, K = 2..8.

Each claim draws from the domain that its entry names, and the test fails when fewer than ``ENOUGH`` of its examples met
the hypotheses. Distributions of the domain "any" shrink structurally; a claim that fails is reported on the smallest
distribution that was found to break it, and that one is saved as a file that ``mlnc replay`` decides again. Loss, bias
and regularisation (1e-8 to 1e-1) are drawn from the distribution.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, lru_cache
from math import ceil
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from proofs.claims import CLAIMS
from proofs.claims.entry import Claim
from tests.conftest import ROOT
from tests.strategies import (
    distributions_of_one_multiplicity,
    distributions_with_singletons,
    from_families,
    label_distributions,
    perfectly_orthogonal_distributions,
)
from verify.campaign import counterexamples
from verify.campaign.claims import CHECKS
from verify.campaign.counterexamples import Counterexample
from verify.checks.domains import DOMAINS
from verify.checks.evidence import HOLDS, Check, fails, skips
from verify.checks.shared.enclosures import OFTEN
from verify.geometry import sign_condition
from verify.geometry.polar import Polar
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model.optimum import CertifiedOptimum
from verify.report import as_json

SAVED = ROOT / ".hypothesis" / "counterexamples"
LABELS = st.integers(2, 8)
ENOUGH = 25
"""Examples that must meet the hypotheses of a claim."""
MET = ENOUGH / 60
"""The share of the examples of a profile after which a claim about the optimum is tried no more."""

ANY = st.one_of(
    label_distributions(LABELS),
    label_distributions(LABELS, proper=False).filter(lambda pi: any(0 < m < pi.K for m in pi.multiplicities)),
    distributions_of_one_multiplicity(LABELS),
    distributions_with_singletons(LABELS),
    from_families(),
    perfectly_orthogonal_distributions(),
)


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    """The claims of a domain are tried on the same distributions, one claim after the other: optima and geometries of
    all distributions are remembered, and not of the last few alone."""
    places = ((CertifiedOptimum, "of"), (Polar, "of"), (sign_condition, "_remembered"))
    with ExitStack() as stack:
        for place, name in places:
            more = lru_cache(1000)(getattr(place, name).__wrapped__)
            stack.enter_context(patch.object(place, name, staticmethod(more) if isinstance(place, type) else more))
        yield


@cache
def distributions(domain: str) -> SearchStrategy[LabelDistribution]:
    """Those of a domain, by the seed they are drawn with; the domain "any" is drawn by Hypothesis itself."""
    if domain == "any":
        return ANY
    return st.integers(0, 2**64 - 1).map(lambda seed: DOMAINS[domain].sample(Random(seed))[1])


def enough(claim: Claim) -> int:
    """On how many distributions that meet its hypotheses a claim is tried at most."""
    most = settings().max_examples
    return most if CHECKS[claim.id].every <= OFTEN else ceil(most * MET)


@pytest.mark.parametrize(
    "claim",
    [pytest.param(c, marks=pytest.mark.xdist_group(c.domain)) for c in CLAIMS.values() if not c.is_false],
    ids=lambda c: c.id,
)
def test_a_claim_holds_on_random_distributions_that_meet_its_hypotheses(
    claim: Claim, record_property: Callable[[str, object], None]
) -> None:
    tried, most = {"holds": 0, "skips": 0, "fails": 0}, enough(claim)

    @given(distributions(claim.domain))
    def property_(pi: LabelDistribution) -> None:
        if tried["holds"] >= most and not tried["fails"]:
            return
        found = Counterexample(claim.id, "", pi)
        finding = found.decide()
        tried[finding.state] += 1
        if finding.state == "fails":  # the last one that is written is the smallest
            SAVED.mkdir(parents=True, exist_ok=True)
            target = SAVED / f"{claim.id}.json"
            target.write_text(as_json(found.as_json()), "utf-8")
            pytest.fail(f"{claim.id} fails on {pi}: {finding.note}; run it again: mlnc replay {target}")

    property_()
    record_property("tried", (claim.id, tried["holds"]))
    short = f"{claim.id}: {tried['skips']} of {sum(tried.values())} do not meet its hypotheses"
    assert tried["holds"] >= ENOUGH, short


def test_a_broken_claim_is_saved_on_its_smallest_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machinery itself can fail a claim: a law that is false for three labels and more."""
    check: Check[LabelSpectrum] = Check("S4", "nothing", lambda case, _: HOLDS if case.K < 3 else fails("three labels"))
    monkeypatch.setattr(counterexamples, "CHECKS", {**CHECKS, "S4": check})
    with pytest.raises(pytest.fail.Exception, match="mlnc replay"):
        test_a_claim_holds_on_random_distributions_that_meet_its_hypotheses(CLAIMS["S4"], lambda *_: None)
    saved = counterexamples.load(SAVED / "S4.json")
    (SAVED / "S4.json").unlink()
    assert saved.distribution.K == 3


def test_a_claim_that_is_never_tried_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the count: hypotheses that nothing meets."""
    idle: Check[LabelSpectrum] = Check("S4", "nothing", lambda *_: skips("never"))
    monkeypatch.setattr(counterexamples, "CHECKS", {**CHECKS, "S4": idle})
    with pytest.raises(AssertionError, match="60 of 60 do not meet its hypotheses"):
        test_a_claim_holds_on_random_distributions_that_meet_its_hypotheses(CLAIMS["S4"], lambda *_: None)


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_keeps_its_promise_and_is_reproducible(name: str) -> None:
    for seed in range(20):
        drawn = [DOMAINS[name].sample(counterexamples.seeded(seed), (2, 8)) for _ in range(2)]
        assert drawn[0] == drawn[1]
        assert DOMAINS[name].accepts(drawn[0][1])
    assert {claim.domain for claim in CLAIMS.values()} <= set(DOMAINS)
