"""The readers: published statistics of real data, every format forth and back, and bad input in one line.

A bad file is a good file with one thing broken, and the good one is read first: that is the control, and it leaves the
broken thing as the only possible cause of the refusal.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from verify.labels import readers
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.masks import indicator
from verify.labels.readers import from_array, npz, pool, read

DATA = Path(os.environ.get("MLNC_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "mulan"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data sets not found at {DATA}; set MLNC_DATA")

steady = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


# ---------------------------------------------------------------------- real data


@dataclass(frozen=True)
class Published:
    name: str
    instances: int
    labels: int
    cardinality: str
    density: str
    distinct: int
    empty: int
    full: int

    @property
    def files(self) -> list[Path]:
        return sorted((DATA / self.name).glob("*.arff"))


PUBLISHED = [
    Published("emotions", 593, 6, "1.868", "0.311", 27, 0, 0),  # printed as 1.869, see the test after the next
    Published("yeast", 2417, 14, "4.237", "0.303", 198, 0, 0),
    Published("flags", 194, 7, "3.392", "0.485", 54, 0, 2),
    Published("birds", 645, 19, "1.014", "0.053", 133, 294, 0),
    Published("medical", 978, 45, "1.245", "0.028", 94, 0, 0),
    Published("bibtex", 7395, 159, "2.402", "0.015", 2856, 0, 0),
]


@needs_data
@pytest.mark.parametrize("fact", PUBLISHED, ids=lambda fact: fact.name)
def test_published_statistics_are_reproduced(fact: Published) -> None:
    pi = read(fact.files)
    rows = pi.weight_of
    assert (pi.total, pi.K, len(pi.masks)) == (fact.instances, fact.labels, fact.distinct)
    assert (rows.get(0, 0), rows.get((1 << pi.K) - 1, 0)) == (fact.empty, fact.full)
    assert rounded(pi.cardinality, 3) == Decimal(fact.cardinality)
    assert rounded(pi.cardinality / pi.K, 3) == Decimal(fact.density)


@needs_data
def test_the_published_cardinality_of_emotions_was_rounded_twice() -> None:
    exact = read(DATA / "emotions" / "emotions.arff").cardinality
    assert exact == Fraction(1108, 593)
    assert rounded(exact, 3) == Decimal("1.868")
    assert rounded(Fraction(rounded(exact, 4)), 3) == Decimal("1.869")


@needs_data
def test_real_label_names_are_those_of_the_xml_with_escapes_undone() -> None:
    pi = read([DATA / "birds" / "birds-train.arff", DATA / "birds" / "birds-test.arff"])
    assert pi.labels == readers.label_names(DATA / "birds" / "birds.xml")
    assert "Stellar's Jay" in pi.labels


@needs_data
def test_stale_meka_marks_of_medical_are_not_believed(tmp_path: Path) -> None:
    alone = tmp_path / "medical.arff"
    alone.write_bytes((DATA / "medical" / "medical.arff").read_bytes())
    assert refusal(alone).endswith("carries '-C' 2 times: say which attributes with labels=")
    assert read(alone, labels=DATA / "medical" / "medical.xml") == read(DATA / "medical" / "medical.arff")


def rounded(value: Fraction, digits: int) -> Decimal:
    """Correctly rounded from the exact value (half away from zero, the habit of printed tables)."""
    scaled = value * 10**digits
    return Decimal(int(scaled + Fraction(1, 2))).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    return str(caught.value)


# ---------------------------------------------------------------------- one good file of each format, all the same data

LABELS = ("sea", "sky", "sun")
BEACH_SETS = [(("sea",), 1), (("sea", "sky"), 2), ((), 1), (LABELS, 1)]
BEACH = LabelDistribution.from_sets(BEACH_SETS, LABELS)

HEADER = (
    "% at the beach\n@relation beach\n\n@attribute temperature numeric\n@ATTRIBUTE 'the day' {mo, 'tu, we'}\n"
    "@attribute sea {0,1}\n@attribute sky {0,1}\n@attribute sun numeric\n"
)
DENSE = HEADER + "@data\n7.5,mo,1,0,0\n8,'tu, we',1,1,0\n9,?,1,1,0.0\n% so far\n\n1e1,mo,0,0,0\n2,mo,1,1,1\n"
SPARSE = HEADER + "@data\n{0 7.5, 2 1}\n{1 'tu, we',2 1,3 1}\n{2 1,3 1}\n{ }\n{2 1,3 1,4 1.0}\n"
XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<labels xmlns="http://mulan.sourceforge.net/labels">\n'
    '<label name="sea"></label>\n<label name="sky"><label name="sun"/></label>\n</labels>\n'
)
MEKA = (
    "@relation 'beach: -C 3 -split 2'\n@attribute sea {0,1}\n@attribute sky {0,1}\n@attribute sun {0,1}\n"
    "@attribute note string\n@data\n1,0,0,a\n1,1,0,'b, c'\n1,1,0,d\n0,0,0,e\n1,1,1,f\n"
)
CSV = "sea,sky,sun\n1,0,0\n1,1,0\n\n1,1, 0.0\n0,0,0\n1,1,1\n"
LIBSVM = "# beach\n1 1:0.5 9:1\n1,2 2:1\n2,1 3:0.1 # noon\n 1:0\n1,2,3 4:1\n"
JSON = json.dumps(
    {
        "labels": LABELS,
        "sets": [
            {"labels": ["sea"], "weight": 1},
            {"labels": ["sky", "sea"], "weight": "4/2"},
            {"labels": []},
            {"labels": ["sea", "sun", "sky"], "weight": 1.0},
        ],
    }
)
ROWS = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]])


def npz_bytes(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def sparse_npz_bytes(matrix: Any) -> bytes:
    buffer = io.BytesIO()
    sparse.save_npz(buffer, matrix)
    return buffer.getvalue()


NPZ = npz_bytes(Y=ROWS, labels=np.array(LABELS))


def npy_bytes(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


GOOD: dict[str, dict[str, str | bytes]] = {
    "dense": {"beach.arff": DENSE, "beach.xml": XML},
    "sparse": {"beach-train.arff": SPARSE, "beach.xml": XML},
    "only xml": {"rows.arff": DENSE, "names.xml": XML},
    "meka": {"beach.arff": MEKA},
    "csv": {"beach.csv": CSV},
    "libsvm": {"beach.svm": LIBSVM},
    "json": {"beach.json": JSON},
    "npz": {"beach.npz": NPZ},
    "npz with features": {"beach.npz": npz_bytes(H=np.full((5, 7), 0.5), Y=ROWS, labels=np.array(LABELS))},
    "npy": {"beach.npy": npy_bytes(ROWS == 1)},
    "words": {"beach.csv": "sea,sky,sun\ntrue,FALSE,0\nTrue,true,False\n1,1, 0.0\n0,0,0\nTRUE,1,1\n"},
}

OPTIONS: dict[str, dict[str, Any]] = {"libsvm": {"labels": LABELS}, "npy": {"labels": LABELS}}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Writes the files; the first is the one to read."""
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / next(iter(files))


