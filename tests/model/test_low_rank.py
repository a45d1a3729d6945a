"""The low-rank method against the interior-point method, which shares no code with it but the loss and the bound."""

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from verify.labels.builders.imbalanced import balanced
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.families import random_distribution
from verify.model import low_rank as module
from verify.model.balanced import Balanced
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.interior_point import interior_point
from verify.model.losses import LOSSES, Array
from verify.model.low_rank import FIRST_ORDER, low_rank
from verify.model.program import Program, bound_of
from verify.model.quadratic import LowRankPoint, QuadraticModel, inverses_at
from verify.model.solution import Solution
from verify.model.solver import solve

LOSS = pytest.mark.parametrize("loss", list(LOSSES))
BIAS = pytest.mark.parametrize("bias", ["zero", "free", Fraction(1, 100)], ids=str)


def found(program: Program, tolerance: float = 1e-13) -> Solution:
    return low_rank(program, lambda *_: None, tolerance)


def programs(
    seed: int, count: int, loss: str, bias: AnyBias, lambdas: list[str], skewed: bool = False
) -> Iterator[Any]:
    """Random models that are not collapsed; with ``skewed``, with weights over eight decades."""
    rng = random.Random(seed)
    while count:
        name, pi = random_distribution(rng, (2, 9))
        if skewed:
            pi = LabelDistribution.from_masks({m: int(10 ** rng.uniform(0, 8)) for m in pi.masks}, pi.labels)
        try:
            model = FeatureModel.of(pi, loss, rng.choice(lambdas), 1, bias)
        except InputError:
            continue
        if not model.at_collapse.optimal:
            count -= 1
            yield f"{name} lambda={float(model.lam)}", Program(model)


