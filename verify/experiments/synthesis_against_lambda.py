r"""How good the readings of the synthesis rule are as the regularisation falls to penalties nobody can solve for.

The largest relative distance of a prototype of two labels or more from its synthesis, enclosed from both sides: by the
trusted kernel down to :math:`\lambda=10^{-16}`, and by the gap of the polar point from :math:`\lambda=10^{-10^4}` to
:math:`10^{-10^9}`. In between nothing narrow is proved, and nothing drawn. PAL-CE with and without a bias: the rules
that hold in the limit come in logarithmically (W3, W4, W8), and uniform averaging with a free bias gets worse, whatever
the factor for each label set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb

from verify.experiments.base import Cell, Column, Data, Experiment, Row, Table, ends, shown
from verify.experiments.optima import cell, longtailed, optimum
from verify.experiments.style import COLOURS, INK, panels
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, PLAIN, RULES, Rule
from verify.geometry.tiny_penalty import TinyPenalty
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE, Loss
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATIO = Fraction(5)
"""Imbalance of the built-in long tail: of a greater one the sign condition fails with a free bias."""

SOLVED = range(1, 17)
"""Exponents of the penalties that are solved for; of the user's data the first half."""

ENCLOSED = tuple(10**e for e in range(4, 10))
"""Exponents of the penalties that are not."""

MEASURED = [RULES[name] for name in ("plain", "scaled sum", "frequency", "mean", "naive", "rows", "uniform rows")]
"""Which rules; a column each."""


def columns(distribution: str, rules: Sequence[Rule]) -> tuple[Column, ...]:
    """The columns of a table of largest deviations."""
    return (
        Column("distribution", "", distribution),
        Column("bias", "", "zero or free"),
        Column("exponent", "", "e of lambda = 10^-e"),
        Column("enclosed_by", "", "kernel: a certified optimum; polar: the gap of the polar point"),
        *(Column(rule.column, "", f"largest deviation of {rule.formula}") for rule in rules),
    )


COLUMNS = columns("long tail: K = 4, half single labels, half pairs, imbalance ratio 5; or your data", MEASURED)

