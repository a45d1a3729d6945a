"""How fast the label side is, beside what it is measured against in the same run. Nothing here asserts a time.

``make bench`` prints the table. Pairs share a group; the ratio of their medians is the figure that travels between
machines.
"""

from __future__ import annotations

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
