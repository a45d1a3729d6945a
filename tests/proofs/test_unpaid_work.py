"""Work and memory that a trace got for nothing: each of these took minutes, or gigabytes, and now ends within seconds.

What is said of them does not matter, only that something is.
"""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from proofs import checker as untyped
from tests.proofs.test_attacks import NUMBER, ORDINARY, Line, _l, _q, _ring, _signature

checker: Any = untyped
LESS = 5
"""Traces are given that part of the work one may cost: what is not paid for takes as long as ever."""
SECONDS = 30 / LESS
"""Of processor time, and no more: who has no verdict by then is stopped."""
TRUE = ["=", _q(1), _q(1)]
_FUNCTION: dict[str, Any] = {"f": ([1, 1], [], [[1, 1]])}


@pytest.fixture(autouse=True)
def _less_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MOST_WORK", checker.MOST_WORK // LESS)


class LateError(BaseException):
    """There is no verdict in time; nothing catches it."""


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise LateError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _document(lines: list[Line], letters: Any = None, terms: Any = (), families: Any = ORDINARY, **more: Any) -> Any:
    kind = {"format": "mlnc-trace-5", "claim": "X", "members": None, "hypotheses": [], "goal": TRUE}
    signature = _signature(dict(letters or {}), families, {"i": "F"} if "F" in families else {})
    made = {**kind, "signature": signature, "terms": list(terms), "lines": lines, **more}
    text = json.dumps(made, separators=(",", ":"))
    assert len(text) < checker.LONGEST_FILE
    return json.loads(text)


def _sum(name: str, count: int) -> Any:
    return ["+", *(_l(f"{name}{n}") for n in range(count))]


def _letters(*sums: tuple[str, int]) -> dict[str, Any]:
    return {f"{name}{n}": NUMBER for name, count in sums for n in range(count)}


def many_arguments() -> Any:
    """f of 100,000 arguments, 64^3 times: each is looked up, and the atom hashed, for the price of an atom."""
    powers = [["^", f"#{n}", 64] for n in (2, 3, 4)]
    terms = [_q(0), ["l", "f", [], ["#0"] * 100_000], ["*", "#0", "#1"], *powers, ["sum", "F", "#5"]]
    return _document([_ring(["=", "#6", _q(0)])], {"f": ([1, 1], [], [[1, 1]] * 100_000)}, terms)


def long_context() -> Any:
    """A context is walked before it is looked at: a node of a million parts, which is no term, 20,000 times."""
    terms = [["foo", *[0] * 1_000_000, ["hole"]]]
    return _document([_ring(TRUE), _ring(TRUE, using=[[0, "#0"]] * 20_000)], None, terms)


def long_members() -> Any:
    """The same with a letter at 400,000 members."""
    terms = [["i"] * 400_000, ["+", ["hole"], *[["l", "t", "#0", []]] * 40_000]]
    return _document([_ring(TRUE), _ring(TRUE, using=[[0, "#1"]])], {"t": NUMBER}, terms)


def equal_hashes() -> Any:
    """Python's integers have a hash modulo 2^61 - 1: 75,000 lists with one hash are compared with each other."""
    return _document([_ring(TRUE)], None, [[n * (2**61 - 1)] for n in range(75_000)])


def factors_that_differ_at_the_end() -> Any:
    """f(t + z) and f(t + zz), where t has 62,500 monomials: to sort the two is to compare all of these."""
    letters = _letters(("a", 250), ("b", 250), ("x", 200)) | {"z": NUMBER, "zz": NUMBER} | _FUNCTION
    factors = [_l("f", args=(["+", "#0", _l(z)],)) for z in ("z", "zz")]
    terms = [["*", _sum("a", 250), _sum("b", 250)], ["*", *factors]]
    terms += [["*", _sum("x", 200), f"#{n}"] for n in (1, 2)]
    return _document([_ring(["=", "#3", "#3"])], letters, terms)


def long_fractions() -> Any:
    """f of 100 fractions of 18,000 bits: to sort the factors is to multiply numbers of 9,000."""
    terms: list[Any] = [["^", _q(10**399 + 2 * n + 1, 10**398 + 3), 7] for n in range(100)]
    terms.append(["*", *(["l", "f", [], [f"#{n}"]] for n in range(100))])
    terms.append(["*", "#100", _sum("x", 140), _sum("y", 140)])
    return _document([_ring(["=", "#101", "#101"])], _letters(("x", 140), ("y", 140)) | _FUNCTION, terms)


TRACES = (many_arguments, long_context, long_members, equal_hashes, factors_that_differ_at_the_end, long_fractions)


@pytest.mark.parametrize("trace", TRACES)
def test_what_cost_nothing_ends_in_time(trace: Any) -> None:
    document = trace()
    with _in_time(), contextlib.suppress(checker.Rejected):
        checker.check_claim(document, {})


def test_what_is_cited_costs_its_letters_each_time() -> None:
    """A claim with a hypothesis of 30,000 letters, cited 4,999 times."""
    hypothesis = ["=", ["+", *[_l("t")] * 30_000], _l("t")]
    claim = _document([_ring(TRUE)], {"t": NUMBER}, families={}, hypotheses=[hypothesis])
    said, _ = checker.check_claim(claim, {})
    put = {"dims": {"K": "K", "n": "n"}, "families": {}, "letters": {"t": _q(1)}}
    cite = {"rule": "cite", "name": "Y", "put": put}
    checker.check_claim(_document([cite, _ring(TRUE)]), {"Y": said})  # control
    with _in_time(), contextlib.suppress(checker.Rejected):
        checker.check_claim(_document([cite] * 4_999 + [_ring(TRUE)]), {"Y": said})


def test_trees_are_paid_for_by_their_length() -> None:
    """A context of 20,000 parts with each of 1,000 theorems in its hole; they are kept, 8 bytes for a part, twice."""
    lines = [_ring(["=", _q(n), _q(n)]) for n in range(1_000)]
    terms = [["foo", *[0] * 20_000, ["hole"]]]
    document = _document([*lines, _ring(TRUE, using=[[n, "#0"] for n in range(1_000)])], None, terms)
    before = len(checker.Shared.made)
    with _in_time(), pytest.raises(checker.Rejected):
        checker.check_claim(document, {})
    assert sum(map(len, list(checker.Shared.made)[before:])) < 10_000_000


def test_the_name_of_a_rule_is_not_written_out() -> None:
    """It would be an object, of 2^23 objects if it is written out: objects do not stand in the table."""
    terms: list[Any] = [{}, *({"a": f"#{n}", "b": f"#{n}"} for n in range(23))]
    document, started = _document([{"rule": "#23"}], None, terms), time.process_time()
    with pytest.raises(checker.Rejected):
        checker.check_claim(document, {})
    assert time.process_time() - started < 1


def test_nothing_of_a_trace_refers_to_itself() -> None:
    """The collector is off: what does would stay, of every trace of a folder. Control: its signature stays if kept."""
    gc.disable()
    try:
        signature = checker.Signature(_signature())
        proof = checker.Proof(signature, {})
        proof.line(_ring(TRUE))
        kept = weakref.ref(signature)
        del proof
        assert kept() is signature
        del signature
        assert kept() is None
    finally:
        gc.enable()
