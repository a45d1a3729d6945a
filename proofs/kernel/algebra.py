r"""Vectors and matrices of symbolic size: words of letters, indexed sums, and their normal form.

A formula (``formula``) is a tree of letters, products, transposes, traces and sums over an index, with sizes
such as :math:`K` left symbolic. To decide an equation both sides are brought to a normal form:

1. defined letters (:math:`P:=I-\frac1K\mathbf1\mathbf1^\top`) are expanded;
2. products distribute, index sums are linear and their indices are renamed apart;
3. a row times a column is a number and commutes: words are cut at every inner dimension 1;
4. a number equals its transpose, a trace its rotations: each is replaced by the smallest of its forms;
5. two-letter rules (:math:`\mathbf1^\top y_S\to m`) are applied until none applies;
6. :math:`\sum_ke_ke_k^\top=I` is contracted, and bound indices are named so that the result is smallest.

Rules are not trusted: :class:`Algebra` refuses rules that could be applied forever, two rules that disagree where they
overlap (so the order of application is irrelevant), and a rule that is false in one of its finite exact *models* or
that no model tests. The same holds for the products declared to be 0 or 1, and for what a defined letter is declared
to be.
Letters are real; a square shows its sign only where its coefficients are shown to be real too.
Coefficients are SymPy formulas, compared by the zero test of ``scalars``. A difference that does not reduce to
zero is evaluated in the models, entry by entry, and refuted only there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import sympy as sp

from proofs.kernel.formula import Family, Formula, Index, Letter, as_formula, formula_tex, free_indices, trace
from proofs.kernel.outcome import DefectError, Sign
from proofs.kernel.scalars import Scalars, enclose, is_exactly_zero

__all__ = ["Algebra", "Model", "Rule"]

ONE = sp.Integer(1)
_COEFFICIENTS = Scalars()


# ====================================================================== rules and models


@dataclass(frozen=True)
class Rule:
    """``left -> right``, where ``left`` is a product of two letters (its indices are pattern variables)."""

    left: Formula
    right: Formula | Any
    why: str


@dataclass(frozen=True)
class Model:
    """A finite exact instance of the letters, in which rules are tested and false equations are refuted.

    Args:
        name: how a witness names it.
        sizes: values of the symbols, sizes and coefficients alike.
        members: per family name, pairs (weight, member).
        letters: per letter name, a function of the members at its indices giving the rows of the matrix.
        functions: per indexed coefficient name (``m`` of ``m[S]``), a function of the member.
    """

    name: str
    sizes: Mapping[Any, Any]
    members: Mapping[str, Sequence[tuple[Any, Any]]] = field(default_factory=dict)
    letters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    functions: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


# ====================================================================== normal form


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
class Algebra:
    r"""The setting of vector and matrix formulas.

    Args:
        letters: all free letters.
        definitions: defined letters with their expansion (indices in the expansion must be those of the key).
        rules: two-letter rules, each with its reason.
        idempotent: products :math:`e_k^\top y_S` that are 0 or 1, so that their square is themselves.
        scalars: the setting of the coefficients.
        models: finite exact instances.
        tried: models of the algebras this one extends; they test rules too, but refute nothing.

    Raises:
        DefectError: a rule that is not of two letters, that is false in a model or tested by none, or two rules that
            disagree on an overlap; a family whose measure in a model is not what it is declared to be, a letter of
            another shape than declared; a product declared idempotent, or a defined letter declared symmetric or
            nonnegative, that is not so in a model or is tested by none.

    Example:
        >>> from proofs.kernel.formula import eye, number, trace
        >>> K = sp.Symbol("K", integer=True, positive=True)
        >>> ones, P = Letter("1", K), Letter("P", K, K, symmetric=True)
        >>> A = Algebra(
        ...     letters=(ones,),
        ...     definitions=((P(), eye(K) - (1 / K) * ones() * ones().T),),
        ...     rules=(Rule(ones().T * ones(), number(K), "K entries 1"),),
        ...     models=(Model("K = 2", {K: 2}, letters={"1": lambda: [[1], [1]]}),),
        ... )
        >>> A.vanishes(P() * P() - P()), A.vanishes(trace(P()) - K), A.vanishes(trace(P()) - (K - 1))
        (True, False, True)
    """

    letters: tuple[Letter, ...]
    definitions: tuple[tuple[Formula, Formula], ...] = ()
    rules: tuple[Rule, ...] = ()
    idempotent: tuple[Formula, ...] = ()
    scalars: Scalars = _COEFFICIENTS
    models: tuple[Model, ...] = ()
    tried: tuple[Model, ...] = ()

    def __post_init__(self) -> None:
        for left, right in self.definitions:
            if not free_indices(right) <= free_indices(left):
                raise DefectError(f"the definition of {formula_tex(left)} has an index of its own")
        self._require_termination()
        self._require_confluence()
        for rule in self.rules:
            rewritten = f"rule {formula_tex(rule.left)} -> {formula_tex(as_formula(rule.right))}"
            self._require_true(rule.left - as_formula(rule.right), rewritten)
        for product in self.idempotent:
            self._require_true(product * product - product, f"idempotence of {formula_tex(product)}")
        for letter in self._letters.values():
            self._require_declared(letter)
        for family in sorted(self._declared_families, key=lambda family: family.name):
            for model in self.models:
                self._require_measure(family, model)

    def extended(
        self,
        letters: Sequence[Letter] = (),
        definitions: Sequence[tuple[Formula, Formula]] = (),
        rules: Sequence[Rule] = (),
        models: Sequence[Model] | None = None,
        scalars: Scalars | None = None,
    ) -> Algebra:
        """This algebra with more letters, definitions and rules (and other models, where given)."""
        return Algebra(
            (*self.letters, *letters),
            (*self.definitions, *definitions),
            (*self.rules, *rules),
            self.idempotent,
            scalars or self.scalars,
            self.models if models is None else tuple(models),
            self.tried if models is None else (*self.tried, *self.models),
        )

    # ------------------------------------------------------------------ the setting's verbs

    def vanishes(self, formula: Any) -> bool:
        """Whether the normal form is zero."""
        normaliser = _Normaliser(self)
        return self._is_zero(normaliser, normaliser.of(as_formula(formula)))

    def _is_zero(self, normaliser: _Normaliser, element: _Element) -> bool:
        element = self._canonical(normaliser.settled(element))
        combined = {mono: c for mono, c in element.items() if not self.scalars.vanishes(c)}
        # Terms that depend on a bound index may add up to one that does not, and can then be summed.
        again = normaliser.combined(combined)
        return not combined if again is None else self._is_zero(normaliser, again)

    def is_defined(self, formula: Any) -> bool:
        """Whether every denominator in a coefficient is shown to be nonzero somewhere."""
        return all(map(self.scalars.is_defined, self._coefficients(as_formula(formula))))

    def no_new_poles(self, formula: Any, certificate: Any) -> bool:
        """Whether every denominator in a coefficient of ``certificate`` is one of ``formula`` or nonzero."""
        own = sp.Tuple(*self._coefficients(as_formula(formula)))
        return all(self.scalars.no_new_poles(own, c) for c in self._coefficients(as_formula(certificate)))

    def satisfiable(self, hypotheses: Sequence[Any], everywhere: Sequence[bool]) -> bool:
        """Whether all hypotheses hold in some model, where letters that it does not need may also be zero."""
        formulas = dict(zip(map(as_formula, hypotheses), everywhere, strict=True))
        return any(self._satisfied(formulas, model) for model in (*self.models, *self.tried))

    def divides_safely(self, formula: Any) -> bool:
        """Whether every denominator in a coefficient is shown to be nonzero."""
        return all(map(self.scalars.divides_safely, self._coefficients(as_formula(formula))))

    def _is_real(self, formula: Formula) -> bool:
        return all(map(self.scalars.is_real, self._coefficients(formula)))

    def _coefficients(self, f: Formula) -> set[Any]:
        """The SymPy coefficients in a tree, and in what its defined letters stand for."""
        own = {sp.sympify(f.data)} if f.kind in ("number", "scaled") else set()
        if f.kind == "letter" and f.data[0].name in self._expansions:
            own |= self._coefficients(self._expansions[f.data[0].name][1])
        return own.union(*map(self._coefficients, f.parts))

    def how(self, formula: Any) -> str:
        """The decision procedure."""
        del formula
        return "normal form of words"

    def sign(self, formula: Any) -> Sign | None:
        """A sign shown by the form: squared norms, quadratic forms in positive semidefinite letters, nonnegative
        numbers, and sums and products of such with nonnegative coefficients.
        """
        return self._sign(as_formula(formula))

    def counterexample(self, formula: Any, relation: str, under: Sequence[Any] = ()) -> str | None:
        """The first model in which everything in ``under`` is zero, and members for the free indices, where
        ``formula relation 0`` fails.
        """
        found = (self._failure_in(as_formula(formula), relation, under, model) for model in self.models)
        return next((failure for failure in found if failure), None)

    def _failure_in(self, formula: Formula, relation: str, under: Sequence[Any], model: Model) -> str | None:
        free = sorted(free_indices(formula), key=lambda i: i.name)
        try:
            return self._failure(formula, relation, under, model, free)
        except _NoValueError:
            return None  # the model says nothing about this formula

    def _failure(
        self, formula: Formula, relation: str, under: Sequence[Any], model: Model, free: Sequence[Index]
    ) -> str | None:
        if not all(self._holds(as_formula(hypothesis), model) for hypothesis in under):
            return None
        if not all(index.family.name in model.members for index in free):
            return None
        for places in _placements(free, model):
            found = _failing_entry(self.evaluate(formula, model, places), relation)
            if found:
                at = "".join(f", {name} = {_spell(member)}" for name, member in places.items())
                return f"in {model.name}{at}: {found}"
        return None

    def _holds(self, formula: Formula, model: Model) -> bool:
        free = sorted(self._open_indices(formula), key=lambda i: i.name)
        return all(
            all(is_exactly_zero(x) for x in self.evaluate(formula, model, places))
            for places in _placements(free, model)
        )

    def _satisfied(self, formulas: Mapping[Formula, bool], model: Model) -> bool:
        letters = [self._letters[name] for name in sorted(set().union(*map(self._free_letters, formulas)))]
        missing = [letter for letter in letters if letter.name not in model.letters]
        given = [letter for letter in letters if letter.name in model.letters]
        for count in range(3):
            for chosen in itertools.combinations(given, count):
                instance = _with_zeros(model, (*missing, *chosen))
                if instance is not None and self._admits(formulas, instance, (*missing, *chosen)):
                    return True
        return False

    def _admits(self, formulas: Mapping[Formula, bool], model: Model, changed: Sequence[Letter]) -> bool:
        """Whether everything holds in a model, and what is declared of the letters that were changed in it."""
        rules = [rule.left - as_formula(rule.right) for rule in self.rules] if changed else []
        names = {letter.name for letter in changed}
        touched = [rule for rule in rules if names & self._free_letters(rule)]
        if any(letter.sign is Sign.POSITIVE for letter in changed):
            return False
        try:
            return self._hold_together(formulas, model) and not any(
                self._failure_in(rule, "==", (), model) for rule in touched
            )
        except _NoValueError:
            return False

    def _hold_together(self, formulas: Mapping[Formula, bool], model: Model) -> bool:
        somewhere = [f for f, everywhere in formulas.items() if not everywhere]
        if not all(self._holds(f, model) for f, everywhere in formulas.items() if everywhere):
            return False
        shared = sorted(set().union(*map(self._open_indices, somewhere)), key=lambda i: i.name)
        if not all(index.family.name in model.members for index in shared):
            return False
        return any(
            all(is_exactly_zero(x) for f in somewhere for x in self.evaluate(f, model, places))
            for places in _placements(shared, model)
        )

    def _free_letters(self, f: Formula) -> set[str]:
        """The names of the letters a formula is made of, once defined letters are expanded."""
        if f.kind == "letter":
            name = f.data[0].name
            return self._free_letters(self._expansions[name][1]) if name in self._expansions else {name}
        return set().union(*map(self._free_letters, f.parts))

    def _open_indices(self, f: Formula) -> set[Index]:
        """The free indices, also those that only coefficients have; their family is that of the definitions' index."""
        if f.kind == "over":
            return {i for i in self._open_indices(f.parts[0]) if i.name != f.data.name}
        own = free_indices(f) if f.kind == "letter" else set()
        if f.kind in ("number", "scaled"):
            names = {str(i) for entry in sp.sympify(f.data).atoms(sp.Indexed) for i in entry.indices}
            own = {self._named[name] for name in names if name in self._named}
        return own.union(*map(self._open_indices, f.parts))

    @cached_property
    def _named(self) -> dict[str, Index]:
        return {index.name: index for left, _ in self.definitions for index in _all_indices(left)} | {
            index.name: index for rule in self.rules for index in _all_indices(rule.left)
        }

    def tex(self, formula: Any) -> str:
        """LaTeX of the tree as it was built."""
        return formula_tex(as_formula(formula))

    # ------------------------------------------------------------------ normal form

    @cached_property
    def _letters(self) -> dict[str, Letter]:
        defined = [left.data[0] for left, _ in self.definitions]
        names = [letter.name for letter in (*self.letters, *defined)]
        if len(set(names)) != len(names):
            raise DefectError(f"letters {sorted({n for n in names if names.count(n) > 1})} are declared twice")
        return {letter.name: letter for letter in (*self.letters, *defined)}

    @cached_property
    def _expansions(self) -> dict[str, tuple[tuple[Index, ...], Formula]]:
        return {left.data[0].name: (left.data[1], right) for left, right in self.definitions}

    @cached_property
    def _patterns(self) -> tuple[_Pattern, ...]:
        patterns = []
        for rule in self.rules:
            raw = self._raw_word(rule.left)
            if len(raw) != 2 or self._columns(raw[0]) == 1:
                raise DefectError(
                    f"rule {formula_tex(rule.left)}: the left side must be two letters with an inner dimension"
                )
            right = as_formula(rule.right)
            if right.shape != rule.left.shape:
                raise DefectError(f"rule {formula_tex(rule.left)}: the two sides have different shapes")
            patterns.append(_Pattern(raw[0], raw[1], right))
            flipped = self._flip(raw)
            if flipped != raw:
                patterns.append(_Pattern(flipped[0], flipped[1], right.T))
        return tuple(patterns)

    def _raw_word(self, formula: Formula) -> _Word:
        if formula.kind == "letter":
            letter, indices = formula.data
            if letter.name not in self._letters:
                raise DefectError(f"letter {letter.name} is not declared in this algebra")
            return (self._atom(letter, tuple(i.name for i in indices)),)
        if formula.kind == "transpose":
            return self._flip(self._raw_word(formula.parts[0]))
        if formula.kind == "product":
            return tuple(a for part in formula.parts for a in self._raw_word(part))
        raise DefectError(f"{formula_tex(formula)} is not a product of letters")

    @staticmethod
    def _atom(letter: Letter, indices: tuple[str, ...]) -> _Atom:
        number_like = letter.rows == 1 and letter.columns == 1
        return _Atom(letter.name, tuple(sorted(indices)) if number_like and letter.symmetric else indices, False)

    def _flip(self, word: _Word) -> _Word:
        return tuple(self._flip_atom(a) for a in reversed(word))

    def _flip_atom(self, atom: _Atom) -> _Atom:
        letter = self._letters[atom.name]
        if letter.symmetric or (letter.rows == 1 and letter.columns == 1):
            return atom
        return atom._replace(transposed=not atom.transposed)

    def _columns(self, atom: _Atom) -> Any:
        letter = self._letters[atom.name]
        return letter.rows if atom.transposed else letter.columns

    def _rows(self, atom: _Atom) -> Any:
        letter = self._letters[atom.name]
        return letter.columns if atom.transposed else letter.rows

    def _normal(self, formula: Formula) -> _Element:
        normaliser = _Normaliser(self)
        return normaliser.settled(normaliser.of(formula))

    def _canonical(self, element: _Element) -> _Element:
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
                tuple(sorted(self._least(kind, _renamed(word, rename)) for kind, word in mono.scalars)),
                _renamed(mono.spine, rename),
            )
            found.setdefault(key, []).append(coefficient.subs(symbols, simultaneous=True) if symbols else coefficient)
        best = min(found)
        return best, sp.Add(*found[best]) / len(found[best])

    def _least(self, kind: str, word: _Word) -> _Scalar:
        """A number equals its transpose; a trace also its rotations."""
        word = tuple(self._atom(self._letters[a.name], a.indices)._replace(transposed=a.transposed) for a in word)
        forms = [word, self._flip(word)]
        if kind == "trace":
            forms = [w[i:] + w[:i] for w in forms for i in range(len(w))]
        return kind, min(forms)

    # ------------------------------------------------------------------ signs

    def _sign(self, f: Formula) -> Sign | None:  # noqa: PLR0911 - one return per form
        if f.kind == "number":
            return self.scalars.sign(f.data)
        if f.kind == "letter":
            return f.data[0].sign if f.shape == (1, 1) else None
        if f.kind == "norm2":
            return Sign.NONNEGATIVE if self._is_real(f) else None
        if f.kind == "scaled":
            return _both(self.scalars.sign(f.data), self._sign(f.parts[0]))
        if f.kind == "sum":
            signs = [self._sign(p) for p in f.parts]
            return None if None in signs else Sign(max(s for s in signs if s is not None))
        if f.kind == "over":
            signs = [self._sign(f.parts[0]), self.scalars.sign(f.data.family.total)]
            return None if None in signs else Sign.NONNEGATIVE
        if f.kind == "trace":
            return Sign.NONNEGATIVE if self._is_gram(f.parts[0]) or _is_semidefinite(f.parts[0]) else None
        if f.kind == "product" and f.shape == (1, 1):
            if self._is_gram(f):
                return Sign.NONNEGATIVE
            signs = [self._sign(p) if p.shape == (1, 1) else None for p in f.parts]
            return None if None in signs else Sign(min(s for s in signs if s is not None))
        return None

    def _is_gram(self, f: Formula) -> bool:
        return _reads_as_gram(f) and self._is_real(f)

    # ------------------------------------------------------------------ evaluation in a model

    def evaluate(self, formula: Formula, model: Model, places: Mapping[str, Any] | None = None) -> sp.Matrix:
        """The exact matrix a formula denotes in a model, free indices at the given members."""
        return _Evaluation(self, model).of(formula, dict(places or {}))

    # ------------------------------------------------------------------ rules are true and confluent

    def _require_true(self, difference: Formula, what: str) -> None:
        """A formula assumed to be zero must be so in every model that has a value for it, and one must have."""
        witness = self.counterexample(difference, "==")
        if witness:
            raise DefectError(f"{what} is false {witness}")
        if not self._is_tested(difference):
            raise DefectError(f"{what} is tested by no model")

    def _values(self, formula: Formula, free: Sequence[Index], model: Model) -> list[sp.Matrix]:
        """The values of a formula in a model at all members of its free indices; none where it says nothing of it."""
        if not all(index.family.name in model.members for index in free):
            return []
        try:
            return [self.evaluate(formula, model, places) for places in _placements(free, model)]
        except _NoValueError:
            return []

    def _is_tested(self, formula: Formula) -> bool:
        """Whether some model gives the formula values that are understood."""
        free = sorted(free_indices(formula), key=lambda i: i.name)
        values = (self._values(formula, free, model) for model in (*self.models, *self.tried))
        return any(of and all(enclose(x) is not None for value in of for x in value) for of in values)

    def _require_declared(self, letter: Letter) -> None:
        """What a letter is declared to be, symmetric or nonnegative, it must be in every model that has it."""
        if letter.sign is None and not letter.symmetric:
            return
        indices = tuple(Index(f"i{i}", family) for i, family in enumerate(letter.indices))
        for model in self.models:
            for value in self._values(letter(*indices), indices, model):
                self._require_as_declared(letter, value, model)
        formula = letter(*indices)
        if letter.name not in self._expansions or self._is_tested(formula):
            return
        symmetry_only = letter.sign is None and formula.shape != (1, 1)
        if not (symmetry_only and self.vanishes(formula - formula.T)):
            raise DefectError(f"letter {letter.name} is defined, and no model tests what it is declared to be")

    @property
    def _declared_families(self) -> set[Family]:
        of_letters = {family for letter in self._letters.values() for family in letter.indices}
        return of_letters | {index.family for index in self._named.values()}

    @staticmethod
    def _require_measure(family: Family, model: Model) -> None:
        """In a model the measure is not negative and has its total, and a basis is one."""
        if family.name not in model.members:
            return
        weights = [sp.sympify(weight) for weight, _ in model.members[family.name]]
        if not all(weight.is_nonnegative for weight in weights):
            raise DefectError(f"the measure of {family.name} is negative somewhere in {model.name}")
        total = sp.sympify(family.total).subs(model.sizes)
        if not total.free_symbols and not is_exactly_zero(sum(weights) - total):
            raise DefectError(f"the measure of {family.name} in {model.name} has another total than {family.total}")
        if {family.basis, family.basis_sum} <= model.letters.keys():
            vectors = [sp.Matrix(model.letters[family.basis](member)) for _, member in model.members[family.name]]
            outer = sum((w * x * x.T for w, x in zip(weights, vectors, strict=True)), vectors[0] * vectors[0].T * 0)
            added = sum((w * x for w, x in zip(weights, vectors, strict=True)), vectors[0] * 0)
            apart = [*(outer - sp.eye(outer.rows)), *(added - sp.Matrix(model.letters[family.basis_sum]()))]
            if not all(map(is_exactly_zero, apart)):
                raise DefectError(f"{family.basis} is no basis of {family.name} in {model.name}")

    @staticmethod
    def _require_as_declared(letter: Letter, value: sp.Matrix, model: Model) -> None:
        if letter.symmetric and value != value.T:
            raise DefectError(f"letter {letter.name} is declared symmetric and is not in {model.name}")
        if letter.sign is not None and not value.is_positive_semidefinite:
            raise DefectError(f"letter {letter.name} is declared nonnegative and is not in {model.name}")
        if letter.sign is Sign.POSITIVE and not value.is_positive_definite:
            raise DefectError(f"letter {letter.name} is declared positive and is not in {model.name}")

    def _require_termination(self) -> None:
        """Each rule drops letters of its left side or replaces them by letters below them in one partial order."""
        below: dict[str, set[str]] = {}
        for rule in self.rules:
            left = sorted(a.name for a in self._raw_word(rule.left))
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

    def _require_confluence(self) -> None:
        for one, two in itertools.product(self._patterns, repeat=2):
            bind = _unify(one.second, two.first)
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


