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
    row = r"^\| \[([A-Z]\d+[a-z]?)\]\(notes/(\w+)\.md\) \| (.*) \| (.*) \| (\w+) \|$"
    rows = re.findall(row, README, re.MULTILINE)
    assert [row[0] for row in rows] == list(CATALOGUE)
    for id_, chapter, statement, answer, verdict in rows:
        claim = CATALOGUE[id_]
        assert statement.replace(r"\|", "|") == claim.statement
        assert answer.replace(r"\|", "|") == claim.answer
        assert any(known.startswith(id_[0]) for known in CHAPTERS[chapter].contents.derivations)
        assert verdict == ("refuted" if claim.is_false else "proved")  # which tests/test_campaign.py finds


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_spectrum_of_the_example_is_the_commands(real_data: Path) -> None:
    printed = CliRunner().invoke(app, ["spectrum", str(real_data / "emotions" / "emotions.arff")]).output
    for line in printed.splitlines():
        assert " ".join(line.split()) in " ".join(README.split()), line
