"""The solver beside its peers: processor seconds of one thread to relative gaps, by the same bound, in one process.

``OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.against`` prints the table of ``notes/performance.md``; names choose
sets. ``--write notes`` puts the rows of each set and penalty, once they are measured, in the place of those that the
note has, and draws the figure from all of them; ``--keep FILE`` adds them to a file, and those that it has already are
not measured again. A method that reaches a goal before the solver does is told at the end.
"""

import argparse
import importlib.util
import math
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median

from matplotlib.figure import Figure

from tests.benchmarks.peers import GOALS, PEERS, Watch
from tests.conftest import ROOT
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.families import make
from verify.model.feature_model import FeatureModel
from verify.model.program import Program
from verify.model.response import alone
from verify.model.solver import TOLERANCE, _iterated
from verify.report.figures import svg

Method = Callable[[Program, Watch], None]
Problem = tuple[str, str]
"""A set and a penalty, by name."""

OURS = "this solver"
NEEDS = {"PyTorch L-BFGS": "torch", "CVXPY, SCS": "cvxpy", "CVXPY, Clarabel": "cvxpy"}
LAMBDAS = ("1/100", "1/1000", "1/100000")
PUBLISHED = ("emotions", "flags", "yeast", "birds", "medical", "bibtex")
GENERATED = (100, 300, 1000)
HEADER = (
    "| set | labels | label sets | lambda | method | " + " | ".join(f"{goal:.0e}" for goal in GOALS) + " | best gap |"
)
WANTED = 5  # times a short run is repeated, the methods in turn: what else the machine does hits all of them
LONG = 3  # seconds


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

    alone(_iterated(program, report, TOLERANCE))


def measured(methods: Mapping[str, Method], program: Program, limit: float) -> dict[str, Watch]:
    """Medians of the times of a few runs, of one where that is long; the first of a short one only warms up."""
    runs: dict[str, list[Watch]] = {name: [] for name in methods}
    long = set[str]()
    for _ in range(WANTED + 1):
        for name in methods.keys() - long:
            start = time.process_time()
            runs[name].append(Watch(limit))
            methods[name](program, runs[name][-1])
            if time.process_time() - start > LONG:
                long.add(name)
    return {name: middle(found if name in long else found[1:]) for name, found in runs.items()}


def middle(runs: list[Watch]) -> Watch:
    """The medians of what all runs reached."""
    reached = {
        goal: median(run.reached[goal] for run in runs) for goal in GOALS if all(goal in run.reached for run in runs)
    }
    return Watch(runs[0].limit, reached, median(run.best for run in runs))


def table(chosen: list[str], limit: float, known: Container[Problem] = ()) -> Iterator[list[str]]:
    """A row per method of each set and penalty, printed as they are measured; then who was faster than the solver.

    Args:
        known: sets and penalties that are not measured again.
    """
    methods = {OURS: ours} | {
        name: peer for name, peer in PEERS.items() if name not in NEEDS or importlib.util.find_spec(NEEDS[name])
    }
    print(f"{HEADER}\n|---|---:|---:|---:|---|{'---:|' * (len(GOALS) + 1)}", flush=True)
    faster = []
    for name, pi, lam in rows(chosen):
        if (name, lam) in known:
            print(f"{name}, {lam}: kept", flush=True)
            continue
        program = Program(FeatureModel.of(pi, "pal", lam, 1))
        threshold = program.model.at_collapse.threshold  # exact, and remembered: no method pays for it
        assert threshold > program.lam
        results, lines = measured(methods, program, limit), []
        for method, found in results.items():
            if math.isfinite(found.best):
                times = " | ".join(f"{found.reached[goal]:.3g}" if goal in found.reached else "-" for goal in GOALS)
                size = f"{pi.K} | {len(program.p)}"
                lines.append(f"| {name} | {size} | {lam} | {method} | {times} | {found.best:.0e} |")
                print(lines[-1], flush=True)
            for goal, seconds in found.reached.items():
                ratio = seconds / results[OURS].reached.get(goal, math.inf)
                if ratio < 1:
                    faster.append(f"{name}, {lam}, to {goal:.0e}: {method} takes {ratio:.2f} of the solver's time")
        yield lines
    print("\n".join(["", *(faster or ["no method was faster than the solver to any gap"])]), flush=True)


def by_problem(lines: Iterable[str]) -> dict[Problem, list[str]]:
    """Rows by set and penalty."""
    found: dict[Problem, list[str]] = {}
    for line in lines:
        name, _, _, lam, *_ = line.strip("| ").split(" | ")
        found.setdefault((name, lam), []).append(line)
    return found


def written(note: str, lines: list[str]) -> str:
    """The note with these rows in the place of those of the same sets and penalties; a method that was not run has
    none."""
    new, before = by_problem(lines), note.splitlines()
    first, *_ = (i for i, line in enumerate(before) if line.startswith("| emotions |") and line.count("|") > 8)
    last = next(i for i in range(first, len(before)) if not before[i].startswith("|"))
    old = by_problem(before[first:last])
    order = [(name, lam) for name in (*PUBLISHED, *(f"topical-{K}" for K in GENERATED)) for lam in LAMBDAS]
    merged = [line for of in sorted(old | new, key=order.index) for line in new.get(of, old.get(of, []))]
    return "\n".join([*before[:first], *merged, *before[last:]]) + "\n"


def write(folder: Path, lines: list[str]) -> None:
    """Rewrite the note and its figure in a folder with some rows."""
    text = written((folder / "performance.md").read_text("utf-8"), lines)
    (folder / "performance.md").write_text(text, "utf-8")
    drawn = svg(draw(text), "Time of the solver and its peers against labels")
    (folder / "solver_time.svg").write_bytes(drawn)


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
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="rewrite the note and its figure in FOLDER")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="rows that were measured, and where more are added")
    given = parser.parse_args()
    kept = given.keep.read_text("utf-8").splitlines() if given.keep and given.keep.exists() else []
    if given.write and kept:
        write(given.write, kept)
    for lines in table(given.sets or everything, given.limit, by_problem(kept)):
        if given.keep:
            with given.keep.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        if given.write:
            write(given.write, lines)
