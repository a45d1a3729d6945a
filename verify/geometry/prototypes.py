r"""Prototypes of an enclosed optimum, real and virtual, in the one form in which they can be compared and combined.

Every feature that matters is a combination of classifier rows, :math:`h=\frac1{\lambda_H}W^\top x`, with :math:`x=r_S`
for a prototype. So a prototype, a synthesis of prototypes and their difference are vectors ``x`` of balls, and a length
is :math:`\sqrt{x^\top Gx}`. The difference is formed *before* it is squared: a deviation keeps all the digits that the
residuals have.

A singleton that is not in the support has the *virtual* prototype that a new sample with that single label gets when
its feature is fitted to the trained ``W`` and ``b``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, around, ball, dot, root, total
from verify.exact.matrices import applied
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.rationals import second_moment, to_fmpq
from verify.geometry.tiny_penalty import TinyPenalty, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import indicator
from verify.model.feature_model import AnyBias
from verify.model.losses import Array, Loss
from verify.model.optimum import CertifiedOptimum
from verify.model.response import DenseGreen, Response, UnsettledError, respond

POLISHING = 6
"""Steps from float64 with a fixed float64 inverse: each adds some ten digits, up to the working precision."""

Number = Fraction | Ball


# ---------------------------------------------------------------------- prototypes


@dataclass(frozen=True, eq=False)
class Prototypes:
    r"""Prototypes of an enclosed optimum, real and virtual, as weights ``x`` on the classifier rows.

    Build it with :meth:`at_optimum` or :meth:`at_tiny_penalty`; the latter drops powers of :math:`\mu` and
    :math:`\tau` that are common to all prototypes.

    Attributes:
        pi: the distribution that the loss sees.
        loss: what the prototypes are optimal for.
        bias: ``"zero"`` or ``"free"``.
        gram: :math:`\Gamma` with :math:`\|h\|^2\propto x^\top\Gamma x`, ``(K, K)``.
        mu: :math:`\sqrt\lambda`, in the unit of the weights.
        made: the weights of a label set given as a mask, in the support or not.
    """

    pi: LabelDistribution
    loss: Loss
    bias: AnyBias
    gram: Any
    mu: Ball
    made: Callable[[int], list[Ball]]

    @classmethod
    def at_optimum(cls, at: CertifiedOptimum) -> Prototypes:
        r"""Those of a certified optimum; :math:`\Gamma=G/\lambda_H`, and weights are residuals."""
        model = at.model
        virtual = _Virtual(at)
        real = dict(zip(model.distribution.masks, at.r.tolist(), strict=True))
        return cls(
            model.distribution,
            model.loss,
            model.bias,
            virtual.gram,
            ball(model.lam).sqrt(),
            lambda mask: real[mask] if mask in real else virtual.residual(mask),
        )

    @classmethod
    def at_tiny_penalty(cls, at: TinyPenalty) -> Prototypes:
        """Those of PAL-CE or BCE at a penalty that is too small to solve for."""
        bias: AnyBias = "free" if at.free else "zero"
        return cls(at.pi, at.loss, bias, at.root, arb(1), lambda mask: at.row_weights(at.prototype(mask)))

    @property
    def K(self) -> int:
        """Number of labels."""
        return self.pi.K

    @cached_property
    def _known(self) -> dict[int, list[Ball]]:
        return {}

    def weights(self, mask: int) -> list[Ball]:
        r"""The weights ``x`` of a label set on the classifier rows, known up to the kernel of :math:`W^\top`.

        Raises:
            UncertifiedError: a virtual prototype that cannot be enclosed.
        """
        if mask not in self._known:
            self._known[mask] = self.made(mask)
        return self._known[mask]

    def logits(self, x: Balls) -> list[Ball]:
        r""":math:`\Gamma x`, the logits :math:`Wh` without bias: two features are equal iff these are."""
        return applied(self.gram, x)

    def inner(self, x: Balls, y: Balls) -> Ball:
        """The inner product of two features, up to a common factor."""
        return dot(x, self.logits(y))

    def norm(self, x: Balls) -> Ball:
        """The length of a feature, up to the same factor."""
        return root(self.inner(x, x))

    def combined(self, weights: Sequence[Number]) -> list[Ball]:
        r""":math:`\sum_k c_kh_{\{k\}}` for ``K`` synthesis weights; singletons with weight 0 need not be enclosed."""
        parts = [(ball(c), self.weights(1 << k)) for k, c in enumerate(weights) if c != 0]
        return [total(c * x[j] for c, x in parts) for j in range(self.K)]

    def by_inverse_root(self, mask: int) -> list[Ball]:
        r"""The weights on classifier rows of W8, :math:`\Sigma^{+1/2}y_S` or :math:`\Sigma_C^{+1/2}(y_S-f)`; without
        centering, for losses that see the level of the logits, those of W2a, :math:`M^{-1/2}y_S` or
        :math:`C^{-1/2}(y_S-f)`.

        Raises:
            UncertifiedError: the moment is singular.
        """
        if self.loss.centered:
            return regular_geometry(self.pi, self.bias).polar(mask)
        return applied(
            self._inverse_root, [ball(a - c) for a, c in zip(indicator(mask, self.K), self._offset, strict=True)]
        )

    @property
    def _offset(self) -> tuple[Fraction, ...]:
        return self.pi.frequencies if self.bias == "free" else (Fraction(0),) * self.K

    @cached_property
    def _inverse_root(self) -> Any:
        rows = [[a - c for a, c in zip(y, self._offset, strict=True)] for y in self.pi.rows]
        moment = second_moment(self.pi.shares, rows)
        if moment.det() == 0:
            raise UncertifiedError("the second moment is singular")
        return inverse_square_root(arb_mat(moment))

    @cached_property
    def several(self) -> list[int]:
        """The label sets of the support with at least two labels, as masks: where there is something to synthesise."""
        return [mask for mask in self.pi.masks if mask.bit_count() > 1]


class _Virtual:
    r"""Prototypes fitted to the trained classifier and bias.

    For fixed ``W`` and ``b`` the objective of one feature is :math:`\lambda_H`-strongly convex (U1). At
    :math:`h=\frac1{\lambda_H}W^\top x` its gradient is :math:`W^\top\delta`, :math:`\delta=x-r(\Gamma x+b)`, so the
    minimiser is within :math:`\|W^\top\delta\|/\lambda_H`, and its logits are within
    :math:`\sqrt{\Gamma_{jj}\,\delta^\top\Gamma\delta}` of those of ``x``, whatever ``x`` is. Between the two sets of
    logits the Hessian of the loss has an average ``A``, and :math:`\delta=(I+A\Gamma)(x-r)` gives ``r`` more sharply.
    """

    def __init__(self, at: CertifiedOptimum) -> None:
        self.at = at
        self.gram = at.G * (1 / ball(at.model.lambda_H))
        self._guessed: dict[tuple[int, ...], tuple[Array, Array]] = {}

    def residual(self, mask: int) -> list[Ball]:
        """The residual of any label set.

        Raises:
            UncertifiedError: the enclosures of classifier and bias are too wide.
        """
        row, kind = indicator(mask, self.at.K), self.at.model.loss
        y, mass = ([to_fmpq(Fraction(a)) for a in entries] for entries in kind.entries(row))
        x = self._near(row, y, mass)
        z = self._logits(x)
        loss = self.at.loss
        delta = [a - c for a, c in zip(x, loss.residual(z, y, mass), strict=True)]
        form = dot(delta, applied(self.gram, delta))
        near = [around(a, root(self.gram[j, j] * form)) for j, a in enumerate(z)]
        slope = loss.hessian(loss.residual(near, y, mass), y, mass) * self.gram
        for j in range(self.at.K):
            slope[j, j] += 1
        try:
            off = slope.solve(arb_mat([[a] for a in delta])).tolist()
        except ZeroDivisionError:
            off = [[arb("nan")]] * self.at.K
        found = [a - c for a, (c,) in zip(x, off, strict=True)]
        if not all(a.is_finite() for a in found):
            raise UncertifiedError(
                f"the virtual prototype of {self.at.model.distribution.spell(mask)} is not determined"
            )
        return found

    def _near(self, row: Sequence[int], y: Sequence[Any], mass: Sequence[Any]) -> list[Ball]:
        """Digits, not proofs: float64, then a few steps with the same inverse."""
        loss, key = self.at.model.loss, tuple(row)
        if key not in self._guessed:
            self._guess([key])
        inverse, guess = self._guessed[key]
        green = arb_mat([[arb(a) for a in row] for row in inverse.tolist()])
        x = [arb(a) for a in guess.tolist()]
        for _ in range(POLISHING):
            wanted = self.at.loss.logits(x, y, mass)
            mismatch = [(a - c).mid() for a, c in zip(wanted, self._logits(x), strict=True)]
            if not all(a.is_finite() for a in mismatch):
                break
            x = [(a + step).mid() for a, step in zip(x, applied(green, mismatch), strict=True)]
            if loss.centered:
                x = [(a - total(x) / len(x)).mid() for a in x]
        return x

    def _guess(self, asked: Sequence[tuple[int, ...]]) -> None:
        """The float64 residuals of label sets, and their Green matrices; those of all singletons that the support lacks
        at once, for whoever asks for one asks for most."""
        K, real = self.at.K, set(self.at.y)
        singles = (indicator(1 << k, K) for k in range(K))
        lacking = [y for y in map(tuple, singles) if y not in real and y not in self._guessed and y not in asked]
        for rows in ([*asked, *lacking], asked):
            try:
                found = self._respond(rows)
                break
            except UnsettledError:
                if rows is asked:
                    raise
        if not isinstance(found.green, DenseGreen):
            raise UncertifiedError("too many labels for a virtual prototype")
        self._guessed |= zip(rows, zip(found.green.matrices, found.r, strict=True), strict=True)

    def _respond(self, rows: Sequence[tuple[int, ...]]) -> Response:
        loss, gram = self.at.model.loss, np.array(_floats(self.gram.tolist()))
        b, targets = np.array(_floats([self.at.b]))[0], loss.targets_of(rows)
        if loss.centered:
            b -= b.mean()
        return respond(loss, targets, gram, b, loss.residual(np.tile(b, (len(rows), 1)), targets))

    def _logits(self, x: Balls) -> list[Ball]:
        return [a + c for a, c in zip(applied(self.gram, x), self.at.b, strict=True)]


def _floats(rows: Sequence[Sequence[Ball]]) -> list[list[float]]:
    return [[float(a.mid()) for a in row] for row in rows]
