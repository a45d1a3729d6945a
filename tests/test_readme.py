"""The README says what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from proofs.chapters import CHAPTERS
from tests.conftest import ROOT
from verify.claims import CATALOGUE
from verify.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_verdict_table_is_the_catalogue() -> None:
    rows = re.findall(r"^\| \[([A-Z]\d+)\]\(notes/(\w+)\.md\) \| (.*) \| (\w+) \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == list(CATALOGUE)
    for id_, chapter, statement, verdict in rows:
        assert statement.replace(r"\|", "|") == CATALOGUE[id_].statement
        assert id_ in CHAPTERS[chapter].contents.derivations
        assert verdict == "proved"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_spectrum_of_the_example_is_the_commands(real_data: Path) -> None:
    printed = CliRunner().invoke(app, ["spectrum", str(real_data / "emotions" / "emotions.arff")]).output
    for line in printed.splitlines():
        assert " ".join(line.split()) in " ".join(README.split()), line
