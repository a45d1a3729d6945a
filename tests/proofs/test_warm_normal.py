"""A normal form does not depend on what was asked before: terms one after another, and each alone."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from proofs import checker as untyped
from tests.proofs.fuzz_kernel import SHAPES, SIGNATURE, Model, UndefinedError, Writer, _listed

checker: Any = untyped
Tree = Any
WORK = 10_000
"""What a term may cost: nested sums are put in every order, and the longest would cost more than all others."""
TERMS = int(os.environ.get("MLNC_WARM_TERMS", "20000"))
KEPT, ANEW = 40, 0.02
"""Terms of one shape that others are made of, and how often one begins without any."""


class Nested(Writer):
    """Terms, and those made before as arguments, in reciprocals, and with their free index bound."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.kept: dict[Any, list[Tree]] = {shape: [("0", *shape)] for shape in (*SHAPES, (1, "d"), ("d", "K"))}

    def old(self, shape: Any) -> Tree:
        return self.rng.choice(self.kept[shape])

    def next(self) -> tuple[Any, Tree]:
        """A shape and a term of it."""
        shape = self.rng.choice(((1, 1), (1, 1), ("K", 1), ("d", 1), ("K", "K")))
        term = self.around(shape) if self.rng.random() < 0.7 else self.term(shape, (), self.rng.randint(2, 4))
        if self.rng.random() < 0.4:
            index = self.rng.choice("iak")
            term = ("sum", SIGNATURE.indices[index], checker.bound(term, index))
        kept = self.kept[shape]
        kept.append(term)
        if len(kept) > KEPT:
            kept.pop(self.rng.randrange(len(kept)))
        return shape, term

    def around(self, shape: Any) -> Tree:
        """What was there, somewhere deeper."""
        number, column = self.old((1, 1)), self.old(("K", 1))
        around: dict[Any, list[Tree]] = {
            (1, 1): [
                ("l", "f", (), (number,)),
                ("l", "phi", ("i",), (column, number)),
                ("*", self.old((1, 1)), ("l", "f", (), (("l", "f", (), (number,)),))),
                ("inv", number),
                ("*", number, number),
                ("+", ("inv", number), self.old((1, 1))),
                ("tr", self.old(("K", "K"))),
            ],
            ("K", 1): [("*", number, column), ("+", column, self.old(("K", 1))), ("*", self.old(("K", "K")), column)],
            ("d", 1): [("l", "psi", (), (column,)), ("*", number, ("l", "psi", (), (column,)))],
            ("K", "K"): [
                ("*", column, ("T", self.old(("K", 1)))),
                ("*", self.old(("K", "K")), ("e", "k"), ("T", column)),
            ],
        }
        return self.rng.choice(around[shape])


@dataclass
class Tally:
    terms: int = 0
    refused: int = 0
    equal: int = 0
    evaluated: int = 0
    changed: tuple[Tree, ...] = ()
    """Terms whose normal form is another in a ``Normal`` that knows others."""
    wrong: tuple[tuple[Tree, Tree], ...] = ()
    """Pairs with one normal form and, in some model, two values."""


def form(normal: Any, term: Tree) -> Any:
    """The normal form, or None if it costs too much."""
    checker.Work.left = WORK
    try:
        return checker.named(normal.of(term))
    except checker.Rejected:
        return None
    finally:
        checker.Work.left = checker.MOST_WORK


def _levels(term: Tree) -> Iterator[Tree]:
    """A number alone, as an argument, and as an argument of an argument: what is found of one is asked of the next."""
    yield term
    for _ in range(2):
        term = checker.shared("l", "f", checker.shared(), checker.shared(term))
        yield term


def fuzz(count: int, seed: int, made: Callable[[Any], Any] = checker.Normal) -> Tally:
    """Try terms until there were so many."""
    rng = random.Random(seed)
    tally, writer, warm = Tally(), Nested(rng), made(SIGNATURE)
    while tally.terms < count:
        checker.Work.left = checker.MOST_WORK
        writer = Nested(rng) if rng.random() < ANEW else writer  # or terms would grow
        shape, base = writer.next()
        base, other, mutated = (
            checker.frozen(_listed(one)) for one in (base, writer.equal(base), writer.mutated(writer.equal(base)))
        )
        forms = []
        for one in (base, other, mutated):
            for term in _levels(one) if shape == (1, 1) else (one,):
                tally.terms += 1
                known, again, alone = form(warm, term), form(warm, term), form(checker.Normal(SIGNATURE), term)
                if known is None or alone is None:
                    tally.refused += 1
                elif not known == again == alone:
                    tally.changed += (term,)
                if term is one:
                    forms.append(known)
        for one, said in ((other, forms[1]), (mutated, forms[2])):
            if said is not None and said == forms[0]:
                tally.equal += 1
                if _differ(base, one, rng, tally):
                    tally.wrong += ((base, one),)
    return tally


def _differ(one: Tree, other: Tree, rng: random.Random, tally: Tally) -> bool:
    """Whether a model tells two terms apart."""
    model = Model.random(random.Random(rng.random()))
    try:
        values = [model.value(term) for term in (one, other)]
    except UndefinedError:
        return False
    tally.evaluated += 1
    return values[0] != values[1]


def _check(tally: Tally) -> None:
    assert tally.changed == ()
    assert tally.wrong == ()
    assert tally.refused < tally.terms / 4
    assert tally.equal > tally.terms / 20
    assert tally.evaluated > tally.equal / 4


def test_a_normal_form_does_not_depend_on_what_was_asked_before() -> None:
    _check(fuzz(500, 0))


@pytest.mark.slow(minutes=1)
def test_normal_forms_of_many_terms_do_not_depend_on_what_was_asked_before() -> None:
    _check(fuzz(TERMS, 1))


class AtAnyDepth(checker.Normal):  # type: ignore[misc]
    """Control: an argument has one key, however deep it is nested."""

    def __init__(self, signature: Any) -> None:
        super().__init__(signature)
        kept, key = {}, super().key

        def careless(term: Tree, env: Any) -> Any:
            at = term, env[:-1]
            if at not in kept:
                kept[at] = key(term, env)
            return kept[at]

        self.key = careless


class UnderAnySum(checker.Normal):  # type: ignore[misc]
    """Control: an argument has one key, whatever its members are."""

    def __init__(self, signature: Any) -> None:
        super().__init__(signature)
        kept, key = {}, super().key

        def careless(term: Tree, env: Any) -> Any:
            at = term, len(env), env[-1]
            if at not in kept:
                kept[at] = key(term, env)
            return kept[at]

        self.key = careless


class WithBoundMembers(checker.Normal):  # type: ignore[misc]
    """Control: a polynomial is kept though it has bound members, which a product then has twice."""

    def of(self, term: Tree, env: Any = (0,)) -> Any:
        if (term, env) not in self.found:
            polynomial = super().of(term, env)
            if len(env) == 1:
                self.found[term, env] = polynomial
            return polynomial
        return self.found[term, env]


@pytest.mark.parametrize("broken", [AtAnyDepth, UnderAnySum, WithBoundMembers])
def test_a_normal_form_that_remembers_too_much_is_found_out(broken: Any) -> None:
    tally = fuzz(500, 0, broken)
    assert tally.changed
