"""Random terms for a trace checker, evaluated in random finite models over the rationals.

``is_zero(l - r)`` must imply equal values in every model; terms that are equal by construction should be found so.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

__all__ = ["NONZERO", "SIGNATURE", "Model", "moved", "run", "spoiled", "term"]

Tree = Any
Matrix = list[list[Fraction]]
IsZero = Callable[..., bool]


def _letter(rows: object, columns: object, index: tuple[str, ...] = (), args: tuple[Any, ...] = ()) -> Tree:
    return {"shape": [rows, columns], "index": list(index), "args": [list(a) for a in args]}


SIGNATURE: Tree = {
    "dims": ["K", "d"],
    "families": {
        "F": {"total": ["q", 3, 2], "basis": None},
        "G": {"total": ["q", 1, 1], "basis": None},
        "B": {"total": ["dim", "K"], "basis": "K"},
    },
    "letters": {
        "x": _letter(1, 1),
        "y": _letter(1, 1),
        "a": _letter(1, 1, ("F",)),
        "c": _letter(1, 1, ("F", "F")),
        "b": _letter(1, 1, ("B",)),
        "g": _letter(1, 1, ("G",)),
        "u": _letter("K", 1),
        "v": _letter("K", 1),
        "z": _letter("d", 1),
        "p": _letter("K", 1, ("F",)),
        "A": _letter("K", "K"),
        "M": _letter("K", "K"),
        "R": _letter("K", "d"),
        "f": _letter(1, 1, (), ((1, 1),)),
        "h": _letter("K", 1, ("F",), (("K", 1),)),
    },
    "indices": {"S": "F", "T": "F", "i": "B", "s": "G"},
}
"""Letters of all shapes, with indices and arguments."""
_X, _Y = ["l", "x", [], []], ["l", "y", [], []]
_INVERTED: list[tuple[str | None, Tree]] = [
    (None, _X),
    (None, ["dim", "K"]),
    (None, ["+", _X, _Y]),
    ("F", ["w", 0]),
    ("F", ["l", "a", [0], []]),
    ("F", ["+", ["l", "a", [0], []], _Y]),
    ("F", ["+", ["inv", ["l", "a", [0], []]], _X]),
]
NONZERO = [["nz", t] if f is None else ["all", ["member", f], ["nz", t]] for f, t in _INVERTED]
"""What may be inverted: in every model these letters are positive."""


class Model:
    """Sizes, weights and values of all letters; letters with arguments are quadratic in them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.size: dict[Any, int] = {1: 1, "K": self.random.randint(1, 3), "d": self.random.randint(1, 3)}
        parts = {f: [self.random.randint(1, 5) for _ in range(self.random.randint(1, 3))] for f in "FG"}
        totals = {"F": Fraction(3, 2), "G": Fraction(1)}
        self.weights = {f: [totals[f] * w / sum(ws) for w in ws] for f, ws in parts.items()}
        self.weights["B"] = [Fraction(1)] * self.size["K"]
        families = SIGNATURE["indices"]
        self.free = {name: self.random.randrange(len(self.weights[f])) for name, f in families.items()}
        self.values: dict[Any, Matrix] = {}

    def number(self, name: str) -> Fraction:
        """A random value; positive where it may be inverted."""
        low = 1 if name in "xya" else -4
        return Fraction(self.random.randint(low, 5), self.random.randint(1, 3))

    def matrix(self, *key: Any) -> Matrix:
        """The value of a letter at indices (and the number of a coefficient), made when it is first needed."""
        if key not in self.values:
            rows, columns = (self.size[n] for n in SIGNATURE["letters"][key[0]]["shape"])
            self.values[key] = [[self.number(key[0]) for _ in range(columns)] for _ in range(rows)]
        return self.values[key]

    def value(self, t: Tree, env: tuple[tuple[str, int], ...] = ()) -> Matrix:  # noqa: C901, PLR0911, PLR0912 - a table
        """Of a term; env are the members bound around it."""

        def member(m: Any) -> tuple[str, int]:
            return (SIGNATURE["indices"][m], self.free[m]) if isinstance(m, str) else env[-1 - m]

        match t:
            case ["q", n, d]:
                return [[Fraction(n, d)]]
            case ["dim", n]:
                return [[Fraction(self.size[n])]]
            case ["l", name, members, args]:
                at = tuple(member(m)[1] for m in members)
                result = self.matrix(name, at, 0)
                for position, arg in enumerate(self.value(a, env) for a in args):
                    for power in (1, 2):
                        scale = self.matrix(name, at, (position, power))[0][0]
                        result = plus(result, [[scale * x**power for x in row] for row in arg])
                return result
            case ["w", m]:
                family, k = member(m)
                return [[self.weights[family][k]]]
            case ["e", m]:
                return [[Fraction(j == member(m)[1])] for j in range(self.size["K"])]
            case ["ones", _]:
                return [[Fraction(1)]] * self.size["K"]
            case ["I", n]:
                return [[Fraction(i == j) for j in range(self.size[n])] for i in range(self.size[n])]
            case ["0", rows, columns]:
                return [[Fraction(0)] * self.size[columns] for _ in range(self.size[rows])]
            case ["+", first, *others]:
                result = self.value(first, env)
                for other in others:
                    result = plus(result, self.value(other, env))
                return result
            case ["*", *factors]:
                return product([(shape_of(f, tuple(f for f, _ in env)), self.value(f, env)) for f in factors])
            case ["^", u, n]:
                return [[self.value(u, env)[0][0] ** n]]
            case ["T", u]:
                return [list(row) for row in zip(*self.value(u, env), strict=True)]
            case ["tr", u]:
                return [[sum((row[i] for i, row in enumerate(self.value(u, env))), Fraction(0))]]
            case ["sum", family, u]:
                total: Matrix | None = None
                for k, weight in enumerate(self.weights[family]):
                    part = [[weight * x for x in row] for row in self.value(u, (*env, (family, k)))]
                    total = part if total is None else plus(total, part)
                assert total is not None
                return total
            case ["inv", u]:
                return [[1 / self.value(u, env)[0][0]]]
        raise ValueError(t)


