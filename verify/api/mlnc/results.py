"""What every result has in common, and how files are written."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from verify.labels.errors import InputError

__all__ = ["Result", "require_writable", "write"]


class Result(ABC):
    """What was found: ``repr`` is what the command prints, ``as_json()`` the document of its ``--json``."""

    @abstractmethod
    def lines(self) -> list[str]:
        """In words and tables, line by line."""

    @abstractmethod
    def as_json(self) -> Any:
        """As plain values that JSON can hold; exact numbers are strings."""

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        import html  # noqa: PLC0415 - for notebooks only

        return f"<pre>{html.escape(repr(self))}</pre>"


def require_writable(folder: Path, how: str = "") -> None:
    """Make the folder, and see that a file can be written there before any work is done; ``how`` one names another."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name a folder that can be written{how}") from None


def write(path: Path, content: str | bytes) -> None:
    """Write beside the target and rename over it: nothing is ever half-written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path}: {error.strerror}; name a folder that can be written") from None
