r"""Chapter U, the gap identities and what follows about the bias, checked at random rational points.

Both sides of an identity are computed from their definitions; what is rational is exact, only losses and divergences
are balls. Feasibility of residuals is decided exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from random import Random
from typing import NamedTuple

import numpy as np
from flint import arb, fmpq, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    NO_WEIGHTS,
    OFTEN,
    PERCENT,
    Weights,
    checks_in_balls,
    float_matrix,
    frequencies,
    logits_of,
    rational,
    rationals,
    same,
    square_norm,
)
from verify.exact.balls import Ball, ball
from verify.exact.rationals import exact_dot, matrix, second_moment, to_fmpq, to_fraction
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model import losses
from verify.model.feature_model import dominated
from verify.model.losses import LOSSES, Loss
from verify.model.optimum import Instance

# ---------------------------------------------------------------------- U6

Penalty = Callable[[Instance], Fraction]


def lambda_of(drawn: Instance) -> Fraction:
    r""":math:`\lambda=\lambda_W\lambda_H`."""
    return drawn.lambda_W * drawn.lambda_H


class Point(NamedTuple):
    """A random point of the gap identity, exact."""

    W: list[list[Fraction]]
    H: list[list[Fraction]]
    b: list[Fraction]
    r: list[list[Fraction]]


def random_point(rng: Random, pi: LabelDistribution, loss: Loss) -> Point:
    """A random rational classifier, features and bias, and residuals in the domain of the conjugates."""
    d = rng.randint(1, 3)
    W, H = rationals(rng, pi.K, d), rationals(rng, len(pi.masks), d)
    return Point(W, H, [rational(rng) for _ in range(pi.K)], [_in_domain(rng, y, loss) for y in pi.rows])


def _in_domain(rng: Random, y: Sequence[int], loss: Loss) -> list[Fraction]:
    """A random residual that a loss can have: ``y - r`` is ``m`` times a distribution, in ``[0, 1]``, or anything."""
    if loss.quadratic:
        return [rational(rng) for _ in y]
    parts = [rng.randint(0, 9) for _ in y]
    parts[rng.randrange(len(y))] += 1
    top = Fraction(sum(y), sum(parts)) if loss.centered else Fraction(1, 10)
    return [b - a * top for a, b in zip(parts, y, strict=True)]


def values(drawn: Instance, pi: LabelDistribution, loss: Loss, point: Point) -> tuple[Ball, Ball]:
    """``F(W, H, b)`` and ``D(r)`` from their definitions."""
    primal, dual = arb(0), arb(0)
    seen = zip(frequencies(pi), pi.rows, point.H, point.r, logits_of(point.W, point.H, point.b), strict=True)
    for w, y, h, r, z in seen:
        primal += ball(w) * (loss.balls.value(z, y) + ball(drawn.lambda_H * square_norm(h)) / 2)
        dual += ball(w) * loss.balls.conjugate([ball(a) for a in r], y)
    return primal + ball(drawn.lambda_W * sum(map(square_norm, point.W), Fraction(0))) / 2, dual


def both_sides(
    drawn: Instance,
    pi: LabelDistribution,
    loss: Loss,
    point: Point,
    law: tuple[Fraction, Fraction, Penalty, int, Weights],
) -> tuple[list[Ball], list[Ball]]:
    """F - D and the terms of the gap identity under a law, a ball each; ``law`` is what ``gap_identity`` bends."""
    divergence, features, penalty, bias, weights = law
    mass, apart = weights(pi), arb(0)
    primal, dual = values(drawn, pi, loss, point)
    for w, y, r, z in zip(mass, pi.rows, point.r, logits_of(point.W, point.H, point.b), strict=True):
        apart += ball(w) * loss.balls.divergence([ball(a) for a in r], z, y)
    excess, A = _feature_term(penalty(drawn), pi, point.H, point.r)
    off = _square((matrix(point.W) - A / to_fmpq(drawn.lambda_W)).entries())
    rest = drawn.lambda_W / 2 * off + features * excess / (2 * drawn.lambda_W)
    rest -= bias * sum((w * exact_dot(point.b, r) for w, r in zip(frequencies(pi), point.r, strict=True)), Fraction(0))
    return [primal - dual], [apart * ball(divergence) + ball(rest)]


def _feature_term(
    lam: Fraction, pi: LabelDistribution, H: Sequence[Sequence[Fraction]], r: Sequence[Sequence[Fraction]]
) -> tuple[Fraction, fmpq_mat]:
    r""":math:`\lambda\sum\pi_S\|h_S\|^2-\|A\|_F^2` and :math:`A=\sum\pi_Sr_Sh_S^\top`."""
    mass, features = frequencies(pi), [[to_fmpq(a) for a in h] for h in H]
    weighted = fmpq_mat([[w * a for a in h] for w, h in zip(map(to_fmpq, mass), features, strict=True)])
    A = matrix(r).transpose() * weighted
    spread = sum((w * square_norm(h) for w, h in zip(mass, H, strict=True)), Fraction(0))
    return lam * spread - _square(A.entries()), A


def _square(x: Sequence[fmpq]) -> Fraction:
    return to_fraction(sum((a * a for a in x), fmpq()))


def shrunk_below(
    pi: LabelDistribution, r: list[list[Fraction]], drawn: Instance, feasible: Fraction
) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Residuals shrunk until R is below its bound, exactly decided, and nearly their strongest direction."""
    mass, bound = frequencies(pi), feasible * drawn.lambda_W * drawn.lambda_H
    R = second_moment(mass, r)
    values, vectors = np.linalg.eigh(float_matrix(R))
    scale = (
        root_below(bound / (Fraction(float(values[-1])) * (1 + Fraction(1, 10**9)))) if values[-1] > 0 else Fraction(1)
    )
    shrunk = [[min(scale, Fraction(1)) * x for x in row] for row in r]
    while not dominated(second_moment(mass, shrunk), bound):
        shrunk = [[x / 2 for x in row] for row in shrunk]
    return shrunk, [Fraction(round(x * 2**20), 2**20) for x in vectors[:, -1].tolist()]


