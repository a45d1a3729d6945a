"""Terms of traces for the second checker: read, their shapes found, variables put. Standard library only."""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
from typing import Any

PRIME = 2**127 - 1
WORLDS, SIZES, MOST_WORK, MOST_NODES = 4, (1, 2, 3), 2_000_000, 20_000
Tree = Any
Rows = tuple[tuple[Any, ...], ...]
FALSE, ONE = ("false",), ("q", 1, 1)
BINDERS = ("sum", "all", "ex")
BUDGET = [MOST_WORK]


class Rejected(Exception):  # noqa: N818 - a verdict, and no error of the program
    """What does not follow, or is no trace."""


def need(condition: object, reason: str) -> None:
    """Go on only if the condition holds."""
    if not condition:
        raise Rejected(reason)


def pay(steps: int = 1) -> None:
    """Pay for steps before they are done."""
    BUDGET[0] -= steps
    need(BUDGET[0] >= 0, "too much work")


# ====================================================================== reading


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len({key for key, _ in pairs}) == len(pairs), "a key stands twice")
    return dict(pairs)


def _refused(number: str) -> None:
    raise Rejected(f"{number[:20]} is no integer")


def read(text: str | bytes) -> Any:
    """JSON without floating point and without duplicate keys."""
    hooks: dict[str, Any] = {"parse_float": _refused, "parse_constant": _refused}
    return json.loads(text, object_pairs_hook=_object, **hooks)


