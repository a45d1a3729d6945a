r"""Synthetic label distributions: each a named, documented family that a report can name and a reader can rebuild.

Every builder returns a ``LabelDistribution`` with exact weights. A formula with rational
parameters is taken literally; a real-valued one (powers) is evaluated in decimal arithmetic and rounded to a documented
integer grid. Randomness is seeded. The same call gives the same bytes everywhere: see :mod:`verify.labels.draws`.

Labels are named ``"1"`` to ``"K"``.

    >>> make("step", K=3, m=1, rho=10).weights
    (10, 1, 1)
    >>> named("step(K=3, m=1, rho=10)") == make("step", K=3, m=1, rho=10)
    True
    >>> name, pi = random_distribution(random.Random(1), K_range=(2, 7))
    >>> named(name) == pi
    True
"""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import (
    apportion,
    below,
    grid_powers,
    hoppe_urn,
    one_of,
    shuffled,
    swap_chain,
    systematic,
    zipf_profile,
)
from verify.labels.masks import mask_of, members

__all__ = ["FAMILIES", "Family", "Parameter", "make", "named", "panel", "random_distribution"]

Parameter = int | Fraction | str | tuple[int, ...]
"""A parameter of a family. A rational one may be given as an int, a Fraction, or a string such as ``"1/10"``."""

GRID = 1000
"""A real-valued weight is a whole number of ``GRID``-ths of the smallest weight: relative error at most 1/(2 GRID)."""

MOST_LABELS, MOST_SETS = 10_000, 200_000
"""More labels, or enumerating more label sets, is refused rather than left to run out of memory."""


Cases = Iterator[Mapping[str, Parameter]]
Draw = Mapping[str, Parameter]

_ALPHAS = tuple(Fraction(alpha) for alpha in ("1/20", "1/5", "1/2", "1", "3", "20"))
_RATIOS = tuple(Fraction(ratio) for ratio in ("3/2", "2", "5", "10", "100"))
_PLANE_PRIMES = (2, 3, 5, 7)
_PALEY_PRIMES = (3, 7, 11, 19, 23)


# ---------------------------------------------------------------------- balanced and imbalanced classes


def balanced(K: int, m: int) -> LabelDistribution:
    r"""Every ``m``-set equally likely (claim S1).

    Formula: pi_S = 1 / C(K, m) for |S| = m

    Example:
        >>> balanced(K=4, m=2).weights
        (1, 1, 1, 1, 1, 1)
    """
    masks = _sets(K, m)
    return _distribution(K, masks, (1,) * len(masks))


def _balanced_cases(K: int) -> Cases:
    return ({"K": K, "m": m} for m in _every_m(K))


def _balanced_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": _any_m(rng, K)}


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
    masks = tuple(mask for m, _ in used for mask in _sets(K, m))
    weights = tuple(share * scale // math.comb(K, m) for m, share in used for _ in _sets(K, m))
    return _distribution(K, masks, weights)


def _mixture_cases(K: int) -> Cases:
    yield {"K": K, "shares": (1,) * (K - 1)}
    if K > 2:
        yield {"K": K, "shares": (3, 1)}


def _mixture_draw(rng: random.Random, K: int) -> Draw:
    shares = [below(rng, 4) for _ in _every_m(K)]
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
    ratio = _positive("step", "rho", rho)
    head = (1 << K // 2) - 1
    masks = _sets(K, m)
    p, q = ratio.numerator, ratio.denominator
    inside = [(mask & head).bit_count() for mask in masks]
    return _distribution(K, masks, tuple(p**i * q ** (m - i) for i in inside))


def _step_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "rho": 10} for m in _every_m(K))


def _ratio_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": _any_m(rng, K), "rho": one_of(rng, _RATIOS)}


def longtail(K: int, m: int, rho: Fraction | int | str) -> LabelDistribution:
    r"""Exponential long tail with imbalance ratio ``rho >= 1`` between the odds of the first and the last label.

    Formula: pi_S ~ prod_{k in S} rho^(-(k-1)/(K-1)) for |S| = m, on the grid of GRID-ths of the smallest weight

    At ``m = 1`` these are the usual long-tailed class frequencies ``n_k = n_1 rho^(-(k-1)/(K-1))``.

    Example:
        >>> longtail(K=3, m=1, rho=100).weights
        (100000, 10000, 1000)
    """
    ratio = _positive("longtail", "rho", rho)
    if ratio < 1:
        raise InputError(f"longtail: rho = {rho} must be at least 1")
    masks = _sets(K, m)
    ranks = [_rank_sum(mask) for mask in masks]
    powers = grid_powers(ratio, K - 1, max(ranks) - min(ranks), GRID)
    return _distribution(K, masks, tuple(powers[max(ranks) - rank] for rank in ranks))


