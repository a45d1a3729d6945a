r"""W2 and what belongs to it: the synthesis rule of the squared loss, where every step is exact and in closed form.

With the squared loss the prototypes are the ridge-regression features of the labels, so they are affine in
:math:`y_S`. The rule W2, the cases in which its weights are determined (W2b) or reduce to tag-wise averaging (W2c),
and the optimum itself (W2a, W2d) follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation, Grade, Solves
from proofs.kernel.compound import ForEach, every, lemma
from proofs.kernel.derivation import Control, Derivation, Step, proves
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, number
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import DefectError, Outcome
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import BIAS, FEATURES, h, lam, lambda_H, lambda_W, point, r, with_letters
from proofs.letters.prototypes import H_LETTER, R_LETTER, SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import (
    FIXED,
    HALF,
    MIXED,
    SETS,
    K,
    P,
    S,
    T,
    W,
    d,
    e,
    f,
    k,
    label_model,
    m,
    m_of,
    ones,
    v,
    y,
)

__all__ = ["closed_form", "entry_by_entry", "mean_size", "reduction_to_averages", "rule", "size", "weights_determined"]

Table = Sequence[Sequence[Any]]

mean_size = sp.Symbol(r"\bar m", positive=True)
size = m_of[S.symbol]
"""The number of labels of the set ``S``."""

# ====================================================================== instances: any classifier, stationary features


def ridge(
    name: str,
    labels: int,
    weights: Mapping[tuple[int, ...], int],
    classifier: Table,
    lambda_h: Any,
    free: bool = True,
    lambda_w: Any = HALF,
) -> Model:
    r"""The point of the MSE with the given classifier and stationary features (and bias, if free), exactly.

    Only for the right :math:`\lambda_W` is the classifier stationary too.
    """
    matrix, total = sp.Matrix(classifier), sum(weights.values())
    inverse = (lambda_h * sp.eye(matrix.cols) + matrix.T * matrix).inv()
    indicator = {s: sp.Matrix([int(i in s) for i in range(1, labels + 1)]) for s in weights}
    frequencies = sum((sp.Rational(w, total) * indicator[s] for s, w in weights.items()), sp.zeros(labels, 1))
    bias = frequencies if free else sp.zeros(labels, 1)
    residual_map = (sp.eye(labels) + matrix * matrix.T / lambda_h).inv()
    model = point(
        name,
        labels,
        weights,
        classifier=classifier,
        regularisation=(lambda_w, lambda_h),
        residuals={s: list(residual_map * (column - bias)) for s, column in indicator.items()},
        bias=list(bias),
        sizes={mean_size: sp.Rational(sum(w * len(s) for s, w in weights.items()), total)},
    )
    return with_letters(
        model, {"N-1": inverse.copy, "A": (inverse * matrix.T).copy, "u": lambda: [[1 + i] for i in range(matrix.cols)]}
    )


_INVERTIBLE = [[1, 2, 0], [0, 1, 1], [1, 0, 3]]
LONG_TAIL = ridge(
    "K = 3 with 4/8 on {1}, 2/8 on {1,2}, 1/8 on {3}, 1/8 on the empty set, and an invertible classifier",
    3,
    {(1,): 4, (1, 2): 2, (3,): 1, (): 1},
    _INVERTIBLE,
    2,
)
ALL_SIZES = ridge(
    "K = 3 with 1/6 on {1}, 1/2 on {1,2}, 1/6 on {2,3}, 1/6 on {1,2,3}, and an invertible classifier",
    3,
    {(1,): 1, (1, 2): 3, (2, 3): 1, (1, 2, 3): 1},
    _INVERTIBLE,
    1,
)
COLLAPSED = ridge(
    "K = 3 with 1/4 on {1}, 1/2 on {1,2}, 1/4 on {2,3}, and a classifier of rank 1",
    3,
    {(1,): 1, (1, 2): 2, (2, 3): 1},
    [[1, 2], [-1, -2], [2, 4]],
    1,
)
AVERAGE_ONE = ridge(
    "K = 2 with 1/3 on each of the empty set, {1} and {1,2}, and an invertible classifier",
    2,
    {(): 1, (1,): 1, (1, 2): 1},
    [[1, 2], [0, 1]],
    1,
)
FIXED_AT_ZERO = ridge(
    "K = 3 without bias, with 1/6 on {1}, 1/2 on {1,2}, 1/6 on {2,3}, 1/6 on {1,2,3}",
    3,
    {(1,): 1, (1, 2): 3, (2, 3): 1, (1, 2, 3): 1},
    _INVERTIBLE,
    1,
    free=False,
)

# ====================================================================== settings

_inverse = Letter("N-1", d, d, tex=r"(\lambda_HI+W^\top W)^{-1}", symmetric=True)
_ridge = Letter("A", d, K)
_u = Letter("u", d)
_b = Letter("b", K)
inverse, A, u, b = _inverse(), _ridge(), _u(), _b()
normal_matrix = lambda_H * eye(d) + W.T * W

_FREE_MODELS = (LONG_TAIL, ALL_SIZES, COLLAPSED)

STATIONARY = MIXED.extended(letters=(H_LETTER, R_LETTER, _b, _inverse, _ridge, _u), models=_FREE_MODELS)
"""Points of the MSE that are stationary in the features and in a free bias, whatever the classifier."""

FREE = MIXED.extended(
    letters=(_ridge,),
    definitions=((h(S), A * (y(S) - f)), (SINGLETON(k), A * (e(k) - f))),
    models=_FREE_MODELS,
    scalars=Scalars((K >= 2, sp.Ne(mean_size, 1))),
)
"""Prototypes of the MSE with a free bias, as the affine map that they are."""

NO_BIAS = MIXED.extended(
    letters=(_ridge,), definitions=((h(S), A * y(S)), (SINGLETON(k), A * e(k))), models=(FIXED_AT_ZERO,)
)
"""Prototypes of the MSE without bias, as the linear map that they are."""

RESIDUAL = Equation("the residual of the MSE", r(S), y(S) - W * h(S) - b)
MEAN_FEATURE = Equation("the mean prototype", h(S).over(S), 0)
BIAS_VALUE = Equation("the optimal bias", b, f)
NORMAL = Equation("the normal equations", normal_matrix * h(S), W.T * (y(S) - f))
INVERSE = Equation("the inverse", inverse * normal_matrix, eye(d))
MEAN_SIZE = Equation("the label cardinality", number(m_of[T.symbol]).over(T), mean_size)

in_set = e(k).T * y(S)
frequency = e(k).T * f
surplus = (size - 1) / (mean_size - 1)
weight = in_set - surplus * frequency

EVERYWHERE = r"every $\lambda$"
FROM_SINGLETONS = "singleton prototypes"


# ====================================================================== W2


@proves("W2")
def rule() -> Derivation:
    """W2: with the squared loss, prototypes are a class-frequency-weighted synthesis of singleton prototypes,
    exactly."""
    normal = (FEATURES * lambda_H, W.T * RESIDUAL, -W.T * BIAS_VALUE)
    frequency_weighted = _with_frequencies(weight)
    return Derivation(
        symbols=(
            (r"e_k^\top y_S,\ e_k^\top f", r"1 if $k\in S$ and 0 otherwise; the frequency $f_k$ of label $k$"),
            (
                r"h_{\{k\}}",
                r"""the prototype of the label set $\{k\}$. If it is not in the support, it is *virtual*: the feature
                that a new sample with the single label $k$ gets when features are fitted to the trained $W$ and $b$""",
            ),
        ),
        steps=(
            Step(
                r"""The mean feature is zero, since a free bias makes the mean residual zero:""",
                STATIONARY.eq(h(S).over(S), 0, FEATURES.over(S), W.T / lambda_H * BIAS),
            ),
            Step(
                r"and so the bias consists of the class frequencies:",
                STATIONARY.eq(b, f, RESIDUAL.over(S), -BIAS, -W * MEAN_FEATURE),
            ),
            Step(
                r"""Insert the residual $r_S=y_S-Wh_S-b$ into $\lambda_Hh_S=W^\top r_S$: each prototype solves the
                normal equations of a ridge regression of $y_S-f$ on $W$.""",
                STATIONARY.eq(normal_matrix * h(S), W.T * (y(S) - f), *normal),
            ),
            Step(
                r"Their matrix is positive definite for every $W$, collapsed directions or not:",
                STATIONARY.ge(u.T * normal_matrix * u, lambda_H * norm2(u), norm2(W * u)),
            ),
            Step(
                r"""so it is invertible, and the prototype is one fixed matrix times $y_S-f$. Nothing was asked of $W$:
                not optimality, not stationarity, not full rank.""",
                STATIONARY.eq(h(S), inverse * W.T * (y(S) - f), inverse * NORMAL, -INVERSE * h(S)),
            ),
            Step(
                r"""*The rule.* The same formula at $y=e_k$ is the prototype of a singleton, by which a virtual one is
                *defined*. An affine map respects combinations whose weights add up to 1; these do not, and what is
                missing is a multiple of $Af$, which $\sum_jf_jh_{\{j\}}=(1-\bar m)Af$ supplies if $\bar m\ne1$:""",
                FREE.eq(((e(k).T * f) * SINGLETON(k)).over(k), (1 - mean_size) * (A * f), -MEAN_SIZE * A * f),
            ),
            Step("Together, for every label set, in the support or not:", frequency_weighted),
            Step(
                r"""Without bias the same computation with $f$ replaced by 0 gives $h_S=Ay_S$, and the rule is a plain
                sum, whatever the imbalance:""",
                Reading(
                    h(S),
                    (Term(in_set, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("MSE", "none", EVERYWHERE),
                    NO_BIAS,
                ),
            ),
            Step(
                r"""The exceptional case $\bar m=1$ and an alternative without exception: with the prototype
                $h_\emptyset=-Af$ of the empty label set, real or virtual, $h_S=\sum_{k\in
                S}h_{\{k\}}-(m_S-1)h_\emptyset$ at every $\bar m$.""",
                FREE.eq(h(S), (in_set * SINGLETON(k)).over(k) - (size - 1) * (-(A * f))),
            ),
        ),
        controls=(
            Control("plain sums with a free bias", _with_frequencies(in_set)),
            Control(
                "the factor $m_S/\\bar m$ in place of $(m_S-1)/(\\bar m-1)$",
                _with_frequencies(in_set - size / mean_size * frequency),
            ),
            Control(
                "uniform weights $1/K$ in place of $f_k$", _with_frequencies(in_set - surplus * number(mean_size / K))
            ),
            Control(
                "the rule of the free bias without bias",
                Reading(h(S), (Term(weight, SINGLETON(k), k),), "", Circumstances("MSE", "none", ""), NO_BIAS),
            ),
            Control(
                "the bias a free parameter, not at its optimum",
                STATIONARY.extended(models=(FIXED_AT_ZERO,)).eq(normal_matrix * h(S), W.T * (y(S) - f), *normal[:2]),
            ),
        ),
    )


def _with_frequencies(weights: Formula) -> Reading:
    return Reading(
        h(S),
        (Term(weights, SINGLETON(k), k),),
        FROM_SINGLETONS,
        Circumstances("MSE", "free", EVERYWHERE + r", $\bar m\ne1$"),
        FREE,
        using=(MEAN_SIZE * ((1 / (1 - mean_size)) * ((ones.T * y(S) - number(1)) * (A * f))),),
    )


# ====================================================================== W2a: the optimum

EIGEN = Family("eigenvectors", r"\sum_{{{0}}}", K, basis="q", basis_sum="sum of q")
i, l_ = Index("i", EIGEN), Index("l", EIGEN)
mu = sp.Symbol("mu", positive=True)
_root, _gain, _kept = (sp.IndexedBase(name, nonnegative=True) for name in ("s", "w", "rho"))
s_i, w_i, rho_i = _root[i.symbol], _gain[i.symbol], _kept[i.symbol]
rho_l = _kept[l_.symbol]

_q = Letter("q", K, indices=(EIGEN,), tex="q_{{{0}}}")
_a = Letter("a", K, indices=(SETS,), tex="a_{{{0}}}")
_W = Letter("W", K, K)
_h = Letter("h", K, indices=(SETS,), tex="h_{{{0}}}")
_C = Letter("C", K, K, symmetric=True)
_R = Letter("R", K, K, symmetric=True)
q: Callable[[Index], Formula] = _q
a: Callable[[Index], Formula] = _a
W_opt, C, R = _W(), _C(), _R()
h_opt: Callable[[Index], Formula] = _h


def _inverse_root(moment: str) -> Formula:
    return Letter(f"{moment}^-1/2", K, K, tex=rf"{moment}^{{-\frac12}}", symmetric=True)()


Theta = _inverse_root("C")


def independent_labels(name: str, root: tuple[Any, Any], penalty: Any, lambda_h: Any) -> Model:
    """Two independent labels with frequencies 1/2 and 1/5, and the MSE optimum with a free bias in closed form."""
    half, fifth = HALF, sp.Rational(1, 5)
    weights = {(): 4, (1,): 4, (2,): 1, (1, 2): 1}
    kept = [min(sp.Integer(1), penalty / value) for value in root]
    gain = [sp.sqrt(max(lambda_h / penalty * (value - penalty), sp.Integer(0))) for value in root]
    frequencies = sp.Matrix([half, fifth])

    def target(label_set: frozenset[int]) -> sp.Matrix:
        return sp.Matrix([int(1 in label_set), int(2 in label_set)]) - frequencies

    base = label_model(
        2,
        weights,
        name=name,
        sizes={lambda_H: lambda_h, lambda_W: penalty**2 / lambda_h, mu: penalty},
        letters={
            "q": lambda index: [[int(index == 1)], [int(index == 2)]],
            "sum of q": lambda: [[1], [1]],
            "a": target,
            "x": lambda: [[1], [-1]],
        },
        eigenvectors=[(1, 1), (1, 2)],
    )
    left = [penalty**2 - (shrunk * value) ** 2 for shrunk, value in zip(kept, root, strict=True)]
    values = {"s": root, "w": gain, "rho": kept, "delta": left}
    return replace(base, functions={**base.functions, **{key: _at(value) for key, value in values.items()}})


def _at(values: Sequence[Any]) -> Callable[[int], Any]:
    return lambda index: values[index - 1]


_ROOTS = (HALF, sp.Rational(2, 5))
SURVIVING = independent_labels(
    "two independent labels with frequencies 1/2 and 1/5, lambda = 121/900", _ROOTS, sp.Rational(11, 30), sp.Integer(11)
)
ONE_COLLAPSED = independent_labels(
    "two independent labels with frequencies 1/2 and 1/5, lambda = 529/2500",
    _ROOTS,
    sp.Rational(23, 50),
    sp.Rational(23, 2),
)


def _optimum(target: Formula | None = None, moment: str = "C") -> Algebra:
    """The optimum in an eigenbasis; the target vectors are letters, or defined by the bias."""
    defined = () if target is None else ((a(S), target),)
    return Algebra(
        letters=(
            *(letter for letter in MIXED.letters if letter.name not in ("W",)),
            _q,
            Letter("sum of q", K),
            *((_a,) if target is None else ()),
        ),
        definitions=(
            *(pair for pair in MIXED.definitions if pair[0] == f),
            *defined,
            (C, (a(S) * a(S).T).over(S)),
            (W_opt, (w_i * (q(i) * q(i).T)).over(i)),
            (_inverse_root(moment), (1 / s_i * (q(i) * q(i).T)).over(i)),
            (r(S), (rho_i * ((q(i).T * a(S)) * q(i))).over(i)),
            (h_opt(S), (W_opt.T * r(S)) / lambda_H),
            (R, (r(S) * r(S).T).over(S)),
        ),
        rules=(*MIXED.rules, Rule(q(i).T * q(i), 1, "eigenvectors of length 1")),
        models=(SURVIVING, ONE_COLLAPSED),
    )


OPTIMUM = _optimum()
EIGENVECTORS = Equation("the eigenvectors", C * q(l_), _root[l_.symbol] ** 2 * q(l_))
SHRINKS = Equation("surviving or collapsed", number((1 + w_i**2 / lambda_H) * rho_i), number(1))
BALANCED = Equation("surviving or collapsed", number(w_i * rho_i**2 * s_i**2), number(w_i * lam))
SECOND = Equation("the residual second moment", R, (rho_i**2 * s_i**2 * (q(i) * q(i).T)).over(i))
FULL_RANK = Equation("no collapse", number(rho_i), number(mu / s_i))
SLACK = sp.IndexedBase("delta", nonnegative=True)


@proves("W2a")
def closed_form() -> Derivation:
    """W2a: the optimum of the squared loss in closed form, and which directions collapse."""
    s, penalty = sp.symbols("s mu", positive=True)
    square, left = sp.Symbol("w^2", positive=True), sp.Symbol("rho", positive=True)
    gain, kept = lambda_H / penalty * (s - penalty), penalty / s
    survives, collapses = Scalars((s > penalty,)), Scalars((s <= penalty,))
    slack = Equation("what is left", number(lam - rho_i**2 * s_i**2), number(SLACK[i.symbol]))
    centered = Equation("the centered targets", a(S).over(S), 0)
    x = next(letter for letter in MIXED.letters if letter.name == "x")()
    shrinkage = (rho_i * (q(i) * q(i).T)).over(i)
    return Derivation(
        symbols=(
            (r"q_i", r"orthonormal eigenvectors of $C$ with eigenvalues $s_i^2$"),
            (
                r"w_i=(\tfrac{\lambda_H}\mu(s_i-\mu)_+)^{1/2}",
                r"singular values: $W=\sum_iw_iq_iq_i^\top$ up to a rotation of features",
            ),
            (r"\rho_i=\min(1,\mu/s_i)", "what is left of the target in direction $q_i$"),
        ),
        steps=(
            Step(
                r"""*Numbers first.* A surviving direction, $s>\mu$, with $w^2=\frac{\lambda_H}\mu(s-\mu)$ and
                    $\rho=\frac\mu s$:""",
                every(
                    survives.gt(gain, 0),
                    Solves(
                        (((1 + square / lambda_H) * left, sp.Integer(1)), (left**2 * s**2, penalty**2)),
                        ((square, gain), (left, kept)),
                        survives,
                    ),
                ),
            ),
            Step(
                r"""A collapsed one, $s\le\mu$, has $w=0$, $\rho=1$ and""",
                collapses.ge(penalty**2 - s**2, 0, (penalty - s) * (penalty + s)),
                r"""In both cases $(1+w^2/\lambda_H)\rho=1$, $w\rho^2s^2=w\lambda$ and $\rho^2s^2\le\lambda$, which is
                all that is used below.""",
            ),
            Step(
                r"The residuals are those of the features $h_S=\frac1{\lambda_H}W^\top r_S$, $r_S=a_S-Wh_S$:",
                OPTIMUM.eq(W_opt * h_opt(S) + r(S), a(S), (q(i) * SHRINKS * q(i).T * a(S)).over(i)),
            ),
            Step(
                r"Their second moment has the same eigenvectors:",
                OPTIMUM.eq(R, SECOND.right, ((rho_i * rho_l) * (q(i) * q(i).T) * EIGENVECTORS * q(l_).T).over(l_, i)),
            ),
            Step(
                r"With a free bias the mean residual is zero, so $b=f$ is stationary:",
                OPTIMUM.eq(r(S).over(S), 0, shrinkage * centered),
            ),
            Step(
                "The point is the optimum.",
                lemma(
                    "U7 (global certificate)",
                    r"""A stationary point whose residuals satisfy $R\preceq\lambda I$ is a global optimum,
                        and all optima have the same $WW^\top$ and residuals.""",
                    (
                        "the classifier is stationary:",
                        OPTIMUM.eq(
                            (r(S) * h_opt(S).T).over(S),
                            lambda_W * W_opt,
                            SECOND * (W_opt / lambda_H),
                            ((1 / lambda_H) * q(i) * BALANCED * q(i).T).over(i),
                        ),
                    ),
                    (
                        r"and $v^\top(\lambda I-R)v\ge0$, with $\delta_i=\lambda-\rho_i^2s_i^2\ge0$:",
                        OPTIMUM.ge(
                            v.T * (lam * eye(K) - R) * v,
                            0,
                            (SLACK[i.symbol] * norm2(q(i).T * v)).over(i),
                            -v.T * SECOND * v,
                            (v.T * q(i) * slack * q(i).T * v).over(i),
                        ),
                    ),
                    gives=r"WW^\top=\tfrac{\lambda_H}\mu(C^{1/2}-\mu I)_+",
                ),
            ),
            Step(
                r"""*Synthesis from classifier rows.* Without collapse $\rho_i=\mu/s_i$ for all $i$, so $r_S=\mu
                C^{-1/2}a_S$, at finite $\lambda$ and not only in a limit.""",
                every(_from_rows(y(S) - f, "free"), _from_rows(y(S), "none")),
            ),
            Step(
                r"""*Contrasts.* With one multiplicity $C\mathbf 1=0$, so $\mathbf 1$ is an eigenvector, all others are
                contrasts, and some contrast collapses iff $\kappa(C)\le\lambda$.""",
                FIXED.eq(((y(S) - f) * (y(S) - f).T).over(S) * ones, 0),
            ),
            Step(
                r"""With several multiplicities that criterion fails. Two independent labels with frequencies $\frac12$
                and $\frac15$ have $C=\mathrm{diag}(\frac14,\frac4{25})$. At $\lambda=\frac{529}{2500}$ the only
                contrast $x=(1,-1)$ has $x^\top Cx\le\lambda\|x\|^2$, that is, $\kappa(C)\le\lambda$, and yet it does
                not collapse, $W^\top x\ne0$:""",
                every(
                    Instance(lam * norm2(x) - x.T * C * x, ">", 0, OPTIMUM, ONE_COLLAPSED),
                    Instance(norm2(W_opt.T * x), ">", 0, OPTIMUM, ONE_COLLAPSED),
                ),
            ),
        ),
        controls=(
            Control(
                "the shrinkage $\\rho=\\lambda/s$", survives.eq((1 + gain / lambda_H) * penalty**2 / s, sp.Integer(1))
            ),
            Control("collapse at twice the threshold", Scalars((s > penalty / 2,)).gt(gain, 0)),
            Control("the residual second moment without shrinkage", OPTIMUM.eq(R, (s_i**2 * (q(i) * q(i).T)).over(i))),
            Control(
                "the weights $C^{-1}$ in place of $C^{-1/2}$ for classifier rows",
                _optimum()
                .extended(models=(SURVIVING,))
                .eq(
                    h_opt(S),
                    ((mu / lambda_H * (e(k).T * Theta * Theta * a(S))) * (W_opt.T * e(k))).over(k),
                    ((W_opt.T / lambda_H) * q(i) * FULL_RANK * q(i).T * a(S)).over(i),
                ),
            ),
            Control("the collapsed contrast claimed", Instance(norm2(W_opt.T * x), "==", 0, OPTIMUM, ONE_COLLAPSED)),
        ),
    )


def _from_rows(target: Formula, bias: str) -> Reading:
    moment = "C" if bias == "free" else "M"
    weights = mu / lambda_H * (e(k).T * _inverse_root(moment) * target)
    return Reading(
        h_opt(S),
        (Term(weights, W_opt.T * e(k), k),),
        "classifier rows",
        Circumstances("MSE", bias, rf"$\lambda<\lambda_{{\min}}({moment})$"),
        _optimum(target, moment),
        using=(((W_opt.T / lambda_H) * q(i) * FULL_RANK * q(i).T * target).over(i),),
    )


# ====================================================================== W2b: are the weights determined?

_AVERAGE_ONE = FREE.extended(models=(AVERAGE_ONE,), scalars=Scalars((K >= 2,)))
ONE_COLLAPSES = Equation("the collapse of the all-ones direction", A * ones, 0)
ONE_SIZE_POINT = ridge(
    "K = 3 with 1/2 on {1,2}, 1/4 on {1,3}, 1/4 on {2,3}, and a classifier of rank 2",
    3,
    {(1, 2): 2, (1, 3): 1, (2, 3): 1},
    [[1, 2], [1, -1], [-2, -1]],
    1,
)
CENTERED = FREE.extended(models=(ONE_SIZE_POINT,))
"""Prototypes where the all-ones direction has collapsed, as it has for one multiplicity."""


@proves("W2b")
def weights_determined() -> Derivation:
    """W2b: when W2's weights are the only ones, and that they may be chosen uniform when the all-ones direction
    collapses."""
    rank_one = f * ones.T
    mean = Equation("the label cardinality", (ones.T * y(S)).over(S), mean_size)
    null = ones - K / (mean_size - 1) * f
    fixed_size = FIXED.extended(letters=(H_LETTER, R_LETTER, _b), models=(_stationary_of_one_size(),))
    energy = lambda_W * norm2(W.T * ones) + norm2(ones.T * W * h(S)).over(S)
    return Derivation(
        symbols=(
            (r"v\in\mathbb R^K", "any weights"),
            (r"\mathbf 1-\frac K{\bar m-1}f", "weights whose combination is zero"),
        ),
        steps=(
            Step(
                r"""A combination with weights $v$ is $\sum_kv_kh_{\{k\}}=A(I-f\mathbf 1^\top)v$:""",
                FREE.eq(((e(k).T * v) * SINGLETON(k)).over(k), A * (eye(K) - rank_one) * v),
            ),
            Step(
                r"""For $\bar m\ne1$ the matrix $I-f\mathbf 1^\top$ is invertible, so weights are determined if $A$ is
                injective, which it is if $W$ has rank $K$:""",
                FREE.eq(
                    (eye(K) - rank_one) * (eye(K) - 1 / (mean_size - 1) * rank_one),
                    eye(K),
                    1 / (mean_size - 1) * f * mean * ones.T,
                ),
            ),
            Step(
                r"""For $\bar m=1$ it is not: entries of $(I-f\mathbf 1^\top)v$ add up to $(1-\bar m)\,\mathbf 1^\top
                v=0$, while those of $y_S-f$ add up to $m_S-\bar m$. With $A$ injective only sets with $m_S=1$
                remain.""",
                every(
                    FREE.eq(ones.T * (eye(K) - rank_one) * v, (1 - mean_size) * (ones.T * v), -mean * ones.T * v),
                    FREE.eq(ones.T * (y(S) - f), size - mean_size, -mean),
                ),
            ),
            Step(
                r"""One multiplicity: entries of $y_S-f$ add up to zero, and a stationary classifier has $\mathbf
                    1^\top W=0$, because""",
                fixed_size.eq(
                    energy,
                    0,
                    ones.T
                    * Equation("stationarity of the classifier", lambda_W * W, (r(S) * h(S).T).over(S))
                    * W.T
                    * ones,
                    (ones.T * RESIDUAL * h(S).T * W.T * ones).over(S),
                    -ones.T * BIAS_VALUE * (h(S).T * W.T * ones).over(S),
                ),
                r"is a sum of squares. Then $A\mathbf 1=(\lambda_HI+W^\top W)^{-1}W^\top\mathbf 1=0$ as well.",
            ),
            Step(
                r"""If $A\mathbf 1=0$, one combination of singleton prototypes is zero, so weights are determined up to
                    multiples of it:""",
                CENTERED.eq(
                    ((e(k).T * null) * SINGLETON(k)).over(k),
                    0,
                    ONE_COLLAPSES,
                    MEAN_SIZE * ((K / (mean_size - 1)) * (A * f)),
                ),
            ),
            Step(
                r"""Added $-\frac{m_S-1}K$ times it cancels the class frequencies from W2's weights, and this form
                needs no $\bar m\ne1$:""",
                Reading(
                    h(S),
                    (Term(in_set - (size - 1) / K, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("MSE, one multiplicity", "free", EVERYWHERE),
                    CENTERED,
                    using=(ONE_COLLAPSES * ((ones.T * y(S) - number(1)) / K),),
                ),
            ),
        ),
        controls=(
            Control(
                r"$I-f\mathbf 1^\top$ inverted with the wrong sign",
                FREE.eq(
                    (eye(K) - rank_one) * (eye(K) + 1 / (mean_size - 1) * rank_one),
                    eye(K),
                    1 / (mean_size - 1) * f * mean * ones.T,
                ),
            ),
            Control(
                "uniform corrections for several multiplicities",
                Reading(
                    h(S), (Term(in_set - (size - 1) / K, SINGLETON(k), k),), "", Circumstances("MSE", "free", ""), FREE
                ),
            ),
            Control(
                r"the rule at $\bar m=1$, as the limit in which the correction is dropped",
                Reading(h(S), (Term(in_set, SINGLETON(k), k),), "", Circumstances("MSE", "free", ""), _AVERAGE_ONE),
            ),
            Control(
                r"$\mathbf 1^\top W=0$ for several multiplicities", Instance(W.T * ones, "==", 0, STATIONARY, LONG_TAIL)
            ),
        ),
    )


def _stationary_of_one_size() -> Model:
    """The MSE optimum of four equally likely triples of four labels, by hand: C is a quarter of the centering."""
    # a_S = 1/4 - e_k, s = 1/2 on contrasts, mu = 1/6: rho = 1/3, w^2 = lambda_H/mu (s - mu) = 1 with lambda_H = 1/2.
    labels = (1, 2, 3, 4)
    centering = sp.eye(4) - sp.ones(4, 4) / 4
    frequencies = sp.Matrix([sp.Rational(3, 4)] * 4)
    triples = tuple(combinations(labels, 3))
    return point(
        "the MSE optimum of the four triples of 4 labels, equally likely, lambda = 1/36",
        4,
        dict.fromkeys(triples, 1),
        classifier=centering.tolist(),
        regularisation=(sp.Rational(1, 18), HALF),
        residuals={s: list((sp.Matrix([int(i_ in s) for i_ in labels]) - frequencies) / 3) for s in triples},
        bias=list(frequencies),
        sizes={m: 3},
    )


# ====================================================================== W2c: reduction to tag-wise averaging


@proves("W2c")
def reduction_to_averages() -> Derivation:
    """W2c: exactly when the rule is tag-wise averaging."""
    alpha, theta = sp.symbols("alpha theta", real=True)
    sums = (in_set * SINGLETON(k)).over(k)
    no_frequency = Equation("collapsed frequencies", A * f, 0)
    parallel = Equation("y parallel to f", A * y(S), theta * (A * f))
    unit = sp.Symbol("m", positive=True)
    differ = Scalars((sp.Ne(unit, theta),))
    uniform_pairs = ridge(
        "K = 3, the three pairs equally likely, and a classifier of rank 2",
        3,
        {(1, 2): 1, (1, 3): 1, (2, 3): 1},
        [[1, 2], [1, -1], [-2, -1]],
        1,
    )
    with_kernel = FREE.extended(models=(uniform_pairs, *_FREE_MODELS))
    return Derivation(
        symbols=((r"\alpha", "the scale of the average"), (r"\theta", r"the multiple of $f$ that $y_S$ is, up to $N$")),
        steps=(
            Step(
                r"The defect of a scaled average, in terms of $Ay_S$ and $Af$ ($A$ and $W^\top$ have the same kernel):",
                FREE.eq(h(S) - alpha * sums, (1 - alpha) * (A * y(S)) - (1 - alpha * size) * (A * f)),
            ),
            Step(
                r"(ii) If $Af=0$, plain sums are exact:",
                Reading(
                    h(S),
                    (Term(in_set, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("MSE", "free", r"every $\lambda$ at which $W^\top f=0$"),
                    with_kernel,
                    using=(no_frequency * (ones.T * y(S) - number(1)),),
                ),
            ),
            Step(
                r"""(iii) If $Ay_S=\theta Af\ne0$, the defect is a multiple of $Af$, namely $(1-\alpha)\theta-(1-\alpha
                m_S)$, which vanishes for $\alpha=\frac{1-\theta}{m_S-\theta}$ and, if $m_S=\theta$, for no $\alpha$
                unless $\theta=1$:""",
                every(
                    with_kernel.eq((size - theta) * h(S), (1 - theta) * sums, parallel * (size - 1)),
                    Solves(
                        (((1 - alpha) * theta, 1 - alpha * unit),), ((alpha, (1 - theta) / (unit - theta)),), differ
                    ),
                    (
                        r"$m_S=\theta$",
                        Scalars().eq((1 - alpha) * theta - (1 - alpha * unit).subs(unit, theta), theta - 1),
                    ),
                ),
            ),
            Step(
                r"""Otherwise $Ay_S$ and $Af$ are linearly independent, both coefficients vanish, so $\alpha=1$ and
                $m_S=1$, which is (i), where there is nothing to show.""",
                Solves(
                    ((1 - alpha, sp.Integer(0)), (1 - alpha * unit, sp.Integer(0))),
                    ((alpha, sp.Integer(1)), (unit, sp.Integer(1))),
                    Scalars(),
                ),
            ),
            Step(
                r"""*One multiplicity*, $m\ge2$, $\lambda<\kappa(C)$: $N$ is spanned by $\mathbf 1$. Then $f\in N$ iff
                $f=\frac mK\mathbf 1$. If not, all label sets satisfy (iii), $y_S=\theta_Sf+c_S\mathbf 1$, and all
                targets lie on one line,""",
                FIXED.eq(P * (theta * f + alpha * ones - f), (theta - 1) * (P * f)),
                r"so $C$ has rank 1, which is less than the rank $K-1\ge2$ that $\lambda<\kappa(C)$ gives it.",
            ),
        ),
        controls=(
            Control(
                "plain sums although the frequencies have not collapsed",
                Reading(h(S), (Term(in_set, SINGLETON(k), k),), "", Circumstances("MSE", "free", ""), FREE),
            ),
            Control(
                r"the scale $\alpha=\frac{1-\theta}{m_S}$",
                Solves((((1 - alpha) * theta, 1 - alpha * unit),), ((alpha, (1 - theta) / unit),), differ),
            ),
            Control(
                "averages that divide by the number of labels when the frequencies have collapsed",
                with_kernel.eq(h(S), 1 / size * sums, no_frequency * (ones.T * y(S) - number(1))),
            ),
        ),
    )


# ====================================================================== W2d: entry by entry


@dataclass(frozen=True)
class Entrywise:
    """A matrix equation, entry by entry.

    Args:
        equation: LaTeX of the matrix equation.
        left: one side.
        right: the other, of the same shape.
        setting: decides each entry.
    """

    equation: str
    left: sp.Matrix
    right: sp.Matrix
    setting: Scalars

    grade = Grade.ENTRIES
    lemmas = ()

    def outcome(self) -> Outcome:
        """The worst entry's outcome."""
        parts = []
        for row in range(self.left.rows):
            for column in range(self.left.cols):
                sides = self.left[row, column], self.right[row, column]
                if sides[0] != sides[1]:
                    parts.append((f"entry ({row + 1}, {column + 1})", self.setting.eq(*sides)))
        if not parts:
            raise DefectError(f"vacuous step: both sides of {self.equation} are the same as given")
        return every(*parts).outcome()

    def tex(self) -> str:
        """The equation."""
        return self.equation


