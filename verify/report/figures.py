"""Figures as SVG; ``python -m verify.report.figures FOLDER`` draws those of the README and the notes again.

A figure is that of an experiment, whose table is computed anew; nothing is typed in. Those that follow from the
sources alone, and not from numerics that may differ in a last digit elsewhere, are written with the notes, too, and
compared with them.
"""

import io
import sys
from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from verify import experiments
from verify.campaign.claims import foundations
from verify.geometry.at_lambda import rungs
from verify.labels.readers import read
from verify.report import at_lambda_text
from verify.report.house import draw_house, rooms

FIGURES = (
    "decay_of_the_bias",
    "kappa_against_imbalance",
    "smoothed_against_lambda",
    "synthesis_against_lambda",
    "three_labels",
)
"""Experiments whose figure is kept with the notes."""

PENALTIES = tuple(Fraction(1, 10**e) for e in range(1, 9))
"""Those that the README's figure is drawn for."""


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
    example = read(Path(__file__).parents[2] / "notes" / "example.csv")
    rules = folder / "rules_at_your_lambda.svg"
    rules.write_bytes(svg(at_lambda_text.draw(tuple(rungs(example, PENALTIES))), "How far each rule is off, by lambda"))
    for name, content in of_the_sources().items():
        (folder / name).write_text(content, encoding="utf-8")
        written.append(folder / name)
    return [*written, rules]


def of_the_sources() -> dict[str, str]:
    """The figures that are drawn from imports, entries and proofs alone, as SVG, by the names of their files."""
    root = Path(__file__).parents[2]
    house = svg(draw_house(rooms(root)), "The rooms of the sources and their imports")
    rests = svg(draw_house(foundations(), "axiom"), "Which proved claims rest on which claims and axioms")
    return {"house.svg": house.decode(), "foundations.svg": rests.decode()}


if __name__ == "__main__":
    for file in draw(Path(sys.argv[1])):
        print(file)
