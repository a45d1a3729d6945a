"""Tables with a row per sample, whatever they came from: which columns hold the labels, and how.

A table is a header, if there is one, and rows of cells: text of a delimited file, or values of records and data frames.
The first rows are looked at to find the label columns; what they do not tell is asked for.
"""

import itertools
import operator
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verify.labels.errors import InputError, show
from verify.labels.readers.cells import BLANK, FLAG, MINUS, NUMBER, SAYS_SOMETHING, Cells, Whole, letter_of
from verify.labels.readers.common import LabelRows, Listed, Reading, label_columns
from verify.labels.readers.layout import Layout
from verify.labels.readers.lists import SAY_NOTHING, labels_in, looks_listed, separator_of

LOOKED_AT = 2000
"""Rows that are looked at to find out what the columns are."""

Rows = Iterator[tuple[int, Sequence[Any]]]

_KEY = re.compile(
    r"unnamed: ?\d+|\(index\).*|index|idx|ids?|row|row_?(id|number|names?)|.*[_ ]id|.*[a-z]I[dD]"
    r"|.*[_ -]?(file_?name|path|url)|image|img|name"
)
_SPLIT = re.compile(
    r"(is|in|for)_?(train|training|valid|validation|val|test|dev|eval|holdout)|k?folds?|(data_?)?split|partition|subset|phase",
    re.IGNORECASE,
)
_MAYBE_SPLIT = re.compile(r"train|training|valid|validation|val|test|dev|eval|holdout|set", re.IGNORECASE)
_COUNTS = re.compile(r"(sample_?)?(weights?|counts?|freq(uency)?|total)|n", re.IGNORECASE)
_NO_LABEL = re.compile(
    r"(n|nb|num|number_?of|total|count_?of|sum)_?(labels|tags|classes)|.*_pred(icted|ictions?|s)?|pred(icted)?_.*"
    r"|(labels?|tags?)_?count",
    re.IGNORECASE,
)
LISTS_LABELS = re.compile(
    r"(?:^|[^a-z])(labels?|tags?|class(es)?|categor(y|ies)|genres?|targets?|topics?|findings?|keywords?|annotations?"
    r"|concepts?|subjects?|y)(?:$|[^a-z\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    """A column as its first rows show it; ``kind`` is what :func:`kind_of` says."""

    name: str
    position: int
    kind: str
    cells: tuple[Any, ...]
    places: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether it numbers or names the samples, or says to which part they belong: no label, and said aloud."""
        if not self.name:
            return self.position == 0
        if _SPLIT.fullmatch(self.name) or self.is_named_for_keys:
            return True
        whole = len(self.cells) > 2 and len(set(map(str, self.cells))) == len(self.cells)
        return self.kind == "number" and whole and all(str(cell).strip().isdigit() for cell in self.cells)

    @property
    def is_named_for_keys(self) -> bool:
        """Whether its name says that it numbers or names samples."""
        return bool(_KEY.fullmatch(self.name) or _KEY.fullmatch(self.name.lower()))

    @property
    def is_named_for_lists(self) -> bool:
        """Whether its name says that its cells list labels."""
        return bool(LISTS_LABELS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name)))


def read_table(
    what: str, header: Sequence[Any] | None, rows: Rows, layout: Layout, noun: str = "line", whole: Sequence[Whole] = ()
) -> Reading:
    """The labels of a table.

    Args:
        what: kind of table, for what is said about it.
        header: names of the columns; ``None`` if there is none.
        rows: numbered rows, each as long as the header.
        whole: what reads columns of all of them at once, in the order of trying.

    Raises:
        InputError: a repeated column name, no row, no label column that can be told from the rest, or cells that do not
            say whether a label is there; or no row that was asked for.
    """
    if layout.rows is None:
        return _read_table(what, header, rows, layout, noun, whole)
    (column, value), names = layout.rows, [] if header is None else [str(name).strip() for name in header]
    if column not in names:
        have = ", ".join(map(show, names[:9])) or "no names"
        raise InputError(f"column {show(column)} of rows= is not in the header, which has {have}")
    seen: Counter[str] = Counter()
    kept = _with_value(rows, names.index(column), column, value, seen)
    others = replace(layout, rows=None, ignore=(*layout.ignore, column))
    found = _read_table(what, header, kept, others, noun)
    return replace(found, notes=(f"{ROWS_WITH} {column} = {value}, {seen[value]} of {seen.total()}", *found.notes))


