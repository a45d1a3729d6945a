r"""The trees that vector and matrix formulas are made of, and their LaTeX.

A formula is built with operators from letters (:math:`W`, :math:`y_S`, :math:`\mathbf 1`, :math:`e_k`), which have a
shape and may be indexed. It is kept as built, because that is what the reader sees; ``proofs.kernel.algebra`` decides
equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar, overload

import sympy as sp

from proofs.kernel.outcome import DefectError, Sign

ONE = sp.Integer(1)


# ====================================================================== what formulas are made of


@dataclass(frozen=True)
class Family:
    r"""What an index runs over, and the measure a sum over it carries.

    Args:
        name: the family's name; models list its members under it.
        tex: LaTeX of the summation sign with ``{0}`` for the index, such as ``\sum_{{{0}}}\pi_{{{0}}}\,``.
        total: total mass of the measure, such as 1 for a probability and ``K`` for counting labels.
        basis: name of the letter :math:`e_k` with :math:`\sum_ke_ke_k^\top=I`, if the family has one.
        basis_sum: name of the letter :math:`\sum_ke_k`.
    """

    name: str
    tex: str
    total: Any = ONE
    basis: str = ""
    basis_sum: str = ""


@dataclass(frozen=True)
class Index:
    """A member of a family, free or bound by a sum."""

    name: str
    family: Family

    def __post_init__(self) -> None:
        if self.name.startswith("#"):
            raise DefectError(f"an index may not be called {self.name}: normal forms name theirs so")

    @property
    def symbol(self) -> sp.Symbol:
        """The symbol by which SymPy coefficients such as ``m[S.symbol]`` refer to this index."""
        return sp.Symbol(self.name, integer=True)


@dataclass(frozen=True)
class Letter:
    r"""A matrix (column, row, number) with a name. Calling it with indices gives a member of an indexed family.

    Args:
        name: distinct name.
        rows: number of rows, a symbol or 1.
        columns: number of columns.
        tex: LaTeX, a format string in its indices if it has any; the name (with subscripts) when absent.
        indices: the families its indices run over.
        symmetric: :math:`A^\top=A`; for a number with two indices, symmetric in them.
        sign: ``Sign.NONNEGATIVE`` for a positive semidefinite matrix or a nonnegative number.

    Example:
        >>> K = sp.Symbol("K", integer=True, positive=True)
        >>> x = Letter("x", K)()
        >>> (x.T * x).shape, x.shape
        ((1, 1), (K, 1))
    """

    name: str
    rows: Any = ONE
    columns: Any = ONE
    tex: str = ""
    indices: tuple[Family, ...] = ()
    symmetric: bool = False
    sign: Sign | None = None

    def __call__(self, *indices: Index) -> Formula:
        """The letter as a formula, at the given indices.

        Raises:
            DefectError: the indices are not of the families the letter was declared with.
        """
        if tuple(i.family for i in indices) != self.indices:
            raise DefectError(f"letter {self.name} takes indices {[f.name for f in self.indices]}")
        return Formula("letter", (), (self.rows, self.columns), (self, indices))


_Product_co = TypeVar("_Product_co", covariant=True)


class Multiplied(Protocol[_Product_co]):
    """What is no formula and knows how to be multiplied by one from the left, such as an equation."""

    def __rmul__(self, before: Formula, /) -> _Product_co:
        """The product."""
        ...


def _dimension(size: Any) -> Any:
    return sp.sympify(size)


@dataclass(frozen=True)
class Formula:
    """A tree: ``kind``, subtrees, shape and what the kind needs besides. Build it with operators, not by hand."""

    kind: str
    parts: tuple[Formula, ...]
    shape: tuple[Any, Any]
    data: Any = None

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.parts, self.shape, self.data))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def index_names(self) -> frozenset[str]:
        """Names of the indices that its value depends on: those that no sum inside it binds, also of coefficients."""
        if self.kind == "over":
            return self.parts[0].index_names - {self.data.name}
        own = {i.name for i in self.data[1]} if self.kind == "letter" else set()
        if self.kind in ("number", "scaled"):
            own = {str(i) for entry in self.data.atoms(sp.Indexed) for i in entry.indices}
        return frozenset(own).union(*(part.index_names for part in self.parts))

    def __add__(self, other: Formula | Any) -> Formula:
        return _sum(self, as_formula(other, self.shape))

    def __radd__(self, other: Any) -> Formula:
        return _sum(as_formula(other, self.shape), self)

    def __sub__(self, other: Formula | Any) -> Formula:
        return _sum(self, -as_formula(other, self.shape))

    def __rsub__(self, other: Any) -> Formula:
        return _sum(as_formula(other, self.shape), -self)

    def __neg__(self) -> Formula:
        return _scaled(self, sp.Integer(-1))

    @overload
    def __mul__(self, other: Formula | int) -> Formula: ...
    @overload
    def __mul__(self, other: Multiplied[_Product_co]) -> _Product_co: ...
    def __mul__(self, other: Any) -> Any:
        return _product(self, other) if isinstance(other, Formula) else self.__rmul__(other)

    def __rmul__(self, other: Any) -> Formula:
        try:
            return _scaled(self, sp.sympify(other, strict=True))
        except sp.SympifyError:
            return NotImplemented

    def __truediv__(self, other: Any) -> Formula:
        return _scaled(self, 1 / sp.sympify(other))

    @property
    def T(self) -> Formula:
        """The transpose."""
        if self.kind == "transpose":
            return self.parts[0]
        return Formula("transpose", (self,), (self.shape[1], self.shape[0]))

    def over(self, *indices: Index) -> Formula:
        r"""The sum :math:`\sum_S\pi_S\,(\cdot)` with the measure of each index's family, innermost first."""
        result = self
        for index in indices:
            result = Formula("over", (result,), result.shape, index)
        return result


