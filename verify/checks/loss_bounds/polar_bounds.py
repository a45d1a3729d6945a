r"""Chapter L, second half, checked: the polar point, the tag-wise points, and what they say about each other.

Where the polar point is outside the domain of the conjugates it is no dual point, and nothing is claimed of it.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
from flint import arb, arb_mat
from scipy.optimize import minimize

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.loss_bounds.floors import SEVERAL
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    OFTEN,
    PARTLY_DECIDED,
    PERCENT,
    checks_in_balls,
    frequencies,
    pal_optimum,
    same,
)
from verify.exact.balls import Ball, ball, dot, of_root, total
from verify.exact.matrices import outer, projection
from verify.exact.roots import Root
from verify.geometry.polar import Polar, eigenvalues, is_flat
from verify.geometry.spectrum import LabelSpectrum, Spectrum, balanced_value
from verify.geometry.tagwise import balanced_threshold, entropy_bound, log_ratio, tag_wise
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum

OUTSIDE = "the polar point is outside the domain"


def _tag_wise_points(case: LabelSpectrum, at: CertifiedOptimum, share: Fraction) -> Finding:
    K, masses, lam = case.K, case.pi.multiplicities, at.model.lam
    if lam < balanced_threshold(masses, K) * Fraction(999, 1000):
        scalars = tag_wise(masses, K, lam, balanced_value, log_ratio)
        start = {m: Fraction(float((scalars.gain * c).mid())) for m, c in scalars.c.items()}
        top = total(ball(mass) * entropy_bound(K, m, scalars.c[m]) for m, mass in masses.items())
    else:
        start = dict.fromkeys(masses, Fraction(0))
        top = total(ball(mass * m) for m, mass in masses.items()) * arb(K).log()
    values = [_tag_wise_value(case.pi, s, lam, share) for s in (start, _best_scales(case.pi, start, float(lam)))]
    for value in values:
        if at.value > value:
            return fails(f"min F = {at.value.str(12)} exceeds a tag-wise value, {value.str(12)}")
    if values[0] > top:
        return fails(f"the tag-wise value {values[0].str(12)} exceeds L3 = {top.str(12)}")
    return HOLDS


def _tag_wise_value(pi: LabelDistribution, s: dict[int, Fraction], lam: Fraction, share: Fraction) -> Ball:
    r""":math:`\sum_S\pi_SL_S(s_{m_S}\tilde y_S)+\mu\operatorname{tr}(\sum_m\pi_ms_m^2\Sigma_m)^{1/2}`; the root of a
    rational matrix by its exact eigenvalues."""
    loss = total(ball(mass) * _tag_wise_loss(pi.K, m, ball(s[m])) for m, mass in pi.multiplicities.items())
    weights = {mask: w * s[m] ** 2 for mask, w, m in zip(pi.masks, frequencies(pi), pi.sizes, strict=True) if s[m]}
    if not weights:
        return loss
    scaled = LabelDistribution.from_masks(weights, pi.labels)
    root = total(value.sqrt() * times for value, times in eigenvalues(Spectrum.of(scaled)))
    return loss + ball(share) * (ball(lam) * ball(sum(weights.values()))).sqrt() * root


def _tag_wise_loss(K: int, m: int, s: Ball) -> Ball:
    r"""PAL-CE at the logits :math:`s\tilde y_S`."""
    return m * (m * s.exp() + (K - m)).log() - m * s


def _best_scales(pi: LabelDistribution, start: dict[int, Fraction], lam: float) -> dict[int, Fraction]:
    """The scales with the least value, in float64: only a choice."""
    sizes, y, p = np.array(pi.sizes), pi.indicator - np.array(pi.sizes)[:, None] / pi.K, pi.probabilities
    columns = np.array([[m == size for m in start] for size in pi.sizes], dtype=float)

    def value(x: Any) -> float:
        s = columns @ np.abs(x)
        loss = sizes * (np.log(sizes * np.exp(s) + pi.K - sizes) - s)
        squares = np.linalg.eigvalsh((y * (p * s**2)[:, None]).T @ y)
        return float(p @ loss + np.sqrt(lam * np.maximum(squares, 0)).sum())

    found = minimize(value, [float(s) for s in start.values()], method="Nelder-Mead", options={"maxiter": 200}).x
    return {m: Fraction(abs(s)) for m, s in zip(start, found.tolist(), strict=True)}


def _least_tag_wise(polar: Polar, m: int, mu: Ball, c: Ball) -> Finding:
    """The tag-wise value at the scale that belongs to ``c`` is the entropy, and larger 2 % beside it."""
    K = polar.pi.K
    if not c < 1:
        return HOLDS if c > 1 else skips("the tag-wise scale cannot be told from 0")
    s = log_ratio(K, m, c)

    def value(scale: Ball) -> Ball:
        return _tag_wise_loss(K, m, scale) + mu * scale * polar.trace_of_root

    least = entropy_bound(K, m, c)
    for beside in (Fraction(98, 100), Fraction(102, 100)):
        if value(s * ball(beside)) < least:
            return fails(f"the tag-wise value at {float(beside):g} times the scale is smaller than the least")
    return same("the least tag-wise value and its entropy", [value(s)], [least])


# ---------------------------------------------------------------------- L5b

PATH = LabelDistribution.from_sets([([0, 1], 1), ([1, 2], 1), ([2, 3], 1)], labels="abcdefgh")
r"""The nonzero eigenvalues are 1/6 and, twice, 2/3; at :math:`\lambda=\frac16` the polar point is in the domain."""


@lru_cache(maxsize=1)
def _below_within_the_spectrum() -> bool:
    polar = Polar.of(PATH)
    (least, _), (largest, _) = polar.values
    r = polar.residuals(least.sqrt())
    return r is not None and bool(polar.dual_value(r) < entropy_bound(PATH.K, 2, (least / largest).sqrt()))


def _weighted(weights: Sequence[Fraction], a: Sequence[Sequence[Ball]], b: Sequence[Sequence[Ball]]) -> Ball:
    return total(ball(w) * dot(u, v) for w, u, v in zip(weights, a, b, strict=True))


_DEFICIENT = witness([([0, 1], 9), ([0, 2], 16)], 4)
_THREE_PAIRS = witness([([0, 1], 1), ([0, 2], 3), ([1, 2], 4)], 3)


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "L5",
    "R of the polar point and its value in balls; tag-wise values by exact eigenvalues, against the proven min F",
    Control("inverse for inverse root", {"direction": lambda p: p.q * p.geometry.inverse_root}, cases.HALF),
    Control("P for the projector on the range", {"shape": lambda p: projection(p.pi.K)}, _DEFICIENT),
    Control("half the regulariser", {"share": Fraction(1, 2)}, cases.TWO_PAIRS),
    Control("with a free bias too", {"bias": "free"}, cases.HALF),
)
def polar_and_tag_wise_points(
    case: LabelSpectrum,
    _: Random,
    direction: Callable[[Polar], Any] = lambda polar: polar.q,
    shape: Callable[[Polar], Any] = lambda polar: polar.onto_range,
    share: Fraction = Fraction(1),
    bias: Bias = "zero",
) -> Finding:
    r"""L5: the polar point has :math:`R=\lambda\Pi` and, in the domain, :math:`D(r)\le\min F`; the tag-wise points have
    no smaller value than :math:`\min F`, the best of them and that with the scalars of O1 no larger one than L3.

    ``direction`` is what the polar point is :math:`\mu` times, ``shape`` what ``R`` is :math:`\lambda` times; ``share``
    of the regulariser is charged.
    """
    at, polar = pal_optimum(case, bias), Polar.of(case.pi)
    lam, q = ball(at.model.lam), direction(polar)
    R = outer(q, frequencies(polar.pi), q) * lam
    isotropic = same("R and lambda times the projector", R.entries(), (shape(polar) * lam).entries())
    if isotropic.state != "holds":
        return isotropic
    r = polar.residuals(lam.sqrt())
    if r is not None and polar.dual_value(r) > at.value:
        return fails(f"the polar value {polar.dual_value(r).str(12)} exceeds min F = {at.value.str(12)}")
    return _tag_wise_points(case, at, share)


@checks_in_balls(
    "L5a",
    "the entropy at its four arguments, from exact eigenvalues, with the proven interval of min F in the middle",
    Control("K - 1 for the K - 2 other contrasts", {"others": lambda K: K - 1}, cases.HALF),
    Control("kappa for K", {"constant": lambda spectrum: spectrum.kappa}, cases.HALF),
    Control("trace of the root 1 % too large", {"root": PERCENT}, cases.HALF),
    Control("K - 2 directions", {"directions": lambda K: K - 2}, cases.EQUAL),
)
def one_formula(
    case: LabelSpectrum,
    _: Random,
    others: Callable[[int], int] = lambda K: K - 2,
    constant: Callable[[Spectrum], Root] = lambda spectrum: spectrum.largest,
    root: Fraction = Fraction(1),
    directions: Callable[[int], int] = lambda K: K - 1,
) -> Finding:
    r"""L5a: :math:`H_m` at its four arguments is ordered, with :math:`\min F` in the middle, and the third is the least
    tag-wise value: it has that value at its own scale and larger ones beside it. Where L5c puts the polar value above
    L1, it joins the chain.

    ``root`` multiplies the trace of the root in the third argument.
    """
    if len(case.parts) > 1:
        return skips(SEVERAL)
    (m,), at, polar, K = case.parts, pal_optimum(case), Polar.of(case.pi), case.K
    mu, trace = ball(at.model.lam).sqrt(), ball(Fraction(m * (K - m), K))
    mean = mu * polar.trace_of_root * ball(root) / trace
    arguments = (
        mu / (trace - others(K) * of_root(case.overall.kappa)).sqrt(),
        mu / of_root(constant(case.overall)).sqrt(),
        mean,
        mu * (directions(K) / trace).sqrt(),
    )
    bounds = [entropy_bound(K, m, c) for c in arguments]
    chain = [
        *zip(("L2", "L1"), bounds[:2], strict=True),
        ("min F", at.value),
        ("L5-primal", bounds[2]),
        ("L3", bounds[3]),
    ]
    r = polar.residuals(mu)
    if r is not None and polar.floor_is_lower(mu):
        chain.insert(2, ("L5-dual", polar.dual_value(r)))
    for (name, low), (above, high) in pairwise(chain):
        if low > high:
            return fails(f"{name} = {low.str(12)} exceeds {above} = {high.str(12)}")
    return _least_tag_wise(polar, m, mu, mean)


@checks_in_balls(
    "L5b",
    "the polar value at lambda = K_m against m log K, and at the least eigenvalue of one distribution, in balls",
    Control("L1 <= L5-dual always", {"below": False}, cases.TWO_OF_THREE),
    every=OFTEN,
    labels=None,
)
def polar_below_floor(case: LabelSpectrum, _: Random, below: bool = True) -> Finding:
    r"""L5b: at :math:`\lambda=\mathrm K_m` the polar value is below L1, :math:`m\log K`, except on a flat spectrum,
    where they are equal; at :math:`\lambda` the least nonzero eigenvalue it is below L1 for one distribution at least.

    With ``below=False`` the reading that L5b refutes: the polar value is never below L1.
    """
    if len(case.parts) > 1:
        return skips(SEVERAL)
    (m,), polar = case.parts, Polar.of(case.pi)
    if below and not _below_within_the_spectrum():
        return fails("the polar value of the path of pairs is not below L1 at the least nonzero eigenvalue")
    r = polar.residuals(polar.values[-1][0].sqrt())
    if r is None:
        return skips(OUTSIDE)
    value, floor = polar.dual_value(r), m * arb(case.K).log()
    if is_flat(case.overall):
        return same("the polar value at K and m log K", [value], [floor])
    if value < floor:
        return HOLDS if below else fails(f"the polar value {value.str(12)} is below L1 = {floor.str(12)} at lambda = K")
    return (
        fails("the polar value is not below L1 at lambda = K") if value > floor else skips("they cannot be told apart")
    )


@checks_in_balls(
    "L5c",
    "the polar value against H(c), the margin and L1 at twelve lambda, in balls; min F where it is proven",
    Control("half the margin", {"margin": Fraction(1, 2)}, cases.TWO_OF_THREE),
    Control("without the condition", {"condition": False}, lambda: LabelSpectrum(PATH)),
)
def explicit_margin(case: LabelSpectrum, _: Random, margin: Fraction = Fraction(1), condition: bool = True) -> Finding:
    r"""L5c at :math:`\lambda=4^{-j}\mathrm K_m` and at the drawn one, wherever the polar point is in the domain and
    :math:`\bar c\le1`: the polar value is between :math:`H_m(\bar c)` and that less the margin, with :math:`\min F`
    between the two at the drawn one; and under the condition it is at least L1.

    ``margin`` multiplies the margin; ``condition`` is whether the condition is asked for.
    """
    if len(case.parts) > 1:
        return skips(SEVERAL)
    (m,), at, polar, K = case.parts, pal_optimum(case), Polar.of(case.pi), case.K
    trace, top = ball(Fraction(m * (K - m), K)), polar.values[-1][0]
    drawn, tried = ball(at.model.lam), list[Ball]()
    for lam in (drawn, *(top / 4**j for j in range(11))):
        r, mu = polar.residuals(lam.sqrt()), lam.sqrt()
        c = mu * polar.trace_of_root / trace
        if r is None or not c <= 1:
            continue
        tried.append(lam)
        value, above = polar.dual_value(r), entropy_bound(K, m, c)
        slack = K / (c * m) * (lam * polar.rank - c * c * trace)
        if above - ball(margin) * slack > value:
            return fails(f"the polar value {value.str(12)} is farther from {above.str(12)} than {slack.str(6)}")
        least = at.value if lam is drawn else value
        if value > least or least > above:
            return fails(f"{value.str(12)}, {least.str(12)}, {above.str(12)}: not in order")
        floor = entropy_bound(K, m, (lam / top).sqrt())
        if (not condition or polar.floor_is_lower(mu)) and value < floor:
            return fails(f"the polar value {value.str(12)} is below L1 = {floor.str(12)} at lambda {lam.str(6)}")
    return HOLDS if tried else skips(OUTSIDE)


@checks_in_balls(
    "L5d",
    "the proven min F less the polar value, and the divergence from the optimum, against the form in balls",
    Control("half the form", {"factor": Fraction(1, 2)}, _THREE_PAIRS),
    Control("root for inverse root", {"metric": lambda polar: polar.geometry.root}, _THREE_PAIRS),
    every=PARTLY_DECIDED,
)
def polar_distance(
    case: LabelSpectrum,
    _: Random,
    factor: Fraction = Fraction(1),
    metric: Callable[[Polar], Any] = lambda polar: polar.geometry.inverse_root,
) -> Finding:
    r"""L5d: :math:`0\le\min F-D(r)\le` the quadratic form, at the best scale and beside it; it also bounds
    :math:`\sum_S\pi_Sm_S\mathrm{KL}(p_S\|p_S^*)`, with the optimum as certified.

    ``factor`` multiplies the form, ``metric`` stands for :math:`\Sigma^{+1/2}` in it.
    """
    at, polar = pal_optimum(case), Polar.of(case.pi)
    mu = ball(at.model.lam).sqrt()
    if polar.rank < case.K - 1:
        return skips("Sigma has not rank K - 1")
    r = polar.residuals(mu)
    y = case.pi.rows
    if r is None or not all(b - a > 0 for row, ys in zip(r, y, strict=True) for a, b in zip(row, ys, strict=True)):
        return skips("the polar point is not in the interior of the domain")
    value, pal = polar.dual_value(r), PAL_CE.balls
    z = arb_mat([pal.logits(row, ys) for row, ys in zip(r, y, strict=True)])
    centered = arb_mat([[ball(Fraction(a * case.K - sum(ys), case.K)) for a in ys] for ys in y])

    def inner(a: Any, b: Any) -> Ball:
        return _weighted(frequencies(polar.pi), (a * metric(polar)).tolist(), b.tolist())

    best = (inner(z, z) / inner(centered, centered)).sqrt()
    apart = zip(frequencies(polar.pi), r, at.z.tolist(), y, strict=True)
    divergence = total(ball(w) * pal.divergence(row, logits, ys) for w, row, logits, ys in apart)
    if value > at.value:
        return fails(f"the polar value {value.str(12)} exceeds min F = {at.value.str(12)}")
    for scale in (Fraction(1), Fraction(9, 10), Fraction(11, 10)):
        off = z - centered * (best * ball(scale))
        form = ball(factor) * mu / (2 * best * ball(scale)) * inner(off, off)
        for what, distance in (("min F - D", at.value - value), ("the divergence", divergence)):
            if distance > form:
                return fails(f"{what} = {distance.str(9)} exceeds the form {form.str(9)}")
    return HOLDS if divergence.is_finite() else skips("the divergence is not determined")
