"""The command as a user meets it: real output, exit codes, one-line errors, the same bytes for the same seed."""

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from proofs.claims import CLAIMS
from tests.conftest import ROOT, Run
from verify.campaign import run as campaign
from verify.cli.around import wrapped
from verify.report import page as reports


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    file = tmp_path / "beach.csv"
    file.write_text("sea,sky,sun\n1,1,0\n0,1,0\n1,0,0\n1,0,1\n0,0,0\n")
    return file


# ---------------------------------------------------------------------- verify


@pytest.mark.usefixtures("few")
def test_verify_prints_a_line_per_claim_and_a_count(mlnc: Run) -> None:
    code, out, err = mlnc("verify", "--claims", "S4,S6", "--jobs", 1)
    lines = out.splitlines()
    assert code == 0
    assert "processor" in lines[0]
    assert [line.split()[0] for line in lines[1:-1]] == ["S4", "S6"]
    assert all(" proved " in line and "derived general" in line and "control" in line for line in lines[1:-1])
    assert re.fullmatch(r"2 claims: 2 proved; \d+\.\d s on the clock", lines[-1])
    assert "evidence: " in err


def test_verify_json_is_one_document_with_exact_counts(mlnc: Run, beach: Path, tmp_path: Path) -> None:
    code, out, _ = mlnc("verify", "--claims", "S2", "--data", beach, "--jobs", 1, "--json", "--out", tmp_path / "out")
    document = json.loads(out)
    assert code == 0
    assert (tmp_path / "out" / "verdict.json").read_text() == out
    (claim,) = document["claims"]
    assert claim["verdict"] == "proved"
    assert claim["sampled"]["held"] == document["samples"] == 2000
    assert list(document["data"]) == [str(beach)]
    assert [(read["file"], read["samples"]) for read in document["read_as"]] == [(str(beach), 5)]


