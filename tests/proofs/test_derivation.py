"""The derivation kernel: what it proves is true, what it refutes is false, and it says when it does not know."""

import itertools
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation, Grade, Identity, Nonnegative, Positive, Solves, ZeroIff
from proofs.kernel.compound import AllOf, ForEach, Lemma, every, lemma
from proofs.kernel.derivation import Derivation, Step
from proofs.kernel.enclosure import enclose
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Family, Formula, Index, Letter, eye, norm2, number, trace, zero
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import DefectError, Sign, Verdict
from proofs.kernel.rational import reduces_to_zero
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import (
    FIXED,
    MIXED,
    PROPER,
    K,
    M,
    P,
    S,
    Sigma,
    T,
    W,
    e,
    f,
    j,
    k,
    m,
    ones,
    v,
    x,
    y,
    y_tilde,
)

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED

a, b = sp.symbols("a b", positive=True)
s, t = sp.symbols("s t", real=True)
n = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
free = sp.Symbol("j", integer=True)
FREE = Scalars()
w = sp.IndexedBase("w", positive=True)


def verdict(check: Check) -> Verdict:
    return check.outcome().verdict


# ---------------------------------------------------------------------- commutative formulas

TRUE = [
    ((s + t) ** 3, s**3 + 3 * s**2 * t + 3 * s * t**2 + t**3),
    (1 / (s - t) - 1 / (s + t), 2 * t / (s**2 - t**2)),
    (sp.sqrt(a + b) ** 3, a * sp.sqrt(a + b) + b * sp.sqrt(a + b)),
    (sp.exp(1 + s), sp.E * (sp.exp(s) + 1) - sp.exp(1)),
    (1 / (sp.sqrt(a) - sp.sqrt(b)), (sp.sqrt(a) + sp.sqrt(b)) / (a - b)),
    (sp.log(1 + a / b), sp.log(a + b) - sp.log(b)),
    (sp.exp(2 * s + t), sp.exp(s) ** 2 * sp.exp(t)),
    (sp.exp(s) / (1 + sp.exp(s)), 1 / (1 + sp.exp(-s))),
    ((2 * a) ** n * a, 2**n * a ** (n + 1)),
    (sp.Derivative(sp.log(1 + sp.exp(s)), s), sp.exp(s) / (1 + sp.exp(s))),
    (sp.Sum(a * w[i] + b, (i, 1, n)), a * sp.Sum(w[i], (i, 1, n)) + b * n),
    (sp.Sum(w[i], (i, 1, n)) ** 2, sp.Sum(w[i] * sp.Sum(w[free], (free, 1, n)), (i, 1, n))),
]
FALSE = [
    ((s + t) ** 3, s**3 + 3 * s**2 * t + 3 * s * t**2 + 2 * t**3),
    (1 / (s - t) - 1 / (s + t), 2 * t / (s**2 + t**2)),
    (sp.sqrt(a + b) ** 3, a * sp.sqrt(a + b) + b * sp.sqrt(a)),
    (1 / (sp.sqrt(a) - sp.sqrt(b)), (sp.sqrt(a) - sp.sqrt(b)) / (a - b)),
    (sp.log(1 + a / b), sp.log(a + b) + sp.log(b)),
    (sp.exp(2 * s + t), sp.exp(s) * sp.exp(t)),
    ((2 * a) ** n * a, 2**n * a ** (n + 2)),
    (sp.Sum(a * w[i] + b, (i, 1, n)), a * sp.Sum(w[i], (i, 1, n)) + b),
    (sp.Sum(w[i], (i, 1, n)) ** 2, sp.Sum(w[i] ** 2, (i, 1, n))),
]


@pytest.mark.parametrize(("left", "right"), TRUE)
def test_true_identities_are_proved(left: Any, right: Any) -> None:
    assert verdict(FREE.eq(left, right)) is PROVED


@pytest.mark.parametrize(("left", "right"), FALSE)
def test_false_identities_are_refuted_at_a_point(left: Any, right: Any) -> None:
    outcome = FREE.eq(left, right).outcome()
    assert outcome.verdict is REFUTED
    assert outcome.witness.startswith("at ")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sp.Integral(sp.exp(-(s**2)), (s, 0, 1)), sp.Integral(sp.exp(-(t**2)), (t, 0, 1)) * a),
        (sp.Sum(1 / i**2, (i, 1, sp.oo)), sp.pi**2 / 6),
        (sp.Piecewise((s, s > 0), (-s, True)), sp.sqrt(s**2)),
        (sp.zeta(a), sp.zeta(a) + sp.Function("h")(a)),
        (sp.Product(w[i] + sp.Function("h")(i), (i, 1, n)), sp.Product(w[i], (i, 1, n))),
    ],
)
def test_what_stays_unevaluated_is_undecided(left: Any, right: Any) -> None:
    assert verdict(FREE.eq(left, right)) is UNDECIDED


def test_a_sum_left_over_is_never_taken_for_zero() -> None:
    leftover = sp.Sum(w[i] * (w[i] - 1), (i, 1, n))
    assert not FREE.vanishes(leftover)
    assert verdict(FREE.eq(leftover, 0)) is not PROVED