def _all_sets(count: int) -> list[tuple[int, ...]]:
    return [s for length in range(count + 1) for s in combinations(range(count), length)]


def _target(label_set: Sequence[int], frequencies: Sequence[Any]) -> sp.Matrix:
    return sp.Matrix([int(label in label_set) - value for label, value in enumerate(frequencies)])


def _rule_defects(linear: sp.Matrix, frequencies: Sequence[Any], corrected: bool = True) -> sp.Matrix:
    """One column per label set: the prototype (or residual) minus what W2 says it is."""
    count, cardinality = len(frequencies), sum(frequencies)
    of_label = [linear * _target((label,), frequencies) for label in range(count)]
    mean = sum((value * column for value, column in zip(frequencies, of_label, strict=True)), sp.zeros(count, 1))
    columns = []
    for label_set in _all_sets(count):
        sums = sum((of_label[label] for label in label_set), sp.zeros(count, 1))
        correction = sp.Rational(len(label_set) - 1) / (cardinality - 1) * mean if corrected else sp.zeros(count, 1)
        columns.append(linear * _target(label_set, frequencies) - sums + correction)
    return sp.Matrix.hstack(*columns)


@dataclass(frozen=True)
class _TwoLabels:
    """The general distribution on the four label sets of two labels, and the square root of its covariance."""

    p_1, p_2, p_12 = sp.symbols("p_1 p_2 p_12", positive=True)

    @property
    def frequencies(self) -> tuple[Any, Any]:
        return self.p_1 + self.p_12, self.p_2 + self.p_12

    @property
    def weights(self) -> dict[tuple[int, ...], Any]:
        return {(): 1 - self.p_1 - self.p_2 - self.p_12, (0,): self.p_1, (1,): self.p_2, (0, 1): self.p_12}

    @property
    def covariance(self) -> sp.Matrix:
        f_1, f_2 = self.frequencies
        joint = self.p_12 - f_1 * f_2
        return sp.Matrix([[f_1 * (1 - f_1), joint], [joint, f_2 * (1 - f_2)]])

    @property
    def root(self) -> sp.Matrix:
        """By Cayley-Hamilton, the square root of C is (C + d I)/t, with d the root of its determinant and t a trace."""
        delta = sp.sqrt(self.covariance.det())
        return (self.covariance + delta * sp.eye(2)) / sp.sqrt(self.covariance.trace() + 2 * delta)


