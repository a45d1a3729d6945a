r"""Chapter L, checked: bounds on the least value by eigenvalues or the scalars of O1 (others: ``polar_bounds``).

Each is computed in balls from the exact algebraic eigenvalues, and compared with the interval that the certificate
proves for the least value at the optimum of PAL-CE without bias (L4: of the drawn loss and bias).
"""

from collections.abc import Callable
from fractions import Fraction
from random import Random

import numpy as np
from flint import arb, arb_mat
from scipy.optimize import minimize_scalar

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.orthogonal_case.tag_wise_averages import orthogonal
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    ONE_OFF,
    PERCENT,
    Residuals,
    checks_in_balls,
    collapse_residuals,
    drawn_optimum,
    float_matrix,
    frequencies,
    pal_optimum,
    same,
    square_norm,
    zero_bias_residuals,
)
from verify.exact.balls import Ball, ball, between, of_root, total
from verify.exact.matrices import projection
from verify.exact.rationals import exact_dot, second_moment
from verify.exact.roots import Root
from verify.geometry.polar import is_flat
from verify.geometry.spectrum import LabelSpectrum, Spectrum, balanced_value
from verify.geometry.tagwise import Value, balanced_threshold, entropy_bound, log_ratio, tag_wise
from verify.model.feature_model import Bias, dominated
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum

SEVERAL = "several multiplicities: the bound is for one"
NOT_TOLD = "the bound cannot be told from min F"

_SKEWED = witness([([0], 9), ([1], 1)], 2)
_UNEVEN_FOUR = witness([([k], k + 1) for k in range(4)], 4)


def _certainly_no_etf(case: LabelSpectrum, c: dict[int, Ball], lam: Fraction) -> bool:
    r"""Whether :math:`\sum_m\pi_mc_m^2\Sigma_m` is certainly not :math:`\lambda P`."""
    moment = arb_mat(case.K, case.K)
    for m, mass in case.pi.multiplicities.items():
        rows = collapse_residuals(case.parts[m], PAL_CE, "zero")
        moment += arb_mat(second_moment(frequencies(case.parts[m]), rows)) * (ball(mass) * c[m] * c[m])
    isotropic = (projection(case.K) * ball(lam)).entries()
    return same("sum pi c^2 Sigma and lambda P", moment.entries(), isotropic).state == "fails"


def _strictly(at: CertifiedOptimum, bound: Ball) -> Finding:
    if at.value > bound:
        return fails(f"min F = {at.value.str(12)} exceeds the value of O1, {bound.str(12)}")
    return HOLDS if at.value < bound else skips(NOT_TOLD)


