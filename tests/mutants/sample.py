"""Which mistakes are tried: a share of every module that computes mathematics, drawn by a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isqrt
from pathlib import Path

from tests.mutants.mutate import Mutation, mutations

__all__ = ["NO_MATHEMATICS", "drawn", "modules"]

NO_MATHEMATICS = {
    "proofs/contents.py": "names the chapters",
    "proofs/render.py": "writes the notes",
    "verify/labels/readers": "reads files",
    "verify/report": "words, tables and pages",
    "verify/experiments": "tables and figures of what other modules compute",
    "verify/report/bundle.py": "archives",
    "verify/campaign/campaign.py": "runs checks in parallel",
    "verify/campaign/claims.py": "the catalogue",
    "verify/api": "the command, for scripts and notebooks",
    "verify/cli": "the command",
    "verify/campaign/counterexamples": "stores and shrinks examples",
    "verify/labels/draws.py": "random draws: others would do as well",
    "verify/labels/errors.py": "one-line errors",
    "verify/checks/evidence.py": "what a check is",
    "verify/report/figures.py": "draws",
    "verify/cli/interrupts.py": "signals",
    "verify/campaign/journal.py": "what has been done already",
    "verify/campaign/statements.py": "words",
}
"""Modules that are left out, and why; every other module of ``proofs/`` and ``verify/`` is in, new ones included."""


def modules(root: Path) -> list[str]:
    """The modules under a root whose mathematics is mutated, with forward slashes."""
    found = sorted(path.relative_to(root) for top in ("proofs", "verify") for path in (root / top).rglob("*.py"))
    left_out = [Path(name) for name in NO_MATHEMATICS]
    return [path.as_posix() for path in found if not any(path.is_relative_to(name) for name in left_out)]


def drawn(root: Path, number: int, seed: int) -> list[Mutation]:
    """A sample of mutations, in the order of the files.

    Every module gets a share in proportion to the square root of the number of its mutations, at least one. Within a
    module the kinds take turns. Who comes first is decided by a hash of the seed and of the mutation's key, so that
    code which changes in one place moves few of the mutations elsewhere.
    """
    found = {name: mutations((root / name).read_text(encoding="utf-8"), name) for name in modules(root)}
    found = {name: places for name, places in found.items() if places}
    shares = _shares({name: len(places) for name, places in found.items()}, number)
    chosen: list[Mutation] = []
    for name, places in found.items():
        ranked = sorted(places, key=lambda mutation: _rank(seed, mutation.key))
        chosen += sorted(_taking_turns(ranked, shares[name]), key=lambda mutation: (mutation.span, mutation.key))
    return chosen


def _rank(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()


def _taking_turns(ranked: Sequence[Mutation], number: int) -> Iterator[Mutation]:
    """The first of a kind taken least often so far, ``number`` times; no two at one place."""
    left, taken, places = list(ranked), Counter[str](), set[tuple[int, int]]()
    while left and taken.total() < number:
        fewest = min(taken[mutation.kind] for mutation in left)
        mutation = next(mutation for mutation in left if taken[mutation.kind] == fewest)
        taken[mutation.kind] += 1
        places.add(mutation.span)
        left = [other for other in left if other.span not in places]
        yield mutation


def _shares(sizes: dict[str, int], number: int) -> dict[str, int]:
    """Largest remainders of the square roots, after one for everybody, never more than there are."""
    if number < len(sizes):
        raise ValueError(f"{number} mutations are too few for {len(sizes)} modules, which get one each")
    roots = {name: isqrt(size * 10**6) for name, size in sizes.items()}
    exact = {name: Fraction((number - len(sizes)) * root, sum(roots.values())) for name, root in roots.items()}
    shares = {name: min(1 + int(share), sizes[name]) for name, share in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: (int(exact[name]) - exact[name], name))
    for name in by_remainder:
        if sum(shares.values()) < number and shares[name] < sizes[name]:
            shares[name] += 1
    return shares
