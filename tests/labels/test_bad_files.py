"""Bad input is refused in one line that names the file.

A bad file is a good file with one thing broken, and the good one is read first: that is the control, and it leaves the
broken thing as the only possible cause of the refusal.
"""

import io
import json
import os
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from tests.labels.files import (
    BEACH,
    CSV,
    DENSE,
    GOOD,
    HEADER,
    LABELS,
    LIBSVM,
    NPZ,
    OPTIONS,
    ROWS,
    npy_bytes,
    npz_bytes,
    refusal,
    refusal_of,
    sparse_npz_bytes,
    steady,
    write,
)
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.readers import archives, read


@dataclass(frozen=True)
class Bad:
    """A good set of files, ``old`` replaced by ``new`` in the first one or in ``file``; no ``old`` means all of it."""

    kind: str
    fragment: str
    new: str | bytes
    old: str | None = None
    file: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def files(self) -> dict[str, str | bytes]:
        files = dict(GOOD[self.kind])
        name = self.file or next(iter(files))
        if self.old is not None:
            before = files[name]
            assert isinstance(before, str)
            assert isinstance(self.new, str)
            assert before.count(self.old) == 1, f"{self.old!r} must occur once"
            files[name] = before.replace(self.old, self.new)
        else:
            files[name] = self.new
        return files


def asked(kind: str, fragment: str, **options: Any) -> Bad:
    """A good file asked for the wrong thing."""
    return Bad(kind, fragment, next(iter(GOOD[kind].values())), options=options)


def xml(fragment: str, new: str | bytes, old: str | None = None) -> Bad:
    return Bad("dense", fragment, new, old, file="beach.xml")


def zip_of(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name + ".npy", content)
    return buffer.getvalue()


def csr_bytes(**parts: Any) -> bytes:
    return npz_bytes(format="csr", data=np.ones(1), **{name: np.array(part) for name, part in parts.items()})


def npy(header: str, content: bytes = b"") -> bytes:
    encoded = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + len(encoded).to_bytes(2, "little") + encoded + content


NPY_HEADER = "{{'descr': {!r}, 'fortran_order': False, 'shape': {}}}\n"

BILLION_LAUGHS = (
    '<!DOCTYPE labels [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    '<labels><label name="sea&c;"/></labels>'
)
EXTERNAL = '<!DOCTYPE labels [<!ENTITY a SYSTEM "file:///etc/passwd">]><labels><label name="sea"/>&a;</labels>'
PICKLE = pickle.dumps(ROWS.tolist())
SETS = '"sets": [{"labels": ["sea"]}]'

