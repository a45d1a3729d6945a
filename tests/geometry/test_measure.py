"""Measuring a trained model: exact optima are recognised, wrong ones are not, and bad input is one line.

An exact case is a set of samples whose features are the prototypes of a solved model. What measuring adds to it is
rounding alone, and ``rounding`` bounds that; the controls are the same samples with labels shuffled, features bent or
the wrong penalty.
"""

import io
import json
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Run
from verify.geometry.compare import anisotropy, common_share, gram_distance, logit_distance
from verify.geometry.measure import LastLayer, Measurement, estimated_penalties, measure
from verify.geometry.prototypes import Prototypes
from verify.geometry.rules import MEASURED, deviations, virtual_prototypes
from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.labels.readers import LabelRows, read, read_rows, read_trained
from verify.model.certify import certify
from verify.model.feature_model import Bias
from verify.model.losses import BCE, MSE, PAL_CE, Loss
from verify.model.optimum import CertifiedOptimum, Instance
from verify.model.solution import Solution
from verify.model.solver import solve
from verify.report.measure_text import measurement_lines
from verify.report.verdict import verdict

EPS = float(np.finfo(float).eps)

SETS: list[tuple[list[int], int]] = [
    ([0], 40), ([1], 20), ([2], 10), ([3], 5), ([0, 1], 20), ([1, 2], 10), ([2, 3], 5), ([0, 1, 2], 3),
]  # fmt: skip
PI = LabelDistribution.from_sets([*SETS, ([], 2)], labels="abcd")
LAM = Fraction(1, 10_000)
MODELS: list[tuple[str, Bias]] = [(loss, bias) for loss in ("pal", "bce", "mse") for bias in ("zero", "free")]


def samples(solution: Solution, seed: int = 0) -> tuple[LabelRows, Any, Any]:
    """Label rows, features and the position of each sample's label set, in a random order of samples."""
    pi = solution.model.distribution
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(pi.masks)), pi.weights))
    return LabelRows(pi.labels, tuple(pi.masks[S] for S in order)), solution.H[order], order


def turned(vectors: Any, d: int = 9) -> Any:
    """The vectors in a space of ``d`` dimensions, coordinates permuted and signs changed: without any rounding."""
    wide = np.zeros((len(vectors), d))
    wide[:, : vectors.shape[1]] = vectors
    signs = np.where(np.arange(d) % 2, 1.0, -1.0)
    return wide[:, np.random.default_rng(1).permutation(d)] * signs


def layer_of(solution: Solution, scale: float = 1.0) -> LastLayer:
    """The exact case; features multiplied and classifier divided by ``scale``, which is another split of lambda."""
    rows, H, _ = samples(solution)
    b = solution.b if solution.model.free else None
    return LastLayer.of(rows, solution.model.loss, turned(H) * scale, turned(solution.W) / scale, b)


def rounding(found: Measurement) -> float:
    r"""A bound on the relative error that rounding makes in a normalised Gram matrix.

    A prototype is a mean of at most N equal numbers, one of n rows when centered: relative error (N + n + 2) eps of its
    size, which is 1/sqrt(1 - common share) of that of the centered rows. The Gram matrix doubles it and adds that of
    products of d + q terms; its Frobenius norm is at least 1/sqrt(q) of its trace. There are two matrices, and each is
    divided by its norm, which is no more accurate.
    """
    N, n, d = len(found.layer.H), len(found.layer.pi.masks), found.layer.d
    q = max(found.prediction.solution.rank, 1)
    row = (N + n + 2) * EPS / np.sqrt(1 - max(found.common_share))
    return float(4 * np.sqrt(q) * (2 * row + (d + q + 10) * EPS))


# ---------------------------------------------------------------------- exact cases


