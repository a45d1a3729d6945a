r"""How far one geometry is from another, and from a synthesis rule, in float64: for measured data, not for claims.

Prototypes are matrices ``(n, d)`` with a row per label set, in the order of a distribution. Label sets count with their
share, so that what is said of prototypes is said of samples moved to the prototype of their label set. Nothing here
sees a rotation of feature space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from verify.labels.distribution import LabelDistribution
from verify.model.losses import Array

__all__ = [
    "Deviations",
    "Distance",
    "Rule",
    "anisotropy",
    "common_share",
    "deviations",
    "from_mean",
    "gram_distance",
    "logit_distance",
    "relative",
]

# ---------------------------------------------------------------------- distances


@dataclass(frozen=True)
class Distance:
    """How far a measured matrix is from the predicted one; ``None`` where one of them is 0, as at full collapse.

    Attributes:
        shape: one minus the cosine of the centered matrices, from 0 (the same up to scale and offsets) to 2.
        size: Frobenius norm of the difference over that of the prediction, nothing centered or scaled.
    """

    shape: float | None
    size: float | None


BLOCK = 512
"""Rows of a Gram matrix over label sets that are held at once."""


def gram_distance(X: Array, Y: Array, share: Array) -> Distance:
    r"""Distance of :math:`XX^\top` to :math:`YY^\top`, rows weighted by ``share``.

    Args:
        X, Y: measured and predicted vectors, ``(n, d)`` and ``(n, q)``.
        share: positive weights of the rows, adding up to 1, shape ``(n,)``.

    Example:
        >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
        >>> turned = 3 * X @ np.array([[0.0, 1.0], [-1.0, 0.0]])
        >>> found = gram_distance(turned, X, np.full(3, 1 / 3))
        >>> found.shape < 1e-30, round(found.size, 12)
        (True, 8.0)
    """
    root = np.sqrt(share)[:, None]
    centered = from_mean(X, share) * root, from_mean(Y, share) * root
    x, y = (float(np.linalg.norm(part.T @ part)) for part in centered)
    # Half the squared distance of unit vectors is 1 - cosine without its cancellation.
    shape = _gram_difference(*centered, 1 / x, 1 / y) ** 2 / 2 if x and y else None
    size = float(np.linalg.norm((Y * root).T @ (Y * root)))
    return Distance(shape, _gram_difference(X * root, Y * root, 1.0, 1.0) / size if size else None)


def _gram_difference(X: Array, Y: Array, x: float, y: float) -> float:
    """Frobenius norm of ``x X X^T - y Y Y^T``, without holding either."""
    blocks = (slice(start, start + BLOCK) for start in range(0, len(X), BLOCK))
    return float(np.sqrt(sum(float(((x * X[at] @ X.T - y * Y[at] @ Y.T) ** 2).sum()) for at in blocks)))


def logit_distance(X: Array, Y: Array, share: Array) -> Distance:
    """The same for matrices of logits, ``(n, K)``: a row per label set, centered over labels and label sets."""
    root = np.sqrt(share)[:, None]
    A, B = ((from_mean(Z, share) - from_mean(Z, share).mean(axis=1, keepdims=True)) * root for Z in (X, Y))
    a, b = float(np.linalg.norm(A)), float(np.linalg.norm(B))
    shape = float(((A / a - B / b) ** 2).sum()) / 2 if a and b else None
    return Distance(shape, relative((X - Y) * root, Y * root))


def from_mean(rows: Array, share: Array) -> Array:
    """Rows less their mean, weighted by ``share``."""
    return np.asarray(rows - share @ rows / share.sum())


def relative(difference: Array, reference: Array) -> float | None:
    """Ratio of Frobenius norms; ``None`` if the reference is 0."""
    size = float(np.linalg.norm(reference))
    return float(np.linalg.norm(difference)) / size if size else None


def common_share(H: Array, share: Array) -> float:
    r"""The share of what all prototypes have in common in their energy: :math:`\|\bar h\|^2/\sum_S\pi_S\|h_S\|^2`.

    Example:
        >>> common_share(np.array([[3.0, 1.0], [3.0, -1.0]]), np.array([0.5, 0.5]))
        0.9
    """
    energy = float(share @ (H**2).sum(axis=1))
    return float(((share @ H) ** 2).sum()) / energy if energy else 0.0


# ---------------------------------------------------------------------- synthesis rules and isotropy


Rule = Literal["scaled", "plain", "weighted"]
"""How prototypes may be made of those of single labels, see :class:`Deviations`."""


@dataclass(frozen=True)
class Deviations:
    r"""How far each prototype is from what a rule makes of the singleton prototypes, over :math:`\|h_S\|`.

    Label sets of one label follow every rule and are left out: NaN, as is what cannot be measured.

    Attributes:
        scaled: :math:`\min_{\alpha\ge0}\|h_S-\alpha\sum_{k\in S}h_{\{k\}}\|`: tag-wise averaging, exact under perfect
            orthogonality (O1). Each label set may have its own scale.
        plain: :math:`\|h_S-\sum_{k\in S}h_{\{k\}}\|`: exact for MSE without bias (W2), and in the limit
            :math:`\lambda\to0` for PAL-CE without bias (W4).
        weighted: the same for :math:`\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}`, the
            class-frequency-weighted rule: exact for MSE with a free bias (W2), in the limit for PAL-CE (W3).
        absent: the labels without a singleton prototype: no sample has this label alone.
        why: in words, what cannot be measured and why; empty if everything can.
    """

    scaled: Array
    plain: Array
    weighted: Array
    absent: tuple[str, ...]
    why: str

    def mean(self, rule: Rule, share: Array) -> float | None:
        """Mean deviation over the label sets where it is measured, weighted by ``share``; ``None`` if there is none."""
        values = np.asarray(getattr(self, rule))
        known = np.isfinite(values)
        return float(share[known] @ values[known] / share[known].sum()) if known.any() else None


def deviations(pi: LabelDistribution, H: Array, virtual: Array | None = None) -> Deviations:
    """The deviations of prototypes ``H``, shape ``(n, d)``, in the order of ``pi``.

    Args:
        virtual: prototypes of the single labels, ``(K, d)``, taken for those that no sample has.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> found = deviations(pi, np.array([[1.0, 0], [0, 1], [-1, -1], [3, 3]]))
        >>> print(found.scaled[3].round(9), found.plain[3].round(4), found.absent)
        0.0 0.6667 ()
    """
    single = {mask: S for S, mask in enumerate(pi.masks) if mask.bit_count() == 1}
    absent = tuple(label for k, label in enumerate(pi.labels) if 1 << k not in single)
    y, sizes = pi.indicator, np.array(pi.sizes)
    alone = np.zeros((pi.K, H.shape[1])) if virtual is None else virtual.copy()
    for k in range(pi.K):
        if 1 << k in single:
            alone[k] = H[single[1 << k]]
    missing = np.array([virtual is None and 1 << k not in single for k in range(pi.K)])
    norms = np.linalg.norm(H, axis=1)
    fit = (sizes >= 2) & ~(y[:, missing] > 0).any(axis=1) & (norms > 0)
    sums = y @ alone
    squares = (sums**2).sum(axis=1)
    scale = np.maximum((sums * H).sum(axis=1), 0.0) / np.where(squares > 0, squares, 1.0)
    f, cardinality = np.array([float(x) for x in pi.frequencies]), float(pi.cardinality)
    rule = fit & (not f[missing].any()) & (pi.cardinality != 1)
    excess = (sizes - 1.0) / (cardinality - 1.0) if pi.cardinality != 1 else np.zeros(len(sizes))

    def off(made: Array, where: Any) -> Array:
        return np.where(where, np.linalg.norm(H - made, axis=1) / np.where(norms > 0, norms, 1.0), np.nan)

    return Deviations(
        off(scale[:, None] * sums, fit),
        off(sums, fit),
        off(sums - excess[:, None] * (f @ alone), rule),
        absent,
        _why_not(pi, absent if virtual is None else (), fit, rule),
    )


def _why_not(pi: LabelDistribution, absent: tuple[str, ...], fit: Any, rule: Any) -> str:
    several = sum(size >= 2 for size in pi.sizes)
    if not several:
        return "every label set has at most one label, so there is nothing to synthesise"
    parts = []
    if absent:
        names = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        parts.append(
            f"no sample has {names} alone, so the prototypes that tag-wise rules start from are missing there: "
            f"tag-wise deviations of {int(fit.sum())} of {several} label sets of two or more labels can be measured"
        )
    if not rule.any():
        reason = "it needs the singleton prototype of every label that occurs"
        if pi.cardinality == 1:
            reason = "it divides by the label cardinality less 1, which is 0 here"
        parts.append(f"the frequency-weighted rule cannot be measured: {reason}")
    return "; ".join(parts)


def anisotropy(R: Array, lam: float, centered: bool) -> float:
    r""":math:`\|R/\lambda-P\|_F/\|P\|_F`, or with :math:`I` for :math:`P` if the loss is not centered (claim U8).

    Example:
        >>> anisotropy(np.diag([1.0, 3.0]), 2.0, centered=False)
        0.5
    """
    target = np.eye(len(R)) - (1 / len(R) if centered else 0)
    return float(np.linalg.norm(R / lam - target) / np.linalg.norm(target))
