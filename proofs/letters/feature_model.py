r"""The unconstrained feature model for the chapters that stand on it: objective, letters, stationarity, instances.
Two settings meet here. The *objective* is a SymPy formula in entries, and is differentiated as such. What holds
for every loss alike is word algebra in the letters :math:`W`, :math:`h_S`, :math:`b` and :math:`r_S`
(:data:`POINTS`); stationarity (U2) enters as the equations :data:`FEATURES`, :data:`CLASSIFIER` and :data:`BIAS`,
and :math:`R\preceq\lambda I` as the semidefinite letter of :data:`FEASIBLE`. The instances are exact optima,
saddles and arbitrary points of the MSE, whose geometry is rational."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation, Grade
from proofs.kernel.formula import Formula, Index, Letter, eye, norm2, trace
from proofs.kernel.models import Model
from proofs.kernel.outcome import Outcome, Sign
from proofs.kernel.scalars import Scalars
from proofs.letters.losses import Entries, Loss, entry
from proofs.letters.vocabulary import MIXED, SETS, K, S, W, d, label_model, ones

lambda_W, lambda_H = sp.symbols("lambda_W lambda_H", positive=True)
lam = lambda_W * lambda_H

Half = sp.Rational(1, 2)
N = sp.Symbol("N", integer=True, positive=True)
"""The number of label sets, where they are numbered."""


# ====================================================================== the objective, in entries


@dataclass(frozen=True)
class Gradient:
    r"""A partial derivative of a formula that is too long to be repeated: shown as :math:`\partial F/\partial x`.

    Args:
        name: LaTeX of the function.
        function: the formula that is differentiated.
        by: the variable.
        value: the claimed derivative.
        setting: decides.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> Gradient("F", x**3, x, 3 * x**2, Scalars()).outcome().verdict.value
        'proved'
    """

    name: str
    function: Any
    by: Any
    value: Any
    setting: Scalars

    grade = Grade.GENERAL
    lemmas = ()

    def outcome(self) -> Outcome:
        """Differentiate, then compare."""
        return self.setting.eq(sp.Derivative(self.function, self.by), self.value).outcome()

    def tex(self) -> str:
        """The derivative by name, and its value."""
        tex = self.setting.tex
        return rf"\frac{{\partial {self.name}}}{{\partial {tex(self.by)}}} = {tex(self.value)}"


# ====================================================================== what all losses share: words

_h = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
_r = Letter("r", K, indices=(SETS,), tex="r_{{{0}}}")
_z = Letter("z", K, indices=(SETS,), tex="z_{{{0}}}")
_b = Letter("b", K)
_R = Letter("R", K, K, symmetric=True)
_G = Letter("G", K, K, symmetric=True)
_Wp = Letter("W+", d, K, tex=r"W^{+}")
_Slack = Letter("lambda I - R", K, K, tex=r"(\lambda I-R)", symmetric=True, sign=Sign.NONNEGATIVE)
_Above = Letter("rho I - R", K, K, tex=r"(\rho I-R)", symmetric=True, sign=Sign.NONNEGATIVE)
_value = Letter("L", tex="L_{{{0}}}(z_{{{0}}})", indices=(SETS,))
_dual = Letter("D", tex="D_{{{0}}}(r_{{{0}}})", indices=(SETS,))
_gap = Letter("Delta", tex=r"\Delta_{{{0}}}(r_{{{0}}},z_{{{0}}})", indices=(SETS,), sign=Sign.NONNEGATIVE)

b, R, G, W_plus, Slack, Above = _b(), _R(), _G(), _Wp(), _Slack(), _Above()
rho = sp.Symbol("rho", positive=True)
h: Callable[[Index], Formula] = _h
r: Callable[[Index], Formula] = _r
z: Callable[[Index], Formula] = _z
loss_value: Callable[[Index], Formula] = _value
dual_value: Callable[[Index], Formula] = _dual
gap: Callable[[Index], Formula] = _gap

FEATURES = Equation("(U2) for the features", h(S), 1 / lambda_H * (W.T * r(S)))
CLASSIFIER = Equation("(U2) for the classifier", W, 1 / lambda_W * (r(S) * h(S).T).over(S))
BIAS = Equation("(U2) for the bias", r(S).over(S), 0)
NO_BIAS = Equation("the absence of a bias", b, 0)
PAL_RESIDUALS = Equation("residuals of PAL-CE add up to zero", ones.T * r(S), 0)
FENCHEL_YOUNG = Equation("the Fenchel-Young identity", loss_value(S) - dual_value(S), gap(S) - r(S).T * z(S))

FENCHEL_YOUNG_MEAN = FENCHEL_YOUNG.over(S)

primal = loss_value(S).over(S) + lambda_W / 2 * norm2(W) + lambda_H / 2 * norm2(h(S)).over(S)
dual = dual_value(S).over(S)
gaps = gap(S).over(S)
feature_mismatch = norm2(h(S) - 1 / lambda_H * (W.T * r(S))).over(S)
slack_term = 1 / (2 * lambda_H) * trace(W.T * Slack * W)


def without_bias_term(case: str) -> Equation:
    """What makes the bias term of the gap vanish: that there is no bias, or that the residuals have mean zero."""
    if case == "no bias":
        return (-1 * r(S).T * NO_BIAS).over(S)
    return -1 * b.T * BIAS


BIAS_CASES = (("b=0", "no bias"), ("free bias", "free bias"))
"""The two ways in which a bias may be absent from the gap: words, and the case of :func:`without_bias_term`."""


def objective(loss: Loss) -> tuple[Any, Mapping[str, Any]]:
    """The objective of a loss in entries, everything symbolic, and the letters it is written in.

    ``N`` label sets with weights ``pi[s]``, ``d`` feature dimensions, entries ``W[k, a]``, ``h[s, a]`` and ``b[k]``.
    """
    s, a = sp.symbols("s a", integer=True)
    weight, mult = (sp.IndexedBase(name, positive=True) for name in ("pi", "m"))
    classifier, feature, bias, indicator = (sp.IndexedBase(name, real=True) for name in ("W", "h", "b", "y"))

    def logits(at: Any) -> Entries:
        return lambda k: sp.Sum(classifier[k, a] * feature[at, a], (a, 1, d)) + bias[k]

    def of_set(at: Any) -> Entries:
        return lambda k: indicator[at, k]

    def residual(at: Any, k: Any) -> Any:
        return loss.residual(logits(at), of_set(at), mult[at], k)

    formula = (
        sp.Sum(weight[s] * loss.value(logits(s), of_set(s), mult[s]), (s, 1, N))
        + lambda_W / 2 * sp.Sum(classifier[entry, a] ** 2, (entry, 1, K), (a, 1, d))
        + lambda_H / 2 * sp.Sum(weight[s] * sp.Sum(feature[s, a] ** 2, (a, 1, d)), (s, 1, N))
    )
    return formula, {
        "pi": weight,
        "W": classifier,
        "h": feature,
        "b": bias,
        "m": mult,
        "y": indicator,
        "residual": residual,
    }


# ====================================================================== exact instances

Table = Sequence[Sequence[Any]]


def point(  # noqa: PLR0913 - a point of the model has this many parts
    name: str,
    size: int,
    weights: Mapping[tuple[int, ...], int],
    *,
    classifier: Table,
    regularisation: tuple[Any, Any],
    residuals: Mapping[tuple[int, ...], Sequence[Any]],
    features: Mapping[tuple[int, ...], Sequence[Any]] | None = None,
    bias: Sequence[Any] | None = None,
    sizes: Mapping[Any, Any] | None = None,
    letters: Mapping[str, Callable[..., Any]] | None = None,
) -> Model:
    r"""A point of the feature model with the values of the MSE, exact.

    Args:
        name: how a witness names it.
        size: number of labels.
        weights: integer weights of the label sets.
        classifier: ``W``, ``size`` rows.
        regularisation: :math:`(\lambda_W,\lambda_H)`.
        residuals: ``r_S`` per label set, whatever they are the residuals of.
        features: ``h_S`` per label set; those of (U2) when absent.
        bias: ``b``; zero when absent.
        sizes: values of further symbols.
        letters: values of further letters.
    """
    weight_w, weight_h = map(sp.sympify, regularisation)
    matrix = sp.Matrix(classifier)
    offset = sp.Matrix(bias if bias is not None else [0] * size)
    residual = {frozenset(s): sp.Matrix(v) for s, v in residuals.items()}
    feature = (
        {s: matrix.T * v / weight_h for s, v in residual.items()}
        if features is None
        else {frozenset(s): sp.Matrix(v) for s, v in features.items()}
    )

    def logits(s: frozenset[int]) -> sp.Matrix:
        return matrix * feature[s] + offset

    def indicator(s: frozenset[int]) -> sp.Matrix:
        return sp.Matrix([int(i in s) for i in range(1, size + 1)])

    return label_model(
        size,
        weights,
        name=name,
        sizes={d: matrix.cols, lambda_W: weight_w, lambda_H: weight_h, **(sizes or {})},
        letters={
            "W": lambda: matrix,
            "b": lambda: offset,
            "h": lambda s: feature[s],
            "r": lambda s: residual[s],
            "L": lambda s: _half_square(logits(s) - indicator(s)),
            "D": lambda s: (residual[s].T * indicator(s)) - sp.Matrix(_half_square(residual[s])),
            "Delta": lambda s: _half_square(logits(s) - indicator(s) + residual[s]),
            **(letters or {}),
        },
    )


def _half_square(vector: sp.Matrix) -> list[list[Any]]:
    return [[Half * (vector.T * vector)[0, 0]]]


def _q(numerator: int, denominator: int) -> sp.Rational:
    return sp.Rational(numerator, denominator)


PARTIAL_SADDLE = point(
    "a stationary point of rank 1 of the MSE for K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 1/80",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[0, 0], [0, 3]],
    regularisation=(_q(1, 240), 3),
    residuals={(1,): (1, 0), (2,): (0, _q(1, 4))},
)
PARTIAL_RANK = point(
    "the MSE optimum of K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 9/20, of rank 1",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[1, 0], [0, 0]],
    regularisation=(_q(3, 20), 3),
    residuals={(1,): (_q(3, 4), 0), (2,): (0, 1)},
)
ONE_FEATURE = point(
    "the best point of the MSE for K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 1/20, that has one feature",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[3], [0]],
    regularisation=(_q(1, 60), 3),
    residuals={(1,): (_q(1, 4), 0), (2,): (0, 1)},
)
FULL_RANK = point(
    "the MSE optimum of K = 2, 16/17 on {1}, 1/17 on {2}, at lambda = 16/425, of rank 2",
    2,
    {(1,): 16, (2,): 1},
    classifier=[[2, 0], [0, Half]],
    regularisation=(_q(16, 425), 1),
    residuals={(1,): (_q(1, 5), 0), (2,): (0, _q(4, 5))},
)
CENTERED = point(
    "K = 4 with 2/7 on {1,2}, 9/14 on {1,3}, 1/14 on {1,4} and centered residuals, of rank 3",
    4,
    {(1, 2): 4, (1, 3): 9, (1, 4): 1},
    classifier=[[3, 1, 1], [1, 0, -1], [-1, 0, 0], [-3, -1, 0]],
    regularisation=(_q(1, 7), Half),
    residuals={
        (1, 2): (_q(1, 4), _q(1, 4), -_q(1, 4), -_q(1, 4)),
        (1, 3): (_q(1, 6), -_q(1, 6), _q(1, 6), -_q(1, 6)),
        (1, 4): (Half, -Half, -Half, Half),
    },
)
FREE_BIAS = point(
    "K = 4 with 1/3 on {1,2}, 2/3 on {3,4} and residuals of mean zero, of rank 1",
    4,
    {(1, 2): 1, (3, 4): 2},
    classifier=[[1, 2], [1, 2], [-1, -2], [-1, -2]],
    regularisation=(1, 2),
    residuals={(1, 2): (1, 1, -1, -1), (3, 4): (-Half, -Half, Half, Half)},
    bias=(1, 0, -2, 3),
)
SADDLE = point(
    "the collapsed point W = 0 of the MSE for K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 9/20",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[0, 0], [0, 0]],
    regularisation=(_q(3, 20), 3),
    residuals={(1,): (1, 0), (2,): (0, 1)},
)
ANY_POINT = point(
    "an arbitrary point of the MSE for K = 3 with 1/4 on {1}, 1/2 on {2,3}, 1/4 on {3}",
    3,
    {(1,): 1, (2, 3): 2, (3,): 1},
    classifier=[[1, 2], [0, -1], [3, 1]],
    regularisation=(_q(1, 3), 2),
    residuals={(1,): (1, 0, 1), (2, 3): (Half, 2, -1), (3,): (0, 1, _q(1, 3))},
    features={(1,): (1, 0), (2, 3): (Half, 1), (3,): (-1, 2)},
    bias=(1, -1, 2),
)

ANY_FEASIBLE = point(
    "an arbitrary point of the MSE for K = 3 with 1/4 on {1}, 1/2 on {2,3}, 1/4 on {3} and small residuals",
    3,
    {(1,): 1, (2, 3): 2, (3,): 1},
    classifier=[[1, 2], [0, -1], [3, 1]],
    regularisation=(_q(1, 3), 2),
    residuals={(1,): (Half, 0, Half), (2, 3): (0, Half, -Half), (3,): (0, Half, _q(1, 3))},
    features={(1,): (1, 0), (2, 3): (Half, 1), (3,): (-1, 2)},
)
FIXED_BIAS = point(
    "K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 9/20, with a bias (1, 0) that is not optimal",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[1, 0], [0, 0]],
    regularisation=(_q(3, 20), 3),
    residuals={(1,): (_q(3, 4), 0), (2,): (0, 1)},
    bias=(1, 0),
)
INFEASIBLE = point(
    "the MSE optimum of K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 9/20, with the residuals of the collapsed point",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[1, 0], [0, 0]],
    regularisation=(_q(3, 20), 3),
    residuals={(1,): (1, 0), (2,): (0, 1)},
    features={(1,): (_q(1, 4), 0), (2,): (0, 0)},
)
COLLAPSED_FEASIBLE = point(
    "the collapsed MSE point of K = 2, 1/2 on {1}, 1/2 on {2}, at lambda = 1, with r = y/2",
    2,
    {(1,): 1, (2,): 1},
    classifier=[[0, 0], [0, 0]],
    regularisation=(1, 1),
    residuals={(1,): (Half, 0), (2,): (0, Half)},
)
ONLY_FEATURES = point(
    "a point of the MSE for K = 2 with 1/2 on {1}, 1/2 on {2}, stationary in the features only",
    2,
    {(1,): 1, (2,): 1},
    classifier=[[1, 0], [0, 0]],
    regularisation=(1, 1),
    residuals={(1,): (Half, 0), (2,): (0, 1)},
)
ONLY_CLASSIFIER = point(
    "a point of the MSE for K = 2 with 1/2 on {1}, 1/2 on {2}, stationary in the classifier only",
    2,
    {(1,): 1, (2,): 1},
    classifier=[[1, 3], [0, 2]],
    regularisation=(Half, 2),
    residuals={(1,): (1, 0), (2,): (0, 1)},
    features={(1,): (1, 3), (2,): (0, 2)},
)

_OPTIMA = (PARTIAL_RANK, FULL_RANK, CENTERED)

POINTS = MIXED.extended(
    letters=(_h, _r, _b, _value, _dual, _gap),
    definitions=((R, (r(S) * r(S).T).over(S)), (G, W * W.T), (z(S), W * h(S) + b)),
    models=(
        *_OPTIMA,
        FREE_BIAS,
        PARTIAL_SADDLE,
        SADDLE,
        ANY_POINT,
        ONLY_FEATURES,
        ONLY_CLASSIFIER,
        INFEASIBLE,
        FIXED_BIAS,
    ),
    scalars=Scalars(),
)
"""Any point of the model with any residuals."""

FEASIBLE = POINTS.extended(
    definitions=((Slack, lam * eye(K) - R),), models=(ANY_FEASIBLE, COLLAPSED_FEASIBLE, *_OPTIMA, FREE_BIAS)
)
r"""Residuals with :math:`R\preceq\lambda I`, as dual feasibility asks."""


def with_letters(
    model: Model, letters: Mapping[str, Callable[..., Any]], sizes: Mapping[Any, Any] | None = None
) -> Model:
    """The model with further letters and symbols given a value."""
    return replace(model, letters={**model.letters, **letters}, sizes={**model.sizes, **(sizes or {})})


def _pseudo_inverse(model: Model) -> Callable[[], sp.Matrix]:
    return lambda: sp.Matrix(model.letters["W"]()).pinv()


BOUNDED = POINTS.extended(
    definitions=((Above, rho * eye(K) - R),),
    models=tuple(
        with_letters(model, {}, {rho: value})
        for model, value in ((ANY_POINT, 8), (FULL_RANK, _q(16, 425)), (SADDLE, _q(4, 5)))
    ),
)
r"""Residuals with :math:`R\preceq\rho I` for some number :math:`\rho`."""

INVERTED = POINTS.extended(
    letters=(_Wp,), models=tuple(with_letters(m, {"W+": _pseudo_inverse(m)}) for m in (*_OPTIMA, FREE_BIAS))
)
"""With the pseudo-inverse of the classifier."""
