"""What can be said in a setting, and how it is decided: equations, inequalities, sums of squares, solutions.

A check proves, refutes with a witness, or stays undecided. Chapters make them with the verbs of a setting,
``A.eq(left, right, *using)`` and ``A.ge(larger, smaller, certificate)``; ``derivation`` says what each of them shows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import sympy as sp

from proofs.kernel.formula import Formula, Index, as_formula, norm2, number, trace
from proofs.kernel.outcome import DefectError, Outcome, Sign, Verdict


class Grade(Enum):
    """How general a derivation is."""

    GENERAL = "general"
    ENTRIES = "entries"


class Check(Protocol):
    """What a step, a hypothesis or a control is made of."""

    def outcome(self) -> Outcome:
        """Decide it."""
        ...

    def tex(self) -> str:
        """The formula, in LaTeX, as a reader sees it."""
        ...

    @property
    def grade(self) -> Grade:
        """How general it is."""
        ...

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Names of the theorems of the literature it leans on."""
        ...


class _Plain:
    """A check that is as general as its symbols and leans on no lemma."""

    grade: Grade = Grade.GENERAL
    lemmas: tuple[str, ...] = ()


# ====================================================================== settings


class Setting(ABC):
    """Where formulas live. A setting knows when a formula is zero, when its sign is visible, and can look for a
    counterexample; ``proofs.kernel.scalars.Scalars`` and ``proofs.kernel.algebra.Algebra`` are the two there are.
    Its verbs make the checks.
    """

    @abstractmethod
    def vanishes(self, formula: Any) -> bool:
        """Whether the normal form of ``formula`` is zero. ``False`` means *not shown*, never *nonzero*."""

    @abstractmethod
    def is_defined(self, formula: Any) -> bool:
        """Whether every denominator is shown to be nonzero somewhere; of a formula that may be defined nowhere nothing
        is proved.
        """

    @abstractmethod
    def no_new_poles(self, formula: Any, certificate: Any) -> bool:
        """Whether ``certificate`` is shown to be defined wherever ``formula`` is."""

    @abstractmethod
    def satisfiable(self, hypotheses: Sequence[Any], everywhere: Sequence[bool]) -> bool:
        """Whether some exact instance satisfies all hypotheses (formulas that are zero) at once.

        A hypothesis with free indices must hold for all their members where ``everywhere`` says so, and otherwise for
        members that all such hypotheses share.
        """

    @abstractmethod
    def divides_safely(self, formula: Any) -> bool:
        """Whether every denominator of ``formula`` is shown to be nonzero within the assumptions."""

    @abstractmethod
    def sign(self, formula: Any) -> Sign | None:
        """The sign that the form of ``formula`` shows, ``None`` where it shows none."""

    @abstractmethod
    def counterexample(self, formula: Any, relation: str, under: Sequence[Any] = ()) -> str | None:
        """An exact point within the assumptions where ``formula relation 0`` is false (``==``, ``>=`` or ``>``)
        although every formula in ``under`` is zero.
        """

    @abstractmethod
    def tex(self, formula: Any) -> str:
        """LaTeX of the formula as it was given."""

    @abstractmethod
    def how(self, formula: Any) -> str:
        """In a few words, the decision procedure that :meth:`vanishes` uses on this formula."""

    # ------------------------------------------------------------------ what is said in it

    def eq(self, left: Any, right: Any, *using: Equation) -> Identity:
        """``left = right``, by the given consequences of hypotheses."""
        return Identity(left, right, self, using)

    def ge(self, larger: Any, smaller: Any, certificate: Any = None, *using: Equation) -> Nonnegative:
        """``larger >= smaller``, since the difference equals the certificate, whose form shows the sign."""
        return Nonnegative(larger, smaller, self, certificate, using)

    def gt(self, larger: Any, smaller: Any, certificate: Any = None, *using: Equation) -> Positive:
        """``larger > smaller``, since the difference equals the certificate, whose form shows the sign."""
        return Positive(larger, smaller, self, certificate, using)


# ====================================================================== hypotheses


