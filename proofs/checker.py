"""Checks proof traces: ``python -I -S proofs/checker.py DIR``. Standard library only; see ``notes/kernel.md``.

Everything in a trace is suspect. A line is accepted if it follows by a rule of that page from earlier lines; nothing is
searched for, and nothing is computed with floating point. The page says what the terms mean and why each rule is sound.
"""

import contextlib
import functools
import itertools
import json
import os
import re
import sys
from fractions import Fraction

MOST_MONOMIALS, MOST_ORDERS, MOST_STEPS = 20_000, 720, 10_000
MOST_CHARACTERS, MOST_LINES, MOST_DIGITS, DEEPEST = 200_000, 5_000, 400, 150
MOST_BITS, MOST_NODES, MOST_WORK, LONGEST_FILE = 20_000, 20_000, 3_000_000, 5_000_000
LARGEST = 100
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ZERO = ("q", 0, 1)
FALSE = ("false",)
LOG = ((1, 1), (), ((1, 1),))


class Rejected(Exception):  # noqa: N818 - what a checker says
    """A trace that does not follow, or is no trace."""


def need(condition, why):
    """Reject, with a reason, where a condition fails."""
    if not condition:
        raise Rejected(why)


@contextlib.contextmanager
def rejecting(where):
    """Whatever fails is a rejection that says where: what is malformed fails in many ways."""
    try:
        yield
    except Rejected as why:
        raise Rejected(f"{where}: {why}") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Rejected(f"{where}: malformed ({type(error).__name__})") from None


class Work:
    """How much of the work that one trace may cost is left."""

    left = MOST_WORK


def charge(amount):
    """Pay for work: nodes visited, characters compared. Whoever has nothing left is rejected."""
    Work.left -= amount
    if Work.left < 0:
        raise Rejected("too much work")


# ------------------------------------------------------------------ reading


def frozen(value, depth=0):
    """JSON as tuples: strings, integers, null, lists and (as pairs) objects of them; nothing else."""
    need(depth <= DEEPEST, "nested too deeply")
    if isinstance(value, dict):
        value = [[key, part] for key, part in value.items()]
    if isinstance(value, list):
        return tuple(frozen(part, depth + 1) for part in value)
    if isinstance(value, bool) or not (value is None or isinstance(value, (str, int))):
        raise Rejected(f"{value!r} is no part of a term")
    if isinstance(value, int):
        need(abs(value) < 10**MOST_DIGITS, "a number is too long")
    return value


def no_duplicates(pairs):
    """An object whose keys are distinct."""
    made = dict(pairs)
    need(len(made) == len(pairs), "a key occurs twice")
    return made


def no_float(text):
    """Numbers are integers."""
    raise Rejected(f"{text} is no integer")


def load(path):
    """A file as JSON, of integers, strings, lists and objects."""
    need(os.path.getsize(path) <= LONGEST_FILE, "the file is too long")
    with open(path, encoding="utf-8") as stream:
        return json.load(stream, object_pairs_hook=no_duplicates, parse_float=no_float, parse_constant=no_float)


def maps(*values):
    """What stands for a map is one: an empty list is none."""
    need(all(isinstance(value, dict) for value in values), "an object is needed")
    return values


def keys(document, *wanted):
    """The values of an object that has these keys and no others."""
    need(isinstance(document, dict) and set(document) == set(wanted), f"keys are not {wanted}")
    return [document[key] for key in wanted]


# ------------------------------------------------------------------ signatures, shapes, formulas


class Signature:
    """Dimensions, families, letters and free indices; all names distinct."""

    def __init__(self, document):
        dims, *rest = keys(document, "dims", "families", "letters", "indices")
        families, letters, indices = maps(*rest)
        need(isinstance(dims, list), "dimensions are a list")
        names = [*dims, *families, *letters, *indices]
        need(all(isinstance(n, str) and NAME.match(n) for n in names), "a name is malformed")
        need(len(set(names)) == len(names), "a name is declared twice")
        self.dims, self.indices = set(dims), dict(indices)
        self.families, self.letters = {}, {}
        for name, family in families.items():
            total, basis = keys(family, "total", "basis")
            need(basis is None or basis in self.dims, f"the basis of {name} is no dimension")
            self.families[name] = (frozen(total), basis)
        need(set(self.indices.values()) <= set(self.families), "an index of no family")
        for name, letter in letters.items():
            shape, index, args = map(frozen, keys(letter, "shape", "index", "args"))
            need(all(map(self.is_shape, (shape, *args))), f"{name} has no proper shape")
            need(set(index) <= set(self.families), f"{name} is indexed by no family")
            self.letters[name] = (shape, index, args)
        need(self.letters.get("log", LOG) == LOG, "log is a number that depends on a number")
        for name, (total, basis) in self.families.items():
            counted = total[:1] == ("dim",) and total[1:] == (basis,)
            positive = basis is None and total[:1] == ("q",) and self.shape(total, ()) and total[1] > 0
            need(counted or positive, f"the total of {name} is no positive number, or not its basis")

    def is_shape(self, shape):
        return len(shape) == 2 and all((n == 1 and isinstance(n, int)) or n in self.dims for n in shape)

    def family(self, member, binders):
        """The family of a member; binders are innermost first."""
        if isinstance(member, str):
            need(member in self.indices, f"index {member} is not declared")
            return self.indices[member]
        need(isinstance(member, int) and 0 <= member < len(binders), f"{member} is bound by nothing")
        need(binders[member][0] == "member", f"variable {member} is no member")
        return binders[member][1]

    def basis(self, family):
        need(self.families[family][1] is not None, f"{family} has no basis")
        return self.families[family][1]

    def shape(self, term, binders):
        """The shape of a term, which is thereby found to be well formed."""
        charge(1)
        if not (isinstance(term, tuple) and term and isinstance(term[0], str)):
            self.bad(term)
        kind, rest = term[0], term[1:]
        method = getattr(self, "_" + NAMES.get(kind, kind), None)
        need(kind in TERMS and method is not None, "a term of no known kind")
        return method(binders, *rest) if len(rest) in ARITY.get(kind, (len(rest),)) else self.bad(term)

    @staticmethod
    def bad(term):
        raise Rejected(f"{term} is malformed")

    def _q(self, _, n, d):
        need(isinstance(n, int) and isinstance(d, int) and d > 0, "a rational number is malformed")
        need(Fraction(n, d).denominator == d, "a fraction is not in lowest terms")
        return (1, 1)

    def _dim(self, _, name):
        need(name in self.dims, f"{name} is no dimension")
        return (1, 1)

    def _l(self, binders, name, members, args):
        need(name in self.letters, f"letter {name} is not declared")
        shape, index, shapes = self.letters[name]
        need(tuple(self.family(m, binders) for m in members) == index, f"{name} has other indices")
        need(tuple(self.shape(t, binders) for t in args) == shapes, f"{name} has other arguments")
        return shape

    def _v(self, binders, n):
        need(isinstance(n, int) and 0 <= n < len(binders), f"variable {n} is bound by nothing")
        need(binders[n][0] == "matrix", f"variable {n} is no matrix")
        return binders[n][1:]

    def _w(self, binders, member):
        self.family(member, binders)
        return (1, 1)

    def _e(self, binders, member):
        return (self.basis(self.family(member, binders)), 1)

    def _ones(self, _, family):
        need(family in self.families, f"{family} is no family")
        return (self.basis(family), 1)

    def _I(self, _, n):
        need(self.is_shape((n, n)), f"{n} is no dimension")
        return (n, n)

    def _zero(self, _, rows, columns):
        need(self.is_shape((rows, columns)), "0 has no proper shape")
        return (rows, columns)

    def _plus(self, binders, *terms):
        shapes = {self.shape(t, binders) for t in terms}
        need(len(terms) >= 2 and len(shapes) == 1, "a sum of different shapes")
        return shapes.pop()

    def _times(self, binders, *factors):
        shapes = [s for s in (self.shape(t, binders) for t in factors) if s != (1, 1)]
        need(len(factors) >= 2, "a product of one factor")
        need(all(a[1] == b[0] for a, b in itertools.pairwise(shapes)), "shapes do not fit in a product")
        return (shapes[0][0], shapes[-1][1]) if shapes else (1, 1)

    def _power(self, binders, term, n):
        need(self.shape(term, binders) == (1, 1), "a power of a matrix")
        need(isinstance(n, int) and 2 <= n <= 64, "an exponent out of range")
        return (1, 1)

    def _T(self, binders, term):
        return self.shape(term, binders)[::-1]

    def _tr(self, binders, term):
        rows, columns = self.shape(term, binders)
        need(rows == columns, "the trace of a matrix that is not square")
        return (1, 1)

    def _sum(self, binders, family, term):
        need(family in self.families, f"{family} is no family")
        return self.shape(term, (("member", family), *binders))

    def _inv(self, binders, term):
        need(self.shape(term, binders) == (1, 1), "the reciprocal of a matrix")
        return (1, 1)

    def is_binder(self, binder):
        if not (isinstance(binder, tuple) and binder):
            return False
        if binder[0] == "member":
            return len(binder) == 2 and binder[1] in self.families
        return binder[0] == "matrix" and self.is_shape(binder[1:])

    def formula(self, formula, binders=()):
        """Reject what is no formula."""
        need(isinstance(formula, tuple) and formula and isinstance(formula[0], str), "no formula")
        kind, rest = formula[0], formula[1:]
        if kind in ("=", "<=", "<"):
            need(len(rest) == 2, f"{kind} has two sides")
            one, two = (self.shape(t, binders) for t in rest)
            need(one == two and (kind == "=" or one == (1, 1)), f"the sides of {kind} do not fit")
        elif kind in ("nz", "psd"):
            need(len(rest) == 1, f"{kind} is about one term")
            rows, columns = self.shape(rest[0], binders)
            need(rows == columns and (kind == "psd" or rows == 1), f"{kind} of another shape")
        elif kind in ("and", "or", "->", "iff"):
            need(len(rest) == 2 or (kind in ("and", "or") and len(rest) > 2), f"{kind} of {len(rest)}")
            for part in rest:
                self.formula(part, binders)
        elif kind in ("all", "ex"):
            need(len(rest) == 2 and self.is_binder(rest[0]), f"a malformed {kind}")
            self.formula(rest[1], (rest[0], *binders))
        else:
            need(formula == FALSE, f"{kind} is no kind of formula")


