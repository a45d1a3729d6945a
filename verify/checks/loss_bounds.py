r"""Chapter L, checked: lower bounds on the least value of the objective against the proven value."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

import numpy as np
from flint import arb

from verify.balls import BALL_LOSSES, ball, between, total
from verify.checks.enclosures import (
    EQUAL,
    FEW_LABELS,
    MSE,
    ONE_OFF,
    PAL_ZERO,
    SELDOM,
    Residuals,
    collapse_residuals,
    decided,
    drawn_optimum,
    float_matrix,
    same,
    zero_bias_residuals,
)
from verify.evidence import HOLDS, Check, Control, Finding, fails, skips
from verify.optimum import dominated, second_moment
from verify.spectrum import LabelSpectrum

__all__ = ["CHECKS"]


# ---------------------------------------------------------------------- L4


@decided
def loss_bound(
    case: LabelSpectrum,
    _: Random,
    above: Callable[[int], int] = lambda _dimension: 0,
    factor: Fraction = Fraction(1),
    residuals: Residuals = collapse_residuals,
) -> Finding:
    r"""L4: :math:`\min F\ge D(c\,r^0)` with :math:`c=\min(1,\sqrt{\lambda/\lambda_{\max}(R^0)})`, in balls, for
    the drawn loss and bias; :math:`\lambda_{\max}` between two rationals that are decided exactly. Above the threshold
    equality holds.

    ``above`` is how many eigenvalues exceed the one that is taken, ``factor`` multiplies ``c``.
    """
    at = drawn_optimum(case)
    pi, name, lam = at.model.distribution, at.model.loss.name, at.model.lam
    r0 = residuals(pi, name, at.model.bias)
    R0 = second_moment(at.pi, r0)
    values = np.linalg.eigvalsh(float_matrix(R0))
    near = Fraction(float(values[-1 - above(at.K - int(at.model.loss.centered))]))
    if near <= Fraction(1, 10**9):
        return skips("R^0 is 0: the optimum is W = 0 at every lambda")
    ends = near * (1 - Fraction(1, 10**9)), near * (1 + Fraction(1, 10**9))
    if above(at.K) == 0 and (dominated(R0, ends[0]) or not dominated(R0, ends[1])):
        return fails("the float64 eigenvalue is wrong")
    c = arb(1) if lam >= ends[1] else (ball(lam) / between(ends)).sqrt()
    c *= ball(factor)
    rows = zip(at.pi, r0, at.y, strict=True)
    dual = total(ball(w) * BALL_LOSSES[name].conjugate([c * ball(a) for a in r], y) for w, r, y in rows)
    if dual > at.value:
        return fails(f"D(c r^0) = {dual.str(12)} exceeds min F = {at.value.str(12)}")
    if lam >= ends[1]:
        return same("min F above the threshold and D(r^0)", [at.value], [dual])
    return HOLDS if dual.is_finite() else skips("D(c r^0) is not determined")


# ---------------------------------------------------------------------- the checks

CHECKS: tuple[Check[LabelSpectrum], ...] = (
    Check(
        "L4",
        "D(c r^0) in balls against the proven upper end of min F",
        loss_bound,
        (
            Control("kappa for K", {"above": lambda dimension: dimension - 1}, PAL_ZERO),
            Control("c 1 % too large", ONE_OFF, EQUAL),
            Control("residuals without a bias", {"residuals": zero_bias_residuals}, MSE),
        ),
        SELDOM,
        FEW_LABELS,
    ),
)
"""The checks of chapter L."""
