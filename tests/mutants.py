"""``make mutants``: small mistakes, made one at a time by cosmic-ray, and which test notices (``notes/mutants.md``).

Results are kept in ``.mutants/session.sqlite``, a session of cosmic-ray's, under a hash of the code and with one of the
tests that they hang on, the one that noticed or all that did not: an interrupted run goes on where it stopped, and a
changed test is tried again where it counts.
"""

import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.modules import filter_paths, find_modules
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.testing import run_tests
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

from tests.conftest import ROOT
from tests.test_architecture import ALL
from verify.report.house import imports

CONFIG = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OPERATORS, PASSED_OVER = (re.compile(CONFIG[name].replace("\n", "")) for name in ("operators", "passed-over"))
IMPORTS = {path.relative_to(ROOT): set(imports(path)) for path in ALL if "benchmarks" not in path.parts}
for walked in CONFIG["walked"]:
    below = {".".join(path.with_suffix("").parts) for path in IMPORTS if path.is_relative_to(walked)}
    IMPORTS[Path(walked, "__init__.py")] |= below
SEQUENCES = {"decorated", "arglist", "dictorsetmaker", "exprlist", "subscriptlist", "testlist", "testlist_comp"}
"""Nodes that begin like the first of several things."""
PYTEST = shlex.split(f"{sys.executable} -m pytest -xq -p no:cacheprovider -m 'not slow' {CONFIG['pytest']}")
JOBS = int(os.environ.get("MLNC_JOBS", "0")) or None  # processes; as many as there are processors
CARRIED = re.compile(r'^@(?:proves|closes|exemplifies|checks|checks_in_balls)\(\s*"(\w+)"', re.MULTILINE)
LIMIT = 3600.0  # seconds for all tests of a mutation
NOTE, MARK = ROOT / "notes" / "mutants.md", "<!-- Written by `make mutants` from here on. -->\n"
UNEXPLAINED = "**nothing**, and why is not said in tests/mutants.toml"


def drawn(modules: Sequence[Path]) -> list[WorkItem]:
    """A mutation each of modules drawn by lot, and a second of some if there are fewer, in the order of the code."""
    rows = sorted((turn, *row) for path in modules for turn, row in enumerate(sorted(_lots(path).items())))
    places = sorted(place for *_, place in rows[: CONFIG["number"]])
    return [WorkItem.single(_id(*place[:3]), MutationSpec(*place)) for place in places]


def _lots(path: Path) -> dict[str, tuple[Any, ...]]:
    """What mutations of a module are made of, by lots that hang on the seed, the operator and the line only."""
    nodes, lines = list(ast_nodes(get_ast_from_path(path))), path.read_text(encoding="utf-8").splitlines()
    lots: dict[str, tuple[Any, ...]] = {}
    for name in filter(OPERATORS.fullmatch, operator_names()):
        operator = get_operator(name)()
        places = [(node, *span) for node in nodes for span in operator.mutation_positions(node)]
        for occurrence, (node, start, end) in enumerate(places):
            if not _is_passed_over(node, lines):
                lot = _hash(CONFIG["seed"], name, lines[start[0] - 1].strip(), start[1])
                lots.setdefault(lot, (path, name, occurrence, start, end))
    return lots


def _is_passed_over(node: Any, lines: Sequence[str]) -> bool:
    row, column = node.start_pos
    here = node.type not in SEQUENCES and PASSED_OVER.match(lines[row - 1], column)
    return bool(node.parent and (here or _is_passed_over(node.parent, lines)))


@cache
def nearest(module: Path) -> tuple[str, ...]:
    """A module's own examples, and the tests near to it.

    If it is found by walking, those of the claims whose ids it carries, or the nearest that import it, and the files
    beside them that name its chapter; else the test files that import it through as few modules as possible.
    """
    for room, files in CONFIG["walked"].items():
        if module.is_relative_to(room):
            cases = [case for claim in _claims(module, room) for case in _of_claims()[claim]]
            return (
                str(module),
                *(case for file in files for case in cases if _file(case) == file),
                *_naming(module, files),
            )
    found = [module]
    for level in _levels(module):
        tests = [path for path in level if path.name.startswith("test_")]
        found += sorted(tests, key=lambda path: (set(module.parts).isdisjoint(path.parts), path))
    return tuple(map(str, found[: CONFIG["nearest"]]))


def _levels(module: Path) -> Iterator[list[Path]]:
    """The module, what imports it, what imports that, and so on; each file once."""
    level, seen = [module], {module}
    while level:
        yield level
        names = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in level}
        level = [path for path in IMPORTS if path not in seen and IMPORTS[path] & names]
        seen.update(level)


def _claims(module: Path, room: str) -> list[str]:
    """The claims whose ids a module of a room carries; if none, those of the nearest modules there that import it."""
    for level in _levels(module):
        texts = [path.read_text(encoding="utf-8") for path in level if path.is_relative_to(room)]
        if ids := {claim for text in texts for claim in CARRIED.findall(text)}:
            return sorted(ids)
    return []


@cache
def _of_claims() -> Mapping[str, Sequence[str]]:
    """The tests that have the id of a claim in the name of their case, by this id."""
    files = [path for tests in CONFIG["walked"].values() for path in tests]
    said = subprocess.run([*PYTEST, "--collect-only", *files], capture_output=True, text=True, check=True).stdout
    found = defaultdict[str, list[str]](list)
    for test, claim in dict(re.findall(r"^(.+::.+\[([A-Z]\d+[a-z]?)(?: .*)?\])$", said, re.MULTILINE)).items():
        found[claim].append(test)
    return found


def _file(test: str) -> str:
    return test.partition("::")[0]


