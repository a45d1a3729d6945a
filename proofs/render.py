"""From derivations to notes: Markdown with LaTeX that renders on GitHub, the same bytes on every run.

A note is never written by hand: :func:`write` regenerates it and :func:`stale` tells which notes differ from what the
code renders. Display formulas are fenced ``math`` blocks and inline formulas are dollar-backtick spans, the two forms
in which GitHub leaves backslashes and underscores alone.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from proofs.chapters import proofs_of, summary_of
from proofs.claims import CHAPTERS, CLAIMS
from proofs.claims.entry import Claim
from proofs.kernel.compound import Lemma
from proofs.kernel.derivation import Derivation, Result
from proofs.kernel.outcome import Outcome, Verdict

__all__ = ["Derived", "UnprovedError", "derived", "render_chapter", "render_derivation", "stale", "write"]

_INLINE = re.compile(r"(?<![\\$`])\$(?![$`])([^$]+?)\$(?![$`])")

_HELP = (
    "[All notes](README.md#notes), [words](README.md#words), "
    "[how to read a derivation](README.md#how-to-read-a-derivation)."
)


Derived = tuple[tuple[Derivation, ...], tuple[Result, ...]]
"""Derivations with what deciding them gave."""


class UnprovedError(ValueError):
    """A chapter that may not become a note: a step is not proved, or a control is. One line per fault."""


def derived(name: str) -> Derived:
    """The derivations of a chapter, each decided step by step.

    Raises:
        KeyError: there is no such chapter.
    """
    derivations = tuple(build() for build in proofs_of(name).values())
    return derivations, tuple(derivation.check() for derivation in derivations)


def render_chapter(name: str, found: Derived | None = None) -> str:
    """The note of a chapter.

    Args:
        name: of the chapter.
        found: its derivations, decided; by default they are decided now.

    Raises:
        KeyError: there is no such chapter.
        UnprovedError: a step is not proved or a control is.
    """
    chapter, summary = CHAPTERS[name], summary_of(name)
    derivations, results = derived(name) if found is None else found
    faults = [fault for result in results for fault in result.faults]
    if faults:
        raise UnprovedError("\n".join(faults))
    lines = [
        f"<!-- Generated from proofs/chapters/{name}/ and proofs/claims/{name}.py by `mlnc derive`. Do not edit. -->",
        "",
        f"# {chapter.title}",
        "",
        _HELP,
        "",
        _prose(chapter.introduction),
        "",
        "## Notation",
        "",
        *(f"- $`{_portable(tex)}`$: {_prose(meaning)}" for tex, meaning in chapter.notation),
        "",
        "## Statements",
        "",
        *(_entry(CLAIMS[d.claim], r) for d, r in zip(derivations, results, strict=True)),
    ]
    if summary:
        lines += ["", *map(_math, summary(derivations, results))]
    for derivation, result in zip(derivations, results, strict=True):
        lines += ["", *render_derivation(CLAIMS[derivation.claim], derivation, result)]
    return "\n".join(lines) + "\n"


def render_derivation(claim: Claim, d: Derivation, result: Result) -> list[str]:
    """The section of one claim, as lines."""
    lines = [
        f"## {_heading(claim)}",
        "",
        f"**Statement.** {_prose(claim.tex)}",
        "",
        f"*Setting:* {_prose(claim.setting.words)}.",
        "",
        *([f"*Hypotheses:* {_prose('; '.join(claim.hypotheses))}.", ""] if claim.hypotheses else []),
        f"*Source:* {_prose(claim.source)}.",
        "",
    ]
    if d.symbols:
        lines += [
            "In the proof:",
            "",
            *(f"- $`{_portable(tex)}`$: {_prose(meaning)}" for tex, meaning in d.symbols),
            "",
        ]
    lines += ["**Proof.**", ""]
    for i, (step, outcome) in enumerate(zip(d.steps, result.steps, strict=True), 1):
        if step.heading:
            lines += [_prose(step.heading), ""]
        lines += [f"**({i})** {_prose(step.why)}".rstrip(), "", *_lemma(step.check), *_display(step.check.tex())]
        lines += [f"<sub>({i}) {_said(outcome)}</sub>", ""]
        if step.then:
            lines += [_prose(step.then), ""]
    lines += ["∎", ""]
    remark = " ".join(text for text in (claim.remark, d.remark) if text)
    if remark:
        lines += [f"**Remark.** {_prose(remark)}", ""]
    lines += [f"**What must fail.** {_controls_summary(result)}", ""]
    for control, outcome in zip(d.controls, result.controls, strict=True):
        letter = f"({control.part}) " if control.part else ""
        lines += [f"- {letter}{_prose(control.what)}: {_said(outcome)}."]
    check = f"Numeric check: `mlnc verify --claims {claim.id}`."
    lines += ["", f"Grade: **{result.grade.value}**. Lemmas: {_names(result.lemmas)}. {check}"]
    return lines


def render_claims() -> str:
    """The table of all claims, with what is said of each; proves nothing.

    Example:
        >>> "| [W3](weighted_synthesis.md" in render_claims()
        True
    """
    lines = [
        "<!-- Generated from proofs/claims/ by `mlnc derive`. Do not edit. -->",
        "",
        "# All claims",
        "",
        "[All notes](README.md#notes), [words](README.md#words). Every claim in plain text, with the circumstances it "
        "is made under and the answer that the evidence must bear out; `mlnc verify` gathers the evidence.",
    ]
    for chapter in CHAPTERS.values():
        lines += ["", f"## {chapter.title}", "", "| claim | statement | setting | answer |", "|---|---|---|---|"]
        for claim in chapter.claims:
            hypotheses = "; ".join((claim.setting.words, *claim.hypotheses))
            cells = (claim.text, hypotheses, claim.verdict_in_words)
            link = f"[{claim.id}]({chapter.note}#{_anchor(_heading(claim))})"
            lines.append(f"| {link} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A table cell: what Markdown would take for emphasis, a tag or the cell's end is escaped."""
    return re.sub(r"([_*~<|])", r"\\\1", text)


