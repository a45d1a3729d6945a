"""What the readers share: reading a file safely, rows as bit masks, columns by name, errors that name the file."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show

FilePath = str | os.PathLike[str]

Labels = int | Sequence[str] | FilePath | None
"""Which columns are labels: a sequence of their names; the path of a label XML that names them (a ``str`` is always a
path); or a number, meaning the first ``n`` columns (the last ``-n`` when negative) of a file that names its columns
and the expected number of labels of one that does not."""

MOST_LABELS = 1 << 16
"""Everything downstream works on K x K matrices, and 65536 labels are 32 GiB in float64. Without a limit one absurd
label number in a file would allocate a bit mask of that length."""


@dataclass(frozen=True)
class LabelRows:
    """The label sets of the rows of a file or matrix, in their order there.

    Attributes:
        labels: the label names, length ``K``.
        masks: one label set per row, as a bit mask: bit ``k`` is label ``k``.
        weights: one positive weight per row, where the file has them.

    Example:
        >>> rows = LabelRows(("sea", "sky"), (0b11, 0b01, 0b11))
        >>> rows.distribution.masks, rows.distribution.weights
        ((1, 3), (1, 2))
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    weights: tuple[int | Fraction, ...] | None = None

    @cached_property
    def counts(self) -> Counter[int]:
        """How many rows have each label set."""
        return Counter(self.masks)

    @property
    def distribution(self) -> LabelDistribution:
        """The rows counted: what stays when their order is forgotten."""
        sums: dict[int, int | Fraction] = {} if self.weights else {**self.counts}
        for mask, weight in zip(self.masks, self.weights or (), strict=bool(self.weights)):
            sums[mask] = sums.get(mask, 0) + weight
        if not sums:
            raise InputError("there is no data row: give at least one")
        return LabelDistribution.from_masks(sums, self.labels)


@dataclass(frozen=True)
class Listed:
    """The label sets of rows that list their labels by name or number.

    Attributes:
        rows: one tuple of labels per row, as they are spelt there.
        known: all label names in order, where the file declares them.
        base: number of the first label, where the format says it and labels are numbers.
        gaps: whether labels that do not occur between those that do are labels all the same; ``None`` to be told.
        weights: one positive weight per row, where the file has them.
    """

    rows: tuple[tuple[str, ...], ...]
    known: tuple[str, ...] | None = None
    base: int | None = None
    gaps: bool | None = None
    weights: tuple[int | Fraction, ...] | None = None


@dataclass(frozen=True)
class Reading:
    """What a reader found: ``what`` kind of file it is, its rows, and in words what was decided about it."""

    what: str
    rows: LabelRows | Listed
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------------- files


@contextlib.contextmanager
def blaming(path: FilePath) -> Iterator[None]:
    """Turns what goes wrong inside into an ``InputError`` of one line that begins with the file."""
    try:
        yield
    except InputError as fault:
        message = str(fault)
    except FileNotFoundError:
        message = "there is no such file: correct the path"
    except OSError as fault:
        message = f"it cannot be read ({fault.strerror or fault}): check the path and its permissions"
    except MemoryError:
        message = "it does not fit into memory: give a smaller or a sparse label file"
    else:
        return
    line = " ".join(f"{os.fspath(path)}: {message}".splitlines())
    raise InputError(line.encode("utf-8", "backslashreplace").decode("utf-8"))


# ---------------------------------------------------------------------- columns


def label_columns(header: Sequence[str], wanted: int | tuple[str, ...] | None, noun: str) -> list[int]:
    """Positions of the labels among the named columns of a file; ``noun`` is what the format calls a column."""
    everything = range(len(header))
    if wanted is None:
        return list(everything)
    if isinstance(wanted, int):
        if wanted == 0 or abs(wanted) > len(header):
            raise InputError(f"{wanted} labels of {len(header)} {noun}s: give a number from 1 (or -1) to that")
        return list(everything[:wanted] if wanted > 0 else everything[wanted:])
    occurs = Counter(header)
    for name in wanted:
        if occurs[name] != 1:
            fault = "is not in the header" if occurs[name] == 0 else "occurs twice in the header"
            raise InputError(f"label {show(name)} {fault} of {len(header)} {noun}s: name each as it is spelt there")
    position = {name: column for column, name in enumerate(header)}
    return [position[name] for name in wanted]
