r"""E3 and E4, checked: what a bias that decays does to the terminal phase.

As in chapter W a limit is decided at :math:`\lambda=e^{-2\tau}`, :math:`\tau=10^{12}`, where the optimum is enclosed
without solving for it; here with a penalty of the bias as well.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any

import flint

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.label_smoothing.finite_targets import TargetPoint
from verify.checks.shared.enclosures import checks_in_balls, together
from verify.checks.terminal_phase.explicit_errors import (
    BITS,
    SINGLES,
    PolarPoint,
    factors_beyond,
    lacks,
    mean_row,
    polar_logits,
)
from verify.checks.weighted_synthesis.terminal_rules import TAU, TILTED, Weigh, rule_in_the_limit
from verify.exact.balls import Ball, Balls, ball, square
from verify.exact.matrices import applied, zeros
from verify.geometry.rules import FREQUENCY, PLAIN, UNIFORM
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import TinyPenalty
from verify.labels.errors import UnenclosedError
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

CLOSE = Fraction(1, 1000)
"""Widest enclosure of the limit of the bias that says something: at this penalty it is known to a few millionths."""

Limit = Callable[[TerminalGeometry], Balls]


def _usual(loss: Loss, free: bool) -> Weigh:
    """The rule of the terminal phase."""
    if free:
        return FREQUENCY.weights
    return PLAIN.weights if loss.centered else UNIFORM.weights


def _mean_column(geometry: TerminalGeometry) -> list[Ball]:
    r""":math:`N^{-1/2}(2f-1)`, for PAL-CE :math:`\Sigma^{+1/2}f`."""
    f = geometry.pi.frequencies
    mean = list(f) if geometry.centered else [2 * a - 1 for a in f]
    return applied(geometry.inverse_root, [ball(a) for a in mean])


def _twice_by_the_root(geometry: TerminalGeometry) -> list[Ball]:
    return applied(geometry.inverse_root, _mean_column(geometry))


def _rule(case: LabelSpectrum, bias: Bias, weigh: Weigh, loss: Loss, decay: Fraction) -> list[Finding]:
    """Whether a rule holds with the decay, if the prototypes that it is about are determined."""
    pi = loss.sees(case.given)
    if pi.K == 2 or not any(m > 1 for m in pi.sizes):
        return []
    try:
        return [rule_in_the_limit(case, bias, weigh, loss, decay)]
    except UnenclosedError:  # a virtual singleton outside of the hypotheses
        return []


def _explicit(
    case: LabelSpectrum, rng: Random, bias: Bias, factor: Fraction = Fraction(1), paid: int = 1, tiny: bool = False
) -> list[Finding]:
    r"""The inequalities of E3 (polar columns of no bias) and E4 (of a free one) at a certified optimum, for each loss.

    ``factor`` multiplies the error; ``paid`` the bias that residuals ask for, or the price of the polar point's bias.
    """
    found = []
    for loss in (PAL_CE, BCE):
        mu = Fraction(1, 10 ** (5 if tiny else rng.choice((1, 2, 3, 4, 5))))
        decay = mu * Fraction(9 if tiny else rng.randint(1, 9), 3 if bias == "zero" else 1000)
        try:
            near = PolarPoint.of(case.given, loss, bias, ball(mu))
            bound, asked = _right_side(near, ball(mu), ball(decay), paid)
        except UnenclosedError:
            continue
        at = CertifiedOptimum.of(case.given, Instance(loss, decay, mu, mu))
        off = [a - c for a, c in zip(at.b, asked, strict=True)]
        lack = lacks(at, near.columns) + ball(decay / mu) * square(off)
        if lack > ball(factor) * bound:
            found.append(fails(f"{loss.title}: the optimum is {lack.str(6)} from the polar point, not {bound.str(6)}"))
        found.append(HOLDS if lack.is_finite() else skips("the divergence is not determined"))
    return found


def _right_side(near: PolarPoint, mu: Ball, decay: Ball, paid: int) -> tuple[Ball, list[Ball]]:
    """The error of the polar point, with the price of its bias, and the bias asked for: near a free one, none."""
    with flint.ctx.workprec(BITS):
        z, asked = near.logits, [a * mu / decay for a in mean_row(near.shares, near.columns)]
        shift = mean_row(near.shares, z) if near.free else [paid * a for a in asked]
        error = near.beyond([[a - c for a, c in zip(row, shift, strict=True)] for row in z])
    return (error + paid * decay / mu * square(shift), zeros(len(z[0]))) if near.free else (error, asked)


@checks_in_balls(
    "E3",
    "certified optima against the polar point with the bias its residuals ask for; enclosed bias and prototypes at "
    "lambda = exp(-2e12), lambda_b of the order of mu",
    Control("half the error", {"explicit": {"factor": Fraction(1, 2), "tiny": True}}, SINGLES),
    Control("without the bias that the residuals ask for", {"explicit": {"paid": 0, "tiny": True}}, SINGLES),
    Control("the inverse for its root", {"limit": _twice_by_the_root}, TILTED),
    Control("the frequencies themselves", {"limit": lambda g: [ball(a) for a in g.pi.frequencies]}, TILTED),
    Control("the rule of the free bias", {"weigh": lambda *_: FREQUENCY.weights}, TILTED),
    labels=3,
)
def decay_as_of_the_others(
    case: LabelSpectrum,
    rng: Random,
    limit: Limit = _mean_column,
    weigh: Callable[[Loss, bool], Weigh] = _usual,
    explicit: Mapping[str, Any] = MappingProxyType({}),
) -> Finding:
    r"""E3: with :math:`\lambda_b=c\mu` the bias times ``c`` tends to the mean polar column, and the rules are those of
    no bias. For each loss whose sign condition without a bias holds strictly at full rank; the inequality at a finite
    :math:`\lambda` at any rank."""
    share, found = Fraction(rng.randint(1, 9), rng.randint(1, 9)), _explicit(case, rng, "zero", **explicit)
    for loss in (PAL_CE, BCE):
        pi = loss.sees(case.given)
        geometry = TerminalGeometry.for_loss(pi, loss, "zero")
        if not geometry.full_rank or geometry.sign.verdict != "strict":
            continue
        at = TinyPenalty.of(pi, "zero", TAU, loss, ball(share) * TAU)
        for b, wanted in zip(at.bias, limit(geometry), strict=True):
            scaled = b * TAU * ball(share)
            if not scaled.overlaps(wanted):
                found.append(fails(f"{loss.title}: lambda_b b/mu is {scaled.str(6)}, not {wanted.str(6)}"))
            elif not scaled.rad() < ball(CLOSE):
                found.append(skips("the bias is not determined"))
        found += [HOLDS, *_rule(case, "zero", weigh(loss, False), loss, share * TAU)]
    return together(found) if found else skips("no sign condition holds strictly at full rank without a bias")


@checks_in_balls(
    "E3a",
    "certified optima with smoothed labels against the polar point of their targets, with the bias that it asks for",
    Control("half the error", {"factor": Fraction(1, 2), "tiny": True}, SINGLES),
    Control("without the bias that the residuals ask for", {"paid": 0, "tiny": True}, SINGLES),
    labels=3,
)
def decay_with_targets(
    case: LabelSpectrum, rng: Random, factor: Fraction = Fraction(1), paid: int = 1, tiny: bool = False
) -> Finding:
    """E3a: the inequality of E3 with the polar columns of targets of full rank, for each loss. ``factor`` and ``paid``
    as in E3; ``tiny`` is a small penalty."""
    found = []
    for loss in (PAL_CE.smoothed(Fraction(1, 10)), BCE.smoothed(Fraction(1, 10))):
        mu = Fraction(1, 10 ** (5 if tiny else rng.choice((1, 2, 3, 4, 5))))
        decay = mu * Fraction(9 if tiny else rng.randint(1, 9), 3)
        try:
            near = TargetPoint.of(case.given, loss, "zero", ball(mu))
        except UnenclosedError:
            continue
        at = CertifiedOptimum.of(case.given, Instance(loss, decay, mu, mu))
        shares = [ball(w) for w in at.pi]
        with flint.ctx.workprec(BITS):
            z = polar_logits(loss, near.columns, [(row, None) for row in near.targets], ball(mu))
            asked = [a * ball(mu / decay) for a in mean_row(shares, near.columns)]
            rows = [[a - paid * c for a, c in zip(row, asked, strict=True)] for row in z]
            bound = ball(factor) * factors_beyond(shares, near.columns, rows, loss.centered, ball(0))
        lack = lacks(at, near.columns) + ball(decay / mu) * square([a - c for a, c in zip(at.b, asked, strict=True)])
        if lack > bound:
            found.append(fails(f"{loss.title}: the optimum is {lack.str(6)} from the polar point, not {bound.str(6)}"))
        found.append(HOLDS if lack.is_finite() else skips("the divergence is not determined"))
    return together(found) if found else skips("the targets have not full rank, or the polar point is outside")


@checks_in_balls(
    "E4",
    "certified optima against the polar point of a free bias and the price of its bias; prototypes at lambda = "
    "exp(-2e12) with lambda_b tau/mu = 1e-24",
    Control("without the price of the bias", {"explicit": {"paid": 0, "tiny": True}}, TILTED),
    Control("the rules of no bias", {"weigh": lambda loss, _: _usual(loss, False)}, TILTED),
    Control("with a decay of the order of mu", {"share": Fraction(1)}, TILTED),
    labels=3,
)
def decay_far_less(
    case: LabelSpectrum,
    rng: Random,
    weigh: Callable[[Loss, bool], Weigh] = _usual,
    share: Fraction | None = None,
    explicit: Mapping[str, Any] = MappingProxyType({}),
) -> Finding:
    r"""E4: with :math:`\lambda_b=o(\mu/\tau)` the class-frequency-weighted rule holds in the limit, under the strict
    sign condition with a free bias at full rank, and the inequality at a finite one at any. A ``share`` is
    :math:`\lambda_b/\mu`."""
    found = _explicit(case, rng, "free", **explicit) if share is None else []
    for loss in (PAL_CE, BCE):
        pi = loss.sees(case.given)
        geometry = TerminalGeometry.for_loss(pi, loss, "free" if share is None else "zero")
        if pi.cardinality == 1 or not geometry.full_rank or geometry.sign.verdict != "strict":
            continue
        if share is None:
            found += _rule(case, "free", weigh(loss, True), loss, Fraction(1, TAU**2))
        else:
            found += _rule(case, "zero", weigh(loss, True), loss, share * TAU)
    return together(found) if found else skips("no sign condition holds strictly at full rank with a free bias")
