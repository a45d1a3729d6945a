r"""Vectors and matrices of symbolic size: which equations and signs hold, and in which finite instances.

A formula (``formula``) is a tree of letters, products, transposes, traces and sums over an index, with sizes
such as :math:`K` left symbolic. To decide an equation both sides are brought to a normal form (``normal_form``).

Rules are not trusted: :class:`Algebra` refuses rules that could be applied forever, two rules that disagree where they
overlap (so the order of application is irrelevant), and a rule that is false in one of its finite exact *models*
(``models``) or that no model tests. The same holds for the products declared to be 0 or 1, and for what a defined
letter is declared to be.
Letters are real; a square shows its sign only where its coefficients are shown to be real too.
Coefficients are SymPy formulas, compared by the zero test of ``scalars``. A difference that does not reduce to
zero is evaluated in the models, entry by entry, and refuted only there.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from proofs.kernel.checks import Equation, Setting, ZeroIff
from proofs.kernel.enclosure import enclose, is_exactly_zero
from proofs.kernel.formula import Family, Formula, Index, Letter, as_formula, formula_tex, free_indices
from proofs.kernel.models import Evaluation, Model, NoValueError, failing_entry, placements, spell, with_zeros
from proofs.kernel.normal_form import Rule, Words
from proofs.kernel.outcome import DefectError, Sign
from proofs.kernel.scalars import Scalars

_COEFFICIENTS = Scalars()


@dataclass(frozen=True)
class Algebra(Setting):
    r"""The setting of vector and matrix formulas.

    Args:
        letters: all free letters.
        definitions: defined letters with their expansion (indices in the expansion must be those of the key).
        rules: two-letter rules, each with its reason.
        idempotent: products :math:`e_k^\top y_S` that are 0 or 1, so that their square is themselves.
        scalars: the setting of the coefficients.
        models: finite exact instances.
        tried: models of the algebras this one extends; they test rules too, but refute nothing.
        before: the algebra that this one extends, if it does: its rules agree, and what it found true in models is so.

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
    before: Algebra | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for left, right in self.definitions:
            if not free_indices(right) <= free_indices(left):
                raise DefectError(f"the definition of {formula_tex(left)} has an index of its own")
        self._words.require_termination()
        agree = self.before if self.before and self.before.scalars is self.scalars else None
        self._words.require_confluence(len(agree._words.patterns) if agree else 0)
        tested = self.before if self.before and self.before.models is self.models else None
        for rule in self.rules[len(tested.rules) if tested else 0 :]:
            rewritten = f"rule {formula_tex(rule.left)} -> {formula_tex(rule.right)}"
            self._require_true(rule.left - rule.right, rewritten)
        for product in () if tested else self.idempotent:
            self._require_true(product * product - product, f"idempotence of {formula_tex(product)}")
        for name, letter in self._words.named.items():
            if not tested or name not in tested._words.named:
                self._require_declared(letter)
        new = self._declared_families - (tested._declared_families if tested else set())
        for family in sorted(new, key=lambda family: family.name):
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
            self,
        )

    @cached_property
    def _words(self) -> Words:
        return Words(self.letters, self.definitions, self.rules, self.idempotent, self.scalars)

    def zero_iff(
        self, formula: Formula | Any, vector: Formula, *using: Equation, over: Sequence[Index] = ()
    ) -> ZeroIff:
        """``formula`` is the squared norm of ``vector``, summed over indices, hence zero only where the vector is."""
        return ZeroIff(formula, vector, self, tuple(over), using)

    # ------------------------------------------------------------------ what a setting knows

    def vanishes(self, formula: Any) -> bool:
        """Whether the normal form is zero."""
        return self._words.vanishes(as_formula(formula))

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
        if f.kind == "letter" and f.data[0].name in self._words.expansions:
            own |= self._coefficients(self._words.expansions[f.data[0].name][1])
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
        except NoValueError:
            return None  # the model says nothing about this formula

    def _failure(
        self, formula: Formula, relation: str, under: Sequence[Any], model: Model, free: Sequence[Index]
    ) -> str | None:
        if not all(self._holds(as_formula(hypothesis), model) for hypothesis in under):
            return None
        if not all(index.family.name in model.members for index in free):
            return None
        for places in placements(free, model):
            found = failing_entry(self.evaluate(formula, model, places), relation)
            if found:
                at = "".join(f", {name} = {spell(member)}" for name, member in places.items())
                return f"in {model.name}{at}: {found}"
        return None

    def _holds(self, formula: Formula, model: Model) -> bool:
        free = sorted(self._open_indices(formula), key=lambda i: i.name)
        return all(
            all(is_exactly_zero(x) for x in self.evaluate(formula, model, places)) for places in placements(free, model)
        )

    def _satisfied(self, formulas: Mapping[Formula, bool], model: Model) -> bool:
        letters = [self._words.named[name] for name in sorted(set().union(*map(self._free_letters, formulas)))]
        missing = [letter for letter in letters if letter.name not in model.letters]
        given = [letter for letter in letters if letter.name in model.letters]
        for count in range(3):
            for chosen in itertools.combinations(given, count):
                instance = with_zeros(model, (*missing, *chosen))
                if instance is not None and self._admits(formulas, instance, (*missing, *chosen)):
                    return True
        return False

    def _admits(self, formulas: Mapping[Formula, bool], model: Model, changed: Sequence[Letter]) -> bool:
        """Whether everything holds in a model, and what is declared of the letters that were changed in it."""
        rules = [rule.left - rule.right for rule in self.rules] if changed else []
        names = {letter.name for letter in changed}
        touched = [rule for rule in rules if names & self._free_letters(rule)]
        if any(letter.sign is Sign.POSITIVE for letter in changed):
            return False
        try:
            return self._hold_together(formulas, model) and not any(
                self._failure_in(rule, "==", (), model) for rule in touched
            )
        except NoValueError:
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
            for places in placements(shared, model)
        )

    def _free_letters(self, f: Formula) -> set[str]:
        """The names of the letters a formula is made of, once defined letters are expanded."""
        if f.kind == "letter":
            name = f.data[0].name
            return self._free_letters(self._words.expansions[name][1]) if name in self._words.expansions else {name}
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

    def evaluate(self, formula: Formula, model: Model, places: Mapping[str, Any] | None = None) -> sp.ImmutableMatrix:
        """The exact matrix a formula denotes in a model, free indices at the given members."""
        return Evaluation(self._words, model).of(formula, dict(places or {}))

    # ------------------------------------------------------------------ what is assumed holds in the models

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
            return [self.evaluate(formula, model, places) for places in placements(free, model)]
        except NoValueError:
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
        if letter.name not in self._words.expansions or self._is_tested(formula):
            return
        symmetry_only = letter.sign is None and formula.shape != (1, 1)
        if not (symmetry_only and self.vanishes(formula - formula.T)):
            raise DefectError(f"letter {letter.name} is defined, and no model tests what it is declared to be")

    @property
    def _declared_families(self) -> set[Family]:
        of_letters = {family for letter in self._words.named.values() for family in letter.indices}
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
