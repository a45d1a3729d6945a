"""Designs, what they allow at ``K = 2m``, and the small instances that the theory names."""

import itertools
import math
import random
from collections.abc import Sequence
from fractions import Fraction

from verify.labels.builders.family import Cases, Draw, Family, distribution, numbered, rational, sets_of_size
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import below

_PLANE_PRIMES = (2, 3, 5, 7)
_PALEY_PRIMES = (3, 7, 11, 19, 23)


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


def _design(K: int, blocks: Sequence[int], complement: int, singletons: Fraction | int | str) -> LabelDistribution:
    share = rational("design", "singletons", singletons)
    if complement not in (0, 1) or not 0 <= share < 1:
        raise InputError(f"a design needs complement 0 or 1 and 0 <= singletons < 1, not {complement} and {singletons}")
    design = LabelDistribution.from_masks(dict.fromkeys(blocks, 1), numbered(K))
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
    return _split_pairs(K, [mask for mask in sets_of_size(K, K // 2) if mask & 1], shares)


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


def _split_pairs(K: int, halves: Sequence[int], shares: tuple[int, ...]) -> LabelDistribution:
    if not shares or not all(0 <= share <= 12 for share in shares):
        raise InputError(f"shares = {shares} must be whole numbers from 0 to 12, at least one")
    everything = (1 << K) - 1
    weights: dict[int, int] = {}
    for half, share in zip(halves, itertools.cycle(shares), strict=False):
        weights[half], weights[everything ^ half] = share, 12 - share
    return LabelDistribution.from_masks({mask: weight for mask, weight in weights.items() if weight}, numbered(K))


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
    masks = tuple(mask for m in (1, 2, 3) for mask in sets_of_size(4, m))
    return distribution(4, masks, tuple(heavy if mask in (0b0011, 0b0101) else 1 for mask in masks))


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
    return distribution(4, sets_of_size(4, 1) + sets_of_size(4, 2), (singleton,) * 4 + pairs)


DESIGNS = (
    Family(
        projective_plane,
        lambda K: _design_cases(next((q for q in _PLANE_PRIMES if q * q + q + 1 == K), None)),
        lambda rng, K: _design_draw(rng, math.isqrt(K - 1)),
    ),
    Family(paley, lambda K: _design_cases(K if K in _PALEY_PRIMES else None), _design_draw),
    Family(halves, _halves_cases, _halves_draw),
    Family(
        hadamard_halves,
        _hadamard_halves_cases,
        lambda rng, K: {"q": K - 1, "shares": tuple(below(rng, 13) for _ in range(K - 1))},
    ),
    Family(
        two_heavy_pairs,
        lambda K: ({"heavy": heavy} for heavy in (100, 10_000) if K == 4),
        lambda rng, _: {"heavy": 100 + below(rng, 10_000)},
    ),
    Family(
        unequal_pairs,
        lambda K: ({"pairs": pairs} for pairs in ((1, 2, 4, 4, 2, 1), (1, 2, 3, 4, 5, 9)) if K == 4),
        lambda rng, _: {"pairs": tuple(1 + below(rng, 20) for _ in range(6)), "singleton": 1 + below(rng, 20)},
    ),
)
"""These families, in order."""
