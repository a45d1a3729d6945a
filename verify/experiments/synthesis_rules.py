r"""Every reading of the synthesis rule, measured: certified deviations from the true geometry on a fixed panel.

The largest relative distance of a prototype of two labels or more from what a rule makes of singleton prototypes, real
or virtual, or of classifier rows; PAL-CE and MSE, with and without a bias, from :math:`\lambda=10^{-1}` to
:math:`10^{-8}`. Exact rules show the width of the enclosures, false ones their distance.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.experiments.base import Column, Data, Experiment, Row, Table, ends
from verify.experiments.optima import VARIANTS, longtailed, optimum
from verify.experiments.style import COLOURS, INK, panels
from verify.experiments.synthesis_against_lambda import measured
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import RULES
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named
from verify.model.feature_model import Bias
from verify.model.losses import MSE, PAL_CE, Loss
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPONENTS = (1, 2, 4, 6, 8)
LOSSES = (PAL_CE, MSE)

SHOWN = tuple(rule for rule in RULES.values() if rule.name != "bias")
"""That of a bias that decays is of none of these biases."""

COLUMNS = (
    Column("distribution", "", "a built-in one, or your data"),
    Column("loss", "", "pal or mse"),
    Column("bias", "", "zero or free"),
    Column("exponent", "", "e of lambda = 10^-e"),
    *(Column(rule.column, "", f"largest deviation of {rule.formula}") for rule in SHOWN),
)

Part = tuple[str, LabelDistribution, Loss, Bias]


def _panel() -> list[tuple[str, LabelDistribution]]:
    """Single labels with pairs or blocks, so that there is something to synthesise and something to do it from."""
    singles = named("balanced(K=4, m=1)")

    def with_singles(text: str) -> LabelDistribution:
        return LabelDistribution.mixture([(1, singles), (1, named(text))])

    return [
        ("balanced", with_singles("balanced(K=4, m=2)")),
        ("Fano plane", named("projective_plane(q=2, singletons=1/3)")),
        ("step", with_singles("step(K=4, m=2, rho=10)")),
        ("long tail", longtailed(4, Fraction(10))),
        ("correlated", with_singles("blocks(K=4, m=2, size=2, q=20)")),
        ("sparse", named("zipf(K=5, s=1, cardinality=3/2, orders=5, seed=1)")),
    ]


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, loss, bias; nothing here is random."""
    return [(name, pi, loss, bias) for name, pi in (*_panel(), *data) for loss, bias in VARIANTS if loss in LOSSES]


def run(part: Part) -> list[Row]:
    """The rows of one loss and bias on one distribution; none where there is no optimum or it is too large."""
    name, pi, loss, bias = part
    rows: list[Row] = []
    for exponent in EXPONENTS:
        found = optimum(pi, loss, bias, Fraction(1, 10**exponent))
        if isinstance(found, str):
            continue
        with precisely():
            prototypes = Prototypes.at_optimum(found)
            values = {rule.column: measured(prototypes, rule) for rule in SHOWN}
        rows.append({"distribution": name, "loss": loss.name, "bias": bias, "exponent": exponent, **values})
    return rows


# ---------------------------------------------------------------------- what is shown

FLOOR = 1e-9
"""Exact rules are drawn here: what is left of them is the width of enclosures."""


def draw(table: Table) -> Figure:
    """A panel for each loss and bias: a row per rule, a mark per distribution, at the smallest penalty."""
    figure, axes = panels(2, 3.0, 2, sharex=True, sharey=True)
    names = table.distinct("distribution")
    marks = dict(zip(names, "osD^vPX*<>", strict=False))
    colours = dict(zip(names, (INK, *COLOURS, *COLOURS), strict=False))
    variants = [(loss.name, bias) for loss in LOSSES for bias in ("zero", "free")]
    for panel, (loss, bias) in zip(axes, variants, strict=True):
        for row in table.where(loss=loss, bias=bias, exponent=EXPONENTS[-1]).rows:
            _mark(panel, row, marks.get(row["distribution"], "."), colours.get(row["distribution"], INK))
        panel.set(xscale="log", xlim=(FLOOR / 3, 5))
        panel.set_yticks(range(len(RULES)), [rule.title for rule in SHOWN], fontsize=7)
        panel.invert_yaxis() if panel is axes[0] else None
        panel.set_title(f"{loss}, {bias} bias", fontsize=10)
    for panel in axes[2:]:
        panel.set_xlabel("largest relative deviation")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return figure


def _mark(panel: Any, row: Row, mark: str, colour: str) -> None:
    known = [(y, row[rule.column]) for y, rule in enumerate(SHOWN) if row[rule.column] is not None]
    x = [max(float(ends(value)[1]), FLOOR) for _, value in known]
    panel.plot(x, [y for y, _ in known], ls="", marker=mark, ms=4, color=colour, alpha=0.8, label=row["distribution"])


def words(table: Table) -> str:
    """For each loss and bias, which rules are exact on all distributions as far as enclosures tell."""
    said = []
    for loss in LOSSES:
        for bias in ("zero", "free"):
            rows = table.where(loss=loss.name, bias=bias).rows
            exact = [rule.title for rule in SHOWN if _contains_zero(rows, rule.column)]
            said.append(f"{loss.name} with {bias} bias: {', '.join(exact) or 'none'}")
    return f"Rules that none of {len(table.rows)} certified optima refutes: {'; '.join(said)}."


def _contains_zero(rows: tuple[Row, ...], name: str) -> bool:
    known = [ends(row[name]) for row in rows if row[name] is not None]
    return bool(known) and all(low == 0 for low, _ in known)


EXPERIMENT = Experiment(
    name="synthesis_rules",
    title="The readings of the synthesis rule, measured",
    question="How far is each reading of the synthesis rule from the true prototypes?",
    claims=("W1", "W2", "W2a", "W2b", "W3", "W3a", "W4", "W5", "W6", "W7", "W8", "W8a", "W8b"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
