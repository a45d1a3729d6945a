"""notes/your_lambda.md: at the optimum for the penalties it names, what a script minimises is stationary."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from verify.labels.distribution import LabelDistribution
from verify.model.losses import Array, loss_named
from verify.model.solver import solve

NOTE = Path(__file__).parents[2] / "notes" / "your_lambda.md"
WEIGHTS = {0b001: 5, 0b010: 3, 0b100: 2, 0b011: 4, 0b110: 1, 0b000: 6}
K, N = 3, sum(WEIGHTS.values())
S = 1 - Fraction(WEIGHTS[0], N)
Penalties = tuple[Fraction, Fraction, Fraction]
DECAYS: Penalties = (Fraction(1, 100), Fraction(1, 4), Fraction(1, 50))
w_W, w_H, w_b = DECAYS


class Script(NamedTuple):
    """What a script minimises, with the decays above.

    Attributes:
        row: how its row of the note begins, behind the first bar.
        of: the loss it is tried with.
        loss: what the loss of a sample is multiplied with.
        features: what half of its |h|^2 is.
        penalties: lambda_W, lambda_H, lambda_b as the row says.
    """

    row: str
    of: str
    loss: Fraction
    features: Fraction
    penalties: Penalties


ONE = Fraction(1)
SCRIPTS = (
    Script("loss summed over labels, mean over samples", "bce", ONE / N, w_H / N, (w_W, w_H, w_b)),
    Script("the same with the loss averaged over K labels", "bce", ONE / K / N, w_H / N, (K * w_W, K * w_H, K * w_b)),
    Script("loss summed over labels and over N samples", "bce", ONE, w_H, (w_W / N, w_H, w_b / N)),
    Script("features that are parameters themselves", "bce", ONE / N, w_H, (w_W, N * w_H, w_b)),
    Script("PAL-CE, mean over all samples", "pal", ONE / N, w_H / N, (w_W / S, w_H, w_b / S)),
)


def gradients(script: Script, penalties: Penalties) -> list[float]:
    """At the optimum for some penalties: the gradients of what the script minimises, relative to their decays."""
    labels = LabelDistribution.from_masks(WEIGHTS, ("a", "b", "c"))
    optimum = solve(labels, script.of, *penalties)
    kept = optimum.model.distribution.masks
    H = np.array([optimum.H[kept.index(mask)] if mask in kept else 0 * optimum.H[0] for mask in WEIGHTS])
    Y = np.array([[mask >> k & 1 for k in range(K)] for mask in WEIGHTS], dtype=float)
    counts = np.array([[float(n)] for n in WEIGHTS.values()])
    residuals: Array = loss_named(script.of).residual(H @ optimum.W.T + optimum.b, Y)
    pull = -float(script.loss) * counts * residuals
    pairs = (
        (pull.T @ H, float(w_W) * optimum.W),
        (pull @ optimum.W, float(script.features) * counts * H),
        (pull.sum(axis=0), float(w_b) * optimum.b),
    )
    return [float(np.linalg.norm(loss + decay) / np.linalg.norm(decay)) for loss, decay in pairs]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.row)
def test_what_the_script_minimises_is_stationary_at_the_optimum_for_the_penalties_of_its_row(script: Script) -> None:
    assert f"| {script.row}" in NOTE.read_text()
    assert max(gradients(script, script.penalties)) < 1e-6


@pytest.mark.parametrize("script", SCRIPTS[1:], ids=lambda script: script.row)
def test_with_a_factor_left_out_it_is_not(script: Script) -> None:
    for i, (decay, penalty) in enumerate(zip(DECAYS, script.penalties, strict=True)):
        if decay != penalty:
            wrong = list(script.penalties)
            wrong[i] = decay
            assert max(gradients(script, (wrong[0], wrong[1], wrong[2]))) > 1e-2
