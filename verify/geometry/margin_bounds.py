r"""The value of the hard-margin problem from both sides, by exact arithmetic.

A point found in float64 is put on a grid of rationals and made exactly feasible:

* *above*: any logits with the margins, and any positive definite ``G``, give
  :math:`V\le\frac12\operatorname{tr}G+\frac12\sum_S\pi_Sw_S^\top G^{-1}w_S`;
* *below*: any ``q`` with the right signs, rows that sum to 0 (PAL-CE), mean 0 (free bias) and
  :math:`\sum\pi qq^\top\preceq t^2I` gives :math:`V\ge\frac1t\sum_S\pi_Sq_S^\top a_S`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from flint import fmpq, fmpq_mat

from verify.exact.balls import ends
from verify.exact.rationals import exact_dot, matrix, second_moment, to_fraction
from verify.geometry.margins import Margins
from verify.geometry.sign_condition import TerminalGeometry
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import dominated
from verify.model.losses import Array

Rows = list[list[Fraction]]

GRID = 1 << 64


@dataclass(frozen=True)
class Enclosed:
    """Two rational numbers with the value between them.

    Attributes:
        low, high: :math:`V`, from below and from above.
    """

    low: Fraction
    high: Fraction

    @property
    def width(self) -> float:
        """Relative to the value."""
        return float((self.high - self.low) / self.high)


def value(found: Margins) -> Enclosed:
    """The value: in closed form where the sign condition holds (claims T1, B1), at any rank; else :func:`enclosed`.

    Raises:
        UncertifiedError: what was found is too far from feasible.
    """
    geometry = TerminalGeometry.for_loss(found.pi, found.loss, "free" if found.free else "zero")
    if geometry.sign.holds:
        return Enclosed(*ends(geometry.hard_margin.primal))
    return enclosed(found)


def enclosed(found: Margins) -> Enclosed:
    """The value, between a feasible dual and a feasible primal point.

    The two are mostly 1e-11 apart, relative to the value; where ``G`` is of deficient rank, 1e-6 or more.

    Raises:
        UncertifiedError: what was found is too far from feasible.

    Example:
        >>> from verify.geometry.margins import hard_margin
        >>> from verify.labels.distribution import LabelDistribution
        >>> from verify.model.losses import PAL_CE
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)], labels="abc")
        >>> bounds = enclosed(hard_margin(pi, PAL_CE, free=False))
        >>> float(bounds.low) < 2 / 3**0.5 < float(bounds.high), bounds.width < 1e-9
        (True, True)
    """
    _require_whole(found)
    return Enclosed(dual(found)[1], primal(found)[1])


def _require_whole(found: Margins) -> None:
    """Nothing of this is trusted, but it must be numbers, of the shapes that are promised."""
    K, n = found.pi.K, len(found.pi.masks)
    shapes = ((found.slack, (n, K)), (found.q, (n, K)), (found.G, (K, K)), (found.bias, (K,)))
    whole = all(x.shape == shape and np.isfinite(x).all() for x, shape in shapes)
    if not whole or not 0 < found.barrier < np.inf or found.pi != found.loss.sees(found.pi):
        raise UncertifiedError("this is no solution of a hard-margin problem: its parts are not finite, or do not fit")


def _targets(found: Margins) -> Rows:
    """The logits of margin 1 exactly: the centered indicators, the signs."""
    pi = found.pi
    if not found.loss.centered:
        return [[Fraction(2 * y - 1) for y in row] for row in pi.rows]
    return [[y - Fraction(m, pi.K) for y in row] for row, m in zip(pi.rows, pi.sizes, strict=True)]


# ---------------------------------------------------------------------- above


def primal(found: Margins) -> tuple[Rows, Fraction]:
    """Logits with the margins, less a bias, and a bound on their nuclear norm: from the slacks and the bias that were
    found, exactly feasible as they are.

    Raises:
        UncertifiedError: the Gram matrix that was found is not positive definite.
    """
    K, centered = found.pi.K, found.loss.centered
    bias = _on_grid(found.bias) if found.free else [Fraction(0)] * K
    rows = []
    for y, given in zip(found.pi.rows, map(_on_grid, found.slack), strict=True):
        slack = [max(s, Fraction(0)) for s in given]
        if centered:
            logits = [label - (1 - label) * s - b for label, s, b in zip(y, slack, bias, strict=True)]
            mean = sum(logits, Fraction(0)) / K
            rows.append([z - mean for z in logits])
        else:
            rows.append([(2 * label - 1) * (1 + s) - b for label, s, b in zip(y, slack, bias, strict=True)])
    shape = [_on_grid(row) for row in (found.G + found.G.T) / 2]
    floor = Fraction(ceil(found.barrier * GRID), GRID)  # keeps what collapsed, and the mean of PAL-CE, off 0
    G = matrix([[x + (floor if i == j else 0) for j, x in enumerate(row)] for i, row in enumerate(shape)])
    if not dominated(-1 * G, Fraction(0)) or G.det() == 0:
        raise UncertifiedError("the Gram matrix that was found is not positive definite")
    moment = second_moment(found.pi.shares, rows)
    return rows, (_trace(G) + _trace(G.solve(moment))) / 2


def _trace(A: fmpq_mat) -> Fraction:
    return to_fraction(sum((A[i, i] for i in range(A.nrows())), fmpq(0)))


# ---------------------------------------------------------------------- below


def dual(found: Margins) -> tuple[Rows, Fraction]:
    r"""A feasible dual point and its value: the better of what was found and of that with :math:`\nu/s` for its
    multipliers, which are accurate where ``G`` is nearly singular.

    Raises:
        UncertifiedError: neither is nearly feasible.
    """
    points = [_feasible(found, q) for q in (found.q, _from_slack(found))]
    valued = [(_paired(found.pi.shares, rows, _targets(found)), rows) for rows in points if rows is not None]
    if not valued:
        raise UncertifiedError(f"no dual that was found for {found.loss.title} is feasible")
    best, rows = max(valued, key=lambda pair: pair[0])
    return rows, best


def _paired(weights: Sequence[Fraction], left: Rows, right: Rows) -> Fraction:
    """The weighted sum of inner products."""
    pairs = zip(weights, left, right, strict=True)
    return sum((w * exact_dot(a, b) for w, a, b in pairs), Fraction(0))


def _from_slack(found: Margins) -> Array:
    """The multipliers on the central path from the slacks."""
    y, slack = np.asarray(found.pi.indicator), np.maximum(found.slack, 1e-12)
    if not found.loss.centered:
        return np.asarray((2 * y - 1) * found.barrier / slack)
    outside = -found.barrier / np.where(y > 0, 1.0, slack)
    return np.where(y > 0, found.q, outside)


def _feasible(found: Margins, q: Array) -> Rows | None:
    """Corrected by little until it is feasible exactly; ``None`` if that is not little."""
    balanced, weights = _balanced(found, q) if found.free else q, found.pi.shares
    rows = [_signed(found, y, one) for y, one in zip(found.pi.rows, map(_on_grid, balanced), strict=True)]
    if found.free:
        rows = _centered(found, weights, rows)
    moment = second_moment(weights, rows)
    largest = float(np.linalg.eigvalsh(_floats(moment))[-1])
    if not largest > 0:
        return None
    for widened in (1e-15, 1e-13, 1e-11, 1e-9):
        t = Fraction(ceil(largest**0.5 * (1 + widened) * GRID), GRID)
        if dominated(moment, t * t):
            return [[x / t for x in row] for row in rows]
    return None


def _balanced(found: Margins, q: Array) -> Array:
    """The dual, with mean 0 to rounding: each entry moves in proportion to the square of its distance from sign 0."""
    p, inside = np.asarray(found.pi.probabilities), np.asarray(found.pi.indicator) > 0
    room = np.where(inside & found.loss.centered, 1.0, q**2)
    if not found.loss.centered:
        return np.asarray(q - room * ((p @ q) / (p @ room)))
    q = q - np.where(inside, q.sum(axis=1)[:, None] / inside.sum(axis=1)[:, None], 0.0)
    share = room / room.sum(axis=1)[:, None]
    system = np.diag(p @ room) - (room * p[:, None]).T @ share
    shift = np.linalg.lstsq(system, p @ q, rcond=None)[0]
    return np.asarray(q - room * (shift - (share @ shift)[:, None]))


def _signed(found: Margins, y: Sequence[int], q: Sequence[Fraction]) -> list[Fraction]:
    """With the right signs; for PAL-CE the labels of the set take what their sum leaves."""
    if not found.loss.centered:
        return [max(x, Fraction(0)) if label else min(x, Fraction(0)) for x, label in zip(q, y, strict=True)]
    cut = [x if label else min(x, Fraction(0)) for x, label in zip(q, y, strict=True)]
    left = sum(cut, Fraction(0)) / sum(y)
    return [x - left if label else x for x, label in zip(cut, y, strict=True)]


def _centered(found: Margins, weights: Sequence[Fraction], rows: Rows) -> Rows:
    """Mean 0 exactly, mixed with the residuals at collapse by as much as the signs ask for."""
    K = found.pi.K
    mean = [sum((w * row[k] for w, row in zip(weights, rows, strict=True)), Fraction(0)) for k in range(K)]
    moved = [[x - m for x, m in zip(row, mean, strict=True)] for row in rows]
    inner = found.loss.collapse_residuals(found.pi, True)
    share = Fraction(0)
    for y, row, safe in zip(found.pi.rows, moved, inner, strict=True):
        for label, x, r in zip(y, row, safe, strict=True):
            if found.loss.centered and label:
                continue
            wrong = -x if label else x
            if wrong > 0:
                share = max(share, wrong / (wrong + abs(r)))
    return [
        [(1 - share) * x + share * r for x, r in zip(row, safe, strict=True)]
        for row, safe in zip(moved, inner, strict=True)
    ]


def _on_grid(row: Iterable[float]) -> list[Fraction]:
    return [Fraction(round(Fraction(float(x)) * GRID), GRID) for x in row]


def _floats(A: fmpq_mat) -> Array:
    return np.array([[float(to_fraction(x)) for x in row] for row in A.tolist()])
