"""Derivations are decided once per process, and all tests that need those of a chapter run in one process."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from proofs import render
from proofs.claims import CHAPTERS
from proofs.kernel.derivation import Derivation, Result

__all__ = ["decided", "each_chapter", "each_claim", "found"]

decided = cache(render.derived)


def found(chapter: str, claim: str) -> tuple[Derivation, Result]:
    """The derivation of a claim and what deciding it gave."""
    pairs = zip(*decided(chapter), strict=True)
    return next((derivation, result) for derivation, result in pairs if derivation.claim == claim)


def _together(chapter: str, *values: Any, name: str) -> Any:
    return pytest.param(*values, marks=pytest.mark.xdist_group(f"derive {chapter}"), id=name)


each_chapter = pytest.mark.parametrize("chapter", [_together(name, name, name=name) for name in CHAPTERS])
each_claim = pytest.mark.parametrize(
    ("chapter", "claim"),
    [_together(name, name, claim, name=claim.id) for name, chapter in CHAPTERS.items() for claim in chapter.claims],
)
