"""Examples: one model with rational values, in which formulas are decided by the trace checker.

A claim that says "in some case ...", and one that is false, need a case. It is written down with its sizes, weights and
the values of its letters; letters that a formula defines (``:=``) get the value that it gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofs import checker
from proofs.claims.entry import Formal
from proofs.kernel.formal import Signature, declare, formula
from proofs.kernel.proof import Proof
from proofs.kernel.terms import names, stripped

__all__ = ["Case", "exemplifies", "of_formal"]


@dataclass(frozen=True)
class Case:
    """A model.

    Attributes:
        dims: the size of each dimension; those that are left out are 1.
        weights: the weights of the members of a family; one of weight 1 where nothing is said and there is no basis.
        letters: values; a list over each index, in it a number, a column as a list, or rows.
        facts: formulas that are true here, from which the example follows, together with the hypotheses of a claim that
            is false; the example itself where there are none.
    """

    dims: Mapping[str, int]
    weights: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    letters: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()

    def as_json(self, signature: Signature, texts: Sequence[str], used: set[str]) -> dict[str, Any]:
        """As it stands in a trace, with those of the used letters that the texts define."""
        dims = {name: self.dims.get(name, 1) for name in sorted(signature.dims)}
        families = {
            name: [_number(x) for x in self.weights.get(name, [1] * (dims[basis] if basis else 1))]
            for name, (_, basis) in sorted(signature.families.items())
        }
        made: dict[str, Any] = {"dims": dims, "families": families, "letters": {}}
        for name, value in self.letters.items():
            letter = signature.letters[name]
            made["letters"][name] = _written(value, len(letter.index), letter.shape)
        own = checker.Signature(signature.as_json())
        for text in texts:
            binders, body = stripped(formula(text, signature))
            if body[1][0] == "l" and body[1][1] in used - made["letters"].keys():
                made["letters"][body[1][1]] = _defined(checker.Model(own, made), binders, body[1][2], body[2])
        return made


def _number(x: Any) -> list[Any]:
    value = Fraction(x)
    return ["q", value.numerator, value.denominator]


def _written(value: Any, indices: int, shape: Any) -> Any:
    if indices:
        return [_written(one, indices - 1, shape) for one in value]
    rows = [[value]] if shape == (1, 1) else [[x] for x in value] if shape[1] == 1 else value
    return [[_number(x) for x in row] for row in rows]


def _defined(model: Any, binders: Sequence[Any], members: Sequence[int], term: Any) -> Any:
    """The values of a letter at the members that it is defined for, outermost index first."""
    assert list(members) == list(reversed(range(len(binders)))), "defined at its indices, in their order"
    families = [family for _, family in binders]

    def at(env: tuple[Any, ...]) -> Any:
        if len(env) < len(families):
            family = families[len(env)]
            return [at(((family, i), *env)) for i in range(len(model.weights[family]))]
        return [[_number(x) for x in row] for row in model.value(term, env)]

    return at(())


def of_formal(formal: Formal, is_false: bool) -> str:
    """What an example of a claim says, as text."""
    if not is_false:
        return formal.example
    return " and ".join(f"({text})" for text in (*formal.given, f"({formal.goal}) => false"))


Chain = Callable[[Proof], None]


def exemplifies(claim: str, case: Case) -> Callable[[Chain], Chain]:
    """Mark the function that goes from the facts of a case to the example of a claim."""

    def mark(build: Chain) -> Chain:
        build.exemplifies, build.case = claim, case  # type: ignore[attr-defined]
        return build

    return mark


def at_once(proof: Proof) -> None:
    """The example, decided in the model as it stands."""
    proof.done(proof.given[0])


def written(claim: str, formal: Formal, is_false: bool, build: Any, letters: Signature, known: Any) -> dict[str, Any]:
    """The trace of an example.

    Raises:
        DefectError: its last theorem is not what the example says. Whether its steps follow is for whoever reads it.
    """
    text = of_formal(formal, is_false)
    facts = (*(formal.given if is_false else ()), *build.case.facts) or (text,)
    proof = Proof(f"{claim} example", Formal(facts, text, formal.letters), letters, known, followed=False)
    build(proof)
    made = proof.document()
    del made["hypotheses"]
    used = set().union(*map(names, proof.hypotheses))
    defined = [one for one in dict.fromkeys((*formal.given, *facts)) if ":=" in one]
    model = build.case.as_json(declare(letters, *formal.letters), defined, used)
    return {**made, "format": "mlnc-example-3", "model": model}
