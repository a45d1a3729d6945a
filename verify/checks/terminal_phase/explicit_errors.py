r"""T8, T8a, checked: prototypes of certified optima against those read off the polar columns, with the proven error.

The error needs no optimum: it is computed from the label distribution and :math:`\lambda` alone. Penalties are
:math:`10^{-2}` to :math:`10^{-12}`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any

import flint
from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls, together
from verify.exact.balls import Ball, Balls, ball, dot, total
from verify.exact.matrices import applied, scaled_rows
from verify.exact.matrix_roots import square_root
from verify.exact.rationals import to_fmpq
from verify.geometry.prototypes import Prototypes
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

BITS = 512
"""Precision of the roots: at deficient rank a moment is lifted by :data:`LIFT`, which only lengthens its root."""

LIFT = Fraction(1, 1 << 160)

Settings = Sequence[tuple[Loss, Bias]]
Entries = Sequence[tuple[Sequence[Any], Sequence[Any] | None]]
SETTINGS: Settings = ((PAL_CE, "zero"), (PAL_CE, "free"), (BCE, "zero"), (BCE, "free"))


@dataclass(frozen=True, eq=False)
class PolarPoint:
    r"""What T8 compares an optimum with.

    Attributes:
        geometry: the limit.
        loss: whose residuals :math:`\mu q_S` are.
        shares: :math:`\pi_S`.
        columns: :math:`q_S`, one row per label set.
        logits: :math:`z^0_S`, one row per label set.
        free: whether there is a free bias.
    """

    geometry: TerminalGeometry
    loss: Loss
    shares: list[Ball]
    columns: list[list[Ball]]
    logits: list[list[Ball]]
    free: bool

    @classmethod
    def of(
        cls, pi: LabelDistribution, loss: Loss, bias: Bias, mu: Ball, limit: LabelDistribution | None = None
    ) -> PolarPoint:
        r"""Of the part of a distribution that the loss sees; ``limit`` is the one that the columns are of, if another.

        Raises:
            UnenclosedError: the sign condition is not strict, or :math:`\mu q_S` is outside the domain.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 4), ([0, 1], 1)], labels="abc")
            >>> [PolarPoint.of(pi, PAL_CE, "zero", arb(10) ** -n).error.str(2, radius=False) for n in (2, 4)]
            ['0.020', '0.011']
        """
        geometry = TerminalGeometry.for_loss(limit or pi, loss, bias)
        if geometry.sign.verdict != "strict":
            raise UnenclosedError("the sign condition is not strict")
        pi = loss.sees(pi)
        shares = [ball(share) for share in pi.shares]
        with flint.ctx.workprec(BITS):
            columns = [geometry.polar(mask) for mask in pi.masks]
            entries = [exact_entries(loss, y) for y in pi.rows]
            z = polar_logits(loss, columns, entries, mu)
        return cls(geometry, loss, shares, columns, z, bias == "free")

    @cached_property
    def error(self) -> Ball:
        """Upper end of :math:`E`."""
        with flint.ctx.workprec(BITS):
            return self.beyond(less_mean(self.shares, self.logits) if self.free else self.logits)

    def beyond(self, z: Sequence[Balls]) -> Ball:
        r"""Upper end of :math:`2(\|ZD^{1/2}\|_*-\sum_S\pi_Sq_S^\top z_S)` for logits of the rank of the limit."""
        lift = ball(0 if self.geometry.full_rank else LIFT)
        return factors_beyond(self.shares, self.columns, z, self.loss.centered, lift)


def cost_beyond(
    loss: Loss, shares: Balls, columns: Sequence[Balls], entries: Entries, mu: Ball, free: bool, lift: Ball
) -> Ball:
    r"""Upper end of :math:`E=2(\|Z^0D^{1/2}\|_*-\sum_S\pi_Sq_S^\top z^0_S)`.

    Args:
        loss: with targets of its own or without.
        shares: :math:`\pi_S`.
        columns: :math:`q_S`, one row per label set.
        entries: what predictions are compared with, and the masses that they are shares of.
        mu: :math:`\sqrt\lambda`.
        free: whether the mean of the logits is taken off.
        lift: what is added to the moment of logits of deficient rank.

    Raises:
        UnenclosedError: :math:`\mu q_S` is outside the domain.
    """
    z = polar_logits(loss, columns, entries, mu)
    return factors_beyond(shares, columns, less_mean(shares, z) if free else z, loss.centered, lift)


def polar_logits(loss: Loss, columns: Sequence[Balls], entries: Entries, mu: Ball) -> list[list[Ball]]:
    r"""The logits whose residuals are :math:`\mu q_S`.

    Raises:
        UnenclosedError: that is outside the domain.
    """
    z = [loss.balls.logits([mu * a for a in q], *entry) for q, entry in zip(columns, entries, strict=True)]
    if not all(a.is_finite() for row in z for a in row):
        raise UnenclosedError("the polar point is outside the domain at this penalty")
    return z


def factors_beyond(shares: Balls, columns: Sequence[Balls], z: Sequence[Balls], centered: bool, lift: Ball) -> Ball:
    r"""Upper end of :math:`2(\|ZD^{1/2}\|_*-\sum_S\pi_Sq_S^\top z_S)`."""
    Z, K = arb_mat(z), len(z[0])
    level = arb_mat(K, K, [arb(int(centered)) / K] * K**2)
    norm = square_root(Z.transpose() * scaled_rows(Z, shares) + level + arb_mat(K, K, lift)).trace() - level.trace()
    paired = total(w * dot(q, row) for w, q, row in zip(shares, columns, z, strict=True))
    return (2 * (norm - paired)).upper()


def mean_row(shares: Balls, rows: Sequence[Balls]) -> list[Ball]:
    """The mean of rows."""
    return [total(w * a for w, a in zip(shares, column, strict=True)) for column in zip(*rows, strict=True)]


def less_mean(shares: Balls, rows: Sequence[Balls]) -> list[list[Ball]]:
    """Rows less their mean."""
    mean = mean_row(shares, rows)
    return [[a - c for a, c in zip(row, mean, strict=True)] for row in rows]


def exact_entries(loss: Loss, y: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Target and mass of a label set, for the loss in balls."""
    target, mass = ([to_fmpq(Fraction(a)) for a in row] for row in loss.entries(y))
    return target, mass


