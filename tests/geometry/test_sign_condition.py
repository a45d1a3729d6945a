"""Roots of the second moment, the sign condition, kappa-control: against float64, exact algebra, real label sets."""

from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import get_args

import flint
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import (
    distributions_of_one_multiplicity,
    distributions_with_kappa_zero,
    distributions_with_singletons,
    from_families,
    label_distributions,
    pairs_of_distributions_on_the_same_labels,
    perfectly_orthogonal_distributions,
    sparse_supports,
)
from verify.checks.terminal_phase.conditions_on_signs import THRESHOLD, _masses, _sharp_family
from verify.geometry.sign_condition import (
    BITS,
    Moment,
    TerminalGeometry,
    control_constant,
    cosine_square,
    kappa_control,
    sign_of_polar_entry,
)
from verify.geometry.spectrum import LabelSpectrum, Spectrum
from verify.labels import readers
from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.feature_model import Bias
from verify.model.losses import BCE, MSE, PAL_CE

BIASES: tuple[Bias, Bias] = ("zero", "free")
EPS = float(np.finfo(float).eps)
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
any_distribution = st.one_of(
    label_distributions(),
    from_families(),
    distributions_with_singletons(),
    sparse_supports(),
    distributions_with_kappa_zero().map(lambda pair: pair[0]),
)
MOMENTS: tuple[Moment, ...] = get_args(Moment)
moments = st.sampled_from(MOMENTS)
any_for_bce = st.one_of(
    any_distribution, label_distributions(proper=False).filter(lambda pi: any(0 < m < pi.K for m in pi.sizes))
)


def in_floats(A: object) -> Floats:
    return np.array([[float(x.mid()) for x in row] for row in A.tolist()])  # type: ignore[attr-defined]


def in_float64(pi: LabelDistribution, centering: Moment) -> Floats:
    """The terminal logits without bias, from their definition."""
    rows = 2 * pi.indicator - 1 if centering.endswith("signs") else pi.indicator
    if centering in {"mean", "centered signs"}:
        rows = rows - pi.probabilities @ rows
    return rows if centering.endswith("signs") else rows - rows.mean(axis=1, keepdims=True)


def contains(A: object, B: object) -> bool:
    """Whether every ball of ``A`` meets its counterpart in ``B``."""
    return all(x.overlaps(arb(y)) for x, y in zip(A.entries(), B.entries(), strict=True))  # type: ignore[attr-defined]


# ---------------------------------------------------------------------- the geometry


