"""Models of what is assumed of signs: label distributions whose second moments are known."""

from fractions import Fraction
from typing import Any

from proofs.chapters.terminal_phase.known_spectra_chains import KINDS_AND_SETS
from tests.proofs.true_in_a_model import HALF, _column, _matrix, _moment, _spectral, _times, _unit

__all__ = ["CORRECTED_PAIRS", "NINE_LABELS", "THREE_LABELS", "TWO_PAIRS_AND_ONE", "UNEQUAL_PAIRS"]

P = _spectral(1, 1, 1)
PAIRS = [(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)]


def _unequal_pairs() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """All pairs of four labels, so likely that their centered second moment has a rational root."""
    roots = Fraction(1, 3), Fraction(2, 3), Fraction(2, 3)
    values: dict[str, Any] = {"Root": _spectral(*roots), "Q": _spectral(*(1 / r for r in roots)), "Pi": P}
    values |= {f"a{k + 1}": _column(one) for k, one in enumerate(_unit(4))}
    weights = [r * r / 2 for r in roots for _ in range(2)]
    values["M"], values["Sigma"] = _moment(weights, PAIRS), _spectral(*(r * r for r in roots))
    return weights, values | {"P": P}, {"y": [_column(y) for y in PAIRS], "m": [2] * 6}


def _corrected_pairs() -> Any:
    """The same with corrected columns, longer for a pair than for its complement: 7^2 and 1^2 have the mean 5^2."""
    weights, values, indexed = _unequal_pairs()
    roots = [Fraction(1, 3), Fraction(2, 3), Fraction(2, 3)]
    factors = [scale * n for scale in (Fraction(1, 5), Fraction(1, 4), Fraction(3, 20)) for n in (7, 1)]
    centered = [[x - HALF for x in y] for y in PAIRS]
    columns = [tuple(factor * x for x in y) for factor, y in zip(factors, centered, strict=True)]
    moved = [r * 5 * b for r, b in zip(roots, factors[1::2], strict=True)]
    slopes = [r * (4 * b - 1) for r, b in zip(roots, factors[1::2], strict=True)]
    values |= {"Root2": values["Root"], "Q2": values["Q"], "Root": _spectral(*moved), "N": _spectral(*slopes)}
    values |= {"tau": 1, "s": min(moved), "s2": min(r + n for r, n in zip(roots, slopes, strict=True))}
    indexed["ell"] = [
        _column([x - c for x, c in zip(a, y, strict=True)]) for a, y in zip(columns, centered, strict=True)
    ]
    return (weights, values, indexed), columns, _spectral(*(1 / r for r in moved)), columns


def _nine_labels() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The forty-three label sets of T3b, the first of them with probability 1/40."""
    mass, rows = Fraction(1, 40), range(9)
    weights = [(mass, 12 * mass / 30, (1 - 13 * mass) / 12)[kind] for kind, _ in KINDS_AND_SETS]
    sets = [[int(k in one) for k in rows] for _, one in KINDS_AND_SETS]
    moment = _moment(weights, sets)
    center = _matrix([[(i == j) - Fraction(1, 9) for j in rows] for i in rows])
    values = {"M": moment, "P": center, "Sigma": _times(_times(center, moment), center), "omega": mass}
    values |= {"F": _matrix([[i == j for j in range(6)] for i in rows]), "o": _column([i == 6 for i in rows])}
    return weights, values, {"y": [_column(y) for y in sets], "m": [6] * len(sets)}


def _two_pairs_and_one() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """The label sets of T4."""
    weights, sets = [Fraction(n, 5) for n in (1, 1, 3)], [(1, 1, 0, 0), (1, 0, 1, 0), (0, 0, 0, 1)]
    moment = _moment(weights, sets)
    values: dict[str, Any] = {"M": moment, "P": P, "Sigma": _times(_times(P, moment), P)}
    values |= {f"a{k + 1}": _column(one) for k, one in enumerate(_unit(4))}
    return weights, values, {"y": [_column(y) for y in sets], "m": [2, 2, 1]}


def _three_labels() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """Three labels with d = 71/78, 5/78 and 2/78, for which delta is 1/6 and the trace of the root 1."""
    weights, sets = [Fraction(n, 78) for n in (70, 1, 5, 2)], [(1, 0, 0), (0, 1, 1), (0, 1, 0), (1, 1, 0)]
    rows, moment = range(3), _moment(weights, sets)
    center = _matrix([[(i == j) - Fraction(1, 3) for j in rows] for i in rows])
    values: dict[str, Any] = {"M": moment, "P": center, "Sigma": _times(_times(center, moment), center), "t": 1}
    values |= {f"a{k + 1}": _column([i == k for i in rows]) for k in rows} | {"delta": Fraction(1, 6)}
    values |= {f"d{k + 1}": Fraction(n, 78) for k, n in enumerate((71, 5, 2))}
    single = [_column([i == k for i in rows]) for k in (0, 0, 1, 2)]
    return weights, values, {"y": [_column(y) for y in sets], "m": [1, 2, 1, 2], "single": single}


UNEQUAL_PAIRS = _unequal_pairs()
CORRECTED_PAIRS = _corrected_pairs()
NINE_LABELS = _nine_labels()
TWO_PAIRS_AND_ONE = _two_pairs_and_one()
THREE_LABELS = _three_labels()
