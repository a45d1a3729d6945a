"""What the functions take: labels in any of their forms, penalties, choices."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeGuard, Unpack

from verify.labels import readers
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import show
from verify.labels.readers import FilePath, Format, LabelRows, Labels, Layout, Stated
from verify.labels.readers.arrays import exact_weights
from verify.labels.weights import Weight, exact_weight
from verify.model.losses import LOSSES, Loss, losses_smoothed

__all__ = [
    "Source",
    "decimal",
    "is_path",
    "losses_chosen",
    "name_of",
    "penalty",
    "read",
    "read_contrasts",
    "read_in_order",
    "require_choice",
    "require_digits",
    "spelt",
    "stem_of",
]

Source = Any
"""Labels: one path or several, a 0/1 matrix (NumPy, SciPy sparse, nested lists), a data frame, or a
:class:`LabelDistribution`."""


def read(
    source: Source,
    *,
    labels: Labels = None,
    format: Format | None = None,
    weights: Iterable[Weight] | None = None,
    **layout: Unpack[Stated],
) -> LabelDistribution:
    """The label sets of some samples, counted, with exact weights.

    Args:
        source: a label file, or several that are counted together; a 0/1 matrix of shape ``(samples, K)``, as a NumPy
            or SciPy sparse array or nested lists; a data frame (pandas, polars, or anything with ``columns`` that gives
            a column by its name), which is read as a table in a file is; or a distribution, which is returned as is.
        labels: which columns of a file or data frame are labels: their names, or how many (the first; the last if
            negative), or the path of a label XML; the names of the columns of a matrix.
        format: of a file, by default told from its content.
        weights: one positive number per row of a matrix or data frame, by default 1 each; see
            :func:`verify.labels.readers.from_array`.
        layout: what else there is to state, see :class:`verify.labels.readers.Layout`: ``field``, ``missing``, ...

    Raises:
        InputError: what is given cannot be read as described, or an argument says how to read something else.

    Example:
        >>> read([[1, 0, 0], [1, 1, 0], [1, 0, 0]], labels=["sea", "sky", "sun"])
        LabelDistribution.from_sets({('sea',): 2, ('sea', 'sky'): 1}, labels=('sea', 'sky', 'sun'))
    """
    if isinstance(source, LabelDistribution):
        _refuse("a label distribution", labels=labels, format=format, weights=weights, **layout)
        return source
    if _are_paths(source):
        _refuse("a file", weights=weights)
        return readers.read(source, labels=labels, format=format, **layout)
    _refuse("no file", format=format)
    rows = readers.rows_in_memory(source, Layout.of(labels, **layout))
    if weights is not None:
        rows = LabelRows(rows.labels, rows.masks, tuple(exact_weights(weights, len(rows.masks))))
    return rows.distribution


def read_contrasts(
    source: Source, labels: Labels, format: Format | None, **layout: Unpack[Stated]
) -> LabelDistribution:
    """The same, where statements on contrasts between labels are asked for.

    Raises:
        InputError: as :func:`read`, or every label set is empty or full.
    """
    pi = read(source, labels=labels, format=format, **layout)
    try:
        pi.proper  # noqa: B018 - refuses data without any contrast, before anything is computed
    except InputError as error:
        files = ", ".join(map(str, _paths(source))) if _are_paths(source) else "labels"
        raise InputError(f"{files}: {error}") from None
    return pi


def read_in_order(source: Source, labels: Labels, format: Format | None, **layout: Unpack[Stated]) -> LabelRows:
    """The label set of every sample, in order; the same arguments, but one file and no distribution."""
    if isinstance(source, LabelDistribution):
        raise InputError("a label distribution has no order of samples: give the labels with one row per sample")
    if is_path(source):
        return readers.read_rows(source, labels=labels, format=format, **layout)
    _refuse("no file", format=format)
    return readers.rows_in_memory(source, Layout.of(labels, **layout))


def _refuse(what: str, **given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"{name}= says how to read something else, and this is {what}: leave it out")


# ---------------------------------------------------------------------- names


def is_path(source: Source) -> TypeGuard[FilePath]:
    """Whether a file is named."""
    return isinstance(source, str | os.PathLike)


def _are_paths(source: Source) -> TypeGuard[FilePath | Sequence[FilePath]]:
    return is_path(source) or (isinstance(source, list | tuple) and len(source) > 0 and all(map(is_path, source)))


def _paths(source: FilePath | Sequence[FilePath]) -> list[Path]:
    return [Path(source)] if isinstance(source, str | os.PathLike) else [Path(path) for path in source]


def name_of(source: Source, otherwise: str = "labels", *, whole: bool = False) -> str:
    """What results call the source: its file names, or the whole paths."""
    if not _are_paths(source):
        return otherwise
    return " + ".join(spelt(path if whole else path.name) for path in _paths(source))


def stem_of(source: Source) -> str:
    """What files on the source are called."""
    return _paths(source)[0].stem if _are_paths(source) else "labels"


def spelt(path: FilePath) -> str:
    """A file name for people: one printable line, whatever bytes it holds."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)


# ---------------------------------------------------------------------- numbers and choices


def penalty(name: str, value: Weight) -> Fraction:
    """A positive rational number, read exactly; a float means the decimal it prints as.

    Example:
        >>> penalty("lam", 1e-3) == penalty("lam", "0.001") == penalty("lam", "1/1000") == Fraction(1, 1000)
        True
    """
    try:
        return Fraction(exact_weight(decimal(value), name))
    except InputError:
        given = show(value)
        raise InputError(f"{name}= is {given}: give a number greater than 0, such as 1e-3 or 1/1000") from None


def decimal(value: Any) -> Any:
    """A float as the decimal it prints as, which is what was meant; anything else as it is.

    Example:
        >>> decimal(0.1), decimal("free")
        ('0.1', 'free')
    """
    return repr(float(value)) if isinstance(value, float) else value


def require_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Refuses what is not one of the choices."""
    if value not in choices:
        raise InputError(f"{name}= is {show(value)}: use one of {', '.join(choices)}")


def losses_chosen(name: str | None, smoothing: Weight) -> tuple[Loss, ...]:
    """The loss of a name, or all that there are; with label smoothing, those that it is for.

    Example:
        >>> [loss.title for loss in losses_chosen(None, 0.1)], [loss.title for loss in losses_chosen("mse", 0)]
        (['PAL-CE', 'BCE'], ['MSE'])
    """
    if name is None:
        return losses_smoothed(decimal(smoothing))
    require_choice("loss", name, LOSSES)
    return (LOSSES[name].smoothed(decimal(smoothing)),)


def require_digits(digits: int, most: int) -> None:
    """Refuses digits out of range."""
    if not 1 <= digits <= most:
        raise InputError(f"digits= is {digits}: give a number from 1 to {most}")
