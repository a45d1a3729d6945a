r"""B5a, B5c, B5d, B5e, B6 and B6a, checked: where the optimum of binary cross entropy is known in closed form.

Where residuals and Gram matrix are written down, no solver takes part: in balls the residuals must be those of the
logits :math:`GR+b`, their second moment the one that makes them feasible, and primal and dual value one number.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb
from random import Random
from typing import Any

from flint import arb, arb_mat, fmpq_mat

from verify.checks.binary_cross_entropy.synthesis import at_the_optimum
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import FOUR_SINGLES, UNEQUAL, witness
from verify.checks.shared.enclosures import PARTLY_DECIDED, PERCENT, below, checks_in_balls, same, together
from verify.exact.balls import Ball, ball, of_root, total
from verify.exact.matrices import applied, identity, projection
from verify.exact.roots import RealRoots
from verify.geometry.polar import sum_of_roots
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import PLAIN, UNIFORM, best_factor
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum, balanced_value
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import Bias
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum, Instance

SOLVED = 4
"""Up to so many labels the closed form is held against a certified optimum as well."""

HALF = arb(1) / 2


def _instance(pi: LabelDistribution, bias: Bias, threshold: Fraction) -> Instance:
    return below(replace(Instance.drawn(pi), loss=BCE, bias=bias), threshold)


def _entropy(p: Ball) -> Ball:
    """Binary entropy of a probability in (0, 1/2], capped there."""
    p = p.min(HALF)
    return -p * p.log() - (1 - p) * (1 - p).log()


def _stretch(c: Ball) -> Ball:
    """The logit whose prediction is ``c`` off its label, over ``c``."""
    return ((1 - c) / c).log() / c


def _is_optimal(
    pi: LabelDistribution, instance: Instance, r: Sequence[Sequence[Ball]], G: Any, b: Ball, moment: Any, value: Ball
) -> Finding:
    r"""Whether residuals, the Gram matrix over :math:`\lambda_H` and a bias that all labels share are the optimum of
    BCE: ``moment`` is what :math:`R` must be, and at most :math:`\lambda I`."""
    loss, lam, shares = BCE.balls, ball(instance.lambda_W * instance.lambda_H), [ball(p) for p in pi.shares]
    wh = [applied(G, row) for row in r]
    z = [[a + b for a in row] for row in wh]
    rows = list(zip(shares, r, z, wh, pi.rows, strict=True))
    primal = total(p * loss.value(c, y) for p, _, c, _, y in rows) + lam / 2 * G.trace()
    primal += total(p * a * x for p, row, _, logits, _ in rows for a, x in zip(row, logits, strict=True)) / 2
    R = arb_mat([[total(p * row[j] * row[k] for p, row in zip(shares, r, strict=True)) for k in range(pi.K)]
                 for j in range(pi.K)])  # fmt: skip
    dual = total(p * loss.conjugate(row, y) for p, row, _, _, y in rows)
    found = [
        same("the residuals of the logits", [a for *_, c, _, y in rows for a in loss.residual(c, y)],
             [a for row in r for a in row]),
        same("their second moment", R.entries(), moment.entries()),
        same("primal and dual value", [primal, primal], [dual, value]),
    ]  # fmt: skip
    if instance.bias == "free":
        mean = [total(p * row[k] for p, row in zip(shares, r, strict=True)) for k in range(pi.K)]
        found.append(HOLDS if all(a.contains(0) for a in mean) else fails("the mean residual is not 0"))
    if pi.K <= SOLVED:
        at = CertifiedOptimum.of(pi, instance)
        found.append(same("min F and its closed form", [at.value], [value]))
        found.append(same("G and its closed form", at.G.entries(), (G * ball(instance.lambda_H)).entries()))
    return together(found)


# ---------------------------------------------------------------------- B5a

Size = Callable[[Ball], Ball]
EVEN = witness([([], 1), ([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3)


def _has_isotropic_signs(pi: LabelDistribution) -> bool:
    geometry = TerminalGeometry.for_loss(pi, BCE, "zero")
    return bool(fmpq_mat(geometry.moment) == fmpq_mat([[int(j == k) * geometry.scale for k in range(pi.K)]
                                                       for j in range(pi.K)]))  # fmt: skip


@checks_in_balls(
    "B5a",
    "the closed form as a primal and dual optimum, in balls; certified Gram matrices are diagonal only there",
    Control("lambda in place of its root mu", {"size": lambda mu: mu * mu}, EVEN),
    Control("residuals 1 % too large", {"size": lambda mu: mu * ball(PERCENT)}, EVEN),
    Control("whatever the correlations of the signs", {"isotropic": lambda _: True}, UNEQUAL),
    labels=3,
)
def isotropic_signs(
    case: LabelSpectrum,
    _: Random,
    size: Size = lambda mu: mu,
    isotropic: Callable[[LabelDistribution], bool] = _has_isotropic_signs,
) -> Finding:
    r"""B5a: BCE, no bias: if :math:`N=I` the optimum is :math:`r_S=\mu s_S`, ``G`` a multiple of ``I``, and
    :math:`K\mathrm h(\mu)`; if not, ``G`` is certainly not diagonal. ``size`` is that of the residuals."""
    pi, K = case.given, case.given.K
    instance = _instance(pi, "zero", Fraction(1, 4))
    if not isotropic(pi):
        if K > SOLVED:
            return skips("the second moment of the sign vectors is not I")
        at = CertifiedOptimum.of(pi, instance)
        if not all(at.G[k, k] > 0 for k in range(K)):
            return skips("a label has collapsed")
        off = any(not at.G[j, k].contains(0) for j in range(K) for k in range(j))
        return HOLDS if off else skips("G cannot be told from a diagonal matrix")
    mu = ball(instance.lambda_W * instance.lambda_H).sqrt()
    c = size(mu)
    r = [[c * (2 * a - 1) for a in row] for row in pi.rows]
    moment = identity(K) * (mu * mu)
    found = [_is_optimal(pi, instance, r, identity(K) * _stretch(c), arb(0), moment, K * _entropy(c))]
    if 2 < K <= SOLVED:
        found.append(at_the_optimum(case, CertifiedOptimum.of(pi, instance), UNIFORM.weights))
    return together(found)


# ---------------------------------------------------------------------- B5e

Slopes = Callable[[Ball, Fraction, int], Ball]
AGREE = witness([([], 3), ([0], 1), ([1], 2), ([0, 1], 4)], 2)


def _slope(lam: Ball, rho: Fraction, sign: int) -> Ball:
    return (lam / ball(1 + sign * rho)).sqrt().min(HALF)


@checks_in_balls(
    "B5e",
    "the closed form as a primal and dual optimum, and against certified optima, in balls",
    Control("the correlation with the opposite sign", {"slope": lambda lam, rho, s: _slope(lam, rho, -s)}, AGREE),
    Control("the same c for both", {"slope": lambda lam, _, s: _slope(lam, Fraction(0), s)}, AGREE),
)
def two_labels(case: LabelSpectrum, _: Random, slope: Slopes = _slope) -> Finding:
    r"""B5e: two labels, no bias: :math:`c_\pm=\min(\frac12,\sqrt{\lambda/(1\pm\varrho)})`."""
    pi = case.given
    if pi.K != 2:
        return skips("not two labels")
    rho = sum((p * (1 if m % 2 == 0 else -1) for p, m in zip(pi.shares, pi.sizes, strict=True)), Fraction(0))
    instance = replace(Instance.drawn(pi), loss=BCE, bias="zero")
    lam = ball(instance.lambda_W * instance.lambda_H)
    G, R, value, c = arb_mat(2, 2), arb_mat(2, 2), arb(0), {1: HALF, -1: HALF}
    for sign in (1, -1):
        mass = ball(1 + sign * rho)
        if not mass > 0:
            continue
        c[sign] = slope(lam, rho, sign)
        shape = arb_mat([[1, sign], [sign, 1]]) / 2
        value += mass * _entropy(c[sign])
        R += shape * (mass * c[sign] * c[sign])
        G += shape * _stretch(c[sign])
    r = [[c[1 if m % 2 == 0 else -1] * (2 * a - 1) for a in y] for y, m in zip(pi.rows, pi.sizes, strict=True)]
    return _is_optimal(pi, instance, r, G, arb(0), R, value)


# ---------------------------------------------------------------------- B5d

Balanced = Callable[[int, int], Fraction]
PAIRS = witness([([j, k], 1) for k in range(4) for j in range(k)], 4)


@checks_in_balls(
    "B5d",
    "the closed form as a primal and dual optimum, and scaled averages at certified ones, in balls",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, PAIRS),
    Control("the threshold of no bias", {"value": lambda *_: Fraction(1, 4)}, PAIRS),
    Control("plain sums", {"factor": lambda *_: arb(1)}, PAIRS),
)
def one_multiplicity(
    case: LabelSpectrum, _: Random, value: Balanced = balanced_value, factor: Callable[..., Ball] = best_factor
) -> Finding:
    r"""B5d: one multiplicity, perfect orthogonality, free bias: :math:`r_S=c(y_S-f)`,
    :math:`c=\sqrt{\lambda/\bar\kappa_m}`, and :math:`G=gP`."""
    pi, K = case.given, case.given.K
    if len(set(pi.sizes)) != 1 or not 0 < (m := pi.sizes[0]) < K or not case.perfectly_orthogonal(m):
        return skips("not one multiplicity with perfect orthogonality")
    if len(set(pi.class_counts)) != 1:
        return skips("labels are not equally frequent")
    instance = _instance(pi, "free", balanced_value(K, m))
    c, share = (ball(instance.lambda_W * instance.lambda_H / value(K, m))).sqrt(), ball(Fraction(m, K))
    on, off = c * (1 - share), c * share
    high, low = ((1 - on) / on).log(), (off / (1 - off)).log()
    r = [[c * (a - share) for a in row] for row in pi.rows]
    g, bias = (high - low) / c, low + (high - low) * share
    least = K * (share * _binary(on) + (1 - share) * _binary(off))
    moment = projection(K) * ball(instance.lambda_W * instance.lambda_H)
    found = [_is_optimal(pi, instance, r, projection(K) * g, bias, moment, least)]
    if K <= SOLVED:
        prototypes = Prototypes.at_optimum(CertifiedOptimum.of(pi, instance))
        for mask in prototypes.several:
            x, made = prototypes.weights(mask), PLAIN.make(prototypes, mask)
            averages = [factor(prototypes, x, made) * a for a in prototypes.logits(made)]
            found.append(same("h_S and a multiple of the sum", prototypes.logits(x), averages))
    return together(found)


def _binary(p: Ball) -> Ball:
    return -p * p.log() - (1 - p) * (1 - p).log()


# ---------------------------------------------------------------------- B5c

Corrected = Callable[[Ball, Ball, Ball, int], Ball]
LAYERS = witness([([], 6), *(([k], 4) for k in range(3)), *(([j, k], 1) for k in range(3) for j in range(k))], 3)


def _uniform_layers(pi: LabelDistribution) -> bool:
    """Whether all label sets of a size that occurs do, with one weight."""
    return all(
        len({w for w, size in zip(pi.weights, pi.sizes, strict=True) if size == m}) == 1
        and pi.sizes.count(m) == comb(pi.K, m)
        for m in set(pi.sizes)
    )


def _correction(scale: Ball, own: Ball, first: Ball, m: int) -> Ball:
    r""":math:`K\varrho_1` times the weight of the sum of all: what is missing on the ones."""
    return scale * m * first - own


@checks_in_balls(
    "B5c",
    "certified Gram matrix, residuals, energies and prototypes against the two-scalar form, in balls",
    Control("balanced value 1 % too large", {"value": lambda K, m: balanced_value(K, m) * PERCENT}, LAYERS),
    Control("no correction by the sum of all", {"correct": lambda scale, *_: 0 * scale}, LAYERS),
    Control("the energy of the mean without the factor K", {"energy": lambda _: 1}, LAYERS),
    every=PARTLY_DECIDED,
)
def sizes_equally_likely(
    case: LabelSpectrum,
    _: Random,
    value: Balanced = balanced_value,
    correct: Corrected = _correction,
    energy: Callable[[int], int] = lambda K: K,
) -> Finding:
    r"""B5c: label sets of one size equally likely, no bias: :math:`G=g_1P+g_0J`, residuals take two values on a set,
    their energies are :math:`\lambda`, and prototypes are :math:`a_m\sum_{k\in S}h_{\{k\}}+b_m\sum_jh_{\{j\}}`."""
    pi, K = case.given, case.given.K
    if not _uniform_layers(pi) or all(m in {0, K} for m in pi.sizes):
        return skips("label sets of a size are not equally likely")
    at = CertifiedOptimum.of(pi, _instance(pi, "zero", Fraction(1, 50)))
    if at.collapsed:
        return skips("full collapse")
    G, lam = at.G, ball(at.model.lam)
    g0, g1 = total(G.entries()) / K, (G.trace() - total(G.entries()) / K) / (K - 1)
    ones = arb_mat(K, K, [arb(1) / K] * K**2)
    found = [same("G and g_1 P + g_0 J", G.entries(), (projection(K) * g1 + ones * g0).entries())]
    alpha, beta = _two_values(at)
    size = {m: total(ball(p) for p, s in zip(at.pi, pi.sizes, strict=True) if s == m) for m in set(pi.sizes)}
    contrast = total(p * (alpha[m] + beta[m]) ** 2 * ball(value(K, m)) for m, p in size.items() if 0 < m < K)
    rho = {m: (m * alpha[m] - (K - m) * beta[m]) / K for m in size}
    found.append(same("the energy of contrasts and lambda", [contrast], [lam]))
    if g0 > 0:
        mean = energy(K) * total(p * rho[m] * rho[m] for m, p in size.items())
        found.append(same("the energy of the mean and lambda", [mean], [lam]))
    return together([*found, *_synthesis(at, alpha, beta, correct)]) if g0 > 0 else together(found)


def _two_values(at: CertifiedOptimum) -> tuple[dict[int, Ball], dict[int, Ball]]:
    r""":math:`\alpha_m` on the sets of ``m`` labels, :math:`\beta_m` off them: of the first set of its size."""
    alpha: dict[int, Ball] = {}
    beta: dict[int, Ball] = {}
    zero = arb(0)
    for y, row in zip(at.y, at.r.tolist(), strict=True):
        m = sum(y)
        alpha.setdefault(m, next((a for a, here in zip(row, y, strict=True) if here), zero))
        beta.setdefault(m, next((-a for a, here in zip(row, y, strict=True) if not here), zero))
    return alpha, beta


def _synthesis(
    at: CertifiedOptimum, alpha: dict[int, Ball], beta: dict[int, Ball], correct: Corrected
) -> Iterator[Finding]:
    prototypes, K = Prototypes.at_optimum(at), at.K
    try:
        alone = prototypes.weights(1)
    except UncertifiedError as why:
        yield skips(str(why))
        return
    spread, first = alone[0] - alone[1], -alone[1]
    mean = spread - K * first
    if mean.contains(0):
        yield skips("prototypes of single labels may add up to 0")
        return
    for mask, y in zip(at.model.distribution.masks, at.y, strict=True):
        m = sum(y)
        a = (alpha[m] + beta[m]) / spread if 0 < m < K else arb(0)
        own = beta[m] if m < K else -alpha[m]
        b = correct(a, own, first, m) / mean
        made = [a * here + b for here in y]
        yield same(
            f"h of {at.model.distribution.spell(mask)} and its synthesis",
            prototypes.logits(prototypes.weights(mask)),
            prototypes.logits(prototypes.combined(made)),
            total(abs(x) for x in at.z.entries()),
        )


# ---------------------------------------------------------------------- B6, B6a

Bound = Callable[[TerminalGeometry, Ball], Ball]


def _eigenvalues(geometry: TerminalGeometry) -> RealRoots:
    return RealRoots(geometry.characteristic, geometry.scale)


def _lower(geometry: TerminalGeometry, mu: Ball) -> Ball:
    return geometry.K * _entropy(mu / _largest(geometry).sqrt())


def _upper(geometry: TerminalGeometry, mu: Ball) -> Ball:
    return geometry.K * _entropy(mu * sum_of_roots(_eigenvalues(geometry)) / geometry.K)


PART = Fraction(18, 25)
"""Of the penalty up to which the last two bounds are apart, or are said to be, the part at which this is decided."""
CAPPED = witness([([], 5), ([0], 1), ([1], 1), ([2], 1), ([0, 1], 1), ([0, 2], 1), ([1, 2], 1), ([0, 1, 2], 5)], 3)


def _largest(geometry: TerminalGeometry) -> Ball:
    """The largest eigenvalue: below a quarter of it not all has collapsed."""
    return of_root(_eigenvalues(geometry).root(geometry.K - 1))


def _is_flat(geometry: TerminalGeometry) -> bool:
    """Whether all nonzero eigenvalues agree, exactly."""
    return _eigenvalues(geometry).distinct.degree - int(not geometry.full_rank) == 1


def _last_two(geometry: TerminalGeometry, apart: Callable[[TerminalGeometry], Ball]) -> Finding:
    """Whether the last two bounds differ, at a penalty at which they should unless N = I."""
    mu, half = (ball(PART) * apart(geometry) / 4).sqrt(), geometry.K * HALF
    if mu * sum_of_roots(_eigenvalues(geometry)) >= half:  # then K mu is more
        return fails(f"the last two bounds are both capped at mu = {mu.str(12)}, where N is not I")
    return HOLDS if _upper(geometry, mu) < geometry.K * _entropy(mu) else skips("the last two bounds are too near")


@checks_in_balls(
    "B6",
    "certified values against binary entropies of exact eigenvalues, in balls; equality decided exactly",
    Control("the upper bound with N for its root", {"upper": lambda g, mu: g.K * _entropy(mu / 2)}, FOUR_SINGLES),
    Control("the largest eigenvalue left out", {"lower": lambda g, mu: g.K * _entropy(mu)}, FOUR_SINGLES),
    Control("equality always", {"flat": lambda _: True}, FOUR_SINGLES),
    Control("the last two bounds one only for N = I below collapse", {"apart": _largest}, CAPPED),
    labels=4,
)
def loss_bounds(
    case: LabelSpectrum,
    _: Random,
    lower: Bound = _lower,
    upper: Bound = _upper,
    flat: Callable[[TerminalGeometry], bool] = _is_flat,
    apart: Callable[[TerminalGeometry], Ball] = lambda _: arb(1),
) -> Finding:
    r"""B6: BCE, no bias: :math:`\min F` between binary entropies of the largest eigenvalue of ``N`` and of the trace
    of its root, which meet iff :math:`N^2=\lambda_{\max}N`; and all of it below :math:`K\mathrm h(\mu)`, which is the
    bound before it only for :math:`N=I` at penalties below a quarter of ``apart``."""
    pi, K = case.given, case.given.K
    geometry = TerminalGeometry.for_loss(pi, BCE, "zero")
    at = CertifiedOptimum.of(pi, _instance(pi, "zero", Fraction(1, 4)))
    mu, value = ball(at.model.lam).sqrt(), at.value
    low, high = lower(geometry, mu), upper(geometry, mu)
    nu = of_root(_eigenvalues(geometry).root(0))
    outer = K * _entropy(mu / (K - (K - 1) * nu).sqrt()), K * _entropy(mu)
    if value < low or value > high or low < outer[0] or high > outer[1]:
        return fails(f"min F = {value.str(12)} is not between {low.str(12)} and {high.str(12)}")
    if not _has_isotropic_signs(pi) and (last := _last_two(geometry, apart)) != HOLDS:
        return last
    if flat(geometry):
        return same("the bounds, which meet", [low, value], [value, high])
    return HOLDS if low < value < high else skips("min F cannot be told from its bounds")


def _alone(lam: Ball, f: Fraction) -> Ball:
    """The value of one label of frequency ``f`` with a bias of its own (B5b)."""
    g = 1 - f
    c = (lam / ball(f * g)).sqrt().min(arb(1))
    return ball(f) * _binary(c * ball(g)) + ball(g) * _binary(c * ball(f))


@checks_in_balls(
    "B6a",
    "certified values against the closed form of uncorrelated labels of the same frequencies, in balls",
    Control("half of the entropy of each label", {"alone": lambda lam, f: _alone(lam, f) / 2}, UNEQUAL),
    Control("at twice the penalty", {"alone": lambda lam, f: _alone(lam / 2, f)}, UNEQUAL),
    labels=4,
)
def uncorrelated_labels_are_hardest(
    case: LabelSpectrum, _: Random, alone: Callable[[Ball, Fraction], Ball] = _alone
) -> Finding:
    r"""B6a: BCE, free bias: :math:`\min F` is at most that of uncorrelated labels of the same frequencies, and equal
    to it, before a label has collapsed, only for such."""
    pi = case.given
    if not all(0 < count < pi.total for count in pi.class_counts):
        return skips("a label is constant")
    at = CertifiedOptimum.of(pi, replace(Instance.drawn(pi), loss=BCE, bias="free"))
    hardest = total(alone(ball(at.model.lam), f) for f in pi.frequencies)
    if at.value > hardest:
        return fails(f"min F = {at.value.str(12)} is above {hardest.str(12)}, of uncorrelated labels")
    moment = TerminalGeometry.for_loss(pi, BCE, "free").moment
    if all(int(moment[j, k]) == 0 for j in range(pi.K) for k in range(j)):
        return same("min F and its closed form", [at.value], [hardest])
    if at.model.lam >= min(f * (1 - f) for f in pi.frequencies):
        return HOLDS
    return HOLDS if at.value < hardest else skips("min F cannot be told from its bound")