@pytest.mark.parametrize("kind", GOOD)
def test_every_format_reads_the_same_beach(kind: str, tmp_path: Path) -> None:
    assert read(write(tmp_path, GOOD[kind]), **OPTIONS.get(kind, {})) == BEACH


MASKS = tuple(int("".join(map(str, row[::-1])), 2) for row in ROWS.tolist())


@pytest.mark.parametrize("kind", sorted(GOOD.keys() - {"json"}))
def test_every_format_keeps_the_order_of_rows_when_asked(kind: str, tmp_path: Path) -> None:
    options = OPTIONS.get(kind, {})
    file = write(tmp_path, GOOD[kind])
    rows = readers.read_rows(file, **options)
    assert (rows.labels, rows.masks) == (LABELS, MASKS)
    assert rows.distribution == read(file, **options)


@pytest.mark.parametrize(("kind", "format"), [("dense", "mulan"), ("meka", "meka")])
def test_rows_of_a_format_that_is_named(kind: str, format: readers.Format, tmp_path: Path) -> None:
    assert readers.read_rows(write(tmp_path, GOOD[kind]), format=format).masks == MASKS


def test_rows_of_sparse_arrays_keep_empty_ones(tmp_path: Path) -> None:
    matrix = sparse.csr_array(np.vstack([np.zeros((2, 3), dtype=int), ROWS]))
    file = write(tmp_path, {"beach.npz": sparse_npz_bytes(matrix)})
    assert readers.read_rows(file).masks == (0, 0, *MASKS)