def plus(p: Matrix, q: Matrix) -> Matrix:
    """The sum of two matrices."""
    return [[x + y for x, y in zip(*rows, strict=True)] for rows in zip(p, q, strict=True)]


def product(factors: list[tuple[Any, Matrix]]) -> Matrix:
    """The product: what has the shape 1 x 1 by its type is a number."""
    scale, result = Fraction(1), None
    for shape, m in factors:
        if shape == (1, 1):
            scale *= m[0][0]
        elif result is None:
            result = m
        else:
            columns = list(zip(*m, strict=True))
            result = [[sum((x * y for x, y in zip(r, c, strict=True)), Fraction(0)) for c in columns] for r in result]
    return [[scale]] if result is None else [[scale * x for x in row] for row in result]


def shape_of(t: Tree, families: tuple[str, ...] = ()) -> tuple[Any, Any]:  # noqa: PLR0911 - a table
    """The shape of a well-formed term."""
    match t:
        case ["l", name, _, _]:
            rows, columns = SIGNATURE["letters"][name]["shape"]
            return rows, columns
        case ["e", _] | ["ones", _]:
            return "K", 1
        case ["I", n]:
            return n, n
        case ["0", rows, columns]:
            return rows, columns
        case ["+", u, *_]:
            return shape_of(u, families)
        case ["*", *factors]:
            shapes = [s for s in (shape_of(u, families) for u in factors) if s != (1, 1)] or [(1, 1)]
            return shapes[0][0], shapes[-1][1]
        case ["T", u]:
            return shape_of(u, families)[::-1]
        case ["sum", family, u]:
            return shape_of(u, (*families, family))
    return 1, 1


