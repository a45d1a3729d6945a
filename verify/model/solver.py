r"""The global optimum of the unconstrained feature model, in float64: which method finds it.

Full collapse and MSE have closed forms. Else a label set of few labels, or a tiny penalty, is for the interior-point
method (``interior_point``), which keeps the *relative* accuracy of tiny residuals but whose Newton equation has about
:math:`K^2/2` unknowns; everything else is for the method on a classifier of low rank (``low_rank``), whose cost is that
of products of matrices. ``notes/performance.md`` has what either costs.

Nothing here is trusted: what the solver hands over is a certificate.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from verify.labels.distribution import LabelDistribution
from verify.model.feature_model import AnyBias, FeatureModel
from verify.model.interior_point import central_path
from verify.model.losses import Loss
from verify.model.program import Program, Progress, bound_of, solution_of
from verify.model.response import DENSE_LABELS, Asking, alone
from verify.model.solution import COLLAPSE, Solution

TOLERANCE = 1e-13
FEW_LABELS = 12  # with fewer the interior-point method is the faster one
TINY_LAMBDA = 1e-7  # below it, too, wherever its matrices are of reasonable size


def solve(
    distribution: LabelDistribution,
    loss: Loss | str,
    lambda_W: int | str | Fraction,
    lambda_H: int | str | Fraction,
    bias: AnyBias | str = "zero",
    *,
    digits: int | None = None,
    tolerance: float | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Solve the model: to a relative gap of about 1e-13 in float64, or of ``10**-digits`` in multiprecision.

    Args:
        distribution: the label distribution; PAL-CE takes its proper part.
        loss: a loss, or its name.
        lambda_W, lambda_H: the regularisation: exact rational numbers, as such or as text such as ``"1/1000"``.
        bias: ``"zero"`` (fixed to 0), ``"free"``, or its penalty, a positive rational number.
        digits: decimal digits of the relative gap; float64 if absent or at most 15. The geometry has half as many.
        tolerance: the relative gap at which float64 stops, if another one; a larger one saves steps.
        progress: called after every step with its number and the relative gap reached.

    Raises:
        InputError: regularisation that is not positive, or a model without a minimiser.

    Example:
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> solution = solve(pi, "pal", "1/10", "1/10")
        >>> solution.rank, round(solution.value, 6), solution.relative_gap < 1e-12
        (2, 0.760426, True)
        >>> solve(pi, "pal", "1/10", "1/10", digits=40).relative_gap < 1e-39
        True
    """
    model = FeatureModel.of(distribution, loss, lambda_W, lambda_H, bias)
    report = progress or (lambda *_: None)
    solution = alone(solving(model, report, tolerance or TOLERANCE))
    if not digits:
        return solution
    from verify.model.refine import refine  # noqa: PLC0415 - little asks for it

    return refine(solution, digits, report)


def solving(model: FeatureModel, report: Progress, tolerance: float) -> Asking[Solution]:
    """The optimum in float64, as a computation of which several can go in step (``response.in_step``)."""
    found = _collapsed(model) or _closed_form(model)
    return found or (yield from _iterated(Program(model), report, tolerance))


def _iterated(program: Program, report: Progress, tolerance: float) -> Asking[Solution]:
    """The one rule for the method. What low rank leaves open, as without strict complementarity, the path may close."""
    dense = program.K <= DENSE_LABELS
    if dense and (program.K < FEW_LABELS or program.lam < TINY_LAMBDA):
        return (yield from central_path(program, report, tolerance))
    from verify.model.low_rank import low_rank  # noqa: PLC0415 - SciPy, which takes longer than a small label set

    solution = low_rank(program, report, tolerance)
    if solution.gap <= tolerance * solution.value or not dense:
        return solution
    steps = solution.iterations
    other = yield from central_path(program, lambda step, gap: report(steps + step, gap), tolerance)
    return min(solution, replace(other, iterations=steps + other.iterations), key=lambda found: found.gap)


def _collapsed(model: FeatureModel) -> Solution | None:
    """``W = 0``, if that is the global optimum; decided exactly unless it is far from a tie (claim U9)."""
    collapse = model.at_collapse
    if collapse.threshold > float(model.lam) * (1 + 1e-6) or not collapse.optimal:
        return None
    K, n = model.distribution.K, len(model.distribution.masks)
    value = model.objective(np.zeros((K, 0)), np.zeros((n, 0)), collapse.bias)
    return Solution(model, np.zeros((K, 0)), collapse.bias, collapse.residuals, value, 0.0, 0, COLLAPSE)


def _closed_form(model: FeatureModel) -> Solution | None:
    r"""The optimum for MSE (claim W2): in every singular direction of :math:`[\sqrt{\pi_S}\,r^0_S]`, of size ``s``,
    residuals are cut to :math:`\mu=\sqrt\lambda`, and :math:`\Gamma` is :math:`(s-\mu)_+/\mu`. ``None`` for another
    loss, weights or a decaying bias, or where rounding leaves a gap."""
    if not model.loss.quadratic or model.loss.weights or model.decay:
        return None
    program, collapse = Program(model), model.at_collapse
    mu, r0 = np.sqrt(program.lam), collapse.residuals
    _, sizes, Vt = np.linalg.svd(np.linalg.qr(r0 * np.sqrt(program.p)[:, None], mode="r"))
    U, alive = Vt.T[:, : len(sizes)], sizes > mu
    r = (r0 @ U * (mu / np.maximum(sizes, mu))) @ U.T
    W = U[:, alive] * np.sqrt((sizes[alive] - mu) / mu)
    bound = bound_of(program, W, collapse.bias, r)
    if bound.gap > TOLERANCE * bound.value:
        return None
    return solution_of(program, W, collapse.bias, bound, "closed form", 0)
