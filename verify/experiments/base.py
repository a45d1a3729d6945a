"""What an experiment is: a question, independent parts that compute rows of a table, and a figure and words from it.

The parts are shared out over processes and journalled one by one, so a part and its rows are plain values. The figure
and the words are made from the table alone: a page can be drawn later, on another machine, without computing again.
A number that was certified is stored as the decimal strings of the two ends of its enclosure, rounded outwards, never
as one rounded number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.exact.roots import decimal
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cell = Any
"""``None``, a boolean, a whole number, a float64 that nobody certified, a word, or an enclosure ``[low, high]``."""

Row = Mapping[str, Cell]
"""One row by column name."""

Data = Sequence[tuple[str, LabelDistribution]]
"""Named distributions: the user's own, possibly none."""

STORED_DIGITS = 17
"""Significant digits of the ends of an enclosure: no fewer than float64 has, and short enough to read."""


# ---------------------------------------------------------------------- cells


def enclosed(low: Fraction, high: Fraction | None = None) -> list[str]:
    """The cell of a real number that is certainly between two rational ones; of an exact number for one.

    The ends are rounded outwards, so the cell is as true as what it was made from; a number that 17 digits spell
    exactly keeps two equal ends.

    Example:
        >>> enclosed(Fraction(1, 3)), enclosed(Fraction(1, 4))
        (['0.33333333333333333', '0.33333333333333334'], ['0.25', '0.25'])
    """
    above = low if high is None else high
    return [decimal(low, STORED_DIGITS, ROUND_FLOOR), decimal(above, STORED_DIGITS, ROUND_CEILING)]


def ends(cell: Cell) -> tuple[Fraction, Fraction]:
    """The two ends of an enclosure.

    Example:
        >>> ends(["0.25", "1e-1"])
        (Fraction(1, 4), Fraction(1, 10))
    """
    low, high = cell
    return Fraction(low), Fraction(high)


def middle(cell: Cell) -> float:
    """The number a figure draws: the midpoint of an enclosure, a plain number itself, NaN for none.

    Example:
        >>> middle(["0.25", "0.75"]), middle(3)
        (0.5, 3.0)
    """
    if cell is None:
        return float("nan")
    return float(sum(ends(cell)) / 2) if isinstance(cell, list) else float(cell)


def shown(cell: Cell, digits: int = 5) -> str:
    """A cell for a person: of an enclosure the digits that are certain, or both ends where not even one is.

    Example:
        >>> shown(["0.123456", "0.123457"]), shown(["-0.1", "0.2"]), shown(None), shown(0.1 + 0.2), shown(True)
        ('0.12346', '-0.1 to 0.2', '-', '0.3', 'yes')
    """
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.{digits}g}"
    if not isinstance(cell, list):
        return str(cell)
    low, high = ends(cell)
    for kept in range(digits, 0, -1):
        if decimal(low, kept) == decimal(high, kept):
            return f"{float(decimal(low, kept)):.{kept}g}"
    return f"{float(low):.2g} to {float(high):.2g}"


# ---------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its key in a row, an identifier.
        unit: ``"nats"``, ``"probability"``, ..., or ``""`` for a pure number or a word.
        what: what stands in it, in a few words, with the formula where there is one.
    """

    name: str
    unit: str
    what: str


@dataclass(frozen=True)
class Table:
    """What an experiment found.

    Attributes:
        experiment: its name.
        seed: what everything random in it derives from.
        data: the user's distributions that took part, by name, each described in a line.
        columns: what the columns are.
        rows: the values, in the order of the parts.

    Example:
        >>> table = Table("coins", 0, {}, (Column("side", "", "what fell"),), ({"side": "heads"}, {"side": "tails"}))
        >>> Table.loads(table.dumps()) == table, table.column("side"), len(table.where(side="tails").rows)
        (True, ['heads', 'tails'], 1)
    """

    experiment: str
    seed: int
    data: Mapping[str, str]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        for row in self.rows:
            if list(row) != names:
                raise ValueError(f"{self.experiment}: a row has {list(row)}, the columns are {names}")

    def column(self, name: str) -> list[Cell]:
        """All values of a column, in the order of the rows."""
        return [row[name] for row in self.rows]

    def distinct(self, name: str) -> list[Cell]:
        """The values of a column, each once, in order of appearance."""
        return list(dict.fromkeys(self.column(name)))

    def where(self, **values: Cell) -> Table:
        """The rows that have these values in these columns."""
        kept = tuple(row for row in self.rows if all(row[name] == value for name, value in values.items()))
        return Table(self.experiment, self.seed, self.data, self.columns, kept)

    def dumps(self) -> str:
        """JSON text: one line per row, the same for the same table."""
        head = {
            "columns": [{"name": c.name, "unit": c.unit, "what": c.what} for c in self.columns],
            "data": dict(self.data),
            "experiment": self.experiment,
            "seed": self.seed,
        }
        rows = ",\n".join(json.dumps(list(row.values()), ensure_ascii=False, allow_nan=False) for row in self.rows)
        text = json.dumps(head, sort_keys=True, indent=2, ensure_ascii=False)
        return text.removesuffix("\n}") + ',\n  "rows": [\n' + rows + "\n  ]\n}\n"

    @classmethod
    def loads(cls, text: str) -> Table:
        """The table of some JSON text.

        Raises:
            ValueError: not JSON, or not a table; one line says what is wrong.
        """
        document = json.loads(text)
        try:
            columns = tuple(Column(c["name"], c["unit"], c["what"]) for c in document["columns"])
            names = [column.name for column in columns]
            rows = tuple(dict(zip(names, row, strict=True)) for row in document["rows"])
            return cls(str(document["experiment"]), int(document["seed"]), dict(document["data"]), columns, rows)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the table of an experiment ({type(error).__name__}: {error})") from None

    @classmethod
    def read(cls, file: Path) -> Table:
        """The table in a file.

        Raises:
            InputError: the file cannot be read, or holds no table.
        """
        again = "run `mlnc verify --experiments` again"
        try:
            return cls.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{file}: {error.strerror}; {again}") from None
        except ValueError as error:
            raise InputError(f"{file}: {error}; {again}") from None


# ---------------------------------------------------------------------- experiments


@dataclass(frozen=True)
class Experiment:
    """One experiment; ``verify/experiments/<name>.py`` defines it.

    Attributes:
        name: its file name, an identifier.
        title: a few words.
        question: the question it answers, in one sentence.
        claims: ids of the claims it bears on.
        columns: what the columns of its table are.
        parts: ``parts(seed, data)``: the arguments of independent pieces of work, in the order of the rows. Each can be
            pickled, and their number and order depend on seed and data alone.
        run: ``run(part)``: the rows of one part, with every column in order. A function at the top of its module, whose
            result depends on the part alone.
        draw: ``draw(table)``: the figure, from the table alone.
        words: ``words(table)``: what came out, in one or two sentences computed from the table.
    """

    name: str
    title: str
    question: str
    claims: tuple[str, ...]
    columns: tuple[Column, ...]
    parts: Callable[[int, Data], Sequence[Any]]
    run: Callable[[Any], Sequence[Row]]
    draw: Callable[[Table], Figure]
    words: Callable[[Table], str]

    def table(self, seed: int, data: Data, results: Iterator[Sequence[Row]]) -> Table:
        """The table of all parts' rows."""
        rows = tuple(row for part in results for row in part)
        return Table(self.name, seed, {name: str(pi) for name, pi in data}, self.columns, rows)
