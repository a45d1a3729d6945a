"""Numbers that the theory quotes of binary cross entropy and smoothed labels, reproduced at solved optima.

Deviations are means over the label sets of two or more labels, each counted once. A long tail that is quoted without
its weights is not here.
"""

from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verify.geometry.rules import deviations, virtual_prototypes
from verify.labels.distribution import LabelDistribution
from verify.labels.readers import read
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.solver import solve

SMOOTHED = Fraction(1, 10)
FOUR = LabelDistribution.from_sets([([], 1), ([0, 3], 1), ([1, 2], 1), ([1, 3], 1), ([1, 2, 3], 1)], labels="abcd")
"""The smallest violation of BCE's sign condition without a bias (B4)."""
T4 = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1), ([3], 3)], labels="abcd")
PAIRS = LabelDistribution.from_sets([(pair, 1) for pair in combinations(range(5), 2)], labels="abcde")


def mean_deviation(pi: LabelDistribution, loss: Loss, bias: Bias, rule: str, exponent: int) -> float:
    best = solve(pi, loss, Fraction(1, 10**exponent), 1, bias)
    smoothed = (loss.smoothing, bias == "free") if loss.centered and loss.smoothing else None
    virtual = virtual_prototypes(loss, best.W, best.b, 1.0)
    return float(np.nanmean(deviations(best.model.distribution, best.H, virtual, smoothed).by_rule[rule]))


def as_quoted(found: float, number: str) -> bool:
    """Whether a number is the one quoted, to half a unit of its last digit."""
    return abs(found - float(number)) <= 0.5 * 10.0 ** -len(number.partition(".")[2])


@pytest.mark.parametrize(
    ("pi", "loss", "bias", "rule", "quoted"),
    [
        (FOUR, BCE.smoothed(SMOOTHED), "zero", "uniform", {2: ".078", 4: ".0036", 6: ".00005"}),
        (T4, PAL_CE.smoothed(SMOOTHED), "zero", "smoothed", {2: ".35", 4: ".072", 6: ".0096", 8: ".0010"}),
        (PAIRS, BCE, "free", "weighted", {12: ".74"}),  # no virtual singleton is in the range, and the rule fails (B3a)
    ],
    ids=["smoothed BCE", "smoothed PAL-CE", "BCE of pairs"],
)
def test_deviations_at_small_label_sets(
    pi: LabelDistribution, loss: Loss, bias: Bias, rule: str, quoted: dict[int, str]
) -> None:
    for exponent, number in quoted.items():
        assert as_quoted(mean_deviation(pi, loss, bias, rule, exponent), number)


@pytest.mark.parametrize(
    ("name", "loss", "bias", "rule", "quoted"),
    [
        ("emotions", BCE, "zero", "uniform", (".025", ".015", ".011")),
        ("emotions", BCE, "free", "weighted", (".125", ".089", ".072")),
        ("flags", BCE, "zero", "uniform", (".025", ".016", ".011")),
        ("flags", BCE, "free", "weighted", (".069", ".046", ".035")),
        ("emotions", PAL_CE, "zero", "plain", (".33", ".22", ".17")),
        ("flags", PAL_CE, "zero", "plain", (".45", ".30", ".23")),
    ],
)
def test_deviations_at_published_label_sets(
    real_data: Path, name: str, loss: Loss, bias: Bias, rule: str, quoted: Any
) -> None:
    """B8: BCE's rules are far more accurate at penalties of training than PAL-CE's."""
    pi = _published(real_data, name)
    for exponent, number in zip((2, 4, 6), quoted, strict=True):
        assert as_quoted(mean_deviation(pi, loss, bias, rule, exponent), number)


def test_the_polar_bound_of_binary_cross_entropy_on_published_labels(real_data: Path) -> None:
    """B6 at lambda = 1/100 without a bias: within 2e-4 nats of the least loss."""
    pi, mu = _published(real_data, "emotions"), 0.1
    signs = 2 * pi.indicator - 1
    values, vectors = np.linalg.eigh((signs * pi.probabilities[:, None]).T @ signs)
    a = mu * signs * (signs @ (vectors / np.sqrt(values)) @ vectors.T)
    polar = float(pi.probabilities @ -(a * np.log(a) + (1 - a) * np.log(1 - a)).sum(axis=1))
    assert as_quoted(polar, "1.84751")
    assert as_quoted(solve(pi, BCE, "1/100", 1, "zero").value, "1.84772")


def _published(folder: Path, name: str) -> LabelDistribution:
    return read(folder / name / f"{name}.arff", labels=folder / name / f"{name}.xml")
