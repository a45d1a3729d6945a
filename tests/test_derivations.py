"""All chapters: every claim derived with the grade it has, false variants refuted, no hypothesis idle.

What the statements of a chapter say in numbers is in the test file of that chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from proofs.chapters import CHAPTERS
from proofs.derivation import AllOf, Check, Derivation, Grade, Identity, Lemma, Nonnegative, Verdict
from verify.statements import STATEMENTS

CLAIMS = [(name, claim) for name, chapter in CHAPTERS.items() for claim in chapter.contents.derivations]
ENTRIES = {"W2d"}
"""Claims derived entry by entry for K = 2..4; all others are general in K, m and the distribution."""
FALSE = {statement.id for statement in STATEMENTS if statement.answer.startswith("false")}
each_claim = pytest.mark.parametrize(("chapter", "claim"), CLAIMS, ids=[claim for _, claim in CLAIMS])


def derivation(chapter: str, claim: str) -> Derivation:
    return CHAPTERS[chapter].contents.derivations[claim]()


def test_the_chapters_derive_the_catalogue_in_its_order() -> None:
    """A false claim may do without: its evidence is a counterexample."""
    derived = [claim for _, claim in CLAIMS]
    assert derived == [statement.id for statement in STATEMENTS if statement.id in derived]
    assert {statement.id for statement in STATEMENTS} - set(derived) <= FALSE


@each_claim
def test_the_claim_is_proved_and_its_false_variants_are_refuted(chapter: str, claim: str) -> None:
    built = derivation(chapter, claim)
    assert built.claim == claim
    assert built.numeric
    result = built.check()
    assert result.faults == ()
    assert result.passed
    assert result.grade is (Grade.ENTRIES if claim in ENTRIES else Grade.GENERAL)
    assert [outcome.verdict for outcome in result.controls] == [Verdict.REFUTED] * len(result.controls)
    assert all(outcome.witness for outcome in result.controls)


def _parts(check: Check) -> Iterator[Identity | Nonnegative]:
    if isinstance(check, (Identity, Nonnegative)):
        yield check
    elif isinstance(check, AllOf):
        for _, part in check.parts:
            yield from _parts(part)
    elif isinstance(check, Lemma):
        for _, part in check.hypotheses:
            yield from _parts(part)


@each_claim
def test_no_hypothesis_is_idle(chapter: str, claim: str) -> None:
    """Dropping any one of the equations a step uses leaves it unproved."""
    for step in derivation(chapter, claim).steps:
        for part in _parts(step.check):
            for i in range(len(part.using)):
                weaker = replace(part, using=part.using[:i] + part.using[i + 1 :])
                assert not weaker.setting.vanishes(_remainder(weaker)), (step.why, part.using[i].name)


def _remainder(part: Identity | Nonnegative) -> object:
    remainder = part.left - part.right if isinstance(part, Identity) else part.formula - part.certificate
    for equation in part.using:
        remainder = remainder - equation.difference
    return remainder
