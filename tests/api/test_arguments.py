"""What the functions of ``mlnc`` take: label sets in any form, penalties; and how they refuse the rest, in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import mlnc
from mlnc.arguments import penalty, spelt
from tests.api.beach import BEACH, CSV, MATRICES, NAMES, SOURCES, Frame, Y


@pytest.mark.parametrize("kind", SOURCES)
def test_the_same_labels_whatever_holds_them(kind: str, tmp_path: Path) -> None:
    assert mlnc.read(SOURCES[kind](tmp_path)) == BEACH


def test_a_matrix_without_names_has_numbers() -> None:
    expected = mlnc.LabelDistribution(("0", "1", "2"), BEACH.masks, BEACH.weights)
    for matrix in MATRICES.values():
        assert mlnc.read(matrix) == mlnc.read(matrix, labels=3) == expected
        assert mlnc.read(matrix, labels=NAMES) == mlnc.read(matrix, labels=list(NAMES)) == BEACH


def test_of_a_matrix_no_label_set_is_made_an_object() -> None:
    """Nor in what is said of it; control: of label sets given as such they are, and the words are the same."""
    dense = (np.random.default_rng(0).random((4000, 100)) < 0.04).astype(np.int8)
    pi = mlnc.read(dense)
    given = mlnc.LabelDistribution(pi.labels, pi.masks, pi.weights)
    *found, other = (mlnc.spectrum(labels, exact=False) for labels in (sparse.csr_array(dense), dense, given))
    for one in found:
        assert one.at_lambda == ()  # optima are of models, which have them
        assert one.lines() == other.lines()
        assert one.as_json() == other.as_json()
    seen = [(vars(one.spectrum.given), *map(vars, one.spectrum.parts.values())) for one in (*found, other)]
    assert [{"masks" in part for part in parts} for parts in seen] == [{False}, {False}, {True}]


def test_several_files_are_counted_together_and_rows_have_weights(tmp_path: Path) -> None:
    path = SOURCES["path"](tmp_path)
    assert mlnc.read([path, str(path)]).weights == tuple(2 * weight for weight in BEACH.weights)
    assert mlnc.read(Frame(Y), weights=["1/3"] * len(Y)) == BEACH
    assert mlnc.read([[1, 0], [0, 1]], weights=["0.1", "0.3"]).weights == (1, 3)


def test_labels_pick_the_columns_of_a_data_frame_as_of_a_file(tmp_path: Path) -> None:
    wide = Frame([[0.5, *row] for row in Y], ("width", *NAMES))
    (tmp_path / "wide.csv").write_text("width,sea,sky,sun\n" + "".join(f"0,{row}\n" for row in CSV.split()[1:]))
    (tmp_path / "labels.xml").write_text('<labels><label name="sun"/><label name="sea"/></labels>')
    for chosen in (("sun", "sea"), -3, -2, str(tmp_path / "labels.xml")):
        assert mlnc.read(wide, labels=chosen) == mlnc.read(tmp_path / "wide.csv", labels=chosen)
    with pytest.raises(mlnc.InputError, match=r"row 0: label 'width' is '0\.5': a label is 0 or 1"):
        mlnc.read(wide)
    with pytest.raises(mlnc.InputError, match="label 'moon' is not in the header of 4 columns"):
        mlnc.read(wide, labels=["moon", "sea"])


@pytest.mark.parametrize("cast", [bool, float, str, np.int8, np.bool_, lambda cell: "true" if cell else "False"])
def test_columns_of_any_type_that_says_zero_or_one(cast: Callable[[int], Any]) -> None:
    assert mlnc.read(Frame([[cast(row[0]), *row[1:]] for row in Y])) == BEACH
    objects = Frame(np.array([[cast(cell) for cell in row] for row in Y], dtype=object).tolist())
    assert mlnc.read(objects) == BEACH


def test_pandas() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is no dependency, not even of the tests")
    frame = pd.DataFrame(Y, columns=NAMES, index=range(7, 7 + len(Y)))
    for cast in ("bool", "int8", "float64", "object", "boolean", "Int64", "string"):
        assert mlnc.read(frame.astype(cast)) == mlnc.read(frame.astype(cast).astype("category")) == BEACH
    assert mlnc.read(frame.set_index(pd.Index([*range(6), 6], name="id"))) == BEACH
    long = pd.DataFrame({"text": ["a b", "c"], "labels": [["sea", "sky"], ["sea"]]}).explode("labels")
    assert mlnc.read(long.rename_axis("id")).weight_of == {0b11: 1, 0b01: 1}
    with pytest.raises(mlnc.InputError, match="its index repeats and has no name"):
        mlnc.read(long)
    assert mlnc.read(pd.DataFrame(Y)).labels == ("0", "1", "2")
    for missing in (frame.astype("boolean").where(frame == 1), frame.astype(float).where(frame == 1)):
        with pytest.raises(mlnc.InputError, match=r"(<NA>|nan).*missing= absent or drop"):
            mlnc.read(missing)
    with pytest.raises(mlnc.InputError, match="column name 'sea' occurs twice"):
        mlnc.read(pd.concat([frame, frame], axis=1))


class Series:
    """What columns of data frames have in common."""

    def __init__(self, cells: Sequence[Any]) -> None:
        self.cells = cells

    def to_list(self) -> list[Any]:
        return list(self.cells)

    def to_frame(self) -> Mapping[str, Any]:
        return {"tags": self}


class Indexed(Series):
    """A data frame with an index, as pandas has it."""

    is_unique, name, columns = False, "id", ("tag",)

    def __getitem__(self, name: str) -> Series:
        return self

    @property
    def index(self) -> Indexed:
        numbered = Indexed([1, 1, 2, 3])
        numbered.name = self.name
        return numbered


def test_a_column_of_lists_and_an_index_that_says_which_rows_are_one_sample() -> None:
    lists = [["x", "y"], ["x"], []]
    expected = mlnc.LabelDistribution.from_sets([(["x", "y"], 1), (["x"], 1), ([], 1)], labels="xy")
    for source in (lists, Series(lists), {"text": ["a b", "c", "d"], "labels": lists}):
        assert mlnc.read(source) == expected
    frame = Indexed(["x", "y", "x", "z"])
    assert mlnc.read(frame).weight_of == {0b011: 1, 0b001: 1, 0b100: 1}
    frame.name = None  # type: ignore[assignment]
    with pytest.raises(mlnc.InputError, match=r"its index repeats and has no name.*rename_axis"):
        mlnc.read(frame)


def test_a_matrix_said_to_be_a_table_is_told_of_as_a_file_is(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "mlnc.labels"):
        mlnc.read({"id": [7, 8, 9], "sea": [1, 0, 1], "sky": [True, False, False]})
    assert "data frame, 3 columns, labels in columns 2-3; 2 labels sea, sky; 3 samples; no labels: id" in caplog.text


def test_polars_and_arrow() -> None:
    pa = pytest.importorskip("pyarrow")
    assert mlnc.read(pa.table(dict(zip(NAMES, zip(*Y, strict=True), strict=True)))) == BEACH
    pl = pytest.importorskip("polars", reason="polars is no dependency, not even of the tests")
    frame = pl.DataFrame(Y, NAMES, orient="row")
    for kind in (pl.Boolean, pl.Int8, pl.Float64, pl.String):
        assert mlnc.read(frame.cast(kind)) == mlnc.read(frame.lazy()) == BEACH
    assert mlnc.read(frame.cast(pl.String).cast(pl.Categorical)) == BEACH
    lists = pl.DataFrame({"id": [1, 2, 3], "labels": [["x", "y"], ["x"], None]})
    assert mlnc.read(lists) == mlnc.read([["x", "y"], ["x"], []])


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no file": (lambda: mlnc.read("nowhere.csv"), "nowhere.csv: there is no such file"),
    "no data": (lambda: mlnc.read([]), "give a matrix"),
    "one column": (lambda: mlnc.read([[1], [0]]), "give one per label, at least 2"),
    "an entry": (lambda: mlnc.read([[1, 2], [0, 1]]), "entry [0, 1] of the matrix is 2"),
    "no column": (lambda: mlnc.read(Frame([[], []], ())), "the data frame has no column"),
    "the same column": (lambda: mlnc.read(Frame([[1, 0]], ("sea", "sea"))), "column name 'sea' occurs twice"),
    "a missing cell": (lambda: mlnc.read(Frame([[1, None], [0, 1]], ("a", "b"))), "row 0: label 'b' is 'None'"),
    "weights of a file": (lambda: mlnc.read("labels.csv", weights=[1]), "weights= says how to read something else"),
    "format of an array": (lambda: mlnc.read(Y, format="csv"), "format= says how to read something else"),
    "labels of a distribution": (lambda: mlnc.read(BEACH, labels=3), "labels= says how to read something else"),
    "no contrast": (lambda: mlnc.spectrum([[1, 1], [0, 0]]), "labels: every label set is empty or full"),
    "no contrast to verify": (lambda: mlnc.verify([[1, 1], [0, 0]]), "labels: every label set is empty or full"),
    "digits": (lambda: mlnc.spectrum(Y, digits=0), "digits= is 0: give a number from 1 to 10000"),
    "digits to solve": (lambda: mlnc.solve(Y, 1, digits=501), "digits= is 501: give a number from 1 to 500"),
    "lambda": (lambda: mlnc.solve(Y, 0), "lam= is 0: give a number greater than 0, such as 1e-3 or 1/1000"),
    "no lambda": (lambda: mlnc.solve(Y, float("nan")), "lam= is nan: give a number"),
    "the split": (lambda: mlnc.solve(Y, 1, lambda_h="-1"), "lambda_h= is '-1': give a number"),
    "a tiny lambda": (lambda: mlnc.solve(Y, 1e-100), "lam=1e-100 is too small for this data"),
    "loss": (lambda: mlnc.solve(Y, 1, loss="hinge"), "loss= is 'hinge': use one of pal, bce, mse"),
    "bias": (lambda: mlnc.solve(Y, 1, bias="some"), "unknown bias 'some': use none, free, or its penalty"),
    "smoothing": (lambda: mlnc.solve(Y, 1, smoothing=1.5), "label smoothing is '1.5': give a number in [0, 1)"),
    "limit": (lambda: mlnc.check("c", limit=0), "limit= is 0: give a positive integer"),
    "no certificate": (lambda: mlnc.check("c.json"), "c.json: no such file; name a certificate"),
    "order": (lambda: mlnc.measure(Y, BEACH), "a label distribution has no order of samples"),
    "loss of a model": (lambda: mlnc.measure(Y, Y, loss="hinge"), "loss= is 'hinge': use one of"),
    "rows of a model": (lambda: mlnc.measure(Y[:2], Y), "array 'H' has 2 rows but there are 7 samples"),
    "no classifier": (lambda: mlnc.measure(Y, Y), "add the classifier, or give lam="),
    "an archive and more": (lambda: mlnc.measure("f.npz", Y, W=Y), "W and b are read from the archive of H"),
    "profile": (lambda: mlnc.verify(profile="slow"), "profile= is 'slow': use one of quick, full, nightly"),
    "claims": (lambda: mlnc.verify(claims="XX"), "no claim matches 'XX'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_line_that_says_what_to_do(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(mlnc.InputError) as refusal:
        call()
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("given", ["1/1000", "0.001", "1e-3", 1e-3, np.float64(1e-3), Fraction(1, 1000)])
def test_a_penalty_is_the_number_that_is_written(given: Any) -> None:
    assert penalty("lam", given) == Fraction(1, 1000)


def test_a_file_name_is_one_printable_line() -> None:
    assert spelt("a\nb\x1b[1m.csv") == "a?b?[1m.csv"
    assert spelt(b"\xff.csv".decode("utf-8", "surrogateescape")) == "\N{REPLACEMENT CHARACTER}.csv"
