"""``python -m tests.mutants.run``: make mistakes one at a time, see which test notices, write ``notes/mutants.md``.

Every mutation is made in a copy of the tree of its own. The test files that import the module run one by one, nearest
first, until one fails; a mutation is *unnoticed* when the :data:`NEAREST` of them have passed. That a file farther off
would notice is possible, so what is reported as noticed is a lower bound. Beforehand a file must pass on the tree as it
is, and a test that fails must fail twice. A file that takes more than ten times as long as it did there, and a minute,
has noticed that something is wrong.

Tests that compare a generated note with the code that prints it (:data:`ECHOES`) do not count: the note would have been
generated from the mistake. Nor do tests on published label sets, which not everybody has.

Outcomes are kept in a journal with a hash of all that they depend on. So an interrupted run goes on where it stopped,
and after a change of the code only what the change may have touched runs again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

from tests.mutants.mutate import Mutation, applied
from tests.mutants.note import as_note
from tests.mutants.reach import Reach
from tests.mutants.sample import drawn

__all__ = ["Fate", "Laboratory", "Trial", "main"]

ROOT = Path(__file__).resolve().parents[2]
EXPLANATIONS = Path(__file__).with_name("survivors.toml")
ECHOES = "not the_note and not derive_check_fails"
SLOWER, SECONDS = 10, 60
"""A test file has so many times its own time, and so much on top, for what else the machine does meanwhile."""
NEAREST = 8
"""So many test files are tried, a module's own examples among them."""
MEMORY = 8 << 20
"""KiB that a test process may ask for: a mutation must not take the machine along."""


@dataclass(frozen=True)
class Trial:
    """One test file run on one mutation, or on the tree as it is.

    Attributes:
        mutation: its key; empty for the tree as it is.
        tests: the test file.
        fingerprint: hash of what the outcome depends on besides the mutation.
        outcome: ``"passed"``, ``"failed"`` or ``"too long"``.
        by: the first test that failed.
        seconds: how long it took.
    """

    mutation: str
    tests: str
    fingerprint: str
    outcome: str
    by: str
    seconds: float


@dataclass(frozen=True)
class Fate:
    """What became of a mutation: the trial that noticed it, or ``None``, and how many test files ran."""

    mutation: Mutation
    noticed: Trial | None
    files: int


@dataclass
class Laboratory:
    """A tree to make mistakes in, and what has been found so far.

    Attributes:
        tree: a copy of the repository; it is only read.
        journal: JSON lines of trials, read first and appended to.
        nearest: how many test files are tried; 0 for all of them.
        left_out: test files that are not run.
        broken: test files that fail on the tree as it is, with what failed; they notice nothing.
        stopped: set when nothing more may be started.
    """

    tree: Path
    journal: Path
    nearest: int = NEAREST
    left_out: frozenset[str] = frozenset()
    broken: dict[str, str] = field(init=False, default_factory=dict)
    stopped: threading.Event = field(init=False, default_factory=threading.Event)
    reach: Reach = field(init=False)
    known: dict[tuple[str, str, str], Trial] = field(init=False, default_factory=dict)
    writing: threading.Lock = field(init=False, default_factory=threading.Lock)
    waiting: dict[str, threading.Lock] = field(init=False)

    def __post_init__(self) -> None:
        self.reach = Reach(self.tree)
        self.waiting = {tests: threading.Lock() for tests in self.reach.tests}
        if self.journal.exists():
            for line in self.journal.read_text(encoding="utf-8").splitlines():
                trial = Trial(**json.loads(line))
                self.known[trial.mutation, trial.tests, trial.fingerprint] = trial

    def order(self, module: str) -> list[str]:
        """What is run on a mutation of a module, in this order."""
        ranked = [tests for tests in self.reach.order(module) if tests not in self.left_out]
        return ranked[: self.nearest] if self.nearest else ranked

    def fate(self, mutation: Mutation) -> Fate:
        """Run test files on a mutation until one notices it."""
        files = 0
        for tests in self.order(mutation.path):
            undisturbed = self._undisturbed(tests)
            if undisturbed.outcome != "passed":
                self.broken[tests] = undisturbed.by
                continue
            files += 1
            trial = self._trial(tests, mutation, undisturbed.seconds)
            if trial.outcome != "passed":
                return Fate(mutation, trial, files)
        return Fate(mutation, None, files)

    def _undisturbed(self, tests: str) -> Trial:
        with self.waiting[tests]:
            return self._trial(tests, None, 600.0)

    def _trial(self, tests: str, mutation: Mutation | None, seconds: float) -> Trial:
        key, fingerprint = mutation.key if mutation else "", self.reach.fingerprint(tests)
        if self.stopped.is_set():
            raise KeyboardInterrupt
        if (key, tests, fingerprint) not in self.known:
            with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
                copy = Path(folder) / "tree"
                shutil.copytree(self.tree, copy, symlinks=True)
                if mutation:
                    _make(mutation, copy)
                self._record(Trial(key, tests, fingerprint, *_run(copy, tests, SECONDS + SLOWER * seconds)))
        return self.known[key, tests, fingerprint]

    def _record(self, trial: Trial) -> None:
        with self.writing, self.journal.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(trial)) + "\n")
            self.known[trial.mutation, trial.tests, trial.fingerprint] = trial


