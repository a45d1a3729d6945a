r"""How far each synthesis rule is off at the penalties people train with: the optimum, solved, per loss and bias.

A limit :math:`\lambda\to0` says nothing of a network trained at :math:`10^{-4}`; here the optimum of the feature model
is solved at each penalty of a ladder, in float64, and its prototypes are held against every rule. Nothing is proved
here: ``mlnc solve`` certifies a single penalty.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from verify.geometry.limit import limit, limit_seconds
from verify.geometry.margin_bounds import Enclosed, value
from verify.geometry.rules import BY_BIAS, MEASURED, SMOOTHED, deviations, of_bias, rules_for, virtually
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.losses import LOSSES, Loss
from verify.model.response import TOGETHER, Asking, in_step
from verify.model.solver import solving

LADDER = (*(Fraction(1, 10**e) for e in range(1, 7)), Fraction(0))
"""The penalties that are asked about when none is named, and the limit."""

AFFORDABLE = 5.0
"""Seconds that are spent on the ladder unasked."""

TOLERANCE = 1e-10
"""Relative gap at which an optimum counts as solved: deviations are then those at the certified optimum to 1e-4."""

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rung:
    """One loss, bias and penalty.

    Attributes:
        loss: as one writes it.
        bias: ``"zero"``, ``"free"``, or the penalty of one that decays.
        lam: ``lambda = lambda_W lambda_H``; 0 for the limit.
        rank: of the classifier; 0 if all has collapsed.
        gap: the relative gap in nats that the dual point leaves, in float64; in the limit, the width of ``margin``.
        deviations: per rule of ``rules.MEASURED``, the mean over the label sets of two or more labels, by share, of
            its distance from the prototype over the prototype's norm; ``None`` where a rule makes nothing.
        why: what is missing, in words; empty if nothing is.
        margin: in the limit, the value of the hard-margin problem between two rational numbers, proved.
        smoothing: of labels.
        weighted: whether the loss has weights.
    """

    loss: str
    bias: AnyBias
    lam: Fraction
    rank: int
    gap: float
    deviations: Mapping[str, float | None]
    why: str
    margin: Enclosed | None = None
    smoothing: Fraction = Fraction(0)
    weighted: bool = False

    @property
    def best(self) -> str | None:
        """The rule that is least off."""
        known = {name: off for name, off in self.deviations.items() if off is not None}
        return min(known, key=known.__getitem__) if known else None


def rungs(
    pi: LabelDistribution,
    penalties: Iterable[Fraction] = LADDER,
    report: Report = lambda *_: None,
    losses: Iterable[Loss] = tuple(LOSSES.values()),
    biases: Iterable[AnyBias] = ("zero", "free"),
) -> Iterator[Rung]:
    """The rungs for every loss, bias and penalty, in this order.

    Args:
        pi: the label distribution, empty and full label sets included.
        penalties: values of ``lambda``, greater than 0; or 0, for the limit.
        report: told what, how many of them are solved, and of how many.
        losses: which.
        biases: which; in the limit one that decays is as none (E3).

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> found = {(r.loss, r.bias): r for r in rungs(pi, [Fraction(1, 100)])}
        >>> found["MSE", "free"].best, round(found["PAL-CE", "zero"].deviations["plain"], 2)
        ('weighted', 0.25)
    """
    ladder, several = tuple(penalties), tuple(biases)
    cases = [(loss, bias, lam) for loss in losses for bias in several for lam in ladder]
    model = cache(lambda loss, bias: FeatureModel.of(pi, loss, 1, 1, bias))
    step = max(1, TOGETHER // (len(pi.weights) * pi.K**2))
    for first in range(0, len(cases), step):
        some = cases[first : first + step]
        solved = iter(in_step([_rung(model, *case) for case in some if case[2]]))
        for done, (loss, bias, lam) in enumerate(some, first + 1):
            yield next(solved) if lam else _limit(pi, loss, bias)
            report("optima", done, len(cases))


def _rung(model: Callable[[Loss, AnyBias], FeatureModel], loss: Loss, bias: AnyBias, lam: Fraction) -> Asking[Rung]:
    nothing: dict[str, float | None] = dict.fromkeys(MEASURED)
    try:
        solution = yield from solving(model(loss, bias).at(lam), lambda *_: None, TOLERANCE)
    except InputError as error:
        return Rung(loss.title, bias, lam, 0, 0.0, nothing, str(error))
    if not solution.rank:
        return Rung(loss.title, bias, lam, 0, solution.relative_gap, nothing, "all prototypes are 0")
    seen = solution.model.distribution
    virtual = yield from virtually(loss, solution.W, solution.b, 1.0)
    smoothed = (loss.smoothing, bias == "free") if loss.centered and loss.smoothing else None
    named = rules_for(loss, SMOOTHED, *of_bias(bias))
    found = deviations(seen, solution.H, virtual, smoothed, solution.b if BY_BIAS.name in named else None)
    means = nothing | {name: found.mean(name, seen.probabilities) for name in named}
    return Rung(
        loss.title,
        bias,
        lam,
        solution.rank,
        solution.relative_gap,
        means,
        found.why,
        None,
        loss.smoothing,
        bool(loss.weights),
    )


def _limit(pi: LabelDistribution, loss: Loss, bias: AnyBias) -> Rung:
    nothing: dict[str, float | None] = dict.fromkeys(MEASURED)
    try:
        found = limit(pi, loss, bias == "free")
        margin = None if found.margins is None else value(found.margins)
    except (InputError, UncertifiedError) as error:
        return Rung(loss.title, bias, Fraction(0), 0, 0.0, nothing, str(error))
    rank = int(np.linalg.matrix_rank(found.G, 1e-7 * np.linalg.norm(found.G, 2)))
    why = "" if found.unique else "the hard-margin problem may have several solutions; this is the central one"
    gap = 0.0 if margin is None else margin.width
    means = nothing | {name: off for name, off in found.deviations().items() if name in rules_for(loss, SMOOTHED)}
    return Rung(loss.title, bias, Fraction(0), rank, gap, means, why, margin, loss.smoothing, bool(loss.weights))


def seconds(pi: LabelDistribution, penalties: int) -> float:
    """About how long that many penalties take, in seconds of one core: a rough power law.

    Example:
        >>> seconds(LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab"), 6) < 1
        True
    """
    size = len(pi.weights) * pi.K**2
    iterated = 2 * sum(not loss.quadratic for loss in LOSSES.values())
    return float(iterated * (penalties * (0.02 + 0.1 * (size / 4e4) ** 0.7) + limit_seconds(pi)))
