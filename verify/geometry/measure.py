r"""A trained model beside the theory: how far its last layer has collapsed, and how far it is from the prediction.

What is measured are the features :math:`h_i` that the last layer of a trained network gives its ``N`` samples and,
where they are given, the classifier ``W`` and bias ``b`` on top. What they are held against is the global optimum of
the feature model (``ufm``) on the label distribution of the same samples, solved here with its certified gap. Measured
data has no exact digits, so everything here is float64.

The quantities, with :math:`S(i)` the label set of sample ``i``, :math:`N_S` the number of samples that have it,
:math:`\pi_S=N_S/N` and :math:`\bar h_S` their mean feature, the *prototype*:

* *variability* (NC1 of Papyan, Han and Donoho 2020, here a ratio of traces, per label set as in Li et al. 2024):
  :math:`\frac1{N_S}\sum_{i:S(i)=S}\|h_i-\bar h_S\|^2` over the between scatter
  :math:`\sum_S\pi_S\|\bar h_S-\bar h\|^2`, :math:`\bar h=\sum_S\pi_S\bar h_S`. Its mean over :math:`\pi` is the trace
  of the within scatter over that of the between scatter. It is 0 at collapse (claim U1).
* *penalties*: with the residuals :math:`r_S` at the prototypes, a stationary point of the feature model has
  :math:`W^\top r_S=\lambda_H\bar h_S` and :math:`A:=\sum_S\pi_Sr_S\bar h_S^\top=\lambda_WW` (claim U2), so the least
  squares estimates of the two are :math:`\langle A,W\rangle/\sum_S\pi_S\|\bar h_S\|^2` and
  :math:`\langle A,W\rangle/\|W\|_F^2`. What they leave unexplained, relative to the left sides, says whether the model
  is near any stationary point at all. Prototypes are fitted better than the samples they are means of, so before
  collapse the estimates are too small.
* *distances* of the Gram matrices :math:`\langle\bar h_S,\bar h_T\rangle`, :math:`WW^\top` and of the logits
  :math:`W\bar h_S` to the predicted ones (``compare``). In shape: one minus the cosine of the centered matrices (one
  minus the linear CKA of Kornblith et al. 2019), blind to scale and offsets; in size: the Frobenius norm of the
  difference over that of the prediction, with nothing centered.
* *synthesis rules* (claims O1, W2, W4): how far each prototype is from what a rule makes of the singleton prototypes.
  A label that never stands alone has a virtual one: the feature of a new sample with this label alone, fitted to ``W``
  and ``b`` at :math:`\lambda_H`.
* *isotropy* (claim U8): residual second moment :math:`R=\sum_S\pi_Sr_Sr_S^\top` against :math:`\lambda P` (PAL-CE) or
  :math:`\lambda I` (BCE, MSE).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np

from verify.certificate import kernel
from verify.geometry.compare import (
    Distance,
    anisotropy,
    common_share,
    from_mean,
    gram_distance,
    logit_distance,
    relative,
)
from verify.geometry.rules import Deviations, deviations, virtual_prototypes
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.labels.readers import LabelRows
from verify.model.certify import certify
from verify.model.feature_model import AnyBias
from verify.model.losses import Array, Loss, loss_named
from verify.model.program import Progress
from verify.model.solution import Solution
from verify.model.solver import solve

LARGEST = 1e100
"""Entries beyond this overflow when they are squared and summed."""

ESTIMATED_DIGITS = 12
"""Significant digits of an estimated penalty: a number a person can pass on, and far more than it is good to."""


# ---------------------------------------------------------------------- what was trained


@dataclass(frozen=True)
class LastLayer:
    r"""Features of samples with their label sets, and the classifier on top where it is known.

    Attributes:
        pi: the label distribution of the samples that count: for PAL-CE, those with a label but not with all of them.
        loss: the loss the model was trained with.
        sets: position in ``pi`` of the label set of each sample, shape ``(N,)``.
        H: features, ``(N, d)``.
        W: classifier, ``(K, d)``, or ``None``.
        b: bias, ``(K,)``; zeros where there is none.
        left_out: number of samples that do not count.
    """

    pi: LabelDistribution
    loss: Loss
    sets: Any
    H: Array
    W: Array | None
    b: Array
    left_out: int = 0

    @classmethod
    def of(cls, rows: LabelRows, loss: Loss | str, H: Any, W: Any = None, b: Any = None) -> LastLayer:
        """Features and label sets of the same samples, in the same order.

        Raises:
            InputError: arrays that are not numbers, not finite or of the wrong shape; a number of samples, labels or
                features that disagrees; a bias without classifier; no sample whose labels show a contrast (PAL-CE).

        Example:
            >>> rows = LabelRows(("sea", "sky"), (0b01, 0b10, 0b01))
            >>> layer = LastLayer.of(rows, "pal", [[1, 0], [0, 2], [3, 0]])
            >>> print(layer.prototypes.tolist(), layer.variability.overall)
            [[2.0, 0.0], [0.0, 2.0]] 0.375
        """
        H = _matrix("H", H, "features, one row per sample")
        if len(H) != len(rows.masks):
            raise InputError(
                f"array 'H' has {len(H)} rows but there are {len(rows.masks)} samples with labels: "
                "give features and labels of the same samples, in the same order"
            )
        K, d = len(rows.labels), H.shape[1]
        if W is None and b is not None:
            raise InputError("there is an array 'b' but no 'W': add the classifier, or leave the bias out")
        if W is not None:
            W = _matrix("W", W, "the classifier, one row per label")
            if W.shape != (K, d):
                raise InputError(f"array 'W' has shape {W.shape}: {K} labels and {d} features need ({K}, {d})")
        b = np.zeros(K) if b is None else _numbers("b", b)
        if b.shape != (K,):
            raise InputError(f"array 'b' has shape {b.shape}: {K} labels need ({K},)")
        loss = loss_named(loss)
        pi = loss.sees(rows.distribution)
        position = {mask: S for S, mask in enumerate(pi.masks)}
        kept = np.array([mask in position for mask in rows.masks])
        sets = np.array([position[mask] for mask in rows.masks if mask in position])
        layer = cls(pi, loss, sets, H[kept], W, b, int((~kept).sum()))
        if layer.energy == 0:
            raise InputError(
                "the mean feature of every label set is 0, so there is no geometry: save the features of a trained "
                "model"
            )
        return layer

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.H.shape[1])

    @cached_property
    def prototypes(self) -> Array:
        """Mean feature of every label set, shape ``(n, d)``, in the order of ``pi``."""
        return self._means(self.H)

    @cached_property
    def residuals(self) -> Array:
        """Residuals at the prototypes, shape ``(n, K)``; only where there is a classifier."""
        return self.loss.residual(self.prototypes @ self.classifier.T + self.b, self.loss.targets(self.pi))

    @cached_property
    def second_moment(self) -> Array:
        r"""Residual second moment :math:`R=\sum_S\pi_Sr_Sr_S^\top`, shape ``(K, K)``."""
        return np.asarray((self.residuals * self.pi.probabilities[:, None]).T @ self.residuals)

    @cached_property
    def variability(self) -> Variability:
        """How far the features of a label set still are from their mean."""
        within = self._means(((self.H - self.prototypes[self.sets]) ** 2).sum(axis=1, keepdims=True))[:, 0]
        share = self.pi.probabilities
        between = float(share @ (from_mean(self.prototypes, share) ** 2).sum(axis=1))
        # What rounding two sums of up to N terms can leave of equal means is no scatter.
        noise = (2 * np.finfo(float).eps * len(self.H)) ** 2 * float(share @ (self.prototypes**2).sum(axis=1))
        if between <= noise:
            return Variability(None, None, between)
        return Variability(within / between, float(share @ within) / between, between)

    @property
    def classifier(self) -> Array:
        """The classifier, where something needs it.

        Raises:
            InputError: there is none.
        """
        if self.W is None:
            raise InputError("there is no array 'W': add the classifier, one row per label")
        return self.W

    @cached_property
    def energy(self) -> float:
        r""":math:`\sum_S\pi_S\|\bar h_S\|^2`."""
        return float(self.pi.probabilities @ (self.prototypes**2).sum(axis=1))

    @cached_property
    def pull(self) -> Array:
        r""":math:`A=\sum_S\pi_Sr_S\bar h_S^\top`, shape ``(K, d)``: where the loss pulls the classifier."""
        return np.asarray((self.residuals * self.pi.probabilities[:, None]).T @ self.prototypes)

    def _means(self, of: Array) -> Array:
        sums = np.zeros((len(self.pi.masks), of.shape[1]))
        np.add.at(sums, self.sets, of)
        return np.asarray(sums / np.array(self.pi.weights, dtype=np.float64)[:, None])


def _matrix(name: str, given: Any, what: str) -> Array:
    array = _numbers(name, given)
    if array.ndim != 2:
        raise InputError(f"array {name!r} has {array.ndim} dimension(s): give a matrix, {what}")
    if array.shape[1] < 1:
        raise InputError(f"array {name!r} has shape {array.shape}: at least one feature is needed")
    return array


def _numbers(name: str, given: Any) -> Array:
    try:
        array = np.asarray(given)
    except ValueError:  # parts of several shapes
        array = np.empty(0, dtype=object)
    if array.dtype == object:
        kind = "an array of dtype object" if hasattr(given, "dtype") else type(given).__name__
        raise InputError(f"array {name!r} is {kind}, and not one of numbers: give H, W and b one by one")
    if array.dtype.kind not in "biuf":
        raise InputError(f"array {name!r} has dtype {array.dtype}: save real numbers")
    array = array.astype(np.float64, order="C")  # the same numbers however they lie in memory, to the last digit
    fine = np.abs(array) <= LARGEST  # false for NaN
    if not fine.all():
        place = tuple(int(i) for i in np.argwhere(~fine)[0])
        raise InputError(
            f"entry {list(place)} of array {name!r} is {array[place]}: give finite numbers up to {LARGEST:g}"
        )
    return array


# ---------------------------------------------------------------------- variability


@dataclass(frozen=True)
class Variability:
    """Within scatter over between scatter; ``None`` where prototypes do not differ: there is nothing to compare with.

    Attributes:
        per_set: one ratio per label set, ``(n,)``; 0 by construction where a label set has one sample.
        overall: their mean over the label distribution.
        between: the between scatter, in squared units of the features.
    """

    per_set: Array | None
    overall: float | None
    between: float


# ---------------------------------------------------------------------- the prediction


@dataclass(frozen=True)
class Prediction:
    r"""The global optimum at some :math:`\lambda`, scaled to a split of it.

    Attributes:
        solution: the optimum at :math:`\lambda_H=1`; value, gap, residuals and shape do not depend on the split.
        lambda_H: the split: norms of prototypes are divided by its root, norms of classifier rows multiplied.
        gap: certified bound on how far the value is from the minimum, in nats.
        accepted: whether the trusted kernel accepted the certificate.
        radius: certified bound on the error of every entry of :math:`G=WW^\top`, over :math:`\max|G|`; 0 at full
            collapse, ``None`` where the gap does not determine it.
    """

    solution: Solution
    lambda_H: float
    gap: float
    accepted: bool
    radius: float | None

    @property
    def W(self) -> Array:
        """Classifier, ``(K, rank)``."""
        return np.asarray(self.solution.W * np.sqrt(self.lambda_H))

    @property
    def H(self) -> Array:
        """Prototypes, ``(n, rank)``."""
        return np.asarray(self.solution.H / np.sqrt(self.lambda_H))

    @property
    def anisotropy(self) -> float:
        """``compare.anisotropy`` of the optimum's residuals: not 0 when directions of the classifier collapsed."""
        model = self.solution.model
        return anisotropy(model.second_moment(self.solution.r), float(model.lam), model.loss.centered)

    def split(self, lambda_H: float) -> Prediction:
        """The same prediction at another split."""
        return Prediction(self.solution, lambda_H, self.gap, self.accepted, self.radius)


