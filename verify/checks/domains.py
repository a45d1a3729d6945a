"""Where random cases come from: for every domain that a claim's entry names, distributions that meet its hypotheses.

A claim that is tried on distributions outside its hypotheses is not tried. Most hypotheses hold for most
distributions; the others have a domain of their own here, which either draws from the families that meet them or draws
until one does. What a domain cannot promise, such as a rank at the drawn penalty, the check still tells (it ``skips``),
and the campaign counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from random import Random
from types import MappingProxyType

from verify.geometry.sign_condition import TerminalGeometry
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import below, one_of, shuffled
from verify.labels.families import FAMILIES, random_distribution
from verify.model.feature_model import Bias
from verify.model.losses import BCE

Drawn = tuple[str, LabelDistribution]
Draw = Callable[[Random, tuple[int, int]], Drawn]

MOST_DRAWS = 2_000
"""Draws until one is in the domain, at most: the scarcest domain accepts one in ten."""

HEAVIEST = 100
"""Largest weight of a label set that is drawn here."""


@dataclass(frozen=True)
class Domain:
    """Distributions to draw from.

    Attributes:
        name: as the entries of claims have it.
        draw: ``draw(rng, (least K, most K)) -> (name, distribution)``; the same state gives the same bytes.
        accepts: what is drawn again until it holds.
    """

    name: str
    draw: Draw
    accepts: Callable[[LabelDistribution], bool] = lambda _: True

    def sample(self, rng: Random, labels: tuple[int, int] = (2, 8)) -> Drawn:
        """A distribution of the domain with its name.

        Raises:
            InputError: none was found among many draws, so these numbers of labels have next to none.

        Example:
            >>> name, pi = DOMAINS["one multiplicity"].sample(Random(1))
            >>> len(set(pi.sizes))
            1
        """
        for _ in range(MOST_DRAWS):
            name, pi = self.draw(rng, labels)
            if self.accepts(pi):
                return name, pi
        raise InputError(
            f"no distribution over {labels[0]} to {labels[1]} labels was found in the domain {self.name!r}"
        )


# ---------------------------------------------------------------------- drawing


def _from(*families: str) -> Draw:
    """A random member of one of these families."""

    def draw(rng: Random, labels: tuple[int, int]) -> Drawn:
        sizes = range(labels[0], labels[1] + 1)
        known = [(name, K) for K in sizes for name in families if FAMILIES[name].exists_at(K)]
        name, K = one_of(rng, known)
        family = FAMILIES[name]
        parameters = family.draw(rng, K)
        return family.spell(parameters), family.build(**parameters)

    return draw


def _with_singletons(rng: Random, labels: tuple[int, int]) -> Drawn:
    """All singletons and a few larger sets, weights at random."""
    K = _at_least(3, rng, labels)
    larger = [mask for mask in range(1, (1 << K) - 1) if mask.bit_count() > 1]
    chosen = {one_of(rng, larger) for _ in range(1 + below(rng, 6))}
    return _weighted(rng, K, [*(1 << k for k in range(K)), *sorted(chosen)])


def _singletons_and_one_set(rng: Random, labels: tuple[int, int]) -> Drawn:
    """All singletons and one set of another size, weights at random."""
    K = _at_least(3, rng, labels)
    other = [mask for mask in range(1 << K) if mask.bit_count() != 1]
    return _weighted(rng, K, [*(1 << k for k in range(K)), one_of(rng, other)])


def _alike_larger_sets(rng: Random, labels: tuple[int, int]) -> Drawn:
    """All singletons, and pairs with one label in common, or disjoint ones, that are equally likely."""
    K = _at_least(4, rng, (labels[0], min(labels[1], 6)))
    pairs = one_of(rng, ([3, 5], [3, 12], [3, 5, 6], [3, 5, 9][: K - 2]))
    weight, single = 1 + below(rng, 6), 1 + below(rng, 3)
    return _named("alike", K, {**{1 << k: single for k in range(K)}, **dict.fromkeys(pairs, weight)})


def _two_or_three_labels(rng: Random, _: tuple[int, int]) -> Drawn:
    """Any label sets of two or three labels, the empty and the full one included."""
    K = 2 + below(rng, 2)
    chosen = [mask for mask in range(1 << K) if rng.random() < 0.7]
    return _weighted(rng, K, chosen or [1, 2])


def _independent(rng: Random, labels: tuple[int, int]) -> Drawn:
    """Independent labels, each of a frequency of its own."""
    K = _at_least(2, rng, (labels[0], min(labels[1], 5)))
    odds = [1 + below(rng, 9) for _ in range(K)]
    weights = {mask: prod(odds[k] if mask & 1 << k else 10 - odds[k] for k in range(K)) for mask in range(1 << K)}
    return _named("independent", K, weights)


def _two_labels(rng: Random, _: tuple[int, int]) -> Drawn:
    chosen = [mask for mask in range(4) if rng.random() < 0.8]
    return _weighted(rng, 2, chosen or [1, 3])


def _isotropic_signs(rng: Random, labels: tuple[int, int]) -> Drawn:
    """Cosets of linear codes any two of whose coordinates are independent, mixed: each has the second moment I."""
    K, weights = _at_least(2, rng, labels), dict[int, int]()
    for _ in range(1 + below(rng, 2)):
        bits = K.bit_length() + (below(rng, 2) if K < 6 else 0)
        columns, weight = rng.sample(range(1, 1 << bits), K), 1 + below(rng, 9)
        shift = below(rng, 1 << K)
        for x in range(1 << bits):
            word = sum(((x & column).bit_count() & 1) << k for k, column in enumerate(columns))
            weights[word ^ shift] = weights.get(word ^ shift, 0) + weight
    return _named("isotropic signs", K, weights)


def _layers(rng: Random, labels: tuple[int, int]) -> Drawn:
    """All label sets of some sizes, those of one size equally likely; few of them if there are many labels."""
    K = _at_least(2, rng, labels)
    sizes = range(K + 1) if K <= 4 else [0, 1, K - 1, K]
    chosen = {m: 1 + below(rng, HEAVIEST) for m in sizes if rng.random() < 0.6} or {1: 1}
    weights = {mask: chosen[mask.bit_count()] for mask in range(1 << K) if mask.bit_count() in chosen}
    return _named("layers", K, weights)


def _one_label_or_all_but_one(rng: Random, labels: tuple[int, int]) -> Drawn:
    """All singletons or all their complements, alone or with the empty set or the full one."""
    K = _at_least(2, rng, labels)
    full, besides = (1 << K) - 1, below(rng, 3)
    sets = [1 << k for k in range(K)] if below(rng, 2) else [full ^ 1 << k for k in range(K)]
    return _weighted(rng, K, [*([], [0], [full])[besides], *sets])


def _few_labels(rng: Random, labels: tuple[int, int]) -> Drawn:
    """Three to five labels, where layers can be completed."""
    return random_distribution(rng, (max(3, min(labels[0], 5)), max(3, min(5, labels[1]))))


def _few_sets(rng: Random, labels: tuple[int, int]) -> Drawn:
    """Any distribution, or one of so few label sets that some contrast is seen by none."""
    if below(rng, 2):
        return random_distribution(rng, labels)
    K = _at_least(4, rng, labels)
    return _weighted(rng, K, shuffled(rng, range(1, (1 << K) - 1), 2 + below(rng, K - 3)))


def _three_labels(rng: Random, _: tuple[int, int]) -> Drawn:
    chosen = [mask for mask in range(1, 7) if rng.random() < 0.7]
    return _weighted(rng, 3, chosen or [1, 2])


def _symmetric(rng: Random, labels: tuple[int, int]) -> Drawn:
    """Labels in two groups whose members can be exchanged: the weight of a set depends on how many it has of each."""
    K = _at_least(3, rng, (labels[0], min(labels[1], 6)))
    first = 2 + below(rng, K - 2) if K > 3 else 2
    kinds = {(first, 0), (1, 0), (0, 1)} | {(below(rng, first + 1), below(rng, K - first + 1)) for _ in range(2)}
    weights = {kind: 1 + below(rng, HEAVIEST) for kind in sorted(kinds) if 0 < sum(kind) < K}
    group = (1 << first) - 1
    kind_of = {mask: ((mask & group).bit_count(), (mask & ~group).bit_count()) for mask in range(1, (1 << K) - 1)}
    masks = {mask: weights[kind] for mask, kind in kind_of.items() if kind in weights}
    return _named("symmetric", K, masks)


def _at_least(least: int, rng: Random, labels: tuple[int, int]) -> int:
    low = max(least, labels[0])
    return low + below(rng, max(1, labels[1] - low + 1))


def _weighted(rng: Random, K: int, masks: Sequence[int]) -> Drawn:
    return _named("random", K, {mask: 1 + below(rng, HEAVIEST) for mask in masks})


def _named(word: str, K: int, weights: Mapping[int, int]) -> Drawn:
    pi = LabelDistribution.from_masks(dict(weights), [str(k) for k in range(1, K + 1)])
    return f"{word}: {pi}", pi


# ---------------------------------------------------------------------- accepting


def _larger_sets(pi: LabelDistribution) -> bool:
    return any(1 < m < pi.K for m in pi.sizes)


def _larger_or_mixed(pi: LabelDistribution) -> bool:
    """Of full rank without a bias."""
    return any(0 < m < pi.K for m in pi.sizes) and TerminalGeometry.for_loss(pi, BCE, "zero").full_rank


def _vary(pi: LabelDistribution) -> bool:
    return all(0 < count < pi.total for count in pi.class_counts)


def _strict(pi: LabelDistribution) -> bool:
    """T1's sign condition, strictly, at rank K - 1, without a bias."""
    geometry = TerminalGeometry.of(pi)
    return _larger_sets(pi) and geometry.full_rank and geometry.sign.verdict == "strict"


