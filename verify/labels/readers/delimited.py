"""Delimited text: which delimiter, whether the first line is a header, and the rows for :mod:`tables`."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.labels.errors import InputError, show
from verify.labels.readers.cells import FLAG, WORD, letter_of
from verify.labels.readers.common import Listed, Reading
from verify.labels.readers.content import Content
from verify.labels.readers.large import whole_text
from verify.labels.readers.layout import Layout
from verify.labels.readers.lists import LONGEST, labels_in, separator_of
from verify.labels.readers.tables import LISTS_LABELS, LOOKED_AT, kind_of, read_table

_DELIMITERS = ("::", *",\t;| ")
_UNIT = "\x1f"
_WORDS = {"::": "double colon", ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", " ": "blanks"}


@dataclass
class _Lines:
    """The lines of a table without comments, and how many have been read."""

    content: Content
    skipped: int = 0
    comment: str = ""

    def __iter__(self) -> Iterator[str]:
        lines = iter(self.content.lines())
        first = list(itertools.islice(lines, 2))
        if len(first) == 2 and first[0].strip().isdigit() and re.search("[A-Za-z]", first[1]):
            self.skipped += 1  # the number of rows, as CelebA has it
            first.pop(0)
        lines = itertools.chain(first, lines)
        for line in lines:
            if line.strip() and not line.startswith(("#", "%")) and not re.fullmatch(r"sep=.\s*", line, re.IGNORECASE):
                yield line
                break
            self.comment = line[1:].strip() if line.startswith(("#", "%")) else self.comment
            self.skipped += 1
        yield from lines


def stated_delimiter(content: Content) -> str | None:
    """What a line ``sep=;`` says, as spreadsheets write it."""
    found = re.match(r"sep=(.)\s*$", next(iter(content.lines())), re.IGNORECASE)
    return found[1] if found else None


def delimiter_of(content: Content) -> str | None:
    """The sign that splits the first rows into equally many cells, at least two; ``None`` if there is none.

    The header may have one cell less (names of rows) or every row one more, which is blank (a sign at the end).
    """
    head = list(itertools.islice(_Lines(content), LOOKED_AT))
    best: tuple[float, bool, int, str] | None = None
    for rank, delimiter in enumerate(_DELIMITERS):
        widths: list[int] = []
        try:
            widths.extend(len(row) for row in _cells(head, delimiter) if row)
        except csv.Error as fault:
            if len(head) < LOOKED_AT or "end of data" not in str(fault):  # else the last row goes on
                continue
        body = widths[1:] or widths
        usual = max(set(body), key=body.count, default=0)
        share = body.count(usual) / max(len(body), 1)
        least = 0.5 if content.name.endswith((".csv", ".tsv")) else 0.9
        fits = usual > 1 and share >= least and 1 < widths[0] in (usual, usual - 1, usual + 1)
        found = (share, fits and widths[0] == usual, -rank, delimiter)
        if fits and (best is None or found > best):
            best = found
    return best[3] if best else None


def _cells(lines: Iterable[str], delimiter: str) -> Any:
    csv.field_size_limit((1 << 31) - 1)  # a text may be long; what is read in all is bounded
    if len(delimiter) > 1:  # MovieLens
        return csv.reader((line.replace(delimiter, _UNIT) for line in lines), delimiter=_UNIT, quoting=csv.QUOTE_NONE)
    if delimiter == " ":
        return csv.reader((line.strip() for line in lines), delimiter=" ", skipinitialspace=True, strict=True)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == ",", strict=True)


def read_delimited(content: Content, layout: Layout) -> Reading:
    """The labels of a table of text, see :func:`tables.read_table`.

    Raises:
        InputError: a ragged row, broken quoting, a first line that could be a header or not, or as ``read_table``.
    """
    delimiter = layout.delimiter or stated_delimiter(content) or delimiter_of(content)
    lines = _Lines(content)
    reader = _cells(lines, delimiter or "\0")
    every = reader if delimiter else (row or [""] for row in reader)  # one column: a blank line is a sample
    try:
        head = [(reader.line_num + lines.skipped, row) for row in itertools.islice(every, LOOKED_AT) if row]
        if not head:
            raise InputError("there is no data row: give at least one")
        header, body, where = _headed(head, lines.comment, layout)
        widths = [len(row) for _, row in body] or [len(head[0][1])]
        width = max(set(widths), key=widths.count)
        if header is not None and width == len(header) - 1 and not header[-1].strip():
            header = header[:-1]
        if header is not None and len(header) != width:
            header = _completed(header, body, width)
            width = len(header)
        rest = ((reader.line_num + lines.skipped, row) for row in every if row)
        rows = _even(itertools.chain(body, rest), width, header)
        whole = whole_text(content, head[0][0] if len(body) < len(head) else lines.skipped, delimiter, width, layout)
        if delimiter == ";" and (decimal := _decimal_commas(body, header, layout)):
            rows, where, whole = _with_points(rows, decimal), f"{where}, decimal commas", []
        if not delimiter and (count := sum(not line.strip() for line in _Lines(content))):
            where += f", {count} blank lines are samples without labels"
        what = f"table{content.said}, {_WORDS.get(delimiter or '', 'one column')}, {where}"
        return read_table(what, header, rows, layout, whole=whole)
    except csv.Error as fault:
        raise InputError(
            f"line {reader.line_num + lines.skipped}: it is not valid CSV ({fault}): correct the quoting"
        ) from None


def _decimal_commas(body: Sequence[tuple[int, list[str]]], header: Sequence[str] | None, layout: Layout) -> list[int]:
    """The columns of numbers with a decimal comma. A single such column could list two labels each, unless others are
    of 0 and 1, or a 0 follows a comma, as in 7,05; one that is named for lists does."""
    columns = [[cell.strip() for cell in column] for column in zip(*(row for _, row in body), strict=False)]
    names = header or [""] * len(columns)
    found = [
        i
        for i, (name, column) in enumerate(zip(names, columns, strict=False))
        if all(re.fullmatch(r"([+-]?\d+(,\d+)?)?", cell) for cell in column)
        and any("," in cell for cell in column)
        and name.strip() != layout.field
        and not LISTS_LABELS.search(name)
    ]
    sure = any(re.search(r",0\d", cell) for i in found for cell in columns[i])
    flags = sum(kind_of(column, layout) == "flag" for column in columns)
    return found if sure or len(found) > 1 or flags > 1 else []


def _with_points(rows: Iterable[tuple[int, list[str]]], columns: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    for line, row in rows:
        for i in columns:
            row[i] = row[i].replace(",", ".")
        yield line, row


def _completed(header: list[str], body: Sequence[tuple[int, list[str]]], width: int) -> list[str]:
    """A header one cell short, with what has no name: names of rows, as R writes them, or blanks at the end."""
    even = len(header) == width - 1 and all(len(row) == width for _, row in body)
    if even and all(not row[-1].strip() for _, row in body):
        return [*header, ""]
    first = [row[0] for _, row in body]
    alike = Path(header[0]).suffix and {Path(cell).suffix for cell in first} == {
        Path(header[0]).suffix
    }  # one more file
    if even and not alike and len(set(first)) == len(first) and not all(letter_of(cell) in FLAG for cell in first):
        return ["", *header]
    return header


def _even(
    rows: Iterable[tuple[int, list[str]]], width: int, header: Sequence[str] | None
) -> Iterator[tuple[int, list[str]]]:
    for line, row in rows:
        if len(row) != width:
            under = (
                f"under a header of {len(header)} names" if header is not None else f"where the first row has {width}"
            )
            raise InputError(f"line {line}: {len(row)} cells {under}: correct the row")
        yield line, row


# ---------------------------------------------------------------------- header or none


def _headed(
    head: list[tuple[int, list[str]]], comment: str, layout: Layout
) -> tuple[list[str] | None, list[tuple[int, list[str]]], str]:
    """The header, if the first line is one, the rows, and what is said about it."""
    (_, first), body = head[0], head[1:]
    if layout.header or (layout.header is None and _names_columns(first, body, layout)):
        return [name.strip() for name in first], body, "header"
    if layout.header is None:
        for delimiter in _DELIMITERS:  # numpy.savetxt writes the header as a comment
            names = [name.strip() for name in comment.split(delimiter)]
            if len(names) == len(first) > 1 and all(names) and letter_of(names[0]) == WORD:
                return names, head, "header in a comment"
    return None, head, "no header"


def _names_columns(first: list[str], body: list[tuple[int, list[str]]], layout: Layout) -> bool:
    """Whether the first line names the columns: where all others say 0 or 1, it does not."""
    if not body:
        return any(letter_of(cell, layout) == WORD for cell in first)
    offset = len(body[0][1]) - len(first)
    flags: list[str] = []
    met: set[str] = set()
    for i, cell in enumerate(first):
        column = [row[i + max(offset, 0)] for _, row in body if len(row) > i + max(offset, 0)]
        if column and kind_of(column, layout) == "flag":
            flags.append(cell.strip())
            met.update(one.strip().lower() for one in column)
        elif column and kind_of(column, layout) == "number" and letter_of(cell, layout) == WORD:
            return True
    if not flags:
        return _names_lists(first, body)
    digits = all(cell.isdigit() for cell in flags)
    if (
        digits
        and (len(flags) > 2 or flags[0] > "0")
        and [int(cell) - int(flags[0]) for cell in flags] == list(range(len(flags)))
    ):
        return True  # 0, 1, 2, ...: what a table of numbered columns begins with
    if sorted(flags) == ["0", "1"]:
        if not all(cell.strip() for cell in first):
            return True  # a column without a name: what a data frame writes
        raise InputError(
            f"line 1 is {', '.join(first)}: say with header=True or header=False whether it names the columns"
        )
    return not all(cell.lower() in met or (letter_of(cell, layout) in FLAG and not cell.isalpha()) for cell in flags)


def _names_lists(first: list[str], body: list[tuple[int, list[str]]]) -> bool:
    """The same where no column is 0/1: a line whose cells are labels of other rows, or numbers, names nothing."""
    for i, cell in enumerate(first):
        column = [row[i] for _, row in body if len(row) > i]
        separator = separator_of([cell, *column])
        if (
            cell.strip().startswith("[")
            or (re.search(r"\.\w{2,4}$", cell) and all(one.endswith(cell[cell.rindex(".") :]) for one in column))
            or ("|" in cell and any(one.strip() for one in column))
            or (separator and separator in cell and any(separator in one for one in column))
        ):
            return False
        try:
            met = {label for one in column for label in labels_in(one, separator, "")}  # words of a text are none
        except InputError:
            continue
        if cell.strip() and cell.strip() in met:
            if LISTS_LABELS.search(cell):
                raise InputError(
                    f"line 1 has {show(cell)}, a label or the name of a column: say with header=True or header=False"
                )
            return False
        if re.fullmatch(r"[\d,; |.]+", cell.strip()):
            return False
    return all(letter_of(cell) == WORD or cell.strip().isalpha() or not cell.strip() for cell in first)


def read_label_lists(content: Content, layout: Layout) -> Reading:
    """A line per sample that lists its labels; a blank line is a sample without any."""
    lines = [line.strip() for line in content.lines()]
    separator = layout.separator or separator_of(lines) or " "
    unknown = InputError(
        "it is not a label file that is known (text, and no table or list of labels): give format= , or save the "
        "labels as CSV with a header"
    )
    try:
        rows = [labels_in(line, separator, f"line {number}") for number, line in enumerate(lines, 1)]
    except InputError:
        if layout.format is None:
            raise unknown from None
        raise
    heads = [row[0] for row in rows if row]
    named = len(set(heads)) == len(rows) and all(re.search(r"[./\\]", head) for head in heads)
    if named:
        rows = [row[1:] for row in rows]
    labels = {label for row in rows for label in row}
    mixed = len(labels) < 2 or 0 < sum(label.isdigit() for label in labels) < len(labels)
    if layout.format is None and (mixed or max(map(len, labels)) > LONGEST):
        raise unknown
    blank = sum(not row for row in rows)
    notes: tuple[str, ...] = (
        (f"{blank} {'' if named else 'blank '}lines read as samples without labels",) if blank else ()
    )
    notes += ("no labels: the first word of each line, a file",) if named else ()
    return Reading(
        f"a list of labels per line{content.said}, separated by {show(separator)}", Listed(tuple(rows)), notes
    )
