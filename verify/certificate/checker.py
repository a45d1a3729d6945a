r"""THE CHECKER: reads a certificate, believes nothing, and needs nothing but integers and one ball library.

This file is all there is to trust, besides Python and FLINT (through python-flint: integers, matrices of integers, and
the balls of Arb). It imports nothing of the project and runs alone: ``python checker.py CERTIFICATE.json [LIMIT]``.
``notes/certificate.md`` states every formula below with its proof. In order, it proves from the numbers it reads:

1. the problem has a global optimum;
2. the dual point r is feasible: in the domain of the conjugates, :math:`R(r)\preceq\lambda I`, and
   :math:`\sum_S\pi_Sr_S=0` if the bias is free - in integers;
3. the value :math:`[L,U]` (claims U6, E2): :math:`L\le D(r)\le\min F\le F(W,H,b)\le U` - in rational numbers for MSE,
   else with exponentials and logarithms in balls, at a precision that grows until both inequalities are decided;
4. every other claim: the gap :math:`\varepsilon=U-L` encloses r*, p*, z*, G* and all inner products (claims U10, U11) -
   in integers: radii and enclosures are multiples of :math:`2^{-s}`, rounded outwards.

A certificate may also carry guesses, congruences that make a matrix nearly diagonal: they are used, never believed.
Everything is in nats. A ``unit`` is the common denominator of integers; ``one`` is 2^s.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import pairwise
from operator import add, mul
from pathlib import Path
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq, fmpz, fmpz_mat

FORMATS = tuple(f"mlnc-certificate-{version}" for version in "4321")  # older: no weights; no smoothing; no congruences
KEYS = ["format", "loss", "bias", "lambda_W", "lambda_H", "labels", "sets", "weights", "W", "r", "value", "claims"]
CLAIMS = ["p", "r", "R", "z", "b", "G", "wh", "hh"]
INTEGER = re.compile("-?(?:0|[1-9][0-9]*)", re.ASCII)
# With n label sets, K labels, and numbers of so many bits; each limit is some seconds or some hundred megabytes.
LIMITS = {"bytes": 1 << 26, "commas, colons and brackets": 1 << 20, "digits of a number": 1000}
LIMITS |= {"n K bits": 1 << 29, "n K^2 bits": 1 << 36, "n^2 K bits": 1 << 31, "K^3 bits": 1 << 33, "K^4 bits": 1 << 36}
MAX_LOGIT, BLOCK = 1 << 20, 512  # in absolute value; label sets whose logits are in memory at a time

Rows = list[list[Any]]  # of integers


class RejectedError(Exception):
    """Malformed, too large, or not proved; the message says which."""


class Answer(NamedTuple):
    """What the checker says.

    Attributes:
        accepted: whether every claim was proved.
        reason: empty when accepted; else one line, which begins with "malformed", with "too large", or with the name of
            what is not proved.
        checks: what was proved, in order.
        optimum: enclosures of the global optimum; ``None`` when rejected.
    """

    accepted: bool
    reason: str
    checks: tuple[str, ...]
    optimum: Optimum | None = None


def check(certificate: bytes, factor: int = 1) -> Answer:
    """Prove every claim of a certificate, given as the bytes of its file, or say which one is not proved.

    Args:
        factor: how many times the limits to allow.
    """
    proved: list[str] = []
    try:
        at = Certificate(read(certificate, factor), factor)
        for prove in (_has_optimum, _dual_feasible, _value):
            proved.append(prove(at))
        optimum = Optimum(at)
        for name in at.claims:
            _contains(name, at.claims[name], optimum)
            proved.append(f"claims.{name}")
        if at.rank:
            low, high = optimum.rank
            _need(at.rank[0] <= low <= high <= at.rank[1], f"claims.rank: only {low} to {high} is proved")
            proved.append("claims.rank")
    except RejectedError as why:
        line = "".join(c if c.isprintable() else "?" for c in str(why)[:400])
        return Answer(False, line, tuple(proved))
    return Answer(True, "", tuple(proved), optimum)


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise RejectedError(message)


# ---------------------------------------------------------------------- reading, within bounds


def read(raw: bytes, factor: int) -> Any:
    """The JSON in the bytes of a certificate, which has no key twice; everything else is for ``Certificate`` to see."""
    limit("bytes", len(raw), factor)
    limit("commas, colons and brackets", sum(raw.count(mark) for mark in (b",", b":", b"[", b"{")), factor)
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as why:
        raise RejectedError(f"malformed: not JSON: {why}") from None


def limit(what: str, cost: Any, factor: int) -> None:
    """Refuse what costs more than its limit allows, times a factor."""
    how = f"`mlnc check --limit {-(-int(cost) // LIMITS[what])}` raises all limits"
    _need(cost <= LIMITS[what] * factor, f"too large: {what} {cost}, at most {LIMITS[what] * factor} is tried; {how}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _need(len(dict(pairs)) == len(pairs), "malformed: a key occurs twice in one object")
    return dict(pairs)


def _keys(data: Any, where: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    _need(type(data) is dict and set(required) <= set(data) <= {*required, *optional}, f"malformed: keys of {where}")
    return dict(data)


class Certificate:
    """A well-formed certificate, not believed; numbers are exact, tables are (unit, rows) or (unit, lower, upper)."""

    def __init__(self, data: Any, factor: int) -> None:
        self.factor, self.bias = factor, data.get("bias") if type(data) is dict else None
        moves, self.free = ["b"] * (self.bias != "zero"), self.bias == "free"
        given = _keys(data, "the certificate", KEYS + moves, ["congruences", "smoothing", "loss_weights"])
        _need(given["format"] in FORMATS, f"malformed: format is not {FORMATS[0]}; make it anew with `mlnc solve`")
        self.loss, self.labels, self.sets = map(given.__getitem__, ("loss", "labels", "sets"))
        _need(self.loss in ("pal", "bce", "mse"), "malformed: loss")
        self.decay = fmpq(0) if self.bias in ("zero", "free") else self._positive(self.bias, "bias")
        self.smoothing = self._positive(given["smoothing"], "smoothing") if "smoothing" in given else fmpq(0)
        _need(self.smoothing < 1 and (self.smoothing == 0 or self.loss != "mse"), "malformed: smoothing")
        _need(type(self.labels) is list and type(self.sets) is list, "malformed: labels or sets")
        self.K, self.n = K, n = len(self.labels), len(self.sets)
        _need(K > 1 and n > 0 and set(map(type, self.labels)) == {str}, "malformed: labels or sets")
        for i, members in enumerate(self.sets):
            right = type(members) is list and all(type(k) is int and 0 <= k < K for k in members)
            _need(right and members == sorted(set(members)), f"malformed: sets[{i}]")
        _need(len(set(map(tuple, self.sets))) == n, "malformed: a label set occurs twice")
        (self.weights,) = self._table([given["weights"]], "weights", 1, n)
        self.lambda_W, self.lambda_H = (self._positive(given[name], name) for name in ("lambda_W", "lambda_H"))
        self.y = [[int(k in members) for k in range(K)] for members in map(set, self.sets)]
        self._read_dual(given.get("loss_weights", ()), *self._part(given["r"], "r", n, K))
        self.b_unit, (self.b,) = self._part(given["b"], "b", 1, K) if moves else (fmpz(1), [[fmpz(0)] * K])
        self.value_unit, ((low,),), ((high,),) = self._part(given["value"], "value", 1, 1, "lower", "upper")
        self.low, self.high = fmpq(low, self.value_unit), fmpq(high, self.value_unit)
        guesses = _keys(given.get("congruences", {}), "congruences", [], ["feasible", "collapsed", "alive"])
        self.congruences = {name: self._table(guesses[name], name, None, K) for name in guesses}
        self._read_claims(_keys(given["claims"], "claims", [], [*CLAIMS, "rank"]))
        self._multiply(*self._part(given["W"], "W", K, None))

    def _read_dual(self, weights: Any, unit: Any, rows: Rows) -> None:
        """In multiples of 1/unit: r, the weighted targets, and the masses that predictions, target - r, are shares of.

        Smoothing moves targets from y to the prediction at logit 0; then presence and absence have their weights.
        """
        p, q, pal, K = self.smoothing.p, self.smoothing.q, self.loss == "pal", self.K
        share = 1 if p == 0 else K if pal else 2  # the prediction at logit 0 is a label's share of the mass
        part, names = (fmpz(1), [[fmpz(1)] * K] * self.n), ["present", "absent"][: 2 - pal]
        part = part if weights == () else self._part(weights, "loss_weights", self.n, K, *names)
        limit("n K bits", 2 * self.n * K * int((unit * q * part[0]).bit_length()), self.factor)
        targets = [[(q - p) * share * a + p * (sum(y) if pal else 1) for a in y] for y in self.y]
        _need(min(map(min, [self.weights, *part[1], *part[-1]])) > 0, "malformed: weights")
        self.unit, self.r = unit * q * share * part[0], [[a * q * share * part[0] for a in row] for row in rows]
        self.target = _by_entry(lambda a, t: unit * a * t, part[1], targets)
        lacking = _by_entry(lambda b, t: unit * b * (q * share - t), part[-1], targets)
        self.mass = [[sum(row)] * K for row in self.target] if pal else _by_entry(add, self.target, lacking)

    def _read_claims(self, given: dict[str, Any]) -> None:
        K, n, self.rank = self.K, self.n, given.get("rank", [])
        shapes = {"R": (K, K), "G": (K, K), "b": (1, K), "hh": (n, n)}
        parts = {name: (given[name], f"claims.{name}", *shapes.get(name, (n, K))) for name in CLAIMS if name in given}
        self.claims = {name: self._part(*part, "lower", "upper") for name, part in parts.items()}
        _need(type(self.rank) is list and [*map(type, self.rank)] == [int, int] * ("rank" in given), "malformed: rank")
        _need([0, *self.rank, K] == sorted([0, *self.rank, K]), "malformed: rank")

    def _part(self, data: Any, where: str, rows: int, columns: int | None, *tables: str) -> tuple[Any, ...]:
        given = _keys(data, where, ["denominator", *(tables or ["rows"])])
        unit = self._integer(given["denominator"], where)
        _need(unit > 0, f"malformed: {where} has a denominator that is not positive")
        return unit, *(self._table(given[name], where, rows, columns) for name in tables or ["rows"])

    def _table(self, data: Any, where: str, rows: int | None, columns: int | None) -> Rows:
        right = type(data) is list and rows in (None, len(data)) and all(type(row) is list for row in data)
        right = right and all(len(row) == (len(data[0]) if columns is None else columns) for row in data)
        _need(right, f"malformed: {where} is not a table of the right shape")
        return [[self._integer(entry, where) for entry in row] for row in data]

    def _positive(self, text: Any, where: str) -> Any:
        parts = [self._integer(part, where) for part in (text.split("/") if type(text) is str else [text])]
        _need(len(parts) <= 2 and min(parts) > 0, f'malformed: {where} is not a positive fraction like "1/1000"')
        return fmpq(*parts)

    def _integer(self, text: Any, where: str) -> Any:
        _need(type(text) is str and INTEGER.fullmatch(text) is not None, f'malformed: {where}: no number like "-123"')
        limit("digits of a number", len(text.strip("-")), self.factor)
        return fmpz(text)

    # ------------------------------------------------------------------ the two points

    def _multiply(self, W_unit: Any, rows: Rows) -> None:
        K, b, W = self.K, self.b, _matrix(rows, len(rows[0]))
        self.N, self.lam = sum(self.weights), self.lambda_W * self.lambda_H
        bits = _bits([*self.r, *rows, b, self.weights, [self.unit, W_unit, self.b_unit, self.n * K]])
        bits += int(self.lam.height_bits() + self.lambda_H.height_bits())
        limit("n K^2 bits", max(self.n, K, W.ncols()) * K**2 * 2 * bits, self.factor)
        weighted = [[w * a for a in row] for w, row in zip(self.weights, self.r, strict=True)]
        self.R, self.R_unit = _matrix(self.r, K).transpose() * _matrix(weighted, K), self.N * self.unit**2
        if self.loss == "pal":  # class-centered, which changes no loss
            W, W_unit = _shifted(K, fmpz_mat(K, K, [1] * K**2)) * W, W_unit * K
            self.b, self.b_unit = [K * entry - sum(b) for entry in b], self.b_unit * K
        self.W, self.G, self.G_unit, self.block = W, W * W.transpose(), W_unit**2, dict[int, list[Any]]()
        self.trace_G = fmpq(sum(self.G[k, k] for k in range(K)), self.G_unit)
        self.z_unit = self.unit * self.G_unit * self.lambda_H.p * self.b_unit

    def x(self, S: int) -> list[Any]:
        """Target - r, in multiples of 1/unit: m p for PAL-CE and q for BCE."""
        return [t - a for t, a in zip(self.target[S], self.r[S], strict=True)]

    @cached_property
    def price(self) -> Any:
        """What a decaying bias takes off the dual value: |sum of pi_S r_S|^2 / (2 lambda_b)."""
        if self.decay == 0:
            return fmpq(0)
        means = [sum(map(mul, self.weights, column)) for column in zip(*self.r, strict=True)]
        return fmpq(sum(a * a for a in means), (self.N * self.unit) ** 2) / (2 * self.decay)

    def inner(self, S: int) -> list[Any]:
        """W h_S = G r_S / lambda_H, in multiples of 1/z_unit."""
        if S not in self.block:  # mostly asked for in order
            rows = _matrix(self.r[S : S + BLOCK], self.K) * self.W * self.W.transpose()
            self.block = dict(enumerate((rows * (self.lambda_H.q * self.b_unit)).tolist(), S))
        return self.block[S]

    def logits(self, S: int) -> list[Any]:
        """z_S = W h_S + b, in multiples of 1/z_unit."""
        return [a + c * (self.z_unit // self.b_unit) for a, c in zip(self.inner(S), self.b, strict=True)]


def _by_entry(function: Callable[..., Any], *tables: Rows) -> Rows:
    return [[function(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*tables, strict=True)]


def _matrix(rows: Rows, columns: int) -> Any:
    return fmpz_mat(len(rows), columns, [entry for row in rows for entry in row])


def _shifted(scalar: Any, matrix: Any) -> Any:
    """scalar I - matrix."""
    K = matrix.nrows()
    return fmpz_mat(K, K, [scalar if j == k else 0 for j in range(K) for k in range(K)]) - matrix


def _bits(rows: Sequence[Sequence[Any]]) -> int:
    return max((int(fmpz(a).bit_length()) for row in rows for a in row), default=0)


# ---------------------------------------------------------------------- 1 and 2: the problem, and dual feasibility


def _has_optimum(at: Certificate) -> str:
    _need(at.loss != "pal" or all(0 < sum(y) < at.K for y in at.y), "sets: PAL-CE is defined on proper label sets")
    sure = not at.free or at.loss == "mse" or at.smoothing > 0  # targets are finite, or a bias costs something
    for name, column in zip(at.labels, zip(*at.y, strict=True), strict=True):
        why = f"bias: with a free bias no optimum exists, as label {name!r}"
        _need(sure or any(column), f"{why} never occurs")
        _need(sure or not all(column) or at.loss != "bce", f"{why} always occurs")
    return "a global optimum exists"


def _dual_feasible(at: Certificate) -> str:
    for S, mass in enumerate(at.mass):
        x, inside = at.x(S), f"r[{S}]: y - r leaves [0, {fmpq(max(mass), at.unit)}], the domain of the conjugate"
        _need(at.loss == "mse" or all(0 <= a <= m for a, m in zip(x, mass, strict=True)), inside)
        _need(at.loss != "pal" or sum(x) == mass[0], f"r[{S}]: does not sum to zero, nor p = (y - r)/m to one")
    for k, column in enumerate(zip(*at.r, strict=True)):
        why = f"r: the mean residual of label {k} is not zero, as a free bias requires"
        _need(not at.free or sum(map(mul, at.weights, column)) == 0, why)
    # R <= lambda I, where lambda = p/q: the integer matrix p R_unit I - q R has no negative eigenvalue.
    negative = signs(_shifted(at.lam.p * at.R_unit, at.lam.q * at.R), "feasible", at)[1]
    _need(negative == 0, "r: R(r) <= lambda I fails: the residual second moment has an eigenvalue above lambda")
    return "the dual point is feasible"


def signs(M: Any, name: str, at: Certificate) -> tuple[int, int]:
    """At least so many eigenvalues of a symmetric integer matrix M are positive, and at most so many negative.

    If T is a guess at a congruence and every diagonal entry of T M T' exceeds the rest of its row, M is positive
    definite on the span of the rows of T (Gershgorin, Courant-Fischer), whatever T is. Without, or when it fails, the
    numbers are exact: the characteristic polynomial has real roots only, and Descartes' rule of signs counts them.
    """
    if len(at.congruences.get(name, ())) in range(1, at.K + 1):  # no more directions than there are prove anything
        T = _matrix(at.congruences[name], at.K)
        limit("K^3 bits", at.K**3 * (_bits(M.tolist()) + 2 * _bits(T.tolist())), at.factor)
        rows = (T * M * T.transpose()).tolist()
        if all(2 * row[k] > sum(map(abs, row)) for k, row in enumerate(rows)):
            return len(rows), at.K - len(rows)
    limit("K^4 bits", at.K**4 * _bits(M.tolist()), at.factor)
    coefficients = M.charpoly().coeffs()
    nonzero = [k for k, c in enumerate(coefficients) if c != 0]
    positive = sum((coefficients[i] > 0) != (coefficients[j] > 0) for i, j in pairwise(nonzero))
    return positive, at.K - nonzero[0] - positive


# ---------------------------------------------------------------------- 3: the value


def _value(at: Certificate) -> str:
    """L <= D(r) and F(W,H,b) <= U. Ties occur at rational numbers only, which are exact; so some precision decides."""
    for doubled in range(4):
        with ctx.workprec(96 + int(at.value_unit.bit_length()) << doubled):
            dual, primal = dual_and_primal(at)
            low, high, D, F = (f"{float(arb(x)):.16g}" for x in (at.low, at.high, dual - at.price, primal))
            _need(not at.low + at.price > dual, f"value: the lower end {low} is above D(r) = {D}")
            _need(not at.high < primal, f"value: the upper end {high} is below F(W,H,b) = {F}")
            if at.low + at.price <= dual and primal <= at.high:
                return "min F lies in the value interval"
    raise RejectedError("value: an end is too close to D(r) or F(W,H,b) to tell them apart")


def dual_and_primal(at: Certificate) -> tuple[Any, Any]:
    """D(r), the bias not paid for, and F(W,H,b) at h_S = W^T r_S / lambda_H: rational numbers for MSE, else balls."""
    several = len({m for row in at.mass for m in row}) * _bits(at.mass) * (at.loss == "mse")  # divided by, exactly
    limit("n K bits", at.n * at.K * (512 + ctx.prec + several), at.factor)
    dual, primal = fmpq(0), fmpq(0)
    for S, w in enumerate(at.weights):
        dual += w * _conjugate(at, S)
        primal += w * _loss(at, S, at.logits(S))
    features = fmpq(sum(map(mul, at.G.entries(), at.R.entries())), at.G_unit * at.R_unit) / at.lambda_H  # tr(GR)
    bias = at.decay * fmpq(sum(a * a for a in at.b), at.b_unit**2)
    return dual / at.N, primal / at.N + (at.lambda_W * at.trace_G + features + bias) / 2


def _conjugate(at: Certificate, S: int) -> Any:
    """-L*(-r): with x = t - r and mass m the sum of -x log(x/m), for BCE of m - x too; for MSE of (t^2 - x^2) / 2 m."""
    shares, unit = list(zip(at.x(S), at.mass[S], at.target[S], strict=True)), at.unit
    if at.loss == "mse":
        return sum((fmpq(t * t - a * a, 2 * unit * m) for a, m, t in shares), fmpq(0))
    shares += [(m - a, m, m - t) for a, m, t in shares if at.loss == "bce"]
    return -sum((arb(a) / unit * (arb(a) / m).log() for a, m, _ in shares if 0 < a < m), arb(0))  # 0 log 0 = log 1 = 0


def _loss(at: Certificate, S: int, z: list[Any]) -> Any:
    """L(z/z_unit): m log sum exp z - target.z, or the sum of m log(1 + exp z) - target z, or of m (z - y)^2 / 2."""
    unit, target, mass = at.z_unit, at.target[S], at.mass[S]
    if at.loss == "mse":
        squares = (m * (a - unit * b) ** 2 for a, b, m in zip(z, at.y[S], mass, strict=True))
        return fmpq(sum(squares), 2 * unit**2 * at.unit)
    _need(max(map(abs, z)) <= MAX_LOGIT * unit, f"W: a logit exceeds {MAX_LOGIT}")
    exps, linear = [(arb(a) / unit).exp() for a in z], arb(sum(map(mul, z, target))) / unit
    logs = [sum(exps).log()] if at.loss == "pal" else [(1 + e).log() for e in exps]
    return (sum((arb(m) * a for a, m in zip(logs, mass, strict=False)), arb(0)) - linear) / at.unit


# ---------------------------------------------------------------------- 4: the optimum


class Optimum:
    """Enclosures of the unique global optimum from the gap of the certificate (claims U10, U11).

    Quantities are named as the claims of a certificate are: ``p r R z b G wh hh``; indices are label sets, in the
    canonical order, and labels. Radii and ends are integers: multiples of 1/one = 2^-s, rounded outwards.
    """

    def __init__(self, at: Certificate) -> None:
        self.at, self.gap = at, at.high - at.low
        self.one = fmpz(1) << 64 + at.unit.bit_length() + at.value_unit.bit_length()
        limit("n K bits", at.n * at.K * (512 + self.one.bit_length()), at.factor)
        # The sum of pi_S |r*_S - r_S|^2 is at most c gap (Pinsker).
        c = fmpq({"pal": 2, "bce": 1, "mse": 4}[at.loss] * max(map(max, at.mass)), 2 * at.unit)
        self.dR, self.dG = self.root(4 * at.lam * c * self.gap), None  # at least |R(r*) - R(r)|, the operator norm
        steepest = [self._radii(S, least=at.loss == "pal")[2] for S in range(at.n)]
        # At least the root of the sum of pi_S |z*_S - z_S|^2, and dG at least |G* - G| (Frobenius).
        self.spread = None if None in steepest else self.root(self.gap * fmpq(max(steepest), self.one))
        # At least |b* - b|: b* is the mean of the z*_S, or of the r*_S over lambda_b (claim E1).
        self.db = self.spread if at.free else self.root(2 * self.gap / at.decay) if at.decay else fmpz(0)
        if self.spread is not None:
            seen = self.spread + (0 if at.free else self.db)
            logits = self.root(at.lambda_H / at.lambda_W * fmpq(seen, self.one) ** 2)
            self.dG = logits + self.root(2 * self.gap * at.trace_G / at.lambda_W)
        self.near = cache(self._radii)

    def root(self, q: Any) -> Any:
        """The square root of a rational number."""
        return _root(_up(q.p * self.one**2, q.q))

    def _reach(self, a: Any, m: Any, g: Any) -> tuple[Any, Any, Any]:
        """For an entry x = a/unit of target - r, of mass m/unit, and g at least gap/pi_S: bounds on |x* - x|, on
        |l* - l|, on the curvature.

        l is the logit up to a shift that does not depend on the label: log x for PAL-CE, log x/(m-x) for BCE.
        """
        one, unit = self.one, self.at.unit
        if self.at.loss == "mse":
            return _root(_up(2 * g * one * m, unit)), _root(_up(2 * g * one * unit, m)), _up(2 * one * unit, m)
        below, above, fewest, most = a * one // unit, _up(a * one, unit), m * one // unit, _up(m * one, unit)
        dx = g + _root(g * g + 2 * g * min(above, most - below))
        low, high = below - dx, above + dx
        v, pal = min(high, most - low), self.at.loss == "pal"
        steep, least = (high, low) if pal else (v, min(low * (fewest - low), high * (fewest - high)) // fewest)
        if low <= 0 or least <= 0:
            return dx, None, None
        return dx, _up(_root(2 * g * v) * one, least), _up(2 * steep * one**2, least**2)

    def _radii(self, S: int, *, least: bool = False) -> tuple[list[Any], list[Any], Any]:
        """Radii of r*_S about r_S and of z*_S about z_S, and the largest curvature; None where there is none.

        With ``least`` of the least entry alone: where all have one mass, the curvature is largest there.
        """
        at, x, g = self.at, self.at.x(S), _up(self.gap.p * self.at.N * self.one, self.gap.q * self.at.weights[S])
        dx, dl, c = map(list, zip(*map(self._reach, [min(x)] if least else x, at.mass[S], [g] * at.K), strict=True))
        if None in dl:
            return dx, [None] * at.K, None
        total = sum(dl)  # centering, for PAL-CE: z_k = l_k - mean l
        return dx, [_up(a * (at.K - 2) + total, at.K) for a in dl] if at.loss == "pal" else dl, max(c)

    def _dwh(self, S: int) -> list[Any]:
        """Radii of W*h*_S = z*_S - b*."""
        return [None if None in (a, self.db) else a + self.db for a in self.near(S)[1]]

    @cached_property
    def prototypes(self) -> tuple[Rows, Rows]:
        """r_S . W h_T, in multiples of 1/(unit z_unit), and radii of r*_S . W*h*_T, None where there is none."""
        at, one, every = self.at, self.one, range(self.at.n)
        inner, dwh = list(map(at.inner, every)), list(map(self._dwh, every))
        known, d = [None not in row for row in dwh], [[a or fmpz(0) for a in row] for row in dwh]
        far = [
            [abs(v) * one + a * at.z_unit for v, a in zip(*rows, strict=True)] for rows in zip(inner, d, strict=True)
        ]
        e = _matrix([self.near(S)[0] for S in range(at.n)], at.K) * _matrix(far, at.K).transpose() * at.unit
        e += _matrix([[abs(a) for a in row] for row in at.r], at.K) * _matrix(d, at.K).transpose() * (one * at.z_unit)
        radii = [[entry if there else None for entry, there in zip(row, known, strict=True)] for row in e.tolist()]
        return (_matrix(at.r, at.K) * _matrix(inner, at.K).transpose()).tolist(), radii

    def _prototypes(self, S: int) -> tuple[Any, list[Any], list[Any]]:
        """<h_S,h_T> = r_S . W h_T / lambda_H for every T, with S and T exchanged where that has the smaller radius."""
        (middles, e), p, q = self.prototypes, self.at.lambda_H.p, self.at.lambda_H.q
        unit, every = self.at.unit * self.at.z_unit * p, range(self.at.n)
        ways = [[way for way in (e[S][T], e[T][S]) if way is not None] for T in every]
        return unit, [a * q for a in middles[S]], [_up(min(way) * q, unit * self.one) if way else None for way in ways]

    def row(self, name: str, i: int) -> list[Any]:
        """The enclosures of a row of a quantity, as pairs of ends; None where the gap is too wide to give one."""
        at, K = self.at, self.at.K
        parts: dict[str, Any] = {
            "p": lambda: (at.mass[i], at.x(i), list(map(_up, [d * at.unit for d in self.near(i)[0]], at.mass[i]))),
            "r": lambda: (at.unit, at.r[i], self.near(i)[0]),
            "R": lambda: (at.R_unit, [at.R[i, k] for k in range(K)], [self.dR] * K),
            "z": lambda: (at.z_unit, at.logits(i), self.near(i)[1]),
            "b": lambda: (at.b_unit, at.b, [None if at.bias == "zero" else self.db] * K),
            "G": lambda: (at.G_unit, [at.G[i, k] for k in range(K)], [self.dG] * K),
            "wh": lambda: (at.z_unit, at.inner(i), self._dwh(i)),
            "hh": lambda: self._prototypes(i),
        }
        unit, middles, radii = parts[name]()
        one, about = self.one, zip(middles, radii, unit if name == "p" else [unit] * len(middles), strict=True)
        ends: list[Any] = [d if d is None else (a * one // u - d, _up(a * one, u) + d) for a, d, u in about]
        if name == "p":
            return [None if at.loss == "mse" else (max(low, fmpz(0)), min(high, one)) for low, high in ends]
        return ends

    @cached_property
    def rank(self) -> tuple[int, int]:
        """Bounds on the rank of W*: eigenvalues of G above dG are certainly alive, of R below lambda - dR collapsed."""
        at, level = self.at, self.at.lam.p * self.one - self.dR * self.at.lam.q
        collapsed = signs(_shifted(level * at.R_unit, at.lam.q * self.one * at.R), "collapsed", at)[0]
        alive = 0 if self.dG is None else signs(_shifted(-self.dG * at.G_unit, -self.one * at.G), "alive", at)[0]
        return alive, min(at.K - collapsed, at.K - 1 if at.loss == "pal" else at.K)


def _contains(name: str, claimed: tuple[Any, Rows, Rows], optimum: Optimum) -> None:
    unit, one, at = claimed[0], optimum.one, optimum.at
    limit("n^2 K bits", at.n**2 * at.K * (512 + (one * at.z_unit).bit_length()) * (name == "hh"), at.factor)
    for i, (lower, upper) in enumerate(zip(*claimed[1:], strict=True)):
        for j, (low, high, ends) in enumerate(zip(lower, upper, optimum.row(name, i), strict=True)):
            where = f"claims.{name}[{i}][{j}]"
            _need(ends is not None, f"{where}: not determined by a gap as wide as this")
            _need(low * one <= ends[0] * unit and ends[1] * unit <= high * one, f"{where}: more is claimed than proved")


def _up(above: Any, below: Any) -> Any:
    """A quotient of integers, rounded up."""
    return -(-above // below)


def _root(square: Any) -> Any:
    """The square root of an integer, rounded up."""
    root = square.isqrt()
    return root + int(root * root < square)


if __name__ == "__main__":
    found = check(Path(sys.argv[1]).read_bytes(), *map(int, sys.argv[2:]))
    print("accepted" if found.accepted else f"REJECTED: {found.reason}")
    sys.exit(not found.accepted)