def frozen(x: Any) -> Any:
    """Lists as tuples."""
    pay()
    if isinstance(x, dict):
        return {key: frozen(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return tuple(map(frozen, x))
    need(x is None or type(x) in (int, str), "neither list, text nor integer")
    need(type(x) is not int or abs(x) < 10**400, "an integer is too long")
    return x


class Table:
    """The terms of a trace, each written out in full where it stands; they are not too long for that."""

    def __init__(self, terms: Any) -> None:
        self.terms: list[tuple[int, Any]] = []
        need(type(terms) is list, "no list of terms")
        for term in terms:
            self.terms.append((self.length(term), self.full(term)))

    def length(self, x: Any) -> int:
        """Of what is written out: nodes.

        Raises:
            Rejected: it is too long.
        """
        if self._stands_for(x):
            return self.terms[int(x[1:])][0]
        parts = x.values() if type(x) is dict else x if type(x) in (list, tuple) else ()
        total = 1 + sum(map(self.length, parts))
        need(total < MOST_WORK, "too long")
        return total

    def full(self, x: Any) -> Any:
        """With terms for what stands for them."""
        if self._stands_for(x):
            return self.terms[int(x[1:])][1]
        if type(x) is dict:
            return {key: self.full(part) for key, part in x.items()}
        return tuple(map(self.full, x)) if type(x) in (list, tuple) else x

    @staticmethod
    def _stands_for(x: Any) -> bool:
        return type(x) is str and re.fullmatch("#(0|[1-9][0-9]*)", x, re.ASCII) is not None


def fields(x: Any, *names: str) -> list[Any]:
    """The parts of an object with exactly these."""
    need(isinstance(x, dict) and sorted(x) == sorted(names), f"an object with {names}")
    return [x[name] for name in names]


# ====================================================================== types


class Types:
    """What the names of a signature stand for."""

    def __init__(self, x: Any) -> None:
        dims, families, letters, self.indices = fields(frozen(x), "dims", "families", "letters", "indices")
        names = [*dims, *families.keys(), *letters.keys(), *self.indices.keys()]
        need(all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", n, re.ASCII) for n in names), "no name")
        need(type(dims) is tuple and len(names) == len(set(names)), "one name for two things")
        self.dims = set(dims)
        self.families = {n: fields(f, "total", "basis") for n, f in families.items()}
        self.letters = {n: fields(f, "shape", "index", "args") for n, f in letters.items()}
        for total, basis in self.families.values():
            if basis is not None:
                need(basis in self.dims and total == ("dim", basis), "the total of a basis is its dimension")
            elif total is not None:
                need(self.shape(total, ()) == (1, 1) and total[0] == "q" and total[1] > 0, "no positive total")
        for shape, index, args in self.letters.values():
            need(shape == () or self.sized(shape), "no shape")
            need(type(index) is type(args) is tuple and all(map(self.sized, args)), "no arguments")
            need(all(f in self.families for f in index), "no family")
        need(all(f in self.families for f in self.indices.values()), "no family")
        need(self.letters.get("log") in (None, [(1, 1), (), ((1, 1),)]), "log is a function of one number")

    def sized(self, shape: Any) -> bool:
        """Whether these are two dimensions."""
        return type(shape) is tuple and len(shape) == 2 and all(n == 1 or n in self.dims for n in shape)

    def binder(self, x: Any) -> bool:
        """Whether this binds a member or a matrix."""
        return (x[0] == "member" and len(x) == 2 and x[1] in self.families) or (x[0] == "matrix" and self.sized(x[1:]))

    def family(self, member: Any, env: tuple[Any, ...]) -> str:
        """Of a member."""
        if type(member) is str:
            return str(self.indices[member])
        need(0 <= member < len(env) and env[member][0] == "member", "no such bound member")
        return str(env[member][1])

    def letter(self, name: str, members: Any, args: Any, env: tuple[Any, ...]) -> Any:
        """The shape of a letter there; that of one that stands for a formula is ()."""
        shape, index, shapes = self.letters[name]
        need(type(members) is type(args) is tuple, "no list of members, or of arguments")
        need(tuple(self.family(m, env) for m in members) == index, "other members")
        need(tuple(self.shape(a, env) for a in args) == shapes, "other arguments")
        return shape

    def shape(self, t: Any, env: tuple[Any, ...]) -> Any:  # noqa: C901, PLR0911, PLR0912 - a table
        """Of a term, whose parts are looked at as well."""
        pay()
        of = functools.partial(self.shape, env=env)
        match t:
            case ("q", int(n), int(d)) if d > 0 and math.gcd(n, d) == 1:
                return (1, 1)
            case ("dim", n) if n == 1 or n in self.dims:
                return (1, 1)
            case ("l", name, members, args) if (shape := self.letter(name, members, args, env)) != ():
                return shape
            case ("v", int(n)) if 0 <= n < len(env) and env[n][0] == "matrix":
                return env[n][1:]
            case ("w", m) if self.family(m, env):
                return (1, 1)
            case ("e", m) if (basis := self.families[self.family(m, env)][1]) is not None:
                return (basis, 1)
            case ("ones", family) if (basis := self.families[family][1]) is not None:
                return (basis, 1)
            case ("I", n) if self.sized((n, n)):
                return (n, n)
            case ("0", r, c) if self.sized((r, c)):
                return (r, c)
            case ("+", _, _, *_) if len(shapes := set(map(of, t[1:]))) == 1:
                return shapes.pop()
            case ("*", _, _, *_):
                matrices = [s for s in map(of, t[1:]) if s != (1, 1)]
                need(all(a[1] == b[0] for a, b in itertools.pairwise(matrices)), "factors that do not fit")
                return (matrices[0][0], matrices[-1][1]) if matrices else (1, 1)
            case ("^", u, int(n)) if 2 <= n <= 64 and of(u) == (1, 1):
                return (1, 1)
            case ("T", u):
                return of(u)[::-1]
            case ("tr", u) if (shape := of(u)) == shape[::-1]:
                return (1, 1)
            case ("sum", family, u) if family in self.families:
                return self.shape(u, (("member", family), *env))
            case ("inv", u) if of(u) == (1, 1):
                return (1, 1)
        raise Rejected("no term")

    def formula(self, f: Any, env: tuple[Any, ...] = ()) -> None:
        """Look at all of a formula."""
        pay()
        match f:
            case ("=", a, b):
                need(self.shape(a, env) == self.shape(b, env), "sides that do not fit")
            case ("<=" | "<", a, b):
                need(self.shape(a, env) == self.shape(b, env) == (1, 1), "order of numbers")
            case ("nz", t):
                need(self.shape(t, env) == (1, 1), "nonzero number")
            case ("psd", t):
                need((shape := self.shape(t, env)) == shape[::-1], "square matrix")
            case ("l", name, members, args):
                need(self.letter(name, members, args, env) == (), "no formula")
            case ("and" | "or" | "->" | "iff", _, _):
                for part in f[1:]:
                    self.formula(part, env)
            case ("all" | "ex", binder, body) if self.binder(binder):
                self.formula(body, (binder, *env))
            case _:
                need(f == FALSE, "no formula")

    def suits(self, x: Any, binder: Any, env: tuple[Any, ...] = ()) -> None:
        """Whether something may be the value of a variable."""
        found = ("member", self.family(x, env)) if binder[0] == "member" else ("matrix", *self.shape(x, env))
        need(found == binder, "a value of another kind")


# ====================================================================== names and numbers of variables


def mapped(t: Any, leaf: Any, depth: int = 0) -> Any:
    """The tree, where ``leaf(x, depth)`` says what stands for members, bound matrices and letters without members."""
    pay()
    match t:
        case ("v", _):
            return leaf(t, depth)
        case ("w" | "e", m):
            return (t[0], leaf(m, depth))
        case ("l", name, (), ()):
            return leaf(t, depth)
        case ("l", name, members, args):
            return ("l", name, tuple(leaf(m, depth) for m in members), tuple(mapped(a, leaf, depth) for a in args))
        case (kind, *parts):
            inner = depth + (kind in BINDERS)
            keep = kind in ("all", "ex")
            return (
                kind, *(mapped(p, leaf, inner) if type(p) is tuple and not (keep and not i) else p
                        for i, p in enumerate(parts)),
            )  # fmt: skip
    raise Rejected("no term")


def _number(x: Any) -> int | None:
    return x if type(x) is int else x[1] if type(x) is tuple and x[0] == "v" else None


def moved(x: Any, by: int) -> Any:
    """The same under more binders."""

    def leaf(y: Any, depth: int) -> Any:
        n = _number(y)
        return y if n is None or n < depth else n + by if type(y) is int else ("v", n + by)

    return mapped(x, leaf) if type(x) is tuple else leaf(x, 0)


def opened(body: Any, value: Any) -> Any:
    """What is under one binder, at a value."""

    def leaf(y: Any, depth: int) -> Any:
        n = _number(y)
        if n is None or n < depth:
            return y
        return moved(value, depth) if n == depth else n - 1 if type(y) is int else ("v", n - 1)

    return mapped(body, leaf)


def closed(tree: Any, name: str) -> Any:
    """Under one binder, whose variable stands for the name."""

    def leaf(y: Any, depth: int) -> Any:
        return depth if y == name else ("v", depth) if y == ("l", name, (), ()) else y

    return mapped(moved(tree, 1), leaf)


def occurs(tree: Any, name: str) -> bool:
    """Whether a free index or letter is there."""
    match tree:
        case ("l", letter, members, args):
            return name == letter or name in members or any(occurs(a, name) for a in args)
        case ("w" | "e", m):
            return bool(m == name)
        case ("ones" | "I" | "0" | "dim" | "q" | "v", *_):
            return False
        case (_, *parts):
            return any(occurs(p, name) for p in parts if type(p) is tuple and p[0] not in ("member", "matrix"))
    return False


def large(tree: Any) -> int:
    """Nodes."""
    pay()
    return 1 + sum(large(part) for part in tree if type(part) is tuple)
