"""Checks proof traces: ``python -I -S checker.py DIR``. The rules are in ``notes/kernel.md``.

It imports the standard library only, searches for nothing, uses no floating point, and bounds
what a line may cost. From top to bottom: reading, syntax and types, substitution, normal forms,
rules, files. JSON lists become tuples, so that formulas can be compared and hashed; types are
checked when a term enters, and again for every conclusion. Whatever goes wrong while a line is
checked is a rejection of that line.

Exit code 0: every claim is proved. 1: something does not follow. 2: there is nothing to check.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

MOST_MONOMIALS, MOST_ORDERS, MOST_REWRITES, MOST_WORK = 20_000, 720, 10_000, 3_000_000
MOST_CHARACTERS, MOST_LINES, MOST_TEXT, DEEPEST = 200_000, 5_000, 50_000_000, 120
MOST_DIGITS, MOST_BITS, MOST_EXPONENT = 2_000, 20_000, 10_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.' -]{0,63}", re.ASCII)
WORK = [MOST_WORK]
Rows = list[list[Fraction]]
Tree = Any
"""A term, formula, binder, or part of one: nested tuples of strings and integers."""


class Rejected(Exception):  # noqa: N818 - a verdict, and no error of the program
    """What does not follow, or is no trace."""


def need(condition: object, reason: str, x: Any = None) -> None:
    """Go on only if the condition holds; the reason may speak of x."""
    if not condition:
        raise Rejected(reason if x is None else f"{brief(x)} {reason}")


def tick(steps: int = 1) -> None:
    """Pay for a step before it is done."""
    WORK[0] -= steps
    need(WORK[0] >= 0, "too much work")


@contextmanager
def rejecting(where: str) -> Iterator[None]:
    """The one place where any failure becomes a rejection that says where."""
    WORK[0] = MOST_WORK
    try:
        yield
    except Rejected as why:
        raise Rejected(f"{where}{why}") from None
    except Exception as problem:  # what is malformed fails in many ways, RecursionError among them
        raise Rejected(f"{where}malformed: {type(problem).__name__} {brief(problem)}") from None


# Reading


def brief(x: object) -> str:
    """For messages: printable, short."""
    text = ascii(x)
    return text if len(text) <= 100 else text[:97] + "..."


def _integer(digits: str) -> int:
    need(len(digits) <= MOST_DIGITS, "an integer is too long")
    return int(digits)


def _refuse(number: str) -> None:
    raise Rejected(f"{brief(number)} is no integer")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len({key for key, _ in pairs}) == len(pairs), "a key stands twice")
    return dict(pairs)


def read(text: str) -> Any:
    """JSON without floating point and without duplicate keys."""
    hooks: dict[str, Any] = {"parse_float": _refuse, "parse_constant": _refuse}
    return json.loads(text, parse_int=_integer, object_pairs_hook=_object, **hooks)


def frozen(x: Any, depth: int = DEEPEST) -> Tree:
    """Lists as tuples; only strings and integers in them (a boolean is neither)."""
    tick()
    if isinstance(x, list | tuple):
        need(depth > 0, "nested too deeply")
        return tuple(frozen(y, depth - 1) for y in x)
    need(type(x) in (str, int), "is neither list, string nor integer", x)
    return x


def fields(x: Any, names: str) -> list[Any]:
    """The values of an object that has exactly these keys."""
    need(isinstance(x, dict) and set(x) == set(names.split()), f"an object of {names} is needed")
    return [x[name] for name in names.split()]


def named(x: Any) -> str:
    """A name, as it must be."""
    need(isinstance(x, str) and NAME.fullmatch(x), "is no name", x)
    return str(x)


# Syntax and types

KINDS = {
    "t": {
        "q": "ii", "dim": "d", "w": "m", "e": "m", "ones": "f", "I": "d", "0": "dd", "v": "v",
        "+": "tt*", "*": "tt*", "^": "ti", "T": "t", "tr": "t", "sum": "ft", "inv": "t", "l": "",
    },
    "a": {
        "=": "tt", "<=": "tt", "<": "tt", "nz": "t", "psd": "t", "false": "", "and": "aa*",
        "or": "aa*", "->": "aa", "iff": "aa", "all": "ba", "ex": "ba",
    },
    "b": {"member": "f", "matrix": "dd"},
}  # fmt: skip
"""Terms, formulas and binders, and their parts: those, an integer, dimension, family, member, or
the number of a bound matrix; with a star, two or more. A letter (l) is different."""
SYNTAX = {op: parts for ops in KINDS.values() for op, parts in ops.items()}
NUMBER, ZERO, UNIT, FALSE = (1, 1), ("q", 0, 1), ("q", 1, 1), ("false",)


def parts(x: Tree) -> list[tuple[str, Tree]]:
    """The parts of a term, formula or binder, with their kinds."""
    match x:
        case ("l", name, (*members,), (*args,)):
            return [("l", name), *(("m", m) for m in members), *(("t", a) for a in args)]
        case (str(op), *rest) if op in SYNTAX and op != "l":
            kinds = SYNTAX[op]
            kinds = kinds[:2] + kinds[0] * (len(rest) - 2) if kinds.endswith("*") else kinds
            need(len(kinds) == len(rest), "has too many parts, or too few", x)
            return list(zip(kinds, rest, strict=True))
    raise Rejected(f"{brief(x)} is neither term nor formula")


def under(x: Tree, stack: Tree) -> Tree:
    """The binders around the parts of x, the innermost last, given those around x."""
    if x[0] == "sum":
        return (*stack, ("member", x[1]))
    return (*stack, x[1]) if x[0] in ("all", "ex") else stack


class Letter(NamedTuple):
    """Shape, families of the indices, shapes of the arguments."""

    shape: Tree
    over: Tree
    args: Tree


class Family(NamedTuple):
    """The sum of the weights, and the dimension whose rows are the members, if they are."""

    total: Tree
    basis: Any


LOG = Letter(NUMBER, (), (NUMBER,))


@dataclass(frozen=True)
class Signature:
    """What names mean."""

    dims: frozenset[str]
    families: Mapping[str, Family]
    letters: Mapping[str, Letter]
    indices: Mapping[str, str]

    def part(self, kind: str, p: Tree, stack: Tree = ()) -> Any:
        """A part of this kind is as it must be; returns what it is."""
        match kind:
            case "i":
                need(type(p) is int, "is no integer", p)
            case "d":
                need((type(p) is int and p == 1) or p in self.dims, "is no dimension", p)
            case "f":
                need(p in self.families, "is no family", p)
            case "l":
                need(p in self.letters, "is no letter", p)
                return self.letters[p]
            case "m" | "v" if type(p) is int:
                need(0 <= p < len(stack), f"{p} refers to nothing")
                binder = stack[-1 - p]
                need(binder[0] == {"m": "member", "v": "matrix"}[kind], f"{p} is of another kind")
                return binder[1] if kind == "m" else binder[1:]
            case "m" | "v":
                need(kind == "m" and p in self.indices, "is no index", p)
                return self.indices[p]
            case _:
                need(p[0] in KINDS[kind], "is of another kind", p)
                return self.check(p, stack)
        return p

    def check(self, x: Tree, stack: Tree = ()) -> Tree:  # noqa: C901, PLR0911, PLR0912 - a table
        """Every part is well-formed; the shape of a term, nothing of a formula."""
        tick()
        kinds, inner = parts(x), under(x, stack)
        match (x[0], *(self.part(kind, p, inner) for kind, p in kinds)):
            case ("q", n, d) if d > 0 and math.gcd(n, d) == 1:
                return NUMBER
            case ("dim" | "w", _) | ("inv", (1, 1)):
                return NUMBER
            case ("^", (1, 1), n) if 2 <= n <= 64:
                return NUMBER
            case ("tr", (r, c)) if r == c:
                return NUMBER
            case ("e" | "ones", f) if self.families[f].basis is not None:
                return self.families[f].basis, 1
            case ("I", n):
                return n, n
            case ("0", r, c) | ("v" | "sum", *_, (r, c)) | ("T", (c, r)):
                return r, c
            case ("+", s, *others) if all(s == other for other in others):
                return s
            case ("*", *shapes):
                wide = [s for s in shapes if s != NUMBER] or [NUMBER]
                need(all(a[1] == b[0] for a, b in itertools.pairwise(wide)), "factors do not fit")
                return wide[0][0], wide[-1][1]
            case ("l", letter, *given) if (*letter.over, *letter.args) == tuple(given):
                return letter.shape
            case ("=", s, t) if s == t:
                return ()
            case ("psd", (r, c)) if r == c:
                return ()
            case ("<=" | "<", (1, 1), (1, 1)) | ("nz", (1, 1)):
                return ()
            case ("false" | "and" | "or" | "->" | "iff" | "all" | "ex", *_):
                return ()
            case ("member" | "matrix", *_):
                return x
        raise Rejected(f"{brief(x)} is not well-formed")

    def formula(self, x: Any) -> Tree:
        """A closed formula, as it must be."""
        f = frozen(x)
        self.part("a", f)
        return f

    def term(self, x: Any) -> tuple[Tree, Tree]:
        """A closed term, as it must be, and its shape."""
        t = frozen(x)
        return t, self.part("t", t)

    def fits(self, x: Tree, binder: Tree, stack: Tree = ()) -> None:
        """What is put in the place of a bound variable has its family or shape."""
        got = self.part("m" if binder[0] == "member" else "t", x, stack)
        need(got == (binder[1] if binder[0] == "member" else binder[1:]), "does not fit", x)

    def binder(self, name: Any) -> Tree:
        """What a quantifier over a free name binds."""
        if name in self.indices:
            return ("member", self.indices[name])
        letter = self.part("l", name)
        need(letter.over == letter.args == (), f"{name} has indices or arguments")
        return ("matrix", *letter.shape)


def signature_of(data: Any) -> Signature:
    """The signature that stands in a file."""
    dims, families, letters, indices = fields(data, "dims families letters indices")
    everything = [named(x) for x in (*dims, *families, *letters, *indices)]
    need(len(set(everything)) == len(everything), "a name is declared twice")
    sums = {name: Family(*fields(x, "total basis")) for name, x in families.items()}
    sums = {name: Family(frozen(total), basis) for name, (total, basis) in sums.items()}
    some = Signature(frozenset(dims), sums, {}, {n: str(f) for n, f in indices.items()})
    shaped = {n: Letter(*map(frozen, fields(x, "shape index args"))) for n, x in letters.items()}
    for family in (*some.indices.values(), *(f for x in shaped.values() for f in x.over)):
        some.part("f", family)
    for rows, columns in (s for x in shaped.values() for s in (x.shape, *x.args)):
        some.part("b", ("matrix", rows, columns))
    need(shaped.get("log", LOG) == LOG, "log is a number of a number")
    for name, (total, basis) in sums.items():
        some.part("t", total)
        if basis is None:
            good = total[0] == "q" and total[1] > 0
        else:
            good = total == (UNIT if some.part("d", basis) == 1 else ("dim", basis))
        need(good, f"the total of {name} must be a positive rational, or its dimension")
    return replace(some, letters=shaped)


# Substitution


def copy(x: Tree, on: Mapping[str, Callable[[Tree, Tree], Tree]], stack: Tree = ()) -> Tree:
    """A copy; ``on`` says what becomes of parts of some kinds, under these binders, of letters with
    their new parts, and of holes."""
    tick()
    if x[0] == "hole" and "hole" in on:
        return on["hole"](x[1:], stack)
    inner = under(x, stack)

    def made(kind: str, p: Tree) -> Tree:
        if kind in on:
            return on[kind](p, inner)
        return copy(p, on, inner) if kind in KINDS else p

    new = [made(*part) for part in parts(x)]
    if x[0] == "l":
        members = 1 + len(x[2])
        letter = ("l", new[0], tuple(new[1:members]), tuple(new[members:]))
        return on["letter"](letter, inner) if "letter" in on else letter
    if x[0] == "v" and "v" in on:
        return new[0]
    return UNIT if x[0] == "dim" and new[0] == 1 else (x[0], *new)


def shifted(x: Tree, by: int) -> Tree:
    """A member or term, moved under so many binders."""

    def far(n: Any, stack: Tree) -> Any:
        return n + by if type(n) is int and n >= len(stack) else n

    if not isinstance(x, tuple) or not by:
        return x if isinstance(x, tuple) else far(x, ())
    return copy(x, {"m": far, "v": lambda n, stack: ("v", far(n, stack))})


def instance(quantified: Tree, value: Tree) -> Tree:
    """The body of a quantifier at a member or term."""

    def of(n: Any, stack: Tree, bare: Callable[[Any], Tree]) -> Tree:
        if type(n) is str or n < len(stack):
            return bare(n)
        return shifted(value, len(stack)) if n == len(stack) else bare(n - 1)

    matrix = {"v": lambda n, stack: of(n, stack, lambda k: ("v", k))}
    return copy(quantified[2], {"m": lambda m, stack: of(m, stack, lambda k: k), **matrix})


def abstracted(f: Tree, name: str) -> Tree:
    """The body of a quantifier over what is a free name in a closed formula."""
    letter = {"letter": lambda x, stack: ("v", len(stack)) if x[1] == name else x}
    return copy(f, {"m": lambda m, stack: len(stack) if m == name else m, **letter})


def names(x: Tree) -> set[Any]:
    """The indices and letters that occur in a term or formula (and bound members)."""
    found: set[Any] = set()
    copy(x, {"m": lambda m, _: found.add(m), "letter": lambda letter, _: found.add(letter[1])})
    return found


def replaced(t: Tree, values: Mapping[str, Tree]) -> Tree:
    """A term with members and terms in the place of indices and letters without indices."""

    def of(name: Any, x: Tree, stack: Tree) -> Tree:
        return shifted(values[name], len(stack)) if name in values else x

    letter = {"letter": lambda x, stack: of(x[1], x, stack)}
    return copy(t, {"m": lambda m, stack: of(m, m, stack), **letter})


def at(signature: Signature, f: Tree, values: Iterable[Tree], stack: Tree = ()) -> Tree:
    """A formula for all x, y, ... at members and terms."""
    for x in values:
        need(f[0] == "all", "is not for all", f)
        signature.fits(x, f[1], stack)
        f = instance(f, x)
    return f


def filled(signature: Signature, context: Tree, theorem: Tree, side: int) -> Tree:
    """A context with one side of what a theorem says at the entries of its hole."""
    holes = []

    def hole(entries: Tree, stack: Tree) -> Tree:
        holes.append(entries)
        equation = at(signature, theorem, entries, stack)
        need(equation[0] == "=", "the theorem of a hole must be an equation there")
        return equation[side]

    t = copy(context, {"hole": hole})
    need(len(holes) == 1, "a context has one hole")
    return t


# Normal forms. A member is (0, name) or (1, number); a number below 0 was made for a sum that is
# open at the moment, others name the bound members of the monomial they stand in. An atom is (kind,
# name, members, arguments, transposed?). A number factor is ("word", atoms), ("tr", atoms) or
# ("inv", normal form). A monomial is (bound members, factors with exponents, spine); a normal form
# is monomials with coefficients: a Poly, or a sorted tuple if in an argument or a reciprocal.

Poly = dict[Tree, Fraction]
ONE: Poly = {((), (), ()): Fraction(1)}


def add(into: Poly, monomial: Tree, c: Fraction) -> None:
    """Add one monomial."""
    tick(5)
    total = into.pop(monomial, Fraction(0)) + c
    if total:
        bits = max(total.numerator.bit_length(), total.denominator.bit_length())
        need(bits <= MOST_BITS, "a huge coefficient")
        need(len(into) < MOST_MONOMIALS, "too many monomials")
        into[monomial] = total


def plus(p: Poly, q: Poly, c: Fraction | int = 1) -> Poly:
    """The sum p + c q."""
    result = dict(p)
    for monomial, d in q.items():
        add(result, monomial, c * d)
    return result


def closed(p: Poly) -> Tree:
    """A normal form that can stand in a monomial."""
    return tuple(sorted(p.items()))


def only(factor: Tree, n: int = 1) -> Poly:
    """A number factor as a normal form."""
    return {((), ((factor, n),), ()): Fraction(1)}


def turned(word: Tree) -> Tree:
    """The transpose of a word."""
    return tuple((*atom[:4], not atom[4]) for atom in reversed(word))


def least(kind: str, word: Tree) -> Tree:
    """A number factor: the smallest of the words with the same value, or trace."""
    ways = (word, turned(word))
    if kind == "tr":
        return ("tr", min(w[i:] + w[:i] for w in ways for i in range(len(w))))
    return ("word", min(ways))


def look(word: Tree) -> Tree:
    """What a word is, but for members and arguments."""
    return tuple((kind, name, t) for kind, name, _, _, t in word)


def head(factor: Tree) -> Tree:
    """What a number factor is, but for members, arguments and order."""
    kind, word = factor
    return kind, () if kind == "inv" else tuple(sorted((kind, name) for kind, name, *_ in word))


def free(factors: Iterable[Tree], word: Tree = ()) -> set[Tree]:
    """The members that occur in factors and a word, and are not bound inside them."""
    found = {m for atom in word for m in atom[2]}
    for arg in (arg for atom in word for arg in atom[3]):
        found |= inside(arg)
    for (kind, x), _ in factors:
        found |= inside(x) if kind == "inv" else free((), x)
    return found


def inside(p: Tree) -> set[Tree]:
    """The members that occur in a normal form, and are not bound inside it."""
    tick(1 + len(p))
    return {m for (b, f, s), _ in p for m in free(f, s) - {(1, x) for x, _ in b}}


class Rewrite(NamedTuple):
    """A theorem left = right for all members of families, as it is applied."""

    families: Tree
    left: Tree
    right: Tree
    exponent: int
    pattern: Tree
    head: Tree
    turns: bool


class Algebra:
    """Normal forms, with rewrite rules and terms that are known not to be zero."""

    def __init__(self, signature: Signature, families: dict[int, str] | None = None) -> None:
        self.signature = signature
        self.families: dict[int, str] = {} if families is None else families
        self.plain = Algebra(signature, self.families) if families is None else self
        self.rewrites: list[Rewrite] = []
        self.nonzero: list[tuple[Tree, Tree]] = []
        self.sound: set[Rewrite] = set()
        self.applied = 0

    # members

    def fresh(self, family: str) -> Tree:
        """A member that nothing is known of."""
        self.families[-1 - len(self.families)] = family
        return (1, -len(self.families))

    def basis(self, m: Tree) -> Any:
        """The basis of the family of a member."""
        return self.signature.families[self.family(m)].basis

    def family(self, m: Tree) -> str:
        """The family of a member."""
        return self.families[m[1]] if m[0] else self.signature.indices[m[1]]

    def choices(self, families: Tree, members: set[Tree]) -> Iterator[Tree]:
        """All ways to take members of the families from these (or any, if there is none)."""
        in_family = {f: sorted(m for m in members if self.family(m) == f) for f in families}
        ways = [in_family[f] or [self.fresh(f)] for f in families]
        need(math.prod(map(len, ways)) <= MOST_REWRITES, "too many ways to choose members")
        return itertools.product(*ways)

    def renamed_word(self, word: Tree, to: Mapping[Tree, Tree]) -> Tree:
        """A word with other members."""

        def atom(kind: str, name: Any, members: Tree, args: Tree, transposed: bool) -> Tree:
            forms = tuple(self.renamed_form(a, to) for a in args)
            return (kind, name, tuple(to.get(m, m) for m in members), forms, transposed)

        return tuple(atom(*x) for x in word)

    def renamed_form(self, p: Tree, to: Mapping[Tree, Tree]) -> Tree:
        """A normal form with other members."""
        if inside(p).isdisjoint(to):
            return p
        new: list[Tree] = []
        for monomial, c in p:
            bound, factors, spine = self.opened(monomial)
            new.append((self.canonical(bound, *self.renamed(factors, spine, to)), c))
        return tuple(sorted(new))

    def renamed(self, factors: Tree, spine: Tree, to: Mapping[Tree, Tree]) -> tuple[Tree, Tree]:
        """Factors and spine with other members."""
        tick(5)

        def factor(kind: str, x: Tree) -> Tree:
            if kind == "inv":
                return ("inv", self.renamed_form(x, to))
            return least(kind, self.renamed_word(x, to))

        new = sorted((factor(*f), n) for f, n in factors)
        return tuple(new), self.renamed_word(spine, to)

    def opened(self, monomial: Tree) -> tuple[Tree, Tree, Tree]:
        """A monomial with new names for its bound members."""
        bound, factors, spine = monomial
        to = {(1, x): self.fresh(family) for x, family in bound}
        new = tuple((to[1, x][1], family) for x, family in bound)
        return (new, *self.renamed(factors, spine, to)) if bound else monomial

    def canonical(self, bound: Tree, factors: Iterable[Tree], spine: Tree) -> Tree:
        """Step 7: the bound members named in the way that makes the monomial smallest."""
        factors = tuple(sorted(factors))
        if not bound:
            return ((), factors, spine)
        ours = {(1, x) for x, _ in bound}
        taken = [m[1] for m in free(factors, spine) - ours if m[0] == 1 and m[1] >= 0]
        base = max(taken, default=-1) + 1
        alike: dict[Tree, list[Tree]] = {}  # members that nothing tells apart but their names
        for x, family in bound:
            marks = {m: (2, int(m == (1, x))) for m in ours}
            alike.setdefault((family, self.renamed(factors, spine, marks)), []).append((1, x))
        orders = math.prod(math.factorial(len(members)) for members in alike.values())
        need(orders <= MOST_ORDERS, "too many bound members")
        classes = sorted(alike)
        bodies = []
        for order in itertools.product(*(itertools.permutations(alike[c]) for c in classes)):
            to = {m: (1, base + i) for i, m in enumerate(itertools.chain(*order))}
            bodies.append(self.renamed(factors, spine, to))
        families = [c[0] for c in classes for _ in alike[c]]
        return (tuple((base + i, family) for i, family in enumerate(families)), *min(bodies))

    # monomials

    def ends(self, atom: Tree) -> tuple[Any, Any]:
        """Rows and columns of an atom."""
        kind, name, _, _, transposed = atom
        rows, columns = self.signature.letters[name].shape if kind == "l" else (name, 1)
        rows = 1 if kind in ("dim", "w") else rows
        return (columns, rows) if transposed else (rows, columns)

    def cut(self, word: Tree) -> tuple[list[Tree], Tree]:
        """Steps 2 and 4: the 1 x 1 words in a word, as number factors, and what is left of it."""
        numbers: list[Tree] = []
        spine: Tree = ()
        stops = [i for i, atom in enumerate(word, 1) if self.ends(atom)[1] == 1 or i == len(word)]
        for start, stop in itertools.pairwise([0, *stops]):
            piece = word[start:stop]
            match [(kind, x if kind == "ones" else members) for kind, x, members, _, _ in piece]:
                case _ if (self.ends(piece[0])[0], self.ends(piece[-1])[1]) != NUMBER:
                    spine += piece
                case [("ones", n), ("ones", _)]:
                    numbers.append(("word", (("dim", n, (), (), False),)))
                case [("e", _), ("ones", _)] | [("ones", _), ("e", _)]:
                    pass  # the number 1
                case [("e", m), ("e", k)] if m == k:
                    pass
                case _:
                    numbers.append(least("word", piece))
        return numbers, spine

    def reduced(self, bound: Mapping[int, str], factors: Iterable[Tree], word: Tree) -> Poly:
        """Steps 2 to 5 for a monomial, of which the bound members are open."""
        tick(5)
        numbers, spine = self.cut(word)
        powers: dict[Tree, int] = {}
        for f, n in (*factors, *((f, 1) for f in numbers)):
            powers[f] = powers.get(f, 0) + n
        need(all(abs(n) <= MOST_EXPONENT for n in powers.values()), "a huge exponent")
        left = tuple((f, n) for f, n in powers.items() if n)
        for x, family in bound.items():
            rest = {y: f for y, f in bound.items() if y != x}
            if (1, x) not in free(left, spine):
                total = self.plain.value(self.signature.families[family].total)
                return self.times(total, self.reduced(rest, left, spine))
            contracted = self.contracted((1, x), left, spine)
            if contracted is not None:
                return self.reduced(rest, *contracted)
        return {self.canonical(tuple(bound.items()), left, spine): Fraction(1)}

    def contracted(  # noqa: PLR0911 - what cannot be contracted
        self, k: Tree, factors: Tree, spine: Tree
    ) -> tuple[Tree, Tree] | None:
        """Step 5: the sum over k, if it occurs as its basis vector only, and at most twice."""
        e = (("e", self.basis(k), (k,), (), False),)
        left = tuple((f, n) for f, n in factors if k not in free([(f, n)]))
        rows: list[Tree] = []  # words p with p e_k a factor
        for (kind, word), n in (x for x in factors if x not in left):
            ways = [w[:-1] for w in (word, turned(word)) if w[-1:] == e] if kind == "word" else []
            if not ways or not 0 < n <= 2:
                return None
            if len(ways) == 2 and n == 1 and k not in free((), ways[0][1:]):  # e_k' A e_k
                alone = len(left) + 1 == len(factors) and k not in free((), spine)
                return ((*left, (least("tr", ways[0][1:]), 1)), spine) if alone else None
            if k in free((), ways[0]):
                return None
            rows += ways[:1] * n
        places = [i for i, atom in enumerate(spine) if k in free((), (atom,))]
        if any(spine[i : i + 1] not in (e, turned(e)) for i in places) or len(rows + places) > 2:
            return None
        if len(rows + places) == 1:
            rows.append((("ones", self.basis(k), (), (), True),))
        if len(places) == 2:  # A e_k e_k' B
            i, j = places
            return (left, spine[:i] + spine[j + 1 :]) if spine[i:j] == e else None
        for i in places:  # A e_k or e_k' B, and a number p e_k
            p = turned(rows[0]) if spine[i : i + 1] == e else rows[0]
            return left, spine[:i] + p + spine[i + 1 :]
        return left, rows[0] + turned(rows[1]) + spine

    def each(self, p: Poly, change: Callable[[Tree, Tree, Tree], Poly]) -> Poly:
        """The sum of what becomes of the monomials of p, when they are opened."""
        result: Poly = {}
        for monomial, c in p.items():
            for m, d in change(*self.opened(monomial)).items():
                add(result, m, c * d)
        return result

    def times(self, p: Poly, q: Poly) -> Poly:
        """The product."""
        need(len(p) * len(q) <= MOST_MONOMIALS, "too many monomials")

        def product(b: Tree, f: Tree, s: Tree) -> Poly:
            return self.each(q, lambda c, g, t: self.reduced(dict(b + c), f + g, s + t))

        return self.each(p, product)

    def power(self, p: Poly, n: int) -> Poly:
        """The n-th power of a number, n >= 0."""
        result = ONE
        for _ in range(n):
            result = self.times(result, p)
        return result

    def summed(self, p: Poly, over: Mapping[int, str]) -> Poly:
        """The sum over members that are open in p."""
        return self.each(p, lambda b, f, s: self.reduced({**dict(b), **over}, f, s))

    def transposed(self, p: Poly) -> Poly:
        """The transpose."""
        return self.each(p, lambda b, f, s: self.reduced(dict(b), f, turned(s)))

    def trace(self, p: Poly, n: Any) -> Poly:
        """The trace of a matrix with n rows."""

        def trace(bound: Tree, factors: Tree, spine: Tree) -> Poly:
            cut = next((i for i, atom in enumerate(spine, 1) if self.ends(atom)[1] == 1), None)
            if cut is not None:  # the trace of a b' is b' a
                spine = spine[cut:] + spine[:cut]
            elif spine:
                factors, spine = (*factors, (least("tr", spine), 1)), ()
            elif n != 1:
                spine = (("dim", n, (), (), False),)
            return self.reduced(dict(bound), factors, spine)

        return self.each(p, trace)

    def inverse(self, p: Poly) -> Poly:
        """Step 3: the reciprocal of a number that is known not to be zero."""
        need(p, "the reciprocal of zero")
        (bound, factors, _), c = next(iter(p.items()))
        if bound or len(p) > 1:
            return only(("inv", closed(p)))
        turn = tuple((f, -n) for f, n in factors if f[0] != "inv")
        result: Poly = {((), turn, ()): 1 / c}
        for (kind, x), n in factors:
            result = self.times(result, self.power(dict(x), n)) if kind == "inv" else result
        return result

    # terms

    def atom(self, kind: str, name: Any, members: Tree = (), args: Tree = ()) -> Poly:
        """A word of one atom."""
        return ONE if kind in ("e", "ones") and name == 1 else self.reduced(
            {}, (), ((kind, name, members, args, False),)
        )  # fmt: skip

    def value(self, t: Tree, env: Tree = ()) -> Poly:  # noqa: C901, PLR0911, PLR0912 - a table
        """Steps 1 to 5 and 7 of a term whose type is checked; env are the members bound around."""
        tick()

        def member(m: Any) -> Tree:
            return (0, m) if type(m) is str else env[-1 - m]

        match t:
            case ("q", n, d):
                return plus({}, ONE, Fraction(n, d))
            case ("dim", name):
                return self.atom("dim", name)
            case ("l", name, members, args):
                forms = tuple(closed(self.rewritten(self.value(a, env))) for a in args)
                return self.atom("l", name, tuple(map(member, members)), forms)
            case ("w", m):
                whole = self.basis(member(m)) is not None
                return ONE if whole else self.atom("w", "", (member(m),))
            case ("e", m):
                return self.atom("e", self.basis(member(m)), (member(m),))
            case ("ones", family):
                return self.atom("ones", self.signature.families[family].basis)
            case ("I", _):
                return ONE
            case ("0", _, _):
                return {}
            case ("+", first, *others):
                total = self.value(first, env)
                for other in others:
                    total = plus(total, self.value(other, env))
                return total
            case ("*", first, *others):
                product = self.value(first, env)
                for other in others:
                    product = self.times(product, self.value(other, env))
                return product
            case ("^", u, n):
                return self.power(self.value(u, env), n)
            case ("T", u):
                return self.transposed(self.value(u, env))
            case ("tr", u):
                stack = tuple(("member", self.family(m)) for m in env)
                return self.trace(self.value(u, env), self.signature.check(u, stack)[0])
            case ("sum", family, u):
                x = self.fresh(family)
                return self.summed(self.value(u, (*env, x)), {x[1]: family})
            case ("inv", u):
                return self.inverse(self.rewritten(self.value(u, env)))
        raise Rejected(f"{brief(t)} has no normal form")

    def justify(self, t: Tree, env: Tree = ()) -> None:
        """Every term that is inverted is known not to be zero; see the page on ``ring``."""
        tick()
        inner = (*env, self.fresh(t[1])) if t[0] == "sum" else env
        for kind, part in parts(t):
            if kind == "t":
                self.justify(part, inner)
        if t[0] == "inv":
            target = self.plain.value(t[1], env)
            members = {*env, *inside(closed(target))}
            goals = [target]
            if len(target) == 1:  # a product: it is enough that no factor is zero
                ((bound, factors, _),) = target
                goals = goals if bound else [only(f) for f, _ in factors]
            good = self.known(target, members) or all(self.known(goal, members) for goal in goals)
            need(good, "is inverted, and not known to be nonzero", t[1])

    def known(self, target: Poly, members: set[Tree]) -> bool:
        """Whether a theorem says, of some of the members, that this is not zero."""
        return any(
            self.plain.value(known, choice) == target
            for families, known in self.nonzero
            for choice in self.choices(families, members)
        )

    def quantified(self, f: Tree, head: str) -> tuple[Tree, Tree]:
        """The families of a formula for all members, and what it says of them."""
        families: Tree = ()
        while f[0] == "all" and f[1][0] == "member":
            families, f = (*families, f[1][1]), f[2]
        need(f[0] == head, f"{brief(f)} is not of the form {head}")
        return families, f

    def know(self, theorem: Tree) -> None:
        """A theorem that something is not zero; its own reciprocals rest on earlier ones."""
        families, (_, t) = self.quantified(theorem, "nz")
        self.justify(t, tuple(self.fresh(f) for f in families))
        self.nonzero.append((families, t))

    def use(self, theorem: Tree) -> None:
        """A theorem as a rewrite rule."""
        families, (_, a, b) = self.quantified(theorem, "=")
        env = tuple(self.fresh(f) for f in families)
        left = self.plain.value(a, env)
        need(list(left.values()) == [1], "the left side of a rule must be one monomial")
        ((bound, factors, spine),) = left
        need(not bound and len(factors) + bool(spine) == 1, "the left side must be one factor")
        need(free(factors, spine) >= set(env), "the left side must have all members")
        need(spine or factors[0][1] in (1, 2), "the left side has exponent 1 or 2")
        turns = bool(spine) and self.plain.value(b, env) != {((), (), turned(spine)): 1}
        exponent = 1 if spine else factors[0][1]
        first = () if spine else head(factors[0][0])
        self.rewrites.append(Rewrite(families, a, b, exponent, look(spine), first, turns))

    def rewritten(self, p: Poly) -> Poly:
        """Step 6: rewrite rules applied until none applies."""
        result: Poly = {}
        waiting = list(p.items())
        while waiting:
            monomial, c = waiting.pop()
            new = self.step(*self.opened(monomial)) if self.rewrites else None
            if new is None:
                add(result, monomial, c)
            else:
                waiting += [(m, c * d) for m, d in new.items()]
        return result

    def step(self, bound: Tree, factors: Tree, spine: Tree) -> Poly | None:
        """One rewrite in an open monomial, if there is one."""
        for rule in self.rewrites:
            new, spent, kept = self.in_word(rule, spine), (), ()
            for f, n in factors:
                if new is None and n >= rule.exponent:
                    new, spent, kept = self.in_factor(rule, f), ((f, -rule.exponent),), spine  # type: ignore[assignment]
            if new is not None:
                rest = self.reduced({}, factors + spent, kept)
                return self.summed(self.times(rest, new), dict(bound))
        return None

    def in_factor(self, rule: Rewrite, f: Tree) -> Poly | None:
        """What replaces a number factor, or the power of it that the rule is about."""
        kind, word = f
        if not rule.pattern:
            members = free([(f, 1)]) if head(f) == rule.head else None
            return None if members is None else self.instance(rule, only(f, rule.exponent), members)
        new = None if kind == "inv" else self.in_word(rule, word)
        return new if new is None or kind == "word" else self.trace(new, self.ends(word[0])[0])

    def in_word(self, rule: Rewrite, word: Tree) -> Poly | None:
        """A word in which the left side of the rule, or its transpose, is replaced once."""
        for i in range(len(word) - len(rule.pattern) + 1 if rule.pattern else 0):
            j = i + len(rule.pattern)
            for piece in (word[i:j], turned(word[i:j]))[: 1 + rule.turns]:
                new = None
                if look(piece) == rule.pattern:
                    new = self.instance(rule, {((), (), piece): Fraction(1)}, free((), piece))
                if new is not None:
                    new = new if piece == word[i:j] else self.transposed(new)
                    before, after = self.reduced({}, (), word[:i]), self.reduced({}, (), word[j:])
                    return self.times(self.times(before, new), after)
        return None

    def instance(self, rule: Rewrite, target: Poly, members: set[Tree]) -> Poly | None:
        """The right side of a rule, where its left side is the target; what the theorem inverts
        must be known to be nonzero, if it is used at all."""
        for choice in self.choices(rule.families, members):
            if self.plain.value(rule.left, choice) == target:
                self.applied += 1
                need(self.applied <= MOST_REWRITES, "too many rewrites")
                if rule not in self.sound:
                    env = tuple(self.fresh(f) for f in rule.families)
                    self.justify(rule.left, env)
                    self.justify(rule.right, env)
                    self.sound.add(rule)
                return self.value(rule.right, choice)
        return None

    def is_zero(self, p: Poly) -> bool:
        """Steps 6 and 8: whether a normal form is zero."""
        p = self.rewritten(p)
        while p:
            inverses = {
                f
                for bound, factors, _ in p
                for f, n in factors
                if f[0] == "inv" and free([(f, n)]).isdisjoint((1, x) for x, _ in bound)
            }
            if not inverses:
                return False
            f = max(inverses, key=lambda f: len(repr(f)))  # not inside another one
            most = max(dict(factors).get(f, 0) for _, factors, _ in p)

            def clear(b: Tree, g: Tree, s: Tree, f: Tree = f, most: int = most) -> Poly:
                rest = self.reduced(dict(b), tuple(x for x in g if x[0] != f), s)
                return self.times(rest, self.power(dict(f[1]), most - dict(g).get(f, 0)))

            p = self.rewritten(self.each(p, clear))
        return True


# Rules


class Theorem(NamedTuple):
    """Hypotheses and conclusion."""

    hypotheses: frozenset[Tree]
    conclusion: Tree


class Statement(NamedTuple):
    """What can be cited: hypotheses and a goal, over a signature of its own."""

    signature: Signature
    hypotheses: Tree
    goal: Tree


class Meta(str):
    """Stands for anything in a scheme, but always for the same."""


A, B, F, L, M, N, R, C, X = map(Meta, "ABFLMNRCX")
FOR_F = ("member", F)
V = ("v", 0)
Known = Mapping[str, Statement]
SCHEMES: list[tuple[str, str, list[Tree], Tree]] = [
    ("apply", "from to", [("->", A, B), A], B),
    ("both", "from to", [("->", A, B), ("->", B, A)], ("iff", A, B)),
    ("either", "from part", [("iff", A, B), 0], ("->", A, B)),
    ("either", "from part", [("iff", A, B), 1], ("->", B, A)),
    ("middle", "formula", [A], ("or", A, ("->", A, FALSE))),
    ("absurd", "from formula", [FALSE, A], A),
    ("square", "term", [(X, R, 1)], ("<=", ZERO, ("*", ("T", X), X))),
    ("square", "term", [(X, R, C)], ("<=", ZERO, ("tr", ("*", ("T", X), X)))),
    ("square", "term psd", [(X, R, 1), ("psd", M)], ("<=", ZERO, ("*", ("T", X), M, X))),
    ("square", "term psd", [(X, R, C), ("psd", M)], ("<=", ZERO, ("tr", ("*", ("T", X), M, X)))),
    ("square", "term strict", [(X, 1, 1), ("nz", X)], ("<", ZERO, ("^", X, 2))),
    ("definite", "term from", [(X, 1, 1), ("=", ("*", ("T", X), X), ZERO)], ("=", X, ZERO)),
    ("definite", "term from", [(X, R, 1), ("=", ("*", ("T", X), X), ZERO)], ("=", X, ("0", R, 1))),
    ("definite", "term from", [(X, R, C), ("=", ("tr", ("*", ("T", X), X)), ZERO)],
     ("=", X, ("0", R, C))),
    ("definite", "term from psd", [(X, 1, 1), ("=", ("*", ("T", X), M, X), ZERO), ("psd", M)],
     ("=", ("*", M, X), ZERO)),
    ("definite", "term from psd", [(X, R, 1), ("=", ("*", ("T", X), M, X), ZERO), ("psd", M)],
     ("=", ("*", M, X), ("0", R, 1))),
    ("definite", "term from psd",
     [(X, R, C), ("=", ("tr", ("*", ("T", X), M, X)), ZERO), ("psd", M)],
     ("=", ("*", M, X), ("0", R, C))),
    ("psd", "from to",
     [("=", ("T", M), M), ("all", ("matrix", N, 1), ("<=", ZERO, ("*", ("T", V), M, V)))],
     ("psd", M)),
    ("symmetric", "from", [("psd", M)], ("=", ("T", M), M)),
    ("sum", "from", [("all", FOR_F, ("<=", A, B))], ("<=", ("sum", F, A), ("sum", F, B))),
    ("sum", "from", [("all", FOR_F, ("<", A, B))], ("<", ("sum", F, A), ("sum", F, B))),
    ("part", "from", [("all", FOR_F, ("<=", ZERO, A))],
     ("all", FOR_F, ("<=", ("*", ("w", 0), A), ("sum", F, A)))),
    ("vanish", "from to", [("all", FOR_F, ("<=", ZERO, A)), ("=", ("sum", F, A), ZERO)],
     ("all", FOR_F, ("=", A, ZERO))),
    ("weight", "family", [F], ("all", FOR_F, ("<", ZERO, ("w", 0)))),
    ("size", "dim", [N], ("<=", UNIT, ("dim", N))),
    ("order_cases", "left right", [L, R], ("or", ("<=", L, R), ("<", R, L))),
    ("antisymmetry", "from to", [("<=", L, R), ("<=", R, L)], ("=", L, R)),
    ("nonzero", "from", [("<", ZERO, A)], ("nz", A)),
    ("nonzero", "from", [("<", A, ZERO)], ("nz", A)),
    ("nonzero", "from", [("->", ("=", A, ZERO), FALSE)], ("nz", A)),
    ("zero", "from", [("nz", A)], ("->", ("=", A, ZERO), FALSE)),
]  # fmt: skip
"""Name, what a line has (theorems, or what it gives), of what form, and the conclusion. The first
of a name that fits is taken. A term is given with its shape."""
SPECIAL = {
    "assume": "formula", "discharge": "from formula", "join": "from", "take": "from part",
    "choose": "from formula", "cases": "from each", "all": "from over", "at": "from with",
    "witness": "from formula with", "unpack": "from to over", "ring": "goal",
    "order": "goal pieces", "total": "family", "impossible": "from",
    "axiom": "name put", "claim": "name put",
}  # fmt: skip
"""What a line of the other rules has."""
BY = {"using", "rewrite", "nonzero"}


def matched(pattern: Tree, x: Tree, found: dict[Tree, Tree]) -> bool:
    """Whether x has the form of a pattern; what it stands for is found."""
    if isinstance(pattern, Meta):
        return bool(found.setdefault(pattern, x) == x)
    if not isinstance(pattern, tuple):
        return bool(pattern == x)
    same = isinstance(x, tuple) and len(x) == len(pattern)
    return same and all(matched(p, y, found) for p, y in zip(pattern, x, strict=True))


def said(pattern: Tree, found: Mapping[Tree, Tree]) -> Tree:
    """The formula of the form of a pattern."""
    if isinstance(pattern, Meta):
        return found[pattern]
    return tuple(said(p, found) for p in pattern) if isinstance(pattern, tuple) else pattern


class Proof:
    """The theorems of a trace so far, and what they rest on."""

    def __init__(self, signature: Signature, axioms: Known, proved: Known) -> None:
        self.signature = signature
        self.citable = {"axiom": axioms, "claim": proved}
        self.used: dict[str, set[str]] = {"axiom": set(), "claim": set()}
        self.theorems: list[Theorem] = []
        self.hypotheses: set[Tree] = set()  # of the theorems that the line at hand uses

    def line(self, line: Any) -> Theorem:
        """The theorem that the next line makes."""
        with rejecting(""):
            need(len(json.dumps(line)) <= MOST_CHARACTERS, "the line is too long")
            need(len(self.theorems) < MOST_LINES, "too many lines")
            self.hypotheses = set()
            conclusion = self.signature.formula(self.conclusion(line, line["rule"]))
            self.theorems.append(Theorem(frozenset(self.hypotheses), conclusion))
        return self.theorems[-1]

    def theorem(self, i: Any) -> Tree:
        """The conclusion of an earlier line, which is used."""
        need(type(i) is int and 0 <= i < len(self.theorems), f"there is no earlier line {brief(i)}")
        self.hypotheses |= self.theorems[i].hypotheses
        return self.theorems[i].conclusion

    def given(self, key: str, x: Any) -> Tree:
        """What stands in a line under a key."""
        match key:
            case "from" | "to" | "psd" | "strict":
                return self.theorem(x)
            case "formula":
                return self.signature.formula(x)
            case "left" | "right":
                return self.signature.term(x)[0]
            case "term":
                t, shape = self.signature.term(x)
                return (t, *shape)
        return self.signature.part({"family": "f", "dim": "d", "part": "i"}[key], x)

    def conclusion(self, line: Any, rule: Any) -> Tree:
        """What follows by the rule of a line."""
        keys = set(line) - {"rule"}
        if rule in SPECIAL:
            needed = set(SPECIAL[rule].split())
            more = BY if "goal" in needed else set()
            need(needed <= keys <= needed | more, f"{rule} needs {SPECIAL[rule]}")
            f = self.theorem(line["from"]) if "from" in needed and rule != "join" else FALSE
            return getattr(self, f"rule_{rule}")(line, f)
        for name, has, patterns, result in SCHEMES:
            if name == rule and set(has.split()) == keys:
                found: dict[Tree, Tree] = {}
                values = tuple(self.given(key, line[key]) for key in has.split())
                if matched(tuple(patterns), values, found):
                    return said(result, found)
        raise Rejected(f"it does not follow by a rule {brief(rule)}")

    # logic

    def rule_assume(self, line: Any, _: Tree) -> Tree:
        """A |- A."""
        self.hypotheses = {self.signature.formula(line["formula"])}
        return line["formula"]

    def rule_discharge(self, line: Any, f: Tree) -> Tree:
        """From B, A -> B without A."""
        a = self.signature.formula(line["formula"])
        self.hypotheses.discard(a)
        return ("->", a, f)

    def rule_join(self, line: Any, _: Tree) -> Tree:
        """From A, B, ..., A and B ..."""
        return ("and", *(self.theorem(i) for i in line["from"]))

    def rule_take(self, line: Any, f: Tree) -> Tree:
        """From A and B ..., one of them."""
        n = self.signature.part("i", line["part"])
        need(f[0] == "and" and 0 <= n < len(f) - 1, "there is no such part")
        return f[1 + n]

    def rule_choose(self, line: Any, f: Tree) -> Tree:
        """From one of them, A or B ..."""
        a = self.signature.formula(line["formula"])
        need(a[0] == "or" and f in a[1:], "it is none of the parts")
        return a

    def rule_cases(self, line: Any, f: Tree) -> Tree:
        """From A or B ..., and from A -> C, B -> C, ..., C."""
        each = [self.theorem(i) for i in line["each"]]
        need(f[0] == "or" and len(each) == len(f) - 1, "one implication is needed for each case")
        goal = each[0][-1]
        wanted = [("->", a, goal) for a in f[1:]]
        need(each == wanted, "an implication is of another form")
        return goal

    def rule_all(self, line: Any, f: Tree) -> Tree:
        """From A about what no hypothesis restricts, for all A."""
        name = named(line["over"])
        need(all(name not in names(h) for h in self.hypotheses), f"{name} is free in a hypothesis")
        return ("all", self.signature.binder(name), abstracted(f, name))

    def rule_at(self, line: Any, f: Tree) -> Tree:
        """From for all A, A at members or terms."""
        return at(self.signature, f, frozen(line["with"]))

    def rule_witness(self, line: Any, f: Tree) -> Tree:
        """From A at x, for some A."""
        a, x = self.signature.formula(line["formula"]), frozen(line["with"])
        need(a[0] == "ex", "a witness is for some")
        self.signature.fits(x, a[1])
        need(instance(a, x) == f, "it is not the formula at the witness")
        return a

    def rule_unpack(self, line: Any, f: Tree) -> Tree:
        """From for some A, and from A at a name that is used nowhere else -> B, B."""
        name, g = named(line["over"]), self.theorem(line["to"])
        binder = self.signature.binder(name)
        need(f[0] == "ex" and f[1] == binder, f"it is not for some that {name} could be")
        start = instance(f, name if binder[0] == "member" else ("l", name, (), ()))
        need(g[:2] == ("->", start), f"the second does not start from the first at {name}")
        others = (*self.theorems[line["to"]].hypotheses, f, g[2])
        need(all(name not in names(h) for h in others), f"{name} is free elsewhere")
        return g[2]

    # equality and order

    def agree(self, line: Any, left: Tree, right: Tree) -> None:
        """The two agree in the sense of ``ring``."""
        algebra = Algebra(self.signature)
        for i in line.get("nonzero", []):
            algebra.know(self.theorem(i))
        for i in line.get("rewrite", []):
            algebra.use(self.theorem(i))
        shape = self.signature.check(left)

        def value(t: Tree) -> Poly:
            need(self.signature.part("t", frozen(t)) == shape, "it has not the shape of the goal")
            algebra.justify(t)
            return algebra.value(t)

        difference = plus(value(left), value(right), -1)
        for i, context in (fields(use, "from context") for use in line.get("using", [])):
            theorem = self.theorem(i)
            for side, sign in ((1, -1), (2, 1)):
                t = filled(self.signature, frozen(context), theorem, side)
                difference = plus(difference, value(t), sign)
        need(algebra.is_zero(difference), "the normal form of the difference is not zero")

    def rule_ring(self, line: Any, _: Tree) -> Tree:
        """An equation that follows from equations in contexts."""
        goal = self.signature.formula(line["goal"])
        need(goal[0] == "=", "the goal must be an equation")
        self.agree(line, *goal[1:])
        return goal

    def rule_order(self, line: Any, _: Tree) -> Tree:
        """An inequality, whose difference is a sum of products of what is not negative."""
        op, left, right = goal = self.signature.formula(line["goal"])
        need(op in ("<=", "<"), "the goal must be an inequality")
        total, strict = ("+", ZERO, ZERO), op == "<="
        for n, d, factors in line["pieces"]:
            product = ("*", UNIT, self.signature.term(["q", n, d])[0])
            need(n > 0, "a piece must be positive")
            ops = set()
            for i, values in (fields(factor, "from at") for factor in factors):
                small, a, b = at(self.signature, self.theorem(i), frozen(values))
                need(small in ("<=", "<"), "a factor must be an inequality there")
                ops.add(small)
                product += (("+", b, ("*", ("q", -1, 1), a)),)  # type: ignore[assignment]
            total, strict = (*total, product), strict or ops <= {"<"}  # type: ignore[assignment]
        need(strict, "one piece must be strictly positive")
        self.agree(line, ("+", right, ("*", ("q", -1, 1), left)), total)
        return goal

    def rule_total(self, line: Any, _: Tree) -> Tree:
        """The sum of the weights is positive."""
        family = self.signature.part("f", line["family"])
        return ("<", ZERO, self.signature.families[family].total)

    def rule_impossible(self, _: Any, f: Tree) -> Tree:
        """No number is less than one that is the same, or smaller."""
        need(f[0] == "<", "it is no strict inequality")
        algebra = Algebra(self.signature)
        algebra.justify(("+", *f[1:]))
        p = plus(algebra.value(f[2]), algebra.value(f[1]), -1)
        need(set(p) <= set(ONE) and all(c < 0 for c in p.values()), "it is not impossible")
        return FALSE

    # citing

    def rule_axiom(self, line: Any, _: Tree) -> Tree:
        """A statement that is known from elsewhere, or proved, about what is put in."""
        kind, name = line["rule"], named(line["name"])
        need(name in self.citable[kind], f"{kind} {name} is not proved, or rests on this one")
        theirs, hypotheses, goal = self.citable[kind][name]
        self.used[kind].add(name)
        on = self.put(theirs, line["put"])
        given = [copy(h, on) for h in hypotheses]
        conclusion = copy(goal, on)
        self.signature.formula(conclusion)
        if not given:
            return conclusion
        return ("->", given[0] if len(given) == 1 else ("and", *given), conclusion)

    rule_claim = rule_axiom

    def put(self, theirs: Signature, values: Any) -> dict[str, Callable[[Tree, Tree], Tree]]:
        """What stands here for the names of another signature, of the right kind each."""
        ours = self.signature
        dims, families, letters, indices = fields(values, "dims families letters indices")
        size = {1: 1, **{n: ours.part("d", frozen(x)) for n, x in dims.items()}}
        for name, x in families.items():
            (total, basis), there = theirs.families[name], ours.families[ours.part("f", x)]
            total = ("dim", size[basis]) if basis else total
            total = UNIT if total == ("dim", 1) else total
            need(basis is None or there.basis == size[basis], f"{name} needs its basis")
            need(total == there.total, f"the total of {name} does not agree")
        for name, x in indices.items():
            family = families[theirs.indices[name]]
            need(ours.indices[named(x)] == family, f"{name} is put in another family")
        made: dict[str, tuple[list[str], Tree]] = {}
        for name, x in letters.items():
            shape, over, parameters = theirs.letters[name]
            index, args, term = fields(x, "index args term")
            new = [named(n) for n in (*index, *args)]
            taken = {*ours.dims, *ours.families, *ours.letters, *ours.indices}
            need(len(set(new)) == len(new) and taken.isdisjoint(new), f"{name} needs new names")
            shapes = [(size[r], size[c]) for r, c in (shape, *parameters)]
            extra = {n: Letter(s, (), ()) for n, s in zip(args, shapes[1:], strict=True)}
            more = {n: families[f] for n, f in zip(index, over, strict=True)}
            here = replace(ours, letters={**ours.letters, **extra})
            here = replace(here, indices={**ours.indices, **more})
            t, got = here.term(term)
            need(got == shapes[0], f"the term for {name} has another shape")
            same = ("l", "log", (), tuple(("l", n, (), ()) for n in new))
            need(name != "log" or t == same, "log means the same everywhere")
            made[name] = (new, t)

        def letter(x: Tree, _: Tree) -> Tree:
            if x[1] == "log":
                return x
            new, t = made[x[1]]
            return replaced(t, dict(zip(new, (*x[2], *x[3]), strict=True)))

        return {
            "d": lambda n, _: size[n],
            "f": lambda f, _: families[f],
            "m": lambda m, _: m if type(m) is int else indices[m],
            "letter": letter,
        }


# Examples


def scaled(n: Fraction, rows: Rows) -> Rows:
    """A number times a matrix."""
    return [[n * x for x in row] for row in rows]


def summed(a: Rows, b: Rows) -> Rows:
    """The sum of two matrices."""
    return [[x + y for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def multiplied(a: Rows, b: Rows) -> Rows:
    """The product of two matrices."""
    tick(len(a) * len(b) * len(b[0]))
    return [[sum((x * y for x, y in zip(r, c, strict=True)), Fraction()) for c in zip(*b, strict=True)] for r in a]


def is_semidefinite(a: Rows) -> bool:
    """Symmetric, and every principal submatrix that elimination leaves begins with what it may."""
    if a != [list(column) for column in zip(*a, strict=True)]:
        return False
    for i in range(len(a)):
        row = a[i]
        tick(len(a) ** 2)
        if row[i] < 0 or (row[i] == 0 and any(row[i:])):
            return False
        for j in range(i + 1, len(a)) if row[i] else ():
            ratio = a[j][i] / row[i]
            a = [*a[:j], [x - ratio * y for x, y in zip(a[j], row, strict=True)], *a[j + 1 :]]
    return True


@dataclass(frozen=True)
class Case:
    """One model, in which formulas without quantified matrices are decided."""

    signature: Signature
    size: Mapping[Any, int]
    weights: Mapping[str, list[Fraction]]
    values: Mapping[str, Any]

    def value(self, t: Tree, env: Tree = ()) -> Rows:  # noqa: C901, PLR0911, PLR0912 - a table
        """A term as a matrix; members that are bound are numbers, the innermost last."""
        tick()

        def at(m: Any) -> int:
            need(type(m) is int, "has no value", m)
            return int(env[-1 - m][1])

        match t:
            case ("q", n, d):
                return [[Fraction(n, d)]]
            case ("dim", n):
                return [[Fraction(self.size[n])]]
            case ("w", m):
                return [[self.weights[env[-1 - m][0]][at(m)]]]
            case ("e", m):
                return [[Fraction(i == at(m))] for i, _ in enumerate(self.weights[env[-1 - m][0]])]
            case ("ones", f):
                return [[Fraction(1)] for _ in self.weights[f]]
            case ("I", n):
                return [[Fraction(i == j) for j in range(self.size[n])] for i in range(self.size[n])]
            case ("0", r, c):
                return [[Fraction(0)] * self.size[c] for _ in range(self.size[r])]
            case ("l", name, members, ()):
                found = self.values[name]
                for m in members:
                    found = found[at(m)]
                return list(found)
            case ("+", first, *others):
                total = self.value(first, env)
                for other in others:
                    total = summed(total, self.value(other, env))
                return total
            case ("*", *factors):
                stack = tuple(("member", f) for f, _ in env)
                wide = [x for x in factors if self.signature.check(x, stack) != NUMBER]
                numbers = [self.value(x, env)[0][0] for x in factors if self.signature.check(x, stack) == NUMBER]
                made = [[Fraction(1)]] if not wide else self.value(wide[0], env)
                for x in wide[1:]:
                    made = multiplied(made, self.value(x, env))
                return scaled(math.prod(numbers, start=Fraction(1)), made)
            case ("^", x, n):
                base = self.value(x, env)[0][0]
                need(n * sum(map(int.bit_length, base.as_integer_ratio())) <= MOST_BITS, "a power is too long")
                return [[base**n]]
            case ("T", x):
                return [list(column) for column in zip(*self.value(x, env), strict=True)]
            case ("tr", x):
                return [[sum((row[i] for i, row in enumerate(self.value(x, env))), Fraction())]]
            case ("sum", f, x):
                each = [scaled(w, self.value(x, (*env, (f, i)))) for i, w in enumerate(self.weights[f])]
                total = each[0]
                for other in each[1:]:
                    total = summed(total, other)
                return total
            case ("inv", x):
                return [[1 / self.value(x, env)[0][0]]]
        raise Rejected(f"{brief(t)} has no value")

    def holds(self, f: Tree, env: Tree = ()) -> bool:
        """Whether a formula is true."""
        tick()
        match f:
            case ("all" | "ex", ("member", family), body):
                found = [self.holds(body, (*env, (family, i))) for i, _ in enumerate(self.weights[family])]
                return all(found) if f[0] == "all" else any(found)
            case ("and" | "or" | "->" | "iff", *some):
                told = [self.holds(x, env) for x in some]
                return {"and": all(told), "or": any(told), "->": told[1] or not told[0], "iff": told[0] == told[1]}[
                    f[0]
                ]
            case ("false",):
                return False
            case ("psd", x):
                return is_semidefinite(self.value(x, env))
            case ("nz", x):
                return self.value(x, env) != [[0]]
            case ("=" | "<=" | "<" as op, x, y):
                a, b = self.value(x, env), self.value(y, env)
                return a == b or (op == "<=" and a[0][0] < b[0][0]) if op != "<" else a[0][0] < b[0][0]
        raise Rejected(f"{brief(f)} is about matrices")


def case_of(signature: Signature, data: Any) -> Case:
    """The model that stands in a file."""
    dims, families, letters = fields(data, "dims families letters")
    need(set(dims) == signature.dims, "a size is needed for each dimension")
    need(all(type(n) is int and 1 <= n <= 100 for n in dims.values()), "a size is from 1 to 100")
    need(set(families) == set(signature.families), "weights are needed for each family")

    def number(x: Any) -> Fraction:
        t, _ = signature.term(x)
        need(t[0] == "q", "is no rational number", t)
        return Fraction(t[1], t[2])

    size = {1: 1, **dims}
    weights = {name: [number(x) for x in each] for name, each in families.items()}
    for name, (total, basis) in signature.families.items():
        of = size[basis] if basis else number(list(total))
        need(weights[name] and min(weights[name]) > 0 and sum(weights[name]) == of, "weights do not add up")
        need(not basis or set(weights[name]) == {1}, "what has a basis has weights 1")

    def table(x: Any, over: Tree, shape: Tree) -> Any:
        if over:
            need(isinstance(x, list) and len(x) == len(weights[over[0]]), "a value is needed for each member")
            return [table(y, over[1:], shape) for y in x]
        need(len(x) == size[shape[0]] and {len(row) for row in x} == {size[shape[1]]}, "a value has another shape")
        return [[number(y) for y in row] for row in x]

    values = {}
    for name, x in letters.items():
        letter = signature.part("l", name)
        need(not letter.args, f"{name} has arguments")
        values[name] = table(x, letter.over, letter.shape)
    return Case(signature, size, weights, values)


# Claims and files


def statement_of(signature: Any, hypotheses: Any, goal: Any) -> Statement:
    """A statement as it stands in a file."""
    checked = signature_of(signature)
    return Statement(checked, tuple(map(checked.formula, hypotheses)), checked.formula(goal))


def axioms_of(data: Any) -> dict[str, Statement]:
    """The statements that are not proved here."""
    form, axioms = fields(data, "format axioms")
    need(form == "mlnc-axioms-1", "the format is mlnc-axioms-1")
    stated = {named(n): fields(x, "signature hypotheses goal") for n, x in axioms.items()}
    return {name: statement_of(*x) for name, x in stated.items()}


def prove(document: Any, axioms: Known, proved: Known) -> tuple[Statement, Proof]:
    """What a trace says, and its proof, in which every line follows."""
    with rejecting(""):
        example = document["format"] == "mlnc-example-1"
        wanted = f"format claim signature {'model' if example else 'hypotheses'} goal lines"
        form, claim, signature, given, goal, lines = fields(document, wanted)
        need((example or form == "mlnc-trace-1") and named(claim), "the format is mlnc-trace-1")
        statement = statement_of(signature, [] if example else given, goal)
        need(isinstance(lines, list) and lines, "there are no lines")
    proof = Proof(statement.signature, axioms, proved)
    for i, line in enumerate(lines):
        with rejecting(f"line {i}: "):
            last = proof.line(line)
    with rejecting(f"line {len(lines) - 1}: "):
        need(last.conclusion == statement.goal, "the last line is not the goal")
        if example:
            case = case_of(statement.signature, given)
            need(all(map(case.holds, last.hypotheses)), "it has hypotheses that are false in the model")
        else:
            need(last.hypotheses <= set(statement.hypotheses), "it has hypotheses that are not given")
    return statement, proof


def check_claim(document: Any, axioms: Known, proved: Known) -> Theorem:
    """The theorem that a trace proves, from axioms and proved claims; raises Rejected."""
    return prove(document, axioms, proved)[1].theorems[-1]


def prepared(term: Any, signature: Any, rewrites: Any, nonzero: Any) -> tuple[Algebra, Poly]:
    """The algebra of a signature with theorems, given as formulas, and the value of a term."""
    WORK[0] = MOST_WORK
    algebra = Algebra(signature if isinstance(signature, Signature) else signature_of(signature))
    for theorem in nonzero:
        algebra.know(algebra.signature.formula(theorem))
    for theorem in rewrites:
        algebra.use(algebra.signature.formula(theorem))
    t, _ = algebra.signature.term(term)
    algebra.justify(t)
    return algebra, algebra.value(t)


def normal_form(term: Any, signature: Any, rewrites: Any = (), nonzero: Any = ()) -> Poly:
    """The normal form of a closed term of a signature (as in a file); raises Rejected."""
    algebra, p = prepared(term, signature, rewrites, nonzero)
    return algebra.rewritten(p)


def is_zero(term: Any, signature: Any, rewrites: Any = (), nonzero: Any = ()) -> bool:
    """Whether ``ring`` would accept term = 0; raises Rejected."""
    algebra, p = prepared(term, signature, rewrites, nonzero)
    return algebra.is_zero(p)


def citations(document: Any) -> set[str]:
    """The claims that a document cites."""
    return {line["name"] for line in document["lines"] if line["rule"] == "claim"}


def check(texts: dict[str, str]) -> Iterator[str]:
    """One line per claim, from the texts of the files by name; raises Rejected."""
    waiting: dict[str, Any] = {}
    cites: dict[str, set[str]] = {}
    for name, text in texts.items():
        with rejecting(f"{name}.json: "):
            waiting[name] = read(text)
            cites[name] = citations(waiting[name]) if name != "axioms" else set()
    with rejecting("axioms.json: "):
        axioms = axioms_of(waiting.pop("axioms"))
    proved: dict[str, Statement] = {}
    rests: dict[str, set[str]] = {}
    while waiting:
        name = next((n for n in waiting if cites[n] <= proved.keys()), next(iter(waiting)))
        with rejecting(f"{name}.json, "):
            need(waiting[name]["claim"] == name, "the file has the name of another claim")
            citable = waiting[name]["format"] == "mlnc-trace-1"
            statement, proof = prove(waiting.pop(name), axioms, proved)
        proved |= {name: statement} if citable else {}
        rests[name] = {f"{kind} {x}" for kind, used in proof.used.items() for x in used}
        rests[name] = rests[name].union(*(rests[x] for x in proof.used["claim"]))
        on = ", ".join(sorted(rests[name])) or "nothing"
        yield f"{name}: proved, {len(proof.theorems)} lines; rests on {on}"


def main(arguments: list[str]) -> int:
    """The command."""
    try:
        need(len(arguments) == 1, "usage: python -I -S checker.py DIR")
        files = sorted(path for path in Path(arguments[0]).iterdir() if path.suffix == ".json")
        need(all(path.stat().st_size <= MOST_TEXT for path in files), "a file is too large")
        texts = {path.stem: path.read_text(encoding="utf-8") for path in files}
        need(all(map(NAME.fullmatch, texts)), "a file has a strange name")
        need("axioms" in texts and len(texts) > 1, "axioms.json and a claim are needed")
    except (Rejected, OSError, ValueError) as problem:
        print(f"error: {brief(problem)}", file=sys.stderr)
        return 2
    try:
        for line in check(texts):
            print(line)
    except Rejected as why:
        print(f"rejected: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
