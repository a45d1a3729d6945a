r"""The certified geometry of a solved model, in the terms a person asks for: norms, cosines, what collapsed, isotropy.

Every number printed comes from the enclosures that the trusted kernel proved, propagated by ball arithmetic, and is
printed with as many digits as are certified. Norms are those of the ``lambda_W``, ``lambda_H`` in use; another split of
the same ``lambda`` scales all of them, and no cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from verify.certificate import Certificate
from verify.checker import Optimum, Verdict
from verify.labels import LabelDistribution
from verify.report.spectrum import contrast_words
from verify.solution import Solution

__all__ = ["Geometry", "geometry_json", "geometry_lines", "verdict_json", "verdict_lines"]

MOST_SHOWN = 12
"""Rows of a table that a person reads; JSON and the certificate have all of them."""


@dataclass(frozen=True)
class Geometry:
    """Norms and cosines as balls, from the enclosures of an accepted certificate.

    Attributes:
        pi: the distribution the loss sees.
        optimum: enclosures by the trusted kernel.
        bits: working precision of the propagation.
    """

    pi: LabelDistribution
    optimum: Optimum
    bits: int

    @classmethod
    def of(cls, certificate: Certificate, verdict: Verdict) -> Geometry:
        """The geometry that an accepted certificate proves.

        Raises:
            ValueError: the certificate was rejected.
        """
        if verdict.optimum is None:
            raise ValueError(f"the certificate was rejected: {verdict.reason}")
        return cls(certificate.distribution, verdict.optimum, 64 + certificate.value.denominator.bit_length())

    def entry(self, name: str, i: int, j: int) -> Any:
        """A ball around one entry of a quantity, infinite where the certificate does not determine it."""
        found = self.optimum.interval(name, i, j)
        if found is None:
            return arb("nan")
        with ctx.workprec(self.bits):
            low, high = (arb(fmpq(end.numerator, end.denominator)) for end in found)
            return low.union(high)

    def row_norm(self, k: int) -> Any:
        r""":math:`\|w_k\|`."""
        return self._root(self.entry("G", k, k))

    def row_cosine(self, j: int, k: int) -> Any:
        """Cosine between two classifier rows."""
        with ctx.workprec(self.bits):
            return self.entry("G", j, k) / (self.row_norm(j) * self.row_norm(k))

    def prototype_norm(self, S: int) -> Any:
        r""":math:`\|h_S\|`."""
        return self._root(self.entry("hh", S, S))

    def alignment(self, S: int) -> Any:
        r"""Cosine between :math:`h_S` and the sum of its labels' classifier rows; 1 under orthogonality (O1)."""
        members = [k for k in range(self.pi.K) if self.pi.masks[S] >> k & 1]
        with ctx.workprec(self.bits):
            inner = sum((self.entry("wh", S, k) for k in members), arb(0))
            square = sum((self.entry("G", j, k) for j in members for k in members), arb(0))
            return inner / (self._root(square) * self.prototype_norm(S))

    def _root(self, square: Any) -> Any:
        """Square root of a number that is known not to be negative."""
        with ctx.workprec(self.bits):
            return square.nonnegative_part().sqrt() if square.is_finite() else square

    def anisotropy(self, lam: Fraction, centered: bool) -> float:
        r"""An upper bound on the largest entry of :math:`|R/\lambda-P|` (PAL-CE), :math:`|R/\lambda-I|` (BCE, MSE)."""
        K, worst = self.pi.K, 0.0
        for j in range(K):
            for k in range(K):
                target = Fraction(int(j == k)) - (Fraction(1, K) if centered else 0)
                ends = self.optimum.interval("R", j, k)
                if ends is not None:
                    worst = max(worst, *(float(abs(end / lam - target)) for end in ends))
        return worst


def _digits(ball: Any, most: int = 15) -> str:
    """A ball as a decimal with only certified digits; ``?`` when not even the sign is known."""
    if not ball.is_finite() or (ball.contains(0) and float(ball.rad()) > 0):
        return "0" if ball.is_finite() and float(ball.abs_upper()) < 1e-12 else "?"
    return str(ball.str(most, radius=False))


def geometry_lines(name: str, solution: Solution, certificate: Certificate, verdict: Verdict, digits: int) -> list[str]:
    """The geometry in words and tables."""
    pi, model, geometry = certificate.distribution, solution.model, Geometry.of(certificate, verdict)
    low, high = certificate.value.interval(0, 0)
    alive, possible = verdict.optimum.rank if verdict.optimum is not None else (0, pi.K)
    largest = pi.K - 1 if model.loss.centered else pi.K
    with ctx.workprec(geometry.bits):
        value = arb(fmpq(low.numerator, low.denominator)).union(arb(fmpq(high.numerator, high.denominator)))
    return [
        f"{name}: {pi.K} labels, {len(pi.masks)} label sets; loss {model.loss.name}, bias {model.bias}, "
        f"lambda = {model.lam} (lambda_W = {model.lambda_W}, lambda_H = {model.lambda_H})",
        f"min F = {_digits(value, max(digits, 15))} nats, certified to a gap of {float(high - low):.1e} "
        f"({solution.method}, {solution.iterations} steps)",
        "",
        *_rank_words(solution, alive, possible, largest),
        f"Residual second moment R against lambda {'P' if model.loss.centered else 'I'}: every entry of R/lambda is "
        f"within {geometry.anisotropy(model.lam, model.loss.centered):.1e}"
        + (": isotropic (claim U8)." if alive == largest else "; not isotropic, as directions collapsed (claim U8)."),
        "",
        *_row_lines(geometry, digits),
        "",
        *_prototype_lines(geometry, digits),
    ]


