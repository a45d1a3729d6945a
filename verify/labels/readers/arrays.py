"""Distributions from label matrices in memory, NumPy or SciPy sparse."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.distribution import InputError, LabelDistribution, Weight
from verify.labels.readers.common import MOST_LABELS, LabelRows
from verify.labels.weights import exact_weight, require_common_denominator

if TYPE_CHECKING:
    from scipy import sparse

_MOST_ROWS = 1 << 24
_CELLS_AT_ONCE = 1 << 22
"""Cells of a bool block that is packed at once: 4 MiB, about the size of a cache."""


def from_array(
    Y: NDArray[Any] | sparse.sparray | sparse.spmatrix | Sequence[Sequence[int]],
    weights: Iterable[Weight] | None = None,
    labels: int | Sequence[str] | None = None,
) -> LabelDistribution:
    """Distribution of the rows of a 0/1 label matrix, NumPy (or nested lists) or SciPy sparse.

    A sparse matrix is never made dense as a whole.

    Args:
        Y: shape ``(rows, K)``; bool, integer or float entries that are 0 or 1. An entry that a sparse
            matrix has twice counts once.
        weights: one positive number per row, each read as the exact rational it denotes (0.1 and ``"0.1"`` are 1/10);
            by default every row counts 1.
        labels: the ``K`` label names, or just the expected ``K``; default names are ``"0" .. "K-1"``.

    Raises:
        InputError: not two-dimensional, no row, fewer than two columns, an entry other than 0 and 1, or weights or
            labels of the wrong number or value.

    Example:
        >>> pi = from_array(np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0]]), labels=["sea", "sky", "sun"])
        >>> [(sorted(label_set), str(p)) for label_set, p in pi.items()]
        [(['sea'], '2/3'), (['sea', 'sky'], '1/3')]
    """
    rows = rows_of_array(Y, labels)
    given: Any = Y
    if np.shape(given)[0] == 0:
        raise InputError("the matrix has no row: give at least one")
    if weights is None:
        return rows.distribution
    return LabelRows(rows.labels, rows.masks, tuple(exact_weights(weights, len(rows.masks)))).distribution


def is_sparse(value: Any) -> bool:
    """Whether a value is a SciPy sparse matrix: there is none where SciPy's are not loaded, which is slow."""
    loaded = sys.modules.get("scipy.sparse")
    return loaded is not None and bool(loaded.issparse(value))


def rows_of_array(Y: Any, labels: int | Sequence[str] | None = None) -> LabelRows:
    """The rows that :func:`from_array` counts, in their order; the same arguments and errors. Rows of a sparse matrix
    without an entry are not packed: a few bytes of file can declare millions of them."""
    if not is_sparse(Y):
        dense = _plain_array(Y)
        names = names_for_columns(dense.shape[1], labels)
        return PackedRows(names, list(packed_dense(dense)))
    matrix = _canonical_csr(Y)
    return _SparseRows(names_for_columns(matrix.shape[1], labels), matrix)


