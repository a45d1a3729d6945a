"""How every figure looks: sizes that stay readable on a phone, colours that differ for the colour-blind, quiet axes.

Matplotlib is imported when a figure is drawn, not before: computing tables does not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT = "#1b3a57", "#7d838c"
"""What a figure is about, and what only helps to read it."""

COLOURS = ("#c0542d", "#3a7ca5", "#6b8f2d", "#9a6fb0", "#b8860b", "#4d4d4d")
"""For the other curves, in this order; with line styles or markers beside them, for print in grey."""


def panels(columns: int = 1, height: float = 3.4, rows: int = 1, **axes: Any) -> tuple[Figure, list[Any]]:
    """An empty figure with panels from left to right and top to bottom.

    Args:
        columns: panels beside each other, at most two on a page that phones read.
        height: of a row of panels, in inches; the width is always the same.
        rows: rows of panels.
        axes: more for ``Figure.subplots``, ``sharey=True`` say.

    Returns:
        The figure and its axes.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    figure = Figure(figsize=(6.8, height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **axes)
    flat = list(grid.flat)
    for panel in flat:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, flat
