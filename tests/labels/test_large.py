"""Large tables are read by pyarrow, and by that no otherwise than row by row: the same answer, words or refusal."""

import logging
import re
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tests.labels.files import steady, write
from tests.labels.test_dialects import DIALECTS
from verify.labels.distribution import InputError
from verify.labels.readers import cells, content, inspect, large


def outcome(path: Path, **stated: Any) -> tuple[str, tuple[int, ...]]:
    """What is said of a file and its rows, or how it is refused."""
    try:
        (found,) = inspect(path, **stated)
    except InputError as fault:
        return str(fault), ()
    return found.line(), found.rows.masks


class Both:
    """Reads row by row and with pyarrow, and counts what pyarrow had the last word on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.by_pyarrow = 0
        self._patch = patch
        settled = cells.Cells.whole

        def counted(*given: Any) -> Any:
            found = settled(*given)
            self.by_pyarrow += found is not None
            return found

        patch.setattr(cells.Cells, "whole", counted)

    def __call__(self, path: Path, **stated: Any) -> tuple[str, tuple[int, ...]]:
        self._patch.setattr(large, "LARGE", 1 << 40)
        by_row = outcome(path, **stated)
        self._patch.setattr(large, "LARGE", 0)
        assert outcome(path, **stated) == by_row
        return by_row


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(monkeypatch)


LONG = (
    "\n".join(["id,text,a,b,c", *(f'{i},"sea, ""sky""",{i % 2},{i % 3 % 2},{i % 5 % 2}' for i in range(3000))]) + "\n"
)

ALIKE: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "quoted text": (LONG, {}),
    "line ends of Windows": (LONG.replace("\n", "\r\n"), {}),
    "line ends of old": (LONG.replace("\n", "\r"), {}),
    "byte order mark, no header": ("\ufeff" + LONG.partition("\n")[2], {}),
    "lines within quotes": (LONG.replace("sea, ", "sea\n\n"), {}),
    "blank lines and comments": ("# sea\n\n" + LONG.replace("\n1", "\n\n1"), {}),
    "Latin-1": (LONG.replace("sea", "Kärrö").encode("latin-1"), {}),
    "UTF-16": (LONG.encode("utf-16"), {}),
    "tabs, yes and no": (LONG.replace(",", "\t").replace("\t1", "\tyes").replace("\t0", "\tNo"), {}),
    "a sign at the end": (LONG.replace("\n", ",\n"), {}),
    "late crosses": (LONG + "9,t,,x,\n8,u,0,✓,1\n", {"missing": "absent"}),
    "late blanks, dropped": (LONG + "9,t,,1,1\n8,u,1,?,0\n", {"missing": "drop"}),
    "late -1": (LONG + "9,t,-1,1,1\n", {"missing": "absent"}),
    "-1 is the mark": (LONG + "9,t,-1,1,1\n", {"drop": "-1"}),
    "thresholds": (LONG.replace(",1", ",0.7"), {"threshold": 0.5}),
    "named": (LONG, {"labels": ["c", "a"]}),
    "the last two": (LONG, {"labels": -2}),
    "present": (LONG, {"present": "0", "absent": "1"}),
}