ROWS_WITH = "only rows with"
"""How it is said that some rows were asked for."""


def _with_value(rows: Rows, position: int, column: str, value: str, seen: Counter[str]) -> Rows:
    """The rows that have a value in a column; ``seen`` counts those that do, and has a few of the other values."""
    for line, row in rows:
        text = str(row[position]).strip()
        seen[text if text == value or len(seen) < 6 else "..."] += 1
        if text == value:
            yield line, row
    if not seen[value]:
        have = ", ".join(map(show, seen)) or "none"
        raise InputError(f"no row has {column} = {show(value)}, as rows= says: its values are {have}")


def _read_table(
    what: str, header: Sequence[Any] | None, rows: Rows, layout: Layout, noun: str, whole: Sequence[Whole] = ()
) -> Reading:
    first = list(itertools.islice(rows, LOOKED_AT))
    rows = itertools.chain(first, rows)
    if not first:
        raise InputError("there is no data row: give at least one")
    names = column_names(header, len(first[0][1]), "line 1: " if noun == "line" else "")
    places, looked_at = tuple(f"{noun} {line}" for line, _ in first), list(zip(*(row for _, row in first), strict=True))
    columns = [
        Column(name, i, kind_of(cells, layout), cells, places)
        for i, (name, cells) in enumerate(zip(names, looked_at, strict=True))
    ]
    shape = f"{what}, {len(names)} columns"
    listing = _list_column(columns, header is not None, layout)
    if listing is not None:
        _require_no_weights([], [one for one in columns if one is not listing and one.name not in layout.ignore])
        return _read_lists(shape, listing, columns, rows, layout)
    chosen, notes = _flag_columns(columns, header is not None, layout)
    labels = tuple(column.name for column in chosen)
    if layout.named is not None and header is None:
        labels = layout.named
    positions = [column.position for column in chosen]
    if len(positions) < 2:
        raise InputError(f"{len(positions)} label(s): a contrast between labels needs at least 2")
    settled = next(filter(None, (Cells(labels, layout, noun).whole(read, positions) for read in whole)), None)
    cells, pick = Cells(labels, layout, noun), operator.itemgetter(*positions)
    found, said = settled or cells.rows(cells.blocks((line, pick(row)) for line, row in rows))
    where = f"{shape}, labels in columns {_ranges(positions)}"
    return Reading(where, found, (*notes, *said))


def column_names(header: Sequence[Any] | None, width: int, where: str) -> list[str]:
    """The names of the columns, numbers if there are none; refuses one that occurs twice."""
    if header is None:
        return [str(i) for i in range(width)]
    names = [str(name).strip() for name in header]
    repeated = [name for name, count in Counter(names).items() if count > 1 and name]
    if repeated:
        raise InputError(f"{where}column name {show(repeated[0])} occurs twice: give a header of distinct names")
    return names


def kind_of(cells: Sequence[Any], layout: Layout = Layout()) -> str:  # noqa: B008 - immutable
    """What a column holds: flags are 0 and 1; "dirty" ones, a few other things too.

    Example:
        >>> [kind_of(c) for c in (["0", "1"], ["a|b", "c"], ["a b", "c d"], ["7", "3.5"], ["", ""])]
        ['flag', 'list', 'text', 'number', 'blank']
    """
    types = set(map(type, cells))
    if any(issubclass(one, list | tuple | set | frozenset) for one in types):
        return "list"
    letters: Counter[int] = Counter()
    for cell, times in Counter(cells if types <= _PLAIN else map(_plain, cells)).items():
        letters[letter_of(cell, layout)] += times
    said = sum(letters[letter] for letter in SAYS_SOMETHING)
    if FLAG.issuperset(letters):
        return "flag" if said else "blank"
    if 2 * said >= len(cells) - letters[BLANK]:
        return "dirty"
    if letters.keys() <= FLAG | {NUMBER}:
        return "number"
    return "list" if looks_listed(cells) else "text"


_PLAIN = {str, bool, int, float, type(None)}


def _plain(cell: Any) -> Any:
    return cell if type(cell) in _PLAIN else str(cell)


# ---------------------------------------------------------------------- a column whose cells list labels


