"""Theorems: hypotheses and a conclusion, made only by the rules of ``notes/kernel.md``, and the record they leave.

A :class:`Ledger` is one proof in the making. Every rule adds a line to it and returns the theorem of the line; what the
theorem says is computed here, while *whether it follows* is decided by whoever reads the lines: ``proofs/checker.py``,
which shares no code with this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofs.kernel.outcome import DefectError
from proofs.kernel.terms import FALSE, ZERO, Tree, conjunction, instantiate, names, quantified, squared, stripped

__all__ = ["Factor", "Ledger", "Theorem", "Use", "as_json"]


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
    """Tuples as lists, and the entries of a hole beside its name."""
    if not isinstance(tree, tuple):
        return tree
    if tree and tree[0] == "hole":
        return ["hole", *map(as_json, tree[1])]
    return [as_json(part) for part in tree]


@dataclass
class Ledger:
    """The lines of one proof."""

    binders: dict[str, Tree] = field(default_factory=dict)
    """For the name of an index or a letter, the binder that quantifies it."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    _made: dict[Any, Theorem] = field(default_factory=dict)

    def _add(self, rule: str, theorems: Iterable[Theorem], conclusion: Tree, /, **data: Any) -> Theorem:
        """Record a line; the same line twice is one."""
        key = (rule, conclusion, tuple(sorted((k, repr(v)) for k, v in data.items())))
        if key not in self._made:
            hypotheses = frozenset().union(*(theorem.hypotheses for theorem in theorems))
            self.lines.append({"rule": rule, **{k: as_json(v) for k, v in data.items()}})
            self._made[key] = Theorem(hypotheses, conclusion, len(self.lines) - 1)
        return self._made[key]

    def _replaced(self, made: Theorem, hypotheses: Iterable[Tree]) -> Theorem:
        theorem = Theorem(frozenset(hypotheses), made.conclusion, made.line)
        for key, value in self._made.items():
            if value is made:
                self._made[key] = theorem
        return theorem

    # ------------------------------------------------------------------ logic

    def assume(self, formula: Tree) -> Theorem:
        """A |- A."""
        made = self._add("assume", (), formula, formula=formula)
        return made if made.hypotheses else self._replaced(made, [formula])

    def discharge(self, theorem: Theorem, formula: Tree) -> Theorem:
        """From G |- B to G without A |- A -> B."""
        made = self._add(
            "discharge", (theorem,), ("->", formula, theorem.conclusion), formula=formula, **{"from": theorem.line}
        )
        return self._replaced(made, theorem.hypotheses - {formula})

    def apply(self, implication: Theorem, to: Theorem) -> Theorem:
        """From A -> B and A to B."""
        kind, premise, result = implication.conclusion
        if kind != "->" or premise != to.conclusion:
            raise DefectError(f"{implication.conclusion} is not applied to {to.conclusion}")
        return self._add("apply", (implication, to), result, to=to.line, **{"from": implication.line})

    def cut(self, theorem: Theorem, by: Theorem) -> Theorem:
        """The theorem without the hypothesis that ``by`` proves."""
        return self.apply(self.discharge(theorem, by.conclusion), by)

    def join(self, theorems: Sequence[Theorem]) -> Theorem:
        """All of them at once."""
        if len(theorems) == 1:
            return theorems[0]
        conclusion = conjunction(tuple(t.conclusion for t in theorems))
        return self._add("join", theorems, conclusion, **{"from": [t.line for t in theorems]})

    def take(self, theorem: Theorem, part: int) -> Theorem:
        """One part of a conjunction."""
        return self._add("take", (theorem,), theorem.conclusion[1 + part], part=part, **{"from": theorem.line})

    def every(self, theorem: Theorem, *over: str) -> Theorem:
        """For all values of the named indices and letters, the first one outermost."""
        for name in reversed(over):
            if any(name in names(h) for h in theorem.hypotheses):
                raise DefectError(f"{name} occurs in a hypothesis and cannot be generalised")
            conclusion = quantified(theorem.conclusion, (name, self.binders[name]))
            theorem = self._add("all", (theorem,), conclusion, over=name, **{"from": theorem.line})
        return theorem

    def at(self, theorem: Theorem, *values: Any) -> Theorem:
        """A universal statement at the given members and terms."""
        if not values:
            return theorem
        conclusion = theorem.conclusion
        for value in values:
            conclusion = instantiate(conclusion[2], value)
        return self._add("at", (theorem,), conclusion, **{"with": values, "from": theorem.line})

    def both(self, forth: Theorem, back: Theorem) -> Theorem:
        """From A -> B and B -> A to A iff B."""
        _, a, b = forth.conclusion
        return self._add("both", (forth, back), ("iff", a, b), to=back.line, **{"from": forth.line})

    def either(self, theorem: Theorem, part: int) -> Theorem:
        """One direction of an equivalence."""
        _, a, b = theorem.conclusion
        conclusion = ("->", a, b) if part == 0 else ("->", b, a)
        return self._add("either", (theorem,), conclusion, part=part, **{"from": theorem.line})

    def witness(self, theorem: Theorem, formula: Tree, value: Any) -> Theorem:
        """For some: from the statement at one value."""
        return self._add("witness", (theorem,), formula, formula=formula, **{"with": value, "from": theorem.line})

    def unpack(self, some: Theorem, then: Theorem, name: str) -> Theorem:
        """From "for some x, A" and "A -> B", where x is arbitrary, to B."""
        return self._add("unpack", (some, then), then.conclusion[2], to=then.line, over=name, **{"from": some.line})

    def middle(self, formula: Tree) -> Theorem:
        """A or not A."""
        return self._add("middle", (), ("or", formula, ("->", formula, FALSE)), formula=formula)

    def choose(self, theorem: Theorem, formula: Tree) -> Theorem:
        """A disjunction from one of its parts."""
        return self._add("choose", (theorem,), formula, formula=formula, **{"from": theorem.line})

    def cases(self, split: Theorem, *each: Theorem) -> Theorem:
        """From A or B, A -> C and B -> C to C."""
        conclusion = each[0].conclusion[2]
        return self._add("cases", (split, *each), conclusion, each=[t.line for t in each], **{"from": split.line})

    def absurd(self, theorem: Theorem, formula: Tree) -> Theorem:
        """Anything from false."""
        return self._add("absurd", (theorem,), formula, formula=formula, **{"from": theorem.line})

    # ------------------------------------------------------------------ equality and order

    def ring(
        self,
        left: Tree,
        right: Tree,
        using: Sequence[Use] = (),
        rewrite: Sequence[Theorem] = (),
        nonzero: Sequence[Theorem] = (),
    ) -> Theorem:
        """left = right by normal forms, equations in context, rewrite rules and what is known to be nonzero."""
        theorems = (*(use.theorem for use in using), *rewrite, *nonzero)
        goal = ("=", left, right)
        return self._add("ring", theorems, goal, goal=goal, **_by(using, rewrite, nonzero))

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
        factors = tuple(factor.theorem for _, _, piece in pieces for factor in piece)
        theorems = (*factors, *(use.theorem for use in using), *rewrite, *nonzero)
        goal = (relation, left, right)
        written = [
            [n, d, [{"from": f.theorem.line, "at": [as_json(x) for x in f.at]} for f in piece]]
            for n, d, piece in pieces
        ]
        return self._add("order", theorems, goal, goal=goal, pieces=written, **_by(using, rewrite, nonzero))

    def square(self, x: Tree, one_column: bool, psd: Theorem | None = None) -> Theorem:
        """0 <= X.T M X."""
        if psd is None:
            return self._add("square", (), ("<=", ZERO, squared(x, one_column)), term=x)
        of = squared(x, one_column, psd.conclusion[1])
        return self._add("square", (psd,), ("<=", ZERO, of), term=x, psd=psd.line)

    def positive_square(self, x: Tree, nonzero: Theorem) -> Theorem:
        """0 < x^2 for x that is not zero."""
        return self._add("square", (nonzero,), ("<", ZERO, ("^", x, 2)), term=x, strict=nonzero.line)

    def summed(self, theorem: Theorem) -> Theorem:
        """From an inequality for every member to that of the sums."""
        _, (_, family), (relation, left, right) = theorem.conclusion
        conclusion = (relation, ("sum", family, left), ("sum", family, right))
        return self._add("sum", (theorem,), conclusion, **{"from": theorem.line})

    def fact(self, rule: str, conclusion: Tree, *theorems: Theorem, **data: Any) -> Theorem:
        """One of the short rules, whose conclusion the caller knows; theorems are ``from`` and ``to``."""
        lines = dict(zip(("from", "to"), (t.line for t in theorems), strict=False))
        return self._add(rule, theorems, conclusion, **lines, **data)

    def weight(self, family: str) -> Theorem:
        """Every member has a positive weight."""
        return self.fact("weight", ("all", ("member", family), ("<", ZERO, ("w", 0))), family=family)

    def total(self, family: str, total: Tree) -> Theorem:
        """The weights add up to a positive number."""
        return self.fact("total", ("<", ZERO, total), family=family)

    def size(self, dim: str) -> Theorem:
        """A dimension is at least 1."""
        return self.fact("size", ("<=", ("q", 1, 1), ("dim", dim)), dim=dim)

    def nonzero(self, theorem: Theorem) -> Theorem:
        """From 0 < t, t < 0 or "t = 0 is false" to t not 0."""
        kind, a, b = theorem.conclusion
        term = a[1] if kind == "->" else b if a == ZERO else a
        return self.fact("nonzero", ("nz", term), theorem)

    def definite(self, x: Tree, shape: tuple[Any, Any], vanishes: Theorem, psd: Theorem | None = None) -> Theorem:
        """From X.T X = 0 to X = 0, and from X.T M X = 0 to M X = 0."""
        zero = ZERO if shape == (1, 1) else ("0", *shape)
        if psd is None:
            return self.fact("definite", ("=", x, zero), vanishes, term=x)
        made = self.fact("definite", ("=", ("*", psd.conclusion[1], x), zero), vanishes, term=x, psd=psd.line)
        return self._replaced(made, made.hypotheses | psd.hypotheses)

    def vanish(self, nonnegative: Theorem, vanishes: Theorem) -> Theorem:
        """A sum of nonnegative terms that is zero has terms zero."""
        _, binder, (_, _, term) = nonnegative.conclusion
        return self.fact("vanish", ("all", binder, ("=", term, ZERO)), nonnegative, vanishes)

    def psd(self, symmetric: Theorem, nonnegative: Theorem) -> Theorem:
        """A symmetric matrix whose quadratic form is nonnegative."""
        return self.fact("psd", ("psd", symmetric.conclusion[2]), symmetric, nonnegative)

    # ------------------------------------------------------------------ citing

    def cite(self, kind: str, name: str, put: Mapping[str, Any], conclusion: Tree) -> Theorem:
        """An axiom or a claim, with what is put in the place of its names; the caller says what it gives."""
        return self._add(kind, (), conclusion, name=name, put=put)


def _by(using: Sequence[Use], rewrite: Sequence[Theorem], nonzero: Sequence[Theorem]) -> dict[str, Any]:
    return {
        "using": [{"from": use.theorem.line, "context": as_json(use.context)} for use in using],
        "rewrite": [theorem.line for theorem in rewrite],
        "nonzero": [theorem.line for theorem in nonzero],
    }
