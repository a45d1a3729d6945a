"""Checks proof traces: ``python -I -S proofs/checker.py DIR``. Standard library only.

Everything in a trace is suspect. A line is accepted if it follows by a rule of ``notes/kernel.md``
from earlier lines; nothing is searched for, and nothing is computed with floating point. The page
says what the terms mean and why each rule is sound.
"""

import gc
import json
import math
import re
import sys
from contextlib import contextmanager
from fractions import Fraction
from functools import cache, lru_cache, partial, partialmethod, reduce
from graphlib import TopologicalSorter
from itertools import chain, count, groupby, pairwise, permutations
from itertools import product as cartesian
from pathlib import Path

MOST_WORK, MOST_BITS, MOST_LINES = 2_000_000, 20_000, 5_000
LONGEST_FILE, LARGEST_NUMBER, REMEMBERED = 2_500_000, 10**400, 10_000
MOST_TREES = 2_000_000  # of all traces of a folder: trees are kept
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{,59}\Z")
NUMBER, FORMULA = (1, 1), ()


class Rejected(Exception):  # noqa: N818 - what a checker says
    """A trace that does not follow, or is no trace."""


class Work:
    """How much of the work that one trace may cost is left."""

    left = MOST_WORK


def need(condition, why):
    """Reject, with a reason, where a condition fails."""
    if not condition:
        raise Rejected(why)


def charge(amount):
    """Pay for work: whoever has nothing left is rejected."""
    Work.left -= amount
    if Work.left < 0:
        raise Rejected("too much work")


@contextmanager
def rejecting(where):
    """Whatever fails is a rejection that says where: what is malformed fails in many ways."""
    try:
        yield
    except Exception as error:
        why = error if isinstance(error, Rejected) else f"malformed ({error!r})"[:200]
        raise Rejected(f"{where}: {why}") from None


class Shared(tuple):
    """A tree or a polynomial of which there is one object: what is equal is the same."""

    made, __eq__, __ne__, __hash__ = {}, object.__eq__, object.__ne__, object.__hash__
    __repr__ = object.__repr__  # written out it may be as long as one likes


def shared(*parts):
    """The one object that has these parts."""
    return Shared.made.get(parts) or Shared.made.setdefault(parts, Shared(parts))


# ------------------------------------------------------------------ reading


def frozen(value, terms=None):
    """JSON with tuples for lists, and terms for what stands for them; numbers are integers."""
    charge(1)
    if isinstance(value, dict):
        return {key: frozen(part, terms) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = tuple([frozen(part, terms) for part in value])
        return parts if parts and isinstance(parts[0], dict) else shared(*parts)
    if type(value) is str:
        return terms.get(value, value) if terms else value
    need(value is None or (type(value) is int and abs(value) < LARGEST_NUMBER), "no integer")
    return value


def table(terms):
    """What "#0", "#1", ... stand for: terms in which those before stand."""
    made = {}
    need(isinstance(terms, (list, tuple)), "no list of terms")
    for number, term in enumerate(terms):
        made[f"#{number}"] = frozen(term, made)
    return made


def distinct(pairs):
    """An object whose keys are distinct."""
    need(len(dict(pairs)) == len(pairs), "a key occurs twice")
    return dict(pairs)


def load(path):
    """A file as JSON."""
    need(path.stat().st_size <= LONGEST_FILE, "the file is too long")
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=distinct)


def keys(document, *wanted):
    """The values of an object that has these keys and no others."""
    need(isinstance(document, dict) and set(document) == set(wanted), f"keys are not {wanted}")
    return [document[key] for key in wanted]


# ------------------------------------------------------------------ signatures, shapes, formulas

ONE, LOG = frozen(["q", 1, 1]), (NUMBER, (), (NUMBER,))
LOG_ITSELF = frozen(["l", "log", [], [["v", 0]]])


