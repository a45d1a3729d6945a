"""What a trace may cost: one that would take long is rejected within seconds, whatever it is made of."""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proofs import checker as untyped
from proofs.chains import document, write_traces
from tests.proofs import second_checker as second
from tests.proofs import second_terms
from tests.proofs.decided import stated_axioms
from tests.proofs.test_attacks import NUMBER, ORDINARY, Line, _l, _q, _ring, _signature

checker: Any = untyped
LESS = 5
"""Traces are given that part of the work one may cost, and that part of thirty seconds: what is not paid for takes as
long as ever."""
SECONDS = 30 / LESS


@pytest.fixture(autouse=True)
def _less_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_WORK", checker.MOST_WORK // LESS)


def _growing(step: list[Line], count: int) -> list[Line]:
    """``s <= s`` and so on: a step after another, each from the line before it."""
    lines: list[Line] = [_ring(["=", ["*", _l("s"), _l("s")], ["*", _l("s"), _l("s")]])]
    for _ in range(count):
        lines += [{**line, "line": len(lines) - 1 + i} for i, line in enumerate(step)]
    return lines


def _tower(height: int) -> list[Line]:
    goal = ["=", ["*", _q(0), functools.reduce(lambda t, _: ["^", t, 64], range(height), _q(3))], _q(0)]
    return [_ring(goal)]


def _powers_of_sums() -> list[Line]:
    """(s + f(1) + ... + f(9))^8, less itself, which has thousands of monomials, again and again."""
    power = ["^", ["+", _l("s"), *(_l("f", args=(_q(n),)) for n in range(1, 10))], 8]
    return [_ring(["=", power, power])] * 100


DOUBLED: list[Line] = [{"rule": "all", "over": "s"}, {"rule": "at", "values": [["*", _l("s"), _l("s")]]}]
BOMBS: dict[str, list[Line]] = {
    "pairs of all and at double a formula": _growing(DOUBLED, 60),
    "towers of powers": _tower(5),
    "powers of sums": _powers_of_sums(),
    "many lines that each cost much": [_ring(["=", *[["+", _l("s"), *(_q(n) for n in range(1, 200))]] * 2])] * 4_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_long_is_rejected_within_seconds(name: str) -> None:
    """Found by fuzzing: the first of them had no verdict after two minutes."""
    letters = {"s": NUMBER, "f": ([1, 1], [], [[1, 1]]), "A": (["n", "n"], [], [])}
    started = time.process_time()
    document: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "signature": _signature(letters),
        "hypotheses": [],
        "terms": [],
    }
    with pytest.raises(checker.Rejected, match=r"line \d+: .*too"):
        checker.check_claim({**document, "goal": ["false"], "lines": BOMBS[name]}, {})
    assert time.process_time() - started < SECONDS


# ====================================================================== terms that stand for terms


_Shared = tuple[list[Any], list[Line]]


def _doubled(term: Any, step: Any, count: int = 60) -> list[Any]:
    """A term, and each next one made of that before it; written out, the last has 2^60 parts."""
    return [term, *(step(f"#{i}") for i in range(count))]


_SQUARED = functools.partial(_doubled, _l("s"))
_SHARED: dict[str, _Shared] = {
    "a product": (_SQUARED(lambda t: ["*", t, t]), [_ring(["=", "#60", _q(0)])]),
    "a sum": (_SQUARED(lambda t: ["+", t, t]), [_ring(["=", "#60", "#60"])]),
    "an argument": (_SQUARED(lambda t: _l("f", args=(["+", t, t],))), [_ring(["=", "#60", _q(0)])]),
    "reciprocals": (_SQUARED(lambda t: ["inv", ["+", t, t]]), [_ring(["=", "#60", _q(0)])]),
    "sums over members": (_doubled(["w", 0], lambda t: ["+", ["sum", "F", t], t]), [_ring(["=", "#60", _q(0)])]),
    "under different binders": (
        _doubled(["=", _l("s"), _l("s")], lambda t: ["and", ["all", ["member", "F"], t], ["all", ["matrix", 1, 1], t]]),
        [{"rule": "assume", "formula": "#60"}],
    ),
    "what is bound": (
        _doubled(["=", _l("s"), _l("s")], lambda t: ["and", t, t]),
        [
            {"rule": "assume", "formula": "#60"},
            {"rule": "discharge", "line": 0, "formula": "#60"},
            {"rule": "all", "line": 1, "over": "s"},
        ],
    ),
    "what is put in": (
        _doubled(["v", 0], lambda t: ["*", t, t]),
        [
            {"rule": "assume", "formula": ["all", ["matrix", 1, 1], ["=", "#60", _l("s")]]},
            {"rule": "at", "line": 0, "values": [_l("s")]},
        ],
    ),
    "a context": (
        [*_SQUARED(lambda t: ["*", t, t]), ["*", "#60", ["hole"]]],
        [_ring(["=", _l("s"), _l("s")]), _ring(["=", _q(0), _q(0)], using=[[0, "#61"]])],
    ),
    "many holes": (
        _doubled(["hole"], lambda t: ["*", t, t]),
        [_ring(["=", _q(0), _q(0)]), _ring(["=", _q(0), _q(0)], using=[[0, "#60"]])],
    ),
    "what is cited": (
        _SQUARED(lambda t: ["*", t, t]),
        [{"rule": "cite", "name": "irreflexive", "put": {"dims": {}, "families": {}, "letters": {"t": "#60"}}}],
    ),
    "a name": (_SQUARED(lambda t: [t, t]), [{"rule": "cite", "name": "#60", "put": {}}]),
    "a rule": (_SQUARED(lambda t: [t, t]), [{"rule": "#60"}]),
    "a key": (_SQUARED(lambda t: [t, t]), [{"rule": "total", "family": "#60"}]),
    "a member": (_SQUARED(lambda t: [t, t]), [_ring(["=", ["w", "#60"], _q(1)])]),
    "nothing that is used": (_SQUARED(lambda t: ["*", t, t]), [_ring(["=", _q(0), _q(0)])]),
    "a deep term": (_doubled(_l("s"), lambda t: ["T", t], 20_000), [_ring(["=", "#20000", _l("s")])]),
}


