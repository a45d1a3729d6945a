"""How fast the solver is, beside general convex solvers in the same run, and how its cost grows; no time is asserted.

``make bench`` times the solver and the peers. ``OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.test_bench_solver
growth published peers`` prints tables of ``notes/performance.md``: processor seconds of one thread, which depend little
on what else the machine does. ``large``, with as many threads as there are, is the largest of the published label sets;
``largest`` has 983 labels, ``ranks`` tells what its gap leaves open.
"""

import argparse
import random
import resource
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.conftest import ROOT
from verify.certificate.format import Certificate, Enclosure, dumps
from verify.certificate.kernel import check
from verify.labels import readers
from verify.labels.distribution import LabelDistribution
from verify.labels.families import make
from verify.model.certify import certify
from verify.model.feature_model import FeatureModel
from verify.model.refine import refine
from verify.model.solver import solve

PEERS = {
    "SCS": {"solver": "SCS", "eps_abs": 1e-9, "eps_rel": 1e-9, "max_iters": 100_000},
    "CLARABEL": {"solver": "CLARABEL", "tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11},
}


def label_sets(K: int, n: int, seed: int = 0) -> LabelDistribution:
    """``n`` label sets of one to three of ``K`` labels, every label among them, with heavy-tailed weights."""
    rng = random.Random(seed)
    masks = {1 << k: 0 for k in range(K)}
    while len(masks) < n:
        masks[sum(1 << k for k in rng.sample(range(K), rng.choice((1, 2, 2, 3))))] = 0
    return LabelDistribution.from_masks(
        {m: int(10 * rng.paretovariate(1.1)) for m in masks}, [f"l{k}" for k in range(K)]
    )


def singletons_and_pairs(K: int = 14, seed: int = 0) -> LabelDistribution:
    """All sets of one or two labels: 105 for 14 labels."""
    rng = random.Random(seed)
    masks = [1 << j | 1 << k for j in range(K) for k in range(j + 1)]
    return LabelDistribution.from_masks({m: rng.randint(1, 100) for m in masks}, [f"l{k}" for k in range(K)])


def peer_value(cp: Any, model: FeatureModel, options: dict[str, Any]) -> float:
    """F at the point a general convex solver returns for the nuclear norm form (PAL-CE, b = 0), evaluated here."""
    y, p = model.distribution.indicator, model.distribution.probabilities
    Z, mu, root = cp.Variable(y.shape), float(model.lam) ** 0.5, np.sqrt(p)[:, None]
    loss = cp.multiply(y.sum(axis=1), cp.log_sum_exp(Z, axis=1)) - cp.sum(cp.multiply(y, Z), axis=1)
    penalty = cp.normNuc(cp.multiply(root @ np.ones((1, y.shape[1])), Z))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cp.Problem(cp.Minimize(p @ loss + mu * penalty)).solve(**options)
    return float(p @ model.loss.value(Z.value, y) + mu * np.linalg.norm(root * Z.value, "nuc"))


@pytest.mark.benchmark(group="14 labels, 105 label sets, lambda = 1e-3")
def test_ours(benchmark: BenchmarkFixture) -> None:
    pi = singletons_and_pairs()
    assert benchmark(solve, pi, "pal", "1/1000", 1).relative_gap < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", list(PEERS))
@pytest.mark.benchmark(group="14 labels, 105 label sets, lambda = 1e-3")
def test_peer(benchmark: BenchmarkFixture, name: str) -> None:
    cp = pytest.importorskip("cvxpy", reason="the general convex solvers are not installed (extra: bench)")
    model = FeatureModel.of(singletons_and_pairs(), "pal", "1/1000", 1)
    best = solve(model.distribution, "pal", "1/1000", 1)
    value = benchmark.pedantic(peer_value, (cp, model, PEERS[name]), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["above the optimum"] = value - best.value + best.gap
    assert value > best.value - best.gap - 1e-12


@pytest.mark.parametrize("lam", ["1/100", "1/1000"])
@pytest.mark.benchmark(group="yeast")
def test_yeast(benchmark: BenchmarkFixture, real_data: Path, lam: str) -> None:
    pi = readers.read(real_data / "yeast" / "yeast.arff")
    assert benchmark(solve, pi, "pal", lam, 1).relative_gap < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("digits", [30, 100])
@pytest.mark.benchmark(group="yeast, more digits")
def test_yeast_refined(benchmark: BenchmarkFixture, real_data: Path, digits: int) -> None:
    pi = readers.read(real_data / "yeast" / "yeast.arff")
    fine = benchmark.pedantic(lambda: solve(pi, "pal", "1/100", 1, digits=digits), rounds=1)  # type: ignore[no-untyped-call]
    assert fine.relative_gap < 10.0**-digits


# ---------------------------------------------------------------------- the section of notes/performance.md


def seconds(pi: LabelDistribution, lam: str, digits: int | None = None) -> tuple[float, float, int]:
    """Least processor time of three solutions (one, if it is long), the relative gap and the number of steps."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        solution = solve(pi, "pal", lam, 1, digits=digits)
        taken.append(time.process_time() - start)
        if taken[-1] > 5:
            break
    return min(taken), solution.relative_gap, solution.iterations


def exponent(sizes: list[int], taken: list[float]) -> float:
    """Slope of log time against log size, by least squares over the larger half, where constants no longer show."""
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(taken[half:]), 1)[0])


def measured(pi: LabelDistribution, lam: str = "1/1000", digits: int | None = None) -> float:
    """Solve, print a row of a table, return the seconds."""
    taken, gap, steps = seconds(pi, lam, digits)
    print(f"| {pi.K} | {len(pi.masks)} | {lam} | {taken:.3g} | {steps} | {gap:.0e} |", flush=True)
    return taken


def header(title: str) -> None:
    print(f"\n### {title}\n\n| labels | label sets | lambda | seconds | steps | relative gap |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)


def growth() -> None:
    labels, sets = [14, 20, 28, 40, 56, 80, 113, 160, 226], [100, 300, 1000, 3000, 10000]
    header("Growth in the number of labels")
    by_labels = [measured(label_sets(K, 400)) for K in labels]
    header("Growth in the number of label sets")
    by_sets = [measured(label_sets(40, n)) for n in sets]
    print(f"\nMeasured: seconds grow as labels^{exponent(labels, by_labels):.1f} and as", end=" ")
    print(f"(label sets)^{exponent(sets, by_sets):.1f}, fitted to the larger half of each table.")


def published() -> None:
    folder = ROOT.parent / "shared" / "data" / "mulan"
    header("Published label sets: emotions, flags, yeast; the last two rows to 30 and to 100 digits")
    for name in ("emotions", "flags", "yeast"):
        for lam in ("1/100", "1/1000", "1/10000"):
            measured(readers.read(folder / name / f"{name}.arff"), lam)
    for digits in (30, 100):
        measured(readers.read(folder / "yeast" / "yeast.arff"), "1/100", digits)


def peers() -> None:
    import cvxpy as cp  # noqa: PLC0415 - an optional extra

    pi = singletons_and_pairs()
    model = FeatureModel.of(pi, "pal", "1/1000", 1)
    best, (ours, *_) = solve(pi, "pal", "1/1000", 1), seconds(pi, "1/1000")
    print(f"\n### Against general convex solvers: {pi.K} labels, {len(pi.masks)} label sets, lambda = 1e-3\n")
    print("| method | seconds | ratio | F above the proved lower bound |\n|---|---:|---:|---:|")
    print(f"| this solver | {ours:.3g} | 1 | {best.gap:.0e} |", flush=True)
    for name, options in PEERS.items():
        start = time.process_time()
        value = peer_value(cp, model, options)
        taken = time.process_time() - start
        print(f"| CVXPY, {name} | {taken:.3g} | {taken / ours:.0f} | {value - best.value + best.gap:.0e} |", flush=True)


def large() -> None:
    pi = readers.read(ROOT.parent / "shared" / "data" / "mulan" / "bibtex" / "bibtex.arff")
    print(f"\n### The largest: bibtex ({pi.K} labels, {len(pi.masks)} label sets), certified; processor seconds\n")
    print(
        "| lambda | solve | 20 digits | certify | check | certified relative gap | rank | G enclosed to | wh to | MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for lam in ("1/100", "1/1000", "1/10000"):
        solving, solution = timed(solve, pi, "pal", lam, 1)
        refining, solution = timed(refine, solution, 20)
        certifying, certificate = timed(certify, solution, ("R", "G", "wh"))
        checking, verdict = timed(check, certificate)
        assert verdict.accepted
        relative = float(certificate.gap / certificate.value.interval(0, 0)[1])
        cells = [f"{taken:.0f}" for taken in (solving, refining, certifying, checking)]
        cells += [f"{relative:.0e}", rank_of(certificate, " to ")]
        cells += [f"{width_of(found):.0e}" for found in (certificate.claims.G, certificate.claims.wh)]
        cells += [f"{len(dumps(certificate)) / 1e6:.0f}"]
        print(f"| {lam} | {' | '.join(cells)} |", flush=True)


def largest() -> None:
    """Many labels of many label sets; the memory is the most that the process has had until then."""
    print("\n### Many labels: `topical`, cardinality 19, 40 topics, lambda = 1/100; processor seconds\n")
    print("| labels | label sets | | seconds | so far, GB | |\n|---:|---:|---|---:|---:|---|")
    for K, rows in ((400, 4000), (983, 16105)):
        in_parts(make("topical", K=K, rows=rows, cardinality=19, topics=40, seed=0))


def in_parts(pi: LabelDistribution) -> None:
    """Solve, certify, write and check, a row for each."""

    def told(what: str, taken: float, found: str) -> None:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"| {pi.K} | {len(pi.masks)} | {what} | {taken:.0f} | {most:.1f} | {found} |", flush=True)

    taken, solution = timed(solve, pi, "pal", "1/100", 1)
    told("solve", taken, f"relative gap {solution.relative_gap:.1e}, rank {solution.rank}, {solution.iterations} steps")
    taken, certificate = timed(certify, solution, ("R", "G"))
    relative = float(certificate.gap / certificate.value.interval(0, 0)[1])
    told("certify", taken, f"relative gap {relative:.1e}, rank {rank_of(certificate, ' to ')}")
    taken, raw = timed(dumps, certificate)
    told("write", taken, f"{len(raw) / 1e6:.0f} MB")
    del solution, certificate
    taken, verdict = timed(check, raw)
    assert verdict.accepted
    told("check", taken, "accepted")


def width_of(found: Enclosure | None) -> float:
    """The widest interval."""
    assert found is not None
    ends = zip(found.lower, found.upper, strict=True)
    return max(b - a for low, high in ends for a, b in zip(low, high, strict=True)) / found.denominator


def rank_of(certificate: Certificate, between: str) -> str:
    assert certificate.claims.rank is not None
    return between.join(map(str, certificate.claims.rank))


def ranks() -> None:
    """What a gap proves about the rank."""
    pi = make("topical", K=200, rows=1500, cardinality=19, topics=40, seed=0)
    print(f"\n### The rank that a gap proves: `topical`, {pi.K} labels, {len(pi.masks)} label sets, lambda = 1/100\n")
    print("| certified relative gap | rank at least | at most |\n|---:|---:|---:|")
    for tolerance in (1e-6, 1e-8, 1e-10):
        certificate = certify(solve(pi, "pal", "1/100", 1, tolerance=tolerance), ())
        relative = float(certificate.gap / certificate.value.interval(0, 0)[1])
        print(f"| {relative:.0e} | {rank_of(certificate, ' | ')} |", flush=True)


def timed(work: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Processor seconds and result."""
    start = time.process_time()
    result = work(*arguments)
    return time.process_time() - start, result


if __name__ == "__main__":
    parts = {"growth": growth, "published": published, "peers": peers, "large": large}
    parts |= {"largest": largest, "ranks": ranks}
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=parts, default=["growth", "published"])
    for part in parser.parse_args().parts:
        parts[part]()
