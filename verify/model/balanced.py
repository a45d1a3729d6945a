"""The model as a plain smooth function of one vector, which any method for smooth functions can take."""

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.model.descent import descended
from verify.model.losses import Array
from verify.model.program import Program, blocks, spectral_guess


class Balanced:
    r"""Classifier, prototypes and bias as one vector, scaled so that both penalties and all label sets weigh the same:
    :math:`\sqrt[4]\lambda\,W`, the :math:`\sqrt{\pi_S/\sqrt\lambda}\,h_S`, and ``b`` if it moves.

    Args:
        start: ``W``, ``(K, q)``, ``H``, ``(n, q)``, and ``b``, ``(K,)``; if absent, the spectral
            guess, all of its columns.
        dtype: in which to compute values and gradients, and of the vector.
        even: whether every variable is, besides, in units in which the function is about as steep at the start.

    Attributes:
        x: the start.
    """

    def __init__(
        self,
        program: Program,
        start: tuple[Array, Array, Array] | None = None,
        dtype: Any = np.float64,
        *,
        even: bool = False,
    ) -> None:
        W, H, b = start or _spectral_start(program)
        self.program, self.dtype = program, np.dtype(dtype)
        self.mu, self.shape, self.q = np.sqrt(program.lam), (program.K, len(H)), W.shape[1]
        root = np.sqrt(program.p)[:, None]
        units = [np.full((program.K, 1), self.mu**-0.5), np.sqrt(self.mu) / root, np.ones((program.K, 1))]
        if even:
            units = [unit / np.sqrt(s) for unit, s in zip(units, self.steepness(W, H, b), strict=True)]
        self.units = [unit.astype(self.dtype) for unit in units]
        self.y, self.p = program.y.astype(self.dtype), program.p[:, None].astype(self.dtype)
        parts = [W, H, b[:, None]][: 2 + program.moves]
        self.x = np.concatenate([(part / unit).ravel() for part, unit in zip(parts, units, strict=False)]).astype(
            self.dtype
        )

    def parts(self, x: Array) -> tuple[Array, Array, Array]:
        """``W``, ``H`` and ``b`` in the program's units."""
        W, H, b = (part.astype(np.float64) for part in self._split(x))
        return W, H, b[:, 0]

    def _split(self, x: Array) -> list[Array]:
        K, n = self.shape
        W, H, b = np.split(x, [K * self.q, (K + n) * self.q])
        shaped = W.reshape(K, self.q), H.reshape(n, self.q), b[:, None] if len(b) else np.zeros((K, 1), self.dtype)
        return [part * unit for part, unit in zip(shaped, self.units, strict=True)]

    def residuals(self, x: Array) -> Array:
        """The residuals, ``(n, K)``."""
        W, H, b = self.parts(x)
        return self.program.loss.residual(H @ W.T + b, self.program.y)

    def both(self, x: Array) -> tuple[float, Array]:
        """Value and gradient, some label sets at a time: what does not leave the cache costs half."""
        program = self.program
        W, H, b = self._split(x)
        value = (program.lam * _square(W, 1.0) + program.decay * _square(b, 1.0)) / 2
        dW, dH, db = np.zeros_like(W), np.empty_like(H), np.zeros_like(b)
        for some in blocks(*self.shape):
            values, r = program.loss.both(H[some] @ W.T + b[:, 0], self.y[some])
            value += float(program.p[some] @ values) + _square(H[some], program.p[some]) / 2
            np.matmul(r, W, out=dH[some])
            r *= self.p[some]
            dW += r.T @ H[some]
            db[:, 0] += r.sum(axis=0)
        dW -= self.dtype.type(program.lam) * W
        db -= self.dtype.type(program.decay) * b
        dH -= H
        dH *= self.p
        gradient = np.empty_like(x)
        ends = np.cumsum([W.size, H.size, b.size])
        for part, unit, end in zip((dW, dH, db)[: 2 + program.moves], self.units, ends, strict=False):
            np.multiply(part, -unit, out=gradient[end - part.size : end].reshape(part.shape))
        return value, gradient

    def steepness(self, W: Array, H: Array, b: Array) -> tuple[Array, Array, Array]:
        """The diagonal of the Hessian at a point, in units of the penalty: from 1 on, and of very different sizes."""
        program = self.program
        r, y = program.loss.residual(H @ W.T + b, program.y), program.y
        c = program.loss.curvature(r, y)
        seen = c @ W**2
        if program.loss.centered:
            total = c.sum(axis=1, keepdims=True)
            seen -= (c @ W) ** 2 / total
            c -= c**2 / total
        c *= program.p[:, None]
        return 1 + c.T @ H**2 / program.lam, 1 + seen, (program.decay + c.sum(axis=0)[:, None]) / self.mu

    def descended(self, steps: int, told: Callable[[Array], None]) -> Array:
        """The vector after so many steps of L-BFGS; ``told`` as in ``descent``."""
        return descended(self.both, self.x, steps, told, float(self.mu))


def _square(rows: Array, weights: Array | float) -> float:
    """The weighted sum of the squares of rows, which does not lose more in single precision the more rows there are."""
    return float(np.sum(np.einsum("ij,ij->i", rows, rows) * weights, dtype=np.float64))


def _spectral_start(program: Program) -> tuple[Array, Array, Array]:
    guess = spectral_guess(program)
    alive = guess.gains > 0
    gains = np.sqrt(guess.gains[alive])
    directions = guess.U[:, alive]
    return directions * gains, guess.start @ directions * guess.shrink[alive] * gains, guess.b
