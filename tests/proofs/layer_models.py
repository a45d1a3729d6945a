"""A model of what is assumed of complete layers: four single labels and all pairs of them."""

from fractions import Fraction
from typing import Any

from tests.proofs.true_in_a_model import _column, _matrix, _spectral, _times, _unit

__all__ = ["LAYERS"]

PAIRS = [(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)]


def _layers() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Scalars 1/200 and 9/10 of it, and W = P; the logarithms of predictions are simply given."""
    scale, alpha, sets, rows = Fraction(1, 200), Fraction(9, 10), [*_unit(4), *PAIRS], range(4)
    center, sizes = _spectral(1, 1, 1), [sum(one) for one in [*_unit(4), *PAIRS]]
    factors = [scale if m == 1 else scale * alpha for m in sizes]
    shares = [_times(center, _column(one)) for one in sets]
    residuals = [_column([c * x for (x,) in one]) for c, one in zip(factors, shares, strict=True)]
    probabilities = [
        _column([(x - r) / m for x, (r,) in zip(one, rest, strict=True)])
        for one, rest, m in zip(sets, residuals, sizes, strict=True)
    ]
    scaled = _spectral(scale, scale, scale)
    penalty = scale**2 * (Fraction(1, 10) + alpha**2 / 5)
    values: dict[str, Any] = {
        "P": center,
        "W": center,
        "V": scaled,
        "G": scaled,
        "N": _matrix([[(i == j) - scaled[i][j] for j in rows] for i in rows]),
        "lambda": penalty,
        "lambda_W": penalty,
        "lambda_H": 1,
        "alpha": alpha,
        "size": 2,
        **dict.fromkeys(("least", "most"), scale / 4),
    }
    indexed: dict[str, list[Any]] = {"y": [_column(one) for one in sets], "m": sizes, "r": residuals, "h": residuals}
    indexed |= {"prob": probabilities, "logs": residuals, "one": [int(m == 1) for m in sizes]}
    return [Fraction(1, 10)] * 10, values, indexed | {"level": [0] * 10, "level1": [0] * 4}


LAYERS = _layers()