def predict(
    pi: LabelDistribution, loss: Loss | str, lam: Fraction, bias: AnyBias = "zero", progress: Progress | None = None
) -> Prediction:
    r"""The optimum on a label distribution, solved and certified, at :math:`\lambda_H=1`.

    Raises:
        InputError: a free bias where a label never (BCE: or always) occurs, so that there is no optimum.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 2), ([1], 1), ([0, 1], 1)], labels="abc")
        >>> found = predict(pi, "pal", Fraction(1, 100))
        >>> found.accepted, found.gap < 1e-12, found.radius < 1e-5, found.anisotropy < 1e-6
        (True, True, True, True)
    """
    solution = solve(pi, loss, lam, 1, bias, progress=progress)
    certificate = certify(solution, ("G",))
    verdict = kernel.check(certificate)
    low, high = certificate.value.interval(0, 0)
    return Prediction(solution, 1.0, float(high - low), verdict.accepted, _radius(solution, verdict))


def _radius(solution: Solution, verdict: kernel.Verdict) -> float | None:
    if solution.rank == 0 or verdict.optimum is None:
        return None if verdict.optimum is None else 0.0
    widest = Fraction(0)
    for j, row in enumerate(solution.G.tolist()):
        for k, entry in enumerate(row[: j + 1]):
            ends = verdict.optimum.interval("G", j, k)
            if ends is None:
                return None
            widest = max(widest, *(abs(end - Fraction(entry)) for end in ends))
    return float(widest) / float(np.abs(solution.G).max())


