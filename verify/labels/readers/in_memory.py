"""Labels that are in memory already: matrices, lists of labels, and data frames of any library."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from verify.labels.errors import InputError
from verify.labels.readers.archives import rows_of
from verify.labels.readers.arrays import rows_of_array, without_torch
from verify.labels.readers.cells import never_met
from verify.labels.readers.common import Listed, Reading
from verify.labels.readers.layout import Layout
from verify.labels.readers.sets import settled
from verify.labels.readers.tables import column_names, read_table


def read_in_memory(source: Any, layout: Layout) -> Reading:
    """The label sets of a matrix (NumPy, SciPy sparse, nested lists), of lists of labels, or of a data frame, in order.

    A data frame is whatever has ``columns`` and gives a column by its name (pandas, polars), an Arrow table, or a dict
    of columns: it is read as the table in a file is, an index that numbers a sample more than once as a column
    of it. A matrix is samples x labels unless ``layout.transpose`` says otherwise.

    Raises:
        InputError: no matrix; values that do not say whether a label is there; or as :func:`tables.read_table`.
    """
    source = without_torch(source)
    columns = _columns(source)
    if columns is not None:
        if not columns:
            raise InputError("the data frame has no column: give one per label")
        columns = [*_index(source, layout), *columns]
        names = column_names([str(name) for name, _ in columns], len(columns), "")
        rows = enumerate(zip(*(_cells(column) for _, column in columns), strict=True))
        found = read_table("data frame", names, rows, layout, "row")
        require_met([found], layout)
        if not isinstance(found.rows, Listed):
            return found
        if _REPEATS in names and any(repr(_REPEATS) in note for note in found.notes):
            raise InputError(
                "its index repeats and has no name: reset_index(drop=True) if each row is a sample, or name it if rows "
                "of one index are one sample, frame.rename_axis('id')"
            )
        (sets,), said = settled([found.rows], layout)
        return Reading(found.what, sets, (*found.notes, *said))
    if layout.transpose:
        source = source.T if hasattr(source, "T") else np.transpose(source)
    if isinstance(source, np.ndarray):
        matrix, said = rows_of(source, layout.labels, layout)
        return Reading("matrix", matrix, tuple(said))
    return Reading("matrix", rows_of_array(source, layout.labels))


def require_met(readings: Sequence[Reading], layout: Layout) -> None:
    """Refuses a value that was stated to mean something and is in no cell of any file.

    Raises:
        InputError: there is one.
    """
    for name, value in layout.values:
        note = never_met(name, value)
        if all(isinstance(reading.rows, Listed) or note in reading.notes for reading in readings):
            raise InputError(f"{note}: correct it, or leave it out; rows= COLUMN=VALUE keeps rows by another column")


_REPEATS = "(index)"


def _columns(source: Any) -> list[tuple[Any, Any]] | None:
    """The columns of a data frame with their names; ``None`` if it is none."""
    if isinstance(source, list | tuple) and any(isinstance(one, str) for row in source if _is_list(row) for one in row):
        return [("labels", source)]
    if getattr(getattr(source, "dtype", None), "names", None):  # a structured array
        return [(name, source[name]) for name in source.dtype.names]
    if hasattr(source, "collect"):  # a lazy frame
        source = source.collect()
    if hasattr(source, "to_frame") and not hasattr(source, "columns"):  # one column
        source = source.to_frame()
    if hasattr(source, "to_pydict"):  # Arrow
        source = source.to_pydict()
    if isinstance(source, Mapping):
        return list(source.items())
    if not hasattr(source, "columns"):
        return None
    return [(key, source[key]) for key in source.columns]


def _index(source: Any, layout: Layout) -> list[tuple[Any, Any]]:
    """An index that numbers samples more than once, as the column that says which rows are one sample."""
    index: Any = getattr(source, "index", None)
    if getattr(index, "is_unique", True) or layout.number is not None:
        return []
    return [(_REPEATS if index.name is None else f"{_REPEATS} {index.name}", index)]


def _is_list(row: Any) -> bool:
    return isinstance(row, list | tuple | set | frozenset)


def _cells(column: Any) -> Sequence[Any]:
    """The cells as Python's own values, whatever type the column has."""
    cells: Sequence[Any] = column.to_list() if hasattr(column, "to_list") else list(column)
    return cells
