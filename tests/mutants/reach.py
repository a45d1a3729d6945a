"""Which test files can notice a mistake in a module: those that import it, sooner or later, nearest first.

The import graph is read off the sources. Imports by name count as well: a string that is the dotted name of a module,
or the name of a module of ``proofs`` or beside the one it stands in, is taken for an import. That is more than there
is, which costs time and nothing else.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from pathlib import Path

__all__ = ["Reach"]

COMMAND = {"mlnc": "verify/cli/__init__.py"}
"""What a test starts by the name of a command."""
BY_NAME = 3
"""An import by name, which there may be, is as far as so many that there are."""
EXAMPLES = "proofs verify"
"""The examples of all docstrings, run at once."""
TESTED = ("proofs", "verify", "tests")


@dataclass(frozen=True)
class Reach:
    """The import graph of the packages under a root."""

    root: Path

    @cached_property
    def modules(self) -> dict[str, str]:
        """Path of every module by its dotted name; a package goes by its ``__init__``."""
        found = sorted(path.relative_to(self.root) for top in TESTED for path in (self.root / top).rglob("*.py"))
        named = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path.as_posix() for path in found}
        return {name.removeprefix("verify.api."): path for name, path in named.items()}

    @cached_property
    def imports(self) -> dict[str, dict[str, int]]:
        """Paths that every path imports, packages around them included, and how far off they are."""
        return {path: self._imported(path) for path in self.modules.values()}

    def _imported(self, path: str) -> dict[str, int]:
        names, words = set[str](), set[str]()
        package = ".".join(Path(path).parent.parts)
        tree = ast.parse((self.root / path).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.Import(aliases):
                    names.update(alias.name for alias in aliases)
                case ast.ImportFrom(str() as module, aliases):
                    names.add(module)
                    names.update(f"{module}.{alias.name}" for alias in aliases)
                case ast.Constant(str() as text) if len(text) < 80:
                    words.update((text, f"{package}.{text}", f"proofs.{text}"))
        by_name = self._paths(words) | {COMMAND[word] for word in words & COMMAND.keys()}
        found = {**dict.fromkeys(by_name & set(self.modules.values()), BY_NAME), **dict.fromkeys(self._paths(names), 1)}
        return {there: far for there, far in found.items() if there != path}

    def _paths(self, names: set[str]) -> set[str]:
        """Paths of the modules among some names, and of the packages around them."""
        parts = [name.split(".") for name in names]
        around = {".".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
        return {self.modules[name] for name in around if name in self.modules}

    def closure(self, path: str) -> dict[str, int]:
        """Everything a path imports, itself included, with its distance (E. W. Dijkstra 1959)."""
        distance, queue = dict[str, int](), [(0, path)]
        while queue:
            far, here = heappop(queue)
            if here not in distance:
                distance[here] = far
                for there, more in self.imports[here].items():
                    heappush(queue, (far + more, there))
        return distance

    @cached_property
    def tests(self) -> dict[str, dict[str, int]]:
        """Closures of all that can be run: test modules, modules with examples in docstrings, and :data:`EXAMPLES`."""
        named = [path for path in self.modules.values() if Path(path).name.startswith("test_")]
        examples = [
            path for path in self.modules.values() if not path.startswith("tests/") and self._has_examples(path)
        ]
        closures = {path: self.closure(path) for path in [*named, *examples]}
        return {**closures, EXAMPLES: {path: 0 for path in self.modules.values() if not path.startswith("tests/")}}

    def _has_examples(self, path: str) -> bool:
        return ">>> " in (self.root / path).read_text(encoding="utf-8")

    def order(self, module: str) -> list[str]:
        """What can notice a mistake in a module: its own examples, test files that import it, everybody's examples.

        The nearest files come first, and of those the ones that import little; benchmarks come after all other files.
        """
        files = [path for path, closure in self.tests.items() if path.startswith("tests/") and module in closure]
        slow = Path("tests", "benchmarks")
        files.sort(key=lambda path: (Path(path).is_relative_to(slow), *self._distance(path, module), path))
        return [*({module} & self.tests.keys()), *files, EXAMPLES]

    def _distance(self, tests: str, module: str) -> tuple[int, int]:
        return self.tests[tests][module], len(self.tests[tests])

    def fingerprint(self, test: str) -> str:
        """A hash of everything the outcome of a test file depends on: what it imports, and files that are no code."""
        paths = [*sorted(self.tests[test]), *self._data, "tests/conftest.py", "pyproject.toml"]
        digest = hashlib.sha256()
        for path in paths:
            digest.update(path.encode() + b"\0" + self._digest(path))
        return digest.hexdigest()[:16]

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return {}

    def _digest(self, path: str) -> bytes:
        if path not in self._digests:
            file = self.root / path
            self._digests[path] = hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest()
        return self._digests[path]

    @cached_property
    def _data(self) -> list[str]:
        files = (path for top in TESTED for path in (self.root / top).rglob("*"))
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in files
            if path.is_file() and path.suffix not in {".py", ".pyc"} and "mutants" not in path.parts
        )
