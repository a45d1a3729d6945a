"""Examples: what is so in one case is proved from what its letters are; what defines nothing is rejected."""

import contextlib
import copy
import json
import random
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from proofs import chains
from proofs import checker as untyped
from proofs.claims import CLAIMS
from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED
from proofs.kernel.example import Case, at_once, conjuncts, exemplifies, written
from proofs.kernel.formal import LetterType, Signature, declare, formula
from proofs.kernel.outcome import DefectError
from proofs.kernel.proof import Proof
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE as LETTERS
from tests.proofs import second_checker as second
from tests.proofs import second_terms
from tests.proofs.decided import in_one_process, stated_axioms
from tests.proofs.mutations import full, places

checker: Any = untyped
LETTERS_CHANGED = 4
"""Of each example."""
NUMBER = (1, 1)
SIGNATURE = Signature(
    frozenset({"K"}),
    {"sets": (("q", 1, 1), None), "labels": (("dim", "K"), "K")},
    {
        "A": LetterType(("K", "K")),
        "x": LetterType(("K", 1)),
        "h": LetterType(NUMBER, ("sets",)),
        "g": LetterType(NUMBER, ("sets", "labels")),
        "c": LetterType(NUMBER, ("sets", "sets")),
        "f": LetterType(NUMBER, (), (NUMBER,)),
        "log": LetterType(NUMBER, (), (NUMBER,)),
        "s": LetterType(NUMBER),
        "t": LetterType(NUMBER),
    },
    {"S": "sets", "T": "sets", "k": "labels", "j": "labels"},
)
CASE = Case(
    dims={"K": 2},
    weights={"sets": ["1/3", "2/3"]},
    letters={"A": [[2, 1], [1, "1/2"]], "x": [1, -2], "h": [3, "-3/2"], "g": [[0, 1], [2, 3]], "s": 0},
)
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
    "(all S: h[S] < 0) => s = 1",
    "(some S, k: g[S, k] < 0) => s = 1",
    "s != 0 => 1/(x'*x) < 1/5",
    "(s = 1 or s < 0) => false",
    "(s = 0 and s = 1) => false",
    "(A = I[K] <=> K = 2) => false",
    "(s = 0 => A*x = x) => false",
)
FALSE = (
    "sum[S](w[S]*h[S]) = 0",
    "all S: h[S] < 0",
    "some S, k: g[S, k] < 0",
    "A = I[K]",
    "psd (-A)",
    "psd (A - 1/100*I[K])",
    "psd (x*ones' + 9*I[K])",
    "psd (ones*ones' - 2*I[K])",
    "s != 0",
    "s < 0",
    "1 <= s",
    "s = 0 => false",
    "false",
    "x'*x = 5 <=> K = 3",
)
UNDECIDED = ("1/s = 1/s", "t = t", "f(s) = f(s)", "log(1) = 0", "all t: 0 <= t^2", "some t: t = 0", "h[S] = h[S]")


