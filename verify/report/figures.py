"""Figures as SVG; ``python -m verify.report.figures FOLDER`` draws those of the README and the notes again.

A figure is that of an experiment, whose table is computed anew; nothing is typed in.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from verify import experiments
from verify.campaign.claims import foundations
from verify.report.house import draw_house, rooms

__all__ = ["FIGURES", "draw", "svg"]

FIGURES = ("kappa_against_imbalance", "synthesis_against_lambda", "three_labels")
"""Experiments whose figure is kept with the notes."""


def svg(figure: Figure, title: str) -> bytes:
    """A figure as an SVG file, the same bytes for the same version of matplotlib.

    Args:
        figure: what to draw.
        title: what it shows, for those who do not see it.
    """
    target = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "mlnc", "svg.fonttype": "path"}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Title": title}, facecolor="white")
    return target.getvalue()


def draw(folder: Path) -> list[Path]:
    """Write every figure as SVG, the same bytes for the same version of matplotlib."""
    written = []
    for name, table in experiments.run(FIGURES).items():
        experiment = experiments.EXPERIMENTS[name]
        path = folder / f"{name}.svg"
        path.write_bytes(svg(experiment.draw(table), experiment.title))
        written.append(path)
    house = folder / "house.svg"
    house.write_bytes(svg(draw_house(rooms(Path(__file__).parents[2])), "The rooms of the sources and their imports"))
    rests = folder / "foundations.svg"
    rests.write_bytes(svg(draw_house(foundations(), "axiom"), "Which proved claims rest on which claims and axioms"))
    return [*written, house, rests]


if __name__ == "__main__":
    for file in draw(Path(sys.argv[1])):
        print(file)
