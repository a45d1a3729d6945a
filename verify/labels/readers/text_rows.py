"""Text with a sample per line whose features follow its labels: LIBSVM, extreme classification, FastText."""

import re
from collections.abc import Iterator

from verify.labels.errors import InputError, show
from verify.labels.readers.cells import ABSENT, PRESENT, letter_of
from verify.labels.readers.common import MOST_LABELS, Listed, Reading
from verify.labels.readers.content import Content
from verify.labels.readers.layout import Layout

_FEATURE = r"(?:\d+|qid):[^\s,]+"
SPARSE_LINE = re.compile(rf"[\d,\- .]*?(?:(?:^|\s){_FEATURE})+\s*(?:#.*)?$")
"""A line of LIBSVM: labels, if any, and features ``index:value``."""

_HEADER = re.compile(r"\s*(\d{1,9})[ \t]+(\d{1,9})(?:[ \t]+(\d{1,9}))?\s*")


def read_libsvm(content: Content, layout: Layout) -> Reading:
    """Labels of LIBSVM rows: ``3,7 1:0.5 9:1`` has the labels 3 and 7; `` 1:0.5`` has none.

    A first line ``samples features labels`` is the header of the extreme classification repository, whose labels are
    numbered from 0. After a first line ``samples labels`` the rows ``label:1`` are a sparse label matrix.

    Raises:
        InputError: a label that is negative or no integer; a feature that is not ``index:value``; a blank line, which
            could be an empty row as well as none; more or fewer rows than the header says.
    """
    lines = content.text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    header = _HEADER.fullmatch(lines[0])
    if header is None:
        ranked = ("qid: marks grades of a ranking, which are read as labels",) if " qid:" in content.text else ()
        return Reading(f"LIBSVM{content.said}", Listed(tuple(_rows(lines, 1)), base=layout.base, gaps=True), ranked)
    numbers = [int(number) for number in header.groups() if number is not None]
    count = numbers[-1]
    if count > MOST_LABELS:
        raise InputError(f"line 1 declares {count} labels: at most {MOST_LABELS} are read")
    if len(numbers) == 3:
        what, rows = "extreme classification", tuple(_rows(lines[1:], 2))
    else:
        what, rows = "sparse label matrix", tuple(_entries(lines[1:]))
    if len(rows) != numbers[0]:
        raise InputError(f"line 1 declares {numbers[0]} samples and there are {len(rows)}: get the file whole")
    names = layout.named or tuple(map(str, range(count)))
    if len(names) != count or layout.number not in (None, count):
        raise InputError(f"line 1 declares {count} labels: labels= says otherwise, correct one of the two")
    return Reading(f"{what}{content.said}, header {' '.join(map(str, numbers))}", _by_number(rows, names))


def _by_number(rows: tuple[tuple[str, ...], ...], names: tuple[str, ...]) -> Listed:
    for number, row in enumerate(rows, 2):
        for label in row:
            if int(label) >= len(names):
                raise InputError(f"line {number}: label {label} is out of range 0..{len(names) - 1}: correct it")
    return Listed(tuple(tuple(names[int(label)] for label in row) for row in rows), names)


def _rows(lines: list[str], start: int) -> Iterator[tuple[str, ...]]:
    for number, line in enumerate(lines, start):
        content, hash_mark, _ = line.partition("#")
        if not content.strip():
            if hash_mark:
                continue
            raise InputError(f"line {number} is blank: remove it, or write an empty label set with a feature, ' 1:0'")
        yield _labels(content, number)


def _labels(content: str, number: int) -> tuple[str, ...]:
    """Labels of a line: what is left of its first feature, with commas between."""
    begin = re.search(rf"(?:^|\s){_FEATURE}", content)
    left = (content[: begin.start()] if begin else content).strip()
    rest = content[begin.start() :].split() if begin else []
    for feature in rest:
        if ":" not in feature:
            raise InputError(f"line {number}: {show(feature)} is no feature index:value")
    if not left:
        return ()
    tokens = [token.strip() for token in left.split(",")]
    if len(tokens) > 1 and not tokens[-1]:
        raise InputError(f"line {number}: label '' is not a number: write labels as integers with commas between")
    for token in tokens:
        if re.search(r"\s", token):
            raise InputError(
                f"line {number}: {show(token)} is no feature index:value (labels are separated by commas only)"
            )
        if not re.fullmatch(r"-?[0-9]{1,18}", token):
            raise InputError(f"line {number}: label {show(token)} is not a number: write labels as integers")
        if int(token) < 0:
            raise InputError(f"line {number}: label {token} is negative: number the labels from 0 or 1")
        if int(token) > MOST_LABELS:
            raise InputError(f"line {number}: label {token} is out of range: at most {MOST_LABELS} labels are read")
    return tuple(tokens)


def _entries(lines: list[str]) -> Iterator[tuple[str, ...]]:
    for number, line in enumerate(lines, 2):
        row = []
        for entry in line.split():
            label, colon, value = entry.partition(":")
            if not colon or not re.fullmatch(r"[0-9]{1,9}", label):
                raise InputError(f"line {number}: {show(entry)} is no entry label:1: correct it")
            if letter_of(value) not in (PRESENT, ABSENT):
                raise InputError(f"line {number}: entry {show(entry)} is not label:1: correct it")
            if letter_of(value) == PRESENT:
                row.append(label)
        yield tuple(row)


def read_fasttext(content: Content, layout: Layout) -> Reading:  # noqa: ARG001 - as all readers
    """Lines of text with labels ``__label__sea`` among the words; a line without one has no label."""
    rows = [tuple(re.findall(r"(?<!\S)__label__(\S+)", line)) for line in content.lines() if line.strip()]
    clean = [tuple(label.rstrip(",") or label for label in row) for row in rows]
    empty = sum(not row for row in rows)
    commas = sum(label.endswith(",") for row in rows for label in row)
    notes = [f"{empty} lines without __label__ read as samples without labels"] if empty else []
    notes += [f"a comma at the end of {commas} labels is none of their names"] if commas else []
    return Reading(f"FastText{content.said}", Listed(tuple(clean)), tuple(notes))
