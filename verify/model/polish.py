r"""More digits at a known rank: Newton's method with residuals in multiprecision and matrices in float64.

With the rank that float64 has found, the optimum is a regular solution of

.. math::
    \ell(r_S)=WW^\top r_S+b,\qquad(\lambda I-R)W=0,\qquad\sum_S\pi_Sr_S=\lambda_bb,

unless a collapsed direction is as good as alive, as exactly at a threshold. So there is no path to follow: a step of
Newton's method with derivatives in float64 leaves the square of the error, or what rounding makes of the derivatives,
some 1e-14 of it. Only what is left of the three equations is computed in multiprecision: logarithms of residuals and a
few products of matrices. The step is that of ``newton``, in the frame of the classifier completed by the collapsed
directions, which stay collapsed; with more than 64 labels that of ``quadratic``, to seven digits.

Nothing is decided here. Where steps gain little, which is noticed at once, ``refine`` follows the path; the proof is
the certificate's. All numbers are midpoints of Arb balls: digits, not proofs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from flint import arb, arb_mat, ctx

from verify.certificate.format import Real
from verify.exact.balls import ball
from verify.exact.matrices import columns_centered, floats, from_floats
from verify.model.losses import Array
from verify.model.newton import NewtonEquation, Point
from verify.model.program import Program, Progress
from verify.model.response import DENSE_LABELS, DenseGreen
from verify.model.solution import ExactPoint, Solution

if TYPE_CHECKING:
    from verify.model.quadratic import QuadraticModel

GAIN = 1e-3  # the most that a step may leave of the error
GUARD = 1e-4  # what may be left of the equations, relative to the gap
FRESH = 1e-12  # derivatives at a point with a smaller error are as good as those at the next
SEPARATE = 1e-9  # how far below lambda R is in every collapsed direction, relative to it
SLACKER = 100.0  # times what one step left of the error, the next one leaves at most
MOST = 280  # digits: what is left of the equations is a float
ACCURACY = 1e-7  # of a step by conjugate gradients
MOST_INVERSES = 1 << 28  # entries of theirs, in double precision: 2 GB
MOST_RESIDUALS = 1 << 20  # entries, each an object of some hundred bytes

Matrix = Any  # flint.arb_mat, which comes without type stubs


def polished(solution: Solution, digits: int, progress: Progress) -> Solution | None:
    """The solution to a relative gap of about ``10**-digits``; ``None`` where steps do not gain what they should.

    Args:
        solution: from ``solver.solve``.
        digits: decimal digits of the relative gap.
        progress: called after every step with its number and the relative gap reached.

    Example:
        >>> from verify.labels.distribution import LabelDistribution
        >>> from verify.model.solver import solve
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 2), ([0, 1], 1)], labels="abc")
        >>> gaps = list[float]()
        >>> fine = polished(solve(pi, "pal", "1/10", "1/10"), 50, lambda step, gap: gaps.append(gap))
        >>> len(gaps) < 6, gaps[-1] < 1e-50
        (True, True)
    """
    model = solution.model
    if solution.rank == 0 or digits > MOST or not _has_room(solution):
        return None
    with ctx.workprec(round(3.33 * (digits + 20) + 2 * abs(np.log2(float(model.lam))))):
        try:
            return _followed(_Point(solution), digits, progress)
        except (np.linalg.LinAlgError, ZeroDivisionError):
            return None


def _followed(at: _Point, digits: int, progress: Progress) -> Solution | None:
    """Newton's method to its end: where what the last step left of the error is no longer worth computing."""
    before, derivatives, goal = 1.0, at.derivatives(), GUARD * 10.0**-digits
    for step in range(1, digits):
        left = at.left(derivatives)
        if not left.size <= GAIN * before:
            return None
        after = left.size * min(1.0, SLACKER * left.size / before)
        progress(step, after)
        at.move(left, derivatives)
        if after <= goal:
            return Multiprecision(at.W, at.b, at.r).solution(at.start, goal * at.start.value, step, digits)
        if left.size > FRESH:
            derivatives = at.derivatives()
        before = left.size
    return None


def _has_room(solution: Solution) -> bool:
    n, K = solution.r.shape
    return bool(K <= DENSE_LABELS or (n * K <= MOST_RESIDUALS and n * solution.rank**2 <= MOST_INVERSES))


class _Derivatives(Protocol):
    """In float64: an orthonormal basis of the collapsed directions, ``(K, d - q)``, and how large what is left of the
    classifier's equation can be, ``(d, q)``; how residuals answer a mismatch of logits, and Newton's step."""

    @property
    def collapsed(self) -> Array: ...

    @property
    def scale(self) -> Array: ...

    def answer(self, mismatch: Array) -> Array: ...

    def step(self, left: _Left, W: Matrix) -> tuple[Matrix, Array, Array]:
        """Changes of classifier and bias, and how they move the residuals."""