@pytest.mark.parametrize(("loss", "bias"), MODELS)
def test_features_of_the_optimum_are_at_distance_zero(loss: str, bias: Bias) -> None:
    solution = solve(PI, loss, LAM, 1, bias)
    found = measure(layer_of(solution), LAM, Fraction(1), bias)
    bound = rounding(found)
    assert bound < 1e-11
    for distance in (found.prototypes, found.classifier, found.logits):
        assert distance is not None
        assert distance.shape is not None
        assert distance.size is not None
        assert distance.shape <= bound**2 / 2
        assert distance.size <= bound
    N, spread = len(found.layer.H), found.layer.variability
    assert spread.overall is not None
    assert spread.overall <= (N * EPS) ** 2 * found.layer.energy / spread.between
    for rule in ("scaled", "plain", "weighted"):
        there, here = found.predicted.by_rule[rule], found.measured.by_rule[rule]
        np.testing.assert_array_equal(np.isnan(there), np.isnan(here))
        # A rule adds at most 2K prototypes, each with the relative error of a mean of N numbers.
        sizes = np.linalg.norm(found.prediction.H[np.isfinite(here) | (np.array(found.layer.pi.sizes) == 1)], axis=1)
        terms = 2 * PI.K * max(found.layer.pi.sizes) * sizes.max() / sizes.min() / abs(float(PI.cardinality) - 1)
        np.testing.assert_allclose(here, there, rtol=0, atol=4 * terms * N * EPS)


@pytest.mark.parametrize("scale", [2.0, 0.125])
@pytest.mark.parametrize(("loss", "bias"), MODELS)
def test_another_split_of_the_same_lambda_is_recognised(loss: str, bias: Bias, scale: float) -> None:
    found = measure(layer_of(solve(PI, loss, LAM, 1, bias), scale), LAM, None, bias)
    bound = rounding(found)
    for distance in (found.prototypes, found.classifier, found.logits):
        assert distance is not None
        assert distance.shape is not None
        assert distance.size is not None
        assert distance.shape <= bound**2 / 2
        # The split comes from the sizes of W and H, which at the solver's optimum balance up to the gap.
        assert distance.size <= bound + 2 * unbalanced(found.prediction.solution)
    assert found.penalties.lambda_H == pytest.approx(
        1 / scale**2, rel=2 * unbalanced(found.prediction.solution) + bound
    )


def unbalanced(solution: Solution) -> float:
    """How far sizes of W and H are from balance, relative: by the gap identity, the last two terms of U6."""
    H, W = float(solution.model.distribution.probabilities @ (solution.H**2).sum(axis=1)), float((solution.W**2).sum())
    lam = float(solution.model.lam)
    return float(abs(np.sqrt(lam * W / H) - 1) + 4 * EPS)


def test_a_general_rotation_changes_as_much_as_it_fails_to_be_one() -> None:
    solution = solve(PI, "pal", LAM, 1)
    rows, H, _ = samples(solution)
    Q = np.linalg.qr(np.random.default_rng(3).normal(size=(9, 9)))[0][:, : solution.rank]
    found = measure(LastLayer.of(rows, "pal", H @ Q.T, solution.W @ Q.T), LAM, Fraction(1))
    defect = float(np.linalg.norm(Q.T @ Q - np.eye(solution.rank))) + 4 * 9**1.5 * EPS  # and two products of 9 terms
    bound = rounding(found) + 4 * np.sqrt(solution.rank) * defect
    assert found.prototypes.shape is not None
    assert found.prototypes.shape <= bound**2 / 2
    assert found.prototypes.size is not None
    assert found.prototypes.size <= bound


def test_the_closed_form_of_the_squared_loss_is_recognised() -> None:
    """Features from the formulas of W2a, without the solver: W^T W and prototypes by an eigendecomposition."""
    mu, lambda_H = 1 / 100, 1 / 4
    p, y = PI.probabilities, PI.indicator
    a = y - p @ y
    squares, q = np.linalg.eigh((a * p[:, None]).T @ a)
    s = np.sqrt(squares)
    assert s.min() > mu
    W = q * np.sqrt(lambda_H / mu * (s - mu))
    h = (a @ q * (mu / s)) @ q.T @ W / lambda_H
    rows = LabelRows(PI.labels, tuple(mask for mask, w in zip(PI.masks, PI.weights, strict=True) for _ in range(w)))
    layer = LastLayer.of(rows, "mse", np.repeat(h, PI.weights, axis=0), W, p @ y)
    found = measure(layer, Fraction(1, 10_000), Fraction(1, 4))
    # An eigenvalue of C is off by K n eps of the largest, its root by that over 2 s, and G by that over s - mu.
    bound = rounding(found) + 8 * PI.K * len(p) * EPS * s.max() ** 2 / s.min() / (s.min() - mu)
    assert bound < 1e-8
    for distance in (found.prototypes, found.classifier, found.logits):
        assert distance is not None
        assert distance.size is not None
        assert distance.size <= bound
    assert found.prediction.solution.model.bias == "free"
    assert found.anisotropy is not None
    assert found.anisotropy <= bound
    weighted, plain = (found.measured.mean(rule, p) for rule in ("weighted", "plain"))
    assert weighted is not None
    assert plain is not None
    # 2K prototypes with weights up to m/(cardinality - 1), each off by rounding.
    assert weighted <= 2 * PI.K * 4 / abs(float(PI.cardinality) - 1) * bound
    assert plain > 1e3 * weighted, "control: without the correction the rule fails"


