r"""T2 and T2a, checked: how the optimum comes near its limit.

No check compares two small numbers and calls the smaller one a limit: T2 is an inequality at finite :math:`\lambda`;
T2a by the equation that the optimal logits solve, and another inequality.
"""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from flint import arb, arb_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.enclosures import (
    NO_WEIGHTS,
    PARTLY_DECIDED,
    Weights,
    checks_in_balls,
    frequencies,
    pal_optimum,
    same,
    together,
)
from verify.checks.terminal_phase.explicit_errors import TINY, PolarPoint, Settings, at_an_optimum
from verify.exact.balls import Ball, Balls, ball, centered, dot, total
from verify.exact.matrices import diagonal
from verify.exact.matrix_roots import inverse_square_root
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.errors import UnenclosedError
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


def _second_order(
    case: LabelSpectrum, rng: Random, lam: Fraction | None, change: Fraction, term: int
) -> Finding | None:
    """T2a (b) at a certified optimum, where the second moment is of full rank and the columns are in the domain."""
    try:
        at, near = at_an_optimum(case, rng, lam, PICKED[:1])
    except UnenclosedError:
        return None
    made = _corrected(at, near, change) if near.geometry.full_rank else None
    if made is None:
        return None
    return together(_margins(at, near, S, made, term) for S in range(len(at.y)))


class Corrected(NamedTuple):
    r"""The polar columns of :math:`\tilde y_S+C_S/\tau`, their first order, and what T2a bounds with them.

    Attributes:
        columns: :math:`q^x_S`.
        first: :math:`\delta_S/\tau`.
        square: what :math:`\|g\|^2` is at most, for every label set.
        sizes: :math:`y_S-\mu q^x_S`.
        windows: what the squared logarithms of the ratios of predictions are at most.
    """

    columns: list[list[Ball]]
    first: list[list[Ball]]
    square: list[Ball]
    sizes: list[list[Ball]]
    windows: list[list[Ball]]


def _corrected(at: CertifiedOptimum, near: PolarPoint, change: Fraction) -> Corrected | None:
    """None if they are not in the interior of the domain, or the second root is not seen to be large enough."""
    mu = ball(at.model.lam).sqrt()
    tau, D, ones = -mu.log(), diagonal([ball(share) for share in at.pi]), _flat_ones(at.K)
    y, q = arb_mat([centered([arb(a) for a in row]) for row in at.y]), arb_mat(near.columns)
    C = arb_mat(
        [
            centered([arb(0) if here else (-a).log() for a, here in zip(row, y_, strict=True)])
            for row, y_ in zip(near.columns, at.y, strict=True)
        ]
    )
    inverse = inverse_square_root(y.transpose() * (D * y) + ones) - ones
    root, crossed = y.transpose() * (D * q), y.transpose() * (D * C)
    N = _sylvester(root + ones, crossed + crossed.transpose()) * ball(change)
    delta = (C - q * N) * inverse
    a = y + C * (1 / tau)
    turned = inverse_square_root(a.transpose() * (D * a) + ones) - ones
    columns = a * turned
    least = 1 / _length(turned)
    both = least + 1 / _length(inverse) - _length(N) / tau
    sizes = [
        [here - mu * x for x, here in zip(row, y_, strict=True)] for row, y_ in zip(_rows(columns), at.y, strict=True)
    ]
    if not (both > 0 and all(x > 0 for row in sizes for x in row)):
        return None
    Y, moved = C.transpose() * (D * C) - N * N, q + delta * (1 / tau)
    curve = (_length(Y) / both) ** 2
    square = [
        2 / tau**4 * (curve * dot(p, p) + dot(n, n)) / least**2
        for p, n in zip(_rows(moved), _rows(delta * N), strict=True)
    ]
    gains = [
        [size.log() if here else (size / (-mu * x)).log() for size, x, here in zip(row, old, y_, strict=True)]
        for row, old, y_ in zip(sizes, near.columns, at.y, strict=True)
    ]
    error = total(ball(w) * dot(g, g) for w, g in zip(at.pi, gains, strict=True)) / (tau * least)
    windows = [within(at, error, S, row) for S, row in enumerate(sizes)]
    return Corrected(_rows(columns), _rows(delta * (1 / tau)), square, sizes, windows)


