"""Chapter O in numbers.

The checks build points of the feature model in mpmath from the statements alone and differentiate the objective
by its definition; nothing of the derivation kernel is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations, pairwise
from math import factorial

import mpmath as mp
import pytest
import sympy as sp

DIGITS = 40
ROUNDING = mp.mpf(10) ** (8 - DIGITS)
"""A few hundred operations on numbers below 100 lose less than eight of the digits that mpmath works with."""

Weights = Mapping[frozenset[int], mp.mpf]


# ====================================================================== the statements, in numbers


def balanced(size: int, multiplicity: int) -> mp.mpf:
    return mp.mpf(multiplicity * (size - multiplicity)) / (size * (size - 1))


def scalar(size: int, multiplicity: int, slope: mp.mpf) -> mp.mpf:
    """``c_m(s)``, from Newton's method for the increasing function ``t (K - m + m e^t)/K = s``."""
    t = min(slope, mp.log(1 + size * slope / multiplicity))
    for _ in range(40):
        growth = multiplicity * mp.exp(t)
        t -= (t * (size - multiplicity + growth) / size - slope) / ((size - multiplicity + growth * (1 + t)) / size)
    return t / slope


def scalars(size: int, masses: Mapping[int, mp.mpf], lam: mp.mpf) -> tuple[mp.mpf, dict[int, mp.mpf]]:
    """``s`` and the ``c_m`` of O1, with the energy equation solved in the bracket that O1(a) gives."""

    def excess(s: mp.mpf) -> mp.mpf:
        return sum(mass * balanced(size, m) * scalar(size, m, s) ** 2 for m, mass in masses.items()) - lam

    with mp.workdps(2 * DIGITS):  # the caller's ROUNDING then is that of what it computes from the scalars
        bracket = (mp.mpf(10) ** -DIGITS, 1 / lam)
        s = mp.findroot(excess, bracket, solver="anderson", tol=mp.mpf(10) ** (-DIGITS - 10), maxsteps=200)
        return s, {m: scalar(size, m, s) for m in masses}


def indicator(size: int, labels: frozenset[int]) -> mp.matrix:
    return mp.matrix([int(k in labels) for k in range(1, size + 1)])


def centering(size: int) -> mp.matrix:
    return mp.eye(size) - mp.ones(size, size) / size


def residual(size: int, labels: frozenset[int], logits: mp.matrix) -> mp.matrix:
    """Minus the gradient of the pick-all-labels cross entropy, by its definition."""
    odds = [mp.exp(z) for z in logits]
    return indicator(size, labels) - len(labels) * mp.matrix([x / sum(odds) for x in odds])


def loss(labels: frozenset[int], logits: mp.matrix) -> mp.mpf:
    return len(labels) * mp.log(sum(mp.exp(z) for z in logits)) - sum(logits[k - 1] for k in labels)


def gradient_size(
    size: int,
    weights: Weights,
    lam_w: mp.mpf,
    lam_h: mp.mpf,
    classifier: mp.matrix,
    features: Mapping[frozenset[int], mp.matrix],
) -> tuple[mp.mpf, mp.mpf]:
    """Largest entry of the objective's gradient, and largest eigenvalue of ``R``."""
    by_classifier, second = lam_w * classifier, mp.zeros(size, size)
    worst = mp.mpf(0)
    for labels, weight in weights.items():
        r = residual(size, labels, classifier * features[labels])
        by_classifier -= weight * r * features[labels].T
        second += weight * r * r.T
        worst = max(worst, mp.norm(lam_h * features[labels] - classifier.T * r, mp.inf))
    return max(worst, mp.mnorm(by_classifier, mp.inf)), max(mp.eigsy(second, eigvals_only=True))


def normalised(weights: Mapping[tuple[int, ...], object]) -> Weights:
    total = sum(mp.mpf(str(w)) for w in weights.values())
    return {frozenset(s): mp.mpf(str(w)) / total for s, w in weights.items()}