# ---------------------------------------------------------------------- penalties


@dataclass(frozen=True)
class Penalties:
    r"""The regularisation at which a model is compared.

    Attributes:
        lam: :math:`\lambda=\lambda_W\lambda_H`, exact.
        lambda_H: the share of the features; it only sets the scale of norms.
        origin: in words, where both come from.
        unexplained_W: :math:`\|A-\lambda_WW\|_F/\|A\|_F`, 0 at a stationary point; ``None`` without a classifier.
        unexplained_H: the root of :math:`\sum_S\pi_S\|W^\top r_S-\lambda_H\bar h_S\|^2` over
            :math:`\sum_S\pi_S\|W^\top r_S\|^2`, likewise.
        unexplained_b: :math:`\|\sum_S\pi_Sr_S-\lambda_bb\|` over the root of :math:`\sum_S\pi_S\|r_S\|^2`, with
            :math:`\lambda_b=0` for a free bias (claim E1); ``None`` without a bias.
    """

    lam: Fraction
    lambda_H: float
    origin: str
    unexplained_W: float | None
    unexplained_H: float | None
    unexplained_b: float | None

    @property
    def unexplained(self) -> float | None:
        """The largest of the three shares: a point is stationary only if all are 0."""
        return max(
            (x for x in (self.unexplained_W, self.unexplained_H, self.unexplained_b) if x is not None), default=None
        )

    @property
    def lambda_W(self) -> float:
        r""":math:`\lambda/\lambda_H`."""
        return float(self.lam) / self.lambda_H