class Signature:
    """Dimensions, families, letters and free indices; all names distinct."""

    def __init__(self, document):
        parts = keys(frozen(document), "dims", "families", "letters", "indices")
        dims, families, letters, indices = parts
        names = [*dims, *families.keys(), *letters.keys(), *indices.keys()]
        need(isinstance(dims, tuple) and all(map(NAME.match, names)), "a name is malformed")
        need(len(set(names)) == len(names), "a name is declared twice")
        self.dims, self.indices, self.shapes = frozenset(dims), indices, {}
        self.sizes = {1, *dims}
        self.families = {n: tuple(keys(x, "total", "basis")) for n, x in families.items()}
        self.letters = {n: tuple(keys(x, "shape", "index", "args")) for n, x in letters.items()}
        for total, basis in self.families.values():
            counted = basis in self.dims and total == ("dim", basis)
            weighted = basis is None and total and total[0] == "q" and self.shape(total)
            arbitrary = basis is total is None
            need(counted or arbitrary or (weighted and total[1] > 0), "no positive total")
        need(set(indices.values()) <= set(families), "an index of no family")
        for shape, index, args in self.letters.values():
            need(shape == FORMULA or self.is_shape(shape), "a letter has no proper shape")
            need(type(args) is type(index) is Shared and all(map(self.is_shape, args)), "arguments")
            need(families.keys() >= set(index) and len(index) < 10, "no proper indices")
        need(self.letters.get("log", LOG) == LOG, "log is a number that depends on a number")

    def is_shape(self, shape):
        return isinstance(shape, tuple) and len(shape) == 2 and self.sizes.issuperset(shape)

    def family(self, member, env=()):
        """The family of a member: the name of an index, or the number of a binder."""
        if isinstance(member, str):
            return self.indices[member]
        need(0 <= member < len(env) and env[member][0] == "member", f"{member} is no bound member")
        return env[member][1]

    def letter(self, env, name, members, args):
        shape, index, shapes = self.letters[name]
        need(isinstance(members, tuple) and isinstance(args, tuple), "no lists")
        at = tuple(self.family(m, env) for m in members), tuple(self.shape(t, env) for t in args)
        return at == (index, shapes) and tuple(shape)

    def common(self, env, *terms):
        """The one shape that these matrices have."""
        shapes = {self.shape(t, env) for t in terms}
        need(len(shapes) == 1 and FORMULA not in shapes, "no matrices of one shape")
        return shapes.pop()

    def product(self, env, first, second, *factors):
        """In a product numbers multiply, and the shapes of all others fit."""
        shapes = [self.common(env, t) for t in (first, second, *factors)]
        shapes = [shape for shape in shapes if shape != NUMBER] or [NUMBER]
        return all(a[1] == b[0] for a, b in pairwise(shapes)) and (shapes[0][0], shapes[-1][1])

    def number(self, env, *terms):
        return self.common(env, ONE, *terms)

    def connected(self, env, one, two):
        return self.shape(one, env) == self.shape(two, env) == FORMULA and FORMULA

    def is_binder(self, kind, *of):
        return {"member": of[0] in self.families and not of[1:], "matrix": self.is_shape(of)}[kind]

    def quantified(self, env, binder, body):
        return self.is_binder(*binder) and self.shape(body, (binder, *env)) == FORMULA and FORMULA

    SHAPES = {  # of each kind of term and formula, under binders; what is neither has none
        "q": lambda s, env, n, d: math.gcd(n, d) == 1 and d > 0 and NUMBER,
        "dim": lambda s, env, name: s.is_shape((name, 1)) and NUMBER,
        "l": letter,
        "v": lambda s, env, n: n in range(len(env)) and env[n][0] == "matrix" and env[n][1:],
        "w": lambda s, env, member: s.family(member, env) and NUMBER,
        "e": lambda s, env, member: s.shape(("ones", s.family(member, env))),
        "ones": lambda s, env, f: s.is_shape((s.families[f][1], 1)) and (s.families[f][1], 1),
        "I": lambda s, env, n: s.is_shape((n, n)) and (n, n),
        "0": lambda s, env, *shape: s.is_shape(shape) and shape,
        "+": lambda s, env, one, two, *more: s.common(env, one, two, *more),
        "*": product,
        "^": lambda s, env, t, n: n in range(2, 65) and s.number(env, t),
        "T": lambda s, env, t: s.common(env, t)[::-1],
        "tr": lambda s, env, t: s.common(env, t, ("T", t)) and NUMBER,
        "sum": lambda s, env, f, t: f in s.families and s.common((("member", f), *env), t),
        "inv": lambda s, env, t: s.number(env, t),
        "=": lambda s, env, a, b: s.common(env, a, b) and FORMULA,
        "<=": lambda s, env, a, b: s.number(env, a, b) and FORMULA,
        "<": lambda s, env, a, b: s.number(env, a, b) and FORMULA,
        "nz": lambda s, env, t: s.number(env, t) and FORMULA,
        "psd": lambda s, env, t: s.common(env, t, ("T", t)) and FORMULA,
        "false": lambda s, env: FORMULA,
        **dict.fromkeys(("and", "or", "->", "iff"), connected),
        **dict.fromkeys(("all", "ex"), quantified),
    }

    def shape(self, tree, env=()):
        """The shape of a term or formula, thereby found to be well formed; inner binders first."""
        charge(1 + len(env))
        if (tree, env) not in self.shapes:
            shape = isinstance(tree, tuple) and self.SHAPES[tree[0]](self, env, *tree[1:])
            need(isinstance(shape, tuple), "something is no term")
            self.shapes[tree, env] = shape
        return self.shapes[tree, env]

    def formula(self, tree):
        """Reject what is no formula."""
        need(self.shape(tree) == FORMULA, "a term where a formula should be")

    def fits(self, value, binder, env=()):
        """Reject what may not take the place of a variable."""
        of = self.shape(value, env) if isinstance(value, tuple) else (self.family(value, env),)
        need(of == binder[1:], "a value is of another shape or family")


