"""Balanced, imbalanced and correlated labels: weights by a formula."""

import itertools
import math
import random
from fractions import Fraction
from functools import cache

from verify.labels.builders.family import (
    GRID,
    Cases,
    Draw,
    Family,
    any_size,
    ascending_sets,
    checked,
    distribution,
    numbered,
    positive,
    rational,
    require_enumerable,
    sets_of_size,
)
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import apportion, below, grid_powers, one_of, shuffled, swap_chain, systematic, zipf_profile
from verify.labels.masks import members

_RATIOS = tuple(Fraction(ratio) for ratio in ("3/2", "2", "5", "10", "100"))


def _rank_sum(mask: int) -> int:
    return sum(members(mask))


# ---------------------------------------------------------------------- balanced and imbalanced classes


def balanced(K: int, m: int) -> LabelDistribution:
    r"""Every ``m``-set equally likely (claim S1).

    Formula: pi_S = 1 / C(K, m) for |S| = m

    Example:
        >>> balanced(K=4, m=2).weights
        (1, 1, 1, 1, 1, 1)
    """
    masks = sets_of_size(K, m)
    return distribution(K, masks, (1,) * len(masks))


def mixture(K: int, shares: tuple[int, ...]) -> LabelDistribution:
    r"""Balanced within each multiplicity, ``shares[m-1]`` parts of the mass at multiplicity ``m`` (claims S6, O1).

    Formula: pi_S = shares[m-1] / (sum(shares) C(K, m)) for |S| = m, m = 1..K-1

    Example:
        >>> mixture(K=3, shares=(2, 1)).multiplicities
        {1: Fraction(2, 3), 2: Fraction(1, 3)}
    """
    if len(shares) > K - 1 or min(shares, default=0) < 0 or not any(shares):
        raise InputError(f"mixture: shares {shares} must be up to K-1 = {K - 1} counts >= 0, not all 0")
    used = [(m, share) for m, share in enumerate(shares, start=1) if share]
    scale = math.lcm(*(math.comb(K, m) for m, _ in used))
    masks = tuple(mask for m, _ in used for mask in sets_of_size(K, m))
    weights = tuple(share * scale // math.comb(K, m) for m, share in used for _ in sets_of_size(K, m))
    return distribution(K, masks, weights)


def _mixture_cases(K: int) -> Cases:
    yield {"K": K, "shares": (1,) * (K - 1)}
    if K > 2:
        yield {"K": K, "shares": (3, 1)}


def _mixture_draw(rng: random.Random, K: int) -> Draw:
    shares = [below(rng, 4) for _ in range(1, K)]
    shares[below(rng, K - 1)] += 1
    return {"K": K, "shares": tuple(shares)}


def step(K: int, m: int, rho: Fraction | int | str) -> LabelDistribution:
    r"""Step imbalance: the first half of the labels has odds ``rho``, the rest odds 1.

    Formula: pi_S ~ prod_{k in S} v_k for |S| = m, v_k = rho if k <= K // 2 else 1

    At ``m = 1`` the class frequencies themselves are in the ratio ``rho``.

    Example:
        >>> step(K=4, m=2, rho="3/2").weights
        (9, 6, 6, 6, 6, 4)
    """
    ratio = positive("step", "rho", rho)
    head = (1 << K // 2) - 1
    masks = sets_of_size(K, m)
    p, q = ratio.numerator, ratio.denominator
    inside = [(mask & head).bit_count() for mask in masks]
    return distribution(K, masks, tuple(p**i * q ** (m - i) for i in inside))


def _ratio_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": any_size(rng, K), "rho": one_of(rng, _RATIOS)}


def longtail(K: int, m: int, rho: Fraction | int | str) -> LabelDistribution:
    r"""Exponential long tail with imbalance ratio ``rho >= 1`` between the odds of the first and the last label.

    Formula: pi_S ~ prod_{k in S} rho^(-(k-1)/(K-1)) for |S| = m, on the grid of GRID-ths of the smallest weight

    At ``m = 1`` these are the usual long-tailed class frequencies ``n_k = n_1 rho^(-(k-1)/(K-1))``.

    Example:
        >>> longtail(K=3, m=1, rho=100).weights
        (100000, 10000, 1000)
    """
    ratio = positive("longtail", "rho", rho)
    if ratio < 1:
        raise InputError(f"longtail: rho = {rho} must be at least 1")
    masks = sets_of_size(K, m)
    ranks = [_rank_sum(mask) for mask in masks]
    powers = grid_powers(ratio, K - 1, max(ranks) - min(ranks), GRID)
    return distribution(K, masks, tuple(powers[max(ranks) - rank] for rank in ranks))


def zipf(
    K: int, s: Fraction | int | str, cardinality: Fraction | int | str, orders: int, seed: int
) -> LabelDistribution:
    r"""Zipf class frequencies with a given label cardinality, realised by systematic sampling of the labels.

    Formula: f_k = cardinality k^(-s) / sum_j j^(-s), on the grid 1/D, D = 1000 K denominator(cardinality)

    The cardinality is met exactly and every frequency to less than ``1/D`` (largest-remainder rounding). For each of
    ``orders`` random orders of the labels, lay intervals of lengths ``f_k`` end to end and take the labels hit by the
    points ``u, u+1, ...`` with ``u`` uniform on [0, 1): this includes label ``k`` with probability exactly ``f_k``, in
    label sets of size floor or ceil of the cardinality (Madow, W. G. (1949), On the theory of systematic sampling II,
    Ann. Math. Stat. 20).

    Example:
        >>> pi = zipf(K=4, s=1, cardinality="3/2", orders=2, seed=0)
        >>> pi.cardinality, [round(float(f), 3) for f in pi.frequencies]
        (Fraction(3, 2), [0.72, 0.36, 0.24, 0.18])
    """
    mean = positive("zipf", "cardinality", cardinality)
    if not 1 <= mean <= K - 1 or orders < 1:
        raise InputError(f"zipf: cardinality = {cardinality} must be from 1 to K-1 = {K - 1} and orders at least 1")
    grid = 1000 * K * mean.denominator
    counts = _zipf_counts("zipf", K, s, mean, grid)
    rng = random.Random(seed)
    weights: dict[int, int] = {}
    for _ in range(orders):
        for mask, length in systematic(counts, grid, shuffled(rng, range(K), K)):
            weights[mask] = weights.get(mask, 0) + length
    return LabelDistribution.from_masks(weights, numbered(K))


def _zipf_cases(K: int) -> Cases:
    yield {"K": K, "s": 1, "cardinality": 1, "orders": 1, "seed": 0}
    if K > 2:
        yield {"K": K, "s": 1, "cardinality": Fraction(3, 2), "orders": K, "seed": 1}


def _zipf_draw(rng: random.Random, K: int) -> Draw:
    s, cardinality = one_of(rng, _zipf_options(K))
    return {"K": K, "s": s, "cardinality": cardinality, "orders": 1 + below(rng, K), "seed": below(rng, 1 << 32)}


def _zipf_counts(family: str, K: int, s: Fraction | int | str, cardinality: Fraction, grid: int) -> tuple[int, ...]:
    """The class frequencies in units of ``1 / grid``."""
    exponent = rational(family, "s", s)
    numbered(K)
    most = sum(zipf_profile(K, exponent)) if exponent >= 0 else Fraction(0)
    if cardinality > most:
        fault = f"s = {s} must be at least 0" if exponent < 0 else f"cardinality = {cardinality} puts f_1 above 1"
        raise InputError(f"{family}: {fault}; with s = {s} the cardinality is at most {float(most):.6g}")
    return apportion(zipf_profile(K, exponent), int(cardinality * grid))


@cache
def _zipf_options(K: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """Exponents with the cardinalities (quarters, up to 4) that leave every frequency at most 1."""
    return tuple(
        (s, cardinality)
        for s in (Fraction(1, 2), Fraction(1), Fraction(2))
        for cardinality in (Fraction(n, 4) for n in range(4, 17))
        if cardinality <= K - 1 and cardinality <= sum(zipf_profile(K, s))
    )


def independent(K: int, s: Fraction | int | str, cardinality: Fraction | int | str) -> LabelDistribution:
    r"""Independent labels with Zipf class frequencies; the empty and the full set occur too.

    Formula: pi_S = prod_{k in S} f_k prod_{k not in S} (1 - f_k), f_k as in zipf with D = 100 denominator(cardinality)

    Example:
        >>> pi = independent(K=2, s=0, cardinality=1)
        >>> [(pi.spell(mask), weight / pi.total) for mask, weight in zip(pi.masks, pi.weights)]
        [('{}', 0.25), ('{1}', 0.25), ('{2}', 0.25), ('{1, 2}', 0.25)]
    """
    require_enumerable(K)
    mean = positive("independent", "cardinality", cardinality)
    grid = 100 * mean.denominator
    weights = [1]
    for count in _zipf_counts("independent", K, s, mean, grid):
        weights = [weight * (grid - count) for weight in weights] + [weight * count for weight in weights]
    return LabelDistribution.from_masks({mask: weight for mask, weight in enumerate(weights) if weight}, numbered(K))


def _independent_cases(K: int) -> Cases:
    yield {"K": K, "s": 0, "cardinality": 1}
    yield {"K": K, "s": 1, "cardinality": Fraction(3, 2)}


def _independent_draw(rng: random.Random, K: int) -> Draw:
    s, cardinality = one_of(rng, _zipf_options(K))
    return {"K": K, "s": s, "cardinality": cardinality}


# ---------------------------------------------------------------------- correlated and exclusive labels


def blocks(K: int, m: int, size: int, q: Fraction | int | str) -> LabelDistribution:
    r"""Block-correlated labels: each co-occurring pair inside a block of ``size`` labels multiplies the odds by ``q``.

    Formula: pi_S ~ q^(number of pairs of S inside one block) for |S| = m, blocks {1..size}, {size+1..2 size}, ...

    The pairwise model with coupling ``log q`` inside the blocks; ``q > 1`` attracts, ``q < 1`` repels.

    Example:
        >>> blocks(K=4, m=2, size=2, q=5).weights
        (5, 1, 1, 1, 1, 5)
    """
    odds = positive("blocks", "q", q)
    if size < 1:
        raise InputError(f"blocks: size = {size} must be at least 1")
    groups = [sum(1 << k for k in range(start, min(start + size, K))) for start in range(0, K, size)]
    masks = sets_of_size(K, m)
    pairs = [sum(math.comb((mask & group).bit_count(), 2) for group in groups) for mask in masks]
    most = max(pairs)
    return distribution(K, masks, tuple(odds.numerator**n * odds.denominator ** (most - n) for n in pairs))


def _blocks_draw(rng: random.Random, K: int) -> Draw:
    size = 2 + below(rng, max(1, K // 2))
    return {"K": K, "m": any_size(rng, K), "size": size, "q": one_of(rng, (*_RATIOS, Fraction(1, 2), Fraction(1, 10)))}


def exclusive(K: int, m: int, groups: int) -> LabelDistribution:
    r"""Mutually exclusive labels: at most one label from each of ``groups`` groups, all such ``m``-sets equally likely.

    Formula: pi_S equal on the m-sets with at most one label in each class of k modulo groups

    One label from every group (``m = groups >= 3``) gives kappa = 0: a contrast constant on groups sees nothing.

    Example:
        >>> pi = exclusive(K=4, m=2, groups=2)
        >>> [pi.spell(mask) for mask in pi.masks]
        ['{1, 2}', '{2, 3}', '{1, 4}', '{3, 4}']
    """
    if not m <= groups <= K:
        raise InputError(f"exclusive: groups = {groups} must be from m = {m} to K = {K}")
    members = [sum(1 << k for k in range(group, K, groups)) for group in range(groups)]
    kept = tuple(mask for mask in sets_of_size(K, m) if all((mask & group).bit_count() <= 1 for group in members))
    return distribution(K, kept, (1,) * len(kept))


def _exclusive_draw(rng: random.Random, K: int) -> Draw:
    groups = 2 + below(rng, K - 2)
    return {"K": K, "m": 1 + below(rng, groups), "groups": groups}


def pairwise(K: int, m: int, strength: int, seed: int, rows: int = 0) -> LabelDistribution:
    r"""A random pairwise (Ising-type) model at fixed multiplicity ``m``.

    Formula: pi_S ~ prod_{j<k in S} q_jk for |S| = m, couplings J_jk = log q_jk, q_jk uniform on 1..strength

    At fixed size only ratios of the ``q`` matter, so whole numbers cover attraction and repulsion alike, exactly.
    ``rows = 0`` enumerates all ``m``-sets. For larger ``K`` give ``rows``: counts of that many states of a Metropolis
    chain of label swaps, started at a random ``m``-set, one state every ``K`` proposals after ``20 K`` of them.

    Example:
        >>> pairwise(K=4, m=2, strength=3, seed=0).total == sum(pairwise(K=4, m=2, strength=3, seed=0).weights)
        True
    """
    if strength < 1 or rows < 0:
        raise InputError(f"pairwise: strength = {strength} must be at least 1 and rows = {rows} at least 0")
    rng = random.Random(seed)
    odds = {pair: 1 + below(rng, strength) for pair in itertools.combinations(range(checked(K, m)), 2)}
    if rows:
        return LabelDistribution.from_masks(swap_chain(rng, K, m, odds, rows), numbered(K))
    return distribution(
        K,
        sets_of_size(K, m),
        tuple(math.prod(map(odds.__getitem__, itertools.combinations(members, 2))) for members in ascending_sets(K, m)),
    )


IMBALANCED = (
    Family(balanced, lambda K: ({"K": K, "m": m} for m in range(1, K)), lambda rng, K: {"K": K, "m": any_size(rng, K)}),
    Family(mixture, _mixture_cases, _mixture_draw),
    Family(step, lambda K: ({"K": K, "m": m, "rho": 10} for m in range(1, K)), _ratio_draw),
    Family(longtail, lambda K: ({"K": K, "m": m, "rho": 100} for m in sorted({1, K // 2, K - 1})), _ratio_draw),
    Family(zipf, _zipf_cases, _zipf_draw),
    Family(independent, _independent_cases, _independent_draw, proper=False),
    Family(
        blocks,
        lambda K: ({"K": K, "m": m, "size": 2, "q": q} for m in range(2, K) for q in (20, Fraction(1, 20))),
        _blocks_draw,
    ),
    Family(
        exclusive,
        lambda K: ({"K": K, "m": m, "groups": groups} for groups in range(2, K) for m in sorted({groups - 1, groups})),
        _exclusive_draw,
    ),
    Family(
        pairwise,
        lambda K: ({"K": K, "m": m, "strength": 6, "seed": m} for m in range(1, K)),
        lambda rng, K: {
            "K": K,
            "m": any_size(rng, K),
            "strength": one_of(rng, (2, 6, 50)),
            "seed": below(rng, 1 << 32),
        },
    ),
)
"""These families, in order."""
