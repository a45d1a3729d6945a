r"""W7: weighting the *summands* by class frequencies is refuted, for the squared loss and for cross entropy."""

from typing import Any

import sympy as sp

from proofs.chapters.orthogonal_case.tag_wise_averages import TAGWISE, c_1
from proofs.chapters.weighted_synthesis.squared_loss import FREE, FROM_SINGLETONS, NO_BIAS, A, ridge, size
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Letter, eye, norm2, number
from proofs.kernel.models import Model
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import r, with_letters
from proofs.letters.prototypes import R_LETTER, SINGLETON, etf_model
from proofs.letters.readings import Circumstances, Refutation, Term
from proofs.letters.vocabulary import HALF, MIXED, K, P, S, W, d, e, f, k, label_model, y_tilde

_chosen = Letter("y0", K, tex=r"y_{\{1,2\}}")
_left, _right = Letter("left", d, tex="v"), Letter("right", d, tex="w")
chosen = _chosen()
IN_CHOSEN = e(k).T * chosen


def _with_chosen(model: Model) -> Model:
    labels = int(model.sizes[K])
    return with_letters(model, {"y0": lambda: [[int(label <= 2)] for label in range(1, labels + 1)]})


MSE_WITHOUT_BIAS = _with_chosen(
    ridge(
        "K = 2 with 7/32 on {1}, 19/32 on {2}, 6/32 on {1,2}, lambda = 1/4",
        2,
        {(1,): 7, (2,): 19, (1, 2): 6},
        [[1, 0, 0], [1, 1, 1]],
        4,
        free=False,
        lambda_w=sp.Rational(1, 16),
    )
)
MSE_WITH_BIAS = _with_chosen(
    ridge(
        "two independent labels with frequencies 1/2 and 1/5, lambda = 121/900",
        2,
        {(): 4, (1,): 4, (2,): 1, (1, 2): 1},
        [[2, 0], [0, 1]],
        11,
        lambda_w=sp.Rational(11, 900),
    )
)
ORTHOGONAL = _with_chosen(
    etf_model(
        4,
        {(1,): 1, (2,): 1, (3,): 1, (4,): 1, (1, 2): 2, (3, 4): 2, (1, 3): 3, (2, 4): 1, (1, 4): 2, (2, 3): 2},
        3,
        {1: HALF, 2: sp.Rational(1, 3)},
        sizes={c_1: HALF},
        name="K = 4, uniform singletons and perfectly orthogonal pairs with three times the mass of {2,4} on {1,3}",
    )
)