@pytest.mark.usefixtures("few")
def test_verify_leaves_a_page_of_this_very_run_and_says_where(
    mlnc: Run, beach: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    code, _, err = mlnc("verify", "--claims", "S4", "--jobs", 1, "--data", beach, "--out", out)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert code == 0
    assert f"page: {out / 'report.html'}\n" in err
    assert "labels of your own" not in err, "these are"
    assert f"On your data: {beach}" in page
    assert hashlib.sha256((out / "verdict.json").read_bytes()).hexdigest() in page
    err = mlnc("verify", "--claims", "S7", "--jobs", 1, "--out", out)[2]
    assert f"for labels of your own: mlnc spectrum LABELS.csv, or mlnc verify --data LABELS.csv --out {out}" in err
    assert 'id="S7"' in (out / "report.html").read_text(encoding="utf-8")
    monkeypatch.setattr(reports, "NOTES", tmp_path / "none")
    code, _, err = mlnc("verify", "--claims", "S4", "--jobs", 1, "--out", out)
    assert code == 0
    assert "no page: " in err
    assert not (out / "report.html").exists()


@pytest.mark.usefixtures("few")
def test_verify_reads_data_as_the_options_say(mlnc: Run, beach: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("verify", "--claims", "S4", "--jobs", 1, "--data", beach, "--out", out)
    code, _, err = mlnc(*asked, "--format", "json")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert not out.exists()
    code, said, _ = mlnc(*asked, "--format", "csv")
    assert code == 0
    assert f"On {beach}: held 1" in said


def test_the_claims_are_listed_and_nothing_is_run(mlnc: Run) -> None:
    code, out, err = mlnc("verify", "--list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(CLAIMS)
    assert "false: equal weights" in mlnc("verify", "--list", "--claims", "W6b")[1]
    code, out, err = mlnc("verify", "--claims", "S4,ZZ")
    assert (code, out) == (2, "")
    assert "mlnc verify --list" in err
    assert len(err) < 120


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Children are interrupted as at a terminal, although interrupts are ignored where tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_stops_at_once_and_says_how_to_go_on(tmp_path: Path) -> None:
    """In the middle of a derivation that takes long, in another process."""
    command = [sys.executable, "-m", "verify.cli", "verify", "--claims", "O*,W*", "--jobs", "2"]
    folder = ["--out", str(tmp_path / "out")]
    with subprocess.Popen([*command, *folder], cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("chains: 0 of ")
        time.sleep(3)  # until both workers are at it
        running.send_signal(signal.SIGINT)
        start = time.monotonic()
        said = running.stderr.read()
        assert running.wait() == 130
    assert time.monotonic() - start < 10  # what the workers are at takes much longer
    assert said.splitlines()[-1] == "mlnc: interrupted; the same command with --resume goes on"
    assert not (tmp_path / "out" / "verdict.json").exists()


def test_an_interrupt_of_what_is_kept_nowhere_says_so(mlnc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "run", interrupted)
    said = "mlnc: interrupted; nothing is kept without --out\n"
    assert mlnc("verify", "--claims", "S4", "--jobs", 1) == (130, "", said)


def test_replay_says_that_a_false_claim_is_refuted(mlnc: Run) -> None:
    folder = ROOT / "verify" / "campaign" / "counterexamples"
    names = ("averaging_without_orthogonality", "contrast_energy_upper_constant")
    code, out, _ = mlnc("replay", *(folder / f"{name}.json" for name in names))
    first, second = out.splitlines()
    assert code == 0
    assert ": W6b is refuted on 4 label sets " in first
    assert first.endswith(": symmetry makes all prototypes scaled averages, and multiplicity 2 is not orthogonal")
    assert ": S9 with 'kappa as the upper constant' is refuted on " in second


def test_verify_is_byte_identical_whatever_the_hash_seed_and_the_jobs(mlnc: Run) -> None:
    arguments = ["verify", "--claims", "S4", "--json", "--seed", "7", "--jobs"]
    command = [sys.executable, "-m", "verify.cli", *arguments, "2"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77"}, capture_output=True, text=True, check=True
    )
    assert mlnc(*arguments, 1)[:2] == (0, done.stdout)


# ---------------------------------------------------------------------- spectrum


def test_spectrum_says_what_the_data_determines_worst(mlnc: Run, beach: Path) -> None:
    code, out, err = mlnc("spectrum", beach)
    assert code == 0
    found = "table, comma, header, 3 columns, labels in columns 1-3; 3 labels sea, sky, sun; 5 samples"
    assert err == f"{beach}: read as: {found}\n"
    assert "PAL-CE and kappa leave out 1 empty and 0 full rows" in out
    assert "The contrast the data determines worst: " in out
    assert out.index("Does tag-wise averaging hold?") < out.index("kappa_m")
    assert "not perfectly orthogonal: classes are not equally frequent among label sets of size 1 and 2" in out


def test_spectrum_of_balanced_data_promises_averaging(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "balanced.csv"
    file.write_text("a,b,c\n1,0,0\n0,1,0\n0,0,1\n1,1,0\n1,0,1\n0,1,1\n")
    code, out, _ = mlnc("spectrum", file)
    assert code == 0
    assert "every multiplicity is perfectly orthogonal" in out
    _, answers = out.split("Does tag-wise averaging hold?")
    assert next(line.split() for line in answers.splitlines() if "PAL-CE" in line) == [
        "PAL-CE", "none", "every", "yes", "scaled", "sums", "O1,", "W6",
    ]  # fmt: skip


def test_bounds_are_shown_when_asked_for(mlnc: Run, beach: Path) -> None:
    assert "Gershgorin" not in mlnc("spectrum", beach)[1]
    code, out, _ = mlnc("spectrum", beach, "--bounds")
    assert code == 0
    table = out[out.index("Gershgorin") :]
    assert table.count("*") == 3  # the tightest at multiplicities 1 and 2, and what the mark means


def test_sentences_are_wrapped_on_a_terminal_only(mlnc: Run, beach: Path) -> None:
    long = max(mlnc("spectrum", beach)[1].splitlines(), key=len)
    assert len(long) > 120
    for width in (40, 72):
        lines = list(wrapped(["    " + long.strip(), "a   table " * 20], width))
        assert lines[-1] == "a   table " * 20
        assert all(len(line) <= width and line.startswith("    ") for line in lines[:-1])
        assert " ".join(line.strip() for line in lines[:-1]) == long.strip()


def test_spectrum_names_contrasts_that_vanish(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "twins.csv"
    file.write_text("a,b,c\n1,1,0\n0,0,1\n")
    _, out, _ = mlnc("spectrum", file)
    assert "kappa = 0 exactly" in out
    assert "+a -b" in out


def test_spectrum_json_encloses_kappa(mlnc: Run, beach: Path) -> None:
    code, out, _ = mlnc("spectrum", beach, "--json", "--digits", 30)
    document = json.loads(out)
    kappa = document["overall"]["kappa"]
    low, high = Fraction(kappa["lower"]), Fraction(kappa["upper"])
    assert code == 0
    # "p/q" strings cannot be Python floats in disguise: 30 digits is finer than float64
    assert 0 <= high - low <= low / 10**29
    assert abs(Fraction(kappa["decimal"]) - low) <= low / 10**29
    assert document["left_out"] == {"empty": 1, "full": 0}


def test_spectrum_in_float64_agrees(mlnc: Run, beach: Path) -> None:
    _, exact, _ = mlnc("spectrum", beach, "--json")
    _, fast, _ = mlnc("spectrum", beach, "--json", "--float")
    a, b = float(json.loads(exact)["overall"]["kappa"]["decimal"]), json.loads(fast)["overall"]["kappa"]
    assert abs(a - b) < 1e-10  # ten digits were printed of a number below 1


def test_files_are_counted_together(mlnc: Run, beach: Path) -> None:
    _, out, _ = mlnc("spectrum", beach, beach, "--json")
    assert json.loads(out)["total_weight"] == 10


def test_options_say_what_a_file_does_not(mlnc: Run, tmp_path: Path) -> None:
    """Every reader's advice names an option that there is, and following it helps."""
    arff, text = tmp_path / "d.arff", tmp_path / "d.tab"
    arff.write_text(ARFF + "1.0,1,0\n2.0,0,1\n")
    text.write_text("hello\n")
    _, _, err = mlnc("spectrum", arff)
    assert "--labels" in err
    assert "labels=" not in err
    (tmp_path / "names.txt").write_text(XML)
    for value in ("a,b", "a, b", "-2", tmp_path / "names.txt"):
        code, out, _ = mlnc("spectrum", arff, "--labels", value, "--json")
        assert code == 0
        assert json.loads(out)["labels"] == ["a", "b"]
    _, _, err = mlnc("spectrum", text)
    assert "--format" in err
    assert "format=" not in err
    (tmp_path / "rows.dat").write_text("a,b\nTrue,False\n0,1\n")
    assert json.loads(mlnc("spectrum", tmp_path / "rows.dat", "--format", "csv", "--json")[1])["total_weight"] == 2
    assert mlnc("solve", arff, "--labels", "a,b", "--lam", "1e-2", "--out", tmp_path)[0] == 0


REFERENCE = {
    "emotions": (6, 27, "8.628e-02", "0.5192"),
    "flags": (7, 53, "8.232e-02", "0.5434"),
    "yeast": (14, 198, "2.656e-03", "0.9812"),
}


@pytest.mark.parametrize(
    "name", ["emotions", "yeast", "flags", "birds", "medical", pytest.param("bibtex", marks=pytest.mark.slow)]
)
def test_spectrum_works_on_real_data(mlnc: Run, real_data: Path, name: str) -> None:
    code, out, err = mlnc("spectrum", *sorted((real_data / name).glob("*.arff")), "--json", "--digits", 6)
    document = json.loads(out)
    assert code == 0
    assert [file["file"] for file in document["read_as"]] == [
        line.partition(": read as: ")[0] for line in err.splitlines() if ": read as: " in line
    ]
    assert document["exact"]
    if name in REFERENCE:
        K, kept, kappa, largest = REFERENCE[name]
        assert (len(document["labels"]), document["label_sets_kept"]) == (K, kept)
        assert f"{float(document['overall']['kappa']['decimal']):.3e}" == kappa
        assert f"{float(document['overall']['K']['decimal']):.4f}" == largest


# ---------------------------------------------------------------------- derive


def test_derive_check_fails_on_a_stale_note_and_derive_mends_it(
    mlnc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proofs import render  # noqa: PLC0415 - SymPy is slow to import
    from tests.proofs.decided import decided  # noqa: PLC0415

    def once(name: str, told: Callable[[str, str, int], None]) -> render.Derived:
        told(name, "the last claim", 0)
        return decided(name)

    monkeypatch.setattr(render, "derived", once)
    code, out, err = mlnc("derive", "decayed_bias", "--check", "--notes", tmp_path)
    assert (code, out) == (1, f"{tmp_path / 'decayed_bias.md'}: stale\n")
    assert "mlnc derive" in err
    code, out, _ = mlnc("derive", "decayed_bias", "--check", "--json", "--notes", tmp_path)
    assert (code, json.loads(out)) == (1, {"stale": [str(tmp_path / "decayed_bias.md")]})
    assert mlnc("derive", "decayed_bias", "--notes", tmp_path)[0] == 0
    told = "decayed_bias: decided\n"
    assert mlnc("derive", "decayed_bias", "--check", "--notes", tmp_path) == (0, "every note is up to date\n", told)
    note = tmp_path / "decayed_bias.md"
    assert note.read_bytes() == (ROOT / "notes" / "decayed_bias.md").read_bytes()


def test_chapters_derived_in_processes_of_their_own_give_the_same_notes(
    mlnc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their hash seed."""
    monkeypatch.setenv("PYTHONHASHSEED", "4242")
    chapters = ("decayed_bias", "loss_weights")  # which are short
    found = mlnc("derive", *chapters, "--check", "--jobs", 2, "--notes", ROOT / "notes")
    assert found[:2] == (0, "every note is up to date\n")


def test_derive_names_what_is_not_proved_and_writes_nothing(
    mlnc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proofs import render  # noqa: PLC0415

    def unproved(*_: object) -> str:
        raise render.UnprovedError("S1 step 1 undecided")

    monkeypatch.setattr(render, "derived", unproved)
    assert mlnc("derive", "label_spectrum", "--notes", tmp_path) == (1, "", "S1 step 1 undecided\n")
    assert list(tmp_path.iterdir()) == []


def test_a_figure_drawn_from_the_sources_is_stale_like_a_note(
    mlnc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proofs import render  # noqa: PLC0415
    from verify.report import figures  # noqa: PLC0415

    monkeypatch.setattr(render, "rendered", lambda *_: [])
    monkeypatch.setattr(figures, "of_the_sources", lambda: {"house.svg": "<svg/>"})
    house = tmp_path / "house.svg"
    assert mlnc("derive", "--notes", tmp_path)[:2] == (0, f"{house}: written\n")
    assert house.read_text() == "<svg/>"
    assert mlnc("derive", "--check", "--notes", tmp_path)[:2] == (0, "every note is up to date\n")
    house.write_text("<svg> </svg>")
    assert mlnc("derive", "--check", "--notes", tmp_path)[:2] == (1, f"{house}: stale\n")
    assert mlnc("derive", "label_spectrum", "--check", "--notes", tmp_path)[0] == 0  # belongs to no chapter


# ---------------------------------------------------------------------- bad input


def npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


BOMB = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><labels><label name="&b;"/></labels>'
XML = '<labels xmlns="http://mulan.sourceforge.net/labels"><label name="a"/><label name="b"/></labels>'
ARFF = "@relation r\n@attribute x numeric\n@attribute a {0,1}\n@attribute b {0,1}\n@data\n"

BAD_FILES: dict[str, dict[str, str | bytes]] = {
    "empty csv": {"d.csv": ""},
    "header only": {"d.csv": "a,b\n"},
    "one label": {"d.csv": "a\n1\n0\n"},
    "value 2": {"d.csv": "a,b\n1,2\n"},
    "value 0.5": {"d.csv": "a,b\n1,0.5\n"},
    "missing value": {"d.csv": "a,b\n1,\n"},
    "ragged row": {"d.csv": "a,b\n1,0,1\n"},
    "labels or split": {"d.csv": "a,b,test\n1,0,1\n"},
    "labels x samples": {"d.npz": npz(Y=np.eye(2, 4))},
    "duplicate name": {"d.csv": "a,a\n1,0\n"},
    "everything dropped": {"d.csv": "a,b\n0,0\n1,1\n"},
    "not text": {"d.csv": b"\xff\xfe\x00a"},
    "unknown format": {"d.dat": "hello\n"},
    "arff without data": {"d.arff": ARFF, "d.xml": XML},
    "arff short row": {"d.arff": ARFF + "1.0,1\n", "d.xml": XML},
    "arff value not 0/1": {"d.arff": ARFF + "1.0,1,2\n", "d.xml": XML},
    "arff missing label": {"d.arff": ARFF + "1.0,1,?\n", "d.xml": XML},
    "arff unclosed sparse row": {"d.arff": ARFF + "{1 1\n", "d.xml": XML},
    "arff sparse index out of range": {"d.arff": ARFF + "{7 1}\n", "d.xml": XML},
    "arff without xml": {"d.arff": ARFF + "1.0,1,0\n"},
    "label not in the header": {"d.arff": ARFF + "1.0,1,0\n", "d.xml": XML.replace('"b"', '"c"')},
    "xml bomb": {"d.arff": ARFF + "1.0,1,0\n", "d.xml": BOMB},
    "broken xml": {"d.arff": ARFF + "1.0,1,0\n", "d.xml": "<labels>"},
    "meka too many labels": {"d.arff": ARFF.replace("relation r", "relation 'r: -C 9'") + "1.0,1,0\n"},
    "meka no labels": {"d.arff": ARFF.replace("relation r", "relation 'r: -C 0'") + "1.0,1,0\n"},
    "libsvm negative label": {"d.libsvm": "-1,2 1:0.5\n"},
    "libsvm not a number": {"d.libsvm": "a,b 1:0.5\n"},
    "libsvm blank line": {"d.libsvm": "1,2 1:0.5\n\n2 1:1\n"},
    "npz not a zip": {"d.npz": b"PK\x03\x04 no"},
    "npz pickle": {"d.npz": npz(Y=np.array([{1: 2}, None], dtype=object))},
    "npz one-dimensional": {"d.npz": npz(Y=np.array([1, 0]))},
    "npz two arrays": {"d.npz": npz(X=np.eye(2), Z=np.eye(2))},
    "json malformed": {"d.json": '{"labels": ["a", "b"'},
    "json wrong schema": {"d.json": "[1, 2]"},
    "json unknown label": {"d.json": '{"labels": ["a", "b"], "sets": [{"labels": ["c"]}]}'},
    "json negative weight": {"d.json": '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": -1}]}'},
    "json zero weight": {"d.json": '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": 0}]}'},
    "json huge weight": {"d.json": '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": 1e999999999}]}'},
    "json NaN": {"d.json": '{"labels": ["a", "b"], "sets": [{"labels": ["a"], "weight": NaN}]}'},
    "json nested deep": {"d.json": "[" * 100_000},
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("command", [("spectrum",), ("verify", "--claims", "S4", "--jobs", "1", "--data")])
def test_a_bad_file_is_one_line_and_exit_code_2(mlnc: Run, tmp_path: Path, case: str, command: tuple[str, ...]) -> None:
    for name, content in BAD_FILES[case].items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    file = tmp_path / next(iter(BAD_FILES[case]))
    out_folder = tmp_path / "out"
    extra = ("--out", out_folder) if command[0] == "verify" else ()
    code, out, err = mlnc(*command, file, *extra)
    assert (code, out) == (2, "")
    assert err.startswith("mlnc: ")
    assert err.count("\n") == 1
    assert str(file.parent) in err
    assert not out_folder.exists(), "nothing is written before the input is known to be good"


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("spectrum", "/no/such/file.csv"), "/no/such/file.csv"),
        (("spectrum", "."), "folder"),
        (("spectrum",), "no label file is named: mlnc spectrum LABELS.csv"),
        (("solve", "--lam", "1"), "no label file is named: mlnc solve LABELS.csv"),
        (("spectrum", "--digits", "0", "x.csv"), "--digits"),
        (("verify", "--claims", "X1"), "no claim matches 'X1'"),
        (("verify", "--claims", ""), "no claim matches"),
        (("verify", "--profile", "slow"), "--profile"),
        (("verify", "--jobs", "0"), "--jobs"),
        (("verify", "--seed", "one"), "--seed"),
        (("verify", "--claims", "S4", "--out", "/dev/null/x"), "--out"),
        (("derive", "no_such_chapter"), "no_such_chapter"),
        (("derive", "--notes", "/no/such/folder"), "/no/such/folder"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_bad_call_is_one_line_and_exit_code_2(mlnc: Run, arguments: tuple[str, ...], fragment: str) -> None:
    code, out, err = mlnc(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("mlnc: ")
    assert err.count("\n") == 1
    assert fragment in err


def test_the_bad_zip_is_really_a_bad_zip(tmp_path: Path) -> None:
    """Control for the fixtures above: the pickle case is a good zip, so it is the pickle that is refused."""
    file = tmp_path / "d.npz"
    file.write_bytes(npz(Y=np.array([{1: 2}], dtype=object)))
    assert zipfile.is_zipfile(file)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_while_loading_leaves_no_traceback() -> None:
    """Before anything slow is imported interrupts are the system's; once the command is loaded, Python's again."""

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    found = run(
        "import os, signal, sys\n"
        "sys.modules['click'] = None  # loading ends where the first slow import would begin\n"
        "try: import verify.cli\n"
        "except ImportError: os.kill(os.getpid(), signal.SIGINT)"
    )
    assert (found.returncode, found.stderr) == (-signal.SIGINT, "")
    found = run(
        "import signal, sys, verify.cli\n"
        "assert list(sys.modules).index('verify.cli.interrupts') < list(sys.modules).index('click')\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_version_and_help(mlnc: Run) -> None:
    assert mlnc("--version")[1].startswith("mlnc ")
    code, out, _ = mlnc("--help")
    assert code == 0
    assert all(name in out for name in ("verify", "derive", "spectrum", "130 interrupted"))


# ---------------------------------------------------------------------- solve and check


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
@pytest.mark.parametrize("bias", ["none", "free"])
def test_solve_writes_a_certificate_that_check_accepts(mlnc: Run, beach: Path, loss: str, bias: str) -> None:
    code, out, err = mlnc("solve", beach, "--loss", loss, "--bias", bias, "--lam", "1e-2", "--out", beach.parent)
    assert code == 0
    assert "min F = " in out
    assert "written: " in err
    certificate = beach.parent / f"beach.{loss}.{bias}.1e-2.certificate.json"
    code, out, _ = mlnc("check", certificate)
    assert code == 0
    assert out.count("accepted") == 1
    with np.load(beach.parent / f"beach.{loss}.{bias}.1e-2.geometry.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["G"], arrays["W"] @ arrays["W"].T)


def test_solve_prints_as_many_digits_as_asked_for(mlnc: Run, beach: Path) -> None:
    code, out, _ = mlnc("solve", beach, "--lam", "1/100", "--digits", "30", "--out", beach.parent, "--json")
    document = json.loads(out)
    assert code == 0
    for row in document["G"]:
        for low, high in row:
            assert Fraction(high) - Fraction(low) <= Fraction(1, 10**29)
    pairs = [(document["value"], document["value_decimal"])]
    pairs += [
        pair for rows in zip(document["G"], document["G_decimal"], strict=True) for pair in zip(*rows, strict=True)
    ]
    pairs += [(h["norm_squared"], h["norm_squared_decimal"]) for h in document["prototypes"]]
    for (low, high), (below, above) in pairs:
        assert Fraction(below) <= Fraction(low) <= Fraction(high) <= Fraction(above)
        assert float(below) == pytest.approx(float(Fraction(low)), rel=1e-15)
        assert float(above) == pytest.approx(float(Fraction(high)), rel=1e-15)
    code, out, _ = mlnc("check", beach.parent / "beach.pal.none.1e-2.certificate.json", "--json")
    verdicts = json.loads(out)
    assert code == 0
    assert {name: verdict["accepted"] for name, verdict in verdicts.items()} == {"arb": True}


def test_check_rejects_a_forged_certificate_in_one_line(mlnc: Run, beach: Path) -> None:
    mlnc("solve", beach, "--lam", "1/100", "--out", beach.parent)
    file = beach.parent / "beach.pal.none.1e-2.certificate.json"
    document = json.loads(file.read_text())
    document["lambda_W"] = "1/99"
    file.write_text(json.dumps(document))
    code, out, _ = mlnc("check", file, "--arithmetic", "arb")
    assert code == 1
    assert out.startswith(f"{file}: REJECTED (arb): ")
    assert out.count("\n") == 1


def test_an_enclosure_beyond_float64_is_printed(mlnc: Run, tmp_path: Path) -> None:
    """Full collapse of two labels: the interval [0, 10^309] holds the value, whatever it is good for."""
    file = tmp_path / "wide.json"
    file.write_text(json.dumps(WIDE))
    code, out, err = mlnc("check", file)
    assert (code, err) == (0, "")
    assert out.endswith("  min F in [0, 1e+309], a gap of 1.00e+309 nats\n  rank of the classifier: 0 to 2\n")
    code, out, _ = mlnc("check", file, "--json")
    assert json.loads(out)["arb"]["value"] == ["0", str(10**309)]


WIDE = {
    "format": "mlnc-certificate-1", "loss": "mse", "bias": "zero", "lambda_W": "1/1", "lambda_H": "1/1",
    "labels": ["sea", "sky"], "sets": [[0], [1]], "weights": ["1", "1"],
    "W": {"denominator": "1", "rows": [["0"], ["0"]]}, "r": {"denominator": "1", "rows": [["1", "0"], ["0", "1"]]},
    "value": {"denominator": "1", "lower": [["0"]], "upper": [[str(10**309)]]}, "claims": {},
}  # fmt: skip


def test_what_is_too_large_says_which_limit_and_how_to_raise_it(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    file.write_text(json.dumps(WIDE).replace(str(10**309), str(10**1500)))
    code, out, err = mlnc("check", file)
    assert (code, out) == (2, "")
    assert err == (
        f"mlnc: {file}: too large: digits of a number 1501, at most 1000 is tried; "
        "`mlnc check --limit 2` raises all limits\n"
    )
    assert mlnc("check", file, "--limit", 2)[0] == 0


def test_there_is_one_arithmetic(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "wide.json"
    file.write_text(json.dumps(WIDE))
    assert mlnc("check", file, "--arithmetic", "arb")[0] == 0
    code, out, err = mlnc("check", file, "--arithmetic", "iv")
    assert (code, out, err) == (2, "", "mlnc: Invalid value for '--arithmetic': 'iv' is not 'arb'.\n")


@pytest.mark.parametrize("content", ["", "{}", "[" * 100_000, '{"value": 1e999999999}', "\x00"])
def test_what_is_no_certificate_is_bad_input_to_check(mlnc: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)
    code, out, err = mlnc("check", file)
    assert (code, out) == (2, "")
    assert err.startswith(f"mlnc: {file}: ")
    assert err.endswith("name a certificate that `mlnc solve` wrote\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("--lam", "0"), "--lam is '0': give a number greater than 0"),
        (("--lam", "-1"), "--lam is '-1': give a number greater than 0"),
        (("--lam", "1", "--lambda-h", "0"), "--lambda-h is '0'"),
        (("--lam", "1e-100"), "--lam 1e-100 is too small for this data; for lambda -> 0 see `mlnc spectrum`"),
        (("--lam", "1e-400"), "--lam 1e-400 is too small"),
        (("--lam", "1e400"), "--lam 1e400 is too large"),
        (("--lam", "1e999999999"), "--lam"),
        (("--lam", "a lot"), "--lam"),
        ((), "--lam"),
        (("--lam", "1", "--loss", "hinge"), "--loss"),
        (("--lam", "1", "--out", "/dev/null/x"), "/dev/null/x"),
    ],
)
def test_a_bad_problem_is_one_line_and_exit_code_2(
    mlnc: Run, beach: Path, arguments: tuple[str, ...], fragment: str
) -> None:
    folder = beach.parent / "out" / "deep"
    code, out, err = mlnc("solve", beach, "--out", folder, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert fragment in err
    assert not folder.parent.exists(), "a folder that nothing came into is not left behind"


def test_a_free_bias_without_an_optimum_names_the_label(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "never.csv"
    file.write_text("sea,sky,fog\n1,0,0\n1,1,0\n")
    code, _, err = mlnc("solve", file, "--lam", "1e-2", "--bias", "free", "--out", tmp_path)
    assert code == 2
    assert "'fog' never occurs" in err
    assert not list(tmp_path.glob("*.json"))


def test_solve_says_how_far_every_rule_is_off(mlnc: Run, tmp_path: Path) -> None:
    """Certified where it is not 0, a bound where it is: W6b averages exactly without being a plain sum, and the squared
    loss with a free bias follows the frequency-weighted rule."""
    file = tmp_path / "w6b.csv"
    file.write_text("a,b,c\n1,0,0\n0,1,0\n0,0,1\n1,1,0\n")
    _, out, _ = mlnc("solve", file, "--lam", "1e-3", "--out", tmp_path, "--json")
    mean = {rule: [float(end) for end in ends] for rule, ends in json.loads(out)["deviations"]["mean"].items()}
    assert 0 <= mean["scaled"][0] < mean["scaled"][1] < 1e-4  # from a gap of 1e-13 the geometry has half as many digits
    assert 0.1 < mean["plain"][0] < mean["plain"][1] < 0.5
    _, out, _ = mlnc("solve", file, "--lam", "1e-3", "--out", tmp_path)
    rows = [line.split()[-1] for line in out.splitlines() if "(O1)" in line or "no bias)" in line]
    assert rows[0].startswith("<")
    assert mean["plain"][0] < float(rows[1]) < mean["plain"][1] or float(rows[1]) == pytest.approx(
        mean["plain"][0], rel=1e-3
    )
    _, out, _ = mlnc("solve", file, "--loss", "mse", "--bias", "free", "--lam", "1e-3", "--out", tmp_path, "--json")
    mean = {rule: [float(end) for end in ends] for rule, ends in json.loads(out)["deviations"]["mean"].items()}
    assert mean["weighted"][1] < 1e-4
    assert mean["plain"][0] > 0.1


def test_too_many_label_sets_for_enclosures_are_told_in_float64(
    mlnc: Run, beach: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified = json.loads(mlnc("solve", beach, "--lam", "1e-2", "--out", beach.parent, "--json")[1])["deviations"]
    monkeypatch.setattr("verify.model.optimum.MOST_ENTRIES", 1)
    rough = json.loads(mlnc("solve", beach, "--lam", "1e-2", "--out", beach.parent, "--json")[1])["deviations"]
    assert (certified["certified"], rough["certified"]) == (True, False)
    for rule, (low, high) in certified["mean"].items():
        assert float(low) - 1e-6 <= float(rough["mean"][rule][0]) <= float(high) + 1e-6  # half the digits of the gap
    assert "in float64, not certified" in mlnc("solve", beach, "--lam", "1e-2", "--out", beach.parent)[1]


def test_a_certificate_that_is_too_coarse_is_told(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("a,b,c\n1,0,0\n0,1,0\n0,0,1\n1,1,0\n1,0,1\n1,1,0\n")
    _, out, _ = mlnc("solve", file, "--lam", "1e-20", "--out", tmp_path)
    assert "the certificate is too coarse to show it; give --digits" in out
    assert out.splitlines()[-1].startswith("? and -: the certificate is too coarse to say")
    _, out, _ = mlnc("solve", file, "--lam", "1e-20", "--digits", 30, "--out", tmp_path)
    assert "coarse" not in out
    assert "isotropic (claim U8)." in out


def test_runs_that_differ_in_bias_or_lambda_leave_different_files(mlnc: Run, beach: Path) -> None:
    for bias, lam in (("zero", "1/100"), ("free", "1/100"), ("zero", "3/7")):
        mlnc("solve", beach, "--lam", lam, "--bias", bias, "--out", beach.parent)
    assert sorted(path.name for path in beach.parent.glob("*.certificate.json")) == [
        "beach.pal.free.1e-2.certificate.json",
        "beach.pal.none.1e-2.certificate.json",
        "beach.pal.none.4.2857142857142857e-1.certificate.json",
    ]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("--loss", "bce", "--smoothing", "1/10"), "beach.bce-1e-1.none.1e-3"),
        (("--loss", "bce", "--bias", "1/100"), "beach.bce.1e-2.1e-3"),
        (("--smoothing", "0.1", "--bias", "0"), "beach.pal-1e-1.free.1e-3"),
    ],
)
def test_smoothed_labels_and_a_decaying_bias_are_certified(
    mlnc: Run, beach: Path, given: tuple[str, ...], name: str
) -> None:
    code, out, _ = mlnc("solve", beach, "--lam", "1e-3", *given, "--out", beach.parent)
    assert (code, "certified to a gap of" in out) == (0, True)
    assert ("labels smoothed by 1/10" in out) == ("--smoothing" in given)
    code, out, _ = mlnc("check", beach.parent / f"{name}.certificate.json")
    assert (code, "accepted" in out) == (0, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--bias", "some"), "unknown bias 'some': use none, free, or its penalty, such as 1/100"),
        (("--bias", "-1"), "the penalty of the bias is -1: it must be positive, or 0 for a free bias"),
        (("--smoothing", "2"), "label smoothing is '2': give a number in [0, 1) such as 1/10"),
        (("--loss", "mse", "--smoothing", "1/2"), "label smoothing is for losses without finite targets"),
    ],
)
def test_no_such_bias_or_smoothing(mlnc: Run, beach: Path, given: tuple[str, ...], says: str) -> None:
    code, out, err = mlnc("solve", beach, "--lam", "1e-3", *given, "--out", beach.parent)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_full_collapse_is_told(mlnc: Run, beach: Path) -> None:
    code, out, _ = mlnc("solve", beach, "--lam", "10", "--out", beach.parent)
    assert code == 0
    assert "rank 0 of 2" in out


@pytest.mark.parametrize("name", ["emotions", "flags"])
def test_solve_reproduces_the_reference_values(mlnc: Run, real_data: Path, tmp_path: Path, name: str) -> None:
    """min F at lambda = 1e-2 from an independent prototype; it printed twelve decimals."""
    reference = {"emotions": Fraction("2.145029442252"), "flags": Fraction("5.230970187836")}[name]
    file = real_data / name / f"{name}.arff"
    code, out, _ = mlnc("solve", file, "--lam", "1e-2", "--lambda-h", "1/10", "--out", tmp_path, "--json")
    low, high = map(Fraction, json.loads(out)["value"])
    assert code == 0
    assert low - Fraction(1, 10**12) <= reference <= high + Fraction(1, 10**12)
