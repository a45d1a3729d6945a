"""Proofs as objects: for each claim with a formal statement, the steps from its hypotheses to its goal, and the trace.

A function in the chapter that carries the claim's id makes the theorems; ``proofs/checker.py`` decides.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proofs import checker
from proofs.chapters import modules
from proofs.claims import CHAPTERS, CLAIMS
from proofs.claims.entry import Formal
from proofs.kernel.axioms import AXIOMS, Axiom
from proofs.kernel.example import written
from proofs.kernel.formal import Signature, stated
from proofs.kernel.laws import LAWS, Law
from proofs.kernel.outcome import DefectError
from proofs.kernel.proof import Closing, Proof
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE

__all__ = [
    "Chain",
    "Own",
    "checked",
    "closings",
    "document",
    "example",
    "examples",
    "found",
    "joined",
    "known",
    "own",
    "traces",
    "write_traces",
]


def _marked(mark: str) -> Mapping[str, Any]:
    """The functions of the chapters that carry a claim's id under this name, in the order of the theory.

    Raises:
        LookupError: two functions carry one, or one carries that of no claim.
    """
    found: dict[str, Any] = {}
    for module in (module for chapter in CHAPTERS for module in modules(chapter, "_chains")):
        for function in vars(module).values():
            claim = getattr(function, mark, None)
            if not callable(function) or claim is None or inspect.getmodule(function) is not module:
                continue
            if claim in found or claim not in CLAIMS:
                raise LookupError(f"{claim} is closed twice, or is no claim")
            found[claim] = function
    return MappingProxyType({claim: found[claim] for claim in CLAIMS if claim in found})


@cache
def closings() -> Mapping[str, Closing]:
    """The function that closes each claim that is closed, in the order of the theory.

    Raises:
        LookupError: two functions close one claim, or one closes none.
    """
    return _marked("closes")


@cache
def examples() -> Mapping[str, Any]:
    """The function that shows the example of a claim, or that a claim is false."""
    return _marked("exemplifies")


class _Stated(Mapping[str, Any]):
    """Statements as the checker has them; each is read when it is first cited, at no cost to the trace that does."""

    def __init__(self, formal: Mapping[str, tuple[Formal, Signature]]) -> None:
        self._formal, self._read = formal, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            left = checker.Work.left
            self._read[name] = checker.statement(_statement(*self._formal[name]))
            checker.Work.left = left
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._formal

    def __iter__(self) -> Iterator[str]:
        return iter(self._formal)

    def __len__(self) -> int:
        return len(self._formal)


@cache
def known() -> Mapping[str, Any]:
    """Laws, axioms and formal statements of claims, as the checker has them; which may be cited is its matter."""
    believed: dict[str, Axiom | Law] = {**LAWS, **AXIOMS}
    true = {claim: entry.formal for claim, entry in CLAIMS.items() if not entry.is_false}
    formal = {name: (one.formal, one.signature) for name, one in believed.items()}
    return _Stated({**formal, **{claim: (formal, SIGNATURE) for claim, formal in true.items()}})


def document(claim: str) -> dict[str, Any]:
    """The trace of a claim: signature, hypotheses, goal and lines; found once, and each time a copy of one's own.

    Whether its steps follow is for ``proofs/checker.py`` to say, who reads it (:func:`own`).

    Raises:
        KeyError: no function closes it.
        DefectError: its last theorem is not the goal.
    """
    found: dict[str, Any] = json.loads(_found(claim))
    return found


@cache
def _found(claim: str) -> str:
    return _written(_proof(claim, followed=False).document())


def _proof(claim: str, *, followed: bool) -> Proof:
    formal = CLAIMS[claim].formal
    proof = Proof(claim, formal, SIGNATURE, known(), followed=followed)
    closings()[claim](proof)
    return proof


def example(claim: str) -> dict[str, Any]:
    """The trace of the example of a claim.

    Raises:
        KeyError: no function shows one.
        DefectError: a step does not follow.
    """
    formal = CLAIMS[claim].formal
    return written(claim, formal, CLAIMS[claim].is_false, examples()[claim], SIGNATURE, known())


@dataclass(frozen=True)
class Chain:
    """What there is of a proof as an object.

    Attributes:
        closed: whether theorems lead from the hypotheses of the claim to its goal.
        lines: how many.
        axioms: the textbook theorems they rest on, directly or through other claims.
        claims: the other claims.
        faults: why a chain that is there is not accepted.
        example: whether there is one that the checker accepts; for a claim that is false, of what refutes it.
    """

    closed: bool = False
    lines: int = 0
    axioms: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    example: bool = False


@dataclass(frozen=True)
class Own:
    """What there is of the chain of one claim by itself, whatever it cites.

    Attributes:
        lines: how many, of the chain and of the example.
        rests: the laws, axioms and claims that they cite, sorted.
        fault: why what is there is not accepted.
        traces: file names and texts.
    """

    lines: int = 0
    rests: tuple[str, ...] = ()
    fault: str = ""
    traces: Mapping[str, str] = field(default_factory=dict)


@cache
def own(claim: str) -> Own:
    """The chain of a claim and its example, decided by ``proofs/checker.py``; an empty one if there is none.

    Example:
        >>> "unit vector" in own("U9").rests, sorted(own("U9").traces)
        (True, ['U9.json'])
    """
    try:
        made = {name: _trace(name) for name in _names_of(claim)}
        rests = frozenset[str]().union(*(checker.check_claim(one, known())[1] for one in made.values()))
    except (checker.Rejected, DefectError) as why:
        return Own(fault=f"{claim} is not closed: {_where(claim) or why}")
    lines = sum(len(one["lines"]) for one in made.values())
    return Own(lines, tuple(sorted(rests)), traces={name: _written(one) for name, one in made.items()})


def found(claim: str) -> Own:
    """The same, found and not checked: of what it rests on the claims that it cites, and as a fault that there is no
    chain to the goal."""
    try:
        texts = {name: _text(name) for name in _names_of(claim)}
    except DefectError:
        return own(claim)
    lines = [line for text in texts.values() for line in json.loads(text)["lines"]]
    return Own(len(lines), tuple(sorted({line.get("name") for line in lines} & CLAIMS.keys())), traces=texts)


def _where(claim: str) -> str:
    """The step of a chain that does not follow, by its text."""
    try:
        _proof(claim, followed=True)
    except DefectError as why:
        return str(why)
    except KeyError:
        pass  # it has an example only
    return ""


@cache
def checked(claim: str) -> Chain:
    """The chain of a claim with all that it rests on; an empty one if there is none.

    Example:
        >>> checked("W2").closed, checked("W7").closed
        (True, False)
    """
    return joined(claim, own)


def joined(claim: str, found: Callable[[str], Own]) -> Chain:
    """The same, from what is found of the chain of each claim by itself; claims do not rest on each other in a ring."""
    mine, formal = found(claim), CLAIMS[claim].formal
    if mine.fault:
        return Chain(faults=(mine.fault,))
    if not mine.lines:
        return Chain()
    cited = [name for name in mine.rests if name in CLAIMS]
    others = [joined(name, found) for name in cited]
    unproved = [name for name in cited if name not in closings()]
    faults = tuple(f"{claim} rests on {name}, which is not closed" for name in unproved)
    faults += tuple(fault for other in others for fault in other.faults)
    axioms = {name for name in mine.rests if name in AXIOMS}.union(*(other.axioms for other in others))
    claims = set(cited).union(*(other.claims for other in others))
    shown = claim in examples()
    closed = claim in closings() and not faults and (shown or not formal.example)
    return Chain(closed, mine.lines, tuple(sorted(axioms)), tuple(c for c in CLAIMS if c in claims), faults, shown)


def traces() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and document of the axioms, of every claim that is closed, and of every example."""
    yield from ((name, _trace(name)) for name in _names())


