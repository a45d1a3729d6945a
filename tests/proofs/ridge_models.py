"""The model of what E5 assumes: the squared loss with a bias that decays, at any classifier."""

from fractions import Fraction
from typing import Any

from tests.proofs.fuzz_kernel import Matrix
from tests.proofs.true_in_a_model import _column, _matrix, _times, _unit

__all__ = ["bias_of_ridge"]


def bias_of_ridge() -> tuple[list[Any], dict[str, Any], dict[str, list[Any]]]:
    """No label, three of four single labels, a pair and all: a classifier with rows (1, 0), (2, 0), (0, 3) and (1, 1)
    but for two more features, and the squared loss at lambda_H = 2 and lambda_b = 1/3, whose features and bias are the
    solutions of linear equations."""
    unit = _unit(4)
    sets = [(0,) * 4, *unit[:3], (1, 1, 0, 0), (1,) * 4]
    weights = [Fraction(n, 20) for n in (2, 7, 4, 3, 3, 1)]
    w = _matrix([(1, 0, 0, 0), (2, 0, 0, 0), (0, 3, 0, 0), (1, 1, 0, 0)])
    gram = _times(w, tuple(zip(*w, strict=True)))
    penalty, decay = Fraction(2), Fraction(1, 3)
    f = [sum((p * y[i] for p, y in zip(weights, sets, strict=True)), Fraction(0)) for i in range(4)]
    # (1 + lambda_b) b + lambda_b/lambda_H W W'b = f, and (lambda_H + W W') r = lambda_H (y - b), h = W'r/lambda_H
    b = _solved([[(1 + decay) * (i == j) + decay / penalty * gram[i][j] for j in range(4)] for i in range(4)], f)
    ridge = [[penalty * (i == j) + gram[i][j] for j in range(4)] for i in range(4)]

    def residual(y: Any) -> Matrix:
        return _column(_solved(ridge, [penalty * (x - c) for x, c in zip(y, b, strict=True)]))

    def features(r: Matrix) -> Matrix:
        return _column([x / penalty for (x,) in _times(tuple(zip(*w, strict=True)), r)])

    values: dict[str, Any] = {"W": w, "lambda_H": penalty, "lambda_b": decay, "b": _column(b), "beta": sum(b)}
    residuals = [residual(y) for y in sets]
    indexed: dict[str, list[Any]] = {"y": [_column(y) for y in sets], "m": [sum(y) for y in sets], "r": residuals}
    indexed |= {"h": list(map(features, residuals)), "h1": [features(residual(one)) for one in unit]}
    return weights, values | {"f": _column(f)}, indexed


def _solved(rows: Any, right: Any) -> list[Fraction]:
    """The solution of linear equations with a positive definite matrix, by elimination."""
    work = [[Fraction(x) for x in row] + [Fraction(c)] for row, c in zip(rows, right, strict=True)]
    for i, pivot in enumerate(work):
        pivot[:] = [x / pivot[i] for x in pivot]
        for j, row in enumerate(work):
            if j != i:
                row[:] = [x - row[i] * y for x, y in zip(row, pivot, strict=True)]
    return [row[-1] for row in work]