NAMES = {"+": "plus", "*": "times", "^": "power", "0": "zero"}
TERMS = {"q", "dim", "l", "v", "w", "e", "ones", "I", "0", "+", "*", "^", "T", "tr", "sum", "inv"}
ARITY = {"q": (2,), "dim": (1,), "l": (3,), "v": (1,), "w": (1,), "e": (1,), "ones": (1,), "I": (1,)}
ARITY |= {"0": (2,), "^": (2,), "T": (1,), "tr": (1,), "sum": (2,), "inv": (1,)}


# ------------------------------------------------------------------ variables


def walk(tree, change, depth=0):
    """The tree with ``change(leaf, depth)`` for members, bound matrices and letters, inside out."""
    charge(1)
    kind = tree[0]
    if kind == "v":
        return change(tree, depth)
    if kind in ("w", "e"):
        return (kind, change(tree[1], depth))
    if kind == "l":
        members = tuple(change(m, depth) for m in tree[2])
        return change(("l", tree[1], members, tuple(walk(t, change, depth) for t in tree[3])), depth)
    if kind == "hole":
        return ("hole", *(walk(x, change, depth) if isinstance(x, tuple) else change(x, depth) for x in tree[1:]))
    if kind in ("sum", "all", "ex"):
        return (kind, tree[1], walk(tree[2], change, depth + 1))
    return (kind, *(walk(t, change, depth) if isinstance(t, tuple) else t for t in tree[1:]))


def shifted(value, by, start=0):
    """A member or term, ``by`` binders further in."""

    def change(leaf, depth):
        if isinstance(leaf, int):
            return leaf + by if leaf >= depth + start else leaf
        if isinstance(leaf, tuple) and leaf[0] == "v" and leaf[1] >= depth + start:
            return ("v", leaf[1] + by)
        return leaf

    return walk(value, change) if isinstance(value, tuple) else change(value, 0)


def instantiate(body, value):
    """The body of a binder at a value."""

    def change(leaf, depth):
        number = leaf[1] if isinstance(leaf, tuple) and leaf[0] == "v" else leaf
        if not isinstance(number, int) or (isinstance(leaf, tuple) and leaf[0] != "v") or number < depth:
            return leaf
        if number == depth:
            return shifted(value, depth)
        return ("v", number - 1) if isinstance(leaf, tuple) else number - 1

    return walk(body, change)


def bound(tree, name):
    """The tree with the variable of a binder right above it in the place of a free index or letter."""

    def change(leaf, depth):
        if leaf == name:
            return depth
        if isinstance(leaf, tuple) and leaf[0] == "l" and leaf[1] == name:
            return ("v", depth)
        return leaf

    return walk(shifted(tree, 1), change)


def free_in(tree, name):
    """Whether an index or letter of this name occurs."""
    found = []

    def change(leaf, depth):
        found.append(leaf[1] if isinstance(leaf, tuple) and leaf[0] == "l" else leaf)
        return leaf

    walk(tree, change)
    return name in found


def nodes(tree):
    """The number of nodes of a formula, as a tree."""
    charge(1)
    return 1 + sum(nodes(part) for part in tree if isinstance(part, tuple))


def opened(formula):
    """The binders in front of a universal statement, and its body."""
    binders = []
    while formula[0] == "all":
        binders.append(formula[1])
        formula = formula[2]
    return binders, formula


# ------------------------------------------------------------------ the normal form
#
# A polynomial maps monomials to rational coefficients. A monomial is (members, factors, spine): the bound members,
# pairs (factor, exponent), and a word. A member is the name of a free index or a tuple whose last entry is its family.
# Atoms: ("l", name, members, args, flipped), ("e", member, flipped), ("ones", family, flipped).
# Factors: ("atom", atom), ("dim", n), ("w", member), ("word", atoms), ("tr", atoms), ("inv", frozen polynomial).

UNIT = ((), (), ())
ONE = {UNIT: Fraction(1)}


