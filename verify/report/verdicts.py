"""Verdicts: one line per claim, and the whole evidence as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from verify.campaign import Evidence, Plan, Tally
from verify.claims import CATALOGUE
from verify.counterexamples import stored
from verify.report import distribution_json

__all__ = ["verdict_json", "verdict_lines"]


def verdict_lines(evidence: Sequence[Evidence]) -> list[str]:
    """One line per claim, the faults below the claim they concern, and a count at the end."""
    lines = []
    words = [_evidence_words(found) for found in evidence]
    width = max(map(len, words), default=0)
    for found, said in zip(evidence, words, strict=True):
        claim = CATALOGUE[found.claim]
        lines.append(f"{claim.id:4} {claim.title:28} {found.verdict:10} {said:{width}} {found.seconds:6.2f} s")
        lines += [f"       {fault}" for fault in _faults(found)]
    count = Counter(found.verdict for found in evidence)
    lines.append(f"{len(evidence)} claims: " + ", ".join(f"{n} {verdict}" for verdict, n in sorted(count.items())))
    return lines


def _evidence_words(found: Evidence) -> str:
    words = []
    if found.derived is not None:
        steps, total = found.derived.steps
        words.append(f"derived {found.derived.grade} {steps}/{total}")
    words += [f"{kind} {tally.held}/{tally.tried}" for kind, tally in found.tallies.items() if tally.tried]
    controls = list(found.controls.values())
    if found.derived is not None:
        controls += [True] * found.derived.controls[0] + [False] * (
            found.derived.controls[1] - found.derived.controls[0]
        )
    words.append(f"control {sum(controls)}/{len(controls)}")
    if found.counterexamples:
        words.append(f"counterexample {sum(found.counterexamples.values())}/{len(found.counterexamples)}")
    return " · ".join(words)


def _faults(found: Evidence) -> list[str]:
    lines = list(found.derived.faults) if found.derived is not None else []
    lines += [f"control came out otherwise: {name}" for name, told in found.controls.items() if not told]
    lines += [f"no counterexample any more: {name}.json" for name, still in found.counterexamples.items() if not still]
    for tally in () if CATALOGUE[found.claim].is_false else found.tallies.values():
        lines += [f"fails on {failure.name}: {failure.note}" for failure in tally.failures]
    return lines


def verdict_json(plan: Plan, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """All that was found, without times: the same for any number of jobs."""
    return {
        "claims": [_claim_json(found) for found in evidence],
        "data": {name: str(pi) for name, pi in plan.data},
        "panel": plan.panel,
        "samples": plan.samples,
        "seed": plan.seed,
    }


def _claim_json(found: Evidence) -> dict[str, Any]:
    claim, derived = CATALOGUE[found.claim], found.derived
    return {
        "id": claim.id,
        "title": claim.title,
        "statement": claim.statement,
        "answer": claim.answer,
        "verdict": found.verdict,
        "decides": claim.check.decides,
        "derived": None
        if derived is None
        else {
            "grade": derived.grade,
            "steps": list(derived.steps),
            "controls": list(derived.controls),
            "lemmas": list(derived.lemmas),
            "faults": list(derived.faults),
        },
        "controls": dict(found.controls),
        "counterexamples": {
            name: {**stored()[name].as_json(), "still": still} for name, still in found.counterexamples.items()
        },
        **{kind: _tally_json(tally) for kind, tally in found.tallies.items()},
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "held": tally.held,
        "failed": tally.failed,
        "hypotheses_not_met": tally.skipped,
        "controls_rejected": {name: list(counts) for name, counts in tally.rejected.items()},
        "failures": [
            {"name": f.name, "note": f.note, "seed": f.seed, "distribution": distribution_json(f.distribution)}
            for f in tally.failures
        ],
    }
