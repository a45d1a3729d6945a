r"""The letters all chapters share: labels, label sets, their second moments and centerings, and models of them.

Two algebras stand on it: :data:`MIXED`, where label sets have any size :math:`m_S`, and :data:`FIXED`, where all have
the same size :math:`m`. In both :math:`\sum_S\pi_S=1`, and nothing else is assumed of :math:`\pi`; ``x`` is a contrast,
:math:`\mathbf1^\top x=0`, while ``v`` and ``W`` are arbitrary.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.compound import Lemma, lemma
from proofs.kernel.formula import Family, Formula, Index, Letter, eye
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.kernel.scalars import Scalars

K = sp.Symbol("K", integer=True, positive=True)
m = sp.Symbol("m", integer=True, positive=True)
d = sp.Symbol("d", integer=True, positive=True)
kappa_bar = m * (K - m) / (K * (K - 1))

PROPER = Scalars((m >= 1, m + 1 <= K))
r"""Coefficients under :math:`1\le m\le K-1`."""

LABELS = Family("labels", r"\sum_{{{0}}}", K, basis="e", basis_sum="1")
SETS = Family("label sets", r"\sum_{{{0}}}\pi_{{{0}}}\,")
S, T = Index("S", SETS), Index("T", SETS)
j, k = Index("j", LABELS), Index("k", LABELS)

_ones = Letter("1", K, tex=r"\mathbf{1}")
_e = Letter("e", K, indices=(LABELS,), tex="e_{{{0}}}")
_y = Letter("y", K, indices=(SETS,), tex="y_{{{0}}}")
_W = Letter("W", K, d)
_x = Letter("x", K)
_v = Letter("v", K)
_P = Letter("P", K, K, symmetric=True)
_M = Letter("M", K, K, symmetric=True)
_Sigma = Letter("Sigma", K, K, tex=r"\Sigma", symmetric=True)
_f = Letter("f", K)
_y_tilde = Letter("y~", K, indices=(SETS,), tex=r"\tilde y_{{{0}}}")

ones, P, M, Sigma, f, W, x, v = (letter() for letter in (_ones, _P, _M, _Sigma, _f, _W, _x, _v))
e: Callable[[Index], Formula] = _e
y: Callable[[Index], Formula] = _y
y_tilde: Callable[[Index], Formula] = _y_tilde

m_of = sp.IndexedBase("m", positive=True)


def entries(*names: str, rows: int, columns: int = 1) -> list[list[int]]:
    """Small integers that look arbitrary and are the same on every run: the value of a free letter in a model."""
    state = sum(ord(c) * 257**i for i, c in enumerate("/".join(names))) % 2**31
    table = []
    for _ in range(rows):
        row = []
        for _ in range(columns):
            state = (1103515245 * state + 12345) % 2**31
            row.append((state >> 16) % 7 - 3)
        table.append(row)
    return table


def _contrast(size: int) -> list[list[int]]:
    free = entries("x", rows=size - 1)
    return [*free, [-sum(row[0] for row in free)]]


def label_model(
    size: int,
    weights: Mapping[tuple[int, ...], int],
    name: str = "",
    sizes: Mapping[Any, Any] | None = None,
    letters: Mapping[str, Callable[..., Any]] | None = None,
    **members: Any,
) -> Model:
    """The label distribution with the given integer weights on label sets over ``size`` labels, as a model.

    Args:
        size: number of labels ``K``.
        weights: label sets as tuples of labels 1..K.
        name: how a witness names it; spelled out from the weights when absent.
        sizes: values of further symbols.
        letters: values of further letters.
        members: further families, as ``name=[(weight, member), ...]``.
    """
    total = sum(weights.values())
    labels = range(1, size + 1)
    set_sizes = {len(s) for s in weights}
    spelled = ", ".join(f"{Fraction(w, total)} on {{{','.join(map(str, s))}}}" for s, w in weights.items())
    return Model(
        name=name or f"K = {size} with {spelled}",
        sizes={K: size, d: 2, **({m: set_sizes.pop()} if len(set_sizes) == 1 else {}), **(sizes or {})},
        members={
            "label sets": [(sp.Rational(w, total), frozenset(s)) for s, w in weights.items()],
            "labels": [(1, label) for label in labels],
            **members,
        },
        letters={
            "1": lambda: [[1]] * size,
            "e": lambda label: [[int(label == i)] for i in labels],
            "y": lambda label_set: [[int(i in label_set)] for i in labels],
            "W": lambda: entries("W", rows=size, columns=2),
            "x": lambda: _contrast(size),
            "v": lambda: entries("v", rows=size),
            **(letters or {}),
        },
        functions={"m": len},
    )


def _label_algebra(size: Any, models: tuple[Model, ...], scalars: Scalars) -> Algebra:
    return Algebra(
        letters=(_ones, _e, _y, _W, _x, _v),
        definitions=(
            (P, eye(K) - sp.Integer(1) / K * (ones * ones.T)),
            (M, (y(S) * y(S).T).over(S)),
            (Sigma, P * M * P),
            (f, y(S).over(S)),
            (y_tilde(S), P * y(S)),
        ),
        rules=(
            Rule(ones.T * ones, K, "K entries, each 1"),
            Rule(ones.T * y(S), size, "the number of labels in S"),
            Rule(y(S).T * y(S), size, "entries are 0 or 1"),
            Rule(ones.T * x, 0, "x is a contrast between labels"),
            Rule(ones.T * e(k), 1, "one entry is 1"),
            Rule(e(k).T * e(k), 1, "one entry is 1"),
        ),
        idempotent=(e(k).T * y(S),),
        scalars=scalars,
        models=models,
    )


_FIXED_MODELS = (
    label_model(3, {(1,): 1, (2,): 2, (3,): 3}),
    label_model(4, {(1, 2): 1, (1, 3): 2, (2, 4): 3, (3, 4): 1}),
    label_model(5, {(1, 2, 3): 1, (1, 2, 4): 1, (3, 4, 5): 2}),
)
_MIXED_MODELS = (
    label_model(3, {(1,): 1, (2, 3): 2, (3,): 1}),
    label_model(4, {(1,): 1, (1, 2): 1, (2, 3, 4): 3, (3,): 2}),
)

FIXED = _label_algebra(m, _FIXED_MODELS, PROPER)
MIXED = _label_algebra(m_of[S.symbol], _MIXED_MODELS, Scalars((K >= 2,)))

HALF = sp.Rational(1, 2)
PERCENT = sp.Rational(101, 100)
"""What false variants are too large by: a percent."""

SUBSETS = Family("subsets", r"\sum_{{{0}}}", sp.Symbol("N", integer=True, positive=True))
ANY = Index("S", SUBSETS)
"""A sum over all label sets, or all of one multiplicity, where the probabilities are letters."""

CONTRAST_LETTERS = (_ones, _x)
"""The two letters that an algebra needs to speak of contrasts."""


# ---------------------------------------------------------------------- instances with rational extreme eigenvalues

kappa, top = sp.symbols("kappa Kappa", nonnegative=True)
_Low = Letter("Q-", K, K, tex=r"\underline{Q}", symmetric=True, sign=Sign.NONNEGATIVE)
_High = Letter("Q+", K, K, tex=r"\overline{Q}", symmetric=True, sign=Sign.NONNEGATIVE)
Low, High = _Low(), _High()

THREE_PAIRS = label_model(
    4, {(1, 2): 3, (1, 3): 2, (1, 4): 1}, sizes={kappa: sp.Rational(1, 6), top: sp.Rational(1, 2)}
)
THREE_SINGLES = label_model(3, {(1,): 2, (2,): 1, (3,): 1}, sizes={kappa: sp.Rational(1, 4), top: sp.Rational(5, 12)})

SPECTRAL = FIXED.extended(
    definitions=((Low, Sigma - kappa * P), (High, top * P - Sigma)), models=(THREE_PAIRS, THREE_SINGLES)
)
r"""One multiplicity, with :math:`\kappa P\preceq\Sigma\preceq\mathrm KP`; the models are checked to satisfy it."""


GRAM_PAIRS = label_model(
    4,
    {(1, 2): 22, (1, 3): 31, (1, 4): 47},
    sizes={kappa: sp.Rational(22, 100), top: sp.Rational(47, 100)},
    letters={"B": lambda: _split_pairs(0, 3, 5), "C": lambda: _split_pairs(5, 4, 0)},
)
r"""Four labels with rational roots: :math:`\Sigma-\kappa P=B^\top B` and :math:`\mathrm KP-\Sigma=C^\top C`."""


def gram_factorization(algebra: Algebra, *factors: tuple[Formula, Formula]) -> Lemma:
    """Pairs ``(matrix, root)``: the matrix is positive semidefinite, hence the square of the root."""
    hypotheses = [
        hypothesis
        for matrix, _ in factors
        for hypothesis in (
            (f"${algebra.tex(matrix)}$ is symmetric:", algebra.eq(matrix.T, matrix)),
            ("and nonnegative:", algebra.ge(v.T * matrix * v, 0)),
        )
    ]
    return lemma(
        "Gram factorization",
        r"A symmetric positive semidefinite matrix is $B^\top B$ for some matrix $B$.",
        *hypotheses,
        gives=r",\qquad ".join(f"{algebra.tex(matrix)} = {algebra.tex(root.T * root)}" for matrix, root in factors),
    )


def _split_pairs(*tenths: int) -> sp.Matrix:
    """The symmetric matrix whose eigenvectors are the three ways to split four labels into pairs."""
    splits = (sp.Matrix([1, 1, -1, -1]), sp.Matrix([1, -1, 1, -1]), sp.Matrix([1, -1, -1, 1]))
    terms = (sp.Rational(value, 40) * s * s.T for value, s in zip(tenths, splits, strict=True))
    return sum(terms, sp.zeros(4, 4))


def pairs_of_four(**values: object) -> dict[tuple[int, ...], int]:
    """The six pairs of four labels with the given weights (``w12=3``), 1 where none is given."""
    pairs = [(a, b) for a in range(1, 5) for b in range(a + 1, 5)]
    return {pair: int(str(values.get("w{}{}".format(*pair), 1))) for pair in pairs}
