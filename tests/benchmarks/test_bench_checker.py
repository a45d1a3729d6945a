"""How long the trusted kernel takes, by size; measured, never asserted.

The certificates have the sizes of the standard multi-label data sets. Their points are explicit and far from optimal,
which changes nothing about the work: every check is done and everything is accepted.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from verify.certificate.format import Certificate, Enclosure, RationalMatrix, dumps, loads
from verify.certificate.kernel import bracket, check
from verify.labels.distribution import LabelDistribution

SIZES = {"emotions": (6, 27), "yeast": (14, 198), "enron": (53, 753), "bibtex": (159, 2856)}
BITS = 64


@cache
def _certificate(loss: str, K: int, n: int) -> Certificate:
    """A feasible dual point, r = c (y - centre), with a tag-wise primal point; numbers of 64 bits like a solver's."""
    rng, weights = np.random.default_rng(0), dict[int, int]()
    while len(weights) < n:
        members = rng.choice(K, size=min(1 + rng.poisson(1.4), K - 1), replace=False)
        weights[sum(1 << int(k) for k in members)] = int(1 + rng.pareto(1.2))
    pi = LabelDistribution.from_masks(weights, [f"label {k}" for k in range(K)])
    noise = 1 + 0.01 * rng.random((n, K))
    centre = pi.indicator.mean(1, keepdims=True) * noise / noise.mean(1, keepdims=True) if loss == "pal" else noise / 2
    units = [[int(a * (1 << BITS)) for a in row] for row in (0.05 * (pi.indicator - centre)).tolist()]
    if loss == "pal":
        for row, mask in zip(units, pi.masks, strict=True):
            row[mask.bit_length() - 1] -= sum(row)
    r = RationalMatrix(1 << BITS, tuple(tuple(row) for row in units))
    W = RationalMatrix.nearest((np.eye(K) + 0.01 * rng.random((K, K))).tolist(), 1 << BITS)
    lam = Fraction(1, 2)  # the square, 1/4, is above the norm of R
    bare = Certificate(pi, loss, "zero", lam, lam, W, None, r, Enclosure(1, ((0,),), ((0,),)))
    return replace(bare, value=bracket(bare, 1 << BITS))


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
@pytest.mark.parametrize("name", ["emotions", "yeast"])
def test_check(benchmark: BenchmarkFixture, name: str, loss: str) -> None:
    certificate = _certificate(loss, *SIZES[name])
    assert benchmark(check, certificate).accepted


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SIZES))
def test_check_with_the_rank(benchmark: BenchmarkFixture, name: str) -> None:
    if name == "bibtex" and not benchmark.enabled:
        pytest.skip("half a minute for a time that is not taken; test_solver.py has its certificate checked")
    certificate = _certificate("pal", *SIZES[name])

    def rank() -> tuple[int, int]:
        optimum = check(certificate).optimum
        assert optimum is not None  # it is accepted
        return optimum.rank

    assert benchmark(rank)[1] == SIZES[name][0] - 1


@pytest.mark.parametrize("name", ["yeast", "enron"])
def test_read(benchmark: BenchmarkFixture, name: str) -> None:
    certificate = _certificate("pal", *SIZES[name])
    assert benchmark(loads, dumps(certificate)) == certificate
