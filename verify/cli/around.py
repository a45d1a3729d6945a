"""What the commands share: options, printing, progress."""

import logging
import math
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

import click

from mlnc.results import Result
from verify.labels import readers
from verify.report import as_json


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
    for option in reversed(_LAYOUT):
        command = option(command)
    return named(click.option("--format", "format_", type=formats, help="[default: by the file's content]")(command))


def _listed(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",")) if value else ()


_LAYOUT = (
    click.option("--field", metavar="NAME", help="Column, array or field with the labels, lists or a matrix."),
    click.option("--ignore", metavar="NAMES", callback=_listed, help="Columns that are no labels."),
    click.option("--separator", metavar="TEXT", help="What stands between the labels of a list."),
    click.option("--header/--no-header", default=None, help="Whether the first line names the columns."),
    click.option("--delimiter", metavar="CHAR", help="What stands between the cells of a table."),
    click.option("--encoding", metavar="NAME", help="Of the text, such as utf-8 or latin-1."),
    click.option("--base", type=click.IntRange(0, 1), help="Number of the first label, where labels are numbers."),
    click.option("--transpose/--no-transpose", default=None, help="Whether rows of an array are labels, or samples."),
    click.option("--missing", type=click.Choice(get_args(readers.Missing)), help="What a missing value means."),
    click.option("--threshold", metavar="NUMBER", help="From where on a number says that the label is present."),
    click.option("--present", metavar="VALUES", callback=_listed, help="Values that say that a label is present."),
    click.option("--absent", metavar="VALUES", callback=_listed, help="Values that say it is not; blank: no value."),
    click.option("--drop", metavar="VALUES", callback=_listed, help="Values of labels whose samples are left out."),
    click.option("--rows", metavar="COLUMN=VALUE", help="Only rows of which a column has a value: split=train."),
)
"""How a label file is laid out, where its content does not tell; see `readers.Layout`."""

_READ: list[logging.LogRecord] = []
"""How label files were read, until it is printed: an answer begins with it, a refusal stays one line."""


class _ReadAs(logging.Handler):
    """Keeps how label files are read for the answer; prints how far the reading of a long one has come."""

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        if hasattr(record, "read_as"):
            _READ.append(record)
        else:
            click.echo(record.getMessage(), err=True)


def say_how_files_were_read() -> list[dict[str, Any]]:
    """Print a line per label file on stderr; the same as documents."""
    found: list[dict[str, Any]] = [record.read_as for record in _READ]  # type: ignore[attr-defined]
    for record, document in zip(_READ, found, strict=True):
        click.echo(with_options(record.getMessage(), document["notes"]), err=True)
    _READ.clear()
    return [{**document, "notes": list(map(as_options, document["notes"]))} for document in found]


def with_options(line: str, notes: Iterable[str]) -> str:
    """A line that names arguments in its notes, with the options instead; what else it has may be names of labels.

    Example:
        >>> with_options("labels bias=1, lam=2; base= 0 says otherwise", ["base= 0 says otherwise"])
        'labels bias=1, lam=2; --base 0 says otherwise'
    """
    for note in notes:
        line = line.replace(note, as_options(note))
    return line


def tell_how_files_are_read() -> None:
    """From here on every file that is read is told of on stderr."""
    _READ.clear()
    log = logging.getLogger("mlnc.labels")
    if not any(isinstance(handler, _ReadAs) for handler in log.handlers):
        log.addHandler(_ReadAs())
        log.setLevel(logging.INFO)
        log.propagate = False


_WEIGHTS = ("pos_weight", "label_weights", "set_weights")
_NUMBERS = ("lam", "lambda_h", "smoothing", "digits", "width", "limit")
_NAMED = ("labels", "format", "loss", "bias", "profile", *_NUMBERS, *_WEIGHTS, *readers.Stated.__annotations__)


def as_options(message: str) -> str:
    """What is wrong with an argument of :mod:`mlnc`, said of the option.

    Example:
        >>> as_options("lambda_h= is '0': give a number"), as_options("give format= one of csv, json")
        ("--lambda-h is '0': give a number", 'give --format one of csv, json')
    """
    flags = re.sub(r"\b(header|transpose)=(True|False)", lambda f: f"--{'no-' * (f[2] == 'False')}{f[1]}", message)
    named = re.sub(rf"\b({'|'.join(_NAMED)})=", lambda found: f"--{found[1].replace('_', '-')} ", flags)
    return re.sub(r"(--[a-z-]+(?: \S+)?) ,", r"\1,", " ".join(named.split()))


def said(found: Result, as_document: bool, notes: Iterable[str] = ()) -> str:
    """A result as it is printed: as JSON, or in words; on a terminal, sentences are wrapped to its width. In a pipe a
    line stays one, for `grep` and `diff`. Arguments that the notes name are named as options."""
    if as_document:
        document = found.as_json()
        read_as = say_how_files_were_read()
        return as_json({**document, "read_as": read_as} if read_as and isinstance(document, dict) else document)
    say_how_files_were_read()
    lines = [with_options(line, notes) for line in found.lines()]
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
    """The relative gap so far and the seconds, every few of them, also while a solver is within a step; on stderr, in
    place on a terminal; silent when it is quick."""
    terminal, start, last, ended = sys.stderr.isatty(), time.monotonic(), [(0, math.inf)], threading.Event()

    def tell() -> None:
        wait = 2.0 if terminal else 10.0
        while not ended.wait(wait):
            wait = 0.5 if terminal else 10.0
            (step, gap), seconds = last[0], time.monotonic() - start
            said = f"step {step}, relative gap {gap:.1e}" if gap < math.inf else "starting"
            click.echo(f"{what}: {said}, {seconds:.0f} s" + ("\r" if terminal else "\n"), err=True, nl=False)

    def report(step: int, gap: float) -> None:
        last[0] = step, gap

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield report
    finally:
        ended.set()
        teller.join()
        if terminal:
            click.echo(" " * 60 + "\r", err=True, nl=False)


@contextmanager
def patiently() -> Iterator[Callable[[str, int, int], None]]:
    """:func:`progress_bar`, but silent for the first ten seconds."""
    start, shown = time.monotonic(), list[Callable[[str, int, int], None]]()
    with ExitStack() as stack:

        def later(what: str, done: int, total: int) -> None:
            if time.monotonic() - start > 10:
                if not shown:
                    shown.append(stack.enter_context(progress_bar()))
                shown[0](what, done, total)

        yield later


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, a plain line per tenth in a log; both on stderr."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415 - slow to import
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
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
