"""The trusted kernel: what it must accept, what it must reject, and that nothing false gets past it."""

import ast
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flint
import numpy as np
import pytest

from tests.certificate.third_checker import follows
from tests.model import optima
from tests.model.optima import Point, Problem
from verify.certificate import checker, congruence
from verify.certificate.congruence import signature
from verify.certificate.format import CLAIMS, Certificate, Claims, Enclosure, RationalMatrix, dumps, load, loads, save
from verify.certificate.kernel import bracket, check, check_file, enclose
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.masks import members

THREE = LabelDistribution.from_sets([([0], 5), ([1], 3), ([2], 2), ([0, 1], 2), ([1, 2], 1)], labels="abc")
FANO = ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5))
LW, LH = Fraction(1, 50), Fraction(1, 20)
CASES = [(loss, bias) for loss in ("pal", "bce", "mse") for bias in ("zero", "free", "1/10")]
CASES += [("pal", "free~1/5"), ("bce", "1/10~1/5")]  # the bias ~ the smoothing ~ weights in the loss
CASES += [("pal", "free~0~w"), ("bce", "zero~0~w"), ("mse", "free~0~w"), ("pal", "1/10~1/5~w"), ("bce", "free~1/5~w")]
WEIGHTS = [
    [[Fraction(1 + (a * S + 5 * k) % 7, 1 + (S + a * k) % 3) for k in range(3)] for S in range(5)] for a in (3, 4)
]


def _problem(loss: str, bias: str, lam_W: Fraction = LW, lam_H: Fraction = LH) -> Problem:
    bias, smoothing, weighted = (*bias.split("~"), "0", "")[:3] if "~" in bias else (bias, "0", "")
    weights = (WEIGHTS[0], WEIGHTS[1]) if weighted == "w" else None
    return Problem(THREE, loss, bias, lam_W, lam_H, Fraction(smoothing), weights)


@cache
def _exact(loss: str, bias: str) -> Point:
    """The optimum to 110 digits, from the stationarity equations."""
    return optima.polish(_problem(loss, bias), 110)


@cache
def _valid(loss: str, bias: str) -> Certificate:
    return optima.certificate(_problem(loss, bias), _exact(loss, bias), bits=160, digits=36)


def _balanced(K: int, sizes: tuple[int, ...]) -> LabelDistribution:
    sets = [(members(mask), 1) for mask in range(1 << K) if mask.bit_count() in sizes]
    return LabelDistribution.from_sets(sets, labels=[f"l{k}" for k in range(K)])


@cache
def _special() -> dict[str, Certificate]:
    """Certificates off the beaten track: collapsed, rank-deficient, closed form, coarse."""
    collapsed = Problem(THREE, "pal", "zero", Fraction(1), Fraction(1))
    fading = Problem(THREE, "mse", "free", Fraction(1, 4), Fraction(1, 2))
    sparse = LabelDistribution.from_sets([([0, 1], 3), ([0, 2], 2), ([3], 2), ([0, 3], 1)], labels="abcd")
    deficient = Problem(sparse, "pal", "zero", Fraction(1, 2), Fraction(1, 2))
    orthogonal = Problem(_balanced(4, (1, 2)), "pal", "zero", Fraction(1, 100), Fraction(1, 10))
    return {
        "collapsed": optima.certificate(collapsed, optima.zero_point(collapsed), bits=60, digits=15),
        "fading": optima.certificate(fading, optima.mse_point(fading, 40), bits=120, digits=30),
        "deficient": optima.certificate(deficient, optima.float_point(deficient), bits=60, digits=15),
        "orthogonal": optima.certificate(
            orthogonal, optima.orthogonal_point(orthogonal, 40), 120, 30, names=("p", "r", "R", "z", "G")
        ),
    }


# ---------------------------------------------------------------------- what must be accepted


@pytest.mark.parametrize(("loss", "bias"), CASES)
def test_valid_certificates_are_accepted(loss: str, bias: str) -> None:
    certificate = _valid(loss, bias)
    verdict = check(certificate)
    assert verdict.accepted, verdict.reason
    assert verdict.value == certificate.value.interval(0, 0)
    claimed = [name for name in (*CLAIMS, "rank") if getattr(certificate.claims, name) is not None]
    assert len(claimed) == 9 - bias.startswith("zero") - (loss == "mse")
    assert verdict.checks[3:] == tuple(f"claims.{name}" for name in claimed)
    assert certificate.gap < Fraction(1, 10**35)
    assert certificate.claims.rank == ((2, 2) if loss == "pal" else (3, 3))


@pytest.mark.parametrize("name", ["collapsed", "fading", "deficient", "orthogonal"])
def test_special_certificates_are_accepted(name: str) -> None:
    certificate = _special()[name]
    verdict = check(certificate)
    assert verdict.accepted, verdict.reason


def test_rank_is_decided_both_ways() -> None:
    ranks = {name: certificate.claims.rank for name, certificate in _special().items()}
    assert ranks == {"collapsed": (0, 0), "fading": (2, 2), "deficient": (2, 2), "orthogonal": (3, 3)}


