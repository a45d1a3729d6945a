"""The notes: on disk is what the code renders, in a form that GitHub renders."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sympy as sp

from proofs import chains, render
from proofs.claims import CHAPTERS, CLAIMS
from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, told
from proofs.kernel.scalars import Scalars
from tests.proofs.decided import decided, each_chapter, in_one_process
from verify.report.figures import of_the_sources

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "notes"
s = sp.Symbol("s", real=True)
TRUE = Identity((s + 1) ** 2, s**2 + 2 * s + 1, Scalars())
FALSE = Identity((s + 1) ** 2, s**2 + 1, Scalars())


X1 = Claim(
    id="X1",
    title="a square",
    setting=Setting("none", "none", "none", "none"),
    hypotheses=("s is real",),
    text="(s + 1)^2 is so",
    tex="$(s+1)^2$ is *so*, for $s_1$ too.",
    source="textbook",
    formal=Formal((), "1 = 1"),
)


def _toy(check: Identity) -> Callable[[], Derivation]:
    return lambda: Derivation(told("Expand.", check), {"the $2s$ dropped": FALSE}, claim="X1")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Identity], None]:
    """Make ``toy`` the only chapter, with one claim proved by the given check."""

    def install(check: Identity) -> None:
        monkeypatch.setattr(render, "CHAPTERS", {"toy": Chapter("toy", "Toy", "Small.", (("s", "a number"),), (X1,))})
        monkeypatch.setattr(render, "CLAIMS", {"X1": X1})
        monkeypatch.setattr(chains, "CLAIMS", {**CLAIMS, "X1": X1})
        monkeypatch.setattr(render, "proofs_of", lambda _: {"X1": _toy(check)})
        monkeypatch.setattr(render, "summary_of", lambda _: None)

    return install


# ---------------------------------------------------------------------- the notes on disk


@each_chapter
def test_the_note_on_disk_is_what_the_code_renders(chapter: str) -> None:
    note = (NOTES / CHAPTERS[chapter].note).read_text(encoding="utf-8")
    assert note == render.render_chapter(chapter, decided(chapter))


@in_one_process
def test_the_table_of_claims_on_disk_is_what_the_entries_say() -> None:
    assert (NOTES / "claims.md").read_text(encoding="utf-8") == render.render_claims()
    assert (NOTES / "foundations.md").read_text(encoding="utf-8") == render.render_foundations()


@in_one_process
def test_the_figures_on_disk_that_follow_from_the_sources_are_what_is_drawn() -> None:
    for name, drawn in of_the_sources().items():
        assert (NOTES / name).read_text(encoding="utf-8") == drawn, name


@pytest.mark.parametrize("name", CHAPTERS)
def test_notes_are_markdown_that_github_renders(name: str) -> None:
    note = (NOTES / CHAPTERS[name].note).read_text(encoding="utf-8")
    text = re.sub(r"```(?:math|text)\n.*?\n```\n", "", note, flags=re.DOTALL)
    assert "```" not in text
    assert r"\operatorname" not in note  # GitHub refuses this macro
    inline = re.findall(r"\$`[^`]*`\$", text)
    assert text.count("$") == 2 * len(inline)
    assert "`$`" not in text  # two formulas back to back
    for formula in [*inline, *re.findall(r"```math\n(.*?)\n```", note, flags=re.DOTALL)]:
        bare = formula.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        assert len(re.findall(r"\\left(?![a-z])", bare)) == len(re.findall(r"\\right(?![a-z])", bare))
        assert bare.count(r"\begin") == bare.count(r"\end")


@pytest.mark.parametrize("name", CHAPTERS)
def test_links_inside_a_note_have_targets(name: str) -> None:
    note = (NOTES / CHAPTERS[name].note).read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.*)$", note, re.MULTILINE)
    }
    targets = re.findall(r"\]\(#([^)]*)\)", note)
    assert targets
    assert set(targets) <= anchors


# ---------------------------------------------------------------------- rendering, staleness, writing


def test_a_note_tells_statement_steps_outcomes_and_controls(toy: Callable[[Identity], None]) -> None:
    toy(TRUE)
    note = render.render_chapter("toy")
    for piece in (
        "# Toy",
        "- [X1](#x1-a-square) a square (general)",
        "**Statement.** $`(s+1)^2`$ is *so*, for $`s_1`$ too.",
        "*Source:* textbook.",
        "```math\n\\left(s + 1\\right)^{2} = s^{2} + 2 s + 1\n```",
        "<sub>(1) proved: equal by rational-function zero test</sub>",
        "Of 1 false variant of these steps, 1 refuted with a witness, 0 not proved:",
        "- the $`2s`$ dropped: refuted: the sides differ: at s = 1/2 the value is 1.",
        "Grade: **general**. Lemmas: none. Numeric check: `mlnc verify --claims X1`.",
    ):
        assert piece in note
    assert note.endswith(".\n")


def test_an_unproved_step_never_becomes_a_note(toy: Callable[[Identity], None], tmp_path: Path) -> None:
    toy(FALSE)
    with pytest.raises(render.UnprovedError, match=r"X1 step 1 refuted: the sides differ at s = 1/2 the value is 1"):
        render.write(tmp_path, render.rendered(["toy"]))
    assert list(tmp_path.iterdir()) == []


def test_stale_notes_are_found_and_written(toy: Callable[[Identity], None], tmp_path: Path) -> None:
    toy(TRUE)
    notes = tmp_path / "notes"
    assert render.stale(notes, render.rendered()) == ["claims.md", "foundations.md", "toy.md"]
    assert render.write(notes, render.rendered()) == ["claims.md", "foundations.md", "toy.md"]
    assert render.stale(notes, render.rendered()) == []
    assert render.write(notes, render.rendered(["toy"])) == []
    (notes / "toy.md").write_text("edited by hand")
    assert render.stale(notes, render.rendered(["toy"])) == ["toy.md"]
    assert render.write(notes, render.rendered()) == ["toy.md"]
    assert {path.name for path in notes.iterdir()} == {"claims.md", "foundations.md", "toy.md"}
    assert (notes / "toy.md").stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_note(
    toy: Callable[[Identity], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy(TRUE)
    (tmp_path / "toy.md").write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        render.write(tmp_path, render.rendered(["toy"]))
    assert [path.name for path in tmp_path.iterdir()] == ["toy.md"]
    assert (tmp_path / "toy.md").read_text() == "old"


# ---------------------------------------------------------------------- the rooms


def test_naming_the_chapters_does_not_import_sympy() -> None:
    code = "import sys, proofs.claims; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
