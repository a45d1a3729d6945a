"""Hypothesis strategies for label distributions and what is tested with them.

Names read as sentences: ``@given(distributions_of_one_multiplicity())``. Everything shrinks towards few labels, few and
small label sets, and weights 1, so a failing property is reported on the smallest distribution that breaks it.
``K`` is a number or a strategy for one, everywhere.
"""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from verify.labels.builders.designs import halves, projective_plane
from verify.labels.builders.imbalanced import balanced
from verify.labels.builders.random_supports import kappa_zero
from verify.labels.distribution import LabelDistribution
from verify.labels.families import FAMILIES

__all__ = [
    "contrasts",
    "distributions_of_one_multiplicity",
    "distributions_with_kappa_zero",
    "distributions_with_singletons",
    "from_families",
    "label_distributions",
    "pairs_of_distributions_on_the_same_labels",
    "perfectly_orthogonal_distributions",
    "rational_matrices",
    "rationals",
    "sparse_supports",
]

Numbers = int | SearchStrategy[int]

LABELS = st.integers(2, 8)
AT_LEAST_THREE_LABELS = st.integers(3, 8)
MOST_SETS = 12
"""Enough label sets for every rank up to K = 8, few enough to read."""


# ---------------------------------------------------------------------- distributions


@st.composite
def label_distributions(
    draw: DrawFn, K: Numbers = LABELS, *, proper: bool = True, multiplicity: Numbers | None = None
) -> LabelDistribution:
    """Any label distribution: up to 12 label sets, weights 1 to 100.

    Args:
        draw: supplied by Hypothesis.
        K: the number of labels.
        proper: leave out the empty and the full set.
        multiplicity: when given, all label sets have this size; sizes above ``K - 1`` are not drawn.
    """
    labels = draw(_number(K).filter(lambda value: multiplicity is None or _fits(multiplicity, value)))
    if multiplicity is None:
        masks = st.integers(1, (1 << labels) - 2) if proper else st.integers(0, (1 << labels) - 1)
    else:
        m = draw(_number(multiplicity).filter(lambda value: 1 <= value < labels))
        masks = st.sampled_from(balanced(labels, m).masks)
    return _weighted(draw, labels, masks)


@st.composite
def distributions_of_one_multiplicity(draw: DrawFn, K: Numbers = LABELS) -> LabelDistribution:
    """All label sets of one size, any size from 1 to K-1."""
    labels = draw(_number(K))
    return draw(label_distributions(labels, multiplicity=st.integers(1, labels - 1)))


@st.composite
def distributions_with_singletons(draw: DrawFn, K: Numbers = LABELS) -> LabelDistribution:
    """Every singleton has positive mass; other proper label sets may."""
    labels = draw(_number(K))
    weights = {1 << k: draw(WEIGHTS) for k in range(labels)}
    others = st.integers(1, (1 << labels) - 2).filter(lambda mask: mask.bit_count() > 1)
    if labels > 2:
        weights |= draw(st.dictionaries(others, WEIGHTS, max_size=MOST_SETS))
    return LabelDistribution.from_masks(weights, _names(labels))


@st.composite
def sparse_supports(draw: DrawFn, K: Numbers = AT_LEAST_THREE_LABELS) -> LabelDistribution:
    """Fewer label sets than the dimension K-1 of the contrasts, so kappa = 0 for want of sets."""
    labels = draw(_number(K))
    return _weighted(draw, labels, st.integers(1, (1 << labels) - 2), most=labels - 2)


@st.composite
def distributions_with_kappa_zero(
    draw: DrawFn, K: Numbers = AT_LEAST_THREE_LABELS
) -> tuple[LabelDistribution, tuple[int, ...]]:
    """A distribution and a contrast that sees none of its label sets, however many there are."""
    labels = draw(_number(K))
    x = draw(contrasts(labels).filter(_leaves_some_set_unseen))
    return _weighted(draw, labels, st.sampled_from(kappa_zero(x, seed=0).masks)), x


@st.composite
def perfectly_orthogonal_distributions(draw: DrawFn, K: Numbers = LABELS) -> LabelDistribution:
    """One multiplicity, perfectly orthogonal: balanced, complementary pairs split at will (even K), the Fano plane."""
    labels = draw(_number(K))
    kinds: list[SearchStrategy[LabelDistribution]] = [st.integers(1, labels - 1).map(lambda m: balanced(labels, m))]
    if labels % 2 == 0:
        shares = st.lists(st.integers(0, 12), min_size=1, max_size=10).map(tuple)
        kinds.append(shares.map(lambda split: halves(labels, split)))
    if labels == 7:
        kinds.append(st.integers(0, 1).map(lambda complement: projective_plane(2, complement)))
    return draw(st.one_of(kinds))


@st.composite
def pairs_of_distributions_on_the_same_labels(
    draw: DrawFn, K: Numbers = LABELS
) -> tuple[LabelDistribution, LabelDistribution]:
    """Two proper distributions with the same label names."""
    labels = draw(_number(K))
    return draw(label_distributions(labels)), draw(label_distributions(labels))


@st.composite
def from_families(draw: DrawFn, K: Numbers = LABELS, *, proper: bool = True) -> LabelDistribution:
    """A random member of a random family; a failing test prints the name that ``families.named`` rebuilds it from."""
    labels = draw(_number(K))
    known = [family for family in FAMILIES.values() if family.exists_at(labels) and (family.proper or not proper)]
    family = draw(st.sampled_from(known))
    parameters = family.sample_parameters(draw(st.randoms(use_true_random=False)), labels)
    note(family.spell(parameters))
    return family.build(**parameters)


# ---------------------------------------------------------------------- vectors and matrices


def rationals(most: int = 10) -> SearchStrategy[Fraction]:
    """Rational numbers of absolute value up to ``most`` with small denominators; shrink to 0, then whole numbers."""
    return st.builds(Fraction, st.integers(-most, most), st.integers(1, 6))


def rational_matrices(rows: Numbers, cols: Numbers) -> SearchStrategy[tuple[tuple[Fraction, ...], ...]]:
    """Matrices of rational numbers as a tuple of rows."""
    shapes = st.tuples(_number(rows), _number(cols))
    return shapes.flatmap(lambda shape: st.tuples(*[st.tuples(*[rationals()] * shape[1])] * shape[0]))


def contrasts(K: int, most: int = 3) -> SearchStrategy[tuple[int, ...]]:
    """Integer vectors, not 0, that sum to 0: ``K`` entries, all but the last at most ``most`` in absolute value."""
    free = st.tuples(*[st.integers(-most, most)] * (K - 1)).filter(any)
    return free.map(lambda entries: (*entries, -sum(entries)))


# ---------------------------------------------------------------------- parts

WEIGHTS = st.integers(1, 100)


def _number(value: Numbers) -> SearchStrategy[int]:
    return st.just(value) if isinstance(value, int) else value


def _fits(multiplicity: Numbers, labels: int) -> bool:
    return not isinstance(multiplicity, int) or multiplicity < labels


def _names(K: int) -> tuple[str, ...]:
    return tuple(str(k) for k in range(1, K + 1))


def _weighted(draw: DrawFn, K: int, masks: SearchStrategy[int], most: int = MOST_SETS) -> LabelDistribution:
    weights = draw(st.dictionaries(masks, WEIGHTS, min_size=1, max_size=most))
    return LabelDistribution.from_masks(weights, _names(K))


def _leaves_some_set_unseen(x: Sequence[int]) -> bool:
    proper = (subset for size in range(1, len(x)) for subset in itertools.combinations(x, size))
    return any(sum(subset) == 0 for subset in proper)