def at_an_optimum(
    case: LabelSpectrum, rng: Random, lam: Fraction | None, settings: Settings = SETTINGS, virtual: bool = False
) -> tuple[CertifiedOptimum, PolarPoint]:
    """An optimum of one of the settings in which the distribution meets the hypotheses.

    Raises:
        UnenclosedError: there is none.
    """
    lam = lam or Fraction(1, 10 ** rng.choice((2, 4, 6, 8, 10, 12)))
    why = "no setting"
    for loss, bias in rng.sample(settings, len(settings)):
        instance = Instance(loss, bias, lam / 4, Fraction(4))
        try:
            if instance.has_minimiser(case.given):
                near = PolarPoint.of(case.given, loss, bias, ball(lam).sqrt())
                if not near.error.is_finite():  # below infinity anything is
                    why = "the error of the polar point is not enclosed"
                    continue
                if virtual and not (near.geometry.full_rank and virtual_sets(near)):
                    why = "deficient rank, or every singleton is in the support"
                    continue
                return CertifiedOptimum.of(case.given, instance), near
        except UnenclosedError as reason:
            why = str(reason)
    raise UnenclosedError(why)


def squared(at: CertifiedOptimum, x: Balls) -> Ball:
    r""":math:`\frac{\lambda_H}\mu\|h\|^2` of the feature :math:`h=\frac1{\lambda_H}W^\top x`."""
    return dot(x, applied(at.G, x)) / (ball(at.model.lambda_H) * ball(at.model.lam).sqrt())


def mu_of(at: CertifiedOptimum) -> Ball:
    """The root of the penalty."""
    return ball(at.model.lam).sqrt()


def lambda_of(at: CertifiedOptimum) -> Ball:
    """The penalty, a false law in the place of its root."""
    return ball(at.model.lam)


SINGLES = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1)], 4)
PAIRS = witness([([0, 1], 5), ([0, 2], 3), ([0, 3], 2), ([1, 2], 2), ([1, 3], 2), ([2, 3], 2)], 4)
TINY = Fraction(1, 10**12)


@checks_in_balls(
    "T8",
    "prototypes and predictions of certified optima against the error of the polar point, in balls",
    Control("half the error", {"factor": Fraction(1, 2), "lam": TINY}, SINGLES),
    Control("twice the features", {"twice": 2, "lam": TINY}, SINGLES),
    Control("lambda for its root", {"scale": lambda_of, "lam": TINY}, SINGLES),
    labels=3,
)
def explicit_errors(
    case: LabelSpectrum,
    rng: Random,
    factor: Fraction = Fraction(1),
    twice: int = 1,
    scale: Callable[[CertifiedOptimum], Ball] = mu_of,
    lam: Fraction | None = None,
) -> Finding:
    r"""T8: :math:`\frac{\lambda_H}\mu\sum\pi_S\|h_S-\frac\mu{\lambda_H}W^\top q_S\|^2+\frac2\mu\sum\pi_S\Delta_S\le E`.

    ``factor`` multiplies the error, ``twice`` the features' term; ``scale`` stands for :math:`\mu` before the columns.
    """
    at, near = at_an_optimum(case, rng, lam)
    return against_polar(at, near, factor, twice, scale(at))


