"""A second checker of proof traces, written from ``notes/kernel.md`` without a normal form.

Where the trace checker compares normal forms of polynomials, this one *computes*: both sides of an equation, with what
is used in its contexts, are evaluated at random points of a prime field, where weights and basis vectors are random
too, and functions and reciprocals are random functions: what no line says is not so. What is wrong is found with a
chance that is as good as 1, but for what is so of matrices with up to 3 rows and families with up to 3 members alone.
It shares no code and no idea with the other but the page.

Command: ``python -S -m tests.proofs.second_checker DIR``. Standard library only.
"""

from __future__ import annotations

import functools
import itertools
import math
import random
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.proofs.second_terms import (
    BUDGET,
    MOST_NODES,
    MOST_WORK,
    ONE,
    PRIME,
    SIZES,
    WORLDS,
    Rejected,
    Rows,
    Table,
    Tree,
    Types,
    _number,
    closed,
    fields,
    frozen,
    large,
    mapped,
    moved,
    need,
    occurs,
    opened,
    pay,
    read,
)

# ====================================================================== values


class World:
    """Numbers for everything: random ones of a prime field, or those of a model."""

    def __init__(self, types: Types, seed: int) -> None:
        self.types, self.seed, self.random = types, seed, random.Random(seed)
        self.size: dict[Any, int] = {1: 1, **{n: self.random.choice(SIZES) for n in sorted(types.dims)}}
        self.weights: dict[str, list[Any]] = {
            f: [self._any() for _ in range(self.random.choice(SIZES))] for f in sorted(types.families)
        }
        self.free = {i: (f, self.random.randrange(len(self.weights[f]))) for i, f in sorted(types.indices.items())}
        self.drawn: dict[Any, Rows] = {}

    def _any(self) -> int:
        return self.random.randrange(PRIME)

    def _drawn(self, key: tuple[Any, ...], rows: int, columns: int) -> Rows:
        """Random numbers, drawn when they are asked for first: what they are does not depend on the order."""
        if key not in self.drawn:
            source = random.Random(f"{self.seed}/{key}")
            self.drawn[key] = tuple(tuple(source.randrange(PRIME) for _ in range(columns)) for _ in range(rows))
        return self.drawn[key]

    def vector(self, kind: str, family: str, i: int) -> Rows:
        """A basis vector, or the sum of all, of which nothing is known either."""
        return self._drawn((kind, family, i), self.size[self.types.families[family][1]], 1)

    def number(self, n: int, d: int) -> Any:
        """A rational number."""
        need(d % PRIME, "a strange denominator")
        return n * pow(d, -1, PRIME) % PRIME

    def plain(self, x: Any) -> Any:
        """A number in its one form."""
        return x % PRIME

    def letter(self, name: str, members: tuple[Any, ...], args: tuple[Rows, ...]) -> Rows:
        """A letter there: the same where it is asked for again."""
        rows, columns = (self.size[n] for n in self.types.letters[name][0])
        return self._drawn((name, members, args), rows, columns)

    def inverse(self, x: Any) -> Any:
        """Of a reciprocal nothing is known."""
        return self._drawn(("inv", x), 1, 1)[0][0]

    def member(self, m: Any, env: tuple[Any, ...]) -> Any:
        """Family and number."""
        return self.free[m] if type(m) is str else env[m]

    def value(self, t: Any, env: tuple[Any, ...], hole: Any = None) -> Rows:  # noqa: C901, PLR0911, PLR0912 - a table
        """Of a term."""
        pay()

        def of(u: Any) -> Rows:
            return self.value(u, env, hole)

        match t:
            case ("hole", *xs):
                inner = tuple(of(x) if type(x) is tuple else self.member(x, env) for x in reversed(xs))
                return self.value(hole, inner)
            case ("q", n, d):
                return ((self.number(n, d),),)
            case ("dim", n):
                return ((self.size[n],),)
            case ("l", name, members, args):
                return self.letter(name, tuple(self.member(m, env) for m in members), tuple(map(of, args)))
            case ("v", n):
                return env[n]  # type: ignore[no-any-return]
            case ("w", m):
                family, i = self.member(m, env)
                return ((self.weights[family][i],),)
            case ("e", m):
                return self.vector("e", *self.member(m, env))
            case ("ones", family):
                return self.vector("ones", family, 0)
            case ("I", n):
                return tuple(tuple(int(i == j) for j in range(self.size[n])) for i in range(self.size[n]))
            case ("0", r, c):
                return ((0,) * self.size[c],) * self.size[r]
            case ("+", *terms):
                return self.sum([of(u) for u in terms])
            case ("*", *factors):
                return functools.reduce(self.times, map(of, factors))
            case ("^", u, n):
                return functools.reduce(self.times, [of(u)] * n)
            case ("T", u):
                return tuple(zip(*of(u), strict=True))
            case ("tr", u):
                return ((self.plain(sum(row[i] for i, row in enumerate(of(u)))),),)
            case ("sum", family, u):
                parts = []
                for i, weight in enumerate(self.weights[family]):
                    parts.append(self.times(((weight,),), self.value(u, ((family, i), *env), hole)))
                return self.sum(parts)
            case ("inv", u):
                return ((self.inverse(of(u)[0][0]),),)
        raise Rejected("no term")

    def sum(self, values: list[Rows]) -> Rows:
        """Of matrices."""
        return tuple(tuple(self.plain(sum(xs)) for xs in zip(*rows, strict=True)) for rows in zip(*values, strict=True))

    def times(self, a: Rows, b: Rows) -> Rows:
        """The product; a 1 x 1 matrix is a number, which comes to the same."""
        pay(len(a) * len(b) * len(b[0]))
        if len(a) == len(a[0]) == 1:
            return tuple(tuple(self.plain(a[0][0] * x) for x in row) for row in b)
        if len(b) == len(b[0]) == 1:
            return self.times(b, a)
        columns = tuple(zip(*b, strict=True))
        return tuple(tuple(self.plain(sum(x * y for x, y in zip(r, c, strict=True))) for c in columns) for r in a)


