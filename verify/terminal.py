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
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from verify.balls import Ball, ball, dot, total
from verify.labels import LabelDistribution
from verify.optimum import UncertifiedError, indicators
from verify.optimum import second_moment as exact_moment
from verify.ufm import Bias

__all__ = ["TerminalPhase", "TinyPenalty", "UnenclosedError", "centered_moment", "square_root"]

ROUNDS = 60
"""Denman-Beavers steps, at most; they double the correct digits after about as many as the condition number has."""


class UnenclosedError(UncertifiedError):
    """No enclosure; the message says which hypothesis or which ball is to blame."""


# ---------------------------------------------------------------------- square roots


def square_root(A: Any) -> Any:
    r"""Enclosure of the square root of a symmetric positive definite matrix of balls.

    Any symmetric positive definite :math:`X` is within :math:`\|X^{-1}\|\,\|X^2-A\|_F` of it in spectral norm (claim
    T5), here that of the iteration of Denman and Beavers (Appl. Math. Comput. 2, 1976), whose digits are not trusted.

    Args:
        A: ``(n, n)`` matrix of balls.

    Raises:
        UnenclosedError: the matrix is not certainly positive definite.

    Example:
        >>> X = square_root(arb_mat([[5, 4], [4, 5]]))
        >>> X.contains(fmpq_mat([[2, 1], [1, 2]])), X[0, 0].rad() < 1e-12
        (True, True)
    """
    n = A.nrows()
    X, Y = A.mid(), arb_mat([[int(i == j) for j in range(n)] for i in range(n)])
    try:
        for _ in range(ROUNDS):
            X, Y, before = (X + Y.inv()).mid() / 2, (Y + X.inv()).mid() / 2, X
            X, Y = X.mid(), Y.mid()
            step = max(abs(a) for a in (X - before).mid().entries())
            if step <= max(abs(a) for a in X.entries()) * arb(2) ** (8 - ctx.prec):
                break
        X = ((X + X.transpose()) / 2).mid()
        inverse = X.inv()
    except ZeroDivisionError:  # python-flint's word for a singular matrix
        raise UnenclosedError("a second moment is singular") from None
    if not _positive_definite(X):
        raise UnenclosedError("a second moment is not certainly positive definite")
    return _widened(X, _norm(inverse) * _norm(X * X - A))


def _norm(A: Any) -> Ball:
    return total(a * a for a in A.entries()).nonnegative_part().sqrt().upper()


def _widened(A: Any, radius: Ball) -> Any:
    if not radius.is_finite():
        raise UnenclosedError("a second moment is not determined well enough for its root")
    return arb_mat([[a + arb(0).union(radius).union(-radius) for a in row] for row in A.tolist()])


def _positive_definite(A: Any) -> bool:
    """Whether all pivots are certainly positive."""
    rows = [list(row) for row in A.tolist()]
    for k, pivot in enumerate(rows):
        if not pivot[k] > 0:
            return False
        for row in rows[k + 1 :]:
            share = row[k] / pivot[k]
            for j in range(k, len(row)):
                row[j] -= share * pivot[j]
    return True


# ---------------------------------------------------------------------- the polar point


@dataclass(frozen=True, eq=False)
class TerminalPhase:
    r"""What the limit :math:`\lambda\to0` is made of, for one treatment of the bias; build it with :meth:`of`.

    Attributes:
        pi: a proper distribution.
        bias: ``"zero"`` or ``"free"``.
        root: :math:`\Sigma^{+1/2}` (:math:`\Sigma_C^{+1/2}`), enclosed, ``(K, K)``.
    """

    pi: LabelDistribution
    bias: Bias
    root: Any

    @classmethod
    def of(cls, pi: LabelDistribution, bias: Bias) -> TerminalPhase:
        """The terminal phase of a proper distribution.

        Raises:
            UnenclosedError: the moment is singular on contrasts.

        Example:
            >>> pi = LabelDistribution.from_sets([([k], 1) for k in range(3)], labels="abc")
            >>> [a.str(5, radius=False) for a in TerminalPhase.of(pi, "zero").column(0b001)]
            ['1.1547', '-0.57735', '-0.57735']
        """
        moment = centered_moment(pi, bias)
        raised = moment + _ones(pi.K)
        if raised.det() == 0:
            raise UnenclosedError("the centered moment is singular: some contrast is seen by no label set")
        return cls(pi, bias, _inverted(square_root(arb_mat(raised))))

    def target(self, mask: int) -> list[Fraction]:
        r"""The limit of the logits, :math:`P y_S` or :math:`P(y_S-f)`, exact, for any label set."""
        f = self.pi.frequencies if self.bias == "free" else (Fraction(0),) * self.pi.K
        return _centered([(mask >> k & 1) - a for k, a in enumerate(f)])

    def column(self, mask: int) -> list[Ball]:
        r""":math:`q_S`, for any label set."""
        return [a for (a,) in (self.root * arb_mat([[ball(x)] for x in self.target(mask)])).tolist()]

    @cached_property
    def columns(self) -> list[list[Ball]]:
        """The columns of the support, in canonical order."""
        return [self.column(mask) for mask in self.pi.masks]

    def has_signs(self, mask: int) -> bool | None:
        r"""Whether :math:`q_{S,j}<0` for all :math:`j\notin S`; ``None`` if a ball meets 0."""
        off = [a for j, a in enumerate(self.column(mask)) if not mask >> j & 1]
        if any(a > 0 for a in off):
            return False
        return True if all(a < 0 for a in off) else None

    @cached_property
    def regular(self) -> bool:
        """Whether the strict sign condition certainly holds on the support."""
        return all(self.has_signs(mask) for mask in self.pi.masks)

    def at(self, tau: Fraction | int) -> TinyPenalty:
        r"""The optimum at :math:`\lambda=e^{-2\tau}`.

        Raises:
            UnenclosedError: the sign condition is not certain, or the polar point is not yet in the domain.
        """
        return TinyPenalty.of(self, ball(Fraction(tau)))


