r"""The normal form of words: products of letters under indexed sums, with sizes left symbolic.

1. defined letters (:math:`P:=I-\frac1K\mathbf1\mathbf1^\top`) are expanded;
2. products distribute, index sums are linear and their indices are renamed apart;
3. a row times a column is a number and commutes: words are cut at every inner dimension 1;
4. a number equals its transpose, a trace its rotations: each is replaced by the smallest of its forms;
5. two-letter rules (:math:`\mathbf1^\top y_S\to m`) are applied until none applies;
6. :math:`\sum_ke_ke_k^\top=I` is contracted, and bound indices are named so that the result is smallest.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import sympy as sp

from proofs.kernel.formula import Family, Formula, Index, Letter, as_formula, formula_tex, trace
from proofs.kernel.outcome import DefectError
from proofs.kernel.scalars import Scalars

ONE = sp.Integer(1)


@dataclass(frozen=True)
class Rule:
    """``left -> right``, where ``left`` is a product of two letters (its indices are pattern variables)."""

    left: Formula
    right: Formula | Any
    why: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "right", as_formula(self.right, self.left.shape))


class _Atom(NamedTuple):
    name: str
    indices: tuple[str, ...]
    transposed: bool


_Word = tuple[_Atom, ...]
_Scalar = tuple[str, _Word]  # ("word" | "trace", letters)


class _Mono(NamedTuple):
    scalars: tuple[_Scalar, ...]
    spine: _Word


_Element = dict[_Mono, Any]
_UNIT = _Mono((), ())


class _Pattern(NamedTuple):
    first: _Atom
    second: _Atom
    right: Formula


@dataclass(frozen=True)
class Words:
    """What words are made of, how they are rewritten, and when a combination of them is zero.

    The fields are those of ``algebra.Algebra``, which explains them.
    """

    letters: tuple[Letter, ...]
    definitions: tuple[tuple[Formula, Formula], ...]
    rules: tuple[Rule, ...]
    idempotent: tuple[Formula, ...]
    scalars: Scalars

    @cached_property
    def _meanings(self) -> dict[Formula, frozenset[Any]]:
        return {}

    def meaning(self, f: Formula) -> frozenset[Any]:
        """The definitions of all defined letters that a formula is made of: with them it means the same anywhere."""
        if f not in self._meanings:
            own: frozenset[Any] = frozenset()
            if f.kind == "letter" and f.data[0].name in self.expansions:
                formal, expansion = self.expansions[f.data[0].name]
                own = self.meaning(expansion) | {(f.data[0].name, formal, expansion)}
            self._meanings[f] = own.union(*map(self.meaning, f.parts))
        return self._meanings[f]

    def vanishes(self, formula: Formula) -> bool:
        """Whether the normal form is zero."""
        normaliser = _Normaliser(self)
        return self._is_zero(normaliser, normaliser.of(formula))

    def _is_zero(self, normaliser: _Normaliser, element: _Element) -> bool:
        element = self.canonical(normaliser.settled(element))
        combined = {mono: c for mono, c in element.items() if not self.scalars.vanishes(c)}
        # Terms that depend on a bound index may add up to one that does not, and can then be summed.
        again = normaliser.combined(combined)
        return not combined if again is None else self._is_zero(normaliser, again)

    @cached_property
    def named(self) -> dict[str, Letter]:
        defined = [left.data[0] for left, _ in self.definitions]
        names = [letter.name for letter in (*self.letters, *defined)]
        if len(set(names)) != len(names):
            raise DefectError(f"letters {sorted({n for n in names if names.count(n) > 1})} are declared twice")
        return {letter.name: letter for letter in (*self.letters, *defined)}

    @cached_property
    def expansions(self) -> dict[str, tuple[tuple[Index, ...], Formula]]:
        return {left.data[0].name: (left.data[1], right) for left, right in self.definitions}

    @cached_property
    def patterns(self) -> tuple[_Pattern, ...]:
        patterns = []
        for rule in self.rules:
            raw = self.raw(rule.left)
            if len(raw) != 2 or self.columns(raw[0]) == 1:
                raise DefectError(
                    f"rule {formula_tex(rule.left)}: the left side must be two letters with an inner dimension"
                )
            right = rule.right
            if right.shape != rule.left.shape:
                raise DefectError(f"rule {formula_tex(rule.left)}: the two sides have different shapes")
            patterns.append(_Pattern(raw[0], raw[1], right))
            flipped = self.flip(raw)
            if flipped != raw:
                patterns.append(_Pattern(flipped[0], flipped[1], right.T))
        return tuple(patterns)

    def raw(self, formula: Formula) -> _Word:
        if formula.kind == "letter":
            letter, indices = formula.data
            if letter.name not in self.named:
                raise DefectError(f"letter {letter.name} is not declared in this algebra")
            return (self.atom(letter, tuple(i.name for i in indices)),)
        if formula.kind == "transpose":
            return self.flip(self.raw(formula.parts[0]))
        if formula.kind == "product":
            return tuple(a for part in formula.parts for a in self.raw(part))
        raise DefectError(f"{formula_tex(formula)} is not a product of letters")

    @staticmethod
    def atom(letter: Letter, indices: tuple[str, ...]) -> _Atom:
        number_like = letter.rows == 1 and letter.columns == 1
        return _Atom(letter.name, tuple(sorted(indices)) if number_like and letter.symmetric else indices, False)

    def flip(self, word: _Word) -> _Word:
        return tuple(self.flip_atom(a) for a in reversed(word))

    def flip_atom(self, atom: _Atom) -> _Atom:
        letter = self.named[atom.name]
        if letter.symmetric or (letter.rows == 1 and letter.columns == 1):
            return atom
        return atom._replace(transposed=not atom.transposed)

    def columns(self, atom: _Atom) -> Any:
        letter = self.named[atom.name]
        return letter.rows if atom.transposed else letter.columns

    def rows(self, atom: _Atom) -> Any:
        letter = self.named[atom.name]
        return letter.columns if atom.transposed else letter.rows

    def normal_form(self, formula: Formula) -> _Element:
        """Coefficients by monomial, bound indices named so that each monomial is smallest."""
        return self.canonical(self._normal(formula))

    def _normal(self, formula: Formula) -> _Element:
        normaliser = _Normaliser(self)
        return normaliser.settled(normaliser.of(formula))

    def canonical(self, element: _Element) -> _Element:
        """Name the bound indices so that each monomial is smallest, averaging coefficients over ties."""
        result: _Element = {}
        for mono, coefficient in element.items():
            for term in sp.Add.make_args(sp.expand(coefficient)):
                best, value = self._smallest(mono, term)
                result[best] = result.get(best, 0) + value
        return result

    def _smallest(self, mono: _Mono, coefficient: Any) -> tuple[_Mono, Any]:
        names = {i for _, word in mono.scalars for a in word for i in a.indices} | {
            i for a in mono.spine for i in a.indices
        }
        names |= {s.name for s in coefficient.free_symbols if s.is_Symbol}
        bound = sorted(n for n in names if n.startswith("#"))
        groups = [tuple(g) for _, g in itertools.groupby(bound, key=lambda n: n.split(":")[0])]
        found: dict[_Mono, list[Any]] = {}
        for orders in itertools.product(*(itertools.permutations(range(len(g))) for g in groups)):
            rename = {
                old: f"{old.split(':')[0]}:{new:04d}"
                for group, order in zip(groups, orders, strict=True)
                for old, new in zip(group, order, strict=True)
            }
            symbols = {sp.Symbol(a, integer=True): sp.Symbol(b, integer=True) for a, b in rename.items()}
            key = _Mono(
                tuple(sorted(self.least(kind, _renamed(word, rename)) for kind, word in mono.scalars)),
                _renamed(mono.spine, rename),
            )
            found.setdefault(key, []).append(coefficient.subs(symbols, simultaneous=True) if symbols else coefficient)
        best = min(found)
        return best, sp.Add(*found[best]) / len(found[best])

    def least(self, kind: str, word: _Word) -> _Scalar:
        """A number equals its transpose; a trace also its rotations."""
        word = tuple(self.atom(self.named[a.name], a.indices)._replace(transposed=a.transposed) for a in word)
        forms = [word, self.flip(word)]
        if kind == "trace":
            forms = [w[i:] + w[:i] for w in forms for i in range(len(w))]
        return kind, min(forms)

    def require_termination(self) -> None:
        """Each rule drops letters of its left side or replaces them by letters below them in one partial order."""
        below: dict[str, set[str]] = {}
        for rule in self.rules:
            left = sorted(a.name for a in self.raw(rule.left))
            for mono in self._settled(rule.right):
                right = sorted(a.name for _, word in (*mono.scalars, ("", mono.spine)) for a in word)
                if not (len(right) < len(left) and set(right) <= set(left)):
                    for name in left:
                        below.setdefault(name, set()).update(right)
        for name, lower in below.items():
            reached: set[str] = set()
            frontier = set(lower)
            while frontier:
                reached |= frontier
                frontier = {b for a in frontier for b in below.get(a, ())} - reached
            if name in reached:
                raise DefectError(f"the rules could be applied forever: letter {name} comes back")

    def _settled(self, formula: Any) -> Any:
        try:
            return self._normal(as_formula(formula))
        except RecursionError:
            raise DefectError("the rules could be applied forever: one undoes another, or its own transpose") from None

    def require_confluence(self, agreeing: int = 0) -> None:
        """Two rules agree wherever they overlap; of so many of the first patterns that is known."""
        for (i, one), (j, two) in itertools.product(enumerate(self.patterns), repeat=2):
            bind = None if i < agreeing > j else _unify(one.second, two.first)
            if bind is None:
                continue
            first, middle, last = (
                _bound_atom(a, side, bind) for a, side in ((one.first, 0), (one.second, 0), (two.second, 1))
            )
            normaliser = _Normaliser(self)
            left = normaliser.rewrite((), one.right, _index_map(one, 0, bind), (last,))
            right = normaliser.rewrite((first,), two.right, _index_map(two, 1, bind), ())
            if not self._is_zero(normaliser, _minus(left, right)):
                raise DefectError(f"rules disagree on {first.name} {middle.name} {last.name}: add the missing rule")


def _renamed(word: _Word, rename: Mapping[str, str]) -> _Word:
    return tuple(a._replace(indices=tuple(rename.get(i, i) for i in a.indices)) for a in word)


def _add(into: _Element, mono: _Mono, coefficient: Any) -> None:
    into[mono] = into.get(mono, 0) + coefficient


def _minus(a: _Element, b: _Element) -> _Element:
    result = dict(a)
    for mono, coefficient in b.items():
        _add(result, mono, -coefficient)
    return result


class _Normaliser:
    """One normal-form computation: holds the supply of fresh bound indices."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._fresh = itertools.count()
        self._families: dict[str, Family] = {}

    def of(self, f: Formula, indices: Mapping[str, str] | None = None) -> _Element:
        """Normal form of a tree; ``indices`` renames its free indices."""
        return getattr(self, "_" + f.kind)(f, dict(indices or {}))  # type: ignore[no-any-return]

    def _number(self, f: Formula, indices: dict[str, str]) -> _Element:
        return {_UNIT: _substituted(f.data, indices)}

    def _zero(self, f: Formula, indices: dict[str, str]) -> _Element:
        del f, indices
        return {}

    def _eye(self, f: Formula, indices: dict[str, str]) -> _Element:
        del f, indices
        return {_UNIT: ONE}

    def _letter(self, f: Formula, indices: dict[str, str]) -> _Element:
        letter, own = f.data
        words = self.words
        names = tuple(indices.get(i.name, i.name) for i in own)
        if letter.name in words.expansions:
            formal, expansion = words.expansions[letter.name]
            return self.of(expansion, {i.name: name for i, name in zip(formal, names, strict=True)})
        if letter.name not in words.named or words.named[letter.name] != letter:
            raise DefectError(f"letter {letter.name} is not declared in this algebra")
        return self.word((words.atom(letter, names),))

    def _scaled(self, f: Formula, indices: dict[str, str]) -> _Element:
        scale = _substituted(f.data, indices)
        return {mono: scale * c for mono, c in self.of(f.parts[0], indices).items()}

    def _sum(self, f: Formula, indices: dict[str, str]) -> _Element:
        result: _Element = {}
        for part in f.parts:
            for mono, c in self.of(part, indices).items():
                _add(result, mono, c)
        return result

    def _transpose(self, f: Formula, indices: dict[str, str]) -> _Element:
        inner = self.of(f.parts[0], indices)
        return {_Mono(mono.scalars, self.words.flip(mono.spine)): c for mono, c in inner.items()}

    def _product(self, f: Formula, indices: dict[str, str]) -> _Element:
        result: _Element = {_UNIT: ONE}
        for part in f.parts:
            result = self.times(result, self.of(part, indices))
        return result

    def _norm2(self, f: Formula, indices: dict[str, str]) -> _Element:
        inner = f.parts[0]
        gram = inner.T * inner if inner.shape[1] == 1 else trace(inner.T * inner)
        return self.of(gram, indices)

    def _trace(self, f: Formula, indices: dict[str, str]) -> _Element:
        result: _Element = {}
        for mono, c in self.of(f.parts[0], indices).items():
            if mono.spine:
                closed = self.times({_Mono(mono.scalars, ()): c}, self.closed(mono.spine))
            else:
                closed = {mono: c * f.parts[0].shape[0]}
            for key, value in closed.items():
                _add(result, key, value)
        return result

    def _over(self, f: Formula, indices: dict[str, str]) -> _Element:
        index: Index = f.data
        bound = f"#{index.family.name}:{next(self._fresh):04d}"
        self._families[f"#{index.family.name}"] = index.family
        inner = self.of(f.parts[0], indices | {index.name: bound})
        return {mono: c * index.family.total for mono, c in inner.items()}

    # A bound index stays in its monomial, where it stands for the *mean* over the family: an index that occurs
    # nowhere then needs no further treatment, and the total mass has become a factor of the coefficient.

    def settled(self, element: _Element) -> _Element:
        """Sum over the bound indices of families with a basis wherever the sum has a value."""
        result: _Element = {}
        for mono, coefficient in element.items():
            for term in sp.Add.make_args(sp.expand(coefficient)):
                for key, value in self._settled_term(mono, term).items():
                    _add(result, key, value)
        return result

    def _settled_term(self, mono: _Mono, c: Any) -> _Element:
        for bound, family in self._summable(mono):
            smaller = self._delta(mono, c, bound, family) or self._contracted(mono, c, bound, family)
            if smaller is not None:
                return self.settled(smaller)
        return {mono: c}

    def _summable(self, mono: _Mono) -> list[tuple[str, Family]]:
        """The bound indices of a monomial whose family has a basis."""
        atoms = [a for _, word in mono.scalars for a in word] + list(mono.spine)
        bound = sorted({i for a in atoms for i in a.indices if i.startswith("#")})
        named = [(i, self._families[i.split(":")[0]]) for i in bound]
        return [(i, family) for i, family in named if family.basis]

    def combined(self, element: _Element) -> _Element | None:
        """Cancel coefficients that depend on a summable index; ``None`` if none of them becomes independent of it."""
        result, changed = dict(element), False
        for mono, c in element.items():
            symbols = {sp.Symbol(bound, integer=True) for bound, _ in self._summable(mono)}
            if symbols & c.free_symbols:
                result[mono] = sp.cancel(sp.together(c))
                changed = changed or bool((symbols & c.free_symbols) - result[mono].free_symbols)
        return result if changed else None

    def _delta(self, mono: _Mono, c: Any, bound: str, family: Family) -> _Element | None:
        r"""Sum over ``k`` in :math:`\sum_k(e_k^\top e_j)\,g(k)=g(j)`."""
        for i, (kind, word) in enumerate(mono.scalars):
            if kind != "word" or len(word) != 2 or any(a.name != family.basis for a in word):
                continue
            names = [a.indices[0] for a in word]
            if bound not in names:
                continue
            swap = {bound: next(n for n in names if n != bound)}
            result: _Element = {_UNIT: _substituted(c, swap) / family.total}
            for other, letters in (scalar for n, scalar in enumerate(mono.scalars) if n != i):
                result = self.times(result, self._as_scalar(other, _renamed(letters, swap)))
            return self.times(result, self.word(_renamed(mono.spine, swap)))
        return None

    def _as_scalar(self, kind: str, word: _Word) -> _Element:
        return self.closed(word) if kind == "trace" else self.word(word)

    def _contracted(self, mono: _Mono, c: Any, bound: str, family: Family) -> _Element | None:
        r"""Apply :math:`\sum_ke_ke_k^\top=I` or :math:`\sum_ke_k=\mathbf1` when the index occurs nowhere else."""
        atoms = [a for _, word in mono.scalars for a in word] + list(mono.spine)
        uses = [a for a in atoms if bound in a.indices]
        basis_only = all(a.name == family.basis for a in uses)
        if not basis_only or len(uses) not in (1, 2) or sp.Symbol(bound, integer=True) in c.free_symbols:
            return None
        c = c / family.total
        pieces = [word for kind, word in mono.scalars if kind == "word" and any(bound in a.indices for a in word)]
        others = tuple(s for s in mono.scalars if s[0] == "trace" or not any(bound in a.indices for a in s[1]))
        if len(uses) == 1:
            total = _Atom(family.basis_sum, (), False)
            swap = {u: total._replace(transposed=u.transposed) for u in uses}
            result = self.word(tuple(swap.get(a, a) for a in mono.spine))
            for piece in pieces:
                result = self.times(result, self.word(tuple(swap.get(a, a) for a in piece)))
        else:
            result = self._joined(pieces, mono.spine, bound)
        return self.times({_Mono(others, ()): c}, result)

    def _joined(self, pieces: list[_Word], spine: _Word, bound: str) -> _Element:
        flip = self.words.flip
        in_spine = [i for i, a in enumerate(spine) if bound in a.indices]
        if len(pieces) == 1 and not in_spine:  # e_k' X e_k
            return (
                self.closed(pieces[0][1:-1])
                if len(pieces[0]) > 2
                else {_UNIT: self.words.named[pieces[0][0].name].rows}
            )
        if len(pieces) == 2:  # (a' e_k)(e_k' b)
            first, second = (w if bound in w[-1].indices else flip(w) for w in pieces)
            joined = first[:-1] + flip(second)[1:]
            return self.times(self.word(joined), {_Mono((), spine): ONE})
        if len(in_spine) == 2:  # A e_k e_k' B
            return self.word(spine[: in_spine[0]] + spine[in_spine[1] + 1 :])
        at = in_spine[0]
        piece = pieces[0] if bound in pieces[0][0].indices else flip(pieces[0])
        if spine[at].transposed:
            return self.word(spine[:at] + flip(piece)[:-1] + spine[at + 1 :])
        return self.word(spine[:at] + piece[1:] + spine[at + 1 :])

    # ------------------------------------------------------------------ words

    def times(self, a: _Element, b: _Element) -> _Element:
        """The product of two normal forms."""
        result: _Element = {}
        for (x, c), (y, d) in itertools.product(a.items(), b.items()):
            for mono, e in self.word(x.spine + y.spine).items():
                key = self._collected((*x.scalars, *y.scalars, *mono.scalars), mono.spine)
                _add(result, key, c * d * e)
        return result

    def word(self, word: _Word) -> _Element:
        """Normal form of a product of letters: rules, then cuts at inner dimension 1."""
        for i in range(len(word) - 1):
            match = self._match(word[i], word[i + 1])
            if match:
                pattern, indices = match
                return self.rewrite(word[:i], pattern.right, indices, word[i + 2 :])
        return {self._cut(word): ONE}

    def rewrite(self, before: _Word, right: Formula, indices: Mapping[str, str], after: _Word) -> _Element:
        """``before * right * after``, where ``right`` replaced two letters."""
        middle = self.of(right, indices)
        return self.times(self.times({_UNIT: ONE} if not before else self.word(before), middle), self.word(after))

    def closed(self, word: _Word) -> _Element:
        """Normal form of a trace."""
        if not word:
            raise DefectError("the trace of an empty word has no size")
        for i in range(len(word)):
            rotated = word[i:] + word[:i]
            if self.words.rows(rotated[0]) == 1:
                return self.word(rotated)
            if len(word) > 1:
                match = self._match(rotated[0], rotated[1])
                if match:
                    pattern, indices = match
                    inner = self.rewrite((), pattern.right, indices, rotated[2:])
                    return self._retrace(inner, self.words.rows(rotated[0]))
        return {_Mono((self.words.least("trace", word),), ()): ONE}

    def _retrace(self, element: _Element, size: Any) -> _Element:
        result: _Element = {}
        for mono, c in element.items():
            inner = self.closed(mono.spine) if mono.spine else {_UNIT: size}
            for key, value in self.times({_Mono(mono.scalars, ()): c}, inner).items():
                _add(result, key, value)
        return result

    def _match(self, a: _Atom, b: _Atom) -> tuple[_Pattern, dict[str, str]] | None:
        for pattern in self.words.patterns:
            indices: dict[str, str] = {}
            if _matches(pattern.first, a, indices) and _matches(pattern.second, b, indices):
                return pattern, indices
        return None

    def _cut(self, word: _Word) -> _Mono:
        words = self.words
        numbers = [a for a in word if words.rows(a) == 1 and words.columns(a) == 1]
        rest = tuple(a for a in word if a not in numbers)
        segments: list[_Word] = []
        start = 0
        for i, a in enumerate(rest):
            if i + 1 == len(rest) or words.columns(a) == 1:
                segments.append(rest[start : i + 1])
                start = i + 1
        scalars: list[_Scalar] = [("word", (a,)) for a in numbers]
        spine: _Word = ()
        for segment in segments:
            if words.rows(segment[0]) == 1 and words.columns(segment[-1]) == 1:
                scalars.append(("word", segment))
            else:
                spine += segment
        return self._collected(tuple(scalars), spine)

    def _collected(self, scalars: tuple[_Scalar, ...], spine: _Word) -> _Mono:
        ordered = sorted(self.words.least(kind, word) for kind, word in scalars)
        kept: list[_Scalar] = []
        for scalar in ordered:
            if not (kept and kept[-1] == scalar and self._is_idempotent(scalar)):
                kept.append(scalar)
        return _Mono(tuple(kept), spine)

    def _is_idempotent(self, scalar: _Scalar) -> bool:
        kind, word = scalar
        if kind != "word":
            return False
        for pattern in self.words.idempotent:
            raw = self.words.raw(pattern)
            for form in (raw, self.words.flip(raw)):
                indices: dict[str, str] = {}
                if len(form) == len(word) and all(_matches(p, a, indices) for p, a in zip(form, word, strict=True)):
                    return True
        return False


