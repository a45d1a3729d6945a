"""A cell that lists labels: ``A|B``, ``['a', 'b']``, ``[1, 9]``, a JSON list."""

import ast
import json
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from verify.labels.errors import InputError, show

SAY_NOTHING = frozenset(
    ("no finding", "(no genres listed)", "none", "nan", "null", "na", "n/a", "no label", "no labels", "unlabeled", "[]")
)
"""Cells that say that there is no label; every one that is met is said aloud."""

SEPARATORS = "|;,\t"

LONGEST = 60
"""Characters of a label, where nothing says that there are labels: what is longer is a sentence."""


def looks_listed(cells: Iterable[Any]) -> bool:
    """Whether cells are lists beyond doubt: brackets around all that are not empty, or ``|`` or ``;`` between words.

    Example:
        >>> looks_listed(["[1, 9]", "[]"]), looks_listed(["a|b", "c"]), looks_listed(["one, two"])
        (True, True, False)
    """
    texts = [text for cell in cells if (text := _bare(str(cell))) and text.lower() not in SAY_NOTHING]
    if texts and (all(map(_is_bracketed, texts)) or all(map(_TAGS.fullmatch, texts))):
        return True
    if texts and all(map(_THOUSANDS.fullmatch, texts)):
        return False
    return any(_is_between(texts, mark) for mark in "|;") or (
        any("," in text for text in texts) and all(part.strip().isdigit() for text in texts for part in text.split(","))
    )


def separator_of(cells: Iterable[Any]) -> str | None:
    """What stands between the labels of the cells, if it is a sign; ``None`` for lists in brackets, and for blanks."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := _bare(cell))]
    listed = [text for text in texts if text.lower() not in SAY_NOTHING]
    if listed and (all(map(_is_bracketed, listed)) or all(map(_TAGS.fullmatch, listed))):
        return None
    return next((mark for mark in SEPARATORS if any(mark in text for text in texts)), None)


_TAGS = re.compile(r"(<[^<>]+>)+")
"""``<sea><sky>``, as Stack Exchange writes it."""


_WORD = re.compile(r"""'[^'\\]*'|"[^"\\]*\"""")
_OF_NUMPY = re.compile(rf"\[\s*({_WORD.pattern})(\s+({_WORD.pattern}|\.\.\.))+\s*\]")
"""``['a' 'b']``, an array of words."""


_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})*")
_WRAPPED = re.compile(r"(?:array|tensor)\((\[.*\])(?:,\s*\w+=[^\[\]]*)?\)", re.DOTALL)


def _bare(text: str) -> str:
    """Without blanks, and what ``repr`` of an array or tensor has around its list."""
    stripped = text.strip()
    wrapped = _WRAPPED.fullmatch(stripped)
    return wrapped[1] if wrapped else stripped


def _is_bracketed(text: str) -> bool:
    return text[0] + text[-1] in ("[]", "{}", "()") or text == "set()"


def _is_between(texts: Sequence[str], mark: str) -> bool:
    """Whether the sign stands between short labels that recur or are few, as in no sentence."""
    parts = [part.strip() for text in texts if mark in text for part in text.split(mark)]
    return bool(parts) and all(0 < len(part) <= LONGEST for part in parts)


def labels_in(cell: Any, separator: str | None, where: str) -> tuple[str, ...]:
    """The labels of one cell.

    Raises:
        InputError: brackets that hold no list of names and numbers.

    Example:
        >>> labels_in("['sea', 'sky']", None, ""), labels_in("a|b", "|", ""), labels_in([1, 2.0], None, "")
        (('sea', 'sky'), ('a', 'b'), ('1', '2'))
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ()
    if isinstance(cell, dict):
        cell = [str(name) for name, value in cell.items() if value in (1, True)]
    if isinstance(cell, set | frozenset):
        cell = sorted(cell, key=str)
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    if isinstance(cell, list | tuple):
        flags = bool(cell) and all(isinstance(one, bool) for one in cell)
        named = (one for one in cell if not (isinstance(one, str) and not one.strip()))  # "".split("|") has one
        return tuple(map(str, cell)) if flags else tuple(_spelt(one, where) for one in named)
    text = _bare(str(cell))
    if text and _is_bracketed(text) and (separator is None or text[0] == "["):
        return _bracketed(text, where)
    if separator is None and _TAGS.fullmatch(text):
        text, separator = text[1:-1], "><"
    parts = text.split() if separator == " " else text.split(separator) if separator else [text]
    if any(part.count("[") != part.count("]") or part.count("{") != part.count("}") for part in parts):
        raise InputError(f"{where}: {show(text)} is no list of labels: write [1, 2] or ['a', 'b']")
    return tuple(stripped for part in parts if (stripped := _QUOTED.sub(r"\2", part.strip())))


_QUOTED = re.compile(r"""^(["'])([^"']*)\1$""")


def _spelt(one: Any, where: str) -> str:
    if isinstance(one, dict):
        one = next((one[key] for key in ("name", "label", "category") if key in one), one)
    if one is ... or one == "...":
        raise InputError(f"{where}: the list is cut short by ...: write it out whole, str() of a NumPy array does not")
    if isinstance(one, bool) or one is None or isinstance(one, list | dict | tuple):
        raise InputError(f"{where}: {show(one)} is no label: list names or numbers")
    return str(int(one)) if isinstance(one, float | Decimal) and one == one.__floor__() else str(one)


def _bracketed(text: str, where: str) -> tuple[str, ...]:
    """A list, tuple or set as Python, JSON or NumPy prints it."""
    if text == "set()":
        return ()
    if len(text) > 1 << 20:
        raise InputError(f"{where}: a list of {len(text)} characters: at most a million are read")
    if _OF_NUMPY.fullmatch(text):  # which Python would read as one word
        cut = ["..."] if "..." in _WORD.sub("", text) else []
        return labels_in([*(word[1:-1] for word in _WORD.findall(text)), *cut], None, where)
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | tuple | set | dict):
            return labels_in(found, None, where)
    inner = text[1:-1].replace("'", " ").replace('"', " ")
    if any(sign in inner for sign in "[]{}"):
        raise InputError(f"{where}: {show(text)} is no list of labels: write [1, 2] or ['a', 'b']")
    return tuple(_spelt(part.strip(), where) for part in _parted(inner) if part.strip())


def _parted(inner: str) -> list[str]:
    """Words with commas between, or as NumPy prints them: with blanks, a point after a whole number."""
    if "," in inner:
        return inner.split(",")
    parts = inner.split()
    return [part.rstrip(".") for part in parts] if all(re.fullmatch(r"-?\d+\.", part) for part in parts) else parts
