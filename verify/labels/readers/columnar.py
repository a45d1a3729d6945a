"""Parquet and Arrow files, read by pyarrow."""

import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.readers.common import Listed, Reading
from verify.labels.readers.content import Content
from verify.labels.readers.large import letters_of
from verify.labels.readers.layout import Layout
from verify.labels.readers.tables import read_table

_AT_ONCE = 1 << 14
"""Rows that are turned into Python's values, or into letters, at once."""

_MOST_ROWS = 1 << 24
"""A few bytes can declare billions of equal rows."""


def read_columnar(content: Content, layout: Layout) -> Reading:
    """The labels of a Parquet or Arrow (Feather) file: columns of 0 and 1, or one of lists.

    Raises:
        InputError: it is damaged or too long, or as :func:`tables.read_table`.
    """
    from pyarrow import ArrowException, ArrowNotImplementedError, ipc, parquet  # noqa: PLC0415

    def whole(positions: Sequence[int], letter: Callable[[Any], int]) -> Iterator[NDArray[np.uint8]]:
        names = [schema.names[position] for position in positions]
        part = file.read(names).select(names) if file else table.select(names)
        try:
            yield from letters_of(part.to_batches(_AT_ONCE), letter)
        except ArrowNotImplementedError as fault:  # lists
            raise InputError(str(fault)) from None

    file: Any = None
    table: Any = None
    try:
        if content.data.startswith(b"PAR1"):
            file = parquet.ParquetFile(io.BytesIO(content.data))
            count, schema, batches = file.metadata.num_rows, file.schema_arrow, file.iter_batches
        else:
            opened = ipc.open_file if content.data.startswith(b"ARROW1") else ipc.open_stream
            table = opened(io.BytesIO(content.data)).read_all()
            count, schema, batches = table.num_rows, table.schema, table.to_batches
        if count > _MOST_ROWS:
            raise InputError(f"it declares {count} rows: at most {_MOST_ROWS} are read")
        columns = ([column.to_pylist() for column in batch.columns] for batch in batches(_AT_ONCE))
        rows = itertools.chain.from_iterable(zip(*cells, strict=True) for cells in columns)
        reading = read_table(f"Parquet{content.said}", schema.names, enumerate(rows, 1), layout, "row", [whole])
        return _named(reading, _class_labels(schema.metadata))
    except (ArrowException, OSError) as fault:
        raise InputError(f"it is no intact Parquet file ({fault}): get it whole") from None


def _class_labels(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, tuple[str, ...]]:
    """The names of the labels that a data set of Hugging Face keeps as numbers, by column."""
    try:
        features = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        found = {name: feature.get("feature", feature).get("names") for name, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: tuple(names) for name, names in found.items() if isinstance(names, list) and len(names) > 1}


def _named(reading: Reading, names: Mapping[str, tuple[str, ...]]) -> Reading:
    """Numbers of labels turned into the names that the file declares."""
    known = next((known for column, known in names.items() if f"({show(column)})" in reading.what), None)
    rows = reading.rows
    if known is None or not isinstance(rows, Listed):
        return reading
    if not all(label.isdigit() and int(label) < len(known) for row in rows.rows for label in row):
        return reading
    listed = tuple(tuple(known[int(label)] for label in row) for row in rows.rows)
    return Reading(reading.what, Listed(listed, known), (*reading.notes, "labels named as its metadata has it"))
