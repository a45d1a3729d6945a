"""The certified optimum of an instance of the model, as matrices of balls: what the checks of chapters U, O, L look at.

A claim about the optimum speaks of real numbers nobody has. What there is: a solution, its certificate, and intervals
that the trusted kernel proves from it. Two sides of an identity are compared as balls. Disjoint balls refute it;
overlapping ones support it, and mean something only if they are narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from random import Random
from typing import Any

import flint
from flint import arb_mat

from verify.certificate.format import Certificate
from verify.certificate.kernel import Optimum, Verdict, check
from verify.exact.balls import Ball, between
from verify.exact.matrices import zeros
from verify.exact.rationals import to_fmpq
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError, UncertifiedError
from verify.model.ball_losses import BallLoss
from verify.model.certify import certify
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.losses import LOSSES, Loss
from verify.model.refine import RefinementError, refine
from verify.model.response import UnsettledError
from verify.model.solution import Solution
from verify.model.solver import solve

BITS = 192
"""Working precision of all balls: far below the width of the enclosures, so that rounding shows nowhere."""

DIGITS = 30
"""Digits of the gap; the geometry has half as many, enough for checks at every regularisation that is drawn."""

MOST_ENTRIES = 60_000
"""Largest ``n K^2`` that is solved within a check; beyond, a claim is not worth the minutes that ``mlnc solve`` has."""


def precisely() -> Any:
    """Context in which balls have :data:`BITS` bits."""
    return flint.ctx.workprec(BITS)


@dataclass(frozen=True)
class Instance:
    """What a label distribution leaves open: loss, bias model, regularisation.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> Instance.drawn(pi)
        Instance(loss=MSE, bias='free', lambda_W=Fraction(9, 1000), lambda_H=Fraction(5, 9))
    """

    loss: Loss
    bias: AnyBias
    lambda_W: Fraction
    lambda_H: Fraction

    @classmethod
    def drawn(cls, pi: LabelDistribution) -> Instance:
        """An instance that depends on the distribution alone, so that all claims ask about the same optimum.

        The loss is any; the bias is free every other time, where a minimiser exists;
        :math:`10^{-8}\\le\\lambda<10^{-1}`, about logarithmically, split unevenly into the two factors.
        """
        rng = Random(repr((pi.masks, pi.weights)))
        loss, free = rng.choice(list(LOSSES.values())), rng.random() < 0.5
        size = rng.randint(1, 7)
        lam = Fraction(rng.randint(1, 9), 10 ** (size + 1))
        lambda_W = Fraction(rng.randint(1, 9), 10 ** rng.randint(0, size + 1))
        wanted = cls(loss, "free", lambda_W, lam / lambda_W)
        return wanted if free and wanted.has_minimiser(pi) else cls(loss, "zero", lambda_W, lam / lambda_W)

    def has_minimiser(self, pi: LabelDistribution) -> bool:
        """Whether the model has a global minimiser on this distribution."""
        try:
            self.model(pi)
        except InputError:
            return False
        return True

    def model(self, pi: LabelDistribution) -> FeatureModel:
        """The model with this instance's parameters."""
        return FeatureModel.of(pi, self.loss, self.lambda_W, self.lambda_H, self.bias)


