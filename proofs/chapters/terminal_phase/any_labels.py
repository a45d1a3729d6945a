r"""T7: the least loss near the limit, for any labels, between a dual and a primal point of the hard-margin problem."""

import sympy as sp

from proofs.kernel.checks import Identity, Nonnegative
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.scalars import Scalars
from proofs.letters.vocabulary import K, m

_PLAIN, _COUNTS = Scalars(), Scalars((m >= 1, m + 1 <= K))

_x, _t, _mu = sp.symbols("x t mu", positive=True)
_w, _h, _scale = sp.symbols("w_0 h_0 c", positive=True)
_form, _length = sp.symbols("a v", positive=True)


def _softmax(t: sp.Expr) -> sp.Expr:
    """The loss of a set of m labels, all others lower by t."""
    return m * sp.log(m + (K - m) * sp.exp(-t))


def _rises(bound: sp.Expr) -> Identity:
    return _PLAIN.eq(sp.Derivative(bound - sp.log(1 + _x), _x), _x / (1 + _x))


def _penalty(least: sp.Expr) -> Identity:
    """Half of w^2 c^2 + h^2/c^2, with w^2 and h^2 the two penalties, and how far it is from its least value."""
    return _PLAIN.eq(_w**2 * _scale**2 / 2 + _h**2 / (2 * _scale**2), least + (_w * _scale - _h / _scale) ** 2 / 2)


def _positive() -> Nonnegative:
    return _PLAIN.ge(_x / (1 + _x), 0)


@proves("T7")
def near_the_limit() -> Derivation:
    """T7: two points, one of the primal and one of the dual, and the inequality log(1 + x) <= x."""
    return Derivation(
        symbols=(
            (r"t>0", "what the logits are multiplied with"),
            (r"x=\frac{K-m}me^{-t}", "what the labels outside add, relative to those of the set"),
        ),
        steps=told(
            r"""*Above.* Take $tz_S$ for logits. A softmax loss falls as logits outside the set fall, so with all
            margins equal to 1 it is largest, and there""",
            _COUNTS.eq(_softmax(_t), m * sp.log(m) + m * sp.log(1 + (K - m) * sp.exp(-_t) / m)),
            r"For $x\ge0$ is $\log(1+x)\le x$, since the difference is 0 at 0 and rises:",
            every(_rises(_x), _positive()),
            r"""So the set pays $mx=(K-m)e^{-t}$ at most beyond $m\log m$, and for BCE each label $\log(1+e^{-t})\le
            e^{-t}$ at most. At $t=\tau$, where $e^{-t}=\mu$, that is $\mu(K-\bar m)$ on average, and $\mu K$.""",
            r"""The nuclear norm $N$ is attained by factors with $\|W\|_F^2=\sum_S\pi_S\|h_S\|^2=N$. Scaled against
            each other by $c$ they cost, per unit of $N$ and with $w_0^2=\lambda_W$, $h_0^2=\lambda_H$,""",
            _penalty(_w * _h),
            r"that is $\mu=w_0h_0$ at the best $c$, times $t=\tau$. The bias is not penalised.",
            r"""*Below.* The residuals $r_S=\mu q_S$ are feasible for the dual (U6): along any $v$, of square length
            $v^2$, where the second moment of $q$ is $a\le v^2$,""",
            every(
                _PLAIN.eq(_mu**2 * _length - _mu**2 * _form, _mu**2 * (_length - _form)),
                Scalars((_form <= _length,)).ge(_mu**2 * (_length - _form), 0),
            ),
            r"""and their mean is 0 where the bias is free. So $\min F\ge\sum_S\pi_SD_S(\mu q_S)$. That the
            least $N$ and the greatest dual value agree is duality of the two convex problems; the claim's two
            inequalities do not need it.""",
        ),
        variants={
            "lambda for its root in the penalty": _penalty(_w**2 * _h**2),
            "half of x for log(1 + x)": _rises(_x / 2),
        },
    )