# ------------------------------------------------------------------ variables


def walk(x, change, env=()):
    """A member or tree with ``change(x, env)`` for what is in it, inside out: members and nodes.

    So is the number of a bound matrix changed, or that matrix to a term.
    """
    charge(2)
    if not isinstance(x, tuple):
        return change(x, env)
    kind, *parts = x
    if kind in ("w", "e", "v"):
        parts[0] = change(parts[0], env)
        if kind == "v" and isinstance(parts[0], tuple):
            return parts[0]
    elif kind == "l":
        parts[1:] = (shared(*[walk(y, change, env) for y in part]) for part in parts[1:])
    elif kind in ("sum", "all", "ex"):
        binder = ("member", parts[0]) if kind == "sum" else parts[0]
        parts[1] = walk(parts[1], change, (binder, *env))
    elif kind not in ("hole", "q"):
        parts = [walk(y, change, env) if isinstance(y, tuple) else y for y in parts]
    return change(shared(kind, *parts), env)


def shifted(x, by):
    """A member or term, ``by`` binders further in."""

    def change(n, env):
        return n + by if isinstance(n, int) and n >= len(env) else n

    return walk(x, change) if by else x


def instantiate(body, values):
    """What stands under as many binders as there are values, at these, the outermost first."""

    def change(n, env):
        own = not isinstance(n, int) or n < len(env)
        return n if own else shifted(values[len(env) - n - 1], len(env))

    return walk(body, change) if values else body


def bound(formula, name):
    """What has no variables of binders above it, with one of these in the place of a name."""

    def change(x, env):
        if isinstance(x, tuple):
            return shared("v", len(env)) if x[:2] == ("l", name) else x
        return len(env) if x == name else x

    return walk(formula, change)


# ------------------------------------------------------------------ the normal form
#
# A polynomial maps monomials to rational coefficients. A monomial is (members, factors, word): the
# names of its bound members, its numbers, sorted, and a product of elements. An element is (rows,
# columns, is transposed, atom), where an atom is (kind, name, members, keys of arguments): "l",
# "ones" and "dim" have a name, "w" and "e" a member, "inv" an argument. A factor is ("word", word)
# or ("tr", word). A key is a polynomial that can be compared. All names of members are strings:
# that of a bound member is "#...", a dot, and its family.