@pytest.mark.parametrize("name", _SHARED)
def test_what_is_short_in_the_table_and_long_written_out_costs_little(name: str) -> None:
    """There is a verdict of both checkers within seconds: both count what is written out, or look at it once."""
    terms, lines = _SHARED[name]
    document: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "hypotheses": [],
        "goal": ["=", _q(0), _q(0)],
    }
    letters = {"s": NUMBER, "f": ([1, 1], [], [[1, 1]])}
    trace: dict[str, Any] = {**document, "signature": _signature(letters), "terms": terms, "lines": lines}
    for checks, rejected in ((checker, checker.Rejected), (second, second_terms.Rejected)):
        axioms = {"irreflexive": checks.statement(stated_axioms()["laws"]["irreflexive"])}
        started = time.process_time()
        with contextlib.suppress(rejected):
            checks.check_claim(trace, axioms)
            assert checks is checker
            assert name == "nothing that is used"
        assert time.process_time() - started < SECONDS


def test_what_stands_for_a_term_is_that_term() -> None:
    """Control: the same lines with the terms written out; what comes later, or is not there, stands for nothing."""
    trace: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "hypotheses": [],
        "signature": _signature({"s": NUMBER}),
    }
    trace["goal"] = ["=", ["+", _l("s"), _l("s")], ["*", _q(2), _l("s")]]
    terms = [_l("s"), ["+", "#0", "#0"], ["*", _q(2), "#0"]]
    accepted = [([], trace["goal"]), (terms, ["=", "#1", "#2"]), ([*terms, ["=", "#1", "#2"]], "#3")]
    for given, goal in accepted:
        for checks in (checker, second):
            checks.check_claim({**trace, "terms": given, "lines": [_ring(goal)]}, {})
    for given, goal in [(terms, ["=", "#1", "#1"]), (terms, ["=", "#1", "#3"]), (terms[::-1], ["=", "#1", "#0"])]:
        for checks, rejected in ((checker, checker.Rejected), (second, second_terms.Rejected)):
            with pytest.raises(rejected):
                checks.check_claim({**trace, "terms": given, "lines": [_ring(goal)]}, {})


# ====================================================================== work that was not counted


def _no_work(letters: Mapping[str, Any], left: Any, families: Any = ORDINARY) -> dict[str, Any]:
    """The line 0*left = 0."""
    line = _ring(["=", ["*", _q(0), left], _q(0)])
    return {"signature": _signature(dict(letters), families, {"i": next(iter(families))}), "lines": [line]}


def _tall(term: Any) -> Any:
    return functools.reduce(lambda t, _: ["^", t, 64], range(3), term)


def _case(weights: list[Any], total: int, hypotheses: list[Any], lines: list[Any]) -> dict[str, Any]:
    families = {"F": {"total": _q(total), "basis": None}}
    names = [f"i{n}" for n in range(len(weights))]
    letters: dict[str, Any] = {"h": ([1, 1], ["F"], []), **{f"x{n}": NUMBER for n in range(20_000)}}
    return {
        "signature": _signature(letters, families, dict.fromkeys(names, "F")),
        "members": dict(zip(names, weights, strict=True)),
        "hypotheses": hypotheses,
        "lines": lines,
    }