@pytest.mark.parametrize(("loss", "bias"), MODELS)
def test_penalties_are_recovered_from_stationarity(loss: str, bias: Bias) -> None:
    r"""By the gap identity U6, :math:`\|W-A/\lambda_W\|^2\le2\varepsilon/\lambda_W`, and the residuals at prototypes
    are within :math:`\sqrt{2m\varepsilon}` of the dual ones in the root mean square (Pinsker)."""
    solution = solve(PI, loss, "1/500", "1/20", bias)
    layer = layer_of(solution)
    lambda_W, lambda_H = estimated_penalties(layer)
    gap = float(certify(solution, ()).gap)
    z = layer.prototypes @ layer.classifier.T + layer.b
    coarse = (len(layer.H) + 9) * EPS * PI.K * (1 + np.abs(z).max())  # rounding of logits, and of residuals of order 1
    off_r = np.sqrt(2 * max(PI.sizes) * gap) + PI.K * coarse
    off_A = np.sqrt(2 * 0.002 * gap) + off_r * np.sqrt(layer.energy)
    size = float(np.linalg.norm(layer.classifier))
    assert off_A / size < 1e-6
    assert abs(lambda_W - 0.002) <= off_A / size
    assert abs(lambda_H - 0.05) <= off_A * size / layer.energy + 0.05 * 4 * len(layer.H) * EPS
    found = measure(layer, None, None, bias)
    assert found.penalties.unexplained_W is not None
    assert found.penalties.unexplained_W <= 2 * off_A / np.linalg.norm(layer.pull)
    assert found.penalties.unexplained_H is not None
    pulls = np.sqrt(layer.pi.probabilities)[:, None] * (layer.residuals @ layer.classifier)
    assert found.penalties.unexplained_H <= 4 * off_r * size / np.linalg.norm(pulls)


def test_a_wrong_penalty_is_explained_badly() -> None:
    layer = layer_of(solve(PI, "pal", "1/500", "1/20"))
    right = measure(layer).penalties
    wrong = measure(layer, Fraction(1, 20_000), Fraction(1, 20)).penalties
    assert right.unexplained_W is not None
    assert wrong.unexplained_W is not None
    assert right.unexplained_W < 1e-3
    # lambda_W is half of what it was: the half of A is unexplained.
    assert wrong.unexplained_W == pytest.approx(0.5, abs=right.unexplained_W)


@pytest.mark.parametrize(("loss", "bias"), MODELS)
def test_residuals_of_the_optimum_are_isotropic(loss: str, bias: Bias) -> None:
    r"""U8: :math:`R^*=\lambda T`, T being P or I, and :math:`\sum_S\pi_S\|r_S-r^*_S\|^2\le2m\varepsilon` (U11)."""
    solution = solve(PI, loss, LAM, 1, bias)
    assert solution.rank == PI.K - solution.model.loss.centered
    found = measure(layer_of(solution), LAM, Fraction(1), bias)
    lam, size = float(LAM), np.sqrt(solution.rank)  # Frobenius norm of P or I
    off = np.sqrt(2 * max(PI.sizes) * found.prediction.gap)
    assert found.prediction.anisotropy <= (2 * np.sqrt(lam) * size * off + off**2) / (lam * size)
    assert found.prediction.anisotropy < 1e-3 < anisotropy(found.layer.second_moment, 2 * lam, loss == "pal")
    assert found.anisotropy is not None
    assert found.anisotropy < 1e-3


# ---------------------------------------------------------------------- what is wrong is noticed


