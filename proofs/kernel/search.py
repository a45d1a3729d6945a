"""Finds the equations that a step of a proof leaves out: rewriting, reciprocals, sums over a basis.

The trace checker adds up equations in contexts and compares normal forms; it rewrites nothing, and knows nothing of
``1/t`` and ``e[k]``. Here it is found *which* equations, and in which contexts: every monomial of what is to be shown
to be zero is simplified step by step, and each step is an equation in a context. Nothing here is believed: the checker
follows what is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from typing import Any

from proofs import checker
from proofs.kernel.fingerprints import Fingerprints, texts
from proofs.kernel.outcome import DefectError
from proofs.kernel.terms import ONE, ZERO, Tree, add, bind, holes, instantiate, rational, stripped, times
from proofs.kernel.theorems import Ledger, Piece, Theorem, Use

__all__ = ["Search", "opened", "spare"]

Shape = tuple[Any, Any]
NUMBER: Shape = (1, 1)
Key = tuple[Any, ...]
Word = tuple[Any, ...]
Rational = int | Fraction
"""An integer where it is one: most coefficients are, and that is faster."""
Polynomial = dict[Any, Rational]
MOST_STEPS = 100_000
PATIENCE = 40_000_000
"""What may be worked for one answer: the search is not the trace's."""
SPARE = 6


def spare(family: str) -> list[str]:
    """Names of free indices of a family that no formula of a claim has: they are arbitrary in every lemma."""
    return [f"{family}_{i}_" for i in range(SPARE)]


class _Members(dict[str, str]):
    """The families of free indices, and of members that are bound outside: these say it in their names."""

    def __missing__(self, name: str) -> str:
        if not name.startswith("#"):
            raise KeyError(name)
        return checker.of_family(name)  # type: ignore[no-any-return]


def opened(document: Mapping[str, Any]) -> Any:
    """A signature in which the names of members that are bound outside may stand, too."""
    made = checker.Signature(document)
    made.indices = _Members(made.indices)
    return made


@dataclass(frozen=True)
class Rule:
    """An equation as a rewrite rule: what its left side looks like, with ``?...`` for the members that it is about."""

    theorem: Theorem
    kind: str
    word: Word
    exponent: int
    count: int

    @cached_property
    def heads(self) -> frozenset[Any]:
        """Kinds and names of its atoms, all of which there are in what it applies to."""
        return frozenset(atom[:2] for _, _, _, atom in self.word)


Found = tuple[Theorem, tuple[str, ...], Tree]
"""An equation, at which members, and the context, in which members have the names of the monomial."""
Summed = tuple[Theorem, tuple[str, ...], Tree, tuple[str, ...]]
"""The same, and the members that are summed over outside of the context."""
Weighted = tuple[Rational, Theorem, Tree]