def _two_labels_setting() -> Scalars:
    d_ = _TwoLabels()
    return Scalars((d_.p_1 + d_.p_2 + d_.p_12 < 1,))


def _two_labels_checks() -> tuple[tuple[str, Check], ...]:
    two, setting = _TwoLabels(), _two_labels_setting()
    root, covariance = two.root, two.covariance
    inverse_root = (root.trace() * sp.eye(2) - root) / sp.sqrt(covariance.det())
    residuals = {s: mu * inverse_root * _target(s, two.frequencies) for s in two.weights}
    zero_matrix = sp.zeros(2, 2)
    moment = sum(
        (p * _target(s, two.frequencies) * _target(s, two.frequencies).T for s, p in two.weights.items()), zero_matrix
    )
    second = sum((p * residuals[s] * residuals[s].T for s, p in two.weights.items()), zero_matrix)
    defects = _rule_defects(mu * inverse_root, two.frequencies)
    return (
        ("", Entrywise(r"\textstyle\sum_S\pi_Sa_Sa_S^\top=C", moment, covariance, setting)),
        ("", Entrywise(r"T^2=C", root * root, covariance, setting)),
        ("", Entrywise(r"\tfrac1\mu T\,r_S=a_S", root * inverse_root, sp.eye(2), setting)),
        ("", Entrywise(r"\textstyle\sum_S\pi_Sr_Sr_S^\top=\lambda I", second, mu**2 * sp.eye(2), setting)),
        (
            "",
            Entrywise(
                r"\textstyle r_S=\sum_{k\in S}r_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jr_{\{j\}}",
                defects,
                sp.zeros(2, 4),
                setting,
            ),
        ),
    )


