"""Optima by design, of every loss, with either bias and of every rank, and what is true of them, in plain mpmath.

Nothing of the solver or of the checker is used: a distribution is chosen with so much symmetry that the optimum is the
root of one or two scalar equations, or, for the squared loss, comes from a spectrum. ``Truth`` evaluates the
definitions at that point, and that it is stationary; its numbers are good to about 45 digits.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import mpmath
import numpy as np
from mpmath import mp, mpf

from tests.model import optima
from tests.model.optima import Point, Problem, dot, fractions, in_mpf
from verify.labels.distribution import LabelDistribution

DIGITS = 60
Vector = list[mpf]


@dataclass(frozen=True)
class Design:
    """A problem, its optimum, and the rank of the optimal classifier."""

    name: str
    problem: Problem
    point: Point
    rank: int


def designs(rng: random.Random) -> Iterator[Design]:
    """Without end, every family in turn, of 2 to 8 labels; where a draw has another rank than its family, the next."""
    families = (squared, orthogonal, one_size_against_another, two_groups, collapsed) * 3 + (uneven, uneven)
    for number in itertools.count():
        with mp.workdps(DIGITS):
            design = families[number % len(families)](rng)
        if design is not None:
            yield design


def squared(rng: random.Random) -> Design | None:
    """Claim W2: the squared loss on any distribution, from the spectrum of its second moment; of any rank."""
    K = rng.randrange(2, 9)
    masks = rng.sample(range(1, 1 << K), min((1 << K) - 1, rng.randrange(2, 7)))
    pi = _distribution(K, [(mask, rng.randrange(1, 30)) for mask in masks])
    problem = _problem(pi, "mse", rng, Fraction(rng.randrange(1, 80), 1000))
    f = [Fraction(sum(w * row[k] for w, row in zip(pi.weights, pi.rows, strict=True)), pi.total) for k in range(K)]
    centre = f if problem.bias == "free" else [Fraction(0)] * K
    rows = [[y - c for y, c in zip(row, centre, strict=True)] for row in pi.rows]
    moment = [
        [
            in_mpf(_sum(w * row[i] * row[j] for w, row in zip(pi.weights, rows, strict=True)) / pi.total)
            for j in range(K)
        ]
        for i in range(K)
    ]
    values = mpmath.eigsy(mpmath.matrix(moment), eigvals_only=True)
    if min(abs(value - in_mpf(problem.lam)) for value in values) < mpf(10) ** -6:
        return None
    rank = sum(value > in_mpf(problem.lam) for value in values)
    return Design(f"mse {problem.bias} K={K} rank={rank}", problem, optima.mse_point(problem, DIGITS), rank)


def orthogonal(rng: random.Random) -> Design | None:
    """Claim O1: PAL-CE on all sets of some sizes: isotropic, so that the classifier is a multiple of the projection."""
    K = rng.randrange(2, 6)
    sizes = rng.sample(range(1, K), min(K - 1, rng.randrange(1, 3)))
    heavy = {m: rng.randrange(1, 9) for m in sizes}
    pi = _distribution(K, [(mask, heavy[mask.bit_count()]) for mask in range(1 << K) if mask.bit_count() in heavy])
    problem = _varied(_problem(pi, "pal", rng, Fraction(1)), rng)  # by symmetry any bias is zero
    by_size = {m: Fraction(rng.randrange(1, 10), rng.randrange(1, 4)) for m in sizes}
    if rng.random() < 0.5:
        rows = [[by_size[m]] * K for m in pi.sizes]
        problem = replace(problem, weights=(rows, rows))
    else:
        by_size = dict.fromkeys(sizes, Fraction(1))
    lam = _within(pi, by_size) * (1 - problem.smoothing) ** 2 * Fraction(rng.randrange(1, 95), 100)
    problem = replace(problem, lambda_W=lam / problem.lambda_H)
    return Design(f"pal {_kind(problem)} K={K} rank={K - 1}", problem, optima.orthogonal_point(problem, DIGITS), K - 1)


def one_size_against_another(rng: random.Random) -> Design | None:
    """BCE on all sets of two sizes, with lambda so large that only the direction of ones is alive.

    By symmetry r_S is the target less sigma(t_m) 1, with t_m = g s_m / lambda_H + b, where s_m is the sum of r_S and
    G = g 1 1^T; R(r) 1 = lambda 1 says that the mean of s_m^2 is K lambda, and a bias b 1 that the mean of s_m is
    K lambda_b b.
    """
    K = rng.randrange(2, 6)
    sizes = rng.sample(range(K + 1), 2)
    heavy = {m: rng.randrange(1, 9) for m in sizes}
    pi = _distribution(K, [(mask, heavy[mask.bit_count()]) for mask in range(1 << K) if mask.bit_count() in heavy])
    share = {
        m: mpf(sum(w for w, size in zip(pi.weights, pi.sizes, strict=True) if size == m)) / pi.total for m in sizes
    }
    problem = _varied(_problem(pi, "bce", rng, Fraction(1)), rng)
    lh, decay, e = in_mpf(problem.lambda_H), in_mpf(problem.decay), problem.smoothing
    mass = {m: in_mpf((1 - e) * m + e * Fraction(K, 2)) for m in sizes}

    def sums(g: mpf, b: mpf) -> dict[int, mpf]:
        def logit(m: int) -> mpf:
            return _falling(lambda t: g * (mass[m] - K * _sigma(t)) / lh + b - t)

        return {m: mass[m] - K * _sigma(logit(m)) for m in sizes}

    def bias(g: mpf) -> mpf:
        if problem.bias == "zero":
            return mpf(0)
        return _falling(lambda b: sum(share[m] * s for m, s in sums(g, b).items()) - K * decay * b)

    def spread(g: mpf) -> mpf:
        return sum(share[m] * s**2 for m, s in sums(g, bias(g)).items()) / K

    within = _within(pi) * (1 - e) ** 2
    start = Fraction(int(spread(mpf(0)) * 10**9), 10**9)  # the contrasts collapse above the one, 1 below the other
    if start < within * Fraction(11, 10):
        return None
    problem = replace(
        problem, lambda_W=(within + (start - within) * Fraction(rng.randrange(1, 98), 100)) / problem.lambda_H
    )
    lam = in_mpf(problem.lam)

    def excess(g: mpf) -> mpf:
        return spread(g) - lam

    g = _root(excess, mpf(0))
    b = bias(g)
    s = sums(g, b)
    sigma = {m: (mass[m] - s[m]) / K for m in sizes}
    r = [[in_mpf(y) - sigma[m] for y in row] for row, m in zip(problem.y, pi.sizes, strict=True)]
    point = Point(fractions([[mpmath.sqrt(g)]] * K), fractions([[b] * K])[0], fractions(r))
    return Design(f"bce {_kind(problem)} K={K} rank=1", problem, point, 1)


def two_groups(rng: random.Random) -> Design | None:
    """PAL-CE on two complementary label sets A and B: rank one.

    By symmetry r_A = w_A q_A v and r_B = -w_B q_B (b/a) v with v = 1_A - (a/b) 1_B, q the mass on the wrong set, w the
    weights in the loss, G = g v v^T.
    """
    K = rng.randrange(2, 9)
    a = rng.randrange(1, K)
    b, A = K - a, (1 << a) - 1
    pi = _distribution(K, [(A, rng.randrange(1, 30)), ((1 << K) - 1 - A, rng.randrange(1, 30))])
    share = {mask: mpf(w) / pi.total for mask, w in zip(pi.masks, pi.weights, strict=True)}
    pA, pB = share[A], share[(1 << K) - 1 - A]
    given = {mask: Fraction(rng.randrange(1, 10), rng.randrange(1, 4)) for mask in pi.masks}
    given = given if rng.random() < 0.5 else dict.fromkeys(pi.masks, Fraction(1))
    wA, wB = in_mpf(given[A]), in_mpf(given[(1 << K) - 1 - A])
    v2, ratio = mpf(a) + mpf(a * a) / b, mpf(b) / a
    rows = [[given[mask]] * K for mask in pi.masks]
    problem = replace(_problem(pi, "pal", rng, Fraction(rng.randrange(1, 900), 1000)), weights=(rows, rows))
    lh, lam = in_mpf(problem.lambda_H), in_mpf(problem.lam)

    def masses(
        g: mpf, beta: mpf
    ) -> tuple[mpf, mpf]:  # w q; the logits are (g w q v2 / lh + beta) v, and (-g w q ratio v2 / lh + beta) v
        step, one = 1 + mpf(a) / b, mpf(1)
        qA = _falling(lambda q: b / (a * mpmath.exp(step * (g * wA * q * v2 / lh + beta)) + b) - q, mpf(0), one)
        qB = _falling(lambda q: a / (b * mpmath.exp(step * (g * wB * q * ratio * v2 / lh - beta)) + a) - q, mpf(0), one)
        return wA * qA, wB * qB

    def mean(g: mpf, beta: mpf) -> mpf:
        qA, qB = masses(g, beta)
        return pA * qA - pB * qB * ratio

    def bias(g: mpf) -> mpf:
        return mpf(0) if problem.bias == "zero" else _falling(lambda beta: mean(g, beta))

    def excess(g: mpf) -> mpf:
        qA, qB = masses(g, bias(g))
        return (pA * qA**2 + pB * (qB * ratio) ** 2) * v2 - lam

    if excess(mpf(0)) < lam / 100:
        return None
    g = _root(excess, mpf(0))
    beta = bias(g)
    qA, qB = masses(g, beta)
    v = [mpf(1) if k < a else -mpf(a) / b for k in range(K)]
    r = [[(qA if mask == A else -qB * ratio) * entry for entry in v] for mask in pi.masks]
    point = Point(fractions([[mpmath.sqrt(g) * e] for e in v]), fractions([[beta * e for e in v]])[0], fractions(r))
    return Design(f"pal {_kind(problem)} K={K} rank=1", problem, point, 1)


def uneven(rng: random.Random) -> Design | None:
    """Full rank on any distribution on 2 or 3 labels, with weights in the loss every other time, by Newton's method on
    stationarity."""
    K, loss = rng.randrange(2, 4), rng.choice(("pal", "bce", "mse"))
    masks = rng.sample(range(1, (1 << K) - 1), min((1 << K) - 2, rng.randrange(2, 5)))
    pi = _distribution(K, [(mask, rng.randrange(1, 9)) for mask in masks])
    problem = _problem(pi, loss, rng, Fraction(1, rng.randrange(30, 300)))
    problem = _weighted(problem if loss == "mse" else _varied(problem, rng), rng)
    gram, _ = optima.descend(problem)
    full = K - (loss == "pal")
    if sorted(np.linalg.eigvalsh(gram))[-full] < 1e-2:
        return None
    return Design(f"{loss} {_kind(problem)} K={K} rank={full}", problem, optima.polish(problem, DIGITS - 8), full)


def collapsed(rng: random.Random) -> Design | None:
    """W = 0, any loss: with a free bias, it has the residuals' mean vanish."""
    K, loss = rng.randrange(2, 9), rng.choice(("pal", "bce", "mse"))
    proper = range(1, (1 << K) - 1)
    masks = {1 << k: rng.randrange(1, 9) for k in range(K)} | {m: rng.randrange(1, 9) for m in rng.choices(proper, k=3)}
    pi = _distribution(K, list(masks.items()))
    free = rng.random() < 0.5
    made = _weighted(Problem(pi, loss, "zero", Fraction(1), Fraction(1)), rng)
    f, mean = (
        [sum(w * in_mpf(row[k]) for w, row in zip(pi.weights, rows, strict=True)) for k in range(K)]
        for rows in (made.y, made.mass)
    )
    start = {"pal": mpf(1) / K, "bce": mpf(1) / 2, "mse": mpf(0)}[loss]
    q = [a / c for a, c in zip(f, mean, strict=True)] if free else [start] * K
    b = [mpmath.log(p / (1 - p)) for p in q] if loss == "bce" else q
    if loss == "pal":
        b = [mpmath.log(a) for a in q]
        b = [a - sum(b) / K for a in b]
    r = [
        [in_mpf(y) - in_mpf(m) * p for y, m, p in zip(*rows, q, strict=True)]
        for rows in zip(made.y, made.mass, strict=True)
    ]
    rows = [in_mpf(Fraction(w, pi.total)) for w in pi.weights]
    R = [[sum(s * u[i] * u[j] for s, u in zip(rows, r, strict=True)) for j in range(K)] for i in range(K)]
    top = max(mpmath.eigsy(mpmath.matrix(R), eigvals_only=True))
    lam = Fraction(int(top * 10**12) + 1, 10**12) * Fraction(rng.choice((1001, 1100, 3000)), 1000)
    problem = replace(_problem(pi, loss, rng, lam, "free" if free else "zero"), weights=made.weights)
    point = Point([[] for _ in range(K)], fractions([b])[0] if free else [Fraction(0)] * K, fractions(r))
    return Design(f"{loss} {_kind(problem)} K={K} rank=0", problem, point, 0)


