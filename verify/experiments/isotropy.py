r"""Imbalance shapes everything but the residuals: certified anisotropy at global optima as imbalance grows.

At an optimum whose classifier has the largest possible rank, claim U8 says :math:`R=\lambda P` (PAL-CE) or
:math:`R=\lambda I` (BCE, MSE), whatever the label distribution. Here that is set beside what it does not say: how
anisotropic, at the same optima, the classifier, the prototypes and the class means are, and the residuals were before
anything was learnt. Every number is an enclosure that follows from an accepted certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb_mat

from verify.exact.balls import ball, root, total
from verify.exact.matrices import outer, projection, scaled_rows
from verify.experiments.base import Column, Data, Experiment, Row, Table, enclosed, ends, middle
from verify.experiments.optima import VARIANTS, cell, longtailed, optimum, spread
from verify.experiments.style import COLOURS, INK, panels
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import grid_powers
from verify.model.feature_model import Bias
from verify.model.losses import Loss
from verify.model.optimum import CertifiedOptimum, precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K = 5
SYNTHETIC = "long tail"
RATIOS = tuple(Fraction(power, 100) for power in grid_powers(Fraction(10), 4, 12, 100))
"""From 1 to 1000, four to a decade, to two decimals."""

LAMBDAS = (Fraction(1, 10**4), Fraction(1, 10**2))
"""Small enough for full rank at every ratio; and large enough that at some ratios a contrast is lost."""

MEASURED = {
    "residuals": ("residuals", "-"),
    "classifier": ("classifier, and prototypes by frequency", "-"),
    "prototypes": ("prototypes, each counted once", "--"),
    "class_means": ("class means", "-."),
    "start": ("residuals before learning", ":"),
}
"""What is measured: how it is called, and with which line it is drawn."""

COLUMNS = (
    Column("distribution", "", "long tail: half single labels, half pairs, K = 5; or the name of your data"),
    Column("ratio", "", "imbalance ratio: odds (data: frequency) of the most over the least frequent label"),
    Column("loss", "", "pal, bce or mse"),
    Column("bias", "", "zero or free"),
    Column("lambda", "", "lambda_W times lambda_H"),
    Column("rank_low", "", "certified lower bound on the rank of the classifier"),
    Column("rank_high", "", "certified upper bound on it"),
    Column("full_rank", "", "whether the rank is certainly the largest possible: the hypothesis of U8"),
    Column("scale", "", "mean eigenvalue of R over lambda; 1 under U8"),
    Column("residuals", "", "spread of R: standard deviation of the eigenvalues over their mean; 0 iff isotropic"),
    Column(
        "classifier", "", "spread of G = W W^T; by U2 also of the prototypes' second moment, where it has full rank"
    ),
    Column("prototypes", "", "spread of the prototypes' second moment, each label set counted once"),
    Column("class_means", "", "spread of the Gram matrix of the class means, centered"),
    Column("start", "", "spread of R at W = 0 and the best bias there"),
    Column("note", "", "why nothing was measured"),
)

Part = tuple[str, Fraction, LabelDistribution]


def parts(_: int, data: Data) -> list[Part]:
    """A name, the imbalance ratio and the distribution; nothing here is random."""
    return [(SYNTHETIC, ratio, longtailed(K, ratio)) for ratio in RATIOS] + [
        (name, _ratio(pi), pi) for name, pi in data
    ]


def _ratio(pi: LabelDistribution) -> Fraction:
    """Most over least frequent label, of those that occur."""
    counts = [count for count in pi.class_counts if count]
    return Fraction(max(counts), min(counts))


def run(part: Part) -> list[Row]:
    """All losses, bias models and regularisations on one distribution."""
    return [_row(part, loss, bias, lam) for loss, bias in VARIANTS for lam in LAMBDAS]


def _row(part: Part, loss: Loss, bias: Bias, lam: Fraction) -> Row:
    name, ratio, pi = part
    head = {"distribution": name, "ratio": enclosed(ratio), "loss": loss.name, "bias": bias, "lambda": enclosed(lam)}
    found = optimum(pi, loss, bias, lam)
    if isinstance(found, str):
        return {**head, **dict.fromkeys([column.name for column in COLUMNS[5:-1]]), "note": found}
    with precisely():
        measured = {name: cell(value) for name, value in _measured(found)}
    low, high = found.rank
    return {**head, "rank_low": low, "rank_high": high, "full_rank": found.full_rank, **measured, "note": ""}


def _measured(optimum: CertifiedOptimum) -> Iterator[tuple[str, Any]]:
    on_contrasts, pi = optimum.model.loss.centered, [ball(p) for p in optimum.pi]
    r, G = optimum.r, optimum.G
    R = outer(r, optimum.pi, r)
    dimension = optimum.model.loss.dimension(optimum.K)
    yield "scale", R.trace() / (dimension * ball(optimum.model.lam))
    yield "residuals", spread(R, on_contrasts)
    yield "classifier", spread(G, on_contrasts)
    # h_S = W^T r_S / lambda_H, so sum_S h_S h_S^T has the eigenvalues of Q G, Q = sum_S r_S r_S^T, up to a factor
    yield "prototypes", _spread_of_product(r.transpose() * r, G, dimension)
    means = _class_means(optimum, pi)
    P = projection(optimum.K)
    yield "class_means", spread(P * (means * G * means.transpose()) * P, on_contrasts=True)
    yield "start", spread(arb_mat(optimum.model.at_collapse.second_moment), on_contrasts)


def _spread_of_product(Q: Any, G: Any, n: int) -> Any:
    r"""Spread of the ``n`` eigenvalues of :math:`G^{1/2}QG^{1/2}` from the traces of ``QG`` and its square."""
    product = Q * G
    mean = product.trace() / n
    return root((product * product).trace() / n - mean * mean) / mean


def _class_means(optimum: CertifiedOptimum, pi: list[Any]) -> Any:
    r"""Rows :math:`\sum_{S\ni k}\pi_Sr_S/f_k`: the class means are these times :math:`W/\lambda_H`."""
    weights = arb_mat([[p * y[k] for p, y in zip(pi, optimum.y, strict=True)] for k in range(optimum.K)])
    # a label that never occurs has no class mean, and 1/0 is a ball without bounds
    return scaled_rows(weights * optimum.r, [1 / total(row) for row in weights.tolist()])


# ---------------------------------------------------------------------- what is shown


def draw(table: Table) -> Figure:
    """Spread against imbalance: a row of panels per loss, a column per bias model, at the smallest ``lambda``."""
    losses, biases = table.distinct("loss"), table.distinct("bias")
    figure, axes = panels(len(biases), 2.3, len(losses), sharex=True, sharey=True)
    smallest = min(table.column("lambda"), key=middle)
    variants = [(loss, bias) for loss in losses for bias in biases]
    for panel, (loss, bias) in zip(axes, variants, strict=True):
        rows = [
            row for row in table.where(loss=loss, bias=bias).rows if row["lambda"] == smallest and row["note"] == ""
        ]
        line = [row for row in rows if row["distribution"] == SYNTHETIC]
        points = [row for row in rows if row["distribution"] != SYNTHETIC]
        for (name, (label, style)), colour in zip(MEASURED.items(), (INK, *COLOURS), strict=False):
            width = 2.6 if name == "residuals" else 1.5
            panel.plot(*_curve(line, name), color=colour, ls=style, lw=width, label=label)
            panel.plot(*_curve(points, name), color=colour, ls="", marker="o", ms=4)
        panel.set_xscale("log")
        panel.set_title(f"{loss}, {bias} bias", fontsize=10)
    axes[0].set_ylim(0, None)  # all panels share it
    for panel in axes[-len(biases) :]:
        panel.set_xlabel("imbalance ratio")
    figure.supylabel("spread of the spectrum (0: isotropic)", fontsize=10)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _curve(rows: list[Row], name: str) -> tuple[list[float], list[float]]:
    return [middle(row["ratio"]) for row in rows], [middle(row[name]) for row in rows]


def words(table: Table) -> str:
    """The largest spread certified, of the residuals and of what is not isotropic."""
    solved = [row for row in table.rows if row["note"] == ""]
    full = [row for row in solved if row["full_rank"]]
    lost = len(solved) - len(full)
    said = (
        f"At all {len(full)} optima of full rank the residuals are isotropic: the spread of their spectrum is "
        f"certainly below {_most(full, 'residuals'):.1e} and their mean within {_off_scale(full):.1e} of lambda, while "
        f"the classifier's spread reaches {_reached(full, 'classifier'):.3g}, the prototypes' "
        f"{_reached(full, 'prototypes'):.3g} and the class means' {_reached(full, 'class_means'):.3g}"
    )
    if lost:
        below = [row for row in solved if not row["full_rank"]]
        said += (
            f"; where a direction has collapsed ({lost} optima) U8 says less, and there the residuals' spread is "
            f"between {min(float(ends(row['residuals'])[0]) for row in below):.3g} and {_most(below, 'residuals'):.3g}"
        )
    return said + "."


def _most(rows: list[Row], name: str) -> float:
    """No value of the column is larger."""
    return max((float(ends(row[name])[1]) for row in rows if row[name] is not None), default=0.0)


def _reached(rows: list[Row], name: str) -> float:
    """Some value of the column is certainly at least this."""
    return max((float(ends(row[name])[0]) for row in rows if row[name] is not None), default=0.0)


def _off_scale(rows: list[Row]) -> float:
    return max((float(max(abs(end - 1) for end in ends(row["scale"]))) for row in rows), default=0.0)


EXPERIMENT = Experiment(
    name="isotropy",
    title="Isotropic residuals, anisotropic everything else",
    question="Which part of the terminal geometry does imbalance leave alone?",
    claims=("U2", "U8", "U9"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
