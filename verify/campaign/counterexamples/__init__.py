"""Counterexamples that can be run again: stored ones of false readings, and failures of a campaign, made small.

A counterexample is a distribution and what it refutes: a claim, or a named false variant of one (a control of its
check). Nothing else is needed to decide it again: loss, bias and regularisation are drawn from the distribution, and
whatever else a check draws comes from the recorded seed. The files in this folder are decided again on every run of the
claims that they belong to.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import gcd
from pathlib import Path
from random import Random
from typing import Any

from proofs.claims import CLAIMS
from verify.campaign.claims import CHECKS
from verify.checks.evidence import Finding
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, show
from verify.labels.masks import mask_of, members

__all__ = ["FOLDER", "Counterexample", "load", "minimised", "seeded", "stored"]

FOLDER = Path(__file__).parent
"""The stored counterexamples, one JSON file each."""

MOST_TRIALS = 2_000
"""Smaller distributions that are tried, at most, to make a counterexample small."""


def seeded(*parts: object) -> Random:
    """A generator that depends on the parts alone; a file name may hold anything."""
    return Random(":".join(map(str, parts)).encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Counterexample:
    """A distribution that refutes a claim, or a false variant of one.

    Attributes:
        claim: id of the claim.
        variant: name of the control whose law is refuted; empty for the claim as it reads.
        distribution: the label distribution.
        seed: of what the check draws besides.
    """

    claim: str
    variant: str
    distribution: LabelDistribution
    seed: str = "0"

    @property
    def is_known(self) -> bool:
        """Whether the catalogue says that this is false: then a refutation is what there should be."""
        return bool(self.variant) or CLAIMS[self.claim].is_false

    def decide(self) -> Finding:
        """What the check says now; it is still a counterexample if it ``fails``."""
        return self._on(LabelSpectrum(self.distribution))

    def _on(self, case: LabelSpectrum) -> Finding:
        check = CHECKS[self.claim]
        return check.decide(case, seeded(self.seed), **_law(self.claim, self.variant))

    def as_json(self) -> dict[str, Any]:
        """As it is stored, with the note the check makes on it."""
        pi = self.distribution
        sets = [pi.names(mask) for mask in pi.masks]
        return {
            "claim": self.claim,
            "variant": self.variant,
            "seed": self.seed,
            "note": self.decide().note,
            "labels": list(pi.labels),
            "sets": [{"labels": names, "weight": w} for names, w in zip(sets, pi.weights, strict=True)],
        }


def _law(claim: str, variant: str) -> Mapping[str, Any]:
    if not variant:
        return {}
    for control in CHECKS[claim].controls:
        if control.name == variant:
            return control.law
    names = ", ".join(repr(control.name) for control in CHECKS[claim].controls)
    raise InputError(f"{claim} has no variant {show(variant)}: its false variants are {names}")


def load(path: Path) -> Counterexample:
    """Read a counterexample.

    Raises:
        InputError: no such file, no JSON of this form, an unknown claim or variant, or no label distribution with a
            contrast.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        claim, variant, seed = (document[name] for name in ("claim", "variant", "seed"))
        pairs = [(entry["labels"], entry["weight"]) for entry in document["sets"]]
        if not all(isinstance(text, str) for text in (claim, variant, seed)) or not isinstance(
            document["labels"], list
        ):
            raise TypeError
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a counterexample that `mlnc verify --out` wrote") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise InputError(f"{path}: not a counterexample; name a file that `mlnc verify --out` wrote") from None
    if claim not in CLAIMS:
        raise InputError(f"{path}: no claim {show(claim)}; the claims are {', '.join(CLAIMS)}")
    try:
        _law(claim, variant)
        pi = LabelDistribution.from_sets(pairs, document["labels"])
        pi.proper  # noqa: B018 - refuses what has no contrast, with the file's name
        return Counterexample(claim, variant, pi, seed)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


