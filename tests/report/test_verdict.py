"""The first sentence of a measurement: the model that was trained is found, others are not, and what is said is so."""

import json
import pickle
import zipfile
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import mlnc as api
from tests.conftest import Run
from tests.geometry.test_measure import PI, samples
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.labels.masks import indicator
from verify.labels.readers import LabelRows, Trained, read_trained
from verify.model.feature_model import AnyBias
from verify.model.losses import BCE, LOSSES, PAL_CE
from verify.model.solver import solve

BIASES: list[AnyBias] = ["zero", "free", Fraction(1, 100)]


@cache
def model(loss: str, bias: AnyBias) -> tuple[Any, Any, Any, Any]:
    """Features, 0/1 labels, classifier and bias of the optimum at 1/100."""
    smoothed = {"smoothed": PAL_CE.smoothed("1/10"), "smoothed bce": BCE.smoothed("1/10")}
    best = solve(PI, smoothed.get(loss, loss), Fraction(1, 100), 1, bias)
    rows, H, _ = samples(best)
    Y = [list(indicator(mask, PI.K)) for mask in rows.masks]
    return H, Y, best.W, None if bias == "zero" else best.b


@pytest.mark.parametrize("bias", BIASES, ids=str)
@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
def test_the_loss_bias_and_lambda_of_an_optimum_are_found(loss: str, bias: AnyBias) -> None:
    H, Y, W, b = model(loss, bias)
    noise = np.random.default_rng(0).normal(size=H.shape)
    for features, accuracy in ((H, 1e-5), (H + 0.01 * noise, 0.05)):
        found = api.measure(features, Y, W, b)
        first, second = found.verdict.tried[:2]
        assert first.layer.loss.name == loss
        assert first.penalties.lam == pytest.approx(0.01, rel=accuracy)
        assert found.verdict.fits
        assert found.verdict.collapsed
        assert second.unexplained > 3 * first.unexplained, "control: another loss explains much less"
        assert found.verdict.fitted == ("loss", "bias", "lambda")
        if features is H:
            assert type(first.bias) is type(bias)
            assert isinstance(bias, str) or float(first.bias) == pytest.approx(0.01, rel=1e-4)
            assert found.verdict.rule == pytest.approx(found.verdict.predicted)


def test_the_sentence_names_what_predicts_the_rule_or_that_nothing_does() -> None:
    said = {key: api.measure(*model(*key)[:3], model(*key)[3]).verdict for key in (("bce", "zero"), ("bce", "free"))}
    by_claim, by_none = (verdict.sentence() for verdict in said.values())
    assert by_claim.startswith("BCE without a bias at lambda = 0.01 (loss, bias and lambda fitted) explains")
    assert "prototypes follow the sum corrected uniformly" in by_claim
    assert "theory predicts it as lambda -> 0 (B3: the uncentered sign condition of BCE holds strictly" in by_claim
    assert "no claim predicts a rule here: the centered sign condition of BCE fails" in by_none
    assert "at every lambda (E5: " in api.measure(*model("mse", Fraction(1, 100))).verdict.sentence()
    for sentence in (by_claim, by_none):
        assert sentence.count("\n") == 0
        assert sentence.endswith(".")


DECAY = Fraction(1, 100)


@pytest.mark.parametrize(
    ("loss", "bias", "claims", "rule"),
    [
        ("pal", DECAY, ["E4", "W3", "T1"], None),
        ("bce", DECAY, ["E4", "B3a"], None),
        ("bce", DECAY * 30, ["E3", "B3"], "uniform"),
        ("pal", DECAY * 30, ["E3", "W4"], "plain"),
        ("mse", DECAY, ["E5"], "bias"),
        ("smoothed", "zero", ["Y2"], "smoothed"),
        ("smoothed", "free", ["Y2a"], "smoothed"),
        ("smoothed bce", "zero", ["Y1"], "uniform"),
        ("smoothed bce", "free", ["Y1a"], "weighted"),
        ("smoothed", DECAY, [], None),
        ("smoothed bce", DECAY * 100, ["E3a", "Y1"], "uniform"),
    ],
    ids=str,
)
def test_smoothed_labels_and_a_bias_that_decays_have_their_claims(
    loss: str, bias: AnyBias, claims: list[str], rule: str | None
) -> None:
    """At 1/100, lambda_b log(1/lambda)/2 is 0.23 and 6.9 times sqrt(lambda): by E4 and E3."""
    found = api.measure(*model(loss, bias), smoothing="1/10" if "smoothed" in loss else 0)
    said = found.as_json()["verdict"]
    assert (said["claims"], said["claimed_rule"]) == (claims, rule)
    assert f"({', '.join(claims)}: " in said["sentence"] or not claims or rule is None
    assert ("(E1) at lambda" in said["sentence"]) is isinstance(bias, Fraction)
    assert ("smoothed" in found.as_json()["deviations"]["measured"]) is (loss == "smoothed")
    if loss == "smoothed" and bias == "zero":
        assert said["rule"]["name"] == said["predicted_rule"]["name"] == "smoothed"