def term(r: random.Random, shape: tuple[Any, Any], families: tuple[str, ...] = (), depth: int = 4) -> Tree:
    """A random term of a shape, under binders of these families."""

    def member(family: str) -> Any:
        bound = [len(families) - 1 - i for i, f in enumerate(families) if f == family]
        return r.choice([*bound * 3, *(n for n, f in SIGNATURE["indices"].items() if f == family)])

    def letter(of: tuple[Any, Any]) -> Tree:
        letters = SIGNATURE["letters"].items()
        flat = [(n, x) for n, x in letters if tuple(x["shape"]) == of and (depth > 0 or not x["args"])]
        if not flat:
            return ["0", *of]
        name, x = r.choice(flat)
        args = [term(r, tuple(a), families, depth - 2) for a in x["args"]]
        return ["l", name, [member(f) for f in x["index"]], args]

    def sub(of: tuple[Any, Any], bound: tuple[str, ...] = families) -> Tree:
        return term(r, of, bound, depth - 1)

    leaves: list[Callable[[], Tree]] = [lambda: letter(shape)] * 3
    if shape[0] != shape[1]:
        leaves.append(lambda: ["T", letter(shape[::-1])])
    if shape == ("K", 1):
        leaves += [lambda: ["e", member("B")], lambda: ["ones", "B"]]
    if shape[0] == shape[1] != 1:
        leaves.append(lambda: ["I", shape[0]])
    if shape == (1, 1):
        leaves += [lambda: ["q", r.choice([-2, -1, 2, 3]), 1], lambda: ["dim", r.choice("Kd")]]
        leaves.append(lambda: ["w", member(r.choice("FGB"))])
    if depth <= 0:
        return r.choice(leaves)()
    middle = r.choice(["K", "K", "d", 1])
    choices = [
        *leaves,
        lambda: ["+", sub(shape), sub(shape)],
        lambda: ["*", sub((1, 1)), sub(shape)],
        lambda: ["*", sub((shape[0], middle)), sub((middle, shape[1]))],
        lambda: ["T", sub(shape[::-1])],
        *[lambda: (f := r.choice("FFGBB")) and ["sum", f, sub(shape, (*families, f))]] * 3,
    ]
    if shape == (1, 1):
        choices += [lambda: ["^", sub((1, 1)), r.choice([2, 3])], lambda: ["tr", sub((middle, middle))]]
        choices.append(lambda: inverted(r, families))
    made = r.choice(choices)()
    fits = made[0] != "*" or _fits(made, families)
    return made if fits else r.choice(leaves)()


def inverted(r: random.Random, families: tuple[str, ...]) -> Tree:
    """The reciprocal of what is known to be nonzero."""
    family, t = r.choice(_INVERTED)
    bound = [len(families) - 1 - i for i, f in enumerate(families) if f == family]
    m = r.choice([*bound * 3, "S", "T"])
    return ["inv", t if family is None else _at(t, m)]


def _at(t: Tree, m: Any) -> Tree:
    if t[0] == "w":
        return ["w", m]
    if t[0] == "l":
        return ["l", t[1], [m for _ in t[2]], t[3]]
    return [t[0], *(_at(u, m) for u in t[1:])]


def _fits(t: Tree, families: tuple[str, ...]) -> bool:
    shapes = [s for s in (shape_of(u, families) for u in t[1:]) if s != (1, 1)]
    return all(a[1] == b[0] for a, b in itertools.pairwise(shapes))


def lifted(t: Tree, by: int, depth: int = 0) -> Tree:
    """A term moved under so many binders."""
    if t[0] in ("w", "e"):
        return [t[0], _lifted(t[1], by, depth)]
    if t[0] == "l":
        return ["l", t[1], [_lifted(m, by, depth) for m in t[2]], [lifted(a, by, depth) for a in t[3]]]
    inner = depth + (t[0] == "sum")
    return [t[0], *(lifted(u, by, inner) if isinstance(u, list) else u for u in t[1:])]


def _lifted(m: Any, by: int, depth: int) -> Any:
    return m + by if isinstance(m, int) and m >= depth else m


def swapped(t: Tree, depth: int = 0) -> Tree:
    """A term in which the two innermost binders around it change places."""
    change = {depth: depth + 1, depth + 1: depth}
    if t[0] in ("w", "e"):
        return [t[0], change.get(t[1], t[1])]
    if t[0] == "l":
        return ["l", t[1], [change.get(m, m) for m in t[2]], [swapped(a, depth) for a in t[3]]]
    inner = depth + (t[0] == "sum")
    return [t[0], *(swapped(u, inner) if isinstance(u, list) else u for u in t[1:])]


