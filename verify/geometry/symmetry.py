"""The symmetries of a label distribution: the permutations of labels that preserve it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from verify.labels.distribution import LabelDistribution
from verify.labels.masks import members, moved

MOST_TRIED = 20_000
"""Partial permutations of labels after which the search is given up."""

MOST_LABELS = 32
"""Most labels whose symmetries are looked for."""


@lru_cache(maxsize=16)
def symmetries(pi: LabelDistribution) -> tuple[tuple[int, ...], ...] | None:
    """The symmetries, each as the images of the labels, found label by label; ``None`` beyond all patience.

    Example:
        >>> symmetries(LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 3)], labels="abc"))
        ((0, 1, 2), (1, 0, 2))
    """
    if pi.K > MOST_LABELS:
        return None
    together = [[_together(pi, 1 << j | 1 << k) for k in range(pi.K)] for j in range(pi.K)]
    found: list[tuple[int, ...]] = [()]
    for j in range(pi.K):
        found = [
            (*image, i)
            for image in found
            for i in range(pi.K)
            if i not in image and all(together[j][k] == together[i][to] for k, to in enumerate((*image, i)))
        ]
        if len(found) > MOST_TRIED:
            return None
    weights = pi.weight_of
    return tuple(image for image in found if all(weights.get(moved(S, image)) == w for S, w in weights.items()))


def _together(pi: LabelDistribution, labels: int) -> dict[int, int]:
    """Weight of the label sets that contain some labels, by size."""
    counts: dict[int, int] = {}
    for mask, weight in pi.weight_of.items():
        if mask & labels == labels:
            counts[mask.bit_count()] = counts.get(mask.bit_count(), 0) + weight
    return counts


def transitive(images: Sequence[tuple[int, ...]], mask: int, blocks: Iterable[int]) -> bool:
    """Whether the symmetries that preserve a label set are transitive on each of some sets of labels."""
    fixing = [image for image in images if moved(mask, image) == mask]
    inside = (members(block) for block in blocks if block)
    return all({image[labels[0]] for image in fixing} == set(labels) for labels in inside)


def complement(pi: LabelDistribution, mask: int) -> int:
    """The labels that a set leaves out."""
    return (1 << pi.K) - 1 ^ mask