def test_shuffled_labels_are_noticed() -> None:
    solution = solve(PI, "pal", LAM, 1)
    layer = layer_of(solution)
    rows, _, _ = samples(solution)
    shuffled = np.random.default_rng(5).permutation(np.array(rows.masks))
    wrong = LastLayer.of(LabelRows(rows.labels, tuple(map(int, shuffled))), "pal", layer.H, layer.W)
    right, found = measure(layer, LAM), measure(wrong, LAM)
    assert found.layer.variability.overall is not None
    assert found.layer.variability.overall > 1, "features of other label sets scatter more within than between"
    for name in ("prototypes", "logits"):
        assert getattr(found, name).shape > 1e20 * getattr(right, name).shape
        assert getattr(found, name).shape > 0.1
    with pytest.raises(InputError, match="the order of samples"):
        measure(wrong)


def test_bent_features_are_noticed_in_shape_and_stretched_ones_in_size() -> None:
    solution = solve(PI, "pal", LAM, 1)
    rows, H, order = samples(solution)
    bent, stretched = H.copy(), 3 * H
    bent[order == 0] *= 1.5
    shapes = []
    for features in (H, stretched, bent):
        found = measure(LastLayer.of(rows, "pal", features, solution.W), LAM, Fraction(1)).prototypes
        assert found.shape is not None
        shapes.append((found.shape, found.size))
    assert shapes[1][0] < 1e-24
    assert shapes[2][0] > 1e-3
    assert shapes[1][1] == pytest.approx(8.0)  # 3^2 - 1
    assert shapes[0][1] == pytest.approx(0.0, abs=1e-11)


def test_an_offset_changes_no_shape_and_is_told() -> None:
    solution = solve(PI, "pal", LAM, 1)
    rows, H, _ = samples(solution)
    found = measure(LastLayer.of(rows, "pal", H + 7.0), LAM, Fraction(1))
    assert found.prototypes.shape is not None
    assert found.prototypes.shape <= rounding(found) ** 2 / 2
    assert found.common_share[0] > 0.9
    assert found.common_share[1] < 0.5
    scaled = found.measured.mean("scaled", found.layer.pi.probabilities)
    assert scaled is not None
    assert scaled < 0.1, "an offset makes sums alike: the reason why it is told"


def test_collapse_is_told_and_has_no_shape() -> None:
    solution = solve(PI, "pal", LAM, 1)
    found = measure(layer_of(solution), Fraction(10))
    assert found.prediction.solution.rank == 0
    assert found.prototypes.shape is found.prototypes.size is None
    assert any("full collapse" in line for line in measurement_lines("x", found, verdict(found, PI)))


def test_variability_by_hand() -> None:
    """Features 1, 3 and 7 of a, 8 and 10 of b: means 11/3 and 9, within 56/9 and 1; the mean of all is 29/5."""
    rows = LabelRows(("a", "b"), (1, 2, 1, 2, 1))
    found = LastLayer.of(rows, "pal", [[1], [8], [3], [10], [7]]).variability
    between = Fraction(3, 5) * (Fraction(11, 3) - Fraction(29, 5)) ** 2 + Fraction(2, 5) * (9 - Fraction(29, 5)) ** 2
    assert found.per_set is not None
    assert found.between == pytest.approx(float(between), rel=20 * EPS)
    assert found.per_set == pytest.approx([float(Fraction(56, 9) / between), float(1 / between)], rel=40 * EPS)
    assert found.overall == pytest.approx(float((Fraction(56, 9) * 3 + 2) / 5 / between), rel=40 * EPS)


def test_prototypes_that_do_not_differ_have_no_variability() -> None:
    found = LastLayer.of(LabelRows(("a", "b"), (1, 2, 1)), "pal", [[0.1], [0.3], [0.5]]).variability
    assert found.per_set is None
    assert found.overall is None


# ---------------------------------------------------------------------- synthesis rules and their prototypes


def test_rules_on_prototypes_written_by_hand() -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1), ([1, 2], 1)], labels="abc")
    H = np.array([[1.0, 0], [0, 1], [-1, -1], [3, 3], [0, -2]])
    found = deviations(pi, H)
    assert found.why == ""
    np.testing.assert_array_equal(np.isnan(found.by_rule["scaled"]), [True, True, True, False, False])
    assert found.by_rule["scaled"][3] == 0
    # h = (0, -2), the sum of the labels' prototypes is (-1, 0): at a right angle.
    assert found.by_rule["scaled"][4] == 1
    assert found.by_rule["plain"][3] == pytest.approx(2 / 3)
    # f = (2, 3, 2)/5, cardinality 7/5: the correction is (5/2) (0, 1/5) = (0, 1/2).
    assert found.by_rule["weighted"][3] == pytest.approx(np.hypot(2, 2.5) / np.hypot(3, 3))


