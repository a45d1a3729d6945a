"""E5, checked: the synthesis rule of the squared loss with a bias that decays."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from verify.checks.decayed_bias.penalised_bias import decaying
from verify.checks.evidence import HOLDS, Control, Finding, fails
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls, rational, same, together
from verify.checks.weighted_synthesis.squared_loss import Ridge, random_classifier
from verify.exact.balls import total
from verify.exact.rationals import column, multiple
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import BY_BIAS
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import indicator
from verify.model.losses import MSE
from verify.model.optimum import CertifiedOptimum

Correct = Callable[[LabelDistribution, Sequence[Fraction]], Sequence[Fraction]]


def _as_it_is(_: LabelDistribution, b: Sequence[Fraction]) -> Sequence[Fraction]:
    return b


SKEWED = witness([([0], 5), ([1], 1), ([0, 1], 2), ([], 1)], 3)


@checks_in_balls(
    "E5",
    "prototypes and bias of a random rational classifier, exactly; certified ones in balls",
    Control("the frequencies as they are", {"shrunk": False}, SKEWED),
    Control("plain sums", {"correct": lambda pi, _: [Fraction(0)] * pi.K}, SKEWED),
    Control("class frequencies in place of the bias", {"correct": lambda pi, _: pi.frequencies}, SKEWED),
)
def weighted_by_the_bias(
    case: LabelSpectrum, rng: Random, correct: Correct = _as_it_is, shrunk: bool = True
) -> Finding:
    r"""E5: MSE, stationary features and decaying bias of any classifier:
    :math:`(1+\lambda_b)b+\frac{\lambda_b}{\lambda_H}WW^\top b=f`, and
    :math:`h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\beta-1}\sum_jb_jh_{\{j\}}` for the support and one more label set
    unless :math:`\beta=1`; and in balls at the certified optimum. ``correct`` makes of the bias the weights of the
    correction, ``shrunk`` is whether :math:`\lambda_bb` is on the left side.
    """
    pi, K = case.given, case.K
    W, lambda_H = random_classifier(rng, K), abs(rational(rng)) + Fraction(1, 3)
    decay = Fraction(rng.randint(1, 99), 10 ** rng.randint(0, 3))
    at = Ridge.of(pi, W, lambda_H, decay)
    gram = W * W.transpose()
    left = multiple(K, 1 + shrunk * decay) * at.bias + multiple(K, decay / lambda_H) * gram * at.bias
    if left != column(pi.frequencies):
        return fails("(1 + lambda_b) b + lambda_b/lambda_H W W^T b is not the vector of class frequencies")
    b = [Fraction(int(a.p), int(a.q)) for a in at.bias.entries()]
    weights = correct(pi, b)
    if sum(weights) != 1:
        for mask in {*pi.masks, rng.randrange(1 << K)}:
            surplus = Fraction(mask.bit_count() - 1) / (sum(weights) - 1)
            made = [a - surplus * c for a, c in zip(indicator(mask, K), weights, strict=True)]
            if at.prototype(mask) != at.combined(made):
                return fails(f"{pi.spell(mask)}: the synthesis is not the prototype")
    return _at_the_optimum(case)


def _at_the_optimum(case: LabelSpectrum) -> Finding:
    at = CertifiedOptimum.of(case.given, replace(decaying(case.given), loss=MSE))
    if at.collapsed or (total(at.b) - 1).contains(0):
        return HOLDS
    prototypes = Prototypes.at_optimum(at)
    size = max(abs(a.mid()) for a in at.wh.entries())
    return together(
        same(
            f"h of {case.given.spell(mask)} and its synthesis",
            prototypes.logits(prototypes.weights(mask)),
            prototypes.logits(BY_BIAS.make(prototypes, mask)),
            size,
        )
        for mask in case.given.masks
    )
