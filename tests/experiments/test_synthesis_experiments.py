"""The experiments of chapter W: that their tables say what the claims say."""

from itertools import pairwise

import pytest

from verify.experiments.base import Table, ends
from verify.experiments.binary_against_lambda import EXPERIMENT as BINARY
from verify.experiments.synthesis_against_lambda import EXPERIMENT as AGAINST_LAMBDA
from verify.experiments.synthesis_rules import EXPERIMENT as RULES_MEASURED
from verify.labels.distribution import LabelDistribution


@pytest.fixture(scope="module")
def against_lambda() -> Table:
    parts = AGAINST_LAMBDA.parts(0, ())
    return AGAINST_LAMBDA.table(0, (), iter([AGAINST_LAMBDA.run(part) for part in parts]))


@pytest.fixture(scope="module")
def rules() -> Table:
    parts = [part for part in RULES_MEASURED.parts(0, ()) if part[0] in ("balanced", "long tail", "sparse")]
    return RULES_MEASURED.table(0, (), iter([RULES_MEASURED.run(part) for part in parts]))


def test_the_frequency_weighted_rule_gets_better_and_uniform_averaging_worse(against_lambda: Table) -> None:
    free = against_lambda.where(bias="free", enclosed_by="kernel").rows[1:]  # it is not monotone from the threshold on
    assert len(free) == 15
    for before, after in pairwise(free):
        assert ends(after["frequency"])[1] < ends(before["frequency"])[0]
        assert ends(after["scaled_sum"])[0] > ends(before["scaled_sum"])[1]


def test_at_penalties_that_nobody_solves_for_the_limits_are_told_apart(against_lambda: Table) -> None:
    for bias, true, false in (("free", "frequency", "scaled_sum"), ("zero", "plain", "frequency")):
        last = against_lambda.where(bias=bias, enclosed_by="polar").rows[-1]
        assert ends(last[true])[1] < 1e-8
        assert ends(last["mean"])[1] < 1e-8
        assert ends(last["rows"])[1] < 1e-8
        assert ends(last[false])[0] > 0.4


def test_the_rules_of_binary_cross_entropy_are_told_apart() -> None:
    """Each bias has its own rule, the affine one serves both; and they are good long before the limit."""
    parts = [part for part in BINARY.parts(0, ()) if part[4] in (2, 6, 10**9)]
    table = BINARY.table(0, (), iter([BINARY.run(part) for part in parts]))
    for bias, true, false in (("zero", "uniform", "frequency"), ("free", "frequency", "uniform")):
        early, late, last = table.where(bias=bias).rows
        for rule in (true, "affine"):
            assert ends(early[rule])[1] < 0.2
            assert ends(late[rule])[1] < ends(early[rule])[0]
            assert ends(last[rule])[1] < 1e-8
        assert ends(last[false])[0] > 0.2
        assert ends(last["plain"])[0] > 0.2
    assert "uniformly corrected sum" in BINARY.words(table)


def test_exact_rules_are_exact_and_false_ones_are_not(rules: Table) -> None:
    for row in rules.where(loss="mse", bias="free").rows:
        assert ends(row["frequency"])[0] == 0
        assert ends(row["frequency"])[1] < 1e-6
        if row["exponent"] > 1:  # before, uniform frequencies have collapsed, and plain sums are exact (W2c)
            assert ends(row["plain"])[0] > 0.1
    for row in rules.where(loss="mse", bias="zero").rows:
        assert ends(row["plain"])[0] == 0
    for row in rules.where(loss="pal", bias="zero", distribution="balanced").rows:
        assert ends(row["scaled_average"])[0] == 0
        assert ends(row["plain"])[0] > 0
    for row in rules.where(loss="pal", distribution="long tail").rows:
        assert ends(row["scaled_average"])[0] > 0
        assert ends(row["all"])[1] < 1e-6


def test_data_without_an_optimum_or_a_sign_condition_gives_no_rows() -> None:
    pi = LabelDistribution.from_sets([([0, 1], 1), ([2, 3], 1)], labels="abcde")
    parts = [part for part in AGAINST_LAMBDA.parts(0, (("mine", pi),)) if part[0] == "mine"]
    assert all(AGAINST_LAMBDA.run(part) == [] for part in parts if part[2] == "free" or part[3] == "polar")
    zero = [row for part in parts if part[2:4] == ("zero", "kernel") for row in AGAINST_LAMBDA.run(part)]
    assert [row["exponent"] for row in zero] == list(range(1, 9))