ROW_BY_ROW: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "ragged": (LONG + "9,t,1,1\n", {}),
    "a late number": (LONG + "9,t,1,1,7\n", {}),
    "a late word": (LONG + "9,t,1,1,sea\n", {}),
    "late blanks": (LONG + "9,t,,1,1\n", {}),
    "a quote within a cell": (LONG + '9,5" wide,1,1,1\n', {}),
    "text after a quote": (LONG + '9,"t"u,1,1,1\n', {}),
    "a quote after a blank": (LONG + '9, "t, u",1,1,1\n', {}),
    "an open quote": (LONG + '9,"t,1,1,1\n', {}),
    "a zero byte": (LONG + "9,t\0u,1,1,1\n", {}),
    "a row beyond a block": (LONG + f"9,{'t' * (1 << 21)},1,1,1\n", {}),
    "half a character": (LONG.encode("utf-16")[:-1], {}),
    "a value that never occurs": (LONG, {"drop": "-1"}),
    "rows by another column": (LONG.replace('"sea, ""sky"""', "train"), {"rows": "text=train"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_what_pyarrow_reads_is_what_is_read_row_by_row(name: str, both: Both, tmp_path: Path) -> None:
    text, stated = ALIKE[name]
    said, masks = both(write(tmp_path, {"labels.csv": text}), **stated)
    assert len(masks) >= 3000 - ("dropped" in name), said
    assert both.by_pyarrow == 1


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_what_pyarrow_could_read_otherwise_is_read_row_by_row(name: str, both: Both, tmp_path: Path) -> None:
    text, stated = ROW_BY_ROW[name]
    both(write(tmp_path, {"labels.csv": text}), **stated)
    assert both.by_pyarrow == (name == "a value that never occurs")


def test_a_spoilt_check_of_quotes_is_noticed(both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "_is_plainly_quoted", lambda *_: True)
    with pytest.raises(AssertionError):
        both(write(tmp_path, {"labels.csv": ROW_BY_ROW["text after a quote"][0]}))


pieces = st.lists(
    st.sampled_from(["1", "0", ",", ",", "1,0", '"', '""', ',"', '",', "\n", "\n", "\r\n", "\r", " ", "-1", "?", ";"]),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("head", ["a,b\n1,0\n0,1\n", "id,a,b\nu,1,0\nv,0,1\n", "a;b;c\n1;0;1\n"])
@steady
@given(tail=pieces, body=pieces)
def test_whatever_stands_in_a_table_both_read_the_same(head: str, body: str, tail: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        both = Both(patch)
        file = write(Path(folder), {"labels.csv": (head + body + "\n" + tail).encode()})
        both(file)
        both(file, missing="absent")


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if not name.endswith((".gz", ".xz", ".bz2", ".zip"))])
def test_every_dialect_reads_the_same_when_it_is_large(dialect: str, both: Both, tmp_path: Path) -> None:
    rows = [[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0]]
    _, masks = both(write(tmp_path, {dialect: DIALECTS[dialect](("sea", "sky", "sun", "dog"), rows)}))
    assert len(masks) == 6


COLUMNS: dict[str, tuple[list[Any], list[Any], dict[str, Any], int]] = {
    "integers": ([1, 0, 1], [0, 0, 1], {}, 1),
    "bools and a gap": ([True, None, True], [False, False, True], {"missing": "absent"}, 1),
    "floats": ([1.0, 0.0, float("nan")], [0.2, 0.7, 1.0], {"threshold": 0.5, "missing": "drop"}, 1),
    "words": (["yes", "no", "no"], ["x", "", "x"], {"missing": "absent"}, 1),
    "a gap that nothing is said of": ([1, 0, None], [0, 1, 1], {}, 0),
    "a number": ([1, 0, 1], [0, 1, 0.5], {"labels": ["a", "b"]}, 0),
    "a list": ([1, 0, 1], [["1"], [], []], {"labels": ["a", "b"]}, 0),
}


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_parquet_are_read_as_their_rows_are(
    name: str, words: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, stated, by_pyarrow = COLUMNS[name]
    table = pa.table({"text": ["u", "v", "w"], "a": a, "b": b})
    if words and name == "words":  # more are declared than occur
        codes = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["yes", "no", "sea"]))
        table = table.set_column(1, "a", codes)
    parquet.write_table(table, tmp_path / "labels.parquet")
    both = Both(monkeypatch)
    found = outcome(tmp_path / "labels.parquet", **stated)
    assert both.by_pyarrow == by_pyarrow
    monkeypatch.setattr(cells.Cells, "whole", lambda *_: None)
    assert outcome(tmp_path / "labels.parquet", **stated) == found


@pytest.mark.parametrize("by_row", [True, False])
def test_it_is_told_how_far_a_long_file_has_been_read(
    by_row: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(content, "_SAYS_EVERY", -1.0)
    monkeypatch.setattr(large, "LARGE", 1 << 40 if by_row else 0)
    caplog.set_level(logging.INFO, "mlnc.labels")
    file = write(tmp_path, {"labels.csv": "a,b\n" + "1,0\n" * (3 << 18)})
    inspect(file)
    told = [re.fullmatch(r".*labels\.csv: (\d+) of 3 MB read so far", message) for message in caplog.messages[:-1]]
    reached = [int(found[1]) for found in told if found]
    assert len(reached) == len(told)
    assert {1, 2} <= set(reached) <= {0, 1, 2, 3}


def test_a_short_file_is_read_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mlnc.labels")
    inspect(write(tmp_path, {"labels.csv": LONG}))
    assert not caplog.messages
