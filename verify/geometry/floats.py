r"""The label covariance spectrum in float64, for sizes where exact algebra does not pay.

Nothing of labels by label sets is made dense. Up to :data:`LARGE` labels all eigenvalues are computed; beyond, only
the two at the ends: the largest by products with the sparse indicator, kappa by inverse iteration (Lanczos) with one
Cholesky factor. Of fewer label sets than contrasts, kappa is 0 without any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError

__all__ = [
    "Extremes",
    "centered_moment_float",
    "extreme_eigenvalues_float",
    "extremes",
    "gigabytes",
    "minutes",
    "weakest_contrast",
]

Array = NDArray[np.float64]
Report = Callable[[str, int, int], None]

LARGE = 2000
"""Labels beyond which only the ends of the spectrum are computed."""

ACCURACY = 1e-9
"""Of Lanczos iteration: the eigenvalue is off by about the square of it."""

BLOCK = 1024
"""Columns of a moment that are made at once."""

# a sparse multiply-add costs about 150 dense ones, and there are density^2 as many of them; below a few thousand
# entries building the sparse array costs more than either product
_DENSE, _SMALL = 0.08, 10_000


@dataclass(frozen=True)
class Extremes:
    r"""The ends of the spectrum of :math:`\Sigma` on :math:`1^\perp`.

    Attributes:
        kappa, largest: the eigenvalues.
        weakest: a unit vector of the kappa-eigenspace, ``(K,)``; of the whole distribution only.
    """

    kappa: float
    largest: float
    weakest: Array | None = None


def extremes(spectrum: LabelSpectrum, report: Report = lambda *_: None) -> Mapping[int | None, Extremes]:
    """Of every multiplicity, and of all (``None``); one product of the sparse indicator serves both.

    Args:
        report: told what, how many of the multiplicities are done, and of how many.

    Raises:
        InputError: the memory there is does not do.

    Example:
        >>> found = extremes(LabelSpectrum(LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 4)])))
        >>> [(m, round(end.kappa, 6), round(end.largest, 6)) for m, end in found.items()]
        [(1, 0.333333, 0.333333), (2, 0.0, 0.666667), (None, 0.142857, 0.52381)]
    """
    pi, small, found = spectrum.pi, spectrum.K <= LARGE, dict[int | None, Extremes]()
    steps, whole = len(spectrum.parts) + 1, np.zeros((pi.K, pi.K) if small else (0, 0))
    try:
        pi.columns  # noqa: B018 - the parts share them
        for done, (m, part) in enumerate(spectrum.parts.items(), 1):
            if small:
                own = moment_float(part)
                whole += float(pi.multiplicities[m]) * own
                kappa, largest = _both(_centered(own))
                found[m] = Extremes(0.0 if part.few else kappa, largest)
            else:
                found[m] = Extremes(0.0, _largest(part)) if part.few or part.twins else _ends(part)
            report("multiplicities", done, steps)
        found[None] = _all(_centered(whole)) if small else _ends(pi)
        report("multiplicities", steps, steps)
    except MemoryError:
        raise InputError(f"{pi.K} labels take about {gigabytes(pi):.1f} GB of memory, more than there is") from None
    return found


def gigabytes(pi: LabelDistribution) -> float:
    """About how much memory the spectrum takes."""
    return (10 * pi.K**2 + 60 * sum(pi.sizes) + len(pi.masks) * (300 + pi.K / 8)) / 1e9


def minutes(pi: LabelDistribution) -> float:
    """About how long it takes on one core, roughly: two cubes of labels, and the products."""
    return (2e-11 * pi.K**3 + 3e-6 * sum(pi.sizes) + 2e-8 * sum(size**2 for size in pi.sizes)) / 60


# ---------------------------------------------------------------------- all eigenvalues


def centered_moment_float(pi: LabelDistribution) -> Array:
    r""":math:`\Sigma=PMP` in float64, shape ``(K, K)``, with memory linear in the support whatever its density.

    Example:
        >>> centered_moment_float(LabelDistribution.from_sets([([0], 1), ([1], 1)]))
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
    """
    return _centered(moment_float(pi))


def moment_float(pi: LabelDistribution) -> Array:
    """``M`` in float64, ``(K, K)``."""
    entries = pi.K * len(pi.sizes)
    return _sparse_moment(pi) if entries > _SMALL and sum(pi.sizes) < _DENSE * entries else _dense_moment(pi)


def _centered(moment: Array) -> Array:
    rows = moment.mean(axis=0)
    moment -= rows
    moment -= (rows - rows.mean())[:, None]
    return moment


def _sparse_moment(pi: LabelDistribution) -> Array:
    from scipy import sparse  # noqa: PLC0415 - slow to import

    Y = pi.sparse_indicator
    weighted = sparse.csc_array(sparse.diags_array(pi.probabilities) @ Y)
    made, turned = np.empty((pi.K, pi.K)), Y.T.tocsr()
    for start in range(0, pi.K, BLOCK):  # the product may be dense, and is never held twice
        made[:, start : start + BLOCK] = (turned @ weighted[:, start : start + BLOCK]).toarray()
    return made


def _dense_moment(pi: LabelDistribution) -> Array:
    moment, start = np.zeros((pi.K, pi.K)), 0
    for block in pi.bit_blocks():
        stop = start + len(block)
        moment += (block * pi.probabilities[start:stop, None]).T @ block.astype(np.float64)
        start = stop
    return moment


def extreme_eigenvalues_float(pi: LabelDistribution) -> tuple[float, float]:
    r""":math:`(\kappa,\mathrm K)` of :math:`\Sigma` on :math:`1^\perp` in float64.

    Absolute error of a few units of rounding of :math:`\mathrm K`, the backward error of the symmetric eigensolver.

    Example:
        >>> kappa, largest = extreme_eigenvalues_float(LabelDistribution.from_sets([([0], 1), ([1], 1)]))
        >>> round(kappa, 12), round(largest, 12)
        (0.5, 0.5)
    """
    return _both(centered_moment_float(pi))


def _both(sigma: Array) -> tuple[float, float]:
    # Sigma is positive semidefinite with Sigma 1 = 0, so the smallest of its K eigenvalues belongs to 1
    values = np.linalg.eigvalsh(sigma)
    return max(float(values[1]), 0.0), float(values[-1])


def _all(sigma: Array) -> Extremes:
    return Extremes(*_both(sigma), _weakest(sigma))


def weakest_contrast(pi: LabelDistribution) -> Array:
    r"""A unit vector of :math:`1^\perp` in the :math:`\kappa`-eigenspace of :math:`\Sigma`, float64, shape ``(K,)``.

    The contrast between labels that the data determines worst; empty and full label sets, which see no contrast, are
    left out. The entry of largest absolute value is positive. When :math:`\kappa` is a repeated eigenvalue it is one of
    many.

    Raises:
        InputError: every label set is empty or full.
    """
    return _weakest(centered_moment_float(pi.proper))


def _weakest(sigma: Array) -> Array:
    # moving the eigenvalue of 1 to the far end leaves the contrasts alone
    sigma += 2 * np.trace(sigma) / len(sigma)
    return _upright(np.linalg.eigh(sigma)[1][:, 0])


def _upright(vector: Array) -> Array:
    return np.asarray(vector * np.sign(vector[np.abs(vector).argmax()]))


# ---------------------------------------------------------------------- the ends alone


def _start(K: int) -> Array:
    """Where Lanczos iteration starts: a fixed contrast."""
    x = np.random.default_rng(0).standard_normal(K)
    return np.asarray(x - x.mean())


def _largest(pi: LabelDistribution) -> float:
    """The largest eigenvalue, by products with the sparse indicator."""
    from scipy.sparse import linalg  # noqa: PLC0415 - slow to import

    Y, p = pi.sparse_indicator, pi.probabilities

    def image(x: Array) -> Array:
        x = x.ravel()
        y = Y.T @ (p * (Y @ (x - x.mean())))
        return np.asarray(y - y.mean())

    operator: Any = linalg.LinearOperator((pi.K, pi.K), matvec=image, dtype=np.float64)
    return float(linalg.eigsh(operator, 1, which="LA", v0=_start(pi.K), tol=ACCURACY, return_eigenvectors=False)[0])


def _ends(pi: LabelDistribution) -> Extremes:
    """Kappa by Lanczos iteration with the inverse; what Cholesky's method takes for singular is lifted by rounding."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve  # noqa: PLC0415 - slow to import
    from scipy.sparse import linalg  # noqa: PLC0415

    largest, lift = _largest(pi), 0.0
    while True:
        sigma = centered_moment_float(pi)
        sigma += 2 * np.trace(sigma) / pi.K  # the eigenvalue of 1 goes to the far end
        sigma[np.diag_indices(pi.K)] += lift
        try:
            factor = cho_factor(sigma.T, lower=True, overwrite_a=True, check_finite=False)
            break
        except LinAlgError:
            lift = max(4 * lift, pi.K * float(np.finfo(float).eps) * largest)

    def image(x: Array) -> Array:
        return np.asarray(cho_solve(factor, x.ravel(), check_finite=False))

    inverse: Any = linalg.LinearOperator((pi.K, pi.K), matvec=image, dtype=np.float64)
    values, vectors = linalg.eigsh(inverse, 1, which="LA", v0=_start(pi.K), tol=ACCURACY)
    return Extremes(max(1 / float(values[0]) - lift, 0.0), largest, _upright(vectors[:, 0]))