@given(pi=any_for_bce, centering=moments)
def test_the_roots_are_those_of_the_definition(pi: LabelDistribution, centering: Moment) -> None:
    """Their products are the exact rational moment, its projector and the identity on the range, at any rank."""
    geometry = TerminalGeometry.of(pi, centering)
    sigma = fmpq_mat(geometry.moment) / geometry.scale
    rows = in_float64(geometry.pi, centering)
    expected = (rows * geometry.pi.probabilities[:, None]).T @ rows
    np.testing.assert_allclose([[int(a.p) / int(a.q) for a in row] for row in sigma.tolist()], expected, atol=64 * EPS)
    with flint.ctx.workprec(192):
        root, inverse = geometry.root, geometry.inverse_root
        identity = fmpq_mat(pi.K, pi.K, [fmpq(int(j == k)) for j in range(pi.K) for k in range(pi.K)])
        assert contains(root * root, sigma)
        assert contains(root * inverse, identity - geometry.kernel)
        assert contains(inverse * inverse, geometry.pseudo_inverse)
        size = max(abs(x.mid()) for x in inverse.entries())
        assert max(x.rad() for x in inverse.entries()) <= size * pi.K * arb(2) ** -(BITS // 2)
    assert geometry.pseudo_inverse * sigma * geometry.pseudo_inverse == geometry.pseudo_inverse
    assert geometry.kernel * sigma == fmpq_mat(pi.K, pi.K)
    assert geometry.rank == np.linalg.matrix_rank(in_floats(arb_mat(sigma)), tol=1e-9, hermitian=True)


@given(pi=any_distribution)
def test_the_rank_says_whether_a_contrast_is_annihilated(pi: LabelDistribution) -> None:
    kappa = Spectrum.of(pi).kappa
    assert TerminalGeometry.of(pi).full_rank == (kappa.rational != 0)


@pytest.mark.parametrize("digits", [10, 20, 40, 100])
def test_the_roots_are_found_at_any_condition_number(digits: int) -> None:
    """Singletons of very different frequency: beyond float64 the eigenbasis is computed in long arithmetic."""
    pi = LabelDistribution.from_masks({1 << k: 10 ** (digits * k) for k in range(4)}, "abcd")
    geometry = TerminalGeometry.of(pi)
    assert contains(geometry.root * geometry.root, fmpq_mat(geometry.moment) / geometry.scale)
    assert geometry.sign.verdict == "strict"  # claim T3a


# ---------------------------------------------------------------------- the sign condition


@given(pi=any_for_bce, centering=moments)
def test_the_verdict_is_that_of_the_entries(pi: LabelDistribution, centering: Moment) -> None:
    """Nothing is left undecided at these sizes, and the entries in balls say the same, one by one."""
    geometry = TerminalGeometry.of(pi, centering)
    sign = geometry.sign
    entries = [
        (-geometry.polar_entry(mask, j) if mask >> j & 1 else geometry.polar_entry(mask, j), mask, j)
        for mask in geometry.pi.masks
        for j in range(pi.K)
        if centering.endswith("signs") or not mask >> j & 1
    ]
    assert sign.verdict != "undecided"
    violating = {mask for entry, mask, j in entries if entry > 0}
    zero = [(mask, j) for entry, mask, j in entries if entry.contains(0)]
    assert set(sign.violating) == violating
    assert sign.verdict == ("violated" if violating else "equality" if zero else "strict")
    assert not any(entry > sign.value for entry, *_ in entries)
    assert geometry.excess(*sign.worst).overlaps(sign.value)
    for mask, j in zero[:3]:
        assert sign_of_polar_entry(geometry, mask, j) == 0


@given(pi=label_distributions(st.integers(3, 6)), centering=moments, data=st.data())
def test_the_exact_sign_is_that_of_the_ball(pi: LabelDistribution, centering: Moment, data: st.DataObject) -> None:
    geometry = TerminalGeometry.of(pi, centering)
    mask, label = data.draw(st.sampled_from(geometry.pi.masks)), data.draw(st.integers(0, pi.K - 1))
    entry = geometry.polar_entry(mask, label)
    assert sign_of_polar_entry(geometry, mask, label) == (1 if entry > 0 else -1 if entry < 0 else 0)


def test_a_zero_is_told_from_what_no_ball_can_tell_from_it() -> None:
    """T3b: exactly 0 at the threshold, by roots of 2 and of 18; one part in 10^70 further it is not."""
    at = TerminalGeometry.of(_sharp_family(_masses(THRESHOLD)))
    assert at.sign.verdict == "equality"
    assert sign_of_polar_entry(at, 0b111111, 6) == 0
    for nudge, verdict in ((-1, "violated"), (1, "strict")):
        near = TerminalGeometry.of(_sharp_family(_masses(THRESHOLD * (1 + Fraction(nudge, 10**70)))))
        assert near.polar_entry(0b111111, 6).contains(0)
        assert near.sign.verdict == verdict


def test_what_cannot_be_decided_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.geometry.sign_condition.MOST_EXACT_LABELS", 8)
    geometry = TerminalGeometry(_sharp_family(_masses(THRESHOLD)))
    assert (geometry.sign.verdict, geometry.sign.holds, geometry.hard_margin.optimal) == ("undecided", None, None)


@given(pi=any_for_bce, centering=moments)
def test_the_hard_margin_certificate_is_tight(pi: LabelDistribution, centering: Moment) -> None:
    """Claim T1: primal and dual value agree with each other and with the sum of the roots of the eigenvalues."""
    geometry = TerminalGeometry.of(pi, centering)
    certificate = geometry.hard_margin
    assert certificate.primal.overlaps(certificate.dual)
    assert certificate.optimal == (geometry.sign.verdict in ("strict", "equality"))
    rows = in_float64(geometry.pi, centering)
    values = np.linalg.eigvalsh((rows * geometry.pi.probabilities[:, None]).T @ rows)
    # eigenvalues within an ulp of numbers of order one, hence their roots within the root of that
    assert float(certificate.primal.mid()) == pytest.approx(sum(np.sqrt(np.maximum(values, 0))), abs=pi.K * EPS**0.5)
    assert certificate.dual.rad() < 1e-12 * pi.K


# ---------------------------------------------------------------------- kappa-control


@given(pi=distributions_of_one_multiplicity())
def test_kappa_control_is_the_inequality_of_the_statement(pi: LabelDistribution) -> None:
    (m,) = pi.multiplicities
    spectrum = Spectrum.of(pi)
    decided = kappa_control(spectrum, m)
    kappa, largest = float(spectrum.kappa), float(spectrum.largest)
    ratio = largest / kappa if kappa > 0 else float("inf")
    constant = control_constant(pi.K, m)
    if abs(ratio - constant) > 1e-9 * ratio:
        assert decided == (ratio <= constant)
    if decided:
        assert TerminalGeometry.of(pi).sign.holds


@pytest.mark.parametrize(("nudge", "controlled"), [(0, True), (1, True), (-1, False)])
def test_kappa_control_decides_the_boundary(nudge: int, controlled: bool) -> None:
    """T3b: K = 9 kappa exactly at the threshold, more below."""
    pi = _sharp_family(_masses(THRESHOLD * (1 + Fraction(nudge, 10**60))))
    assert kappa_control(Spectrum.of(pi), 6) is controlled


def test_kappa_control_decides_an_irrational_boundary() -> None:
    """Labels 1 : 3 : 6 have eigenvalues (1 -+ s)/3, s^2 = 19/100, of ratio ((1 + t)/(1 - t))^2 at t^2 = 1/19."""
    spectrum = Spectrum.of(LabelDistribution.from_masks({1: 1, 2: 3, 4: 6}, "abc"))
    assert spectrum.kappa.rational is None
    assert kappa_control(spectrum, 1, Fraction(1, 19))
    assert kappa_control(spectrum, 1, Fraction(1, 19) * (1 + Fraction(1, 10**60)))
    assert not kappa_control(spectrum, 1, Fraction(1, 19) * (1 - Fraction(1, 10**60)))


@given(pi=perfectly_orthogonal_distributions())
def test_perfect_orthogonality_is_controlled(pi: LabelDistribution) -> None:
    (m,) = pi.multiplicities
    assert kappa_control(Spectrum.of(pi), m)
    assert TerminalGeometry.of(pi).sign.verdict == "strict"


def test_the_constant_is_infinite_only_for_all_but_one_label() -> None:
    assert [control_constant(5, m) == float("inf") for m in range(1, 5)] == [False, False, False, True]
    assert cosine_square(5, 4) == 1
    assert all(cosine_square(K, m) < cosine_square(K, m + 1) for K in range(3, 9) for m in range(1, K - 1))


# ---------------------------------------------------------------------- the inequalities, in float64 from scratch


def float_roots(pi: LabelDistribution) -> tuple[Floats, Floats, float]:
    """Sigma^{1/2}, Sigma^{+1/2} and kappa from numpy alone."""
    y = pi.indicator - pi.indicator.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh((y * pi.probabilities[:, None]).T @ y)
    live = values > 1e-9
    roots = np.sqrt(values[live])
    V = vectors[:, live]
    return (V * roots) @ V.T, (V / roots) @ V.T, float(values[1])


@given(pair=pairs_of_distributions_on_the_same_labels())
def test_the_geometry_is_as_stable_as_the_weakest_contrast_allows(
    pair: tuple[LabelDistribution, LabelDistribution],
) -> None:
    """T5 and T5a between any two distributions, enclosed; float64 from scratch says the same of the distances."""
    geometries = [TerminalGeometry.of(pi) for pi in pair]
    spectra = [Spectrum.of(pi) for pi in pair]
    if not all(geometry.full_rank for geometry in geometries):
        return
    k, l = (float(spectrum.kappa) for spectrum in spectra)  # noqa: E741
    sigmas = [np.array([[int(a) for a in row] for row in g.moment.tolist()]) / g.scale for g in geometries]
    change = np.linalg.norm(sigmas[0] - sigmas[1], 2)
    floats = [float_roots(pi) for pi in pair]
    for index, name, bound in (
        (0, "root", change / (k**0.5 + l**0.5)),
        (1, "inverse_root", change / ((k * l) ** 0.5 * (k**0.5 + l**0.5))),
    ):
        apart = np.linalg.norm(in_floats(getattr(geometries[0], name) - getattr(geometries[1], name)), 2)
        # every number here is a float64 norm of matrices known to an ulp of the largest inverse root
        assert apart <= bound * (1 + 1e-12) + 64 * EPS * min(k, l) ** -1.5
        other = np.linalg.norm(floats[0][index] - floats[1][index], 2)
        np.testing.assert_allclose(apart, other, rtol=0, atol=64 * EPS * min(k, l) ** -1.5)


@given(pi=label_distributions())
def test_every_contrast_of_rows_keeps_its_floor(pi: LabelDistribution) -> None:
    """T5: the distances of the terminal classifier rows are at least 2 sqrt(kappa)."""
    geometry, kappa = TerminalGeometry.of(pi), float(Spectrum.of(pi).kappa)
    root = float_roots(pi.proper)[0]
    for j, k in combinations(range(pi.K), 2):
        distance = float(geometry.row_distance(j, k).mid())
        assert geometry.row_distance(j, k).upper() >= 2 * kappa**0.5 * (1 - 1e-12)
        # the root of an eigenvalue that is 0 may come out as the root of a rounding error
        assert distance == pytest.approx(root[j, j] - 2 * root[j, k] + root[k, k], abs=4 * (64 * EPS) ** 0.5)


def test_balanced_rows_are_a_simplex() -> None:
    geometry = TerminalGeometry.of(balanced(5, 2))
    assert geometry.row_distance(0, 1).overlaps(2 * (arb(3) / 10).sqrt())  # kappa-bar = 3/10


# ---------------------------------------------------------------------- real label sets


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("emotions", ("strict", "violated")),
        ("flags", ("violated", "violated")),
        ("yeast", ("violated", "violated")),
        ("birds", ("violated", "violated")),
        ("medical", ("violated", "violated")),
    ],
)
def test_real_label_sets(real_data: Path, name: str, verdicts: tuple[str, str]) -> None:
    """Without bias emotions alone satisfies the condition; with a free one none does. The largest entry is checked
    in float64 from the definition."""
    pi = readers.read(sorted((real_data / name).glob("*.arff")))
    for bias, verdict in zip(BIASES, verdicts, strict=True):
        geometry = TerminalGeometry.for_loss(pi, PAL_CE, bias)
        assert geometry.sign.verdict == verdict
        assert_in_float64(geometry)


