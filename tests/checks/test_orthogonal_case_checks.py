"""Chapter O where every multiplicity is perfectly orthogonal, and the groups that linear residuals need."""

from random import Random

import pytest
from flint import fmpq_mat

from verify.checks import checks_of
from verify.checks.orthogonal_case import linear_residuals
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import LabelDistribution
from verify.labels.families import named


@pytest.mark.parametrize(
    "text",
    [
        "projective_plane(q=2)",
        "projective_plane(q=2, singletons=1/3)",
        "projective_plane(q=2, complement=1, singletons=2/5)",
        "halves(K=4, shares=(1, 2, 3))",
        "mixture(K=4, shares=(1, 2, 3))",
        "balanced(K=6, m=5)",
    ],
)
def test_the_claims_hold_without_combinatorial_symmetry(text: str) -> None:
    """On designs with singletons, on unequal halves and on balanced mixtures, where none is skipped."""
    case, checks = LabelSpectrum(named(text)), checks_of("orthogonal_case")
    for claim in ("O1", "O2", "O2a", "O2b", "O3", "O3a"):
        finding = checks[claim].decide(case, Random(0))
        assert finding.state == "holds", f"{claim}: {finding.note}"


def test_groups_are_the_components_of_what_is_not_orthogonal() -> None:
    two_triples = {(i, j): 1 for i in range(3) for j in range(3, 6)} | {(0, 1, 2): 1, (3, 4, 5): 1}
    groups = linear_residuals._Groups.among(
        LabelDistribution.from_sets(two_triples, labels="abcdef"), linear_residuals._are_orthogonal
    )
    pairs, triples = groups.projectors
    assert sorted(int(Q.rank()) for Q in groups.projectors) == [1, 4]
    assert pairs * triples == fmpq_mat(6, 6)
    assert pairs * pairs == pairs
    ones = fmpq_mat([[1]] * 6)
    assert (pairs + triples) * ones == fmpq_mat(6, 1)
