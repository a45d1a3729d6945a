r"""What a derivation is: a statement, steps that are each checked, controls that must fail, and a grade.

How to write one
================

One claim, one function; the statement, its source and the names of its false variants are those of its entry in
``proofs/claims/``::

    @proves("X1")
    def trace_of_projector() -> Derivation:
        return Derivation(
            symbols=(("K", "number of labels"),),
            steps=(
                Step(
                    "The trace is linear, and $\\mathbf1^\\top\\mathbf1=K$.", Identity(trace(P), number(K - 1), ALGEBRA)
                ),
            ),
            controls=(Control("rank counted as K", Identity(trace(P), number(K), ALGEBRA)),),
        )

*Formulas* live in a setting: ``Scalars`` (SymPy formulas: rational functions, roots, exp and log, binomials, finite
sums with symbolic bounds) or ``Algebra`` (vectors and matrices of symbolic size, indexed sums, traces;
``proofs/letters/vocabulary.py`` has the letters all chapters share). The setting decides; ``scalars.py`` and
``algebra.py`` say for which class of formulas the normal form is a decision procedure.

*Checks*, each of which proves, refutes with a witness, or stays undecided:

* ``Identity(left, right, setting, using=...)`` - equal. ``using`` lists consequences of hypotheses
  (``Equation.times(...)``) whose sides may be exchanged: the proof is that the difference of the sides *is* the given
  combination. What a hypothesis is divided by must be shown to be nonzero, by its declared sign or by an assumption
  such as ``sp.Ne(p, 0)``. The hypotheses of a step must hold at once in some instance (a model of the algebra, or a
  point of ``Scalars``), since from hypotheses that contradict each other everything follows. This is how "insert (U2)
  into itself" is written: no rewriting, hence nothing that may loop.
* ``Chain(first, (relation, next, certificate), ...)`` - a = b <= c = d; each link is its own check.
* ``Nonnegative(formula, certificate, setting)``, ``Positive(...)`` - the certificate is an equal formula whose *form*
  shows the sign (squares, squared norms, quadratic forms in positive semidefinite letters, nonnegative numbers).
* ``ZeroIff(formula, vector, setting, over)`` - a sum of squares with positive weights, zero iff each of them is.
  The total of every family summed over must be shown to be positive.
* ``Instance(left, relation, right, algebra, model)`` - a fact about one concrete exact instance.
* ``Solves(equations, solution, setting)`` - by substituting back; ``unique=True`` for uniqueness of a linear system.
  Every denominator of the solution must be shown to be nonzero.
* ``ForEach(parameter, values, make)`` - one check per value; grade ``entries``.
* ``AllOf(checks)`` - finitely many cases or facts, all of which must hold.
* ``Lemma(name, statement, hypotheses, conclusion)`` - a theorem of the literature; its hypotheses are checks made here.

A step whose two sides are the same formula as given says nothing and raises :class:`DefectError`, and so does a
derivation without controls. A *control* is a false variant of a step; the derivation passes only if no control is
proved. The grade is the lowest of the steps'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import wraps
from typing import Any, Protocol, cast

import sympy as sp

from proofs.kernel.algebra import Algebra, Model
from proofs.kernel.formula import Formula, Index, norm2, number, trace
from proofs.kernel.outcome import DefectError, Outcome, Setting, Sign, Verdict
from proofs.kernel.scalars import Interval, enclose

__all__ = [
    "AllOf",
    "Chain",
    "Check",
    "Control",
    "DefectError",
    "Derivation",
    "Equation",
    "ForEach",
    "Grade",
    "Identity",
    "Instance",
    "Lemma",
    "Nonnegative",
    "Outcome",
    "Part",
    "Positive",
    "Proof",
    "Result",
    "Solves",
    "Step",
    "Verdict",
    "ZeroIff",
    "proves",
]


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


# ====================================================================== hypotheses


@dataclass(frozen=True)
class Equation:
    """An equation assumed to hold, or proved in an earlier step; ``name`` is how prose refers to it.

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

    def times(self, before: Any = 1, after: Any = 1, over: Sequence[Index] = ()) -> Equation:
        """The consequence ``sum over indices of before * (left = right) * after``."""
        left, right = (_between(before, side, after) for side in (self.left, self.right))
        if over:
            left, right = left.over(*over), right.over(*over)
        return self._consequence(left, right, (before, after), bool(over))

    def _consequence(self, left: Any, right: Any, cofactors: tuple[Any, ...] = (), summed: bool = False) -> Equation:
        multiplied = (*self.cofactors, *cofactors)
        return Equation(self.name, left, right, multiplied, self.origin or self, self.summed or summed)

    def __mul__(self, factor: Any) -> Equation:
        return self.times(after=factor)

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


