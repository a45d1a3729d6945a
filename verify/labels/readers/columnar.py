"""Parquet and Arrow files, read by pyarrow, which takes a third of a second to import and so is imported here alone."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from verify.labels.errors import InputError
from verify.labels.readers.common import Reading
from verify.labels.readers.content import Content
from verify.labels.readers.layout import Layout
from verify.labels.readers.tables import read_table

_MOST_ROWS = 1 << 24
"""A few bytes can declare billions of equal rows."""


def read_columnar(content: Content, layout: Layout) -> Reading:
    """The labels of a Parquet or Arrow (Feather) file: columns of 0 and 1, or one of lists.

    Raises:
        InputError: it is damaged or too long, or as :func:`tables.read_table`.
    """
    from pyarrow import ArrowException, ipc, parquet  # noqa: PLC0415

    try:
        if content.data.startswith(b"PAR1"):
            file = parquet.ParquetFile(io.BytesIO(content.data))
            count, batches = file.metadata.num_rows, file.iter_batches
            names = file.schema_arrow.names
        else:
            table = ipc.open_file(io.BytesIO(content.data)).read_all()
            count, batches, names = table.num_rows, table.to_batches, table.schema.names
        if count > _MOST_ROWS:
            raise InputError(f"it declares {count} rows: at most {_MOST_ROWS} are read")
        return read_table(f"Parquet{content.said}", names, _numbered(batches()), layout, "row")
    except (ArrowException, OSError) as fault:
        raise InputError(f"it is no intact Parquet file ({fault}): get it whole") from None


def _numbered(batches: Iterator[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    rows = (row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return enumerate(rows, 1)