def _rank_words(solution: Solution, alive: int, possible: int, largest: int) -> list[str]:
    pi = solution.model.distribution
    if alive == largest:
        return [f"All {largest} directions of the classifier are certainly alive: nothing collapsed."]
    known = str(alive) if alive == possible else f"{alive} to {possible}"
    lines = [f"The classifier has rank {known} of {largest}; collapsed or undecided directions, weakest first:"]
    vectors = np.linalg.eigh(solution.G)[1].T
    if solution.model.loss.centered:  # the direction of ones is no contrast
        vectors = np.array([x for x in vectors if abs(x.sum()) < 0.5 * np.sqrt(pi.K)])
    weakest = vectors[: largest - alive][:5]
    return lines + [f"  {contrast_words(pi.labels, x if x[np.argmax(np.abs(x))] > 0 else -x)}" for x in weakest]


def _row_lines(geometry: Geometry, digits: int) -> list[str]:
    pi, K = geometry.pi, geometry.pi.K
    width = max(12, digits + 4)
    lines = [
        f"{'classifier row':<24} {'frequency':>9}  {'norm':>{width}}  {'nearest row (cosine)':<32} most opposed row"
    ]
    for k in range(min(K, MOST_SHOWN)):
        others = {j: geometry.row_cosine(k, j) for j in range(K) if j != k}
        finite = {j: c for j, c in others.items() if c.is_finite()}
        near, far = (choose(finite, key=lambda j: float(finite[j].mid())) if finite else None for choose in (max, min))
        cells = [f"{pi.labels[j][:18]} ({_digits(others[j], 6)})" if j is not None else "?" for j in (near, far)]
        norm = _digits(geometry.row_norm(k), digits)
        lines.append(
            f"{pi.labels[k][:24]:<24} {float(pi.frequencies[k]):>9.4f}  {norm:>{width}}  {cells[0]:<32} {cells[1]}"
        )
    return lines + ([f"... and {K - MOST_SHOWN} more, in the files"] if K > MOST_SHOWN else [])


def _prototype_lines(geometry: Geometry, digits: int) -> list[str]:
    pi = geometry.pi
    order = sorted(range(len(pi.masks)), key=lambda S: (-pi.weights[S], S))[:MOST_SHOWN]
    width = max(12, digits + 4)
    lines = [
        f"{'prototype of':<34} {'share':>8}  {'norm':>{width}}  cosine with the sum of its labels' classifier rows"
    ]
    lines += [
        f"{pi.spell(pi.masks[S])[:34]:<34} {float(Fraction(pi.weights[S], pi.total)):>8.2%}  "
        f"{_digits(geometry.prototype_norm(S), digits):>{width}}  {_digits(geometry.alignment(S), digits)}"
        for S in order
    ]
    more = len(pi.masks) - len(order)
    return lines + ([f"... and {more} more, in the files"] if more > 0 else [])


def geometry_json(solution: Solution, certificate: Certificate, verdict: Verdict) -> dict[str, Any]:
    """The geometry as JSON: exact rational ends of every interval as strings."""
    pi, geometry = certificate.distribution, Geometry.of(certificate, verdict)
    model, optimum = solution.model, geometry.optimum
    return {
        "loss": model.loss.name,
        "bias": model.bias,
        "lambda_W": str(model.lambda_W),
        "lambda_H": str(model.lambda_H),
        "labels": list(pi.labels),
        "value": [str(end) for end in certificate.value.interval(0, 0)],
        "rank": list(optimum.rank),
        "anisotropy": geometry.anisotropy(model.lam, model.loss.centered),
        "G": [[_ends(optimum, "G", j, k) for k in range(pi.K)] for j in range(pi.K)],
        "prototypes": [
            {
                "labels": [pi.labels[k] for k in range(pi.K) if mask >> k & 1],
                "norm_squared": _ends(optimum, "hh", S, S),
                "inner_products_with_rows": [_ends(optimum, "wh", S, k) for k in range(pi.K)],
            }
            for S, mask in enumerate(pi.masks)
        ],
        "method": solution.method,
        "iterations": solution.iterations,
    }


def _ends(optimum: Optimum, name: str, i: int, j: int) -> list[str] | None:
    found = optimum.interval(name, i, j)
    return None if found is None else [str(end) for end in found]


# ---------------------------------------------------------------------- the verdict of the kernel


def verdict_lines(name: str, verdicts: Sequence[tuple[str, Verdict]]) -> list[str]:
    """What the trusted kernel says of a certificate, per arithmetic."""
    lines = []
    for arithmetic, verdict in verdicts:
        if not verdict.accepted:
            lines.append(f"{name}: REJECTED ({arithmetic}): {verdict.reason}")
            continue
        lines.append(f"{name}: accepted ({arithmetic})")
        lines += [f"  proved: {what}" for what in verdict.checks]
        if verdict.value is not None and verdict.optimum is not None:
            low, high = verdict.value
            lines.append(f"  min F in [{float(low):.15g}, {float(high):.15g}], a gap of {float(high - low):.2e} nats")
            lines.append(f"  rank of the classifier: {verdict.optimum.rank[0]} to {verdict.optimum.rank[1]}")
    return lines


def verdict_json(verdicts: Sequence[tuple[str, Verdict]]) -> dict[str, Any]:
    """The same as JSON."""
    return {
        arithmetic: {
            "accepted": verdict.accepted,
            "reason": verdict.reason,
            "checks": list(verdict.checks),
            "value": None if verdict.value is None else [str(end) for end in verdict.value],
            "rank": None if verdict.optimum is None else list(verdict.optimum.rank),
        }
        for arithmetic, verdict in verdicts
    }
