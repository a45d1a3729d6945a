"""The search tries first the signs with which equations add up, and its order of signs is of all of them."""

import itertools
from typing import Any

from proofs import checker
from proofs.kernel.fingerprints import Fingerprints, texts
from proofs.kernel.formal import LetterType, Signature, term

SIGNATURE = Signature(
    frozenset({"K"}),
    {"sets": (("q", 1, 1), None)},
    {"a": LetterType((1, 1)), "b": LetterType((1, 1)), "t": LetterType((1, 1), ("sets",)), "v": LetterType(("K", 1))},
    {"S": "sets"},
)


def _parts(*written: str) -> list[dict[Any, Any]]:
    normal = checker.Normal(checker.Signature(SIGNATURE.as_json()))
    return [checker.named(normal.of(term(text, SIGNATURE)[0])) for text in written]


def test_the_right_signs_come_first_where_reciprocals_hide_them() -> None:
    """1/a + 1/b = (a+b)/(ab); what stands between is zero, with either sign."""
    checker.Work.left = checker.MOST_WORK
    parts = _parts("1/a + 1/b", "1/3*a/(a + b) + 1/3*b/(a + b) - 1/3", "(a + b)/(a*b)")
    assert list(Fingerprints().signs(parts))[:2] == [(1, -1, -1), (1, 1, -1)]
    wrong = _parts("1/a + 1/b", "1/3*a/(a + b) + 1/3*b/(a + b)", "(a + b)/(a*b)")
    assert next(Fingerprints().signs(wrong)) == (1, -1, -1), "the first in order, as none adds up"
    assert sorted(Fingerprints().signs(wrong)) == [(1, *s) for s in itertools.product((-1, 1), repeat=2)]


def test_bound_members_are_the_same_inside_of_a_reciprocal_and_outside() -> None:
    """(sum t) 1/(sum t) = 1, and v (sum t)^2 1/(sum t) = v sum t."""
    checker.Work.left = checker.MOST_WORK
    inside = "sum[S](t[S]^2)"
    for left, right in ((f"{inside}/({inside})", "1"), (f"{inside}*{inside}/({inside})*v", f"{inside}*v")):
        for last, signs in ((right, (1, 1, -1)), (f"-({right})", (1, 1, 1))):
            found = list(Fingerprints().signs(_parts(left, "a - a", last)))
            assert signs in found[:2], "the part that is zero has either sign"
            assert (1, 1, -signs[2]) in found[2:]


def test_texts_are_all_of_them_in_order() -> None:
    assert texts((("b", 1), ("a", ("b", ())))) == ("b", "a", "b")
    assert texts("a") == ("a",)
