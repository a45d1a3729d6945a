"""Whether a formula is true in a finite model with rational values, also one about every vector."""

import itertools
import random
from fractions import Fraction
from typing import Any

from tests.proofs.fuzz_kernel import Matrix, Model, is_psd

__all__ = [
    "CONTRASTS",
    "HALF",
    "WEAKEST",
    "ZERO_",
    "_column",
    "_matrix",
    "_moment",
    "_spectral",
    "_times",
    "_true",
    "_unit",
]


def _true(model: Model, formula: Any, env: tuple[Any, ...] = ()) -> bool:  # noqa: PLR0911 - one per kind
    """Whether a formula is true; one about every vector is decided as that of a quadratic polynomial, exactly."""
    kind, rest = formula[0], formula[1:]
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(_true(model, part, env) for part in rest)
    if kind == "->":
        return not _true(model, rest[0], env) or _true(model, rest[1], env)
    if kind in ("all", "ex") and rest[0][0] == "member":
        family = rest[0][1]
        each = (_true(model, rest[1], ((family, m), *env)) for m in range(len(model.weights[family])))
        return all(each) if kind == "all" else any(each)
    if kind == "ex":
        shape = tuple(map(model.size, rest[0][1:]))
        return any(_true(model, rest[1], (x, *env)) for x in _witnesses(*shape))
    if kind == "all":
        return _for_every_vector(model, formula, env)
    left, right = (model.value(t, env) for t in rest) if len(rest) == 2 else (model.value(rest[0], env), ())
    if kind == "psd":
        return is_psd(left)
    if kind == "=":
        return left == right
    if kind == "nz":
        return left[0][0] != 0
    return left[0][0] <= right[0][0] if kind == "<=" else left[0][0] < right[0][0]


def _witnesses(rows: int, columns: int) -> list[Matrix]:
    if columns > 1:
        return [_matrix([[n * (r == c) for c in range(columns)] for r in range(rows)]) for n in (1, HALF)]
    return [_column(x) for x in (*CONTRASTS, (1, 0, 0, 0), WEAKEST)]


def _for_every_vector(model: Model, formula: Any, env: tuple[Any, ...]) -> bool:
    """``all x, ...: left <= right``, vectors, contrasts or numbers, where right - left is of degree 2."""
    binders, size = 0, model.size(formula[1][1])
    while formula[0] == "all":
        assert formula[1] in (("matrix", "K", 1), ("matrix", 1, 1))
        assert model.size(formula[1][1]) == size
        formula, binders = formula[2], binders + 1
    contrast = formula[0] == "->"
    if contrast:
        assert binders == 1
        assert formula[1] == ("=", ("*", ("T", ("ones", "labels")), ("v", 0)), ("q", 0, 1))
        formula = formula[2]
    if formula[0] == "and":
        parts = [_wrapped(part, binders, contrast) for part in formula[1:]]
        return all(_for_every_vector(model, part, env) for part in parts)
    if formula[0] == "=":
        sides = (formula[1:], formula[:0:-1])
        return all(_for_every_vector(model, _wrapped(("<=", *pair), binders, contrast), env) for pair in sides)
    assert formula[0] == "<="
    basis = [_column(x) for x in CONTRASTS] if contrast else [_column(x) for x in _unit(size)]
    count = len(basis) * binders

    def apart(numbers: list[Fraction]) -> Fraction:
        vectors = []
        for b in range(binders):
            own = numbers[b * len(basis) : (b + 1) * len(basis)]
            rows = range(size)
            vectors.append(tuple((sum((c * x[r][0] for c, x in zip(own, basis, strict=True)), ZERO_),) for r in rows))
        return model.value(formula[2], (*vectors, *env))[0][0] - model.value(formula[1], (*vectors, *env))[0][0]

    return is_psd(_form(apart, count))


ZERO_ = Fraction(0)


