"""Rows that list their labels by name or number: which labels there are, settled for all files of a data set."""

import itertools
import re
from collections.abc import Iterable, Sequence

from verify.labels.errors import InputError, show
from verify.labels.readers.common import MOST_LABELS, LabelRows, Listed
from verify.labels.readers.layout import Layout


def settled(parts: Sequence[Listed], layout: Layout) -> tuple[list[LabelRows], list[str]]:
    """The label sets of the rows of every part, over the same labels; and in words how those were found.

    What is stated or declared comes first. Numbers that fill at least half of their range stand for all of it, sparser
    ones for themselves; names are sorted.

    Raises:
        InputError: a label that is not one of those stated or declared, labels numbered from nobody knows where, no
            label at all, or more than :data:`MOST_LABELS`.

    Example:
        >>> rows, notes = settled([Listed((("2", "3"), (), ("1",)))], Layout())
        >>> rows[0].labels, rows[0].masks
        (('1', '2', '3'), (6, 0, 1))
    """
    occurring = {label for part in parts for row in part.rows for label in row}
    if occurring & {"True", "False"}:
        raise InputError("True or False is no label: list names, or as many 0 and 1 in each row as there are labels")
    numbers = _numbers(occurring)
    known = layout.named or _declared(parts)
    notes: list[str] = []
    if known is not None and (occurring <= set(known) or numbers is None):
        index = {name: k for k, name in enumerate(known)}
    elif numbers is not None:
        known, index, notes = _numbered(parts, numbers, known, layout)
    else:
        known = tuple(sorted(occurring))
        index = {name: k for k, name in enumerate(known)}
        if layout.number is not None and layout.number != len(known):
            raise InputError(f"{len(known)} labels occur, {layout.number} were asked for: name them with labels=")
    if not known:
        raise InputError("no label occurs in it: name the labels with labels=")
    alike = [
        both
        for both in itertools.pairwise(sorted(set(known), key=lambda name: (name.casefold(), name)))
        if len(set(map(str.casefold, both))) < 2
    ]
    if alike:
        notes.append(f"{show(alike[0][0])} and {show(alike[0][1])} differ in case only, and are two labels")
    repeats = sum(len(row) - len(set(row)) for part in parts for row in part.rows)
    if repeats:
        notes.append(f"{repeats} repeats of a label within a row count once")
    return [LabelRows(known, tuple(_masks(part, index, len(known))), part.weights) for part in parts], notes


def _declared(parts: Sequence[Listed]) -> tuple[str, ...] | None:
    declared = {part.known for part in parts}
    if len(declared) > 1:
        raise InputError("the files declare different labels: read parts of one data set")
    return declared.pop()


def _numbers(occurring: Iterable[str]) -> list[int] | None:
    """The labels as numbers, ascending, if every one is a number."""
    if not all(re.fullmatch(r"-?[0-9]{1,18}", label) for label in occurring):
        return None
    numbers = sorted({int(label) for label in occurring})
    if numbers and numbers[0] < 0:
        raise InputError(f"label {numbers[0]} is negative: number the labels from 0 or 1")
    return numbers


def _numbered(
    parts: Sequence[Listed], numbers: list[int], known: tuple[str, ...] | None, layout: Layout
) -> tuple[tuple[str, ...], dict[str, int], list[str]]:
    """Label names, their positions as they are spelt in the rows, and notes."""
    count = len(known) if known is not None else layout.number
    _require_few(count or 0)
    notes: list[str] = []
    listed = all(part.gaps is None for part in parts)
    declared = [part.base for part in parts if part.base is not None]
    base = layout.base if layout.base is not None else min(declared) if declared else None
    largest = numbers[-1] if numbers else 0
    if base is None:
        base = _base(numbers, count, listed)
        if base == 1 and count is None:
            notes.append("labels numbered from 1, since no label 0 occurs: base= 0 says otherwise")
    if count is None and listed and 2 * len(numbers) < largest + 1 - base:
        _require_few(len(numbers))
        notes.append(f"labels are the {len(numbers)} numbers that occur: labels= N says how many there are")
        names = tuple(map(str, numbers))
        return names, _spellings(parts, dict(zip(numbers, range(len(numbers)), strict=True))), notes
    if count is None:
        count = largest + 1 - base
        notes.append(f"{count} labels up to the largest number that occurs: labels= N says how many there are")
    _require_few(count)
    if numbers and not base <= numbers[0] <= largest <= base + count - 1:
        wrong = largest if largest > base + count - 1 else numbers[0]
        row = next(i for part in parts for i, row in enumerate(part.rows, 1) if str(wrong) in map(_plain, row))
        raise InputError(
            f"row {row}: label {wrong} is out of range {base}..{base + count - 1}: correct it, base= or labels="
        )
    names = known if known is not None else tuple(str(base + k) for k in range(count))
    return names, _spellings(parts, {number: number - base for number in numbers}), notes


def _base(numbers: list[int], count: int | None, listed: bool) -> int:
    """Where labels are numbered from, as far as the numbers themselves tell."""
    if not numbers or numbers[0] == 0:
        return 0
    if count is None or numbers[-1] >= count:
        return 1
    if listed:
        return 0  # class numbers of records, which programs write
    raise InputError(
        f"labels are numbered {numbers[0]}..{numbers[-1]} of {count}: say with base= whether the first label is 0 or 1"
    )


def _plain(label: str) -> str:
    return str(int(label))


def _spellings(parts: Sequence[Listed], position: dict[int, int]) -> dict[str, int]:
    """Positions by spelling: 07 and 7 are one label."""
    return {label: position[int(label)] for part in parts for row in part.rows for label in row}


def _require_few(count: int) -> None:
    if not 0 <= count <= MOST_LABELS:
        raise InputError(f"{count} labels: their number must be positive and at most {MOST_LABELS}")


def _masks(part: Listed, index: dict[str, int], count: int) -> Iterable[int]:
    _require_few(count)
    for number, row in enumerate(part.rows, 1):
        mask = 0
        for label in row:
            if label not in index:
                raise InputError(f"row {number}: label {show(label)} is not one of the {count} labels: correct one")
            mask |= 1 << index[label]
        yield mask
