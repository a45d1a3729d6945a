"""Losses against their definitions in fifty digits, and against each other's duals."""

from math import e

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from verify.labels.distribution import InputError, LabelDistribution
from verify.model.losses import BCE, LOSSES, MSE, PAL_CE, Array, Loss

EPS = float(np.finfo(np.float64).eps)
SMOOTHED = PAL_CE.smoothed("1/10"), BCE.smoothed("1/3")
LOSS = pytest.mark.parametrize("loss", [*LOSSES.values(), *SMOOTHED], ids=repr)

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, loss: Loss, spread: float = 5.0) -> tuple[Array, Array]:
    """Random targets, of proper label sets for a centered loss, and logits."""
    rng = np.random.default_rng(seed)
    n, K = int(rng.integers(1, 6)), int(rng.integers(2, 8))
    sizes = rng.integers(1, K, n) if loss.centered else rng.integers(0, K + 1, n)
    y = np.array([rng.permutation(np.arange(K) < size) for size in sizes], dtype=np.float64)
    even = np.array(sizes, dtype=np.float64)[:, None] / K if loss.centered else 0.5
    y = (1 - float(loss.smoothing)) * y + float(loss.smoothing) * even
    z = spread * rng.normal(size=(n, K))
    return y, z - z.mean(axis=1, keepdims=True) if loss.centered else z


def exact_value(loss: Loss, z: list[mpf], y: Array) -> mpf:
    """The definition, in the precision of the context."""
    if loss.name == "pal":
        inside = mp.fsum(mpf(b) * a for a, b in zip(z, y, strict=True))
        return mp.fsum(mpf(b) for b in y) * mp.log(mp.fsum(map(mp.exp, z))) - inside
    if loss.name == "bce":
        return mp.fsum(mp.log1p(mp.exp(a)) - mpf(b) * a for a, b in zip(z, y, strict=True))
    return mp.fsum((a - mpf(b)) ** 2 for a, b in zip(z, y, strict=True)) / 2


def exact_residual(loss: Loss, z: list[mpf], y: Array) -> list[mpf]:
    if loss.name == "pal":
        total = mp.fsum(map(mp.exp, z))
        return [mpf(b) - mp.fsum(mpf(c) for c in y) * mp.exp(a) / total for a, b in zip(z, y, strict=True)]
    if loss.name == "bce":
        return [mpf(b) - 1 / (1 + mp.exp(-a)) for a, b in zip(z, y, strict=True)]
    return [mpf(b) - a for a, b in zip(z, y, strict=True)]


def exact(row: Array) -> list[mpf]:
    return [mpf(float(entry)) for entry in row]


def points(y: Array, z: Array) -> list[tuple[int, list[mpf], Array]]:
    return [(i, exact(z[i]), y[i]) for i in range(len(y))]


@LOSS
@given(seed=seeds)
def test_value_and_residual_are_the_definitions(loss: Loss, seed: int) -> None:
    y, z = draw(seed, loss)
    value, residual = loss.value(z, y), loss.residual(z, y)
    with mpmath.workdps(50):
        for i, logits, ones in points(y, z):
            # Rounding of the logits is what both inherit: eps |z| each, times slopes of at most m + 1.
            bound = 8 * EPS * len(logits) * (1 + float(np.abs(z).max())) * (1 + ones.sum())
            assert abs(value[i] - exact_value(loss, logits, ones)) <= bound * (1 + abs(value[i]))
            for r, s in zip(residual[i], exact_residual(loss, logits, ones), strict=True):
                assert abs(float(r) - s) <= bound


@LOSS
@pytest.mark.parametrize("spread", [0.01, 5.0, 400.0])
@given(seed=seeds)
def test_value_and_residual_together_are_those_apart(loss: Loss, spread: float, seed: int) -> None:
    y, z = draw(seed, loss, spread)
    value, residual = loss.both(z, y)
    assert np.allclose(value, loss.value(z, y), rtol=1e-13, atol=1e-13)
    assert np.allclose(residual, loss.residual(z, y), rtol=0, atol=1e-13)


@LOSS
def test_control_a_residual_of_the_wrong_sign_is_seen(loss: Loss) -> None:
    y, z = draw(1, loss)
    with mpmath.workdps(50):
        wrong = max(
            abs(-float(a) - s)
            for a, s in zip(loss.residual(z, y)[0], exact_residual(loss, exact(z[0]), y[0]), strict=True)
        )
    assert wrong > 1e-3


@LOSS
@given(seed=seeds)
def test_residuals_are_minus_the_gradient_and_curvature_is_the_hessian(loss: Loss, seed: int) -> None:
    y, z = draw(seed, loss, spread=1.5)
    r, delta = loss.residual(z, y), loss.curvature(loss.residual(z, y), y)
    with mpmath.workdps(50):
        h = mpf(10) ** -15
        for i, logits, ones in points(y, z):
            for k in range(len(logits)):
                up, down = list(logits), list(logits)
                up[k] += h
                down[k] -= h
                slope = (exact_value(loss, up, ones) - exact_value(loss, down, ones)) / (2 * h)
                assert abs(slope + float(r[i, k])) < 1e-12
                change = [
                    (b - a) / (2 * h)
                    for a, b in zip(exact_residual(loss, up, ones), exact_residual(loss, down, ones), strict=True)
                ]
                hessian = np.diag(delta[i])[k] - (delta[i, k] * delta[i] / delta[i].sum() if loss.centered else 0)
                assert max(abs(c - float(d)) for c, d in zip(change, hessian, strict=True)) < 1e-12


