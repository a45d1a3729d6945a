"""Every check of the catalogue, and every false variant of it: told where the claim itself does not fail."""

from random import Random

import pytest

from proofs.claims import CLAIMS
from proofs.claims.entry import Claim
from verify.campaign.claims import CHECKS
from verify.checks.evidence import Control
from verify.geometry.spectrum import LabelSpectrum

CONTROLS = [
    pytest.param(claim, control, id=f"{claim.id} {control.name}")
    for claim in CLAIMS.values()
    for control in CHECKS[claim.id].controls
]


@pytest.mark.parametrize(("claim", "control"), CONTROLS)
def test_a_control_comes_out_as_it_must(claim: Claim, control: Control[LabelSpectrum]) -> None:
    """A control that drops a hypothesis needs a witness that does not meet it, which the claim itself skips."""
    witness = control.witness()
    check = CHECKS[claim.id]
    assert check.decide(witness, Random(0)).state != "fails"
    assert check.tells(control, witness, Random(0))


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_every_claim_has_a_check_with_controls_of_its_kind(claim: Claim) -> None:
    """Of a false claim, a case on which it holds; of a true one, a false variant."""
    assert {control.expects for control in CHECKS[claim.id].controls} == {"holds" if claim.is_false else "fails"}