def _list_column(columns: Sequence[Column], headed: bool, layout: Layout) -> Column | None:
    """The column whose cells list labels, if the labels are in one; asked for where several could be."""
    if layout.field is not None:
        found = [column for column in columns if layout.field == column.name]
        found = found or [column for column in columns if layout.field == str(column.position + 1)]
        if not found:
            have = ", ".join(show(column.name) for column in columns[:9])
            raise InputError(f"column {show(layout.field)} is not in the header: field= is one of {have}")
        if found[0].kind == "flag" and headed and not found[0].is_named_for_lists:
            raise InputError(
                f"column {show(found[0].name)} holds 0 and 1, so it is one label, and a contrast between labels needs "
                "at least 2: name all label columns with labels="
            )
        return found[0]
    named = layout.named
    if named is not None and headed and any(name in {column.name for column in columns} for name in named):
        return None
    flags = [
        column for column in columns if column.kind == "flag" and not column.is_key and column.name not in layout.ignore
    ]
    if layout.number is not None and _are_flags(columns, layout.number):
        return None
    rest = [column for column in columns if column.name not in layout.ignore and column.kind != "blank"]
    candidates = [column for column in rest if column.is_named_for_lists and column.kind != "flag" and headed]
    candidates = [column for column in candidates if column.kind == "list"] or candidates
    candidates = candidates or [column for column in rest if column.kind == "list"]
    if not candidates and not headed and len(flags) < 2:
        candidates = [column for column in rest if column.kind == "number" and _repeats(column)] or (
            rest if len(rest) == 1 else []
        )
    if len(flags) > 1 and candidates:
        if any(column.kind == "list" for column in candidates):
            understood = "" if layout.number is None else f"{_understood(columns, layout.number)}; "
            raise InputError(
                f"{understood}labels could be the lists in column {show(candidates[0].name)} or the columns "
                f"{show(flags[0].name)}, {show(flags[1].name)}, ...: say which with field= or labels= , or leave the "
                f"column out with ignore={candidates[0].name}"
            )
        return None
    if len(candidates) > 1:
        which = ", ".join(show(column.name) for column in candidates[:5])
        raise InputError(f"labels could be in any of the columns {which}: say which with field=")
    return candidates[0] if candidates else _long_column(rest)


def _are_flags(columns: Sequence[Column], number: int) -> bool:
    """Whether the first (or last) columns are 0/1 columns, so that the number speaks of columns."""
    if number == 0 or abs(number) > len(columns):
        return False
    return number < 0 or all(column.kind in {"flag", "blank", "number"} for column in columns[:number])


def _understood(columns: Sequence[Column], number: int) -> str:
    """What a number of labels says of columns."""
    some = columns[:number] if number > 0 else columns[number:]
    names = ", ".join(show(column.name) for column in some[:4]) + (", ..." if len(some) > 4 else "")
    ends = ("first", "last") if number > 0 else ("last", "first")
    return f"labels= {number} are the {ends[0]} {abs(number)} columns, {names} (labels= {-number}: the {ends[1]})"


def _repeats(column: Column) -> bool:
    return len(set(map(str, column.cells))) < len(column.cells)


def _long_column(rest: Sequence[Column]) -> Column | None:
    """The label column of a table with a row per sample and label: two columns of which the first repeats."""
    if len(rest) == 2 and _repeats(rest[0]) and rest[1].kind in {"text", "number"}:
        return rest[1]
    return None


