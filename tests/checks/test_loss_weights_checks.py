"""Chapter V, checked: at which penalties what holds in the limit is tried."""

from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from verify.checks import checks_of
from verify.checks.evidence import HOLDS, Finding
from verify.checks.loss_weights import weighted_losses


@pytest.mark.parametrize("claim", ["V1", "V2", "V3"])
def test_the_limit_is_approached_in_even_steps(claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a penalty people train with to the last at which a control is told from the claim, a thousandth each."""
    tried = set[Fraction]()

    def noted(*given: Any) -> Finding:
        tried.add(given[2])
        return HOLDS

    monkeypatch.setattr(weighted_losses, "near_the_limit", noted)
    for seed in range(20):
        checks_of("loss_weights")[claim].decide(weighted_losses.SINGLES(), Random(seed))
    assert max(tried) == Fraction(1, 10**4)
    assert min(tried) == weighted_losses.TINY
    assert all(after == before / 1000 for before, after in pairwise(sorted(tried, reverse=True)))