@dataclass(frozen=True)
class Equation:
    """An equation assumed to hold, or proved in an earlier step; ``name`` is how prose refers to it.

    Multiplied from either side, summed over indices or transposed it gives its consequences.

    Example:
        >>> x = sp.Symbol("x")
        >>> rule = Equation("golden", x**2, x + 1)
        >>> (rule * x).right
        x*(x + 1)
    """

    name: str
    left: Any
    right: Any
    cofactors: tuple[Any, ...] = ()
    """What the equation has been multiplied by."""
    origin: Equation | None = None
    """The hypothesis itself, where this is a consequence of it."""
    summed: bool = False
    """Whether it has been summed over an index, so that it is assumed for every member and not for one only."""

    def __post_init__(self) -> None:
        _align(self)

    def over(self, *indices: Index) -> Equation:
        """The equation summed over indices."""
        return self._consequence(self.left.over(*indices), self.right.over(*indices), summed=True)

    def __mul__(self, after: Any) -> Equation:
        return self._consequence(self.left * after, self.right * after, after)

    def __rmul__(self, before: Any) -> Equation:
        return self._consequence(before * self.left, before * self.right, before)

    def __neg__(self) -> Equation:
        return -1 * self

    def _consequence(self, left: Any, right: Any, *cofactors: Any, summed: bool = False) -> Equation:
        multiplied = (*self.cofactors, *cofactors)
        return Equation(self.name, left, right, multiplied, self.origin or self, self.summed or summed)

    @property
    def T(self) -> Equation:
        """The transposed equation."""
        return self._consequence(self.left.T, self.right.T)

    @property
    def traced(self) -> Equation:
        """The equation between the traces of the two sides."""
        return self._consequence(trace(self.left), trace(self.right))

    @property
    def difference(self) -> Any:
        """Left minus right, which the hypothesis says is zero."""
        return self.left - self.right


def _align(equation: Equation | Identity) -> None:
    """Make both sides formulas where one is: a number, or 0 for the zero of any shape."""
    for side, other in (("left", equation.right), ("right", equation.left)):
        if isinstance(other, Formula):
            object.__setattr__(equation, side, as_formula(getattr(equation, side), other.shape))


# ====================================================================== checks


def _defect(setting: Setting, formulas: Iterable[Any], using: Sequence[Equation]) -> str:
    """Why nothing may be concluded: a division by what may be zero, or hypotheses that may contradict each other."""
    sides = (side for equation in using for side in (equation.left, equation.right))
    if not all(setting.is_defined(formula) for formula in (*formulas, *sides) if formula is not None):
        return "a denominator is not shown to be nonzero anywhere"
    for equation in using:
        if not all(map(setting.divides_safely, equation.cofactors)):
            return f"{equation.name} is divided by what is not shown to be nonzero"
    hypotheses = [(equation.origin or equation).difference for equation in using]
    if using and not setting.satisfiable(hypotheses, [equation.summed for equation in using]):
        return f"no instance satisfies the hypotheses{_by(using)[1:]}: they may contradict each other"
    return ""


@dataclass(frozen=True)
class Identity(_Plain):
    """Two formulas are equal, possibly by consequences of hypotheses.

    Args:
        left: one side.
        right: the other, which must not be the same formula as given.
        setting: where both live.
        using: equations which may be used; the difference of the sides must be the sum of their differences. For a
            commutative formula cofactors are multiplied in with ``equation * factor``.

    Raises:
        DefectError: both sides are the same formula.

    Example:
        >>> from proofs.kernel.scalars import Scalars
        >>> x, y = sp.symbols("x y", real=True)
        >>> Identity((x + y) ** 2, x**2 + 2 * x * y + y**2, Scalars()).outcome().verdict.value
        'proved'
        >>> Identity((x + y) ** 2, x**2 + y**2, Scalars()).outcome().witness
        'at x = 1/2, y = 1 the value is 1'
    """

    left: Any
    right: Any
    setting: Setting
    using: tuple[Equation, ...] = ()

    def __post_init__(self) -> None:
        _align(self)
        if _same(self.left, self.right):
            raise DefectError(f"vacuous step: both sides are {self.setting.tex(self.left)}")
        for equation in self.using:
            if _same(equation.left, self.left) and _same(equation.right, self.right):
                raise DefectError(f"vacuous step: {self.tex()} is what {equation.name} assumes")

    def outcome(self) -> Outcome:
        """Normal form of the difference; where that is not zero, a search for a counterexample."""
        difference = self.left - self.right
        remainder = difference
        for equation in self.using:
            remainder = remainder - equation.difference
        defect = _defect(self.setting, (self.left, self.right), self.using)
        if defect:
            return Outcome(Verdict.UNDECIDED, defect)
        if self.setting.vanishes(remainder):
            return Outcome(Verdict.PROVED, "equal by " + self.setting.how(difference) + _by(self.using))
        witness = self.setting.counterexample(difference, "==", [e.difference for e in self.using])
        if witness:
            return Outcome(Verdict.REFUTED, "the sides differ", witness)
        return Outcome(Verdict.UNDECIDED, "the normal form of the difference is not zero, and no point refutes it")

    def tex(self) -> str:
        """The equation."""
        return f"{self.setting.tex(self.left)} = {self.setting.tex(self.right)}"


