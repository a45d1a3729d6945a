"""``mlnc`` says what the command says, whatever holds the labels; results are frozen and show themselves."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import mlnc
from mlnc.results import Result
from tests.api.beach import BEACH, MATRICES, NAMES, SOURCES, Y
from verify.certificate import kernel
from verify.certificate.kernel import Verdict
from verify.cli import app
from verify.labels.distribution import LabelDistribution
from verify.model import polish
from verify.report import as_json

H = np.random.default_rng(0).normal(size=(len(Y), 3))
W = np.random.default_rng(1).normal(size=(3, 3))

QUESTIONS: Mapping[str, tuple[Callable[..., Result], str]] = {
    "spectrum": (lambda labels: mlnc.spectrum(labels, digits=20, bounds=True), "--digits 20 --bounds"),
    "solve": (lambda labels: mlnc.solve(labels, 1e-2, loss="bce", bias="free"), "--lam 1e-2 --loss bce --bias free"),
}
"""By command, the same question asked of ``mlnc`` and, in options, on the command line."""


def command(*arguments: object) -> str:
    """What the command prints."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_command_prints_the_result(name: str, tmp_path: Path) -> None:
    ask, options = QUESTIONS[name]
    file = SOURCES["path"](tmp_path)
    if name == "solve":
        options += f" --out {tmp_path}"
    found = ask(file)
    assert f"{found!r}\n" == command(name, file, *options.split())
    assert as_json(found.as_json()) == command(name, file, *options.split(), "--json")


@pytest.mark.parametrize("kind", [*SOURCES, *MATRICES])
def test_every_form_of_the_labels_gives_the_same(kind: str, tmp_path: Path) -> None:
    source = SOURCES[kind](tmp_path) if kind in SOURCES else MATRICES[kind]
    names = None if kind in SOURCES else NAMES
    assert mlnc.spectrum(source, labels=names).as_json() == mlnc.spectrum(BEACH).as_json()
    assert mlnc.averaging(source, labels=names).as_json() == mlnc.spectrum(BEACH).as_json()["averaging"]
    assert mlnc.solve(source, "1/100", labels=names).as_json() == mlnc.solve(BEACH, "1/100").as_json()


def test_averaging_says_what_spectrum_says_first() -> None:
    found = mlnc.averaging(BEACH)
    assert repr(found) in repr(mlnc.spectrum(BEACH))
    assert "not decided in float64" in repr(mlnc.averaging(BEACH, exact=False))


def test_the_ends_of_a_proven_interval_are_printed_short_and_outwards() -> None:
    """The kernel keeps them on one grid; else every residual of a row has its own denominator, and they grow too long
    for Python to print."""
    pi = LabelDistribution.from_sets(
        [*(([k], 1 + k) for k in range(24)), ([0, 1], 3)], labels="abcdefghijklmnopqrstuvwx"
    )
    found = mlnc.solve(pi, "1/1000", loss="bce")
    optimum = found.verdict.optimum
    assert optimum is not None
    exact = optimum.interval("hh", 24, 24)
    assert exact is not None
    assert max(len(str(end)) for end in exact) < 400
    low, high = map(Fraction, found.as_json()["prototypes"][24]["norm_squared"])
    assert low <= exact[0] < exact[1] <= high
    assert high - low <= (exact[1] - exact[0]) * (1 + 2 * Fraction(1, 10**6))  # a millionth at each end


# ---------------------------------------------------------------------- certificates


def test_what_is_saved_is_what_the_command_writes(tmp_path: Path) -> None:
    file = SOURCES["path"](tmp_path)
    best = mlnc.solve(file, "3/7", loss="mse", lambda_h=2, digits=20)
    paths = best.save(tmp_path / "new" / "api")
    command("solve", file, "--loss", "mse", "--lam", "3/7", "--lambda-h", 2, "--digits", 20, "--out", tmp_path)
    assert [path.name for path in paths] == [
        "beach.mse.none.4.2857142857142857e-1.certificate.json", "beach.mse.none.4.2857142857142857e-1.geometry.npz"
    ]  # fmt: skip
    for path in paths:
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    with pytest.raises(mlnc.InputError, match="/dev/null/x: Not a directory; name a folder that can be written"):
        best.save("/dev/null/x")


