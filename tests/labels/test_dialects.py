"""Random label matrices in every dialect that is read: the same distribution comes back, or a refusal, no other."""

import bz2
import gzip
import io
import json
import lzma
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from safetensors.numpy import save
from scipy import sparse
from scipy.io import mmwrite, savemat

from tests.labels.files import npy_bytes, npz_bytes, sparse_npz_bytes, steady, write
from verify.labels.distribution import InputError
from verify.labels.readers import read

Rows = Sequence[Sequence[int]]
Writer = Callable[[tuple[str, ...], Rows], bytes | str]
ODD = ("0", "1", "x", "y", "t", "train", "Labels", "No Finding", "none", "2", "tags", "sea sky")
"""Names that could be taken for something else. (``id`` and ``is_valid`` are taken for no label, and that is said.)"""

names = st.lists(
    st.sampled_from(["sea", "sky", "sun", "dog", "cat", "boat", *ODD]), min_size=2, max_size=6, unique=True
)
cases = names.flatmap(
    lambda labels: st.tuples(
        st.just(tuple(labels)),
        st.lists(st.lists(st.integers(0, 1), min_size=len(labels), max_size=len(labels)), min_size=1, max_size=9),
    )
)


def table(
    delimiter: str = ",", yes: str = "1", no: str = "0", *, key: bool = False, head: bool = True, end: str = ""
) -> Writer:
    def written(labels: tuple[str, ...], rows: Rows) -> str:
        header = [delimiter.join([*(["id"] if key else []), *(f'"{name}"' for name in labels)])] if head else []
        cells = [[*([f"img{i}"] if key else []), *(yes if bit else no for bit in row)] for i, row in enumerate(rows)]
        return "".join(f"{line}{end}\n" for line in [*header, *map(delimiter.join, cells)])

    return written


def chosen(labels: tuple[str, ...], row: Sequence[int]) -> list[str]:
    return [name for name, bit in zip(labels, row, strict=True) if bit]


def listed(separator: str, quote: str = '"') -> Writer:
    return lambda labels, rows: (
        "id,tags\n"
        + "".join(f"img{i},{quote}{separator.join(chosen(labels, row))}{quote}\n" for i, row in enumerate(rows))
    )


def as_coco(labels: tuple[str, ...], rows: Rows) -> str:
    marks = [(i, k) for i, row in enumerate(rows) for k, bit in enumerate(row) if bit]
    return json.dumps(
        {
            "images": [{"id": i} for i in range(len(rows))],
            "annotations": [{"image_id": i, "category_id": 7 * k} for i, k in marks],
            "categories": [{"id": 7 * k, "name": name} for k, name in enumerate(labels)],
        }
    )


def as_xmlc(labels: tuple[str, ...], rows: Rows) -> str:
    lines = [",".join(str(k) for k, bit in enumerate(row) if bit) + " 0:1" for row in rows]
    return f"{len(rows)} 5 {len(labels)}\n" + "".join(f"{line}\n" for line in lines)


def as_keel(labels: tuple[str, ...], rows: Rows) -> str:
    head = "".join(f"@attribute '{name}' {{0,1}}\n" for name in labels)
    return f"@relation r\n{head}@outputs {', '.join(labels)}\n@data\n" + "".join(
        ",".join(map(str, row)) + "\n" for row in rows
    )


def as_weka(labels: tuple[str, ...], rows: Rows) -> str:
    head = "".join(f"@attribute '{name}' {{no,yes}}\n" for name in labels)
    lines = ["\t".join("yes" if bit else "no" for bit in row) + " % a row" for row in rows]
    return f"@relation 'r: -c {len(labels)}'\n{head}@data\n" + "\n".join(lines) + "\n"


def as_mat(labels: tuple[str, ...], rows: Rows) -> bytes:  # noqa: ARG001
    buffer = io.BytesIO()
    savemat(cast("Any", buffer), {"targets": 2.0 * np.array(rows).T - 1, "data": np.zeros((len(rows), 3))})
    return buffer.getvalue()


def as_objects(labels: tuple[str, ...], rows: Rows) -> str:
    return "".join(json.dumps({"text": "a b", "labels": chosen(labels, row)}) + "\n" for row in rows)


def packed(pack: Callable[[bytes], bytes], writer: Writer) -> Writer:
    return lambda labels, rows: pack(str(writer(labels, rows)).encode())


def numbers(row: Sequence[int], separator: str = ",") -> str:
    return separator.join(str(k) for k, bit in enumerate(row) if bit)


def as_parquet(labels: tuple[str, ...], rows: Rows) -> bytes:
    buffer = io.BytesIO()
    columns = {name: [bool(row[k]) for row in rows] for k, name in enumerate(labels)}
    parquet.write_table(pa.table({"id": list(range(len(rows))), **columns}), buffer)
    return buffer.getvalue()


def as_mtx(labels: tuple[str, ...], rows: Rows) -> bytes:  # noqa: ARG001
    buffer = io.BytesIO()
    mmwrite(cast("Any", buffer), sparse.coo_array(np.array(rows)))
    return buffer.getvalue()


def as_sparse(labels: tuple[str, ...], rows: Rows) -> str:
    head = "".join(f"@attribute '{name}' {{0,1}}\n" for name in labels)
    lines = ["{" + ", ".join(f"{k} 1" for k, bit in enumerate(row) if bit) + "}" for row in rows]
    return f"@relation 'r: -C {len(labels)}'\n{head}@data\n" + "\n".join(lines) + "\n"


def long(labels: tuple[str, ...], rows: Rows) -> str:
    """A row per sample and label; what has none has a row with an empty cell."""
    return "id,label\n" + "".join(f"{i},{name}\n" for i, row in enumerate(rows) for name in chosen(labels, row) or [""])


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("labels.csv", data)
    return buffer.getvalue()


