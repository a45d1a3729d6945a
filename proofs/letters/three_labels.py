r"""Three labels in closed form: kappa, the roots of the second moment, the terminal Gram matrix and logits.

For :math:`K=3` every proper label set is a singleton or the complement of one, and both have the same
:math:`\tilde y\tilde y^\top`. So a distribution enters through three numbers :math:`d_k=\pi(\{k\})+\pi(\{k\}^c)` with
sum one, and :math:`\Sigma=P\,\mathrm{diag}(d)\,P`. The functions take the :math:`d_k` as SymPy symbols or as numbers.
"""

from typing import Any

import sympy as sp

CENTER = sp.eye(3) - sp.ones(3, 3) / 3
Triple = tuple[Any, Any, Any]


def second_moment(d: Triple) -> Any:
    r""":math:`\Sigma=P\,\mathrm{diag}(d)\,P`."""
    return CENTER * sp.diag(*d) * CENTER


def contrast_determinant(d: Triple) -> Any:
    r""":math:`\delta^2=\kappa\mathrm K=\frac13(d_1d_2+d_1d_3+d_2d_3)`, the determinant on the contrasts."""
    return (d[0] * d[1] + d[0] * d[2] + d[1] * d[2]) / 3


def kappa_of(d: Triple) -> tuple[Any, Any]:
    r""":math:`(\kappa,\mathrm K)=\frac13\bigl(1\mp\sqrt{1-9\delta^2}\bigr)` for :math:`d_1+d_2+d_3=1`.

    Example:
        >>> kappa_of((sp.Rational(1, 2), sp.Rational(1, 4), sp.Rational(1, 4)))
        (1/4, 5/12)
    """
    spread = sp.sqrt(1 - 9 * contrast_determinant(d))
    return (1 - spread) / 3, (1 + spread) / 3


def root(d: Triple) -> Any:
    r""":math:`\Sigma^{1/2}=(\Sigma+\delta P)/\sqrt{\frac23+2\delta}`, the terminal classifier Gram matrix."""
    delta = sp.sqrt(contrast_determinant(d))
    return (second_moment(d) + delta * CENTER) / _trace_of_root(delta)


def inverse_root(d: Triple) -> Any:
    r""":math:`\Sigma^{+1/2}=\bigl((\frac23+\delta)P-\Sigma\bigr)/\bigl(\delta\sqrt{\frac23+2\delta}\bigr)`."""
    delta = sp.sqrt(contrast_determinant(d))
    return ((sp.Rational(2, 3) + delta) * CENTER - second_moment(d)) / (delta * _trace_of_root(delta))


def terminal_row_distance(d: Triple, first: int, second: int) -> Any:
    r""":math:`\|w_j-w_k\|^2=(d_j+d_k+2\delta)/\sqrt{\frac23+2\delta}` in the terminal geometry; labels 0, 1, 2."""
    delta = sp.sqrt(contrast_determinant(d))
    return (d[first] + d[second] + 2 * delta) / _trace_of_root(delta)


def terminal_margin_offset(d: Triple, label_set: tuple[int, ...], outside: int) -> Any:
    r"""The constant :math:`-\log(-(\Sigma^{+1/2}y_S)_j)` of T2, nats; labels 0, 1, 2.

    Example:
        >>> balanced = (sp.Rational(1, 3),) * 3
        >>> sp.simplify(sp.exp(terminal_margin_offset(balanced, (0,), 1)))
        sqrt(3)
    """
    row = inverse_root(d)[outside, :]
    return -sp.log(-sum(row[k] for k in label_set))


def _trace_of_root(delta: Any) -> Any:
    return sp.sqrt(sp.Rational(2, 3) + 2 * delta)
