"""What the closed forms of binary cross entropy assume besides their hypotheses is true of their models."""

from proofs.kernel.formal import formula
from proofs.letters.signature import SIGNATURE
from tests.proofs.test_assumptions import _of
from tests.proofs.true_in_a_model import _true


def test_what_isotropic_signs_assume_is_true_of_something() -> None:
    """B5a's closed form is for isotropic sign vectors, as those of its model are; those of B5e's are not."""
    isotropic = formula("sum[S]((2*y[S] - ones)*(2*y[S] - ones)') = I[K]", SIGNATURE)
    assert [_true(_of(claim)[0], isotropic) for claim in ("B5a", "B5e")] == [True, False]
