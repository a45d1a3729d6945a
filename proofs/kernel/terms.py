"""Terms and formulas of the proof kernel, as they stand in a trace: nested tuples, with bound variables by number.

``notes/kernel.md`` says what they mean. Here they are taken apart and put together: names are bound and bound variables
are given values. Nothing here decides anything.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

Tree = tuple[Any, ...]
"""A term, a formula or a binder."""

BINDERS = ("sum", "all", "ex")
CONSTANTS = ("q", "dim", "ones", "I", "0", "false")

ZERO: Tree = ("q", 0, 1)
ONE: Tree = ("q", 1, 1)
FALSE: Tree = ("false",)


def rational(n: int, d: int = 1) -> Tree:
    """The number n/d, in lowest terms as given."""
    return ("q", n, d)


def add(*terms: Tree) -> Tree:
    """A sum; of one term, the term."""
    return terms[0] if len(terms) == 1 else ("+", *terms)


def times(*factors: Tree) -> Tree:
    """A product; of one factor, the factor. The number 1 is left out where something else is there."""
    kept = [f for f in factors if f != ONE]
    return ("*", *kept) if len(kept) > 1 else kept[0] if kept else ONE


def minus(term: Tree) -> Tree:
    """The negative."""
    return times(rational(-1), term)


def difference(a: Tree, b: Tree) -> Tree:
    """``a - b``, without a zero."""
    return a if b == ZERO or b[0] == "0" else add(a, minus(b))


def squared(x: Tree, one_column: bool, middle: Tree | None = None) -> Tree:
    """``X.T * X``, with a matrix between them if there is one, and its trace if X has more than one column."""
    product = ("*", ("T", x), x) if middle is None else ("*", ("T", x), middle, x)
    return product if one_column else ("tr", product)


def conjunction(formulas: tuple[Tree, ...]) -> Tree:
    """All of them."""
    return formulas[0] if len(formulas) == 1 else ("and", *formulas)


def implied(premises: tuple[Tree, ...], conclusion: Tree) -> Tree:
    """A formula under premises, one after the other."""
    for premise in reversed(premises):
        conclusion = ("->", premise, conclusion)
    return conclusion


# ====================================================================== variables


def _mapped(  # noqa: PLR0911 - one return per kind
    tree: Any, leaf: Callable[[Any, str, int], Any], depth: int = 0, letter: Callable[[Tree, int], Tree] | None = None
) -> Any:
    """The tree with every variable replaced: ``leaf(variable, kind, depth)`` for kinds ``member`` and ``v``; and every
    letter by ``letter(letter, depth)``, inside out."""
    kind = tree[0]
    if kind in CONSTANTS:
        return tree
    if kind == "v":
        return leaf(tree, "v", depth)
    if kind in ("w", "e"):
        return (kind, leaf(tree[1], "member", depth))
    if kind == "l":
        members = tuple([leaf(x, "member", depth) for x in tree[2]])
        made = ("l", tree[1], members, tuple([_mapped(t, leaf, depth, letter) for t in tree[3]]))
        return letter(made, depth) if letter else made
    if kind == "hole":
        return ("hole", tuple([_of_entry(x, leaf, depth, letter) for x in tree[1]]))
    if kind in BINDERS:
        return (kind, tree[1], _mapped(tree[2], leaf, depth + 1, letter))
    return (kind, *[_mapped(part, leaf, depth, letter) if isinstance(part, tuple) else part for part in tree[1:]])


def _of_entry(
    x: Any, leaf: Callable[[Any, str, int], Any], depth: int, letter: Callable[[Tree, int], Tree] | None = None
) -> Any:
    return _mapped(x, leaf, depth, letter) if isinstance(x, tuple) else leaf(x, "member", depth)


def shifted(x: Any, by: int) -> Any:
    """A member or term under ``by`` more binders."""
    if by == 0:
        return x

    def leaf(variable: Any, kind: str, depth: int) -> Any:
        number = variable[1] if kind == "v" else variable
        if not isinstance(number, int) or number < depth:
            return variable
        return ("v", number + by) if kind == "v" else number + by

    return _of_entry(x, leaf, 0)


def bind(tree: Tree, name: str) -> Tree:
    """The body in which a free index or letter of this name is the variable of a binder right above."""

    def up(variable: Any, kind: str, depth: int) -> Any:
        if kind == "v":
            return ("v", variable[1] + 1) if variable[1] >= depth else variable
        if isinstance(variable, int):
            return variable + 1 if variable >= depth else variable
        return depth if variable == name else variable

    bound: Tree = _mapped(tree, up, 0, lambda letter, depth: ("v", depth) if letter[1] == name else letter)
    return bound


def instantiate(body: Tree, value: Any) -> Tree:
    """The body of a binder with a member or a term in the place of its variable."""

    def leaf(variable: Any, kind: str, depth: int) -> Any:
        number = variable[1] if kind == "v" else variable
        if not isinstance(number, int) or number < depth:
            return variable
        if number == depth:
            return shifted(value, depth)
        return ("v", number - 1) if kind == "v" else number - 1

    made: Tree = _mapped(body, leaf)
    return made


def put(
    tree: Any,
    letters: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], Tree]],
    dims: Mapping[str, Any] = MappingProxyType({}),
    depth: int = 0,
) -> Any:
    """The tree with terms in the place of letters, and dimensions in the place of dimensions.

    Args:
        tree: a formula, a term or a binder.
        letters: names of indices and arguments, and the term they occur in, of names of the place it is put into.
        dims: what stands for a dimension; the others stand for themselves.
        depth: number of binders above.
    """
    kind = tree[0]
    if kind in ("dim", "I", "0", "matrix"):
        return (kind, *(dims.get(x, x) for x in tree[1:]))
    if kind == "l":
        args = tuple(put(t, letters, dims, depth) for t in tree[3])
        if tree[1] not in letters:
            return ("l", tree[1], tree[2], args)
        index, names_of_args, body = letters[tree[1]]
        values = dict(zip((*index, *names_of_args), (*tree[2], *args), strict=True))
        for name in values:
            body = bind(body, name)
        for still_bound, name in reversed(list(enumerate(values))):
            body = instantiate(body, shifted(values[name], still_bound))
        return body
    inner = depth + (kind in BINDERS)
    return tuple(put(part, letters, dims, inner) if isinstance(part, tuple) else part for part in tree)


def quantified(formula: Tree, *binders: tuple[str, Tree]) -> Tree:
    """For all of the named indices and letters, the first one outermost."""
    for name, binder in reversed(binders):
        formula = ("all", binder, bind(formula, name))
    return formula


def stripped(formula: Tree) -> tuple[tuple[Tree, ...], Tree]:
    """The binders of the universal quantifiers in front, and what they stand before."""
    binders = []
    while formula[0] == "all":
        binders.append(formula[1])
        formula = formula[2]
    return tuple(binders), formula


def subtrees(tree: Any) -> Iterator[Tree]:
    """The tree and everything in it that is a term or a formula."""
    yield tree
    for part in tree[1:] if tree[0] != "l" else (*tree[2], *tree[3]):
        if isinstance(part, tuple) and part and isinstance(part[0], str):
            yield from subtrees(part)
        elif isinstance(part, tuple):
            for inner in part:
                if isinstance(inner, tuple):
                    yield from subtrees(inner)


@lru_cache(maxsize=10_000)
def names(tree: Any) -> frozenset[str]:
    """Names of the letters and of the free indices in it."""
    found: set[str] = set()
    for part in subtrees(tree):
        if part[0] == "l":
            found |= {part[1], *(x for x in part[2] if isinstance(x, str))}
        elif part[0] in ("w", "e") and isinstance(part[1], str):
            found.add(part[1])
        elif part[0] == "hole":
            found |= {x for x in part[1] if isinstance(x, str)}
    return frozenset(found)


def holes(context: Tree, filled: Callable[[tuple[Any, ...]], Tree]) -> Tree:
    """The context with its hole filled, given what stands in the hole."""
    if context[0] == "hole":
        return filled(context[1])
    if context[0] == "l":
        return (*context[:3], tuple(holes(t, filled) for t in context[3]))
    return tuple(holes(part, filled) if isinstance(part, tuple) else part for part in context)