def test_binomials_only_where_no_value_is_a_limit() -> None:
    pascal = sp.binomial(K - 1, m - 1) + sp.binomial(K - 1, m), sp.binomial(K, m)
    assert verdict(PROPER.eq(*pascal)) is PROVED
    assert verdict(FREE.eq(*pascal)) is UNDECIDED  # true, but nothing says that 1 <= m <= K - 1
    absorbed = sp.binomial(K, m) * m, sp.binomial(K - 1, m - 1) * K
    assert verdict(PROPER.eq(*absorbed)) is PROVED
    assert verdict(PROPER.eq(absorbed[0] + 1, absorbed[1])) is REFUTED


def test_deltas_contract_only_on_declared_indices() -> None:
    picked = sp.Sum(w[i] * sp.KroneckerDelta(i, free), (i, 1, n))
    assert verdict(Scalars(in_range=(free,)).eq(picked, w[free])) is PROVED
    assert not FREE.vanishes(picked - w[free])


def test_divisions_by_zero_prove_nothing() -> None:
    assert not reduces_to_zero(sp.zoo)
    assert not reduces_to_zero(sp.nan)


@given(
    st.lists(st.integers(-4, 4), min_size=3, max_size=3),
    st.lists(st.integers(-4, 4), min_size=3, max_size=3),
    st.integers(-3, 3),
)
@settings(max_examples=40, deadline=None)
def test_rational_identities_are_decided_both_ways(p: list[int], q: list[int], error: int) -> None:
    first = p[0] + p[1] * s + p[2] * t**2
    second = 1 + s**2 + q[0] ** 2 + q[1] * t + q[2] ** 2 * t**2 + 4 * q[1] ** 2
    check = FREE.eq(first / second + s * t, s + (first + s * t * second + error - s * second) / second)
    assert verdict(check) is (PROVED if error == 0 else REFUTED)


# ---------------------------------------------------------------------- signs


def test_a_sign_needs_a_certificate() -> None:
    square = s**2 - 2 * s * t + t**2
    assert verdict(FREE.ge(square, 0, (s - t) ** 2)) is PROVED
    assert verdict(FREE.ge(square, 0)) is UNDECIDED  # true, but its form does not show it
    assert verdict(FREE.ge(square, 0, (s + t) ** 2)) is UNDECIDED  # the certificate is another formula
    assert verdict(FREE.ge(-square, 0, (s - t) ** 2)) is REFUTED
    assert verdict(FREE.gt(square, 0, (s - t) ** 2)) is REFUTED


def test_motzkin_is_nonnegative_but_not_guessed() -> None:
    motzkin = s**4 * t**2 + s**2 * t**4 - 3 * s**2 * t**2 + 1
    assert verdict(FREE.ge(motzkin, 0)) is UNDECIDED
    assert verdict(FREE.ge((s**2 + t**2) * motzkin, 0)) is UNDECIDED


def test_assumptions_are_used_and_needed() -> None:
    gap = K * (K - 1) - m * (m - 1)
    assert verdict(PROPER.gt(gap, 0)) is PROVED
    assert verdict(FREE.gt(gap, 0)) is REFUTED
    assert verdict(FREE.ge(sp.log(1 + a), 0)) is PROVED
    assert verdict(FREE.ge(sp.log(a), 0)) is REFUTED
    assert verdict(Scalars((K >= 2,)).gt(sp.Sum(w[i] ** 2, (i, 1, K)), 0)) is PROVED


def test_unknown_reals_are_not_taken_for_real() -> None:
    anything = sp.Symbol("anything")
    assert FREE.sign(anything**2) is None
    assert FREE.sign(s**2) is Sign.NONNEGATIVE
    assert FREE.sign(a * b) is Sign.POSITIVE


def test_enclosures_contain_what_they_enclose() -> None:
    box = enclose(sp.exp(1) * sp.sqrt(2) - sp.log(3))
    assert box is not None
    low, high = box
    assert 0 <= high - low < Fraction(1, 10**40)
    value = Fraction(str((sp.exp(1) * sp.sqrt(2) - sp.log(3)).evalf(30)))
    assert low - Fraction(1, 10**28) < value < high + Fraction(1, 10**28)  # evalf is right to its last digit
    assert enclose(sp.Rational(2, 3)) == (Fraction(2, 3), Fraction(2, 3))
    assert enclose(sp.Function("h")(1)) is None
    assert enclose(sp.log(sp.sqrt(2) - 2)) is None


# ---------------------------------------------------------------------- vacuous steps and other defects


def test_a_step_that_says_nothing_is_a_defect() -> None:
    with pytest.raises(DefectError, match="vacuous"):
        FREE.eq((s + t) ** 2, (t + s) ** 2)
    with pytest.raises(DefectError, match="vacuous"):
        FIXED.eq(P * M * P, P * M * P)
    with pytest.raises(DefectError, match="vacuous"):
        FIXED.eq(Sigma, 0, Equation("itself", Sigma, 0))
    with pytest.raises(DefectError, match="vacuous"):
        every()
    with pytest.raises(DefectError, match="vacuous"):
        ForEach("K", (), lambda size: FREE.eq(s, t * size))
    with pytest.raises(DefectError, match="vacuous"):
        Solves(((a, b),), ((s, 1),), FREE).outcome()
    with pytest.raises(DefectError, match="hypothesis"):
        Lemma("something", "It is so.", (), "so")


