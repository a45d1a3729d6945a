"""Small mistakes in mathematics, made on purpose: every place in a source for one, and the source with it.

A *kind* of mistake is a function from a syntax node to the expressions that could stand in its place. What is not
mathematics, or is no statement of it, is passed over by rules that look at the form of the code alone and never at what
the tests notice:

* annotations, decorators, imports, ``__all__``, string formatting, ``raise``, and the arguments in :data:`SAFETY`;
* what only a reader sees: the functions in :data:`DISPLAY` and the arguments in :data:`PROSE`;
* budgets of work: the constants and arguments in :data:`EFFORT`, whose values change the cost and not the result;
* *examples*: the arguments, and what is called, in :data:`EXAMPLES`. The data of an instance on which a law is tried
  may be any data; a control is meant to be false, and most ways to change it leave it so;
* names that nothing but the above makes use of.

Of a mutated source exactly one expression differs, and its text is otherwise the same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

__all__ = ["KINDS", "Mutation", "applied", "mutations"]

SAFETY = frozenset({"strict", "keepdims", "maxsize", "dtype", "copy", "encoding", "shell"})
PROSE = frozenset({"shown_as", "tex", "name", "title", "note", "message", "numeric"})
EFFORT = frozenset(
    {
        "BITS",
        "DIGITS",
        "HALVINGS",
        "MOST_ENTRIES",
        "PAIRS",
        "PASSES",
        "ROUNDS",
        "every",
        "labels",
        "precision",
        "workprec",
    }
)
DISPLAY = frozenset({"__repr__", "__str__", "__format__", "__hash__", "describe", "render"})
"""And those whose names end with ``tex`` or ``words``."""
EXAMPLES = frozenset(
    {
        "Control",
        "InputError",
        "Model",
        "Random",
        "_case",
        "controls",
        "fails",
        "from_sets",
        "models",
        "skips",
        "witness",
    }
)
"""And every call of a function whose name ends with ``_model``, and the functions that list or draw examples:"""
DRAWS = ("_cases", "_draw", "drawn")
"""Endings of their names."""

WEIGHTS = frozenset({"count", "mass", "p", "pi", "probabilities", "share", "shares", "w", "weight", "weights"})
"""Names that weights of label sets go by."""

ORDERS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
"""Relations between formulas are strings where a derivation states them."""
EXTREMES = {
    "min": "max",
    "minimum": "maximum",
    "floor": "ceil",
    "all": "any",
    "lower": "upper",
    "ROUND_FLOOR": "ROUND_CEILING",
}
EXTREMES |= {other: name for name, other in EXTREMES.items()}
SYMMETRIC = frozenset({"gcd", "lcm", "max", "min", "maximum", "minimum", "logaddexp", "overlaps", "union"})
"""Functions of two arguments in either order."""


@dataclass(frozen=True)
class Mutation:
    """One mistake at one place.

    Attributes:
        path: the file, relative to the root, with forward slashes.
        within: dotted name of the function or class around it; empty at the top level.
        kind: one of :data:`KINDS`.
        before, after: the expression, on one line, as it was and as it becomes; for a number or a name, what it is in.
        turn: number of the earlier places in the file with all of the above alike.
        text: what is put into the source.
        span: byte offsets of what it replaces.
        line: where that begins.
    """

    path: str
    within: str
    kind: str
    before: str
    after: str
    turn: int
    text: str
    span: tuple[int, int]
    line: int

    @property
    def key(self) -> str:
        """A name that stays the same when code elsewhere in the file changes."""
        again = f" ({self.turn + 1})" if self.turn else ""
        return f"{self.path}::{self.within} {self.kind}: {self.before} -> {self.after}{again}"


# ---------------------------------------------------------------------- the kinds


def _sign(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right) if not _is_nothing(right) and not _is_text(
            left, right
        ):
            yield ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right)


def _constant(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(float() as value):
            yield ast.Constant(1.01 * value if value else 1.0)


def _index(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Subscript(value, ast.Constant(int() as at), context):
            yield ast.Subscript(value, ast.Constant(at + 1), context)
        case ast.Subscript(value, ast.UnaryOp(ast.USub(), ast.Constant(int() as at)), context):
            yield ast.Subscript(value, ast.Constant(1 - at), context)
        case ast.Subscript(value, ast.Slice(ast.Constant(int() as low), high, step), context):
            yield ast.Subscript(value, ast.Slice(ast.Constant(low + 1), high, step), context)
        case ast.Subscript(value, ast.Slice(low, ast.expr() as high, step), context):
            yield ast.Subscript(value, ast.Slice(low, ast.BinOp(high, ast.Sub(), ast.Constant(1)), step), context)


def _order(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, ops, right):
            for at, op in enumerate(ops):
                if type(op) in ORDERS:
                    yield ast.Compare(left, [*ops[:at], ORDERS[type(op)](), *ops[at + 1 :]], right)
        case ast.Constant(str() as relation) if relation in RELATIONS:
            yield ast.Constant(RELATIONS[relation])


def _extreme(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Name(name, ast.Load() as context) if name in EXTREMES:
            yield ast.Name(EXTREMES[name], context)
        case ast.Attribute(value, name, ast.Load() as context) if name in EXTREMES:
            yield ast.Attribute(value, EXTREMES[name], context)


def _factor(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, ast.Mult(), right) if not _is_text(left, right):
            if not _is_weight(right) and _is_coefficient(right) and not _is_transposed(left):
                yield left
            if not _is_weight(left) and _is_coefficient(left) and not _is_transposed(right):
                yield right
        case ast.BinOp(left, ast.Div() | ast.FloorDiv(), right) if not _is_one(right) and not _is_text(left):
            yield left


def _weight(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, ast.Mult(), right) if _is_weight(right) and not _is_text(left, right):
            yield left
        case ast.BinOp(left, ast.Mult(), right) if _is_weight(left) and not _is_text(left, right):
            yield right
        case ast.BinOp(left, ast.MatMult(), right) if _is_weight(left):
            yield ast.Call(ast.Attribute(right, "mean", ast.Load()), [ast.Constant(0)], [])


def _arguments(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(function, [first, second], keywords) if _alike(first, second):
            if _name(function) not in SYMMETRIC | {"zip", "map", "isinstance", "getattr", "hasattr"}:
                yield ast.Call(function, [second, first], keywords)


def _absolute(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(function, [value], []) if _name(function) in {"abs", "fabs", "absolute"}:
            yield value


def _total(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(ast.Name("sum" | "total"), [terms, *_], []):
            first = ast.Call(ast.Name("iter", ast.Load()), [terms], [])
            yield ast.Call(ast.Name("next", ast.Load()), [first], [])


def _logic(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand


KINDS: dict[str, Callable[[ast.AST], Iterator[ast.expr]]] = {
    "sign": _sign,
    "constant": _constant,
    "index": _index,
    "order": _order,
    "extreme": _extreme,
    "factor": _factor,
    "weight": _weight,
    "arguments": _arguments,
    "absolute": _absolute,
    "total": _total,
    "logic": _logic,
}
"""What mistakes are made: a sign flipped; a number one larger, 1 % larger if it is a decimal fraction, or a truth value
negated; an index shifted; ``<`` for ``<=`` or ``==`` for ``!=``; the other extreme; a factor or a divisor dropped; a
weight dropped; two arguments exchanged; an absolute value dropped; the first term for the sum; ``or`` for ``and``, or
``not`` dropped."""


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
        case ast.Call(function):
            return _name(function)
        case ast.Subscript(value):
            return _name(value)
    return ""


def _is_weight(node: ast.AST) -> bool:
    return _name(node).strip("_") in WEIGHTS


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _is_coefficient(node: ast.AST) -> bool:
    """Whether a factor, by its form, is a number and not a matrix whose loss would only break the shapes."""
    match node:
        case ast.Constant(value):
            return isinstance(value, int | float) and value != 1
        case ast.Name(name):
            return name == "K" or name[0].islower() or name.startswith("_")
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right):
            return all(_is_coefficient(part) or _is_one(part) for part in (left, right))
        case ast.UnaryOp(ast.USub(), operand):
            return _is_coefficient(operand)
    return isinstance(node, ast.Subscript) or (isinstance(node, ast.Call) and _name(node) in NUMBERS)


NUMBERS = frozenset({"Fraction", "Integer", "Rational", "arb", "comb", "float", "fmpq", "len", "sqrt"})


def _is_transposed(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr == "T" for part in ast.walk(node))


def _is_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _is_text(*nodes: ast.AST) -> bool:
    """Whether one of the operands is plainly no number: the sum is a concatenation, the difference one of sets."""
    plain = ast.List | ast.Tuple | ast.Set | ast.Dict | ast.JoinedStr | ast.ListComp | ast.SetComp
    return any(
        isinstance(node, plain)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        or (isinstance(node, ast.Call) and _name(node) in {"set", "frozenset", "tuple", "list", "str"})
        or (isinstance(node, ast.BinOp) and _is_text(node.left, node.right))
        for node in nodes
    )


def _alike(first: ast.AST, second: ast.AST) -> bool:
    """Whether two arguments might be exchanged by mistake: different, and of one form."""
    plain = ast.Name | ast.Attribute | ast.Subscript | ast.Constant | ast.BinOp | ast.Call
    if not isinstance(first, plain) or not isinstance(second, plain) or ast.dump(first) == ast.dump(second):
        return False
    of_text = any(
        isinstance(node, ast.Constant) and not isinstance(node.value, int | float) for node in (first, second)
    )
    return not of_text and (type(first) is type(second) or not isinstance(first, ast.Call | ast.Constant))


# ---------------------------------------------------------------------- where


@cache
def mutations(source: str, path: str) -> tuple[Mutation, ...]:
    """Every mutation of a source, in the order of the source.

    Example:
        >>> for mutation in mutations("def f(x):\\n    return 2 * x - 1\\n", "f.py"):
        ...     print(mutation.key)
        f.py::f sign: 2 * x - 1 -> 2 * x + 1
        f.py::f factor: 2 * x -> 2
        f.py::f factor: 2 * x -> x
        f.py::f constant: 2 * x -> 3 * x
        f.py::f constant: 2 * x - 1 -> 2 * x - 2
    """
    tree = ast.parse(source)
    starts = _line_starts(source)
    idle, found, seen = _idle(tree), list[Mutation](), Counter[tuple[str, str, str, str]]()
    around = {
        part: node
        for node in ast.walk(tree)
        if isinstance(node, ast.expr | ast.keyword)
        for part in ast.iter_child_nodes(node)
    }
    for node, within in _mathematics(tree, "", idle):
        for kind, make in KINDS.items():
            for other in make(node):
                alike = (within, kind, *_told(node, other, around.get(node)))
                turn = seen[alike]
                seen[alike] += 1
                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                span = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
                found.append(Mutation(path, *alike, turn, f"({ast.unparse(other)})", span, node.lineno))
    return tuple(found)


def applied(mutation: Mutation, source: str) -> str:
    """The source with the mutation made."""
    start, end = mutation.span
    text = source.encode()
    return (text[:start] + mutation.text.encode() + text[end:]).decode()


def _told(node: ast.expr, other: ast.expr, around: ast.AST | None) -> tuple[str, str]:
    """A change in words that a reader can place: with a number or a name comes what it stands in, if that is short."""
    if not isinstance(node, ast.Constant | ast.Name | ast.Attribute) or around is None or _size(around) > SHORT:
        return ast.unparse(node), ast.unparse(other)
    before = ast.unparse(around)
    for name, value in ast.iter_fields(around):
        changed = other if value is node else [other if part is node else part for part in _listed(value)]
        if value is node or (isinstance(value, list) and node in value):
            setattr(around, name, changed)
            after = ast.unparse(around)
            setattr(around, name, value)
            return before, after
    return ast.unparse(node), ast.unparse(other)


SHORT = 40
"""Nodes of an expression that is shown whole."""


def _size(node: ast.AST) -> int:
    return sum(1 for _ in islice(ast.walk(node), SHORT + 1))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _mathematics(node: ast.AST, within: str, idle: frozenset[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    """Every expression that is mathematics, with the dotted name of what it stands in."""
    if _is_passed_over(node, idle):
        return
    if isinstance(node, ast.expr):
        yield node, within
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        within = f"{within}.{node.name}" if within else node.name
    for child in _children(node):
        yield from _mathematics(child, within, idle)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What may hold mathematics: all children but annotations and decorators, and indices, which are mutated whole."""
    match node:
        case ast.FunctionDef(args=arguments, body=body):
            yield from (*arguments.defaults, *(default for default in arguments.kw_defaults if default), *body)
        case ast.Lambda(arguments, body):
            yield from (*arguments.defaults, *(default for default in arguments.kw_defaults if default), body)
        case ast.ClassDef(body=body):
            yield from body
        case ast.AnnAssign(target, _, ast.expr() as value):
            yield from (target, value)
        case ast.Subscript(value, ast.Constant() | ast.UnaryOp()):
            yield value
        case ast.Subscript(value, ast.Slice() as bounds):
            yield value
            yield from (
                bound for bound in (bounds.lower, bounds.upper) if bound and not isinstance(bound, ast.Constant)
            )
        case ast.UnaryOp(ast.USub(), ast.Constant()):
            pass  # a negative number is one number
        case _:
            yield from ast.iter_child_nodes(node)


