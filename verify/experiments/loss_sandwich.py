r"""How tight the bounds on the least loss are: chapter L against imbalance and against regularisation.

PAL-CE without bias, one multiplicity. Every bound is :math:`H_m` at :math:`\sqrt\lambda` times a mean of inverse roots
of eigenvalues (L5a), but for the polar point's, which needs the inverse root of the second moment (L5) and exists only
where that is in the domain. Eigenvalues are exact algebraic numbers, the least value is proved by an accepted
certificate: every number is an enclosure.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Any

from verify.exact.balls import ball, of_root
from verify.experiments.base import Column, Data, Experiment, Row, Table, enclosed, ends, middle
from verify.experiments.optima import cell, optimum
from verify.experiments.style import COLOURS, INK, SOFT, panels
from verify.geometry.polar import Polar
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tagwise import entropy_bound
from verify.labels.builders.imbalanced import longtail
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import grid_powers
from verify.model.losses import PAL_CE
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K, M = 5, 2
BY_RATIO, BY_LAMBDA = "by imbalance", "by lambda"
RATIOS = tuple(Fraction(power, 100) for power in grid_powers(Fraction(10), 4, 12, 100))
"""From 1 to 1000, four to a decade, to two decimals."""

LAMBDAS = tuple(Fraction(power, 10**8) for power in grid_powers(Fraction(10), 3, 22, 10))
"""From 1e-7 to beyond full collapse, three to a decade."""

LAMBDA, RATIO = Fraction(1, 100), Fraction(10)
"""What is held fixed in either sweep."""

BOUNDS = {
    "L2": (r"L2, from $\kappa_m$ alone", ":"),
    "L1": (r"L1, from $\mathrm{K}_m$", "--"),
    "L5_dual": ("L5, polar point", "o"),
    "least": ("least value, proved", "-"),
    "L5_primal": ("L5, tag-wise point", "-."),
    "L3": ("L3, balanced", "--"),
}
"""The columns of the sandwich from below: how they are called, and with which line they are drawn."""

COLUMNS = (
    Column("sweep", "", "by imbalance or by lambda; or the name of your data, at its most frequent multiplicity"),
    Column("ratio", "", "imbalance ratio of the long tail on pairs of 5 labels; of your data none"),
    Column("m", "", "labels in every label set"),
    Column("lambda", "", "lambda_W times lambda_H"),
    Column("kappa", "", "least eigenvalue of the centered second moment on contrasts"),
    Column("largest", "", "largest eigenvalue K_m, at which everything collapses"),
    Column("L2", "nats", "floor from the weakest contrast: H_m(sqrt(lambda/(tr - (K-2) kappa_m)))"),
    Column("L1", "nats", "floor from the strongest contrast: H_m(sqrt(lambda/K_m))"),
    Column("L5_dual", "nats", "value of the polar point; none where it is outside the domain"),
    Column("least", "nats", "least value of the objective"),
    Column("L5_primal", "nats", "least value of tag-wise logits: H_m(sqrt(lambda) tr Sigma^1/2 / tr Sigma)"),
    Column("L3", "nats", "value under perfect orthogonality: H_m(sqrt(lambda/kappa-bar_m))"),
    Column("in_range", "", "whether lambda is certainly where L5c puts the polar value above L1"),
    Column("note", "", "why nothing was measured"),
)

Part = tuple[str, Fraction | None, Fraction, LabelDistribution]


def parts(_: int, data: Data) -> list[Part]:
    """Name of the sweep, ratio, lambda and distribution of one multiplicity; nothing here is random."""
    tails = [(BY_RATIO, ratio, LAMBDA, longtail(K, M, ratio)) for ratio in RATIOS]
    tails += [(BY_LAMBDA, RATIO, lam, longtail(K, M, RATIO)) for lam in LAMBDAS]
    return [*tails, *((name, None, lam, _most_frequent(pi)) for name, pi in data for lam in LAMBDAS[::3])]


def _most_frequent(pi: LabelDistribution) -> LabelDistribution:
    """The label sets of the most frequent proper size, the smaller one of two."""
    masses = pi.proper.multiplicities
    return pi.proper.restrict(max(masses, key=lambda m: (masses[m], -m)))


def run(part: Part) -> list[Row]:
    """The bounds and the least value at one distribution and lambda."""
    name, ratio, lam, pi = part
    case, (m,) = LabelSpectrum(pi), pi.multiplicities
    spectrum = case.overall
    head = {"sweep": name, "ratio": None if ratio is None else enclosed(ratio), "m": m, "lambda": enclosed(lam)}
    found = optimum(pi, PAL_CE, "zero", lam)
    if isinstance(found, str):
        return [{**head, **dict.fromkeys([column.name for column in COLUMNS[4:-1]]), "note": found}]
    with precisely():
        polar, mu, kappa, largest = Polar.of(pi), ball(lam).sqrt(), of_root(spectrum.kappa), of_root(spectrum.largest)
        trace = ball(Fraction(m * (pi.K - m), pi.K))
        r = polar.residuals(mu)
        bounds = {
            "L2": entropy_bound(pi.K, m, mu / (trace - (pi.K - 2) * kappa).sqrt()),
            "L1": entropy_bound(pi.K, m, mu / largest.sqrt()),
            "L5_dual": None if r is None else polar.dual_value(r),
            "least": found.value,
            "L5_primal": entropy_bound(pi.K, m, mu * polar.trace_of_root / trace),
            "L3": entropy_bound(pi.K, m, mu * ((pi.K - 1) / trace).sqrt()),
        }
        in_range = r is not None and polar.floor_is_lower(mu)
        cells = {what: None if bound is None else cell(bound) for what, bound in bounds.items()}
        ends_of_spectrum = {"kappa": cell(kappa), "largest": cell(largest)}
    return [{**head, **ends_of_spectrum, **cells, "in_range": in_range, "note": ""}]


# ---------------------------------------------------------------------- what is shown


def draw(table: Table) -> Figure:
    """All bounds above m log m as shares of the balanced one, against imbalance ratio and lambda."""
    figure, axes = panels(2, 3.6, sharey=True)
    for panel, sweep, across in zip(axes, (BY_RATIO, BY_LAMBDA), ("ratio", "lambda"), strict=True):
        rows = list(table.where(sweep=sweep).rows)
        places = [middle(row[across]) for row in rows]
        panel.fill_between(places, _shares(rows, "L1"), _shares(rows, "L5_primal"), color=SOFT, alpha=0.2, lw=0)
        for (name, (label, style)), colour in zip(BOUNDS.items(), _COLOURS, strict=True):
            width = 2.4 if name == "least" else 1.4
            panel.plot(places, _shares(rows, name), style, color=colour, lw=width, ms=4, label=label)
        panel.set_xscale("log")
        panel.set_xlabel("imbalance ratio" if across == "ratio" else r"$\lambda$")
    axes[0].set_ylabel("loss above m log m, balanced = 1")
    axes[0].set_title(f"lambda = {float(LAMBDA):g}", fontsize=10)
    axes[1].set_title(f"imbalance ratio {float(RATIO):g}", fontsize=10)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


_COLOURS = (COLOURS[3], COLOURS[1], COLOURS[0], INK, COLOURS[2], SOFT)


def _shares(rows: list[Row], name: str) -> list[float]:
    return [_above(row, middle(row[name])) / _above(row, middle(row["L3"])) for row in rows]


def _above(row: Row, value: float) -> float:
    """What is left of a value without the entropy of the set itself, m log m, which no penalty removes."""
    m: int = row["m"]
    return value - m * log(m)


def words(table: Table) -> str:
    """How wide the sandwich is, and how good the polar point."""
    rows = [row for row in table.rows if row["note"] == ""]
    ordered = sum(_in_order(row) for row in rows)
    polar = [row for row in rows if row["L5_dual"] is not None]
    widest, narrow = (max((_width(row, *pair) for row in rows), default=0.0) for pair in _PAIRS)
    off = max((_width(row, "L5_dual", "least") for row in polar if row["in_range"]), default=0.0)
    beaten = sum(ends(row["L5_dual"])[1] < ends(row["L1"])[0] for row in polar)
    return (
        f"At {ordered} of {len(rows)} points L2, L1, the least value, L5-primal and L3 are in order, certainly or up "
        "to the digits kept. Of what the least value has above m log m, which no penalty removes, L1 misses "
        f"{100 * widest:.2g} % at most and L5-primal exceeds it by {100 * narrow:.2g} % at most. The polar point is in "
        f"the domain at {len(polar)}; where L5c puts it above L1 it misses {100 * off:.2g} % at most, and it is "
        f"certainly below L1 at {beaten or 'none'}."
    )


_PAIRS = (("L1", "least"), ("least", "L5_primal"))


def _width(row: Row, low: str, high: str) -> float:
    """How far apart two columns are, as a share of the least value above m log m."""
    return float(ends(row[high])[1] - ends(row[low])[0]) / _above(row, float(ends(row["least"])[0]))


def _in_order(row: Row) -> bool:
    """Whether no column certainly exceeds the next."""
    chain: list[Any] = [ends(row[name]) for name in ("L2", "L1", "least", "L5_primal", "L3")]
    return all(low[0] <= high[1] for low, high in pairwise(chain))


EXPERIMENT = Experiment(
    name="loss_sandwich",
    title="The least loss between its bounds",
    question="How close do bounds from the spectrum alone come to the least loss, as imbalance or lambda grows?",
    claims=("L1", "L2", "L3", "L5", "L5a", "L5b", "L5c"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
"""The experiment."""