def _make(mutation: Mutation, copy: Path) -> None:
    path = copy / mutation.path
    path.write_text(applied(mutation, path.read_text(encoding="utf-8")), encoding="utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def _run(copy: Path, tests: str, limit: float) -> tuple[str, str, float]:
    """Outcome, first failure and seconds of one test file in a copy of the tree.

    A test that fails must fail again on its own: one that is only slow now and then has noticed nothing, and the file
    runs on without it.
    """
    start, unsteady = time.monotonic(), list[str]()
    while True:
        ended, said = _pytest(copy, [*tests.split(), *(f"--deselect={name}" for name in unsteady)], limit)
        if ended is None:
            return "too long", tests, _since(start)
        if ended in (0, 5):  # 5: the file holds nothing but echoes
            return "passed", "", _since(start)
        failed = re.search(r"^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)", said, re.MULTILINE)
        if failed is None:
            return "failed", f"{tests} (exit code {ended})", _since(start)
        name = failed.group(1)
        if "::" not in name or name in unsteady or _pytest(copy, [name], limit)[0] not in (0, 5):
            return "failed", name, _since(start)
        unsteady.append(name)


def _since(start: float) -> float:
    return round(time.monotonic() - start, 2)


def _pytest(copy: Path, tests: Sequence[str], limit: float) -> tuple[int | None, str]:
    """Exit code, ``None`` if it takes too long, and output."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    environment = {**os.environ, **threads, "PYTHONPATH": f"{copy}:{copy / 'verify' / 'api'}", "PYTHONHASHSEED": "0"}
    environment["MLNC_DATA"] = str(copy / "no published label sets")
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist"]
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", *plugins, "-k", ECHOES, *tests]
    limited = ["sh", "-c", f'ulimit -v {MEMORY} 2>/dev/null; exec "$@"', "sh", *pytest]
    with subprocess.Popen(
        limited, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            said = process.communicate(timeout=limit)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            _end(process)
    return process.returncode, said


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever a test file has started ends with it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


# ---------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sample; 0 if enough is noticed and every survivor explained, 1 if not, 2 if the suite is broken."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / ".gitignore").write_text("*\n", encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        _unpack(given.of, tree)
        sample = [
            mutation
            for mutation in drawn(tree, given.number, given.seed)
            if not given.only or any(re.search(pattern, mutation.key) for pattern in given.only)
        ]
        if given.list:
            print("\n".join(f"{mutation.line:5} {mutation.key}" for mutation in sample))
            return 0
        laboratory = Laboratory(tree, given.out / "journal.jsonl", given.nearest, frozenset(given.leave_out))
        fates = _all(laboratory, sample, given.jobs)
    for tests, by in laboratory.broken.items():
        print(f"{tests} fails on the tree as it is ({by}) and has not been run: mend it", file=sys.stderr)
    return max(_report(fates, given, complete=not laboratory.broken), 2 * bool(laboratory.broken))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mutants", description="Make mistakes on purpose and see what notices.")
    parser.add_argument("--number", type=int, default=80, help="how many mutations (80)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (one per core)")
    parser.add_argument("--share", type=float, default=0.95, help="fail if less is noticed (0.95)")
    parser.add_argument("--of", default="HEAD", help="the commit to mutate (HEAD)")
    parser.add_argument("--out", type=Path, default=ROOT / ".mutants", help="journal and results (.mutants)")
    parser.add_argument("--only", action="append", metavar="REGEX", help="mutations whose key matches; writes no note")
    parser.add_argument("--nearest", type=int, default=NEAREST, help=f"how many test files, 0 for all ({NEAREST})")
    parser.add_argument("--leave-out", action="append", default=[], metavar="FILE", help="a test file; writes no note")
    parser.add_argument("--list", action="store_true", help="say which mutations, and stop")
    return parser


def _unpack(commit: str, tree: Path) -> None:
    """The tracked files of a commit; where there is no repository, the files there are."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode == 0:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
            files.extractall(tree, filter="data")
    else:
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "build", "dist"), dirs_exist_ok=True)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "."], cwd=tree, check=False)