def _between(before: Any, side: Any, after: Any) -> Any:
    result = side if isinstance(before, int) and before == 1 else before * side
    return result if isinstance(after, int) and after == 1 else result * after


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
    """``formula >= 0``, by an equal certificate whose form shows the sign.

    Args:
        formula: what is nonnegative.
        setting: where it lives.
        certificate: an equal formula of visible sign; when absent the form of ``formula`` itself must show it.
        using: hypotheses used in the equality of formula and certificate, as in :class:`Identity`.
        shown_as: the two sides to print instead of ``formula >= 0``, when that reads better; their difference must
            be ``formula`` and this is checked.

    Example:
        >>> from proofs.kernel.scalars import Scalars
        >>> x, y = sp.symbols("x y", real=True)
        >>> Nonnegative(x**2 + y**2 - 2 * x * y, Scalars(), (x - y) ** 2).outcome().verdict.value
        'proved'
        >>> Nonnegative(x**2 + y**2 - 3 * x * y, Scalars(), (x - y) ** 2).outcome().witness
        'at x = 1/2, y = 1 the value is -1/4'
    """

    formula: Any
    setting: Setting
    certificate: Any = None
    using: tuple[Equation, ...] = ()
    shown_as: tuple[Any, Any] | None = None

    _needed = Sign.NONNEGATIVE
    _relation = ">="

    def outcome(self) -> Outcome:
        """Equality with the certificate, then the sign its form shows."""
        shown = self.formula if self.certificate is None else self.certificate
        sign = self.setting.sign(shown)
        defect = _defect(self.setting, (self.formula, self.certificate, *(self.shown_as or ())), self.using)
        if not defect and not self.setting.no_new_poles(self.formula, shown):
            defect = "the certificate is not shown to be defined wherever the formula is"
        if defect:
            return Outcome(Verdict.UNDECIDED, defect)
        if sign is not None and sign >= self._needed and self._certified() and self._shown_rightly():
            how = "its form shows the sign" if self.certificate is None else "equal to a form that shows the sign"
            return Outcome(Verdict.PROVED, how + _by(self.using))
        witness = self.setting.counterexample(self.formula, self._relation, [e.difference for e in self.using])
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

    def _shown_rightly(self) -> bool:
        return self.shown_as is None or self.setting.vanishes(self.shown_as[0] - self.shown_as[1] - self.formula)

    def tex(self) -> str:
        """The inequality with its certificate."""
        sign = r"\ge" if self._needed is Sign.NONNEGATIVE else ">"
        tex = self.setting.tex
        if self.shown_as is not None:
            larger, smaller = self.shown_as
            claim = f"{tex(larger)} {sign} {tex(smaller)}"
            if self.certificate is None:
                return claim
            because = rf"\text{{since the difference is}}\quad {tex(self.certificate)}"
            return rf"\begin{{aligned}}&{claim} \\ &{because}\end{{aligned}}"
        certificate = "" if self.certificate is None else f" = {tex(self.certificate)}"
        return f"{tex(self.formula)}{certificate} {sign} 0"


