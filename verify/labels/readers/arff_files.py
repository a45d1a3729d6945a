"""ARFF files, dense and sparse: Mulan's with a label XML beside them, MEKA's with ``-C n`` in the relation name, KEEL.

Rows are split here, since no library reads what Weka writes and reads: weights ``{2}`` at the end, comments, tabs,
trailing commas. Only label values are understood, whatever stands in the other columns.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.readers.cells import ABSENT, PRESENT, Cells, letter_of
from verify.labels.readers.common import Reading, label_columns
from verify.labels.readers.content import Content
from verify.labels.readers.label_xml import label_names
from verify.labels.readers.layout import Layout
from verify.labels.weights import exact_weight, require_common_denominator


def read_arff(content: Content, layout: Layout) -> Reading:
    """Read an ARFF file by what tells its labels: ``labels``, an XML of its name, ``@outputs``, ``-C n``, the only XML.

    The order of the labels is that of their columns, whatever the order in an XML: rows of models follow the columns.

    Raises:
        InputError: nothing tells the labels, a label that is no attribute, a label attribute that is not 0/1, or a
            broken file.
    """
    file = _arff_file(content.text)
    wanted, how = _wanted(file, Path(content.path), layout)
    columns = label_columns([attribute.name for attribute in file.attributes], wanted, "attribute")
    if isinstance(wanted, tuple) and (layout.of_xml or layout.named is None):
        columns.sort()
    labels = [file.attributes[column] for column in columns]
    cells = Cells([label.name for label in labels], layout)
    left_out = bytes(_value_left_out(label, layout) for label in labels)
    weights: list[int | Fraction] = []
    data = _weighed(_rows(file), weights)
    first = next(data)
    data = itertools.chain([first], data)
    if isinstance(first[1], dict):
        blocks = _sparse_blocks(data, columns, left_out, cells)
    else:
        blocks = cells.blocks((line, [_unquoted(row[column]) for column in columns]) for line, row in data)
    rows, notes = cells.rows(blocks, weights)
    require_common_denominator(weights)
    if rows.weights is not None:
        notes.append(f"instance weights add up to {float(sum(rows.weights)):g}")
    what = f"ARFF{content.said}, {len(file.attributes)} attributes, labels {how}"
    return Reading(what, rows, tuple(notes))


# ---------------------------------------------------------------------- which attributes are labels

_MEKA_COUNT = re.compile(r"(?<![\w-])-[Cc]\s+([+-]?\d{1,9})(?!\d)")


def _wanted(file: _ArffFile, path: Path, layout: Layout) -> tuple[int | tuple[str, ...], str]:
    """Number or names of the label attributes, and what tells them."""
    if layout.labels is not None:
        return layout.labels, "as stated"
    if layout.field is not None:
        return (layout.field,), "as stated"
    if layout.format != "meka" and (xml := _named_xml(path)):
        return label_names(xml), f"of {xml.name}"
    if file.outputs and layout.format not in ("mulan", "meka"):
        return file.outputs, "of @outputs"
    found = _MEKA_COUNT.findall(file.relation)
    if layout.format != "meka" and (layout.format == "mulan" or not found):
        xmls = [] if path.name == "-" else list(path.parent.glob("*.xml"))
        with suppress(InputError):  # what names no label is about something else
            if len(xmls) == 1:
                return label_names(xmls[0]), f"of {xmls[0].name}"
    if not found or layout.format == "mulan":
        raise InputError("there is no label XML beside it and no '-C n' in its relation name: say which with labels=")
    if len(found) > 1:
        raise InputError(f"its relation name carries '-C' {len(found)} times: say which attributes with labels=")
    return int(found[0]), f"by -C {found[0]}"


def _named_xml(path: Path) -> Path | None:
    stem = path.name[: path.name.lower().find(".arff")] if ".arff" in path.name.lower() else path.stem
    stems = [stem, re.sub(r"[-_](train|test)$", "", stem, flags=re.IGNORECASE)]
    return next((xml for one in stems if one and (xml := path.with_name(one + ".xml")).is_file()), None)


# ---------------------------------------------------------------------- header


@dataclass(frozen=True)
class _Attribute:
    name: str
    type: str
    line: int


@dataclass(frozen=True)
class _ArffFile:
    relation: str
    attributes: tuple[_Attribute, ...]
    outputs: tuple[str, ...]
    lines: tuple[str, ...]
    header_length: int
    """Number of lines up to and including ``@data``."""


_ATTRIBUTE = re.compile(
    r"""@attribute \s+
        (?: '((?:[^'\\]|\\.)*)'  |  "((?:[^"\\]|\\.)*)"  |  ([^\s{}'"][^\s{}]*) )   # name: quoted, or bare
        (?=[\s{]) \s* (\S.*)                                                         # type""",
    re.IGNORECASE | re.VERBOSE,
)

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def _arff_file(text: str) -> _ArffFile:
    relation, outputs = "", tuple[str, ...]()
    attributes: list[_Attribute] = []
    lines = tuple(text.split("\n"))
    for number, line in enumerate(map(str.strip, lines), 1):
        keyword = line[:10].lower()
        if not line or line.startswith("%"):
            continue
        if keyword.startswith("@attribute"):
            attributes.append(_attribute(line, number))
        elif keyword.startswith("@relation"):
            relation = line[len("@relation") :]
        elif keyword.startswith("@output"):
            outputs = tuple(name.strip() for name in line.partition(" ")[2].split(",") if name.strip())
        elif keyword.startswith("@data"):
            return _ArffFile(relation, tuple(attributes), outputs, lines, number)
        elif not keyword.startswith("@input"):
            raise InputError(f"line {number}: {show(line)} is no ARFF header line: use @relation, @attribute or @data")
    raise InputError("there is no @data line: the ARFF file is truncated, get it whole")


