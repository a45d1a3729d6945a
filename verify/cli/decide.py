"""``mlnc verify``, and what is made of it: replay, report, bundle; and the derivations."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlnc.arguments import read_contrasts, spelt
from mlnc.results import require_writable, write
from verify.cli.app import INTERRUPTED, UNEXPECTED, app
from verify.cli.around import label_options, progress_bar, say_how_files_were_read
from verify.labels.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Executor

ROOT = Path(__file__).resolve().parents[2]
"""Where the sources of this version are, unless it was installed without them."""

TRIED_UNASKED = {"quick": "", "full": "*", "nightly": "*"}
"""The experiments that a profile runs unless told otherwise."""


# ---------------------------------------------------------------------- verify


@app.command()
@click.option("--claims", default="*", show_default=True, help="Claim ids, comma separated, with wildcards: 'S*,U8'.")
@click.option("--list", "list_", is_flag=True, help="Name these claims with their answers, and run nothing.")
@click.option("--profile", type=click.Choice(list(TRIED_UNASKED)), default="quick", show_default=True)
@click.option(
    "--data", multiple=True, type=click.Path(path_type=Path), help="Also check on this label file; repeatable."
)
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes.  [default: one per core]")
@click.option("--seed", type=int, default=0, show_default=True, help="Everything random derives from it.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for page, verdict.json, traces, counterexamples.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was stopped.")
@click.option("--executor", default="processes", show_default=True, help="Or dask://HOST:PORT, more than one machine.")
@click.option(
    "--experiments",
    "trials",
    metavar="NAMES",
    help="Also run these, comma separated, with wildcards: 'kappa*'.  [default: none; with --profile full all]",
)
@label_options
@click.option("--json", "json_", is_flag=True, help="Print the verdicts as JSON.")
def verify(  # noqa: PLR0913, PLR0917 - one parameter per option
    claims: str,
    list_: bool,
    profile: str,
    data: tuple[Path, ...],
    jobs: int | None,
    seed: int,
    out: Path | None,
    resume: bool,
    executor: str,
    trials: str | None,
    columns: Any,
    format_: Any,
    json_: bool,
    **layout: Any,
) -> None:
    """Gather all evidence for the claims and print one verdict per line; with --out, leave a page to read too.

    For labels of your own: mlnc verify --data LABELS.csv --out out
    """
    from mlnc.trial import VerifyResult, planned  # noqa: PLC0415 - keeps the other commands quick to start
    from proofs.claims import CLAIMS  # noqa: PLC0415
    from verify import experiments  # noqa: PLC0415
    from verify.campaign import run as campaign  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

    read = () if list_ else tuple((spelt(path), read_contrasts(path, columns, format_, **layout)) for path in data)
    plan = planned(claims, profile, seed, read)
    if list_:
        asked = (CLAIMS[id_] for id_ in plan.claims)
        click.echo("\n".join(f"{claim.id:4} {claim.title:28} {claim.verdict_in_words}" for claim in asked))
        return
    read_as = say_how_files_were_read()
    wanted = TRIED_UNASKED[profile] if trials is None else trials
    chosen = experiments.select(part.strip() for part in wanted.split(",") if part.strip())
    if resume and out is None:
        raise InputError("--resume needs the --out folder of the run to go on with")
    if out is not None:
        require_writable(out, " with --out")
    start = time.monotonic()
    with _at_work(plan, out, resume, executor, jobs) as means:
        evidence = campaign.run(plan, *means, traces=None if out is None else out / "traces")
        tables = experiments.run(chosen, seed, plan.data, *means) if chosen else {}
    found = VerifyResult(plan, evidence, time.monotonic() - start)
    document = as_json({**found.as_json(), "read_as": read_as} if read_as else found.as_json())
    if json_:
        click.echo(document, nl=False)
    else:
        click.echo(repr(found))
        for name, table in tables.items():
            click.echo(f"{name}: {experiments.EXPERIMENTS[name].words(table)}")
        _say_what_was_checked(out)
    if out is not None:
        write(out / "verdict.json", document)
        _write_counterexamples(out, evidence)
        _write_tables(out, tables)
        click.echo(_page_beside(out, bool(data)), err=True)
    if not found.accepted:
        sys.exit(UNEXPECTED)


def _say_what_was_checked(out: Path | None) -> None:
    """Where the traces are and the last that the checker said of them."""
    from verify.campaign.traces import SAID  # noqa: PLC0415

    if out is not None and (said := out / "traces" / SAID).exists():
        click.echo(f"{said}: {said.read_text(encoding='utf-8').splitlines()[-1]}")


@contextmanager
def _at_work(
    plan: Any, out: Path | None, resume: bool, executor: str, jobs: int | None
) -> Iterator[tuple[Executor | None, Any, Any]]:
    """Workers, journal and progress bar of a run; an interruption ends the command, and says what is kept."""
    from verify.campaign.journal import Journal  # noqa: PLC0415
    from verify.campaign.run import fingerprint  # noqa: PLC0415

    try:
        with ExitStack() as stack:
            journal = None
            if out is not None:
                journal = stack.enter_context(Journal(out / "journal.jsonl", fingerprint(plan), resume=resume))
            progress = stack.enter_context(progress_bar())
            yield stack.enter_context(_workers(executor, jobs or os.cpu_count() or 1)), journal, progress
    except KeyboardInterrupt:
        how = "nothing is kept without --out" if out is None else "the same command with --resume goes on"
        click.echo(f"mlnc: interrupted; {how}", err=True)
        sys.exit(INTERRUPTED)


def _page_beside(out: Path, own_labels: bool) -> str:
    """Write the page on the verdicts of a folder, and say where it is; without one, none of an earlier run stays."""
    try:
        page = _write_page(out)
    except InputError as error:
        (out / "report.html").unlink(missing_ok=True)
        return f"no page: {error}"
    if own_labels:
        return f"page: {page}"
    own = f"mlnc spectrum LABELS.csv, or mlnc verify --data LABELS.csv --out {out}"
    return f"page: {page}\nfor labels of your own: {own}"


def _write_tables(out: Path, tables: Mapping[str, Any]) -> None:
    """Every experiment's table, from which `mlnc report` draws it."""
    if tables:
        require_writable(out / "experiments")
    for name, table in tables.items():
        write(out / "experiments" / f"{name}.json", table.dumps())


