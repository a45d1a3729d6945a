"""W6a in numbers: an optimum that meets its hypotheses, and one that averages at two penalties with one constant."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from verify.labels.distribution import LabelDistribution
from verify.model.solver import solve

EVEN = LabelDistribution.from_sets([*(([k], 2) for k in range(3)), *((p, 1) for p in combinations(range(3), 2))], "abc")
UNEVEN = LabelDistribution.from_sets(
    [([0], 162), ([1], 243), ([2], 324), ([0, 1], 300), ([0, 2], 400), ([1, 2], 500)], labels="abc"
)
"""What the remark on W6a says: pi_1 Sigma_1 + 81/100 pi_2 Sigma_2 is 567/1929 P, and neither of the two is flat."""


def _factors(pi: LabelDistribution, lam: Fraction) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best factors of the pairs, what they leave of them, and what single labels give others."""
    at = solve(pi, "pal", lam, 1)
    assert at.relative_gap < 1e-10
    y = np.asarray(pi.indicator, dtype=float)
    single = [int(np.flatnonzero((y == row).all(1))[0]) for row in np.eye(3)]
    h = np.asarray(at.r) @ np.asarray(at.W)
    pairs = [n for n in range(len(y)) if y[n].sum() == 2]
    sums = np.array([y[n] @ h[single] for n in pairs])
    factors = (h[pairs] * sums).sum(1) / (sums**2).sum(1)
    left = np.linalg.norm(h[pairs] - factors[:, None] * sums, axis=1) / np.linalg.norm(h[pairs], axis=1)
    return factors, left, (np.eye(3) - np.asarray(at.r)[single])[~np.eye(3, dtype=bool)]


def test_an_optimum_at_a_small_penalty_meets_what_w6a_assumes() -> None:
    factors, left, given = _factors(EVEN, Fraction(1, 10**7))
    alpha = float(factors.mean())
    assert max(left) < 1e-6
    assert max(abs(factors - alpha)) < 1e-6
    assert 1 / 2 < alpha < 1
    assert max(given) < (2 * alpha - 1) / (36 * 3 * 4)
    assert max(given) == pytest.approx(min(given), rel=1e-5)


def test_two_penalties_with_one_constant_do_not_make_layers_orthogonal() -> None:
    def equation(x: float) -> float:
        """O1's equations for c and 9/10 c, where x is the ratio of probabilities in a singleton and outside it."""
        return 0.9 * float(np.log(x)) - float(np.log((x + 2) / 1.8 - 0.5))

    penalties = []
    for low, high in ((1.1, 2.0), (100.0, 1000.0)):
        ends = [low, high]
        for _ in range(80):
            middle = sum(ends) / 2
            ends[int(equation(middle) * equation(ends[1]) > 0)] = middle
        penalties.append(567 / 1929 * (3 / (ends[0] + 2)) ** 2)
    for lam in penalties:
        factors, left, _ = _factors(UNEVEN, Fraction(lam))
        assert max(abs(factors - 0.9)) < 1e-6
        assert max(left) < 1e-6
    assert min(_factors(UNEVEN, Fraction(1, 100))[1]) > 1e-4
