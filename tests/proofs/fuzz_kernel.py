"""Random terms for the trace checker, and their values in finite models by an evaluator that shares no code with it.

What the kernel finds equal the trace checker follows, and one in ``SECOND`` formulas the second one, too.

A model gives every dimension a size of 1 to 3, every family 1 to 3 members with positive rational weights (a family
with a basis has the size of its dimension and weights 1), every letter random rational matrices and every letter with
arguments random polynomials. What the normal form calls equal must be equal in every model; what is equal by
construction should be called equal.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any
from unittest.mock import patch

from proofs import checker as untyped
from proofs.kernel import search
from proofs.kernel.outcome import DefectError
from proofs.kernel.terms import bind
from proofs.kernel.theorems import as_json
from tests.proofs import second_checker as second
from tests.proofs import second_terms
from tests.proofs.decided import stated_axioms
from tests.proofs.short_lines import Declared, Written, abstracted, laws, lines_written_out

__all__ = ["Model", "Tally", "UndefinedError", "holds", "is_psd", "run", "substitutions", "theorems"]

checker: Any = untyped
Tree = Any
Matrix = tuple[tuple[Fraction, ...], ...]

FAMILIES = {"F": None, "G": None, "B": "K"}
DOCUMENT: dict[str, Any] = {
    "dims": ["K", "d"],
    "families": {
        "F": {"total": ["q", 1, 1], "basis": None},
        "G": {"total": ["q", 5, 2], "basis": None},
        "B": {"total": ["dim", "K"], "basis": "K"},
    },
    "letters": {
        name: {"shape": list(shape), "index": list(index), "args": [list(a) for a in args]}
        for name, shape, index, args in (
            ("A", ("K", "K"), (), ()),
            ("U", ("K", "K"), (), ()),
            ("W", ("K", "d"), (), ()),
            ("v", ("K", 1), (), ()),
            ("u", ("d", 1), (), ()),
            ("s", (1, 1), (), ()),
            ("c", (1, 1), ("F",), ()),
            ("g", (1, 1), ("F", "F"), ()),
            ("p", (1, 1), ("F", "G"), ()),
            ("b", (1, 1), ("B",), ()),
            ("y", ("K", 1), ("F",), ()),
            ("z", (1, 1), ("G",), ()),
            ("f", (1, 1), (), ((1, 1),)),
            ("phi", (1, 1), ("F",), (("K", 1), (1, 1))),
            ("psi", ("d", 1), (), (("K", 1),)),
        )
    },
    "indices": {"i": "F", "a": "G", "k": "B"},
}
SIGNATURE = checker.Signature(DOCUMENT)


@cache
def declared() -> Declared:
    return Declared(DOCUMENT)


class UndefinedError(ArithmeticError):
    """The reciprocal of zero."""


# ====================================================================== models


def _rational(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(-4, 4), rng.choice((1, 1, 2, 3)))


@dataclass
class Model:
    """Values of all names, made as they are asked for."""

    rng: random.Random
    document: dict[str, Any] = field(default_factory=lambda: DOCUMENT)
    sizes: dict[str, int] = field(default_factory=dict)
    weights: dict[str, tuple[Fraction, ...]] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    given: dict[Any, Any] = field(default_factory=dict)

    @staticmethod
    def random(rng: random.Random) -> Model:
        model = Model(rng)
        model.sizes = {name: rng.randint(1, 3) for name in DOCUMENT["dims"]}
        for name, family in DOCUMENT["families"].items():
            if family["basis"]:
                model.weights[name] = (Fraction(1),) * model.sizes[family["basis"]]
            else:
                parts = [Fraction(rng.randint(1, 5)) for _ in range(rng.randint(1, 3))]
                total = Fraction(family["total"][1], family["total"][2])
                model.weights[name] = tuple(total * x / sum(parts) for x in parts)
        model.chosen = {name: rng.randrange(len(model.weights[f])) for name, f in DOCUMENT["indices"].items()}
        order = rng.sample(range(model.sizes["K"]), model.sizes["K"])
        model.given["U", ()] = tuple(  # a signed permutation: U' U = I
            tuple(Fraction(rng.choice((-1, 1)) * (order[i] == j)) for j in range(model.sizes["K"]))
            for i in range(model.sizes["K"])
        )
        for m in range(len(model.weights["F"])):  # entries 0 and 1
            model.given["y", (m,)] = tuple((Fraction(rng.randint(0, 1)),) for _ in range(model.sizes["K"]))
        for m in range(len(model.weights["G"])):  # signs
            model.given["z", (m,)] = ((Fraction(rng.choice((-1, 1))),),)
        return model

    def size(self, n: Any) -> int:
        return self.sizes[n] if isinstance(n, str) else int(n)

    def matrix(self, rows: int, columns: int) -> Matrix:
        return tuple(tuple(_rational(self.rng) for _ in range(columns)) for _ in range(rows))

    def letter(self, name: str, members: tuple[int, ...], args: tuple[Matrix, ...]) -> Matrix:
        letter = self.document["letters"][name]
        rows, columns = map(self.size, letter["shape"])
        key = (name, members)
        if not letter["args"]:
            if key not in self.given:
                self.given[key] = self.matrix(rows, columns)
            value: Matrix = self.given[key]
            return value
        entries = [x for arg in args for row in arg for x in row]
        if key not in self.given:  # per entry: a polynomial of degree 2 in a linear form
            self.given[key] = [
                ([_rational(self.rng) for _ in entries], [_rational(self.rng) for _ in range(3)])
                for _ in range(rows * columns)
            ]
        found = []
        for form, (c0, c1, c2) in self.given[key]:
            x = sum((q * e for q, e in zip(form, entries, strict=True)), Fraction(0))
            found.append(c0 + c1 * x + c2 * x * x)
        return tuple(tuple(found[r * columns : (r + 1) * columns]) for r in range(rows))

    # ------------------------------------------------------------------ terms

    def value(self, term: Tree, env: tuple[Any, ...] = ()) -> Matrix:  # noqa: C901, PLR0911, PLR0912 - one per kind
        """The matrix of a term; ``env`` has members (family, number) and matrices, innermost first."""
        kind = term[0]
        if kind == "q":
            return ((Fraction(term[1], term[2]),),)
        if kind == "dim":
            return ((Fraction(self.sizes[term[1]]),),)
        if kind == "l":
            members = tuple(self.member(m, env)[1] for m in term[2])
            return self.letter(term[1], members, tuple(self.value(t, env) for t in term[3]))
        if kind == "v":
            bound: Matrix = env[term[1]]
            return bound
        if kind == "w":
            family, number = self.member(term[1], env)
            return ((self.weights[family][number],),)
        if kind == "e":
            family, number = self.member(term[1], env)
            return tuple((Fraction(r == number),) for r in range(len(self.weights[family])))
        if kind == "ones":
            return ((Fraction(1),),) * len(self.weights[term[1]])
        if kind == "I":
            n = self.size(term[1])
            return tuple(tuple(Fraction(r == c) for c in range(n)) for r in range(n))
        if kind == "0":
            return ((Fraction(0),) * self.size(term[2]),) * self.size(term[1])
        if kind == "+":
            return _added(self.value(t, env) for t in term[1:])
        if kind == "*":
            return self.product(term[1:], env)
        if kind == "^":
            return ((self.value(term[1], env)[0][0] ** term[2],),)
        if kind == "T":
            return tuple(zip(*self.value(term[1], env), strict=True))
        if kind == "tr":
            square = self.value(term[1], env)
            return ((sum((square[r][r] for r in range(len(square))), Fraction(0)),),)
        if kind == "sum":
            each = enumerate(self.weights[term[1]])
            return _added(_scaled(w, self.value(term[2], ((term[1], m), *env))) for m, w in each)
        inverted = self.value(term[1], env)[0][0]
        if not inverted:
            raise UndefinedError
        return ((1 / inverted,),)

    def product(self, factors: tuple[Tree, ...], env: tuple[Any, ...]) -> Matrix:
        """Which factors are numbers is a matter of types: dimensions of size 1 multiply alike."""
        scalar: Fraction = Fraction(1)
        result: Matrix | None = None
        for value in (self.value(f, env) for f in factors):
            if (len(value), len(value[0])) == (1, 1):
                scalar *= value[0][0]
            else:
                result = value if result is None else _multiplied(result, value)
        return ((scalar,),) if result is None else _scaled(scalar, result)

    def member(self, member: Any, env: tuple[Any, ...]) -> tuple[str, int]:
        if isinstance(member, str):
            return self.document["indices"][member], self.chosen[member]
        found: tuple[str, int] = env[member]
        return found


def _added(values: Any) -> Matrix:
    return tuple(
        tuple(sum(entry, Fraction(0)) for entry in zip(*rows, strict=True)) for rows in zip(*values, strict=True)
    )


def _scaled(number: Fraction, value: Matrix) -> Matrix:
    return tuple(tuple(number * x for x in row) for row in value)


def _multiplied(a: Matrix, b: Matrix) -> Matrix:
    columns = tuple(zip(*b, strict=True))
    return tuple(tuple(sum((x * y for x, y in zip(row, c, strict=True)), Fraction(0)) for c in columns) for row in a)


def is_psd(value: Matrix) -> bool:
    """By symmetric elimination, exactly."""
    rows = [list(row) for row in value]
    if any(rows[i][j] != rows[j][i] for i in range(len(rows)) for j in range(i)):
        return False
    while rows:
        pivot = rows[0][0]
        if pivot < 0 or (pivot == 0 and any(rows[0])):
            return False
        rows = [
            [x - (row[0] * y / pivot if pivot else 0) for x, y in zip(row[1:], rows[0][1:], strict=True)]
            for row in rows[1:]
        ]
    return True


def holds(model: Model, formula: Tree, env: tuple[Any, ...] = ()) -> bool:  # noqa: PLR0911 - one per kind
    """Whether a formula without quantified matrices is true in a model."""
    kind, rest = formula[0], formula[1:]
    if kind in ("=", "<=", "<"):
        left, right = (model.value(t, env) for t in rest)
        if kind == "=":
            return left == right
        return left[0][0] <= right[0][0] if kind == "<=" else left[0][0] < right[0][0]
    if kind == "nz":
        return model.value(rest[0], env)[0][0] != 0
    if kind == "psd":
        return is_psd(model.value(rest[0], env))
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(holds(model, part, env) for part in rest)
    if kind == "->":
        return not holds(model, rest[0], env) or holds(model, rest[1], env)
    if kind == "iff":
        return holds(model, rest[0], env) == holds(model, rest[1], env)
    if kind in ("all", "ex") and rest[0][0] == "member":
        family = rest[0][1]
        each = (holds(model, rest[1], ((family, m), *env)) for m in range(len(model.weights[family])))
        return all(each) if kind == "all" else any(each)
    if kind == "false":
        return False
    raise NotImplementedError(kind)


# ====================================================================== terms

RULES: tuple[Tree, ...] = (
    ("all", ("member", "G"), ("=", ("^", ("l", "z", (0,), ()), 2), ("q", 1, 1))),
    (
        "all",
        ("member", "F"),
        (
            "all",
            ("member", "B"),
            ("=", ("^", ("*", ("T", ("e", 0)), ("l", "y", (1,), ())), 2), ("*", ("T", ("e", 0)), ("l", "y", (1,), ()))),
        ),
    ),
    ("=", ("*", ("T", ("l", "U", (), ())), ("l", "U", (), ())), ("I", "K")),
)
SHAPES = ((1, 1), ("K", 1), ("d", 1), ("K", "K"), ("K", "d"), (1, "K"), ("d", "d"))


@dataclass
class Writer:
    """Random well-typed terms."""

    rng: random.Random
    nonzero: list[Tree] = field(default_factory=list)

    def __post_init__(self) -> None:
        """What each trace may cost, every term may."""
        checker.Work.left = checker.MOST_WORK

    def member(self, family: str, binders: tuple[str, ...]) -> Any:
        there = [n for n, f in enumerate(binders) if f == family]
        free = [name for name, f in SIGNATURE.indices.items() if f == family]
        return self.rng.choice(there * 3 + free)

    def letters(self, shape: Any, binders: tuple[str, ...], depth: int) -> Iterator[Callable[[], Tree]]:
        for name, (own, index, args) in SIGNATURE.letters.items():
            if args and depth <= 0:
                continue
            for turned in (False, True):
                if (own[::-1] if turned else own) == shape and not (turned and own == (1, 1)):

                    def made(name: str = name, index: Any = index, args: Any = args, turned: bool = turned) -> Tree:
                        members = tuple(self.member(f, binders) for f in index)
                        inner = tuple(self.term(a, binders, depth - 2) for a in args)
                        letter = ("l", name, members, inner)
                        return ("T", letter) if turned else letter

                    yield made

    def leaf(self, shape: Any, binders: tuple[str, ...], depth: int) -> Tree:
        choices = list(self.letters(shape, binders, depth))
        if shape == (1, 1):
            choices += [
                lambda: ("q", *Fraction(self.rng.randint(-3, 3), self.rng.choice((1, 2))).as_integer_ratio()),
                lambda: ("w", self.member(self.rng.choice(("F", "G", "B")), binders)),
                lambda: ("dim", self.rng.choice(("K", "d"))),
            ]
        if shape in (("K", 1), (1, "K")):
            for make in (lambda: ("e", self.member("B", binders)), lambda: ("ones", "B")):
                choices += [make if shape[1] == 1 else lambda make=make: ("T", make())] * 2  # type: ignore[misc]
        if shape[0] == shape[1] != 1:
            choices.append(lambda: ("I", shape[0]))
        return self.rng.choice(choices)() if choices else ("0", *shape)

    def term(self, shape: Any, binders: tuple[str, ...] = (), depth: int = 4) -> Tree:  # noqa: PLR0911
        draw = self.rng.random()
        if depth <= 0 or draw < 0.12:
            return self.leaf(shape, binders, depth)
        if draw < 0.3:
            return ("+", *(self.term(shape, binders, depth - 1) for _ in range(2)))
        if draw < 0.5 and len(binders) < 4:
            family = self.rng.choice(("F", "F", "G", "B", "B"))
            return ("sum", family, self.term(shape, (family, *binders), depth - 1))
        if draw < 0.58:
            return ("T", self.term(shape[::-1], binders, depth - 1))
        if shape == (1, 1):
            if draw < 0.64:
                return ("^", self.term(shape, binders, depth - 1), self.rng.choice((2, 2, 3)))
            if draw < 0.72:
                n = self.rng.choice(("K", "d"))
                return ("tr", self.term((n, n), binders, depth - 1))
            if draw < 0.78 and self.nonzero:
                return ("inv", self.known(binders))
            if draw < 0.88:
                return ("*", self.term(shape, binders, depth - 1), self.term(shape, binders, depth - 1))
        if draw < 0.7:
            return ("*", self.term((1, 1), binders, depth - 1), self.term(shape, binders, depth - 1))
        middle = self.rng.choice(("K", "d", 1, "K"))
        left, right = (shape[0], middle), (middle, shape[1])
        if (1, 1) in (left, right) and shape != (1, 1):
            middle = "K"
            left, right = (shape[0], middle), (middle, shape[1])
        return ("*", self.term(left, binders, depth - 1), self.term(right, binders, depth - 1))

    def premise(self) -> Tree:
        """``all F: t != 0`` for a random number t."""
        return ("all", ("member", "F"), ("nz", self.term((1, 1), ("F",), 2)))

    def known(self, binders: tuple[str, ...]) -> Tree:
        """A number that one of the premises says is not zero."""
        body = self.rng.choice(self.nonzero)[2][1]
        return checker.instantiate(body, (self.member("F", binders),))

    # ------------------------------------------------------------------ equal by construction

    def equal(self, term: Tree, binders: tuple[str, ...] = ()) -> Tree:
        """Another way to write a term."""
        kind = term[0]
        if kind in ("+", "*", "^", "T", "tr", "inv"):
            term = (kind, *(self.equal(t, binders) if isinstance(t, tuple) else t for t in term[1:]))
        elif kind == "sum":
            term = ("sum", term[1], self.equal(term[2], (term[1], *binders)))
        elif kind == "l":
            term = (*term[:3], tuple(self.equal(t, binders) for t in term[3]))
        return self.moved(term, binders) if self.rng.random() < 0.5 else term

    def shape(self, term: Tree, binders: tuple[str, ...]) -> Any:
        return SIGNATURE.shape(term, tuple(("member", f) for f in binders))

    def moved(self, term: Tree, binders: tuple[str, ...]) -> Tree:  # noqa: C901, PLR0911, PLR0912 - one per law
        kind, shape = term[0], self.shape(term, binders)
        if kind == "+" and self.rng.random() < 0.5:
            return ("+", *reversed(term[1:]))
        if kind == "*":
            one, two = term[1], term[2]
            if one[0] == "+":
                return ("+", *(("*", part, *term[2:]) for part in one[1:]))
            if two[0] == "+":
                return ("+", *(("*", one, part, *term[3:]) for part in two[1:]))
            if two[0] == "sum" and len(term) == 3:
                return ("sum", two[1], ("*", checker.shifted(one, 1), two[2]))
            if (1, 1) in (self.shape(one, binders), self.shape(two, binders)):
                return ("*", two, one, *term[3:])
            if len(term) == 3:
                return ("T", ("*", ("T", two), ("T", one)))
        if kind == "sum":
            inner = term[2]
            if inner[0] == "sum":  # exchanged
                swapped = checker.walk(inner[2], _swapped)
                return ("sum", inner[1], ("sum", term[1], swapped))
            if inner[0] == "+":
                return ("+", *(("sum", term[1], part) for part in inner[1:]))
            weight = ("*", ("w", 0), inner)
            if FAMILIES[term[1]] and self.rng.random() < 0.5:
                return ("sum", term[1], weight)
        if kind == "tr" and term[1][0] == "*" and len(term[1]) == 3:
            one, two = term[1][1:]
            if (1, 1) not in (self.shape(one, binders), self.shape(two, binders)):
                turned = ("*", two, one)
                return ("tr", turned) if self.shape(turned, binders) != (1, 1) else turned
        if kind == "^" and term[2] == 2:
            return ("*", term[1], term[1])
        if shape[0] == "K" and self.rng.random() < 0.4:  # sum_k e_k e_k' = I
            return ("sum", "B", ("*", ("e", 0), ("T", ("e", 0)), checker.shifted(term, 1)))
        if shape == (1, 1) and self.rng.random() < 0.3:
            return ("*", ("inv", ("q", 3, 1)), ("+", term, term, term))
        return ("T", ("T", term))

    # ------------------------------------------------------------------ not quite equal

    def mutated(self, term: Tree) -> Tree:
        """One place changed: another member of the family, another letter, a transpose dropped, a family, a number."""
        places = [(path, part, env) for path, part, env in _places(term, (), ())]
        for path, part, env in self.rng.sample(places, len(places)):
            other = self.changed(part, env)
            if other is not None and other != part:
                made = _replaced(term, path, other)
                try:
                    if self.shape(made, ()) == self.shape(term, ()):
                        return made
                except checker.Rejected:
                    continue
        return term

    def changed(self, part: Tree, binders: tuple[str, ...]) -> Tree | None:  # noqa: PLR0911 - one per kind
        kind = part[0]
        if kind in ("w", "e"):
            family = SIGNATURE.family(part[1], tuple(("member", f) for f in binders))
            return (kind, self.member(family, binders))
        if kind == "l":
            index = SIGNATURE.letters[part[1]][1]
            if index:
                return (*part[:2], tuple(self.member(f, binders) for f in index), part[3])
            return (kind, self.rng.choice(("A", "U")), (), ()) if part[1] in "AU" else None
        if kind == "T" and self.rng.random() < 0.3:
            return part[1]
        if kind == "sum":
            return (kind, self.rng.choice(("F", "G", "B")), part[2])
        if kind == "ones":
            return ("e", self.member("B", binders))
        if kind == "^":
            return (kind, part[1], part[2] + 1)
        if kind == "dim":
            return ("q", 1, 1)
        return None


def _swapped(x: Any, env: tuple[Any, ...]) -> Any:
    depth = len(env)
    if isinstance(x, int) and x in (depth, depth + 1):
        return 2 * depth + 1 - x
    return x


def _places(term: Tree, path: tuple[int, ...], env: tuple[str, ...]) -> Iterator[tuple[tuple[int, ...], Tree, Any]]:
    yield path, term, env
    if term[0] == "l":
        for i, t in enumerate(term[3]):
            yield from _places(t, (*path, 3, i), env)
        return
    inner = (term[1], *env) if term[0] == "sum" else env
    for i, t in enumerate(term[1:], 1):
        if isinstance(t, tuple):
            yield from _places(t, (*path, i), inner)


def _replaced(term: Tree, path: tuple[int, ...], other: Tree) -> Tree:
    if not path:
        return other
    return (*term[: path[0]], _replaced(term[path[0]], path[1:], other), *term[path[0] + 1 :])


# ====================================================================== the run


@dataclass
class Tally:
    """What a run found: ``kills`` are pairs that were called equal and differ in a model."""

    formulas: int = 0
    called_equal: int = 0
    made_equal: int = 0
    found_equal: int = 0
    refused: int = 0
    evaluated: int = 0
    kills: list[tuple[Tree, Tree, tuple[Tree, ...]]] = field(default_factory=list)
    missed: list[tuple[Tree, Tree]] = field(default_factory=list)
    wrong_laws: list[tuple[Tree, Tree, tuple[Tree, ...]]] = field(default_factory=list)


SECOND = 5
"""The second checker is slow."""
LIGHT, WHOLE = 100_000, 16
"""What the search and each checker may work for a formula, but for one in so many, for which they may what a trace may.

