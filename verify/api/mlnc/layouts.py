"""How label files are read: what is found in them, before anything is asked of their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from mlnc.results import Result
from verify.labels import readers
from verify.labels.masks import members
from verify.labels.readers import FilePath, Format, Labels, ReadAs, Stated

__all__ = ["InspectResult", "inspect"]


@dataclass(frozen=True, repr=False, eq=False)
class InspectResult(Result):
    """How label files are read, one entry per file."""

    files: tuple[ReadAs, ...]

    def lines(self) -> list[str]:
        """A line per file, and the frequency of every label of all of them."""
        sets = sum((file.rows.counts for file in self.files), Counter[int]())
        counts = [0] * len(self.files[0].rows.labels)
        for mask, times in sets.items():
            for k in members(mask):
                counts[k] += times
        rows = sum(len(file.rows.masks) for file in self.files)
        width = max(map(len, self.files[0].rows.labels))
        table = [
            f"  {name:{width}}  {count:>9,}  {count / rows:7.2%}"
            for name, count in zip(self.files[0].rows.labels, counts, strict=True)
        ]
        more = [f"  ... and {len(table) - 40} more labels"] if len(table) > 40 else []
        none = f"{sets[0]:,} of {rows:,} rows have no label"
        return [*(file.line() for file in self.files), "", *table[:40], *more, none]

    def as_json(self) -> dict[str, Any]:
        """The same as a document."""
        return {"files": [file.as_json() for file in self.files]}


def inspect(
    files: FilePath | Sequence[FilePath],
    *,
    labels: Labels = None,
    format: Format | None = None,
    **layout: Unpack[Stated],
) -> InspectResult:
    """How label files are read: format, columns, labels, samples, and whatever was decided, changed or left out.

    Args:
        files: a label file, or several of one data set.
        labels, format, layout: as for :func:`mlnc.read`.

    Raises:
        InputError: a file that cannot be read as described; the message says which argument settles what is uncertain.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "beach.csv")
        ...     _ = file.write_text("id,tags\\n7,sea|sky\\n8,sky\\n")
        ...     inspect(file).files[0].what
        "table, comma, header, 2 columns, labels in column 2 ('tags'), lists, separated by '|'"
    """
    return InspectResult(readers.inspect(files, labels=labels, format=format, **layout))