def centered_moment(pi: LabelDistribution, bias: Bias) -> fmpq_mat:
    r""":math:`\Sigma=PMP` (zero bias) or :math:`\Sigma_C=PCP` (free), exact, ``(K, K)``.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
        >>> centered_moment(pi, "zero")
        [ 1/4, -1/4]
        [-1/4,  1/4]
    """
    f = pi.frequencies if bias == "free" else (Fraction(0),) * pi.K
    rows = [_centered([a - c for a, c in zip(y, f, strict=True)]) for y in indicators(pi)]
    return exact_moment([Fraction(w, pi.total) for w in pi.weights], rows)


def _centered(x: Sequence[Fraction]) -> list[Fraction]:
    mean = sum(x, Fraction(0)) / len(x)
    return [a - mean for a in x]


def _inverted(root: Any) -> Any:
    r"""The pseudo-inverse of a centered root, from :math:`\Sigma^{1/2}+\frac1K11^\top`."""
    try:
        return root.inv() - arb_mat(_ones(root.nrows()))
    except ZeroDivisionError:
        raise UnenclosedError("a second moment is not determined well enough for its inverse root") from None


def _ones(K: int) -> fmpq_mat:
    r""":math:`\frac1K11^\top`, which makes a centered matrix invertible and changes nothing on contrasts."""
    return fmpq_mat(K, K, [fmpq(1, K)] * K**2)


# ---------------------------------------------------------------------- the optimum at a tiny penalty