@LOSS
@given(seed=seeds)
def test_logits_invert_the_residual(loss: Loss, seed: int) -> None:
    y, z = draw(seed, loss)
    r = loss.residual(z, y)
    # An error of eps in r is one of eps / room in the logit; centering mixes the entries of a row.
    bound = 32 * EPS * (1 + np.abs(z).max()) * (1 + (1 / np.minimum(loss.room(r, y), 1)).max())
    assert np.abs(loss.logits(r, y) - z).max() <= bound


@pytest.mark.parametrize("size", [1e-3, 1e-9, 1e-15, 1e-30])
@pytest.mark.parametrize("loss", [PAL_CE, BCE], ids=["pal", "bce"])
def test_tiny_residuals_keep_their_relative_accuracy(loss: Loss, size: float) -> None:
    """logits(r) moves by d when r off the set grows by the factor e^d, however small r is."""
    y = np.array([[1.0, 1.0, 0.0, 0.0]])
    r = size * np.array([[1.0, 2.0, -1.0, -2.0]])
    moved = size * np.array([[1.0, 2.0, -1.0, -2.0 * e]])
    moved[0, 0] += 2 * size * (e - 1)
    change = loss.logits(moved, y) - loss.logits(r, y)
    gain = change[0, 3] - change[0, 2]
    expected = 1.0 if loss is PAL_CE else 1.0 + np.log1p(-2 * size) - np.log1p(-2 * size * e)
    assert gain == pytest.approx(expected, rel=1e-12)


@LOSS
@given(seed=seeds)
def test_divergence_closes_the_fenchel_young_inequality(loss: Loss, seed: int) -> None:
    """L(z) + L*(-r) + <r, z> computed directly, in the regime where rounding does not drown it."""
    y, z = draw(seed, loss)
    _, other = draw(seed, loss, spread=2.0)
    r = loss.residual(other, y)
    direct = loss.value(z, y) - loss.conjugate(r, y) + (r * z).sum(axis=1)
    assert np.allclose(
        loss.divergence(r, z, y), direct, rtol=0, atol=64 * EPS * y.shape[1] * (1 + np.abs(z).max()) ** 2
    )
    assert (loss.divergence(r, z, y) >= 0).all()


@pytest.mark.parametrize("distance", [1e-2, 1e-6, 1e-10])
@LOSS
def test_divergence_is_relatively_accurate_where_it_is_tiny(loss: Loss, distance: float) -> None:
    y, z = draw(7, loss, spread=2.0)
    r = loss.residual(z, y)
    near = z + distance * np.random.default_rng(3).normal(size=z.shape)
    found = loss.divergence(r, near, y)
    with mpmath.workdps(60):
        for i, logits, ones in points(y, near):
            own = exact(loss.logits(r, y)[i])
            truth = exact_value(loss, logits, ones) - exact_value(loss, own, ones)
            exact_r = exact_residual(loss, own, ones)
            truth += mp.fsum(a * (b - c) for a, b, c in zip(exact_r, logits, own, strict=True))
            # The divergence is quadratic in the distance, whose rounding is eps |z| / distance, relatively.
            assert abs(found[i] - truth) <= truth * 200 * EPS * (1 + np.abs(z).max()) / distance


@pytest.mark.parametrize("loss", [PAL_CE, BCE], ids=["pal", "bce"])
def test_divergence_of_far_and_of_boundary_points(loss: Loss) -> None:
    y = np.array([[1.0, 0.0, 0.0]])
    far = np.array([[-400.0, 500.0, -100.0]])
    corner = np.zeros((1, 3))  # r = 0: all mass on the set, KL = L(z)
    assert loss.divergence(corner, far, y) == pytest.approx(loss.value(far, y), rel=1e-12)
    assert np.isfinite(loss.divergence(loss.residual(-far / 100, y), far, y)).all()


@pytest.mark.parametrize("loss", [PAL_CE, BCE], ids=["pal", "bce"])
def test_outside_the_domain(loss: Loss) -> None:
    y = np.array([[1.0, 0.0, 0.0]])
    outside = np.array([[-0.5, 0.25, 0.25]])  # wrong signs
    assert loss.conjugate(outside, y)[0] == -np.inf
    assert loss.room(outside, y).min() < 0
    assert loss.conjugate(np.zeros((1, 3)), y)[0] == 0  # on the boundary: no entropy


def test_mse_has_no_boundary() -> None:
    assert MSE.room(np.full((1, 2), 1e9), np.zeros((1, 2))).min() == np.inf


@pytest.mark.parametrize(
    ("loss", "K", "m"),
    [(PAL_CE, 5, 2), (PAL_CE, 4, 3), (BCE, 4, 2), (MSE, 3, 1), (SMOOTHED[0], 5, 2), (SMOOTHED[1], 4, 2)],
)
@pytest.mark.parametrize("c", [0.9, 0.3, 1e-4])
def test_gain_is_the_scalar_equation_of_orthogonal_residuals(loss: Loss, K: int, m: int, c: float) -> None:
    """g r = logits(r) at r = c r0, with r0 the residual at z = 0 (claim O1)."""
    pi = LabelDistribution.from_sets([(list(range(m)), 1)], labels=[str(k) for k in range(K)])
    y = loss.targets(pi)
    r = c * loss.residual(np.zeros((1, K)), y)
    g = loss.gain(np.array(c), m, K)
    assert np.allclose(g * r, loss.logits(r, y), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("smoothing", ["1", "-1/10", "some", "1/0"])
def test_no_such_smoothing(smoothing: str) -> None:
    with pytest.raises(InputError, match="label smoothing is"):
        BCE.smoothed(smoothing)


def test_names() -> None:
    with pytest.raises(InputError, match="label smoothing is for losses without finite targets"):
        MSE.smoothed("1/10")
    assert {name: loss.name for name, loss in LOSSES.items()} == {"pal": "pal", "bce": "bce", "mse": "mse"}
