"""Entries E: a bias that decays like everything else."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    CENTERED,
    DUAL,
    LABEL_SETS,
    NEAR_POLAR,
    POLAR_ERROR,
    POLAR_FACTORS,
    POLAR_FORM,
    POLAR_GOAL,
    POLAR_LETTERS,
)

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

_COST = NEAR_POLAR[12].split(" <= ")
DECAYED = (
    *NEAR_POLAR[:9],
    "0 < lambda_b",
    *NEAR_POLAR[10:12],
    f"{_COST[0]} + lambda_b/2*(b'*b) <= {_COST[1]} + lambda_b/2*(b2'*b2)",
)
"""The point (W, h, b) costs no more than (W2, h2, b2), whose residuals are the polar ones, a decaying bias included."""
_LACKS, _MOVED = (part.split(" <= ")[0] for part in POLAR_GOAL.split(" and ")[:2])
ASKED = "(b - 1/lambda_b*sum[S](r[S]))"
PAID = f"{_LACKS} + lambda_b/2*({{0}}'*{{0}}) <= ({POLAR_ERROR}{{1}})"
MOVED = f"{_MOVED} <= sum[S](c[S]^2)*({POLAR_ERROR}{{0}})"
PRICE = " + lambda_b/2*(b2'*b2)"
"""T8 with a decaying bias, which is near the one that the residuals ask for, and the price of another one."""
MEANS = """((all S: a[S] = 2*y[S] - ones) => sum[S](Q*a[S]) = Q*(2*f - ones))
    and ((all S: a[S] = P*y[S]) => sum[S](Q*a[S]) = Q*P*f)"""

BY_BIAS = "sum[k](e[k]'*y[S]*h1[k]) - (m[S] - 1)/(beta - 1)*sum[k](e[k]'*b*h1[k])"
"""W2's synthesis with the bias in place of the class frequencies."""

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
                letters=("L[sets](K), lambda_b: 1; c: K",),
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
                letters=("L[sets](K), D[sets](K), lambda_b: 1; R: K x K",),
                given=("0 < lambda_H", "0 < lambda_b", "R := sum[S](r[S]*r[S]')", "lambda := lambda_W*lambda_H", *DUAL),
                goal=f"{IDENTITY} and (psd (lambda*I[K] - R) => {WEAK})",
                besides="the divergences of the losses",
            ),
        ),
        Claim(
            id="E3",
            title="decay of the order of the others",
            setting=Setting("PAL-CE or BCE", "decaying", "d >= K (PAL-CE: d >= K - 1)", "any; full for the rate"),
            hypotheses=(
                "those of T8 without a bias: the sign condition of T1, or B1, holds strictly",
                """z0_S are the logits whose residual is mu q_S, less the bias mu/lambda_b qbar that these residuals ask
                for, qbar = sum pi_S q_S, and E is that of T8 for these z0""",
            ),
            text="""lambda_H/mu sum pi_S |h_S - mu/lambda_H W^T q_S|^2 + 2/mu sum pi_S Delta_S(mu q_S, z_S) +
                lambda_b/mu |b - mu/lambda_b qbar|^2 <= E at the optimum, with q_S the polar columns of no bias; so
                every linear relation among the q_S, as the synthesis rules without a bias (W4, B3), is one of
                prototypes up to (mu/lambda_H E sum c_S^2/pi_S)^{1/2}, and lambda_b b/mu is within (lambda_b/mu
                E)^{1/2} of qbar = N^{-1/2} (2 f - 1) for BCE, Sigma^{+1/2} f for PAL-CE""",
            tex=r"""PAL-CE or BCE with a bias that decays, under the strict sign condition *without* a bias. Let
                $q_S$ be the polar columns of no bias, $\bar q=\sum_S\pi_Sq_S$, $z^0_S$ the logits whose residual is
                $\mu q_S$ less the bias $\frac\mu{\lambda_b}\bar q$ that these residuals ask for (E1), and $E$ that of
                T8 for these. At every $\lambda$ at which $\mu q_S$ is in the domain and every $\lambda_b>0$, at the
                optimum $\frac{\lambda_H}\mu\sum_S\pi_S\bigl\|h_S-\frac\mu{\lambda_H}W^\top
                q_S\bigr\|^2+\frac2\mu\sum_S\pi_S\Delta_S(\mu
                q_S,z_S)+\frac{\lambda_b}\mu\bigl\|b-\frac\mu{\lambda_b}\bar q\bigr\|^2\le E$, and every linear relation
                among the $q_S$ is one of prototypes up to $\bigl(\frac\mu{\lambda_H}E\sum_Sc_S^2/\pi_S\bigr)^{1/2}$.
                So the errors are those *of the synthesis rules without a bias*, and $\frac{\lambda_b}\mu b$ is within
                $\bigl(\frac{\lambda_b}\mu E\bigr)^{1/2}$ of $\bar q$: $N^{-1/2}(2f-\mathbf1)$ for BCE, $\Sigma^{+1/2}f$
                for PAL-CE. At full rank, for $\lambda<1$ and the factors of T8, $E=Q/\tau$ with $d_S=z^0_S-\tau a_S$,
                bounded if $\lambda_b=c\mu$: then $\frac{\lambda_b}\mu b\to\bar q$; for the rules to hold in the
                limit, as prototypes grow like $\sqrt\tau$, $\lambda_b\tau/\mu\to\infty$ is enough. Where it tends to
                0 they do not (E4).""",
            source="new here",
            gloss="with the decay that optimisers apply by default the rules are those of no bias",
            domain="strict sign condition",
            variants={
                "the inverse for its root": "both",
                "the frequencies themselves": "check",
                "the rule of the free bias": "check",
                "half the error": "check",
                "without the bias that the residuals ask for": "check",
            },
            remark=r"""So for networks whose bias decays like the other parameters the frequency-weighted rule is not
                the terminal one. *Rank and strictness are needed for the limit of the bias*: on a deficient face the
                mean column is not determined by the frequencies, and $E$ does not tend to 0; where the sign condition
                is violated, $\frac{\lambda_b}\mu b$ tends to the mean of another dual vector of the hard margin
                (T7).""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "lambda_b: 1"),
                given=(*DECAYED, "b2 = 1/lambda_b*sum[S](r[S])", CENTERED[0], "f := sum[S](y[S])"),
                goal=f"""{PAID.format(ASKED, "")} and {MOVED.format("")} and ({POLAR_FACTORS} => {POLAR_FORM})
                    and ({MEANS})""",
                besides="""that Q converges and prototypes grow like sqrt tau, so that the bounds are limits; the
                    factors of T8""",
            ),
        ),
        Claim(
            id="E3a",
            title="decay with smoothed labels",
            setting=Setting(
                "PAL-CE or BCE, with label smoothing",
                "decaying",
                "d >= K (PAL-CE: d >= K - 1)",
                "that of the targets, full, for the rate",
            ),
            hypotheses=(
                "q_S are the polar columns of the targets without a bias (Y0)",
                """z0_S are the logits whose residual is mu q_S, less the bias mu/lambda_b qbar that these residuals ask
                for, qbar = sum pi_S q_S, and E is that of Y0 for these z0""",
            ),
            text="""lambda_H/mu sum pi_S |h_S - mu/lambda_H W^T q_S|^2 + 2/mu sum pi_S Delta_S(mu q_S, z_S) +
                lambda_b/mu |b - mu/lambda_b qbar|^2 <= E at the optimum; so every linear relation among the targets, as
                the rules of smoothed labels without a bias (Y1, Y2), is one of prototypes up to (mu/lambda_H E sum
                c_S^2/pi_S)^{1/2}, without a sign condition""",
            tex=r"""PAL-CE or BCE with label smoothing and a bias that decays. Let $q_S$ be the polar columns of the
                targets *without* a bias (Y0), $\bar q=\sum_S\pi_Sq_S$, $z^0_S$ the logits whose residual is $\mu q_S$
                less the bias $\frac\mu{\lambda_b}\bar q$ that these residuals ask for (E1), and $E$ that of Y0 for
                these. At every $\lambda$ at which $\mu q_S$ is in the domain and every $\lambda_b>0$, at the optimum
                $\frac{\lambda_H}\mu\sum_S\pi_S\bigl\|h_S-\frac\mu{\lambda_H}W^\top
                q_S\bigr\|^2+\frac2\mu\sum_S\pi_S\Delta_S(\mu
                q_S,z_S)+\frac{\lambda_b}\mu\bigl\|b-\frac\mu{\lambda_b}\bar q\bigr\|^2\le E$, and every linear
                relation among the targets is one of prototypes up to $\bigl(\frac\mu{\lambda_H}E\sum_Sc_S^2/\pi_S
                \bigr)^{1/2}$: the errors of the rules Y1 and Y2, for any label distribution whose targets span.""",
            source="new here; E3 with targets in the place of the hard-margin logits",
            gloss="with smoothed labels and a decay far above sqrt(lambda) the rules are those of no bias",
            domain="singletons",
            variants={
                "half the error": "check",
                "without the bias that the residuals ask for": "check",
                "the price of the mean residual left out": "proof",
            },
            remark=r"""What $z^0_S$ lacks of the target is of order $\mu+\frac\mu{\lambda_b}$: as
                $\lambda\to0$ the rules of no bias hold if $\lambda_b/\mu\to\infty$, as at any fixed decay. *The
                crossover has no logarithm*: with $\lambda_b=c\mu$, where without smoothing the rules are those of no
                bias (E3), the bias that the residuals ask for does not vanish beside the targets, and the bound says
                nothing of the limit.""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "lambda_b: 1"),
                given=(*DECAYED, "b2 = 1/lambda_b*sum[S](r[S])"),
                goal=f"""{PAID.format(ASKED, "")} and {MOVED.format("")} and ({POLAR_FACTORS} => {POLAR_FORM})""",
                besides="the order of E, so that the bounds are limits; the factors of Y0",
            ),
        ),
        Claim(
            id="E4",
            title="decay far less than that",
            setting=Setting(
                "PAL-CE or BCE", "decaying", "d >= K (PAL-CE: d >= K - 1)", "any; that of the covariance, for the rate"
            ),
            hypotheses=(
                "those of T8 with a free bias: the sign condition of T1, or B1, holds strictly; m-bar is not 1",
                "b0 is the mean of the logits whose residual is mu q_S, and E is that of T8 for these less b0",
            ),
            text="""lambda_H/mu sum pi_S |h_S - mu/lambda_H W^T q_S|^2 + 2/mu sum pi_S Delta_S(mu q_S, z_S) +
                lambda_b/mu |b|^2 <= E' = E + lambda_b/mu |b0|^2 at the optimum, with q_S the polar columns of a free
                bias; so every linear relation among the q_S, as the class-frequency-weighted rule (W3, B3a), is one of
                prototypes up to (mu/lambda_H E' sum c_S^2/pi_S)^{1/2}""",
            tex=r"""Under the strict sign condition with a *free* bias, with $q_S$ its polar columns, $b^0$ the mean of
                the logits whose residual is $\mu q_S$, and $E$ that of T8: at every $\lambda$ at which $\mu q_S$ is in
                the domain and every $\lambda_b>0$, at the optimum
                $\frac{\lambda_H}\mu\sum_S\pi_S\bigl\|h_S-\frac\mu{\lambda_H} W^\top
                q_S\bigr\|^2+\frac2\mu\sum_S\pi_S\Delta_S(\mu q_S,z_S)+\frac{\lambda_b}\mu\|b\|^2\le
                E+\frac{\lambda_b}\mu\|b^0\|^2$, and every linear relation among the $q_S$ is one of prototypes up to
                $\bigl(\frac\mu{\lambda_H}E'\sum_Sc_S^2/\pi_S\bigr)^{1/2}$ with $E'$ the right side. Since $b^0$ is of
                order $\tau$ and prototypes grow like $\sqrt\tau$, *the class-frequency-weighted rule of W3 and B3a
                ($\bar m\ne1$) holds in the limit if $\lambda_b\tau/\mu\to0$*.""",
            source="new here",
            domain="strict sign condition, free bias",
            variants={
                "the rules of no bias": "check",
                "with a decay of the order of mu": "check",
                "the columns of no bias have mean 0": "proof",
                "without the price of the bias": "check",
            },
            remark=r"""So the crossover to the rules of E3 is where $\lambda_b\tau$ is of the order of $\mu$. For four
                skewed labels, certified: ![the rule of no bias and that of a free bias against the decay of
                the bias, for each loss at two penalties](decay_of_the_bias.svg)""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "lambda_b: 1"),
                given=(*DECAYED, "sum[S](a[S]) = 0"),
                goal=f"""{PAID.format("b", PRICE)} and {MOVED.format(PRICE)} and ({POLAR_FACTORS} => {POLAR_FORM})""",
                besides="""that Q converges, b0 is of order tau and prototypes grow like sqrt tau, so that there is a
                    limit""",
            ),
        ),
        Claim(
            id="E5",
            title="squared loss, weighted by the bias",
            setting=Setting("MSE", "decaying", "any", "any"),
            hypotheses=(
                "features and the bias are stationary; the classifier is any",
                "the entries of the bias do not add up to 1, for the rule",
            ),
            text="""(1 + lambda_b) b + lambda_b/lambda_H W W^T b = f, and h_S = sum_{k in S} h_{k} - (m_S - 1)/(beta -
                1) sum_j b_j h_{j} with beta = sum_j b_j, for every label set, at every lambda and every lambda_b > 0:
                the rule of W2, weighted by the bias instead of the class frequencies""",
            tex=r"""MSE with a bias that decays, any label distribution (empty and full label sets included), any
                $\lambda$, any classifier: as soon as features and bias are stationary,
                $(1+\lambda_b)b+\frac{\lambda_b}{\lambda_H}WW^\top b=f$, and with $\beta=\mathbf 1^\top b\ne1$,
                $h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\beta-1}\sum_jb_jh_{\{j\}}$ for every label set.""",
            source="new here; W2 for a bias that decays",
            gloss="with the squared loss and a decaying bias the weights are the entries of the bias",
            variants={
                "the frequencies as they are": "both",
                "plain sums": "both",
                "class frequencies in place of the bias": "both",
            },
            remark=r"""With $\lambda_b\to0$ the bias tends to $f$ and the rule to the class-frequency-weighted one, with
                $\lambda_b\to\infty$ the bias to 0 and the rule to plain sums: both cases of W2. The penalty shrinks
                the bias most along the directions in which the classifier is large, so that in between the weights are
                *not* proportional to the class frequencies, unless these are an eigenvector of $WW^\top$.""",
            formal=Formal(
                letters=("h1[labels]: d; lambda_b, beta: 1",),
                given=(
                    "all S: lambda_H*h[S] = W'*r[S]",
                    "all S: r[S] = y[S] - W*h[S] - b",
                    "all k: lambda_H*h1[k] = W'*(e[k] - W*h1[k] - b)",
                    "0 < lambda_H",
                    "lambda_b*b = sum[S](r[S])",
                    "f := sum[S](y[S])",
                    "beta = ones'*b",
                    *LABEL_SETS,
                ),
                goal=f"""(1 + lambda_b)*b + lambda_b/lambda_H*(W*W'*b) = f
                    and (beta - 1 != 0 => (all S: h[S] = {BY_BIAS}))""",
            ),
        ),
    ),
)
