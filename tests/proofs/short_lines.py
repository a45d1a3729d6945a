"""Lines as one would like to write them, and as the checker reads them: what the kernel makes of each.

A short line may rewrite, divide by what is said to be nonzero, and give one of the laws by a name of its own. The
kernel writes it out. Where it cannot, since what the line says does not follow, it is written all the same, as well as
it can be: the checker has the last word.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from proofs import checker as untyped
from proofs.chains import known
from proofs.claims.entry import Formal
from proofs.kernel.axioms import AXIOMS
from proofs.kernel.formal import LetterType, Signature
from proofs.kernel.laws import LAWS
from proofs.kernel.outcome import DefectError
from proofs.kernel.proof import Proof
from proofs.kernel.terms import bind
from proofs.kernel.theorems import Factor, Ledger, Theorem, Use, as_json
from tests.proofs.mutations import plain

__all__ = ["Declared", "Written", "abstracted", "laws", "lines_written_out", "written_out"]

checker: Any = untyped
Line = dict[str, Any]


@cache
def laws() -> Mapping[str, Any]:
    """What the checker takes for granted."""
    return {name: known()[name] for name in (*LAWS, *AXIOMS)}


def tree(x: Any) -> Any:
    """Lists as tuples; the entries of a hole together, as the kernel has them."""
    if not isinstance(x, list | tuple):
        return x
    parts = tuple(map(tree, x))
    return ("hole", parts[1:]) if parts[:1] == ("hole",) else parts


def abstracted(value: Any) -> Any:
    """What is put for a letter, ``{"index", "args", "term"}``, under binders for these names."""
    body = tree(value["term"])
    for name in (*value["index"], *value["args"]):
        body = bind(body, name)
    return as_json(body)


class _Careless(Ledger):
    """A ledger that writes what does not follow: whoever reads it should find out."""

    def apply(self, implication: Theorem, to: Theorem) -> Theorem:
        """As if the premise were met."""
        return self._add("apply", (implication, to), implication.conclusion[2], line=implication.line, to=to.line)


class Declared:
    """A signature as the kernel has it and as a trace and the checker do: read once, for however many traces."""

    def __init__(self, signature: Any) -> None:
        families = {n: (tree(f["total"]), f["basis"]) for n, f in signature["families"].items()}
        letters = {
            n: LetterType(tree(x["shape"]), tuple(x["index"]), tree(x["args"])) for n, x in signature["letters"].items()
        }
        self.kernel = Signature(frozenset(signature["dims"]), families, letters, signature["indices"])
        self.document = self.proof().document()["signature"]
        self.typed = checker.Signature(self.document)

    def proof(self) -> Proof:
        """One without a line."""
        return Proof("X", Formal((), "0 = 0"), self.kernel, laws())


class Written:
    """A trace in the making."""

    def __init__(self, declared: Declared) -> None:
        self.proof, self.typed = declared.proof(), declared.typed
        self.ledger = self.proof.ledger
        self.ledger.__class__ = _Careless
        self.made: list[Theorem] = []
        self._read: dict[int, Any] = {}

    def add(self, line: Line, claims: Mapping[str, Any]) -> None:
        """One more line, written out.

        Raises:
            Exception: it cannot be; then it is there as it is, or without what is missing.
        """
        make = self.ring if line["rule"] == "ring" else getattr(self, "_" + line["rule"], None)
        if line["rule"] == "ring" and line["goal"][0] != "=":
            make = None
        try:
            if make is not None:
                self.made.append(make(**{k: v for k, v in line.items() if k != "rule"}))
                return
        except Exception:
            self.ledger.lines.append(self._as_it_is(line))
            raise
        self.ledger.lines.append(self._as_it_is(line))
        reader = checker.Proof(self.typed, {**laws(), **claims})
        found = self._found
        reader.theorems = [found.get(i, (frozenset(), ("false",))) for i in range(len(self.ledger.lines) - 1)]
        reader.line(self.ledger.lines[-1])
        hypotheses, conclusion = reader.theorems[-1]
        read = frozenset(map(plain, hypotheses)), plain(conclusion)
        self.made.append(Theorem(*read, len(self.ledger.lines) - 1))

    @property
    def _found(self) -> dict[int, Any]:
        """The theorems made so far by their lines, as the checker has them."""
        frozen = checker.frozen
        for t in self.made:
            if t.line not in self._read:
                self._read[t.line] = (frozenset(map(frozen, t.hypotheses)), frozen(t.conclusion))
        return self._read

    def _line(self, i: Any) -> Any:
        """The number of what a short line refers to."""
        return self.made[i].line if type(i) is int and 0 <= i < len(self.made) else i

    def _as_it_is(self, line: Line) -> Line:
        made = {k: v for k, v in line.items() if k not in ("rewrite", "nonzero")}
        for key in {"line", "to"} & made.keys():
            made[key] = self._line(made[key])
        for key in {"lines", "each"} & made.keys():
            made[key] = [self._line(i) for i in made[key]] if isinstance(made[key], list) else made[key]
        for use in (made["using"],) if isinstance(made.get("using"), list) else ():
            made["using"] = [[self._line(number), context] for number, context in use]
        if isinstance(made.get("pieces"), list):
            made["pieces"] = [
                [n, d, [{**factor, "line": self._line(factor["line"])} for factor in factors]]
                for n, d, factors in made["pieces"]
            ]
        put = made.get("put")
        if isinstance(put, dict) and isinstance(put.get("letters"), dict):
            letters = {n: abstracted(x) if isinstance(x, dict) else x for n, x in put["letters"].items()}
            made["put"] = {k: v for k, v in put.items() if k != "indices" or v != {}} | {"letters": letters}
        return made

    # ------------------------------------------------------------------ short lines

    def _uses(self, using: Any) -> list[Use]:
        return [Use(self.made[number], tree(context)) for number, context in using]

    def ring(self, goal: Any, using: Any = (), rewrite: Any = (), nonzero: Any = ()) -> Theorem:
        assert self.typed.shape(checker.frozen(goal)) == checker.FORMULA
        _, left, right = tree(goal)
        given = [[self.made[i] for i in numbers] for numbers in (rewrite, nonzero)]
        return self.ledger.ring(left, right, self._uses(using), *given)

    def _order(self, goal: Any, pieces: Any, using: Any = (), rewrite: Any = (), nonzero: Any = ()) -> Theorem:
        assert self.typed.shape(checker.frozen(goal)) == checker.FORMULA
        given = [[self.made[i] for i in numbers] for numbers in (rewrite, nonzero)]
        read = [(n, d, tuple(Factor(self.made[f["line"]], tree(f["at"])) for f in factors)) for n, d, factors in pieces]
        relation, left, right = tree(goal)
        try:
            return self.ledger.order(relation, left, right, read, self._uses(using), *given)
        except DefectError:
            self.ledger.completed = lambda _goal, uses, *_: list(uses)
            return self.ledger.order(relation, left, right, read, self._uses(using))

    def _join(self, lines: Any) -> Theorem:
        return self.ledger.join([self.made[i] for i in _numbers(lines)])

    def _take(self, line: Any, part: int) -> Theorem:
        kind, *parts = self.made[_number(line)].conclusion
        if kind != "and":
            return self.ledger.law("first", parts[0], self.made[line], A=parts[0], B=parts[1])
        return self.ledger.take(self.made[line], range(len(parts)).index(part))

    def _choose(self, line: int, formula: Any) -> Theorem:
        made, (_, *parts) = self.made[line], tree(formula)
        if made.conclusion not in parts:
            return self.ledger.law("left", tree(formula), made, A=parts[0], B=parts[1])
        return self.ledger.choose(made, tree(formula))

    def _cases(self, line: int, each: Any) -> Theorem:
        cases = [self.made[i] for i in each]
        return self.ledger.cases(self.made[line], *(cases if len(cases) > 1 else cases * 2))

    def _both(self, line: int, to: int) -> Theorem:
        return self.ledger.both(self.made[line], self.made[to])

    def _witness(self, line: int, formula: Any, value: Any) -> Theorem:
        return self.ledger.witness(self.made[line], tree(formula), tree(value))

    def _unpack(self, line: int, to: int, over: str) -> Theorem:
        return self.ledger.unpack(self.made[line], self.made[to], over)

    def _absurd(self, line: int, formula: Any) -> Theorem:
        return self.ledger.absurd(self.made[line], tree(formula))

    def _square(self, term: Any, psd: Any = None, strict: Any = None) -> Theorem:
        if strict is not None:
            return self.ledger.positive_square(tree(term), self.made[strict])
        return self.ledger.square(tree(term), None if psd is None else self.made[psd])

    def _sum(self, line: Any) -> Theorem:
        return self.ledger.summed(self.made[line])

    def _part(self, line: Any) -> Theorem:
        return self.ledger.part(self.made[line])

    def _vanish(self, line: Any, to: Any) -> Theorem:
        return self.ledger.vanish(self.made[line], self.made[to])

    def _weight(self, family: str) -> Theorem:
        return self.ledger.weight(family)

    def _size(self, dim: str) -> Theorem:
        return self.ledger.size(dim)

    def _antisymmetry(self, line: Any, to: Any) -> Theorem:
        return self.ledger.antisymmetry(self.made[line], self.made[to])

    def _nonzero(self, line: Any) -> Theorem:
        return self.ledger.nonzero(self.made[line])

    def _impossible(self, line: Any) -> Theorem:
        return self.ledger.impossible(self.made[line])

    def _order_cases(self, left: Any, right: Any) -> Theorem:
        return self.ledger.order_cases(tree(left), tree(right))

    def _definite(self, term: Any, line: Any, psd: Any = None) -> Theorem:
        return self.ledger.definite(tree(term), self.made[line], None if psd is None else self.made[psd])

    def _psd(self, line: Any, to: Any) -> Theorem:
        return self.ledger.psd(self.made[line], self.made[to])

    def _symmetric(self, line: Any) -> Theorem:
        return self.ledger.symmetric(self.made[line])


def _number(i: Any) -> int:
    if type(i) is not int or i < 0:
        raise TypeError(f"{i} is no line")
    return i


def _numbers(several: Any) -> list[int]:
    if not isinstance(several, list):
        raise TypeError(f"{several} are no lines")
    return [_number(i) for i in several]


def written_out(signature: Any, lines: list[Line], claims: Mapping[str, Any] | None = None) -> tuple[Any, list[Line]]:
    """Signature and lines, as they stand in a trace; what cannot be written out stands as it is."""
    try:
        declared = Declared(signature)
    except Exception:
        return signature, lines
    return declared.document, lines_written_out(declared, lines, claims)


def lines_written_out(declared: Declared, lines: list[Line], claims: Mapping[str, Any] | None = None) -> list[Line]:
    """Lines, as they stand in a trace with this signature."""
    written = Written(declared)
    for line in lines:
        try:
            written.add(line, claims or {})
        except Exception:
            break
    if written.made and len(written.made) == len(lines) and written.made[-1].line != len(written.ledger.lines) - 1:
        written.ledger.lines.append({"rule": "at", "values": [], "line": written.made[-1].line})
    with contextlib.suppress(RecursionError):  # what is too deep for that stands as it is
        made: list[Line] = as_json(written.ledger.lines)
        return made
    return written.ledger.lines
