r"""Isotropic residuals at full rank, which is optimal (U8, U8a)."""

import sympy as sp

from proofs.chapters.stationarity.stationary_points import EIGEN
from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Letter, eye, norm2, number
from proofs.letters.feature_model import (
    INVERTED,
    PAL_RESIDUALS,
    PARTIAL_RANK,
    POINTS,
    R,
    W_plus,
    lam,
    lambda_H,
    point,
    r,
    with_letters,
)
from proofs.letters.vocabulary import PERCENT, K, P, S, W, ones, v

# ====================================================================== U8: isotropy

_Pi = Letter("Pi", K, K, tex=r"\Pi")()
_RANGE = INVERTED.extended(definitions=((_Pi, W * W_plus),))
_NORMAL = Equation("the defining equation of the pseudo-inverse", W.T * W * W_plus, W.T)
_AT_THRESHOLD = with_letters(
    point(
        "the collapsed MSE optimum of K = 2, 4/5 on {1}, 1/5 on {2}, at lambda = 4/5, with v = (1, 0)",
        2,
        {(1,): 4, (2,): 1},
        classifier=[[0, 0], [0, 0]],
        regularisation=(sp.Rational(4, 5), 1),
        residuals={(1,): (1, 0), (2,): (0, 1)},
    ),
    {"v": lambda: [[1], [0]]},
)
_BELOW_THRESHOLD = with_letters(PARTIAL_RANK, {"v": lambda: [[0], [1]]})


@proves("U8")
def isotropy() -> Derivation:
    """U8: on full rank the residual second moment is isotropic, whatever the label distribution."""
    spans_contrasts = Equation("rank K - 1", W * W_plus, P)
    spans_all = Equation("rank K", W * W_plus, eye(K))
    eigen = EIGEN * W_plus
    centered = (1 / K * r(S) * PAL_RESIDUALS.T * ones.T).over(S)
    isotropic = Equation("isotropy", R, lam * P)
    return Derivation(
        symbols=((r"W^{+}", r"the pseudo-inverse, so that $WW^{+}=\Pi$ projects onto the range of $W$"),),
        steps=told(
            r"""PAL-CE: the columns of $W$ are in $\mathbf 1^\perp$ (U2), so rank $K-1$ means $WW^{+}=P$. The
            residuals are in $\mathbf 1^\perp$ too, so $R=RP=RWW^{+}=\lambda WW^{+}$ by (U3):""",
            _RANGE.eq(R, lam * P, centered, -1 * R * spans_contrasts, eigen, lam * spans_contrasts),
            r"BCE and MSE: $WW^{+}=I$,",
            _RANGE.eq(R, lam * eye(K), -1 * R * spans_all, eigen, lam * spans_all),
            r"The mean squared residual is therefore known in advance; for PAL-CE",
            _RANGE.eq(norm2(r(S)).over(S), lam * (K - 1), isotropic.traced),
            r"At any rank $R$ splits along the range of $W$, with $\Pi=\Pi^\top$:",
            _RANGE.eq(
                R,
                lam * _Pi + (eye(K) - _Pi.T) * R * (eye(K) - _Pi),
                eigen,
                W_plus.T * EIGEN.T,
                -1 * W_plus.T * EIGEN.T * W * W_plus,
                -lam * W_plus.T * _NORMAL,
            ),
            r"The second part acts on the collapsed directions. At an optimum it is at most $\lambda$ by U7.",
            r"""It need not be less. With probabilities $\frac45$ and $\frac15$ on two single labels, MSE and $b=0$, the
            collapsed point $W=0$ is optimal at $\lambda=\frac45$, and $R$ has the eigenvalue $\lambda$ on the collapsed
            direction $v=e_1$; while the optimum at $\lambda=\frac9{20}$ has it strictly below on $v=e_2$:""",
            every(
                ("at 4/5", Instance(R * v, "==", lam * v, POINTS, _AT_THRESHOLD)),
                ("at 9/20", Instance(number(lam) * (v.T * v), ">", v.T * R * v, POINTS, _BELOW_THRESHOLD)),
            ),
        ),
        variants={
            "isotropy at any rank": _RANGE.eq(R, lam * eye(K), eigen),
            "P for I": _RANGE.eq(R, lam * P, -1 * R * spans_all, eigen),
            "lambda 1 % too large": _RANGE.eq(
                R, PERCENT * lam * P, centered, -1 * R * spans_contrasts, eigen, lam * spans_contrasts
            ),
            "lambda_H for lambda": _RANGE.eq(
                R, lambda_H * P, centered, -1 * R * spans_contrasts, eigen, lam * spans_contrasts
            ),
            "strictly below lambda on every collapsed direction of every optimum": Instance(
                number(lam) * (v.T * v), ">", v.T * R * v, POINTS, _AT_THRESHOLD
            ),
        },
    )


@proves("U8a")
def full_rank_is_optimal() -> Derivation:
    """U8a: a stationary point of the largest possible rank is a global optimum."""
    isotropic = Equation("U8", R, lam * P)
    return Derivation(
        steps=told(
            r"""For BCE and MSE $R=\lambda I$ (U8), which is $\preceq\lambda I$. For PAL-CE $R=\lambda P$ leaves a
                square,""",
            POINTS.ge(lam * (v.T * v), v.T * R * v, lam / K * norm2(ones.T * v), -1 * v.T * isotropic * v),
            r"so $R\preceq\lambda I$ again, and U7 applies: the point is a global optimum, and $G$ is unique.",
        ),
        variants={
            "R at most lambda/2 I": POINTS.ge(
                lam / 2 * (v.T * v) - v.T * R * v, 0, lam / K * norm2(ones.T * v), -1 * v.T * isotropic * v
            ),
            "feasibility without U8": POINTS.ge(lam * (v.T * v) - v.T * R * v, 0, lam / K * norm2(ones.T * v)),
        },
    )