def test_a_hundred_digits() -> None:
    """Relative gap at most 1e-60 and every inner product to 25 digits at K = 6, from O1's closed form."""
    problem = Problem(_balanced(6, (1, 2)), "pal", "zero", Fraction(1, 1000), Fraction(1))
    certificate = optima.certificate(problem, optima.orthogonal_point(problem, 110), bits=400, digits=100)
    verdict = check(certificate)
    assert verdict.accepted, verdict.reason
    assert verdict.value is not None
    assert certificate.gap <= verdict.value[0] / 10**60
    for name in ("p", "r", "z", "G", "wh", "hh"):
        table = getattr(certificate.claims, name)
        scale = max(max(map(abs, row)) for row in table.lower)
        for low, high in zip(table.lower, table.upper, strict=True):
            assert all((b - a) * 10**25 <= scale for a, b in zip(low, high, strict=True)), name


def test_designs_obey_the_closed_form() -> None:
    """Claim O1 on the Fano plane with singletons, where no permutation symmetry helps."""
    names = [f"l{k}" for k in range(7)]
    pi = LabelDistribution.from_sets([(s, 2) for s in FANO] + [((k,), 3) for k in range(7)], labels=names)
    problem = Problem(pi, "pal", "zero", Fraction(1, 20), Fraction(1, 20))
    certificate = optima.certificate(problem, optima.orthogonal_point(problem, 40), 130, 40, names=("G",))
    assert check(certificate).accepted
    assert certificate.gap < Fraction(1, 10**38)


def test_exact_zero_gap() -> None:
    """MSE is rational: at W = 0, R = lambda I the gap is exactly zero, and every claim is a point."""
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
    W, r, half = RationalMatrix(1, ((), ())), RationalMatrix(1, ((1, 0), (0, 1))), Enclosure(2, ((1,),), ((1,),))
    bare = Certificate(pi, "mse", "zero", Fraction(1), Fraction(1, 2), W, None, r, half)
    zero = Enclosure(1, ((0, 0), (0, 0)), ((0, 0), (0, 0)))
    full = replace(bare, claims=Claims(r=Enclosure(1, r.rows, r.rows), z=zero, G=zero, wh=zero, hh=zero, rank=(0, 2)))
    assert check(full).accepted
    assert not check(replace(bare, lambda_H=Fraction(1, 2) - Fraction(1, 10**40))).accepted
    # at the threshold itself nothing is certainly collapsed; just above it, everything is
    assert not check(replace(bare, claims=Claims(rank=(0, 1)))).accepted
    assert check(replace(bare, lambda_H=Fraction(1, 2) + Fraction(1, 10**40), claims=Claims(rank=(0, 0)))).accepted


# ---------------------------------------------------------------------- the enclosures hold the truth


@cache
def _coarse(loss: str, bias: str, seed: int) -> Certificate:
    """A certificate of the same problem from a perturbed optimum, with a gap of second order in the perturbation.

    The residuals are moved along the constraint: perturbed, centered if the bias is free, and then mapped by the polar
    factor, r -> sqrt(lambda) R^(-1/2) r, which restores R = lambda I (on contrasts, for PAL-CE).
    """
    problem, exact, rng = _problem(loss, bias), _exact(loss, bias), np.random.default_rng(seed)
    size, pi, y = 10 ** rng.uniform(-6, -2.5), THREE.probabilities, np.array(problem.y, dtype=float)
    W, b, r = (np.array(rows, dtype=float) for rows in (exact.W, [exact.b], exact.r))
    W, b = (a * (1 + size * rng.uniform(-1, 1, a.shape)) for a in (W, b))
    x = (y - r) * (1 + size * rng.uniform(-1, 1, r.shape))
    r = y - (x * y.sum(1, keepdims=True) / x.sum(1, keepdims=True) if loss == "pal" else x)
    r -= pi @ r if problem.bias == "free" else 0.0
    values, vectors = np.linalg.eigh((r.T * pi) @ r)
    alive = values > float(problem.lam) / 2
    r = r @ (vectors[:, alive] / np.sqrt(values[alive])) @ vectors[:, alive].T * np.sqrt(float(problem.lam))
    rows = [[[Fraction(a) for a in row] for row in part.tolist()] for part in (W, b, r)]
    return optima.certificate(problem, Point(rows[0], rows[1][0], rows[2]), 90, 27, names=())


