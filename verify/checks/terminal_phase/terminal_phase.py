r"""Chapter T, checked: the terminal phase, on exact spectra, enclosed roots and certified optima.

No check compares two small numbers and calls the smaller one a limit. What a limit statement is decided by is the
rigorous inequality or the exact equation at finite :math:`\lambda` that its proof rests on: T2 by the divergence bound
around the polar point, T2a by the equation that the optimal logits solve and by its derivative at the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared.enclosures import (
    BALANCED,
    FEW_LABELS,
    NO_WEIGHTS,
    OFTEN,
    PERCENT,
    SELDOM,
    Weights,
    decided,
    diagonal,
    frequencies,
    largest,
    pal_optimum,
    projection,
    same,
    together,
    witness,
)
from verify.exact.balls import BALL_LOSSES, Ball, Balls, ball, between, dot, total
from verify.exact.matrix_roots import inverse_square_root
from verify.exact.roots import RealRoots, Root
from verify.geometry.sign_condition import (
    SignCondition,
    TerminalGeometry,
    cosine_square,
    kappa_control,
)
from verify.geometry.spectrum import Centering, LabelSpectrum, Spectrum
from verify.geometry.tiny_penalty import log_ratio_bounds
from verify.labels.distribution import LabelDistribution
from verify.labels.families import balanced
from verify.model.optimum import CertifiedOptimum, Instance, second_moment

DIGITS_OF_ROOTS = Fraction(1, 2**128)
"""Width to which eigenvalues are enclosed before their roots are taken."""


def _enclosed(root: Root) -> Ball:
    ends = root.enclosure(DIGITS_OF_ROOTS)
    return between((ends.lower, ends.upper))


def _sum_of_roots(eigenvalues: RealRoots) -> Ball:
    r""":math:`\operatorname{tr}A^{1/2}` from the exact eigenvalues of a positive semidefinite matrix."""
    every = (_enclosed(eigenvalues.root(i)) for i in range(eigenvalues.degree))
    return total(value.nonnegative_part().sqrt() for value in every)


def _nuclear_norm(weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]) -> Ball:
    r""":math:`\|ZD^{1/2}\|_*` of rational logits, from the exact eigenvalues of :math:`\sum_S\pi_Sz_Sz_S^\top`."""
    numerators, denominator = second_moment(weights, rows).numer_denom()
    return _sum_of_roots(RealRoots(numerators.charpoly(), int(denominator)))


def _rows_of(geometry: TerminalGeometry) -> list[list[Fraction]]:
    r"""The limit of the logits, :math:`\tilde y_S` or :math:`P(y_S-f)`, exactly."""
    return [[Fraction(a, geometry.unit) for a in geometry.vector(mask)] for mask in geometry.pi.masks]


def _outside(mask: int, K: int) -> list[int]:
    return [j for j in range(K) if not mask >> j & 1]


def _hard_margin(
    case: LabelSpectrum,
    rng: Random,
    attained: Centering,
    geometry: TerminalGeometry,
    value: Callable[[TerminalGeometry], Ball],
    believed: Callable[[SignCondition], bool | None],
    gram: Callable[[TerminalGeometry], Any],
) -> Finding | None:
    """The claim for one treatment of the bias; nothing where it says nothing."""
    pi, weights = case.pi, frequencies(case.pi)
    rows = _rows_of(TerminalGeometry.of(pi, attained))
    reached = _sum_of_roots(Spectrum.of(pi, attained).roots)
    holds, least = believed(geometry.sign), value(geometry)
    lowered = _lowered(geometry, weights, rows)
    if holds is None:
        return skips("the sign condition is not decided")
    if not holds:
        if not geometry.full_rank:
            return None
        return HOLDS if lowered is not None and lowered < reached else fails("violated, but no better logits found")
    if lowered is not None and lowered < least:
        return fails(f"logits with the margins have the norm {lowered.str(12)}, below {least.str(12)}")
    norm, surplus = _with_margins(geometry, rng, weights, rows)
    if norm < least + surplus:
        return fails(f"the norm {norm.str(12)} is below {least.str(12)} and the surplus {surplus.str(6)}")
    columns = arb_mat([geometry.polar(mask) for mask in pi.masks])
    return together(
        [
            same("the least nuclear norm and the claimed one", [reached], [least]),
            same("G q_S and y~_S", (columns * gram(geometry)).entries(), [ball(a) for row in rows for a in row]),
        ]
    )


def _lowered(
    geometry: TerminalGeometry, weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]
) -> Ball | None:
    r"""The norm after lowering one logit by what is best to second order, if the sign condition is violated there."""
    mask, label = geometry.sign.worst
    if not geometry.sign.value > 0:
        return None
    step = Fraction(float(geometry.sign.value.mid()) / float(geometry.inverse_root[label, label].mid()))
    K, S = geometry.K, geometry.pi.masks.index(mask)
    moved = [a - step * (Fraction(int(j == label)) - Fraction(1, K)) for j, a in enumerate(rows[S])]
    return _nuclear_norm(weights, [*rows[:S], moved, *rows[S + 1 :]])


def _with_margins(
    geometry: TerminalGeometry, rng: Random, weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]
) -> tuple[Ball, Ball]:
    """Norm of random logits with the margins near the given ones, and the margin they have to spare, weighted."""
    logits, surplus, free = [], arb(0), geometry.centering == "mean"
    bias = [Fraction(rng.randint(-2, 2), 16) if free else Fraction(0) for _ in range(geometry.K)]
    for mask, weight, row in zip(geometry.pi.masks, weights, rows, strict=True):
        level, spare = Fraction(rng.randint(-2, 2), 16), [Fraction(0)] * geometry.K
        for j in _outside(mask, geometry.K):
            spare[j] = Fraction(max(rng.randint(-4, 4), 0), 8)
            surplus -= ball(weight * spare[j]) * geometry.polar_entry(mask, j)
        logits.append([a + level - t - c for a, t, c in zip(row, spare, bias, strict=True)])
    return _nuclear_norm(weights, logits), surplus


# ---------------------------------------------------------------------- T2


def _tiny(case: LabelSpectrum) -> Instance:
    r"""PAL-CE without bias where the terminal phase has begun: :math:`10^{-16}\le\lambda<10^{-9}`."""
    drawn = Instance.drawn(case.given)
    return replace(drawn, loss="pal", bias="zero", lambda_W=drawn.lambda_W / 10**8)


def _divergence_bound(
    geometry: TerminalGeometry,
    weights: Sequence[Fraction],
    mu: Ball,
    logs: Sequence[Balls],
    limits: Sequence[Balls],
) -> Ball:
    r""":math:`E(s)` at the ``s`` that makes it least: up to rounding, and any other would do as well."""
    moved, inverse = arb_mat(list(map(list, logs))), geometry.inverse_root
    fixed = arb_mat(list(map(list, limits)))

    def pairing(a: Any, b: Any) -> Ball:
        return dot((diagonal(weights) * a).entries(), (b * inverse).entries())

    s = (pairing(moved, moved).nonnegative_part() / pairing(fixed, fixed)).sqrt().mid()
    rest = moved - fixed * s
    return (mu * pairing(rest, rest) / (2 * s)).upper()


def _centered(x: Balls) -> list[Ball]:
    mean = total(x) / len(x)
    return [a - mean for a in x]


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
    y = arb_mat([[ball(a) for a in row] for row in _rows_of(geometry)])
    C = arb_mat(
        [
            _centered([arb(0) if mask >> j & 1 else (-a).log() for j, a in enumerate(geometry.polar(mask))])
            for mask in geometry.pi.masks
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


# ---------------------------------------------------------------------- T3

Cosine = Callable[[int, int], Fraction]

MOST_SETS = 20
"""Label sets of one multiplicity, in or out of the support, whose entries are compared with the bound."""


def _columns(geometry: TerminalGeometry, rng: Random, m: int) -> list[tuple[int, Balls]]:
    r"""Columns :math:`\Sigma^{+1/2}y_S` of ``m``-sets: all of them, or a few at random."""
    K = geometry.K
    if comb(K, m) <= MOST_SETS:
        chosen: list[tuple[int, ...]] = list(combinations(range(K), m))
    else:
        chosen = [tuple(rng.sample(range(K), m)) for _ in range(MOST_SETS)]
    rows = arb_mat([[int(k in members) for k in range(K)] for members in chosen]) * geometry.inverse_root
    return [(sum(1 << k for k in members), row) for members, row in zip(chosen, rows.tolist(), strict=True)]


def _violation(geometry: TerminalGeometry) -> str:
    mask, label = geometry.sign.worst
    return f"the entry at {geometry.pi.spell(mask)} and label {label} is {geometry.sign.value.str(8)}"


# ---------------------------------------------------------------------- T3a


def _is_automatic(K: int, sizes: tuple[int, ...]) -> bool:
    return K == 3 or sizes in ((1,), (K - 1,)) or (K == 4 and sizes == (2,))


def _singleton_inverse(pi: Sequence[Fraction]) -> fmpq_mat:
    r""":math:`D^{-1}-\frac1sgg^\top`, :math:`g_k=1/\pi_k`, :math:`s=\sum_kg_k`."""
    g = [1 / p for p in pi]
    s = sum(g, Fraction(0))
    return _rational_matrix([[a * (j == k) - a * b / s for k, b in enumerate(g)] for j, a in enumerate(g)])


def _inverse_frequencies(pi: Sequence[Fraction]) -> fmpq_mat:
    r"""A false law: :math:`D^{-1}` alone."""
    return _rational_matrix([[1 / a if j == k else Fraction(0) for k in range(len(pi))] for j, a in enumerate(pi)])


def _rational_matrix(rows: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    return fmpq_mat(len(rows), len(rows), [fmpq(a.numerator, a.denominator) for row in rows for a in row])


# ---------------------------------------------------------------------- T3b

Masses = Callable[[Fraction], tuple[Fraction, Fraction, Fraction]]

THRESHOLD = Fraction(1, 37)


def _masses(omega: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    return omega, 12 * omega, 1 - 13 * omega


def _sharp_family(masses: tuple[Fraction, Fraction, Fraction]) -> LabelDistribution:
    """The distributions of T3b: one six-set, sets of four of its labels with label 7 and one of 8, 9, and sets of five
    of its labels with one of 8, 9."""
    kinds: tuple[list[tuple[int, ...]], ...] = (
        [tuple(range(6))],
        [(*four, 6, last) for four in combinations(range(6), 4) for last in (7, 8)],
        [(*five, last) for five in combinations(range(6), 5) for last in (7, 8)],
    )
    weights = {
        sum(1 << k for k in members): mass / len(kind)
        for kind, mass in zip(kinds, masses, strict=True)
        for members in kind
    }
    return LabelDistribution.from_masks(weights, [str(k + 1) for k in range(9)])


# ---------------------------------------------------------------------- T4


def _never_violates(K: int, sizes: tuple[int, ...]) -> bool:
    return K <= 3 or sizes == (1,) or (K == 4 and len(sizes) == 1)


# ---------------------------------------------------------------------- T5, T5a

Bound = Callable[[Ball, Ball], Ball]


def _of_roots(mine: Ball, theirs: Ball) -> Ball:
    return 1 / (mine.sqrt() + theirs.sqrt())


def _of_inverses(mine: Ball, theirs: Ball) -> Ball:
    return _of_roots(mine, theirs) / (mine * theirs).sqrt()


def _classifier(geometry: TerminalGeometry) -> Any:
    return geometry.root


def _columns_of(geometry: TerminalGeometry) -> Any:
    return geometry.inverse_root


def _weakest(geometry: TerminalGeometry, spectrum: Spectrum, j: int, k: int) -> bool:
    r"""Whether :math:`e_j-e_k` is an eigenvector for :math:`\kappa`, exactly."""
    x = [(i == j) - (i == k) for i in range(geometry.K)]
    image = [sum(int(a) * b for a, b in zip(row, x, strict=True)) for row in geometry.moment.tolist()]
    value = Fraction(image[j], geometry.scale)
    return image == [image[j] * a for a in x] and spectrum.kappa == value


def _reweighted(pi: LabelDistribution, rng: Random) -> LabelDistribution:
    """The same label sets, each weight up to twice as large."""
    weights = {mask: w * rng.randint(8, 16) for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(weights, pi.labels)


def _rayleigh(A: Any) -> Ball:
    """A lower bound on the spectral norm of a symmetric matrix of balls: a Rayleigh quotient near the largest."""
    values, vectors = np.linalg.eigh(np.array([[float(x.mid()) for x in row] for row in A.tolist()]))
    x = arb_mat([[arb(c)] for c in vectors[:, int(np.argmax(np.abs(values)))].tolist()])
    return abs((x.transpose() * A * x)[0, 0] / (x.transpose() * x)[0, 0])


def _contrast_floor(
    geometry: TerminalGeometry,
    spectrum: Spectrum,
    floor: Callable[[Spectrum], Root],
    tight: Callable[[TerminalGeometry, Spectrum, int, int], bool],
) -> Finding:
    least, findings = 2 * _enclosed(floor(spectrum)).sqrt(), []
    for j, k in combinations(range(geometry.K), 2):
        distance = geometry.row_distance(j, k)
        if tight(geometry, spectrum, j, k):
            findings.append(same(f"|w_{j} - w_{k}|^2 and its floor", [distance], [least]))
        elif not distance > least:
            close = distance.overlaps(least)
            findings.append(
                (skips if close else fails)(f"|w_{j} - w_{k}|^2 = {distance.str(12)}, not above {least.str(12)}")
            )
    return together(findings)


# ---------------------------------------------------------------------- the checks

_FOUR_MIXED = witness([([0, 1], 1), ([0, 2], 1), ([3], 3)], 4)  # T4's instance
_UNEVEN_SINGLES = witness([([0], 1), ([1], 2), ([2], 4)], 3)
_FOUR_SINGLES = witness([([0], 1), ([1], 2), ([2], 3), ([3], 4)], 4)
_FIVE_PAIRS = witness([([0, 1], 1), ([1, 2], 1), ([0, 4], 3), ([2, 4], 2), ([3, 4], 3)], 5)
_FIVE_PAIRS_AND_SINGLES = witness(
    [*(([k], 1) for k in range(5)), ([0, 1], 1), ([1, 2], 1), ([0, 4], 3), ([2, 4], 2), ([3, 4], 3)], 5
)
_TWO_SIZES_OF_FOUR = witness([([3], 3), ([0, 1], 1), ([1, 2], 3), ([2, 3], 1), ([0, 1, 2], 1)], 4)
_ROOT_OF_FOUR = witness([([0], 1), ([0, 1], 3), ([0, 3], 3), ([0, 1, 3], 3)], 4)


def _trace_of_moment(geometry: TerminalGeometry) -> Ball:
    """A false law: the nuclear norm without the root."""
    return arb_mat(geometry.moment).trace() / geometry.scale


# ---------------------------------------------------------------------- the checks


@checks(
    "T1",
    "the trace of the enclosed root against exact eigenvalues and random competitors with the margins, in balls",
    Control("twice the minimum", {"value": lambda geometry: 2 * geometry.root.trace()}, _UNEVEN_SINGLES),
    Control("tr Sigma for tr Sigma^1/2", {"value": _trace_of_moment}, _UNEVEN_SINGLES),
    Control("Sigma for Sigma^1/2", {"gram": lambda g: arb_mat(g.moment) / g.scale}, _UNEVEN_SINGLES),
    Control("without the sign condition", {"believed": lambda _: True}, _FOUR_MIXED),
    Control("never, even under it", {"believed": lambda _: False}, _UNEVEN_SINGLES),
    Control("free bias without centering", {"free": "class"}, _UNEVEN_SINGLES),
    every=OFTEN,
)
@decided
def multilabel_seli(
    case: LabelSpectrum,
    rng: Random,
    value: Callable[[TerminalGeometry], Ball] = lambda geometry: geometry.root.trace(),
    believed: Callable[[SignCondition], bool | None] = lambda sign: sign.holds,
    gram: Callable[[TerminalGeometry], Any] = lambda geometry: geometry.root,
    free: Centering = "mean",
) -> Finding:
    r"""T1: under the sign condition :math:`PY` has the least nuclear norm among logits with the margins, and at full
    rank only then. Without bias, and with a free one.

    Under the condition the claimed minimum is attained, by exact eigenvalues; :math:`WW^\top q_S=\tilde y_S`; and
    random rational logits with the margins have a norm that is larger by at least
    :math:`\sum_S\pi_S(-q_S^\top t_S)`. Where the condition is certainly violated at full rank, lowering the logit in
    question must certainly lower the norm.
    """
    models: tuple[tuple[Centering, Centering], ...] = (("class", "class"), ("mean", free))
    found = [
        _hard_margin(case, rng, attained, TerminalGeometry.of(case.pi, used), value, believed, gram)
        for attained, used in models
    ]
    claimed = [finding for finding in found if finding is not None]
    return together(claimed) if claimed else skips("the sign condition is violated, and some contrast annihilated")


@checks(
    "T2",
    "certified logits at lambda below 1e-9 against the polar point, within the divergence bound, in balls",
    Control("log 1/lambda for its half", {"rate": Fraction(1)}, _FOUR_SINGLES),
    Control("the constant with the opposite sign", {"offset": lambda a: a.log()}, BALANCED),
    Control("no constant", {"offset": lambda _: arb(0)}, BALANCED),
    Control("uncentered leading term", {"scale": lambda tau, y: [tau * (a - y[0]) for a in y]}, _FOUR_SINGLES),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
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
    pi, weights, lam = geometry.pi, frequencies(geometry.pi), ball(at.model.lam)
    mu, tau = lam.sqrt(), -lam.log() / 2
    q = [geometry.polar(mask) for mask in pi.masks]
    inside = [[b - mu * a for a, b in zip(row, y, strict=True)] for row, y in zip(q, at.y, strict=True)]  # m p
    if not all(a > 0 for row in inside for a in row):
        return skips("the polar point is not in the domain at this lambda")
    logs = [_centered([a.log() for a in row]) for row in inside]
    limits = [[ball(a) for a in row] for row in _rows_of(geometry)]
    bound = _divergence_bound(geometry, weights, mu, logs, limits)
    dual = total(
        ball(w) * BALL_LOSSES["pal"].conjugate([mu * a for a in row], y)
        for w, row, y in zip(weights, q, at.y, strict=True)
    )
    gap = at.value - dual
    if gap < 0 or gap > bound:
        return fails(f"the polar point has the gap {gap.str(6)}, not in [0, {bound.str(6)}]")
    bounded = [[a - b for a, b in zip(row, scale(tau, y), strict=True)] for row, y in zip(logs, limits, strict=True)]
    # the entries of l_S: log(-q) off the set and log(1 - mu q) on it, centered
    ends = [
        _centered([(b - mu * a).log() if b else (-a).log() for a, b in zip(row, y, strict=True)])
        for row, y in zip(q, at.y, strict=True)
    ]
    findings = [
        same("log p - tau y~ and its limit", _flat(bounded), _flat(ends), largest(a.mid() for a in _flat(logs)))
    ]
    for S, (row, y) in enumerate(zip(q, at.y, strict=True)):
        windows = [log_ratio_bounds(bound / (ball(weights[S]) * a)) for a in inside[S]]
        for k in (k for k in range(at.K) if y[k]):
            for j in (j for j in range(at.K) if not y[j]):
                predicted = -ball(rate) * lam.log() + offset(-row[j]) + (1 - mu * row[k]).log()
                found, window = at.z[S, k] - at.z[S, j], windows[k] - windows[j]
                if not found.overlaps(predicted + window):
                    return fails(f"z_k - z_j = {found.str(10)}, not {predicted.str(10)} within {window.str(4)}")
    return together(findings)


@checks(
    "T2a",
    "both sides of the equation at a certified optimum; the derivative over a ball against a difference quotient",
    Control("lambda for its root", {"penalty": lambda lam: lam}, _FOUR_SINGLES),
    Control("frequencies left out", NO_WEIGHTS, _UNEVEN_SINGLES),
    Control("inverse for inverse root", {"root": lambda moment: moment.inv()}, _FOUR_SINGLES),
    Control("root unchanged", {"change": Fraction(0)}, _FOUR_SINGLES),
    Control("root changed twice", {"change": Fraction(2)}, _FOUR_SINGLES),
    every=SELDOM,
    labels=FEW_LABELS,
)
@decided
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


@checks(
    "T3",
    "entries at m-sets against the bound, in balls; the condition on K/kappa decided exactly, with the signs",
    Control("theta without K - 1", {"square": lambda K, m: Fraction(m, K - m)}, _TWO_SIZES_OF_FOUR),
    Control("theta twice as large", {"square": lambda K, m: 4 * cosine_square(K, m)}, _TWO_SIZES_OF_FOUR),
    Control("the largest multiplicity for the least", {"which": max}, _TWO_SIZES_OF_FOUR),
    Control("kappa and K exchanged", {"ends": lambda a, b: (1 / a.sqrt(), 1 / b.sqrt())}, _FOUR_SINGLES),
    every=OFTEN,
)
@decided
def controlled_by_kappa(
    case: LabelSpectrum,
    rng: Random,
    square: Cosine = cosine_square,
    which: Callable[[Iterable[int]], int] = min,
    ends: Callable[[Ball, Ball], tuple[Ball, Ball]] = lambda kappa, largest_: (1 / largest_.sqrt(), 1 / kappa.sqrt()),
) -> Finding:
    r"""T3: for *any* ``m``-set, :math:`(\Sigma^{+1/2}y_S)_j\le-\frac{m}{2K\theta}\bigl(a(1+\theta)-b(1-\theta)\bigr)`
    with :math:`a=\mathrm K^{-1/2}`, :math:`b=\kappa^{-1/2}`; and where :math:`b(1-\theta)\le a(1+\theta)`, decided
    exactly, no entry is positive, for one multiplicity and (least ``m``) for the mixture.

    ``which`` multiplicity of the support counts; ``ends`` are ``a`` and ``b``.
    """
    met = False
    for pi, spectrum in [(case.pi, case.overall), *((part, case.at[m]) for m, part in case.parts.items())]:
        if spectrum.kappa == 0:
            continue
        met, geometry, K = True, TerminalGeometry.of(pi), case.K
        a, b = ends(_enclosed(spectrum.kappa), _enclosed(spectrum.largest))
        one = len(pi.multiplicities) == 1
        guaranteed = kappa_control(spectrum, m := which(pi.multiplicities), square(K, m))
        if guaranteed and geometry.sign.verdict == "violated":
            return fails(f"the condition number allows no violation, but {_violation(geometry)}")
        for size in pi.multiplicities:
            theta = ball(square(K, size)).sqrt()
            above = -(a * (1 + theta) - b * (1 - theta)) * size / (2 * K * theta)
            for mask, entries in _columns(geometry, rng, size):
                top = max((entries[j] for j in _outside(mask, K)), key=lambda entry: float(entry.mid()))
                if top > above or (one and guaranteed and top > 0):
                    return fails(f"an entry at {pi.spell(mask)} is {top.str(10)}, above {above.str(10)} or 0")
    return HOLDS if met else skips("kappa = 0 at every multiplicity")


@checks(
    "T3a",
    "pseudo-inverse and its closed form exactly; signs of the enclosed inverse root and the sign condition decided",
    Control("Sigma for its pseudo-inverse", {"inverse": lambda g: fmpq_mat(g.moment)}, _ROOT_OF_FOUR),
    Control("the inverse frequencies alone", {"formula": _inverse_frequencies}, _UNEVEN_SINGLES),
    Control("pairs of any number of labels", {"automatic": lambda _, sizes: sizes == (2,)}, _FIVE_PAIRS_AND_SINGLES),
    Control("four labels, whatever the sets", {"automatic": lambda K, _: K == 4}, _FOUR_MIXED),
    every=OFTEN,
)
@decided
def automatic_signs(
    case: LabelSpectrum,
    _: Random,
    inverse: Callable[[TerminalGeometry], fmpq_mat] = lambda geometry: geometry.pseudo_inverse,
    formula: Callable[[Sequence[Fraction]], fmpq_mat] = _singleton_inverse,
    automatic: Callable[[int, tuple[int, ...]], bool] = _is_automatic,
) -> Finding:
    r"""T3a: (i) no positive off-diagonal entry of :math:`\Sigma^+`, exactly, leaves none in :math:`\Sigma^{+1/2}`, and
    the sign condition holds; (ii) the closed form of :math:`\Sigma^+` for singletons, exactly; (ii), (iii) the strict
    condition for singletons, their complements, three labels, and pairs of four.
    """
    met, K = False, case.K
    for pi in (case.pi, *case.parts.values()):
        geometry, sizes = TerminalGeometry.of(pi), tuple(pi.multiplicities)
        entries = [(j, k) for j in range(K) for k in range(K) if j != k]
        if all(inverse(geometry)[j, k] <= 0 for j, k in entries):
            met = True
            if geometry.sign.verdict == "violated" or any(geometry.inverse_root[j, k] > 0 for j, k in entries):
                return fails(f"no off-diagonal entry is positive, but {_violation(geometry)}")
        if sizes == (1,) and len(pi.masks) == K:
            met = True
            if geometry.pseudo_inverse != formula(pi.frequencies):
                return fails("the closed form of the pseudo-inverse is another matrix")
        if automatic(K, sizes) and (len(pi.masks) == K or sizes not in ((1,), (K - 1,))):
            met = True
            if geometry.sign.verdict != "strict":
                return fails(f"the sign condition is {geometry.sign.verdict}: {_violation(geometry)}")
    return HOLDS if met else skips("no test applies")


@checks(
    "T3b",
    "the family at, below and above its threshold: exact eigenvalues, the sign condition and that of T3 decided",
    Control("equal masses on the three kinds", {"masses": lambda _: (Fraction(1, 3),) * 3}, BALANCED),
    Control("violated up to a larger mass", {"threshold": THRESHOLD * PERCENT}, BALANCED),
    Control("only from a smaller mass on", {"threshold": THRESHOLD / PERCENT**2}, BALANCED),
    Control("K/kappa 1 % too large", {"ratio": lambda w: PERCENT * (1 - 10 * w) / (3 * w)}, BALANCED),
    every=SELDOM,
    labels=2,
)
@decided
def sharp_constant(
    _case: LabelSpectrum,
    rng: Random,
    masses: Masses = _masses,
    threshold: Fraction = THRESHOLD,
    ratio: Callable[[Fraction], Fraction] = lambda omega: (1 - 10 * omega) / (3 * omega),
) -> Finding:
    r"""T3b: the family with :math:`K=9`, :math:`m=6` at the threshold, at a random point below and at one above it:
    eigenvalues and :math:`\mathrm K/\kappa` exactly, the entry in closed form, the sign condition and the condition of
    T3 decided. The claim is about this family alone; the case at hand is not looked at.
    """
    below, above = threshold * Fraction(rng.randint(1, 99), 100), threshold * Fraction(101, 100)
    for omega, verdict in ((threshold, "equality"), (below, "violated"), (above, "strict")):
        pi = _sharp_family(masses(omega))
        spectrum, geometry = Spectrum.of(pi), TerminalGeometry.of(pi)
        ends = (2 * omega, 2 * omega * ratio(omega))
        if omega <= threshold and (spectrum.kappa != ends[0] or spectrum.largest != ends[1]):
            return fails(f"kappa, K = {spectrum.kappa.decimal(8)}, {spectrum.largest.decimal(8)} at omega = {omega}")
        if geometry.sign.verdict != verdict:
            return fails(f"the sign condition is {geometry.sign.verdict} at omega = {omega}, not {verdict}")
        if kappa_control(spectrum, 6) != (verdict != "violated"):
            return fails(f"the condition of T3 is on the wrong side at omega = {omega}")
        entry = (2 / ball(ends[0]).sqrt() - 6 / ball(ends[1]).sqrt()) / 6
        found = same("the entry and its closed form", [geometry.polar_entry(0b111111, 6)], [entry], arb(1))
        if found.state != "holds":
            return found
    return HOLDS


@checks(
    "T4",
    "the instance on four labels exactly, its entry in balls; the sign condition decided on what cannot violate it",
    Control("equal masses", {"weights": (1, 1, 1)}, _FOUR_MIXED),
    Control("kappa 1 % too large", {"kappa": Fraction(1, 20) * PERCENT}, _FOUR_MIXED),
    Control("the two roots exchanged", {"entry": lambda a, b: (15 * b - 8 * a) / 66}, _FOUR_MIXED),
    Control("nor on pairs of any number of labels", {"never": lambda _, sizes: sizes == (2,)}, _FIVE_PAIRS),
    every=OFTEN,
)
@decided
def signs_can_fail(
    case: LabelSpectrum,
    _: Random,
    weights: tuple[int, int, int] = (1, 1, 3),
    kappa: Fraction = Fraction(1, 20),
    entry: Callable[[Ball, Ball], Ball] = lambda five, fifteen: (15 * five - 8 * fifteen) / 66,
    never: Callable[[int, tuple[int, ...]], bool] = _never_violates,
) -> Finding:
    r"""T4: the instance on four labels, its eigenvalues exactly, its positive entry in closed form; and that the case
    at hand does not violate the condition if it has fewer labels, singletons only, or one multiplicity of four labels.
    """
    instance = LabelDistribution.from_sets(list(zip(([0, 1], [0, 2], [3]), weights, strict=True)), labels="1234")
    spectrum, geometry = Spectrum.of(instance), TerminalGeometry.of(instance)
    if spectrum.kappa != kappa or spectrum.largest != Fraction(3, 5):
        return fails(f"kappa, K = {spectrum.kappa.decimal(8)}, {spectrum.largest.decimal(8)}")
    found = geometry.polar_entry(0b1000, 0)
    if geometry.sign.verdict != "violated" or not found > 0:
        return fails(f"the sign condition is {geometry.sign.verdict} on the instance")
    if never(case.K, tuple(case.pi.multiplicities)) and TerminalGeometry.of(case.pi).sign.verdict == "violated":
        return fails(f"a distribution that cannot violate it: {_violation(TerminalGeometry.of(case.pi))}")
    return same("the entry and its closed form", [found], [entry(arb(5).sqrt(), arb(15).sqrt())])


@checks(
    "T5",
    "Rayleigh quotients of the difference of roots against exact eigenvalues; distances of rows against the floor",
    Control("1 % smaller", {"bound": lambda a, b: _of_roots(a, b) / ball(PERCENT)}, BALANCED),
    Control("kappa itself for its root", {"bound": lambda a, b: 1 / (1 + a + b)}, BALANCED),
    Control("K for kappa in the floor", {"floor": lambda spectrum: spectrum.largest}, _FOUR_SINGLES),
    Control("always an equality", {"tight": lambda *_: True}, _FOUR_SINGLES),
    every=OFTEN,
)
@decided
def stability(
    case: LabelSpectrum,
    rng: Random,
    of: Callable[[TerminalGeometry], Any] = _classifier,
    bound: Bound = _of_roots,
    floor: Callable[[Spectrum], Root] | None = lambda spectrum: spectrum.kappa,
    tight: Callable[[TerminalGeometry, Spectrum, int, int], bool] = _weakest,
) -> Finding:
    r"""T5: :math:`\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt\kappa+\sqrt{\kappa'}}` for the
    same label sets reweighted at random and for balanced pairs, from below by a Rayleigh quotient and from above by
    exact eigenvalues; and the floor :math:`\|w_j-w_k\|^2\ge2\sqrt\kappa` for all pairs, an equality iff
    :math:`e_j-e_k` is an eigenvector for :math:`\kappa`, decided exactly. T5a: the same with the inverse roots.
    """
    spectrum, geometry = case.overall, TerminalGeometry.of(case.pi)
    if spectrum.kappa == 0:
        return skips("kappa = 0")
    kappa = _enclosed(spectrum.kappa)
    for other in (_reweighted(case.pi, rng), balanced(case.K, min(2, case.K - 1))):
        theirs = Spectrum.of(other)
        difference = Spectrum(
            spectrum.form * theirs.scale - theirs.form * spectrum.scale, spectrum.scale * theirs.scale
        )
        distance = largest((_enclosed(difference.kappa), _enclosed(difference.largest)))
        least = _rayleigh(of(geometry) - of(TerminalGeometry.of(other)))
        most = distance * bound(kappa, _enclosed(theirs.kappa))
        if least > most:
            return fails(f"the roots differ by {least.str(10)}, more than {most.str(10)}")
    return HOLDS if floor is None else _contrast_floor(geometry, spectrum, floor, tight)


@checks(
    "T5a",
    "Rayleigh quotients of the difference of inverse roots against exact eigenvalues",
    Control("1 % smaller", {"bound": lambda a, b: _of_inverses(a, b) / ball(PERCENT)}, BALANCED),
    Control("conditioned like the classifier", {"bound": _of_roots}, BALANCED),
    every=OFTEN,
)
def prototype_stability(case: LabelSpectrum, rng: Random, bound: Bound = _of_inverses) -> Finding:
    r"""T5a: :math:`\|\Sigma^{+1/2}-\Sigma'^{+1/2}\|_2\le
    \frac{\|\Sigma-\Sigma'\|_2}{\sqrt{\kappa\kappa'}(\sqrt\kappa+\sqrt{\kappa'})}`, as T5."""
    return stability(case, rng, of=_columns_of, bound=bound, floor=None)


@checks(
    "T6",
    "the closed forms for three labels against exact eigenvalues and enclosed roots",
    Control("1 - 3 delta^2 under the root", {"nine": 3}, _UNEVEN_SINGLES),
    Control("the root without delta P", {"shift": lambda _: arb(0)}, _UNEVEN_SINGLES),
    Control("the frequency of one of the two", {"opposite": lambda j, _: j}, _UNEVEN_SINGLES),
    Control("one delta in the distances", {"two": 1}, _UNEVEN_SINGLES),
)
@decided
def three_labels(
    case: LabelSpectrum,
    _: Random,
    nine: int = 9,
    shift: Callable[[Ball], Ball] = lambda delta: delta,
    opposite: Callable[[int, int], int] = lambda j, k: 3 - j - k,
    two: int = 2,
) -> Finding:
    r"""T6: every closed form for three labels, written out here again, against exact eigenvalues and enclosed roots.

    The law: ``1 - nine delta^2`` under the root of the eigenvalues, :math:`\Sigma+\mathrm{shift}(\delta)P` in the root,
    the frequency of the ``opposite`` label in the inverse root, and ``two delta`` in the distances.
    """
    if case.K != 3:
        return skips("not three labels")
    pi, geometry = case.pi, TerminalGeometry.of(case.pi)
    d = [
        sum(
            (p for mask, p in zip(pi.masks, frequencies(pi), strict=True) if mask in (1 << k, 7 - (1 << k))),
            Fraction(0),
        )
        for k in range(3)
    ]
    square = (d[0] * d[1] + d[0] * d[2] + d[1] * d[2]) / 3
    if square == 0:
        return skips("one label set and its complement only: delta = 0")
    for root, exact in enumerate((case.overall.kappa, case.overall.largest)):
        if exact != RealRoots.around(Fraction(1, 3), (1 - nine * square) / 9).root(root):
            return fails(f"{exact.decimal(10)} is not the closed form of the eigenvalue")
    if geometry.sign.verdict != "strict":
        return fails(f"the sign condition is {geometry.sign.verdict}")
    delta = ball(square).sqrt()
    trace = (ball(Fraction(2, 3)) + 2 * delta).sqrt()
    sigma, inverse = arb_mat(geometry.moment) / geometry.scale, geometry.inverse_root
    pairs = list(combinations(range(3), 2))
    off = {(j, k): -(ball(d[opposite(j, k)]) + delta) / (3 * delta * trace) for j, k in pairs}
    apart = {(j, k): (ball(d[j] + d[k]) + two * delta) / trace for j, k in pairs}
    findings = [
        same(
            "Sigma^1/2 and its closed form",
            geometry.root.entries(),
            ((sigma + projection(3) * shift(delta)) / trace).entries(),
        ),
        same("the trace of the root", [_sum_of_roots(case.overall.roots)], [trace]),
        same("entries of Sigma^+1/2", [inverse[j, k] for j, k in pairs], [off[pair] for pair in pairs]),
        same("distances of rows", [geometry.row_distance(j, k) for j, k in pairs], [apart[pair] for pair in pairs]),
    ]
    for mask in pi.masks:
        for j in _outside(mask, 3):
            found = -(-geometry.polar_entry(mask, j)).log()
            if mask.bit_count() == 1:
                closed = -(-off[min(j, mask.bit_length() - 1), max(j, mask.bit_length() - 1)]).log()
            else:
                first, second = (k for k in range(3) if k != j)
                closed = -(apart[first, second] / (3 * delta)).log()
            findings.append(same("the offset of T2", [found], [closed], arb(1)))
    return together(findings)
