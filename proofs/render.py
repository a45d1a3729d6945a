"""From derivations to notes: Markdown with LaTeX that renders on GitHub, the same bytes on every run.

A note is never written by hand: :func:`write` regenerates it and :func:`stale` tells which notes differ from what the
code renders. Display formulas are fenced ``math`` blocks and inline formulas are dollar-backtick spans, the two forms
in which GitHub leaves backslashes and underscores alone.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from proofs import chains
from proofs.chapters import proofs_of, summary_of
from proofs.claims import CHAPTERS, CLAIMS, chapter_of
from proofs.claims.entry import Claim
from proofs.kernel.axioms import AXIOMS
from proofs.kernel.compound import Lemma
from proofs.kernel.derivation import Derivation, Result
from proofs.kernel.laws import LAWS
from proofs.kernel.outcome import Outcome, Verdict

_INLINE = re.compile(r"(?<![\\$`])\$(?![$`])([^$]+?)\$(?![$`])")

_HELP = (
    "[All notes](README.md#notes), [words](README.md#words), "
    "[how to read a derivation](README.md#how-to-read-a-derivation)."
)


Derived = tuple[tuple[Derivation, ...], tuple[Result, ...]]
"""Derivations with what deciding them gave."""
Told = Callable[[str, str, int], None]
"""Is told the chapter, the id of a claim of it that has been decided, and how many claims of it are left."""


class UnprovedError(ValueError):
    """A chapter that may not become a note: a step is not proved, or a control is. One line per fault."""


def derived(name: str, told: Told | None = None) -> Derived:
    """The derivations of a chapter, each decided step by step.

    Args:
        name: of the chapter.
        told: called for each claim that has been decided.

    Raises:
        KeyError: there is no such chapter.
    """
    derivations, results = [], []
    proofs = proofs_of(name)
    for left, (claim, build) in zip(reversed(range(len(proofs))), proofs.items(), strict=True):
        derivations.append(build())
        results.append(derivations[-1].check())
        if told is not None:
            told(name, claim, left)
    return tuple(derivations), tuple(results)


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
    lines += ["", f"Grade: **{result.grade.value}**. Lemmas: {_names(result.lemmas)}. {check}", "", *_formal(claim)]
    return lines


def _formal(claim: Claim) -> list[str]:
    """The statement in formulas, and what its chain of theorems rests on; or that there is no chain."""
    chain = chains.checked(claim.id)
    if not chain.lines:
        return ["**Argued**: the formulas above are checked one by one; prose links them."]
    given = [f"given  {text}" if i == 0 else f"       {text}" for i, text in enumerate(claim.formal.given)]
    goal = " ".join(claim.formal.goal.split())
    rests = f"Rests on axioms: {_names(chain.axioms)}; claims: {_names(chain.claims)}."
    example = " ".join(claim.formal.example.split())
    word = "Refuted" if claim.is_false else "Proved" if chain.closed else "Argued"
    lead = f"{chain.lines} theorems lead from the hypotheses to the goal"
    if claim.is_false:
        lead = "in an example with rational values the hypotheses hold and the goal does not"
    elif example:
        lead += ", and to what the example says"
    rests += f" Argued besides: {claim.formal.besides}." if claim.formal.besides else ""
    return [
        f"**{word}**: {lead}. {rests}",
        "",
        "```text",
        *given,
        f"goal   {goal}",
        *([f"case   {example}"] if example else []),
        "```",
    ]


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


def render_foundations() -> str:
    """What the proved claims rest on: every axiom with its users, every claim with its chain; decides all chains.

    Example:
        >>> "| [U9](duality.md" in render_foundations()
        True
    """
    found = {claim: chains.checked(claim) for claim in CLAIMS}
    closed = {claim: chain for claim, chain in found.items() if chain.closed}
    false = [claim for claim, entry in CLAIMS.items() if entry.is_false]
    lines = [
        "<!-- Generated from proofs/kernel/axioms.py and proofs/chapters/ by `mlnc derive`. Do not edit. -->",
        "",
        "# Foundations",
        "",
        f"Of {len(CLAIMS)} claims {len(closed)} are proved ([what a proof is](kernel.md)), {len(false)} refuted and "
        f"{len(CLAIMS) - len(closed) - len(false) or 'none'} argued. The proofs rest on "
        f"{len(AXIOMS)} textbook theorems, {len(LAWS)} laws of logic and arithmetic (listed there) "
        "and `proofs/checker.py`.",
        "",
        "![which proved claim rests on which claims and axioms](foundations.svg)",
        "",
        "## Axioms",
        "",
        "| axiom | what it says | as a formula | reference | proved claims that rest on it |",
        "|---|---|---|---|---|",
    ]
    for name, axiom in AXIOMS.items():
        users = ", ".join(_link(c) for c, chain in closed.items() if name in chain.axioms)
        stated = "; ".join(axiom.formal.given) + (" gives " if axiom.formal.given else "") + axiom.formal.goal
        stated = " ".join(stated.split())
        lines.append(f"| {name} | {axiom.says} | `{stated}` | {axiom.reference} | {users or 'none'} |")
    lines += [
        "",
        "## Proved claims",
        "",
        "| claim | theorems | rests on claims | rests on axioms |",
        "|---|---:|---|---|",
    ]
    for claim, chain in closed.items():
        claims = ", ".join(map(_link, chain.claims)) or "none"
        lines.append(f"| {_link(claim)} {CLAIMS[claim].title} | {chain.lines} | {claims} | {_names(chain.axioms)} |")
    return "\n".join(lines) + "\n"


def _link(claim: str) -> str:
    return f"[{claim}]({chapter_of(claim).note}#{_anchor(_heading(CLAIMS[claim]))})"


def _cell(text: str) -> str:
    """A table cell: what Markdown would take for emphasis, a tag or the cell's end is escaped."""
    return re.sub(r"([_*~<|])", r"\\\1", text)