def test_a_certificate_is_checked_wherever_it_is(tmp_path: Path) -> None:
    best = mlnc.solve(BEACH, "1/100")
    path, _ = best.save(tmp_path)
    from_file = mlnc.check(path)
    assert from_file.accepted
    assert f"{from_file!r}\n" == command("check", path)
    for held in (best, best.certificate, str(path)):
        assert as_json(mlnc.check(held).as_json()) == command("check", path, "--json")
    false = dataclasses.replace(
        best.certificate, value=dataclasses.replace(best.certificate.value, upper=((0,),), lower=((0,),))
    )
    assert not mlnc.check(false).accepted
    assert "REJECTED (arb)" in repr(mlnc.check(false))


def test_an_optimum_that_is_not_certified_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rejected = dataclasses.replace(mlnc.solve(BEACH, "1/100").verdict, accepted=False, reason="so it is")
    assert isinstance(rejected, Verdict)
    monkeypatch.setattr(kernel, "check", lambda *_: rejected)
    with pytest.raises(mlnc.UncertifiedError, match="the certificate does not pass the kernel: so it is"):
        mlnc.solve(BEACH, "1/100")
    done = CliRunner().invoke(
        app, ["solve", str(SOURCES["path"](tmp_path)), "--lam", "1", "--out", str(tmp_path / "out")]
    )
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "mlnc: the certificate does not pass the kernel: so it is\n"
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------------- a trained model


def test_a_model_is_measured_as_the_command_measures_it(tmp_path: Path) -> None:
    file, options = SOURCES["path"](tmp_path), ["--lam", "1/100", "--loss", "mse"]
    np.savez(tmp_path / "model.npz", H=H, W=W, b=W[0])
    said = [
        CliRunner().invoke(app, ["measure", str(tmp_path / "model.npz"), str(file), *options, *end]).stdout
        for end in ([], ["--json"])
    ]
    found = mlnc.measure(tmp_path / "model.npz", file, lam=1e-2, loss="mse")
    assert [f"{found!r}\n", as_json(found.as_json())] == said
    assert found.accepted
    for kind in ("text", "frame"):
        assert as_json(mlnc.measure(H, SOURCES[kind](tmp_path), W, W[0], lam="1/100", loss="mse").as_json()) == said[1]
    for matrix in MATRICES.values():
        same = mlnc.measure(H.tolist(), matrix, W, W[0], lam="1/100", loss="mse", labels=NAMES)
        assert as_json(same.as_json()) == said[1]
        assert "\nfeatures: 7 samples of 3 features" in repr(same)


# ---------------------------------------------------------------------- verify