@dataclass(frozen=True)
class _FewLabels:
    """Green operators as matrices, and Newton's equation in the frame ``W`` and the collapsed directions are, in which
    residuals are ``h``, ``(n, d)``."""

    collapsed: Array
    scale: Array
    frame: Array
    h: Array
    green: DenseGreen
    equation: NewtonEquation

    @classmethod
    def of(cls, program: Program, W: Array, r: Array, collapsed: Array, slack: Array, scale: Array) -> _FewLabels:
        frame = np.hstack([W, collapsed])
        green, q = DenseGreen.of(program.loss, r, program.y, W @ W.T), W.shape[1]
        at = Point(program.p, frame, r, green, slack, q, program.moves, program.decay, program.loss.centered)
        return cls(collapsed, scale, frame, r @ frame, green, NewtonEquation(at))

    def answer(self, mismatch: Array) -> Array:
        return self.green.apply(mismatch)

    def step(self, left: _Left, W: Matrix) -> tuple[Matrix, Array, Array]:
        d, q = left.classifier.shape
        gradient = np.zeros((d, d))
        gradient[:, :q] += left.classifier / 4
        gradient[q:, :q] *= 2
        gradient[:q] += gradient[:, :q].T
        X, db = self.equation.solve(gradient, -left.bias)
        answer = self.green.apply(self.h @ X @ self.frame.T + db)
        X[:q, :q] /= 2
        frame = arb_mat([[*w, *u] for w, u in zip(W.tolist(), from_floats(self.collapsed).tolist(), strict=True)])
        return frame * from_floats(X[:, :q]), db, -answer


@dataclass(frozen=True)
class _ManyLabels:
    """The quadratic model with the prototypes eliminated; directions, ``(K, q)``, and sizes of the columns of ``W``."""

    collapsed: Array
    scale: Array
    model: QuadraticModel
    directions: Array
    sizes: Array

    @classmethod
    def of(cls, program: Program, W: Array, b: Array, r: Array, collapsed: Array, scale: Array) -> _ManyLabels:
        from verify.model.quadratic import LowRankPoint, QuadraticModel, inverses_at  # noqa: PLC0415 - SciPy

        point, sizes = LowRankPoint(program, W, b, r @ W, r), np.linalg.norm(W, axis=0)
        model = QuadraticModel(program, point, inverses_at(program, point, np.dtype(np.float64)))
        return cls(collapsed, scale, model, W / sizes, sizes)

    def answer(self, mismatch: Array) -> Array:
        return self.model.green(mismatch)

    def step(self, left: _Left, W: Matrix) -> tuple[Matrix, Array, Array]:
        del W
        model, q = self.model, len(self.sizes)
        gradient = self.directions @ (left.classifier[:q] / self.sizes[:, None]) + self.collapsed @ left.classifier[q:]
        bias = -left.bias[:, None][:, : model.gradient.shape[1] - q]
        step = model.solved(model.project(-np.hstack([gradient, bias])), ACCURACY)
        db = step.X[:, q] if model.program.moves else np.zeros(len(step.X))
        return from_floats(step.X[:, :q]), db, model.residuals_moved(step)


class _Left(NamedTuple):
    """What is left of the equations: of the classifier's in the frame, ``(d, q)``, of the bias's, ``(K,)``, and the
    size of all relative to what they can be."""

    classifier: Array
    bias: Array
    size: float


