r"""The rule of each loss and bias as the regularisation falls, with smoothed labels and without, certified.

Without smoothing the rules of the terminal phase come in logarithmically (W3, W4, B3, B3a). With it targets are
finite, and the rules that they hand down come in like :math:`\sqrt\lambda` (Y0, Y2, Y2a), for BCE, whose curvature at
the target is the same in all directions, faster still.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from verify.experiments.base import Column, Data, Experiment, Row, Table, ends, shown
from verify.experiments.binary_against_lambda import SKEWED
from verify.experiments.optima import optimum
from verify.experiments.style import COLOURS, INK, panels
from verify.experiments.synthesis_against_lambda import draw_band, measured
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, PLAIN, SMOOTHED, UNIFORM, Rule
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMOOTHINGS = Fraction(0), Fraction(1, 10)
EXPONENTS = range(1, 13)
LOSSES = {loss.name: loss for loss in (PAL_CE, BCE)}
BIASES: tuple[Bias, Bias] = ("zero", "free")

Part = tuple[str, LabelDistribution, str, Bias, Fraction, int]

COLUMNS = (
    Column("distribution", "", "skewed: K = 4, no label, single labels and four pairs; or your data"),
    Column("loss", "", "pal or bce"),
    Column("bias", "", "zero or free"),
    Column("smoothing", "", "label smoothing, 0 or 1/10"),
    Column("exponent", "", "e of lambda = 10^-e"),
    Column("deviation", "", "largest deviation of prototypes from the rule of the limit"),
)


def rule_of(loss: Loss, bias: Bias) -> Rule:
    """The rule of the limit: with smoothed labels as handed down, else of the terminal phase."""
    if loss.centered and loss.smoothing:
        return SMOOTHED
    if bias == "free":
        return FREQUENCY
    return PLAIN if loss.centered else UNIFORM


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, loss, bias, smoothing, exponent; nothing here is random."""
    cases = [(loss, bias, eps) for loss in LOSSES for bias in BIASES for eps in SMOOTHINGS]
    return [
        (name, pi, loss, bias, eps, e)
        for name, pi in (("skewed", SKEWED), *data)
        for loss, bias, eps in cases
        for e in (EXPONENTS if name == "skewed" else EXPONENTS[:6])
    ]


def run(part: Part) -> list[Row]:
    """The row of one penalty; none where there is no optimum or no certificate."""
    name, pi, word, bias, smoothing, exponent = part
    loss = LOSSES[word].smoothed(smoothing)
    with precisely():
        found = optimum(pi, loss, bias, Fraction(1, 10**exponent))
        if isinstance(found, str):
            return []
        deviation = measured(Prototypes.at_optimum(found), rule_of(loss, bias))
    said = {"distribution": name, "loss": word, "bias": bias, "smoothing": str(smoothing), "exponent": exponent}
    return [{**said, "deviation": deviation}]


def draw(table: Table) -> Figure:
    """A panel for each loss: without smoothing, and with it."""
    figure, axes = panels(2, 3.8, sharey=True)
    for panel, (word, loss) in zip(axes, LOSSES.items(), strict=True):
        for bias, colour in zip(BIASES, (COLOURS[0], COLOURS[1]), strict=True):
            for smoothing, style in (("0", "--"), ("1/10", "-")):
                rows = table.where(distribution="skewed", loss=word, bias=bias, smoothing=smoothing).rows
                known = [row for row in rows if row["deviation"] is not None]
                draw_band(panel, known, "deviation", colour, style, f"{bias} bias, smoothing {smoothing}")
        panel.set(yscale="log", xlabel=r"$\log_{10}(1/\lambda)$")
        panel.set_title(loss.title, fontsize=10, color=INK)
    axes[0].set_ylabel("largest relative deviation")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def words(table: Table) -> str:
    """How far each rule is off at a large and a small penalty."""
    said = []
    for word, loss in LOSSES.items():
        for bias in BIASES:
            for smoothing in SMOOTHINGS:
                rows = table.where(distribution="skewed", loss=word, bias=bias, smoothing=str(smoothing)).rows
                known = [row for row in rows if row["deviation"] is not None]
                if len(known) > 1:
                    first, last = known[1], known[-1]
                    said.append(
                        f"{loss.title}, {bias} bias, smoothing {smoothing}: {shown(first['deviation'], 3)} at "
                        f"lambda = 1e-{first['exponent']}, at most {float(ends(last['deviation'])[1]):.1e} at "
                        f"1e-{last['exponent']}"
                    )
    return f"Skewed: {'; '.join(said)} (relative distances from the limit's rule, certified)." if said else "Nothing."


EXPERIMENT = Experiment(
    name="smoothed_against_lambda",
    title="Smoothed labels against the regularisation",
    question="How much sooner do prototypes follow their rule if labels are smoothed?",
    claims=("Y0", "Y1", "Y1a", "Y2", "Y2a"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
