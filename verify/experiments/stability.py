r"""How much the terminal geometry moves when the data does, against the weakest contrast.

Long tails of growing imbalance; every label set's weight is changed by up to a tenth, at random, or a tenth more goes
to the one label set that sees the weakest contrast best. The error of the
classifier's Gram matrix :math:`\Sigma^{1/2}` and that of the polar columns' matrix :math:`\Sigma^{+1/2}`, per change of
:math:`\Sigma`, beside the bounds of claims T5 and T5a: the first grows at most like :math:`\kappa^{-1/2}`, the second
like :math:`\kappa^{-3/2}`. All numbers are enclosures.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from flint import arb_mat

from verify.exact.balls import of_root
from verify.exact.matrices import spectral_norm
from verify.experiments.base import Column, Data, Experiment, Row, Table, enclosed, ends, middle
from verify.experiments.optima import cell, longtailed
from verify.experiments.style import COLOURS, INK, panels
from verify.geometry.floats import weakest_contrast
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Spectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.draws import below
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K = 6
RATIOS = tuple(2**power for power in range(13))
"""Imbalance ratios."""

CHANGES = 5
"""Random perturbations of every distribution, beside the one that is aimed."""

COLUMNS = (
    Column("ratio", "", "imbalance ratio of the long tail, half single labels, half pairs"),
    Column("kind", "", "random: every weight up to a tenth more or less; aimed: one weight a tenth more"),
    Column("kappa", "probability", "kappa of the distribution"),
    Column("perturbed", "probability", "kappa of the perturbed one"),
    Column("change", "probability", "||Sigma - Sigma'||_2"),
    Column("classifier", "", "||Sigma^{1/2} - Sigma'^{1/2}||_2 / ||Sigma - Sigma'||_2"),
    Column("classifier_bound", "", "1/(sqrt kappa + sqrt kappa'), T5"),
    Column("columns", "", "||Sigma^{+1/2} - Sigma'^{+1/2}||_2 / ||Sigma - Sigma'||_2"),
    Column("columns_bound", "", "1/(sqrt(kappa kappa') (sqrt kappa + sqrt kappa')), T5a"),
)


def parts(seed: int, _: Data) -> list[tuple[int, int]]:
    """One part per imbalance ratio."""
    return [(seed, ratio) for ratio in RATIOS]


def run(part: tuple[int, int]) -> list[Row]:
    """The perturbations of one long tail."""
    seed, ratio = part
    pi, rng = longtailed(K, Fraction(ratio)), Random(f"stability {seed} {ratio}")
    with precisely():
        random = [_row(ratio, "random", pi, _perturbed(pi, rng)) for _ in range(CHANGES)]
        return [*random, _row(ratio, "aimed", pi, _aimed(pi))]


def _aimed(pi: LabelDistribution) -> LabelDistribution:
    """A tenth more weight on the label set whose centered indicator is most nearly along the weakest contrast."""
    centered = pi.indicator - pi.indicator.mean(axis=1, keepdims=True)
    cosine = np.abs(centered @ weakest_contrast(pi)) / np.linalg.norm(centered, axis=1)
    best = pi.masks[int(np.argmax(cosine))]
    weights = {mask: w * (11 if mask == best else 10) for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(weights, pi.labels)


def _perturbed(pi: LabelDistribution, rng: Random) -> LabelDistribution:
    weights = {mask: w * (90 + below(rng, 21)) for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(weights, pi.labels)


def _row(ratio: int, kind: str, pi: LabelDistribution, other: LabelDistribution) -> Row:
    mine, theirs = TerminalGeometry.of(pi), TerminalGeometry.of(other)
    kappa, perturbed = (of_root(Spectrum.of(which).kappa) for which in (pi, other))
    change = spectral_norm(arb_mat(mine.moment) / mine.scale - arb_mat(theirs.moment) / theirs.scale)
    bound = 1 / (kappa.sqrt() + perturbed.sqrt())
    values = (
        *(kappa, perturbed, change),
        *(spectral_norm(mine.root - theirs.root) / change, bound),
        *(spectral_norm(mine.inverse_root - theirs.inverse_root) / change, bound / (kappa * perturbed).sqrt()),
    )
    names = (column.name for column in COLUMNS[2:])
    return {
        "ratio": enclosed(Fraction(ratio)),
        "kind": kind,
        **{name: cell(x) for name, x in zip(names, values, strict=True)},
    }


def draw(table: Table) -> Figure:
    """Error per change of the data against kappa, with the bound, for the classifier and for the polar columns."""
    figure, axes = panels(2)
    rows = sorted(table.rows, key=lambda row: middle(row["kappa"]))
    kappa = [middle(row["kappa"]) for row in rows]
    for panel, name, title, colour in (
        (axes[0], "classifier", r"classifier, $\Sigma^{1/2}$", COLOURS[0]),
        (axes[1], "columns", r"polar columns, $\Sigma^{+1/2}$", COLOURS[1]),
    ):
        bound = [middle(row[f"{name}_bound"]) for row in rows]
        panel.plot(kappa, bound, color=INK, lw=1.6, label="bound of T5" if name == "classifier" else "bound of T5a")
        for kind, marker in (("random", "o"), ("aimed", "^")):
            of_kind = [row for row in rows if row["kind"] == kind]
            at = [middle(row["kappa"]) for row in of_kind], [middle(row[name]) for row in of_kind]
            panel.plot(*at, color=colour, marker=marker, ms=3.5, ls="none", label=f"{kind} change")
        panel.set(xscale="log", yscale="log", xlabel=r"$\kappa$", title=title)
        panel.legend(frameon=False, fontsize=8)
    axes[0].set_ylabel(r"error per change of $\Sigma$")
    return figure


def words(table: Table) -> str:
    """How the errors grow as kappa falls, and how much of the bounds is used."""
    rows = sorted(table.rows, key=lambda row: middle(row["kappa"]))
    aimed = [row for row in rows if row["kind"] == "aimed"]
    low, high = aimed[0], aimed[-1]
    inside = sum(ends(row[n])[0] <= ends(row[f"{n}_bound"])[1] for row in rows for n in ("classifier", "columns"))
    used = {n: max(middle(row[n]) / middle(row[f"{n}_bound"]) for row in rows) for n in ("classifier", "columns")}
    moves = {n: (middle(high[n]), middle(low[n])) for n in used}
    return (
        f"As kappa falls from {middle(high['kappa']):.3g} to {middle(low['kappa']):.2g}, a change along the "
        f"weakest contrast of the data moves the classifier's Gram matrix {moves['classifier'][0]:.3g} to "
        f"{moves['classifier'][1]:.3g} times as much, the polar columns {moves['columns'][0]:.3g} to "
        f"{moves['columns'][1]:.3g} times; {inside} of {2 * len(rows)} errors are within their bounds, which are used "
        f"up to {used['classifier']:.0%} and {used['columns']:.0%}."
    )


EXPERIMENT = Experiment(
    name="stability",
    title="Stability of the terminal geometry",
    question="How much does the terminal geometry move under perturbed data as the weakest contrast fades?",
    claims=("T5", "T5a"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
