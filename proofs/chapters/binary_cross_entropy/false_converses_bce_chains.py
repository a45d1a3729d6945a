"""B3c, refuted as W3c is."""

from proofs.chapters.weighted_synthesis.false_converses_chains import case, refuted
from proofs.kernel.example import exemplifies
from proofs.kernel.proof import Proof
from proofs.kernel.theorems import Theorem

WRONG = "(2*(e[j]'*y[S]) - 1)*(e[j]'*Q*(y[S] - f)) < 0"


@exemplifies(
    "B3c", case((16, 16, 1, 16), ("68/147", "-16/147", "-4/147", "20/147"), ("7/3", "7/12", "7/12", "91/12"), WRONG)
)
def signs_of_a_rule_of_bce(p: Proof) -> None:
    """B3c: the entry of the pair at the third label is -1/4."""

    def sign(signs: Theorem, at: Theorem) -> tuple[Theorem, Theorem]:
        return signs, at

    refuted(p, WRONG, sign)