class Case(World):
    """A model with rational numbers, in which the members of an example are all there are: its definitions hold there.

    What the example does not define is 0, and what it says nothing of is as small as may be.
    """

    def __init__(self, types: Types, members: Any, definitions: Any) -> None:
        self.types, self.size, self.free = types, {1: 1}, {}
        self.weights = {}
        self.letters: dict[str, dict[Any, Rows]] = {}
        for name, weight in members.items():
            need(types.shape(weight, ()) and weight[0] == "q", "no weight")
            named = self.weights.setdefault(types.indices[name], [])
            self.free[name] = types.indices[name], len(named)
            named.append(Fraction(*weight[1:]))
        for name, named in self.weights.items():
            total, basis = types.families[name]
            need(total is not None, "a family of which nothing is known")
            need(basis is None or self.size.setdefault(basis, len(named)) == len(named), "two sizes")
        self.size = {**dict.fromkeys(types.dims, 1), **self.size}
        for name, (total, basis) in types.families.items():
            whole = ((Fraction(1),),) if total is None else self.value(total, ())
            named = self.weights.setdefault(name, [Fraction(1)] * self.size[basis] if basis else [whole[0][0]])
            need(min(named) > 0 and ((sum(named),),) == whole, "another total")
            need(basis is None or set(named) == {1}, "weights of a basis are 1")
        self.free.update({i: (f, 0) for i, f in types.indices.items() if i not in self.free})
        self.used: set[str] = set()
        for formula in definitions:
            self._define(formula, members)
        need(all(map(self.true, definitions)), "something is false in the model")

    def _define(self, formula: Any, named: Any) -> None:
        """Give a letter the values that an equation says, if none was asked for before."""
        families: list[str] = []
        while formula[0] == "all":
            families.append(formula[1][1])
            formula = formula[2]
        relation, (kind, name, at, args), term = formula
        need(relation == "=" and kind == "l" and args == (), "no definition")
        bound = [m for m in at if type(m) is int]
        need(bound == list(reversed(range(len(families)))) and all(m in named for m in at if m not in bound), "where?")
        values, kept = {}, self.letters.setdefault(name, {})
        for places in itertools.product(*(range(len(self.weights[f])) for f in families)):
            env = tuple(zip(families, places, strict=True))[::-1]
            values[tuple(self.member(m, env) for m in at)] = self.value(term, env)
        need(name not in self.used and not values.keys() & kept.keys(), "it is used or defined before")
        kept.update(values)

    def vector(self, kind: str, family: str, i: int) -> Rows:
        """Of the basis of unit vectors."""
        return tuple((int(kind == "ones" or i == j),) for j in range(len(self.weights[family])))

    def number(self, n: int, d: int) -> Any:
        """As it is."""
        return Fraction(n, d)

    def plain(self, x: Any) -> Any:
        """As it is, if it is not too long."""
        x = Fraction(x)
        need(x.numerator.bit_length() + x.denominator.bit_length() < 20_000, "a number is too long")
        return x

    def letter(self, name: str, members: tuple[Any, ...], args: tuple[Rows, ...]) -> Rows:  # noqa: ARG002
        """Its value; from now on no other is given to it."""
        self.used.add(name)
        rows, columns = (self.size[n] for n in self.types.letters[name][0])
        nothing = ((Fraction(),) * columns,) * rows
        return self.letters.get(name, {}).get(members, nothing)

    def inverse(self, x: Any) -> Any:
        """That of 0 may be any number."""
        return 1 / Fraction(x) if x else Fraction()

    def true(self, f: Any, env: tuple[Any, ...] = ()) -> bool:  # noqa: PLR0911 - a table
        """Whether a formula is true."""
        pay()
        match f:
            case ("all" | "ex", ("member", family), body):
                each = (self.true(body, ((family, i), *env)) for i in range(len(self.weights[family])))
                return all(each) if f[0] == "all" else any(each)
            case ("and", *parts):
                return all(self.true(p, env) for p in parts)
            case ("or", *parts):
                return any(self.true(p, env) for p in parts)
            case ("->", a, b):
                return self.true(b, env) or not self.true(a, env)
            case ("iff", a, b):
                return self.true(a, env) == self.true(b, env)
            case ("false",):
                return False
            case ("psd", t):
                return _psd(self.value(t, env))
            case ("nz", t):
                return self.value(t, env) != ((0,),)
            case ("=" | "<" | "<=", a, b):
                x, y = self.value(a, env), self.value(b, env)
                return {"=": x == y, "<": x < y, "<=": x <= y}[f[0]]
        raise Rejected("not decided")


