"""Weights in the loss, as people give them: one number, some by label, or a file of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from mlnc.arguments import decimal, losses_chosen
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show
from verify.labels.weights import Weight, exact_weight
from verify.model.loss_weights import LossWeights
from verify.model.losses import Loss

__all__ = ["Weighing", "losses_weighted", "weighted"]

Weighing = Weight | Mapping[Any, Weight] | None
"""One weight for all labels, weights by name, or as text: ``"3"``, ``"car=3,boat=1/2"``, or the path of a JSON file."""

BALANCED = "balanced"

LARGEST = 10**100
"""Weights beyond this, or below its inverse, leave float64 no room for what they multiply."""


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
        InputError: no label or label set of such a name, a weight that is not positive or beyond what float64 carries,
            or ``pos_weight`` for a loss whose labels compete.

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
    sets = {"+".join(pi.names(mask)): mask for mask in pi.masks} if set_weights is not None else {}
    per_set = _given("set_weights", set_weights, sets, "label set of the data")
    return loss.weighted(
        LossWeights(
            tuple(per_label[k] * pos[k] for k in range(pi.K)),
            tuple(per_label.values()),
            tuple((mask, (a,) * pi.K) for mask, a in sorted(per_set.items())),
        )
    )


def losses_weighted(pi: LabelDistribution, name: str | None, smoothing: Weight, *weights: Weighing) -> tuple[Loss, ...]:
    """The loss of a name, or all that there are, smoothed and weighted; ``pos_weight`` leaves out those it is not for.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels=["car", "boat"])
        >>> losses_weighted(pi, None, 0, None, None, None) == losses_chosen(None, 0)
        True
        >>> [loss.title for loss in losses_weighted(pi, None, 0, "car=3", None, None)]
        ['BCE', 'MSE']
    """
    pos_weight, label_weights, set_weights = weights
    several = name is None and pos_weight is not None
    losses = [loss for loss in losses_chosen(name, smoothing) if not (several and loss.centered)]
    return tuple(weighted(loss, pi, pos_weight, label_weights, set_weights) for loss in losses)


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
        return dict.fromkeys(places.values(), _ordinary(named, f"{what}="))
    found = dict[int, Fraction]()
    for key, weight in named.items():
        name = "+".join(map(str, key)) if isinstance(key, tuple | frozenset) else str(key)
        if name not in places:
            some = ", ".join(list(places)[:5]) + (", ..." if len(places) > 5 else "")
            raise InputError(f"{what}= names {show(name)}, which is no {kind}: there are {some}")
        found[places[name]] = _ordinary(decimal(weight), f"{what}= of {show(name)}")
    return found


def _ordinary(weight: Any, where: str) -> Fraction:
    """A weight that float64 can multiply with, exact."""
    exact = Fraction(exact_weight(weight, where))
    if not Fraction(1, LARGEST) <= exact <= LARGEST:
        raise InputError(f"{where} is {show(str(weight))}: weights in the loss are from 1e-100 to 1e100")
    return exact


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
