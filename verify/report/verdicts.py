"""Verdicts: one line per claim, and the whole evidence as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from proofs.claims import CLAIMS
from verify.campaign.claims import CHECKS
from verify.campaign.counterexamples import stored
from verify.campaign.run import Evidence, Plan, Tally
from verify.checks.evidence import Finding
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import NOT_DECIDED, NOT_MET
from verify.labels.distribution import LabelDistribution
from verify.report import distribution_json
from verify.report.averaging import averaging_answers, averaging_json
from verify.report.spectrum_text import MOST_EXACT_LABELS


def verdict_lines(evidence: Sequence[Evidence], seconds: float) -> list[str]:
    """A header, one line per claim with its processor time, the faults below the claim they concern, a count with the
    time on the clock, and what was found on each label file of the user."""
    words = [_evidence_words(found) for found in evidence]
    width = max(map(len, [_EVIDENCE, *words]))
    lines = [f"{'':4} {'claim':28} {'verdict':10} {_EVIDENCE:{width}} {'processor':>9}"]
    for found, said in zip(evidence, words, strict=True):
        claim = CLAIMS[found.claim]
        lines.append(f"{claim.id:4} {claim.title:28} {found.verdict:10} {said:{width}} {found.seconds:7.2f} s")
        lines += [f"       {fault}" for fault in _faults(found)]
    count = Counter(found.verdict for found in evidence)
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(count.items()))
    lines.append(f"{_counted(len(evidence), 'claim')}: {verdicts}; {seconds:.1f} s on the clock")
    for name in dict.fromkeys(name for found in evidence for name in found.on_data):
        lines += _lines_on_data(name, {found.claim: found.on_data[name] for found in evidence})
    return lines


_EVIDENCE = "evidence: steps proved; distributions it held on; false variants rejected"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _evidence_words(found: Evidence) -> str:
    words = []
    if CLAIMS[found.claim].is_false:
        held, tried = (sum(getattr(tally, what) for tally in found.tallies.values()) for what in ("held", "tried"))
        stored_ones = _counted(sum(found.counterexamples.values()), "stored counterexample")
        words.append(f"refuted by {stored_ones}; as claimed on {held} of {tried} others")
    if found.derived is not None:
        steps, total = found.derived.steps
        words.append(f"derived {found.derived.grade} {steps}/{total}")
        if found.derived.closed:
            rests = (*found.derived.claims, *(f"axiom {name}" for name in found.derived.axioms))
            words.append(f"rests on {', '.join(rests) or 'nothing'}")
    if not CLAIMS[found.claim].is_false:
        named, drawn = found.tallies["certified"], found.tallies["sampled"]
        words += [f"named {named.held}/{named.tried}"] if named.tried else []
        words += [f"random {drawn.held}/{drawn.tried}, of {drawn.drawn} drawn"] if drawn.drawn else []
    rejected, of = found.derived.controls if found.derived is not None else (0, 0)
    words.append(f"control {rejected + sum(found.controls.values())}/{of + len(found.controls)}")
    if found.counterexamples and not CLAIMS[found.claim].is_false:
        words.append(f"counterexample {sum(found.counterexamples.values())}/{len(found.counterexamples)}")
    return " · ".join(words)


STATES = {"fails": "failed", "skips": "hypotheses not met, or not decided", "holds": "held"}
"""What a check found on a label file, as a reader calls it; what asks for attention first."""


def _lines_on_data(name: str, findings: Mapping[str, Finding]) -> list[str]:
    """How many claims held on a label file, and why the others did not."""
    count = Counter(str(finding.state) for finding in findings.values())
    lines = [f"On {name}: " + "; ".join(f"{STATES[state]} {count[state]}" for state in STATES if count[state])]
    for state in ("fails", "skips"):
        for id_, finding in findings.items():
            if finding.state == state:
                false = ", a claim that is false" if CLAIMS[id_].is_false else ""
                told = finding.note.startswith((NOT_MET, NOT_DECIDED))
                what = f"hypothesis {finding.note}" if told else f"{STATES[state]}{false}: {finding.note}"
                lines.append(f"  {id_:4} {what}")
    return lines


def _faults(found: Evidence) -> list[str]:
    lines = list(found.derived.faults) if found.derived is not None else []
    lines += [f"control came out otherwise: {name}" for name, told in found.controls.items() if not told]
    lines += [f"no counterexample any more: {name}.json" for name, still in found.counterexamples.items() if not still]
    if found.thin:
        met, drawn = found.tallies["sampled"].tried, found.tallies["sampled"].drawn
        lines.append(f"only {met} of {drawn} random distributions met the hypotheses; {found.wanted} are wanted")
    for tally in () if CLAIMS[found.claim].is_false else found.tallies.values():
        lines += [f"fails on {failure.name}: {failure.note}" for failure in tally.failures]
    return lines


def verdict_json(plan: Plan, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """All that was found, without times: the same for any number of jobs."""
    return {
        "claims": [_claim_json(found) for found in evidence],
        "data": {name: _data_json(pi) for name, pi in plan.data},
        "panel": plan.panel,
        "samples": plan.samples,
        "seed": plan.seed,
    }


def _data_json(pi: LabelDistribution) -> dict[str, Any]:
    answers = averaging_answers(LabelSpectrum(pi), pi.K <= MOST_EXACT_LABELS)
    return {"words": str(pi), "averaging": averaging_json(answers)}


def _claim_json(found: Evidence) -> dict[str, Any]:
    claim, derived = CLAIMS[found.claim], found.derived
    return {
        "id": claim.id,
        "title": claim.title,
        "setting": asdict(claim.setting),
        "hypotheses": list(claim.hypotheses),
        "statement": claim.text,
        "answer": claim.answer.value,
        "gloss": claim.gloss,
        "verdict": found.verdict,
        "decides": CHECKS[claim.id].decides,
        "derived": None
        if derived is None
        else {
            "grade": derived.grade,
            "steps": list(derived.steps),
            "controls": list(derived.controls),
            "lemmas": list(derived.lemmas),
            "faults": list(derived.faults),
            "closed": derived.closed,
            "axioms": list(derived.axioms),
            "claims": list(derived.claims),
        },
        "controls": dict(found.controls),
        "counterexamples": {
            name: {**stored()[name].as_json(), "still": still} for name, still in found.counterexamples.items()
        },
        "on_data": {name: asdict(finding) for name, finding in found.on_data.items()},
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
