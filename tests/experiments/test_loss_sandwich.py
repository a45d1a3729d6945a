"""The experiment on the bounds of the least loss: what its table holds is in order, and its words are about that."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import log

import numpy as np
import pytest

from verify.experiments.base import Table, ends, middle
from verify.experiments.loss_sandwich import BOUNDS, BY_LAMBDA, BY_RATIO, EXPERIMENT, LAMBDAS, RATIOS
from verify.labels.distribution import LabelDistribution
from verify.model.solver import solve

DATA = (("beach", LabelDistribution.from_sets([([0], 3), ([1], 2), ([0, 2], 2), ([1, 2], 2), ([0, 1], 1), ([], 1)])),)


@pytest.fixture(scope="module")
def table() -> Table:
    """A quick run: every fourth part, and the last."""
    parts = [part for name, *_ in DATA for part in EXPERIMENT.parts(0, DATA) if part[0] == name]
    every = EXPERIMENT.parts(0, ())
    parts += [*every[::4], every[-1]]
    return EXPERIMENT.table(0, DATA, (list(EXPERIMENT.run(part)) for part in parts))


def test_the_parts_are_two_sweeps_and_the_data() -> None:
    names = [part[0] for part in EXPERIMENT.parts(0, DATA)]
    assert names.count(BY_RATIO) == len(RATIOS) == 13
    assert names.count(BY_LAMBDA) == len(LAMBDAS)
    assert {(name, frozenset(pi.sizes)) for name, _, _, pi in EXPERIMENT.parts(0, DATA) if name == "beach"} == {
        ("beach", frozenset({1}))  # five of ten are pairs, five single: the smaller size is taken
    }


def test_every_row_is_in_order_and_the_table_survives_json(table: Table) -> None:
    assert Table.loads(table.dumps()) == table
    assert {row["note"] for row in table.rows} == {""}
    for row in table.rows:
        chain = [name for name in BOUNDS if row[name] is not None and name != "L5_dual"]
        for low, high in pairwise(chain):
            assert ends(row[low])[0] <= ends(row[high])[1], f"{low} exceeds {high}"
        if row["L5_dual"] is not None:
            assert ends(row["L5_dual"])[0] <= ends(row["least"])[1]
        if row["in_range"]:
            assert ends(row["L1"])[0] <= ends(row["L5_dual"])[1]


def test_the_least_value_is_that_of_the_solver(table: Table) -> None:
    pi = DATA[0][1].proper.restrict(1)
    for row in table.where(sweep="beach").rows:
        solution = solve(pi, "pal", ends(row["lambda"])[0], 1)
        assert middle(row["least"]) == pytest.approx(solution.value, abs=1e-9)


def test_balance_has_all_bounds_equal_and_collapse_too(table: Table) -> None:
    for row in (table.where(sweep=BY_RATIO).rows[0], table.where(sweep=BY_LAMBDA).rows[-1]):
        assert middle(row["ratio"]) in (1, 10)
        values = [middle(row[name]) for name in BOUNDS if row[name] is not None]
        assert values == pytest.approx([values[0]] * len(values), abs=1e-12)
    assert ends(table.where(sweep=BY_LAMBDA).rows[-1]["lambda"])[0] > Fraction(1, 2)
    assert values[0] == pytest.approx(2 * log(5))


def test_words_and_figure_come_from_the_table(table: Table) -> None:
    said = EXPERIMENT.words(table)
    assert f"At {len(table.rows)} of {len(table.rows)} points" in said
    rows = list(table.rows)
    broken = replace(table, rows=({**rows[0], "L2": ["9", "9"]}, *rows[1:]))
    assert f"At {len(rows) - 1} of {len(rows)} points" in EXPERIMENT.words(broken)
    figure = EXPERIMENT.draw(table)
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == [label for label, _ in BOUNDS.values()]
    assert np.asarray(lines[-1].get_ydata()) == pytest.approx([1.0] * len(table.where(sweep=BY_RATIO).rows))