@cache
def _truth(loss: str, bias: str) -> dict[str, list[list[Fraction]]]:
    """Every claimed quantity at the optimum, to 100 digits, straight from its definition."""
    problem, exact = _problem(loss, bias), _exact(loss, bias)
    W, b, r, K, zero = exact.W, exact.b, exact.r, THREE.K, Fraction(0)
    pi = THREE.shares

    def dots(rows: list[list[Fraction]], others: list[list[Fraction]]) -> list[list[Fraction]]:
        return [[sum((a * c for a, c in zip(u, v, strict=True)), zero) for v in others] for u in rows]

    columns = [list(column) for column in zip(*W, strict=True)]
    h = [[a / LH for a in row] for row in dots(r, columns)]
    x = [[c - a for a, c in zip(*rows, strict=True)] for rows in zip(r, problem.y, strict=True)]
    wh = dots(h, W)
    return {
        "p": [[a / m for a, m in zip(*rows, strict=True)] for rows in zip(x, problem.mass, strict=True)],
        "r": r,
        "R": [[sum((p * a[j] * a[k] for p, a in zip(pi, r, strict=True)), zero) for k in range(K)] for j in range(K)],
        "z": [[a + c for a, c in zip(row, b, strict=True)] for row in wh],
        "b": [b],
        "G": dots(W, W),
        "wh": wh,
        "hh": dots(h, h),
    }


def _misses(certificate: Certificate, truth: dict[str, list[list[Fraction]]]) -> list[str]:
    """The quantities whose truth lies outside its enclosure; the truth is good to far more than 90 digits."""
    slack, optimum, found = Fraction(1, 10**90), enclose(certificate), []
    for name, table in truth.items():
        for i, row in enumerate(table):
            for j, a in enumerate(row):
                ends = optimum.interval(name, i, j)
                if ends is not None and not ends[0] - slack <= a <= ends[1] + slack:
                    found.append(name)
    return found


@pytest.mark.parametrize(("loss", "bias"), CASES)
def test_enclosures_contain_the_optimum(loss: str, bias: str) -> None:
    truth = _truth(loss, bias)
    for seed in range(20):
        certificate = _coarse(loss, bias, seed)
        verdict = check(certificate)
        assert verdict.accepted
        assert verdict.optimum is not None
        assert not _misses(certificate, truth)
        assert verdict.optimum.rank[0] <= (2 if loss == "pal" else 3) <= verdict.optimum.rank[1]


