"""Independent optima for the tests of the kernel: closed forms, and a plain solver that shares nothing with ``verify``.

Everything here is slow and small. ``polish`` solves the stationarity equations U2, U3 to any number of digits by
Newton's method with a finite-difference Jacobian; it needs a classifier of full rank. ``certificate`` turns a nearly
optimal pair (W, r) into a certificate: round, restore the exact constraints, shrink r until R(r) <= lambda I.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import mpmath
import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray
from scipy.optimize import minimize

from verify.certificate.format import CLAIMS, Certificate, Claims, Enclosure, RationalMatrix, Weights
from verify.certificate.kernel import bracket, enclose
from verify.labels.distribution import LabelDistribution

Rows = list[list[Fraction]]


@dataclass(frozen=True)
class Problem:
    """What is minimised: ``bias`` is "zero", "free" or a penalty, as text; weights of presence and of absence are
    rows of label sets, or none."""

    pi: LabelDistribution
    loss: str
    bias: str
    lambda_W: Fraction
    lambda_H: Fraction
    smoothing: Fraction = Fraction(0)
    weights: tuple[Rows, Rows] | None = None

    @property
    def plain(self) -> Rows:
        """The targets without weights."""
        e, K = self.smoothing, self.pi.K
        even = [Fraction(sum(row), K) if self.loss == "pal" else Fraction(1, 2) for row in self.pi.rows]
        return [[(1 - e) * a + e * u for a in row] for row, u in zip(self.pi.rows, even, strict=True)]

    @property
    def y(self) -> Rows:
        """The targets, times the weights of presence."""
        if self.weights is None:
            return self.plain
        return [[a * t for a, t in zip(*rows, strict=True)] for rows in zip(self.weights[0], self.plain, strict=True)]

    @property
    def mass(self) -> Rows:
        """What predictions are shares of: for PAL-CE the sum of the targets, else the weight of the answer."""
        if self.loss == "pal":
            return [[sum(row, Fraction(0))] * len(row) for row in self.y]
        if self.weights is None:
            return [[Fraction(1)] * len(row) for row in self.y]
        three = zip(*self.weights, self.plain, strict=True)
        return [[a * t + b * (1 - t) for a, b, t in zip(*rows, strict=True)] for rows in three]

    @property
    def decay(self) -> Fraction:
        return Fraction(0) if self.bias in ("zero", "free") else Fraction(self.bias)

    @property
    def lam(self) -> Fraction:
        return self.lambda_W * self.lambda_H


@dataclass(frozen=True)
class Point:
    """Classifier (K, d), bias (K) and residuals (n, K), nearly optimal, as fractions."""

    W: Rows
    b: list[Fraction]
    r: Rows


# ---------------------------------------------------------------------- float64: descent on (W, H, b)


def descend(problem: Problem, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """L-BFGS on (W, H, b) from a random start; returns the Gram matrix of W and the bias."""
    pi, K, n = problem.pi, problem.pi.K, len(problem.pi.masks)
    y, w = np.array(problem.y, dtype=float), pi.probabilities[:, None]
    mass = np.array(problem.mass, dtype=float)
    lw, lh = float(problem.lambda_W), float(problem.lambda_H)
    free, decay = 0.0 if problem.bias == "zero" else 1.0, float(problem.decay)

    def objective(v: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        W, H, b = v[: K * K].reshape(K, K), v[K * K : K * K + n * K].reshape(n, K), free * v[-K:]
        H = H / np.sqrt(w)  # the variable is sqrt(pi) h: conditioning
        z = H @ W.T + b
        loss, r = _loss(problem.loss, z, y, mass)
        penalty = lw * (W**2).sum() + lh * (w * H**2).sum() + decay * (b**2).sum()
        value = float((w[:, 0] * loss).sum() + penalty / 2)
        gW = lw * W - (w * r).T @ H
        gH = np.sqrt(w) * (lh * H - r @ W)
        return value, np.concatenate([gW.ravel(), gH.ravel(), decay * b - free * (w * r).sum(0)])

    start = np.random.default_rng(seed).normal(size=K * K + n * K + K)
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 20000, "maxfun": 40000, "ftol": 0.0, "gtol": 1e-13, "maxcor": 40},
    ).x
    W = found[: K * K].reshape(K, K)
    return W @ W.T, free * found[-K:]


def _loss(
    loss: str, z: NDArray[np.float64], y: NDArray[np.float64], mass: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if loss == "pal":
        peak = z.max(1, keepdims=True)
        e = np.exp(z - peak)
        m = y.sum(1, keepdims=True)
        return (m * (peak + np.log(e.sum(1, keepdims=True))) - (y * z).sum(1, keepdims=True))[:, 0], y - m * (
            e / e.sum(1, keepdims=True)
        )
    if loss == "bce":
        return (mass * np.logaddexp(0, z) - y * z).sum(1), y - mass / (1 + np.exp(-z))
    return (mass * (z - y / mass) ** 2).sum(1) / 2, y - mass * z


# ---------------------------------------------------------------------- any precision: Newton on U2 and U3


def polish(problem: Problem, digits: int, seed: int = 0) -> Point:
    """The optimum to ``digits`` digits, for a classifier of full rank: R = lambda P (PAL-CE), lambda I (else)."""
    pi, K, n = problem.pi, problem.pi.K, len(problem.pi.masks)
    G, b = descend(problem, seed)
    basis = _contrasts(K) if problem.loss == "pal" else np.eye(K)
    d, free, decay = basis.shape[1], problem.bias != "zero", problem.decay
    pairs = [(i, j) for i in range(d) for j in range(i + 1)]
    with mp.workdps(digits + 20):
        B = [[mpf(int(a)) for a in row] for row in basis]
        inverse = (mpmath.matrix(B).T * mpmath.matrix(B)) ** -1
        left = (inverse * mpmath.matrix(B).T).tolist()  # coordinates of a vector in range B
        lam, lh = in_mpf(problem.lam), in_mpf(problem.lambda_H)
        w = [in_mpf(Fraction(a, pi.total)) for a in pi.weights]
        metric = (mpmath.matrix(B).T * mpmath.matrix(B)).tolist()

        def unpack(v: Sequence[mpf]) -> tuple[list[list[mpf]], list[mpf], list[list[mpf]]]:
            g = [[mpf(0)] * d for _ in range(d)]
            for (i, j), entry in zip(pairs, v, strict=False):
                g[i][j] = g[j][i] = entry
            beta = list(v[len(pairs) : len(pairs) + d]) if free else [mpf(0)] * d
            at = len(pairs) + (d if free else 0)
            return g, beta, [list(v[at + S * d : at + (S + 1) * d]) for S in range(n)]

        def equations(*v: mpf) -> list[mpf]:
            g, beta, zeta = unpack(v)
            r = [_residual(problem, S, [dot(row, z) for row in B]) for S, z in enumerate(zeta)]
            rho = [[dot([row[i] for row in B], rS) for i in range(d)] for rS in r]  # B^T r
            R = [sum(wS * a[i] * a[j] for wS, a in zip(w, rho, strict=True)) - lam * metric[i][j] for i, j in pairs]
            mean = [sum(wS * a[i] for wS, a in zip(w, rho, strict=True)) for i in range(d)] if free else []
            mean = [a - in_mpf(decay) * dot(row, beta) for a, row in zip(mean, metric, strict=False)]
            fixed = [
                z[i] - beta[i] - dot(g[i], a) / lh for z, a in zip(zeta, rho, strict=True) for i in range(d)
            ]  # z_S = G r_S / lambda_H + b with G = B g B^T
            return R + mean + fixed

        back = np.array([[float(a) for a in row] for row in left])
        g0 = back @ G @ back.T
        z0 = _inner(problem, G, b) @ back.T
        start = [g0[i, j] for i, j in pairs] + (list(back @ b) if free else []) + list(z0.ravel())
        found = mpmath.findroot(
            equations, [mpf(float(a)) for a in start], solver="mdnewton", tol=mpf(10) ** (-2 * digits), maxsteps=60
        )
        g, beta, zeta = unpack(list(found))
        root = mpmath.cholesky(mpmath.matrix(g)).tolist()
        W = [[dot(row, [root[i][c] for i in range(d)]) for c in range(d)] for row in B]
        r = [_residual(problem, S, [dot(row, z) for row in B]) for S, z in enumerate(zeta)]
        return Point(fractions(W), [_fraction(dot(row, beta)) for row in B], fractions(r))


def _contrasts(K: int) -> NDArray[np.float64]:
    """An integer basis of the vectors that sum to zero, as columns."""
    return np.vstack([np.eye(K - 1), -np.ones((1, K - 1))])


def _inner(problem: Problem, G: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits of the optimal prototypes for a given Gram matrix: the fixed point z = G r(z)/lambda_H + b, by Newton."""
    y, lh, K = np.array(problem.y, dtype=float), float(problem.lambda_H), problem.pi.K
    mass = np.array(problem.mass, dtype=float)
    z = np.zeros_like(y) + b
    for S in range(len(y)):
        for _ in range(200):
            _, r = _loss(problem.loss, z[S : S + 1], y[S : S + 1], mass[S : S + 1])
            q, m = y[S] - r[0], mass[S]
            if problem.loss == "pal":
                curvature = np.diag(q) - np.outer(q, q) / y[S].sum()
            else:
                curvature = np.diag(q * (m - q) / m) if problem.loss == "bce" else np.diag(m)
            step = np.linalg.solve(np.eye(K) + G @ curvature / lh, G @ r[0] / lh + b - z[S])
            z[S] += step / max(1.0, float(np.abs(step).max()))
    return z


