"""Exact numbers between Python's fractions and FLINT's, and vectors and matrices of them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from flint import fmpq, fmpq_mat, fmpz, fmpz_mat


def to_fmpq(x: Fraction) -> fmpq:
    """FLINT's number for a fraction.

    Example:
        >>> to_fmpq(Fraction(2, 6))
        1/3
    """
    return fmpq(x.numerator, x.denominator)


def to_fraction(x: fmpq) -> Fraction:
    """The fraction for FLINT's number.

    Example:
        >>> to_fraction(fmpq(2, 6))
        Fraction(1, 3)
    """
    return Fraction(int(x.p), int(x.q))


def matrix(rows: Iterable[Iterable[Fraction]]) -> fmpq_mat:
    """A rational matrix from its rows; at least one."""
    return fmpq_mat([[to_fmpq(x) for x in row] for row in rows])


def column(entries: Sequence[Fraction]) -> fmpq_mat:
    """A vector as a matrix of one column."""
    return fmpq_mat(len(entries), 1, [to_fmpq(x) for x in entries])


def exact_dot(u: Sequence[Fraction], v: Sequence[Fraction]) -> Fraction:
    r""":math:`\langle u,v\rangle` of rational vectors."""
    return to_fraction(sum((to_fmpq(a) * to_fmpq(b) for a, b in zip(u, v, strict=True)), fmpq()))


def second_moment(weights: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    r""":math:`\sum_Sw_Sr_Sr_S^\top` of rational rows, exactly.

    Example:
        >>> second_moment([Fraction(1, 2), Fraction(1, 2)], [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
        [1/2,   0]
        [  0, 1/2]
    """
    plain = [[to_fmpq(a) for a in row] for row in rows]
    weighted = [[w * a for a in row] for w, row in zip(map(to_fmpq, weights), plain, strict=True)]
    moment: fmpq_mat = fmpq_mat(plain).transpose() * fmpq_mat(weighted)
    return moment


def minus(scalar: fmpz | int, A: fmpz_mat) -> fmpz_mat:
    r""":math:`sI-A`, integers.

    Example:
        >>> minus(3, fmpz_mat([[1, 2], [2, 1]]))
        [ 2, -2]
        [-2,  2]
    """
    K = A.nrows()
    return fmpz_mat(K, K, [scalar if j == k else 0 for j in range(K) for k in range(K)]) - A


def multiple(n: int, scale: Fraction) -> fmpq_mat:
    """A multiple of the identity."""
    return fmpq_mat(n, n, [to_fmpq(scale) if i == j else fmpq(0) for i in range(n) for j in range(n)])


def number_above(A: fmpq_mat, bound: Fraction) -> int:
    """Number of eigenvalues of a symmetric rational matrix that exceed a rational number, exactly.

    All roots of the characteristic polynomial of ``A - bound`` are real, so Descartes' rule of signs counts the
    positive ones.

    Example:
        >>> A = fmpq_mat([[2, 1], [1, 2]])
        >>> number_above(A, Fraction(1)), number_above(A, Fraction(3))
        (1, 0)
    """
    signs = [c > 0 for c in (A - multiple(A.nrows(), bound)).charpoly().coeffs() if c != 0]
    return sum(a != b for a, b in pairwise(signs))
