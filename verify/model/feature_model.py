r"""The unconstrained feature model: objective, dual objective, stationarity, the gap identity, the collapse threshold.

.. math::
    F(W,H,b)=\sum_S\pi_SL_S(Wh_S+b)+\tfrac{\lambda_W}2\|W\|_F^2+\tfrac{\lambda_H}2\sum_S\pi_S\|h_S\|^2
    +\tfrac{\lambda_b}2\|b\|^2

The bias has a penalty like everything else (chapter E): infinite, it is fixed to zero; 0, it is free; or it decays.

Arrays: classifier ``W`` is ``(K, d)`` with rows :math:`w_k`, prototypes ``H`` are ``(n, d)`` with rows :math:`h_S` in
the canonical order of the distribution, bias ``b`` is ``(K,)``, residuals ``r`` are ``(n, K)``. Values are in nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from flint import fmpq, fmpq_mat, fmpz_mat

from verify.certificate.congruence import signature
from verify.exact.rationals import minus, to_fmpq
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.losses import Array, Loss, Targets, Vector, loss_named

Bias = Literal["zero", "free"]
AnyBias = Bias | Fraction
"""The penalty of the bias: infinite (``"zero"``), none (``"free"``), or a positive number."""

Rational = int | str | Fraction

ROUNDS = 100  # of Newton's method for a decaying bias at W = 0


@dataclass(frozen=True)
class Stationarity:
    """How far a point is from the stationarity conditions U2; each is a root mean square, all are 0 at a solution.

    Attributes:
        features: :math:`h_S-W^\\top r_S/\\lambda_H`.
        classifier: :math:`W-\\sum_S\\pi_Sr_Sh_S^\\top/\\lambda_W`.
        bias: :math:`\\sum_S\\pi_Sr_S-\\lambda_bb`; 0 when the bias is fixed.
    """

    features: float
    classifier: float
    bias: float


@dataclass(frozen=True)
class Gap:
    r"""The terms of the gap identity U6; their sum is :math:`F(W,H,b)-D(r)`.

    Attributes:
        divergence: :math:`\sum_S\pi_S` times the Fenchel-Young divergence of :math:`r_S` and :math:`z_S` (PAL-CE:
            :math:`m_S\mathrm{KL}(p_S\|\mathrm{softmax}(z_S))`); nonnegative, and computed without cancellation.
        classifier: :math:`\frac{\lambda_W}2\|W-A/\lambda_W\|_F^2` with :math:`A=\sum_S\pi_Sr_Sh_S^\top`; nonnegative.
        features: :math:`\frac1{2\lambda_W}(\lambda\sum_S\pi_S\|h_S\|^2-\|A\|_F^2)`, nonnegative when
            :math:`R(r)\preceq\lambda I`.
        bias: :math:`-\langle b,\sum_S\pi_Sr_S\rangle`, 0 for feasible ``r``; with a decaying bias
            :math:`\frac{\lambda_b}2\|b-\frac1{\lambda_b}\sum_S\pi_Sr_S\|^2`, nonnegative (claim E2).
    """

    divergence: float
    classifier: float
    features: float
    bias: float

    @property
    def total(self) -> float:
        r""":math:`F(W,H,b)-D(r)` in nats."""
        return self.divergence + self.classifier + self.features + self.bias


@dataclass(frozen=True)
class FeatureModel:
    r"""The model on one label distribution; build it with :meth:`of`.

    Attributes:
        distribution: what the loss sees: for PAL-CE the proper part of the distribution given.
        loss: one of ``losses.LOSSES``.
        lambda_W, lambda_H: the regularisation, positive and exact.
        bias: ``"zero"`` (fixed to 0), ``"free"``, or its penalty :math:`\lambda_b>0`.

    Raises:
        InputError: regularisation that is not positive; or a free bias without a minimiser, because a label never
            occurs (PAL-CE, BCE) or always occurs (BCE).

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([0, 1], 2)], labels="abc")
        >>> model = FeatureModel.of(pi, "pal", "1/100", "1/100")
        >>> model.lam, model.at_collapse.second_moment[0, 0], round(model.at_collapse.threshold, 4)
        (Fraction(1, 10000), 7/36, 0.4167)
    """

    distribution: LabelDistribution
    loss: Loss
    lambda_W: Fraction
    lambda_H: Fraction
    bias: AnyBias

    @classmethod
    def of(
        cls,
        distribution: LabelDistribution,
        loss: Loss | str,
        lambda_W: Rational,
        lambda_H: Rational,
        bias: AnyBias | str = "zero",
    ) -> FeatureModel:
        """The model of a loss given by itself or by its name; PAL-CE takes the proper part of the distribution."""
        loss = loss_named(loss)
        lambdas = _rational("lambda_W", lambda_W), _rational("lambda_H", lambda_H)
        return cls(loss.sees(distribution), loss, *lambdas, bias_named(bias))

    def __post_init__(self) -> None:
        _require_positive("lambda_W", self.lambda_W)
        _require_positive("lambda_H", self.lambda_H)
        if self.free:
            self._require_minimiser()

    def _require_minimiser(self) -> None:
        shares = self.loss.collapsed(self.distribution, free=True)
        for name, f in zip(self.distribution.labels, shares, strict=True):
            if not self.loss.interior(f):
                how = "always" if f else "never"
                raise InputError(
                    f"label {name!r} {how} occurs, so with a free bias there is no optimum: "
                    "leave the label out, or fix the bias to zero"
                )

    def at(self, lambda_W: Rational) -> FeatureModel:
        """The same at another penalty: what does not depend on it is not computed again.

        Example:
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
            >>> model = FeatureModel.of(pi, "bce", 1, 1)
            >>> model.at_collapse.optimal, model.at("1/10").at_collapse.optimal
            (True, False)
        """
        value = _rational("lambda_W", lambda_W)
        _require_positive("lambda_W", value)
        other = object.__new__(FeatureModel)  # whether there is a minimiser does not depend on it either
        vars(other).update(vars(self), lambda_W=value, targets=self.targets, basis=self.basis)
        vars(other).update(at_collapse=self.at_collapse.at(other))
        return other

    # ------------------------------------------------------------------ parameters

    @property
    def lam(self) -> Fraction:
        r""":math:`\lambda=\lambda_W\lambda_H`."""
        return self.lambda_W * self.lambda_H

    @property
    def free(self) -> bool:
        """Whether the bias is free: it has no penalty, so residuals have mean zero."""
        return self.bias == "free"

    @property
    def moves(self) -> bool:
        """Whether there is a bias: free or decaying."""
        return self.bias != "zero"

    @property
    def decay(self) -> Fraction:
        r""":math:`\lambda_b`; 0 also where there is no bias, which then costs nothing."""
        return self.bias if isinstance(self.bias, Fraction) else Fraction(0)

    @property
    def words(self) -> str:
        """Loss and bias, for a report."""
        changed = [f"labels smoothed by {self.loss.smoothing}"] * bool(self.loss.smoothing)
        changed += ["weights"] * bool(self.loss.weights)
        smoothed = f" with {' and '.join(changed)}" if changed else ""
        bias = f"decaying by {float(self.decay):.6g}" if isinstance(self.bias, Fraction) else BIAS_WORDS[self.bias]
        return f"loss {self.loss.name}{smoothed}, bias {bias}"

    @cached_property
    def targets(self) -> Targets:
        """What predictions are compared with, ``(n, K)``, and how much that weighs."""
        return self.loss.targets(self.distribution)

    @cached_property
    def basis(self) -> Array:
        """An orthonormal basis of the space where residuals live, as columns: of the contrasts if centered."""
        K = self.distribution.K
        return contrasts(K) if self.loss.centered else np.eye(K)

    # ------------------------------------------------------------------ at a point

    def residuals(self, W: Array, H: Array, b: Array) -> Array:
        """The residuals at a point, shape ``(n, K)``."""
        return self.loss.residual(H @ W.T + b, self.targets)

    def objective(self, W: Array, H: Array, b: Array) -> float:
        r""":math:`F(W,H,b)` in nats."""
        p = self.distribution.probabilities
        loss = p @ self.loss.value(H @ W.T + b, self.targets)
        lambda_W, lambda_H, decay = map(float, (self.lambda_W, self.lambda_H, self.decay))
        return float(loss + (lambda_W * (W**2).sum() + lambda_H * (p @ (H**2).sum(axis=1)) + decay * (b**2).sum()) / 2)

    def dual_objective(self, r: Array) -> float:
        r""":math:`D(r)=\sum_S\pi_S(-L_S^*(-r_S))` in nats; ``-inf`` outside the domain. At most :math:`\min F` when
        :math:`R(r)\preceq\lambda I` and, with a free bias, :math:`\sum_S\pi_Sr_S=0` (claim U6). A decaying bias takes
        :math:`\frac1{2\lambda_b}\|\sum_S\pi_Sr_S\|^2` off (claim E2)."""
        p = self.distribution.probabilities
        price = float(((p @ r) ** 2).sum()) / (2 * float(self.decay)) if self.decay else 0.0
        return float(p @ self.loss.conjugate(r, self.targets)) - price

    def second_moment(self, r: Array) -> Array:
        r"""Residual second moment :math:`R=\sum_S\pi_Sr_Sr_S^\top`, shape ``(K, K)``."""
        return np.asarray((r * self.distribution.probabilities[:, None]).T @ r)

    def stationarity(self, W: Array, H: Array, b: Array) -> Stationarity:
        """How far a point is from stationary (claim U2)."""
        p, r = self.distribution.probabilities, self.residuals(W, H, b)
        features = H - r @ W / float(self.lambda_H)
        classifier = W - (r * p[:, None]).T @ H / float(self.lambda_W)
        return Stationarity(
            features=float(np.sqrt(p @ (features**2).sum(axis=1))),
            classifier=float(np.linalg.norm(classifier)),
            bias=float(np.linalg.norm(p @ r - float(self.decay) * b)) if self.moves else 0.0,
        )

    def gap(self, W: Array, H: Array, b: Array, r: Array) -> Gap:
        """The gap identity U6 between a primal point and any ``r`` in the domain of the conjugates.

        Example:
            At full collapse the point and its residuals close the gap.

            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
            >>> model = FeatureModel.of(pi, "pal", 1, 1)
            >>> W, H, b = np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2)
            >>> model.gap(W, H, b, model.residuals(W, H, b)).total
            0.0
        """
        p, y, lambda_W = self.distribution.probabilities, self.targets, float(self.lambda_W)
        A = (r * p[:, None]).T @ H
        return Gap(
            divergence=float(p @ self.loss.divergence(r, H @ W.T + b, y)),
            classifier=float(lambda_W / 2 * ((W - A / lambda_W) ** 2).sum()),
            features=float((float(self.lam) * (p @ (H**2).sum(axis=1)) - (A**2).sum()) / (2 * lambda_W)),
            bias=self.mean_term(b, p @ r),
        )

    def mean_term(self, b: Array, mean: Array) -> float:
        """The last term of the gap, of a bias and the mean residual."""
        decay = float(self.decay)
        return float(((mean - decay * b) ** 2).sum()) / (2 * decay) if decay else float(-b @ mean)

    # ------------------------------------------------------------------ full collapse

    @cached_property
    def at_collapse(self) -> Collapse:
        """The point ``W = 0`` with its optimal bias, and when it is the global optimum (claim U9)."""
        return Collapse.of(self)


@dataclass(frozen=True)
class Collapse:
    r"""Full collapse, ``W = 0``: globally optimal iff :math:`\lambda\ge\lambda_{\max}(R^0)` (claim U9).

    The residuals there are the targets less shares :math:`q_k` of the mass of the prediction, which is :math:`m_S` for
    PAL-CE, else 1: PAL-CE has :math:`q_k=1/K`, BCE :math:`\frac12`, MSE 0, and with a free bias the mean target over
    the mean mass, :math:`f_k/\bar m` or :math:`f_k`. Weights in the loss are in target and mass alike; a decaying bias
    has no closed form.

    Attributes:
        model: the model it belongs to.
        share: :math:`q`, exact, length ``K``.
    """

    model: FeatureModel
    share: Vector

    @classmethod
    def of(cls, model: FeatureModel) -> Collapse:
        if not model.decay:
            return cls(model, model.loss.collapsed(model.distribution, model.free))
        return cls(model, tuple(Fraction(a) for a in _decayed_prediction(model).tolist()))

    def at(self, model: FeatureModel) -> Collapse:
        """Of a model with another penalty."""
        other, same = replace(self, model=model), ("second_moment", "residuals", "bias", "threshold")
        vars(other).update({name: getattr(self, name) for name in same})
        return other

    @cached_property
    def second_moment(self) -> fmpq_mat:
        """:math:`R^0`, exact rational matrix ``(K, K)``."""
        return _second_moment(self.model, self.share)

    @cached_property
    def exact_residuals(self) -> list[list[Fraction]]:
        """:math:`r^0_S`, exact, shape ``(n, K)``."""
        return self.model.loss.residuals_at(self.model.distribution, self.share)

    @cached_property
    def residuals(self) -> Array:
        """:math:`r^0_S`, float64, shape ``(n, K)``."""
        loss, pi, y = self.model.loss, self.model.distribution, self.model.targets
        sizes = np.array([[loss.mass(m)] for m in pi.sizes], dtype=np.float64)
        return np.asarray((y.t - sizes * _floats(self.share)) * (1.0 if y.weight is None else y.weight))

    @cached_property
    def bias(self) -> Array:
        """An optimal bias at ``W = 0``, class-centered for PAL-CE, shape ``(K,)``."""
        if not self.model.moves:
            return np.zeros(self.model.distribution.K)
        if self.model.decay:
            return np.asarray(self.model.distribution.probabilities @ self.residuals) / float(self.model.decay)
        q = _floats(self.share)
        return np.asarray(self.model.loss.logits(-q[None, :], np.zeros((1, len(q))))[0])

    @cached_property
    def threshold(self) -> float:
        r""":math:`\lambda_{\max}(R^0)` in float64."""
        root = self.residuals * np.sqrt(self.model.distribution.probabilities)[:, None]
        return float(np.linalg.eigvalsh(root.T @ root)[-1])

    @cached_property
    def optimal(self) -> bool:
        r"""Whether :math:`\lambda I-R^0\succeq0`, that is whether ``W = 0`` is the global optimum; decided exactly."""
        return dominated(self.second_moment, self.model.lam)


def contrasts(K: int) -> Array:
    """Orthonormal contrasts as columns, ``(K, K - 1)``: each label against the mean of those before it (Helmert).

    Example:
        >>> (contrasts(3) * [2**0.5, 6**0.5]).round(12).tolist()
        [[1.0, 1.0], [-1.0, 1.0], [0.0, -2.0]]
    """
    at = np.arange(1, K)
    columns = np.triu(np.ones((K, K - 1)))
    columns[at, at - 1] = -at
    return np.asarray(columns / np.sqrt(at * (at + 1)))


def is_positive_semidefinite(matrix: fmpz_mat) -> bool:
    """Whether a symmetric integer matrix has no negative eigenvalue, exactly."""
    return signature(matrix)[1] == 0


def dominated(matrix: fmpq_mat, bound: Fraction) -> bool:
    r"""Whether :math:`bI-A\succeq0`, decided exactly.

    Example:
        >>> third = fmpq_mat(2, 2, [fmpq(1, 3), 0, 0, 0])
        >>> dominated(third, Fraction(1, 3)), dominated(third, Fraction(33, 100))
        (True, False)
    """
    numerators, denominator = matrix.numer_denom()
    return is_positive_semidefinite(minus(bound.numerator * denominator, numerators * bound.denominator))


def _second_moment(model: FeatureModel, share: Vector) -> fmpq_mat:
    """The second moment of ``target - mass share``, from the moments of targets and masses in integers."""
    pi, loss = model.distribution, model.loss
    K, (targets, masses) = pi.K, loss.exact(pi)
    alike = loss.centered or not loss.weights  # one mass for all labels
    rows = [[*t, *(mass[:1] if alike else mass)] for t, mass in zip(targets, masses, strict=True)]
    unit = math.lcm(*{entry.denominator for row in rows for entry in row})
    whole, width = [[int(entry * unit) for entry in row] for row in rows], len(rows[0])
    plain = fmpz_mat(len(rows), width, [entry for row in whole for entry in row])
    pairs = zip(pi.weights, whole, strict=True)
    weighted = fmpz_mat(len(rows), width, [w * entry for w, row in pairs for entry in row])
    moments = fmpq_mat(plain.transpose() * weighted) / fmpq(pi.total * unit**2)
    none = fmpq(0)
    reduce = [[fmpq(int(j == k)) for k in range(K)]
              + ([-to_fmpq(share[j])] if alike else [-to_fmpq(share[j]) if j == k else none for k in range(K)])
              for j in range(K)]  # fmt: skip
    left = fmpq_mat(K, width, [entry for row in reduce for entry in row])
    return left * moments * left.transpose()


def _decayed_prediction(model: FeatureModel) -> Array:
    r"""The prediction of every label at ``W = 0`` and the best decaying bias, ``(K,)``, for sets of one label: Newton's
    method on :math:`\lambda_bb=\sum_S\pi_Sr_S(b)`, which is the derivative of a strictly convex function."""
    pi, loss, decay = model.distribution, model.loss, float(model.decay)
    p, y, b = pi.probabilities, model.targets, np.zeros(pi.K)
    identity = np.eye(pi.K)

    def slope(b: Array) -> Array:
        return np.asarray(decay * b - p @ loss.residual(np.tile(b, (len(y), 1)), y))

    for _ in range(ROUNDS):
        delta = loss.curvature(loss.residual(np.tile(b, (len(y), 1)), y), y)
        hessian = np.diag(decay + p @ delta)
        if loss.centered:
            hessian -= (delta * (p / delta.sum(axis=1))[:, None]).T @ delta
        step = np.linalg.solve(hessian, -slope(b))
        while step @ slope(b + step) > 0.5 * abs(step @ slope(b)):
            step = step / 2
        b = b + step
        if np.abs(step).max() <= 4 * np.finfo(float).eps * (1 + np.abs(b).max()):
            break
    return np.asarray(identity[0] - loss.residual(b[None, :], identity[:1])[0])


BIAS_WORDS: dict[Bias, str] = {"zero": "none", "free": "free"}
"""What a person calls a bias, as the options do; documents and certificates keep the names of the model."""


def bias_named(bias: AnyBias | Rational) -> AnyBias:
    """A bias by what a user calls it: ``"zero"`` or ``"none"``, ``"free"``, or its penalty, where 0 is free and
    ``"inf"`` is none.

    Raises:
        InputError: anything else.

    Example:
        >>> bias_named("none"), bias_named("1/100"), bias_named(0)
        ('zero', Fraction(1, 100), 'free')
    """
    if bias in ("zero", "none", "inf"):
        return "zero"
    if bias == "free":
        return "free"
    try:
        penalty = Fraction(bias)
    except (ValueError, ZeroDivisionError, TypeError, OverflowError):
        raise InputError(f"unknown bias {bias!r}: use none, free, or its penalty, such as 1/100") from None
    if penalty < 0:
        raise InputError(f"the penalty of the bias is {bias}: it must be positive, or 0 for a free bias")
    return penalty or "free"


def _require_positive(name: str, value: Fraction) -> None:
    if value <= 0:
        raise InputError(f"{name} is {value}: regularisation must be positive")


def _rational(name: str, value: Rational) -> Fraction:
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError, TypeError, OverflowError):
        raise InputError(f"{name} is {value!r}: give a positive number such as 0.001 or 1/1000") from None


def _floats(values: tuple[Fraction, ...] | list[Fraction]) -> Array:
    return np.array([float(value) for value in values], dtype=np.float64)