@dataclass(frozen=True)
class Positive(Nonnegative):
    """``formula > 0``; see :class:`Nonnegative`."""

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
class Instance(_Plain):
    """A fact about one concrete exact instance, decided by evaluating both sides there.

    Args:
        left: a formula without free indices.
        relation: ``==``, ``!=``, ``>=`` or ``>`` (the last two for numbers).
        right: another.
        algebra: where both live.
        model: the instance.
    """

    left: Formula
    relation: str
    right: Formula
    algebra: Algebra
    model: Model

    def outcome(self) -> Outcome:
        """Exact evaluation; interval arithmetic for roots and logarithms, of which equality is not decided."""
        difference = self.algebra.evaluate(self.left - self.right, self.model)
        boxes = [enclose(entry) for entry in difference]
        holds = self._holds([box for box in boxes if box is not None], all(box is not None for box in boxes))
        if holds is None:
            return Outcome(Verdict.UNDECIDED, f"the values in {self.model.name} are not separated from zero")
        if holds:
            return Outcome(Verdict.PROVED, f"exact evaluation in {self.model.name}")
        return Outcome(Verdict.REFUTED, "exact evaluation", f"it fails in {self.model.name}")

    def _holds(self, boxes: Sequence[Interval], complete: bool) -> bool | None:
        if self.relation in ("==", "!="):
            if any(low > 0 or high < 0 for low, high in boxes):
                return self.relation == "!="
            return self.relation == "==" if complete and not any(map(any, boxes)) else None
        if len(boxes) != 1:
            return None
        (low, high), strict = boxes[0], {">": True, ">=": False}[self.relation]
        if low > 0 or (low == 0 and not strict):
            return True
        return False if high < 0 or (high == 0 and strict) else None

    def tex(self) -> str:
        """The relation."""
        sign = {"==": "=", "!=": r"\ne", ">=": r"\ge", ">": ">"}[self.relation]
        return f"{self.algebra.tex(self.left)} {sign} {self.algebra.tex(self.right)}"


@dataclass(frozen=True)
class Chain(_Plain):
    r"""A chain ``first R next R next ...`` with ``R`` one of ``=``, ``<=``, ``>=``; every link is checked.

    Args:
        first: the formula the chain starts with.
        links: triples (relation, next formula, certificate). For ``=`` the certificate is a tuple of equations used
            (or ``None``); for an inequality a formula equal to the difference (larger minus smaller) whose form shows
            the sign (or ``None`` where the difference itself does).
        setting: where all live.
    """

    first: Any
    links: tuple[tuple[str, Any, Any], ...]
    setting: Setting

    def __post_init__(self) -> None:
        self._checks()

    def _checks(self) -> list[Check]:
        checks: list[Check] = []
        left = self.first
        for relation, right, certificate in self.links:
            match relation:
                case "=":
                    checks.append(Identity(left, right, self.setting, certificate or ()))
                case "<=":
                    checks.append(Nonnegative(right - left, self.setting, certificate))
                case ">=":
                    checks.append(Nonnegative(left - right, self.setting, certificate))
                case _:
                    raise DefectError(f"unknown relation {relation!r}: use =, <= or >=")
            left = right
        return checks

    def outcome(self) -> Outcome:
        """The worst link's outcome."""
        return _worst([(f"link {i}", check) for i, check in enumerate(self._checks(), 1)])

    def tex(self) -> str:
        """The chain, aligned at its relations."""
        signs = {"=": "=", "<=": r"\le", ">=": r"\ge"}
        first, *rest = self.links
        lines = [f"{self.setting.tex(self.first)} &{signs[first[0]]} {self.setting.tex(first[1])}"]
        lines += [f"&{signs[relation]} {self.setting.tex(right)}" for relation, right, _ in rest]
        return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


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


