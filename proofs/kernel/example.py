"""Examples: one case with rational values, in which what is so is proved from what its letters are.

A claim that says "in some case ...", and one that is false, need a case. It is written down with its sizes, weights and
the values of its letters; a formula with ``:=`` defines a letter, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofs.claims.entry import Formal
from proofs.kernel.evaluation import Evaluation, Members, canonical
from proofs.kernel.formal import Signature, declare, formula
from proofs.kernel.proof import Proof
from proofs.kernel.terms import Tree, rational, stripped
from proofs.kernel.theorems import as_json


@dataclass(frozen=True)
class Case:
    """Sizes, weights and the values of letters.

    Attributes:
        dims: the size of each dimension that is looked at.
        weights: the weights of the members of families without a basis.
        letters: values; a list over each index, in it a number, a column as a list, or rows.
        facts: formulas that are true here, from which the example follows, together with the hypotheses of a claim that
            is false; the example itself where there are none. What is written with ``:=`` defines a letter.
    """

    dims: Mapping[str, int]
    weights: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    letters: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()

    def members(self, signature: Signature) -> Members:
        """Of the families."""
        return Members.of(signature, self.dims, self.weights)

    def definitions(self, signature: Signature, texts: Sequence[str]) -> list[Tree]:
        """The values of letters, and those equations ``letter := term`` of the texts that define others."""
        members, made = self.members(signature), list[Tree]()
        for name, value in self.letters.items():
            letter = signature.letters[name]
            families = [list(members.weights[family]) for family in letter.index]
            for at, rows in _entries(value, families):
                term = canonical(members, letter.shape, _rows(rows, letter.shape))
                made.append(("=", ("l", name, at, ()), term))
        for text in texts:
            one = formula(text, signature)
            binders, (_, left, _) = stripped(one)
            if left[0] == "l" and left[1] not in self.letters and one not in made:
                assert list(left[2]) == list(reversed(range(len(binders)))), "defined at its indices, in their order"
                made.append(one)
        return made


def _entries(value: Any, families: Sequence[Sequence[str]], at: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The values of a letter, each with the members where it has it."""
    if not families:
        yield at, value
        return
    for name, one in zip(families[0], value, strict=True):
        yield from _entries(one, families[1:], (*at, name))


def _rows(value: Any, shape: Any) -> tuple[tuple[Fraction, ...], ...]:
    rows = [[value]] if shape == (1, 1) else [[x] for x in value] if shape[1] == 1 else value
    return tuple(tuple(map(Fraction, row)) for row in rows)


def of_formal(formal: Formal, is_false: bool) -> str:
    """What an example of a claim says, as text."""
    if not is_false:
        return formal.example
    return " and ".join(f"({text})" for text in (*formal.given, f"({formal.goal}) => false"))


def conjuncts(text: str) -> list[str]:
    """The parts of a text between which "and" stands.

    Example:
        >>> conjuncts("a = 0 and (b = 0 and c = 0)")
        ['a = 0', '(b = 0 and c = 0)']
    """
    parts = [""]
    for word in text.split():
        if word == "and" and parts[-1].count("(") == parts[-1].count(")"):
            parts.append("")
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return parts


Chain = Callable[[Proof], None]


def exemplifies(claim: str, case: Case) -> Callable[[Chain], Chain]:
    """Mark the function that goes from the facts of a case to the example of a claim."""

    def mark(build: Chain) -> Chain:
        build.exemplifies, build.case = claim, case  # type: ignore[attr-defined]
        return build

    return mark


def at_once(proof: Proof) -> None:
    """The example, shown in the case as it stands."""
    proof.done(proof.given[0])


def written(claim: str, formal: Formal, is_false: bool, build: Any, letters: Signature, known: Any) -> dict[str, Any]:
    """The trace of an example: from definitions to the facts of its case, and from these to what it says.

    Raises:
        DefectError: a fact is false in the case, or the last theorem is not what the example says. Whether its steps
            follow is for whoever reads it.
    """
    text, case, signature = of_formal(formal, is_false), build.case, declare(letters, *formal.letters)
    facts = (*(formal.given if is_false else ()), *case.facts) or (text,)
    members = case.members(signature)
    stated = Formal(facts, text, formal.letters)
    proof = Proof(f"{claim} example", stated, letters, known, followed=False, more=members.declared(signature))
    build(proof)
    assert proof.proved is not None
    defined = [one for one in dict.fromkeys((*facts, *formal.given)) if ":=" in one]
    shown = Evaluation(proof.ledger, members, case.definitions(signature, defined))
    for fact in proof.hypotheses:
        if fact in proof.proved.hypotheses and fact not in shown.definitions:
            proof.proved = proof.ledger.cut(proof.proved, shown.show(fact))
    return {
        **proof.document(),
        "members": {
            name: as_json(rational(*x.as_integer_ratio())) for ws in members.weights.values() for name, x in ws.items()
        },
        "hypotheses": [as_json(one) for one in shown.definitions if one in proof.proved.hypotheses],
    }
