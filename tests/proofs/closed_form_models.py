"""Models of what B4, B4b, B5a to B5e, B6 and B6a assume, far from degenerate; letters given by labels and sets."""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

__all__ = ["CLOSED_FORMS", "answers", "exchanges", "swapped"]

Made = tuple[list[Any], dict[str, Any], dict[str, list[Any]]]
"""Weights of label sets, values of letters, and values by label set."""


def _column(entries: Sequence[Any]) -> Any:
    return tuple((Fraction(x),) for x in entries)


def _made(sets: Sequence[Any], weights: list[Any], penalty: Any, values: dict[str, Any], residuals: list[Any]) -> Made:
    indexed: dict[str, list[Any]] = {"y": [_column(y) for y in sets], "m": [sum(y) for y in sets]}
    values = {"lambda_W": penalty, "lambda_H": 1, "lambda": penalty} | values
    return weights, values, indexed | {"r": [_column(r) for r in residuals]}


def _isotropic() -> Made:
    """Four single labels, equally likely, whose sign vectors are isotropic, and residuals a quarter of these."""
    quarter, sets = Fraction(1, 4), [tuple(int(i == j) for j in range(4)) for i in range(4)]
    residuals = [[(2 * x - 1) * quarter for x in y] for y in sets]
    return _made(sets, [quarter] * 4, quarter**2, {"mu": quarter, "c": quarter}, residuals)


def _independent() -> Made:
    """Four independent labels of three frequencies, the rarest of which has collapsed."""
    f, sizes = [Fraction(1, n) for n in (2, 5, 10, 2)], [Fraction(7, 10), Fraction(7, 8), Fraction(1), Fraction(7, 10)]
    sets = list(itertools.product((0, 1), repeat=4))
    weights = [math.prod(p if x else 1 - p for p, x in zip(f, y, strict=True)) for y in sets]
    residuals = [[c * (x - p) for c, x, p in zip(sizes, y, f, strict=True)] for y in sets]
    values = {"f": _column(f), "c": _column(sizes), "mbar": sum(f)}
    return _made(sets, weights, Fraction(7, 20) ** 2, values, residuals)


def _pairs() -> Made:
    """All pairs of four labels, equally likely, at a penalty at which residuals are halves of the centered pairs."""
    half, sets = Fraction(1, 2), [y for y in itertools.product((0, 1), repeat=4) if sum(y) == 2]
    center = tuple(tuple(Fraction(4 * (i == j) - 1, 4) for j in range(4)) for i in range(4))
    values = {"P": center, "size": 2, "kbar": Fraction(1, 3), "c": half, "f": _column([half] * 4)}
    return _made(sets, [Fraction(1, 6)] * 6, Fraction(1, 12), values, [[half * (x - half) for x in y] for y in sets])


def _singles_and_pairs() -> Made:
    """All single labels and pairs of four labels, equally likely, with isotropic residuals and W = I."""
    sets = [y for y in itertools.product((0, 1), repeat=4) if sum(y) in (1, 2)]
    scalars = {1: (Fraction(1, 12), Fraction(1, 4)), 2: (Fraction(1, 3), Fraction(1, 6))}
    residuals = [[scalars[sum(y)][0] if x else -scalars[sum(y)][1] for x in y] for y in sets]
    center = tuple(tuple(Fraction(4 * (i == j) - 1, 4) for j in range(4)) for i in range(4))
    values = {"P": center, "W": tuple(tuple(Fraction(i == j) for j in range(4)) for i in range(4))}
    made = _made(sets, [Fraction(1, 10)] * 10, Fraction(11, 180), values, residuals)
    return *made[:2], made[2] | {"h": made[2]["r"]}


def exchanges(sets: Sequence[Sequence[int]], weight: Fraction) -> dict[tuple[str, tuple[int, ...]], Any]:
    """What exchanging two labels makes of a label set, as 1 over its probability."""
    given: dict[tuple[str, tuple[int, ...]], Any] = {}
    for (m, y), j, k in itertools.product(enumerate(sets), range(4), range(4)):
        turned = [y[{j: k, k: j}.get(i, i)] for i in range(4)]
        for n, other in enumerate(sets):
            given["swap", (j, k, m, n)] = ((Fraction(turned == list(other)) / weight,),)
    return given


def answers() -> dict[tuple[str, tuple[int, ...]], Any]:
    """Weights of answers, and the probabilities of the wrong ones at which residuals are a quarter."""
    given: dict[tuple[str, tuple[int, ...]], Any] = {}
    for m, k in itertools.product(range(4), range(4)):
        weight = Fraction(1 + (m == k))
        given |= {("weight", (m, k)): ((weight,),), ("wrong", (m, k)): ((1 / (4 * weight),),)}
    return given