def against_polar(
    at: CertifiedOptimum, near: PolarPoint, factor: Fraction = Fraction(1), twice: int = 1, size: Ball | None = None
) -> Finding:
    """T8's inequality, of a weighted loss too."""
    lack, bound = lacks(at, near.columns, twice, size), ball(factor) * near.error
    if lack > bound:
        return fails(f"the optimum is {lack.str(6)} from the polar point, which has the error {bound.str(6)}")
    return HOLDS if lack.is_finite() else skips("the divergence is not determined")


def lacks(at: CertifiedOptimum, columns: Sequence[Balls], twice: int = 1, size: Ball | None = None) -> Ball:
    """The left side of T8."""
    mu, parts = mu_of(at), []
    entries = zip(at.r.tolist(), at.z.tolist(), at.targets, at.masses, strict=True)
    for w, q, (r, z, y, mass) in zip(at.pi, columns, entries, strict=True):
        off = squared(at, [a - (mu if size is None else size) * c for a, c in zip(r, q, strict=True)])
        parts.append(ball(w) * (twice * off + 2 * at.loss.divergence([mu * a for a in q], z, y, mass) / mu))
    return total(parts)


def virtual_sets(near: PolarPoint) -> list[int]:
    """The singletons, and for BCE the empty set, that are not in the support, where the signs are strict."""
    geometry, pi = near.geometry, near.geometry.pi
    some = [1 << k for k in range(pi.K)] if geometry.centered else [0, *(1 << k for k in range(pi.K))]
    return [
        mask
        for mask in some
        if mask not in pi.masks
        and all(
            geometry.excess(mask, j) < 0
            for j, here in enumerate(indicator(mask, pi.K))
            if not (geometry.centered and here)
        )
    ]


@checks_in_balls(
    "T8a",
    "virtual prototypes of certified optima against the polar column, in balls",
    Control("the divergence left out", {"divergence": 0, "lam": TINY, "settings": SETTINGS[:1]}, PAIRS),
    Control("lambda for its root", {"scale": lambda_of, "lam": TINY, "settings": SETTINGS[:1]}, PAIRS),
    labels=3,
)
def virtual_prototypes(
    case: LabelSpectrum,
    rng: Random,
    divergence: int = 1,
    factor: int = 1,
    scale: Callable[[CertifiedOptimum], Ball] = mu_of,
    lam: Fraction | None = None,
    settings: Settings = SETTINGS,
) -> Finding:
    r"""T8a: :math:`\frac{\lambda_H}\mu\|h_T-\frac\mu{\lambda_H}W^\top q_T\|^2\le\frac2\mu\Delta_T(\mu q_T,Wh'+b)+E\sum
    \pi_Sc_S^2` with :math:`c_S=q_S^\top q_T`.

    ``divergence`` and ``factor`` multiply the two terms; ``scale`` stands for :math:`\mu` before the column.
    """
    at, near = at_an_optimum(case, rng, lam, settings, virtual=True)
    return together(_virtual(at, near, mask, scale(at), divergence, factor) for mask in virtual_sets(near))


def _virtual(at: CertifiedOptimum, near: PolarPoint, mask: int, size: Ball, divergence: int, factor: int) -> Finding:
    """T8a for one label set."""
    q, y, mu = near.geometry.polar(mask), list(indicator(mask, at.K)), mu_of(at)
    if not all(at.model.loss.interior(a - mu * c) for a, c in zip(y, q, strict=True)):
        return skips("the polar point of a virtual set is outside the domain")
    inner = [dot(column, q) for column in near.columns]
    off = squared(at, [a - size * c for a, c in zip(Prototypes.at_optimum(at).weights(mask), q, strict=True)])
    z = list(at.b)
    for w, c, row in zip(at.pi, inner, at.z.tolist(), strict=True):
        z = [a + ball(w) * c * (x - b) for a, x, b in zip(z, row, at.b, strict=True)]
    apart = 2 * at.loss.divergence([mu * a for a in q], z, y) / mu
    bound = divergence * apart + factor * near.error * total(ball(w) * c * c for w, c in zip(at.pi, inner, strict=True))
    if off > bound:
        return fails(f"{at.model.distribution.spell(mask)}: {off.str(6)} from the polar column, at most {bound.str(6)}")
    return HOLDS if bound.is_finite() else skips("the divergence is not determined")
