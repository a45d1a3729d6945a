r"""The letters of chapter B, and label distributions whose second moments have rational roots."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import lcm
from typing import Any

import sympy as sp

from proofs.chapters.weighted_synthesis.squared_loss import mean_size
from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.formula import Formula, Index, Letter, eye
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h
from proofs.letters.prototypes import SINGLETON
from proofs.letters.vocabulary import MIXED, SETS, K, S, W, d, e, f, k, label_model, ones, y

rho = sp.Symbol("varrho", positive=True)

_s = Letter("s", K, indices=(SETS,), tex="s_{{{0}}}")
_root = Letter("root", K, K, tex="N_0^{{1/2}}", symmetric=True)
_Q = Letter("Q", K, K, tex="N_0^{{-1/2}}", symmetric=True)
_N = Letter("N0", K, K, tex="N_0", symmetric=True)
_h0 = Letter("h0", d, tex=r"h_\varnothing")
root, Q, moment, empty = _root(), _Q(), _N(), _h0()
s: Callable[[Index], Formula] = _s

# ====================================================================== instances


def independent(*frequencies: Any) -> dict[tuple[int, ...], int]:
    """Label sets of independent labels of these frequencies, with integer weights."""
    shares = [sp.Rational(x) for x in frequencies]
    total = lcm(*(int(x.q) for x in shares)) ** len(shares)
    found = {}
    for chosen in product((0, 1), repeat=len(shares)):
        weight = sp.prod([x if here else 1 - x for here, x in zip(chosen, shares, strict=True)]) * total
        found[tuple(label for label, here in enumerate(chosen, 1) if here)] = int(weight)
    return {labels: weight for labels, weight in found.items() if weight}


def _model(
    name: str, weights: Mapping[tuple[int, ...], int], classifier: Sequence[Sequence[Any]], scale: Any, free: bool
) -> Model:
    """A classifier with W W' = scale times the root of the moment of the signs, centered if the bias is free."""
    size, columns, total = len(classifier), len(classifier[0]), sum(weights.values())
    signs = {labels: sp.Matrix([1 if i in labels else -1 for i in range(1, size + 1)]) for labels in weights}
    mean = sum((sp.Rational(w, total) * signs[labels] for labels, w in weights.items()), sp.zeros(size, 1))
    rows = {labels: signs[labels] - (mean if free else sp.zeros(size, 1)) for labels in weights}
    table = sp.Matrix(classifier)
    half = table * table.T / scale
    second = sum(
        (sp.Rational(w, total) * rows[labels] * rows[labels].T for labels, w in weights.items()), sp.zeros(size)
    )
    assert half * half == second, f"{name} has another root"
    return label_model(
        size,
        weights,
        name=name,
        sizes={d: columns, rho: scale, mean_size: sp.Rational(sum(len(t) * w for t, w in weights.items()), total)},
        letters={"W": table.copy, "root": half.copy, "Q": half.inv().copy},
    )


_THIRD = sp.Rational(1, 3)
ALIKE = _model(
    "K = 3 with 11/36 on the empty set, 1/36 on each label alone, 22/36 on all three",
    {(): 11, (1,): 1, (2,): 1, (3,): 1, (1, 2, 3): 22},
    [[int(i == j) for j in range(3)] + [1, _THIRD, _THIRD, _THIRD] for i in range(3)],
    3,
    free=False,
)
UNCORRELATED = _model(
    "K = 3 with independent labels of frequencies 1/5, 1/2, 1/5",
    independent("1/5", "1/2", "1/5"),
    [[2, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 2]],
    5,
    free=True,
)

# ====================================================================== settings


def polar_target(signs: Formula, free: bool) -> Formula:
    """What the inverse root is applied to: the sign vector, less the mean of all if the bias is free."""
    return signs - (2 * f - ones) if free else signs


def _setting(free: bool, model: Model, scalars: Scalars) -> Algebra:
    def prototype(signs: Formula) -> Formula:
        made: Formula = 1 / rho * (W.T * Q * polar_target(signs, free))
        return made

    second = (polar_target(s(S), free) * polar_target(s(S), free).T).over(S)
    return MIXED.extended(
        letters=(_root, _Q),
        definitions=(
            (s(S), 2 * y(S) - ones),
            (moment, second),
            (h(S), prototype(2 * y(S) - ones)),
            (SINGLETON(k), prototype(2 * e(k) - ones)),
            (empty, prototype(-ones)),
        ),
        models=(model,),
        scalars=scalars,
    )


SIGNS = _setting(False, ALIKE, Scalars((K >= 3,)))
"""Limit prototypes of BCE without a bias: images of the sign vectors."""
FREE = _setting(True, UNCORRELATED, Scalars((K >= 2, sp.Ne(mean_size, 1))))
"""With a free bias: images of the sign vectors less their mean, twice y - f."""

INVERTED = Equation("the inverse root", root * Q, eye(K))
SQUARED = Equation("the square root", root * root, moment)
