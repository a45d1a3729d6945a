r"""B4 and B5b: where the sign condition cannot fail, its smallest failure with a bias, and uncorrelated labels."""

from typing import Any

import sympy as sp

from proofs.chapters.binary_cross_entropy.synthesis import INVERSE_ROOT
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import MatrixIdentity, NumberPositive
from proofs.kernel.scalars import Scalars

_PLAIN = Scalars()
_CORNERS = sp.Matrix([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])
"""The sign vectors of three labels, up to the sign."""
_f1, _f2 = sp.symbols("f_1 f_2", positive=True)
_joint = sp.Symbol("p", nonnegative=True)


@proves("B4")
def few_labels() -> Derivation:
    """B4: three labels are singletons of four in disguise; two labels are governed by the Frechet bounds."""
    flip = sp.diag(-1, -1, 1)
    inverse = flip * INVERSE_ROOT * flip
    rows = sp.Matrix([[-sp.Rational(1, 2), -sp.Rational(1, 2), -sp.Rational(1, 4)]])
    own = (1 - _f1) * _f2 * (1 - _f2) - (_joint - _f1 * _f2) * (1 - _f2)

    def entry(value: Any) -> MatrixIdentity:
        left = sp.MatMul(inverse[2, :], rows.T)
        return MatrixIdentity(left, sp.Matrix([[value]]), _PLAIN, name=r"(C^{-1/2}(y_\varnothing-f))_1")

    return Derivation(
        symbols=(
            ("B", r"the matrix of the four sign vectors of three labels up to the sign, as columns $b_i$"),
            ("p", "the probability that both of two labels occur"),
        ),
        steps=told(
            r"""(a) Let $w_i$ be the probability of $\pm b_i$. Then $N=B\operatorname{diag}(w)B^\top$, and
            $\frac12B$ is an isometry of the contrasts between four labels:""",
            MatrixIdentity(
                sp.MatMul(_CORNERS.T, _CORNERS), 4 * sp.eye(4) - sp.ones(4, 4), _PLAIN, name=r"B^\top B", value="4P"
            ),
            r"""So $N^{-1/2}b_i=\frac12B\,u$ with $u=\Sigma^{+1/2}e_i$ of the singletons with the probabilities $w$,
            whose entries off $i$ are negative (T3a, at rank 3) and add up to zero with $u_i$. At every label two of the
            four corners have the sign of $b_i$, itself and $b_j$, say, so that the entry times that sign is
            $\frac12(u_i+u_j-\sum_{l\ne i,j}u_l)=-\sum_{l\ne i,j}u_l>0$. Fewer labels: leave out rows.""",
            r"""(b) Two labels: $C^{-1/2}$ is a positive multiple of the matrix with the diagonal $c_2+\delta,\
            c_1+\delta$ and off it $f_1f_2-p$, with the variances $c_k=f_k(1-f_k)$ and $\delta=\sqrt{\det C}$.
            At both labels the first entry, less $\delta(1-f_1)\ge0$, is""",
            _PLAIN.eq(own, (1 - _f2) * (_f2 - _joint)),
            r"""which is not negative, as $p\le f_2$. Other label sets and entries: complement labels, which
            changes signs on both sides of $s_S\circ q_S$ alike.""",
            r"""(d) Equal weights on $\varnothing,\{2\},\{3\},\{1,2,3\}$: complementing labels 2 and 3 makes it
            the example of B3c, with label 1 for its label 3, so the inverse root is known, and""",
            entry(1 / sp.sqrt(11)),
            r"which is positive, though label 1 is not in the empty set.",
            NumberPositive(1 / sp.sqrt(11), 0),
            "(c) The inverse root is between two rational matrices, by Loewner and Heinz, which enclose the entry.",
        ),
        variants={
            "the wrong entry on the right side": entry(-1 / sp.sqrt(11)),
            "the Frechet bound from below": _PLAIN.eq(own, (1 - _f2) * (_joint - _f2)),
        },
    )


@proves("B5b")
def uncorrelated_labels() -> Derivation:
    """B5b: the residuals are dual feasible, and every label is a problem of its own."""
    f, mu = sp.Symbol("f", positive=True), sp.Symbol("mu", positive=True)
    rest = sp.Symbol("g", positive=True)
    setting = Scalars()
    own = sp.sqrt(f * rest)

    def variance(c: Any) -> Any:
        return f * (c * rest) ** 2 + rest * (c * f) ** 2

    return Derivation(
        symbols=(("g=1-f", "the frequency with which the label does not occur"),),
        steps=told(
            r"""Let $r_{S,k}=c_k(y_{S,k}-f_k)$. Its mean is zero, and as labels are uncorrelated $R$ is
            diagonal. Where $c_k=\mu/\sqrt{f_kg_k}$, its entry is, by $f+g=1$, $\lambda$:""",
            setting.eq(variance(mu / own), mu**2 * (f + rest)),
            r"""Where $c_k=1$ it is $f_kg_k\le\lambda$, and label $k$ has no classifier. So $R\preceq\lambda I$. These
            are the residuals of logits that take two values for every label, $\operatorname{logit}(1-c_kg_k)$ if it
            occurs and $\operatorname{logit}(c_kf_k)$ if not. So $Wh_S=\frac1{\lambda_H}WW^\top r_S$ with the diagonal
            $WW^\top$ that makes $\frac{c_k}{\lambda_H}(WW^\top)_{kk}$ their difference, which is positive iff $c_k<1$,
            and by U6a the point is optimal: features are stationary, $(\lambda I-R)W=0$, and $\sum_S\pi_Sr_S=0$.
            Features are images of $y_S-f$ under one matrix, and so are virtual ones, as a feature with its sigmoids is
            the only stationary one; so the weighted rule is exact as in B3a.""",
        ),
        variants={
            "lambda in place of its root mu": setting.eq(variance(mu**2 / own), mu**2 * (f + rest)),
            "the same c for all labels": setting.eq(variance(2 * mu), mu**2 * (f + rest)),
        },
    )
