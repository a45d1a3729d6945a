"""The note on networks trained on digits says what its table has, and what it predicts is certified again here."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verify.experiments import trained_network
from verify.experiments.base import Table
from verify.experiments.trained_network import ON_DIGITS, Setting, resampled, run, samples
from verify.geometry.measure import predict
from verify.geometry.rules import SMOOTHED, deviations, rules_for, virtual_prototypes
from verify.labels.errors import InputError
from verify.labels.readers import LabelRows
from verify.model.losses import BCE, PAL_CE
from verify.report.networks import (
    NAME,
    OTHERS,
    PLAIN,
    draw_distances,
    draw_others,
    draw_rules,
    last,
    page,
    trained_table,
)

NOTES = Path(__file__).parents[2] / "notes"
TABLE = Table.read(NOTES / f"{NAME}.json")
PENALISED = [setting for setting in ON_DIGITS if not setting.decay]


def test_the_note_is_what_its_table_makes_and_no_other() -> None:
    said = (NOTES / f"{NAME}.md").read_text("utf-8")
    assert page(TABLE) == said
    bent = {**TABLE.rows[-1], "prototypes": 0.5}
    assert page(replace(TABLE, rows=(*TABLE.rows[:-1], bent))) != said, "control"
    for figure in (f"{NAME}.svg", f"{NAME}_rules.svg", f"{NAME}_others.svg"):
        assert f"]({figure})" in said
        assert (NOTES / figure).read_text("utf-8").startswith("<?xml")
    assert len(draw_distances(TABLE).axes) == len(draw_rules(TABLE).axes) == len(draw_others(TABLE).axes) == 4
    assert TABLE.distinct("setting") == [setting.name for setting in ON_DIGITS]


@pytest.mark.parametrize("setting", PENALISED, ids=lambda setting: setting.name)
def test_what_was_predicted_is_the_certified_optimum(setting: Setting) -> None:
    """Stored with six digits; deviations move with the root of the gap."""
    rows = samples(setting.data)
    if setting.weighing == "re-sampled":
        rows = LabelRows(rows.labels, tuple(rows.masks[i] for i in resampled(rows.masks)))
    best = predict(rows.distribution, setting.loss, setting.lam, setting.bias)
    assert best.accepted
    pi, solution = best.solution.model.distribution, best.solution
    virtual = virtual_prototypes(setting.loss, solution.W, solution.b, 1.0)
    smoothed = (setting.loss.smoothing, setting.bias == "free") if setting.loss.centered else None
    found = deviations(pi, solution.H, virtual, smoothed if setting.loss.smoothing else None)
    stored = last(TABLE, setting)
    for rule in rules_for(setting.loss, SMOOTHED):
        assert stored[f"predicted_{rule}"] == pytest.approx(found.mean(rule, pi.probabilities), rel=1e-4, abs=1e-5)
    if stored["above"] is not None:
        assert stored["above"] >= 0, "no network gets below the certified minimum"


def test_the_prose_of_the_note_is_so() -> None:
    """Its sentences that are not computed: each is a comparison of stored numbers."""
    ended = {setting: last(TABLE, setting) for setting in ON_DIGITS}
    penalised = {s: ended[s] for s in PLAIN}
    of = {loss: [row for s, row in penalised.items() if s.loss == loss] for loss in (PAL_CE, BCE)}
    assert min(row["variability"] for row in of[PAL_CE]) > 5 * max(row["variability"] for row in of[BCE])
    assert all(row["predicted_plain"] > 0.1 for row in of[PAL_CE])
    assert all(row[r] > row[f"predicted_{r}"] for row in of[PAL_CE] for r in ("scaled", "plain", "weighted"))
    for loss in (PAL_CE, BCE):
        one, other = (row for s, row in ended.items() if s.loss == loss and s.weighing)
        assert one["other"] > 2 * one["prototypes"], "re-sampled: near the optimum of the re-sampled labels"
        assert min(other["other"], other["prototypes"]) > 2 * one["other"], "re-weighted: near neither"
    assert all(row["unexplained_H"] > 0.5 for setting, row in ended.items() if setting.decay)


def test_label_sets_of_the_canvases() -> None:
    for data, sets in (("balanced", 25), ("long-tailed", 25), ("correlated", 15)):
        pi = samples(data).distribution  # type: ignore[arg-type]
        assert (len(pi.masks), set(pi.sizes), min(pi.weights) >= 2) == (sets, {1, 2, 3}, True)
    counts = np.array(samples("long-tailed").distribution.class_counts)
    assert (np.diff(counts) < 0).all()
    drawn = Counter([1, 2, 1, 1][i] for i in resampled([1, 2, 1, 1]))
    assert sorted(drawn.values()) == [3, 3]


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(InputError, match="pip install 'mlnc\\[nn\\]'"):
        trained_table(tmp_path / "table.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_tiny_run_trains_on_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="networks are trained with the extra `nn`")
    pytest.importorskip("sklearn", reason="digits come with the extra `nn`")
    monkeypatch.setattr(trained_network, "MARKS_ON_DIGITS", (0, 60))
    for setting in (ON_DIGITS[6], *ON_DIGITS[16:18]):  # BCE, long-tailed, no bias: as it is, re-sampled, re-weighted
        assert (setting.loss, setting.data, setting.bias) == (BCE, "long-tailed", "zero")
        first, then = run((setting, 0))
        assert then["objective"] < first["objective"]
        assert then["variability"] < first["variability"]
        if setting.weighing != "re-weighted":
            assert 0 <= then["above"] < first["above"]
    for setting in [s for s in OTHERS if s.data == "balanced" or s.loss.name != "bce"]:
        first, then = run((setting, 0))
        assert 0 <= then["above"] < first["above"], "the objective is that of the certified minimum"
    assert run((ON_DIGITS[6], 0)) == run((ON_DIGITS[6], 0))
    assert run((ON_DIGITS[6], 0)) != run((ON_DIGITS[6], 1)), "control: the seed matters"
