"""Which chapters there are: each is a module of derivations and the note that is generated from it.

Nothing is derived, and SymPy is not imported, until :attr:`Chapter.contents` is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofs.kernel.derivation import Derivation, Result

__all__ = ["CHAPTERS", "Chapter", "Contents"]


@dataclass(frozen=True)
class Contents:
    """What a chapter's module exposes as ``CONTENTS``.

    Args:
        title: the heading of the note.
        introduction: what the chapter is about (Markdown).
        notation: pairs (LaTeX, meaning) used by all its derivations.
        derivations: claim id to the function that builds its derivation, in the order of the mathematics.
        summary: lines of Markdown that sum up what the derivations, all proved, have shown; they follow the list of
            statements.
    """

    title: str
    introduction: str
    notation: tuple[tuple[str, str], ...]
    derivations: Mapping[str, Callable[[], Derivation]]
    summary: Callable[[Sequence[Derivation], Sequence[Result]], list[str]] | None = None


@dataclass(frozen=True)
class Chapter:
    """A chapter by name: its module under ``proofs`` and the file its note is written to."""

    name: str

    @property
    def module(self) -> str:
        """Import path of the module."""
        return f"proofs.chapters.{self.name}.{_MAIN[self.name]}"

    @property
    def note(self) -> str:
        """File name of the generated note."""
        return f"{self.name}.md"

    @property
    def contents(self) -> Contents:
        """The chapter itself; imports its module."""
        contents = importlib.import_module(self.module).CONTENTS
        if not isinstance(contents, Contents):
            raise TypeError(f"{self.module}.CONTENTS is not a Contents")
        return contents


_MAIN = {
    "label_spectrum": "spectrum",
    "stationarity": "stationarity",
    "duality": "duality",
    "orthogonal_case": "orthogonal_case",
    "weighted_synthesis": "exact",
    "loss_bounds": "floors",
    "terminal_phase": "terminal_phase",
}

CHAPTERS: Mapping[str, Chapter] = MappingProxyType(
    {
        name: Chapter(name)
        for name in (
            "label_spectrum",
            "stationarity",
            "duality",
            "orthogonal_case",
            "weighted_synthesis",
            "loss_bounds",
            "terminal_phase",
        )
    }
)
"""Every chapter by name, in the order of the theory."""
