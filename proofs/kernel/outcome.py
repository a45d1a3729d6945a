"""What a check can say: proved, refuted with a witness, or undecided. Only *proved* passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Protocol

__all__ = ["DefectError", "Outcome", "Setting", "Sign", "Verdict"]


class Verdict(Enum):
    """The three answers of the kernel."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Sign(IntEnum):
    """A sign that is visible in the form of an expression; ordered by strength."""

    NONNEGATIVE = 0
    POSITIVE = 1


@dataclass(frozen=True)
class Outcome:
    """A verdict, how it was reached, and for a refutation the exact point at which the formula fails."""

    verdict: Verdict
    how: str
    witness: str = ""

    @property
    def proved(self) -> bool:
        """Whether the verdict is :attr:`Verdict.PROVED`."""
        return self.verdict is Verdict.PROVED


class DefectError(ValueError):
    """A derivation that is itself badly made: a step that says nothing, a rule that is false, no control."""


class Setting(Protocol):
    """Where formulas live. A setting knows when a formula is zero, when its sign is visible, and can look for a
    counterexample; ``proofs.kernel.scalars.Scalars`` and ``proofs.kernel.algebra.Algebra`` are the two there are.
    """

    def vanishes(self, formula: Any) -> bool:
        """Whether the normal form of ``formula`` is zero. ``False`` means *not shown*, never *nonzero*."""
        ...

    def is_defined(self, formula: Any) -> bool:
        """Whether every denominator is shown to be nonzero somewhere; of a formula that may be defined nowhere nothing
        is proved.
        """
        ...

    def no_new_poles(self, formula: Any, certificate: Any) -> bool:
        """Whether ``certificate`` is shown to be defined wherever ``formula`` is."""
        ...

    def satisfiable(self, hypotheses: Sequence[Any], everywhere: Sequence[bool]) -> bool:
        """Whether some exact instance satisfies all hypotheses (formulas that are zero) at once.

        A hypothesis with free indices must hold for all their members where ``everywhere`` says so, and otherwise for
        members that all such hypotheses share.
        """
        ...

    def divides_safely(self, formula: Any) -> bool:
        """Whether every denominator of ``formula`` is shown to be nonzero within the assumptions."""
        ...

    def sign(self, formula: Any) -> Sign | None:
        """The sign that the form of ``formula`` shows, ``None`` where it shows none."""
        ...

    def counterexample(self, formula: Any, relation: str, under: Sequence[Any] = ()) -> str | None:
        """An exact point within the assumptions where ``formula relation 0`` is false (``==``, ``>=`` or ``>``)
        although every formula in ``under`` is zero.
        """
        ...

    def tex(self, formula: Any) -> str:
        """LaTeX of the formula as it was given."""
        ...

    def how(self, formula: Any) -> str:
        """In a few words, the decision procedure that :meth:`vanishes` uses on this formula."""
        ...