def test_a_derivation_needs_steps_and_controls() -> None:
    step = Step("", FREE.eq((s + 1) ** 2, s**2 + 2 * s + 1))
    control = {"": FREE.eq((s + 1) ** 2, s**2 + 1)}
    with pytest.raises(DefectError, match="needs a control"):
        Derivation((step,), {})
    with pytest.raises(DefectError, match="needs a step"):
        Derivation((), control)


def test_a_proved_control_fails_the_derivation() -> None:
    step = Step("", FREE.eq((s + 1) ** 2, s**2 + 2 * s + 1))
    harmless = {"": FREE.eq((s - 1) ** 2, s**2 - 2 * s + 1)}
    result = Derivation((step,), harmless, claim="X1").check()
    assert not result.passed
    assert result.faults == ("X1 control 1 was proved: equal by rational-function zero test",)
    with pytest.raises(FrozenInstanceError):
        result.claim = "X2"  # type: ignore[misc]


def test_an_unproved_step_fails_the_derivation() -> None:
    control = {"": FREE.eq((s + 1) ** 2, s**2 + 1)}
    for check in (FREE.eq(s, t), FREE.eq(sp.zeta(a), sp.zeta(a) + sp.Function("h")(a))):
        assert not Derivation((Step("", check),), control).check().passed


def test_the_grade_is_the_lowest_and_lemmas_are_collected() -> None:
    def squares(size: int) -> Check:
        entries = sp.symbols(f"q:{size}")
        return FREE.eq(sp.Add(*entries) * s, sp.Add(*(s * entry for entry in entries)))

    general = FREE.eq((s + 1) ** 2, s**2 + 2 * s + 1)
    fixed = ForEach("K", (2, 3), squares)
    lemma = Lemma("Weyl", "Eigenvalues move.", (("", every(fixed)),), "so")
    control = {"": FREE.eq((s + 1) ** 2, s**2 + 1)}
    assert Derivation((Step("", general),), control).grade is Grade.GENERAL
    result = Derivation((Step("", general), Step("", lemma)), control).check()
    assert result.passed
    assert (result.grade, result.lemmas, result.refuted_controls) == (Grade.ENTRIES, ("Weyl",), 1)


# ---------------------------------------------------------------------- the other checks


def test_solutions_are_substituted_back() -> None:
    system = ((a * s + t, a), (s - t, sp.Integer(0)))
    solution = ((s, a / (a + 1)), (t, a / (a + 1)))
    assert verdict(Solves(system, solution, FREE, unique=True)) is PROVED
    assert verdict(Solves(system, ((s, a), (t, a)), FREE)) is REFUTED
    dependent = ((s + t, 2), (2 * s + 2 * t, 4))
    assert verdict(Solves(dependent, ((s, 1), (t, 1)), FREE)) is PROVED
    assert verdict(Solves(dependent, ((s, 1), (t, 1)), FREE, unique=True)) is UNDECIDED
    assert verdict(Solves(((s**2, 1),), ((s, 1),), FREE, unique=True)) is UNDECIDED
    with pytest.raises(DefectError, match="no equation contains an unknown"):
        verdict(Solves(((s + a, s + a),), ((s, 1),), FREE))
    with pytest.raises(DefectError, match="in terms of an unknown"):
        verdict(Solves(((s, t),), ((s, t), (t, a)), FREE))


def test_the_verbs_of_a_setting_make_its_checks() -> None:
    square = Equation("square", a**2, b)
    assert FREE.eq(a**2 * t + s, b * t + s, square * t) == Identity(a**2 * t + s, b * t + s, FREE, (square * t,))
    assert FREE.ge(s**2, 0, s**2, square) == Nonnegative(s**2, 0, FREE, s**2, (square,))
    assert verdict(FREE.ge(s**2 + t**2, 2 * s * t, (s - t) ** 2)) is PROVED
    assert verdict(FREE.ge(s**2 + t**2, 3 * s * t, (s - t) ** 2)) is REFUTED
    assert verdict(FREE.gt(a + b, a)) is PROVED
    assert verdict(FREE.gt(s**2, 0)) is REFUTED
    assert MIXED.zero_iff(x.T * Sigma * x, y(S).T * x, over=(S,)) == ZeroIff(x.T * Sigma * x, y(S).T * x, MIXED, (S,))
    facts = every(FREE.gt(a, 0), ("and the other", FREE.gt(b, 0)))
    assert facts == AllOf((("", Positive(a, 0, FREE)), ("and the other", Positive(b, 0, FREE))))
    assert lemma("L", "Since", *facts.parts, gives="so") == Lemma("L", "Since", facts.parts, "so")


def test_an_equation_is_multiplied_summed_and_transposed_like_its_sides() -> None:
    constant = Equation("constant", W * (W.T * y(S)), 0)
    assert constant.right == zero(K)
    used = (-v.T * constant * (y(S).T * v)).over(S)
    assert used.left == (-v.T * constant.left * (y(S).T * v)).over(S)
    assert used.right.shape == (1, 1)
    assert (used.origin, used.summed, used.cofactors) == (constant, True, (-v.T, y(S).T * v))
    assert (1 / a * constant).cofactors == (1 / a,)
    assert (-constant).left == -1 * constant.left
    assert constant.T.left == constant.left.T
    with pytest.raises(TypeError):
        "v" * constant.left


