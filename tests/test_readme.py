"""The README says what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from verify.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "notes").glob("*.md"))]


def test_the_table_of_claims_is_one_click_away() -> None:
    assert "(notes/claims.md)" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            found = (page.parent / target) if target else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """What GitHub names the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("command", ["spectrum", "solve", "check"])
def test_the_commands_say_what_is_shown(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word by word, but for how far the solver got on that machine; ``check`` reads what ``solve`` wrote."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "example.csv").write_bytes((ROOT / "notes" / "example.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    shown = dict(re.findall(r"^\$ mlnc (\w+ [^\n]*)\n(.*?)(?=^\$ |^```)", README, re.MULTILINE | re.DOTALL))
    for line, said in shown.items():
        arguments = line.split()
        if arguments[0] in ("spectrum", "solve", "check"):
            printed = CliRunner().invoke(app, arguments).stdout
            if arguments[0] == command:
                assert steady(said) == steady(printed)
                return
    raise AssertionError(f"the README does not show {command}")


def steady(said: str) -> list[str]:
    return re.sub(r"\d\.\d+e-\d+|\d+ steps", "#", said).split()
