r"""What the checks of the chapters on the optimum share: comparing enclosures, and the false laws.

Loss, bias model and regularisation are drawn from the distribution itself, so that every claim asks about the same
optimum, which is solved and certified once. The two sides of an identity at the optimum are computed from *different*
enclosures, in balls. Disjoint balls refute the identity. Overlapping balls support it if both are narrower than
``NARROW``: a constant that is off by a few millionths, let alone by the percent of the controls, cannot overlap. Where
they are wider nothing is decided, and the case is skipped with the width in the note. Inequalities fail only if they
are violated beyond all enclosures; positive semidefiniteness is decided exactly, on rational matrices.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from random import Random
from typing import Any

import numpy as np
from flint import arb, fmpq, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.exact.balls import Ball, ball
from verify.exact.rationals import column, matrix, to_fmpq, to_fraction
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.model.feature_model import AnyBias
from verify.model.losses import PAL_CE, Array, Loss
from verify.model.optimum import CertifiedOptimum, Instance, precisely, require_affordable

NARROW = Fraction(1, 10**6)
"""Widest enclosure, relative to the largest entry of what is compared, that decides an identity."""

PERCENT = Fraction(101, 100)

COARSE = 15
"""Digits of a least value that is compared with numbers from which it is far."""

OFTEN, SELDOM, PARTLY_DECIDED, HALF_DECIDED = 10, 60, 40, 20
"""One in so many random distributions: for checks at random points, for checks at the optimum, and for those at the
optimum that the drawn penalty leaves undecided on a fifth, or on nearly half, of all distributions. So that of 2000
each decides thirty or more; and they have numbers in common, where checks that look at one optimum find it made."""

FEW_LABELS = 4
"""Most labels of a panel member whose optimum is checked."""

Weights = Callable[[LabelDistribution], Sequence[Fraction]]


def frequencies(pi: LabelDistribution) -> list[Fraction]:
    r"""The probabilities :math:`\pi_S`, exact."""
    return list(pi.shares)


def no_weights(pi: LabelDistribution) -> list[Fraction]:
    """A false law: every label set counts the same."""
    return [Fraction(1, len(pi.weights))] * len(pi.weights)


# ---------------------------------------------------------------------- deciding by balls


def checks_in_balls(
    claim: str, decides: str, *controls: Control[Any], every: int = SELDOM, labels: int | None = FEW_LABELS
) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """As :func:`checks`, in the working precision; by default for a check at the optimum.

    On what is too large, or without a certificate, nothing is decided.
    """

    def mark(decide: Callable[..., Finding]) -> Callable[..., Finding]:
        @wraps(decide)
        def in_balls(case: LabelSpectrum, rng: Random, **law: Any) -> Finding:
            with precisely():
                try:
                    require_affordable(case.given)
                    return decide(case, rng, **law)
                except UncertifiedError as why:
                    return skips(str(why))

        return checks(claim, decides, *controls, every=every, labels=labels)(in_balls)

    return mark


def same(what: str, left: Iterable[Ball], right: Iterable[Ball], size: Ball | None = None) -> Finding:
    """Whether two lists of balls can be equal; skipped where a ball is wide against ``size``, by default the largest
    entry."""
    pairs = list(zip(left, right, strict=True))
    for a, b in pairs:
        if not a.overlaps(b):
            return fails(f"{what}: {a.str(12)} against {b.str(12)}")
    if not all(a.is_finite() and b.is_finite() for a, b in pairs):
        return skips(f"{what}: not determined by this gap")
    scale = largest(x.mid() for pair in pairs for x in pair) if size is None else size
    widest = largest(a.rad() + b.rad() for a, b in pairs)
    if not widest <= ball(NARROW) * scale:
        return skips(f"{what}: known to {widest.str(3, radius=False)} of {scale.str(3, radius=False)} only")
    return HOLDS


def largest(numbers: Iterable[Ball]) -> Ball:
    """Largest absolute value of exact balls."""
    return max((abs(x) for x in numbers), default=arb(0))


def together(findings: Iterable[Finding]) -> Finding:
    """One failure fails all; without one, what could not be decided is not held to be true."""
    worst = HOLDS
    for finding in findings:
        if finding.state == "fails":
            return finding
        if finding.state == "skips":
            worst = finding
    return worst


def drawn_optimum(case: LabelSpectrum) -> CertifiedOptimum:
    """The optimum of the drawn instance, on the whole distribution; the loss takes the part that it sees."""
    return CertifiedOptimum.of(case.given, Instance.drawn(case.given))


def pal_instance(case: LabelSpectrum, bias: AnyBias = "zero") -> Instance:
    r"""PAL-CE without bias, which chapters O and L are about, at the drawn regularisation brought below the threshold
    :math:`\mathrm K` of full collapse. A free bias, which they exclude, is one where a minimiser exists."""
    threshold = case.overall.largest.enclosure(Fraction(1, 10**9)).lower
    drawn = below(replace(Instance.drawn(case.given), loss=PAL_CE, bias=bias), threshold)
    return drawn if drawn.has_minimiser(case.given) else replace(drawn, bias="zero")


def pal_optimum(case: LabelSpectrum, bias: AnyBias = "zero") -> CertifiedOptimum:
    """The optimum of that instance."""
    return CertifiedOptimum.of(case.given, pal_instance(case, bias))


def below(drawn: Instance, threshold: Fraction) -> Instance:
    r"""The instance with :math:`\lambda` brought below the threshold, if it is not."""
    while drawn.lambda_W * drawn.lambda_H > threshold * Fraction(9, 10):
        drawn = replace(drawn, lambda_W=drawn.lambda_W / 10)
    return drawn


def alive(at: CertifiedOptimum) -> CertifiedOptimum:
    """The optimum, unless all has collapsed.

    Raises:
        UncertifiedError: it has.
    """
    if at.collapsed:
        raise UncertifiedError("full collapse: W = 0, and nothing to compare")
    return at


def exactly(rows: Iterable[Iterable[float]]) -> list[list[Fraction]]:
    """Floating-point numbers as the rational numbers they are."""
    return [[Fraction(x) for x in row] for row in rows]


def rational(rng: Random) -> Fraction:
    """A random rational number, small and with a small denominator."""
    return Fraction(rng.randint(-9, 9), rng.randint(1, 4))


def rationals(rng: Random, rows: int, columns: int) -> list[list[Fraction]]:
    """A matrix of them."""
    return [[rational(rng) for _ in range(columns)] for _ in range(rows)]


def product(A: Sequence[Sequence[Fraction]], x: Sequence[Fraction]) -> list[Fraction]:
    """``A x``, exactly."""
    image: fmpq_mat = matrix(A) * column(x)
    return [to_fraction(a) for a in image.entries()]


def logits_of(
    W: Sequence[Sequence[Fraction]], H: Sequence[Sequence[Fraction]], b: Sequence[Fraction]
) -> list[list[Ball]]:
    """``W h + b`` of every feature, computed exactly, in balls."""
    images, shift = matrix(H) * matrix(W).transpose(), [to_fmpq(c) for c in b]
    return [[arb(a + c) for a, c in zip(row, shift, strict=True)] for row in images.tolist()]


def square_norm(x: Iterable[Fraction]) -> Fraction:
    r""":math:`\|x\|^2`, exactly."""
    return to_fraction(sum((a * a for a in map(to_fmpq, x)), fmpq()))


def float_matrix(A: fmpq_mat) -> Array:
    """A rational matrix, every entry correctly rounded."""
    return np.array([[int(a.p) / int(a.q) for a in row] for row in A.tolist()], dtype=np.float64)


ONE_OFF = {"factor": PERCENT}
NO_WEIGHTS = {"weights": no_weights}


# ---------------------------------------------------------------------- full collapse

Residuals = Callable[[LabelDistribution, Loss, AnyBias], list[list[Fraction]]]


def collapse_residuals(pi: LabelDistribution, loss: Loss, bias: AnyBias) -> list[list[Fraction]]:
    r"""The residuals :math:`r^0_S` at ``W = 0`` and optimal bias (claim U9), exact, ``(n, K)``; for PAL-CE the
    distribution is a proper one."""
    return loss.collapse_residuals(pi, bias == "free")


def zero_bias_residuals(pi: LabelDistribution, loss: Loss, _: AnyBias) -> list[list[Fraction]]:
    """A false law: the residuals without a bias, whatever the bias model."""
    return collapse_residuals(pi, loss, "zero")