def test_scales_are_not_negative() -> None:
    pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
    found = deviations(pi, np.array([[1.0, 0], [0, 1], [-1, -1], [-1, -1]]))
    assert found.by_rule["scaled"][3] == 1


@pytest.mark.parametrize(
    ("sets", "measured", "fragments"),
    [
        ([([0], 1), ([1], 1), ([2], 1)], (None, None), ["at most one label"]),
        ([([0], 1), ([1], 1), ([0, 1], 1), ([1, 2], 1)], (1, None), ["no sample has c alone", "1 of 2", "every label"]),
        ([([0, 1], 1), ([1, 2], 1)], (None, None), ["no sample has a, b, c alone", "0 of 2"]),
        ([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1), ([], 1)], (1, None), ["label cardinality less 1"]),
    ],
)
def test_what_cannot_be_measured_is_said(sets: Any, measured: tuple[Any, Any], fragments: list[str]) -> None:
    pi = LabelDistribution.from_sets(sets, labels="abc")
    found = deviations(pi, np.random.default_rng(0).normal(size=(len(pi.masks), 4)))
    for rule, count in zip(("scaled", "weighted"), measured, strict=True):
        assert int(np.isfinite(found.by_rule[rule]).sum()) == (count or 0)
        assert (found.mean(rule, pi.probabilities) is None) == (count is None)
    for fragment in fragments:
        assert fragment in found.why


@pytest.mark.parametrize("loss", [PAL_CE, MSE])
def test_labels_that_never_stand_alone_have_virtual_prototypes(loss: Loss) -> None:
    """In float64 as in the enclosures of a certified optimum: the gap is 1e-13, the geometry has half its digits."""
    pi = LabelDistribution.from_sets([([0, 1], 4), ([1, 2], 2), ([0, 3], 1), ([2, 3], 2), ([2], 1)], labels="abcd")
    at = CertifiedOptimum.of(pi, Instance(loss, "zero", Fraction(1, 100), Fraction(1)))
    prototypes = Prototypes.at_optimum(at)
    best = at.solution
    rows = LabelRows(pi.labels, tuple(mask for mask, w in zip(pi.masks, pi.weights, strict=True) for _ in range(w)))
    layer = LastLayer.of(rows, loss, np.repeat(best.H, pi.weights, axis=0), best.W)
    found = measure(layer, Fraction(1, 100), Fraction(1))
    assert found.measured.absent == ("a", "b", "d")
    for side in (found.measured, found.predicted):
        assert side.why == ""
        for name, rule in MEASURED.items():
            for S, mask in enumerate(pi.masks):
                if mask.bit_count() > 1:
                    certified = float(rule.deviation(prototypes, mask).mid())
                    assert side.by_rule[name][S] == pytest.approx(certified, abs=1e-6)
    words = " ".join(measurement_lines("model", found, verdict(found, pi)))
    assert "no sample has a, b, d alone: there the prototype is virtual" in words
    assert (found.predicted.mean("plain", pi.probabilities) or 0.0) < 1e-6 or loss is PAL_CE  # W2