def _attribute(line: str, number: int) -> _Attribute:
    match = _ATTRIBUTE.fullmatch(line)
    if not match:
        raise InputError(f"line {number}: {show(line)} does not read '@attribute NAME TYPE': correct it")
    single, double, bare, type_ = match.groups()
    if type_.startswith("{") and "}" not in type_:
        raise InputError(f"line {number}: the value list of the attribute has an unclosed brace: add the missing '}}'")
    quoted = single if single is not None else double
    return _Attribute(bare if quoted is None else _unescaped(quoted), type_, number)


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted)


def _value_left_out(attribute: _Attribute, layout: Layout) -> int:
    """The letter of what a sparse row means by leaving this label out: the first declared value, or 0 of a number.
    Refuses attributes whose values say neither yes nor no."""
    if re.match(r"(numeric|real|integer)\b", attribute.type, re.IGNORECASE):
        return ABSENT
    values = re.match(r"\{([^}]*)\}", attribute.type)
    letters = [letter_of(_unquoted(value.strip()), layout) for value in values[1].split(",")] if values else []
    if not letters or not set(letters) <= {letter_of("0"), PRESENT, letter_of("-1")}:
        raise InputError(
            f"line {attribute.line}: label attribute {show(attribute.name)} is declared {show(attribute.type)}: "
            "a label has the values {0,1}"
        )
    return letters[0]


# ---------------------------------------------------------------------- rows

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CELL = re.compile(rf"((?:{_QUOTED}|[^,'\"])*)(,|$)")
_COMMENT = re.compile(rf"((?:{_QUOTED}|[^%'\"])*)%.*")
_AT_ONCE = 1 << 10
"""Sparse rows that are looked at together."""

_WEIGHT = re.compile(r"[,\s]\s*\{\s*([^{},\s]+)\s*\}$")

Row = Mapping[int, str] | Sequence[str]


