r"""The rules of no bias and of a free one against the decay of the bias, certified.

At one :math:`\lambda` the penalty of the bias goes from far below to far above that of the rest: the
class-frequency-weighted rule holds, for PAL-CE as for BCE, where :math:`\lambda_b\tau` is small against
:math:`\mu=\sqrt\lambda` (E4), that of no bias where it is large (E3), :math:`\tau=\frac12\log\frac1\lambda`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from verify.experiments.base import Column, Data, Experiment, Row, Table, middle, shown
from verify.experiments.binary_against_lambda import SKEWED
from verify.experiments.style import COLOURS, INK, panels
from verify.experiments.synthesis_against_lambda import draw_band, measured
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, PLAIN, UNIFORM
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.losses import BCE, PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance, precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPONENTS = 4, 8, 12
SHARES = range(-5, 6)
"""Exponents of the decay of the bias over that of the other parameters, lambda_b/mu."""

LOSSES = {loss.name: (loss, {"none": rule, "free": FREQUENCY}) for loss, rule in ((BCE, UNIFORM), (PAL_CE, PLAIN))}
"""The rules of each loss without a bias and with a free one; labels meet the sign conditions of all four."""

CURVES = {"none": (COLOURS[1], "--"), "free": (INK, "-")}

Part = tuple[str, LabelDistribution, str, int, int]

COLUMNS = (
    Column("distribution", "", "skewed: K = 4, no label, single labels and four pairs; or your data"),
    Column("loss", "", "bce or pal"),
    Column("exponent", "", "e of lambda = 10^-e"),
    Column("share", "", "s of lambda_b = 10^s mu"),
    Column("none", "", f"largest deviation of {UNIFORM.formula} (bce), of {PLAIN.formula} (pal)"),
    Column("free", "", f"largest deviation of {FREQUENCY.formula}"),
)


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, loss, exponents of lambda and of lambda_b/mu; nothing here is random."""
    return [
        (name, pi, loss, e, share)
        for name, pi in (("skewed", SKEWED), *data)
        for loss in LOSSES
        for e in (EXPONENTS if name == "skewed" else EXPONENTS[:1])
        for share in SHARES
    ]


def run(part: Part) -> list[Row]:
    """The row of one decay of the bias; none without a certificate."""
    name, pi, word, exponent, share = part
    mu, (loss, rules) = Fraction(1, 10 ** (exponent // 2)), LOSSES[word]
    try:
        with precisely():
            at = CertifiedOptimum.of(pi, Instance(loss, mu * Fraction(10) ** share, mu, mu))
            prototypes = Prototypes.at_optimum(at)
            values = {column: measured(prototypes, rule) for column, rule in rules.items()}
    except UncertifiedError:
        return []
    return [{"distribution": name, "loss": word, "exponent": exponent, "share": share, **values}]


def draw(table: Table) -> Figure:
    """A row of panels for each loss: the largest and the smallest penalty."""
    figure, axes = panels(2, 2.6, 2, sharex=True, sharey=True)
    cases = [(word, exponent) for word in LOSSES for exponent in (EXPONENTS[0], EXPONENTS[-1])]
    for panel, (word, exponent) in zip(axes, cases, strict=True):
        rows = table.where(distribution="skewed", loss=word, exponent=exponent).rows
        loss, rules = LOSSES[word]
        for name, (colour, style) in CURVES.items():
            known = [row for row in rows if row[name] is not None]
            draw_band(panel, known, name, colour, style, rules[name].title, along="share")
        panel.set(yscale="log")
        panel.set_title(rf"{loss.title}, $\lambda=10^{{-{exponent}}}$", fontsize=10)
        if exponent == EXPONENTS[0]:
            panel.set_ylabel("largest relative deviation", fontsize=8)
            panel.legend(frameon=False, fontsize=8)
    for panel in axes[2:]:
        panel.set_xlabel(r"$\log_{10}(\lambda_b/\mu)$")
    return figure


def words(table: Table) -> str:
    """Both rules at the ends, and where they are equally good."""
    said = []
    for word, (loss, rules) in LOSSES.items():
        for exponent in EXPONENTS:
            rows = table.where(distribution="skewed", loss=word, exponent=exponent).rows
            known = [row for row in rows if None not in (row["none"], row["free"])]
            if not known:
                continue
            first, last = known[0], known[-1]
            better = [row["share"] for row in known if middle(row["none"]) < middle(row["free"])]
            crossing = f", the rule of no bias is nearer from lambda_b = 1e{min(better)} mu on" if better else ""
            said.append(
                f"{loss.title} at lambda = 1e-{exponent}: the {FREQUENCY.title} rule is off by "
                f"{shown(first['free'], 3)} at lambda_b = 1e{first['share']} mu and by {shown(last['free'], 3)} at "
                f"1e{last['share']} mu, the {rules['none'].title} by {shown(first['none'], 3)} and "
                f"{shown(last['none'], 3)}{crossing}"
            )
    return f"Skewed: {'; '.join(said)} (relative distances, certified)." if said else "Nothing was certified."


EXPERIMENT = Experiment(
    name="decay_of_the_bias",
    title="The rules against the decay of the bias",
    question="How much may a bias decay before prototypes follow the rule of no bias?",
    claims=("E3", "E4"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
