r"""Square roots of symmetric positive definite matrices of balls, and their inverses.

A float64 eigenbasis is improved by Newton steps in long arithmetic, none of it trusted: what is returned are balls
around the result, whose radius is bounded from its residual. The bound is that of claim T5: if ``X`` and ``R`` are
positive definite, :math:`X^2-R^2=X(X-R)+(X-R)R` is a Sylvester equation, so that
:math:`\|X-R\|\le\|X^2-R^2\|/(\lambda_{\min}(X)+\lambda_{\min}(R))`.

Cost: a few dozen products of ``K x K`` matrices of balls.
"""

from collections.abc import Iterator
from typing import Any

import flint
import numpy as np
from flint import arb, arb_mat

from verify.exact.balls import Ball
from verify.exact.matrices import diagonal, frobenius, identity
from verify.labels.errors import UnenclosedError

STEP_BITS = 64
"""Precision of a Newton step: a float64 eigenbasis has no more digits."""


def inverse_square_root(B: Any) -> Any:
    r"""Enclosure of :math:`B^{-1/2}` for every symmetric positive definite matrix in a matrix of balls.

    An approximation ``Y`` that is symmetric and positive definite and has :math:`E=I-YBY` small is near the root:
    :math:`Y^2-B^{-1}=-YE(I-E)^{-1}Y`, and the Sylvester equation (claim T5) divides by
    :math:`\lambda_{\min}(B^{-1/2})\ge\|B\|^{-1/2}`, so that
    :math:`\|Y-B^{-1/2}\|_2\le\|Y\|^2\|E\|\,\|B\|^{1/2}/(1-\|E\|)` in Frobenius norms.

    Args:
        B: symmetric, shape ``(K, K)``; the precision is that of ``flint.ctx``.

    Raises:
        UnenclosedError: no approximation at this precision has a residual below 1.

    Example:
        >>> from flint import fmpq
        >>> root = inverse_square_root(arb_mat([[4, 0], [0, 9]]))
        >>> root[0, 0].contains(fmpq(1, 2)), root[1, 1].overlaps(arb(1) / 3), root[0, 1].contains(0)
        (True, True, True)
    """
    for Y, off in _approximations(B):
        size = frobenius(Y)
        return _around(Y, size * size * off * frobenius(B).sqrt() / (1 - off))
    raise UnenclosedError(f"no inverse root of a {B.nrows()} x {B.nrows()} matrix at {flint.ctx.prec} bits")


def square_root(B: Any) -> Any:
    r"""Enclosure of :math:`B^{1/2}` for every symmetric positive definite matrix in a matrix of balls.

    With ``Y`` as in :func:`inverse_square_root`, let ``X`` be symmetric and :math:`F=I-XY` below 1. Then ``X`` is
    positive definite, for :math:`XY` has the eigenvalues of :math:`Y^{1/2}XY^{1/2}`, and
    :math:`\|X^{-1}\|\le\|Y\|/(1-\|F\|)`. So the root is within
    :math:`\|X^{-1}\|\,\|X^2-B\|` of ``X`` (claim T5).

    Args:
        B: symmetric, shape ``(K, K)``; the precision is that of ``flint.ctx``.

    Raises:
        UnenclosedError: no approximation at this precision has residuals below 1.

    Example:
        >>> from flint import fmpz_mat
        >>> X = square_root(arb_mat([[5, 4], [4, 5]]))
        >>> X.contains(fmpz_mat([[2, 1], [1, 2]])), X[0, 0].rad() < 1e-12
        (True, True)
    """
    for Y, _ in _approximations(B):
        X = _symmetric(B.mid() * Y)
        off = frobenius(identity(X.nrows()) - X * Y).upper()
        if off < 1:
            return _around(X, frobenius(Y) / (1 - off) * frobenius(X * X - B))
    raise UnenclosedError(f"no root of a {B.nrows()} x {B.nrows()} matrix at {flint.ctx.prec} bits")


def _around(A: Any, radius: Ball) -> Any:
    around = arb(0).union(radius.upper()).union(-radius.upper())
    return arb_mat([[x + around for x in row] for row in A.tolist()])


# ---------------------------------------------------------------------- approximations, and what proves them


def _approximations(B: Any) -> Iterator[tuple[Any, Ball]]:
    r"""Symmetric ``Y`` near :math:`B^{-1/2}` with a bound on :math:`\|I-YBY\|` below 1, ever more expensive ones.

    That ``Y`` is positive definite is shown by a congruence: some :math:`U^\top YU` is within less than 1 of the
    identity. So ``B`` is, too.
    """
    if not all(x.is_finite() for x in B.entries()):
        return
    centre = B.mid()
    for eigenbasis in (_eigenbasis_float, _eigenbasis_long):
        basis = eigenbasis(centre)
        if basis is None:
            continue
        Y = _refined(centre, basis)
        off = frobenius(identity(Y.nrows()) - Y * B * Y).upper()
        if off < 1 and _distance_from_identity(basis, Y) < 1:
            yield Y, off


Basis = tuple[Any, list[Ball]]
"""Columns that are nearly orthonormal eigenvectors, and the square roots of their eigenvalues."""


def _eigenbasis_float(B: Any) -> Basis | None:
    values, vectors = np.linalg.eigh(np.array([[float(x) for x in row] for row in B.tolist()]))
    if not (np.isfinite(values).all() and values[0] > 0):
        return None
    return arb_mat([[arb(x) for x in row] for row in vectors.tolist()]), [arb(x).sqrt().mid() for x in values.tolist()]


def _eigenbasis_long(B: Any) -> Basis | None:
    """The same at the working precision, for matrices whose condition number float64 cannot hold."""
    import mpmath  # noqa: PLC0415 - slow to import, and seldom needed

    def in_mpmath(x: Ball) -> Any:
        man, exp = x.man_exp()
        return mpmath.ldexp(mpmath.mpf(int(man)), int(exp))

    with mpmath.workprec(flint.ctx.prec):
        values, vectors = mpmath.eigsy(mpmath.matrix([[in_mpmath(x) for x in row] for row in B.tolist()]))
        if min(values) <= 0:
            return None
        V = arb_mat([[_from_mpf(x) for x in row] for row in vectors.tolist()])
        return V, [_from_mpf(x).sqrt().mid() for x in values]


def _from_mpf(x: Any) -> Ball:
    sign, man, exp, _ = x._mpf_
    return arb((-int(man) if sign else int(man), int(exp)))


def _refined(B: Any, basis: Basis) -> Any:
    """Newton's method for ``YBY = I``, each step solved in the approximate eigenbasis, while the residual halves."""
    V, s = basis
    Y, turned, last = _symmetric(V * diagonal([1 / x for x in s]) * V.transpose()), V.transpose(), arb("inf")
    while True:
        residual = (identity(len(s)) - Y * B * Y).mid()
        size = frobenius(residual)
        if not size < last / 2:
            return Y
        last = size
        with flint.ctx.workprec(STEP_BITS):
            rows = zip((turned * residual * V).tolist(), s, strict=True)
            step = V * arb_mat([[x / (a + b) for x, b in zip(row, s, strict=True)] for row, a in rows]) * turned
        Y = _symmetric(Y + step)


def _symmetric(Y: Any) -> Any:
    return ((Y + Y.transpose()) / 2).mid()


def _distance_from_identity(basis: Basis, Y: Any) -> Ball:
    U = basis[0] * diagonal([x.sqrt() for x in basis[1]])
    return frobenius(U.transpose() * Y * U - identity(Y.nrows())).upper()
