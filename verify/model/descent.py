"""Descent by gradients only: L-BFGS for smooth functions whose values are rounded more coarsely than their gradients.

What SciPy's does not: vectors stay in single precision where they are given so, and a step is also taken where the
values at its ends differ by rounding only, if the slope has not grown (the approximate Wolfe condition of Hager and
Zhang, *SIAM J. Optim.* 16 (2005), 170-192). Near the optimum a value has half of the digits that a gradient has: a line
search that believes values only ends there, or takes four evaluations for a step instead of one.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from scipy.linalg import blas

from verify.model.losses import Array

MEMORY = 12  # pairs of steps and changes of the gradient
DECREASE = 1e-4  # of the value, relative to what the slope promises
NOISE = 1e-7  # of the value
CUTS = 20
LEAST, MOST = 0.1, 0.5  # what is left of a step that is cut


def descended(
    both: Callable[[Array], tuple[float, Array]], x: Array, steps: int, told: Callable[[Array], None], curvature: float
) -> Array:
    """The vector after so many steps of L-BFGS, or after fewer if rounding ends them.

    Args:
        both: value and gradient at a vector, both new ones.
        x: the start, ``(N,)``, in single or double precision, in which all vectors will be.
        steps: how many, at most.
        told: given the vector after every step; what raises ``StopIteration`` ends the descent.
        curvature: about the second derivative of the function along its gradient.

    Example:
        >>> import numpy as np
        >>> steep = np.array([1.0, 4.0, 9.0])
        >>> x = descended(lambda x: (x @ (steep * x) / 2, steep * x), np.ones(3), 20, lambda x: None, 9.0)
        >>> bool(abs(x).max() < 1e-9)
        True
    """
    dot: Any = blas.sdot if x.itemsize == 4 else blas.ddot
    add: Any = blas.saxpy if x.itemsize == 4 else blas.daxpy
    pairs = deque[tuple[Array, Array, float]](maxlen=MEMORY)
    value, gradient = both(x)
    for _ in range(steps):
        direction = _direction(gradient, pairs, curvature, dot, add)
        slope = dot(gradient, direction)
        if not slope < 0:
            break
        length = 1.0
        for _ in range(CUTS):
            after = add(direction, x.copy(), a=length)
            reached, turned = both(after)
            ahead = dot(turned, direction)
            if reached <= value + DECREASE * length * slope:
                break
            if reached <= value + NOISE * abs(value) and ahead <= (2 * DECREASE - 1) * slope:
                break
            share = slope / (slope - ahead) if ahead > slope else MOST  # where the slope would be 0, if it were linear
            length *= min(max(share, LEAST), MOST)
        else:
            break
        step, change = direction, turned - gradient
        step *= x.dtype.type(length)
        if (product := dot(step, change)) > 0:
            pairs.append((step, change, product))
        x, value, gradient = after, reached, turned
        try:
            told(x)
        except StopIteration:
            break
    return x


def _direction(
    gradient: Array, pairs: deque[tuple[Array, Array, float]], curvature: float, dot: Any, add: Any
) -> Array:
    """Minus the gradient times the inverse Hessian that the pairs tell of (Nocedal's two loops)."""
    direction, shares = -gradient, list[float]()
    for step, change, product in reversed(pairs):
        shares.append(dot(step, direction) / product)
        add(change, direction, a=-shares[-1])
    if pairs:
        _, change, product = pairs[-1]
        curvature = dot(change, change) / product
    direction *= direction.dtype.type(1 / curvature)
    for step, change, product in pairs:
        add(step, direction, a=shares.pop() - dot(change, direction) / product)
    return direction
