"""What the readers share: reading a file safely, rows as bit masks, columns by name, errors that name the file."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

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

    Example:
        >>> rows = LabelRows(("sea", "sky"), (0b11, 0b01, 0b11))
        >>> rows.distribution.masks, rows.distribution.weights
        ((1, 3), (1, 2))
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]

    @property
    def distribution(self) -> LabelDistribution:
        """The rows counted: what stays when their order is forgotten."""
        return counted(Counter(self.masks), self.labels)


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


def require_file(path: FilePath) -> None:
    """Refuses a folder, a pipe or device (reading one may never end) and an empty file."""
    file = Path(path)
    if file.is_dir():
        raise InputError("it is a folder: name a file in it")
    if not file.exists():
        raise InputError("there is no such file: correct the path")
    if not file.is_file():
        raise InputError("it is not a regular file: save the data to one")
    if file.stat().st_size == 0:
        raise InputError("it is empty: get the file whole")


def content_of(path: FilePath) -> bytes:
    """The bytes of a file that is not empty."""
    require_file(path)
    return Path(path).read_bytes()


def text_of(path: FilePath) -> str:
    r"""The file as text, UTF-8 with or without a byte order mark, with ``\n`` line ends."""
    content = content_of(path)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise InputError(f"line {line}: byte 0x{content[fault.start]:02x} is not UTF-8: save it as UTF-8") from None
    if not text.strip():
        raise InputError("it is empty: get the file whole")
    return text


# ---------------------------------------------------------------------- columns and cells


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


def mask_of_cells(cells: Sequence[str], names: Sequence[str], where: str) -> int:
    """The bit mask of a row of 0/1 cells, bit ``k`` from cell ``k``; ``where`` and ``names`` serve the message."""
    joined = "".join(cells)
    if cells and len(joined) == len(cells) and not joined.strip("01") and "" not in cells:  # each is "0" or "1"
        return int(joined[::-1], 2)
    return sum(bit_or_refuse(cell, name, where) << k for k, (cell, name) in enumerate(zip(cells, names, strict=True)))


def bit_of(cell: str) -> int | None:
    """0 or 1 when the text is a number of exactly that value, such as ``1.0``, or ``False`` or ``true``."""
    if cell.strip().lower() in {"false", "true"}:
        return int(cell.strip().lower() == "true")
    with contextlib.suppress(ArithmeticError):
        value = Decimal(cell)
        return 1 if value == 1 else 0 if value == 0 else None
    return None


def bit_or_refuse(cell: str, name: str, where: str) -> int:
    """The same, or an ``InputError`` that names the place and the label."""
    bit = bit_of(cell)
    if bit is None:
        missing = " (a missing value)" if cell.strip() in {"", "?"} else ""
        raise InputError(f"{where}: label {show(name)} is {show(cell)}{missing}: a label is 0 or 1")
    return bit


def counted(weights: Mapping[int, int | Fraction], names: Sequence[str]) -> LabelDistribution:
    """The distribution of what a reader counted; refuses to be empty."""
    if not weights:
        raise InputError("there is no data row: give at least one")
    return LabelDistribution.from_masks(weights, names)
