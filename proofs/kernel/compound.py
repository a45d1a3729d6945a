"""Checks made of checks: several facts at once, one per value of a parameter, a lemma with its hypotheses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from proofs.kernel.checks import Check, Grade
from proofs.kernel.outcome import DefectError, Outcome, Verdict


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
        return lowest(check.grade for _, check in self.parts)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Those of the parts."""
        return distinct(name for _, check in self.parts for name in check.lemmas)


def every(*parts: Check | tuple[str, Check]) -> AllOf:
    """Several facts or cases, each with a few words before it or none."""
    return AllOf(tuple(part if isinstance(part, tuple) else ("", part) for part in parts))


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

    def _parts(self) -> Iterator[tuple[str, Check]]:
        return ((f"{self.parameter} = {value}", self.make(value)) for value in self.values)

    def outcome(self) -> Outcome:
        """Proved iff every value's check is."""
        worst = _worst(self._parts())
        if not worst.proved:
            return worst
        return Outcome(Verdict.PROVED, f"{worst.how}; {self.parameter} = {', '.join(map(str, self.values))}")

    def tex(self) -> str:
        """The first value's formula, and how many there are."""
        words, check = next(self._parts())
        more = rf",\ \dots,\ {self.values[-1]}" if len(self.values) > 1 else ""
        return rf"{check.tex()} \qquad ({words}{more})"

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Those of the values' checks."""
        return distinct(name for _, check in self._parts() for name in check.lemmas)


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
        return lowest(check.grade for _, check in self.hypotheses)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """This one, and those its hypotheses lean on."""
        return distinct([self.name, *(name for _, check in self.hypotheses for name in check.lemmas)])


def lemma(name: str, statement: str, *hypotheses: tuple[str, Check], gives: str) -> Lemma:
    """A theorem of the literature at work: its hypotheses, each with a few words before it, and what it gives here."""
    return Lemma(name, statement, hypotheses, gives)


def _worst(parts: Iterable[tuple[str, Check]]) -> Outcome:
    """The first that is refuted, after which no more is decided; else the first that is undecided."""
    outcomes = []
    for words, check in parts:
        outcome = check.outcome()
        if outcome.verdict is Verdict.REFUTED:
            return _told(words, outcome)
        outcomes.append((words, outcome))
    for words, outcome in outcomes:
        if outcome.verdict is Verdict.UNDECIDED:
            return _told(words, outcome)
    return Outcome(Verdict.PROVED, "; ".join(distinct(outcome.how for _, outcome in outcomes)))


def _told(words: str, outcome: Outcome) -> Outcome:
    return Outcome(outcome.verdict, f"{words}: {outcome.how}" if words else outcome.how, outcome.witness)


def lowest(grades: Iterable[Grade]) -> Grade:
    """The grade of what has parts of these grades."""
    return Grade.ENTRIES if Grade.ENTRIES in set(grades) else Grade.GENERAL


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order of occurrence."""
    return tuple(dict.fromkeys(names))
