"""What the cells of a label column say: present, absent or missing. One policy for every kind of file.

Each cell becomes one letter, and what the letters mean is decided once the whole file has been seen: -1 says "absent"
beside 1, and "uncertain" beside 0 and 1.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.labels.errors import InputError, show
from verify.labels.readers.arrays import PackedRows
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

Whole = Callable[[Sequence[int], Callable[[Any], int]], Iterator[NDArray[Any]]]
"""From positions of columns, and what gives the letter of a cell, to these columns in all rows of a table, in blocks of
rows x labels: letters, or ``bool`` where nothing but 1 and 0 is met; an ``InputError`` where rows must be looked at."""

_MOST_REMEMBERED = 1 << 16
_AT_ONCE = 1 << 18
"""Cells that are looked at together."""


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
    """Cells of label columns in, label sets out."""

    def __init__(self, names: Sequence[str], layout: Layout, noun: str = "line") -> None:
        self.names = tuple(names)
        self._layout, self._noun = layout, noun
        self._places: dict[int, str] = {}  # where a letter was first met
        self._letter = _Letters(layout)

    def letters(self, cells: Sequence[Any], place: Callable[[int], tuple[int, str]]) -> NDArray[np.uint8]:
        """The letter of each of some cells; ``place`` gives the line and label of one by its number.

        Raises:
            InputError: a cell that is no label, at once, with its line.
        """
        try:
            found = bytes(map(self._letter.__getitem__, cells))
        except TypeError:  # a list in a cell
            return self.letters(list(map(str, cells)), place)
        if self._letter.fresh:
            for i in sorted(found.index(letter) for letter in set(found) - self._places.keys()):
                line, name = place(i)
                met = self._places[found[i]] = f"{self._noun} {line}: label {show(name)} is {show(str(cells[i]))}"
                if found[i] in (NUMBER, WORD):
                    raise InputError(f"{met}: {_advice(found[i])}")
            self._letter.fresh = False
        return np.frombuffer(found, np.uint8)

    def blocks(self, rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[NDArray[np.uint8]]:
        """The letters of numbered rows of cells, some rows at a time."""
        rows, K = iter(rows), len(self.names)
        while some := list(itertools.islice(rows, max(1, _AT_ONCE // K))):
            lines = [line for line, _ in some]
            yield self._block(lines, list(itertools.chain.from_iterable(row for _, row in some)))

    def _block(self, lines: Sequence[int], cells: Sequence[Any]) -> NDArray[np.uint8]:
        K = len(self.names)
        return self.letters(cells, lambda i: (lines[i // K], self.names[i % K])).reshape(-1, K)

    def rows(
        self, blocks: Iterable[NDArray[Any]], weights: Sequence[int | Fraction] = ()
    ) -> tuple[LabelRows, list[str]]:
        """The label sets of blocks of rows x labels, and in words what was changed.

        Args:
            blocks: letters, or ``bool`` where nothing but 1 and 0 is met.
            weights: one per row, at the latest when the last block has been read; only ones are as none.

        Raises:
            InputError: missing or uncertain values about which nothing is stated.
        """
        counts: Counter[int] = Counter()
        packed: list[NDArray[np.uint8]] = []
        odd: dict[int, NDArray[np.uint8]] = {}  # blocks that say more than 1 and 0
        for block in blocks:
            bits = block if block.dtype == np.bool_ else block == PRESENT
            if block.dtype != np.bool_ and not (bits | (block == ABSENT)).all():
                counts.update({letter: int((block == letter).sum()) for letter in FLAG})
                odd[len(packed)] = block
            else:
                counts[ABSENT] += bits.size - int(np.count_nonzero(bits))
            packed.append(np.packbits(bits, axis=1, bitorder="little"))
        meaning, notes = self._meaning(counts)
        kept = [np.ones(len(block), np.bool_) for block in packed]
        meant = np.zeros(256, np.uint8)
        meant[list(meaning)] = list(meaning.values())
        for i, block in odd.items():
            found = meant[block]
            packed[i] = np.packbits(found == PRESENT, axis=1, bitorder="little")
            kept[i] = (found != DROP).all(axis=1)
        if dropped := sum(int(np.count_nonzero(~some)) for some in kept):
            notes.append(f"{dropped} of {sum(map(len, kept))} samples dropped, for their missing values")
            packed = [block[some] for block, some in zip(packed, kept, strict=True)]
            weights = list(itertools.compress(weights, np.concatenate(kept)))
        notes += [never_met(name, value) for name, value in self._layout.values if value not in self._letter.met]
        rows: LabelRows = PackedRows(self.names, packed)
        return rows if set(weights) <= {1} else LabelRows(self.names, rows.masks, tuple(weights)), notes

    def whole(self, read: Whole, positions: Sequence[int]) -> tuple[LabelRows, list[str]] | None:
        """The same of what is read without lines; ``None`` where something is to be refused, which takes them."""
        try:
            return self.rows(read(positions, self._letter.__getitem__))
        except InputError:
            return None

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
        self.fresh = False
        self.met: set[str] = set()
        self._layout = layout

    def __missing__(self, cell: Any) -> int:
        self.fresh = True
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        self[cell] = letter = letter_of(cell, self._layout)
        text = "none" if cell is None else str(cell).strip().lower()
        self.met.update(value for _, value in self._layout.values if _same(text, value))
        return letter


def _advice(letter: int) -> str:
    if letter == NUMBER:
        return "a label is 0 or 1; say from where on it is present with threshold= , or which columns with labels="
    return (
        "a label is 0 or 1 (or yes and no); say which columns are labels with labels= , or what the values mean with "
        "present= and absent="
    )