def test_a_lemma_without_its_hypothesis_is_not_proved() -> None:
    assert verdict(Lemma("Gershgorin", "", (("symmetric", FIXED.eq(W * W.T, (W * W.T).T)),), "so")) is PROVED
    assert verdict(Lemma("Gershgorin", "", (("symmetric", FIXED.eq(ones * v.T, v * ones.T)),), "so")) is REFUTED


def test_sums_of_squares_vanish_where_each_square_does() -> None:
    assert verdict(FIXED.zero_iff(x.T * Sigma * x, y(S).T * x, over=(S,))) is PROVED
    assert verdict(FIXED.zero_iff(v.T * Sigma * v, y(S).T * v, over=(S,))) is REFUTED


def test_instances_are_evaluated_exactly() -> None:
    model = FIXED.models[0]
    assert verdict(Instance(trace(M), "==", 1, FIXED, model)) is PROVED
    assert verdict(Instance(trace(M), "==", 2, FIXED, model)) is REFUTED
    assert verdict(Instance(trace(M), ">", trace(Sigma), FIXED, model)) is PROVED
    assert verdict(Instance(trace(Sigma), ">=", trace(M), FIXED, model)) is REFUTED


# ---------------------------------------------------------------------- vectors and matrices of symbolic size

TRUE_WORDS = [
    (P * P, P),
    (trace(P), number(K - 1)),
    (Sigma * ones, zero(K)),
    (M * ones, m * f),
    (ones.T * f, number(m)),
    (e(k).T * M * e(k), e(k).T * f),
    (norm2(y_tilde(S)), number(m * (K - m) / K)),
    (trace(W.T * Sigma * W), norm2(W.T * y_tilde(S)).over(S)),
    (trace(Sigma * Sigma), norm2(y_tilde(S).T * y_tilde(T)).over(S, T)),
    ((e(k) * e(k).T).over(k), eye(K)),
    (((e(j).T * M * e(k)) * (e(k).T * v)).over(k), e(j).T * M * v),
    (((e(k).T * v) * e(k)).over(k), v),
    (v.T * W * W.T * v, norm2(W.T * v)),
    ((v * x.T).T, x * v.T),
]


@pytest.mark.parametrize(("left", "right"), TRUE_WORDS)
def test_true_matrix_identities_are_proved_and_hold_in_every_model(left: Formula, right: Formula) -> None:
    assert verdict(FIXED.eq(left, right)) is PROVED
    assert FIXED.counterexample(left - right, "==") is None


@pytest.mark.parametrize(("left", "right"), TRUE_WORDS)
def test_their_false_variants_are_refuted(left: Formula, right: Formula) -> None:
    spoiled = left + (zero(*left.shape) if left.shape[1] != left.shape[0] else M if left.shape != (1, 1) else number(1))
    if left.shape[1] != left.shape[0]:
        spoiled = left + ones
    outcome = FIXED.eq(spoiled, right).outcome()
    assert outcome.verdict is REFUTED
    assert outcome.witness.startswith("in K = ")


def test_fixed_size_facts_fail_for_mixed_sizes() -> None:
    assert verdict(MIXED.eq(M * ones, (ones.T * f) * f)) is REFUTED
    assert not MIXED.vanishes(M * ones - (ones.T * f) * f)


def test_hypotheses_prove_what_does_not_hold_without_them() -> None:
    orthogonal = Equation("orthogonality", v.T * x, 0)
    claim = norm2(v + x), norm2(v) + norm2(x)
    assert verdict(FIXED.eq(*claim, 2 * orthogonal)) is PROVED
    assert verdict(FIXED.eq(*claim, orthogonal)) is not PROVED
    assert verdict(FIXED.eq(*claim)) is REFUTED


def test_refutations_respect_the_hypotheses() -> None:
    false_here = Equation("never true in the models", ones.T * v, 1000)
    assert verdict(FIXED.eq(norm2(v), 1, false_here)) is UNDECIDED
    true_here = Equation("true in the models", ones.T * x * (v.T * v), 0)
    assert verdict(FIXED.eq(norm2(v), 1, true_here)) is REFUTED


def test_quadratic_forms_show_their_sign() -> None:
    assert FIXED.sign(v.T * W * W.T * v) is Sign.NONNEGATIVE
    assert FIXED.sign(trace(W.T * W)) is Sign.NONNEGATIVE
    assert FIXED.sign(v.T * x) is None
    assert FIXED.sign(v.T * M * v) is None  # true, but M is a sum of squares only after expansion
    assert FIXED.sign(-1 * norm2(v)) is None
    assert verdict(FIXED.ge(v.T * M * v, 0, norm2(y(S).T * v).over(S))) is PROVED
    assert verdict(FIXED.ge(-1 * (v.T * M * v), 0, norm2(y(S).T * v).over(S))) is REFUTED


def _plain(*rules: Rule, letters: tuple[Letter, ...], models: tuple[Model, ...] = ()) -> Algebra:
    return Algebra(letters=letters, rules=rules, models=models)


A_, B_, C_ = (Letter(name, K, K) for name in "ABC")