def assert_in_float64(geometry: TerminalGeometry) -> None:
    """The largest entry that the condition asks about, from its definition; for BCE the label sets that violate it."""
    rows, on = in_float64(geometry.pi, geometry.centering), geometry.pi.indicator > 0
    values, vectors = np.linalg.eigh((rows * geometry.pi.probabilities[:, None]).T @ rows)
    values, V = values[geometry.centered :], vectors[:, geometry.centered :]
    q = rows @ (V / np.sqrt(values)) @ V.T
    excess = np.where(on, -np.inf if geometry.centered else -q, q)
    # the inverse root loses about as many ulp as the condition number has units
    lost = 1e3 * EPS * values[-1] / values[0]
    assert float(geometry.sign.value.mid()) == pytest.approx(excess.max(), abs=lost)
    assert np.abs(excess[np.isfinite(excess)]).min() > lost
    violating = [mask for mask, row in zip(geometry.pi.masks, excess, strict=True) if row.max() > 0]
    assert list(geometry.sign.violating) == violating


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("emotions", (0, Fraction(38, 593))),
        ("flags", (0, Fraction(1, 194))),
        ("yeast", (Fraction(565, 2417), Fraction(1523, 2417))),
        ("birds", (Fraction(20, 645), Fraction(278, 645))),
        ("medical", (Fraction(298, 978), Fraction(876, 978))),
    ],
)
def test_real_label_sets_under_binary_cross_entropy(
    real_data: Path, name: str, shares: tuple[Fraction, Fraction]
) -> None:
    """The share of samples whose label sets violate the condition, without and with a free bias; so does float64."""
    pi = readers.read(sorted((real_data / name).glob("*.arff")))
    for bias, share in zip(BIASES, shares, strict=True):
        geometry = TerminalGeometry.for_loss(pi, BCE, bias)
        assert_in_float64(geometry)
        assert Fraction(sum(pi.weight_of[mask] for mask in geometry.sign.violating), pi.total) == share


