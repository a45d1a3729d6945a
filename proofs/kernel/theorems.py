"""Theorems: hypotheses and a conclusion, made only by the rules of ``notes/kernel.md``, and the record they leave.

A :class:`Ledger` is one proof in the making. Every rule adds a line to it and returns the theorem of the line; what the
theorem says is computed here, while *whether it follows* is decided by whoever reads the lines: ``proofs/checker.py``,
which shares no code with this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofs.kernel.outcome import DefectError
from proofs.kernel.terms import (
    FALSE,
    ONE,
    ZERO,
    Tree,
    difference,
    implied,
    instantiate,
    names,
    quantified,
    rational,
    shifted,
    squared,
    stripped,
    times,
)

__all__ = ["Factor", "Ledger", "Piece", "Theorem", "Use", "as_json", "spelled"]


@dataclass(frozen=True)
class Theorem:
    """Hypotheses |- conclusion, and the line that made it."""

    hypotheses: frozenset[Tree]
    conclusion: Tree
    line: int

    @property
    def body(self) -> Tree:
        """The conclusion without the universal quantifiers in front."""
        return stripped(self.conclusion)[1]


@dataclass(frozen=True)
class Use:
    """An equation and the context in which it is used: a term with one hole."""

    theorem: Theorem
    context: Tree


@dataclass(frozen=True)
class Factor:
    """An inequality as a factor of a piece: ``b - a`` at the given members and terms."""

    theorem: Theorem
    at: tuple[Any, ...] = ()


Piece = tuple[int, int, tuple[Factor, ...]]


def as_json(tree: Any) -> Any:
    """Tuples as lists, the entries of a hole beside its name, and connectives between two."""
    if isinstance(tree, dict):
        return {key: as_json(part) for key, part in tree.items()}
    return list(map(as_json, spelled(tree))) if isinstance(tree, tuple | list) else tree


def spelled(tree: Any) -> Any:
    """The parts of a term or formula as they stand in a file; a list is there as it is."""
    if isinstance(tree, tuple) and tree:
        if tree[0] == "hole":
            return ("hole", *tree[1])
        if tree[0] in ("and", "or") and len(tree) > 3:
            return (*tree[:2], (tree[0], *tree[2:]))
    return tree


def _hashable(data: Any) -> Any:
    """What a line has, as something that can be looked up."""
    if isinstance(data, dict):
        return tuple((key, _hashable(part)) for key, part in data.items())
    return tuple(map(_hashable, data)) if isinstance(data, list) else data


Completed = Callable[[Tree, Sequence[Use], Sequence[Piece], Sequence[Theorem], Sequence[Theorem]], Sequence[Use]]


@dataclass
class Ledger:
    """The lines of one proof."""

    binders: Mapping[str, Tree] = field(default_factory=dict)
    """For the name of an index or a letter, the binder that quantifies it."""
    shape: Callable[[Tree], tuple[Any, Any]] = lambda _: (1, 1)
    """Of a term."""
    totals: Callable[[str], Tree] = lambda _: ONE
    """Of a family."""
    completed: Completed = lambda _goal, uses, *_: list(uses)
    """The equations that have the sides add up: those that are given, and what rewriting and reciprocals add."""
    below: Callable[[Tree], Sequence[tuple[int, int]]] = lambda _: ()
    """By how much the larger side of an inequality is below the other: one number, if it is not above it."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    """With terms and formulas as they are here: whoever reads them, or writes them down, makes lists of them."""
    _made: dict[Any, Theorem] = field(default_factory=dict)
    _parts: dict[int, tuple[Theorem, ...]] = field(default_factory=dict)
    _curried: dict[int, tuple[Theorem, int]] = field(default_factory=dict)

    def _add(self, rule: str, theorems: Iterable[Theorem], conclusion: Tree, /, **data: Any) -> Theorem:
        """Record a line; the same line twice is one."""
        return self._assumed(rule, frozenset().union(*(t.hypotheses for t in theorems)), conclusion, **data)

    def _assumed(self, rule: str, hypotheses: frozenset[Tree], conclusion: Tree, /, **data: Any) -> Theorem:
        """Record a line whose hypotheses are others than those of what it is made from."""
        key = (rule, conclusion, _hashable(data))
        found = self._made.get(key)
        if found is None:
            self.lines.append({"rule": rule, **data})
            found = self._made[key] = Theorem(hypotheses, conclusion, len(self.lines) - 1)
        return found

    def needed(self, theorem: Theorem) -> list[dict[str, Any]]:
        """The lines from which a theorem is made, its own the last."""
        live = {theorem.line}
        for number in range(theorem.line, -1, -1):
            if number in live:
                live.update(_from(self.lines[number]))
        place = {number: i for i, number in enumerate(sorted(live))}
        return [_moved(self.lines[number], place) for number in place]

    # ------------------------------------------------------------------ logic

    def assume(self, formula: Tree) -> Theorem:
        """A |- A."""
        return self._assumed("assume", frozenset([formula]), formula, formula=formula)

    def discharge(self, theorem: Theorem, formula: Tree) -> Theorem:
        """From G |- B to G without A |- A -> B."""
        conclusion = ("->", formula, theorem.conclusion)
        left = theorem.hypotheses - {formula}
        return self._assumed("discharge", left, conclusion, formula=formula, line=theorem.line)

    def together(self, curried: Theorem, count: int) -> Theorem:
        """From A -> (B -> ... C) to (A and B and ...) -> C.

        Whatever it is applied to, its first line is: the others are needed where it is used as it stands.
        """
        premises, conclusion = [], curried.conclusion
        for _ in range(count):
            _, premise, conclusion = conclusion
            premises.append(premise)
        all_of_them = self.assume(("and", *premises))
        made = self.discharge(self._apart(curried, count, all_of_them), all_of_them.conclusion)
        self._curried[made.line] = curried, count
        return made

    def _apart(self, curried: Theorem, count: int, premises: Theorem) -> Theorem:
        for i in range(count):
            curried = self.apply(curried, self.take(premises, i))
        return curried

    def apply(self, implication: Theorem, to: Theorem) -> Theorem:
        """From A -> B and A to B."""
        kind, premise, result = implication.conclusion
        if kind != "->" or premise != to.conclusion:
            raise DefectError(f"{implication.conclusion} is not applied to {to.conclusion}")
        if implication.line in self._curried:
            return self._apart(*self._curried[implication.line], to)
        return self._add("apply", (implication, to), result, line=implication.line, to=to.line)

    def cut(self, theorem: Theorem, by: Theorem) -> Theorem:
        """The theorem without the hypothesis that ``by`` proves."""
        return self.apply(self.discharge(theorem, by.conclusion), by)

    def join(self, theorems: Sequence[Theorem]) -> Theorem:
        """All of them at once."""
        *rest, made = theorems
        parts = [made.conclusion]
        for theorem in reversed(rest):
            before, parts = _connected("and", parts), [theorem.conclusion, *parts]
            made = self.law("join", ("and", *parts), theorem, made, A=theorem.conclusion, B=before)
        self._parts[made.line] = tuple(theorems)
        return made

    def take(self, theorem: Theorem, part: int) -> Theorem:
        """One part of a conjunction."""
        if theorem.line in self._parts:
            return self._parts[theorem.line][part]
        parts = theorem.conclusion[1:]
        for i in range(part + 1):
            one, rest = parts[i], _connected("and", parts[i + 1 :])
            if i < part:
                theorem = self.law("second", rest, theorem, A=one, B=rest)
            elif i + 1 < len(parts):
                theorem = self.law("first", one, theorem, A=one, B=rest)
        return theorem

    def every(self, theorem: Theorem, *over: str) -> Theorem:
        """For all values of the named indices and letters, the first one outermost."""
        for name in reversed(over):
            if any(name in names(h) for h in theorem.hypotheses):
                raise DefectError(f"{name} occurs in a hypothesis and cannot be generalised")
            conclusion = quantified(theorem.conclusion, (name, self.binders[name]))
            theorem = self._add("all", (theorem,), conclusion, line=theorem.line, over=name)
        return theorem

    def at(self, theorem: Theorem, *values: Any) -> Theorem:
        """A universal statement at the given members and terms."""
        if not values:
            return theorem
        conclusion = theorem.conclusion
        for value in values:
            conclusion = instantiate(conclusion[2], value)
        return self._add("at", (theorem,), conclusion, line=theorem.line, values=values)

    def each(self, formula: Tree, theorems: Sequence[Theorem]) -> Theorem:
        """What is so for each member of a case is so for all."""
        return self._add("each", theorems, formula, goal=formula, lines=[t.line for t in theorems])

    def spelled(self, term: Tree, parts: Tree) -> Theorem:
        """A sum over the members of a case, one by one."""
        return self._add("sum", (), ("=", term, parts), term=term)

    def weight_of(self, member: str, weight: Tree) -> Theorem:
        """The weight of a member of a case."""
        return self._add("weight", (), ("=", ("w", member), weight), of=member)

    def both(self, forth: Theorem, back: Theorem) -> Theorem:
        """From A -> B and B -> A to A iff B."""
        _, a, b = forth.conclusion
        return self.law("both", ("iff", a, b), forth, back, A=a, B=b)

    def either(self, theorem: Theorem, part: int) -> Theorem:
        """One direction of an equivalence."""
        _, a, b = theorem.conclusion
        name, conclusion = ("back", ("->", b, a)) if part else ("forth", ("->", a, b))
        return self.law(name, conclusion, theorem, A=a, B=b)

    def witness(self, theorem: Theorem, formula: Tree, value: Any) -> Theorem:
        """For some: from the statement at one value."""
        _, binder, body = formula
        name, put = _about("witness", binder)
        general = self.law(name, ("all", binder, ("->", body, shifted(formula, 1))), **put, P=body)
        return self.apply(self.at(general, value), theorem)

    def unpack(self, some: Theorem, then: Theorem, name: str) -> Theorem:
        """From "for some x, A" and "A -> B", where x is arbitrary, to B."""
        _, binder, body = some.conclusion
        _, _, conclusion = then.conclusion
        law, put = _about("unpack", binder)
        return self.law(law, conclusion, some, self.every(then, name), **put, P=body, A=conclusion)

    def middle(self, formula: Tree) -> Theorem:
        """A or not A."""
        return self.law("middle", ("or", formula, ("->", formula, FALSE)), A=formula)

    def choose(self, theorem: Theorem, formula: Tree) -> Theorem:
        """A disjunction from one of its parts."""
        _, *parts = formula
        place = parts.index(theorem.conclusion)
        for i in range(place, -1, -1):
            whole, rest = _connected("or", parts[i:]), _connected("or", parts[i + 1 :])
            if i < place:
                theorem = self.law("right", whole, theorem, A=parts[i], B=rest)
            elif i + 1 < len(parts):
                theorem = self.law("left", whole, theorem, A=parts[i], B=rest)
        return theorem

    def cases(self, split: Theorem, *each: Theorem) -> Theorem:
        """From A or B, A -> C and B -> C to C."""
        _, first, *parts = split.conclusion
        rest, conclusion = _connected("or", parts), each[0].conclusion[2]
        others = each[1] if len(each) == 2 else self.discharge(self.cases(self.assume(rest), *each[1:]), rest)
        return self.law("cases", conclusion, split, each[0], others, A=first, B=rest, C=conclusion)

    def absurd(self, theorem: Theorem, formula: Tree) -> Theorem:
        """Anything from false."""
        return self.law("absurd", formula, theorem, A=formula)

    # ------------------------------------------------------------------ equality and order

    def ring(
        self,
        left: Tree,
        right: Tree,
        using: Sequence[Use] = (),
        rewrite: Sequence[Theorem] = (),
        nonzero: Sequence[Theorem] = (),
    ) -> Theorem:
        """left = right by equations in context, those that rewriting and what is known to be nonzero add among them."""
        goal = ("=", left, right)
        return self.exactly(goal, self.completed(goal, using, (), rewrite, nonzero))

    def exactly(self, goal: Tree, uses: Sequence[Use]) -> Theorem:
        """An equation from others that add up to it."""
        return self._add("ring", [use.theorem for use in uses], goal, goal=goal, using=_using(uses))

    def order(
        self,
        relation: str,
        left: Tree,
        right: Tree,
        pieces: Sequence[Piece],
        using: Sequence[Use] = (),
        rewrite: Sequence[Theorem] = (),
        nonzero: Sequence[Theorem] = (),
    ) -> Theorem:
        """left <= right, or <, since the difference is a sum of products of differences of known sign."""
        goal = (relation, left, right)
        uses = self.completed(goal, using, pieces, rewrite, nonzero)
        signs = [
            Use(self._product(factors), times(rational(*Fraction(n, d).as_integer_ratio()), ("hole", ())))
            for n, d, factors in pieces
            if factors
        ]
        return self.exactly(goal, [*signs, *uses])

    def _product(self, factors: Sequence[Factor]) -> Theorem:
        """0 <= or < the product of the differences of several inequalities; of one, that as it is."""
        first, *others = (self.at(factor.theorem, *factor.at) for factor in factors)
        if not others:
            return first
        relation = "<" if all(t.conclusion[0] == "<" for t in (first, *others)) else "<="
        made, *others = (self._above_zero(relation, t) for t in (first, *others))
        for other in others:
            s, t = made.conclusion[2], other.conclusion[2]
            name = "strict product" if relation == "<" else "product"
            made = self.law(name, (relation, ZERO, ("*", s, t)), made, other, dims=_NO_DIMS, s=s, t=t)
        return made

    def _above_zero(self, relation: str, theorem: Theorem) -> Theorem:
        """From a <= b or a < b to 0 <= b - a or, if it is asked for, 0 < b - a."""
        _, a, b = theorem.conclusion
        goal = (relation, ZERO, difference(b, a))
        return theorem if theorem.conclusion == goal else self.exactly(goal, [Use(theorem, ("hole", ()))])

    def law(
        self,
        name: str,
        conclusion: Tree,
        *theorems: Theorem,
        dims: Mapping[str, Any] = MappingProxyType({}),
        families: Mapping[str, str] = MappingProxyType({}),
        **letters: Tree,
    ) -> Theorem:
        """What a law says, from its premises; letters with an index are put under a binder."""
        cited = implied(tuple(t.conclusion for t in theorems), conclusion)
        made = self.cite(name, {"dims": dict(dims), "families": dict(families), "letters": letters}, cited)
        for theorem in theorems:
            made = self.apply(made, theorem)
        return made

    def _columns(self, x: Tree, *names: str) -> tuple[str, dict[str, Any]]:
        """The name of a law for a matrix, a column or a number, and its dimensions."""
        rows, columns = self.shape(x)
        sizes = {"n": rows, "m": columns}
        return names[0 if columns != 1 else 1 if rows != 1 or len(names) < 3 else 2], sizes

    def square(self, x: Tree, psd: Theorem | None = None) -> Theorem:
        """0 <= X.T M X."""
        if psd is None:
            name, dims = self._columns(x, "square", "square of a column")
            return self.law(name, ("<=", ZERO, squared(x, dims["m"] == 1)), dims=dims, X=x)
        name, dims = self._columns(x, "form", "form at a column")
        matrix = psd.conclusion[1]
        return self.law(name, ("<=", ZERO, squared(x, dims["m"] == 1, matrix)), psd, dims=dims, X=x, M=matrix)

    def positive_square(self, x: Tree, nonzero: Theorem) -> Theorem:
        """0 < x^2 for x that is not zero."""
        return self.law("strict square", ("<", ZERO, ("^", x, 2)), nonzero, dims=_NO_DIMS, t=x)

    def summed(self, theorem: Theorem) -> Theorem:
        """From an inequality for every member to that of the sums."""
        _, (_, family), (relation, left, right) = theorem.conclusion
        conclusion = (relation, ("sum", family, left), ("sum", family, right))
        name = "sum" if relation == "<=" else "strict sum"
        return self.law(name, conclusion, theorem, families={"F": family}, a=left, b=right)

    def part(self, theorem: Theorem) -> Theorem:
        """From what is nonnegative for every member: each part of its sum is at most the sum."""
        _, (_, family), (_, _, term) = theorem.conclusion
        whole = shifted(("sum", family, term), 1)
        conclusion = ("all", ("member", family), ("<=", ("*", ("w", 0), term), whole))
        return self.law("part", conclusion, theorem, families={"F": family}, a=term)

    def antisymmetry(self, one: Theorem, two: Theorem) -> Theorem:
        """From l <= r and r <= l to l = r."""
        _, left, right = one.conclusion
        return self.law("antisymmetry", ("=", left, right), one, two, dims=_NO_DIMS, s=left, t=right)

    def order_cases(self, left: Tree, right: Tree) -> Theorem:
        """l <= r or r < l."""
        conclusion = ("or", ("<=", left, right), ("<", right, left))
        return self.law("order", conclusion, dims=_NO_DIMS, s=left, t=right)

    def impossible(self, theorem: Theorem) -> Theorem:
        """False, from l < r where r - l is zero or a negative number."""
        less = theorem
        if theorem.conclusion != ("<", ZERO, ZERO):
            less = self._nothing_less(theorem)
        return self.law("irreflexive", FALSE, less, dims=_NO_DIMS, t=ZERO)

    def _nothing_less(self, theorem: Theorem) -> Theorem:
        for n, d in self.below(theorem.conclusion):
            pieces: list[Piece] = [(1, 1, (Factor(theorem),)), *([(n, d, ())] if n else [])]
            return self.order("<", ZERO, ZERO, pieces)
        raise DefectError(f"{theorem.conclusion}: it is possible")

    def fact(self, rule: str, conclusion: Tree, *theorems: Theorem, **_: Tree) -> Theorem:
        """A theorem that one of the short rules gives; the rule may write its conclusion otherwise."""
        made: Theorem = {
            "impossible": self.impossible,
            "symmetric": self.symmetric,
            "antisymmetry": self.antisymmetry,
            "zero": self.zero,
            "part": self.part,
            "order_cases": lambda: self.order_cases(conclusion[2][2], conclusion[2][1]),
        }[rule](*theorems)  # type: ignore[operator]
        return made

    def weight(self, family: str) -> Theorem:
        """Every member has a positive weight."""
        conclusion = ("all", ("member", family), ("<", ZERO, ("w", 0)))
        return self.law("weight", conclusion, families={"F": family})

    def total(self, family: str) -> Theorem:
        """The sum of the weights of a family."""
        return self._add("total", (), ("=", ("sum", family, ONE), self.totals(family)), family=family)

    def size(self, dim: str) -> Theorem:
        """A dimension is at least 1."""
        return self.law("size", ("<=", ONE, ("dim", dim)), dims={"n": dim, "m": dim})

    def nonzero(self, theorem: Theorem) -> Theorem:
        """From 0 < t, t < 0 or "t = 0 is false" to t not 0."""
        kind, a, b = theorem.conclusion
        if kind == "->":
            meaning = self._nonzero(a[1])
            return self.apply(self.either(meaning, 1), theorem)
        term, name = (b, "positive") if a == ZERO else (a, "negative")
        return self.law(name, ("nz", term), theorem, dims=_NO_DIMS, t=term)

    def _nonzero(self, term: Tree) -> Theorem:
        conclusion = ("iff", ("nz", term), ("->", ("=", term, ZERO), FALSE))
        return self.law("nonzero", conclusion, dims=_NO_DIMS, t=term)

    def zero(self, theorem: Theorem) -> Theorem:
        """From t not 0 to "t = 0 is false"."""
        return self.apply(self.either(self._nonzero(theorem.conclusion[1]), 0), theorem)

    def definite(self, x: Tree, vanishes: Theorem, psd: Theorem | None = None) -> Theorem:
        """From X.T X = 0 to X = 0, and from X.T M X = 0 to M X = 0."""
        shape = self.shape(x)
        zero = ZERO if shape == (1, 1) else ("0", *shape)
        if psd is None:
            name, dims = self._columns(x, "definite", "definite column", "definite number")
            return self.law(name, ("=", x, zero), vanishes, dims=dims, X=x)
        name, dims = self._columns(x, "null", "null column", "null number")
        matrix = psd.conclusion[1]
        return self.law(name, ("=", ("*", matrix, x), zero), psd, vanishes, dims=dims, X=x, M=matrix)

    def vanish(self, nonnegative: Theorem, vanishes: Theorem) -> Theorem:
        """A sum of nonnegative terms that is zero has terms zero."""
        _, binder, (_, _, term) = nonnegative.conclusion
        conclusion = ("all", binder, ("=", term, ZERO))
        return self.law("vanish", conclusion, nonnegative, vanishes, families={"F": binder[1]}, a=term)

    def _psd(self, matrix: Tree) -> Theorem:
        rows = self.shape(matrix)[0]
        form = ("<=", ZERO, ("*", ("T", ("v", 0)), shifted(matrix, 1), ("v", 0)))
        meaning = ("and", ("=", ("T", matrix), matrix), ("all", ("matrix", rows, 1), form))
        return self.law("psd", ("iff", ("psd", matrix), meaning), dims={"n": rows, "m": rows}, M=matrix)

    def psd(self, symmetric: Theorem, nonnegative: Theorem) -> Theorem:
        """A symmetric matrix whose quadratic form is nonnegative."""
        meaning = self.either(self._psd(symmetric.conclusion[2]), 1)
        return self.apply(meaning, self.join([symmetric, nonnegative]))

    def symmetric(self, psd: Theorem) -> Theorem:
        """A positive semidefinite matrix is symmetric."""
        return self.take(self.apply(self.either(self._psd(psd.conclusion[1]), 0), psd), 0)

    # ------------------------------------------------------------------ citing

    def cite(self, name: str, put: Mapping[str, Any], conclusion: Tree) -> Theorem:
        """A law, an axiom or a claim, with what is put in the place of its names; the caller says what it gives."""
        return self._add("cite", (), conclusion, name=name, put=put)


_NO_DIMS: Mapping[str, Any] = MappingProxyType({"n": 1, "m": 1})


def _connected(kind: str, parts: Sequence[Tree]) -> Tree:
    """Several formulas between which a connective stands; of one, that."""
    return (kind, *parts) if len(parts) > 1 else parts[0] if parts else FALSE


def _about(law: str, binder: Tree) -> tuple[str, dict[str, Any]]:
    """The law about members, or that about matrices, and what is put in it for the family, or the dimensions."""
    kind, *of = binder
    if kind == "member":
        return law, {"families": {"F": of[0]}}
    return f"{law} of a matrix", {"dims": dict(zip("nm", of, strict=True))}


def _using(using: Sequence[Use]) -> list[list[Any]]:
    return [[use.theorem.line, use.context] for use in using]


def _from(line: Mapping[str, Any]) -> list[int]:
    """The lines that a line is made from."""
    found = [line[key] for key in ("line", "to") if key in line]
    return [*found, *line.get("lines", ()), *(number for number, _ in line.get("using", ()))]


def _moved(line: dict[str, Any], place: Mapping[int, int]) -> dict[str, Any]:
    """A line that is made from the same ones where they stand in other places."""
    moved: dict[str, Any] = {key: place[line[key]] for key in ("line", "to") if key in line}
    if "lines" in line:
        moved["lines"] = [place[number] for number in line["lines"]]
    if "using" in line:
        moved["using"] = [[place[number], context] for number, context in line["using"]]
    return {**line, **moved}
