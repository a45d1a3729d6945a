"""The table beside the peers: that the solver is really run, and that new rows take the place of old ones."""

import math
from collections.abc import Mapping

import pytest

from tests.benchmarks import against
from tests.benchmarks.against import HEADER, LAMBDAS, by_problem, ours, written
from tests.benchmarks.peers import GOALS, PEERS, Watch
from tests.benchmarks.test_bench_solver import label_sets
from verify.model.feature_model import FeatureModel
from verify.model.program import Program


def test_the_solver_and_a_peer_reach_gaps_in_order() -> None:
    program = Program(FeatureModel.of(label_sets(14, 40), "pal", "1/100", 1))
    for method, last in ((ours, 1e-12), (PEERS["SciPy L-BFGS"], 1e-6)):
        watch = Watch(60)
        method(program, watch)
        assert watch.best <= last
        times = [watch.reached.get(goal, math.inf) for goal in GOALS]
        assert times == sorted(times)
        assert times[0] > 0


def test_rows_take_the_place_of_those_of_the_same_sets() -> None:
    def row(name: str, method: str, best: str, lam: str = "1/100") -> str:
        return f"| {name} | 6 | 27 | {lam} | {method} | 1 | 2 | 3 | 4 | {best} |"

    before = [
        "text",
        HEADER,
        "|---|",
        row("emotions", "this solver", "old"),
        row("emotions", "this solver", "kept", "1/1000"),
        row("yeast", "this solver", "kept"),
        "",
        "more",
    ]
    after = written("\n".join(before) + "\n", [row("emotions", "this solver", "new"), row("emotions", "a peer", "new")])
    assert after.splitlines() == [
        *before[:3], row("emotions", "this solver", "new"), row("emotions", "a peer", "new"), *before[4:]
    ]  # fmt: skip


def test_what_is_known_is_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come as they are measured; control: a penalty that is not known is."""
    pi, solved = label_sets(5, 12), list[str]()
    monkeypatch.setattr(against, "rows", lambda _: iter(("emotions", pi, lam) for lam in LAMBDAS))

    def once(methods: Mapping[str, object], program: Program, limit: float) -> dict[str, Watch]:
        assert against.OURS in methods
        solved.append(str(program.model.lam))
        return {against.OURS: Watch(limit, {1e-3: 0.5}, 1e-5)}

    monkeypatch.setattr(against, "measured", once)
    measuring = against.table(["emotions"], 1.0, [("emotions", "1/1000")])
    first = next(measuring)
    assert solved == ["1/100"]
    assert list(by_problem(first)) == [("emotions", "1/100")]
    assert [list(by_problem(lines)) for lines in measuring] == [[("emotions", "1/100000")]]
    assert solved == ["1/100", "1/100000"]