def moved(r: random.Random, t: Tree, families: tuple[str, ...] = ()) -> Tree:  # noqa: C901, PLR0911, PLR0912 - a table
    """The same value, written in another way."""
    if t[0] == "l":
        return ["l", t[1], t[2], [moved(r, a, families) for a in t[3]]]
    inner = (*families, t[1]) if t[0] == "sum" else families
    t = [t[0], *(moved(r, u, inner) if isinstance(u, list) else u for u in t[1:])]
    rows, columns = shape_of(t, families)
    if r.random() < 0.05 and rows == "K":
        return ["*", ["sum", "B", ["*", ["e", 0], ["T", ["e", 0]]]], t]
    if r.random() < 0.03 and (rows, columns) == (1, 1):
        return ["*", ["inv", _X], t, _X]
    if r.random() < 0.03:
        return ["*", ["q", 2, 3], ["sum", "F", lifted(t, 1)]]
    if r.random() < 0.4:
        return t
    match t:
        case ["+", u, v]:
            return ["+", v, u]
        case ["*", ["+", u, v], w]:
            return ["+", ["*", u, w], ["*", v, w]]
        case ["*", u, ["+", v, w]]:
            return ["+", ["*", u, v], ["*", u, w]]
        case ["*", u, v] if (1, 1) in (shape_of(u, families), shape_of(v, families)):
            return ["*", v, u]
        case ["*", u, ["sum", f, v]]:
            return ["sum", f, ["*", lifted(u, 1), v]]
        case ["*", ["sum", f, u], v]:
            return ["sum", f, ["*", u, lifted(v, 1)]]
        case ["T", ["*", u, v]] if (1, 1) not in (shape_of(u, families), shape_of(v, families)):
            return ["*", ["T", v], ["T", u]]
        case ["T", ["T", u]]:
            return u
        case ["T", ["+", u, v]]:
            return ["+", ["T", u], ["T", v]]
        case ["tr", ["*", u, v]] if (1, 1) not in (shape_of(u, families), shape_of(v, families)):
            return ["tr", ["*", v, u]] if shape_of(u, families)[1] != 1 else ["*", v, u]
        case ["tr", u] if r.random() < 0.5:
            return ["tr", ["T", u]]
        case ["sum", f, ["sum", g, u]]:
            return ["sum", g, ["sum", f, swapped(u)]]
        case ["sum", f, ["+", u, v]]:
            return ["+", ["sum", f, u], ["sum", f, v]]
        case ["^", u, 2]:
            return ["*", u, u]
        case ["^", u, 3]:
            return ["*", u, ["^", u, 2]]
    return t


def members(family: str, families: tuple[str, ...]) -> list[Any]:
    """The members of a family that can be spoken of under these binders."""
    bound = [i for i, f in enumerate(reversed(families)) if f == family]
    return [*bound, *(n for n, f in SIGNATURE["indices"].items() if f == family)]


def spoiled(r: random.Random, t: Tree, families: tuple[str, ...] = ()) -> Tree:
    """What is nearly the same: one place changed in a way that is often, but not always, wrong."""
    inner = (*families, t[1]) if t[0] == "sum" else families
    places = [i for i, u in enumerate(t) if isinstance(u, list) and i > 0 and t[0] != "l"]
    if places and r.random() < 0.75:
        i = r.choice(places)
        return [*t[:i], spoiled(r, t[i], inner), *t[i + 1 :]]
    if t[0] == "l" and t[2]:
        over = SIGNATURE["letters"][t[1]]["index"]
        return ["l", t[1], [r.choice(members(g, families)) for g in over], t[3]]
    if t[0] == "e":
        return ["e", r.choice(members("B", families))]
    if t[0] == "l" and t[3]:
        return ["l", t[1], t[2], [spoiled(r, a, families) for a in t[3]]]
    other = [t[0], *t[1:][::-1]] if t[0] in ("+", "*") else ["T", t]
    if shape_of(other, families) == shape_of(t, families) and (other[0] != "*" or _fits(other, families)):
        return other
    return term(r, shape_of(t, families), families, 1)


def run(is_zero: IsZero, count: int, seed: int, models: int = 4) -> Counter[str]:
    """Counts of what was decided; asserts that nothing unequal was called equal."""
    tally: Counter[str] = Counter()
    for n in range(count):
        r = random.Random(f"{seed}/{n}")
        left = term(r, r.choice([(1, 1), (1, 1), ("K", 1), ("K", "K"), ("K", "d")]), (), r.choice([2, 3, 4, 5]))
        equal = n % 2 == 0
        right = (moved if equal else spoiled)(r, left)
        goal = ["+", left, ["*", ["q", -1, 1], right]]
        found = is_zero(goal)
        tally[f"{'same' if equal else 'changed'}: {found}"] += 1
        if found or equal:
            for k in range(models):
                model = Model(hash((seed, n, k)))
                assert model.value(left) == model.value(right), f"{found}: {left} and {right}"
    return tally
