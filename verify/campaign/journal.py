"""A journal of finished tasks, so that a killed run resumes where it was and ends in the same bytes.

One JSON document per line: first the fingerprint of the plan, then one line per finished task. A line is flushed to
disk before the task counts as done. A process killed in the middle of a line leaves a torn last line, which is dropped.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from verify.labels.errors import InputError


class Journal:
    """Results by task key, on disk; use it as a context manager.

    Args:
        path: the file; created unless resuming.
        fingerprint: what the results depend on besides the key: a journal of anything else is refused.
        resume: take over the results that are there; without it the file is begun anew.

    Raises:
        InputError: (on entering) the file cannot be written, or belongs to another plan.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "journal.jsonl")
        ...     with Journal(file, "plan", resume=False) as journal:
        ...         journal.record("one", {"held": 3})
        ...     with Journal(file, "plan", resume=True) as journal:
        ...         journal.results["one"]
        {'held': 3}
    """

    def __init__(self, path: Path, fingerprint: str, *, resume: bool) -> None:
        self._path, self._fingerprint, self._resume = path, fingerprint, resume
        self._results: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self._results, intact = self._read() if self._resume and self._path.exists() else ({}, 0)
            self._file = self._path.open("r+b" if intact else "wb")
            self._file.truncate(intact)
            self._file.seek(intact)
        except OSError as error:
            raise InputError(f"{self._path}: {error.strerror}; name a folder that can be written") from None
        if not intact:
            self._append({"plan": self._fingerprint})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def results(self) -> Mapping[str, Any]:
        """What is finished."""
        return self._results

    def record(self, key: str, result: Any) -> None:
        """Write down a finished task; it is on disk when this returns."""
        self._append({"key": key, "result": result})
        self._results[key] = result

    def _append(self, line: Any) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self) -> tuple[dict[str, Any], int]:
        """The results on disk, and the length of the part that is intact."""
        results: dict[str, Any] = {}
        intact = 0
        for number, line in enumerate(self._path.read_bytes().splitlines(keepends=True)):
            try:
                entry = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                entry = None
            if entry is None:
                break
            if number == 0 and entry.get("plan") != self._fingerprint:
                raise InputError(f"{self._path} belongs to another plan: leave out --resume, or name another --out")
            if number > 0:
                results[entry["key"]] = entry["result"]
            intact += len(line)
        return results, intact
