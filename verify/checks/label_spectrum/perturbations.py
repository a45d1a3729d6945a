r"""Chapter S, checked: how kappa changes with the distribution.

These claims compare eigenvalues of different matrices. Each eigenvalue is replaced by a rational number, at most
``SLACK`` away, on the side that only makes the claim harder to violate; the inequality that results is decided exactly.
"""

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from random import Random

from flint import fmpz_mat

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import PERCENT
from verify.exact.roots import Root
from verify.geometry.spectrum import LabelSpectrum, Spectrum, balanced_value
from verify.labels.distribution import LabelDistribution

SLACK = Fraction(1, 2**64)
"""Width to which an eigenvalue is enclosed where a claim adds eigenvalues of different matrices."""

_MIXED = witness([([0], 1), ([1], 2), ([2], 3), ([0, 1], 1), ([0, 2], 7)], 3)
_ONE_OF_THREE = witness([([0], 1)], 3)


@checks(
    "S6",
    "Sigma linear over the integers; kappa and K against the means, each eigenvalue within 2^-64",
    Control("the inequality reversed: kappa convex", {"convex": True}, _MIXED),
    Control("kappa and K swapped", {"least": lambda s: s.largest, "largest": lambda s: s.kappa}, _MIXED),
    Control("mean of the kappa_m 1 % too large", {"floor": PERCENT}, cases.EQUAL),
    Control("mean of the K_m 1 % too small", {"ceiling": 1 / PERCENT}, cases.EQUAL),
    Control("all multiplicities alike", {"share": lambda case, _: Fraction(1, len(case.parts))}, _MIXED),
)
def mixing(
    case: LabelSpectrum,
    _: Random,
    convex: bool = False,
    least: Callable[[Spectrum], Root] = lambda spectrum: spectrum.kappa,
    largest: Callable[[Spectrum], Root] = lambda spectrum: spectrum.largest,
    floor: Fraction = Fraction(1),
    ceiling: Fraction = Fraction(1),
    share: Callable[[LabelSpectrum, int], Fraction] = lambda case, m: case.pi.multiplicities[m],
) -> Finding:
    r"""S6: :math:`\Sigma` is linear, :math:`\kappa\ge\sum_m\pi_m\kappa_m`, :math:`\mathrm K\le\sum_m\pi_m\mathrm K_m`.

    The first is decided exactly, the others with every eigenvalue moved by at most ``SLACK``. ``floor`` and ``ceiling``
    multiply the means.
    """
    mass, whole = case.pi.multiplicities, case.overall
    parts = {m: share(case, m) * whole.scale / spectrum.scale for m, spectrum in case.at.items()}
    common = lcm(*(part.denominator for part in parts.values()))
    combined = fmpz_mat(case.K - 1, case.K - 1)
    for m, part in parts.items():
        combined += case.at[m].form * int(part * common)
    if combined != whole.form * common:
        return fails("Sigma is not the mean of its multiplicities")
    low = sum((mass[m] * least(s).enclosure(SLACK).lower for m, s in case.at.items()), Fraction(0))
    high = sum((mass[m] * largest(s).enclosure(SLACK).upper for m, s in case.at.items()), Fraction(0))
    if (whole.kappa > low + SLACK) if convex else (whole.kappa < low * floor):
        return fails(f"kappa = {whole.kappa.decimal(8)} against the mean {float(low):.8g}")
    if whole.largest > high * ceiling:
        return fails(f"K = {whole.largest.decimal(8)} exceeds the mean {float(high):.8g}")
    return HOLDS


# ---------------------------------------------------------------------- S10, S12


def _reweighted(pi: LabelDistribution, rng: Random) -> LabelDistribution:
    weights = {mask: rng.randint(0, 20) for mask in pi.masks}
    weights[1 << rng.randrange(pi.K)] = 7
    return LabelDistribution.from_masks({mask: weight for mask, weight in weights.items() if weight}, pi.labels)


def _relabelled(pi: LabelDistribution) -> LabelDistribution:
    """Label ``k`` becomes label ``k + 1``, the last one the first."""
    full = (1 << pi.K) - 1
    shifted = {(mask << 1 | mask >> pi.K - 1) & full: w for mask, w in zip(pi.masks, pi.weights, strict=True)}
    return LabelDistribution.from_masks(shifted, pi.labels)


def _distance(one: LabelDistribution, two: LabelDistribution) -> Fraction:
    r""":math:`\|\pi-\pi'\|_1`."""
    first, second = (dict(zip(pi.masks, pi.weights, strict=True)) for pi in (one, two))
    apart = [first.get(s, 0) * two.total - second.get(s, 0) * one.total for s in {*first, *second}]
    return Fraction(sum(map(abs, apart)), one.total * two.total)


@checks(
    "S10",
    "eigenvalues within 2^-64; the norm of the difference against the distance of the distributions, exactly",
    Control("a quarter of the constant", {"constant": Fraction(1, 4)}, _ONE_OF_THREE),
    Control("half the norm of the difference", {"weyl": Fraction(1, 2)}, _ONE_OF_THREE),
)
def perturbation(
    case: LabelSpectrum, rng: Random, constant: Fraction = Fraction(1), weyl: Fraction = Fraction(1)
) -> Finding:
    r"""S10: :math:`|\kappa-\kappa'|\le\|\Sigma-\Sigma'\|_2\le\max\|\tilde y_S\|^2\|\pi-\pi'\|_1`; S12: half of that.

    :math:`\pi'` is a random reweighting with one more label set, and ``pi`` with its labels shifted by one. The second
    inequality is decided exactly; in the first the eigenvalues are moved by at most ``SLACK`` each.
    """
    pi, mine = case.pi, case.overall
    for other in (_reweighted(pi, rng), _relabelled(pi)):
        theirs = Spectrum.of(other)
        difference = Spectrum(mine.form * theirs.scale - theirs.form * mine.scale, mine.scale * theirs.scale)
        lowest, highest = difference.kappa, difference.largest
        norm = max(-lowest.enclosure(SLACK).lower, highest.enclosure(SLACK).upper)
        a, b = mine.kappa.enclosure(SLACK), theirs.kappa.enclosure(SLACK)
        if max(a.lower - b.upper, b.lower - a.upper) > norm * weyl:
            return fails(f"|kappa - kappa'| exceeds {float(weyl):g} times the norm {float(norm):.8g} of the difference")
        longest = max(balanced_value(pi.K, m) * (pi.K - 1) for m in {*pi.sizes, *other.sizes})
        limit = constant * _distance(pi, other) * longest
        if highest > limit or lowest < -limit:
            return fails(f"the norm {float(norm):.8g} exceeds {limit}")
    return HOLDS


@checks(
    "S12",
    "as S10, with half its constant",
    Control("0.495 for 1/2 as the constant", {"constant": Fraction(99, 200)}, witness([([0, 1], 1)], 4)),
)
def perturbation_with_half_the_constant(
    case: LabelSpectrum, rng: Random, constant: Fraction = Fraction(1, 2)
) -> Finding:
    r"""S12: :math:`\|\Sigma-\Sigma'\|_2\le\frac12\max\|\tilde y_S\|^2\|\pi-\pi'\|_1`."""
    return perturbation(case, rng, constant)
