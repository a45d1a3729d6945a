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
from functools import cache, lru_cache, partial, reduce
from graphlib import TopologicalSorter
from itertools import chain, count, groupby, pairwise, permutations, product
from pathlib import Path

MOST_WORK, MOST_BITS, MOST_LINES = 2_000_000, 20_000, 5_000
LONGEST_FILE, LARGEST_NUMBER, LONGEST_KEY, REMEMBERED = 2_500_000, 10**400, 2_000, 10_000
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
    charge(2 + len(parts) // 4)
    return Shared.made.get(parts) or Shared.made.setdefault(parts, Shared(parts))


# ------------------------------------------------------------------ reading


def frozen(value, terms=None):
    """JSON with tuples for lists, and terms for what stands for them; numbers are integers."""
    if isinstance(value, dict):
        return {key: frozen(part, terms) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return shared(*[frozen(part, terms) for part in value])
    if type(value) is str:
        return terms.get(value, value) if terms else value
    need(value is None or (type(value) is int and abs(value) < LARGEST_NUMBER), "no integer")
    charge(1_000 * ((value or 0).bit_length() > 60))  # many have one hash
    return value


def table(terms):
    """What "#0", "#1", ... stand for: terms in which those before stand."""
    made = {}
    for number, term in enumerate(terms):
        made[f"#{number}"] = frozen(term, made)
    need(not any(isinstance(term, dict) for term in made.values()), "no term")
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
            weighted = total is None or (self.shape(total) and total[0] == "q" and total[1] > 0)
            need(weighted if basis is None else counted, "no positive total")
        need(set(indices.values()) <= set(families), "an index of no family")
        for shape, index, args in self.letters.values():
            need(shape == FORMULA or self.is_shape(shape), "a letter has no proper shape")
            need(type(args) is type(index) is Shared and all(map(self.is_shape, args)), "arguments")
            need(families.keys() >= set(index) and len(index + args) < 10, "no proper indices")
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

    def connected(self, env, one, two):
        return self.shape(one, env) == self.shape(two, env) == FORMULA and FORMULA

    def quantified(self, env, binder, body):
        kind, *of = binder
        fits = {"member": of[0] in self.families and not of[1:], "matrix": self.is_shape(tuple(of))}
        return fits[kind] and self.shape(body, (binder, *env)) == FORMULA and FORMULA

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
        "^": lambda s, env, t, n: n in range(2, 65) and s.common(env, ONE, t),
        "T": lambda s, env, t: s.common(env, t)[::-1],
        "tr": lambda s, env, t: s.common(env, t, ("T", t)) and NUMBER,
        "sum": lambda s, env, f, t: f in s.families and s.common((("member", f), *env), t),
        "inv": lambda s, env, t: s.common(env, ONE, t),
        "=": lambda s, env, a, b: s.common(env, a, b) and FORMULA,
        **dict.fromkeys(("<=", "<"), lambda s, env, a, b: s.common(env, ONE, a, b) and FORMULA),
        "nz": lambda s, env, t: s.common(env, ONE, t) and FORMULA,
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

    def sort(self, x, env=()):
        """The shape of a term, or the family of a member."""
        return self.shape(x, env) if isinstance(x, tuple) else (self.family(x, env),)


# ------------------------------------------------------------------ variables


def walk(x, change, env=()):
    """A member or tree with ``change(x, env)`` for what is in it, inside out: members and nodes.

    So is the number of a bound matrix changed, or that matrix to a term.
    """
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
    return len(members) + len(factors) + len(word) + sum([len(f) for _, f in factors]) // 8


def monomial(members, factors, word):
    """A monomial in order: numbers are cut out of the word, where neighbours meet in 1."""
    charge(1 + size(members, factors, word))
    if word:
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


def multiplied(one, two):
    """The product of polynomials that share no bound member."""
    total = {}
    for ((m, f, s), a), ((n, g, t), b) in product(one.items(), two.items()):
        charge(sum([(c.numerator * c.denominator).bit_length() for c in (a, b)]) ** 2 >> 18)
        add(total, monomial(m + n, f + g, s + t), a * b)
    return total


def key_of(polynomial):
    """The key of a polynomial: it is compared whenever factors are sorted."""
    need(sum(size(*m) + len(str(c)) for m, c in polynomial.items()) < LONGEST_KEY, "a long key")
    return shared(*sorted(polynomial.items()))


def renamed(key, names, level):
    """A monomial with other names of members, in order again; it is nested in so many arguments."""

    def inner(key):
        parts = ((value, {renamed(part, names, level + 1): 1}) for part, value in key)
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
    for orders in product(*map(permutations, groups)):
        yield renamed(key, dict(zip(chain(*orders), names)), level)


def named(polynomial, level=0):
    """The normal form: bound members have the names with which a monomial is least."""
    first = {key: min(namings(key, level)) if key[0] else key for key in polynomial}
    return combined((value, {first[key]: 1}) for key, value in polynomial.items())


class Normal:
    """Polynomials of terms in a signature.

    In ``env`` is what is bound, innermost first, and last in how many arguments a term is nested.
    """

    def __init__(self, signature):
        self.signature, self.fresh, self.found, self.keys = signature, count(), {}, {}

    def of(self, term, env=(0,)):
        """The polynomial of a term, whose bound members are not yet ranked."""
        charge(len(env))
        if (term, env) in self.found:
            return self.found[term, env]
        polynomial = self.POLYNOMIALS[term[0]](self, env, *term[1:])
        if len(env) == 1 and not any(members for members, _, _ in polynomial):
            self.found[term, env] = polynomial
        return polynomial

    def key(self, term, env):
        """The normal form of an argument, found once."""
        *members, level = env
        if (term, env) not in self.keys:
            self.keys[term, env] = key_of(named(self.of(term, (*members, level + 1)), level + 1))
        return self.keys[term, env]

    def shape(self, term, env):
        return self.signature.shape(term, tuple(("member", of_family(m)) for m in env[:-1]))

    def atom(self, env, shape, kind, name="", members=(), args=()):
        """The polynomial of an atom."""
        (rows, columns), keys = map(str, shape), tuple(self.key(t, env) for t in args)
        atom = kind, name, tuple(env[m] if isinstance(m, int) else m for m in members), keys
        return {monomial((), (), ((rows, columns, False, atom),)): 1}

    def summed(self, env, family, term):
        member = f"#{next(self.fresh)}.{family}"
        inner = self.of(term, (member, *env)).items()
        return {monomial((*m, member), f, s): c for (m, f, s), c in inner}

    def trace(self, env, term):
        """Traces of words; that of the identity is its dimension."""
        rows, _ = self.shape(term, env)
        size = self.of(("dim", rows))
        return combined(
            (c, {traced(m, f, s): 1} if s else multiplied({(m, f, ()): 1}, size))
            for (m, f, s), c in self.of(term, env).items()
        )

    POLYNOMIALS = {  # of each kind of term
        "q": lambda s, env, n, d: {UNIT: n if d == 1 else Fraction(n, d)} if n else {},
        "dim": lambda s, env, n: {UNIT: 1} if n == 1 else s.atom(env, NUMBER, "dim", n),
        "l": lambda s, env, name, *at: s.atom(env, s.signature.letters[name][0], "l", name, *at),
        "w": lambda s, env, m: s.atom(env, NUMBER, "w", "", [m]),
        "e": lambda s, env, m: s.atom(env, s.shape(("e", m), env), "e", "", [m]),
        "ones": lambda s, env, f: s.atom(env, s.signature.shape(("ones", f)), "ones", f),
        "I": lambda s, env, n: {UNIT: 1},
        "0": lambda s, env, rows, columns: {},
        "+": lambda s, env, *terms: combined((1, s.of(t, env)) for t in terms),
        "*": lambda s, env, *factors: reduce(multiplied, (s.of(t, env) for t in factors)),
        "^": lambda s, env, t, n: reduce(multiplied, (s.of(t, env) for _ in range(n))),
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
    """The theorems of a trace, line by line: (hypotheses, conclusion).

    An example is about one case: the members of families that have names are all there are, and
    what it assumes are definitions of letters.
    """

    def __init__(self, signature, known, terms=(), members=None, assumed=()):
        self.signature, self.known, self.terms = signature, known, table(terms)
        self.theorems, self.rests = [], set()
        normal = Normal(signature)
        self.normal = cache(lambda term: named(normal.of(term)))
        self.bound, self.instantiate = cache(bound), cache(instantiate)
        self.weights, self.members, sizes = frozen(members or {}), {}, {}
        self.defined, self.later = set(), {}
        for member, weight in self.weights.items():
            need(signature.shape(weight) and weight[0] == "q" and weight[1] > 0, "no weight")
            self.members.setdefault(signature.indices[member], []).append(member)
        for family, here in self.members.items():
            (total, basis), weights = signature.families[family], [self.weights[m] for m in here]
            if basis:
                need(set(weights) == {ONE}, f"weights of {family} are not 1")
                total = shared("q", sizes.setdefault(basis, len(weights)), 1)
            need(self.normal(shared("+", *weights)) == self.normal(total), f"{family}: other total")
        for formula in () if members is None else reversed(assumed):
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
        once = self.later.setdefault(letter, named) == named and left not in self.defined
        need(once, f"{letter} is defined twice")
        need(all(self.bound(right, name) is right for name in self.later), "it is defined later")
        self.defined.add(left)

    def line(self, line):
        """Check one line and keep its theorem."""
        given = frozen(line, self.terms)
        rule = getattr(self, f"rule_{given.pop('rule')}")
        for name in {"formula", "goal"} & set(given):
            need(self.signature.shape(given[name]) == FORMULA, f"the {name} is no formula")
        hypotheses, conclusion = rule(**given)
        self.theorems.append((frozenset(hypotheses), conclusion))

    def get(self, number):
        """Hypotheses and conclusion of an earlier line."""
        need(isinstance(number, int) and 0 <= number < len(self.theorems), "no such earlier line")
        charge(1 + len(self.theorems[number][0]))
        return self.theorems[number]

    def rule_assume(self, formula):
        return {formula}, formula

    def rule_discharge(self, line, formula):
        hypotheses, conclusion = self.get(line)
        return hypotheses - {formula}, shared("->", formula, conclusion)

    def rule_apply(self, line, to):
        (one, (kind, premise, conclusion)), (two, given) = self.get(line), self.get(to)
        need(kind == "->" and premise == given, "the premise is another")
        return one | two, conclusion

    def rule_all(self, line, over):
        hypotheses, conclusion = self.get(line)
        free = over in self.weights or any(self.bound(h, over) is not h for h in hypotheses)
        need(not free, f"{over} is not arbitrary")
        binder = "member", self.signature.indices.get(over)
        if over not in self.signature.indices:
            binder = "matrix", *self.signature.common((), ("l", over, (), ()))
        return hypotheses, shared("all", shared(*binder), bound(conclusion, over))

    def at(self, formula, values, env=()):
        """What a universal statement says at these members and terms."""
        for value in values:
            need(formula[0] == "all", "more values than quantifiers")
            need(self.signature.sort(value, env) == formula[1][1:], "of another shape or family")
            formula = formula[2]
        return self.instantiate(formula, tuple(values))

    def rule_at(self, line, values):
        hypotheses, conclusion = self.get(line)
        return hypotheses, self.at(conclusion, values)

    def rule_total(self, family):
        total, _ = self.signature.families[family]
        need(total is not None, f"the total of {family} is not known")
        return (), shared("=", shared("sum", family, ONE), total)

    def rule_ring(self, goal, using):
        """What is used adds up to the goal, but for a number of the right sign."""
        (relation, left, right), hypotheses, strict = goal, frozenset(), False
        need(relation in ("=", "<=", "<"), "neither equation nor inequality")
        parts = [(1, right), (-1, left)]
        for number, context in using:
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

    def rule_cite(self, name, put):
        """A statement with what is put in the place of its names."""
        need(name in self.known, f"{name} is not known, or not before")
        (old, premises, goal), here = self.known[name], self.signature
        dims, families, letters = keys(put, "dims", "families", "letters")
        names = {**dims, **families}
        self.rests.add(name)

        def at(x):
            """What a tree or binder is here; a free index is no name that something is put for."""
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
        conclusion = reduce(lambda b, a: shared("->", at(a), b), reversed(premises), at(goal))
        need(here.shape(conclusion) == FORMULA, "what is put makes no formula")
        return (), conclusion

    def rule_weight(self, of):
        return (), shared("=", shared("w", of), self.weights[of])

    def rule_sum(self, term):
        """A sum, member by member."""
        kind, family, body = term
        need(self.signature.shape(term) and kind == "sum", "no sum")
        ones = [self.instantiate(body, (member,)) for member in self.members[family]]
        parts = (shared("*", self.weights[m], one) for m, one in zip(self.members[family], ones))
        return (), shared("=", term, reduce(partial(shared, "+"), parts))

    def rule_each(self, lines, goal):
        """What is so for each member is so for all."""
        kind, (_, family), body = goal
        known = dict(zip(self.members[family], map(self.get, lines), strict=True))
        each = all(one == self.instantiate(body, (m,)) for m, (_, one) in known.items())
        need(kind == "all" and each, "not each")
        return frozenset().union(*(hypotheses for hypotheses, _ in known.values())), goal


# ------------------------------------------------------------------ files


def statement(document):
    """Signature, hypotheses and goal, well formed."""
    Work.left = MOST_WORK
    signature = Signature(document["signature"])
    hypotheses, goal = frozen(document.get("hypotheses", [])), frozen(document["goal"])
    need(all(signature.shape(x) == FORMULA for x in (*hypotheses, goal)), "a term is no formula")
    return signature, hypotheses, goal


def check_claim(document, known):
    """What a proof or an example says, and the names of what it rests on."""
    wanted = "format", "claim", "signature", "members", "hypotheses", "goal", "terms", "lines"
    form, _, _, members, *_, terms, lines = keys(document, *wanted)
    need(form == "mlnc-trace-5" and 0 < len(lines) <= MOST_LINES, "no trace, no lines, or too many")
    signature, hypotheses, goal = said = statement(document)
    proof = Proof(signature, known, terms, members, hypotheses)
    for number, line in enumerate(lines):
        with rejecting(f"line {number}"):
            proof.line(line)
    assumed, conclusion = proof.theorems[-1]
    need(conclusion == goal and assumed <= set(hypotheses), "the last theorem is another")
    return said, proof.rests


def check_all(folder):
    """Check every trace of a folder, claims that are cited first, and say what each rests on."""
    documents = {path.stem: load(path) for path in sorted(Path(folder).glob("*.json"))}
    _, axioms, laws = keys(documents.pop("axioms"), "format", "axioms", "laws")
    distinct([*laws.items(), *axioms.items(), *documents.items()])
    known = {name: statement(one) for name, one in {**laws, **axioms}.items()}
    rests = dict.fromkeys(known, frozenset())
    cites = {n: {line.get("name") for line in one["lines"]} for n, one in documents.items()}
    for name in filter(documents.get, TopologicalSorter(cites).static_order()):
        document = documents[name]
        with rejecting(name):
            need(len(Shared.made) < MOST_TREES, "the traces before it have too many trees")
            need(document["claim"] == name == re.sub(r"[^\w ]", "", name), "another's name")
            said, own = check_claim(document, known)
        if document["members"] is None:
            known[name] = said
        rests[name] = own.union(*map(rests.get, own))
        on = ", ".join(sorted(rests[name] - laws.keys())) or "nothing else"
        verb, size = "follows" if name in known else "is so in a case,", len(document["lines"])
        print(f"{name}: {verb} in {size} lines; rests on {on}")
    used = frozenset().union(*rests.values())
    print(f"laws: {', '.join(sorted(used & laws.keys()))}")
    proved = len(documents.keys() & known.keys())
    print(f"{proved} goals follow from their hypotheses", end="; ")
    print(f"{len(used & axioms.keys())} axioms are used; {len(documents) - proved} examples hold")


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