class PackedRows(LabelRows):
    """Rows as little-endian bit strings: masks are made when they are asked for, and counting does without."""

    def __init__(self, labels: tuple[str, ...], blocks: Sequence[NDArray[np.uint8]]) -> None:
        stride = (len(labels) + 7) // 8
        vars(self).update(
            labels=labels, packed=np.concatenate([np.zeros((0, stride), np.uint8), *blocks]), weights=None
        )

    @cached_property
    def masks(self) -> tuple[int, ...]:
        return tuple(_masks_of(vars(self)["packed"]))

    @cached_property
    def counts(self) -> Counter[int]:
        distinct, times = self._distinct
        return Counter(dict(zip(_masks_of(distinct), times.tolist(), strict=True)))

    @property
    def distribution(self) -> LabelDistribution:
        """The rows counted, in canonical order."""
        distinct, times = self._distinct
        if not len(times):
            return super().distribution
        K, sizes = len(self.labels), np.bitwise_count(distinct).sum(axis=1, dtype=np.int32)
        order = np.argsort(sizes, kind="stable")
        parts = np.array_split(order, -(-len(order) * K // _CELLS_AT_ONCE))
        blocks = (np.unpackbits(distinct[part], axis=1, count=K, bitorder="little").view(np.bool_) for part in parts)
        columns = np.concatenate([(np.flatnonzero(block) % K).astype(np.int32) for block in blocks])
        return LabelDistribution.of_columns(self.labels, columns, sizes[order].tolist(), times[order].tolist())

    @cached_property
    def _distinct(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The label sets that occur, ascending as numbers, and how often."""
        packed: NDArray[np.uint8] = vars(self)["packed"]
        words = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), np.uint8)
        words[:, : packed.shape[1]] = packed
        numbers = words.view("<u8")
        numbers = np.sort(numbers, axis=0) if numbers.shape[1] == 1 else numbers[np.lexsort(numbers.T)]
        new = np.flatnonzero((numbers[1:] != numbers[:-1]).any(axis=1)) + 1
        starts = np.concatenate([[0] * bool(len(numbers)), new]).astype(np.int64)
        distinct = np.ascontiguousarray(numbers[starts]).view(np.uint8)[:, : packed.shape[1]]
        return distinct, np.diff(np.append(starts, len(numbers)))


class _SparseRows(LabelRows):
    """The rows of a canonical CSR matrix: masks are made when they are asked for, and counting does without."""

    def __init__(self, labels: tuple[str, ...], matrix: Any) -> None:
        vars(self).update(labels=labels, matrix=matrix, weights=None)

    @cached_property
    def masks(self) -> tuple[int, ...]:
        matrix: Any = vars(self)["matrix"]
        filled, masks = np.flatnonzero(np.diff(matrix.indptr)), [0] * matrix.shape[0]
        packed = PackedRows(self.labels, list(_packed_sparse(matrix[filled])))
        for row, mask in zip(filled.tolist(), packed.masks, strict=True):
            masks[row] = mask
        return tuple(masks)

    @property
    def distribution(self) -> LabelDistribution:
        """The rows counted: sorted by size, then by their labels from the largest down, and alike ones told apart."""
        matrix: Any = vars(self)["matrix"]
        K, found = matrix.shape[1], list[tuple[NDArray[np.int32], NDArray[np.int64]]]()
        if not matrix.data.all():
            matrix = matrix.copy()
            matrix.eliminate_zeros()
        sizes = np.diff(matrix.indptr)
        for m in np.unique(sizes).tolist():
            starts = matrix.indptr[:-1][sizes == m]
            rows = matrix.indices[starts[:, None] + np.arange(m)].astype(np.min_scalar_type(K))  # short: linear time
            rows = rows[np.lexsort(rows.T)] if m else rows
            new = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
            found.append((rows[new].astype(np.int32), np.diff(np.append(new, len(rows)))))
        if not found:
            return super().distribution
        columns = np.concatenate([rows.ravel() for rows, _ in found])
        distinct = [m for rows, _ in found for m in [rows.shape[1]] * len(rows)]
        weights = np.concatenate([weights for _, weights in found]).tolist()
        return LabelDistribution.of_columns(self.labels, columns, distinct, weights)


def _plain_array(Y: Any) -> NDArray[Any]:
    if np.ma.is_masked(Y):
        raise InputError("the matrix has masked entries: fill them in with 0 or 1")
    try:
        matrix = np.asarray(Y)
    except ValueError:
        raise InputError("the rows differ in length: give a matrix") from None
    _require_matrix(matrix.shape, matrix.dtype)
    return matrix


def _canonical_csr(Y: Any) -> Any:
    """A 0/1 CSR matrix with valid indices and no duplicate entries; the caller's matrix stays as it is."""
    _require_matrix(Y.shape, Y.dtype)
    if Y.shape[0] > _MOST_ROWS:
        raise InputError(f"the matrix declares {Y.shape[0]} rows: at most {_MOST_ROWS} are read")
    if hasattr(Y, "check_format"):
        try:
            Y.check_format(full_check=True)
        except ValueError as fault:
            raise InputError(f"the sparse matrix is inconsistent ({fault}): build it anew") from None
    from scipy import sparse  # noqa: PLC0415 - slow to import

    rows = sparse.csr_array(Y)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    entries = getattr(Y, "data", None)
    if isinstance(entries, np.ndarray) and entries.dtype.kind in "biuf" and ((entries == 0) | (entries == 1)).all():
        rows = sparse.csr_array((rows.data != 0, rows.indices, rows.indptr), shape=rows.shape)  # said twice is said
    wrong = (rows.data != 0) & (rows.data != 1)
    if wrong.any():
        entry = int(wrong.argmax())
        row = np.searchsorted(rows.indptr, entry, side="right") - 1
        raise _not_a_bit(row, rows.indices[entry], rows.data[entry])
    return rows


def _require_matrix(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if len(shape) != 2:
        raise InputError(f"the array has {len(shape)} dimension(s): give a matrix of shape (rows, labels)")
    if dtype.kind not in "biuf":
        raise InputError(f"the matrix has dtype {dtype}: give bool, integer or float entries 0 and 1")
    if shape[1] < 2:
        raise InputError(f"the matrix has {shape[1]} column(s): give one per label, at least 2")
    if shape[1] > MOST_LABELS:
        raise InputError(f"the matrix declares {shape[1]} labels: at most {MOST_LABELS} are read")


def packed_dense(matrix: NDArray[Any]) -> Iterator[NDArray[np.uint8]]:
    """The rows as little-endian bit strings, shape ``(rows at a time, ceil(K / 8))``."""
    step = max(1, _CELLS_AT_ONCE // matrix.shape[1])
    for start in range(0, len(matrix), step):
        block = matrix[start : start + step]
        ones = block == 1
        if block.dtype != np.bool_ and not (bits := ones | (block == 0)).all():
            row, column = np.argwhere(~bits)[0]
            raise _not_a_bit(start + row, column, block[row, column])
        yield np.packbits(ones, axis=1, bitorder="little")


def _packed_sparse(matrix: Any) -> Iterator[NDArray[np.uint8]]:
    """The same for a CSR matrix of zeros and ones."""
    step = max(1, _CELLS_AT_ONCE // matrix.shape[1])
    for start in range(0, matrix.shape[0], step):
        yield np.packbits(matrix[start : start + step].toarray() != 0, axis=1, bitorder="little")


def _not_a_bit(row: int | np.integer[Any], column: int | np.integer[Any], value: object) -> InputError:
    return InputError(
        f"entry [{row}, {column}] of the matrix is {value}: entries must be 0 or 1, or say with threshold= from where "
        "on a label is present"
    )


def _masks_of(packed: NDArray[np.uint8]) -> list[int]:
    """Bit strings, a row each, as integers."""
    stride = packed.shape[1]
    if stride <= 8:  # a machine's integer
        integers = np.zeros((len(packed), 8), np.uint8)
        integers[:, :stride] = packed
        machine: list[int] = integers.view("<u8")[:, 0].tolist()
        return machine
    content = packed.tobytes()
    return [int.from_bytes(content[i : i + stride], "little") for i in range(0, len(content), stride)]


def exact_weights(weights: Iterable[Weight], rows: int) -> list[int | Fraction]:
    """One exact weight per row."""
    of_rows = not isinstance(weights, np.ndarray) or weights.ndim == 1
    given = list(weights) if of_rows else []
    if len(given) != rows or not of_rows:
        count = len(given) if of_rows else 1
        raise InputError(f"{count} weights for {rows} rows: give one weight per row")
    exact = [exact_weight(weight, f"the weight of row {row}") for row, weight in enumerate(given)]
    require_common_denominator(exact)
    return exact


def names_for_columns(K: int, labels: int | Sequence[str] | None) -> tuple[str, ...]:
    """The names of the ``K`` columns of a file or matrix that does not name them itself."""
    expected = K if labels is None else labels if isinstance(labels, int) else len(labels)
    if expected != K:
        raise InputError(f"{K} columns but {expected} labels: give as many labels as there are columns")
    return tuple(str(k) for k in range(K)) if labels is None or isinstance(labels, int) else tuple(labels)


def without_torch(given: Any) -> Any:
    """A tensor, on any device, sparse or not, as an array, without importing its library; anything else as it is."""
    if not hasattr(given, "detach"):
        return given
    tensor = given.detach().cpu()
    tensor = tensor.to_dense() if getattr(tensor, "layout", None) is not None else tensor
    try:
        return tensor.numpy()
    except TypeError:  # NumPy has no bfloat16
        return tensor.float().numpy()