def _margins(at: CertifiedOptimum, near: PolarPoint, S: int, made: Corrected, term: int) -> Finding:
    """What T2a (b) says of one label set."""
    q, moved, first, y, z = near.columns[S], made.columns[S], made.first[S], at.y[S], at.z.tolist()[S]
    rest, sizes, windows = [b - a - c for a, b, c in zip(q, moved, first, strict=True)], made.sizes[S], made.windows[S]
    if dot(rest, rest) > made.square[S]:
        return fails(f"|g|^2 is {dot(rest, rest).str(6)}, more than {made.square[S].str(6)}")
    tau = -ball(at.model.lam).log() / 2
    decided = True
    for k, j in ((k, j) for k, here in enumerate(y) if here for j, there in enumerate(y) if not there):
        rule = tau - (-q[j]).log() - term * first[j] / q[j] + sizes[k].log()
        off, lean = z[k] - z[j] - rule, -rest[j] / q[j]
        most = (2 * (windows[k] + windows[j])).sqrt()
        if off - lean < -most or off - lean > most + (moved[j] - q[j]) ** 2 / (q[j] * moved[j]):
            return fails(f"z_k - z_j is off by {off.str(6)}, {lean.str(6)} expected, by more than {most.str(6)}")
        decided = decided and off.is_finite()
    return HOLDS if decided else skips("the logits are not determined")


def _rows(matrix: Any) -> list[list[Ball]]:
    rows: list[list[Ball]] = matrix.tolist()
    return rows


def _length(matrix: Any) -> Ball:
    """The Frobenius norm: at least every eigenvalue, and its inverse at most the least of the inverse matrix."""
    entries = matrix.entries()
    return dot(entries, entries).sqrt()


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


def within(at: CertifiedOptimum, error: Ball, S: int, sizes: Balls) -> list[Ball]:
    r"""What the squared logarithm of the ratio of two predictions is at most, :math:`4(v+v^2)` with
    :math:`v=\frac{\mu E}{2\pi_Sp}`, at the predictions ``p`` of a point whose error is ``E``, for one label set."""
    most = ball(at.model.lam).sqrt() * error / (2 * ball(at.pi[S]))
    return [4 * (most / a + (most / a) ** 2) for a in sizes]


@checks_in_balls(
    "T2",
    "margins and centered logits of certified optima against the polar point's, with the proven error, in balls",
    Control("log 1/lambda in place of its half", {"rate": Fraction(1), "lam": TINY}, cases.FOUR_SINGLES),
    Control("the constant with the opposite sign", {"offset": lambda a: a.log(), "lam": TINY}, cases.BALANCED),
    Control("no constant", {"offset": lambda _: arb(0), "lam": TINY}, cases.BALANCED),
    Control("a thousandth of the square", {"share": Fraction(1, 1000), "lam": TINY}, cases.FOUR_SINGLES),
    labels=3,
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
    at, near = at_an_optimum(case, rng, lam, PICKED)
    penalty = ball(at.model.lam)
    leading = -ball(rate) * penalty.log()
    return together(_near(at, near, S, share, leading, offset) for S in range(len(at.y)))


def _near(
    at: CertifiedOptimum, near: PolarPoint, S: int, share: Fraction, leading: Ball, offset: Callable[[Ball], Ball]
) -> Finding:
    """T2 for one label set."""
    q, y, z, mu = near.columns[S], at.y[S], at.z.tolist()[S], ball(at.model.lam).sqrt()
    sizes = [here - mu * a for a, here in zip(q, y, strict=True)]
    windows = [ball(share) * a for a in within(at, near.error, S, sizes)]
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
    "both sides of the equation, and margins against their second order with the proven error, at certified optima",
    Control("lambda in place of its root mu", {"penalty": lambda lam: lam}, cases.FOUR_SINGLES),
    Control("frequencies left out", NO_WEIGHTS, cases.UNEQUAL),
    Control("the inverse in place of the inverse root", {"root": lambda moment: moment.inv()}, cases.FOUR_SINGLES),
    Control("the root unchanged", {"change": Fraction(0), "lam": TINY}, cases.UNEQUAL),
    Control("the root changed twice", {"change": Fraction(2), "lam": TINY}, cases.UNEQUAL),
    Control("the second order with the opposite sign", {"term": -1, "lam": TINY}, cases.UNEQUAL),
    every=PARTLY_DECIDED,
    labels=3,
)
def exact_equation(
    case: LabelSpectrum,
    rng: Random,
    penalty: Callable[[Ball], Ball] = lambda lam: lam.sqrt(),
    root: Callable[[Any], Any] = inverse_square_root,
    weights: Weights = frequencies,
    change: Fraction = Fraction(1),
    term: int = 1,
    lam: Fraction | None = None,
) -> Finding:
    r"""T2a (a): at an optimum of full rank :math:`r_S=\mu\bigl(\sum_T\pi_Tz_Tz_T^\top\bigr)^{+1/2}z_S`, both sides from
    different enclosures; (b): margins against :math:`\tau-\log(-q_{S,j})-\frac{\delta_{S,j}}{\tau\,q_{S,j}}
    +\log(1-\mu q^x_{S,k})`, with the error that is proven for them. PAL-CE without bias.

    ``change`` multiplies ``N``, the change of the root, and ``term`` the second order.
    """
    found = [_equation(pal_optimum(case), penalty, root, weights), _second_order(case, rng, lam, change, term)]
    met = [finding for finding in found if finding is not None]
    return together(met) if met else skips("neither full rank at this penalty nor the strict sign condition")
