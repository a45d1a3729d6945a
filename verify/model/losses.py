r"""The three losses of the suite, one object each: all that the model, the solvers and the reports need to know of one.

Arrays have one row per label set: logits ``z``, residuals ``r`` and targets ``y`` are ``(n, K)``, values are ``(n,)``,
in nats. Targets are the indicators of the label sets; with label smoothing :math:`\varepsilon` they are
:math:`1-\varepsilon` of those and :math:`\varepsilon` of the prediction at logit 0 (chapter Y). Residuals are the
primary variable everywhere: :math:`r_S=-\nabla L_S(z_S)` keeps its *relative*
accuracy when it is tiny, the logits and the distance to :math:`y_S` do not, and at small :math:`\lambda` all of the
geometry is in tiny residuals. Every function below is written so that no two nearly equal numbers are subtracted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.ball_losses import BallLoss, BinaryCrossEntropyInBalls, PickAllLabelsInBalls, SquaredErrorInBalls

__all__ = ["BCE", "LOSSES", "MSE", "PAL_CE", "Array", "Loss", "loss_named", "losses_smoothed"]

Array = NDArray[np.float64]

Vector = tuple[Fraction, ...]


@dataclass(frozen=True, repr=False)
class Loss(ABC):
    r"""What a loss :math:`L_S(z)` is to the model: convex, smooth, and its own dual's partner.

    Attributes:
        name: short name, the one the command line uses.
        title: as one writes it.
        centered: whether :math:`L_S` ignores a common shift of the logits, so that :math:`1^\top r_S=0`.
        quadratic: whether it is half a squared distance, so that the optimum has a closed form (claim W2).
        domain: the least and the largest value of an entry of the prediction :math:`y_S-r_S`; ``None`` where there is
            none but what the sum sets.
        neutral: the prediction at logit 0, if labels do not compete.
        balls: the same loss in balls.
        smoothing: label smoothing, in [0, 1).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    centered: ClassVar[bool] = False
    quadratic: ClassVar[bool] = False
    domain: ClassVar[tuple[int | None, int | None]]
    neutral: ClassVar[Fraction] = Fraction(0)
    balls: ClassVar[BallLoss]

    smoothing: Fraction = Fraction(0)

    def __repr__(self) -> str:
        return self.title.replace("-", "_") + (f".smoothed({str(self.smoothing)!r})" if self.smoothing else "")

    def smoothed(self, smoothing: int | str | Fraction) -> Loss:
        """The same loss with label smoothing.

        Raises:
            InputError: no number in [0, 1), or a loss whose targets are finite as they are.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abcd")
            >>> BCE.smoothed("1/10").targets(pi)[0], PAL_CE.smoothed("1/10").targets(pi)[1]
            (array([0.95, 0.05, 0.05, 0.05]), array([0.95, 0.95, 0.05, 0.05]))
        """
        try:
            epsilon = Fraction(smoothing)
        except (ValueError, ZeroDivisionError, TypeError, OverflowError):
            epsilon = Fraction(-1)
        if not 0 <= epsilon < 1:
            raise InputError(f"label smoothing is {smoothing!r}: give a number in [0, 1) such as 1/10")
        if epsilon and self.quadratic:
            raise InputError(
                f"label smoothing is for losses without finite targets; {self.title} has them: leave it out"
            )
        return replace(self, smoothing=epsilon)

    # ------------------------------------------------------------------ facts

    def sees(self, pi: LabelDistribution) -> LabelDistribution:
        """The part of a distribution that the loss sees: for PAL-CE the proper one."""
        return pi.proper if self.centered else pi

    def dimension(self, K: int) -> int:
        """Dimension of the space where residuals live: the largest rank a classifier can have."""
        return K - 1 if self.centered else K

    def interior(self, x: Any) -> bool:
        """Whether a number, of any exact kind, is strictly inside the domain of an entry of the prediction."""
        return all(distance > 0 for distance in self.margins(x))

    def margins(self, x: Any, unit: int = 1) -> list[Any]:
        """Distances of an entry of the prediction, in multiples of ``1/unit``, to the ends of its domain.

        Example:
            >>> BCE.margins(3, unit=10), PAL_CE.margins(3, unit=10), MSE.margins(3, unit=10)
            ([3, 7], [3], [])
        """
        least, most = self.domain
        return ([] if least is None else [x - least * unit]) + ([] if most is None else [most * unit - x])

    def clipped(self, x: int, unit: int) -> int:
        """The nearest entry of a prediction that is in the domain."""
        least, most = self.domain
        above = x if least is None else max(x, least * unit)
        return above if most is None else min(above, most * unit)

    def even(self, K: int) -> tuple[Fraction, Fraction]:
        """The prediction at logit 0: ``u, v`` with every entry ``m u + v`` for sets of ``m`` labels."""
        return (Fraction(1, K), Fraction(0)) if self.centered else (Fraction(0), self.neutral)

    def target(self, y: Sequence[int]) -> list[Fraction | int]:
        """What the prediction of a label set is compared with: its indicator, smoothed if the loss is."""
        (u, v), epsilon = self.even(len(y)), self.smoothing
        return [(1 - epsilon) * a + epsilon * (sum(y) * u + v) if epsilon else a for a in y]

    def exact_targets(self, pi: LabelDistribution) -> list[list[Fraction | int]]:
        """The targets of all label sets, ``(n, K)``."""
        return [self.target(y) for y in pi.rows]

    def targets(self, pi: LabelDistribution) -> Array:
        """:meth:`exact_targets` in float64."""
        return np.array(self.exact_targets(pi), dtype=np.float64) if self.smoothing else pi.indicator

    def mean_target(self, pi: LabelDistribution) -> Vector:
        """The mean of the targets."""
        u, v = self.even(pi.K)
        if not self.smoothing:
            return pi.frequencies
        return tuple((1 - self.smoothing) * f + self.smoothing * (pi.cardinality * u + v) for f in pi.frequencies)

    def collapsed(self, pi: LabelDistribution, free: bool) -> tuple[Vector, Vector]:
        """The prediction at ``W = 0`` and the best bias (or none): ``u, v`` with a prediction :math:`m_Su+v` (U9)."""
        u, v = self.even(pi.K)
        if not free:
            return (u,) * pi.K, (v,) * pi.K
        mean, none = self.mean_target(pi), (Fraction(0),) * pi.K
        return (tuple(a / pi.cardinality for a in mean), none) if self.centered else (none, mean)

    def collapse_residuals(self, pi: LabelDistribution, free: bool) -> list[list[Fraction]]:
        r"""The residuals :math:`r^0_S` there, exact, ``(n, K)``.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 2), ([0, 1], 1)], labels="ab")
            >>> [[str(a) for a in row] for row in BCE.collapse_residuals(pi, free=True)]
            [['0', '-1/3'], ['0', '2/3']]
        """
        per_label, offset = self.collapsed(pi, free)
        return [
            [Fraction(a - m * u - v) for a, u, v in zip(row, per_label, offset, strict=True)]
            for row, m in zip(self.exact_targets(pi), pi.sizes, strict=True)
        ]

    def mass(self, m: int) -> int:
        """What the prediction of a set of ``m`` labels is ``mass`` times a probability of: ``m`` for PAL-CE, else 1."""
        return m if self.centered else 1

    @abstractmethod
    def steepest(self, m: int) -> Fraction:
        """Bound on the curvature of the loss of sets of at most ``m`` labels, along any direction (claim U7a)."""

    # ------------------------------------------------------------------ functions

    @abstractmethod
    def value(self, z: Array, y: Array) -> Array:
        r""":math:`L_S(z_S)`, shape ``(n,)``, in nats."""

    @abstractmethod
    def residual(self, z: Array, y: Array) -> Array:
        r""":math:`r_S=-\nabla L_S(z_S)`, shape ``(n, K)``."""

    def both(self, z: Array, y: Array) -> tuple[Array, Array]:
        """Value and residual, where that is less work together, and where both have absolute accuracy."""
        return self.value(z, y), self.residual(z, y)

    @abstractmethod
    def logits(self, r: Array, y: Array) -> Array:
        """The logits whose residual is ``r`` (row mean 0 if :attr:`centered`): the inverse of :meth:`residual`."""

    @abstractmethod
    def conjugate(self, r: Array, y: Array) -> Array:
        r""":math:`-L_S^*(-r_S)`, the dual value, shape ``(n,)``, in nats; ``-inf`` outside the domain."""

    @abstractmethod
    def curvature(self, r: Array, y: Array) -> Array:
        r"""Diagonal :math:`\delta` of the Hessian in terms of the residual, shape ``(n, K)``.

        The Hessian of :math:`L_S` is :math:`\mathrm{diag}(\delta)`, minus :math:`\delta\delta^\top/1^\top\delta` if
        :attr:`centered`.
        """

    @abstractmethod
    def room(self, r: Array, y: Array) -> Array:
        """Distance of every entry of ``r`` to the boundary of the domain, shape ``(n, K)``; negative outside."""

    @abstractmethod
    def divergence(self, r: Array, z: Array, y: Array) -> Array:
        r""":math:`L_S(z)+L_S^*(-r)+\langle r,z\rangle\ge0` (Fenchel-Young), without cancellation, shape ``(n,)``."""

    @abstractmethod
    def gain(self, c: Array, m: float, K: int) -> Array:
        r"""Eigenvalue of :math:`G/\lambda_H` at which perfectly orthogonal residuals shrink to ``c`` times their value
        at ``W = 0``, for :math:`0<c\le1` (claim O1 for PAL-CE). Elsewhere a good first guess."""


