"""Entries Y: losses with finite targets."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import CENTERED, FACTORS, FINITE, FINITE_GOAL, FINITE_LETTERS, LABEL_SETS, POLAR_ERROR

ANY = Setting(
    "any convex loss with finite targets", "none or free", "d >= K (PAL-CE: d >= K - 1)", "any; full for the rate"
)
BCE = Setting("BCE with label smoothing", "none", "d >= K", "K, of N")
BCE_FREE = Setting("BCE with label smoothing", "free", "d >= K", "K, of C")
PAL = Setting("PAL-CE with label smoothing", "none", "d >= K - 1", "K - 1, of the second moment of c_m P y")
PAL_FREE = Setting("PAL-CE with label smoothing", "free", "d >= K - 1", "K - 1, of the covariance of c_m P y")

SMOOTHED = "0 < eps < 1"
DOMAIN = """for the bound: target less mu q_S is inside the domain of predictions, which it is for every small lambda,
    alpha is that of Y0, and singletons with w_k != 0 are in the support"""
RATE = """the value of alpha, and that prototypes in units of sqrt(mu/lambda_H) converge, so that the bound is a limit;
    the choice of c in it"""

PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
COMMON = "(scale[S]*m[S]/c1 - 1)/(c1 - total)"
MOVED = "W*(sum[S](c[S]*h[S]) + x1) + b"

SIGNS = """(all S: a[S] = ell*(2*y[S] - ones))
    => sum[S](a[S]*a[S]') = ell^2*sum[S]((2*y[S] - ones)*(2*y[S] - ones)')"""
CENTERED_SIGNS = "(all S: a[S] = 2*ell*(y[S] - f)) => sum[S](a[S]*a[S]') = 4*ell^2*sum[S]((y[S] - f)*(y[S] - f)')"
PICKED = "(all S: a[S] = scale[S]*(P*y[S])) => sum[S](a[S]*a[S]') = sum[S](scale[S]^2*(P*y[S]*y[S]'*P))"
"""The second moments of targets."""
SHORT = f"(c1*{PLAIN} - c[S]*{PLAIN})"

PARTS = ("all S: g[S] := W'*Q*a[S]", *LABEL_SETS)
NEAR = r"""Prototypes of the support are within $\bigl(\frac\mu{\lambda_H\pi_S}E\bigr)^{1/2}$ of these,
    $E\le\frac{\lambda K}{\alpha^2\sqrt\kappa}$ (Y0): in units of $\sqrt{\mu/\lambda_H}$, in which they converge, the
    rule is off by $O(\sqrt\lambda)$."""
VIRTUAL = "A virtual label set takes part, with the error of Y0a, if its target is in the span of the others."
OFF = "off by at most (mu/lambda_H E (1/pi_S + sum_k w_k^2/pi_{k}))^{1/2}, w its weights and E of Y0"

CHAPTER = Chapter(
    name="label_smoothing",
    title="Label smoothing",
    introduction=r"""With label smoothing $\varepsilon$ a loss is least at a *finite* logit $z^*_S$. As $\lambda\to0$
        the logits tend to it, whatever the labels: no sign condition, and an error of order $\sqrt\lambda$ instead of
        $1/\log\frac1\lambda$. Prototypes inherit every linear relation among the targets, with an explicit error at
        every penalty (Y0). A target must be in the span of those of the support (Y0a): the virtual prototype of a label
        outside of it follows no rule, as for K = 3 and the one label set {1,2}.""",
    notation=(
        (
            r"\varepsilon",
            r"""label smoothing: targets are $(1-\varepsilon)y_S+\frac\varepsilon2$ for BCE, and for PAL-CE
            $(1-\varepsilon)y_S+\varepsilon\frac{m_S}K$""",
        ),
        (r"z^*_S", r"the logits at which the prediction is the target"),
        (
            r"\ell=\log\frac{2-\varepsilon}\varepsilon,\ c_m=\log\bigl(1+\frac{K(1-\varepsilon)}{m\varepsilon}\bigr)",
            r"their sizes: $z^*_S=\ell s_S$ for BCE, $z^*_S=c_mPy_S$ for PAL-CE",
        ),
        (
            r"a_S,\ M=\sum_S\pi_Sa_Sa_S^\top,\ q_S=M^{+1/2}a_S",
            r"""$z^*_S$, less its mean if the bias is free; its second moment, with $\kappa$ its least eigenvalue
            (PAL-CE: on contrasts); the polar columns""",
        ),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the penalty"),
        (r"\tilde f=\sum_S\pi_Sc_{m_S}y_S,\ \tilde F=\mathbf 1^\top\tilde f", "scaled frequencies, and their sum"),
    ),
    claims=(
        Claim(
            id="Y0",
            title="finite targets",
            setting=ANY,
            hypotheses=(
                """L_S is least at z*_S; a_S is z*_S, less its mean with a free bias, M the second moment of a_S and q_S
                = M^{+1/2} a_S the polar column; mu = sqrt(lambda)""",
                """z0_S are the logits whose residual is mu q_S, less their mean if the bias is free, W0 h0_S = z0_S
                any factors of them, and mu E/2 = lambda_W/2 |W0|^2 + lambda_H/2 sum pi_S |h0_S|^2 - mu sum pi_S <q_S,
                z0_S>; for the best factors E is 2(N - sum pi_S <q_S, z0_S>), N the nuclear norm of z0""",
                """between z*_S and the logits with residual mu q_S the loss is strongly convex: at each of the two it
                is above its tangent at the other by alpha/2 times the square of their distance""",
            ),
            text="""lambda_H/mu sum pi_S |h_S - mu/lambda_H W^T q_S|^2 + 2/mu sum pi_S Delta_S(mu q_S, z_S) <= E at the
                optimum; so a combination of prototypes whose targets cancel, sum_S c_S a_S = 0, is at most (mu/lambda_H
                E sum c_S^2/pi_S)^{1/2} long; and, at full rank, E <= lambda K/(alpha^2 sqrt
                kappa) with W0 W0^T = mu/lambda_W M^{1/2} and the least h0, kappa the least eigenvalue of M""",
            tex=r"""Any convex loss with finite targets, with a free bias or without. Let $L_S$ be least at $z^*_S$, let
                $z^0_S$ be the logits whose residual is $\mu q_S$ (less their mean if the bias is free),
                $z^0_S=W_0h^0_S$ any factors of them, and
                $\frac\mu2E=\frac{\lambda_W}2\|W_0\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h^0_S\|^2-\mu\sum_S\pi_Sq_S^\top
                z^0_S$, a number that needs no optimum; for the best factors it is
                $E=2\bigl(\|Z^0D^{1/2}\|_*-\sum_S\pi_Sq_S^\top z^0_S\bigr)$. Then at the optimum
                $\frac{\lambda_H}\mu\sum_S\pi_S\bigl\|h_S-\frac\mu{\lambda_H}W^\top
                q_S\bigr\|^2+\frac2\mu\sum_S\pi_S\Delta_S(\mu q_S,z_S)\le E$. *Every linear relation among the targets
                is one of prototypes, up to an explicit error*: if $\sum_Sc_Sa_S=0$ then
                $\bigl\|\sum_Sc_Sh_S\bigr\|\le\bigl(\frac\mu{\lambda_H}E\sum_Sc_S^2/\pi_S\bigr)^{1/2}$. If the loss is
                strongly convex by $\alpha$ between $z^*_S$ and the logits with residual $\mu q_S$, then at full rank
                factors with $W_0W_0^\top=\frac\mu{\lambda_W}M^{1/2}$ have $E\le\frac{\lambda K}{\alpha^2\sqrt\kappa}$.
                In units of $\sqrt{\mu/\lambda_H}$, in which prototypes converge, the error is then $O(\sqrt\lambda)$:
                for every label distribution whose targets have full rank, without a sign condition.""",
            source="new here; T8 with targets in the place of the hard-margin logits",
            gloss="with finite targets, prototypes inherit the linear relations of the targets up to O(sqrt lambda)",
            variants={
                "half the error": "both",
                "alpha in place of its square": "both",
                "lambda for its root": "check",
                "the squared loss with the opposite sign": "proof",
            },
            remark=r"""For smoothed BCE $\alpha$ is the least $p(1-p)$ over the entries $p$ of the target and of the
                target less $\mu q_S$; for smoothed PAL-CE the least entry of the two, and contrasts are what is
                strongly convex. So what replaces $\kappa$ of the hard-margin limit is the least eigenvalue of $M$: see
                Y3. *The modulus is needed*: for $K=1$ and the loss $\frac14(z-1)^4$ the error is of order $\mu^{1/3}$,
                and that is what the bound says, with $\alpha$ of order $\mu^{2/3}$. *So is the rank* for the rate: at a
                deficient one the nuclear norm of what $z^0-z^*$ has outside the range is added twice to $E$, which may
                be of order $\mu$. Certified, for four skewed labels: ![the rule of each loss and bias against the
                penalty, with smoothed labels and without](smoothed_against_lambda.svg) For BCE, whose curvature at the
                target is the same in all directions, deviations fall faster than the bound, about like $\lambda$.""",
            formal=Formal(
                letters=FINITE_LETTERS,
                given=FINITE,
                goal=FINITE_GOAL,
                besides="that the best factors give twice the nuclear norm; that prototypes converge in that unit",
            ),
        ),
        Claim(
            id="Y0a",
            title="virtual prototypes of finite targets",
            setting=ANY,
            hypotheses=(
                "those of Y0, for the support and for a label set T outside it",
                "a_T is in the span of the support's: a_T = sum pi_S c_S a_S, and h' = sum pi_S c_S h_S + x for any x",
            ),
            text="""lambda_H/2 |h_T - mu/lambda_H W^T q_T|^2 <= Delta_T(mu q_T, W h' + b) + lambda_H |x|^2 + mu E sum
                pi_S c_S^2 for the virtual prototype h_T fitted to the optimal W and b, with E of Y0""",
            tex=r"""In the situation of Y0 let $T$ be a label set outside the support, with $a_T=\sum_S\pi_Sc_Sa_S$. Let
                $h_T$ be its *virtual* prototype, fitted to the optimal $W$ and $b$, and $h'=\sum_S\pi_Sc_Sh_S+x$ with
                any $x$. Then $\frac{\lambda_H}2\bigl\|h_T-\frac\mu{\lambda_H}W^\top
                q_T\bigr\|^2\le\Delta_T(\mu q_T,Wh'+b)+\lambda_H\|x\|^2+\mu E\sum_S\pi_Sc_S^2$. Where $W$ has the rank
                of the targets there is an $x$ with $Wh'+b$ the logits of the residual $\mu q_T$, for which the
                divergence is 0, and $\|x\|$ is of order $\mu$ in units of $\sqrt{\mu/\lambda_H}$: virtual prototypes
                take part with an error of order $\sqrt\lambda$ as well.""",
            source="new here",
            domain="few labels",
            variants={
                "the features of the remainder left out": "check",
                "lambda for its root": "check",
                "the square of a sum at most the sum of squares": "proof",
            },
            formal=Formal(
                letters=(*FINITE_LETTERS, "L1(K), D1(K): 1; a1, r1: K; h1, x1: d"),
                given=(
                    *FINITE,
                    "all x: D1(mu*Q*a1) - (mu*Q*a1)'*x <= L1(x)",
                    "all x: D1(r1) - r1'*x <= L1(x)",
                    "lambda_H*h1 = W'*r1",
                    "D1(r1) = L1(W*h1 + b) + r1'*(W*h1 + b)",
                    "sum[S](c[S]*a[S]) = a1",
                ),
                goal=f"""lambda_H/2*((h1 - mu/lambda_H*(W'*Q*a1))'*(h1 - mu/lambda_H*(W'*Q*a1)))
                    <= L1({MOVED}) - D1(mu*Q*a1) + (mu*Q*a1)'*({MOVED}) + lambda_H*(x1'*x1)
                    + 2*sum[S](c[S]^2)*({POLAR_ERROR})""",
                besides="the order of x",
            ),
        ),
        Claim(
            id="Y1",
            title="uniform rule, smoothed BCE",
            setting=BCE,
            hypotheses=(SMOOTHED, "K is not 2", DOMAIN),
            text=f"""h_S = sum_{{k in S}} h_{{k}} - (m_S - 1)/(K - 2) sum_j h_{{j}}, whatever the imbalance and without
                a sign condition: exactly for the polar prototypes of the targets, mu/lambda_H W^T N^{{-1/2}} s_S, at
                every lambda, and for optimal prototypes of the support {OFF}, E <= lambda K/(alpha^2 l sqrt
                lambda_min(N))""",
            tex=rf"""$z^*_S=\ell s_S$, and the polar prototypes $\frac\mu{{\lambda_H}}W^\top N^{{-1/2}}s_S$ satisfy
                $h_S=\sum_{{k\in S}}h_{{\{{k\}}}}-\frac{{m_S-1}}{{K-2}}\sum_jh_{{\{{j\}}}}$ ($K\ne2$) exactly, at every
                $\lambda$. {NEAR} {VIRTUAL}""",
            source="new here",
            gloss="uniform corrections are exact in the limit for any imbalance if labels are smoothed",
            domain="singletons",
            variants={"plain sums": "both", "K in place of K - 2": "both"},
            formal=Formal(
                letters=(*FINITE_LETTERS, "g[sets], h1[labels]: d; ell: 1"),
                given=(
                    *FINITE,
                    "all S: a[S] = ell*(2*y[S] - ones)",
                    "all k: h1[k] = ell*(W'*Q*(2*e[k] - ones))",
                    "K - 2 != 0",
                    *PARTS,
                ),
                goal=f"(all S: g[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])) and ({FINITE_GOAL})",
                besides=RATE,
            ),
        ),
        Claim(
            id="Y1a",
            title="weighted rule, smoothed BCE",
            setting=BCE_FREE,
            hypotheses=(SMOOTHED, "m-bar is not 1", DOMAIN),
            text=f"""h_S = sum_{{k in S}} h_{{k}} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{{j}}, the
                class-frequency-weighted rule, without a sign condition: exactly for the polar prototypes of the
                targets, mu/lambda_H W^T C^{{-1/2}} (y_S - f), at every lambda, and for optimal prototypes of the
                support {OFF}, E <= lambda K/(2 alpha^2 l sqrt lambda_min(C))""",
            tex=rf"""$z^*_S$ less its mean is $2\ell(y_S-f)$, and the polar prototypes $\frac\mu{{\lambda_H}}W^\top
                C^{{-1/2}}(y_S-f)$ satisfy $h_S=\sum_{{k\in S}}h_{{\{{k\}}}}-\frac{{m_S-1}}{{\bar
                m-1}}\sum_jf_jh_{{\{{j\}}}}$ ($\bar m\ne1$) exactly, at every $\lambda$. {NEAR} {VIRTUAL}""",
            source="the paper's abstract (P1) in the reading of the synthesis; new here",
            gloss="the class-frequency-weighted rule is exact in the limit for any imbalance if labels are smoothed",
            domain="singletons",
            variants={"plain sums": "both", "uniform corrections": "both"},
            formal=Formal(
                letters=(*FINITE_LETTERS, "g[sets], h1[labels]: d; ell: 1"),
                given=(
                    *FINITE,
                    "all S: a[S] = 2*ell*(y[S] - f)",
                    "all k: h1[k] = 2*ell*(W'*Q*(e[k] - f))",
                    "mbar - 1 != 0",
                    "f := sum[S](y[S])",
                    "mbar = sum[S](m[S])",
                    *PARTS,
                ),
                goal=f"(all S: g[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])) and ({FINITE_GOAL})",
                besides=RATE,
            ),
        ),
        Claim(
            id="Y2",
            title="scaled averages, smoothed PAL-CE",
            setting=PAL,
            hypotheses=(SMOOTHED, DOMAIN),
            text=f"""h_S = c_m/c_1 sum_{{k in S}} h_{{k}} with c_m = log(1 + K (1 - eps)/(m eps)) for sets of m labels:
                scaled tag-wise averaging with one known factor per multiplicity, whatever the imbalance and the
                correlations of the labels; exactly for the polar prototypes of the targets, mu/lambda_H W^T M^{{+1/2}}
                c_m P y_S, at every lambda, and for optimal prototypes of the support {OFF}, E <= lambda K/(alpha^2 sqrt
                kappa)""",
            tex=rf"""$z^*_S=c_{{m_S}}Py_S$, and the polar prototypes $\frac\mu{{\lambda_H}}W^\top
                M^{{+1/2}}c_{{m_S}}Py_S$ satisfy $h_S=\frac{{c_m}}{{c_1}}\sum_{{k\in S}}h_{{\{{k\}}}}$ exactly, at every
                $\lambda$: the scaled-average part of the conjecture of Li et al. is true under label smoothing, with no
                orthogonality. {NEAR} {VIRTUAL}""",
            source="new here (the conjecture is of Li et al. 2024)",
            gloss="tag-wise averaging holds in the limit for any imbalance if labels are smoothed",
            domain="singletons",
            variants={"plain sums": "both", "the factor c_1/c_m": "both"},
            formal=Formal(
                letters=(*FINITE_LETTERS, "g[sets], h1[labels]: d; scale[sets], c1: 1"),
                given=(
                    *FINITE,
                    "all S: a[S] = scale[S]*(P*y[S])",
                    "all k: h1[k] = c1*(W'*Q*P*e[k])",
                    "c1 != 0",
                    *PARTS,
                ),
                goal=f"(all S: g[S] = scale[S]/c1*{PLAIN}) and ({FINITE_GOAL})",
                besides=RATE,
            ),
        ),
        Claim(
            id="Y2a",
            title="scaled weighted rule, smoothed PAL-CE",
            setting=PAL_FREE,
            hypotheses=(SMOOTHED, "F~ is not c_1, which it is for single labels only", DOMAIN),
            text=f"""h_S = c_m/c_1 sum_{{k in S}} h_{{k}} + (c_m m/c_1 - 1)/(c_1 - F~) sum_j f~_j h_{{j}}, with f~ = sum
                pi_S c_m y_S and F~ its sum: exactly for the polar prototypes of the targets less their mean, at every
                lambda, and for optimal prototypes of the support {OFF}, E <= lambda K/(alpha^2 sqrt kappa)""",
            tex=rf"""The targets less their mean are $P(c_{{m_S}}y_S-\tilde f)$, and the polar prototypes satisfy
                $h_S=\frac{{c_m}}{{c_1}}\sum_{{k\in S}}h_{{\{{k\}}}}+\frac{{c_mm/c_1-1}}{{c_1-\tilde F}}\sum_j\tilde
                f_jh_{{\{{j\}}}}$ ($\tilde F\ne c_1$) exactly, at every $\lambda$. {NEAR} {VIRTUAL}""",
            source="new here",
            gloss="sums scaled and corrected by known factors are exact in the limit if labels are smoothed",
            domain="singletons",
            variants={"scaled sums": "both", "plain class frequencies": "both"},
            formal=Formal(
                letters=(*FINITE_LETTERS, "g[sets], h1[labels]: d; scale[sets], c1, total: 1; ft: K"),
                given=(
                    *FINITE,
                    "all S: a[S] = scale[S]*(P*y[S]) - P*ft",
                    "all k: h1[k] = c1*(W'*Q*P*e[k]) - W'*Q*P*ft",
                    "c1 != 0",
                    "c1 - total != 0",
                    "ft := sum[S](scale[S]*y[S])",
                    "total = sum[S](scale[S]*m[S])",
                    *PARTS,
                ),
                goal=f"(all S: g[S] = scale[S]/c1*{PLAIN} + {COMMON}*sum[k](e[k]'*ft*h1[k])) and ({FINITE_GOAL})",
                besides=RATE,
            ),
        ),
        Claim(
            id="Y3",
            title="stability under smoothing",
            setting=Setting("BCE or PAL-CE with label smoothing", "none or free", "any", "that of the targets, full"),
            hypotheses=(
                SMOOTHED,
                """M and M' are second moments of the a_S of Y0 for two distributions, with least eigenvalues kappa and
                kappa' on the span of all targets: all vectors for BCE, contrasts for PAL-CE""",
            ),
            text="""M is l^2 N for BCE, 4 l^2 C with a free bias, and the second moment of c_m P y_S for PAL-CE; and
                |M^{1/2} - M'^{1/2}| <= |M - M'|/(sqrt kappa + sqrt kappa') in spectral norms, and M^{1/2} >= sqrt kappa
                on that span: what bounds the condition of the terminal geometry, and the error of Y0, is kappa""",
            tex=r"""$M=\ell^2N$ for BCE, $4\ell^2C$ with a free bias, and $\sum_S\pi_Sc_{m_S}^2Py_Sy_S^\top P$ for
                PAL-CE (its covariance with a free bias). On the span of all targets (contrasts for PAL-CE), with
                $\kappa$ and $\kappa'$ positive,
                $\|M^{1/2}-M'^{1/2}\|_2\le\frac{\|M-M'\|_2}{\sqrt\kappa+\sqrt{\kappa'}}$ and
                $M^{1/2}\succeq\sqrt\kappa$. So the least eigenvalue of $M$ takes the place of that of $\Sigma$ (T5),
                for the geometry and for the rate of Y0, which has no logarithm.""",
            source="new here; T5 for the moment of targets",
            domain="singletons",
            variants={
                "2 l^2 C": "both",
                "1 % smaller": "check",
                "a third of the bound": "proof",
                "kappa itself for its root": "check",
            },
            remark=r"""That the Gram matrix of the classifier tends to $M^{1/2}$ is D1 at $t=1$, in which nothing is
                about signs.""",
            formal=Formal(
                letters=("a[sets], u2: K; scale[sets], ell, s, s2, norm, apart: 1; Span, Root, Root2: K x K",),
                given=(
                    CENTERED[0],
                    "Span' = Span",
                    "Span*Span = Span",
                    "psd Root",
                    "psd Root2",
                    "Span*Root = Root",
                    "Span*Root2 = Root2",
                    "0 < s",
                    "0 < s2",
                    "all x: s^2*(x'*Span*x) <= x'*Root*Root*x",
                    "all x: s2^2*(x'*Span*x) <= x'*Root2*Root2*x",
                    """all x: x'*(Root*Root - Root2*Root2)*x <= norm*(x'*x)
                    and -norm*(x'*x) <= x'*(Root*Root - Root2*Root2)*x""",
                    "all x: x'*(Root - Root2)*x <= apart*(x'*x) and -apart*(x'*x) <= x'*(Root - Root2)*x",
                    "some x: x'*x = 1 and (x'*(Root - Root2)*x = apart or x'*(Root - Root2)*x = -apart)",
                ),
                goal=f"""({SIGNS}) and ({CENTERED_SIGNS}) and ({PICKED}) and apart*(s + s2) <= norm
                    and psd (Root - s*Span)""",
                besides="what the moment is for PAL-CE with a free bias",
            ),
        ),
        Claim(
            id="Y4",
            title="two limits that do not commute",
            setting=Setting("PAL-CE with label smoothing", "none", "any", "any"),
            hypotheses=(SMOOTHED, "g_S = c_m/c_1 sum_{k in S} g_{k}, as the polar prototypes of Y2 are"),
            text="""0 <= c_1 - c_m <= log m, so that g_S is at most log m/c_1 times the length of sum_{k in S} g_{k}
                away from it, c_1 = log(1 + K (1 - eps)/eps): the smaller eps, the nearer to plain sums, for every
                distribution that Y2 is about, without a sign condition""",
            tex=r"""$0\le c_1-c_m\le\log m$, so that the prototypes $g_S=\frac{c_m}{c_1}\sum_{k\in S}g_{\{k\}}$ of Y2
                are within $\frac{\log m}{c_1}\bigl\|\sum_{k\in S}g_{\{k\}}\bigr\|$ of plain sums, and
                $c_1=\log\bigl(1+\frac{K(1-\varepsilon)}\varepsilon\bigr)\to\infty$ as $\varepsilon\to0$. *So
                $\varepsilon\to0$ after $\lambda\to0$ gives plain sums for every distribution that Y2 is about.*""",
            source="new here",
            domain="singletons",
            variants={"half of log m": "both", "the factor c_1/c_m": "proof", "without the error of Y0": "check"},
            remark=r"""At $\varepsilon=0$ plain sums are the limit for $\lambda\to0$ where the sign condition guarantees
                them (W4); where it is violated the loss tends to that of another hard-margin solution (T7). With a free
                bias Y2a's weights tend to those of W3, since $c_m/c_1$ tends to 1 for every $m$. For BCE the rules do
                not contain $\varepsilon$: they are Y1's and Y1a's for every $\varepsilon>0$, and at $\varepsilon=0$
                those of B3 and B3a under the sign condition.""",
            formal=Formal(
                letters=("log(1), c[sets], c1, eps, odds, share, share2: 1; h1[labels]: d",),
                given=("0 < eps", "eps < 1", "odds = K*(1 - eps)/eps", "all S: 1 <= m[S]", *FACTORS),
                goal=f"""0 < c1 and (all S: 0 <= c1 - c[S] and c1 - c[S] <= log(m[S]))
                    and (all S: {SHORT}'*{SHORT} <= log(m[S])^2*({PLAIN}'*{PLAIN}))""",
                besides="""that c_1 has no bound as eps tends to 0, so that plain sums are the limit; that without
                    smoothing the limit may be another one (T7)""",
            ),
        ),
    ),
)
