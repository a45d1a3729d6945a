r"""The inner problem: the residuals with which every label set answers a given classifier Gram matrix and bias.

For :math:`\Gamma=G/\lambda_H` and ``b`` the residual of each label set is the unique solution of
:math:`\ell(r)=\Gamma r+b`, where :math:`\ell` maps a residual to its logits (claim U5). All label sets are solved at
once by Newton's method with the Green operators :math:`B_S=(C_S^{-1}+\Gamma)^{-1}`, :math:`C_S` the Hessian of the
loss. The unknown is the residual and not the logit: its equation is well conditioned however small the residuals are.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from verify.model.losses import AnyTargets, Array, Loss, Targets

DENSE_LABELS = 64
"""Up to here Green operators are matrices; with more labels they are applied by conjugate gradients."""

NEAR = 0.5  # a Newton step of at most this share of the way to the boundary is taken as it is
SETTLED = 1e-8  # so is the last one, of at most this share; quadratic convergence leaves about its square
UNIT = 2.0**-50  # a step of less than this, relative to the residual, is rounding
TINY = 1e-290  # smaller probabilities underflow on the way; such label sets stay with their logits
ROUNDS = 400
HALVINGS = 60
BLOCK = 1 << 21  # entries of one temporary: label sets are taken in blocks, so that temporaries stay in cache
CACHED = 1 << 14  # the same for the seven temporaries of conjugate gradients, in the cache of one core


TOGETHER = 1 << 18
"""Label sets times squared labels of problems that are worth solving together: what there is to do for one is less
than what it costs to say it."""

Found = TypeVar("Found")


class UnsettledError(ArithmeticError):
    """The inner Newton iteration did not settle: the classifier is far from any reasonable one."""


class Green(Protocol):
    r"""The operators :math:`B_S` of some label sets: :math:`-B_S(\mathrm d\Gamma\,r_S+\mathrm db)` is how their
    residuals move with :math:`\Gamma` and ``b``."""

    def apply(self, v: Array) -> Array:
        """:math:`B_Sv_S` for every label set, ``(n, K)``."""


@dataclass(frozen=True)
class DenseGreen:
    """Green operators as matrices, ``(n, K, K)``."""

    matrices: Array

    @classmethod
    def of(cls, loss: Loss, r: Array, y: AnyTargets, gram: Array) -> DenseGreen:
        r""":math:`(C_S^{-1}+\Gamma)^{-1}`, for a centered loss the generalised inverse on :math:`1^\perp`.

        Scaled by the root of the curvature on both sides the matrix to invert is 1 plus something positive
        semidefinite, whatever the range of the curvatures: entries of vanishing probability cost no accuracy.
        """
        root = _root_of_curvature(loss, r, y)
        A = root[:, :, None] * gram * root[:, None, :]  # one Gram matrix for all label sets, or one each
        diagonals = np.einsum("sii->si", A)
        diagonals += 1.0
        B = np.linalg.inv(A)
        B *= root[:, :, None]
        B *= root[:, None, :]
        if loss.centered:
            sums = B.sum(axis=2)
            B -= sums[:, :, None] * (sums / sums.sum(axis=1, keepdims=True))[:, None, :]
        return cls(np.asarray(B))

    def apply(self, v: Array) -> Array:
        return np.asarray((self.matrices @ v[:, :, None])[:, :, 0])


@dataclass(frozen=True)
class IterativeGreen:
    r"""Green operators by conjugate gradients on many label sets at once, one product with :math:`\Gamma` per round.

    Few labels of a set have a probability that is not tiny, so the scaled matrix is close to 1 plus low rank and some
    twenty rounds do, whatever ``K``. Time and memory are ``n K``, not ``n K^2``.

    Attributes:
        root: square root of the curvature, ``(n, K)``.
        gram: :math:`\Gamma`.
        sums: for a centered loss :math:`A_S^{-1}1`, ``(n, K)``, with :math:`A_S=\mathrm{diag}(\delta)^{-1}+\Gamma`.
        accuracy: relative residual to reach.
    """

    root: Array
    gram: Array
    sums: Array | None
    accuracy: float

    @classmethod
    def of(cls, loss: Loss, r: Array, y: AnyTargets, gram: Array, accuracy: float = 1e-5) -> IterativeGreen:
        root = _root_of_curvature(loss, r, y)
        plain = cls(root, gram, None, accuracy)
        return cls(root, gram, plain.apply(np.ones_like(root)), accuracy) if loss.centered else plain

    def apply(self, v: Array) -> Array:
        size = max(1, CACHED // v.shape[1])
        blocks = [slice(first, first + size) for first in range(0, len(v), size)]
        return np.concatenate([self._apply(block, v[block]) for block in blocks]) if blocks else np.zeros_like(v)

    def _apply(self, block: slice, v: Array) -> Array:
        root = self.root[block]
        right = root * v
        x, residual = np.zeros_like(right), right.copy()
        direction, size = residual.copy(), (residual**2).sum(axis=1)
        goal = size * self.accuracy**2
        for _ in range(10 * v.shape[1]):
            image = direction + root * ((root * direction) @ self.gram)
            length = size / np.maximum((direction * image).sum(axis=1), TINY)
            x += length[:, None] * direction
            residual -= length[:, None] * image
            size, before = (residual**2).sum(axis=1), size
            if (size <= goal).all():
                break
            direction *= (size / np.maximum(before, TINY))[:, None]
            direction += residual
        x *= root
        if self.sums is not None:
            sums = self.sums[block]
            x -= sums * (x.sum(axis=1) / sums.sum(axis=1))[:, None]
        return x


@dataclass(frozen=True)
class Response:
    """Residuals ``r``, shape ``(n, K)``, and the Green operators there."""

    r: Array
    green: Green


def respond(loss: Loss, y: AnyTargets, gram: Array, b: Array, start: Array) -> Response:
    r"""Solve :math:`\ell(r_S)=\Gamma r_S+b` for every label set.

    Args:
        loss: the loss.
        y: targets, ``(n, K)``.
        gram: :math:`\Gamma`, ``(K, K)``, positive semidefinite; for a centered loss with rows that sum to zero.
        b: bias, ``(K,)``; for a centered loss of sum zero.
        start: residuals inside the domain, ``(n, K)``.

    Raises:
        UnsettledError: no convergence.

    Example:
        >>> from verify.model.losses import MSE
        >>> y = np.array([[1.0, 0.0]])
        >>> respond(MSE, y, np.eye(2), np.zeros(2), y).r
        array([[0.5, 0. ]])
    """
    n, K = y.shape
    if K > DENSE_LABELS:
        r = _Rows(loss, y, gram, b).settle(start)
        return Response(r, IterativeGreen.of(loss, r, y, gram))
    r, matrices = np.empty((n, K)), np.empty((n, K, K))
    size = max(1, BLOCK // K**2)
    for first in range(0, n, size):
        block = slice(first, first + size)
        r[block] = _Rows(loss, y[block], gram, b, matrices[block]).settle(start[block])
    return Response(r, DenseGreen(matrices))


# ---------------------------------------------------------------------- many at once


class Inner(NamedTuple):
    """An inner problem: the arguments of :func:`respond`."""

    loss: Loss
    y: AnyTargets
    gram: Array
    b: Array
    start: Array


Asking = Generator[Inner, Response, Found]
"""A computation that yields inner problems and is sent the responses, or is thrown :class:`UnsettledError`."""


def alone(run: Asking[Found]) -> Found:
    """The outcome of a computation, its inner problems solved one by one."""
    return in_step([run])[0]


def in_step(runs: Sequence[Asking[Found]]) -> list[Found]:
    """The outcomes of computations that ask for inner problems, one of each solved together: for few label sets what
    an array is large matters less than how many arrays there are.

    Example:
        >>> from verify.model.losses import MSE
        >>> def residual(size: float) -> Asking[float]:
        ...     found = yield Inner(MSE, np.eye(2), size * np.eye(2), np.zeros(2), np.eye(2))
        ...     return float(found.r[0, 0])
        >>> in_step([residual(1.0), residual(3.0)])
        [0.5, 0.25]
    """
    done: dict[int, Found] = {}
    answers: Mapping[int, Response | UnsettledError | None] = dict.fromkeys(range(len(runs)))
    while answers:
        asked: dict[int, Inner] = {}
        for i, answer in answers.items():
            try:
                if isinstance(answer, UnsettledError):
                    asked[i] = runs[i].throw(answer)
                else:
                    asked[i] = next(runs[i]) if answer is None else runs[i].send(answer)
            except StopIteration as end:
                done[i] = end.value
        answers = _answers(asked)
    return [done[i] for i in range(len(runs))]


def _answers(asked: Mapping[int, Inner]) -> dict[int, Response | UnsettledError]:
    """What each is answered: together with those like it, if they are small and settle."""
    if len(asked) == 1:
        return {i: _answer(inner) for i, inner in asked.items()}
    answers: dict[int, Response | UnsettledError] = {}
    for loss, K in {(inner.loss, inner.y.shape[1]) for inner in asked.values()}:
        alike = {i: inner for i, inner in asked.items() if inner.loss == loss and inner.y.shape[1] == K}
        small = len(alike) > 1 and sum(len(inner.y) for inner in alike.values()) * K**2 <= TOGETHER
        with suppress(UnsettledError):
            answers |= zip(alike, _together(list(alike.values())), strict=True) if small else ()
        answers |= {i: _answer(inner) for i, inner in alike.items() if i not in answers}
    return answers


def _answer(inner: Inner) -> Response | UnsettledError:
    try:
        return respond(*inner)
    except UnsettledError as error:
        return error


def _together(asked: Sequence[Inner]) -> list[Response | UnsettledError]:
    """All label sets of all as those of one problem, each with a Gram matrix and a bias of its own."""
    losses, targets, grams, biases, starts = zip(*asked, strict=True)
    counts = [len(y) for y in targets]
    gram, b = (np.repeat(np.stack(parts), counts, axis=0) for parts in (grams, biases))
    matrices = np.empty_like(gram)
    r = _Rows(losses[0], Targets.joined(targets), gram, b, matrices).settle(np.concatenate(starts))
    ends = np.cumsum(counts)[:-1]
    return [Response(*one) for one in zip(np.split(r, ends), map(DenseGreen, np.split(matrices, ends)), strict=True)]


# ---------------------------------------------------------------------- one


@dataclass(frozen=True)
class _Rows:
    """The inner problems of some label sets, with one ``gram`` and ``b`` for all or one each. Where ``matrices`` are
    given they are left holding the Green matrices."""

    loss: Loss
    y: AnyTargets
    gram: Array  # (K, K) or (n, K, K)
    b: Array  # (K,) or (n, K)
    matrices: Array | None = None

    def _of(self, rows: NDArray[np.intp] | slice) -> tuple[Array, Array]:
        """Gram matrix and bias of some label sets."""
        return (self.gram, self.b) if self.gram.ndim == 2 else (self.gram[rows], self.b[rows])

    def settle(self, start: Array) -> Array:
        """A label set is in one of two modes: in terms of its residual, where Newton's step is short; or else in terms
        of its logits ``z = gram s + b``, where the problem is a damped minimisation that converges from anywhere."""
        loss, y = self.loss, self.y
        rows = np.arange(len(y))
        gram, b = self._of(rows)
        r, s = start.copy(), start.copy()
        by_logits = np.asarray((loss.room(start, y) <= TINY).any(axis=1))
        if by_logits.any():
            z = _times(start, gram) + b
            z[~by_logits] = loss.logits(start[~by_logits], y[~by_logits])
            r[by_logits] = loss.residual(z[by_logits], y[by_logits])
        else:
            z = loss.logits(start, y)
        for _ in range(ROUNDS):
            some: Any = rows if rows.size < len(y) else slice(None)  # all of them without a copy
            here, targets = r[some], y[some]
            gram, b = self._of(some)
            step = self._newton(some, here, targets, z[some] - _times(here, gram) - b)
            room = loss.room(here, targets)
            moves = np.maximum(np.abs(step) - UNIT * np.abs(here), 0.0)
            share = (moves / np.maximum(room, TINY)).max(axis=1)
            near = (share <= NEAR) & (room > TINY).all(axis=1)
            settled = near & (share <= SETTLED)

            if near.all():
                r[some] += step
                if not settled.all():  # z is only for the next step
                    z[some] = loss.logits(r[some], targets)
            else:
                close = rows[near]
                r[close] += step[near]
                z[close] = loss.logits(r[close], y[close])
                restart = rows[~near & ~by_logits[rows]]
                gram, b = self._of(restart)
                s[restart] = r[restart]
                z[restart] = _times(r[restart], gram) + b

                damped = ~near & by_logits[rows]
                if damped.any():
                    there = rows[damped]
                    direction = r[there] + step[damped] - s[there]
                    change = _times(direction, self._of(there)[0])
                    settled[damped] = np.abs(change).max(axis=1) <= SETTLED
                    length = _damping(loss, y[there], (s[there], z[there]), direction, change)
                    if (_lost(length * change, z[there]) & ~settled[damped]).any():
                        break  # it would be so in every round
                    s[there] += length * direction
                    z[there] += length * change

                away = rows[~near]
                r[away] = loss.residual(z[away], y[away])
            by_logits[rows] = ~near
            rows = rows[~settled]
            if rows.size == 0:
                return r - row_sums(loss, r, y) if loss.centered else r
        raise UnsettledError(f"{rows.size} of {len(y)} label sets did not settle")

    def _newton(self, rows: NDArray[np.intp] | slice, r: Array, y: AnyTargets, mismatch: Array) -> Array:
        if self.matrices is None:
            return IterativeGreen.of(self.loss, r, y, self.gram).apply(mismatch)
        green = DenseGreen.of(self.loss, r, y, self._of(rows)[0])
        self.matrices[rows] = green.matrices
        return green.apply(mismatch)


def _times(v: Array, gram: Array) -> Array:
    """Rows, ``(n, K)``, times one matrix, or each times its own."""
    return np.asarray(v @ gram if gram.ndim == 2 else (v[:, None, :] @ gram)[:, 0])


def _root_of_curvature(loss: Loss, r: Array, y: AnyTargets) -> Array:
    """``(n, K)``. A prediction far below its target is lost in the rounding of the residual, and may come out less than
    0; such a label set is in terms of its logits."""
    return np.sqrt(np.maximum(loss.curvature(r, y), 0.0))


def row_sums(loss: Loss, r: Array, y: AnyTargets) -> Array:
    """What rounding has put into the row sums, which are zero for a centered loss, as a change in proportion to the
    room each entry has; ``(n, K)``."""
    delta = loss.curvature(r, y)
    return np.asarray(delta * (r.sum(axis=1) / delta.sum(axis=1))[:, None])


def _lost(step: Array, z: Array) -> NDArray[np.bool_]:
    """Which rows of a step are lost in the rounding of where it starts."""
    return np.asarray(np.abs(step).max(axis=1) <= UNIT / 4 * np.abs(z).max(axis=1))


def _damping(loss: Loss, y: AnyTargets, at: tuple[Array, Array], direction: Array, change: Array) -> Array:
    r"""Step lengths ``(n, 1)`` from ``at`` = (s, z), halved until the inner objective
    :math:`L_S(z)+\frac12s^\top\Gamma s` is not uphill; it is convex, so it has fallen all the way, and by at least half
    of what this direction offers. Slopes, unlike differences of values, do not drown in rounding."""
    s, z = at
    length = np.ones((len(s), 1))
    for _ in range(HALVINGS):
        there = s + length * direction - loss.residual(z + length * change, y)
        uphill = (there * change).sum(axis=1) > 0
        if not uphill.any():
            break
        length[uphill] /= 2
    return length
