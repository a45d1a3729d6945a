"""ARFF files, dense and sparse: Mulan's with a label XML beside them, MEKA's with ``-C n`` in the relation name.

The header is read here; the rows are read by liac-arff, behind a header that declares every attribute a string, since
only label values need to be understood. liac-arff's own header reader would not do: it leaves the escapes in quoted
names (``'Stellar\\'s Jay'`` is not found by its name), knows neither dates nor a tab after ``@attribute``, and takes
time exponential in the number of values on a value list that does not close.
"""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import arff

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import show
from verify.labels.readers.common import (
    FilePath,
    LabelRows,
    Labels,
    bit_of,
    bit_or_refuse,
    blaming,
    label_columns,
    mask_of_cells,
    text_of,
)
from verify.labels.readers.label_xml import wanted_labels


def read_arff(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read an ARFF file by what tells its labels: the argument, an XML of its name, ``-C n``, the folder's only XML.

    Args:
        path: the ARFF file, dense or sparse.
        labels: the label XML, the names themselves, or a number of first (negative: last) attributes.

    Raises:
        InputError: nothing tells the labels, a label that is no attribute, a label attribute that is not 0/1, or a
            broken file.

    Example:
        >>> import tempfile
        >>> rows = "1,0,7.5\\n1,1,3.0\\n"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "beach.arff")
        ...     _ = file.write_text(
        ...         "@relation 'beach: -C 2'\\n@attribute sea {0,1}\\n@attribute sky {0,1}\\n"
        ...         "@attribute temperature numeric\\n@data\\n" + rows
        ...     )
        ...     read_arff(file).labels
        ('sea', 'sky')
    """
    with blaming(path):
        return arff_rows(path, labels).distribution


def arff_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_arff` counts, in the order of the file."""
    file = _arff_file(text_of(path))
    source = labels if labels is not None else _named_xml(Path(path))
    if source is None and not _MEKA_COUNT.search(file.relation):
        source = _only_xml(Path(path))
    return _label_rows(file, _meka_count(file) if source is None else source)


def read_mulan(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read a Mulan file: ARFF, dense or sparse, with an XML file that names the label attributes.

    Args:
        path: the ARFF file.
        labels: as for :func:`read_arff`; by default the XML beside the file: the same name, the name without
            ``-train`` or ``-test``, or the only XML in the folder.

    Raises:
        InputError: no XML found, a label that is no attribute, a label attribute that is not 0/1, or a broken file.
    """
    with blaming(path):
        return mulan_rows(path, labels).distribution


def mulan_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_mulan` counts, in the order of the file."""
    file = _arff_file(text_of(path))
    source = labels if labels is not None else _named_xml(Path(path)) or _only_xml(Path(path))
    if source is None:
        raise InputError("there is no label XML beside it: name it, or name the label attributes, with labels=")
    return _label_rows(file, source)


def read_meka(path: FilePath, labels: Labels = None) -> LabelDistribution:
    """Read a MEKA file: ARFF whose relation name carries ``-C n``.

    The labels are the first ``n`` attributes, or the last ``-n`` for a negative ``n``. A relation name that carries
    several ``-C`` is a trace of filters, no statement about this file, and is refused; ``labels`` overrides it.

    Raises:
        InputError: no single ``-C n``, ``n = 0`` or beyond the attributes, a label attribute that is not 0/1, or a
            broken file.
    """
    with blaming(path):
        return meka_rows(path, labels).distribution


def meka_rows(path: FilePath, labels: Labels = None) -> LabelRows:
    """The rows that :func:`read_meka` counts, in the order of the file."""
    file = _arff_file(text_of(path))
    return _label_rows(file, _meka_count(file) if labels is None else labels)


# ---------------------------------------------------------------------- which attributes are labels


def _named_xml(path: Path) -> Path | None:
    stems = [path.stem, re.sub(r"[-_](train|test)$", "", path.stem, flags=re.IGNORECASE)]
    return next((xml for stem in stems if (xml := path.with_name(stem + ".xml")).is_file()), None)


def _only_xml(path: Path) -> Path | None:
    found = list(path.parent.glob("*.xml"))
    return found[0] if len(found) == 1 else None


_MEKA_COUNT = re.compile(r"(?<![\w-])-C\s+([+-]?\d{1,9})(?!\d)")


def _meka_count(file: _ArffFile) -> int:
    found = _MEKA_COUNT.findall(file.relation)
    if not found:
        raise InputError("there is no label XML beside it and no '-C n' in its relation name: say which with labels=")
    if len(found) > 1:
        raise InputError(f"its relation name carries '-C' {len(found)} times: say which attributes with labels=")
    return int(found[0])


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
    relation = ""
    attributes: list[_Attribute] = []
    lines = tuple(text.split("\n"))
    for number, line in enumerate(map(str.strip, lines), 1):
        keyword = line[:10].lower()
        if _is_blank_or_comment(line):
            continue
        if keyword.startswith("@attribute"):
            attributes.append(_attribute(line, number))
        elif keyword.startswith("@relation"):
            relation = line[len("@relation") :]
        elif keyword.startswith("@data"):
            return _ArffFile(relation, tuple(attributes), lines, number)
        else:
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
    name = bare if quoted is None else re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted)
    return _Attribute(name, type_, number)


