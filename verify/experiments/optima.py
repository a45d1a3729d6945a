"""What experiments on certified optima share: distributions by imbalance, the six variants of the model, ball matrices.

Everything measured here has no unit: a model with other factors of the same ``lambda`` has the same numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, fmpq

from verify.exact.balls import Ball, total
from verify.experiments.base import Cell, enclosed
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.families import longtail
from verify.model.feature_model import Bias
from verify.model.optimum import CertifiedOptimum, Instance, precisely

__all__ = ["VARIANTS", "cell", "centered", "identity", "longtailed", "optimum", "root", "spread"]

VARIANTS: tuple[tuple[str, Bias], ...] = tuple(
    (loss, bias) for loss in ("pal", "bce", "mse") for bias in ("zero", "free")
)  # fmt: skip
"""Loss and bias model."""

MOST_ENTRIES = 8_000
"""Largest ``n K^2`` of a distribution that is solved many times over."""


def longtailed(K: int, ratio: Fraction) -> LabelDistribution:
    """Half single labels, half pairs, each a long tail with this imbalance ratio, so that every label set of either
    size occurs and no loss loses rank to a missing multiplicity.

    Example:
        >>> [float(round(f, 3)) for f in longtailed(3, Fraction(100)).frequencies]
        [0.946, 0.5, 0.054]
    """
    parts = (longtail(K, m, ratio) for m in (1, 2))
    sets = (
        ([k for k in range(K) if mask >> k & 1], Fraction(weight, part.total))
        for part in parts
        for mask, weight in zip(part.masks, part.weights, strict=True)
    )
    return LabelDistribution.from_sets(sets, labels=[f"label {k + 1}" for k in range(K)])


def optimum(pi: LabelDistribution, loss: str, bias: Bias, lam: Fraction) -> CertifiedOptimum | str:
    """The certified optimum at this ``lambda``, or why there is none, in a few words."""
    too_large = "not solved: too large for an experiment"
    if len(pi.masks) * pi.K**2 > MOST_ENTRIES:
        return too_large
    instance = Instance(loss, bias, lam, Fraction(1))
    if not instance.has_minimiser(pi):
        return "no minimiser: a label never or always occurs"
    try:
        return CertifiedOptimum.of(pi, instance)
    except UncertifiedError:
        return too_large


# ---------------------------------------------------------------------- matrices of balls


def identity(K: int, on_contrasts: bool) -> Any:
    r"""The identity on the space where the loss lives: :math:`P` on :math:`1^\perp` (PAL-CE), else :math:`I`."""
    less = fmpq(1, K) if on_contrasts else fmpq(0)
    return arb_mat([[arb(int(j == k) - less) for k in range(K)] for j in range(K)])


def centered(A: Any) -> Any:
    r""":math:`PAP`."""
    P = identity(A.nrows(), on_contrasts=True)
    return P * A * P


def spread(A: Any, on_contrasts: bool) -> Ball:
    r"""How far from isotropic a symmetric matrix is: the standard deviation of its eigenvalues over their mean.

    That is :math:`\|A-tI\|_F/(t\sqrt n)` with :math:`t=\operatorname{tr}A/n`, on the ``n``-dimensional space of
    :func:`identity`; 0 iff ``A`` is a multiple of the identity there. A ball, from the entries alone.

    Example:
        >>> spread(arb_mat([[1, 0], [0, 3]]), False).str(5), spread(arb_mat([[1, -1], [-1, 1]]), True).contains(0)
        ('0.50000', True)
    """
    one = identity(A.nrows(), on_contrasts)
    n = A.nrows() - int(on_contrasts)
    mean = A.trace() / n
    return root(total(entry * entry for entry in (A - one * mean).entries()) / n) / mean


def root(square: Ball) -> Ball:
    """Square root of a number that is certainly not negative, whatever its ball; 0 belongs to the ball of a 0.

    Example:
        >>> tiny = arb(0, 1e-20)
        >>> root(tiny).contains(0), root(tiny) < arb(1e-9)
        (True, True)
    """
    if not square.is_finite():
        return square
    low = square.lower()
    return (low if low > 0 else arb(0)).sqrt().union(square.upper().sqrt())


def cell(x: Ball) -> Cell:
    """The cell of a number that is certainly not negative, whatever its ball; ``None`` for a ball without bounds.

    Example:
        >>> cell(arb(0, 1e-20))[0], cell(arb("nan"))
        ('0', None)
    """
    if not x.is_finite():
        return None
    with precisely():
        low, high = (_fraction(end) for end in (x.lower(), x.upper()))
    return enclosed(max(low, Fraction(0)), high)


def _fraction(end: Ball) -> Fraction:
    """An exact ball as the dyadic number it is."""
    numerator, exponent = end.man_exp()
    return Fraction(int(numerator)) * Fraction(2) ** int(exponent)
