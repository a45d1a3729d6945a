"""The numeric checks: a package per chapter of the theory, a function per claim, found by the id it carries."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proofs.claims import CHAPTERS

if TYPE_CHECKING:
    from verify.checks.evidence import Check

__all__ = ["checks_of"]


@cache
def checks_of(chapter: str) -> Mapping[str, Check[Any]]:
    """The checks of a chapter by claim id, in the order of its entries.

    Raises:
        LookupError: a claim has two checks, or a check no entry in this chapter.
    """
    package = importlib.import_module(f"{__name__}.{chapter}")
    found: dict[str, Check[Any]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for function in vars(module).values():
            check = getattr(function, "check", None)
            if not inspect.isfunction(function) or check is None or function.__module__ != module.__name__:
                continue
            if check.claim in found:
                raise LookupError(f"{check.claim} has two checks in {chapter}")
            found[check.claim] = check
    order = [claim.id for claim in CHAPTERS[chapter].claims]
    strangers = set(found) - set(order)
    if strangers:
        raise LookupError(f"{chapter} checks {', '.join(sorted(strangers))}, which are not among its claims")
    return MappingProxyType({claim: found[claim] for claim in order if claim in found})
