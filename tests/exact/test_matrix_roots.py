"""Roots of matrices of balls: of exact squares, of every matrix in the balls, of none that is not positive definite."""

from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from verify.exact.matrix_roots import inverse_square_root, square_root
from verify.labels.errors import UnenclosedError


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_the_roots_of_a_square_are_enclosed(rows: list[list[int]]) -> None:
    """For ``X = A A^T + I``, exact, the enclosures of the roots of ``X X`` contain the rational roots, narrowly."""
    n = len(rows)
    A = fmpq_mat(n, n, [fmpq(a) for row in rows for a in row])
    X = A * A.transpose() + fmpq_mat(n, n, [fmpq(int(i == j)) for i in range(n) for j in range(n)])
    with flint.ctx.workprec(192):
        for found, root in ((square_root(arb_mat(X * X)), X), (inverse_square_root(arb_mat(X * X)), X.inv())):
            assert found.contains(root)
            assert max(x.rad() for x in found.entries()) < arb(2) ** -100


@pytest.mark.parametrize(("enclosed", "power"), [(square_root, 0.5), (inverse_square_root, -0.5)])
def test_the_roots_of_every_matrix_in_the_balls_are_enclosed(enclosed: Callable[[Any], Any], power: float) -> None:
    found = enclosed(arb_mat([[arb(5, 0.01), arb(1)], [arb(1), arb(3, 0.01)]]))
    for corner in ((4.99, 2.99), (5.01, 3.01), (4.99, 3.01)):
        values, vectors = np.linalg.eigh(np.array([[corner[0], 1], [1, corner[1]]]))
        root = vectors * values**power @ vectors.T
        assert all(found[i, j].contains(arb(root[i, j], 1e-12)) for i in range(2) for j in range(2))
    assert found[0, 0].rad() < 0.1


@pytest.mark.parametrize("enclosed", [square_root, inverse_square_root])
@pytest.mark.parametrize(
    "matrix", [[[1, 2], [2, 1]], [[arb(1), arb(0)], [arb(0), arb(0, 1)]], [[1, 0], [0, arb.nan()]]]
)
def test_what_is_not_certainly_positive_definite_has_no_root(matrix: Any, enclosed: Callable[[Any], Any]) -> None:
    with pytest.raises(UnenclosedError, match=r"no (inverse )?root of a 2 x 2 matrix"):
        enclosed(arb_mat(matrix))