def number(value: Any) -> Formula:
    """A SymPy formula as a 1 x 1 formula."""
    return Formula("number", (), (ONE, ONE), sp.sympify(value))


def eye(size: Any) -> Formula:
    """The identity matrix."""
    return Formula("eye", (), (_dimension(size), _dimension(size)))


def zero(rows: Any, columns: Any = 1) -> Formula:
    """The zero matrix."""
    return Formula("zero", (), (_dimension(rows), _dimension(columns)))


def trace(formula: Formula) -> Formula:
    """The trace of a square formula."""
    if formula.shape[0] != formula.shape[1]:
        raise DefectError(f"the trace of a {formula.shape[0]} x {formula.shape[1]} matrix")
    return Formula("trace", (formula,), (ONE, ONE))


def norm2(formula: Formula) -> Formula:
    """The squared (Frobenius) norm."""
    return Formula("norm2", (formula,), (ONE, ONE))


def as_formula(value: Any, shape: tuple[Any, Any] = (ONE, ONE)) -> Formula:
    """A formula as it is; anything else as a number, but for 0, which is the zero of any shape."""
    if isinstance(value, Formula):
        return value
    return zero(*shape) if value == 0 and shape != (1, 1) else number(value)


def _scaled(a: Formula, scale: Any) -> Formula:
    if a.kind == "scaled":
        return Formula("scaled", a.parts, a.shape, a.data * scale)
    return Formula("scaled", (a,), a.shape, scale)


def _sum(a: Formula, b: Formula) -> Formula:
    if a.shape != b.shape:
        raise DefectError(f"sum of shapes {a.shape} and {b.shape}")
    parts = (a.parts if a.kind == "sum" else (a,)) + (b.parts if b.kind == "sum" else (b,))
    return Formula("sum", parts, a.shape)


def _product(a: Formula, b: Formula) -> Formula:
    if (1, 1) in (a.shape, b.shape):  # a number keeps to itself: inside a word it would hide what is adjacent
        return Formula("product", (a, b), b.shape if a.shape == (1, 1) else a.shape)
    if a.shape[1] != b.shape[0]:
        raise DefectError(f"product of shapes {a.shape} and {b.shape}")
    parts = (a.parts if a.kind == "product" else (a,)) + (b.parts if b.kind == "product" else (b,))
    return Formula("product", parts, (a.shape[0], b.shape[1]))


def free_indices(f: Formula) -> set[Index]:
    """Indices no sum inside the formula binds."""
    inner = set().union(*(free_indices(p) for p in f.parts)) if f.parts else set()
    if f.kind == "over":
        return {i for i in inner if i.name != f.data.name}
    return inner | (set(f.data[1]) if f.kind == "letter" else set())


# ====================================================================== LaTeX


def formula_tex(f: Formula) -> str:  # noqa: PLR0911, PLR0912 - one case per kind
    """LaTeX of a formula as it was built."""
    match f.kind:
        case "number":
            return str(sp.latex(f.data))
        case "eye":
            return "I"
        case "zero":
            return "0"
        case "letter":
            letter, indices = f.data
            names = [i.name for i in indices]
            if letter.tex:
                return str(letter.tex.format(*names) if names else letter.tex)
            return str(letter.name) + (f"_{{{' '.join(names)}}}" if names else "")
        case "scaled":
            return _tex_scaled(f.data, f.parts[0])
        case "sum":
            return _tex_sum(f)
        case "product":
            *before, last = f.parts
            return r"\,".join([*(_factor(p) for p in before), _factor(last, at_end=True)])
        case "transpose":
            return _factor(f.parts[0], tight=True) + r"^{\top}"
        case "trace":
            return r"\operatorname{tr}\left(" + formula_tex(f.parts[0]) + r"\right)"
        case "norm2":
            inner = f.parts[0]
            if inner.shape == (1, 1):
                return r"\left(" + formula_tex(inner) + r"\right)^{2}"
            return (
                r"\left\lVert " + formula_tex(inner) + r"\right\rVert" + ("^{2}" if inner.shape[1] == 1 else "_{F}^{2}")
            )
        case "over":
            inner_tex = formula_tex(f.parts[0])
            if f.parts[0].kind == "sum":
                inner_tex = r"\left(" + inner_tex + r"\right)"
            return str(f.data.family.tex.format(f.data.name)) + inner_tex
    raise DefectError(f"unknown formula {f.kind}")


def _tex_scaled(scale: Any, inner: Formula) -> str:
    if scale == 1:
        return _factor(inner)
    if scale == -1:
        text = formula_tex(inner)
        return "-" + (rf"\left({text}\right)" if inner.kind in ("sum", "scaled", "number") else text)
    text = str(sp.latex(scale))
    return (r"\left(" + text + r"\right)" if scale.is_Add else text) + r"\," + _factor(inner, at_end=True)


def _tex_sum(f: Formula) -> str:
    text = formula_tex(f.parts[0])
    for part in f.parts[1:]:
        piece = formula_tex(part)
        text += " - " + piece[1:].lstrip() if piece.startswith("-") else " + " + piece
    return text


def _factor(f: Formula, tight: bool = False, at_end: bool = False) -> str:
    """A factor, in parentheses where the tree needs them: a sum over an index only where something follows it."""
    loose = f.kind in ("sum", "scaled") or (f.kind == "number" and f.data.is_Add)
    nested = f.kind == "product" and (tight or f.shape == (1, 1))
    tightly = tight and f.kind in ("transpose", "norm2")
    summed = f.kind == "over" and not at_end
    inner = formula_tex(f)
    return r"\left(" + inner + r"\right)" if loose or nested or tightly or summed else inner
