r"""Synthesis rules: the readings of "the prototype of a label set is made from those of its labels", one object each.

A rule makes a synthesis of every label set - of singleton prototypes by known weights, of all prototypes, or of
classifier rows - and its *deviation* is :math:`\|h_S-\text{synthesis}\|/\|h_S\|`, enclosed in balls at an enclosed
optimum, or in float64 for measured prototypes. A singleton that is not in the support has a virtual prototype.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from flint import arb

from verify.exact.balls import Ball, Balls, ball, dot, root, total
from verify.exact.matrices import zeros
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import indicator
from verify.model.feature_model import AnyBias
from verify.model.losses import Array, Loss
from verify.model.response import Asking, Inner, alone

if TYPE_CHECKING:
    from verify.geometry.prototypes import Prototypes

Factor = Literal["none", "set", "any", "multiplicity"]
Common = Callable[[LabelDistribution], Sequence[Fraction]]
Other = Callable[["Prototypes", int], list[Ball]]


@dataclass(frozen=True)
class Rule:
    r"""One reading of the synthesis rule.

    A rule from singleton prototypes has the weights :math:`v_k[k\in S]-(m_S-1)\,c_k`, with its own ``v`` (ones, if it
    has none) and ``c`` (zeros).

    Attributes:
        name: a short one, of its column in a table.
        title: a few words.
        claims: ids of the claims that state it or refute it.
        formula: what :math:`h_S` is said to be, in plain text.
        tex: the same as TeX.
        factor: whether it is meant up to a factor, and what that may depend on: ``"set"`` takes the best factor for
            every label set, ``"multiplicity"`` the least-squares factor over all label sets of one size. A factor is 0
            or more: those of O1 and W6 are, and a prototype opposite to the sum of its labels' is no average of them.
            ``"any"`` is ``"set"`` with either sign: what is said to be proportional.
        summand: :math:`v`, a weight for every label.
        correction: :math:`c`, what every further label of a set takes off.
        other: ``other(prototypes, mask)``: the synthesis as weights on the classifier rows, if it is none of
            singleton prototypes.
        phrase: what the rule makes, in a sentence.
        answer: what it makes, as an answer to whether prototypes are averages.
        words: the formula in words.
        measured: what it makes, as the heading of a deviation, with the claims that are about it.
    """

    name: str
    title: str
    claims: tuple[str, ...]
    formula: str
    tex: str
    factor: Factor = "none"
    summand: Common | None = None
    correction: Common | None = None
    other: Other | None = None
    phrase: str = ""
    answer: str = ""
    words: str = ""
    measured: str = ""

    @property
    def column(self) -> str:
        """Name of its column in a table."""
        return self.name.replace(" ", "_")

    # ------------------------------------------------------------------ exact

    def weights(self, pi: LabelDistribution, mask: int) -> list[Fraction]:
        """The weights on the singleton prototypes, ``K`` of them.

        Raises:
            UncertifiedError: the rule is not defined for this distribution.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abc")
            >>> for rule in (PLAIN, FREQUENCY, MEAN, NAIVE):
            ...     print(*rule.weights(pi, 0b011))
            1 1 0
            -1 0 0
            2/3 2/3 -1/3
            1 1/2 0
        """
        v = [Fraction(1)] * pi.K if self.summand is None else self.summand(pi)
        made = [a * here for a, here in zip(v, indicator(mask, pi.K), strict=True)]
        if self.correction is None:
            return made
        return [a - (mask.bit_count() - 1) * c for a, c in zip(made, self.correction(pi), strict=True)]

    # ------------------------------------------------------------------ in balls

    def make(self, prototypes: Prototypes, mask: int) -> list[Ball]:
        """The synthesis of a label set, as weights on the classifier rows."""
        if self.other is not None:
            return self.other(prototypes, mask)
        return prototypes.combined(self.weights(prototypes.pi, mask))

    def deviation(self, prototypes: Prototypes, mask: int) -> Ball:
        r""":math:`\|h_S-\text{synthesis}\|/\|h_S\|`, enclosed.

        Raises:
            UncertifiedError: the prototype may be 0, or a prototype that the rule needs cannot be enclosed.

        Example:
            >>> from verify.geometry.prototypes import Prototypes
            >>> from verify.model.losses import MSE
            >>> from verify.model.optimum import CertifiedOptimum, Instance
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 3), ([0, 1], 1)], labels="ab")
            >>> at = CertifiedOptimum.of(pi, Instance(MSE, "zero", Fraction(1, 100), Fraction(1)))
            >>> plain, naive = (rule.deviation(Prototypes.at_optimum(at), 0b11) for rule in (PLAIN, NAIVE))
            >>> plain < 1e-9, naive.str(6, radius=False)
            (True, '0.376840')
        """
        x, size = _prototype(prototypes, mask)
        made = self.make(prototypes, mask)
        if self.factor == "any":
            return _distance_to_line(prototypes, x, made, best_factor(prototypes, x, made).mid()) / size
        if self.factor == "set":
            return _distance_to_ray(prototypes, x, made) / size
        factor = _common_factor(prototypes, self, mask.bit_count()) if self.factor == "multiplicity" else arb(1)
        return prototypes.norm([a - factor * c for a, c in zip(x, made, strict=True)]) / size

    def deviations(self, prototypes: Prototypes) -> dict[int, Ball]:
        """The deviation of every label set of the support that has at least two labels, by mask."""
        return {mask: self.deviation(prototypes, mask) for mask in prototypes.several}

    def worst(self, prototypes: Prototypes) -> Ball:
        """The largest deviation, enclosed; 0 where there is nothing to synthesise."""
        largest = arb(0)
        for value in self.deviations(prototypes).values():
            largest = largest.max(value)
        return largest


def deviation_of(prototypes: Prototypes, mask: int, made: Balls) -> Ball:
    """The deviation of a prototype from any synthesis, given as weights on the classifier rows."""
    x, size = _prototype(prototypes, mask)
    return prototypes.norm([a - c for a, c in zip(x, made, strict=True)]) / size


def best_factor(prototypes: Prototypes, x: Balls, made: Balls) -> Ball:
    r"""The factor :math:`\alpha` that brings :math:`\alpha\cdot` ``made`` nearest to ``x``."""
    return prototypes.inner(x, made) / prototypes.inner(made, made)


def _prototype(prototypes: Prototypes, mask: int) -> tuple[list[Ball], Ball]:
    x = prototypes.weights(mask)
    size = prototypes.norm(x)
    if not size > 0:
        raise UncertifiedError(f"the prototype of {prototypes.pi.spell(mask)} may be 0")
    return x, size


def _distance_to_ray(prototypes: Prototypes, x: Balls, made: Balls) -> Ball:
    """To the multiples with a factor of 0 or more, from a point near the foot of the perpendicular, so that nothing
    large is subtracted."""
    factor = best_factor(prototypes, x, made)
    if not factor > 0:
        behind = prototypes.norm(x)
        return behind if factor <= 0 else behind.union(_distance_to_line(prototypes, x, made, factor.mid()))
    return _distance_to_line(prototypes, x, made, factor.mid())


def _distance_to_line(prototypes: Prototypes, x: Balls, made: Balls, near: Ball) -> Ball:
    rest = [a - near * c for a, c in zip(x, made, strict=True)]
    along = prototypes.inner(rest, made)
    return root(prototypes.inner(rest, rest) - along * along / prototypes.inner(made, made))


def _common_factor(prototypes: Prototypes, rule: Rule, m: int) -> Ball:
    above, below = arb(0), arb(0)
    for mask, weight in prototypes.pi.weight_of.items():
        if mask.bit_count() == m:
            made = rule.make(prototypes, mask)
            above += weight * prototypes.inner(prototypes.weights(mask), made)
            below += weight * prototypes.inner(made, made)
    return (above / below).max(arb(0))


# ---------------------------------------------------------------------- the table


def _by_frequency(pi: LabelDistribution) -> list[Fraction]:
    r""":math:`\frac{f_k}{\bar m-1}`: W2 has no such rule where that divides by 0."""
    if pi.cardinality == 1:
        raise UncertifiedError("the label cardinality is 1")
    return [f / (pi.cardinality - 1) for f in pi.frequencies]


def _evenly(pi: LabelDistribution) -> list[Fraction]:
    return [Fraction(1, pi.K)] * pi.K


def _evenly_less_two(pi: LabelDistribution) -> list[Fraction]:
    r""":math:`\frac1{K-2}`: B3 has no such rule for two labels."""
    if pi.K == 2:
        raise UncertifiedError("there are two labels only")
    return [Fraction(1, pi.K - 2)] * pi.K


def _affine(prototypes: Prototypes, mask: int) -> list[Ball]:
    if prototypes.loss.centered:
        raise UncertifiedError(f"{prototypes.loss.title} does not see samples without labels")
    made, none = prototypes.combined(PLAIN.weights(prototypes.pi, mask)), prototypes.weights(0)
    return [a - (mask.bit_count() - 1) * c for a, c in zip(made, none, strict=True)]


def _by_bias(prototypes: Prototypes, mask: int) -> list[Ball]:
    r"""The bias is the mean residual over :math:`\lambda_b` (E1), and residuals are the weights."""
    pi, decay, plain = prototypes.pi, prototypes.bias, prototypes.combined(PLAIN.weights(prototypes.pi, mask))
    if not isinstance(decay, Fraction) or not prototypes.loss.quadratic:
        raise UncertifiedError("the rule is for the squared loss with a bias that decays")
    rows = [(ball(p / decay), prototypes.weights(other)) for other, p in zip(pi.masks, pi.shares, strict=True)]
    b = [total(p * r[k] for p, r in rows) for k in range(pi.K)]
    surplus = (mask.bit_count() - 1) / (total(b) - 1)
    return [a - surplus * c for a, c in zip(plain, prototypes.combined(b), strict=True)]


def _from_all(prototypes: Prototypes, mask: int) -> list[Ball]:
    pi, x = prototypes.pi, prototypes.weights(mask)
    made = zeros(pi.K)
    for other, share in zip(pi.masks, pi.shares, strict=True):
        y = prototypes.weights(other)
        omega = ball(share) * dot(x, y) / prototypes.mu**2
        made = [a + omega * c for a, c in zip(made, y, strict=True)]
    return made


def _from_rows(
    weigh: Callable[[Prototypes, int], Sequence[Fraction | Ball]],
) -> Callable[[Prototypes, int], list[Ball]]:
    r"""From classifier rows by known weights, in the unit :math:`\mu/\lambda_H`."""
    return lambda prototypes, mask: [prototypes.mu * ball(c) for c in weigh(prototypes, mask)]


def _inverse_root_frequencies(prototypes: Prototypes, mask: int) -> list[Ball]:
    rows = list(zip(prototypes.pi.frequencies, indicator(mask, prototypes.K), strict=True))
    if not all(f > 0 for f, here in rows if here):
        raise UncertifiedError("a label of the set never occurs")
    return [ball(f).rsqrt() if here else arb(0) for f, here in rows]


def smoothed_weights(
    pi: LabelDistribution, mask: int, smoothing: Fraction, free: bool, shares: Callable[[int], Ball] | None = None
) -> list[Ball]:
    r"""The weights of Y2, :math:`\frac{c_m}{c_1}` on the labels of the set, and with a free bias those of Y2a, with
    :math:`\frac{c_mm/c_1-1}{c_1-\tilde F}\tilde f_j` on all labels besides.

    Args:
        shares: :math:`c_m` by size; by default :math:`\log(1+\frac{K(1-\varepsilon)}{m\varepsilon})`.

    Raises:
        UncertifiedError: labels are not smoothed, or with a free bias all label sets have one label.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abc")
        >>> [a.str(4, radius=False) for a in smoothed_weights(pi, 0b011, Fraction(1, 10), False)]
        ['0.8025', '0.8025', '0']
    """
    if not smoothing:
        raise UncertifiedError("labels are not smoothed")
    c = shares or (lambda m: ball(1 + pi.K * (1 - smoothing) / (m * smoothing)).log())
    m = mask.bit_count()
    made = [c(m) / c(1) * here for here in indicator(mask, pi.K)]
    if not free:
        return made
    if set(pi.sizes) == {1}:
        raise UncertifiedError("all label sets have one label")
    rows = list(zip(pi.shares, pi.rows, pi.sizes, strict=True))
    scaled = [total(ball(p) * c(size) for p, y, size in rows if y[k]) for k in range(pi.K)]
    common = (c(m) * m / c(1) - 1) / (c(1) - total(scaled))
    return [a + common * f for a, f in zip(made, scaled, strict=True)]


PLAIN = Rule(
    "plain",
    "plain sum",
    ("W2", "W4"),
    "sum_{k in S} h_{k}",
    r"\sum_{k\in S}h_{\{k\}}",
    phrase="the plain sum",
    answer="plain sums",
    words="h_S = sum of h_{k} over the labels k in S",
    measured="plain sum of them (W2, W4: no bias)",
)
FREQUENCY = Rule(
    "frequency",
    "class-frequency-weighted",
    ("W2", "W3"),
    "sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j}",
    r"\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}",
    correction=_by_frequency,
    phrase="the sum corrected by class frequencies,",
    answer="frequency-weighted",
    words="h_S = sum of h_{k} over the labels k in S - (m_S - 1)/(m-bar - 1) (sum of f_j h_{j} over all labels j), "
    "with m_S the number of labels in S, m-bar its mean and f_j the frequency of label j",
    measured="class-frequency-weighted sum (W2, W3: free bias)",
)
UNIFORM = Rule(
    "uniform",
    "uniformly corrected sum",
    ("B3",),
    "sum_{k in S} h_{k} - (m_S - 1)/(K - 2) sum_j h_{j}",
    r"\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{K-2}\sum_jh_{\{j\}}",
    correction=_evenly_less_two,
    phrase="the sum corrected uniformly,",
    answer="uniform",
    words="h_S = sum of h_{k} over the labels k in S - (m_S - 1)/(K - 2) (sum of h_{j} over all labels j)",
    measured="uniformly corrected sum (B3: BCE, no bias)",
)
AFFINE = Rule(
    "affine",
    "affine",
    ("B0",),
    "sum_{k in S} h_{k} - (m_S - 1) h_{}",
    r"\sum_{k\in S}h_{\{k\}}-(m_S-1)\,h_\varnothing",
    other=_affine,
    phrase="the sum corrected by the prototype of no label",
    answer="affine",
    words="h_S = sum of h_{k} over the labels k in S - (m_S - 1) h_{}, with h_{} that of samples without labels",
    measured="affine rule, with samples without labels (B0)",
)
BY_BIAS = Rule(
    "bias",
    "weighted by the bias",
    ("E5",),
    "sum_{k in S} h_{k} - (m_S - 1)/(beta - 1) sum_j b_j h_{j}",
    r"\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\beta-1}\sum_jb_jh_{\{j\}}",
    other=_by_bias,
    phrase="the sum corrected by the bias,",
    answer="bias-weighted",
    words="h_S = sum of h_{k} over the labels k in S - (m_S - 1)/(beta - 1) (sum of b_j h_{j} over all labels j), with "
    "m_S the number of labels in S, b the bias and beta the sum of its entries",
    measured="sum weighted by the bias (E5: MSE, the bias decays)",
)
SMOOTHED = Rule(
    "smoothed",
    "sum scaled by the smoothing",
    ("Y2", "Y2a"),
    "c_m/c_1 sum_{k in S} h_{k}, and with a free bias + (c_m m/c_1 - 1)/(c_1 - F~) sum_j f~_j h_{j}",
    r"\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}",
    other=lambda prototypes, mask: prototypes.combined(
        smoothed_weights(prototypes.pi, mask, prototypes.loss.smoothing, prototypes.bias == "free")
    ),
    phrase="the sum scaled by the smoothing,",
    answer="scaled sums",
    words="h_S = c_m/c_1 (sum of h_{k} over the labels k in S), and with a free bias + (c_m m/c_1 - 1)/(c_1 - F~) (sum "
    "of f~_j h_{j} over all labels j), with m the number of labels in S, c_m = log(1 + K (1 - eps)/(m eps)), f~_j the "
    "mean of c_m over samples with label j, others counting 0, and F~ their sum",
    measured="sum scaled by the smoothing (Y2, Y2a)",
)
MEAN = Rule(
    "mean",
    "measured from the mean singleton",
    ("W2b", "W3a"),
    "sum_{k in S} h_{k} - (m_S - 1)/K sum_j h_{j}",
    r"\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}K\sum_jh_{\{j\}}",
    correction=_evenly,
)
SCALED_SUM = Rule(
    "scaled sum",
    "scaled sum",
    ("W5", "W6"),
    "alpha_S sum_{k in S} h_{k}",
    r"\alpha_S\sum_{k\in S}h_{\{k\}}",
    "set",
    phrase="a scaled sum",
    answer="scaled sums",
    words="h_S = a_S (sum of h_{k} over the labels k in S)",
    measured="scaled average of the labels' prototypes (O1)",
)
NAIVE = Rule(
    "naive",
    "frequencies times summands",
    ("W7",),
    "alpha_S sum_{k in S} f_k h_{k}",
    r"\alpha_S\sum_{k\in S}f_kh_{\{k\}}",
    "any",
    summand=lambda pi: pi.frequencies,
)

RULES: Mapping[str, Rule] = MappingProxyType({
    rule.name: rule
    for rule in (
        Rule(
            "all",
            "all prototypes",
            ("W1",),
            "sum_T pi_T <r_S, r_T>/lambda h_T",
            r"\frac1\lambda\sum_T\pi_T\langle r_S,r_T\rangle\,h_T",
            other=_from_all,
            phrase="a combination of all prototypes,",
        ),
        PLAIN,
        FREQUENCY,
        UNIFORM,
        AFFINE,
        BY_BIAS,
        SMOOTHED,
        MEAN,
        SCALED_SUM,
        Rule(
            "scaled average",
            "scaled average",
            ("W6", "W6a"),
            "alpha_m sum_{k in S} h_{k}",
            r"\alpha_{m_S}\sum_{k\in S}h_{\{k\}}",
            "multiplicity",
        ),
        NAIVE,
        Rule(
            "rows",
            "classifier rows by the inverse root",
            ("W2a", "W8"),
            "mu/lambda_H sum_k (Sigma^{+1/2} y_S)_k w_k",
            r"\frac\mu{\lambda_H}\sum_k(\Sigma^{+1/2}y_S)_kw_k",
            other=_from_rows(lambda prototypes, mask: prototypes.by_inverse_root(mask)),
            phrase="a combination of classifier rows, by the inverse square root of the label covariance,",
        ),
        Rule(
            "uniform rows",
            "classifier rows, uniformly",
            ("W8", "W8a"),
            "alpha_S sum_{k in S} w_k",
            r"\alpha_S\sum_{k\in S}w_k",
            "set",
            other=_from_rows(lambda prototypes, mask: PLAIN.weights(prototypes.pi, mask)),
        ),
        Rule(
            "root rows",
            "classifier rows by f^{-1/2}",
            ("W8b",),
            "alpha_S sum_{k in S} f_k^{-1/2} w_k",
            r"\alpha_S\sum_{k\in S}f_k^{-1/2}w_k",
            "set",
            other=_from_rows(_inverse_root_frequencies),
        ),
    )
})  # fmt: skip
"""The readings that are measured, by name."""

MEASURED: Mapping[str, Rule] = MappingProxyType(
    {"scaled": SCALED_SUM, "plain": PLAIN, "weighted": FREQUENCY, "uniform": UNIFORM}
)
"""The rules that a solved or trained model is held against, by the name of their deviation in JSON."""

_NAMED: Mapping[str, Rule] = MappingProxyType({**MEASURED, SMOOTHED.name: SMOOTHED, BY_BIAS.name: BY_BIAS})

_OF_THE_LEVEL = (UNIFORM, AFFINE)


def rule_key(rule: Rule) -> str | None:
    """The name of its deviation, if it is measured."""
    return next((name for name, one in _NAMED.items() if one is rule), None)


def of_bias(bias: AnyBias) -> tuple[Rule, ...]:
    """The rule besides the others, for the squared loss, if the bias decays."""
    return () if isinstance(bias, str) else (BY_BIAS,)


def rules_for(loss: Loss, *more: Rule) -> Mapping[str, Rule]:
    """Those of :data:`MEASURED`, and others by name, that are rules for a loss: some say something only where the loss
    sees the level of the logits.

    Example:
        >>> from verify.model.losses import BCE, PAL_CE
        >>> list(rules_for(PAL_CE, AFFINE)), list(rules_for(BCE, AFFINE))
        (['scaled', 'plain', 'weighted'], ['scaled', 'plain', 'weighted', 'uniform', 'affine'])
    """
    named = {**MEASURED, **{rule.name: rule for rule in more}}
    smoothed = loss.centered and loss.smoothing
    return {
        name: rule
        for name, rule in named.items()
        if not (loss.centered and rule in _OF_THE_LEVEL)
        and (rule is not SMOOTHED or smoothed)
        and (rule is not BY_BIAS or loss.quadratic)
    }


# ---------------------------------------------------------------------- in float64


@dataclass(frozen=True)
class Deviations:
    r"""How far each prototype is from what the rules of :data:`MEASURED` make of singleton prototypes, in float64.

    Label sets of one label follow every rule and are left out: NaN, as is what cannot be measured.

    Attributes:
        by_rule: :math:`\|h_S-\text{synthesis}\|/\|h_S\|`, shape ``(n,)``; the factor of a scaled sum is at least 0.
        absent: the labels without a singleton prototype: no sample has this label alone.
        why: in words, what cannot be measured and why; empty if everything can.
    """

    by_rule: Mapping[str, Array]
    absent: tuple[str, ...]
    why: str

    def mean(self, rule: str, share: Array) -> float | None:
        """Mean deviation over the label sets where it is measured, weighted by ``share``; ``None`` if there is none."""
        values = self.by_rule[rule]
        known = np.isfinite(values)
        return float(share[known] @ values[known] / share[known].sum()) if known.any() else None


def deviations(
    pi: LabelDistribution,
    H: Array,
    virtual: Array | None = None,
    smoothed: tuple[Fraction, bool] | None = None,
    bias: Array | None = None,
) -> Deviations:
    """The deviations of prototypes ``H``, shape ``(n, d)``, in the order of ``pi``.

    Args:
        virtual: prototypes of the single labels, ``(K, d)``, taken for those that no sample has.
        smoothed: label smoothing of PAL-CE and whether the bias is free: adds the rule :data:`SMOOTHED`.
        bias: of the squared loss where it decays, ``(K,)``: adds the rule :data:`BY_BIAS`.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> found = deviations(pi, np.array([[1.0, 0], [0, 1], [-1, -1], [3, 3]]))
        >>> print(found.by_rule["scaled"][3].round(9), found.by_rule["plain"][3].round(4), found.absent)
        0.0 0.6667 ()
    """
    single = {mask: S for S, mask in enumerate(pi.masks) if mask.bit_count() == 1}
    absent = np.array([1 << k not in single for k in range(pi.K)])
    alone = np.zeros((pi.K, H.shape[1])) if virtual is None else virtual.copy()
    for k in np.flatnonzero(~absent).tolist():
        alone[k] = H[single[1 << k]]
    missing = absent & (virtual is None)
    norms = np.linalg.norm(H, axis=1)
    fit = (np.array(pi.sizes) >= 2) & ~(pi.indicator[:, missing] > 0).any(axis=1) & (norms > 0)
    by_rule: dict[str, Array] = {}
    left_out = (*([SMOOTHED] if smoothed is None else []), *([BY_BIAS] if bias is None else []))
    for name, rule in _NAMED.items():
        if rule in left_out:
            continue
        made, known = _made(pi, rule, alone, missing, smoothed, bias)
        if rule.factor in ("set", "any"):
            squares, along = (made**2).sum(axis=1), (made * H).sum(axis=1)
            along = np.maximum(along, 0.0) if rule.factor == "set" else along
            made = (along / np.where(squares > 0, squares, 1.0))[:, None] * made
        off = np.linalg.norm(H - made, axis=1) / np.where(norms > 0, norms, 1.0)
        by_rule[name] = np.where(fit & known, off, np.nan)
    names = tuple(label for label, gone in zip(pi.labels, absent, strict=True) if gone)
    return Deviations(by_rule, names, _why_not(pi, names if virtual is None else (), by_rule))


def _made(
    pi: LabelDistribution,
    rule: Rule,
    alone: Array,
    missing: Any,
    smoothed: tuple[Fraction, bool] | None,
    bias: Array | None,
) -> tuple[Array, bool]:
    """The syntheses before any factor, ``(n, d)``, and whether all that they need of all label sets is there."""
    sums = np.asarray(pi.indicator @ alone)
    if rule is SMOOTHED and smoothed is not None:
        try:
            weights = np.array([[float(a.mid()) for a in smoothed_weights(pi, mask, *smoothed)] for mask in pi.masks
                                if mask.bit_count() > 1])  # fmt: skip
        except UncertifiedError:
            return sums, False
        sums[np.array(pi.sizes) > 1] = weights.reshape(-1, pi.K) @ alone
        return sums, not (smoothed[1] and missing.any())
    if rule is BY_BIAS and bias is not None:
        return sums - (np.array(pi.sizes) - 1.0)[:, None] / (bias.sum() - 1) * (bias @ alone), not bias[missing].any()
    if rule.correction is None:
        return sums, True
    try:
        common = np.array([float(c) for c in rule.correction(pi)])
    except UncertifiedError:
        return sums, False
    return sums - (np.array(pi.sizes) - 1.0)[:, None] * (common @ alone), not common[missing].any()


def _why_not(pi: LabelDistribution, absent: tuple[str, ...], by_rule: Mapping[str, Array]) -> str:
    several = sum(size >= 2 for size in pi.sizes)
    if not several:
        return "every label set has at most one label, so there is nothing to synthesise"
    parts = []
    if absent:
        names = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        parts.append(
            f"no sample has {names} alone, so the prototypes that tag-wise rules start from are missing there: "
            f"tag-wise deviations of {int(np.isfinite(by_rule['plain']).sum())} of {several} label sets of two or more "
            "labels can be measured"
        )
    if not np.isfinite(by_rule["weighted"]).any():
        reason = "it needs the singleton prototype of every label that occurs"
        if pi.cardinality == 1:
            reason = "it divides by the label cardinality less 1, which is 0 here"
        parts.append(f"the frequency-weighted rule cannot be measured: {reason}")
    return "; ".join(parts)


def virtual_prototypes(loss: Loss, W: Array, b: Array, lambda_H: float) -> Array | None:
    r"""The feature that a new sample with a single label gets when it is fitted to ``W`` and ``b``, shape ``(K, d)``:
    the minimiser of :math:`L_{\{k\}}(Wh+b)+\frac{\lambda_H}2\|h\|^2`. ``None`` where float64 finds none.

    Example:
        >>> from verify.model.losses import MSE
        >>> virtual_prototypes(MSE, np.array([[1.0], [0.0]]), np.zeros(2), 1.0).tolist()
        [[0.5], [0.0]]
    """
    return alone(virtually(loss, W, b, lambda_H))


def virtually(loss: Loss, W: Array, b: Array, lambda_H: float) -> Asking[Array | None]:
    """The same, for several at once (``response.in_step``)."""
    if loss.centered:  # its residuals sum to zero, so that nothing else of W and b counts
        W, b = W - W.mean(axis=0), b - b.mean()
    y = loss.targets_of(np.eye(len(W), dtype=int).tolist())
    try:
        found = yield Inner(loss, y, W @ W.T / lambda_H, b, loss.residual(np.tile(b, (len(W), 1)), y))
    except ArithmeticError:
        return None
    return np.asarray(found.r @ W / lambda_H)
