r"""Which loss, bias and penalty explain a trained last layer: the pulls of a loss against those of the penalties.

At a stationary point of the feature model (claims U2, E1) with the residuals :math:`r_S` at the prototypes,
:math:`\sum_S\pi_Sr_S\bar h_S^\top=\lambda_WW`, :math:`W^\top r_S=\lambda_H\bar h_S` and
:math:`\sum_S\pi_Sr_S=\lambda_bb`, where :math:`\lambda_b=0` for a free bias and nothing is asked of a model
without one. Every loss has other residuals, so each is tried with its own least-squares penalties. What they leave of
each pull, relative to it, is *unexplained*; of the three shares the largest counts.

Whether a bias decays is asked of its own equation alone: in a layer that has not collapsed yet, what is left of the
other two hides it. That it is free, and that it decays like ``W`` (as weight decay on all parameters makes it), fit no
number, and the one that leaves less is believed. A penalty of its own is one more number. It is believed only if the
first two leave more of the bias' equation than is left of the others, and if it leaves no larger share of the pull on
the bias than the one number :math:`\lambda_W` leaves of the pull on ``W``: a free bias on its way is close to parallel
to what pulls it, and some number always explains much of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt
from typing import Any, Literal

import numpy as np

from verify.geometry.measure import ESTIMATED_DIGITS, LastLayer, Penalties, estimated_decay, penalties
from verify.labels.errors import InputError
from verify.labels.readers import LabelRows
from verify.model.feature_model import AnyBias
from verify.model.losses import LOSSES, Loss

POOR = 0.5
"""Penalties that leave more than this of a pull unexplained explain less than they leave."""

RESOLVED = sqrt(np.finfo(float).eps)
"""Of a minimum in float64 the value is known to the precision, so the point only to its root: less is not left."""


@dataclass(frozen=True)
class Explanation:
    """One loss and bias with the penalties that explain a layer best.

    Attributes:
        layer: as the loss sees it.
        bias: ``"zero"``, ``"free"``, or the penalty of one that decays.
        penalties: with what they leave unexplained.
        rival: the same loss with a bias treated otherwise, where the layer does not exclude that before it is weighed.
    """

    layer: LastLayer
    bias: AnyBias
    penalties: Penalties
    rival: Explanation | None = None

    @property
    def unexplained(self) -> float:
        """The largest share of a pull that is left, from 0 on."""
        return self.penalties.unexplained or 0.0

    @property
    def left_of_bias(self) -> float:
        """The share that is left in the equation of the bias."""
        return self.penalties.unexplained_b or 0.0

    def as_well(self, other: Explanation) -> bool:
        """Whether this explains about as well as another: it leaves more by no more than the other leaves anyway."""
        return self.unexplained - other.unexplained <= other.unexplained


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

    A model without a bias, or with one that is 0, is explained without; of one with a bias, that it is free, that it
    decays like ``W`` and that it decays with a penalty of its own are tried, see above.

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
    like_W = by(Fraction(f"{free.penalties.lambda_W:.{ESTIMATED_DIGITS}g}"))
    try:
        own = by(estimated_decay(layer))
    except InputError:  # no positive penalty explains the bias
        own = like_W
    return _weighed(free, like_W, own)


def _weighed(free: Explanation, like_W: Explanation, own: Explanation) -> Explanation:
    """What the equation of the bias says of it, and what it does not exclude."""
    W, H = (max(share or 0.0, RESOLVED) for share in (free.penalties.unexplained_W, free.penalties.unexplained_H))
    elsewhere = max(W, H)
    best = min(free, like_W, key=lambda one: one.left_of_bias)
    if best.left_of_bias > elsewhere and own.left_of_bias <= W * free.left_of_bias:
        best = own
    if best is not free:
        return replace(best, rival=free)
    if like_W.left_of_bias <= elsewhere:
        return replace(free, rival=like_W)
    return replace(free, rival=own) if free.left_of_bias > elsewhere and own is not like_W else free
