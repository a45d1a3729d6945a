r"""The three losses of the suite, one object each: all that the model, the solvers and the reports need to know of one.

Arrays have one row per label set: logits ``z``, residuals ``r`` and targets ``y`` are ``(n, K)``, values are ``(n,)``,
in nats. Targets are the indicators of the label sets; with label smoothing :math:`\varepsilon` they are
:math:`1-\varepsilon` of those and :math:`\varepsilon` of the prediction at logit 0 (chapter Y). With weights in the
loss (chapter V) a :class:`Targets` has the weight of every entry beside them; every method takes either. Residuals are
the primary variable everywhere: :math:`r_S=-\nabla L_S(z_S)` keeps its *relative*
accuracy when it is tiny, the logits and the distance to :math:`y_S` do not, and at small :math:`\lambda` all of the
geometry is in tiny residuals. Every function below is written so that no two nearly equal numbers are subtracted.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.ball_losses import BallLoss, BinaryCrossEntropyInBalls, PickAllLabelsInBalls, SquaredErrorInBalls
from verify.model.loss_weights import UNWEIGHTED, LossWeights

Array = NDArray[np.float64]

Vector = tuple[Fraction, ...]
Exact = Fraction | int


@dataclass(frozen=True, eq=False)
class Targets:
    """What predictions are compared with, and how much that weighs; a row per label set.

    Attributes:
        t: targets, ``(n, K)``, without the weights.
        weight: of every entry, ``(n, K)``, or where labels compete of every row, ``(n, 1)``; ``None`` if all are 1.
    """

    t: Array
    weight: Array | None = None

    def __getitem__(self, rows: Any) -> Targets:
        return Targets(self.t[rows], None if self.weight is None else self.weight[rows])

    def __len__(self) -> int:
        return len(self.t)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of label sets and of labels."""
        return self.t.shape[0], self.t.shape[1]

    def astype(self, dtype: Any) -> Targets:
        """The same in another precision; without a copy if it is the same one."""
        weight = None if self.weight is None else self.weight.astype(dtype, copy=False)
        return Targets(self.t.astype(dtype, copy=False), weight)

    @staticmethod
    def joined(parts: Sequence[AnyTargets]) -> Targets:
        """The rows of several, of one loss."""
        t, weights = zip(*map(Targets.parts, parts), strict=True)
        return Targets(np.concatenate(t), None if weights[0] is None else np.concatenate(weights))

    @staticmethod
    def parts(y: AnyTargets) -> tuple[Array, Array | None]:
        """Targets and weights."""
        return (y.t, y.weight) if isinstance(y, Targets) else (y, None)


