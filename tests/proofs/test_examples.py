"""Examples: one model, in which formulas are decided; what is false there, and what is no model, is rejected."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proofs import chains
from proofs import checker as untyped
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import CENTERED
from proofs.kernel.example import Case
from proofs.kernel.formal import LetterType, Signature, declare, formula
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE as LETTERS
from tests.proofs import second_checker as second
from tests.proofs.decided import in_one_process, stated_axioms
from tests.proofs.short_lines import written_out

checker: Any = untyped
NUMBER = (1, 1)
SIGNATURE = Signature(
    frozenset({"K"}),
    {"sets": (("q", 1, 1), None), "labels": (("dim", "K"), "K")},
    {
        "A": LetterType(("K", "K")),
        "x": LetterType(("K", 1)),
        "h": LetterType(NUMBER, ("sets",)),
        "g": LetterType(NUMBER, ("sets", "labels")),
        "f": LetterType(NUMBER, (), (NUMBER,)),
        "log": LetterType(NUMBER, (), (NUMBER,)),
        "s": LetterType(NUMBER),
        "t": LetterType(NUMBER),
    },
    {"S": "sets", "T": "sets", "k": "labels", "j": "labels"},
)


def _n(value: int, d: int = 1) -> list[Any]:
    return ["q", value, d]


MODEL: dict[str, Any] = {
    "dims": {"K": 2},
    "families": {"sets": [_n(1, 3), _n(2, 3)], "labels": [_n(1), _n(1)]},
    "letters": {
        "A": [[_n(2), _n(1)], [_n(1), _n(1, 2)]],
        "x": [[_n(1)], [_n(-2)]],
        "h": [[[_n(3)]], [[_n(-3, 2)]]],
        "g": [[[[_n(0)]], [[_n(1)]]], [[[_n(2)]], [[_n(3)]]]],
        "s": [[_n(0)]],
    },
}
TRUE = (
    "sum[S](h[S]) = 0",
    "all S, k: g[S, k] + 4/9*(h[S] - 3) = 1/3*(e[k]'*(ones - x))",
    "some S: h[S] < 0 and w[S] = 2/3",
    "sum[S](sum[k](g[S, k])) = 11/3",
    "A*x = 0 and psd A and tr(A) = 5/2 and K = 2 and x'*x = 5",
    "s = 1 or A' = A",
    "x'*A*x = 0 <=> 1/(x'*x) = 1/5",
    "I[K] = sum[k](e[k]*e[k]') and ones = sum[k](e[k]) and (x'*ones)^3 = -1",
    "all k, j: (e[k]'*e[j])^2 = e[k]'*e[j]",
    "false => s != 0",
    "psd (0*A) and (psd (A - I[K]) => false) and (psd (x*ones') => false) and psd (x*x' + A)",
)
FALSE = (
    "sum[S](w[S]*h[S]) = 0",
    "all S: h[S] < 0",
    "some S, k: g[S, k] < 0",
    "A = I[K]",
    "psd (-A)",
    "psd (A - 1/100*I[K])",
    "psd (x*ones' + 9*I[K])",
    "psd (I[K] - ones*ones' + e[k]*e[k]' - e[k]*e[k]')",
    "s != 0",
    "s < 0",
    "1 <= s",
    "s = 0 => false",
    "false",
    "x'*x = 5 <=> K = 3",
)
UNDECIDED = ("1/s = 1/s", "t = t", "f(s) = f(s)", "log(1) = 0", "all t: 0 <= t^2", "some t: t = 0", "h[S] = h[S]")


def _example(text: str, model: Any = MODEL, goal: str = "", signature: Signature = SIGNATURE) -> dict[str, Any]:
    wanted, assumed = (as_json(formula(one, signature)) for one in (goal or text, text))
    return {
        "format": "mlnc-example-3",
        "claim": "X example",
        "signature": signature.as_json(),
        "model": model,
        "goal": wanted,
        "terms": [],
        "lines": [{"rule": "assume", "formula": assumed}],
    }


@cache
def _laws(checks: Any) -> dict[str, Any]:
    """As a checker has them."""
    return {name: checks.statement(law) for name, law in stated_axioms()["laws"].items()}


def _accepted(document: dict[str, Any]) -> bool:
    """What both checkers say, which is the same."""
    said = []
    for checks, rejected in ((checker, checker.Rejected), (second, second.Rejected)):
        try:
            checks.check_claim(copy.deepcopy(document), _laws(checks), {})
        except rejected:
            said.append(False)
        else:
            said.append(True)
    assert said[0] == said[1]
    return said[0]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_so_in_a_model_is_an_example(text: str) -> None:
    assert _accepted(_example(text))


@pytest.mark.parametrize("text", [*FALSE, *UNDECIDED])
def test_what_is_false_there_or_not_decided_is_none(text: str) -> None:
    assert not _accepted(_example(text))


def test_the_last_theorem_is_what_the_example_says() -> None:
    assert not _accepted(_example("K = 2", goal="s = 0"))
    assert not _accepted({**_example("K = 2"), "hypotheses": []})


def test_what_follows_from_what_is_decided_is_so() -> None:
    """Of every matrix nothing is decided; that 0 <= y'Ay for every y follows from "A is positive semidefinite"."""
    goal = "all x: 0 <= x'*A*x"
    lines = [{"rule": "square", "term": as_json(("l", "x", (), ())), "psd": 0}, {"rule": "all", "from": 1, "over": "x"}]
    document = _example("psd A", goal=goal)
    signature, written = written_out(document["signature"], [*document["lines"], *lines])
    assert _accepted({**document, "signature": signature, "lines": written})
    document = _example("psd (-A)", goal="all x: 0 <= x'*(-A)*x")
    lines[0]["term"] = as_json(("l", "x", (), ()))
    assert not _accepted({**document, "lines": [*document["lines"], *lines]})


