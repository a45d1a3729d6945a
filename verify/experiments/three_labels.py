r"""Three labels, worked out: kappa and the terminal geometry in closed form over all distributions (claim T6).

For three labels a distribution enters through :math:`d_k=\pi(\{k\})+\pi(\{k\}^c)` alone, a point of a triangle. The
table has the closed forms on a grid of it, in balls; no eigenvalue is computed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from verify.exact.balls import Ball, ball
from verify.experiments.base import Column, Data, Experiment, Row, Table, enclosed, ends, middle
from verify.experiments.optima import cell
from verify.experiments.style import COLOURS, INK, SOFT, panels
from verify.model.optimum import precisely

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 36
"""Points on a side of the triangle."""

COLUMNS = (
    *(Column(f"d{k}", "probability", f"mass of label {k} alone and of the other two together") for k in (1, 2, 3)),
    Column("kappa", "probability", "(1 - sqrt(1 - 9 delta^2))/3, delta^2 = (d1 d2 + d1 d3 + d2 d3)/3"),
    Column("largest", "probability", "K: the same with a plus"),
    *(
        Column(f"distance{j}{k}", "", f"squared distance of classifier rows {j} and {k} as lambda -> 0")
        for j, k in ((1, 2), (2, 3))
    ),
    *(Column(f"cosine{j}{k}", "", f"cosine of the angle between rows {j} and {k}") for j, k in ((1, 2), (2, 3))),
    Column("entry23", "", "entry (2, 3) of the inverse root, whose sign is the sign condition of {2} at label 3"),
)


class ClosedForms(NamedTuple):
    r"""The closed forms of T6 at one distribution, as balls.

    Attributes:
        kappa: :math:`\kappa`.
        largest: :math:`\mathrm K`.
        gram: :math:`\Sigma^{1/2}`, by pairs of labels 0, 1, 2.
        inverse: :math:`\Sigma^{+1/2}` off the diagonal, by pairs.
    """

    kappa: Ball
    largest: Ball
    gram: dict[tuple[int, int], Ball]
    inverse: dict[tuple[int, int], Ball]

    def distance(self, j: int, k: int) -> Ball:
        r""":math:`\|w_j-w_k\|^2`."""
        return self.gram[j, j] + self.gram[k, k] - 2 * self.gram[j, k]

    def cosine(self, j: int, k: int) -> Ball:
        """Cosine of the angle between two rows."""
        return self.gram[j, k] / (self.gram[j, j] * self.gram[k, k]).sqrt()


def closed_forms(d: tuple[Fraction, Fraction, Fraction]) -> ClosedForms:
    r"""The closed forms of claim T6 at :math:`d_1+d_2+d_3=1`, two of them positive at least.

    Example:
        >>> third = (Fraction(1, 3),) * 3
        >>> closed_forms(third).distance(0, 1).overlaps(2 / ball(3).sqrt())
        True
    """
    square = (d[0] * d[1] + d[0] * d[2] + d[1] * d[2]) / 3
    delta, spread = ball(square).sqrt(), ball(1 - 9 * square).sqrt()
    trace = (ball(Fraction(2, 3)) + 2 * delta).sqrt()
    pairs = [(j, k) for j in range(3) for k in range(3)]
    third = Fraction(1, 3)
    # P diag(d) P, entry by entry
    sigma = {(j, k): d[j] * (j == k) - (d[j] + d[k]) * third + third**2 for j, k in pairs}
    gram = {(j, k): (ball(sigma[j, k]) + delta * ball((j == k) - third)) / trace for j, k in pairs}
    inverse = {(j, k): -(ball(d[3 - j - k]) + delta) / (3 * delta * trace) for j, k in pairs if j != k}
    return ClosedForms((1 - spread) / 3, (1 + spread) / 3, gram, inverse)


def parts(_: int, __: Data) -> list[int]:
    """Rows of the grid."""
    return list(range(STEPS + 1))


def run(first: int) -> list[Row]:
    """All points with the first coordinate ``first / STEPS``, but for the corners, where a single label is left."""
    found: list[Row] = []
    for second in range(STEPS + 1 - first):
        d = (Fraction(first, STEPS), Fraction(second, STEPS), Fraction(STEPS - first - second, STEPS))
        if max(d) == 1:
            continue
        with precisely():
            forms = closed_forms(d)
            numbers = (
                *(forms.kappa, forms.largest, forms.distance(0, 1), forms.distance(1, 2)),
                *(forms.cosine(0, 1), forms.cosine(1, 2), forms.inverse[1, 2]),
            )
            values = [*(enclosed(a) for a in d), *(cell(x) for x in numbers)]
        found.append(dict(zip((column.name for column in COLUMNS), values, strict=True)))
    return found


def _on_path(table: Table) -> list[Row]:
    """The points where labels 2 and 3 are alike, by increasing frequency of label 1."""
    alike = [row for row in table.rows if row["d2"] == row["d3"]]
    return sorted(alike, key=lambda row: middle(row["d1"]))


def draw(table: Table) -> Figure:
    """Contours of kappa over the triangle; angles and distances of the rows where two labels are alike."""
    figure, (triangle, path) = panels(2)
    points = [(middle(r["d2"]) + middle(r["d3"]) / 2, middle(r["d3"]) * 3**0.5 / 2) for r in table.rows]
    kappa = [middle(row["kappa"]) for row in table.rows]
    levels = [k / 24 for k in range(1, 8)]
    if len(points) > STEPS:  # a reduced table is no grid to draw contours on
        lines = triangle.tricontour(*zip(*points, strict=True), kappa, levels=levels, colors=INK, linewidths=1.2)
        triangle.clabel(lines, fmt="%.2f", fontsize=7)
    triangle.plot([0, 1, 0.5, 0], [0, 0, 3**0.5 / 2, 0], color=SOFT, lw=1)
    for x, y, text, where in (
        (0, -0.06, "$d_1=1$", "left"),
        (1, -0.06, "$d_2=1$", "right"),
        (0.5, 0.9, "$d_3=1$", "center"),
    ):
        triangle.text(x, y, text, ha=where, va="center", color=SOFT)
    triangle.set(title=r"$\kappa$", aspect="equal")
    triangle.axis("off")
    rows = _on_path(table)
    across = [middle(row["d1"]) for row in rows]
    for name, label, colour, style in (
        ("distance12", r"$\|w_1-w_2\|^2$", COLOURS[0], "-"),
        ("distance23", r"$\|w_2-w_3\|^2$", COLOURS[1], "-"),
        ("cosine12", r"$\cos(w_1,w_2)$", COLOURS[0], "--"),
        ("cosine23", r"$\cos(w_2,w_3)$", COLOURS[1], "--"),
    ):
        path.plot(across, [middle(row[name]) for row in rows], color=colour, ls=style, lw=1.8, label=label)
    path.axvline(1 / 3, color=SOFT, lw=1, ls=(0, (4, 3)))
    path.set(xlabel=r"$d_1$, with $d_2=d_3$", title="terminal geometry", xlim=(0, 1))
    path.legend(frameon=False, fontsize=8)
    return figure


def words(table: Table) -> str:
    """Where kappa is largest, and what becomes of the rows towards the two ends of the path."""
    best = max(table.rows, key=lambda row: middle(row["kappa"]))
    rows = _on_path(table)
    low, high = rows[0], rows[-1]
    negative = all(ends(row["entry23"])[1] < 0 for row in table.rows)
    signs = "certainly negative" if negative else "not certainly negative"
    return (
        f"On {len(table.rows)} distributions kappa is at most {middle(best['kappa']):.4f}, and the entry of the sign "
        f"condition is {signs} everywhere. With two labels alike, their rows are at the cosine "
        f"{middle(low['cosine23']):.3f} when the third has frequency {middle(low['d1']):.3f} and at "
        f"{middle(high['cosine23']):.3f} when it has {middle(high['d1']):.3f}; their squared distance falls from "
        f"{middle(low['distance23']):.3f} to {middle(high['distance23']):.3f}."
    )


EXPERIMENT = Experiment(
    name="three_labels",
    title="Three labels, worked out",
    question="What does the terminal geometry of three labels look like over all their distributions?",
    claims=("T6",),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
