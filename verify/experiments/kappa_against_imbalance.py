r"""How the weakest contrast and its lower bounds fall as imbalance grows.

The families ``step`` and ``longtail`` on seven labels, every imbalance ratio exactly rational, and every number exact:
:math:`\kappa_m` is a root of an integer polynomial, enclosed; the bounds of claims S8, S13 and S14 are rational or such
roots. Seven labels because the Fano plane, the smallest design that is not all sets of its size, lives there.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING

from verify.exact.roots import Root
from verify.experiments.base import Cell, Column, Data, Experiment, Row, Table, enclosed, ends, middle, shown
from verify.experiments.style import COLOURS, INK, SOFT, panels
from verify.geometry.spectrum import Spectrum, balanced_value, lower_bounds
from verify.labels.builders.designs import projective_plane
from verify.labels.builders.imbalanced import longtail, step
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import grid_powers
from verify.labels.masks import members

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K = 7
FAMILIES = {"step": step, "longtail": longtail}
RATIOS = tuple(Fraction(power, 100) for power in grid_powers(Fraction(10), 8, 24, 100))
"""From 1 to 1000, eight to a decade, to two decimals."""

BOUNDS = {
    "minorization": ("minorization, S8a", ":"),
    "Gershgorin": ("shifted Gershgorin, S8b", "-"),
    "sharpened": ("trace-determinant, S13", "-"),
    "overlap": ("overlap, S8d", "-"),
    "design": ("Fano plane, S14", "--"),
}
"""Lower bounds that are drawn: what they are called, and with which line."""

COLUMNS = (
    Column("family", "", "step: half of the labels are frequent; longtail: exponential decay"),
    Column("m", "", "labels per label set"),
    Column("ratio", "", "imbalance ratio: odds of the most over odds of the least frequent label"),
    Column("balanced", "probability", "value of kappa_m without imbalance, m(K-m)/(K(K-1)) (S1)"),
    Column("kappa", "probability", "kappa_m: least eigenvalue of the centered label covariance"),
    Column("minorization", "probability", "lower bound S8a; none at multiplicities where a label set is missing"),
    Column("Gershgorin", "probability", "lower bound S8b at the best shift"),
    Column("trace-determinant", "probability", "lower bound S8c"),
    Column("sharpened", "probability", "lower bound S13"),
    Column("overlap", "probability", "lower bound S8d; negative says nothing"),
    Column("design", "probability", "lower bound S14 by the best of the 30 Fano planes; none unless m = 3"),
)


def parts(_: int, __: Data) -> list[tuple[str, int]]:
    """Family and multiplicity; nothing here is random."""
    return [(family, m) for family in FAMILIES for m in (1, 2, 3)]


def run(part: tuple[str, int]) -> list[Row]:
    """The rows of one family at one multiplicity."""
    family, m = part
    return [_row(family, m, ratio) for ratio in RATIOS]


def _row(family: str, m: int, ratio: Fraction) -> Row:
    pi = FAMILIES[family](K, m, ratio)
    spectrum = Spectrum.of(pi)
    bounds = {**lower_bounds(pi, spectrum).named, "design": _design_bound(pi, m)}
    head = {"family": family, "m": m, "ratio": enclosed(ratio), "balanced": _cell(balanced_value(K, m))}
    return {**head, "kappa": _cell(spectrum.kappa), **{c.name: _cell(bounds.get(c.name)) for c in COLUMNS[5:]}}


def _cell(number: Fraction | Root | None) -> Cell:
    if isinstance(number, Root):
        found = number.to_precision(17)
        return enclosed(found.lower, found.upper)
    return None if number is None else enclosed(number)


def _design_bound(pi: LabelDistribution, m: int) -> Fraction | None:
    r""":math:`\bar\kappa_m\,b\min_{S\in\mathcal B}\pi_S` by the best Fano plane :math:`\mathcal B` (claim S14)."""
    if m != 3:
        return None
    weights = pi.weight_of
    best = max(min(weights[block] for block in plane) for plane in _fano_planes())
    return balanced_value(K, m) * 7 * Fraction(best, pi.total)


@cache
def _fano_planes() -> tuple[tuple[int, ...], ...]:
    """The Fano plane under every renaming of its points: 7!/168 = 30 different planes."""
    lines = [members(mask) for mask in projective_plane(q=2).masks]
    planes = {tuple(sorted(sum(1 << names[k] for k in line) for line in lines)) for names in permutations(range(K))}
    return tuple(sorted(planes))


def draw(table: Table) -> Figure:
    r""":math:`\kappa_m/\bar\kappa_m` and its bounds against the imbalance ratio, at the largest multiplicity."""
    figure, axes = panels(2, sharey=True)
    for panel, family in zip(axes, table.distinct("family"), strict=False):
        of_family = table.where(family=family)
        rows = of_family.where(m=max(of_family.column("m"))).rows
        ratios = [middle(row["ratio"]) for row in rows]
        panel.axhline(1, color=SOFT, lw=1, ls=(0, (4, 3)))
        for (name, (label, style)), colour in zip(BOUNDS.items(), COLOURS, strict=False):
            panel.plot(ratios, [max(_share(row, name), 0) for row in rows], color=colour, ls=style, lw=1.5, label=label)
        kappa = [_share(row, "kappa") for row in rows]
        panel.plot(ratios, kappa, color=INK, lw=2.4, label=r"$\kappa_m$, the weakest contrast")
        panel.set(xscale="log", xlabel="imbalance ratio", title=family, ylim=(0, 1.08))
    axes[0].set_ylabel(r"in units of the balanced value $\bar\kappa_m$")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _share(row: Row, name: str) -> float:
    return float("nan") if row[name] is None else middle(row[name]) / middle(row["balanced"])


def words(table: Table) -> str:
    """How much of kappa an imbalance of ten and the largest one leave, and which bound is the tightest."""
    said = []
    for family in table.distinct("family"):
        of_family = table.where(family=family)
        rows = of_family.where(m=max(of_family.column("m"))).rows
        at = {round(middle(row["ratio"])): row for row in rows}
        left = ", ".join(f"{_share(at[ratio], 'kappa'):.1%} at {ratio}" for ratio in (10, 100, 1000) if ratio in at)
        row = at.get(10, rows[-1])
        bounds = {name: ends(row[name])[0] for name in BOUNDS if row[name] is not None}
        best = max(bounds, key=lambda name: bounds[name])
        proven = max(bounds[best] / ends(row["kappa"])[0], Fraction(0))
        said.append(
            f"{family} leaves {left} of the balanced kappa_m (m = {row['m']}); at {shown(row['ratio'])} the tightest "
            f"bound ({BOUNDS[best][0]}) proves {float(proven):.0%} of what is left"
        )
    text = ". ".join(sentence[0].upper() + sentence[1:] for sentence in said)
    return f"As the imbalance ratio grows: {text}."


EXPERIMENT = Experiment(
    name="kappa_against_imbalance",
    title="The weakest contrast against imbalance",
    question="How fast does kappa_m fall as imbalance grows, and how much of it do the lower bounds keep?",
    claims=("S1", "S2", "S8", "S13", "S14"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
