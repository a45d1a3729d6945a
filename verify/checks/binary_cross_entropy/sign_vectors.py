r"""B1, checked: the hard-margin problem of binary cross entropy."""

from random import Random
from typing import Any

from verify.checks.evidence import Control, Finding
from verify.checks.shared.cases import FOUR_MIXED, UNEQUAL, witness
from verify.checks.shared.enclosures import OFTEN, checks_in_balls
from verify.checks.shared.least_norms import least_norm, trace_of_moment
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.model.feature_model import Bias
from verify.model.losses import BCE

FAILS = witness([([], 1), ([0, 3], 1), ([1, 2], 1), ([1, 3], 1), ([1, 2, 3], 1)], 4)


@checks_in_balls(
    "B1",
    "the trace of the enclosed root against exact eigenvalues and random competitors with the margins, in balls",
    Control("twice the minimum", {"value": lambda geometry: 2 * geometry.root.trace()}, UNEQUAL),
    Control("tr N in place of tr N^{1/2} for the minimum", {"value": trace_of_moment}, UNEQUAL),
    Control("without the sign condition", {"believed": lambda _: True}, FAILS),
    Control("never, even under it", {"believed": lambda _: False}, UNEQUAL),
    Control("with a free bias the frequencies not subtracted", {"free": "zero"}, FOUR_MIXED),
    every=2 * OFTEN,
    labels=None,
)
def hard_margin(case: LabelSpectrum, rng: Random, free: Bias = "free", **law: Any) -> Finding:
    r"""B1: under the sign condition the sign vectors, less their mean if the bias is free, have the least nuclear
    norm among logits with the margins, and at full rank only then.

    Under the condition the claimed minimum is attained, by exact eigenvalues; :math:`WW^\top q_S` are these logits;
    and random rational logits with the margins have a norm that is larger by at least what they have to spare,
    weighted. Where the condition is certainly violated at full rank, more of one margin must certainly lower the
    norm."""
    models: tuple[tuple[Bias, Bias], ...] = (("zero", "zero"), ("free", free))
    pairs = [tuple(TerminalGeometry.for_loss(case.given, BCE, bias) for bias in model) for model in models]
    return least_norm([(attained, used) for attained, used in pairs], rng, **law)