def estimated_penalties(layer: LastLayer) -> tuple[float, float]:
    r""":math:`\lambda_W` and :math:`\lambda_H` by least squares from the two stationarity conditions, see above.

    Both are :math:`\langle A,W\rangle` over an energy, so :math:`\lambda_W\|W\|_F^2=\lambda_H\sum_S\pi_S\|\bar h_S\|^2`
    at them whatever the model is: the balance of U2 is no evidence of stationarity, what is left unexplained is.

    Raises:
        InputError: no classifier, or one that no positive penalty explains at all.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)], labels="abc")
        >>> best = solve(pi, "pal", "1/50", "1/5")
        >>> layer = LastLayer.of(LabelRows(pi.labels, pi.masks), "pal", best.H, best.W)
        >>> print([round(x, 6) for x in estimated_penalties(layer)])
        [0.02, 0.2]
    """
    if layer.W is None:
        raise InputError("there is no array 'W' to estimate lambda from: add the classifier, or give lam=")
    pull = float((layer.pull * layer.W).sum())
    if pull <= 0:
        raise InputError(
            "no positive penalty makes this W and H stationary, so lambda cannot be estimated: see that loss, labels "
            "and the order of samples are those of the training, or give lam="
        )
    return pull / float((layer.W**2).sum()), pull / layer.energy


