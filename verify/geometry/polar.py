r"""The polar point of chapter L in balls: exact eigenvalues, and the roots of the centered second moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
from flint import arb, arb_mat

from verify.exact.balls import Ball, Balls, ball, of_root, root, total
from verify.exact.roots import RealRoots
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import Spectrum
from verify.geometry.tagwise import log_ratio
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator
from verify.model.losses import PAL_CE

BITS = 512
"""Precision of the roots, far more than that of what is proved about an optimum."""


def sum_of_roots(eigenvalues: RealRoots) -> Ball:
    r""":math:`\operatorname{tr}A^{1/2}` from the exact eigenvalues of a positive semidefinite matrix, isolated by FLINT
    at the working precision."""
    found: Any = eigenvalues.polynomial.complex_roots()  # they are real
    return total(root(z.real / eigenvalues.scale) * multiplicity for z, multiplicity in found)


def targets(geometry: TerminalGeometry) -> list[list[Fraction]]:
    r"""The limit of the logits, :math:`\tilde y_S` or :math:`P(y_S-f)`, exactly, one row per label set."""
    return [geometry.target(mask) for mask in geometry.pi.masks]


def outside(mask: int, K: int) -> list[int]:
    """The labels that are not in a label set."""
    return [j for j, here in enumerate(indicator(mask, K)) if not here]


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
        number = spectrum.roots.root(index)
        if number.rational != 0:
            found.append((of_root(number), number.multiplicity))
        index += number.multiplicity
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
        pairs = zip(rows, self.pi.rows, strict=True)
        return None if any(y - a < 0 for row, ys in pairs for a, y in zip(row, ys, strict=True)) else rows

    def dual_value(self, r: Sequence[Balls]) -> Ball:
        r""":math:`D(r)=\sum_S\pi_Sm_S\mathcal H((y_S-r_S)/m_S)`, in nats."""
        rows = zip(self.pi.shares, r, self.pi.rows, strict=True)
        return total(ball(w) * PAL_CE.balls.conjugate(row, y) for w, row, y in rows)

    def floor_is_lower(self, mu: Ball) -> bool:
        r"""The condition of L5c, certainly: :math:`\log(1+\frac{K(1-c)}{mc})\ge\frac Km(\sqrt{\mathrm K/\kappa'}-1)`
        with :math:`c=\mu/\sqrt{\mathrm K}`; for one multiplicity ``m``."""
        (m,), K = self.pi.multiplicities, self.pi.K
        least, top = self.values[0][0], self.values[-1][0]
        return bool(log_ratio(K, m, mu / top.sqrt()) >= ((top / least).sqrt() - 1) * K / m)