@pytest.mark.parametrize(
    ("files", "options", "fragment"),
    [
        (GOOD["json"], {}, "json lists label sets, and the order of samples matters here: give a row per sample"),
        ({"d.npz": npz_bytes(Y=ROWS, weights=np.ones(5))}, {}, "its array 'weights' makes rows count more than once"),
        ({"d.npz": npz_bytes(Y=ROWS[:0])}, {}, "there is no data row"),
        ({"d.csv": "a\n1\n"}, {}, "1 label(s)"),
        (GOOD["csv"], {"base": 1}, "base=1 is for LIBSVM rows"),
        (GOOD["csv"], {"format": "tsv"}, "format 'tsv' is unknown"),
    ],
)
def test_what_has_no_rows_in_order(
    files: dict[str, str | bytes], options: dict[str, Any], fragment: str, tmp_path: Path
) -> None:
    file = write(tmp_path, files)
    with pytest.raises(InputError) as caught:
        readers.read_rows(file, **options)
    assert str(caught.value).startswith(f"{file}: {fragment}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
@pytest.mark.parametrize("kind", ["dense", "sparse", "meka", "csv", "libsvm", "json"])
def test_line_ends_and_byte_order_marks_do_not_matter(kind: str, line_end: str, tmp_path: Path) -> None:
    files = {name: b"\xef\xbb\xbf" + str(text).replace("\n", line_end).encode() for name, text in GOOD[kind].items()}
    assert read(write(tmp_path, {**files}), **OPTIONS.get(kind, {})) == BEACH


@pytest.mark.parametrize("kind", ["meka", "csv", "libsvm", "json", "npz"])
def test_the_format_is_told_from_the_content_when_the_name_does_not_say(kind: str, tmp_path: Path) -> None:
    assert read(write(tmp_path, {"beach.dat": next(iter(GOOD[kind].values()))}), **OPTIONS.get(kind, {})) == BEACH


def test_label_xml_is_looked_for_by_name_before_anything_else(tmp_path: Path) -> None:
    file = write(tmp_path, {"beach.arff": MEKA, "beach.xml": '<labels><label name="sun"/><label name="sea"/></labels>'})
    assert read(file).labels == ("sun", "sea")
    assert read(file, format="meka").labels == LABELS
    (tmp_path / "beach.xml").rename(tmp_path / "other.xml")
    assert read(file).labels == LABELS
    assert read(file, format="mulan").labels == ("sun", "sea")


def test_label_xml_can_be_named(tmp_path: Path) -> None:
    file = write(tmp_path, {"a.arff": DENSE})
    (tmp_path / "elsewhere").mkdir()
    xml = write(tmp_path / "elsewhere", {"beach.xml": XML})
    assert read(file, labels=xml) == read(file, labels=str(xml)) == BEACH


def test_negative_meka_count_means_the_last_attributes(tmp_path: Path) -> None:
    file = write(tmp_path, {"a.arff": DENSE.replace("@relation beach", '@relation "beach: -C -3"')})
    assert read(file) == BEACH


def test_labels_pick_columns_by_name_and_in_the_order_asked_for(tmp_path: Path) -> None:
    table = write(tmp_path, {"beach.csv": CSV})
    turned = LabelDistribution.from_sets(BEACH_SETS, ("sun", "sky", "sea"))
    assert read(table, labels=("sun", "sky", "sea")) == turned
    assert read(table, labels=-2).labels == ("sky", "sun")
    arff = write(tmp_path, {"beach.arff": DENSE})
    assert read(arff, labels=("sun", "sky", "sea")) == turned


def test_attribute_syntax_of_real_headers(tmp_path: Path) -> None:
    header = (
        "@RELATION\tr\n@attribute\t'Stellar\\'s Jay'\t{0,1}\n@attribute \"a \\\\ b\"{ 0, 1 }\n@attribute x{'0','1'}\n"
        "@attribute 1/2;% INTEGER\n@attribute when date 'yyyy'\n@data\n"
    )
    pi = read(write(tmp_path, {"a.arff": header + "1,0,1,1,'1999'\n"}), labels=4)
    assert pi.labels == ("Stellar's Jay", "a \\ b", "x", "1/2;%")
    assert pi.masks == (0b1101,)


def test_what_a_sparse_row_leaves_out_is_the_first_declared_value(tmp_path: Path) -> None:
    text = (
        "@relation 'r: -C 2'\n@attribute a {1,0}\n@attribute b {0,1}\n@attribute f numeric\n@data\n{2 5}\n{0 0,1 1}\n"
    )
    assert read(write(tmp_path, {"a.arff": text})).masks == (0b01, 0b10)


def test_an_unclosed_value_list_is_refused_at_once(tmp_path: Path) -> None:
    """liac-arff's own header reader would need 2**200 steps for either line."""
    for values in ("{" + "1," * 200, "{" + "1," * 200 + "two words}"):
        file = write(tmp_path, {"a.arff": f"@relation r\n@attribute a {values}\n@data\n1\n"})
        assert "line 2" in refusal(file, labels=("a",))


@pytest.mark.parametrize(
    ("text", "options", "labels", "masks"),
    [
        ("0,2 1:1\n1 1:1\n", {}, ("0", "1", "2"), (0b010, 0b101)),
        ("1,3 1:1\n2 1:1\n", {}, ("1", "2", "3"), (0b010, 0b101)),
        ("1,2 1:1\n2 1:1\n", {"base": 0}, ("0", "1", "2"), (0b100, 0b110)),
        ("1,2 1:1\n2 1:1\n", {"labels": 4}, ("1", "2", "3", "4"), (0b10, 0b11)),
        ("1:1\n0 qid:3 2:1\n", {"labels": 2}, ("0", "1"), (0b00, 0b01)),
        ("0,1\n1\n", {"format": "libsvm"}, ("0", "1"), (0b10, 0b11)),
    ],
)
def test_libsvm_numbering(
    text: str, options: dict[str, Any], labels: tuple[str, ...], masks: tuple[int, ...], tmp_path: Path
) -> None:
    pi = read(write(tmp_path, {"a.svm": text}), **options)
    assert (pi.labels, pi.masks) == (labels, masks)


def test_json_decimals_are_exact(tmp_path: Path) -> None:
    text = '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": 0.1}, {"labels": ["b"], "weight": "2/5"}]}'
    assert read(write(tmp_path, {"a.json": text})).weights == (1, 4)


def test_a_counterexample_is_a_label_file() -> None:
    stored = Path(readers.__file__).parents[2] / "campaign" / "counterexamples" / "averaging_without_orthogonality.json"
    assert read(stored).weights == (1, 1, 1, 1)


def test_json_sums_a_repeated_set(tmp_path: Path) -> None:
    text = '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": 2}, {"labels": ["a"]}, {"labels": ["b"]}]}'
    assert read(write(tmp_path, {"a.json": text})).weights == (3, 1)


def test_npz_weights_and_every_sparse_format(tmp_path: Path) -> None:
    dense = write(tmp_path, {"a.npz": npz_bytes(Y=ROWS, weights=np.array([1, 2, 3, 4, 5]))})
    assert sorted(read(dense).weights) == [1, 4, 5, 5]
    for layout in ("csr", "csc", "coo", "bsr", "dia"):
        file = write(tmp_path, {"b.npz": sparse_npz_bytes(sparse.coo_array(ROWS).asformat(layout))})
        assert read(file, labels=LABELS) == BEACH


def test_pooling_adds_counts(tmp_path: Path) -> None:
    one, two = write(tmp_path, {"1.csv": "a,b\n1,0\n1,1\n"}), write(tmp_path, {"2.csv": "a,b\n1,0\n0,0\n"})
    pooled = read([one, two])
    assert pooled.weight_of == {0b00: 1, 0b01: 2, 0b11: 1}
    assert pool([read(two), read(one)]) == pooled
    other = write(tmp_path, {"3.csv": "a,c\n1,0\n"})
    assert refusal_of(lambda: read([one, other])) == (
        f"{other}: label 1 is 'c', in the first part 'b': pool parts of one data set"
    )
    assert "3 labels, the first part has 2" in refusal_of(lambda: read([one, write(tmp_path, {"4.csv": CSV})]))
    assert "nothing to pool" in refusal_of(lambda: pool([]))


def refusal_of(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    return str(caught.value)


# ---------------------------------------------------------------------- arrays

matrices = st.integers(2, 20).flatmap(
    lambda K: st.lists(st.lists(st.integers(0, 1), min_size=K, max_size=K), min_size=1, max_size=12)
)


def by_sets(rows: list[list[int]], weights: list[Any] | None = None) -> LabelDistribution:
    """The slow and obvious way."""
    sets = [[k for k, bit in enumerate(row) if bit] for row in rows]
    pairs = list(zip(sets, weights or [1] * len(rows), strict=True))
    return LabelDistribution.from_sets(pairs, [str(k) for k in range(len(rows[0]))])


@steady
@given(matrices, st.sampled_from([np.bool_, np.uint8, np.int64, np.float32, np.float64]))
def test_arrays_of_every_kind_agree(rows: list[list[int]], dtype: type[Any]) -> None:
    Y = np.array(rows, dtype=dtype)
    expected = by_sets(rows)
    assert from_array(Y) == from_array(np.asfortranarray(Y)) == expected
    for layout in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        assert from_array(sparse.coo_array(Y).asformat(layout)) == expected
    assert from_array(sparse.csr_matrix(Y)) == expected


@steady
@given(matrices, st.data())
def test_weights_are_summed_exactly(rows: list[list[int]], data: st.DataObject) -> None:
    positive = st.one_of(st.integers(1, 10**20), st.fractions(Fraction(1, 9), 9, max_denominator=9))
    weights = data.draw(st.lists(positive, min_size=len(rows), max_size=len(rows)))
    expected = by_sets(rows, weights)
    assert from_array(rows, weights) == from_array(sparse.csr_array(np.array(rows)), weights) == expected


def test_float_weights_are_the_binary_fractions_they_are_and_strings_the_decimals() -> None:
    assert from_array([[1, 0], [0, 1]], [0.1, 1]).weights == (3602879701896397, 2**55)
    assert from_array([[1, 0], [0, 1]], ["0.1", Decimal("0.2")]).weights == (1, 2)
    assert from_array([[1, 0], [0, 1]], np.array([1, 2], dtype=np.int8)).weights == (1, 2)
    scalars: list[Any] = [np.float64(0.5), np.int32(2)]
    assert from_array([[1, 0], [0, 1]], scalars).weights == (1, 4)


def test_blocks_are_stitched_together(monkeypatch: pytest.MonkeyPatch) -> None:
    Y = np.random.default_rng(0).integers(0, 2, size=(50, 9))
    whole = from_array(Y)
    monkeypatch.setattr("verify.labels.readers.arrays._CELLS_AT_ONCE", 30)
    assert from_array(Y) == from_array(sparse.csr_array(Y)) == whole
    Y[41, 7] = 5
    assert "entry [41, 7] of the matrix is 5" in refusal_of(lambda: from_array(Y))
    assert "entry [41, 7] of the matrix is 5" in refusal_of(lambda: from_array(sparse.csr_array(Y)))


def test_the_callers_sparse_matrix_is_left_alone() -> None:
    entries = (np.array([1.0, 0.5, 0.5, 0.0]), np.array([1, 0, 0, 1]), np.array([0, 3, 4, 4]))
    Y = sparse.csr_array(entries, shape=(3, 2))
    before = [part.copy() for part in (Y.data, Y.indices, Y.indptr)]
    assert from_array(Y) == by_sets([[1, 1], [0, 0], [0, 0]])
    for part, kept in zip((Y.data, Y.indices, Y.indptr), before, strict=True):
        np.testing.assert_array_equal(part, kept)


def test_rows_without_entries_cost_nothing() -> None:
    tall = sparse.coo_array(([1], ([7], [60000])), shape=(1 << 24, 1 << 16))
    pi = from_array(tall)
    assert (pi.masks, pi.weights) == ((0, 1 << 60000), ((1 << 24) - 1, 1))


def inconsistent_csr() -> Any:
    Y = sparse.csr_array(np.eye(3))
    Y.indices[0] = 9
    return Y


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (([[1, 0], [1, 2]],), "entry [1, 1] of the matrix is 2"),
        (([[1, 0.5]],), "is 0.5: entries must be 0 or 1"),
        ((np.array([[1.0, np.nan]]),), "entry [0, 1] of the matrix is nan"),
        ((sparse.csr_array([[0.0, -1.0]]),), "entry [0, 1] of the matrix is -1.0"),
        ((sparse.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(1, 2)),), "entry [0, 1] of the matrix is 2"),
        (([1, 0, 1],), "1 dimension(s)"),
        (([[1, 0], [1]],), "differ in length"),
        (([["1", "0"]],), "dtype <U1"),
        ((np.array([[1, None]], dtype=object),), "dtype object"),
        ((np.zeros((0, 3)),), "no row"),
        ((np.zeros((3, 0)),), "0 column(s)"),
        ((np.ones((3, 1)),), "1 column(s)"),
        ((np.ma.masked_equal([[1, 0]], 0),), "masked"),
        ((sparse.coo_array((10**12, 3)),), "declares 1000000000000 rows"),
        ((sparse.coo_array((3, 10**9)),), "declares 1000000000 labels"),
        ((inconsistent_csr(),), "inconsistent"),
        (([[1, 0]], [1, 2]), "2 weights for 1 rows"),
        (([[1, 0]], np.array(3)), "1 weights for 1 rows"),
        (([[1, 0]], [0]), "the weight of row 0 is '0': weights must be positive"),
        (([[1, 0]], ["-1/2"]), "the weight of row 0 is '-1/2'"),
        (([[1, 0]], [-1.5]), "must be positive"),
        (([[1, 0]], [float("nan")]), "give a positive finite number"),
        (([[1, 0]], [np.inf]), "give a positive finite number"),
        (([[1, 0]], ["1/0"]), "give a positive finite number"),
        (([[1, 0]], ["1e999999999"]), "needs more than 1000 digits"),
        (([[1, 0]], [True]), "give a positive finite number"),
        (([[1, 0]], None, ["a"]), "2 columns but 1 labels"),
        (([[1, 0]], None, 3), "2 columns but 3 labels"),
        (([[1, 0]], None, ["a", "a"]), "'a' occurs twice"),
    ],
)
def test_bad_arrays(arguments: tuple[Any, ...], fragment: str) -> None:
    message = refusal_of(lambda: from_array(*arguments))
    assert fragment in message
    assert len(message.splitlines()) == 1