class Search:
    """What follows from one list of rules and of what is nonzero.

    Args:
        signature: of the trace, with spare indices, :func:`opened`.
        ledger: where lemmas are written.
        rules: equations to rewrite with.
        nonzero: what may be divided by.
    """

    def __init__(self, signature: Any, ledger: Ledger, rules: Sequence[Theorem], nonzero: Sequence[Theorem]) -> None:
        self.signature, self.ledger = signature, ledger
        self.normal, self.fingerprints = checker.Normal(signature), Fingerprints()
        self.nonzeros = list(dict.fromkeys(nonzero))
        self.shape: Shape = NUMBER
        self.rules: list[Rule] = []
        self._steps: dict[Any, Any] = {}
        self._terms: dict[Any, Tree] = {}
        self._inner: dict[Any, Any] = {}
        self._nonzero: dict[Any, Any] = {}
        self._closed: dict[Any, Any] = {}
        self._reciprocals: dict[Any, Theorem] = {}
        self._splits: dict[Any, Theorem] = {}
        checker.Work.left = PATIENCE
        for theorem in dict.fromkeys(rules):
            self.rules.append(self._rule(theorem))
            self._steps.clear()
            self._inner.clear()

        self._closed.clear()

    def knowing(self, other: Search) -> Search:
        """With what another one found out from no more than this one knows."""
        self._reciprocals.update(other._reciprocals)
        self._splits.update(other._splits)
        self._nonzero.update(other._nonzero)
        same = len(self.rules) == len(other.rules)
        self._steps.update({k: v for k, v in other._steps.items() if same or v is not None})
        self._inner.update({k: v for k, v in other._inner.items() if same or v is not None})
        return self

    @contextmanager
    def _about(self, shape: Shape) -> Iterator[None]:
        """Monomials are terms of this shape for a while."""
        before, self.shape = self.shape, tuple(shape)
        try:
            yield
        finally:
            self.shape = before

    # ------------------------------------------------------------------ what is asked

    def complete(self, goal: Tree, uses: Sequence[Use], pieces: Sequence[Piece]) -> list[Use]:
        """The uses with the signs with which they add up, and those that are missing.

        Raises:
            DefectError: they do not add up.
        """
        checker.Work.left = PATIENCE
        with self._about(self.signature.shape(goal[1])):
            return self._completed(goal, uses, pieces)

    def _completed(self, goal: Tree, uses: Sequence[Use], pieces: Sequence[Piece]) -> list[Use]:
        parts = [self._reduced(self._goal(goal, pieces))]
        for use in uses:
            a, b = (holes(use.context, partial(_side, use.theorem.conclusion, i)) for i in (1, 2))
            parts.append(self._reduced(self._difference(a, b)))
        for signs in self.fingerprints.signs([part for part, _ in parts]):
            left: Polynomial = {}
            for sign, (part, _) in zip(signs, parts, strict=True):
                _accumulate(left, part, sign)
            more = self._cleared(left)
            if more is not None:
                steps = list(more)
                for sign, (_, found) in zip(signs, parts, strict=True):
                    steps += [(sign * c, theorem, context) for c, theorem, context in found]
                steps += [(-s, u.theorem, u.context) for s, u in zip(signs[1:], uses, strict=True)]
                return _merged(steps)
        raise DefectError("the two sides are not shown to be equal")

    def _goal(self, goal: Tree, pieces: Sequence[Piece]) -> Polynomial:
        """Left less right, and what the pieces add."""
        rest = self._difference(goal[1], goal[2])
        for n, d, factors in pieces:
            value: Polynomial = {checker.UNIT: Fraction(n, d)}
            for factor in factors:
                _, a, b = _at(factor.theorem.conclusion, factor.at)
                value = checker.multiplied(value, self._difference(b, a))
            _accumulate(rest, value)
        return rest

    def _difference(self, a: Tree, b: Tree) -> Polynomial:
        made: Polynomial = checker.combined([(1, self.normal.of(a)), (-1, self.normal.of(b))])
        return made

    def is_constant(self, term: Tree) -> Rational | None:
        """The number that a term is, if it is one."""
        checker.Work.left = PATIENCE
        with self._about(NUMBER):
            left, _ = self._reduced(self.normal.of(term))
        return left.get(checker.UNIT, 0) if set(left) <= {checker.UNIT} else None

    # ------------------------------------------------------------------ monomials, one step after the other

    def _reduced(self, polynomial: Polynomial) -> tuple[Polynomial, list[Weighted]]:
        """Simplified until nothing applies, and by which steps."""
        todo: Polynomial = checker.named(polynomial)
        done: Polynomial = {}
        steps: list[Weighted] = []
        while todo:
            key, c = todo.popitem()
            found = self._step(key)
            if found is None:
                _accumulate(done, {key: c})
                continue
            theorem, context, value = found
            steps.append((c, theorem, context))
            if len(steps) > MOST_STEPS:
                raise DefectError("rewriting does not end")
            _accumulate(todo, value, c)
        return done, steps

    def _step(self, key: Key) -> tuple[Theorem, Tree, Polynomial] | None:
        at = (key, self.shape)
        if at not in self._steps:
            found = next(self._found(key), None)
            made = None
            if found is not None:
                theorem, members, context, bound = found
                context = self._bound(holes(context, lambda _: ("hole", members)), bound)
                value = holes(context, partial(_side, theorem.conclusion, 2))
                made = (theorem, context, checker.named(self.normal.of(value)))
            self._steps[at] = made
        return self._steps[at]  # type: ignore[no-any-return]

    @staticmethod
    def _bound(context: Tree, members: Sequence[str]) -> Tree:
        """The context under sums over these bound members."""
        for member in members:
            context = ("sum", checker.of_family(member), bind(context, member))
        return context

    def _found(self, key: Key) -> Iterator[Summed]:
        """Steps that apply."""
        for one in (self._arguments, self._reciprocal, self._units):
            yield from ((*found, key[0]) for found in one(key))
        for member in key[0]:
            rest = tuple(m for m in key[0] if m != member)
            yield from ((*found, rest) for found in self._contracted(key, member))
        heads = {element[3][:2] for _, _, element in _elements(key)}
        for rule in self.rules:
            if rule.heads <= heads:
                yield from ((*found, key[0]) for found in self._applied(key, rule))

    # ------------------------------------------------------------------ terms of normal forms

    def _context(self, key: Key, drop: Sequence[Any], word: Tree | None = None, extra: Tree | None = None) -> Tree:
        """The monomial as a term without some factors, with another spine, and times something."""
        _, factors, spine = key
        left = list(factors)
        for factor in drop:
            left.remove(factor)
        made = [self._factor(f) for f in left]
        if extra is not None:
            made.append(extra)
        if word is not None:
            made.append(word)
        elif spine:
            made.append(self._word(spine))
        elif self.shape != NUMBER:
            made.append(("I", self.shape[0]))
        return times(*made)

    def _factor(self, factor: Any) -> Tree:
        if factor not in self._terms:
            kind, word = factor
            self._terms[factor] = ("tr", self._word(word)) if kind == "tr" else self._word(word)
        return self._terms[factor]

    def _word(self, word: Word) -> Tree:
        return times(*map(self._element, word))

    def _element(self, element: Any) -> Tree:
        term = self._atom(element[3])
        return ("T", term) if element[2] else term

    def _atom(self, atom: Any) -> Tree:
        match atom:
            case ("l", name, members, args):
                shapes = self.signature.letters[name][2]
                return ("l", name, members, tuple(map(self.term, args, shapes)))
            case ("inv", _, _, (key,)):
                return ("inv", self.term(key))
            case ("w" | "e" as kind, _, (member,), _):
                return (kind, member)
        return (atom[0], atom[1])

    def term(self, key: Any, shape: Shape = NUMBER) -> Tree:
        """The term of a normal form, in which what is bound outside of it has its name."""
        shape = tuple(shape)
        if (key, shape) in self._terms:
            return self._terms[key, shape]
        terms = []
        with self._about(shape):
            for monomial, c in key:
                made = times(rational(*c.as_integer_ratio()), self._context(monomial, ()))
                for member in monomial[0]:
                    made = ("sum", checker.of_family(member), bind(made, member))
                terms.append(made)
        self._terms[key, shape] = add(*terms) if terms else ZERO if shape == NUMBER else ("0", *shape)
        return self._terms[key, shape]

    # ------------------------------------------------------------------ arguments

    def _arguments(self, key: Key) -> Iterator[Found]:
        """A step inside an argument, which is an equation of its own."""
        for place, i, element in _elements(key):
            atom = element[3]
            if atom[0] not in ("l", "inv"):
                continue
            args = atom[3]
            shapes = self.signature.letters[atom[1]][2] if atom[0] == "l" else (NUMBER,)
            for j, (arg, shape) in enumerate(zip(args, shapes, strict=True)):
                lemma = self._simpler(arg, shape)
                if lemma is None:
                    continue
                theorem, members = lemma
                terms = [self.term(a, s) for a, s in zip(args, shapes, strict=True)]
                terms[j] = ("hole", ())
                made: Tree = ("inv", terms[0]) if atom[0] == "inv" else ("l", atom[1], atom[2], tuple(terms))
                yield theorem, members, self._replaced(key, place, i, i + 1, ("T", made) if element[2] else made)

    def _simpler(self, key: Any, shape: Shape) -> tuple[Theorem, tuple[str, ...]] | None:
        """That a normal form equals what it is simplified to, for all members that are bound outside."""
        general, members, names = _general(key)
        at = (general, shape, names)
        if at not in self._inner:
            term = self.term(general, shape)
            with self._about(shape):
                left, steps = self._reduced(self.normal.of(term))
            made = None
            if steps:
                goal = ("=", term, self.term(checker.key_of(left), shape))
                made = self.ledger.every(self.ledger.exactly(goal, _merged(steps)), *names)
            self._inner[at] = made
        made = self._inner[at]
        return None if made is None else (made, members)

    def _replaced(self, key: Key, place: Any, start: int, end: int, by: Tree) -> Tree:
        """The monomial with something in the place of a part of a factor, or of the spine where ``place`` is None."""
        kind, word = place if place is not None else ("", key[2])
        parts = [*map(self._element, word[:start]), by, *map(self._element, word[end:])]
        made = times(*parts)
        if place is None:
            return self._context(key, (), made)
        return self._context(key, (place,), extra=("tr", made) if kind == "tr" else made)

    # ------------------------------------------------------------------ reciprocals

    def _reciprocal(self, key: Key) -> Iterator[Found]:
        """1/(st) = 1/s 1/t, and s 1/s = 1."""
        for factor in key[1]:
            atom = factor[1][0][3]
            if len(factor[1]) > 1 or atom[0] != "inv":
                continue
            theorem, members, single = self._inverse(atom[3][0])
            if not single:
                yield theorem, members, self._context(key, (factor,), extra=("hole", ()))
            elif single is not True and single in key[1]:
                yield theorem, members, self._context(key, (factor, single), extra=("hole", ()))

    def _inverse(self, key: Any) -> tuple[Theorem, tuple[str, ...], Any]:
        """For a reciprocal: the theorem t 1/t = 1, and t if it is one factor; or the reciprocals of its factors."""
        general, members, names = _general(key)
        if len(key) != 1 or key[0][0][0]:
            return self._reciprocal_of(general, names), members, True
        ((_, factors, spine), c), *_ = key
        assert not spine
        if len(factors) == 1 and c == 1:
            ((_, (single,), _),) = self.normal.of(self._factor(factors[0]))  # it is not nested any more
            return self._reciprocal_of(general, names), members, single
        return self._split(general, names), members, None

    def _reciprocal_of(self, key: Any, names: Sequence[str]) -> Theorem:
        """For all of the names: t 1/t = 1."""
        if (key, names := tuple(names)) not in self._reciprocals:
            nonzero = self._is_nonzero(key)
            term = nonzero.conclusion[1]
            conclusion = ("=", ("*", term, ("inv", term)), ONE)
            made = self.ledger.law("reciprocal", conclusion, nonzero, dims=_ONES, t=term)
            self._reciprocals[key, names] = self.ledger.every(made, *names)
        return self._reciprocals[key, names]

    def _split(self, key: Any, names: Sequence[str]) -> Theorem:
        """For all of the names: the reciprocal of a product is that of the factors."""
        if (key, names := tuple(names)) not in self._splits:
            ((_, factors, _), c), *_ = key
            terms = [self._factor(f) for f in factors]
            inverses: list[Tree] = [("inv", t) for t in terms]
            whole: Tree = ("inv", self.term(key))
            uses: list[Weighted] = []
            before: list[Tree] = []
            for factor, term, inverse in zip(factors, terms, inverses, strict=True):
                own = (((), (factor,), ()), 1)
                theorem = self._reciprocal_of((own,), ())
                uses.append((-1, theorem, times(whole, *before, ("hole", ()))))
                before += [term, inverse]
            product = times(rational(*Fraction(1, c).as_integer_ratio()), *inverses)
            uses.append((1, self._reciprocal_of(key, ()), times(product, ("hole", ()))))
            made = self.ledger.exactly(("=", whole, product), _merged(uses))
            self._splits[key, names] = self.ledger.every(made, *names)
        return self._splits[key, names]

    def _is_nonzero(self, key: Any) -> Theorem:
        """That a term with this normal form is not zero.

        Raises:
            DefectError: nothing says so.
        """
        if key not in self._nonzero:
            made = self._said_nonzero(key) or self._nonzero_product(key)
            if made is None:
                raise DefectError(f"a term is inverted that is not known to be nonzero: {self.term(key)}")
            self._nonzero[key] = made
        return self._nonzero[key]  # type: ignore[no-any-return]

    def _said_nonzero(self, key: Any) -> Theorem | None:
        """By what is said of it, at some members."""
        there = sorted({m for m in texts(key) if m in self.signature.indices})
        for theorem in self.nonzeros:
            binders, _ = stripped(theorem.conclusion)
            choices = [[m for m in there if self.signature.indices[m] == family] for _, family in binders]
            for chosen in itertools.product(*choices):
                found = self._attexts(theorem, chosen)
                if found[0] == key:
                    return self._transferred(found[1], key)
        return None

    def _attexts(self, theorem: Theorem, members: tuple[str, ...]) -> tuple[Any, Theorem]:
        """What is said to be nonzero at these members, simplified."""
        at = (theorem, members)
        if at not in self._closed:
            term = _at(theorem.conclusion, members)[1]
            self._closed[at] = None  # it may divide by what is said of others, not by what it says
            with self._about(NUMBER), suppress(DefectError):
                left, _ = self._reduced(self.normal.of(term))
                self._closed[at] = self.normal.key(self.term(checker.key_of(left)), (0,))
        if self._closed[at] is None:
            return None, theorem
        return self._closed[at], self.ledger.at(theorem, *members)

    def _transferred(self, theorem: Theorem, key: Any) -> Theorem:
        """The same of a term that has this normal form."""
        term = theorem.conclusion[1]
        if self.normal.key(term, (0,)) == key:
            return theorem
        return self._equal_nonzero(theorem, self.term(key))

    def _equal_nonzero(self, theorem: Theorem, term: Tree) -> Theorem:
        old = theorem.conclusion[1]
        with self._about(NUMBER):
            equal = self.ledger.exactly(("=", old, term), self._completed(("=", old, term), (), ()))
        return self.ledger.law("nonzero equal", ("nz", term), equal, theorem, dims=_ONES, s=old, t=term)

    def _nonzero_product(self, key: Any) -> Theorem | None:
        """A product by its factors, or a factor by a product of which it is one."""
        if len(key) != 1:
            return None
        ((members, factors, spine), c), *_ = key
        if members or spine:
            return None
        if len(factors) == 1 and c == 1:
            return self._factor_of_nonzero(factors[0])
        made = self._nonzero_number(c) if c != 1 or not factors else None
        for factor in factors:
            one = self._is_nonzero(((((), (factor,), ()), 1),))
            made = one if made is None else self._both_nonzero(made, one)
        return made

    def _both_nonzero(self, one: Theorem, two: Theorem) -> Theorem:
        s, t = one.conclusion[1], two.conclusion[1]
        return self.ledger.apply(self.ledger.either(self._product_law(s, t), 1), self.ledger.join([one, two]))

    def _product_law(self, s: Tree, t: Tree) -> Theorem:
        says = ("iff", ("nz", ("*", s, t)), ("and", ("nz", s), ("nz", t)))
        return self.ledger.law("nonzero product", says, dims=_ONES, s=s, t=t)

    def _nonzero_number(self, value: Fraction) -> Theorem:
        n, d = value.as_integer_ratio()
        number = rational(n, d)
        less = (ZERO, number) if n > 0 else (number, ZERO)
        return self.ledger.nonzero(self.ledger.order("<", *less, [(abs(n), d, ())]))

    def _factor_of_nonzero(self, factor: Any) -> Theorem | None:
        """A factor is not zero if a product of it with others is said not to be."""
        there = sorted({m for m in texts(factor) if m in self.signature.indices})
        for theorem in self.nonzeros:
            binders, _ = stripped(theorem.conclusion)
            choices = [[m for m in there if self.signature.indices[m] == family] for _, family in binders]
            for chosen in itertools.product(*choices):
                product, said = self._attexts(theorem, chosen)
                if product is None or len(product) != 1 or factor not in product[0][0][1] or product[0][0][0]:
                    continue
                ((_, factors, _), c), *_ = product
                rest = list(factors)
                rest.remove(factor)
                if not rest and c == 1:
                    continue
                s, t = self._factor(factor), times(rational(*c.as_integer_ratio()), *map(self._factor, rest))
                whole = self._equal_nonzero(said, ("*", s, t))
                return self.ledger.take(self.ledger.apply(self.ledger.either(self._product_law(s, t), 0), whole), 0)
        return None

    # ------------------------------------------------------------------ sums over a basis

    def _law(self, name: str, family: str, conclusion: Tree) -> Theorem:
        dim = self.signature.families[family][1]
        return self.ledger.law(f"basis: {name}", conclusion, dims={"n": dim}, families={"B": family})

    def _units(self, key: Key) -> Iterator[Found]:
        """Weights of a basis, e'e, 1'e and 1'1."""
        for factor in key[1]:
            if factor[0] != "word" or len(factor[1]) > 2:
                continue
            atoms = [element[3] for element in factor[1]]
            kinds = sorted(atom[0] for atom in atoms)
            if kinds not in (["w"], ["e", "e"], ["e", "ones"], ["ones", "ones"]):
                continue
            member = next((atom[2][0] for atom in atoms if atom[0] != "ones"), "")
            family = self.signature.indices[member] if member else atoms[0][1]
            binder = ("member", family)
            e, ones = ("e", 0), ("ones", family)
            found: Theorem | None = None
            if kinds == ["w"]:
                if self.signature.families[family][1] is None:
                    continue
                found = self._law("weight", family, ("all", binder, ("=", ("w", 0), ONE)))
            elif kinds == ["e", "e"] and atoms[0] == atoms[1]:
                found = self._law("unit", family, ("all", binder, ("=", ("*", ("T", e), e), ONE)))
            elif kinds == ["e", "ones"]:
                found = self._law("entry", family, ("all", binder, ("=", ("*", ("T", ones), e), ONE)))
            elif kinds == ["ones", "ones"]:
                size = ("dim", self.signature.families[family][1])
                found = self._law("size", family, ("=", ("*", ("T", ones), ones), size))
            if found is not None:
                members = (member,) if member else ()
                yield found, members, self._context(key, (factor,), extra=("hole", ()))

    def _contracted(self, key: Key, member: str) -> Iterator[Found]:
        """A member that occurs nowhere, or only as e, once or twice."""
        family = checker.of_family(member)
        _, factors, spine = key
        count = texts((factors, spine)).count(member)
        if not count:
            if self.signature.families[family][0] is not None:
                yield self.ledger.total(family), (), self._context(key, (), extra=("hole", ()))
            return
        atom = _vector(member)
        places: list[tuple[Any, int]] = [(None, i) for i, x in enumerate(spine) if x[3] == atom]
        places += [(f, i) for f in factors for i, x in enumerate(f[1]) if x[3] == atom]
        if count > 2 or len(places) != count or any(f and f[0] == "tr" for f, _ in places):
            return
        if count == 1:
            (place, i), *_ = places
            flipped = (place[1] if place else spine)[i][2]
            found = self._law("sum", family, ("=", ("sum", family, ("e", 0)), ("ones", family)))
            by: Tree = ("T", ("hole", ())) if flipped else ("hole", ())
            yield found, (), self._replaced(key, place, i, i + 1, by)
            return
        outer = ("sum", family, ("*", ("e", 0), ("T", ("e", 0))))
        found = self._law("identity", family, ("=", outer, ("I", self.signature.families[family][1])))
        made = self._spliced(key, places, member)
        if made is not None:
            yield found, (), made

    def _spliced(self, key: Key, places: Sequence[tuple[Any, int]], member: str) -> Tree | None:
        """The monomial with the identity in the place of the two vectors."""
        (one, i), (two, j) = places
        spine, hole = key[2], ("hole", ())

        def before(word: Word) -> list[Tree]:
            """What stands before e in a number that ends with it."""
            word = word if word[-1][3] == _vector(member) and not word[-1][2] else checker.flip(word)
            return [self._element(x) for x in word[:-1]]

        def after(word: Word) -> list[Tree]:
            word = word if word[0][3] == _vector(member) and word[0][2] else checker.flip(word)
            return [self._element(x) for x in word[1:]]

        if one is None and two is None:
            if j != i + 1 or spine[i][2] or not spine[j][2]:
                return None
            return self._context(
                key, (), times(*map(self._element, spine[:i]), hole, *map(self._element, spine[j + 1 :]))
            )
        if one is None:
            left, right = [self._element(x) for x in spine[:i]], [self._element(x) for x in spine[i + 1 :]]
            if spine[i][2]:
                return self._context(key, (two,), times(*left, *before(two[1]), hole, *right))
            return self._context(key, (two,), times(*left, hole, *after(two[1]), *right))
        if one == two and i != j:
            inside = [self._element(x) for x in one[1][1:-1]]
            return self._context(key, (one,), extra=("tr", times(*inside, hole)))
        return self._context(key, (one, two), extra=times(*before(one[1]), hole, *after(two[1])))

    # ------------------------------------------------------------------ rewrite rules

    def _rule(self, theorem: Theorem) -> Rule:
        binders, body = stripped(theorem.conclusion)
        if body[0] != "=" or any(b[0] != "member" for b in binders):
            raise DefectError("not a rewrite rule")
        names = self._names(binders)
        left = _at(theorem.conclusion, names)[1]
        shape = self.signature.shape(left)
        with self._about(shape):
            found, steps = self._reduced(self.normal.of(left))
        if len(found) != 1:
            raise DefectError("the left side of a rule is not one monomial")
        ((members, factors, spine), c), *_ = found.items()
        if c != 1 or members:
            raise DefectError("the left side of a rule has a coefficient or a sum")
        if steps:
            right = _at(theorem.conclusion, names)[2]
            goal = ("=", self.term(checker.key_of(found), shape), right)
            uses = [(-x, t, context) for x, t, context in steps]
            here = self.ledger.at(theorem, *names)
            made = self.ledger.exactly(goal, _merged([*uses, (1, here, ("hole", ()))]))
            theorem = self.ledger.every(made, *names)
        variables = {name: f"?{i}.{family}" for i, (name, (_, family)) in enumerate(zip(names, binders, strict=True))}
        if not set(names) <= set(texts((factors, spine))):
            raise DefectError("a variable of a rule is only on its right")
        if spine and not factors:
            return Rule(theorem, "part", _put(spine, variables), 1, len(names))
        if spine or len(set(factors)) != 1 or len(factors) > 2:
            raise DefectError("the left side of a rule is not one factor")
        kind, word = factors[0]
        if kind == "word" and len(factors) == 1:
            kind = "part"
        return Rule(theorem, kind, _put(word, variables), len(factors), len(names))

    def _names(self, binders: Sequence[Tree]) -> tuple[str, ...]:
        left = {family: spare(family) for _, family in binders}
        return tuple(left[family].pop(0) for _, family in binders)

    def _applied(self, key: Key, rule: Rule) -> Iterator[Found]:
        if rule.kind == "part":
            yield from self._within(key, rule)
            return
        for factor in dict.fromkeys(key[1]):
            if factor[0] != rule.kind or key[1].count(factor) < rule.exponent:
                continue
            for word in _turns(factor):
                found = self._matched(rule.word, word, {}, key)
                if found is not None:
                    yield (
                        rule.theorem,
                        _values(found),
                        self._context(key, (factor,) * rule.exponent, extra=("hole", ())),
                    )

    def _within(self, key: Key, rule: Rule) -> Iterator[Found]:
        flipped = checker.flip(rule.word)
        for pattern in (rule.word, flipped)[: 1 if flipped == rule.word else 2]:
            turned = pattern is flipped and flipped != rule.word
            head = _head(pattern[0])
            for place in (None, *dict.fromkeys(key[1])):
                for word in _turns(place) if place and place[0] == "tr" else (place[1] if place else key[2],):
                    for i in range(len(word) - len(pattern) + 1):
                        if _head(word[i]) != head:
                            continue
                        found = self._matched(pattern, word[i : i + len(pattern)], {}, key)
                        if found is None:
                            continue
                        by: Tree = ("T", ("hole", ())) if turned else ("hole", ())
                        parts = [*map(self._element, word[:i]), by, *map(self._element, word[i + len(pattern) :])]
                        made = times(*parts)
                        if place is None:
                            yield rule.theorem, _values(found), self._context(key, (), made)
                        else:
                            made = ("tr", made) if place[0] == "tr" else made
                            yield rule.theorem, _values(found), self._context(key, (place,), extra=made)

    def _matched(self, pattern: Any, x: Any, found: dict[str, str], key: Key) -> dict[str, str] | None:
        """Members for the variables of a pattern."""
        if isinstance(pattern, str) and pattern.startswith("?"):
            fits = isinstance(x, str) and found.get(pattern, x) == x and (x in key[0] or x in self.signature.indices)
            return {**found, pattern: x} if fits and self.signature.indices[x] == checker.of_family(pattern) else None
        if not isinstance(pattern, tuple):
            return found if pattern == x else None
        if not isinstance(x, tuple) or len(x) != len(pattern):
            return None
        for p, part in zip(pattern, x, strict=True):
            more = self._matched(p, part, found, key)
            if more is None:
                return None
            found = more
        return found

    # ------------------------------------------------------------------ the zero test

    def _cleared(self, left: Polynomial) -> list[Weighted] | None:
        """Steps that show that it is zero, denominators being multiplied away; None if it is not."""
        steps: list[Weighted] = []
        scale: list[Tree] = []
        while left:
            key = self._denominator(left)
            if key is None:
                return None
            inverse, inside = ("inv", self.term(key)), self.term(key)
            factor = ("word", (("1", "1", False, ("inv", "", (), (key,))),))
            theorem = self._reciprocal_of(key, ())
            most = max(mono[1].count(factor) for mono in left)
            total: Polynomial = {}
            for mono, c in left.items():
                count = mono[1].count(factor)
                own = (mono[0], tuple(f for f in mono[1] if f != factor), mono[2])
                for done in range(most - count):
                    powers = [inverse] * (count + done) + [inside] * done
                    context = self._bound(times(*scale, *powers, self._context(own, (), extra=("hole", ()))), mono[0])
                    steps.append((-c, theorem, context))
                term = self._bound(times(*([inside] * (most - count)), self._context(own, ())), mono[0])
                _accumulate(total, self.normal.of(term), c)
            scale += [inverse] * most
            left, found = self._reduced(total)
            steps += [(c, t, times(*scale, context)) for c, t, context in found]
        return steps

    @staticmethod
    def _denominator(left: Polynomial) -> Any:
        """A reciprocal that is inside no other, and has no bound member."""
        found = {f[1][0][3][3][0] for mono in left for f in mono[1] if len(f[1]) == 1 and f[1][0][3][0] == "inv"}
        open_ = [k for k in found if not any(m in mono[0] for mono in left for m in texts(k))]
        outer = [k for k in open_ if not any(k != other and _contains(other, k) for other in found)]
        return min(outer, default=None)


