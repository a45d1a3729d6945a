"""The proofs: a package per chapter of the theory, a function per claim, found by the id it carries."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from proofs.claims import CHAPTERS

if TYPE_CHECKING:
    from proofs.kernel.derivation import Derivation, Proof, Result

__all__ = ["modules", "proofs_of", "summary_of"]


def modules(chapter: str, ending: str = "") -> Iterator[ModuleType]:
    """The modules of a chapter whose names end like this: those in ``_chains`` do without SymPy, the others need it."""
    package = importlib.import_module(f"{__name__}.{chapter}")
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.endswith(ending):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


@cache
def proofs_of(chapter: str) -> Mapping[str, Proof]:
    """The proofs of a chapter by claim id, in the order of its entries; imports its modules, proves nothing.

    Raises:
        LookupError: a claim has two proofs, or a proof no entry in this chapter.
    """
    found: dict[str, Proof] = {}
    for module in modules(chapter):
        for function in vars(module).values():
            claim = getattr(function, "claim", None)
            if not callable(function) or claim is None or inspect.getmodule(function) is not module:
                continue
            if claim in found:
                raise LookupError(f"{claim} has two proofs in {chapter}")
            found[claim] = function
    order = [claim.id for claim in CHAPTERS[chapter].claims]
    strangers = set(found) - set(order)
    if strangers:
        raise LookupError(f"{chapter} proves {', '.join(sorted(strangers))}, which are not among its claims")
    return MappingProxyType({claim: found[claim] for claim in order if claim in found})


def summary_of(chapter: str) -> Callable[[Sequence[Derivation], Sequence[Result]], list[str]] | None:
    """What sums up a chapter's derivations, all proved, in lines of Markdown behind the list of its statements."""
    return getattr(importlib.import_module(f"{__name__}.{chapter}"), "summary", None)
