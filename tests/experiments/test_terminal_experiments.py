"""The experiments of the terminal phase: what their tables must say, and the closed forms against the proven ones."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.letters import three_labels as proven
from verify.exact.balls import ball
from verify.experiments import stability, three_labels
from verify.experiments import when_signs_hold as sign_condition
from verify.experiments.base import Row, ends, middle
from verify.model.optimum import precisely

thirds = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).filter(
    lambda d: sum(x > 0 for x in d) > 1
)


@settings(max_examples=25)
@given(thirds)
def test_the_closed_forms_drawn_are_those_proved(counts: tuple[int, int, int]) -> None:
    """T6: every ball meets the value of the formula in `proofs.letters.three_labels`, evaluated to 40 digits."""
    d = tuple(Fraction(x, sum(counts)) for x in counts)
    symbols = tuple(sp.Rational(x.numerator, x.denominator) for x in d)
    with precisely():
        forms = three_labels.closed_forms((d[0], d[1], d[2]))
        expected = [
            (forms.kappa, proven.kappa_of(symbols)[0]),
            (forms.largest, proven.kappa_of(symbols)[1]),
            *((forms.gram[j, k], proven.root(symbols)[j, k]) for j in range(3) for k in range(3)),
            *((forms.inverse[j, k], proven.inverse_root(symbols)[j, k]) for j in range(3) for k in range(3) if j != k),
            *((forms.distance(j, k), proven.terminal_row_distance(symbols, j, k)) for j, k in ((0, 1), (1, 2))),
        ]
        for found, formula in expected:
            value = Fraction(str(sp.N(formula, 40)))
            # forty digits of a number below ten
            assert abs(found - ball(value)) <= ball(Fraction(1, 10**38)) + found.rad()
            assert found.rad() < 1e-40


def test_the_triangle_is_symmetric_and_kappa_is_largest_in_the_middle() -> None:
    rows: list[Row] = [row for part in three_labels.parts(0, ()) for row in three_labels.run(part)]
    assert len(rows) == (three_labels.STEPS + 1) * (three_labels.STEPS + 2) // 2 - 3
    at = {tuple(ends(row[f"d{k}"])[0] for k in (1, 2, 3)): row for row in rows}
    best = max(rows, key=lambda row: middle(row["kappa"]))
    assert middle(best["d1"]) == pytest.approx(1 / 3)
    for (a, b, c), row in at.items():
        if (a, c, b) in at:
            assert at[a, c, b]["kappa"] == row["kappa"]
    assert all(ends(row["entry23"])[1] < 0 for row in rows)


@pytest.mark.parametrize("part", [(0, 6, 2), (0, 8, 3), (1, 5, 4)])
def test_what_is_guaranteed_is_never_violated(part: tuple[int, int, int]) -> None:
    """T3 and T3a on the table of the phase diagram, whose entry and verdict agree."""
    rows = sign_condition.run(part)
    assert len(rows) == sign_condition.DRAWS
    for row in rows:
        low, high = ends(row["entry"])
        assert (row["verdict"] == "violated") == (low > 0)
        assert row["verdict"] != "strict" or high < 0
        assert not (row["guaranteed"] and row["verdict"] == "violated")
        assert ends(row["kappa"])[0] > 0
    assert any(row["verdict"] == "violated" for row in rows) == (part[2] != part[1] - 1)


def test_no_error_exceeds_its_bound_and_an_aimed_change_nearly_reaches_it() -> None:
    """T5 and T5a: by enclosures, and with something to spare only for changes that miss the weakest contrast."""
    for part in stability.parts(0, ())[::4]:
        rows = stability.run(part)
        for row in rows:
            for name in ("classifier", "columns"):
                assert ends(row[name])[0] <= ends(row[f"{name}_bound"])[1]
        (aimed,) = (row for row in rows if row["kind"] == "aimed")
        assert ends(aimed["classifier"])[0] > ends(aimed["classifier_bound"])[1] / 2
        assert ends(aimed["change"])[0] > 0