def test_rules_that_disagree_are_refused() -> None:
    one, two = Rule(A_() * B_(), eye(K), ""), Rule(B_() * C_(), eye(K), "")
    with pytest.raises(DefectError, match="disagree"):
        _plain(one, two, letters=(A_, B_, C_))
    shears = Model("K = 2", {K: 2}, letters={"A": lambda: [[1, 1], [0, 1]], "B": lambda: [[1, -1], [0, 1]]})
    two_sided = Rule(A_() * B_(), eye(K), ""), Rule(B_() * A_(), eye(K), "")
    inverse = _plain(*two_sided, letters=(A_, B_), models=(shears,))
    assert inverse.vanishes(trace(B_() * A_() * B_() * A_()) - number(K))


def test_rules_that_never_end_are_refused() -> None:
    with pytest.raises(DefectError, match="forever"):
        _plain(Rule(A_() * B_(), B_() * A_(), "commute"), letters=(A_, B_))
    one, two = (Letter(name, K, K, symmetric=True) for name in "AB")
    with pytest.raises(DefectError, match="its own transpose"):
        _plain(Rule(one() * two(), two() * one(), "commute"), letters=(one, two))


def test_rules_that_are_false_in_a_model_are_refused() -> None:
    model = Model("K = 2", {K: 2}, letters={"A": lambda: [[1, 1], [0, 1]], "B": lambda: [[1, 0], [0, 1]]})
    with pytest.raises(DefectError, match="false in K = 2"):
        _plain(Rule(A_() * B_(), eye(K), ""), letters=(A_, B_), models=(model,))


def test_declarations_that_are_false_in_a_model_are_refused() -> None:
    model = Model("K = 2", {K: 2}, letters={"Q": lambda: [[0, 1], [1, 0]]})
    with pytest.raises(DefectError, match="declared nonnegative"):
        _plain(letters=(Letter("Q", K, K, symmetric=True, sign=Sign.NONNEGATIVE),), models=(model,))
    positive = (Letter("Q", K, K, symmetric=True, sign=Sign.POSITIVE),)
    _plain(letters=positive, models=(Model("K = 2", {K: 2}, letters={"Q": lambda: [[1, 0], [0, 1]]}),))
    singular = Model("K = 2", {K: 2}, letters={"Q": lambda: [[1, 0], [0, 0]]})
    with pytest.raises(DefectError, match="declared positive"):
        _plain(letters=positive, models=(singular,))
    lopsided = Model("K = 2", {K: 2}, letters={"Q": lambda: [[0, 1], [2, 0]]})
    with pytest.raises(DefectError, match="declared symmetric"):
        _plain(letters=(Letter("Q", K, K, symmetric=True),), models=(lopsided,))


def test_shapes_and_letters_are_checked() -> None:
    with pytest.raises(DefectError, match="sum of shapes"):
        v + v.T
    with pytest.raises(DefectError, match="product of shapes"):
        v * x
    with pytest.raises(DefectError, match="takes indices"):
        y(k)
    with pytest.raises(DefectError, match="not declared"):
        FIXED.vanishes(A_())
    with pytest.raises(DefectError, match="index of its own"):
        Algebra(letters=(), definitions=((A_(), e(k) * e(k).T),))


# ---------------------------------------------------------------------- soundness, on random formulas

_NUMBERS = st.sampled_from([sp.Integer(1), sp.Integer(-2), 1 / K, K - 1, m / K])


def _vectors() -> st.SearchStrategy[Formula]:
    return st.sampled_from([ones, x, v, y(S), y(T), f, e(k), e(j), y_tilde(S)])


def _matrices(depth: int) -> st.SearchStrategy[Formula]:
    leaves = st.sampled_from([P, M, Sigma, eye(K), W * W.T, (e(k) * e(k).T).over(k)])
    if depth == 0:
        return leaves
    smaller = _matrices(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(smaller, smaller).map(lambda pair: pair[0] * pair[1]),
        st.tuples(smaller, _NUMBERS, smaller).map(lambda three: three[0] + three[1] * three[2]),
        smaller.map(lambda matrix: matrix.T),
        st.tuples(_vectors(), _vectors()).map(lambda pair: pair[0] * pair[1].T),
        st.tuples(_scalars(depth - 1), smaller).map(lambda pair: pair[0] * pair[1]),
        st.tuples(smaller, st.sampled_from([S, T, j, k])).map(lambda pair: pair[0].over(pair[1])),
    )


def _scalars(depth: int) -> st.SearchStrategy[Formula]:
    quadratic = st.tuples(_vectors(), _matrices(max(depth - 1, 0)), _vectors()).map(lambda q: q[0].T * q[1] * q[2])
    return st.one_of(
        quadratic,
        _matrices(max(depth - 1, 0)).map(trace),
        quadratic.map(norm2),
        st.tuples(quadratic, st.sampled_from([S, T, j, k])).map(lambda pair: pair[0].over(pair[1])),
    )


@given(st.one_of(_matrices(2), _scalars(2)))
@settings(max_examples=60, deadline=None)
def test_the_normal_form_has_the_value_of_the_formula(formula: Formula) -> None:
    model = FIXED.models[1]
    places = {"S": frozenset({1, 3}), "T": frozenset({2, 4}), "j": 2, "k": 4}
    element = FIXED._words.normal_form(formula)
    assert FIXED.evaluate(formula, model, places) == _value(element, formula, model, places)


