"""Kinds of label files that could be read as something else: each is read as what it says, or asked about."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlnc as api
from tests.conftest import Run
from tests.labels.files import refusal, write
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.labels.readers import inspect, read

READ = {
    "a.csv": ("id,labels\n1,\"('a', 'b')\"\n2,\"('a',)\"\n3,()\n", "ab", {0b11: 1, 0b01: 1, 0: 1}),
    "b.csv": ('id,labels\n1,"{""a"": 1, ""b"": 1}"\n2,"{""a"": 0, ""b"": 1}"\n', "ab", {0b11: 1, 0b10: 1}),
    "c.csv": ("title,genres\nA,\"[{'id': 16, 'name': 'b'}, {'name': 'a'}]\"\nB,[]\n", "ab", {0b11: 1, 0: 1}),
    "d.csv": ('text,labels\n"some text","""a"",""b"""\nother text,"""a"""\n', "ab", {0b11: 1, 0b01: 1}),
    "e.csv": ("image_id,label,score\n1,a,0.9\n1,b,0.8\n2,b,0.7\n3,none,0.6\n", "ab", {0b11: 1, 0b10: 1, 0: 1}),
    "f.jsonl": ('{"labels": [0.0, 1.0]}\n{"labels": [0.0, 0.0]}\n{"labels": [1.0, 1.0]}\n', "01", {2: 1, 0: 1, 3: 1}),
    "h.csv": ("a,b,ratio\n1,0,inf\n0,1,2\n", "ab", {0b01: 1, 0b10: 1}),
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
    "n.csv": ("a,b,c\n1,0,7\n0,1,x\n1,1,8\n", "label 'c' is '7': a label is 0 or 1"),
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
    assert api.inspect(file).lines()[-1] == "0 of 3 rows have no label"
    file.write_text("a,b\n1,0\n0,0\n0,0\n0,1\n")
    assert api.inspect(file).lines()[-1] == "2 of 4 rows have no label"
    assert api.inspect(file).as_json()["files"][0]["without_labels"] == 2
    assert "occur" not in inspect(file)[0].line(), "control"


# ---------------------------------------------------------------------- what was stated is used, or refused

SPLIT = "split,fold,a,b,c\ntrain,1,1,0,1\ntest,2,0,1,0\ntrain,3,0,1,1\nval,1,1,1,0\n"


def put(file: Path, content: str) -> Path:
    """Written, in UTF-8."""
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["drop", "present", "absent"])
def test_a_value_that_never_occurs_is_refused(name: str, tmp_path: Path) -> None:
    """In tables, in lists, where it means nothing, and in data frames; of several files one has to have it."""
    table, lists = put(tmp_path / "s.csv", SPLIT), put(tmp_path / "l.csv", "id,tags\n1,a|b\n2,b\n")
    stated: Any = {name: ("train",)}
    for file in (table, lists):
        said = refusal(file, **stated)
        assert f"no label is 'train', which {name}= speaks of" in said
        assert "rows= COLUMN=VALUE" in said
    with pytest.raises(InputError, match=f"which {name}= speaks of"):
        api.read({"a": ["1", "0"], "b": ["0", "1"]}, **stated)
    odd, negative = put(tmp_path / "odd.csv", SPLIT.replace("train,3,0", "train,3,-1")), {name: ("-1",)}
    both: Any = {"missing": "absent", "present": ("1",), **negative}
    assert read([table, odd], **both).K == 3, "control"


def test_rows_are_chosen_by_another_column_everywhere(tmp_path: Path, mlnc: Run) -> None:
    """In files and data frames, by a command and by an argument; and what is chosen is said."""
    table = put(tmp_path / "s.csv", SPLIT)
    (found,) = inspect(table, rows="split=train")
    assert (found.rows.labels, found.rows.masks) == (("a", "b", "c"), (0b101, 0b110))
    assert found.notes[0] == "only rows with split = train, 2 of 4"
    columns = {name: list(cells) for name, *cells in zip(*(line.split(",") for line in SPLIT.split()), strict=True)}
    assert api.read(columns, rows="split=train") == read(table, rows="split=train")
    assert inspect(table, rows="fold=1")[0].rows.masks == (0b101, 0b011), "a number is no label either"
    code, out, err = mlnc("spectrum", table, "--rows", "split=train", "--lam", "1e-2")
    assert code == 0
    assert "only rows with split = train, 2 of 4" in err
    assert "total weight 2, 3 labels" in out
    np.save(tmp_path / "H.npy", np.eye(2))
    code, out, _ = mlnc("measure", tmp_path / "H.npy", table, "--rows", "split=train", "--loss", "bce", "--lam", "1/10")
    assert code == 0
    assert "2 samples of 2 features" in out
    lists = put(tmp_path / "l.csv", "id,tags,part\n1,a|b,x\n2,b,y\n3,a,x\n")
    assert inspect(lists, rows="part=x")[0].rows.masks == (0b11, 0b01)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("split", "rows= is 'split': give COLUMN=VALUE, such as split=train"),
        ("part=train", "column 'part' of rows= is not in the header, which has 'split', 'fold', 'a', 'b', 'c'"),
        ("split=dev", "no row has split = 'dev', as rows= says: its values are 'train', 'test', 'val'"),
    ],
)
def test_rows_that_cannot_be_chosen_are_refused(rows: str, says: str, tmp_path: Path) -> None:
    assert says in refusal(put(tmp_path / "s.csv", SPLIT), rows=rows)
    np.save(tmp_path / "y.npy", np.eye(3, dtype=int))
    assert "rows= is for tables with named columns" in refusal(tmp_path / "y.npy", rows="split=train")


@pytest.mark.parametrize(
    ("cells", "flags", "decimal"),
    [
        ("12,50 3,20 7,00", "10 01 11", True),
        ("12,50 3 -", "10 01 11", True),
        ("12,50 3,05 7,00", "+- -+ ++", True),
        ("1,3 2,4 1,4", "", False),
    ],
)
def test_decimal_commas_are_no_lists_of_labels(cells: str, flags: str, decimal: bool, tmp_path: Path) -> None:
    prices = [cell.replace("-", "") for cell in cells.split()]
    words = {"1": "1", "0": "0", "+": "ja", "-": "nein"}
    rows = [f"{i};{price}" for i, price in enumerate(prices)]
    if flags:
        rows = [f"{row};{words[pair[0]]};{words[pair[1]]}" for row, pair in zip(rows, flags.split(), strict=True)]
    file = put(tmp_path / "p.csv", "\n".join(["id;Preis" + ";a;b" * bool(flags), *rows, ""]))
    stated: Any = {"present": ["ja"], "absent": ["nein"]} if "+" in flags else {}
    (found,) = inspect(file, **stated)
    assert ("decimal commas" in found.what) is decimal
    assert found.rows.labels == (("a", "b") if decimal else ("1", "2", "3", "4"))
    if "+" in flags:
        assert "leave the column out with ignore=" in refusal(file), "and not lists, where the words mean nothing yet"


LISTED = "id,tags,note,a,b\nx1,u|v,some text,1,0\nx2,u|w,other text,0,1\nx3,u|x,other text z,1,1\n"


def test_of_a_number_of_labels_it_is_said_which_columns_it_names(tmp_path: Path) -> None:
    file = put(tmp_path / "n.csv", LISTED.replace("|", " "))
    said = refusal(file, labels=3)
    assert "labels= 3 are the first 3 columns, 'id', 'tags', 'note' (labels= -3: the last), and 'id' has 'x1'" in said
    assert read(file, labels=-2).labels == ("a", "b"), "control"
    listed = put(tmp_path / "l.csv", LISTED)
    assert "or leave the column out with ignore=tags" in refusal(listed)
    assert "labels= 3 are the first 3 columns" in refusal(listed, labels=3)
    assert read(listed, ignore="tags").labels == ("a", "b")


def test_a_field_of_0_and_1_is_one_label_and_no_list_of_two(tmp_path: Path) -> None:
    file = put(tmp_path / "f.csv", "id,Schöne Farbe,label\n1,1,0\n2,0,1\n3,1,1\n")
    ways: list[dict[str, Any]] = [{"field": "Schöne Farbe"}, {"labels": ["Schöne Farbe"]}]
    for stated in ways:
        assert "column 'Schöne Farbe' holds 0 and 1, so it is one label" in refusal(file, **stated)
    assert read(file, field="label").labels == ("0", "1"), "classes of a name that lists have are what they say"


def test_an_empty_string_in_a_list_is_no_label_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """What splitting a blank leaves, as ``Series.str.split`` does."""
    with caplog.at_level("INFO", "mlnc.labels"):
        found = api.read({"tags": [text.split("|") for text in ("a|b", "", "b|", "a")]})
    assert found == LabelDistribution.from_sets([(["a", "b"], 1), ([], 1), (["b"], 1), (["a"], 1)], labels="ab")
    assert "'' in the lists of 2 rows read as no label" in caplog.text


def test_names_in_one_string_are_no_path() -> None:
    with pytest.raises(InputError, match=r"no such file: give names as a list, \['drama', 'comedy'\], a number"):
        api.read({"drama": [1, 0], "comedy": [0, 1]}, labels="drama,comedy")


def test_what_is_no_label_file_is_said_to_be_none(tmp_path: Path, mlnc: Run) -> None:
    """Prose with a word in brackets, prose with bars; a table with one label says what its columns hold."""
    sentence = "a sentence that goes on for more characters than the name of any label would have"
    for prose in (
        "See this\nor [all | of it](notes/claims.md)\nwith\nmore\n",
        f"first | {sentence}\nsecond\nthird\nand\nso\non\n",
    ):
        file = put(tmp_path / "README.md", prose)
        code, out, err = mlnc("spectrum", file)
        assert (code, out) == (2, "")
        assert err.startswith(f"mlnc: {file}: it is not a label file that is known")
        assert "give --format, or save" in err
    one = put(tmp_path / "one.csv", "id,text,a\nk1,foo bar,1\nk2,bar foo,0\n")
    assert "1 label(s) among the columns 'id' (text), 'text' (text), 'a' (0 and 1)" in mlnc("spectrum", one)[2]
    empty = put(tmp_path / "empty.csv", "a,b\n0,0\n1,1\n")
    assert "see with `mlnc inspect` whether the right columns" in mlnc("spectrum", empty)[2]
    assert "such as --lam 1e-3" in mlnc("solve", one)[2]


def test_the_command_names_options_and_python_arguments(tmp_path: Path, mlnc: Run) -> None:
    """In refusals, in how a file was read, and in what inspect prints; names of labels stay as they are."""
    numbers = put(tmp_path / "n.csv", "id,labels\n1,0;2\n2,2\n3,0\n")
    (note,) = inspect(numbers)[0].notes
    assert "labels= N says how many" in note
    for said in (mlnc("inspect", numbers)[1], mlnc("spectrum", numbers, "--lam", "1e-2")[2]):
        assert "--labels N says how many" in said
        assert "labels= " not in said
    odd = put(tmp_path / "odd.csv", "bias=1,loss=2\n1,0\n0,1\n")
    assert "2 labels bias=1, loss=2" in mlnc("inspect", odd)[1]
    np.save(tmp_path / "H.npy", np.eye(2))
    assert "give --lam and --loss" in mlnc("measure", tmp_path / "H.npy", odd)[2]
    with pytest.raises(InputError, match="give lam= and loss="):
        api.measure(np.eye(2), [[1, 0], [0, 1]])


def test_a_column_without_a_name_is_called_what_refusals_call_it(tmp_path: Path) -> None:
    """The second of two is '1' there; a number that is no such name counts columns."""
    file = put(tmp_path / "f.tsv", "x.png\tsea,sky\ny.png\tsky\nz.png\tsea\nu.png\tsky\n")
    assert "'0' (text), '1' (text): name those of 0 and 1 with labels= , one of lists with field=" in refusal(file)
    assert read(file, field="1").labels == read(file, field="2").labels == ("sea", "sky")
    assert len(read(file, field="0").labels) == 4, "control"


def test_rows_that_say_that_a_label_is_absent_are_left_out_as_the_refusal_says(tmp_path: Path) -> None:
    file = put(tmp_path / "v.csv", "id,label,value\n1,sea,1\n1,sky,0\n2,sea,1\n2,sky,1\n3,sky,1\n")
    assert "keep the rows that count with rows=value=1 ," in refusal(file)
    assert sorted(read(file, rows="value=1").class_counts) == [2, 2]


def test_objects_in_a_list_are_labels_by_their_name(tmp_path: Path) -> None:
    lines = '{"id": 1, "objects": [{"KEY": "sea", "box": 3}, {"KEY": "sky"}]}\n{"id": 2, "objects": [{"KEY": "sky"}]}\n'
    for key in ("name", "label", "category"):
        assert read(put(tmp_path / "o.jsonl", lines.replace("KEY", key))).labels == ("sea", "sky")
    assert "'note': 'sea'} is no label" in refusal(put(tmp_path / "o.jsonl", lines.replace("KEY", "note")))
