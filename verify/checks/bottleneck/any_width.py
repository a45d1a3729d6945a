r"""C1, C2, C3, checked in float64: points of few features that descent finds, against the certified optimum."""

from fractions import Fraction
from random import Random

import numpy as np

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import PARTLY_DECIDED
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.errors import InputError
from verify.model.feature_model import Bias, FeatureModel
from verify.model.losses import BCE, MSE, PAL_CE, Array
from verify.model.solver import solve

LAM = Fraction(1, 100)
"""A penalty at which several directions are alive and descent converges."""

STATIONARY = 1e-5
"""Largest entry of a gradient at which descent has arrived, and how far R may be above lambda, relatively."""

EXACT = 1e-7
"""How far values of descent are off, relatively."""

Point = tuple[Array, Array, Array]


def descent(model: FeatureModel, width: int, rng: Random) -> tuple[Point, float]:
    """A stationary point of that many features, from a random start, with its value."""
    from scipy.optimize import minimize  # noqa: PLC0415 - only this check wants it

    pi, p = model.distribution, model.distribution.probabilities
    K, n = pi.K, len(pi.masks)
    sizes = np.cumsum([K * width, n * width])

    def parts(x: Array) -> Point:
        W, H, b = np.split(x, sizes)
        return W.reshape(K, width), H.reshape(n, width), b if model.free else np.zeros(K)

    def slope(x: Array) -> tuple[float, Array]:
        W, H, b = parts(x)
        r = model.residuals(W, H, b) * p[:, None]
        of_W = -r.T @ H + float(model.lambda_W) * W
        of_H = -r @ W + float(model.lambda_H) * H * p[:, None]
        return model.objective(W, H, b), np.concatenate([of_W.ravel(), of_H.ravel(), -r.sum(axis=0) * model.free])

    start = np.array([rng.gauss(0, 1) for _ in range(int(sizes[1]) + K)])
    found = minimize(slope, start, jac=True, method="L-BFGS-B", options={"maxiter": 3000, "ftol": 0, "gtol": 1e-9})
    return parts(found.x), float(found.fun)


def drawn(case: LabelSpectrum, rng: Random) -> FeatureModel | None:
    """One of the losses, with a free bias where there is an optimum."""
    loss = rng.choice((PAL_CE, BCE, MSE))
    biases: list[Bias] = ["zero", "free"]
    rng.shuffle(biases)
    for bias in biases:
        try:
            return FeatureModel.of(case.given, loss, LAM, 1, bias)
        except InputError:
            continue
    return None


def top(model: FeatureModel, point: Point) -> Array:
    """The eigenvalues of R over lambda, ascending."""
    return np.asarray(np.linalg.eigvalsh(model.second_moment(model.residuals(*point))) / float(model.lam))


THREE = witness([([0], 3), ([1], 2), ([2], 2), ([0, 1], 1)], 3)


@checks(
    "C1",
    "points of any width that descent finds with R at most lambda, against the optimum of the solver, in float64",
    Control("R above lambda", {"most": 1000.0, "width": 1}, THREE),
    Control("without stationarity", {"stretch": 1.1, "width": 3}, THREE),
    every=PARTLY_DECIDED,
    labels=3,
)
def certificate(
    case: LabelSpectrum, rng: Random, most: float = 1.0, width: int | None = None, stretch: float = 1.0
) -> Finding:
    """C1: ``most`` times lambda is what R may be; ``stretch`` moves W away from the stationary point."""
    model = drawn(case, rng)
    if model is None:
        return skips("no minimiser")
    best = solve(model.distribution, model.loss, model.lambda_W, model.lambda_H, model.bias)
    width = width or rng.choice((best.rank, best.rank + 1, rng.randint(1, model.distribution.K)))
    (W, H, b), _ = descent(model, max(width, 1), rng)
    W = stretch * W
    if top(model, (W, H, b))[-1] > most * (1 + STATIONARY):
        return skips("R exceeds lambda: no certificate")
    value = model.objective(W, H, b)
    if value > best.value * (1 + 10 * STATIONARY) + EXACT:
        return fails(f"the point has {value:.9g} and a certificate, but the optimum has {best.value:.9g}")
    return HOLDS