def test_a_target_out_of_reach_is_no_case_of_smoothed_averages() -> None:
    """Three labels of which the sets tell one difference: no feature gives what {0} alone would have."""
    pi = LabelDistribution.from_sets([([0, 1], 3), ([2], 2)], labels="abc")
    best = solve(pi, PAL_CE.smoothed("1/10"), "1/1000", 1)
    Y = [list(indicator(mask, 3)) for mask, weight in zip(pi.masks, pi.weights, strict=True) for _ in range(weight)]
    said = api.measure(best.H.repeat(pi.weights, axis=0), Y, best.W, loss="pal", smoothing="1/10").verdict
    assert said.answer is not None
    assert (said.answer.rule, said.answer.claims) == (None, ("Y2",))
    assert "is not in the span of the others" in said.answer.reason


def test_where_nothing_fits_it_says_so_and_predicts_nothing() -> None:
    H, Y, W, _ = model("pal", "zero")
    found = api.measure(H + 0.3 * np.random.default_rng(0).normal(size=H.shape), Y, W)
    assert found.verdict.fits is found.verdict.collapsed is False
    assert found.verdict.sentence().startswith("nothing tried explains these features: the best, ")
    assert "so nothing is predicted" in found.verdict.sentence()
    assert "theory" not in found.verdict.sentence()


def test_what_is_given_is_not_fitted() -> None:
    H, Y, W, b = model("bce", "free")
    found = api.measure(H, Y, W, b, loss="mse", lam="1/50", bias="1/7")
    assert [one.layer.loss.name for one in found.verdict.tried] == ["mse"]
    assert found.found.penalties.lam == Fraction(1, 50)
    assert found.found.prediction.solution.model.bias == Fraction(1, 7)
    assert "lambda = 0.02 (given)" in found.verdict.sentence()
    smoothed = api.measure(*model("smoothed", "zero"), smoothing="1/10")
    assert [one.layer.loss.name for one in smoothed.verdict.tried] == ["pal", "bce"]
    assert smoothed.verdict.unexplained is not None
    assert smoothed.verdict.unexplained < 1e-4


def test_command_and_json_begin_with_the_same_facts(mlnc: Run, tmp_path: Path) -> None:
    H, Y, W, b = model("bce", "free")
    np.savez(tmp_path / "m.npz", H=H, W=W, b=b)
    np.save(tmp_path / "Y.npy", np.array(Y))
    out = mlnc("measure", tmp_path / "m.npz", tmp_path / "Y.npy")[1]
    first = json.loads(mlnc("measure", tmp_path / "m.npz", tmp_path / "Y.npy", "--json")[1])["verdict"]
    assert out.splitlines()[0] == f"m.npz: {first['sentence']}"
    assert (first["rule"]["name"], first["predicted_rule"]["name"], first["claims"]) == ("weighted",) * 2 + (["B3a"],)
    assert (first["fits"], first["collapsed"], first["claimed_rule"]) == (True, True, None)
    assert "nc4_agreement 1" in out
    assert "angle_metric " in out


# ---------------------------------------------------------------------- files, tensors and names


class Tensor:
    """What PyTorch gives, as far as it is used."""

    def __init__(self, array: Any, steps: tuple[str, ...] = ("detach", "cpu", "numpy")) -> None:
        self.array, self.steps = array, steps

    def __getattr__(self, name: str) -> Any:
        if not self.__dict__["steps"] or name != self.steps[0]:
            raise AttributeError(name)
        return lambda: Tensor(self.array, self.steps[1:]) if len(self.steps) > 1 else np.asarray(self.array)


def test_tensors_and_every_file_give_the_same_numbers(tmp_path: Path) -> None:
    H, Y, W, b = model("bce", "free")
    np.savez(tmp_path / "model.npz", H=H, W=W, b=b)
    save_file({"H": np.ascontiguousarray(H), "W": W.copy(), "b": b.copy()}, tmp_path / "model.safetensors")
    np.save(tmp_path / "H.npy", H)
    expected = api.measure(H, Y, W, b).as_json()
    assert api.measure(Tensor(H), Y, Tensor(W), Tensor(b)).as_json() == expected
    for name in ("model.npz", "model.safetensors"):
        assert api.measure(tmp_path / name, Y).as_json() == expected
    alone = api.measure(tmp_path / "H.npy", Y, loss="bce", lam="1/100", bias="free")
    assert alone.as_json()["variability"] == expected["variability"]