@dataclass(frozen=True, eq=False)
class CertifiedOptimum:
    """The global optimum of one instance on one distribution, enclosed by the trusted kernel.

    Attributes:
        model: what was solved.
        solution: the point the certificate was made from; not trusted.
        certificate: what the kernel accepted.
        kernel: the enclosures it proved.
    """

    model: FeatureModel
    solution: Solution
    certificate: Certificate
    kernel: Optimum

    @staticmethod
    @lru_cache(maxsize=64)
    def of(pi: LabelDistribution, instance: Instance, digits: int = DIGITS) -> CertifiedOptimum:
        """Solve, certify, check; the last few are remembered, for many claims look at one optimum.

        Args:
            digits: of the gap; what float64 gives if at most 15.

        Raises:
            UncertifiedError: no certificate that the kernel accepts, or a problem too large for a check.

        Example:
            >>> from verify.model.losses import MSE
            >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")
            >>> optimum = CertifiedOptimum.of(pi, Instance(MSE, "zero", Fraction(1, 10), Fraction(1, 10)))
            >>> optimum.rank, optimum.G[0, 0].str(10, radius=False)  # sqrt(1/2) - 1/10, in closed form
            ((2, 2), '0.6071067812')
        """
        model = instance.model(pi)
        require_affordable(model.distribution)
        try:
            solution = _refined(solve(pi, instance.loss, instance.lambda_W, instance.lambda_H, instance.bias), digits)
            certificate = certify(solution, (), rank=False)  # what the kernel proves of it needs no claim
        except (InputError, UnsettledError) as error:
            raise UncertifiedError(f"{instance}: {error}") from None
        verdict = check(certificate)
        return CertifiedOptimum(model, solution, certificate, _accepted(verdict, instance))

    # ------------------------------------------------------------------ the problem

    @property
    def K(self) -> int:
        """Number of labels."""
        return self.model.distribution.K

    @property
    def n(self) -> int:
        """Number of label sets that the loss sees."""
        return len(self.model.distribution.masks)

    @property
    def y(self) -> tuple[tuple[int, ...], ...]:
        """Indicators, one row per label set."""
        return self.model.distribution.rows

    @cached_property
    def targets(self) -> list[list[Any]]:
        """What predictions are compared with, a row per label set: indicators, smoothed or weighted if the loss is."""
        return [[to_fmpq(Fraction(a)) for a in row] for row in self.model.loss.exact(self.model.distribution)[0]]

    @cached_property
    def masses(self) -> list[list[Any]]:
        """What predictions are shares of, one row per label set: for the ``mass`` of the loss in balls."""
        return [[to_fmpq(Fraction(a)) for a in row] for row in self.model.loss.exact(self.model.distribution)[1]]

    @property
    def pi(self) -> tuple[Fraction, ...]:
        """Probability of every label set."""
        return self.model.distribution.shares

    @property
    def loss(self) -> BallLoss:
        """The loss in balls."""
        return self.model.loss.balls

    # ------------------------------------------------------------------ what the kernel proved

    @cached_property
    def value(self) -> Ball:
        """The proven interval for the least value, in nats."""
        with precisely():
            return between(self.certificate.value.interval(0, 0))

    @property
    def rank(self) -> tuple[int, int]:
        """Bounds on the rank of the optimal classifier."""
        return self.kernel.rank

    @property
    def full_rank(self) -> bool:
        """Whether the classifier certainly has the largest rank there is."""
        return self.rank[0] == self.model.loss.dimension(self.K)

    @property
    def collapsed(self) -> bool:
        """Whether the classifier is certainly 0."""
        return self.rank[1] == 0

    @cached_property
    def r(self) -> Any:
        """Residuals, ``(n, K)``."""
        return self._table("r", self.n, self.K)

    @cached_property
    def z(self) -> Any:
        """Logits, bias included, class-centered for PAL-CE, ``(n, K)``."""
        return self._table("z", self.n, self.K)

    @cached_property
    def wh(self) -> Any:
        """Inner products of prototypes and classifier rows, ``(n, K)``."""
        return self._table("wh", self.n, self.K)

    @cached_property
    def G(self) -> Any:
        """Classifier Gram matrix, ``(K, K)``."""
        return self._table("G", self.K, self.K)

    @cached_property
    def b(self) -> list[Ball]:
        """Bias, 0 if fixed."""
        return zeros(self.K) if not self.model.moves else self._table("b", 1, self.K).tolist()[0]

    def hh(self, S: int, T: int) -> Ball:
        """Inner product of two prototypes."""
        return self.kernel.ball("hh", S, T)

    def _table(self, name: str, rows: int, columns: int) -> Any:
        with precisely():
            return arb_mat([[self.kernel.ball(name, i, j) for j in range(columns)] for i in range(rows)])


def require_affordable(pi: LabelDistribution) -> None:
    """Refuse what a check has no time for.

    Raises:
        UncertifiedError: too many label sets or labels.
    """
    if len(pi.masks) * pi.K**2 > MOST_ENTRIES:
        raise UncertifiedError(f"{pi}: too large for a check; solve it with `mlnc solve`")


def _refined(solution: Solution, digits: int) -> Solution:
    try:
        return refine(solution, digits)
    except RefinementError:
        return solution  # its certificate is as true, only coarser


def _accepted(verdict: Verdict, instance: Instance) -> Optimum:
    if verdict.optimum is None:
        raise UncertifiedError(f"{instance}: the kernel rejects the certificate: {verdict.reason}")
    return verdict.optimum
