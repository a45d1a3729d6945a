r"""What the terminal phase is for any labels: the hard-margin problem, solved in float64.

As :math:`\lambda\to0` the loss grows with the least nuclear norm of logits (claim T7) that separate every label of a
set from every other label (PAL-CE), or every label from its absence (BCE), by a margin:

.. math:: V=\min\Bigl\{\operatorname{tr}\Bigl(\sum_S\pi_Sw_Sw_S^\top\Bigr)^{1/2}:\ w_S=a_S+B_Ss_S-b,\ s_S\ge0\Bigr\}

with :math:`a_S=Py_S` and :math:`s_S` how far labels outside are below the margin (PAL-CE), :math:`a_S` the signs and
:math:`s_S` what exceeds the margin (BCE); ``b`` is 0 without a bias. Where the sign condition holds, :math:`s=0` solves
it (T1); for most real labels it does not. The dual is to maximise :math:`\sum_S\pi_Sq_S^\top a_S` over
:math:`\sum_S\pi_Sq_Sq_S^\top\preceq I`, :math:`B_S^\top q_S\ge0`, and :math:`\sum_S\pi_Sq_S=0` with a bias.

The method is an interior one. With :math:`V=\min_G\frac12\operatorname{tr}G+\frac12\sum_S\pi_Sw_S^\top G^{-1}w_S` the
problem is jointly convex in ``G``, ``s`` and ``b``; :math:`-\nu\sum\pi_S\log s-\nu\log\det G` keeps it inside, the
``s`` are eliminated set by set, and one equation of :math:`K(K+1)/2` unknowns is left of Newton's method. Nothing here
is trusted: ``margin_bounds`` encloses the value. Source: new here; for any labels what T1 says under the sign
condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from verify.labels.distribution import LabelDistribution
from verify.labels.errors import InputError
from verify.model.definite import Definite
from verify.model.losses import Array, Loss

MOST_LABELS = 64
"""Newton's equation has K(K+1)/2 unknowns."""

TOLERANCE = 1e-11
"""Relative size of the barrier at which the path ends."""

MOST_STEPS = 40
"""At one size of the barrier."""

SHRINKING = 0.05
"""What the barrier is multiplied with; with this, and centering no nearer than its size, the steps are fewest."""

ACTIVE = 1e-5
"""A multiplier above this is not 0, an eigenvalue this near to 1 is 1: the path ends far below."""

Report = Callable[[int, float], None]


@dataclass(frozen=True)
class Margins:
    r"""A solution of the hard-margin problem in float64.

    Attributes:
        pi: the distribution the loss sees.
        loss: PAL-CE or BCE.
        free: whether there is a bias.
        value: :math:`V`, as the logits found have it.
        z: the logits :math:`w_S`, without the bias, shape ``(n, K)``.
        slack: :math:`s_S\ge0`, ``(n, K)``; 0 where there is none.
        q: the dual, :math:`G^{-1}w_S`, ``(n, K)``: residuals over :math:`\sqrt\lambda` in the limit, up to what the
            entropy chooses if there are several.
        G: Gram matrix of the classifier over :math:`\log(1/\lambda)/2` in the limit, ``(K, K)``.
        bias: ``(K,)``.
        barrier: at which the path ended.
        steps: of Newton's method.
    """

    pi: LabelDistribution
    loss: Loss
    free: bool
    value: float
    z: Array
    slack: Array
    q: Array
    G: Array
    bias: Array
    barrier: float
    steps: int

    @cached_property
    def determined(self) -> float:
        r"""How well slackness determines ``G``: the least singular value of its equations, over the largest; about 0 if
        there may be several solutions, of which this is the central one.

        Every solution is :math:`w_S=Gq_S-b` with ``G`` on the eigenspace of :math:`\sum\pi qq^\top` for 1, and has the
        margins of ``q``'s nonzero multipliers exactly: linear equations in ``G`` and ``b``.
        """
        problem = _Problem.of(self.pi, self.loss, self.free)
        q, k = self.q @ problem.basis, problem.a.shape[1]
        values, vectors = np.linalg.eigh((q * problem.p[:, None]).T @ q)
        E = vectors[:, values > 1 - ACTIVE]
        rows, columns = np.triu_indices(E.shape[1])
        active = np.einsum("nkj,nk->nj", problem.B, q) > ACTIVE
        tight = np.where(np.logical_not(problem.slack), 1.0, active)
        equations = []
        for S in range(len(q)):
            image = np.einsum("ki,j->kij", E, E.T @ q[S])  # of the unit matrix ij
            image = (image + image.transpose(0, 2, 1))[:, rows, columns]
            if self.free:
                image = np.hstack([image, -np.eye(k)])
            lifted = problem.basis @ image  # as logits of all labels
            chosen = lifted[tight[S] > 0]
            equations.append(chosen - chosen.mean(axis=0) if self.loss.centered else chosen)
        sizes = np.linalg.svd(np.vstack(equations), compute_uv=False)
        unknowns = len(rows) + (k if self.free else 0)
        return float(sizes[-1] / sizes[0]) if len(sizes) == unknowns else 0.0


