"""A second implementation of ``notes/certificate.md``, the oracle of the mutation tests.

It shares no code with the suite, and no library with the checker but Python's integers: JSON in, fractions and mpmath
numbers inside, a truth value out. Where the checker trusts a congruence or counts the signs of a characteristic
polynomial, this eliminates in fractions; where the checker encloses logarithms in balls of Arb, this takes so many
digits that it can assert to be far from a tie. Slow: for small certificates only.
"""

import math
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
from mpmath import mp, mpf

Row = list[Fraction]
Matrix = list[Row]
Reach = list[Fraction | None]


class FalseClaimError(Exception):
    """Something in the certificate does not follow."""


def follows(data: dict[str, Any]) -> bool:
    """Whether the claims of a certificate, given as parsed JSON, follow from its numbers."""
    try:
        reading = _Reading(data)
        reading.feasible()
        reading.value()
        reading.claims()
    except FalseClaimError:
        return False
    return True


def _demand(condition: bool) -> None:
    if not condition:
        raise FalseClaimError


class _Reading:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data, self.loss, self.free = data, data["loss"], data["bias"] == "free"
        self.moves, self.decays = data["bias"] != "zero", data["bias"] not in ("zero", "free")
        self.decay, self.smoothing = Fraction(data["bias"]) if self.decays else 0, Fraction(data.get("smoothing", 0))
        _demand(self.loss in ("pal", "bce", "mse") and ("b" in data) == self.moves and self.decay >= 0)
        _demand(self.decay > 0 or not self.decays)
        _demand(0 < self.smoothing < 1 and self.loss != "mse" if "smoothing" in data else True)
        self.K, self.sets, weights = len(data["labels"]), data["sets"], [int(w) for w in data["weights"]]
        keys = [(len(s), sum(1 << k for k in s)) for s in self.sets]
        _demand(keys == sorted(set(keys)) and len(keys) == len(weights) and len(keys) > 0 and min(weights) > 0)
        _demand(all(s == sorted(set(s)) and all(0 <= k < self.K for k in s) for s in self.sets))
        self.n = len(weights)
        self.pi = [Fraction(w, sum(weights)) for w in weights]
        self.y = [[int(k in s) for k in range(self.K)] for s in self.sets]
        self.lw, self.lh = Fraction(data["lambda_W"]), Fraction(data["lambda_H"])
        _demand(self.lw > 0 and self.lh > 0)
        W, self.r = _matrix(data["W"]), _matrix(data["r"])
        b = _matrix(data["b"])[0] if self.moves else [Fraction(0)] * self.K
        _demand(len(W) == self.K and len({len(row) for row in W}) == 1 and len(W[0]) <= self.K and len(b) == self.K)
        _demand(len(self.r) == self.n and all(len(row) == self.K for row in self.r))
        even = [Fraction(len(s), self.K) if self.loss == "pal" else Fraction(1, 2) for s in self.sets]
        e = self.smoothing
        soft = [[(1 - e) * a + e * u for a in row] for row, u in zip(self.y, even, strict=True)]
        self.t, self.mass = self._weighted(soft)
        self.x = [[b - a for a, b in zip(*rows, strict=True)] for rows in zip(self.r, self.t, strict=True)]
        if self.loss == "pal":
            means = [sum(column, Fraction(0)) / self.K for column in zip(*W, strict=True)]
            W = [[a - c for a, c in zip(row, means, strict=True)] for row in W]
            b = [a - sum(b, Fraction(0)) / self.K for a in b]
        self.b, self.G = b, [[_dot(u, v) for v in W] for u in W]
        self.trace = sum((self.G[k][k] for k in range(self.K)), Fraction(0))
        self.wh = [[_dot(row, a) / self.lh for row in self.G] for a in self.r]
        self.z = [[u + v for u, v in zip(row, b, strict=True)] for row in self.wh]
        self.R = [[self._mean([a[j] * a[k] for a in self.r]) for k in range(self.K)] for j in range(self.K)]
        value = _intervals(data["value"])
        _demand([len(row) for row in value] == [1])
        self.low, self.high = value[0][0]
        mean = [self._mean([row[k] for row in self.r]) for k in range(self.K)]
        self.price = _dot(mean, mean) / (2 * self.decay) if self.decays else Fraction(0)
        self.eps = self.high - self.low

    def _weighted(self, soft: Matrix) -> tuple[Matrix, Matrix]:
        """Targets times weights of presence, and what predictions are shares of."""
        ones: Matrix = [[Fraction(1)] * self.K for _ in self.sets]
        present, absent = ones, ones
        if "loss_weights" in self.data:
            given = self.data["loss_weights"]
            names = {"present"} if self.loss == "pal" else {"present", "absent"}
            _demand(set(given) == {"denominator", *names})
            tables = [_matrix({"denominator": given["denominator"], "rows": given[name]}) for name in sorted(names)]
            _demand(all(len(t) == self.n and all(len(row) == self.K and min(row) > 0 for row in t) for t in tables))
            present, absent = tables[-1], tables[0]
        t = [[a * s for a, s in zip(*rows, strict=True)] for rows in zip(present, soft, strict=True)]
        if self.loss == "pal":
            return t, [[sum(row, Fraction(0))] * self.K for row in t]
        rest = [[b * (1 - s) for b, s in zip(*rows, strict=True)] for rows in zip(absent, soft, strict=True)]
        return t, [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(t, rest, strict=True)]

    def _mean(self, values: Row) -> Fraction:
        return _dot(self.pi, values)

    # ------------------------------------------------------------------ steps 1 and 2

    def feasible(self) -> None:
        f = [self._mean([Fraction(row[k]) for row in self.y]) for k in range(self.K)]
        if self.loss == "pal":
            _demand(all(0 < len(s) < self.K for s in self.sets) and all(sum(row) == 0 for row in self.r))
        if self.free and self.loss != "mse" and not self.smoothing:
            _demand(all(a > 0 and (self.loss == "pal" or a < 1) for a in f))
        if self.loss != "mse":
            _demand(
                all(0 <= a <= m for rows in zip(self.x, self.mass, strict=True) for a, m in zip(*rows, strict=True))
            )
        if self.free:
            _demand(all(self._mean([row[k] for row in self.r]) == 0 for k in range(self.K)))
        _demand(_inertia(_minus(self.R, self.lw * self.lh))[0] == 0)

    # ------------------------------------------------------------------ step 3

    def value(self) -> None:
        h2 = self._mean([_dot(a, v) / self.lh for a, v in zip(self.r, self.wh, strict=True)])
        exact = (self.lw * self.trace + self.lh * h2 + self.decay * _dot(self.b, self.b)) / 2
        if self.loss == "mse":
            every = range(self.n)
            squares = [
                _dot(self.mass[S], [(a - b) ** 2 for a, b in zip(self.z[S], self.y[S], strict=True)]) for S in every
            ]
            dual = [
                sum(
                    (a * y - a * a / (2 * m) for a, y, m in zip(self.r[S], self.y[S], self.mass[S], strict=True)),
                    Fraction(0),
                )
                for S in every
            ]
            _demand(exact + self._mean(squares) / 2 <= self.high)
            _demand(self.low + self.price <= self._mean(dual))
            return
        _demand(all(abs(a) <= 2**20 for row in self.z for a in row))
        with mp.workdps(60 + max(len(self.data["value"]["denominator"]), len(self.data["value"]["upper"][0][0]))):
            primal = _mpf(exact) + sum(_mpf(p) * self._loss(S) for S, p in enumerate(self.pi))
            low, dual = self.low + self.price, sum((_mpf(p) * self._entropy(S) for S, p in enumerate(self.pi)), mpf(0))
            if all(a in (0, m) for rows in zip(self.x, self.mass, strict=True) for a, m in zip(*rows, strict=True)):
                dual = mpf(0)  # the one tie there can be, of 0 with 0
                _demand(low <= 0)
            else:
                assert abs(_mpf(low) - dual) > mpf(10) ** (10 - mp.dps), "too close to call"
            assert abs(_mpf(self.high) - primal) > mpf(10) ** (10 - mp.dps), "too close to call"
            _demand(bool(_mpf(low) <= dual) and bool(primal < _mpf(self.high)))

    def _loss(self, S: int) -> mpf:
        z = [_mpf(a) for a in self.z[S]]
        inside = sum((_mpf(b) * a for a, b in zip(z, self.t[S], strict=True)), mpf(0))
        if self.loss == "pal":
            return _mpf(self.mass[S][0]) * mpmath.log(sum(mpmath.exp(a) for a in z)) - inside
        return sum(_mpf(m) * mpmath.log(1 + mpmath.exp(a)) for a, m in zip(z, self.mass[S], strict=True)) - inside

    def _entropy(self, S: int) -> mpf:
        entropy = mpf(0)
        for a, m in zip(self.x[S], self.mass[S], strict=True):
            for share in (a / m,) if self.loss == "pal" else (a / m, 1 - a / m):
                entropy -= _mpf(m * share) * mpmath.log(_mpf(share)) if share else 0
        return entropy

    # ------------------------------------------------------------------ step 4

    @cached_property
    def _grid(self) -> int:
        unit = int(self.data["r"]["denominator"])
        if self.smoothing:
            unit *= self.smoothing.denominator * (self.K if self.loss == "pal" else 2)
        if "loss_weights" in self.data:
            unit *= int(self.data["loss_weights"]["denominator"])
        return 1 << 64 + unit.bit_length() + int(self.data["value"]["denominator"]).bit_length()

    def _up(self, a: Fraction) -> Fraction:
        return Fraction(math.ceil(a * self._grid), self._grid)

    def _down(self, a: Fraction) -> Fraction:
        return Fraction(math.floor(a * self._grid), self._grid)

    def _root(self, a: Fraction) -> Fraction:
        scaled = math.ceil(a * self._grid**2)
        least = math.isqrt(scaled)
        return Fraction(least if least * least == scaled else least + 1, self._grid)

    def _near(self, a: Fraction, m: Fraction, g: Fraction) -> tuple[Fraction, Fraction | None, Fraction | None]:
        if self.loss == "mse":
            return self._root(self._up(2 * g * m)), self._root(self._up(2 * g / m)), self._up(2 / m)
        below, above, bottom, top = self._down(a), self._up(a), self._down(m), self._up(m)
        reach = g + self._root(g * g + 2 * g * min(above, top - below))
        low, high = below - reach, above + reach
        most = min(high, top - low)
        if self.loss == "pal" and low > 0:
            return reach, self._up(self._root(2 * g * most) / low), self._up(2 * high / low**2)
        if self.loss == "bce" and low > 0 and high < bottom:
            least = self._down(min(low * (bottom - low), high * (bottom - high)) / bottom)
            if least > 0:
                return reach, self._up(self._root(2 * g * most) / least), self._up(2 * most / least**2)
        return reach, None, None

    @cached_property
    def _entries(self) -> list[list[tuple[Fraction, Fraction | None, Fraction | None]]]:
        rows = zip(self.x, self.mass, self.pi, strict=True)
        return [
            [self._near(a, m, self._up(self.eps / p)) for a, m in zip(row, mass, strict=True)] for row, mass, p in rows
        ]

    @cached_property
    def _dz(self) -> list[Reach]:
        found: list[Reach] = []
        for row in self._entries:
            known = [entry[1] for entry in row if entry[1] is not None]
            if len(known) < self.K:
                found.append([None] * self.K)
            elif (
                self.loss == "pal"
            ):  # z_k = l_k - mean l moves by (1 - 1/K) |l_k| + sum over j other than k of |l_j| / K
                found.append([self._up(a - a / self.K + (sum(known, Fraction(0)) - a) / self.K) for a in known])
            else:
                found.append(list(known))
        return found

    @cached_property
    def _spread(self) -> Fraction | None:
        curvatures = [entry[2] for row in self._entries for entry in row]
        known = [c for c in curvatures if c is not None]
        return self._root(self.eps * max(known)) if len(known) == len(curvatures) else None

    @cached_property
    def _dG(self) -> Fraction | None:
        if self._spread is None:
            return None
        seen = self._spread + (self._db if self.decays and self._db else 0)
        return self._root(self.lh / self.lw * seen**2) + self._root(2 * self.eps * self.trace / self.lw)

    @cached_property
    def _db(self) -> Fraction | None:
        if self.decays:
            return self._root(2 * self.eps / self.decay)
        return self._spread if self.free else Fraction(0)

    @cached_property
    def _dR(self) -> Fraction:
        c = {"pal": Fraction(1), "bce": Fraction(1, 2), "mse": Fraction(2)}[self.loss] * max(map(max, self.mass))
        return self._root(4 * self.lw * self.lh * c * self.eps)

    def _dwh(self, S: int, j: int) -> Fraction | None:
        here, shift = self._dz[S][j], self._db
        return None if here is None or shift is None else here + shift

    def _dhh(self, S: int, T: int) -> Fraction | None:
        total = Fraction(0)
        for k in range(self.K):
            dr, dwh = self._entries[S][k][0], self._dwh(T, k)
            if dwh is None:
                return None
            total += dr * abs(self.wh[T][k]) + dr * dwh + abs(self.r[S][k]) * dwh
        return self._up(total / self.lh)

    def _about(self, name: str, i: int, j: int) -> tuple[Fraction, Fraction | None]:
        if name == "p":
            m = self.mass[i][j]
            return self.x[i][j] / m, None if self.loss == "mse" else self._up(self._entries[i][j][0] / m)
        if name == "hh":
            both = [reach for reach in (self._dhh(i, j), self._dhh(j, i)) if reach is not None]
            return _dot(self.r[i], self.wh[j]) / self.lh, min(both, default=None)
        if name == "r":
            return self.r[i][j], self._entries[i][j][0]
        if name == "b":
            return self.b[j], self._db if self.moves else None
        if name in ("R", "G"):
            return (self.R[i][j], self._dR) if name == "R" else (self.G[i][j], self._dG)
        return (self.z[i][j], self._dz[i][j]) if name == "z" else (self.wh[i][j], self._dwh(i, j))

    def claims(self) -> None:
        n, K = self.n, self.K
        for name, data in self.data["claims"].items():
            if name == "rank":
                self._ranked(data)
                continue
            table = _intervals(data)
            rows, columns = {"R": (K, K), "G": (K, K), "b": (1, K), "hh": (n, n)}.get(name, (n, K))
            _demand(len(table) == rows and all(len(row) == columns for row in table))
            for i, row in enumerate(table):
                for j, (low, high) in enumerate(row):
                    middle, reach = self._about(name, i, j)
                    if reach is None:
                        raise FalseClaimError
                    least, most = self._down(middle) - reach, self._up(middle) + reach
                    if name == "p":
                        least, most = max(least, Fraction(0)), min(most, Fraction(1))
                    _demand(low <= least and most <= high)

    def _ranked(self, claimed: list[int]) -> None:
        alive = 0 if self._dG is None else _inertia(_minus(self.G, self._dG))[0]
        collapsed = _inertia(_minus(self.R, self.lw * self.lh - self._dR))[1]
        most = min(self.K - collapsed, self.K - 1 if self.loss == "pal" else self.K)
        _demand(0 <= claimed[0] <= alive and most <= claimed[1] <= self.K)


