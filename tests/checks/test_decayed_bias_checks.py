"""E3 needs its hypotheses: two label distributions outside of them, whose bias tends elsewhere."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from verify.checks import checks_of
from verify.checks.decayed_bias import terminal_bias
from verify.checks.evidence import Finding
from verify.checks.weighted_synthesis.terminal_rules import TILTED, rule_in_the_limit
from verify.geometry.margins import hard_margin
from verify.geometry.sign_condition import TerminalGeometry
from verify.labels.distribution import LabelDistribution
from verify.model.losses import PAL_CE, Array
from verify.model.optimum import CertifiedOptimum, Instance

VIOLATED = LabelDistribution.from_sets([([0, 1], 1), ([0, 2], 1), ([3], 3)], labels="abcd")
SINGULAR = LabelDistribution.from_sets(
    [([0, 4], 1), ([0, 2, 3], 1), ([1, 2, 4], 1), ([1, 4], 1), ([0, 3], 6)], labels="abcde"
)


def _bias(pi: LabelDistribution, exponent: int) -> Array:
    """The certified bias at lambda_b = mu, over mu/lambda_b."""
    mu = Fraction(1, 10 ** (exponent // 2))
    return np.array([float(a.mid()) for a in CertifiedOptimum.of(pi, Instance(PAL_CE, mu, mu, mu)).b])


def _mean_column(pi: LabelDistribution) -> Array:
    geometry = TerminalGeometry.of(pi)
    inverse = np.array([[float(a.mid()) for a in row] for row in geometry.inverse_root.tolist()])
    return np.asarray(inverse @ np.array(pi.frequencies, dtype=float))


def test_where_signs_are_violated_the_bias_tends_to_the_mean_of_another_dual_vector() -> None:
    """That of the hard margin."""
    assert TerminalGeometry.of(VIOLATED).sign.verdict == "violated"
    dual = np.array(VIOLATED.shares, dtype=float) @ hard_margin(VIOLATED, PAL_CE, False).q
    assert dual == pytest.approx([0.548, -0.499, -0.499, 0.450], abs=1e-3)
    assert _mean_column(VIOLATED) == pytest.approx([0.571, -0.497, -0.497, 0.424], abs=1e-3)
    found = (20 * _bias(VIOLATED, 20) - 12 * _bias(VIOLATED, 12)) / 8  # without what is of order 1/tau
    right, wrong = (np.linalg.norm(found - limit) for limit in (dual, _mean_column(VIOLATED)))
    assert right < wrong / 5


def test_at_a_deficient_rank_the_mean_column_misses_a_direction() -> None:
    """Which is 0 for the frequencies, and stays away from 0 for the optimum."""
    assert not TerminalGeometry.of(SINGULAR).full_rank
    direction = np.array([1, 1, 0, -1, -1]) / 2
    assert direction @ _mean_column(SINGULAR) == pytest.approx(0, abs=1e-12)
    found = [float(direction @ _bias(SINGULAR, e)) for e in (6, 12)]
    assert found[1] == pytest.approx(0.0163, abs=5e-4)
    assert found[1] > 0.9 * found[0]


def test_the_decay_that_a_check_speaks_of_is_the_one_it_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """E4, of prototypes in the limit: times tau over mu, a decay far below the order at which rules change (E3)."""
    tried = set()

    def noted(*given: Any) -> Finding:
        tried.add(given[-1])
        return rule_in_the_limit(*given)

    monkeypatch.setattr(terminal_bias, "rule_in_the_limit", noted)
    check = checks_of("decayed_bias")["E4"]
    assert check.decide(TILTED(), Random(0)).state == "holds"
    assert [f"{float(decay):.0e}" for decay in tried] == re.findall(r"tau/mu = (\S+)$", check.decides) == ["1e-24"]
