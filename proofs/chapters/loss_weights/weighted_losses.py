r"""V1, V2, V3: what weights change, of samples and in the loss."""

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_tau, _w, _u = sp.symbols("tau w u", positive=True)
_omega = sp.Symbol("omega", positive=True)


def _tilted(penalty: sp.Expr) -> Identity:
    """The feature's share of objective and dual value, weighted, and the square it leaves; along one direction."""
    h, r, lam = sp.symbols("h r lambda_H", positive=True)
    left = penalty * lam * h**2 / 2 - _w * r * h
    return _PLAIN.eq(left, _w * lam * (h - r / lam) ** 2 / 2 - _w * r**2 / (2 * lam))


def _pairs(size: sp.Expr) -> Identity:
    """The logit off the set, relative to that on it, where the weighted residual is mu u."""
    return _PLAIN.eq(-sp.log(sp.exp(-_tau) * _u / size), _tau + sp.log(_w) - sp.log(_u))


@proves("V1")
def resampling() -> Derivation:
    """V1: the gap identity with another measure."""
    return Derivation(
        symbols=(
            (r"w=v_S", "how much more often $S$ is drawn"),
            ("r", r"the residual times the classifier, $W^\\top r_S$"),
        ),
        steps=told(
            r"""Samples drawn more often weigh in the loss and in the penalty of their features alike. So in the gap
            identity every square of a feature is weighted as its divergence is; along one direction,""",
            _tilted(_w),
            "and the squares of residuals add up to the second moment of the tilted distribution.",
        ),
        variants={"the features' penalty not weighted": _tilted(sp.Integer(1))},
    )


@proves("V2")
def reweighting() -> Derivation:
    """V2: weights in the loss do not reach the constraint of the dual."""
    return Derivation(
        symbols=((r"u=-q_{S,j}", r"$>0$ off the set"), ("w=w_S", "the weight of the loss")),
        steps=told(
            r"""The dual value of $w_SL_S$ at $r_S$ is $w_S$ times that of $L_S$ at $r_S/w_S$. The constraint
            $\sum_S\pi_Sr_Sr_S^\top\preceq\lambda I$ is without weights, so $\mu q_S$ with the polar columns of
            $\pi$ is feasible and T8 applies. Its logits have a prediction $\mu u/w$ off the set (PAL-CE:
            $m$ times it), to first order in $\mu$ relative to $e^{-\tau}$:""",
            _pairs(_w),
        ),
        variants={"the weights left out of the reference logits": _pairs(sp.Integer(1))},
    )


@proves("V3")
def label_weights() -> Derivation:
    """V3: one weight for every answer."""

    def residual(value: sp.Expr) -> Identity:
        z = sp.Symbol("z", real=True)
        return _PLAIN.eq(-sp.Derivative(_omega * sp.log(1 + sp.exp(-z)), z), value / (1 + sp.exp(z)))

    def margin(size: sp.Expr) -> Identity:
        return _PLAIN.eq(-sp.log(sp.exp(-_tau) * _u / size), _tau + sp.log(_omega) - sp.log(_u))

    return Derivation(
        symbols=((r"\omega=\omega_{S,k}", "the weight of one answer"), (r"u=s_{S,k}q_{S,k}", "its polar column")),
        steps=told(
            r"The residual of a weighted answer at the logit $z$, both times its sign, is",
            residual(_omega),
            r"""half of the weight at logit 0. So U9, which is about any convex loss, has the second moment of
                $\frac12\omega_S\circ s_S$.""",
            r"The polar columns are feasible as in V2, and a wrong answer has odds $\mu u/\omega$ in the limit:",
            margin(_omega),
        ),
        variants={
            "the residual at logit 0 without its half": residual(2 * _omega),
            "the weights left out of the reference logits": margin(sp.Integer(1)),
        },
    )
