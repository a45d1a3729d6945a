r"""The optimum at penalties too small to solve for: enclosed around the polar point, by explicit formulas.

Let :math:`q_S=\Sigma^{+1/2}y_S` (with a free bias :math:`\Sigma_C^{+1/2}(y_S-f)`, :math:`\Sigma_C=PCP`). If its
entries off ``S`` are negative - the *sign condition* of claim T1 - the residuals :math:`\mu q_S` are dual feasible for
small :math:`\mu=\sqrt\lambda`. Their dual value and the value of the primal point with the same predictions differ by
a number that is known in closed form, and by the gap identity (U6) it bounds
:math:`\sum_S\pi_Sm_S\mathrm{KL}(p_S\,\|\,p_S^*)` (T2). No solver takes part, and :math:`\lambda=e^{-2\tau}` may be as
small as one likes: at :math:`\tau=10^{12}` all logits are known to eleven digits. So a statement about the limit
:math:`\lambda\to0` gets a rigorous consequence at a *finite* penalty that a false one violates.

For BCE it is the same with :math:`q_S=N^{+1/2}s_S` (free bias :math:`C^{+1/2}(y_S-f)`), residuals
:math:`a=\mu s\circ q` in size, and divergences of single labels (B2):
:math:`\mathrm{kl}(a\|p)\ge a\,\psi(p/a)`, :math:`\psi(x)=x-1-\log x`, which is also what PAL-CE uses.

Logits are in units of :math:`\tau=\frac12\log\frac1\lambda` (nats), so that they stay of order 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, around, ball, centered, dot, root, total
from verify.exact.matrices import applied, scaled_rows, zeros
from verify.exact.matrix_roots import inverse_square_root, square_root
from verify.geometry.sign_condition import CONDITIONS, TerminalGeometry
from verify.geometry.spectrum import Centering
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.labels.masks import indicator
from verify.model.feature_model import AnyBias, Bias
from verify.model.losses import PAL_CE, Loss

CENTERINGS: dict[Bias, Centering] = {"zero": "class", "free": "mean"}


def regular_geometry(pi: LabelDistribution, bias: AnyBias, loss: Loss = PAL_CE) -> TerminalGeometry:
    r"""The terminal geometry of a distribution whose moment is positive definite on contrasts (BCE: on
    :math:`\mathbb R^K`); with a bias that decays it is the one without (claim E3).

    Raises:
        UnenclosedError: the moment is singular there.

    Example:
        >>> geometry = regular_geometry(LabelDistribution.from_sets([([k], 1) for k in range(3)], labels="abc"), "zero")
        >>> [a.str(5, radius=False) for a in geometry.polar(0b001)]
        ['1.1547', '-0.57735', '-0.57735']
    """
    geometry = TerminalGeometry.for_loss(pi, loss, "free" if bias == "free" else "zero")
    if not geometry.full_rank:
        raise UnenclosedError(f"{NOT_MET}: the moment is singular, some contrast (BCE: direction) is seen by no set")
    return geometry


# ---------------------------------------------------------------------- the optimum at a tiny penalty


NOT_MET, NOT_DECIDED = "not met", "not decided"
"""Of a hypothesis: it is known to fail, or nothing is known."""


def _why(geometry: TerminalGeometry) -> str:
    """What keeps the sign condition from holding strictly."""
    condition, sign = CONDITIONS[geometry.centering], geometry.sign
    if sign.verdict == "undecided":
        return f"{NOT_DECIDED}: whether {condition} holds"
    if sign.verdict == "equality":
        return f"{NOT_MET}: {condition} holds with equality somewhere, not strictly"
    return f"{NOT_MET}: {condition} fails for {len(sign.violating)} of {len(geometry.pi.masks)} label sets"


@dataclass(frozen=True, eq=False)
class TinyPenalty:
    r"""The optimum of PAL-CE or BCE at :math:`\lambda=e^{-2\tau}`, enclosed; build it with :meth:`of`.

    Attributes:
        geometry: the limit it belongs to.
        columns: the polar columns of the support, in canonical order.
        tau: :math:`\tau`.
        gap: upper end of the duality gap of the polar point over :math:`\mu\tau`.
        logits: logits over :math:`\tau`, bias included, one row per label set; class-centered for PAL-CE.
        loss: PAL-CE or BCE.
        decay: :math:`\lambda_b\tau/\mu` for a penalty of the bias: a large one for a geometry without a bias (E3), a
            small one for that of a free bias (E4); ``None`` for no bias, or a free one.
    """

    geometry: TerminalGeometry
    columns: list[list[Ball]]
    tau: Ball
    gap: Ball
    logits: list[list[Ball]]
    loss: Loss = PAL_CE
    decay: Ball | None = None

    @classmethod
    def of(
        cls, pi: LabelDistribution, bias: Bias, tau: Ball | int, loss: Loss = PAL_CE, decay: Ball | None = None
    ) -> TinyPenalty:
        """The optimum for the part of a distribution that the loss sees.

        Raises:
            UnenclosedError: no contrast may be left out, the sign condition must hold strictly, and the polar point
                must be in the domain already.
        """
        geometry, tau = regular_geometry(pi, bias, loss), arb(tau)
        if geometry.sign.verdict != "strict":
            raise UnenclosedError(_why(geometry))
        pi, columns = geometry.pi, [geometry.polar(mask) for mask in geometry.pi.masks]
        weights, none = [ball(share) for share in pi.shares], [arb(0)] * pi.K
        points = [_near(q, y, tau, none, loss.centered) for q, y in zip(columns, pi.rows, strict=True)]
        if not all(a.is_finite() for row in points for a in row):
            raise UnenclosedError("the polar point is not in the domain at this penalty")
        shift = _mean(weights, points) if bias == "free" else none
        if decay is not None and bias == "zero":
            shift = [a / decay for a in _mean(weights, columns)]  # the bias that the residuals ask for (E1)
        rows = [[a - c for a, c in zip(row, shift, strict=True)] for row in points]
        paired = total(w * dot(q, row) for w, q, row in zip(weights, columns, rows, strict=True))
        level = _ones(pi.K, loss.centered)
        gap = square_root(_moment(weights, rows) + level).trace() - level.trace() - paired
        if decay is not None and bias == "free":
            gap += decay / 2 * dot(shift, shift)  # what that bias costs, and the dual point gets nothing for it
        gap = gap.upper()
        logits = [
            _moved(q, y, tau, tau * gap / w, loss.centered) for w, q, y in zip(weights, columns, pi.rows, strict=True)
        ]
        return cls(geometry, columns, tau, gap, logits, loss, decay)

    @property
    def pi(self) -> LabelDistribution:
        """The distribution, proper."""
        return self.geometry.pi

    @property
    def free(self) -> bool:
        """Whether there is a free bias."""
        return self.geometry.free

    @cached_property
    def bias(self) -> list[Ball]:
        r""":math:`b/\tau`: prototypes have mean 0 if it is free, so it is the mean of the logits.

        One that decays is within what the gap identity E2 allows of the one that the residuals ask for, or, near a free
        one, off by the mean of the prototypes' logits, :math:`\lambda_bWW^\top b/\lambda_H`."""
        if self.decay is None:
            return _mean(self.weights, self.logits) if self.free else zeros(self.pi.K)
        if not self.free:
            radius = (2 * self.gap / self.decay).sqrt()
            return [around(a / self.decay, radius) for a in _mean(self.weights, self.columns)]
        mean = _mean(self.weights, self.logits)
        # (I + decay B^{1/2}) b is the mean of the logits, so b is no longer, and B's trace no larger than their square
        size = self.decay * root(_moment(self.weights, self.logits).trace())
        return [around(a, size * root(dot(mean, mean))) for a in mean]

    @cached_property
    def weights(self) -> list[Ball]:
        r"""The probabilities :math:`\pi_S`."""
        return [ball(share) for share in self.pi.shares]

    @cached_property
    def wh(self) -> list[list[Ball]]:
        r""":math:`Wh_S/\tau`, one row per label set."""
        return [[a - c for a, c in zip(row, self.bias, strict=True)] for row in self.logits]

    @cached_property
    def root(self) -> Any:
        r""":math:`B^{1/2}`, :math:`B=\tau^{-2}\sum_S\pi_SWh_S(Wh_S)^\top`; :math:`WW^\top` is a multiple of it."""
        return square_root(self._lifted) - self._level

    @property
    def _level(self) -> Any:
        """What makes moments of contrasts invertible."""
        return _ones(self.pi.K, self.geometry.centered)

    @property
    def _lifted(self) -> Any:
        return _moment(self.weights, self.wh) + self._level

    @cached_property
    def inverse(self) -> Any:
        r""":math:`B^{+1/2}`.

        It exists only at full rank, where by T2a the optimal residuals are :math:`r_S=\mu B^{+1/2}Wh_S/\tau`, and
        where :math:`\|h\|^2` is :math:`(Wh)^\top B^{+1/2}Wh` up to a factor common to all prototypes.
        """
        return inverse_square_root(self._lifted) - self._level

    def row_weights(self, wh: Sequence[Ball]) -> list[Ball]:
        r"""The weights :math:`\lambda_H\mu^{-1}\cdot\frac1{\lambda_H}r` of a prototype on the classifier rows."""
        return applied(self.inverse, wh)

    def norm(self, wh: Sequence[Ball]) -> Ball:
        r""":math:`\|h\|` of a vector in the range of :math:`W^\top`, up to a factor that is common to all."""
        return root(dot(wh, self.row_weights(wh)))

    def prototype(self, mask: int) -> list[Ball]:
        r""":math:`Wh_S/\tau` of a label set of the support, or of a virtual one: for PAL-CE a singleton.

        Raises:
            UnenclosedError: a virtual set at which the signs are not certain; for PAL-CE one of several labels.
        """
        masks = self.pi.masks
        return self.wh[masks.index(mask)] if mask in masks else self.fitted(mask)

    def fitted(self, mask: int) -> list[Ball]:
        r""":math:`Wh/\tau` of a label set, as if it were virtual.

        The combination :math:`h^\circ=\sum_T\pi_T\langle q_S,q_T\rangle h_T` has predictions
        :math:`p^\circ` from its residuals and logits :math:`z^\circ` that nearly agree, and the divergence
        :math:`\mathrm{KL}(p^\circ\|\mathrm{softmax}(z^\circ))` bounds :math:`\mathrm{KL}(p^\circ\|p^*)` by the gap
        identity for this label set alone.

        Raises:
            UnenclosedError: a label set at which the signs are not certain; for PAL-CE one of several labels.
        """
        pi, q, y, picks = self.pi, self.geometry.polar(mask), indicator(mask, self.pi.K), self.loss.centered
        asked = [j for j in range(pi.K) if not (picks and y[j])]
        excesses = [self.geometry.excess(mask, j) for j in asked]
        if not all(x < 0 for x in excesses) or (picks and mask.bit_count() != 1):
            decided = any(x >= 0 for x in excesses) or (picks and mask.bit_count() != 1)
            at = f"{CONDITIONS[self.geometry.centering]} at the virtual label set {pi.spell(mask)}"
            raise UnenclosedError(f"{NOT_MET}: {at} does not hold strictly" if decided else f"{NOT_DECIDED}: {at}")
        shares = [w * dot(q, column) for w, column in zip(self.weights, self.columns, strict=True)]
        between = [total(s * row[j] for s, row in zip(shares, self.wh, strict=True)) for j in range(pi.K)]
        z = [a + c for a, c in zip(between, self.bias, strict=True)]
        against = [z[j] - z[mask.bit_length() - 1] if picks else z[j] * (1 - 2 * y[j]) for j in asked]
        residual = self.row_weights(between)
        sizes = [residual[j] if y[j] else -residual[j] for j in asked]  # of p / mu
        if not all(a > 0 and x < 0 for a, x in zip(sizes, against, strict=True)):
            raise UnenclosedError("a virtual label set is not determined at this penalty")
        excess = [self.tau * (x + 1) - a.log() for x, a in zip(against, sizes, strict=True)]
        # sum of rho psi(x) in units of mu; what is left out is at most mu (sum rho)^2, or for BCE, with p at most
        # rho exp(x), three times mu (sum (rho + p))^2
        spare = [a if picks else 2 * a * (1 + x.exp()) for a, x in zip(sizes, excess, strict=True)]
        rest = (-self.tau).exp() * total(spare) ** 2
        gap = (total(a * (x.exp() - 1 - x) for a, x in zip(sizes, excess, strict=True)) + rest).upper()
        row = _moved(residual, y, self.tau, gap, picks)
        return [a - c for a, c in zip(row, self.bias, strict=True)]


