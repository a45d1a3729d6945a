r"""Vectors and matrices of balls: what checks, experiments and geometry all need of them.

Matrices are ``flint.arb_mat``, vectors are lists of balls. The precision is that of ``flint.ctx``.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from verify.exact.balls import Ball, Balls, ball, dot, root

Array = NDArray[np.float64]


def zeros(count: int) -> list[Ball]:
    """So many zeros."""
    return [arb(0)] * count


def identity(K: int) -> Any:
    """The identity matrix."""
    return arb_mat([[int(j == k) for k in range(K)] for j in range(K)])


def diagonal(entries: Sequence[Fraction | Ball]) -> Any:
    """The matrix with these numbers on its diagonal."""
    n = len(entries)
    return arb_mat([[ball(entries[i]) if i == j else 0 for j in range(n)] for i in range(n)])


def projection(K: int) -> Any:
    r"""The class centering :math:`P=I-\frac1K11^\top`.

    Example:
        >>> from flint import fmpq_mat
        >>> projection(2) - arb_mat([[1, -1], [-1, 1]]) / 2
        [0, 0]
        [0, 0]
    """
    return arb_mat([[ball(Fraction(K * (j == k) - 1, K)) for k in range(K)] for j in range(K)])


def ball_rows(rows: Iterable[Iterable[Fraction]]) -> Any:
    """A rational matrix in balls."""
    return arb_mat([[ball(x) for x in row] for row in rows])


def from_floats(array: Array) -> Any:
    """The same numbers, ``(m, n)``."""
    return arb_mat(array.shape[0], array.shape[1], [arb(entry) for entry in array.ravel().tolist()])


def floats(A: Any) -> Array:
    """The nearest floats, relative to each entry.

    Example:
        >>> floats(from_floats(np.array([[1e-300, 0.1]]))).tolist()
        [[1e-300, 0.1]]
    """
    return np.array([float(entry) for entry in A.entries()], dtype=np.float64).reshape(A.nrows(), A.ncols())


def columns_centered(A: Any) -> Any:
    """The columns less their means, midpoints."""
    K = A.nrows()
    means = (arb_mat(1, K, [1] * K) * A / K).mid()
    return (A - arb_mat(K, 1, [1] * K) * means).mid()


def applied(A: Any, x: Balls) -> list[Ball]:
    """The product of a matrix and a vector.

    Example:
        >>> applied(arb_mat([[1, 2], [3, 4]]), [arb(1), arb(1)])
        [3.00000000000000, 7.00000000000000]
    """
    return [a for (a,) in (A * arb_mat([[a] for a in x])).tolist()]


def scaled_rows(rows: Any, weights: Sequence[Fraction | Ball]) -> Any:
    """Every row of a matrix times its weight."""
    return arb_mat([[ball(w) * a for a in row] for w, row in zip(weights, rows.tolist(), strict=True)])


def outer(r: Any, weights: Sequence[Fraction], s: Any) -> Any:
    r""":math:`\sum_Sw_S\,r_Ss_S^\top` for rows of ``r`` and ``s``."""
    return r.transpose() * scaled_rows(s, weights)


def frobenius(A: Any) -> Ball:
    r""":math:`\|A\|_F`."""
    return root(dot(A.entries(), A.entries()))


def spectral_norm(A: Any) -> Ball:
    r"""Enclosure of :math:`\|A\|_2` of a symmetric matrix of balls, from a float64 eigenbasis that is not trusted.

    Below, a Rayleigh quotient; above, with :math:`A\approx V\mathrm{diag}(s)V^\top`,
    :math:`\max|s|\,\|V^\top V\|_2+\|A-V\mathrm{diag}(s)V^\top\|_F`.

    Example:
        >>> norm = spectral_norm(arb_mat([[0, 2], [2, 3]]))
        >>> norm.contains(4), norm.rad() < 1e-12
        (True, True)
    """
    values, vectors = np.linalg.eigh(np.array([[float(x.mid()) for x in row] for row in A.tolist()]))
    top = int(np.argmax(np.abs(values)))
    V = arb_mat([[arb(c) for c in row] for row in vectors.tolist()])
    x = arb_mat([[V[i, top]] for i in range(V.nrows())])
    least = abs((x.transpose() * A * x)[0, 0] / (x.transpose() * x)[0, 0])
    spread = V * diagonal([arb(x) for x in values.tolist()])
    unit = V.transpose() * V - identity(len(values))
    most = arb(float(abs(values[top]))) * (1 + frobenius(unit)) + frobenius(A - spread * V.transpose())
    return least.lower().union(most.upper())
