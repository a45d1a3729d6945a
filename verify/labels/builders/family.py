"""What a family is, and what its builders share: label sets in canonical order, checks, random parameters."""

import inspect
import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.draws import below
from verify.labels.masks import mask_of

Parameter = int | Fraction | str | tuple[int, ...]
"""A parameter of a family. A rational one may be given as an int, a Fraction, or a string such as ``"1/10"``."""

GRID = 1000
"""A real-valued weight is a whole number of ``GRID``-ths of the smallest weight: relative error at most 1/(2 GRID)."""

MOST_LABELS, MOST_SETS = 10_000, 200_000
"""More labels, or enumerating more label sets, is refused rather than left to run out of memory."""

Draw = Mapping[str, Parameter]
Cases = Iterator[Draw]


@dataclass(frozen=True)
class Family:
    """A named family: how to build a member, which members represent it at a given ``K``, how to draw a random one.

    Attributes:
        build: the builder; its name is the family's, its docstring the documentation.
        cases: the parameters of a few representative members with ``K`` labels; none where the family has none.
        draw: random parameters for ``K`` labels; only called where :attr:`cases` has some.
        proper: whether every label set is neither empty nor full.
    """

    build: Callable[..., LabelDistribution]
    cases: Callable[[int], Iterator[Mapping[str, Parameter]]]
    draw: Callable[[random.Random, int], Mapping[str, Parameter]]
    proper: bool = True

    @property
    def name(self) -> str:
        """What ``families.make`` knows it by."""
        return self.build.__name__

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
        """The name of a member, which ``families.named`` rebuilds."""
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


def _spell_parameter(value: Parameter) -> str:
    return repr(value) if isinstance(value, tuple) else str(value)


# ---------------------------------------------------------------------- label sets, checks


@cache
def numbered(K: int) -> tuple[str, ...]:
    """The names ``"1"`` to ``"K"``, after checking that there can be so many."""
    if not 2 <= K <= MOST_LABELS:
        raise InputError(f"K = {K} must be from 2 to {MOST_LABELS}: a contrast between labels needs at least 2")
    return tuple(str(k) for k in range(1, K + 1))


def checked(K: int, m: int) -> int:
    """``K``, after checking that ``m`` is a multiplicity that carries contrast."""
    numbered(K)
    if not 1 <= m <= K - 1:
        raise InputError(f"m = {m} must be from 1 to K-1 = {K - 1}")
    return K


@cache
def ascending_sets(K: int, m: int) -> tuple[tuple[int, ...], ...]:
    """All ``m``-sets of ``K`` labels as ascending tuples, in canonical order."""
    if math.comb(checked(K, m), m) > MOST_SETS:
        raise InputError(f"K = {K}, m = {m} has {math.comb(K, m)} label sets, more than {MOST_SETS}: take fewer labels")
    return tuple(sorted(itertools.combinations(range(K), m), key=lambda members: members[::-1]))


@cache
def sets_of_size(K: int, m: int) -> tuple[int, ...]:
    """All ``m``-sets of ``K`` labels as masks, in canonical order."""
    return tuple(mask_of(members) for members in ascending_sets(K, m))


def sizes_meant(K: int, m: int | tuple[int, ...]) -> tuple[int, ...]:
    """The multiplicities meant by ``m``: one, several, or all proper ones for ``()``."""
    return (m,) if isinstance(m, int) else tuple(sorted(set(m))) or tuple(range(1, K))


def require_enumerable(K: int) -> None:
    """All label sets are few enough to be listed, or it is an :class:`InputError`."""
    numbered(K)
    if 1 << K > MOST_SETS:
        raise InputError(f"K = {K} has 2^{K} label sets, more than {MOST_SETS}: take fewer labels")


def distribution(K: int, masks: tuple[int, ...], weights: tuple[int, ...]) -> LabelDistribution:
    """Masks already in canonical order, weights already whole: the fast way in (everything is validated there)."""
    return LabelDistribution(numbered(K), masks, weights)


def rational(family: str, name: str, value: Fraction | int | str) -> Fraction:
    """The exact number that a parameter is."""
    try:
        return Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(f"{family}: {name} = {value!r} must be a rational number such as 3 or 1/10") from None


def positive(family: str, name: str, value: Fraction | int | str) -> Fraction:
    """The same, which must be positive."""
    number = rational(family, name, value)
    if number <= 0:
        raise InputError(f"{family}: {name} = {value} must be positive")
    return number


def any_size(rng: random.Random, K: int) -> int:
    """A random proper multiplicity."""
    return 1 + below(rng, K - 1)