def _by(equations: Iterable[Equation]) -> str:
    names = list(dict.fromkeys(e.name for e in equations))
    return f", using {', '.join(names)}" if names else ""


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Formula) or isinstance(right, Formula):
        return bool(left == right)
    return bool(sp.sympify(left) == sp.sympify(right))


@dataclass(frozen=True)
class Nonnegative(_Plain):
    """``larger >= smaller``, by a certificate: a formula that equals the difference and whose form shows the sign.

    Args:
        larger: one side.
        smaller: the other; the number 0 where a formula is just nonnegative.
        setting: where they live.
        certificate: when absent the form of the difference itself must show the sign.
        using: hypotheses used in the equality of difference and certificate, as in :class:`Identity`.

    Example:
        >>> from proofs.kernel.scalars import Scalars
        >>> x, y = sp.symbols("x y", real=True)
        >>> Nonnegative(x**2 + y**2, 2 * x * y, Scalars(), (x - y) ** 2).outcome().verdict.value
        'proved'
        >>> Nonnegative(x**2 + y**2, 3 * x * y, Scalars(), (x - y) ** 2).outcome().witness
        'at x = 1/2, y = 1 the value is -1/4'
    """

    larger: Any
    smaller: Any
    setting: Setting
    certificate: Any = None
    using: tuple[Equation, ...] = ()

    _needed = Sign.NONNEGATIVE
    _relation = ">="

    @property
    def _one_sided(self) -> bool:
        return isinstance(self.smaller, int) and not self.smaller

    @property
    def formula(self) -> Any:
        """What is nonnegative: the difference of the sides."""
        return self.larger if self._one_sided else self.larger - self.smaller

    def outcome(self) -> Outcome:
        """Equality with the certificate, then the sign its form shows."""
        formula = self.formula
        shown = formula if self.certificate is None else self.certificate
        sign = self.setting.sign(shown)
        defect = _defect(self.setting, (self.larger, self.smaller, self.certificate), self.using)
        if not defect and not self.setting.no_new_poles(formula, shown):
            defect = "the certificate is not shown to be defined wherever the formula is"
        if defect:
            return Outcome(Verdict.UNDECIDED, defect)
        if sign is not None and sign >= self._needed and self._certified():
            how = "its form shows the sign" if self.certificate is None else "equal to a form that shows the sign"
            return Outcome(Verdict.PROVED, how + _by(self.using))
        witness = self.setting.counterexample(formula, self._relation, [e.difference for e in self.using])
        if witness:
            return Outcome(Verdict.REFUTED, f"not {self._relation} 0", witness)
        return Outcome(Verdict.UNDECIDED, "no certificate of the sign, and no point refutes it")

    def _certified(self) -> bool:
        if self.certificate is None:
            return True
        remainder = self.formula - self.certificate
        for equation in self.using:
            remainder = remainder - equation.difference
        return self.setting.vanishes(remainder)

    def tex(self) -> str:
        """The inequality with its certificate."""
        sign = r"\ge" if self._needed is Sign.NONNEGATIVE else ">"
        tex = self.setting.tex
        claim = f"{tex(self.larger)} {sign} {tex(self.smaller)}"
        if self.certificate is None:
            return claim
        if self._one_sided:
            return f"{tex(self.larger)} = {tex(self.certificate)} {sign} 0"
        because = rf"\text{{since the difference is}}\quad {tex(self.certificate)}"
        return rf"\begin{{aligned}}&{claim} \\ &{because}\end{{aligned}}"


@dataclass(frozen=True)
class Positive(Nonnegative):
    """``larger > smaller``; see :class:`Nonnegative`."""

    _needed = Sign.POSITIVE
    _relation = ">"


