r"""The label covariance spectrum: second moments, centerings, kappa and K, and the lower bounds on kappa.

For :math:`x\perp1` the class centering drops out of :math:`x^\top\Sigma x=\sum_S\pi_S\,x(S)^2`, so on the basis
:math:`e_k-e_K` of :math:`1^\perp` the centered second moment is an *integer* matrix over the total weight. Its
characteristic polynomial gives every eigenvalue as an exact :class:`Root`; float64 values exist beside it for speed and
for sizes where exact algebra does not pay.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, gcd
from typing import Literal, TypeVar

import numpy as np
from flint import fmpz_mat, nmod_mat
from numpy.typing import NDArray

from verify.exact.roots import RealRoots, Root
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.masks import members

Centering = Literal["class", "mean"]
Number = TypeVar("Number", np.int64, np.float64)


def balanced_value(K: int, m: int) -> Fraction:
    r"""The balanced value :math:`\bar\kappa_m=\frac{m(K-m)}{K(K-1)}` (claim S1), in the unit of probabilities.

    Example:
        >>> balanced_value(7, 3)
        Fraction(2, 7)
    """
    return Fraction(m * (K - m), K * (K - 1))


def second_moment(pi: LabelDistribution) -> fmpz_mat:
    r"""The second-order moment times the total weight, :math:`N M=\sum_S N\pi_S\,y_Sy_S^\top`: integers, ``(K, K)``.

    Entry ``(j, k)`` is the weight of the label sets that contain both labels: the co-occurrence counts.

    Example:
        >>> second_moment(LabelDistribution.from_sets([([0], 2), ([0, 1], 3)], labels="ab")).tolist()
        [[5, 3], [3, 3]]
    """
    if pi.K * len(pi.weights) <= _SMALL or pi.total >> 62:
        return weighted_gram(pi.rows, pi.weights)
    weights = np.array(pi.weights, dtype=np.int64)  # no sum exceeds the total weight, which fits
    return fmpz_mat(co_occurrences(pi, weights).tolist())


def co_occurrences(pi: LabelDistribution, weights: NDArray[Number]) -> NDArray[Number]:
    r""":math:`\sum_Sw_Sy_Sy_S^\top` in the arithmetic of the weights, ``(K, K)``, pair of labels by pair.

    Example:
        >>> co_occurrences(LabelDistribution.from_sets([([0], 2), ([0, 1], 3)], labels="ab"), np.array([2, 3]))
        array([[5, 3],
               [3, 3]])
    """
    made, start = np.zeros((pi.K, pi.K), dtype=weights.dtype), 0
    for m in pi.multiplicities:
        stop = bisect_right(pi.sizes, m, start)
        if m == 0:
            start = stop
            continue
        sets, of = pi.columns[pi.starts[start] : pi.starts[stop]].reshape(-1, m), weights[start:stop]
        first, second = np.triu_indices(m)
        step = max(1, _PAIRS // max(1, len(first)))
        for at in range(0, len(sets), step):
            some = sets[at : at + step].astype(np.int64)
            pairs = some[:, first] * pi.K + some[:, second]
            np.add.at(made.reshape(-1), pairs.ravel(), np.repeat(of[at : at + step], len(first)))
        start = stop
    for k in range(0, pi.K, _BLOCK):  # labels of a set ascend, so that nothing is below the diagonal yet
        rows = slice(k, k + _BLOCK)
        made[k + _BLOCK :, rows] = made[rows, k + _BLOCK :].T
        made[rows, rows] += np.triu(made[rows, rows], 1).T
    return made


def weighted_gram(rows: Sequence[Sequence[int]], weights: Sequence[int]) -> fmpz_mat:
    r""":math:`\sum_Sw_Sv_Sv_S^\top` of integer rows."""
    weighted = [[weight * x for x in row] for row, weight in zip(rows, weights, strict=True)]
    return fmpz_mat([list(row) for row in rows]).transpose() * fmpz_mat(weighted)


# ---------------------------------------------------------------------- the exact spectrum


@dataclass(frozen=True, eq=False)
class Spectrum:
    r"""The exact spectrum of a symmetric matrix on :math:`1^\perp`, known by a rational quadratic form.

    Attributes:
        form: integers, ``(K-1, K-1)``: ``scale`` times the quadratic form on the basis :math:`e_k-e_K`.
        scale: the positive integer the form was multiplied by.

    Example:
        >>> third = Spectrum.of(LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)]))
        >>> third.kappa.rational, third.kappa.multiplicity, third.trace
        (Fraction(1, 3), 2, Fraction(2, 3))
    """

    form: fmpz_mat
    scale: int

    @classmethod
    def of(cls, pi: LabelDistribution, centering: Centering = "class") -> Spectrum:
        r"""Spectrum of :math:`\Sigma=PMP` (``"class"``) or of :math:`P(M-ff^\top)P` (``"mean"``) on :math:`1^\perp`.

        ``pi`` is taken as it is; restrict to ``pi.proper`` or to a multiplicity first where the claim says so.
        """
        *moment, last = second_moment(pi).tolist()
        turned = zip(moment, last, strict=False)
        form = fmpz_mat([[a - b + last[-1] - c for a, c in zip(row, last[:-1], strict=False)] for row, b in turned])
        if centering == "class":
            return cls(form, pi.total)
        counts = pi.class_counts
        mean = fmpz_mat([[count - counts[-1] for count in counts[:-1]]])
        return cls(form * pi.total - mean.transpose() * mean, pi.total**2)

    @property
    def K(self) -> int:
        """Number of labels."""
        return int(self.form.nrows()) + 1

    @cached_property
    def roots(self) -> RealRoots:
        r"""All ``K-1`` eigenvalues on :math:`1^\perp`, ascending.

        The basis has Gram matrix :math:`I+11^\top` with inverse :math:`I-\frac1K11^\top`, so the eigenvalues are
        those of the integer matrix ``K form - 1 1^T form`` over ``K scale``.
        """
        K, form = self.K, self.form
        ones = fmpz_mat(K - 1, 1, [1] * (K - 1))
        return RealRoots((form * K - ones * (ones.transpose() * form)).charpoly(), K * self.scale)

    @cached_property
    def kappa(self) -> Root:
        r""":math:`\kappa=\lambda_{\min}` on :math:`1^\perp`, exactly."""
        return self.roots.root(0)

    @cached_property
    def largest(self) -> Root:
        r""":math:`\mathrm K=\lambda_{\max}` on :math:`1^\perp`, exactly."""
        return self.roots.root(-1)

    @cached_property
    def trace(self) -> Fraction:
        r"""Sum of the eigenvalues on :math:`1^\perp`."""
        return -self._coefficient(1)

    @cached_property
    def square_trace(self) -> Fraction:
        r"""Sum of the squared eigenvalues on :math:`1^\perp` (Newton's identity)."""
        return self.trace**2 - (2 * self._coefficient(2) if self.K > 2 else 0)

    @cached_property
    def determinant(self) -> Fraction:
        r"""Product of the eigenvalues on :math:`1^\perp`: the :math:`\det'` of claim S8 (c)."""
        constant = self._coefficient(self.K - 1)
        return constant if self.K % 2 else -constant

    def _coefficient(self, down: int) -> Fraction:
        return Fraction(int(self.roots.polynomial[self.K - 1 - down]), self.roots.scale**down)

    def is_multiple_of_centering(self, value: Fraction) -> bool:
        r"""Whether the matrix equals ``value`` times :math:`P` on :math:`1^\perp`, decided exactly."""
        target = value * self.scale
        return bool(self.form * target.denominator == self.gram * target.numerator)

    @cached_property
    def gram(self) -> fmpz_mat:
        """Gram matrix of the basis: the form of the identity."""
        n = self.K - 1
        return fmpz_mat(n, n, [1 + (i == j) for i in range(n) for j in range(n)])

    def eigenvalues_float(self) -> list[float]:
        """The eigenvalues in float64, ascending, for choosing points at which to count exactly."""
        form = np.array([[int(x) / self.scale for x in row] for row in self.form.tolist()])
        # the inverse square root of the Gram matrix I + 11^T is I - c 11^T with this c
        c = (1 - self.K**-0.5) / (self.K - 1)
        half = form - c * form.sum(axis=0)
        values: list[float] = np.linalg.eigvalsh(half - c * half.sum(axis=1)[:, None]).tolist()
        return values

    def eigenspace(self, value: Fraction) -> list[tuple[int, ...]]:
        """Integer contrasts (length ``K``, sum 0) that span the eigenspace of a rational ``value``."""
        target = value * self.scale
        kernel, nullity = (self.form * target.denominator - self.gram * target.numerator).nullspace()
        columns = ([int(kernel[i, j]) for i in range(self.K - 1)] for j in range(nullity))
        return [(*column, -sum(column)) for column in columns]


@dataclass(frozen=True, eq=False)
class LabelSpectrum:
    r"""The label covariance spectrum of a distribution, overall and per multiplicity.

    Everything is about the proper part of the distribution (:math:`1\le m_S\le K-1`).

    Attributes:
        given: the distribution as given, empty and full label sets included.

    Raises:
        InputError: (on first use) every label set is empty or full.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 4)])
        >>> spectrum = LabelSpectrum(pi)
        >>> spectrum.kappa(1).rational, spectrum.kappa(2).rational, spectrum.perfectly_orthogonal(1)
        (Fraction(1, 3), Fraction(0, 1), True)
    """

    given: LabelDistribution

    @property
    def pi(self) -> LabelDistribution:
        """The proper part."""
        return self.given.proper

    @property
    def K(self) -> int:
        """Number of labels."""
        return self.given.K

    @cached_property
    def overall(self) -> Spectrum:
        r"""Spectrum of :math:`\Sigma`."""
        return Spectrum.of(self.pi)

    @cached_property
    def parts(self) -> Mapping[int, LabelDistribution]:
        """The distribution given each multiplicity that occurs, ascending."""
        return {m: self.pi.restrict(m) for m in self.pi.multiplicities}

    @cached_property
    def at(self) -> Mapping[int, Spectrum]:
        r"""Spectrum of :math:`\Sigma_m` for each multiplicity that occurs, ascending."""
        if len(self.parts) == 1:
            return dict.fromkeys(self.parts, self.overall)
        return {m: Spectrum.of(part) for m, part in self.parts.items()}

    @cached_property
    def bounds(self) -> Mapping[int, LowerBounds]:
        r"""The lower bounds of claim S8 on :math:`\kappa_m`, for each multiplicity that occurs."""
        return {m: lower_bounds(part, self.at[m]) for m, part in self.parts.items()}

    @cached_property
    def vanishing(self) -> bool:
        r"""Whether :math:`\kappa=0` by counting: too few label sets, or two labels that none tells apart; whatever
        ``K``, exactly."""
        return self.pi.few or bool(self.pi.twins)

    def kappa(self, m: int | None = None) -> Root:
        r""":math:`\kappa_m`, or :math:`\kappa` of the whole proper part for ``m=None``."""
        return (self.overall if m is None else self.at[m]).kappa

    def largest(self, m: int | None = None) -> Root:
        r""":math:`\mathrm K_m`, or :math:`\mathrm K` of the whole proper part for ``m=None``."""
        return (self.overall if m is None else self.at[m]).largest

    def perfectly_orthogonal(self, m: int) -> bool:
        r"""Whether :math:`\Sigma_m=\bar\kappa_mP`, exactly; mostly decided by counting, without the matrix."""
        part, K = self.parts[m], self.K
        if 2 * m != K:  # claim S2: then, and only then, all labels and all pairs of labels are equally frequent
            if len(set(part.class_counts)) > 1:
                return False
            if m == 1 or len(part.weights) * comb(m, 2) < comb(K, 2):  # of some pairs there is none
                return m == 1
        return self.at[m].is_multiple_of_centering(balanced_value(self.K, m))


def annihilated_contrasts(pi: LabelDistribution) -> tuple[tuple[int, ...], ...]:
    r"""A basis of the contrasts ``x != 0``, ``sum(x) = 0``, with ``x(S) = 0`` on the whole support (claim S5).

    :math:`\kappa=0` exactly when there is one. The vectors are short integer ones (LLL-reduced), length ``K``.

    Example:
        >>> annihilated_contrasts(LabelDistribution.from_sets([([0, 1], 1), ([2], 1)], labels="abc"))
        ((1, -1, 0),)
    """
    large = pi.K * len(pi.weights) > _SMALL  # then x^T M x = 0 says the same with fewer rows
    rows = [*(second_moment(pi).tolist() if large else map(list, pi.rows)), [1] * pi.K]
    if large and nmod_mat(fmpz_mat(rows), _PRIME).rank() == pi.K:
        return ()
    kernel, nullity = fmpz_mat(rows).nullspace()
    if nullity == 0:
        return ()
    basis = [_primitive([int(kernel[i, j]) for i in range(pi.K)]) for j in range(nullity)]
    return tuple(_primitive([int(x) for x in row]) for row in fmpz_mat(basis).lll().tolist())


_SMALL = 10_000
"""Labels times label sets up to which rows are as quick as arrays."""

_PAIRS, _BLOCK = 1 << 20, 1024
"""Pairs of labels that are counted at once; rows of a moment that are mirrored at once."""

_PRIME = 2**61 - 1
"""Full rank modulo a prime is full rank."""


def _primitive(vector: Sequence[int]) -> tuple[int, ...]:
    """The same line's shortest integer vector with a positive first entry."""
    divisor = gcd(*vector) * (1 if next(x for x in vector if x) > 0 else -1)
    return tuple(x // divisor for x in vector)


def contrast_energy(pi: LabelDistribution, W: Sequence[Sequence[int]]) -> Fraction:
    r"""The contrast energy :math:`\sum_S\pi_S\|\sum_{k\in S}(w_k-\bar w)\|^2`, summed set by set as claim S9 has it.

    Args:
        pi: the label distribution.
        W: integer rows :math:`w_k`, shape ``(K, d)``; a rational ``W`` is one up to a factor.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)])
        >>> contrast_energy(pi, [[1], [-1], [0]])
        Fraction(2, 3)
    """
    centered, energy = centered_rows(W), 0
    for mask, weight in zip(pi.masks, pi.weights, strict=True):
        inside = [centered[k] for k in members(mask)]
        energy += weight * sum(sum(column) ** 2 for column in zip(*inside, strict=True))
    return Fraction(energy, pi.total * pi.K**2)


def centered_rows(W: Sequence[Sequence[int]]) -> list[list[int]]:
    r"""The rows of :math:`K\,PW`: ``K`` times each row, less the sum of the rows, shape ``(K, d)``."""
    sums = [sum(column) for column in zip(*W, strict=True)]
    return [[len(W) * x - total for x, total in zip(row, sums, strict=True)] for row in W]


# ---------------------------------------------------------------------- lower bounds on kappa_m


@dataclass(frozen=True)
class LowerBounds:
    r"""The lower bounds of claims S8 and S13 on :math:`\kappa_m`, all exact.

    Attributes:
        minorization: bound (a); ``None`` unless every ``m``-set has positive mass.
        gershgorin: bound (b) at the best shift, maximised exactly over all real shifts.
        shift: that best shift ``t``.
        trace_determinant: bound (c); ``None`` at ``K = 2``, where it says nothing.
        sharpened: the sharpening of (c) of claim S13, a few steps of its recursion; ``None`` at ``K = 2``.
        overlap: bound (d), the smaller root of :math:`(x-\tau)^2=s^2(K-2)`.
        overlap_above: the upper bound of (d) on :math:`\kappa_m`; ``None`` at ``K = 2``.
    """

    minorization: Fraction | None
    gershgorin: Fraction
    shift: Fraction
    trace_determinant: Fraction | None
    sharpened: Fraction | None
    overlap: Root
    overlap_above: Root | None

    @property
    def named(self) -> dict[str, Fraction | Root]:
        """The lower bounds that apply, by name."""
        given = {
            "minorization": self.minorization,
            "Gershgorin": self.gershgorin,
            "trace-determinant": self.trace_determinant,
            "sharpened": self.sharpened,
            "overlap": self.overlap,
        }
        return {name: bound for name, bound in given.items() if bound is not None}

    @property
    def tightest(self) -> str:
        """Name of the largest lower bound, decided exactly; the first of :attr:`named` among equals."""
        names = iter(self.named)
        best = next(names)
        for name in names:
            if _larger(self.named[name], self.named[best]):
                best = name
        return best


def _larger(a: Fraction | Root, b: Fraction | Root) -> bool:
    return b < a if isinstance(b, Root) else a > b


def lower_bounds(pi: LabelDistribution, spectrum: Spectrum | None = None) -> LowerBounds:
    r"""The lower bounds of claims S8 and S13 for a distribution of one multiplicity.

    Raises:
        InputError: more than one multiplicity.

    Example:
        >>> fair = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 2)])
        >>> bounds = lower_bounds(fair)
        >>> bounds.minorization, bounds.gershgorin, bounds.trace_determinant
        (Fraction(1, 4), Fraction(1, 4), Fraction(5, 32))
        >>> bounds.overlap.decimal(6), bounds.tightest
        ('0.25', 'minorization')
    """
    if len(pi.multiplicities) != 1:
        raise InputError(f"the bounds of S8 are per multiplicity, not for {list(pi.multiplicities)}: restrict first")
    spectrum = spectrum or Spectrum.of(pi)
    K, (m,) = pi.K, pi.multiplicities
    tau = balanced_value(K, m)
    variance = overlap_variance(pi, spectrum)
    gershgorin, shift = shifted_gershgorin(second_moment(pi), pi.total)
    return LowerBounds(
        minorization=Fraction(comb(K - 2, m - 1) * min(pi.weights), pi.total) if len(pi.masks) == comb(K, m) else None,
        gershgorin=gershgorin,
        shift=shift,
        trace_determinant=trace_determinant_bound(spectrum) if K > 2 else None,
        sharpened=sharpened_bound(spectrum) if K > 2 else None,
        overlap=RealRoots.around(tau, variance * (K - 2)).root(0),
        overlap_above=RealRoots.around(tau, variance / (K - 2)).root(0) if K > 2 else None,
    )


def trace_determinant_bound(spectrum: Spectrum, known: Fraction = Fraction(0)) -> Fraction:
    r"""Claim S13: :math:`\kappa_m\ge\det{}'\Sigma_m\bigl(\frac{K-2}{\operatorname{tr}\Sigma_m-\kappa_0}\bigr)^{K-2}`.

    Args:
        spectrum: the spectrum at one multiplicity, ``K >= 3``.
        known: a lower bound :math:`0\le\kappa_0\le\kappa_m` that is known already; 0 gives bound (c) of claim S8.

    Example:
        >>> spectrum = Spectrum.of(LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 2)]))
        >>> trace_determinant_bound(spectrum), trace_determinant_bound(spectrum, Fraction(5, 32))
        (Fraction(5, 32), Fraction(10, 49))
    """
    others = spectrum.K - 2
    return spectrum.determinant * (others / (spectrum.trace - known)) ** others


SHARPENINGS = 8
"""Steps of the recursion of S13: each halves what is left of the gap at best, and costs one power."""


def sharpened_bound(spectrum: Spectrum) -> Fraction:
    """Each bound of claim S13 taken as the next one's known bound, rounded down in between to stay short."""
    bound = Fraction(0)
    for _ in range(SHARPENINGS):
        bound = _rounded_down(trace_determinant_bound(spectrum, bound))
    return bound


def _rounded_down(value: Fraction, bits: int = 64) -> Fraction:
    """The largest dyadic number with ``bits`` leading bits that is at most ``value >= 0``."""
    shift = bits - value.numerator.bit_length() + value.denominator.bit_length()
    return Fraction(value.numerator << shift, value.denominator).__floor__() / Fraction(1 << shift) if value else value


def overlap_variance(pi: LabelDistribution, spectrum: Spectrum) -> Fraction:
    r"""The :math:`s^2` of claim S8 (d): the variance of the eigenvalues of :math:`\Sigma_m` on :math:`1^\perp`.

    Computed from the overlaps :math:`|S\cap S'|` of two independent label sets when there are few label sets, else from
    the trace of the square, which is the same number.
    """
    K, m = pi.K, pi.sizes[0]
    if len(pi.masks) <= 64:
        pairs = list(zip(pi.masks, pi.weights, strict=True))
        overlap = sum(v * w * (K * (s & t).bit_count() - m * m) ** 2 for s, v in pairs for t, w in pairs)
        mean_square = Fraction(overlap, (K * pi.total) ** 2)
    else:
        mean_square = spectrum.square_trace
    return mean_square / (K - 1) - balanced_value(K, m) ** 2


def shifted_gershgorin(moment: fmpz_mat, total: int) -> tuple[Fraction, Fraction]:
    r"""The largest value over real ``t`` of bound (b) of claim S8, and a ``t`` that attains it: ``(bound, t)``.

    :math:`g(t)=\min_k[M_{kk}-t-\sum_{j\ne k}|M_{jk}-t|]` is concave and piecewise linear, so Kelley's cutting lines
    from either side meet at a maximiser after finitely many exact steps.

    Args:
        moment: integers, ``total`` times the second moment, shape ``(K, K)``.
        total: the total weight.

    Example:
        >>> shifted_gershgorin(fmpz_mat([[2, 1, 0], [1, 2, 1], [0, 1, 2]]), 3)
        (Fraction(1, 6), Fraction(1, 6))
    """
    table = [[int(x) for x in row] for row in moment.tolist()]
    rows = [(row[k], row[:k] + row[k + 1 :]) for k, row in enumerate(table)]
    entries = [x for _, others in rows for x in others]
    left, right = _supporting_line(rows, Fraction(min(entries) - 1)), _supporting_line(rows, Fraction(max(entries) + 1))
    while left.ahead > 0 > right.behind:
        cut = (right.value - left.value + left.ahead * left.at - right.behind * right.at) / (left.ahead - right.behind)
        line = _supporting_line(rows, cut)
        if line.ahead > 0:
            left = line
        else:
            right = line
    best = left if left.ahead <= 0 else right
    return best.value / total, best.at / total


@dataclass(frozen=True)
class _Line:
    """Value of a concave piecewise linear function at a point, with its slopes to the right and to the left."""

    at: Fraction
    value: Fraction
    ahead: int
    behind: int


def _supporting_line(rows: Sequence[tuple[int, list[int]]], at: Fraction) -> _Line:
    p, q = at.numerator, at.denominator
    values = [q * diagonal - p - sum(abs(q * x - p) for x in others) for diagonal, others in rows]
    lowest = min(values)
    active = [others for (_, others), value in zip(rows, values, strict=True) if value == lowest]
    above = [sum(q * x > p for x in others) for others in active]
    level = [sum(q * x == p for x in others) for others in active]
    n = len(rows) - 1
    return _Line(
        at,
        Fraction(lowest, q),
        ahead=min(2 * up - n - 1 for up in above),
        behind=max(2 * (up + tied) - n - 1 for up, tied in zip(above, level, strict=True)),
    )