_FUNCTION: dict[str, Any] = {"f": ([1, 1], [], [[1, 1]])}
_NUMBERS = {f"x{n}": NUMBER for n in range(1400)}
_EVERY: Any = ["all", ["member", "F"], ["ex", ["member", "F"], ["=", _q(0), _q(0)]]]


def _sum_of(start: int, stop: int) -> Any:
    return ["+", *(_l(f"x{n}") for n in range(start, stop))]


def _argument_found_again() -> dict[str, Any]:
    """f of 80,000 numbers, whose sum is 0, looked up 64^3 times."""
    return _no_work(_FUNCTION, _tall(["*", _q(0), _l("f", args=(["+", *[_q(1), _q(-1)] * 40_000],))]))


def _large_argument() -> dict[str, Any]:
    """22,500 monomials with a factor f(t), where t has as many."""
    square = ["*", _sum_of(0, 150), _sum_of(150, 300)]
    return _no_work({**_FUNCTION, **_NUMBERS}, ["*", _l("f", args=(square,)), square])


def _long_name() -> dict[str, Any]:
    """Seven members of one family can be put in 5,040 orders, and each has the name of its family in its own."""
    family = "F" * 300_000
    term = functools.reduce(lambda t, _: ["sum", family, t], range(7), ["*", *(_l("h", n) for n in range(7))])
    families = {family: {"total": _q(1), "basis": None}}
    trace = _no_work({"h": ([1, 1], [family], [])}, term, families)
    return {**trace, "lines": [_ring(["=", term, term])]}


def _many_indices() -> dict[str, Any]:
    return _no_work({"g": ([1, 1], ["F"] * 20_000, [])}, _tall(["*", _q(0), _l("g", *["i"] * 20_000)]))


def _many_bound_members() -> dict[str, Any]:
    """Half a million monomials, each with 2,000 bound members to be sorted."""
    sums = [["sum", "F", _q(1)]] * 2_000
    return _no_work(_NUMBERS, ["*", *sums, _sum_of(0, 700), _sum_of(700, 1_400)])


def _transposed_again() -> dict[str, Any]:
    """800 words of 1,000 letters, transposed 80 times."""
    word = ["*", *([_l("A")] * 1_000)]
    letters = {"A": (["n", "n"], [], []), **_NUMBERS}
    turned = functools.reduce(lambda t, _: ["T", t], range(80), ["*", word, _sum_of(0, 800)])
    return _no_work(letters, ["tr", ["*", ["0", "n", "n"], turned]])


def _sums_of_many() -> dict[str, Any]:
    """5,000 sums of 20,000 members."""
    lines = [{"rule": "sum", "term": ["sum", "F", _q(1)]}] * 5_000
    return _case([_q(1)] * 20_000, 20_000, [], lines)


def _each_of_many() -> dict[str, Any]:
    """5,000 times 20,000 members of which each is equal to itself."""
    same = {"rule": "ring", "goal": ["=", _q(1), _q(1)], "using": []}
    every = {"rule": "each", "lines": [0] * 20_000, "goal": ["all", ["member", "F"], ["=", _q(1), _q(1)]]}
    return _case([_q(1)] * 20_000, 20_000, [], [same, *[every] * 4_999])


def _many_definitions() -> dict[str, Any]:
    """20,000 letters, each of them by one that is defined before all."""
    definitions = [["=", _l(f"x{n}"), _l("x0") if n else _q(1)] for n in range(20_000)]
    return _case([_q(1)], 1, definitions, [{"rule": "total", "family": "F"}])


def _coprime_weights() -> dict[str, Any]:
    """The sum of 20,000 weights whose denominators have nothing in common."""
    return _case([_q(1, 10**60 + 2 * n + 1) for n in range(20_000)], 1, [], [{"rule": "total", "family": "F"}])


def _shared_factors(letters: Mapping[str, Any], terms: list[Any], families: Any = ORDINARY) -> dict[str, Any]:
    """The line t = t for the last of some terms that stand for each other."""
    last = f"#{len(terms) - 1}"
    signature = _signature(dict(letters), families)
    return {"signature": signature, "terms": terms, "lines": [_ring(["=", last, last])]}


def _many_long_factors() -> dict[str, Any]:
    """A product of 300,000 numbers of 400 digits: it has 120 million."""
    return _shared_factors({}, [_q(10**399), ["*", *["#0"] * 300_000]])


def _long_trace() -> dict[str, Any]:
    """A trace of 65,536 letters, which has as many rotations."""
    return _shared_factors({"A": (["n", "n"], [], [])}, [*_doubled(_l("A"), lambda t: ["*", t, t], 16), ["tr", "#16"]])