def _value(element: Mapping[Any, Any], formula: Formula, model: Model, places: Mapping[str, Any]) -> sp.Matrix:
    """The normal form written out letter by letter, averaging over its bound indices: no code of the kernel."""
    size = [int(sp.sympify(side).subs(model.sizes)) for side in formula.shape]
    total = sp.zeros(*size)
    for mono, coefficient in element.items():
        words = [word for _, word in mono.scalars] + [mono.spine]
        bound = sorted({i for word in words for atom in word for i in atom.indices if i.startswith("#")})
        members = [model.members[name[1:].split(":")[0]] for name in bound]
        for choice in itertools.product(*members):
            there = {**places, **{name: member for name, (_, member) in zip(bound, choice, strict=True)}}
            weight = sp.Integer(1)
            for (mass, _), family in zip(choice, members, strict=True):
                weight *= sp.sympify(mass) / sum(other for other, _ in family)
            term = _written_out(mono.spine, model, there, size[0]) * coefficient.subs(model.sizes) * weight
            for kind, word in mono.scalars:
                block = _written_out(word, model, there, 0)
                term *= block.trace() if kind == "trace" else block[0, 0]
            total += term
    return total


def _written_out(word: Any, model: Model, places: Mapping[str, Any], size: int) -> sp.Matrix:
    product = None
    for atom in word:
        matrix = sp.Matrix(model.letters[atom.name](*(places[i] for i in atom.indices)))
        matrix = matrix.T if atom.transposed else matrix
        product = matrix if product is None else product * matrix
    return sp.eye(size) if product is None else product


def test_bound_indices_of_one_family_may_be_renamed() -> None:
    family = Family("things", "", n)
    first, second = Index("p", family), Index("q", family)
    letter = Letter("A2", tex="A_{{{0}{1}}}", indices=(family, family))
    algebra = Algebra(letters=(letter,))
    double = letter(first, second).over(first, second)
    assert algebra.vanishes(double - letter(second, first).over(first, second))
    assert not algebra.vanishes(letter(first, second) - letter(second, first))
    with pytest.raises(DefectError, match="may not be called"):
        Index("#things", family)


# ---------------------------------------------------------------------- what an independent review broke


def test_a_sum_over_a_reversed_range_shows_no_sign() -> None:
    assert verdict(FREE.ge(n - 4, 0, sp.Sum(1, (i, 5, n)))) is REFUTED
    assert verdict(Scalars((n >= 4,)).ge(n - 4, 0, sp.Sum(1, (i, 5, n)))) is PROVED  # empty at n = 4
    assert FREE.sign(sp.Sum(w[i], (i, 1, n + 1))) is Sign.POSITIVE
    assert FREE.sign(sp.Sum(w[i], (i, 1, n))) is Sign.NONNEGATIVE
    declared = sp.Symbol("declared", integer=True, positive=True)
    assert FREE.sign(sp.Sum(declared, (declared, -5, n))) is None  # the bound variable is what its range says
    assert FREE.sign(sp.Sum(declared, (declared, 1, n + 1))) is Sign.POSITIVE
    assert FREE.sign(sp.Sum(w[i], (i, 1, free), (free, 1, n))) is Sign.NONNEGATIVE
    assert FREE.sign(sp.Sum(w[i], (i, free, 3), (free, 1, n))) is None


def test_a_sum_over_a_family_needs_a_total_that_is_not_negative() -> None:
    def ones_over(total: Any, scalars: Scalars = FREE) -> Check:
        algebra = Algebra(letters=(), scalars=scalars)
        return algebra.ge(number(total), 0, number(1).over(Index("p", Family("things", "", total))))

    assert verdict(ones_over(K - 2)) is UNDECIDED
    assert verdict(ones_over(sp.Integer(-3))) is UNDECIDED
    assert verdict(ones_over(K - 2, Scalars((K >= 3,)))) is PROVED


def test_sums_of_squares_over_nothing_vanish_anyway() -> None:
    def squares(total: Any) -> Check:
        index = Index("p", Family("things", "", total))
        algebra = Algebra(letters=(Letter("v", K),))
        return algebra.zero_iff(total * norm2(v), v, over=(index,))

    assert verdict(squares(sp.Integer(0))) is UNDECIDED
    assert verdict(squares(K - 1)) is UNDECIDED
    assert verdict(squares(K)) is PROVED


def test_falling_factorials_of_negative_numbers_show_no_sign() -> None:
    assert verdict(FREE.ge(sp.ff(-n, m), 0)) is REFUTED
    assert verdict(FREE.gt(sp.ff(-n, m), 0)) is REFUTED
    assert FREE.sign(sp.rf(n, m)) is Sign.POSITIVE
    assert PROPER.sign(sp.binomial(K, m)) is Sign.POSITIVE


def test_squares_of_what_may_be_imaginary_show_no_sign() -> None:
    assert verdict(FIXED.ge(number(s), 0, norm2(number(sp.sqrt(s))))) is not PROVED
    assert verdict(FIXED.ge(number(-1), 0, norm2(number(sp.I)))) is not PROVED
    assert verdict(FIXED.ge(s * norm2(v), 0, norm2(sp.sqrt(s) * v))) is not PROVED
    assert verdict(FIXED.zero_iff(number(s), number(sp.sqrt(s)))) is not PROVED
    assert verdict(FIXED.ge(number(a), 0, norm2(number(sp.sqrt(a))))) is PROVED
    assert verdict(FIXED.ge(number(K - m), 0, norm2(number(sp.sqrt(K - m))))) is PROVED
    hidden = Letter("hidden", K)
    algebra = FIXED.extended(definitions=((hidden(), sp.sqrt(s) * v),))
    assert verdict(algebra.ge(s * norm2(v), 0, norm2(hidden()))) is not PROVED


