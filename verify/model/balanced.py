"""The model as a plain smooth function of one vector, which any method for smooth functions can take."""

from __future__ import annotations

import numpy as np

from verify.model.losses import Array
from verify.model.program import Program, spectral_guess

__all__ = ["Balanced"]


class Balanced:
    r"""Classifier, prototypes and bias as one vector, scaled so that both penalties and all label sets weigh the same:
    :math:`\sqrt[4]\lambda\,W`, the :math:`\sqrt{\pi_S/\sqrt\lambda}\,h_S`, and ``b`` if it moves.

    Attributes:
        x: the spectral guess, all of its columns.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        guess = spectral_guess(program)
        alive = guess.gains > 0
        gains = np.sqrt(guess.gains[alive])
        directions = guess.U[:, alive]
        H = guess.start @ directions * guess.shrink[alive] * gains
        self.mu, self.root = np.sqrt(program.lam), np.sqrt(program.p)[:, None]
        self.shape, self.q = (program.K, len(H)), len(gains)
        W = directions * gains
        parts = [W * np.sqrt(self.mu), H * self.root / np.sqrt(self.mu)]
        self.x = np.concatenate([part.ravel() for part in parts] + ([guess.b] if program.moves else []))

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
        """Value and gradient."""
        program = self.program
        W, H, b = self.parts(x)
        z = H @ W.T + b
        r, y = program.loss.residual(z, program.y), program.y
        pr = program.p[:, None] * r
        value = float(program.p @ program.loss.value(z, y)) + self.mu / 2 * float(x @ x)
        if program.moves:
            value += (program.decay - self.mu) / 2 * float(b @ b)
        dW = self.mu * x[: W.size].reshape(W.shape) - pr.T @ H / np.sqrt(self.mu)
        dH = self.mu * x[W.size : W.size + H.size].reshape(H.shape) - self.root * (r @ W) * np.sqrt(self.mu)
        db = [program.decay * b - pr.sum(axis=0)] if program.moves else []
        return value, np.concatenate([dW.ravel(), dH.ravel(), *db])