def _names() -> list[str]:
    return [
        "axioms.json",
        *(f"{claim}.json" for claim in closings()),
        *(f"{claim} example.json" for claim in examples()),
    ]


def _names_of(claim: str) -> list[str]:
    """The files of a claim."""
    return [
        *([f"{claim}.json"] if claim in closings() else ()),
        *([f"{claim} example.json"] if claim in examples() else ()),
    ]


def _trace(name: str) -> dict[str, Any]:
    """The document in the file of this name."""
    if name == "axioms.json":
        made = {
            "axioms": {name: _axiom(axiom) for name, axiom in AXIOMS.items()},
            "laws": {name: _axiom(law) for name, law in LAWS.items()},
        }
        return {"format": "mlnc-axioms-2", **made}
    claim, shown, _ = name.removesuffix(".json").partition(" example")
    return example(claim) if shown else document(claim)


def _axiom(axiom: Axiom | Law) -> dict[str, Any]:
    return _statement(axiom.formal, axiom.signature)


def _statement(formal: Formal, letters: Signature) -> dict[str, Any]:
    signature, given, goal = stated(formal, letters)
    return {"signature": signature.as_json(), "hypotheses": as_json(given), "goal": as_json(goal)}


def write_traces(folder: Path, executor: Executor | None = None, made: Mapping[str, str] | None = None) -> list[str]:
    """Write all traces into a folder; names the files.

    Args:
        folder: made unless it is there.
        executor: where chains are found, those of one claim after the other; here without one.
        made: traces that were found before, by file name: then those alone are written, with the axioms.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if made is None:
        names = _names()
        texts = executor.map(_text, names) if executor else map(_text, names)
    else:
        names = ["axioms.json", *made]
        texts = iter([_text("axioms.json"), *made.values()])
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return names


def _text(name: str) -> str:
    claim = name.removesuffix(".json")
    return _found(claim) if claim in closings() else _written(_trace(name))


def _written(trace: dict[str, Any]) -> str:
    return json.dumps(trace, sort_keys=True) + "\n"
