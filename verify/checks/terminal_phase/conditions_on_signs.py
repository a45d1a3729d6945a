r"""T3 to T4, checked: when the sign condition holds, when it is automatic, and when it fails."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random

from flint import arb, arb_mat, fmpq_mat

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import OFTEN, PERCENT, checks_in_balls, same
from verify.exact.balls import Ball, Balls, ball, of_root
from verify.exact.rationals import matrix
from verify.geometry.polar import outside
from verify.geometry.sign_condition import TerminalGeometry, cosine_square, kappa_control
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.masks import mask_of

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
    return [(mask_of(members), row) for members, row in zip(chosen, rows.tolist(), strict=True)]


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
    return matrix([[a * (j == k) - a * b / s for k, b in enumerate(g)] for j, a in enumerate(g)])


def _inverse_frequencies(pi: Sequence[Fraction]) -> fmpq_mat:
    r"""A false law: :math:`D^{-1}` alone."""
    return matrix([[1 / a if j == k else Fraction(0) for k in range(len(pi))] for j, a in enumerate(pi)])


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
    weights = {mask_of(members): mass / len(kind) for kind, mass in zip(kinds, masses, strict=True) for members in kind}
    return LabelDistribution.from_masks(weights, [str(k + 1) for k in range(9)])


# ---------------------------------------------------------------------- T4


def _never_violates(K: int, sizes: tuple[int, ...]) -> bool:
    return K <= 3 or sizes == (1,) or (K == 4 and len(sizes) == 1)


# ---------------------------------------------------------------------- the checks

FIVE_PAIRS = witness([([0, 1], 1), ([1, 2], 1), ([0, 4], 3), ([2, 4], 2), ([3, 4], 3)], 5)
FIVE_PAIRS_AND_SINGLES = witness(
    [*(([k], 1) for k in range(5)), ([0, 1], 1), ([1, 2], 1), ([0, 4], 3), ([2, 4], 2), ([3, 4], 3)], 5
)
TWO_SIZES_OF_FOUR = witness([([3], 3), ([0, 1], 1), ([1, 2], 3), ([2, 3], 1), ([0, 1, 2], 1)], 4)
ROOT_OF_FOUR = witness([([0], 1), ([0, 1], 3), ([0, 3], 3), ([0, 1, 3], 3)], 4)


@checks_in_balls(
    "T3",
    "entries at m-sets against the bound, in balls; the condition on K/kappa decided exactly, with the signs",
    Control("theta without the factor K - 1", {"square": lambda K, m: Fraction(m, K - m)}, TWO_SIZES_OF_FOUR),
    Control("theta twice as large", {"square": lambda K, m: 4 * cosine_square(K, m)}, TWO_SIZES_OF_FOUR),
    Control("the largest multiplicity for the least", {"which": max}, TWO_SIZES_OF_FOUR),
    Control("kappa and K exchanged", {"ends": lambda a, b: (1 / a.sqrt(), 1 / b.sqrt())}, cases.FOUR_SINGLES),
    every=OFTEN,
    labels=None,
)
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
        a, b = ends(of_root(spectrum.kappa), of_root(spectrum.largest))
        one = len(pi.multiplicities) == 1
        guaranteed = kappa_control(spectrum, m := which(pi.multiplicities), square(K, m))
        if guaranteed and geometry.sign.verdict == "violated":
            return fails(f"the condition number allows no violation, but {_violation(geometry)}")
        for size in pi.multiplicities:
            theta = ball(square(K, size)).sqrt()
            above = -(a * (1 + theta) - b * (1 - theta)) * size / (2 * K * theta)
            for mask, entries in _columns(geometry, rng, size):
                top = max((entries[j] for j in outside(mask, K)), key=lambda entry: float(entry.mid()))
                if top > above or (one and guaranteed and top > 0):
                    return fails(f"an entry at {pi.spell(mask)} is {top.str(10)}, above {above.str(10)} or 0")
    return HOLDS if met else skips("kappa = 0 at every multiplicity")


@checks_in_balls(
    "T3a",
    "pseudo-inverse and its closed form exactly; signs of the enclosed inverse root and the sign condition decided",
    Control("Sigma in place of its pseudo-inverse", {"inverse": lambda g: fmpq_mat(g.moment)}, ROOT_OF_FOUR),
    Control("the inverse frequencies alone as the pseudo-inverse", {"formula": _inverse_frequencies}, cases.UNEQUAL),
    Control("pairs of any number of labels", {"automatic": lambda _, sizes: sizes == (2,)}, FIVE_PAIRS_AND_SINGLES),
    Control("four labels, whatever the sets", {"automatic": lambda K, _: K == 4}, cases.FOUR_MIXED),
    every=OFTEN,
    labels=None,
)
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


@checks_in_balls(
    "T3b",
    "the family at, below and above its threshold: exact eigenvalues, the sign condition and that of T3 decided",
    Control("equal masses on the three kinds of sets", {"masses": lambda _: (Fraction(1, 3),) * 3}, cases.BALANCED),
    Control("violated up to a larger mass", {"threshold": THRESHOLD * PERCENT}, cases.BALANCED),
    Control("only from a smaller mass on", {"threshold": THRESHOLD / PERCENT**2}, cases.BALANCED),
    Control("K/kappa 1 % too large", {"ratio": lambda w: PERCENT * (1 - 10 * w) / (3 * w)}, cases.BALANCED),
    labels=2,
)
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


@checks_in_balls(
    "T4",
    "the instance on four labels exactly, its entry in balls; the sign condition decided on what cannot violate it",
    Control("equal masses", {"weights": (1, 1, 1)}, cases.FOUR_MIXED),
    Control("kappa 1 % too large", {"kappa": Fraction(1, 20) * PERCENT}, cases.FOUR_MIXED),
    Control("the two roots exchanged", {"entry": lambda a, b: (15 * b - 8 * a) / 66}, cases.FOUR_MIXED),
    Control("nor on pairs of any number of labels", {"never": lambda _, sizes: sizes == (2,)}, FIVE_PAIRS),
    every=OFTEN,
    labels=None,
)
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
