r"""Chapter S, checked: lower bounds on the weakest contrast, against kappa_m as an exact algebraic number."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import comb
from random import Random
from typing import Any

from verify.checks.evidence import HOLDS, Control, Finding, checks, fails, skips
from verify.checks.shared import cases
from verify.checks.shared.cases import witness
from verify.checks.shared.enclosures import PERCENT
from verify.geometry.spectrum import LabelSpectrum, LowerBounds, Spectrum, balanced_value, trace_determinant_bound
from verify.labels.builders.designs import paley, projective_plane
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import LabelDistribution

Bend = Callable[[Spectrum, LowerBounds], dict[str, Any]]
Blocks = tuple[int, ...]

_FOUR = witness([([k], k + 1) for k in range(4)], 4)
_RARE = witness([([0], 1), ([1], 1), ([2], 1000)], 3)
_PAIRS = witness([([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3)


# ---------------------------------------------------------------------- S8


def _counting_itself(spectrum: Spectrum, known: Fraction = Fraction(0)) -> Fraction:
    """S13 with ``K - 1`` other eigenvalues."""
    others = spectrum.K - 1
    return spectrum.determinant * (others / (spectrum.trace - known)) ** others


@checks(
    "S8",
    "the bounds (a)-(d) against kappa_m as exact algebraic numbers, (b) at its best shift",
    Control(
        "twice the uniform part", {"bend": lambda _, b: {"minorization": b.minorization and 2 * b.minorization}}, _PAIRS
    ),
    Control("shifts off the diagonal only", {"bend": lambda _, b: {"gershgorin": b.gershgorin + b.shift}}, _PAIRS),
    Control(
        "trace-determinant bound 1 % too large",
        {"bend": lambda _, b: {"trace_determinant": b.trace_determinant and b.trace_determinant * PERCENT}},
        _RARE,
    ),
    Control(
        "K - 1 others counted in place of K - 2",
        {"bend": lambda spectrum, _: {"trace_determinant": _counting_itself(spectrum)}},
        _PAIRS,
    ),
    Control("the upper overlap bound for the lower one", {"bend": lambda _, b: {"overlap": b.overlap_above}}, _FOUR),
    Control("the lower overlap bound for the upper one", {"bend": lambda _, b: {"overlap_above": b.overlap}}, _FOUR),
)
def kappa_lower_bounds(case: LabelSpectrum, _: Random, bend: Bend = lambda *_: {}) -> Finding:
    r"""S8: each of the four lower bounds, and the upper bound of (d), against the exact :math:`\kappa_m`.

    ``bend`` is what stands for some of the bounds.
    """
    for m, spectrum in case.at.items():
        kappa, bounds = spectrum.kappa, replace(case.bounds[m], **bend(spectrum, case.bounds[m]))
        for name, bound in bounds.named.items():
            if name != "sharpened" and kappa < bound:  # that one is S13's
                return fails(f"kappa_{m} = {kappa.decimal(8)} is below the {name} bound {float(bound):.8g}")
        if bounds.overlap_above is not None and kappa > bounds.overlap_above:
            return fails(f"kappa_{m} = {kappa.decimal(8)} is above the overlap bound {float(bounds.overlap_above):.8g}")
    return HOLDS


# ---------------------------------------------------------------------- S13

Bound = Callable[[Spectrum, Fraction], Fraction]


@checks(
    "S13",
    "three steps of the recursion, and the bound that is reported, against kappa_m as an exact algebraic number",
    Control("1 % too large", {"bound": lambda s, known: PERCENT * trace_determinant_bound(s, known)}, _RARE),
    Control("K - 1 others counted in place of K - 2", {"bound": _counting_itself}, _PAIRS),
    Control("the known bound counted in", {"bound": lambda s, known: trace_determinant_bound(s) + known}, _RARE),
    Control("the known bound taken off", {"bound": lambda s, known: trace_determinant_bound(s) - known}, _RARE),
    Control("kappa_0 larger than kappa", {"known": lambda s: s.trace / (s.K - 1)}, _RARE),
    Control("as reported, 1 % too large", {"reported": lambda bounds: bounds.sharpened * PERCENT}, _RARE),
)
def sharpened_trace_determinant(
    case: LabelSpectrum,
    _: Random,
    bound: Bound = trace_determinant_bound,
    known: Callable[[Spectrum], Fraction] = lambda _: Fraction(0),
    reported: Callable[[LowerBounds], Fraction] = lambda bounds: bounds.sharpened or Fraction(0),
) -> Finding:
    r"""S13: the recursion from :math:`\kappa_0=0` increases and stays below the exact :math:`\kappa_m`, and so does
    what ``mlnc spectrum`` reports, which is at least as far along.

    ``known`` is where it starts.
    """
    if case.K < 3:
        return skips("K = 2 has one contrast only")
    for m, spectrum in case.at.items():
        sequence = [known(spectrum)]
        for _step in range(3):
            better = bound(spectrum, sequence[-1])
            # any known lower bound will do, and a short one keeps the powers short
            sequence.append(Fraction(int(better * 2**64), 2**64))
            if spectrum.kappa < better:
                return fails(f"kappa_{m} = {spectrum.kappa.decimal(8)} is below the bound {float(better):.8g}")
        sequence.append(reported(case.bounds[m]))
        if sequence != sorted(sequence):
            return fails(f"the bounds at multiplicity {m} fall: {', '.join(f'{float(x):.8g}' for x in sequence)}")
        if spectrum.kappa < sequence[-1]:
            return fails(f"kappa_{m} = {spectrum.kappa.decimal(8)} is below {float(sequence[-1]):.8g}, as reported")
    return HOLDS


# ---------------------------------------------------------------------- S14


@cache
def _designs(K: int, m: int) -> tuple[Blocks, ...]:
    """Blocks of 2-designs on ``K`` labels with block size ``m``: all ``m``-sets if few, planes, quadratic residues."""
    found = [balanced(K, m).masks] if comb(K, m) <= 100 else []
    named = [projective_plane(q, complement) for q in (2, 3, 5) for complement in (0, 1) if q * q + q + 1 == K]
    named += [paley(K, complement) for complement in (0, 1) if K in (7, 11, 19, 23)]
    return (*found, *(design.masks for design in named if design.sizes[0] == m))


@checks(
    "S14",
    "kappa_m of uniform and of random weights on a design against the bound, exactly; of those given, if they have it",
    Control("1 % too large", {"factor": PERCENT}, _PAIRS),
    Control("mean weight of a block for the least", {"least": lambda w: Fraction(sum(w), len(w))}, _PAIRS),
    Control(
        "a block that is listed twice counts twice",
        {"designs": lambda K, m: tuple(blocks * 2 for blocks in _designs(K, m))},
        lambda: LabelSpectrum(projective_plane(2)),
    ),
    Control(
        "blocks that are no design: {1,2} and {3,4}",
        {"designs": lambda K, m: ((0b0011, 0b1100),) if (K, m) == (4, 2) else ()},
        cases.TWO_PAIRS,
    ),
)
def design_minorization(
    case: LabelSpectrum,
    rng: Random,
    factor: Fraction = Fraction(1),
    least: Callable[[Sequence[int]], int | Fraction] = min,
    designs: Callable[[int, int], tuple[Blocks, ...]] = _designs,
) -> Finding:
    r"""S14: a 2-design in the support gives :math:`\kappa_m\ge\bar\kappa_m\,b\min_{S\in\mathcal B}\pi_{S|m}`.

    Tried on the designs known for the case's ``K`` and multiplicities: with uniform weights, where equality holds, with
    random weights on top of the case's own label sets, and with the weights as given when all blocks have one.
    ``factor`` multiplies the bound.
    """
    met = False
    for m, part in case.parts.items():
        given = part.weight_of
        for blocks in designs(case.K, m) if m > 1 else ():
            met = True
            loaded = {**given, **{mask: given.get(mask, 0) + rng.randint(1, 9) for mask in blocks}}
            for trial in (dict.fromkeys(blocks, 1), loaded, *([given] if given.keys() >= set(blocks) else [])):
                rarest = Fraction(least([trial[mask] for mask in blocks])) / sum(trial.values())
                bound = factor * balanced_value(case.K, m) * len(blocks) * rarest
                kappa = Spectrum.of(LabelDistribution.from_masks(trial, case.given.labels)).kappa
                if kappa < bound:
                    return fails(f"kappa_{m} = {kappa.decimal(8)} is below the design bound {float(bound):.8g}")
    return HOLDS if met else skips("no small design is known for these sizes")
