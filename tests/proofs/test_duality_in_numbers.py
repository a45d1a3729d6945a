"""Chapter U, second half, in numbers: mpmath, without the derivation kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from mpmath import mp, mpf

from proofs.kernel.formula import eye
from proofs.letters.feature_model import FEASIBLE, FENCHEL_YOUNG, R, Slack
from proofs.letters.vocabulary import K, v
from tests.model.designed_optima import (
    DIGITS,
    EXACT,
    Matrix,
    Point,
    all_proper_sets,
    arbitrary,
    centering,
    designed,
    dot,
    dual_value,
    entropy_value,
    kullback,
    largest_difference,
    matrix,
    pal_ce,
    second_moment,
    softmax,
    square,
    total,
)

BIASES = ("fixed", "free")


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


# ====================================================================== the instances of the derivations


def test_feasible_instances_are_feasible_and_keep_the_fenchel_young_identity() -> None:
    for model in FEASIBLE.models:
        alone = FEASIBLE.extended(models=(model,))
        assert FEASIBLE.evaluate(Slack, model).is_positive_semidefinite
        assert alone.counterexample(FENCHEL_YOUNG.difference, "==") is None
    assert FEASIBLE.counterexample(v.T * (eye(K) - 1000 * R) * v, ">=") is not None


# ====================================================================== numbers: the identities at any point


def _bce(z: Matrix, y: Matrix) -> mpf:
    return mp.fsum(mp.log(1 + mp.exp(a)) - c * a for a, c in zip(z, y, strict=True))


def _mse(z: Matrix, y: Matrix) -> mpf:
    return square(z - y) / 2


def _binary_entropy(q: mpf) -> mpf:
    return -q * mp.log(q) - (1 - q) * mp.log(1 - q)


def _binary_divergence(a: mpf, s: mpf) -> mpf:
    return a * mp.log(a / s) + (1 - a) * mp.log((1 - a) / (1 - s))


def _candidate(loss: str, y: Matrix, seed: int) -> Matrix:
    """Some vector in the domain of the dual value."""
    noise = arbitrary(len(y), 1, seed)
    if loss == "pal":
        return y - total(y) * softmax(2 * noise)
    if loss == "bce":
        return matrix([a - (1 + x) / 2 for a, x in zip(y, noise, strict=True)])
    return noise


def _terms(loss: str, r: Matrix, z: Matrix, y: Matrix) -> tuple[mpf, mpf, mpf]:
    """Loss, dual value and divergence, each from its own definition."""
    if loss == "pal":
        p = (y - r) / total(y)
        return pal_ce(z, y), entropy_value(r, y), total(y) * kullback(p, softmax(z))
    if loss == "bce":
        q = y - r
        divergence = mp.fsum(_binary_divergence(a, 1 / (1 + mp.exp(-x))) for a, x in zip(q, z, strict=True))
        return _bce(z, y), mp.fsum(_binary_entropy(a) for a in q), divergence
    return _mse(z, y), dot(r, y) - square(r) / 2, square(z - y + r) / 2


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
@pytest.mark.parametrize("bias", BIASES)
def test_u6_both_gap_identities_at_arbitrary_points(loss: str, bias: str) -> None:
    size, d = 4, 3
    sets = all_proper_sets(size)[::3]
    weights = [mpf(1 + 3 * i % 7) for i in range(len(sets))]
    pi = [w / mp.fsum(weights) for w in weights]
    W, b = arbitrary(size, d, 11), arbitrary(size, 1, 12) * (bias == "free")
    h = [arbitrary(d, 1, 20 + i) for i in range(len(sets))]
    r = [_candidate(loss, y, 40 + i) for i, y in enumerate(sets)]
    lambda_w, lambda_h = mpf(3) / 7, mpf(5) / 11
    lam = lambda_w * lambda_h
    terms = [_terms(loss, v, W * a + b, y) for v, a, y in zip(r, h, sets, strict=True)]
    features = mp.fsum(p * square(a) for p, a in zip(pi, h, strict=True))
    primal = mp.fsum(p * t[0] for p, t in zip(pi, terms, strict=True))
    primal += lambda_w / 2 * square(W) + lambda_h / 2 * features
    dual = mp.fsum(p * t[1] for p, t in zip(pi, terms, strict=True))
    divergence = mp.fsum(p * t[2] for p, t in zip(pi, terms, strict=True))
    A = sum((p * v * a.T for p, v, a in zip(pi, r, h, strict=True)), mp.zeros(size, d))
    bias_term = dot(b, sum((p * v for p, v in zip(pi, r, strict=True)), mp.zeros(size, 1)))
    R = second_moment(pi, r)
    first = lambda_w / 2 * square(W - A / lambda_w) + (lam * features - square(A)) / (2 * lambda_w)
    mismatch = mp.fsum(p * square(a - W.T * v / lambda_h) for p, v, a in zip(pi, r, h, strict=True))
    slack = (lam * mp.eye(size) - R) * W * W.T
    second = lambda_h / 2 * mismatch + mp.fsum(slack[i, i] for i in range(size)) / (2 * lambda_h)
    assert abs(primal - dual - (divergence + first - bias_term)) < EXACT
    assert abs(primal - dual - (divergence + second - bias_term)) < EXACT
    assert (abs(bias_term) > mpf(1) / 1000) == (bias == "free")
    assert min(t[2] for t in terms) > 0


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
def test_u5_no_logits_do_better_than_the_dual_value(loss: str) -> None:
    y = all_proper_sets(4)[7]
    r = _candidate(loss, y, 3)
    best = {
        "pal": lambda: matrix([mp.log((a - x) / total(y)) for a, x in zip(y, r, strict=True)]),
        "bce": lambda: matrix([mp.log((a - x) / (1 - a + x)) for a, x in zip(y, r, strict=True)]),
        "mse": lambda: y - r,
    }[loss]()
    value = _terms(loss, r, best, y)
    assert abs(value[0] + dot(r, best) - value[1]) < EXACT
    for seed in range(8):
        z = best + arbitrary(4, 1, seed) / 5
        assert _terms(loss, r, z, y)[0] + dot(r, z) > value[1] + mpf(1) / 10**5


def test_u5_the_nuclear_norm_is_the_least_penalty() -> None:
    pi = [mpf(1) / 2, mpf(1) / 3, mpf(1) / 6]
    W, h = arbitrary(4, 2, 1), [arbitrary(2, 1, i) for i in (2, 3, 4)]
    lambda_w, lambda_h = mpf(1) / 3, mpf(2) / 5
    weighted = matrix(4, 3)
    for i, feature in enumerate(h):
        weighted[:, i] = mp.sqrt(pi[i]) * W * feature
    left, singular, right = mp.svd_r(weighted)
    least = mp.sqrt(lambda_w * lambda_h) * mp.fsum(singular)

    def penalty(classifier: Matrix, features: list[Matrix]) -> mpf:
        of_features = mp.fsum(p * square(a) for p, a in zip(pi, features, strict=True))
        return lambda_w / 2 * square(classifier) + lambda_h / 2 * of_features

    assert penalty(W, h) > least + mpf(1) / 100
    scale = (lambda_h / lambda_w) ** (mpf(1) / 4)
    roots = mp.diag([mp.sqrt(s) for s in singular])
    balanced = [roots * right[:, i] / (scale * mp.sqrt(pi[i])) for i in range(3)]
    assert abs(penalty(scale * left * roots, balanced) - least) < EXACT
    assert max(largest_difference(scale * left * roots * a, W * c) for a, c in zip(balanced, h, strict=True)) < EXACT


# ====================================================================== numbers: at an exact uneven optimum


@pytest.mark.parametrize("bias", BIASES)
def test_u7_u8_u10_at_an_uneven_optimum(bias: str) -> None:
    point = designed(bias)
    r, pi = point.residuals, point.pi
    assert abs(point.value - dual_value(pi, r, point.y)) < EXACT
    assert largest_difference(second_moment(pi, r), point.lam * centering(3)) < EXACT
    G = point.W * point.W.T
    assert largest_difference(G, centering(3) * G[0, 0] * 3 / 2) > mpf(1) / 100
    P = centering(3)
    logs = [P * p.apply(mp.log) for p in point.predictions]
    from_dual = sum((p * v * z.T for p, v, z in zip(pi, r, logs, strict=True)), mp.zeros(3)) / point.lambda_W
    assert largest_difference(from_dual, G) < EXACT
    for s in range(len(pi)):
        assert largest_difference(point.logits[s] - G * r[s] / point.lambda_H, point.b) < EXACT
        for t in range(len(pi)):
            product = (r[s].T * G * r[t])[0] / point.lambda_H**2
            assert abs(dot(point.h[s], point.h[t]) - product) < EXACT


@pytest.mark.parametrize("bias", BIASES)
def test_u7_every_other_point_costs_more_and_every_other_feasible_dual_less(bias: str) -> None:
    point = designed(bias)
    least = point.value
    for seed in range(6):
        moved = replace(
            point,
            W=point.W + arbitrary(3, 3, seed) / 10,
            h=[h + arbitrary(3, 1, seed + i) / 10 for i, h in enumerate(point.h)],
            b=point.b + arbitrary(3, 1, seed + 9) / 10 * (bias == "free"),
        )
        assert moved.value > least + EXACT
    shrunk = [mpf(99) / 100 * v for v in point.residuals]
    zero = [mp.zeros(3, 1) for _ in shrunk]
    value = dual_value(point.pi, shrunk, point.y)
    chord = mpf(99) / 100 * least + mpf(1) / 100 * dual_value(point.pi, zero, point.y)
    assert chord < value < least - mpf(1) / 10**6


@pytest.mark.parametrize("bias", BIASES)
def test_u7a_and_u9_around_the_collapse_threshold(bias: str) -> None:
    """PAL-CE with mixed multiplicities: below the threshold the step of U7 gains something."""
    point = designed(bias)
    f = sum((p * y for p, y in zip(point.pi, point.y, strict=True)), mp.zeros(3, 1))
    cardinality = total(f)
    b = f.apply(mp.log) if bias == "free" else mp.zeros(3, 1)
    collapsed = replace(point, W=mp.zeros(3), h=[mp.zeros(3, 1) for _ in point.h], b=b)
    r0 = collapsed.residuals
    oblique = mp.eye(3) - f * mp.ones(1, 3) / cardinality if bias == "free" else centering(3)
    M = second_moment(point.pi, point.y)
    R0 = second_moment(point.pi, r0)
    assert largest_difference(R0, oblique * M * oblique.T) < EXACT
    values, vectors = mp.eigsy(R0)
    threshold, v = values[2], vectors[:, 2]
    curvature = mpf(2) / 2
    for factor, gains in ((mpf(9) / 10, True), (mpf(11) / 10, False)):
        lam = factor * threshold
        at = replace(collapsed, lambda_W=lam, lambda_H=mpf(1))
        slope = threshold / lam
        size = mp.sqrt(lam * abs(threshold - lam) / (2 * curvature * threshold**2))
        u = matrix([1, 0, 0])
        stepped = replace(at, W=size * slope * v * u.T, h=[size * dot(v, a) * u for a in r0])
        descent = (threshold - lam) ** 2 / (8 * curvature * threshold)
        if gains:
            assert stepped.value <= at.value - descent
        else:
            assert abs(at.value - dual_value(at.pi, r0, at.y)) < EXACT
            assert stepped.value > at.value


def _depth(at: Point, curvature: mpf) -> mpf:
    R = second_moment(at.pi, at.residuals)
    alive = [rho for rho in mp.eigsy(R, eigvals_only=True) if rho > at.lam]
    return mp.fsum((mp.sqrt(rho) - mp.sqrt(at.lam)) ** 2 for rho in alive) / (2 * curvature)


def test_u7a_bounds_what_the_optimum_gains_over_any_point() -> None:
    """PAL-CE, pairs at most: at collapse, and at points that are not stationary."""
    point = designed("fixed")
    collapsed = replace(point, W=mp.zeros(3), h=[mp.zeros(3, 1) for _ in point.h])
    assert collapsed.value - _depth(collapsed, mpf(1)) >= point.value
    assert _depth(collapsed, mpf(1)) > mpf(1) / 1000
    found = 0
    for seed in range(12):
        moved = replace(
            point, W=point.W + arbitrary(3, 3, seed), h=[h + arbitrary(3, 1, seed + i) for i, h in enumerate(point.h)]
        )
        depth = _depth(moved, mpf(1))
        found += depth > 0
        assert moved.value - depth >= point.value
    assert found > 3


def _nearby(point: Point, size: mpf) -> tuple[Point, list[Matrix], mpf]:
    """A primal point near the optimum, a feasible dual near it, and their gap."""
    moved = replace(point, W=point.W + size * arbitrary(3, 3, 5))
    noisy = [v + size / 10 * centering(3) * arbitrary(3, 1, 30 + i) for i, v in enumerate(point.residuals)]
    top = mp.eigsy(second_moment(point.pi, noisy), eigvals_only=True)[2]
    feasible = [mp.sqrt(point.lam / top) * v for v in noisy]
    return moved, feasible, moved.value - dual_value(point.pi, feasible, point.y)


@pytest.mark.parametrize("size", [mpf(1) / 10, mpf(1) / 1000])
def test_u11_and_u11a_enclose_the_optimum(size: mpf) -> None:
    point = designed("fixed")
    moved, dual, gap = _nearby(point, size)
    budget = mpf(0)
    assert gap > 0
    for pi, y, r, best, found in zip(point.pi, point.y, dual, point.predictions, moved.predictions, strict=True):
        m = total(y)
        other = (y - r) / m
        distance = mp.fsum(abs(a - c) for a, c in zip(best, found, strict=True))
        assert distance <= mp.sqrt(2 * gap / (pi * m))
        budget += pi * m * (kullback(best, found) + kullback(other, best))
        eta = gap / (pi * m)
        for target, s, p in zip(best, found, other, strict=True):
            assert (target - (s + p) / 2) ** 2 <= gap / (4 * pi * m) - (s - p) ** 2 / 4
            assert s - mp.sqrt(2 * s * eta) <= target <= s + eta + mp.sqrt(eta**2 + 2 * s * eta)
            assert p - mp.sqrt(2 * p * eta) <= target <= p + eta + mp.sqrt(eta**2 + 2 * p * eta)
    assert budget <= gap


def test_u11a_relative_bounds_enclose_a_logarithm_where_pinsker_does_not() -> None:
    s, eta = mpf(1) / 10**4, mpf(1) / 10**6
    lowest = s - mp.sqrt(2 * s * eta)
    assert lowest > mpf(8) / 10 * s
    assert s - mp.sqrt(eta / 2) < 0
    for target in (lowest * mpf(999) / 1000, (s + eta + mp.sqrt(eta**2 + 2 * s * eta)) * mpf(1001) / 1000):
        assert _binary_divergence(target, s) > eta