# ====================================================================== parts of normal forms

_ONES: Mapping[str, Any] = {"n": 1, "m": 1}


def _side(conclusion: Tree, i: int, values: tuple[Any, ...]) -> Tree:
    side: Tree = _at(conclusion, values)[i]
    return side


def _at(conclusion: Tree, values: Sequence[Any]) -> Tree:
    for value in values:
        conclusion = instantiate(conclusion[2], value)
    return conclusion


def _accumulate(into: Polynomial, more: Polynomial, scale: Rational = 1) -> None:
    for key, value in more.items():
        checker.add(into, key, value if scale == 1 else scale * value)


def _merged(steps: Sequence[Weighted]) -> list[Use]:
    """Each equation in each context once."""
    total: dict[Any, Any] = {}
    for c, theorem, context in steps:
        before = total.get((theorem.line, context), (0, theorem))[0]
        total[(theorem.line, context)] = (before + c, theorem)
    return [
        Use(theorem, times(rational(c.numerator, c.denominator), context))
        for (_, context), (c, theorem) in total.items()
        if c
    ]


def _contains(tree: Any, part: Any) -> bool:
    return tree == part or (isinstance(tree, tuple) and any(_contains(t, part) for t in tree))


def _elements(key: Key) -> Iterator[tuple[Any, int, Any]]:
    """Every element, with the factor it is in (None for the spine) and its place there."""
    for place in (None, *dict.fromkeys(key[1])):
        for i, element in enumerate(place[1] if place else key[2]):
            yield place, i, element


