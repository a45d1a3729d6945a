"""Who may import whom, and what may not stand in the repository."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import FIRST, ROOT
from verify.report.house import floors, imports, rooms

MODULES = sorted([*(ROOT / "proofs").rglob("*.py"), *(ROOT / "verify").rglob("*.py")])
ALL = sorted([*MODULES, *(ROOT / "tests").rglob("*.py")])
LONGEST = 900
"""Lines of the longest file."""
LONGEST_FUNCTION = 60
"""Lines of the longest function, but for proofs, which are read from top to bottom."""


def importers(name: str, inside: str) -> set[str]:
    """Modules under a package that import ``name`` or something below it."""
    return {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.is_relative_to(ROOT / inside)
        and any(found == name or found.startswith(f"{name}.") for found in imports(path))
    }


PROOF_ROOMS = ("claims", "kernel", "letters", "chapters")
"""The rooms of the symbolic half, from the ground floor up."""
ROOMS = (
    "labels",
    "exact",
    "certificate",
    "model",
    "geometry",
    "checks",
    "campaign",
    "experiments",
    "report",
    "api",
    "cli",
)
"""The rooms of the numeric half, from the ground floor up; a room imports what is below it. ``api`` is the package
``mlnc``."""
AS_COMMAND = "verify/api/mlnc/__main__.py"
"""``python -m mlnc`` is the command, and nothing else is."""


@cache
def plan() -> Mapping[str, frozenset[str]]:
    return rooms(ROOT)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(statements: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """All that are defined in statements, also in one another; what expressions are made of is left aside."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef):
            yield statement
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(statement, part, [])
            yield from functions(inner if isinstance(inner, list) else [])


def test_the_walk_sees_imports() -> None:
    """Control: a rule that nothing could break would be no rule."""
    assert "verify/api/mlnc/arguments.py" in importers("verify.labels.readers", "verify")
    assert "verify/api" in plan()["verify/cli"]
    assert "verify/labels" in plan()["verify/model"]


@pytest.mark.parametrize(("half", "order"), [("proofs", PROOF_ROOMS), ("verify", ROOMS)])
def test_no_import_runs_back_up(half: str, order: tuple[str, ...]) -> None:
    for room, used in plan().items():
        names = [one.removeprefix(f"{half}/") for one in used if one.startswith(half)]
        if room.startswith(half):
            assert all(order.index(name) < order.index(room.removeprefix(f"{half}/")) for name in names), room


def test_the_house_is_small_enough_to_know_by_heart() -> None:
    assert len(plan()) <= 15
    assert max(floors(plan()).values()) <= 12


def test_every_module_is_in_a_room() -> None:
    rooms = {"proofs": PROOF_ROOMS, "verify": ROOMS}
    outside = {
        str(p.relative_to(ROOT))
        for p in MODULES
        if p.relative_to(ROOT).parts[1] not in rooms[p.parts[-len(p.relative_to(ROOT).parts)]]
    }
    assert outside == {
        "proofs/__init__.py",
        "proofs/chains.py",
        "proofs/checker.py",
        "proofs/render.py",
        "verify/__init__.py",
    }


def test_the_trace_checker_stands_alone() -> None:
    """What must be trusted imports nothing of the project, and nothing but the standard library."""
    used = {name.split(".")[0] for name in imports(ROOT / "proofs" / "checker.py")}
    assert used <= sys.stdlib_module_names


def test_proofs_know_nothing_of_verify() -> None:
    assert importers("verify", "proofs") == set()


def test_only_the_catalogue_knows_the_proofs() -> None:
    """The entries are for everyone; what needs SymPy is imported in one place, when it is asked for."""
    derive = set().union(
        *(importers(f"proofs.{room}", "verify") for room in ("chains", "chapters", "kernel", "letters", "render"))
    )
    assert derive == {"verify/campaign/claims.py"}


def test_nothing_imports_the_command() -> None:
    outside = {path for path in importers("verify.cli", "verify") if not path.startswith("verify/cli/")}
    assert outside | importers("verify.cli", "proofs") == {AS_COMMAND}


def test_experiments_take_no_tools_from_single_checks() -> None:
    assert {path for path in importers("verify.checks", "verify") if path.startswith("verify/experiments/")} == set()


def test_one_name_for_one_thing() -> None:
    """No two modules of one half are called the same, but for the chapters, which are the same thing in every room."""
    for half, chapters in (("proofs", "chapters"), ("verify", "checks")):
        names = [p.stem for p in MODULES if p.is_relative_to(ROOT / half) and p.stem != "__init__"]
        names += [
            p.name for p in (ROOT / half).rglob("*") if (p / "__init__.py").exists() and p.parent.name != chapters
        ]
        twice = {name for name in names if names.count(name) > 1}
        assert twice - {"__main__"} == set(), half


def test_no_file_is_too_long_to_read() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in ALL}
    assert {path: n for path, n in lines.items() if n > LONGEST} == {}
    assert lines[str(Path(__file__).relative_to(ROOT))] > 100, "control: lines are counted"


