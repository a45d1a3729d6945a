r"""T7, checked: the proven min F between the exactly feasible points of the hard-margin problem."""

from fractions import Fraction
from random import Random

from flint import arb

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import COARSE, PARTLY_DECIDED, checks_in_balls
from verify.exact.balls import ball, total
from verify.geometry.margin_bounds import dual, primal
from verify.geometry.margins import hard_margin
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.errors import InputError
from verify.model.feature_model import Bias
from verify.model.losses import BCE, PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance

TINY = Fraction(1, 10**10)
"""A penalty at which the false variants are certainly false."""


@checks_in_balls(
    "T7",
    "the proven min F against the dual value and the nuclear norm of exactly feasible rational points, in balls",
    Control("four fifths of the norm", {"norm": Fraction(4, 5), "lam": TINY}, cases.UNEQUAL),
    Control("the dual 10 % too long", {"length": Fraction(11, 10), "lam": TINY}, cases.UNEQUAL),
    Control("without K - mbar", {"rest": 0, "lam": TINY}, cases.UNEQUAL),
    every=PARTLY_DECIDED,
    labels=3,
)
def near_the_limit(
    case: LabelSpectrum,
    rng: Random,
    norm: Fraction = Fraction(1),
    length: Fraction = Fraction(1),
    rest: int = 1,
    lam: Fraction | None = None,
) -> Finding:
    r"""T7: :math:`\sum\pi D_S(\mu q_S)\le\min F\le\sum\pi m\log m+\mu(\tau N+K-\bar m)`; BCE: :math:`\mu(\tau N+K)`.

    ``norm`` and ``length`` multiply the norm and the dual vectors, ``rest`` what follows the norm.
    """
    loss, bias = rng.choice((PAL_CE, BCE)), rng.choice(("zero", "free"))
    lam = lam or Fraction(1, 10 ** rng.choice((2, 4, 6, 8)))
    instance = Instance(loss, _free(bias), lam, Fraction(1))
    if not instance.has_minimiser(case.given):
        return skips("no minimiser")
    try:
        found = hard_margin(case.given, loss, bias == "free")
    except InputError as why:
        return skips(str(why))
    pi, (_, bound), (q, _) = found.pi, primal(found), dual(found)
    mu = ball(lam).sqrt()
    rows = [[mu * ball(length * x) for x in row] for row in q]
    targets = [[y - x for x, y in zip(row, ys, strict=True)] for row, ys in zip(rows, pi.rows, strict=True)]
    if not all(loss.interior(x) for row in targets for x in row):
        return skips("the dual point is outside the domain at this penalty")
    shares = [ball(share) for share in pi.shares]
    below = total(w * loss.balls.conjugate(r, list(y)) for w, r, y in zip(shares, rows, pi.rows, strict=True))
    sizes = [(w, m) for w, m in zip(shares, pi.sizes, strict=True) if m and loss.centered]
    entropy = total(w * m * arb(m).log() for w, m in sizes)
    left = pi.K - pi.cardinality if loss.centered else Fraction(pi.K)
    above = entropy + mu * (-mu.log() * ball(norm * bound) + ball(rest * left))
    value = CertifiedOptimum.of(case.given, instance, COARSE).value
    if below > value:
        return fails(f"the dual value {below.str(12)} exceeds min F = {value.str(12)}")
    return fails(f"min F = {value.str(12)} exceeds {above.str(12)}") if value > above else HOLDS


def _free(bias: str) -> Bias:
    return "free" if bias == "free" else "zero"
