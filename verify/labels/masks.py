"""Label sets as bit masks: bit ``k`` says whether label ``k`` is in the set. The one place that knows."""

from collections.abc import Iterable, Sequence


def members(mask: int) -> tuple[int, ...]:
    """The labels of a set, ascending.

    Example:
        >>> members(0b1101)
        (0, 2, 3)
    """
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)


def mask_of(labels: Iterable[int]) -> int:
    """The set of some labels, each given once.

    Example:
        >>> mask_of((0, 2, 3)) == 0b1101
        True
    """
    return sum(1 << k for k in labels)


def indicator(mask: int, K: int) -> tuple[int, ...]:
    """The row :math:`y_S`: 1 on the labels of the set, 0 off it.

    Example:
        >>> indicator(0b101, 4)
        (1, 0, 1, 0)
    """
    return tuple(mask >> k & 1 for k in range(K))


def moved(mask: int, image: Sequence[int]) -> int:
    """The set that a map of labels, ``k`` to ``image[k]``, makes of a set.

    Example:
        >>> bin(moved(0b011, (2, 0, 1)))
        '0b101'
    """
    return mask_of(image[k] for k in members(mask))