def _write_counterexamples(out: Path, evidence: Any) -> None:
    """For every claim that failed and should not have, one counterexample, made small."""
    from verify.campaign.counterexamples import minimised  # noqa: PLC0415
    from verify.campaign.run import counterexample  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

    for found in (found for found in evidence if not found.as_expected):
        for failure in [f for tally in found.tallies.values() for f in tally.failures][:1]:
            target = out / f"{found.claim}.counterexample.json"
            write(target, as_json(minimised(counterexample(found.claim, failure)).as_json()))
            click.echo(f"{found.claim}: smallest counterexample found: {target}; run it with `mlnc replay`", err=True)


@app.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def replay(files: tuple[Path, ...], json_: bool) -> None:
    """Decide counterexamples again: files that `mlnc verify --out` left, or stored ones.

    Exit code 1 if one refutes a claim that the catalogue calls true, or no longer refutes what it is stored for.
    """
    from verify.campaign.counterexamples import load  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

    known = [(path, load(path)) for path in files]
    found = [(path, example, example.decide()) for path, example in known]
    as_expected = [(finding.state == "fails") == example.is_known for _, example, finding in found]
    if json_:
        lines = [{**example.as_json(), "file": str(path), "state": finding.state} for path, example, finding in found]
        click.echo(as_json(lines), nl=False)
    else:
        for path, example, finding in found:
            what = f"{example.claim} with {example.variant!r}" if example.variant else example.claim
            found_of_it = {"fails": "is refuted", "holds": "holds", "skips": "says nothing, for lack of hypotheses"}
            words = f"{what} {found_of_it[finding.state]} on {example.distribution}"
            click.echo(f"{spelt(path)}: {words}" + (f": {finding.note}" if finding.note else ""))
    if not all(as_expected):
        sys.exit(UNEXPECTED)


def _say_nothing(_: threading.ExceptHookArgs) -> None:
    """What a thread raises while the program is being left is nobody's concern."""


@contextmanager
def _workers(executor: str, jobs: int) -> Iterator[Executor | None]:
    """Where the work is done: this process for one job, several, or a Dask cluster."""
    if executor == "processes":
        if jobs == 1:
            yield None
            return
        import multiprocessing  # noqa: PLC0415 - most commands do without

        from verify.campaign.run import processes  # noqa: PLC0415

        with processes(jobs) as pool:
            try:
                yield pool
            except BaseException:
                threading.excepthook = _say_nothing  # the pool's thread, of futures that were cancelled under it
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in multiprocessing.active_children():
                    worker.terminate()  # a task can take long, and what is finished is in the journal
                raise
    elif executor.startswith("dask://"):
        try:
            import distributed  # noqa: PLC0415 - an extra
        except ImportError:
            raise InputError("--executor dask://... needs the extra `dask`: pip install 'mlnc[dask]'") from None
        try:
            connect: Any = distributed.Client
            client = connect(executor.replace("dask://", "tcp://", 1), timeout=10)
        except OSError as error:
            raise InputError(f"--executor {executor}: no Dask scheduler answers there ({error})") from None
        with client:
            yield client.get_executor()
    else:
        raise InputError(f"--executor {executor!r} is unknown: use processes, or dask://HOST:PORT")


