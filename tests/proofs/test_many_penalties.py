"""O2b's chain with a false or weaker statement in its place, which the checker rejects; and what the lemmas say."""

from typing import Any

import mpmath as mp
import pytest

from proofs import checker as untyped
from proofs.chains import document, known
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import LEAST_ROOT, PERFECT
from proofs.claims.orthogonal_case import BLOCKS, ETFS
from proofs.kernel.formal import declare, formula
from proofs.kernel.theorems import as_json
from proofs.letters.signature import SIGNATURE

checker: Any = untyped

FALSE = {
    "K for K - 1": (PERFECT[3], PERFECT[3].replace("K*(K - 1)", "K*K")),
    "ETFs at penalties that do not come close to the threshold": (ETFS, ETFS.replace("- t <", "- 1 - t <")),
    "any solution of the equation for s < 0": (LEAST_ROOT, LEAST_ROOT.split("\n")[0]),
    "an average over some label sets of a multiplicity": (BLOCKS, "all S, T, U: cond[S, U] = cond[S, U]"),
}


@pytest.mark.parametrize("name", FALSE)
def test_the_chain_does_not_prove_a_false_variant(name: str) -> None:
    formal, trace = CLAIMS["O2b"].formal, document("O2b")
    true, false = (as_json(formula(text, declare(SIGNATURE, *formal.letters))) for text in FALSE[name])
    given, goal = trace["hypotheses"], trace["goal"]
    assert true in (*given, goal)
    assert false not in (*given, goal)
    trace["hypotheses"] = [false if one == true else one for one in given]
    trace["goal"] = false if goal == true else goal
    with pytest.raises(checker.Rejected):
        checker.check_claim(trace, known())


@pytest.mark.parametrize(("labels", "size"), [(10, 9), (20, 18)])
def test_the_largest_multiplicity_has_a_fold_and_is_steep_there(labels: int, size: int) -> None:
    """At tau from the fold K s differs by less than 3 K tau^2 from what it is at 2 tau; the least root is u/s there."""
    with mp.workdps(30):

        def height(t: mp.mpf) -> mp.mpf:
            return t * (labels - size + size * mp.exp(t))

        fold = mp.findroot(lambda t: labels - size + size * (1 + t) * mp.exp(t), -1.5)
        assert -2 < fold < -1
        for tau in (mp.mpf(1) / 8, mp.mpf(1) / 100):
            near, far = fold + tau, fold + 2 * tau
            assert 0 < height(far) - height(near) < 3 * labels * tau**2
            s = height(near) / labels
            less = [mp.mpf(i) / 1000 * near / s for i in range(1, 1000)]
            assert all(t * (labels + size * (mp.exp(s * t) - 1)) < labels for t in less)
