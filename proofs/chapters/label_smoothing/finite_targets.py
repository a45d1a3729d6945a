r"""Y0, Y0a: how far the optimal prototypes are from those read off the polar columns of the targets."""

import sympy as sp

from proofs.kernel.checks import Identity
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_root, _alpha = sp.symbols("sigma alpha", positive=True)
_r, _d = sp.symbols("r d", real=True)


def _error(share: sp.Expr | int) -> Identity:
    """The cost of the factors of a + d, per mu/2, less twice the pairing with the polar column, in one direction."""
    return _PLAIN.eq(_root + (_root + _d) ** 2 / _root - 2 * (_root + _d), share * _d**2 / _root)


def _steep(power: int) -> Identity:
    """Twice alpha times the strong monotonicity, and a square."""
    return _PLAIN.eq((_r + _alpha * _d) ** 2 + 2 * _alpha * (-_r * _d - _alpha * _d**2), _r**2 - _alpha**power * _d**2)


def _squared(sign: int) -> Identity:
    """D and L of the squared loss: the difference of dual value and objective is half a square."""
    z, y, v = sp.symbols("z y v", real=True)
    return _PLAIN.eq((z - y) ** 2 / 2 - (v * y - v**2 / 2) + v * z, sign * (z - y + v) ** 2 / 2)


def _spread() -> Identity:
    """Three probabilities and a contrast of three labels: the variance is the least square about any centre."""
    p, q, x, y, c = sp.symbols("p q x y c", real=True)
    shares, entries = (p, q, 1 - p - q), (x, y, -x - y)
    mean = sum(a * b for a, b in zip(shares, entries, strict=True))
    about = sum(a * (b - c) ** 2 for a, b in zip(shares, entries, strict=True))
    return _PLAIN.eq(about - (c - mean) ** 2, sum(a * b**2 for a, b in zip(shares, entries, strict=True)) - mean**2)


def _split(factor: int) -> Identity:
    """The square of a sum, and of the difference."""
    g, x = sp.symbols("g x", real=True)
    return _PLAIN.eq((g + x) ** 2 + (g - x) ** 2, factor * (g**2 + x**2))


def _three_points() -> Identity:
    h, made, polar = sp.symbols("h h' g", real=True)
    return _PLAIN.eq((h - polar) ** 2 + (h - made) ** 2 - (made - polar) ** 2, 2 * (h - made) * (h - polar))


@proves("Y0")
def finite_targets() -> Derivation:
    """Y0: T8 with the targets in the place of the hard-margin logits."""
    return Derivation(
        symbols=(
            (r"d_S=z^0_S-a_S", "what polar logits have beyond the target, both less means with a free bias"),
            (r"\sigma", "an eigenvalue of $M^{1/2}$"),
        ),
        steps=told(
            r"""*What the optimum lacks* is T8 with $a_S$: nothing in it is about signs. The residuals $\mu q_S$ are
            feasible, and the objective at the logits $z^0_S$ with these residuals exceeds the dual value by
            $\frac\mu2E$. For the squared loss, for example, a divergence is""",
            _squared(1),
            r"""*The size of $E$.* At full rank factors with $WW^\top\propto M^{1/2}$ reach $z^0_S=a_S+d_S$.
            What they cost, less the pairing with the polar columns, is in the direction of an eigenvector, where
            $a_S=\sigma q_S$ and $\sum_S\pi_Sq_Sq_S^\top$ is 1,""",
            _error(1),
            r"so $E\le\sum_S\pi_Sd_S^\top M^{+1/2}d_S\le\frac1{\sqrt\kappa}\sum_S\pi_S\|d_S\|^2$.",
            r"""*How far polar logits are from the target.* There the gradient is $-r=-\mu q_S$, at the target 0:
            strong convexity, used at both ends, says $\alpha\|d\|^2\le-r^\top d$ for what they are apart. So
            $\alpha^2\|d\|^2\le\|r\|^2$, because along each direction""",
            _steep(2),
            r"Means only shorten $d$. As $\sum_S\pi_S\|q_S\|^2\le K$, $E\le\frac{\lambda K}{\alpha^2\sqrt\kappa}$.",
            r"""*The modulus.* The Hessian of BCE is diagonal with $p(1-p)$, which is concave in $p$: least at an
            end. That of PAL-CE is $m$ times a variance, on contrasts at least the least prediction; its logarithm
            is concave on a line of logits, hence least at an end as well. With three labels""",
            _spread(),
            r"and $\sum_kp_k(x_k-c)^2\ge\min_kp_k\|x\|^2$ for contrasts $x$, at $c$ the mean.",
        ),
        variants={
            "half the error": _error(sp.Rational(1, 2)),
            "alpha in place of its square": _steep(1),
            "the squared loss with the opposite sign": _squared(-1),
        },
    )


@proves("Y0a")
def virtual_targets() -> Derivation:
    """Y0a: one strongly convex problem, bounded by its value at any other feature."""
    return Derivation(
        symbols=((r"g=\frac\mu{\lambda_H}W^\top q_T", "the polar prototype"),),
        steps=told(
            r"""As in T8a, by Fenchel's inequality for the residual at $h_T$ and equality for the polar one, what
            the two add up to is, along each direction of features,""",
            _three_points(),
            r"so $\frac{\lambda_H}2\|h_T-g\|^2\le\Delta_T(\mu q_T,Wh'+b)+\frac{\lambda_H}2\|h'-g\|^2$.",
            r"""Of $h'-g$ the combination of the support's $h_S-\frac\mu{\lambda_H}W^\top q_S$ is bounded by Y0, and
            $x$ is what is added to it:""",
            _split(2),
        ),
        variants={"the square of a sum at most the sum of squares": _split(1)},
    )