def _matrix(data: dict[str, Any]) -> Matrix:
    denominator = int(data["denominator"])
    _demand(denominator > 0)
    return [[Fraction(int(a), denominator) for a in row] for row in data["rows"]]


def _intervals(data: dict[str, Any]) -> list[list[tuple[Fraction, Fraction]]]:
    denominator, lower, upper = int(data["denominator"]), data["lower"], data["upper"]
    _demand(denominator > 0 and [len(a) for a in lower] == [len(a) for a in upper])
    ends = [[(int(u), int(v)) for u, v in zip(*rows, strict=True)] for rows in zip(lower, upper, strict=True)]
    _demand(all(u <= v for row in ends for u, v in row))
    return [[(Fraction(u, denominator), Fraction(v, denominator)) for u, v in row] for row in ends]


def _dot(a: Row, b: Row) -> Fraction:
    return sum((s * t for s, t in zip(a, b, strict=True)), Fraction(0))


def _mpf(a: Fraction) -> mpf:
    return mpf(a.numerator) / a.denominator


def _inertia(matrix: Matrix) -> tuple[int, int]:
    """Numbers of positive and of negative eigenvalues of a symmetric matrix: elimination, by Sylvester's law."""
    rest, positive, negative = [list(row) for row in matrix], 0, 0
    while any(any(row) for row in rest):
        size = range(len(rest))
        at = next((k for k in size if rest[k][k]), None)
        if at is None:  # only zeros on the diagonal: add one row, and the same column, to another
            i, j = next((i, j) for i in size for j in size if rest[i][j])
            rest[i] = [a + c for a, c in zip(rest[i], rest[j], strict=True)]
            for row in rest:
                row[i] += row[j]
            at = i
        pivot = rest[at]
        positive, negative = positive + (pivot[at] > 0), negative + (pivot[at] < 0)
        rest = [
            [a - row[at] * pivot[j] / pivot[at] for j, a in enumerate(row) if j != at]
            for i, row in enumerate(rest)
            if i != at
        ]
    return positive, negative


def _minus(matrix: Matrix, shift: Fraction) -> Matrix:
    return [[a - shift * (j == k) for k, a in enumerate(row)] for j, row in enumerate(matrix)]
