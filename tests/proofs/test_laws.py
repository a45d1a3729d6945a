"""Every law in random models, and its false variant, which the same models reject."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from proofs.kernel.formal import Signature, declare, formula
from proofs.kernel.laws import LAWS
from proofs.kernel.terms import Tree
from tests.proofs.fuzz_kernel import Matrix, Model, UndefinedError, holds, is_psd

CASES = 200


def _value(rng: Random, rows: int, columns: int, name: str) -> Matrix:
    made = [[rng.choice((-1, 0, 1, 2)) for _ in range(columns)] for _ in range(rows)]
    if rng.random() < 0.3:
        made = [[0] * columns for _ in range(rows)]
    if name == "M" and rng.random() < 0.7:  # X X'
        made = [[sum(x * y for x, y in zip(r, s, strict=True)) for s in made] for r in made]
    return tuple(tuple(map(Fraction, row)) for row in made)


def random_model(signature: Signature, rng: Random) -> Model:
    """A model of a law."""
    document = signature.as_json()
    model = Model(rng, document, {n: rng.randint(1, 3) for n in document["dims"]})
    for name, family in document["families"].items():
        size = model.sizes[family["basis"]] if family["basis"] else 0
        weights = [1] * size or [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
        model.weights[name] = tuple(map(Fraction, weights))
    for name, letter in document["letters"].items():
        rows, columns = map(model.size, letter["shape"])
        for at in product(*(range(len(model.weights[family])) for family in letter["index"])):
            model.given[name, at] = _value(rng, rows, columns, name)
    return model


def true(model: Model, said: Tree) -> bool:
    """Whether a formula is true; that the form of M is nonnegative at every column, by another elimination."""
    if said[0] in ("and", "iff"):
        parts = [true(model, part) for part in said[1:]]
        return all(parts) if said[0] == "and" else parts[0] == parts[1]
    if said[0] == "all" and said[1][0] == "matrix":
        value = model.value(("l", "M", (), ()))
        symmetric = tuple(
            tuple((x + y) / 2 for x, y in zip(r, s, strict=True))
            for r, s in zip(value, zip(*value, strict=True), strict=True)
        )
        return is_psd(symmetric)
    return holds(model, said)


OF_LOGIC = [name for name, law in LAWS.items() if any(text.endswith(": formula") for text in law.formal.letters)]
THINGS = range(3)


def decided(said: Tree, tables: dict[str, dict[Any, Any]], env: tuple[int, ...] = ()) -> Any:
    """Whether a formula is true where every quantifier is about three things, and tables say of which a letter is.

    Of a letter that is a number, they say which one.
    """
    kind, *parts = said
    if kind == "l":
        name, members, args = parts
        return tables[name][(*(env[m] for m in members), *(env[n] for _, n in args))]
    if kind in ("all", "ex"):
        return (all if kind == "all" else any)([decided(parts[1], tables, (thing, *env)) for thing in THINGS])
    truths = [decided(part, tables, env) for part in parts]
    return {
        "and": all(truths),
        "or": any(truths),
        "->": truths[-1:] == [True] or truths[:1] == [False],
        "iff": truths[1:] == truths[:1],
        "<=": truths[:1] <= truths[1:],
        "false": False,
    }[kind]


@pytest.mark.parametrize("name", OF_LOGIC)
def test_a_law_of_logic_is_so_and_its_variant_is_not(name: str) -> None:
    law, rng = LAWS[name], Random(name)
    signature = declare(law.signature, *law.formal.letters)
    given = [formula(text, signature) for text in law.formal.given]
    goal, false = (formula(text, signature) for text in (law.formal.goal, law.false))
    tried, rejected = 0, 0
    for _ in range(CASES):
        tables = {
            x: {
                things: rng.randrange(3) if of.shape else rng.random() < 0.5
                for things in product(THINGS, repeat=len(of.index) + len(of.args))
            }
            for x, of in signature.letters.items()
        }
        if all(decided(one, tables) for one in given):
            tried += 1
            assert decided(goal, tables)
            rejected += not decided(false, tables)
    assert (tried > 5 and rejected) or name == "absurd", "what is false is never so"


@pytest.mark.parametrize("name", [name for name in LAWS if name not in OF_LOGIC])
def test_a_law_is_so_and_its_variant_is_not(name: str) -> None:
    law, rng = LAWS[name], Random(name)
    signature = declare(law.signature, *law.formal.letters)
    given, goal, false = (
        [formula(text, signature) for text in texts] for texts in (law.formal.given, [law.formal.goal], [law.false])
    )
    tried, rejected = 0, 0
    for _ in range(CASES):
        model = random_model(signature, rng)
        if not all(true(model, one) for one in given):
            continue
        tried += 1
        try:
            assert true(model, goal[0])
            rejected += not true(model, false[0])
        except UndefinedError:
            assert name == "reciprocal"
    if name == "irreflexive":
        assert not tried, "it says that its premise is never so"
        return
    assert tried > 5
    assert rejected