def test_what_comes_first_is_there() -> None:
    assert [name for name in FIRST if "/" in name and not (ROOT / name).is_file()] == []


def test_no_function_is_too_long_to_read() -> None:
    """That none is too entangled is a rule of the linter, C901."""
    long = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in ALL
        if not path.is_relative_to(ROOT / "proofs" / "chapters")
        for node in functions(tree(path).body)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }
    assert long == set()
    assert len(list(functions(tree(Path(__file__)).body))) > 20, "control: the walk sees those of this file"


def test_the_trusted_checker_imports_nothing_of_the_project() -> None:
    for name in imports(ROOT / "verify" / "certificate" / "checker.py"):
        assert name.split(".")[0] in {"flint"} | sys.stdlib_module_names, f"the checker imports {name}"


LOSS_NAMES = {"pal", "bce", "mse"}
NAMED_LOSS = re.compile("[\"'](pal|bce|mse)[\"']")


def decisions_by_loss_name(path: Path) -> Iterator[str]:
    """Lines that decide by the name of a loss: comparisons, match cases, keys of a table, subscripts."""
    named = NAMED_LOSS.search(path.read_text("utf-8"))
    for node in ast.walk(tree(path)) if named else ():
        decided: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            decided = [part for side in sides for part in (side.elts if hasattr(side, "elts") else [side])]
        elif isinstance(node, ast.MatchValue):
            decided = [node.value]
        elif isinstance(node, ast.Dict):
            decided = list(node.keys)
        elif isinstance(node, ast.Subscript):
            decided = [node.slice]
        if any(isinstance(part, ast.Constant) and part.value in LOSS_NAMES for part in decided):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def test_a_loss_is_one_object() -> None:
    """Nobody decides by its name, but the trusted checker, which keeps its own arithmetic: that is evidence."""
    checker = ROOT / "verify" / "certificate" / "checker.py"
    assert len(list(decisions_by_loss_name(checker))) > 10, "control: the walk sees those of the checker"
    assert [line for path in MODULES if path != checker for line in decisions_by_loss_name(path)] == []


def test_one_place_decodes_label_sets() -> None:
    """And where certificates are written."""
    bits = re.compile(r">> ?\w+ ?& ?1\b")
    decoding = {str(p.relative_to(ROOT)) for p in MODULES if bits.search(p.read_text(encoding="utf-8"))}
    assert decoding == {f"verify/{name}.py" for name in ("certificate/format", "labels/masks")}


@pytest.mark.parametrize(
    ("loaded", "absent"),
    [
        (
            "verify.cli, verify.model.solver, verify.report.spectrum_text, mlnc.questions, mlnc.spectra, mlnc.trial",
            "sympy",
        ),
        ("mlnc", "numpy"),
        ("proofs.chains; proofs.chains.closings()", "sympy"),
    ],
)
def test_what_is_slow_to_load_is_loaded_where_it_is_used(loaded: str, absent: str) -> None:
    """Symbolic algebra where something is derived with it, and nothing at all by ``import mlnc``."""
    code = f"import {loaded}; import sys; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_labels_are_answered_for_without_what_is_slow_to_load() -> None:
    """The answer to most questions takes less time than SciPy takes to be imported."""
    slow = (
        "defusedxml",
        "matplotlib",
        "mpmath",
        "multiprocessing",
        "polars",
        "pyarrow",
        "rich",
        "scipy",
        "sympy",
        "verify.model.low_rank",
        "verify.model.refine",
        "mlnc.questions",
    )
    code = (
        "import sys, verify.cli; sys.argv = ['mlnc', 'spectrum', 'notes/example.csv']\ntry: verify.cli.main()\n"
        f"except SystemExit: print([name for name in {slow} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert "balanced data" in ran.stdout
    assert ran.stderr.splitlines()[-1] == "[]"


def tracked() -> list[Path]:
    """Files that git tracks; in an unpacked archive, all files of the packages."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0")[:-1] if listed.returncode == 0 else []
    return [ROOT / name for name in names] or MODULES


def test_the_lock_pins_everything_with_hashes_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all(re.match(r"[A-Za-z0-9._-]+==[^ ]+ .*\\$", line) for line in pins)
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock
    assert "index" not in lock


def test_the_repository_stands_alone() -> None:
    own = Path(__file__).resolve()
    for path in tracked():
        if path == own or path.suffix not in {".py", ".md", ".toml", ".cff", ".yml", ".json", ""} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert "/work/" not in text, path
        if "tests" not in path.parts:
            assert "shared/" not in text.replace("checks/shared/", ""), path


def test_every_public_name_is_documented() -> None:
    undocumented = []
    for path in MODULES:
        parsed = tree(path)
        assert ast.get_docstring(parsed), f"{path} does not say what it is for"
        for node in parsed.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                undocumented.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert undocumented == []