def root_below(x: Fraction) -> Fraction:
    """A rational lower bound on the square root, to some 60 digits."""
    return Fraction(isqrt(x.numerator * x.denominator << 400), x.denominator << 200)


def _slackness(
    r: Sequence[Sequence[Fraction]], W: Sequence[Sequence[Fraction]], lam: Fraction, mass: Sequence[Fraction]
) -> Fraction:
    r""":math:`\operatorname{tr}((\lambda I-R)WW^\top)`, exactly."""
    classifier = matrix(W)
    images = (matrix(r) * classifier).tolist()
    seen = sum((w * _square(image) for w, image in zip(mass, images, strict=True)), Fraction(0))
    return lam * _square(classifier.entries()) - seen


# ---------------------------------------------------------------------- U6b


def _has_minimiser(loss: Loss, f: Sequence[Fraction]) -> bool:
    """U6b: with a free bias every label must occur for PAL-CE, and also be sometimes absent for BCE."""
    return all(map(loss.interior, f))


def _one_sign(model: Instance, pi: LabelDistribution, rng: Random) -> Finding:
    """The derivative of F by the bias of the label at fault, which never settles."""
    label = next((k for k, f in enumerate(pi.frequencies) if f == 0), None)
    at_fault = pi.frequencies.index(max(pi.frequencies)) if label is None else label
    signs = set()
    for size in (-20, 0, 20):
        point = random_point(rng, pi, model.loss)
        point.b[at_fault] += size
        slope = arb(0)
        for w, y, z in zip(frequencies(pi), pi.rows, logits_of(point.W, point.H, point.b), strict=True):
            slope -= ball(w) * model.loss.balls.residual(z, y)[at_fault]
        signs.add(1 if slope > 0 else -1 if slope < 0 else 0)
    return (
        HOLDS if signs in ({1}, {-1}) else fails(f"{model.loss.name}: held to have no minimiser, but F falls both ways")
    )


def _bounded_bias(model: Instance, pi: LabelDistribution, rng: Random, shrink: bool, factor: Fraction) -> Finding:
    f, K, lam = pi.frequencies, pi.K, model.lambda_W * model.lambda_H
    j, k = rng.sample(range(K), 2)
    if model.loss.centered:
        delta = [min(f) * ((i == j) - (i == k)) for i in range(K)]
        r0 = [[a - sum(y) / pi.cardinality * (b + d) for a, b, d in zip(y, f, delta, strict=True)] for y in pi.rows]
    else:
        sign = rng.choice((-1, 1))
        delta = [sign * min(f[j], 1 - f[j]) * (i == j) for i in range(K)]
        r0 = [[a - b - d for a, b, d in zip(y, f, delta, strict=True)] for y in pi.rows]
    t = _largest_feasible(pi, r0, lam) if shrink else Fraction(1)
    for point in (_biased_point(model, pi, delta), random_point(rng, pi, model.loss)):
        value, _ = values(model, pi, model.loss, point._replace(r=[[Fraction(0)] * K] * len(pi.masks)))
        bound = factor * t * exact_dot(point.b, delta)
        if value < ball(bound):
            return fails(f"{model.loss.name}: F = {value.str(9)} is below t <b, delta> = {float(bound):.9g}")
    return HOLDS


