r"""Synthesis of prototypes: the readings of "the prototype of a label set is made from those of its labels", measured.

Every feature that matters is a combination of classifier rows, :math:`h=\frac1{\lambda_H}W^\top x`, with :math:`x=r_S`
for a prototype. So a prototype, a synthesis of prototypes and their difference are vectors ``x`` of balls, and a length
is :math:`\sqrt{x^\top Gx}`. The difference is formed *before* it is squared: a deviation keeps all the digits that the
residuals have.

A *rule* names one reading and makes a synthesis for every label set; its *deviation* is
:math:`\|h_S-\text{synthesis}\|/\|h_S\|`, enclosed from both sides. A singleton that is not in the support has the
*virtual* prototype that a new sample with that single label gets when its feature is fitted to the trained ``W`` and
``b``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np
from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, around, ball, dot, root, total
from verify.exact.matrices import applied
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.rationals import second_moment
from verify.geometry.tiny_penalty import TinyPenalty, regular_geometry
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import indicator
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum
from verify.model.response import DenseGreen, respond

__all__ = ["RULES", "Prototypes", "Rule", "deviation", "deviations", "worst"]

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
    bias: Bias
    gram: Any
    mu: Ball
    made: Callable[[int], list[Ball]]

    @classmethod
    def at_optimum(cls, at: CertifiedOptimum) -> Prototypes:
        r"""Those of a certified optimum; :math:`\Gamma=G/\lambda_H`, and weights are residuals.

        Example:
            >>> from verify.model.losses import MSE
            >>> from verify.model.optimum import Instance
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 3), ([0, 1], 1)], labels="ab")
            >>> at = CertifiedOptimum.of(pi, Instance(MSE, "zero", Fraction(1, 100), Fraction(1)))
            >>> prototypes = Prototypes.at_optimum(at)
            >>> plain, naive = (deviation(prototypes, RULES[name], 0b11) for name in ("plain", "naive"))
            >>> plain < 1e-9, naive.str(6, radius=False)
            (True, '0.376840')
        """
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
        """Those of PAL-CE at a penalty that is too small to solve for."""
        bias: Bias = "free" if at.free else "zero"
        return cls(at.pi, PAL_CE, bias, at.root, arb(1), lambda mask: at.row_weights(at.prototype(mask)))

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

    def residual(self, mask: int) -> list[Ball]:
        """The residual of any label set.

        Raises:
            UncertifiedError: the enclosures of classifier and bias are too wide.
        """
        y = indicator(mask, self.at.K)
        x = self._near(y)
        z = self._logits(x)
        loss = self.at.loss
        delta = [a - c for a, c in zip(x, loss.residual(z, y), strict=True)]
        form = dot(delta, applied(self.gram, delta))
        near = [around(a, root(self.gram[j, j] * form)) for j, a in enumerate(z)]
        slope = loss.hessian(loss.residual(near, y), y) * self.gram
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

    def _near(self, y: Sequence[int]) -> list[Ball]:
        """Digits, not proofs: float64, then a few steps with the same inverse."""
        loss, gram = self.at.model.loss, np.array(_floats(self.gram.tolist()))
        b, indicator = np.array(_floats([self.at.b]))[0], np.array([y], dtype=np.float64)
        if loss.centered:
            b -= b.mean()
        found = respond(loss, indicator, gram, b, loss.residual(b[None, :], indicator))
        if not isinstance(found.green, DenseGreen):
            raise UncertifiedError("too many labels for a virtual prototype")
        green = arb_mat([[arb(a) for a in row] for row in found.green.matrices[0].tolist()])
        x = [arb(a) for a in found.r[0].tolist()]
        for _ in range(POLISHING):
            wanted = self.at.loss.logits(x, y)
            mismatch = [(a - c).mid() for a, c in zip(wanted, self._logits(x), strict=True)]
            if not all(a.is_finite() for a in mismatch):
                break
            x = [(a + step).mid() for a, step in zip(x, applied(green, mismatch), strict=True)]
            if loss.centered:
                x = [(a - total(x) / len(x)).mid() for a in x]
        return x

    def _logits(self, x: Balls) -> list[Ball]:
        return [a + c for a, c in zip(applied(self.gram, x), self.at.b, strict=True)]


def _floats(rows: Sequence[Sequence[Ball]]) -> list[list[float]]:
    return [[float(a.mid()) for a in row] for row in rows]


# ---------------------------------------------------------------------- rules


Factor = Literal["none", "set", "multiplicity"]


@dataclass(frozen=True)
class Rule:
    r"""One reading of the synthesis rule.

    Attributes:
        name: a few words.
        claims: ids of the claims that state it or refute it.
        formula: what :math:`h_S` is said to be, in plain text.
        make: ``make(prototypes, mask)``: the synthesis of a label set, as weights on the classifier rows.
        factor: whether it is meant up to a factor, and what that may depend on: ``"set"`` takes the best factor for
            every label set, ``"multiplicity"`` the least-squares factor over all label sets of one size.
    """

    name: str
    claims: tuple[str, ...]
    formula: str
    make: Callable[[Prototypes, int], list[Ball]]
    factor: Factor = "none"


def from_singletons(
    weigh: Callable[[LabelDistribution, int], Sequence[Number]],
) -> Callable[[Prototypes, int], list[Ball]]:
    """A synthesis from singleton prototypes by known weights, ``K`` for each label set."""
    return lambda prototypes, mask: prototypes.combined(weigh(prototypes.pi, mask))


def from_rows(weigh: Callable[[Prototypes, int], Sequence[Number]]) -> Callable[[Prototypes, int], list[Ball]]:
    r"""A synthesis from classifier rows by known weights, in the unit :math:`\mu/\lambda_H`."""
    return lambda prototypes, mask: [prototypes.mu * ball(c) for c in weigh(prototypes, mask)]


def members(pi: LabelDistribution, mask: int) -> list[Fraction]:
    r""":math:`[k\in S]`.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abc")
        >>> [str(c) for c in members(pi, 0b011)], [str(c) for c in frequency_weighted(pi, 0b011)]
        (['1', '1', '0'], ['-1', '0', '0'])
        >>> [str(c) for c in from_the_mean(pi, 0b011)], [str(c) for c in frequency_summands(pi, 0b011)]
        (['2/3', '2/3', '-1/3'], ['1', '1/2', '0'])
    """
    return [Fraction(a) for a in indicator(mask, pi.K)]


def frequency_weighted(pi: LabelDistribution, mask: int) -> list[Fraction]:
    r""":math:`[k\in S]-\frac{m_S-1}{\bar m-1}f_k`, the weights of W2 and W3.

    Raises:
        UncertifiedError: :math:`\bar m=1`, where W2 has no such rule.
    """
    if pi.cardinality == 1:
        raise UncertifiedError("the label cardinality is 1")
    share = (mask.bit_count() - 1) / (pi.cardinality - 1)
    return [a - share * f for a, f in zip(members(pi, mask), pi.frequencies, strict=True)]


def from_the_mean(pi: LabelDistribution, mask: int) -> list[Fraction]:
    r""":math:`[k\in S]-\frac{m_S-1}K`, the weights of W2b and W3a."""
    return [a - Fraction(mask.bit_count() - 1, pi.K) for a in members(pi, mask)]


def frequency_summands(pi: LabelDistribution, mask: int) -> list[Fraction]:
    r""":math:`[k\in S]\,f_k`, the naive weights of W7."""
    return [a * f for a, f in zip(members(pi, mask), pi.frequencies, strict=True)]


def from_all(prototypes: Prototypes, mask: int) -> list[Ball]:
    r""":math:`\sum_T\pi_T\langle r_S,r_T\rangle/\lambda\;h_T` (claim W1)."""
    pi, x = prototypes.pi, prototypes.weights(mask)
    made = [arb(0)] * pi.K
    for other, share in zip(pi.masks, pi.shares, strict=True):
        y = prototypes.weights(other)
        omega = ball(share) * dot(x, y) / prototypes.mu**2
        made = [a + omega * c for a, c in zip(made, y, strict=True)]
    return made


def _inverse_root_frequencies(prototypes: Prototypes, mask: int) -> list[Number]:
    pi = prototypes.pi
    rows = list(zip(pi.frequencies, indicator(mask, pi.K), strict=True))
    if not all(f > 0 for f, here in rows if here):
        raise UncertifiedError("a label of the set never occurs")
    return [ball(f).rsqrt() if here else arb(0) for f, here in rows]


RULES: dict[str, Rule] = {
    "all": Rule("all prototypes", ("W1",), "sum_T pi_T <r_S, r_T>/lambda h_T", from_all),
    "plain": Rule("plain sum", ("W2", "W4"), "sum_{k in S} h_{k}", from_singletons(members)),
    "frequency": Rule(
        "class-frequency-weighted",
        ("W2", "W3"),
        "sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j}",
        from_singletons(frequency_weighted),
    ),
    "mean": Rule(
        "measured from the mean singleton",
        ("W2b", "W3a"),
        "sum_{k in S} h_{k} - (m_S - 1)/K sum_j h_{j}",
        from_singletons(from_the_mean),
    ),
    "scaled sum": Rule("scaled sum", ("W5", "W6"), "alpha_S sum_{k in S} h_{k}", from_singletons(members), "set"),
    "scaled average": Rule(
        "scaled average", ("W6", "W6a"), "alpha_m sum_{k in S} h_{k}", from_singletons(members), "multiplicity"
    ),
    "naive": Rule(
        "frequencies times summands",
        ("W7",),
        "alpha_S sum_{k in S} f_k h_{k}",
        from_singletons(frequency_summands),
        "set",
    ),
    "rows": Rule(
        "classifier rows by the inverse root",
        ("W2a", "W8"),
        "mu/lambda_H sum_k (Sigma^{+1/2} y_S)_k w_k",
        from_rows(Prototypes.by_inverse_root),
    ),
    "uniform rows": Rule(
        "classifier rows, uniformly",
        ("W8", "W8a"),
        "alpha_S sum_{k in S} w_k",
        from_rows(lambda prototypes, mask: members(prototypes.pi, mask)),
        "set",
    ),
    "root rows": Rule(
        "classifier rows by f^{-1/2}",
        ("W8b",),
        "alpha_S sum_{k in S} f_k^{-1/2} w_k",
        from_rows(_inverse_root_frequencies),
        "set",
    ),
}
"""The readings that are measured, by a short name."""


# ---------------------------------------------------------------------- deviations


def deviation(prototypes: Prototypes, rule: Rule, mask: int) -> Ball:
    r""":math:`\|h_S-\text{synthesis}\|/\|h_S\|`, enclosed.

    Raises:
        UncertifiedError: the prototype may be 0, or a prototype that the rule needs cannot be enclosed.
    """
    x = prototypes.weights(mask)
    size = prototypes.norm(x)
    if not size > 0:
        raise UncertifiedError(f"the prototype of {prototypes.pi.spell(mask)} may be 0")
    made = rule.make(prototypes, mask)
    if rule.factor == "set":
        return _distance_to_line(prototypes, x, made) / size
    factor = _common_factor(prototypes, rule, mask.bit_count()) if rule.factor == "multiplicity" else arb(1)
    return prototypes.norm([a - factor * c for a, c in zip(x, made, strict=True)]) / size


def deviations(prototypes: Prototypes, rule: Rule) -> dict[int, Ball]:
    """The deviation of every label set of the support that has at least two labels, by mask."""
    return {mask: deviation(prototypes, rule, mask) for mask in prototypes.several}


def worst(prototypes: Prototypes, rule: Rule) -> Ball:
    """The largest deviation, enclosed; 0 where there is nothing to synthesise."""
    largest = arb(0)
    for value in deviations(prototypes, rule).values():
        largest = largest.max(value)
    return largest


def best_factor(prototypes: Prototypes, x: Balls, made: Balls) -> Ball:
    r"""The factor :math:`\alpha` that brings :math:`\alpha\cdot` ``made`` nearest to ``x``."""
    return prototypes.inner(x, made) / prototypes.inner(made, made)


def _distance_to_line(prototypes: Prototypes, x: Balls, made: Balls) -> Ball:
    """From a point near the foot of the perpendicular, so that nothing large is subtracted."""
    near = best_factor(prototypes, x, made).mid()
    rest = [a - near * c for a, c in zip(x, made, strict=True)]
    along = prototypes.inner(rest, made)
    square = prototypes.inner(rest, rest) - along * along / prototypes.inner(made, made)
    return root(square)


def _common_factor(prototypes: Prototypes, rule: Rule, m: int) -> Ball:
    above, below = arb(0), arb(0)
    for mask, weight in zip(prototypes.pi.masks, prototypes.pi.weights, strict=True):
        if mask.bit_count() == m:
            made = rule.make(prototypes, mask)
            above += weight * prototypes.inner(prototypes.weights(mask), made)
            below += weight * prototypes.inner(made, made)
    return above / below
