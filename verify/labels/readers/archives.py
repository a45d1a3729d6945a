"""Files of arrays: NPZ, dense or SciPy sparse, NPY, MATLAB and safetensors; nothing is ever unpickled."""

import io
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.readers.arrays import exact_weights, is_sparse, names_for_columns, rows_of_array
from verify.labels.readers.cells import Cells
from verify.labels.readers.common import LabelRows, Reading
from verify.labels.readers.content import Content
from verify.labels.readers.layout import Layout
from verify.labels.readers.tables import read_table

_MOST_ARRAY_BYTES = 1 << 31
"""Compressed zeros take a thousandth of their size, so the size of the file says nothing about what it unfolds to."""

_DAMAGED = "it is no intact NPZ archive ({}): write it with numpy.savez or scipy.sparse.save_npz"
_NAMED_FOR_LABELS = ("Y", "y", "labels", "targets", "target", "label", "y_true", "gnd", "T")


@dataclass(frozen=True)
class Arrays:
    """Matrices by name, and what else tells of them."""

    matrices: Mapping[str, Any]
    weights: NDArray[Any] | None = None
    labels: tuple[str, ...] | None = None


def arrays_of(content: Content) -> dict[str, NDArray[Any]]:
    """All arrays of an NPZ archive by name.

    Raises:
        InputError: no archive, or a pickled, truncated or oversized array.
    """
    with _intact(_DAMAGED):
        names = _shapes(content.data)
        with np.load(io.BytesIO(content.data), allow_pickle=False) as archive:
            return {name: archive[name] for name in names}


def array_of(data: bytes) -> NDArray[Any]:
    """The array of an NPY file.

    Raises:
        InputError: it is none, or pickled, truncated or oversized.
    """
    with _intact("it is no intact NPY array of numbers ({}): write it with numpy.save"):
        file = io.BytesIO(data)
        _shape(file, "it", len(data))
        file.seek(0)
        return np.asarray(np.load(file, allow_pickle=False))


# ---------------------------------------------------------------------- formats


def read_npz(content: Content, layout: Layout) -> Reading:
    """An NPZ archive: a matrix of ``scipy.sparse.save_npz``, or arrays of which one holds the labels.

    Beside a dense matrix the archive may hold ``labels`` (one-dimensional, strings: the names) and ``weights``
    (one-dimensional, one positive number per row). No array is read whose header promises more than the archive holds.
    """
    with _intact(_DAMAGED):
        shapes = _shapes(content.data)
        if {"format", "shape", "data"} <= shapes.keys():
            from scipy import sparse  # noqa: PLC0415 - slow to import

            return labels_of(
                f"NPZ{content.said}, sparse matrix", Arrays({"Y": sparse.load_npz(io.BytesIO(content.data))}), layout
            )
        with np.load(io.BytesIO(content.data), allow_pickle=False) as archive:
            matrices = {name: archive[name] for name, shape in shapes.items() if len(shape) == 2}
            names = archive["labels"] if len(shapes.get("labels", ())) == 1 else None
            weights = archive["weights"] if len(shapes.get("weights", ())) == 1 else None
    if not matrices:
        raise InputError(f"0 two-dimensional arrays in {show(dict(shapes))}: save one label matrix, or call it Y")
    if names is not None and names.dtype.kind != "U":
        raise InputError(f"the array 'labels' has dtype {names.dtype}: save the label names as strings")
    found = Arrays(matrices, weights, None if names is None else tuple(names.tolist()))
    return labels_of(f"NPZ{content.said}", found, layout)


def read_npy(content: Content, layout: Layout) -> Reading:
    """An NPY file: one matrix (``numpy.save``), or a structured array, which is a table."""
    matrix = array_of(content.data)
    if matrix.dtype.names is not None and matrix.ndim == 1:
        return read_table("structured NPY", matrix.dtype.names, enumerate(matrix.tolist(), 1), layout, "row")
    return labels_of(f"NPY{content.said}", Arrays({"": matrix}), layout)


