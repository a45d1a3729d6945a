"""The catalogue: every claim, with where its derivation, its check, its sampler and its controls are.

A reader who starts here reaches any evidence in two hops: the statement is the entry of its id in
``statements.py``, the derivation is in ``proofs/chapters/<chapter>/`` (its note in ``notes/<chapter>.md``), the numeric
check with its controls in ``verify/checks/<chapter>/``. The distributions it is run on come from
``verify/labels/families.py``, stored counterexamples are in ``verify/campaign/counterexamples``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

from proofs.contents import CHAPTERS
from verify.campaign.statements import STATEMENTS
from verify.checks.duality import duality
from verify.checks.evidence import Check
from verify.checks.label_spectrum import label_spectrum
from verify.checks.loss_bounds import loss_bounds
from verify.checks.orthogonal_case import orthogonal_case
from verify.checks.stationarity import stationarity
from verify.checks.terminal_phase import terminal_phase
from verify.checks.weighted_synthesis import any_loss as weighted_synthesis
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import InputError

__all__ = ["CATALOGUE", "Claim", "Derived", "UnprovedError", "notes_on", "select"]


@dataclass(frozen=True)
class Derived:
    """What checking the symbolic derivations of a claim gave.

    Attributes:
        grade: ``"general"`` or ``"entries"``, the lowest of the derivations'.
        steps: number of steps proved, and in all.
        controls: number of false variants that the kernel did not prove, and in all.
        lemmas: named theorems of the literature that the derivation leans on.
        faults: one line per step that is not proved and per false variant that is.
    """

    grade: str
    steps: tuple[int, int]
    controls: tuple[int, int]
    lemmas: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """One statement of the theory.

    Attributes:
        id: its number; the derivation, the check, the property test and the note all carry it.
        title: a few words.
        statement: what is claimed, in one sentence, in plain text.
        answer: whether it is so, in words: ``"true"``, ``"true if ..."`` or ``"false: ..."``. The evidence must bear it
            out: of a claim that is answered false, a counterexample.
        check: the numeric check with its controls.
    """

    id: str
    title: str
    statement: str
    answer: str
    check: Check[LabelSpectrum]

    @property
    def is_false(self) -> bool:
        """Whether the catalogue says that the statement, as it reads, is false."""
        return self.answer.startswith("false")

    def derive(self) -> Derived | None:
        """Check the symbolic derivation step by step; ``None`` when there is none.

        Nothing is cached: whoever asks gets the derivation checked.
        """
        for chapter in CHAPTERS.values():
            build = chapter.contents.derivations.get(self.id)
            if build is not None:
                result = build().check()
                proved = sum(step.proved for step in result.steps)
                rejected = sum(not control.proved for control in result.controls)
                return Derived(
                    grade=result.grade.value,
                    steps=(proved, len(result.steps)),
                    controls=(rejected, len(result.controls)),
                    lemmas=result.lemmas,
                    faults=result.faults,
                )
        return None


def _catalogue() -> Mapping[str, Claim]:
    chapters = (
        label_spectrum,
        stationarity,
        duality,
        orthogonal_case,
        weighted_synthesis,
        loss_bounds,
        terminal_phase,
    )
    checks = {check.claim: check for chapter in chapters for check in chapter.CHECKS}
    return MappingProxyType({said.id: Claim(*said, checks[said.id]) for said in STATEMENTS})


CATALOGUE: Mapping[str, Claim] = _catalogue()
"""Every claim by id, in the order of the theory."""


def select(patterns: Iterable[str]) -> tuple[Claim, ...]:
    """The claims whose id matches one of the patterns (``S*``, ``U8``), in catalogue order.

    Raises:
        InputError: a pattern matches no claim.

    Example:
        >>> [claim.id for claim in select(["U1?", "S4"])]
        ['S4', 'U1a', 'U10', 'U11']
    """
    wanted = tuple(patterns)
    for pattern in wanted:
        if not any(_matches(id_, pattern) for id_ in CATALOGUE):
            raise InputError(f"--claims: no claim matches {pattern!r}; `mlnc verify --list` names them")
    return tuple(claim for id_, claim in CATALOGUE.items() if any(_matches(id_, pattern) for pattern in wanted))


def _matches(id_: str, pattern: str) -> bool:
    return fnmatchcase(id_.lower(), pattern.lower())


class UnprovedError(Exception):
    """A derivation that does not check; one line per fault."""


def notes_on(folder: Path, chapters: Sequence[str], *, check: bool) -> list[str]:
    """Regenerate the notes of some chapters (all of them for none named), or tell which are stale.

    Args:
        folder: where the notes are.
        chapters: names of chapters.
        check: write nothing, and return the notes that differ from what the derivations render.

    Returns:
        File names: of the stale notes when checking, else of the notes that changed.

    Raises:
        InputError: no such chapter, no such folder, or a note that cannot be written.
        UnprovedError: a step is not proved or a false variant is; nothing is written for that chapter.
    """
    from proofs import render  # noqa: PLC0415 - SymPy is slow to import and only this needs it

    for name in chapters:
        if name not in CHAPTERS:
            raise InputError(f"no chapter is called {name!r}: the chapters are {', '.join(CHAPTERS)}")
    try:
        return render.stale(folder, chapters) if check else render.write(folder, chapters)
    except render.UnprovedError as error:
        raise UnprovedError(str(error)) from None
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name the folder of the notes with --notes") from None
