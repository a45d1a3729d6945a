r"""The geometry in the limit :math:`\lambda\to0`, for any labels, and how far each synthesis rule is off there.

For PAL-CE and BCE the loss tends to that of the hard-margin problem (claim T7), and so does, where the problem has one
solution, the geometry: under the strict sign condition by claim D1, else as far as anyone has seen, by no claim.
:math:`\langle h_S,h_T\rangle`, over :math:`\frac12\log\frac1\lambda`, is :math:`q_S^\top Gq_T` there. For a loss with
finite minimisers :math:`z^*_S`, such as MSE, it is :math:`G=(\sum_S\pi_Sz^*_Sz^{*\top}_S)^{1/2}` and
:math:`q_S=G^+z^*_S`, with the targets less their mean if there is a bias. In float64; ``margin_bounds`` encloses the
value of the hard-margin problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from verify.geometry.margins import MOST_LABELS, Margins, Report, hard_margin, separation, without_slack
from verify.geometry.rules import MEASURED, deviations
from verify.geometry.sign_condition import TerminalGeometry
from verify.labels.distribution import LabelDistribution
from verify.model.losses import Array, Loss

ALIVE = 1e-7
"""Directions in which the Gram matrix is smaller than this, relative to its largest, have collapsed."""

UNIQUE = 1e-6
"""A system of equations whose least singular value is smaller than this, relative to its largest, may have several
solutions."""


@dataclass(frozen=True)
class Limit:
    r"""A limit geometry.

    Attributes:
        pi: the distribution the loss sees.
        G: Gram matrix of the classifier, over its scale, ``(K, K)``.
        q: what the prototypes are combinations of classifier rows by, ``(n, K)``.
        virtual: the same for every label alone, ``(K, K)``; NaN where no feature gives it.
        margins: the hard-margin solution, if that is what it comes from.
        smoothed: label smoothing of PAL-CE and whether the bias is free.
    """

    pi: LabelDistribution
    G: Array
    q: Array
    virtual: Array
    margins: Margins | None = None
    smoothed: tuple[Fraction, bool] | None = None

    @property
    def unique(self) -> bool:
        """Whether there is no other solution, as far as float64 tells."""
        return self.margins is None or self.margins.determined > UNIQUE

    def deviations(self) -> Mapping[str, float | None]:
        """Mean deviation of each rule of ``rules.MEASURED`` over the label sets of two or more labels, by share;
        ``None`` where it needs a prototype that no feature gives, or makes nothing."""
        values, vectors = np.linalg.eigh(self.G)
        root = vectors * np.sqrt(np.maximum(values, 0))
        alone = np.isin([1 << k for k in range(self.pi.K)], self.pi.masks)
        missing = np.isnan(self.virtual).any(axis=1) & np.logical_not(alone)
        off = deviations(self.pi, self.q @ root, np.nan_to_num(self.virtual) @ root, self.smoothed)
        several = np.array(self.pi.sizes) > 1
        needed = bool((np.asarray(self.pi.indicator)[several][:, missing] > 0).any())
        share = np.asarray(self.pi.probabilities)
        return {
            name: None if needed or (_asks_for_all(name, self.smoothed) and missing.any()) else off.mean(name, share)
            for name in off.by_rule
        }


def _asks_for_all(name: str, smoothed: tuple[Fraction, bool] | None) -> bool:
    """Whether a rule takes the prototypes of all single labels."""
    return MEASURED[name].correction is not None if name in MEASURED else bool(smoothed and smoothed[1])


def limit(pi: LabelDistribution, loss: Loss, free: bool, report: Report = lambda *_: None) -> Limit:
    """The limit geometry of a loss, with or without a bias.

    Raises:
        InputError: too many labels for the hard-margin problem, or no optimum.

    Example:
        >>> from verify.model.losses import BCE, MSE
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1), ([], 2)], labels="ab")
        >>> limit(pi, MSE, False).deviations()["plain"] < 1e-9
        True
        >>> limit(pi, BCE, True).unique
        True
    """
    if loss.smoothing:
        seen, single = loss.sees(pi), loss.targets_of(np.eye(pi.K, dtype=int).tolist())
        targets, alone = (loss.logits(np.zeros(y.shape), y) for y in (loss.targets(seen), single))
        mean = np.asarray(seen.probabilities) @ targets * free
        picked = (loss.smoothing, free) if loss.centered else None
        return _in_span(_finite(seen, targets, alone, free), alone - mean, picked)
    if not loss.quadratic:
        found = without_slack(pi, loss, free) if _slackless(pi, loss, free) else hard_margin(pi, loss, free, report)
        return Limit(found.pi, found.G, found.q, _virtual_margins(found), found)
    seen = loss.sees(pi)
    return _finite(seen, np.asarray(seen.indicator, dtype=float), np.eye(seen.K), free)


def _slackless(pi: LabelDistribution, loss: Loss, free: bool) -> bool:
    """Whether the strict sign condition holds at full rank, so that all margins are 1."""
    if pi.K > MOST_LABELS:
        return False
    geometry = TerminalGeometry.for_loss(loss.sees(pi), loss, "free" if free else "zero")
    return geometry.full_rank and geometry.sign.verdict == "strict"


def _finite(pi: LabelDistribution, targets: Array, alone: Array, free: bool) -> Limit:
    """The limit of a loss whose minimisers are finite."""
    mean = np.asarray(pi.probabilities) @ targets if free else np.zeros(pi.K)
    values, vectors = np.linalg.eigh(((targets - mean) * np.asarray(pi.probabilities)[:, None]).T @ (targets - mean))
    alive = values > ALIVE**2 * values[-1]
    roots = np.sqrt(np.where(alive, values, 0.0))
    inverse = (vectors[:, alive] / roots[alive]) @ vectors[:, alive].T
    virtual = (alone - mean) @ inverse  # the best there is, for a target out of reach too
    return Limit(pi, (vectors * roots) @ vectors.T, (targets - mean) @ inverse, virtual)


def _in_span(found: Limit, alone: Array, smoothed: tuple[Fraction, bool] | None) -> Limit:
    """Virtual prototypes only where the target is in the span of the others (Y1, Y2)."""
    off = np.linalg.norm(found.virtual @ found.G - alone, axis=1) > ALIVE * np.linalg.norm(alone, axis=1)
    return replace(found, virtual=np.where(off[:, None], np.nan, found.virtual), smoothed=smoothed)


def _virtual_margins(found: Margins) -> Array:
    """What a new sample with one label gets at this ``G``; NaN for one that no feature separates."""
    values, vectors = np.linalg.eigh(found.G)
    alive = values > ALIVE * values[-1]
    half = vectors / np.sqrt(np.maximum(values, ALIVE * values[-1]))
    targets, columns = separation(found.loss, np.eye(found.pi.K))
    made = []
    for target, B in zip(targets - found.bias, columns, strict=True):
        slack = _nonnegative(half.T @ B, -half.T @ target)
        w = target + B @ slack
        lost = np.linalg.norm(vectors[:, ~alive].T @ (w - w.mean() * found.loss.centered)) > 1e-3 * np.linalg.norm(w)
        made.append(np.full(found.pi.K, np.nan) if lost else half[:, alive] @ (half[:, alive].T @ w))
    return np.array(made)


def _nonnegative(A: Array, b: Array) -> Array:
    """The ``x >= 0``, ``(K,)``, with the least ``|Ax - b|`` (Lawson and Hanson 1974); SciPy's takes long to import."""
    x, used = np.zeros(A.shape[1]), np.zeros(A.shape[1], dtype=bool)
    floor = 1e-14 * np.abs(A).sum() * np.linalg.norm(b)
    for _ in range(3 * len(x)):
        pull = np.where(used, -np.inf, A.T @ (b - A @ x))
        if pull.max() <= floor:
            break
        used[pull.argmax()] = True
        while True:
            best = np.zeros_like(x)
            best[used] = np.linalg.lstsq(A[:, used], b, rcond=None)[0]
            below = used & (best <= 0)
            if not below.any():
                break
            x += (x[below] / (x[below] - best[below])).min() * (best - x)
            used &= x > 1e-15 * x.max()
            x[~used] = 0.0
        x = best
    return x


def limit_seconds(pi: LabelDistribution) -> float:
    """About how long a hard-margin problem takes, in seconds of one core.

    Example:
        >>> limit_seconds(LabelDistribution.from_sets([([0], 1), ([1], 1)], labels="ab")) < 1
        True
    """
    return 0.06 + 4e-8 * len(pi.weights) * pi.K**4