def _residual(problem: Problem, S: int, z: list[mpf]) -> list[mpf]:
    y, mass = ([in_mpf(a) for a in row] for row in (problem.y[S], problem.mass[S]))
    if problem.loss == "pal":
        e = [mpmath.exp(a) for a in z]
        return [b - sum(y) * a / sum(e) for a, b in zip(e, y, strict=True)]
    if problem.loss == "bce":
        return [b - m / (1 + mpmath.exp(-a)) for a, b, m in zip(z, y, mass, strict=True)]
    return [b - m * a for a, b, m in zip(z, y, mass, strict=True)]


def float_point(problem: Problem, seed: int = 0) -> Point:
    """A float64 optimum, of any rank."""
    G, b = descend(problem, seed)
    values, vectors = np.linalg.eigh(G)
    W = vectors * np.sqrt(np.maximum(values, 0.0))
    z = _inner(problem, W @ W.T, b)
    _, r = _loss(problem.loss, z, *(np.array(rows, dtype=float) for rows in (problem.y, problem.mass)))
    return Point(_exactly(W), [Fraction(a) for a in b], _exactly(r))


# ---------------------------------------------------------------------- closed forms


def mse_point(problem: Problem, digits: int) -> Point:
    """Claim W2: the MSE optimum from the spectrum of M (zero bias) or C (free bias)."""
    pi, K = problem.pi, problem.pi.K
    with mp.workdps(digits + 20):
        w = [in_mpf(Fraction(a, pi.total)) for a in pi.weights]
        f = [in_mpf(a) for a in pi.frequencies] if problem.bias == "free" else [mpf(0)] * K
        centered = [[a - b for a, b in zip(y, f, strict=True)] for y in pi.rows]
        moment = [[sum(s * c[i] * c[j] for s, c in zip(w, centered, strict=True)) for j in range(K)] for i in range(K)]
        values, vectors = mpmath.eigsy(mpmath.matrix(moment))
        mu, ratio = mpmath.sqrt(in_mpf(problem.lam)), mpmath.sqrt(in_mpf(problem.lambda_H / problem.lambda_W))
        s = [mpmath.sqrt(max(value, mpf(0))) for value in values]
        kept = [max(a - mu, mpf(0)) for a in s]
        W = [[vectors[j, i] * mpmath.sqrt(ratio * kept[i]) for i in range(K)] for j in range(K)]
        part = [a / b if a else mpf(0) for a, b in zip(kept, s, strict=True)]  # z - b = U (s - mu)_+ / s U^T (y - f)
        keep = [[sum(vectors[j, i] * part[i] * vectors[k, i] for i in range(K)) for k in range(K)] for j in range(K)]
        r = [[c[j] - dot(keep[j], c) for j in range(K)] for c in centered]
        return Point(fractions(W), [_fraction(a) for a in f], fractions(r))


