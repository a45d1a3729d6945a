"""Labels that are in memory already: matrices, and data frames of any library."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.labels.errors import InputError
from verify.labels.readers.archives import rows_of
from verify.labels.readers.arrays import rows_of_array
from verify.labels.readers.common import LabelRows, Listed
from verify.labels.readers.layout import Layout
from verify.labels.readers.sets import settled
from verify.labels.readers.tables import read_table


def rows_in_memory(source: Any, layout: Layout) -> LabelRows:
    """The label sets of a matrix (NumPy, SciPy sparse, nested lists) or a data frame, in order.

    A data frame is whatever has ``columns`` and gives a column by its name (pandas, polars): it is read as the table in
    a file is. A matrix is samples x labels unless ``layout.transpose`` says otherwise.

    Raises:
        InputError: no matrix; values that do not say whether a label is there; or as :func:`tables.read_table`.
    """
    if hasattr(source, "columns"):
        keys = list(source.columns)
        if not keys:
            raise InputError("the data frame has no column: give one per label")
        rows = zip(*(source[key] for key in keys), strict=True)
        found = read_table("data frame", [str(key) for key in keys], enumerate(rows), layout, "row").rows
        return settled([found], layout)[0][0] if isinstance(found, Listed) else found
    matrix = (
        source.T if layout.transpose and hasattr(source, "T") else np.transpose(source) if layout.transpose else source
    )
    if isinstance(matrix, np.ndarray):
        return rows_of(matrix, layout.labels, layout)[0]
    return rows_of_array(matrix, layout.labels)
