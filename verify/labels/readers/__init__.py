"""Label files and label matrices in, :class:`~verify.labels.distribution.LabelDistribution` out.

What a file is, is told from its content: how it is packed and encoded, its format, and within a table which columns
are labels. What is found is said to the logger ``mlnc.labels``, a line per file, which the command prints; what is
uncertain is refused with the argument that settles it, see :class:`Layout`. Every reader keeps the rows it finds: an
empty or a full row stays in the distribution (BCE and MSE need it); ``LabelDistribution.proper`` leaves it out where
a statement is about contrasts. Rows become integer counts, so a distribution read from data is exact. Whatever is wrong
with the input is an :class:`~verify.labels.distribution.InputError` of one line that names the file, the line or entry,
and what to do. ``notes/label_files.md`` lists what is read.

Files are not trusted: pickles, XML entities, zip bombs and numbers such as ``1e999999999`` are refused before they
cost anything.
"""

import functools
import logging
import operator
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Unpack

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.readers.arrays import from_array
from verify.labels.readers.common import FilePath, LabelRows, Labels, Listed, Reading, blaming
from verify.labels.readers.content import content_of
from verify.labels.readers.in_memory import read_in_memory, require_met
from verify.labels.readers.label_xml import label_names
from verify.labels.readers.layout import Format, Layout, Missing, Stated
from verify.labels.readers.recognise import reading_of
from verify.labels.readers.sets import settled
from verify.labels.readers.tables import ROWS_WITH
from verify.labels.readers.trained import Trained, read_trained, trained_in_memory, trained_of

__all__ = [
    "FilePath",
    "Format",
    "LabelRows",
    "Labels",
    "Layout",
    "Missing",
    "ReadAs",
    "Stated",
    "Trained",
    "blaming",
    "from_array",
    "inspect",
    "label_names",
    "pool",
    "read",
    "read_rows",
    "read_trained",
    "rows_in_memory",
    "trained_in_memory",
    "trained_of",
]

_LOG = logging.getLogger("mlnc.labels")


@dataclass(frozen=True)
class ReadAs:
    """How a file was read.

    Attributes:
        file: its path.
        what: the kind of file, and where in it the labels are.
        rows: the label sets, in order.
        notes: what was decided, changed or left out, a sentence each.
    """

    file: str
    what: str
    rows: LabelRows
    notes: tuple[str, ...]

    @property
    def never(self) -> int:
        """Number of labels that do not occur."""
        return len(self.rows.labels) - functools.reduce(operator.or_, self.rows.counts, 0).bit_count()

    @property
    def always(self) -> int:
        """Number of labels that every row has."""
        return functools.reduce(operator.and_, self.rows.counts, -1 if self.rows.masks else 0).bit_count()

    def line(self) -> str:
        """One line for people."""
        labels = self.rows.labels
        names = ", ".join(labels[:6]) + (", ..." if len(labels) > 6 else "")
        never = "".join(
            f", {count} label{'s' * (count > 1)} {when} occur{'s' * (count == 1)}"
            for when, count in (("never", self.never), ("always", self.always))
            if count
        )
        noun = "label sets with weights" if self.rows.weights is not None else "samples"
        found = f"{self.what}; {len(labels)} labels {names}; {len(self.rows.masks):,} {noun}{never}"
        text = "; ".join((f"{self.file}: read as: {found}", *self.notes))
        return "".join(c if c.isprintable() else "?" for c in text)

    def as_json(self) -> dict[str, Any]:
        """The same as a document."""
        return {
            "file": self.file,
            "read_as": self.what,
            "labels": list(self.rows.labels),
            "samples": len(self.rows.masks),
            "without_labels": self.rows.counts[0],
            "labels_that_never_occur": self.never,
            "labels_that_always_occur": self.always,
            "notes": list(self.notes),
        }


def read(
    path: FilePath | Sequence[FilePath],
    *,
    labels: Labels = None,
    format: Format | None = None,
    **layout: Unpack[Stated],
) -> LabelDistribution:
    """Read a label file, or several files of one data set (its train and test part) as one distribution.

    Args:
        path: a file, or a sequence of files whose rows are counted together; ``-`` is the standard input.
        labels: which columns are labels, see :data:`Labels`; by default what the file or its label XML says.
        format: one of :data:`Format`; by default told from the content. An ARFF file is ``mulan`` when a label XML of
            its name lies beside it, else ``meka`` when its relation name carries one ``-C n``, else ``mulan`` when its
            folder holds a single XML.
        layout: what else there is to state, see :class:`Layout`.

    Raises:
        InputError: the file cannot be read as described; the message names it.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.csv")
        ...     _ = file.write_text("sea,sky,sun\\n1,1,0\\n0,1,0\\n1,1,0\\n")
        ...     print(read(file))
        2 label sets over 3 labels, multiplicities 1, 2, total weight 3
    """
    found = inspect(path, labels=labels, format=format, **layout)
    parts = []
    for one in found:
        with blaming(one.file):
            parts.append(one.rows.distribution)
            _require_same_labels(parts[-1], parts[0])
    for one in found:
        _told(one)
    return pool(parts)


