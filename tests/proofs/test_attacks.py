"""Attempts to prove something false, and whether anything is true of which claims speak.

Every trace below must be rejected. Those marked ``xfail`` are accepted by the checker as it is: the mark is strict, so
that mending the checker makes it fall.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import random
import time
from fractions import Fraction
from typing import Any

import pytest

from proofs import checker as untyped
from proofs.claims import CLAIMS
from proofs.kernel.formal import declare, formula
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE
from tests.proofs.fuzz_kernel import Matrix, Model, is_psd, run, substitutions, theorems

checker: Any = untyped
FORMULAS = int(os.environ.get("MLNC_KERNEL_FORMULAS", "20000"))

Term = list[Any]
Line = dict[str, Any]
BY: Line = {"using": [], "rewrite": [], "nonzero": []}
NUMBER: Any = ([1, 1], [], [])
ORDINARY = {"F": {"total": ["q", 1, 1], "basis": None}, "B": {"total": ["dim", "K"], "basis": "K"}}


# ====================================================================== normal forms


def _check_random_terms(count: int, seed: int) -> None:
    tally = run(count, seed)
    assert tally.kills == []
    assert tally.wrong_laws == []
    assert tally.found_equal >= 0.98 * tally.made_equal > 0
    assert tally.evaluated > tally.formulas / 2


def test_what_is_called_equal_is_equal_in_models() -> None:
    _check_random_terms(300, 0)


@pytest.mark.slow
def test_what_is_called_equal_is_equal_in_many_models() -> None:
    _check_random_terms(FORMULAS, 1)


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


@pytest.mark.slow
def test_what_rules_give_is_true_in_many_models() -> None:
    _check_random_theorems(FORMULAS, 1)


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
    document = {"format": "mlnc-trace-1", "claim": "X", "signature": signature}
    claims = {name: checker.statement(one) for name, one in cited.items()}
    checker.check_claim({**document, "hypotheses": given, "goal": goal, "lines": lines}, {}, claims)


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
        {"rule": "all", "from": 0, "over": "t"},
        {"rule": "at", "from": 1, "with": [_q(-1)]},
        {"rule": "impossible", "from": 2},
    ]
    return _signature({"t": NUMBER}, families), [], ["false"], lines


def _total_zero() -> Trace:
    """No family has total 0: the signature is a hypothesis, made in silence, that nothing meets."""
    lines: list[Line] = [{"rule": "total", "family": "F"}, {"rule": "impossible", "from": 0}]
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
    line = {name: {"from": 6 + i, "at": []} for i, name in enumerate("ABCDEG")}
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


def _growing(step: list[Line], count: int) -> list[Line]:
    """``s <= s`` and so on: a step after another, each from the line before it."""
    lines: list[Line] = [_ring(["=", ["*", _l("s"), _l("s")], ["*", _l("s"), _l("s")]])]
    for _ in range(count):
        lines += [{**line, "from": [len(lines) - 1 + i] * 2 if line["rule"] == "join" else len(lines) - 1 + i}
                  for i, line in enumerate(step)]  # fmt: skip
    return lines


def _tower(height: int) -> list[Line]:
    goal = ["=", ["*", _q(0), functools.reduce(lambda t, _: ["^", t, 64], range(height), _q(3))], _q(0)]
    return [_ring(goal)]


def _powers_of_sums() -> list[Line]:
    """(s + f(1) + ... + f(9))^8, less itself, which has thousands of monomials, again and again."""
    power = ["^", ["+", _l("s"), *(_l("f", args=(_q(n),)) for n in range(1, 10))], 8]
    return [_ring(["=", power, power])] * 100


DOUBLED: list[Line] = [{"rule": "all", "over": "s"}, {"rule": "at", "with": [["*", _l("s"), _l("s")]]}]
BOMBS: dict[str, list[Line]] = {
    "pairs of all and at double a formula": _growing(DOUBLED, 60),
    "joins double a formula": _growing([{"rule": "join"}], 60),
    "towers of powers": _tower(5),
    "powers of sums": _powers_of_sums(),
    "a rewrite rule that doubles": [
        *_assumed(["=", _l("s"), ["*", _l("s"), ["+", _l("s"), _q(1)]]]),
        _ring(["=", _l("s"), _q(0)], rewrite=[0]),
    ],
    "a rewrite rule that applies to what it gives": [
        *_assumed(["=", ["T", _l("A")], _l("A")]),
        _ring(["=", _l("A"), ["T", _l("A")]], rewrite=[0]),
    ],
    "many lines that each cost much": [
        *_assumed(["=", _l("s"), ["^", ["+", _l("s"), *(_q(n) for n in range(1, 2000))], 2]]),
        *[{"rule": "discharge", "from": 0, "formula": ["=", _l("s"), _l("s")]}] * 4_000,
        _ring(["=", _l("s"), _q(0)]),
    ],
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_long_is_rejected_within_seconds(name: str) -> None:
    """Found by fuzzing: the first of them had no verdict after two minutes."""
    letters = {"s": NUMBER, "f": ([1, 1], [], [[1, 1]]), "A": (["n", "n"], [], [])}
    started = time.process_time()
    with pytest.raises(checker.Rejected, match=r"line \d+: .*(too|strange)"):
        _check(_signature(letters), [], ["false"], BOMBS[name])
    assert time.process_time() - started < 30


def test_the_hypotheses_of_the_product_of_semidefinite_matrices_are_consistent() -> None:
    def outer(x: tuple[int, int]) -> Matrix:
        return tuple(tuple(Fraction(a * b) for b in x) for a in x)

    vectors = {"A": (1, 0), "B": (1, 1), "C": (-1, 2), "D": (0, 1), "E": (-1, 1), "G": (-2, -1)}
    model = Model(random.Random(0), {"letters": {n: {"shape": ["n", "n"], "args": []} for n in vectors}}, {"n": 2})
    model.given = {(name, ()): outer(x) for name, x in vectors.items()}
    _, given, _, _ = _psd_with_a_number()
    assert all(_true(model, checker.frozen(one)) for one in given)


# ---------------------------------------------------------------------- rejected

PAIR = {"g": ([1, 1], ["F", "F"], []), "h": ([1, 1], ["F"], []), "x": (["n", 1], [], []), "t": NUMBER, "s": NUMBER}
PAIR |= {"A": (["n", "n"], [], []), "f": ([1, 1], [], [[1, 1]]), "r": ([1, "n"], [], []), "y": (["n", 1], ["F"], [])}
ZERO, ONE = _q(0), _q(1)
MEMBER = ["member", "F"]
NONNEGATIVE = ["all", MEMBER, ["<=", ZERO, _l("h", 0)]]


def _equal(left: Term, right: Term, *given: Term, **by: Any) -> tuple[list[Term], list[Line]]:
    return list(given), [*_assumed(*given), _ring(["=", left, right], **by)]


def _from(given: list[Term], *lines: Line) -> tuple[list[Term], list[Line]]:
    return given, [*_assumed(*given), *lines]


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
    "0/0": _equal(["*", ZERO, ["inv", ZERO]], ZERO),
    "1/0 in an argument": _equal(_l("f", args=(["inv", ZERO],)), _l("f", args=(["inv", ZERO],))),
    "1/t where 0 multiplies it": _equal(["*", ZERO, ["inv", _l("t")]], ZERO),
    "1/(t - t)": _equal(
        ["*", ["inv", ["+", _l("t"), ["*", _q(-1), _l("t")]]], ZERO], ZERO, ["nz", _l("t")], nonzero=[0]
    ),
    "t/t in a context": _equal(
        _l("s"), _l("s"), ["=", _l("t"), ZERO], using=[{"from": 0, "context": ["inv", ["hole"]]}]
    ),
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
        ["^", _l("t"), 2],
        ["^", _l("s"), 2],
        ["=", _l("t"), _l("s")],
        using=[{"from": 0, "context": ["*", ["hole"], ["hole"]]}],
    ),
    "no hole": _equal(_l("t"), _l("s"), ["=", _l("t"), _l("s")], using=[{"from": 0, "context": _l("t")}]),
    "a hole with fewer entries than quantifiers": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[{"from": 0, "context": ["hole"]}]
    ),
    "a member of another family in a hole": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[{"from": 0, "context": ["hole", "k"]}]
    ),
    "a member that no binder binds": _equal(
        _l("h", "i"), ZERO, ["all", MEMBER, ["=", _l("h", 0), ZERO]], using=[{"from": 0, "context": ["hole", 0]}]
    ),
    "an equation for one member used under the sum": _equal(
        ["sum", "F", _l("h", 0)],
        ZERO,
        ["=", _l("h", "i"), ZERO],
        using=[{"from": 0, "context": ["sum", "F", ["hole"]]}],
    ),
    "generalised over an index of a hypothesis": _from(
        [["=", _l("h", "i"), ZERO]], {"rule": "all", "from": 0, "over": "i"}
    ),
    "generalised over a letter of a hypothesis": _from([["=", _l("t"), ZERO]], {"rule": "all", "from": 0, "over": "t"}),
    "generalised over a letter with indices": _from(
        [], _ring(["=", _l("h", "i"), _l("h", "i")]), {"rule": "all", "from": 0, "over": "h"}
    ),
    "generalised over a family": _from([], _ring(["=", ONE, ONE]), {"rule": "all", "from": 0, "over": "F"}),
    "at a term of another shape": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "from": 0, "with": [_l("x")]}
    ),
    "at a member for a matrix": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "from": 0, "with": ["i"]}
    ),
    "at more than there are quantifiers": _from([NONNEGATIVE], {"rule": "at", "from": 0, "with": ["i", "j"]}),
    "at a variable": _from(
        [["all", ["matrix", 1, 1], ["=", ["v", 0], ZERO]]], {"rule": "at", "from": 0, "with": [["v", 0]]}
    ),
    "witness for something else": _from(
        [["=", _l("h", "i"), _l("h", "j")]],
        {"rule": "witness", "from": 0, "formula": ["ex", MEMBER, ["=", _l("h", 0), _l("h", 0)]], "with": "i"},
    ),
    "unpack where the name is free in the conclusion": _from(
        [["ex", MEMBER, ["=", _l("h", 0), ZERO]]],
        *_assumed(["=", _l("h", "i"), ZERO]),
        {"rule": "discharge", "from": 1, "formula": ["=", _l("h", "i"), ZERO]},
        {"rule": "unpack", "from": 0, "to": 2, "over": "i"},
    ),
    "unpack where the name is free in what exists": _from(
        [["ex", MEMBER, ["=", _l("g", "i", 0), ZERO]], ["->", ["=", _l("g", "i", "i"), ZERO], ["=", _l("t"), ZERO]]],
        {"rule": "unpack", "from": 0, "to": 1, "over": "i"},
    ),
    "apply to another premise": _from(
        [["->", ["=", _l("t"), ZERO], ["false"]], ["=", _l("s"), ZERO]], {"rule": "apply", "from": 0, "to": 1}
    ),
    "cases that leave one out": _from(
        [["or", ["=", _l("t"), ZERO], ["=", _l("s"), ZERO]], ["->", ["=", _l("t"), ZERO], ["false"]]],
        {"rule": "cases", "from": 0, "each": [1]},
    ),
    "cases with one part twice": _from(
        [["or", ["=", _l("t"), ZERO], ["=", _l("s"), ZERO]], ["->", ["=", _l("t"), ZERO], ["false"]]],
        {"rule": "cases", "from": 0, "each": [1, 1]},
    ),
    "both from one direction": _from([["->", ["=", _l("t"), ZERO], ["false"]]], {"rule": "both", "from": 0, "to": 0}),
    "take a part that is not there": _from(
        [["and", ["=", _l("t"), ZERO], ["false"]]], {"rule": "take", "from": 0, "part": -1}
    ),
    "take of a disjunction": _from([["or", ["=", _l("t"), ZERO], ["false"]]], {"rule": "take", "from": 0, "part": 0}),
    "choose what is no part": _from(
        [["=", _l("t"), ZERO]], {"rule": "choose", "from": 0, "formula": ["or", ["false"], ["=", _l("s"), ZERO]]}
    ),
    "absurd without absurdity": _from([["=", _l("t"), ZERO]], {"rule": "absurd", "from": 0, "formula": ["false"]}),
    "a strict goal without pieces": _from([], {"rule": "order", "goal": ["<", _l("t"), _l("t")], "pieces": [], **BY}),
    "a strict goal from a weak piece": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<", ZERO, _l("t")], "pieces": [[1, 1, [{"from": 0, "at": []}]]], **BY},
    ),
    "a strict goal from a product with one weak factor": _from(
        [["<=", ZERO, _l("t")], ["<", ZERO, _l("s")]],
        {
            "rule": "order",
            "goal": ["<", ZERO, ["*", _l("t"), _l("s")]],
            "pieces": [[1, 1, [{"from": 0, "at": []}, {"from": 1, "at": []}]]],
            **BY,
        },
    ),
    "a negative piece": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<=", _l("t"), ZERO], "pieces": [[-1, 1, [{"from": 0, "at": []}]]], **BY},
    ),
    "a piece over a negative number": _from(
        [["<=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<=", _l("t"), ZERO], "pieces": [[1, -1, [{"from": 0, "at": []}]]], **BY},
    ),
    "a piece that is zero": _from([], {"rule": "order", "goal": ["<", _l("t"), _l("t")], "pieces": [[0, 1, []]], **BY}),
    "a truth value as a piece": _from([], {"rule": "order", "goal": ["<", ZERO, ONE], "pieces": [[True, 1, []]], **BY}),
    "a truth value as a line": _from([["false"], ["=", _l("t"), ZERO]], {"rule": "take", "from": False, "part": 0}),
    "equal to zero as a factor": _from(
        [["=", ZERO, _l("t")]],
        {"rule": "order", "goal": ["<=", ZERO, _l("t")], "pieces": [[1, 1, [{"from": 0, "at": []}]]], **BY},
    ),
    "a square of nothing nonzero": _from([["nz", _l("t")]], {"rule": "square", "term": _l("s"), "strict": 0}),
    "a form of a matrix that is not psd": _from([["nz", _l("t")]], {"rule": "square", "term": _l("x"), "psd": 0}),
    "definite from another square": _from(
        [["=", ["*", ["T", _l("x")], _l("x")], ONE]], {"rule": "definite", "term": _l("x"), "from": 0}
    ),
    "a row times itself": _from(
        [["=", ["*", _l("r"), ["T", _l("r")]], ZERO]], {"rule": "definite", "term": _l("r"), "from": 0}
    ),
    "definite with a matrix that is not psd": _from(
        [["=", ["*", ["T", _l("x")], _l("A"), _l("x")], ZERO], ["=", ["T", _l("A")], _l("A")]],
        {"rule": "definite", "term": _l("x"), "from": 0, "psd": 1},
    ),
    "psd without symmetry": _from(
        [
            ["=", _l("A"), ["T", _l("A")]],
            ["all", ["matrix", "n", 1], ["<=", ZERO, ["*", ["T", ["v", 0]], _l("A"), ["v", 0]]]],
        ],
        {"rule": "psd", "from": 0, "to": 1},
    ),
    "psd from rows of length 1": _from(
        [
            ["=", ["T", _l("A")], _l("A")],
            ["all", ["matrix", 1, 1], ["<=", ZERO, ["*", ["T", ["v", 0]], _l("t"), ["v", 0]]]],
        ],
        {"rule": "psd", "from": 0, "to": 1},
    ),
    "the sum of what holds for one": _from([["<=", ZERO, _l("h", "i")]], {"rule": "sum", "from": 0}),
    "the sum over matrices": _from(
        [["all", ["matrix", 1, 1], ["<=", ZERO, ["^", ["v", 0], 2]]]], {"rule": "sum", "from": 0}
    ),
    "a part of a sum with signs": _from([["all", MEMBER, ["<=", _l("t"), _l("h", 0)]]], {"rule": "part", "from": 0}),
    "vanish from another sum": _from(
        [NONNEGATIVE, ["=", ["sum", "F", ["*", _q(-1), _l("h", 0)]], ZERO]], {"rule": "vanish", "from": 0, "to": 1}
    ),
    "vanish from a sum over two members": _from(
        [["all", MEMBER, ["<=", ZERO, _l("g", 0, "i")]], ["=", ["sum", "F", _l("g", 0, "j")], ZERO]],
        {"rule": "vanish", "from": 0, "to": 1},
    ),
    "antisymmetry with a strict side": _from(
        [["<=", _l("t"), _l("s")], ["<", _l("s"), _l("t")]], {"rule": "antisymmetry", "from": 0, "to": 1}
    ),
    "antisymmetry of one line": _from([["<=", _l("t"), _l("s")]], {"rule": "antisymmetry", "from": 0, "to": 0}),
    "nonzero from a weak inequality": _from([["<=", ZERO, _l("t")]], {"rule": "nonzero", "from": 0}),
    "nonzero from t < s": _from([["<", _l("t"), _l("s")]], {"rule": "nonzero", "from": 0}),
    "impossible from what is possible": _from([["<", _l("t"), _l("s")]], {"rule": "impossible", "from": 0}),
    "impossible from a weak inequality": _from([["<=", ONE, ZERO]], {"rule": "impossible", "from": 0}),
    "order of matrices": _from([], {"rule": "order_cases", "left": _l("x"), "right": _l("x")}),
    "a weight of no family": _from([], {"rule": "weight", "family": "K"}),
    "the size of a letter": _from([], {"rule": "size", "dim": "t"}),
    "an axiom that is none": _from([], {"rule": "axiom", "name": "all is one", "put": {}}),
    "itself": _from([], {"rule": "claim", "name": "X", "put": {}}),
    "a rule that is none": _from([], {"rule": "line", "line": {}}),
    "a string for a list of theorems": _from([["false"]], {"rule": "join", "from": "00"}),
    "an object for a term": _from([], _ring(["=", {"q": 1}, ONE])),
    "a fraction that is not in lowest terms": _equal(["q", 2, 2], ONE),
    "a huge exponent": _equal(["^", ONE, 65], ONE),
    "a huge number": _equal(_q(10**400), _q(10**400)),
    "deep nesting": _equal(functools.reduce(lambda t, _: ["T", t], range(200), ONE), ONE),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_false_trace_is_rejected(name: str) -> None:
    given, lines = REJECTED[name]
    signature = _signature(PAIR, indices={"i": "F", "j": "F", "k": "B"})
    for goal in (["false"], ["=", ONE, ZERO]):
        with pytest.raises(checker.Rejected, match=rf"line {len(lines) - 1}: "):
            _check(signature, given, goal, lines)


CITED: dict[str, Any] = {
    "signature": {
        "dims": ["K"],
        "families": {"C": {"total": ["dim", "K"], "basis": "K"}, "S": {"total": ONE, "basis": None}},
        "letters": {"a": dict(zip(("shape", "index", "args"), (["K", 1], ["S"], []), strict=True))},
        "indices": {"j": "S"},
    },
    "hypotheses": [],
    "goal": ["all", ["member", "S"], ["=", _l("a", 0), _l("a", "j")]],
}
PUT: dict[str, Any] = {
    "dims": {"K": "K"},
    "families": {"C": "B", "S": "F"},
    "indices": {"j": "i"},
    "letters": {"a": {"index": ["one"], "args": [], "term": ["*", _l("h", "one"), ["ones", "B"]]}},
}
WRONG_PUTS: dict[str, dict[str, Any]] = {
    "a dimension put to 1, of a basis": {"dims": {"K": 1}},
    "another dimension for the basis": {"dims": {"K": "n"}},
    "no dimension": {"dims": {}},
    "a family without the basis": {"families": {"C": "F", "S": "F"}},
    "a family of another total": {"families": {"C": "B", "S": "B"}},
    "no family": {"families": {"C": "B"}},
    "no free index": {"indices": {}},
    "a free index of another family": {"indices": {"j": "k"}},
    "a member that is bound": {"indices": {"j": 0}},
    "no letter": {"letters": {}},
    "a letter of another shape": {"letters": {"a": {"index": ["one"], "args": [], "term": _l("x")}}},
    "a letter with one index less": {"letters": {"a": {"index": [], "args": [], "term": ["ones", "B"]}}},
    "a new name that is taken": {"letters": {"a": {"index": ["i"], "args": [], "term": ["e", "k"]}}},
    "a bound member in a letter": {"letters": {"a": {"index": ["one"], "args": [], "term": ["e", 0]}}},
    "a hole in a letter": {"letters": {"a": {"index": ["one"], "args": [], "term": ["hole"]}}},
    "a letter that is none": {"letters": {**PUT["letters"], "z": {"index": [], "args": [], "term": ONE}}},
}


def _cite(put: dict[str, Any], goal: Term) -> None:
    signature = _signature(PAIR, indices={"i": "F", "j": "F", "k": "B"})
    _check(signature, [], goal, [{"rule": "claim", "name": "Y", "put": put}], Y=CITED)


def test_a_citation_is_what_it_is_put_to() -> None:
    def side(member: Any) -> Term:
        return ["*", _l("h", member), ["ones", "B"]]

    _cite(PUT, ["all", MEMBER, ["=", side(0), side("i")]])


@pytest.mark.parametrize("name", WRONG_PUTS)
def test_a_wrong_citation_is_rejected(name: str) -> None:
    with pytest.raises(checker.Rejected, match="line 0: "):
        _cite({**PUT, **WRONG_PUTS[name]}, ["false"])


@pytest.mark.parametrize("empty", [{}, []])
def test_an_empty_list_is_no_empty_map(empty: Any) -> None:
    one = {**CITED, "signature": _signature(families={}), "goal": ["=", ONE, ONE]}
    put = {"dims": {"K": "K", "n": "n"}, "families": {}, "letters": {}, "indices": empty}
    follows = functools.partial(
        _check, _signature(), [], one["goal"], [{"rule": "claim", "name": "Y", "put": put}], Y=one
    )
    declared = functools.partial(checker.Signature, {**_signature(), "indices": empty})
    for accepted in (follows, declared):
        with contextlib.nullcontext() if empty == {} else pytest.raises(checker.Rejected):
            accepted()


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": 1.0}', '{"a": 1e3}', '{"a": NaN}', '{"a": Infinity}'], ids=str
)
def test_json_that_says_two_things_is_rejected(tmp_path: Any, text: str) -> None:
    path = tmp_path / "X.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(checker.Rejected):
        checker.load(path)


# ====================================================================== what claims assume


def _true(model: Model, formula: Any, env: tuple[Any, ...] = ()) -> bool:  # noqa: PLR0911 - one per kind
    """Whether a formula is true; one about every vector is decided as that of a quadratic polynomial, exactly."""
    kind, rest = formula[0], formula[1:]
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(_true(model, part, env) for part in rest)
    if kind == "->":
        return not _true(model, rest[0], env) or _true(model, rest[1], env)
    if kind in ("all", "ex") and rest[0][0] == "member":
        family = rest[0][1]
        each = (_true(model, rest[1], ((family, m), *env)) for m in range(len(model.weights[family])))
        return all(each) if kind == "all" else any(each)
    if kind == "ex":
        shape = tuple(map(model.size, rest[0][1:]))
        return any(_true(model, rest[1], (x, *env)) for x in _witnesses(*shape))
    if kind == "all":
        return _for_every_vector(model, formula, env)
    left, right = (model.value(t, env) for t in rest) if len(rest) == 2 else (model.value(rest[0], env), ())
    if kind == "psd":
        return is_psd(left)
    if kind == "=":
        return left == right
    if kind == "nz":
        return left[0][0] != 0
    return left[0][0] <= right[0][0] if kind == "<=" else left[0][0] < right[0][0]


def _witnesses(rows: int, columns: int) -> list[Matrix]:
    if columns > 1:
        return [_matrix([[int(r == c) for c in range(columns)] for r in range(rows)])]
    return [_column(x) for x in (*CONTRASTS, (1, 0, 0, 0))]


def _for_every_vector(model: Model, formula: Any, env: tuple[Any, ...]) -> bool:
    """``all x, ...: left <= right``, possibly for contrasts x only, where right - left is of degree 2."""
    binders = 0
    while formula[0] == "all":
        assert formula[1] == ("matrix", "K", 1)
        formula, binders = formula[2], binders + 1
    contrast = formula[0] == "->"
    if contrast:
        assert binders == 1
        assert formula[1] == ("=", ("*", ("T", ("ones", "labels")), ("v", 0)), ("q", 0, 1))
        formula = formula[2]
    if formula[0] == "and":
        parts = [_wrapped(part, binders, contrast) for part in formula[1:]]
        return all(_for_every_vector(model, part, env) for part in parts)
    assert formula[0] == "<="
    basis = [_column(x) for x in CONTRASTS] if contrast else [_column(x) for x in _unit(4)]
    count = len(basis) * binders

    def apart(numbers: list[Fraction]) -> Fraction:
        vectors = []
        for b in range(binders):
            own = numbers[b * len(basis) : (b + 1) * len(basis)]
            rows = range(4)
            vectors.append(tuple((sum((c * x[r][0] for c, x in zip(own, basis, strict=True)), ZERO_),) for r in rows))
        return model.value(formula[2], (*vectors, *env))[0][0] - model.value(formula[1], (*vectors, *env))[0][0]

    return is_psd(_form(apart, count))


ZERO_ = Fraction(0)


def _form(polynomial: Any, count: int) -> Matrix:
    """The matrix of a polynomial of degree 2 in ``count`` numbers and 1: it is >= 0 everywhere iff that is psd."""
    units = [[Fraction(i == j) for j in range(count)] for i in range(count)]
    at0 = polynomial([ZERO_] * count)
    plus = [polynomial(x) for x in units]
    minus = [polynomial([-c for c in x]) for x in units]
    linear = [(p - m) / 4 for p, m in zip(plus, minus, strict=True)]
    rows = [[at0, *linear]]
    for i in range(count):
        row = [linear[i]]
        for j in range(count):
            both = polynomial([a + b for a, b in zip(units[i], units[j], strict=True)])
            row.append((both - plus[i] - plus[j] + at0) / 2)
        rows.append(row)
    rng = random.Random(0)
    for _ in range(3):  # it is of degree 2
        x = [Fraction(1), *(Fraction(rng.randint(-5, 5), 3) for _ in range(count))]
        value = sum((a * b * rows[i][j] for (i, a), (j, b) in itertools.product(enumerate(x), repeat=2)), ZERO_)
        assert value == polynomial(x[1:])
    return _matrix(rows)


def _wrapped(body: Any, binders: int, contrast: bool) -> Any:
    if contrast:
        body = ("->", ("=", ("*", ("T", ("ones", "labels")), ("v", 0)), ("q", 0, 1)), body)
    for _ in range(binders):
        body = ("all", ("matrix", "K", 1), body)
    return body


def _matrix(rows: Any) -> Matrix:
    return tuple(tuple(map(Fraction, row)) for row in rows)


def _column(entries: Any) -> Matrix:
    return _matrix([[x] for x in entries])


def _unit(n: int) -> list[tuple[int, ...]]:
    return [tuple(int(i == j) for j in range(n)) for i in range(n)]


HALF = Fraction(1, 2)
CONTRASTS = [(HALF, HALF, -HALF, -HALF), (HALF, -HALF, HALF, -HALF), (HALF, -HALF, -HALF, HALF)]
"""Three orthonormal contrasts of four labels: a pair of labels has the contrast x or -x, its complement the other."""
PAIRS: list[tuple[int, ...]] = [(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)]


def _spectral(*values: Any) -> Matrix:
    """The matrix with these eigenvalues on the three contrasts."""
    return _matrix(
        [
            [sum((v * x[i] * x[j] for v, x in zip(values, CONTRASTS, strict=True)), ZERO_) for j in range(4)]
            for i in range(4)
        ]
    )


def _model(weights: list[Any], values: dict[str, Any], indexed: dict[str, list[Any]], letters: Any) -> Model:
    """Four labels, four features; numbers, matrices and, by member of their family, columns and numbers."""
    model = Model(random.Random(0), {"letters": letters}, {"K": 4, "d": 4})
    model.weights = {"sets": tuple(map(Fraction, weights)), "labels": (Fraction(1),) * 4, "parts": (HALF, HALF)}
    for name, value in values.items():
        model.given[name, ()] = value if isinstance(value, tuple) else ((Fraction(value),),)
    for name, each in indexed.items():
        for m, value in enumerate(each):
            model.given[name, (m,)] = value if isinstance(value, tuple) else ((Fraction(value),),)
    return model


def _scalar(n: Any) -> Matrix:
    return _matrix([[n * (i == j) for j in range(4)] for i in range(4)])


P = _spectral(1, 1, 1)
NOTHING = _column((0,) * 4)


def _moment(weights: list[Any], sets: list[tuple[int, ...]]) -> Matrix:
    return _matrix(
        [
            [sum((w * y[i] * y[j] for w, y in zip(weights, sets, strict=True)), ZERO_) for j in range(4)]
            for i in range(4)
        ]
    )


def _pairs(*couples: Any, **more: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The six pairs of four labels; a couple is a pair and its complement, which share its probability equally."""
    weights = [Fraction(c) / 2 for c in couples for _ in range(2)]
    values: dict[str, Any] = {"P": P, "M": _moment(weights, PAIRS), "Sigma": _spectral(*couples), "size": 2}
    values |= {"kappa": min(couples), "Kappa": max(couples), "kbar": Fraction(1, 3)}
    values["f"] = _column([sum((w * y[i] for w, y in zip(weights, PAIRS, strict=True)), ZERO_) for i in range(4)])
    return weights, values | more, {"y": [_column(y) for y in PAIRS], "m": [2] * 6}


