"""The label covariance spectrum of one's own data: a table, what it means in a sentence each, and JSON."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from verify.exact.roots import Root, decimal
from verify.geometry.at_lambda import LADDER, Rung, seconds
from verify.geometry.floats import Ends, weakest_contrast
from verify.geometry.spectrum import LabelSpectrum, annihilated_contrasts, balanced_value
from verify.labels.distribution import LabelDistribution
from verify.report.at_lambda_text import at_lambda_json, at_lambda_lines, too_dear
from verify.report.averaging import AveragingAnswer, averaging_answers, averaging_json, averaging_lines
from verify.report.signs import sign_json

MOST_EXACT_LABELS = 300
"""More labels than this are described in float64 unless exactness is asked for: the work grows like K^4."""


MOST_CELLS = 1 << 20
"""Labels times label sets up to which all contrasts that vanish are looked for, by exact elimination."""

MOST_TWINS = 100
"""Beyond, contrasts of two labels that no label set tells apart are listed, and at most so many."""


def spectrum_json(
    spectrum: LabelSpectrum,
    digits: int,
    exact: bool,
    at_lambda: Sequence[Rung] = (),
    ends: Ends | None = None,
    answers: Sequence[AveragingAnswer] | None = None,
) -> dict[str, Any]:
    """The label covariance spectrum of a distribution; exact numbers as strings ``p/q``. Without ``exact``, ``ends``
    are shown; they, and the ``answers`` on averaging, are computed if they are not given."""
    given, pi = spectrum.given, spectrum.pi
    ends = None if exact else ends or Ends(spectrum)
    weakest = _weakest(pi, ends)
    document: dict[str, Any] = {
        "labels": list(given.labels),
        "total_weight": _plain(given.total_weight),
        "label_sets": len(given.weights),
        "cardinality": str(given.cardinality),
        "left_out": _left_out(given),
        "label_sets_kept": len(pi.weights),
        "exact": exact,
        "multiplicities": {str(m): _multiplicity_json(spectrum, m, digits, ends) for m in spectrum.parts},
        "overall": _extremes_json(spectrum, None, digits, ends),
        "annihilated_contrasts": [list(x) for x in _annihilated(pi)],
        "weakest_contrast": dict(zip(given.labels, weakest.round(9).tolist(), strict=True)),
        "at_lambda": at_lambda_json(at_lambda),
        "averaging": averaging_json(averaging_answers(spectrum, exact) if answers is None else answers),
        "sign_condition": sign_json(spectrum, digits) if exact else None,
    }
    return document


def _left_out(pi: LabelDistribution) -> dict[str, int | str]:
    outer = ((pi.sizes[i], pi.weights[i]) for i in (0, -1))  # there is at most one of each
    weights = {m: Fraction(w, pi.denominator) for m, w in outer}
    return {"empty": _plain(weights.get(0, Fraction(0))), "full": _plain(weights.get(pi.K, Fraction(0)))}


def _plain(weight: Fraction) -> int | str:
    """A count as a number, another weight as ``p/q``."""
    return int(weight) if weight.denominator == 1 else str(weight)


def _multiplicity_json(spectrum: LabelSpectrum, m: int, digits: int, ends: Ends | None) -> dict[str, Any]:
    entry = {
        "share": str(spectrum.pi.multiplicities[m]),
        "label_sets": len(spectrum.parts[m].weights),
        "balanced_value": str(balanced_value(spectrum.K, m)),
        **_extremes_json(spectrum, m, digits, ends),
    }
    if ends is None:
        bounds = spectrum.bounds[m]
        entry["perfectly_orthogonal"] = spectrum.perfectly_orthogonal(m)
        entry["lower_bounds"] = {name: _number_json(bound, digits) for name, bound in bounds.named.items()}
        entry["tightest_bound"] = bounds.tightest
        entry["gershgorin_shift"] = str(bounds.shift)
    return entry


def _extremes_json(spectrum: LabelSpectrum, m: int | None, digits: int, ends: Ends | None) -> dict[str, Any]:
    if ends is not None:
        return {"kappa": ends[m].kappa, "K": ends[m].largest}
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


def spectrum_lines(
    name: str,
    spectrum: LabelSpectrum,
    digits: int,
    exact: bool,
    bounds: bool = False,
    at_lambda: Sequence[Rung] = (),
    ends: Ends | None = None,
    answers: Sequence[AveragingAnswer] | None = None,
) -> list[str]:
    """The label covariance spectrum in words and a table, for the person whose data it is; what averages comes first.

    Args:
        at_lambda: how far the rules are off at some penalties; without any, how to have that is said.
        bounds: whether to show the lower bounds on kappa_m too.
        ends: what is shown if not ``exact``; computed if not given.
        answers: whether tag-wise averaging holds; likewise.
    """
    ends = None if exact else ends or Ends(spectrum)
    return [
        *_heading(name, spectrum.given),
        "",
        *(at_lambda_lines(at_lambda) if at_lambda else too_dear(seconds(spectrum.given, len(LADDER)))),
        *averaging_lines(averaging_answers(spectrum, exact) if answers is None else answers),
        "",
        *_table(spectrum, digits, ends),
        *(["", *_bounds_table(spectrum)] if bounds and exact else []),
        "",
        *_weakest_words(spectrum, ends),
    ]


def _heading(name: str, given: LabelDistribution) -> list[str]:
    left = _left_out(given)
    lines = [
        f"{name}: total weight {given.total_weight}, {given.K} labels, {len(given.weights)} label sets, "
        f"cardinality {float(given.cardinality):.4g}"
    ]
    if any(left.values()):
        lines.append(
            f"PAL-CE and kappa leave out {left['empty']} empty and {left['full']} full rows, which carry no contrast "
            "between labels; BCE and MSE count them"
        )
    return lines


def _table(spectrum: LabelSpectrum, digits: int, ends: Ends | None) -> list[str]:
    exact = ends is None
    width = max(digits + 6, 12) if exact else 12
    head = f"{'m':>4} {'share':>7} {'sets':>5}  {'kappa_m':>{width}}  {'balanced':>9}  {'K_m':>9}"
    lines = [head + "  orthogonal" * exact]
    shares = spectrum.pi.multiplicities.items()
    rows = [(m, f"{float(share):.2%}", float(balanced_value(spectrum.K, m))) for m, share in shares]
    for m, share, balanced in [*rows, (None, "", _balanced_mean(spectrum))]:
        pi = spectrum.pi if m is None else spectrum.parts[m]
        if ends is None:
            kappa, largest = spectrum.kappa(m).decimal(digits), float(spectrum.largest(m))
        else:
            kappa, largest = f"{ends[m].kappa:.6g}", ends[m].largest
        orthogonal = "" if m is None or not exact else "  yes" if spectrum.perfectly_orthogonal(m) else "  no"
        lines.append(
            f"{'all' if m is None else m:>4} {share:>7} {len(pi.weights):>5}  {kappa:>{width}}  {balanced:>9.4g}  "
            f"{largest:>9.4g}{orthogonal}"
        )
    return lines + ([] if exact else ["     float64; --exact certifies, and decides the sign condition"])


def _bounds_table(spectrum: LabelSpectrum) -> list[str]:
    """The lower bounds on kappa_m by name (claims S8, S13)."""
    names = list(dict.fromkeys(name for m in spectrum.parts for name in spectrum.bounds[m].named))
    lines = [f"{'m':>4}" + "".join(f"{name:>20}" for name in names)]
    for m in spectrum.parts:
        found = spectrum.bounds[m]
        cells = [f"{float(found.named[name]):.3g}" if name in found.named else "-" for name in names]
        marked = [cell + "*" * (name == found.tightest) for name, cell in zip(names, cells, strict=True)]
        lines.append(f"{m:>4}" + "".join(f"{cell:>20}" for cell in marked))
    return [*lines, "lower bounds on kappa_m (claims S8, S13); * is the tightest"]


def _balanced_mean(spectrum: LabelSpectrum) -> float:
    """The value of kappa if every multiplicity were balanced, at the same shares."""
    return float(sum(share * balanced_value(spectrum.K, m) for m, share in spectrum.pi.multiplicities.items()))


def _annihilated(pi: LabelDistribution) -> tuple[tuple[int, ...], ...]:
    """The contrasts that vanish on every label set: a basis, or where that is too dear what can be seen."""
    if pi.K * len(pi.weights) <= MOST_CELLS:
        return annihilated_contrasts(pi)
    return tuple(tuple((k == i) - (k == j) for k in range(pi.K)) for i, j in pi.twins[:MOST_TWINS])


def _weakest(pi: LabelDistribution, ends: Ends | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = None if ends is None else ends[None].weakest
    return weakest_contrast(pi) if found is None else found


def _weakest_words(spectrum: LabelSpectrum, ends: Ends | None) -> list[str]:
    labels, annihilated = spectrum.given.labels, _annihilated(spectrum.pi)
    if annihilated:
        shown = "; ".join(contrast_words(labels, np.array(x, dtype=float)) for x in annihilated[:3])
        more = f" (and {len(annihilated) - 3} more)" if len(annihilated) > 3 else ""
        return [
            "kappa = 0 exactly: some contrasts between labels vanish on every label set, so the data says nothing "
            f"about them: {shown}{more}."
        ]
    if spectrum.pi.few:
        return ["kappa = 0 exactly: there are fewer label sets than contrasts, so the data says nothing about some."]
    kappa = float(spectrum.kappa()) if ends is None else ends[None].kappa
    repeated = spectrum.kappa().multiplicity if ends is None else 1
    weakest = _weakest(spectrum.pi, ends)
    one_of = f" (one of a {repeated}-dimensional space of them)" if repeated > 1 else ""
    return [
        f"The contrast the data determines worst{one_of}: {contrast_words(labels, weakest)}.",
        f"kappa is {kappa / _balanced_mean(spectrum):.1%} of that of balanced data with the same multiplicities.",
    ]


def contrast_words(labels: Sequence[str], x: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """A contrast in label names: the labels that matter on either side, largest coefficients first."""
    order = [k for k in np.argsort(-np.abs(x), kind="stable").tolist() if abs(x[k]) >= np.abs(x).max() / 4][:8]
    ranked = sorted(order, key=lambda k: -x[k])
    words = " ".join(f"{'+' if x[k] > 0 else '-'}{labels[k]}" for k in ranked)
    if all(x[k] > 0 for k in order):
        return f"{words} against the rest"
    return words if np.linalg.norm(x[order]) > 0.95 * np.linalg.norm(x) else f"{words} ..."
