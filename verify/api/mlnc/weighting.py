"""Weights in the loss, as people give them: one number, some by label, or a file of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from mlnc.arguments import decimal
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show
from verify.labels.weights import Weight, exact_weight
from verify.model.loss_weights import LossWeights
from verify.model.losses import Loss

__all__ = ["Weighing", "weighted"]

Weighing = Weight | Mapping[Any, Weight] | None
"""One weight for all labels, weights by name, or as text: ``"3"``, ``"car=3,boat=1/2"``, or the path of a JSON file."""

BALANCED = "balanced"


def weighted(
    loss: Loss, pi: LabelDistribution, pos_weight: Weighing, label_weights: Weighing, set_weights: Weighing
) -> Loss:
    """The loss with weights, exact.

    Args:
        pos_weight: of labels where they are present, besides their weight: that of PyTorch's ``BCEWithLogitsLoss``;
            ``"balanced"`` is how many samples lack the label over how many have it.
        label_weights: of labels: the ``weight`` of PyTorch's losses.
        set_weights: of whole label sets, by the names of their labels joined with ``+``, in the order of the columns,
            or as tuples; that of samples without labels has no name.

    Raises:
        InputError: no label or label set of such a name, a weight that is not positive, or ``pos_weight`` for a loss
            whose labels compete.

    Example:
        >>> from verify.model.losses import BCE
        >>> pi = LabelDistribution.from_sets([(["car"], 3), (["car", "boat"], 1)], labels=["car", "boat"])
        >>> weights = weighted(BCE, pi, "boat=3", None, {"car+boat": 2}).weights
        >>> [str(a) for a in weights.of((1, 1))[0]], [str(a) for a in weights.of((1, 0))[1]]
        (['2', '6'], ['1', '1'])
    """
    if pos_weight is not None and loss.centered:
        raise InputError(f"pos_weight= is for losses of single labels; with {loss.title} give label_weights=")
    ones = dict.fromkeys(range(pi.K), Fraction(1))
    single = {name: k for k, name in enumerate(pi.labels)}
    pos = _balanced(pi) if pos_weight == BALANCED else ones | _given("pos_weight", pos_weight, single, "label")
    per_label = ones | _given("label_weights", label_weights, single, "label")
    sets = {"+".join(pi.names(mask)): mask for mask in pi.masks}
    per_set = _given("set_weights", set_weights, sets, "label set of the data")
    return loss.weighted(
        LossWeights(
            tuple(per_label[k] * pos[k] for k in range(pi.K)),
            tuple(per_label.values()),
            tuple((mask, (a,) * pi.K) for mask, a in sorted(per_set.items())),
        )
    )


def _balanced(pi: LabelDistribution) -> dict[int, Fraction]:
    for name, f in zip(pi.labels, pi.frequencies, strict=True):
        if not 0 < f < 1:
            how = "always" if f else "never"
            raise InputError(f"pos_weight= is 'balanced', and label {name!r} {how} occurs: leave the label out")
    return {k: (1 - f) / f for k, f in enumerate(pi.frequencies)}


def _given(what: str, weights: Weighing, places: Mapping[str, int], kind: str) -> dict[int, Fraction]:
    """Weights by place."""
    if weights is None:
        return {}
    named = weights if isinstance(weights, Mapping) else _spelt(what, decimal(weights))
    if not isinstance(named, Mapping):
        return dict.fromkeys(places.values(), Fraction(exact_weight(named, f"{what}=")))
    found = dict[int, Fraction]()
    for key, weight in named.items():
        name = "+".join(map(str, key)) if isinstance(key, tuple | frozenset) else str(key)
        if name not in places:
            some = ", ".join(list(places)[:5]) + (", ..." if len(places) > 5 else "")
            raise InputError(f"{what}= names {show(name)}, which is no {kind}: there are {some}")
        found[places[name]] = Fraction(exact_weight(decimal(weight), f"{what}= of {show(name)}"))
    return found


def _spelt(what: str, weights: Any) -> Any:
    """Text as what it spells; anything else as it is."""
    if not isinstance(weights, str):
        return weights
    if weights.endswith(".json"):
        return _read(what, Path(weights))
    if "=" not in weights:
        return weights
    pairs: Sequence[list[str]] = [part.rsplit("=", 1) for part in weights.split(",")]
    if not all(len(pair) == 2 for pair in pairs) or len({name for name, *_ in pairs}) < len(pairs):
        raise InputError(
            f'{what}= is {show(weights)}: write each name once, like "car=3,boat=1/2", or name a JSON file'
        )
    return {name.strip(): weight for name, weight in pairs}


def _read(what: str, path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}), for {what}=") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f'{path}: {what}= is read from a JSON object of weights by name, like {{"car": 3}}')
    return found
