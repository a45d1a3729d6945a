"""The label covariance spectrum of one's own data: a table, what it means in a sentence each, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from verify.labels import LabelDistribution
from verify.report.signs import sign_json, sign_words
from verify.roots import Root, decimal
from verify.spectrum import (
    LabelSpectrum,
    annihilated_contrasts,
    balanced_value,
    extreme_eigenvalues_float,
    weakest_contrast,
)

__all__ = ["MOST_EXACT_LABELS", "contrast_words", "spectrum_json", "spectrum_lines"]

MOST_EXACT_LABELS = 300
"""More labels than this are described in float64 unless exactness is asked for: the work grows like K^4."""


def spectrum_json(spectrum: LabelSpectrum, digits: int, exact: bool) -> dict[str, Any]:
    """The label covariance spectrum of a distribution; exact numbers as strings ``p/q``."""
    given, pi = spectrum.given, spectrum.pi
    document: dict[str, Any] = {
        "labels": list(given.labels),
        "total_weight": given.total,
        "label_sets": len(given.masks),
        "cardinality": str(given.cardinality),
        "left_out": _left_out(given),
        "label_sets_kept": len(pi.masks),
        "exact": exact,
        "multiplicities": {str(m): _multiplicity_json(spectrum, m, digits, exact) for m in spectrum.parts},
        "overall": _extremes_json(spectrum, None, digits, exact),
        "annihilated_contrasts": [list(x) for x in annihilated_contrasts(pi)],
        "weakest_contrast": dict(zip(given.labels, weakest_contrast(pi).round(9).tolist(), strict=True)),
        "sign_condition": sign_json(spectrum, digits) if exact else None,
    }
    return document


def _left_out(pi: LabelDistribution) -> dict[str, int]:
    weights = dict(zip(pi.sizes, pi.weights, strict=True))  # at most one empty and one full label set
    return {"empty": weights.get(0, 0), "full": weights.get(pi.K, 0)}


def _multiplicity_json(spectrum: LabelSpectrum, m: int, digits: int, exact: bool) -> dict[str, Any]:
    entry = {
        "share": str(spectrum.pi.multiplicities[m]),
        "label_sets": len(spectrum.parts[m].masks),
        "balanced_value": str(balanced_value(spectrum.K, m)),
        **_extremes_json(spectrum, m, digits, exact),
    }
    if exact:
        bounds = spectrum.bounds[m]
        entry["perfectly_orthogonal"] = spectrum.perfectly_orthogonal(m)
        entry["lower_bounds"] = {name: _number_json(bound, digits) for name, bound in bounds.named.items()}
        entry["tightest_bound"] = bounds.tightest
        entry["gershgorin_shift"] = str(bounds.shift)
    return entry


def _extremes_json(spectrum: LabelSpectrum, m: int | None, digits: int, exact: bool) -> dict[str, Any]:
    if not exact:
        kappa, largest = extreme_eigenvalues_float(spectrum.pi if m is None else spectrum.parts[m])
        return {"kappa": kappa, "K": largest}
    return {
        "kappa": _number_json(spectrum.kappa(m), digits),
        "K": _number_json(spectrum.largest(m), digits),
        "kappa_multiplicity": spectrum.kappa(m).multiplicity,
    }


def _number_json(number: Fraction | Root, digits: int) -> dict[str, str]:
    if isinstance(number, Root):
        enclosure = number.to_precision(digits)
        return {"decimal": number.decimal(digits), "lower": str(enclosure.lower), "upper": str(enclosure.upper)}
    return {"decimal": decimal(number, digits), "lower": str(number), "upper": str(number)}


def spectrum_lines(name: str, spectrum: LabelSpectrum, digits: int, exact: bool) -> list[str]:
    """The label covariance spectrum in words and a table, for the person whose data it is."""
    return [
        *_heading(name, spectrum.given),
        "",
        *(_exact_table(spectrum, digits) if exact else _float_table(spectrum)),
        "",
        *_weakest_words(spectrum, exact),
        *_orthogonality_words(spectrum, exact),
        *(sign_words(spectrum) if exact else [_NO_SIGNS]),
    ]


_NO_SIGNS = (
    f"The sign condition of the terminal phase (claim T1) is not decided for more than {MOST_EXACT_LABELS} labels; "
    "--exact decides it."
)


def _heading(name: str, given: LabelDistribution) -> list[str]:
    left = _left_out(given)
    lines = [
        f"{name}: total weight {given.total}, {given.K} labels, {len(given.masks)} label sets, "
        f"cardinality {float(given.cardinality):.4g}"
    ]
    if any(left.values()):
        lines.append(
            f"left out: {left['empty']} empty and {left['full']} full rows, which carry no contrast between labels"
        )
    return lines


_BOUNDS = {
    "minorization": "minorize",
    "Gershgorin": "Gershgorin",
    "trace-determinant": "trace-det",
    "sharpened": "sharpened",
    "overlap": "overlap",
}


def _exact_table(spectrum: LabelSpectrum, digits: int) -> list[str]:
    width = max(digits + 6, 12)
    header = (
        f"{'m':>4} {'share':>7} {'sets':>5}  {'kappa_m':>{width}}  {'balanced':>9}  {'K_m':>9}  orthogonal"
        + "".join(f"{title:>12}" for title in _BOUNDS.values())
    )
    lines = [header]
    for m, share in spectrum.pi.multiplicities.items():
        bounds = spectrum.bounds[m].named
        shown = {name: f"{float(bounds[name]):.3g}" for name in bounds} | {spectrum.bounds[m].tightest: ""}
        best = f"{float(bounds[spectrum.bounds[m].tightest]):.3g}*"
        lines.append(
            f"{m:>4} {float(share):>7.2%} {len(spectrum.parts[m].masks):>5}  "
            f"{spectrum.kappa(m).decimal(digits):>{width}}  {float(balanced_value(spectrum.K, m)):>9.4g}  "
            f"{float(spectrum.largest(m)):>9.4g}  {'yes' if spectrum.perfectly_orthogonal(m) else 'no':<10}"
            + "".join(f"{(shown[name] or best) if name in shown else '-':>12}" for name in _BOUNDS)
        )
    lines.append(
        f"{'all':>4} {'':>7} {len(spectrum.pi.masks):>5}  {spectrum.kappa().decimal(digits):>{width}}  "
        f"{_balanced_mean(spectrum):>9.4g}  {float(spectrum.largest()):>9.4g}"
    )
    lines.append("     the last five columns are lower bounds on kappa_m (claims S8, S13); * is the tightest")
    return lines


def _balanced_mean(spectrum: LabelSpectrum) -> float:
    """The value of kappa if every multiplicity were balanced, at the same shares."""
    return float(sum(share * balanced_value(spectrum.K, m) for m, share in spectrum.pi.multiplicities.items()))


def _float_table(spectrum: LabelSpectrum) -> list[str]:
    lines = [f"{'m':>4} {'share':>7} {'sets':>5}  {'kappa_m':>12}  {'balanced':>9}  {'K_m':>9}"]
    for m, share in spectrum.pi.multiplicities.items():
        kappa, largest = extreme_eigenvalues_float(spectrum.parts[m])
        lines.append(
            f"{m:>4} {float(share):>7.2%} {len(spectrum.parts[m].masks):>5}  {kappa:>12.6g}  "
            f"{float(balanced_value(spectrum.K, m)):>9.4g}  {largest:>9.4g}"
        )
    kappa, largest = extreme_eigenvalues_float(spectrum.pi)
    balanced = _balanced_mean(spectrum)
    lines.append(f"{'all':>4} {'':>7} {len(spectrum.pi.masks):>5}  {kappa:>12.6g}  {balanced:>9.4g}  {largest:>9.4g}")
    lines.append(f"     float64 for more than {MOST_EXACT_LABELS} labels; --exact certifies, and adds the bounds")
    return lines


def _weakest_words(spectrum: LabelSpectrum, exact: bool) -> list[str]:
    labels, annihilated = spectrum.given.labels, annihilated_contrasts(spectrum.pi)
    if annihilated:
        shown = "; ".join(contrast_words(labels, np.array(x, dtype=float)) for x in annihilated[:3])
        more = f" (and {len(annihilated) - 3} more)" if len(annihilated) > 3 else ""
        return [
            "kappa = 0 exactly: some contrasts between labels vanish on every label set, so the data says nothing "
            f"about them: {shown}{more}."
        ]
    repeated = spectrum.kappa().multiplicity if exact else 1
    one_of = f" (one of a {repeated}-dimensional space of them)" if repeated > 1 else ""
    return [f"The contrast the data determines worst{one_of}: {contrast_words(labels, weakest_contrast(spectrum.pi))}."]


def contrast_words(labels: Sequence[str], x: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """A contrast in label names: the labels that matter on either side, largest coefficients first."""
    order = [k for k in np.argsort(-np.abs(x), kind="stable").tolist() if abs(x[k]) >= np.abs(x).max() / 4][:8]
    ranked = sorted(order, key=lambda k: -x[k])
    words = " ".join(f"{'+' if x[k] > 0 else '-'}{labels[k]}" for k in ranked)
    if all(x[k] > 0 for k in order):
        return f"{words} against the rest"
    return words if np.linalg.norm(x[order]) > 0.95 * np.linalg.norm(x) else f"{words} ..."


def _orthogonality_words(spectrum: LabelSpectrum, exact: bool) -> list[str]:
    skewed = [m for m in spectrum.parts if not spectrum.perfectly_orthogonal(m)]
    if not skewed:
        return [
            "The data is perfectly orthogonal at every multiplicity.",
            "So tag-wise averaging holds exactly under PAL-CE without bias, at every lambda below the collapse "
            "threshold: a label set's prototype is the scaled sum of its labels' classifier rows, and of its labels' "
            "own prototypes where single labels occur (claim O1).",
        ]
    kappa = float(spectrum.kappa()) if exact else extreme_eigenvalues_float(spectrum.pi)[0]
    share = kappa / _balanced_mean(spectrum)
    return [
        f"The data is not perfectly orthogonal (at multiplicities {', '.join(map(str, skewed))}): kappa is {share:.1%} "
        "of what balanced data with the same multiplicities would have.",
        "So tag-wise averaging is not guaranteed: expect prototypes to deviate from the scaled average of their "
        "labels', most along the weakest contrast.",
    ]