def _substituted(coefficient: Any, indices: Mapping[str, str]) -> Any:
    swap = {sp.Symbol(a, integer=True): sp.Symbol(b, integer=True) for a, b in indices.items() if a != b}
    return coefficient.subs(swap, simultaneous=True) if swap else coefficient


def _matches(pattern: _Atom, atom: _Atom, indices: dict[str, str]) -> bool:
    if pattern.name != atom.name or pattern.transposed != atom.transposed:
        return False
    return all(indices.setdefault(p, a) == a for p, a in zip(pattern.indices, atom.indices, strict=True))


# Overlaps of two rules: pattern variables of the two rules are kept apart by a prefix, then identified.


def _unify(a: _Atom, b: _Atom) -> dict[str, str] | None:
    if a.name != b.name or a.transposed != b.transposed:
        return None
    return {f"1{j}": f"0{i}" for i, j in zip(a.indices, b.indices, strict=True)}


def _bound_atom(a: _Atom, side: int, bind: Mapping[str, str]) -> _Atom:
    return a._replace(indices=tuple(bind.get(f"{side}{i}", f"{side}{i}") for i in a.indices))


def _index_map(pattern: _Pattern, side: int, bind: Mapping[str, str]) -> dict[str, str]:
    names = {*pattern.first.indices, *pattern.second.indices}
    return {i: bind.get(f"{side}{i}", f"{side}{i}") for i in names}