def _longtail_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "rho": 100} for m in sorted({1, K // 2, K - 1}))


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
    mean = _positive("zipf", "cardinality", cardinality)
    if not 1 <= mean <= K - 1 or orders < 1:
        raise InputError(f"zipf: cardinality = {cardinality} must be from 1 to K-1 = {K - 1} and orders at least 1")
    grid = 1000 * K * mean.denominator
    counts = _zipf_counts("zipf", K, s, mean, grid)
    rng = random.Random(seed)
    weights: dict[int, int] = {}
    for _ in range(orders):
        for mask, length in systematic(counts, grid, shuffled(rng, range(K), K)):
            weights[mask] = weights.get(mask, 0) + length
    return _in_order(K, weights)


def _zipf_cases(K: int) -> Cases:
    yield {"K": K, "s": 1, "cardinality": 1, "orders": 1, "seed": 0}
    if K > 2:
        yield {"K": K, "s": 1, "cardinality": Fraction(3, 2), "orders": K, "seed": 1}


def _zipf_draw(rng: random.Random, K: int) -> Draw:
    s, cardinality = one_of(rng, _zipf_options(K))
    return {"K": K, "s": s, "cardinality": cardinality, "orders": 1 + below(rng, K), "seed": _seed(rng)}


def _zipf_counts(family: str, K: int, s: Fraction | int | str, cardinality: Fraction, grid: int) -> tuple[int, ...]:
    """The class frequencies in units of ``1 / grid``."""
    exponent = _rational(family, "s", s)
    _labels(K)
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
    _require_enumerable(K)
    mean = _positive("independent", "cardinality", cardinality)
    grid = 100 * mean.denominator
    weights = [1]
    for count in _zipf_counts("independent", K, s, mean, grid):
        weights = [weight * (grid - count) for weight in weights] + [weight * count for weight in weights]
    return _in_order(K, {mask: weight for mask, weight in enumerate(weights) if weight})


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
    odds = _positive("blocks", "q", q)
    if size < 1:
        raise InputError(f"blocks: size = {size} must be at least 1")
    groups = [sum(1 << k for k in range(start, min(start + size, K))) for start in range(0, K, size)]
    masks = _sets(K, m)
    pairs = [sum(math.comb((mask & group).bit_count(), 2) for group in groups) for mask in masks]
    most = max(pairs)
    return _distribution(K, masks, tuple(odds.numerator**n * odds.denominator ** (most - n) for n in pairs))


def _blocks_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "size": 2, "q": q} for m in range(2, K) for q in (20, Fraction(1, 20)))


def _blocks_draw(rng: random.Random, K: int) -> Draw:
    size = 2 + below(rng, max(1, K // 2))
    return {"K": K, "m": _any_m(rng, K), "size": size, "q": one_of(rng, (*_RATIOS, Fraction(1, 2), Fraction(1, 10)))}


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
    kept = tuple(mask for mask in _sets(K, m) if all((mask & group).bit_count() <= 1 for group in members))
    return _distribution(K, kept, (1,) * len(kept))


def _exclusive_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "groups": groups} for groups in range(2, K) for m in sorted({groups - 1, groups}))


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
    odds = {pair: 1 + below(rng, strength) for pair in itertools.combinations(range(_checked(K, m)), 2)}
    if rows:
        return _in_order(K, swap_chain(rng, K, m, odds, rows))
    return _distribution(
        K,
        _sets(K, m),
        tuple(math.prod(map(odds.__getitem__, itertools.combinations(members, 2))) for members in _members(K, m)),
    )


def _pairwise_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "strength": 6, "seed": m} for m in _every_m(K))


def _pairwise_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": _any_m(rng, K), "strength": one_of(rng, (2, 6, 50)), "seed": _seed(rng)}


