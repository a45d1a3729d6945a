r"""THE TRUSTED KERNEL: reads a certificate, believes nothing, imports no solver.

From the numbers of a certificate alone it proves, in this order,

1. the problem has a global optimum;
2. the dual point r is feasible: in the domain of the conjugates, :math:`R(r)\preceq\lambda I`, and
   :math:`\sum_S\pi_Sr_S=0` if the bias is free - all in exact integers;
3. the value :math:`[L,U]` (claim U6): :math:`L\le D(r)\le\min F\le F(W,H,b)\le U` - exact but for logarithms and
   exponentials, which are intervals, of Arb or of mpmath;
4. every other claim: the gap :math:`\varepsilon=U-L` encloses r*, p*, z*, G* and all inner products (claims U10, U11)
   - exact but for square roots, which are rounded up to a stated grid.

Only step 3 meets inexact arithmetic, and only to decide two strict inequalities: the verdict does not depend on it.
``notes/certificate.md`` states every formula with its proof. Everything is in nats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import flint
from flint import arb, fmpq, fmpz, fmpz_mat
from mpmath.ctx_iv import MPIntervalContext
from mpmath.libmp import from_rational, to_rational

from verify.certificate.format import CLAIMS, Certificate, Enclosure, load
from verify.labels.distribution import InputError

__all__ = ["ARITHMETICS", "Optimum", "Verdict", "bracket", "check", "check_file", "enclose", "signature"]

MAX_LOGIT: Final = 1 << 20  # no exponential of more than this
MAX_MATRIX: Final = 1 << 42  # label sets * labels^2 * bits in a product: minutes
MAX_POLYNOMIAL: Final = 1 << 40  # labels^4 * bits in a characteristic polynomial: minutes
GUESSES: Final = 128, 512  # bits with which to guess at a diagonal form, one after the other
MAX_SUM: Final = 1 << 42  # label sets * labels * bits^2 in one sum of logarithms: minutes

Ends = tuple[fmpq, fmpq]


class _RejectedError(InputError):
    """The certificate does not prove what it claims; the message names the claim."""


@dataclass(frozen=True)
class Verdict:
    """What the kernel says.

    Attributes:
        accepted: whether every claim was proved.
        reason: empty when accepted, else one line naming what is not proved.
        checks: what was proved, in order.
        value: the proven interval for the global minimum of F, in nats.
        optimum: enclosures of the global optimum; ``None`` when rejected, as is the value.
    """

    accepted: bool
    reason: str
    checks: tuple[str, ...]
    value: tuple[Fraction, Fraction] | None = None
    optimum: Optimum | None = field(default=None, compare=False)


def check_file(path: str | Path, arithmetic: str = "arb") -> Verdict:
    """Check a certificate file; what is not a well-formed certificate is rejected too.

    Raises:
        InputError: an unknown arithmetic.
    """
    _arithmetic(arithmetic)
    try:
        certificate = load(path)
    except InputError as error:
        return Verdict(False, _one_line(f"malformed: {error}"), ())
    return check(certificate, arithmetic)


def check(certificate: Certificate, arithmetic: str = "arb") -> Verdict:
    """Prove every claim of a certificate, or say which one is not proved.

    Args:
        arithmetic: ``"arb"`` (Arb, through python-flint) or ``"iv"`` (mpmath).

    Raises:
        InputError: an unknown arithmetic.

    Example:
        Two labels, MSE, and regularisation just strong enough for full collapse: W = 0 is optimal and min F = 1/2.

        >>> from dataclasses import replace
        >>> from verify.certificate.format import RationalMatrix
        >>> from verify.labels.distribution import LabelDistribution
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
        >>> W, r, half = (
        ...     RationalMatrix(1, ((), ())),
        ...     RationalMatrix(1, ((1, 0), (0, 1))),
        ...     Enclosure(2, ((1,),), ((1,),)),
        ... )
        >>> collapsed = Certificate(pi, "mse", "zero", Fraction(1), Fraction(1, 2), W, None, r, half)
        >>> check(collapsed).value
        (Fraction(1, 2), Fraction(1, 2))
        >>> check(replace(collapsed, value=Enclosure(4, ((1,),), ((1,),)))).reason
        'value: the upper end 0.25 is below F(W,H,b) = 0.5'
        >>> check(replace(collapsed, lambda_H=Fraction(1, 3))).reason
        'r: R(r) <= lambda I fails: the residual second moment has an eigenvalue above lambda'
    """
    intervals, proved = _arithmetic(arithmetic), list[str]()
    try:
        point = _Point(certificate)
        _has_optimum(point)
        proved.append("a global optimum exists")
        _dual_feasible(point)
        proved.append("the dual point is feasible")
        _value(point, intervals)
        proved.append("min F lies in the value interval")
        optimum = Optimum(point)
        for name in CLAIMS:
            claimed = getattr(certificate.claims, name)
            if claimed is not None:
                _contains(name, claimed, optimum)
                proved.append(f"claims.{name}")
        if certificate.claims.rank is not None:
            if not certificate.claims.rank[0] <= optimum.rank[0] <= optimum.rank[1] <= certificate.claims.rank[1]:
                raise _RejectedError(f"claims.rank: only {optimum.rank[0]} to {optimum.rank[1]} is proved")
            proved.append("claims.rank")
    except _RejectedError as why:
        return Verdict(False, _one_line(str(why)), tuple(proved))
    return Verdict(True, "", tuple(proved), certificate.value.interval(0, 0), optimum)


def bracket(certificate: Certificate, denominator: int, arithmetic: str = "arb") -> Enclosure:
    """The value interval that the two points of a certificate prove, rounded outward to multiples of 1/denominator.

    For the writers of certificates: the claimed value is not looked at, and the claims are not either.

    Raises:
        InputError: the points prove nothing; one line that says why.
    """
    intervals, point = _arithmetic(arithmetic), _Point(certificate)
    _has_optimum(point)
    _dual_feasible(point)
    dual, primal = _dual_and_primal(point, intervals, 64 + denominator.bit_length())
    return Enclosure.outward([[(_fraction(dual[0]), _fraction(primal[1]))]], denominator)


def enclose(certificate: Certificate) -> Optimum:
    """The enclosures that follow *if* the value interval of the certificate is true: for writing its claims."""
    return Optimum(_Point(certificate))


# ---------------------------------------------------------------------- the two points, exactly


class _Point:
    """The primal and the dual point of a certificate; every number here is exact."""

    def __init__(self, certificate: Certificate) -> None:
        pi, r = certificate.distribution, certificate.r
        self.pi, self.loss, self.free, self.value = pi, certificate.loss, certificate.bias == "free", certificate.value
        self.K, self.n, self.N = pi.K, len(pi.masks), pi.total
        self._require_affordable(certificate)
        self.y = [[mask >> k & 1 for k in range(pi.K)] for mask in pi.masks]
        self.lambda_W, self.lambda_H = _exact(certificate.lambda_W), _exact(certificate.lambda_H)
        self.lam = self.lambda_W * self.lambda_H
        # Dual: r in multiples of 1/unit; x = y - r in the same, which is m p for PAL-CE and q for BCE, in [0, top].
        self.unit, self.r = r.denominator, r.rows
        self.x = [
            [r.denominator * b - a for a, b in zip(*row, strict=True)] for row in zip(r.rows, self.y, strict=True)
        ]
        self.top = [size if self.loss == "pal" else 1 for size in pi.sizes]
        r_matrix = fmpz_mat(self.n, self.K, [a for row in r.rows for a in row])
        weighted = [w * a for w, row in zip(pi.weights, r.rows, strict=True) for a in row]
        self.R, self.R_unit = r_matrix.transpose() * fmpz_mat(self.n, self.K, weighted), self.N * self.unit**2
        # Primal: W h_S = G r_S / lambda_H and z_S = W h_S + b. PAL-CE: class-centered, which changes no loss.
        W, W_unit = (
            fmpz_mat(*certificate.W.shape, [a for row in certificate.W.rows for a in row]),
            certificate.W.denominator,
        )
        if self.loss == "pal":
            W, W_unit = _minus(fmpz(self.K), fmpz_mat(self.K, self.K, [1] * self.K**2)) * W, W_unit * self.K
        self.G, self.G_unit = W * W.transpose(), W_unit**2
        self.trace_G = fmpq(sum((self.G[k, k] for k in range(self.K)), fmpz(0)), self.G_unit)
        b = [_exact(entry) for entry in certificate.b.fractions()[0]] if certificate.b else [fmpq(0)] * self.K
        mean = sum(b, fmpq(0)) / self.K if self.loss == "pal" else fmpq(0)
        self.b = [entry - mean for entry in b]
        scale = 1 / (self.unit * self.G_unit * self.lambda_H)
        self.wh = [[entry * scale for entry in row] for row in (r_matrix * self.G).tolist()]
        self.z = [[a + c for a, c in zip(row, self.b, strict=True)] for row in self.wh]

    def _require_affordable(self, certificate: Certificate) -> None:
        r, W = ([part.denominator, *(a for row in part.rows for a in row)] for part in (certificate.r, certificate.W))
        longest = max(_largest(r), _largest(W) * self.K).bit_length()
        scale = max(_exact(certificate.lambda_W * certificate.lambda_H).height_bits(), self.K.bit_length())
        bits = 2 * longest + self.N.bit_length() + int(scale)
        if max(self.n, self.K) * self.K**2 * bits > MAX_MATRIX:
            raise _RejectedError(f"too large: {self.n} label sets, {self.K} labels, {bits} bits are not attempted")


def _largest(numbers: Iterable[Any]) -> int:
    """The largest absolute value, at least 1."""
    return max(1, int(max(map(abs, numbers), default=0)))


# ---------------------------------------------------------------------- 1 and 2: the problem, and dual feasibility


def _has_optimum(point: _Point) -> None:
    if point.loss == "pal" and not all(0 < size < point.K for size in point.pi.multiplicities):
        raise _RejectedError("sets: PAL-CE is defined on label sets that are neither empty nor full")
    if point.free and point.loss != "mse":
        for name, count in zip(point.pi.labels, point.pi.class_counts, strict=True):
            if count == 0 or (point.loss == "bce" and count == point.N):
                how = "never" if count == 0 else "always"
                raise _RejectedError(f"bias: with a free bias no optimum exists, as label {name!r} {how} occurs")


def _dual_feasible(point: _Point) -> None:
    for i, (x, top) in enumerate(zip(point.x, point.top, strict=True)):
        if point.loss != "mse" and not 0 <= min(x) <= max(x) <= top * point.unit:
            raise _RejectedError(f"r[{i}]: y - r leaves [0, {top}], the domain of the conjugate")
        if point.loss == "pal" and sum(x) != top * point.unit:
            raise _RejectedError(f"r[{i}]: does not sum to zero, so p = (y - r)/m does not sum to one")
    if point.free:
        for k, column in enumerate(zip(*point.r, strict=True)):
            if sum(w * a for w, a in zip(point.pi.weights, column, strict=True)) != 0:
                raise _RejectedError(f"r: the mean residual of label {k} is not zero, as a free bias requires")
    # R <= lambda I, where lambda = p/q: the integer matrix p R_unit I - q R has no negative eigenvalue.
    if signature(_minus(point.lam.p * point.R_unit, point.lam.q * point.R))[1]:
        raise _RejectedError("r: R(r) <= lambda I fails: the residual second moment has an eigenvalue above lambda")


def _minus(scalar: fmpz, matrix: fmpz_mat) -> fmpz_mat:
    """scalar I - matrix."""
    K = matrix.nrows()
    return fmpz_mat(K, K, [scalar if j == k else 0 for j in range(K) for k in range(K)]) - matrix


def signature(matrix: fmpz_mat) -> tuple[int, int]:
    """How many eigenvalues of a symmetric integer matrix M are positive, and how many negative; exactly.

    If T M T' is strictly diagonally dominant, it has the signs of its diagonal, so it is regular, so T is, so M has the
    same signs (Gershgorin, Sylvester). Which T does not matter. No T does that to a singular M, but the characteristic
    polynomial has real roots only, and then Descartes' rule of signs counts them exactly.

    Raises:
        InputError: singular, or too close to it, and too large for the characteristic polynomial.

    Example:
        >>> signature(fmpz_mat([[2, 1, 0], [1, 0, 0], [0, 0, 0]]))
        (1, 1)
    """
    K = matrix.nrows()
    for bits in GUESSES:
        T = _diagonalizer(matrix, bits)
        rows = (T * matrix * T.transpose()).tolist()
        if all(2 * abs(row[k]) > sum(map(abs, row)) for k, row in enumerate(rows)):
            positive = sum(row[k] > 0 for k, row in enumerate(rows))
            return positive, K - positive
    if K**4 * _largest(matrix.entries()).bit_length() > MAX_POLYNOMIAL:
        raise _RejectedError(f"too large: a singular matrix of {K} labels is not attempted")
    coefficients = matrix.charpoly().coeffs()
    signs, zeros = [c > 0 for c in coefficients if c != 0], next(k for k, c in enumerate(coefficients) if c != 0)
    positive = sum(a != b for a, b in pairwise(signs))
    return positive, K - zeros - positive


def _diagonalizer(matrix: fmpz_mat, bits: int) -> fmpz_mat:
    """A guess at T with T M T' near the identity, but for signs: elimination in fixed point, M beside the identity."""
    K, one, largest = matrix.nrows(), 1 << bits, _largest(matrix.entries())
    T, rest = list[list[int]](), [[int(a * one // largest) for a in row] for row in matrix.tolist()]
    while rest:  # columns of what is left of M, then columns of T
        (d, *pivot), *rest = rest
        size = [max(map(abs, part), default=0) for part in (pivot[: len(rest)], pivot[len(rest) :])]
        if size[0] >> bits // 4 >= abs(d) or size[1] >> 4 * bits:
            return fmpz_mat(K, K)  # nothing but rounding, or a matrix that wants other pivots, or more bits
        pivot.append(one)
        unit = int(fmpz((one << 2 * bits) // abs(d)).isqrt())
        T.append([a * unit >> bits for a in pivot[len(rest) :]] + [0] * len(rest))
        factors = [(row[0] << bits) // d for row in rest]
        rest = [
            [a - (f * b >> bits) for a, b in zip([*row[1:], 0], pivot, strict=True)]
            for f, row in zip(factors, rest, strict=True)
        ]
    return fmpz_mat(T)


# ---------------------------------------------------------------------- 3: the value


def _value(point: _Point, intervals: Arithmetic) -> None:
    """L <= D(r) and F(W,H,b) <= U. The precision grows until either is decided, one way or the other."""
    ends, bits = point.value, 96 + point.value.denominator.bit_length()
    low, high = fmpq(ends.lower[0][0], ends.denominator), fmpq(ends.upper[0][0], ends.denominator)
    for _ in range(4):
        dual, primal = _dual_and_primal(point, intervals, bits)
        if low > dual[1]:
            raise _RejectedError(f"value: the lower end {_short(low)} is above D(r) = {_short(dual[1])}")
        if high < primal[0]:
            raise _RejectedError(f"value: the upper end {_short(high)} is below F(W,H,b) = {_short(primal[0])}")
        if low <= dual[0] and primal[1] <= high:
            return
        bits *= 2
    raise _RejectedError("value: an end is too close to D(r) or F(W,H,b) to tell them apart")


def _dual_and_primal(point: _Point, intervals: Arithmetic, bits: int) -> tuple[Ends, Ends]:
    if point.n * point.K * bits**2 > MAX_SUM:
        raise _RejectedError(f"too large: {point.n} x {point.K} logarithms of {bits} bits are not attempted")
    with intervals.precision(bits):
        return intervals.ends(_dual(point, intervals)), intervals.ends(_primal(point, intervals))


def _dual(point: _Point, iv: Arithmetic) -> Any:
    """D(r), the sum of pi_S (-L*(-r_S)): with x = y - r, for PAL-CE -sum x log(x/m), which is m H(p)."""
    total, exact = iv.exact(fmpq(0)), fmpq(0)
    for w, r, y, x, top in zip(point.pi.weights, point.r, point.y, point.x, point.top, strict=True):
        if point.loss == "mse":  # r.y - |r|^2 / 2
            exact += fmpq(w * sum(2 * point.unit * a * b - a * a for a, b in zip(r, y, strict=True)), 2 * point.unit)
            continue
        shares = x if point.loss == "pal" else x + [point.unit - a for a in x]  # H2(q) has q and 1 - q
        total -= sum(iv.exact(fmpq(a)) * iv.log(iv.exact(fmpq(a, top * point.unit))) for a in shares if a) * w
    return (total + iv.exact(exact)) * iv.exact(fmpq(1, point.N * point.unit))


def _primal(point: _Point, iv: Arithmetic) -> Any:
    """F(W,H,b) at h_S = W^T r_S / lambda_H, where the regulariser is (lambda_W tr G + tr(GR) / lambda_H) / 2."""
    tr_GR = sum((a * b for a, b in zip(point.G.entries(), point.R.entries(), strict=True)), fmpz(0))
    exact = (point.lambda_W * point.trace_G + tr_GR / (point.lambda_H * point.G_unit * point.R_unit)) / 2
    total = iv.exact(fmpq(0))
    for i, (w, z, y, m) in enumerate(zip(point.pi.weights, point.z, point.y, point.top, strict=True)):
        if point.loss == "mse":
            exact += fmpq(w, 2 * point.N) * sum(((a - b) ** 2 for a, b in zip(z, y, strict=True)), fmpq(0))
            continue
        if max(abs(a) for a in z) > MAX_LOGIT:
            raise _RejectedError(f"W: a logit of label set {i} exceeds {MAX_LOGIT}")
        linear = sum((a for a, b in zip(z, y, strict=True) if b), fmpq(0))
        if point.loss == "pal":  # m log sum exp z - sum of z over S
            peak = max(z)
            linear -= m * peak
            loss = iv.log(sum(iv.exp(iv.exact(a - peak)) for a in z)) * m
        else:  # sum of log(1 + exp z) - y z, where log(1 + exp z) = max(z, 0) + log(1 + exp(-|z|))
            linear -= sum((a for a in z if a > 0), fmpq(0))
            loss = sum(iv.log(1 + iv.exp(iv.exact(-abs(a)))) for a in z)
        exact -= fmpq(w, point.N) * linear
        total += loss * w
    return iv.exact(exact) + total * iv.exact(fmpq(1, point.N))


# ---------------------------------------------------------------------- 4: the optimum


class Optimum:
    """Enclosures of the unique global optimum from the gap of the certificate (claims U10, U11).

    Quantities are named as the claims of a certificate are: ``p r R z b G wh hh``; indices are label sets, in the
    canonical order of the distribution, and labels. A quantity that this gap does not determine is ``None``.
    """

    def __init__(self, point: _Point) -> None:
        self._at, ends = point, point.value
        self._gap = fmpq(ends.upper[0][0] - ends.lower[0][0], ends.denominator)
        self._grid = 64 + point.unit.bit_length() + ends.denominator.bit_length()

    # ------------------------------------------------------------------ how far the optimum can be

    def _root(self, x: fmpq) -> fmpq:
        """The smallest multiple of 2^-grid whose square is at least x >= 0."""
        scaled = -((-x.p << 2 * self._grid) // x.q)
        root = scaled.isqrt()
        return fmpq(root if root * root == scaled else root + 1, fmpz(1) << self._grid)

    def _errors(self, x: fmpq, top: int, g: fmpq) -> tuple[fmpq, fmpq | None, fmpq | None]:
        """For one entry x of y - r, g = gap/pi_S: bounds on |x* - x|, on |l* - l| and a bound c of both curvatures.

        l is the logit up to a shift that does not depend on the label: log x for PAL-CE, log x/(1-x) for BCE.
        """
        if self._at.loss == "mse":
            return self._root(2 * g), self._root(2 * g), fmpq(2)
        dx = g + self._root(g * g + 2 * g * min(x, top - x))
        low, high = x - dx, x + dx
        if low <= 0 or (self._at.loss == "bce" and high >= 1):
            return dx, None, None
        if self._at.loss == "pal":
            return dx, self._root(2 * g * min(high, top - low)) / low, 2 * high / low**2
        most, least = min(high, 1 - low), min(low * (1 - low), high * (1 - high))
        return dx, self._root(2 * g * most) / least, 2 * most / least**2

    @cached_property
    def _radii(self) -> tuple[list[list[fmpq]], list[list[fmpq] | None], fmpq | None]:
        """Radii of r* about r and of z* about z; and s with sum of pi_S |z*_S - z_S|^2 <= s^2."""
        at, dr, dz, curvatures = self._at, list[list[fmpq]](), list[list[fmpq] | None](), list[fmpq | None]()
        for w, row, top in zip(at.pi.weights, at.x, at.top, strict=True):
            g = self._gap * at.N / w
            errors = [self._errors(fmpq(entry, at.unit), top, g) for entry in row]
            dr.append([error[0] for error in errors])
            curvatures += [error[2] for error in errors]
            dl = [error[1] for error in errors if error[1] is not None]
            if at.loss == "pal":  # centering: z_k = l_k - mean l
                mean = sum(dl, fmpq(0)) / at.K
                dl = [entry * fmpq(at.K - 2, at.K) + mean for entry in dl]
            dz.append(dl if len(dl) == at.K else None)
        known = [c for c in curvatures if c is not None]
        return dr, dz, self._root(self._gap * max(known)) if len(known) == len(curvatures) else None

    @cached_property
    def _dG(self) -> fmpq | None:
        """A bound on |G* - G|, the Frobenius norm."""
        at, s = self._at, self._radii[2]
        if s is None:
            return None
        return self._root(at.lambda_H / at.lambda_W * s * s) + self._root(2 * self._gap * at.trace_G / at.lambda_W)

    @cached_property
    def _dR(self) -> fmpq:
        """A bound on |R(r*) - R(r)|, the operator norm; uses sum of pi_S |r*_S - r_S|^2 <= c gap (Pinsker)."""
        c = {"pal": fmpq(max(self._at.top)), "bce": fmpq(1, 2), "mse": fmpq(2)}[self._at.loss]
        return self._root(4 * self._at.lam * c * self._gap)

    def _dwh(self, S: int) -> list[fmpq] | None:
        """Radii of W*h*_S = z*_S - b*, where a free b* is the mean of the z*_S."""
        _, dz, s = self._radii
        row, db = dz[S], s if self._at.free else fmpq(0)
        return None if row is None or db is None else [entry + db for entry in row]

    def _dhh(self, S: int, T: int) -> fmpq | None:
        """Radius of <h_S,h_T> = r*_S . W*h*_T / lambda_H."""
        at, dr, dwh = self._at, self._radii[0][S], self._dwh(T)
        if dwh is None:
            return None
        parts = zip(at.r[S], dr, at.wh[T], dwh, strict=True)
        return sum((d * (abs(v) + e) + abs(fmpq(a, at.unit)) * e for a, d, v, e in parts), fmpq(0)) / at.lambda_H

    # ------------------------------------------------------------------ the enclosures

    def _ends(self, name: str, i: int, j: int) -> Ends | None:
        """The point's entry, plus and minus how far the optimum's entry can be from it."""
        at, (dr, dz, s) = self._at, self._radii
        middle, radius = fmpq(0), None
        if name == "r":
            middle, radius = fmpq(at.r[i][j], at.unit), dr[i][j]
        elif name == "p" and at.loss != "mse":
            middle, radius = fmpq(at.x[i][j], at.unit * at.top[i]), dr[i][j] / at.top[i]
            return max(middle - radius, fmpq(0)), min(middle + radius, fmpq(1))
        elif name == "R":
            middle, radius = fmpq(at.R[i, j], at.R_unit), self._dR
        elif name == "z":
            middle, radius = at.z[i][j], _entry(dz[i], j)
        elif name == "b" and at.free:
            middle, radius = at.b[j], s
        elif name == "G":
            middle, radius = fmpq(at.G[i, j], at.G_unit), self._dG
        elif name == "wh":
            middle, radius = at.wh[i][j], _entry(self._dwh(i), j)
        elif name == "hh":
            middle = sum((a * b for a, b in zip(at.r[i], at.wh[j], strict=True)), fmpq(0)) / (at.unit * at.lambda_H)
            radius = min((d for d in (self._dhh(i, j), self._dhh(j, i)) if d is not None), default=None)
        return None if radius is None else (middle - radius, middle + radius)

    def interval(self, name: str, i: int, j: int) -> tuple[Fraction, Fraction] | None:
        """The proven interval of one entry of a quantity."""
        if name not in CLAIMS:
            raise InputError(f"unknown quantity {name!r}: use one of {', '.join(CLAIMS)}")
        ends = self._ends(name, i, j)
        return None if ends is None else (_fraction(ends[0]), _fraction(ends[1]))

    def contrast(self, x: list[int]) -> tuple[Fraction, Fraction] | None:
        r"""The energy :math:`x^\top G^*x` of a direction; it is certainly alive if the lower end is positive."""
        dG, squares = self._dG, sum(a * a for a in x)
        if dG is None:
            return None
        energy = sum(a * b * self._at.G[j, k] for j, a in enumerate(x) for k, b in enumerate(x)) / fmpq(self._at.G_unit)
        return _fraction(energy - dG * squares), _fraction(energy + dG * squares)

    @cached_property
    def rank(self) -> tuple[int, int]:
        """Bounds on the rank of W*: eigenvalues of G* certainly positive, and K less those of lambda I - R(r*)."""
        at, dG, t = self._at, self._dG, self._at.lam - self._dR
        collapsed = signature(_minus(t.p * at.R_unit, t.q * at.R))[0]
        alive = 0 if dG is None else signature(_minus(dG.p * at.G_unit, dG.q * at.G))[1]
        return alive, min(at.K - collapsed, at.K - 1 if at.loss == "pal" else at.K)


def _contains(name: str, claimed: Enclosure, optimum: Optimum) -> None:
    for i, (lower, upper) in enumerate(zip(claimed.lower, claimed.upper, strict=True)):
        for j, (low, high) in enumerate(zip(lower, upper, strict=True)):
            proved = optimum._ends(name, i, j)
            if proved is None:
                raise _RejectedError(f"claims.{name}[{i}][{j}]: not determined by a gap as wide as this")
            if low > proved[0] * claimed.denominator or high < proved[1] * claimed.denominator:
                here = ", ".join(_short(fmpq(end, claimed.denominator)) for end in (low, high))
                there = ", ".join(_short(end) for end in proved)
                raise _RejectedError(f"claims.{name}[{i}][{j}]: [{here}] is claimed but only [{there}] is proved")


def _entry(row: list[fmpq] | None, j: int) -> fmpq | None:
    return None if row is None else row[j]


# ---------------------------------------------------------------------- interval arithmetic, twice


class Arithmetic(NamedTuple):
    """All that the kernel needs of an interval arithmetic, besides + - and *."""

    precision: Callable[[int], AbstractContextManager[object]]  # works with so many bits inside the context
    exact: Callable[[fmpq], Any]  # an interval that contains a rational number
    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]
    ends: Callable[[Any], Ends]  # the ends of an interval, exactly


def _arb_ends(x: arb) -> Ends:
    low, high = (fmpq(mantissa) * fmpq(2) ** int(e) for mantissa, e in (x.lower().man_exp(), x.upper().man_exp()))
    return low, high


_iv = MPIntervalContext()  # one of our own, so that its precision is nobody else's


@contextmanager
def _iv_precision(bits: int) -> Iterator[None]:
    _iv.prec = bits
    yield


def _iv_exact(x: fmpq) -> Any:
    return _iv.make_mpf(tuple(from_rational(int(x.p), int(x.q), _iv.prec, towards) for towards in "fc"))


def _iv_ends(x: Any) -> Ends:
    low, high = (fmpq(*to_rational(end)) for end in x._mpi_)
    return low, high


ARITHMETICS: Final[dict[str, Arithmetic]] = {
    "arb": Arithmetic(flint.ctx.workprec, arb, arb.exp, arb.log, _arb_ends),  # Arb, through python-flint
    "iv": Arithmetic(_iv_precision, _iv_exact, _iv.exp, _iv.log, _iv_ends),  # the interval context of mpmath
}


def _arithmetic(name: str) -> Arithmetic:
    if name not in ARITHMETICS:
        raise InputError(f"unknown arithmetic {name!r}: use one of {', '.join(ARITHMETICS)}")
    return ARITHMETICS[name]


# ---------------------------------------------------------------------- spelling


def _exact(x: Fraction) -> fmpq:
    return fmpq(x.numerator, x.denominator)


def _fraction(x: fmpq) -> Fraction:
    return Fraction(int(x.p), int(x.q))


def _short(x: fmpq) -> str:
    try:
        return f"{float(_fraction(x)):.16g}"
    except OverflowError:
        return "a number beyond the floating-point range"


def _one_line(text: str) -> str:
    """Label and file names may hold anything; a reason is one printable line of bounded length."""
    return "".join(c if c.isprintable() else "?" for c in text[:400])
