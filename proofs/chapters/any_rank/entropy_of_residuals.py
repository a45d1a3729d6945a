r"""D2: which dual points of the hard-margin problem the residuals tend to."""

from typing import Any

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_tau, _a, _x, _m = sp.symbols("tau a x m", positive=True)
_mu = sp.exp(-_tau)


def _outside(penalty: sp.Expr) -> Identity:
    """What a label outside the set adds to the dual value, beyond the logarithm of m."""
    p = penalty * _a
    return _PLAIN.eq(-p * sp.log(p / _m), p * sp.log(_m) + penalty * (_tau * _a - _a * sp.log(_a)))


def _slope(of: Any, value: Any) -> Identity:
    return _PLAIN.eq(sp.Derivative(of, _x), value)


@proves("D2")
def greatest_entropy() -> Derivation:
    """D2: the dual value label by label."""
    return Derivation(
        symbols=((r"a=-q_{S,j}", "an entry off the set"), (r"x=\mu q_{S,k}", "one on it")),
        steps=told(
            r"""The dual value at residuals $\mu q$ is $-\sum_S\pi_S\sum_kp_{S,k}\log\frac{p_{S,k}}{m_S}$ with
            $p_S=y_S-\mu q_S$. A label off the set adds, as $\mu=e^{-\tau}$,""",
            _outside(_mu),
            r"""A label on it adds $p\log m_S$ and $-(1-x)\log(1-x)$, which is between $x-x^2$ and $x$ for $x<1$:
            the two differences vanish at 0, and have slopes with the sign of $x$,""",
            every(_slope(_x + (1 - _x) * sp.log(1 - _x), -sp.log(1 - _x)), _slope(-sp.log(1 - _x) - _x, _x / (1 - _x))),
            r"""the second after division by $1-x$. As $\mathbf1^\top q_S=0$, what the labels on the set sum up
                to is $q_S^\top y_S$, and so is what those off it do. So the value is $\sum_S\pi_Sm_S\log
                m_S+\mu\bigl((\tau+1)A(q)+H(q)\bigr)$ for any $q$, up to $\mu^2\sum_S\pi_S\sum_{k\in S}q_{S,k}^2$,
                by which it is less at most. The residuals of the optimum have the greatest one (U6).""",
        ),
        variants={
            "the logarithm of lambda": _outside(_mu**2),
            "a tangent at another point": _slope(_x + (1 - _x) * sp.log(1 - _x), 1 - sp.log(1 - _x)),
        },
    )
