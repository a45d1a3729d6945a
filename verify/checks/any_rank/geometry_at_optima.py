r"""D1, checked: certified optima against the hard-margin geometry, at every penalty and rank."""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls
from verify.checks.terminal_phase.explicit_errors import SINGLES, TINY, PolarPoint, at_an_optimum
from verify.exact.balls import Ball, ball, dot, total
from verify.exact.matrices import applied
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.model.optimum import CertifiedOptimum

Enclosed = Callable[[TerminalGeometry], Any]

SINGULAR = witness([([0, 1], 1), ([1, 2], 1), ([0, 3, 4], 1)], 5)
"""Rank 2, and strict signs."""


def _root(geometry: TerminalGeometry) -> Any:
    return geometry.root


def _moment(geometry: TerminalGeometry) -> Any:
    return arb_mat(geometry.moment) / geometry.scale


def _balanced(at: CertifiedOptimum) -> Ball:
    return ball(at.model.lambda_W) / ball(at.model.lam).sqrt()


@checks_in_balls(
    "D1",
    "min F, Gram matrix and inner products of certified optima against the hard margin's, with the error, in balls",
    Control("the moment in place of its root", {"root": _moment, "lam": TINY}, SINGLES),
    Control("lambda_W for lambda_W/mu", {"unit": lambda at: ball(at.model.lambda_W), "lam": TINY}, SINGLES),
    Control("inner products of the limit without the root", {"product": dot, "lam": TINY}, SINGLES),
    Control("a tenth of the gap", {"gap": Fraction(1, 10), "lam": TINY}, SINGLES),
    Control("a thousandth of the error", {"share": Fraction(1, 1000), "lam": TINY}, SINGULAR),
    labels=3,
)
def hard_margin_geometry(
    case: LabelSpectrum,
    rng: Random,
    root: Enclosed = _root,
    unit: Callable[[CertifiedOptimum], Ball] = _balanced,
    product: Callable[[Any, Any], Ball] | None = None,
    gap: Fraction = Fraction(1),
    share: Fraction = Fraction(1),
    lam: Fraction | None = None,
) -> Finding:
    r"""D1, at :math:`t=\tau`: the two-sided value, what is outside the range, the Gram matrix and the inner products.

    ``root`` is the limit of the Gram matrix, ``unit`` multiplies it, ``product`` stands for the inner product of two
    polar columns in it, ``gap`` multiplies the error of the value, ``share`` those of the matrices.
    """
    at, near = at_an_optimum(case, rng, lam)
    mu, geometry = ball(at.model.lam).sqrt(), near.geometry
    polar = total(
        ball(w) * at.loss.conjugate([mu * a for a in q], y) for w, q, y in zip(at.pi, near.columns, at.y, strict=True)
    )
    if at.value < polar or at.value > polar + ball(gap) * mu * near.error / 2:
        return fails(f"min F = {at.value.str(12)} is not within {near.error.str(6)} mu/2 above {polar.str(12)}")
    G = at.G * unit(at)
    idle = total((arb_mat(geometry.kernel) * G)[k, k] for k in range(at.K))
    if idle > near.error:
        return fails(f"outside the range the Gram matrix has the trace {idle.str(6)}, more than {near.error.str(6)}")
    limit, most = root(geometry) * (-mu.log()), ball(share) * _most(at, near, G.trace())
    off = total(a * a for a in (G - limit).entries())
    if off > most:
        return fails(f"the Gram matrix is {off.str(6)} off, squared, more than {most.str(6)}")
    apart = _pairs(at, near, product or (lambda p, q: dot(p, applied(geometry.root, q))))
    if apart > most:
        return fails(f"inner products are {apart.str(6)} off, squared, more than {most.str(6)}")
    return HOLDS if off.is_finite() and apart.is_finite() else skips("the geometry is not determined")


def _most(at: CertifiedOptimum, near: PolarPoint, omega: Ball) -> Ball:
    r""":math:`2\eta^2+2\omega E`."""
    tau = -ball(at.model.lam).log() / 2
    rows = zip(at.pi, at.z.tolist(), near.geometry.pi.masks, strict=True)
    squares = (
        ball(w)
        * total((x - c - tau * ball(a)) ** 2 for x, c, a in zip(z, at.b, near.geometry.target(mask), strict=True))
        for w, z, mask in rows
    )
    return 2 * total(squares) + 2 * omega * near.error


def _pairs(at: CertifiedOptimum, near: PolarPoint, product: Callable[[Any, Any], Ball]) -> Ball:
    """The mean square of how far inner products are from those of the limit."""
    mu, lambda_h = ball(at.model.lam).sqrt(), ball(at.model.lambda_H)
    tau, R = -mu.log(), at.r.tolist()
    images = [applied(at.G, r) for r in R]
    sums = [arb(0)]
    for v, q, r in zip(at.pi, near.columns, R, strict=True):
        for w, p, image in zip(at.pi, near.columns, images, strict=True):
            sums.append(ball(v * w) * (dot(r, image) / (lambda_h * mu) - tau * product(q, p)) ** 2)
    return total(sums)
