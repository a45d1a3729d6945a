"""W3c and B3c, refuted: all single labels and one more set, where the rule says that features have mean 0."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from proofs.claims.converse_formulas import SYNTHESIS
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof
from proofs.kernel.terms import FALSE
from proofs.kernel.theorems import Theorem

_MEAN = """all S: (mbar - 1)*(place[S] - sum[k](e[k]'*y[S]*own[k])) + (m[S] - 1)*sum[k](e[k]'*f*own[k])
    = (m[S] - 1)*sum[T](place[T])"""
WRONG = "e[j]'*y[S] = 0 and 0 < e[j]'*Q*(y[S] - f)"


def case(weights: tuple[int, ...], roots: tuple[str, ...], inverses: tuple[str, ...], wrong: str) -> Case:
    """Three labels alone, and the first two together; a symmetric matrix by its entries 11, 12, 13 and 33."""
    places = [[int(i == n) for i in range(4)] for n in range(4)]
    root, inverse = (
        [[own, both, last], [both, own, last], [last, last, third]] for own, both, last, third in (roots, inverses)
    )
    letters: dict[str, Any] = {"place": places, "own": places[:3], "Root": root, "Q": inverse, "m": [1, 1, 1, 2]}
    letters["mbar"] = 1 + Fraction(weights[3], sum(weights))
    return Case(
        dims={"K": 3, "n": 4},
        weights={"sets": [Fraction(n, sum(weights)) for n in weights]},
        letters=letters | {"y": [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)]},
        facts=(_MEAN, f"some S, j: {wrong}"),
    )


def refuted(p: Proof, wrong: str, sign: Callable[[Theorem, Theorem], tuple[Theorem, Theorem]]) -> None:
    """The rule follows from a mean of 0, whatever the features; one sign is wrong nevertheless."""
    *given, mean, some = p.given
    claimed = p.ledger.assume(p.goal[-1][1])
    with p.assuming("X*sum[S](place[S]) = 0") as none:
        rule = p.eq(f"all S: {SYNTHESIS}", (mean, "1/(mbar - 1)*X*?[S]"), (none, "(m[S] - 1)/(mbar - 1)*?"))
        rule = p.every(p.implies(none, rule), "X")
    signs = p.at(p.apply(claimed, rule), "S", "j")
    with p.assuming(wrong) as at:
        false = p.ledger.fact("impossible", FALSE, p.le("0 < 0", *sign(signs, at)))
        false = p.some(f"some j: {wrong}", p.implies(at, false), "j")
    false = p.unpack(some, false, "S")
    p.done(p.join(*given[: len(p.goal) - 2], p.implies(claimed, false)))


@exemplifies(
    "W3c", case((16, 16, 31, 106), ("10/39", "-2/39", "-8/39", "16/39"), ("91/48", "-65/48", "-13/24", "13/12"), WRONG)
)
def signs_of_a_rule(p: Proof) -> None:
    """W3c: the entry of the first label alone at the third is 1/24."""

    def sign(signs: Theorem, at: Theorem) -> tuple[Theorem, Theorem]:
        return p.apply(signs, p.take(at, 0)), p.take(at, 1)

    refuted(p, WRONG, sign)