def read_mat(content: Content, layout: Layout) -> Reading:
    """A MATLAB file up to version 7."""
    from scipy.io import loadmat  # noqa: PLC0415 - slow to import

    with _intact("it is no intact MATLAB file ({}): save it anew"):
        found = loadmat(
            cast("Any", io.BytesIO(content.data)), chars_as_strings=False, verify_compressed_data_integrity=True
        )
    return labels_of(f"MATLAB{content.said}", Arrays(_two_dimensional(found)), layout)


def read_mtx(content: Content, layout: Layout) -> Reading:
    """A Matrix Market file."""
    from scipy.io import mmread  # noqa: PLC0415 - slow to import

    with _intact("it is no intact Matrix Market file ({}): write it anew"):
        matrix = mmread(cast("Any", io.BytesIO(content.data)))
    return labels_of(f"Matrix Market{content.said}", Arrays({"": matrix}), layout)


def read_safetensors(content: Content, layout: Layout) -> Reading:
    """A safetensors file, which is numbers only."""
    return labels_of(f"safetensors{content.said}", Arrays(_two_dimensional(tensors_of(content.data))), layout)


def tensors_of(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file by name; bfloat16, which NumPy has not, as the same numbers in single precision.

    Raises:
        InputError: it is damaged, or has numbers of another kind.
    """
    from safetensors import deserialize  # noqa: PLC0415 - rarely needed

    with _intact("it is no intact safetensors file of NumPy's numbers ({}): save it anew"):
        found: list[tuple[str, dict[str, Any]]] = deserialize(data)  # type: ignore[no-untyped-call]
        return {name: _tensor(**view) for name, view in found}


def _tensor(dtype: str, shape: list[int], data: bytes) -> NDArray[Any]:
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    letter, bits = (dtype[0].lower(), int(dtype[1:]) // 8) if dtype != "BOOL" else ("?", "")
    return np.frombuffer(data, f"<{letter}{bits}").reshape(shape)


def _two_dimensional(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in found.items()
        if is_sparse(value) or (isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "biuf")
    }
    if not kept:
        raise InputError(
            f"there is no matrix of numbers in it, only {show(sorted(map(str, found)))}: save the label matrix"
        )
    return kept


@contextmanager
def _intact(otherwise: str) -> Iterator[None]:
    """The parsers met bytes that a stranger wrote: whatever they raise or warn of, the file is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns, at length, about headers that only a damaged file has
            yield
    except (InputError, OSError, MemoryError):
        raise
    except Exception as fault:
        raise InputError(otherwise.format(f"{type(fault).__name__}: {fault}")) from None


def _shapes(data: bytes) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays by name, from their headers alone, so that nothing harmful is read to find out."""
    import zipfile  # noqa: PLC0415 - few files need it

    shapes: dict[str, tuple[int, ...]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as file:
                    shapes[name] = _shape(file, f"array {show(name)}", member.file_size)
    return shapes


def _shape(file: Any, what: str, size: int) -> tuple[int, ...]:
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, dtype = readers[np.lib.format.read_magic(file)](file)
    if dtype.hasobject:
        raise InputError(f"{what} is a pickle (object array), which is never loaded: save it as numbers")
    promised = math.prod(shape) * max(1, dtype.itemsize)
    if promised > size:
        raise InputError(f"{what} of declared shape {show(shape)} is truncated: write the archive anew")
    if promised > _MOST_ARRAY_BYTES:
        raise InputError(f"{what} of shape {show(shape)} takes {promised} bytes: save it sparse or in a smaller type")
    return shape


# ---------------------------------------------------------------------- which array, and how it stands


def labels_of(what: str, arrays: Arrays, layout: Layout) -> Reading:
    """The labels of the one matrix that holds them.

    Raises:
        InputError: no matrix or several that could; one that has more columns than rows where nothing tells whether its
            rows are samples or labels.
    """
    name = _chosen(arrays.matrices, layout)
    matrix = arrays.matrices[name]
    if matrix.ndim != 2:
        raise InputError(f"the array has {matrix.ndim} dimension(s): give a matrix of shape (rows, labels)")
    names = layout.labels if layout.labels is not None else arrays.labels
    turned = _is_transposed(what, name, arrays, layout, names)
    if turned:
        matrix = matrix.T
    spelt = f"array {show(name)} of " if name and len(arrays.matrices) > 1 else ""
    shape = "labels x samples" if turned else "samples x labels"
    rows, notes = rows_of(matrix, names, layout)
    if arrays.weights is not None:
        weights = exact_weights(arrays.weights, matrix.shape[0])
        rows = LabelRows(rows.labels, rows.masks, tuple(weights))
        notes = [*notes, "rows weighted by the array 'weights'"]
    size = f"{arrays.matrices[name].shape[0]} x {arrays.matrices[name].shape[1]}"
    return Reading(f"{what}, {spelt}{size}, {shape}", rows, tuple(notes))


def _chosen(matrices: Mapping[str, Any], layout: Layout) -> str:
    if layout.field is not None:
        if layout.field not in matrices:
            raise InputError(
                f"there is no matrix {show(layout.field)} in it: field= is one of {show(sorted(matrices))}"
            )
        return layout.field
    if len(matrices) == 1:
        return next(iter(matrices))
    for candidates in ([name for name in matrices if name == "Y"], [n for n in matrices if _holds_labels(matrices[n])]):
        named = [name for name in _NAMED_FOR_LABELS if name in candidates]
        if len(candidates) == 1 or named:
            return named[0] if named else candidates[0]
    shapes = {name: matrix.shape for name, matrix in matrices.items()}
    raise InputError(
        f"{len(matrices)} two-dimensional arrays in {show(shapes)}: say with field= which holds the labels"
    )


def _holds_labels(matrix: Any) -> bool:
    values = matrix if isinstance(matrix, np.ndarray) else matrix.data
    if values.dtype.kind not in "biuf" or not values.size:
        return False
    one = values == 1
    return bool((one | (values == 0)).all() or (one | (values == -1)).all())


def _is_transposed(what: str, name: str, arrays: Arrays, layout: Layout, names: int | tuple[str, ...] | None) -> bool:
    """Whether the matrix is labels x samples: as stated, else as what is known of either side tells."""
    if layout.transpose is not None:
        return layout.transpose
    rows, columns = arrays.matrices[name].shape
    if rows == columns and what.startswith("MATLAB"):
        raise InputError(f"{rows} rows and columns: say with transpose=True that rows are labels, or transpose=False")
    if rows == columns:
        return False
    samples = {matrix.shape[0] for other, matrix in arrays.matrices.items() if other != name}
    if arrays.weights is not None:
        samples.add(len(arrays.weights))
    labels = set() if names is None else {abs(names) if isinstance(names, int) else len(names)}
    for_rows, against = rows in samples or columns in labels, columns in samples or rows in labels
    if for_rows != against:
        return against
    if rows < columns and rows > 1:
        raise InputError(
            f"{rows} rows and {columns} columns: say with transpose=True that rows are labels, or transpose=False"
        )
    return False


def rows_of(matrix: Any, names: int | tuple[str, ...] | None, layout: Layout) -> tuple[LabelRows, list[str]]:
    """The label sets of the rows of a matrix, dense or sparse, and in words what was read as what."""
    stated = layout.threshold is not None or layout.present or layout.absent or layout.drop
    if not isinstance(matrix, np.ndarray):
        rows = rows_of_array(matrix, names)
        repeats = int(matrix.nnz) - sum(mask.bit_count() for mask in rows.masks) if matrix.format == "coo" else 0
        return rows, [f"{repeats} repeated or zero entries"] if repeats else []
    values = np.asarray(matrix)
    odd = values.ndim == 2 and values.dtype.kind in "if" and not _is_binary(values)
    if odd and (stated or ((values == 0) | (values == 1) | (values == -1) | np.isnan(values)).all()):
        labels = names_for_columns(values.shape[1], names)
        cells = Cells(labels, layout, "row")
        return cells.rows(cells.blocks(enumerate(values.tolist())))
    return rows_of_array(values, names), []


def _is_binary(values: NDArray[Any]) -> bool:
    return bool(((values == 0) | (values == 1)).all())
