"""Random draws and powers that are the same on every platform and Python version.

Draws call nothing of a generator but ``random()``, the one method whose sequence Python promises to keep, and scale it
by correctly rounded IEEE operations. Powers never touch the platform's ``libm``: :mod:`decimal` rounds ``ln`` and
``exp`` correctly, so their digits are the same everywhere.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from typing import TypeVar

Item = TypeVar("Item")

_DECIMAL = Context(prec=40)


def below(rng: random.Random, n: int) -> int:
    """A uniform integer in ``0..n-1``. Never ``n``: (1 - 2^-53) n rounds below n for every ``n`` up to 2^53."""
    return int(rng.random() * n)


def one_of(rng: random.Random, options: Sequence[Item]) -> Item:
    """A uniform choice."""
    return options[below(rng, len(options))]


def shuffled(rng: random.Random, items: Sequence[Item], count: int) -> list[Item]:
    """The first ``count`` items of a uniform Fisher-Yates shuffle."""
    pool = list(items)
    for i in range(count):
        j = i + below(rng, len(pool) - i)
        pool[i], pool[j] = pool[j], pool[i]
    return pool[:count]


def hoppe_urn(rng: random.Random, cells: int, alpha: Fraction, rows: int, base: int) -> list[int]:
    """Dirichlet-multinomial counts: a draw is a uniform cell with chance ~ ``alpha * cells``, else copies a past one.

    Hoppe, F. (1984), Polya-like urns and the Ewens' sampling formula, J. Math. Biology 20.
    """
    counts = [base] * cells
    drawn: list[int] = []
    fresh, copy = alpha.numerator * cells, alpha.denominator
    for row in range(rows):
        ticket = below(rng, fresh + copy * row)
        cell = ticket // alpha.numerator if ticket < fresh else drawn[(ticket - fresh) // copy]
        drawn.append(cell)
        counts[cell] += 1
    return counts


def systematic(counts: Sequence[int], grid: int, order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Systematic sampling: lay ``counts`` end to end in ``order``; which labels do ``u, u + grid, ...`` hit?

    Yields the label sets as masks, each with the number of ``u`` in ``0..grid-1`` that give it. No count exceeds
    ``grid``, so no label is hit twice, and label ``k`` is hit by ``counts[k]`` of the ``u``.

    Example:
        >>> list(systematic((3, 1, 2), 4, (0, 1, 2)))
        [(5, 2), (1, 1), (2, 1)]
    """
    ends = list(itertools.accumulate((counts[k] for k in order), initial=0))
    cuts = sorted({end % grid for end in ends} | {0})
    for u, until in itertools.pairwise([*cuts, grid]):
        yield sum(1 << k for k, start in zip(order, ends, strict=False) if (u - start) % grid < counts[k]), until - u


def swap_chain(rng: random.Random, K: int, m: int, odds: Mapping[tuple[int, int], int], rows: int) -> Mapping[int, int]:
    """Counts of ``rows`` states of a Metropolis chain on ``m``-sets that swaps a label of the set for one outside.

    Its stationary distribution is proportional to the product of ``odds[j, k]`` over the pairs ``j < k`` of the set.
    One state is taken every ``K`` proposals, after ``20 K`` of them. States are masks.
    """
    labels = shuffled(rng, range(K), K)  # the first m are the set
    counts: dict[int, int] = {}
    for proposal in range(1, (20 + rows) * K + 1):
        i, j = below(rng, m), m + below(rng, K - m)
        others = labels[:i] + labels[i + 1 : m]
        gain, loss = (math.prod(odds[min(k, n), max(k, n)] for n in others) for k in (labels[j], labels[i]))
        if rng.random() < gain / loss:  # int / int is correctly rounded, so the same everywhere
            labels[i], labels[j] = labels[j], labels[i]
        if proposal > 20 * K and proposal % K == 0:
            mask = sum(1 << k for k in labels[:m])
            counts[mask] = counts.get(mask, 0) + 1
    return counts


@cache
def grid_powers(base: Fraction, root: int, last: int, grid: int) -> tuple[int, ...]:
    """``grid * base ** (t / root)`` for ``t = 0..last``, rounded to whole numbers.

    Example:
        >>> grid_powers(Fraction(2), 2, 4, 1000)
        (1000, 1414, 2000, 2828, 4000)
    """
    log = _DECIMAL.ln(_DECIMAL.divide(Decimal(base.numerator), Decimal(base.denominator)))
    exponents = (_DECIMAL.divide(_DECIMAL.multiply(log, Decimal(t)), Decimal(root)) for t in range(last + 1))
    return tuple(round(_DECIMAL.multiply(_DECIMAL.exp(exponent), Decimal(grid))) for exponent in exponents)


@cache
def zipf_profile(K: int, s: Fraction) -> tuple[Fraction, ...]:
    """``k ** (-s)`` for ``k = 1..K``, to 40 digits.

    Example:
        >>> [float(value) for value in zipf_profile(4, Fraction(1, 2))]
        [1.0, 0.7071067811865476, 0.5773502691896257, 0.5]
    """
    exponent = _DECIMAL.divide(Decimal(-s.numerator), Decimal(s.denominator))
    powers = (_DECIMAL.exp(_DECIMAL.multiply(_DECIMAL.ln(Decimal(k)), exponent)) for k in range(1, K + 1))
    return tuple(Fraction(power) for power in powers)


def apportion(profile: Sequence[Fraction], total: int) -> tuple[int, ...]:
    """Whole numbers in proportion to ``profile`` that sum to ``total``, by largest remainders: each off by less than 1.

    Example:
        >>> apportion((Fraction(1), Fraction(1), Fraction(2)), 5)
        (1, 1, 3)
    """
    whole = sum(profile)
    exact = [value * total / whole for value in profile]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(counts)), key=lambda k: counts[k] - exact[k])
    for k in by_remainder[: total - sum(counts)]:
        counts[k] += 1
    return tuple(counts)
