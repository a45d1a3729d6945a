r"""The whole geometry from the residuals and the logits (U10)."""

import sympy as sp

from proofs.kernel.checks import Equation
from proofs.kernel.compound import every
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import norm2
from proofs.letters.feature_model import (
    BIAS,
    BIAS_CASES,
    CLASSIFIER,
    FEATURES,
    NO_BIAS,
    POINTS,
    G,
    b,
    h,
    lambda_H,
    lambda_W,
    r,
    z,
)
from proofs.letters.losses import ENTRIES, at_z, entry, fixed, logits, over_labels, sigmoid, softmax
from proofs.letters.vocabulary import PERCENT, K, P, S, T, W, ones

_FEATURES_T = Equation(FEATURES.name, h(T), 1 / lambda_H * (W.T * r(T)))


# ====================================================================== U10: everything from the dual


@proves("U10")
def from_the_dual() -> Derivation:
    """U10: the whole geometry from the residuals and the logits."""
    pulled = 1 / lambda_W * (r(S) * z(S).T).over(S)
    classifier = CLASSIFIER * W.T
    columns = Equation("U2 for PAL-CE", ones.T * W, 0)
    bias_terms = {"no bias": (-1 / lambda_W * r(S) * NO_BIAS.T).over(S), "free bias": BIAS * (-1 / lambda_W * b.T)}
    probability = softmax(at_z, fixed)
    mean_log = over_labels(sp.log(softmax(at_z, entry))) / K
    mean_logit = over_labels(logits[entry]) / K
    return Derivation(
        steps=told(
            r"""Multiply (U2) for the classifier by $W^\top$. The bias drops out, because it is zero or because
            the residuals have mean zero:""",
            every(*((words, POINTS.eq(G, pulled, classifier, bias_terms[case])) for words, case in BIAS_CASES)),
            r"For PAL-CE $\mathbf 1^\top W=0$, so $G=GP$ and the logits may be centered:",
            POINTS.eq(
                G,
                1 / lambda_W * (r(S) * (P * z(S)).T).over(S),
                classifier * P,
                1 / K * W * columns.T * ones.T,
                (-1 / lambda_W * r(S) * NO_BIAS.T * P).over(S),
            ),
            r"From (U2) for the features: what classifier rows and features make of each other,",
            every(
                POINTS.eq(W * h(S), 1 / lambda_H * (G * r(S)), W * FEATURES),
                POINTS.eq(
                    h(S).T * h(T),
                    1 / lambda_H**2 * (r(S).T * G * r(T)),
                    FEATURES.T * h(T),
                    1 / lambda_H * (r(S).T * W) * _FEATURES_T,
                ),
                POINTS.eq(b, z(S) - 1 / lambda_H * (G * r(S)), -1 * W * FEATURES),
            ),
            r"""Predictions determine logits: for PAL-CE up to a constant, which centering removes; for BCE and MSE
            (where $z=y-r$) entirely.""",
            every(
                ("PAL-CE", ENTRIES.eq(sp.log(probability) - mean_log, logits[fixed] - mean_logit)),
                ("BCE", ENTRIES.eq(sp.log(sigmoid(at_z, fixed) / (1 - sigmoid(at_z, fixed))), logits[fixed])),
            ),
            r"The penalties are equal, and known too:",
            POINTS.eq(
                lambda_W * norm2(W),
                (r(S).T * z(S)).over(S),
                (lambda_W * classifier).traced,
                (lambda_W * bias_terms["free bias"]).traced,
            ),
        ),
        variants={
            "lambda_W 1 % too large": POINTS.eq(PERCENT * G, pulled, classifier, bias_terms["no bias"]),
            "lambda_H 1 % too large": POINTS.eq(PERCENT * W * h(S), 1 / lambda_H * (G * r(S)), W * FEATURES),
            "the bias not dropped out (residuals not of mean zero)": POINTS.eq(G, pulled, classifier),
            "lambda_H for lambda_W": POINTS.eq(
                G, 1 / lambda_H * (r(S) * z(S).T).over(S), classifier, bias_terms["no bias"]
            ),
            "centered logits for a loss whose classifier is not centered": POINTS.eq(
                G, 1 / lambda_W * (r(S) * (P * z(S)).T).over(S), classifier, bias_terms["no bias"]
            ),
            "inner products of features with 1/lambda_H": POINTS.eq(
                h(S).T * h(T),
                1 / lambda_H * (r(S).T * G * r(T)),
                FEATURES.T * h(T),
                1 / lambda_H * (r(S).T * W) * _FEATURES_T,
            ),
            "log-probabilities equal to logits without centering": ENTRIES.eq(sp.log(probability), logits[fixed]),
        },
    )
