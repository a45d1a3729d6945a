r"""B0, B3, B3a, B3c and B5f: what binary cross entropy synthesises from prototypes of single labels and of none."""

from typing import Any

import sympy as sp

from proofs.chapters.binary_cross_entropy.instances import (
    FREE,
    INVERTED,
    SIGNS,
    SQUARED,
    Q,
    empty,
    polar_target,
    rho,
    root,
    s,
)
from proofs.chapters.weighted_synthesis.squared_loss import (
    FROM_SINGLETONS,
    MEAN_FEATURE,
    MEAN_SIZE,
    STATIONARY,
    in_set,
    mean_size,
    size,
)
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, Step, proves, told
from proofs.kernel.explicit import MatrixIdentity, NumberPositive
from proofs.kernel.formula import Formula, Letter, eye, number
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h, lambda_H, with_letters
from proofs.letters.prototypes import SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import LABELS, MIXED, SETS, K, S, W, d, e, entries, f, k, ones, v, y

# ====================================================================== B0

_A, _c, _b, _h0 = Letter("A", d, K), Letter("c", d), Letter("b", K), Letter("h0", d, tex=r"h_\varnothing")
_p = Letter("p", K, indices=(SETS,), tex="p_{{{0}}}")
_p1 = Letter("p1", K, indices=(LABELS,), tex=r"p_{{\{{{0}\}}}}")
_p0 = Letter("p0", K, tex=r"p_\varnothing")
A, c, b, p0 = _A(), _c(), _b(), _p0()


def _any(name: str, rows: int, columns: int = 1) -> Any:
    return lambda *members: entries(name, *map(str, members), rows=rows, columns=columns)


_MODELS = tuple(
    with_letters(
        model,
        {
            "A": _any("A", 2, model.sizes[K]),
            "c": _any("c", 2),
            "b": _any("b", model.sizes[K]),
            **{name: _any(name, model.sizes[K]) for name in ("p", "p1", "p0")},
        },
        {lambda_H: 2},
    )
    for model in MIXED.models
)


def _prototypes(of_sets: Formula, of_labels: Formula, of_none: Formula) -> Any:
    return MIXED.extended(
        letters=(_A, _c, _b, _p, _p1, _p0),
        definitions=((h(S), of_sets), (SINGLETON(k), of_labels), (_h0(), of_none)),
        models=_MODELS,
    )


AFFINE = _prototypes(A * y(S) + c, A * e(k) + c, c)
RIDGE = _prototypes(A * (y(S) - b), A * (e(k) - b), -1 * (A * b))
ANY_LOSS = _prototypes(
    1 / lambda_H * (W.T * (y(S) - _p(S))), 1 / lambda_H * (W.T * (e(k) - _p1(k))), -1 / lambda_H * (W.T * p0)
)
apart, from_none = h(S) - _h0(), (in_set * (SINGLETON(k) - _h0())).over(k)
curved = 1 / lambda_H * (W.T * (_p(S) - p0 - (in_set * (_p1(k) - p0)).over(k)))


def _from_none(setting: Algebra, where: Circumstances, none: Formula | None = None) -> Reading:
    """Prototypes less that of no label, from those of single labels, less it too."""
    at = _h0() if none is None else none
    return Reading(h(S) - at, (Term(in_set, SINGLETON(k) - at, k),), FROM_SINGLETONS, where, setting)


@proves("B0")
def affine_rule() -> Derivation:
    """B0: measured from the prototype of no label, affine prototypes add up."""
    return Derivation(
        symbols=(("A,\\ c", "an affine map of indicators"), (r"p_S,\ p_{\{k\}},\ p_\varnothing", "predictions")),
        steps=told(
            "(a) What is affine in the indicator adds up, measured from its value at no label:",
            AFFINE.eq(apart, from_none),
            r"""(b) With the squared loss prototypes are $A(y_S-b)$, $A=(\lambda_HI+W^\top W)^{-1}W^\top$,
            whatever the bias (W2), and so are virtual ones:""",
            _from_none(RIDGE, Circumstances("MSE", "none, free or decaying", r"every $\lambda$")),
            r"""(c) For any loss $h_S=\frac1{\lambda_H}W^\top(y_S-p_S)$. The indicators add up, the predictions need
            not:""",
            ANY_LOSS.eq(apart - from_none, -1 * curved),
        ),
        variants={
            "without the prototype of no label": AFFINE.eq(h(S), (in_set * SINGLETON(k)).over(k)),
            "m_S times the prototype of no label": AFFINE.eq(h(S), (in_set * SINGLETON(k)).over(k) - size * _h0()),
            "the defect with the opposite sign": ANY_LOSS.eq(apart - from_none, curved),
            "exact for any predictions": ANY_LOSS.eq(apart, from_none),
        },
    )