def orthogonal_point(problem: Problem, digits: int) -> Point:
    """Claim O1: PAL-CE under perfect orthogonality at every multiplicity: G = g P and r_S = c_m P y_S; weights in the
    loss, if any, are those of multiplicities."""
    pi, K = problem.pi, problem.pi.K
    with mp.workdps(digits + 20):
        lam, lh = in_mpf(problem.lam), in_mpf(problem.lambda_H)
        mass = {m: in_mpf(share) for m, share in pi.multiplicities.items()}
        kappa = {m: mpf(m * (K - m)) / (K * (K - 1)) for m in mass}

        kept, heavy = 1 - in_mpf(problem.smoothing), dict.fromkeys(mass, mpf(1))
        if problem.weights is not None:
            heavy = {m: in_mpf(row[0]) for m, row in zip(pi.sizes, problem.weights[0], strict=True)}

        def c(m: int, g: mpf) -> mpf:  # w times c with g w c / lambda_H = log(1 + K (1 - e - c) / (m (e + c)))
            def excess(a: mpf) -> mpf:
                return mpmath.log(1 + K * (kept - a) / (m * (1 - kept + a))) - g * heavy[m] * a / lh

            return heavy[m] * _falling_root(excess, mpf(0), kept)

        def excess(g: mpf) -> mpf:
            return sum(mass[m] * c(m, g) ** 2 * kappa[m] for m in mass) - lam

        high = mpf(1)
        while excess(high) > 0:
            high *= 2
        g = _falling_root(excess, mpf(0), high)
        root = mpmath.sqrt(g)
        W = [[root * ((j == k) - mpf(1) / K) for k in range(K)] for j in range(K)]
        cs = {m: c(m, g) for m in mass}
        r = [[cs[sum(y)] * (a - mpf(sum(y)) / K) for a in y] for y in pi.rows]
        return Point(fractions(W), [Fraction(0)] * K, fractions(r))


