r"""The rules of no bias and of a free one against the decay of the bias, certified.

At one :math:`\lambda` the penalty of the bias goes from far below to far above that of the rest: the
class-frequency-weighted rule holds where :math:`\lambda_b\tau` is small against :math:`\mu=\sqrt\lambda` (E4), that of
no bias where it is large (E3), :math:`\tau=\frac12\log\frac1\lambda`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from verify.experiments.base import Column, Data, Experiment, Row, Table, middle, shown
from verify.experiments.binary_against_lambda import SKEWED
from verify.experiments.style import COLOURS, INK, panels
from verify.experiments.synthesis_against_lambda import draw_band, measured
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, UNIFORM
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum, Instance, precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EXPERIMENT"]

EXPONENTS = 4, 8, 12
SHARES = range(-5, 6)
"""Exponents of the decay of the bias over that of the other parameters, lambda_b/mu."""

RULES = {UNIFORM.column: (UNIFORM, COLOURS[1], "--"), FREQUENCY.column: (FREQUENCY, INK, "-")}
"""The rules of BCE without a bias and with a free one."""

Part = tuple[str, LabelDistribution, int, int]

COLUMNS = (
    Column("distribution", "", "skewed: K = 4, no label, single labels and four pairs; or your data"),
    Column("exponent", "", "e of lambda = 10^-e"),
    Column("share", "", "s of lambda_b = 10^s mu"),
    *(Column(name, "", f"largest deviation of {rule.formula}") for name, (rule, _, _) in RULES.items()),
)


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, exponents of lambda and of lambda_b/mu; nothing here is random."""
    return [
        (name, pi, e, share)
        for name, pi in (("skewed", SKEWED), *data)
        for e in (EXPONENTS if name == "skewed" else EXPONENTS[:1])
        for share in SHARES
    ]


def run(part: Part) -> list[Row]:
    """The row of one decay of the bias; none without a certificate."""
    name, pi, exponent, share = part
    mu = Fraction(1, 10 ** (exponent // 2))
    try:
        with precisely():
            at = CertifiedOptimum.of(pi, Instance(BCE, mu * Fraction(10) ** share, mu, mu))
            prototypes = Prototypes.at_optimum(at)
            values = {column: measured(prototypes, rule) for column, (rule, _, _) in RULES.items()}
    except UncertifiedError:
        return []
    return [{"distribution": name, "exponent": exponent, "share": share, **values}]


def draw(table: Table) -> Figure:
    """A panel for the largest and the smallest penalty."""
    figure, axes = panels(2, 3.8, sharey=True)
    for panel, exponent in zip(axes, (EXPONENTS[0], EXPONENTS[-1]), strict=True):
        rows = table.where(distribution="skewed", exponent=exponent).rows
        for name, (rule, colour, style) in RULES.items():
            known = [row for row in rows if row[name] is not None]
            draw_band(panel, known, name, colour, style, rule.title, along="share")
        panel.set(yscale="log", xlabel=r"$\log_{10}(\lambda_b/\mu)$")
        panel.set_title(rf"$\lambda=10^{{-{exponent}}}$", fontsize=10)
    axes[0].set_ylabel("largest relative deviation")
    axes[0].legend(frameon=False, fontsize=8)
    return figure


def words(table: Table) -> str:
    """Both rules at the ends, and where they are equally good."""
    said = []
    for exponent in EXPONENTS:
        rows = table.where(distribution="skewed", exponent=exponent).rows
        known = [row for row in rows if None not in (row[UNIFORM.column], row[FREQUENCY.column])]
        if not known:
            continue
        first, last = known[0], known[-1]
        better = [row["share"] for row in known if middle(row[UNIFORM.column]) < middle(row[FREQUENCY.column])]
        crossing = f", the rule of no bias is nearer from lambda_b = 1e{min(better)} mu on" if better else ""
        said.append(
            f"at lambda = 1e-{exponent} the {FREQUENCY.title} rule is off by {shown(first[FREQUENCY.column], 3)} at "
            f"lambda_b = 1e{first['share']} mu and by {shown(last[FREQUENCY.column], 3)} at 1e{last['share']} mu, the "
            f"{UNIFORM.title} by {shown(first[UNIFORM.column], 3)} and {shown(last[UNIFORM.column], 3)}{crossing}"
        )
    return f"BCE, skewed: {'; '.join(said)} (relative distances, certified)." if said else "Nothing was certified."


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
