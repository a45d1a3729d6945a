"""What people ask of models: ``solve``, ``check``, ``measure``."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from mlnc.arguments import (
    Source,
    decimal,
    is_path,
    losses_chosen,
    name_of,
    penalty,
    read,
    read_in_order,
    require_digits,
    spelt,
    stem_of,
)
from mlnc.results import Result, require_writable, write
from mlnc.weighting import Weighing, losses_weighted, weighted
from verify.certificate import format as certificates
from verify.certificate import kernel
from verify.certificate.format import Certificate
from verify.certificate.kernel import Verdict
from verify.geometry import measure as measuring
from verify.geometry.explain import Explanation, explanations
from verify.geometry.measure import LastLayer, Measurement
from verify.labels.distribution import InputError
from verify.labels.errors import UncertifiedError, show
from verify.labels.readers import (
    FilePath,
    Format,
    LabelRows,
    Labels,
    Stated,
    Trained,
    blaming,
    read_trained,
    trained_in_memory,
    trained_of,
)
from verify.labels.weights import Weight
from verify.model import solver
from verify.model.certify import certify
from verify.model.feature_model import BIAS_WORDS, bias_named
from verify.model.losses import Loss
from verify.model.program import Progress
from verify.model.refine import RefinementError, refine
from verify.model.solution import Solution
from verify.report import verdict as judging
from verify.report.geometry_text import geometry_json, geometry_lines, verdict_json, verdict_lines
from verify.report.measure_text import measurement_json, measurement_lines
from verify.report.width_text import width_json, width_lines

__all__ = ["CheckResult", "MeasureResult", "SolveResult", "check", "measure", "solve"]

# ---------------------------------------------------------------------- solve


@dataclass(frozen=True, repr=False, eq=False)
class SolveResult(Result):
    """The global optimum of the feature model, with an accepted certificate.

    Attributes:
        name, stem: of the labels, and of the files that :meth:`save` writes.
        solution: float64 arrays ``W`` (K, rank), ``H`` (label sets, rank), ``b``, ``r``, ``G``, and ``value`` in nats.
        certificate: what is proved of the optimum.
        verdict: the trusted kernel's.
        digits: that are shown.
        width: a number of features to tell of too.
    """

    name: str
    stem: str
    solution: Solution
    certificate: Certificate
    verdict: Verdict
    digits: int
    width: int | None = None

    def lines(self) -> list[str]:
        """The geometry in words and tables, with the digits that are certified."""
        lines = geometry_lines(self.name, self.solution, self.certificate, self.verdict, self.digits)
        return lines + (width_lines(self.solution, self.verdict, self.width) if self.width else [])

    def as_json(self) -> dict[str, Any]:
        """The geometry with rational enclosures."""
        found = geometry_json(self.solution, self.certificate, self.verdict)
        told = {"width": width_json(self.solution, self.verdict, self.width)} if self.width else {}
        return found | told

    def save(self, folder: FilePath) -> tuple[Path, Path]:
        """Write the certificate (for ``mlnc check``) and the arrays, whole or not at all; their paths.

        Raises:
            InputError: the folder cannot be written.
        """
        require_writable(Path(folder))
        model = self.solution.model
        loss = model.loss.name + (f"-{_short(model.loss.smoothing)}" if model.loss.smoothing else "")
        loss += f"-weighted-{model.loss.weights.digest}" if model.loss.weights else ""
        bias = _short(model.bias) if isinstance(model.bias, Fraction) else BIAS_WORDS[model.bias]
        stem = f"{self.stem}.{loss}.{bias}.{_short(model.lam)}"
        paths = (Path(folder, f"{stem}.certificate.json"), Path(folder, f"{stem}.geometry.npz"))
        write(paths[0], certificates.dumps(self.certificate))
        write(paths[1], self._arrays())
        return paths

    def _arrays(self) -> bytes:
        """The geometry in float64, for numeric work; the certificate has the proven digits."""
        solution, buffer = self.solution, io.BytesIO()
        pi = solution.model.distribution
        arrays = {name: getattr(solution, name) for name in ("W", "H", "b", "r", "G")}
        np.savez_compressed(buffer, **arrays, Y=pi.indicator, pi=pi.probabilities, labels=np.array(pi.labels))
        return buffer.getvalue()


MOST_CLAIMED = 20_000
"""Beyond this many logits a certificate claims the Gram matrix and R only; the kernel derives the rest from the gap."""


def solve(  # noqa: PLR0913 - one parameter per option
    source: Source,
    lam: Weight,
    *,
    loss: str = "pal",
    bias: Weight = "none",
    smoothing: Weight = 0,
    pos_weight: Weighing = None,
    label_weights: Weighing = None,
    set_weights: Weighing = None,
    lambda_h: Weight = 1,
    digits: int | None = None,
    width: int | None = None,
    labels: Labels = None,
    format: Format | None = None,
    progress: Progress | None = None,
    **layout: Unpack[Stated],
) -> SolveResult:
    """The global optimum of the unconstrained feature model on some labels, solved, certified and checked.

    Args:
        source: the labels, see :func:`mlnc.read`, with ``labels``, ``format`` and ``layout``.
        lam: lambda = lambda_W lambda_H, exact: ``"1/1000"``, ``"1e-3"`` and ``1e-3`` are the same.
        loss: ``"pal"``, ``"bce"`` or ``"mse"``.
        bias: ``"none"``, ``"free"``, or the penalty lambda_b of a bias that decays, exact like ``lam``.
        smoothing: label smoothing, for ``"pal"`` and ``"bce"``: less than 1, exact like ``lam``.
        pos_weight: weights of positive answers, as in PyTorch's ``BCEWithLogitsLoss``: one number, numbers by label
            (``{"car": 3}`` or ``"car=3"``), the path of a JSON file of them, or ``"balanced"``, how often a label is
            absent over how often it is present; not for ``"pal"``.
        label_weights: weights of labels, the ``weight`` of PyTorch's losses, given likewise.
        set_weights: weights of whole label sets in the loss, ``{"car+boat": 2}``; those that are not named have 1.
        lambda_h: the share of the features; it only sets the scale of norms.
        digits: certified digits of the geometry, 1 to 500; by default what float64 gives.
        width: a number of features: whether the optimum is that of a model with so many, or what such a model loses.
        progress: called after every step with its number and the relative gap reached.

    Raises:
        InputError: labels that cannot be read, an argument out of range, weights of labels that are not there, a
            penalty too small or too large for this data, a free bias where a label never (BCE: or always) occurs.
        UncertifiedError: the trusted kernel does not accept the certificate.

    Example:
        >>> best = solve([[1, 0, 0], [0, 1, 0], [1, 1, 0]], lam="1/100")
        >>> best.solution.W.shape, round(best.solution.value, 6), best.verdict.accepted
        ((3, 2), 0.875032, True)
    """
    exact, split = penalty("lam", lam), penalty("lambda_h", lambda_h)
    if digits is not None:
        require_digits(digits, 500)
    if width is not None and width < 1:
        raise InputError(f"width= is {width}: give a number of features, at least 1")
    (smoothed,), penalised = losses_chosen(loss, smoothing), bias_named(decimal(bias))
    pi = read(source, labels=labels, format=format, **layout)
    smoothed = weighted(smoothed, pi, pos_weight, label_weights, set_weights)
    with _solvable(exact, split):
        solution = solver.solve(pi, smoothed, exact / split, split, penalised, progress=progress)
        if digits is not None:
            solution = _refined(solution, digits, progress)
        certificate, verdict = _certified(solution)
    return SolveResult(name_of(source), stem_of(source), solution, certificate, verdict, digits or 8, width)


def _refined(solution: Solution, digits: int, progress: Progress | None) -> Solution:
    try:
        return refine(solution, 2 * digits + 4, progress)  # the gap is of second order in the geometry
    except RefinementError as why:
        raise InputError(f"digits={digits} were not found here ({why}): leave them out for those of float64") from None


def _certified(solution: Solution) -> tuple[Certificate, Verdict]:
    seen = solution.model.distribution
    certificate = certify(solution, None if len(seen.masks) * seen.K <= MOST_CLAIMED else ("R", "G"))
    verdict = kernel.check(certificate)
    if not verdict.accepted:
        raise UncertifiedError(f"the certificate does not pass the kernel: {verdict.reason}")
    return certificate, verdict


@contextmanager
def _solvable(lam: Fraction, lambda_h: Fraction) -> Iterator[None]:
    """Penalties beyond float64, or beyond what the data lets it solve, are the user's to change."""
    size = "small" if lam < 1 else "large"
    advice = "for lambda -> 0 see `mlnc spectrum`" if lam < 1 else "there everything has collapsed to 0"
    refusal = InputError(f"lam={_short(lam)} is too {size} for this data; {advice}")
    if not all(LEAST < x < 1 / LEAST for x in (lam, lambda_h, lam / lambda_h)):
        raise refusal
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    except (ArithmeticError, np.linalg.LinAlgError):
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


