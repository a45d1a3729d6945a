"""Label files as people have them: each gives the counts that a practitioner expects, or is refused in one line."""

import json
import os
import re
import runpy
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mlnc
from tests.conftest import Run
from tests.labels.files import refusal_of

FILES = (
    Path(os.environ.get("MLNC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data").parent / "fieldcases"
)
pytestmark = pytest.mark.skipif(
    not FILES.is_dir(), reason=f"no field cases at {FILES}: their folder lies beside the repository"
)


@dataclass(frozen=True)
class Case:
    """Files, how they are read, and what comes out: total weight, labels, label sets and cardinality, or a refusal."""

    files: str
    total: int | str = 0
    K: int = 0
    sets: int = 0
    cardinality: str = ""
    labels: tuple[str, ...] = ()
    empty: int | None = None
    refused: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> list[Path]:
        return [FILES / name for name in self.files.split()]


def beach(files: str, **given: Any) -> Case:
    """The nine samples that most of the files hold."""
    return Case(files, 9, 5, 8, "13/9", **{"empty": 1, **given})


SEA = ("sea", "sky", "sun", "dog", "cat")
ABC = ("a", "b", "c")
GENRES = ("Adventure", "Animation", "Children", "Comedy", "Romance")
CASES = [
    Case("01-xml-order.arff", 9, 3, 5, "12/9", ("Class1", "Class2", "Class3")),
    Case("02-libsvm-base-train.svm 02-libsvm-base-test.svm", 8, 4, 7, "13/8", ("a", "b", "c", "d"),
         options={"labels": FILES / "02-libsvm-base-names.xml"}),
    Case("02-libsvm-base-train.svm 02-libsvm-base-test.svm", 8, 4, 7, "13/8", ("0", "1", "2", "3")),
    Case("02-libsvm-base-test.svm", refused="base=", options={"labels": FILES / "02-libsvm-base-names.xml"}),
    Case("04-transposed.npy", refused="5 rows and 9 columns.*transpose="),
    beach("04-transposed.npy", options={"transpose": True}),
    Case("05-extra-binary-column.csv", 4, 3, 4, "3/2", ("person", "dog", "car")),
    Case("08-float-weights.npz", 1, 3, 4, "13/10"),
    Case("08-exact-weights.json", 1, 3, 3, "5/4", ABC),
    Case("09-k-from-header.txt", 9, 5, 8, "13/9", empty=1),
    Case("09-k-from-header.txt", 9, 6, 8, "13/9", options={"labels": 6}),
    Case("11-xmlc-header.txt", 9, 6, 8, "13/9", empty=1),
    Case("12-spmat-header.txt", 9, 6, 8, "13/9", empty=1),
    Case("14-nih-pipe.csv", 4, 3, 4, "5/4", ("Cardiomegaly", "Effusion", "Emphysema"), 1),
    Case("15-planet-space.csv", 5, 7, 4, "3"),
    Case("17-ncmlab-svhn.csv", 4, 9, 4, "7/4", tuple("123456789")),
    Case("19-movielens.csv", 4, 5, 4, "3/2", GENRES, 1),
    Case("21-chexpert.csv", 12, 14, 12, "15/4", options={"labels": -14, "missing": "absent"}),
    Case("21-chexpert.csv", 4, 14, 4, "19/4", options={"drop": "-1", "missing": "absent"}),
    Case("21-chexpert.csv", refused="missing= absent", options={"labels": -14}),
    Case("22-voc-pm1.csv", 4, 5, 4, "5/4", options={"missing": "absent"}),
    Case("22-voc-pm1.csv", refused="missing="),
    beach("24-lamda-mat.mat"),
    Case("25-meka-missing.arff", 4, 3, 3, "1", ABC, options={"missing": "absent"}),
    Case("25-meka-missing.arff", 2, 3, 2, "1", ABC, options={"missing": "drop"}),
    Case("25-meka-missing.arff", refused="missing="),
    Case("26-libsvm-bz2.svm.bz2", 3, 4, 3, "5/3"),
    Case("28-coco.json", 5, 3, 5, "6/5", ("person", "stop sign", "toothbrush"), 1),
    Case("29-hf-jsonl.jsonl", 4, 3, 4, "1", ("4", "18", "27"), 1),
    Case("29-hf-jsonl.jsonl", 4, 28, 4, "1", options={"labels": 28}),
    Case("31-parquet.parquet", 4, 3, 4, "1", ("4", "18", "27"), 1),
    beach("32-npz-y.npz"),
    Case("34-torch.pt", refused="PyTorch.*numpy.save"),
    beach("35-tsv.tsv", labels=SEA),
    beach("36-semicolon.csv", labels=SEA),
    beach("38-path-then-vector.txt"),
    beach("39-headerless.csv"),
    beach("39-headerless.csv", labels=SEA, options={"labels": SEA}),
    Case("41-goemotions.tsv", 4, 4, 3, "3/2", ("4", "18", "25", "27")),
    Case("43-label-lists.txt", 4, 8, 4, "5/2", tuple("01234567"), 1),
    Case("44-moa-trailing-comma.arff", 3, 3, 3, "4/3"),
    Case("46-arff-row-comment.arff", 3, 2, 3, "4/3"),
    Case("47-arff-weights.arff", "7/2", 2, 3, "9/7"),
    Case("49-meka-lower-c.arff", 3, 3, 3, "4/3", ABC),
    Case("50-keel.dat", 3, 2, 3, "4/3", ("amazed", "happy")),
    Case("51-arff-latin1.arff", 3, 2, 3, "4/3", ("café", "b")),
    Case("52-comma-space.svm", 3, 6, 3, "2"),
    beach("54-coo-duplicates.npz"),
    beach("56-utf16.csv", labels=SEA),
    Case("57-long-text.csv", 3, 3, 3, "4/3", ABC),
    beach("61-id-first.csv", labels=SEA),
    beach("61-id-first.csv", labels=SEA, options={"labels": -5}),
]  # fmt: skip


def outcome(case: Case) -> str:
    """What is otherwise than expected, or nothing."""
    if case.refused:
        message = refusal_of(lambda: mlnc.read(case.paths, **case.options))
        fits = re.search(case.refused, message) and len(message.splitlines()) == 1
        return "" if fits else message
    pi = mlnc.read(case.paths, **case.options)
    found = (pi.total_weight, pi.K, len(pi.masks), pi.cardinality)
    if found != (Fraction(case.total), case.K, case.sets, Fraction(case.cardinality)):
        return str(found)
    if case.labels and pi.labels != case.labels:
        return str(pi.labels)
    return "" if case.empty is None or pi.weight_of.get(0, 0) == case.empty else f"{pi.weight_of.get(0, 0)} empty"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.files.split()[0]}-{case.refused or case.K}")
def test_field_case(case: Case) -> None:
    assert outcome(case) == ""


def test_every_field_case_is_in_the_table() -> None:
    numbers = {path.name[:2] for path in FILES.glob("*.expected.txt")}
    assert {name[:2] for case in CASES for name in case.files.split()} | {"10"} >= numbers


@pytest.mark.slow
def test_a_million_samples_of_a_thousand_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mlnc: Run) -> None:
    """Case 10: all is counted, nothing is made dense, and what is too dear is said."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(FILES / "10-million-by-thousand.py"))
    code, out, _ = mlnc("spectrum", "10-million-by-thousand.npz")
    assert code == 0
    assert "total weight 1000000, 1000 labels, 901397 label sets, cardinality 4.815" in out
    assert "more than a day" in out


def test_rows_of_a_model_meet_their_labels_in_the_order_of_the_columns(mlnc: Run) -> None:
    """Case 01: the features are the optimum with rows in the order of the columns, so nothing is left to explain."""
    code, out, _ = mlnc(
        "measure", FILES / "01-xml-order-features.npz", FILES / "01-xml-order.arff", "--lam", "1e-2", "--json"
    )
    assert code == 0
    assert max(found["shape"] for found in json.loads(out)["distances"].values()) < 1e-6
