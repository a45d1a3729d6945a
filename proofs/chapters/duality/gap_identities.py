r"""The dual of the feature model and the exact gap between any point and any dual candidate (U6, U6a)."""

from typing import Any

from proofs.kernel.checks import Equation, Identity
from proofs.kernel.compound import AllOf, every, lemma
from proofs.kernel.derivation import Derivation, proves, told
from proofs.kernel.formula import Letter, eye, norm2, trace
from proofs.letters.feature_model import (
    BIAS_CASES,
    BOUNDED,
    FEASIBLE,
    FENCHEL_YOUNG_MEAN,
    POINTS,
    Above,
    G,
    R,
    Slack,
    b,
    dual,
    feature_mismatch,
    gaps,
    h,
    lam,
    lambda_H,
    lambda_W,
    point,
    primal,
    r,
    rho,
    slack_term,
    without_bias_term,
)
from proofs.letters.vocabulary import HALF, PERCENT, K, S, W, d, v

# ====================================================================== U6: the gap identity

_cross = Letter("A", K, d)
_A = _cross()
_CROSS = (_A, (r(S) * h(S).T).over(S))

_GAPS = POINTS.extended(definitions=(_CROSS,))
_CERTIFIED = FEASIBLE.extended(definitions=(_CROSS,))
_BOUNDED = BOUNDED.extended(definitions=(_CROSS,))

BIASED = _CERTIFIED.extended(
    models=(
        point(
            "the collapsed MSE point of K = 2, 1/2 on {1}, 1/2 on {2}, with b = (1/2, 1/2) and r = y",
            2,
            {(1,): 1, (2,): 1},
            classifier=[[0, 0], [0, 0]],
            regularisation=(1, 1),
            residuals={(1,): (1, 0), (2,): (0, 1)},
            bias=(HALF, HALF),
        ),
    )
)

bias_term = (b.T * r(S)).over(S)
UNFIT = lambda_H / 2 * feature_mismatch + slack_term
"""What features and classifier lack, at feasible residuals."""


def gap_is_at_least(least: Any, certificate: Any) -> AllOf:
    """U6a at feasible residuals: the gap is at least so much, whether there is a bias or not."""
    return every(
        *(
            (words, FEASIBLE.ge(primal - dual, least, certificate, FENCHEL_YOUNG_MEAN, without_bias_term(case)))
            for words, case in BIAS_CASES
        )
    )


@proves("U6")
def gap_identity() -> Derivation:
    """U6: the dual, weak duality and the exact gap, with and without a bias."""
    pairs = norm2(h(S)).over(S)
    mismatch = norm2(W - 1 / lambda_W * _A)
    identity = gaps + lambda_W / 2 * mismatch + 1 / (2 * lambda_W) * (lam * pairs - norm2(_A)) - bias_term
    certificate = (
        gaps
        + lambda_W / 2 * mismatch
        + lambda_H / 2 * norm2(h(S) - 1 / lam * (_A.T * r(S))).over(S)
        + 1 / (2 * lambda_W * lam) * trace(_A.T * Slack * _A)
    )

    def off_by(divergence: Any, rest: Any) -> Identity:
        last = 1 / (2 * lambda_W) * (lam * pairs - norm2(_A))
        bent = divergence * gaps + lambda_W / 2 * mismatch + rest * last - bias_term
        return _GAPS.eq(primal - dual, bent, FENCHEL_YOUNG_MEAN)

    of_norm = rho * norm2(h(S) - 1 / rho * (_A.T * r(S))).over(S) + 1 / rho * trace(_A.T * Above * _A)
    return Derivation(
        symbols=(
            (r"D_S(r_S),\ \Delta_S(r_S,z_S)", "dual value and divergence of U5, for whichever of the three losses"),
            (r"A", r"the classifier that the pairs $(r_S,h_S)$ ask for, up to $\lambda_W$"),
            (r"\rho", r"any upper bound of the eigenvalues of $R$"),
        ),
        steps=told(
            r"""Add up the Fenchel-Young identities $L_S-D_S=\Delta_S-r_S^\top z_S$, which U5 gives for the three
            losses, and complete the square in $W$. The bias enters through $z_S=Wh_S+b$ alone:""",
            _GAPS.eq(primal - dual, identity, FENCHEL_YOUNG_MEAN),
            r"""The third term is as large as the spectral norm allows: if $R\preceq\rho I$ then
            $\|A\|_F^2\le\rho\sum_S\pi_S\|h_S\|^2$,""",
            _BOUNDED.ge(rho * pairs, norm2(_A), of_norm),
            r"""so with $\rho=\lambda$ every term is nonnegative, and the bias term is zero, either because there
            is no bias or because the residuals have mean zero:""",
            every(
                *(
                    (words, _CERTIFIED.ge(primal - dual, 0, certificate, FENCHEL_YOUNG_MEAN, without_bias_term(case)))
                    for words, case in BIAS_CASES
                )
            ),
        ),
        variants={
            "bias term left out": _GAPS.eq(primal - dual, identity + bias_term, FENCHEL_YOUNG_MEAN),
            "bias term with the opposite sign": _GAPS.eq(primal - dual, identity + 2 * bias_term, FENCHEL_YOUNG_MEAN),
            "lambda_W for lambda in the last term": _GAPS.eq(
                primal - dual,
                gaps + lambda_W / 2 * mismatch + 1 / (2 * lambda_W) * (lambda_W * pairs - norm2(_A)) - bias_term,
                FENCHEL_YOUNG_MEAN,
            ),
            "divergence 1 % too large": off_by(PERCENT, 1),
            "last term 1 % too large": off_by(1, PERCENT),
            "feasible up to 1.01 lambda": _BOUNDED.ge(rho * pairs, PERCENT * norm2(_A), of_norm),
            "weak duality whatever R is": _GAPS.ge(
                primal - dual, 0, None, FENCHEL_YOUNG_MEAN, without_bias_term("no bias")
            ),
            "weak duality with a bias although the residuals do not have mean zero": BIASED.ge(
                primal - dual, 0, certificate, FENCHEL_YOUNG_MEAN
            ),
        },
    )


