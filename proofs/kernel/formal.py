"""Formal statements: hypotheses and goal of a claim as formulas, written as text.

The text is what one would write on paper in ASCII, and is read without SymPy::

    all S: lambda_H*h[S] = W'*r[S]

``'`` transposes, ``sum[k](...)`` sums over the members of a family (weighted with its measure), ``e[k]`` is a basis
vector and ``ones`` the sum of all, ``I[K]`` the identity; ``t != 0`` says that a number is not zero, ``psd M`` that a
matrix is positive semidefinite. Free indices are those of the signature. The trees are those of ``notes/kernel.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofs.claims.entry import Formal
from proofs.kernel.outcome import DefectError
from proofs.kernel.terms import FALSE, ZERO, Tree, add, bind, minus, quantified, times

Shape = tuple[Any, Any]
NUMBER: Shape = (1, 1)
_FORMULA: Any = ()
"""The shape of a letter that stands for a formula."""


@dataclass(frozen=True)
class LetterType:
    """The shape of a letter, the families of its indices and the shapes of its arguments."""

    shape: Shape
    index: tuple[str, ...] = ()
    args: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class Signature:
    """What the names in formulas stand for.

    Attributes:
        dims: dimensions.
        families: total (a term) and basis (a dimension, or ``None``) of each family.
        letters: the letters.
        indices: the free indices and the family of each.
    """

    dims: frozenset[str] = frozenset()
    families: Mapping[str, tuple[Tree, str | None]] = field(default_factory=dict)
    letters: Mapping[str, LetterType] = field(default_factory=dict)
    indices: Mapping[str, str] = field(default_factory=dict)

    def binder(self, name: str) -> Tree:
        """What quantifies an index or a letter without indices."""
        if name in self.indices:
            return ("member", self.indices[name])
        letter = self.letters[name]
        if letter.index or letter.args:
            raise DefectError(f"{name} has indices or arguments and cannot be quantified")
        return ("matrix", *letter.shape)

    def merged(self, other: Signature) -> Signature:
        """Both together.

        Raises:
            DefectError: they disagree on a name.
        """
        for mine, theirs in (
            (self.families, other.families),
            (self.letters, other.letters),
            (self.indices, other.indices),
        ):
            for name in mine.keys() & theirs.keys():
                if mine[name] != theirs[name]:
                    raise DefectError(f"{name} is declared in two ways: {mine[name]} and {theirs[name]}")
        return Signature(
            self.dims | other.dims,
            {**self.families, **other.families},
            {**self.letters, **other.letters},
            {**self.indices, **other.indices},
        )

    def as_json(self) -> dict[str, Any]:
        """As it stands in a trace."""
        return {
            "dims": sorted(self.dims),
            "families": {
                name: {"total": _listed(total), "basis": basis}
                for name, (total, basis) in sorted(self.families.items())
            },
            "letters": {
                name: {"shape": list(x.shape), "index": list(x.index), "args": [list(shape) for shape in x.args]}
                for name, x in sorted(self.letters.items())
            },
            "indices": dict(sorted(self.indices.items())),
        }


def _listed(tree: Any) -> Any:
    return [_listed(x) for x in tree] if isinstance(tree, tuple) else tree


def declare(signature: Signature, *letters: str) -> Signature:
    """More letters: ``"W, W2: K x d; h[sets]: d; lambda_H: 1"``, ``"L[sets](K x 1): 1"``; ``"n, l"``, dimensions.

    Example:
        >>> declare(Signature(frozenset({"K"})), "v: K").letters["v"].shape
        ('K', 1)
    """
    read: dict[str, LetterType] = {}
    dims: set[str] = set()
    for text in (text for one in letters for text in one.split("; ")):
        declared, _, shape = text.partition(": ")
        for one in re.split(r", (?![^\[(]*[\])])", declared):
            if not shape and re.fullmatch("[a-z]", one):
                dims.add(one)
                continue
            found = re.fullmatch(r"(\w+)(?:\[([\w, ]+)\])?(?:\(([\w, ]+)\))?", one)
            if found is None or not re.fullmatch(r"\w+(?: x \w+)?", shape):
                raise DefectError(f"cannot read the letter {text!r}")
            name, index, args = found.groups()
            if name in _OWN:
                raise DefectError(f"{name} has a meaning of its own in formulas, and is no letter")
            read[name] = LetterType(
                _shape(shape),
                tuple(index.split(", ")) if index else (),
                tuple(map(_shape, args.split(", "))) if args else (),
            )
    return signature.merged(Signature(frozenset(dims), letters=read))


_OWN = {"w", "e", "ones", "I"}
"""The weight of a member, the basis, its sum, the identity: a letter of one of these names would be read as that."""


def _shape(text: str) -> Shape:
    if text == "formula":
        return _FORMULA  # type: ignore[no-any-return]
    rows, _, columns = text.partition(" x ")
    return tuple(int(x) if x.isdigit() else x for x in (rows, columns or "1"))  # type: ignore[return-value]


# ====================================================================== reading

_TOKENS = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(<=>|=>|<=|!=|:=|[-+*/^'()\[\],:=<?]))")
_FORMULAS = {"all", "some", "and", "or", "psd", "false", "=>", "<=>", "=", "<=", "<", "!=", ":="}
"""What makes a formula of a text."""


def prefix(text: str) -> tuple[str, ...]:
    """The names that "all" quantifies at the front of a text.

    Example:
        >>> prefix("all S, k: e[k]'*y[S] = 0")
        ('S', 'k')
    """
    found = re.match(r"\s*all ([\w, ]+):", text)
    return tuple(re.split(r",\s*", found.group(1))) if found else ()


def context(text: str, signature: Signature, hole: Shape) -> Tree:
    """A term with a hole ``?`` of the given shape, at members and terms: ``?[S]``."""
    reader = _Reader(text, signature, hole)
    read, _ = reader.sum()
    reader.end()
    return read


def term(text: str, signature: Signature) -> tuple[Tree, Shape]:
    """A term, and its shape."""
    reader = _Reader(text, signature)
    read = reader.sum()
    reader.end()
    return read


def formula(text: str, signature: Signature) -> Tree:
    """The formula that a text says.

    Raises:
        DefectError: the text cannot be read, or shapes do not fit.

    Example:
        >>> formula("v' * v = 0 => v = 0", declare(Signature(frozenset({"K"})), "v: K"))[0]
        '->'
    """
    reader = _Reader(text, signature)
    read = reader.formula()
    reader.end()
    return read


_STATED: dict[Any, tuple[Signature, Signature, tuple[Tree, ...], Tree]] = {}
"""What was read, by the statement and the identity of the signature that stands beside it."""


def stated(formal: Formal, letters: Signature) -> tuple[Signature, tuple[Tree, ...], Tree]:
    """Signature, hypotheses and goal of a statement: read once, however often it is cited."""
    at = (formal, id(letters))
    if at not in _STATED:
        own = declare(letters, *formal.letters)
        given = tuple(formula(text, own) for text in formal.given)
        _STATED[at] = letters, own, given, formula(formal.goal, own)
    return _STATED[at][1:]


Typed = tuple[Tree, Shape]


class _Reader:
    def __init__(self, text: str, signature: Signature, hole: Shape = NUMBER) -> None:
        self.text, self.signature, self.hole, self.here = text, signature, hole, 0
        self.tokens: list[str] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKENS.match(text, position)
            if found is None:
                raise DefectError(f"{text!r}: cannot read {text[position:]!r}")
            self.tokens.append(found[found.lastindex or 0])
            position = found.end()
        self.tokens.append("")

    @property
    def next(self) -> str:
        return self.tokens[self.here]

    def took(self, *tokens: str) -> str:
        """The next token, if it is one of these."""
        found = self.tokens[self.here]
        if found not in tokens or not found:
            return ""
        self.here += 1
        return found

    def need(self, token: str) -> None:
        if not self.took(token):
            raise DefectError(f"{self.text!r}: {token!r} is missing before {self.next!r}")

    def name(self) -> str:
        found = self.next
        self.here += bool(found)
        return found

    def end(self) -> None:
        if self.next:
            raise DefectError(f"{self.text!r}: {self.next!r} is not understood")

    # ------------------------------------------------------------------ formulas

    def formula(self) -> Tree:
        quantifier = self.took("all", "some")
        if quantifier:
            bound = [self.name()]
            while self.took(","):
                bound.append(self.name())
            self.need(":")
            body = self.formula()
            if quantifier == "all":
                return quantified(body, *((name, self.signature.binder(name)) for name in bound))
            for name in reversed(bound):
                body = ("ex", self.signature.binder(name), bind(body, name))
            return body
        left = self.chain("or")
        kind = self.took("=>", "<=>")
        if not kind:
            return left
        return ("->" if kind == "=>" else "iff", left, self.formula())

    def chain(self, word: str) -> Tree:
        parts = [self.chain("and") if word == "or" else self.atom()]
        while self.took(word):
            parts.append(self.chain("and") if word == "or" else self.atom())
        return parts[0] if len(parts) == 1 else (word, *parts)

    def atom(self) -> Tree:
        if self.took("false"):
            return FALSE
        if self.took("psd"):
            return ("psd", self.product()[0])
        if self.next in ("all", "some"):
            return self.formula()
        letter = self.signature.letters.get(self.next)
        if letter and letter.shape == _FORMULA:
            return self.letter(self.name())[0]
        if self.next == "(" and self.is_formula():
            self.need("(")
            inner = self.formula()
            self.need(")")
            return inner
        return self.relation()

    def is_formula(self) -> bool:
        """Whether a formula stands in the parentheses that open here: no term has what makes one."""
        depth, letters = 0, self.signature.letters
        for token in self.tokens[self.here :]:
            depth += (token == "(") - (token == ")")
            if not depth:
                return False
            if token in _FORMULAS or (token in letters and letters[token].shape == _FORMULA):
                return True
        return False

    def relation(self) -> Tree:
        left = self.sum()
        kind = self.took("=", "<=", "<", "!=", ":=").removeprefix(":")
        if not kind:
            raise DefectError(f"{self.text!r}: a relation is missing before {self.next!r}")
        a, b = self.fitted(left, self.sum())
        if kind == "!=":
            return ("nz", a if b == ZERO else add(a, minus(b)))
        return (kind, a, b)

    def fitted(self, left: Typed, right: Typed) -> tuple[Tree, Tree]:
        """Both sides, 0 in the shape of the other."""
        (a, shape), (b, other) = left, right
        if shape != other:
            if b == ZERO:
                return a, ("0", *shape)
            if a == ZERO:
                return ("0", *other), b
            raise DefectError(f"{self.text!r}: sides of shapes {shape} and {other}")
        return a, b

    # ------------------------------------------------------------------ terms

    def sum(self) -> Typed:
        terms = [self.signed()]
        while self.next in ("+", "-"):
            terms.append(self.signed())
        shape = next((s for t, s in terms if t != ZERO), NUMBER)
        if any(s != shape for _, s in terms):
            raise DefectError(f"{self.text!r}: a sum of shapes {[s for _, s in terms]}")
        return add(*(t for t, _ in terms)), shape

    def signed(self) -> Typed:
        if self.took("-"):
            term, shape = self.product()
            return minus(term), shape
        self.took("+")
        return self.product()

    def product(self) -> Typed:
        factors = [self.power()]
        while self.next in ("*", "/"):
            if self.took("/"):
                factors.append((self.inverse(self.power()[0]), NUMBER))
            else:
                self.need("*")
                factors.append(self.power())
        return self.multiplied(factors)

    def inverse(self, term: Tree) -> Tree:
        """A reciprocal; that of a product of numbers, factor by factor."""
        if term[0] == "q":
            value = 1 / Fraction(term[1], term[2])
            return ("q", value.numerator, value.denominator)
        if term[0] == "*" and all(map(self.is_number, term[1:])):
            return times(*map(self.inverse, term[1:]))
        return ("inv", term)

    def is_number(self, term: Tree) -> bool:
        """Whether a term is a number at first sight."""
        if term[0] in ("+", "*"):
            return all(map(self.is_number, term[1:]))
        of_letter = term[0] == "l" and self.signature.letters[term[1]].shape == NUMBER
        return of_letter or term[0] in ("q", "dim", "w", "^", "inv")

    def multiplied(self, factors: list[Typed]) -> Typed:
        """A product from left to right: what has become a number is one, and multiplies whatever follows."""
        groups: list[tuple[list[Tree], Shape]] = []
        for term, shape in factors:
            if groups and shape != NUMBER and groups[-1][1] != NUMBER:
                run, (rows, inner) = groups[-1]
                if inner != shape[0]:
                    raise DefectError(f"{self.text!r}: a product of shapes {(rows, inner)} and {shape}")
                groups[-1] = ([*run, term], (rows, shape[1]))
            else:
                groups.append(([term], shape))
        matrices = [shape for _, shape in groups if shape != NUMBER]
        if len(matrices) > 1:  # numbers stood between them
            numbers = [g for g in groups if g[1] == NUMBER]
            return self.multiplied([*((times(*run), NUMBER) for run, _ in numbers), *self.rest(groups)])
        return times(*(times(*run) for run, _ in groups)), matrices[0] if matrices else NUMBER

    @staticmethod
    def rest(groups: list[tuple[list[Tree], Shape]]) -> list[Typed]:
        return [(times(*run), shape) for run, shape in groups if shape != NUMBER]

    def power(self) -> Typed:
        term, shape = self.primary()
        while self.next in ("'", "^"):
            if self.took("'"):
                term, shape = ("T", term), (shape[1], shape[0])
            else:
                self.need("^")
                term = ("^", term, int(self.name()))
        return term, shape

    def primary(self) -> Typed:  # noqa: PLR0911 - one return per form
        if self.took("("):
            inside = self.sum()
            self.need(")")
            return inside
        name = self.name()
        if name.isdigit():
            return ("q", int(name), 1), NUMBER
        if name == "?":
            return ("hole", self.entries()), self.hole
        if name == "sum":
            return self.sum_over()
        if name == "tr":
            return ("tr", self.bracketed()[0]), NUMBER
        if name == "ones":
            return self.ones()
        if name in ("e", "w"):
            (member,) = self.members()
            family = self.signature.indices[member]
            basis = self.signature.families[family][1]
            return ((name, member), NUMBER if name == "w" else (basis, 1))
        if name == "I":
            (dim,) = self.members()
            return ("I", dim), (dim, dim)
        if name in self.signature.dims:
            return ("dim", name), NUMBER
        return self.letter(name)

    def ones(self) -> Typed:
        families = [name for name, (_, basis) in self.signature.families.items() if basis]
        if len(families) != 1:
            raise DefectError(f"{self.text!r}: ones of which family?")
        return ("ones", families[0]), (self.signature.families[families[0]][1], 1)

    def letter(self, name: str) -> Typed:
        if name not in self.signature.letters:
            raise DefectError(f"{self.text!r}: {name} is not declared")
        letter = self.signature.letters[name]
        members = tuple(self.members()) if letter.index else ()
        if tuple(self.signature.indices.get(i) for i in members) != letter.index:
            raise DefectError(f"{self.text!r}: {name} takes indices {letter.index}")
        args: list[Tree] = []
        if letter.args:
            self.need("(")
            args.append(self.sum()[0])
            while self.took(","):
                args.append(self.sum()[0])
            self.need(")")
        return ("l", name, members, tuple(args)), letter.shape

    def members(self) -> list[str]:
        self.need("[")
        found = [self.name()]
        while self.took(","):
            found.append(self.name())
        self.need("]")
        return found

    def entries(self) -> tuple[Any, ...]:
        """What stands in the brackets of a hole, if there are any: members and terms."""
        if not self.took("["):
            return ()
        found = [self.entry()]
        while self.took(","):
            found.append(self.entry())
        self.need("]")
        return tuple(found)

    def entry(self) -> Any:
        return self.name() if self.next in self.signature.indices else self.sum()[0]

    def bracketed(self) -> Typed:
        self.need("(")
        inside = self.sum()
        self.need(")")
        return inside

    def sum_over(self) -> Typed:
        bound = self.members()
        term, shape = self.bracketed()
        for name in reversed(bound):
            term = ("sum", self.signature.indices[name], bind(term, name))
        return term, shape
