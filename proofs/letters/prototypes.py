r"""Letters of the feature model at a stationary point, for the chapters on prototypes, and exact instances of them.

Prototypes :math:`h_S` and classifier rows live in :math:`\mathbb R^d`, residuals :math:`r_S` in :math:`\mathbb R^K`.
Multiplicities are a family of their own (:data:`SIZES`), so that a statement may quantify over the mix of label-set
sizes: :math:`[m_S=m_n]` is the indicator that :math:`S` belongs to class :math:`n`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from proofs.kernel.formula import Family, Formula, Index, Letter
from proofs.kernel.models import Model
from proofs.letters.feature_model import lambda_H, lambda_W
from proofs.letters.vocabulary import HALF, LABELS, SETS, K, d, label_model, m_of

SIZES = Family("multiplicities", r"\sum_{{{0}}}", sp.Symbol("N", integer=True, positive=True))
n = Index("n", SIZES)

H_LETTER = Letter("h", d, indices=(SETS,), tex="h_{{{0}}}")
R_LETTER = Letter("r", K, indices=(SETS,), tex="r_{{{0}}}")
SINGLETON = Letter("h1", d, indices=(LABELS,), tex=r"h_{{\{{{0}\}}}}")
SIZE_LETTER = Letter("has size", indices=(SETS, SIZES), tex="[m_{{{0}}}=m_{{{1}}}]")

has_size: Callable[[Index, Index], Formula] = SIZE_LETTER


def kappa_bar_of(index: Index) -> Any:
    r"""The balanced value :math:`\bar\kappa` at the multiplicity of a label set, or of a class of label sets."""
    size = m_of[index.symbol]
    return size * (K - size) / (K * (K - 1))


def size_of(member: Any) -> int:
    """The multiplicity of a label set, or of a class of label sets (which is named by it)."""
    return member if isinstance(member, int) else len(member)


def etf_model(
    size: int,
    weights: Mapping[tuple[int, ...], int],
    root_g: int,
    scalars: Mapping[int, Any],
    sizes: Mapping[Any, Any] | None = None,
    name: str = "",
) -> Model:
    r"""A distribution with the classifier :math:`W=\sqrt g\,P` (an ETF) and given scalars :math:`c_m`.

    :math:`\lambda=\sum_S\pi_Sc_{m_S}^2\bar\kappa_{m_S}` is what these scalars make it, with :math:`\lambda_W=\frac12`.
    """
    total = sum(weights.values())
    energy = sum(
        sp.Rational(w, total) * scalars[len(s)] ** 2 * sp.Rational(len(s) * (size - len(s)), size * (size - 1))
        for s, w in weights.items()
    )
    multiplicities = sorted({len(s) for s in weights})
    model = label_model(
        size,
        weights,
        name=name,
        sizes={
            d: size,
            sp.Symbol("g", positive=True): root_g**2,
            SIZES.total: len(multiplicities),
            lambda_W: sp.Rational(1, 2),
            lambda_H: 2 * energy,
            **(sizes or {}),
        },
        letters={
            "W": lambda: root_g * (sp.eye(size) - sp.ones(size, size) / size),
            "has size": lambda label_set, multiplicity: [[int(len(label_set) == multiplicity)]],
        },
        multiplicities=[(1, multiplicity) for multiplicity in multiplicities],
    )
    return replace(model, functions={**model.functions, "m": size_of, "c": lambda member: scalars[size_of(member)]})


def with_tagwise_residuals(model: Model) -> Model:
    r"""The model with residuals :math:`r_S=c_{m_S}\tilde y_S` as letters."""
    size, scalar = model.sizes[K], model.functions["c"]

    def residual(label_set: frozenset[int]) -> list[list[Any]]:
        mean = sp.Rational(len(label_set), size)
        return [[scalar(label_set) * (int(label in label_set) - mean)] for label in range(1, size + 1)]

    return replace(model, letters={**model.letters, "r": residual})


def two_groups() -> Model:
    """Six labels in two triples: the nine pairs that take one label of each triple, and the two triples themselves."""
    pairs: dict[tuple[int, ...], Any] = {(i, j_): 2 for i in (1, 2, 3) for j_ in (4, 5, 6)}
    side = sp.Matrix([1, 1, 1, -1, -1, -1])
    between = side * side.T / 6
    model = etf_model(
        6,
        {**pairs, (1, 2, 3): 9 * HALF, (4, 5, 6): 9 * HALF},
        1,
        {2: HALF, 3: sp.Rational(1, 3)},
        name="pairs across and triples of 6 labels",
    )
    centering = sp.eye(6) - sp.ones(6, 6) / 6
    return replace(model, letters={**model.letters, "between": between.copy, "across": (centering - between).copy})
