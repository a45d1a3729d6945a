"""JSON: label sets with exact weights, records, lists, maps, JSON lines and COCO."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show
from verify.labels.masks import mask_of
from verify.labels.readers.common import LabelRows, Listed, Reading
from verify.labels.readers.content import Content
from verify.labels.readers.layout import Layout
from verify.labels.readers.lists import labels_in
from verify.labels.readers.tables import read_table
from verify.labels.weights import MOST_DIGITS, exact_weight, require_common_denominator

_OF_COUNTEREXAMPLES = {"claim", "note", "seed", "variant"}
"""What a counterexample file says beside its distribution."""


def read_json(content: Content, layout: Layout) -> Reading:
    """The labels of a JSON file, or of JSON lines.

    ``{"labels": [...], "sets": [{"labels": [...], "weight": ...}, ...]}`` are label sets with exact weights, as
    counterexamples of ``mlnc verify`` are; ``images``, ``annotations`` and ``categories`` are COCO; a list of objects,
    or one per line, is a table; a list of lists, or a map of lists, has one per sample.

    Raises:
        InputError: no JSON, or another shape; a label or weight that cannot be.
    """
    documents = _documents(content.text)
    if len(documents) > 1:
        return _read_samples("JSON lines", documents, layout)
    document = documents[0]
    if isinstance(document, dict):
        if "sets" in document or set(document) == {"labels"}:
            return _read_sets(document, layout)
        if "annotations" in document and "images" in document:
            return _read_coco(document)
        if set(document) in ({"columns", "data"}, {"columns", "index", "data"}):  # pandas, orient="split"
            return _read_split(document["columns"], document["data"], layout)
        return _read_map(document, layout)
    if isinstance(document, list) and document:
        return _read_samples("JSON list", document, layout)
    raise InputError("the document is not an object with labels, nor a list of samples: see notes/label_files.md")


def _documents(text: str) -> list[Any]:
    try:
        return [_parsed(text)]
    except json.JSONDecodeError as fault:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or fault.msg != "Extra data":
            raise InputError(f"line {fault.lineno}: it is not valid JSON ({fault.msg}, column {fault.colno})") from None
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found.append(_parsed(line))
            except json.JSONDecodeError as fault:
                raise InputError(f"line {number}: it is not valid JSON ({fault.msg}, column {fault.colno})") from None
    return found


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_number, object_pairs_hook=_object
        )
    except RecursionError:
        raise InputError('it is nested too deeply: give {"labels": [...], "sets": [...]}') from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise InputError(f"key {show(twice)} occurs twice in one object: keep one")
    return found


def _number(text: str) -> int | Decimal:
    if len(text) > MOST_DIGITS:
        raise InputError(f"a number has {len(text)} characters: at most {MOST_DIGITS} are read")
    try:
        return Decimal(text) if not text.lstrip("-").isdigit() else int(text)
    except ArithmeticError:
        raise InputError(f"number {show(text)} is out of range: give a finite number of ordinary size") from None


# ---------------------------------------------------------------------- samples


def _read_samples(what: str, samples: Sequence[Any], layout: Layout) -> Reading:
    if all(isinstance(sample, dict) for sample in samples):
        header = list(dict.fromkeys(key for sample in samples for key in sample))
        rows = ((i, [_cell(sample.get(key)) for key in header]) for i, sample in enumerate(samples, 1))
        return read_table(f"{what} of objects", header, rows, layout, "object")
    if all(isinstance(sample, list | str) for sample in samples):
        rows = ((i, [sample]) for i, sample in enumerate(samples, 1))
        return read_table(f"{what} of lists", None, rows, layout, "list")
    raise InputError("its entries are neither objects nor lists of labels: give one per sample")


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return [name for name, flag in value.items() if flag == 1]
    return value


def _read_map(document: Mapping[str, Any], layout: Layout) -> Reading:
    """Samples by name: each a list of labels, or an object of 0 and 1 by label."""
    values = list(document.values())
    lists = [key for key, value in document.items() if isinstance(value, list) and value]
    if len(lists) == 1 and all(isinstance(sample, dict) for sample in document[lists[0]]):  # {"data": [...]}
        return _read_samples(f"JSON list {show(lists[0])}", document[lists[0]], layout)
    if values and all(isinstance(value, dict) for value in values):
        rows = list(map(str, range(len(values[0]))))
        if all(list(value) == rows for value in values):
            if any(name.isdigit() for name in document):
                raise InputError("a map of numbers, by sample or by label: save it as a table with a header")
            cells = zip(*(value.values() for value in values), strict=True)  # pandas, orient="columns"
            return read_table("JSON columns", list(document), enumerate(cells, 1), layout, "row")
        return _read_samples("JSON map", values, layout)
    if not values or not all(isinstance(value, list) for value in values):
        raise InputError(
            'the document is no label file that is known: give {"labels": [...], "sets": [...]}, COCO, or a list each'
        )
    given = [value for value in values if isinstance(value, list)]
    files = (re.search(r"\.\w{2,4}$", str(one)) for one in itertools.chain(*given))
    if any(given) and all(files) and not any("." in name for name in document):
        raise InputError("a map of lists of files, by label: give the labels of each file, or a table with a header")
    if len({len(one) for one in given}) == 1 and all(cell in (0, 1) for one in given for cell in one):
        raise InputError("a map of vectors of 0 and 1, by sample or by label: save it as a table with a header")
    named = tuple(labels_in(one, None, f"entry {i}") for i, one in enumerate(given, 1))
    return Reading("JSON map of lists", Listed(named))


def _read_split(columns: Any, data: Any, layout: Layout) -> Reading:
    given = isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data)
    if not given or any(len(row) != len(columns) for row in data):
        raise InputError('it looks like a table of pandas, but rows in "data" do not fit "columns": write it anew')
    return read_table("JSON table", columns, enumerate(data, 1), layout, "row")


def _read_coco(document: Mapping[str, Any]) -> Reading:
    """Images and the categories of their annotations; every category that is declared is a label."""
    try:
        images = [image["id"] for image in document["images"]]
        names = {entry["id"]: str(entry["name"]) for entry in document["categories"]}
        if len(set(names.values())) < len(names):
            raise InputError("two of its categories have one name: name them apart")
        rows: dict[Any, set[Any]] = {image: set() for image in images}
        for annotation in document["annotations"]:
            rows[annotation["image_id"]].add(names[annotation["category_id"]])
    except (KeyError, TypeError) as fault:
        raise InputError(f"it looks like COCO, but {show(str(fault))} is missing or unknown: correct it") from None
    return Reading("COCO", Listed(tuple(tuple(sorted(row)) for row in rows.values()), tuple(names.values())))


# ---------------------------------------------------------------------- label sets with weights


def _read_sets(document: Mapping[str, Any], layout: Layout) -> Reading:
    _require_fields(document, {"labels", "sets"}, _OF_COUNTEREXAMPLES, "the document")
    names, sets = document["labels"], document["sets"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError('"labels" is not a list of strings: list all label names in it')
    if layout.number not in (None, len(names)):
        raise InputError(f"it has {len(names)} labels, {layout.number} were asked for: correct one of the two")
    if layout.named not in (None, tuple(names)):
        raise InputError("its labels are not the ones asked for: leave labels= out, or correct one of the two")
    LabelDistribution.from_masks({0: 1}, names)  # refuses fewer than two names, repeated and empty ones
    if not isinstance(sets, list) or not sets:
        raise InputError('"sets" is not a list with an entry: give [{"labels": [...], "weight": ...}, ...]')
    number = {name: k for k, name in enumerate(names)}
    found = [_set(entry, number, f"sets[{i}]") for i, entry in enumerate(sets)]
    masks, weights = zip(*found, strict=True)
    require_common_denominator(weights)
    return Reading("JSON label sets with weights", LabelRows(tuple(names), masks, weights))


def _set(entry: object, number: Mapping[str, int], where: str) -> tuple[int, int | Fraction]:
    fields = _require_fields(entry, {"labels"}, {"weight"}, where)
    given = fields["labels"]
    if not isinstance(given, list):
        raise InputError(f'{where}: "labels" is not a list: list the label names of the set')
    for i, label in enumerate(given):
        if not isinstance(label, str) or label not in number:
            raise InputError(f'{where}: label {show(label)} is not in "labels": add it there or correct it')
        if label in given[:i]:
            raise InputError(f"{where}: label {show(label)} occurs twice in the set: keep one")
    return mask_of(map(number.__getitem__, given)), exact_weight(fields.get("weight", 1), f"{where}: the weight")


def _require_fields(given: object, required: set[str], optional: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise InputError(f"{where} is not an object: give one with {' and '.join(sorted(required))}")
    for missing in sorted(required - given.keys()):
        raise InputError(f'{where} has no "{missing}": add it')
    for unknown in sorted(given.keys() - required - optional):
        raise InputError(f"{where} has the unknown key {show(unknown)}: correct or remove it")
    return given
