r"""What a measurement of a trained model says: words and tables for a person, JSON for a program.

Nothing is judged by a threshold: every measured number stands beside the one that the optimum has.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from verify.geometry.collapse_metrics import collapse_metrics
from verify.geometry.compare import Distance
from verify.geometry.measure import Measurement, Penalties, Prediction
from verify.geometry.rules import SMOOTHED, Deviations, of_bias, rules_for
from verify.report.verdict import Verdict

MOST_SHOWN = 12
"""Label sets that a person reads; JSON has all of them."""

MOST_PAIRS = 4096
"""The Gram matrices over label sets go into JSON up to this many entries; they follow from the features."""


def measurement_lines(name: str, found: Measurement, first: Verdict, note: str = "") -> list[str]:
    """The measurement in words and tables, below the verdict on it in a sentence and what was done to the model."""
    return [
        f"{name}: {first.sentence()}",
        *([note] if note else []),
        "",
        *_heading(name, found),
        "",
        *_collapse_lines(found),
        "",
        *_metric_lines(found),
        "",
        *_distance_lines(found),
        "",
        *_rule_lines(found),
        "",
        *_set_lines(found),
    ]


def _heading(name: str, found: Measurement) -> list[str]:
    layer, penalties, prediction = found.layer, found.penalties, found.prediction
    left_out = f", {layer.left_out} more with no label or all labels left out" if layer.left_out else ""
    lines = [
        f"{name}: {len(layer.H)} samples of {layer.d} features, {len(layer.pi.masks)} label sets over {layer.pi.K} "
        f"labels{left_out}",
        f"Held against the optimum of the feature model with "
        f"{prediction.solution.model.words}, lambda_W = {penalties.lambda_W:.6g}, lambda_H = {penalties.lambda_H:.6g} "
        f"({penalties.origin}).",
        f"lambda = {float(penalties.lam):.6g}. {_certainty(prediction)}",
    ]
    if penalties.unexplained_W is not None and penalties.unexplained_H is not None:
        lines.append(
            f"Stationarity: those penalties leave {penalties.unexplained_W:.1e} of the pull on the classifier and "
            f"{penalties.unexplained_H:.1e} of the pull on the features unexplained (claim U2: 0 at an optimum)."
        )
    if prediction.solution.rank == 0:
        lines.append("The prediction is full collapse, W = 0 (claim U9): it has no shape to compare with.")
    return lines


def _certainty(prediction: Prediction) -> str:
    if not prediction.accepted:
        return "THE TRUSTED KERNEL REJECTED THE CERTIFICATE: do not rely on the prediction."
    entries = (
        "" if prediction.radius is None else f", and its Gram matrix W W^T to {prediction.radius:.1e} of max |W W^T|"
    )
    return f"Value {prediction.solution.value:.9g} nats, certified to a gap of {prediction.gap:.1e}{entries}."


def _collapse_lines(found: Measurement) -> list[str]:
    layer, (measured, predicted) = found.layer, found.common_share
    overall = layer.variability.overall
    lines = [
        "Variability (NC1) cannot be measured: all prototypes are the same."
        if overall is None
        else f"Variability (NC1): the scatter within label sets is {overall:.3e} of the scatter between them."
    ]
    lonely = sum(weight == 1 for weight in layer.pi.weights)
    if lonely:
        lines.append(f"  {lonely} label sets have a single sample, which shows no variability.")
    lines.append(
        f"Offset: {measured:.2%} of the energy of the prototypes is a part common to all (predicted {predicted:.2%})."
    )
    if found.anisotropy is not None:
        target = "P" if layer.loss.centered else "I"
        lines.append(
            f"Residuals: R/lambda is {found.anisotropy:.3e} from {target}, relative to {target} "
            f"(predicted {found.prediction.anisotropy:.3e}; claim U8)."
        )
    return lines


def _metric_lines(found: Measurement) -> list[str]:
    metrics = collapse_metrics(found.layer)
    labels = f"{len(metrics.classes)} of {found.layer.pi.K} labels that stand alone"
    return [
        f"Neural collapse, on multiplicity 1 ({labels}; names of the package neural-collapse):",
        *_named(metrics.multi_class),
        "and as NC_MLab has it (nc1, nc2_h, nc3: multiplicity 1; nc2_w: W; angles: multiplicity 2):",
        *_named(metrics.multi_label),
    ]


def _named(metrics: Mapping[str, float | None]) -> list[str]:
    cells = [f"{name} {_number(value)}" for name, value in metrics.items()]
    return ["  " + ", ".join(cells[start : start + 4]) for start in range(0, len(cells), 4)]


def _distance_lines(found: Measurement) -> list[str]:
    rows = [
        ("prototypes, H H^T", found.prototypes),
        ("classifier, W W^T", found.classifier),
        ("logits, H W^T", found.logits),
    ]
    lines = [f"{'distance to the prediction':<28} {'in shape':>10}  {'in size':>10}"]
    lines += [f"{what:<28} {_number(d.shape):>10}  {_number(d.size):>10}" for what, d in rows if d is not None]
    lines.append("  shape: 1 - cosine of the centered matrices; size: relative Frobenius distance, nothing centered")
    if found.classifier is None:
        lines.append("  classifier, logits and residuals cannot be measured: the features came without an array 'W'")
    return lines


def _rule_lines(found: Measurement) -> list[str]:
    share = found.layer.pi.probabilities
    lines = [f"{'mean deviation of prototypes from the':<54} {'measured':>9}  {'predicted':>9}"]
    bias = found.prediction.solution.model.bias
    for name, rule in rules_for(found.layer.loss, SMOOTHED, *of_bias(bias)).items():
        cells = (_number(d.mean(name, share), 4) for d in (found.measured, found.predicted))
        lines.append(f"  {rule.measured:<52} {next(cells):>9}  {next(cells):>9}")
    absent = found.measured.absent
    if absent and not found.predicted.why:
        names = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        lines.append(
            f"  no sample has {names} alone: there the prototype is virtual, what such a sample gets at this W, b and "
            "lambda_H"
        )
    return lines + ([f"  {found.measured.why}"] if found.measured.why else [])


def _set_lines(found: Measurement) -> list[str]:
    pi, layer = found.layer.pi, found.layer
    order = sorted(range(len(pi.masks)), key=lambda S: (-pi.weights[S], S))[:MOST_SHOWN]
    norms = [np.linalg.norm(H, axis=1) for H in (layer.prototypes, found.prediction.H)]
    lines = [
        f"{'':<34} {'':>8}  {'':>9}  {'norm':^17}  {'scaled average':^17}  {'frequency-weighted':^17}".rstrip(),
        f"{'prototype of':<34} {'samples':>8}  {'NC1':>9}" + f"  {'found':>8} {'predict.':>8}" * 3,
    ]
    for S in order:
        spread = None if layer.variability.per_set is None else float(layer.variability.per_set[S])
        pairs = [(float(norms[0][S]), float(norms[1][S]))]
        pairs += [
            (float(found.measured.by_rule[name][S]), float(found.predicted.by_rule[name][S]))
            for name in ("scaled", "weighted")
        ]
        lines.append(
            f"{pi.spell(pi.masks[S], 34):<34} {pi.weights[S]:>8}  {_number(spread):>9}"
            + "".join(f"  {_number(a, 4):>8} {_number(b, 4):>8}" for a, b in pairs)
        )
    more = len(pi.masks) - len(order)
    return lines + ([f"... and {more} more, with --json"] if more > 0 else [])


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}g}"


# ---------------------------------------------------------------------- JSON


def measurement_json(found: Measurement, first: Verdict, note: str = "") -> dict[str, Any]:
    """The measurement as JSON: float64 numbers, ``null`` for what cannot be measured."""
    layer, penalties, prediction, pi = found.layer, found.penalties, found.prediction, found.layer.pi
    overall, per_set = layer.variability.overall, layer.variability.per_set
    return {
        "verdict": first.as_json(),
        "note": note or None,
        "loss": layer.loss.name,
        "smoothing": str(layer.loss.smoothing),
        "bias": str(prediction.solution.model.bias),
        "labels": list(pi.labels),
        "samples": len(layer.H),
        "samples_left_out": layer.left_out,
        "features": layer.d,
        "penalties": _penalties_json(penalties),
        "prediction": _prediction_json(prediction),
        "variability": overall,
        "neural_collapse": _metrics_json(found),
        "common_share": dict(zip(("measured", "predicted"), found.common_share, strict=True)),
        "anisotropy": found.anisotropy,
        "distances": {
            "prototypes": _distance_json(found.prototypes),
            "classifier": _distance_json(found.classifier),
            "logits": _distance_json(found.logits),
        },
        "deviations": {
            "measured": _deviation_json(found.measured, pi.probabilities),
            "predicted": _deviation_json(found.predicted, pi.probabilities),
            "labels_never_alone": list(found.measured.absent),
            "not_measured": found.measured.why or None,
        },
        "classifier_gram": {
            "measured": None if layer.W is None else _table(layer.W @ layer.W.T),
            "predicted": _table(prediction.W @ prediction.W.T),
        },
        "prototype_gram": {"measured": _gram(layer.prototypes), "predicted": _gram(prediction.H)},
        "prototypes": [
            {
                "labels": pi.names(mask),
                "samples": pi.weights[S],
                "variability": None if per_set is None else float(per_set[S]),
                "norm": [float(np.linalg.norm(H[S])) for H in (layer.prototypes, prediction.H)],
                **{
                    name: [_known(d.by_rule[name][S]) for d in (found.measured, found.predicted)]
                    for name in found.measured.by_rule
                },
            }
            for S, mask in enumerate(pi.masks)
        ],
    }


def _metrics_json(found: Measurement) -> dict[str, Any]:
    metrics = collapse_metrics(found.layer)
    return {
        "classes": list(metrics.classes),
        "multi_class": dict(metrics.multi_class),
        "nc_mlab": dict(metrics.multi_label),
    }


def _penalties_json(found: Penalties) -> dict[str, Any]:
    known = {name: getattr(found, name) for name in ("lambda_W", "lambda_H", "origin")}
    shares = {name: getattr(found, name) for name in ("unexplained_W", "unexplained_H", "unexplained_b")}
    return {"lambda": str(found.lam), **known, **shares}


def _prediction_json(found: Prediction) -> dict[str, Any]:
    known = {name: getattr(found, name) for name in ("gap", "accepted", "anisotropy")}
    solution = found.solution
    return {"value": solution.value, "radius_of_G": found.radius, "rank": solution.rank, **known}


def _distance_json(distance: Distance | None) -> dict[str, float | None] | None:
    return None if distance is None else {"shape": distance.shape, "size": distance.size}


def _deviation_json(found: Deviations, share: Any) -> dict[str, float | None]:
    return {rule: found.mean(rule, share) for rule in found.by_rule}


def _gram(H: Any) -> list[list[float]] | None:
    return _table(H @ H.T) if len(H) ** 2 <= MOST_PAIRS else None


def _table(matrix: Any) -> list[list[float]]:
    return [[float(entry) for entry in row] for row in matrix]


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
