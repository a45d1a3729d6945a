r"""Y1, Y1a, Y2 and Y2a, checked at certified optima: what prototypes inherit from finite targets.

Errors are of order :math:`\sqrt\lambda`, so a rule is looked at for two penalties: of one that holds in the limit the
deviation falls by a factor of about 100, of one that does not it tends to a number.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

from flint import arb_mat

from verify.checks.binary_cross_entropy.synthesis import by_all_labels
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls
from verify.exact.balls import Ball, ball, total
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import FREQUENCY, PLAIN, UNIFORM, deviation_of, smoothed_weights
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance

Weigh = Callable[[LabelDistribution, int], Sequence[Fraction | Ball]]

EPSILON = Fraction(1, 10)
PENALTIES = Fraction(1, 10**8), Fraction(1, 10**12)
FALL, TINY = 20, Fraction(1, 10**7)


def _in_span(pi: LabelDistribution, loss: Loss, free: bool) -> bool:
    """Whether the targets of the support, centered if the bias is free, certainly span all there is: then every target
    is in their span."""
    if loss.centered:
        rows = [[factor(pi.K, m) * (a - y[-1]) for a in y[:-1]] for y, m in zip(pi.rows, pi.sizes, strict=True)]
    else:
        rows = [[ball(2 * a - 1) for a in y] for y in pi.rows]
    shares = [ball(p) for p in pi.shares]
    mean = [total(p * z[k] for p, z in zip(shares, rows, strict=True)) for k in range(len(rows[0]))]
    apart = [[a - c for a, c in zip(z, mean, strict=True)] if free else z for z in rows]
    size = range(len(mean))
    moment = [[total(p * z[j] * z[k] for p, z in zip(shares, apart, strict=True)) for k in size] for j in size]
    return bool(arb_mat(moment).det() > 0)


def _falls(case: LabelSpectrum, loss: Loss, bias: Bias, weigh: Weigh) -> Finding:
    pi = loss.sees(case.given)
    several = [mask for mask in pi.masks if mask.bit_count() > 1]
    if not several or not _in_span(pi, loss, bias == "free"):
        return skips("nothing to synthesise, or a target outside of the span of the others")
    if bias == "free" and not loss.centered and pi.cardinality == 1:
        return skips("the label cardinality is 1")
    smoothed = loss.smoothed(EPSILON)
    found = []
    for lam in reversed(PENALTIES):  # what is not determined is not at the smaller one
        prototypes = Prototypes.at_optimum(CertifiedOptimum.of(pi, Instance(smoothed, bias, lam, Fraction(1))))
        found.append([deviation_of(prototypes, mask, prototypes.combined(weigh(pi, mask))) for mask in several])
    for mask, after, before in zip(several, *found, strict=True):
        if not (before.is_finite() and after.is_finite()):
            return skips("a prototype is not determined")
        if not (after < ball(TINY) or FALL * after < before):
            return fails(f"{pi.spell(mask)}: off by {before.str(5)} at 1e-8 and {after.str(5)} at 1e-12")
    return HOLDS


def factor(K: int, m: int, epsilon: Fraction = EPSILON) -> Ball:
    r""":math:`c_m=\log(1+\frac{K(1-\varepsilon)}{m\varepsilon})`."""
    return ball(1 + K * (1 - epsilon) / (m * epsilon)).log()


def _scaled(pi: LabelDistribution, mask: int) -> list[Ball]:
    return smoothed_weights(pi, mask, EPSILON, False)


def _inverted(pi: LabelDistribution, mask: int) -> list[Ball]:
    return smoothed_weights(pi, mask, EPSILON, False, lambda m: 1 / factor(pi.K, m))


def _scaled_weighted(pi: LabelDistribution, mask: int) -> list[Ball]:
    return smoothed_weights(pi, mask, EPSILON, True)


def _by_frequency(pi: LabelDistribution, mask: int) -> list[Ball]:
    """Class frequencies for those scaled by size."""
    c1, m = factor(pi.K, 1), mask.bit_count()
    common = (factor(pi.K, m) * m / c1 - 1) / (1 - ball(pi.cardinality))
    return [a + common * ball(f) for a, f in zip(_scaled(pi, mask), pi.frequencies, strict=True)]


MIXED = witness([([0], 5), ([1], 3), ([2], 2), ([3], 2), ([0, 1], 2), ([1, 2, 3], 1)], 4)
WORDS = "certified prototypes at lambda = 1e-8 and 1e-12, epsilon = 1/10, against the synthesis"


@checks_in_balls(
    "Y1", WORDS, Control("plain sums", {"weigh": PLAIN.weights}, MIXED),
    Control("K in place of K - 2", {"weigh": by_all_labels}, MIXED),
)  # fmt: skip
def smoothed_uniform_rule(case: LabelSpectrum, _: Random, weigh: Weigh = UNIFORM.weights) -> Finding:
    """Y1: BCE with label smoothing, no bias: the uniformly corrected sum in the limit."""
    return _falls(case, BCE, "zero", weigh)


@checks_in_balls(
    "Y1a", WORDS, Control("plain sums", {"weigh": PLAIN.weights}, MIXED),
    Control("uniform corrections", {"weigh": UNIFORM.weights}, MIXED),
)  # fmt: skip
def smoothed_weighted_rule(case: LabelSpectrum, _: Random, weigh: Weigh = FREQUENCY.weights) -> Finding:
    """Y1a: BCE with label smoothing, free bias: the class-frequency-weighted rule in the limit."""
    return _falls(case, BCE, "free", weigh)


@checks_in_balls(
    "Y2", WORDS, Control("plain sums", {"weigh": PLAIN.weights}, MIXED),
    Control("the factor c_1/c_m", {"weigh": _inverted}, MIXED),
)  # fmt: skip
def scaled_averages(case: LabelSpectrum, _: Random, weigh: Weigh = _scaled) -> Finding:
    """Y2: PAL-CE with label smoothing, no bias: scaled averages with known factors in the limit."""
    return _falls(case, PAL_CE, "zero", weigh)


@checks_in_balls(
    "Y2a", WORDS, Control("scaled sums", {"weigh": _scaled}, MIXED),
    Control("plain class frequencies", {"weigh": _by_frequency}, MIXED),
)  # fmt: skip
def scaled_weighted_rule(case: LabelSpectrum, _: Random, weigh: Weigh = _scaled_weighted) -> Finding:
    """Y2a: PAL-CE with label smoothing, free bias: scaled sums corrected by scaled class frequencies in the limit."""
    return _falls(case, PAL_CE, "free", weigh)
