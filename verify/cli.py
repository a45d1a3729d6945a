"""The command ``mlnc``. Results go to stdout, messages to stderr; bad input is one line and exit code 2."""

from __future__ import annotations

from verify import interrupts

# isort: split
import io
import multiprocessing
import os
import shutil
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from verify import readers
from verify.labels import InputError, LabelDistribution
from verify.weights import exact_weight

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[1]
"""Where the sources and the notes of this version are, unless it was installed without them."""

UNEXPECTED, BAD_INPUT, INTERRUPTED = 1, 2, 130

PROFILES = {"quick": (2_000, 8), "full": (20_000, 8), "nightly": (2_000_000, 8)}
"""Random distributions, and the largest K of the panel."""

TRIED_UNASKED = {"quick": "", "full": "*", "nightly": "*"}
"""The experiments that a profile runs unless told otherwise."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mlnc", message="mlnc %(version)s")
def app() -> None:
    """Verify what label imbalance does to the geometry of multi-label neural collapse.

    Exit codes: 0 all as expected; 1 something verified came out otherwise; 2 bad input; 130 interrupted.
    """


# ---------------------------------------------------------------------- verify


@app.command()
@click.option("--claims", default="*", show_default=True, help="Claim ids, comma separated, with wildcards: 'S*,U8'.")
@click.option("--list", "list_", is_flag=True, help="Name these claims with their answers, and run nothing.")
@click.option("--profile", type=click.Choice(list(PROFILES)), default="quick", show_default=True)
@click.option(
    "--data", multiple=True, type=click.Path(path_type=Path), help="Also check on this label file; repeatable."
)
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes.  [default: one per core]")
@click.option("--seed", type=int, default=0, show_default=True, help="Everything random derives from it.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the page, verdict.json and counterexamples.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was stopped.")
@click.option("--executor", default="processes", show_default=True, help="Or dask://HOST:PORT, more than one machine.")
@click.option(
    "--experiments",
    "trials",
    metavar="NAMES",
    help="Also run these, comma separated, with wildcards: 'kappa*'.  [default: none; with --profile full all]",
)
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
    json_: bool,
) -> None:
    """Gather all evidence for the claims and print one verdict per line; with --out, leave a page to read too.

    For labels of your own: mlnc verify --data LABELS.csv --out out
    """
    from verify import campaign, experiments  # noqa: PLC0415 - keeps the other commands quick to start
    from verify.claims import select  # noqa: PLC0415
    from verify.journal import Journal  # noqa: PLC0415
    from verify.report import as_json, verdicts  # noqa: PLC0415

    asked = select(part.strip() for part in claims.split(","))
    if list_:
        click.echo("\n".join(f"{claim.id:4} {claim.title:28} {claim.answer}" for claim in asked))
        return
    samples, panel = PROFILES[profile]
    plan = campaign.Plan(
        claims=tuple(claim.id for claim in asked),
        samples=samples,
        seed=seed,
        panel=panel,
        data=tuple((_spelt(path), _read((path,))) for path in data),
    )
    wanted = TRIED_UNASKED[profile] if trials is None else trials
    chosen = experiments.select(part.strip() for part in wanted.split(",") if part.strip())
    if resume and out is None:
        raise InputError("--resume needs the --out folder of the run to go on with")
    if out is not None:
        _require_writable(out)
    start = time.monotonic()
    try:
        with ExitStack() as stack:
            journal = None
            if out is not None:
                journal = stack.enter_context(Journal(out / "journal.jsonl", campaign.fingerprint(plan), resume=resume))
            progress = stack.enter_context(_progress())
            workers = stack.enter_context(_workers(executor, jobs or os.cpu_count() or 1))
            evidence = campaign.run(plan, workers, journal, progress)
            tables = experiments.run(chosen, seed, plan.data, workers, journal, progress) if chosen else {}
    except KeyboardInterrupt:
        how = "nothing is kept without --out" if out is None else "the same command with --resume goes on"
        click.echo(f"mlnc: interrupted; {how}", err=True)
        sys.exit(INTERRUPTED)
    document = as_json(verdicts.verdict_json(plan, evidence))
    if json_:
        click.echo(document, nl=False)
    else:
        click.echo("\n".join(verdicts.verdict_lines(evidence, time.monotonic() - start)))
        for name, table in tables.items():
            click.echo(f"{name}: {experiments.EXPERIMENTS[name].words(table)}")
    if out is not None:
        _write(out / "verdict.json", document)
        _write_counterexamples(out, evidence)
        _write_tables(out, tables)
        click.echo(_page_beside(out), err=True)
    if not all(found.as_expected for found in evidence):
        sys.exit(UNEXPECTED)


def _page_beside(out: Path) -> str:
    """Write the page on the verdicts of a folder, and say where it is; without one, none of an earlier run stays."""
    try:
        page = _write_page(out, ROOT / "notes")
    except InputError as error:
        (out / "report.html").unlink(missing_ok=True)
        return f"no page: {error}"
    own = f"mlnc spectrum LABELS.csv, or mlnc verify --data LABELS.csv --out {out}"
    return f"page: {page}\nfor labels of your own: {own}"


def _write_tables(out: Path, tables: Mapping[str, Any]) -> None:
    """Every experiment's table, from which `mlnc report` draws it."""
    if tables:
        _require_writable(out / "experiments")
    for name, table in tables.items():
        _write(out / "experiments" / f"{name}.json", table.dumps())