def test_products_declared_to_be_0_or_1_are_tested() -> None:
    family = Family("two", "", sp.Integer(2), basis="e2")
    basis, column, p = Letter("e2", K, indices=(family,)), Letter("c", K), Index("p", family)

    def algebra(models: tuple[Model, ...]) -> Algebra:
        return Algebra(letters=(basis, column), idempotent=(basis(p).T * column(),), models=models)

    def model(values: list[int]) -> Model:
        unit: dict[str, Any] = {
            "e2": lambda which: [[int(which == 1)], [int(which == 2)]],
            "c": lambda: [[x] for x in values],
        }
        return Model("K = 2", {K: 2}, {"two": [(1, 1), (1, 2)]}, unit)

    assert algebra((model([0, 1]),)).idempotent
    with pytest.raises(DefectError, match=r"idempotence of .* is false in K = 2"):
        algebra((model([3, 5]),))
    with pytest.raises(DefectError, match="tested by no model"):
        algebra(())


def test_measures_and_bases_are_in_models_what_they_are_declared_to_be() -> None:
    family = Family("two", "", sp.Integer(2), basis="e2", basis_sum="both")
    letters = (Letter("e2", K, indices=(family,)), Letter("both", K))

    def algebra(weights: tuple[Any, Any], second: list[int], both: int = 1) -> Algebra:
        units = {1: [[1], [0]], 2: [[x] for x in second]}
        values: dict[str, Any] = {"e2": units.__getitem__, "both": lambda: [[1], [both]]}
        return _plain(
            letters=letters, models=(Model("K = 2", {K: 2}, {"two": list(zip(weights, (1, 2), strict=True))}, values),)
        )

    assert algebra((1, 1), [0, 1]).models
    with pytest.raises(DefectError, match="another total than 2"):
        algebra((1, 2), [0, 1])
    with pytest.raises(DefectError, match="negative somewhere"):
        algebra((3, -1), [0, 1])
    for second, both in (([0, -1], 1), ([1, 1], 1), ([0, 1], 2)):
        with pytest.raises(DefectError, match="e2 is no basis of two"):
            algebra((1, 1), second, both)


def test_a_letter_of_another_shape_than_declared_is_refused() -> None:
    wide = Model("K = 2", {K: 2}, letters={"A": lambda: [[1, 0, 0], [0, 1, 0]], "B": lambda: [[1, 0], [0, 1], [0, 0]]})
    with pytest.raises(DefectError, match="letter A has another shape in K = 2"):
        _plain(Rule(A_() * B_(), eye(K), ""), letters=(A_, B_), models=(wide,))


def test_rules_and_declared_definitions_that_no_model_tests_are_refused() -> None:
    silent = Model("K = 2 without B", {K: 2}, letters={"A": lambda: [[1, 0], [0, 1]]})
    with pytest.raises(DefectError, match="tested by no model"):
        _plain(Rule(A_() * B_(), eye(K), ""), letters=(A_, B_), models=(silent,))
    first, second = Letter("u1", K), Letter("u2", K)
    lopsided = Letter("Q", K, K, symmetric=True)
    with pytest.raises(DefectError, match="no model tests"):
        Algebra(letters=(first, second), definitions=((lopsided(), first() * second().T),))
    indefinite = Letter("Q", K, K, symmetric=True, sign=Sign.NONNEGATIVE)
    with pytest.raises(DefectError, match="no model tests"):
        Algebra(letters=(first,), definitions=((indefinite(), -1 * (first() * first().T)),))
    shown = Algebra(letters=(first,), definitions=((lopsided(), first() * first().T),))  # symmetric by its form
    assert shown.vanishes(lopsided().T - lopsided())
    assert FIXED.extended(models=()).rules  # they were tested in the models of FIXED


def test_assumptions_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(DefectError, match="no point satisfies"):
        Scalars((m - K - 5 >= 0, m + 1 <= K))
    small = sp.Symbol("small", positive=True)
    assert Scalars((1 - 37 * small >= 0,)).sign(1 - 37 * small) is Sign.NONNEGATIVE


def test_denominators_that_are_identically_zero_prove_nothing() -> None:
    nowhere = s**2 - 1 - (s - 1) * (s + 1)
    assert verdict(FREE.eq(((s + 1) ** 2 - s**2 - 2 * s - 1) / nowhere, 7)) is UNDECIDED
    assert verdict(FREE.eq(1 / nowhere + (s + 1) ** 2, 1 / nowhere + s**2 + 2 * s + 1)) is UNDECIDED
    assert verdict(FREE.ge(s**2 / nowhere**2, 0)) is UNDECIDED
    assert verdict(FIXED.eq((1 / nowhere) * v, 2 * v)) is UNDECIDED
    assert verdict(FREE.eq((s**2 - 1) / (s - 1), s + 1)) is PROVED


