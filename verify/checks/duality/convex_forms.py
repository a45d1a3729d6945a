r"""The convex forms of the feature model, and the gradient of what a label set contributes, checked (U5)."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat

from verify.checks.duality.global_optima import enough_features, one_less
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import (
    NO_WEIGHTS,
    PERCENT,
    Weights,
    checks_in_balls,
    drawn_optimum,
    exactly,
    frequencies,
    rational,
    rationals,
    same,
    together,
)
from verify.exact.balls import Ball, Balls, ball, dot, total
from verify.exact.matrices import ball_rows, frobenius, zeros
from verify.geometry.spectrum import LabelSpectrum
from verify.model.feature_model import FeatureModel
from verify.model.losses import Array
from verify.model.response import UnsettledError, respond


def _nuclear_norm(X: Any) -> Ball:
    r"""Enclosure of the nuclear norm of a matrix of balls, from a float64 singular value decomposition that is not
    trusted.

    With the computed :math:`X\approx U\,\mathrm{diag}(s)V^\top`: below, :math:`\langle X,UV^\top\rangle/\|UV^\top\|_2`
    with :math:`\|U\|_2^2\le\|U^\top U\|_\infty` (duality of the norms); above,
    :math:`\frac12(\|A\|_F^2+\|B\|_F^2)+\sqrt k\|X-AB^\top\|_F` for any factors, here those of the decomposition.
    """
    U, s, Vt = np.linalg.svd(np.array([[float(a.mid()) for a in row] for row in X.tolist()]), full_matrices=False)
    left, right = ball_rows(exactly(U)), ball_rows(exactly(Vt.T))
    root = np.sqrt(s)
    A, B = ball_rows(exactly(U * root)), ball_rows(exactly(Vt.T * root))
    unit = left * right.transpose()
    below = dot(X.entries(), unit.entries()) / (_row_sum_norm(left) * _row_sum_norm(right)).sqrt()
    rest = frobenius(X - A * B.transpose())
    above = (dot(A.entries(), A.entries()) + dot(B.entries(), B.entries())) / 2 + arb(len(s)).sqrt() * rest
    return below.lower().union(above.upper())


def _row_sum_norm(A: Any) -> Ball:
    r""":math:`\|A^\top A\|_\infty`, an upper bound on :math:`\|A\|_2^2`."""
    sums = [total(abs(x) for x in row) for row in (A.transpose() * A).tolist()]
    return max((a.upper() for a in sums), default=arb(1))


Norm = Callable[[Any], Ball]


def _form(G: Any, r: Balls) -> Ball:
    """``r^T G r``."""
    column = arb_mat(len(r), 1, list(r))
    return (column.transpose() * G * column)[0, 0]


STEP = Fraction(1, 2**14)
"""Step of the difference quotients of U5, relative to G: their error is of its order, far below a percent."""


def _gradient_of_phi(model: FeatureModel, rng: Random, factor: Fraction) -> Finding:
    K, y = model.distribution.K, rng.choice(model.distribution.rows)
    W = rationals(rng, K, rng.randint(1, K))
    b = [rational(rng) / 4 for _ in range(K)]
    if model.loss.centered:
        means = [sum(column, Fraction(0)) / K for column in zip(*W, strict=True)]
        W = [[x - mean for x, mean in zip(row, means, strict=True)] for row in W]
        b = [x - sum(b, Fraction(0)) / K for x in b]
    d = len(W[0])
    X = rationals(rng, d, d)
    X = [[(X[i][j] + X[j][i]) / 2 + (i == j) for j in range(d)] for i in range(d)]
    scale = d * (1 + max(abs(x) for row in X for x in row))
    A, E = (ball_rows(W), ball_rows(W) * ball_rows([[x / scale for x in row] for row in X]) * ball_rows(W).transpose())
    G = A * A.transpose()
    try:
        here, after, before = (_phi(model, y, G + E * ball(t), b) for t in (Fraction(0), STEP, -STEP))
    except UnsettledError:
        return skips("the inner problem at a random G was not solved")
    slope = -_form(E, here.r) / 2 * ball(factor)  # in G/lambda_H
    if (after.value - here.least) / ball(STEP) < slope or (here.least - before.value) / ball(STEP) > slope:
        return fails(f"the gradient of phi_S is not {float(factor):g} times -r r^T / (2 lambda_H)")
    return HOLDS


def _typical_residual(model: FeatureModel, y: Array) -> Array:
    return np.asarray(model.loss.residual(np.zeros_like(y), y) / 2)


class _Phi(NamedTuple):
    r""":math:`\phi_S(G)`: ``value`` from a feature, ``least`` from the residual ``r`` - an affine minorant there."""

    value: Ball
    least: Ball
    r: list[Ball]


def _phi(model: FeatureModel, y: Sequence[int], gram: Any, b: Sequence[Fraction]) -> _Phi:
    """In units of the Gram matrix over lambda_H; the float64 residual is only a choice, both bounds hold for any."""
    floats = np.array([[float(a) for a in row] for row in gram.tolist()])
    indicator = np.array([y], dtype=float)
    start = _typical_residual(model, indicator)
    found = respond(model.loss, indicator, floats, np.array([float(x) for x in b]), start).r[0]
    r = [Fraction(x) for x in found]
    if model.loss.centered:
        widest = max(range(len(r)), key=lambda k: y[k] - r[k])
        r[widest] -= sum(r, Fraction(0))
    balls, loss, bias = [ball(x) for x in r], model.loss.balls, [ball(x) for x in b]
    h2 = _form(gram, balls)
    z = [a + c for a, c in zip((gram * arb_mat(len(r), 1, balls)).entries(), bias, strict=True)]
    return _Phi(loss.value(z, y) + h2 / 2, loss.conjugate(balls, y) - dot(balls, bias) - h2 / 2, balls)


@checks_in_balls(
    "U5",
    "the proven value against both convex forms at the optimum; difference quotients around the gradient, in balls",
    Control("mu 1 % too large", {"mu": lambda model: ball(model.lam).sqrt() * ball(PERCENT)}, cases.PAL_FREE),
    Control("Frobenius norm for nuclear norm", {"norm": frobenius}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.MSE),
    Control("gradient 1 % too large", {"gradient": PERCENT}, cases.PAL_FREE),
    Control("the subgradient with the opposite sign", {"gradient": Fraction(-1)}, cases.PAL_FREE),
    Control("the bias forgotten", {"bias": lambda b: zeros(len(b))}, cases.PAL_FREE),
    Control("one feature dimension less", {"dimension": one_less}, cases.PAL_FREE),
)
def convex_form(
    case: LabelSpectrum,
    rng: Random,
    mu: Callable[[FeatureModel], Ball] = lambda model: ball(model.lam).sqrt(),
    norm: Norm = _nuclear_norm,
    weights: Weights = frequencies,
    gradient: Fraction = Fraction(1),
    bias: Callable[[Balls], Balls] = lambda b: b,
    dimension: Callable[[int], int] = lambda enough: enough,
) -> Finding:
    r"""U5: both convex forms give :math:`\min F` at the optimum and nothing less elsewhere; the gradient of
    :math:`\phi_S`; and ``dimension`` of the number of features said to be enough are enough.

    Nuclear norm at the optimal and at random logits; :math:`\frac{\lambda_W}2\operatorname{tr}G+\sum\pi_S\phi_S(G)` at
    the optimum; and at a random ``G`` the difference quotients of :math:`\phi_S`, which convexity puts on either side
    of :math:`-\frac1{2\lambda_H}r_S^\top Er_S` - ``gradient`` times that.
    """
    at = drawn_optimum(case)
    pi, model, mass = at.model.distribution, at.model, frequencies(at.model.distribution)
    roots = [ball(w).sqrt() for w in weights(pi)]

    def nuclear_form(Z: Any, b: Balls) -> Ball:
        rows = zip(mass, Z.tolist(), at.y, strict=True)
        loss = total(ball(w) * at.loss.value([a + c for a, c in zip(z, b, strict=True)], y) for w, z, y in rows)
        scaled = arb_mat([[root * a for a in row] for root, row in zip(roots, Z.tolist(), strict=True)])
        return loss + mu(model) * norm(scaled)

    residuals = zip(mass, at.r.tolist(), at.y, strict=True)
    # phi_S at the optimal residual; sum pi r = 0 makes a free bias drop out
    phi = total(
        ball(w) * (at.loss.conjugate(r, y) - _form(at.G, r) / (2 * ball(model.lambda_H))) for w, r, y in residuals
    )
    findings = [
        enough_features(at, dimension),
        same("min F and the nuclear-norm form", [at.value], [nuclear_form(at.wh, bias(at.b))]),
        same("min F and the form in G", [at.value], [ball(model.lambda_W) / 2 * at.G.trace() + phi]),
    ]
    trials = [at.wh * ball(Fraction(99, 100)), at.wh * ball(PERCENT), ball_rows(rationals(rng, at.n, at.K))]
    for Z in trials:
        if nuclear_form(Z, bias(at.b)) < at.value:
            findings.append(fails("the nuclear-norm form is smaller than min F elsewhere"))
    findings.append(_gradient_of_phi(model, rng, gradient))
    return together(findings)
