"""Attempts to prove something false.

Every trace below must be rejected.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from typing import Any

import pytest

from proofs import checker as untyped
from tests.proofs.fuzz_kernel import run, substitutions, theorems
from tests.proofs.short_lines import laws, written_out

checker: Any = untyped
FORMULAS = int(os.environ.get("MLNC_KERNEL_FORMULAS", "20000"))
"""How many the slow tests draw, never fewer: of five, three for the normal form and two for signs and theorems.

Terms in which names are bound and put come on top.
"""
PARTS = [pytest.param(seed, marks=pytest.mark.xdist_group(f"formulas {seed}")) for seed in range(1, 5)]

Term = list[Any]
Line = dict[str, Any]
BY: Line = {"using": []}
NUMBER: Any = ([1, 1], [], [])
ORDINARY = {"F": {"total": ["q", 1, 1], "basis": None}, "B": {"total": ["dim", "K"], "basis": "K"}}


# ====================================================================== normal forms


def _check_random_terms(count: int, seed: int) -> None:
    tally = run(count, seed)
    assert tally.kills == []
    assert tally.wrong_laws == []
    assert tally.called_equal > tally.found_equal >= 0.98 * tally.made_equal > 0  # what is changed is at times the same
    assert tally.evaluated > tally.formulas / 2
    assert tally.refused < tally.formulas / 10


def test_what_is_called_equal_is_equal_in_models() -> None:
    _check_random_terms(300, 0)


@pytest.mark.slow(minutes=1)
@pytest.mark.parametrize("seed", PARTS)
def test_what_is_called_equal_is_equal_in_many_models(seed: int) -> None:
    _check_random_terms(FORMULAS * 3 // 5 // len(PARTS), seed)


def test_names_are_bound_and_put_as_they_should_be() -> None:
    assert substitutions(150, 0) == []


@pytest.mark.slow
def test_names_are_bound_and_put_as_they_should_be_in_many_terms() -> None:
    assert substitutions(FORMULAS // 20, 1) == []


def _check_random_theorems(count: int, seed: int) -> None:
    accepted, wrong = theorems(count, seed)
    assert wrong == []
    assert accepted > count / 3


def test_what_rules_give_is_true_in_models() -> None:
    _check_random_theorems(400, 0)


@pytest.mark.slow(minutes=1)
def test_what_rules_give_is_true_in_many_models() -> None:
    _check_random_theorems(FORMULAS * 2 // 5, 1)


# ====================================================================== traces


def _l(name: str, *members: Any, args: tuple[Term, ...] = ()) -> Term:
    return ["l", name, list(members), list(args)]


def _q(n: int, d: int = 1) -> Term:
    return ["q", n, d]


def _signature(
    letters: dict[str, Any] | None = None, families: Any = ORDINARY, indices: dict[str, str] | None = None
) -> dict[str, Any]:
    parts = ("shape", "index", "args")
    return {
        "dims": ["K", "n"],
        "families": families,
        "letters": {name: dict(zip(parts, x, strict=True)) for name, x in (letters or {}).items()},
        "indices": indices or {},
    }


def _check(signature: dict[str, Any], given: list[Term], goal: Term, lines: list[Line], **cited: Any) -> None:
    claims = {name: checker.statement(one) for name, one in cited.items()}
    signature, lines = written_out(signature, lines, claims)
    document: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "signature": signature,
        "terms": [],
    }
    checker.check_claim({**document, "hypotheses": given, "goal": goal, "lines": lines}, {**laws(), **claims})


def _assumed(*formulas: Term) -> list[Line]:
    return [{"rule": "assume", "formula": one} for one in formulas]


def _ring(goal: Term, **by: Any) -> Line:
    return {"rule": "ring", "goal": goal, **BY, **by}


Trace = tuple[dict[str, Any], list[Term], Term, list[Line]]


def _total_of_a_letter() -> Trace:
    """The total of a family is a letter, which is then said to be any number."""
    families = {"F": {"total": _l("t"), "basis": None}}
    lines: list[Line] = [
        {"rule": "total", "family": "F"},
        {"rule": "all", "line": 0, "over": "t"},
        {"rule": "at", "line": 1, "values": [_q(-1)]},
        {"rule": "impossible", "line": 2},
    ]
    return _signature({"t": NUMBER}, families), [], ["false"], lines


def _total_zero() -> Trace:
    """No family has total 0: the signature is a hypothesis, made in silence, that nothing meets."""
    lines: list[Line] = [{"rule": "total", "family": "F"}, {"rule": "impossible", "line": 0}]
    return _signature(families={"F": {"total": _q(0), "basis": None}}), [], ["false"], lines


def _total_less_than_a_dimension() -> Trace:
    """The same, milder: the dimension is at least 2 since a family has the total K - 1."""
    total = ["+", ["dim", "K"], _q(-1)]
    goal = ["<", _q(0), total]
    return (_signature(families={"F": {"total": total, "basis": None}}), [], goal, [{"rule": "total", "family": "F"}])


def _nonzero_at_a_bound_member() -> Trace:
    """Every sum_l g_l h_k is nonzero; taken at the member l that is bound within: sum_l g_l h_l is."""
    known = ["all", ["member", "F"], ["nz", ["sum", "F", ["*", _l("g", 0), _l("h", 1)]]]]
    inner = ["sum", "F", ["*", _l("g", 0), _l("h", 0)]]  # g = (1, 1) and h = (1, -1), of equal weights: it is 0
    goal = ["=", ["*", inner, ["inv", inner]], _q(1)]
    letters: dict[str, Any] = {name: ([1, 1], ["F"], []) for name in "gh"}
    return _signature(letters), [known], goal, [*_assumed(known), _ring(goal, nonzero=[0])]


def _rewritten_at_a_bound_member() -> Trace:
    """f(sum_l g_l h_k) = u_k = F(sum_l p_l h_k), for all k; taken at the l bound within, f(sum g h) = F(sum p h)."""

    def rule(function: str, name: str) -> Term:
        inner = ["sum", "F", ["*", _l(name, 0), _l("h", 1)]]
        return ["all", ["member", "F"], ["=", _l(function, args=(inner,)), _l("u", 0)]]

    def diagonal(function: str, name: str) -> Term:
        return _l(function, args=(["sum", "F", ["*", _l(name, 0), _l("h", 0)]],))

    rules = [rule("f", "g"), rule("f2", "p")]
    goal = ["=", diagonal("f", "g"), diagonal("f2", "p")]
    letters: dict[str, Any] = {name: ([1, 1], ["F"], []) for name in "ghpu"}
    letters |= {name: ([1, 1], [], [[1, 1]]) for name in ("f", "f2")}
    return _signature(letters), rules, goal, [*_assumed(*rules), _ring(goal, rewrite=[0, 1])]


def _psd_with_a_number() -> Trace:
    """0 <= x'Mx for a number x and a matrix M is no formula; products of such "inequalities" prove 0 <= -2.

    A = aa', B = bb', C = cc' with a = (1, 0), b = (1, 1), c = (-1, 2) have ABC + CBA of trace -2, and with D, E, G, the
    same turned by a right angle, ABC + CBA + DEG + GED = -2 I: the hypotheses are consistent.
    """

    def word(names: str) -> Term:
        return ["*", *map(_l, names)]

    positive = [["psd", _l(name)] for name in "ABCDEG"]
    rest = [["*", _q(-1), word(names)] for names in ("CBA", "DEG", "GED")]
    rule = ["=", word("ABC"), ["+", ["*", _q(-2), ["I", "n"]], *rest]]
    squares: list[Line] = [{"rule": "square", "term": _q(1), "psd": i} for i in range(6)]
    line = {name: {"line": 6 + i, "at": []} for i, name in enumerate("ABCDEG")}
    pieces = [[1, 1, [line[name] for name in names]] for names in ("ABC", "CBA", "DEG", "GED")]
    goal = ["<=", _q(0), _q(-2)]
    order = {"rule": "order", "goal": goal, "pieces": pieces, **BY, "rewrite": [12]}
    letters: dict[str, Any] = {name: (["n", "n"], [], []) for name in "ABCDEG"}
    lines = [*_assumed(*positive), *squares, *_assumed(rule), order]
    return _signature(letters, {"F": ORDINARY["F"]}), [*positive, rule], goal, lines


ACCEPTED = (
    _total_of_a_letter,
    _total_zero,
    _total_less_than_a_dimension,
    _nonzero_at_a_bound_member,
    _rewritten_at_a_bound_member,
    _psd_with_a_number,
)


@pytest.mark.parametrize("trace", ACCEPTED)
def test_false_and_accepted_so_far(trace: Any) -> None:
    with pytest.raises(checker.Rejected):
        _check(*trace())


@pytest.mark.parametrize("name", ["i", "e", "w", "l", "c"])
def test_a_free_index_may_have_any_name(name: str) -> None:
    """The members of ``g[c, k]`` look like the canonical name of a bound member to the checker: an error."""
    signature = _signature({"g": ([1, 1], ["F", "F"], [])}, indices={name: "F"})
    goal = ["=", ["sum", "F", _l("g", name, 0)], ["sum", "F", _l("g", name, 0)]]
    _check(signature, [], goal, [_ring(goal)])


# ---------------------------------------------------------------------- rejected

PAIR = {"g": ([1, 1], ["F", "F"], []), "h": ([1, 1], ["F"], []), "x": (["n", 1], [], []), "t": NUMBER, "s": NUMBER}
PAIR |= {
    "P": ([], [], []),
    "A": (["n", "n"], [], []),
    "f": ([1, 1], [], [[1, 1]]),
    "r": ([1, "n"], [], []),
    "y": (["n", 1], ["F"], []),
}
ZERO, ONE = _q(0), _q(1)
MEMBER = ["member", "F"]
NONNEGATIVE = ["all", MEMBER, ["<=", ZERO, _l("h", 0)]]


def _equal(left: Term, right: Term, *given: Term, **by: Any) -> tuple[list[Term], list[Line]]:
    return list(given), [*_assumed(*given), _ring(["=", left, right], **by)]


def _from(given: list[Term], *lines: Line) -> tuple[list[Term], list[Line]]:
    return given, [*_assumed(*given), *lines]


def _using_order(goal: Term, context: Term) -> tuple[list[Term], list[Line]]:
    """What follows, or does not, from t < s in a context."""
    return _from([["<", _l("t"), _l("s")]], {"rule": "ring", "goal": goal, "using": [[0, context]]})


def _law(name: str, dims: Any = (), **letters: Term) -> Line:
    return {"rule": "cite", "name": name, "put": {"dims": dict(dims), "families": {}, "letters": letters}}


_FORMULAS_IN_TERMS: list[Term] = [
    ["=", ["false"], ["false"]],
    ["<=", ["false"], ["false"]],
    ["psd", ["false"]],
    ["nz", ["false"]],
    ["and", ["false"], ["q", 1, 1]],
    ["->", ["q", 1, 1], ["false"]],
    ["all", ["member", "F"], ["q", 1, 1]],
    *(
        [relation, term, term]
        for relation in ("<",)
        for term in (
            ["T", ["false"]],
            ["+", ["false"], ["false"]],
            ["*", ["false"], ["false"]],
            ["sum", "F", ["false"]],
        )
    ),
]


def _sums(term: Term, families: str) -> Term:
    for family in families:
        term = ["sum", family, term]
    return term


REJECTED: dict[str, tuple[list[Term], list[Line]]] = {
    "three sums over one family, two members exchanged": _equal(
        _sums(["*", _l("g", 2, 1), _l("g", 2, 1), _l("g", 2, 0)], "FFF"),
        _sums(["*", _l("g", 2, 1), _l("g", 2, 0), _l("g", 1, 0)], "FFF"),
    ),
    "a symmetric letter that is not": _equal(
        _sums(["*", _l("g", 1, 0), _l("h", 0)], "FF"), _sums(["*", _l("g", 0, 1), _l("h", 0)], "FF")
    ),
    "a basis vector in an argument contracted": _equal(
        _sums(["*", _l("f", args=(["*", ["T", ["e", 0]], ["ones", "B"]],)), ["T", ["e", 0]], ["ones", "B"]], "B"),
        ["*", _l("f", args=(["dim", "K"],)), ["dim", "K"]],
    ),
    "functions taken to be linear": _equal(
        _l("f", args=(["+", _l("t"), _l("s")],)), ["+", _l("f", args=(_l("t"),)), _l("f", args=(_l("s"),))]
    ),
    "t/t without a premise": _equal(["*", _l("t"), ["inv", _l("t")]], ONE),
    "0/0 as 1": _equal(["*", ZERO, ["inv", ZERO]], ONE),
    "1/0 as 0": _equal(["inv", ZERO], ZERO),
    "1/t as 1/s": _equal(["inv", _l("t")], ["inv", _l("s")], ["nz", _l("t")], nonzero=[0]),
    "(t - t)/(t - t)": _equal(
        ["*", ["inv", ["+", _l("t"), ["*", _q(-1), _l("t")]]], ["+", _l("t"), ["*", _q(-1), _l("t")]]],
        ONE,
        ["nz", _l("t")],
        nonzero=[0],
    ),
    "t/t in a context": _equal(_l("s"), _l("s"), ["=", _l("t"), ZERO], using=[[0, ["inv", ["hole"]]]]),
    "nonzero at another member": _equal(
        ["*", _l("h", "i"), ["inv", _l("h", "i")]], ONE, ["nz", _l("h", "j")], nonzero=[0]
    ),
    "a sum of nonzero numbers inverted": _equal(
        ["*", ["sum", "F", _l("h", 0)], ["inv", ["sum", "F", _l("h", 0)]]],
        ONE,
        ["all", MEMBER, ["nz", _l("h", 0)]],
        nonzero=[0],
    ),
    "a rule whose variable is only on its right": _equal(
        _l("h", "i"), _l("h", "j"), ["all", MEMBER, ["=", _l("t"), _l("h", 0)]], rewrite=[0]
    ),
    "a rule with a coefficient": _equal(_l("t"), _l("s"), ["=", ["*", _q(2), _l("t")], _l("s")], rewrite=[0]),
    "two holes": _equal(
        ["^", _l("t"), 2], ["^", _l("s"), 2], ["=", _l("t"), _l("s")], using=[[0, ["*", ["hole"], ["hole"]]]]
    ),
    "no hole": _equal(_l("t"), _l("s"), ["=", _l("t"), _l("s")], using=[[0, _l("t")]]),
    "a hole with fewer entries than quantifiers": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[[0, ["hole"]]]
    ),
    "a member of another family in a hole": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[[0, ["hole", "k"]]]
    ),
    "a member that no binder binds": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[[0, ["hole", 0]]]
    ),
    "an equation for one member used under the sum": _equal(
        ["sum", "F", _l("h", 0)], ZERO, ["=", _l("h", "i"), ZERO], using=[[0, ["sum", "F", ["hole"]]]]
    ),
    "generalised over an index of a hypothesis": _from(
        [["=", _l("h", "i"), ZERO]], {"rule": "all", "line": 0, "over": "i"}
    ),
    "generalised over a letter of a hypothesis": _from([["=", _l("t"), ZERO]], {"rule": "all", "line": 0, "over": "t"}),
    "generalised over a letter with indices": _from(
        [], _ring(["=", _l("h", "i"), _l("h", "i")]), {"rule": "all", "line": 0, "over": "h"}
    ),
    "generalised over a formula": _from([], _ring(["=", ONE, ONE]), {"rule": "all", "line": 0, "over": "P"}),
    "generalised over a family": _from([], _ring(["=", ONE, ONE]), {"rule": "all", "line": 0, "over": "F"}),
    "at a term of another shape": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "line": 0, "values": [_l("x")]}
    ),
    "at a member for a matrix": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "line": 0, "values": ["i"]}
    ),
    "at more than there are quantifiers": _from([NONNEGATIVE], {"rule": "at", "line": 0, "values": ["i", "j"]}),
    "at a variable": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "line": 0, "values": [["v", 0]]}
    ),
    "witness for something else": _from(
        [["=", _l("h", "i"), _l("h", "j")]],
        {"rule": "witness", "line": 0, "formula": ["ex", MEMBER, ["=", _l("h", 0), _l("h", 0)]], "value": "i"},
    ),
    "unpack where the name is free in the conclusion": _from(
        [["ex", MEMBER, ["=", _l("h", 0), ZERO]]],
        *_assumed(["=", _l("h", "i"), ZERO]),
        {"rule": "discharge", "line": 1, "formula": ["=", _l("h", "i"), ZERO]},
        {"rule": "unpack", "line": 0, "to": 2, "over": "i"},
    ),
    "unpack where the name is free in what exists": _from(
        [["ex", MEMBER, ["=", _l("g", "i", 0), ZERO]], ["->", ["=", _l("g", "i", "i"), ZERO], ["=", _l("t"), ZERO]]],
        {"rule": "unpack", "line": 0, "to": 1, "over": "i"},
    ),
    "apply to another premise": _from(
        [["->", ["=", _l("t"), ZERO], ["false"]], ["=", _l("s"), ZERO]], {"rule": "apply", "line": 0, "to": 1}
    ),
    "cases that leave one out": _from(
        [["or", ["=", _l("t"), ZERO], ["=", _l("s"), ZERO]], ["->", ["=", _l("t"), ZERO], ["false"]]],
        {"rule": "cases", "line": 0, "each": [1]},
    ),
    "cases with one part twice": _from(
        [["or", ["=", _l("t"), ZERO], ["=", _l("s"), ZERO]], ["->", ["=", _l("t"), ZERO], ["false"]]],
        {"rule": "cases", "line": 0, "each": [1, 1]},
    ),
    "both from one direction": _from([["->", ["=", _l("t"), ZERO], ["false"]]], {"rule": "both", "line": 0, "to": 0}),
    "take a part that is not there": _from(
        [["and", ["=", _l("t"), ZERO], ["false"]]], {"rule": "take", "line": 0, "part": -1}
    ),
    "take of a disjunction": _from([["or", ["=", _l("t"), ZERO], ["false"]]], {"rule": "take", "line": 0, "part": 0}),
    "choose what is no part": _from(
        [["=", _l("t"), ZERO]], {"rule": "choose", "line": 0, "formula": ["or", ["false"], ["=", _l("s"), ZERO]]}
    ),
    "absurd without absurdity": _from([["=", _l("t"), ZERO]], {"rule": "absurd", "line": 0, "formula": ["false"]}),
    "a strict goal without pieces": _from([], {"rule": "order", "goal": ["<", _l("t"), _l("t")], "pieces": [], **BY}),
    "a strict goal from a weak piece": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<", ZERO, _l("t")], "pieces": [[1, 1, [{"line": 0, "at": []}]]], **BY},
    ),
    "a strict goal from a product with one weak factor": _from(
        [["<=", ZERO, _l("t")], ["<", ZERO, _l("s")]],
        {
            "rule": "order",
            "goal": ["<", ZERO, ["*", _l("t"), _l("s")]],
            "pieces": [[1, 1, [{"line": 0, "at": []}, {"line": 1, "at": []}]]],
            **BY,
        },
    ),
    "a negative piece": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<=", _l("t"), ZERO], "pieces": [[-1, 1, [{"line": 0, "at": []}]]], **BY},
    ),
    "a piece over a negative number": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<=", _l("t"), ZERO], "pieces": [[1, -1, [{"line": 0, "at": []}]]], **BY},
    ),
    "a piece that is zero": _from([], {"rule": "order", "goal": ["<", _l("t"), _l("t")], "pieces": [[0, 1, []]], **BY}),
    "a truth value as a line": _from([["false"], ["=", _l("t"), ZERO]], {"rule": "take", "line": False, "part": 0}),
    "an inequality in a context that is not linear": _using_order(
        ["<=", ["^", _l("t"), 2], ["^", _l("s"), 2]], ["*", ["hole"], _l("t")]
    ),
    "an inequality turned round": _using_order(["<=", _l("s"), _l("t")], ["*", _q(-1), ["hole"]]),
    "nothing of a strict inequality": _using_order(["<", ZERO, ZERO], ["*", ZERO, ["hole"]]),
    "an inequality times a letter": _using_order(
        ["<=", ["*", _l("s"), _l("t")], ["*", _l("s"), _l("s")]], ["*", _l("s"), ["hole"]]
    ),
    "an inequality over a negative number": _using_order(["<=", _l("s"), _l("t")], ["*", ["q", 1, -1], ["hole"]]),
    "an inequality as an equation": _using_order(["=", _l("s"), _l("t")], ["hole"]),
    "more than nothing": _from([], {"rule": "ring", "goal": ["<", ZERO, ZERO], **BY}),
    "a number of the wrong sign": _from([], {"rule": "ring", "goal": ["<=", ZERO, _q(-1)], **BY}),
    "a number in an equation": _equal(ONE, ZERO),
    "the identity as a number": _equal(["+", _l("A"), ["I", "n"]], _l("A")),
    "a ring of what is no relation": _from([], {"rule": "ring", "goal": ["psd", ["*", _q(-1), ["I", "n"]]], **BY}),
    **{f"a formula in {part[0]}": _from([], *_assumed(part)) for part in _FORMULAS_IN_TERMS},
    "another law of logic than it is": _from(
        [["or", ["=", _l("t"), ZERO], ["false"]]],
        _law("first", A=["=", _l("t"), ZERO], B=["false"]),
        {"rule": "apply", "line": 1, "to": 0},
    ),
    "a term for a formula": _from([], _law("middle", A=_l("t"))),
    "a formula for a term": _from([], _law("irreflexive", dims={"n": 1, "m": 1}, t=["false"])),
    "a formula about a member that is bound nowhere": _from([], _law("middle", A=["<", ZERO, _l("h", 0)])),
    "a formula about a member, of a matrix": _from(
        [], _law("witness of a matrix", dims={"n": 1, "m": 1}, P=["<", ZERO, _l("h", 0)])
    ),
    "a square of nothing nonzero": _from([["nz", _l("t")]], {"rule": "square", "term": _l("s"), "strict": 0}),
    "a form of a matrix that is not psd": _from([["nz", _l("t")]], {"rule": "square", "term": _l("x"), "psd": 0}),
    "definite from another square": _from(
        [["=", ["*", ["T", _l("x")], _l("x")], ONE]], {"rule": "definite", "term": _l("x"), "line": 0}
    ),
    "a row times itself": _from(
        [["=", ["*", _l("r"), ["T", _l("r")]], ZERO]], {"rule": "definite", "term": _l("r"), "line": 0}
    ),
    "definite with a matrix that is not psd": _from(
        [["=", ["*", ["T", _l("x")], _l("A"), _l("x")], ZERO], ["=", ["T", _l("A")], _l("A")]],
        {"rule": "definite", "term": _l("x"), "line": 0, "psd": 1},
    ),
    "psd without symmetry": _from(
        [
            ["=", _l("A"), ["T", _l("A")]],
            ["all", ["matrix", "n", 1], ["<=", ZERO, ["*", ["T", ["v", 0]], _l("A"), ["v", 0]]]],
        ],
        {"rule": "psd", "line": 0, "to": 1},
    ),
    "psd from rows of length 1": _from(
        [
            ["=", ["T", _l("A")], _l("A")],
            ["all", ["matrix", 1, 1], ["<=", ZERO, ["*", ["T", ["v", 0]], _l("t"), ["v", 0]]]],
        ],
        {"rule": "psd", "line": 0, "to": 1},
    ),
    "the sum of what holds for one": _from([["<=", ZERO, _l("h", "i")]], {"rule": "sum", "line": 0}),
    "the sum over matrices": _from(
        [["all", ["matrix", 1, 1], ["<=", ZERO, ["^", ["v", 0], 2]]]], {"rule": "sum", "line": 0}
    ),
    "a part of a sum with signs": _from([["all", MEMBER, ["<=", _l("t"), _l("h", 0)]]], {"rule": "part", "line": 0}),
    "vanish from another sum": _from(
        [NONNEGATIVE, ["=", ["sum", "F", ["*", _q(-1), _l("h", 0)]], ZERO]], {"rule": "vanish", "line": 0, "to": 1}
    ),
    "vanish from a sum over two members": _from(
        [["all", MEMBER, ["<=", ZERO, _l("g", 0, "i")]], ["=", ["sum", "F", _l("g", 0, "j")], ZERO]],
        {"rule": "vanish", "line": 0, "to": 1},
    ),
    "antisymmetry with a strict side": _from(
        [["<=", _l("t"), _l("s")], ["<", _l("s"), _l("t")]], {"rule": "antisymmetry", "line": 0, "to": 1}
    ),
    "antisymmetry of one line": _from([["<=", _l("t"), _l("s")]], {"rule": "antisymmetry", "line": 0, "to": 0}),
    "nonzero from a weak inequality": _from([["<=", ZERO, _l("t")]], {"rule": "nonzero", "line": 0}),
    "nonzero from t < s": _from([["<", _l("t"), _l("s")]], {"rule": "nonzero", "line": 0}),
    "impossible from what is possible": _from([["<", _l("t"), _l("s")]], {"rule": "impossible", "line": 0}),
    "impossible from a weak inequality": _from([["<=", ZERO, ZERO]], {"rule": "impossible", "line": 0}),
    "order of matrices": _from([], {"rule": "order_cases", "left": _l("x"), "right": _l("x")}),
    "a weight of no family": _from([], {"rule": "weight", "family": "K"}),
    "the size of a letter": _from([], {"rule": "size", "dim": "t"}),
    "a formula about two members, with one bound": _from([], _law("witness", P=["<", _l("g", 0, 1), ZERO])),
    "a witness of another family": _from(
        [],
        {
            **_law("witness", P=["nz", ["w", 0]]),
            "put": {"dims": {}, "families": {"F": "B"}, "letters": {"P": ["nz", _l("h", 0)]}},
        },
    ),
    "what exists put for what is unpacked": _from(
        [],
        {
            "rule": "cite",
            "name": "unpack",
            "put": {"dims": {}, "families": {"F": "F"}, "letters": {"P": ["nz", _l("h", 0)], "A": ["nz", _l("h", 0)]}},
        },
    ),
    "an inequality times a number that is not positive": _using_order(
        ["<=", ["*", _q(-1), _l("t")], ["*", _q(-1), _l("s")]], ["*", _q(-1), ["hole"]]
    ),
    "an inequality under a sum": _using_order(
        ["<=", ["sum", "F", _l("t")], ["sum", "F", _l("s")]], ["sum", "F", ["hole"]]
    ),
    "a sum over another family": _equal(["sum", "F", ONE], ["sum", "B", ONE]),
    "members of two families exchanged": _equal(
        ["sum", "F", ["sum", "B", ["*", ["w", 0], ["w", 0], ["w", 1]]]],
        ["sum", "F", ["sum", "B", ["*", ["w", 0], ["w", 1], ["w", 1]]]],
    ),
    "one argument under two sums": _equal(
        ["*", ["sum", "F", _l("f", args=(_l("h", 0),))], ["sum", "F", _l("f", args=(_l("h", 0),))]],
        ["sum", "F", ["*", _l("f", args=(_l("h", 0),)), _l("f", args=(_l("h", 0),))]],
    ),
    "sums in an argument exchanged": _equal(
        _l("f", args=(_sums(["*", _l("g", 0, 1), _l("h", 0)], "FF"),)),
        _l("f", args=(_sums(["*", _l("g", 1, 0), _l("h", 0)], "FF"),)),
    ),
    "an axiom that is none": _from([], {"rule": "cite", "name": "all is one", "put": {}}),
    "itself": _from([], {"rule": "cite", "name": "X", "put": {}}),
    "a rule that is none": _from([], {"rule": "line", "line": {}}),
    "a string for a list of theorems": _from([["false"]], {"rule": "join", "line": "00"}),
    "a text for a list of members": _equal(["l", "h", "i", []], ["l", "h", "i", []]),
    "a text for a list of arguments": _equal(["l", "t", [], ""], ["l", "t", [], ""]),
    "an object for a term": _from([], _ring(["=", {"q": 1}, ONE])),
    "a fraction that is not in lowest terms": _equal(["q", 2, 2], ONE),
    "a huge exponent": _equal(["^", ONE, 65], ONE),
    "a huge number": _equal(_q(10**400), _q(10**400)),
    "deep nesting": _equal(functools.reduce(lambda t, _: ["T", t], range(5000), ONE), ONE),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_false_trace_is_rejected(name: str) -> None:
    given, lines = REJECTED[name]
    signature = _signature(PAIR, indices={"i": "F", "j": "F", "k": "B"})
    for goal in (["false"], ["=", ONE, ZERO]):
        with pytest.raises(checker.Rejected, match=r"line \d+: "):
            _check(signature, given, goal, lines)


CITED: dict[str, Any] = {
    "signature": {
        "dims": ["K"],
        "families": {"C": {"total": ["dim", "K"], "basis": "K"}, "S": {"total": ONE, "basis": None}},
        "letters": {
            "a": {"shape": ["K", 1], "index": ["S"], "args": []},
            "log": {"shape": [1, 1], "index": [], "args": [[1, 1]]},
        },
        "indices": {},
    },
    "hypotheses": [],
    "goal": [
        "all",
        ["member", "S"],
        ["all", ["member", "S"], ["=", _l("a", 0), ["*", _l("log", args=(["w", 1],)), _l("a", 1)]]],
    ],
}
LOG = _l("log", args=(["v", 0],))
PUT: dict[str, Any] = {
    "dims": {"K": "K"},
    "families": {"C": "B", "S": "F"},
    "letters": {"a": ["*", _l("h", 0), ["ones", "B"]], "log": LOG},
}
WRONG_PUTS: dict[str, dict[str, Any]] = {
    "a dimension put to 1, of a basis": {"dims": {"K": 1}},
    "another dimension for the basis": {"dims": {"K": "n"}},
    "no dimension": {"dims": {}},
    "a family without the basis": {"families": {"C": "F", "S": "F"}},
    "a family of another total": {"families": {"C": "B", "S": "B"}},
    "no family": {"families": {"C": "B"}},
    "free indices, of which there are none": {"indices": {"j": "i"}},
    "no letter": {"letters": {}},
    "a letter of another shape": {"letters": {"a": _l("x"), "log": LOG}},
    "a letter at a member that is bound nowhere": {"letters": {"a": ["e", 1], "log": LOG}},
    "a letter at a member of another family": {"letters": {"a": ["e", 0], "log": LOG}},
    "a hole in a letter": {"letters": {"a": ["hole"], "log": LOG}},
    "a letter that is none": {"letters": {**PUT["letters"], "z": ONE}},
    "another function for log": {"letters": {**PUT["letters"], "log": _l("f", args=(["v", 0],))}},
    "a number for log": {"letters": {**PUT["letters"], "log": ONE}},
}


def _cite(put: dict[str, Any], goal: Term, cited: Any = CITED) -> None:
    letters = {**PAIR, "log": ([1, 1], [], [[1, 1]])}
    signature = _signature(letters, indices={"i": "F", "j": "F", "k": "B"})
    _check(signature, [], goal, [{"rule": "cite", "name": "Y", "put": put}], Y=cited)


def test_a_citation_is_what_it_is_put_to() -> None:
    def side(member: Any) -> Term:
        return ["*", _l("h", member), ["ones", "B"]]

    body = ["=", side(0), ["*", _l("log", args=(["w", 1],)), side(1)]]
    _cite(PUT, ["all", MEMBER, ["all", MEMBER, body]])
    at_free_index = {"letters": {"a": ["*", _l("g", 0, "i"), ["ones", "B"]], "log": LOG}}
    sides = [["*", _l("g", n, "i"), ["ones", "B"]] for n in (0, 1)]
    body = ["=", sides[0], ["*", _l("log", args=(["w", 1],)), sides[1]]]
    _cite({**PUT, **at_free_index}, ["all", MEMBER, ["all", MEMBER, body]])


@pytest.mark.parametrize("name", WRONG_PUTS)
def test_a_wrong_citation_is_rejected(name: str) -> None:
    with pytest.raises(checker.Rejected, match=r"line \d+: "):
        _cite({**PUT, **WRONG_PUTS[name]}, ["false"])


def test_a_statement_with_a_free_index_is_not_cited() -> None:
    signature = {**CITED["signature"], "indices": {"j": "S"}}
    goal = ["=", _l("a", "j"), _l("a", "j")]
    with pytest.raises(checker.Rejected, match=r"line \d+: .*KeyError\('j'\)"):
        _cite(PUT, ["false"], {**CITED, "signature": signature, "goal": goal})


@pytest.mark.parametrize("empty", [{}, []])
def test_an_empty_list_is_no_empty_map(empty: Any) -> None:
    one = {**CITED, "signature": _signature(families={}), "goal": ["=", ONE, ONE]}
    put = {"dims": {"K": "K", "n": "n"}, "families": {}, "letters": empty}
    follows = functools.partial(
        _check, _signature(), [], one["goal"], [{"rule": "cite", "name": "Y", "put": put}], Y=one
    )
    declared = functools.partial(checker.Signature, {**_signature(), "indices": empty})
    for accepted in (follows, declared):
        with contextlib.nullcontext() if empty == {} else pytest.raises((checker.Rejected, AttributeError)):
            accepted()


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": 1.0}', '{"a": 1e3}', '{"a": NaN}', '{"a": Infinity}'], ids=str
)
def test_json_that_says_two_things_is_rejected(tmp_path: Any, text: str) -> None:
    path = tmp_path / "X.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(checker.Rejected):
        checker.frozen(checker.load(path))


# ====================================================================== what was found before


@pytest.mark.parametrize("changed", [_l("g", 0, 0), _l("g", 1, 1), _l("g", 0, 1)], ids=str)
def test_what_was_found_in_an_argument_is_another_thing_outside(changed: Term) -> None:
    """f(f(t)) first, then t alone: its bound members had the names of those within, and sum_j g_ij was sum_j g_jj."""

    def term(inner: Term) -> Term:
        sums = ["sum", "F", ["*", _l("h", 0), _l("f", args=(["sum", "F", inner],))]]
        return _l("f", args=(sums,))

    def side(one: Term) -> Term:
        return ["*", ["sum", "F", _l("h", 0)], one]

    left, right = term(_l("g", 1, 0)), term(changed)
    before = [_ring(["=", _l("f", args=(one,)), _l("f", args=(one,))]) for one in (left, right)]
    same = ["=", side(left), side(["*", ONE, left])]
    other = ["=", side(left), side(right)]
    document: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "signature": _signature(PAIR),
        "hypotheses": [],
        "terms": [],
    }
    checker.check_claim({**document, "goal": same, "lines": [*before, _ring(same)]}, {})
    with pytest.raises(checker.Rejected, match="line 2: the sides differ"):
        checker.check_claim({**document, "goal": other, "lines": [*before, _ring(other)]}, {})


# ====================================================================== a folder of traces


def _folder(path: Any, axioms: Any, laws: Any, **files: Any) -> int:
    """Files by name, and what the checker says: 0 if it accepts them."""
    statements = {"format": "mlnc-axioms-2", "axioms": axioms, "laws": laws}
    for name, one in {"axioms.json": statements, **files}.items():
        (path / name).write_text(json.dumps(one), encoding="utf-8")
    code: int = checker.main([str(path)])
    return code


def _trace(name: str, goal: Term, *lines: Line) -> dict[str, Any]:
    document: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": name,
        "signature": _signature(),
        "hypotheses": [],
    }
    return {**document, "goal": goal, "terms": [], "lines": list(lines)}


_STATED: dict[str, Any] = {"signature": _signature(families={}), "hypotheses": [], "goal": ["<=", ZERO, ONE]}
_FALSE: dict[str, Any] = {**_STATED, "goal": ["false"]}
_PUT: dict[str, Any] = {"dims": {"K": "K", "n": "n"}, "families": {}, "letters": {}}
_TRUE = ["=", ONE, ONE]


def test_of_a_folder_each_file_is_read(tmp_path: Any) -> None:
    """A second file whose name has the same beginning was read in the place of the first."""
    true, false = _trace("A", _TRUE, _ring(_TRUE)), _trace("A", ["false"], _ring(_TRUE))
    assert _folder(tmp_path, {}, {}, **{"A.json": true}) == 0
    assert _folder(tmp_path, {}, {}, **{"A.json": false, "A.jsoo": true}) == 1


def test_an_axiom_is_no_law(tmp_path: Any) -> None:
    """An axiom with the name of a law took its place, and what rests on it was said to rest on nothing."""
    line = {"rule": "cite", "name": "size", "put": _PUT}
    assert _folder(tmp_path, {}, {"size": _STATED}, **{"A.json": _trace("A", _STATED["goal"], line)}) == 0
    assert _folder(tmp_path, {"size": _FALSE}, {"size": _STATED}, **{"A.json": _trace("A", ["false"], line)}) == 1


@pytest.mark.parametrize("name", ["size", "A: follows in 9 lines; rests on nothing else\nB"])
def test_a_claim_has_a_name_of_its_own(tmp_path: Any, name: str) -> None:
    """What rests on a claim named like a law was said to rest on nothing, and a name could be a line of the report."""
    assert _folder(tmp_path, {}, {"size": _STATED}, **{f"{name}.json": _trace(name, _TRUE, _ring(_TRUE))}) == 1
    (tmp_path / f"{name}.json").unlink()
    assert _folder(tmp_path, {}, {"size": _STATED}, **{"size b.json": _trace("size b", _TRUE, _ring(_TRUE))}) == 0