@dataclass(frozen=True)
class ZeroIff(_Plain):
    """A formula is a sum of squares with positive weights, hence zero exactly when each of them is.

    Args:
        formula: what is zero.
        vector: what is squared; a number, a vector or a matrix.
        setting: the algebra where both live.
        over: the indices that are summed over. The total of their families must be shown to be positive; members of
            measure zero (label sets that do not occur) do not count.
        using: as in :class:`Identity`.
    """

    formula: Any
    vector: Formula
    setting: Setting
    over: tuple[Index, ...] = ()
    using: tuple[Equation, ...] = ()

    def outcome(self) -> Outcome:
        """The identity with the sum of squares."""
        if self.setting.sign(self._squares) is None:
            return Outcome(Verdict.UNDECIDED, "the vector is not shown to be real")
        totals = (number(index.family.total) for index in self.over)
        if not all(self.setting.sign(total) is Sign.POSITIVE for total in totals):
            return Outcome(Verdict.UNDECIDED, "the measure that is summed over is not shown to be positive")
        outcome = Identity(self.formula, self._squares, self.setting, self.using).outcome()
        return Outcome(outcome.verdict, f"sum of squares: {outcome.how}", outcome.witness)

    @property
    def _squares(self) -> Formula:
        return norm2(self.vector).over(*self.over)

    def tex(self) -> str:
        """The sum of squares and when it vanishes."""
        tex = self.setting.tex
        every = rf"\ \text{{for every }} {', '.join(i.name for i in self.over)}" if self.over else ""
        squares = f"{tex(self.formula)} = {tex(self._squares)}"
        return rf"{squares},\qquad\text{{zero iff}}\quad {tex(self.vector)} = 0{every}"


@dataclass(frozen=True)
class Solves(_Plain):
    """A claimed solution satisfies every equation, and is the only one when a determinant is given.

    Args:
        equations: pairs (left, right) in the unknowns.
        solution: pairs (unknown, value).
        setting: where they live.
        unique: for a system linear in the unknowns, show also that its determinant is nonzero.
    """

    equations: tuple[tuple[Any, Any], ...]
    solution: tuple[tuple[Any, Any], ...]
    setting: Setting
    unique: bool = False

    def outcome(self) -> Outcome:
        """Substitution back; then linearity and the sign of the determinant."""
        values = dict(self.solution)
        if any(sp.sympify(value).has(*values) for value in values.values()):
            raise DefectError("the solution is in terms of an unknown")
        if not any((left - right).has(*values) for left, right in self.equations):
            raise DefectError("vacuous step: no equation contains an unknown")
        if not all(self.setting.divides_safely(value) for value in values.values()):
            return Outcome(Verdict.UNDECIDED, "a denominator of the solution is not shown to be nonzero")
        if not self._is_defined_at(values):
            return Outcome(Verdict.UNDECIDED, "an equation is not shown to be defined at the solution")
        for i, (left, right) in enumerate(self.equations, 1):
            difference = (left - right).subs(values)
            if not self.setting.vanishes(difference):
                witness = self.setting.counterexample(difference, "==")
                verdict = Verdict.REFUTED if witness else Verdict.UNDECIDED
                return Outcome(verdict, f"equation {i} is not satisfied", witness or "")
        if self.unique and not self._has_one_solution():
            return Outcome(Verdict.UNDECIDED, "the solution is not shown to be the only one")
        only = ", and the determinant is not zero" if self.unique else ""
        return Outcome(Verdict.PROVED, f"substituted back, {self.setting.how(self.equations[0][0])}{only}")

    def _is_defined_at(self, values: dict[Any, Any]) -> bool:
        sides = [sp.sympify(side) for pair in self.equations for side in pair]
        inverted = {p.base for side in sides for p in side.atoms(sp.Pow) if p.exp.is_negative and p.has(*values)}
        return all(self.setting.divides_safely(1 / base.subs(values)) for base in inverted)

    def _has_one_solution(self) -> bool:
        unknowns = [s for s, _ in self.solution]
        residuals = [left - right for left, right in self.equations]
        if len(residuals) != len(unknowns):
            return False
        jacobian = sp.Matrix(residuals).jacobian(unknowns)
        if jacobian.has(*unknowns):
            return False
        determinant = sp.factor(jacobian.det())
        return Sign.POSITIVE in (self.setting.sign(determinant), self.setting.sign(sp.factor(-determinant)))

    def tex(self) -> str:
        """The system and its solution."""
        tex = self.setting.tex
        system = r",\quad ".join(f"{tex(left)} = {tex(right)}" for left, right in self.equations)
        solution = r",\quad ".join(f"{tex(s)} = {tex(value)}" for s, value in self.solution)
        return system + r"\quad\Longleftarrow\quad " + solution