def _write_counterexamples(out: Path, evidence: Any) -> None:
    """For every claim that failed and should not have, one counterexample, made small."""
    from verify.campaign import counterexample  # noqa: PLC0415
    from verify.counterexamples import minimised  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

    for found in (found for found in evidence if not found.as_expected):
        for failure in [f for tally in found.tallies.values() for f in tally.failures][:1]:
            target = out / f"{found.claim}.counterexample.json"
            _write(target, as_json(minimised(counterexample(found.claim, failure)).as_json()))
            click.echo(f"{found.claim}: smallest counterexample found: {target}; run it with `mlnc replay`", err=True)


@app.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def replay(files: tuple[Path, ...], json_: bool) -> None:
    """Decide counterexamples again: files that `mlnc verify --out` left, or stored ones.

    Exit code 1 if one refutes a claim that the catalogue calls true, or no longer refutes what it is stored for.
    """
    from verify.counterexamples import load  # noqa: PLC0415
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
            click.echo(f"{_spelt(path)}: {words}" + (f": {finding.note}" if finding.note else ""))
    if not all(as_expected):
        sys.exit(UNEXPECTED)


@contextmanager
def _workers(executor: str, jobs: int) -> Iterator[Executor | None]:
    """Where the work is done: this process for one job, several, or a Dask cluster."""
    if executor == "processes":
        if jobs == 1:
            yield None
            return
        from verify.campaign import processes  # noqa: PLC0415

        with processes(jobs) as pool:
            try:
                yield pool
            except BaseException:
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
@click.option(
    "--notes",
    type=click.Path(path_type=Path),
    default=ROOT / "notes",
    help="Folder of notes.  [default: this version's]",
)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def report(folder: Path, notes: Path, json_: bool) -> None:
    """Write the page of `mlnc verify --out DIR` again: one self-contained HTML file, DIR/report.html."""
    from verify.report import as_json  # noqa: PLC0415

    target = _write_page(folder, notes)
    click.echo(as_json({"page": str(target)}) if json_ else target, nl=not json_)


def _write_page(folder: Path, notes: Path) -> Path:
    try:
        from verify.report.page import page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(f"the page needs {error.name}: install mlnc with the extra `report`") from None
    target = folder / "report.html"
    _write(target, page(folder, notes, PROFILES))
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
    from verify import bundle as bundles  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415

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
    _write(target, made.content)
    click.echo(as_json({"archive": str(target), **made.as_json()}) if json_ else made.line(str(target)), nl=not json_)


# ---------------------------------------------------------------------- derive


