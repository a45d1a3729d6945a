r"""W2, W2b and W2c: the synthesis rule of the squared loss, exact at any classifier with stationary features.

With the squared loss the prototypes are the ridge-regression features of the labels, so they are affine in
:math:`y_S`. The rule W2 and the cases in which its weights are determined (W2b) or reduce to tag-wise averaging (W2c)
follow; the optimum itself is in ``squared_loss_optimum``.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation, Identity, Solves
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Letter, eye, norm2, number
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import BIAS, FEATURES, h, lambda_H, lambda_W, point, r, with_letters
from proofs.letters.prototypes import H_LETTER, R_LETTER, SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import FIXED, HALF, MIXED, K, P, S, T, W, d, e, f, k, m, m_of, ones, v, y

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
    decay: Any = 0,
) -> Model:
    r"""The point of the MSE with the given classifier and stationary features (and bias, if free or decaying), exactly.

    Only for the right :math:`\lambda_W` is the classifier stationary too.
    """
    matrix, total = sp.Matrix(classifier), sum(weights.values())
    inverse = (lambda_h * sp.eye(matrix.cols) + matrix.T * matrix).inv()
    indicator = {s: sp.Matrix([int(i in s) for i in range(1, labels + 1)]) for s in weights}
    frequencies = sum((sp.Rational(w, total) * indicator[s] for s, w in weights.items()), sp.zeros(labels, 1))
    residual_map = (sp.eye(labels) + matrix * matrix.T / lambda_h).inv()
    bias = (decay * sp.eye(labels) + residual_map).inv() * residual_map * frequencies if free else sp.zeros(labels, 1)
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
        steps=told(
            r"The mean feature is zero, since a free bias makes the mean residual zero:",
            STATIONARY.eq(h(S).over(S), 0, FEATURES.over(S), W.T / lambda_H * BIAS),
            r"and so the bias consists of the class frequencies:",
            STATIONARY.eq(b, f, RESIDUAL.over(S), -BIAS, -W * MEAN_FEATURE),
            r"""Insert the residual $r_S=y_S-Wh_S-b$ into $\lambda_Hh_S=W^\top r_S$: each prototype solves the
            normal equations of a ridge regression of $y_S-f$ on $W$.""",
            STATIONARY.eq(normal_matrix * h(S), W.T * (y(S) - f), *normal),
            r"Their matrix is positive definite for every $W$, collapsed directions or not:",
            STATIONARY.ge(u.T * normal_matrix * u, lambda_H * norm2(u), norm2(W * u)),
            r"""so it is invertible, and the prototype is one fixed matrix times $y_S-f$. Nothing was asked of $W$:
            not optimality, not stationarity, not full rank.""",
            STATIONARY.eq(h(S), inverse * W.T * (y(S) - f), inverse * NORMAL, -INVERSE * h(S)),
            r"""*The rule.* The same formula at $y=e_k$ is the prototype of a singleton, by which a virtual one is
            *defined*. An affine map respects combinations whose weights add up to 1; these do not, and what is
            missing is a multiple of $Af$, which $\sum_jf_jh_{\{j\}}=(1-\bar m)Af$ supplies if $\bar m\ne1$:""",
            FREE.eq(((e(k).T * f) * SINGLETON(k)).over(k), (1 - mean_size) * (A * f), -MEAN_SIZE * A * f),
            "Together, for every label set, in the support or not:",
            frequency_weighted,
            r"""Without bias the same computation with $f$ replaced by 0 gives $h_S=Ay_S$, and the rule is a plain
            sum, whatever the imbalance:""",
            Reading(
                h(S),
                (Term(in_set, SINGLETON(k), k),),
                FROM_SINGLETONS,
                Circumstances("MSE", "none", EVERYWHERE),
                NO_BIAS,
            ),
            r"""The exceptional case $\bar m=1$ and an alternative without exception: with the prototype
            $h_\emptyset=-Af$ of the empty label set, real or virtual, $h_S=\sum_{k\in
            S}h_{\{k\}}-(m_S-1)h_\emptyset$ at every $\bar m$.""",
            _with_the_empty_set(size - 1),
        ),
        variants={
            "plain sums with a free bias": _with_frequencies(in_set),
            "the factor m_S/m-bar in place of (m_S - 1)/(m-bar - 1)": _with_frequencies(
                in_set - size / mean_size * frequency
            ),
            "uniform weights in place of frequencies": _with_frequencies(in_set - surplus * number(mean_size / K)),
            "the rule of the free bias without bias": Reading(
                h(S), (Term(weight, SINGLETON(k), k),), "", Circumstances("MSE", "none", ""), NO_BIAS
            ),
            "the empty set m_S times": _with_the_empty_set(size),
            "the bias a free parameter, not at its optimum": STATIONARY.extended(models=(FIXED_AT_ZERO,)).eq(
                normal_matrix * h(S), W.T * (y(S) - f), *normal[:2]
            ),
        },
    )


def _with_the_empty_set(times: Any) -> Identity:
    return FREE.eq(h(S), (in_set * SINGLETON(k)).over(k) - times * (-(A * f)))


def _with_frequencies(weights: Formula) -> Reading:
    return Reading(
        h(S),
        (Term(weights, SINGLETON(k), k),),
        FROM_SINGLETONS,
        Circumstances("MSE", "free", EVERYWHERE + r", $\bar m\ne1$"),
        FREE,
        using=(MEAN_SIZE * ((1 / (1 - mean_size)) * ((ones.T * y(S) - number(1)) * (A * f))),),
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
    collapsed = ONE_COLLAPSES * ((ones.T * y(S) - number(1)) / K)
    fixed_size = FIXED.extended(letters=(H_LETTER, R_LETTER, _b), models=(_stationary_of_one_size(),))
    energy = lambda_W * norm2(W.T * ones) + norm2(ones.T * W * h(S)).over(S)
    return Derivation(
        symbols=(
            (r"v\in\mathbb R^K", "any weights"),
            (r"\mathbf 1-\frac K{\bar m-1}f", "weights whose combination is zero"),
        ),
        steps=told(
            r"A combination with weights $v$ is $\sum_kv_kh_{\{k\}}=A(I-f\mathbf 1^\top)v$:",
            FREE.eq(((e(k).T * v) * SINGLETON(k)).over(k), A * (eye(K) - rank_one) * v),
            r"""For $\bar m\ne1$ the matrix $I-f\mathbf 1^\top$ is invertible, so weights are determined if $A$ is
            injective, which it is if $W$ has rank $K$:""",
            FREE.eq(
                (eye(K) - rank_one) * (eye(K) - 1 / (mean_size - 1) * rank_one),
                eye(K),
                1 / (mean_size - 1) * f * mean * ones.T,
            ),
            r"""For $\bar m=1$ it is not: entries of $(I-f\mathbf 1^\top)v$ add up to $(1-\bar m)\,\mathbf 1^\top v=0$,
            while those of $y_S-f$ add up to $m_S-\bar m$. With $A$ injective only sets with $m_S=1$ remain.""",
            every(
                FREE.eq(ones.T * (eye(K) - rank_one) * v, (1 - mean_size) * (ones.T * v), -mean * ones.T * v),
                FREE.eq(ones.T * (y(S) - f), size - mean_size, -mean),
            ),
            r"""One multiplicity: entries of $y_S-f$ add up to zero, and a stationary classifier has $\mathbf
                1^\top W=0$, because""",
            fixed_size.eq(
                energy,
                0,
                ones.T * Equation("stationarity of the classifier", lambda_W * W, (r(S) * h(S).T).over(S)) * W.T * ones,
                (ones.T * RESIDUAL * h(S).T * W.T * ones).over(S),
                -ones.T * BIAS_VALUE * (h(S).T * W.T * ones).over(S),
            ),
            r"is a sum of squares. Then $A\mathbf 1=(\lambda_HI+W^\top W)^{-1}W^\top\mathbf 1=0$ as well.",
            r"""If $A\mathbf 1=0$, one combination of singleton prototypes is zero, so weights are determined up to
                multiples of it:""",
            CENTERED.eq(
                ((e(k).T * null) * SINGLETON(k)).over(k),
                0,
                ONE_COLLAPSES,
                MEAN_SIZE * ((K / (mean_size - 1)) * (A * f)),
            ),
            r"""Added $-\frac{m_S-1}K$ times it cancels the class frequencies from W2's weights, and this form
            needs no $\bar m\ne1$:""",
            _uniformly_corrected((size - 1) / K, CENTERED, collapsed),
        ),
        variants={
            "I - f 1^T inverted with the wrong sign": FREE.eq(
                (eye(K) - rank_one) * (eye(K) + 1 / (mean_size - 1) * rank_one),
                eye(K),
                1 / (mean_size - 1) * f * mean * ones.T,
            ),
            "uniform corrections for any classifier": _uniformly_corrected((size - 1) / K, FREE),
            "m_S/K in place of (m_S - 1)/K": _uniformly_corrected(size / K, CENTERED, collapsed),
            "the rule at m-bar = 1, its correction dropped": Reading(
                h(S), (Term(in_set, SINGLETON(k), k),), "", Circumstances("MSE", "free", ""), _AVERAGE_ONE
            ),
            "1^T W = 0 for several multiplicities": Instance(W.T * ones, "==", 0, STATIONARY, LONG_TAIL),
        },
    )


def _uniformly_corrected(correction: Any, setting: Algebra, *using: Equation) -> Reading:
    return Reading(
        h(S),
        (Term(in_set - correction, SINGLETON(k), k),),
        FROM_SINGLETONS,
        Circumstances("MSE, one multiplicity", "free", EVERYWHERE),
        setting,
        using,
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
        steps=told(
            r"The defect of a scaled average, in terms of $Ay_S$ and $Af$ ($A$ and $W^\top$ have the same kernel):",
            FREE.eq(h(S) - alpha * sums, (1 - alpha) * (A * y(S)) - (1 - alpha * size) * (A * f)),
            r"(ii) If $Af=0$, plain sums are exact:",
            Reading(
                h(S),
                (Term(in_set, SINGLETON(k), k),),
                FROM_SINGLETONS,
                Circumstances("MSE", "free", r"every $\lambda$ at which $W^\top f=0$"),
                with_kernel,
                using=(no_frequency * (ones.T * y(S) - number(1)),),
            ),
            r"""(iii) If $Ay_S=\theta Af\ne0$, the defect is a multiple of $Af$, namely $(1-\alpha)\theta-(1-\alpha
            m_S)$, which vanishes for $\alpha=\frac{1-\theta}{m_S-\theta}$ and, if $m_S=\theta$, for no $\alpha$
            unless $\theta=1$:""",
            every(
                with_kernel.eq((size - theta) * h(S), (1 - theta) * sums, parallel * (size - 1)),
                Solves((((1 - alpha) * theta, 1 - alpha * unit),), ((alpha, (1 - theta) / (unit - theta)),), differ),
                (r"$m_S=\theta$", Scalars().eq((1 - alpha) * theta - (1 - alpha * unit).subs(unit, theta), theta - 1)),
            ),
            r"""Otherwise $Ay_S$ and $Af$ are linearly independent, both coefficients vanish, so $\alpha=1$ and
            $m_S=1$, which is (i), where there is nothing to show.""",
            Solves(
                ((1 - alpha, sp.Integer(0)), (1 - alpha * unit, sp.Integer(0))),
                ((alpha, sp.Integer(1)), (unit, sp.Integer(1))),
                Scalars(),
            ),
            r"""*One multiplicity*, $m\ge2$, $\lambda<\kappa(C)$: $N$ is spanned by $\mathbf 1$. Then $f\in N$ iff
            $f=\frac mK\mathbf 1$. If not, all label sets satisfy (iii), $y_S=\theta_Sf+c_S\mathbf 1$, and all
            targets lie on one line,""",
            FIXED.eq(P * (theta * f + alpha * ones - f), (theta - 1) * (P * f)),
            r"so $C$ has rank 1, which is less than the rank $K-1\ge2$ that $\lambda<\kappa(C)$ gives it.",
        ),
        variants={
            "plain sums although the frequencies have not collapsed": Reading(
                h(S), (Term(in_set, SINGLETON(k), k),), "", Circumstances("MSE", "free", ""), FREE
            ),
            "the scale (1 - theta)/m_S": Solves(
                (((1 - alpha) * theta, 1 - alpha * unit),), ((alpha, (1 - theta) / unit),), differ
            ),
            "averages that divide by the number of labels when the frequencies have collapsed": with_kernel.eq(
                h(S), 1 / size * sums, no_frequency * (ones.T * y(S) - number(1))
            ),
        },
    )