def order(x):
    """One fixed order of everything in a normal form."""
    text = repr(x)
    charge(len(text) // 10)
    return text


def in_order(parts):
    """Parts of a normal form in that order; where there is one at most, nothing is compared."""
    parts = tuple(parts)
    return tuple(sorted(parts, key=order)) if len(parts) > 1 else parts


def flip(word):
    """The transpose of a word."""
    return tuple((*atom[:-1], not atom[-1]) for atom in reversed(word))


def monomial(members, factors, spine):
    """A monomial in its one form: no factor with exponent 0."""
    charge(1 + len(spine))
    return (in_order(members), in_order((f, e) for f, e in factors.items() if e), spine)


def accumulate(into, key, value):
    """Add to a coefficient; what is zero is not there."""
    before = into.get(key)
    total = value if before is None else before + value
    if total:
        into[key] = total
    else:
        into.pop(key, None)
    bits = total.numerator.bit_length() + total.denominator.bit_length()
    if len(into) > MOST_MONOMIALS or bits > MOST_BITS:
        raise Rejected("a normal form is too long, or a coefficient of it")
    charge(1 + bits // 64)


def added(*polynomials):
    """A sum of polynomials with signs."""
    total = {}
    for sign, polynomial in polynomials:
        for key, value in polynomial.items():
            accumulate(total, key, value if sign == 1 else sign * value)
    return total


def key_of(polynomial):
    """A polynomial as something that can be compared."""
    return tuple(sorted(((m, c.numerator, c.denominator) for m, c in polynomial.items()), key=order))


def polynomial_of(key):
    """The polynomial of a key."""
    return {m: Fraction(n, d) for m, n, d in key}


@functools.lru_cache(50_000)
def members_in(x):
    """Members that occur in an atom, factor or monomial, with repetitions."""
    charge(1)
    if isinstance(x, str) or is_bound(x):
        return (x,)
    return tuple(m for part in x for m in members_in(part)) if isinstance(x, tuple) else ()


def is_bound(x):
    """Whether something is the name of a bound member."""
    return isinstance(x, tuple) and bool(x) and x[0] in ("#b", "#c", "#?")


def contains(tree, part):
    """Whether a tree has a part."""
    charge(1)
    return tree == part or (isinstance(tree, tuple) and any(contains(t, part) for t in tree))


class Normal:
    """Normal forms in a signature, with rewrite rules and knowledge of what is nonzero."""

    def __init__(self, signature, nonzero=(), rewrite=()):
        self.signature, self.fresh, self.steps = signature, itertools.count(), 0
        self.nonzero, self.rules = [], []
        for formula in nonzero:
            binders, body = opened(formula)
            need(body[0] == "nz" and all(b[0] == "member" for b in binders), "not of the form t nonzero")
            patterns = [("#?", i, b[1]) for i, b in enumerate(binders)]
            self.nonzero.append((patterns, self.closed(self.of(body[1], patterns[::-1]))))
        for formula in rewrite:
            self.add_rule(formula)

    def add_rule(self, formula):
        binders, body = opened(formula)
        need(body[0] == "=" and all(b[0] == "member" for b in binders), "not a rewrite rule")
        patterns = tuple(("#?", i, b[1]) for i, b in enumerate(binders))
        left = self.closed(self.of(body[1], patterns[::-1]))
        need(len(left) == 1, "the left side of a rule is not one monomial")
        ((members, factors, spine), coefficient) = next(iter(left.items()))
        need(coefficient == 1 and not members, "the left side of a rule has a coefficient or a sum")
        need(set(patterns) <= set(members_in((factors, spine))), "a variable of a rule is only on its right")
        if spine:
            need(not factors, "the left side of a rule is not one word")
            pattern, exponent = spine, 1
        else:
            need(len(factors) == 1 and factors[0][1] in (1, 2), "the left side of a rule is not one factor")
            (pattern, exponent) = factors[0]
            if pattern[0] == "word" and exponent == 1:
                pattern = pattern[1]
        self.rules.append((patterns, pattern, exponent, body[2], isinstance(pattern[0], tuple)))

    # -------------------------------------------------------------- words

    def shape(self, atom):
        """Rows and columns of an atom."""
        if atom[0] == "l":
            rows, columns = self.signature.letters[atom[1]][0]
        else:
            family = atom[1] if atom[0] == "ones" else self.family(atom[1])
            rows, columns = self.signature.basis(family), 1
        return (columns, rows) if atom[-1] else (rows, columns)

    def family(self, member):
        return self.signature.indices[member] if isinstance(member, str) else member[-1]

    def pieces(self, word):
        """The word, cut wherever two neighbours meet in dimension 1."""
        cut, start = [], 0
        for i in range(1, len(word)):
            if self.shape(word[i])[0] == 1:
                cut.append(word[start:i])
                start = i
        return [*cut, word[start:]] if word else []

    def is_number(self, word):
        return self.shape(word[0])[0] == 1 and self.shape(word[-1])[1] == 1

    @staticmethod
    def number(word):
        return ("word", min(word, flip(word), key=order))

    def with_word(self, members, factors, word):
        """A monomial whose spine is a word, of which numbers are factors."""
        spine = ()
        for piece in self.pieces(word):
            if self.is_number(piece):
                factor = self.number(piece)
                factors[factor] = factors.get(factor, 0) + 1
            else:
                spine += piece
        return monomial(members, factors, spine)

    def with_trace(self, members, factors, word, dim):
        """A monomial with the trace of a square word of this dimension."""
        if not word:
            if dim != 1:
                factors[("dim", dim)] = factors.get(("dim", dim), 0) + 1
            return monomial(members, factors, ())
        turns = [word[i:] + word[:i] for i in range(len(word))]
        for turn in turns:
            if self.is_number(turn):
                return self.with_word(members, factors, turn)
        factor = ("tr", min((w for t in turns for w in (t, flip(t))), key=order))
        factors[factor] = factors.get(factor, 0) + 1
        return monomial(members, factors, ())

    # -------------------------------------------------------------- from terms

    def binders(self, env):
        return tuple(("member", self.family(member)) for member in env)

    def bind(self, family):
        return ("#b", next(self.fresh), family)

    def of(self, term, env=()):
        """The polynomial of a term, not yet simplified; ``env`` has what is bound, innermost first."""
        return getattr(self, "_" + NAMES.get(term[0], term[0]))(env, *term[1:])

    def _q(self, _, n, d):
        return {UNIT: Fraction(n, d)} if n else {}

    def _dim(self, _, name):
        return {((), ((("dim", name), 1),), ()): Fraction(1)}

    def _w(self, env, member):
        member = env[member] if isinstance(member, int) else member
        if self.signature.families[self.family(member)][1]:
            return dict(ONE)
        return {((), ((("w", member), 1),), ()): Fraction(1)}

    def atom(self, atom):
        if self.shape(atom) == (1, 1):
            return {((), ((("atom", atom), 1),), ()): Fraction(1)}
        return {((), (), (atom,)): Fraction(1)}

    def _l(self, env, name, members, args):
        own = tuple(env[m] if isinstance(m, int) else m for m in members)
        return self.atom(("l", name, own, tuple(key_of(self.closed(self.of(t, env))) for t in args), False))

    def _v(self, _, n):
        raise Rejected("a bound matrix where only members may be bound")

    def _e(self, env, member):
        return self.atom(("e", env[member] if isinstance(member, int) else member, False))

    def _ones(self, _, family):
        return self.atom(("ones", family, False))

    def _I(self, _, n):
        return dict(ONE)

    def _zero(self, _, rows, columns):
        return {}

    def _plus(self, env, *terms):
        return added(*((1, self.of(t, env)) for t in terms))

    def _T(self, env, term):
        return {(m, f, flip(s)): c for (m, f, s), c in self.of(term, env).items()}

    def _times(self, env, *factors):
        numbers, matrices = dict(ONE), dict(ONE)
        for factor in factors:
            value = self.of(factor, env)
            if self.signature.shape(factor, self.binders(env)) == (1, 1):
                numbers = self.product(numbers, value)
            else:
                matrices = self.product(matrices, value)
        return self.product(numbers, matrices)

    def _power(self, env, term, n):
        value = total = self.closed(self.of(term, env))
        for _ in range(n - 1):
            total = self.product(total, value)
        return total

    def _tr(self, env, term):
        dim = self.signature.shape(term, self.binders(env))[0]
        total = {}
        for (members, factors, spine), c in self.of(term, env).items():
            accumulate(total, self.with_trace(members, dict(factors), spine, dim), c)
        return total

    def _sum(self, env, family, term):
        member = self.bind(family)
        inner = self.of(term, (member, *env))
        return {monomial((*m, member), dict(f), s): c for (m, f, s), c in inner.items()}

    def _inv(self, env, term):
        value = self.closed(self.of(term, env))
        self.require_nonzero(value)
        if len(value) == 1:
            (members, factors, spine), c = next(iter(value.items()))
            if not members:
                return {((), tuple((f, -e) for f, e in factors), spine): 1 / c}
        return {((), ((("inv", key_of(value)), 1),), ()): Fraction(1)}

    def require_nonzero(self, value):
        """Some theorem says so, of the term or of each factor of its one monomial."""
        if self.is_known(value):
            return
        need(len(value) == 1, "a term is inverted that is not known to be nonzero")
        (members, factors, spine), _ = next(iter(value.items()))
        each = [{((), ((f, 1),), ()): Fraction(1)} for f, _ in factors]
        known = not members and not spine and all(map(self.is_known, each))
        need(known, "a term is inverted that is not known to be nonzero")

    def is_open(self, x):
        """Whether x is a member that is not bound further in: canonical names are those of nested sums."""
        return (is_bound(x) and x[0] != "#c") or (isinstance(x, str) and x in self.signature.indices)

    def is_known(self, value):
        wanted = key_of(value)
        there = sorted({m for m in members_in(wanted) if self.is_open(m)}, key=order)
        for patterns, known in self.nonzero:
            choices = [[m for m in there if self.family(m) == p[2]] for p in patterns]
            need(len(there) ** len(patterns) <= MOST_STEPS, "too many members")
            for chosen in itertools.product(*choices):
                if key_of(self.renamed(known, dict(zip(patterns, chosen)))) == wanted:
                    return True
        return False

    # -------------------------------------------------------------- products and names

    def product(self, a, b):
        total = {}
        for (m1, f1, s1), c1 in a.items():
            for key, c2 in self.apart(b).items():
                m2, f2, s2 = key
                factors = dict(f1)
                for factor, e in f2:
                    factors[factor] = factors.get(factor, 0) + e
                accumulate(total, self.with_word((*m1, *m2), factors, s1 + s2), c1 * c2)
        return total

    def apart(self, polynomial):
        """The same with bound members of its own."""
        if not any(m for m, _, _ in polynomial):
            return polynomial
        total = {}
        for (members, factors, spine), c in polynomial.items():
            names = {m: self.bind(m[-1]) for m in members}
            accumulate(total, self.rename((members, factors, spine), names), c)
        return total

    def renamed(self, polynomial, names):
        total = {}
        for key, c in polynomial.items():
            accumulate(total, self.rename(key, names), c)
        return self.named(total)

    def rename(self, key, names):
        """A monomial with other names for members; what depends on the order of names is made anew."""
        members, factors, spine = key
        new = {}
        for factor, e in factors:
            factor = self.renamed_factor(factor, names)
            new[factor] = new.get(factor, 0) + e
        word = tuple(self.renamed_atom(a, names) for a in spine)
        return monomial((names.get(m, m) for m in members), new, word)

    def renamed_factor(self, factor, names):
        kind, content = factor
        if kind == "word":
            return self.number(tuple(self.renamed_atom(a, names) for a in content))
        if kind == "tr":
            word = tuple(self.renamed_atom(a, names) for a in content)
            return self.with_trace((), {}, word, None)[1][0][0]
        if kind == "atom":
            return ("atom", self.renamed_atom(content, names))
        if kind == "w":
            return ("w", names.get(content, content))
        if kind == "inv":
            return ("inv", key_of(self.renamed(polynomial_of(content), names)))
        return factor

    def renamed_atom(self, atom, names):
        if atom[0] == "e":
            return ("e", names.get(atom[1], atom[1]), atom[2])
        if atom[0] == "l":
            args = tuple(key_of(self.renamed(polynomial_of(a), names)) for a in atom[3])
            return ("l", atom[1], tuple(names.get(m, m) for m in atom[2]), args, atom[4])
        return atom

    def named(self, polynomial):
        """Bound members named so that each monomial is smallest; names say how deep they are nested."""
        nested = (m for key in polynomial for m in members_in(key) if is_bound(m) and m not in key[0])
        depth = 1 + max((m[1] for m in nested if m[0] == "#c"), default=0)
        total = {}
        for key, c in polynomial.items():
            accumulate(total, self.smallest(key, depth), c)
        return total

    def smallest(self, key, depth):
        if not key[0]:
            return key
        groups = {}
        for member in key[0]:
            groups.setdefault(member[-1], []).append(member)
        orders = 1
        for group in groups.values():
            for i in range(1, len(group) + 1):
                orders *= i
        need(orders <= MOST_ORDERS, "too many bound members in a monomial")
        families = sorted(groups)
        best = None
        for arrangement in itertools.product(*(itertools.permutations(groups[f]) for f in families)):
            names = {m: ("#c", depth, i, m[-1]) for group in arrangement for i, m in enumerate(group)}
            found = self.rename(key, names)
            if best is None or order(found) < order(best):
                best = found
        return best

    # -------------------------------------------------------------- simplification

    def closed(self, polynomial):
        """Simplified until nothing applies, with canonical names."""
        todo, done = list(self.apart(polynomial).items()), {}
        while todo:
            key, c = todo.pop()
            self.steps += 1
            need(self.steps <= MOST_STEPS * 10, "a normal form takes too many steps")
            simpler = self.simpler(key)
            if simpler is None:
                accumulate(done, key, c)
            else:
                todo += [(k, c * x) for k, x in simpler.items()]
            need(len(todo) <= MOST_MONOMIALS, "a normal form is too long")
        return self.named(done)

    def simpler(self, key):
        """The monomial after one step of simplification; None if there is none."""
        members, factors, spine = key
        for factor, e in factors:
            unit = self.unit(factor)
            if unit is not None:
                rest = {f: n for f, n in factors if f != factor}
                if unit != 1:
                    rest[unit] = rest.get(unit, 0) + e
                return {monomial(members, rest, spine): Fraction(1)}
        for member in members:
            found = self.contracted(key, member)
            if found is not None:
                return found
        for rule in self.rules:
            found = self.rewritten(key, rule)
            if found is not None:
                return found
        return None

    def unit(self, factor):
        """What 1'e, e'e (1) and 1'1 (the dimension) are; None for anything else."""
        if factor[0] != "word" or len(factor[1]) != 2:
            return None
        one, two = (a[:-1] for a in factor[1])
        if not {one[0], two[0]} <= {"e", "ones"}:
            return None
        if one[0] == two[0] == "ones":
            return ("dim", self.signature.basis(one[1]))
        return 1 if one[0] != two[0] or one == two else None

    def contracted(self, key, member):
        """A bound member dropped, or contracted with the basis, where that is allowed."""
        members, factors, spine = key
        rest = tuple(m for m in members if m != member)
        places = [(f, e) for f, e in factors if member in members_in(f)]
        inside = members_in(spine).count(member)
        if not places and not inside:
            total, _ = self.signature.families[member[-1]]
            return self.product({(rest, factors, spine): Fraction(1)}, self.closed(self.of(total)))
        basis = self.signature.families[member[-1]][1]
        words = [f[1] for f, e in places for _ in range(e) if f[0] == "word"]
        if not basis or any(f[0] != "word" or e < 0 for f, e in places):
            return None
        columns = (("e", member, False), ("e", member, True))
        count = sum(w.count(a) for w in (*words, spine) for a in columns)
        if count != inside + sum(members_in(w).count(member) for w in words) or count > 2:
            return None
        left = {f: e for f, e in factors if member not in members_in(f)}
        if count == 1:
            swap = {a: ("ones", member[-1], a[-1]) for a in columns}
            for word in words:
                factor = self.number(tuple(swap.get(a, a) for a in word))
                left[factor] = left.get(factor, 0) + 1
            return {monomial(rest, left, tuple(swap.get(a, a) for a in spine)): Fraction(1)}
        return self.spliced(rest, left, words, spine, columns, basis)

    def spliced(self, members, factors, words, spine, columns, basis):
        """Two ends e_k of words, or of a word and the spine, joined: sum_k e_k e_k' = I."""
        column, row = columns
        ends = [w if w[-1] == column else flip(w) for w in words]
        if len(words) == 2:
            joined = ends[0][:-1] + flip(ends[1][:-1])
            return {self.with_number(members, factors, joined, spine): Fraction(1)}
        if not words:
            i = spine.index(column)
            if spine[i + 1 : i + 2] != (row,):
                return None
            return {self.with_word(members, factors, spine[:i] + spine[i + 2 :]): Fraction(1)}
        if column not in spine and row not in spine:
            made = self.with_trace((), dict(factors), words[0][1:-1], basis)
            return {monomial(members, dict(made[1]), spine): Fraction(1)}
        i = spine.index(column if column in spine else row)
        middle = flip(ends[0][:-1]) if spine[i] == column else ends[0][:-1]
        return {self.with_word(members, factors, spine[:i] + middle + spine[i + 1 :]): Fraction(1)}

    def with_number(self, members, factors, word, spine):
        """A monomial with a word of shape 1 x 1 as a factor."""
        made = self.with_word((), dict(factors), word)
        need(not made[2], "a word is no number")
        return monomial(members, dict(made[1]), spine)

    # -------------------------------------------------------------- rewrite rules

    def matched(self, pattern, x, found):
        """Members for the variables of a pattern, or None."""
        charge(1)
        if isinstance(pattern, tuple) and pattern[:1] == ("#?",):
            is_member = self.is_open(x)
            if not is_member or self.family(x) != pattern[2] or found.get(pattern, x) != x:
                return None
            return {**found, pattern: x}
        if not isinstance(pattern, tuple):
            return found if pattern == x and type(pattern) is type(x) else None
        if not isinstance(x, tuple) or len(x) != len(pattern):
            return None
        for p, part in zip(pattern, x):
            found = self.matched(p, part, found)
            if found is None:
                return None
        return found

    def rewritten(self, key, rule):
        patterns, pattern, exponent, right, is_word = rule
        members, factors, spine = key
        charge(1 + len(factors))
        if is_word:
            for turned in (False, True):
                p = flip(pattern) if turned else pattern
                if turned and p == pattern:
                    break
                for place in (spine, *(f for f, e in factors if f[0] in ("word", "tr") and e > 0)):
                    word = place if place is spine else place[1]
                    found = self.within(word, p)
                    if found is not None:
                        at, names = found
                        return self.replaced(key, place, word, at, len(p), self.value(right, patterns, names), turned)
            return None
        for factor, e in factors:
            shapes = [factor] + ([("word", flip(factor[1]))] if factor[0] == "word" else [])
            for shape in shapes:
                names = self.matched(pattern, shape, {}) if e >= exponent else None
                if names is not None:
                    rest = {f: n - exponent * (f == factor) for f, n in factors}
                    value = self.value(right, patterns, names)
                    return self.product({monomial(members, rest, spine): Fraction(1)}, value)
        return None

    def value(self, right, patterns, names):
        self.steps += 1
        need(self.steps <= MOST_STEPS * 10, "too many rewrites")
        return self.of(right, tuple(names[p] for p in patterns)[::-1])

    @staticmethod
    def head(atom):
        """What two atoms have in common if one matches the other."""
        return atom[0], atom[-1], atom[1] if atom[0] == "l" else None

    def within(self, word, pattern):
        charge(len(word))
        head = self.head(pattern[0])
        for i in range(len(word) - len(pattern) + 1):
            if self.head(word[i]) != head:
                continue
            names = self.matched(pattern, word[i : i + len(pattern)], {})
            if names is not None:
                return i, names
        return None

    def replaced(self, key, place, word, at, length, value, turned):
        members, factors, spine = key
        rest = {f: e - (f == place) for f, e in factors}
        dim = self.shape(word[0])[0]
        total = {}
        for (m, fs, s), c in self.apart(value).items():
            new = word[:at] + (flip(s) if turned else s) + word[at + length :]
            left = dict(rest)
            for f, e in fs:
                left[f] = left.get(f, 0) + e
            if place is spine:
                made = self.with_word((*members, *m), left, new)
            elif place[0] == "tr":
                made = monomial((*members, *m), dict(self.with_trace((), left, new, dim)[1]), spine)
            else:
                made = self.with_number((*members, *m), left, new, spine)
            accumulate(total, made, c)
        return total

    # -------------------------------------------------------------- the zero test

    def is_zero(self, polynomial):
        """Whether the normal form is zero, after reciprocals of sums are cleared."""
        value = self.closed(polynomial)
        while value:
            found = {f for _, fs, _ in value for f, _ in fs if f[0] == "inv"}
            outer = [f for f in found if not any(m in members_in(f) for ms, _, _ in value for m in ms)]
            outer = [f for f in outer if not any(f != g and contains(g, f) for g in found)]
            if not outer:
                return False
            factor = min(outer, key=order)
            value = self.closed(self.cleared(value, factor))
        return True

    def cleared(self, value, factor):
        inside = polynomial_of(factor[1])
        most = max(dict(fs).get(factor, 0) for _, fs, _ in value)
        need(0 < most <= 64, "a reciprocal has a strange power")
        total = {}
        for (members, factors, spine), c in value.items():
            power = most - dict(factors).get(factor, 0)
            need(power <= 128, "a reciprocal has a strange power")
            part = {monomial(members, {f: e for f, e in factors if f != factor}, spine): c}
            for _ in range(power):
                part = self.product(part, inside)
            total = added((1, total), (1, part))
        return total


# ------------------------------------------------------------------ rules


class Proof:
    """The theorems of a trace, line by line: (hypotheses, conclusion)."""

    def __init__(self, signature, axioms, claims):
        self.signature, self.axioms, self.claims = signature, axioms, claims
        self.theorems, self.rests, self.assumed, self.work = [], set(), {}, MOST_WORK

    def line(self, line):
        """Check one line and keep its theorem."""
        Work.left = self.work
        need(isinstance(line, dict) and isinstance(line.get("rule"), str), "a line without a rule")
        rule = line["rule"]
        need(rule in RULES, f"there is no rule {rule}")
        given = {k: frozen(v) if k != "put" else v for k, v in line.items() if k != "rule"}
        wanted, optional = RULES[rule]
        need(set(wanted) <= set(given) <= {*wanted, *optional}, f"{rule} takes {wanted}")
        for name in ("formula", "goal"):
            if name in given:
                self.signature.formula(given[name])
        if "term" in given:
            self.signature.shape(given["term"], ())
        hypotheses, conclusion = getattr(self, "rule_" + rule)(
            **{k + "_" * (k in ("from", "with")): v for k, v in given.items()}
        )
        need(nodes(conclusion) <= MOST_NODES, "the formula is too long")
        self.theorems.append((frozenset(hypotheses), conclusion))
        self.work = Work.left

    def get(self, number):
        need(isinstance(number, int) and 0 <= number < len(self.theorems), "no such earlier line")
        hypotheses, conclusion = self.theorems[number]
        charge(1 + len(hypotheses))
        return hypotheses, conclusion

    # -------------------------------------------------------------- logic

    def rule_assume(self, formula):
        formula = self.assumed.setdefault(formula, formula)  # one object: sets compare it in no time
        return {formula}, formula

    def rule_discharge(self, from_, formula):
        hypotheses, conclusion = self.get(from_)
        return hypotheses - {formula}, ("->", formula, conclusion)

    def rule_apply(self, from_, to):
        (one, implication), (two, premise) = self.get(from_), self.get(to)
        need(implication[0] == "->" and implication[1] == premise, "the premise is another")
        return one | two, implication[2]

    def rule_join(self, from_):
        need(isinstance(from_, tuple) and len(from_) >= 2, "join takes two or more")
        parts = [self.get(i) for i in from_]
        return frozenset().union(*(h for h, _ in parts)), ("and", *(c for _, c in parts))

    def rule_take(self, from_, part):
        hypotheses, conclusion = self.get(from_)
        need(conclusion[0] == "and" and isinstance(part, int), "no conjunction")
        need(0 <= part < len(conclusion) - 1, "no such part")
        return hypotheses, conclusion[1 + part]

    def rule_choose(self, from_, formula):
        hypotheses, conclusion = self.get(from_)
        need(formula[0] == "or" and conclusion in formula[1:], "no part of the disjunction")
        return hypotheses, formula

    def rule_cases(self, from_, each):
        hypotheses, split = self.get(from_)
        need(split[0] == "or" and len(each) == len(split) - 1, "cases of no disjunction")
        parts = [self.get(i) for i in each]
        for part, (_, conclusion) in zip(split[1:], parts):
            need(conclusion[0] == "->" and conclusion[1] == part, "a case of something else")
            need(conclusion[2] == parts[0][1][2], "cases conclude different things")
        return hypotheses.union(*(h for h, _ in parts)), parts[0][1][2]

    def rule_both(self, from_, to):
        (one, forth), (two, back) = self.get(from_), self.get(to)
        need(forth[0] == back[0] == "->" and forth[1:] == back[:0:-1], "not the converse")
        return one | two, ("iff", *forth[1:])

    def rule_either(self, from_, part):
        hypotheses, conclusion = self.get(from_)
        need(conclusion[0] == "iff" and part in (0, 1), "no equivalence")
        return hypotheses, ("->", *(conclusion[1:] if part == 0 else conclusion[:0:-1]))

    def binder(self, name):
        """The binder that quantifies an index or a letter."""
        if name in self.signature.indices:
            return ("member", self.signature.indices[name])
        need(name in self.signature.letters, f"{name} is declared nowhere")
        shape, index, args = self.signature.letters[name]
        need(not index and not args, f"{name} has indices or arguments")
        return ("matrix", *shape)

    def rule_all(self, from_, over):
        hypotheses, conclusion = self.get(from_)
        binder = self.binder(over)
        need(not any(free_in(h, over) for h in hypotheses), f"{over} is free in a hypothesis")
        return hypotheses, ("all", binder, bound(conclusion, over))

    def fits(self, value, binder, binders=()):
        """Whether a member or term may take the place of a variable."""
        if binder[0] == "member":
            return not isinstance(value, tuple) and self.signature.family(value, binders) == binder[1]
        return isinstance(value, tuple) and self.signature.shape(value, binders) == binder[1:]

    def at(self, formula, values, binders=()):
        for value in values:
            need(formula[0] == "all", "more values than quantifiers")
            need(self.fits(value, formula[1], binders), f"{value} is of another kind")
            formula = instantiate(formula[2], value)
        return formula

    def rule_at(self, from_, with_):
        hypotheses, conclusion = self.get(from_)
        return hypotheses, self.at(conclusion, with_)

    def rule_witness(self, from_, formula, with_):
        hypotheses, conclusion = self.get(from_)
        need(formula[0] == "ex" and self.fits(with_, formula[1]), "a witness of another kind")
        need(instantiate(formula[2], with_) == conclusion, "the witness is for something else")
        return hypotheses, formula

    def rule_unpack(self, from_, to, over):
        (one, some), (two, then) = self.get(from_), self.get(to)
        need(some[0] == "ex" and some[1] == self.binder(over), f"{over} is of another kind")
        need(then[0] == "->" and bound(then[1], over) == some[2], "something else is said to exist")
        need(not any(free_in(f, over) for f in (*two, then[2], some)), f"{over} is not arbitrary")
        return one | two, then[2]

    def rule_middle(self, formula):
        return (), ("or", formula, ("->", formula, FALSE))

    def rule_absurd(self, from_, formula):
        hypotheses, conclusion = self.get(from_)
        need(conclusion == FALSE, "nothing absurd")
        return hypotheses, formula

    # -------------------------------------------------------------- equality and order

    def rule_ring(self, goal, using, rewrite, nonzero):
        need(goal[0] == "=", "the goal is no equation")
        hypotheses, normal, remainder = self.combined(goal, using, rewrite, nonzero, 1)
        need(normal.is_zero(remainder), "the two sides are not shown to be equal")
        return hypotheses, goal

    def combined(self, goal, using, rewrite, nonzero, sign):
        """The difference of the sides (times sign) less what the equations contribute."""
        known = [self.get(i) for i in (*rewrite, *nonzero)]
        normal = Normal(self.signature, [self.get(i)[1] for i in nonzero], [self.get(i)[1] for i in rewrite])
        hypotheses = frozenset().union(*(h for h, _ in known))
        remainder = added((sign, normal.of(goal[1])), (-sign, normal.of(goal[2])))
        shape = self.signature.shape(goal[1], ())
        for use in using:
            number, context = self.pair(use, "from", "context")
            more, equation = self.get(number)
            hypotheses |= more
            for side, factor in ((1, -1), (2, 1)):
                term, holes = self.filled(context, equation, side, ())
                need(holes == 1, "a context has one hole")
                need(self.signature.shape(term, ()) == shape, "a context has another shape")
                remainder = added((1, remainder), (factor, normal.of(term)))
        return hypotheses, normal, remainder

    @staticmethod
    def pair(use, *names):
        use = dict(use)
        need(set(use) == set(names), f"not {names}")
        return [use[name] for name in names]

    def filled(self, context, equation, side, binders):
        """The context with a side of the equation in its hole, and the number of holes."""
        need(isinstance(context, tuple) and context, "no context")
        if context[0] == "hole":
            body = self.at(equation, context[1:], binders)
            need(body[0] == "=", "what is used is no equation, or has more quantifiers")
            return body[side], 1
        if context[0] == "l":
            need(len(context) == 4, "a malformed letter")
            filled = [self.filled(t, equation, side, binders) for t in context[3]]
            return (*context[:3], tuple(t for t, _ in filled)), sum(n for _, n in filled)
        if context[0] == "sum":
            need(len(context) == 3, "a malformed sum")
            inner, holes = self.filled(context[2], equation, side, (("member", context[1]), *binders))
            return ("sum", context[1], inner), holes
        filled = [self.filled(t, equation, side, binders) if isinstance(t, tuple) else (t, 0) for t in context[1:]]
        return (context[0], *(t for t, _ in filled)), sum(n for _, n in filled)

    def rule_order(self, goal, pieces, using, rewrite, nonzero):
        need(goal[0] in ("<=", "<"), "the goal is no inequality")
        hypotheses, normal, remainder = self.combined(goal, using, rewrite, nonzero, -1)
        strict = False
        for n, d, factors in pieces:
            need(isinstance(n, int) and isinstance(d, int) and n > 0 < d, "a piece that is not positive")
            value, all_strict = {UNIT: Fraction(n, d)}, True
            for factor in factors:
                number, at = self.pair(factor, "from", "at")
                more, inequality = self.get(number)
                hypotheses |= more
                inequality = self.at(inequality, at)
                need(inequality[0] in ("<=", "<"), "a factor of no known sign")
                all_strict = all_strict and inequality[0] == "<"
                difference = added((1, normal.of(inequality[2])), (-1, normal.of(inequality[1])))
                value = normal.product(value, difference)
            strict = strict or all_strict
            remainder = added((1, remainder), (-1, value))
        need(strict or goal[0] == "<=", "no piece is strict")
        need(normal.is_zero(remainder), "the pieces do not add up")
        return hypotheses, goal

    def square_of(self, x, middle=()):
        rows = self.signature.shape(x, ())[0]
        need(all(self.signature.shape(m, ()) == (rows, rows) for m in middle), "shapes do not fit")
        product = ("*", ("T", x), *middle, x)
        self.signature.shape(product, ())
        return product if self.signature.shape(x, ())[1] == 1 else ("tr", product)

    def rule_square(self, term, psd=None, strict=None):
        if strict is not None:
            hypotheses, conclusion = self.get(strict)
            need(psd is None and conclusion == ("nz", term), "not known to be nonzero")
            return hypotheses, ("<", ZERO, ("^", term, 2))
        if psd is None:
            return (), ("<=", ZERO, self.square_of(term))
        hypotheses, conclusion = self.get(psd)
        need(conclusion[0] == "psd", "not positive semidefinite")
        return hypotheses, ("<=", ZERO, self.square_of(term, conclusion[1:]))

    def member_statement(self, number, *relations):
        hypotheses, conclusion = self.get(number)
        need(conclusion[0] == "all" and conclusion[1][0] == "member", "not about every member")
        need(conclusion[2][0] in relations, f"not a statement of {relations}")
        return hypotheses, conclusion[1][1], conclusion[2]

    def rule_sum(self, from_):
        hypotheses, family, (relation, left, right) = self.member_statement(from_, "<=", "<")
        return hypotheses, (relation, ("sum", family, left), ("sum", family, right))

    def rule_weight(self, family):
        need(family in self.signature.families, "no such family")
        return (), ("all", ("member", family), ("<", ZERO, ("w", 0)))

    def rule_total(self, family):
        need(family in self.signature.families, "no such family")
        return (), ("<", ZERO, self.signature.families[family][0])

    def rule_size(self, dim):
        need(dim in self.signature.dims, "no such dimension")
        return (), ("<=", ("q", 1, 1), ("dim", dim))

    def rule_part(self, from_):
        hypotheses, family, (_, left, right) = self.member_statement(from_, "<=")
        need(left == ZERO, "not nonnegative")
        total = shifted(("sum", family, right), 1)
        return hypotheses, ("all", ("member", family), ("<=", ("*", ("w", 0), right), total))

    def rule_order_cases(self, left, right):
        formula = ("or", ("<=", left, right), ("<", right, left))
        self.signature.formula(formula)
        return (), formula

    def rule_antisymmetry(self, from_, to):
        (one, first), (two, second) = self.get(from_), self.get(to)
        need(first[0] == second[0] == "<=" and first[1:] == second[:0:-1], "not the converse")
        return one | two, ("=", *first[1:])

    def rule_nonzero(self, from_):
        hypotheses, conclusion = self.get(from_)
        if conclusion[0] == "<" and ZERO in conclusion[1:]:
            return hypotheses, ("nz", conclusion[2] if conclusion[1] == ZERO else conclusion[1])
        need(conclusion[0] == "->" and conclusion[2] == FALSE, "nothing is nonzero")
        need(conclusion[1][0] == "=" and conclusion[1][2] == ZERO, "nothing is nonzero")
        return hypotheses, ("nz", conclusion[1][1])

    def rule_zero(self, from_):
        hypotheses, conclusion = self.get(from_)
        need(conclusion[0] == "nz", "not known to be nonzero")
        return hypotheses, ("->", ("=", conclusion[1], ZERO), FALSE)

    def rule_impossible(self, from_):
        hypotheses, conclusion = self.get(from_)
        need(conclusion[0] == "<", "no strict inequality")
        normal = Normal(self.signature)
        apart = normal.closed(added((1, normal.of(conclusion[2])), (-1, normal.of(conclusion[1]))))
        need(not apart or (set(apart) == {UNIT} and apart[UNIT] < 0), "it is possible")
        return hypotheses, FALSE

    def rule_definite(self, term, from_, psd=None):
        hypotheses, conclusion = self.get(from_)
        middle, shape = (), self.signature.shape(term, ())
        if psd is not None:
            more, matrix = self.get(psd)
            need(matrix[0] == "psd", "not positive semidefinite")
            hypotheses, middle = hypotheses | more, matrix[1:]
        need(conclusion == ("=", self.square_of(term, middle), ZERO), "no square is zero")
        left = ("*", *middle, term) if middle else term
        return hypotheses, ("=", left, ZERO if shape == (1, 1) else ("0", *shape))

    def rule_vanish(self, from_, to):
        hypotheses, family, (_, left, right) = self.member_statement(from_, "<=")
        more, total = self.get(to)
        need(left == ZERO and total == ("=", ("sum", family, right), ZERO), "the sum is not zero")
        return hypotheses | more, ("all", ("member", family), ("=", right, ZERO))

    def rule_psd(self, from_, to):
        (one, symmetric), (two, form) = self.get(from_), self.get(to)
        need(symmetric[0] == "=" and symmetric[1] == ("T", symmetric[2]), "not symmetric")
        matrix = symmetric[2]
        rows = self.signature.shape(matrix, ())[0]
        product = ("*", ("T", ("v", 0)), shifted(matrix, 1), ("v", 0))
        wanted = ("all", ("matrix", rows, 1), ("<=", ZERO, product))
        need(form == wanted, "the form is not shown to be nonnegative")
        return one | two, ("psd", matrix)

    def rule_symmetric(self, from_):
        hypotheses, conclusion = self.get(from_)
        need(conclusion[0] == "psd", "not positive semidefinite")
        return hypotheses, ("=", ("T", conclusion[1]), conclusion[1])

    # -------------------------------------------------------------- citing

    def rule_axiom(self, name, put):
        need(name in self.axioms, f"there is no axiom {name}")
        self.rests.add(("axiom", name))
        return self.cited(*self.axioms[name], put)

    def rule_claim(self, name, put):
        need(name in self.claims, f"{name} is not proved before")
        self.rests.add(("claim", name))
        return self.cited(*self.claims[name], put)

    def cited(self, signature, hypotheses, goal, put):
        """A statement with what is put in the place of its names."""
        values = Values(signature, self.signature, put)
        premises = tuple(map(values.formula, hypotheses))
        conclusion = values.formula(goal)
        if premises:
            premise = premises[0] if len(premises) == 1 else ("and", *premises)
            conclusion = ("->", premise, conclusion)
        self.signature.formula(conclusion)
        return (), conclusion


class Values:
    """What stands in the place of the names of a cited statement, checked to be of the same kinds."""

    def __init__(self, old, new, put):
        dims, families, indices, letters = maps(*keys(put, "dims", "families", "indices", "letters"))
        self.dims, self.families, self.indices, self.letters = dims, families, indices, {}
        need(set(dims) >= old.dims and all(new.is_shape((dims[d], 1)) for d in old.dims), "dimensions")
        for name, (total, basis) in old.families.items():
            need(families.get(name) in new.families, f"nothing is put for {name}")
            other_total, other_basis = new.families[families[name]]
            need((dims[basis] if basis else None) == other_basis, f"{name} has another basis")
            need(basis or self.formula(total) == other_total, f"{name} has another total")
        for name, family in old.indices.items():
            need(name not in indices or new.indices.get(indices[name]) == families[family], "an index")
        for name, value in letters.items():
            need(name in old.letters, f"{name} is no letter of the statement")
            charge(len(new.letters) + len(new.indices))
            shape, index, args = old.letters[name]
            names, arguments, term = map(frozen, keys(value, "index", "args", "term"))
            self.letters[name] = (*names, *arguments), term
            fresh = (*names, *arguments)
            need(len(names) == len(index) and len(arguments) == len(args), f"{name} has others")
            need(all(isinstance(n, str) and NAME.match(n) for n in fresh), "a malformed name")
            need(len(set(fresh)) == len(fresh), "a name twice")
            taken = new.dims | set(new.families) | set(new.letters) | set(new.indices)
            need(not taken & set(fresh), "a new name that is taken")
            local = Signature({"dims": [], "families": {}, "letters": {}, "indices": {}})
            local.dims, local.families = new.dims, new.families
            local.indices = {**new.indices, **{n: families[f] for n, f in zip(names, index)}}
            own = {n: (self.shape(s), (), ()) for n, s in zip(arguments, args)}
            local.letters = {**new.letters, **own}
            need(local.shape(term, ()) == self.shape(shape), f"what is put for {name} has another shape")
            itself = ("l", "log", (), tuple(("l", n, (), ()) for n in arguments))
            need(name != "log" or term == itself, "log means the same everywhere, and only log is put for it")

    def shape(self, shape):
        return tuple(self.dims.get(n, n) if isinstance(n, str) else n for n in shape)

    def formula(self, tree):
        """A formula, term or binder of the statement, here."""
        kind, rest = tree[0], tree[1:]
        if kind in ("dim", "I", "0", "matrix"):
            put = self.shape(rest)
            return ("q", 1, 1) if kind == "dim" and put == (1,) else (kind, *put)
        if kind in ("member", "ones"):
            return (kind, self.families[rest[0]])
        if kind in ("w", "e"):
            return (kind, self.member(rest[0]))
        if kind == "sum":
            return (kind, self.families[rest[0]], self.formula(rest[1]))
        if kind == "l":
            return self.letter(*rest)
        return (kind, *(self.formula(t) if isinstance(t, tuple) else t for t in rest))

    def member(self, member):
        if isinstance(member, str):
            need(member in self.indices, f"nothing is put for {member}")
            return self.indices[member]
        return member

    def letter(self, name, members, args):
        need(name in self.letters, f"nothing is put for {name}")
        names, term = self.letters[name]
        values = [*map(self.member, members), *map(self.formula, args)]
        for variable in names:
            term = bound(term, variable)
        for above in reversed(range(len(names))):
            term = instantiate(term, shifted_value(values[above], above))
        return term


def shifted_value(value, by):
    """A value, where ``by`` variables are still to be given theirs."""
    return shifted(value, by)


BY = ("using", "rewrite", "nonzero")
RULES = {
    "assume": (("formula",), ()),
    "discharge": (("from", "formula"), ()),
    "apply": (("from", "to"), ()),
    "join": (("from",), ()),
    "take": (("from", "part"), ()),
    "choose": (("from", "formula"), ()),
    "cases": (("from", "each"), ()),
    "both": (("from", "to"), ()),
    "either": (("from", "part"), ()),
    "all": (("from", "over"), ()),
    "at": (("from", "with"), ()),
    "witness": (("from", "formula", "with"), ()),
    "unpack": (("from", "to", "over"), ()),
    "middle": (("formula",), ()),
    "absurd": (("from", "formula"), ()),
    "ring": (("goal", *BY), ()),
    "order": (("goal", "pieces", *BY), ()),
    "square": (("term",), ("psd", "strict")),
    "sum": (("from",), ()),
    "weight": (("family",), ()),
    "total": (("family",), ()),
    "size": (("dim",), ()),
    "part": (("from",), ()),
    "order_cases": (("left", "right"), ()),
    "antisymmetry": (("from", "to"), ()),
    "nonzero": (("from",), ()),
    "zero": (("from",), ()),
    "impossible": (("from",), ()),
    "definite": (("term", "from"), ("psd",)),
    "vanish": (("from", "to"), ()),
    "psd": (("from", "to"), ()),
    "symmetric": (("from",), ()),
    "axiom": (("name", "put"), ()),
    "claim": (("name", "put"), ()),
}


# ------------------------------------------------------------------ examples


def matrix(rows):
    """Rows of numbers as they are kept: none of them too long."""
    rows = tuple(tuple(map(Fraction, row)) for row in rows)
    bits = [x.numerator.bit_length() + x.denominator.bit_length() for row in rows for x in row]
    charge(sum(1 + n // 64 for n in bits))
    need(max(bits) <= MOST_BITS, "a number of the model is too long")
    return rows


def product(a, b):
    """A product of matrices; a number multiplies."""
    charge(len(a) * len(b) * len(b[0]))
    for one, other in ((a, b), (b, a)):
        if len(one) == len(one[0]) == 1:
            return matrix([[one[0][0] * x for x in row] for row in other])
    return matrix([[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a])


def semidefinite(rows):
    """Whether a matrix is symmetric and its form nonnegative: by elimination, where a pivot 0 has a row of 0."""
    if rows != tuple(zip(*rows)):
        return False
    while rows:
        (pivot, *rest), *others = rows
        if pivot < 0 or (not pivot and any(rest)):
            return False
        rows = others if not pivot else [[x - row[0] * y / pivot for x, y in zip(row, rows[0])] for row in others]
        rows = matrix(row[1:] for row in rows) if rest else ()
    return True


class Model:
    """Sizes of dimensions, weights of members, values of letters: what closed formulas say there is decided."""

    def __init__(self, signature, document):
        dims, families, letters = maps(*keys(document, "dims", "families", "letters"))
        self.signature, self.dims, self.letters = signature, {**dims, 1: 1}, {}
        need(set(dims) == signature.dims, "not the dimensions of the signature")
        need(all(type(n) is int and 0 < n <= LARGEST for n in dims.values()), "a dimension of no proper size")
        need(set(families) == set(signature.families), "not the families of the signature")
        self.weights = {name: tuple(map(self.number, weights)) for name, weights in families.items()}
        for name, (total, basis) in signature.families.items():
            weights = self.weights[name]
            need(min(weights) > 0 and self.value(total) == ((sum(weights),),), f"the weights of {name} are wrong")
            need(basis is None or set(weights) == {1}, f"{name} has a basis and other weights than 1")
        for name, value in letters.items():
            need(name in signature.letters, f"{name} is no letter")
            shape, index, args = signature.letters[name]
            need(not args, f"{name} has arguments, and no value")
            self.letters[name] = self.table(value, index, shape)

    def number(self, value):
        term = frozen(value)
        self.signature.shape(term, ())
        need(term[0] == "q", "a value is a rational number")
        return Fraction(*term[1:])

    def table(self, value, index, shape):
        """The matrices of a letter, a list over each index outside each matrix."""
        if index:
            need(len(value) == len(self.weights[index[0]]), "a value for each member")
            return tuple(self.table(part, index[1:], shape) for part in value)
        rows, columns = (self.dims[n] for n in shape)
        need(len(value) == rows and all(len(row) == columns for row in value), "a value of another shape")
        return matrix([[self.number(x) for x in row] for row in value])

    def member(self, member, env):
        need(not isinstance(member, str), f"{member} has no value")
        return env[member]

    def members(self, family, env):
        """Environments with each member of a family."""
        return [((family, i), *env) for i in range(len(self.weights[family]))]

    def holds(self, formula, env=()):
        """Whether a formula is true here, where members are bound to these; of every matrix nothing is decided."""
        charge(1)
        kind, rest = formula[0], formula[1:]
        if kind in ("and", "or"):
            return (all if kind == "and" else any)(self.holds(part, env) for part in rest)
        if kind in ("->", "iff"):
            one, two = (self.holds(part, env) for part in rest)
            return (two or not one) if kind == "->" else one == two
        if kind in ("all", "ex"):
            need(rest[0][0] == "member", "not decided by a model: it is about matrices")
            each = (self.holds(rest[1], inner) for inner in self.members(rest[0][1], env))
            return (all if kind == "all" else any)(each)
        values = [self.value(term, env) for term in rest]
        if kind in ("psd", "false"):
            return kind == "psd" and semidefinite(*values)
        one, two = values[0], values[-1]
        return {"=": one == two, "nz": one != ((0,),), "<=": one <= two, "<": one < two}[kind]

    def value(self, term, env=()):
        """The matrix that a term is here."""
        charge(1)
        return getattr(self, "_" + NAMES.get(term[0], term[0]))(env, *term[1:])

    def _q(self, _, n, d):
        return matrix([[Fraction(n, d)]])

    def _dim(self, _, name):
        return matrix([[self.dims[name]]])

    def _l(self, env, name, members, args):
        need(name in self.letters, f"{name} has no value")
        value = self.letters[name]
        for member in members:
            value = value[self.member(member, env)[1]]
        return value

    def _v(self, _, n):
        raise Rejected("a bound matrix has no value")

    def _w(self, env, member):
        family, i = self.member(member, env)
        return matrix([[self.weights[family][i]]])

    def _e(self, env, member):
        family, i = self.member(member, env)
        return matrix([[i == j] for j in range(len(self.weights[family]))])

    def _ones(self, _, family):
        return matrix([[1]] * len(self.weights[family]))

    def _I(self, _, n):
        return matrix([[i == j for j in range(self.dims[n])] for i in range(self.dims[n])])

    def _zero(self, _, rows, columns):
        return matrix([[0] * self.dims[columns]] * self.dims[rows])

    def _plus(self, env, *terms):
        return self.total([(1, self.value(term, env)) for term in terms])

    def total(self, parts):
        return matrix(
            [
                [sum(w * x for (w, _), x in zip(parts, xs)) for xs in zip(*rows)]
                for rows in zip(*(value for _, value in parts))
            ]
        )

    def _times(self, env, *factors):
        values = [self.value(factor, env) for factor in factors]
        shapes = [self.signature.shape(factor, tuple(("member", f) for f, _ in env)) for factor in factors]
        order = sorted(range(len(factors)), key=lambda i: shapes[i] != (1, 1))  # numbers first
        return functools.reduce(product, [values[i] for i in order])

    def _power(self, env, term, n):
        return functools.reduce(product, [self.value(term, env)] * n)

    def _T(self, env, term):
        return tuple(zip(*self.value(term, env)))

    def _tr(self, env, term):
        value = self.value(term, env)
        return matrix([[sum(value[i][i] for i in range(len(value)))]])

    def _sum(self, env, family, term):
        inner = self.members(family, env)
        return self.total([(self.weights[family][e[0][1]], self.value(term, e)) for e in inner])

    def _inv(self, env, term):
        ((x,),) = self.value(term, env)
        need(x != 0, "the reciprocal of 0")
        return matrix([[1 / x]])


# ------------------------------------------------------------------ files


def statement(document):
    """Signature, hypotheses and goal, well formed."""
    Work.left = MOST_WORK
    members_in.cache_clear()  # what a trace costs does not depend on those before it
    signature = Signature(document["signature"])
    hypotheses = [frozen(h) for h in document["hypotheses"]]
    goal = frozen(document["goal"])
    for formula in (*hypotheses, goal):
        signature.formula(formula)
    return signature, hypotheses, goal


def is_example(document):
    """Whether a file is about one model, not about all."""
    return document["format"] == "mlnc-example-1"


def check_claim(document, axioms, claims):
    """What a claim's proof, or an example, rests on: pairs ("axiom" or "claim", name). Raises Rejected."""
    assumes = "model" if is_example(document) else "hypotheses"
    keys(document, "format", "claim", "signature", assumes, "goal", "lines")
    need(is_example(document) or document["format"] == "mlnc-trace-1", "not a trace of version 1")
    signature, hypotheses, goal = statement({"hypotheses": [], **document})
    need(0 < len(document["lines"]) <= MOST_LINES, "no lines, or too many")
    proof = Proof(signature, axioms, claims)
    for number, line in enumerate(document["lines"]):
        with rejecting(f"line {number}"):
            need(len(json.dumps(line)) <= MOST_CHARACTERS, "too long")
            proof.line(line)
    assumed, conclusion = proof.theorems[-1]
    need(conclusion == goal, "the last theorem is not the goal")
    if is_example(document):
        with rejecting("model"):
            model = Model(signature, document["model"])
            need(all(map(model.holds, assumed)), "a hypothesis of the last theorem is false there")
    else:
        need(assumed <= set(hypotheses), "the last theorem has other hypotheses")
    return proof.rests


def cited_by(document):
    """The claims that a trace cites."""
    return {line.get("name") for line in document["lines"] if line.get("rule") == "claim"}


def check_all(folder):
    """Check every trace of a folder; claims that are cited come first."""
    documents = {
        name[:-5]: load(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".json")
    }
    (known,) = keys({k: v for k, v in documents.pop("axioms").items() if k != "format"}, "axioms")
    axioms = {name: statement(axiom) for name, axiom in known.items()}
    claims, rests = {}, {}
    while documents:
        ready = [name for name, d in documents.items() if not cited_by(d) & set(documents)]
        need(ready, f"claims that rest on each other: {', '.join(sorted(documents))}")
        for name in ready:
            document = documents.pop(name)
            with rejecting(name):
                need(document["claim"] == name, "the file has the name of another claim")
                own = check_claim(document, axioms, claims)
            if not is_example(document):
                claims[name] = statement(document)
            rests[name] = own.union(*(rests[other] for kind, other in own if kind == "claim"))
            verb = "is so in a model," if is_example(document) else "follows"
            print(f"{name}: {verb} in {len(document['lines'])} lines; rests on {said(rests[name])}")
    return rests, claims


def said(rests):
    """What a claim rests on, in words."""
    return ", ".join(f"{kind} {name}" for kind, name in sorted(rests)) or "nothing else"


def main(arguments):
    """Check a folder; the exit code."""
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print("usage: python -I -S proofs/checker.py DIR, a folder of traces", file=sys.stderr)
        return 2
    try:
        rests, claims = check_all(arguments[0])
    except Rejected as why:
        print(f"rejected: {why}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        print(f"rejected: {type(error).__name__}: {error}")
        return 1
    axioms = {name for own in rests.values() for kind, name in own if kind == "axiom"}
    examples = len(rests) - len(claims)
    print(f"{len(claims)} goals follow from their hypotheses; {len(axioms)} axioms are used; {examples} examples hold")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
