"""The command ``mlnc``. Results go to stdout, messages to stderr; bad input is one line and exit code 2."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from verify import readers
from verify.labels import InputError, LabelDistribution

__all__ = ["main"]

UNEXPECTED, BAD_INPUT, INTERRUPTED = 1, 2, 130

PROFILES = {"quick": (2_000, 8), "full": (50_000, 8)}
"""Random distributions, and the largest K of the panel."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mlnc", message="mlnc %(version)s")
def app() -> None:
    """Verify what label imbalance does to the geometry of multi-label neural collapse.

    Exit codes: 0 all as expected; 1 something verified came out otherwise; 2 bad input.
    """


# ---------------------------------------------------------------------- verify


@app.command()
@click.option("--claims", default="*", show_default=True, help="Claim ids, comma separated, with wildcards: 'S*,U8'.")
@click.option("--profile", type=click.Choice(list(PROFILES)), default="quick", show_default=True)
@click.option(
    "--data", multiple=True, type=click.Path(path_type=Path), help="Also check on this label file; repeatable."
)
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes.  [default: one per core]")
@click.option("--seed", type=int, default=0, show_default=True, help="Everything random derives from it.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for verdict.json and counterexamples.")
@click.option("--json", "json_", is_flag=True, help="Print the verdicts as JSON.")
def verify(
    claims: str, profile: str, data: tuple[Path, ...], jobs: int | None, seed: int, out: Path | None, json_: bool
) -> None:
    """Gather all evidence for the claims and print one verdict per line."""
    from verify import campaign  # noqa: PLC0415 - keeps the other commands quick to start
    from verify.claims import select  # noqa: PLC0415
    from verify.report import as_json, distribution_json, verdicts  # noqa: PLC0415

    samples, panel = PROFILES[profile]
    plan = campaign.Plan(
        claims=tuple(claim.id for claim in select(part.strip() for part in claims.split(","))),
        samples=samples,
        seed=seed,
        panel=panel,
        data=tuple((str(path), _read((path,))) for path in data),
    )
    if out is not None:
        _require_writable(out)
    start = time.monotonic()
    with _progress() as progress:
        evidence = campaign.run(plan, jobs or os.cpu_count() or 1, progress)
    document = as_json(verdicts.verdict_json(plan, evidence))
    if out is not None:
        _write(out / "verdict.json", document)
        for found in evidence:
            for failure in (f for tally in found.tallies.values() for f in tally.failures[:1]):
                _write(out / f"{found.claim}.json", as_json(distribution_json(failure.distribution)))
    if json_:
        click.echo(document, nl=False)
    else:
        click.echo("\n".join(verdicts.verdict_lines(evidence)) + f" in {time.monotonic() - start:.1f} s")
    if not all(found.as_expected for found in evidence):
        sys.exit(UNEXPECTED)


# ---------------------------------------------------------------------- derive


@app.command()
@click.argument("chapters", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if a note is stale.")
@click.option(
    "--notes", type=click.Path(path_type=Path), default=Path("notes"), show_default=True, help="Folder of notes."
)
def derive(chapters: tuple[str, ...], check: bool, notes: Path) -> None:
    """Check every derivation and regenerate the notes (all chapters, or those named)."""
    from verify.claims import notes_on  # noqa: PLC0415 - SymPy is slow to import

    if not notes.is_dir():
        raise InputError(
            f"{notes}: no such folder; run from the repository, or name the folder of the notes with --notes"
        )
    names = notes_on(notes, chapters, check=check)
    for name in names:
        click.echo(f"{notes / name}: {'stale' if check else 'written'}")
    if not names:
        click.echo("every note is up to date")
    if check and names:
        click.echo("run `mlnc derive` and commit the result", err=True)
        sys.exit(UNEXPECTED)


# ---------------------------------------------------------------------- spectrum


@app.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--digits", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Significant digits of kappa."
)
@click.option("--exact/--float", default=None, help="Exact algebra or float64.  [default: exact up to 300 labels]")
@click.option("--json", "json_", is_flag=True, help="Print JSON, with rational enclosures.")
def spectrum(files: tuple[Path, ...], digits: int, exact: bool | None, json_: bool) -> None:
    """The label covariance spectrum of a label file (several files are counted together)."""
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import spectrum as words  # noqa: PLC0415
    from verify.spectrum import LabelSpectrum  # noqa: PLC0415

    found = LabelSpectrum(_read(files))
    exactly = found.K <= words.MOST_EXACT_LABELS if exact is None else exact
    if json_:
        click.echo(as_json(words.spectrum_json(found, digits, exactly)), nl=False)
    else:
        name = " + ".join(path.name for path in files)
        click.echo("\n".join(words.spectrum_lines(name, found, digits, exactly)))


def _read(files: tuple[Path, ...]) -> LabelDistribution:
    pi = readers.read(files)
    try:
        pi.proper  # noqa: B018 - refuses data without any contrast, before anything is printed
    except InputError as error:
        raise InputError(f"{', '.join(map(str, files))}: {error}") from None
    return pi


# ---------------------------------------------------------------------- around the commands


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
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


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name a folder that can be written with --out") from None


def _write(path: Path, text: str) -> None:
    """Write beside the target and rename over it: nothing is ever half-written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a folder that can be written") from None


def main() -> None:
    """Entry point: turns every expected failure into one line on stderr and an exit code."""
    try:
        sys.exit(app(standalone_mode=False))
    except InputError as error:
        _fail(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(BAD_INPUT)
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("mlnc: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(message: str) -> None:
    click.echo("mlnc: " + " ".join(message.split()), err=True)
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