def hard_margin(
    pi: LabelDistribution, loss: Loss, free: bool, report: Report = lambda *_: None, tolerance: float = TOLERANCE
) -> Margins:
    """Solve the hard-margin problem.

    Args:
        pi: a label distribution; PAL-CE takes its proper part.
        loss: PAL-CE or BCE; the squared loss has no margin.
        free: whether there is a bias.
        report: called after each step with its number and the size of the barrier.
        tolerance: relative size of the barrier at which to stop.

    Raises:
        InputError: too many labels, the squared loss, or a label that a free bias sends to infinity.

    Example:
        >>> from verify.model.losses import PAL_CE
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1)], labels="abc")
        >>> found = hard_margin(pi, PAL_CE, free=False)
        >>> round(found.value, 9), round(float(np.trace(found.G)), 6)  # T1: the trace of Sigma^(1/2)
        (1.154700538, 1.154701)
    """
    problem = _Problem.of(pi, loss, free)
    path = _Path(problem)
    size = problem.barrier_weight
    path.center()
    while path.nu * size > tolerance * path.value and path.advance():
        report(path.steps, path.nu * size / path.value)
    return path.solution()


def without_slack(pi: LabelDistribution, loss: Loss, free: bool) -> Margins:
    """The point with all margins 1 exactly, which under the sign condition solves the problem (claims T1, B1), and
    under the strict one at full rank alone: in closed form.

    Args, errors: as :func:`hard_margin`.

    Example:
        >>> from verify.model.losses import BCE
        >>> pi = LabelDistribution.from_sets([([0], 1), ([1], 1), ([2], 1), ([0, 1], 1)], labels="abc")
        >>> abs(without_slack(pi, BCE, free=False).value - hard_margin(pi, BCE, free=False).value) < 1e-9
        True
    """
    path = _Path(_Problem.of(pi, loss, free), slack=0.0)
    values, vectors = np.linalg.eigh(path.moment)
    path.G = (vectors * np.sqrt(values)) @ vectors.T
    path.nu = 0.0
    return path.solution()


@dataclass(frozen=True)
class _Problem:
    """The problem in the coordinates that count: contrasts for PAL-CE."""

    pi: LabelDistribution
    loss: Loss
    p: Array
    a: Array  # (n, k)
    B: Array  # (n, k, K); a column of zeros where there is no slack
    slack: Array  # (n, K): whether there is one
    basis: Array  # (K, k)
    free: bool

    @classmethod
    def of(cls, given: LabelDistribution, loss: Loss, free: bool) -> _Problem:
        if loss.quadratic or loss.smoothing:
            raise InputError("a loss with finite minimisers has no margin")
        pi = loss.sees(given)
        if pi.K > MOST_LABELS:
            raise InputError(f"the hard-margin problem is solved for at most {MOST_LABELS} labels, not {pi.K}")
        counts = set(pi.class_counts)
        if free and (0 in counts or (not loss.centered and pi.total in counts)):
            raise InputError("a label that never or always occurs sends a free bias to infinity")
        y = np.asarray(pi.indicator, dtype=float)
        basis = np.linalg.svd(np.eye(pi.K) - 1 / pi.K)[0][:, : pi.K - 1] if loss.centered else np.eye(pi.K)
        a, B = separation(loss, y)
        slack = np.abs(B).sum(axis=1) > 0
        return cls(pi, loss, np.asarray(pi.probabilities), a @ basis, basis.T @ B, slack, basis, free)

    @property
    def barrier_weight(self) -> float:
        """What the barrier's size is multiplied with in the gap: its number of terms, weighted."""
        return float(self.p @ self.slack.sum(axis=1) + self.a.shape[1])