@pytest.mark.slow
def test_a_hundred_and_fifty_nine_labels_under_binary_cross_entropy(real_data: Path) -> None:
    pi = readers.read(sorted((real_data / "bibtex").glob("*.arff")))
    violating = [len(TerminalGeometry.for_loss(pi, BCE, bias).sign.violating) for bias in BIASES]
    assert (len(pi.masks), violating) == (2856, [2688, 2856])


def test_a_loss_with_finite_minimisers_has_no_margin() -> None:
    with pytest.raises(InputError, match="MSE has no hard margin"):
        TerminalGeometry.for_loss(balanced(3, 1), MSE, "zero")


def test_foodtruck_violates_the_sign_condition(real_data: Path) -> None:
    files = sorted((real_data / "foodtruck").glob("*.arff"))
    if not files:
        pytest.skip("foodtruck is not among the published label sets here")
    assert TerminalGeometry.of(readers.read(files)).sign.verdict == "violated"


def test_kappa_control_of_mixed_sets_uses_the_least_multiplicity(real_data: Path) -> None:
    """Emotions satisfies the condition although its condition number does not guarantee it."""
    case = LabelSpectrum(readers.read(sorted((real_data / "emotions").glob("*.arff"))))
    assert not kappa_control(case.overall, min(case.parts))
    assert TerminalGeometry.of(case.pi).sign.holds
