"""The model as a plain smooth function of one vector, which any method for smooth functions can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

from verify.model.losses import Array
from verify.model.program import Program, blocks, spectral_guess

__all__ = ["Balanced"]

MEMORY = 12  # pairs of steps and gradients that L-BFGS keeps


class Balanced:
    r"""Classifier, prototypes and bias as one vector, scaled so that both penalties and all label sets weigh the same:
    :math:`\sqrt[4]\lambda\,W`, the :math:`\sqrt{\pi_S/\sqrt\lambda}\,h_S`, and ``b`` if it moves.

    Args:
        start: ``W``, ``(K, q)``, ``H``, ``(n, q)``, and ``b``, ``(K,)``; if absent, the spectral
            guess, all of its columns.

    Attributes:
        x: the start.
    """

    def __init__(self, program: Program, start: tuple[Array, Array, Array] | None = None) -> None:
        W, H, b = start or _spectral_start(program)
        self.program = program
        self.mu, self.root = np.sqrt(program.lam), np.sqrt(program.p)[:, None]
        self.shape, self.q = (program.K, len(H)), W.shape[1]
        parts = [W * np.sqrt(self.mu), H * self.root / np.sqrt(self.mu)]
        self.x = np.concatenate([part.ravel() for part in parts] + ([b] if program.moves else []))

    def parts(self, x: Array) -> tuple[Array, Array, Array]:
        """``W``, ``H`` and ``b``, in the program's units."""
        K, n = self.shape
        W, H, b = np.split(x, [K * self.q, (K + n) * self.q])
        H = H.reshape(n, self.q) * (np.sqrt(self.mu) / self.root)
        return W.reshape(K, self.q) / np.sqrt(self.mu), H, b if self.program.moves else np.zeros(K)

    def residuals(self, x: Array) -> Array:
        """The residuals, ``(n, K)``."""
        W, H, b = self.parts(x)
        return self.program.loss.residual(H @ W.T + b, self.program.y)

    def both(self, x: Array) -> tuple[float, Array]:
        """Value and gradient, some label sets at a time: what does not leave the cache costs half."""
        program, mu = self.program, self.mu
        W, H, b = self.parts(x)
        value = mu / 2 * float(x @ x)
        dW, dH, db = np.zeros_like(W), np.empty_like(H), np.zeros_like(b)
        for some in blocks(*self.shape):
            values, r = program.loss.both(H[some] @ W.T + b, program.y[some])
            value += float(program.p[some] @ values)
            dH[some] = r @ W
            r *= program.p[some, None]
            dW += r.T @ H[some]
            db += r.sum(axis=0)
        dH *= -self.root * np.sqrt(mu)
        gradient = mu * x
        gradient[: W.size] -= dW.ravel() / np.sqrt(mu)
        gradient[W.size : W.size + H.size] += dH.ravel()
        if program.moves:
            value += (program.decay - mu) / 2 * float(b @ b)
            gradient[W.size + H.size :] = program.decay * b - db
        return value, gradient

    def steepness(self, x: Array) -> Array:
        """The diagonal of the Hessian at a point, in units of the penalty: from 1 on, and of very different sizes."""
        program = self.program
        W, H, b = self.parts(x)
        r, y = program.loss.residual(H @ W.T + b, program.y), program.y
        c = program.loss.curvature(r, y)
        seen = c @ W**2
        if program.loss.centered:
            total = c.sum(axis=1, keepdims=True)
            seen -= (c @ W) ** 2 / total
            c -= c**2 / total
        c *= program.p[:, None]
        parts = [1 + c.T @ H**2 / program.lam, 1 + seen]
        db = [(program.decay + c.sum(axis=0)) / self.mu] if program.moves else []
        return np.concatenate([*(part.ravel() for part in parts), *db])

    def descended(self, steps: int, told: Callable[[Array], None]) -> Array:
        """The vector after so many steps of L-BFGS in variables in which the function is about as steep in each.

        Args:
            told: given the vector after every step; what raises ``StopIteration`` ends the descent.
        """
        scale = np.sqrt(self.steepness(self.x))

        def both(u: Array) -> tuple[float, Array]:
            value, gradient = self.both(u / scale)
            return value, gradient / scale

        options: Any = {"maxiter": steps, "maxfun": 2 * steps, "maxcor": MEMORY, "ftol": 0.0, "gtol": 0.0}
        callback: Any = lambda u: told(u / scale)  # noqa: E731 - SciPy looks at the name of its argument
        found = minimize(both, self.x * scale, jac=True, method="L-BFGS-B", options=options, callback=callback)
        return np.asarray(found.x / scale)


def _spectral_start(program: Program) -> tuple[Array, Array, Array]:
    guess = spectral_guess(program)
    alive = guess.gains > 0
    gains = np.sqrt(guess.gains[alive])
    directions = guess.U[:, alive]
    return directions * gains, guess.start @ directions * guess.shrink[alive] * gains, guess.b
