r"""More digits: where ``polish`` fails, the interior-point method in multiprecision, started from the float64 solution.

The path of ``interior_point``, :math:`\Gamma(\lambda I-R)=\tau I`, followed from :math:`\tau\approx10^{-12}` down to
the precision asked. Near the path Newton's method is quadratic, so :math:`\tau` may fall to about
:math:`\tau^{3/2}` in one step; where it is not (an optimum without strict complementarity, as exactly at a threshold)
the steps adapt. No rank is decided here. All numbers are midpoints of Arb balls: digits, not proofs. The proof is the
certificate's.

The frame starts as the float64 classifier completed by the collapsed directions, ``V`` of shape ``(K, d)`` with
:math:`\Gamma=VV^\top`. A step makes it ``VL`` with ``L`` lower triangular, so that collapsing columns never mix with
larger ones and keep their relative accuracy.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from verify.certificate.format import Real
from verify.exact.balls import ball
from verify.exact.matrices import columns_centered, diagonal, from_floats, identity, scaled_rows
from verify.exact.rationals import to_fmpq
from verify.model.feature_model import FeatureModel
from verify.model.losses import Array
from verify.model.polish import Multiprecision, numbers, polished
from verify.model.response import DENSE_LABELS
from verify.model.solution import COLLAPSE, ExactPoint, Solution

START = 1e-12  # where float64 leaves the path, relative to the value
CENTERED = 0.1  # how near to the path is near, relative to tau
STEPS = 2000

Matrix = Any  # flint.arb_mat, which comes without type stubs
Number = Any  # flint.arb
Progress = Callable[[int, float], None]


class RefinementError(ArithmeticError):
    """The path was lost: the float64 solution was not near enough to the optimum."""


def refine(solution: Solution, digits: int, progress: Progress | None = None) -> Solution:
    """The solution to a relative gap of about ``10**-digits``.

    Args:
        solution: from ``solver.solve``, with a relative gap of about 1e-12 or less.
        digits: decimal digits of the relative gap. The geometry has half as many: the gap is of second order.
        progress: called after every step with its number and the relative gap reached.

    Raises:
        RefinementError: the solution given is too far from the optimum; or there are more than 64 labels, and too many
            label sets or no strict complementarity.

    Example:
        >>> from verify.model.certify import certify
        >>> from verify.labels.distribution import LabelDistribution
        >>> from verify.model.solver import solve
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> fine = refine(solve(pi, "pal", "1/10", "1/10"), 50)
        >>> certify(fine).gap < Fraction(1, 10**49)
        True
    """
    if digits <= solution.digits:
        return solution
    bits = round(3.33 * (1.5 * digits + 30) + 2 * abs(np.log2(float(solution.model.lam))))
    with ctx.workprec(bits):
        if solution.method == COLLAPSE:
            return _collapsed(solution, digits)
        report = progress or (lambda *_: None)
        try:
            found = polished(solution, digits, report)
            if not found and solution.model.distribution.K > DENSE_LABELS:  # the path wants K^2/2 unknowns
                raise RefinementError("too many label sets, or a direction about to collapse, or that has just done so")
            return found or _Path(solution).follow(digits, report)
        except ZeroDivisionError:  # python-flint's word for a singular matrix
            raise RefinementError("the Newton equation is singular") from None


def _collapsed(solution: Solution, digits: int) -> Solution:
    """Full collapse is known in closed form, but for a decaying bias: rational residuals, and logarithms of class
    frequencies for a bias."""
    model, pi = solution.model, solution.model.distribution
    b = [arb(0)] * pi.K
    r: Sequence[Sequence[Real]] = model.at_collapse.exact_residuals
    if model.free:
        b = [model.loss.balls.logit(-ball(q), 0) for q in model.at_collapse.share]
    elif model.decay:
        b, r = _decayed(solution, digits)
    exact = ExactPoint([[] for _ in range(pi.K)], numbers(arb_mat([b]))[0], r)
    return replace(solution, digits=digits, exact=exact)


def _decayed(solution: Solution, digits: int) -> tuple[list[Number], list[list[Real]]]:
    """The decaying bias at ``W = 0`` and the residuals: Newton's method, which doubles the digits it starts with."""
    model, pi, loss = solution.model, solution.model.distribution, solution.model.loss.balls
    decay, shares = ball(model.decay).mid(), [ball(a).mid() for a in pi.shares]
    b, entries = from_floats(solution.b[:, None]), _entries(model)
    for _ in range(2 + digits.bit_length()):
        rows = [[a.mid() for a in loss.residual(list(b.entries()), *entry)] for entry in entries]
        hessian, pull = identity(pi.K) * decay, b * -decay
        for p, entry, r in zip(shares, entries, rows, strict=True):
            hessian += loss.hessian(r, *entry) * p
            pull += arb_mat([[a] for a in r]) * p
        b = (b + hessian.mid().solve(pull.mid())).mid()
    return list(b.entries()), numbers(arb_mat(rows))


