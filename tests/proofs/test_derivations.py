"""All chapters: every claim derived with the grade it has, false variants refuted, no hypothesis idle.

What the statements of a chapter say in numbers is in the test file of that chapter.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sympy import Rational, true

from proofs.chapters.weighted_synthesis.weighted_summands import MSE_WITH_BIAS, MSE_WITHOUT_BIAS
from proofs.claims.entry import Claim
from proofs.kernel.checks import Check, Grade, Identity, Nonnegative
from proofs.kernel.compound import AllOf, Lemma
from proofs.kernel.derivation import Derivation
from proofs.kernel.outcome import Verdict
from proofs.letters.feature_model import CLASSIFIER, POINTS, lambda_H, lambda_W
from proofs.letters.readings import Reading, Refutation
from proofs.letters.vocabulary import K, m
from tests.proofs.decided import each_claim, found, in_one_process

ENTRIES = {"W2d"}
"""Claims derived entry by entry for K = 2..4; all others are general in K, m and the distribution."""


def derivation(chapter: str, claim: str) -> Derivation:
    return found(chapter, claim)[0]


@each_claim
def test_the_claim_is_proved_and_its_false_variants_are_refuted(chapter: str, claim: Claim) -> None:
    _, result = found(chapter, claim.id)
    assert result.faults == ()
    assert result.passed
    assert result.grade is (Grade.ENTRIES if claim.id in ENTRIES else Grade.GENERAL)
    assert [outcome.verdict for outcome in result.controls] == [Verdict.REFUTED] * len(result.controls)
    assert all(outcome.witness for outcome in result.controls)


@in_one_process
def test_readings_say_where_they_hold_and_whether_in_the_limit_only() -> None:
    rows = {claim: verdicts_in_the_table(claim) for claim in ("W1", "W2", "W3", "W4", "W7", "W8")}
    assert rows == {
        "W1": {"true, exactly"},
        "W2": {"true, exactly"},
        "W3": {"true in the limit"},
        "W4": {"true in the limit"},
        "W7": {"**false**, even up to a factor"},
        "W8": {"true in the limit"},
    }


def verdicts_in_the_table(claim: str) -> set[str]:
    steps = derivation("weighted_synthesis", claim).steps
    checks = [part for step in steps for part in (step.check, *(p for _, p in getattr(step.check, "parts", ())))]
    return {check.cells()[-1] for check in checks if isinstance(check, Reading | Refutation)}


def test_the_instances_of_the_refutation_are_what_they_are_called() -> None:
    sets = {frozenset(s): weight for weight, s in MSE_WITH_BIAS.members["label sets"]}
    first, second = (sum(w for s, w in sets.items() if label in s) for label in (1, 2))
    assert (first, second, sets[frozenset({1, 2})]) == (Rational(1, 2), Rational(1, 5), first * second)
    for model, lam in ((MSE_WITHOUT_BIAS, Rational(1, 4)), (MSE_WITH_BIAS, Rational(121, 900))):
        assert model.sizes[lambda_W] * model.sizes[lambda_H] == lam
        at = POINTS.extended(models=(model,))
        assert at.counterexample(CLASSIFIER.difference, "==") is None
        assert at.counterexample(CLASSIFIER.left - 2 * CLASSIFIER.right, "==") is not None
    assert {frozenset(s): w for w, s in MSE_WITHOUT_BIAS.members["label sets"]} == {
        frozenset({1}): Rational(7, 32),
        frozenset({2}): Rational(19, 32),
        frozenset({1, 2}): Rational(6, 32),
    }


LEAVE_OUT = {"S7": m >= 2, "S8": K >= 3, "S13": K >= 3, "W7": K >= 3, "B4b": K >= 4}
"""What steps of these claims assume besides 1 <= m < K."""


@each_claim
def test_no_step_leaves_out_a_proper_multiplicity(chapter: str, claim: Claim) -> None:
    """Of what it assumes, whatever is about the numbers of labels alone."""
    assumed = {part for step in derivation(chapter, claim.id).steps for part in _assumed(step.check)}
    proper = [{K: size, m: multiplicity} for size in range(2, 7) for multiplicity in range(1, size)]
    of_numbers = {part for part in assumed if part.free_symbols <= {K, m}}
    said = {part for part in of_numbers if any(part.subs(at) != true for at in proper)}
    assert said == {part for id_, part in LEAVE_OUT.items() if id_ == claim.id}


def _assumed(check: object) -> Iterator[Any]:
    yield from getattr(getattr(check, "setting", None), "assumptions", ())
    for _, part in (*getattr(check, "parts", ()), *getattr(check, "hypotheses", ())):
        yield from _assumed(part)


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
def test_no_hypothesis_is_idle(chapter: str, claim: Claim) -> None:
    """Dropping any one of the equations a step uses leaves it unproved."""
    for step in derivation(chapter, claim.id).steps:
        for part in _parts(step.check):
            for i in range(len(part.using)):
                weaker = replace(part, using=part.using[:i] + part.using[i + 1 :])
                assert not weaker.setting.vanishes(_remainder(weaker)), (step.why, part.using[i].name)


def _remainder(part: Identity | Nonnegative) -> object:
    remainder = part.left - part.right if isinstance(part, Identity) else part.formula - part.certificate
    for equation in part.using:
        remainder = remainder - equation.difference
    return remainder
