r"""The optimum at penalties too small to solve for: enclosed around the polar point, by explicit formulas.

Let :math:`q_S=\Sigma^{+1/2}y_S` (with a free bias :math:`\Sigma_C^{+1/2}(y_S-f)`, :math:`\Sigma_C=PCP`). If its
entries off ``S`` are negative - the *sign condition* of claim T1 - the residuals :math:`\mu q_S` are dual feasible for
small :math:`\mu=\sqrt\lambda`. Their dual value and the value of the primal point with the same predictions differ by
a number that is known in closed form, and by the gap identity (U6) it bounds
:math:`\sum_S\pi_Sm_S\mathrm{KL}(p_S\,\|\,p_S^*)` (T2). No solver takes part, and :math:`\lambda=e^{-2\tau}` may be as
small as one likes: at :math:`\tau=10^{12}` all logits are known to eleven digits. So a statement about the limit
:math:`\lambda\to0` gets a rigorous consequence at a *finite* penalty that a false one violates.

PAL-CE only. Logits are in units of :math:`\tau=\frac12\log\frac1\lambda` (nats), so that they stay of order 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, ball, centered, dot, root, total
from verify.exact.matrices import applied, scaled_rows, zeros
from verify.exact.matrix_roots import inverse_square_root, square_root
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Centering
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.model.feature_model import AnyBias, Bias

__all__ = ["CENTERINGS", "TinyPenalty", "log_ratio_bounds", "regular_geometry"]

CENTERINGS: dict[Bias, Centering] = {"zero": "class", "free": "mean"}


def regular_geometry(pi: LabelDistribution, bias: AnyBias) -> TerminalGeometry:
    r"""The terminal geometry of a distribution whose moment is positive definite on contrasts; with a bias that decays
    it is the one without (claim E3).

    Raises:
        UnenclosedError: the moment is singular on contrasts.

    Example:
        >>> geometry = regular_geometry(LabelDistribution.from_sets([([k], 1) for k in range(3)], labels="abc"), "zero")
        >>> [a.str(5, radius=False) for a in geometry.polar(0b001)]
        ['1.1547', '-0.57735', '-0.57735']
    """
    geometry = TerminalGeometry.of(pi, CENTERINGS["free" if bias == "free" else "zero"])
    if not geometry.full_rank:
        raise UnenclosedError("the centered moment is singular: some contrast is seen by no label set")
    return geometry


# ---------------------------------------------------------------------- the optimum at a tiny penalty


@dataclass(frozen=True, eq=False)
class TinyPenalty:
    r"""The optimum of PAL-CE at :math:`\lambda=e^{-2\tau}`, enclosed; build it with :meth:`of`.

    Attributes:
        geometry: the limit it belongs to.
        columns: the polar columns of the support, in canonical order.
        tau: :math:`\tau`.
        gap: upper end of the duality gap of the polar point over :math:`\mu\tau`.
        logits: class-centered logits over :math:`\tau`, bias included, one row per label set.
    """

    geometry: TerminalGeometry
    columns: list[list[Ball]]
    tau: Ball
    gap: Ball
    logits: list[list[Ball]]

    @classmethod
    def of(cls, pi: LabelDistribution, bias: Bias, tau: Ball | int) -> TinyPenalty:
        """The optimum for the proper part of a distribution.

        Raises:
            UnenclosedError: no contrast may be left out, the sign condition must hold strictly, and the polar point
                must be in the domain already.
        """
        geometry, tau = regular_geometry(pi, bias), arb(tau)
        if geometry.sign.verdict != "strict":
            raise UnenclosedError("the sign condition is not certain")
        pi, columns, mu = geometry.pi, [geometry.polar(mask) for mask in geometry.pi.masks], (-tau).exp()
        weights = [ball(share) for share in pi.shares]
        logs = [
            [(1 - mu * a).log() / tau if here else (-a).log() / tau - 1 for a, here in zip(q, y, strict=True)]
            for y, q in zip(pi.rows, columns, strict=True)
        ]  # of m p / tau
        if not all(a.is_finite() for row in logs for a in row):
            raise UnenclosedError("the polar point is not in the domain at this penalty")
        points = [centered(row) for row in logs]
        shift = _mean(weights, points) if bias == "free" else zeros(pi.K)
        rows = [[a - c for a, c in zip(row, shift, strict=True)] for row in points]
        paired = total(w * dot(q, row) for w, q, row in zip(weights, columns, rows, strict=True))
        gap = (square_root(_moment(weights, rows)).trace() - 1 - paired).upper()  # the ones add 1 to the trace
        logits = [_moved(row, w, q, y, gap, tau) for row, w, q, y in zip(logs, weights, columns, pi.rows, strict=True)]
        return cls(geometry, columns, tau, gap, logits)

    @property
    def pi(self) -> LabelDistribution:
        """The distribution, proper."""
        return self.geometry.pi

    @property
    def free(self) -> bool:
        """Whether there is a free bias."""
        return self.geometry.centering == "mean"

    @cached_property
    def bias(self) -> list[Ball]:
        r""":math:`b/\tau`: prototypes have mean 0 if it is free, so it is the mean of the logits."""
        if not self.free:
            return zeros(self.pi.K)
        return _mean(self.weights, self.logits)

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
        return square_root(_moment(self.weights, self.wh)) - _ones(self.pi.K)

    @cached_property
    def inverse(self) -> Any:
        r""":math:`B^{+1/2}`.

        It exists only at full rank, where by T2a the optimal residuals are :math:`r_S=\mu B^{+1/2}Wh_S/\tau`, and
        where :math:`\|h\|^2` is :math:`(Wh)^\top B^{+1/2}Wh` up to a factor common to all prototypes.
        """
        return inverse_square_root(_moment(self.weights, self.wh)) - _ones(self.pi.K)

    def row_weights(self, wh: Sequence[Ball]) -> list[Ball]:
        r"""The weights :math:`\lambda_H\mu^{-1}\cdot\frac1{\lambda_H}r` of a prototype on the classifier rows."""
        return applied(self.inverse, wh)

    def norm(self, wh: Sequence[Ball]) -> Ball:
        r""":math:`\|h\|` of a vector in the range of :math:`W^\top`, up to a factor that is common to all."""
        return root(dot(wh, self.row_weights(wh)))

    def prototype(self, mask: int) -> list[Ball]:
        r""":math:`Wh_S/\tau` of a label set of the support, or of a virtual singleton.

        Raises:
            UnenclosedError: a virtual set of several labels, or one at which the signs are not certain.
        """
        masks = self.pi.masks
        return self.wh[masks.index(mask)] if mask in masks else self.fitted(mask)

    def fitted(self, mask: int) -> list[Ball]:
        r""":math:`Wh/\tau` of a singleton, as if it were virtual.

        The combination :math:`h^\circ=\sum_T\pi_T\langle q_S,q_T\rangle h_T` has predictions
        :math:`p^\circ` from its residuals and logits :math:`z^\circ` that nearly agree, and the divergence
        :math:`\mathrm{KL}(p^\circ\|\mathrm{softmax}(z^\circ))` bounds :math:`\mathrm{KL}(p^\circ\|p^*)` by the gap
        identity for this label set alone.

        Raises:
            UnenclosedError: a virtual set of several labels, or one at which the signs are not certain.
        """
        pi, k, q = self.pi, mask.bit_length() - 1, self.geometry.polar(mask)
        if mask.bit_count() != 1 or not all(a < 0 for j, a in enumerate(q) if j != k):
            raise UnenclosedError("the sign condition is not certain at a virtual singleton")
        shares = [w * dot(q, column) for w, column in zip(self.weights, self.columns, strict=True)]
        between = [total(s * row[j] for s, row in zip(shares, self.wh, strict=True)) for j in range(pi.K)]
        off = [j for j in range(pi.K) if j != k]
        z = [a + c for a, c in zip(between, self.bias, strict=True)]
        residual = self.row_weights(between)
        if not all(residual[j] < 0 for j in off):
            raise UnenclosedError("a virtual singleton is not determined at this penalty")
        logs = {j: (-residual[j]).log() for j in off}  # of p / mu
        excess = {j: self.tau * (z[j] - z[k] + 1) - logs[j] for j in off}
        # sum of rho psi(x) in units of mu; what is left out is at most mu (sum rho)^2
        rest = (-self.tau).exp() * total(residual[j] for j in off) ** 2
        gap = (total(-residual[j] * (excess[j].exp() - 1 - excess[j]) for j in off) + rest).upper()
        row = zeros(pi.K)
        for j in off:
            row[j] = (logs[j] + log_ratio_bounds(gap / -residual[j])) / self.tau - 1
        return [a - c for a, c in zip(centered(row), self.bias, strict=True)]


def _moved(row: Balls, w: Ball, q: Balls, y: Sequence[int], gap: Ball, tau: Ball) -> list[Ball]:
    r"""Centered logits over :math:`\tau` of :math:`p^*`, from :math:`\log(mp)/\tau` and the gap of the polar point:
    :math:`\pi_Sm_Sp_{S,j}\,\psi(p^*_{S,j}/p_{S,j})` is at most :math:`\mu\tau` times it."""
    mu = (-tau).exp()
    bounds = [
        mu * tau * gap / (w * (1 - mu * a)) if here else tau * gap / (w * -a) for a, here in zip(q, y, strict=True)
    ]
    return centered([a + log_ratio_bounds(bound) / tau for a, bound in zip(row, bounds, strict=True)])


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
    r""":math:`\sum_S\pi_Sz_Sz_S^\top+\frac1K11^\top`."""
    Z = arb_mat([list(row) for row in rows])
    return Z.transpose() * scaled_rows(Z, weights) + _ones(Z.ncols())


def _ones(K: int) -> Any:
    r""":math:`\frac1K11^\top`, which makes a centered matrix invertible and changes nothing on contrasts."""
    return arb_mat(K, K, [arb(1) / K] * K**2)


def _mean(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> list[Ball]:
    return [total(w * a for w, a in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]
