r"""The rules of binary cross entropy as the regularisation falls, with and without a bias, certified.

As ``synthesis_against_lambda`` for the loss that networks with several labels are trained with: the uniform rule
without a bias (B3), the class-frequency-weighted one with a free bias (B3a), and the affine rule with both (B0)
come in logarithmically, but from far smaller deviations than PAL-CE's."""

from functools import partial

from verify.experiments.base import Data, Experiment, Row, Table, ends, shown
from verify.experiments.style import COLOURS, INK
from verify.experiments.synthesis_against_lambda import Part, columns, drawn, parts_of, row_of
from verify.geometry.rules import AFFINE, FREQUENCY, PLAIN, SCALED_SUM, UNIFORM
from verify.labels.distribution import LabelDistribution
from verify.model.losses import BCE

RULES = (PLAIN, SCALED_SUM, FREQUENCY, UNIFORM, AFFINE)

SKEWED = LabelDistribution.from_sets(
    [([], 4), ([0], 6), ([1], 4), ([2], 3), ([3], 2), ([0, 1], 2), ([1, 2], 1), ([2, 3], 1), ([0, 3], 1)],
    labels=["1", "2", "3", "4"],
)
"""Four labels of frequencies 3/8, 7/24, 5/24 and 1/6, which satisfy the sign condition with and without a bias. With
three, the uniform rule would be exact at every penalty (B3)."""

CURVES = {
    SCALED_SUM.column: ("uniform average, best factor per set", COLOURS[0], "-"),
    UNIFORM.column: (UNIFORM.title, COLOURS[1], "--"),
    FREQUENCY.column: (FREQUENCY.title, INK, "-"),
    AFFINE.column: ("affine, with the prototype of no label", COLOURS[2], "-."),
}
"""Rules that are drawn: what they are called, in which colour and style."""


def parts(_: int, data: Data) -> list[Part]:
    """Name, distribution, bias, what encloses, exponent; nothing here is random."""
    return parts_of("skewed", SKEWED, data)


def run(part: Part) -> list[Row]:
    """The row of one penalty; none where there is no optimum, no certificate, or no sign condition."""
    return row_of(part, BCE, RULES)


def words(table: Table) -> str:
    """How far the rule of each bias, and the other one, is off from the largest to the smallest penalty."""
    said = []
    for bias, true, false in (("zero", UNIFORM, FREQUENCY), ("free", FREQUENCY, UNIFORM)):
        rows = table.where(distribution="skewed", bias=bias).rows
        if not rows:
            continue
        first, last = rows[1], rows[-1]
        said.append(
            f"with {bias} bias the {true.title} rule misses the worst prototype by {shown(first[true.column], 3)} at "
            f"lambda = 1e-{first['exponent']} and at most {float(ends(last[true.column])[1]):.1e} at "
            f"1e-{last['exponent']}, the {false.title} one by {shown(last[false.column], 3)}"
        )
    return f"BCE, skewed: {'; '.join(said)} (relative distances, certified)." if said else "Nothing was enclosed."


EXPERIMENT = Experiment(
    name="binary_against_lambda",
    title="Binary cross entropy against the regularisation",
    question="Which synthesis rules of binary cross entropy get better as lambda goes to 0, and how good are they?",
    claims=("B0", "B3", "B3a"),
    columns=columns("skewed: K = 4, no label, single labels and four pairs; or your data", RULES),
    parts=parts,
    run=run,
    draw=partial(drawn, distribution="skewed", curves=CURVES),
    words=words,
)