@proves("U6a")
def second_gap_identity() -> Derivation:
    """U6a: the gap as a sum whose terms are all visibly nonnegative, and complementary slackness."""
    identity = gaps + lambda_H / 2 * feature_mismatch + 1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G) - bias_term
    optimal = Equation("the absence of a gap", trace(W.T * Slack * W), 0)
    root = Letter("B", K, K)()
    rooted = FEASIBLE.extended(letters=(root.data[0],))
    factored = Equation("the Gram factorization", Slack, root.T * root)
    return Derivation(
        steps=told(
            r"Complete the square in the features instead of the classifier:",
            POINTS.eq(primal - dual, identity, FENCHEL_YOUNG_MEAN),
            r"All terms are nonnegative when $R\preceq\lambda I$:",
            gap_is_at_least(0, gaps + UNFIT),
            r"A positive semidefinite slack has a root,",
            lemma(
                "Gram factorization",
                r"A symmetric positive semidefinite matrix is $B^\top B$ for some matrix $B$.",
                ("symmetric:", FEASIBLE.eq(Slack.T, Slack)),
                ("nonnegative:", FEASIBLE.ge(v.T * Slack * v, 0)),
                gives=r"\lambda I-R = B^{\top}\,B",
            ),
            r"so the last term is zero only if $BW=0$, hence $(\lambda I-R)W=B^\top BW=0$:",
            rooted.zero_iff(trace(W.T * Slack * W), root * W, (W.T * factored * W).traced),
        ),
        variants={
            "lambda_W for lambda_H in the last term": POINTS.eq(
                primal - dual,
                gaps + lambda_H / 2 * feature_mismatch + 1 / (2 * lambda_W) * trace((lam * eye(K) - R) * G) - bias_term,
                FENCHEL_YOUNG_MEAN,
            ),
            "bias term left out": POINTS.eq(primal - dual, identity + bias_term, FENCHEL_YOUNG_MEAN),
            "features' term 1 % too large": POINTS.eq(
                primal - dual, identity + (PERCENT - 1) * lambda_H / 2 * feature_mismatch, FENCHEL_YOUNG_MEAN
            ),
            "features' term left out": POINTS.eq(
                primal - dual, gaps + 1 / (2 * lambda_H) * trace((lam * eye(K) - R) * G) - bias_term, FENCHEL_YOUNG_MEAN
            ),
            "complementary slackness everywhere, not only on the range of W": FEASIBLE.eq(trace(Slack), 0, optimal),
        },
    )
