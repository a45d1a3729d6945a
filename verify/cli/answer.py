"""What people run on labels and models of their own: spectrum, solve, check, measure."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from verify.cli.app import UNEXPECTED, app
from verify.cli.around import by_option, label_options, read, reporting, require_writable, say, spelt, write
from verify.labels import readers
from verify.labels.distribution import InputError
from verify.labels.weights import exact_weight

__all__ = ["check", "measure", "solve", "spectrum"]


# ---------------------------------------------------------------------- spectrum


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
@label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON, with rational enclosures.")
def spectrum(
    files: tuple[Path, ...], digits: int, exact: bool | None, bounds: bool, columns: Any, format_: Any, json_: bool
) -> None:
    """Does tag-wise averaging hold for these labels? And their label covariance spectrum.

    FILES are label files, counted together: ARFF (Mulan, MEKA), LIBSVM, CSV, NPY, NPZ or JSON.
    """
    from verify.geometry.spectrum import LabelSpectrum  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import spectrum_text as words  # noqa: PLC0415

    found = LabelSpectrum(read(files, columns, format_))
    exactly = found.K <= words.MOST_EXACT_LABELS if exact is None else exact
    if json_:
        click.echo(as_json(words.spectrum_json(found, digits, exactly)), nl=False)
    else:
        name = " + ".join(spelt(Path(path.name)) for path in files)
        say(words.spectrum_lines(name, found, digits, exactly, bounds))


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
@label_options
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
    from verify.certificate import checker  # noqa: PLC0415
    from verify.certificate import format as certificates  # noqa: PLC0415
    from verify.model import solver  # noqa: PLC0415
    from verify.model.certify import certify  # noqa: PLC0415
    from verify.model.refine import refine  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import geometry_text as geometry  # noqa: PLC0415

    with by_option():
        pi = readers.read(files, labels=columns, format=format_)
    with _folder(out):
        with _solvable(lam, lambda_h), reporting("solve") as progress:
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
            name = " + ".join(spelt(Path(path.name)) for path in files)
            text = geometry.geometry_lines(name, solution, certificate, verdict, digits or 8)
        write(written[0], certificates.dumps(certificate).decode("ascii"))
        _write_arrays(written[1], solution)
    if json_:
        click.echo("\n".join(text))
    else:
        say(text)
    click.echo(f"written: {', '.join(map(spelt, written))}", err=True)


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
    require_writable(folder)
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
    write(path, buffer.getvalue())


@app.command()
@click.argument("features", metavar="FEATURES.npz", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--loss", type=click.Choice(["pal", "bce", "mse"]), default="pal", show_default=True)
@click.option("--lam", type=_Positive(), help="lambda = lambda_W lambda_H.  [default: estimated from W and H]")
@click.option("--lambda-h", type=_Positive(), help="lambda_H; only sets the scale of norms.  [default: estimated]")
@click.option("--bias", type=click.Choice(["zero", "free"]), help="[default: free if the model has a bias]")
@label_options
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
    from verify.geometry import measure as measuring  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import measure_text as words  # noqa: PLC0415

    with by_option():
        layer = measuring.read_last_layer(features, labels, loss, columns, format_)
    with readers.blaming(features), reporting("measure") as progress:
        found = measuring.measure(layer, lam, lambda_h, bias, progress)
    if json_:
        click.echo(as_json(words.measurement_json(found)), nl=False)
    else:
        say(words.measurement_lines(spelt(Path(features.name)), found))
    if not found.prediction.accepted:
        sys.exit(UNEXPECTED)


@app.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--arithmetic", type=click.Choice(["arb", "iv", "both"]), default="both", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the verdict as JSON.")
def check(file: Path, arithmetic: str, json_: bool) -> None:
    """Run the trusted kernel alone on a certificate."""
    from verify.certificate import checker  # noqa: PLC0415
    from verify.certificate import format as certificates  # noqa: PLC0415
    from verify.report import as_json  # noqa: PLC0415
    from verify.report import geometry_text as geometry  # noqa: PLC0415

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
        say(geometry.verdict_lines(spelt(file), verdicts))
    if not all(verdict.accepted for _, verdict in verdicts):
        sys.exit(UNEXPECTED)