def _independent(count: int, corrected: bool = True, last_collapses: bool = False) -> Check:
    """Independent labels with symbolic frequencies: C is diagonal, so its root is explicit for every K."""
    frequencies = sp.symbols(f"f_1:{count + 1}", positive=True)
    setting = Scalars(tuple(value < 1 for value in frequencies))
    roots = [sp.sqrt(value * (1 - value)) for value in frequencies]
    weights = {
        s: sp.Mul(*(value if label in s else 1 - value for label, value in enumerate(frequencies)))
        for s in _all_sets(count)
    }
    kept = [mu / value for value in roots]
    gain = [sp.sqrt(lambda_H / mu * (value - mu)) for value in roots]
    if last_collapses:
        kept[-1], gain[-1] = sp.Integer(1), sp.Integer(0)
    linear = sp.diag(*(w * rho / lambda_H for w, rho in zip(gain, kept, strict=True)))
    nothing = sp.zeros(count, count)
    targets = {s: _target(s, frequencies) for s in weights}
    moment = sum((p * targets[s] * targets[s].T for s, p in weights.items()), nothing)
    residual_moment = sp.diag(*kept) * moment * sp.diag(*kept)
    isotropic = [mu**2] * count
    if last_collapses:
        isotropic[-1] = roots[-1] ** 2
    defects = _rule_defects(linear, frequencies, corrected)
    return every(
        Entrywise(r"C=\mathrm{diag}(f_k(1-f_k))", moment, sp.diag(*(value**2 for value in roots)), setting),
        Entrywise(r"R=\mathrm{diag}(\min(\lambda,s_k^2))", residual_moment, sp.diag(*isotropic), setting),
        Entrywise(
            r"\textstyle h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}",
            defects,
            sp.zeros(count, 2**count),
            setting,
        ),
    )