The bound members of nested sums are put in every order: a few formulas would cost more than all others together.
"""


class Decided:
    """A trace in the making under some premises, in which formula after formula is asked for."""

    def __init__(self, nonzero: list[Tree]) -> None:
        self.nonzero = nonzero
        self._begin()

    def _begin(self) -> None:
        self.written = Written(declared())
        for one in (*self.nonzero, *RULES):
            self.written.add(_json({"rule": "assume", "formula": one}), {})
        self.first = checker.Proof(self.written.typed, laws())
        self.second = second.Trace(_second_types(), _second_laws())

    def equal(self, left: Tree, right: Tree, number: int) -> bool | None:
        """What the kernel finds of left = right, and the checker follows, or both do; None if it is refused."""
        work = LIGHT if number % WHOLE else checker.MOST_WORK
        numbers = list(range(len(self.nonzero) + len(RULES)))
        by = {"nonzero": numbers[: len(self.nonzero)], "rewrite": numbers[len(self.nonzero) :]}
        try:
            with patch.object(search, "PATIENCE", work):
                self.written.ring(_listed(("=", left, right)), **by)
        except DefectError as why:
            return False if "not shown to be equal" in str(why) else None
        checker.Work.left = work
        lines = self.written.ledger.lines
        try:
            for line in lines[len(self.first.theorems) :]:
                self.first.line(as_json(line))
            for line in lines[len(self.second.made) :] if not number % SECOND else ():
                second_terms.BUDGET[0] = work
                self.second.line(as_json(line))
        except (checker.Rejected, second_terms.Rejected) as why:
            if "too much work" in str(why):
                self._begin()
                return None  # what the search found costs more than this: it is refused
            raise
        return True


@cache
def _second_types() -> Any:
    return second_terms.Types(declared().document)


@cache
def _second_laws() -> dict[str, Any]:
    return {name: second.statement(one) for name, one in stated_axioms()["laws"].items()}


def _json(line: dict[str, Any]) -> dict[str, Any]:
    return {key: _listed(value) for key, value in line.items()}


Values = list[tuple[Model, Matrix]]


def values(term: Tree, nonzero: list[Tree], rng: random.Random) -> Values:
    """Of a term in those of three models in which the premises hold and it has one.

    Models draw for themselves: what is decided of one formula does not change the next.
    """
    found = []
    for model in [Model.random(random.Random(rng.random())) for _ in range(3)]:
        with suppress(UndefinedError):
            if all(holds(model, formula) for formula in nonzero):
                found.append((model, model.value(term)))
    return found


def differ(known: Values, right: Tree, tally: Tally) -> bool:
    """Whether some model tells the term with these values and another apart."""
    for model, value in known:
        with suppress(UndefinedError):
            other = model.value(right)
            tally.evaluated += 1
            if other != value:
                return True
    return False


def run(count: int, seed: int) -> Tally:
    """Try formulas until ``count`` were decided."""
    rng, tally = random.Random(seed), Tally()
    while tally.formulas < count:
        writer = Writer(rng)
        writer.nonzero = [writer.premise() for _ in range(rng.randint(0, 2))]
        base = writer.term(rng.choice(SHAPES), (), rng.randint(2, 5))
        other = writer.equal(base)
        known, asked = values(base, writer.nonzero, rng), Decided(writer.nonzero)
        for wanted, right in ((True, other), (False, writer.mutated(other)), (False, writer.mutated(base))):
            tally.formulas += 1
            said = asked.equal(base, right, tally.formulas)
            checker.Work.left = checker.MOST_WORK  # whatever that took: making the next terms is charged, too
            tally.refused += said is None
            tally.called_equal += bool(said)
            if wanted and said is not None:
                tally.made_equal += 1
                tally.found_equal += said
                if not said:
                    tally.missed.append((base, right))
            if (said or (wanted and said is not None)) and differ(known, right, tally):
                (tally.kills if said else tally.wrong_laws).append((base, right, tuple(writer.nonzero)))
    return tally


# ====================================================================== names, bound and put


class Substituted(Model):
    """A model in which some letters are what a term says of their members and arguments."""

    def __init__(self, model: Model, put: dict[str, tuple[tuple[str, ...], Tree]]) -> None:
        super().__init__(**vars(model))
        self.put = put

    def letter(self, name: str, members: tuple[int, ...], args: tuple[Matrix, ...]) -> Matrix:
        if name not in self.put:
            return super().letter(name, members, args)
        names, term = self.put[name]
        _, index, _ = SIGNATURE.letters[name]
        values = (*zip(index, members, strict=True), *args)
        for one in names:
            term = bind(term, one)
        return Model(**{k: v for k, v in vars(self).items() if k != "put"}).value(term, tuple(reversed(values)))


def _renamed(term: Tree, rng: random.Random, members: tuple[str, ...], argument: str) -> Tree:
    """The free index i as one of these, and the letter v as the argument."""

    def change(leaf: Any, _: int) -> Any:
        if leaf == "i" and members:
            return rng.choice(members)
        return ("l", argument, (), ()) if argument and leaf == ("l", "v", (), ()) else leaf

    return checker.walk(term, change)


def _listed(tree: Any) -> Any:
    return [_listed(x) for x in tree] if isinstance(tree, tuple) else tree


def substitutions(count: int, seed: int) -> list[Tree]:
    """Terms whose value changes wrongly where a name is bound, a variable gets a value, or a letter is put."""
    rng, wrong = random.Random(seed), []
    for _ in range(count):
        writer, model = Writer(rng), Model.random(rng)
        term = writer.term(rng.choice(SHAPES), (), rng.randint(3, 5))
        other, value = writer.term(("K", 1), (), 3), model.value(term)
        body = checker.bound(term, "v")
        if model.value(body, (model.value(("l", "v", (), ())),)) != value:
            wrong.append(term)
        if model.value(checker.instantiate(body, (other,))) != model.value(body, (model.value(other),)):
            wrong.append(body)
        member = checker.bound(term, "i")
        if model.value(member, (("F", model.chosen["i"]),)) != value or checker.instantiate(member, ("i",)) != term:
            wrong.append(member)
        put = {
            "g": (("one", "two"), _renamed(writer.term((1, 1), (), 3), rng, ("one", "two"), "")),
            "y": (("one",), _renamed(writer.term(("K", 1), (), 3), rng, ("one",), "")),
            "psi": (("argument",), _renamed(writer.term(("d", 1), (), 3), rng, (), "argument")),
        }
        if wrong_citation(term, put, model):
            wrong.append((term, put))
    return wrong


def wrong_citation(term: Tree, put: dict[str, tuple[tuple[str, ...], Tree]], model: Model) -> bool:
    """Whether a term with these letters put has another value than where the letters are what is put."""
    letters = {}
    for name, (_, index, args) in SIGNATURE.letters.items():
        own = tuple(f"index{n}" for n in range(len(index)))
        arguments = tuple(f"argument{n}" for n in range(len(args)))
        names, body = put.get(name, ((*own, *arguments), None))
        if body is None:
            body = ("l", name, own, tuple(("l", a, (), ()) for a in arguments))
        letters[name] = abstracted({"index": list(names), "args": [], "term": _listed(body)})
    same = {kind: {name: name for name in DOCUMENT[kind]} for kind in ("dims", "families")}
    goal: Tree = ("=", term, term)
    for name, family in DOCUMENT["indices"].items():  # what is cited has no free index
        goal = ("all", ("member", family), checker.bound(goal, name))
    statement = (checker.Signature({**DOCUMENT, "indices": {}}), (), goal)
    proof = checker.Proof(SIGNATURE, {"X": statement})
    proof.line({"rule": "cite", "name": "X", "put": {**same, "letters": letters}})
    made = proof.theorems[-1][1]
    while made[0] == "all":
        made = made[2]
    env = tuple((family, model.chosen[name]) for name, family in DOCUMENT["indices"].items())
    return bool(model.value(made[1], env) != Substituted(model, put).value(term))


# ====================================================================== rules


def theorems(count: int, seed: int) -> tuple[int, list[Any]]:
    """Traces by the rules that make something new: how many were accepted, and those that are false in a model."""
    rng, accepted, wrong = random.Random(seed), 0, []
    for n in range(count):
        writer = Writer(rng)
        short = (_summed, _ordered, _squared, _in_context)[n % 4](writer, rng)
        work = checker.MOST_WORK if not n // 4 % WHOLE else LIGHT
        with patch.object(search, "PATIENCE", work):
            lines = lines_written_out(declared(), [_json(line) for line in short])
        checker.Work.left = work
        proof = checker.Proof(declared().typed, laws())
        try:
            for line in lines:
                proof.line(line)
            assert (
                SIGNATURE.shape(proof.theorems[-1][1]) == checker.FORMULA
            )  # what is no formula is a fault of its own: test_attacks.py
        except checker.Rejected:
            continue
        accepted += 1
        hypotheses, conclusion = proof.theorems[-1]
        for model in (Model.random(rng) for _ in range(4)):
            if all(holds(model, one) for one in hypotheses) and not holds(model, conclusion):
                wrong.append((lines, conclusion))
    return accepted, wrong


def _of_any_sign(writer: Writer, rng: random.Random, family: str) -> Tree:
    """``all member (0 <= t)`` or ``<``: of a square, mostly."""
    number = writer.term((1, 1), (family,), 2)
    square = ("^", number, 2) if rng.random() < 0.8 else number
    return ("all", ("member", family), (rng.choice(("<=", "<")), ("q", 0, 1), square))


def _summed(writer: Writer, rng: random.Random) -> list[dict[str, Any]]:
    family = rng.choice(("F", "G", "B"))
    positive = _of_any_sign(writer, rng, family)
    lines: list[dict[str, Any]] = [{"rule": "assume", "formula": positive}]
    rule = rng.choice(("sum", "part", "vanish", "weight", "total"))
    if rule == "vanish":
        total = ("=", ("sum", family, positive[2][2]), ("q", 0, 1))
        return [*lines, {"rule": "assume", "formula": total}, {"rule": rule, "line": 0, "to": 1}]
    return [*lines, {"rule": rule, "family": family} if rule in ("weight", "total") else {"rule": rule, "line": 0}]


def _ordered(writer: Writer, rng: random.Random) -> list[dict[str, Any]]:
    """The pieces as they are, or with one place of the goal changed."""
    families = [rng.choice(("F", "G", "B")) for _ in range(2)]
    signs = [_of_any_sign(writer, rng, family) for family in families]
    members = [writer.member(family, ()) for family in families]
    values = [checker.instantiate(sign[2], (member,))[2] for sign, member in zip(signs, members, strict=True)]
    fraction = Fraction(rng.randint(-1, 3), rng.randint(1, 2))
    right = ("*", ("q", fraction.numerator, fraction.denominator), *values)
    left = writer.term((1, 1), (), 2)
    goal = (rng.choice(("<=", "<")), left, ("+", writer.equal(left), right))
    if rng.random() < 0.3:
        goal = (*goal[:2], writer.mutated(goal[2]))
    factors = [{"line": n, "at": [member]} for n, member in enumerate(members)]
    pieces = [[fraction.numerator, fraction.denominator, factors]]
    order = {"rule": "order", "goal": goal, "pieces": pieces, "using": []}
    return [*({"rule": "assume", "formula": sign} for sign in signs), order]


def _squared(writer: Writer, rng: random.Random) -> list[dict[str, Any]]:
    shape = rng.choice(SHAPES)
    term = writer.term(shape, (), 3)
    product = ("*", ("T", term), term)
    square = product if shape[1] == 1 else ("tr", product)
    vanishes = {"rule": "assume", "formula": ("=", square, ("q", 0, 1))}
    n = shape[0] if rng.random() < 0.8 else rng.choice(("K", "d", 1))
    root = writer.term((n, n), (), 2)
    psd = {"rule": "assume", "formula": ("psd", ("*", root, ("T", root)) if rng.random() < 0.8 else root)}
    last: dict[str, Any] = rng.choice(
        (
            {"rule": "square", "term": term},
            {"rule": "square", "term": term, "psd": 1},
            {"rule": "definite", "term": term, "line": 0},
            {"rule": "symmetric", "line": 1},
        )
    )
    return [vanishes, psd, last]


def _in_context(writer: Writer, rng: random.Random) -> list[dict[str, Any]]:
    """What holds for all members used at members that are bound in the context, or at others."""
    idempotent = rng.random() < 0.5
    known = RULES[1] if idempotent else RULES[0]
    families = ("F", "B") if idempotent else ("G",)
    frame = writer.term(rng.choice(SHAPES), (), 4)
    shapes = [
        (path, env)
        for path, part, env in _places(frame, (), ())
        if writer.shape(part, env) == (1, 1) and len(env) and rng.random() < 0.9
    ]
    path, env = rng.choice(shapes) if shapes else ((), ())
    members = [writer.member(family, env) for family in families]
    bound = known
    for _ in members:
        bound = bound[2]
    bound = checker.instantiate(bound, tuple(members))
    left, right = (_replaced(frame, path, bound[side]) for side in (1, 2))
    if rng.random() < 0.4:
        right = writer.mutated(right)
    using = [[0, _listed(_replaced(frame, path, ("hole", *members)))]]
    goal = ("=", left, right)
    ring = {"rule": "ring", "goal": goal, "using": using}
    return [{"rule": "assume", "formula": known}, ring]


if __name__ == "__main__":
    import sys

    for seed in itertools.count(int(sys.argv[2])):
        found = run(int(sys.argv[1]), seed)
        print(seed, {k: len(v) if isinstance(v, list) else v for k, v in vars(found).items()}, flush=True)
        for kill in [*found.kills[:2], *found.wrong_laws[:2], *found.missed[:1]]:
            print("   ", kill, flush=True)
        if len(sys.argv) > 3 and seed - int(sys.argv[2]) + 1 >= int(sys.argv[3]):
            break
