"""Metrics under the field's names equal a plain implementation of their definitions, matrices of features and all."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from verify.geometry.collapse_metrics import collapse_metrics
from verify.geometry.measure import LastLayer
from verify.labels.readers import LabelRows

K, D = 4, 7


def etf_error(gram: Any) -> Any:
    K = len(gram)
    ideal = (np.eye(K) - np.ones((K, K)) / K) / np.sqrt(K - 1)
    return np.linalg.norm(gram / np.linalg.norm(gram) - ideal)


def of_the_package(X: Any, y: Any, W: Any) -> dict[str, Any]:
    """By the formulas of ``neural_collapse.measure`` and of Papyan et al., class by class and pair by pair."""
    N, M = len(X), np.array([X[y == k].mean(0) for k in range(K)])
    intra = sum(np.outer(x - M[k], x - M[k]) for x, k in zip(X, y, strict=True)) / N
    C = M - M.mean(0)
    inter = C.T @ C / D
    var = [((X[y == k] - M[k]) ** 2).sum(1).mean() for k in range(K)]
    norms = [np.linalg.norm(c) for c in C]
    pairs = list(combinations(range(K), 2))
    cosines = [C[j] @ C[k] / norms[j] / norms[k] for j, k in pairs]
    nearest = [np.argmin([np.linalg.norm(x - m) for m in M]) for x in X]
    return {
        "nc1_variability_pinv": np.trace(np.linalg.pinv(inter) @ intra) / K,
        "nc1_variability_ratio": np.trace(intra) / np.trace(inter),
        "nc1_variability_cdnv": np.mean([(var[j] + var[k]) / 2 / ((M[j] - M[k]) ** 2).sum() for j, k in pairs]),
        "nc2_simplex_etf_error": etf_error(C @ C.T),
        "nc2_equinorm": np.std(norms, ddof=1) / np.mean(norms),
        "nc2_equiangular": np.mean([abs(c + 1 / (K - 1)) for c in cosines]),
        "nc3_self_duality": etf_error(W @ C.T),
        "nc4_agreement": np.mean([np.argmax(W @ x) == k for x, k in zip(X, nearest, strict=True)]),
    }


def of_nc_mlab(H: Any, sets: list[frozenset[int]], W: Any) -> dict[str, Any]:
    """By the formulas of NC_MLab's ``utility.py``, whose global mean divides by the number of all samples."""
    one = {k: np.array([h for h, S in zip(H, sets, strict=True) if {k} == S]) for k in range(K)}
    two = {S: np.mean([h for h, T in zip(H, sets, strict=True) if T == S], axis=0) for S in set(sets) if len(S) == 2}
    M = np.array([one[k].mean(0) for k in range(K)])
    middle = sum(one[k].sum(0) for k in range(K)) / len(H)
    within = sum(np.outer(h - M[k], h - M[k]) for k in range(K) for h in one[k]) / sum(map(len, one.values()))
    between = sum(np.outer(m - middle, m - middle) for m in M) / K

    def angle(u: Any, v: Any) -> Any:
        return np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))

    own = np.mean([angle(M[list(S)].sum(0), mean) for S, mean in two.items()])
    every = np.mean([angle(M[j] + M[k], mean) for j, k in combinations(range(K), 2) for mean in two.values()])
    return {
        "nc1": np.trace(within @ np.linalg.pinv(between)) / K,
        "nc2_w": etf_error(W @ W.T),
        "nc2_h": etf_error(M @ M.T),
        "nc3": etf_error(W @ (M - middle).T),
        "angle_diff": own,
        "angle_metric": own / every,
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loss", ["pal", "mse"])
def test_metrics_are_those_of_the_definitions(seed: int, loss: str) -> None:
    rng = np.random.default_rng(seed)
    pool = [frozenset(S) for m in (1, 2, 3) for S in combinations(range(K), m)] + [frozenset()]
    sets = [*pool, *(pool[i] for i in rng.integers(0, len(pool), 60)), *pool[:K]]
    H, W = rng.normal(size=(len(sets), D)), rng.normal(size=(K, D))
    H += np.array([sum((3 * np.eye(D)[k] for k in S), np.zeros(D)) for S in sets])
    rows = LabelRows(tuple("abcd"), tuple(sum(1 << k for k in S) for S in sets))
    found = collapse_metrics(LastLayer.of(rows, loss, H, W))
    single = np.array([len(S) == 1 for S in sets])
    y = np.array([min(S) for S in sets if len(S) == 1])
    for mine, theirs in (
        (found.multi_class, of_the_package(H[single], y, W)),
        (found.multi_label, of_nc_mlab(H, sets, W)),
    ):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    bent = collapse_metrics(LastLayer.of(rows, loss, H * np.linspace(1, 2, D), W))
    assert all(bent.multi_class[name] != found.multi_class[name] for name in ("nc1_variability_cdnv", "nc2_equinorm"))


def test_what_cannot_be_measured_is_none() -> None:
    rows = LabelRows(tuple("abc"), (1, 3, 6, 1))
    nothing = collapse_metrics(LastLayer.of(rows, "pal", np.eye(4)))
    assert nothing.classes == ("a",)
    assert set(nothing.multi_class.values()) == set(nothing.multi_label.values()) == {None}
    rows = LabelRows(tuple("abc"), (1, 2, 6, 1))
    some = collapse_metrics(LastLayer.of(rows, "pal", np.eye(4)))
    assert some.classes == ("a", "b")
    assert some.multi_class["nc3_self_duality"] is some.multi_label["angle_diff"] is None
    assert some.multi_class["nc1_variability_ratio"] is not None
