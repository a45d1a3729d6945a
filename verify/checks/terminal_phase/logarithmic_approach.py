r"""T2 and T2a, checked: how the optimum comes near its limit.

No check compares two small numbers and calls the smaller one a limit. What a limit statement is decided by is the
rigorous inequality or the exact equation at finite :math:`\lambda` that its proof rests on: T2 by the divergence bound
around the polar point, T2a by the equation that the optimal logits solve and by its derivative at the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
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
from verify.exact.balls import Ball, Balls, ball, centered, dot, total
from verify.exact.matrices import diagonal
from verify.exact.matrix_roots import inverse_square_root
from verify.geometry.polar import targets
from verify.geometry.sign_condition import TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import log_ratio_bounds
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance


def _tiny(case: LabelSpectrum) -> Instance:
    r"""PAL-CE without bias where the terminal phase has begun: :math:`10^{-16}\le\lambda<10^{-9}`."""
    drawn = Instance.drawn(case.given)
    return replace(drawn, loss=PAL_CE, bias="zero", lambda_W=drawn.lambda_W / 10**8)


def _divergence_bound(
    geometry: TerminalGeometry, weights: Sequence[Fraction], mu: Ball, logs: Sequence[Balls], limits: Sequence[Balls]
) -> Ball:
    r""":math:`E(s)` at the ``s`` that makes it least: up to rounding, and any other would do as well."""
    moved, inverse = arb_mat(list(map(list, logs))), geometry.inverse_root
    fixed = arb_mat(list(map(list, limits)))

    def pairing(a: Any, b: Any) -> Ball:
        return dot((diagonal(weights) * a).entries(), (b * inverse).entries())

    s = (pairing(moved, moved).nonnegative_part() / pairing(fixed, fixed)).sqrt().mid()
    rest = moved - fixed * s
    return (mu * pairing(rest, rest) / (2 * s)).upper()


def _flat(rows: Iterable[Balls]) -> list[Ball]:
    return [a for row in rows for a in row]


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


@checks_in_balls(
    "T2",
    "certified logits at lambda below 1e-9 against the polar point, within the divergence bound, in balls",
    Control("log 1/lambda in place of its half", {"rate": Fraction(1)}, cases.FOUR_SINGLES),
    Control("the constant with the opposite sign", {"offset": lambda a: a.log()}, cases.BALANCED),
    Control("no constant", {"offset": lambda _: arb(0)}, cases.BALANCED),
    Control("uncentered leading term", {"scale": lambda tau, y: [tau * (a - y[0]) for a in y]}, cases.FOUR_SINGLES),
)
def logarithmic_approach(
    case: LabelSpectrum,
    _: Random,
    rate: Fraction = Fraction(1, 2),
    offset: Callable[[Ball], Ball] = lambda a: -a.log(),
    scale: Callable[[Ball, Balls], Balls] = lambda tau, y: [tau * a for a in y],
) -> Finding:
    r"""T2 at finite :math:`\lambda`: the certified logits are within the divergence bound of the polar point.

    With :math:`\tau=\frac12\log\frac1\lambda` the polar point :math:`p_S=(y_S-\mu q_S)/m_S` has
    :math:`\log\frac{p_{S,k}}{p_{S,j}}=\tau-\log(-q_{S,j})+\log(1-\mu q_{S,k})`, and for every :math:`s>0` the number
    :math:`E(s)=\frac\mu{2s}\sum_S\pi_S(z_S-s\tilde y_S)^\top\Sigma^{+1/2}(z_S-s\tilde y_S)`, ``z`` its centered
    logarithms, bounds the duality gap and each :math:`\pi_Sm_Sp_{S,j}\,\psi(p^*_{S,j}/p_{S,j})`,
    :math:`\psi(x)=x-1-\log x`. At :math:`s=\tau` it is :math:`O(\mu/\tau)`, because there ``z`` less its leading term
    is bounded; at its least it is sharper. ``scale`` is the leading term.
    """
    geometry = TerminalGeometry.of(case.pi)
    if not geometry.full_rank or geometry.sign.verdict != "strict":
        return skips("the strict sign condition at full rank is not met")
    at = CertifiedOptimum.of(case.given, _tiny(case))
    lam, q = ball(at.model.lam), [geometry.polar(mask) for mask in geometry.pi.masks]
    mu, tau = lam.sqrt(), -lam.log() / 2
    inside = [[b - mu * a for a, b in zip(row, y, strict=True)] for row, y in zip(q, at.y, strict=True)]  # m p
    if not all(a > 0 for row in inside for a in row):
        return skips("the polar point is not in the domain at this lambda")
    logs = [centered([a.log() for a in row]) for row in inside]
    limits = [[ball(a) for a in row] for row in targets(geometry)]
    bound = _divergence_bound(geometry, at.pi, mu, logs, limits)
    rows = zip(at.pi, q, at.y, strict=True)
    gap = at.value - total(ball(w) * PAL_CE.balls.conjugate([mu * a for a in row], y) for w, row, y in rows)
    if gap < 0 or gap > bound:
        return fails(f"the polar point has the gap {gap.str(6)}, not in [0, {bound.str(6)}]")
    bounded = [[a - b for a, b in zip(row, scale(tau, y), strict=True)] for row, y in zip(logs, limits, strict=True)]
    # the entries of l_S: log(-q) off the set and log(1 - mu q) on it, centered
    ends = [
        centered([(b - mu * a).log() if b else (-a).log() for a, b in zip(row, y, strict=True)])
        for row, y in zip(q, at.y, strict=True)
    ]
    size = largest(a.mid() for a in _flat(logs))

    def predicted(S: int, k: int, j: int) -> Ball:
        return -ball(rate) * lam.log() + offset(-q[S][j]) + (1 - mu * q[S][k]).log()

    found = same("log p - tau y~ and its limit", _flat(bounded), _flat(ends), size)
    return together([found, *(_margins(at, S, row, bound, predicted) for S, row in enumerate(inside))])


def _margins(
    at: CertifiedOptimum, S: int, inside: Balls, bound: Ball, predicted: Callable[[int, int, int], Ball]
) -> Finding:
    """Certified logit differences of a label set against predicted ones, within what the divergence allows."""
    windows = [log_ratio_bounds(bound / (ball(at.pi[S]) * a)) for a in inside]
    for k, j in ((k, j) for k, here in enumerate(at.y[S]) if here for j, there in enumerate(at.y[S]) if not there):
        found, middle, window = at.z[S, k] - at.z[S, j], predicted(S, k, j), windows[k] - windows[j]
        if not found.overlaps(middle + window):
            return fails(f"z_k - z_j = {found.str(10)}, not {middle.str(10)} within {window.str(4)}")
    return HOLDS


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
