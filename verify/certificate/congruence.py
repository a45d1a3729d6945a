r"""Guesses at congruences that make a symmetric integer matrix nearly diagonal: found in float64, believed by nobody.

A guess is an integer matrix T. Whoever uses it computes :math:`TMT^\top` exactly and looks whether the diagonal
dominates; if so, it has proved the signs of eigenvalues, however T was found. NumPy finds T from the eigenvectors, in
several rounds if need be; where eigenvalues are too far apart for float64, elimination in fixed point does.
"""

from types import SimpleNamespace
from typing import Final

import numpy as np
from flint import fmpz, fmpz_mat
from numpy.typing import NDArray

from verify.certificate import checker
from verify.labels.errors import InputError

FEW: Final = 16
"""Up to so many labels no congruence is needed: a characteristic polynomial takes milliseconds."""

ROUNDS = 3  # of float64; each resolves eigenvalues 1e-16 times as large as the one before
GUESSES = 128, 512  # bits with which to eliminate in fixed point, one after the other
BITS = 30  # after the binary point, of a guess
SHORT = 1000  # bits that fit into a float64 before it overflows
PATIENCE = 10**6  # times the limits of the checker


def congruence(matrix: fmpz_mat) -> tuple[tuple[int, ...], ...] | None:
    """Rows that prove how many eigenvalues are positive; ``None`` if no guess does.

    Example:
        >>> len(congruence(fmpz_mat([[2, 1], [1, 0]])))
        1
    """
    found = _diagonalizer(matrix)
    if found is None:
        return None
    T, positive = found
    return tuple(tuple(int(a) for a in row) for row, sign in zip(T.tolist(), positive, strict=True) if sign)


def signature(matrix: fmpz_mat) -> tuple[int, int]:
    """How many eigenvalues of a symmetric integer matrix are positive, and how many negative; exactly.

    Raises:
        InputError: singular, or too close to it, and too large for the characteristic polynomial.

    Example:
        >>> signature(fmpz_mat([[2, 1, 0], [1, 0, 0], [0, 0, 0]]))
        (1, 1)
    """
    K = matrix.nrows()
    found = _diagonalizer(matrix) if K > FEW else None
    if found is not None:
        return sum(found[1]), K - sum(found[1])
    try:
        return checker.signs(matrix, "", SimpleNamespace(K=K, congruences={}, factor=PATIENCE))  # type: ignore[arg-type]
    except checker.RejectedError:
        raise InputError(f"a singular matrix of {K} labels is too large to decide; take fewer labels") from None


def _diagonalizer(matrix: fmpz_mat) -> tuple[fmpz_mat, list[bool]] | None:
    """A regular T with T M T' dominated by its diagonal, and where that is positive; ``None`` if none is found."""
    turned, T = matrix, None
    for _ in range(ROUNDS):
        turn = _eigenvectors(turned)
        if turn is None:
            break
        T = turn if T is None else turn * T
        turned = T * matrix * T.transpose()
        positive = _signs(turned)
        if positive is not None:
            return T, positive
    for bits in GUESSES:
        guess = _eliminated(matrix, bits)
        if guess is not None:
            positive = _signs(guess * matrix * guess.transpose())
            if positive is not None:
                return guess, positive
    return None


def _signs(matrix: fmpz_mat) -> list[bool] | None:
    rows = matrix.tolist()
    dominant = all(2 * abs(row[k]) > sum(map(abs, row)) for k, row in enumerate(rows))
    return [bool(row[k] > 0) for k, row in enumerate(rows)] if dominant else None


def _eigenvectors(matrix: fmpz_mat) -> fmpz_mat | None:
    """Eigenvectors of a matrix, to 30 bits and scaled so that the diagonal becomes 1 or -1."""
    K, scaled = matrix.nrows(), _floats(matrix)
    size = np.sqrt(np.abs(scaled.diagonal()))
    if K == 0 or not size.min() > 0:
        size = np.ones(K)
    try:
        values, vectors = np.linalg.eigh(scaled / size / size[:, None])
    except np.linalg.LinAlgError:
        return None
    if not np.all(np.abs(values) > 0):
        return None
    turn = vectors.T / np.sqrt(np.abs(values))[:, None] / size
    least = np.abs(turn).max(axis=1).min() if K else 1.0
    with np.errstate(over="ignore"):
        units = np.rint(turn / least * 2.0**BITS)
    if not np.all(np.isfinite(units)):
        return None
    return fmpz_mat(K, K, [int(a) for a in units.ravel().tolist()])


def _floats(matrix: fmpz_mat) -> NDArray[np.float64]:
    """The entries over the largest, each to 53 bits."""
    K, entries = matrix.nrows(), [int(a) for a in matrix.entries()]
    shift = max(0, max((abs(a).bit_length() for a in entries), default=0) - SHORT)
    values = np.array([float(a >> shift) for a in entries]).reshape(K, K)
    return values / max(1.0, float(np.abs(values).max(initial=1.0)))


def _eliminated(matrix: fmpz_mat, bits: int) -> fmpz_mat | None:
    """Elimination in fixed point, M beside the identity."""
    K, one, largest = matrix.nrows(), 1 << bits, max((abs(int(a)) for a in matrix.entries()), default=1) or 1
    T, rest = list[list[int]](), [[int(a) * one // largest for a in row] for row in matrix.tolist()]
    while rest:  # columns of what is left of M, then columns of T
        (d, *pivot), *rest = rest
        size = [max(map(abs, part), default=0) for part in (pivot[: len(rest)], pivot[len(rest) :])]
        if size[0] >> bits // 4 >= abs(d) or size[1] >> 4 * bits:
            return None  # nothing but rounding, or a matrix that wants other pivots, or more bits
        pivot.append(one)
        root = int(fmpz((one << 2 * bits) // abs(d)).isqrt())
        T.append([a * root >> bits for a in pivot[len(rest) :]] + [0] * len(rest))
        factors = [(row[0] << bits) // d for row in rest]
        rest = [
            [a - (f * b >> bits) for a, b in zip([*row[1:], 0], pivot, strict=True)]
            for f, row in zip(factors, rest, strict=True)
        ]
    return fmpz_mat(K, K, [a for row in T for a in row])