BAD = [
    # ARFF header
    Bad("dense", "is empty", ""),
    Bad("dense", "is empty", " \n\n"),
    Bad("dense", "is empty", b"\xef\xbb\xbf"),
    Bad("dense", "it is not in the stated encoding= utf-8", DENSE.replace("mo, ", "é, ").encode("latin1"),
        options={"encoding": "utf-8"}),
    asked("dense", "encoding= is 'klingon', which is unknown", encoding="klingon"),
    Bad("dense", "no @data line", HEADER),
    Bad("dense", "no row after @data", HEADER + "@data\n% nothing\n\n"),
    Bad("dense", "line 1: 'at the beach' is no ARFF header line", "at", "% at"),
    Bad("dense", "line 7: '@attribute sky' does not read", "@attribute sky\n", "@attribute sky {0,1}\n"),
    Bad("dense", "line 5: \"@ATTRIBUTE 'the day {mo", "'the day ", "'the day' "),
    Bad("dense", "line 7: the value list of the attribute has an unclosed brace", "sky {0,1", "sky {0,1}"),
    Bad("dense", "line 6: label attribute 'sea' is declared '{0,1,2}'", "sea {0,1,2}", "sea {0,1}"),
    Bad("dense", "label attribute 'sea' is declared '{low,high}'", "sea {low,high}", "sea {0,1}"),
    Bad("dense", "label attribute 'sea' is declared '{}'", "sea {}", "sea {0,1}"),
    Bad("dense", "line 8: label attribute 'sun' is declared 'string'", "sun string", "sun numeric"),
    Bad("dense", "label 'sky' occurs twice in the header of 5 attributes", "sky {mo", "'the day' {mo"),
    Bad("dense", "label 'sky' is not in the header of 5 attributes", "@attribute Sky", "@attribute sky"),
    # ARFF rows
    Bad("dense", "line 10: the row does not have 5 comma separated values", "7.5,mo,1,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 10: the row does not have 5", "7.5,mo,1,0,0,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 11: the row has a quote that does not close", "8,'tu, we,1,1,0", "8,'tu, we',1,1,0"),
    Bad("dense", "line 17: the row does not have 5", DENSE + "3,mo,1"),
    Bad("dense", "line 10: label 'sky' is '2': a label is 0 or 1", "7.5,mo,1,2,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 12: label 'sun' is '0.5'", "1,1,0.5", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '1.0000000000000000001'", "1,1,1.0000000000000000001", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is 'NaN'", "1,1,NaN", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is 'sNaN'", "1,1,sNaN", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '1e999999999999999999999'", "1,1,1e999999999999999999999", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '?' (a missing value)", "1,1,?", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '' (a missing value)", "1,1,", "1,1,0.0"),
    Bad("dense", "line 16: sparse and dense rows are mixed", "{2 1}\n", "2,mo,1,1,1\n"),
    Bad("sparse", "line 12: sparse and dense rows are mixed", "2,mo,1,1,0\n", "{2 1,3 1}\n"),
    Bad("sparse", "line 10: the row is not '{index value, ...}' with indices 0..4", "{0 7.5, 2 1\n", "{0 7.5, 2 1}\n"),
    Bad("sparse", "line 10: the row is not '{index value, ...}' with indices 0..4", "{0 7.5, 5 1}\n", "{0 7.5, 2 1}\n"),
    Bad("sparse", "line 10: the row is not", "{0 7.5, -2 1}\n", "{0 7.5, 2 1}\n"),
    Bad("sparse", "line 10: the row is not", "{0 7.5, 2}\n", "{0 7.5, 2 1}\n"),
    Bad("sparse", "line 10: the row is not", "{0 7.5; 2 1}\n", "{0 7.5, 2 1}\n"),
    Bad("sparse", "line 12: an attribute index occurs twice", "{2 1,3 1,3 0}\n", "{2 1,3 1}\n"),
    Bad("sparse", "line 14: label 'sun' is '2.0'", "4 2.0", "4 1.0"),
    Bad("sparse", "line 14: label 'sun' is '?' (a missing value)", "4 ?", "4 1.0"),
    # which attributes
    Bad("meka", "1 label(s)", "-C 1 ", "-C 3 "),
    Bad("meka", "0 labels of 4 attributes", "-C 0 ", "-C 3 "),
    Bad("meka", "5 labels of 4 attributes", "-C 5 ", "-C 3 "),
    Bad("meka", "-5 labels of 4 attributes", "-C -5 ", "-C 3 "),
    Bad("meka", "label attribute 'note' is declared 'string'", "-C -3 ", "-C 3 "),
    Bad("meka", "no label XML beside it and no '-C n'", "", ": -C 3"),
    Bad("meka", "no label XML beside it and no '-C n'", "-C 33333333333333", "-C 3"),
    Bad("meka", "carries '-C' 2 times", "-C 3 -C 3", "-C 3"),
    asked("meka", "there is no label XML beside it", format="mulan"),
    asked("dense", "no '-C n' in its relation name", format="meka"),
    asked("dense", "label 'moon' is not in the header", labels=("sea", "moon")),
    asked("dense", "labels= names no label", labels=()),
    asked("dense", "'sea' occurs twice", labels=("sea", "sea")),
    # label XML
    xml("label 'moon' is not in the header of 5 attributes", 'name="moon"', 'name="sea"'),
    xml("label 'sea ' is not in the header", 'name="sea "', 'name="sea"'),
    xml("label 'Sea' is not in the header", 'name="Sea"', 'name="sea"'),
    xml("'sky' occurs twice", 'name="sky"', 'name="sea"'),
    xml("1 label(s)", '<labels><label name="sea"/></labels>'),
    xml("names no label", "<labels/>"),
    xml("label element 2 has no name", "<label>", '<label name="sky">'),
    xml("label element 2 has no name", 'name=" "', 'name="sky"'),
    xml("not well-formed XML", "<labels>"),
    xml("not well-formed XML", "sea, sky, sun"),
    xml("is empty", ""),
    xml("document type, entities", BILLION_LAUGHS),
    xml("document type, entities", EXTERNAL),
    xml("unknown encoding", '<?xml version="1.0" encoding="klingon"?><labels/>'),
    # CSV
    Bad("csv", "is empty", ""),
    Bad("csv", "no data row", "sea,sky,sun\n"),
    Bad("csv", "line 1: column name 'sea' occurs twice", "sea,sky,sea", "sea,sky,sun"),
    Bad("csv", "label 1 is named ''", "sea,,sun", "sea,sky,sun"),
    Bad("csv", "line 2: 2 cells under a header of 3 names", "1,0\n", "1,0,0\n"),
    Bad("csv", "line 2: 4 cells under a header of 3 names", "1,0,0,0\n", "1,0,0\n"),
    Bad("csv", "line 2: label 'sky' is '0.5'", "1,0.5,0\n", "1,0,0\n"),
    Bad("csv", "line 2: label 'sky' is '2'", "1,2,0\n", "1,0,0\n"),
    Bad("csv", "line 2: label 'sky' is '' (a missing value)", "1,,0\n", "1,0,0\n"),
    Bad("csv", "line 2: label 'sea' is ''", ",00,0\n", "1,0,0\n"),
    Bad("csv", "line 2: label 'sea' is 'maybe'", "maybe,0,0\n", "1,0,0\n"),
    Bad("csv", "line 5: label 'sun' is 'nan'", "1,1,nan", "1,1, 0.0"),
    Bad("csv", "line 2: label 'sea' is '" + "9" * 27, "9" * 10**5 + ",0,0\n", "1,0,0\n"),
    Bad("csv", "is not valid CSV", '"1"1,0,0\n', "1,0,0\n"),
    Bad("csv", "1 label(s)", "sea\n1\n0\n"),
    Bad("csv", "label 0 is named 'sea\\nside'", '"sea\nside",sky\n0,1\n'),
    asked("csv", "label 'moon' is not in the header of 3 columns", labels=("sea", "moon")),
    asked("csv", "4 labels of 3 columns", labels=4),
    asked("csv", "base= is for labels that are numbers in lists", base=1),
    asked("csv", "transpose= is for arrays", transpose=True),
    asked("csv", "threshold= is 'high'", threshold="high"),
    asked("csv", "missing= is 'zero': use one of absent, drop", missing="zero"),
    asked("csv", "column 'moon' is not in the header", field="moon"),
    asked("csv", "column 'moon' of ignore= is not in the header", ignore="moon"),
    # LIBSVM
    Bad("libsvm", "is empty", "\n \n"),
    Bad("libsvm", "no data row", "# nothing\n"),
    Bad("libsvm", "line 2: label -1 is negative", "-1 1:0.5 9", "1 1:0.5 9"),
    Bad("libsvm", "row 2: label 4 is out of range 1..3", "\n1,4 2:1", "\n1,2 2:1", options={"labels": 3}),
    Bad("libsvm", "row 1: label 0 is out of range 1..3", "\n0 1:0.5", "\n1 1:0.5", options={"base": 1}),
    Bad("libsvm", "line 3: label '1.5' is not a number", "\n1.5,2 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label '' is not a number", "\n1, 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label 999999999999 is out of range", "\n999999999999 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label '9999999999999999999999", "\n" + "9" * 10**5 + " 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: '1 2' is no feature index:value", "\n1 2 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 5 is blank", "\n\n", "\n 1:0\n"),
    Bad("libsvm", "row 5: label 3 is out of range 1..2", LIBSVM, options={"labels": 2}),
    Bad("libsvm", "1 label(s)", "1 1:0.5\n1 1:1\n", options={"labels": None}),
    asked("libsvm", "base= is 2: use one of 0, 1", base=2),
    asked("libsvm", "-3 labels", labels=-3),
    # NPZ
    Bad("npz", "is empty", b""),
    Bad("npz", "no intact NPY array", b"\x93NUMPY nonsense"),
    Bad("npz", "it is a Python pickle, which can run code and is never loaded: convert it", PICKLE),
    Bad("npz", "no intact NPZ archive", NPZ[:-40]),
    Bad("npz", "no intact NPZ archive", NPZ.replace(b"\x93NUMPY", b"\x93NUMPX", 1)),
    Bad("npz", "array 'Y' is a pickle (object array)", npz_bytes(Y=ROWS.astype(object))),
    Bad("npz", "array 'labels' is a pickle", npz_bytes(Y=ROWS, labels=np.array(LABELS, dtype=object))),
    Bad("npz", "no intact NPZ archive", zip_of(Y=PICKLE)),
    Bad("npz", "0 two-dimensional arrays in {}", zip_of()),
    Bad("npz", "0 two-dimensional arrays in {'y': (5,)}", npz_bytes(y=ROWS[:, 0])),
    Bad("npz", "2 two-dimensional arrays in", npz_bytes(X=ROWS, Z=ROWS)),
    Bad("npy", "it is no intact NPY array of numbers", npy_bytes(ROWS)[:-8]),
    Bad("npy", "it is no intact NPY array of numbers", b"\x93NUMPY"),
    Bad("npy", "it is a pickle (object array)", npy_bytes(np.array([{1: 2}, None], dtype=object))),
    Bad("npy", "the array has 1 dimension(s)", npy_bytes(ROWS[:, 0])),
    Bad("npy", "entry [0, 1] of the matrix is 2", npy_bytes(np.array([[1, 2, 0]]))),
    Bad("csv", "line 1 is 0, 1: say with header=True or header=False", "0,1\n0,1\n"),
    Bad("npz", "entry [0, 1] of the matrix is 0.5", npz_bytes(Y=np.array([[1, 0.5]]))),
    Bad("npz", "row 0: label '1' is 'nan' (a missing value)", npz_bytes(Y=np.array([[1, np.nan]]))),
    Bad("npz", "dtype <U1", npz_bytes(Y=np.array([["1", "0"]]))),
    Bad("npz", "no data row", npz_bytes(Y=np.zeros((0, 3)))),
    Bad("npz", "1 column(s)", npz_bytes(Y=np.ones((3, 1)))),
    Bad("npz", "declared shape (1000000000, 1000000000) is truncated",
        zip_of(Y=npy(NPY_HEADER.format("|b1", (10**9, 10**9))))),
    Bad("npz", "is truncated", zip_of(Y=npy(NPY_HEADER.format("<U0", (10**9, 2))))),
    Bad("npz", "no intact NPZ archive", zip_of(Y=npy(NPY_HEADER.format("|b1", (-1, -1))))),
    Bad("npz", "no intact NPZ archive", zip_of(Y=npy("(" * 9000))),
    Bad("npz", "2 columns but 3 labels", npz_bytes(Y=ROWS[:, :2], labels=np.array(LABELS))),
    Bad("npz", "'labels' has dtype int64", npz_bytes(Y=ROWS, labels=np.arange(3, dtype=np.int64))),
    Bad("npz", "4 weights for 5 rows", npz_bytes(Y=ROWS, weights=np.ones(4))),
    Bad("npz", "the weight of row 1 is '0'", npz_bytes(Y=ROWS, weights=np.array([1, 0, 1, 1, 1]))),
    Bad("npz", "declares 1000000000000 rows", sparse_npz_bytes(sparse.coo_array((10**12, 3), dtype=np.int8))),
    Bad("npz", "declares 1000000000 labels", sparse_npz_bytes(sparse.coo_array((3, 10**9), dtype=np.int8)),
        options={"transpose": False}),
    Bad("npz", "entry [1, 0] of the matrix is 3", sparse_npz_bytes(sparse.csr_array([[0, 1], [3, 0]]))),
    Bad("npz", "no intact NPZ archive",
        csr_bytes(shape=(2, 2), indices=[0], indptr=[0, 9])),
    Bad("npz", "inconsistent",
        csr_bytes(shape=(1, 2), indices=[9], indptr=[0, 1])),
    Bad("npz", "no intact NPZ archive", npz_bytes(format="magic", shape=np.array([1, 2]), data=np.ones(1))),
    asked("npz", "3 columns but 2 labels", labels=2),
    # JSON
    Bad("json", "is empty", "\n"),
    Bad("json", "line 1: it is not valid JSON", "{"),
    Bad("json", "line 2: it is not valid JSON", '{"labels":\n nothing}'),
    Bad("json", "the document is not an object", "[]"),
    Bad("json", 'the document has no "sets"', '{"labels": ["sea", "sky"]}'),
    Bad("json", 'the document has no "labels"', "{" + SETS + "}"),
    Bad("json", "the document has the unknown key 'set'", '"set": 1, "sets"', '"sets"'),
    Bad("json", "key 'labels' occurs twice", '{"labels": [], "labels": ["sea", "sky",', '{"labels": ["sea", "sky",'),
    Bad("json", '"labels" is not a list of strings', '{"labels": [1, 2], ' + SETS + "}"),
    Bad("json", '"labels" is not a list of strings', '{"labels": "sea", ' + SETS + "}"),
    Bad("json", "1 label(s)", '{"labels": ["sea"], ' + SETS + "}"),
    Bad("json", "'sea' occurs twice", '{"labels": ["sea", "sea"], ' + SETS + "}"),
    Bad("json", "label 1 is named ''", '{"labels": ["sea", ""], ' + SETS + "}"),
    Bad("json", '"sets" is not a list with an entry', '{"labels": ["sea", "sky"], "sets": []}'),
    Bad("json", '"sets" is not a list with an entry', '{"labels": ["sea", "sky"], "sets": {}}'),
    Bad("json", "sets[0] is not an object", '{"labels": ["sea", "sky"], "sets": [["sea"]]}'),
    Bad("json", 'sets[0] has no "labels"', '[{"weight": 1}', '[{"labels": ["sea"], "weight": 1}'),
    Bad("json", "sets[0] has the unknown key 'weigth'", '["sea"], "weigth": 1}', '["sea"], "weight": 1}'),
    Bad("json", 'sets[0]: "labels" is not a list', '[{"labels": "sea"', '[{"labels": ["sea"]'),
    Bad("json", "sets[0]: label 'moon' is not in", '[{"labels": ["moon"]', '[{"labels": ["sea"]'),
    Bad("json", "sets[0]: label 0 is not in", '[{"labels": [0]', '[{"labels": ["sea"]'),
    Bad("json", "sets[0]: label ['sea'] is not in", '[{"labels": [["sea"]]', '[{"labels": ["sea"]'),
    Bad("json", "sets[0]: label 'sea' occurs twice", '[{"labels": ["sea", "sea"]', '[{"labels": ["sea"]'),
    *(
        Bad("json", f"sets[0]: the weight {fragment}", f'["sea"], "weight": {weight}}}', '["sea"], "weight": 1}')
        for weight, fragment in [
            ("0", "is '0': weights must be positive"),
            ("-2", "is '-2': weights must be positive"),
            ("0.0", "is '0.0': weights must be positive"),
            ('"-1/3"', "is '-1/3': weights must be positive"),
            ('"1/0"', "is '1/0'"),
            ('"one"', "is 'one'"),
            ("true", "is 'True'"),
            ("null", "is 'None'"),
            ("[1]", "is '[1]'"),
            ("NaN", "is 'NaN': give a positive finite number"),
            ("Infinity", "is 'Infinity'"),
            ("1e999999999", "'1E+999999999' needs more than 1000 digits"),
            ('"1e-999999999"', "'1E-999999999' needs more than 1000 digits"),
        ]
    ),
    Bad("json", "number '1e99999999999999999999' is out of range", '"weight": 1e99999999999999999999', '"weight": 1.0'),
    Bad("json", "a number has 5000 characters", '"weight": ' + "1" * 5000, '"weight": 1.0'),
    Bad("json", "a number has 5000 characters", '"weight": 0.' + "1" * 4998, '"weight": 1.0'),
    Bad("json", "no common denominator of 1000 digits", json.dumps({"labels": LABELS, "sets": [
        {"labels": ["sea"], "weight": f"1/{10**900 + 1}"}, {"labels": ["sky"], "weight": f"1/{10**901 + 1}"}]})),
    Bad("json", "nested too deeply", "[" * 10**5),
    Bad("json", "nested too deeply", '{"labels": ' * 10**5),
    asked("json", "it has 3 labels, 4 were asked for", labels=4),
    asked("json", "its labels are not the ones asked for", labels=("sea", "sky", "moon")),
    # whatever the format
    asked("csv", "format= is 'xls': use one of arff", format="xls"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.kind}-{bad.fragment[:40]}")
def test_bad_files_are_refused_in_one_line_that_names_the_file(bad: Bad, tmp_path: Path) -> None:
    options = {**OPTIONS.get(bad.kind, {}), **bad.options}
    file = write(tmp_path, GOOD[bad.kind])
    assert read(file, **OPTIONS.get(bad.kind, {})) == BEACH, "control: the file is good before it is broken"
    write(tmp_path, bad.files())
    message = refusal(file, **options)
    assert message.startswith(f"{file}: ")
    assert bad.fragment in message
    assert len(message.splitlines()) == 1
    assert len(message) < len(str(tmp_path)) * 2 + 400


def test_there_are_enough_bad_cases() -> None:
    assert len({(bad.kind, bad.fragment) for bad in BAD}) >= 30


def test_files_that_are_none(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == f"{tmp_path / 'none.csv'}: there is no such file: correct the path"
    assert "there is no such file" in refusal(tmp_path / "none.arff", labels=3)
    assert "there is no such file" in refusal(tmp_path / "nul\0.csv")
    assert f"{tmp_path}: it is a folder" in refusal(tmp_path)
    unknown = write(tmp_path, {"data.bin": b"\x00\x01\x02"})
    assert f"{unknown}: the format is not recognised: give format=" in refusal(unknown)
    arff = write(tmp_path, {"a.arff": DENSE})
    assert f"{arff}: {tmp_path / 'none.xml'}: there is no such file" in refusal(arff, labels=tmp_path / "none.xml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in refusal(tmp_path / "pipe.csv")


def test_a_file_that_must_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    file = write(tmp_path, {"beach.csv": CSV})
    assert read(file) == BEACH
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert refusal(file) == f"{file}: it cannot be read (Permission denied): check the path and its permissions"


def test_an_archive_that_unfolds_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, {"zeros.npz": zip_of(Y=npy_bytes(np.zeros((1000, 100), dtype=np.bool_)))})
    assert file.stat().st_size < 1000
    assert read(file).total == 1000
    monkeypatch.setattr(archives, "_MOST_ARRAY_BYTES", 99_999)
    assert "takes 100000 bytes: save it sparse or in a smaller type" in refusal(file)


def test_a_pickle_is_never_executed(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    file = write(tmp_path, {"evil.npz": npz_bytes(Y=np.array([[Trap(trap), 1]], dtype=object))})
    assert "is a pickle" in refusal(file)
    assert not trap.exists()
    with np.load(file, allow_pickle=True) as archive:
        archive["Y"]
    assert trap.exists(), "control: unpickling springs the trap"


@dataclass
class Trap:
    path: Path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_rows_of_empty_and_full_sets_are_kept_and_leave_nothing_proper(tmp_path: Path) -> None:
    pi = read(write(tmp_path, {"a.csv": "a,b\n0,0\n1,1\n0,0\n"}))
    assert (pi.masks, pi.weights) == ((0b00, 0b11), (2, 1))
    message = refusal_of(lambda: pi.proper)
    assert "every label set is empty or full" in message
    assert len(message.splitlines()) == 1


@settings(steady, max_examples=400)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_damaged_files_are_read_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    files = dict(GOOD[kind])
    name = data.draw(st.sampled_from(sorted(files)))
    content = files[name] if isinstance(files[name], bytes) else str(files[name]).encode()
    assert isinstance(content, bytes)
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(len(content), start + 8)))
    files[name] = content[:start] + data.draw(st.binary(max_size=4)) + content[stop:]
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), files)
        try:
            outcome: object = read(file, **OPTIONS.get(kind, {}))
        except InputError as fault:
            outcome = str(fault)
        if isinstance(outcome, str):
            assert outcome.startswith(f"{file}: ")
            assert len(outcome.splitlines()) == 1
        else:
            assert isinstance(outcome, LabelDistribution)
