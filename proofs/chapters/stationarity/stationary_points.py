r"""The equations of stationarity, and that the classifier lives in an eigenspace of the residuals (U2, U3)."""

from typing import Any

import sympy as sp

from proofs.kernel.checks import Check, Equation
from proofs.kernel.compound import AllOf, every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import eye
from proofs.kernel.scalars import Scalars
from proofs.letters.feature_model import (
    CLASSIFIER,
    FEATURES,
    PAL_RESIDUALS,
    POINTS,
    Gradient,
    N,
    R,
    h,
    lam,
    lambda_H,
    lambda_W,
    objective,
    r,
)
from proofs.letters.losses import BCE, ENTRIES, MSE, PAL, Loss, at_z, entry, fixed, indicator, labels, over_labels
from proofs.letters.vocabulary import PERCENT, K, S, W, d, ones

# ====================================================================== U2

_t, _c, _l = sp.symbols("t c l", integer=True)
_IN_RANGE = Scalars((K >= 2, _t >= 1, _t <= N, _c >= 1, _c <= d, fixed >= 1, fixed <= K), in_range=(_t, _c, fixed))


def _gradients(loss: Loss) -> AllOf:
    formula, letter = objective(loss)
    weight, classifier, feature = letter["pi"], letter["W"], letter["h"]
    residual = letter["residual"]
    s = sp.Symbol("s", integer=True)
    by_feature = weight[_t] * (lambda_H * feature[_t, _c] - over_labels(residual(_t, entry) * classifier[entry, _c]))
    by_classifier = lambda_W * classifier[fixed, _c] - sp.Sum(
        weight[s] * residual(s, fixed) * feature[s, _c], (s, 1, N)
    )
    by_bias = -sp.Sum(weight[s] * residual(s, fixed), (s, 1, N))
    return every(
        Gradient("F", formula, feature[_t, _c], by_feature, _IN_RANGE),
        Gradient("F", formula, classifier[fixed, _c], by_classifier, _IN_RANGE),
        Gradient("F", formula, letter["b"][fixed], by_bias, _IN_RANGE),
    )


def _wrong_gradients() -> dict[str, Check]:
    formula, letter = objective(PAL)
    weight, classifier, feature = letter["pi"], letter["W"], letter["h"]
    residual = letter["residual"]
    of_bce = objective(BCE)[1]["residual"]
    s = sp.Symbol("s", integer=True)

    def wrong(by: Any, value: Any) -> Check:
        return Gradient("F", formula, by, value, _IN_RANGE)

    return {
        "twice the penalty on the features": wrong(
            feature[_t, _c],
            weight[_t] * (2 * lambda_H * feature[_t, _c] - over_labels(residual(_t, entry) * classifier[entry, _c])),
        ),
        "frequencies left out": wrong(
            classifier[fixed, _c],
            lambda_W * classifier[fixed, _c] - sp.Sum(residual(s, fixed) * feature[s, _c], (s, 1, N)),
        ),
        "the residual of BCE for PAL-CE": wrong(letter["b"][fixed], -sp.Sum(weight[s] * of_bce(s, fixed), (s, 1, N))),
    }


@proves("U2")
def stationarity() -> Derivation:
    """U2: the gradient of the objective, for the three losses, and what follows at once."""
    count = over_labels(indicator[_l], _l)
    pal, bce = (loss.residual(at_z, labels, count, entry) for loss in (PAL, BCE))
    pulled = (r(S) * h(S).T).over(S)
    return Derivation(
        symbols=(
            ("N", "the number of label sets, numbered $s=1,\\dots,N$"),
            (r"h_{s,a},\ W_{k,a},\ b_k,\ y_{s,k}", "entries of the features, the classifier, the bias and the labels"),
        ),
        steps=told(
            r"""Differentiate $F$, written out in entries, with $K$, $d$, $N$ and all entries symbolic. PAL-CE,
            whose residual is $r_{s,k}=y_{s,k}-m_s\,\mathrm{softmax}(Wh_s+b)_k$:""",
            _gradients(PAL),
            r"BCE, whose residual is $r_{s,k}=y_{s,k}-\sigma(Wh_s+b)_k$:",
            _gradients(BCE),
            r"MSE, whose residual is $r_{s,k}=y_{s,k}-(Wh_s+b)_k$:",
            _gradients(MSE),
            r"The three gradients vanish iff (U2) holds, because $\pi_s>0$.",
            r"""The first equation, multiplied by $h_S^\top$, and the second, multiplied by $W$, balance the
                penalties:""",
            POINTS.eq(
                lambda_W * (W.T * W),
                lambda_H * (h(S) * h(S).T).over(S),
                lambda_W * W.T * CLASSIFIER,
                (-lambda_H * FEATURES * h(S).T).over(S),
            ),
            r"The residuals of PAL-CE add up to zero, since softmax adds up to one and $m=\sum_ly_l$:",
            ENTRIES.eq(over_labels(pal), 0),
            r"so the columns of $W$ do too:",
            POINTS.eq(ones.T * W, 0, ones.T * CLASSIFIER, (PAL_RESIDUALS * (1 / lambda_W * h(S).T)).over(S)),
        ),
        variants={
            **_wrong_gradients(),
            "residuals of BCE add up to zero": ENTRIES.eq(over_labels(bce), 0),
            "the penalties balanced the other way round": POINTS.eq(
                lambda_H * (W.T * W), lambda_W * (h(S) * h(S).T).over(S)
            ),
            "1^T W = 0 for any loss": POINTS.eq(ones.T * W, 0, ones.T * CLASSIFIER),
            "lambda_W 1 % too large": POINTS.eq(PERCENT * lambda_W * W, pulled, lambda_W * CLASSIFIER),
            "sign flipped": POINTS.eq(lambda_W * W, -pulled, lambda_W * CLASSIFIER),
        },
    )


# ====================================================================== U3

EIGEN = Equation("(U3)", R * W, lam * W)
_EIGEN_BY = ((-lambda_H * r(S) * FEATURES.T).over(S), -lam * CLASSIFIER)


@proves("U3")
def eigen_equation() -> Derivation:
    """U3: the classifier lives in the eigenspace of the residual second moment at lambda."""
    return Derivation(
        steps=told(
            r"Multiply (U2) for the features by $r_S$ and add up; (U2) for the classifier recognises the result:",
            POINTS.eq(R * W, lam * W, *_EIGEN_BY),
            r"Nothing is lost by passing to (U3): with the features of (U2) it gives back (U2) for the classifier.",
            POINTS.eq(
                W, 1 / lambda_W * (r(S) * h(S).T).over(S), (-1 / lambda_W * r(S) * FEATURES.T).over(S), -1 / lam * EIGEN
            ),
            r"""So at $b=0$ a stationary point is a classifier with $RW=\lambda W$, the residuals being those of
            $z_S=\frac1{\lambda_H}WW^\top r_S$.""",
        ),
        variants={
            "lambda 1 % too large": POINTS.eq(R * W, PERCENT * lam * W, *_EIGEN_BY),
            "lambda_W for lambda": POINTS.eq(R * W, lambda_W * W, *_EIGEN_BY),
            "features that are not stationary": POINTS.eq(R * W, lam * W, -lam * CLASSIFIER),
            "R = lambda I at every stationary point": POINTS.eq(R, lam * eye(K), EIGEN * W.T),
        },
    )
