r"""E5: the synthesis rule of the squared loss with a bias that decays, which is weighted by the bias itself."""

from typing import Any

import sympy as sp

from proofs.chapters.decayed_bias.penalised_bias import lambda_b
from proofs.chapters.weighted_synthesis.squared_loss import EVERYWHERE, FROM_SINGLETONS, A, b, in_set, ridge, size
from proofs.kernel.checks import Equation
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Formula, Letter, number
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import FEATURES, h, lambda_H, r, with_letters
from proofs.letters.prototypes import H_LETTER, R_LETTER, SINGLETON
from proofs.letters.readings import Circumstances, Reading, Term
from proofs.letters.vocabulary import HALF, MIXED, K, S, W, d, e, f, k, ones, y

beta = sp.Symbol("beta", real=True)


def _decaying() -> Any:
    labels = {(1,): 4, (1, 2): 2, (3,): 1, (): 1}
    name = "K = 3 with 4/8 on {1}, 2/8 on {1,2}, 1/8 on {3}, 1/8 on the empty set, and lambda_b = 1/2"
    model = ridge(name, 3, labels, [[1, 2, 0], [0, 1, 1], [1, 0, 3]], 2, decay=HALF)
    return with_letters(model, {}, {lambda_b: HALF, beta: sum(sp.Matrix(model.letters["b"]()))})


_LETTERS = (Letter("b", K), Letter("A", d, K))
STATIONARY = MIXED.extended(letters=(H_LETTER, R_LETTER, *_LETTERS), models=(_decaying(),))
"""A point of the MSE that is stationary in the features and in a decaying bias, whatever the classifier."""

AFFINE = MIXED.extended(
    letters=_LETTERS,
    definitions=((h(S), A * (y(S) - b)), (SINGLETON(k), A * (e(k) - b))),
    models=(_decaying(),),
    scalars=Scalars((K >= 2, sp.Ne(beta, 1))),
)
"""Its prototypes, as the affine map that they are."""

_RESIDUAL = Equation("the residual of the MSE", r(S), y(S) - W * h(S) - b)
_DECAY = Equation("(E1)", r(S).over(S), lambda_b * b)
_SUM = Equation("the sum of the bias", ones.T * b, number(beta))

surplus = (size - 1) / (beta - 1)


def _bias(scale: Any) -> Any:
    gram = lambda_b / lambda_H * (W * W.T * b)
    uses = (_RESIDUAL.over(S), -W * FEATURES.over(S), -1 * _DECAY, -1 / lambda_H * W * W.T * _DECAY)
    return STATIONARY.eq(scale * b + gram, f, *uses)


def _by(weights: Formula) -> Reading:
    return Reading(
        h(S),
        (Term(weights, SINGLETON(k), k),),
        FROM_SINGLETONS,
        Circumstances("MSE", "decaying", EVERYWHERE + r", $\mathbf 1^\top b\ne1$"),
        AFFINE,
        using=(_SUM * ((1 / (1 - beta)) * ((ones.T * y(S) - number(1)) * (A * b))),),
    )


@proves("E5")
def weighted_by_the_bias() -> Derivation:
    """E5: W2's affine argument with the bias as it is."""
    of_bias = e(k).T * b
    return Derivation(
        symbols=((r"e_k^\top y_S,\ e_k^\top b", r"1 if $k\in S$ and 0 otherwise; the entry $b_k$ of the bias"),),
        steps=told(
            r"""*The bias.* The mean residual is $f-W\bar h-b$, it is $\lambda_bb$ (E1), and the mean feature is
            $\frac1{\lambda_H}W^\top$ times it:""",
            _bias(1 + lambda_b),
            r"""*The rule.* As in W2, prototypes are $A(y_S-b)$ with $A=(\lambda_HI+W^\top W)^{-1}W^\top$, whatever
            the bias is. What sums of singleton prototypes have too much of is a multiple of $Ab$, which they supply
            themselves if $\beta=\mathbf 1^\top b\ne1$:""",
            AFFINE.eq((of_bias * SINGLETON(k)).over(k), (1 - beta) * (A * b), -_SUM * A * b),
            "Together, for every label set, in the support or not:",
            _by(in_set - surplus * of_bias),
        ),
        variants={
            "the frequencies as they are": _bias(1),
            "plain sums": _by(in_set),
            "class frequencies in place of the bias": _by(in_set - surplus * (e(k).T * f)),
        },
    )
