"""What was tried and what survived, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.mutants.mutate import KINDS, Mutation
from tests.mutants.sample import NO_MATHEMATICS

__all__ = ["as_note"]

Row = tuple[Mutation, str | None]
"""A mutation and the test that noticed it."""


def as_note(rows: Sequence[Row], explanations: Mapping[str, str], seed: int, nearest: int) -> str:
    """The note on a sample, all of whose survivors are explained."""
    survivors = [mutation for mutation, by in rows if by is None]
    noticed = len(rows) - len(survivors)
    lines = [
        "<!-- Written by `make mutants`; the explanations of survivors are in tests/mutants/survivors.toml. -->",
        "",
        "# Mistakes made on purpose",
        "",
        "A suite that passes says little unless it also fails when it should. `make mutants` makes small mistakes, one",
        "at a time, in `proofs/` and `verify/`, and runs the tests. What is a mistake, and what is passed over as no",
        "statement of mathematics, is in `tests/mutants/mutate.py`; how the sample is drawn, and which modules have",
        "no mathematics, in `tests/mutants/sample.py`. Tests that compare a generated note with the code behind it do",
        "not count, since the note would be generated from the mistake; nor do tests on published label sets.",
        f"A test that fails must fail twice. {_tried(nearest)}",
        "",
        f"Seed {seed}: **{noticed} of {len(rows)} mutations are noticed ({noticed / len(rows):.1%}).**",
        "",
        "| kind | mutations | noticed |",
        "|---|---:|---:|",
        *_counts([(mutation.kind, by) for mutation, by in rows], list(KINDS)),
        "",
        "| module | mutations | noticed |",
        "|---|---:|---:|",
        *_counts([(f"`{mutation.path}`", by) for mutation, by in rows], sorted({f"`{m.path}`" for m, _ in rows})),
        "",
        "## Survivors",
        "",
    ]
    for mutation in survivors:
        lines += [f"* {_place(mutation)}: {_change(mutation)}. {' '.join(explanations[mutation.key].split())}"]
    lines += [] if survivors else ["None."]
    lines += ["", "## Every mutation", "", "| where | kind | mistake | noticed by |", "|---|---|---|---|"]
    lines += [f"| {_place(m)} | {m.kind} | {_cell(_change(m))} | {_by(by)} |" for m, by in rows]
    left_out = "; ".join(f"`{name}` ({why})" for name, why in NO_MATHEMATICS.items())
    return "\n".join([*lines, "", f"Left out, as no mathematics is computed there: {left_out}.", ""])


def _tried(nearest: int) -> str:
    if nearest:
        return f"The {nearest} test files nearest to the module are tried, so the share is a lower bound."
    return "All test files that import the module are tried."


def _counts(rows: Sequence[tuple[str, str | None]], names: Sequence[str]) -> list[str]:
    tried, seen = Counter(name for name, _ in rows), Counter(name for name, by in rows if by is not None)
    return [f"| {name} | {tried[name]} | {seen[name]} |" for name in names if tried[name]]


def _place(mutation: Mutation) -> str:
    return f"`{mutation.path}`" + (f" `{mutation.within}`" if mutation.within else "")


def _change(mutation: Mutation) -> str:
    return f"`{mutation.before}` becomes `{mutation.after}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _by(test: str | None) -> str:
    return "**nothing**" if test is None else f"`{_cell(test)}`"