@pytest.mark.usefixtures("few")
def test_the_command_verifies_as_the_package_does(tmp_path: Path) -> None:
    """Label sets in any form, by name, on any executor."""
    file = SOURCES["path"](tmp_path)
    forms = {**{kind: make(tmp_path) for kind, make in SOURCES.items()}, str(file): file}
    told: list[tuple[str, int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        found = mlnc.verify(forms, claims="S4", seed=3, executor=pool, progress=lambda *how: told.append(how))
    document = found.as_json()
    assert list(document["data"]) == [*SOURCES, str(file)]
    assert all(entry == document["data"][str(file)] for entry in document["data"].values())
    assert set(map(str, document["claims"][0]["on_data"].values())) == {"{'state': 'holds', 'note': ''}"}
    assert told[-1] == ("evidence", told[-1][2], told[-1][2])
    alone = mlnc.verify(file, claims="S4", seed=3)
    assert as_json(alone.as_json()) == command(
        "verify", "--data", file, "--claims", "S4", "--seed", 3, "--jobs", 1, "--json"
    )
    assert repr(alone).splitlines()[-1] == f"On {file}: held 1"
    assert found.accepted
    broken = dataclasses.replace(found.evidence[0], controls={"a control": False})
    assert not dataclasses.replace(found, evidence=(broken,)).accepted


# ---------------------------------------------------------------------- results


def test_a_notebook_shows_the_words_and_no_markup_of_the_labels() -> None:
    pi = mlnc.LabelDistribution.from_sets({("<b>&'\"",): 2, ("sky",): 1, ("sun",): 1}, labels=("<b>&'\"", "sky", "sun"))
    for found in (
        pi,
        mlnc.spectrum(pi),
        mlnc.averaging(pi),
        mlnc.solve(pi, "1/10"),
        mlnc.check(mlnc.solve(pi, "1/10")),
    ):
        shown = found._repr_html_()
        assert shown.startswith("<pre>")
        assert shown.endswith("</pre>")
        assert "<" not in shown[len("<pre>") : -len("</pre>")]
    assert "&lt;b&gt;&amp;&#x27;&quot;" in mlnc.solve(pi, "1/10")._repr_html_()


def test_a_distribution_is_spelt_out_while_it_is_short() -> None:
    assert eval(repr(BEACH), {"LabelDistribution": mlnc.LabelDistribution}) == BEACH
    long = mlnc.LabelDistribution.from_sets([([k], 1) for k in range(99)])
    assert repr(long) == "<LabelDistribution: 99 label sets over 99 labels, multiplicities 1, total weight 99>"


def test_results_are_frozen() -> None:
    found: Any = mlnc.averaging(Y)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.answers = ()


def test_the_package_names_what_it_has() -> None:
    assert all(getattr(mlnc, name).__doc__ for name in mlnc.__all__)
    assert dir(mlnc) == sorted(mlnc.__all__)
    with pytest.raises(AttributeError, match="module 'mlnc' has no attribute 'solves'"):
        mlnc.solves  # noqa: B018


def test_the_package_is_the_command_too(tmp_path: Path) -> None:
    file = SOURCES["path"](tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "mlnc", "spectrum", file, "--json"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr.split(": ")[1]) == (0, "read as")
    document = json.loads(run.stdout)
    assert [read["file"] for read in document.pop("read_as")] == [str(file)]
    assert document == json.loads(command("spectrum", file, "--json"))
    run = subprocess.run([sys.executable, "-m", "mlnc", "spectrum"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("mlnc: no label file is named")


def test_a_bias_is_printed_as_it_is_given(tmp_path: Path) -> None:
    """The word of the option in what is printed, in names of files and in answers; documents keep that of the model."""
    Y = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]
    for given in ("none", "zero"):
        found = mlnc.solve(Y, "1/100", bias=given)
        assert "loss pal, bias none, lambda" in found.lines()[0]
        assert found.save(tmp_path)[0].name == "labels.pal.none.1e-2.certificate.json"
        assert found.as_json()["bias"] == "zero"
    answers = mlnc.averaging(Y)
    assert {answer.bias for answer in answers.answers} == {"none", "free"}
    assert {answer["bias"] for answer in answers.as_json()} == {"zero", "free"}
    for printed in (found, answers, mlnc.spectrum(Y, lam="1e-2")):
        assert "zero" not in repr(printed)


def test_digits_that_cannot_be_had_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 66 labels and more residuals than there is room for; control: with the room there are so many."""
    labels = LabelDistribution.from_sets([([k, k + 1], k + 1) for k in range(66)], labels=[str(k) for k in range(67)])
    assert mlnc.solve(labels, lam="1/500", digits=8).certificate.gap < Fraction(1, 10**16)
    monkeypatch.setattr(polish, "MOST_RESIDUALS", 66 * 67 - 1)
    with pytest.raises(
        mlnc.InputError, match=r"digits=8 were not found here \(too many label sets.*\): leave them out"
    ):
        mlnc.solve(labels, lam="1/500", digits=8)
