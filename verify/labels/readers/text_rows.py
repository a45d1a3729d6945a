"""Text files with a row per line: CSV of 0/1 columns, and LIBSVM multi-label rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import show
from verify.labels.readers.common import (
    MOST_LABELS,
    FilePath,
    LabelRows,
    Labels,
    bit_of,
    blaming,
    label_columns,
    mask_of_cells,
    text_of,
)
from verify.labels.readers.label_xml import wanted_labels


def read_csv(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read comma separated 0/1 columns under a header of names; ``labels`` picks columns, by default all.

    Raises:
        InputError: no or a repeated column name, no row, a ragged row, a cell that is not 0 or 1
            (or true or false), a first line that looks like data.
    """
    with blaming(path):
        return csv_rows(path, labels).distribution


def csv_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_csv` counts, in the order of the file."""
    reader = csv.reader(io.StringIO(text_of(path)), strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        columns = label_columns(_csv_header(header), wanted_labels(labels), "column")
        names = tuple(header[column] for column in columns)
        return LabelRows(names, tuple(_csv_masks(reader, len(header), columns, names)))
    except csv.Error as fault:
        raise InputError(f"line {reader.line_num}: it is not valid CSV ({fault}): correct the quoting") from None


def _csv_header(header: list[str]) -> list[str]:
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise InputError("line 1: the columns are not separated by commas: write comma separated values")
    if all(bit_of(name) is not None for name in header):
        raise InputError("line 1 looks like data: add a header of label names")
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise InputError(f"line 1: column name {show(repeated[0])} occurs twice: give a header of distinct names")
    return header


def _csv_masks(rows: Any, width: int, columns: Sequence[int], names: Sequence[str]) -> Iterator[int]:
    as_they_are = list(columns) == list(range(width))
    for row in rows:
        if not row:
            continue
        where = f"line {rows.line_num}"
        if len(row) != width:
            raise InputError(f"{where}: {len(row)} cells under a header of {width} names: correct the row")
        yield mask_of_cells(row if as_they_are else [row[column] for column in columns], names, where)


def read_libsvm(path: FilePath, labels: Labels = None, base: int | None = None) -> LabelDistribution:
    """Read LIBSVM multi-label rows: ``3,7 1:0.5 9:1`` has the labels 3 and 7; `` 1:0.5`` has none.

    Args:
        path: the file; ``#`` begins a comment.
        labels: the label names in numerical order, or their number; by default the labels up to the largest that
            occurs, named by their numbers.
        base: the number of the first label, 0 or 1; by default 0 when a label 0 occurs in the file, else 1.

    Raises:
        InputError: a label that is negative, no integer, out of range or repeated in its row; a feature that is not
            ``index:value``; a blank line, which could be an empty row as well as none.
    """
    with blaming(path):
        return libsvm_rows(path, labels, base).distribution


def libsvm_rows(path: FilePath, labels: Labels = None, base: int | None = None) -> LabelRows:
    """The rows that :func:`read_libsvm` counts, in the order of the file."""
    if base not in (None, 0, 1):
        raise InputError(f"base={base}: labels are numbered from 0 or from 1")
    rows = list(_libsvm_numbers(text_of(path)))
    numbers = {label for _, row in rows for label in row}
    first = base if base is not None else 0 if 0 in numbers else 1
    names = _libsvm_names(wanted_labels(labels), first, max(numbers, default=first - 1))
    last = first + len(names) - 1
    for line, row in rows:
        if row and not first <= min(row) <= max(row) <= last:
            wrong = max(row) if max(row) > last else min(row)
            raise InputError(f"line {line}: label {wrong} is out of range {first}..{last}: correct it, base or labels")
    return LabelRows(names, tuple(sum(1 << (label - first) for label in row) for _, row in rows))


def _libsvm_numbers(text: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    for number, line in enumerate(text.rstrip().split("\n"), 1):
        content, hash_mark, _ = line.partition("#")
        if not content.strip():
            if hash_mark:
                continue
            raise InputError(f"line {number} is blank: remove it, or write an empty label set with a feature, ' 1:0'")
        first, *features = content.split()
        if content[0].isspace() or ":" in first:
            features.insert(0, first)
            first = ""
        for feature in features:
            if ":" not in feature:
                raise InputError(
                    f"line {number}: {show(feature)} is no feature index:value (labels are separated by commas only)"
                )
        yield number, _libsvm_labels(first, number)


def _libsvm_labels(token: str, number: int) -> tuple[int, ...]:
    labels: set[int] = set()
    for text in token.split(",") if token else ():
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise InputError(f"line {number}: label {show(text)} is not a number: write labels as integers")
        label = int(text)
        if label < 0:
            raise InputError(f"line {number}: label {label} is negative: number the labels from 0 or 1")
        if label > MOST_LABELS:
            raise InputError(f"line {number}: label {label} is out of range: at most {MOST_LABELS} labels are read")
        if label in labels:
            raise InputError(f"line {number}: label {label} occurs twice in the row: keep one")
        labels.add(label)
    return tuple(labels)


def _libsvm_names(wanted: int | tuple[str, ...] | None, first: int, largest: int) -> tuple[str, ...]:
    if isinstance(wanted, tuple):
        return wanted
    count = largest - first + 1 if wanted is None else wanted
    if not 0 <= count <= MOST_LABELS:
        raise InputError(f"{count} labels: their number must be positive and at most {MOST_LABELS}")
    return tuple(str(first + k) for k in range(count))
