"""Entries V: weights of samples, of label sets and of labels."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    DUAL,
    LABEL_SETS,
    NEAR_POLAR,
    OBJECTIVE,
    PAL_CE,
    PENALTIES,
    POLAR_GOAL,
    POLAR_LETTERS,
)

ANY = Setting("PAL-CE, BCE or MSE", "none or free", "any", "any")
NEAR = Setting("PAL-CE or BCE, weighted", "none or free", "d >= K (PAL-CE: d >= K - 1)", "any; full for the rate")

ANSWER_LOSS = "all S, x: L[S](x) = sum[k](weight[S, k]*log(1 + ex(-(e[k]'*a[S])*(e[k]'*x))))"
ANSWER_LOGITS = "all S, k: (e[k]'*a[S])*(e[k]'*z[S]) = log(1 - wrong[S, k]) - log(wrong[S, k])"
ANSWER_VALUE = """(-sum[k](weight[S, k]*(wrong[S, k]*log(wrong[S, k])
    + (1 - wrong[S, k])*log(1 - wrong[S, k]))))"""
"""BCE with a weight for every answer, the logits with given probabilities of the wrong one, and its dual value."""

LIMIT = (
    *(text.replace(":=", "=") for text in NEAR_POLAR[3:9]),
    "b2 = 0",
    NEAR_POLAR[-1],
    "0 < mu",
    "all S, k: e[k]'*r[S] = (e[k]'*a[S])*weight[S, k]*wrong[S, k]",
    "all S, k: 0 < wrong[S, k] and 0 < 1 - wrong[S, k]",
    ANSWER_LOGITS,
    "all S: W2*h2[S] + b2 = z[S]",
)
"""What V3 assumes for the limit: the residuals of the point (W2, h2) are mu q, hence those without weights mu q over
the weight, which is the sign times the probability of the wrong answer."""

CHAPTER = Chapter(
    name="loss_weights",
    title="Weights in the loss",
    introduction=r"""Imbalance is often answered with weights: samples are drawn more often, label sets or labels weigh
        more in the loss, or positive answers do (`pos_weight`). The first changes the label distribution, and every
        chapter is about the one that is then seen. The others do not: as $\lambda\to0$ the geometry is that of the
        distribution without weights, which survive as a constant beside $\tau=\frac12\log\frac1\lambda$.""",
    notation=(
        (r"\omega_{S,k}>0", r"the weight of label $k$ in the loss of $S$; $w_S$ if it is the same for all labels"),
        (
            r"F=\sum_S\pi_SL^\omega_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            r"the objective; $L^\omega_S=w_SL_S$, or for BCE $\sum_k\omega_{S,k}\ell(s_{S,k}z_k)$",
        ),
        (r"\mu=\sqrt\lambda,\ \tau=\frac12\log\frac1\lambda", r"the penalty $\lambda=\lambda_W\lambda_H$"),
        (r"q_S,\ z^0_S,\ E,\ Q", "the polar columns, their logits and the errors of T8"),
    ),
    claims=(
        Claim(
            id="V1",
            title="re-sampling is another distribution",
            setting=ANY,
            hypotheses=("v_S >= 0, of mean 1, weighs loss and feature penalty of S, as drawing it more often does",),
            text="""the objective has the dual and the gap identity of the label distribution v_S pi_S""",
            tex=r"""Draw label sets with other frequencies, $v_S\pi_S$ in place of $\pi_S$. Then loss and penalty of the
                features are both weighted, and the gap identity U6 holds with $\sum_S\pi_Sv_S$ everywhere:
                $F-D(r)=\sum_S\pi_Sv_S\Delta_S(r_S,z_S)+\frac{\lambda_H}2\sum_S\pi_Sv_S\|h_S-\frac1{\lambda_H}W^\top
                r_S\|^2+\frac1{2\lambda_H}\mathrm{tr}\bigl((\lambda I-\sum_S\pi_Sv_Sr_Sr_S^\top)WW^\top\bigr)-b^\top
                \sum_S\pi_Sv_Sr_S$. So the optimum is that of the tilted distribution, the limit too.""",
            source="textbook (importance sampling)",
            gloss="every theorem applies to the distribution that is sampled",
            domain="strict sign condition",
            variants={"the features' penalty not weighted": "proof", "the polar columns before re-sampling": "check"},
            formal=Formal(
                letters=("L[sets](K), D[sets](K), nu[sets]: 1; R: K x K",),
                given=(*PENALTIES, "R := sum[S](nu[S]*r[S]*r[S]')", *DUAL, "all S: 0 <= nu[S]"),
                besides="that every theorem then applies, to the label sets with v_S > 0",
                goal="""sum[S](nu[S]*L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](nu[S]*(h[S]'*h[S]))
                    - sum[S](nu[S]*D[S](r[S])) = sum[S](nu[S]*(L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b)))
                    + lambda_H/2*sum[S](nu[S]*((h[S] - 1/lambda_H*(W'*r[S]))'*(h[S] - 1/lambda_H*(W'*r[S]))))
                    + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W) - b'*sum[S](nu[S]*r[S])
                    and (psd (lambda*I[K] - R) and b'*sum[S](nu[S]*r[S]) = 0 => sum[S](nu[S]*D[S](r[S]))
                    <= sum[S](nu[S]*L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](nu[S]*(h[S]'*h[S])))""",
            ),
        ),
        Claim(
            id="V2",
            title="re-weighting label sets is forgotten",
            setting=NEAR,
            hypotheses=(
                "those of T8, with mu q_S / w_S in the domain of the loss without weights",
                "w_S > 0 weighs the loss of S, and not the penalty of its feature",
            ),
            text="""T8 holds with the polar columns of the distribution without weights and the logits z0_S whose
                residual is mu q_S / w_S: the weights are in the error E only""",
            tex=r"""Weigh losses, $w_SL_S$, and not features. T8 holds word for word, with the *same* polar columns
                $q_S$, and with $z^0_S$ the logits at which the weighted loss has the residual $\mu q_S$: off the set
                $z^0_{S,k}-z^0_{S,j}=\tau+\log w_S-\log(-q_{S,j})+O(\mu)$. So at full rank $E\le Q/\tau$ where $Q$ has
                $\log w_S$ in $d_S$: the limit geometry, the rules W3, W4, B3, B3a and the sign condition are those of
                the label distribution without weights, and weights are forgotten like $\log w/\tau$.""",
            source="new here; for one label per sample, weights that vanish in the limit: Byrd and Lipton 2019",
            gloss="weights in the loss do not change the limit, re-sampling does",
            domain="strict sign condition",
            variants={
                "the polar columns of the re-sampled distribution": "check",
                "the weights left out of the reference logits": "both",
            },
            formal=Formal(
                letters=(*POLAR_LETTERS, "nu[sets], L0[sets](K), D0[sets](K): 1; r0[sets]: K"),
                given=(
                    *NEAR_POLAR[:10],
                    "all S: 0 < nu[S]",
                    "all S, x: L[S](x) = nu[S]*L0[S](x)",
                    "all S: D[S](r[S]) = nu[S]*D0[S](r0[S])",
                    "all S: r[S] = nu[S]*r0[S]",
                    "all S, x: D0[S](r0[S]) - r0[S]'*x <= L0[S](x)",
                    "all S: D0[S](r0[S]) = L0[S](W2*h2[S] + b2) + r0[S]'*(W2*h2[S] + b2)",
                    NEAR_POLAR[-1],
                ),
                goal=POLAR_GOAL,
                besides="the size of the weights' share in the error",
            ),
        ),
        Claim(
            id="V3",
            title="weights of labels",
            setting=Setting("BCE, weighted", "none", "any", "any"),
            hypotheses=(
                "omega_{S,k} > 0 weighs label k in the loss of S (pos_weight: where k is in S)",
                "for the limit those of V2, d >= K among them, with residuals mu q_{S,k} / omega_{S,k}",
            ),
            text="""W = 0 is optimal iff lambda >= 1/4 lambda_max(sum pi_S (omega_S * s_S)(omega_S * s_S)^T), entry by
                entry; in the limit T8 holds with the polar columns without weights and s z0 = tau - log(s q) +
                log(omega - mu s q), entry by entry""",
            tex=r"""BCE with weights $\omega_{S,k}$ of single answers, such as `pos_weight`. At $W=0$ without a bias the
                residuals are $\frac12\omega_S\circ s_S$, so all collapses iff
                $\lambda\ge\frac14\lambda_{\max}\bigl(\sum_S\pi_S(\omega_S\circ s_S)(\omega_S\circ s_S)^\top\bigr)$:
                weights move the threshold. In the limit they are forgotten as in V2: T8 holds with the polar columns of
                B1 and $s\circ z^0=\tau-\log(s\circ q)+\log(\omega-\mu s\circ q)$, which is
                $\tau-\log(s\circ q)+\log\omega+O(\mu)$.""",
            source="new here",
            domain="strict sign condition, BCE",
            variants={
                "the threshold without weights": "check",
                "the root of the weights in the threshold": "check",
                "the weights left out of the reference logits": "both",
                "the residual at logit 0 without its half": "proof",
            },
            formal=Formal(
                letters=(
                    *POLAR_LETTERS,
                    "weight[sets, labels], wrong[sets, labels], top, most, log(1), ex(1), share, share2, total: 1",
                    "signed[sets]: K; N: K x K; W3: K x d; V: d x K",
                ),
                given=(
                    *NEAR_POLAR[:3],
                    "b = 0",
                    "all S: a[S] = 2*y[S] - ones",
                    LABEL_SETS[2],
                    PAL_CE[0],
                    ANSWER_LOSS,
                    "all S, k: 0 < weight[S, k]",
                    "all S, k: weight[S, k] <= most",
                    "all S, k: e[k]'*signed[S] = weight[S, k]*(e[k]'*a[S])",
                    "N = 1/4*sum[S](signed[S]*signed[S]')",
                    "psd (top*I[K] - N)",
                    "some x: x'*x = 1 and x'*N*x = top",
                ),
                goal=f"""(top <= lambda => sum[S](L[S](0*ones)) <= {OBJECTIVE.format("W", "h[S]", "b")})
                    and (lambda < top => (some W3, V: {OBJECTIVE.format("W3", "(V*(1/2*signed[S]))", "0*ones")}
                    < sum[S](L[S](0*ones))))
                    and ({" and ".join(f"({x})" for x in LIMIT)} => ({POLAR_GOAL.replace("D[S](r[S])", ANSWER_VALUE)})
                    and (all S, k: 0 < (e[k]'*a[S])*(e[k]'*Q*a[S]) and (e[k]'*a[S])*(e[k]'*z[S]) = -1/2*log(lambda)
                    - log((e[k]'*a[S])*(e[k]'*Q*a[S])) + log(weight[S, k] - mu*((e[k]'*a[S])*(e[k]'*Q*a[S])))))""",
                besides="the order of mu in the logits of the limit",
            ),
        ),
    ),
)