def estimated_decay(layer: LastLayer) -> Fraction:
    r""":math:`\lambda_b` by least squares from :math:`\lambda_bb=\sum_S\pi_Sr_S` (claim E1).

    Raises:
        InputError: no bias, or one that no positive penalty explains at all.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 3), ([1], 1), ([2], 1)], labels="abc")
        >>> best = solve(pi, "bce", "1/50", "1/5", "1/3")
        >>> rows = LabelRows(pi.labels, tuple(mask for mask, w in zip(pi.masks, pi.weights) for _ in range(w)))
        >>> layer = LastLayer.of(rows, "bce", np.repeat(best.H, pi.weights, axis=0), best.W, best.b)
        >>> round(float(estimated_decay(layer)), 5)
        0.33333
    """
    if not layer.b.any():
        raise InputError("there is no array 'b' to estimate its penalty from: add the bias, or give bias=")
    pull = float(layer.b @ (layer.pi.probabilities @ layer.residuals))
    if pull <= 0:
        raise InputError("no positive penalty explains this bias: give bias=free, or the loss of the training")
    return Fraction(f"{pull / float(layer.b @ layer.b):.{ESTIMATED_DIGITS}g}")


def penalties(layer: LastLayer, lam: Fraction | None, lambda_H: Fraction | None, bias: AnyBias) -> Penalties:
    """The penalties that are given, the others estimated, and what they leave unexplained; there is a classifier.

    Raises:
        InputError: as :func:`estimated_penalties`.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)], labels="abc")
        >>> best = solve(pi, "pal", "1/50", "1/5")
        >>> found = penalties(LastLayer.of(LabelRows(pi.labels, pi.masks), "pal", best.H, best.W), None, None, "zero")
        >>> print(round(float(found.lam), 6), found.unexplained < 1e-6)
        0.004 True
    """
    if lam is None:
        lambda_W, estimated = estimated_penalties(layer)
        how = "estimated from stationarity, by least squares"
        split = (estimated, how) if lambda_H is None else (float(lambda_H), f"lambda_H as given, lambda_W {how}")
        return _penalties(layer, Fraction(f"{lambda_W * split[0]:.{ESTIMATED_DIGITS}g}"), split, bias)
    if lambda_H is not None:
        return _penalties(layer, lam, (float(lambda_H), "as given"), bias)
    balance = float(np.sqrt(float(lam) * float((layer.classifier**2).sum()) / layer.energy))
    return _penalties(layer, lam, (balance or 1.0, "lambda as given, split by the balance of W and H"), bias)


def _penalties(layer: LastLayer, lam: Fraction, split: tuple[float, str], bias: AnyBias) -> Penalties:
    lambda_H, origin = split
    if layer.W is None:
        return Penalties(lam, lambda_H, origin, None, None, None)
    root = np.sqrt(layer.pi.probabilities)[:, None]
    pulls = root * (layer.residuals @ layer.W)
    mean = layer.pi.probabilities @ layer.residuals
    decay = 0.0 if isinstance(bias, str) else float(bias)
    size = float(np.linalg.norm(root * layer.residuals))
    return Penalties(
        lam,
        lambda_H,
        origin,
        relative(layer.pull - float(lam) / lambda_H * layer.W, layer.pull),
        relative(pulls - lambda_H * root * layer.prototypes, pulls),
        None if bias == "zero" else float(np.linalg.norm(mean - decay * layer.b)) / size if size else 0.0,
    )


# ---------------------------------------------------------------------- all of it


@dataclass(frozen=True)
class Measurement:
    """A trained model beside its prediction.

    Attributes:
        layer: what was trained.
        penalties: at which it is compared.
        prediction: the optimum there.
        prototypes, classifier, logits: distances of the three matrices; the last two ``None`` without a classifier.
        measured, predicted: deviations of the prototypes from the synthesis rules.
    """

    layer: LastLayer
    penalties: Penalties
    prediction: Prediction
    prototypes: Distance
    classifier: Distance | None
    logits: Distance | None
    measured: Deviations
    predicted: Deviations

    @property
    def anisotropy(self) -> float | None:
        """``compare.anisotropy`` of the measured residuals; ``None`` without a classifier."""
        if self.layer.W is None:
            return None
        return anisotropy(self.layer.second_moment, float(self.penalties.lam), self.layer.loss.centered)

    @property
    def common_share(self) -> tuple[float, float]:
        """``compare.common_share`` of measured and predicted prototypes: offsets make sums alike that are not."""
        share = self.layer.pi.probabilities
        return common_share(self.layer.prototypes, share), common_share(self.prediction.H, share)