def separation(loss: Loss, y: Array) -> tuple[Array, Array]:
    """The logits of margin 1 exactly, and what slack in each label adds to them: ``a`` (n, K) and ``B`` (n, K, K).

    Example:
        >>> from verify.model.losses import BCE
        >>> a, B = separation(BCE, np.array([[1.0, 0.0]]))
        >>> a.tolist(), B.tolist()
        ([[1.0, -1.0]], [[[1.0, -0.0], [0.0, -1.0]]])
    """
    K = y.shape[1]
    if not loss.centered:
        return 2 * y - 1, (2 * y - 1)[:, None, :] * np.eye(K)
    P = np.eye(K) - 1 / K
    return y @ P, -P[None] * (1 - y)[:, None, :]


class _Path:
    """Where the method stands on the central path."""

    def __init__(self, problem: _Problem, slack: float = 1.0) -> None:
        self.problem, k = problem, problem.a.shape[1]
        self.s = np.where(problem.slack, slack, 0.0)
        self.b = np.zeros(k)
        if problem.free:
            self.b = problem.p @ self._separated()
        w = self._separated() - self.b
        self.moment = (w * problem.p[:, None]).T @ w
        values, vectors = np.linalg.eigh(self.moment)
        self.value = float(np.sqrt(np.maximum(values, 0)).sum())
        self.nu = self.value / problem.barrier_weight
        self.G = (vectors * (self.nu + np.sqrt(self.nu**2 + np.maximum(values, 0)))) @ vectors.T
        self.steps = 0

    def _separated(self) -> Array:
        problem = self.problem
        return np.asarray(problem.a + np.einsum("nkj,nj->nk", problem.B, self.s))

    def _objective(self, G: Array, s: Array, b: Array) -> float:
        """The barrier function; infinite outside."""
        problem = self.problem
        inside = s[problem.slack]
        if inside.size and inside.min() <= 0:
            return np.inf
        try:
            factor = np.linalg.cholesky(G)
        except np.linalg.LinAlgError:
            return np.inf
        w = problem.a + np.einsum("nkj,nj->nk", problem.B, s) - b
        half = np.linalg.solve(factor, w.T)
        logs = np.log(np.where(problem.slack, s, 1.0)).sum(axis=1)
        smooth = 0.5 * np.trace(G) + 0.5 * float((half**2).sum(axis=0) @ problem.p)
        return float(smooth - self.nu * (problem.p @ logs + 2 * np.log(np.diag(factor)).sum()))

    def advance(self) -> bool:
        """On to a smaller barrier; back to where it was, and false, if float64 does not get there."""
        before = self.nu, self.G, self.s, self.b
        self.nu *= SHRINKING
        if self.center():
            return True
        self.nu, self.G, self.s, self.b = before
        return False

    def center(self) -> bool:
        """Newton's method at one size of the barrier; whether it arrived."""
        here = self._objective(self.G, self.s, self.b)
        for _ in range(MOST_STEPS):
            dG, ds, db, decrement = self._direction()
            self.steps += 1
            step, noise = 1.0, 1e-15 * abs(here)
            while step > 1e-10:
                G, s, b = self.G + step * dG, self.s + step * ds, self.b + step * db
                there = self._objective(G, s, b)
                if there <= here - 1e-4 * step * decrement + noise:
                    break
                step *= 0.5
            else:
                return False
            self.G, self.s, self.b, here = G, s, b, there
            if decrement < self.nu:
                return True
        return False

    def _direction(self) -> tuple[Array, Array, Array, float]:
        """Newton's step, with the slacks eliminated, and the decrement."""
        problem, nu, k = self.problem, self.nu, self.problem.a.shape[1]
        V = np.linalg.inv(self.G)
        V = (V + V.T) / 2
        q = (self._separated() - self.b) @ V
        VB = V @ problem.B  # (n, k, K)
        s = np.where(problem.slack, self.s, 1.0)
        N = np.swapaxes(problem.B, 1, 2) @ VB + np.einsum(
            "nj,ji->nji", np.where(problem.slack, nu / s**2, 1.0), np.eye(problem.pi.K)
        )
        gradient = np.where(problem.slack, np.einsum("nkj,nk->nj", problem.B, q) - nu / s, 0.0)
        solved = np.linalg.solve(N, np.concatenate([np.swapaxes(VB, 1, 2), -gradient[:, :, None]], axis=2))
        Y = V - VB @ solved[:, :, :k]
        c = np.einsum("nkj,nj->nk", VB, solved[:, :, k])
        p = problem.p
        residual = 0.5 * np.eye(k) - 0.5 * (q * p[:, None]).T @ q - nu * V
        rhs = -residual + 0.5 * ((c * p[:, None]).T @ q + (q * p[:, None]).T @ c)
        dG, db = _solve(Y, q, p, V, nu, rhs, p @ (q + c), problem.free)
        ds = np.where(problem.slack, solved[:, :, k] + np.einsum("njk,nk->nj", solved[:, :, :k], db + q @ dG), 0.0)
        decrement = -float((residual * dG).sum() + p @ (gradient * ds).sum(axis=1) - (p @ q) @ db)
        return dG, ds, db, decrement

    def solution(self) -> Margins:
        """What was found, in all coordinates."""
        problem, basis = self.problem, self.problem.basis
        w = self._separated() - self.b
        root = np.linalg.svd(w * np.sqrt(problem.p)[:, None], compute_uv=False)
        return Margins(
            problem.pi,
            problem.loss,
            problem.free,
            float(root.sum()),
            w @ basis.T,
            self.s,
            np.linalg.solve(self.G, w.T).T @ basis.T,
            basis @ self.G @ basis.T,
            basis @ self.b,
            self.nu,
            self.steps,
        )