def _above_the_threshold(case: LabelSpectrum, threshold: Fraction, collapsed: Ball) -> Finding:
    r"""Half way between the threshold of O1 and K some point is better than ``W = 0``: the best one of rank one, along
    the strongest contrast."""
    top = case.overall.largest.enclosure(Fraction(1, 10**9)).lower
    if top < threshold * PERCENT:
        return HOLDS  # nothing, or next to nothing, is between
    mu, pi = ball((threshold + top) / 2).sqrt(), case.pi
    form = second_moment(frequencies(pi), collapse_residuals(pi, PAL_CE, "zero"))
    v = [Fraction(a) for a in np.linalg.eigh(float_matrix(form))[1][:, -1].tolist()]
    seen = [exact_dot(v, [Fraction(a) for a in y]) - sum(y) * sum(v) / case.K for y in pi.rows]
    size = ball(square_norm(v) * sum(w * a * a for w, a in zip(frequencies(pi), seen, strict=True))).sqrt()

    def value(t: float) -> Ball:
        rows = zip(frequencies(pi), seen, pi.rows, strict=True)
        loss = PAL_CE.balls
        return mu * arb(t) * size + total(
            ball(w) * loss.value([arb(t) * ball(a * x) for x in v], y) for w, a, y in rows
        )

    found = value(minimize_scalar(lambda t: float(value(t).mid()), bounds=(0, 10), method="bounded").x)
    return HOLDS if found < collapsed else skips("nothing better than W = 0 was found")


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "L1",
    "the entropy at the exact algebraic K_m, in balls, against the proven min F; equality decided exactly",
    Control("kappa for K", {"constant": lambda spectrum: spectrum.kappa}, cases.TWO_OF_THREE),
    Control("argument 1 % too large", ONE_OFF, cases.EQUAL),
    Control("argument 1 % too small", {"factor": 1 / PERCENT}, cases.EQUAL),
    Control("attained by every distribution", {"attained": lambda _: True}, cases.HALF),
    Control("attained under perfect orthogonality only", {"attained": orthogonal}, cases.TWO_PAIRS),
    Control("with a free bias too", {"bias": "free"}, _SKEWED),
)
def floor(
    case: LabelSpectrum,
    _: Random,
    constant: Callable[[Spectrum], Root] = lambda spectrum: spectrum.largest,
    factor: Fraction = Fraction(1),
    attained: Callable[[LabelSpectrum], bool] = lambda case: is_flat(case.overall),
    bias: Bias = "zero",
) -> Finding:
    r"""L1: :math:`\min F\ge H_m(\min(1,\sqrt{\lambda/\mathrm K_m}))`, below collapse with equality iff all nonzero
    eigenvalues of :math:`\Sigma_m` agree (decided exactly), strictly otherwise.

    ``constant`` is what stands for :math:`\mathrm K_m`, ``factor`` multiplies the argument.
    """
    if len(case.parts) > 1:
        return skips(SEVERAL)
    (m,), at = case.parts, pal_optimum(case, bias)
    bound = entropy_bound(case.K, m, ball(factor) * (ball(at.model.lam) / of_root(constant(case.overall))).sqrt())
    if bound > at.value:
        return fails(f"the floor {bound.str(12)} exceeds min F = {at.value.str(12)}")
    if bound < at.value:
        return fails("the floor is held to be attained, but min F is certainly larger") if attained(case) else HOLDS
    if attained(case):
        return same("min F and the floor", [at.value], [bound])
    # on a flat spectrum the arguments of the floor and of the tag-wise point (L5a) are one number
    return fails("the floor is held not to be attained, but it is") if is_flat(case.overall) else skips(NOT_TOLD)


@checks_in_balls(
    "L2",
    "the entropy at the exact algebraic kappa_m, in balls, against L1 and the proven interval of min F",
    Control("K - 1 for the K - 2 other contrasts", {"others": lambda K: K - 1}, cases.HALF),
    Control("argument 1 % too large", ONE_OFF, cases.EQUAL),
    Control("the argument falls with kappa", {"rises": False}, cases.HALF),
    Control("equal to L1 whatever the other eigenvalues", {"equal": lambda _: True}, _UNEVEN_FOUR),
    Control("with a free bias too", {"bias": "free"}, _SKEWED),
)
def floor_by_weakest_contrast(
    case: LabelSpectrum,
    _: Random,
    others: Callable[[int], int] = lambda K: K - 2,
    factor: Fraction = Fraction(1),
    rises: bool = True,
    equal: Callable[[Spectrum], bool] = lambda spectrum: spectrum.kappa.multiplicity >= spectrum.K - 2,
    bias: Bias = "zero",
) -> Finding:
    r"""L2: :math:`\min F\ge H_m(\min(1,\sqrt{\lambda/(\operatorname{tr}\Sigma_m-(K-2)\kappa_m)}))`, at most L1,
    equal to it iff ``K - 2`` eigenvalues are :math:`\kappa_m`, and rising with :math:`\kappa_m`.

    The rise is tried half way to the largest value :math:`\kappa_m` can have.
    """
    if len(case.parts) > 1:
        return skips(SEVERAL)
    (m,), at, K = case.parts, pal_optimum(case, bias), case.K
    lam, trace = ball(at.model.lam), ball(Fraction(m * (K - m), K))

    def bound(kappa: Ball) -> Ball:
        return entropy_bound(K, m, ball(factor) * (lam / (trace - others(K) * kappa)).sqrt())

    kappa, top = of_root(case.overall.kappa), entropy_bound(K, m, (lam / of_root(case.overall.largest)).sqrt())
    here = bound(kappa)
    for what, above in (("L1", top), ("min F", at.value)):
        if here > above:
            return fails(f"the floor {here.str(12)} exceeds {what} = {above.str(12)}")
    if K > 2 and case.overall.kappa < balanced_value(K, m):
        there = bound((kappa + ball(balanced_value(K, m))) / 2)
        if there < here if rises else there > here:
            return fails(f"with a larger kappa the floor is {there.str(12)}, with kappa {here.str(12)}")
    if equal(case.overall):
        return same("L1 and L2", [top], [here])
    return HOLDS if here < top else skips("L2 cannot be told from L1")


