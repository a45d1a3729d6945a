r"""B2, checked: logits of certified optima of binary cross entropy against those of the polar point."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

from flint import arb

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import checks_in_balls, together
from verify.checks.terminal_phase.explicit_errors import TINY, PolarPoint, Settings, at_an_optimum
from verify.checks.terminal_phase.logarithmic_approach import within
from verify.exact.balls import Ball, ball
from verify.geometry.spectrum import LabelSpectrum
from verify.model.losses import BCE
from verify.model.optimum import CertifiedOptimum

BINARY: Settings = ((BCE, "zero"), (BCE, "free"))
FREE: Settings = ((BCE, "free"),)
UNLIKE = witness([([0], 4), ([1], 3), ([2], 2), ([0, 1], 1), ([1, 2], 1), ([], 3)], 3)


@checks_in_balls(
    "B2",
    "logits of certified optima against the polar point's, with the proven error, in balls",
    Control("log 1/lambda in place of its half", {"rate": Fraction(1), "lam": TINY}, UNLIKE),
    Control(
        "the constant with the opposite sign", {"offset": lambda a: a.log(), "lam": TINY, "settings": FREE}, UNLIKE
    ),
    Control("no constant", {"offset": lambda _: arb(0), "lam": TINY, "settings": FREE}, UNLIKE),
    Control("a thousandth of the square", {"share": Fraction(1, 1000), "lam": TINY, "settings": FREE}, UNLIKE),
    labels=3,
)
def logarithmic_approach(
    case: LabelSpectrum,
    rng: Random,
    rate: Fraction = Fraction(1, 2),
    offset: Callable[[Ball], Ball] = lambda a: -a.log(),
    share: Fraction = Fraction(1),
    lam: Fraction | None = None,
    settings: Settings = BINARY,
) -> Finding:
    r"""B2: :math:`s_{S,k}z_{S,k}=\frac12\log\frac1\lambda-\log u+\log(1-\mu u)+x` with
    :math:`x^2\le8(v+v^2+v'+v'^2)`.

    ``rate`` multiplies :math:`\log\frac1\lambda`, ``offset`` is the constant, ``share`` multiplies the bound.
    """
    at, near = at_an_optimum(case, rng, lam, settings)
    leading = -ball(rate) * ball(at.model.lam).log()
    return together(_near(at, near, S, share, leading, offset) for S in range(at.n))


def _near(
    at: CertifiedOptimum, near: PolarPoint, S: int, share: Fraction, leading: Ball, offset: Callable[[Ball], Ball]
) -> Finding:
    """B2 for one label set."""
    mu, undecided = ball(at.model.lam).sqrt(), False
    for q, here, z in zip(near.columns[S], at.y[S], at.z.tolist()[S], strict=True):
        sign = 2 * here - 1
        u = sign * q
        most = 2 * ball(share) * sum(within(at, near.error, S, [mu * u, 1 - mu * u]), arb(0))
        off = sign * z - (leading + offset(u) + (1 - mu * u).log())
        if off**2 > most:
            return fails(f"a logit is off by {off.str(8)}, squared more than {most.str(6)}")
        undecided |= not off.is_finite()
    return skips("the logits are not determined") if undecided else HOLDS
