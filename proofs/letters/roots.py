r"""The square root of the centered second moment, for the chapters on loss bounds and on the terminal phase.

Letters: the root :math:`\Sigma^{1/2}`, its pseudo-inverse :math:`\Sigma^{+1/2}` and the projector :math:`\Pi` onto the
range of :math:`\Sigma`, which is :math:`P` when the rank is :math:`K-1`. That :math:`\Sigma^{1/2}` squares to
:math:`\Sigma` is the equation :data:`SQUARE`; that the rest are what they are called is rules, tested in instances
whose roots are rational: the centered indicators of :math:`\{1,2\},\{1,3\},\{1,4\}` are orthonormal.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Equation
from proofs.kernel.formula import Formula, Letter
from proofs.kernel.models import Model
from proofs.kernel.normal_form import Rule
from proofs.kernel.outcome import Sign
from proofs.letters.vocabulary import FIXED, MIXED, K, S, Sigma, kappa, label_model, m, m_of, ones, top, y, y_tilde

lam_w, lam_h = sp.symbols("lambda_W lambda_H", positive=True)
lam = lam_w * lam_h
mu = sp.sqrt(lam)

_Root = Letter("Sigma^{1/2}", K, K, tex=r"\Sigma^{1/2}", symmetric=True, sign=Sign.NONNEGATIVE)
_InverseRoot = Letter("Sigma^{+1/2}", K, K, tex=r"\Sigma^{+1/2}", symmetric=True, sign=Sign.NONNEGATIVE)
_Pi = Letter("Pi", K, K, tex=r"\Pi", symmetric=True, sign=Sign.NONNEGATIVE)
_q = Letter("q", K, indices=(y_tilde(S).data[0].indices[0],), tex="q_{{{0}}}")

Root, InverseRoot, Pi = _Root(), _InverseRoot(), _Pi()
q: Callable[..., Formula] = _q
r"""The column of the polar factor that belongs to a label set: :math:`q_S=\Sigma^{+1/2}\tilde y_S`."""

SQUARE = Equation(r"$\Sigma=\Sigma^{1/2}\Sigma^{1/2}$", Sigma, Root * Root)

_SIGNS = ((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))


def root_model(
    weights: Mapping[tuple[int, ...], int],
    roots: Sequence[Fraction | int | str],
    sizes: Mapping[Any, Any] | None = None,
    letters: Mapping[str, Callable[..., Any]] | None = None,
    name: str = "",
) -> Model:
    r"""A distribution over four labels whose :math:`\Sigma` has the three orthonormal sign vectors as eigenvectors.

    Args:
        weights: integer weights of the label sets.
        roots: the square roots of the three eigenvalues; zero where the rank is smaller. That they are is tested by
            :data:`SQUARE` wherever it is used.
        sizes: values of further symbols.
        letters: values of further letters.
        name: how a witness names it; spelled out from the weights when absent.
    """
    values = [sp.Rational(r) for r in roots]
    projectors = [sp.Matrix(signs) * sp.Matrix(signs).T / 4 for signs in _SIGNS]

    def spectral(of: Callable[[Any], Any]) -> Callable[[], sp.Matrix]:
        matrix = sum((of(r) * E for r, E in zip(values, projectors, strict=True) if r), sp.zeros(4))
        return lambda: matrix

    squares = [r**2 for r in values]
    return label_model(
        4,
        weights,
        name=name,
        sizes={top: max(squares), kappa: min(squares), lam_w: 1, lam_h: 1, **(sizes or {})},
        letters={
            _Root.name: spectral(lambda r: r),
            _InverseRoot.name: spectral(lambda r: 1 / r),
            _Pi.name: spectral(lambda _: sp.Integer(1)),
            **(letters or {}),
        },
    )


PAIRS = root_model({(1, 2): 4, (1, 3): 9, (1, 4): 36}, ("2/7", "3/7", "6/7"))
"""Rank 3, eigenvalues 4/49, 9/49 and 36/49."""
TWO_OF_FOUR = root_model({(1, 2): 9, (1, 3): 16}, ("3/5", "4/5", 0))
"""Rank 2 of 3, eigenvalues 9/25 and 16/25."""
SINGLES_AND_PAIRS = root_model(
    {(1,): 2, (2,): 2, (3,): 2, (4,): 2, (1, 2): 7, (1, 3): 7, (1, 4): 14}, ("1/2", "1/2", "2/3")
)
"""Two multiplicities, rank 3, eigenvalues 1/4, 1/4 and 4/9."""


def root_rules(root: Formula, inverse: Formula, projector: Formula) -> tuple[Rule, ...]:
    """What makes the letters a root in the contrasts, its pseudo-inverse and the projector onto its range."""
    return (
        *(Rule(letter * ones, 0, "the range is orthogonal to the ones") for letter in (root, inverse, projector)),
        Rule(root * inverse, projector, "pseudo-inverse"),
        Rule(inverse * root, projector, "pseudo-inverse"),
        Rule(projector * projector, projector, "projector"),
        *(Rule(projector * letter, letter, "projector onto the range") for letter in (root, inverse)),
        *(Rule(letter * projector, letter, "projector onto the range") for letter in (root, inverse)),
    )


def _with_roots(algebra: Algebra, size: Any, models: Sequence[Model]) -> Algebra:
    return algebra.extended(
        letters=(_Root, _InverseRoot, _Pi),
        definitions=((q(S), InverseRoot * y_tilde(S)),),
        rules=(
            *root_rules(Root, InverseRoot, Pi),
            Rule(Pi * y(S), y(S) - size / K * ones, "a centered indicator of the support lies in the range"),
        ),
        models=models,
    )


ROOTS = _with_roots(FIXED, m, (PAIRS, TWO_OF_FOUR))
"""One multiplicity."""
ROOTS_MIXED = _with_roots(MIXED, m_of[S.symbol], (SINGLES_AND_PAIRS, PAIRS, TWO_OF_FOUR))
"""Any multiplicities."""