@dataclass(frozen=True, eq=False)
class TinyPenalty:
    r"""The optimum of PAL-CE at :math:`\lambda=e^{-2\tau}`, enclosed; build it with :meth:`TerminalPhase.at`.

    Attributes:
        phase: the limit it belongs to.
        tau: :math:`\tau`.
        gap: upper end of the duality gap of the polar point over :math:`\mu\tau`.
        logits: class-centered logits over :math:`\tau`, bias included, one row per label set.
    """

    phase: TerminalPhase
    tau: Ball
    gap: Ball
    logits: list[list[Ball]]

    @classmethod
    def of(cls, phase: TerminalPhase, tau: Ball) -> TinyPenalty:
        if not phase.regular:
            raise UnenclosedError("the sign condition is not certain")
        pi, mu = phase.pi, (-tau).exp()
        weights = [ball(Fraction(w, pi.total)) for w in pi.weights]
        logs = [
            [(1 - mu * a).log() / tau if mask >> k & 1 else (-a).log() / tau - 1 for k, a in enumerate(q)]
            for mask, q in zip(pi.masks, phase.columns, strict=True)
        ]  # of m p / tau
        points = [_centered_balls(row) for row in logs]
        shift = _mean(weights, points) if phase.bias == "free" else [arb(0)] * pi.K
        rows = [[a - c for a, c in zip(row, shift, strict=True)] for row in points]
        paired = total(w * dot(q, row) for w, q, row in zip(weights, phase.columns, rows, strict=True))
        gap = (square_root(_moment(weights, rows)).trace() - 1 - paired).upper()  # the ones add 1 to the trace
        if not gap.is_finite():
            raise UnenclosedError("the polar point is not in the domain at this penalty")
        logits = [
            _moved(row, w, q, mask, gap, tau)
            for row, w, q, mask in zip(logs, weights, phase.columns, pi.masks, strict=True)
        ]
        return cls(phase, tau, gap, logits)

    @cached_property
    def bias(self) -> list[Ball]:
        r""":math:`b/\tau`: prototypes have mean 0 if it is free, so it is the mean of the logits."""
        if self.phase.bias == "zero":
            return [arb(0)] * self.phase.pi.K
        return _mean(self.weights, self.logits)

    @cached_property
    def weights(self) -> list[Ball]:
        r"""The probabilities :math:`\pi_S`."""
        return [ball(Fraction(w, self.phase.pi.total)) for w in self.phase.pi.weights]

    @cached_property
    def wh(self) -> list[list[Ball]]:
        r""":math:`Wh_S/\tau`, one row per label set."""
        return [[a - c for a, c in zip(row, self.bias, strict=True)] for row in self.logits]

    @cached_property
    def root(self) -> Any:
        r""":math:`B^{1/2}`, :math:`B=\tau^{-2}\sum_S\pi_SWh_S(Wh_S)^\top`; :math:`WW^\top` is a multiple of it."""
        return self._raised_root - arb_mat(_ones(self.phase.pi.K))

    @cached_property
    def _raised_root(self) -> Any:
        return square_root(_moment(self.weights, self.wh))

    @cached_property
    def inverse(self) -> Any:
        r""":math:`B^{+1/2}`.

        It exists only at full rank, where by T2a the optimal residuals are :math:`r_S=\mu B^{+1/2}Wh_S/\tau`, and
        where :math:`\|h\|^2` is :math:`(Wh)^\top B^{+1/2}Wh` up to a factor common to all prototypes.
        """
        return _inverted(self._raised_root)

    def row_weights(self, wh: Sequence[Ball]) -> list[Ball]:
        r"""The weights :math:`\lambda_H\mu^{-1}\cdot\frac1{\lambda_H}r` of a prototype on the classifier rows."""
        return [a for (a,) in (self.inverse * arb_mat([[a] for a in wh])).tolist()]

    def norm(self, wh: Sequence[Ball]) -> Ball:
        r""":math:`\|h\|` of a vector in the range of :math:`W^\top`, up to a factor that is common to all."""
        return dot(wh, self.row_weights(wh)).nonnegative_part().sqrt()

    def prototype(self, mask: int) -> list[Ball]:
        r""":math:`Wh_S/\tau` of a label set of the support, or of a virtual singleton.

        Raises:
            UnenclosedError: a virtual set of several labels, or one at which the signs are not certain.
        """
        masks = self.phase.pi.masks
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
        pi = self.phase.pi
        if mask.bit_count() != 1 or not self.phase.has_signs(mask):
            raise UnenclosedError("the sign condition is not certain at a virtual singleton")
        k, q = mask.bit_length() - 1, self.phase.column(mask)
        shares = [w * dot(q, column) for w, column in zip(self.weights, self.phase.columns, strict=True)]
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
        row = [arb(0)] * pi.K
        for j in off:
            row[j] = (logs[j] + _log_ratio(gap / -residual[j])) / self.tau - 1
        return [a - c for a, c in zip(_centered_balls(row), self.bias, strict=True)]


def _moved(row: Sequence[Ball], w: Ball, q: Sequence[Ball], mask: int, gap: Ball, tau: Ball) -> list[Ball]:
    r"""Centered logits over :math:`\tau` of :math:`p^*`, from :math:`\log(mp)/\tau` and the gap of the polar point:
    :math:`\pi_Sm_Sp_{S,j}\,\psi(p^*_{S,j}/p_{S,j})` is at most :math:`\mu\tau` times it."""
    mu = (-tau).exp()
    bounds = [mu * tau * gap / (w * (1 - mu * a)) if mask >> k & 1 else tau * gap / (w * -a) for k, a in enumerate(q)]
    return _centered_balls([a + _log_ratio(bound) / tau for a, bound in zip(row, bounds, strict=True)])


def _log_ratio(bound: Ball) -> Ball:
    r"""Enclosure of :math:`\log x` where :math:`x-1-\log x` is at most a bound ``B``: at least
    :math:`-\frac B2-\sqrt{\frac{B^2}4+2B}` and at most :math:`\sqrt{2B}`.

    With :math:`x=e^t`: :math:`e^t-1-t\ge\frac{t^2}2` for :math:`t\ge0`, and :math:`e^{-s}-1+s\ge\frac{s^2}{2+s}` for
    :math:`s\ge0`, because :math:`s-2+(2+s)e^{-s}` increases from 0.
    """
    B = bound.upper()
    if not B.is_finite():
        raise UnenclosedError("a gap is not determined")
    B = B.max(arb(0))
    return ((2 * B).sqrt().upper()).union(-(B / 2 + (B * B / 4 + 2 * B).sqrt()).upper())


def _moment(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> Any:
    r""":math:`\sum_S\pi_Sz_Sz_S^\top+\frac1K11^\top`."""
    Z = arb_mat([list(row) for row in rows])
    scaled = arb_mat([[w * a for a in row] for w, row in zip(weights, rows, strict=True)])
    return Z.transpose() * scaled + arb_mat(_ones(Z.ncols()))


def _mean(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> list[Ball]:
    return [total(w * a for w, a in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]


def _centered_balls(row: Sequence[Ball]) -> list[Ball]:
    mean = total(row) / len(row)
    return [a - mean for a in row]