NO_MODELS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "weights that do not add up": (("families", "sets"), [_n(1, 3), _n(1, 3)]),
    "a weight 0": (("families", "sets"), [_n(0), _n(1)]),
    "a negative weight": (("families", "sets"), [_n(-1), _n(2)]),
    "no members": (("families", "sets"), []),
    "no family": (("families",), {"labels": [_n(1), _n(1)]}),
    "a basis with other weights": (("families", "labels"), [_n(1, 2), _n(3, 2)]),
    "a basis of another size": (("families", "labels"), [_n(1)]),
    "no dimension": (("dims",), {}),
    "a dimension 0": (("dims", "K"), 0),
    "a dimension that is large": (("dims", "K"), 10**6),
    "a dimension that is true": (("dims", "K"), True),
    "a value of another shape": (("letters", "x"), [[_n(1), _n(2)]]),
    "a value with rows of two lengths": (("letters", "A"), [[_n(1), _n(2)], [_n(1)]]),
    "a value for one member": (("letters", "h"), [[[_n(1)]]]),
    "a value for three members": (("letters", "h"), [[[_n(0)]]] * 3),
    "a value that is no number": (("letters", "s"), [[["dim", "K"]]]),
    "a value that is a truth value": (("letters", "s"), [[True]]),
    "a fraction that is not in lowest terms": (("letters", "s"), [[_n(0, 2)]]),
    "a value for a letter with an argument": (("letters", "f"), [[_n(0)]]),
    "a value for log": (("letters", "log"), [[_n(0)]]),
    "a value for no letter": (("letters", "K"), [[_n(0)]]),
    "values in a list": (("letters",), []),
}


@pytest.mark.parametrize("name", NO_MODELS)
def test_what_is_no_model_is_rejected(name: str) -> None:
    path, value = NO_MODELS[name]
    model = copy.deepcopy(MODEL)
    place = model
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert _accepted(_example("1 = 1"))
    assert not _accepted(_example("1 = 1", model))


def test_an_example_is_not_cited(tmp_path: Path) -> None:
    """What is so in one model is not so in all."""
    put: dict[str, Any] = {
        "dims": {"K": "K"},
        "families": {"sets": "sets", "labels": "labels"},
        "letters": {"s": as_json(("l", "s", (), ()))},
    }
    trace = _example("s = 0")
    trace |= {"format": "mlnc-trace-4", "claim": "X", "hypotheses": []}
    trace["lines"] = [{"rule": "claim", "name": "X example", "put": put}]
    del trace["model"]
    axioms = {"format": "mlnc-axioms-2", "axioms": {}, "laws": {}}
    texts = {name: json.dumps(x) for name, x in (("axioms", axioms), ("X example", _example("s = 0")), ("X", trace))}
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.raises(checker.Rejected, match="X example is not known"):
        checker.check_all(str(tmp_path))
    with pytest.raises(second.Rejected, match="X example is not proved"):
        list(second.check(texts))


def test_a_number_that_grows_is_rejected() -> None:
    tower = "s + 3"
    for _ in range(4):
        tower = f"({tower})^64"
    assert not _accepted(_example(f"0 < {tower}"))


@in_one_process
@pytest.mark.parametrize("claim", [c for c, entry in CLAIMS.items() if entry.formal and entry.formal.example])
def test_a_claim_that_speaks_of_a_case_shows_one(claim: str) -> None:
    chain = chains.checked(claim)
    assert chain.example
    assert chain.faults == ()


@in_one_process
def test_averages_over_less_than_a_multiplicity_do_not_show_that_an_etf_is_weaker() -> None:
    """O2a: three equally likely singletons are perfectly orthogonal, but not if each is averaged with itself alone."""
    formal = CLAIMS["O2a"].formal
    assert formal is not None
    signature, (facts, _) = declare(LETTERS, *formal.letters), chains.examples()["O2a"].case.facts
    units = [[int(i == j) for j in range(3)] for i in range(3)]
    alone = [[3 * x for x in row] for row in units]
    letters = {"y": units, "m": [1] * 3, "rate": ["9/16"] * 3, "cond": alone, "lambda": "27/256"}
    case = Case(dims={"K": 3}, weights={"sets": ["1/3"] * 3}, letters=letters)
    model = case.as_json(signature, [CENTERED[0]], {"P"})
    average = "and (all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S]) "
    assert average in facts
    assert _accepted(_example(facts.replace(average, ""), model, signature=signature))
    assert not _accepted(_example(facts, model, signature=signature))


@in_one_process
@pytest.mark.parametrize("claim", [c for c, entry in CLAIMS.items() if entry.formal and entry.is_false])
def test_a_false_claim_with_a_formal_statement_is_refuted_by_an_example(claim: str) -> None:
    chain = chains.checked(claim)
    assert chain.example
    assert not chain.closed


@in_one_process
@pytest.mark.parametrize("claim", list(chains.examples()))
def test_an_example_with_another_value_is_rejected(claim: str) -> None:
    """Control: a letter changed, the example is none, or changes nothing that it speaks of."""
    made = chains.example(claim)
    kept = []
    for name, value in made["model"]["letters"].items():
        changed = copy.deepcopy(made)
        place = changed["model"]["letters"]
        key: Any = name
        while not (isinstance(place[key], list) and place[key][0] == "q"):
            place, key = place[key], 0
        place[key] = _n(7919, 7907)
        assert value != changed["model"]["letters"][name]
        try:
            checker.check_claim(changed, *chains.known())
        except checker.Rejected:
            continue
        kept.append(name)
    assert len(kept) <= len(made["model"]["letters"]) // 4, kept
