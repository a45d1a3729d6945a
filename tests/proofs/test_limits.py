"""What a trace may cost: one that would take long is rejected within seconds, whatever it is made of."""

from __future__ import annotations

import functools
import time
from typing import Any

import pytest

from proofs import checker as untyped
from tests.proofs.test_attacks import NUMBER, Line, _l, _q, _ring, _signature

checker: Any = untyped


def _growing(step: list[Line], count: int) -> list[Line]:
    """``s <= s`` and so on: a step after another, each from the line before it."""
    lines: list[Line] = [_ring(["=", ["*", _l("s"), _l("s")], ["*", _l("s"), _l("s")]])]
    for _ in range(count):
        lines += [{**line, "from": len(lines) - 1 + i} for i, line in enumerate(step)]
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
    "towers of powers": _tower(5),
    "powers of sums": _powers_of_sums(),
    "many lines that each cost much": [_ring(["=", *[["+", _l("s"), *(_q(n) for n in range(1, 200))]] * 2])] * 4_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_long_is_rejected_within_seconds(name: str) -> None:
    """Found by fuzzing: the first of them had no verdict after two minutes."""
    letters = {"s": NUMBER, "f": ([1, 1], [], [[1, 1]]), "A": (["n", "n"], [], [])}
    started = time.process_time()
    document = {"format": "mlnc-trace-2", "claim": "X", "signature": _signature(letters), "hypotheses": []}
    with pytest.raises(checker.Rejected, match=r"line \d+: .*too"):
        checker.check_claim({**document, "goal": ["false"], "lines": BOMBS[name]}, {}, {})
    assert time.process_time() - started < 30
