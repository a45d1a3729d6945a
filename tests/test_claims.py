"""One claim, one entry; one proof, one check; the false variants that the entry names are those that are rejected."""

import re

import pytest

from proofs.chapters import modules, proofs_of
from proofs.claims import CHAPTERS, CLAIMS
from proofs.claims.entry import Claim
from tests.proofs.decided import each_claim, found
from verify.campaign.claims import CHECKS


def test_claims_are_in_the_order_of_the_theory() -> None:
    for chapter in CHAPTERS.values():
        numbers = [re.fullmatch(r"([A-Z])([0-9]+)([a-z]?)", claim.id) for claim in chapter.claims]
        order = [(part[1], int(part[2]), part[3]) for part in numbers if part]
        assert len(order) == len(chapter.claims)
        assert order == sorted(order)
    assert len(CLAIMS) == sum(len(chapter.claims) for chapter in CHAPTERS.values())
    assert len({claim.title for claim in CLAIMS.values()}) == len(CLAIMS)


@each_claim
def test_every_claim_has_a_check_and_a_proof_of_its_id(chapter: str, claim: Claim) -> None:
    """In its own chapter: ``proofs_of`` and ``checks_of`` refuse a claim of another one."""
    assert CHECKS[claim.id].claim == claim.id
    assert proofs_of(chapter)[claim.id].claim == claim.id


@each_claim
def test_the_entry_names_the_variants_that_the_evidence_rejects(chapter: str, claim: Claim) -> None:
    derivation, _ = found(chapter, claim.id)
    assert {control.what for control in derivation.controls} == claim.rejected_by("proof")
    assert {control.name for control in CHECKS[claim.id].controls} == claim.rejected_by("check")


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_an_entry_is_complete(claim: Claim) -> None:
    said = (claim.setting.loss, claim.setting.bias, claim.setting.d, claim.setting.rank)
    assert all(part and part != "?" for part in said)
    assert all((claim.title, claim.text, claim.tex, claim.source))
    assert not re.search(r"[$\\]", claim.text + claim.title + claim.gloss + "".join(claim.hypotheses))


def test_chapters_are_made_of_modules() -> None:
    """Control: the walk that finds the proofs sees them."""
    assert {module.__name__.rsplit(".", 1)[1] for module in modules("loss_bounds")} == {
        "entropy_chains",
        "floors",
        "loss_bounds_chains",
        "mixed_chains",
        "polar_below_chains",
        "polar_bounds",
        "polar_chains",
    }