def _strict_at_any_rank(pi: LabelDistribution) -> bool:
    """The same at any rank."""
    return _larger_sets(pi) and TerminalGeometry.of(pi).sign.verdict == "strict"


def _strict_with_bias(pi: LabelDistribution) -> bool:
    """The same with a free bias, virtual singletons included, and a cardinality other than 1."""
    if not _larger_sets(pi) or not all(pi.class_counts) or pi.cardinality == 1:
        return False
    geometry = TerminalGeometry.of(pi, "mean")
    if not geometry.full_rank or geometry.sign.verdict != "strict":
        return False
    return all(geometry.polar_entry(1 << k, j) < 0 for k in range(pi.K) for j in range(pi.K) if j != k)


def _strict_for_bce(bias: Bias) -> Callable[[LabelDistribution], bool]:
    """B1's sign condition, strictly, at rank K, for the support, virtual singletons and the empty set."""

    def accepts(pi: LabelDistribution) -> bool:
        varies = all(0 < count < pi.total for count in pi.class_counts) and pi.cardinality != 1
        if pi.K < 3 or max(pi.sizes) < 2 or (bias == "free" and not varies):
            return False
        geometry = TerminalGeometry.for_loss(pi, BCE, bias)
        if not geometry.full_rank or geometry.sign.verdict != "strict":
            return False
        virtual = [0, *(1 << k for k in range(pi.K))]
        return all(geometry.excess(mask, j) < 0 for mask in virtual for j in range(pi.K))

    return accepts


