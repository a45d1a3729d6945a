"""The readers: published statistics of real data, every format forth and back, arrays."""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tests.labels.files import (
    BEACH,
    BEACH_SETS,
    CSV,
    DENSE,
    GOOD,
    LABELS,
    MEKA,
    OPTIONS,
    ROWS,
    XML,
    npz_bytes,
    refusal,
    refusal_of,
    sparse_npz_bytes,
    steady,
    write,
)
from verify.labels import readers
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.masks import indicator, mask_of
from verify.labels.readers import from_array, pool, read
from verify.labels.readers.arrays import rows_of_array

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


PUBLISHED = [
    Published("emotions", 593, 6, "1.868", "0.311", 27, 0, 0),  # printed as 1.869, see the test after the next
    Published("yeast", 2417, 14, "4.237", "0.303", 198, 0, 0),
    Published("flags", 194, 7, "3.392", "0.485", 54, 0, 2),
    Published("birds", 645, 19, "1.014", "0.053", 133, 294, 0),
    Published("medical", 978, 45, "1.245", "0.028", 94, 0, 0),
    Published("bibtex", 7395, 159, "2.402", "0.015", 2856, 0, 0),
]


@pytest.mark.parametrize("fact", PUBLISHED, ids=lambda fact: fact.name)
def test_published_statistics_are_reproduced(real_data: Path, fact: Published) -> None:
    pi = read(sorted((real_data / fact.name).glob("*.arff")))
    rows = pi.weight_of
    assert (pi.total, pi.K, len(pi.masks)) == (fact.instances, fact.labels, fact.distinct)
    assert (rows.get(0, 0), rows.get((1 << pi.K) - 1, 0)) == (fact.empty, fact.full)
    assert rounded(pi.cardinality, 3) == Decimal(fact.cardinality)
    assert rounded(pi.cardinality / pi.K, 3) == Decimal(fact.density)


def test_the_published_cardinality_of_emotions_was_rounded_twice(real_data: Path) -> None:
    exact = read(real_data / "emotions" / "emotions.arff").cardinality
    assert exact == Fraction(1108, 593)
    assert rounded(exact, 3) == Decimal("1.868")
    assert rounded(Fraction(rounded(exact, 4)), 3) == Decimal("1.869")


def test_real_label_names_are_those_of_the_xml_with_escapes_undone(real_data: Path) -> None:
    pi = read([real_data / "birds" / "birds-train.arff", real_data / "birds" / "birds-test.arff"])
    assert pi.labels == readers.label_names(real_data / "birds" / "birds.xml")
    assert "Stellar's Jay" in pi.labels


def test_stale_meka_marks_of_medical_are_not_believed(real_data: Path, tmp_path: Path) -> None:
    alone = tmp_path / "medical.arff"
    alone.write_bytes((real_data / "medical" / "medical.arff").read_bytes())
    assert refusal(alone).endswith("carries '-C' 2 times: say which attributes with labels=")
    assert read(alone, labels=real_data / "medical" / "medical.xml") == read(real_data / "medical" / "medical.arff")


def rounded(value: Fraction, digits: int) -> Decimal:
    """Correctly rounded from the exact value (half away from zero, the habit of printed tables)."""
    scaled = value * 10**digits
    return Decimal(int(scaled + Fraction(1, 2))).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


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
        (GOOD["json"], {}, "its rows have weights, and the order of samples matters here: give a row per sample"),
        ({"d.npz": npz_bytes(Y=ROWS, weights=np.ones(5))}, {}, "its rows have weights"),
        ({"d.npz": npz_bytes(Y=ROWS[:0])}, {}, "there is no data row"),
        ({"d.csv": "a\n1\n"}, {}, "1 label(s)"),
        (GOOD["csv"], {"base": 1}, "base= is for labels that are numbers in lists"),
        (GOOD["csv"], {"format": "tsv"}, "format= is 'tsv': use one of arff"),
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
    assert read(file).labels == ("sea", "sun")
    assert read(file, format="meka").labels == LABELS
    (tmp_path / "beach.xml").rename(tmp_path / "other.xml")
    assert read(file).labels == LABELS
    assert read(file, format="mulan").labels == ("sea", "sun")


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
    """A header reader that tries every split would need 2**200 steps for either line."""
    for values in ("{" + "1," * 200, "{" + "1," * 200 + "two words}"):
        file = write(tmp_path, {"a.arff": f"@relation r\n@attribute a {values}\n@data\n1\n"})
        assert "line 2" in refusal(file, labels=("a",))


@pytest.mark.parametrize(
    ("text", "options", "labels", "masks"),
    [
        ("0,2 1:1\n1 1:1\n", {}, ("0", "1", "2"), (0b010, 0b101)),
        ("1,3 1:1\n2 1:1\n", {}, ("1", "2", "3"), (0b010, 0b101)),
        ("1,2 1:1\n2 1:1\n", {"base": 0}, ("0", "1", "2"), (0b100, 0b110)),
        ("1,2 1:1\n2 1:1\n", {"labels": 4, "base": 1}, ("1", "2", "3", "4"), (0b10, 0b11)),
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


def test_weights_are_the_decimals_they_print_as_and_keep_their_total() -> None:
    assert from_array([[1, 0], [0, 1]], np.array([0.1, 0.3], dtype=np.float32)).weights == (1, 3)
    assert from_array([[1, 0], [0, 1]], np.array([0.1, 0.9])).total_weight == 1
    assert pool([from_array([[1, 0]], ["1/2"]), from_array([[0, 1]], [3])]).total_weight == Fraction(7, 2)
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
        ((sparse.coo_array(([1, 2], ([0, 0], [1, 1])), shape=(1, 2)),), "entry [0, 1] of the matrix is 3"),
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


# ---------------------------------------------------------------------- forth and back


def _is_a_name(text: str) -> bool:
    """What else is 0 or 1 is taken for a cell, and a line of such cells for a row; a line may begin with a comment."""
    if text.startswith(("#", "%")):
        return False
    try:
        return text in ("0", "1") or Decimal(text) not in (0, 1)
    except InvalidOperation:
        return True


letters = st.characters(exclude_categories=("C", "Z"))
names = st.lists(letters, min_size=1, max_size=6).map("".join)  # no words of the sources, as `st.text` has: "total"
label_lists = st.lists(names.filter(_is_a_name), min_size=2, max_size=9, unique=True)
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
            assert "say with header=" in refusal(file)
            assert read(file, header=True) == distribution(names, rows)
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


@pytest.mark.parametrize("K", [2, 8, 63, 64, 65, 130])
def test_rows_that_stay_packed_bits_are_counted_as_their_label_sets_are(K: int) -> None:
    """In words of 64 bits, the last of them not full; control: one bit more is another distribution."""
    rng = np.random.default_rng(K)
    Y = rng.random((200, K)) < np.where(rng.random((200, 1)) < 0.5, 0.5, 1 / K)
    Y[0], Y[1], Y[2:9] = True, False, Y[9]
    sets = Counter(mask_of(np.flatnonzero(row).tolist()) for row in Y)
    expected = LabelDistribution.from_masks(sets, list(map(str, range(K))))
    rows = rows_of_array(Y)
    assert (rows.counts, Counter(rows.masks)) == (sets, sets)
    found = rows.distribution
    assert found.class_counts == expected.class_counts
    assert "masks" not in vars(found)
    assert (found, found.sizes, found.columns.tolist()) == (expected, expected.sizes, expected.columns.tolist())
    Y[1, K - 1] = True
    assert rows_of_array(Y).distribution != expected