@proves("W2d")
def entry_by_entry() -> Derivation:
    """W2d: the rule once more, entry by entry, from optima in closed form."""
    two, setting = _TwoLabels(), _two_labels_setting()
    return Derivation(
        symbols=(
            (r"p_1,p_2,p_{12}", r"the masses of $\{1\},\{2\},\{1,2\}$; the empty set has the rest"),
            (r"T=C^{1/2}=\frac{C+\sqrt{\det C}\,I}{\sqrt{\mathrm{tr}\,C+2\sqrt{\det C}}}", "by Cayley-Hamilton"),
            (r"r_S=\mu T^{-1}a_S", r"the residual of W2a where nothing collapses; $h_S=\frac1{\lambda_H}W^\top r_S$"),
        ),
        steps=(
            Step(
                r"""Two labels, any distribution. Covariance, its root, the residual equation, isotropy of the
                residuals, and the rule for all four label sets; a linear rule for residuals is the same rule for
                prototypes.""",
                every(*_two_labels_checks()),
            ),
            Step(
                r"""Independent labels. The covariance is diagonal, and the prototype has the entries
                $\frac{w_k\rho_k}{\lambda_H}(y_{S,k}-f_k)$. For all $2^K$ label sets:""",
                ForEach("K", (2, 3, 4), _independent),
            ),
            Step(
                r"""The same with the last label collapsed, $w_K=0$ and $\rho_K=1$:""",
                ForEach("K", (2, 3, 4), lambda count: _independent(count, last_collapses=True)),
            ),
        ),
        controls=(
            Control(
                "plain sums, independent labels",
                ForEach("K", (2, 3, 4), lambda count: _independent(count, corrected=False)),
            ),
            Control(
                r"the root of the covariance without $2\sqrt{\det C}$ in the denominator",
                Entrywise(
                    r"T^2=C",
                    two.root
                    * two.root
                    * (two.covariance.trace() + 2 * sp.sqrt(two.covariance.det()))
                    / two.covariance.trace(),
                    two.covariance,
                    setting,
                ),
            ),
        ),
    )
