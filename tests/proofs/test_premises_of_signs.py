"""Whether anything is true of what T3a, T4 and W8b assume within their goals."""

from fractions import Fraction
from typing import Any

from proofs.claims import CLAIMS
from proofs.claims.sign_formulas import (
    INSTANCE,
    OF_THREE,
    ONE_SIDE,
    PAIRS_OF_FOUR,
    SINGLES,
    STRICT_SIGNS,
    T3A_GIVEN,
    named,
)
from proofs.kernel.formal import declare, formula
from proofs.letters.signature import SIGNATURE
from tests.proofs.test_assumptions import _HALVES, PAIRS, P, _model, _of, _singles
from tests.proofs.true_in_a_model import _column, _matrix, _moment, _true, _unit


def test_the_labels_whose_signs_are_right_are_there() -> None:
    """T3a: its last clause is about the pairs of its model, and the one before about equally likely single labels."""
    (model, _), formal = _of("T3a"), CLAIMS["T3a"].formal
    signature = declare(SIGNATURE, *formal.letters)
    assert all(_true(model, formula(text, signature)) for text in (*named(4), PAIRS_OF_FOUR, STRICT_SIGNS))
    singles = _model(*_singles(**_HALVES), signature.as_json()["letters"])
    singles.given |= {("single", (m,)): _column(one) for m, one in enumerate(_unit(4))}
    assert all(_true(singles, formula(text, signature)) for text in (*formal.given, *SINGLES, STRICT_SIGNS))


def test_one_label_set_and_its_complement_and_three_labels_are_there() -> None:
    """T3a: what it assumes of these, with the root of its moment; T4: what it says of its instance."""
    signature = declare(SIGNATURE, *_letters("T3a"))
    half, side = Fraction(1, 2), [1, 1, -1, -1]  # twice a pair less its mean, which is an eigenvector to 1
    line = _matrix([[Fraction(x * y, 4) for y in side] for x in side])
    pairs: dict[str, Any] = {"P": P, "M": _moment([Fraction(1, 3), Fraction(2, 3)], PAIRS[:2]), "v": _column(PAIRS[0])}
    pairs |= dict.fromkeys(("Sigma", "Root", "Q", "Pi"), line)
    one = _model([Fraction(1, 3), Fraction(2, 3)], pairs, {"y": [_column(y) for y in PAIRS[:2]]}, _typed(signature))
    assert all(_true(one, formula(text, signature)) for text in (*T3A_GIVEN, *ONE_SIDE, STRICT_SIGNS))
    one.given["v", ()] = _column((half,) * 4)
    assert not all(_true(one, formula(text, signature)) for text in ONE_SIDE)
    three, _ = _of("T6")
    assert all(_true(three, formula(text, signature)) for text in OF_THREE)
    instance, _ = _of("T4")
    signature = declare(SIGNATURE, *_letters("T4"))
    assert all(_true(instance, formula(text, signature)) for text in INSTANCE)


def test_frequencies_near_balance_are_there() -> None:
    """W8b: those of its model are, which the hypotheses do not ask for."""
    model, _ = _of("W8b")
    signature = declare(SIGNATURE, *_letters("W8b"))
    assert _true(model, formula("eps^2*s^2 <= 1/4", signature))


def _letters(claim: str) -> tuple[str, ...]:
    formal = CLAIMS[claim].formal
    return formal.letters


def _typed(signature: Any) -> Any:
    return signature.as_json()["letters"]
