r"""Which contrasts survive as the regularisation grows: the rank of the classifier, certified, against ``lambda``.

Just below its collapse threshold a model is linear around :math:`W=0`, and a direction is worth learning as long as the
residual second moment there, :math:`R^0`, exceeds ``lambda`` in it (claim U9). For the squared error that stays true
all the way down: the rank is the number of eigenvalues of :math:`R^0` above ``lambda``, a closed form. For the other
losses it need not be. So the certified rank is set beside that count, which is exact, over the whole range of
``lambda`` and, on random distributions, close to the eigenvalues; and the distance of the two most frequent labels'
classifier rows beside that of the two rarest, which shows who pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.campaign.counterexamples import seeded
from verify.exact.balls import ball
from verify.exact.roots import RealRoots
from verify.experiments.base import Cell, Column, Data, Experiment, Row, Table, enclosed, middle, shown
from verify.experiments.optima import VARIANTS, cell, longtailed, optimum
from verify.experiments.style import COLOURS, INK, SOFT, panels
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import grid_powers
from verify.labels.families import random_distribution
from verify.model.feature_model import Bias, FeatureModel
from verify.model.losses import Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K = 6
SYNTHETIC = {"balanced": Fraction(1), "long tail": Fraction(100)}
"""Imbalance ratio of the built-in distributions, half single labels and half pairs."""

LAMBDAS = tuple(Fraction(power, 10**10) for power in grid_powers(Fraction(10), 8, 36, 10**6))
"""Eight to a decade, from 0.0001 to beyond the threshold of every loss."""

RANDOM = 8
"""Random distributions that are looked at beside the thresholds, where a difference would show."""

BESIDE = (Fraction(97, 100), Fraction(103, 100))
"""Where beside an eigenvalue: a little below and a little above it."""

MOST_DRAWN = 4
"""Distributions in the figure; the table has all."""

COLUMNS = (
    Column("distribution", "", "balanced; long tail (imbalance ratio 100), K = 6; your data; or a random one"),
    Column(
        "chosen", "", "how lambda was: on a grid, or beside (3 % off) an eigenvalue of R^0 of a random distribution"
    ),
    Column("loss", "", "pal, bce or mse"),
    Column("bias", "", "zero or free"),
    Column("lambda", "", "lambda_W times lambda_H"),
    Column("rank_low", "", "certified lower bound on the rank of the classifier"),
    Column("rank_high", "", "certified upper bound on it"),
    Column("predicted", "", "number of eigenvalues of R^0 above lambda, exact: the rank of the MSE optimum (W2)"),
    Column("head", "", "squared distance of the two most frequent labels' rows, times sqrt(lambda_W/lambda_H)"),
    Column("tail", "", "the same of the two least frequent labels that occur"),
    Column("note", "", "why nothing was measured"),
)

Part = tuple[str, str, LabelDistribution, Loss, Bias]


def parts(seed: int, data: Data) -> list[Part]:
    """A name, how to choose ``lambda``, the distribution, the loss and the bias model."""
    named = [(name, "grid", longtailed(K, ratio)) for name, ratio in SYNTHETIC.items()]
    given = [(name, "grid", pi) for name, pi in data]
    drawn = [random_distribution(seeded(seed, "collapse_cascade", index), (3, 5)) for index in range(RANDOM)]
    cases = [*named, *given, *((name, "beside", pi) for name, pi in drawn)]
    return [(*case, loss, bias) for case in cases for loss, bias in VARIANTS]


def run(part: Part) -> list[Row]:
    """The rows of one loss and bias model on one distribution, one per ``lambda``; or one that says why not."""
    name, chosen, pi, loss, bias = part
    head = {"distribution": name, "chosen": chosen, "loss": loss.name, "bias": bias}
    rows: list[Row] = []
    for lam in LAMBDAS if chosen == "grid" else _beside_eigenvalues(pi, loss, bias):
        found = optimum(pi, loss, bias, lam)
        if isinstance(found, str):
            return [{**head, **dict.fromkeys([column.name for column in COLUMNS[4:-1]]), "note": found}]
        rows.append({**head, "lambda": enclosed(lam), **_measured(found), "note": ""})
    return rows


def _beside_eigenvalues(pi: LabelDistribution, loss: Loss, bias: Bias) -> list[Fraction]:
    """Beside every positive eigenvalue of :math:`R^0`, ascending; three digits of it will do."""
    instance = Instance(loss, bias, Fraction(1), Fraction(1))
    if not instance.has_minimiser(pi):
        return [Fraction(1)]
    roots = _eigenvalues(instance.model(pi)).distinct
    near = (Fraction(roots.root(index).decimal(3)) for index in range(roots.degree))
    return [eigenvalue * factor for eigenvalue in near if eigenvalue for factor in BESIDE]


def _measured(found: CertifiedOptimum) -> dict[str, Cell]:
    counts = found.model.distribution.class_counts
    occurring = sorted((k for k in range(found.K) if counts[k]), key=lambda k: -counts[k])
    low, high = found.rank
    return {
        "rank_low": low,
        "rank_high": high,
        "predicted": _above(found),
        "head": _distance(found, occurring[:2]),
        "tail": _distance(found, occurring[-2:]),
    }


def _above(found: CertifiedOptimum) -> int:
    r"""How many eigenvalues of :math:`R^0` exceed ``lambda``, exactly."""
    roots = _eigenvalues(found.model)
    return roots.degree - roots.count_at_most(found.model.lam)


def _eigenvalues(model: FeatureModel) -> RealRoots:
    numerators, denominator = model.at_collapse.second_moment.numer_denom()
    return RealRoots(numerators.charpoly(), int(denominator))


def _distance(found: CertifiedOptimum, pair: Sequence[int]) -> Cell:
    """Squared distance of two classifier rows in a unit that does not depend on how ``lambda`` is split."""
    if len(pair) < 2:
        return None
    j, k = pair
    G: Any = found.G
    with precisely():
        unit = ball(found.model.lambda_W / found.model.lambda_H).sqrt()
        return cell((G[j, j] + G[k, k] - 2 * G[j, k]).nonnegative_part() * unit)


# ---------------------------------------------------------------------- what is shown


def draw(table: Table) -> Figure:
    """A row of panels per distribution: the rank of every loss at zero bias, and the two distances under PAL-CE."""
    names = table.where(chosen="grid", note="").distinct("distribution")[:MOST_DRAWN]
    figure, axes = panels(2, 2.5, len(names), sharex=True)
    for i, name in enumerate(names):
        _draw_rank(axes[2 * i], table.where(distribution=name, bias="zero", note=""))
        _draw_distances(axes[2 * i + 1], table.where(distribution=name, bias="zero", loss="pal", note=""))
        axes[2 * i].set_title(f"{name}: rank of the classifier", fontsize=10)
        axes[2 * i + 1].set_title(f"{name}: distance of rows, pal", fontsize=10)
    for panel in axes[-2:]:
        panel.set_xlabel(r"$\lambda$")
    for panel in axes[:2]:
        panel.legend(frameon=False, fontsize=8)
    return figure


def _draw_rank(panel: Any, table: Table) -> None:
    for loss, colour, style in zip(table.distinct("loss"), (INK, *COLOURS), ("-", "--", "-."), strict=False):
        rows = table.where(loss=loss).rows
        lam = [middle(row["lambda"]) for row in rows]
        predicted = [row["predicted"] for row in rows]
        low, high = [row["rank_low"] for row in rows], [row["rank_high"] for row in rows]
        panel.fill_between(lam, low, high, step="mid", color=colour, alpha=0.3, lw=0)
        panel.step(lam, low, where="mid", color=colour, ls=style, lw=2, label=f"{loss}, certified")
        panel.plot(lam, predicted, color=colour, ls="", marker=".", ms=4)
    panel.plot([], [], color=SOFT, ls="", marker=".", label=r"eigenvalues of $R^0$ above $\lambda$")
    panel.set(xscale="log", ylim=(-0.2, None))


def _draw_distances(panel: Any, table: Table) -> None:
    lam = [middle(cell) for cell in table.column("lambda")]
    for name, label, colour, style in (
        ("head", "two most frequent labels", INK, "-"),
        ("tail", "two rarest labels", COLOURS[0], "--"),
    ):
        panel.plot(lam, [middle(cell) for cell in table.column(name)], color=colour, ls=style, lw=2, label=label)
    panel.set(xscale="log", ylim=(0, None))


def words(table: Table) -> str:
    """How often the count of eigenvalues is the rank, and how much shorter the rare labels' contrast is."""
    solved = [row for row in table.rows if row["note"] == ""]
    decided = [row for row in solved if row["rank_low"] == row["rank_high"]]
    said = []
    for losses, which in ((("mse",), "under MSE"), (("pal", "bce"), "under PAL-CE and BCE")):
        rows = [row for row in decided if row["loss"] in losses]
        same = sum(row["rank_low"] == row["predicted"] for row in rows)
        said.append(f"{which} at {same} of {len(rows)} optima{_otherwise(rows)}")
    text = f"The certified rank is the number of eigenvalues of R^0 above lambda {' and '.join(said)}"
    return f"{text}{_shorter(solved)}."