Part = tuple[str, LabelDistribution, Bias, str, int]


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, bias, what encloses, exponent; nothing here is random."""
    return parts_of("long tail", longtailed(4, RATIO), data)


def parts_of(built_in: str, own: LabelDistribution, data: Data) -> list[Part]:
    """The same for a built-in distribution of one's own."""
    found: list[Part] = []
    kinds: tuple[Bias, Bias] = ("zero", "free")
    for bias in kinds:
        found += [(built_in, own, bias, "kernel", e) for e in SOLVED]
        found += [(built_in, own, bias, "polar", e) for e in ENCLOSED]
        for name, pi in data:
            found += [(name, pi, bias, "kernel", e) for e in SOLVED[: len(SOLVED) // 2]]
            found += [(name, pi, bias, "polar", e) for e in ENCLOSED]
    return found


def run(part: Part) -> list[Row]:
    """The row of one penalty; none where there is no optimum, no certificate, or no sign condition."""
    return row_of(part, PAL_CE, MEASURED)


def row_of(part: Part, loss: Loss, rules: Sequence[Rule]) -> list[Row]:
    """The same for a loss and rules of one's own."""
    name, pi, bias, enclosed_by, exponent = part
    with precisely():
        prototypes = (_solved if enclosed_by == "kernel" else _enclosed)(pi, loss, bias, exponent)
        if prototypes is None:
            return []
        values = {rule.column: measured(prototypes, rule) for rule in rules}
    return [{"distribution": name, "bias": bias, "exponent": exponent, "enclosed_by": enclosed_by, **values}]


def _solved(pi: LabelDistribution, loss: Loss, bias: Bias, exponent: int) -> Prototypes | None:
    found = optimum(pi, loss, bias, Fraction(1, 10**exponent))
    return None if isinstance(found, str) else Prototypes.at_optimum(found)


def _enclosed(pi: LabelDistribution, loss: Loss, bias: Bias, exponent: int) -> Prototypes | None:
    try:
        if bias == "free" and not all(loss.sees(pi).class_counts):
            return None
        return Prototypes.at_tiny_penalty(TinyPenalty.of(pi, bias, exponent * arb(10).log() / 2, loss))
    except UncertifiedError:
        return None


def measured(prototypes: Prototypes, rule: Rule) -> Cell:
    """The cell of the largest deviation of a rule; ``None`` where it has none, as a prototype may be 0."""
    try:
        return cell(rule.worst(prototypes))
    except UncertifiedError:
        return None


# ---------------------------------------------------------------------- what is shown

CURVES = {
    "scaled_sum": ("uniform average, best factor per set", COLOURS[0], "-"),
    "plain": (PLAIN.title, COLOURS[1], "--"),
    "frequency": (FREQUENCY.title, INK, "-"),
    "rows": ("classifier rows, inverse root", COLOURS[2], "-."),
}
"""Rules that are drawn: what they are called, in which colour and style."""

FLOOR = 1e-10
"""Where the figure ends; an enclosure that contains 0 reaches down to it."""


def draw(table: Table) -> Figure:
    """A panel for each treatment of the bias: the upper ends of the enclosures, and bands where these can be seen."""
    return drawn(table, "long tail", CURVES)


def drawn(table: Table, distribution: str, curves: Mapping[str, tuple[str, str, str]]) -> Figure:
    """The same for a distribution and curves of one's own."""
    figure, axes = panels(2, 3.8, sharey=True)
    for panel, bias in zip(axes, ("zero", "free"), strict=True):
        for name, (label, colour, style) in curves.items():
            for enclosed_by in ("kernel", "polar"):
                rows = table.where(distribution=distribution, bias=bias, enclosed_by=enclosed_by).rows
                known = [row for row in rows if row[name] is not None]
                draw_band(panel, known, name, colour, style, label if enclosed_by == "kernel" else None)
        panel.set(xscale="log", yscale="log", ylim=(FLOOR, 3), xlabel=r"$\log_{10}(1/\lambda)$")
        panel.set_title(f"{bias} bias", fontsize=10)
    axes[0].set_ylabel("largest relative deviation")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def draw_band(
    panel: Any, rows: list[Row], name: str, colour: str, style: str, label: str | None, along: str = "exponent"
) -> None:
    """The enclosures of one column against another, and the line of their upper ends."""
    x = [row[along] for row in rows]
    low, high = ([max(float(ends(row[name])[side]), FLOOR / 2) for row in rows] for side in (0, 1))
    panel.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
    panel.plot(x, high, color=colour, ls=style, lw=1.8, label=label)


def words(table: Table) -> str:
    """What the two rules of a free bias do from the largest to the smallest penalty."""
    rows = [row for row in table.rows if (row["distribution"], row["bias"]) == ("long tail", "free")]
    if not rows:
        return "Nothing was enclosed with a free bias."
    first, last = rows[0], rows[-1]
    said = [
        f"{what} {shown(first[name], 3)} at lambda = 1e-{first['exponent']} and "
        f"{_at_most(last[name])} at 1e-{last['exponent']}"
        for name, what in (
            ("frequency", f"the {FREQUENCY.title} rule misses the worst prototype by"),
            ("scaled_sum", "uniform averaging with the best factor for every label set by"),
        )
    ]
    return f"On the long tail with a free bias {'; '.join(said)} (relative distances, certified)."


def _at_most(value: Cell) -> str:
    low, high = ends(value)
    return shown(value, 3) if low > high / 2 else f"at most {float(high):.1e}"


EXPERIMENT = Experiment(
    name="synthesis_against_lambda",
    title="Synthesis rules against the regularisation",
    question="Which synthesis rules get better as lambda goes to 0, how fast, and which get worse?",
    claims=("W3", "W3a", "W4", "W7", "W8"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
