"""How far the rules are off at one's own penalty: against what is certified there, in words, as JSON and drawn."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import mlnc
from tests.conftest import Run
from verify.geometry.at_lambda import LADDER, rungs
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import AnyBias, Bias, FeatureModel
from verify.model.losses import losses_smoothed
from verify.report.at_lambda_text import at_lambda_lines

LONG_TAIL = LabelDistribution.from_sets(
    [([0], 12), ([1], 6), ([2], 3), ([3], 2), ([0, 1], 5), ([1, 2], 2), ([0, 2, 3], 1)], labels="abcd"
)
LOSSES = {"pal": "PAL-CE", "bce": "BCE", "mse": "MSE"}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Seven samples in a file."""
    file = tmp_path / "labels.csv"
    file.write_text("sea,sky,sun\n1,0,0\n0,1,0\n0,0,1\n0,0,1\n1,1,0\n0,1,1\n0,1,0\n")
    return file


HARD = [(loss, bias, "0") for loss in LOSSES for bias in get_args(Bias)]


@pytest.mark.parametrize(
    ("loss", "bias", "smoothing"), [*HARD, ("pal", "free", "1/10"), ("pal", "1/1000", "1/10"), ("bce", "1/1000", "0")]
)
def test_deviations_are_those_of_the_certified_optimum(loss: str, bias: str, smoothing: str) -> None:
    """``mlnc solve`` encloses them from a certificate; the ladder must land there to the accuracy it prints."""
    asked = None if bias in get_args(Bias) else bias
    document = mlnc.spectrum(LONG_TAIL, lam=["1e-2", "1e-4"], bias=asked, smoothing=smoothing).as_json()["at_lambda"]
    for lam in ("1/100", "1/10000"):
        found = next(r for r in document if (r["loss"], r["bias"], r["lambda"]) == (LOSSES[loss], bias, lam))
        proved = mlnc.solve(LONG_TAIL, lam, loss=loss, bias=bias, smoothing=smoothing).as_json()["deviations"]["mean"]
        known = {rule: off for rule, off in found["deviation"].items() if off is not None}
        assert {r["lambda"] for r in document} == {"1/100", "1/10000", "limit"}
        assert len(known) == (3 if loss == "pal" and smoothing == "0" else 4)
        for rule, off in known.items():
            low, high = proved[rule]
            assert float(low) - 1e-4 <= off <= float(high) + 1e-4


def test_the_least_is_marked() -> None:
    found = list(rungs(LONG_TAIL, LADDER[:2]))
    marked = [line for line in at_lambda_lines(found) if "*" in line]
    squared = {(rung.bias, rung.best) for rung in found if rung.loss == "MSE" and rung.bias == "free"}
    assert squared == {("free", "weighted")}
    for rung in found:
        known = [off for off in rung.deviations.values() if off is not None]
        assert rung.best is not None
        assert rung.deviations[rung.best] == min(known)
    assert any("weighted" in line and "<1e-4*" in line for line in marked)


def test_collapse_and_absent_optima_are_said() -> None:
    never = LabelDistribution.from_sets([([0], 1), ([1], 1), ([0, 1], 1)], labels="abc")
    lines = at_lambda_lines(list(rungs(never, LADDER[:1])))
    assert any("PAL-CE  free" in line and "never" in line for line in lines)


def test_the_command_answers_first_for_the_penalty_at_hand(mlnc: Run, labels: Path) -> None:
    code, out, err = mlnc("spectrum", labels, "--lam", "1e-2,3e-3")
    assert code == 0
    assert out.splitlines()[2].startswith("At your lambda")
    assert "0.003" in out.splitlines()[4]
    document = json.loads(mlnc("spectrum", labels, "--json")[1])
    assert len(document["at_lambda"]) == 6 * len(LADDER)
    assert "optima" not in err


