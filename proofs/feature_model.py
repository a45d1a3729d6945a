r"""The unconstrained feature model for the chapters that stand on it: losses, letters, stationarity, instances.

Two settings meet here. The *losses* are SymPy formulas in entries, with the number of labels :math:`K` a symbol, and
are differentiated and conjugated as such. What holds for every loss alike is word algebra in the letters :math:`W`,
:math:`h_S`, :math:`b` and :math:`r_S` (:data:`POINTS`); stationarity (U2) enters as the equations :data:`FEATURES`,
:data:`CLASSIFIER` and :data:`BIAS`, and :math:`R\preceq\lambda I` as the semidefinite letter of :data:`OPTIMAL`. The
instances are exact optima, saddles and arbitrary points of the MSE, whose geometry is rational.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.algebra import Model
from proofs.derivation import Equation, Grade, Identity
from proofs.formula import Formula, Index, Letter, eye, norm2, zero
from proofs.outcome import Outcome, Sign
from proofs.scalars import Scalars
from proofs.vocabulary import MIXED, SETS, K, S, W, d, label_model

__all__ = [
    "BCE",
    "BIAS",
    "CLASSIFIER",
    "FEATURES",
    "FENCHEL_YOUNG",
    "LOSSES",
    "MSE",
    "OPTIMAL",
    "PAL",
    "POINTS",
    "Entries",
    "G",
    "Gradient",
    "Loss",
    "N",
    "R",
    "Slack",
    "b",
    "dual",
    "dual_value",
    "gap",
    "h",
    "lam",
    "lambda_H",
    "lambda_W",
    "loss_value",
    "objective",
    "point",
    "primal",
    "r",
    "z",
]

lambda_W, lambda_H = sp.symbols("lambda_W lambda_H", positive=True)  # noqa: N816 - the field's names
lam = lambda_W * lambda_H

Half = sp.Rational(1, 2)
Entries = Callable[[Any], Any]
"""A vector over the labels: label index to entry."""


# ====================================================================== the losses, in entries

_k, _l = sp.symbols("k l", integer=True)
N = sp.Symbol("N", integer=True, positive=True)
"""The number of label sets, where they are numbered."""


def _over_labels(term: Any, index: sp.Symbol = _k) -> sp.Sum:
    return sp.Sum(term, (index, 1, K))


@dataclass(frozen=True)
class Loss:
    """A loss as a formula in the logits, the label indicator and the number of labels of the set.

    Args:
        name: what it is called.
        value: from logits ``z``, indicator ``y`` and multiplicity ``m``.
        residual: minus the derivative by the logit of label ``j``, from ``z``, ``y``, ``m`` and ``j``.

    Example:
        >>> z, y = sp.IndexedBase("z", real=True), sp.IndexedBase("y", real=True)
        >>> MSE.value(lambda k: z[k], lambda k: y[k], 1)
        Sum((-y[k] + z[k])**2, (k, 1, K))/2
    """

    name: str
    value: Callable[[Entries, Entries, Any], Any]
    residual: Callable[[Entries, Entries, Any, Any], Any]


PAL = Loss(
    "PAL-CE",
    lambda z, y, m: m * sp.log(_over_labels(sp.exp(z(_k)))) - _over_labels(y(_k) * z(_k)),
    lambda z, y, m, j: y(j) - m * sp.exp(z(j)) / _over_labels(sp.exp(z(_l)), _l),
)
BCE = Loss(
    "BCE",
    lambda z, y, m: _over_labels(sp.log(1 + sp.exp(z(_k))) - y(_k) * z(_k)),  # noqa: ARG005
    lambda z, y, m, j: y(j) - sp.exp(z(j)) / (1 + sp.exp(z(j))),  # noqa: ARG005
)
MSE = Loss(
    "MSE",
    lambda z, y, m: Half * _over_labels((z(_k) - y(_k)) ** 2),  # noqa: ARG005
    lambda z, y, m, j: y(j) - z(j),  # noqa: ARG005
)
LOSSES = (PAL, BCE, MSE)


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
        return Identity(sp.Derivative(self.function, self.by), self.value, self.setting).outcome()

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
_Slack = Letter("lambda I - R", K, K, tex=r"(\lambda I-R)", symmetric=True, sign=Sign.NONNEGATIVE)
_value = Letter("L", tex="L_{{{0}}}(z_{{{0}}})", indices=(SETS,))
_dual = Letter("D", tex="D_{{{0}}}(r_{{{0}}})", indices=(SETS,))
_gap = Letter("Delta", tex=r"\Delta_{{{0}}}(r_{{{0}}},z_{{{0}}})", indices=(SETS,), sign=Sign.NONNEGATIVE)

b, R, G, Slack = _b(), _R(), _G(), _Slack()
h: Callable[[Index], Formula] = _h
r: Callable[[Index], Formula] = _r
z: Callable[[Index], Formula] = _z
loss_value: Callable[[Index], Formula] = _value
dual_value: Callable[[Index], Formula] = _dual
gap: Callable[[Index], Formula] = _gap

FEATURES = Equation("(U2) for the features", h(S), 1 / lambda_H * (W.T * r(S)))
CLASSIFIER = Equation("(U2) for the classifier", W, 1 / lambda_W * (r(S) * h(S).T).over(S))
BIAS = Equation("(U2) for the bias", r(S).over(S), zero(K))
FENCHEL_YOUNG = Equation("the Fenchel-Young identity", loss_value(S) - dual_value(S), gap(S) - r(S).T * z(S))

primal = loss_value(S).over(S) + lambda_W / 2 * norm2(W) + lambda_H / 2 * norm2(h(S)).over(S)
dual = dual_value(S).over(S)


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
        + lambda_W / 2 * sp.Sum(classifier[_k, a] ** 2, (_k, 1, K), (a, 1, d))
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

    def half_square(vector: sp.Matrix) -> list[list[Any]]:
        return [[Half * (vector.T * vector)[0, 0]]]

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
            "L": lambda s: half_square(logits(s) - indicator(s)),
            "D": lambda s: (residual[s].T * indicator(s)) - sp.Matrix(half_square(residual[s])),
            "Delta": lambda s: half_square(logits(s) - indicator(s) + residual[s]),
            **(letters or {}),
        },
    )


def _q(numerator: int, denominator: int) -> sp.Rational:
    return sp.Rational(numerator, denominator)


PARTIAL_RANK = point(
    "the MSE optimum of K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 9/20, of rank 1",
    2,
    {(1,): 4, (2,): 1},
    classifier=[[1, 0], [0, 0]],
    regularisation=(_q(3, 20), 3),
    residuals={(1,): (_q(3, 4), 0), (2,): (0, 1)},
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

ONLY_FEATURES = point(
    "a point of the MSE for K = 3 with 1/2 on {1}, 1/2 on {2,3}, stationary in the features only",
    3,
    {(1,): 1, (2, 3): 1},
    classifier=[[1, 2], [0, -1], [3, 1]],
    regularisation=(_q(1, 3), 2),
    residuals={(1,): (1, 0, 1), (2, 3): (Half, 2, -1)},
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
    definitions=(
        (R, (r(S) * r(S).T).over(S)),
        (G, W * W.T),
        (z(S), W * h(S) + b),
    ),
    models=(*_OPTIMA, FREE_BIAS, SADDLE, ANY_POINT, ONLY_FEATURES, ONLY_CLASSIFIER),
    scalars=Scalars(),
)
"""Any point of the model with any residuals."""

OPTIMAL = POINTS.extended(definitions=((Slack, lam * eye(K) - R),), models=_OPTIMA)
r"""Residuals with :math:`R\preceq\lambda I`, as dual feasibility asks."""