# ---------------------------------------------------------------------- bad files


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
    Bad("dense", "line 1: byte 0xff is not UTF-8", DENSE.encode("utf-16")),
    Bad("dense", "line 5: byte 0xe9 is not UTF-8", DENSE.replace("mo, ", "é, ").encode("latin1")),
    Bad("dense", "no @data line", HEADER),
    Bad("dense", "no row after @data", HEADER + "@data\n% nothing\n\n"),
    Bad("dense", "line 1: 'at the beach' is no ARFF header line", "at", "% at"),
    Bad("dense", "line 7: '@attribute sky' does not read", "@attribute sky\n", "@attribute sky {0,1}\n"),
    Bad("dense", "line 5: \"@ATTRIBUTE 'the day {mo", "'the day ", "'the day' "),
    Bad("dense", "line 7: the value list of the attribute has an unclosed brace", "sky {0,1", "sky {0,1}"),
    Bad("dense", "line 6: label attribute 'sea' is declared '{0,1,2}'", "sea {0,1,2}", "sea {0,1}"),
    Bad("dense", "label attribute 'sea' is declared '{no,yes}'", "sea {no,yes}", "sea {0,1}"),
    Bad("dense", "label attribute 'sea' is declared '{}'", "sea {}", "sea {0,1}"),
    Bad("dense", "line 8: label attribute 'sun' is declared 'string'", "sun string", "sun numeric"),
    Bad("dense", "label 'sky' occurs twice in the header of 5 attributes", "sky {mo", "'the day' {mo"),
    Bad("dense", "label 'sky' is not in the header of 5 attributes", "@attribute Sky", "@attribute sky"),
    # ARFF rows
    Bad("dense", "line 10: the row does not have 5 comma separated values", "7.5,mo,1,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 10: the row does not have 5", "7.5,mo,1,0,0,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 11: the row does not have 5", "8,'tu, we,1,1,0", "8,'tu, we',1,1,0"),
    Bad("dense", "line 17: the row does not have 5", DENSE + "3,mo,1"),
    Bad("dense", "line 10: label 'sky' is '2': a label is 0 or 1", "7.5,mo,1,2,0\n", "7.5,mo,1,0,0\n"),
    Bad("dense", "line 12: label 'sun' is '0.5'", "1,1,0.5", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '1.0000000000000000001'", "1,1,1.0000000000000000001", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is 'NaN'", "1,1,NaN", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is 'sNaN'", "1,1,sNaN", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '1e999999999999999999999'", "1,1,1e999999999999999999999", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '?' (a missing value)", "1,1,?", "1,1,0.0"),
    Bad("dense", "line 12: label 'sun' is '?' (a missing value)", "1,1,", "1,1,0.0"),
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
    asked("meka", "no label XML beside it: name it", format="mulan"),
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
    Bad("csv", "line 2: label 'sea' is 'yes'", "yes,0,0\n", "1,0,0\n"),
    Bad("csv", "line 5: label 'sun' is 'nan'", "1,1,nan", "1,1, 0.0"),
    Bad("csv", "line 2: label 'sea' is '" + "9" * 27, "9" * 10**5 + ",0,0\n", "1,0,0\n"),
    Bad("csv", "is not valid CSV (field larger", "9" * 10**6 + ",0,0\n", "1,0,0\n"),
    Bad("csv", "is not valid CSV", '"1"1,0,0\n', "1,0,0\n"),
    Bad("csv", "1 label(s)", "sea\n1\n0\n"),
    Bad("csv", "line 1: the columns are not separated by commas", CSV.replace(",", ";")),
    Bad("csv", "'sea\\nside' is 'x'", '"sea\nside",sky\nx,1\n'),
    asked("csv", "label 'moon' is not in the header of 3 columns", labels=("sea", "moon")),
    asked("csv", "4 labels of 3 columns", labels=4),
    asked("csv", "base=1 is for LIBSVM rows", base=1),
    # LIBSVM
    Bad("libsvm", "is empty", "\n \n"),
    Bad("libsvm", "no data row", "# nothing\n"),
    Bad("libsvm", "line 2: label -1 is negative", "-1 1:0.5 9", "1 1:0.5 9"),
    Bad("libsvm", "line 3: label 4 is out of range 1..3", "\n1,4 2:1", "\n1,2 2:1", options={"labels": 3}),
    Bad("libsvm", "line 2: label 0 is out of range 1..3", "\n0 1:0.5", "\n1 1:0.5", options={"base": 1}),
    Bad("libsvm", "line 3: label 2 occurs twice in the row", "\n2,2 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label '1.5' is not a number", "\n1.5,2 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label '' is not a number", "\n1, 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label 999999999999 is out of range", "\n999999999999 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: label '9999999999999999999999", "\n" + "9" * 10**5 + " 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 3: '2' is no feature index:value", "\n1 2 2:1", "\n1,2 2:1"),
    Bad("libsvm", "line 5 is blank", "\n\n", "\n 1:0\n"),
    Bad("libsvm", "line 6: label 3 is out of range 1..2", LIBSVM, options={"labels": 2}),
    Bad("libsvm", "1 label(s)", "1 1:0.5\n1 1:1\n", options={"labels": None}),
    asked("libsvm", "base=2: labels are numbered from 0 or from 1", base=2),
    asked("libsvm", "-3 labels", labels=-3),
    # NPZ
    Bad("npz", "is empty", b""),
    Bad("npz", "no intact NPZ archive", b"\x93NUMPY nonsense"),
    Bad("npz", "no intact NPZ archive", PICKLE),
    Bad("npz", "no intact NPZ archive", NPZ[:-40]),
    Bad("npz", "no intact NPZ archive", NPZ.replace(b"\x93NUMPY", b"\x93NUMPX", 1)),
    Bad("npz", "array 'Y' is a pickle (object array)", npz_bytes(Y=ROWS.astype(object))),
    Bad("npz", "array 'labels' is a pickle", npz_bytes(Y=ROWS, labels=np.array(LABELS, dtype=object))),
    Bad("npz", "the archive is damaged", zip_of(Y=PICKLE)),
    Bad("npz", "0 two-dimensional arrays in {}", zip_of()),
    Bad("npz", "0 two-dimensional arrays in {'y': (5,)}", npz_bytes(y=ROWS[:, 0])),
    Bad("npz", "2 two-dimensional arrays in", npz_bytes(X=ROWS, Z=ROWS)),
    Bad("npy", "it is no intact NPY array of numbers", npy_bytes(ROWS)[:-8]),
    Bad("npy", "it is no intact NPY array of numbers", b"\x93NUMPY"),
    Bad("npy", "it is no intact NPY array of numbers", npy_bytes(np.array([{1: 2}, None], dtype=object))),
    Bad("npy", "the array has 1 dimension(s)", npy_bytes(ROWS[:, 0])),
    Bad("npy", "entry [0, 1] of the matrix is 2", npy_bytes(np.array([[1, 2, 0]]))),
    Bad("csv", "line 1 looks like data: add a header of label names", "1,0,0\n1,0,0\n"),
    Bad("csv", "line 1 looks like data", "1.0,0.0\n0,1\n"),
    Bad("npz", "entry [0, 1] of the matrix is 0.5", npz_bytes(Y=np.array([[1, 0.5]]))),
    Bad("npz", "entry [0, 1] of the matrix is nan", npz_bytes(Y=np.array([[1, np.nan]]))),
    Bad("npz", "dtype <U1", npz_bytes(Y=np.array([["1", "0"]]))),
    Bad("npz", "no row", npz_bytes(Y=np.zeros((0, 3)))),
    Bad("npz", "1 column(s)", npz_bytes(Y=np.ones((3, 1)))),
    Bad("npz", "declared shape (1000000000, 1000000000) is truncated",
        zip_of(Y=npy(NPY_HEADER.format("|b1", (10**9, 10**9))))),
    Bad("npz", "is truncated", zip_of(Y=npy(NPY_HEADER.format("<U0", (10**9, 2))))),
    Bad("npz", "the archive is damaged", zip_of(Y=npy(NPY_HEADER.format("|b1", (-1, -1))))),
    Bad("npz", "the archive is damaged", zip_of(Y=npy("(" * 9000))),
    Bad("npz", "2 columns but 3 labels", npz_bytes(Y=ROWS[:, :2], labels=np.array(LABELS))),
    Bad("npz", "'labels' has dtype int64", npz_bytes(Y=ROWS, labels=np.arange(3, dtype=np.int64))),
    Bad("npz", "4 weights for 5 rows", npz_bytes(Y=ROWS, weights=np.ones(4))),
    Bad("npz", "the weight of row 1 is '0'", npz_bytes(Y=ROWS, weights=np.array([1, 0, 1, 1, 1]))),
    Bad("npz", "declares 1000000000000 rows", sparse_npz_bytes(sparse.coo_array((10**12, 3), dtype=np.int8))),
    Bad("npz", "declares 1000000000 labels", sparse_npz_bytes(sparse.coo_array((3, 10**9), dtype=np.int8))),
    Bad("npz", "entry [1, 0] of the matrix is 3", sparse_npz_bytes(sparse.csr_array([[0, 1], [3, 0]]))),
    Bad("npz", "the archive is damaged",
        csr_bytes(shape=(2, 2), indices=[0], indptr=[0, 9])),
    Bad("npz", "inconsistent",
        csr_bytes(shape=(1, 2), indices=[9], indptr=[0, 1])),
    Bad("npz", "the archive is damaged", npz_bytes(format="magic", shape=np.array([1, 2]), data=np.ones(1))),
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
    asked("csv", "format 'xls' is unknown", format="xls"),
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
    file = write(tmp_path, {"zeros.npz": zip_of(Y=npy_of(np.zeros((1000, 100), dtype=np.bool_)))})
    assert file.stat().st_size < 1000
    assert read(file).total == 1000
    monkeypatch.setattr(npz, "_MOST_ARRAY_BYTES", 99_999)
    assert "takes 100000 bytes: save it sparse or in a smaller type" in refusal(file)


def npy_of(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


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


# ---------------------------------------------------------------------- forth and back

letters = st.characters(exclude_categories=("C", "Z"))
label_lists = st.lists(st.text(letters, min_size=1, max_size=6), min_size=2, max_size=9, unique=True)
labels_and_rows = label_lists.flatmap(
    lambda names: st.tuples(
        st.just(tuple(names)), st.lists(st.integers(0, (1 << len(names)) - 1), min_size=1, max_size=12)
    )
)


def distribution(names: tuple[str, ...], rows: list[int]) -> LabelDistribution:
    return LabelDistribution.from_masks({mask: rows.count(mask) for mask in rows}, names)


def bits(mask: int, K: int) -> list[int]:
    return list(indicator(mask, K))


def quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def arff_text(relation: str, names: tuple[str, ...], rows: list[str]) -> str:
    declared = "".join(f"@attribute {quoted(name)} {{0,1}}\n" for name in names)
    return f"@relation {relation}\n@attribute ' feature' numeric\n{declared}@data\n" + "".join(
        row + "\n" for row in rows
    )


def as_dense(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    lines = ["0.5," + ",".join(map(str, bits(mask, len(names)))) for mask in rows]
    return {"a.arff": arff_text("r", names, lines), "a.xml": as_xml(names)}


def as_sparse(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    lines = ["{" + ",".join(f"{k + 1} 1" for k, bit in enumerate(bits(mask, len(names))) if bit) + "}" for mask in rows]
    return {"a-test.arff": arff_text("r", names, lines), "a.xml": as_xml(names)}


def as_meka(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    lines = ["0.5," + ",".join(map(str, bits(mask, len(names)))) for mask in rows]
    return {"a.arff": arff_text(f"'r: -C -{len(names)}'", names, lines)}


def as_xml(names: tuple[str, ...]) -> bytes:
    root = ElementTree.Element("labels")
    for name in names:
        ElementTree.SubElement(root, "label", name=name)
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def as_csv(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([names, *(bits(mask, len(names)) for mask in rows)])
    return {"a.csv": buffer.getvalue()}


def as_libsvm(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    lines = [",".join(str(k) for k, bit in enumerate(bits(mask, len(names))) if bit) + " 1:0.5" for mask in rows]
    return {"a.svm": "\n".join(lines)}


def as_npz(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    return {"a.npz": npz_bytes(Y=np.array([bits(mask, len(names)) for mask in rows]), labels=np.array(names))}


def as_sparse_npz(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    return {"a.npz": sparse_npz_bytes(sparse.csr_array(np.array([bits(mask, len(names)) for mask in rows])))}


def as_json(names: tuple[str, ...], rows: list[int]) -> dict[str, str | bytes]:
    sets = [{"labels": [name for name, bit in zip(names, bits(mask, len(names)), strict=True) if bit]} for mask in rows]
    return {"a.json": json.dumps({"labels": names, "sets": sets})}


@pytest.mark.parametrize(
    ("writer", "needs"),
    [
        (as_dense, ()),
        (as_sparse, ()),
        (as_meka, ()),
        (as_csv, ()),
        (as_libsvm, ("labels", "base")),
        (as_npz, ()),
        (as_sparse_npz, ("labels",)),
        (as_json, ()),
    ],
)
@steady
@given(case=labels_and_rows)
def test_forth_and_back(
    writer: Callable[[tuple[str, ...], list[int]], dict[str, str | bytes]],
    needs: tuple[str, ...],
    case: tuple[tuple[str, ...], list[int]],
) -> None:
    names, rows = case
    options: dict[str, Any] = {key: value for key, value in (("labels", names), ("base", 0)) if key in needs}
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), writer(names, rows))
        if writer is as_csv and set(names) <= {"0", "1"}:
            assert "looks like data" in refusal(file)
        else:
            assert read(file, **options) == distribution(names, rows)


@steady
@given(case=labels_and_rows, weights=st.lists(st.fractions(Fraction(1, 99), 99), min_size=12, max_size=12))
def test_json_weights_forth_and_back(case: tuple[tuple[str, ...], list[int]], weights: list[Fraction]) -> None:
    names, rows = case
    exact: dict[int, Fraction] = {}
    sets = []
    for mask, weight in zip(rows, weights, strict=False):
        exact[mask] = exact.get(mask, Fraction(0)) + weight
        label_set = [name for name, bit in zip(names, bits(mask, len(names)), strict=True) if bit]
        sets.append({"labels": label_set, "weight": str(weight)})
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), {"a.json": json.dumps({"labels": names, "sets": sets})})
        assert read(file) == LabelDistribution.from_masks(exact, names)