FANO = ((1, 2, 3), (1, 4, 5), (1, 6, 7), (2, 4, 6), (2, 5, 7), (3, 4, 7), (3, 5, 6))
ORTHOGONAL: Mapping[str, tuple[int, Mapping[tuple[int, ...], int]]] = {
    "Fano plane and singletons": (7, {**dict.fromkeys(((k,) for k in range(1, 8)), 2), **dict.fromkeys(FANO, 3)}),
    "singletons, pairs and triples of 4": (
        4,
        {s: 1 + len(s) for size in (1, 2, 3) for s in combinations(range(1, 5), size)},
    ),
    "pairs of 4 that contain label 1": (4, {(1, 2): 1, (1, 3): 1, (1, 4): 1}),
}


@pytest.mark.parametrize("fraction", ["0.9", "0.1", "0.0001"])
@pytest.mark.parametrize("name", ORTHOGONAL)
def test_o1_the_point_is_stationary_certified_and_has_the_entropy_as_value(name: str, fraction: str) -> None:
    size, integer_weights = ORTHOGONAL[name]
    with mp.workdps(DIGITS):
        weights = normalised(integer_weights)
        masses: dict[int, mp.mpf] = {}
        for labels, weight in weights.items():
            masses[len(labels)] = masses.get(len(labels), mp.mpf(0)) + weight
        lam = mp.mpf(fraction) * sum(mass * balanced(size, m) for m, mass in masses.items())
        lam_w, lam_h = mp.mpf(3), lam / 3
        s, c = scalars(size, masses, lam)
        classifier = mp.sqrt(s * lam_h) * centering(size)
        features = {t: c[len(t)] / lam_h * classifier.T * indicator(size, t) for t in weights}
        gradient, largest = gradient_size(size, weights, lam_w, lam_h, classifier, features)
        assert gradient < ROUNDING
        assert largest <= lam + ROUNDING  # with stationarity: the global optimum
        value = sum(w * loss(t, classifier * features[t]) for t, w in weights.items())
        value += lam_w / 2 * mp.mnorm(classifier, "f") ** 2
        value += lam_h / 2 * sum(w * mp.norm(features[t]) ** 2 for t, w in weights.items())
        entropy = mp.mpf(0)
        for m, mass in masses.items():
            inside, outside = (1 - c[m] * (1 - mp.mpf(m) / size)) / m, c[m] / size
            entropy -= mass * m * (m * inside * mp.log(inside) + (size - m) * outside * mp.log(outside))
        assert abs(value - entropy) < ROUNDING
        assert all(c[m] < c[1] for m in masses if 1 in masses and m > 1)


def test_o1_is_about_perfect_orthogonality() -> None:
    """Control: the same construction at a distribution that is not perfectly orthogonal is not stationary."""
    with mp.workdps(DIGITS):
        weights = normalised({(1,): 2, (2,): 1, (3,): 1, (1, 2): 2})
        masses, lam, lam_h = {1: mp.mpf(2) / 3, 2: mp.mpf(1) / 3}, mp.mpf("0.05"), mp.mpf("0.1")
        s, c = scalars(3, masses, lam)
        classifier = mp.sqrt(s * lam_h) * centering(3)
        features = {t: c[len(t)] / lam_h * classifier.T * indicator(3, t) for t in weights}
        assert gradient_size(3, weights, lam / lam_h, lam_h, classifier, features)[0] > mp.mpf("0.001")


def test_o2a_an_etf_without_perfect_orthogonality_at_one_penalty() -> None:
    with mp.workdps(DIGITS):
        lam, lam_h, masses = mp.mpf("0.05"), mp.mpf("0.2"), {1: mp.mpf(2) / 5, 2: mp.mpf(3) / 5}
        s, c = scalars(3, masses, lam)
        shift = [mp.mpf("0.1"), mp.mpf("-0.04"), mp.mpf("-0.06")]
        ratio = masses[1] * c[1] ** 2 / (masses[2] * c[2] ** 2)
        weights = {frozenset({k + 1}): masses[1] * (mp.mpf(1) / 3 + shift[k]) for k in range(3)}
        weights |= {frozenset({1, 2, 3} - {k + 1}): masses[2] * (mp.mpf(1) / 3 - shift[k] * ratio) for k in range(3)}
        assert all(w > 0 for w in weights.values())
        classifier = mp.sqrt(s * lam_h) * centering(3)
        features = {t: c[len(t)] / lam_h * classifier.T * indicator(3, t) for t in weights}
        gradient, largest = gradient_size(3, weights, lam / lam_h, lam_h, classifier, features)
        assert gradient < ROUNDING
        assert largest <= lam + ROUNDING


