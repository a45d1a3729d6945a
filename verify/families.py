r"""Synthetic label distributions: each a named, documented family that a report can name and a reader can rebuild.

Every builder returns a :class:`~verify.labels.LabelDistribution` with exact weights. A formula with rational
parameters is taken literally; a real-valued one (powers) is evaluated in decimal arithmetic and rounded to a documented
integer grid. Randomness is exact as well: integers drawn by urns and shuffles.

The same call gives the same bytes on every platform and Python version, because nothing here depends on

* the platform's ``libm``: powers come from :mod:`decimal`, whose ``ln`` and ``exp`` are correctly rounded;
* the algorithms behind ``random.Random.shuffle`` and its like, which Python may change: only ``random()`` is called,
  the one method whose sequence Python promises to keep, and it is scaled by correctly rounded IEEE operations.

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
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from verify.labels import InputError, LabelDistribution

__all__ = ["FAMILIES", "Family", "Parameter", "make", "named", "panel", "random_distribution"]

Parameter = int | Fraction | str | tuple[int, ...]
"""A parameter of a family. A rational one may be given as an int, a Fraction, or a string such as ``"1/10"``."""

GRID = 1000
"""A real-valued weight is a whole number of ``GRID``-ths of the smallest weight: relative error at most 1/(2 GRID)."""

MOST_SETS = 200_000
"""Families that enumerate label sets refuse to enumerate more than this."""

_DECIMAL = Context(prec=40)


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
    powers = _powers(ratio, K - 1, max(ranks) - min(ranks))
    return _distribution(K, masks, tuple(powers[max(ranks) - rank] for rank in ranks))


# ---------------------------------------------------------------------- random weights and supports


def dirichlet(  # noqa: PLR0913 - the formula has six parameters
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
    sizes = m if isinstance(m, tuple) else (m,)
    masks = tuple(mask for size in sorted(set(sizes)) for mask in _sets(K, size))
    counts = _hoppe_urn(random.Random(seed), len(masks), concentration, rows, base)
    kept = [i for i, count in enumerate(counts) if count]
    return _distribution(K, tuple(masks[i] for i in kept), tuple(counts[i] for i in kept))


def sparse(K: int, sets: int, seed: int, m: int | tuple[int, ...] = ()) -> LabelDistribution:
    r"""A random support of ``sets`` label sets (of multiplicities ``m``, by default all proper) with small weights.

    Formula: support uniform among the supports with that many sets, weights uniform on 1..9

    With fewer than K-1 sets, kappa = 0 (claim S5).

    Example:
        >>> len(sparse(K=5, sets=3, seed=0).masks)
        3
    """
    sizes = (m,) if isinstance(m, int) else tuple(sorted(set(m))) or tuple(range(1, K))
    population = tuple(mask for size in sizes for mask in _sets(K, size))
    if not 1 <= sets <= len(population):
        raise InputError(f"sparse: sets = {sets} must be from 1 to the {len(population)} label sets there are")
    rng = random.Random(seed)
    chosen = sorted(_shuffled(rng, range(len(population)), sets))
    return _distribution(K, tuple(population[i] for i in chosen), tuple(1 + _below(rng, 9) for _ in chosen))


# ---------------------------------------------------------------------- designs


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
        return next(self.cases(K), None) is not None

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
    try:
        inspect.signature(family.build).bind(**parameters)
    except TypeError as error:
        usage = ", ".join(map(str, inspect.signature(family.build).parameters))
        raise InputError(f"{name}: {error}; its parameters are {usage}") from None
    return family.build(**parameters)


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
    except (ValueError, SyntaxError):
        raise InputError(f"{text!r} is not a family with parameters: write it like step(K=5, m=2, rho=10)") from None
    return make(call.func.id, **parameters)


def random_distribution(rng: random.Random, K_range: tuple[int, int] = (2, 7)) -> tuple[str, LabelDistribution]:
    """A random member of a random family with a random number of labels in ``K_range`` (inclusive), and its name.

    Every label set is proper. The name contains all parameters, so :func:`named` rebuilds the distribution.
    """
    low, high = K_range
    K = low + _below(rng, high - low + 1)
    candidates = _proper_families(K)
    family = candidates[_below(rng, len(candidates))]
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
)


@cache
def _proper_families(K: int) -> tuple[Family, ...]:
    found = tuple(family for family in FAMILIES.values() if family.proper and family.exists_at(K))
    if not found:
        raise InputError(f"no family has a member with {K} labels: use at least 2")
    return found


# ---------------------------------------------------------------------- representative and random parameters

Item = TypeVar("Item")
Cases = Iterator[Mapping[str, Parameter]]
Draw = Mapping[str, Parameter]
_ALPHAS: tuple[Fraction, ...] = tuple(Fraction(a) for a in ("1/20", "1/5", "1/2", "1", "3", "20"))
_RATIOS: tuple[Fraction, ...] = tuple(Fraction(r) for r in ("3/2", "2", "5", "10", "100"))


def _one_of(rng: random.Random, options: Sequence[Item]) -> Item:
    return options[_below(rng, len(options))]


def _any_m(rng: random.Random, K: int) -> int:
    return 1 + _below(rng, K - 1)


def _every_m(K: int) -> range:
    return range(1, K)


def _balanced_cases(K: int) -> Cases:
    return ({"K": K, "m": m} for m in _every_m(K))


def _balanced_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": _any_m(rng, K)}


def _mixture_cases(K: int) -> Cases:
    yield {"K": K, "shares": (1,) * (K - 1)}
    if K > 2:
        yield {"K": K, "shares": (3, 1)}


def _mixture_draw(rng: random.Random, K: int) -> Draw:
    shares = [_below(rng, 4) for _ in _every_m(K)]
    shares[_below(rng, K - 1)] += 1
    return {"K": K, "shares": tuple(shares)}


def _step_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "rho": 10} for m in _every_m(K))


def _ratio_draw(rng: random.Random, K: int) -> Draw:
    return {"K": K, "m": _any_m(rng, K), "rho": _one_of(rng, _RATIOS)}


def _longtail_cases(K: int) -> Cases:
    return ({"K": K, "m": m, "rho": 100} for m in sorted({1, K // 2, K - 1}))


def _dirichlet_cases(K: int) -> Cases:
    for m in sorted({1, K // 2, K - 1}):
        yield {"K": K, "m": m, "alpha": 1, "rows": 100, "seed": 0, "base": 1}
    yield {"K": K, "m": tuple(_every_m(K)), "alpha": Fraction(1, 20), "rows": 100, "seed": 1}
    yield {"K": K, "m": tuple(_every_m(K)), "alpha": 20, "rows": 100, "seed": 2}


def _dirichlet_draw(rng: random.Random, K: int) -> Draw:
    m = _any_m(rng, K)
    return {
        "K": K,
        "m": m if _below(rng, 2) else tuple(range(1, m + 1)),
        "alpha": _one_of(rng, _ALPHAS),
        "rows": _one_of(rng, (10, 40, 160)),
        "seed": _below(rng, 1 << 32),
        "base": _below(rng, 2),
    }


def _sparse_cases(K: int) -> Cases:
    for sets in sorted({1, K - 1, min(K + 1, (1 << K) - 2)}):
        yield {"K": K, "sets": sets, "seed": sets}


def _sparse_draw(rng: random.Random, K: int) -> Draw:
    m = _any_m(rng, K)
    if _below(rng, 2):
        return {"K": K, "sets": 1 + _below(rng, min(2 * K, (1 << K) - 2)), "seed": _below(rng, 1 << 32)}
    return {"K": K, "sets": 1 + _below(rng, min(2 * K, math.comb(K, m))), "seed": _below(rng, 1 << 32), "m": m}


def _projective_plane_cases(K: int) -> Cases:
    return _design_cases(next((q for q in (2, 3, 5, 7) if q * q + q + 1 == K), None))


def _paley_cases(K: int) -> Cases:
    return _design_cases(K if K in (3, 7, 11, 19, 23) else None)


def _design_cases(q: int | None) -> Cases:
    if q is not None:
        yield {"q": q}
        yield {"q": q, "complement": 1}
        yield {"q": q, "singletons": Fraction(1, 3)}


def _design_draw(rng: random.Random, q: int) -> Draw:
    return {"q": q, "complement": _below(rng, 2), "singletons": Fraction(_below(rng, 6), 7)}


def _projective_plane_draw(rng: random.Random, K: int) -> Draw:
    return _design_draw(rng, math.isqrt(K - 1))


def _paley_draw(rng: random.Random, K: int) -> Draw:
    return _design_draw(rng, K)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        name: Family(name, build, cases, draw)
        for name, build, cases, draw in (
            ("balanced", balanced, _balanced_cases, _balanced_draw),
            ("mixture", mixture, _mixture_cases, _mixture_draw),
            ("step", step, _step_cases, _ratio_draw),
            ("longtail", longtail, _longtail_cases, _ratio_draw),
            ("dirichlet", dirichlet, _dirichlet_cases, _dirichlet_draw),
            ("sparse", sparse, _sparse_cases, _sparse_draw),
            ("projective_plane", projective_plane, _projective_plane_cases, _projective_plane_draw),
            ("paley", paley, _paley_cases, _paley_draw),
        )
    }
)
"""Every family by name, in the order in which :func:`panel` lists them."""


# ---------------------------------------------------------------------- exact building blocks


@cache
def _labels(K: int) -> tuple[str, ...]:
    if K < 2:
        raise InputError(f"K = {K}: a contrast between labels needs at least 2")
    return tuple(str(k) for k in range(1, K + 1))


@cache
def _sets(K: int, m: int) -> tuple[int, ...]:
    """All ``m``-sets of ``K`` labels as masks, in canonical order."""
    _labels(K)
    if not 1 <= m <= K - 1:
        raise InputError(f"m = {m} must be from 1 to K-1 = {K - 1}")
    if math.comb(K, m) > MOST_SETS:
        raise InputError(f"K = {K}, m = {m} has {math.comb(K, m)} label sets, more than {MOST_SETS}: take fewer labels")
    return tuple(sorted(sum(1 << k for k in chosen) for chosen in itertools.combinations(range(K), m)))


def _distribution(K: int, masks: tuple[int, ...], weights: tuple[int, ...]) -> LabelDistribution:
    """Masks already in canonical order, weights already whole: the fast way in (everything is validated there)."""
    return LabelDistribution(_labels(K), masks, weights)


def _positive(family: str, name: str, value: Fraction | int | str) -> Fraction:
    number = _rational(family, name, value)
    if number <= 0:
        raise InputError(f"{family}: {name} = {value} must be positive")
    return number


def _rational(family: str, name: str, value: Fraction | int | str) -> Fraction:
    try:
        return Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(f"{family}: {name} = {value!r} must be a rational number such as 3 or 1/10") from None


def _rank_sum(mask: int) -> int:
    return sum(k for k in range(mask.bit_length()) if mask >> k & 1)


@cache
def _powers(base: Fraction, root: int, last: int) -> tuple[int, ...]:
    """``GRID * base ** (t / root)`` for ``t = 0..last``, rounded to whole numbers."""
    log = _DECIMAL.ln(_DECIMAL.divide(Decimal(base.numerator), Decimal(base.denominator)))
    exponents = (_DECIMAL.divide(_DECIMAL.multiply(log, Decimal(t)), Decimal(root)) for t in range(last + 1))
    return tuple(round(_DECIMAL.multiply(_DECIMAL.exp(exponent), Decimal(GRID))) for exponent in exponents)


def _below(rng: random.Random, n: int) -> int:
    """A uniform integer in ``0..n-1``. Never ``n``: (1 - 2^-53) n rounds below n for every ``n`` up to 2^53."""
    return int(rng.random() * n)


def _shuffled(rng: random.Random, items: Sequence[Item], count: int) -> list[Item]:
    """The first ``count`` items of a uniform Fisher-Yates shuffle, by ``random()`` alone (see the module docstring)."""
    pool = list(items)
    for i in range(count):
        j = i + _below(rng, len(pool) - i)
        pool[i], pool[j] = pool[j], pool[i]
    return pool[:count]


def _hoppe_urn(rng: random.Random, cells: int, alpha: Fraction, rows: int, base: int) -> list[int]:
    """Dirichlet-multinomial counts: a draw is a uniform cell with chance ~ ``alpha * cells``, else a copy of a past one.

    Hoppe, F. (1984), Polya-like urns and the Ewens' sampling formula, J. Math. Biology 20.
    """
    counts = [base] * cells
    drawn: list[int] = []
    fresh, copy = alpha.numerator * cells, alpha.denominator
    for row in range(rows):
        ticket = _below(rng, fresh + copy * row)
        cell = ticket // alpha.numerator if ticket < fresh else drawn[(ticket - fresh) // copy]
        drawn.append(cell)
        counts[cell] += 1
    return counts


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


def _design(K: int, blocks: Sequence[int], complement: int, singletons: Fraction | int | str) -> LabelDistribution:
    share = _rational("design", "singletons", singletons)
    if complement not in (0, 1) or not 0 <= share < 1:
        raise InputError(f"a design needs complement 0 or 1 and 0 <= singletons < 1, not {complement} and {singletons}")
    design = LabelDistribution.from_masks(dict.fromkeys(blocks, 1), _labels(K))
    chosen = design.complement() if complement else design
    return LabelDistribution.mixture([(share, balanced(K, 1)), (1 - share, chosen)]) if share else chosen


# ---------------------------------------------------------------------- names


def _spell_parameter(value: Parameter) -> str:
    return repr(value) if isinstance(value, tuple) else str(value)


def _read_parameter(node: ast.expr) -> Parameter:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return Fraction(int(ast.literal_eval(node.left)), int(ast.literal_eval(node.right)))
    value = ast.literal_eval(node)
    if isinstance(value, int | tuple):
        return value
    raise ValueError
