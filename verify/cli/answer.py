"""What people run on labels and models of their own: spectrum, solve, check, measure."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

import mlnc
from mlnc.arguments import spelt
from mlnc.results import require_writable
from verify.cli.app import UNEXPECTED, app
from verify.cli.around import label_options, patiently, reporting, said
from verify.labels.errors import InputError, UncertifiedError
from verify.model.losses import LOSSES

# ---------------------------------------------------------------------- spectrum


def _files(context: click.Context, param: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:  # noqa: ARG001
    if not files:
        raise InputError(f"no label file is named: mlnc {context.info_name} LABELS.csv (FILES; see --help for formats)")
    return files


def weight_options(command: Any) -> Any:
    """Weights in the loss."""
    for name, words in (
        ("--set-weights", "Of label sets in the loss: car+boat=2, or FILE.json."),
        ("--label-weights", "Of labels in the loss, likewise."),
        ("--pos-weight", "Of positive answers, as in PyTorch: 3, car=3,boat=1/2, FILE.json or balanced."),
    ):
        command = click.option(name, metavar="WEIGHTS", help=words)(command)
    return command


label_files = click.argument("files", nargs=-1, metavar="FILES...", type=click.Path(path_type=Path), callback=_files)


@app.command()
@label_files
@click.option(
    "--digits", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Significant digits of kappa."
)
@click.option("--exact/--float", default=None, help="Exact algebra or float64.  [default: exact up to 300 labels]")
@click.option("--bounds", is_flag=True, help="Show the lower bounds on kappa_m too.")
@click.option(
    "--lam",
    metavar="RATIONAL,...",
    help="lambda = lambda_W lambda_H, see below, at which the rules are tried.  [default: 1e-1 to 1e-6, if quick]",
)
@click.option("--loss", type=click.Choice(list(LOSSES)), help="Tell of this one only.  [default: all]")
@click.option("--smoothing", default="0", metavar="RATIONAL", help="Of labels, for pal and bce.")
@click.option(
    "--bias",
    metavar="none|free|RATIONAL",
    help="Tell of this one only; a number is lambda_b.  [default: none and free]",
)
@weight_options
@click.option("--plot", type=click.Path(path_type=Path), help="Draw how far the rules are off, as SVG.")
@label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON, with rational enclosures.")
def spectrum(files: tuple[Path, ...], plot: Path | None, columns: Any, format_: Any, json_: bool, **given: Any) -> None:
    """Does tag-wise averaging hold for these labels? And their label covariance spectrum.

    FILES are label files, counted together: ARFF (Mulan, MEKA), LIBSVM, CSV, NPY, NPZ or JSON.

    lambda = lambda_W lambda_H of F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2, means over samples, the loss
    of a sample summed over labels. Most training code averages otherwise: notes/your_lambda.md says what a weight decay
    is then.
    """
    if plot is not None:
        require_writable(plot.parent, " with --plot")
    with patiently() as progress:
        found = mlnc.spectrum(files, labels=columns, format=format_, progress=progress, **given)
        text = said(found, json_)
    if plot is not None:
        click.echo(f"written: {spelt(found.plot(plot))}", err=True)
    click.echo(text, nl=False)


# ---------------------------------------------------------------------- solve and check


def _needed(_: click.Context, __: click.Parameter, value: str | None) -> str:
    if value is None:
        raise InputError("the penalty is missing: give it, such as --lam 1e-3 (notes/your_lambda.md says what it is)")
    return value


loss_option = click.option("--loss", type=click.Choice(list(LOSSES)), default="pal", show_default=True)


@app.command()
@label_files
@loss_option
@click.option(
    "--bias", default="none", show_default=True, metavar="none|free|RATIONAL", help="A number is the penalty lambda_b."
)
@click.option("--smoothing", default="0", show_default=True, metavar="RATIONAL", help="Of labels: for pal and bce.")
@weight_options
@click.option(
    "--lam",
    metavar="RATIONAL",
    callback=_needed,
    help="lambda = lambda_W lambda_H of F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2; exact: 1e-3 is "
    "1/1000.  [required]",
)
@click.option(
    "--lambda-h", metavar="RATIONAL", default="1", show_default=True, help="lambda_H; only sets the scale of norms."
)
@click.option(
    "--digits", type=click.IntRange(1, 500), help="Certified digits of the geometry.  [default: what float64 gives]"
)
@click.option("--width", type=click.IntRange(1), metavar="d", help="Tell of a model with d features, too.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for certificate and arrays.  [default: .]"
)
@label_options
@click.option("--json", "json_", is_flag=True, help="Print the geometry as JSON, with rational enclosures.")
def solve(files: tuple[Path, ...], lam: str, out: Path, columns: Any, format_: Any, json_: bool, **given: Any) -> None:
    """The global optimum of the feature model on a label file, with a certificate that `mlnc check` verifies."""
    try:
        with _folder(out), reporting("solve") as progress:
            found = mlnc.solve(files, lam, labels=columns, format=format_, progress=progress, **given)
            text = said(found, json_)
            written = found.save(out)
    except UncertifiedError as error:
        click.echo(f"mlnc: {error}", err=True)
        sys.exit(UNEXPECTED)
    click.echo(text, nl=False)
    click.echo(f"written: {', '.join(map(spelt, written))}", err=True)


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """A folder that can be written, and that is not left behind if nothing came of it."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    require_writable(folder, " with --out")
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):  # something else is in it by now
                path.rmdir()
        raise


@app.command()
@click.argument("features", metavar="FEATURES.npz", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--loss", type=click.Choice(list(LOSSES)), help="[default: the one that explains W and H best]")
@click.option("--lam", metavar="RATIONAL", help="lambda = lambda_W lambda_H.  [default: estimated from W and H]")
@click.option("--lambda-h", metavar="RATIONAL", help="lambda_H; only sets the scale of norms.  [default: estimated]")
@click.option(
    "--bias", metavar="none|free|fitted|RATIONAL", help="A number is lambda_b.  [default: what explains b best]"
)
@click.option("--smoothing", default="0", show_default=True, metavar="RATIONAL", help="Of labels, in training.")
@weight_options
@label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def measure(features: Path, labels: Path, columns: Any, format_: Any, json_: bool, **given: Any) -> None:
    """What explains a trained model, how far it has collapsed, and how far it is from the optimum on its labels.

    FEATURES.npz (or .safetensors, or .npy for H alone) holds H, the features before the last layer (samples x d), and,
    if known, the last layer itself: W (labels x d), b (labels) and the names of their rows, labels. LABELS is a label
    file of the same samples, in the same order. For features and labels of training samples; penalties are those of
    F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2.
    """
    with reporting("measure") as progress:
        found = mlnc.measure(features, labels, labels=columns, format=format_, progress=progress, **given)
    click.echo(said(found, json_), nl=False)
    if not found.accepted:
        sys.exit(UNEXPECTED)


@app.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(1), default=1, show_default=True, help="Times the usual size and work.")
@click.option("--arithmetic", type=click.Choice(["arb"]), default="arb", hidden=True)  # there were two
@click.option("--json", "json_", is_flag=True, help="Print the verdict as JSON.")
def check(file: Path, limit: int, arithmetic: str, json_: bool) -> None:  # noqa: ARG001 - the only one there is
    """Run the trusted kernel alone on a certificate."""
    found = mlnc.check(file, limit=limit)
    click.echo(said(found, json_), nl=False)
    if not found.accepted:
        sys.exit(UNEXPECTED)
