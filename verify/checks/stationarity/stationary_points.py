r"""Chapter U, first half, checked at certified optima: collapse of variability, stationarity, weighted synthesis.

How identities between enclosures are decided is told in ``enclosures``.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

from flint import arb, arb_mat, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import (
    HALF_DECIDED,
    NO_WEIGHTS,
    OFTEN,
    PERCENT,
    Weights,
    alive,
    checks_in_balls,
    drawn_optimum,
    frequencies,
    largest,
    product,
    rational,
    rationals,
    same,
    square_norm,
    together,
)
from verify.exact.balls import Ball, ball, total
from verify.exact.matrices import ball_rows, diagonal, identity, outer, zeros
from verify.exact.rationals import matrix, second_moment, to_fmpq
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model import losses
from verify.model.feature_model import FeatureModel
from verify.model.losses import Loss
from verify.model.optimum import CertifiedOptimum, Instance

# ---------------------------------------------------------------------- U4, U4a, U4b

Overlap = Callable[[CertifiedOptimum], Any]
Penalty = Callable[[FeatureModel], Fraction]


def _overlap(at: CertifiedOptimum) -> Any:
    r""":math:`\langle r_S,r_T\rangle`."""
    return at.r * at.r.transpose()


def _constant(at: CertifiedOptimum) -> Any:
    r"""A false law: all inner products :math:`\lambda`, so that every prototype is the mean of all."""
    return arb_mat([[ball(at.model.lam)] * at.n] * at.n)


def _lambda(model: FeatureModel) -> Fraction:
    return model.lam


def _omega(
    at: CertifiedOptimum, weights: Weights = frequencies, lam: Penalty = _lambda, overlap: Overlap = _overlap
) -> Any:
    r""":math:`\Omega=(\omega_{ST})`, the weights of U4."""
    return overlap(at) * diagonal(weights(at.model.distribution)) * ball(1 / lam(at.model))


def _flat(moment: fmpq_mat, lam: Fraction) -> bool:
    r""":math:`R^2=\lambda R`, exactly."""
    return bool(moment * moment == moment * to_fmpq(lam))


def _scalar(moment: fmpq_mat, lam: Fraction) -> bool:
    r"""A false law: :math:`R=\lambda I`."""
    K = moment.nrows()
    return bool(moment == matrix([[lam * (j == k) for k in range(K)] for j in range(K)]))


@lru_cache(maxsize=1)
def _no_projector_on_smaller_rank() -> bool:
    """MSE without bias, two labels with probabilities 4/5 and 1/5, at lambda = 9/20: the rank is one."""
    pi = LabelDistribution.from_sets([([0], 4), ([1], 1)], labels="ab")
    at = CertifiedOptimum.of(pi, Instance(losses.MSE, "zero", Fraction(9, 20), Fraction(1)))
    omega = _omega(at)
    return at.rank == (1, 1) and not (omega * omega).overlaps(omega)


def _size(A: Any) -> Ball:
    return largest(a.mid() for a in A.entries())


# ---------------------------------------------------------------------- the checks

_MORE_SETS = witness([([0], 5), ([1], 1), ([2], 1), ([0, 1], 2)], 3)  # PAL-CE without bias


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "U1",
    "midpoint inequality at random rational points, each loss in balls and the quadratic part exactly",
    Control("modulus 1 % too large", {"modulus": lambda drawn: drawn.lambda_H * PERCENT}, cases.PAL_FREE),
    Control("lambda_W for lambda_H", {"modulus": lambda drawn: drawn.lambda_W}, cases.PAL_FREE),
    every=OFTEN,
    labels=None,
)
def collapse_of_variability(
    case: LabelSpectrum, rng: Random, modulus: Callable[[Instance], Fraction] = lambda drawn: drawn.lambda_H
) -> Finding:
    r"""U1: for fixed ``W, b`` the objective is strongly convex in each feature with modulus :math:`\lambda_H`, so
    samples of one label set that differ gain by taking their mean.

    The midpoint inequality with :math:`\frac{\lambda_H}8\|h-h'\|^2`, at random rational ``W, b, h, h'``, for each loss:
    at features that differ anywhere, and at features that differ where ``W`` sees nothing. There equality holds, which
    leaves a larger modulus no room.
    """
    drawn, pi = Instance.drawn(case.given), case.pi
    y = rng.choice(pi.rows)
    d = rng.randint(1, 3)
    W = [[*row, Fraction(0)] for row in rationals(rng, case.K, d)]
    b, h, step = ([rational(rng) for _ in range(size)] for size in (case.K, d + 1, d + 1))
    step[d] += 10
    for name, loss in ((loss.name, loss.balls) for loss in losses.LOSSES.values()):
        for move in (step, [*[Fraction(0)] * d, step[d]]):
            ends = [h, [x + dx for x, dx in zip(h, move, strict=True)]]
            middle = [(x + x1) / 2 for x, x1 in zip(*ends, strict=True)]
            quadratic = [drawn.lambda_H * square_norm(point) / 2 for point in (*ends, middle)]
            z = [[w + c for w, c in zip(product(W, point), b, strict=True)] for point in (*ends, middle)]
            loss_gain = arb(0)
            if z[0] != z[1]:
                values = [loss.value([ball(a) for a in logits], y) for logits in z]
                loss_gain = (values[0] + values[1]) / 2 - values[2]
            gain = (quadratic[0] + quadratic[1]) / 2 - quadratic[2] - modulus(drawn) * square_norm(move) / 8
            if loss_gain + ball(gain) < 0:
                return fails(f"{name}: taking the mean gains less than {float(modulus(drawn)):g}/8 |h - h'|^2")
    return HOLDS


@checks_in_balls(
    "U1a",
    "what the mean of random samples saves against divergences and variance, each loss in balls, the rest exactly",
    Control("the whole penalty for half of it", {"penalty": Fraction(1)}, cases.PAL_FREE),
    Control("divergence left out", {"divergence": False}, cases.PAL_FREE),
    Control("variance at most what is saved", {"variance": Fraction(1)}, cases.PAL_FREE),
    Control("the bound for every single label set", {"share": lambda _: Fraction(1)}, cases.PAL_FREE),
    every=OFTEN,
    labels=None,
)
def price_of_not_collapsing(
    case: LabelSpectrum,
    rng: Random,
    penalty: Fraction = Fraction(1, 2),
    divergence: bool = True,
    variance: Fraction = Fraction(2),
    share: Callable[[Fraction], Fraction] = lambda mass: mass,
) -> Finding:
    r"""U1a at random rational ``W, b`` and two to four samples of one label set with random masses, for each loss: what
    their mean saves is the divergences from its prediction plus ``penalty``, a half, of :math:`\lambda_H` times the
    variance; so the variance, averaged over label sets of which only this one varies, is at most ``variance`` times
    what the objective saves, over :math:`\lambda_H`. ``share`` of the label set's probability is what its variance
    counts.

    The inequality is also tried where the samples differ in what ``W`` does not see, which leaves it no room.
    """
    drawn, pi = Instance.drawn(case.given), case.pi
    (y, probability), count, d = (
        rng.choice(list(zip(pi.rows, frequencies(pi), strict=True))),
        rng.randint(2, 4),
        rng.randint(1, 3),
    )
    parts = [rng.randint(1, 9) for _ in range(count)]
    mass = [Fraction(part, sum(parts)) for part in parts]
    W = [[*row, Fraction(0)] for row in rationals(rng, case.K, d)]
    b, common = [rational(rng) for _ in range(case.K)], [rational(rng) for _ in range(d)]
    seen, hidden = rationals(rng, count, d + 1), [[*common, rational(rng) + 10 * i] for i in range(count)]
    for name, loss in ((loss.name, loss.balls) for loss in losses.LOSSES.values()):
        for samples in (seen, hidden):
            mean = [sum((w * a for w, a in zip(mass, x, strict=True)), Fraction(0)) for x in zip(*samples, strict=True)]
            spread = sum(
                (
                    w * square_norm(a - c for a, c in zip(h, mean, strict=True))
                    for w, h in zip(mass, samples, strict=True)
                ),
                Fraction(0),
            )
            points = [[ball(x + c) for x, c in zip(product(W, h), b, strict=True)] for h in (*samples, mean)]
            charges = [
                loss.value(z, y) + ball(drawn.lambda_H * square_norm(h) / 2)
                for z, h in zip(points, (*samples, mean), strict=True)
            ]
            saved = total(ball(w) * a for w, a in zip(mass, charges[:-1], strict=True)) - charges[-1]
            r = loss.residual(points[-1], y)
            apart = total(ball(w) * loss.divergence(r, z, y) for w, z in zip(mass, points[:-1], strict=True))
            price = ball(penalty * drawn.lambda_H * spread) + (apart if divergence else 0)
            found = same(f"{name}: what the mean saves and its terms", [saved], [price], abs(charges[-1]).mid())
            if found.state != "holds":
                return found
            if ball(share(probability) * spread * drawn.lambda_H) > ball(variance * probability) * saved:
                return fails(f"{name}: the variance is more than {float(variance):g} times what the mean saves")
    return HOLDS


@checks_in_balls(
    "U2",
    "the stationarity equations between certified enclosures of residuals, logits, bias and Gram matrix",
    Control("lambda_W 1 % too large", {"lambda_W": lambda model: model.lambda_W * PERCENT}, cases.PAL_FREE),
    Control("twice the penalty on the features", {"lambda_H": lambda model: 2 * model.lambda_H}, cases.PAL_FREE),
    Control("frequencies left out", NO_WEIGHTS, cases.MSE),
    Control("sign flipped", {"sign": -1}, cases.BCE),
    Control(
        "the penalties balanced the other way round",
        {"balance": lambda model: (model.lambda_H, model.lambda_W)},
        cases.MSE,
    ),
    Control("1^T W = 0 for any loss", {"centered": lambda _: True}, cases.BCE),
)
def stationarity(
    case: LabelSpectrum,
    _: Random,
    lambda_W: Penalty = lambda model: model.lambda_W,
    lambda_H: Penalty = lambda model: model.lambda_H,
    weights: Weights = frequencies,
    sign: int = 1,
    balance: Callable[[FeatureModel], tuple[Fraction, Fraction]] = lambda model: (model.lambda_W, model.lambda_H),
    centered: Callable[[Loss], bool] = lambda loss: loss.centered,
) -> Finding:
    r"""U2 at the optimum, in Gram form, from the enclosures of ``r``, ``wh``, ``b`` and ``G``.

    The logits of the residuals are :math:`Wh_S+b`; :math:`\lambda_HWh_S=Gr_S`;
    :math:`\lambda_WG=\sum\pi_Sr_S(Wh_S)^\top`; with a free bias :math:`\sum\pi_Sr_S=0`; hence
    :math:`\lambda_WG^2=\lambda_H\sum\pi_SWh_S(Wh_S)^\top`, the penalties ``balance``, and, for PAL-CE, :math:`G1=0`.
    """
    at = alive(drawn_optimum(case))
    model, mass = at.model, weights(at.model.distribution)
    rows = zip(at.r.tolist(), at.y, strict=True)
    logits = [a for r, y in rows for a in at.loss.logits(r, y)]
    shifted = [a + b for row in at.wh.tolist() for a, b in zip(row, at.b, strict=True)]
    pulled, (of_classifier, of_features) = at.r * at.G, balance(model)
    findings = [
        same("logits of the residuals and W h + b", logits, shifted),
        same("lambda_H W h and G r", (at.wh * ball(lambda_H(model))).entries(), pulled.entries()),
        same(
            "lambda_W G and sum pi r (Wh)^T",
            (at.G * ball(lambda_W(model))).entries(),
            (outer(at.r, mass, at.wh) * sign).entries(),
        ),
        same(
            "lambda_W G^2 and lambda_H sum pi Wh (Wh)^T",
            (at.G * at.G * ball(of_classifier)).entries(),
            (outer(at.wh, mass, at.wh) * ball(of_features)).entries(),
        ),
    ]
    if model.free:
        mean = (ball_rows([mass]) * at.r).entries()
        findings.append(same("sum pi r and 0", mean, zeros(at.K), largest(a.mid() for a in at.r.entries())))
    if centered(model.loss):
        sums = [total(row) for row in at.G.tolist()]
        findings.append(same("G 1 and 0", sums, zeros(at.K), largest(a.mid() for a in at.G.entries())))
    return together(findings)


@checks_in_balls(
    "U3",
    "R G against lambda G, both from certified enclosures",
    Control("lambda 1 % too large", {"eigenvalue": lambda model: model.lam * PERCENT}, cases.PAL_FREE),
    Control("lambda_W for lambda", {"eigenvalue": lambda model: model.lambda_W}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.MSE),
    Control("R = lambda I at every stationary point", {"everywhere": True}, cases.PAL_FREE),
)
def eigen_equation(
    case: LabelSpectrum,
    _: Random,
    eigenvalue: Penalty = _lambda,
    weights: Weights = frequencies,
    everywhere: bool = False,
) -> Finding:
    r"""U3: :math:`RG=\lambda G` at the optimum, ``R`` from the enclosures of the residuals; ``everywhere`` asks for
    :math:`R=\lambda I`."""
    at = alive(drawn_optimum(case))
    R, on = outer(at.r, weights(at.model.distribution), at.r), identity(at.K) if everywhere else at.G
    return same("R G and lambda G", (R * on).entries(), (on * ball(eigenvalue(at.model))).entries())


@checks_in_balls(
    "U4",
    "inner products of prototypes and classifier rows against their synthesis, from certified enclosures",
    Control("frequencies left out", NO_WEIGHTS, cases.PAL_FREE),
    Control("lambda 1 % too large", {"lam": lambda model: model.lam * PERCENT}, cases.BCE),
    Control("lambda_W for lambda", {"lam": lambda model: model.lambda_W}, cases.BCE),
    Control("the same weights for every prototype", {"overlap": _constant}, cases.PAL_FREE),
    Control("weights that add up to zero without a free bias", {"add_up_to_zero": lambda _: True}, cases.BCE),
    Control("a projector on any rank", {"everywhere": True}, cases.SMALLER_RANK),
)
def weighted_synthesis(
    case: LabelSpectrum,
    _: Random,
    weights: Weights = frequencies,
    lam: Penalty = _lambda,
    overlap: Overlap = _overlap,
    add_up_to_zero: Callable[[FeatureModel], bool] = lambda model: model.free,
    everywhere: bool = False,
) -> Finding:
    r"""U4: :math:`h_S=\sum_T\omega_{ST}h_T` with :math:`\omega_{ST}=\pi_T\langle r_S,r_T\rangle/\lambda`, against every
    classifier row; with a free bias the weights of each synthesis add up to zero; on full rank :math:`\Omega` is a
    projector.

    ``overlap`` stands for the inner products of residuals, ``everywhere`` asks for a projector on any rank.
    """
    at = alive(drawn_optimum(case))
    omega = _omega(at, weights, lam, overlap)
    findings = [same("<w_j, h_S> and its synthesis", at.wh.entries(), (omega * at.wh).entries())]
    if add_up_to_zero(at.model):
        sums = [total(row) for row in omega.tolist()]
        findings.append(same("the sums of the weights and 0", sums, zeros(at.n), _size(omega)))
    if at.full_rank or everywhere:
        findings.append(same("Omega and its square", omega.entries(), (omega * omega).entries()))
    return together(findings)


@checks_in_balls(
    "U4a",
    "three conditions at rational residuals, decided exactly; the synthesis at certified optima of any rank",
    Control("R = lambda I", {"flat": _scalar}, cases.PAL_FREE),
    Control("a projector on any rank", {"everywhere": True}, cases.SMALLER_RANK),
)
def projector(
    case: LabelSpectrum, rng: Random, flat: Callable[[fmpq_mat, Fraction], bool] = _flat, everywhere: bool = False
) -> Finding:
    r"""U4a: :math:`\Omega^2=\Omega`, :math:`Rr_S=\lambda r_S` for all ``S`` and :math:`R^2=\lambda R`, decided exactly
    at random rational residuals, at multiples of one vector with the :math:`\lambda` that makes all three true, and at
    these with one residual doubled, agree. At the certified optimum :math:`\Omega` is a projector on full rank,
    reproduces the prototypes on any, and is certainly no projector at one optimum of smaller rank.

    ``flat`` is what stands for :math:`R^2=\lambda R`; ``everywhere`` asks for a projector on any rank.
    """
    mass, u = frequencies(case.pi), [Fraction(rng.randint(1, 9)) for _ in range(case.K)]
    parallel = [[t * a for a in u] for t in rng.choices((-2, -1, 1, 2), k=len(mass))]
    doubled = [[2 * a for a in parallel[0]], *parallel[1:]]
    lam = sum((w * square_norm(r) for w, r in zip(mass, parallel, strict=True)), Fraction(0))
    for r in (rationals(rng, len(mass), case.K), parallel, doubled):
        R, rows = second_moment(mass, r), matrix(r)
        omega = rows * matrix([[w * a / lam for a in x] for w, x in zip(mass, r, strict=True)]).transpose()
        found = {bool(omega * omega == omega), bool(rows * R == rows * to_fmpq(lam)), flat(R, lam)}
        if len(found) > 1:
            return fails("Omega^2 = Omega, R r_S = lambda r_S and R^2 = lambda R do not agree")
    if not _no_projector_on_smaller_rank():
        return fails("the synthesis at an optimum of rank one is not certainly no projector")
    at = alive(drawn_optimum(case))
    omega = _omega(at)
    findings = [same("<w_j, h_S> and its synthesis", at.wh.entries(), (omega * at.wh).entries())]
    if at.full_rank or everywhere:
        findings.append(same("Omega and its square", omega.entries(), (omega * omega).entries()))
    return together(findings)


@checks_in_balls(
    "U4b",
    "norms of other weights with the same synthesis against that of U4 and of the difference, in balls",
    Control("norm without frequencies", NO_WEIGHTS, _MORE_SETS),
    Control("twice the distance", {"distance": Fraction(2)}, _MORE_SETS),
    Control("residuals that leave the range of W", {"anywhere": True}, cases.SMALLER_RANK),
    every=HALF_DECIDED,
)
def least_weights(
    case: LabelSpectrum,
    rng: Random,
    weights: Weights = frequencies,
    distance: Fraction = Fraction(1),
    anywhere: bool = False,
) -> Finding:
    r"""U4b at certified optima of full rank: other weights with the same synthesis, for a random ``d``
    :math:`\omega'_S=\omega_S+d(I-\Omega)`, have the squared norm :math:`\sum_T\omega_{ST}'^2/\pi_T` of U4's plus that
    of the difference, and not a smaller one.

    ``weights`` is what stands for :math:`\pi_T` in the norm; ``distance`` multiplies the last term; ``anywhere`` asks
    for it at any rank.
    """
    at = alive(drawn_optimum(case))
    if not (at.full_rank or anywhere):
        return skips("residuals need not lie in the range of W: the rank is not the largest")
    mass = weights(at.model.distribution)
    omega = _omega(at)
    own = arb_mat([omega.tolist()[rng.randrange(at.n)]])
    d = ball_rows(rationals(rng, 1, at.n))
    step = d - d * omega
    other = own + step

    def norm(row: Any) -> Ball:
        return total(a * a / ball(w) for a, w in zip(row.entries(), mass, strict=True))

    findings = [
        same("the prototype and its other synthesis", (own * at.wh).entries(), (other * at.wh).entries(), _size(at.wh)),
        same("the norm of other weights and its parts", [norm(other)], [norm(own) + ball(distance) * norm(step)]),
    ]
    if norm(other) < norm(own):
        findings.append(fails("other weights have a smaller norm"))
    return together(findings)
