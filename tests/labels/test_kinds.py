"""Kinds of label files that could be read as something else: each is read as what it says, or asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mlnc
from tests.labels.files import refusal, write
from verify.labels.readers import inspect, read

READ = {
    "a.csv": ("id,labels\n1,\"('a', 'b')\"\n2,\"('a',)\"\n3,()\n", "ab", {0b11: 1, 0b01: 1, 0: 1}),
    "b.csv": ('id,labels\n1,"{""a"": 1, ""b"": 1}"\n2,"{""a"": 0, ""b"": 1}"\n', "ab", {0b11: 1, 0b10: 1}),
    "c.csv": ("title,genres\nA,\"[{'id': 16, 'name': 'b'}, {'name': 'a'}]\"\nB,[]\n", "ab", {0b11: 1, 0: 1}),
    "d.csv": ('text,labels\n"some text","""a"",""b"""\nother text,"""a"""\n', "ab", {0b11: 1, 0b01: 1}),
    "e.csv": ("image_id,label,score\n1,a,0.9\n1,b,0.8\n2,b,0.7\n3,none,0.6\n", "ab", {0b11: 1, 0b10: 1, 0: 1}),
    "f.jsonl": ('{"labels": [0.0, 1.0]}\n{"labels": [0.0, 0.0]}\n{"labels": [1.0, 1.0]}\n', "01", {2: 1, 0: 1, 3: 1}),
    "g.txt": ("x/a.jpg 0 2\nx/b.jpg 1\nx/c.jpg\n", "012", {0b101: 1, 0b010: 1, 0: 1}),
}
ASKED = {
    "a.csv": ("id,labels\n1,a/b\n2,b\n3,c/a\n", "'a/b' could be one label or 2: say with separator="),
    "b.csv": ("id,labels\n1,0110\n2,1000\n", "could be indicators or a number"),
    "c.csv": ("id,label\n1,stop sign\n1,person\n2,person\n", "could be one label or several: say with separator="),
    "d.csv": ("a,b,weight\n1,0,3\n0,1,5\n1,1,2\n", "column 'weight' may weigh the rows"),
    "e.csv": ("id,a,b,num_labels\n1,1,0,1\n2,0,1,1\n3,0,0,0\n", "column 'num_labels' may be no label"),
    "f.csv": ("id,a,b,a_pred,b_pred\n1,1,0,1,0\n2,0,1,1,1\n", "column 'a_pred' may be no label"),
    "g.csv": ("ImageID,LabelName,Confidence\n1a,m1,1\n1a,m2,0\n2b,m2,1\n", "column 'Confidence' may say"),
    "h.csv": ("image_id,user_id,label\n1,7,a\n1,8,b\n2,7,a\n", "'image_id' and 'user_id' repeat"),
    "i.csv": ("file;a;b\nb.png;WAHR;FALSCH\nc.png;FALSCH;WAHR\n", "words for yes and no with present="),
    "j.json": ('{"dog": ["a.jpg", "b.jpg"], "cat": ["a.jpg"]}', "a map of lists of files, by label"),
    "k.json": ('{"0": {"0": 1, "1": 0}, "1": {"0": 1, "1": 1}}', "a map of numbers, by sample or by label"),
    "l.json": ('{"columns": ["a", "b"], "data": [[1]]}', 'rows in "data" do not fit'),
    "m.mtx": ("%%MatrixMarket matrix coordinate integer general\n2 3\n", "no intact Matrix Market file"),
}


@pytest.mark.parametrize("name", READ)
def test_what_it_says_is_read(name: str, tmp_path: Path) -> None:
    text, labels, weight_of = READ[name]
    pi = read(write(tmp_path, {name: text}))
    assert (pi.labels, pi.weight_of) == (tuple(labels), weight_of)


@pytest.mark.parametrize("name", ASKED)
def test_what_could_be_either_is_asked_about(name: str, tmp_path: Path) -> None:
    text, asked = ASKED[name]
    assert asked in refusal(write(tmp_path, {name: text}))


def test_the_answer_settles_it(tmp_path: Path) -> None:
    def file(name: str) -> Path:
        return write(tmp_path, {name: ASKED[name][0]})

    assert read(file("a.csv"), separator="/").labels == ("a", "b", "c")
    assert read(file("c.csv"), separator="|").labels == ("person", "stop sign")
    assert read(file("d.csv"), ignore="weight").labels == ("a", "b")
    assert read(file("f.csv"), labels=["a", "b"]).labels == ("a", "b")
    assert read(file("g.csv"), ignore="Confidence").weight_of == {0b11: 1, 0b10: 1}
    assert read(file("h.csv"), ignore="user_id").weight_of == {0b11: 1, 0b01: 1}
    assert read(file("i.csv"), present="WAHR", absent="FALSCH").labels == ("a", "b")


@pytest.mark.parametrize("kind", ["i1", "i4", "i8", "f4", "f8", "?"])
def test_an_array_is_not_called_text(kind: str, tmp_path: Path) -> None:
    """Every other byte of small whole numbers is 0, as in UTF-16."""
    rows = np.random.default_rng(0).integers(0, 2, (115, 4))
    np.save(tmp_path / "y.npy", rows.astype(kind))
    assert inspect(tmp_path / "y.npy")[0].what == "NPY, 115 x 4, samples x labels"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_text_is_read_without_a_mark_too(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "y.csv"
    file.write_bytes("a,b\n1,0\n1,1\n".encode(encoding))
    assert read(file).weight_of == {0b01: 1, 0b11: 1}


def test_labels_that_never_or_always_occur_and_rows_without_one_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("a,b,c,d,e\n1,1,0,0,1\n1,1,0,1,0\n1,1,0,0,0\n")
    (found,) = inspect(file)
    assert (found.never, found.always) == (1, 2)
    assert found.line().endswith("3 samples, 1 label never occurs, 2 labels always occur")
    assert mlnc.inspect(file).lines()[-1] == "0 of 3 rows have no label"
    file.write_text("a,b\n1,0\n0,0\n0,0\n0,1\n")
    assert mlnc.inspect(file).lines()[-1] == "2 of 4 rows have no label"
    assert mlnc.inspect(file).as_json()["files"][0]["without_labels"] == 2
    assert "occur" not in inspect(file)[0].line(), "control"
