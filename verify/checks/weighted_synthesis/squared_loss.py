r"""Chapter W, the squared loss: its synthesis rule, where it is unique, where it is tag-wise averaging.

W2, W2b and W2c speak of *any* classifier, so they are decided exactly, in rational arithmetic, at random rational
classifiers of every rank and kernel; W2a and W2d speak of the optimum and are decided at certified optima.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from flint import arb, arb_mat, fmpq, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls, frequencies, rational, rationals, same, together
from verify.checks.weighted_synthesis.terminal_rules import whole_share
from verify.exact.balls import Ball, ball
from verify.exact.matrices import applied, ball_rows, diagonal, identity
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.rationals import column, matrix, multiple, number_above, second_moment, to_fmpq
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, MEAN, PLAIN
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator
from verify.model import losses
from verify.model.feature_model import AnyBias
from verify.model.optimum import CertifiedOptimum, Instance

Weigh = Callable[[LabelDistribution, int], Sequence[Fraction]]


def mse_optimum(case: LabelSpectrum) -> CertifiedOptimum:
    """The optimum of the MSE with the drawn bias and regularisation."""
    return CertifiedOptimum.of(case.given, replace(Instance.drawn(case.given), loss=losses.MSE))


# ---------------------------------------------------------------------- stationary points of any classifier


@dataclass(frozen=True)
class Ridge:
    r"""Stationary features and bias of the MSE for a rational classifier, exact.

    Attributes:
        pi: the distribution.
        map: :math:`A=(\lambda_HI+W^\top W)^{-1}W^\top`, ``(d, K)``.
        bias: ``b``, ``(K, 1)``.
    """

    pi: LabelDistribution
    map: fmpq_mat
    bias: fmpq_mat

    @classmethod
    def of(cls, pi: LabelDistribution, W: fmpq_mat, lambda_H: Fraction, bias: AnyBias) -> Ridge:
        r"""For features :math:`h_S=A(y_S-b)` the bias is stationary iff :math:`(I-WA)(f-b)=\lambda_bb`, here solved."""
        d, K = W.ncols(), W.nrows()
        A = (W.transpose() * W + multiple(d, lambda_H)).inv() * W.transpose()
        if bias == "zero":
            return cls(pi, A, column([Fraction(0)] * K))
        rest = multiple(K, Fraction(1)) - W * A
        decay = multiple(K, bias if isinstance(bias, Fraction) else Fraction(0))
        return cls(pi, A, (rest + decay).solve(rest * column(pi.frequencies)))

    def prototype(self, mask: int) -> list[fmpq]:
        """The feature of any label set, real or virtual."""
        return _entries(self.map * (_indicator(mask, self.pi.K) - self.bias))

    def combined(self, weights: Sequence[Fraction]) -> list[fmpq]:
        r""":math:`\sum_kc_kh_{\{k\}}`."""
        parts = [(to_fmpq(c), self.prototype(1 << k)) for k, c in enumerate(weights)]
        return [sum((c * h[j] for c, h in parts), fmpq(0)) for j in range(self.map.nrows())]

    @property
    def singletons(self) -> fmpq_mat:
        """The prototypes of all singletons as columns, ``(d, K)``."""
        return fmpq_mat([self.prototype(1 << k) for k in range(self.pi.K)]).transpose()


def _indicator(mask: int, K: int) -> fmpq_mat:
    return column([Fraction(a) for a in indicator(mask, K)])


def _entries(A: fmpq_mat) -> list[fmpq]:
    return list(A.entries())


def random_classifier(rng: Random, K: int) -> fmpq_mat:
    """A random rational classifier, ``(K, d)``, of any width up to ``K + 1``."""
    d = rng.randint(1, K + 1)
    return matrix(rationals(rng, K, d))


def _with_kernel(rng: Random, K: int, kernel: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    r"""A random classifier, ``(K, K)``, with :math:`\ker W^\top` spanned by the given vectors: the projection on their
    complement times an invertible matrix."""
    onto = multiple(K, Fraction(1))
    basis = [list(v) for v in kernel if any(v)]
    if basis:
        columns = matrix(basis)
        columns = fmpq_mat(columns.rref()[0].tolist()[: columns.rank()]).transpose()
        gram = columns.transpose() * columns
        onto -= columns * gram.inv() * columns.transpose()
    while True:
        V = matrix(rationals(rng, K, K))
        if V.det() != 0:
            return onto * V


def _rule_at_the_optimum(case: LabelSpectrum, free: Weigh, zero: Weigh) -> Finding:
    at = mse_optimum(case)
    if at.collapsed or (at.model.free and case.given.cardinality == 1):
        return HOLDS
    prototypes, weigh = Prototypes.at_optimum(at), free if at.model.free else zero
    return together(
        same(
            f"h of {case.given.spell(mask)} and its synthesis",
            prototypes.logits(prototypes.weights(mask)),
            prototypes.logits(prototypes.combined(weigh(case.given, mask))),
            _size(at),
        )
        for mask in case.given.masks
    )


def _size(at: CertifiedOptimum) -> Ball:
    """The largest logit without bias: what enclosures are compared against."""
    size: Ball = max(abs(a.mid()) for a in at.wh.entries())
    return size


def _contrasts(at: CertifiedOptimum, C: fmpq_mat, lam: Fraction) -> Finding:
    """That some contrast collapses iff the least eigenvalue of the covariance on contrasts is at most lambda."""
    basis = [[Fraction(int(k == j) - int(k == at.K - 1)) for k in range(at.K)] for j in range(at.K - 1)]
    B = matrix(basis)
    # congruent to C - lambda on contrasts, so all its eigenvalues are positive iff those are
    above = number_above(B * (C - multiple(at.K, lam)) * B.transpose(), Fraction(0)) == at.K - 1
    seen = arb_mat(B) * at.G * arb_mat(B).transpose()
    if not above and seen.det() > 0:  # it is certainly semidefinite, and so definite
        return fails("kappa(C) is at most lambda, but no contrast collapses")
    if above and at.rank[1] < at.K - 1:
        return fails("kappa(C) exceeds lambda, but a contrast collapses")
    return HOLDS


# ---------------------------------------------------------------------- W2b


def _determined(pi: LabelDistribution) -> bool:
    return pi.cardinality != 1


# ---------------------------------------------------------------------- W2c


Cases = tuple[str, ...]


def _is_exception(W: fmpq_mat, mask: int, f: Sequence[Fraction], cases: Cases, any_scale: bool) -> bool:
    m = mask.bit_count()
    if m == 1:
        return "one label" in cases
    seen, of_f = _entries(W.transpose() * _indicator(mask, W.nrows())), _entries(W.transpose() * column(f))
    if not any(of_f):
        return "frequencies collapsed" in cases
    if "parallel" not in cases or fmpq_mat([seen, of_f]).rank() > 1:
        return False
    theta = next(a / c for a, c in zip(seen, of_f, strict=True) if c != 0)
    return any_scale or theta == 1 or theta != m


def _one_multiplicity(case: LabelSpectrum, rng: Random, lambda_H: Fraction, least: int) -> Finding:
    pi, K, f = case.given, case.K, case.given.frequencies
    if len(set(pi.sizes)) > 1 or pi.sizes[0] < least or K < 3:
        return HOLDS
    C = second_moment(frequencies(pi), [[a - c for a, c in zip(y, f, strict=True)] for y in pi.rows])
    if C.rank() < K - 1:
        return HOLDS
    at = Ridge.of(pi, _with_kernel(rng, K, [[Fraction(1)] * K]), lambda_H, "free")
    pairs = [(at.prototype(S), at.combined(PLAIN.weights(pi, S))) for S in pi.masks]
    averaged = all(fmpq_mat([h, total]).rank() <= 1 and (any(total) or not any(h)) for h, total in pairs)
    if averaged != (len(set(f)) == 1):
        return fails(
            "all prototypes are scaled averages, but frequencies are not uniform" if averaged else "no averages"
        )
    return HOLDS if not averaged or all(h == total for h, total in pairs) else fails("scaled, but not plain sums")


def _marginal(pi: LabelDistribution) -> LabelDistribution | None:
    weights: dict[int, int | Fraction] = {}
    for mask, weight in zip(pi.masks, pi.weights, strict=True):
        weights[mask & 3] = weights.get(mask & 3, 0) + weight
    two = LabelDistribution.from_masks(weights, pi.labels[:2])
    return two if two.cardinality != 1 and _covariance(two).det() != 0 else None


def _independent(f: Sequence[Fraction]) -> LabelDistribution | None:
    if len(f) < 2 or sum(f) == 1:
        return None
    weights: dict[int, int | Fraction] = {}
    for mask in range(1 << len(f)):
        share = Fraction(1)
        for k, a in enumerate(f):
            share *= a if mask & 1 << k else 1 - a
        weights[mask] = share
    return LabelDistribution.from_masks(weights, [str(k) for k in range(len(f))])


def _covariance(pi: LabelDistribution) -> fmpq_mat:
    f = pi.frequencies
    return second_moment(frequencies(pi), [[a - c for a, c in zip(y, f, strict=True)] for y in pi.rows])


def _two_labels(pi: LabelDistribution, weigh: Weigh, cross: int) -> Finding:
    C = _covariance(pi)
    drawn = replace(Instance.drawn(pi), loss=losses.MSE, bias="free")
    while number_above(C, drawn.lambda_W * drawn.lambda_H * Fraction(10, 9)) < 2:
        drawn = replace(drawn, lambda_W=drawn.lambda_W / 10)
    at = CertifiedOptimum.of(pi, drawn)
    mu, root = ball(at.model.lam).sqrt(), arb(C.det()).sqrt()
    scale = (arb(C[0, 0] + C[1, 1]) + cross * root).sqrt()
    T = (arb_mat(C) + identity(2) * root) * (1 / scale)
    residuals = {mask: [a * mu for a in applied(T.inv(), _target(pi, mask))] for mask in range(4)}
    real = [a for mask in pi.masks for a in residuals[mask]]
    return together(
        [
            same("T^2 and C", (T * T).entries(), arb_mat(C).entries()),
            same(
                "G and lambda_H/mu (T - mu)",
                at.G.entries(),
                ((T - identity(2) * mu) * (ball(drawn.lambda_H) / mu)).entries(),
            ),
            same("r and mu T^{-1} a", at.r.entries(), real),
            *_rule(pi, residuals, weigh),
        ]
    )


def _independent_labels(pi: LabelDistribution, weigh: Weigh) -> Finding:
    at = CertifiedOptimum.of(pi, replace(Instance.drawn(pi), loss=losses.MSE, bias="free"))
    mu, f = ball(at.model.lam).sqrt(), pi.frequencies
    alive = [a * (1 - a) > at.model.lam for a in f]
    s = [ball(a * (1 - a)).sqrt() for a in f]
    left = [mu / c if here else arb(1) for c, here in zip(s, alive, strict=True)]
    squares = [ball(at.model.lambda_H) * (c - mu) / mu if here else arb(0) for c, here in zip(s, alive, strict=True)]
    G = diagonal(squares).entries()
    residuals = {mask: [c * a for c, a in zip(left, _target(pi, mask), strict=True)] for mask in range(1 << pi.K)}
    # w_k times the residual, up to lambda_H, is the prototype
    features = {mask: [w.sqrt() * a for w, a in zip(squares, r, strict=True)] for mask, r in residuals.items()}
    return together(
        [
            same("G and the closed form", at.G.entries(), G),
            same("r and min(1, mu/s) (y - f)", at.r.entries(), [a for mask in pi.masks for a in residuals[mask]]),
            *(_rule(pi, features, weigh) if any(alive) else ()),
        ]
    )


def _target(pi: LabelDistribution, mask: int) -> list[Ball]:
    return [ball(a - f) for a, f in zip(indicator(mask, pi.K), pi.frequencies, strict=True)]


def _rule(pi: LabelDistribution, features: dict[int, list[Ball]], weigh: Weigh) -> list[Finding]:
    size = max(abs(a.mid()) for row in features.values() for a in row)
    found = []
    for mask, h in features.items():
        parts = [(ball(c), features[1 << k]) for k, c in enumerate(weigh(pi, mask))]
        made = [sum((c * part[j] for c, part in parts), arb(0)) for j in range(pi.K)]
        found.append(same(f"{pi.spell(mask)} and its synthesis", h, made, size))
    return found


# ---------------------------------------------------------------------- the checks


def _wrong_share(pi: LabelDistribution, mask: int) -> list[Fraction]:
    share = mask.bit_count() / pi.cardinality
    return [a - share * f for a, f in zip(PLAIN.weights(pi, mask), pi.frequencies, strict=True)]


def _uniform_share(pi: LabelDistribution, mask: int) -> list[Fraction]:
    share = (mask.bit_count() - 1) / (pi.cardinality - 1)
    return [a - share * Fraction(1, pi.K) for a in PLAIN.weights(pi, mask)]


SPREAD = witness([([0], 4), ([0, 1], 2), ([2], 1), ([], 1)], 3)
EXCEPTIONAL = witness([([], 1), ([0], 1), ([0, 1], 1)], 2)  # cardinality 1
PAIRS = witness([([0, 1], 1), ([1, 2], 2), ([0, 2], 3)], 3)
THREE_SINGLES = witness([([0], 5), ([1], 3), ([2], 2)], 3)
EVEN_PAIRS = witness([([0, 1], 1), ([1, 2], 1), ([0, 2], 1)], 3)
CORRELATED = witness([([], 5), ([0], 3), ([0, 1], 9)], 2)  # lambda is above kappa(C), and yet the contrast is alive
NEAR_THE_THRESHOLD = witness([([0], 1), ([1], 2), ([0, 1], 5)], 2)
FOUR = witness([([], 3), ([0], 1), ([1], 2), ([0, 1], 1)], 2)


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "W2",
    "prototypes of a random rational classifier against their synthesis, exactly; certified ones in balls",
    Control("plain sums with a free bias", {"free": PLAIN.weights}, SPREAD),
    Control("the factor m_S/m-bar in place of (m_S - 1)/(m-bar - 1)", {"free": _wrong_share}, SPREAD),
    Control("uniform weights in place of frequencies", {"free": _uniform_share}, SPREAD),
    Control("the rule of the free bias without bias", {"zero": FREQUENCY.weights}, SPREAD),
    Control("the empty set m_S times", {"offset": 0}, SPREAD),
)
def synthesis_rule(
    case: LabelSpectrum, rng: Random, free: Weigh = FREQUENCY.weights, zero: Weigh = PLAIN.weights, offset: int = 1
) -> Finding:
    r"""W2: MSE, stationary features and bias of any classifier, any label set: with a free bias :math:`b=f` and
    :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}` unless :math:`\bar m=1`, always
    :math:`h_S=\sum_{k\in S}h_{\{k\}}-(m_S-1)h_\emptyset`; without bias plain sums.

    Exactly at a random rational classifier, for the support and one more label set; and in balls at the certified
    optimum. ``free`` and ``zero`` are the weights, ``offset`` the multiplicity at which :math:`h_\emptyset` drops out.
    """
    pi, K = case.given, case.K
    W, lambda_H = random_classifier(rng, K), abs(rational(rng)) + Fraction(1, 3)
    for bias, weigh in (("free", free), ("zero", zero)):
        at = Ridge.of(pi, W, lambda_H, "free" if bias == "free" else "zero")
        if bias == "free" and _entries(at.bias) != [to_fmpq(a) for a in pi.frequencies]:
            return fails("the stationary bias is not the vector of class frequencies")
        for mask in {*pi.masks, rng.randrange(1 << K)}:
            h = at.prototype(mask)
            if not (bias == "free" and pi.cardinality == 1) and h != at.combined(weigh(pi, mask)):
                return fails(f"{bias} bias, {pi.spell(mask)}: the synthesis is not the prototype")
            empty, plain = at.prototype(0), at.combined(PLAIN.weights(pi, mask))
            if h != [a - (mask.bit_count() - offset) * e for a, e in zip(plain, empty, strict=True)]:
                return fails(f"{bias} bias, {pi.spell(mask)}: the synthesis with the empty set is not the prototype")
    return _rule_at_the_optimum(case, free, zero)


@checks_in_balls(
    "W2a",
    "certified Gram matrix, residuals and rank against the exact covariance and its exactly counted eigenvalues",
    Control("collapse at twice the threshold", {"threshold": Fraction(2)}, NEAR_THE_THRESHOLD),
    Control("the weights C^{-1} in place of C^{-1/2} for classifier rows", {"power": 2}, SPREAD),
    Control("lambda in place of its root mu", {"root": lambda lam: lam}, cases.MSE),
    Control("collapse told by contrasts for several multiplicities", {"by_contrasts": True}, CORRELATED),
)
def closed_form(
    case: LabelSpectrum,
    _: Random,
    threshold: Fraction = Fraction(1),
    power: int = 1,
    by_contrasts: bool = False,
    root: Callable[[Ball], Ball] = lambda lam: lam.sqrt(),
) -> Finding:
    r"""W2a: the optimum of the MSE in closed form, against the certified one.

    With the exact :math:`C=\sum_S\pi_Sa_Sa_S^\top`, :math:`\mu=\sqrt\lambda` and :math:`\Gamma=WW^\top/\lambda_H`:
    :math:`\Gamma\,C=\mu^2\Gamma(I+\Gamma)^2`, which says :math:`\Gamma=(C^{1/2}-\mu I)_+/\mu` together with the rank;
    :math:`(I+\Gamma)r_S=a_S`; the rank is the number of eigenvalues of ``C`` above :math:`\lambda`, counted exactly;
    without collapse :math:`r_S=\mu\,C^{-1/2}a_S`, the weights on the classifier rows; and with one multiplicity some
    contrast collapses iff :math:`\kappa(C)\le\lambda`.

    ``threshold`` multiplies :math:`\lambda` in the count, ``power`` is that of :math:`C^{-1/2}`, ``root`` makes
    :math:`\mu`, ``by_contrasts`` applies the last statement to any distribution.
    """
    at = mse_optimum(case)
    model, lam = at.model, at.model.lam
    f = case.given.frequencies if model.free else (Fraction(0),) * at.K
    targets = [[a - c for a, c in zip(y, f, strict=True)] for y in at.y]
    C = second_moment(frequencies(model.distribution), targets)
    alive = number_above(C, lam * threshold)
    if not at.rank[0] <= alive <= at.rank[1]:
        return fails(f"{alive} eigenvalues of C above the threshold, but the classifier has rank {at.rank}")
    gram = at.G * (1 / ball(model.lambda_H))
    grown, mu = gram + identity(at.K), root(ball(lam))
    a = ball_rows(targets)
    findings = [same("(I + Gamma) r and a", (at.r * grown).entries(), a.entries())]
    if not at.collapsed:
        square = gram * grown * grown * mu * mu
        findings.append(same("Gamma C and mu^2 Gamma (I + Gamma)^2", (gram * arb_mat(C)).entries(), square.entries()))
    if alive == at.K:
        weights = inverse_square_root(arb_mat(C))
        for _step in range(1, power):
            weights = weights * weights
        findings.append(same("r and mu C^{-1/2} a", at.r.entries(), (a * weights * mu).entries()))
    if (by_contrasts or len(set(case.given.sizes)) == 1) and model.free:
        findings.append(_contrasts(at, C, lam))
    return together(findings)


@checks_in_balls(
    "W2b",
    "ranks of prototypes and uniform corrections at random rational classifiers, exactly",
    Control("determined at m-bar = 1 too", {"determined": lambda _pi: True}, EXCEPTIONAL),
    Control("any prototype from singletons at m-bar = 1", {"reachable": lambda _m: True}, EXCEPTIONAL),
    Control("no prototype at all from singletons at m-bar = 1", {"reachable": lambda _m: False}, EXCEPTIONAL),
    Control("m_S/K in place of (m_S - 1)/K", {"uniform": whole_share}, PAIRS),
    Control("uniform corrections for any classifier", {"centered": False}, SPREAD),
)
def uniqueness_of_the_weights(
    case: LabelSpectrum,
    rng: Random,
    determined: Callable[[LabelDistribution], bool] = _determined,
    uniform: Weigh = MEAN.weights,
    centered: bool = True,
    reachable: Callable[[int], bool] = lambda m: m == 1,
) -> Finding:
    r"""W2b: MSE, free bias. Exactly, at random classifiers: at rank ``K`` the singleton prototypes are independent iff
    :math:`\bar m\ne1`, and at :math:`\bar m=1` no prototype with :math:`m_S\ne1` is a combination of them; where
    :math:`1^\top W=0`, corrections may be uniform, and :math:`\sum_k(1-\frac{Kf_k}{\bar m-1})h_{\{k\}}=0`. In
    balls: with one multiplicity :math:`1^\top W=0` at the optimum.

    ``centered`` is whether the classifier of the uniform corrections is; ``reachable`` which sizes combinations reach
    at :math:`\bar m=1`.
    """
    pi, K, lambda_H = case.given, case.K, abs(rational(rng)) + Fraction(1, 3)
    at = Ridge.of(pi, _with_kernel(rng, K, ()), lambda_H, "free")
    if (at.singletons.rank() == K) != determined(pi):
        return fails(f"mean number of labels {pi.cardinality}: singleton prototypes have rank {at.singletons.rank()}")
    if pi.cardinality == 1:
        for mask in {*pi.masks, rng.randrange(1 << K)}:
            wider = fmpq_mat([*at.singletons.transpose().tolist(), at.prototype(mask)])
            if (wider.rank() == at.singletons.rank()) != reachable(mask.bit_count()):
                return fails(f"{pi.spell(mask)}: whether it is a combination of singletons")
    kernel = [[Fraction(1)] * K] if centered else []
    flat = Ridge.of(pi, _with_kernel(rng, K, kernel), lambda_H, "free")
    for mask in {*pi.masks, rng.randrange(1 << K)}:
        if flat.prototype(mask) != flat.combined(uniform(pi, mask)):
            return fails(f"{pi.spell(mask)}: not a synthesis with uniform corrections")
    if pi.cardinality != 1 and any(flat.combined([1 - K * f / (pi.cardinality - 1) for f in pi.frequencies])):
        return fails("the combination that should vanish does not")
    if len(set(pi.sizes)) > 1:
        return HOLDS
    optimum = mse_optimum(case)
    sums = (optimum.G * arb_mat([[arb(1)]] * K)).entries()
    return (
        HOLDS if not optimum.model.free or optimum.collapsed else same("G 1 and 0", sums, [arb(0)] * K, _size(optimum))
    )


@checks_in_balls(
    "W2c",
    "whether prototypes are multiples of tag-wise sums, exactly, at random classifiers with chosen kernels",
    Control("never when frequencies collapse", {"cases": ("one label", "parallel")}, EVEN_PAIRS),
    Control("never when parallel", {"cases": ("one label", "frequencies collapsed")}, PAIRS),
    Control("never for one label", {"cases": ("frequencies collapsed", "parallel")}, SPREAD),
    Control("parallel at any scale", {"any_scale": True}, PAIRS),
    Control("uniform frequencies at one multiplicity m = 1 too", {"least": 1}, THREE_SINGLES),
)
def tag_wise_averaging(
    case: LabelSpectrum,
    rng: Random,
    cases: Cases = ("one label", "frequencies collapsed", "parallel"),
    any_scale: bool = False,
    least: int = 2,
) -> Finding:
    r"""W2c: MSE, free bias, :math:`N=\ker W^\top`: :math:`h_S` is a multiple of :math:`\sum_{k\in S}h_{\{k\}}` iff
    :math:`m_S=1`, or :math:`f\in N` (then it is the sum), or :math:`y_S\in\theta f+N` with :math:`\theta` 1 or not
    :math:`m_S`. With one multiplicity :math:`m\ge2`, :math:`K\ge3` and :math:`N` spanned by the ones - that is
    :math:`\lambda<\kappa(C)` - all of them are iff class frequencies are uniform.

    Exactly, at random classifiers with kernels that make every case occur. ``cases`` are the exceptions that count,
    ``any_scale`` admits :math:`\theta=m_S`, ``least`` is the least ``m`` of the last statement.
    """
    pi, K, lambda_H = case.given, case.K, abs(rational(rng)) + Fraction(1, 3)
    f, mask = pi.frequencies, rng.choice(pi.masks)
    m = mask.bit_count()
    shifts = [[a - theta * c for a, c in zip(PLAIN.weights(pi, mask), f, strict=True)] for theta in (1, 2, m)]
    for kernel in ([], [list(f)], [[Fraction(1)] * K], *([v] for v in shifts)):
        W = _with_kernel(rng, K, kernel)
        at = Ridge.of(pi, W, lambda_H, "free")
        for S in pi.masks:
            h, total = at.prototype(S), at.combined(PLAIN.weights(pi, S))
            averaged = not any(h) or (any(total) and fmpq_mat([h, total]).rank() == 1)
            if averaged != _is_exception(W, S, f, cases, any_scale):
                return fails(f"{pi.spell(S)}: {'is' if averaged else 'is no'} scaled average")
            if not any(_entries(W.transpose() * column(f))) and h != total:
                return fails(f"{pi.spell(S)}: frequencies have collapsed, but plain sums are not exact")
    return _one_multiplicity(case, rng, lambda_H, least)


@checks_in_balls(
    "W2d",
    "closed-form optima of two labels and of independent labels against certified ones, and the rule in balls",
    Control("plain sums", {"weigh": PLAIN.weights}, FOUR),
    Control("the root of the covariance without its cross term", {"cross": 0}, FOUR),
)
def rule_entry_by_entry(case: LabelSpectrum, _: Random, weigh: Weigh = FREQUENCY.weights, cross: int = 2) -> Finding:
    r"""W2d: the rule entry by entry at two families of closed-form optima with a free bias, and the closed forms
    against certified optima.

    The marginal of the first two labels, with :math:`C^{1/2}=(C+\sqrt{\det C}\,I)/\sqrt{\mathrm{tr}\,C+2\sqrt{\det C}}`
    and :math:`r_S=\mu C^{-1/2}a_S`; and up to three independent labels with the frequencies of the case, with
    :math:`r_{S,k}=\min(1,\mu/s_k)(y_{S,k}-f_k)`, :math:`s_k^2=f_k(1-f_k)`. ``cross`` is the 2 in the denominator.
    """
    pi = case.given
    two = _marginal(pi)
    findings = []
    if two is not None:
        findings.append(_two_labels(two, weigh, cross))
    independent = _independent([f for f in pi.frequencies if 0 < f < 1][:3])
    if independent is not None:
        findings.append(_independent_labels(independent, weigh))
    return together(findings) if findings else skips("fewer than two labels that vary")
