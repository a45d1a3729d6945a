"""NPZ archives, dense or SciPy sparse, and single NPY arrays, without ever unpickling."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import show
from verify.labels.readers.arrays import from_array, rows_of_array
from verify.labels.readers.common import FilePath, LabelRows, Labels, blaming, require_file
from verify.labels.readers.label_xml import wanted_labels

_MOST_ARRAY_BYTES = 1 << 31
"""Compressed zeros take a thousandth of their size, so the size of the file says nothing about what it unfolds to."""


def read_npz(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read an NPZ archive: a two-dimensional array, or a matrix written by ``scipy.sparse.save_npz``.

    Of several two-dimensional arrays the one called ``Y`` is read. Beside a dense array the archive may hold ``labels``
    (one-dimensional, strings: the names) and ``weights`` (one-dimensional, one positive number per row). Nothing is
    ever unpickled, and no array is read whose header promises more than the archive holds or more than 2 GiB.

    Raises:
        InputError: no archive, a pickled or oversized array, no or several two-dimensional arrays, entries other than
            0 and 1.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.npz")
        ...     np.savez(file, Y=np.array([[1, 0], [1, 1]]), labels=np.array(["sea", "sky"]))
        ...     print(read_npz(file))
        2 label sets over 2 labels, multiplicities 1, 2, total weight 2
    """
    with blaming(path):
        content = _label_content(path)
        wanted = wanted_labels(labels)
        return from_array(content.matrix, content.weights, content.labels if wanted is None else wanted)


def npz_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_npz` counts, in the order of the file; rows in order have no weights."""
    content = _label_content(path)
    if content.weights is not None:
        raise InputError("its array 'weights' makes rows count more than once: leave it out where the order matters")
    wanted = wanted_labels(labels)
    return rows_of_array(content.matrix, content.labels if wanted is None else wanted)


def read_npy(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read an NPY file: one two-dimensional array (``numpy.save``), with the safety of :func:`read_npz`.

    Raises:
        InputError: no NPY file, a pickled or truncated array, not two-dimensional, entries other than 0 and 1.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.npy")
        ...     np.save(file, np.array([[True, False], [True, True]]))
        ...     print(read_npy(file))
        2 label sets over 2 labels, multiplicities 1, 2, total weight 2
    """
    with blaming(path):
        return npy_rows(path, labels).distribution


def npy_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_npy` counts, in the order of the file."""
    require_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as for the arrays of an archive
            matrix = np.load(path, mmap_mode="r", allow_pickle=False)  # a header alone takes no memory
    except Exception:  # the parser met bytes a stranger wrote: whatever it raises, the file is broken
        raise InputError("it is no intact NPY array of numbers: write it with numpy.save") from None
    return rows_of_array(matrix, wanted_labels(labels))


def read_arrays(path: FilePath) -> dict[str, NDArray[Any]]:
    """All arrays of an NPZ archive by name, with the safety of :func:`read_npz`: nothing is ever unpickled.

    Raises:
        InputError: no archive, or a pickled, truncated or oversized array.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "model.npz")
        ...     np.savez(file, W=np.eye(2), b=np.zeros(2))
        ...     sorted(read_arrays(file))
        ['W', 'b']
    """
    with blaming(path), _intact_archive(path):
        names = _shapes(path)
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}


@contextmanager
def _intact_archive(path: FilePath) -> Iterator[None]:
    require_file(path)
    try:
        yield
    except (InputError, OSError, MemoryError):
        raise
    except zipfile.BadZipFile:
        raise InputError("it is no intact NPZ archive: write it with numpy.savez or scipy.sparse.save_npz") from None
    except Exception as fault:  # the parsers met bytes a stranger wrote: whatever they raise, the archive is broken
        raise InputError(f"the archive is damaged ({type(fault).__name__}: {fault}): write it anew") from None


def _label_content(path: FilePath) -> _Content:
    with _intact_archive(path):
        return _content(path, _shapes(path))


@dataclass(frozen=True)
class _Content:
    matrix: Any
    weights: NDArray[Any] | None = None
    labels: tuple[str, ...] | None = None


def _shapes(path: FilePath) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays by name, from their headers alone, so that nothing harmful is read to find out."""
    shapes: dict[str, tuple[int, ...]] = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                with archive.open(member) as file:
                    shapes[member.filename.removesuffix(".npy")] = _shape(file, member)
    return shapes


def _shape(file: Any, member: zipfile.ZipInfo) -> tuple[int, ...]:
    name = show(member.filename.removesuffix(".npy"))
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy warns, at length, about headers that only a damaged file has
        shape, _, dtype = readers[np.lib.format.read_magic(file)](file)
    if dtype.hasobject:
        raise InputError(f"array {name} is a pickle (object array), which is never loaded: save it as numbers")
    promised = math.prod(shape) * max(1, dtype.itemsize)
    if promised > member.file_size:
        raise InputError(f"array {name} of declared shape {show(shape)} is truncated: write the archive anew")
    if promised > _MOST_ARRAY_BYTES:
        raise InputError(
            f"array {name} of shape {show(shape)} takes {promised} bytes: save it sparse or in a smaller type"
        )
    return shape


def _content(path: FilePath, shapes: Mapping[str, tuple[int, ...]]) -> _Content:
    if {"format", "shape", "data"} <= shapes.keys():
        return _Content(sparse.load_npz(path))
    matrices = [name for name, shape in shapes.items() if len(shape) == 2]
    if "Y" in matrices:
        matrices = ["Y"]
    if len(matrices) != 1:
        raise InputError(
            f"{len(matrices)} two-dimensional arrays in {show(dict(shapes))}: save one label matrix, or call it Y"
        )
    with np.load(path, allow_pickle=False) as archive:
        names = archive["labels"] if len(shapes.get("labels", ())) == 1 else None
        weights = archive["weights"] if len(shapes.get("weights", ())) == 1 else None
        if names is not None and names.dtype.kind != "U":
            raise InputError(f"the array 'labels' has dtype {names.dtype}: save the label names as strings")
        return _Content(archive[matrices[0]], weights, None if names is None else tuple(names.tolist()))
