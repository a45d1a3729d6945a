"""Weights in the loss as people give them: all forms are one, what is wrong is one line, and the answer says them."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mlnc
from mlnc import InputError, LabelDistribution
from mlnc.weighting import weighted
from verify.certificate.format import dumps
from verify.geometry.rules import deviations
from verify.labels.masks import indicator
from verify.model.losses import BCE, PAL_CE

PI = LabelDistribution.from_sets([([0], 4), ([1], 2), ([2], 3), ([0, 2], 1)], labels=["sea", "sky", "sun"])


def _pos(pos_weight: Any) -> Any:
    return weighted(BCE, PI, pos_weight, None, None).weights


def test_all_ways_to_give_weights_are_one(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text('{"sea": 0.5, "sun": 3}')
    forms = ({"sea": 0.5, "sun": 3}, "sea=0.5,sun=3", "sea=1/2, sun=3", {"sea": Fraction(1, 2), "sun": "3"}, str(path))
    assert len({_pos(form) for form in forms}) == 1
    assert len({_pos(form) for form in (2, "2", 2.0, {"sea": 2, "sky": 2, "sun": 2})}) == 1
    assert [str(a) for a in _pos("balanced").present] == ["1", "4", "3/2"]
    assert not _pos("1")
    sets = [weighted(PAL_CE, PI, None, None, form).weights for form in ("sea+sun=2", {("sea", "sun"): 2})]
    assert sets[0] == sets[1] != weighted(PAL_CE, PI, None, None, "sea=2").weights


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pos_weight": {"moon": 2}}, "pos_weight= names 'moon', which is no label: there are sea, sky, sun"),
        ({"pos_weight": "sea=0"}, "pos_weight= of 'sea' is '0': weights must be positive"),
        ({"pos_weight": "sea=-1"}, "pos_weight= of 'sea' is '-1': weights must be positive"),
        ({"pos_weight": "1e400"}, "pos_weight= is '1e400': weights in the loss are from 1e-100 to 1e100"),
        ({"set_weights": {"sea": "1e-200"}}, "set_weights= of 'sea' is '1e-200': weights in the loss are from 1e-100"),
        ({"pos_weight": float("nan")}, "pos_weight= is 'nan': give a positive finite number"),
        ({"pos_weight": "sea=1,sea=2"}, "pos_weight= is 'sea=1,sea=2': write each name once"),
        ({"label_weights": "sea"}, "label_weights= is 'sea': give a positive finite number"),
        (
            {"set_weights": "sea+sky=2"},
            "set_weights= names 'sea+sky', which is no label set of the data: there are sea,",
        ),
        ({"set_weights": {0: 2}}, "set_weights= names '0', which is no label set of the data"),
        ({"pos_weight": "none.json"}, "none.json: cannot be read (No such file or directory), for pos_weight="),
        (
            {"pos_weight": 2, "loss": "pal"},
            "pos_weight= is for losses of single labels; with PAL-CE give label_weights=",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        mlnc.solve(PI, "1e-2", **{"loss": "bce", **options})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError) as again:
        mlnc.averaging(PI, **{"loss": "bce", **options})
    assert str(again.value) == str(caught.value)


def test_balanced_weights_want_labels_that_occur_and_do_not(tmp_path: Path) -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels=["sea", "sky"])
    with pytest.raises(InputError, match="label 'sea' always occurs"):
        weighted(BCE, pi, "balanced", None, None)
    path = tmp_path / "w.json"
    path.write_text("[1]")
    with pytest.raises(InputError, match="from a JSON object of weights by name"):
        weighted(BCE, pi, str(path), None, None)


@pytest.mark.parametrize("loss", ["pal", "bce", "mse"])
def test_a_weight_of_one_is_none(loss: str) -> None:
    plain, ones = mlnc.solve(PI, "1e-2", loss=loss), mlnc.solve(PI, "1e-2", loss=loss, label_weights=1, set_weights=1)
    assert dumps(plain.certificate) == dumps(ones.certificate)
    assert repr(plain) == repr(ones)


def test_a_weight_of_a_label_set_is_not_its_frequency() -> None:
    """V1 and V2: drawn twice as often is another problem than twice the loss; both are certified."""
    often = LabelDistribution.from_sets([([0], 4), ([1], 2), ([2], 3), ([0, 2], 2)], labels=["sea", "sky", "sun"])
    drawn, heavy = mlnc.solve(often, "1e-2"), mlnc.solve(PI, "1e-2", set_weights="sea+sun=2")
    assert mlnc.check(drawn).accepted
    assert mlnc.check(heavy).accepted
    assert abs(drawn.solution.G - heavy.solution.G).max() > 0.1


def test_weights_are_tried_where_rules_are_and_the_claim_that_forgets_them_is_cited() -> None:
    """V2 and V3 say what is forgotten; of others nothing is claimed. Without weights nothing changes."""
    found = mlnc.spectrum(PI, lam="1e-2", pos_weight="sea=3")
    assert {one.loss for one in found.at_lambda} == {"BCE", "MSE"}
    cited = {(a.loss, a.bias): a.claims for a in found.answers}
    assert cited["BCE", "none"] == ("V3", "B3")
    assert [key for key, claims in cited.items() if not claims] == [("MSE", "none"), ("MSE", "free"), ("BCE", "free")]
    by_set = {(a.loss, a.bias): a.claims for a in mlnc.spectrum(PI, lam="1e-2", set_weights="sea+sun=2").answers}
    assert by_set["PAL-CE", "none"] == ("V2", "W4")
    assert by_set["BCE", "free"][0] == "V2"
    bare, weighed = (mlnc.spectrum(PI, lam="1e-2", loss="bce", bias="none", pos_weight=w) for w in (None, 3))
    assert bare.as_json()["at_lambda"] == mlnc.spectrum(PI, lam="1e-2", loss="bce", bias="none").as_json()["at_lambda"]
    best = mlnc.solve(PI, "1e-2", loss="bce", pos_weight=3).solution
    wanted = deviations(PI, best.H).mean("uniform", PI.probabilities)
    off, other = (one.at_lambda[0].deviations["uniform"] for one in (weighed, bare))
    assert off == pytest.approx(wanted, rel=1e-4)
    assert other != pytest.approx(wanted, rel=1e-2), "control"


@pytest.mark.parametrize("loss", [None, "bce"])
@pytest.mark.parametrize(
    "weights", [{"pos_weight": "balanced"}, {"label_weights": "sea=2"}, {"set_weights": {("sea", "sun"): 2}}], ids=str
)
def test_averaging_takes_the_weights_that_the_spectrum_takes(weights: dict[str, Any], loss: str | None) -> None:
    """It is the same answer; control: without the weights it is another, and weights of 1 are none."""
    asked = mlnc.averaging(PI, loss=loss, **weights)
    found = mlnc.spectrum(PI, lam="1e-2", loss=loss, **weights)
    assert asked.answers == found.answers
    assert asked.as_json() == found.as_json()["averaging"]
    bare = mlnc.averaging(PI, loss=loss)
    assert bare.answers != asked.answers, "control"
    ones: dict[str, Any] = {"pos_weight": 1} if loss else {"label_weights": 1, "set_weights": 1}
    assert mlnc.averaging(PI, loss=loss, **ones).answers == bare.answers


def test_a_layer_trained_with_weights_is_explained_with_them() -> None:
    best = mlnc.solve(PI, "1e-2", loss="bce", pos_weight="sea=5").solution
    rows = [list(indicator(mask, 3)) for mask, weight in zip(PI.masks, PI.weights, strict=True) for _ in range(weight)]
    H = best.H.repeat(PI.weights, axis=0)
    with_, without = (mlnc.measure(H, rows, best.W, labels=PI.labels, pos_weight=w) for w in ("sea=5", None))
    assert (with_.verdict.unexplained or 0.0) < 1e-6
    assert (with_.found.prototypes.shape or 0.0) < 1e-9
    assert (without.verdict.unexplained or 0.0) > 0.01, "control"
    assert with_.verdict.answer is not None
    assert with_.verdict.answer.claims[0] == "V3"