def read_rows(
    path: FilePath, *, labels: Labels = None, format: Format | None = None, **layout: Unpack[Stated]
) -> LabelRows:
    """Read the label set of every row of a file, in the order of the file; the arguments are those of :func:`read`.

    Raises:
        InputError: the file cannot be read as described; its rows have weights (label sets of JSON do), or samples
            would be dropped, and the order of samples matters here.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.csv")
        ...     _ = file.write_text("sea,sky,sun\\n1,1,0\\n0,1,0\\n1,1,0\\n")
        ...     read_rows(file).masks
        (3, 2, 3)
    """
    (found,) = inspect(path, labels=labels, format=format, **layout)
    with blaming(path):
        if found.rows.weights is not None:
            raise InputError("its rows have weights, and the order of samples matters here: give a row per sample")
        if any("samples dropped" in note for note in found.notes):
            raise InputError("samples would be dropped, and features of all are given: use missing= absent")
        found.rows.distribution  # noqa: B018 - refuses names and rows that no distribution can have
    _told(found)
    return found.rows


def rows_in_memory(source: Any, layout: Layout) -> LabelRows:
    """The label set of every row of a matrix or data frame, see :func:`in_memory.read_in_memory`."""
    found = read_in_memory(source, layout)
    _require_used(found, layout)
    rows = found.rows
    assert isinstance(rows, LabelRows)
    _told(ReadAs("labels", found.what, rows, found.notes))
    return rows


def _told(found: ReadAs) -> None:
    if not _LOG.isEnabledFor(logging.INFO):  # to say what was read is work
        return
    _LOG.info("%s", found.line(), extra={"read_as": found.as_json()})


def inspect(
    path: FilePath | Sequence[FilePath],
    *,
    labels: Labels = None,
    format: Format | None = None,
    **layout: Unpack[Stated],
) -> tuple[ReadAs, ...]:
    """How label files are read, one :class:`ReadAs` each; the arguments and errors are those of :func:`read`.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.csv")
        ...     _ = file.write_text("id,sea,sky,sun\\n7,1,1,0\\n8,0,1,0\\n9,1,1,0\\n")
        ...     (found,) = inspect(file)
        >>> found.what, found.rows.labels, found.notes
        ('table, comma, header, 4 columns, labels in columns 2-4', ('sea', 'sky', 'sun'), ('no labels: id',))
    """
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("nothing to pool: give at least one file or distribution")
    with blaming(paths[0]):
        stated = Layout.of(labels, format, **layout)
    readings = []
    for one in paths:
        with blaming(one):
            content = content_of(one, stated.encoding)
            readings.append(reading_of(content, stated))
            _require_used(readings[-1], stated)
    lists = [reading.rows for reading in readings if isinstance(reading.rows, Listed)]
    with blaming(paths[0]):
        require_met(readings, stated)
        rows, said = settled(lists, stated) if lists else ([], [])
    turn = iter(rows)
    return tuple(_found(os.fspath(one), reading, turn, said) for one, reading in zip(paths, readings, strict=True))


def _require_used(reading: Reading, stated: Layout) -> None:
    """Refuses what was stated of another kind of file."""
    if stated.base is not None and isinstance(reading.rows, LabelRows):
        raise InputError(f"base= is for labels that are numbers in lists, and this is {reading.what}: leave it out")
    if stated.transpose is not None and " x " not in reading.what:
        raise InputError(f"transpose= is for arrays, and this is {reading.what}: leave it out")
    if stated.rows is not None and not any(note.startswith(ROWS_WITH) for note in reading.notes):
        raise InputError(f"rows= is for tables with named columns, and this is {reading.what}: leave it out")


def _found(path: str, reading: Reading, lists: Any, said: Iterable[str]) -> ReadAs:
    if isinstance(reading.rows, LabelRows):
        return ReadAs(path, reading.what, reading.rows, reading.notes)
    return ReadAs(path, reading.what, next(lists), (*reading.notes, *said))


def pool(distributions: Iterable[LabelDistribution]) -> LabelDistribution:
    """One distribution from several over the same labels, weights added: the rows of all of them together.

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
    if len(parts) == 1:
        return parts[0]
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