def test_distances_of_weighted_rows_are_those_of_repeated_ones() -> None:
    rng = np.random.default_rng(4)
    X, Y, counts = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), np.array([1, 2, 3, 4, 6])
    few, many = (
        [
            *gram(np.repeat(X, times, axis=0), np.repeat(Y, times, axis=0), share),
            *logits(np.repeat(X @ X[:3].T, times, axis=0), np.repeat(Y @ Y[:3].T, times, axis=0), share),
        ]
        for times, share in ((1, counts / 16), (counts, np.full(16, 1 / 16)))
    )
    assert few == pytest.approx(many, rel=1e-12)  # sums of at most 16^2 terms of one sign, each a product of 3
    gram_x, gram_y = (np.repeat(Z, counts, axis=0) for Z in (X, Y))
    J = np.eye(16) - 1 / 16
    a, b = J @ gram_x @ gram_x.T @ J, J @ gram_y @ gram_y.T @ J
    assert few[0] == pytest.approx(1 - (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-13)


def gram(X: Any, Y: Any, share: Any) -> tuple[Any, Any]:
    found = gram_distance(X, Y, share)
    return found.shape, found.size


def logits(X: Any, Y: Any, share: Any) -> tuple[Any, Any]:
    found = logit_distance(X, Y, share)
    return found.shape, found.size


def test_blocks_of_a_large_gram_matrix_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    X, Y, share = rng.normal(size=(20, 3)), rng.normal(size=(20, 3)), np.full(20, 1 / 20)
    whole = gram(X, Y, share)
    monkeypatch.setattr("verify.geometry.compare.BLOCK", 7)
    assert gram(X, Y, share) == pytest.approx(whole, rel=400 * EPS)  # sums of 400 terms of one sign
    assert common_share(X + 100, share) > 0.99 > common_share(X, share)


# ---------------------------------------------------------------------- the command


CSV = "sea,sky,sun\n1,0,0\n0,1,0\n0,0,1\n1,1,0\n0,0,0\n"
H = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 0, 0]])
W = np.array([[1.0, -1, 0], [0, 1, -1], [-1, 0, 1]])


def files(folder: Path, arrays: dict[str, Any], labels: str = CSV) -> tuple[Path, Path]:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    (folder / "model.npz").write_bytes(buffer.getvalue())
    (folder / "beach.csv").write_text(labels)
    return folder / "model.npz", folder / "beach.csv"


def test_the_command_says_it_in_words(mlnc: Run, tmp_path: Path) -> None:
    code, out, err = mlnc("measure", *files(tmp_path, {"H": H, "W": W}), "--loss", "pal")
    assert (code, err.count("\n"), ": read as: table, " in err) == (0, 1, True)
    for fragment in (
        "model.npz: 4 samples of 3 features, 4 label sets over 3 labels, 1 more with no label or all labels left out",
        "estimated from stationarity, by least squares",
        "certified to a gap of ",
        "4 label sets have a single sample",
        "claim U8",
        "classifier, W W^T",
        "{sea, sky}",
    ):
        assert fragment in out


def test_the_command_gives_json(mlnc: Run, tmp_path: Path) -> None:
    paths = files(tmp_path, {"H": H, "W": W})
    code, out, _ = mlnc("measure", *paths, "--json", "--loss", "pal", "--lam", "1/100", "--lambda-h", "0.5")
    assert code == 0

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    document = json.loads(out, parse_constant=refuse)
    model = read_trained(paths[0])
    found = measure(LastLayer.of(read_rows(paths[1]), "pal", model.H, model.W), Fraction(1, 100), Fraction(1, 2))
    assert document["penalties"]["lambda"] == "1/100"
    assert document["penalties"]["lambda_W"] == 0.02
    assert document["prediction"]["accepted"]
    assert 0 <= document["prediction"]["gap"] < 1e-12
    assert document["variability"] == 0
    assert document["distances"]["prototypes"] == {"shape": found.prototypes.shape, "size": found.prototypes.size}
    assert document["classifier_gram"]["measured"] == (W @ W.T).tolist()
    assert np.shape(document["prototype_gram"]["predicted"]) == (4, 4)
    assert document["samples_left_out"] == 1
    assert [entry["labels"] for entry in document["prototypes"]] == [["sea"], ["sky"], ["sun"], ["sea", "sky"]]
    assert document["prototypes"][0]["scaled"] == [None, None]
    assert document["prototypes"][3]["scaled"] == [
        float(d.by_rule["scaled"][3]) for d in (found.measured, found.predicted)
    ]
    assert document["deviations"]["measured"]["plain"] == 0
    assert document["deviations"]["predicted"]["plain"] > 0
    assert document["anisotropy"] == found.anisotropy


def test_features_alone_are_held_against_a_given_lambda(mlnc: Run, tmp_path: Path) -> None:
    paths = files(tmp_path, {"H": H})
    code, out, _ = mlnc("measure", *paths, "--loss", "pal", "--lam", "1/100")
    assert code == 0
    assert "which without a classifier nothing can test" in out.split("\n", maxsplit=1)[0]
    assert "split so that the features have the predicted size" in out
    assert "cannot be measured: the features came without an array 'W'" in out
    document = json.loads(mlnc("measure", *paths, "--loss", "pal", "--lam", "1/100", "--json")[1])
    assert document["distances"]["classifier"] is None
    assert document["anisotropy"] is None
    # The split was fitted to that.
    norms = np.array([entry["norm"] for entry in document["prototypes"]])
    assert (norms[:, 0] ** 2).sum() == pytest.approx((norms[:, 1] ** 2).sum(), rel=100 * EPS)


