"""Smoothed labels and a bias that decays: what the two experiments show."""

from itertools import pairwise

import pytest

from verify.experiments.base import Table, ends
from verify.experiments.decay_of_the_bias import EXPERIMENT as DECAY
from verify.experiments.smoothed_against_lambda import EXPERIMENT as SMOOTHED
from verify.labels.distribution import LabelDistribution


@pytest.fixture(scope="module")
def smoothed() -> Table:
    parts = [part for part in SMOOTHED.parts(0, ()) if part[5] in (2, 6, 10)]
    return SMOOTHED.table(0, (), iter([SMOOTHED.run(part) for part in parts]))


@pytest.mark.parametrize(("loss", "fall"), [("pal", 80), ("bce", 1000)])
@pytest.mark.parametrize("bias", ["zero", "free"])
def test_smoothed_labels_follow_their_rule_sooner(smoothed: Table, loss: str, bias: str, fall: int) -> None:
    """Like the root of lambda from 1e-6 to 1e-10, BCE faster; without smoothing by less than a half."""
    hard, soft = (smoothed.where(loss=loss, bias=bias, smoothing=eps).rows for eps in ("0", "1/10"))
    for before, after in pairwise(soft):
        assert ends(after["deviation"])[1] < ends(before["deviation"])[0]
    assert fall * ends(soft[2]["deviation"])[1] < ends(soft[1]["deviation"])[0]
    assert 2 * ends(hard[2]["deviation"])[0] > ends(hard[1]["deviation"])[1]
    assert "smoothing 1/10" in SMOOTHED.words(smoothed)


@pytest.mark.parametrize("loss", ["bce", "pal"])
def test_the_decay_of_the_bias_exchanges_the_rules(loss: str) -> None:
    """With little decay that of a free bias is right, with much that of none; the crossover falls with lambda."""
    parts = [part for part in DECAY.parts(0, ()) if part[2] == loss and part[4] in (-5, -2, -1, 0, 5)]
    table = DECAY.table(0, (), iter([DECAY.run(part) for part in parts]))
    for exponent in (4, 12):
        little, *_, much = table.where(exponent=exponent).rows
        assert ends(little["free"])[1] < ends(little["none"])[0]
        assert ends(much["none"])[1] < ends(much["free"])[0]
        assert ends(much["free"])[0] > 4 * ends(much["none"])[1]
    early, late = (table.where(exponent=e, share=-2 if loss == "bce" else -1).rows[0] for e in (4, 12))
    assert loss == "pal" or ends(early["free"])[1] < ends(early["none"])[0]
    assert ends(late["none"])[1] < ends(late["free"])[0]
    assert ends(late["none"])[1] / ends(late["free"])[0] < ends(early["none"])[0] / ends(early["free"])[1]
    assert "lambda_b" in DECAY.words(table)


def test_data_take_part() -> None:
    pi = LabelDistribution.from_sets([([0], 2), ([1], 1), ([0, 1], 1), ([2], 1)], labels="abc")
    for experiment in (SMOOTHED, DECAY):
        mine = [part for part in experiment.parts(0, (("mine", pi),)) if part[0] == "mine"]
        assert mine
        assert all(row["distribution"] == "mine" for row in experiment.run(mine[0]))