def _all_indices(f: Formula) -> set[Index]:
    own = set(f.data[1]) if f.kind == "letter" else {f.data} if f.kind == "over" else set()
    return own.union(*map(_all_indices, f.parts))


def _both(a: Sign | None, b: Sign | None) -> Sign | None:
    return None if a is None or b is None else min(a, b)


def _is_semidefinite(f: Formula) -> bool:
    return f.kind == "letter" and f.data[0].sign is not None and f.shape[0] == f.shape[1]


def _reads_as_gram(f: Formula) -> bool:
    """Whether the tree reads ``X.T * X`` or ``X.T * Q * X`` with a positive semidefinite letter ``Q``."""
    if f.kind != "product":
        return False
    parts = f.parts
    middle: tuple[Formula, ...] = ()
    if len(parts) % 2:
        centre = parts[len(parts) // 2]
        if not _is_semidefinite(centre):
            return False
        middle = (centre,)
    half = len(parts) // 2
    left, right = parts[:half], parts[half + len(middle) :]
    return half > 0 and all(_same_up_to_transpose(a, b) for a, b in zip(left, reversed(right), strict=True))


def _same_up_to_transpose(a: Formula, b: Formula) -> bool:
    return b == a.T or (a == b and a.kind == "letter" and a.data[0].symmetric)


# ---------------------------------------------------------------------- computing normal forms


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

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
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
        algebra = self.algebra
        names = tuple(indices.get(i.name, i.name) for i in own)
        if letter.name in algebra._expansions:
            formal, expansion = algebra._expansions[letter.name]
            return self.of(expansion, {i.name: name for i, name in zip(formal, names, strict=True)})
        if letter.name not in algebra._letters or algebra._letters[letter.name] != letter:
            raise DefectError(f"letter {letter.name} is not declared in this algebra")
        return self.word((algebra._atom(letter, names),))

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
        return {_Mono(mono.scalars, self.algebra._flip(mono.spine)): c for mono, c in inner.items()}

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
        flip = self.algebra._flip
        in_spine = [i for i, a in enumerate(spine) if bound in a.indices]
        if len(pieces) == 1 and not in_spine:  # e_k' X e_k
            return (
                self.closed(pieces[0][1:-1])
                if len(pieces[0]) > 2
                else {_UNIT: self.algebra._letters[pieces[0][0].name].rows}
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
            if self.algebra._rows(rotated[0]) == 1:
                return self.word(rotated)
            if len(word) > 1:
                match = self._match(rotated[0], rotated[1])
                if match:
                    pattern, indices = match
                    inner = self.rewrite((), pattern.right, indices, rotated[2:])
                    return self._retrace(inner, self.algebra._rows(rotated[0]))
        return {_Mono((self.algebra._least("trace", word),), ()): ONE}

    def _retrace(self, element: _Element, size: Any) -> _Element:
        result: _Element = {}
        for mono, c in element.items():
            inner = self.closed(mono.spine) if mono.spine else {_UNIT: size}
            for key, value in self.times({_Mono(mono.scalars, ()): c}, inner).items():
                _add(result, key, value)
        return result

    def _match(self, a: _Atom, b: _Atom) -> tuple[_Pattern, dict[str, str]] | None:
        for pattern in self.algebra._patterns:
            indices: dict[str, str] = {}
            if _matches(pattern.first, a, indices) and _matches(pattern.second, b, indices):
                return pattern, indices
        return None

    def _cut(self, word: _Word) -> _Mono:
        algebra = self.algebra
        numbers = [a for a in word if algebra._rows(a) == 1 and algebra._columns(a) == 1]
        rest = tuple(a for a in word if a not in numbers)
        segments: list[_Word] = []
        start = 0
        for i, a in enumerate(rest):
            if i + 1 == len(rest) or algebra._columns(a) == 1:
                segments.append(rest[start : i + 1])
                start = i + 1
        scalars: list[_Scalar] = [("word", (a,)) for a in numbers]
        spine: _Word = ()
        for segment in segments:
            if algebra._rows(segment[0]) == 1 and algebra._columns(segment[-1]) == 1:
                scalars.append(("word", segment))
            else:
                spine += segment
        return self._collected(tuple(scalars), spine)

    def _collected(self, scalars: tuple[_Scalar, ...], spine: _Word) -> _Mono:
        ordered = sorted(self.algebra._least(kind, word) for kind, word in scalars)
        kept: list[_Scalar] = []
        for scalar in ordered:
            if not (kept and kept[-1] == scalar and self._is_idempotent(scalar)):
                kept.append(scalar)
        return _Mono(tuple(kept), spine)

    def _is_idempotent(self, scalar: _Scalar) -> bool:
        kind, word = scalar
        if kind != "word":
            return False
        for pattern in self.algebra.idempotent:
            raw = self.algebra._raw_word(pattern)
            for form in (raw, self.algebra._flip(raw)):
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


# ---------------------------------------------------------------------- evaluation


class _NoValueError(DefectError):
    """A model that does not say what a letter is."""


class _Evaluation:
    """Exact value of a tree in one model."""

    def __init__(self, algebra: Algebra, model: Model) -> None:
        self.algebra, self.model = algebra, model

    def of(self, f: Formula, places: dict[str, Any]) -> sp.Matrix:  # noqa: PLR0911 - one return per kind
        match f.kind:
            case "number":
                return sp.Matrix([[self._scalar(f.data, places)]])
            case "eye":
                return sp.eye(self._size(f.shape[0]))
            case "zero":
                return sp.zeros(*(self._size(n) for n in f.shape))
            case "letter":
                return self._letter(f, places)
            case "scaled":
                return self.of(f.parts[0], places) * self._scalar(f.data, places)
            case "sum":
                return sum((self.of(p, places) for p in f.parts[1:]), self.of(f.parts[0], places))
            case "product":
                return self._product(f, places)
            case "transpose":
                return self.of(f.parts[0], places).T
            case "trace":
                return sp.Matrix([[self.of(f.parts[0], places).trace()]])
            case "norm2":
                return sp.Matrix([[sum((x * x for x in self.of(f.parts[0], places)), sp.Integer(0))]])
            case "over":
                return self._over(f, places)
        raise DefectError(f"unknown formula {f.kind}")

    def _size(self, n: Any) -> int:
        value = n.subs(self.model.sizes)
        if not value.is_Integer:
            raise _NoValueError(f"{self.model.name} gives no value to the size {n}")
        return int(value)

    def _scalar(self, value: Any, places: Mapping[str, Any]) -> Any:
        swap = {}
        for indexed in value.atoms(sp.Indexed):
            name = str(indexed.base.label)
            if name not in self.model.functions:
                raise _NoValueError(f"{self.model.name} gives no value to {name}")
            if any(str(i) not in places for i in indexed.indices):
                raise _NoValueError(f"{indexed} has an index that no letter of the formula has")
            swap[indexed] = self.model.functions[name](*(places[str(i)] for i in indexed.indices))
        return value.subs(swap).subs(self.model.sizes)

    def _letter(self, f: Formula, places: dict[str, Any]) -> sp.Matrix:
        letter, indices = f.data
        members = [places[i.name] for i in indices]
        if letter.name in self.algebra._expansions:
            formal, expansion = self.algebra._expansions[letter.name]
            return self.of(expansion, dict(zip((i.name for i in formal), members, strict=True)))
        if letter.name not in self.model.letters:
            raise _NoValueError(f"{self.model.name} gives no value to letter {letter.name}")
        value = sp.Matrix(self.model.letters[letter.name](*members))
        for declared, found in zip((letter.rows, letter.columns), value.shape, strict=True):
            if sp.sympify(declared).subs(self.model.sizes) not in (found, declared):
                raise DefectError(f"letter {letter.name} has another shape in {self.model.name} than declared")
        return value

    def _product(self, f: Formula, places: dict[str, Any]) -> sp.Matrix:
        result = self.of(f.parts[0], places)
        for part in f.parts[1:]:
            factor = self.of(part, places)
            if (1, 1) in (result.shape, factor.shape):
                result = result[0, 0] * factor if result.shape == (1, 1) else result * factor[0, 0]
            else:
                result = result * factor
        return result

    def _over(self, f: Formula, places: dict[str, Any]) -> sp.Matrix:
        index: Index = f.data
        total = sp.zeros(*(self._size(n) for n in f.shape))
        if index.family.name not in self.model.members:
            raise _NoValueError(f"{self.model.name} has no {index.family.name}")
        for weight, member in self.model.members[index.family.name]:
            total += sp.sympify(weight) * self.of(f.parts[0], places | {index.name: member})
        return total


def _placements(free: Sequence[Index], model: Model) -> Iterator[dict[str, Any]]:
    for members in itertools.product(*(model.members[i.family.name] for i in free)):
        yield {i.name: member for i, (_, member) in zip(free, members, strict=True)}


def _failing_entry(matrix: sp.Matrix, relation: str) -> str | None:
    for (i, j), value in sorted(matrix.todok().items()) if relation == "==" else [((0, 0), matrix[0, 0])]:
        box = enclose(value)
        if box is None:
            continue
        low, high = box
        if {"==": low > 0 or high < 0, ">=": high < 0, ">": high <= 0}[relation]:
            entry = f"entry ({i + 1}, {j + 1}) of the difference" if matrix.shape != (1, 1) else "the value"
            return f"{entry} is {low if low == high else f'about {float(low):.6g}'}"
    return None


def _with_zeros(model: Model, letters: Sequence[Letter]) -> Model | None:
    """The model with other letters zero; ``None`` where it gives their sizes no value."""
    values = dict(model.letters)
    for letter in letters:
        rows, columns = (sp.sympify(n).subs(model.sizes) for n in (letter.rows, letter.columns))
        if not (rows.is_Integer and columns.is_Integer):
            return None
        nothing = sp.zeros(int(rows), int(columns))
        values[letter.name] = lambda *_, value=nothing: value
    return replace(model, letters=values)


def _spell(member: Any) -> str:
    if isinstance(member, (set, frozenset)):
        return "{" + ", ".join(str(k) for k in sorted(member)) + "}"
    return str(member)
