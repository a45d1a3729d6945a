"""Weights in the loss: the wrapped loss is the derivative of its values, and what it cannot mean is refused."""

from __future__ import annotations

import numpy as np
import pytest

from verify.labels.errors import InputError
from verify.model.losses import BCE, MSE, PAL_CE, Loss
from verify.model.weighted import Weighted

Y = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])


@pytest.mark.parametrize("base", [PAL_CE, BCE, MSE], ids=repr)
def test_residuals_and_conjugates_belong_to_the_values(base: Loss) -> None:
    weights = [[3, 3, 3], [2, 2, 2]] if base.centered else [[3, 1, 2], [1, 4, 2]]
    loss = Weighted.of(base, dict(zip(map(tuple, Y.tolist()), weights, strict=True)))
    z, step = np.array([[0.3, -0.2, -0.1], [0.5, 0.1, -0.6]]), 1e-6
    r = loss.residual(z, Y)
    slope = [(loss.value(z + step * e, Y) - loss.value(z - step * e, Y)) / (2 * step) for e in np.eye(3)]
    assert r == pytest.approx(-np.array(slope).T, abs=1e-8)
    assert loss.conjugate(r, Y) == pytest.approx(loss.value(z, Y) + (r * z).sum(axis=1))
    assert loss.divergence(r, z, Y) == pytest.approx(np.zeros(2), abs=1e-14)
    assert loss.residual(loss.logits(r, Y), Y) == pytest.approx(r)


def test_weights_that_mean_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="not positive"):
        Weighted.of(BCE, {(1.0, 0.0): [1, 0]})
    with pytest.raises(InputError, match="one weight for each label set"):
        Weighted.of(PAL_CE, {(1.0, 0.0): [1, 2]})
