"""Label files and label matrices in, :class:`~verify.labels.distribution.LabelDistribution` out.

Every reader keeps the rows it finds: an empty or a full row stays in the distribution (BCE and MSE need it), and
``LabelDistribution.proper`` leaves it out where a statement is about contrasts. Rows become integer counts, so a
distribution read from data is exact. Whatever is wrong with the input is an
:class:`~verify.labels.distribution.InputError` of one line that names the file, the line or entry, and what to do.

==========  ============================================================================================
format      what is read
==========  ============================================================================================
``arff``    whichever of the next two the file turns out to be
``mulan``   ARFF, dense or sparse, whose label attributes are named by an XML file
``meka``    ARFF whose relation name carries ``-C n``: the first ``n`` attributes, or the last ``-n``
``libsvm``  text rows ``3,7 1:0.5 9:1``: the labels, comma separated, then the features
``csv``     a header of names, then columns of 0 and 1, or of true and false
``npz``     one two-dimensional array (``numpy.savez``) or the one called ``Y``, or one SciPy sparse matrix
``npy``     one two-dimensional array (``numpy.save``)
``json``    label sets with exact weights, see :func:`read_json`
==========  ============================================================================================

Files are not trusted: pickles, XML entities, zip bombs and numbers such as ``1e999999999`` are refused before they
cost anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.readers.arff_files import arff_rows, meka_rows, mulan_rows, read_arff, read_meka, read_mulan
from verify.labels.readers.arrays import from_array
from verify.labels.readers.common import FilePath, LabelRows, Labels, blaming, require_file
from verify.labels.readers.json_sets import read_json
from verify.labels.readers.label_xml import label_names
from verify.labels.readers.npz import npy_rows, npz_rows, read_arrays, read_npy, read_npz
from verify.labels.readers.text_rows import csv_rows, libsvm_rows, read_csv, read_libsvm

__all__ = [
    "FilePath",
    "Format",
    "LabelRows",
    "Labels",
    "blaming",
    "from_array",
    "label_names",
    "pool",
    "read",
    "read_arff",
    "read_arrays",
    "read_csv",
    "read_json",
    "read_libsvm",
    "read_meka",
    "read_mulan",
    "read_npy",
    "read_npz",
    "read_rows",
]

Format = Literal["arff", "mulan", "meka", "libsvm", "csv", "npz", "npy", "json"]


def read(
    path: FilePath | Sequence[FilePath], *, labels: Labels = None, format: Format | None = None, base: int | None = None
) -> LabelDistribution:
    """Read a label file, or several files of one data set (its train and test part) as one distribution.

    Args:
        path: a file, or a sequence of files whose rows are counted together.
        labels: which columns are labels, see :data:`Labels`; by default what the file or its label XML says.
        format: one of :data:`Format`; by default told from the file name's ending, else from the content. An ARFF file
            is ``mulan`` when a label XML of its name lies beside it, else ``meka`` when its relation name carries one
            ``-C n``, else ``mulan`` when its folder holds a single XML.
        base: number of the first label in LIBSVM rows, see :func:`read_libsvm`.

    Raises:
        InputError: the file cannot be read as described; the message names it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "beach.csv")
        ...     _ = file.write_text("sea,sky,sun\\n1,1,0\\n0,1,0\\n1,1,0\\n")
        ...     print(read(file))
        2 label sets over 3 labels, multiplicities 1, 2, total weight 3
    """
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    parts = [_read_one(one, labels, format, base) for one in paths]
    for file, part in zip(paths[1:], parts[1:], strict=True):
        with blaming(file):
            _require_same_labels(part, parts[0])
    return pool(parts)


def read_rows(
    path: FilePath, *, labels: Labels = None, format: Format | None = None, base: int | None = None
) -> LabelRows:
    """Read the label set of every row of a file, in the order of the file; the arguments are those of :func:`read`.

    Raises:
        InputError: the file cannot be read as described, or it lists label sets with weights and has no rows (JSON).

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "beach.csv")
        ...     _ = file.write_text("sea,sky,sun\\n1,1,0\\n0,1,0\\n1,1,0\\n")
        ...     read_rows(file).masks
        (3, 2, 3)
    """
    with blaming(path):
        chosen = _chosen_format(path, format, base)
        if chosen not in _ROWS:
            raise InputError(f"{chosen} lists label sets, and the order of samples matters here: give a row per sample")
        rows = _ROWS[chosen](path, labels) if base is None else libsvm_rows(path, labels, base)
        rows.distribution  # noqa: B018 - refuses names and rows that no distribution can have
        return rows


def pool(distributions: Iterable[LabelDistribution]) -> LabelDistribution:
    """One distribution from several over the same labels, counts added: the rows of all of them together.

    Raises:
        InputError: no distribution, or label names that differ.

    Example:
        >>> train, test = from_array([[1, 0], [1, 1]]), from_array([[1, 0]])
        >>> pool([train, test]).weights
        (2, 1)
    """
    parts = list(distributions)
    if not parts:
        raise InputError("nothing to pool: give at least one file or distribution")
    counts: dict[int, int | Fraction] = {}
    for part in parts:
        _require_same_labels(part, parts[0])
        for mask, weight in part.weight_of.items():
            counts[mask] = counts.get(mask, 0) + Fraction(weight, part.denominator)
    return LabelDistribution.from_masks(counts, parts[0].labels)


def _require_same_labels(part: LabelDistribution, first: LabelDistribution) -> None:
    if part.K != first.K:
        raise InputError(f"{part.K} labels, the first part has {first.K}: pool parts of one data set")
    for k, (here, there) in enumerate(zip(part.labels, first.labels, strict=True)):
        if here != there:
            raise InputError(f"label {k} is {here!r}, in the first part {there!r}: pool parts of one data set")


def _read_one(path: FilePath, labels: Labels, format: Format | None, base: int | None) -> LabelDistribution:
    with blaming(path):
        chosen = _chosen_format(path, format, base)
    return _READERS[chosen](path, labels) if base is None else read_libsvm(path, labels, base)


def _chosen_format(path: FilePath, format: Format | None, base: int | None) -> str:
    chosen = format or _format_of(Path(path))
    if chosen not in _READERS:
        raise InputError(f"format {chosen!r} is unknown: use one of {', '.join(get_args(Format))}")
    if base is not None and chosen != "libsvm":
        raise InputError(f"base={base} is for LIBSVM rows, and this is {chosen}: leave it out")
    return chosen


def _format_of(path: Path) -> str:
    """The format by the file name's ending, else by how the content begins."""
    require_file(path)
    by_suffix = _SUFFIXES.get(path.suffix.lower())
    if by_suffix:
        return by_suffix
    with path.open("rb") as file:
        head = file.read(1 << 12).removeprefix(b"\xef\xbb\xbf")
    for beginning, name in _BEGINNINGS:
        if re.match(beginning, head):
            return name
    raise InputError(f"the format is not recognised: give format= one of {', '.join(get_args(Format))}")


_READERS: Mapping[str, Callable[[FilePath, Labels], LabelDistribution]] = {
    "arff": read_arff,
    "mulan": read_mulan,
    "meka": read_meka,
    "libsvm": read_libsvm,
    "csv": read_csv,
    "npz": read_npz,
    "npy": read_npy,
    "json": read_json,
}

_ROWS: Mapping[str, Callable[[FilePath, Labels], LabelRows]] = {
    "arff": arff_rows,
    "mulan": mulan_rows,
    "meka": meka_rows,
    "libsvm": libsvm_rows,
    "csv": csv_rows,
    "npz": npz_rows,
    "npy": npy_rows,
}

_SUFFIXES = {
    ".arff": "arff",
    ".csv": "csv",
    ".npz": "npz",
    ".npy": "npy",
    ".json": "json",
    ".libsvm": "libsvm",
    ".svm": "libsvm",
}

_BEGINNINGS = (
    (rb"PK\x03\x04", "npz"),
    (rb"\x93NUMPY", "npy"),
    (rb"\s*[%@]", "arff"),
    (rb"\s*\{", "json"),
    (rb"(?:#[^\n]*\n)*[\d,]*[ \t]*\d+:", "libsvm"),
    (rb"[^\n<]*,", "csv"),
)