def stale(notes_dir: Path | str, chapters: Iterable[str] = ()) -> list[str]:
    """Names of the notes in ``notes_dir`` that are missing or differ from what the code renders, in chapter order."""
    notes = Path(notes_dir)
    return [file for file, render in _notes(chapters) if _read(notes / file) != render()]


def write(notes_dir: Path | str, chapters: Iterable[str] = ()) -> list[str]:
    """Render chapters (all, when none is named) into ``notes_dir``, each atomically; names the notes that changed."""
    notes = Path(notes_dir)
    changed = []
    for file, render in _notes(chapters):
        text = render()
        if _read(notes / file) != text:
            _replace(notes / file, text)
            changed.append(file)
    return changed


def _notes(chapters: Iterable[str]) -> list[tuple[str, Callable[[], str]]]:
    """The notes to render, each with how; the table of claims goes with all chapters."""
    names = tuple(chapters)
    table = [] if names else [("claims.md", render_claims)]
    return [*table, *((CHAPTERS[name].note, partial(render_chapter, name)) for name in names or CHAPTERS)]


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None


def _replace(path: Path, text: str) -> None:
    """Write next to the target and rename over it: a reader sees the old note or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


# ---------------------------------------------------------------------- pieces


def _prose(text: str) -> str:
    """One paragraph; inline formulas in the form that GitHub does not touch."""
    return _math(" ".join(text.split()))


def _math(text: str) -> str:
    return _INLINE.sub(lambda m: f"$`{_portable(m.group(1))}`$", text)


def _portable(tex: str) -> str:
    r"""GitHub does not allow ``\operatorname``."""
    return tex.replace(r"\operatorname", r"\mathrm")


def _display(tex: str) -> list[str]:
    r"""A fenced block; rows of an ``aligned`` on lines of their own, so that a note reads and diffs row by row."""
    broken = _portable(tex).replace(r" \\ ", " \\\\\n")
    return ["```math", *broken.split("\n"), "```", ""]


def _lemma(check: object) -> list[str]:
    if not isinstance(check, Lemma):
        return []
    lines = [f"*Lemma ({check.name}).* {_prose(check.statement)} Its hypotheses, checked here:", ""]
    for words, hypothesis in check.hypotheses:
        lines += [f"- {_prose(words)}", "", *_display(hypothesis.tex())]
    return [*lines, "It gives", ""]


def _said(outcome: Outcome) -> str:
    witness = f" {outcome.witness}" if outcome.witness else ""
    mark = {Verdict.PROVED: "proved", Verdict.REFUTED: "refuted", Verdict.UNDECIDED: "not proved"}[outcome.verdict]
    return _math(f"{mark}: {outcome.how}{witness and ':' + witness}")


def _controls_summary(result: Result) -> str:
    refuted, total = result.refuted_controls, len(result.controls)
    variants = f"{total} false variant{'s' if total > 1 else ''}"
    return f"Of {variants} of these steps, {refuted} refuted with a witness, {total - refuted} not proved:"


def _names(lemmas: tuple[str, ...]) -> str:
    return ", ".join(lemmas) if lemmas else "none"


def _heading(claim: Claim) -> str:
    return f"{claim.id}. {_prose(claim.title[0].upper() + claim.title[1:])}"


def _entry(claim: Claim, result: Result) -> str:
    lemmas = f", with {_names(result.lemmas)}" if result.lemmas else ""
    return f"- [{claim.id}](#{_anchor(_heading(claim))}) {_prose(claim.title)} ({result.grade.value}{lemmas})"


def _anchor(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