def _near(q: Balls, y: Sequence[int], tau: Ball, ratios: Balls, picks: bool) -> list[Ball]:
    r"""The logits over :math:`\tau` of the predictions that are :math:`e^\varrho` times those of the residuals
    :math:`\mu q`: centered, with :math:`mp` on and off the set; or, if labels are not picked from all, one by one."""
    mu = (-tau).exp()
    if picks:
        logs = [
            ((1 - mu * a).log() + t) / tau if here else ((-a).log() + t) / tau - 1
            for a, here, t in zip(q, y, ratios, strict=True)
        ]
        return centered(logs)
    sizes = [a if here else -a for a, here in zip(q, y, strict=True)]
    margins = [1 - (a.log() + t - (1 - mu * a * t.exp()).log()) / tau for a, t in zip(sizes, ratios, strict=True)]
    return [z if here else -z for z, here in zip(margins, y, strict=True)]


def _moved(q: Balls, y: Sequence[int], tau: Ball, gap: Ball, picks: bool) -> list[Ball]:
    r"""Logits over :math:`\tau` of the optimum, from residuals :math:`\mu q` and the gap in units of :math:`\mu`, which
    :math:`\frac p\mu\,\psi(p^*/p)` is at most, for the prediction ``p`` off the set or of the wrong answer."""
    mu = (-tau).exp()
    sizes = [1 / mu - a if here and picks else abs(a) for a, here in zip(q, y, strict=True)]
    return _near(q, y, tau, [log_ratio_bounds(gap / a) for a in sizes], picks)


