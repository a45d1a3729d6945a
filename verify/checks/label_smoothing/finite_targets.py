r"""Y0 and Y0a, checked: prototypes of certified optima against those read off the polar columns of the targets.

The error needs no optimum: it is computed from the label distribution, the smoothing and :math:`\lambda` alone.
Penalties are :math:`10^{-2}` to :math:`10^{-12}`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import flint
from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import OFTEN, PARTLY_DECIDED, checks_in_balls, together
from verify.checks.terminal_phase.explicit_errors import (
    BITS,
    SETTINGS,
    Settings,
    cost_beyond,
    lacks,
    lambda_of,
    less_mean,
    mu_of,
    squared,
)
from verify.exact.balls import Ball, Balls, ball, dot, total
from verify.exact.matrices import applied, scaled_rows, spectral_norm
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.rationals import to_fmpq
from verify.geometry.prototypes import Prototypes
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

Smoothings = Sequence[Fraction]
SMOOTHINGS: Smoothings = (Fraction(1, 10), Fraction(1, 2), Fraction(1, 100))
EXPONENTS = 2, 4, 6, 8, 10, 12


class TargetMoment(NamedTuple):
    r"""Second moment of the logits :math:`z^*_S` at which predictions are the targets.

    Attributes:
        logits: :math:`z^*_S`, one row per label set.
        centered: :math:`a_S`, the same less their mean if the bias is free.
        matrix: :math:`M=\sum_S\pi_Sa_Sa_S^\top`.
        inverse: :math:`M^{+1/2}`.
    """

    logits: list[list[Ball]]
    centered: list[list[Ball]]
    matrix: Any
    inverse: Any

    @classmethod
    def of(cls, pi: LabelDistribution, loss: Loss, free: bool) -> TargetMoment:
        """Of a distribution as the loss sees it.

        Raises:
            UnenclosedError: the targets have not full rank.
        """
        shares = [ball(share) for share in pi.shares]
        with flint.ctx.workprec(BITS):
            least = [_least(loss, _row(loss, y)) for y in pi.rows]
            a = less_mean(shares, least) if free else least
            level = arb_mat(pi.K, pi.K, [arb(int(loss.centered)) / pi.K] * pi.K**2)
            moment = arb_mat(a).transpose() * scaled_rows(arb_mat(a), shares)
            return cls(least, a, moment, inverse_square_root(moment + level) - level)


@dataclass(frozen=True, eq=False)
class TargetPoint:
    r"""What Y0 compares an optimum with, for targets of full rank.

    Attributes:
        pi: the distribution that the loss sees.
        loss: with label smoothing.
        free: whether there is a bias.
        mu: :math:`\sqrt\lambda`.
        targets: what predictions are compared with, one row per label set.
        offset: the mean of :math:`z^*_S`, or 0 without a bias.
        inverse: :math:`M^{+1/2}`.
        columns: :math:`q_S`, one row per label set.
        error: upper end of :math:`E`.
    """

    pi: LabelDistribution
    loss: Loss
    free: bool
    mu: Ball
    targets: list[list[Any]]
    offset: list[Ball]
    inverse: Any
    columns: list[list[Ball]]
    error: Ball

    @classmethod
    def of(cls, pi: LabelDistribution, loss: Loss, bias: Bias, mu: Ball) -> TargetPoint:
        r"""Of the part of a distribution that the loss sees.

        Raises:
            UnenclosedError: the targets have not full rank, or :math:`\mu q_S` is outside the domain.

        Example:
            >>> from verify.model.losses import PAL_CE
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 4), ([0, 1], 1)], labels="abc")
            >>> point = TargetPoint.of(pi, PAL_CE.smoothed("1/10"), "zero", arb("1e-4"))
            >>> point.error < point.bound(2) < 1e-4
            True
        """
        pi, free = loss.sees(pi), bias == "free"
        shares = [ball(share) for share in pi.shares]
        targets = [_row(loss, y) for y in pi.rows]
        least, a, _, inverse = TargetMoment.of(pi, loss, free)
        with flint.ctx.workprec(BITS):
            columns = [applied(inverse, row) for row in a]
            error = cost_beyond(loss, shares, columns, [(row, None) for row in targets], mu, free, arb(0))
        offset = [x - c for x, c in zip(least[0], a[0], strict=True)]
        return cls(pi, loss, free, mu, targets, offset, inverse, columns, error)

    def target(self, mask: int) -> list[Any]:
        """What the prediction of any label set is compared with."""
        return _row(self.loss, indicator(mask, self.pi.K))

    def centered(self, mask: int) -> list[Ball]:
        """:math:`a_S` of any label set."""
        return [x - c for x, c in zip(_least(self.loss, self.target(mask)), self.offset, strict=True)]

    def modulus(self) -> Ball:
        r""":math:`\alpha`: the least curvature at the targets, and at them less :math:`\mu q_S`."""
        ends = [
            entry
            for q, row in zip(self.columns, self.targets, strict=True)
            for size in (0, self.mu)
            for entry in self.loss.balls.curvature([size * a for a in q], row)
        ]
        return min(entry.lower() for entry in ends)

    def bound(self, power: int) -> Ball:
        r""":math:`\frac{\lambda K}{\alpha^2\sqrt\kappa}`, or with another power of :math:`\alpha`."""
        size = self.pi.K * self.mu * self.mu / self.modulus() ** power
        return size * spectral_norm(self.inverse)


def _row(loss: Loss, y: Sequence[int]) -> list[Any]:
    return [to_fmpq(Fraction(a)) for a in loss.target(y)]


def _least(loss: Loss, target: list[Any]) -> list[Ball]:
    """The logits at which the prediction is the target."""
    return loss.balls.logits([arb(0)] * len(target), target)


def at_an_optimum(
    case: LabelSpectrum,
    rng: Random,
    lam: Fraction | None,
    settings: Settings,
    smoothings: Smoothings = SMOOTHINGS,
    virtual: bool = False,
) -> tuple[CertifiedOptimum, TargetPoint]:
    """An optimum of one of the settings in which the targets have full rank and the polar point is in the domain.

    Raises:
        UnenclosedError: there is none.
    """
    given, why = lam, "no setting"
    for loss, bias in rng.sample(settings, len(settings)):
        smoothed = loss.smoothed(rng.choice(smoothings))
        lam = given or Fraction(1, 10 ** rng.choice(EXPONENTS))
        instance = Instance(smoothed, bias, lam / 4, Fraction(4))
        try:
            near = TargetPoint.of(case.given, smoothed, bias, ball(lam).sqrt())
        except UnenclosedError as reason:
            why = str(reason)
            continue
        if virtual and not outside(near):
            why = "every singleton is in the support"
            continue
        return CertifiedOptimum.of(case.given, instance), near
    raise UnenclosedError(why)


def outside(near: TargetPoint) -> list[int]:
    """The singletons, and for BCE the empty set, that are not in the support."""
    some = [1 << k for k in range(near.pi.K)] if near.loss.centered else [0, *(1 << k for k in range(near.pi.K))]
    return [mask for mask in some if mask not in near.pi.masks]


MIXED = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2, 3], 1)], 4)
THREE_PAIRS = witness([([0, 1], 5), ([0, 2], 1), ([0, 3], 1), ([1, 2, 3], 1)], 4)
PICKED: Settings = ((PAL_CE, "zero"),)
SMALL: dict[str, Any] = {"lam": Fraction(1, 10**6), "settings": PICKED}
NEARLY_HARD: dict[str, Any] = {"lam": Fraction(1, 10**12), "settings": PICKED, "smoothings": (Fraction(1, 1000),)}


@checks_in_balls(
    "Y0",
    "prototypes and predictions of certified optima against the error of the polar point, and that against its rate",
    Control("half the error", {"factor": Fraction(1, 2), **SMALL}, MIXED),
    Control("alpha in place of its square", {"power": 1, **NEARLY_HARD}, MIXED),
    Control("lambda for its root", {"scale": lambda_of, **SMALL}, MIXED),
    every=PARTLY_DECIDED,
    labels=3,
)
def finite_targets(
    case: LabelSpectrum,
    rng: Random,
    factor: Fraction = Fraction(1),
    power: int = 2,
    scale: Callable[[CertifiedOptimum], Ball] = mu_of,
    lam: Fraction | None = None,
    settings: Settings = SETTINGS,
    smoothings: Smoothings = SMOOTHINGS,
) -> Finding:
    r"""Y0: :math:`\frac{\lambda_H}\mu\sum\pi_S\|h_S-\frac\mu{\lambda_H}W^\top q_S\|^2+\frac2\mu\sum\pi_S\Delta_S\le
    E\le\frac{\lambda K}{\alpha^2\sqrt\kappa}`.

    ``factor`` multiplies the error, ``power`` is that of :math:`\alpha`; ``scale`` stands for :math:`\mu` before the
    columns.
    """
    at, near = at_an_optimum(case, rng, lam, settings, smoothings)
    lack, bound, rate = lacks(at, near.columns, size=scale(at)), ball(factor) * near.error, near.bound(power)
    if lack > bound:
        return fails(f"the optimum is {lack.str(6)} from the polar point, which has the error {bound.str(6)}")
    if near.error > rate:
        return fails(f"the error is {near.error.str(6)}, its rate {rate.str(6)}")
    return HOLDS if lack.is_finite() and rate.is_finite() else skips("the divergence is not determined")


@checks_in_balls(
    "Y0a",
    "virtual prototypes of certified optima against the polar column of their target, in balls",
    Control("the features of the remainder left out", {"remainder": 0, **SMALL}, THREE_PAIRS),
    Control("lambda for its root", {"scale": lambda_of, **SMALL}, THREE_PAIRS),
    every=3 * OFTEN,
    labels=3,
)
def virtual_targets(
    case: LabelSpectrum,
    rng: Random,
    remainder: int = 1,
    scale: Callable[[CertifiedOptimum], Ball] = mu_of,
    lam: Fraction | None = None,
    settings: Settings = SETTINGS,
) -> Finding:
    r"""Y0a: :math:`\frac{\lambda_H}\mu\|h_T-\frac\mu{\lambda_H}W^\top q_T\|^2\le\frac{2\lambda_H}\mu\|x\|^2+2E\sum\pi_S
    c_S^2` with :math:`c_S=q_S^\top q_T` and the ``x`` whose logits are those of the residual :math:`\mu q_T`.

    ``remainder`` multiplies the first term; ``scale`` stands for :math:`\mu` before the column.
    """
    at, near = at_an_optimum(case, rng, lam, settings, virtual=True)
    return together(_virtual(at, near, mask, scale(at), remainder) for mask in outside(near))


def _virtual(at: CertifiedOptimum, near: TargetPoint, mask: int, size: Ball, remainder: int) -> Finding:
    """Y0a for one label set."""
    q, mu = applied(near.inverse, near.centered(mask)), mu_of(at)
    inner = [dot(column, q) for column in near.columns]
    off = squared(at, [a - size * c for a, c in zip(Prototypes.at_optimum(at).weights(mask), q, strict=True)])
    wanted = at.loss.logits([mu * a for a in q], near.target(mask))
    for w, c, row in zip(at.pi, inner, at.z.tolist(), strict=True):
        wanted = [a - ball(w) * c * (x - b) for a, x, b in zip(wanted, row, at.b, strict=True)]
    lacking = [a - b for a, b in zip(wanted, at.b, strict=True)]
    bound = 2 * near.error * total(ball(w) * c * c for w, c in zip(at.pi, inner, strict=True))
    bound += 2 * remainder * _length(at, lacking)
    if off > bound:
        return fails(f"{at.model.distribution.spell(mask)}: {off.str(6)} from the polar column, at most {bound.str(6)}")
    return HOLDS if bound.is_finite() and off.is_finite() else skips("the logits are not determined")


def _length(at: CertifiedOptimum, logits: Balls) -> Ball:
    r""":math:`\frac{\lambda_H}\mu\|x\|^2` of the shortest feature with :math:`Wx` these logits."""
    level = arb(int(at.model.loss.centered))
    whole = arb_mat([[a + level for a in row] for row in at.G.tolist()])
    try:
        x = [a for (a,) in whole.solve(arb_mat([[a] for a in logits])).tolist()]
    except ZeroDivisionError:
        return arb("nan")
    return dot(x, logits) * ball(at.model.lambda_H) / mu_of(at)