@checks_in_balls(
    "L3",
    "the value of O1 in balls against the proven interval of min F, strict where orthogonality certainly fails",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, cases.BALANCED),
    Control("one scalar for all multiplicities", {"scalar": lambda c, _: c[min(c)]}, cases.TWO_SIZES),
    Control(
        "equality where Sigma is a multiple of P",
        {"attained": lambda case: case.overall.is_multiple_of_centering(case.overall.trace / (case.K - 1))},
        cases.UNDONE,
    ),
    Control("with a free bias too", {"bias": "free"}, _SKEWED),
)
def balance_is_hardest(
    case: LabelSpectrum,
    _: Random,
    value: Value = balanced_value,
    scalar: Callable[[dict[int, Ball], int], Ball] = lambda c, m: c[m],
    attained: Callable[[LabelSpectrum], bool] = orthogonal,
    bias: Bias = "zero",
) -> Finding:
    r"""L3: :math:`\min F\le\sum_m\pi_mH_m(c_m)` with the scalars of O1, equal under perfect orthogonality and smaller
    where :math:`\sum_m\pi_mc_m^2\Sigma_m` is certainly not :math:`\lambda P`; between the threshold of O1 and that of
    collapse some point has a value below :math:`\sum_m\pi_m\,m\log K`.

    ``value`` stands for the balanced value, ``scalar`` picks the scalar of a multiplicity.
    """
    at, K, masses = pal_optimum(case, bias), case.K, case.pi.multiplicities
    threshold = balanced_threshold(masses, K)
    collapsed = total(ball(mass * m) for m, mass in masses.items()) * arb(K).log()
    above = _above_the_threshold(case, threshold, collapsed)
    if above.state != "holds" or at.model.lam >= threshold:
        return above if above.state != "holds" else _strictly(at, collapsed)
    if at.model.lam > threshold * Fraction(999, 1000):
        return skips("too near to the threshold of O1")
    scalars = tag_wise(masses, K, at.model.lam, value, log_ratio)
    c = {m: scalar(scalars.c, m) for m in masses}
    bound = total(ball(mass) * entropy_bound(K, m, c[m]) for m, mass in masses.items())
    if attained(case):
        return same("min F and the value of O1", [at.value], [bound])
    strict = _strictly(at, bound)
    if strict.state == "holds" and len(masses) > 1 and not _certainly_no_etf(case, c, at.model.lam):
        return skips("sum pi c^2 Sigma cannot be told from lambda P")
    return strict


@checks_in_balls(
    "L4",
    "D(c r^0) in balls against the proven upper end of min F",
    Control("the least nonzero eigenvalue for the largest", {"above": lambda dimension: dimension - 1}, cases.PAL_ZERO),
    Control("c 1 % too large", ONE_OFF, cases.EQUAL),
    Control("residuals without a bias where it is free", {"residuals": zero_bias_residuals}, cases.MSE),
)
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
    pi, loss, lam = at.model.distribution, at.model.loss, at.model.lam
    r0 = residuals(pi, loss, at.model.bias)
    R0 = second_moment(at.pi, r0)
    values = np.linalg.eigvalsh(float_matrix(R0))
    near = Fraction(float(values[-1 - above(loss.dimension(at.K))]))
    if near <= Fraction(1, 10**9):
        return skips("R^0 is 0: the optimum is W = 0 at every lambda")
    ends = near * (1 - Fraction(1, 10**9)), near * (1 + Fraction(1, 10**9))
    if above(at.K) == 0 and (dominated(R0, ends[0]) or not dominated(R0, ends[1])):
        return fails("the float64 eigenvalue is wrong")
    c = arb(1) if lam >= ends[1] else (ball(lam) / between(ends)).sqrt()
    c *= ball(factor)
    rows = zip(at.pi, r0, at.y, strict=True)
    dual = total(ball(w) * loss.balls.conjugate([c * ball(a) for a in r], y) for w, r, y in rows)
    if dual > at.value:
        return fails(f"D(c r^0) = {dual.str(12)} exceeds min F = {at.value.str(12)}")
    if lam >= ends[1]:
        return same("min F above the threshold and D(r^0)", [at.value], [dual])
    return HOLDS if dual.is_finite() else skips("D(c r^0) is not determined")