@pytest.mark.parametrize(("K", "n"), [(14, 40), (40, 120), (70, 200)])
@pytest.mark.parametrize("lam", ["1/100", "1/1000"])
def test_every_step_is_told(K: int, n: int, lam: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of L-BFGS, which a large penalty or rank begins with, and each of Newton's, at any size."""
    descents, told, original = [0], list[tuple[int, float]](), Balanced.descended

    def counted(self: Balanced, steps: int, looked: Callable[[Array], None]) -> Array:
        def one(x: Array) -> None:
            descents[0] += 1
            looked(x)

        return original(self, steps, one)

    monkeypatch.setattr(Balanced, "descended", counted)
    program = Program(FeatureModel.of(many_labels(K, n, 0), "pal", lam, 1))
    solution = low_rank(program, lambda step, gap: told.append((step, gap)), 1e-12)
    assert (descents[0] > 0) == (lam == "1/100" or K == 70)
    assert solution.iterations > 0
    assert [step for step, _ in told] == [0] * descents[0] + list(range(1, solution.iterations + 1))
    assert min(gap for _, gap in told) < 1e-12


def many_labels(K: int, n: int, seed: int) -> LabelDistribution:
    """Every label alone, and sets of up to four that prefer the first ones; so some labels are nearly collapsed."""
    rng = random.Random(seed)
    masks = {1 << k: rng.randint(1, 10) for k in range(K)}
    while len(masks) < n:
        chosen = {min(rng.randrange(K), rng.randrange(K)) for _ in range(rng.choice((1, 2, 2, 3, 4)))}
        masks[sum(1 << k for k in chosen)] = int(10 * rng.paretovariate(1.1))
    return LabelDistribution.from_masks(masks, [f"label {k}" for k in range(K)])


def test_a_trust_region_follows_what_the_last_step_was_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice what was taken of a step that was too long, three times one that it held back; else it stays."""
    steps, taken = list[tuple[float, float, bool]](), list[float]()
    asked, moved = QuadraticModel.step, module._moved

    def step(model: QuadraticModel, radius: float, reach: float) -> Any:
        found = asked(model, radius, reach)
        steps.append((radius, found.norm, found.cut))
        return found

    def move(*given: Any) -> Any:
        found = moved(*given)
        taken.append(found[1])
        return found

    monkeypatch.setattr(QuadraticModel, "step", step)
    monkeypatch.setattr(module, "_moved", move)
    rng = random.Random(61)
    pi = [random_distribution(rng, (12, 12))[1] for _ in range(5)][-1]
    found(Program(FeatureModel.of(pi, "pal", "1e-8", 1)))
    shorter = held = free = 0
    for (radius, norm, cut), length, (after, *_) in zip(steps, taken, steps[1:], strict=False):
        shorter, held, free = shorter + (length < 1), held + (length == 1 and cut), free + (length == 1 and not cut)
        assert after == (2 * length * norm if length < 1 else max(radius, 3 * norm) if cut else radius)
    assert min(shorter, held, free) > 0


# ---------------------------------------------------------------------- against the interior-point method


@LOSS
@BIAS
@pytest.mark.parametrize("skewed", [False, True], ids=["families", "weights over eight decades"])
def test_both_methods_find_the_same_optimum(loss: str, bias: AnyBias, skewed: bool) -> None:
    """Also where the label sets span fewer directions than there are labels, and whatever the rank of the optimum."""
    for name, program in programs(61, 12, loss, bias, ["1e-8", "1e-6", "1e-4", "1e-3", "1e-2", "3e-2", "1e-1"], skewed):
        ours, other = found(program), interior_point(program, lambda *_: None, 1e-13)
        assert ours.relative_gap < 1e-12, name
        assert abs(ours.value - other.value) <= 1e-10 * other.value, name
        assert np.abs(ours.G - other.G).max() <= 1e-4 * max(1.0, np.abs(other.G).max()), name


@LOSS
@BIAS
def test_thirty_labels(loss: str, bias: AnyBias) -> None:
    for lam in ("1/20", "1/300", "1/10000"):
        program = Program(FeatureModel.of(many_labels(30, 90, 5), loss, lam, 1, bias))
        ours, other = found(program), interior_point(program, lambda *_: None, 1e-13)
        assert ours.relative_gap < 1e-13, lam
        assert abs(ours.value - other.value) <= 1e-10 * other.value, lam
        assert ours.rank == other.rank, lam


def test_in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps may be rough, points and bounds are not."""
    program = Program(FeatureModel.of(many_labels(40, 120, 7), "pal", "1/300", 1))
    before = found(program)
    monkeypatch.setattr(module, "SINGLE", 1)
    monkeypatch.setattr(module, "WIDE", 1)
    after = found(program)
    assert after.relative_gap < 1e-13
    assert abs(after.value - before.value) <= 1e-13 * before.value


def test_no_strict_complementarity() -> None:
    """MSE without bias on singletons has R0 = diag(f): label 1 dies exactly at lambda = f_1."""
    pi = LabelDistribution.from_sets([([0], 6), ([1], 3), ([2], 1)], labels="abc")
    ours = found(Program(FeatureModel.of(pi, "mse", "3/10", 1)))
    assert ours.relative_gap < 1e-12
    assert ours.rank in (1, 2)


# ---------------------------------------------------------------------- its parts


@LOSS
@BIAS
def test_the_hessian_is_that_of_the_objective_with_the_best_prototypes(loss: str, bias: AnyBias) -> None:
    """Differences of gradients, prototypes settled anew, along directions that are no rotation of the classifier."""
    program = Program(FeatureModel.of(many_labels(7, 15, 3), loss, "1/100", 1, bias))
    rng = np.random.default_rng(0)
    W = program.basis @ rng.normal(size=(program.basis.shape[1], 4))
    b = rng.normal(size=7) if bias != "zero" else np.zeros(7)
    b -= b.mean() * program.loss.centered

    def settled(W: Array, b: Array) -> Any:
        point = LowRankPoint.of(program, W, b, np.zeros((program.p.size, 4)))
        for _ in range(100):
            inverses = inverses_at(program, point, np.float64)
            step = (inverses @ point.mismatch()[:, :, None])[:, :, 0]
            point = LowRankPoint.of(program, W, b, point.H + step * min(1.0, 1.0 / np.abs(step @ W.T).max()))
        assert np.abs(point.mismatch()).max() < 1e-12
        return point

    point = settled(W, b).oriented()
    model = QuadraticModel(program, point, inverses_at(program, point, np.float64))
    X = model.project(rng.normal(size=model.gradient.shape))
    ends = []
    for t in (-1e-5, 1e-5):
        moved = settled(point.W + t * X[:, :4], point.b + t * X[:, 4] if bias != "zero" else point.b)
        ends.append(moved.gradient())
    assert np.allclose(model.product(X)[0], (ends[1] - ends[0]) / 2e-5, rtol=1e-6, atol=1e-8)


@LOSS
@BIAS
def test_the_balanced_function_and_its_gradient(loss: str, bias: AnyBias) -> None:
    program = Program(FeatureModel.of(many_labels(5, 9, 3), loss, "1/100", 1, bias))
    problem = Balanced(program)
    x = problem.x + np.random.default_rng(0).normal(size=problem.x.size)
    value, gradient = problem.both(x)
    W, H, b = problem.parts(x)
    assert value == pytest.approx(program.model.objective(W, H, b), rel=1e-13)

    def along(at: Array) -> float:
        return problem.both(at)[0]

    assert np.allclose(gradient, approx_fprime(x, along, 1e-7), atol=1e-5)


@LOSS
@BIAS
def test_the_steepness_is_the_diagonal_of_the_hessian(loss: str, bias: AnyBias) -> None:
    """By differences of gradients, an entry at a time."""
    program = Program(FeatureModel.of(many_labels(5, 9, 3), loss, "1/100", 1, bias))
    problem, step = Balanced(program), 1e-5
    diagonal = [
        (problem.both(problem.x + e)[1] - problem.both(problem.x - e)[1])[i] / (2 * step)
        for i, e in enumerate(step * np.eye(problem.x.size))
    ]
    parts = problem.steepness(*problem.parts(problem.x))[: 2 + program.moves]
    steepness = np.concatenate([part.ravel() for part in parts])
    assert np.allclose(steepness * problem.mu, diagonal, rtol=1e-6, atol=1e-8)


@LOSS
@BIAS
def test_without_memory_for_inverses(loss: str, bias: AnyBias, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same optimum, by gradients only and less accurately; no inverse is made."""
    program = Program(FeatureModel.of(many_labels(30, 90, 5), loss, "1/100", 1, bias))
    best = found(program)
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module, "inverses_at", None)
    rough = found(program)
    assert rough.method == module.FIRST_ORDER
    assert rough.relative_gap <= module.AFAR
    assert 0 <= rough.value - best.value + 1e-12 <= rough.gap + 1e-12
    assert rough.rank >= best.rank


@LOSS
@BIAS
def test_where_a_step_is_dear_it_is_taken_near_the_end(
    loss: str, bias: AnyBias, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients first, then Newton's steps in single precision, without the columns that this cannot tell from none."""
    program = Program(FeatureModel.of(many_labels(30, 90, 5), loss, "1/100", 1, bias))
    best = found(program)
    monkeypatch.setattr(module, "DEAR", 0)
    monkeypatch.setattr(module, "SINGLE", 0)
    after = found(program)
    assert after.method == "low rank"
    assert after.iterations <= 6
    assert after.relative_gap <= 1e-12
    assert after.rank == best.rank


def test_control_without_units_gradients_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps in variables that are not of equal steepness end far from where they end with it."""
    program = Program(FeatureModel.of(many_labels(30, 90, 5), "pal", "1/100", 1))

    def after(steps: int) -> float:
        problem = Balanced(program, even=True)
        x = problem.descended(steps, lambda _: None)
        W, _, b = problem.parts(x)
        return bound_of(program, W, b, problem.residuals(x)).gap

    scaled = after(70)
    monkeypatch.setattr(Balanced, "steepness", lambda *_: (np.ones((1, 1)),) * 3)
    assert after(70) > 4 * scaled


# ---------------------------------------------------------------------- controls


@LOSS
@BIAS
def test_control_a_perturbed_optimum_has_a_larger_gap(loss: str, bias: AnyBias) -> None:
    program = Program(FeatureModel.of(many_labels(15, 40, 2), loss, "1/200", 1, bias))
    best = found(program)
    W = best.W / np.sqrt(float(program.model.lambda_H))
    gaps = [bound_of(program, (1 + shift) * W, best.b, best.r).gap for shift in (0.0, 1e-5, 1e-3)]
    assert gaps[0] <= 1e-12 * best.value < gaps[1] < gaps[2]
    values = [program.objective((1 + shift) * W, best.b, best.r) for shift in (0.0, 1e-3, -1e-3)]
    assert values[0] < min(values[1:])


def test_control_a_classifier_without_one_of_its_columns_is_no_end() -> None:
    """A stationary point of lower rank: the gap sees it, and the method grows the column again."""
    program = Program(FeatureModel.of(many_labels(15, 40, 2), "pal", "1/200", 1))
    best = found(program)
    fewer = best.W[:, :-1]
    assert bound_of(program, fewer, best.b, program.respond(fewer, best.b, best.r).r).gap > 1e-6 * best.value
    point = LowRankPoint.of(program, fewer, best.b, best.r @ fewer)
    model, point = module._settled(program, point, np.float64)
    assert module._grown(program, point, model).W.shape[1] > point.W.shape[1]


def test_a_classifier_of_which_no_column_is_left() -> None:
    """A hair below the threshold all columns fall to zero, and there is no step from there."""
    pi = balanced(13, 2)
    threshold = Fraction(FeatureModel.of(pi, "bce", 1, 1, Fraction(1, 10)).at_collapse.threshold)
    solution = solve(pi, "bce", threshold * (1 - Fraction(1, 10**14)), 1, Fraction(1, 10))
    assert solution.relative_gap < 1e-12


def test_the_rule_for_the_method() -> None:
    methods = [
        solve(many_labels(K, 2 * K, 0), "pal", lam, 1).method
        for K, lam in ((8, "1/100"), (16, "1/100"), (16, "1/1000000000"), (66, "1/100"))
    ]
    assert methods == ["interior point", "low rank", "interior point", "low rank"]


@pytest.mark.parametrize(("room", "method"), [(0, "low rank"), (-1, FIRST_ORDER)])
def test_only_columns_that_are_felt_need_room(room: int, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the inverses fit is asked without the columns that no label set feels; the control has no room at all."""
    program = Program(FeatureModel.of(balanced(6, 2), "pal", "1/100", 1))
    best = found(program)
    W = np.hstack([best.W, 1e-9 * np.random.default_rng(0).normal(size=(6, 3))])
    point = LowRankPoint.of(program, W * 1.001, best.b, best.r @ W)
    monkeypatch.setattr(module, "_start", lambda *_: (point, 7))
    monkeypatch.setattr(module, "LARGE", len(program.p) * best.rank**2 + room)
    after = found(program)
    assert after.method == method
    assert (after.relative_gap < 1e-12) == (method == "low rank")
