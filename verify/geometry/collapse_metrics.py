r"""NC1 to NC4 of a trained last layer under the names, and by the definitions, that others report them with.

*Multi-class* metrics need one class per sample: here the samples with a single label (multiplicity 1). They are those
of the package ``neural-collapse`` (github.com/rhubarbwu/neural-collapse, ``measure.py``), by the names in its README,
and equinorm and equiangular of Papyan, Han and Donoho 2020. *Multi-label* ones are those of Li et al. 2024
(github.com/Heimine/NC_MLab, ``utility.py``): ``nc1``, ``nc2_h`` and ``nc3`` on multiplicity 1, ``nc2_w`` on the
classifier, and on multiplicity 2 the angle between the mean feature of a pair of labels and the sum of their own:
``angle_diff`` in degrees, and ``angle_metric``, over its mean for all pairs with all sums. Tag-wise averaging makes
both 0.

With :math:`\mu_k` the mean of the samples with label ``k`` alone, :math:`\mu` the mean of the :math:`\mu_k`, ``M`` the
matrix of :math:`\mu_k-\mu`, :math:`\Sigma_W` the covariance of samples around their :math:`\mu_k`, ``v`` its trace
class by class, and ``E`` the Gram matrix of a simplex ETF of Frobenius norm 1:

* NC1 *pinv* is :math:`\mathrm{tr}(\Sigma_W(M^\top M/D)^+)/K`, *ratio*
  :math:`\mathrm{tr}\Sigma_W/\mathrm{tr}(M^\top M/D)`, with ``D`` features in place of the ``K`` of most papers, and
  *cdnv* the mean over pairs of :math:`(v_j+v_k)/2\|\mu_j-\mu_k\|^2`. NC_MLab divides by ``K``, and its :math:`\mu` is
  the sum of the features of multiplicity 1 over the number of *all* samples.
* NC2 *simplex ETF error* is :math:`\|MM^\top/\|MM^\top\|_F-E\|_F`; NC_MLab's ``nc2_h`` does not center. *Equinorm* is
  the coefficient of variation of the norms of rows of ``M``, *equiangular* the mean of :math:`|\cos+1/(K-1)|`.
* NC3 is :math:`\|WM^\top/\|WM^\top\|_F-E\|_F`, and NC4 the share of samples of multiplicity 1 for which the nearest
  :math:`\mu_k` is that of the largest entry of :math:`Wh`, bias left out.

The scatter of *all* label sets is ``LastLayer.variability``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from verify.geometry.measure import LastLayer
from verify.labels.masks import members
from verify.model.losses import Array

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class CollapseMetrics:
    """The metrics by name; ``None`` for what cannot be measured.

    Attributes:
        classes: the labels that some sample has alone, on which all are.
        multi_class: on multiplicity 1, as the package ``neural-collapse`` names them.
        multi_label: as NC_MLab names them.
    """

    classes: tuple[str, ...]
    multi_class: Mapping[str, float | None]
    multi_label: Mapping[str, float | None]


def collapse_metrics(layer: LastLayer) -> CollapseMetrics:
    """The metrics of a last layer, on the labels that some sample has alone.

    Example:
        >>> from verify.labels.readers import LabelRows
        >>> E = np.eye(3) - 1 / 3
        >>> rows = LabelRows(("a", "b", "c"), (1, 2, 4, 3, 1))
        >>> found = collapse_metrics(LastLayer.of(rows, "pal", [*E, E[0] + E[1], E[0]], E))
        >>> {name: round(x, 6) for name, x in found.multi_class.items() if x > 1e-12}
        {'nc4_agreement': 1.0}
        >>> round(found.multi_label["angle_diff"], 3), round(found.multi_label["nc2_w"], 6)
        (0.0, 0.0)
    """
    pi = layer.pi
    alone = {members(mask)[0]: S for S, mask in enumerate(pi.masks) if mask.bit_count() == 1}
    classes = sorted(alone)
    names = tuple(pi.labels[k] for k in classes)
    position = {alone[k]: i for i, k in enumerate(classes)}
    single = np.array([S in position for S in layer.sets], dtype=bool)
    means = layer.prototypes[[alone[k] for k in classes]]
    if len(classes) < 2:
        return CollapseMetrics(names, dict.fromkeys(_MULTI_CLASS), dict.fromkeys(_MULTI_LABEL))
    of = np.array([position[S] for S in layer.sets[single].tolist()])
    H, W = layer.H[single], None if layer.W is None else layer.W[classes]
    rest, M = H - means[of], means - means.mean(axis=0)
    spread = np.bincount(of, (rest**2).sum(axis=1)) / np.bincount(of)
    norms = np.linalg.norm(M, axis=1)
    pair = np.triu_indices(len(classes), 1)
    apart = ((means[pair[0]] - means[pair[1]]) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = (M @ M.T)[pair] / (norms[pair[0]] * norms[pair[1]])
        values = (
            _pinv(rest, M, M.shape[1]),
            (rest**2).sum() / len(H) / ((M**2).sum() / M.shape[1]),
            ((spread[pair[0]] + spread[pair[1]]) / 2 / apart).mean(),
            _etf_error(M @ M.T),
            norms.std(ddof=1) / norms.mean(),
            np.abs(cosines + 1 / (len(classes) - 1)).mean(),
            None if W is None else _etf_error(W @ M.T),
            None if W is None else _agreement(H, means, W),
        )
        offset = means - H.sum(axis=0) / (len(layer.H) + layer.left_out)
        multi_label = (
            _pinv(rest, offset, len(classes)),
            None if W is None else _etf_error(W @ W.T),
            _etf_error(means @ means.T),
            None if W is None else _etf_error(W @ offset.T),
            *_angles(layer, {k: means[i] for i, k in enumerate(classes)}),
        )
    return CollapseMetrics(
        names,
        {name: _finite(x) for name, x in zip(_MULTI_CLASS, values, strict=True)},
        {name: _finite(x) for name, x in zip(_MULTI_LABEL, multi_label, strict=True)},
    )


_MULTI_CLASS = (
    "nc1_variability_pinv",
    "nc1_variability_ratio",
    "nc1_variability_cdnv",
    "nc2_simplex_etf_error",
    "nc2_equinorm",
    "nc2_equiangular",
    "nc3_self_duality",
    "nc4_agreement",
)
_MULTI_LABEL = ("nc1", "nc2_w", "nc2_h", "nc3", "angle_diff", "angle_metric")


def _finite(x: float | None) -> float | None:
    return float(x) if x is not None and np.isfinite(x) else None


def _pinv(rest: Array, between: Array, per: int) -> float:
    """The trace of the within covariance times the pseudo-inverse of ``between' between / per``, over the classes, with
    the cut-off of NumPy's, SciPy's and PyTorch's, and without a matrix of features x features."""
    _, s, V = np.linalg.svd(between, full_matrices=False)
    kept = s**2 > rest.shape[1] * EPS * s[0] ** 2
    return float(per * (((rest @ V[kept].T) / s[kept]) ** 2).sum() / len(rest) / len(between))


