"""Small cases for the controls of several chapters: what a false variant of a claim is rejected on."""

from collections.abc import Callable, Sequence

from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution


def witness(sets: Sequence[tuple[Sequence[int], int]], K: int) -> Callable[[], LabelSpectrum]:
    """A small case from label sets with weights."""
    return lambda: LabelSpectrum(LabelDistribution.from_sets(sets, [chr(ord("a") + k) for k in range(K)]))


# the name says which instance is drawn from it, where that matters; the tests hold them to it
PAL_FREE = witness([([0], 1), ([1], 1), ([2], 4)], 3)
PAL_ZERO = witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 5)], 3)
BCE = witness([([0], 1), ([1], 1), ([2], 1), ([0, 1], 7)], 3)
MSE = witness([([0], 1), ([1], 1), ([2], 5)], 3)
MSE_TIGHT = witness([([0], 1), ([1], 1), ([2], 6)], 3)  # lambda = 4e-7
SMALLER_RANK = witness([([0], 2), ([0, 1], 1), ([0, 2], 2)], 3)  # BCE without bias, rank 2
BALANCED = witness([([k], 1) for k in range(4)], 4)
UNEQUAL = witness([([0], 1), ([1], 2), ([2], 4)], 3)
FOUR_SINGLES = witness([([0], 1), ([1], 2), ([2], 3), ([3], 4)], 4)
FOUR_MIXED = witness([([0, 1], 1), ([0, 2], 1), ([3], 3)], 4)  # T4's instance
EQUAL = witness([([k], 11) for k in range(3)], 3)  # PAL-CE without bias
TWO_SIZES = witness([*(([k], 4) for k in range(3)), ([0, 1], 1), ([0, 2], 1), ([1, 2], 1)], 3)
UNDONE = witness([([0], 6), ([1], 3), ([2], 3), ([1, 2], 2), ([0, 2], 5), ([0, 1], 5)], 3)  # Sigma = P/3
HALF = witness([([0], 2), ([1], 1), ([2], 1)], 3)
TWO_OF_THREE = witness([([0], 1), ([1], 1)], 3)  # eigenvalues 1/6 and 1/2
TWO_PAIRS = witness([([0, 1], 1), ([2, 3], 1)], 4)