# ---------------------------------------------------------------------- the path


class _Path:
    """The state of the iteration. ``r`` is ``(n, K)``, ``V`` is ``(K, d)``, ``b`` is ``(K, 1)``, all midpoints."""

    def __init__(self, solution: Solution) -> None:
        model, pi = solution.model, solution.model.distribution
        self.solution, self.loss, self.moves = solution, model.loss, model.moves
        self.lam, self.decay = ball(model.lam).mid(), ball(model.decay).mid()
        self.pi = [arb(weight) / pi.total for weight in pi.weights]
        self.y = _entries(model)
        frame, tau = _frame(solution)
        self.tau = arb(tau)
        self.V, self.b, self.r = map(from_floats, (frame, solution.b[:, None], solution.r))
        if self.loss.centered:  # what sums to zero in float64 does not do so in more digits
            self.V, self.b = columns_centered(self.V), columns_centered(self.b)
            self.r = columns_centered(self.r.transpose()).transpose()
        self.greens: list[Matrix] = []
        self.pairs = [(i, j) for i in range(self.V.ncols()) for j in range(i, self.V.ncols())]
        # the share of an entry in its orthonormal coordinate of the symmetric matrices
        self.weights = [arb(1) / 2 if i == j else arb(0.5).sqrt().mid() for i, j in self.pairs]
        self.index = {pair: at for at, (i, j) in enumerate(self.pairs) for pair in ((i, j), (j, i))}

    def follow(self, digits: int, progress: Progress) -> Solution:
        value = arb(self.solution.value)
        final = arb(10) ** -digits * value / (2 * self.V.ncols())
        before = float("inf")
        for step in range(1, STEPS):
            self._answer()
            slack = self._slack()
            gap = float(slack.trace() / 2) / self.solution.value
            progress(step, gap)
            distance = self._distance(slack)
            if distance < CENTERED and self.tau < 2 * final:
                return self._solution(digits, step, slack)
            # A collapsing column falls by a factor of about distance^2 whatever was asked: first come closer.
            fall = max((self.tau / value).sqrt(), final / self.tau)
            stalled = distance > before / 2
            if distance < CENTERED and (stalled or distance**2 * 100 < fall):
                self.tau = (self.tau * max(fall, arb(100 * distance**2))).mid()
                before = float("inf")
            else:
                before = distance
            self._newton(slack)
        raise RefinementError(f"not at the end of the path after {STEPS} steps")

    def _answer(self) -> None:
        """One Newton step of every inner problem, and its Green matrix."""
        gram = (self.V * self.V.transpose()).mid()
        K = gram.nrows()
        logits, bias, balls = (self.r * gram).mid().tolist(), self.b.entries(), self.loss.balls
        rows, self.greens = [], []
        for S, ((y, mass), r, z) in enumerate(zip(self.y, self.r.tolist(), logits, strict=True)):
            curvature = [entry.mid() for entry in balls.curvature(r, y, mass)]
            self.greens.append(_green(curvature, gram, centered=self.loss.centered))
            own = [balls.logit(*entry).mid() for entry in zip(r, y, mass, strict=True)]
            mismatch = arb_mat(K, 1, [a - c - d for a, c, d in zip(own, z, bias, strict=True)])
            rows.append(self._within(S, r, (self.greens[-1] * mismatch).mid().entries()))
        self.r = arb_mat(rows).mid()

    def _within(self, S: int, r: list[Number], step: list[Number]) -> list[Number]:
        """``r + step``, the step halved until it stays in the domain."""
        for _ in range(60):
            moved = [a + d for a, d in zip(r, step, strict=True)]
            if all(self.loss.interior(b - a, c) for a, b, c in zip(moved, *self.y[S], strict=True)):
                return moved
            step = [d / 2 for d in step]
        raise RefinementError("a residual left the domain of the loss")

    def _slack(self) -> Matrix:
        """lambda I - R in the frame of V."""
        h = self.r * self.V
        norm = self.V.transpose() * self.V * self.lam
        return (norm - h.transpose() * scaled_rows(h, self.pi)).mid()

    def _pull(self) -> Matrix:
        """Minus the gradient in the bias: the mean residual, less what the penalty of the bias takes off."""
        return (arb_mat(1, len(self.pi), self.pi) * self.r - self.b.transpose() * self.decay).mid()

    def _distance(self, slack: Matrix) -> float:
        """How far the point is from the central path, relative to tau."""
        off = (slack / self.tau - identity(slack.nrows())).mid()
        mean = abs((self._pull() * self.b)[0, 0]) / self.tau if self.moves else arb(0)
        return max(*(abs(float(entry)) for entry in off.entries()), float(mean), 0.0)

    def _newton(self, slack: Matrix) -> None:
        """One Newton step toward the point of the path at tau, as in ``solver``."""
        d, K = self.V.ncols(), self.V.nrows()
        scaling = slack if _cholesky(slack) else diagonal([max(slack[i, i], self.tau) for i in range(d)])
        gradient = (slack - identity(d) * self.tau) / 2
        right = [-w * (gradient[i, j] + gradient[j, i]) for (i, j), w in zip(self.pairs, self.weights, strict=True)]
        right += list(self._pull().entries()) if self.moves else []
        x = self._hessian(scaling).solve(arb_mat(len(right), 1, right)).mid()
        step = arb_mat(d, d)
        for at, (i, j) in enumerate(self.pairs):
            step[i, j] += x[at, 0] * self.weights[at]
            step[j, i] += x[at, 0] * self.weights[at]
        bias = arb_mat(K, 1, [x[len(self.pairs) + k, 0] for k in range(K)]) if self.moves else arb_mat(K, 1)
        length = arb(1)
        while (root := _cholesky(identity(d) + step * length)) is None:
            length *= arb(0.7)
        self._predict((self.V * step * self.V.transpose() * length).mid(), bias * length)
        self.V, self.b = (self.V * arb_mat(root)).mid(), (self.b + bias * length).mid()

    def _predict(self, gram: Matrix, bias: Matrix) -> None:
        """Move the residuals as the linearised inner problems say."""
        K, moves, shift = self.V.nrows(), (self.r * gram).tolist(), bias.entries()
        rows = []
        for S, (green, r, move) in enumerate(zip(self.greens, self.r.tolist(), moves, strict=True)):
            change = green * arb_mat(K, 1, [a + c for a, c in zip(move, shift, strict=True)])
            rows.append(self._within(S, r, [-a for a in change.entries()]))
        self.r = arb_mat(rows).mid()

    def _hessian(self, scaling: Matrix) -> Matrix:
        """The matrix of ``newton``: one row per entry of the step, then one per label if there is a bias to move."""
        K, pairs, N = self.V.nrows(), self.pairs, len(self.pairs)
        h, V, turned = (self.r * self.V).tolist(), self.V, self.V.transpose()
        left, right = [[scaling[i, j] / 2 for i, j in pairs]], [[arb(int(i == j)) for i, j in pairs]]
        weighted, frames, corner = list[list[Number]](), list[list[Number]](), arb_mat(K, K)
        for green, share, row in zip(self.greens, self.pi, h, strict=True):
            framed = turned * green
            seen, mass = (framed * V).tolist(), [share * a for a in row]
            left.append([mass[i] * row[j] for i, j in pairs])
            right.append([seen[i][j] for i, j in pairs])
            if self.moves:
                weighted.append(mass)
                frames.append(framed.entries())
                corner += green * share
        mixed = arb_mat(weighted).transpose() * arb_mat(frames) if self.moves else arb_mat(0, 0)  # of i: entries j, k
        T = (arb_mat(left).transpose() * arb_mat(right)).mid()
        both = (T + T.transpose()).tolist()
        full = arb_mat(N + K * self.moves, N + K * self.moves)
        at, weights = self.index, self.weights
        for row, (a, b) in enumerate(pairs):
            for column, (c, d) in enumerate(pairs[: row + 1]):
                terms = both[at[a, c]][at[b, d]] + both[at[a, d]][at[b, c]]
                full[row, column] = full[column, row] = terms * weights[row] * weights[column]
            for k in range(K * self.moves):
                cross = mixed[a, b * K + k] + mixed[b, a * K + k]
                full[row, N + k] = full[N + k, row] = cross * weights[row]
        shift = corner.trace() / K**2 if self.loss.centered else arb(0)  # a shift of the bias must cost something
        for j in range(K * self.moves):
            for k in range(K):
                full[N + j, N + k] = corner[j, k] + shift + self.decay * int(j == k)
        return full.mid()

    def _solution(self, digits: int, steps: int, slack: Matrix) -> Solution:
        """Without the columns that are collapsing: those whose share of the value is below their relative slack."""
        d, K, norms = self.V.ncols(), self.V.nrows(), self.V.transpose() * self.V
        energy = [(norms[i, i] * self.lam).mid() for i in range(d)]
        alive = [i for i in range(d) if energy[i] ** 2 > slack[i, i] * self.solution.value]
        W = arb_mat(K, len(alive), [self.V[k, j] for k in range(K) for j in alive])
        return Multiprecision(W, self.b, self.r).solution(self.solution, float(slack.trace() / 2), steps, digits)


