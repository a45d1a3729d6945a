"""Who may import whom, and what may not stand in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted([*(ROOT / "proofs").rglob("*.py"), *(ROOT / "verify").rglob("*.py")])


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(name: str, inside: str) -> set[str]:
    """Modules under a package that import ``name`` or something below it."""
    return {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.is_relative_to(ROOT / inside)
        and any(found == name or found.startswith(f"{name}.") for found in imports(path))
    }


def test_the_walk_sees_imports() -> None:
    """Control: a rule that nothing could break would be no rule."""
    assert "verify/cli/labels.py" in importers("verify.readers", "verify")


def test_proofs_know_nothing_of_verify() -> None:
    assert importers("verify", "proofs") == set()


def test_only_the_catalogue_knows_the_proofs() -> None:
    assert importers("proofs", "verify") == {"verify/claims.py"}


def test_nothing_imports_the_command() -> None:
    outside = {path for path in importers("verify.cli", "verify") if not path.startswith("verify/cli/")}
    assert outside | importers("verify.cli", "proofs") == set()


def test_the_trusted_kernel_imports_no_solver() -> None:
    checker = ROOT / "verify" / "checker.py"
    if not checker.exists():
        pytest.skip("there is no checker yet")
    allowed = {"verify", "verify.certificate", "verify.labels", "flint", "mpmath"}
    for name in imports(checker):
        top = ".".join(name.split(".")[:2]) if name.startswith("verify") else name.split(".")[0]
        assert top in allowed or top in sys.stdlib_module_names, f"the kernel imports {name}"


def test_symbolic_algebra_is_not_loaded_for_numeric_commands() -> None:
    code = "import sys, verify.cli, verify.solver, verify.report.spectrum; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


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
            assert "shared/" not in text, path


def test_every_public_name_is_documented() -> None:
    undocumented = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path} does not say what it is for"
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                undocumented.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert undocumented == []