class _Point:
    """Where the iteration is: ``W`` is ``(K, q)``, ``b`` is ``(K, 1)``, ``r`` is ``(n, K)``, all midpoints."""

    def __init__(self, solution: Solution) -> None:
        model = solution.model
        self.start, self.program, self.loss = solution, Program(model), model.loss
        self.lam, self.decay = ball(model.lam).mid(), ball(model.decay).mid()
        self.pi = [arb(weight) / model.distribution.total for weight in model.distribution.weights]
        targets, masses = self.loss.exact(model.distribution)
        known = {a: ball(a).mid() for row in (*targets, *masses) for a in set(row)}
        self.y, self.mass = ([[known[a] for a in row] for row in rows] for rows in (targets, masses))
        U, sizes, _ = np.linalg.svd(solution.W / np.sqrt(float(model.lambda_H)), full_matrices=False)
        self._set(from_floats(U * sizes), from_floats(solution.b[:, None]), from_floats(solution.r))

    def _set(self, W: Matrix, b: Matrix, r: Matrix) -> None:
        """Go there; what is to sum to zero does so in all digits. In a row of residuals that is for the entry with the
        most room to see to."""
        self.W, self.b, self.r = W.mid(), b.mid(), r.mid()
        if self.loss.centered:
            self.W, self.b = columns_centered(self.W), columns_centered(self.b)
            excess = (self.r * arb_mat(self.r.ncols(), 1, [1] * self.r.ncols())).entries()
            self.widest = self.loss.room(floats(self.r), self.program.y).argmax(axis=1).tolist()
            for S, (k, sum_of_row) in enumerate(zip(self.widest, excess, strict=True)):
                self.r[S, k] -= sum_of_row.mid()

    def derivatives(self) -> _Derivatives:
        program, W, r = self.program, floats(self.W), floats(self.r)
        if not (self.loss.room(r, program.y) > 0).all():
            raise np.linalg.LinAlgError("a residual left the domain of the loss")
        q = W.shape[1]
        if q > program.basis.shape[1]:
            raise np.linalg.LinAlgError("more columns than dimensions")
        U, sizes, _ = np.linalg.svd(program.basis.T @ W)
        collapsed = program.basis @ U[:, q:]
        slack = np.zeros((U.shape[1],) * 2)
        slack[q:, q:] = 2 * (program.lam * np.eye(len(slack) - q) - program.moment(r @ collapsed))
        np.linalg.cholesky(slack[q:, q:] / 2 - SEPARATE * program.lam * np.eye(len(slack) - q))  # or it may be alive
        scale = program.lam * np.concatenate([sizes, np.ones(len(slack) - q)])[:, None] * sizes
        if program.K <= DENSE_LABELS:
            return _FewLabels.of(program, W, r, collapsed, slack, scale)
        return _ManyLabels.of(program, W, floats(self.b)[:, 0], r, collapsed, scale)

    def left(self, at: _Derivatives) -> _Left:
        """What is left of the equations once residuals have answered the classifier and the bias."""
        program = self.program
        mismatch = self._mismatch()
        answer = at.answer(mismatch)
        self.r = (self.r + from_floats(answer)).mid()
        h = (self.r * self.W).mid()
        weighted = arb_mat(
            h.nrows(), h.ncols(), [p * a for p, row in zip(self.pi, h.tolist(), strict=True) for a in row]
        )
        E = (self.W * self.lam - self.r.transpose() * weighted).mid()
        classifier = np.vstack([floats(self.W.transpose() * E), floats(from_floats(at.collapsed).transpose() * E)])
        sizes = [float(np.abs(classifier / at.scale).max()), float(program.p @ (answer * mismatch).sum(axis=1))]
        bias = np.zeros(program.K)
        if program.moves:
            bias = floats(arb_mat(1, len(self.pi), self.pi) * self.r - self.b.transpose() * self.decay)[0]
            sizes.append(float(np.abs(bias).max()) / program.lam**0.5)
        return _Left(classifier, bias, max(sizes) if np.isfinite(sizes).all() else np.inf)

    def _mismatch(self) -> Array:
        """Logits of residuals less those that classifier and bias give; a shift that PAL-CE leaves open is chosen so
        that there is none where there is most room."""
        K, bias, logit, rows = self.b.nrows(), self.b.entries(), self.loss.balls.logit, list[list[float]]()
        logits = (self.r * self.W * self.W.transpose()).tolist()
        for S, (given, z) in enumerate(zip(zip(self.r.tolist(), self.y, self.mass, strict=True), logits, strict=True)):
            off = [logit(*entry) - a for entry, a in zip(zip(*given, strict=True), z, strict=True)]
            if self.program.moves:
                off = [a - c for a, c in zip(off, bias, strict=True)]
            if self.loss.centered:
                off = [a - off[self.widest[S]] for a in off]
            rows.append([float(a) for a in off])
        return np.array(rows).reshape(-1, K)

    def move(self, left: _Left, at: _Derivatives) -> None:
        """Newton's step."""
        dW, db, dr = at.step(left, self.W)
        self._set(self.W + dW, self.b + from_floats(db[:, None]), self.r + from_floats(dr))


# ---------------------------------------------------------------------- what comes out


class Multiprecision(NamedTuple):
    """A point: ``W`` is ``(K, q)`` in the solver's units, ``b`` is ``(K, 1)``, ``r`` is ``(n, K)``; midpoints."""

    W: Matrix
    b: Matrix
    r: Matrix

    def solution(self, start: Solution, gap: float, steps: int, digits: int) -> Solution:
        """The point in the model's own units, so many steps after the start."""
        W = (self.W * ball(start.model.lambda_H).sqrt()).mid()
        return replace(
            start,
            W=floats(W),
            b=floats(self.b)[:, 0],
            r=floats(self.r),
            gap=gap,
            iterations=start.iterations + steps,
            digits=digits,
            exact=ExactPoint(numbers(W), numbers(self.b.transpose())[0], numbers(self.r)),
        )


class _Quotient(NamedTuple):
    """An exact number."""

    above: int
    below: int

    def as_integer_ratio(self) -> tuple[int, int]:
        return self.above, self.below


def numbers(M: Matrix) -> list[list[Real]]:
    """The midpoints as exact numbers, row by row."""
    exact = [[entry.mid().fmpq() for entry in row] for row in M.tolist()]
    return [[_Quotient(int(q.p), int(q.q)) for q in row] for row in exact]
