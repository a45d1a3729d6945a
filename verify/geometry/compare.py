r"""How far one geometry is from another, in float64: for measured data, not for claims.

Prototypes are matrices ``(n, d)`` with a row per label set, in the order of a distribution. Label sets count with their
share, so that what is said of prototypes is said of samples moved to the prototype of their label set. Nothing here
sees a rotation of feature space.
"""

from dataclasses import dataclass

import numpy as np

from verify.model.losses import Array

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


# ---------------------------------------------------------------------- isotropy


def anisotropy(R: Array, lam: float, centered: bool) -> float:
    r""":math:`\|R/\lambda-P\|_F/\|P\|_F`, or with :math:`I` for :math:`P` if the loss is not centered (claim U8).

    Example:
        >>> anisotropy(np.diag([1.0, 3.0]), 2.0, centered=False)
        0.5
    """
    target = np.eye(len(R)) - (1 / len(R) if centered else 0)
    return float(np.linalg.norm(R / lam - target) / np.linalg.norm(target))
