"""What a check can say: proved, refuted with a witness, or undecided. Only *proved* passes."""

from dataclasses import dataclass
from enum import Enum, IntEnum


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
