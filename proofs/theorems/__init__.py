"""Proofs as objects: for each claim with a formal statement, the steps from its hypotheses to its goal, and the trace.

A function that carries the claim's id makes the theorems; nothing here needs SymPy. ``proofs/checker.py`` decides.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proofs.claims import CLAIMS
from proofs.claims.formal import declare, formula
from proofs.claims.vocabulary import SIGNATURE
from proofs.kernel.axioms import AXIOMS, Axiom
from proofs.kernel.proof import Closing, Proof
from proofs.kernel.theorems import as_json

__all__ = ["closings", "document", "write_traces"]


@cache
def closings() -> Mapping[str, Closing]:
    """The function that closes each claim that is closed, in the order of the theory.

    Raises:
        LookupError: two functions close one claim, or one closes a claim without a formal statement.
    """
    found: dict[str, Closing] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for function in vars(module).values():
            claim = getattr(function, "claim", None)
            if not callable(function) or claim is None or inspect.getmodule(function) is not module:
                continue
            if claim in found or claim not in CLAIMS or CLAIMS[claim].formal is None:
                raise LookupError(f"{claim} is closed twice, or has no formal statement")
            found[claim] = function
    return MappingProxyType({claim: found[claim] for claim in CLAIMS if claim in found})


def document(claim: str) -> dict[str, Any]:
    """The trace of a claim: signature, hypotheses, goal and lines.

    Raises:
        KeyError: no function closes it.
        DefectError: its last theorem is not the goal.
    """
    formal = CLAIMS[claim].formal
    assert formal is not None, claim
    proof = Proof(claim, formal, SIGNATURE)
    closings()[claim](proof)
    return proof.document()


def traces() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and document of the axioms, and of every claim that is closed."""
    yield "axioms.json", {"format": "mlnc-axioms-1", "axioms": {name: _axiom(axiom) for name, axiom in AXIOMS.items()}}
    yield from ((f"{claim}.json", document(claim)) for claim in closings())


def _axiom(axiom: Axiom) -> dict[str, Any]:
    signature = declare(axiom.signature, *axiom.formal.letters)
    return {
        "signature": signature.as_json(),
        "hypotheses": [as_json(formula(text, signature)) for text in axiom.formal.given],
        "goal": as_json(formula(axiom.formal.goal, signature)),
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