UNIT = ((), (), ())


def of_family(member):
    """The family of a bound member."""
    return member.rpartition(".")[2]


def flip(word):
    """The transpose of a word."""
    return tuple((c, r, not t, atom) for r, c, t, atom in reversed(word))


@lru_cache(REMEMBERED)
def least(kind, word):
    """A number as the first of its equals: its transpose and, of a trace, the rotations."""
    turns = range(len(word) if kind == "tr" else 1)
    charge(len(turns) * len(word) // 8)
    return kind, min(w[i:] + w[:i] for w in (word, flip(word)) for i in turns)


def size(members, factors, word):
    """How long a monomial is."""
    return sum(map(len, (members, factors, word))) + sum([len(f) for _, f in factors]) // 8


def monomial(members, factors, word):
    """A monomial in order: numbers are cut out of the word, where neighbours meet in 1."""
    charge(1 + size(members, factors, word))
    cuts = [i for i, element in enumerate(word) if i == 0 or element[0] == "1"]
    pieces = [word[i:j] for i, j in pairwise([*cuts, len(word)])]
    numbers = [p for p in pieces if p[0][0] == p[-1][1] == "1"]
    factors = (*factors, *(least("word", p) for p in numbers))
    word = tuple(chain(*(p for p in pieces if p not in numbers)))
    return tuple(sorted(members)), tuple(sorted(factors)), word


def traced(members, factors, word):
    """The monomial whose word is put under a trace."""
    for i, element in enumerate(word):
        if element[0] == "1":
            return monomial(members, factors, word[i:] + word[:i])
    return monomial(members, (*factors, least("tr", word)), ())


def rational(n, d):
    """A coefficient, an integer if it is one: that is faster."""
    return n if d == 1 else Fraction(n, d)


def add(into, key, value):
    """Add to a coefficient; what is zero is not there."""
    value += into.pop(key, 0)
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    charge(1 + (bits + 8 * size(*key)) // 64)
    need(bits <= MOST_BITS, "a number is too long")
    if value:
        into[key] = value


def combined(parts):
    """The sum of polynomials, each with a coefficient."""
    total = {}
    for coefficient, polynomial in parts:
        for key, value in polynomial.items():
            add(total, key, coefficient * value)
    return total


def product(one, two):
    """The product of polynomials that share no bound member."""
    total = {}
    for ((m, f, s), a), ((n, g, t), b) in cartesian(one.items(), two.items()):
        charge(sum([(c.numerator * c.denominator).bit_length() for c in (a, b)]) ** 2 >> 18)
        add(total, monomial(m + n, f + g, s + t), a * b)
    return total


def key_of(polynomial):
    """The key of a polynomial."""
    return shared(*sorted((m, c.numerator, c.denominator) for m, c in polynomial.items()))


def renamed(key, names, level):
    """A monomial with other names of members, in order again; it is nested in so many arguments."""

    def inner(key):
        parts = ((rational(n, d), {renamed(part, names, level + 1): 1}) for part, n, d in key)
        return key_of(named(combined(parts), level + 1))

    def atom(kind, name, members, keys):
        return kind, name, tuple(names.get(m, m) for m in members), tuple(map(inner, keys))

    def word(elements):
        charge(len(elements))
        return tuple((r, c, t, atom(*x)) for r, c, t, x in elements)

    members, factors, spine = key
    factors = (least(kind, word(elements)) for kind, elements in factors)
    return tuple(sorted(names.get(m, m) for m in members)), tuple(sorted(factors)), word(spine)


def namings(key, level):
    """The monomial with its bound members in every order; those of one family are together."""
    members = sorted(key[0], key=of_family)
    names = [f"#{level}:{i:04}.{of_family(member)}" for i, member in enumerate(members)]
    groups = [tuple(group) for _, group in groupby(members, of_family)]
    charge(math.prod(math.factorial(len(group)) for group in groups) * (1 + len(members) // 8))
    for orders in cartesian(*map(permutations, groups)):
        yield renamed(key, dict(zip(chain(*orders), names)), level)


def named(polynomial, level=0):
    """The normal form: bound members have the names with which a monomial is least."""
    first = {key: min(namings(key, level)) if key[0] else key for key in polynomial}
    return combined((value, {first[key]: 1}) for key, value in polynomial.items())


class Normal:
    """Polynomials of terms in a signature, where ``env`` names what is bound, innermost first."""

    def __init__(self, signature):
        self.signature, self.fresh, self.level, self.found = signature, count(), 0, {}

    def of(self, term, env=()):
        """The polynomial of a term, whose bound members are not yet ranked."""
        charge(1 + len(env))
        at = env or self.level, term
        if at in self.found:
            return self.found[at]
        polynomial = self.POLYNOMIALS[term[0]](self, env, *term[1:])
        if not env and not any(members for members, _, _ in polynomial):
            self.found[at] = polynomial
        return polynomial

    def key(self, term, env):
        """The normal form of an argument, found once."""
        self.level += 1
        at = term, env, self.level
        if at not in self.found:
            self.found[at] = key_of(named(self.of(term, env), self.level))
        self.level -= 1
        return self.found[at]

    def atom(self, env, shape, kind, name="", members=(), args=()):
        """The polynomial of an atom."""
        (rows, columns), keys = map(str, shape), tuple(self.key(t, env) for t in args)
        atom = kind, name, tuple(env[m] if isinstance(m, int) else m for m in members), keys
        return {monomial((), (), ((rows, columns, False, atom),)): 1}

    def vector(self, env, member):
        name = env[member] if isinstance(member, int) else member
        family = self.signature.indices.get(name) or of_family(name)
        return self.atom(env, self.signature.shape(("ones", family)), "e", "", [name])

    def summed(self, env, family, term):
        member = f"#{next(self.fresh)}.{family}"
        inner = self.of(term, (member, *env)).items()
        return {monomial((*m, member), f, s): c for (m, f, s), c in inner}

    def trace(self, env, term):
        """Traces of words; that of the identity is its dimension."""
        rows, _ = self.signature.shape(term, tuple(("member", of_family(m)) for m in env))
        size = self.of(("dim", rows))
        return combined(
            (c, {traced(m, f, s): 1} if s else product({(m, f, ()): 1}, size))
            for (m, f, s), c in self.of(term, env).items()
        )

    POLYNOMIALS = {  # of each kind of term
        "q": lambda s, env, n, d: {UNIT: rational(n, d)} if n else {},
        "dim": lambda s, env, n: {UNIT: 1} if n == 1 else s.atom(env, NUMBER, "dim", n),
        "l": lambda s, env, name, *at: s.atom(env, s.signature.letters[name][0], "l", name, *at),
        "w": lambda s, env, m: s.atom(env, NUMBER, "w", "", [m]),
        "e": vector,
        "ones": lambda s, env, f: s.atom(env, s.signature.shape(("ones", f)), "ones", f),
        "I": lambda s, env, n: {UNIT: 1},
        "0": lambda s, env, rows, columns: {},
        "+": lambda s, env, *terms: combined((1, s.of(t, env)) for t in terms),
        "*": lambda s, env, *factors: reduce(product, (s.of(t, env) for t in factors)),
        "^": lambda s, env, t, n: reduce(product, (s.of(t, env) for _ in range(n))),
        "T": lambda s, env, t: {monomial(*k[:2], flip(k[2])): c for k, c in s.of(t, env).items()},
        "tr": trace,
        "sum": summed,
        "inv": lambda s, env, t: s.atom(env, NUMBER, "inv", "", (), [t]),
    }


# ------------------------------------------------------------------ rules


def is_multiple(context):
    """Whether it is a hole or a positive number times a hole: it keeps the order."""
    coefficient, hole = context[1:] if context[0] == "*" else (ONE, context)
    return coefficient[0] == "q" and coefficient[1] > 0 and hole[0] == "hole"


class Proof:
    """The theorems of a trace, line by line: (hypotheses, conclusion)."""

    def __init__(self, signature, axioms, claims, terms=()):
        self.signature, self.known = signature, {"axiom": axioms, "claim": claims}
        self.terms = table(terms)
        self.theorems, self.rests, self.work = [], set(), MOST_WORK
        normal = Normal(signature)
        self.normal = cache(lambda term: named(normal.of(term)))
        self.bound, self.instantiate = cache(bound), cache(instantiate)

    def line(self, line):
        """Check one line and keep its theorem."""
        Work.left = self.work
        given = frozen(line, self.terms)
        rule = getattr(self, f"rule_{given.pop('rule')}")
        for name in {"formula", "goal"} & set(given):
            self.signature.formula(given[name])
        for name in {"from", "with"} & set(given):  # no names of Python's
            given[f"{name}_"] = given.pop(name)
        hypotheses, conclusion = rule(**given)
        self.theorems.append((frozenset(hypotheses), conclusion))
        self.work = Work.left

    def get(self, number):
        """Hypotheses and conclusion of an earlier line."""
        need(isinstance(number, int) and 0 <= number < len(self.theorems), "no such earlier line")
        charge(1 + len(self.theorems[number][0]))
        return self.theorems[number]

    def rule_assume(self, formula):
        return {formula}, formula

    def rule_discharge(self, from_, formula):
        hypotheses, conclusion = self.get(from_)
        return hypotheses - {formula}, shared("->", formula, conclusion)

    def rule_apply(self, from_, to):
        (one, (kind, premise, conclusion)), (two, given) = self.get(from_), self.get(to)
        need(kind == "->" and premise == given, "the premise is another")
        return one | two, conclusion

    def binder(self, name):
        """The binder that quantifies an index or a letter."""
        if name in self.signature.indices:
            return shared("member", self.signature.indices[name])
        return shared("matrix", *self.signature.common((), ("l", name, (), ())))

    def rule_all(self, from_, over):
        hypotheses, conclusion = self.get(from_)
        need(all(self.bound(h, over) is h for h in hypotheses), f"{over} is free in a hypothesis")
        return hypotheses, shared("all", self.binder(over), bound(conclusion, over))

    def at(self, formula, values, env=()):
        """What a universal statement says at these members and terms."""
        for value in values:
            need(formula[0] == "all", "more values than quantifiers")
            self.signature.fits(value, formula[1], env)
            formula = formula[2]
        return self.instantiate(formula, tuple(values))

    def rule_at(self, from_, with_):
        hypotheses, conclusion = self.get(from_)
        return hypotheses, self.at(conclusion, with_)

    def rule_total(self, family):
        total, _ = self.signature.families[family]
        need(total is not None, f"the total of {family} is not known")
        return (), shared("=", shared("sum", family, ONE), total)

    def rule_ring(self, goal, using):
        """What is used adds up to the goal, but for a number of the right sign."""
        (relation, left, right), hypotheses, strict = goal, frozenset(), False
        need(relation in ("=", "<=", "<"), "neither equation nor inequality")
        parts = [(1, right), (-1, left)]
        for number, context in (keys(use, "from", "context") for use in using):
            more, known = self.get(number)
            hypotheses |= more
            kind, *sides = self.filled(context, known)
            keeps = relation != "=" and kind in ("<=", "<") and is_multiple(context)
            need(kind == "=" or keeps, "what is used is no equation, or has more quantifiers")
            parts += zip((1, -1), sides)
            strict |= kind == "<"
        self.signature.common((), *(term for _, term in parts))
        rest = combined((sign, self.normal(term)) for sign, term in parts)
        number = rest.pop(UNIT, 0)
        need(not rest, "the sides differ, and what is used does not add up to that")
        need(number == 0 or (relation != "=" and number > 0), "the sides differ by a number")
        need(relation != "<" or strict or number > 0, "nothing is strict")
        return hypotheses, goal

    def filled(self, context, known):
        """The relation in what is known, and the context with each of its sides in the one hole."""
        found = []

        def change(x, env, side):
            if not isinstance(x, tuple) or x[0] != "hole":
                return x
            found.append(self.at(known, x[1:], env))
            return found[-1][side]

        sides = [walk(context, partial(change, side=side)) for side in (1, 2)]
        need(len(found) == 2, "a context has one hole")
        return (found[0][0], *sides)

    def cited(self, kind, name, put):
        """A statement with what is put in the place of its names."""
        need(name in self.known[kind], f"{kind} {name} is not known, or not before")
        (old, premises, goal), here = self.known[kind][name], self.signature
        dims, families, letters = keys(put, "dims", "families", "letters")
        names = {**dims, **families}
        self.rests.add((kind, name))
        charge(len(names))

        def at(x):
            """What a tree or binder is here; a free index is no name that something is put for."""
            charge(1)
            if not isinstance(x, tuple):
                return names[x] if isinstance(x, str) else x
            if x[0] == "l":
                return instantiate(letters[x[1]], (*map(at, x[2]), *map(at, x[3])))
            return shared(x[0], *map(at, x[1:]))

        need(set(dims) <= old.dims and set(families) <= set(old.families), "no names of it")
        need(all(here.is_shape((n, 1)) for n in dims.values()), "no dimension is put")
        for family, (total, basis) in old.families.items():
            put = here.families[families[family]]
            need(total is None or put == (at(total), names.get(basis)), "totals differ")
        for letter, term in letters.items():
            shape, index, args = old.letters[letter]
            binders = [*(("member", f) for f in index), *(("matrix", *sizes) for sizes in args)]
            found = here.shape(term, tuple(map(at, reversed(binders))))
            need(found == at(("matrix", *shape))[1:], f"{letter}: another shape")
        need(letters.get("log", LOG_ITSELF) == LOG_ITSELF, "log means the same everywhere")
        conclusion = at(goal)
        for premise in reversed(premises):
            conclusion = shared("->", at(premise), conclusion)
        here.formula(conclusion)
        return (), conclusion

    rule_axiom, rule_claim = partialmethod(cited, "axiom"), partialmethod(cited, "claim")


# ------------------------------------------------------------------ examples


class Example(Proof):
    """A proof about one case: members of families have names, and letters are defined."""

    def __init__(self, signature, axioms, claims, terms, members, definitions):
        super().__init__(signature, axioms, claims, terms)
        self.weights, self.members, sizes = frozen(members), {}, {}
        self.defined, self.later = set(), {}
        for member, weight in self.weights.items():
            need(signature.shape(weight) and weight[0] == "q" and weight[1] > 0, "no weight")
            self.members.setdefault(signature.indices[member], {})[member] = weight
        for family, weights in self.members.items():
            total, basis = signature.families[family]
            if basis:
                need(set(weights.values()) == {ONE}, f"weights of {family} are not 1")
                total = shared("q", sizes.setdefault(basis, len(weights)), 1)
            whole = self.normal(shared("+", *weights.values()))
            need(whole == self.normal(total), f"{family} has another total")
        for formula in reversed(definitions):
            self.define(formula)

    def define(self, formula, depth=0):
        """Reject what defines no letter by others that are defined before: all hold at once."""
        while formula[0] == "all":
            depth, formula = depth + 1, formula[2]
        charge(1 + len(self.later))
        relation, left, right = formula
        kind, letter, at, args = left
        bound, named = [m for m in at if m not in self.weights], [m in self.weights for m in at]
        need(relation == "=" and kind == "l" and not args, "no definition of a letter")
        need(bound == [*range(depth)][::-1], f"{letter} is neither at named members nor at all")
        need(self.later.setdefault(letter, named) == named, f"{letter} is defined twice")
        need(left not in self.defined, f"{letter} is defined twice")
        need(all(self.bound(right, name) is right for name in self.later), "it is defined later")
        self.defined.add(left)

    def rule_all(self, from_, over):
        need(over not in self.weights, f"{over} is not arbitrary")
        return super().rule_all(from_, over)

    def rule_weight(self, of):
        return (), shared("=", shared("w", of), self.weights[of])

    def each(self, family, body):
        """What is said of each member."""
        charge(len(self.members[family]))
        return [self.instantiate(body, (member,)) for member in self.members[family]]

    def rule_sum(self, term):
        """A sum, member by member."""
        self.signature.shape(term)
        kind, family, body = term
        need(kind == "sum", "no sum")
        weighted = zip(self.members[family].values(), self.each(family, body))
        parts = (shared("*", weight, one) for weight, one in weighted)
        return (), shared("=", term, reduce(partial(shared, "+"), parts))

    def rule_each(self, from_, goal):
        """What is so for each member is so for all."""
        kind, (_, family), body = goal
        known = [self.get(number) for number in from_]
        need(kind == "all" and [one for _, one in known] == self.each(family, body), "not each")
        return frozenset().union(*(hypotheses for hypotheses, _ in known)), goal


# ------------------------------------------------------------------ files


def statement(document):
    """Signature, hypotheses and goal, well formed."""
    Work.left = MOST_WORK
    signature = Signature(document["signature"])
    hypotheses, goal = frozen(document.get("hypotheses", [])), frozen(document["goal"])
    for formula in (*hypotheses, goal):
        signature.formula(formula)
    return signature, hypotheses, goal


def check_claim(document, axioms, claims):
    """What a proof or an example rests on: pairs ("axiom" or "claim", name)."""
    more = {"mlnc-trace-4": (), "mlnc-example-4": ("members",)}[document["format"]]
    keys(document, "format", "claim", "signature", "hypotheses", "goal", "terms", "lines", *more)
    signature, hypotheses, goal = statement(document)
    need(0 < len(document["lines"]) <= MOST_LINES, "no lines, or too many")
    given = signature, axioms, claims, document["terms"]
    proof = Example(*given, document["members"], hypotheses) if more else Proof(*given)
    for number, line in enumerate(document["lines"]):
        with rejecting(f"line {number}"):
            proof.line(line)
    assumed, conclusion = proof.theorems[-1]
    need(conclusion == goal, "the last theorem is not the goal")
    need(assumed <= set(hypotheses), "the last theorem has other hypotheses")
    return proof.rests


def check_all(folder):
    """Check every trace of a folder, claims that are cited first, and say what each rests on."""
    documents = {path.stem: load(path) for path in sorted(Path(folder).glob("*.json"))}
    _, axioms, laws = keys(documents.pop("axioms"), "format", "axioms", "laws")
    distinct([*laws.items(), *axioms.items(), *documents.items()])
    known = {name: statement(one) for name, one in {**laws, **axioms}.items()}
    claims, rests = {}, {}
    cites = {
        name: {line["name"] for line in one["lines"] if line.get("rule") == "claim"}
        for name, one in documents.items()
    }
    for name in filter(documents.get, TopologicalSorter(cites).static_order()):
        document = documents[name]
        with rejecting(name):
            need(len(Shared.made) < MOST_TREES, "the traces before it have too many trees")
            need(document["claim"] == name == re.sub(r"[^\w ]", "", name), "another's name")
            own = check_claim(document, known, claims)
        if "members" not in document:
            claims[name] = statement(document)
        rests[name] = own.union(*(rests[other] for kind, other in own if kind == "claim"))
        said = ", ".join(" ".join(one) for one in sorted(rests[name]) if one[1] not in laws)
        verb, size = "follows" if name in claims else "is so in a case,", len(document["lines"])
        print(f"{name}: {verb} in {size} lines; rests on {said or 'nothing else'}")
    used = {name for own in rests.values() for kind, name in own if kind == "axiom"}
    print(f"laws: {', '.join(sorted(used & set(laws)))}")
    print(f"{len(claims)} goals follow from their hypotheses", end="; ")
    print(f"{len(used - set(laws))} axioms are used; {len(rests) - len(claims)} examples hold")


def main(arguments):
    """Check a folder; the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -I -S proofs/checker.py DIR, a folder of traces", file=sys.stderr)
        return 2
    gc.disable()  # nothing here refers to itself, and trees are kept: there is nothing to collect
    try:
        with rejecting("rejected"):
            check_all(arguments[0])
    except Rejected as why:
        print(why)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