def _psd(m: Rows) -> bool:
    """By its principal minors."""
    n = len(m)
    chosen = itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(1, n + 1))
    return m == tuple(zip(*m, strict=True)) and all(
        _determinant([[m[i][j] for j in s] for i in s]) >= 0 for s in chosen
    )


def _determinant(m: list[list[Any]]) -> Any:
    pay(len(m))
    if not m:
        return 1
    return sum((-1) ** j * x * _determinant([r[:j] + r[j + 1 :] for r in m[1:]]) for j, x in enumerate(m[0]) if x)


# ====================================================================== rules


class Trace:
    """Theorems, made line by line."""

    def __init__(self, types: Types, known: Mapping[str, Any], terms: Any = None, members: Any = None) -> None:
        self.types, self.known = types, known
        self.table = Table([] if terms is None else terms)
        self.members: Mapping[str, Any] = members or {}
        self.made: list[tuple[frozenset[Any], Any]] = []
        self.rests: set[str] = set()
        self.worlds = [World(types, seed) for seed in range(WORLDS)]

    def line(self, given: Any) -> None:
        """One more."""
        self.table.length(given)
        given = frozen(self.table.full(given))
        for key in ("formula", "goal"):
            if key in given:
                self.types.formula(given[key])
        hypotheses, conclusion = self._follows(given)
        need(large(conclusion) < MOST_NODES, "too long")
        self.made.append((frozenset(hypotheses), conclusion))

    def _get(self, i: Any) -> tuple[frozenset[Any], Any]:
        need(type(i) is int and 0 <= i < len(self.made), "no such line")
        found: tuple[frozenset[Any], Any] = self.made[i]
        return found

    def _follows(self, x: Any) -> tuple[Any, Any]:
        rule = x.pop("rule")
        many = [self._get(i) for key in ("line", "to") if type(x.get(key)) is int for i in (x[key],)]
        hypotheses = frozenset().union(*(h for h, _ in many))
        return self._says(rule, x, hypotheses, [c for _, c in many])

    def _says(self, rule: str, x: Any, hypotheses: Any, said: Any) -> tuple[Any, Any]:  # noqa: PLR0911
        """What a rule gives: one case per rule."""
        match rule, sorted(x):
            case "assume", ["formula"]:
                return {x["formula"]}, x["formula"]
            case "discharge", ["formula", "line"]:
                return hypotheses - {x["formula"]}, ("->", x["formula"], *said)
            case "apply", ["line", "to"]:
                need(said[0][0] == "->" and said[0][1] == said[1], "another premise")
                return hypotheses, said[0][2]
            case "all", ["line", "over"]:
                need(not any(occurs(h, x["over"]) for h in hypotheses), "not arbitrary")
                need(x["over"] not in self.members, "a member of the case")
                return hypotheses, ("all", self._binder(x["over"]), closed(said[0], x["over"]))
            case "at", ["line", "values"]:
                formula = said[0]
                for value in x["values"]:
                    need(formula[0] == "all", "not about all")
                    self.types.suits(value, formula[1])
                    formula = opened(formula[2], value)
                return hypotheses, formula
            case "total", ["family"]:
                total = self.types.families[x["family"]][0]
                need(total is not None, "no total")
                return (), ("=", ("sum", x["family"], ONE), total)
            case (("weight" | "sum" | "each"), _):
                return self._of_members(rule, x)
            case "ring", ["goal", "using"]:
                return self._sum(x["goal"], x["using"])
            case "cite", ["name", "put"]:
                need(x["name"] in self.known, f"{x['name']} is not proved, or not known")
                self.rests.add(x["name"])
                return (), self._put(self.known[x["name"]], *fields(x["put"], "dims", "families", "letters"))
        raise Rejected(f"no rule {rule!r} with {sorted(x)}")

    def _of_members(self, rule: str, x: Any) -> tuple[Any, Any]:
        """What is known because the members of a family are those of the case."""
        match rule, sorted(x):
            case "weight", ["of"]:
                return (), ("=", ("w", x["of"]), self.members[x["of"]])
            case "sum", ["term"]:
                kind, family, body = x["term"]
                need(kind == "sum" and self.types.shape(x["term"], ()), "no sum")
                parts = [("*", self.members[m], opened(body, m)) for m in self._named(family)]
                return (), ("=", x["term"], functools.reduce(lambda a, b: ("+", a, b), parts))
            case "each", ["goal", "lines"]:
                kind, (_, family), body = x["goal"]
                said = dict(zip(self._named(family), map(self._get, x["lines"]), strict=True))
                need(kind == "all" and all(c == opened(body, m) for m, (_, c) in said.items()), "not of each")
                return frozenset().union(*(h for h, _ in said.values())), x["goal"]
        raise Rejected(f"no rule {rule!r} with {sorted(x)}")

    def _named(self, family: str) -> list[str]:
        """The members of a family."""
        found = [m for m in self.members if self.types.indices[m] == family]
        need(found, f"of {family} no member is named")
        return found

    def _binder(self, name: str) -> Tree:
        if name in self.types.indices:
            return ("member", self.types.indices[name])
        shape, index, args = self.types.letters[name]
        need(index == args == () != shape, "a letter with members or arguments, or a formula")
        return ("matrix", *shape)

    def _side(self, formula: Any, values: tuple[Any, ...], env: tuple[Any, ...]) -> Any:
        """What is behind as many quantifiers as there are values, which suit."""
        for value in values:
            need(formula[0] == "all", "not about all")
            self.types.suits(value, formula[1], env)
            formula = formula[2]
        return formula

    def _holes(self, context: Any, env: tuple[Any, ...] = ()) -> list[tuple[Any, Any]]:
        """The entries of holes, and the binders around."""
        match context:
            case ("hole", *xs):
                return [(tuple(xs), env)]
            case ("l", _, _, args):
                return [h for a in args for h in self._holes(a, env)]
            case ("sum", family, body):
                return self._holes(body, (("member", family), *env))
            case (_, *parts):
                return [h for p in parts if type(p) is tuple for h in self._holes(p, env)]
        return []

    def _sum(self, goal: Any, using: Any) -> tuple[Any, Any]:
        """Whether the sides differ by what is used, and by a number of no wrong sign."""
        hypotheses: frozenset[Any] = frozenset()
        relation, left, right = goal
        need(relation in ("=", "<", "<="), "no equation and no inequality")
        uses, strict = [], False
        shape = self.types.shape(left, ())
        for number, context in using:
            more, known = self._get(number)
            hypotheses |= more
            ((xs, env),) = self._holes(context)
            body = self._side(known, xs, env)
            if body[0] != "=":
                need(relation != "=" and body[0] in ("<", "<="), "no equation")
                need(context[0] == "hole" or (context[0] == "*" and len(context) == 3), "no multiple")
                need(context[0] == "hole" or (context[1][0] == "q" and context[1][1] > 0), "no positive multiple")
                need(context[0] == "hole" or context[2][0] == "hole", "no multiple")
                strict |= body[0] == "<"
            self._typed(context, body, shape, known)
            uses.append((context, *body[1:]))
        over = {self._over(world, left, right, uses) for world in self.worlds}
        need(len(over) == 1, "it does not add up")
        (left_over,) = over
        need(left_over == 0 or (relation != "=" and left_over > 0), "it does not add up, by a number")
        need(relation != "<" or strict or left_over > 0, "nothing is strict")
        return hypotheses, goal

    def _typed(self, context: Any, body: Any, shape: Any, equation: Any) -> None:
        """The context has the shape of the goal where its hole has that of the equation."""
        binders = []
        while equation[0] == "all":
            binders.append(equation[1])
            equation = equation[2]
        need(equation == body, "more quantifiers than entries")
        hole = self.types.shape(body[1], tuple(reversed(binders)))
        filled = _filled(context, ("0", *hole))
        need(self.types.shape(filled, ()) == shape, "a context of another shape")

    @staticmethod
    def _over(world: World, left: Any, right: Any, uses: Any) -> Fraction:
        """By how much more the right side exceeds the left than what is used says.

        Raises:
            Rejected: it is a matrix that is not 0, or a number whose numerator and denominator are not small.
        """
        minus = ((world.number(-1, 1),),)
        terms = [world.value(right, ()), world.times(minus, world.value(left, ()))]
        for context, a, b in uses:
            terms += [world.value(context, (), a), world.times(minus, world.value(context, (), b))]
        total = world.sum(terms)
        return _small(total[0][0]) if len(total) == len(total[0]) == 1 else Fraction(any(map(any, total)))

    def _fits(self, body: Any, shape: Any, env: tuple[Any, ...]) -> None:
        """Whether a term, or a formula, may stand for a letter."""
        if shape == ():
            self.types.formula(body, env)
        else:
            need(self.types.shape(body, env) == shape, "another shape")

    def _put(self, statement: Any, dims: Any, families: Any, letters: Any) -> Any:
        """A statement about other things."""
        old, hypotheses, goal = statement
        need(all(self.types.sized((n, n)) for n in dims.values()), "no dimension")

        def sizes(shape: Any) -> Any:
            return tuple(n if n == 1 else dims[n] for n in shape)

        def kind(binder: Any) -> Any:
            return ("member", families[binder[1]]) if binder[0] == "member" else ("matrix", *sizes(binder[1:]))

        def there(t: Any) -> Any:  # noqa: PLR0911 - a table
            pay()
            match t:
                case ("dim", n):
                    return ("dim", n if n == 1 else dims[n])
                case ("I" | "0", *shape):
                    return (t[0], *sizes(shape))
                case ("ones", f):
                    return ("ones", families[f])
                case ("sum", f, u):
                    return ("sum", families[f], there(u))
                case ("all" | "ex", b, u):
                    return (t[0], kind(b), there(u))
                case ("w" | "e", m):
                    need(type(m) is int, "a free index")
                    return t
                case ("l", name, members, args):
                    need(all(type(m) is int for m in members), "a free index")
                    values = [*members, *map(there, args)]
                    body = letters[name]
                    for i, value in enumerate(values):
                        body = opened(_inside(body, len(values) - 1 - i), moved(value, len(values) - 1 - i))
                    return body
            return (t[0], *(there(u) if type(u) is tuple else u for u in t[1:]))

        for name, (total, basis) in old.families.items():
            mine = self.types.families[families[name]]
            need(total is None or mine == [there(total), basis and dims[basis]], "another total")
        for name, body in letters.items():
            shape, index, args = old.letters[name]
            env = (
                *(("matrix", *sizes(a)) for a in reversed(args)),
                *(("member", families[f]) for f in reversed(index)),
            )
            self._fits(body, sizes(shape), env)
        need(letters.get("log") in (None, ("l", "log", (), (("v", 0),))), "log is log")
        made = there(goal)
        for hypothesis in reversed(hypotheses):
            made = ("->", there(hypothesis), made)
        self.types.formula(made)
        return made