def test_a_loaded_archive_and_a_dict_are_taken_and_other_things_refused_in_a_line(tmp_path: Path) -> None:
    H, Y, W, b = model("bce", "free")
    np.savez(tmp_path / "model.npz", H=H, W=W, b=b, labels=np.array(["0", "1", "2", "3"]))
    expected = api.measure(H, Y, W, b).as_json()
    with np.load(tmp_path / "model.npz") as archive:
        for loaded in (archive, {"H": H, "W": W, "b": b}, {"H": Tensor(H), "W": Tensor(W), "b": b}):
            assert api.measure(loaded, Y).as_json() == expected
            with pytest.raises(InputError, match="leave them out, or give H as an array"):
                api.measure(loaded, Y, W)
    np.savez(tmp_path / "odd.npz", H=np.array([{}, None], dtype=object))
    others: list[tuple[Any, str]] = [
        ((H, W, b), "array 'H' is tuple, and not one of numbers: give H, W and b one by one"),
        (object(), "array 'H' is object"),
        (np.array([{}]), "array 'H' is an array of dtype object"),
        ({"W": W}, "there is no array 'H' \\(its arrays: W\\)"),
    ]
    with np.load(tmp_path / "odd.npz") as odd, pytest.raises(InputError, match="of the archive cannot be loaded"):
        api.measure(odd, Y)
    for given, says in others:
        with pytest.raises(InputError, match=says) as caught:
            api.measure(given, Y)
        assert "\n" not in str(caught.value)


def test_bfloat16_is_read_from_a_file(tmp_path: Path) -> None:
    """Half of a single's bits: the numbers are those, exactly."""
    H = np.array([[1.5, -2.0], [0.25, 3.0]], dtype="<f4")
    half = (H.view("<u4") >> 16).astype("<u2")
    header = b'{"H":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    content = len(header).to_bytes(8, "little") + header + half.tobytes()
    (tmp_path / "m.safetensors").write_bytes(content)
    assert (np.asarray(read_trained(tmp_path / "m.safetensors").H) == H).all()
    (tmp_path / "m.safetensors").write_bytes(content[:-3])
    with pytest.raises(InputError, match="no intact safetensors file"):
        read_trained(tmp_path / "m.safetensors")


def test_tensors_of_pytorch_itself() -> None:
    """Parameters that want gradients, half precision, sparse labels: where PyTorch is installed."""
    torch = pytest.importorskip("torch")
    H, Y, W, b = model("bce", "free")
    expected = api.measure(H, Y, W, b).as_json()
    parameter = torch.nn.Parameter(torch.tensor(W))
    assert api.measure(torch.tensor(H), torch.tensor(Y).to_sparse(), parameter, torch.tensor(b)).as_json() == expected
    half = [torch.tensor(part).bfloat16() for part in (H, W, b)]
    rounded = api.measure(half[0], Y, *half[1:]).verdict.tried[0]
    assert (rounded.layer.loss.name, rounded.bias) == ("bce", "free")


def test_rows_of_the_classifier_are_put_in_the_order_of_the_labels_aloud(tmp_path: Path) -> None:
    H, Y, W, b = model("bce", "free")
    names, order = ["sea", "sky", "sun", "ice"], [2, 0, 3, 1]
    np.savez(tmp_path / "m.npz", H=H, W=W[order], b=b[order], labels=np.array(names)[order])
    expected, turned = api.measure(H, Y, W, b, labels=names), api.measure(tmp_path / "m.npz", Y, labels=names)
    assert turned.note == "Rows of W and b were put in the order of the label file: sea, sky, sun, ice."
    assert repr(turned).splitlines()[1] == turned.note
    assert {**turned.as_json(), "note": None} == expected.as_json()
    silent = api.measure(H, Y, W[order], b[order], labels=names, loss="bce", lam="1/100")
    assert silent.as_json()["distances"] != expected.as_json()["distances"], "control: the order matters"
    assert Trained(H, W, b, ("0", "1", "2", "3")).for_labels(tuple(names))[1] == "", "numbers are no names"
    with pytest.raises(InputError, match="name the labels in both alike"):
        Trained(H, W, b, ("a", "b", "c", "d")).for_labels(tuple(names))


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_what_could_run_code_is_refused_with_the_line_that_converts_it(kind: str, tmp_path: Path, mlnc: Run) -> None:
    file = tmp_path / "model.pt"
    if kind == "pickle":
        file.write_bytes(pickle.dumps({"H": 1}))
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("model/data.pkl", b"\x80\x02}.")
            archive.writestr("model/version", "3\n")
    (tmp_path / "Y.csv").write_text("a,b\n1,0\n0,1\n")
    code, out, err = mlnc("measure", file, tmp_path / "Y.csv")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "numpy.savez('model.npz', **{name: t.detach().cpu().numpy() for name, t in " in err
    assert ("torch.load(FILE, weights_only=True).items()" in err) is (kind == "torch")


