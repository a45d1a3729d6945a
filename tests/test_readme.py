"""The README says what the commands say."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from verify.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "notes").glob("*.md"))]


def test_the_table_of_claims_is_one_click_away() -> None:
    assert "(notes/claims.md)" in README


def _prose(page: Path) -> str:
    """The page without code, where brackets are no links."""
    return re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", _prose(page)):
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
    """Word by word, but for what a line of dots leaves out, and how far the solver got on that machine; ``check`` reads
    what ``solve`` wrote."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "example.csv").write_bytes((ROOT / "notes" / "example.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    shown = dict(re.findall(r"^\$ mlnc (\w+ [^\n]*)\n(.*?)(?=^\$ |^```)", README, re.MULTILINE | re.DOTALL))
    for line, said in shown.items():
        arguments = line.split()
        if arguments[0] in ("spectrum", "solve", "check"):
            printed = CliRunner().invoke(app, arguments).stdout
            if arguments[0] == command:
                assert follows(said.split("...\n"), " ".join(steady(printed)))
                return
    raise AssertionError(f"the README does not show {command}")


def test_the_notebook_says_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (shown,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = doctest.DocTestParser().get_doctest(shown, {}, "notebook", "README.md", 0)
    assert len(lines.examples) == 5
    assert doctest.DocTestRunner().run(lines).failed == 0


def _rests_on() -> dict[str, tuple[str, set[str], set[str]]]:
    """Lines of a proof, claims and axioms it rests on, as in the foundations, which tests compare with proofs."""
    page = (ROOT / "notes" / "foundations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(.*?\).*? \| (\d+) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    return {
        name: (lines, set(re.findall(r"\[(\w+)\]", claims)), set() if axioms == "none" else set(axioms.split(", ")))
        for name, lines, claims, axioms in rows
    }


def test_proofs_rest_on_what_is_shown() -> None:
    found = _rests_on()
    shown = re.findall(r"^(\w+): follows in (\d+) lines; rests on (.*)$", README, re.MULTILINE)
    assert len(shown) == 2
    for name, lines, on in shown:
        expected, claims, axioms = found[name]
        assert (lines, set(on.split(", "))) == (expected, claims | axioms or {"nothing else"})
    goals, axioms = re.findall(
        r"^(\d+) goals follow from their hypotheses; (\d+) axioms are used", README, re.MULTILINE
    )[0]
    assert (int(goals), int(axioms)) == (len(found), len(set[str]().union(*(used for *_, used in found.values()))))


def test_textbook_theorems_of_flagships_are_as_shown() -> None:
    said, found = (
        "".join(re.findall(r"Of textbook theorems, (.*?)\.", README, re.DOTALL)).replace("\n", " "),
        _rests_on(),
    )
    these, flagships = set[str](), list[str]()
    for part in said.split("; "):
        names, on = re.split(r" (?:rests )?on ", part)
        axioms = set(re.split(r", | and ", on)) - {"none"}
        these = axioms - {"these"} | (these if "these" in axioms else set())
        for name in names.split(", "):
            assert found[name][2] == these
            flagships.append(name)
    assert sorted(flagships) == ["L1", "L2", "O1", "S9", "T1", "T3", "U4", "U8", "W1", "W2"]


@pytest.mark.slow(minutes=1)  # it installs everything
def test_continuous_integration_as_it_is_shown(tmp_path: Path) -> None:
    """In a fresh environment: the README's commands, one by one, on a checkout, labels and a certificate."""
    (shown,) = re.findall(r"a checkout of this repository in `mlnc/`:\n\n```yaml\n(.*?)```", README, re.DOTALL)
    commands = re.findall(r"^- run: ([^#\n]*)", shown, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["pip", "mlnc", "mlnc"]
    shutil.copytree(ROOT, tmp_path / "mlnc", ignore=shutil.ignore_patterns(".*", "__pycache__", "out"))
    shutil.copy(ROOT / "notes" / "example.csv", tmp_path / "labels.csv")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    surroundings = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    surroundings["PIP_NO_COMPILE"] = "1"  # much of what it installs is never imported here
    surroundings["PATH"] = f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run(command: str) -> None:
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    run(commands[0])
    run("mlnc solve labels.csv --lam 1e-2 && mv labels.pal.none.1e-2.certificate.json model.certificate.json")
    run(commands[1])
    assert "On your data: labels.csv" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("out/*.counterexample.json"))
    run(commands[2])


def follows(pieces: list[str], printed: str) -> bool:
    """Whether what was printed begins with the first piece, ends with the last, and has the others between."""
    shown = [" ".join(steady(piece)) for piece in pieces]
    if not (printed.startswith(shown[0]) and printed.endswith(shown[-1])):
        return False
    at = 0
    for piece in shown:
        at = printed.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(pieces) > 1 or printed == shown[0]


def test_dots_leave_something_out_and_nothing_else() -> None:
    """Control."""
    assert follows(["a b\n", "d\n"], "a b c d")
    assert not follows(["a\n", "c b\n", "d\n"], "a b c d")
    assert not follows(["a b\n"], "a b c d")


def steady(said: str) -> list[str]:
    return re.sub(r"\d\.\d+e-\d+|\d+ steps", "#", said).split()