@dataclass(frozen=True)
class AllOf:
    """Finitely many facts or cases, all of which must hold. ``parts`` are pairs (words, check)."""

    parts: tuple[tuple[str, Check], ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise DefectError("vacuous step: no case at all")

    def outcome(self) -> Outcome:
        """Proved iff every part is; refuted if one is."""
        return _worst(self.parts)

    def tex(self) -> str:
        """One formula per line."""
        lines = [rf"&{check.tex()} && \text{{{words}}}" if words else f"&{check.tex()}" for words, check in self.parts]
        return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"

    @property
    def grade(self) -> Grade:
        """The lowest of the parts'."""
        return _lowest(check.grade for _, check in self.parts)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Those of the parts."""
        return _distinct(name for _, check in self.parts for name in check.lemmas)


@dataclass(frozen=True)
class ForEach:
    """One check per value of a parameter that is not symbolic, such as ``K`` in ``range(2, 6)``.

    Args:
        parameter: its name.
        values: the values gone through.
        make: the check for one value.
    """

    parameter: str
    values: tuple[int, ...]
    make: Callable[[int], Check]

    grade = Grade.ENTRIES

    def __post_init__(self) -> None:
        if not self.values:
            raise DefectError("vacuous step: no case at all")

    def _parts(self) -> tuple[tuple[str, Check], ...]:
        return tuple((f"{self.parameter} = {value}", self.make(value)) for value in self.values)

    def outcome(self) -> Outcome:
        """Proved iff every value's check is."""
        worst = _worst(self._parts())
        if not worst.proved:
            return worst
        return Outcome(Verdict.PROVED, f"{worst.how}; {self.parameter} = {', '.join(map(str, self.values))}")

    def tex(self) -> str:
        """The first value's formula, and how many there are."""
        words, check = self._parts()[0]
        more = rf",\ \dots,\ {self.values[-1]}" if len(self.values) > 1 else ""
        return rf"{check.tex()} \qquad ({words}{more})"

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Those of the values' checks."""
        return _distinct(name for _, check in self._parts() for name in check.lemmas)


@dataclass(frozen=True)
class Lemma:
    """A theorem of the literature, used here; its hypotheses are checked in place.

    Args:
        name: what it is called.
        statement: what it says, in general (Markdown).
        hypotheses: pairs (words, check) that make it applicable.
        conclusion: what it gives here, in LaTeX. It is cited, not checked: the kernel only checks the hypotheses.
    """

    name: str
    statement: str
    hypotheses: tuple[tuple[str, Check], ...]
    conclusion: str

    def __post_init__(self) -> None:
        if not self.hypotheses:
            raise DefectError(f"lemma {self.name} is used without checking a hypothesis")

    def outcome(self) -> Outcome:
        """Proved iff every hypothesis is."""
        worst = _worst(self.hypotheses)
        if not worst.proved:
            return Outcome(worst.verdict, f"hypothesis of {self.name}: {worst.how}", worst.witness)
        return Outcome(Verdict.PROVED, f"hypotheses of {self.name} checked: {worst.how}")

    def tex(self) -> str:
        """What the lemma gives."""
        return self.conclusion

    @property
    def grade(self) -> Grade:
        """The lowest of the hypotheses'."""
        return _lowest(check.grade for _, check in self.hypotheses)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """This one, and those its hypotheses lean on."""
        return _distinct([self.name, *(name for _, check in self.hypotheses for name in check.lemmas)])


def _worst(parts: Sequence[tuple[str, Check]]) -> Outcome:
    outcomes = [(words, check.outcome()) for words, check in parts]
    for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
        for words, outcome in outcomes:
            if outcome.verdict is verdict:
                return Outcome(verdict, f"{words}: {outcome.how}" if words else outcome.how, outcome.witness)
    return Outcome(Verdict.PROVED, "; ".join(_distinct(outcome.how for _, outcome in outcomes)))


def _lowest(grades: Iterable[Grade]) -> Grade:
    return Grade.ENTRIES if Grade.ENTRIES in set(grades) else Grade.GENERAL


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


# ====================================================================== derivations


@dataclass(frozen=True)
class Step:
    """Why, and the formula with its check.

    Args:
        why: prose (Markdown) that leads to the formula.
        check: the formula and how it is decided.
        then: prose that follows the formula, such as what it means.
        heading: the part of a longer proof that begins here (Markdown).
    """

    why: str
    check: Check
    then: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Control:
    """A false variant of a step, which the kernel must not prove; named as in the claim's entry.

    Attributes:
        what: the variant, in words.
        check: its formula.
        part: the letter of the part of the proof that it belongs to; empty for a proof in one piece.
    """

    what: str
    check: Check
    part: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a claim with a proof of its own.

    Args:
        title: a few words.
        statement: what is proved (Markdown).
        source: where it comes from.
        steps: the proof.
        controls: false variants of steps.
        symbols: pairs (LaTeX, meaning) beyond those of the chapter.
        remark: what a reader should also know (Markdown).
    """

    title: str
    statement: str
    source: str
    steps: tuple[Step, ...]
    controls: tuple[Control, ...]
    symbols: tuple[tuple[str, str], ...] = ()
    remark: str = ""

    def heading(self, letter: str) -> str:
        """What stands above its first step."""
        where = "; ".join(f"${tex}$, {meaning}" for tex, meaning in self.symbols)
        proof = f" In the proof: {where}." if where else ""
        return f"**({letter}) {self.title}.** {self.statement} *Source:* {self.source}.{proof}"


@dataclass(frozen=True)
class Derivation:
    """The proof of a claim.

    Args:
        steps: the proof.
        controls: false variants of steps.
        symbols: pairs (LaTeX, meaning) beyond those of the chapter.
        remark: of its parts: sharpness, exceptions (Markdown).
        claim: id of the claim; :func:`proves` fills it in.

    Raises:
        DefectError: no step or no control.
    """

    steps: tuple[Step, ...]
    controls: tuple[Control, ...]
    symbols: tuple[tuple[str, str], ...] = ()
    remark: str = ""
    claim: str = ""

    @staticmethod
    def in_parts(*parts: Part) -> Derivation:
        """One claim from the proofs of its parts, lettered (a), (b), ... in order."""
        lettered = [(chr(ord("a") + i), part) for i, part in enumerate(parts)]
        return Derivation(
            steps=tuple(
                replace(step, heading=part.heading(letter) if i == 0 else step.heading)
                for letter, part in lettered
                for i, step in enumerate(part.steps)
            ),
            controls=tuple(replace(control, part=letter) for letter, part in lettered for control in part.controls),
            remark=" ".join(f"({letter}) {part.remark}" for letter, part in lettered if part.remark),
        )

    def __post_init__(self) -> None:
        if not self.steps:
            raise DefectError(f"{self.claim or 'a derivation'}: a derivation needs a step")
        if not self.controls:
            raise DefectError(
                f"{self.claim or 'a derivation'}: a derivation needs a control, a false variant that must not be proved"
            )

    @property
    def grade(self) -> Grade:
        """The lowest of the steps'."""
        return _lowest(step.check.grade for step in self.steps)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Names of the theorems of the literature used, in order of use."""
        return _distinct(name for step in self.steps for name in step.check.lemmas)

    def check(self) -> Result:
        """Decide every step and every control."""
        return Result(
            claim=self.claim,
            grade=self.grade,
            lemmas=self.lemmas,
            steps=tuple(step.check.outcome() for step in self.steps),
            controls=tuple(control.check.outcome() for control in self.controls),
        )


class Proof(Protocol):
    """A function that builds the derivation of the claim whose id it carries."""

    claim: str

    def __call__(self) -> Derivation:
        """Build it."""
        ...


def proves(claim: str) -> Callable[[Callable[[], Derivation]], Proof]:
    """Mark the function that proves a claim.

    Example:
        >>> @proves("S4")
        ... def complements() -> Derivation: ...
        >>> complements.claim
        'S4'
    """

    def mark(build: Callable[[], Derivation]) -> Proof:
        @wraps(build)
        def proved() -> Derivation:
            return replace(build(), claim=claim)

        proved.claim = claim  # type: ignore[attr-defined]
        return cast("Proof", proved)

    return mark


@dataclass(frozen=True)
class Result:
    """What checking a derivation gave."""

    claim: str
    grade: Grade
    lemmas: tuple[str, ...]
    steps: tuple[Outcome, ...]
    controls: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Every step is proved and no control is."""
        return all(step.proved for step in self.steps) and not any(control.proved for control in self.controls)

    @property
    def faults(self) -> tuple[str, ...]:
        """One line per step that is not proved and per control that is."""
        steps = (
            f"{self.claim} step {i} {outcome.verdict.value}: {outcome.how} {outcome.witness}".rstrip()
            for i, outcome in enumerate(self.steps, 1)
            if not outcome.proved
        )
        controls = (
            f"{self.claim} control {i} was proved: {outcome.how}"
            for i, outcome in enumerate(self.controls, 1)
            if outcome.proved
        )
        return (*steps, *controls)

    @property
    def refuted_controls(self) -> int:
        """How many controls were refuted with a witness; the others were merely not proved."""
        return sum(outcome.verdict is Verdict.REFUTED for outcome in self.controls)
