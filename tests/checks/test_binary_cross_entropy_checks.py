"""Chapter B, checked: what its remarks say, and the enclosure at a tiny penalty, against certified optima."""

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from verify.checks import checks_of
from verify.exact.balls import ball
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import PLAIN, UNIFORM
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import TinyPenalty
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum, Instance, precisely

UNEVEN: dict[Bias, dict[int, int]] = {
    "zero": {0b000: 1, 0b001: 5, 0b010: 3, 0b100: 2, 0b011: 2, 0b110: 1},
    "free": {0b000: 9, 0b001: 4, 0b010: 3, 0b100: 3, 0b011: 1, 0b110: 1},
}


@pytest.mark.parametrize("sets", [(0b011,), (0b110, 0b101), (0b000, 0b111, 0b011)])
def test_three_labels_follow_the_uniform_rule_at_every_penalty(sets: tuple[int, ...]) -> None:
    """B3, remark: without a bias complements have opposite prototypes, so that every pair is minus the third label."""
    pi = LabelDistribution.from_masks({mask: 1 + 2 * i for i, mask in enumerate((0b001, 0b010, *sets))}, "abc")
    for lam in (Fraction(1, 100), Fraction(1, 10**5)):
        at = Prototypes.at_optimum(CertifiedOptimum.of(pi, Instance(BCE, "zero", lam, Fraction(1))))
        for mask in [mask for mask in sets if mask.bit_count() == 2]:
            assert UNIFORM.deviation(at, mask) < 1e-9
            assert PLAIN.deviation(at, mask) > 1e-3, "control"


@pytest.mark.parametrize(
    ("bias", "decay"), [("zero", None), ("free", None), ("zero", Fraction(1, 10**7)), ("free", Fraction(1, 10**12))]
)
def test_the_tiny_penalty_encloses_certified_optima_and_virtual_prototypes(bias: Bias, decay: Fraction | None) -> None:
    """Logits of the support and of a virtual set, at a penalty that both can reach, with a decay of the bias too."""
    pi = LabelDistribution.from_masks(UNEVEN[bias], "abc")
    lam = Fraction(1, 10**14)
    with precisely():
        at = CertifiedOptimum.of(pi, Instance(BCE, decay or bias, lam, Fraction(1)))
        tau = -ball(lam).log() / 2
        times = None if decay is None else ball(decay) * tau / ball(lam).sqrt()
        near, prototypes = TinyPenalty.of(pi, bias, tau, BCE, times), Prototypes.at_optimum(at)
        assert all((a / tau).overlaps(c) for a, c in zip(at.b, near.bias, strict=True))
        for row, enclosed in zip(at.z.tolist(), near.logits, strict=True):
            assert all((a / tau).overlaps(c) for a, c in zip(row, enclosed, strict=True))
        assert not near.logits[1][0].overlaps(near.logits[2][0]), "control: the enclosures say something"
        if bias == "zero" and decay is None:  # with a free bias no virtual prototype is determined yet at this penalty
            virtual = prototypes.logits(prototypes.weights(0b101))
            assert all((a / tau).overlaps(c) for a, c in zip(virtual, near.prototype(0b101), strict=True))


@pytest.mark.parametrize("size", [1, 2])
def test_a_free_bias_allows_the_empty_set_or_the_full_one_besides(size: int) -> None:
    """B4b, of label sets of one label each or of all but one; with both sets besides, or others, it says nothing."""
    decide = checks_of("binary_cross_entropy")["B4b"].decide
    own: list[tuple[tuple[int, ...], int]] = [(mask, 1 + 2 * sum(mask)) for mask in combinations(range(3), size)]
    others: list[tuple[tuple[int, ...], int]] = [((), 2), ((0, 1, 2), 3), ((1, 2)[: 3 - size], 1)]
    states = [
        decide(LabelSpectrum(LabelDistribution.from_sets(own + besides, labels="abc")), Random(0)).state
        for besides in ([], others[:1], others[1:2], others[:2], others[2:])
    ]
    assert states == ["holds", "holds", "holds", "skips", "skips"]