# ====================================================================== B3, B3a

SYMBOLS = (
    (r"N_0", r"the second moment of the terminal logits without their bias: $N$, with a free bias $4C$"),
    (r"\varrho=\sqrt{\lambda_H/\lambda_W}", "the scale between classifier and features"),
    (r"h_S", r"the polar prototypes $\frac1\varrho W^\top q_S$"),
)


def isotropic(free: bool) -> Check:
    """The polar columns have the second moment I: they are a subgradient of the nuclear norm."""
    setting, target = (FREE if free else SIGNS), polar_target(s(S), free)
    return setting.eq(
        ((Q * target) * (Q * target).T).over(S), eye(K), -Q * SQUARED * Q, INVERTED.T * (root * Q), INVERTED
    )


def _near_polar(free: bool) -> Step:
    return Step(
        r"""The polar columns $q_S$ have the second moment $I$, so the residuals $\mu q_S$ are dual feasible and T8
        applies: every combination $\sum_Sc_Sh_S$ of prototypes is within $\bigl(\frac1\varrho
        E\sum_Sc_S^2/\pi_S\bigr)^{1/2}$ of that of the polar prototypes.""",
        isotropic(free),
    )


LIMIT = r"$\lambda\to0$, sign condition"
NONE = Circumstances("BCE", "none", rf"{LIMIT}, $K\ne2$", limit=True)
FREELY = Circumstances("BCE", "free", rf"{LIMIT}, $\bar m\ne1$", limit=True)


def uniform(weight: Any, where: Circumstances = NONE) -> Reading:
    """Polar prototypes without a bias, less a multiple of all singletons."""
    return Reading(h(S), (Term(in_set - weight, SINGLETON(k), k),), FROM_SINGLETONS, where, SIGNS)


def weighted(correction: Formula | Any, *using: Equation, where: Circumstances = FREELY) -> Reading:
    """Those with a free one, less a correction."""
    return Reading(h(S), (Term(in_set - correction, SINGLETON(k), k),), FROM_SINGLETONS, where, FREE, using)


def cardinality() -> Equation:
    """What the mean number of labels is for, in the rule by frequencies."""
    used: Equation = MEAN_SIZE * ((2 / (rho * (1 - mean_size))) * ((ones.T * y(S) - number(1)) * (W.T * Q * f)))
    return used


BY_FREQUENCY = (size - 1) / (mean_size - 1) * (e(k).T * f)


def _add_up(free: bool) -> Step:
    where = Circumstances("BCE", "free" if free else "none", LIMIT, limit=True)
    return Step(
        "Measured from the prototype of no label they add up (B0):", _from_none(FREE if free else SIGNS, where, empty)
    )


def _determined(free: bool) -> Step:
    """The singleton prototypes are images of an invertible matrix."""
    setting, apart_ = (FREE if free else SIGNS), ((e(k).T * v) * SINGLETON(k)).over(k)
    targets = 2 * v - (ones.T * v) * (2 * f if free else ones)
    total = r"$2\,\mathbf1^\top v(1-\bar m)$" if free else r"$\mathbf1^\top v(2-K)$"
    return Step(
        r"The weights are the only ones: a combination of singleton prototypes is",
        setting.eq(apart_, 1 / rho * (W.T * Q * targets)),
        rf"""where $W^\top N_0^{{-1/2}}$ is injective. If it is zero, the sum of the bracket, {total}, is zero, hence
        $\mathbf1^\top v=0$ and $v=0$.""",
    )


@proves("B3")
def uniform_rule() -> Derivation:
    """B3: without a bias corrections are uniform among polar prototypes."""
    return Derivation(
        symbols=SYMBOLS,
        steps=told(
            _near_polar(free=False),
            r"Sign vectors are affine in the indicator; those of all single labels add up to $(2-K)\mathbf1$. So",
            uniform((size - 1) / (K - 2)),
            _add_up(free=False),
            _determined(free=False),
        ),
        variants={
            "plain sums": uniform(0),
            "K in place of K - 2": uniform((size - 1) / K),
            "m_S in place of m_S - 1": uniform(size / (K - 2)),
            "corrected by class frequencies": uniform(BY_FREQUENCY),
        },
    )


@proves("B3a")
def weighted_rule() -> Derivation:
    """B3a: with a free bias corrections are by class frequencies among polar prototypes."""
    return Derivation(
        symbols=SYMBOLS,
        steps=told(
            _near_polar(free=True),
            "They are affine in $y_S$, so the rule follows as in W2:",
            weighted(BY_FREQUENCY, cardinality()),
            _add_up(free=True),
            _determined(free=True),
        ),
        variants={
            "plain sums": weighted(0),
            "uniform corrections": weighted((size - 1) / (K - 2)),
            "the mean weighted by class frequencies": weighted((size - 1) / mean_size * (e(k).T * f), cardinality()),
        },
    )