def _value_left_out(attribute: _Attribute) -> int:
    """What a sparse row means by leaving this label out. Refuses attributes whose values are not 0 and 1."""
    if attribute.type.lower() in {"numeric", "real", "integer"}:
        return 0
    values = re.match(r"\{([^}]*)\}", attribute.type)
    bits = [bit_of(value.strip().strip("'\"")) for value in values[1].split(",")] if values else [None]
    if bits[0] is None or None in bits:
        raise InputError(
            f"line {attribute.line}: label attribute {show(attribute.name)} is declared {show(attribute.type)}: "
            "a label has the values {0,1}"
        )
    return bits[0]


# ---------------------------------------------------------------------- rows


def _label_rows(file: _ArffFile, labels: Labels) -> LabelRows:
    columns = label_columns([attribute.name for attribute in file.attributes], wanted_labels(labels), "attribute")
    if isinstance(labels, str | os.PathLike):
        columns.sort()  # an XML says which attributes are labels; rows of models follow the columns, as in Mulan
    chosen = [file.attributes[column] for column in columns]
    # A sparse row leaves out the zeros, and "zero" is the first declared value: a label declared {1,0} is 1 there.
    left_out = sum(_value_left_out(label) << k for k, label in enumerate(chosen))
    names = tuple(label.name for label in chosen)
    position = {column: k for k, column in enumerate(columns)}
    masks = (
        _sparse_mask(row, position, names, left_out, where)
        if isinstance(row, dict)
        else mask_of_cells([row[column] or "?" for column in columns], names, where)
        for where, row in _rows(file)
    )
    return LabelRows(names, tuple(masks))


def _sparse_mask(
    row: Mapping[int, str | None], position: Mapping[int, int], names: Sequence[str], left_out: int, where: str
) -> int:
    mask = left_out
    for column in position.keys() & row.keys():
        k = position[column]
        mask = mask & ~(1 << k) | bit_or_refuse(row[column] or "?", names[k], where) << k
    return mask


def _rows(file: _ArffFile) -> Iterator[tuple[str, dict[int, str | None] | list[Any]]]:
    """The data rows with their place: values by index when the rows are sparse, else all values in order."""
    feed = _Feed(file)
    declared = (f"@ATTRIBUTE a{i} STRING" for i in range(len(file.attributes)))
    source = itertools.chain(["@RELATION r"], declared, ["@DATA"], feed)
    mode = arff.LOD_GEN if feed.sparse else arff.DENSE_GEN
    try:
        for row in arff.ArffDecoder().decode(source, return_type=mode)["data"]:
            if isinstance(row, dict) and feed.lists_more_than(len(row)):
                raise InputError(f"line {feed.number}: an attribute index occurs twice in the row: keep one")
            yield f"line {feed.number}", row
    except InputError:
        raise
    except (arff.ArffException, ValueError, csv.Error):
        fault = (
            f"is not '{{index value, ...}}' with indices 0..{len(file.attributes) - 1} (is the brace closed?)"
            if feed.sparse
            else f"does not have {len(file.attributes)} comma separated values"
        )
        raise InputError(f"line {feed.number}: the row {fault}: correct it or get the file whole") from None


class _Feed:
    """Hands the data lines to liac-arff and knows which one it is at, which liac-arff does not tell when it streams."""

    def __init__(self, file: _ArffFile) -> None:
        self._lines = file.lines
        self.number = file.header_length
        first = next((line for line in self._lines[self.number :] if not _is_blank_or_comment(line)), None)
        if first is None:
            raise InputError("there is no row after @data: the ARFF file is truncated, get it whole")
        self.sparse = first.lstrip().startswith("{")

    def __iter__(self) -> Iterator[str]:
        while self.number < len(self._lines):
            line = self._lines[self.number]
            self.number += 1
            if not _is_blank_or_comment(line) and line.lstrip().startswith("{") != self.sparse:
                raise InputError(f"line {self.number}: sparse and dense rows are mixed: write all rows in one way")
            yield line

    def lists_more_than(self, count: int) -> bool:
        """Whether the sparse line lists more entries than were told apart by their index. Quoted values may hold commas
        that separate nothing, so a line with a quote is taken as it is."""
        line = self._lines[self.number - 1]
        return line.count(",") >= max(count, 1) and "'" not in line and '"' not in line


def _is_blank_or_comment(line: str) -> bool:
    stripped = line.lstrip()
    return not stripped or stripped.startswith("%")