def _within(pi: LabelDistribution, heavy: dict[int, Fraction] | None = None) -> Fraction:
    """The second moment of contrasts where all sets of a size have one weight: that of y - m/K, times a weight in the
    loss."""
    parts = [(w, m, 1 if heavy is None else heavy[m] ** 2) for w, m in zip(pi.weights, pi.sizes, strict=True)]
    return sum((c * Fraction(w * m * (pi.K - m), pi.total * pi.K * (pi.K - 1)) for w, m, c in parts), Fraction(0))


# ---------------------------------------------------------------------- what is true of an optimum


class Truth:
    """The definitions, evaluated at the optimum; numbers are fractions within ``SLACK`` of the truth."""

    SLACK = Fraction(1, 10**42)

    def __init__(self, design: Design) -> None:
        with mp.workdps(DIGITS):
            problem, point = design.problem, design.point
            pi, K, centered = problem.pi, problem.pi.K, problem.loss == "pal"
            W, r = ([[in_mpf(a) for a in row] for row in rows] for rows in (point.W, point.r))
            b = [in_mpf(a) for a in point.b]
            b = [a - sum(b) / K for a in b] if centered else b
            lw, lh = in_mpf(problem.lambda_W), in_mpf(problem.lambda_H)
            share = [in_mpf(Fraction(w, pi.total)) for w in pi.weights]
            h = [[sum(W[k][c] * x[k] for k in range(K)) / lh for c in range(len(W[0]))] for x in r]
            wh = [[dot(row, x) for row in W] for x in h]
            z = [[u + c for u, c in zip(row, b, strict=True)] for row in wh]
            targets = [[in_mpf(a) for a in row] for row in problem.y]
            masses = [[in_mpf(a) for a in row] for row in problem.mass]
            losses = [_loss(problem.loss, x, y, c) for x, y, c in zip(z, targets, masses, strict=True)]
            value = sum((p * (x + lh / 2 * dot(u, u)) for p, x, u in zip(share, losses, h, strict=True)), mpf(0))
            value += lw / 2 * sum((dot(row, row) for row in W), mpf(0)) + in_mpf(problem.decay) / 2 * dot(b, b)
            parts = zip(r, targets, masses, strict=True)
            tables = {
                "r": r,
                "p": [[(c - a) / m for a, c, m in zip(*rows, strict=True)] for rows in parts],
                "R": [
                    [sum(p * x[i] * x[j] for p, x in zip(share, r, strict=True)) for j in range(K)] for i in range(K)
                ],
                "z": z,
                "b": [b],
                "G": [[dot(u, v) for v in W] for u in W],
                "wh": wh,
                "hh": [[dot(u, v) for v in h] for u in h],
            }
            self.value, self.rank = fractions([[value]])[0][0], design.rank
            self.tables = {name: fractions(table) for name, table in tables.items()}
            means = [sum((p * x[k] for p, x in zip(share, r, strict=True)), mpf(0)) for k in range(K)]
            means = [a - in_mpf(problem.decay) * c for a, c in zip(means, b, strict=True)]
            assert problem.bias == "zero" or max(map(abs, means)) < mpf(10) ** -45  # stationary, as designed
            off = [[sum(R * row[c] for R, row in zip(line, W, strict=True)) - in_mpf(problem.lam) * W[k][c]
                    for c in range(len(W[0]))] for k, line in enumerate(tables["R"])]  # fmt: skip
            assert max((abs(a) for row in off for a in row), default=mpf(0)) < mpf(10) ** -45
            fit = [[a - c for a, c in zip(x, _residual(problem.loss, u, y, m), strict=True)]
                   for x, u, y, m in zip(r, z, targets, masses, strict=True)]  # fmt: skip
            assert max(abs(a) for row in fit for a in row) < mpf(10) ** -45