def _read_lists(shape: str, listing: Column, columns: Sequence[Column], rows: Rows, layout: Layout) -> Reading:
    separator = layout.separator or separator_of(listing.cells)
    if separator is None and listing.kind != "list" and any(" " in str(cell).strip() for cell in listing.cells):
        if not listing.is_named_for_lists and layout.field is None:
            raise InputError(f"column {show(listing.name)} could be text or labels: say which with field=")
        if not listing.name.lower().endswith("s") and any(re.search(r"[^\W\d]", str(cell)) for cell in listing.cells):
            raise InputError(
                f"cells of column {show(listing.name)} could be one label or several: say with separator= what stands "
                "between labels, ' ' or a sign that does not occur"
            )
        separator = " "
    one_each = listing.kind != "list"
    key = _key_of_lists([column for column in columns if column is not listing], layout) if one_each else None
    lists: list[tuple[str, ...]] = []
    nothing: dict[str, list[int]] = {}
    blank = 0
    heads: list[Any] = []
    for line, row in rows:
        cell = row[listing.position]
        blank += isinstance(cell, list | tuple) and any(isinstance(one, str) and not one.strip() for one in cell)
        if isinstance(cell, str) and cell.strip().lower() in SAY_NOTHING:
            nothing.setdefault(cell.strip(), []).append(len(lists))
            cell = ""
        lists.append(labels_in(cell, separator, f"line {line}"))
        heads.append(line if key is None else _plain(row[key.position]))
    occurring = {label for one in lists for label in one}
    if layout.separator is None:
        _require_single(occurring, separator)
    rows_of_head = Counter(heads) if key else {}
    for text, at in list(nothing.items()):
        if text in occurring or any(rows_of_head.get(heads[i], 0) > 1 for i in at):
            for i in nothing.pop(text):  # it stands beside other labels too, so it is one
                lists[i] = (text,)
    how = f"lists, separated by {show(separator)}" if separator else "lists"
    notes = [f"{show(text)} in {len(rows_of)} rows read as no label" for text, rows_of in nothing.items()]
    notes += [f"'' in the lists of {blank} rows read as no label"] * bool(blank)
    where = f"{shape}, labels in column {listing.position + 1} ({show(listing.name)})"
    if key and all(len(one) <= 1 for one in lists) and len(set(heads)) < len(heads):
        _require_sure(key, [column for column in columns if column not in (key, listing)], layout)
        grouped: dict[Any, list[str]] = {}
        for head, one in zip(heads, lists, strict=True):
            grouped.setdefault(head, []).extend(one)
        notes.append(f"rows of one {show(key.name)} are one sample: {len(lists)} rows, {len(grouped)} samples")
        return Reading(f"{where}, one per row", Listed(tuple(map(tuple, grouped.values()))), tuple(notes))
    if one_hot := _one_hot(lists, layout):
        return Reading(f"{where}, a vector of 0 and 1 in each cell", one_hot, tuple(notes))
    return Reading(f"{where}, {how}", Listed(tuple(lists)), tuple(notes))


def _require_single(occurring: set[str], separator: str | None) -> None:
    """Asks about a sign between what are labels elsewhere, ``sea/sky`` beside ``sky``; and about ``110``."""
    for label in sorted(occurring):
        for sign in "/+&" if separator is None else ",;|":
            parts = [part.strip() for part in label.split(sign)]
            if len(parts) > 1 and occurring.issuperset(parts[-1:]) and all(parts):
                raise InputError(
                    f"{show(label)} could be one label or {len(parts)}: say with separator= what stands between labels"
                )
    if len(occurring) > 1 and max(map(len, occurring)) > 2 and set("".join(occurring)) == {"0", "1"}:
        raise InputError(
            f"{show(max(occurring, key=len))} could be indicators or a number: write them apart, [0, 1, 1, 0]"
        )


def _require_sure(key: Column, others: Sequence[Column], layout: Layout) -> None:
    """Asks about a column of 0 and 1 beside a label per row: the rows with 0 may say that it is not there."""
    odd = next((one for one in others if one.kind == "flag" and not one.is_key and one.name not in layout.ignore), None)
    if odd is not None:
        raise InputError(
            f"rows of one {show(key.name)} are one sample, and column {show(odd.name)} may say that a label is absent: "
            f"keep the rows that count with rows={odd.name}=1 , or leave the column out with ignore={odd.name}"
        )


def _key_of_lists(columns: Sequence[Column], layout: Layout) -> Column | None:
    """The column that says which rows are one sample, if it may be that a sample has several: the only one, or the
    only one that is named for it. What numbers or names rows apart says that each is a sample."""
    columns = [column for column in columns if column.kind != "blank" and column.name not in layout.ignore]
    columns = [column for column in columns if not _SPLIT.fullmatch(column.name)]
    columns = [column for column in columns if column.is_named_for_keys] or columns
    repeating = [column for column in columns if _repeats(column)]
    if len(columns) == 1:
        (key,) = columns
        return key if key.is_named_for_keys or not any(" " in str(cell).strip() for cell in key.cells) else None
    if not repeating or len(repeating) < len(columns) or not repeating[0].is_named_for_keys:
        return None
    names = " and ".join(show(column.name) for column in repeating[:2])
    raise InputError(f"{names} repeat: leave the one out that does not say which rows are one sample, with ignore=")