def _put(x: Any, names: Mapping[str, str]) -> Any:
    """Names in the place of names."""
    return names.get(x, x) if isinstance(x, str) else tuple(_put(y, names) for y in x) if isinstance(x, tuple) else x


@lru_cache(maxsize=50_000)
def _general(key: Any) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """A normal form about arbitrary members in the place of those that are bound outside; these, and those."""
    bound = {m for m in texts(key) if m.startswith("#0:")}
    members = tuple(sorted(bound))
    left: dict[str, list[str]] = {}
    names = []
    for m in members:
        family = checker.of_family(m)
        names.append(left.setdefault(family, spare(family)).pop(0))
    put = dict(zip(members, names, strict=True))
    made: Polynomial = checker.combined((c, {checker.renamed(mono, put, 1): 1}) for mono, c in key)
    return checker.key_of(checker.named(made, 1)) if members else key, members, tuple(names)


def _turns(factor: Any) -> list[Word]:
    """The words that a factor may be written as."""
    kind, word = factor
    both = dict.fromkeys((word, checker.flip(word)))
    if kind != "tr":
        return list(both)
    return list(dict.fromkeys(w[i:] + w[:i] for w in both for i in range(len(word))))


def _vector(member: str) -> Any:
    """The atom of a basis vector."""
    return ("e", "", (member,), ())


def _head(element: Any) -> Any:
    """What two elements have in common if one matches the other."""
    _, _, flipped, atom = element
    return flipped, *atom[:2]


def _values(found: Mapping[str, str]) -> tuple[str, ...]:
    """Members in the order of the variables, which begin with their number."""
    return tuple(found[name] for name in sorted(found, key=lambda v: int(v[1:].partition(".")[0])))
