"""Chapter Y outside of its hypotheses: where a target is not in the span of the others, its virtual prototype obeys no
rule, and the checks do not pretend that it is tried."""

from fractions import Fraction
from random import Random

import pytest

from verify.checks.label_smoothing import smoothed_synthesis as module
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, UNIFORM, deviation_of
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely


@pytest.mark.parametrize(
    ("claim", "loss", "bias", "weigh", "sets", "off"),
    [
        ("smoothed_uniform_rule", BCE, "zero", UNIFORM.weights, [([0, 1, 2], 1)], 0.37),
        ("smoothed_weighted_rule", BCE, "free", FREQUENCY.weights, [([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 0.62),
        ("scaled_averages", PAL_CE, "zero", module._scaled, [([0, 1], 1)], 0.60),
        ("scaled_weighted_rule", PAL_CE, "free", module._scaled_weighted, [([0, 1], 1), ([0, 2], 2)], 1.13),
    ],
)
def test_outside_of_the_span_the_rules_fail(
    claim: str, loss: Loss, bias: Bias, weigh: module.Weigh, sets: list[tuple[list[int], int]], off: float
) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc")
    assert getattr(module, claim)(LabelSpectrum(pi), Random(0)).state == "skips"
    with precisely():
        instance = Instance(loss.smoothed(module.EPSILON), bias, Fraction(1, 10**8), Fraction(1))
        prototypes = Prototypes.at_optimum(CertifiedOptimum.of(pi, instance))
        found = [deviation_of(prototypes, mask, prototypes.combined(weigh(pi, mask))) for mask in prototypes.several]
        assert max(float(a.mid()) for a in found) == pytest.approx(off, abs=0.006)