def measure(
    layer: LastLayer,
    lam: Fraction | None = None,
    lambda_H: Fraction | None = None,
    bias: AnyBias | Literal["fitted"] | None = None,
    progress: Progress | None = None,
) -> Measurement:
    r"""Measure a trained model and hold it against the optimum on its labels.

    Args:
        layer: the model.
        lam: :math:`\lambda=\lambda_W\lambda_H`; estimated from the stationarity of ``W`` and ``H`` if absent.
        lambda_H: its share of the features; if absent, estimated like ``lam`` or from the sizes of ``W`` and ``H``.
        bias: how the prediction treats the bias; by default free if the model has one that is not 0, and ``"fitted"``
            lets it decay with the penalty that explains it best, by least squares from claim E1.
        progress: called after every step of the solver with its number and the relative gap.

    Raises:
        InputError: prototypes that are all 0; a bias that is not 0 in a model without bias; penalties that cannot be
            estimated; a model without a minimiser.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 2), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> best = solve(pi, "pal", "1/10", "1/10")
        >>> rows = LabelRows(pi.labels, tuple(mask for mask, w in zip(pi.masks, pi.weights) for _ in range(w)))
        >>> found = measure(LastLayer.of(rows, "pal", np.repeat(best.H, pi.weights, axis=0), best.W))
        >>> print(round(float(found.penalties.lam), 6), found.prototypes.shape < 1e-12, found.prototypes.size < 1e-6)
        0.01 True True
    """
    if bias == "zero" and layer.b.any():
        raise InputError("the bias is to be zero, but array 'b' is not: leave bias=zero out, or array 'b'")
    chosen = estimated_decay(layer) if bias == "fitted" else bias or ("free" if layer.b.any() else "zero")
    if layer.W is None and lam is not None:
        prediction = predict(layer.pi, layer.loss, lam, chosen, progress)
        at = _penalties(layer, lam, _split(layer, prediction, lambda_H), chosen)
    else:
        at = penalties(layer, lam, lambda_H, chosen)
        prediction = predict(layer.pi, layer.loss, at.lam, chosen, progress)
    prediction = prediction.split(at.lambda_H)
    fitted = virtual_prototypes(layer.loss, prediction.W, prediction.solution.b, prediction.lambda_H)
    share, classifier, logits, virtual = layer.pi.probabilities, None, None, None
    if layer.W is not None:
        classifier = gram_distance(layer.W, prediction.W, np.full(layer.pi.K, 1 / layer.pi.K))
        logits = logit_distance(layer.prototypes @ layer.W.T, prediction.H @ prediction.W.T, share)
        virtual = virtual_prototypes(layer.loss, layer.W, layer.b, at.lambda_H)
    picked = (layer.loss.smoothing, chosen == "free") if layer.loss.centered and layer.loss.smoothing else None
    decays = layer.loss.quadratic and isinstance(chosen, Fraction)
    biases = (layer.b, prediction.solution.b) if decays else (None, None)
    return Measurement(
        layer,
        at,
        prediction,
        gram_distance(layer.prototypes, prediction.H, share),
        classifier,
        logits,
        deviations(layer.pi, layer.prototypes, virtual, picked, biases[0]),
        deviations(layer.pi, prediction.H, fitted, picked, biases[1]),
    )


def _split(layer: LastLayer, prediction: Prediction, lambda_H: Fraction | None) -> tuple[float, str]:
    """The split of a lambda that was given without a classifier, and how it was found."""
    if lambda_H is not None:
        return float(lambda_H), "as given"
    energy = float(layer.pi.probabilities @ (prediction.H**2).sum(axis=1))
    return energy / layer.energy or 1.0, "lambda as given, split so that the features have the predicted size"
