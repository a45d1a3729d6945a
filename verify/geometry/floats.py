r"""The label covariance spectrum in float64, for sizes where exact algebra does not pay.

Nothing of labels by label sets is made dense. Up to :data:`LARGE` labels all eigenvalues are computed; beyond, only
the two at the ends: the largest by products with the sparse indicator, kappa by inverse iteration (Lanczos) with one
Cholesky factor. Of fewer label sets than contrasts, kappa is 0 without any.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.geometry.spectrum import LabelSpectrum, co_occurrences
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError

Array = NDArray[np.float64]
Report = Callable[[str, int, int], None]

LARGE = 2000
"""Labels beyond which only the ends of the spectrum are computed."""

ACCURACY = 1e-9
"""Of Lanczos iteration: the eigenvalue is off by about the square of it."""

# to count a pair of labels costs some 25 dense multiply-adds, and of the pairs there are half; below a few thousand
# entries either costs less than to tell
_DENSE, _SMALL = 0.08, 10_000


@dataclass(frozen=True)
class Extremes:
    r"""The ends of the spectrum of :math:`\Sigma` on :math:`1^\perp`.

    Attributes:
        kappa, largest: the eigenvalues.
        weakest: a unit vector of the kappa-eigenspace, ``(K,)``, where it comes with kappa: of many labels.
    """

    kappa: float
    largest: float
    weakest: Array | None = None


class Ends(Mapping[int | None, Extremes]):
    """Of every multiplicity, and of all (``None``), each computed when it is asked for.

    Args:
        report: told what, how many of them are done, and of how many.

    Raises:
        InputError: (when asked) the memory there is does not do.

    Example:
        >>> found = Ends(LabelSpectrum(LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 4)])))
        >>> [(m, round(end.kappa, 6), round(end.largest, 6)) for m, end in found.items()]
        [(1, 0.333333, 0.333333), (2, 0.0, 0.666667), (None, 0.142857, 0.52381)]
    """

    def __init__(self, spectrum: LabelSpectrum, report: Report = lambda *_: None) -> None:
        self.spectrum, self.report, self._found = spectrum, report, dict[int | None, Extremes]()

    def __iter__(self) -> Iterator[int | None]:
        return iter((*self.spectrum.pi.multiplicities, None))

    def __len__(self) -> int:
        return len(self.spectrum.pi.multiplicities) + 1

    def __getitem__(self, m: int | None) -> Extremes:
        if m not in self._found:
            pi = self.spectrum.pi
            pi.columns  # noqa: B018 - the parts share them
            try:
                self._found[m] = _ends(pi) if m is None else _ends(self.spectrum.parts[m], whole=False)
            except MemoryError:
                need = f"{pi.K} labels take about {gigabytes(pi):.1f} GB of memory"
                raise InputError(f"{need}, more than there is") from None
            self.report("multiplicities", len(self._found), len(self))
        return self._found[m]


def _ends(pi: LabelDistribution, whole: bool = True) -> Extremes:
    if pi.K <= LARGE:
        kappa, largest = extreme_eigenvalues_float(pi)
        return Extremes(0.0 if pi.few else kappa, largest)
    if not whole and (pi.few or pi.twins):
        return Extremes(0.0, _largest(pi))
    return _by_lanczos(pi)


def gigabytes(pi: LabelDistribution) -> float:
    """About how much memory the spectrum takes."""
    return (10 * pi.K**2 + 60 * int(pi.starts[-1]) + len(pi.weights) * (300 + pi.K / 8)) / 1e9


def minutes(pi: LabelDistribution) -> float:
    """About how long it takes on one core, roughly: two cubes of labels, and the products."""
    return (2e-11 * pi.K**3 + 3e-7 * int(pi.starts[-1]) + 1e-8 * _squares(pi)) / 60


def _squares(pi: LabelDistribution) -> int:
    """The sum of the squared sizes of label sets: about twice the pairs of labels that occur together."""
    return int((np.diff(pi.starts) ** 2).sum())


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
    """``M`` in float64, ``(K, K)``: counted in whole numbers, which float64 has below 2^53."""
    entries, whole = pi.K * len(pi.sizes), pi.total < 1 << 53
    sparse = entries > _SMALL and _squares(pi) < _DENSE * entries * pi.K
    weights = np.array(pi.weights, dtype=np.float64) if whole else pi.probabilities
    moment = co_occurrences(pi, weights) if sparse else _dense_moment(pi, weights)
    if whole:
        moment /= pi.total
    return moment


def _centered(moment: Array) -> Array:
    rows = moment.mean(axis=0)
    moment -= rows
    moment -= (rows - rows.mean())[:, None]
    return moment


def _dense_moment(pi: LabelDistribution, weights: Array) -> Array:
    moment, start = np.zeros((pi.K, pi.K)), 0
    for block in pi.bit_blocks():
        stop = start + len(block)
        moment += (block * weights[start:stop, None]).T @ block.astype(np.float64)
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


def _by_lanczos(pi: LabelDistribution) -> Extremes:
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