def _etf_error(gram: Array) -> float:
    K = len(gram)
    return float(np.linalg.norm(gram / np.linalg.norm(gram) - (np.eye(K) - 1 / K) / np.sqrt(K - 1)))


def _agreement(H: Array, means: Array, W: Array) -> float:
    distance = (means**2).sum(axis=1) - 2 * H @ means.T
    return float((distance.argmin(axis=1) == (H @ W.T).argmax(axis=1)).mean())


def _angles(layer: LastLayer, means: Mapping[int, Array]) -> tuple[float | None, float | None]:
    """Mean angle in degrees between the means of pairs and the sums of their labels', and over that of any two."""
    pi = layer.pi
    pairs = {mask: _unit(layer.prototypes[S]) for S, mask in enumerate(pi.masks) if mask.bit_count() == 2}
    sums = {1 << j | 1 << k: _unit(means[j] + means[k]) for j, k in combinations(means, 2)}
    both = [mask for mask in pairs if mask in sums]
    if not both:
        return None, None
    own = np.mean([_degrees(float(pairs[mask] @ sums[mask])) for mask in both])
    any_two = np.mean([_degrees(float(pairs[mask] @ s)) for mask in both for s in sums.values()])
    return float(own), float(own / any_two)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.linalg.norm(v))


def _degrees(cosine: float) -> float:
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
