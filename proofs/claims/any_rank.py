"""Entries D: the terminal phase at any rank, and for any labels."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import LABEL_SETS, NEAR_POLAR, POLAR_ERROR, POLAR_LETTERS

COST = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
LACKS = """lambda_H/2*sum[S]((h[S] - mu/lambda_H*(W'*Q*a[S]))'*(h[S] - mu/lambda_H*(W'*Q*a[S])))
    + lambda_W/2*tr((W - Pi*W)'*(W - Pi*W)) + sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))"""
GRAM = "(mu/lambda_H*W*W' - t*sum[S](a[S]*a[S]'*Q))"
GAP = f"tr({GRAM}'*{GRAM})"
PAIRS = "sum[S](sum[T]((lambda_H/mu*(h[S]'*h[T]) - t*(a[S]'*Q*a[T]))^2))"
ENERGY = "sum[S]((W*h[S] - t*a[S])'*(W*h[S] - t*a[S]))"
"""D1: the objective, what the optimum lacks, and how far its Gram matrix, inner products and logits are from t times
those of the hard margin."""

POLAR_SHARE = "(e[k]'*(y[S] - mu*{0}[S]))"
DUAL_VALUE = f"sum[S](-sum[k]({POLAR_SHARE}*log({POLAR_SHARE}/m[S])))"
"""D2: the dual value at residuals mu q."""

ENTROPY_OFF = "sum[S](sum[k]((1 - e[k]'*y[S])*(e[k]'*{0}[S])*log(-(e[k]'*{0}[S]))))"
SQUARES_ON = "sum[S](sum[k]((e[k]'*y[S])*(e[k]'*q2[S])^2))"
GROWTH = f"""(1 - log(mu))*sum[S](q2[S]'*y[S]) + {ENTROPY_OFF.format("q2")} - mu*{SQUARES_ON}
    <= (1 - log(mu))*sum[S](q[S]'*y[S]) + {ENTROPY_OFF.format("q")}"""
"""D2: the value of the hard margin, the entropy of the entries off the sets, and what they are compared by."""

CHAPTER = Chapter(
    name="any_rank",
    title="The terminal phase at any rank",
    introduction=r"""Label sets may leave a contrast unseen, so that the second moment $M$ is singular. The terminal
        phase then keeps the geometry of the hard margin (D1); what the residuals tend to is another matter.""",
    notation=(
        (r"a_S,\ M=\sum_S\pi_Sa_Sa_S^\top,\ q_S=M^{+1/2}a_S", "those of T8, for either loss and bias"),
        (r"\Pi", "the projector onto the range of $M$"),
        (r"\hat G=\frac{\lambda_W}\mu WW^\top,\ \hat h_S=\sqrt{\frac{\lambda_H}\mu}\,h_S", "in balanced units"),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda,\ \tau=\frac12\log\frac1\lambda", "the penalty"),
    ),
    claims=(
        Claim(
            id="D1",
            title="hard-margin geometry at any rank",
            setting=Setting("PAL-CE or BCE", "none or free", "d >= K (PAL-CE: d >= K - 1)", "any"),
            hypotheses=(
                "those of T8, whose E it is",
                """t is any number, eta^2 = sum pi_S |W h_S - t a_S|^2, and omega is at least the greatest eigenvalue
                of lambda_W/mu W W^T and of lambda_H/mu sum pi_S h_S h_S^T, which is the same if W is stationary""",
            ),
            text="""sum pi_S D_S(mu q_S) <= min F <= sum pi_S D_S(mu q_S) + mu E/2; outside the range of M lambda_W/mu
                |W - Pi W|^2 <= E; |lambda_W/mu W W^T - t M^{1/2}|^2 <= 2 eta^2 + 2 omega E, in the Frobenius norm; and
                the mean square of lambda_H/mu <h_S, h_T> - t q_S^T M^{1/2} q_T over S and T is at most 2 eta^2 + 2
                omega E""",
            tex=r"""PAL-CE or BCE, with a free bias or without, any rank, under the strict sign condition, with $E$ of
                T8. At the optimum, for every $t$, with $\eta^2=\sum_S\pi_S\|Wh_S-ta_S\|^2$ and $\omega=\|\hat G\|$:
                $0\le\min F-\sum_S\pi_SD_S(\mu q_S)\le\frac\mu2E$, $\frac{\lambda_W}\mu\|W-\Pi W\|_F^2\le E$, $\|\hat
                G-tM^{1/2}\|_F^2\le2\eta^2+2\omega E$, and $\sum_{S,T}\pi_S\pi_T\bigl(\hat h_S^\top\hat h_T-t\,q_S^\top
                M^{1/2}q_T\bigr)^2\le2\eta^2+2\omega E$. *So the geometry of the hard margin (T1, B1) is the limit at
                any rank*: $E$ is bounded (T8), $\omega\le2(t\| M^{1/2}\|+\sqrt2\eta+E)$, and at $t=\tau$ $\eta$ is
                bounded, by T2 and B2. Then $\hat G/\tau\to M^{1/2}$ and $\hat h_S^\top\hat h_T/\tau\to q_S^\top
                M^{1/2}q_T$ with an error of order $1/\sqrt\tau$, at full rank $1/\tau$; and the rules of W3, W4, B3
                and B3a, which are relations among the $q_S$, hold in the limit for real singletons (T8).""",
            source="new here",
            domain="strict sign condition, any rank",
            variants={
                "the moment in place of its root": "both",
                "lambda_W for lambda_W/mu": "check",
                "inner products of the limit without the root": "check",
                "a tenth of the gap": "check",
                "a thousandth of the error": "check",
                "the features' rest added": "proof",
                "inner products without the features' rest": "proof",
            },
            remark=r"""What a singular moment does change is the constants: T2's stay those of the polar column only
                where the residuals tend to it (D2), and so for the weights on classifier rows (W8).""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "omega, omega2: 1"),
                given=(*NEAR_POLAR, "0 < mu"),
                goal=f"""sum[S](D[S](r[S])) <= {COST} and {COST} <= sum[S](D[S](r[S])) + ({POLAR_ERROR})
                    and {LACKS} <= {POLAR_ERROR}
                    and (0 <= omega and (all u: (W*u)'*(W*u) <= omega*(u'*u))
                    => {GAP} <= 2*{ENERGY} + 4*omega/lambda_H*({POLAR_ERROR}))
                    and (0 <= omega2 and (all u: sum[S]((h[S]'*u)^2) <= omega2*(u'*u))
                    => {PAIRS} <= 2*{ENERGY} + 4*omega2*lambda_H/mu^2*({POLAR_ERROR}))""",
                besides="""that E and eta are bounded, of order 1/tau at full rank, and the bound on omega, which is one
                    number if W is stationary; that least factors cost half the nuclear norm (T8); what rules hold in
                    the limit""",
            ),
        ),
        Claim(
            id="D2",
            title="what residuals tend to, for any labels",
            setting=Setting("PAL-CE", "none or free", "d >= K - 1", "any"),
            hypotheses=(
                """r_S = mu q_S are the residuals of the optimum, mu = sqrt(lambda) < 1, and mu q'_S any that are
                feasible for the dual, with y_S - mu q'_S in its domain; H(q) = -sum pi_S sum_{j not in S} |q_{S,j}|
                log |q_{S,j}|""",
            ),
            text="""(tau + 1) sum pi_S (q'_S - q_S)^T y_S <= H(q) - H(q') + mu sum pi_S sum_{k in S} q'_{S,k}^2, with
                tau = log(1/ lambda)/2, whether the sign condition holds or not; so a q' of the greatest value sum pi_S
                q'_S^T y_S has no more entropy than q, but for the last term""",
            tex=r"""PAL-CE, with a free bias or without, *any label distribution*. Let $r_S=\mu q_S$ be the residuals
                of the optimum and $\mu q'_S$ any others that are feasible for the dual, with $y_S-\mu q'_S\ge0$. With
                $A(q)=\sum_S\pi_Sq_S^\top y_S$ and the entropy off the sets, $H(q)=-\sum_S\pi_S\sum_{j\notin
                S}|q_{S,j}|\log|q_{S,j}|$, $(\tau+1)\bigl(A(q')-A(q)\bigr)\le H(q)-H(q')+\mu\sum_S\pi_S\sum_{k\in
                S}q'^2_{S,k}$. So $A(q)$ is within $O(1/\tau)$ of its greatest value, that of the hard margin (T7), and
                of all $q'$ that have it none has more entropy than $q$, but for $O(\mu)$: *as $\lambda\to0$ residuals
                over $\mu$ tend, off the sets, to the one dual solution of the hard-margin problem whose entropy is
                greatest.* Under the strict sign condition the polar columns are a dual solution; at rank $K-1$ they
                are the only one.""",
            source="new here",
            domain="larger sets",
            variants={
                "the dual 10 % too long": "check",
                "the entropy left out": "check",
                "a tangent at another point": "proof",
                "the logarithm of lambda": "proof",
            },
            remark=r"""That at deficient rank the limit may be another one than the polar columns is a stored
                counterexample of W8. How fast it is reached is not known: what lacks is a bound on how far a dual
                point of nearly the greatest value is from those that have it.""",
            formal=Formal(
                letters=("log(1), share, s: 1; q[sets], q2[sets]: K",),
                given=(
                    *("0 < mu", "mu <= 1"),
                    *LABEL_SETS,
                    "all S: 1 <= m[S]",
                    *("all S: ones'*q[S] = 0", "all S: ones'*q2[S] = 0"),
                    f"all S, k: 0 < {POLAR_SHARE.format('q')}",
                    f"all S, k: 0 <= {POLAR_SHARE.format('q2')}",
                    f"{DUAL_VALUE.format('q2')} <= {DUAL_VALUE.format('q')}",
                ),
                goal=f"""{GROWTH} and (sum[S](q[S]'*y[S]) <= sum[S](q2[S]'*y[S])
                    => {ENTROPY_OFF.format("q2")} - mu*{SQUARES_ON} <= {ENTROPY_OFF.format("q")})""",
                besides="""that the optimum's residuals have the greatest dual value (U6, U8a); that A(q) is within
                    O(1/tau) of its greatest value and that there is a limit, which compactness and the strict concavity
                    of the entropy give; what the polar columns are""",
            ),
        ),
    ),
)
