"""Near variants of the files that people have, with what each was expected to say before it was read."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mlnc
from tests.labels.files import refusal
from verify.labels.readers import inspect

M = [[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 0]]
THESE = ("a", "b", "c"), ["ac", "b", "", "ab"]


def table(
    separator: str = ",", spelt: Callable[[int], str] = str, end: str = "\n", before: str = "", names: str = "abc"
) -> str:
    """The matrix as text, with or without a first column of names."""
    rows = [list(names), *(list(map(spelt, row)) for row in M)]
    lead = ["id", *(f"x{i}.png" for i in range(len(M)))] if before == "id" else []
    return end.join(separator.join([*lead[i : i + 1], *row]) for i, row in enumerate(rows)) + end


def listed(*cells: str, name: str = "labels") -> str:
    """A column of lists, quoted."""
    return f"id,{name}\n" + "".join(f'{i},"{cell}"\n' for i, cell in enumerate(cells))


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return file.getvalue()


def saved(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


def arrow(stream: bool, metadata: dict[bytes, bytes] | None = None) -> bytes:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    found = pa.table({"text": list("wxyz"), "labels": pa.array([[0, 2], [1], [], [0, 1]])})
    found, file = found.replace_schema_metadata(metadata), io.BytesIO()
    if not stream:
        parquet.write_table(found, file)
    else:
        with pa.ipc.new_stream(file, found.schema) as writer:
            writer.write_table(found)
    return file.getvalue()


NAMED = {"labels": {"feature": {"names": ["a", "b", "c", "never"], "_type": "ClassLabel"}, "_type": "Sequence"}}
FEATURES = {b"huggingface": json.dumps({"info": {"features": NAMED}}).encode()}
AB = ("a", "b"), ["ab", "b"]
ARFF = "@relation 'x: -C 3'\n@attribute a {0,1}\n@attribute b {0,1}\n@attribute c {0,1}\n@attribute f numeric\n@data\n"

READ: dict[str, tuple[str | bytes, tuple[tuple[str, ...], list[str]]]] = {
    # tables
    "bom, semicolons and the line ends of Windows.csv": ("\ufeff" + table(";", end="\r\n"), THESE),
    "decimal commas.csv": (table(";", lambda x: f"{x},0"), THESE),
    "decimal commas beside.csv": ("id;age;a;b\n1;1,5;1;1\n2;0,5;0;1\n", AB),
    "thousands.csv": ('id,views,a,b\n1,"1,200",1,1\n2,"3,400",0,1\n', (("a", "b"), ["ab", "b"])),
    "line ends of old.csv": (table(end="\r"), THESE),
    "numpy.savetxt.csv": ("# " + table(spelt="{:.18e}".format), THESE),
    "times.csv": ("time,a,b\n2020-01-01 00:00,1,1\n2020-01-02 00:00,0,1\n", AB),
    "utf-16 without a mark.csv": (table().encode("utf-16-be"), THESE),
    "utf-32.csv": (table().encode("utf-32"), THESE),
    "windows.csv": (table(names="aé“").encode("cp1252"), (("a", "é", "“"), ["a“", "é", "", "aé"])),
    "crosses.csv": (table(spelt=lambda x: "✓" * x), THESE),
    "plus and minus.csv": (table(spelt=lambda x: f"{2 * x - 1:+d}", before="id"), THESE),
    "bars.txt": (table("|", before="id"), THESE),
    # cells that list labels
    "words of numpy.csv": (listed("['a' 'c']", "['b']", "[]", "['a'\n 'b']"), THESE),
    "numbers of numpy.csv": (listed("[1. 0. 1.]", "[0. 1. 0.]", "[0. 0. 0.]", "[1. 1. 0.]"),
                             (("0", "1", "2"), ["02", "1", "", "01"])),
    "flags of numpy.csv": (listed("[ True False]", "[False  True]", "[ True  True]"), (("0", "1"), ["0", "1", "01"])),
    "flags of python.csv": (listed("[True, True]", "[False, True]"), (("0", "1"), ["01", "1"])),
    "repr of a tensor.csv": (listed("tensor([1, 1, 0])", "tensor([0, 1, 0])"), (("0", "1", "2"), ["01", "1"])),
    "repr of an array.csv": (listed("array(['a', 'b'], dtype=object)", "array(['b'], dtype=object)"), AB),
    "one column.csv": ("labels\na|b\nb\n", AB),
    "blank lines of one column.csv": ("labels\na|b\n\nb\n\n", (("a", "b"), ["ab", "", "b", ""])),
    "a sign at the end.csv": (listed("a|b|", "b|"), AB),
    "boxes.csv": ("image,x1,y1,class\n1.jpg,1,2,a\n1.jpg,3,4,b\n2.jpg,5,6,b\n", AB),
    "commas.fasttext.txt": ("__label__a, __label__b , some words\n__label__b , more\n", AB),
    # JSON
    "under a key.json": ('{"version": "1", "data": [{"id": 1, "labels": ["a", "b"]}, {"id": 2, "labels": ["b"]}]}', AB),
    "map to flags.jsonl": ('{"y": {"a": true, "b": true}}\n{"y": {"a": false, "b": true}}\n', AB),
    # ARFF
    "lines of Windows.arff": ((ARFF + "1,0,1,3\n0,1,0,2\n0,0,0,1\n1,1,0,9\n").replace("\n", "\r\n"), THESE),
    "counted from the end.arff": ("@relation 'x: -C -2'\n@attribute f numeric\n@attribute a {0,1}\n@attribute b {0,1}\n"
                                  "@data\n3,1,1\n2,0,1\n", AB),
    "sparse with another default.arff": ("@relation 'x: -C 2'\n@attribute a {1,0}\n@attribute b {0,1}\n@data\n"
                                         "{1 1}\n{0 0,1 1}\n", AB),
    # arrays and columns
    "structured.npy": (saved(np.array([(1, 1), (0, 1)], dtype=[("a", "i4"), ("b", "i4")])), AB),
    "stream.arrow": (arrow(True, FEATURES), (("a", "b", "c", "never"), ["ac", "b", "", "ab"])),
    "named in the metadata.parquet": (arrow(False, FEATURES), (("a", "b", "c", "never"), ["ac", "b", "", "ab"])),
    "numbers.parquet": (arrow(False), (("0", "1", "2"), ["02", "1", "", "01"])),
}  # fmt: skip

ASKED: dict[str, tuple[str | bytes, str]] = {
    "a fact among labels.csv": ("text,toxic,insult,is_new\nx y,1,0,0\nz w,0,1,1\n", "column 'is_new' may be no label"),
    "a label apart.csv": (
        "image,gender,age,a,b\n1.png,1,30,1,0\n2.png,0,41,0,1\n3.png,1,52,1,1\n",
        "stand on either side of 'age'",
    ),
    "counted sets.csv": ('labels,n\n"a,b",10\na,20\n', "column 'n' may weigh the rows"),
    "counted lists.csv": ("id,tags,count\n1,a|b,10\n2,b,7\n", "column 'count' may weigh the rows"),
    "a column per label of a sample.csv": (
        "id,label1,label2\n1,a,\n2,b,a\n3,c,b\n",
        "columns 'label1', 'label2' could hold a label each, and lists are read from one column: join them in one",
    ),
    "two signs.csv": (listed("a|b,c", "b", "c|a"), "'b,c' could be one label or 2"),
    "cut short.csv": (listed("[1 2 ... 9]", "[3]"), "the list is cut short by ..."),
    "cut short words.csv": (listed("['a' 'b' ... 'z']", "['b']"), "the list is cut short by ..."),
    "cut short lists.csv": (listed("[1, 2, ...]", "[3]"), "the list is cut short by ..."),
    "flags of many lengths.csv": (listed("[True, False]", "[True]"), "True or False is no label"),
    "lines of words.txt": ("a b\n\nc a\n", "format= lists if each line lists labels"),
    "probabilities.npy": (saved([[0.9, 0.1], [0.2, 0.8]]), "say with threshold="),
    "no label XML beside.arff": (ARFF.replace(": -C 3", "") + "1,0,1,3\n", "say which with labels="),
    "two of one name.json": (
        '{"images": [{"id": 1}], "categories": [{"id": 1, "name": "p"}, {"id": 2, "name": "p"}], "annotations": []}',
        "two of its categories have one name",
    ),
    "labels.yml": ("- id: 1\n  labels: [a, b]\n", "it is YAML: convert it with `json.dump(yaml.safe_load("),
    "no ending": ("x.png:\n  - a\ny.png:\n  - b\n", "it is YAML"),
    "pointer.csv": ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n", "`git lfs pull`"),
    "table.ods": (
        zipped("mimetype", "content.xml").replace(b"<x/>", b"application/vnd.oasis", 1),
        "it is an OpenDocument table",
    ),
    "table.xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "it is an Excel workbook: convert it with"),
    "version 7.3.mat": (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM", "MATLAB: save with '-v7'"),
    "code.py": ("import numpy as np\nlabels = [1, 2]\nprint(labels)\n", "it is not a label file that is known"),
}

ALOUD: dict[str, tuple[str, str]] = {
    "cases.csv": (listed("Cat|dog", "cat"), "'Cat' and 'cat' differ in case only, and are two labels"),
    "commas.txt": ("__label__a, x\n__label__b y\n", "a comma at the end of 1 labels is none of their names"),
    "ranked.svm": ("1 qid:1 1:0.3\n2 qid:1 2:0.1\n", "qid: marks grades of a ranking"),
    "blank lines.csv": ("labels\na|b\n\nb\n\n", "2 blank lines are samples without labels, 1 columns"),
    "commas.csv": (table(";", "{},0".format), "header, decimal commas, 3 columns"),
}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("name", READ)
def test_a_variant_is_read(name: str, tmp_path: Path) -> None:
    content, (labels, rows) = READ[name]
    (found,) = inspect(written(tmp_path, name, content))
    assert found.rows.labels == labels
    spelt = ["".join(label for k, label in enumerate(labels) if mask >> k & 1) for mask in found.rows.masks]
    assert spelt == rows


@pytest.mark.parametrize("name", ASKED)
def test_a_variant_is_asked_about_or_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "about.xml").write_text("<annotations/>")
    content, says = ASKED[name]
    assert says in refusal(written(tmp_path, name, content))


@pytest.mark.parametrize("name", ALOUD)
def test_what_is_odd_is_said(name: str, tmp_path: Path) -> None:
    content, says = ALOUD[name]
    assert says in inspect(written(tmp_path, name, content))[0].line()


def test_sets_and_structured_arrays_are_read_from_memory_too() -> None:
    expected = mlnc.read([["a", "b"], ["b"]])
    assert mlnc.read([{"a", "b"}, frozenset("b")]) == mlnc.read({"labels": [{"b", "a"}, {"b"}]}) == expected
    assert mlnc.read(np.array([(1, 1), (0, 1)], dtype=[("a", "i4"), ("b", "i4")])) == expected