def _small(x: int) -> Fraction:
    """The one fraction of small numerator and denominator that is this number of the field, by Euclid's algorithm."""
    bound = math.isqrt(PRIME // 2)
    rest, n, before, d = PRIME, x, 0, 1
    while n > bound:
        rest, n, before, d = n, rest % n, d, before - rest // n * d
    need(0 < abs(d) <= bound, "it does not add up")
    return Fraction(n, d)


def _inside(body: Any, binders: int) -> Any:
    """The body as it is under its outermost binder alone: that variable is 0, and those inside of it come after."""

    def leaf(y: Any, depth: int) -> Any:
        n = _number(y)
        if n is None or n < depth or n - depth > binders:
            return y
        turned = depth + ((n - depth + 1) if n - depth < binders else 0)
        return turned if type(y) is int else ("v", turned)

    return mapped(body, leaf)


def _filled(context: Any, term: Any) -> Any:
    match context:
        case ("hole", *_):
            return term
        case ("l", name, members, args):
            return ("l", name, members, tuple(_filled(a, term) for a in args))
        case (kind, *parts):
            return (kind, *(_filled(p, term) if type(p) is tuple else p for p in parts))
    raise Rejected("no context")


# ====================================================================== files


def statement(x: Any) -> tuple[Types, Any, Any]:
    """Signature, hypotheses and goal."""
    BUDGET[0] = MOST_WORK
    types = Types(x["signature"])
    hypotheses, goal = frozen(x.get("hypotheses", [])), frozen(x["goal"])
    for formula in (*hypotheses, goal):
        types.formula(formula)
    return types, hypotheses, goal


def check_claim(x: Any, known: Mapping[str, Any]) -> set[str]:
    """What a trace rests on.

    Raises:
        Rejected: it does not follow.
    """
    place = ""
    try:
        need(x["format"] == "mlnc-trace-5", "the format is mlnc-trace-5")
        fields(x, "format", "claim", "signature", "members", "hypotheses", "goal", "terms", "lines")
        types, hypotheses, goal = statement(x)
        members = frozen(x["members"])
        if members is not None:
            Case(types, members, hypotheses)
        trace = Trace(types, known, x["terms"], members)
        need(len(x["lines"]) <= 5_000, "too many lines")
        for number, line in enumerate(x["lines"]):
            place = f"line {number}: "
            BUDGET[0] = MOST_WORK
            trace.line(line)
        assumed, conclusion = trace.made[-1]
        need(conclusion == goal, "the last line is not the goal")
        need(assumed <= set(hypotheses), "something else is assumed")
    except Rejected as why:
        raise Rejected(f"{place}{why}") from None
    except Exception as problem:  # what is malformed fails in many ways
        raise Rejected(f"{place}malformed: {ascii(problem)[:100]}") from None
    return trace.rests


def check(texts: Mapping[str, str | bytes]) -> Iterator[str]:
    """One line per trace, those that are cited first.

    Raises:
        Rejected: the first that does not follow.
    """
    files: dict[str, Any] = {}
    for name, text in sorted(texts.items()):
        try:
            files[name] = read(text)
            need(type(files[name]) is dict, "no object")
            need(name == "axioms" or files[name].get("claim") == name, "another claim")
        except (Rejected, ValueError, RecursionError) as why:
            raise Rejected(f"{ascii(name)[1:-1]}.json: {ascii(why)[:100]}") from None
    stated = files.pop("axioms")
    laws, textbook = stated["laws"], stated["axioms"]
    known = {name: statement(one) for name, one in {**laws, **textbook}.items()}
    rests: dict[str, Any] = dict.fromkeys(known, frozenset())
    waiting = files
    while waiting:
        ready = [name for name, x in waiting.items() if not _cites(x) & waiting.keys()]
        need(ready, f"{sorted(waiting)} rest on each other")
        for name in ready:
            x = waiting.pop(name)
            try:
                own = check_claim(x, known)
            except Rejected as why:
                raise Rejected(f"{name}.json: {why}") from None
            if x["members"] is None:
                known[name] = statement(x)
            rests[name] = own.union(*(rests[other] for other in own))
            said = sorted(rests[name] - laws.keys())
            yield f"{name}: proved; rests on {', '.join(said) or 'nothing'}"


def _cites(x: Any) -> set[Any]:
    lines = x.get("lines")
    return (
        {y.get("name") for y in lines if type(y) is dict and y.get("rule") == "cite"} if type(lines) is list else set()
    )


def main(arguments: list[str]) -> int:
    """Check a folder."""
    folder = Path(arguments[0]) if len(arguments) == 1 else None
    if folder is None or not any(folder.glob("*.json")):
        print("error: one folder with traces is wanted", file=sys.stderr)
        return 2
    try:
        for line in check({path.stem: path.read_bytes() for path in folder.glob("*.json")}):
            print(line)
    except Rejected as why:
        print(f"rejected: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