def _residual(loss: str, z: Vector, y: Vector, mass: Vector) -> Vector:
    if loss == "mse":
        return [a - m * c for a, c, m in zip(y, z, mass, strict=True)]
    if loss == "bce":
        return [a - m * _sigma(c) for a, c, m in zip(y, z, mass, strict=True)]
    total = sum(mpmath.exp(a) for a in z)
    return [a - sum(y) * mpmath.exp(c) / total for a, c in zip(y, z, strict=True)]


def _loss(loss: str, z: Vector, y: Vector, mass: Vector) -> mpf:
    if loss == "mse":
        return sum(m * (a - c / m) ** 2 for a, c, m in zip(z, y, mass, strict=True)) / 2
    inside = dot(z, y)
    if loss == "bce":
        return sum(m * mpmath.log(1 + mpmath.exp(a)) for a, m in zip(z, mass, strict=True)) - inside
    return sum(y) * mpmath.log(sum(mpmath.exp(a) for a in z)) - inside


# ---------------------------------------------------------------------- small change


def _distribution(K: int, weighted: list[tuple[int, int]]) -> LabelDistribution:
    sets = [([k for k in range(K) if mask >> k & 1], w) for mask, w in weighted]
    return LabelDistribution.from_sets(sets, labels=[f"l{k}" for k in range(K)])