DIALECTS: dict[str, Writer] = {
    "a.csv": table(),
    "b.tsv": table("\t", "True", "False"),
    "c.txt": table(";", "1.0", "0.0", key=True),
    "d.csv": table(yes="x", no=""),
    "e.csv": table(yes="1", no="-1", key=True),
    "f.csv": table("|", end="|"),
    "g.txt": table(" ", key=True),
    "h.csv": table(head=False),
    "i.csv.gz": packed(gzip.compress, table()),
    "j.csv.xz": packed(lzma.compress, table(yes="yes", no="no")),
    "k.csv": lambda labels, rows: ("sep=;\r\n" + str(table(";")(labels, rows))).encode("utf-16"),
    "l.csv": listed("|"),
    "m.csv": listed(";", ""),
    "q.csv": lambda _, rows: "id,y\n" + "".join(f'{i},"{list(row)}"\n' for i, row in enumerate(rows)),
    "o.json": as_coco,
    "p.jsonl": as_objects,
    "q.txt": as_xmlc,
    "r.dat": as_keel,
    "s.arff": as_weka,
    "t.mat": as_mat,
    "u.npz": lambda labels, rows: npz_bytes(X=np.full((len(rows), 2), 0.5), y=np.array(rows), labels=np.array(labels)),
    "v.npz": lambda _, rows: sparse_npz_bytes(sparse.coo_array(np.array(rows))),
    "w.safetensors": lambda _, rows: save({"H": np.full((len(rows), 2), 0.5), "labels": np.array(rows)}),
    "y.svm": lambda _, rows: "".join(f"{numbers(row)} 1:0.5\n" for row in rows),
    "z.npy": lambda _, rows: npy_bytes(np.array(rows)),
    "a.parquet": as_parquet,
    "b.mtx": as_mtx,
    "c.json": lambda labels, rows: json.dumps(
        {"labels": labels, "sets": [{"labels": chosen(labels, r)} for r in rows]}
    ),
    "d.json": lambda labels, rows: json.dumps({f"{i}.jpg": chosen(labels, row) for i, row in enumerate(rows)}),
    "e.json": lambda labels, rows: json.dumps({"columns": labels, "data": rows}),
    "f.json": lambda labels, rows: json.dumps(
        {name: {str(i): row[k] for i, row in enumerate(rows)} for k, name in enumerate(labels)}
    ),
    "g.jsonl": lambda _, rows: "".join(
        json.dumps({"text": "a", "labels": list(map(float, row))}) + "\n" for row in rows
    ),
    "h.csv.bz2": packed(bz2.compress, table()),
    "i.zip": packed(zipped, table(key=True)),
    "j.txt": lambda _, rows: "".join(f"{numbers(row)}\n" for row in rows),
    "k.txt": lambda _, rows: "".join(f"img/{i}.jpg {numbers(row, ' ')}\n" for i, row in enumerate(rows)),
    "l.arff": as_sparse,
    "m.dat": lambda labels, rows: "".join(f"{i}::A film::{'|'.join(chosen(labels, r))}\n" for i, r in enumerate(rows)),
    "n.csv": long,
    "o.csv": lambda labels, rows: (
        "id,tags\n" + "".join(f'{i},"{set(chosen(labels, row)) or "set()"}"\n' for i, row in enumerate(rows))
    ),
    "p.csv": lambda labels, rows: (
        "Id,Tags\n"
        + "".join(f"{i},{''.join(f'<{name}>' for name in chosen(labels, row))}\n" for i, row in enumerate(rows))
    ),
    "x.txt": lambda labels, rows: "".join(
        " ".join(f"__label__{name.replace(' ', '_')}" for name in chosen(labels, row)) + " text\n" for row in rows
    ),
}


UNSEEN = {"x.txt", "l.csv", "m.csv"}


@pytest.mark.parametrize("dialect", DIALECTS)
@steady
@given(case=cases)
def test_what_comes_back_is_what_was_written_or_a_refusal(dialect: str, case: tuple[tuple[str, ...], Rows]) -> None:
    labels, rows = case
    if dialect in UNSEEN:  # a blank within a label and one between labels look the same there
        labels = tuple(name.replace(" ", "_") for name in labels)
    expected: dict[frozenset[str], int] = {}
    for row in rows:
        key = frozenset(chosen(labels, row))
        expected[key] = expected.get(key, 0) + 1
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), {dialect: DIALECTS[dialect](labels, rows)})
        try:
            pi = read(file)
        except InputError:
            return
    positions = {name: str(k) for k, name in enumerate(labels)}
    by_number = {frozenset(positions[name] for name in key): n for key, n in expected.items()}
    found = {names: p * pi.total for names, p in pi.items()}
    nothing: dict[frozenset[str], int] = {}  # what says alone that there is no label, and is told of
    for key, n in expected.items():
        plain = frozenset() if key in ({"No Finding"}, {"none"}) else key
        nothing[plain] = nothing.get(plain, 0) + n
    named = bool(set(pi.labels) & set(labels) - set(positions.values()))
    assert found in ([expected, nothing] if named else [by_number, expected, nothing])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_ordinary_matrix_is_read_in_every_dialect(dialect: str, tmp_path: Path) -> None:
    rows = [[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0]]
    pi = read(write(tmp_path, {dialect: DIALECTS[dialect](("sea", "sky", "sun", "dog"), rows)}))
    assert (pi.total, pi.K, len(pi.masks), sorted(pi.class_counts)) == (6, 4, 6, [2, 2, 2, 3])