@pytest.mark.parametrize(("loss", "bias"), CASES)
def test_control_radii_a_hundred_times_too_small_miss_it(loss: str, bias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, root = _truth(loss, bias), checker._root
    monkeypatch.setattr(checker, "_root", lambda x: root(x) // 100)
    missed = {name for seed in range(20) for name in _misses(_coarse(loss, bias, seed), truth)}
    assert missed >= {"r", "z", "wh", "hh"}


# ---------------------------------------------------------------------- what must be rejected, and why


def _nudged(matrix: RationalMatrix, i: int, j: int, by: int) -> RationalMatrix:
    rows = [list(row) for row in matrix.rows]
    rows[i][j] += by
    return RationalMatrix(matrix.denominator, tuple(tuple(row) for row in rows))


def _moved(e: Enclosure, low: int, high: int) -> Enclosure:
    lower = ((e.lower[0][0] + low, *e.lower[0][1:]), *e.lower[1:])
    return Enclosure(e.denominator, lower, ((e.upper[0][0] + high, *e.upper[0][1:]), *e.upper[1:]))


def _grown(matrix: RationalMatrix) -> RationalMatrix:
    """Grow all residuals by a part in 10^12: still in the domain, still zero-sum, R too large."""
    rows = tuple(tuple(a * (10**12 + 1) for a in row) for row in matrix.rows)
    return RationalMatrix(matrix.denominator * 10**12, rows)


def _lowered(b: RationalMatrix | None, by: int) -> RationalMatrix | None:
    return b and RationalMatrix(b.denominator, tuple(tuple(a - by for a in row) for row in b.rows))


REJECTED: list[tuple[str, str, Callable[[Certificate], Certificate], str]] = [
    ("pal", "zero", lambda c: replace(c, r=_nudged(c.r, 0, 0, 1)), "r[0]: does not sum to zero"),
    ("pal", "zero", lambda c: replace(c, r=_nudged(_nudged(c.r, 1, 0, 1 << 700), 1, 1, -1 << 700)), "r[1]: y - r"),
    ("bce", "zero", lambda c: replace(c, r=_nudged(c.r, 1, 0, 1 << 700)), "r[1]: y - r leaves [0, 1]"),
    ("pal", "free", lambda c: replace(c, r=_nudged(_nudged(c.r, 0, 0, 1), 0, 1, -1)), "r: the mean residual of label"),
    ("mse", "free", lambda c: replace(c, r=_nudged(c.r, 3, 2, 1)), "r: the mean residual of label 2"),
    ("pal", "zero", lambda c: replace(c, r=_grown(c.r)), "r: R(r) <= lambda I fails"),
    ("bce", "free", lambda c: replace(c, r=_grown(c.r)), "r: R(r) <= lambda I fails"),
    ("mse", "zero", lambda c: replace(c, lambda_H=c.lambda_H * (1 - Fraction(1, 10**30))), "r: R(r) <= lambda I fails"),
    ("pal", "zero", lambda c: replace(c, value=_moved(c.value, 100, 100)), "value: the lower end"),
    ("bce", "free", lambda c: replace(c, value=_moved(c.value, -100, -100)), "value: the upper end"),
    ("mse", "free", lambda c: replace(c, W=_nudged(c.W, 0, 0, 1 << 140)), "value: the upper end"),
    ("pal", "zero", lambda c: replace(c, W=_nudged(c.W, 0, 0, 1 << 240)), "W: a logit exceeds 1048576"),
    ("bce", "free", lambda c: replace(c, b=_lowered(c.b, 1 << 240)), "W: a logit exceeds 1048576"),
    ("pal", "free", lambda c: replace(c, claims=Claims(p=_moved(c.claims.p, 1, 0))), "claims.p[0][0]: more is claimed"),  # type: ignore[arg-type]
    ("bce", "zero", lambda c: replace(c, claims=Claims(G=_moved(c.claims.G, 0, -1))), "claims.G[0][0]: more"),  # type: ignore[arg-type]
    ("mse", "zero", lambda c: replace(c, claims=Claims(p=c.claims.r)), "claims.p[0][0]: not determined"),
    ("mse", "zero", lambda c: replace(c, claims=Claims(b=Enclosure(1, ((-9,) * 3,), ((9,) * 3,)))), "claims.b[0][0]:"),
    ("pal", "zero", lambda c: replace(c, claims=Claims(rank=(2, 3))), ""),
    ("pal", "zero", lambda c: replace(c, claims=Claims(rank=(3, 3))), "claims.rank: only 2 to 2 is proved"),
    ("bce", "zero", lambda c: replace(c, claims=Claims(rank=(2, 2))), "claims.rank: only 3 to 3 is proved"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REJECTED)))
def test_each_check_rejects_its_control(number: int) -> None:
    loss, bias, change, reason = REJECTED[number]
    verdict = check(change(_valid(loss, bias)))
    assert verdict.accepted == (reason == "")
    assert verdict.reason.startswith(reason)
    assert "\n" not in verdict.reason


@pytest.mark.parametrize(
    ("loss", "sets", "reason"),
    [
        ("pal", [([], 1), ([0], 1), ([1], 1)], "sets: PAL-CE is defined"),
        ("pal", [([0, 1, 2], 1), ([0], 1)], "sets: PAL-CE is defined"),
        ("pal", [([0], 1), ([1], 1)], "bias: with a free bias no optimum exists, as label 'c' never occurs"),
        ("bce", [([0], 1), ([0, 1], 1), ([0, 2], 1)], "bias: with a free bias no optimum exists, as label 'a' always"),
    ],
)
def test_problems_without_an_optimum(loss: str, sets: list[tuple[list[int], int]], reason: str) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc")
    W, b = RationalMatrix(1, ((), (), ())), RationalMatrix(1, ((0,) * 3,))
    r, wide = RationalMatrix(1, tuple((0,) * 3 for _ in sets)), Enclosure(1, ((-100,),), ((100,),))
    bare = Certificate(pi, loss, "free", LW, LH, W, b, r, wide)
    assert check(bare).reason.startswith(reason)


def test_a_wide_gap_determines_little() -> None:
    """r = 0 and W = 0 are always feasible: the value is enclosed, but the logits are not."""
    bare = Certificate(
        THREE, "pal", "zero", LW, LH, RationalMatrix(1, ((), (), ())), None, RationalMatrix(1, ((0,) * 3,) * 5),
        Enclosure(1, ((0,),), ((9,),)),
    )  # fmt: skip
    verdict = check(bare)
    assert verdict.accepted
    assert verdict.optimum is not None
    assert verdict.optimum.interval("G", 0, 0) is None
    assert Enclosure.tabulated(partial(verdict.optimum.interval, "z"), (5, 3), 10) is None
    assert verdict.optimum.interval("p", 0, 0) == (Fraction(0), Fraction(1))
    assert verdict.optimum.rank == (0, 2)
    anything = Enclosure(1, ((-999,) * 3,) * 3, ((999,) * 3,) * 3)
    assert check(replace(bare, claims=Claims(G=anything))).reason.startswith("claims.G[0][0]: not determined")


def test_hopeless_sizes_are_refused_before_any_work() -> None:
    K = 1000
    pi = LabelDistribution.from_sets([([k], 1) for k in range(K)], labels=[f"l{k}" for k in range(K)])
    r = RationalMatrix(1 << 2500, ((0,) * K,) * K)
    big = Certificate(pi, "mse", "zero", LW, LH, RationalMatrix(1, ((),) * K), None, r, Enclosure(1, ((0,),), ((9,),)))
    reason = check(big, 1).reason
    assert reason.startswith("too large: n K bits 5")
    assert reason.endswith("`mlnc check --limit 10` raises all limits")


# ---------------------------------------------------------------------- ten thousand mutations

Mutation = Callable[[dict[str, Any], random.Random], None]


def _number_nudged(data: dict[str, Any], rng: random.Random) -> None:
    part = data[rng.choice([name for name in ("W", "r", "r", "b") if name in data])]
    row = rng.choice([row for row in part["rows"] if row] or [["0"]])
    j = rng.randrange(len(row))
    row[j] = str(int(row[j]) + rng.choice((-1, 1)) * (1 << rng.randrange(2 * int(part["denominator"]).bit_length())))


def _zero_sum_nudged(data: dict[str, Any], rng: random.Random) -> None:
    """A nudge that PAL-CE's simplex constraint survives."""
    row, size = rng.choice(data["r"]["rows"]), 1 << rng.randrange(int(data["r"]["denominator"]).bit_length())
    j, k = rng.sample(range(len(row)), 2)
    row[j], row[k] = str(int(row[j]) + size), str(int(row[k]) - size)


def _residuals_scaled(data: dict[str, Any], rng: random.Random) -> None:
    up, down = rng.choice(((999, 1000), (10**20 - 1, 10**20), (10**20 + 1, 10**20), (10**40 - 1, 10**40)))
    part = data["r"]
    part["denominator"] = str(int(part["denominator"]) * down)
    part["rows"] = [[str(int(a) * up) for a in row] for row in part["rows"]]


def _denominator_changed(data: dict[str, Any], rng: random.Random) -> None:
    part = data[rng.choice([name for name in ("W", "r", "b", "value") if name in data])]
    part["denominator"] = str(int(part["denominator"]) + rng.choice((-1, 1)) * (1 << rng.randrange(100)))


def _regularisation_changed(data: dict[str, Any], rng: random.Random) -> None:
    name = rng.choice(("lambda_W", "lambda_H"))
    value = Fraction(data[name]) * (1 + Fraction(rng.choice((-1, 1)), 10 ** rng.randrange(1, 45)))
    data[name] = f"{value.numerator}/{value.denominator}"


def _loss_or_bias_softened(data: dict[str, Any], rng: random.Random) -> None:
    """Another smoothing, or another penalty of the bias, by much or by a hair."""
    hair = Fraction(rng.choice((-1, 1)), 10 ** rng.randrange(1, 45))
    if rng.random() < 0.5 and data["bias"] != "zero":
        old = Fraction(1, 10) if data["bias"] == "free" else Fraction(data["bias"])
        value = old * (1 + hair)
        data["bias"] = f"{value.numerator}/{value.denominator}"
    else:
        value = Fraction(data.get("smoothing", abs(hair))) * (1 + hair)
        data["smoothing"] = f"{value.numerator}/{value.denominator}"


def _loss_weights_changed(data: dict[str, Any], rng: random.Random) -> None:
    """A weight in the loss another, by much or by a hair, or all of them, or none left."""
    K, n, names = len(data["labels"]), len(data["sets"]), ["present", "absent"][: 1 + (data["loss"] != "pal")]
    part = data.setdefault("loss_weights", {"denominator": "1"} | {a: [["1"] * K for _ in range(n)] for a in names})
    row, digits = rng.choice(part[rng.choice(list(part.keys() - {"denominator"}))]), rng.choice((0, 1, 30))
    if rng.random() < 0.2:
        del data["loss_weights"]
    elif rng.random() < 0.2:
        part["denominator"] = str(int(part["denominator"]) * 10**digits + 1)
    else:
        part["denominator"] = str(int(part["denominator"]) * 10**digits)
        for name in part.keys() - {"denominator"}:
            for some in part[name]:
                some[:] = [str(int(a) * 10**digits) for a in some]
        row[rng.randrange(K)] = str(int(row[0]) + rng.choice((-1, 0, 1)))


def _weight_changed(data: dict[str, Any], rng: random.Random) -> None:
    i = rng.randrange(len(data["weights"]))
    data["weights"][i] = str(int(data["weights"][i]) + rng.choice((-1, 1, 2)))


def _weights_permuted(data: dict[str, Any], rng: random.Random) -> None:
    rng.shuffle(data["weights"])


def _label_set_dropped(data: dict[str, Any], rng: random.Random) -> None:
    i = rng.randrange(len(data["sets"]))
    del data["sets"][i], data["weights"][i], data["r"]["rows"][i]
    for name in data.get("loss_weights", {}).keys() - {"denominator"}:
        del data["loss_weights"][name][i]
    for name, table in data["claims"].items():
        if name in ("p", "r", "z", "wh", "hh"):
            for end in ("lower", "upper"):
                del table[end][i]
                if name == "hh":
                    for row in table[end]:
                        del row[i]


def _label_set_changed(data: dict[str, Any], rng: random.Random) -> None:
    i, k = rng.randrange(len(data["sets"])), rng.randrange(len(data["labels"]))
    data["sets"][i] = sorted(set(data["sets"][i]) ^ {k})


def _interval_moved(data: dict[str, Any], rng: random.Random) -> None:
    table = data[rng.choice(("claims", "claims", "value"))]
    if "lower" not in table:
        table = table[rng.choice([name for name in table if name != "rank"])]
    i = rng.randrange(len(table["lower"]))
    j = rng.randrange(len(table["lower"][i]))
    width = int(table["upper"][i][j]) - int(table["lower"][i][j])
    for end in rng.choice((("lower",), ("upper",), ("lower", "upper"))):
        by = rng.choice((1, 2, width // 1000 + 1, width // 10 + 1, width, 10 * width + 1))
        table[end][i][j] = str(int(table[end][i][j]) + rng.choice((-1, 1)) * by)


def _rank_lied_about(data: dict[str, Any], rng: random.Random) -> None:
    data["claims"]["rank"] = sorted(rng.choices(range(len(data["labels"]) + 1), k=2))


def _rows_swapped(data: dict[str, Any], rng: random.Random) -> None:
    part = data[rng.choice(("r", "W"))]["rows"]
    i, j = rng.sample(range(len(part)), 2)
    part[i], part[j] = part[j], part[i]


def _loss_swapped(data: dict[str, Any], rng: random.Random) -> None:
    data["loss"] = rng.choice(("pal", "bce", "mse"))


def _bias_swapped(data: dict[str, Any], rng: random.Random) -> None:
    if data["bias"] != "zero":
        data["bias"] = "zero"
        del data["b"]
    else:
        data["bias"], data["b"] = "free", {"denominator": "1", "rows": [["0"] * len(data["labels"])]}
    if rng.random() < 0.5:
        data["claims"].pop("b", None)


def _claims_swapped(data: dict[str, Any], rng: random.Random) -> None:
    names = [name for name in data["claims"] if name != "rank"]
    one, two = rng.choice(names), rng.choice(names)
    data["claims"][one], data["claims"][two] = data["claims"][two], data["claims"][one]


def _nothing_lost(data: dict[str, Any], rng: random.Random) -> None:
    """Changes that keep everything true: another spelling, a rotated classifier, fewer claims, other units."""
    kind, columns = rng.randrange(5), len(data["W"]["rows"][0])
    if kind == 0:
        part = data[rng.choice([name for name in ("W", "r", "b") if name in data])]
        factor = rng.randrange(2, 1000)
        if part is data["r"]:
            factor = 1 << rng.randrange(1, 4)
        part["denominator"] = str(int(part["denominator"]) * factor)
        part["rows"] = [[str(int(a) * factor) for a in row] for row in part["rows"]]
    elif kind == 1 and columns:
        c = rng.randrange(columns)
        for row in data["W"]["rows"]:
            row[c] = str(-int(row[c]))
    elif kind == 2 and columns:
        order = rng.sample(range(columns), columns)
        data["W"]["rows"] = [[row[c] for c in order] for row in data["W"]["rows"]]
    elif kind == 3:
        del data["claims"][rng.choice(list(data["claims"]))]
    else:
        data["weights"] = [str(7 * int(w)) for w in data["weights"]]


MUTATIONS: tuple[Mutation, ...] = (
    _number_nudged, _zero_sum_nudged, _residuals_scaled, _denominator_changed, _regularisation_changed, _weight_changed,
    _weights_permuted, _label_set_dropped, _label_set_changed, _interval_moved, _interval_moved, _rank_lied_about,
    _rows_swapped, _loss_swapped, _bias_swapped, _loss_or_bias_softened, _loss_weights_changed, _claims_swapped,
    _nothing_lost,
)  # fmt: skip

BASES = [f"{loss} {bias}" for loss, bias in CASES] + ["collapsed", "fading", "deficient", "orthogonal"]
EACH = 10_000 // len(BASES) + 1
"""So that there are never fewer than 10,000 mutations in all."""


def _base(name: str) -> Certificate:
    return _valid(*name.split()) if " " in name else _special()[name]


def _read_and_check(text: bytes) -> tuple[bool, str]:
    try:
        verdict = check(loads(text))
    except InputError as error:
        return False, str(error)
    return verdict.accepted, verdict.reason


def _is_a_fact(data: dict[str, Any], truth: dict[str, list[list[Fraction]]], value: tuple[Fraction, Fraction]) -> bool:
    """Whether every claim holds at the optimum itself, known to 100 digits, whatever the certificate proves."""
    claims = loads(json.dumps(data).encode())
    low, high = claims.value.interval(0, 0)
    rank, full = claims.claims.rank or (0, THREE.K), THREE.K - (claims.loss == "pal")
    facts, slack = [low <= value[1], value[0] <= high, rank[0] <= full <= rank[1]], Fraction(1, 10**90)
    for name, table in truth.items():
        if getattr(claims.claims, name) is not None:
            ends = [
                [getattr(claims.claims, name).interval(i, j) for j in range(len(row))] for i, row in enumerate(table)
            ]
            pairs = [
                (a, end) for row, known in zip(ends, table, strict=True) for end, a in zip(row, known, strict=True)
            ]
            facts += [end[0] - slack <= a <= end[1] + slack for a, end in pairs]
    return all(facts)


@pytest.mark.slow
@pytest.mark.parametrize("name", BASES)
def test_a_mutated_certificate_is_accepted_exactly_when_it_still_follows(name: str) -> None:
    """Seeded mutations of each certificate, against an independent implementation of the format.

    And against the optimum itself, where it is known: what is accepted must be a fact.
    """
    rng, honest = random.Random(name), dumps(_base(name))
    original = json.loads(honest)
    assert follows(original)
    outcomes = {True: 0, False: 0}
    problem = ("loss", "bias", "smoothing", "loss_weights", "lambda_W", "lambda_H", "sets", "weights")
    truth, value = _truth(*name.split()) if " " in name else None, _base(name).value.interval(0, 0)
    for number in range(EACH):
        mutation, data = rng.choice(MUTATIONS), json.loads(honest)
        mutation(data, rng)
        text, expected = json.dumps(data).encode(), follows(data)
        accepted, reason = _read_and_check(text)
        assert accepted == expected, (number, mutation.__name__, reason)
        if mutation is _nothing_lost:
            assert expected
        if expected and truth is not None and all(data.get(key) == original.get(key) for key in problem):
            assert _is_a_fact(data, truth, value)
        outcomes[expected] += 1
    assert min(outcomes.values()) > EACH / 10, outcomes


# ---------------------------------------------------------------------- the parts


def _of_known_signature(rng: random.Random, K: int, rank: int) -> tuple[flint.fmpz_mat, tuple[int, int]]:
    """A D A' for a regular A: by Sylvester's law it has the signature of D."""
    A = flint.fmpz_mat(K, K, [rng.randrange(-9, 10) for _ in range(K * K)])
    while A.det() == 0:
        A = flint.fmpz_mat(K, K, [rng.randrange(-9, 10) for _ in range(K * K)])
    entries = [rng.choice((-1, 1)) * rng.choice((1, 10**9, 10**60)) * (i < rank) for i in range(K)]
    D = flint.fmpz_mat(K, K, [entries[i] if i == j else 0 for i in range(K) for j in range(K)])
    return A * D * A.transpose(), (sum(a > 0 for a in entries), sum(a < 0 for a in entries))


@pytest.mark.parametrize("regular", [True, False])
def test_signatures_are_exact(regular: bool) -> None:
    rng = random.Random(1)
    for _ in range(200):
        K = rng.randrange(1, 9)
        matrix, expected = _of_known_signature(rng, K, K if regular else rng.randrange(K))
        assert signature(matrix) == expected


def test_a_matrix_that_no_guess_diagonalises_is_decided() -> None:
    """L L' for a chain of 2^200: the inverse of L, which a guess needs, has entries of K times as many bits."""
    K = 20
    L = flint.fmpz_mat(K, K, [1 if i == j else (1 << 200) * (i == j + 1) for i in range(K) for j in range(K)])
    matrix = L * L.transpose()
    assert congruence._diagonalizer(matrix) is None
    assert signature(matrix) == (K, 0)
    assert signature(-1 * matrix) == (0, K)


@pytest.mark.parametrize("guess", ["good", "zero", "identity", "noise", "few", "many", "none", "negative"])
def test_signs_do_not_depend_on_the_guess(guess: str) -> None:
    """Whatever T is handed to the checker, its bounds hold; and they are exact unless T has too few rows."""
    rng = random.Random(2)
    for _ in range(200):
        K = rng.randrange(1, 6)
        matrix, (positive, negative) = _of_known_signature(rng, K, rng.randrange(K + 1))
        noise = [[rng.randrange(-5, 6) for _ in range(K)] for _ in range(2 * K)]
        identity, good = [[int(i == j) for i in range(K)] for j in range(K)], congruence.congruence(matrix) or ()
        rows = {
            "good": good, "zero": [[0] * K] * K, "identity": identity, "noise": noise[:K], "few": good[:1],
            "many": noise + identity, "none": [], "negative": congruence.congruence(-1 * matrix) or (),
        }[guess]  # fmt: skip
        at: Any = SimpleNamespace(K=K, congruences={"feasible": [list(row) for row in rows]}, factor=1)
        found = checker.signs(matrix, "feasible", at)
        assert found[0] <= positive
        assert found[1] >= negative
        assert found == (positive, negative) or guess in ("few", "none", "negative") or found[0] == len(rows)


def test_large_matrices_are_decided_without_their_characteristic_polynomial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty labels, the smallest eigenvalue 2^-40 of the largest, on either side of zero. The control is singular."""
    K, rng = 60, random.Random(3)
    A = flint.fmpz_mat(K, K, [rng.randrange(-9, 10) for _ in range(K * K)])
    gram = A * A.transpose()
    identity = flint.fmpz_mat(K, K, [int(i == j) for i in range(K) for j in range(K)])
    monkeypatch.setattr(congruence, "PATIENCE", 0)
    assert signature(gram + identity) == (K, 0)
    flat = identity * (1 << 50) - flint.fmpz_mat(K, K, [1 << 44] * (K * K))  # eigenvalues 2^50 and 2^50 - K 2^44
    assert signature(flat) == (K, 0)
    shift = (1 << 50) - (60 << 44)
    assert signature(flat - identity * (shift - (1 << 10))) == (K, 0)
    assert signature(flat - identity * (shift + (1 << 10))) == (K - 1, 1)
    with pytest.raises(InputError, match="a singular matrix of 60 labels is too large"):
        signature(flat - identity * shift)


def test_the_precision_grows_until_the_value_is_decided() -> None:
    """Ends 2^-900 inside and outside D(r): far below any starting precision that a short claim would ask for."""
    bare = replace(_valid("pal", "zero"), claims=Claims())
    low, high = bracket(bare, 1 << 1000).interval(0, 0)
    for shift, accepted in ((-1, True), (1, False)):
        ends = [[(low + Fraction(shift, 1 << 900), high + 1)]]
        verdict = check(replace(bare, value=Enclosure.outward(ends, 1 << 1000)))
        assert verdict.accepted == accepted
        assert accepted or verdict.reason.startswith("value: the lower end")


@pytest.mark.parametrize("loss", ["pal", "bce"])
def test_a_dual_value_of_exactly_zero_is_no_tie(loss: str) -> None:
    """At r = 0 on singletons every p is a vertex and D(r) = 0: the claim L = 0 must be proved, L = 2^-80 refuted."""
    pi = LabelDistribution.from_sets([([k], k + 1) for k in range(3)], labels="abc")
    W, r = RationalMatrix(1, ((), (), ())), RationalMatrix(1, ((0,) * 3,) * 3)
    for low, accepted in ((0, True), (1, False)):
        value = Enclosure(1 << 80, ((low,),), ((9 << 80,),))
        assert check(Certificate(pi, loss, "zero", LW, LH, W, None, r, value)).accepted == accepted


def test_an_unknown_quantity_is_refused() -> None:
    with pytest.raises(InputError, match="unknown quantity 'g'"):
        enclose(_valid("pal", "zero")).interval("g", 0, 0)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save(_valid("bce", "zero"), path)
    assert load(path) == _valid("bce", "zero")
    assert check_file(path).accepted
    path.write_bytes(path.read_bytes()[:-10])
    assert check_file(path).reason.startswith("malformed: not JSON: ")
    with pytest.raises(InputError, match=r"absent\.json: cannot be read \(No such file or directory\)"):
        check_file(tmp_path / "absent.json")


def test_an_interval_that_misses_the_value_by_a_hair_is_rejected() -> None:
    """A value 8e-48 above the claimed interval: the exponential of mpmath's intervals let it pass."""
    raw = (Path(__file__).parent / "data" / "false_iv.json").read_bytes()
    answer = checker.check(raw)
    assert answer.reason.startswith("value: the upper end 0.6931471805598903 is below F(W,H,b) = ")
    assert not follows(json.loads(raw))
    wider = json.loads(raw)
    wider["value"]["upper"] = [["12193974156573"]]
    assert checker.check(json.dumps(wider).encode()).accepted  # control


@pytest.mark.parametrize("weights", [(1, 1), (1, 2), (1, 3), (3, 7), (10**30 + 1, 10**31)])
def test_exact_ties_are_decided_exactly(weights: tuple[int, int]) -> None:
    """MSE on two singletons, W = 0, r = y: the value is exactly 1/2, and lambda at the larger weight a threshold."""
    pi = LabelDistribution.from_sets([([0], weights[0]), ([1], weights[1])], labels="ab")
    W, r, half = RationalMatrix(1, ((), ())), RationalMatrix(1, ((1, 0), (0, 1))), Enclosure(2, ((1,),), ((1,),))
    threshold = Fraction(max(weights), sum(weights))
    for lam, accepted in ((Fraction(1), True), (threshold, True), (threshold * Fraction(999, 1000), False)):
        at = Certificate(pi, "mse", "zero", Fraction(1), lam, W, None, r, half)
        assert check(at).accepted == accepted
        assert follows(json.loads(dumps(at))) == accepted
        for ends in (((2**70 + 1,), (2**71,)), ((0,), (2**70 - 1,))):
            assert not check(replace(at, value=Enclosure(2**71, (ends[0],), (ends[1],)))).accepted


# ---------------------------------------------------------------------- one file to audit


def _code_lines(tree: ast.Module, text: str) -> int:
    """Lines that are not blank, not a comment, and in no docstring."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            silent |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and number not in silent for number, line in lines)


def test_the_checker_is_one_short_file_that_trusts_nobody_else() -> None:
    text = Path(checker.__file__).read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= {"flint"} | sys.stdlib_module_names
    assert _code_lines(tree, text) <= 328
    assert max(map(len, text.splitlines())) <= 120
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert max((node.end_lineno or 0) - node.lineno for node in functions) < 40


def test_the_checker_runs_alone(tmp_path: Path) -> None:
    """Copied to an empty folder, without the project on the path."""
    alone, path = tmp_path / "checker.py", tmp_path / "c.json"
    alone.write_bytes(Path(checker.__file__).read_bytes())
    for certificate, code, word in (
        (dumps(_valid("pal", "free")), 0, "accepted"),
        (dumps(_valid("pal", "free")).replace(b'"zero"', b'"free"').replace(b'"pal"', b'"bce"'), 1, "REJECTED: "),
        (b"{", 1, "REJECTED: malformed: not JSON"),
    ):
        path.write_bytes(certificate)
        command = [sys.executable, "-I", str(alone), str(path), "3"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, "")
        assert done.stdout.startswith(word)
        assert done.stdout.count("\n") == 1