@dataclass(frozen=True, repr=False)
class PickAllLabels(Loss):
    r"""PAL-CE: :math:`L_S(z)=m\log\sum_je^{z_j}-\sum_{k\in S}z_k`, residual :math:`y_S-m\,\mathrm{softmax}(z)`.

    The conjugate is :math:`m\,\mathcal H(p)` with :math:`p=(y_S-r)/m` in the simplex. (Li et al. 2024.)

    Example:
        >>> y = np.array([[1.0, 1.0, 0.0]])
        >>> r = PAL_CE.residual(np.zeros((1, 3)), y)
        >>> print(np.round(r, 4), np.round(PAL_CE.conjugate(r, y), 4))
        [[ 0.3333  0.3333 -0.6667]] [2.1972]
    """

    name = "pal"
    title = "PAL-CE"
    centered = True
    domain = (0, None)
    balls = PickAllLabelsInBalls()

    def steepest(self, m: int) -> Fraction:
        return Fraction(m, 2)

    def value(self, z: Array, y: Array) -> Array:
        # m log m plus what is above it: measured from their mean over the set, logits give that without cancellation.
        m = y.sum(axis=1)
        d = z - ((y * z).sum(axis=1) / m)[:, None]
        far = np.abs(d).max(axis=1) >= 30.0
        near = d * ~far[:, None]
        value = m * np.log(m) + m * np.log1p(np.where(y == 1, np.expm1(near), np.exp(near) - y).sum(axis=1) / m)
        if far.any():
            value[far] = m[far] * _log_sum_exp(d[far])
        return np.asarray(value)

    def residual(self, z: Array, y: Array) -> Array:
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        r = y - y.sum(axis=1, keepdims=True) * p
        # Rounding must not add a common shift to residuals that are tiny.
        return np.asarray(r - p * r.sum(axis=1, keepdims=True))

    def both(self, z: Array, y: Array) -> tuple[Array, Array]:
        m = y.sum(axis=1)
        t = z - (np.einsum("ij,ij->i", y, z) / m)[:, None]
        if t.max() > 300.0:
            return self.value(z, y), self.residual(z, y)
        np.exp(t, out=t)
        t -= y
        excess = t.sum(axis=1)  # of the partition sum above m
        t *= (m / (m + excess))[:, None]
        return m * np.log(m) + m * np.log1p(excess / m), y * (excess / (m + excess))[:, None] - t

    def logits(self, r: Array, y: Array) -> Array:
        z = _log(*_shares(r, y))
        return np.asarray(z - z.mean(axis=1, keepdims=True))

    def conjugate(self, r: Array, y: Array) -> Array:
        m = y.sum(axis=1)
        mass, rest = _shares(r, y)
        inside = (mass >= 0).all(axis=1)
        log_mass = _log(mass, rest)
        entropy = m * np.log(m) - (mass * np.where(mass > 0, log_mass, 0.0)).sum(axis=1)
        return np.where(inside, entropy, -np.inf)

    def curvature(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def room(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def divergence(self, r: Array, z: Array, y: Array) -> Array:
        m = y.sum(axis=1, keepdims=True)
        return np.asarray(m[:, 0] * _relative_entropy((y - r) / m, _log(*_shares(r, y)) - np.log(m), z))

    def gain(self, c: Array, m: float, K: int) -> Array:
        shrink, left = _smoothed_shrink(c, float(self.smoothing))
        return np.asarray(np.log1p(K * (1 - left) / (m * left)) / shrink)


@dataclass(frozen=True, repr=False)
class BinaryCrossEntropy(Loss):
    r"""BCE: :math:`L_S(z)=\sum_k\log(1+e^{z_k})-y_kz_k`, residual :math:`y_S-\sigma(z)`.

    The conjugate is :math:`\sum_k\mathcal H_2(q_k)` with :math:`q=y_S-r\in[0,1]^K`.

    Example:
        >>> y = np.array([[1.0, 0.0]])
        >>> r = BCE.residual(np.array([[40.0, -800.0]]), y)
        >>> r[0, 0] > 0, BCE.value(np.zeros((1, 2)), y).round(4)
        (np.True_, array([1.3863]))
    """

    name = "bce"
    title = "BCE"
    domain = (0, 1)
    neutral = Fraction(1, 2)
    balls = BinaryCrossEntropyInBalls()

    def steepest(self, m: int) -> Fraction:
        del m
        return Fraction(1, 4)

    def value(self, z: Array, y: Array) -> Array:
        return np.asarray((y * np.logaddexp(0.0, -z) + (1 - y) * np.logaddexp(0.0, z)).sum(axis=1))

    def residual(self, z: Array, y: Array) -> Array:
        return np.asarray(y * _sigmoid(-z) - (1 - y) * _sigmoid(z))

    def logits(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        return np.asarray(_log(q, rest) - _log(rest, q))

    def conjugate(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        inside = ((q >= 0) & (rest >= 0)).all(axis=1)
        terms = [a * np.where(a > 0, _log(a, b), 0.0) for a, b in ((q, rest), (rest, q))]
        return np.where(inside, -(terms[0] + terms[1]).sum(axis=1), -np.inf)

    def curvature(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        return np.asarray(q * rest)

    def room(self, r: Array, y: Array) -> Array:
        return np.minimum(*_shares(r, y))

    def divergence(self, r: Array, z: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        outcomes, logs = np.stack([q, rest], axis=-1), np.stack([_log(q, rest), _log(rest, q)], axis=-1)
        logits = np.stack([z, np.zeros_like(z)], axis=-1)
        return np.asarray(_relative_entropy(outcomes, logs, logits).sum(axis=1))

    def gain(self, c: Array, m: float, K: int) -> Array:
        del m, K  # the labels decouple
        shrink, left = _smoothed_shrink(c, float(self.smoothing))
        return np.asarray(2 / shrink * (np.log(2 - left) - np.log(left)))


@dataclass(frozen=True, repr=False)
class SquaredError(Loss):
    r"""MSE: :math:`L_S(z)=\frac12\|z-y_S\|^2`, residual :math:`y_S-z`, conjugate :math:`r^\top y_S-\frac12\|r\|^2`.

    Example:
        >>> MSE.conjugate(np.array([[0.5, 0.0]]), np.array([[1.0, 0.0]]))
        array([0.375])
    """

    name = "mse"
    title = "MSE"
    quadratic = True
    domain = (None, None)
    balls = SquaredErrorInBalls()

    def steepest(self, m: int) -> Fraction:
        del m
        return Fraction(1)

    def value(self, z: Array, y: Array) -> Array:
        return np.asarray(0.5 * ((z - y) ** 2).sum(axis=1))

    def residual(self, z: Array, y: Array) -> Array:
        return np.asarray(y - z)

    def logits(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def conjugate(self, r: Array, y: Array) -> Array:
        return np.asarray((r * (y - 0.5 * r)).sum(axis=1))

    def curvature(self, r: Array, y: Array) -> Array:
        del y
        return np.ones_like(r)

    def room(self, r: Array, y: Array) -> Array:
        del y
        return np.full_like(r, np.inf)

    def divergence(self, r: Array, z: Array, y: Array) -> Array:
        return np.asarray(0.5 * ((y - r - z) ** 2).sum(axis=1))

    def gain(self, c: Array, m: float, K: int) -> Array:
        del m, K
        return np.asarray((1 - c) / c)


PAL_CE: Loss = PickAllLabels()
BCE: Loss = BinaryCrossEntropy()
MSE: Loss = SquaredError()

LOSSES: Mapping[str, Loss] = MappingProxyType({loss.name: loss for loss in (PAL_CE, BCE, MSE)})
"""The losses by the name the command line uses."""


def loss_named(loss: Loss | str) -> Loss:
    """A loss given by itself or by its name.

    Raises:
        InputError: no loss of that name.
    """
    if isinstance(loss, Loss):
        return loss
    if loss not in LOSSES:
        raise InputError(f"unknown loss {loss!r}: use one of {', '.join(LOSSES)}")
    return LOSSES[loss]


# ---------------------------------------------------------------------- arithmetic without cancellation


def losses_smoothed(smoothing: Any) -> tuple[Loss, ...]:
    """The losses to try: those that label smoothing is for, if there is any.

    Example:
        >>> [loss.name for loss in losses_smoothed(0)], [loss.name for loss in losses_smoothed("1/10")]
        (['pal', 'bce', 'mse'], ['pal', 'bce'])
    """
    first, *_ = LOSSES.values()
    smoothed = bool(first.smoothed(smoothing).smoothing)
    return tuple(loss.smoothed(smoothing) for loss in LOSSES.values() if not (smoothed and loss.quadratic))


def _smoothed_shrink(c: Array, smoothing: float) -> tuple[Array, Array]:
    """By what residuals that are ``c`` times those at ``W = 0`` are smaller than without smoothing, and how much of the
    prediction at logit 0 there is in the prediction."""
    return c * (1 - smoothing), c + smoothing - c * smoothing


def _shares(r: Array, y: Array) -> tuple[Array, Array]:
    """The prediction ``y - r`` and what it lacks of 1, neither rounded where the target is 0 or 1 and ``r`` is tiny."""
    return y - r, (1 - y) + r


def _log(x: Array, rest: Array) -> Array:
    """``log(x)``, given ``1 - x`` too: by ``log1p`` where it is the more accurate; ``-inf`` at 0."""
    near = x > 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(near, np.log1p(-np.where(near, rest, 0.0)), np.log(np.where(near, 1.0, x)))


def _sigmoid(z: Array) -> Array:
    """``1 / (1 + exp(-z))``, accurate relative to itself however small it is."""
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1.0, e) / (1.0 + e))


def _log_sum_exp(z: Array) -> Array:
    """The logarithm of the sum of ``exp(z)`` over the last axis, accurate relative to itself where one entry rules."""
    top = np.expand_dims(z.argmax(axis=-1), -1)
    most = np.take_along_axis(z, top, axis=-1)
    rest = np.exp(z - most)
    np.put_along_axis(rest, top, 0.0, axis=-1)
    return np.asarray(most[..., 0] + np.log1p(rest.sum(axis=-1)))


def _relative_entropy(p: Array, log_p: Array, z: Array) -> Array:
    r""":math:`\mathrm{KL}(p\,\|\,\mathrm{softmax}(z))` over the last axis.

    With :math:`x=\log p-z-c` and the :math:`c` that makes :math:`\sum_ip_ix_i=0` it equals
    :math:`\log\bigl(1+\sum_ip_i(x_i-1+e^{-x_i})\bigr)`, a sum of nonnegative terms: a divergence of 1e-30
    between nearly equal distributions is computed and not lost. Entries with :math:`p_i=0`, and points far apart, get
    the definition instead.
    """
    support = p > 0
    excess = np.where(support, np.where(support, log_p, 0.0) - z, 0.0)
    center = (p * excess).sum(axis=-1, keepdims=True)
    x = excess - center
    close = (support & (np.abs(x) < 30.0)).all(axis=-1)
    near = np.log1p((p * _bregman(np.where(close[..., None], x, 0.0))).sum(axis=-1))
    return np.asarray(np.where(close, near, _log_sum_exp(z) + center[..., 0]))


def _bregman(x: Array) -> Array:
    """``x - 1 + exp(-x)``, which is about ``x**2 / 2``; the Taylor remainder below 0.05 is under 2e-16 relative."""
    near = np.abs(x) < 0.05
    s = np.where(near, x, 0.0)
    series = s * s * (1 / 2 - s / 6 * (1 - s / 4 * (1 - s / 5 * (1 - s / 6 * (1 - s / 7 * (1 - s / 8 * (1 - s / 9)))))))
    far = np.where(near, 0.0, x)
    return np.where(near, series, far + np.expm1(-far))