@checks(
    "C2",
    "stationary points of fewer features than the optimum's rank: R above lambda, and what they lose, in float64",
    Control("the depth 1 % larger", {"depth": 1.01, "collapsed": True}, THREE),
    Control("one feature less has a certificate", {"certified": True}, THREE),
    every=PARTLY_DECIDED,
    labels=3,
)
def no_certificate(
    case: LabelSpectrum, rng: Random, depth: float = 1.0, collapsed: bool = False, certified: bool = False
) -> Finding:
    """C2: ``depth`` multiplies what is left to gain; of MSE at W = 0, where it is attained, if ``collapsed``."""
    model = FeatureModel.of(case.given, MSE, LAM, 1, "zero") if collapsed else drawn(case, rng)
    if model is None:
        return skips("no minimiser")
    best = solve(model.distribution, model.loss, model.lambda_W, model.lambda_H, model.bias)
    if best.rank < 2:
        return skips("the optimum has rank 1")
    point, value = descent(model, best.rank - 1, rng)
    if collapsed:
        point = (0 * point[0], 0 * point[1], point[2])
        value = model.objective(*point)
    rho = top(model, point) * float(model.lam)
    if not certified and rho[-1] <= float(model.lam) * (1 + STATIONARY):
        return fails(f"R is at most {rho[-1] / float(model.lam):.9g} lambda with {best.rank - 1} features")
    if certified and rho[-1] > float(model.lam) * (1 + STATIONARY):
        return fails("no certificate")
    mu, c = float(model.lam) ** 0.5, float(model.loss.steepest(max(model.distribution.sizes)))
    left = depth * float((np.maximum(np.sqrt(np.maximum(rho, 0.0)) - mu, 0) ** 2).sum()) / (2 * c)
    if value - best.value < left - EXACT * best.value:
        return fails(f"the point loses {value - best.value:.6g}, less than {left:.6g}")
    return HOLDS


@checks(
    "C3",
    "the closed form against points that descent finds, and W2's rule at them, in float64",
    Control("the square of s_i in place of s_i - mu", {"power": 0.0}, THREE),
    Control("twice the excess", {"factor": 2.0}, THREE),
    Control("counted from one direction later", {"later": 1}, THREE),
    every=PARTLY_DECIDED,
    labels=3,
)
def squared_loss(case: LabelSpectrum, rng: Random, power: float = 1.0, factor: float = 1.0, later: int = 0) -> Finding:
    """C3: ``factor`` multiplies the excess, ``power`` the penalty in it, ``later`` is where the sum begins."""
    bias: Bias = rng.choice(("zero", "free"))
    model = FeatureModel.of(case.given, MSE, LAM, 1, bias)
    K, p, mu = model.distribution.K, model.distribution.probabilities, float(model.lam) ** 0.5
    best = solve(model.distribution, MSE, model.lambda_W, model.lambda_H, bias)
    if best.rank < 2:
        return skips("the optimum has rank 1")
    width = rng.randint(1, best.rank - 1)
    sizes = np.linalg.svd(model.at_collapse.residuals * np.sqrt(p)[:, None], compute_uv=False)
    excess = factor * float((np.maximum(sizes[width + later :] - power * mu, 0.0) ** 2).sum()) / 2
    (W, H, b), value = min((descent(model, width, rng) for _ in range(2)), key=lambda one: one[1])
    if abs(value - best.value - excess) > EXACT * best.value:
        return fails(f"with {width} features {value - best.value:.6g} is lost, and the excess is {excess:.6g}")
    f, cardinality = p @ model.targets.t, float(model.distribution.cardinality)
    if model.free and abs(cardinality - 1) < EXACT:
        return HOLDS
    inverse = np.linalg.inv(W.T @ W + float(model.lambda_H) * np.eye(width)) @ W.T
    singles = (inverse @ (np.eye(K) - b).T).T
    more = (model.targets.t.sum(axis=1) - 1)[:, None] * (f @ singles) / (cardinality - 1) if model.free else 0.0
    off = float(np.abs(model.targets.t @ singles - more - H).max())
    if off > 1e-3 * float(np.abs(singles).max()):
        return fails(f"W2's rule is off by {off:.3g}")
    return HOLDS