@app.command()
@click.argument("chapters", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if a note is stale.")
@click.option(
    "--notes", type=click.Path(path_type=Path), default=Path("notes"), show_default=True, help="Folder of notes."
)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def derive(chapters: tuple[str, ...], check: bool, notes: Path, json_: bool) -> None:
    """Check every derivation and regenerate the notes (all chapters, or those named)."""
    from verify.claims import UnprovedError, notes_on  # noqa: PLC0415 - SymPy is slow to import
    from verify.report import as_json  # noqa: PLC0415

    if not notes.is_dir():
        raise InputError(
            f"{notes}: no such folder; run from the repository, or name the folder of the notes with --notes"
        )
    try:
        names = notes_on(notes, chapters, check=check)
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


# ---------------------------------------------------------------------- spectrum


class _LabelColumns(click.ParamType[Any]):
    """What says which columns are labels, see :data:`readers.Labels`."""

    name = "labels"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        if not isinstance(value, str) or Path(value).is_file():
            return value
        with suppress(ValueError):
            return int(value)
        return tuple(name.strip() for name in value.split(","))


def _label_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to read label files that do not say it themselves."""
    about = (
        "Which columns are labels: names with commas between, how many (the first; the last if negative), or an XML."
    )
    named = click.option("--labels", "columns", type=_LabelColumns(), metavar="NAMES|N|XML", help=about)
    formats = click.Choice(get_args(readers.Format))
    return named(
        click.option("--format", "format_", type=formats, help="[default: by the file's name or content]")(command)
    )


def _files(context: click.Context, param: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:  # noqa: ARG001
    if not files:
        raise InputError(f"no label file is named: mlnc {context.info_name} LABELS.csv (FILES; see --help for formats)")
    return files


_label_files = click.argument("files", nargs=-1, metavar="FILES...", type=click.Path(path_type=Path), callback=_files)


@app.command()
@_label_files
@click.option(
    "--digits", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Significant digits of kappa."
)
@click.option("--exact/--float", default=None, help="Exact algebra or float64.  [default: exact up to 300 labels]")
@click.option("--bounds", is_flag=True, help="Show the lower bounds on kappa_m too.")
@_label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON, with rational enclosures.")
def spectrum(
    files: tuple[Path, ...], digits: int, exact: bool | None, bounds: bool, columns: Any, format_: Any, json_: bool
) -> None:
    """Does tag-wise averaging hold for these labels? And their label covariance spectrum.

    FILES are label files, counted together: ARFF (Mulan, MEKA), LIBSVM, CSV, NPY, NPZ or JSON.
    """
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import spectrum as words  # noqa: PLC0415
    from verify.spectrum import LabelSpectrum  # noqa: PLC0415

    with _by_option():
        found = LabelSpectrum(_read(files, columns, format_))
    exactly = found.K <= words.MOST_EXACT_LABELS if exact is None else exact
    if json_:
        click.echo(as_json(words.spectrum_json(found, digits, exactly)), nl=False)
    else:
        name = " + ".join(_spelt(Path(path.name)) for path in files)
        _say(words.spectrum_lines(name, found, digits, exactly, bounds))


@contextmanager
def _by_option() -> Iterator[None]:
    """Readers speak of their arguments; on the command line these are options."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace("labels=", "--labels").replace("format=", "--format")) from None


def _read(files: tuple[Path, ...], columns: Any = None, format_: Any = None) -> LabelDistribution:
    pi = readers.read(files, labels=columns, format=format_)
    try:
        pi.proper  # noqa: B018 - refuses data without any contrast, before anything is printed
    except InputError as error:
        raise InputError(f"{', '.join(map(str, files))}: {error}") from None
    return pi


# ---------------------------------------------------------------------- solve and check


class _Positive(click.ParamType[Fraction]):
    """A positive rational number, read exactly: 1e-3, 0.001 and 1/1000 are the same."""

    name = "rational"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:  # noqa: ARG002
        option = param.opts[-1] if param else "the value"
        try:
            return Fraction(exact_weight(value, option))
        except InputError:
            raise InputError(f"{option} is {value!r}: give a number greater than 0, such as 1e-3 or 1/1000") from None


@app.command()
@_label_files
@click.option("--loss", type=click.Choice(["pal", "bce", "mse"]), default="pal", show_default=True)
@click.option("--bias", type=click.Choice(["zero", "free"]), default="zero", show_default=True)
@click.option("--lam", type=_Positive(), required=True, help="lambda = lambda_W lambda_H; exact: 1e-3 is 1/1000.")
@click.option(
    "--lambda-h", type=_Positive(), default="1", show_default=True, help="lambda_H; only sets the scale of norms."
)
@click.option(
    "--digits", type=click.IntRange(1, 500), help="Certified digits of the geometry.  [default: what float64 gives]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for certificate and arrays.  [default: .]"
)
@_label_options
@click.option("--json", "json_", is_flag=True, help="Print the geometry as JSON, with rational enclosures.")
def solve(  # noqa: PLR0913, PLR0917 - one parameter per option
    files: tuple[Path, ...],
    loss: str,
    bias: Any,
    lam: Fraction,
    lambda_h: Fraction,
    digits: int | None,
    out: Path,
    columns: Any,
    format_: Any,
    json_: bool,
) -> None:
    """The global optimum of the feature model on a label file, with a certificate that `mlnc check` verifies."""
    from verify import certificate as certificates  # noqa: PLC0415
    from verify import checker, solver  # noqa: PLC0415
    from verify.certify import certify  # noqa: PLC0415
    from verify.refine import refine  # noqa: PLC0415
    from verify.report import as_json, geometry  # noqa: PLC0415

    with _by_option():
        pi = readers.read(files, labels=columns, format=format_)
    with _folder(out):
        with _solvable(lam, lambda_h), _reporting("solve") as progress:
            solution = solver.solve(pi, loss, lam / lambda_h, lambda_h, bias, progress=progress)
            if digits is not None:
                solution = refine(solution, 2 * digits + 4, progress)  # the gap is of second order in the geometry
            seen = solution.model.distribution
            certificate = certify(solution, None if len(seen.masks) * seen.K <= MOST_CLAIMED else ("R", "G"))
            verdict = checker.check(certificate)
        if not verdict.accepted:
            click.echo(f"mlnc: the certificate does not pass the kernel: {verdict.reason}", err=True)
            sys.exit(UNEXPECTED)
        stem = out / f"{files[0].stem}.{loss}.{bias}.{_short(lam)}"
        written = [stem.with_name(f"{stem.name}.{ending}") for ending in ("certificate.json", "geometry.npz")]
        if json_:
            text = as_json(geometry.geometry_json(solution, certificate, verdict)).rstrip("\n").split("\n")
        else:
            name = " + ".join(_spelt(Path(path.name)) for path in files)
            text = geometry.geometry_lines(name, solution, certificate, verdict, digits or 8)
        _write(written[0], certificates.dumps(certificate).decode("ascii"))
        _write_arrays(written[1], solution)
    if json_:
        click.echo("\n".join(text))
    else:
        _say(text)
    click.echo(f"written: {', '.join(map(_spelt, written))}", err=True)


@contextmanager
def _solvable(lam: Fraction, lambda_h: Fraction) -> Iterator[None]:
    """Penalties beyond float64, or beyond what the data lets it solve, are the user's to change."""
    from numpy.linalg import LinAlgError  # noqa: PLC0415

    size = "small" if lam < 1 else "large"
    advice = "for lambda -> 0 see `mlnc spectrum`" if lam < 1 else "there everything has collapsed to 0"
    refusal = InputError(f"--lam {_short(lam)} is too {size} for this data; {advice}")
    if not all(LEAST < x < 1 / LEAST for x in (lam, lambda_h, lam / lambda_h)):
        raise refusal
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    except (ArithmeticError, LinAlgError):
        raise refusal from None


LEAST = Fraction(1, 10**60)
"""Penalties further from 1 than this leave float64 no room for their squares and products."""


def _short(x: Fraction) -> str:
    """A penalty in a file name, to 17 digits.

    Example:
        >>> [_short(Fraction(x)) for x in ("1/1000", "0.025", "3/7", "10")]
        ['1e-3', '2.5e-2', '4.2857142857142857e-1', '1e1']
    """
    value = Context(prec=17).divide(Decimal(x.numerator), Decimal(x.denominator))
    return f"{value.normalize():e}".replace("e+", "e")


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """A folder that can be written, and that is not left behind if nothing came of it."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    _require_writable(folder)
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):  # something else is in it by now
                path.rmdir()
        raise


MOST_CLAIMED = 20_000
"""Beyond this many logits a certificate claims the Gram matrix and R only; the kernel derives the rest from the gap."""


def _write_arrays(path: Path, solution: Any) -> None:
    """The geometry in float64, for numeric work; the certificate has the proven digits."""
    import numpy as np  # noqa: PLC0415

    pi = solution.model.distribution
    buffer = io.BytesIO()
    arrays = {"W": solution.W, "H": solution.H, "b": solution.b, "r": solution.r, "G": solution.G}
    np.savez_compressed(buffer, **arrays, Y=pi.indicator, pi=pi.probabilities, labels=np.array(pi.labels))
    _write(path, buffer.getvalue())


@app.command()
@click.argument("features", metavar="FEATURES.npz", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--loss", type=click.Choice(["pal", "bce", "mse"]), default="pal", show_default=True)
@click.option("--lam", type=_Positive(), help="lambda = lambda_W lambda_H.  [default: estimated from W and H]")
@click.option("--lambda-h", type=_Positive(), help="lambda_H; only sets the scale of norms.  [default: estimated]")
@click.option("--bias", type=click.Choice(["zero", "free"]), help="[default: free if the model has a bias]")
@_label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def measure(  # noqa: PLR0913, PLR0917 - one parameter per option
    features: Path,
    labels: Path,
    loss: str,
    lam: Fraction | None,
    lambda_h: Fraction | None,
    bias: Any,
    columns: Any,
    format_: Any,
    json_: bool,
) -> None:
    """How far a trained model has collapsed, and how far it is from the optimum on its labels.

    FEATURES.npz holds H, the features before the last layer (samples x d), and, if known, the last layer itself: W
    (labels x d) and b (labels). LABELS is a label file of the same samples, in the same order. For features and labels
    of training samples; penalties are those of F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2.
    """
    from verify import measure as measuring  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import measure as words  # noqa: PLC0415

    with _by_option():
        layer = measuring.read_last_layer(features, labels, loss, columns, format_)
    with readers.blaming(features), _reporting("measure") as progress:
        found = measuring.measure(layer, lam, lambda_h, bias, progress)
    if json_:
        click.echo(as_json(words.measurement_json(found)), nl=False)
    else:
        _say(words.measurement_lines(_spelt(Path(features.name)), found))
    if not found.prediction.accepted:
        sys.exit(UNEXPECTED)


@app.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--arithmetic", type=click.Choice(["arb", "iv", "both"]), default="both", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the verdict as JSON.")
def check(file: Path, arithmetic: str, json_: bool) -> None:
    """Run the trusted kernel alone on a certificate."""
    from verify import certificate as certificates  # noqa: PLC0415
    from verify import checker  # noqa: PLC0415
    from verify.report import as_json, geometry  # noqa: PLC0415

    if not file.is_file():
        raise InputError(f"{file}: no such file; name a certificate that `mlnc solve` wrote")
    try:
        certificate = certificates.load(file)
    except InputError as error:
        raise InputError(f"{error}; name a certificate that `mlnc solve` wrote") from None
    chosen = ("arb", "iv") if arithmetic == "both" else (arithmetic,)
    verdicts = [(name, checker.check(certificate, name)) for name in chosen]
    if json_:
        click.echo(as_json(geometry.verdict_json(verdicts)), nl=False)
    else:
        _say(geometry.verdict_lines(_spelt(file), verdicts))
    if not all(verdict.accepted for _, verdict in verdicts):
        sys.exit(UNEXPECTED)


# ---------------------------------------------------------------------- around the commands


def _say(lines: Iterable[str]) -> None:
    """Print; on a terminal, sentences are wrapped to its width. In a pipe a line stays one, for `grep` and `diff`."""
    if sys.stdout.isatty():
        lines = _wrapped(lines, shutil.get_terminal_size().columns)
    click.echo("\n".join(lines))


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """Sentences at a width; rows of a table, which have two blanks in a row, as they are.

    Example:
        >>> list(_wrapped(["  one two three", "a   table stays", ""], 10))
        ['  one two', '  three', 'a   table stays', '']
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
def _reporting(what: str) -> Iterator[Callable[[int, float], None]]:
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


def _spelt(path: Path) -> str:
    """A file name for people: one printable line, whatever bytes it holds."""
    return "".join(c if c.isprintable() else "?" for c in click.format_filename(path))


def _require_writable(folder: Path) -> None:
    """Make the folder, and see that a file can be written there before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name a folder that can be written with --out") from None


def _write(path: Path, content: str | bytes) -> None:
    """Write beside the target and rename over it: nothing is ever half-written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
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
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"the output cannot be written: {error.strerror}")


def _fail(message: str) -> None:
    click.echo("mlnc: " + " ".join(message.split()), err=True)
    sys.exit(BAD_INPUT)


interrupts.raised()

if __name__ == "__main__":
    main()