def _problem(pi: LabelDistribution, loss: str, rng: random.Random, lam: Fraction, bias: str = "") -> Problem:
    """With a free bias every other time, if every label occurs, and none in every set."""
    every = [all(column) for column in zip(*pi.rows, strict=True)]
    some = [any(column) for column in zip(*pi.rows, strict=True)]
    lambda_H = Fraction(rng.randrange(1, 30), rng.randrange(1, 30))
    possible = all(some) and not any(every)
    return Problem(pi, loss, bias or rng.choice(("zero", "free") if possible else ("zero",)), lam / lambda_H, lambda_H)


def _varied(problem: Problem, rng: random.Random) -> Problem:
    """With smoothed labels every other time, and with a decaying bias."""
    if rng.random() < 0.5:
        problem = replace(problem, smoothing=Fraction(1, rng.choice((2, 3, 10, 1000))))
    if rng.random() < 0.5:
        problem = replace(problem, bias=f"{rng.randrange(1, 30)}/{rng.choice((1, 7, 100))}")
    return problem


def _weighted(problem: Problem, rng: random.Random) -> Problem:
    """With weights every other time: of labels, of positive answers, of label sets, or of every answer on its own."""
    K, n = problem.pi.K, len(problem.pi.masks)

    def drawn(count: int) -> list[Fraction]:
        return [Fraction(rng.randrange(1, 10), rng.randrange(1, 4)) for _ in range(count)]

    kind = rng.randrange(8)
    if kind > 3:
        return problem
    one: optima.Rows = [[Fraction(1)] * K for _ in range(n)]
    labels, sets = [drawn(K)] * n, [[a] * K for a in drawn(n)]
    tables = (
        (labels, labels),
        (labels, one),
        (sets, sets),
        ([drawn(K) for _ in range(n)], [drawn(K) for _ in range(n)]),
    )
    return replace(problem, weights=tables[kind])


