r"""T8, T8a: how far the optimal prototypes are from the polar ones, by the gap of the polar point."""

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_tau, _trace, _form = sp.symbols("tau n Q", positive=True)
_paired = sp.Symbol("p", real=True)
_mu = sp.exp(-_tau)


def _error(share: sp.Expr | int) -> Identity:
    """Twice half the cost of the factors of tau a + d, per mu, less twice the pairing with the polar columns."""
    logits = _tau**2 * _trace + 2 * _tau * _paired + _form
    return _PLAIN.eq(_tau * _trace + logits / _tau - 2 * (_tau * _trace + _paired), share * _form / _tau)


def _margin(penalty: sp.Expr) -> Identity:
    """The logarithm of the ratio of a polar prediction in the set and one off it."""
    u = sp.Symbol("u", positive=True)
    inside = sp.Symbol("v", positive=True)
    return _PLAIN.eq(sp.log(inside) - sp.log(penalty * u), _tau + sp.log(inside) - sp.log(u))


def _crossed(factor: int) -> Identity:
    c, d, g, h = sp.symbols("c_1 c_2 g_1 g_2", real=True)
    return _PLAIN.eq((c**2 + d**2) * (g**2 + h**2) - (c * g + d * h) ** 2, factor * (c * h - d * g) ** 2)


def _three_points(sign: int) -> Identity:
    h, made, polar = sp.symbols("h h' g", real=True)
    return _PLAIN.eq((h - polar) ** 2 + (h - made) ** 2 - (made - polar) ** 2, sign * 2 * (h - made) * (h - polar))


@proves("T8")
def explicit_errors() -> Derivation:
    """T8: the gap identity at the optimum, with the polar residuals, and what the best factors of their logits cost."""
    w = sp.Symbol("w", positive=True)
    return Derivation(
        symbols=(
            (r"n=\sum_S\pi_Sq_S^\top a_S", r"$=\operatorname{tr}M^{1/2}$"),
            (r"p=\sum_S\pi_Sq_S^\top d_S", "the polar columns paired with what logits have beyond $\\tau a_S$"),
        ),
        steps=told(
            r"""*What the optimum lacks.* The residuals $r_S=\mu q_S$ are feasible: $\sum_S\pi_Sq_Sq_S^\top$ is a
            projector, and their mean is 0 if the bias is free. U6a with these residuals and the optimal point says
            that $\min F-D(r)$ is the sum of $\sum_S\pi_S\Delta_S(r_S,z_S)$,
            $\frac{\lambda_H}2\sum_S\pi_S\|h_S-\frac\mu{\lambda_H}W^\top q_S\|^2$ and a term that is not negative.
            From above, $\min F$ is at most the objective at the logits $z^0_S$ whose residuals are $r_S$, with the
            best factors: $D(r)+\frac\mu2E$. For combinations, Cauchy-Schwarz, here with two label sets:""",
            _crossed(1),
            r"""*The size of $E$.* With $u=-q_{S,j}$ off the set and $v=1-\mu q_{S,k}$ on it (BCE: $u=s_S\circ q_S$
            and $v=1-\mu u$) margins of $z^0_S$ are $\tau$ times those of $a_S$ and a number that converges,
            $\mu=e^{-\tau}$:""",
            _margin(_mu),
            r"""Full rank: factors with $WW^\top\propto M^{1/2}$ reach $z^0_S=\tau a_S+d_S$, as in L5d, and
            scaled against each other by $t$ they cost
            $\frac\mu2\bigl(tn+\frac1t\sum_S\pi_Sz_S^{0\top}M^{+1/2}z^0_S\bigr)$. At $t=\tau$""",
            _error(1),
            r"""so $E\le Q/\tau$. At any rank the nuclear norm of the part of $d$ outside the range of $M$ is
                added twice, since there the polar columns pair to 0.""",
            r"""*Logits.* Where $\Delta_S\le\eta$ a prediction $\mu u$ (PAL-CE: $m$ times it) is multiplied by $e^x$
            with $e^x-1-x\le v=\frac\eta{\mu u}$, so $x\le\sqrt{2v}$, and $-x\le w+\frac{w^2}2$ with $w=\sqrt{2v}$:
            this says $e^{-w-w^2/2}\ge1-w$, which holds at $w=0$ and after that because""",
            _PLAIN.eq(sp.Derivative(-sp.log(1 - w) - w - w**2 / 2, w), w**2 / (1 - w)),
        ),
        variants={
            "half the error": _error(sp.Rational(1, 2)),
            "lambda for its root": _margin(_mu**2),
            "Cauchy-Schwarz with twice the square": _crossed(2),
        },
    )


@proves("T8a")
def virtual_prototypes() -> Derivation:
    """T8a: one strongly convex problem, bounded by its value at a combination of the support's prototypes."""
    return Derivation(
        symbols=((r"g=\frac\mu{\lambda_H}W^\top q_T", "the polar prototype"),),
        steps=told(
            r"""Let $r_T$ be the residual at the virtual prototype, $\lambda_Hh_T=W^\top r_T$. By Fenchel's inequality
            $L_T(Wh'+b)\ge D_T(r_T)-r_T^\top(Wh'+b)$ and $D_T(\mu q_T)\le L_T(Wh_T+b)+\mu q_T^\top(Wh_T+b)$, with
            equality in the first at $h_T$. What the two add up to is, along each direction of features,""",
            _three_points(1),
            r"""so $\frac{\lambda_H}2\|h_T-g\|^2\le\Delta_T(\mu q_T,Wh'+b)+\frac{\lambda_H}2\|h'-g\|^2$, and
                the last term is what T8 bounds: $h'-g$ is the combination of the support's $h_S-\frac\mu{\lambda_H}
                W^\top q_S$ with the weights $\pi_Sc_S$.""",
        ),
        variants={"three points with the opposite sign": _three_points(-1)},
    )