@lru_cache(maxsize=8)
def _upper(k: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Symmetric matrices by their upper triangle: rows, columns, and what an entry is multiplied with, in the
    coordinates in which the operator is symmetric."""
    rows, columns = np.triu_indices(k)
    return rows, columns, np.where(rows == columns, 1.0, np.sqrt(2.0))


def _solve(
    Y: Array, q: Array, p: Array, V: Array, nu: float, rhs: Array, mean: Array, free: bool
) -> tuple[Array, Array]:
    """Solve for dG and db: sum pi (Y (dG q + db) q' + transpose)/2 + nu V dG V = rhs, sum pi Y (dG q + db) = mean."""
    k = len(V)
    Q = np.einsum("ni,nj->nij", q, q) * p[:, None, None]
    pairs = np.tensordot(Q, Y, axes=(0, 0))  # i j (of Q), a b (of Y)
    whole = 0.5 * (pairs.transpose(2, 0, 3, 1) + pairs.transpose(0, 2, 1, 3)) + nu * np.einsum("ab,ij->aibj", V, V)
    rows, columns, weight = _upper(k)
    block = 0.5 * (whole[rows, columns][:, rows, columns] + whole[rows, columns][:, columns, rows])
    block *= weight[:, None] * weight[None, :]
    right = rhs[rows, columns] * weight
    if free:
        YQ = np.einsum("n,nab,ni->aib", p, Y, q)
        mixed = 0.5 * (YQ + YQ.transpose(1, 0, 2))[rows, columns] * weight[:, None]
        block = np.block([[block, mixed], [mixed.T, np.tensordot(p, Y, axes=1)]])
        right = np.concatenate([right, mean])
    scale = 1 / np.sqrt(np.diag(block))
    block *= scale[:, None] * scale[None, :]
    ridge = 0.0
    while True:
        try:
            x = Definite(block + ridge * np.eye(len(block))).solve(right * scale) * scale
            break
        except np.linalg.LinAlgError:
            ridge = max(10 * ridge, 1e-15)
    dG = np.zeros((k, k))
    dG[rows, columns] = x[: len(rows)] / weight
    dG = dG + dG.T - np.diag(np.diag(dG))
    return dG, x[len(rows) :] if free else np.zeros(k)