# ---------------------------------------------------------------------- random weights and supports


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
    concentration = _positive("dirichlet", "alpha", alpha)
    if rows < 1 or base < 0:
        raise InputError(f"dirichlet: rows = {rows} must be at least 1 and base = {base} at least 0")
    masks = tuple(mask for size in _sizes(K, m) for mask in _sets(K, size))
    counts = hoppe_urn(random.Random(seed), len(masks), concentration, rows, base)
    kept = [i for i, count in enumerate(counts) if count]
    return _distribution(K, tuple(masks[i] for i in kept), tuple(counts[i] for i in kept))


def _dirichlet_cases(K: int) -> Cases:
    for m in sorted({1, K // 2, K - 1}):
        yield {"K": K, "m": m, "alpha": 1, "rows": 100, "seed": 0, "base": 1}
    yield {"K": K, "m": tuple(_every_m(K)), "alpha": Fraction(1, 20), "rows": 100, "seed": 1}
    yield {"K": K, "m": tuple(_every_m(K)), "alpha": 20, "rows": 100, "seed": 2}


def _dirichlet_draw(rng: random.Random, K: int) -> Draw:
    m = _any_m(rng, K)
    return {
        "K": K,
        "m": m if below(rng, 2) else tuple(range(1, m + 1)),
        "alpha": one_of(rng, _ALPHAS),
        "rows": one_of(rng, (10, 40, 160)),
        "seed": _seed(rng),
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
    population = tuple(mask for size in _sizes(K, m) for mask in _sets(K, size))
    if not 1 <= sets <= len(population):
        raise InputError(f"sparse: sets = {sets} must be from 1 to the {len(population)} label sets there are")
    rng = random.Random(seed)
    chosen = sorted(shuffled(rng, range(len(population)), sets))
    return _distribution(K, tuple(population[i] for i in chosen), tuple(1 + below(rng, 9) for _ in chosen))


def _sparse_cases(K: int) -> Cases:
    for sets in sorted({1, K - 1, min(K + 1, (1 << K) - 2)}):
        yield {"K": K, "sets": sets, "seed": sets}


def _sparse_draw(rng: random.Random, K: int) -> Draw:
    m = _any_m(rng, K)
    if below(rng, 2):
        return {"K": K, "sets": 1 + below(rng, min(2 * K, (1 << K) - 2)), "seed": _seed(rng)}
    return {"K": K, "sets": 1 + below(rng, min(2 * K, math.comb(K, m))), "seed": _seed(rng), "m": m}


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
    _require_enumerable(K)
    if sum(x) != 0 or not any(x):
        raise InputError(f"kappa_zero: x = {x} must be a contrast: not all 0, and sum to 0")
    sums = [0]
    for entry in x:
        sums += [value + entry for value in sums]
    unseen = tuple(mask for size in _sizes(K, m) for mask in _sets(K, size) if sums[mask] == 0)
    if not unseen:
        raise InputError(f"kappa_zero: x = {x} sees every label set of the multiplicities {list(_sizes(K, m))}")
    rng = random.Random(seed)
    return _distribution(K, unseen, tuple(1 + below(rng, 9) for _ in unseen))


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
    return {"x": tuple(shuffled(rng, entries, K)), "seed": _seed(rng)}


def single_set(K: int, m: int) -> LabelDistribution:
    r"""One label set only: the first ``m`` labels. kappa = 0 unless K = 2.

    Formula: pi_S = 1 for S = {1..m}

    Example:
        >>> single_set(K=3, m=2).masks
        (3,)
    """
    return _distribution(K, _sets(K, m)[:1], (1,))


# ---------------------------------------------------------------------- designs, and what they allow at K = 2m


def projective_plane(q: int, complement: int = 0, singletons: Fraction | int | str = 0) -> LabelDistribution:
    r"""The lines of the projective plane over the field with ``q`` elements, ``q`` prime: a 2-(q^2+q+1, q+1, 1) design.

    Formula: pi_S equal on the lines of PG(2, q); complement = 1 takes S^c; singletons = mass moved to equal singletons

    ``q = 2`` is the Fano plane. Perfectly orthogonal (claim S7).

    Example:
        >>> fano = projective_plane(q=2)
        >>> fano.K, fano.sizes
        (7, (3, 3, 3, 3, 3, 3, 3))
    """
    _require_prime("projective_plane", q)
    points = [(1, a, b) for a in range(q) for b in range(q)] + [(0, 1, b) for b in range(q)] + [(0, 0, 1)]
    lines = [
        sum(1 << i for i, point in enumerate(points) if sum(map(int.__mul__, line, point)) % q == 0) for line in points
    ]
    return _design(len(points), lines, complement, singletons)


def _projective_plane_cases(K: int) -> Cases:
    return _design_cases(next((q for q in _PLANE_PRIMES if q * q + q + 1 == K), None))


def _projective_plane_draw(rng: random.Random, K: int) -> Draw:
    return _design_draw(rng, math.isqrt(K - 1))


def paley(q: int, complement: int = 0, singletons: Fraction | int | str = 0) -> LabelDistribution:
    r"""The translates of the squares modulo a prime ``q = 3 mod 4``: the 2-(q, (q-1)/2, (q-3)/4) Paley-Hadamard design.

    Formula: pi_S equal on {x^2 + t mod q : x != 0}, t = 0..q-1; complement and singletons as in projective_plane

    Perfectly orthogonal (claim S7).

    Example:
        >>> paley(q=11).sizes == (5,) * 11
        True
    """
    _require_paley_prime("paley", q)
    return _design(q, _paley_blocks(q), complement, singletons)


def _paley_cases(K: int) -> Cases:
    return _design_cases(K if K in _PALEY_PRIMES else None)


def _paley_draw(rng: random.Random, K: int) -> Draw:
    return _design_draw(rng, K)


def _design(K: int, blocks: Sequence[int], complement: int, singletons: Fraction | int | str) -> LabelDistribution:
    share = _rational("design", "singletons", singletons)
    if complement not in (0, 1) or not 0 <= share < 1:
        raise InputError(f"a design needs complement 0 or 1 and 0 <= singletons < 1, not {complement} and {singletons}")
    design = LabelDistribution.from_masks(dict.fromkeys(blocks, 1), _labels(K))
    chosen = design.complement() if complement else design
    return LabelDistribution.mixture([(share, balanced(K, 1)), (1 - share, chosen)]) if share else chosen


def _design_cases(q: int | None) -> Cases:
    if q is not None:
        yield {"q": q}
        yield {"q": q, "complement": 1}
        yield {"q": q, "singletons": Fraction(1, 3)}


def _design_draw(rng: random.Random, q: int) -> Draw:
    return {"q": q, "complement": below(rng, 2), "singletons": Fraction(below(rng, 6), 7)}


def halves(K: int, shares: tuple[int, ...]) -> LabelDistribution:
    r"""Perfectly orthogonal with unequal class frequencies: ``K = 2m``, each complementary pair split at will.

    Formula: pi_S = shares_i / (12 B), pi_{S^c} = (12 - shares_i) / (12 B) for the i-th of the B = C(K, K/2) / 2 pairs

    ``S`` is the half that contains label 1; ``shares``, from 0 to 12, are repeated as often as needed. The claim is
    S2's exception: the centered indicators of ``S`` and ``S^c`` are opposite, so the centered second moment depends
    only on ``pi_S + pi_{S^c}``, and a distribution at ``K = 2m`` is perfectly orthogonal iff its average with its
    complement is, that is, iff this average is a weighted 2-design. At ``K = 4`` and ``K = 6`` that forces equal
    mass on all complementary pairs, so these are *all* the perfectly orthogonal distributions there (up to the choice
    of ``shares``); at ``K = 8`` there are others, see :func:`hadamard_halves`. ``shares = (12,)`` is the most unequal:
    label 1 is in every label set.

    Example:
        >>> pi = halves(K=4, shares=(12,))
        >>> [pi.spell(mask) for mask in pi.masks], [str(f) for f in pi.frequencies]
        (['{1, 2}', '{1, 3}', '{1, 4}'], ['1', '1/3', '1/3', '1/3'])
    """
    if K % 2:
        raise InputError(f"halves: K = {K} must be even")
    return _split_pairs(K, [mask for mask in _sets(K, K // 2) if mask & 1], shares)


def _halves_cases(K: int) -> Cases:
    if K % 2 == 0:
        yield {"K": K, "shares": (12,)}
        yield {"K": K, "shares": (1, 5, 12)}


def _halves_draw(rng: random.Random, K: int) -> Draw:
    pairs = math.comb(K, K // 2) // 2
    return {"K": K, "shares": tuple(below(rng, 13) for _ in range(min(pairs, 10)))}


def hadamard_halves(q: int, shares: tuple[int, ...]) -> LabelDistribution:
    r"""As halves, on the ``q`` complementary pairs of the Hadamard 3-design with ``K = q + 1``, ``q = 3 mod 4`` prime.

    Formula: pi_S = shares_i / (12 q), pi_{S^c} = (12 - shares_i) / (12 q), S = i-th block of paley(q) with label K

    Example:
        >>> pi = hadamard_halves(q=7, shares=(12,))
        >>> pi.K, len(pi.masks), str(pi.frequencies[0]), str(pi.frequencies[7])
        (8, 7, '3/7', '1')
    """
    _require_paley_prime("hadamard_halves", q)
    return _split_pairs(q + 1, [block | 1 << q for block in _paley_blocks(q)], shares)


def _hadamard_halves_cases(K: int) -> Cases:
    if K - 1 in _PALEY_PRIMES:
        yield {"q": K - 1, "shares": (12,)}
        yield {"q": K - 1, "shares": (1, 5, 12)}


def _hadamard_halves_draw(rng: random.Random, K: int) -> Draw:
    return {"q": K - 1, "shares": tuple(below(rng, 13) for _ in range(K - 1))}


def _split_pairs(K: int, halves: Sequence[int], shares: tuple[int, ...]) -> LabelDistribution:
    if not shares or not all(0 <= share <= 12 for share in shares):
        raise InputError(f"shares = {shares} must be whole numbers from 0 to 12, at least one")
    everything = (1 << K) - 1
    weights: dict[int, int] = {}
    for half, share in zip(halves, itertools.cycle(shares), strict=False):
        weights[half], weights[everything ^ half] = share, 12 - share
    return _in_order(K, {mask: weight for mask, weight in weights.items() if weight})


# ---------------------------------------------------------------------- instances the theory names


def two_heavy_pairs(heavy: int) -> LabelDistribution:
    r"""Four labels, mass on {1, 2} and {1, 3}, traces of every other proper set: the sign condition fails (claim T4).

    Formula: K = 4, pi_S ~ heavy for S = {1, 2}, {1, 3}, pi_S ~ 1 for the other 12 proper label sets

    The traces must include other multiplicities: on pairs alone (``K = 4, m = 2``) the sign condition always holds,
    because the centered indicators of two pairs are equal, opposite or orthogonal, so the inverse square root of the
    centered second moment maps each to a positive multiple of itself.

    Example:
        >>> pi = two_heavy_pairs(heavy=100)
        >>> [pi.spell(mask) for mask, weight in zip(pi.masks, pi.weights) if weight == 100], pi.total
        (['{1, 2}', '{1, 3}'], 212)
    """
    masks = tuple(mask for m in (1, 2, 3) for mask in _sets(4, m))
    return _distribution(4, masks, tuple(heavy if mask in (0b0011, 0b0101) else 1 for mask in masks))


def _two_heavy_pairs_cases(K: int) -> Cases:
    return ({"heavy": heavy} for heavy in (100, 10_000) if K == 4)


def _two_heavy_pairs_draw(rng: random.Random, K: int) -> Draw:  # noqa: ARG001 - exists at K = 4 only
    return {"heavy": 100 + below(rng, 10_000)}


def unequal_pairs(pairs: tuple[int, ...], singleton: int = 1) -> LabelDistribution:
    r"""Four labels, equal singletons, unequal pairs: tag-wise averaging in direction without orthogonality (claim W6).

    Formula: K = 4, pi_{k} ~ singleton, pi_S ~ pairs for S = {1,2}, {1,3}, {2,3}, {1,4}, {2,4}, {3,4}

    Not orthogonal unless the three sums over complementary pairs are equal (see :func:`halves`).

    Example:
        >>> unequal_pairs(pairs=(1, 2, 3, 4, 5, 6)).weights
        (1, 1, 1, 1, 1, 2, 3, 4, 5, 6)
    """
    if len(pairs) != 6:
        raise InputError(f"unequal_pairs: pairs = {pairs} must be 6 positive whole numbers")
    return _distribution(4, _sets(4, 1) + _sets(4, 2), (singleton,) * 4 + pairs)


def _unequal_pairs_cases(K: int) -> Cases:
    return ({"pairs": pairs} for pairs in ((1, 2, 4, 4, 2, 1), (1, 2, 3, 4, 5, 9)) if K == 4)


def _unequal_pairs_draw(rng: random.Random, K: int) -> Draw:  # noqa: ARG001 - exists at K = 4 only
    return {"pairs": tuple(1 + below(rng, 20) for _ in range(6)), "singleton": 1 + below(rng, 20)}


# ---------------------------------------------------------------------- the registry


@dataclass(frozen=True)
class Family:
    """A named family: how to build a member, which members represent it at a given ``K``, how to draw a random one.

    Attributes:
        name: what :func:`make` knows it by.
        build: the builder; its docstring is the documentation.
        cases: the parameters of a few representative members with ``K`` labels; none where the family has none.
        draw: random parameters for ``K`` labels; only called where :attr:`cases` has some.
        proper: whether every label set is neither empty nor full.
    """

    name: str
    build: Callable[..., LabelDistribution]
    cases: Callable[[int], Iterator[Mapping[str, Parameter]]]
    draw: Callable[[random.Random, int], Mapping[str, Parameter]]
    proper: bool = True

    @property
    def summary(self) -> str:
        """One line: what the family is."""
        return (inspect.getdoc(self.build) or "").partition("\n")[0]

    @property
    def formula(self) -> str:
        """The formula of the weights, on one line."""
        lines = (inspect.getdoc(self.build) or "").splitlines()
        return next((line.removeprefix("Formula: ") for line in lines if line.startswith("Formula: ")), "")

    def spell(self, parameters: Mapping[str, Parameter]) -> str:
        """The name of a member, which :func:`named` rebuilds."""
        inner = ", ".join(f"{key}={_spell_parameter(value)}" for key, value in parameters.items())
        return f"{self.name}({inner})"

    def instances(self, K: int) -> Iterator[tuple[str, LabelDistribution]]:
        """A few representative members with ``K`` labels and their names, always the same; possibly none."""
        for parameters in self.cases(K):
            yield self.spell(parameters), self.build(**parameters)

    def exists_at(self, K: int) -> bool:
        """Whether the family has a member with ``K`` labels that can be drawn."""
        return K >= 2 and next(self.cases(K), None) is not None

    def sample(self, rng: random.Random, K: int) -> LabelDistribution:
        """A member with ``K`` labels and random parameters.

        Raises:
            InputError: the family has no member with ``K`` labels.
        """
        return self.build(**self.sample_parameters(rng, K))

    def sample_parameters(self, rng: random.Random, K: int) -> Mapping[str, Parameter]:
        """Random parameters of a member with ``K`` labels; raises like :meth:`sample`."""
        if not self.exists_at(K):
            raise InputError(f"{self.name} has no member with {K} labels")
        return self.draw(rng, K)


_ALL = (
    Family("balanced", balanced, _balanced_cases, _balanced_draw),
    Family("mixture", mixture, _mixture_cases, _mixture_draw),
    Family("step", step, _step_cases, _ratio_draw),
    Family("longtail", longtail, _longtail_cases, _ratio_draw),
    Family("zipf", zipf, _zipf_cases, _zipf_draw),
    Family("independent", independent, _independent_cases, _independent_draw, proper=False),
    Family("blocks", blocks, _blocks_cases, _blocks_draw),
    Family("exclusive", exclusive, _exclusive_cases, _exclusive_draw),
    Family("pairwise", pairwise, _pairwise_cases, _pairwise_draw),
    Family("dirichlet", dirichlet, _dirichlet_cases, _dirichlet_draw),
    Family("sparse", sparse, _sparse_cases, _sparse_draw),
    Family("kappa_zero", kappa_zero, _kappa_zero_cases, _kappa_zero_draw),
    Family("single_set", single_set, _balanced_cases, _balanced_draw),
    Family("projective_plane", projective_plane, _projective_plane_cases, _projective_plane_draw),
    Family("paley", paley, _paley_cases, _paley_draw),
    Family("halves", halves, _halves_cases, _halves_draw),
    Family("hadamard_halves", hadamard_halves, _hadamard_halves_cases, _hadamard_halves_draw),
    Family("two_heavy_pairs", two_heavy_pairs, _two_heavy_pairs_cases, _two_heavy_pairs_draw),
    Family("unequal_pairs", unequal_pairs, _unequal_pairs_cases, _unequal_pairs_draw),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _ALL})
"""Every family by name, in the order in which :func:`panel` lists them."""


def make(name: str, /, **parameters: Parameter) -> LabelDistribution:
    """Build a member of a family by name.

    Raises:
        InputError: no such family, or parameters it does not take or allow.

    Example:
        >>> make("balanced", K=3, m=1).weights
        (1, 1, 1)
    """
    family = FAMILIES.get(name)
    if family is None:
        raise InputError(f"no family is called {name!r}: the families are {', '.join(FAMILIES)}")
    wanted = inspect.signature(family.build).parameters
    try:
        inspect.signature(family.build).bind(**parameters)
    except TypeError as error:
        raise InputError(f"{name}: {error}; its parameters are {', '.join(wanted)}") from None
    for key, value in parameters.items():
        kind, accepts = _KINDS[wanted[key].annotation]
        if not accepts(value):
            raise InputError(f"{name}: {key} = {value!r} must be {kind}")
    return family.build(**parameters)


def _is_whole(value: object) -> bool:
    return type(value) is int


def _are_whole(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_whole, value))


_KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "int": ("a whole number", _is_whole),
    "tuple[int, ...]": ("a tuple of whole numbers", _are_whole),
    "int | tuple[int, ...]": ("a whole number or a tuple of them", lambda value: _is_whole(value) or _are_whole(value)),
    "Fraction | int | str": (
        "a rational number such as 3 or 1/10",
        lambda value: isinstance(value, Fraction | int | str),
    ),
}
"""What a builder's annotation means for a value that comes from outside."""


def named(text: str) -> LabelDistribution:
    """Rebuild a distribution from the name a report gives it, such as ``"step(K=5, m=2, rho=10)"``.

    Raises:
        InputError: the text is not a family with parameters, or :func:`make` refuses them.

    Example:
        >>> named("dirichlet(K=3, m=(1, 2), alpha=1/2, rows=50, seed=7)").total
        50
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError
        parameters = {str(keyword.arg): _read_parameter(keyword.value) for keyword in call.keywords}
    except (ValueError, SyntaxError, ZeroDivisionError, TypeError):
        raise InputError(f"{text!r} is not a family with parameters: write it like step(K=5, m=2, rho=10)") from None
    return make(call.func.id, **parameters)


def random_distribution(rng: random.Random, K_range: tuple[int, int] = (2, 7)) -> tuple[str, LabelDistribution]:
    """A random member of a random family with a random number of labels in ``K_range`` (inclusive), and its name.

    Every label set is proper. The name contains all parameters, so :func:`named` rebuilds the distribution.

    Raises:
        InputError: ``K_range`` is not two numbers in order, at least 2.
    """
    low, high = K_range
    if not 2 <= low <= high:
        raise InputError(f"K_range = {K_range} must be two numbers in order, at least 2")
    K = low + below(rng, high - low + 1)
    candidates = _proper_families(K)
    family = candidates[below(rng, len(candidates))]
    parameters = family.draw(rng, K)
    return family.spell(parameters), family.build(**parameters)


def panel(K_max: int = 8) -> Iterator[tuple[str, LabelDistribution]]:
    """The representative members of every family at ``K = 2..K_max``, then the designs with more labels."""
    for K in range(2, K_max + 1):
        for family in FAMILIES.values():
            yield from family.instances(K)
    for text in _LARGER_DESIGNS:
        pi = named(text)
        if K_max < pi.K:
            yield text, pi


_LARGER_DESIGNS = (
    "projective_plane(q=2)",
    "projective_plane(q=3)",
    "projective_plane(q=3, complement=1)",
    "projective_plane(q=3, singletons=1/3)",
    "projective_plane(q=5)",
    "paley(q=11)",
    "paley(q=11, complement=1)",
    "paley(q=11, singletons=1/2)",
    "paley(q=19)",
    "paley(q=23)",
    "hadamard_halves(q=11, shares=(1, 5, 12))",
)


@cache
def _proper_families(K: int) -> tuple[Family, ...]:
    return tuple(family for family in FAMILIES.values() if family.proper and family.exists_at(K))


def _spell_parameter(value: Parameter) -> str:
    return repr(value) if isinstance(value, tuple) else str(value)


def _read_parameter(node: ast.expr) -> Parameter:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return Fraction(int(ast.literal_eval(node.left)), int(ast.literal_eval(node.right)))
    value = ast.literal_eval(node)
    if isinstance(value, int | tuple):
        return value
    raise ValueError


# ---------------------------------------------------------------------- label sets, checks


@cache
def _labels(K: int) -> tuple[str, ...]:
    if not 2 <= K <= MOST_LABELS:
        raise InputError(f"K = {K} must be from 2 to {MOST_LABELS}: a contrast between labels needs at least 2")
    return tuple(str(k) for k in range(1, K + 1))


def _checked(K: int, m: int) -> int:
    """``K``, after checking that ``m`` is a multiplicity that carries contrast."""
    _labels(K)
    if not 1 <= m <= K - 1:
        raise InputError(f"m = {m} must be from 1 to K-1 = {K - 1}")
    return K


@cache
def _members(K: int, m: int) -> tuple[tuple[int, ...], ...]:
    """All ``m``-sets of ``K`` labels as ascending tuples, in canonical order."""
    if math.comb(_checked(K, m), m) > MOST_SETS:
        raise InputError(f"K = {K}, m = {m} has {math.comb(K, m)} label sets, more than {MOST_SETS}: take fewer labels")
    return tuple(sorted(itertools.combinations(range(K), m), key=lambda members: members[::-1]))


@cache
def _sets(K: int, m: int) -> tuple[int, ...]:
    """All ``m``-sets of ``K`` labels as masks, in canonical order."""
    return tuple(mask_of(members) for members in _members(K, m))


def _sizes(K: int, m: int | tuple[int, ...]) -> tuple[int, ...]:
    """The multiplicities meant by ``m``: one, several, or all proper ones for ``()``."""
    return (m,) if isinstance(m, int) else tuple(sorted(set(m))) or tuple(range(1, K))


def _require_enumerable(K: int) -> None:
    _labels(K)
    if 1 << K > MOST_SETS:
        raise InputError(f"K = {K} has 2^{K} label sets, more than {MOST_SETS}: take fewer labels")


def _distribution(K: int, masks: tuple[int, ...], weights: tuple[int, ...]) -> LabelDistribution:
    """Masks already in canonical order, weights already whole: the fast way in (everything is validated there)."""
    return LabelDistribution(_labels(K), masks, weights)


def _in_order(K: int, weights: Mapping[int, int]) -> LabelDistribution:
    masks = tuple(sorted(weights, key=lambda mask: (mask.bit_count(), mask)))
    return LabelDistribution(_labels(K), masks, tuple(weights[mask] for mask in masks))


def _rational(family: str, name: str, value: Fraction | int | str) -> Fraction:
    try:
        return Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(f"{family}: {name} = {value!r} must be a rational number such as 3 or 1/10") from None


def _positive(family: str, name: str, value: Fraction | int | str) -> Fraction:
    number = _rational(family, name, value)
    if number <= 0:
        raise InputError(f"{family}: {name} = {value} must be positive")
    return number


def _rank_sum(mask: int) -> int:
    return sum(members(mask))


def _require_prime(family: str, q: int) -> None:
    if q < 2 or any(q % divisor == 0 for divisor in range(2, math.isqrt(q) + 1)):
        raise InputError(f"{family}: q = {q} must be a prime")


def _require_paley_prime(family: str, q: int) -> None:
    _require_prime(family, q)
    if q % 4 != 3:
        raise InputError(f"{family}: q = {q} must be 3 modulo 4")


def _paley_blocks(q: int) -> list[int]:
    squares = {x * x % q for x in range(1, q)}
    return [sum(1 << (square + t) % q for square in squares) for t in range(q)]


def _any_m(rng: random.Random, K: int) -> int:
    return 1 + below(rng, K - 1)


def _every_m(K: int) -> range:
    return range(1, K)


def _seed(rng: random.Random) -> int:
    return below(rng, 1 << 32)
