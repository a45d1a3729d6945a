"""The trained network: deterministic, bounded below by the theory, and skipped with a reason without PyTorch."""

import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

from verify.experiments import trained_network
from verify.experiments.base import Table
from verify.experiments.trained_network import EXPERIMENT, SETTINGS, Setting, Snapshot, samples, trained
from verify.geometry.measure import LastLayer, predict
from verify.labels.errors import InputError
from verify.model.feature_model import FeatureModel
from verify.model.losses import PAL_CE

PENALISED, WITH_BIAS, RECTIFIED, DECAY = SETTINGS
SHORT = (0, 3, 60)
EPS = float(np.finfo(float).eps)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Any:
    """PyTorch, with training cut short."""
    torch = pytest.importorskip("torch", reason="networks are trained with the extra `nn`")
    monkeypatch.setattr(trained_network, "MARKS", SHORT)
    return torch


def table_of(seed: int, settings: tuple[Setting, ...] = SETTINGS) -> Table:
    parts = [(setting, seed) for setting in settings]
    return EXPERIMENT.table(seed, (), iter([EXPERIMENT.run(part) for part in parts]))


def test_the_samples_are_long_tailed_and_every_label_set_can_scatter() -> None:
    counts = Counter(samples().masks)
    assert counts.total() == 400
    assert {mask.bit_count() for mask in counts} == {1, 2}
    assert min(counts.values()) >= 2
    single = [counts[1 << k] for k in range(4)]
    assert single == sorted(single, reverse=True)
    assert single[0] >= 15 * single[3]


# ---------------------------------------------------------------------- without PyTorch


def test_without_pytorch_a_row_says_so_and_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="PyTorch is not installed: pip install 'mlnc\\[nn\\]'"):
        next(trained(PENALISED, 0))
    table = table_of(0)
    assert Table.loads(table.dumps()) == table
    assert [row["note"] for row in table.rows] == ["PyTorch is not installed: pip install 'mlnc[nn]'"] * len(SETTINGS)
    assert EXPERIMENT.words(table) == "Nothing was trained: PyTorch is not installed: pip install 'mlnc[nn]'."
    assert all(np.size(line.get_xdata()) == 0 for panel in EXPERIMENT.draw(table).axes for line in panel.lines)


# ---------------------------------------------------------------------- training


def test_the_same_seed_gives_the_same_bytes_whatever_ran_before(short: Any) -> None:
    before = short.get_num_threads(), short.are_deterministic_algorithms_enabled()
    first = table_of(5, (WITH_BIAS,)).dumps()
    short.manual_seed(99)
    short.randn(7)
    assert table_of(5, (WITH_BIAS,)).dumps() == first
    assert table_of(6, (WITH_BIAS,)).dumps() != first, "control: the seed matters"
    assert (short.get_num_threads(), short.are_deterministic_algorithms_enabled()) == before


@pytest.mark.usefixtures("short")
def test_the_table_survives_json_and_words_and_figure_come_from_it() -> None:
    table = table_of(0)
    assert Table.loads(table.dumps()) == table
    assert table.distinct("epoch") == list(SHORT)
    assert len(table.rows) == len(SETTINGS) * len(SHORT)
    said = EXPERIMENT.words(table)
    assert said.endswith(".")
    assert "\n" not in said
    assert "nan" not in said
    assert all(setting.name.capitalize() in said for setting in SETTINGS)
    assert f"{table.where(setting=WITH_BIAS.name).rows[-1]['predicted_scaled']:.3f}" in said
    left, right = EXPERIMENT.draw(table).axes
    assert len(left.lines) == len(SETTINGS)
    assert len(right.lines) == 4


def model_and_point(setting: Setting, at: Snapshot) -> tuple[LastLayer, FeatureModel]:
    layer = LastLayer.of(samples(), "pal", at.H, at.W, at.b)
    return layer, FeatureModel.of(layer.pi, "pal", str(setting.lambda_W), str(setting.lambda_H), setting.bias)


def objective_of_samples(layer: LastLayer, model: FeatureModel) -> float:
    """The objective of the theory at all samples, by NumPy and the losses of the suite."""
    z = layer.H @ layer.classifier.T + layer.b
    loss = PAL_CE.value(z, layer.pi.indicator[layer.sets]).mean()
    penalty = float(model.lambda_W) * (layer.classifier**2).sum() + float(model.lambda_H) * (layer.H**2).sum(1).mean()
    return float(loss + penalty / 2)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("setting", [PENALISED, WITH_BIAS, RECTIFIED], ids=lambda setting: setting.name)
def test_training_never_gets_below_what_the_theory_allows(setting: Setting) -> None:
    r"""Jensen (U1): moving samples to their prototypes lowers F. The gap identity (U6) with the optimal residuals then
    says how far the prototypes' softmax can be from the optimal one: :math:`\sum_S\pi_Sm_SKL(p^*_S\|p_S)\le F-\min F`.
    """
    for at in trained(setting, 0, SHORT):
        layer, model = model_and_point(setting, at)
        best = predict(layer.pi, "pal", model.lam, model.bias).solution
        objective = objective_of_samples(layer, model)
        # N samples, K terms each, d products in a logit: all sums of terms below the objective or of one sign.
        size = 1 + float(np.abs(layer.H @ layer.classifier.T).max())
        slack = (len(layer.H) + layer.d + layer.pi.K) * EPS * (objective + size)
        assert abs(objective - at.objective) <= slack, "the network is trained on the objective of the theory"
        collapsed = model.objective(layer.classifier, layer.prototypes, layer.b)
        assert collapsed <= objective + slack
        gap = model.gap(layer.classifier, layer.prototypes, layer.b, best.r)
        assert gap.divergence > 0
        assert best.value - best.gap + gap.divergence <= collapsed + slack


@pytest.mark.usefixtures("short")
def test_weight_decay_is_another_objective() -> None:
    """Control: what is penalised there is not what the theory penalises."""
    for at in trained(DECAY, 0, (0,)):
        layer, model = model_and_point(PENALISED, at)
        assert abs(objective_of_samples(layer, model) - at.objective) > 1e-3


@pytest.mark.usefixtures("short")
def test_rectified_features_are_not_negative_and_others_are() -> None:
    assert all((at.H >= 0).all() for at in trained(RECTIFIED, 0, (0,)))
    assert all((at.H < 0).any() for at in trained(WITH_BIAS, 0, (0,)))


@pytest.mark.usefixtures("short")
def test_training_moves_toward_the_prediction() -> None:
    first, _, last = table_of(0, (WITH_BIAS,)).rows
    for name in ("above", "prototypes", "logits", "anisotropy"):
        assert last[name] < first[name] / 2, name


@pytest.mark.slow
def test_the_full_run_tells_the_two_rules_apart() -> None:
    """What the experiment is for: with a free bias the prototypes follow the predicted deviations from both rules, to
    within a tenth of the difference between the two."""
    pytest.importorskip("torch", reason="networks are trained with the extra `nn`")
    last = EXPERIMENT.run((WITH_BIAS, 0))[-1]
    apart = last["predicted_scaled"] - last["predicted_weighted"]
    assert apart > 0.1
    assert abs(last["scaled"] - last["predicted_scaled"]) < apart / 10
    assert abs(last["weighted"] - last["predicted_weighted"]) < apart / 10
    assert last["classifier"] < last["predicted_etf"] / 100
    assert last["above"] >= 0