def _form(polynomial: Any, count: int) -> Matrix:
    """The matrix of a polynomial of degree 2 in ``count`` numbers and 1: it is >= 0 everywhere iff that is psd."""
    units = [[Fraction(i == j) for j in range(count)] for i in range(count)]
    at0 = polynomial([ZERO_] * count)
    plus = [polynomial(x) for x in units]
    minus = [polynomial([-c for c in x]) for x in units]
    linear = [(p - m) / 4 for p, m in zip(plus, minus, strict=True)]
    rows = [[at0, *linear]]
    for i in range(count):
        row = [linear[i]]
        for j in range(count):
            both = polynomial([a + b for a, b in zip(units[i], units[j], strict=True)])
            row.append((both - plus[i] - plus[j] + at0) / 2)
        rows.append(row)
    rng = random.Random(0)
    for _ in range(3):  # it is of degree 2
        x = [Fraction(1), *(Fraction(rng.randint(-5, 5), 3) for _ in range(count))]
        value = sum((a * b * rows[i][j] for (i, a), (j, b) in itertools.product(enumerate(x), repeat=2)), ZERO_)
        assert value == polynomial(x[1:])
    return _matrix(rows)


def _wrapped(body: Any, binders: int, contrast: bool) -> Any:
    if contrast:
        body = ("->", ("=", ("*", ("T", ("ones", "labels")), ("v", 0)), ("q", 0, 1)), body)
    for _ in range(binders):
        body = ("all", ("matrix", "K", 1), body)
    return body


def _matrix(rows: Any) -> Matrix:
    return tuple(tuple(map(Fraction, row)) for row in rows)


def _column(entries: Any) -> Matrix:
    return _matrix([[x] for x in entries])


def _unit(n: int) -> list[tuple[int, ...]]:
    return [tuple(int(i == j) for j in range(n)) for i in range(n)]


HALF = Fraction(1, 2)
CONTRASTS = [(HALF, HALF, -HALF, -HALF), (HALF, -HALF, HALF, -HALF), (HALF, -HALF, -HALF, HALF)]
"""Three orthonormal contrasts of four labels: a pair of labels has the contrast x or -x, its complement the other."""
WEAKEST = tuple(Fraction(x, 6) for x in (5, -1, -1, -3))
"""A contrast of norm 1, the weakest one of single labels with probabilities 7/50, 16/50, 16/50 and 11/50."""


def _spectral(*values: Any) -> Matrix:
    """The matrix with these eigenvalues on the three contrasts."""
    return _matrix(
        [
            [sum((v * x[i] * x[j] for v, x in zip(values, CONTRASTS, strict=True)), ZERO_) for j in range(4)]
            for i in range(4)
        ]
    )


def _moment(weights: list[Any], sets: Any) -> Matrix:
    rows = range(len(sets[0]))
    return _matrix(
        [[sum((w * y[i] * y[j] for w, y in zip(weights, sets, strict=True)), ZERO_) for j in rows] for i in rows]
    )


def _times(a: Matrix, b: Matrix) -> Matrix:
    return _matrix([[sum((x * y for x, y in zip(row, column, strict=True)), ZERO_) for column in zip(*b)] for row in a])  # noqa: B905


class _SquaredLoss(Model):
    """A model in which L and D are those of the squared loss: the letters with arguments."""

    def __init__(self, model: Model) -> None:
        super().__init__(**vars(model))

    def letter(self, name: str, members: tuple[int, ...], args: tuple[Matrix, ...]) -> Matrix:
        """L(z) = |z - y|^2/2, y the target if there is one, its slope, and D(r) = r'y - |r|^2/2; others are given.

        None is by chance.
        """
        if not args:
            value: Matrix = self.given[name, members]
            return value
        if name == "c":  # of four single labels at s = 2 log 5; roots grow with s, of which nothing else is said
            return ((HALF,),)
        member = members or (0,)
        y = [x for (x,) in self.given.get(("target", member), self.given["y", member])]
        z = [x for (x,) in args[0]]
        if name in ("L", "L0", "L1"):
            return ((sum(((a - b) ** 2 / 2 for a, b in zip(z, y, strict=True)), ZERO_),),)
        if name == "slope":
            return _column([a - b for a, b in zip(z, y, strict=True)])
        assert name in ("D", "D0", "D1")
        return ((sum((a * b - a * a / 2 for a, b in zip(z, y, strict=True)), ZERO_),),)
