"""What people ask of labels: ``spectrum`` and ``averaging``; nothing is loaded that only models need."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

from mlnc.arguments import Source, decimal, name_of, penalty, read_contrasts, require_digits
from mlnc.results import Result, write
from mlnc.weighting import Weighing, losses_weighted
from verify.geometry.at_lambda import AFFORDABLE, LADDER, Report, Rung, rungs, seconds
from verify.geometry.floats import Ends, gigabytes, minutes
from verify.geometry.margins import MOST_LABELS
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import InputError
from verify.labels.readers import FilePath, Format, Labels, Stated
from verify.labels.weights import Weight
from verify.model.feature_model import AnyBias, bias_named
from verify.model.losses import LOSSES, Loss
from verify.report.at_lambda_text import draw
from verify.report.averaging import AveragingAnswer, averaging_answers, averaging_json, averaging_lines
from verify.report.spectrum_text import MOST_EXACT_LABELS, spectrum_json, spectrum_lines

__all__ = ["AveragingResult", "SpectrumResult", "averaging", "spectrum"]

BIASES: tuple[AnyBias, ...] = ("zero", "free")
"""Those that are told of when none is named."""

LONG = 0.2
"""Minutes that are spent on a spectrum without a word."""


@dataclass(frozen=True, repr=False, eq=False)
class SpectrumResult(Result):
    """The label covariance spectrum.

    Attributes:
        name: of the labels.
        spectrum: the exact object: ``kappa()``, ``largest()``, ``bounds``, ``perfectly_orthogonal(m)``, ...
        digits: significant digits that are shown.
        exact: whether what is shown is exact, or float64.
        bounds: whether the lower bounds on ``kappa_m`` are shown too.
        at_lambda: how far each synthesis rule is off, per loss, bias and penalty.
        ends: kappa and K in float64, if not ``exact``; each is computed when it is asked for.
        losses, biases: of which averaging is told.
    """

    name: str
    spectrum: LabelSpectrum
    digits: int
    exact: bool
    bounds: bool
    at_lambda: tuple[Rung, ...]
    ends: Ends | None = None
    losses: tuple[Loss, ...] = tuple(LOSSES.values())
    biases: tuple[AnyBias, ...] = BIASES

    @property
    def answers(self) -> tuple[AveragingAnswer, ...]:
        """Whether tag-wise averaging holds, for the loss and bias asked about."""
        return averaging_answers(self.spectrum, self.exact, self.losses, self.biases)

    def lines(self) -> list[str]:
        """How far the rules are off, what averages, and the spectrum as a table."""
        shown = (self.digits, self.exact, self.bounds, self.at_lambda, self.ends, self.answers)
        return spectrum_lines(self.name, self.spectrum, *shown)

    def as_json(self) -> dict[str, Any]:
        """The spectrum with rational enclosures."""
        return spectrum_json(self.spectrum, self.digits, self.exact, self.at_lambda, self.ends, self.answers)

    def plot(self, path: FilePath) -> Path:
        """Draw how far the rules are off against the penalty, as SVG; the file's path.

        Raises:
            InputError: no penalty was solved for, or the file cannot be written.
        """
        from verify.report.figures import svg  # noqa: PLC0415 - matplotlib is slow to import

        if not self.at_lambda:
            raise InputError("nothing to draw: name the penalties, lam= 1e-2,1e-4 say")
        if not any(rung.best for rung in self.at_lambda if rung.lam):
            raise InputError("nothing to draw: at these penalties no rule makes a label set of two or more labels")
        title = f"How far each synthesis rule is off, against lambda: {self.name}"
        write(Path(path), svg(draw(self.at_lambda), title))
        return Path(path)


def spectrum(  # noqa: PLR0913 - one keyword per option
    source: Source,
    *,
    digits: int = 10,
    exact: bool | None = None,
    bounds: bool = False,
    lam: Weight | Iterable[Weight] | None = None,
    loss: str | None = None,
    smoothing: Weight = 0,
    bias: Weight | None = None,
    pos_weight: Weighing = None,
    label_weights: Weighing = None,
    set_weights: Weighing = None,
    labels: Labels = None,
    format: Format | None = None,
    progress: Report = lambda *_: None,
    **layout: Unpack[Stated],
) -> SpectrumResult:
    """The label covariance spectrum of some labels, and whether tag-wise averaging holds for them.

    Args:
        source: the labels, see :func:`mlnc.read`, with ``labels``, ``format`` and ``layout``.
        digits: significant digits of kappa, 1 to 10000.
        exact: exact algebra or float64; by default exact up to 300 labels.
        bounds: show the lower bounds on ``kappa_m`` too.
        lam: the penalties ``lambda = lambda_W lambda_H`` at which the rules are tried, one or several; by default
            1e-1, ..., 1e-6, unless that would take long. The limit ``lambda -> 0`` is added, up to 64 labels.
        loss: ``"pal"``, ``"bce"`` or ``"mse"``, to be told of this one only.
        smoothing: label smoothing of what is asked, less than 1; the squared loss is then left out.
        bias: ``"none"``, ``"free"``, or the penalty lambda_b of a bias that decays, to be told of this one only.
        pos_weight, label_weights, set_weights: weights in the loss, see :func:`solve`; ``pos_weight`` is not for
            PAL-CE.
        progress: told how many optima are solved, and of how many.

    Raises:
        InputError: labels that cannot be read, or without any contrast, a penalty that is not positive, a smoothing
            outside of [0, 1), or weights that :func:`solve` refuses.

    Example:
        >>> found = spectrum([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
        >>> found.spectrum.kappa().decimal(10), found.as_json()["overall"]["kappa"]["decimal"]
        ('0.25', '0.25')
    """
    require_digits(digits, 10_000)
    found = LabelSpectrum(read_contrasts(source, labels, format, **layout))
    tried = _penalties(found, lam)
    losses = losses_weighted(found.given, loss, smoothing, pos_weight, label_weights, set_weights)
    biases = _biases(bias)
    solved = tuple(rungs(found.given, tried, progress, losses, biases)) if tried else ()
    exactly = _exactly(found, exact)
    ends = None if exactly else _in_float64(found, progress)
    return SpectrumResult(name_of(source), found, digits, exactly, bounds, solved, ends, losses, biases)


def _biases(bias: Weight | None) -> tuple[AnyBias, ...]:
    return BIASES if bias is None else (bias_named(decimal(bias)),)


def _in_float64(found: LabelSpectrum, progress: Report) -> Ends:
    """The ends of the spectrum, computed when they are asked for; where that takes long, that is said first."""
    if minutes(found.pi) > LONG:
        sizes = f"{len(found.pi.weights):,} label sets of {found.K:,} labels"
        logging.getLogger("mlnc.labels").info(
            "%s: about %.1g minutes and %.1f GB", sizes, minutes(found.pi), gigabytes(found.pi)
        )
    return Ends(found, progress)


def _penalties(found: LabelSpectrum, lam: Weight | Iterable[Weight] | None) -> tuple[Fraction, ...]:
    """What is asked for; unasked, the ladder where it costs little."""
    if lam is None:
        return LADDER if seconds(found.given, len(LADDER)) <= AFFORDABLE else ()
    several = lam.split(",") if isinstance(lam, str) else lam if isinstance(lam, Iterable) else [lam]
    named = tuple(penalty("lam", one) for one in several)
    return (*named, Fraction(0)) if found.K <= MOST_LABELS else named


def _exactly(found: LabelSpectrum, exact: bool | None) -> bool:
    return found.K <= MOST_EXACT_LABELS if exact is None else exact


@dataclass(frozen=True, repr=False, eq=False)
class AveragingResult(Result):
    """Whether tag-wise averaging holds, per loss, bias and penalty."""

    answers: tuple[AveragingAnswer, ...]

    def lines(self) -> list[str]:
        """A line per case with its reason below."""
        return averaging_lines(self.answers)

    def as_json(self) -> list[dict[str, Any]]:
        """The entry ``averaging`` of ``mlnc spectrum --json``."""
        return averaging_json(self.answers)


def averaging(  # noqa: PLR0913 - one keyword per option
    source: Source,
    *,
    exact: bool | None = None,
    loss: str | None = None,
    smoothing: Weight = 0,
    bias: Weight | None = None,
    pos_weight: Weighing = None,
    label_weights: Weighing = None,
    set_weights: Weighing = None,
    labels: Labels = None,
    format: Format | None = None,
    **layout: Unpack[Stated],
) -> AveragingResult:
    """Does tag-wise averaging hold for these labels? Per loss, bias and penalty, with the reason and the claim.

    The arguments and errors are those of :func:`spectrum`; float64 does not decide the sign condition.

    Example:
        >>> found = averaging([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
        >>> [(a.loss, a.penalty, a.answer) for a in found.answers if a.bias == "none"][:3]
        [('PAL-CE', 'every', 'not in general'), ('PAL-CE', 'limit', 'yes, in the limit'), ('MSE', 'every', 'yes')]
        >>> smoothed = averaging([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], smoothing=0.1, bias="none")
        >>> [(a.loss, a.answer, a.claims) for a in smoothed.answers]
        [('PAL-CE', 'yes, in the limit', ('Y2',)), ('BCE', 'not in general', ('Y1',))]
        >>> weighted = averaging([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], set_weights="0+1=2")
        >>> [(a.answer, a.claims) for a in weighted.answers if a.loss == "PAL-CE" and a.bias == "none"]
        [('yes, in the limit', ('V2', 'W4'))]
    """
    found = LabelSpectrum(read_contrasts(source, labels, format, **layout))
    losses = losses_weighted(found.given, loss, smoothing, pos_weight, label_weights, set_weights)
    return AveragingResult(averaging_answers(found, _exactly(found, exact), losses, _biases(bias)))
