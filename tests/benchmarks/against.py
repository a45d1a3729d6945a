"""The solver beside its peers: processor seconds of one thread to relative gaps, by the same bound, in one process.

``OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.against`` prints the table of ``notes/performance.md``; names choose
rows. ``--draw notes`` draws the figure from the table that the note has.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib.figure import Figure

from tests.benchmarks.peers import GOALS, PEERS, Watch
from tests.conftest import ROOT
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.families import make
from verify.model.feature_model import FeatureModel
from verify.model.program import Program
from verify.model.solver import TOLERANCE, _iterated
from verify.report.figures import svg

OURS = "this solver"
NEEDS = {"PyTorch L-BFGS": "torch", "CVXPY, SCS": "cvxpy", "CVXPY, Clarabel": "cvxpy"}
LAMBDAS = ("1/100", "1/1000", "1/100000")
PUBLISHED = ("emotions", "flags", "yeast", "birds", "medical", "bibtex")
GENERATED = (100, 300, 1000)
HEADER = (
    "| set | labels | label sets | lambda | method | " + " | ".join(f"{goal:.0e}" for goal in GOALS) + " | best gap |"
)
WANTED = 3  # times a short run is repeated


def rows(chosen: list[str]) -> Iterator[tuple[str, LabelDistribution, str]]:
    """Names, distributions and penalties of the table."""
    for name in PUBLISHED:
        if name in chosen:
            folder = ROOT.parent / "shared" / "data" / "mulan" / name
            parts = ("-train", "-test") if name == "birds" else ("",)
            pi = together([readers.read(folder / f"{name}{part}.arff") for part in parts])
            yield from ((name, pi, lam) for lam in LAMBDAS)
    for K in GENERATED:
        if f"topical-{K}" in chosen:
            yield f"topical-{K}", make("topical", K=K, rows=2 * K, cardinality=5, topics=10, seed=0), "1/100"


def together(parts: list[LabelDistribution]) -> LabelDistribution:
    """The rows of all parts, which have the same labels."""
    weights: Counter[int] = Counter()
    for pi in parts:
        weights.update(dict(zip(pi.masks, pi.weights, strict=True)))
    return LabelDistribution.from_masks(weights, parts[0].labels)


def ours(program: Program, watch: Watch) -> None:
    """The solver: its bounds are part of it, so that their time counts."""
    start = time.process_time()

    def report(step: int, gap: float) -> None:
        del step
        watch.best = min(watch.best, gap)
        for goal in GOALS:
            if watch.best <= goal:
                watch.reached.setdefault(goal, time.process_time() - start)

    _iterated(program, report, TOLERANCE)


def measured(method: Callable[[Program, Watch], None], program: Program, limit: float) -> Watch:
    """The least times of a few runs, or of one if it is long."""
    best = Watch(limit)
    for _ in range(WANTED):
        watch = Watch(limit)
        start = time.process_time()
        method(program, watch)
        best.best = min(best.best, watch.best)
        for goal, seconds in watch.reached.items():
            best.reached[goal] = min(seconds, best.reached.get(goal, math.inf))
        if time.process_time() - start > 3:
            break
    return best


def table(chosen: list[str], limit: float) -> None:
    """Print a row per set, penalty and method."""
    methods = {OURS: ours} | {
        name: peer for name, peer in PEERS.items() if name not in NEEDS or importlib.util.find_spec(NEEDS[name])
    }
    print(f"{HEADER}\n|---|---:|---:|---:|---|{'---:|' * (len(GOALS) + 1)}", flush=True)
    for name, pi, lam in rows(chosen):
        program = Program(FeatureModel.of(pi, "pal", lam, 1))
        threshold = program.model.at_collapse.threshold  # exact, and remembered: no method pays for it
        assert threshold > program.lam
        for method, run in methods.items():
            found = measured(run, program, limit)
            if math.isfinite(found.best):
                times = " | ".join(f"{found.reached[goal]:.3g}" if goal in found.reached else "-" for goal in GOALS)
                size = f"{pi.K} | {len(program.p)}"
                print(f"| {name} | {size} | {lam} | {method} | {times} | {found.best:.0e} |", flush=True)


def draw(note: str) -> Figure:
    """Seconds to two gaps at lambda = 1/100 against labels, a line per method, from the table of the note."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in note.splitlines() if line.startswith("| ")
    ]
    wide = [row for row in cells if len(row) == 6 + len(GOALS) and row[3] == "1/100"]
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes, goal in zip(figure.subplots(1, 2, sharey=True), (1, 3), strict=True):
        for method in dict.fromkeys(row[4] for row in wide):
            points = sorted(
                (int(row[1]), float(row[5 + goal])) for row in wide if row[4] == method and row[5 + goal] != "-"
            )
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", label=method, linewidth=2.5 if method == OURS else 1)
        axes.set(xscale="log", yscale="log", xlabel="labels", title=f"to a relative gap of {GOALS[goal]:.0e}")
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("processor seconds")
    figure.axes[0].legend(fontsize=8)
    return figure


if __name__ == "__main__":
    everything = [*PUBLISHED, *(f"topical-{K}" for K in GENERATED)]
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"some of {', '.join(everything)}; all by default")
    parser.add_argument("--limit", type=float, default=120, help="processor seconds after which a peer is stopped")
    parser.add_argument("--draw", type=Path, metavar="FOLDER", help="draw the figure of the note in FOLDER instead")
    given = parser.parse_args()
    if given.draw:
        drawn = draw((given.draw / "performance.md").read_text("utf-8"))
        (given.draw / "solver_time.svg").write_bytes(svg(drawn, "Time of the solver and its peers against labels"))
    else:
        table(given.sets or everything, given.limit)
