"""The page a person reads: every verdict with its evidence, in one HTML file that needs nothing else.

It is made from the ``verdict.json`` that ``mlnc verify --out DIR`` wrote, the experiments and drawings beside it, and
the generated notes. Nothing is computed anew, and the same files give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from verify.labels.errors import InputError
from verify.report.averaging import AT_YOUR_LAMBDA
from verify.report.drawing import inline_svg
from verify.report.experiments_text import Shown, experiments_in
from verify.report.page_answers import RULES_IN_WORDS, by_loss
from verify.report.prose import html_of, phrase, symbols
from verify.report.verdicts import STATES

_IN_A_WHEEL = Path(__file__).parent / "notes"
NOTES = _IN_A_WHEEL if _IN_A_WHEEL.is_dir() else Path(__file__).resolve().parents[2] / "notes"
"""The folder of the generated notes of this version, which a wheel holds beside this file."""

CHAPTERS = {
    "S": "The label covariance spectrum",
    "U": "Stationary points and global optimality",
    "O": "Perfect orthogonality and tag-wise averaging",
    "W": "The weighted-synthesis rule",
    "L": "Loss bounds",
    "T": "The terminal phase",
}
"""Title of a chapter by the letter of its claims, in the order of the theory."""

MEANING = {
    "proved": "True: a chain of theorems from its hypotheses to its statement, which the trace checker accepts, and it "
    "held on every distribution tried.",
    "argued": "True as far as it is checked: every formula of its derivation is, but prose links them; and it held on "
    "every distribution tried.",
    "certified": "Held on every distribution tried, decided exactly; there is no general derivation.",
    "refuted": "False as stated: there is a counterexample, decided exactly.",
    "undecided": "Not decided: the evidence gathered settles nothing.",
    "broken": "Nothing is known: the evidence contradicts itself, or a check accepts a false variant.",
}
"""What each verdict says, in one sentence."""

KINDS = {"certified": "Named distributions", "sampled": "Random distributions"}
"""Kinds of numeric evidence, as a reader calls them."""

TONES = {"yes": "yes", "yes, in the limit": "yes", "no": "no", "not in general": "no"}
"""How to set an answer of ``verify.report.averaging``; any other settles nothing."""

_SHOWN_SETS = 40
"""Label sets of a counterexample that are listed; its file has them all."""


# ---------------------------------------------------------------------- the notes


@dataclass(frozen=True)
class Section:
    """What a note says of one claim, as Markdown.

    Attributes:
        statement: the statement with formulas, and its source.
        derivation: everything from the proof on.
    """

    statement: str
    derivation: str

    @property
    def statement_html(self) -> Markup:
        """The statement, to be read."""
        return Markup(html_of(self.statement))

    @property
    def derivation_html(self) -> Markup:
        """The derivation with its controls, to be read."""
        return Markup(html_of(self.derivation))


@dataclass(frozen=True)
class Note:
    """A generated note: the preamble of its chapter, and a section for each claim."""

    preamble: str
    sections: Mapping[str, Section]

    @property
    def preamble_html(self) -> Markup:
        """Introduction and notation, to be read."""
        return Markup(html_of(self.preamble))


_GENERATED = "<!-- Generated from proofs/"
_HEADING = re.compile(r"^## (?:([A-Z]\d+[a-z]?)\. )?(.*)$", re.MULTILINE)


def notes_in(folder: Path) -> tuple[Note, ...]:
    """The generated notes of a folder, by file name.

    Raises:
        InputError: no such folder, or a note that cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder of the generated notes with --notes")
    try:
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder}: a note cannot be read ({error}); run `mlnc derive`") from None
    return tuple(_note(text) for text in texts if text.startswith(_GENERATED))


def _note(text: str) -> Note:
    _, _, text = text.partition("-->")
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    bodies = [(heading, text[heading.end() : end]) for heading, end in zip(headings, ends, strict=True)]
    introduction = text[: headings[0].start()] if headings else text
    notation = "".join(body for heading, body in bodies if heading.group(2) == "Notation")
    return Note(
        re.sub(r"^(# |\[All notes\]).*$", "", introduction, flags=re.MULTILINE).strip() + "\n" + notation,
        {heading.group(1): _section(body) for heading, body in bodies if heading.group(1)},
    )


def _section(body: str) -> Section:
    statement, proof, derivation = body.strip().partition("**Proof.**")
    statement, symbols, explained = statement.partition("In the proof:")
    return Section(
        statement.replace("**Statement.**", "", 1).strip(), (symbols + explained + proof + derivation).strip()
    )


# ---------------------------------------------------------------------- the verdicts


