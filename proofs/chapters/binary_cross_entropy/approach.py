r"""B2: how the logits of binary cross entropy approach their limit."""

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_p, _q, _u, _v, _tau = sp.symbols("p q u v tau", positive=True)
_log, _log2 = sp.symbols("l l'", real=True)
_PLAIN, _PROBABILITIES = Scalars(), Scalars((_p < 1, _q < 1))
_mu = sp.exp(-_tau)


def _split(rest: sp.Expr) -> Identity:
    """The divergence of two probabilities, as what each contributes."""
    first = _p * (_q / _p - 1 - _log)
    second = (1 - _p) * ((1 - _q) / rest - 1 - _log2)
    return _PROBABILITIES.eq(-_p * _log - (1 - _p) * _log2, first + second)


def _logit(penalty: sp.Expr, offset: sp.Expr) -> Identity:
    """The logarithm of the ratio of a polar probability and its complement, which is the penalty times u."""
    return _PLAIN.eq(sp.log(_v) - sp.log(penalty * _u), _tau + sp.log(_v) + offset)


@proves("B2")
def logarithmic_approach() -> Derivation:
    """B2: T2's argument, for each label's two probabilities."""
    return Derivation(
        symbols=(
            (r"p,\ q", "a probability of the polar point and the one at the optimum"),
            (r"l=\log\frac qp,\ l'=\log\frac{1-q}{1-p}", "how far the two are apart"),
            (r"u=s_{S,k}q_{S,k},\ v=1-\mu u", r"$\mu u$ is the polar probability of what is wrong at the label"),
        ),
        steps=told(
            r"""By T8 the divergence $\Delta_S(\mu q_S,z_S)$ is at most $\frac{\mu E}{2\pi_S}$. It is a sum over
            labels and, at each, over its presence and its absence, of what is not negative:""",
            _split(1 - _p),
            r"""so $\frac qp-1-l\le\frac{\mu E}{2\pi_Sp}$, and as in T2 the square of $l$ is at most four
                times this number and its square; likewise for $l'$ with $1-p$. The logit is off by $l-l'$.""",
            r"The logits of the polar point are, with $\mu=e^{-\tau}$,",
            _logit(_mu, -sp.log(_u)),
        ),
        variants={
            "the probability of the presence for that of the absence": _split(_p),
            "log 1/lambda in place of its half": _logit(_mu**2, -sp.log(_u)),
            "the constant with the opposite sign": _logit(_mu, sp.log(_u)),
        },
    )
