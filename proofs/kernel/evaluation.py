"""Proves what is so in one case: members of families have names, letters are defined, and terms are evaluated.

A number is a rational number, and a matrix is written in the basis vectors of its rows and columns. For each term that
is looked at there are lines that say what it is; for each formula, lines that show it. Values are found here as well,
to know what to show: nothing of this is believed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from proofs.kernel.formal import LetterType, Signature
from proofs.kernel.outcome import DefectError
from proofs.kernel.search import spare
from proofs.kernel.terms import FALSE, ONE, ZERO, Tree, add, holes, instantiate, minus, rational, stripped, times
from proofs.kernel.theorems import Ledger, Theorem, Use

Rows = tuple[tuple[Fraction, ...], ...]
HOLE: Tree = ("hole", ())
MANY = 4
"""How many equations a term may cost before what they say of it is a line of its own."""


@dataclass(frozen=True)
class Members:
    """The members of all families, and what is declared for a case beyond the letters of a claim.

    Attributes:
        weights: the names of the members of each family, in their order, with their weights.
        families: the family whose basis vectors are those of a dimension.
    """

    weights: Mapping[str, Mapping[str, Fraction]]
    families: Mapping[str, str]

    @staticmethod
    def of(signature: Signature, dims: Mapping[str, int], weights: Mapping[str, Sequence[Any]]) -> "Members":
        """The case with these sizes and weights; of other dimensions and families nothing is said.

        Names have one length, so that their order is that of the members however a file sorts them.
        """
        bases = {basis: name for name, (_, basis) in sorted(signature.families.items()) if basis}
        families = {n: bases.get(n, f"rows_{n}") for n in sorted(dims)}
        given = {**weights, **{family: [1] * dims[n] for n, family in families.items()}}
        named = {
            family: {f"{family}{i:0{len(str(len(values)))}}": Fraction(x) for i, x in enumerate(values, 1)}
            for family, values in sorted(given.items())
        }
        return Members(named, families)

    def declared(self, signature: Signature) -> Signature:
        """What a trace declares beyond that: families, members, and for each size a column that is arbitrary."""
        families: dict[str, Any] = {
            family: (("dim", n), n) for n, family in self.families.items() if family not in signature.families
        }
        spares = {name: family for family in families for name in spare(family)}
        names = {name: family for family, members in self.weights.items() for name in members}
        columns = {_column(n): LetterType((n, 1)) for n in self.families}
        return Signature(families=families, letters=columns, indices={**spares, **names})

    def size(self, dim: Any) -> int:
        """Of a dimension."""
        return 1 if dim == 1 else len(self.weights[self.families[dim]])

    def units(self, dim: Any) -> list[Tree]:
        """The basis vectors of a dimension."""
        return [("e", name) for name in self.weights[self.families[dim]]]


def canonical(members: Members, shape: tuple[Any, Any], rows: Rows) -> Tree:
    """A matrix in basis vectors."""
    rows_, columns = shape
    left = [ONE] if rows_ == 1 else members.units(rows_)
    right = [ONE] if columns == 1 else [("T", e) for e in members.units(columns)]
    parts = [
        times(_number(x), a, b) for a, row in zip(left, rows, strict=True) for b, x in zip(right, row, strict=True) if x
    ]
    return add(*parts) if parts else ZERO if shape == (1, 1) else ("0", *shape)


def _number(x: Fraction) -> Tree:
    return rational(x.numerator, x.denominator)


def _power(t: Tree, n: int) -> Tree:
    return ("^", t, n) if n > 1 else t if n else ONE


def _product(a: Rows, b: Rows) -> Rows:
    if len(a) == len(a[0]) == 1:
        return tuple(tuple(a[0][0] * x for x in row) for row in b)
    if len(b) == len(b[0]) == 1:
        return _product(b, a)
    columns = tuple(zip(*b, strict=True))
    return tuple(
        tuple(sum((x * y for x, y in zip(row, c, strict=True) if x and y), Fraction()) for c in columns) for row in a
    )


def _sum(values: Iterable[Rows]) -> Rows:
    return tuple(
        tuple(sum(entries, Fraction()) for entries in zip(*rows, strict=True)) for rows in zip(*values, strict=True)
    )


def _wrapped(uses: Iterable[Use], context: Tree) -> list[Use]:
    """Equations in a context around those in which they are used."""
    return [Use(use.theorem, holes(context, lambda _, inner=use.context: inner)) for use in uses]  # type: ignore[misc]


def _squares(rows: Rows) -> tuple[list[tuple[Fraction, list[Fraction]]], list[Fraction] | None]:
    """A symmetric matrix as a sum of multiples of squares of columns; where one is negative, a vector at which the form
    is."""
    left, n = [list(row) for row in rows], len(rows)
    found: list[tuple[Fraction, list[Fraction]]] = []
    for i in range(n):
        pivot = left[i][i]
        if pivot < 0 or (not pivot and any(left[i])):
            return found, _below([column for _, column in found], i, left)
        if pivot:
            column = [x / pivot for x in left[i]]
            found.append((pivot, column))
            left = [
                [x - pivot * a * b for x, b in zip(row, column, strict=True)]
                for row, a in zip(left, column, strict=True)
            ]
    return found, None


def _below(columns: list[list[Fraction]], i: int, left: list[list[Fraction]]) -> list[Fraction]:
    """A vector that has no part in the columns before, at which what is left is negative."""
    vector = [Fraction(int(k == i)) for k in range(len(left))]
    if not left[i][i]:
        j = next(k for k, x in enumerate(left[i]) if x)
        vector[i], vector[j] = -(abs(left[j][j]) + 1) / left[i][j], Fraction(1)
    for column in reversed(columns):
        place = next(k for k, x in enumerate(column) if x)
        vector[place] = Fraction()
        vector[place] = -sum((x * y for x, y in zip(column, vector, strict=True)), Fraction()) / column[place]
    return vector


class Evaluation:
    """Lines for terms and formulas without free indices but named members.

    Args:
        ledger: where lines are written.
        members: of the families.
        definitions: formulas ``all ...: letter = term``; a letter that occurs on a right side is defined before.
    """

    def __init__(self, ledger: Ledger, members: Members, definitions: Sequence[Tree]) -> None:
        self.ledger, self.members, self.definitions = ledger, members, tuple(definitions)
        self._defined = {self._place(one): one for one in definitions}
        self._values: dict[Tree, Rows] = {}
        self._truths: dict[Tree, bool] = {}
        self._uses: dict[Tree, list[Use]] = {}
        self._rows: dict[Any, list[Use]] = {}
        self._zero: dict[str, tuple[Theorem, Theorem]] = {}
        self._pairs: dict[Any, Use] = {}
        self._none: dict[Any, Theorem] = {}
        self._shown: dict[Tree, Theorem] = {}

    @staticmethod
    def _place(definition: Tree) -> Any:
        """The letter, if it is defined for all members, and else where."""
        binders, (_, left, _) = stripped(definition)
        return left[1] if binders else left[1:3]

    def _definition(self, letter: Tree) -> tuple[Use, Tree]:
        """The equation that defines a letter there, and its right side."""
        _, name, members, args = letter
        found = self._defined.get((name, members), self._defined.get(name))
        if found is None or args:
            raise DefectError(f"{name} has no value in the case")
        theorem, entries = self.ledger.assume(found), members if found[0] == "all" else ()
        for member in entries:
            found = instantiate(found[2], member)
        return Use(theorem, ("hole", entries)), found[2]

    # ------------------------------------------------------------------ values

    def value(self, term: Tree) -> Rows:
        """What a term is."""
        if term not in self._values:
            self._values[term] = self._value(term)
        return self._values[term]

    def _value(self, term: Tree) -> Rows:  # noqa: C901, PLR0911, PLR0912 - one per kind
        match term:
            case ("q", n, d):
                return ((Fraction(n, d),),)
            case ("dim", n):
                return ((Fraction(self.members.size(n)),),)
            case ("l", *_):
                return self.value(self._definition(term)[1])
            case ("w", member):
                return ((next(ws[member] for ws in self.members.weights.values() if member in ws),),)
            case ("e", member):
                names = next(list(ws) for ws in self.members.weights.values() if member in ws)
                return tuple((Fraction(int(name == member)),) for name in names)
            case ("ones", family):
                return ((Fraction(1),),) * len(self.members.weights[family])
            case ("I", n):
                size = self.members.size(n)
                return tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))
            case ("0", rows, columns):
                return ((Fraction(),) * self.members.size(columns),) * self.members.size(rows)
            case ("+", *terms):
                return _sum(map(self.value, terms))
            case ("*", *factors):
                return reduce(_product, map(self.value, factors))
            case ("^", t, n):
                return ((self.value(t)[0][0] ** n,),)
            case ("T", t):
                return tuple(zip(*self.value(t), strict=True))
            case ("tr", t):
                return ((sum((row[i] for i, row in enumerate(self.value(t))), Fraction()),),)
            case ("sum", family, body):
                each = self.members.weights[family].items()
                return _sum(_product(((w,),), self.value(instantiate(body, m))) for m, w in each)
            case ("inv", t):
                return ((1 / self.value(t)[0][0],),)
        raise DefectError(f"{term} has no value in the case")

    def is_true(self, formula: Tree) -> bool:
        """Whether a formula is so."""
        if formula not in self._truths:
            self._truths[formula] = self._is_true(formula)
        return self._truths[formula]

    def _is_true(self, formula: Tree) -> bool:  # noqa: PLR0911 - one per kind
        match formula:
            case ("=" | "<=" | "<", a, b):
                x, y = self.value(a), self.value(b)
                return x == y if formula[0] == "=" else x < y if formula[0] == "<" else x <= y
            case ("nz", t):
                return self.value(t)[0][0] != 0
            case ("psd", t):
                rows = self.value(t)
                return rows == tuple(zip(*rows, strict=True)) and _squares(rows)[1] is None
            case ("and", *parts):
                return all(map(self.is_true, parts))
            case ("or", *parts):
                return any(map(self.is_true, parts))
            case ("->", a, b):
                return self.is_true(b) or not self.is_true(a)
            case ("iff", a, b):
                return self.is_true(a) == self.is_true(b)
            case ("all", ("member", _), _):
                return all(self.is_true(one) for _, one in self._each(formula))
            case ("ex", ("member", _), _):
                return any(self.is_true(one) for _, one in self._each(formula))
            case ("false",):
                return False
        raise DefectError(f"{formula} is not decided in a case")

    def _each(self, formula: Tree) -> list[tuple[str, Tree]]:
        """What is said of each member."""
        _, (_, family), body = formula
        return [(m, instantiate(body, m)) for m in self.members.weights[family]]

    def written(self, term: Tree) -> Tree:
        """The value of a term, as a term."""
        return canonical(self.members, self.ledger.shape(term), self.value(term))

    # ------------------------------------------------------------------ terms

    def uses(self, term: Tree) -> list[Use]:
        """Equations in contexts that lead from a term to its value."""
        if term not in self._uses:
            found = [] if term == self.written(term) else self._lead(term)
            self._uses[term] = self._as_line(term, found) if len(found) > MANY else found
        return self._uses[term]

    def _as_line(self, term: Tree, uses: Sequence[Use]) -> list[Use]:
        return [Use(self._ring(("=", term, self.written(term)), uses), HOLE)]

    def _ring(self, goal: Tree, uses: Sequence[Use]) -> Theorem:
        """An equation or inequality by others; what it follows from as it stands is not written twice."""
        found: dict[Any, list[Any]] = {}
        for number, use in enumerate(uses):
            *by, hole = use.context[1:] if use.context[0] == "*" else (use.context,)
            equation, numbers = use.theorem.body[0] == "=", all(self.ledger.shape(t) == (1, 1) for t in by)
            scales = hole[0] == "hole" and equation and numbers
            found.setdefault((use.theorem.line, hole) if scales else number, [use, hole]).append(times(*by))
        merged = [
            Use(use.theorem, times(add(*scales), hole)) if scales[1:] else use for use, hole, *scales in found.values()
        ]
        if len(merged) == 1 and merged[0].context == HOLE and merged[0].theorem.conclusion == goal:
            return merged[0].theorem
        return self.ledger.exactly(goal, merged)

    def equation(self, term: Tree) -> Theorem:
        """That a term is its value."""
        return self._ring(("=", term, self.written(term)), self.uses(term))

    def _lead(self, term: Tree) -> list[Use]:  # noqa: PLR0911, PLR0912 - one per kind
        match term:
            case ("l", *_):
                use, right = self._definition(term)
                return [use, *self.uses(right)]
            case ("w", member):
                return [Use(self.ledger.weight_of(member, _number(self.value(term)[0][0])), HOLE)]
            case ("dim", n):
                family = self.members.families[n]
                number = ("sum", family, ONE)
                return [Use(self.ledger.total(family), minus(HOLE)), self._member_by_member(number)]
            case ("ones", family):
                law = self.ledger.law("basis: sum", ("=", ("sum", family, ("e", 0)), term), **self._basis(family))
                return [Use(law, minus(HOLE)), self._member_by_member(law.conclusion[1])]
            case ("I", n):
                law = self._identity(self.members.families[n])
                return [Use(law, minus(HOLE)), self._member_by_member(law.conclusion[1])]
            case ("+", *terms):
                return [use for t in terms for use in self.uses(t)]
            case ("*", *factors):
                return self._led_product(factors)
            case ("^", t, n):
                x = self.value(t)[0][0]
                parts = [times(_number(x**i), _power(t, n - 1 - i)) for i in range(n) if not i or x]
                return _wrapped(self.uses(t), times(add(*parts), HOLE))
            case ("T", t):
                return _wrapped(self.uses(t), ("T", HOLE))
            case ("tr", t):
                return [*_wrapped(self.uses(t), ("tr", HOLE)), *self._trace(self.value(t), self.ledger.shape(t)[0])]
            case ("sum", family, body):
                found = [self._member_by_member(term)]
                for m, w in self.members.weights[family].items():
                    found += _wrapped(self.uses(instantiate(body, m)), times(_number(w), HOLE))
                return found
            case ("inv", t):
                value = self.written(term)
                one = self.ledger.law(
                    "reciprocal", ("=", times(t, term), ONE), self.show(("nz", t)), dims=_NO_DIMS, t=t
                )
                return [*_wrapped(self.uses(t), minus(times(value, HOLE, term))), Use(one, times(value, HOLE))]
        raise DefectError(f"{term} is not evaluated")

    def _trace(self, rows: Rows, dim: Any) -> list[Use]:
        names = [e[1] for e in self.members.units(dim)]
        return [
            Use(pair.theorem, times(_number(x), pair.context))
            for i, row in enumerate(rows)
            for j, x in enumerate(row)
            if x
            for pair in [self._pair(names[i], names[j])]
        ]

    def _member_by_member(self, term: Tree) -> Use:
        """A sum, member by member."""
        _, family, body = term
        each = [("*", _number(w), instantiate(body, m)) for m, w in self.members.weights[family].items()]
        return Use(self.ledger.spelled(term, reduce(lambda a, b: ("+", a, b), each)), HOLE)

    def _basis(self, family: str) -> dict[str, Any]:
        """What is put in a law about a basis."""
        return {
            "dims": {"n": next(n for n, f in self.members.families.items() if f == family)},
            "families": {"B": family},
        }

    def _identity(self, family: str) -> Theorem:
        put = self._basis(family)
        whole = ("sum", family, ("*", ("e", 0), ("T", ("e", 0))))
        return self.ledger.law("basis: identity", ("=", whole, ("I", put["dims"]["n"])), **put)

    # ------------------------------------------------------------------ products

    def _led_product(self, factors: Sequence[Tree]) -> list[Use]:
        """Numbers first; one that is 0 is enough. Matrices two at a time, so that the fewest numbers are multiplied."""
        numbers = [t for t in factors if self.ledger.shape(t) == (1, 1)]
        matrices = [t for t in factors if self.ledger.shape(t) != (1, 1)]
        nothing = [t for t in numbers if not self.value(t)[0][0]]
        if nothing:
            numbers.remove(nothing[0])
            return _wrapped(self.uses(nothing[0]), times(*numbers, HOLE, *matrices))
        if len(numbers) > MANY:
            numbers = [("*", *numbers[:-1]), numbers[-1]]
        found, known = list[Use](), list[Tree]()
        product = self._associated(matrices) if matrices else None
        for i, number in enumerate(numbers):
            rest = [*numbers[i + 1 :], *([product] if product else [])]
            found += _wrapped(self.uses(number), times(*known, HOLE, *rest))
            known.append(_number(self.value(number)[0][0]))
        if product:
            inner = self._two(product) if product[0] == "*" and len(matrices) == len(factors) else self.uses(product)
            found += _wrapped(inner, times(*known, HOLE))
        return found

    def _associated(self, matrices: Sequence[Tree]) -> Tree:
        """Factors in brackets, so that multiplying them costs least."""
        sizes = [
            self.members.size(n)
            for n in (self.ledger.shape(matrices[0])[0], *(self.ledger.shape(t)[1] for t in matrices))
        ]
        best: dict[tuple[int, int], tuple[int, Tree]] = {(i, i + 1): (0, t) for i, t in enumerate(matrices)}
        for length in range(2, len(matrices) + 1):
            for i in range(len(matrices) - length + 1):
                j = i + length
                cost, k = min(
                    (best[i, k][0] + best[k, j][0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)
                )
                best[i, j] = cost, ("*", best[i, k][1], best[k, j][1])
        return best[0, len(matrices)][1]

    def _two(self, product: Tree) -> list[Use]:
        """A product of two matrices: that of the columns of the one with the rows of the other."""
        _, a, b = product
        left, inner = self.value(a), self.ledger.shape(a)[1]
        found = _wrapped(self.uses(a), times(HOLE, b))
        if inner == 1:
            return [*found, *_wrapped(self.uses(b), times(self.written(a), HOLE))]
        rows = self.ledger.shape(a)[0]
        for j, column in enumerate(zip(*left, strict=True)):
            if any(column):
                by = canonical(self.members, (rows, 1), tuple((x,) for x in column))
                found += _wrapped(self._row(b, j), times(by, HOLE))
        return found

    def _row(self, term: Tree, j: int) -> list[Use]:
        """What a row of a matrix is."""
        if (term, j) not in self._rows:
            rows, columns = self.ledger.shape(term)
            unit = self.members.units(rows)[j]
            found = _wrapped(self.uses(term), times(("T", unit), HOLE))
            for e, row in zip(self.members.units(rows), self.value(term), strict=True):
                if any(row):
                    by = canonical(self.members, (1, columns), (row,))
                    found += _wrapped([self._pair(unit[1], e[1])], times(HOLE, by))
            row = canonical(self.members, (1, columns), (self.value(term)[j],))
            product = ("*", ("T", unit), term)
            if len(found) > 1:
                found = [Use(self._ring(("=", product, row), found), HOLE)]
            self._rows[term, j] = found
        return self._rows[term, j]

    # ------------------------------------------------------------------ two basis vectors

    def _pair(self, one: str, two: str) -> Use:
        """The product of two basis vectors."""
        key = min(one, two), max(one, two)
        if key not in self._pairs:
            family = next(f for f, ws in self.members.weights.items() if one in ws)
            self._pairs[key] = self._unit(family, one) if one == two else Use(self._apart(family, *key), HOLE)
        return self._pairs[key]

    def _unit(self, family: str, member: str) -> Use:
        square = ("*", ("T", ("e", 0)), ("e", 0))
        law = self.ledger.law("basis: unit", ("all", ("member", family), ("=", square, ONE)), **self._basis(family))
        return Use(law, ("hole", (member,)))

    def _apart(self, family: str, one: str, two: str) -> Theorem:
        """Two of them are orthogonal: the squares of the products of one with the others add up to 0."""
        if family not in self._zero:
            j, k, *_ = spare(family)
            x = _entry(j, k)
            square = self.ledger.every(self.ledger.square(x), j, k)
            small = self.ledger.assume(("<=", _square(x), ZERO))
            zero = self.ledger.definite(x, self.ledger.antisymmetry(small, self.ledger.at(square, j, k)))
            self._zero[family] = square, self.ledger.every(self.ledger.discharge(zero, small.conclusion), j, k)
        square, zero = self._zero[family]
        x, others = _entry(one, two), [m for m in self.members.weights[family] if m not in (one, two)]
        uses = [Use(self._others(family, one), HOLE), *(Use(square, ("hole", (one, m))) for m in others)]
        small = self._ring(("<=", _square(x), ZERO), uses)
        return self.ledger.apply(self.ledger.at(zero, one, two), small)

    def _others(self, family: str, one: str) -> Theorem:
        if one not in self._none:
            spelled = self._member_by_member(("sum", family, _square(_entry(one, 0))))
            unit, e = self._unit(family, one), ("e", one)
            squares = [_square(_entry(one, m)) for m in self.members.weights[family] if m != one]
            uses = [
                Use(self._identity(family), times(("T", e), HOLE, e)),
                Use(spelled.theorem, minus(HOLE)),
                Use(unit.theorem, minus(times(unit.context, ("T", e), e))),
            ]
            self._none[one] = self._ring(("=", add(*squares), ZERO), uses)
        return self._none[one]

    # ------------------------------------------------------------------ formulas

    def show(self, formula: Tree) -> Theorem:
        """That a formula is so.

        Raises:
            DefectError: it is not.
        """
        if formula not in self._shown:
            if not self.is_true(formula):
                raise DefectError(f"{formula} is false in the case")
            self._shown[formula] = self._show(formula)
        return self._shown[formula]

    def _show(self, formula: Tree) -> Theorem:  # noqa: PLR0911 - one per kind
        ledger = self.ledger
        if formula in self.definitions:
            return ledger.assume(formula)
        match formula:
            case ("=" | "<=" | "<", a, b):
                return self._ring(formula, [*self.uses(a), *_wrapped(self.uses(b), minus(HOLE))])
            case ("nz", t):
                order = ("<", ZERO, t) if self.value(t)[0][0] > 0 else ("<", t, ZERO)
                return ledger.nonzero(self.show(order))
            case ("psd", t):
                return self._positive(t)
            case ("and", *parts):
                return ledger.join(list(map(self.show, parts)))
            case ("or", *parts):
                return ledger.choose(self.show(next(filter(self.is_true, parts))), formula)
            case ("->", a, b):
                if self.is_true(b):
                    return ledger.discharge(self.show(b), a)
                return ledger.discharge(ledger.absurd(self.contradiction(ledger.assume(a)), b), a)
            case ("iff", a, b):
                return ledger.both(self.show(("->", a, b)), self.show(("->", b, a)))
            case ("all", *_):
                return ledger.each(formula, [self.show(one) for _, one in self._each(formula)])
            case ("ex", *_):
                member, one = next((m, one) for m, one in self._each(formula) if self.is_true(one))
                return ledger.witness(self.show(one), formula, member)
        raise DefectError(f"{formula} is not shown")

    def _positive(self, term: Tree) -> Theorem:
        """A sum of squares."""
        shape = self.ledger.shape(term)
        x: Tree = ("l", _column(shape[0]), (), ())
        form, uses = times(("T", x), term, x), _wrapped(self.uses(term), minus(times(("T", x), HOLE, x)))
        for scale, entries in _squares(self.value(term))[0]:
            by = canonical(self.members, (1, shape[0]), (tuple(entries),))
            uses.append(Use(self.ledger.square(times(by, x)), times(_number(scale), HOLE)))
        nonnegative = self._ring(("<=", ZERO, form), uses)
        return self.ledger.psd(self.show(("=", ("T", term), term)), self.ledger.every(nonnegative, x[1]))

    def contradiction(self, theorem: Theorem) -> Theorem:  # noqa: PLR0911 - one per kind
        """False, from a theorem that says what is false."""
        ledger, formula = self.ledger, theorem.conclusion
        match formula:
            case ("=", a, b):
                return self._unequal(theorem, a, b)
            case ("<=" | "<", a, b):
                return self._impossible(Use(theorem, HOLE), [*_wrapped(self.uses(a), minus(HOLE)), *self.uses(b)])
            case ("nz", t):
                return ledger.apply(ledger.zero(theorem), self.equation(t))
            case ("psd", t):
                return self._not_positive(theorem, t)
            case ("and", *parts):
                return self.contradiction(
                    ledger.take(theorem, next(i for i, one in enumerate(parts) if not self.is_true(one)))
                )
            case ("or", *parts):
                return ledger.cases(theorem, *map(self.refuted, parts))
            case ("->", a, _):
                return self.contradiction(ledger.apply(theorem, self.show(a)))
            case ("iff", a, b):
                part, premise = (0, a) if self.is_true(a) else (1, b)
                return self.contradiction(ledger.apply(ledger.either(theorem, part), self.show(premise)))
            case ("all", *_):
                member = next(m for m, one in self._each(formula) if not self.is_true(one))
                return self.contradiction(ledger.at(theorem, member))
            case ("ex", (_, family), body):
                never = ledger.each(
                    ("all", formula[1], ("->", body, FALSE)), [self.refuted(one) for _, one in self._each(formula)]
                )
                return ledger.law("unpack", FALSE, theorem, never, families={"F": family}, P=body, A=FALSE)
            case ("false",):
                return theorem
        raise DefectError(f"{formula} is not refuted")

    def refuted(self, formula: Tree) -> Theorem:
        """That a false formula is false."""
        return self.ledger.discharge(self.contradiction(self.ledger.assume(formula)), formula)

    def _impossible(self, use: Use, uses: Sequence[Use]) -> Theorem:
        return self.ledger.impossible(self._ring(("<", ZERO, ZERO), [use, *uses]))

    def _unequal(self, theorem: Theorem, a: Tree, b: Tree) -> Theorem:
        """An entry differs."""
        x, y, (rows, columns) = self.value(a), self.value(b), self.ledger.shape(a)
        i, j = next((i, j) for i, row in enumerate(x) for j, n in enumerate(row) if n != y[i][j])
        left = [] if rows == 1 else [("T", self.members.units(rows)[i])]
        right = [] if columns == 1 else [self.members.units(columns)[j]]
        scale = _number(1 / (x[i][j] - y[i][j]))
        use = Use(theorem, times(scale, *left, HOLE, *right))
        of_a, of_b = (_wrapped(self.uses(times(*left, t, *right)), times(scale, HOLE)) for t in (a, b))
        return self._impossible(use, [*_wrapped(of_a, minus(HOLE)), *of_b])

    def _not_positive(self, theorem: Theorem, term: Tree) -> Theorem:
        rows = self.value(term)
        if rows != tuple(zip(*rows, strict=True)):
            return self.contradiction(self.ledger.symmetric(theorem))
        vector = _squares(rows)[1]
        assert vector is not None
        x = canonical(self.members, (self.ledger.shape(term)[0], 1), tuple((n,) for n in vector))
        return self.contradiction(self.ledger.square(x, theorem))


_NO_DIMS: Mapping[str, Any] = {"n": 1, "m": 1}


def _column(dim: Any) -> str:
    """The name of a column of this dimension of which nothing is known."""
    return f"any_{dim}"


def _entry(one: Any, two: Any) -> Tree:
    return ("*", ("T", ("e", one)), ("e", two))


def _square(x: Tree) -> Tree:
    return ("*", ("T", x), x)
