r"""C1, C2, C3: optima with few features."""

import sympy as sp

from proofs.kernel.checks import Identity, Nonnegative
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_lam, _rho, _c, _mu, _s = sp.symbols("lambda rho c mu s", positive=True)


def _room(most: sp.Expr) -> Nonnegative:
    """What the classifier's term of the gap is worth, where the residual second moment is at most this."""
    size, rho = sp.symbols("t rho", nonnegative=True)
    return Scalars((rho <= most,)).ge((_lam - rho) * size**2 / (2 * sp.Symbol("lambda_H", positive=True)), 0)


@proves("C1")
def certificate_at_any_width() -> Derivation:
    """C1: the gap vanishes at the point, and bounds every other."""
    return Derivation(
        symbols=((r"\rho", "the residual second moment along a direction"), ("t", "the classifier along it")),
        steps=told(
            r"""At a stationary point the residual closes the gap of predictions and features, and $RW=\lambda W$
            (U8) that of the classifier: $F=D(r)$. At every other point, of any width, F is at least $D(r)$ by
            U6, for with $\rho\le\lambda$ the classifier's term is not negative:""",
            _room(_lam),
        ),
        variants={"R above lambda": _room(2 * _lam)},
    )


def _depth(share: sp.Expr) -> Identity:
    """The best step from the loss's bound along one direction: t^2 c rho/2 - t (rho - ...) as in U7a."""
    t = (sp.sqrt(_rho) - _mu) / (_c * sp.sqrt(_rho))
    fall = t * (_rho - _mu * sp.sqrt(_rho)) - _c * t**2 * _rho / 2
    return _PLAIN.eq(fall, share * (sp.sqrt(_rho) - _mu) ** 2 / (2 * _c))


@proves("C2")
def no_certificate() -> Derivation:
    """C2: C1, the uniqueness of the Gram matrix, and U7a."""
    return Derivation(
        symbols=((r"\rho>\lambda", "an eigenvalue of $R$"), ("c", "a bound on the curvature of the loss")),
        steps=told(
            r"""By C1 a stationary point with $R\preceq\lambda I$ is an optimum, and all optima have the Gram matrix
            $G^*$ (U8a), whose rank is more than $d$: there is none. What a point lacks is U7a's: along an
            eigenvector of $R$ logits can be moved by $\frac tc$ of the residuals at the price $\mu$ of the nuclear
            norm for each unit,""",
            _depth(sp.Integer(1)),
        ),
        variants={"the depth 1 % larger": _depth(sp.Rational(101, 100))},
    )


def _dropped(excess: sp.Expr) -> Identity:
    """What a direction costs that is not used, less what it costs where it is."""
    used = _mu**2 / 2 + _mu * (_s - _mu)
    return _PLAIN.eq(_s**2 / 2 - used, excess)


@proves("C3")
def squared_loss() -> Derivation:
    """C3: singular values one by one."""
    return Derivation(
        symbols=(("s", r"a singular value of the residuals at $W=0$, greater than $\mu$"),),
        steps=told(
            r"""For MSE logits less the bias are a matrix $Z$ of rank at most $d$, which costs
            $\frac12\|r^0-Z\|^2+\mu\|Z\|_*$ in $L^2(\pi)$. For given singular values of $Z$ the singular vectors of
            $r^0$ are the best (von Neumann), so each of $d$ directions has a value $z\ge0$ at the cost
            $\frac12(s-z)^2+\mu z$, least at $z=(s-\mu)_+$, and the others cost $\frac12s^2$. The $d$ largest $s$
            save the most; a direction with $s>\mu$ that is not used costs""",
            _dropped((_s - _mu) ** 2 / 2),
            r"more. The best bias is that of $W=0$ at every width, for features of mean 0 do not move it.",
        ),
        variants={
            "the square of s_i in place of s_i - mu": _dropped(_s**2 / 2),
            "twice the excess": _dropped((_s - _mu) ** 2),
        },
    )