def _all(laboratory: Laboratory, sample: Sequence[Mutation], jobs: int) -> list[Fate]:
    fates = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(laboratory.fate, mutation) for mutation in sample]
        try:
            for count, done in enumerate(as_completed(running), 1):
                fate = done.result()
                fates[fate.mutation.key] = fate
                by = f"noticed by {fate.noticed.by}" if fate.noticed else "UNNOTICED"
                print(f"[{count}/{len(sample)}] {fate.mutation.key}: {by}", file=sys.stderr, flush=True)
        except BaseException:
            laboratory.stopped.set()  # what runs ends with its test file, and the journal has it
            pool.shutdown(cancel_futures=True)
            raise
    return [fates[mutation.key] for mutation in sample]


def _report(fates: Sequence[Fate], given: argparse.Namespace, complete: bool) -> int:
    explanations = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))
    survivors = [fate.mutation.key for fate in fates if not fate.noticed]
    noticed = len(fates) - len(survivors)
    results = [_as_json(fate) for fate in fates]
    (given.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for fate in fates:
        by = fate.noticed.by if fate.noticed else "NOTHING"
        print(f"{fate.mutation.path}:{fate.mutation.line}  {fate.mutation.before} -> {fate.mutation.after}  [{by}]")
    print(f"{noticed} of {len(fates)} mutations noticed ({noticed / max(1, len(fates)):.1%})")
    unexplained = [key for key in survivors if key not in explanations]
    for key in unexplained:
        print(f"no explanation in {EXPLANATIONS.name}: {key}", file=sys.stderr)
    if complete and not (given.only or given.leave_out or unexplained):
        rows = [(fate.mutation, fate.noticed.by if fate.noticed else None) for fate in fates]
        (ROOT / "notes" / "mutants.md").write_text(
            as_note(rows, explanations, given.seed, given.nearest), encoding="utf-8"
        )
    return 1 if unexplained or noticed < given.share * len(fates) else 0


def _as_json(fate: Fate) -> dict[str, object]:
    mutation = fate.mutation
    return {
        "id": mutation.key,
        "file": mutation.path,
        "line": mutation.line,
        "kind": mutation.kind,
        "before": mutation.before,
        "after": mutation.after,
        "noticed_by": fate.noticed.by if fate.noticed else None,
        "outcome": fate.noticed.outcome if fate.noticed else "passed",
        "test_files": fate.files,
    }


if __name__ == "__main__":
    sys.exit(main())
