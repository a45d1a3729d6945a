r"""The certified geometry of a solved model, in the terms a person asks for: norms, cosines, what collapsed, isotropy.

Every number printed comes from the enclosures that the trusted kernel proved, propagated by ball arithmetic, and is
printed with as many digits as are certified. Norms are those of the ``lambda_W``, ``lambda_H`` in use; another split of
the same ``lambda`` scales all of them, and no cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from flint import arb, ctx

from verify.certificate.format import Certificate
from verify.certificate.kernel import Optimum, Verdict
from verify.exact.balls import between, ends, root, total
from verify.exact.roots import decimal
from verify.geometry import rules
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import AFFINE, BY_BIAS, SMOOTHED, Rule, of_bias, rules_for, virtual_prototypes
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import members
from verify.model.feature_model import FeatureModel
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum, precisely, require_affordable
from verify.model.solution import Solution
from verify.report.spectrum_text import contrast_words

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
            return between(found)

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
        inside = members(self.pi.masks[S])
        with ctx.workprec(self.bits):
            inner = total(self.entry("wh", S, k) for k in inside)
            square = total(self.entry("G", j, k) for j in inside for k in inside)
            return inner / (self._root(square) * self.prototype_norm(S))

    def undetermined(self, S: int) -> bool:
        """Whether nothing certain is known of the norm of a prototype."""
        return _digits(self.prototype_norm(S)) == "?"

    def _root(self, square: Any) -> Any:
        """Square root of a number that is known not to be negative."""
        with ctx.workprec(self.bits):
            return root(square) if square.is_finite() else square

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


# ---------------------------------------------------------------------- deviations from the synthesis rules

TOO_COARSE = 0.1
"""A bound this wide on what is 0 or of order 1 says nothing."""


@dataclass(frozen=True)
class RuleDeviations:
    r"""How far every prototype of the optimum is from each rule for the loss, over :math:`\|h_S\|`.

    Attributes:
        by_rule: a ball per label set, in the order of the distribution; ``None`` for label sets of one label, and where
            the certificate determines nothing.
        mean: their mean over the label sets of two or more labels, weighted by share; ``None`` if one is missing.
        why: in words, what is missing; empty if nothing is.
        certified: whether the balls are proved; in float64 they have no width.
    """

    by_rule: dict[str, list[Any | None]]
    mean: dict[str, Any | None]
    why: str
    certified: bool

    @classmethod
    def of(cls, solution: Solution, certificate: Certificate, optimum: Optimum) -> RuleDeviations:
        """Enclosures from an accepted certificate; in float64 where label sets are too many for that."""
        pi = certificate.distribution
        try:
            require_affordable(pi)
        except UncertifiedError:
            model = solution.model
            virtual = virtual_prototypes(model.loss, solution.W, solution.b, float(model.lambda_H))
            found = rules.deviations(pi, solution.H, virtual)
            mean = {name: found.mean(name, pi.probabilities) for name in rules_for(model.loss)}
            known = {name: [arb(x) if np.isfinite(x) else None for x in found.by_rule[name]] for name in mean}
            return cls(known, {rule: None if x is None else arb(x) for rule, x in mean.items()}, found.why, False)
        with precisely():
            prototypes = Prototypes.at_optimum(CertifiedOptimum(solution.model, solution, certificate, optimum))
            faults: dict[str, None] = {}
            by_rule = {
                name: _deviations(prototypes, rule, faults)
                for name, rule in rules_for(prototypes.loss, AFFINE, SMOOTHED, *of_bias(prototypes.bias)).items()
            }
            mean = {rule: _mean(pi, values) for rule, values in by_rule.items()}
        return cls(by_rule, mean, "; ".join(list(faults)[:2]), True)

    @property
    def coarse(self) -> bool:
        """Whether some mean is missing, or its enclosure says nothing."""
        return any(x is None or _bound(x) == "?" for x in self.mean.values())


def _deviations(prototypes: Prototypes, rule: Rule, faults: dict[str, None]) -> list[Any | None]:
    found: list[Any | None] = []
    for mask in prototypes.pi.masks:
        value = None
        if mask.bit_count() > 1:
            try:
                value = rule.deviation(prototypes, mask)
            except UncertifiedError as fault:
                faults[str(fault)] = None
        found.append(value if value is not None and value.is_finite() else None)
    return found


def _mean(pi: LabelDistribution, values: Sequence[Any | None]) -> Any | None:
    several = [(w, x) for size, w, x in zip(pi.sizes, pi.weights, values, strict=True) if size > 1]
    known: list[tuple[int, Any]] = [(w, x) for w, x in several if x is not None]
    if not known or len(known) < len(several):
        return None
    return sum((w * x for w, x in known), arb(0)) / sum(w for w, _ in known)


def _bound(x: Any | None) -> str:
    """A deviation in its certified digits, at most four; ``<`` a bound if it may be 0, ``?`` if that says nothing."""
    if x is None:
        return "-"
    if x.is_finite() and x.rad() <= abs(x.mid()) / 20:
        return str(x.str(4, radius=False))
    top = float(x.abs_upper()) * (1 + 1e-3)  # three digits are printed, rounded to nearest
    return f"<{top:.2e}" if top < TOO_COARSE else "?"


def _rule_lines(pi: LabelDistribution, found: RuleDeviations) -> list[str]:
    if max(pi.sizes) < 2:
        return ["No label set has two or more labels, so there is nothing to synthesise."]
    lines = [f"{'mean deviation of prototypes from the':<54} {'at the optimum':>14}"]
    named = {**rules_for(BCE, AFFINE), SMOOTHED.name: SMOOTHED, BY_BIAS.name: BY_BIAS}
    lines += [f"  {named[name].measured:<52} {_bound(mean):>14}" for name, mean in found.mean.items()]
    lines.append(
        "  of |h_S|, over the label sets of two or more labels, from real and virtual prototypes of single labels"
        + ("; < is all that the certificate proves" if found.certified else "; in float64, not certified")
    )
    return lines + ([f"  not determined: {found.why}"] if found.why else [])


# ---------------------------------------------------------------------- words


def geometry_lines(name: str, solution: Solution, certificate: Certificate, verdict: Verdict, digits: int) -> list[str]:
    """The geometry in words and tables."""
    pi, model, geometry = certificate.distribution, solution.model, Geometry.of(certificate, verdict)
    low, high = certificate.value.interval(0, 0)
    alive, possible = geometry.optimum.rank
    largest = pi.K - 1 if model.loss.centered else pi.K
    deviations = RuleDeviations.of(solution, certificate, geometry.optimum)
    with ctx.workprec(geometry.bits):
        value = between((low, high))
    heading = [
        f"{name}: {pi.K} labels, {len(pi.masks)} label sets; {model.words}, "
        f"lambda = {model.lam} (lambda_W = {model.lambda_W}, lambda_H = {model.lambda_H})",
        *_weights_words(model),
        f"min F = {_digits(value, max(digits, 15))} nats, certified to a gap of {float(high - low):.1e} "
        f"({solution.method}, {solution.iterations} steps)",
        "",
    ]
    if possible == 0:
        return [*heading, f"The classifier has rank 0 of {largest}: W and all prototypes are 0 (claim U9)."]
    lines = [
        *heading,
        *_rule_lines(pi, deviations),
        "",
        *_rank_words(solution, alive, possible, largest),
        _isotropy_words(geometry, solution, alive == largest),
        "",
        *_row_lines(geometry, digits),
        "",
        *_prototype_lines(geometry, deviations, digits),
    ]
    coarse = max(pi.sizes) > 1 and deviations.coarse and deviations.certified
    return [*lines, *([_COARSE] if coarse or any(map(geometry.undetermined, range(len(pi.masks)))) else [])]


_COARSE = "? and -: the certificate is too coarse to say; give --digits 30, or more"


def _isotropy_words(geometry: Geometry, solution: Solution, full: bool) -> str:
    model = solution.model
    off = geometry.anisotropy(model.lam, model.loss.centered)
    words = f"Residual second moment R against lambda {'P' if model.loss.centered else 'I'}: "
    if full and off >= TOO_COARSE:
        return f"{words}isotropic by claim U8; the certificate is too coarse to show it; give --digits."
    words += f"every entry of R/lambda is within {off:.1e}"
    return words + (": isotropic (claim U8)." if full else "; not isotropic, as directions collapsed (claim U8).")


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


def _prototype_lines(geometry: Geometry, deviations: RuleDeviations, digits: int) -> list[str]:
    pi = geometry.pi
    order = sorted(range(len(pi.masks)), key=lambda S: (-pi.weights[S], S))[:MOST_SHOWN]
    width = max(12, digits + 4)
    lines = [
        f"{'':<34} {'':>8}  {'':>{width}}  {'deviation from the rule':^{10 * len(deviations.mean) - 1}}  cosine with",
        f"{'prototype of':<34} {'share':>8}  {'norm':>{width}}  {' '.join(f'{name:>9}' for name in deviations.mean)}  "
        "sum of rows",
    ]
    for S in order:
        off = [deviations.by_rule[name][S] for name in deviations.mean]
        rules = " ".join(f"{'' if pi.sizes[S] < 2 else _bound(x):>9}" for x in off)
        lines.append(
            f"{pi.spell(pi.masks[S], 34):<34} {float(Fraction(pi.weights[S], pi.total)):>8.2%}  "
            f"{_digits(geometry.prototype_norm(S), digits):>{width}}  {rules}  {_digits(geometry.alignment(S), 8)}"
        )
    more = len(pi.masks) - len(order)
    return lines + ([f"... and {more} more, in the files"] if more > 0 else [])


def _weights_json(model: FeatureModel) -> dict[str, list[list[str]]]:
    """Weights of presence and of absence in the loss, a row per label set."""
    rows = zip(*(model.loss.weights.of(y) for y in model.distribution.rows), strict=True)
    return {
        name: [[str(a) for a in row] for row in table] for name, table in zip(("present", "absent"), rows, strict=True)
    }


def _weights_words(model: FeatureModel) -> list[str]:
    """A line for the weights in the loss, if there are any."""
    weights, pi = model.loss.weights, model.distribution
    if not weights:
        return []
    some = [("a label's presence", weights.present), ("its absence", () if model.loss.centered else weights.absent)]
    said = [f"of {what} {_named_weights(pi.labels, row)}" for what, row in some if any(a != 1 for a in row)]
    sets = [(pi.spell(mask), max(row)) for mask, row in weights.sets if any(a != 1 for a in row)]
    said += [f"of label sets {_named_weights(*zip(*sets, strict=True))}"] if sets else []
    return [f"weights in the loss, where not 1: {'; '.join(said)}"]


def _named_weights(names: Sequence[str], weights: Sequence[Fraction]) -> str:
    told = [f"{name} {weight}" for name, weight in zip(names, weights, strict=True) if weight != 1]
    return ", ".join(told[:MOST_SHOWN]) + (f" and {len(told) - MOST_SHOWN} more" if len(told) > MOST_SHOWN else "")


def geometry_json(solution: Solution, certificate: Certificate, verdict: Verdict) -> dict[str, Any]:
    """The geometry as JSON: rational ends of every proven interval as strings, and decimals of twenty digits beside."""
    pi, geometry = certificate.distribution, Geometry.of(certificate, verdict)
    model, optimum = solution.model, geometry.optimum
    deviations = RuleDeviations.of(solution, certificate, optimum)
    value = [str(end) for end in certificate.value.interval(0, 0)]
    gram = [[_ends(optimum, "G", j, k) for k in range(pi.K)] for j in range(pi.K)]
    return {
        "loss": model.loss.name,
        "smoothing": str(model.loss.smoothing),
        "weights": _weights_json(model) if model.loss.weights else None,
        "bias": str(model.bias),
        "lambda_W": str(model.lambda_W),
        "lambda_H": str(model.lambda_H),
        "labels": list(pi.labels),
        "value": value,
        "value_decimal": _decimals(value),
        "rank": list(optimum.rank),
        "anisotropy": geometry.anisotropy(model.lam, model.loss.centered),
        "deviations": {
            "certified": deviations.certified,
            "mean": {rule: _ball_ends(x) for rule, x in deviations.mean.items()},
            "not_determined": deviations.why or None,
        },
        "G": gram,
        "G_decimal": [[_decimals(entry) for entry in row] for row in gram],
        "prototypes": [_prototype_json(optimum, deviations, pi, S) for S in range(len(pi.masks))],
        "method": solution.method,
        "iterations": solution.iterations,
    }


def _prototype_json(optimum: Optimum, deviations: RuleDeviations, pi: LabelDistribution, S: int) -> dict[str, Any]:
    square, inner = _ends(optimum, "hh", S, S), [_ends(optimum, "wh", S, k) for k in range(pi.K)]
    return {
        "labels": pi.names(pi.masks[S]),
        "norm_squared": square,
        "norm_squared_decimal": _decimals(square),
        "inner_products_with_rows": inner,
        "inner_products_with_rows_decimal": [_decimals(entry) for entry in inner],
        "deviations": {rule: _ball_ends(values[S]) for rule, values in deviations.by_rule.items()},
    }


def _decimals(ends: list[str] | None) -> list[str] | None:
    """Rational ends as decimals of twenty digits, rounded outwards.

    Example:
        >>> _decimals(["-1/3", "2/3"])
        ['-0.33333333333333333334', '0.66666666666666666667']
    """
    if ends is None:
        return None
    return [decimal(Fraction(end), 20, way) for end, way in zip(ends, (ROUND_FLOOR, ROUND_CEILING), strict=True)]


def _ends(optimum: Optimum, name: str, i: int, j: int) -> list[str] | None:
    """The ends of a proven interval, rounded outwards by less than a millionth of its width each.

    The ends themselves are on the grid of the certificate: a hundred digits, of which most say nothing.
    """
    found = optimum.interval(name, i, j)
    if found is None:
        return None
    low, high = found
    if low < high:
        grid = 1 << 20 + ceil(1 / (high - low)).bit_length()
        low, high = Fraction(floor(low * grid), grid), Fraction(ceil(high * grid), grid)
    return [str(low), str(high)]


def _ball_ends(x: Any | None) -> list[str] | None:
    """The ends of a ball, rounded outwards to twenty digits."""
    if x is None:
        return None
    low, high = ends(x)
    return [decimal(max(low, Fraction(0)), 20, ROUND_FLOOR), decimal(high, 20, ROUND_CEILING)]


# ---------------------------------------------------------------------- the verdict of the kernel

PROVED = {
    "claims.p": "probabilities of the labels",
    "claims.r": "residuals r_S",
    "claims.R": "second moment R of the residuals",
    "claims.z": "logits z_S",
    "claims.b": "bias b",
    "claims.G": "Gram matrix W W^T of the classifier",
    "claims.wh": "inner products of classifier rows and prototypes",
    "claims.hh": "inner products of prototypes",
    "claims.rank": "rank of the classifier",
}
"""What the kernel's short names say to a person."""


def verdict_lines(name: str, verdicts: Sequence[tuple[str, Verdict]]) -> list[str]:
    """What the trusted kernel says of a certificate, per arithmetic."""
    lines = []
    for arithmetic, verdict in verdicts:
        if not verdict.accepted:
            lines.append(f"{name}: REJECTED ({arithmetic}): {verdict.reason}")
            continue
        lines.append(f"{name}: accepted ({arithmetic})")
        lines += [
            f"  proved: the claimed bounds of the {PROVED[what]}" if what in PROVED else f"  proved: {what}"
            for what in verdict.checks
        ]
        if verdict.value is not None and verdict.optimum is not None:
            low, high = verdict.value
            ends = ", ".join(f"{_rounded(end):.15g}" for end in (low, high))
            lines.append(f"  min F in [{ends}], a gap of {_rounded(high - low):.2e} nats")
            lines.append(f"  rank of the classifier: {verdict.optimum.rank[0]} to {verdict.optimum.rank[1]}")
    return lines


def _rounded(x: Fraction) -> float | Decimal:
    """To 17 digits, whatever the size."""
    try:
        return float(x)
    except OverflowError:
        return Context(prec=17).divide(Decimal(x.numerator), Decimal(x.denominator)).normalize()


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