AnyTargets = Targets | Array
"""Targets with weights, or an array without."""


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
        weights: in the loss.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    centered: ClassVar[bool] = False
    quadratic: ClassVar[bool] = False
    domain: ClassVar[tuple[int | None, int | None]]
    neutral: ClassVar[Fraction] = Fraction(0)
    balls: ClassVar[BallLoss]

    smoothing: Fraction = Fraction(0)
    weights: LossWeights = UNWEIGHTED

    def __repr__(self) -> str:
        smoothed = f".smoothed({str(self.smoothing)!r})" if self.smoothing else ""
        return self.title.replace("-", "_") + smoothed + (f".weighted({self.weights!r})" if self.weights else "")

    def smoothed(self, smoothing: int | str | Fraction) -> Loss:
        """The same loss with label smoothing.

        Raises:
            InputError: no number in [0, 1), or a loss whose targets are finite as they are.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="abcd")
            >>> BCE.smoothed("1/10").targets(pi).t[0], PAL_CE.smoothed("1/10").targets(pi).t[1]
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

    def weighted(self, weights: LossWeights) -> Loss:
        """The same loss with weights; without any if all are 1.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="ab")
            >>> BCE.weighted(LossWeights(present=(Fraction(3), Fraction(1)))).targets(pi).weight.tolist()
            [[3.0, 1.0], [3.0, 1.0]]
        """
        return replace(self, weights=weights if weights else UNWEIGHTED)

    # ------------------------------------------------------------------ facts

    def sees(self, pi: LabelDistribution) -> LabelDistribution:
        """The part of a distribution that the loss sees: for PAL-CE the proper one."""
        return pi.proper if self.centered else pi

    def dimension(self, K: int) -> int:
        """Dimension of the space where residuals live: the largest rank a classifier can have."""
        return K - 1 if self.centered else K

    def interior(self, x: Any, mass: Any = 1) -> bool:
        """Whether a number, of any exact kind, is strictly inside the domain of an entry of the prediction."""
        least, most = self.domain
        return bool((least is None or x > least * mass) and (most is None or x < most * mass))

    def margins(self, x: Any, mass: Any = 1) -> list[Any]:
        """Distances of an entry of the prediction to the ends of its domain, in the units that its mass is in.

        Example:
            >>> BCE.margins(3, mass=10), PAL_CE.margins(3, mass=10), MSE.margins(3, mass=10)
            ([3, 7], [3], [])
        """
        least, most = self.domain
        return ([] if least is None else [x - least * mass]) + ([] if most is None else [most * mass - x])

    def clipped(self, x: int, mass: int) -> int:
        """The nearest entry of a prediction that is in the domain."""
        least, most = self.domain
        above = x if least is None else max(x, least * mass)
        return above if most is None else min(above, most * mass)

    def even(self, K: int) -> Fraction:
        """The share of its mass that the prediction gives a label at logit 0."""
        return Fraction(1, K) if self.centered else self.neutral

    def target(self, y: Sequence[int]) -> list[Exact]:
        """What the prediction of a label set is compared with: its indicator, smoothed and weighted if the loss is."""
        return self.entries(y)[0]

    def entries(self, y: Sequence[int]) -> tuple[list[Exact], list[Exact]]:
        """The target of a label set, and the masses that its predictions are shares of: its weighted number of labels
        (PAL-CE), or its weights.

        Without smoothing the weight of an answer is that of presence or of absence; a smoothed answer is some of both,
        as in PyTorch's ``BCEWithLogitsLoss``: ``a t log(1 + exp(-z)) + b (1 - t) log(1 + exp z)``.
        """
        m, epsilon, t = self.mass(sum(y)), self.smoothing, list[Exact](y)
        if epsilon:
            low = epsilon * m * self.even(len(y))
            high = low + 1 - epsilon
            t = [high if a else low for a in y]
        if not self.weights:
            return t, [m] * len(y)
        present, absent = self.weights.of(y)
        target: list[Exact] = [a * c for a, c in zip(present, t, strict=True)]
        if self.centered:
            return target, [sum(target)] * len(y)
        return target, [a + b * (1 - c) for a, b, c in zip(target, absent, t, strict=True)]

    def exact(self, pi: LabelDistribution) -> tuple[list[list[Exact]], list[list[Exact]]]:
        """Targets and masses of all label sets, both ``(n, K)``."""
        return _remembered(self, pi) if self.weights or self.smoothing else _exact(self, pi)

    def targets(self, pi: LabelDistribution) -> Targets:
        """Targets and weights in float64."""
        plain = not self.smoothing and not self.weights
        return Targets(pi.indicator) if plain else self.targets_of(pi.rows)

    def targets_of(self, rows: Sequence[Sequence[int]]) -> Targets:
        """The same of label sets given by their indicators."""
        scaled, masses = zip(*map(self.entries, rows), strict=True)
        if not self.weights:
            return Targets(np.array(scaled, dtype=np.float64))
        weight = [[Fraction(c, self.mass(sum(y))) for c in row] for y, row in zip(rows, masses, strict=True)]
        t = [[a / c for a, c in zip(*both, strict=True)] for both in zip(scaled, weight, strict=True)]
        kept = [row[:1] for row in weight] if self.centered else weight
        return Targets(np.array(t, dtype=np.float64), np.array(kept, dtype=np.float64))

    def collapsed(self, pi: LabelDistribution, free: bool) -> Vector:
        """The share of the mass that every label is predicted to have at ``W = 0`` and the best bias, or none (U9)."""
        if not free:
            return (self.even(pi.K),) * pi.K
        targets, masses = (_means(pi, rows) for rows in self.exact(pi))
        return tuple(a / c for a, c in zip(targets, masses, strict=True))

    def collapse_residuals(self, pi: LabelDistribution, free: bool) -> list[list[Fraction]]:
        r"""The residuals :math:`r^0_S` there, exact, ``(n, K)``.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 2), ([0, 1], 1)], labels="ab")
            >>> [[str(a) for a in row] for row in BCE.collapse_residuals(pi, free=True)]
            [['0', '-1/3'], ['0', '2/3']]
        """
        return self.residuals_at(pi, self.collapsed(pi, free))

    def residuals_at(self, pi: LabelDistribution, share: Vector) -> list[list[Fraction]]:
        """The residuals, exact, where every label set is predicted to give every label the same share of its mass."""
        rows = zip(*self.exact(pi), strict=True)
        return [[Fraction(a - c * q) for a, c, q in zip(*row, share, strict=True)] for row in rows]

    def mass(self, m: int) -> int:
        """What the prediction of a set of ``m`` labels is a share of, without weights: ``m`` for PAL-CE, else 1."""
        return m if self.centered else 1

    @abstractmethod
    def steepest(self, m: int) -> Fraction:
        """Bound on the curvature of the loss of sets of at most ``m`` labels, along any direction (claim U7a)."""

    # ------------------------------------------------------------------ functions

    def value(self, z: Array, y: AnyTargets) -> Array:
        r""":math:`L_S(z_S)`, shape ``(n,)``, in nats."""
        t, weight = Targets.parts(y)
        return _summed(self._values(z, t), weight)

    def residual(self, z: Array, y: AnyTargets) -> Array:
        r""":math:`r_S=-\nabla L_S(z_S)`, shape ``(n, K)``."""
        t, weight = Targets.parts(y)
        return _times(self._residual(z, t), weight)

    def both(self, z: Array, y: AnyTargets) -> tuple[Array, Array]:
        """Value and residual, where that is less work together, and where both have absolute accuracy."""
        return self.value(z, y), self.residual(z, y)

    def logits(self, r: Array, y: AnyTargets) -> Array:
        """The logits whose residual is ``r`` (row mean 0 if :attr:`centered`): the inverse of :meth:`residual`."""
        t, weight = Targets.parts(y)
        return self._logits(_over(r, weight), t)

    def conjugate(self, r: Array, y: AnyTargets) -> Array:
        r""":math:`-L_S^*(-r_S)`, the dual value, shape ``(n,)``, in nats; ``-inf`` outside the domain. With weights it
        is :math:`\omega` times that of :math:`r_S/\omega`."""
        t, weight = Targets.parts(y)
        return _summed(self._conjugates(_over(r, weight), t), weight)

    def curvature(self, r: Array, y: AnyTargets) -> Array:
        r"""Diagonal :math:`\delta` of the Hessian in terms of the residual, shape ``(n, K)``.

        The Hessian of :math:`L_S` is :math:`\mathrm{diag}(\delta)`, minus :math:`\delta\delta^\top/1^\top\delta` if
        :attr:`centered`.
        """
        t, weight = Targets.parts(y)
        return _times(self._curvature(_over(r, weight), t), weight)

    def room(self, r: Array, y: AnyTargets) -> Array:
        """Distance of every entry of ``r`` to the boundary of the domain, shape ``(n, K)``; negative outside."""
        t, weight = Targets.parts(y)
        return _times(self._room(_over(r, weight), t), weight)

    def divergence(self, r: Array, z: Array, y: AnyTargets) -> Array:
        r""":math:`L_S(z)+L_S^*(-r)+\langle r,z\rangle\ge0` (Fenchel-Young), without cancellation, shape ``(n,)``."""
        t, weight = Targets.parts(y)
        return _summed(self._divergences(_over(r, weight), z, t), weight)

    # What follows is without weights; terms of sums are (n, 1) where labels compete, else (n, K).

    @abstractmethod
    def _values(self, z: Array, t: Array) -> Array: ...

    @abstractmethod
    def _residual(self, z: Array, t: Array) -> Array: ...

    @abstractmethod
    def _logits(self, r: Array, t: Array) -> Array: ...

    @abstractmethod
    def _conjugates(self, r: Array, t: Array) -> Array: ...

    @abstractmethod
    def _curvature(self, r: Array, t: Array) -> Array: ...

    @abstractmethod
    def _room(self, r: Array, t: Array) -> Array: ...

    @abstractmethod
    def _divergences(self, r: Array, z: Array, t: Array) -> Array: ...

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
        return Fraction(m, 2) * self.weights.heaviest

    def _values(self, z: Array, y: Array) -> Array:
        # m log m plus what is above it: measured from their mean over the set, logits give that without cancellation.
        m = y.sum(axis=1)
        d = z - ((y * z).sum(axis=1) / m)[:, None]
        far = np.abs(d).max(axis=1) >= 30.0
        near = d * ~far[:, None]
        value = m * np.log(m) + m * np.log1p(np.where(y == 1, np.expm1(near), np.exp(near) - y).sum(axis=1) / m)
        if far.any():
            value[far] = m[far] * _log_sum_exp(d[far])
        return np.asarray(value)[:, None]

    def _residual(self, z: Array, y: Array) -> Array:
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        r = y - y.sum(axis=1, keepdims=True) * p
        # Rounding must not add a common shift to residuals that are tiny.
        return np.asarray(r - p * r.sum(axis=1, keepdims=True))

    def both(self, z: Array, y: AnyTargets) -> tuple[Array, Array]:
        targets, weight = Targets.parts(y)
        value, r = self._both(z, targets)
        return _summed(value[:, None], weight), _times(r, weight)

    def _both(self, z: Array, y: Array) -> tuple[Array, Array]:
        m = y.sum(axis=1)
        t = z - (np.einsum("ij,ij->i", y, z) / m)[:, None]
        if t.max() > np.log(np.finfo(t.dtype).max) / 2:
            return self._values(z, y)[:, 0], self._residual(z, y)
        np.exp(t, out=t)
        t -= y
        excess = t.sum(axis=1)  # of the partition sum above m
        t *= (m / (m + excess))[:, None]
        return m * np.log(m) + m * np.log1p(excess / m), y * (excess / (m + excess))[:, None] - t

    def _logits(self, r: Array, y: Array) -> Array:
        z = _log(*_shares(r, y))
        return np.asarray(z - z.mean(axis=1, keepdims=True))

    def _conjugates(self, r: Array, y: Array) -> Array:
        m = y.sum(axis=1)
        mass, rest = _shares(r, y)
        inside = (mass >= 0).all(axis=1)
        log_mass = _log(mass, rest)
        entropy = m * np.log(m) - (mass * np.where(mass > 0, log_mass, 0.0)).sum(axis=1)
        return np.where(inside, entropy, -np.inf)[:, None]

    def _curvature(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def _room(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def _divergences(self, r: Array, z: Array, y: Array) -> Array:
        m = y.sum(axis=1, keepdims=True)
        return np.asarray(m * _relative_entropy((y - r) / m, _log(*_shares(r, y)) - np.log(m), z)[:, None])

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
        return Fraction(1, 4) * self.weights.heaviest

    def _values(self, z: Array, y: Array) -> Array:
        return np.asarray(y * np.logaddexp(0.0, -z) + (1 - y) * np.logaddexp(0.0, z))

    def _residual(self, z: Array, y: Array) -> Array:
        return np.asarray(y * _sigmoid(-z) - (1 - y) * _sigmoid(z))

    def _logits(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        return np.asarray(_log(q, rest) - _log(rest, q))

    def _conjugates(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        terms = [a * np.where(a > 0, _log(a, b), 0.0) for a, b in ((q, rest), (rest, q))]
        return np.where((q >= 0) & (rest >= 0), -(terms[0] + terms[1]), -np.inf)

    def _curvature(self, r: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        return np.asarray(q * rest)

    def _room(self, r: Array, y: Array) -> Array:
        return np.minimum(*_shares(r, y))

    def _divergences(self, r: Array, z: Array, y: Array) -> Array:
        q, rest = _shares(r, y)
        outcomes, logs = np.stack([q, rest], axis=-1), np.stack([_log(q, rest), _log(rest, q)], axis=-1)
        logits = np.stack([z, np.zeros_like(z)], axis=-1)
        return _relative_entropy(outcomes, logs, logits)

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
        return self.weights.heaviest

    def _values(self, z: Array, y: Array) -> Array:
        return np.asarray(0.5 * (z - y) ** 2)

    def _residual(self, z: Array, y: Array) -> Array:
        return np.asarray(y - z)

    def _logits(self, r: Array, y: Array) -> Array:
        return np.asarray(y - r)

    def _conjugates(self, r: Array, y: Array) -> Array:
        return np.asarray(r * (y - 0.5 * r))

    def _curvature(self, r: Array, y: Array) -> Array:
        del y
        return np.ones_like(r)

    def _room(self, r: Array, y: Array) -> Array:
        del y
        return np.full_like(r, np.inf)

    def _divergences(self, r: Array, z: Array, y: Array) -> Array:
        return np.asarray(0.5 * (y - r - z) ** 2)

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


def _times(x: Array, weight: Array | None) -> Array:
    return x if weight is None else np.asarray(x * weight)


def _over(r: Array, weight: Array | None) -> Array:
    return r if weight is None else np.asarray(r / weight)


def _summed(terms: Array, weight: Array | None) -> Array:
    return np.asarray(_times(terms, weight).sum(axis=1))


def _exact(loss: Loss, pi: LabelDistribution) -> tuple[list[list[Exact]], list[list[Exact]]]:
    pairs = [loss.entries(y) for y in pi.rows]
    return [t for t, _ in pairs], [c for _, c in pairs]


_remembered = lru_cache(maxsize=16)(_exact)  # smoothed and weighted ones, which cost fractions


def _means(pi: LabelDistribution, rows: Sequence[Sequence[Exact]]) -> list[Fraction]:
    """The mean of every column, in integers over a common denominator."""
    unit = math.lcm(*{a.denominator for row in rows for a in row})
    columns = zip(*rows, strict=True)
    return [Fraction(sum(w * int(a * unit) for w, a in zip(pi.weights, column, strict=True)), unit * pi.total)
            for column in columns]  # fmt: skip


def _smoothed_shrink(c: Array, smoothing: float) -> tuple[Array, Array]:
    """By what residuals that are ``c`` times those at ``W = 0`` are smaller than without smoothing, and how much of the
    prediction at logit 0 there is in the prediction."""
    return c * (1 - smoothing), c + smoothing - c * smoothing


def _shares(r: Array, y: Array) -> tuple[Array, Array]:
    """The prediction ``y - r`` and what it lacks of 1, neither rounded where the target is 0 or 1 and ``r`` is tiny."""
    return y - r, (1 - y) + r


def _log(x: Array, rest: Array) -> Array:
    """``log(x)``, given ``1 - x`` too: by ``log1p`` where it is the more accurate; ``-inf`` at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(x)
        return np.asarray(np.log1p(-rest, out=found, where=x > 0.5))


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