def rendered(
    chapters: Sequence[str] = (), executor: Executor | None = None, told: Told | None = None
) -> Iterator[tuple[str, str]]:
    """File name and text of the notes on chapters; on all, and of the table of claims, when none is named.

    Args:
        chapters: their names.
        executor: where chapters are derived; here, one after the other, without one.
        told: called for each claim that has been decided, in the process where it was.

    Raises:
        KeyError: there is no such chapter.
        UnprovedError: a step is not proved or a control is.
    """
    names = chapters or tuple(CHAPTERS)
    tasks = {name: executor.submit(_rendered, name, told) for name in reversed(names)} if executor else {}
    if not chapters:
        yield "claims.md", render_claims()
        yield "foundations.md", render_foundations()
    yield from ((CHAPTERS[name].note, tasks[name].result() if tasks else _rendered(name, told)) for name in names)


def _rendered(name: str, told: Told | None) -> str:
    return render_chapter(name, derived(name, told))


def stale(notes_dir: Path | str, notes: Iterable[tuple[str, str]]) -> list[str]:
    """The file names in ``notes_dir`` of those among the rendered notes that are missing there or differ."""
    folder = Path(notes_dir)
    return [file for file, text in notes if _read(folder / file) != text]


def write(notes_dir: Path | str, notes: Iterable[tuple[str, str]]) -> list[str]:
    """Write rendered notes into ``notes_dir``, none before all are rendered, each atomically; names what changed."""
    texts = dict(notes)
    changed = stale(notes_dir, texts.items())
    for file in changed:
        _replace(Path(notes_dir) / file, texts[file])
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


def _heading(claim: Claim) -> str:
    return f"{claim.id}. {_prose(claim.title[0].upper() + claim.title[1:])}"


def _entry(claim: Claim, result: Result) -> str:
    lemmas = f", with {_names(result.lemmas)}" if result.lemmas else ""
    return f"- [{claim.id}](#{_anchor(_heading(claim))}) {_prose(claim.title)} ({result.grade.value}{lemmas})"


def _anchor(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