def _falling_root(f: Callable[[mpf], mpf], low: mpf, high: mpf) -> mpf:
    """The root of a decreasing function: bisection to get near, then the secant method."""
    for _ in range(40):
        half = (low + high) / 2
        low, high = (half, high) if f(half) > 0 else (low, half)
    return mpmath.findroot(f, (low, high), solver="secant", tol=mpf(10) ** (-2 * mp.dps + 20), verify=False)


def zero_point(problem: Problem) -> Point:
    """W = 0 with a fixed bias of 0: the residuals of claim U9."""
    K = problem.pi.K
    if problem.loss == "pal":
        r = [[a - Fraction(sum(y), K) for a in y] for y in problem.y]
    else:
        r = [[a - (Fraction(1, 2) if problem.loss == "bce" else 0) for a in y] for y in problem.y]
    return Point([[] for _ in range(K)], [Fraction(0)] * K, r)


# ---------------------------------------------------------------------- to a certificate


def certificate(problem: Problem, point: Point, bits: int, digits: int, names: Sequence[str] = CLAIMS) -> Certificate:
    """Round to ``bits`` bits, restore feasibility exactly, and claim what follows, rounded to ``digits`` digits."""
    pi, free, unit = problem.pi, problem.bias == "free", 1 << bits
    weights, rows = pi.weights, []
    for row, y in zip(point.r, problem.y, strict=True):
        units = [round(a * unit) for a in row]
        if problem.loss == "pal":
            units[max(range(pi.K), key=lambda k: y[k] * unit - units[k])] -= sum(units)
        rows.append(units)
    if free:  # r_S minus its mean is exact over the denominator N unit
        sums = [sum(w * a for w, a in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]
        rows, unit = [[pi.total * a - s for a, s in zip(row, sums, strict=True)] for row in rows], unit * pi.total
    keep = _shrink(problem, rows, unit, bits)
    rows, unit = [[a * keep for a in row] for row in rows], unit << bits
    b = RationalMatrix.nearest([point.b], 1 << bits) if problem.bias != "zero" else None
    bare = Certificate(
        pi,
        problem.loss,
        problem.bias,
        problem.lambda_W,
        problem.lambda_H,
        RationalMatrix.nearest(point.W, 1 << bits),
        b,
        RationalMatrix(unit, tuple(tuple(row) for row in rows)),
        Enclosure(1, ((0,),), ((0,),)),
        smoothing=problem.smoothing,
        loss_weights=_weights(problem),
    )
    valued = replace(bare, value=bracket(bare, 10**digits))
    optimum = enclose(valued)
    tables = {
        name: Enclosure.tabulated(partial(optimum.interval, name), valued.shape_of(name), 10**digits) for name in names
    }
    return replace(valued, claims=Claims(**tables, rank=optimum.rank)) if names else valued


def _weights(problem: Problem) -> Weights | None:
    if problem.weights is None:
        return None
    unit = math.lcm(*(Fraction(a).denominator for table in problem.weights for row in table for a in row))
    present, absent = (tuple(tuple(int(a * unit) for a in row) for row in table) for table in problem.weights)
    return Weights(unit, present, None if problem.loss == "pal" else absent)


def _shrink(problem: Problem, rows: list[list[int]], unit: int, bits: int) -> int:
    """The largest factor, in units of 2^-bits and with a little to spare, that makes R(r) <= lambda I."""
    with mp.workprec(4 * bits + 64):
        w, K = [in_mpf(Fraction(a, problem.pi.total)) for a in problem.pi.weights], problem.pi.K
        r = [[in_mpf(Fraction(a, unit)) for a in row] for row in rows]
        R = [[sum(s * a[i] * a[j] for s, a in zip(w, r, strict=True)) for j in range(K)] for i in range(K)]
        largest = max(mpmath.eigsy(mpmath.matrix(R), eigvals_only=True))
        factor = mpmath.sqrt(in_mpf(problem.lam) / largest) if largest > 0 else mpf(1)
        return min(1 << bits, int(mpmath.floor(factor * (1 << bits))) - 1)


def dot(a: Sequence[mpf], b: Sequence[mpf]) -> mpf:
    return sum((s * t for s, t in zip(a, b, strict=True)), mpf(0))


def in_mpf(x: Fraction | int) -> mpf:
    return mpf(x.numerator) / x.denominator


def _fraction(x: mpf) -> Fraction:
    return Fraction(*(int(part) for part in mpmath.libmp.to_rational(mpf(x)._mpf_)))


def fractions(rows: Sequence[Sequence[mpf]]) -> Rows:
    return [[_fraction(a) for a in row] for row in rows]


def _exactly(rows: NDArray[np.float64]) -> Rows:
    return [[Fraction(float(a)) for a in row] for row in rows]
