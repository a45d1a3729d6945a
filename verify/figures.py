"""The figures of the README and the notes, as SVG files: ``python -m verify.figures FOLDER`` draws them again.

Needs the extra ``report`` (matplotlib). Every curve is computed here from the exact spectrum; nothing is typed in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import matplotlib as mpl
from matplotlib.figure import Figure

from verify.families import step
from verify.spectrum import Spectrum, balanced_value, lower_bounds

__all__ = ["FIGURES", "draw", "kappa_against_imbalance"]

_INK, _SOFT = "#1b3a57", "#8a8f98"
_BOUNDS = {
    "Gershgorin": ("#7a9a3a", "-", "shifted Gershgorin, S8b"),
    "minorization": ("#c0542d", ":", "minorization, S8a"),
    "sharpened": ("#3a7ca5", "-", "trace-determinant, sharpened, S13"),
    "overlap": ("#9a6fb0", "-", "overlap, S8d"),
}


def kappa_against_imbalance(K: int = 6, m: int = 2) -> Figure:
    r""":math:`\kappa_m/\bar\kappa_m` and its lower bounds as step imbalance grows (claims S2, S8, S13).

    The distribution is the family ``step``: its ratio of odds between frequent and rare labels is the abscissa.
    """
    ratios = [Fraction(round(10 ** (i / 8) * 100), 100) for i in range(25)]
    balanced = float(balanced_value(K, m))
    distributions = [step(K, m, ratio) for ratio in ratios]
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(1, color=_SOFT, lw=1, ls=(0, (4, 3)))
    axes.text(float(ratios[-1]), 1.02, "balanced", color=_SOFT, ha="right", va="bottom", fontsize=9)
    for name, (color, style, label) in _BOUNDS.items():
        bounds = [lower_bounds(pi).named.get(name) for pi in distributions]
        values = [max(float(bound) / balanced, 0) if bound is not None else float("nan") for bound in bounds]
        axes.plot([float(r) for r in ratios], values, color=color, ls=style, lw=1.5, label=label)
    kappa = [float(Spectrum.of(pi).kappa) / balanced for pi in distributions]
    axes.plot([float(r) for r in ratios], kappa, color=_INK, lw=2.4, label=r"$\kappa_m$, the weakest contrast")
    axes.set(
        xscale="log",
        xlabel="imbalance ratio",
        ylabel=r"in units of the balanced value $\bar\kappa_m$",
        xlim=(1, float(ratios[-1])),
        ylim=(0, 1.12),
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure


FIGURES: Mapping[str, Callable[[], Figure]] = MappingProxyType({"kappa_against_imbalance": kappa_against_imbalance})
"""Every figure by file name."""


def draw(folder: Path) -> list[Path]:
    """Write every figure as SVG, the same bytes for the same version of matplotlib."""
    written = []
    with mpl.rc_context({"svg.hashsalt": "mlnc", "svg.fonttype": "path"}):
        for name, make in FIGURES.items():
            path = folder / f"{name}.svg"
            make().savefig(path, metadata={"Date": None}, facecolor="white")
            written.append(path)
    return written


if __name__ == "__main__":
    for file in draw(Path(sys.argv[1])):
        print(file)
