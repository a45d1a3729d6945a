"""Roots of real-rooted polynomials: counts, enclosures and comparisons against constructed and float64 truth."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from flint import fmpz_mat, fmpz_poly
from hypothesis import given
from hypothesis import strategies as st

from verify.exact.roots import Enclosure, RealRoots

roots_with_repeats = st.lists(st.integers(-6, 6), min_size=1, max_size=6).map(sorted)


def with_roots(roots: list[int], scale: int = 1) -> RealRoots:
    """The polynomial with the integer ``roots``, told as if its roots were scaled."""
    polynomial = fmpz_poly([1])
    for root in roots:
        polynomial *= fmpz_poly([-root * scale, 1])
    return RealRoots(polynomial, scale)


@given(roots_with_repeats, st.fractions(-7, 7, max_denominator=9), st.integers(1, 5))
def test_counts_are_the_counts_of_the_roots(roots: list[int], point: Fraction, scale: int) -> None:
    found = with_roots(roots, scale)
    assert found.count_below(point) == sum(root < point for root in roots)
    assert found.count_at_most(point) == sum(root <= point for root in roots)


@given(roots_with_repeats, st.integers(1, 5))
def test_rational_roots_are_exact_with_their_multiplicity(roots: list[int], scale: int) -> None:
    found = with_roots(roots, scale)
    for index, root in enumerate(roots):
        assert found.root(index).rational == root
        assert found.root(index).multiplicity == roots.count(root)


@given(st.data())
def test_interlacing_is_decided_as_the_sorted_roots_say(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    lists = st.lists(st.integers(-3, 3), min_size=count, max_size=count).map(sorted)
    low, high = data.draw(lists), data.draw(lists)
    truth = all(a <= b for a, b in zip(low, high, strict=True)) and all(high[i] <= low[i + 1] for i in range(count - 1))
    assert with_roots(low).interlaces(with_roots(high, 3)) == truth


symmetric = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.lists(st.integers(-4, 4), min_size=n, max_size=n), min_size=n, max_size=n)
)


@given(symmetric)
def test_enclosures_of_eigenvalues_hold_the_float64_ones(rows: list[list[int]]) -> None:
    square = fmpz_mat(rows)
    gram = square * square.transpose()
    found = RealRoots(gram.charpoly())
    floats = np.linalg.eigvalsh(np.array(rows, dtype=float) @ np.array(rows, dtype=float).T)
    # backward error of the eigensolver: a few units of rounding of the norm, which is at most n * 16 * n
    slack = 64 * np.finfo(float).eps * 16 * len(rows) ** 2
    for index, value in enumerate(floats):
        enclosure = found.root(index).enclosure(Fraction(1, 2**50))
        assert enclosure.width <= Fraction(1, 2**50)
        assert enclosure.lower - slack <= value <= enclosure.upper + slack


@given(symmetric, st.integers(1, 60))
def test_an_enclosure_is_proved_by_the_counts_at_its_ends(rows: list[list[int]], bits: int) -> None:
    square = fmpz_mat(rows)
    found = RealRoots((square * square.transpose()).charpoly())
    for index in range(found.degree):
        enclosure = found.root(index).enclosure(Fraction(1, 2**bits))
        assert found.count_below(enclosure.lower) <= index < found.count_at_most(enclosure.upper)


@given(symmetric)
def test_comparisons_order_the_roots_of_one_polynomial_and_see_its_repetitions(rows: list[list[int]]) -> None:
    square = fmpz_mat(rows)
    gram = square * square.transpose()
    # the same matrix twice over: every eigenvalue at least twice
    twice = RealRoots(gram.charpoly() ** 2)
    once = RealRoots(gram.charpoly())
    for index in range(once.degree):
        assert once.root(index) == twice.root(2 * index) == twice.root(2 * index + 1)
    for a, b in pairwise(range(once.degree)):
        assert once.root(a) <= once.root(b)
        assert (once.root(a) < once.root(b)) == (once.root(a) != once.root(b))


def test_an_irrational_root_just_below_an_integer_root_is_not_taken_for_it() -> None:
    # (x^2 - 32) (x - 6): sqrt(32) = 5.65... and 6 share the unit interval (5, 6]
    both = RealRoots(fmpz_poly([-32, 0, 1]) * fmpz_poly([-6, 1]))
    assert both.root(1).rational is None
    assert both.root(1).decimal(8) == "5.6568542"
    assert both.root(2).rational == 6
    assert (both.root(1).multiplicity, both.root(2).multiplicity) == (1, 1)
    assert both.root(1) < both.root(2)


quadratics = st.lists(st.tuples(st.integers(-6, 6), st.integers(0, 40)), min_size=1, max_size=3)


@given(quadratics, roots_with_repeats, st.integers(0, 80))
def test_surds_and_integers_are_enclosed_in_their_order(
    pairs: list[tuple[int, int]], integers: list[int], bits: int
) -> None:
    """The roots ``c - sqrt(s)``, ``c + sqrt(s)`` of (x - c)^2 = s among integer roots, however close they come."""
    polynomial, values = fmpz_poly([1]), [float(root) for root in integers]
    for centre, square in pairs:
        polynomial *= fmpz_poly([centre * centre - square, -2 * centre, 1])
        values += [centre - square**0.5, centre + square**0.5]
    found = RealRoots(polynomial * with_roots(integers).polynomial)
    for index, value in enumerate(sorted(values)):
        root = found.root(index)
        enclosure = root.enclosure(Fraction(1, 2**bits))
        # the float64 values are within a relative 2^-50 of the truth
        assert enclosure.lower - Fraction(1, 2**45) <= Fraction(value) <= enclosure.upper + Fraction(1, 2**45)
        assert found.count_below(enclosure.lower) <= index < found.count_at_most(enclosure.upper)


def test_irrational_roots_of_different_polynomials_are_told_apart_however_close() -> None:
    # sqrt(2) and a convergent of it far beyond float64
    p, q = 1, 1
    for _ in range(80):
        p, q = p + 2 * q, p + q
    root_two = RealRoots(fmpz_poly([-2, 0, 1])).root(1)
    assert root_two != Fraction(p, q)
    assert (root_two > Fraction(p, q)) == (p * p < 2 * q * q)
    near = RealRoots.around(Fraction(0), 2 + Fraction(1, 10**60)).root(1)
    assert root_two < near
    assert root_two == RealRoots(fmpz_poly([4, 0, -4, 0, 1])).root(2)


def test_decimals_are_correctly_rounded_and_small_roots_keep_their_digits() -> None:
    assert RealRoots(fmpz_poly([-2, 0, 1])).root(1).decimal(30) == "1.41421356237309504880168872421"
    tiny = RealRoots(fmpz_poly([-2, 0, 1]), 10**30).root(1)
    assert tiny.decimal(10) == "1.414213562E-30"
    assert float(tiny) == 2**0.5 / 1e30
    assert with_roots([0, 1]).root(0).decimal(10) == "0"


def test_an_enclosure_prints_rounded_outwards() -> None:
    assert str(Enclosure(Fraction(1, 3), Fraction(2, 3))) == "[0.33333333333333333, 0.66666666666666667]"


def test_a_width_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        with_roots([1]).root(0).enclosure(Fraction(0))