def swapped() -> dict[tuple[str, tuple[int, ...]], Any]:
    """Those of B5c's model."""
    return exchanges([tuple(int(x) for (x,) in y) for y in CLOSED_FORMS["B5c"][2]["y"]], Fraction(1, 10))


def _two_labels() -> Made:
    """Two labels that agree with probability 16/25."""
    sets, c = [(0, 0), (0, 1), (1, 0), (1, 1)], {"c1": Fraction(1, 4), "c2": Fraction(1, 3)}
    residuals = [[c["c1" if y[0] == y[1] else "c2"] * (2 * x - 1) for x in y] for y in sets]
    values = {"rho": Fraction(7, 25), **c}
    made = _made(sets, [Fraction(n, 25) for n in (7, 4, 5, 9)], Fraction(2, 25), values, residuals)
    return *made[:2], made[2] | {"agree": [1, 0, 0, 1]}


def _single_labels() -> Made:
    """Four single labels of three frequencies, none of which has collapsed; logits are rational, so not the best."""
    f, sets = [Fraction(1, n) for n in (2, 5, 5, 10)], [tuple(int(i == j) for j in range(4)) for i in range(4)]
    sizes = [Fraction(2, 5), Fraction(1, 2), Fraction(1, 2), Fraction(2, 3)]
    residuals = [[c * (x - p) for c, x, p in zip(sizes, y, f, strict=True)] for y in sets]
    plane = tuple(tuple(Fraction(i == j < 2) for j in range(4)) for i in range(4))
    values = {"f": _column(f), "c": _column(sizes), "mu": Fraction(1, 5), **dict.fromkeys(("Root", "Q", "Pi"), plane)}
    made = _made(sets, f, Fraction(1, 25), values, residuals)
    logits = [(0, 0, 0, 0), (1, 2, 0, 0), (2, -1, 0, 0), (0, 0, 0, 0)]
    return *made[:2], made[2] | {"a": [_column(a) for a in logits]}


def _combined(values: Sequence[Any], columns: Sequence[Any]) -> Any:
    """The sum of x x' over columns x, with these values before them."""
    pairs = list(zip(values, columns, strict=True))
    return tuple(tuple(sum((v * x[i] * x[j] for v, x in pairs), Fraction(0)) for j in range(4)) for i in range(4))


def _single_signs() -> Made:
    """Four single labels of unequal frequencies: their sign vectors are orthogonal, with rational roots of these."""
    roots, sets = [Fraction(n, 9) for n in (2, 4, 5, 6)], [tuple(int(i == j) for j in range(4)) for i in range(4)]
    signs, f = [[2 * x - 1 for x in y] for y in sets], [r * r for r in roots]
    values = {"Root": _combined([r / 2 for r in roots], signs), "Q": _combined([1 / (8 * r) for r in roots], signs)}
    values |= {"Pi": _combined([1] * 4, sets), "f": _column(f)}
    columns: dict[str, list[Any]] = {"a": [_column(x) for x in signs], "one": [_column(y) for y in sets]}
    weights, numbers, indexed = _made(sets, f, 1, values, signs)
    return weights, numbers, indexed | columns | {"full": [0] * 4}


def _signs_of_pairs() -> Made:
    """Pairs of four labels, a pair as likely as its complement, below collapse: four arguments of the entropy."""
    half, sets = Fraction(1, 2), [y for y in itertools.product((0, 1), repeat=4) if sum(y) == 2]
    roots = {sets[-1]: Fraction(4, 3), sets[-2]: Fraction(4, 3), sets[-3]: Fraction(2, 3)}
    contrasts = [[x - half for x in y] for y in roots]
    of = {y: r for one, r in roots.items() for y in (one, tuple(1 - x for x in one))}
    values = {"Root": _combined(list(roots.values()), contrasts), "Pi": _combined([1] * 3, contrasts)}
    values |= {"Q": _combined([1 / r for r in roots.values()], contrasts), "top": Fraction(4, 3), "least": 0}
    values |= {"N": _combined([r * r for r in roots.values()], contrasts), "mu": Fraction(1, 4)}
    values |= {"c1": Fraction(1, 8), "c2": Fraction(3, 16), "c3": Fraction(5, 24), "c4": Fraction(1, 4)}
    residuals = [[Fraction(3, 16) * (2 * x - 1) for x in y] for y in sets]
    return _made(sets, [of[y] ** 2 / 8 for y in sets], Fraction(1, 16), values, residuals)


CLOSED_FORMS: dict[str, Made] = {
    "B5a": _isotropic(),
    "B5b": _independent(),
    "B5c": _singles_and_pairs(),
    "B5d": _pairs(),
    "B5e": _two_labels(),
    "B6": _signs_of_pairs(),
    "B6a": _single_labels(),
    **{claim: _single_signs() for claim in ("B4", "B4b")},
}
