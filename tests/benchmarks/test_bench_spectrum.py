"""How fast the label side is, beside what it is measured against in the same run. Nothing here asserts a time.

``make bench`` prints the table. Pairs share a group; the ratio of their medians is the figure that travels between
machines. ``OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.test_bench_spectrum`` prints the table of many samples of
``notes/performance.md``, ``... 13330`` that of many labels.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from verify.checks import checks_of
from verify.geometry.floats import extreme_eigenvalues_float
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.labels import readers
from verify.labels.families import random_distribution

Benchmark = Callable[..., Any]

ROWS, LABELS = 16_000, 1_000


def label_matrix(density: float) -> sparse.csr_array:
    """A random sparse label matrix."""
    rng = np.random.default_rng(0)
    return sparse.csr_array((rng.random((ROWS, LABELS)) < density).astype(np.uint8))


@pytest.mark.parametrize("density", [0.005, 0.1])
@pytest.mark.benchmark(group="float64 kappa of a 16,000 x 1,000 label matrix")
def test_float_kappa_from_the_matrix(benchmark: Benchmark, density: float) -> None:
    """The whole way: rows grouped into label sets, second moment, spectrum."""
    Y = label_matrix(density)
    kappa, _ = benchmark(lambda: extreme_eigenvalues_float(readers.from_array(Y)))
    assert kappa > 0


@pytest.mark.parametrize("density", [0.005, 0.1])
@pytest.mark.benchmark(group="float64 kappa of a 16,000 x 1,000 label matrix")
def test_float_kappa_peer_bare_numpy(benchmark: Benchmark, density: float) -> None:
    """The peer: NumPy's dense product of a matrix that is centered and in float64 already, then ``eigvalsh``."""
    Y = label_matrix(density).toarray().astype(np.float64)
    Y -= Y.mean(axis=1, keepdims=True)
    values = benchmark(lambda: np.linalg.eigvalsh(Y.T @ Y / ROWS))
    assert values[1] > 0


@pytest.mark.benchmark(group="30-digit enclosure of kappa, bibtex (K = 159)")
def test_thirty_digits_for_bibtex(benchmark: Benchmark, real_data: Path) -> None:
    """From the distribution to a certified decimal."""
    pi = readers.read(real_data / "bibtex" / "bibtex.arff")
    digits = benchmark.pedantic(lambda: Spectrum.of(pi).kappa.decimal(30), rounds=3)  # type: ignore[attr-defined]
    assert digits.startswith("0.0013476")


TIMED_CLAIMS = ("S2", "S4", "S5", "S6", "S8", "S9", "S10", "S11")


@pytest.mark.benchmark(group="S2, S4-S6, S8-S11 on 200 random distributions, K = 2..7, one core")
def test_two_hundred_random_distributions(benchmark: Benchmark) -> None:
    """Drawing them included; 200 per second is a median of one second."""
    checks = [check for claim, check in checks_of("label_spectrum").items() if claim in TIMED_CLAIMS]

    def decide() -> int:
        rng, held = Random(0), 0
        for _ in range(200):
            case = LabelSpectrum(random_distribution(rng)[1])
            held += sum(check.decide(case, rng).state == "holds" for check in checks)
        return held

    assert benchmark(decide) == 200 * len(checks)


# ---------------------------------------------------------------------- the section of notes/performance.md


def heavy_tailed(rows: int, K: int, cardinality: float, seed: int = 0) -> sparse.csr_array:
    """Samples with labels of heavy-tailed frequencies, their numbers one and a Poisson number more."""
    rng = np.random.default_rng(seed)
    sizes, share = 1 + rng.poisson(cardinality - 1, rows), 1 / (np.arange(K) + 10.0) ** 0.8
    columns = rng.choice(K, size=sizes.sum(), p=share / share.sum())
    Y = sparse.csr_array((np.ones(len(columns), np.uint8), (np.repeat(np.arange(rows), sizes), columns)), (rows, K))
    Y.data[:] = 1
    return Y


def bare(Y: sparse.csr_array) -> tuple[float, float]:
    """Kappa and K of a matrix of floats by SciPy's product and NumPy's eigenvalues."""
    weighted = sparse.diags_array(np.full(Y.shape[0], 1 / Y.shape[0])) @ Y
    moment = (Y.T @ weighted).toarray()
    moment -= moment.mean(axis=0)
    moment -= moment.mean(axis=1)[:, None]
    values = np.linalg.eigvalsh(moment)
    return float(values[1]), float(values[-1])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds and result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def told(what: str, taken: float, peer: float | None) -> None:
    """A row of the table; the memory is the most that the process has had until then."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| {what} | {taken:.2f} | {'' if peer is None else f'{taken / peer:.2f}'} | {most:.2f} |", flush=True)


def many_samples(rows: int = 1_000_000, K: int = 1_000) -> None:
    import mlnc  # noqa: PLC0415 - what it takes to import is no part of it

    for cardinality in (5, 20):
        Y = heavy_tailed(rows, K, cardinality)
        sets = len(readers.from_array(Y).weights)
        print(f"\n{rows:,} samples, {K:,} labels, {sets:,} label sets, cardinality {Y.nnz / rows:.2f}\n")
        print("| | seconds | ratio | so far, GB |\n|---|---:|---:|---:|", flush=True)
        floats = Y.astype(np.float64)
        peer, (kappa, largest) = timed(lambda floats=floats: bare(floats))  # type: ignore[misc]
        told("SciPy's product, NumPy's `eigvalsh`", peer, peer)
        taken, found = timed(lambda Y=Y: mlnc.spectrum(Y))  # type: ignore[misc]
        more, ends = timed(lambda found=found: found.ends[None])  # type: ignore[misc]
        told("`mlnc.spectrum`, kappa and K", taken + more, peer)
        more_still, _ = timed(found.lines)
        told("all that it prints", taken + more + more_still, peer)
        assert np.allclose((ends.kappa, ends.largest), (kappa, largest), rtol=1e-9, atol=1e-12)


def many_labels(K: int) -> None:
    import mlnc  # noqa: PLC0415

    Y = heavy_tailed(90 * K, K, 5)
    print(f"\n{Y.shape[0]:,} samples, {K:,} labels\n\n| | seconds | | so far, GB |\n|---|---:|---:|---:|", flush=True)
    taken, found = timed(lambda: mlnc.spectrum(Y))
    more, ends = timed(lambda: found.ends[None])
    told(f"kappa {ends.kappa:.3g} and K {ends.largest:.3g}", taken + more, None)
    more_still, _ = timed(found.lines)
    told("all that is printed", taken + more + more_still, None)


if __name__ == "__main__":
    if sys.argv[1:]:
        many_labels(int(sys.argv[1]))
    else:
        many_samples()
