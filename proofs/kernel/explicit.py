r"""Checks on explicit values: matrices entry by entry, signs of numbers by interval arithmetic, facts of one instance.

For worked examples, where a matrix is given by its entries, and for strict inequalities between two constants, where
no certificate reads better than two enclosing numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Grade, Identity
from proofs.kernel.enclosure import Interval, enclose
from proofs.kernel.formula import Formula
from proofs.kernel.models import Model
from proofs.kernel.outcome import DefectError, Outcome, Verdict
from proofs.kernel.scalars import Scalars


@dataclass(frozen=True)
class MatrixIdentity:
    """Two explicit matrices are equal, each entry by the zero test of the setting.

    Args:
        left: one side; an unevaluated product or sum of explicit matrices (``sp.MatMul``) is carried out here.
        right: the other, of the same shape, and not the same entries as given.
        setting: decides the entries.
        name: LaTeX of what is computed; the left matrix itself when absent.
        value: LaTeX of what it is; the right matrix itself when absent.
        of: how many of the formulas an equality carries: ``Grade.ENTRIES`` where the size is an example's.

    Raises:
        DefectError: different shapes, or the same entries on both sides.

    Example:
        >>> a = sp.Symbol("a", positive=True)
        >>> square = sp.Matrix([[(a + 1) ** 2, 0]])
        >>> MatrixIdentity(square, sp.Matrix([[a**2 + 2 * a + 1, 0]]), Scalars()).outcome().how
        'rational-function zero test, all 2 entries'
        >>> MatrixIdentity(square, sp.Matrix([[a**2 + 1, 0]]), Scalars()).outcome().witness
        'entry (1, 1): at a = 1/2 the value is 1'
    """

    left: Any
    right: Any
    setting: Scalars
    name: str = ""
    value: str = ""
    of: Grade = Grade.GENERAL

    lemmas = ()

    def __post_init__(self) -> None:
        if self.left.shape != self.right.shape:
            raise DefectError(f"matrices of shapes {self.left.shape} and {self.right.shape}")
        if self.left == self.right:
            raise DefectError("vacuous step: both matrices have the same entries as given")

    @property
    def grade(self) -> Grade:
        """As declared."""
        return self.of

    def outcome(self) -> Outcome:
        """The worst entry's outcome."""
        left = self.left.doit().as_explicit() if isinstance(self.left, sp.MatrixExpr) else self.left
        rows, columns = left.shape
        places = [(i, j) for i in range(rows) for j in range(columns) if left[i, j] != self.right[i, j]]
        found = {at: Identity(left[at], self.right[at], self.setting).outcome() for at in places}
        for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
            for (i, j), outcome in found.items():
                if outcome.verdict is verdict:
                    witness = outcome.witness and f"entry ({i + 1}, {j + 1}): {outcome.witness}"
                    return Outcome(verdict, outcome.how, witness)
        how = self.setting.how(sum((left[at] - self.right[at] for at in places), sp.Integer(0)))
        return Outcome(Verdict.PROVED, f"{how}, all {rows * columns} entries")

    def tex(self) -> str:
        """The two sides, by name where they have one."""
        return f"{self.name or self.setting.tex(self.left)} = {self.value or self.setting.tex(self.right)}"


@dataclass(frozen=True)
class NumberPositive:
    r"""A closed formula (rationals, roots, exp, log) is positive, by a rigorous enclosure.

    Args:
        larger: a number.
        smaller: a number below it.
        named: LaTeX of the two, printed instead of the formulas when given.

    Example:
        >>> NumberPositive(sp.log(2), sp.Rational(693, 1000)).outcome().verdict.value
        'proved'
        >>> NumberPositive(sp.log(2), sp.Rational(694, 1000)).outcome().witness
        'the difference is about -0.000852819'
    """

    larger: Any
    smaller: Any
    named: tuple[str, str] = ("", "")

    grade = Grade.GENERAL
    lemmas = ()

    def outcome(self) -> Outcome:
        """Enclose the difference."""
        box = enclose(sp.sympify(self.larger) - sp.sympify(self.smaller))
        if box is None:
            return Outcome(Verdict.UNDECIDED, "no enclosure is known for this formula")
        low, high = box
        if low > 0:
            return Outcome(Verdict.PROVED, f"interval arithmetic: the difference is about {float(low):.6g}")
        if high <= 0:
            return Outcome(Verdict.REFUTED, "interval arithmetic", f"the difference is about {float(high):.6g}")
        return Outcome(Verdict.UNDECIDED, "the enclosure of the difference contains zero")

    def tex(self) -> str:
        """The inequality, with names where they are given."""
        larger, smaller = (
            f"{name} = {sp.latex(value)}" if name else str(sp.latex(value))
            for name, value in zip(self.named, (self.larger, self.smaller), strict=True)
        )
        return rf"{larger} \;>\; {smaller}"


@dataclass(frozen=True)
class Instance:
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
    right: Formula | int
    algebra: Algebra
    model: Model

    grade = Grade.GENERAL
    lemmas = ()

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