def _naming(module: Path, others: Sequence[str]) -> list[str]:
    """The test files beside others that name the chapter of a module, in their own names or in their text."""
    chapter, beside = module.parts[2], Path(others[0]).parent
    named = re.compile(rf"(chapters|checks)\.{chapter}\b|\"{chapter}\"")
    files = sorted(set(map(str, beside.glob("test_*.py"))) - set(others))
    return [file for file in files if chapter in file or named.search(Path(file).read_text(encoding="utf-8"))]


def _id(*mutation: object) -> str:
    """A hash of the code and of what is changed in it."""
    return _hash(_code(), mutation)


def _rests(item: WorkItem, noticing: str) -> str:
    """A hash of the tests that an outcome hangs on: of the one that noticed, or of all that were run."""
    tests = [noticing] if "::" in noticing else nearest(item.mutations[0].module_path)
    return _hash([Path(file).read_bytes() for file in dict.fromkeys(map(_file, tests))])


def _said(result: WorkResult) -> str:
    return str(result.output).rpartition("\n")[0]


def _is_kept(item: WorkItem, result: WorkResult) -> bool:
    return bool(result.output.endswith(_rests(item, _said(result) if result.is_killed else "")))


@cache
def _code() -> str:
    files = [path for top in ("proofs", "verify", "tests") for path in sorted(Path(top).rglob("*.*")) if path.is_file()]
    return _hash(*(p.read_bytes() for p in files if p.suffix != ".pyc" and not p.name.startswith(("test_", "mutants"))))


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _enter(folder: str) -> None:
    """A process mutates a copy of the tree of its own."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit(1))
    tree = Path(folder, str(os.getpid()))
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", ".mutants", ".*_cache", ".hypothesis"))
    os.chdir(tree)
    os.environ.update(
        PYTHONPATH=f"{tree}:{tree / 'verify' / 'api'}", PYTHONHASHSEED="0", OPENBLAS_NUM_THREADS="1", MLNC_DATA="none"
    )


def _run(item: WorkItem) -> tuple[str, WorkResult]:
    """A mutation is noticed by a test that fails twice, and passes on the code as it is; other tests are left out."""
    tests, left_out = nearest(item.mutations[0].module_path), list[str]()
    while True:
        again = shlex.join((*PYTEST, *tests, *left_out))
        result = mutate_and_test(item.mutations, again, LIMIT)
        if result.worker_outcome is not WorkerOutcome.NORMAL:
            raise RuntimeError(result.output)
        noticed, failed = result.is_killed, re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", result.output, re.MULTILINE)
        if failed:
            again = shlex.join((*PYTEST, failed[1]))
            noticed = mutate_and_test(item.mutations, again, LIMIT).is_killed
        noticed = noticed and run_tests(again, LIMIT)[0] is TestOutcome.SURVIVED
        if noticed or not failed or f"--deselect={failed[1]}" in left_out:
            break
        left_out.append(f"--deselect={failed[1]}")
    said = " ".join(left_out) if not noticed else failed[1] if failed else "a crash, or the time it takes"
    outcome = TestOutcome.KILLED if noticed else TestOutcome.SURVIVED
    output = f"{said}\n{_rests(item, said if noticed else '')}"
    return item.job_id, WorkResult(WorkerOutcome.NORMAL, output, outcome, result.diff)


def report(items: Sequence[WorkItem], results: Mapping[str, WorkResult]) -> tuple[float, str]:
    """The share that is noticed, and every mutation, first those that nothing notices."""
    rows, noticed = [], 0
    for item in sorted(items, key=lambda item: results[item.job_id].is_killed):
        path, result = item.mutations[0].module_path, results[item.job_id]
        lines = result.diff.splitlines()[3:]
        old, new = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
        why = CONFIG["survivors"].get(f"{path}: {old} becomes {new}", UNEXPLAINED)
        said = _said(result)
        by = f"`{said}`" if result.is_killed else f"{why} ({said})" if said else why
        rows.append(f"| `{path}` | `{old}` becomes `{new}` | {by} |")
        noticed += result.is_killed
    share = f"**{noticed} of {len(rows)} mutations are noticed ({noticed / len(rows):.1%})**; seed {CONFIG['seed']}."
    head = [MARK, share, "", "| where | mistake | noticed by |", "|---|---|---|"]
    return noticed / len(rows), "\n".join([*head, *rows, ""])


def main(chosen: Sequence[str]) -> int:
    """Run the sample and write the note, or what is in chosen paths; 1 if too little is noticed or explained."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.chdir(ROOT)
    Path(".mutants").mkdir(exist_ok=True)
    modules = filter_paths(find_modules(map(Path, CONFIG["module-path"])), CONFIG["excluded-modules"])
    sample = drawn(sorted(modules))
    items = [item for item in sample if str(item.mutations[0].module_path).startswith((*chosen,) or "")]
    if not items:
        sys.exit(f"nothing is drawn in {' '.join(chosen)}: name files or folders as in {CONFIG['module-path']}")
    with use_db(".mutants/session.sqlite") as session, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        known, done = {item.job_id for item in session.work_items}, dict(session.results)
        session.add_work_items(item for item in items if item.job_id not in known)
        todo = [item for item in items if item.job_id not in done or not _is_kept(item, done[item.job_id])]
        with Pool(JOBS, initializer=_enter, initargs=(folder,)) as workers:
            for count, (name, result) in enumerate(workers.imap_unordered(_run, todo), 1):
                session.set_result(name, result)
                print(f"[{count}/{len(todo)}] {result.test_outcome.value} {_said(result)}", flush=True)
        share, text = report(items, dict(session.results))
    print(text)
    if not chosen:
        NOTE.write_text(NOTE.read_text(encoding="utf-8").partition(MARK)[0] + text, encoding="utf-8")
    return int(share < 0.95 or UNEXPLAINED in text)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on from here")
