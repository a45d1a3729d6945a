r"""The geometry from the dual and from a gap, checked at certified optima (U10, U11, U11a).

How identities between enclosures are decided is told in ``enclosures``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat

from verify.certificate.format import Claims, RationalMatrix
from verify.certificate.kernel import bracket, check
from verify.checks.duality.gap_identities import Point, values
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import (
    NO_WEIGHTS,
    PERCENT,
    Weights,
    alive,
    checks_in_balls,
    drawn_optimum,
    exactly,
    frequencies,
    logits_of,
    product,
    same,
    together,
)
from verify.exact.balls import Ball, ball, between, dot, root
from verify.exact.matrices import outer, projection
from verify.geometry.spectrum import LabelSpectrum
from verify.model.ball_losses import BallLoss
from verify.model.feature_model import FeatureModel
from verify.model.optimum import CertifiedOptimum, Instance

Radius = Callable[[BallLoss, Ball, Fraction, int], Ball]


def _radius(loss: BallLoss, gap: Ball, share: Fraction, m: int) -> Ball:
    r"""U11: how far the optimum can be, in the norm that belongs to the loss."""
    return (gap / ball(share * loss.modulus(m))).sqrt()


def _with_one_prototype_moved(at: CertifiedOptimum, moved: int, shrink: Fraction = Fraction(1)) -> _Worse:
    """Logits and gap of the point with one prototype moved, so that its logits move by about 0.3, and of the residuals
    of the certificate shrunk."""
    model, solution = at.model, at.solution
    W = exactly(solution.W.tolist())
    r = [[shrink * a for a in x] for x in at.certificate.r.fractions()]
    H = [[a / model.lambda_H for a in product(list(zip(*W, strict=True)), x)] for x in at.certificate.r.fractions()]
    _, s, Vt = np.linalg.svd(solution.W, full_matrices=False)
    H[moved] = [a + Fraction(0.3 * c / s[0]) for a, c in zip(H[moved], Vt[0].tolist(), strict=True)]
    point = Point(W, H, [Fraction(a) for a in solution.b.tolist()], r)
    instance = Instance(model.loss, model.bias, model.lambda_W, model.lambda_H)
    primal, dual = values(instance, model.distribution, model.loss, point)
    z = logits_of(W, H, point.b)
    return _Worse(z, r, (primal - dual).upper())


class _Worse(NamedTuple):
    """A point that is not optimal: its logits, residuals that are feasible, and a bound on the gap of the two."""

    z: list[list[Ball]]
    r: list[list[Fraction]]
    gap: Ball


def _coarse(at: CertifiedOptimum, rng: Random, claimed_gap: Fraction) -> Finding:
    fine = at.certificate
    share = Fraction(1, 1000)
    W = [[a * (1 + share * Fraction(rng.randint(-9, 9), 9)) for a in row] for row in fine.W.fractions()]
    r = RationalMatrix(fine.r.denominator * 1000, tuple(tuple(a * 999 for a in row) for row in fine.r.rows))
    bits = 1 << 128
    coarse = replace(fine, W=RationalMatrix.nearest(W, bits), r=r, claims=Claims())
    coarse = replace(coarse, value=bracket(coarse, bits))
    if claimed_gap != 1:
        low, high = coarse.value.lower[0][0], coarse.value.upper[0][0]
        coarse = replace(coarse, value=replace(coarse.value, upper=((low + int((high - low) * claimed_gap),),)))
    verdict = check(coarse)
    if verdict.optimum is None:
        return fails(f"the coarse certificate is rejected: {verdict.reason}")
    for name, table in (("r", at.r), ("z", at.z), ("G", at.G)):
        for i, row in enumerate(table.tolist()):
            for j, entry in enumerate(row):
                ends = verdict.optimum.interval(name, i, j)
                if ends is not None and not between(ends).overlaps(entry):
                    return fails(f"{name}[{i}][{j}] = {entry.str(10)} is outside the coarse enclosure")
    return HOLDS


def _in_ball(rows: list[list[Ball]], eps: Ball, radius: Fraction, apart: Fraction) -> Finding:
    """MSE: the optimum about the midpoint of the two predictions."""
    off = dot(*[[b - c for b, c in zip(*rows[1:], strict=True)]] * 2)
    limit = root(eps - ball(apart) * off) * ball(radius)
    distance = [a - (b + c) / 2 for a, b, c in zip(*rows, strict=True)]
    length = root(dot(distance, distance))
    return (
        fails(f"the optimum is {length.str(9)} from the midpoint, {limit.str(9)} allowed") if length > limit else HOLDS
    )


def _in_intervals(
    rows: list[list[Ball]], eta: Ball, radius: Fraction, apart: Fraction, relative: Callable[[Ball, Ball], Ball]
) -> Finding:
    """PAL-CE and BCE: every probability in its intervals."""
    for optimal, dual, primal in zip(*rows, strict=True):
        limit = root(eta / 4 - ball(apart) * (dual - primal) * (dual - primal)) * ball(radius)
        if abs(optimal - (dual + primal) / 2) > limit:
            return fails(f"a probability is {abs(optimal - (dual + primal) / 2).str(9)} from the midpoint")
        for s in (primal, dual):
            reach = relative(s.nonnegative_part(), eta)
            if optimal < s - reach or optimal > s + eta + (eta * eta + reach * reach).sqrt():
                return fails(f"{optimal.str(9)} is outside the relative enclosure of {s.str(9)}")
    return HOLDS


@checks_in_balls(
    "U10",
    "logits, G and all inner products computed in balls from the residuals, against the kernel's enclosures",
    Control("lambda_W 1 % too large", {"lambda_W": lambda model: model.lambda_W * PERCENT}, cases.PAL_FREE),
    Control("lambda_H for lambda_W", {"lambda_W": lambda model: model.lambda_H}, cases.PAL_FREE),
    Control("lambda_H 1 % too large", {"lambda_H": lambda model: model.lambda_H * PERCENT}, cases.MSE),
    Control("inner products of features with 1/lambda_H", {"power": 1}, cases.MSE),
    Control("centered logits for a loss whose classifier is not centered", {"centered": True}, cases.BCE),
    Control("frequencies left out", NO_WEIGHTS, cases.BCE),
)
def everything_from_the_dual(
    case: LabelSpectrum,
    rng: Random,
    lambda_W: Callable[[FeatureModel], Fraction] = lambda model: model.lambda_W,
    lambda_H: Callable[[FeatureModel], Fraction] = lambda model: model.lambda_H,
    weights: Weights = frequencies,
    power: int = 2,
    centered: bool = False,
) -> Finding:
    r"""U10: from the residuals alone - logits, then :math:`G=\frac1{\lambda_W}\sum\pi_Sr_Sz_S^\top`,
    :math:`Wh_S=\frac1{\lambda_H}Gr_S` and :math:`\langle h_S,h_T\rangle=\frac1{\lambda_H^2}r_S^\top Gr_T` - against the
    kernel's own enclosures of all three. The bias stays in the logits: it drops out of ``G``.

    ``power`` is that of :math:`\lambda_H` in the last; ``centered`` logits are those of PAL-CE anyway."""
    at = alive(drawn_optimum(case))
    pi = at.model.distribution
    z = arb_mat([at.loss.logits(r, y) for r, y in zip(at.r.tolist(), at.y, strict=True)])
    G = outer(at.r, weights(pi), z * projection(at.K) if centered else z) * ball(1 / lambda_W(at.model))
    to_wh = at.r * G.transpose() * ball(1 / lambda_H(at.model))
    to_hh = to_wh * at.r.transpose() * ball(1 / lambda_H(at.model) ** (power - 1))
    some = rng.sample(range(at.n), min(at.n, 5))
    pairs = [(S, T) for S in some for T in some]
    return together(
        [
            same("logits of the residuals", z.entries(), at.z.entries()),
            same("G and sum pi r z^T / lambda_W", at.G.entries(), G.entries()),
            same("W h_S and G r_S / lambda_H", at.wh.entries(), to_wh.entries()),
            same("<h_S, h_T> and r_S G r_T / lambda_H^2", [at.hh(*p) for p in pairs], [to_hh[S, T] for S, T in pairs]),
        ]
    )


@checks_in_balls(
    "U11",
    "distance of the certified optimum from a worse point against the radius of its gap; a coarse certificate",
    Control("radius 1 % too small", {"radius": lambda *a: _radius(*a) / ball(PERCENT)}, cases.MSE_TIGHT),
    Control("the gap for its root", {"radius": lambda *a: _radius(*a) * _radius(*a)}, cases.PAL_FREE),
    Control(
        "frequency left out", {"radius": lambda loss, gap, _, m: _radius(loss, gap, Fraction(1), m)}, cases.PAL_FREE
    ),
    Control("a hundredth of the gap", {"claimed_gap": Fraction(1, 100)}, cases.BCE),
)
def gap_to_enclosure(
    case: LabelSpectrum, rng: Random, radius: Radius = _radius, claimed_gap: Fraction = Fraction(1)
) -> Finding:
    r"""U11: the optimum is within the radius that the gap of a worse primal point gives, and inside the enclosures that
    the kernel derives from a coarse certificate.

    The worse point is the optimum with one prototype moved along the strongest direction of ``W``; for MSE and small
    :math:`\lambda` its radius is nearly attained. The coarse certificate has every entry of ``W`` off by up to 0.1 %
    and shrunk residuals; ``claimed_gap`` times its gap is what it claims.
    """
    at = alive(drawn_optimum(case))
    worse = _with_one_prototype_moved(at, rng.randrange(at.n))
    rows = zip(at.pi, worse.z, at.r.tolist(), at.y, strict=True)
    for share, logits, r, y in rows:
        off = [abs(a - b) for a, b in zip(at.loss.residual(logits, y), r, strict=True)]
        distance, limit = at.loss.norm(off, sum(y)), radius(at.loss, worse.gap, share, sum(y))
        if distance > limit:
            return fails(f"the optimum is {distance.str(6)} away, farther than {limit.str(6)}")
    return _coarse(at, rng, claimed_gap)


@checks_in_balls(
    "U11a",
    "certified residuals and logits against the enclosures that a worse point and shrunk residuals give, in balls",
    Control("half the gap", {"budget": Fraction(1, 2)}, cases.MSE_TIGHT),
    Control("radius 1 % too small", {"radius": 1 / PERCENT}, cases.MSE_TIGHT),
    Control("half of the squared distance", {"apart": Fraction(1, 2)}, cases.MSE_TIGHT),
    Control("s eta / 8 for 2 s eta", {"relative": lambda s, eta: (s * eta / 8).sqrt()}, cases.BCE),
)
def sharper_enclosures(
    case: LabelSpectrum,
    rng: Random,
    budget: Fraction = Fraction(1),
    radius: Fraction = Fraction(1),
    apart: Fraction = Fraction(1, 4),
    relative: Callable[[Ball, Ball], Ball] = lambda s, eta: (2 * s * eta).sqrt(),
) -> Finding:
    r"""U11a at a point that is not optimal and residuals that are not either, one prototype moved and the residuals
    shrunk by 0.1 % or not at all.

    (i) :math:`\sum_S\pi_S[\Delta_S(r^*_S,z_S)+\Delta_S(r_S,z^*_S)]` is at most ``budget`` times the gap, and the
    optimum within ``radius`` times :math:`\sqrt{\frac\varepsilon{4\pi_Sm_S}-\frac14(p_k-\hat p_k)^2}` of the midpoint
    (MSE: :math:`\sqrt{\frac\varepsilon{\pi_S}-\frac14\|r_S-\hat r_S\|^2}`); (ii) small probabilities are enclosed
    relative to their size, from the primal and from the dual side. ``apart`` is what stands for the quarter of the
    squared distance, ``relative`` for :math:`\sqrt{2s\eta}`.
    """
    at = alive(drawn_optimum(case))
    moved = rng.randrange(at.n)
    for shrink in (Fraction(1), Fraction(999, 1000)):
        worse = _with_one_prototype_moved(at, moved, shrink)
        both = arb(0)
        for S, (share, z, r, y) in enumerate(zip(at.pi, worse.z, worse.r, at.y, strict=True)):
            feasible, optimal = [ball(a) for a in r], at.r.tolist()[S]
            pair = at.loss.divergence(optimal, z, y), at.loss.divergence(feasible, at.z.tolist()[S], y)
            both += ball(share) * (pair[0] + pair[1])
            predicted = at.loss.residual(z, y)
            size = at.model.loss.mass(sum(y))
            eta = worse.gap / ball(share * size)
            rows = [[(b - a) / size for a, b in zip(row, y, strict=True)] for row in (optimal, feasible, predicted)]
            found = (
                _in_ball(rows, worse.gap / ball(share), radius, apart)
                if at.model.loss.quadratic
                else _in_intervals(rows, eta, radius, apart, relative)
            )
            if found.state == "fails":
                return found
        if both > ball(budget) * worse.gap:
            return fails(f"the two divergences add up to {both.str(9)}, the gap is {worse.gap.str(9)}")
        if not both.is_finite():
            return skips("the divergences are not determined")
    return HOLDS