def _made(
    text: str,
    case: Case = CASE,
    signature: Signature = SIGNATURE,
    build: Callable[[Proof], None] = at_once,
    given: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The trace of an example, as one reads it from a file."""
    shown = exemplifies("X", case)(partial(build))
    stated = {name: checker.statement(law) for name, law in stated_axioms()["laws"].items()}
    made = written("X", Formal(given, text, example=text), False, shown, signature, (stated, {}))
    return json.loads(chains._written(made))  # type: ignore[no-any-return]


@cache
def _laws(checks: Any) -> dict[str, Any]:
    """As a checker has them."""
    return {name: checks.statement(law) for name, law in stated_axioms()["laws"].items()}


def _accepted(document: dict[str, Any]) -> bool:
    """What both checkers say, which is the same."""
    said = []
    for checks, rejected in ((checker, checker.Rejected), (second, second_terms.Rejected)):
        try:
            with checker.rejecting("X") if checks is checker else contextlib.nullcontext():
                checks.check_claim(copy.deepcopy(document), _laws(checks))
        except rejected:
            said.append(False)
        else:
            said.append(True)
    assert said[0] == said[1], document
    return said[0]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_so_in_a_case_is_proved(text: str) -> None:
    assert _accepted(_made(text))


def test_members_have_their_order_in_a_file_that_sorts_them() -> None:
    case = Case({"K": 12}, {"sets": ["1/24", *["1/12"] * 11, "1/24"]}, {"h": [*range(12), 4]})
    assert _accepted(_made("(all S: h[S] < 12) and sum[S](h[S]) = 17/3 and K = 12", case))


@pytest.mark.parametrize("text", FALSE)
def test_that_something_is_false_is_proved_and_the_contrary_is_not_found(text: str) -> None:
    assert _accepted(_made(f"({text}) => false"))
    with pytest.raises(DefectError, match="is false in the case"):
        _made(text)


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_has_no_value_is_not_found(text: str) -> None:
    with pytest.raises((DefectError, ZeroDivisionError, StopIteration)):
        _made(text)


def test_the_last_theorem_is_what_the_example_says() -> None:
    made = _made("K = 2")
    assert not _accepted({**made, "goal": as_json(formula("s = 0", SIGNATURE))})
    assert not _accepted({**_made("s = 0"), "hypotheses": []})


def test_what_follows_from_what_is_so_is_so() -> None:
    """Of every matrix nothing is evaluated; that 0 <= y'Ay for every y follows from "A is positive semidefinite"."""

    def build(p: Proof) -> None:
        p.done(p.every(p.square("x", p.given[0]), "x"))

    assert _accepted(
        _made("all x: 0 <= x'*A*x", Case(CASE.dims, {}, {"A": CASE.letters["A"]}, ("psd A",)), build=build)
    )


def test_a_letter_is_defined_by_others() -> None:
    """For all members at once, and by letters that are defined before."""
    text = "(all S, T: c[S, T] = c[T, S]) and (all T: sum[S](c[S, T]) = 0)"
    case = Case(CASE.dims, CASE.weights, CASE.letters, ("t := s + 1", "all S, T: c[S, T] := h[S]*h[T]*t", text))

    def build(p: Proof) -> None:
        p.done(p.given[-1])

    made = _made(text, case, build=build)
    assert [one[0] for one in made["hypotheses"]].count("all") == 1
    assert _accepted(made)
    assert not _accepted({**made, "hypotheses": made["hypotheses"][::-1]}), "t is used before it is defined"


# ====================================================================== what is no case, and what defines nothing


def _q(n: int, d: int = 1) -> list[Any]:
    return ["q", n, d]


def _l(name: str, *members: Any) -> list[Any]:
    return ["l", name, list(members), []]


def _for_all(family: str, said: Any) -> list[Any]:
    return ["all", ["member", family], said]


MEMBERS: dict[str, Any] = {"sets1": _q(1, 3), "sets2": _q(2, 3), "labels1": _q(1), "labels2": _q(1)}
PLAIN: dict[str, Any] = {
    "format": "mlnc-trace-5",
    "claim": "X example",
    "signature": {
        **SIGNATURE.as_json(),
        "families": {
            **SIGNATURE.as_json()["families"],
            "others": {"total": ["dim", "K"], "basis": "K"},
            "any": {"total": None, "basis": None},
        },
        "indices": {
            **SIGNATURE.indices,
            **{name: name[:-1] for name in (*MEMBERS, "others1", "others2", "others3", "any1")},
        },
    },
    "members": MEMBERS,
    "hypotheses": [],
    "goal": ["=", ["sum", "sets", _q(1)], _q(1)],
    "terms": [],
    "lines": [{"rule": "total", "family": "sets"}],
}
NO_CASES: dict[str, Any] = {
    "weights that do not add up": {**MEMBERS, "sets2": _q(1, 3)},
    "a weight 0": {**MEMBERS, "sets1": _q(0), "sets2": _q(1)},
    "a negative weight": {**MEMBERS, "sets1": _q(-1), "sets2": _q(2)},
    "a member that is missing": {name: x for name, x in MEMBERS.items() if name != "sets2"},
    "a member of another family": {**{n: x for n, x in MEMBERS.items() if n != "sets2"}, "labels2": _q(2, 3)},
    "a name of no index": {**MEMBERS, "sets3": _q(1)},
    "a letter as a member": {**MEMBERS, "s": _q(1)},
    "a basis with other weights": {**MEMBERS, "labels1": _q(1, 2), "labels2": _q(3, 2)},
    "a basis of two sizes": {**MEMBERS, "others1": _q(1), "others2": _q(1), "others3": _q(1)},
    "a family without total": {**MEMBERS, "any1": _q(1)},
    "a weight that is no number": {**MEMBERS, "labels1": ["dim", "K"]},
    "a weight that is a truth value": {**MEMBERS, "labels1": True},
    "a fraction that is not in lowest terms": {**MEMBERS, "sets1": _q(2, 6)},
    "members in a list": list(MEMBERS),
}


@pytest.mark.parametrize("name", NO_CASES)
def test_what_is_no_case_is_rejected(name: str) -> None:
    assert _accepted(PLAIN)
    assert _accepted({**PLAIN, "members": {**MEMBERS, "others1": _q(1), "others2": _q(1)}})
    assert _accepted({**PLAIN, "members": {}}), "then nothing is said of members"
    assert not _accepted({**PLAIN, "members": NO_CASES[name]})


S, T, J, K = _l("s"), _l("t"), "labels1", "labels2"
GOOD: dict[str, list[Any]] = {
    "a number": [["=", S, _q(2)]],
    "by another": [["=", S, _q(2)], ["=", T, ["*", S, S]]],
    "by one that is arbitrary": [["=", S, ["*", T, ["w", "S"]]]],
    "by a function": [["=", S, ["l", "log", [], [_q(2)]]], ["=", _l("h", "sets1"), ["l", "f", [], [S]]]],
    "by a reciprocal of 0": [["=", S, ["inv", _q(0)]]],
    "at two members": [["=", _l("h", "sets1"), _q(1)], ["=", _l("h", "sets2"), _q(2)]],
    "at all": [_for_all("sets", ["=", _l("h", 0), ["w", 0]])],
    "at all of two": [_for_all("sets", _for_all("sets", ["=", _l("c", 1, 0), ["*", ["w", 0], ["w", 1]]]))],
    "at one and all": [_for_all("labels", ["=", _l("g", m, 0), ["w", m]]) for m in ("sets1", "sets2")],
    "by the others": [["=", _l("h", "sets1"), ["sum", "sets", ["w", 0]]], ["=", T, ["sum", "sets", _l("h", 0)]]],
}
FORGED: dict[str, list[Any]] = {
    "by itself": [["=", S, ["+", S, _q(1)]]],
    "by one that is defined later": [["=", S, ["+", T, _q(1)]], ["=", T, S]],
    "by one that is defined later, for all": [
        ["=", S, _l("h", "sets1")],
        _for_all("sets", ["=", _l("h", 0), ["w", 0]]),
    ],
    "by itself elsewhere": [["=", _l("h", "sets1"), _l("h", "sets2")]],
    "by itself, in a sum": [["=", _l("h", "sets1"), ["+", ["sum", "sets", _l("h", 0)], _q(1)]]],
    "by itself, in an argument": [["=", S, ["l", "f", [], [S]]]],
    "by itself, in a reciprocal": [["=", S, ["inv", S]]],
    "twice": [["=", S, _q(1)], ["=", S, _q(2)]],
    "twice in the same way": [["=", S, _q(1)], ["=", S, _q(1)]],
    "twice at a member": [["=", _l("h", "sets1"), _q(1)], ["=", _l("h", "sets1"), _q(2)]],
    "at all and at one": [_for_all("sets", ["=", _l("h", 0), ["w", 0]]), ["=", _l("h", "sets1"), _q(2)]],
    "at one and at all": [["=", _l("h", "sets1"), _q(2)], _for_all("sets", ["=", _l("h", 0), ["w", 0]])],
    "at one of each": [
        _for_all("sets", ["=", _l("c", "sets1", 0), _q(1)]),
        _for_all("sets", ["=", _l("c", 0, "sets1"), _q(2)]),
    ],
    "at an arbitrary member": [["=", _l("h", "S"), _q(1)]],
    "at an arbitrary member, and another": [["=", _l("h", "S"), _q(1)], ["=", _l("h", "sets1"), _q(2)]],
    "at one bound twice": [_for_all("sets", ["=", _l("c", 0, 0), _q(1)])],
    "in another order": [_for_all("sets", _for_all("sets", ["=", _l("c", 0, 1), ["w", 0]]))],
    "by a member that it does not have": [_for_all("sets", ["=", S, ["w", 0]])],
    "by a matrix": [["all", ["matrix", 1, 1], ["=", S, ["v", 0]]]],
    "a letter with an argument": [["=", ["l", "f", [], [_q(0)]], _q(1)]],
    "the logarithm": [["=", ["l", "log", [], [_q(1)]], _q(1)]],
    "a weight": [["=", ["w", "sets1"], _q(1, 3)]],
    "a basis vector": [["=", ["e", J], ["e", K]]],
    "a dimension": [["=", ["dim", "K"], _q(2)]],
    "a product": [["=", ["*", S, T], _q(1)]],
    "an inequality": [["<=", S, _q(1)]],
    "false": [["false"]],
    "for some member": [["ex", ["member", "sets"], ["=", _l("h", 0), _q(1)]]],
    "another shape": [["=", _l("x"), _q(1)]],
}


@pytest.mark.parametrize("name", GOOD)
def test_definitions_hold_at_once(name: str) -> None:
    assert _accepted({**PLAIN, "hypotheses": GOOD[name]})


@pytest.mark.parametrize("name", FORGED)
def test_what_defines_nothing_is_rejected(name: str) -> None:
    assert not _accepted({**PLAIN, "hypotheses": FORGED[name]})


def _lines(*lines: Any, goal: Any, **more: Any) -> dict[str, Any]:
    return {**PLAIN, "lines": list(lines), "goal": goal, **more}


_SUM: list[Any] = ["sum", "sets", ["w", 0]]
_WEIGHTS = [{"rule": "weight", "of": m} for m in ("sets1", "sets2")]
_RATIONAL = {m: ["=", ["w", m], MEMBERS[m]] for m in MEMBERS}
_PARTS = {m: ["*", MEMBERS[m], ["w", m]] for m in MEMBERS}
RULES: dict[str, tuple[bool, dict[str, Any]]] = {
    "a weight": (True, _lines(_WEIGHTS[0], goal=_RATIONAL["sets1"])),
    "another weight": (False, _lines(_WEIGHTS[0], goal=_RATIONAL["sets2"])),
    "the weight of an arbitrary member": (
        False,
        _lines({"rule": "weight", "of": "S"}, goal=["=", ["w", "S"], _q(1, 3)]),
    ),
    "a sum": (True, _lines({"rule": "sum", "term": _SUM}, goal=["=", _SUM, ["+", _PARTS["sets1"], _PARTS["sets2"]]])),
    "a sum without a member": (False, _lines({"rule": "sum", "term": _SUM}, goal=["=", _SUM, _PARTS["sets1"]])),
    "a sum of other members": (
        False,
        _lines({"rule": "sum", "term": _SUM}, goal=["=", _SUM, ["+", _PARTS["labels1"], _PARTS["labels2"]]]),
    ),
    "a sum over a family without names": (
        False,
        _lines(
            {"rule": "sum", "term": ["sum", "others", _q(1)]},
            goal=["=", ["sum", "others", _q(1)], ["+", ["*", _q(1), _q(1)], ["*", _q(1), _q(1)]]],
        ),
    ),
    "no sum": (False, _lines({"rule": "sum", "term": ["w", "sets1"]}, goal=["=", ["w", "sets1"], _q(1)])),
    "a sum of no term": (False, _lines({"rule": "sum", "term": ["sum", "sets", ["w", 1]]}, goal=["=", _q(1), _q(1)])),
    "all over a member": (False, _lines(_WEIGHTS[0], {"rule": "all", "line": 0, "over": "sets1"}, goal=["false"])),
}


def _each(
    ok: bool, family: str, numbers: list[int], kind: str = "all", named: tuple[str, ...] = ("sets1", "sets2")
) -> Any:
    """0*w = 0 for some members, and then for all."""
    nothing = ["=", ["*", _q(0), ["w", 0]], _q(0)]
    lines: list[Any] = [{"rule": "ring", "goal": ["=", ["*", _q(0), ["w", m]], _q(0)], "using": []} for m in named]
    goal = [kind, ["member", family], nothing]
    return ok, _lines(*lines, {"rule": "each", "lines": numbers, "goal": goal}, goal=goal)


RULES |= {
    "each": _each(True, "sets", [0, 1]),
    "each but one": _each(False, "sets", [0]),
    "each in another order": _each(False, "sets", [1, 0]),
    "each and one twice": _each(False, "sets", [0, 1, 1]),
    "one twice": _each(False, "sets", [0, 0]),
    "each of another family": _each(False, "labels", [0, 1]),
    "each of a family without names": _each(False, "others", []),
    "each, for some": _each(False, "sets", [0, 1], "ex"),
    "each of the labels": _each(True, "labels", [0, 1], named=("labels1", "labels2")),
    "an arbitrary one and another": _each(False, "sets", [0, 1], named=("sets1", "S")),
    "each that is not yet there": _each(False, "sets", [0, 2]),
}


@pytest.mark.parametrize("name", RULES)
def test_what_is_known_of_members(name: str) -> None:
    expected, document = RULES[name]
    assert _accepted(document) == expected


def test_hypotheses_of_each_are_those_of_all() -> None:
    said = [["=", _l("h", m), _q(1)] for m in ("sets1", "sets2")]
    goal = _for_all("sets", ["=", _l("h", 0), _q(1)])
    lines = [*({"rule": "assume", "formula": one} for one in said), {"rule": "each", "lines": [0, 1], "goal": goal}]
    assert _accepted(_lines(*lines, goal=goal, hypotheses=said))
    assert not _accepted(_lines(*lines, goal=goal, hypotheses=said[:1]))


@pytest.mark.parametrize("name", [name for name, (ok, _) in RULES.items() if ok])
def test_a_proof_knows_nothing_of_members(name: str) -> None:
    document = {key: x for key, x in RULES[name][1].items() if key != "members"}
    assert not _accepted({**document, "format": "mlnc-trace-5", "members": None})


def test_an_example_is_not_cited(tmp_path: Path) -> None:
    """What is so in one case is not so in all."""
    put: dict[str, Any] = {
        "dims": {"K": "K"},
        "families": {"sets": "sets", "labels": "labels"},
        "letters": {"s": as_json(("l", "s", (), ()))},
    }
    made = _made("s = 0")
    trace = {**made, "members": None, "claim": "X", "hypotheses": []}
    trace["lines"] = [{"rule": "cite", "name": "X example", "put": put}]
    texts = {name: json.dumps(x) for name, x in (("axioms", stated_axioms()), ("X example", made), ("X", trace))}
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.raises(checker.Rejected, match="X example is not known"):
        checker.check_all(str(tmp_path))
    with pytest.raises(second_terms.Rejected, match="X example is not proved"):
        list(second.check(texts))


def test_a_number_that_grows_is_rejected() -> None:
    """Control: 3^16 is short."""
    assert _accepted(_made("0 < (s + 3)^16"))
    with pytest.raises(checker.Rejected):
        checker.check_claim(_made("0 < ((s + 3)^64)^64"), _laws(checker))


def test_what_is_changed_in_a_case_is_rejected_by_both_or_by_none() -> None:
    """Members, definitions and the goal changed at random; few changes are harmless."""
    rng, made = random.Random(1), _made(TRUE[1])
    kept = 0
    for _ in range(400):
        changed = copy.deepcopy(made)
        part = rng.choice(("members", "hypotheses", "goal"))
        found = [p for p in places(changed[part]) if p]
        *path, last = rng.choice(found)
        other: Any = made[rng.choice(("members", "hypotheses", "goal"))]
        for key in rng.choice(list(places(other))):
            other = other[key]
        place = changed[part]
        for key in path:
            place = place[key]
        if place[last] != other:
            place[last] = copy.deepcopy(other)
            kept += _accepted(changed)
    assert kept <= 4


@in_one_process
@pytest.mark.parametrize("claim", [c for c, entry in CLAIMS.items() if entry.formal.example])
def test_a_claim_that_speaks_of_a_case_shows_one(claim: str) -> None:
    chain = chains.checked(claim)
    assert chain.example
    assert chain.faults == ()


@in_one_process
def test_averages_over_less_than_a_multiplicity_do_not_show_that_an_etf_is_weaker() -> None:
    """O2a: three equally likely singletons are perfectly orthogonal, but not if each is averaged with itself alone."""
    formal = CLAIMS["O2a"].formal
    signature, parts = declare(LETTERS, *formal.letters), conjuncts(formal.example)
    units = [[int(i == j) for j in range(3)] for i in range(3)]
    alone = [[3 * x for x in row] for row in units]
    letters = {"y": units, "m": [1] * 3, "rate": ["9/16"] * 3, "cond": alone, "lambda": "27/256"}
    case = Case(dims={"K": 3}, weights={"sets": ["1/3"] * 3}, letters=letters)
    average = "(all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S])"
    assert average in parts
    others = [text for text in parts if "some s" not in text and text != average]
    assert len(others) == len(parts) - 2
    assert _accepted(_made(" and ".join(others), case, signature, given=CENTERED[:1]))
    with pytest.raises(DefectError, match="is false in the case"):
        _made(" and ".join((*others, average)), case, signature, given=CENTERED[:1])


@in_one_process
@pytest.mark.parametrize("claim", [c for c, entry in CLAIMS.items() if entry.is_false])
def test_a_false_claim_with_a_formal_statement_is_refuted_by_an_example(claim: str) -> None:
    chain = chains.checked(claim)
    assert chain.example
    assert not chain.closed


@in_one_process
@pytest.mark.parametrize("claim", list(chains.examples()))
def test_an_example_with_another_value_is_rejected(claim: str) -> None:
    """Control: letters defined otherwise, wherever that is said; with one the example may hold all the same."""
    made, kept = _written_out(json.loads(chains.own(claim).traces[f"{claim} example.json"])), []
    last = {one[1][1]: one for one in made["hypotheses"] if one[0] == "="}
    for letter, one in [*last.items()][-LETTERS_CHANGED:]:
        shape = made["signature"]["letters"][letter]["shape"]
        more = _q(7919, 7907) if shape == [1, 1] else _l("more")
        document = _instead(made, one, [*one[:2], ["+", one[2], more]])
        document["signature"]["letters"]["more"] = {"shape": shape, "index": [], "args": []}
        with contextlib.suppress(checker.Rejected):
            checker.check_claim(document, chains.known())
            kept.append(letter)
    assert last
    assert len(kept) <= 1, kept


def _written_out(made: dict[str, Any]) -> dict[str, Any]:
    """Without a table of terms."""
    terms: list[Any] = []
    for term in made["terms"]:
        terms.append(full(term, terms))
    return {**made, "terms": [], "lines": [full(line, terms) for line in made["lines"]]}


def _instead(tree: Any, one: Any, other: Any) -> Any:
    """The tree with another in the place of one."""
    if tree == one:
        return other
    if isinstance(tree, Mapping):
        return {key: _instead(part, one, other) for key, part in tree.items()}
    return [_instead(part, one, other) for part in tree] if isinstance(tree, list) else tree