def _monomials_of_long_factors() -> dict[str, Any]:
    """3,600 monomials with 300 traces of 513 letters each."""
    matrices: dict[str, Any] = {"A": (["n", "n"], [], []), **{f"B{i}": (["n", "n"], [], []) for i in range(300)}}
    traces = [["tr", ["*", "#9", _l(f"B{i}")]] for i in range(300)]
    words = _doubled(_l("A"), lambda t: ["*", t, t], 9)
    return _shared_factors(matrices | _NUMBERS, [*words, ["*", *traces, _sum_of(0, 60), _sum_of(60, 120)]])


def _many_families(count: int) -> dict[str, Any]:
    return {f"f{i}": {"total": None, "basis": None} for i in range(count)}


def _sums_over_many_families() -> dict[str, Any]:
    """A monomial with a bound member of each of 20,000 families."""
    families = _many_families(20_000)
    return _shared_factors({}, [["*", *(["sum", f, _q(1)] for f in families)]], families)


def _many_members_in_many_orders() -> dict[str, Any]:
    """Nine of them are of one family: 362,880 times 1,000 others get names."""
    families = _many_families(1_000)
    sums = [["sum", f, _q(1)] for f in ["f0"] * 8 + list(families)]
    return _shared_factors({}, [["*", *sums]], families)


def _many_shapes() -> dict[str, Any]:
    """230,000 arguments of one letter, whose shapes are looked up among 100,000 dimensions."""
    signature = _signature({"f": ([1, 1], [], [[1, 1]] * 230_000)})
    return {"signature": {**signature, "dims": ["K", *(f"d{i}" for i in range(100_000))]}, "lines": [_ring(["="] * 3)]}


def _many_quantifiers() -> dict[str, Any]:
    """40,000 formulas about the members of the last of 30,000 families."""
    signature = _signature({}, _many_families(30_000))
    hypotheses = [["all", ["member", "f29999"], ["nz", _q(i)]] for i in range(40_000)]
    return {"signature": signature, "hypotheses": hypotheses, "lines": [_ring(["="] * 3)]}


def _many_letters_of_many_families() -> dict[str, Any]:
    letters = {f"x{i}": NUMBER for i in range(28_000)}
    return {"signature": _signature(letters, _many_families(30_000)), "lines": [_ring(["="] * 3)]}


@pytest.mark.parametrize(
    "trace",
    [
        _many_long_factors,
        _long_trace,
        _monomials_of_long_factors,
        _sums_over_many_families,
        _many_members_in_many_orders,
        _many_shapes,
        _many_quantifiers,
        _many_letters_of_many_families,
        _argument_found_again,
        _large_argument,
        _long_name,
        _many_indices,
        _many_bound_members,
        _transposed_again,
        _sums_of_many,
        _each_of_many,
        _many_definitions,
        _coprime_weights,
    ],
)
def test_there_is_a_verdict_within_seconds(trace: Any) -> None:
    """Accepted or rejected: most of them had no verdict after twenty seconds."""
    document = {"claim": "X", "goal": ["false"], "terms": [], **trace()}
    kind: dict[str, Any] = {"format": "mlnc-trace-5", "members": None, "hypotheses": []}
    started = time.process_time()
    with contextlib.suppress(checker.Rejected):
        checker.check_claim({**kind, **document}, {})
    assert time.process_time() - started < SECONDS


def test_what_is_put_is_no_term() -> None:
    """50,000 families, for which a table would say once what is put, in 5,000 citations; control: in the line."""
    families = _many_families(50_000)
    same = ["=", _q(1), _q(1)]
    cited = checker.statement({"signature": _signature({}, families), "goal": same})
    put = {"dims": {}, "families": dict.fromkeys(families, "F"), "letters": {}}
    trace: dict[str, Any] = {
        "format": "mlnc-trace-5",
        "members": None,
        "claim": "X",
        "signature": _signature(),
        "hypotheses": [],
        "goal": same,
    }
    line = {"rule": "cite", "name": "Y", "put": put}
    checker.check_claim({**trace, "terms": [], "lines": [line]}, {"Y": cited})
    with pytest.raises(checker.Rejected, match="no term"):
        checker.check_claim({**trace, "terms": [put], "lines": [{**line, "put": "#0"}]}, {"Y": cited})


def test_trees_of_all_traces_of_a_folder_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are kept, so that their number is what memory costs; control: the same folder with the limit as it is."""
    write_traces(tmp_path, made={"U3.json": json.dumps(document("U3"))})
    try:
        assert checker.main([str(tmp_path)]) == 0
        monkeypatch.setattr(checker, "MOST_TREES", len(checker.Shared.made))
        assert checker.main([str(tmp_path)]) == 1
    finally:
        gc.enable()
    assert capsys.readouterr().out.endswith("rejected: U3: the traces before it have too many trees\n")