def log_ratio_bounds(bound: Ball) -> Ball:
    r"""Enclosure of :math:`\log x` where :math:`x-1-\log x` is at most a bound ``B``: at least
    :math:`-\frac B2-\sqrt{\frac{B^2}4+2B}` and at most :math:`\sqrt{2B}`.

    With :math:`x=e^t`: :math:`e^t-1-t\ge\frac{t^2}2` for :math:`t\ge0`, and :math:`e^{-s}-1+s\ge\frac{s^2}{2+s}` for
    :math:`s\ge0`, because :math:`s-2+(2+s)e^{-s}` increases from 0.

    Raises:
        UnenclosedError: the bound is not finite.

    Example:
        >>> window = log_ratio_bounds(arb("0.02"))
        >>> window.lower().str(4, radius=False), window.upper().str(4, radius=False)
        ('-0.2102', '0.2000')
    """
    B = bound.upper()
    if not B.is_finite():
        raise UnenclosedError("a gap is not determined")
    B = B.max(arb(0))
    return ((2 * B).sqrt().upper()).union(-(B / 2 + (B * B / 4 + 2 * B).sqrt()).upper())


def _moment(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> Any:
    r""":math:`\sum_S\pi_Sz_Sz_S^\top`."""
    Z = arb_mat([list(row) for row in rows])
    return Z.transpose() * scaled_rows(Z, weights)


def _ones(K: int, centered: bool) -> Any:
    r""":math:`\frac1K11^\top`, which makes a centered matrix invertible and changes nothing on contrasts; else 0."""
    return arb_mat(K, K, [arb(int(centered)) / K] * K**2)


def _mean(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> list[Ball]:
    return [total(w * a for w, a in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]
