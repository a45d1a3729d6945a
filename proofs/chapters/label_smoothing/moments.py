r"""Y3 and Y4: the moments of targets and their roots, and what factors do as smoothing vanishes."""

from typing import Any

import sympy as sp

from proofs.chapters.label_smoothing.smoothed_synthesis import SCALED, c, c1
from proofs.chapters.terminal_phase.root_stability import at_p, at_q, eta, two_roots
from proofs.chapters.weighted_synthesis.squared_loss import in_set
from proofs.kernel.checks import Equation, Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import h
from proofs.letters.prototypes import SINGLETON
from proofs.letters.vocabulary import MIXED, S, f, k, ones, x, y

_PLAIN = Scalars()
_ell, _n, _odds = sp.symbols("ell n X", positive=True)


def _moments(factor: int, ell: Any = _ell) -> Any:
    """The second moment of targets without a bias, by that of centered ones; ell is their size."""
    signs, centered, mean = 2 * y(S) - ones, y(S) - f, 2 * f - ones
    own = (ell**2 * (signs * signs.T)).over(S)
    return MIXED.eq(own, factor * ell**2 * (centered * centered.T).over(S) + ell**2 * (mean * mean.T))


def _plain() -> Any:
    return (in_set * SINGLETON(k)).over(k)


def _quotient(power: int) -> Identity:
    """m is the square of n; the power 2 is m itself."""
    return _PLAIN.eq(_n**power * (1 + _odds / _n**2) - (1 + _odds), _n**power - 1)


@proves("Y3")
def smoothed_stability() -> Derivation:
    """Y3: multiples of the moments of labels, and T5 for their roots."""
    algebra, RP, RQ, _, _, low_p, low_q = two_roots()
    difference, moments = RP - RQ, RP * RP - RQ * RQ
    eigen = Equation("the eigenvector", difference * x, eta * x)
    least = eta * (at_p + at_q) * (x.T * x)
    return Derivation(
        symbols=((r"l=\sqrt\kappa,\ l'=\sqrt{\kappa'}", "the least eigenvalues of the roots"),),
        steps=told(
            r"""For BCE the targets are $\ell s_S$, and $2\ell(y_S-f)$ less their mean. So $M=\ell^2N$, and
            $4\ell^2C$ with a free bias, which differ by one column:""",
            _moments(4),
            "For PAL-CE the targets are $c_{m_S}Py_S$, and their moment is what it says.",
            r"""The difference of the roots, on contrasts or on all vectors, solves a Sylvester equation, and along
            its top eigenvector that of the moments is at least $\eta(l+l')$, as in T5:""",
            algebra.ge(
                x.T * moments * x,
                least,
                eta * (x.T * low_p * x) + eta * (x.T * low_q * x),
                x.T * RP * eigen,
                eigen.T * RQ * x,
            ),
        ),
        variants={
            "2 l^2 C": _moments(2, sp.Integer(1)),
            "a third of the bound": algebra.ge(x.T * moments * x - 3 * least, 0, None, x.T * eigen),
        },
    )


@proves("Y4")
def limits_apart() -> Derivation:
    """Y4: the logarithms of two quotients that are at most 1."""
    return Derivation(
        symbols=((r"X=K\frac{1-\varepsilon}\varepsilon,\ n=\sqrt m", r"so that $c_m=\log(1+\frac Xm)$"),),
        steps=told(
            r"$c_m$ falls with $m$, and $c_1\le\log m+c_m$, which is the logarithm of $m+X\ge1+X$:",
            _quotient(2),
            r"So the polar prototypes of Y2 miss plain sums by little, for $c_1$ grows without bound:",
            SCALED.eq(h(S) - _plain(), (c / c1 - 1) * _plain()),
        ),
        variants={
            "half of log m": _quotient(1),
            "the factor c_1/c_m": SCALED.eq(h(S) - _plain(), (c1 / c - 1) * _plain()),
        },
    )
