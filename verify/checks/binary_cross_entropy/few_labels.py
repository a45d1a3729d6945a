r"""B4 and B5b, checked: where the sign condition of binary cross entropy cannot fail, and uncorrelated labels."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

from flint import arb

from verify.checks.binary_cross_entropy.sign_vectors import FAILS
from verify.checks.binary_cross_entropy.synthesis import at_the_optimum
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import OFTEN, checks_in_balls, same, together
from verify.checks.weighted_synthesis.terminal_rules import Weigh
from verify.exact.balls import Ball, ball
from verify.geometry.rules import FREQUENCY, PLAIN
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum, Instance

THREE_FAIL = witness([([], 1), ([1], 1), ([2], 1), ([0, 1, 2], 1)], 3)


@checks_in_balls(
    "B4",
    "the sign condition, decided exactly",
    Control("four labels without a bias", {"most": {"zero": 4, "free": 2}}, FAILS),
    Control("three labels with a free bias", {"most": {"zero": 3, "free": 3}}, THREE_FAIL),
    every=OFTEN,
    labels=4,
)
def few_labels(case: LabelSpectrum, _: Random, most: dict[str, int] | None = None) -> Finding:
    """B4: at full rank the sign condition holds for up to three labels without a bias, strictly, and for two with one.
    ``most`` is up to how many."""
    pi, asked = case.given, most or {"zero": 3, "free": 2}
    found = []
    for bias in ("zero", "free"):
        if asked[bias] < pi.K:
            continue
        geometry = TerminalGeometry.for_loss(pi, BCE, "free" if bias == "free" else "zero")
        if not geometry.full_rank:
            continue
        strictly = bias == "zero" and pi.K <= 3  # four label sets of four labels can be on the edge
        right = geometry.sign.verdict == "strict" if strictly else geometry.sign.holds
        found.append(HOLDS if right else fails(f"bias {bias}: {geometry.sign.verdict}, {geometry.sign.value.str(6)}"))
    return together(found) if found else skips("too many labels, or not of full rank")


# ---------------------------------------------------------------------- B5b

INDEPENDENT = witness([([], 72), ([0], 8), ([1], 18), ([0, 1], 2)], 2)  # frequencies 1/10 and 1/5
Slope = Callable[[Ball, Fraction], Ball]


def _slope(mu: Ball, f: Fraction) -> Ball:
    return (mu / ball(f * (1 - f)).sqrt()).min(arb(1))


@checks_in_balls(
    "B5b",
    "certified residuals, Gram matrix and prototypes against the closed form, in balls",
    Control("lambda in place of its root mu", {"slope": lambda mu, f: _slope(mu * mu, f)}, INDEPENDENT),
    Control("the same c for all labels", {"slope": lambda mu, _: (2 * mu).min(arb(1))}, INDEPENDENT),
    Control("plain sums", {"weigh": PLAIN.weights}, INDEPENDENT),
    Control("collapse at half the threshold", {"threshold": lambda f: f * (1 - f) / 2}, INDEPENDENT),
)
def uncorrelated_labels(
    case: LabelSpectrum,
    _: Random,
    slope: Slope = _slope,
    weigh: Weigh = FREQUENCY.weights,
    threshold: Callable[[Fraction], Fraction] = lambda f: f * (1 - f),
) -> Finding:
    """B5b: BCE, free bias, uncorrelated labels: residuals, diagonal Gram matrix, collapse, the weighted rule."""
    pi = case.given
    if not all(0 < count < pi.total for count in pi.class_counts) or not _uncorrelated(case):
        return skips("labels are correlated, or constant")
    instance = replace(Instance.drawn(pi), loss=BCE, bias="free")
    found = []
    for lam in (instance.lambda_W * instance.lambda_H, Fraction(4, 45)):
        at = CertifiedOptimum.of(pi, replace(instance, lambda_W=lam / instance.lambda_H))
        mu = ball(at.model.lam).sqrt()
        c = [slope(mu, f) for f in pi.frequencies]
        closed = [a * ball(y - f) for row in pi.rows for a, y, f in zip(c, row, pi.frequencies, strict=True)]
        off = [at.G[j, k] for j in range(pi.K) for k in range(j)]
        found += [
            same("r_S and c (y_S - f)", at.r.entries(), closed),
            HOLDS if all(x.contains(0) for x in off) else fails("G is not diagonal"),
            *(_length(at, k, a, f, threshold(f)) for k, (a, f) in enumerate(zip(c, pi.frequencies, strict=True))),
        ]
        if pi.cardinality != 1 and not at.collapsed:
            found.append(at_the_optimum(case, at, weigh))
    return together(found)


def _uncorrelated(case: LabelSpectrum) -> bool:
    moment = TerminalGeometry.for_loss(case.given, BCE, "free").moment
    return all(int(moment[j, k]) == 0 for j in range(case.given.K) for k in range(j))


def _length(at: CertifiedOptimum, k: int, c: Ball, f: Fraction, threshold: Fraction) -> Finding:
    """The squared length of a classifier row: 0 from the threshold on, below it a difference of logits."""
    found = at.G[k, k]
    if at.model.lam >= threshold:
        return fails(f"label {k} has not collapsed") if found > 0 else HOLDS
    here, off = c * ball(1 - f), c * ball(f)
    closed = ball(at.model.lambda_H) / c * (((1 - here) / here).log() - (off / (1 - off)).log())
    return same(f"the row of label {k} and its closed form", [found], [closed])