@dataclass(frozen=True)
class Row:
    """One claim: its entry in ``verdict.json``, what its note says, and how to run it again."""

    entry: Mapping[str, Any]
    section: Section | None
    replay: str | None
    command: str

    @cached_property
    def id(self) -> str:
        """Number of the claim."""
        return str(self.entry["id"])

    @cached_property
    def answer(self) -> str:
        """Whether the claim is true, in words."""
        return ": ".join(filter(None, (str(self.entry["answer"]), self.entry["gloss"])))

    @cached_property
    def tone(self) -> str:
        """How to set the answer: ``yes`` or ``no`` if the verdict bears it out, else ``unsettled``."""
        says = "no" if self.is_false else "yes"
        borne_out = ("refuted",) if says == "no" else ("proved", "argued", "certified")
        return says if self.entry["verdict"] in borne_out else "unsettled"

    @cached_property
    def is_false(self) -> bool:
        """Whether the catalogue says that the claim, as it reads, is false."""
        return bool(self.entry["answer"] == "false")

    @cached_property
    def meaning(self) -> str:
        """The verdict in a sentence."""
        return MEANING.get(self.entry["verdict"], "")

    @cached_property
    def tallies(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Kinds of numeric evidence, with the counts."""
        found = [(kind, self.entry[kind]) for kind in KINDS if kind in self.entry]
        return [(KINDS[kind], tally) for kind, tally in found if tally["held"] or tally["failed"]]

    @cached_property
    def brief(self) -> list[str]:
        """The evidence in a few words each."""
        derived = self.entry["derived"]
        words = [] if derived is None else ["derivation {}/{}".format(*derived["steps"])]
        words += [f"stored counterexample {name}" for name in self.entry["counterexamples"] if self.is_false]
        held = "as claimed on " if self.is_false else ""
        words += [f"{held}{name.lower()} {t['held']}/{t['held'] + t['failed']}" for name, t in self.tallies]
        rejected = sum(self.entry["controls"].values()) + (derived["controls"][0] if derived else 0)
        total = len(self.entry["controls"]) + (derived["controls"][1] if derived else 0)
        return [*words, f"{'controls' if self.is_false else 'false variants rejected'} {rejected}/{total}"]

    @cached_property
    def controls(self) -> list[tuple[str, bool, str]]:
        """False variants: what was bent, whether the check rejected it, and on how many random distributions."""
        counts = {name: seen for _, tally in self.tallies for name, seen in tally["controls_rejected"].items()}
        return [
            (name, bool(rejected), "{} of {}".format(*counts[name]) if name in counts else "")
            for name, rejected in self.entry["controls"].items()
        ]

    @cached_property
    def failures(self) -> list[Mapping[str, Any]]:
        """Counterexamples, each with the first label sets and the number of those left out."""
        failures = [failure for _, tally in self.tallies for failure in tally["failures"]]
        return [{**failure, **_listed(failure["distribution"]["sets"])} for failure in failures]

    @cached_property
    def stored(self) -> list[Mapping[str, Any]]:
        """Stored counterexamples: to the claim or to a variant of it, with their label sets."""
        found = self.entry["counterexamples"]
        return [{**example, **_listed(example["sets"]), "file": name} for name, example in sorted(found.items())]

    def read(self) -> Row:
        """Read every part, so that an entry which lacks one is noticed here."""
        evidence = (self.tallies, self.brief, self.controls, self.failures, self.stored)
        for part in (self.id, self.meaning, self.answer, self.tone, evidence):
            del part
        return self


def _listed(sets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first label sets with their weights, and the number of those left out."""
    shown = [("{" + ", ".join(part["labels"]) + "}", part["weight"]) for part in sets[:_SHOWN_SETS]]
    return {"sets": shown, "more": max(len(sets) - _SHOWN_SETS, 0)}


@dataclass(frozen=True)
class Chapter:
    """The claims of one letter."""

    letter: str
    title: str
    preamble: Markup
    rows: Sequence[Row]


def page(folder: Path, notes: Path, profiles: Mapping[str, tuple[int, int]]) -> str:
    """The report on the verdicts of a folder.

    Args:
        folder: where ``mlnc verify --out`` wrote ``verdict.json`` and ``experiments``; its SVG drawings are shown too.
        notes: the folder of generated notes.
        profiles: number of random distributions and size of the panel by profile, to name the one that was run.

    Returns:
        One HTML document: no script but its own, no style but its own, nothing fetched.

    Raises:
        InputError: no verdict there, one that this version did not write, or a drawing or experiment that is none.
    """
    document = _document(folder)
    sections = notes_in(notes)
    try:
        command = _command(document, profiles)
        rows = [_row(entry, folder, sections, command).read() for entry in document["claims"]]
        facts = _facts(document)
        on_data = [_on_data(name, said, rows) for name, said in sorted(document["data"].items())]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(
            f"{_verdict(folder)}: not a verdict of this version ({error}); run `mlnc verify` again"
        ) from None
    drawings = [inline_svg(path) for path in sorted(folder.glob("*.svg"))]
    experiments = experiments_in(folder)
    script = _part("page.js").strip()
    counts = Counter(row.entry["verdict"] for row in rows)
    return _template().render(
        chapters=_chapters(rows, sections),
        answers=by_loss(),
        rules=RULES_IN_WORDS,
        unsettled={row.id for row in rows if row.tone == "unsettled"},
        on_data=on_data,
        tones=TONES,
        at_your_lambda=AT_YOUR_LAMBDA,
        states=STATES,
        ids={row.id for row in rows},
        experiments=experiments,
        bearing=_bearing(experiments),
        counts=[(verdict, counts[verdict]) for verdict in _in_order(counts)],
        total=len(rows),
        meaning=MEANING,
        facts=facts,
        command=f"{command} --out out",
        verdict_hash=hashlib.sha256(_verdict(folder).read_bytes()).hexdigest(),
        drawings=[(Markup(drawing), title) for drawing, title in drawings],
        style=Markup(_part("page.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=version("mlnc"),
    )


def _part(name: str) -> str:
    return (files("verify.report") / "template" / name).read_text(encoding="utf-8")


def _template() -> Template:
    environment = Environment(
        loader=DictLoader({"page": _part("page.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["symbols"] = symbols
    environment.filters["phrase"] = lambda markdown: Markup(phrase(markdown))
    return environment.get_template("page")


def _verdict(folder: Path) -> Path:
    return folder / "verdict.json"


def _document(folder: Path) -> dict[str, Any]:
    file = _verdict(folder)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; write it with `mlnc verify --out {folder}`") from None
    except ValueError as error:
        raise InputError(f"{file}: not JSON ({error}); write it again with `mlnc verify --out {folder}`") from None
    if not isinstance(document, dict):
        raise InputError(f"{file}: not a verdict; write it with `mlnc verify --out {folder}`")
    return document


def _command(document: Mapping[str, Any], profiles: Mapping[str, tuple[int, int]]) -> str:
    """The command of the whole run but for its claims; the claims come last, so that a row can name its own."""
    ran = (document["samples"], document["panel"])
    words = ["mlnc", "verify", "--seed", str(document["seed"])]
    for name, profile in profiles.items():
        if tuple(profile) == ran:
            words += ["--profile", name]
    for name in document["data"]:
        words += ["--data", name]
    return shlex.join(words)


def _row(entry: Mapping[str, Any], folder: Path, notes: Iterable[Note], command: str) -> Row:
    id_ = entry["id"]
    section = next((note.sections[id_] for note in notes if id_ in note.sections), None)
    name = f"{id_}.counterexample.json"
    replay = name if re.fullmatch(r"[A-Za-z0-9]+", id_) and (folder / name).is_file() else None
    return Row(entry, section, replay, f"{command} --claims {shlex.quote(id_)}")


def _facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = [
        ("seed", str(document["seed"])),
        ("random distributions", f"{document['samples']:,}".replace(",", "\u202f")),
        ("built-in panel", f"families with up to {document['panel']} labels" if document["panel"] else "not run"),
    ]
    return facts + [(f"data: {name}", str(said["words"])) for name, said in sorted(document["data"].items())]


@dataclass(frozen=True)
class OnData:
    """What was found on a label file of the user.

    Attributes:
        name: the file.
        words: what is in it.
        averaging: whether tag-wise averaging holds, case by case.
        found: the claims by what the check said, each with its note.
    """

    name: str
    words: str
    averaging: Sequence[Mapping[str, Any]]
    found: Mapping[str, Sequence[tuple[Row, str]]]


def _on_data(name: str, said: Mapping[str, Any], rows: Sequence[Row]) -> OnData:
    found: dict[str, list[tuple[Row, str]]] = {state: [] for state in STATES}
    for row in rows:
        if name in row.entry["on_data"]:
            finding = row.entry["on_data"][name]
            found[finding["state"]].append((row, finding["note"]))
    return OnData(name, said["words"], said["averaging"], {state: those for state, those in found.items() if those})


def _chapters(rows: Sequence[Row], notes: Sequence[Note]) -> list[Chapter]:
    letters = list(dict.fromkeys(row.id[:1] for row in rows))
    letters.sort(key=lambda letter: list(CHAPTERS).index(letter) if letter in CHAPTERS else len(CHAPTERS))
    return [
        Chapter(
            letter,
            CHAPTERS.get(letter, "More"),
            Markup("").join(note.preamble_html for note in notes if any(id_[:1] == letter for id_ in note.sections)),
            [row for row in rows if row.id[:1] == letter],
        )
        for letter in letters
    ]


def _bearing(experiments: Iterable[Shown]) -> dict[str, list[Shown]]:
    """The experiments that bear on a claim, by its id."""
    bearing: dict[str, list[Shown]] = {}
    for shown in experiments:
        for id_ in shown.experiment.claims:
            bearing.setdefault(id_, []).append(shown)
    return bearing


def _in_order(verdicts: Iterable[str]) -> list[str]:
    """What asks for attention last, as in the legend."""
    known = list(MEANING)
    return sorted(verdicts, key=lambda verdict: (known.index(verdict) if verdict in known else len(known), verdict))
