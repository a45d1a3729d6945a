"""Random weights and supports, and supports that a contrast does not see."""

import math
import random
from fractions import Fraction

from verify.labels.builders.family import (
    Cases,
    Draw,
    Family,
    any_size,
    distribution,
    positive,
    require_enumerable,
    sets_of_size,
    sizes_meant,
)
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import below, hoppe_urn, one_of, shuffled

_ALPHAS = tuple(Fraction(alpha) for alpha in ("1/20", "1/5", "1/2", "1", "3", "20"))


def dirichlet(
    K: int, m: int | tuple[int, ...], *, alpha: Fraction | int | str, rows: int, seed: int, base: int = 0
) -> LabelDistribution:
    r"""Counts of ``rows`` draws from a random distribution with Dirichlet(``alpha``) weights on the ``m``-sets.

    Formula: counts ~ Multinomial(rows, p), p ~ Dirichlet(alpha, ..., alpha) over the sets with |S| in m; plus base

    Small ``alpha`` concentrates on few sets, large ``alpha`` is flat; counts / rows tends to ``p``. Drawn by Hoppe's
    urn, so exactly and without a gamma function. ``base = 1`` puts every ``m``-set into the support (claim S8a);
    otherwise sets with no count are left out.

    Example:
        >>> dirichlet(K=3, m=1, alpha="1/2", rows=20, seed=0).total
        20
    """
    concentration = positive("dirichlet", "alpha", alpha)
    if rows < 1 or base < 0:
        raise InputError(f"dirichlet: rows = {rows} must be at least 1 and base = {base} at least 0")
    masks = tuple(mask for size in sizes_meant(K, m) for mask in sets_of_size(K, size))
    counts = hoppe_urn(random.Random(seed), len(masks), concentration, rows, base)
    kept = [i for i, count in enumerate(counts) if count]
    return distribution(K, tuple(masks[i] for i in kept), tuple(counts[i] for i in kept))