def test_what_would_take_long_is_left_out_with_its_time(mlnc: Run, tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    header = ",".join(f"c{k}" for k in range(90))
    body = "\n".join(",".join(str(int(k in (i % 90, i * i % 90))) for k in range(90)) for i in range(1, 700))
    many.write_text(f"{header}\n{body}\n")
    code, out, _ = mlnc("spectrum", many, "--float")
    assert code == 0
    assert "--lam 1e-3" in out
    assert "would take about" in out


def test_a_figure_is_written_whole_or_refused(mlnc: Run, labels: Path, tmp_path: Path) -> None:
    target = tmp_path / "rules.svg"
    code, _, err = mlnc("spectrum", labels, "--lam", "1e-2,1e-3", "--plot", target)
    assert code == 0
    assert f"written: {target}\n" in err
    assert target.read_text().count("<svg") == 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    code, out, err = mlnc("spectrum", labels, "--plot", blocked / "x.svg")
    assert (code, out) == (2, "")
    assert "--plot" in err


@pytest.mark.parametrize("value", ["0", "-1", "x", "1e-2,,1e-3"])
def test_penalties_that_are_none_are_refused(mlnc: Run, labels: Path, value: str) -> None:
    code, out, err = mlnc("spectrum", labels, "--lam", value)
    assert (code, out) == (2, "")
    assert "--lam" in err
    assert err.count("\n") == 1


def test_there_is_nothing_to_draw_of_single_labels(mlnc: Run, tmp_path: Path) -> None:
    file = tmp_path / "single.csv"
    file.write_text("a,b,c\n1,0,0\n0,1,0\n0,0,1\n")
    code, out, err = mlnc("spectrum", file, "--lam", "1e-2", "--plot", tmp_path / "x.svg")
    assert (code, out) == (2, "")
    assert "nothing to draw" in err
    assert not (tmp_path / "x.svg").exists()


SKEWED = LabelDistribution.from_sets(
    [([0], 8), ([1], 4), ([2], 2), ([3], 1), ([0, 1], 4), ([1, 2, 3], 1)], labels="abcd"
)


def test_smoothed_labels_and_a_decaying_bias_have_their_rules_in_the_limit() -> None:
    """Y1, Y1a, Y2, Y2a and E3, where the bias is none, free, or decays; at 1e-6 they are nearly there."""
    losses = losses_smoothed("1/10")
    biases: tuple[AnyBias, ...] = ("zero", "free", Fraction(1, 10))
    found = {(r.loss, r.bias, bool(r.lam)): r for r in rungs(SKEWED, [Fraction(1, 10**6), Fraction(0)],
                                                           losses=losses, biases=biases)}  # fmt: skip
    for (loss, bias, finite), rung in found.items():
        usual = "smoothed" if loss == "PAL-CE" else "weighted" if bias == "free" else "uniform"
        off = {name: value for name, value in rung.deviations.items() if value is not None}
        assert off[usual] < (0.2 if isinstance(bias, Fraction) else 0.02 if finite else 1e-9)
        assert off["plain"] > 0.1, "control"
        assert (loss, bias) != ("PAL-CE", "free") or off["scaled"] > 0.1, "control: without the correction"
    outside = LabelDistribution.from_sets([([0, 1], 1), ([2], 1)], labels="abc")
    for rung in rungs(outside, [Fraction(0)], losses=losses, biases=["zero"]):
        assert rung.best is None, "no sample has the labels of the pair alone"


# ---------------------------------------------------------------------- which rows, which loss, which lambda


def test_empty_and_full_rows_are_left_out_of_some_losses_and_counted_by_others(mlnc: Run, tmp_path: Path) -> None:
    """What is said of them is so: the rows of BCE and MSE change with them, those of PAL-CE and kappa do not."""
    body = "1,0,0\n0,1,0\n0,0,1\n0,0,1\n1,1,0\n0,1,1\n0,1,0\n"
    outer, inner = tmp_path / "outer.csv", tmp_path / "inner.csv"
    inner.write_text(f"sea,sky,sun\n{body}")
    outer.write_text(f"sea,sky,sun\n{body}0,0,0\n0,0,0\n1,1,1\n")
    out = mlnc("spectrum", outer, "--lam", "1e-2")[1].splitlines()[1]
    assert out.startswith("PAL-CE and kappa leave out 2 empty and 1 full rows")
    assert out.endswith("; BCE and MSE count them")
    found = [mlnc_spectrum(file) for file in (outer, inner)]
    assert found[0]["overall"] == found[1]["overall"]
    for one, other in zip(*(document["at_lambda"] for document in found), strict=True):
        if one["lambda"] != "limit" and one["loss"] != "MSE":
            assert (one["deviation"] == other["deviation"]) is (one["loss"] == "PAL-CE")
        if (one["loss"], one["bias"]) == ("MSE", "free"):  # whose least is 0 with and without
            assert one["deviation"] != other["deviation"]


def mlnc_spectrum(file: Path, **asked: Any) -> dict[str, Any]:
    """The document of a file at one penalty, without the digits that depend on what is solved beside."""
    said = json.dumps(mlnc.spectrum(file, lam="1e-2", **asked).as_json())
    document: dict[str, Any] = json.loads(said, parse_float=lambda text: round(float(text), 9))
    return document


def test_a_loss_and_a_bias_choose_what_is_told(mlnc: Run, labels: Path) -> None:
    """In the table of rules, in the answers and in JSON alike."""
    everything = mlnc_spectrum(labels)
    for loss, title in LOSSES.items():
        for bias in get_args(Bias):
            found = mlnc_spectrum(labels, loss=loss, bias=bias)
            for part in ("at_lambda", "averaging"):
                mine = [one for one in everything[part] if (one["loss"], one["bias"]) == (title, bias)]
                assert found[part] == mine
                assert mine
            assert {one["loss"] for one in mlnc_spectrum(labels, loss=loss)["averaging"]} == {title}
    decaying = mlnc_spectrum(labels, loss="bce", bias="1/10")
    assert [one["bias"] for one in decaying["at_lambda"]] == ["1/10"] * 2
    assert [one["bias"] for one in decaying["averaging"]] == ["1/10"]
    code, out, _ = mlnc("spectrum", labels, "--loss", "bce", "--lam", "1e-2")
    assert code == 0
    assert "  BCE " in out
    assert "  PAL-CE " not in out
    assert mlnc("spectrum", labels, "--loss", "hinge")[0] == 2


def test_what_lambda_is_is_said_with_the_table_and_in_the_help(mlnc: Run, labels: Path) -> None:
    """By the formula whose value the model computes, and what a weight decay is by it."""
    said, about = mlnc("spectrum", labels, "--lam", "1e-2")[1], " ".join(mlnc("spectrum", "-h")[1].split())
    formula = "lambda = lambda_W lambda_H of F = mean loss + lambda_W/2 |W|^2 + lambda_H/2 mean |h|^2"
    assert formula in said
    assert formula in about
    assert "notes/your_lambda.md" in said
    assert "notes/your_lambda.md" in about


@pytest.mark.parametrize("loss", ["bce", "pal"])
def test_a_weight_decay_is_as_many_times_lambda_as_is_said(loss: str) -> None:
    """Training as people write it, and F at the penalties that are named: one is a multiple of the other."""
    rng, w = np.random.default_rng(0), 0.01
    Y = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]])
    N, K, sets = len(Y), 3, [tuple(np.flatnonzero(y).tolist()) for y in Y]
    pi = LabelDistribution.from_sets([(one, 1) for one in sets], labels="abc")
    kept = [i for i, one in enumerate(sets) if one or loss == "bce"]
    share = len(kept) / N
    factor = K if loss == "bce" else 1 / share
    model = FeatureModel.of(pi, loss, Fraction(str(w)) * Fraction(factor).limit_denominator(), Fraction(1))
    order = [model.distribution.masks.index(sum(1 << k for k in sets[i])) for i in kept]
    values = []
    for _ in range(2):
        W, H = rng.normal(size=(K, 2)), rng.normal(size=(N, 2)) * np.isin(np.arange(N), kept)[:, None]
        Z = H @ W.T
        if loss == "bce":  # BCEWithLogitsLoss: the mean over samples and labels
            trained = (np.logaddexp(0, Z) - Y * Z).mean()
        else:
            trained = sum((np.logaddexp.reduce(Z[i]) - Z[i][k]) for i in kept for k in sets[i]) / N
        decayed = trained + w / 2 * ((W**2).sum() + (H**2).sum())  # features that decay like parameters
        features = N * w * (K if loss == "bce" else 1)
        prototypes = np.empty((len(kept), 2))
        prototypes[order] = H[kept]
        loss_alone = model.objective(W, prototypes, np.zeros(K)) - (
            float(model.lambda_W) * (W**2).sum() / 2 + (prototypes**2).sum() / len(kept) / 2
        )
        F = loss_alone + float(model.lambda_W) / 2 * (W**2).sum() + features / 2 * (prototypes**2).sum() / len(kept)
        values.append(F / decayed)
    assert values == pytest.approx([factor] * 2, rel=1e-12)
