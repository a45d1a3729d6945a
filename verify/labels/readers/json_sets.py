"""JSON label sets with exact weights."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import show
from verify.labels.readers.common import FilePath, Labels, blaming, counted, text_of
from verify.labels.readers.label_xml import wanted_labels
from verify.labels.weights import MOST_DIGITS, exact_weight, require_common_denominator


def read_json(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read label sets with exact weights.

    The file is an object with two entries, ``labels`` (all label names, in order) and ``sets``, a list of objects with
    ``labels`` (the set; may be empty) and optionally ``weight`` (1 when absent)::

        {
            "labels": ["sea", "sky", "sun"],
            "sets": [{"labels": ["sea"], "weight": 5}, {"labels": ["sea", "sky"], "weight": "1/3"}, {"labels": []}],
        }

    A counterexample that ``mlnc verify`` left is such a file too; what else it says is passed over.

    A weight is a number or a string, ``5``, ``0.1``, ``"1/3"``, and means exactly what it says: 0.1 is 1/10. A set
    given more than once gets the sum.

    Raises:
        InputError: no JSON, another schema, an unknown or repeated label, a weight that is not positive, needs more
            than 1000 digits, or brings the common denominator beyond that.
    """
    with blaming(path):
        document = _json_document(text_of(path))
        names = _json_names(document["labels"], wanted_labels(labels))
        if not isinstance(document["sets"], list) or not document["sets"]:
            raise InputError('"sets" is not a list with an entry: give [{"labels": [...], "weight": ...}, ...]')
        index = {name: k for k, name in enumerate(names)}
        weights: dict[int, int | Fraction] = {}
        for i, entry in enumerate(document["sets"]):
            mask, weight = _json_set(entry, index, f"sets[{i}]")
            weights[mask] = weights.get(mask, 0) + weight
        require_common_denominator(weights.values())
        return counted(weights, names)


def _json_document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(
            text,
            parse_float=_json_number,
            parse_int=_json_number,
            parse_constant=_json_number,
            object_pairs_hook=_json_object,
        )
    except InputError:
        raise
    except json.JSONDecodeError as fault:
        raise InputError(f"line {fault.lineno}: it is not valid JSON ({fault.msg}, column {fault.colno})") from None
    except RecursionError:
        raise InputError('it is nested too deeply: give {"labels": [...], "sets": [...]}') from None
    _require_fields(document, {"labels", "sets"}, _OF_COUNTEREXAMPLES, "the document")
    return dict(document)


_OF_COUNTEREXAMPLES = {"claim", "note", "seed", "variant"}
"""What a counterexample file says beside its distribution."""


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = Counter(key for key, _ in pairs)
    for key, count in keys.items():
        if count > 1:
            raise InputError(f"key {show(key)} occurs twice in one object: keep one")
    return dict(pairs)


def _json_number(text: str) -> int | Decimal:
    if len(text) > MOST_DIGITS:
        raise InputError(f"a number has {len(text)} characters: at most {MOST_DIGITS} are read")
    try:
        return Decimal(text) if not text.lstrip("-").isdigit() else int(text)
    except ArithmeticError:
        raise InputError(f"number {show(text)} is out of range: give a finite number of ordinary size") from None


def _json_names(given: object, wanted: int | tuple[str, ...] | None) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise InputError('"labels" is not a list of strings: list all label names in it')
    names = tuple(given)
    if isinstance(wanted, int) and wanted != len(names):
        raise InputError(f"it has {len(names)} labels, {wanted} were asked for: correct one of the two")
    if isinstance(wanted, tuple) and wanted != names:
        raise InputError("its labels are not the ones asked for: leave labels= out, or correct one of the two")
    LabelDistribution.from_masks({0: 1}, names)  # refuses fewer than two names, repeated and empty ones
    return names


def _json_set(entry: object, index: Mapping[str, int], where: str) -> tuple[int, int | Fraction]:
    fields = _require_fields(entry, {"labels"}, {"weight"}, where)
    if not isinstance(fields["labels"], list):
        raise InputError(f'{where}: "labels" is not a list: list the label names of the set')
    mask = 0
    for label in fields["labels"]:
        k = index.get(label) if isinstance(label, str) else None
        if k is None:
            raise InputError(f'{where}: label {show(label)} is not in "labels": add it there or correct it')
        if mask & 1 << k:
            raise InputError(f"{where}: label {show(label)} occurs twice in the set: keep one")
        mask |= 1 << k
    return mask, exact_weight(fields.get("weight", 1), f"{where}: the weight")


def _require_fields(given: object, required: set[str], optional: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise InputError(f"{where} is not an object: give one with {' and '.join(sorted(required))}")
    for missing in sorted(required - given.keys()):
        raise InputError(f'{where} has no "{missing}": add it')
    for unknown in sorted(given.keys() - required - optional):
        raise InputError(f"{where} has the unknown key {show(unknown)}: correct or remove it")
    return given