def _singles(**more: Any) -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Four single labels, equally likely; the squared loss without bias at its optimum, W = I, h = y/2 and r = y/2."""
    quarter, y = Fraction(1, 4), _unit(4)
    values: dict[str, Any] = {
        "W": _scalar(1),
        "lambda_H": 1,
        "lambda_W": Fraction(1, 16),
        "lambda": Fraction(1, 16),
        "P": P,
    }
    values |= {"N": _scalar(HALF), "R": _scalar(Fraction(1, 16)), "b": NOTHING, "f": _column([quarter] * 4), "mbar": 1}
    halves = [_column([HALF * x for x in one]) for one in y]
    indexed: dict[str, list[Any]] = {
        "y": [_column(one) for one in y],
        "m": [1] * 4,
        "h": halves,
        "r": halves,
        "z": halves,
        "h1": halves,
    }
    return [quarter] * 4, values | more, indexed


FLAT = (Fraction(1, 3),) * 3
STEEP = (HALF, Fraction(1, 3), Fraction(1, 6))
OTHER = (HALF, Fraction(1, 4), Fraction(1, 4))
_DENSITY = [o / f for o, f in zip(OTHER, FLAT, strict=True) for _ in range(2)]
_TWO: dict[str, Any] = {"Sigma2": _spectral(*OTHER), "kappa2": Fraction(1, 4), "norm": Fraction(1, 6), "c": 1}
_ROOTS: dict[str, Any] = {
    "Root": _spectral(Fraction(1, 4), Fraction(1, 4), 1),
    "Root2": _spectral(*[Fraction(1, 4)] * 3),
}
_ROOTS |= {"Sigma": _spectral(Fraction(1, 16), Fraction(1, 16), 1), "Sigma2": _spectral(*[Fraction(1, 16)] * 3)}
_ROOTS |= {"s": Fraction(1, 4), "s2": Fraction(1, 4), "kappa": Fraction(1, 16), "kappa2": Fraction(1, 16)}
_ROOTS |= {"norm": Fraction(15, 16), "apart": Fraction(3, 4)}
_ROOTS["W"] = _matrix(
    [[r * x[i] for r, x in zip((HALF, HALF, Fraction(1)), CONTRASTS, strict=True)] + [0] for i in range(4)]
)
_COLLAPSED: dict[str, Any] = {"W": _scalar(0), "lambda_H": 1, "b": _column([Fraction(1, 4)] * 4)}
_AT_ZERO: dict[str, Any] = {"R": _scalar(Fraction(1, 4)), "b0": NOTHING, "top": Fraction(1, 4), "c": 1}
_QUARTER: dict[str, Any] = {"M": _scalar(Fraction(1, 4)), "Sigma": _spectral(*[Fraction(1, 4)] * 3)}
_QUARTER |= {"Root": _spectral(*[HALF] * 3), "Q": _spectral(2, 2, 2), "s": HALF, "s2": HALF, "size": 1}
_QUARTER |= {"kappa": Fraction(1, 4), "Kappa": Fraction(1, 4)}
MODELS: dict[str, Any] = {
    "S2": _pairs(*STEEP),
    "S4": _pairs(*STEEP, Sigma_c=_spectral(*STEEP)),
    "S5": _pairs(*STEEP),
    "S6": _pairs(*FLAT),
    "S7": _pairs(*FLAT, own=HALF, pair=Fraction(1, 6)),
    "S9": _pairs(*STEEP),
    "S10": _pairs(*FLAT, **_TWO),
    "S12": _pairs(*FLAT, **_TWO),
    "S14": _pairs(*STEEP, own=HALF, pair=Fraction(1, 6), blocks=6, least=Fraction(1, 12)),
    "T5": _pairs(*FLAT, **_ROOTS),
    "T5a": _pairs(*FLAT, **_ROOTS, Q=_spectral(4, 4, 1), Q2=_spectral(4, 4, 4), away=3),
    "T3": _singles(**_QUARTER, theta=Fraction(1, 3)),
    "L4": _singles(**(_AT_ZERO | {"c": HALF})),
    "U9": _singles(**_AT_ZERO),
    "U10": _singles(G=_scalar(1)),
    "U8a": _singles(b2=NOTHING),
    "W2b": _singles(**_COLLAPSED),
    "W3b": _singles(**_COLLAPSED),
    **{claim: _singles() for claim in ("U1", "U3", "U4", "U4a", "U4b", "U6", "U6a", "U8", "W1", "W2")},
}


def _of(claim: str) -> tuple[Model, list[Any]]:
    formal = CLAIMS[claim].formal
    assert formal is not None
    weights, values, indexed = MODELS[claim]
    signature = declare(SIGNATURE, *formal.letters)
    letters = signature.as_json()["letters"]
    model = _model(weights, values, indexed, letters)
    y = [model.given["y", (m,)] for m in range(len(weights))]
    for m, one in enumerate(y):
        model.given["yc", (m,)] = _column([1 - x for (x,) in one])
        model.given["s", (m,)] = model.given.get(("r", (m,)))
        model.given["r0", (m,)] = one
        for other in range(len(y)):
            model.given["omega", (m, other)] = ((Fraction(4 * (m == other)),),)
        model.given["block", (m,)] = model.given["q", (m,)] = ((Fraction(1),),)
        if len(y) == 6:
            q2 = _DENSITY[m]
            model.given["q2", (m,)], model.given["a", (m,)] = ((q2,),), ((abs(1 - q2),),)
            model.given["q", (0, m)], model.given["q", (1, m)] = ((q2,),), ((2 - q2,),)
    if claim in ("W2b", "W3b"):
        for m, one in enumerate(y):
            model.given["h", (m,)] = model.given["h1", (m,)] = NOTHING
            model.given["r", (m,)] = _column([x - Fraction(1, 4) for (x,) in one])
    if claim == "S5":
        moment, size = model.given["M", ()], 4
        own = [sum(row, ZERO_) for row in moment]
        model.given["Laplacian", ()] = _matrix(
            [[(i == j) * own[i] - moment[i][j] for j in range(size)] for i in range(size)]
        )
    if claim == "S6":
        for p, part in enumerate((OTHER, [2 * f - o for f, o in zip(FLAT, OTHER, strict=True)])):
            model.given["Part", (p,)] = _spectral(*part)
            model.given["least", (p,)], model.given["greatest", (p,)] = ((min(part),),), ((max(part),),)
    return _SquaredLoss(model), [formula(text, signature) for text in formal.given]


class _SquaredLoss(Model):
    """A model in which L and D are those of the squared loss: the letters with arguments."""

    def __init__(self, model: Model) -> None:
        super().__init__(**vars(model))

    def letter(self, name: str, members: tuple[int, ...], args: tuple[Matrix, ...]) -> Matrix:
        """L(z) = |z - y|^2/2 and D(r) = r'y - |r|^2/2; others as they are given, and none by chance."""
        if not args:
            value: Matrix = self.given[name, members]
            return value
        y = [x for (x,) in self.given["y", members]]
        z = [x for (x,) in args[0]]
        if name == "L":
            return ((sum(((a - b) ** 2 / 2 for a, b in zip(z, y, strict=True)), ZERO_),),)
        assert name == "D"
        return ((sum((a * b - a * a / 2 for a, b in zip(z, y, strict=True)), ZERO_),),)