def _frame(solution: Solution) -> tuple[Array, float]:
    r"""``V``, classifier columns then collapsed directions at the size they have on the path, and :math:`\tau`."""
    model, lam = solution.model, float(solution.model.lam)
    basis = model.basis
    tau = START * solution.value / basis.shape[1]
    alive = solution.W / np.sqrt(float(model.lambda_H))
    U = np.linalg.svd(basis.T @ alive)[0]
    rest = basis @ U[:, solution.rank :]
    sizes, turn = np.linalg.eigh(lam * np.eye(rest.shape[1]) - rest.T @ model.second_moment(solution.r) @ rest)
    collapsed = rest @ turn * np.sqrt(tau / np.maximum(sizes, 1e-6 * lam))
    return np.hstack([alive, collapsed]), tau


# ---------------------------------------------------------------------- one label set


def _green(curvature: list[Number], gram: Matrix, *, centered: bool) -> Matrix:
    K = len(curvature)
    A = arb_mat(gram)
    for k, entry in enumerate(curvature):
        A[k, k] += 1 / entry
    B = A.inv().mid()
    if not centered:
        return B
    sums = B * arb_mat(K, 1, [1] * K)
    return (B - sums * sums.transpose() / sum(sums.entries(), arb(0))).mid()


# ---------------------------------------------------------------------- matrices of midpoints


def _entries(model: FeatureModel) -> list[tuple[list[Any], list[Any]]]:
    """Targets and masses of every label set."""
    both = model.loss.exact(model.distribution)
    targets, masses = ([[to_fmpq(Fraction(a)) for a in row] for row in rows] for rows in both)
    return list(zip(targets, masses, strict=True))


def _cholesky(M: Matrix) -> list[list[Number]] | None:
    """The lower triangular factor, or ``None`` if the matrix is not positive definite."""
    d = M.nrows()
    L = [[arb(0)] * d for _ in range(d)]
    for i in range(d):
        for j in range(i + 1):
            rest = (M[i, j] - sum((L[i][k] * L[j][k] for k in range(j)), arb(0))).mid()
            if i > j:
                L[i][j] = (rest / L[j][j]).mid()
            elif rest > 0:
                L[i][i] = rest.sqrt().mid()
            else:
                return None
    return L
