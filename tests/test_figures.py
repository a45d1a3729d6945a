"""Figures: drawn from computed values, as SVG a browser can read, the same bytes twice."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="figures need the extra `report`")

from verify.figures import FIGURES, draw, kappa_against_imbalance


def test_every_figure_is_svg_and_drawn_the_same_twice(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in draw(tmp_path)}
    assert set(first) == {f"{name}.svg" for name in FIGURES}
    assert {path.name: path.read_bytes() for path in draw(tmp_path)} == first
    for content in first.values():
        assert ElementTree.fromstring(content).tag.endswith("svg")


def test_kappa_starts_at_the_balanced_value_falls_and_stays_above_its_bounds() -> None:
    axes = kappa_against_imbalance(K=5, m=2).axes[0]
    curves = {str(line.get_label()): np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()}
    kappa = next(values for label, values in curves.items() if "weakest contrast" in label)
    # values are ratios of correctly rounded float64 numbers of order one
    eps = float(np.finfo(float).eps)
    assert abs(kappa[0] - 1) < 4 * eps
    assert np.all(np.diff(kappa) < 0)
    bounds = [values for label, values in curves.items() if "S8" in label or "S13" in label]
    assert len(bounds) == 4
    assert all(np.all(values <= kappa + 4 * eps) for values in bounds)