def test_the_bias_of_the_model_decides_unless_told(mlnc: Run, tmp_path: Path) -> None:
    def bias(arrays: dict[str, Any], *options: str) -> str:
        out = mlnc("measure", *files(tmp_path, {"H": H, "W": W, **arrays}), "--lam", "1/100", "--json", *options)[1]
        return str(json.loads(out)["bias"])

    assert bias({}) == bias({"b": np.zeros(3)}) == "zero"
    against = np.array([-0.1, 0, 0.1])
    assert bias({"b": against}, "--loss", "pal") == bias({}, "--bias", "free") == "free", "no penalty pulls it there"
    assert Fraction(bias({"b": -against}, "--loss", "pal")) > 0, "control: one does"


OBJECTS = np.array([{}, None], dtype=object)
BAD: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("there is no array 'H' (its arrays: W, X)", {"X": H, "W": W}, ()),
    ("array 'H' is a pickle (object array), which is never loaded", {"H": OBJECTS}, ()),
    ("array 'W' is a pickle (object array), which is never loaded", {"H": H, "W": OBJECTS}, ()),
    ("array 'H' has dtype <U1", {"H": np.array([["a"]])}, ()),
    ("array 'H' has dtype complex128", {"H": H * 1j}, ()),
    ("array 'H' has 1 dimension(s)", {"H": H[0]}, ()),
    ("array 'H' has 3 dimension(s)", {"H": H[None]}, ()),
    ("array 'H' has shape (5, 0): at least one feature", {"H": H[:, :0]}, ()),
    ("array 'H' has 4 rows but there are 5 samples", {"H": H[:4]}, ()),
    ("entry [1, 2] of array 'H' is nan", {"H": H + np.diag([0, 0, np.nan, 0, 0])[[0, 2, 1, 3, 4], :3]}, ()),
    ("entry [0, 0] of array 'H' is inf", {"H": H + np.inf}, ()),
    ("entry [0, 0] of array 'H' is 1e+200", {"H": H + 1e200}, ()),
    ("array 'W' has shape (2, 3): 3 labels and 3 features need (3, 3)", {"H": H, "W": W[:2]}, ()),
    ("array 'W' has shape (3, 2): 3 labels and 3 features need (3, 3)", {"H": H, "W": W[:, :2]}, ()),
    ("entry [2, 1] of array 'W' is nan", {"H": H, "W": W + np.diag([0.0, 0, np.nan])[:, [0, 2, 1]]}, ()),
    ("array 'b' has shape (2,): 3 labels need (3,)", {"H": H, "W": W, "b": np.zeros(2)}, ()),
    ("there is an array 'b' but no 'W'", {"H": H, "b": np.zeros(3)}, ()),
    ("there is no array 'W' to fit the loss and lambda to", {"H": H}, ("--loss", "pal")),
    ("no positive penalty makes this W and H stationary", {"H": H, "W": 0 * W}, ()),
    ("no positive penalty makes this W and H stationary", {"H": H, "W": -W}, ("--loss", "pal")),
    ("the mean feature of every label set is 0", {"H": 0 * H, "W": W}, ()),
    ("the bias is to be zero, but array 'b' is not", {"H": H, "W": W, "b": np.ones(3)}, ("--bias", "zero")),
    ("--lam is '-1'", {"H": H, "W": W}, ("--lam", "-1")),
    ("--lambda-h is 'zero'", {"H": H, "W": W}, ("--lambda-h", "zero")),
    ("'--loss'", {"H": H, "W": W}, ("--loss", "hinge")),
    ("unknown bias 'maybe'", {"H": H, "W": W}, ("--bias", "maybe")),
    (
        "its labels are ['sea', 'sky', 'moon'] and those of",
        {"H": H, "W": W, "labels": np.array(["sea", "sky", "moon"])},
        (),
    ),
    ("its labels are ['sea', 'sky'] and those of", {"H": H, "W": W, "labels": np.array(["sea", "sky"])}, ()),
]


