r"""T2 and T2a, checked: how the optimum comes near its limit.

No check compares two small numbers and calls the smaller one a limit: T2 is an inequality at finite :math:`\lambda`;
T2a is decided by the equation that the optimal logits solve and by its derivative at the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import (
    NO_WEIGHTS,
    Weights,
    checks_in_balls,
    frequencies,
    largest,
    pal_optimum,
    same,
    together,
)
from verify.checks.terminal_phase.explicit_errors import TINY, PolarPoint, Settings, at_an_optimum
from verify.exact.balls import Ball, Balls, ball, centered, total
from verify.exact.matrices import diagonal
from verify.exact.matrix_roots import inverse_square_root
from verify.geometry.polar import targets
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum


def _equation(
    at: CertifiedOptimum, penalty: Callable[[Ball], Ball], root: Callable[[Any], Any], weights: Weights
) -> Finding | None:
    """The equation at a certified optimum of full rank; at another it is not claimed."""
    if not at.full_rank:
        return None
    moment = at.z.transpose() * (diagonal(weights(at.model.distribution)) * at.z)
    level = moment.trace().mid() / at.K
    sides = at.z * root(moment + _flat_ones(at.K) * level) * penalty(ball(at.model.lam))
    return same("r_S and mu Q^+ z_S", at.r.entries(), sides.entries())


def _flat_ones(K: int) -> Any:
    return arb_mat([[arb(1) / K] * K] * K)


STEP = Fraction(1, 2**40)
"""Length of the interval on which a derivative is compared with a difference quotient."""


def _second_order(case: LabelSpectrum, change: Fraction) -> Finding | None:
    r"""The polar columns :math:`q_S(x)=\bigl(\sum_T\pi_T\hat z_T\hat z_T^\top\bigr)^{+1/2}\hat z_S` along
    :math:`\hat z_S=\tilde y_S+xC_S` have the derivative :math:`\delta_S=\Sigma^{+1/2}(C_S-Nq_S)` of T2a at every ``x``.

    Over the *ball* :math:`x\in[0,h]` the formula encloses the derivative at every point, and the difference quotient
    is the derivative at one of them.
    """
    geometry = TerminalGeometry.of(case.pi)
    if not geometry.full_rank or geometry.sign.verdict != "strict":
        return None
    weights, K = frequencies(geometry.pi), geometry.K
    y = arb_mat([[ball(a) for a in row] for row in targets(geometry)])
    C = arb_mat(
        [
            centered([arb(0) if here else (-a).log() for a, here in zip(geometry.polar(mask), y, strict=True)])
            for mask, y in zip(geometry.pi.masks, geometry.pi.rows, strict=True)
        ]
    )
    D, ones = diagonal(weights), _flat_ones(K)
    crossed = y.transpose() * (D * C)
    slope = crossed + crossed.transpose()

    def along(x: Ball) -> tuple[Any, Any, Any]:
        z = y + C * x
        moment = z.transpose() * (D * z) + ones
        inverse = inverse_square_root(moment)
        return z * inverse, moment * inverse, inverse

    columns, root, inverse = along(arb(0).union(ball(STEP)))
    N = _sylvester(root, slope + C.transpose() * (D * C) * (2 * arb(0).union(ball(STEP)))) * ball(change)
    derivative = (C - columns * N) * inverse
    quotient = (along(ball(STEP))[0] - along(arb(0))[0]) * ball(1 / STEP)
    size = largest(a.mid() for a in (C * inverse).entries())
    return same("the difference quotient of q and delta", quotient.entries(), derivative.entries(), size)


def _sylvester(R: Any, B: Any) -> Any:
    """The solution of ``R N + N R = B``, as one linear system; undetermined where ``R`` is too wide for that."""
    K = R.nrows()
    pairs = [(i, j) for i in range(K) for j in range(K)]
    zero = arb(0)
    system = arb_mat(
        [[(R[i, a] if j == b else zero) + (R[b, j] if i == a else zero) for a, b in pairs] for i, j in pairs]
    )
    try:
        solution = system.solve(arb_mat([[B[i, j]] for i, j in pairs]))
    except ZeroDivisionError:  # the balls are too wide to tell the system from a singular one
        return arb_mat([[arb("nan")] * K] * K)
    return arb_mat([[solution[i * K + j, 0] for j in range(K)] for i in range(K)])


# ---------------------------------------------------------------------- the checks


PICKED: Settings = ((PAL_CE, "zero"), (PAL_CE, "free"))


def within(at: CertifiedOptimum, near: PolarPoint, S: int, sizes: Balls) -> list[Ball]:
    r"""What the squared logarithm of the ratio of two predictions is at most, :math:`4(v+v^2)` with
    :math:`v=\frac{\mu E}{2\pi_Sp}`, at the predictions ``p`` of the polar point for one label set."""
    error = ball(at.model.lam).sqrt() * near.error / (2 * ball(at.pi[S]))
    return [4 * (error / a + (error / a) ** 2) for a in sizes]


@checks_in_balls(
    "T2",
    "margins and centered logits of certified optima against the polar point's, with the proven error, in balls",
    Control("log 1/lambda in place of its half", {"rate": Fraction(1), "lam": TINY}, cases.FOUR_SINGLES),
    Control("the constant with the opposite sign", {"offset": lambda a: a.log(), "lam": TINY}, cases.BALANCED),
    Control("no constant", {"offset": lambda _: arb(0), "lam": TINY}, cases.BALANCED),
    Control("a thousandth of the square", {"share": Fraction(1, 1000), "lam": TINY}, cases.FOUR_SINGLES),
    labels=4,
)
def logarithmic_approach(
    case: LabelSpectrum,
    rng: Random,
    rate: Fraction = Fraction(1, 2),
    offset: Callable[[Ball], Ball] = lambda a: -a.log(),
    share: Fraction = Fraction(1),
    lam: Fraction | None = None,
) -> Finding:
    r"""T2: :math:`z_{S,k}-z_{S,j}=\frac12\log\frac1\lambda-\log(-q_{S,j})+\log(1-\mu q_{S,k})+x` with
    :math:`x^2\le8(v_k+v_k^2+v_j+v_j^2)`, and centered logits within :math:`(4\sum_k(v_k+v_k^2))^{1/2}`.

    ``rate`` multiplies :math:`\log\frac1\lambda`, ``offset`` is the constant, ``share`` multiplies the bounds.
    """
    found = at_an_optimum(case, rng, lam, PICKED)
    if isinstance(found, Finding):
        return found
    at, near = found
    penalty = ball(at.model.lam)
    leading = -ball(rate) * penalty.log()
    return together(_near(at, near, S, share, leading, offset) for S in range(len(at.y)))


def _near(
    at: CertifiedOptimum, near: PolarPoint, S: int, share: Fraction, leading: Ball, offset: Callable[[Ball], Ball]
) -> Finding:
    """T2 for one label set."""
    q, y, z, mu = near.columns[S], at.y[S], at.z.tolist()[S], ball(at.model.lam).sqrt()
    sizes = [here - mu * a for a, here in zip(q, y, strict=True)]
    windows = [ball(share) * a for a in within(at, near, S, sizes)]
    for k, j in ((k, j) for k, here in enumerate(y) if here for j, there in enumerate(y) if not there):
        off = z[k] - z[j] - (leading + offset(-q[j]) + sizes[k].log())
        if off**2 > 2 * (windows[k] + windows[j]):
            return fails(
                f"z_k - z_j is off by {off.str(8)}, squared more than {(2 * (windows[k] + windows[j])).str(6)}"
            )
    polar = centered([a.log() for a in sizes])
    distance = total((a - c) ** 2 for a, c in zip(centered(list(z)), polar, strict=True))
    if distance > total(windows):
        return fails(f"the logits are {distance.str(8)} off, squared, more than {total(windows).str(6)}")
    return HOLDS if distance.is_finite() else skips("the logits are not determined")


@checks_in_balls(
    "T2a",
    "both sides of the equation at a certified optimum; the derivative over a ball against a difference quotient",
    Control("lambda in place of its root mu", {"penalty": lambda lam: lam}, cases.FOUR_SINGLES),
    Control("frequencies left out", NO_WEIGHTS, cases.UNEQUAL),
    Control("the inverse in place of the inverse root", {"root": lambda moment: moment.inv()}, cases.FOUR_SINGLES),
    Control("the root unchanged", {"change": Fraction(0)}, cases.FOUR_SINGLES),
    Control("the root changed twice", {"change": Fraction(2)}, cases.FOUR_SINGLES),
)
def exact_equation(
    case: LabelSpectrum,
    _: Random,
    penalty: Callable[[Ball], Ball] = lambda lam: lam.sqrt(),
    root: Callable[[Any], Any] = inverse_square_root,
    weights: Weights = frequencies,
    change: Fraction = Fraction(1),
) -> Finding:
    r"""T2a (a): at an optimum of full rank :math:`r_S=\mu\bigl(\sum_T\pi_Tz_Tz_T^\top\bigr)^{+1/2}z_S`, both sides from
    different enclosures; (b): the derivative of the polar columns along :math:`\tilde y_S+xC_S`, by the mean value
    theorem. PAL-CE without bias.

    ``change`` multiplies ``N``, the change of the root.
    """
    found = [_equation(pal_optimum(case), penalty, root, weights), _second_order(case, change)]
    met = [finding for finding in found if finding is not None]
    return together(met) if met else skips("neither full rank at this penalty nor the strict sign condition")
