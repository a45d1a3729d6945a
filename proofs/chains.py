"""Proofs as objects: for each claim with a formal statement, the steps from its hypotheses to its goal, and the trace.

A function in the chapter that carries the claim's id makes the theorems; ``proofs/checker.py`` decides.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proofs import checker
from proofs.chapters import modules
from proofs.claims import CHAPTERS, CLAIMS
from proofs.claims.entry import Formal
from proofs.kernel.axioms import AXIOMS, Axiom
from proofs.kernel.formal import Signature, declare, formula
from proofs.kernel.outcome import DefectError
from proofs.kernel.proof import Closing, Proof
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE

__all__ = ["Chain", "checked", "closings", "document", "known", "traces", "write_traces"]


@cache
def closings() -> Mapping[str, Closing]:
    """The function that closes each claim that is closed, in the order of the theory.

    Raises:
        LookupError: two functions close one claim, or one closes a claim without a formal statement.
    """
    found: dict[str, Closing] = {}
    for module in (module for chapter in CHAPTERS for module in modules(chapter)):
        for function in vars(module).values():
            claim = getattr(function, "closes", None)
            if not callable(function) or claim is None or inspect.getmodule(function) is not module:
                continue
            if claim in found or claim not in CLAIMS or CLAIMS[claim].formal is None:
                raise LookupError(f"{claim} is closed twice, or has no formal statement")
            found[claim] = function
    return MappingProxyType({claim: found[claim] for claim in CLAIMS if claim in found})


@cache
def known() -> tuple[dict[str, Any], dict[str, Any]]:
    """Axioms and formal statements of claims, as the checker has them; whether a claim may be cited is its matter."""
    axioms = {name: checker.statement(_axiom(axiom)) for name, axiom in AXIOMS.items()}
    stated = {claim: _statement(entry.formal, SIGNATURE) for claim, entry in CLAIMS.items() if entry.formal}
    return axioms, {claim: checker.statement(made) for claim, made in stated.items()}


def document(claim: str) -> dict[str, Any]:
    """The trace of a claim: signature, hypotheses, goal and lines.

    Raises:
        KeyError: no function closes it.
        DefectError: a step does not follow, or its last theorem is not the goal.
    """
    formal = CLAIMS[claim].formal
    assert formal is not None, claim
    proof = Proof(claim, formal, SIGNATURE, known())
    closings()[claim](proof)
    return proof.document()


@dataclass(frozen=True)
class Chain:
    """What there is of a proof as an object.

    Attributes:
        closed: whether theorems lead from the hypotheses of the claim to its goal.
        lines: how many.
        axioms: the textbook theorems they rest on, directly or through other claims.
        claims: the other claims.
        faults: why a chain that is there is not accepted.
        lacks: what the claim says beyond the goal; then it is not closed.
    """

    closed: bool = False
    lines: int = 0
    axioms: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    lacks: str = ""


@cache
def checked(claim: str) -> Chain:
    """The chain of a claim, decided by ``proofs/checker.py``; an empty one if there is none.

    Example:
        >>> checked("W2").closed, checked("W3").closed
        (True, False)
    """
    if claim not in closings():
        return Chain()
    try:
        made = document(claim)
        rests = checker.check_claim(made, *known())
    except (checker.Rejected, DefectError) as why:
        return Chain(faults=(f"{claim} is not closed: {why}",))
    others = [checked(name) for kind, name in sorted(rests) if kind == "claim"]
    faults = tuple(fault for other in others for fault in other.faults)
    axioms = {name for kind, name in rests if kind == "axiom"}.union(*(other.axioms for other in others))
    claims = {name for kind, name in rests if kind == "claim"}.union(*(other.claims for other in others))
    formal = CLAIMS[claim].formal
    lacks = formal.lacks if formal else ""
    closed = not lacks and not faults
    return Chain(
        closed, len(made["lines"]), tuple(sorted(axioms)), tuple(c for c in CLAIMS if c in claims), faults, lacks
    )


def traces() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and document of the axioms, and of every claim that is closed."""
    yield "axioms.json", {"format": "mlnc-axioms-1", "axioms": {name: _axiom(axiom) for name, axiom in AXIOMS.items()}}
    yield from ((f"{claim}.json", document(claim)) for claim in closings())


def _axiom(axiom: Axiom) -> dict[str, Any]:
    return _statement(axiom.formal, axiom.signature)


def _statement(formal: Formal, letters: Signature) -> dict[str, Any]:
    signature = declare(letters, *formal.letters)
    return {
        "signature": signature.as_json(),
        "hypotheses": [as_json(formula(text, signature)) for text in formal.given],
        "goal": as_json(formula(formal.goal, signature)),
    }


def write_traces(folder: Path) -> list[str]:
    """Write all traces into a folder; names the files.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, made in traces():
        (folder / name).write_text(json.dumps(made, sort_keys=True) + "\n", encoding="utf-8")
        names.append(name)
    return names