def _one_hot(lists: Sequence[tuple[str, ...]], layout: Layout) -> LabelRows | None:
    """Lists of one length that hold only 0 and 1 are indicators; two such numbers could be two labels, and are asked
    about."""
    width = len(lists[0])
    flags = {"True": "1", "False": "0"}
    if set().union(*lists) <= flags.keys():
        lists = [tuple(flags[one] for one in row) for row in lists]
    if width < 2 or any(len(one) != width for one in lists) or not set().union(*lists) <= {"0", "1"}:
        return None
    if width == 2 and all(len(set(one)) == 2 for one in lists):
        raise InputError("every cell is [0, 1] or [1, 0], labels or indicators: name the labels with labels=")
    names = layout.named or tuple(map(str, range(width)))
    if len(names) != width:
        raise InputError(f"{width} values in each cell but {len(names)} labels: give as many names")
    return LabelRows(names, tuple(int("".join(one)[::-1], 2) for one in lists))


# ---------------------------------------------------------------------- columns of 0 and 1


def _flag_columns(columns: Sequence[Column], headed: bool, layout: Layout) -> tuple[list[Column], list[str]]:
    """The columns of which each is one label, and in words what was left out."""
    stated = layout.labels
    if isinstance(stated, tuple) and not headed:
        chosen, left = _told_apart(columns, layout)
        if len(chosen) != len(stated):
            raise InputError(f"{len(chosen)} columns of 0 and 1 but {len(stated)} labels: give as many names")
        return chosen, _said_left_out(left)
    if stated is not None:
        header = [column.name for column in columns if not (column.kind == "blank" and not column.name)]
        chosen = [columns[i] for i in label_columns(header, stated, "column")]
        odd = next((column for column in chosen if column.kind in {"text", "list", "number"}), None)
        if isinstance(stated, int) and odd is not None:
            cell = next(cell for cell in odd.cells if letter_of(cell, layout) not in FLAG)
            raise InputError(
                f"{_understood(columns, stated)}, and {show(odd.name)} has {show(str(cell))}: name the labels"
            )
        return chosen, []
    chosen, left = _told_apart(columns, layout)
    return chosen, [*_said_left_out(left), *_said_odd(chosen)]


def _told_apart(columns: Sequence[Column], layout: Layout) -> tuple[list[Column], list[Column]]:
    """Label columns and the others; refuses what could be either."""
    unknown = [name for name in layout.ignore if name not in {column.name for column in columns}]
    if unknown:
        raise InputError(f"column {show(unknown[0])} of ignore= is not in the header")
    left = [
        column
        for column in columns
        if column.name in layout.ignore or column.is_key or column.kind in {"text", "list"}
        or (column.kind == "blank" and not column.name)
    ]  # fmt: skip
    rest = [column for column in columns if column not in left]
    flags = [column for column in rest if column.kind in {"flag", "dirty"}]
    if len(flags) < 2:
        _refuse_too_few(columns, rest, flags)
    for column in rest:
        if column.kind == "number" and not _is_feature(column):
            raise InputError(_no_flag(column))
    chosen = [column for column in rest if column.kind in {"flag", "dirty", "blank"}]
    between = columns[chosen[0].position : chosen[-1].position + 1]
    between = [column for column in between if column not in chosen and column.name not in layout.ignore]
    other = [column for column in between if not (column.is_named_for_keys or _SPLIT.fullmatch(column.name))]
    if other:
        raise InputError(
            f"columns of 0 and 1 stand on either side of {show(other[0].name)}: say which are labels with labels="
        )
    _require_no_split(chosen)
    _require_no_weights(chosen, [column for column in columns if column.name not in layout.ignore])
    return chosen, left + [column for column in rest if column not in chosen]


_KINDS = {
    "flag": "0 and 1",
    "dirty": "mostly 0 and 1, with other cells among them",
    "number": "numbers",
    "text": "text",
    "list": "lists",
    "blank": "empty",
}
"""What columns hold, for people."""


