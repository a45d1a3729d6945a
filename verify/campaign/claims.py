"""The catalogue: every claim with its evidence.

The claim is the entry of its id in ``proofs/claims/<chapter>.py``, the derivation the function that carries the id in
``proofs/chapters/<chapter>/`` (its note is ``notes/<chapter>.md``), the numeric check that in
``verify/checks/<chapter>/``; stored counterexamples are in ``verify/campaign/counterexamples``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proofs.claims import CHAPTERS, CLAIMS, chapter_of
from proofs.claims.entry import Claim
from verify.checks import checks_of
from verify.checks.evidence import Check
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import InputError

if TYPE_CHECKING:
    from proofs.chains import Own as Own  # noqa: PLC0414 - others have it from here


@dataclass(frozen=True)
class Derived:
    """What checking the symbolic derivations of a claim gave.

    Attributes:
        grade: ``"general"`` or ``"entries"``, the lowest of the derivations'.
        steps: number of steps proved, and in all.
        controls: number of false variants that the kernel did not prove, and in all.
        lemmas: named theorems of the literature that the derivation leans on.
        faults: one line per step that is not proved and per false variant that is.
        closed: whether there is a chain of theorems from the formal hypotheses to the formal goal, which
            ``proofs/checker.py`` accepts.
        axioms: the textbook theorems that the chain rests on, itself or through other claims.
        claims: the other claims that it rests on.
    """

    grade: str
    steps: tuple[int, int]
    controls: tuple[int, int]
    lemmas: tuple[str, ...]
    faults: tuple[str, ...]
    closed: bool = False
    axioms: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


CHECKS: Mapping[str, Check[LabelSpectrum]] = MappingProxyType(
    {claim: check for chapter in CHAPTERS for claim, check in checks_of(chapter).items()}
)
"""The numeric check of every claim by its id, in the order of the theory."""


def derive(claim: str) -> Derived | None:
    """Check the symbolic derivation of a claim step by step; ``None`` when there is none. Of its chain this says
    nothing: :func:`with_chain` adds that.

    Nothing is cached: whoever asks gets the derivation checked.
    """
    from proofs.chapters import proofs_of  # noqa: PLC0415 - needs SymPy, which is slow to import

    build = proofs_of(chapter_of(claim).name).get(claim)
    if build is None:
        return None
    result = build().check()
    return Derived(
        grade=result.grade.value,
        steps=(sum(step.proved for step in result.steps), len(result.steps)),
        controls=(sum(not control.proved for control in result.controls), len(result.controls)),
        lemmas=result.lemmas,
        faults=result.faults,
    )


def close(claim: str) -> Own:
    """The chain of theorems of a claim by itself, as found; it is not checked."""
    from proofs.chains import found  # noqa: PLC0415 - only who derives needs it

    return found(claim)


def as_chain(plain: Mapping[str, Any]) -> Own:
    """What :func:`close` found, from plain values."""
    from proofs.chains import Own  # noqa: PLC0415 - only who derives needs it

    return Own(**{**plain, "rests": tuple(plain["rests"])})


def with_chain(claim: str, derived: Derived, checked: Mapping[str, Own]) -> Derived:
    """A derivation with the chain of the claim, given what the checker said of it and of those it rests on."""
    from proofs.chains import joined  # noqa: PLC0415 - only who derives needs it

    chain = joined(claim, checked.__getitem__)
    return replace(
        derived, faults=(*derived.faults, *chain.faults), closed=chain.closed, axioms=chain.axioms, claims=chain.claims
    )


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
        if not any(_matches(id_, pattern) for id_ in CLAIMS):
            raise InputError(f"--claims: no claim matches {pattern!r}; `mlnc verify --list` names them")
    return tuple(claim for id_, claim in CLAIMS.items() if any(_matches(id_, pattern) for pattern in wanted))


def _matches(id_: str, pattern: str) -> bool:
    return fnmatchcase(id_.lower(), pattern.lower())


class UnprovedError(Exception):
    """A derivation that does not check; one line per fault."""


def notes_on(
    folder: Path,
    chapters: Sequence[str],
    *,
    check: bool,
    executor: Executor | None = None,
    told: Callable[[str, str, int], None] | None = None,
    figures: Callable[[], Mapping[str, str]] = dict,
) -> list[str]:
    """Regenerate the notes of some chapters (all of them for none named), or tell which are stale.

    Args:
        folder: where the notes are.
        chapters: names of chapters.
        check: write nothing, and return the notes that differ from what the derivations render.
        executor: where chapters are derived; here, one after the other, without one.
        told: called for each claim that has been decided, in the process where it was, with its chapter, its id and
            how many claims of the chapter are left.
        figures: gives the figures among the notes that belong to no chapter, by file name; asked if none is named.

    Returns:
        File names: of the stale notes when checking, else of the notes that changed.

    Raises:
        InputError: no such chapter, no such folder, or a note that cannot be written.
        UnprovedError: a step is not proved or a false variant is; nothing is written.
    """
    from proofs import render  # noqa: PLC0415 - SymPy is slow to import and only this needs it

    for name in chapters:
        if name not in CHAPTERS:
            raise InputError(f"no chapter is called {name!r}: the chapters are {', '.join(CHAPTERS)}")
    rendered = render.rendered(tuple(chapters), executor, told)
    try:
        notes = [*rendered, *({} if chapters else figures()).items()]
        return render.stale(folder, notes) if check else render.write(folder, notes)
    except render.UnprovedError as error:
        raise UnprovedError(str(error)) from None
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name the folder of the notes with --notes") from None


def traces_in(folder: Path, executor: Executor | None = None, made: Mapping[str, str] | None = None) -> list[str]:
    """Write the traces of all closed claims, and the axioms, into a folder; names the files. Chains are found where
    ``executor`` says; here, one after the other, without one. Of traces that are ``made`` already, those alone.

    Raises:
        InputError: it cannot be written.
    """
    from proofs.chains import write_traces  # noqa: PLC0415 - needs SymPy, as the chapters do

    try:
        return write_traces(folder, executor, made)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name another folder with --trace") from None


def foundations() -> Mapping[str, frozenset[str]]:
    """For every proved claim that rests on something, and for what is rested on, the claims and axioms below it.

    Example:
        >>> sorted(foundations()["U9"])
        ['L4', 'U6', 'axiom: unit vector']
    """
    from proofs.chains import checked, closings  # noqa: PLC0415 - needs SymPy, as the chapters do

    found = {claim: checked(claim) for claim in closings()}
    rests = {claim: {*x.claims, *(f"axiom: {name}" for name in x.axioms)} for claim, x in found.items()}
    below = frozenset[str]().union(*rests.values())
    return {name: frozenset(rests.get(name, ())) for name in sorted(below | {c for c, used in rests.items() if used})}
