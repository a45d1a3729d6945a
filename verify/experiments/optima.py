"""What experiments on certified optima share: distributions by imbalance, the six variants of the model, ball matrices.

Everything measured here has no unit: a model with other factors of the same ``lambda`` has the same numbers.
"""

from fractions import Fraction
from itertools import product
from typing import Any, get_args

from verify.exact.balls import Ball, ends, root, total
from verify.exact.matrices import identity, projection
from verify.experiments.base import Cell, enclosed
from verify.labels.builders.imbalanced import longtail
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import members
from verify.model.feature_model import Bias
from verify.model.losses import LOSSES, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely

VARIANTS: tuple[tuple[Loss, Bias], ...] = tuple(product(LOSSES.values(), get_args(Bias)))
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
    sets = ((members(mask), share) for part in parts for mask, share in zip(part.masks, part.shares, strict=True))
    return LabelDistribution.from_sets(sets, labels=[f"label {k + 1}" for k in range(K)])


def optimum(pi: LabelDistribution, loss: Loss, bias: Bias, lam: Fraction) -> CertifiedOptimum | str:
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


def spread(A: Any, on_contrasts: bool) -> Ball:
    r"""How far from isotropic a symmetric matrix is: the standard deviation of its eigenvalues over their mean.

    That is :math:`\|A-tI\|_F/(t\sqrt n)` with :math:`t=\operatorname{tr}A/n`, on the ``n``-dimensional space where the
    loss lives, :math:`1^\perp` (PAL-CE) or all; 0 iff ``A`` is a multiple of the identity there. A ball, from the
    entries alone.

    Example:
        >>> from flint import arb_mat
        >>> spread(arb_mat([[1, 0], [0, 3]]), False).str(5), spread(arb_mat([[1, -1], [-1, 1]]), True).contains(0)
        ('0.50000', True)
    """
    one = (projection if on_contrasts else identity)(A.nrows())
    n = A.nrows() - int(on_contrasts)
    mean = A.trace() / n
    return root(total(entry * entry for entry in (A - one * mean).entries()) / n) / mean


def cell(x: Ball) -> Cell:
    """The cell of a number that is certainly not negative, whatever its ball; ``None`` for a ball without bounds.

    Example:
        >>> from flint import arb
        >>> cell(arb(0, 1e-20))[0], cell(arb("nan"))
        ('0', None)
    """
    if not x.is_finite():
        return None
    with precisely():
        low, high = ends(x)
    return enclosed(max(low, Fraction(0)), high)
