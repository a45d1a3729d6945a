r"""The polar point of chapter L in balls: exact eigenvalues, and the roots of the centered second moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
from flint import arb, arb_mat

from verify.exact.balls import BALL_LOSSES, Ball, Balls, between, total
from verify.exact.roots import RealRoots, Root
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Spectrum
from verify.geometry.tagwise import log_ratio
from verify.labels.distribution import LabelDistribution
from verify.model.optimum import indicators

__all__ = [
    "Polar",
    "as_ball",
    "centered",
    "eigenvalues",
    "floor_is_lower",
    "is_flat",
    "outside",
    "sum_of_roots",
    "targets",
]

BITS = 512
"""Precision of the roots, far more than that of what is proved about an optimum."""

WIDTH = Fraction(1, 1 << 160)
"""Width of the enclosures of eigenvalues, far below that of what is proved about an optimum."""


def as_ball(root: Root) -> Ball:
    """A ball around an exactly known algebraic number."""
    ends = root.enclosure(WIDTH)
    return between((ends.lower, ends.upper))


def sum_of_roots(eigenvalues: RealRoots) -> Ball:
    r""":math:`\operatorname{tr}A^{1/2}` from the exact eigenvalues of a positive semidefinite matrix."""
    every = (as_ball(eigenvalues.root(i)) for i in range(eigenvalues.degree))
    return total(value.nonnegative_part().sqrt() for value in every)


def targets(geometry: TerminalGeometry) -> list[list[Fraction]]:
    r"""The limit of the logits, :math:`\tilde y_S` or :math:`P(y_S-f)`, exactly, one row per label set."""
    return [geometry.target(mask) for mask in geometry.pi.masks]


def outside(mask: int, K: int) -> list[int]:
    """The labels that are not in a label set."""
    return [j for j in range(K) if not mask >> j & 1]


def centered(x: Balls) -> list[Ball]:
    """Less the mean."""
    mean = total(x) / len(x)
    return [a - mean for a in x]


def is_flat(spectrum: Spectrum) -> bool:
    r"""Whether all nonzero eigenvalues on :math:`1^\perp` agree, exactly.

    Example:
        >>> is_flat(Spectrum.of(LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd")))
        True
    """
    return spectrum.roots.distinct.degree - int(spectrum.kappa == 0) == 1


def eigenvalues(spectrum: Spectrum) -> list[tuple[Ball, int]]:
    r"""The distinct nonzero eigenvalues on :math:`1^\perp`, ascending, with multiplicities.

    Example:
        >>> pairs = LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd")
        >>> eigenvalues(Spectrum.of(pairs))
        [(1.00000000000000, 1)]
    """
    found, index = [], 0
    while index < spectrum.roots.degree:
        root = spectrum.roots.root(index)
        if root.rational != 0:
            found.append((as_ball(root), root.multiplicity))
        index += root.multiplicity
    return found


@dataclass(frozen=True, eq=False)
class Polar:
    r"""The roots of :math:`\Sigma` and the polar directions :math:`q_S=\Sigma^{+1/2}\tilde y_S`; PAL-CE, zero bias.

    Attributes:
        geometry: the roots.
        values: the distinct nonzero eigenvalues, ascending, with multiplicities.
        q: the polar directions, ``(n, K)``.
    """

    geometry: TerminalGeometry
    values: list[tuple[Ball, int]]
    q: Any

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pi: LabelDistribution) -> Polar:
        """Of the proper part of a distribution.

        Raises:
            UnenclosedError: the condition number is beyond all measure.

        Example:
            >>> polar = Polar.of(LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd"))
            >>> polar.rank, polar.trace_of_root
            (1, 1.00000000000000)
        """
        with flint.ctx.workprec(BITS):
            geometry = TerminalGeometry.of(pi)
            q = arb_mat([geometry.polar(mask) for mask in geometry.pi.masks])
        return Polar(geometry, eigenvalues(Spectrum.of(geometry.pi)), q)

    @property
    def pi(self) -> LabelDistribution:
        """The distribution, proper."""
        return self.geometry.pi

    @property
    def onto_range(self) -> Any:
        r""":math:`\Pi`, the projector on the range of :math:`\Sigma`, ``(K, K)``."""
        return arb_mat(self.pi.K, self.pi.K, arb(1)) - arb_mat(self.geometry.kernel)

    @property
    def rank(self) -> int:
        r"""Rank of :math:`\Sigma`."""
        return sum(multiplicity for _, multiplicity in self.values)

    @property
    def trace_of_root(self) -> Ball:
        r""":math:`\operatorname{tr}\Sigma^{1/2}`."""
        return total(value.sqrt() * multiplicity for value, multiplicity in self.values)

    def residuals(self, mu: Ball) -> list[list[Ball]] | None:
        r"""The polar point :math:`r_S=\mu q_S`, unless it is certainly outside the domain of the conjugates."""
        rows = [[mu * a for a in row] for row in self.q.tolist()]
        pairs = zip(rows, indicators(self.pi), strict=True)
        return None if any(y - a < 0 for row, ys in pairs for a, y in zip(row, ys, strict=True)) else rows

    def dual_value(self, r: Sequence[Balls]) -> Ball:
        r""":math:`D(r)=\sum_S\pi_Sm_S\mathcal H((y_S-r_S)/m_S)`, in nats."""
        rows = zip(self.pi.weights, r, indicators(self.pi), strict=True)
        return total(w * BALL_LOSSES["pal"].conjugate(row, y) for w, row, y in rows) / self.pi.total


def floor_is_lower(polar: Polar, m: int, mu: Ball) -> bool:
    r"""The condition of L5c at multiplicity ``m``, certainly: :math:`\log(1+\frac{K(1-c)}{mc})\ge\frac
    Km(\sqrt{\mathrm K/\kappa'}-1)` with :math:`c=\mu/\sqrt{\mathrm K}`."""
    (least, _), (top, _) = polar.values[0], polar.values[-1]
    return bool(log_ratio(polar.pi.K, m, mu / top.sqrt()) >= ((top / least).sqrt() - 1) * polar.pi.K / m)