def _otherwise(rows: Sequence[Row]) -> str:
    below = sum(row["rank_low"] < row["predicted"] for row in rows)
    above = sum(row["rank_low"] > row["predicted"] for row in rows)
    said = [f"{word} at {count}" for count, word in ((below, "smaller"), (above, "larger")) if count]
    return f" (else {' and '.join(said)})" if said else ""


def _shorter(solved: Sequence[Row]) -> str:
    """On the built-in long tail under PAL-CE, at the two ends of the range where both distances are known."""
    wanted = ("long tail", "pal", "zero")
    rows = [row for row in solved if (row["distribution"], row["loss"], row["bias"]) == wanted and row["rank_low"]]
    if not rows:
        return ""
    ratios = [(shown(row["lambda"], 3), middle(row["tail"]) / middle(row["head"])) for row in (rows[0], rows[-1])]
    said = " and ".join(f"{ratio:.2g} of it at lambda = {lam}" for lam, ratio in ratios)
    return (
        "; on the long tail under PAL-CE the squared distance of the two rarest labels' rows is, beside that "
        f"of the two commonest labels', {said}"
    )


EXPERIMENT = Experiment(
    name="collapse_cascade",
    title="The cascade of collapse",
    question="Which contrasts between labels survive as the regularisation grows, and do eigenvalues predict it?",
    claims=("U7", "U8", "U9", "W2a"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