def _is_passed_over(node: ast.AST, idle: frozenset[ast.AST]) -> bool:
    return node in idle or isinstance(node, NOT_MATHEMATICS) or _is_called_otherwise(node)


NOT_MATHEMATICS = ast.Import | ast.ImportFrom | ast.Raise | ast.Assert | ast.JoinedStr


def _is_called_otherwise(node: ast.AST) -> bool:
    """Whether the name of a thing, or what stands for one, says that it is no mathematics."""
    passed_over = False
    match node:
        case ast.Expr(ast.Constant()) | ast.If(ast.Name("TYPE_CHECKING")):
            passed_over = True
        case ast.keyword(str() as name):
            passed_over = name in SAFETY | PROSE | EFFORT | EXAMPLES
        case ast.Call(function):
            passed_over = _name(function) in EXAMPLES or _name(function).endswith("_model")
        case ast.FunctionDef(name):
            passed_over = name in DISPLAY or name.endswith(("tex", "words", *DRAWS))
        case ast.ClassDef(bases=bases):
            passed_over = any(_name(base).endswith("Enum") for base in bases)
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)):
            passed_over = name in EFFORT or name == "__all__"
    return passed_over


# ---------------------------------------------------------------------- what only the rest makes use of

Scope = ast.Module | ast.FunctionDef


def _idle(tree: ast.Module) -> frozenset[ast.AST]:
    """Definitions, local or private, whose name is used only in what is passed over, or in another such definition."""
    idle: frozenset[ast.AST] = frozenset()
    while True:
        now = idle.union(*(_idle_in(scope, idle) for scope in ast.walk(tree) if isinstance(scope, Scope)))
        if now == idle:
            return idle
        idle = now


def _idle_in(scope: Scope, idle: frozenset[ast.AST]) -> set[ast.AST]:
    loads = {node.id for node in ast.walk(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    seen = [node for part in scope.body for node, _ in _mathematics(part, "", idle)]
    used = {node.id for node in seen if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return {
        node
        for node, name in _definitions(scope)
        if name in loads - used and (name.startswith("_") or isinstance(scope, ast.FunctionDef))
    }


def _definitions(scope: Scope) -> Iterator[tuple[ast.AST, str]]:
    for node in scope.body:
        match node:
            case ast.FunctionDef(name) | ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)):
                yield node, name
