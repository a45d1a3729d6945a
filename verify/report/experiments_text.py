"""Experiments on the page: title, question, what came out, figure, table and command, from the tables in a folder.

Nothing is computed anew: figure and words are made from the table that ``mlnc verify --experiments`` left.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from proofs.claims import CLAIMS
from verify.experiments import EXPERIMENTS
from verify.experiments.base import Cell, Column, Experiment, Table, shown
from verify.labels.errors import InputError
from verify.report.drawing import inlined
from verify.report.figures import svg

MOST_ROWS = 200
"""Rows of a table on the page; its file has them all."""


@dataclass(frozen=True)
class Shown:
    """One experiment as the page shows it.

    Attributes:
        experiment: what was asked.
        table: what was found.
        words: what came out, in a sentence or two.
        drawing: the figure, as an element of the page.
    """

    experiment: Experiment
    table: Table
    words: str
    drawing: Markup

    @property
    def anchor(self) -> str:
        """Id of its place on the page."""
        return f"experiment-{self.experiment.name}"

    @property
    def command(self) -> str:
        """What runs it again."""
        data = [word for name in self.table.data for word in ("--data", name)]
        claims = ",".join(id_ for id_ in self.experiment.claims if id_ in CLAIMS)
        words = ["mlnc", "verify", "--seed", str(self.table.seed), *data, "--claims", claims or "*"]
        return shlex.join([*words, "--experiments", self.experiment.name, "--out", "out"])

    @property
    def columns(self) -> Sequence[tuple[Column, bool]]:
        """What the columns are, and whether they hold numbers."""
        return [(column, any(map(_is_number, self.table.column(column.name)))) for column in self.table.columns]

    @property
    def rows(self) -> list[list[tuple[str, bool]]]:
        """The first rows: each cell as it is read, and whether its column holds numbers."""
        numbers = [number for _, number in self.columns]
        first = self.table.rows[:MOST_ROWS]
        return [[(shown(cell), is_) for cell, is_ in zip(row.values(), numbers, strict=True)] for row in first]

    @property
    def more(self) -> int:
        """Rows that are left to the file."""
        return max(len(self.table.rows) - MOST_ROWS, 0)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | list) and not isinstance(cell, bool)


def experiments_in(folder: Path) -> list[Shown]:
    """The experiments whose tables are in ``folder/experiments``, in the order of the registry.

    Raises:
        InputError: a file there is no table of an experiment of this version.
    """
    tables = [(file, Table.read(file)) for file in sorted(folder.glob("experiments/*.json"))]
    for file, table in tables:
        if table.experiment not in EXPERIMENTS:
            raise InputError(f"{file}: no experiment of this version; remove it, or run `mlnc verify` again")
    order = list(EXPERIMENTS)
    return [_shown(file, table) for file, table in sorted(tables, key=lambda pair: order.index(pair[1].experiment))]


def _shown(file: Path, table: Table) -> Shown:
    experiment = EXPERIMENTS[table.experiment]
    if table.columns != experiment.columns:
        raise InputError(f"{file}: its columns are not those of this version; run `mlnc verify --experiments` again")
    try:
        figure, words = svg(experiment.draw(table), experiment.title), experiment.words(table)
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise InputError(
            f"{file}: cannot be drawn ({type(error).__name__}: {error}); run `mlnc verify --experiments` again"
        ) from None
    drawing, _ = inlined(figure, f"experiment-{experiment.name}", str(file))
    return Shown(experiment, table, words, Markup(drawing))
