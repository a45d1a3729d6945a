r"""Roots of the centered second moment in balls, and with them the polar point of chapter L.

The eigenvalues are the exact algebraic numbers of ``spectrum``, the projectors on their eigenspaces polynomials in
:math:`\Sigma` (Lagrange interpolation): no floating-point eigenvector takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
from flint import arb, arb_mat

from verify.balls import BALL_LOSSES, Ball, Balls, ball, between, total
from verify.checks.enclosures import frequencies, identity
from verify.labels import LabelDistribution
from verify.optimum import UncertifiedError, indicators, second_moment
from verify.roots import Root
from verify.spectrum import Spectrum

__all__ = ["Polar", "as_ball", "eigenvalues", "is_flat"]

WIDTH = Fraction(1, 1 << 160)
"""Width of the enclosures of eigenvalues, far below that of what is proved about an optimum."""


def as_ball(root: Root) -> Ball:
    """A ball around an exactly known algebraic number."""
    ends = root.enclosure(WIDTH)
    return between((ends.lower, ends.upper))


def is_flat(spectrum: Spectrum) -> bool:
    r"""Whether all nonzero eigenvalues on :math:`1^\perp` agree, exactly.

    Example:
        >>> is_flat(Spectrum.of(LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd")))
        True
    """
    return spectrum.roots.distinct.degree - int(spectrum.kappa == 0) == 1


def eigenvalues(spectrum: Spectrum, width: Fraction = WIDTH) -> list[tuple[Ball, int]]:
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
            ends = root.enclosure(width)
            found.append((between((ends.lower, ends.upper)), root.multiplicity))
        index += root.multiplicity
    return found


@dataclass(frozen=True, eq=False)
class Polar:
    r"""The roots of :math:`\Sigma` and the polar directions :math:`q_S=\Sigma^{+1/2}\tilde y_S`; PAL-CE, zero bias.

    Attributes:
        pi: the distribution, proper.
        values: the distinct nonzero eigenvalues, ascending, with multiplicities.
        onto_range: :math:`\Pi`, the projector on the range of :math:`\Sigma`, ``(K, K)``.
        root: :math:`\Sigma^{1/2}`.
        inverse_root: :math:`\Sigma^{+1/2}`.
        q: the polar directions, ``(n, K)``.
    """

    pi: LabelDistribution
    values: list[tuple[Ball, int]]
    onto_range: Any
    root: Any
    inverse_root: Any
    q: Any

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pi: LabelDistribution) -> Polar:
        """At the first precision at which close eigenvalues cost less than is there to spare.

        Raises:
            UncertifiedError: eigenvalues too close for all of them.

        Example:
            >>> polar = Polar.of(LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcd"))
            >>> polar.rank, polar.trace_of_root
            (1, 1.00000000000000)
        """
        spectrum = Spectrum.of(pi)
        for bits in (512, 1024, 2048, 4096):
            with flint.ctx.workprec(bits):
                found = Polar._at(pi, spectrum, bits)
            if found is not None:
                return found
        raise UncertifiedError(f"{pi}: eigenvalues of Sigma too close to separate their eigenspaces")

    @staticmethod
    def _at(pi: LabelDistribution, spectrum: Spectrum, bits: int) -> Polar | None:
        K, y = pi.K, indicators(pi)
        centered = [[Fraction(a * K - sum(row), K) for a in row] for row in y]
        sigma, values = (
            arb_mat(second_moment(frequencies(pi), centered)),
            eigenvalues(spectrum, Fraction(1, 1 << bits - 32)),
        )
        factors = [sigma - identity(K) * value for value, _ in values]
        onto_range, root, inverse_root = arb_mat(K, K), arb_mat(K, K), arb_mat(K, K)
        for i, (value, _) in enumerate(values):
            projector = sigma * (1 / value)
            for j, (other, _) in enumerate(values):
                if j != i:
                    projector = projector * factors[j] * (1 / (value - other))
            onto_range += projector
            root += projector * value.sqrt()
            inverse_root += projector * (1 / value.sqrt())
        if not all(a.rad() < arb(2) ** -160 for a in inverse_root.entries()):
            return None
        q = arb_mat([[arb(a) for a in row] for row in y]) * inverse_root
        return Polar(pi, values, onto_range, root, inverse_root, q)

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
        rows = zip(frequencies(self.pi), r, indicators(self.pi), strict=True)
        return total(ball(w) * BALL_LOSSES["pal"].conjugate(row, y) for w, row, y in rows)