# ---------------------------------------------------------------------- report and bundle


@app.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--notes", type=click.Path(path_type=Path), help="Folder of notes.  [default: this version's]")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def report(folder: Path, notes: Path | None, json_: bool) -> None:
    """Write the page of `mlnc verify --out DIR` again: one self-contained HTML file, DIR/report.html."""
    from verify.report import as_json  # noqa: PLC0415

    target = _write_page(folder, notes)
    click.echo(as_json({"page": str(target)}) if json_ else target, nl=not json_)


def _write_page(folder: Path, notes: Path | None = None) -> Path:
    from mlnc.trial import PANEL, PROFILES  # noqa: PLC0415
    from verify.report.page import NOTES, page  # noqa: PLC0415

    target = folder / "report.html"
    ran = {name: (drawn, PANEL) for name, (drawn, _, _) in PROFILES.items()}
    write(target, page(folder, notes or NOTES, ran))
    return target


@app.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The archive.  [default: mlnc-VERSION.tar.gz]")
@click.option(
    "--verify", "archive", type=click.Path(path_type=Path), help="Check every hash and certificate of an archive."
)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def bundle(folder: Path | None, out: Path | None, archive: Path | None, json_: bool) -> None:
    """A citable archive of sources, notes, certificates and the results in DIR; or check one.

    The same files give the same bytes. Nothing of an archive that is checked is unpacked or run.
    """
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import bundle as bundles  # noqa: PLC0415

    if archive is not None:
        if folder is not None or out is not None:
            raise InputError("--verify takes an archive alone: leave out DIR and --out")
        found = bundles.verify(archive)
        click.echo(as_json(found.as_json()) if json_ else "\n".join([*found.lines(), ""]), nl=False)
        if not found.accepted:
            sys.exit(UNEXPECTED)
        return
    made = bundles.make(ROOT, folder)
    target = out or Path(made.file_name)
    write(target, made.content)
    click.echo(as_json({"archive": str(target), **made.as_json()}) if json_ else made.line(str(target)), nl=not json_)


# ---------------------------------------------------------------------- derive


@app.command()
@click.argument("chapters", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if a note, or a figure of the sources, is stale.")
@click.option(
    "--notes", type=click.Path(path_type=Path), default=Path("notes"), show_default=True, help="Folder of notes."
)
@click.option("--trace", type=click.Path(path_type=Path), help="Only write the traces of all closed claims there.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes.  [default: one per core]")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def derive(
    chapters: tuple[str, ...], check: bool, notes: Path, trace: Path | None, jobs: int | None, json_: bool
) -> None:
    """Check every derivation and regenerate the notes and the figures of the sources (all chapters, or those named)."""
    if trace is not None:
        if chapters or check:
            raise InputError("--trace writes all traces and no note: leave out chapters and --check")
        with _workers("processes", jobs or os.cpu_count() or 1) as workers:
            _traces(trace, workers, json_)
        return
    from proofs.claims import CHAPTERS  # noqa: PLC0415 - keeps the other commands quick to start
    from verify.campaign.claims import UnprovedError, notes_on  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report.figures import of_the_sources  # noqa: PLC0415

    if not notes.is_dir():
        raise InputError(
            f"{notes}: no such folder; run from the repository, or name the folder of the notes with --notes"
        )
    at_once = min(jobs or os.cpu_count() or 1, len(chapters or CHAPTERS))
    try:
        with _workers("processes", at_once) as workers:
            names = notes_on(notes, chapters, check=check, executor=workers, told=_say_decided, figures=of_the_sources)
    except UnprovedError as error:
        click.echo(str(error), err=True)
        sys.exit(UNEXPECTED)
    done = "stale" if check else "written"
    if json_:
        click.echo(as_json({done: [str(notes / name) for name in names]}), nl=False)
    else:
        click.echo("\n".join(f"{notes / name}: {done}" for name in names) or "every note is up to date")
    if check and names:
        click.echo("run `mlnc derive` and commit the result", err=True)
        sys.exit(UNEXPECTED)


def _traces(folder: Path, workers: Executor | None, json_: bool) -> None:
    """Write what ``proofs/checker.py`` reads."""
    from verify.campaign.claims import traces_in  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

    names = traces_in(folder, workers)
    if json_:
        click.echo(as_json({"written": [str(folder / name) for name in names]}), nl=False)
    else:
        click.echo(f"{folder}: {len(names)} files; python -I -S proofs/checker.py {folder} checks them")


def _say_decided(chapter: str, claim: str, left: int) -> None:
    """A line per chapter on stderr; on a terminal the claim at hand too, until the next one."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[2K{chapter} {claim}, {left} left", nl=False, err=True)
    if not left:
        click.echo(f"\r\x1b[2K{chapter}: decided" if sys.stderr.isatty() else f"{chapter}: decided", err=True)
