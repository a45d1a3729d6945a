"""Every claim of the catalogue as a property of random label distributions, K = 2..8.

The distributions shrink: a claim that fails is reported on the smallest distribution that breaks it, and that one is
saved as a file that ``mlnc replay`` decides again. Loss, bias and regularisation (1e-8 to 1e-1) are drawn from the
distribution. How many distributions met the hypotheses of each claim is told at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from verify.checks.evidence import HOLDS, Check, fails
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.report import as_json

SAVED = ROOT / ".hypothesis" / "counterexamples"
LABELS = st.integers(2, 8)
COSTLY = 4
"""A claim about the optimum, which has to be solved, is tried on so many times fewer distributions."""

DISTRIBUTIONS = st.one_of(
    label_distributions(LABELS),
    label_distributions(LABELS, proper=False).filter(lambda pi: any(0 < m < pi.K for m in pi.multiplicities)),
    distributions_of_one_multiplicity(LABELS),
    distributions_with_singletons(LABELS),
    from_families(),
    perfectly_orthogonal_distributions(),
)


def examples(claim: Claim) -> int:
    """How many distributions the profile has for a claim."""
    most = settings().max_examples
    return most if CHECKS[claim.id].every == 1 else max(1, most // COSTLY)


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS.values() if not claim.is_false], ids=lambda c: c.id)
def test_a_claim_holds_on_random_distributions(claim: Claim, record_property: Callable[[str, object], None]) -> None:
    tried = {"holds": 0, "skips": 0, "fails": 0}

    @settings(max_examples=examples(claim))
    @given(DISTRIBUTIONS)
    def property_(pi: LabelDistribution) -> None:
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


def test_a_broken_claim_is_saved_on_its_smallest_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machinery itself can fail a claim: a law that is false for three labels and more."""
    check: Check[LabelSpectrum] = Check("S4", "nothing", lambda case, _: HOLDS if case.K < 3 else fails("three labels"))
    monkeypatch.setattr(counterexamples, "CHECKS", {**CHECKS, "S4": check})
    with pytest.raises(pytest.fail.Exception, match="mlnc replay"):
        test_a_claim_holds_on_random_distributions(CLAIMS["S4"], lambda *_: None)
    saved = counterexamples.load(SAVED / "S4.json")
    (SAVED / "S4.json").unlink()
    assert saved.distribution.K == 3
