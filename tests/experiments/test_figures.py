"""Figures: drawn from computed values, as SVG a browser can read, the same bytes twice."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from verify import experiments
from verify.experiments import EXPERIMENTS
from verify.experiments.base import Table, ends
from verify.report import figures
from verify.report.figures import FIGURES, draw


@pytest.mark.slow
def test_every_figure_is_svg_and_drawn_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But those of the sources, for which all is proved: they are what is stored (tests/proofs/test_render.py)."""
    monkeypatch.setattr(figures, "of_the_sources", dict)
    first = {path.name: path.read_bytes() for path in draw(tmp_path)}
    assert set(first) == {f"{name}.svg" for name in ("rules_at_your_lambda", *FIGURES)}
    assert {path.name: path.read_bytes() for path in draw(tmp_path)} == first
    for content in first.values():
        assert ElementTree.fromstring(content).tag.endswith("svg")


@pytest.fixture(scope="module")
def table() -> Table:
    return experiments.run(["kappa_against_imbalance"])["kappa_against_imbalance"]


def test_kappa_starts_at_the_balanced_value_falls_and_stays_above_its_bounds(table: Table) -> None:
    bounds = [column.name for column in table.columns[5:]]
    for family in table.distinct("family"):
        for m in table.distinct("m"):
            rows = table.where(family=family, m=m).rows
            assert rows[0]["kappa"] == rows[0]["balanced"]  # the same rational number, in the same digits
            kappa = [ends(row["kappa"]) for row in rows]
            assert all(after[1] < before[0] for before, after in pairwise(kappa))
            for row, (_, high) in zip(rows, kappa, strict=True):
                known = [ends(row[name])[0] for name in bounds if row[name] is not None]
                assert len(known) == (6 if m == 3 else 5)
                assert max(known) <= high


def test_the_figure_draws_the_table(table: Table) -> None:
    figure = EXPERIMENTS["kappa_against_imbalance"].draw(table)
    rows = table.where(family="step", m=3).rows
    curves = {str(line.get_label()): np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[0].get_lines()}
    drawn = next(values for label, values in curves.items() if "weakest contrast" in label)
    # the midpoint of an enclosure of seventeen digits over another, each rounded once to float64
    eps = float(np.finfo(float).eps)
    for value, row in zip(drawn, rows, strict=True):
        low, high = ends(row["kappa"])[0] / ends(row["balanced"])[1], ends(row["kappa"])[1] / ends(row["balanced"])[0]
        assert float(low) * (1 - 4 * eps) <= value <= float(high) * (1 + 4 * eps)
