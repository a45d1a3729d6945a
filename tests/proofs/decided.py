"""Derivations are decided and chains made once per process, and all tests that need them run in one process."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from proofs import chains, render
from proofs.chapters import proofs_of
from proofs.claims import CHAPTERS
from proofs.kernel.derivation import Derivation, Result

__all__ = ["decided", "each_chapter", "each_claim", "found", "in_one_process", "stated_axioms", "traces_of"]

in_one_process = pytest.mark.xdist_group("proofs")


@cache
def found(chapter: str, claim: str) -> tuple[Derivation, Result]:
    """The derivation of a claim and what deciding it gave."""
    derivation = proofs_of(chapter)[claim]()
    return derivation, derivation.check()


def decided(chapter: str) -> render.Derived:
    """The derivations of a chapter, each decided."""
    derivations, results = zip(*(found(chapter, claim) for claim in proofs_of(chapter)), strict=True)
    return derivations, results


@cache
def stated_axioms() -> dict[str, Any]:
    """The document of axioms and laws."""
    return next(chains.traces())[1]


def traces_of(*claims: str) -> Iterator[tuple[str, Any]]:
    """Names and documents of the axioms and of the chains of these claims alone."""
    yield "axioms.json", stated_axioms()
    yield from ((f"{claim}.json", chains.document(claim)) for claim in claims)


def _together(*values: Any, name: str) -> Any:
    return pytest.param(*values, marks=in_one_process, id=name)


each_chapter = pytest.mark.parametrize("chapter", [_together(name, name=name) for name in CHAPTERS])
each_claim = pytest.mark.parametrize(
    ("chapter", "claim"),
    [_together(name, claim, name=claim.id) for name, chapter in CHAPTERS.items() for claim in chapter.claims],
)