DOMAINS: Mapping[str, Domain] = MappingProxyType(
    {
        domain.name: domain
        for domain in (
            Domain("any", random_distribution),
            Domain("one multiplicity", random_distribution, lambda pi: len(set(pi.sizes)) == 1),
            Domain("larger sets", random_distribution, _larger_sets),
            Domain("singletons", _with_singletons),
            Domain("three labels", _three_labels),
            Domain("uniform layers", _from("balanced", "mixture")),
            Domain("designs", _from("balanced", "projective_plane", "paley"), lambda pi: min(pi.sizes) > 1),
            Domain("perfectly orthogonal", _from("balanced", "mixture", "halves", "projective_plane", "paley")),
            Domain("symmetric", _symmetric),
            Domain("few labels", _few_labels, _larger_sets),
            Domain("strict sign condition", random_distribution, _strict),
            Domain("strict sign condition, any rank", _few_sets, _strict_at_any_rank),
            Domain("strict sign condition, free bias", random_distribution, _strict_with_bias),
            Domain("strict sign condition, BCE", random_distribution, _strict_for_bce("zero")),
            Domain("strict sign condition, BCE, free bias", random_distribution, _strict_for_bce("free")),
            Domain("singletons and one set", _singletons_and_one_set),
            Domain("alike larger sets", _alike_larger_sets),
            Domain("two or three labels", _two_or_three_labels, _larger_or_mixed),
            Domain("two labels", _two_labels),
            Domain("signs of second moment I", _isotropic_signs),
            Domain("sizes equally likely", _layers, _larger_or_mixed),
            Domain("one label or all but one", _one_label_or_all_but_one),
            Domain("labels that vary", _few_labels, _vary),
            Domain("independent labels", _independent, lambda pi: pi.cardinality != 1),
        )
    }
)
"""Every domain by name."""
