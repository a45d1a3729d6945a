r"""E1 and E2, checked: the best bias at certified optima, and the gap identity at random rational points."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from verify.checks.duality.gap_identities import Point, both_sides, lambda_of, random_point, shrunk_below, values
from verify.checks.evidence import Control, Finding, fails
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import NO_WEIGHTS, Weights, checks_in_balls, frequencies, same, square_norm
from verify.exact.balls import ball, dot, total
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.model.losses import LOSSES
from verify.model.optimum import CertifiedOptimum, Instance


def decaying(pi: LabelDistribution) -> Instance:
    """The drawn instance with a decaying bias, and for PAL-CE and BCE with smoothed labels every other time."""
    rng, drawn = Random(repr((pi.weights, pi.masks))), Instance.drawn(pi)
    loss, bias = drawn.loss, Fraction(rng.randint(1, 9), 10 ** rng.randint(0, 4))
    if rng.random() < 0.5 and not loss.quadratic:
        loss = loss.smoothed(Fraction(1, rng.randint(2, 100)))
    return replace(drawn, loss=loss, bias=bias)


def _mean(weights: Weights, pi: LabelDistribution, r: list[list[Fraction]]) -> list[Fraction]:
    rows = list(zip(weights(pi), r, strict=True))
    return [sum((w * x[k] for w, x in rows), Fraction(0)) for k in range(pi.K)]


SKEWED = witness([([0], 5), ([1], 1), ([0, 1], 2)], 3)


@checks_in_balls(
    "E1",
    "certified biases against the certified mean residual, in balls",
    Control("the mean residual is zero", {"share": Fraction(0)}, SKEWED),
    Control("half of lambda_b", {"share": Fraction(1, 2)}, SKEWED),
    Control("frequencies left out", NO_WEIGHTS, SKEWED),
)
def best_bias(case: LabelSpectrum, _: Random, share: Fraction = Fraction(1), weights: Weights = frequencies) -> Finding:
    r"""E1 at certified optima: ``share`` times :math:`\lambda_bb` is :math:`\sum_S\pi_Sr_S`."""
    instance = decaying(case.given)
    at = CertifiedOptimum.of(case.given, instance)
    seen = at.model.distribution
    mean = [total(ball(w) * at.r[S, k] for S, w in enumerate(weights(seen))) for k in range(at.K)]
    size = total(abs(a) for a in at.r.entries()) / at.n
    return same("lambda_b b and the mean residual", [ball(share * at.model.decay) * a for a in at.b], mean, size)


@checks_in_balls(
    "E2",
    "both sides at random rational points, each loss in balls; weak duality there, and no gap at certified optima",
    Control("the square of the bias left out", {"square": Fraction(0)}, cases.BCE),
    Control("half of the price of the mean residual", {"price": Fraction(1, 2)}, cases.BCE),
    Control("lambda_b for 1/lambda_b in the square", {"inverse": False}, cases.BCE),
    Control("weak duality without the price of the mean residual", {"paid": False}, SKEWED),
)
def decayed_gap_identity(
    case: LabelSpectrum,
    rng: Random,
    square: Fraction = Fraction(1),
    price: Fraction = Fraction(1),
    inverse: bool = True,
    paid: bool = True,
) -> Finding:
    r"""E2 at random ``W, H, b, r``, for each loss: the identity in balls; and weak duality for residuals shrunk into
    :math:`R\preceq\lambda I`, whose mean is whatever it is, at the bias that they ask for; at a certified optimum
    there is no gap. ``paid`` says whether the dual value is less the price of the mean."""
    drawn, decay = Instance.drawn(case.given), Fraction(rng.randint(1, 9), 10)
    for name, loss in LOSSES.items():
        pi = loss.sees(case.given)
        point = random_point(rng, pi, loss)
        ones = Fraction(1), Fraction(1), lambda_of, 0, frequencies
        (gap,), (terms,) = both_sides(drawn, pi, loss, point, ones)
        mean = _mean(frequencies, pi, point.r)
        cost = decay / 2 * square_norm(point.b) + price * square_norm(mean) / (2 * decay)
        scale = 1 / decay if inverse else decay
        rest = decay / 2 * square_norm([a - scale * c for a, c in zip(point.b, mean, strict=True)])
        found = same(f"{name}: F - D and the gap", [gap + ball(cost)], [terms + ball(square * rest)])
        if found.state != "holds":
            return found
        r, _ = shrunk_below(pi, point.r, drawn, Fraction(1))
        mean = _mean(frequencies, pi, r)
        asked = Point([[Fraction(0)]] * pi.K, [[Fraction(0)]] * len(r), [a / decay for a in mean], r)
        primal, dual = values(drawn, pi, loss, asked)
        primal += ball(decay / 2 * square_norm(asked.b))
        if primal < dual - ball(paid * square_norm(mean) / (2 * decay)):
            return fails(f"{name}: the dual value exceeds F at residuals of mean {[str(a) for a in mean]}")
    return _at_the_optimum(CertifiedOptimum.of(case.given, decaying(case.given)), paid)


def _at_the_optimum(at: CertifiedOptimum, paid: bool) -> Finding:
    """There all terms are 0, so that the dual value is the least F."""
    rows = list(zip(at.pi, at.r.tolist(), at.targets, strict=True))
    dual = total(ball(w) * at.loss.conjugate(r, y) for w, r, y in rows)
    mean = [total(ball(w) * r[k] for w, r, _ in rows) for k in range(at.K)]
    price = dot(mean, mean) / ball(2 * at.model.decay) if paid else ball(0)
    return same("min F and the dual value of its residuals", [at.value], [dual - price])
