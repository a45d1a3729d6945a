"""From derivations to notes: Markdown with LaTeX that renders on GitHub, the same bytes on every run.

A note is never written by hand: :func:`write` regenerates it and :func:`stale` tells which notes differ from what the
code renders. Display formulas are fenced ``math`` blocks and inline formulas are dollar-backtick spans, the two forms
in which GitHub leaves backslashes and underscores alone.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from proofs.contents import CHAPTERS, Chapter
from proofs.kernel.derivation import Derivation, Lemma, Result, Verdict
from proofs.kernel.outcome import Outcome

__all__ = ["UnprovedError", "render_chapter", "render_derivation", "stale", "write"]

_INLINE = re.compile(r"(?<![\\$`])\$(?![$`])([^$]+?)\$(?![$`])")

_HELP = (
    "[All notes](README.md#notes), [words](README.md#words), "
    "[how to read a derivation](README.md#how-to-read-a-derivation)."
)


class UnprovedError(ValueError):
    """A chapter that may not become a note: a step is not proved, or a control is. One line per fault."""


def render_chapter(chapter: str | Chapter) -> str:
    """The note of a chapter.

    Raises:
        KeyError: there is no such chapter.
        UnprovedError: a step is not proved or a control is.
    """
    chapter = CHAPTERS[chapter] if isinstance(chapter, str) else chapter
    contents = chapter.contents
    derivations = [build() for build in contents.derivations.values()]
    results = [derivation.check() for derivation in derivations]
    faults = [fault for result in results for fault in result.faults]
    if faults:
        raise UnprovedError("\n".join(faults))
    lines = [
        f"<!-- Generated from {chapter.module.replace('.', '/')}.py by `mlnc derive`. Do not edit. -->",
        "",
        f"# {contents.title}",
        "",
        _HELP,
        "",
        _prose(contents.introduction),
        "",
        "## Notation",
        "",
        *(f"- $`{_portable(tex)}`$: {_prose(meaning)}" for tex, meaning in contents.notation),
        "",
        "## Statements",
        "",
        *(_entry(d, r) for d, r in zip(derivations, results, strict=True)),
    ]
    if contents.summary:
        lines += ["", *map(_math, contents.summary(derivations, results))]
    for derivation, result in zip(derivations, results, strict=True):
        lines += ["", *render_derivation(derivation, result)]
    return "\n".join(lines) + "\n"


def render_derivation(derivation: Derivation, result: Result) -> list[str]:
    """The section of one claim, as lines."""
    d = derivation
    lines = [
        f"## {d.claim}. {_prose(d.title)}",
        "",
        f"**Statement.** {_prose(d.statement)}",
        "",
        f"*Source:* {_prose(d.source)}.",
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
    if d.remark:
        lines += [f"**Remark.** {_prose(d.remark)}", ""]
    lines += [f"**What must fail.** {_controls_summary(result)}", ""]
    for control, outcome in zip(d.controls, result.controls, strict=True):
        lines += [f"- {_prose(control.what)}: {_said(outcome)}."]
    lines += ["", f"Grade: **{result.grade.value}**. Lemmas: {_names(result.lemmas)}. {_check(d)}"]
    return lines


def stale(notes_dir: Path | str, chapters: Iterable[str] = ()) -> list[str]:
    """Names of the notes in ``notes_dir`` that are missing or differ from what the code renders, in chapter order."""
    notes = Path(notes_dir)
    return [
        CHAPTERS[name].note
        for name in chapters or CHAPTERS
        if _read(notes / CHAPTERS[name].note) != render_chapter(name)
    ]


def write(notes_dir: Path | str, chapters: Iterable[str] = ()) -> list[str]:
    """Render chapters (all, when none is named) into ``notes_dir``, each atomically; names the notes that changed."""
    notes = Path(notes_dir)
    changed = []
    for name in chapters or CHAPTERS:
        text = render_chapter(name)
        if _read(notes / CHAPTERS[name].note) != text:
            _replace(notes / CHAPTERS[name].note, text)
            changed.append(CHAPTERS[name].note)
    return changed


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


def _entry(derivation: Derivation, result: Result) -> str:
    anchor = _anchor(f"{derivation.claim}. {derivation.title}")
    lemmas = f", with {_names(result.lemmas)}" if result.lemmas else ""
    return f"- [{derivation.claim}](#{anchor}) {_prose(derivation.title)} ({result.grade.value}{lemmas})"


def _anchor(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _check(derivation: Derivation) -> str:
    return f"Numeric check: {f'`mlnc verify --claims {derivation.claim}`' if derivation.numeric else 'none yet'}."