def test_hypotheses_are_divided_only_by_what_is_not_zero() -> None:
    scaled = Equation("p s = p t", free * s, free * t)
    assert verdict(FREE.eq(s + 1, t + 1, scaled * (1 / free))) is UNDECIDED
    assert verdict(Scalars((sp.Ne(free, 0),)).eq(s + 1, t + 1, scaled * (1 / free))) is PROVED
    assert verdict(FREE.eq(s + 1, t + 1, Equation("m s = m t", m * s, m * t) * (1 / m))) is PROVED
    vectors = Equation("p v = p x", free * v, free * x)
    assert verdict(FIXED.eq(v + ones, x + ones, number(1 / free) * vectors)) is not PROVED
    assert verdict(FREE.ge(s - t, 0, sp.Integer(0), scaled * (1 / free))) is not PROVED


def test_solutions_exist_wherever_the_assumptions_hold() -> None:
    pole = (((m - 1) * s, sp.Integer(1)),), ((s, 1 / (m - 1)),)
    assert verdict(Solves(*pole, Scalars((m >= 1,)))) is UNDECIDED
    assert verdict(Solves(*pole, Scalars((m >= 2,)))) is PROVED


# ---------------------------------------------------------------------- false statements that once got through


def test_denominators_that_vanish_everywhere_are_found_under_nested_roots() -> None:
    hidden = sp.sqrt(3 + 2 * sp.sqrt(2)) - 1 - sp.sqrt(2)  # zero, which the generators do not show
    assert verdict(FREE.eq((hidden * s + hidden) / hidden, s + 1)) is UNDECIDED
    impossible = Equation("one over zero", 1 / hidden, t)
    assert verdict(FREE.eq(1 / hidden + s, s + t, impossible)) is UNDECIDED


def test_a_certificate_is_defined_wherever_the_formula_is() -> None:
    assert verdict(FREE.gt(s**2 / (1 + s**2), 0, 1 / (1 / s**2 + 1))) is not PROVED  # it is 0 at s = 0
    assert verdict(FREE.gt(a**2 / (1 + a**2), 0, 1 / (1 / a**2 + 1))) is PROVED


def test_hypotheses_that_contradict_each_other_prove_nothing() -> None:
    one, two = Equation("one", t, sp.Integer(1)), Equation("two", -t, sp.Integer(-2))
    assert verdict(FREE.eq(s + 1, s + 2, -one, -two)) is UNDECIDED
    assert verdict(FREE.eq(s + 1, s + 2, Equation("never", 1 / t, sp.Integer(0)) * -t)) is UNDECIDED
    lengths = Equation("one", norm2(v), 2), Equation("two", -norm2(v), -1)
    assert verdict(FIXED.eq(number(1) + norm2(v), number(2) + norm2(v), *lengths)) is UNDECIDED
    pair = e(j).T * e(k)
    distinct = Equation("two labels", pair, 0)
    assert verdict(FIXED.eq(norm2(e(j) - e(k)), 2, distinct * -2)) is PROVED
    everywhere = (-2 * distinct).over(j)  # of all labels, it is false where they are the same
    assert verdict(FIXED.eq((-2 * pair).over(j), 0, everywhere)) is not PROVED


def test_a_hypothesis_is_not_satisfied_by_what_it_is_multiplied_with() -> None:
    never = Equation("never", norm2(v), -1)
    vanishing = never * ones.T * x  # zero times anything holds
    assert verdict(FIXED.eq(norm2(v) * (ones.T * x) + x.T * x, x.T * x, vanishing)) is UNDECIDED


def test_assumptions_are_on_symbols_only() -> None:
    with pytest.raises(DefectError, match="assumptions are on symbols"):
        Scalars((w[1] > 2, w[1] < 1))


def test_names_of_bound_variables_are_kept() -> None:
    h, captured = sp.Function("h"), sp.Symbol("_bound1", integer=True)
    with pytest.raises(DefectError, match="kept for bound variables"):
        FREE.eq(sp.Sum(h(i, captured), (i, 1, n)), sp.Sum(h(i, i), (i, 1, n))).outcome()


def test_infinite_sums_are_not_rearranged() -> None:
    split = sp.Sum(1 / i, (i, 1, sp.oo)) - sp.Sum(1 / (i + n), (i, 1, sp.oo))
    assert verdict(FREE.eq(sp.Sum(1 / i - 1 / (i + n), (i, 1, sp.oo)), split)) is UNDECIDED


def test_logarithms_of_sums_over_reversed_ranges_are_not_split() -> None:
    total = sp.Sum(w[i], (i, 1, free))  # negative for free = -3
    assert verdict(FREE.eq(sp.log(total**2), 2 * sp.log(total))) is not PROVED
    whole = sp.Sum(w[i], (i, 1, n))
    assert verdict(FREE.eq(sp.log(whole**2), 2 * sp.log(whole))) is PROVED


def test_an_instance_is_not_unequal_because_equality_is_not_seen() -> None:
    model = FIXED.models[0]
    same = number(sp.sqrt(3 + 2 * sp.sqrt(2))), number(1 + sp.sqrt(2))
    assert verdict(Instance(same[0], "!=", same[1], FIXED, model)) is not PROVED
    assert verdict(Instance(same[0], ">", same[1], FIXED, model)) is not PROVED
    assert verdict(Instance(number(sp.sqrt(2)), "!=", number(1), FIXED, model)) is PROVED