def _largest_feasible(pi: LabelDistribution, r: list[list[Fraction]], lam: Fraction) -> Fraction:
    R = second_moment(frequencies(pi), r)
    top = float(np.linalg.eigvalsh(float_matrix(R))[-1])
    if dominated(R, lam):
        return Fraction(1)
    t = root_below(lam / (Fraction(top) * (1 + Fraction(1, 10**9))))
    while not dominated(R, lam / t**2):
        t /= 2
    return t


def _biased_point(model: Instance, pi: LabelDistribution, delta: list[Fraction]) -> Point:
    """A large bias along ``delta``, undone by a classifier of rank one for the label sets it hurts most."""
    direction = [Fraction((d > 0) - (d < 0)) for d in delta]
    hurt = [exact_dot(direction, [Fraction(a) for a in y]) <= 0 for y in pi.rows]
    if max(direction) == 0:  # BCE, a bias that is too small
        hurt = [exact_dot(direction, [Fraction(a) for a in y]) < 0 for y in pi.rows]
    mass = sum((w for w, bad in zip(frequencies(pi), hurt, strict=True) if bad), Fraction(0)) or Fraction(1)
    size = _LARGE / root_below(model.lambda_W * model.lambda_H)
    a = root_below(size * root_below(model.lambda_H * mass / model.lambda_W / square_norm(direction)))
    H = [[-size / a if bad else Fraction(0)] for bad in hurt]
    return Point([[a * d] for d in direction], H, [size * d for d in direction], [])


_LARGE = 1000
"""Size of the regulariser of a point with a large bias: the loss, of order 1, is less than the percent of controls."""


# ---------------------------------------------------------------------- the checks

_EVEN_PAIR = witness([([0], 1), ([1], 1)], 2)
_ALWAYS_THERE = witness([([0], 1), ([0, 1], 1), ([0, 2], 1)], 3)


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "U6",
    "both sides of the identity at random rational points, each loss in balls; weak duality at feasible ones",
    Control("divergence 1 % too large", {"divergence": PERCENT}, cases.PAL_FREE),
    Control("last term 1 % too large", {"features": PERCENT}, cases.PAL_FREE),
    Control("lambda_W for lambda in the last term", {"penalty": lambda drawn: drawn.lambda_W}, cases.MSE),
    Control("bias term left out", {"bias": 0}, cases.BCE),
    Control("bias term with the opposite sign", {"bias": -1}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.MSE),
    Control("feasible up to 1.01 lambda", {"feasible": PERCENT}, cases.MSE),
    every=2 * OFTEN,
)
def gap_identity(
    case: LabelSpectrum,
    rng: Random,
    divergence: Fraction = Fraction(1),
    features: Fraction = Fraction(1),
    penalty: Penalty = lambda_of,
    bias: int = 1,
    weights: Weights = frequencies,
    feasible: Fraction = Fraction(1),
) -> Finding:
    r"""U6 at random ``W, H, b, r``, for each loss: the identity in balls, and weak duality for feasible ``r``.

    With a bias the identity has the further term :math:`-\langle b,\sum\pi_Sr_S\rangle`, ``bias`` times; ``penalty`` is
    what stands for :math:`\lambda` in the last. Feasible residuals are random
    ones shrunk to the boundary of :math:`R\preceq` ``feasible`` times :math:`\lambda I`; at features that only see
    their strongest direction the last term of the identity is then 0, which leaves a larger bound no room.
    """
    drawn = Instance.drawn(case.given)
    for name, loss in LOSSES.items():
        pi = loss.sees(case.given)
        point = random_point(rng, pi, loss)
        found = same(
            f"{name}: F - D and the gap",
            *both_sides(drawn, pi, loss, point, (divergence, features, penalty, bias, weights)),
        )
        if found.state != "holds":
            return found
        shrunk, strongest = shrunk_below(pi, point.r, drawn, feasible)
        excess, _ = _feature_term(lambda_of(drawn), pi, [[exact_dot(strongest, r)] for r in shrunk], shrunk)
        if excess < 0:
            return fails(
                f"{name}: |A|^2 exceeds lambda sum pi |h|^2 for residuals with R <= {float(feasible):g} lambda I"
            )
        primal, dual = values(drawn, pi, loss, point._replace(r=shrunk, b=[Fraction(0)] * pi.K))
        if primal < dual:
            return fails(f"{name}: D(r) exceeds F(W, H) for residuals with R <= {float(feasible):g} lambda I")
    return HOLDS


