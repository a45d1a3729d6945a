"""How a label file is laid out: what can be stated of it, and what was found."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypedDict, get_args

from verify.labels.errors import InputError, show
from verify.labels.readers.common import Labels
from verify.labels.readers.label_xml import wanted_labels

Format = Literal[
    "arff", "mulan", "meka", "libsvm", "csv", "lists", "fasttext", "json", "npz", "npy", "mtx", "mat", "safetensors",
    "parquet",
]  # fmt: skip

Missing = Literal["absent", "drop"]


class Stated(TypedDict, total=False):
    """What can be stated of a label file beside ``labels`` and ``format``, see :class:`Layout`."""

    field: str | None
    separator: str | None
    header: bool | None
    delimiter: str | None
    encoding: str | None
    base: int | None
    transpose: bool | None
    missing: Missing | None
    threshold: Any
    present: Sequence[str]
    absent: Sequence[str]
    drop: Sequence[str]
    ignore: Sequence[str]
    rows: str | None


@dataclass(frozen=True)
class Layout:
    """Where the labels are in a file, as far as it was stated; ``None`` is found by looking at the content.

    Attributes:
        labels: which columns are labels, and their names or number, see :data:`Labels`.
        format: one of :data:`Format`.
        field: the column, array or field that holds the labels: a list of them in each cell, or a matrix.
        separator: between the labels of one cell.
        header: whether the first line of a table has the names of its columns.
        delimiter: between the cells of a table.
        encoding: of the text.
        base: number of the first label where labels are numbers, 0 or 1.
        transpose: whether a matrix is labels x samples, or (``False``) samples x labels.
        missing: what a missing or uncertain value is: the label is absent, or the sample is dropped.
        threshold: numbers are labels that are present from here on.
        present, absent, drop: values of cells that say that the label is there, that it is not, or that the sample is
            to be left out; ``blank`` is the empty cell.
        ignore: columns that are no labels.
        rows: of a table, only those of which a column has a value, ``(column, value)``; stated as ``"split=train"``.

    Example:
        >>> Layout.of(labels=["sea", "sky"], missing="absent").missing
        'absent'
    """

    labels: int | tuple[str, ...] | None = None
    format: Format | None = None
    field: str | None = None
    separator: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    base: int | None = None
    transpose: bool | None = None
    missing: Missing | None = None
    threshold: Decimal | None = None
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rows: tuple[str, str] | None = None
    of_xml: bool = False

    @classmethod
    def of(cls, labels: Labels = None, format: Format | None = None, **stated: Any) -> Layout:
        """The layout that arguments state.

        Raises:
            InputError: a value that an argument cannot have, or a label XML that cannot be read.
        """
        given = {name: value for name, value in stated.items() if value is not None}
        for name in ("present", "absent", "drop", "ignore"):
            one_or_more = given.get(name, ())
            given[name] = (one_or_more,) if isinstance(one_or_more, str) else tuple(map(str, one_or_more))
        if "rows" in given:
            column, sign, value = (part.strip() for part in str(given["rows"]).partition("="))
            if not (column and sign):
                raise InputError(f"rows= is {show(given['rows'])}: give COLUMN=VALUE, such as split=train")
            given["rows"] = column, value
        if "threshold" in given:
            given["threshold"] = _number(given["threshold"])
        layout = cls(labels=wanted_labels(labels), format=format, of_xml=isinstance(labels, str | os.PathLike), **given)
        layout._check()
        if isinstance(layout.labels, tuple) and len(layout.labels) == 1 and layout.field is None:
            return dataclasses.replace(layout, labels=None, field=layout.labels[0])  # no set of labels has one
        return layout

    def _check(self) -> None:
        for name, choices in (("format", get_args(Format)), ("missing", get_args(Missing)), ("base", (0, 1))):
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise InputError(f"{name}= is {show(value)}: use one of {', '.join(map(str, choices))}")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise InputError(f"delimiter= is {show(self.delimiter)}: give one character")
        if self.separator == "":
            raise InputError("separator= is empty: give what stands between labels")

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """The values that were stated to mean something, each with the argument."""
        stated = {"present": self.present, "absent": self.absent, "drop": self.drop}
        return tuple((name, value) for name, values in stated.items() for value in values)

    @property
    def named(self) -> tuple[str, ...] | None:
        """The label names, if they were stated."""
        return self.labels if isinstance(self.labels, tuple) else None

    @property
    def number(self) -> int | None:
        """The number of labels (or of columns from the first, or to the last), if that was stated."""
        return self.labels if isinstance(self.labels, int) else None


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise InputError(f"threshold= is {show(value)}: give a number such as 0.5") from None