def _kind(problem: Problem) -> str:
    bias = problem.bias if problem.bias in ("zero", "free") else "decaying"
    return bias + " smoothed" * (problem.smoothing > 0) + " weighted" * (problem.weights is not None)


def _falling(f: Callable[[mpf], mpf], low: mpf | None = None, high: mpf | None = None) -> mpf:
    """The root of a decreasing function; without ends, on the line."""
    if low is None or high is None:
        low, high = mpf(-1), mpf(1)
        while f(low) < 0:
            low *= 2
        while f(high) > 0:
            high *= 2
    return _between(f, low, high)


def _root(f: Callable[[mpf], mpf], low: mpf) -> mpf:
    """The root of a function that falls from a positive value at ``low``."""
    high = mpf(1)
    while f(high) > 0:
        high *= 2
    return _between(f, low, high)


def _between(f: Callable[[mpf], mpf], low: mpf, high: mpf) -> mpf:
    """Illinois' method on a bracket: superlinear, and it never leaves it."""
    at_low, at_high = f(low), f(high)
    for _ in range(500):
        if at_low == 0 or at_high == 0 or abs(high - low) < mpf(10) ** (4 - DIGITS) * max(1, abs(low)):
            break
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        at = f(middle)
        if at * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = middle, at
        if abs(at) < mpf(10) ** (-DIGITS + 3):
            return middle
    return low if abs(at_low) < abs(at_high) else high


def _sum(terms: Iterator[Fraction]) -> Fraction:
    return sum(terms, Fraction(0))


def _sigma(t: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-t))