@cache
def stored() -> Mapping[str, Counterexample]:
    """The counterexamples that come with the suite, by file name."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.json"))}


# ---------------------------------------------------------------------- making one small


def minimised(found: Counterexample, trials: int = MOST_TRIALS) -> Counterexample:
    """A counterexample that no single step makes smaller: fewer labels, fewer label sets, smaller weights.

    Args:
        found: what the check fails on; returned as it is if the check does not.
        trials: distributions to try, at most.

    Example:
        With kappa_m as the upper constant of the contrast energy, one label set on three labels is enough.

        >>> pi = LabelDistribution.from_sets([([0], 3), ([1], 4), ([2], 5), ([3], 6)], labels="abcd")
        >>> false = Counterexample("S9", "kappa as the upper constant", pi)
        >>> small = minimised(false)
        >>> small.distribution.K, small.distribution.weights, small.decide().state
        (3, (1,), 'fails')
    """
    best, left = found, trials
    while smaller := next(_refuting(found, itertools.islice(_smaller(best.distribution), left)), None):
        used, best = smaller
        left -= used
    return next((renamed for _, renamed in _refuting(found, _frequent_first(best.distribution))), best)


def _refuting(found: Counterexample, candidates: Iterator[LabelDistribution]) -> Iterator[tuple[int, Counterexample]]:
    """Those that are counterexamples too, each with the number of candidates looked at."""
    for number, pi in enumerate(candidates, 1):
        candidate = replace(found, distribution=pi)
        if candidate.decide().state == "fails":
            yield number, candidate


def _frequent_first(pi: LabelDistribution) -> Iterator[LabelDistribution]:
    """The same with labels in the order of their frequencies, as a person would write it down."""
    order = sorted(range(pi.K), key=lambda k: -pi.class_counts[k])
    place = {old: new for new, old in enumerate(order)}
    sets = {mask: mask_of(place[k] for k in members(mask)) for mask in pi.masks}
    yield from _valid({sets[mask]: weight for mask, weight in pi.weight_of.items()}, list(pi.labels))


def _smaller(pi: LabelDistribution) -> Iterator[LabelDistribution]:
    """Distributions one step simpler, the largest steps first."""
    plain = pi.weight_of
    letters = [chr(ord("a") + k) for k in range(pi.K)] if pi.K <= 26 else list(pi.labels)
    for k in range(pi.K) if pi.K > 2 else ():
        yield from _valid(_without_label(plain, k), letters[:-1])
    for mask in pi.masks:
        yield from _valid({other: w for other, w in plain.items() if other != mask}, letters)
    if max(pi.weights) > 1:
        yield from _valid(dict.fromkeys(plain, 1), letters)
        for part in (10, 2):
            yield from _changed(pi, {mask: max(1, w // part) for mask, w in plain.items()}, letters)
        for mask, weight in plain.items():
            for less in {1, weight // 2, weight - 1} - {0, weight}:
                yield from _changed(pi, {**plain, mask: less}, letters)
    for mask in pi.masks:  # a label fewer in one set
        for k in members(mask):
            if mask.bit_count() > 1 and mask ^ 1 << k not in plain:
                yield from _valid({mask ^ 1 << k if m == mask else m: w for m, w in plain.items()}, letters)


def _without_label(plain: Mapping[int, int], k: int) -> dict[int, int]:
    merged: dict[int, int] = {}
    for mask, weight in plain.items():
        rest = mask & ((1 << k) - 1) | mask >> k + 1 << k
        merged[rest] = merged.get(rest, 0) + weight
    return merged


def _changed(pi: LabelDistribution, weights: dict[int, int], letters: list[str]) -> Iterator[LabelDistribution]:
    if tuple(weights.values()) != pi.weights:
        yield from _valid(weights, letters)


def _valid(weights: dict[int, int], letters: list[str]) -> Iterator[LabelDistribution]:
    """The distribution in lowest terms, if it has a contrast at all."""
    try:
        divisor = gcd(*weights.values())
        pi = LabelDistribution.from_masks({mask: w // divisor for mask, w in weights.items()}, letters)
        pi.proper  # noqa: B018 - refuses what has no contrast
    except InputError:
        return
    yield pi
