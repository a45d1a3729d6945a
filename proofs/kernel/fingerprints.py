"""Values of normal forms in a finite field, at numbers drawn once for each factor: what is zero has the value zero.

So the signs with which equations add up are told without multiplying denominators away for each choice of signs. That a
value is zero proves nothing, and where rewriting goes on after a multiplication it may be another: it is an order in
which signs are tried.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import Any

from proofs import checker

__all__ = ["Fingerprints", "texts"]

Polynomial = Mapping[Any, int | Fraction]
PRIME = 2**61 - 1


class Fingerprints:
    """The values, which are the same whenever they are asked for."""

    def __init__(self) -> None:
        self._random = random.Random(PRIME)
        self._drawn: dict[Any, int] = {}

    def signs(self, parts: Sequence[Polynomial]) -> Iterator[tuple[int, ...]]:
        """Signs of all parts, 1 of the first: those first with which the values add up to zero."""
        if len(parts) == 1:
            yield (1,)
            return
        values = [self._value(part.items()) for part in parts]
        for zero in (True, False):
            for signs in itertools.product((-1, 1), repeat=len(parts) - 1):
                if (sum(map(mul, (1, *signs), values)) % PRIME == 0) is zero:
                    yield (1, *signs)

    def _value(self, polynomial: Iterable[tuple[Any, int | Fraction]]) -> int:
        return sum(_modulo(c) * self._monomial(monomial) for monomial, c in polynomial) % PRIME

    def _monomial(self, monomial: Any) -> int:
        """The product of the values of its parts, of which no two share a bound member."""
        members, factors, spine = monomial
        parts = [((f,), ()) for f in factors] + [((), spine)] * bool(spine)
        for member in members:
            shared = [part for part in parts if member in texts(part)]
            joined = (tuple(f for part in shared for f in part[0]), tuple(x for part in shared for x in part[1]))
            parts = [*(part for part in parts if part not in shared), joined]
        value = 1
        for part in parts:
            value = value * self._part(tuple(m for m in members if m in texts(part)), *part) % PRIME
        return value

    def _part(self, members: tuple[str, ...], factors: Any, spine: Any) -> int:
        """The number drawn for it, whatever its bound members are called; of a reciprocal that of its value."""
        key = (members, factors, spine)
        if members:
            (key,) = checker.named({key: 1})
        if key not in self._drawn:
            self._drawn[key] = self._reciprocal(key) or self._random.randrange(1, PRIME)
        return self._drawn[key]

    def _reciprocal(self, key: Any) -> int:
        members, factors, spine = key
        if members or spine or len(factors) != 1 or len(factors[0][1]) > 1 or factors[0][1][0][3][0] != "inv":
            return 0
        return pow(self._value(factors[0][1][0][3][3][0]), PRIME - 2, PRIME)


def _modulo(c: int | Fraction) -> int:
    return c.numerator * pow(c.denominator, PRIME - 2, PRIME)


@lru_cache(maxsize=50_000)
def texts(x: Any) -> tuple[str, ...]:
    """Everything in a normal form that is a text, from left to right: the names of members among them."""
    found: list[str] = []
    _collect(x, found)
    return tuple(found)


def _collect(x: Any, found: list[str]) -> None:
    for part in x if isinstance(x, tuple) else (x,):
        if isinstance(part, tuple):
            _collect(part, found)
        elif isinstance(part, str):
            found.append(part)
