"""Entries E: a bias that decays like everything else."""

from __future__ import annotations

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import DUAL

__all__ = ["CHAPTER"]

DECAYING = Setting("PAL-CE, BCE or MSE, with smoothed labels or not", "decaying", "any", "any")

PRIMAL = """sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S]) + lambda_b/2*(b'*b)"""
DUAL_VALUE = "sum[S](D[S](r[S])) - 1/(2*lambda_b)*(sum[S](r[S])'*sum[S](r[S]))"
IDENTITY = f"""{PRIMAL} - ({DUAL_VALUE}) = sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
    + lambda_H/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*(h[S] - 1/lambda_H*(W'*r[S])))
    + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W)
    + lambda_b/2*((b - 1/lambda_b*sum[S](r[S]))'*(b - 1/lambda_b*sum[S](r[S])))"""
WEAK = f"{DUAL_VALUE} <= {PRIMAL}"
BEST = """sum[S](L[S](W*h[S] + b)) + lambda_b/2*(b'*b) + lambda_b/2*((c - b)'*(c - b))
    <= sum[S](L[S](W*h[S] + c)) + lambda_b/2*(c'*c)"""

CHAPTER = Chapter(
    name="decayed_bias",
    title="A bias that decays",
    introduction=r"""Optimisers decay every parameter by default, the bias too: $F$ gains
        $\frac{\lambda_b}2\|b\|^2$. Without a bias $\lambda_b$ is infinite, a free bias has $\lambda_b=0$; here is
        all that is in between. Features, classifier and isotropy are as in the other chapters, for nothing else
        contains the bias. `mlnc solve --bias 1/100` solves and certifies such a model.""",
    notation=(
        (r"\lambda_b>0", "the penalty of the bias"),
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2"
            r"+\frac{\lambda_b}2\|b\|^2",
            "the objective",
        ),
        (r"\bar r=\sum_S\pi_Sr_S", "the mean residual"),
        (r"D(r)=\sum_S\pi_SD_S(r_S)", r"the dual value of U6, and $R=\sum_S\pi_Sr_Sr_S^\top$"),
        (r"\Delta_S(r_S,z_S)\ge0", r"the divergence of U6, and $z_S=Wh_S+b$"),
    ),
    claims=(
        Claim(
            id="E1",
            title="the best bias",
            setting=DECAYING,
            hypotheses=("r_S is the residual of a convex loss at z_S = W h_S + b",),
            text="""b is the best bias for a classifier and features iff lambda_b b is the mean residual, and any other
                bias c costs at least lambda_b/2 |c - b|^2 more""",
            tex=r"""A bias is stationary iff $\lambda_bb=\bar r$. Then it is the only best one for $(W,H)$: any other
                bias $c$ has $F(W,H,c)\ge F(W,H,b)+\frac{\lambda_b}2\|c-b\|^2$.""",
            source="textbook (stationarity, strong convexity)",
            variants={
                "the mean residual is zero": "both",
                "half of lambda_b": "both",
                "all of lambda_b |c - b|^2 more": "proof",
                "frequencies left out": "check",
            },
            remark="""So where the optimal bias is not zero, the mean residual is not either: W3b and the
                frequency-weighted rule, which rest on its vanishing, are about a bias that is exempt from decay.""",
            formal=Formal(
                letters=("L[sets](K): 1", "lambda_b: 1", "c: K"),
                given=(
                    "0 < lambda_b",
                    "all S, x: L[S](W*h[S] + b) - r[S]'*(x - W*h[S] - b) <= L[S](x)",
                    "lambda_b*b = sum[S](r[S])",
                ),
                goal=f"all c: {BEST}",
                besides="that a stationary bias has lambda_b b equal to the mean residual",
            ),
        ),
        Claim(
            id="E2",
            title="dual and gap identity with decay",
            setting=DECAYING,
            hypotheses=("r is feasible: R(r) <= lambda I; its mean may be anything",),
            text="""D(r) - |mean r|^2 / (2 lambda_b) <= F at every point, and whatever r is, the difference is the three
                terms of U6 and lambda_b/2 |b - mean r/lambda_b|^2, exactly""",
            tex=r"""For any point and any $r$,
                $F-\bigl(D(r)-\frac1{2\lambda_b}\|\bar
                r\|^2\bigr)=\sum_S\pi_S\Delta_S(r_S,z_S)+\frac{\lambda_H}2\sum_S\pi_S
                \Bigl\|h_S-\frac1{\lambda_H}W^\top r_S\Bigr\|^2+\frac1{2\lambda_H}\mathrm{tr}\bigl((\lambda
                I-R)WW^\top\bigr)+\frac{\lambda_b}2\Bigl\|b-\frac1{\lambda_b}\bar r\Bigr\|^2$. So if
                $R(r)\preceq\lambda I$ then $D(r)-\frac1{2\lambda_b}\|\bar r\|^2\le F$: weak duality, with no
                condition on the mean.""",
            source="new here (completes the square of U6's bias term)",
            variants={
                "the square of the bias left out": "both",
                "half of the price of the mean residual": "both",
                "lambda_b for 1/lambda_b in the square": "both",
                "weak duality without the price of the mean residual": "both",
            },
            remark=r"""With $\lambda_b\to0$ the price enforces $\bar r=0$, and with $\lambda_b\to\infty$ it vanishes:
                the two cases of U6. At the optimum all four terms are zero, so that $\min
                F=\max\{D(r)-\frac1{2\lambda_b}\|\bar r\|^2:R(r)\preceq\lambda I\}$ ($d\ge K$), which certificates
            show case by case.""",
            formal=Formal(
                letters=("L[sets](K): 1", "D[sets](K): 1", "R: K x K", "lambda_b: 1"),
                given=("0 < lambda_H", "0 < lambda_b", "R := sum[S](r[S]*r[S]')", "lambda := lambda_W*lambda_H", *DUAL),
                goal=f"{IDENTITY} and (psd (lambda*I[K] - R) => {WEAK})",
                besides="the divergences of the losses",
            ),
        ),
        Claim(
            id="E3",
            title="decay of the order of the others",
            setting=Setting("PAL-CE or BCE", "decaying", "d >= K", "K - 1 for PAL-CE, K for BCE"),
            hypotheses=(
                "the sign condition of T1, or B1, without a bias holds strictly",
                "lambda_b = c mu with c > 0, as lambda tends to 0; for the rules lambda_b tau/mu to infinity is enough",
            ),
            text="""the terminal geometry and the synthesis rules are those without a bias (W4, B3), and lambda_b b/mu
                tends to the mean of the polar columns: N^{-1/2} (2 f - 1) for BCE, Sigma^{+1/2} f for PAL-CE""",
            tex=r"""Let $\lambda\to0$ with $\lambda_b=c\mu$, $c>0$, under the strict sign condition without a bias, at
                full rank. Geometry and synthesis rules are those without a bias, for which
                $\lambda_b\tau/\mu\to\infty$ is enough, and
                $\frac{\lambda_b}\mu b\to\sum_S\pi_Sq_S$: $N^{-1/2}(2f-\mathbf1)$ for BCE,
                $\Sigma^{+1/2}f$ for PAL-CE.""",
            source="new here",
            domain="strict sign condition",
            variants={
                "the inverse for its root": "both",
                "the frequencies themselves": "check",
                "the rule of the free bias": "check",
            },
            remark=r"""So for networks whose bias decays like the other parameters the frequency-weighted rule is not
                the terminal one. *Rank and strictness are needed*: on a deficient face the mean column is not
                determined by the frequencies. *Not proved here*: the limits themselves, from the gap of the polar
                point.""",
        ),
        Claim(
            id="E4",
            title="decay far less than that",
            setting=Setting("PAL-CE or BCE", "decaying", "d >= K", "K - 1 for PAL-CE, K for BCE; of the covariance"),
            hypotheses=(
                "the sign condition of T1, or B1, with a free bias holds strictly; m-bar is not 1",
                "lambda_b tau/mu tends to 0 with lambda, tau = log(1/lambda)/2",
            ),
            text="the class-frequency-weighted rule holds in the limit, as with a free bias (W3, B3a)",
            tex=r"""Under the strict sign condition with a free bias, at full rank, $\bar m\ne1$: if
                $\lambda_b\tau/\mu\to0$, the class-frequency-weighted rule of W3 and B3a holds in the
                limit.""",
            source="new here",
            domain="strict sign condition, free bias",
            variants={
                "the rules of no bias": "check",
                "with a decay of the order of mu": "check",
                "the columns of no bias have mean 0": "proof",
            },
            remark=r"So the crossover to the rules of E3 is where $\lambda_b\tau$ is of the order of $\mu$.",
        ),
    ),
)