@pytest.mark.parametrize(("fragment", "arrays", "options"), BAD, ids=lambda x: x[:40] if isinstance(x, str) else "")
def test_bad_input_is_one_line(
    mlnc: Run, tmp_path: Path, fragment: str, arrays: dict[str, Any], options: tuple[str, ...]
) -> None:
    code, out, err = mlnc("measure", *files(tmp_path, arrays), *options)
    assert (code, out) == (2, "")
    assert err.startswith("mlnc: ")
    assert err.count("\n") == 1
    assert fragment in err


@pytest.mark.parametrize(
    ("labels", "fragment"),
    [
        ('{"labels": ["a", "b"], "sets": [{"labels": ["a"]}]}', "the order of samples matters"),
        ("sea,sky,sun\n1,0,0\n0,0,2\n", "a label is 0 or 1"),
        ("sea,sky,sun\n0,0,0\n1,1,1\n", "every label set is empty or full"),
        ("", "it is empty"),
    ],
)
def test_bad_labels_are_one_line(mlnc: Run, tmp_path: Path, labels: str, fragment: str) -> None:
    features, _ = files(tmp_path, {"H": H[:2], "W": W})
    file = tmp_path / ("labels.json" if labels.startswith("{") else "labels.csv")
    file.write_text(labels)
    code, out, err = mlnc("measure", features, file)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert fragment in err


def test_a_label_that_never_occurs_has_no_optimum_with_a_free_bias(mlnc: Run, tmp_path: Path) -> None:
    labels = "sea,sky,sun\n1,0,0\n0,1,0\n"
    code, _, err = mlnc("measure", *files(tmp_path, {"H": H[:2], "W": W}, labels), "--bias", "free", "--lam", "1/9")
    assert code == 2
    assert "label 'sun' never occurs" in err


def test_files_that_are_none(mlnc: Run, tmp_path: Path) -> None:
    features, labels = files(tmp_path, {"H": H, "W": W})
    assert mlnc("measure", features, labels)[0] == 0, "control: these files are good"
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 no")
    for wrong in ((tmp_path / "none.npz", labels), (tmp_path / "bad.npz", labels), (features, tmp_path / "none.csv")):
        code, out, err = mlnc("measure", *wrong)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert str(tmp_path) in err


def test_every_pair_of_labels_can_be_measured_in_a_feature_space_of_one_dimension() -> None:
    """d < K is allowed: what was trained is measured, whatever its dimension."""
    sets = [(list(pair), 1) for pair in combinations(range(3), 2)]
    pi = LabelDistribution.from_sets([*sets, ([0], 1), ([1], 1), ([2], 1)], labels="abc")
    layer = LastLayer.of(LabelRows(pi.labels, pi.masks), "pal", np.arange(6.0)[:, None], np.ones((3, 1)))
    found = measure(layer, Fraction(1, 100))
    assert found.prototypes.shape is not None
    assert 0 < found.prototypes.shape <= 1


@pytest.mark.parametrize(
    ("name", "bias", "rule", "off"),
    [
        ("emotions", "zero", "uniform", (0.025, 0.015, 0.011)),
        ("emotions", "free", "weighted", (0.125, 0.089, 0.072)),
        ("flags", "zero", "uniform", (0.025, 0.016, 0.011)),
        ("flags", "free", "weighted", (0.069, 0.046, 0.035)),
    ],
)
def test_rules_of_binary_cross_entropy_on_real_label_sets(
    real_data: Path, name: str, bias: Bias, rule: str, off: tuple[float, float, float]
) -> None:
    """The mean over label sets, each counted once, at 1e-2, 1e-4, 1e-6; PAL-CE's rules are further off."""
    pi = read(sorted((real_data / name).glob("*.arff")))
    for exponent, expected in zip((2, 4, 6), off, strict=True):
        means = []
        for loss, own in ((BCE, rule), (PAL_CE, "plain" if bias == "zero" else "weighted")):
            solution = solve(pi, loss, Fraction(1, 10**exponent), 1, bias)
            virtual = virtual_prototypes(loss, solution.W, solution.b, 1.0)
            found = deviations(solution.model.distribution, solution.H, virtual).by_rule[own]
            means.append(float(found[np.isfinite(found)].mean()))
        assert means[0] == pytest.approx(expected, abs=5.1e-4)
        assert means[1] > 2 * means[0]