@checks_in_balls(
    "U6a",
    "both sides at random rational points, each loss in balls; the sign of the last term exactly, at feasible ones",
    Control("features' term 1 % too large", {"features": PERCENT}, cases.PAL_FREE),
    Control("features' term left out", {"features": Fraction(0)}, cases.MSE),
    Control("lambda_W for lambda_H in the last term", {"scale": lambda drawn: drawn.lambda_W}, cases.PAL_FREE),
    Control("bias term left out", {"bias": False}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.MSE),
    Control("feasible up to 1.01 lambda", {"feasible": PERCENT}, cases.MSE),
    every=2 * OFTEN,
)
def gap_term_by_term(
    case: LabelSpectrum,
    rng: Random,
    features: Fraction = Fraction(1),
    scale: Penalty = lambda drawn: drawn.lambda_H,
    bias: bool = True,
    weights: Weights = frequencies,
    feasible: Fraction = Fraction(1),
) -> Finding:
    r"""U6a at random ``W, H, b, r``, for each loss: :math:`F-D` is the divergence, the features' distance from
    :math:`\frac1{\lambda_H}W^\top r_S`, :math:`\frac1{2\lambda_H}\operatorname{tr}((\lambda I-R)WW^\top)` and the bias
    term; and for residuals on the boundary of :math:`R\preceq` ``feasible`` times :math:`\lambda I` the third is not
    negative, tried where it is nearly 0.

    ``features`` multiplies the second term, ``scale`` stands for :math:`\lambda_H` in the third.
    """
    drawn = Instance.drawn(case.given)
    lam = drawn.lambda_W * drawn.lambda_H
    for name, loss in LOSSES.items():
        pi = loss.sees(case.given)
        point, mass = random_point(rng, pi, loss), weights(pi)
        primal, dual = values(drawn, pi, loss, point)
        apart, rest = arb(0), _slackness(point.r, point.W, lam, mass) / (2 * scale(drawn))
        seen_rows = (matrix(point.r) * matrix(point.W)).tolist()
        at = zip(mass, pi.rows, point.H, point.r, seen_rows, logits_of(point.W, point.H, point.b), strict=True)
        for w, y, h, r, seen, z in at:
            apart += ball(w) * loss.balls.divergence([ball(a) for a in r], z, y)
            off = _square([to_fmpq(a) - s / to_fmpq(drawn.lambda_H) for a, s in zip(h, seen, strict=True)])
            rest += w * (features * drawn.lambda_H / 2 * off - (exact_dot(point.b, r) if bias else 0))
        found = same(f"{name}: F - D and its terms", [primal - dual], [apart + ball(rest)])
        if found.state != "holds":
            return found
        shrunk, strongest = shrunk_below(pi, point.r, drawn, feasible)
        if _slackness(shrunk, [[a] for a in strongest], lam, frequencies(pi)) < 0:
            return fails(f"{name}: the last term is negative for residuals with R <= {float(feasible):g} lambda I")
    return HOLDS


@checks_in_balls(
    "U6b",
    "the bound on the bias at rational points, R <= lambda I exactly; else the sign of the derivative, in balls",
    Control("t = 1 whatever lambda", {"shrink": False}, _EVEN_PAIR),
    Control("bias 1 % larger", {"factor": PERCENT}, _EVEN_PAIR),
    Control(
        "PAL-CE asks for absence too",
        {"exists": lambda loss, f: loss.quadratic or 0 < min(f) <= max(f) < 1},
        _ALWAYS_THERE,
    ),
    every=2 * OFTEN,
)
def existence(
    case: LabelSpectrum,
    rng: Random,
    exists: Callable[[Loss, Sequence[Fraction]], bool] = _has_minimiser,
    shrink: bool = True,
    factor: Fraction = Fraction(1),
) -> Finding:
    r"""U6b: where a minimiser exists, :math:`b_j-b_k\le F/(t\min_lf_l)` (PAL-CE) and
    :math:`|b_k|\le F/(t\min(f_k,1-f_k))` (BCE) at a random point and at one with a large bias that a classifier of rank
    one undoes where it hurts, which leaves a larger bias no room; where none exists, the bias of a label that never
    occurs, or for BCE always does, has a derivative of one sign at random points with large biases of either sign.

    ``t`` is the largest with :math:`R\preceq\lambda I`, decided exactly; without ``shrink`` it is 1. ``factor``
    multiplies the bounded bias.
    """
    drawn = Instance.drawn(case.given)
    for loss in (losses.PAL_CE, losses.BCE):
        pi = loss.sees(case.given)
        model = replace(drawn, loss=loss, bias="free")
        if not exists(loss, pi.frequencies):
            found = _one_sign(model, pi, rng)
        else:
            found = _bounded_bias(model, pi, rng, shrink, factor)
        if found.state != "holds":
            return found
    return HOLDS
