"""What the commands share: reading label files, printing, progress, writing files whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from verify.labels import readers
from verify.labels.distribution import InputError, LabelDistribution

__all__ = [
    "by_option",
    "label_options",
    "progress_bar",
    "read",
    "reporting",
    "require_writable",
    "say",
    "spelt",
    "wrapped",
    "write",
]


class _LabelColumns(click.ParamType[Any]):
    """What says which columns are labels, see :data:`readers.Labels`."""

    name = "labels"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        if not isinstance(value, str) or Path(value).is_file():
            return value
        with suppress(ValueError):
            return int(value)
        return tuple(name.strip() for name in value.split(","))


def label_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to read label files that do not say it themselves."""
    about = (
        "Which columns are labels: names with commas between, how many (the first; the last if negative), or an XML."
    )
    named = click.option("--labels", "columns", type=_LabelColumns(), metavar="NAMES|N|XML", help=about)
    formats = click.Choice(get_args(readers.Format))
    return named(
        click.option("--format", "format_", type=formats, help="[default: by the file's name or content]")(command)
    )


@contextmanager
def by_option() -> Iterator[None]:
    """Readers speak of their arguments; on the command line these are options."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace("labels=", "--labels").replace("format=", "--format")) from None


@by_option()
def read(files: tuple[Path, ...], columns: Any = None, format_: Any = None) -> LabelDistribution:
    """The label distribution of some files, counted together.

    Raises:
        InputError: a file cannot be read, or no label set tells labels apart.
    """
    pi = readers.read(files, labels=columns, format=format_)
    try:
        pi.proper  # noqa: B018 - refuses data without any contrast, before anything is printed
    except InputError as error:
        raise InputError(f"{', '.join(map(str, files))}: {error}") from None
    return pi


def say(lines: Iterable[str]) -> None:
    """Print; on a terminal, sentences are wrapped to its width. In a pipe a line stays one, for `grep` and `diff`."""
    if sys.stdout.isatty():
        lines = wrapped(lines, shutil.get_terminal_size().columns)
    click.echo("\n".join(lines))


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """Sentences at a width; rows of a table, which have two blanks in a row, as they are.

    Example:
        >>> list(wrapped(["  a sentence of two lines", "a   table   stays as it is", ""], 20))
        ['  a sentence of two', '  lines', 'a   table   stays as it is', '']
    """
    for line in lines:
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        if len(line) <= width or "  " in text:
            yield line
        else:
            yield from textwrap.wrap(
                text, max(width, 20), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )


@contextmanager
def reporting(what: str) -> Iterator[Callable[[int, float], None]]:
    """The relative gap after each step of a solver, on stderr, in place on a terminal; silent when it is quick."""
    console, start, last = Console(stderr=True), time.monotonic(), [0.0]

    def report(step: int, gap: float) -> None:
        now = time.monotonic()
        if now - start > 2 and now - last[0] > (0.2 if console.is_terminal else 10):
            last[0] = now
            console.print(f"{what}: step {step}, relative gap {gap:.1e}", end="\r" if console.is_terminal else "\n")

    yield report
    if console.is_terminal and last[0]:
        console.print(" " * 60, end="\r")


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, a plain line per tenth in a log; both on stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            tasks: dict[str, Any] = {}

            def advance(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bar.add_task(what, total=total)
                bar.update(tasks[what], completed=done)

            yield advance
    else:

        def say(what: str, done: int, total: int) -> None:
            if done == total or done * 10 // total != (done - 1) * 10 // total:
                click.echo(f"{what}: {done} of {total}", err=True)

        yield say


def spelt(path: Path) -> str:
    """A file name for people: one printable line, whatever bytes it holds."""
    return "".join(c if c.isprintable() else "?" for c in click.format_filename(path))


def require_writable(folder: Path) -> None:
    """Make the folder, and see that a file can be written there before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name a folder that can be written with --out") from None


def write(path: Path, content: str | bytes) -> None:
    """Write beside the target and rename over it: nothing is ever half-written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path}: {error.strerror}; name a folder that can be written") from None