def _refuse_too_few(columns: Sequence[Column], rest: Sequence[Column], flags: Sequence[Column]) -> None:
    numbers = [column for column in rest if column.kind == "number"]
    if numbers:
        raise InputError(_no_flag(numbers[0]))
    have = ", ".join(f"{show(column.name)} ({_KINDS[column.kind]})" for column in columns[:9])
    if flags or len(columns) == 1:
        raise InputError(f"{len(flags)} label(s) among the columns {have}: a contrast between labels needs at least 2")
    slots = [show(column.name) for column in columns if column.kind == "text" and re.fullmatch(r"\D+\d", column.name)]
    if len(slots) > 1:
        raise InputError(
            f"columns {', '.join(slots)} could hold a label each, and lists are read from one column: join them in "
            "one, with | between labels, and name it with field="
        )
    raise InputError(
        f"no label column is found among {have}: name those of 0 and 1 with labels= , one of lists with field= , "
        "words for yes and no with present= and absent="
        + " (format= lists if each line lists labels)"
        * all(column.kind == "text" for column in columns)
    )


def _no_flag(column: Column) -> str:
    cells = zip(column.places, column.cells, strict=True)
    place, cell = next((place, cell) for place, cell in cells if letter_of(cell) == NUMBER)
    return (
        f"{place}: label {show(column.name)} is {show(str(cell))}: a label is 0 or 1; leave the column out with "
        "ignore= , name the label columns with labels= , or say with threshold= from where on a label is present"
    )


def _is_feature(column: Column) -> bool:
    """Whether a column of numbers can be no label: neither counts nor probabilities."""
    values = [float(cell) for cell in column.cells if letter_of(cell) in (NUMBER, MINUS)]
    return any(value < 0 or value > 9 or (value > 1 and value != int(value)) for value in values)


def _require_no_split(chosen: Sequence[Column]) -> None:
    """Asks about a column that could be a label or a part of the data: ``train``, at either end."""
    odd = [column for column in (chosen[0], chosen[-1]) if _MAYBE_SPLIT.fullmatch(column.name)]
    facts = [column for column in chosen if re.match(r"(is|has)_", column.name, re.IGNORECASE)]
    odd += facts if len(facts) < len(chosen) else []
    if odd:
        raise InputError(
            f"column {show(odd[0].name)} may be no label: say so with ignore={odd[0].name}, or name all with labels="
        )


def _require_no_weights(chosen: Sequence[Column], columns: Sequence[Column]) -> None:
    """Asks about columns that count something else: rows, or the labels of a row; or that a model predicted."""
    numbers = [one for one in columns if one.kind not in {"text", "list"}]
    counts = next(
        (one for one in numbers if _COUNTS.fullmatch(one.name) and (one.kind == "number" or one.name.lower() != "n")),
        None,
    )
    if counts is not None:
        raise InputError(
            f"column {show(counts.name)} may weigh the rows: leave it out with ignore={counts.name} , repeat rows, "
            'or give JSON, {"labels": [...], "sets": [{"labels": [...], "weight": ...}]}'
        )
    odd = next((one for one in chosen if _NO_LABEL.fullmatch(one.name)), None)
    if odd is not None:
        raise InputError(f"column {show(odd.name)} may be no label: say so with ignore= , or name all with labels=")


def _said_left_out(left: Sequence[Column]) -> list[str]:
    names = [column.name or f"column {column.position + 1}" for column in left]
    if not names:
        return []
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return [f"no labels: {', '.join(names[:6])}{more}"]


def _said_odd(chosen: Sequence[Column]) -> list[str]:
    """A word on the one column that is spelt in words among columns of digits, or the other way round."""
    words = [column for column in chosen if all(str(c).strip().isalpha() for c in column.cells if str(c).strip())]
    digits = [column for column in chosen if column not in words]
    odd = next((few for few in (words, digits) if len(few) == 1 < len(chosen) - 1), [])
    return [
        f"{show(one.name)} is taken for a label though it is spelt otherwise: ignore={one.name} if not" for one in odd
    ]


def _ranges(positions: Sequence[int]) -> str:
    """Column numbers from 1: ``3-7, 9``."""
    parts: list[list[int]] = []
    for position in positions:
        if parts and position == parts[-1][-1] + 1:
            parts[-1][1:] = [position]
        else:
            parts.append([position])
    shown = ", ".join("-".join(str(end + 1) for end in part) for part in parts[:9])
    return shown + (", ..." if len(parts) > 9 else "")
