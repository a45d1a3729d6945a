"""Linear equations with a positive definite matrix."""

import numpy as np

from verify.model.losses import Array

SMALL = 128
"""Up to this many unknowns NumPy's general solver takes less time than SciPy takes to be imported."""


class Definite:
    """A positive definite matrix, ``(n, n)``, known by its Cholesky factor, for as many right-hand sides as asked.

    Raises:
        LinAlgError: it is not positive definite.

    Example:
        >>> Definite(np.diag([1.0, 4.0])).solve(np.array([1.0, 1.0])).tolist()
        [1.0, 0.25]
    """

    def __init__(self, matrix: Array) -> None:
        self.factor = np.linalg.cholesky(matrix)

    def solve(self, right: Array) -> Array:
        """The solution, of the shape of the right-hand side ``(n,)``."""
        L = self.factor
        if len(L) <= SMALL:
            return np.asarray(np.linalg.solve(L.T, np.linalg.solve(L, right)))
        from scipy.linalg import cho_solve  # noqa: PLC0415 - slow to import

        return np.asarray(cho_solve((L, True), right))
