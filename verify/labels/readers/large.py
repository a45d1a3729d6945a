"""The label columns of a whole table, block by block, by pyarrow: large delimited text, Parquet, Arrow.

Importing pyarrow takes as long as reading some MB row by row, so small text is not read here. Nor is what pyarrow reads
otherwise than ``csv`` does, or refuses: the caller then reads row by row, which has the words for what is wrong.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError
from verify.labels.readers.cells import ABSENT, FLAG, Whole
from verify.labels.readers.content import Content
from verify.labels.readers.layout import Layout

LARGE = 1 << 23
"""Bytes of text from which on the import of pyarrow is paid back."""

_BLOCK = 1 << 20
"""Bytes that are parsed at once: a longer row is none of a label file."""


def whole_text(content: Content, lines: int, delimiter: str | None, width: int, layout: Layout) -> list[Whole]:
    """What reads the rows of delimited text that follow some lines, quickest first; none where that is not worth it."""
    if len(content.data) < LARGE or delimiter not in (",", "\t", ";", "|"):
        return []

    def read(positions: Sequence[int], bits: bool) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 - slow to import
        from pyarrow import csv  # noqa: PLC0415

        names = [str(position) for position in positions]
        kind = pa.bool_() if bits else pa.dictionary(pa.int32(), pa.string())
        try:
            text = content if content.encoding.startswith("utf-8") else content.in_utf_8
            file = text.opened()
            file.seek(_end_of(lines, text.data))
            if b"\0" in text.data or not _is_plainly_quoted(text.data, file.tell(), ord(delimiter)):
                raise InputError("csv and pyarrow could differ about it")
            yield from csv.open_csv(
                pa.PythonFile(file, "r"),
                csv.ReadOptions(column_names=[str(i) for i in range(width)], block_size=_BLOCK),
                csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                csv.ConvertOptions(
                    check_utf8=False,  # it has been
                    include_columns=names,
                    column_types=dict.fromkeys(names, kind),
                    null_values=[],
                    true_values=["1"],
                    false_values=["0"],
                ),
            )
        except (pa.ArrowException, UnicodeError) as fault:
            raise InputError(f"pyarrow refuses it: {fault}") from None

    def bits(positions: Sequence[int], _: Callable[[Any], int]) -> Iterator[NDArray[np.bool_]]:
        for batch in read(positions, bits=True):
            block = np.empty((batch.num_rows, batch.num_columns), np.bool_)
            for k, column in enumerate(batch.columns):
                block[:, k] = column.to_numpy(zero_copy_only=False)
            yield block

    def coded(positions: Sequence[int], letter: Callable[[Any], int]) -> Iterator[NDArray[np.uint8]]:
        return letters_of(read(positions, bits=False), letter)

    return [coded] if layout.values or layout.threshold is not None else [bits, coded]


def letters_of(batches: Iterable[Any], letter: Callable[[Any], int]) -> Iterator[NDArray[np.uint8]]:
    """The letters of the cells of Arrow's record batches.

    Raises:
        InputError: a cell is no label.
    """
    for batch in batches:
        block = np.empty((batch.num_rows, batch.num_columns), np.uint8)
        for k, column in enumerate(batch.columns):
            coded = column if hasattr(column, "indices") else column.dictionary_encode()
            values = [*coded.dictionary.to_pylist(), None]
            at = coded.indices.fill_null(len(values) - 1).to_numpy()
            occurs = np.bincount(at, minlength=len(values)).tolist()
            letters = [letter(value) if count else ABSENT for value, count in zip(values, occurs, strict=True)]
            if not FLAG.issuperset(letters):
                raise InputError("a cell is no label")
            block[:, k] = np.array(letters, np.uint8)[at]
        yield block


def _end_of(lines: int, data: bytes) -> int:
    """Where some lines end."""
    ends = (found.end() for found in re.finditer(rb"\r\n?|\n", data))
    return next(itertools.islice(ends, lines - 1, None), len(data)) if lines else 0


def _is_plainly_quoted(data: bytes, start: int, delimiter: int) -> bool:
    """Whether every quote opens a cell, closes it, or stands doubled in it: only of others is there more than one
    opinion."""
    codes = np.frombuffer(data, np.uint8)
    beside = np.zeros(256, np.bool_)
    beside[[delimiter, *b'\r\n"']] = True
    count = 0
    for begin in range(start, len(codes), 1 << 18):  # within a cache
        at = begin + np.flatnonzero(codes[begin : begin + (1 << 18)] == ord('"'))
        opening, closing = at[count & 1 :: 2], at[1 - (count & 1) :: 2]
        before, after = opening[opening > start] - 1, closing[closing < len(codes) - 1] + 1
        if not (beside[codes[before]].all() and beside[codes[after]].all()):
            return False
        count += len(at)
    return count % 2 == 0