# ---------------------------------------------------------------------- a bias on its way


Stop = tuple[Any, Any, Any, Any]


@cache
def descended(loss: str, bias: str, seed: int) -> dict[int, Stop]:
    """Features, 0/1 labels, classifier and bias of a model of four labels on its way: all of them descend at one rate,
    and all but a free bias decay at 5e-3."""
    rng, law, decay = np.random.default_rng(seed), LOSSES[loss], 5e-3
    Y = (rng.random((150, 4)) < np.linspace(0.6, 0.15, 4)).astype(int)
    Y = Y[(Y.sum(1) > 0) & (Y.sum(1) < 4)]
    rows = LabelRows(tuple("abcd"), tuple(int(y @ [1, 2, 4, 8]) for y in Y))
    pi = law.sees(rows.distribution)
    targets = law.targets(pi)[[pi.masks.index(mask) for mask in rows.masks]]
    H, W, b = rng.normal(size=(len(Y), 6)) / 2, rng.normal(size=(4, 6)) * 0.3, np.zeros(4)
    found: dict[int, Stop] = {}
    for step in range(5001):
        if step in (100, 300, 1000, 5000):
            found[step] = (H, Y, W, b if bias != "none" else None)
        r = law.residual(H @ W.T + b, targets)
        pulls = r.T @ H / len(Y) - decay * W, r @ W - decay * H, r.mean(0) - decay * b * (bias == "decayed")
        W, H, b = W + 0.3 * pulls[0], H + 0.3 * pulls[1], b + 0.3 * pulls[2] * (bias != "none")
    return found


def kind(bias: AnyBias) -> str:
    return {"zero": "none", "free": "free"}.get(str(bias), "decayed")


@pytest.mark.parametrize("bias", ["none", "free", "decayed"])
@pytest.mark.parametrize(
    ("loss", "noise"), [("pal", 0), ("pal", 0.001), ("bce", 0), ("bce", 0.02), ("mse", 0), ("mse", 0.02)]
)
def test_a_layer_that_was_stopped_early_keeps_its_bias(loss: str, bias: str, noise: float) -> None:
    """After a thousand steps the bias that was trained is believed; before, it is believed or what is named beside."""
    for seed in (0, 1):
        for step, (H, Y, W, b) in descended(loss, bias, seed).items():
            scatter = np.random.default_rng(step).normal(size=H.shape) * np.sqrt((H**2).mean())
            found = api.measure(H + noise * scatter, Y, W, b).verdict
            first, other = found.tried[0], found.runner_up
            if not found.fits:
                continue
            assert first.layer.loss.name == loss
            if step >= 1000:
                assert kind(first.bias) == bias
                assert bias != "decayed" or float(first.bias) == pytest.approx(5e-3, rel=0.1)
            else:
                assert bias in {kind(first.bias)} | ({kind(first.rival.bias)} if first.rival else set())
            if found.doubt is None and found.answer is not None and found.answer.rule is not None:
                truth = {"pal": {"none": "plain", "decayed": "plain"}, "bce": {"none": "uniform", "free": "weighted"}}
                truth["bce"]["decayed"] = "uniform"
                truth["mse"] = {"none": "plain", "free": "weighted", "decayed": "bias"}
                assert found.as_json()["claimed_rule"] == truth[loss][bias], "no rule of another bias is predicted"
            if other is not None and other.unexplained < first.unexplained:
                assert "explains the features and leaves" in found.sentence(), "not best"
                assert "(less, " in found.sentence()


def test_a_rule_is_withheld_where_what_explains_as_well_has_another() -> None:
    """Early, a free bias and one that decays are told apart by less than what either leaves."""
    early, late = (api.measure(*descended("bce", "decayed", 0)[step]).verdict for step in (100, 5000))
    assert early.doubt is not None
    assert kind(early.doubt[0].bias) == "free"
    assert "two explain the layer about as well and theory differs, so none is predicted" in early.sentence()
    assert "theory predicts" not in early.sentence()
    assert early.as_json()["undecided_by"]["bias"] == "free"
    assert late.doubt is None
    assert "(next, BCE with a free bias leaves " in late.sentence()
    assert "theory predicts it as lambda -> 0 (E3, B3: " in late.sentence()
    assert early.as_json()["runner_up"]["loss"] == "bce"


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
def test_a_penalty_of_its_own_is_found_where_the_layer_is_at_rest(loss: str) -> None:
    """Thirty times that of W, at an optimum: neither a free bias nor one that decays like W is believed."""
    found = api.measure(*model(loss, Fraction(3, 10))).verdict
    assert float(found.tried[0].bias) == pytest.approx(0.3, rel=1e-4)