# ---------------------------------------------------------------------- check


@dataclass(frozen=True, repr=False, eq=False)
class CheckResult(Result):
    """What the trusted kernel says of a certificate: a verdict, by the name of the ball arithmetic it used."""

    name: str
    verdicts: tuple[tuple[str, Verdict], ...]

    @property
    def accepted(self) -> bool:
        """Whether it is accepted."""
        return all(verdict.accepted for _, verdict in self.verdicts)

    def lines(self) -> list[str]:
        """What is proved, or why it is rejected."""
        return verdict_lines(self.name, self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """The verdicts by arithmetic."""
        return verdict_json(self.verdicts)


def check(certificate: FilePath | Certificate | SolveResult, *, limit: int = 1) -> CheckResult:
    """Run the trusted kernel alone on a certificate: a file that was saved, or what :func:`solve` returned.

    Args:
        limit: how many times the usual sizes and work to allow for a file; what is refused says how many it takes.

    Raises:
        InputError: no certificate, or one that takes more; the message says why.

    Example:
        >>> check(solve([[1, 0, 0], [0, 1, 0], [1, 1, 0]], lam="1/100")).as_json()["arb"]["rank"]
        [2, 2]
    """
    if type(limit) is not int or limit < 1:
        raise InputError(f"limit= is {show(limit)}: give a positive integer")
    if isinstance(certificate, SolveResult):
        return CheckResult(certificate.name, (("arb", kernel.check(certificate.certificate)),))
    if isinstance(certificate, Certificate):
        return CheckResult("certificate", (("arb", kernel.check(certificate)),))
    name, file = spelt(certificate), Path(certificate)
    if not file.is_file():
        raise InputError(f"{file}: no such file; name a certificate that `mlnc solve` wrote")
    verdict = kernel.check_file(file, limit)
    if verdict.refused:
        advice = "" if verdict.reason.startswith("too large") else "; name a certificate that `mlnc solve` wrote"
        raise InputError(f"{file}: {verdict.reason}{advice}")
    return CheckResult(name, (("arb", verdict),))


# ---------------------------------------------------------------------- measure


@dataclass(frozen=True, repr=False, eq=False)
class MeasureResult(Result):
    """A trained model beside the optimum on its labels: ``found`` has every number, ``verdict`` the sentence on it."""

    name: str
    found: Measurement
    verdict: judging.Verdict
    note: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the trusted kernel accepts the prediction's certificate."""
        return self.found.prediction.accepted

    def lines(self) -> list[str]:
        """The measurement in words and tables."""
        return measurement_lines(self.name, self.found, self.verdict, self.note)

    def as_json(self) -> dict[str, Any]:
        """The measurement in float64."""
        return measurement_json(self.found, self.verdict, self.note)


def measure(  # noqa: PLR0913 - one parameter per option
    H: Any,
    Y: Source,
    W: Any = None,
    b: Any = None,
    *,
    loss: str | None = None,
    lam: Weight | None = None,
    lambda_h: Weight | None = None,
    bias: Weight | None = None,
    smoothing: Weight = 0,
    pos_weight: Weighing = None,
    label_weights: Weighing = None,
    set_weights: Weighing = None,
    labels: Labels = None,
    format: Format | None = None,
    progress: Progress | None = None,
    **layout: Unpack[Stated],
) -> MeasureResult:
    """How far a trained model has collapsed, and how far it is from the optimum on its labels.

    Args:
        H: features before the last layer, shape ``(samples, d)``, an array or a PyTorch tensor; or the path of an NPZ
            or safetensors file with the arrays ``H`` and, if known, ``W`` and ``b`` (an NPZ may have the ``labels`` of
            the rows of ``W``), or of an NPY file; or such an archive loaded, or a dict of the same arrays.
        Y: the labels of the same samples in the same order: a file, a 0/1 matrix or a data frame, see
            :func:`mlnc.read`, with ``labels``, ``format`` and ``layout``.
        W, b: the last layer, shapes ``(K, d)`` and ``(K,)``, if known; a data frame ``W`` has label names as its index.
            Rows that are named otherwise than the labels are put in their order, which is said, or refused.
        loss: that the model was trained with: ``"pal"``, ``"bce"`` or ``"mse"``; by default the one that explains the
            layer best.
        lam, lambda_h: the penalties, see :func:`solve`; by default estimated from stationarity.
        bias: of the prediction, see :func:`solve`; by default, if the model has one, free or decaying, whichever
            explains it, and ``"fitted"`` lets it decay with the penalty that explains it best.
        smoothing: of the labels, in training.
        pos_weight, label_weights, set_weights: weights in the loss, see :func:`solve`.
        progress: called after every step of the solver with its number and the relative gap.

    Raises:
        InputError: arrays that are not numbers or do not fit each other, penalties that cannot be estimated, or as
            :func:`solve`.

    Example:
        >>> best = solve([[1, 0, 0], [0, 1, 0], [1, 1, 0]], lam="1/100").solution
        >>> found = measure(best.H, [[1, 0, 0], [0, 1, 0], [1, 1, 0]], best.W, lam="1/100")
        >>> found.found.logits.shape < 1e-12, found.accepted
        (True, True)
    """
    treated = None if bias is None else "fitted" if bias == "fitted" else bias_named(decimal(bias))
    given = None if lam is None else penalty("lam", lam), None if lambda_h is None else penalty("lambda_h", lambda_h)
    rows = read_in_order(Y, labels, format, **layout)
    losses = losses_weighted(rows.distribution, loss, smoothing, pos_weight, label_weights, set_weights)
    with blaming(H) if is_path(H) else nullcontext():
        model, turned = _trained(H, W, b).for_labels(rows.labels)
        layer, treated, tried = _explained(model, rows, losses, treated, given, known=bool(loss and lam))
        found = measuring.measure(layer, *given, treated, progress)
    fitted = [what for what, it in (("loss", loss), ("bias", bias), ("lambda", lam)) if it is None and tried]
    said = judging.verdict(found, rows.distribution, tried, fitted)
    return MeasureResult(name_of(H, "features"), found, said, turned)


def _trained(H: Any, W: Any, b: Any) -> Trained:
    loaded = isinstance(H, Mapping)
    if not (loaded or is_path(H)):
        return trained_in_memory(H, W, b)
    if W is not None or b is not None:
        raise InputError("W and b are read from the archive of H: leave them out, or give H as an array")
    return trained_of(H) if loaded else read_trained(H)


def _explained(
    model: Trained, rows: LabelRows, losses: Sequence[Loss], treated: Any, given: Any, known: bool
) -> tuple[LastLayer, Any, tuple[Explanation, ...]]:
    """The layer and its bias as they are explained best; of features without a classifier all must be ``known``."""
    if model.W is not None:
        tried = explanations(rows, model.H, model.W, model.b, losses, treated, *given)
        return tried[0].layer, tried[0].bias, tried
    layer = LastLayer.of(rows, losses[0], model.H, None, model.b)
    if not known:
        raise InputError(
            "there is no array 'W' to fit the loss and lambda to: add the classifier, or give lam= and loss="
        )
    return layer, treated, ()
