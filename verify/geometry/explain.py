r"""Which loss, bias and penalty explain a trained last layer: the pulls of a loss against those of the penalties.

At a stationary point of the feature model (claims U2, E1) with the residuals :math:`r_S` at the prototypes,
:math:`\sum_S\pi_Sr_S\bar h_S^\top=\lambda_WW`, :math:`W^\top r_S=\lambda_H\bar h_S` and
:math:`\sum_S\pi_Sr_S=\lambda_bb`, where :math:`\lambda_b=0` for a free bias and nothing is asked of a model
without one. Every loss has other residuals, so each is tried with its own least-squares penalties. What they leave of
each pull, relative to it, is *unexplained*; of the three shares the largest counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from verify.geometry.measure import LastLayer, Penalties, estimated_decay, penalties
from verify.labels.errors import InputError
from verify.labels.readers import LabelRows
from verify.model.feature_model import AnyBias
from verify.model.losses import LOSSES, Loss

__all__ = ["POOR", "Explanation", "explanations"]

POOR = 0.5
"""Penalties that leave more than this of a pull unexplained explain less than they leave."""

WORTH = 2.0
"""How many times less must be unexplained for one more penalty, that of the bias, to be believed."""


@dataclass(frozen=True)
class Explanation:
    """One loss and bias with the penalties that explain a layer best.

    Attributes:
        layer: as the loss sees it.
        bias: ``"zero"``, ``"free"``, or the penalty of one that decays.
        penalties: with what they leave unexplained.
    """

    layer: LastLayer
    bias: AnyBias
    penalties: Penalties

    @property
    def unexplained(self) -> float:
        """The largest share of a pull that is left, from 0 on."""
        return self.penalties.unexplained or 0.0


def explanations(
    rows: LabelRows,
    H: Any,
    W: Any,
    b: Any = None,
    losses: Iterable[Loss] = tuple(LOSSES.values()),
    bias: AnyBias | Literal["fitted"] | None = None,
    lam: Fraction | None = None,
    lambda_H: Fraction | None = None,
) -> tuple[Explanation, ...]:
    """Every loss and bias with the penalties that explain a layer best, the least unexplained first.

    A model without a bias, or with one that is 0, is explained without; of one with a bias, that it is free and that
    it decays are both tried, and the second is believed if it leaves half as much.

    Args:
        rows, H, W, b: the model, see :meth:`LastLayer.of`.
        losses: to try.
        bias, lam, lambda_H: not fitted but taken, where they are given; ``"fitted"`` is a bias that decays.

    Raises:
        InputError: as :meth:`LastLayer.of`; or no positive penalty makes any of the losses explain anything.

    Example:
        >>> from verify.labels.distribution import LabelDistribution
        >>> from verify.model.solver import solve
        >>> pi = LabelDistribution.from_sets([([0], 3), ([1], 1), ([2], 1), ([0, 1], 2), ([1, 2], 1)], labels="abc")
        >>> best = solve(pi, "bce", "1/50", "1/5", "free")
        >>> rows = LabelRows(pi.labels, tuple(mask for mask, w in zip(pi.masks, pi.weights) for _ in range(w)))
        >>> found = explanations(rows, best.H.repeat(pi.weights, axis=0), best.W, best.b)
        >>> [(e.layer.loss.name, e.bias, round(float(e.penalties.lam), 4), round(e.unexplained, 2)) for e in found]
        [('bce', 'free', 0.004, 0.0), ('pal', 'free', 0.0002, 0.99)]
    """
    found: list[Explanation] = []
    faults: list[InputError] = []
    for loss in losses:
        try:
            layer = LastLayer.of(rows, loss, H, W, b)
            found.append(_best_bias(layer, bias, lam, lambda_H))
        except InputError as fault:
            faults.append(fault)
    if not found:
        raise faults[0]
    return tuple(sorted(found, key=lambda one: one.unexplained))


def _best_bias(
    layer: LastLayer, bias: AnyBias | Literal["fitted"] | None, lam: Fraction | None, lambda_H: Fraction | None
) -> Explanation:
    def by(one: AnyBias) -> Explanation:
        return Explanation(layer, one, penalties(layer, lam, lambda_H, one))

    if bias == "fitted":
        return by(estimated_decay(layer))
    if bias is not None or not layer.b.any():
        return by(bias or "zero")
    free = by("free")
    try:
        decaying = by(estimated_decay(layer))
    except InputError:  # no positive penalty explains the bias
        return free
    return decaying if WORTH * decaying.unexplained < free.unexplained else free