def _dirichlet_cases(K: int) -> Cases:
    for m in sorted({1, K // 2, K - 1}):
        yield {"K": K, "m": m, "alpha": 1, "rows": 100, "seed": 0, "base": 1}
    yield {"K": K, "m": tuple(range(1, K)), "alpha": Fraction(1, 20), "rows": 100, "seed": 1}
    yield {"K": K, "m": tuple(range(1, K)), "alpha": 20, "rows": 100, "seed": 2}


def _dirichlet_draw(rng: random.Random, K: int) -> Draw:
    m = any_size(rng, K)
    return {
        "K": K,
        "m": m if below(rng, 2) else tuple(range(1, m + 1)),
        "alpha": one_of(rng, _ALPHAS),
        "rows": one_of(rng, (10, 40, 160)),
        "seed": below(rng, 1 << 32),
        "base": below(rng, 2),
    }


def sparse(K: int, sets: int, seed: int, m: int | tuple[int, ...] = ()) -> LabelDistribution:
    r"""A random support of ``sets`` label sets (of multiplicities ``m``, by default all proper) with small weights.

    Formula: support uniform among the supports with that many sets, weights uniform on 1..9

    With fewer than K-1 sets, kappa = 0 (claim S5).

    Example:
        >>> len(sparse(K=5, sets=3, seed=0).masks)
        3
    """
    population = tuple(mask for size in sizes_meant(K, m) for mask in sets_of_size(K, size))
    if not 1 <= sets <= len(population):
        raise InputError(f"sparse: sets = {sets} must be from 1 to the {len(population)} label sets there are")
    rng = random.Random(seed)
    chosen = sorted(shuffled(rng, range(len(population)), sets))
    return distribution(K, tuple(population[i] for i in chosen), tuple(1 + below(rng, 9) for _ in chosen))


def _sparse_cases(K: int) -> Cases:
    for sets in sorted({1, K - 1, min(K + 1, (1 << K) - 2)}):
        yield {"K": K, "sets": sets, "seed": sets}


def _sparse_draw(rng: random.Random, K: int) -> Draw:
    m = any_size(rng, K)
    if below(rng, 2):
        return {"K": K, "sets": 1 + below(rng, min(2 * K, (1 << K) - 2)), "seed": below(rng, 1 << 32)}
    return {"K": K, "sets": 1 + below(rng, min(2 * K, math.comb(K, m))), "seed": below(rng, 1 << 32), "m": m}


def kappa_zero(x: tuple[int, ...], seed: int, m: int | tuple[int, ...] = ()) -> LabelDistribution:
    r"""Every label set that the contrast ``x`` does not see, with small random weights: kappa = 0 by construction.

    Formula: support {S : sum_{k in S} x_k = 0, |S| in m}, K = len(x), weights uniform on 1..9; m defaults to 1..K-1

    The claim is S5: ``x`` is not 0, sums to 0, and sees no label set. ``x = (1, -1, 0)`` ties labels 1 and 2 together.

    Raises:
        InputError: ``x`` is no contrast, or sees every label set (at ``K = 2`` it always does).

    Example:
        >>> pi = kappa_zero(x=(1, -1, 0), seed=0)
        >>> [pi.spell(mask) for mask in pi.masks]
        ['{3}', '{1, 2}']
    """
    K = len(x)
    require_enumerable(K)
    if sum(x) != 0 or not any(x):
        raise InputError(f"kappa_zero: x = {x} must be a contrast: not all 0, and sum to 0")
    sums = [0]
    for entry in x:
        sums += [value + entry for value in sums]
    unseen = tuple(mask for size in sizes_meant(K, m) for mask in sets_of_size(K, size) if sums[mask] == 0)
    if not unseen:
        raise InputError(f"kappa_zero: x = {x} sees every label set of the multiplicities {list(sizes_meant(K, m))}")
    rng = random.Random(seed)
    return distribution(K, unseen, tuple(1 + below(rng, 9) for _ in unseen))


def _kappa_zero_cases(K: int) -> Cases:
    if K > 2:
        yield {"x": (1, -1) + (0,) * (K - 2), "seed": 0}
        yield {"x": (2, -1, -1) + (0,) * (K - 3), "seed": 1} if K > 3 else {"x": (0, 1, -1), "seed": 1, "m": 2}
    if K % 2 == 0 and K > 2:
        yield {"x": (1, -1) * (K // 2), "seed": 2, "m": 2}


def _kappa_zero_draw(rng: random.Random, K: int) -> Draw:
    """A contrast between two disjoint groups of labels, balanced by their sizes, that leaves some label set unseen."""
    plus = 1 + below(rng, K - 2)
    minus = 1 + below(rng, K - 1 - plus)  # at least one label is in neither group, and alone it is unseen
    common = math.gcd(plus, minus)
    entries = [minus // common] * plus + [-plus // common] * minus + [0] * (K - plus - minus)
    return {"x": tuple(shuffled(rng, entries, K)), "seed": below(rng, 1 << 32)}


def single_set(K: int, m: int) -> LabelDistribution:
    r"""One label set only: the first ``m`` labels. kappa = 0 unless K = 2.

    Formula: pi_S = 1 for S = {1..m}

    Example:
        >>> single_set(K=3, m=2).masks
        (3,)
    """
    return distribution(K, sets_of_size(K, m)[:1], (1,))


RANDOM_SUPPORTS = (
    Family(dirichlet, _dirichlet_cases, _dirichlet_draw),
    Family(sparse, _sparse_cases, _sparse_draw),
    Family(kappa_zero, _kappa_zero_cases, _kappa_zero_draw),
    Family(
        single_set, lambda K: ({"K": K, "m": m} for m in range(1, K)), lambda rng, K: {"K": K, "m": any_size(rng, K)}
    ),
)
"""These families, in order."""
