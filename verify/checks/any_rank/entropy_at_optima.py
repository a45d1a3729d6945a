r"""D2, checked: residuals of certified optima against exactly feasible dual points of the hard-margin problem."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from random import Random

from flint import arb

from verify.checks.any_rank.geometry_at_optima import SINGULAR
from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.enclosures import checks_in_balls
from verify.checks.terminal_phase.explicit_errors import SINGLES, TINY
from verify.exact.balls import Ball, ball, dot, total
from verify.geometry.margin_bounds import dual
from verify.geometry.margins import hard_margin
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.errors import InputError
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance

Rows = Sequence[Sequence[Ball]]


@checks_in_balls(
    "D2",
    "value and entropy of certified residuals against those of exactly feasible rational dual points, in balls",
    Control("the dual 10 % too long", {"length": Fraction(11, 10), "lam": TINY}, SINGLES),
    Control("the entropy left out", {"entropy": 0, "lam": TINY}, SINGULAR),
    labels=3,
)
def greatest_entropy(
    case: LabelSpectrum, rng: Random, length: Fraction = Fraction(1), entropy: int = 1, lam: Fraction | None = None
) -> Finding:
    r"""D2: :math:`(\tau+1)(A(q')-A(q))\le H(q)-H(q')+\mu\sum\pi_S\sum_{k\in S}q'^2_{S,k}` at the optimum's residuals
    :math:`\mu q` and an exact dual point :math:`q'` of the hard-margin problem, with a free bias and without.

    ``length`` multiplies the dual point, ``entropy`` the entropies.
    """
    biases: list[Bias] = ["zero", "free"]
    bias = rng.choice(biases)
    lam = lam or Fraction(1, 10 ** rng.choice((2, 4, 6, 8, 10, 12)))
    instance = Instance(PAL_CE, bias, lam, Fraction(1))
    if not instance.has_minimiser(case.given):
        return skips("no minimiser")
    try:
        found = hard_margin(case.given, PAL_CE, bias == "free")
    except InputError as why:
        return skips(str(why))
    at, mu = CertifiedOptimum.of(case.given, instance), ball(lam).sqrt()
    other = [[ball(length * a) for a in row] for row in dual(found)[0]]
    if not all(here - mu * a >= 0 for y, row in zip(at.y, other, strict=True) for here, a in zip(y, row, strict=True)):
        return skips("the dual point is outside the domain at this penalty")
    own = [[a / mu for a in row] for row in at.r.tolist()]
    gain = (1 - mu.log()) * (_value(at, other) - _value(at, own))
    room = entropy * (_entropy(at, own) - _entropy(at, other)) + mu * _squares(at, other)
    if gain > room:
        return fails(f"the value of the dual point times tau + 1 is larger by {gain.str(6)}, more than {room.str(6)}")
    return HOLDS if (room - gain).is_finite() else skips("the residuals are not determined")


def _value(at: CertifiedOptimum, rows: Rows) -> Ball:
    r""":math:`\sum_S\pi_Sq_S^\top y_S`."""
    return total(ball(w) * dot(q, [arb(a) for a in y]) for w, q, y in zip(at.pi, rows, at.y, strict=True))


def _entropy(at: CertifiedOptimum, rows: Rows) -> Ball:
    """Of the entries off the sets; one that is 0 has none."""
    return total(-ball(w) * a * a.log() for w, a in _entries(at, rows, inside=False) if a != 0 or a.rad() != 0)


def _squares(at: CertifiedOptimum, rows: Rows) -> Ball:
    """Of the entries on the sets."""
    return total(ball(w) * a**2 for w, a in _entries(at, rows, inside=True))


def _entries(at: CertifiedOptimum, rows: Rows, inside: bool) -> Iterable[tuple[Fraction, Ball]]:
    """Entries on the sets, or minus those off them, with the probability of the set."""
    for w, q, y in zip(at.pi, rows, at.y, strict=True):
        yield from ((w, a if here else -a) for a, here in zip(q, y, strict=True) if bool(here) == inside)
