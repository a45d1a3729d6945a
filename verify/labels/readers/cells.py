"""What the cells of a label column say: present, absent or missing. One policy for every kind of file.

Each cell becomes one letter, so a row becomes a short byte string, and what the letters mean is decided once the whole
file has been seen: -1 says "absent" beside 1, and "uncertain" beside 0 and 1.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.readers.arrays import masks_of, packed_dense
from verify.labels.readers.common import LabelRows
from verify.labels.readers.layout import Layout

PRESENT, ABSENT, MARK, MINUS, BLANK, MISSING, NUMBER, WORD, DROP = b"10x-b?nwd"
"""The letters. ``MARK`` is a cross, whose absence is a blank; ``NUMBER`` and ``WORD`` are whatever else."""

_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "y", "t", "present", "positive", "pos"), PRESENT),
    **dict.fromkeys(("0", "false", "no", "n", "f", "absent", "negative", "neg"), ABSENT),
    **dict.fromkeys(("x", "✓", "✔", "*", "+"), MARK),
    **dict.fromkeys(("?", "nan", "na", "n/a", "null", "none", "<na>", "nat"), MISSING),
    "": BLANK,
    "-1": MINUS,
}
SAYS_SOMETHING = frozenset((PRESENT, ABSENT, MARK, MINUS, DROP))
FLAG = SAYS_SOMETHING | {BLANK, MISSING}

_DROPPED = -1
"""In place of the label set of a row that is left out."""

Whole = Callable[[Sequence[int], Callable[[Any], int]], Iterator[NDArray[Any]]]
"""From positions of columns, and what gives the letter of a cell, to these columns in all rows of a table, in blocks of
rows x labels: letters, or ``bool`` where nothing but 1 and 0 is met; an ``InputError`` where rows must be looked at."""

_MOST_REMEMBERED = 1 << 16
_MOST_CELLS = 1 << 22


def letter_of(cell: Any, layout: Layout = Layout()) -> int:  # noqa: B008 - immutable
    """The letter of a cell.

    Example:
        >>> bytes(map(letter_of, ["1.0", "no", "x", -1, "", None, "7", "sea"]))
        b'10x-b?nw'
    """
    text = str(cell).strip().lower() if cell is not None else "none"
    for letter, stated in ((PRESENT, layout.present), (ABSENT, layout.absent), (DROP, layout.drop)):
        if stated and any(_same(text, value) for value in stated):
            return letter
    known = _WORDS.get(text)
    if known is not None and (layout.threshold is None or known in (BLANK, MISSING)):
        return known
    try:
        value = Decimal(text)
    except InvalidOperation:
        return WORD if known is None else known
    if not value.is_finite():
        return MISSING if value.is_nan() else NUMBER
    if layout.threshold is not None:
        return PRESENT if value >= layout.threshold else ABSENT
    return PRESENT if value == 1 else ABSENT if value == 0 else MINUS if value == -1 else NUMBER


def _same(text: str, stated: str) -> bool:
    wanted = stated.strip().lower()
    if text == ("" if wanted == "blank" else wanted):
        return True
    try:
        return Decimal(text) == Decimal(wanted)
    except InvalidOperation:
        return False


def never_met(name: str, value: str) -> str:
    """What is noted of a stated value that is in no cell; where no file of several has it, it is refused."""
    return f"no label is {show(value)}, which {name}= speaks of"


class Cells:
    """Rows of cells in, label sets out."""

    def __init__(self, names: Sequence[str], layout: Layout, noun: str = "line") -> None:
        self.names = tuple(names)
        self._layout, self._noun = layout, noun
        self._places: dict[int, str] = {}  # where a letter was first met
        self._letters = _Letters(layout)
        self._rows: dict[bytes, bytes] = {}
        self._met: dict[tuple[Any, ...], bytes] = {}

    def row(self, line: int, cells: tuple[Any, ...]) -> bytes:
        """The letters of a row.

        Raises:
            InputError: a cell that is no label, at once, with its line.
        """
        try:
            known = self._met.get(cells)
        except TypeError:  # a list in a cell
            return self.row(line, tuple(map(str, cells)))
        if known is not None:
            return known
        letters = self._letters
        word = bytes(map(letters.__getitem__, cells))
        if letters.fresh:
            self._note(line, cells, word, self.names)
            letters.fresh.clear()
        if len(self._met) * len(cells) > _MOST_CELLS:
            self._met.clear()
        self._met[cells] = word = self._rows.setdefault(word, word)  # rows repeat, and one object is enough
        return word

    def some(self, line: int, given: Sequence[tuple[int, Any]]) -> bytes:
        """The letters of some cells, each with the number of its label."""
        letters = self._letters
        word = bytes(letters[cell] for _, cell in given)
        if letters.fresh:
            self._note(line, [cell for _, cell in given], word, [self.names[k] for k, _ in given])
            letters.fresh.clear()
        return word

    def _note(self, line: int, cells: Sequence[Any], word: bytes, names: Sequence[str]) -> None:
        for letter, cell, name in zip(word, cells, names, strict=True):
            if letter not in self._places:
                place = self._places[letter] = f"{self._noun} {line}: label {show(name)} is {show(str(cell))}"
                if letter in (NUMBER, WORD):
                    raise InputError(f"{place}: {_advice(letter)}")

    def rows(self, words: Iterable[bytes], weights: Sequence[Any] | None = None) -> tuple[LabelRows, list[str]]:
        """The label sets, and in words what was changed.

        Raises:
            InputError: missing or uncertain values about which nothing is stated.
        """
        place: dict[bytes, int] = {}  # rows repeat
        order = [place.setdefault(word, len(place)) for word in words]
        letters = np.frombuffer(b"".join(place), np.uint8).reshape(len(place), len(self.names))
        times = np.bincount(np.array(order, np.intp), minlength=len(place))
        meaning, notes = self._meaning({one: int((letters == one).sum(axis=1) @ times) for one in FLAG})
        sets = _sets(letters, meaning)
        return self._kept([sets[i] for i in order], notes, weights)

    def whole(self, read: Whole, positions: Sequence[int]) -> tuple[LabelRows, list[str]] | None:
        """The same for all rows at once; ``None`` where there is something to refuse, which :meth:`row` does by the
        line."""
        counts: Counter[int] = Counter()
        sets: list[int] = []
        odd: list[tuple[int, NDArray[np.uint8]]] = []  # blocks that say more than 1 and 0, by their first row
        try:
            for block in read(positions, self._letters.__getitem__):
                bits = block if block.dtype == np.bool_ else block == PRESENT
                if block.dtype != np.bool_ and not (bits | (block == ABSENT)).all():
                    counts.update({letter: int((block == letter).sum()) for letter in FLAG})
                    odd.append((len(sets), block))
                else:
                    counts[ABSENT] += bits.size - int(np.count_nonzero(bits))
                sets += masks_of(packed_dense(bits))
            meaning, notes = self._meaning(counts)
        except InputError:
            return None
        for start, block in odd:
            sets[start : start + len(block)] = _sets(block, meaning)
        return self._kept(sets, notes)

    def _kept(
        self, sets: Sequence[int], notes: list[str], weights: Sequence[Any] | None = None
    ) -> tuple[LabelRows, list[str]]:
        kept = [mask >= 0 for mask in sets] if _DROPPED in sets else []
        if kept:
            notes.append(f"{kept.count(False)} of {len(sets)} samples dropped, for their missing values")
            sets = list(itertools.compress(sets, kept))
            weights = weights and list(itertools.compress(weights, kept))
        notes += [never_met(name, value) for name, value in self._layout.values if value not in self._letters.met]
        return LabelRows(self.names, tuple(sets), None if weights is None else tuple(weights)), notes

    def _meaning(self, counts: Mapping[int, int]) -> tuple[dict[int, int], list[str]]:
        """What each letter stands for: ``PRESENT``, ``ABSENT`` or ``DROP``."""
        meaning = {PRESENT: PRESENT, MARK: PRESENT, ABSENT: ABSENT, DROP: DROP, MINUS: ABSENT}
        notes: list[str] = []
        if counts[MINUS] and counts[ABSENT]:
            if self._layout.missing != "absent":
                raise InputError(
                    f"{self._places.get(MINUS)}, beside 0 and 1: say that both mean no with "
                    "missing= absent, or which is uncertain with drop= -1 or drop= 0 (or absent=, present=)"
                )
            notes.append(f"0 in {counts[ABSENT]} cells and -1 in {counts[MINUS]} both read as absent, as stated")
        elif counts[MINUS]:
            notes.append("-1 read as absent")
        for letter, what in ((BLANK, "blank"), (MISSING, "missing")):
            if counts[letter]:
                meaning[letter] = self._of_missing(letter, counts)
                if meaning[letter] == ABSENT:
                    notes.append(f"{counts[letter]} {what} cells read as absent")
        return meaning, notes

    def _of_missing(self, letter: int, counts: Mapping[int, int]) -> int:
        if letter == BLANK and not counts[ABSENT] and not counts[MINUS] and not counts[MISSING]:
            return ABSENT  # a table of crosses: nothing else in it says no
        if self._layout.missing is None:
            raise InputError(
                f"{self._places.get(letter)} (a missing value): say what that means with missing= absent or drop"
            )
        return ABSENT if self._layout.missing == "absent" else DROP


class _Letters(dict[Any, int]):
    """Letters by cell; ``fresh`` after a cell that had not been met."""

    def __init__(self, layout: Layout) -> None:
        self.fresh: list[Any] = []
        self.met: set[str] = set()
        self._layout = layout

    def __missing__(self, cell: Any) -> int:
        self.fresh.append(cell)
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        self[cell] = letter = letter_of(cell, self._layout)
        text = "none" if cell is None else str(cell).strip().lower()
        self.met.update(value for _, value in self._layout.values if _same(text, value))
        return letter


def _sets(letters: NDArray[np.uint8], meaning: Mapping[int, int]) -> list[int]:
    """The label set of each row of letters, or that it is dropped."""
    meant = np.zeros(256, np.uint8)
    meant[list(meaning)] = list(meaning.values())
    found = meant[letters]
    sets = masks_of(packed_dense(found == PRESENT))
    for row in np.flatnonzero((found == DROP).any(axis=1)).tolist():
        sets[row] = _DROPPED
    return sets


def _advice(letter: int) -> str:
    if letter == NUMBER:
        return "a label is 0 or 1; say from where on it is present with threshold= , or which columns with labels="
    return (
        "a label is 0 or 1 (or yes and no); say which columns are labels with labels= , or what the values mean with "
        "present= and absent="
    )
