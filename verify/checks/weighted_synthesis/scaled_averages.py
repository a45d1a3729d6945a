r"""Chapter W, cross entropy at finite :math:`\lambda`: how far prototypes are from sums and averages over their labels.

Two readings here are false, and their checks decide them as they read: W5a, that off perfect orthogonality plain sums
are never exact, and W6b, that averaging with one constant per multiplicity forces perfect orthogonality. A
counterexample to "never exact" cannot be met by trying penalties. It is certified by a sign change: where label
permutations force the direction, :math:`h_S=\alpha_S\sum_{k\in S}h_{\{k\}}` with a factor that is continuous in
:math:`\lambda` (the optimum is unique), certainly above 1 at one penalty and below 1 at another.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from flint import arb

from verify.checks.evidence import HOLDS, Control, Finding, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import NARROW, PARTLY_DECIDED, checks_in_balls, largest, same, together
from verify.checks.weighted_synthesis.terminal_rules import rule_in_the_limit
from verify.exact.balls import Ball, ball, total
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import MEAN, PLAIN, SCALED_SUM, best_factor
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.symmetry import complement, symmetries, transitive
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import UncertifiedError
from verify.labels.masks import moved
from verify.model.feature_model import Bias
from verify.model.losses import PAL_CE
from verify.model.optimum import CertifiedOptimum, Instance

Weigh = Callable[[LabelDistribution, int], Sequence[Fraction]]


def _optimum(case: LabelSpectrum) -> CertifiedOptimum:
    """PAL-CE with the drawn regularisation, and the drawn bias where there is a minimiser."""
    drawn = replace(Instance.drawn(case.given), loss=PAL_CE)
    return CertifiedOptimum.of(case.given, drawn if drawn.has_minimiser(case.given) else replace(drawn, bias="zero"))


def _orthogonal(case: LabelSpectrum) -> bool:
    return all(case.perfectly_orthogonal(m) for m in case.parts)


def _equally_frequent(case: LabelSpectrum) -> bool:
    """Whether classes are, among the label sets that PAL-CE sees."""
    return len(set(case.pi.class_counts)) == 1


def _require_several(case: LabelSpectrum) -> None:
    if max(case.pi.sizes) < 2:
        raise UncertifiedError("singletons only: nothing to synthesise")


def _factor(prototypes: Prototypes, mask: int) -> Ball:
    r"""The best :math:`\alpha_S` in :math:`h_S\approx\alpha_S\sum_{k\in S}h_{\{k\}}`."""
    return best_factor(prototypes, prototypes.weights(mask), prototypes.combined(PLAIN.weights(prototypes.pi, mask)))


def _softmax(prototypes: Prototypes, mask: int, bias: Sequence[Ball]) -> list[Ball]:
    return _softmax_of([a + c for a, c in zip(prototypes.logits(prototypes.weights(mask)), bias, strict=True)])


def _softmax_of(z: Sequence[Ball]) -> list[Ball]:
    grown = [a.exp() for a in z]
    mass = total(grown)
    return [a / mass for a in grown]


def _never_exact(prototypes: Prototypes, mask: int, expected: bool) -> Finding:
    miss = PLAIN.deviation(prototypes, mask)
    if not miss > 0:
        return skips("whether plain sums are exact is not determined")
    return fails(f"orthogonal, and plain sums are off by {miss.str(5)}") if expected else HOLDS


def _collapsed_above_the_threshold(case: LabelSpectrum, at: CertifiedOptimum) -> bool:
    lam = case.overall.largest.enclosure(Fraction(1, 10**3)).upper * Fraction(101, 100)
    bias: Bias = "free" if at.model.free else "zero"
    return CertifiedOptimum.of(case.given, Instance(PAL_CE, bias, lam, Fraction(1))).collapsed


# ---------------------------------------------------------------------- label permutations

MOST_LABELS = 6
"""Most labels whose permutations are all tried."""


def _symmetries(pi: LabelDistribution) -> tuple[tuple[int, ...], ...]:
    r"""The permutations of labels that preserve :math:`\pi`.

    Raises:
        UncertifiedError: too many labels.
    """
    if pi.K > MOST_LABELS:
        raise UncertifiedError(f"the symmetries of {pi.K} labels are not looked for")
    return symmetries(pi) or ()


def _transitive(pi: LabelDistribution, mask: int, on: Callable[[LabelDistribution, int], tuple[int, ...]]) -> bool:
    """Whether the symmetries that preserve a label set act transitively on each of some sets of labels."""
    return transitive(_symmetries(pi), mask, on(pi, mask))


def _set_and_complement(pi: LabelDistribution, mask: int) -> tuple[int, ...]:
    return mask, complement(pi, mask)


def _orbit(pi: LabelDistribution, mask: int) -> object:
    """What label sets that symmetries carry into each other have in common."""
    return min(moved(mask, image) for image in _symmetries(pi))


def _fractions_of_the_threshold(case: LabelSpectrum) -> list[Fraction]:
    threshold = case.overall.largest.enclosure(Fraction(1, 10**3)).lower
    return [threshold * share for share in (Fraction(3, 5), Fraction(2, 5), Fraction(1, 10))]


# ---------------------------------------------------------------------- W6

Blocks = Callable[[LabelDistribution, int], tuple[int, ...]]
Group = Callable[[LabelDistribution, int], object]


def _multiplicity(_: LabelDistribution, mask: int) -> object:
    return mask.bit_count()


MOST_COMPLETED = 5
"""Most labels of distributions whose layers are completed."""


def _completed(pi: LabelDistribution) -> LabelSpectrum | None:
    m = next((size for size in pi.sizes if size > 1), None)
    if m is None or pi.K > MOST_COMPLETED:
        return None
    weights: dict[int, int | Fraction] = dict.fromkeys(
        (mask for mask in range(1 << pi.K) if mask.bit_count() in (1, m)), 1
    )
    for mask, weight in zip(pi.masks, pi.weights, strict=True):
        if mask in weights:
            weights[mask] += weight
    return LabelSpectrum(LabelDistribution.from_masks(weights, pi.labels))


SMALL = Fraction(1, 10**4), Fraction(1, 10**6)
"""Two penalties."""


def _averages(layers: LabelSpectrum, lam: Fraction) -> bool | None:
    """Whether all prototypes are scaled averages, with one constant per multiplicity."""
    at = CertifiedOptimum.of(layers.given, Instance(PAL_CE, "zero", lam, Fraction(1)))
    prototypes = Prototypes.at_optimum(at)
    factors: dict[int, Ball] = {}
    narrow = True
    for mask in prototypes.several:
        if not prototypes.norm(prototypes.weights(mask)) > 0:
            return None
        miss, alpha = SCALED_SUM.deviation(prototypes, mask), _factor(prototypes, mask)
        if miss > 0 or not alpha.overlaps(factors.setdefault(mask.bit_count(), alpha)):
            return False
        narrow = narrow and bool(miss < ball(NARROW)) and bool(alpha.rad() < ball(NARROW))
    return True if narrow else None


# ---------------------------------------------------------------------- the checks


def _flat_sum(layers: LabelSpectrum) -> bool:
    spectrum = layers.overall
    return spectrum.is_multiple_of_centering(spectrum.trace / (layers.K - 1))


def _set_only(_: LabelDistribution, mask: int) -> tuple[int, ...]:
    return (mask,)


TRIPLE = witness([*(([k], 1) for k in range(3)), ([3], 2), ([0, 1], 1), ([0, 2], 1), ([1, 2], 1), ([0, 1, 2], 1)], 4)
# perfectly orthogonal pairs, and label 1 three times as frequent as the others
HALVES = witness([([0, k], 3) for k in (1, 2, 3)] + [([j, k], 1) for j, k in ((1, 2), (1, 3), (2, 3))], 4)
COMPLEMENTARY = witness([*(([k], 2) for k in range(4)), ([0, 1], 1), ([2, 3], 1), ([0, 2], 3), ([1, 3], 3)], 4)
UNEVEN = witness([([0], 1), ([1], 2), ([2], 4), ([0, 1], 1), ([0, 2], 1)], 3)
# the layers sum to a flat second moment, and neither is flat
BALANCING = witness([([0], 1), ([1], 1), ([2], 3), ([0, 1], 1), ([0, 2], 3), ([1, 2], 3)], 3)
"""Witnesses."""


# ---------------------------------------------------------------------- the checks


@checks_in_balls(
    "W5",
    "logits of certified prototypes against softmax vectors of certified logits",
    Control("the softmax of the labels left out", {"singletons": False}, cases.TWO_SIZES),
    Control("p_S in place of m_S p_S", {"share": lambda _m: 1}, UNEVEN),
    Control("plain sums exact at perfect orthogonality", {"exact_when_orthogonal": True}, cases.TWO_SIZES),
    Control("inexact above the threshold too", {"exact_above": False}, cases.TWO_SIZES),
    every=PARTLY_DECIDED,
)
def exact_discrepancy(
    case: LabelSpectrum,
    _: Random,
    share: Callable[[int], int] = lambda m: m,
    singletons: bool = True,
    exact_when_orthogonal: bool = False,
    exact_above: bool = True,
) -> Finding:
    r"""W5: PAL-CE at any :math:`\lambda`: :math:`h_S=\sum_kx_kh_{\{k\}}+\frac1{\lambda_H}W^\top q_S` with
    :math:`q_S=y_S-\sum_kx_ke_k-m_Sp_S+\sum_kx_kp_{\{k\}}`, for plain sums and for those measured from the mean. Under
    perfect orthogonality (and with equally frequent classes, if the bias is free) plain sums are exact for
    :math:`m_S\ge2` iff :math:`\lambda` is at least the threshold, where all prototypes are 0.

    Logits of certified prototypes against softmax vectors of certified logits. ``share`` is what multiplies
    :math:`p_S`, ``singletons`` whether the :math:`p_{\{k\}}` count; ``exact_when_orthogonal`` is what is claimed below
    the threshold, and ``exact_above`` from there on.
    """
    at = _optimum(case)
    _require_several(case)
    prototypes, pi = Prototypes.at_optimum(at), case.pi
    forced = _orthogonal(case) and (not at.model.free or _equally_frequent(case))
    bias = [ball(0)] * pi.K if not at.model.free else at.b
    p = {1 << k: _softmax(prototypes, 1 << k, bias) for k in range(pi.K)}
    size = largest(a.mid() for a in at.wh.entries())
    findings = []
    for mask, y, wh in zip(pi.masks, pi.rows, at.wh.tolist(), strict=True):
        if mask.bit_count() < 2:
            continue
        of_set = _softmax_of([a + c for a, c in zip(wh, bias, strict=True)])
        for weigh in (PLAIN.weights, MEAN.weights):
            x = [ball(c) for c in weigh(pi, mask)]
            excess = [
                y[j] - x[j] - share(mask.bit_count()) * of_set[j]
                + (total(x[k] * p[1 << k][j] for k in range(pi.K)) if singletons else arb(0))
                for j in range(pi.K)
            ]  # fmt: skip
            made = prototypes.combined(weigh(pi, mask))
            right = prototypes.logits([a + c for a, c in zip(made, excess, strict=True)])
            findings.append(same(f"{pi.spell(mask)}: h and its synthesis with the discrepancy", wh, right, size))
        if forced:
            findings.append(_never_exact(prototypes, mask, exact_when_orthogonal))
    if forced and _collapsed_above_the_threshold(case, at) != exact_above:
        findings.append(fails("above the threshold all prototypes are 0, and plain sums exact"))
    return together(findings)


@checks_in_balls(
    "W5a",
    "whether the factor of a prototype with a direction forced by symmetry certainly crosses 1 between penalties",
    Control("without symmetry it holds at the penalties tried", {}, UNEVEN, "holds"),
    every=PARTLY_DECIDED,
)
def never_exact(case: LabelSpectrum, _: Random) -> Finding:
    r"""W5a, as it reads: PAL-CE without bias, off perfect orthogonality: plain sums are exact at no :math:`\lambda`.

    It fails where the factor of a prototype whose direction is forced by symmetry certainly crosses 1 between two
    penalties, and holds as far as the penalties tried can tell otherwise.
    """
    _require_several(case)
    if _orthogonal(case):
        return skips("perfectly orthogonal")
    drawn = replace(Instance.drawn(case.given), loss=PAL_CE, bias="zero")
    forced = [S for S in case.pi.masks if S.bit_count() > 1 and _transitive(case.pi, S, _set_and_complement)]
    penalties = [drawn.lambda_W * drawn.lambda_H, *(_fractions_of_the_threshold(case) if forced else ())]
    factors: dict[int, list[tuple[Ball, float]]] = {mask: [] for mask in forced}
    for lam in penalties:
        at = CertifiedOptimum.of(case.given, replace(drawn, lambda_W=lam / drawn.lambda_H))
        prototypes = Prototypes.at_optimum(at)
        for mask in forced:
            factors[mask].append((_factor(prototypes, mask), float(lam)))
        for mask in prototypes.several:
            if mask not in forced and not PLAIN.deviation(prototypes, mask) > 0:
                return skips(f"{case.pi.spell(mask)}: whether plain sums are exact is not determined")
    for mask, found in factors.items():
        above, below = [lam for a, lam in found if a > 1], [lam for a, lam in found if a < 1]
        if above and below:
            return fails(
                f"{case.pi.spell(mask)}: alpha is above 1 at lambda = {above[0]:.3g} and below at {below[0]:.3g}, "
                "and 1 in between"
            )
    return HOLDS


@checks_in_balls(
    "W6",
    "certified prototypes without and with a free bias against scaled sums, where orthogonality or the exact label "
    "symmetries force them",
    Control("transitive on the set is enough", {"blocks": _set_only}, TRIPLE),
    Control("one constant for all sets of a multiplicity", {"group": _multiplicity}, COMPLEMENTARY),
    Control("plain sums", {"scale": lambda _alpha: arb(1)}, cases.TWO_SIZES),
    Control("orthogonality is enough with a free bias", {"equal": lambda _case: True}, HALVES),
)
def scaled_averages(
    case: LabelSpectrum,
    _: Random,
    blocks: Blocks = _set_and_complement,
    group: Group = _orbit,
    scale: Callable[[Ball], Ball] = lambda alpha: alpha,
    equal: Callable[[LabelSpectrum], bool] = _equally_frequent,
) -> Finding:
    r"""W6: PAL-CE: :math:`h_S=\alpha_S\sum_{k\in S}h_{\{k\}}` at every :math:`\lambda` if the symmetries of :math:`\pi`
    that preserve ``S`` are transitive on ``S`` and on its complement, with one constant per orbit; and under perfect
    orthogonality, with a free bias only if classes are equally frequent, for all ``S``, with one constant per
    multiplicity.

    Without a bias and with a free one. ``blocks`` are the label sets on which transitivity is asked, ``group`` what
    sets with one constant have in common, ``scale`` the constant used for the one that was found, ``equal`` what a free
    bias asks for at perfect orthogonality.
    """
    _require_several(case)
    drawn, orthogonal = replace(Instance.drawn(case.given), loss=PAL_CE), _orthogonal(case)
    found = []
    for instance in (replace(drawn, bias="zero"), replace(drawn, bias="free")):
        if not instance.has_minimiser(case.given):
            continue
        at_every_set = orthogonal and (instance.bias == "zero" or equal(case))
        forced = [S for S in case.pi.masks if S.bit_count() > 1 and (at_every_set or _transitive(case.pi, S, blocks))]
        if not (forced or orthogonal):
            return skips("neither perfectly orthogonal nor symmetric")
        prototypes = Prototypes.at_optimum(CertifiedOptimum.of(case.given, instance))
        found.append(_scaled_sums(prototypes, forced, _multiplicity if at_every_set else group, scale))
        if orthogonal and not at_every_set:
            found.append(skips(f"without a bias it holds, with a free one W6 says nothing: {_left(prototypes)}"))
    return together(found)


def _left(prototypes: Prototypes) -> str:
    """What the best factor leaves of some prototype, for a free bias that unequal class frequencies move."""
    mask, left = max(SCALED_SUM.deviations(prototypes).items(), key=lambda item: float(item[1].mid()))
    share = left.str(2, radius=False)
    return f"classes are not equally frequent, and the best factor leaves {share} of {prototypes.pi.spell(mask)}"


def _scaled_sums(prototypes: Prototypes, masks: Sequence[int], group: Group, scale: Callable[[Ball], Ball]) -> Finding:
    """Whether some prototypes are scaled sums, with one constant for those that are grouped together."""
    size = largest(a.mid() for S in masks for a in prototypes.logits(prototypes.weights(S)))
    constants: dict[object, tuple[int, Ball]] = {}
    findings = []
    for mask in masks:
        alpha = scale(_factor(prototypes, mask))
        made = [alpha * a for a in prototypes.combined(PLAIN.weights(prototypes.pi, mask))]
        sides = prototypes.logits(prototypes.weights(mask)), prototypes.logits(made)
        findings.append(same(f"{prototypes.pi.spell(mask)} and the scaled sum", *sides, size))
        other, beta = constants.setdefault(group(prototypes.pi, mask), (mask, alpha))
        both = f"{prototypes.pi.spell(mask)} and {prototypes.pi.spell(other)}"
        findings.append(same(f"constants of {both}", [alpha], [beta]))
    return together(findings)


@checks_in_balls(
    "W6a",
    "exact orthogonality of completed layers against certified prototypes at two small penalties",
    Control("a flat sum of both layers is enough", {"flat": _flat_sum}, BALANCING),
    Control("uniform class frequencies are enough", {"flat": _equally_frequent}, COMPLEMENTARY),
    Control("averaging in the limit lambda to 0 is enough", {"as_a_limit": True}, BALANCING),
    labels=3,
)
def converse_for_complete_layers(
    case: LabelSpectrum, _: Random, flat: Callable[[LabelSpectrum], bool] = _orthogonal, as_a_limit: bool = False
) -> Finding:
    r"""W6a: PAL-CE, no bias, all singletons and all ``m``-sets in the support: if
    :math:`h_S=\alpha_{m_S}\sum_{k\in S}h_{\{k\}}`, exactly, at two small penalties, with different constants, then both
    layers are perfectly orthogonal.

    The layers of the case, completed by sets of weight 1. Orthogonality exactly; unless it holds, averaging certainly
    fails at one of two penalties; if it holds, averaging holds at both.
    ``as_a_limit`` reads the hypothesis as a limit, which plain sums meet (W4).
    """
    layers = _completed(case.pi)
    if layers is None:
        return skips("no multiplicity between 2 and K - 1, or more than five labels")
    if as_a_limit and rule_in_the_limit(layers, "zero", PLAIN.weights).state == "holds":
        return HOLDS if flat(layers) else fails("prototypes tend to plain sums, and the layers are not orthogonal")
    found = [_averages(layers, lam) for lam in SMALL]
    if flat(layers):
        return together(
            fails("orthogonal, but prototypes certainly are no scaled averages") if held is False
            else HOLDS if held else skips("whether prototypes are scaled averages is not determined")
            for held in found
        )  # fmt: skip
    if False in found:
        return HOLDS
    return skips("not orthogonal, but averaging is not refuted at the penalties tried")


@checks_in_balls(
    "W6b",
    "exact orthogonality against scaled averages that exact label symmetries force and certified prototypes show",
    Control("without symmetry it holds", {}, UNEVEN, "holds"),
)
def literal_converse(case: LabelSpectrum, _: Random) -> Finding:
    r"""W6b, as it reads: PAL-CE without bias, all singletons and some larger sets in the support: if
    :math:`h_S=\alpha_{m_S}\sum_{k\in S}h_{\{k\}}` at every :math:`\lambda`, then every multiplicity is perfectly
    orthogonal.

    It fails where the multiplicities are not, but symmetries make the premise true: then averaging is also certified at
    the drawn :math:`\lambda`. It holds where the premise certainly fails there.
    """
    _require_several(case)
    if len(case.parts.get(1, case.pi).masks) != case.K or min(case.pi.sizes) > 1:
        return skips("some singleton is not in the support")
    if _orthogonal(case):
        return HOLDS
    drawn = replace(Instance.drawn(case.given), loss=PAL_CE, bias="zero")
    held = _averages(case, drawn.lambda_W * drawn.lambda_H)
    if held is False:
        return HOLDS
    several = [mask for mask in case.pi.masks if mask.bit_count() > 1]
    orbits = {(mask.bit_count(), _orbit(case.pi, mask)) for mask in several}
    forced = all(_transitive(case.pi, mask, _set_and_complement) for mask in several)
    if held and forced and len(orbits) == len({mask.bit_count() for mask in several}):
        uneven = next(m for m in case.parts if not case.perfectly_orthogonal(m))
        return fails(f"symmetry makes all prototypes scaled averages, and multiplicity {uneven} is not orthogonal")
    return skips("whether prototypes are scaled averages is not determined")