@proves("W7")
def frequency_weighted_summands() -> Derivation:
    """W7: prototypes are not proportional to sums weighted by class frequencies."""
    frequency_1, frequency_2 = sp.symbols("f_1 f_2", positive=True)
    v, w = _left(), _right()
    vectors = MIXED.extended(letters=(_left, _right), models=(_vectors(frequency_1, frequency_2),))
    plain, weighted = v + w, frequency_1 * v + frequency_2 * w
    without = NO_BIAS.extended(letters=(_chosen,), models=(MSE_WITHOUT_BIAS,))
    free = FREE.extended(letters=(_chosen,), models=(MSE_WITH_BIAS,))
    orthogonal = TAGWISE.extended(letters=(_chosen,), models=(ORTHOGONAL,))
    weights = IN_CHOSEN * (e(k).T * f)
    size_of_edge = 1 - 1 / K
    return Derivation(
        symbols=(
            (r"v,w", "two singleton prototypes"),
            (r"y_{\{1,2\}}", r"the label set $\{1,2\}$, and $e_k^\top f=f_k$"),
        ),
        steps=told(
            r"""Two vectors are proportional iff their Gram determinant vanishes. For $v+w$ and $f_1v+f_2w$ it is a
            multiple of that of $v$ and $w$:""",
            vectors.eq(
                norm2(plain) * norm2(weighted) - (plain.T * weighted) * (plain.T * weighted),
                (frequency_1 - frequency_2) ** 2 * (norm2(v) * norm2(w) - (v.T * w) * (v.T * w)),
            ),
            r"So for independent $v,w$ both can be right only if $f_1=f_2$.",
            r"""*MSE without bias* (W2: plain sums), $K=2$, $\pi=(7,19,6)/32$ on $\{1\},\{2\},\{1,2\}$,
            $\lambda=\frac14$, classifier rows $(1,0,0)$ and $(1,1,1)$, $\lambda_H=4$. It is the optimum,
            $R=\lambda I$, and""",
            every(
                Instance((r(S) * r(S).T).over(S), "==", eye(K) / 4, _residuals(), MSE_WITHOUT_BIAS),
                Refutation(
                    A * chosen,
                    (Term(weights, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("MSE", "none", r"$\lambda=\frac14$, $K=2$"),
                    without,
                    MSE_WITHOUT_BIAS,
                ),
            ),
            r"""*MSE with a free bias*, two independent labels of frequencies $\frac12$ and $\frac15$,
            $\lambda=\frac{121}{900}$ (W2a): the optimum, $R=\lambda I$, and""",
            every(
                Instance((r(S) * r(S).T).over(S), "==", sp.Rational(121, 900) * eye(K), _residuals(), MSE_WITH_BIAS),
                Refutation(
                    A * (chosen - f),
                    (Term(weights, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("MSE", "free", r"$\lambda=\frac{121}{900}$, $K=2$"),
                    free,
                    MSE_WITH_BIAS,
                ),
            ),
            r"""*PAL-CE*, $K=4$: perfect orthogonality does not make pair frequencies uniform (S2), here that of
            $\{1,3\}$ is three times that of $\{2,4\}$. By O1 the direction of $h_{\{1,2\}}$ is that of
            $W^\top\tilde y_{\{1,2\}}$ at *every* $\lambda$ below the threshold, and $f_1\ne f_2$:""",
            every(
                Instance(
                    (_is_pair() * (y_tilde(S) * y_tilde(S).T)).over(S),
                    "==",
                    sp.Rational(12, 16) * P / 3,
                    orthogonal,
                    ORTHOGONAL,
                ),
                Refutation(
                    W.T * P * chosen,
                    (Term(weights, SINGLETON(k), k),),
                    FROM_SINGLETONS,
                    Circumstances("PAL-CE", "none", r"every $\lambda$, perfect orthogonality, $K=4$"),
                    orthogonal,
                    ORTHOGONAL,
                ),
            ),
            r"""*PAL-CE, $\lambda\to0$*, any $K\ge3$ (W4: plain sums): the limits of $h_{\{1\}},h_{\{2\}}$ have the
            logits $\tilde e_1,\tilde e_2$, whose Gram determinant is $\frac{K-2}K$, so they are independent, and
            the first step refutes the reading as soon as $f_1\ne f_2$ and $\{1,2\}$ is in the support.""",
            Scalars((K >= 3,)).gt(size_of_edge**2 - 1 / K**2, 0, (K - 2) / K),
        ),
        variants={
            "plain sums refuted in the same instance": Refutation(
                A * chosen,
                (Term(IN_CHOSEN, SINGLETON(k), k),),
                "",
                Circumstances("", "", ""),
                without,
                MSE_WITHOUT_BIAS,
            ),
            "the Gram determinant with f_1^2 - f_2^2": vectors.eq(
                norm2(plain) * norm2(weighted) - (plain.T * weighted) * (plain.T * weighted),
                (frequency_1**2 - frequency_2**2) * (norm2(v) * norm2(w) - (v.T * w) * (v.T * w)),
            ),
        },
    )


def _is_pair() -> Formula:
    """1 for pairs and 0 for singletons."""
    return number(size - 1)


def _vectors(frequency_1: Any, frequency_2: Any) -> Model:
    return label_model(
        2,
        {(1,): 1, (2,): 1},
        name="two independent vectors",
        sizes={frequency_1: HALF, frequency_2: sp.Rational(1, 3)},
        letters={"left": lambda: [[1], [2]], "right": lambda: [[0], [1]]},
    )


def _residuals() -> Any:
    """Instances with their residuals as letters."""
    return MIXED.extended(letters=(R_LETTER,), models=())