CONVEX = ("U1",)
"""Claims that assume a loss to be convex, which is no quadratic form; the squared loss is."""


@pytest.mark.parametrize("claim", [c for c, entry in CLAIMS.items() if entry.formal and c not in CONVEX])
def test_what_a_claim_assumes_is_true_of_something(claim: str) -> None:
    """No claim with a formal statement is proved from hypotheses that contradict each other."""
    model, given = _of(claim)
    formal = CLAIMS[claim].formal
    assert formal is not None
    assert [text for text, one in zip(formal.given, given, strict=True) if not _true(model, one)] == []


def test_hypotheses_that_fail_are_seen() -> None:
    """The evaluator can say no: to an eigenvalue that is not the least, and to a dual value that is too large."""
    model, _ = _of("S2")
    too_large = formula("all x: ones'*x = 0 => (kappa + 1/100)*(x'*x) <= x'*Sigma*x", SIGNATURE)
    assert not _true(model, too_large)
    model, _ = _of("U6")
    signature = declare(SIGNATURE, "L[sets](K): 1", "D[sets](K): 1")
    assert not _true(model, formula("all S, v, x: D[S](v) + 1/1000 - v'*x <= L[S](x)", signature))


@pytest.mark.parametrize("claim", ["U6", "U8a", "U9", "L4"])
def test_what_a_claim_on_every_loss_assumes_is_compatible_with_pal_ce(claim: str) -> None:
    """PAL-CE does not see a constant added to all logits: D(v) - t v'1 <= L(0) for all t, and v'1 need not be 0.

    So there is no number D(1), and hypotheses that speak of D(v) for every v prove anything of PAL-CE. (Of BCE as well,
    whose slopes are between -1 and 1.) It is enough to ask for D at the residuals that the claim is about.
    """
    formal = CLAIMS[claim].formal
    assert formal is not None
    signature = declare(SIGNATURE, *formal.letters, *(["t: 1"] if claim != "U9" else []))
    unmoved = as_json(formula("all S, t: L[S](t*ones) = L[S](0*ones)", signature))
    dual = [as_json(formula(text, signature)) for text in formal.given if "<= L[S](x)" in text]
    shift = ["*", ["inv", ["dim", "K"]], ["+", _dual(), ["*", _q(-1), _loss(["*", ZERO, ["ones", "labels"]])], _q(-2)]]
    logits = ["*", shift, ["ones", "labels"]]
    lines = [
        *_assumed(*dual, unmoved),
        {"rule": "at", "from": 0, "with": ["S", ["ones", "labels"], logits]},
        {"rule": "at", "from": 1, "with": ["S", shift]},
        {"rule": "size", "dim": "K"},
        {
            "rule": "order",
            "goal": ["<", ZERO, ["dim", "K"]],
            "pieces": [[1, 1, [{"from": 4, "at": []}]], [1, 1, []]],
            **BY,
        },
        {"rule": "nonzero", "from": 5},
        {
            "rule": "order",
            "goal": ["<", ONE, ZERO],
            "pieces": [[1, 1, [{"from": 2, "at": []}]], [1, 1, []]],
            **BY,
            "using": [{"from": 3, "context": ["*", _q(-1), ["hole"]]}],
            "nonzero": [6],
        },
        {"rule": "impossible", "from": 7},
    ]
    with pytest.raises(checker.Rejected):
        _check(signature.as_json(), [*dual, unmoved], ["false"], lines)


def _dual() -> Term:
    return _l("D", "S", args=(["ones", "labels"],))


def _loss(at: Term) -> Term:
    return _l("L", "S", args=(at,))