# ====================================================================== B5f, B3c

_lone, _t = Letter("a", indices=(SETS,), tex="a_{{{0}}}"), Letter("t", d)
_is_lone: Any = _lone
share = sp.Symbol("pi_*", positive=True)


@proves("B5f")
def one_larger_set() -> Derivation:
    """B5f: the rule is right on average, and on all sets but one, hence on that one."""
    defect = h(S) - (in_set * SINGLETON(k)).over(k) + (size - 1) * _t()
    weighted = ((e(k).T * f) * SINGLETON(k)).over(k)
    setting = STATIONARY.extended(
        letters=(SINGLETON, _t),
        models=tuple(
            with_letters(model, {"h1": _any("h1", int(model.sizes[d])), "t": _any("t", int(model.sizes[d]))})
            for model in STATIONARY.models
        ),
        scalars=Scalars((K >= 2, sp.Ne(mean_size, 1))),
    )
    average = setting.eq(defect.over(S), (mean_size - 1) * _t() - weighted, MEAN_FEATURE, MEAN_SIZE * _t())
    return Derivation(
        symbols=(("t", r"$\frac1{\bar m-1}\sum_jf_jh_{\{j\}}$"),),
        steps=told(
            r"""With a free bias features average to zero. So the mean over $\pi$ of the defects
            $h_S-\sum_{k\in S}h_{\{k\}}+(m_S-1)t$ is""",
            average,
            r"""which is zero (W3b). The defect of a set of one label is zero by itself. If one other set $A$ is
            in the support, its defect times $\pi_A$ is all that is left, so it is zero.""",
        ),
        variants={
            "plain sums": setting.eq((h(S) - (in_set * SINGLETON(k)).over(k)).over(S), 0, MEAN_FEATURE),
            "two larger sets": setting.eq(defect, 0, MEAN_FEATURE, MEAN_SIZE * _t()),
        },
    )


_PLAIN = Scalars()
_ACROSS, _ALONG, _THIRD = sp.Matrix([1, -1, 0]), sp.Matrix([1, 1, sp.Rational(4, 5)]), sp.Matrix([0, 0, 1])
INVERSE_ROOT = (
    _ACROSS * _ACROSS.T + (5 * _ALONG * _ALONG.T + sp.Rational(44, 5) * _THIRD * _THIRD.T) / sp.sqrt(11)
).applyfunc(sp.expand)
"""Of the covariance of equal weights on {1}, {2}, {3}, {1,2}: a sum of squares."""


@proves("B3c")
def converse_of_the_weighted_rule() -> Derivation:
    """B3c, refuted: singletons and one pair follow the rule at every penalty, and one sign is wrong."""
    sets = sp.Matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
    frequencies = sp.Matrix([2, 2, 1]) / 4
    rows = sets - sp.ones(4, 1) * frequencies.T
    covariance = rows.T * rows / 4
    column = sp.Matrix([[_THIRD.T * INVERSE_ROOT * (sp.Matrix([1, 1, 0]) - frequencies)]]).applyfunc(sp.expand)

    def entry(value: Any) -> MatrixIdentity:
        left = sp.MatMul(_THIRD.T, INVERSE_ROOT, rows[3, :].T)
        return MatrixIdentity(left, sp.Matrix([[value]]), _PLAIN, name=r"(C^{-1/2}(y_{\{1,2\}}-f))_3")

    return Derivation(
        symbols=(
            (
                "C^{-1/2}",
                r"""$uu^\top+\frac1{\sqrt{11}}(5vv^\top+\frac{44}5e_3e_3^\top)$, $u=(1,-1,0)$, $v=(1,1,\frac45)$: a
                sum of squares, hence positive definite""",
            ),
        ),
        steps=told(
            r"""Equal weights on $\{1\},\{2\},\{3\},\{1,2\}$. With a free bias the weighted rule is exact at
            every $\lambda$ by B5f, for there is one set that is no singleton, and $\bar m=\frac54$. The inverse
            root of the covariance is""",
            MatrixIdentity(
                sp.MatMul(INVERSE_ROOT, covariance, INVERSE_ROOT),
                sp.eye(3),
                _PLAIN,
                name="C^{-1/2}C\\,C^{-1/2}",
                value="I",
            ),
            r"and the polar column of the pair is positive at label 3, which is not in it:",
            every(entry(1 / sp.sqrt(11)), NumberPositive(column[0], 0)),
        ),
        variants={"the sign condition holds there": entry(-1 / sp.sqrt(11))},
    )