def _rows(file: _ArffFile) -> Iterator[tuple[int, Row, str | None]]:
    """The data rows with their line, as values by index when they are sparse, else all in order; and their weight."""
    width, sparse = len(file.attributes), None
    for line, text in enumerate(file.lines[file.header_length :], file.header_length + 1):
        content = text.strip()
        if "%" in content:
            bare = _COMMENT.fullmatch(content)
            content = bare[1].strip() if bare else content
        if not content:
            continue
        here = content.startswith("{")
        if sparse is None:
            sparse = here
        if here != sparse:
            raise InputError(f"line {line}: sparse and dense rows are mixed: write all rows in one way")
        weight = _WEIGHT.search(content) if content.endswith("}") else None
        if weight and (not sparse or content.index("}") < weight.start() + 1):
            content = content[: weight.start()].rstrip()
        else:
            weight = None
        row = _sparse_row(content, width, line) if sparse else _dense_row(content, width, line)
        yield line, row, weight[1] if weight else None
    if sparse is None:
        raise InputError("there is no row after @data: the ARFF file is truncated, get it whole")


def _dense_row(content: str, width: int, line: int) -> list[str]:
    if "," not in content and "\t" in content and width > 1:
        content = content.replace("\t", ",")
    row = _split(content, line)
    if len(row) == width + 1 and not row[-1].strip():
        row.pop()  # a trailing comma, as MOA writes it
    if len(row) != width:
        raise InputError(
            f"line {line}: the row does not have {width} comma separated values: correct it or get the file whole"
        )
    return row


def _split(content: str, line: int) -> list[str]:
    if "'" not in content and '"' not in content:
        return content.split(",")
    cells, position = [], 0
    while position <= len(content):
        match = _CELL.match(content, position)
        if not match:
            raise InputError(f"line {line}: the row has a quote that does not close: correct it or get the file whole")
        cells.append(match[1])
        position = match.end() if match[2] else len(content) + 1
    return cells


def _sparse_row(content: str, width: int, line: int) -> dict[int, str]:
    fault = f"line {line}: the row is not '{{index value, ...}}' with indices 0..{width - 1} (is the brace closed?): "
    if not content.endswith("}"):
        raise InputError(fault + "correct it or get the file whole")
    row: dict[int, str] = {}
    for entry in _split(content[1:-1], line):
        parts = entry.split(None, 1)
        if not parts:
            continue
        if (
            len(parts) != 2
            or not re.fullmatch(rf"{_QUOTED}|\S+", parts[1].strip())
            or not re.fullmatch(r"[0-9]{1,9}", parts[0])
            or int(parts[0]) >= width
        ):
            raise InputError(fault + "correct it or get the file whole")
        index = int(parts[0])
        if index in row:
            raise InputError(f"line {line}: an attribute index occurs twice in the row: keep one")
        row[index] = parts[1]
    return row


def _weighed(rows: Iterable[tuple[int, Row, str | None]], weights: list[int | Fraction]) -> Iterator[tuple[int, Any]]:
    """The rows without their weights, which are put down as they are met."""
    for line, row, weight in rows:
        weights.append(1 if weight is None else exact_weight(weight, f"line {line}: the weight"))
        yield line, row


def _sparse_blocks(
    rows: Iterator[tuple[int, Mapping[int, str]]], columns: Sequence[int], left_out: bytes, cells: Cells
) -> Iterator[NDArray[np.uint8]]:
    """The letters of sparse rows; only what they list is looked at."""
    label = {column: k for k, column in enumerate(columns)}
    while some := list(itertools.islice(rows, _AT_ONCE)):
        given = [
            (i, label[c], _unquoted(cell)) for i, (_, row) in enumerate(some) for c, cell in row.items() if c in label
        ]
        block = np.tile(np.frombuffer(left_out, np.uint8), (len(some), 1))
        i, k, values = zip(*given, strict=True) if given else ((), (), ())
        block[i, k] = cells.letters(
            values, [(some[row][0], cells.names[column]) for row, column, _ in given].__getitem__
        )
        yield block


def _unquoted(cell: str) -> str:
    text = cell.strip()
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return _unescaped(text[1:-1])
    return text
