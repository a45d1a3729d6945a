r"""Where the sign condition of the terminal phase holds: a phase diagram over :math:`\kappa/\mathrm K`, ``m``, ``K``.

Random distributions of one multiplicity whose second moment has full rank, from nearly balanced to sparse and very
uneven. The verdict is decided (exactly where a ball meets zero), the condition number is an enclosure, and whether
claim T3 guarantees the condition is decided exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from random import Random
from typing import TYPE_CHECKING

from verify.exact.roots import Root
from verify.experiments.base import Cell, Column, Data, Experiment, Row, Table, enclosed, middle
from verify.experiments.optima import cell
from verify.experiments.style import COLOURS, INK, panels
from verify.geometry.sign_condition import TerminalGeometry, control_constant, kappa_control
from verify.geometry.spectrum import Spectrum
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import below, shuffled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = (4, 5, 6, 7, 8)
DRAWN = (6, 8)
"""Numbers of labels that the figure shows."""

DRAWS = 48
"""Distributions of full rank for every number of labels and multiplicity."""

COLUMNS = (
    Column("K", "", "number of labels"),
    Column("m", "", "labels per label set"),
    Column("sets", "", "label sets in the support"),
    Column("kappa", "probability", "kappa_m"),
    Column("largest", "probability", "K_m"),
    Column("entry", "", "largest entry of Sigma^{+1/2} y_S off its set; the sign condition is that it is at most 0"),
    Column("verdict", "", "the sign condition: strict, equality or violated, decided"),
    Column("guaranteed", "", "whether the condition number alone guarantees it (T3), decided exactly"),
)


def parts(seed: int, _: Data) -> list[tuple[int, int, int]]:
    """Numbers of labels with every multiplicity."""
    return [(seed, K, m) for K in LABELS for m in range(1, K)]


def run(part: tuple[int, int, int]) -> list[Row]:
    """The distributions of one multiplicity."""
    seed, K, m = part
    return [_row(K, m, pi) for pi in _drawn(Random(f"sign condition {seed} {K} {m}"), K, m)]


def _drawn(rng: Random, K: int, m: int) -> Iterator[LabelDistribution]:
    """Any number of sets from ``K`` to all, weights up to 1, 4, 16, ..., 1024; those of full rank."""
    masks, found = balanced(K, m).masks, 0
    while found < DRAWS:
        count = K + below(rng, comb(K, m) - K + 1)
        most = 4 ** below(rng, 6)
        weights = {mask: 1 + below(rng, most) for mask in shuffled(rng, masks, count)}
        pi = LabelDistribution.from_masks(weights, [str(k + 1) for k in range(K)])
        if TerminalGeometry.of(pi).full_rank:
            found += 1
            yield pi


def _row(K: int, m: int, pi: LabelDistribution) -> Row:
    spectrum, sign = Spectrum.of(pi), TerminalGeometry.of(pi).sign
    return {
        "K": K,
        "m": m,
        "sets": len(pi.masks),
        "kappa": _root(spectrum.kappa),
        "largest": _root(spectrum.largest),
        "entry": cell(sign.value),
        "verdict": sign.verdict,
        "guaranteed": kappa_control(spectrum, m),
    }


def _root(number: Root) -> Cell:
    found = number.to_precision(17)
    return enclosed(found.lower, found.upper)


def _flatness(row: Row) -> float:
    return middle(row["kappa"]) / middle(row["largest"])


def draw(table: Table) -> Figure:
    """A dot per distribution, a row of dots per multiplicity; to the right of the bars T3 guarantees the condition."""
    figure, axes = panels(2)
    for panel, K in zip(axes, DRAWN, strict=True):
        for row in (rows := table.where(K=K)).rows:
            violated = row["verdict"] == "violated"
            height = row["m"] + (0.16 if violated else -0.16)
            colour, marker = (COLOURS[0], "x") if violated else (COLOURS[1], "o")
            panel.plot(_flatness(row), height, marker=marker, ms=3, color=colour, alpha=0.6, ls="none")
        for m in rows.distinct("m"):
            panel.plot([1 / control_constant(K, m)] * 2, [m - 0.4, m + 0.4], color=INK, lw=2)
        panel.set(xscale="log", xlabel=r"$\kappa_m/\mathrm{K}_m$", title=f"K = {K}", ylim=(0.4, K - 0.4))
        panel.set_yticks(rows.distinct("m"))
    axes[0].set_ylabel("m, labels per label set")
    axes[0].plot([], [], marker="o", ms=4, color=COLOURS[1], ls="none", label="sign condition holds")
    axes[0].plot([], [], marker="x", ms=4, color=COLOURS[0], ls="none", label="violated")
    axes[0].plot([], [], color=INK, lw=2, label="guaranteed to the right of it, T3")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def words(table: Table) -> str:
    """How often it is violated, how often guaranteed, and whether the guarantee was ever wrong."""
    violated = [row for row in table.rows if row["verdict"] == "violated"]
    guaranteed = [row for row in table.rows if row["guaranteed"]]
    wrong = sum(row["verdict"] == "violated" for row in guaranteed)
    lines = [
        f"Of {len(table.rows)} distributions {len(violated)} violate the sign condition; the condition number "
        f"guarantees it for {len(guaranteed)}, of which {wrong} violate it"
    ]
    if violated:
        flattest = max(violated, key=_flatness)
        bar = 1 / control_constant(flattest["K"], flattest["m"])
        lines.append(
            f"the flattest violation has kappa/K = {_flatness(flattest):.3f} at K = {flattest['K']}, m = "
            f"{flattest['m']}, where the guarantee begins at {bar:.3f}"
        )
    single = [row for row in table.rows if row["m"] in (1, row["K"] - 1)]
    broken = sum(row["verdict"] == "violated" for row in single)
    lines.append(f"of the {len(single)} with one label, or all but one, {broken} violate it")
    return "; ".join(lines) + "."


EXPERIMENT = Experiment(
    name="sign_condition",
    title="Where the terminal geometry is in closed form",
    question="For which condition numbers and multiplicities does the sign condition of the terminal phase hold?",
    claims=("T1", "T3", "T3a"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
