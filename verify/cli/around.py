"""What the commands share: options, printing, progress."""

from __future__ import annotations

import re
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

from mlnc.results import Result
from verify.labels import readers
from verify.report import as_json

__all__ = ["as_options", "label_options", "patiently", "progress_bar", "reporting", "said", "wrapped"]


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


def as_options(message: str) -> str:
    """What is wrong with an argument of :mod:`mlnc`, said of the option.

    Example:
        >>> as_options("lambda_h= is '0': give a number"), as_options("give format= one of csv, json")
        ("--lambda-h is '0': give a number", 'give --format one of csv, json')
    """
    named = re.sub(r"\b(labels|format|lam|lambda_h|bias)=", lambda found: f"--{found[1].replace('_', '-')} ", message)
    return " ".join(named.split())


def said(found: Result, as_document: bool) -> str:
    """A result as it is printed: as JSON, or in words; on a terminal, sentences are wrapped to its width. In a pipe a
    line stays one, for `grep` and `diff`."""
    if as_document:
        return as_json(found.as_json())
    lines = found.lines()
    return "\n".join(wrapped(lines, shutil.get_terminal_size().columns) if sys.stdout.isatty() else lines) + "\n"


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
def patiently() -> Iterator[Callable[[str, int, int], None]]:
    """:func:`progress_bar`, but silent for the first ten seconds."""
    start = time.monotonic()
    with progress_bar() as advance:

        def later(what: str, done: int, total: int) -> None:
            if time.monotonic() - start > 10:
                advance(what, done, total)

        yield later


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