def squared_scalar_series(x: int, length: int) -> list[Fraction]:
    """Coefficients of ``c(s)^2`` where ``c (1 + x (e^{sc} - 1)) = 1``, in exact arithmetic, one more per round."""

    def times(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
        return [sum((a[i] * b[n - i] for i in range(n + 1)), Fraction(0)) for n in range(length)]

    unit = [Fraction(int(i == 0)) for i in range(length)]
    c = unit
    for _ in range(length):
        exponent, power, bracket = [Fraction(0), *c[:-1]], unit, unit
        for i in range(1, length):
            power = times(power, exponent)
            bracket = [u + x * v / factorial(i) for u, v in zip(bracket, power, strict=True)]
        inverse = unit
        for _ in range(length):  # 1/(1 + u) = 1 - u/(1 + u)
            inverse = [u - v for u, v in zip(unit, times([Fraction(0), *bracket[1:]], inverse), strict=True)]
        c = inverse
    return times(c, c)


def test_o2b_the_coefficients_have_full_degree_with_catalan_numbers() -> None:
    """Differences of order ``n`` of a polynomial of degree ``n`` are ``n!`` times its leading coefficient."""
    length = 6
    series = [squared_scalar_series(x, length) for x in range(length + 1)]
    for n in range(length):
        differences = [row[n] for row in series]
        for _ in range(n):
            differences = [b - a for a, b in pairwise(differences)]
        catalan = Fraction(factorial(2 * n + 2), factorial(n + 1) * factorial(n + 2))
        assert set(differences) == {(-1) ** n * factorial(n) * catalan}


def test_o3_the_condition_holds_and_the_scalars_differ() -> None:
    weights = {(1,): 6, (2,): 3, (3,): 3, (2, 3): 2, (1, 3): 5, (1, 2): 5}
    centered = {s: sp.Matrix([int(k in s) - sp.Rational(len(s), 3) for k in (1, 2, 3)]) for s in weights}
    second = sum((sp.Rational(w, 24) * centered[s] * centered[s].T for s, w in weights.items()), sp.zeros(3))
    assert second == (sp.eye(3) - sp.ones(3, 3) / 3) / 3
    with mp.workdps(DIGITS):
        for lam in ("0.3", "0.1", "0.001"):
            _, c = scalars(3, {1: mp.mpf("0.5"), 2: mp.mpf("0.5")}, mp.mpf(lam))
            assert c[1] > c[2]


def test_o3a_linear_residuals_without_an_etf() -> None:
    with mp.workdps(DIGITS):
        weights: Weights = {
            **{frozenset({i, j}): mp.mpf(2) / 27 for i in (1, 2, 3) for j in (4, 5, 6)},
            frozenset({1, 2, 3}): mp.mpf(1) / 6,
            frozenset({4, 5, 6}): mp.mpf(1) / 6,
        }
        lam_h = mp.mpf("0.25")
        c = {2: mp.mpf(1) / 2, 3: mp.mpf(1) / 3}
        gains = {m: lam_h / c[m] * mp.log(1 + 6 * (1 - c[m]) / (m * c[m])) for m in c}
        side = mp.matrix([1, 1, 1, -1, -1, -1])
        between = side * side.T / 6
        classifier = mp.sqrt(gains[2]) * (centering(6) - between) + mp.sqrt(gains[3]) * between
        features = {t: c[len(t)] / lam_h * classifier.T * indicator(6, t) for t in weights}
        gradient, largest = gradient_size(6, weights, 1 / (18 * lam_h), lam_h, classifier, features)
        assert gradient < ROUNDING
        assert largest <= mp.mpf(1) / 18 + ROUNDING
        assert gains[3] > gains[2] + mp.mpf("0.1")
