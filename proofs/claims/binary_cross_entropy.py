"""Entries B: binary cross entropy."""

import re
from dataclasses import replace

from proofs.claims.closed_form_formulas import B5A, B5B, B5C, B5D, B5E, B6, B6A, BINARY_LOSS
from proofs.claims.converse_formulas import B3C
from proofs.claims.entry import Answer, Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    AT_POLAR_LOGITS,
    LABEL_SETS,
    LABELS_APART,
    NEAR_POLAR,
    PAL_CE,
    POLAR_DOMAIN,
    POLAR_FACTORS,
    POLAR_FORM,
    POLAR_GOAL,
    POLAR_LETTERS,
    POLAR_RATE,
    POLAR_WINDOW,
    ROOT,
)

ANY_LOSS = Setting("PAL-CE, BCE or MSE", "none or free", "any", "any")
BCE = Setting("BCE", "none or free", "d >= K", "any")
LIMIT = Setting("BCE", "none", "d >= K", "K, of N")
FREE_LIMIT = Setting("BCE", "free", "d >= K", "K, of C")

STRICT = """the strict sign condition of B1, for the support and for the virtual label sets, the empty one included,
    that take part"""
PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
AFFINE = "all S: h[S] - h0 = sum[k](e[k]'*y[S]*(h1[k] - h0))"
POLAR_AFFINE = AFFINE.replace("h[S]", "g[S]")
ONLY = "all v, nu: sum[k]((e[k]'*v)*h1[k]) = sum[k]((e[k]'*nu)*h1[k]) => v = nu"
THEIRS = "1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S])"
SIGN = "(2*(e[k]'*y[S]) - 1)"
MOVED = "W*(h[T] + same[S, T]*u)"
"""B1: what a label of a set is for BCE, 1 or -1, and logits where the features of one label set are moved by u."""
SHARE = "(e[k]'*(y[S] - r[S]))"
REST = "(1 - e[k]'*(y[S] - r[S]))"
INSIDE = f"all S, k: 0 < {SHARE} and 0 < {REST}"
OWN_LOGITS = f"all S, k: e[k]'*z[S] = log({SHARE}) - log({REST})"
VALUE = f"(-sum[k]({SHARE}*log({SHARE}) + {REST}*log({REST})))"
"""The two probabilities of a label at the polar residuals, the loss, and its dual value."""
_V, _V2 = (POLAR_WINDOW.format(one) for one in (SHARE, REST))
WINDOW = f"8*({_V} + ({_V})^2) + 8*({_V2} + ({_V2})^2)"
ON = """e[k]'*y[S] = 1 => 0 < (e[k]'*Q*a[S])
    and e[k]'*z[S] = -1/2*log(lambda) - log(e[k]'*Q*a[S]) + log(1 - mu*(e[k]'*Q*a[S]))"""
OFF = """e[k]'*y[S] = 0 => 0 < (-e[k]'*Q*a[S])
    and -e[k]'*z[S] = -1/2*log(lambda) - log(-e[k]'*Q*a[S]) + log(1 + mu*(e[k]'*Q*a[S]))"""
"""B2: how far logits are from those of the polar point, and what these are."""
SIGN_MOMENT = "N = sum[S]((2*y[S] - ones)*(2*y[S] - ones)')"
PAST = "all t: past(t)^2 = past(t) and 0 <= past(t)*t and (1 - past(t))*t <= 0"
"""B4a: past(t) is 1 for positive numbers and 0 for negative ones, so that |t| = (2 past(t) - 1) t."""
_ENTRY = "(e[k]'*{0}*e[j])"
DOMINANT = f"all k: sum[j]((2*past({_ENTRY}) - 1)*{_ENTRY}) <= 2*(e[k]'*{{0}}*e[k])"
BOX_SIGNS = """all v: (all k: (e[k]'*v)^2 = e[k]'*v)
    => (all k: 0 <= (2*(e[k]'*v) - 1)*(e[k]'*{0}*(v - {1})))"""
VERTEX_SIGNS = BOX_SIGNS.replace("(v - {1})", "(2*v - ones)")
"""B4a: a matrix with a diagonal that is not negative is diagonally dominant, and has the signs of all label sets, less
a mean or without."""
SINGLE = "(some k: one[S] = e[k] and full[S] = 0)"
KINDS = f"all S: {SINGLE} or (one[S] = 0 and full[S] = 0) or (one[S] = ones and full[S] = 1)"
NOT_BOTH = "((all S: full[S] = 0) or (all S: 1 <= ones'*one[S]))"
"""B4b: one label, none or all of them; and not both of the latter."""
TWO_LABELS = "all k: ones = e[k] or (some j: ones = e[k] + e[j])"
THREE_LABELS = f"{TWO_LABELS} or (some i, j: ones = e[k] + e[i] + e[j])"
FOUR_FAIL = f"""all Q: psd Q and Q*sum[S]((2*y[S] - ones)*(2*y[S] - ones)')*Q = I[K]
    => (some S, k: -1403/20000 < {SIGN}*(e[k]'*Q*(2*y[S] - ones))
    and {SIGN}*(e[k]'*Q*(2*y[S] - ones)) < -1401/20000)"""
_MEAN = "(other[p] - sum[p](other[p]))"
THREE_FAIL = f"""all Root3: psd Root3 and Root3*sum[p]({_MEAN}*{_MEAN}')*Root3 = I[n]
    => (some p: first'*other[p] = 0 and 0 < first'*Root3*{_MEAN} and 11*(first'*Root3*{_MEAN})^2 = 1)"""
"""B4: up to two or three labels; and that signs are wrong somewhere without a bias, and with a free one, at the label
whose indicator is first."""
BEST_CONSTANT = """some A, B: A' = A and B' = B and A*B = I[K]
    and (all x: low*(x'*x) <= x'*B*x and x'*B*x <= high*(x'*x)) and sign*(e[k]'*A*v) < 0"""
"""B4c: what no constant but its own excludes, a root with extreme eigenvalues low and high."""
SIZES = ("f := sum[S](y[S])", "mbar = sum[S](m[S])")

CHAPTER = Chapter(
    name="binary_cross_entropy",
    title="Binary cross entropy",
    introduction=r"""Networks with several labels per sample are trained with binary cross entropy (BCE), one
        sigmoid per label. It sees what pick-all-labels cross entropy does not: the level of the logits, samples
        without labels and samples with all of them. So its geometry is that of *sign vectors* $s_S=2y_S-1$ on all
        of $\mathbb R^K$, and a prototype of several labels is a synthesis of three kinds as $\lambda\to0$:
        uniformly corrected without a bias (B3), corrected by class frequencies with a free one (B3a), and with the
        prototype of no label in both cases (B0). The corrections are genuine here: plain sums fail.""",
    notation=(
        (r"y_S,\ s_S=2y_S-\mathbf 1", "indicator and sign vector of the label set $S$"),
        (r"f=\sum_S\pi_Sy_S,\ \bar m=\sum_kf_k", "class frequencies, and the mean number of labels"),
        (r"N=\sum_S\pi_Ss_Ss_S^\top", "second moment of the sign vectors: unit diagonal, trace $K$"),
        (r"C=\sum_S\pi_S(y_S-f)(y_S-f)^\top", r"covariance of the labels; $N=4C+(2f-\mathbf 1)(2f-\mathbf 1)^\top$"),
        (
            r"q_S=N^{+1/2}s_S",
            r"""the polar columns; with a free bias $q_S=C^{+1/2}(y_S-f)$. *Sign condition* (B1): $s_S\circ q_S\ge0$ for
            every $S$ in the support; *strict* if no entry is 0""",
        ),
        (r"h_\varnothing", "prototype of samples without labels, virtual where there are none"),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the penalty"),
        (r"\mathrm h(p)=-p\log p-(1-p)\log(1-p)", "binary entropy, in nats"),
    ),
    claims=(
        Claim(
            id="B0",
            title="affine rule",
            setting=ANY_LOSS,
            hypotheses=("features are stationary, real or virtual; for PAL-CE the empty set has the prototype 0",),
            text="""if prototypes are affine in y_S then h_S - h_{} = sum_{k in S} (h_{k} - h_{}), with h_{} the
                prototype of no label; for the squared loss they are, at every lambda, with and without a bias,
                m-bar = 1 included; for any loss the defect is -1/lambda_H W^T (p_S - p_{} - sum_{k in S} (p_{k} -
                p_{})), p = y - r the predictions""",
            tex=r"""Any loss whose residuals are $r=y-p$. *(a)* If prototypes are affine in $y_S$, real and virtual,
                then $h_S-h_\varnothing=\sum_{k\in S}(h_{\{k\}}-h_\varnothing)$. *(b)* For MSE that is so at every
                $\lambda$ and any classifier, with any bias, $\bar m=1$ included. *(c)* For any loss the defect is
                $-\frac1{\lambda_H}W^\top\bigl(p_S-p_\varnothing-\sum_{k\in S}(p_{\{k\}}-p_\varnothing)\bigr)$, for BCE
                with $p=\sigma(z)$.""",
            source="new here; it needs no class frequencies, and closes the hole of W2b at m-bar = 1",
            variants={
                "without the prototype of no label": "both",
                "m_S times the prototype of no label": "both",
                "the defect with the opposite sign": "proof",
                "exact for any predictions": "proof",
            },
            formal=Formal(
                letters=("h1[labels], h0, c: d; t[sets], t1[labels], t0: K; A: d x K",),
                given=(
                    "all S: lambda_H*h[S] = W'*(y[S] - t[S])",
                    "all k: lambda_H*h1[k] = W'*(e[k] - t1[k])",
                    "lambda_H*h0 = -W'*t0",
                    "0 < lambda_H",
                    *LABEL_SETS,
                ),
                goal=f"""((all S: h[S] = A*y[S] + c) and (all k: h1[k] = A*e[k] + c) and h0 = c => ({AFFINE}))
                    and ((all S: t[S] = W*h[S] + b) and (all k: t1[k] = W*h1[k] + b) and t0 = W*h0 + b => ({AFFINE}))
                    and (all S: h[S] - h0 - sum[k](e[k]'*y[S]*(h1[k] - h0))
                    = -1/lambda_H*(W'*(t[S] - t0 - sum[k](e[k]'*y[S]*(t1[k] - t0)))))""",
            ),
        ),
        Claim(
            id="B1",
            title="hard margin of sign vectors",
            setting=Setting("BCE, its hard-margin problem", "none or free", "d >= the rank", "any; K for necessity"),
            hypotheses=(
                """sign condition: s_S o q_S >= 0 for all S in the support, with s_S = 2 y_S - 1, q_S = N^{+1/2} s_S
                and N = sum_S pi_S s_S s_S^T; with a free bias q_S = C^{+1/2} (y_S - f)""",
                "lambda_W = lambda_H, for the Gram matrix",
            ),
            text="""the logits s_S have the least nuclear norm, apart from a free bias, among all with s_{S,k}
                z_{S,k} >= 1, with W W^T = N^{1/2} and value tr N^{1/2} (free bias: b = 2f - 1, 2 C^{1/2} and 2 tr
                C^{1/2}), and are the only ones if the condition is strict; at rank K only under the condition""",
            tex=r"""BCE. Suppose $s_S\circ q_S\ge0$ for all $S$ in the support, $q_S=N^{+1/2}s_S$ (*sign
                condition*). Then $z_S=s_S$ minimises the regulariser $\|ZD^{1/2}\|_*$ among logits with
                $s_{S,k}z_{S,k}\ge1$, with value $\mathrm{tr}\,N^{1/2}$ and $WW^\top=N^{1/2}$ (for
                $\lambda_W=\lambda_H$); they are the only ones if the inequalities are strict. With a free bias the
                same holds with $q_S=C^{+1/2}(y_S-f)$: $z_S=s_S$, $b=2f-\mathbf1$, value
                $2\mathrm{tr}\,C^{1/2}$, $WW^\top=2C^{1/2}$. No rank is assumed; at rank $K$ the condition is
                also necessary.""",
            source="new here; T1 for another loss",
            variants={
                "twice the minimum": "both",
                "tr N in place of tr N^{1/2} for the minimum": "both",
                "with a free bias the frequencies not subtracted": "both",
                "the polar columns with the inverse in place of its root": "proof",
                "without the sign condition": "check",
                "never, even under it": "check",
            },
            remark=r"""The nuclear norm is in the formal statement the trace of the root of the second moment of the
                logits, and half the least $\|W\|^2+\sum_S\pi_S\|h_S\|^2$ over all factors of them. *Necessity*: where
                an entry of $s_S\circ q_S$ is negative, the logit there is raised by moving the features of that label
                set alone, which get shorter; its premise is that they cannot.""",
            formal=Formal(
                letters=(
                    "Root, Q, Pi, Root2, Q2, Pi2: K x K; a[sets], b2, z2[sets]: K; W2: K x d; h2[sets]: d",
                    "same[sets, sets], step: 1",
                ),
                given=(
                    "f := sum[S](y[S])",
                    *LABEL_SETS,
                    *LABELS_APART,
                    """((all S: a[S] = 2*y[S] - ones) and b = 0 and b2 = 0)
                    or ((all S: a[S] = 2*y[S] - 2*f) and b = 2*f - ones)""",
                    *ROOT,
                    "Root*Root = sum[S](a[S]*a[S]')",
                    "W*W' = Root",
                    "all S: h[S] = W'*Q*a[S]",
                    *(re.sub(r"\b(Root|Q|Pi)\b", r"\g<1>2", text) for text in ROOT),
                    "Root2*Root2 = sum[S](z2[S]*z2[S]')",
                    f"all S, k: 1 <= {SIGN}*(e[k]'*(z2[S] + b2))",
                    "all S, T: same[S, T]^2 := same[S, T]",
                    "all S: same[S, S] := 1",
                    "all S, T: same[S, T]*y[T] = same[S, T]*y[S]",
                ),
                goal=f"""(all S: W*h[S] + b = 2*y[S] - ones)
                    and 1/2*tr(W'*W) + 1/2*sum[S](h[S]'*h[S]) = tr(Root)
                    and ((all S: W2*h2[S] = z2[S]) => tr(Root2) <= {THEIRS})
                    and (W2*W2' = Root2 and (all S: h2[S] = W2'*Q2*z2[S])
                    => (all S: W2*h2[S] = z2[S]) and {THEIRS} = tr(Root2))
                    and ((all S, k: 0 <= {SIGN}*(e[k]'*Q*a[S])) => tr(Root) <= tr(Root2))
                    and ((all S, k: 0 < {SIGN}*(e[k]'*Q*a[S])) and tr(Root2) = tr(Root)
                    => (all S: z2[S] + b2 = 2*y[S] - ones))
                    and ((all S: W2*h2[S] = a[S]) and {THEIRS} = tr(Root) => W2*W2' = Root)
                    and (Pi = I[K] and (all S, u: (all T, k: 1 <= {SIGN.replace("S", "T")}*(e[k]'*({MOVED} + b)))
                    => sum[T](h[T]'*h[T]) <= sum[T]((h[T] + same[S, T]*u)'*(h[T] + same[S, T]*u)))
                    => (all S, k: 0 <= {SIGN}*(e[k]'*Q*a[S])))""",
            ),
        ),
        Claim(
            id="B2",
            title="logarithmic approach, BCE",
            setting=replace(BCE, rank="any; K for the rate"),
            hypotheses=(
                """those of T8 for BCE: the sign condition of B1 holds strictly, and mu q_S is in the interior of the
                domain of the loss, mu = sqrt(lambda); q_S = N^{+1/2} s_S, with a free bias C^{+1/2}(y_S - f)""",
            ),
            text="""s_{S,k} z_{S,k} = 1/2 log 1/lambda - log u + log(1 - mu u) + x with u = (s_S o q_S)_k and x^2 <= 8
                (v + v^2 + v' + v'^2), v = E/(2 pi_S u) and v' = mu E/(2 pi_S (1 - mu u)), for every label k and label
                set S of the support, E of T8""",
            tex=r"""BCE, with a free bias or without, any rank, under the strict sign condition. At every $\lambda$ at
                which $\mu q_S$ is in the interior of the domain the optimal logits satisfy, with $u=s_{S,k}q_{S,k}>0$,
                $s_{S,k}z_{S,k}=\frac12\log\frac1\lambda-\log u+\log(1-\mu u)+x$ where $x^2\le8(v+v^2+v'+v'^2)$,
                $v=\frac E{2\pi_Su}$, $v'=\frac{\mu E}{2\pi_S(1-\mu u)}$ and $E$ is the explicit error of T8. At rank
                $K$ $E\le Q/\tau$, so for $\lambda\to0$
                $s_{S,k}z_{S,k}=\frac12\log\frac1\lambda-\log u+O\bigl(1/\sqrt{\log(1/\lambda)}\bigr)$; at any rank $E$
                is bounded, so the direction of the logits tends to the hard-margin solution $s_S$ of B1.""",
            source="new here; T2 for another loss",
            domain="strict sign condition, BCE",
            variants={
                "log 1/lambda in place of its half": "both",
                "the constant with the opposite sign": "both",
                "no constant": "check",
                "a thousandth of the square": "check",
                "the probability of the presence for that of the absence": "proof",
            },
            remark=r"""How far the least loss is from that of the polar point is D1. The exact equation of T2a holds
                with logits as they are in the place of centered ones, and with a free bias less their mean; from it
                expansions to second order follow as there, which are not claimed here.""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "log(1), ex(1), share, share2, total, ratio, half, most: 1"),
                given=(*AT_POLAR_LOGITS, *LABEL_SETS, PAL_CE[0], BINARY_LOSS, INSIDE, OWN_LOGITS),
                goal=f"""(all S, k: (e[k]'*(W*h[S] + b - z[S]))^2 <= {WINDOW})
                    and ((all S, k: {ON}) and (all S, k: {OFF}))
                    and ({POLAR_FACTORS} => {POLAR_FORM})""",
                besides="that Q converges, that E is bounded at any rank, and what the nuclear norm is (T8)",
            ),
        ),
        Claim(
            id="B3",
            title="uniform rule, terminal phase",
            setting=LIMIT,
            hypotheses=(STRICT, "K is not 2, for the first clause", POLAR_DOMAIN),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/(K - 2) sum_j h_{j}, whatever the
                imbalance, and h_S - h_{} = sum_{k in S} (h_{k} - h_{}): exactly for the polar prototypes mu/lambda_H
                W^T q_S, q_S = N^{-1/2} s_S, of which these weights are the only ones if W has rank K, at every lambda;
                and for optimal prototypes of the support it is off by at most (mu/lambda_H E (1/pi_S + sum_k
                w_k^2/pi_{k}))^{1/2}, w its weights and E that of T8""",
            tex=r"""BCE without bias, $N$ of rank $K$. Under the strict sign condition the polar prototypes
                $\frac\mu{\lambda_H}W^\top N^{-1/2}s_S$ satisfy $h_S=\sum_{k\in
                S}h_{\{k\}}-\frac{m_S-1}{K-2}\sum_jh_{\{j\}}$ ($K\ne2$), whatever the imbalance, with the only weights
                there are (if $W$ has rank $K$), and $h_S-h_\varnothing=\sum_{k\in S}(h_{\{k\}}-h_\varnothing)$,
                exactly, at every $\lambda$ at which $\mu q_S$ is in the domain. The optimal prototypes of the support
                satisfy it up to $\bigl(\frac\mu{\lambda_H}E\,(1/\pi_S+\sum_kw_k^2/\pi_{\{k\}})\bigr)^{1/2}$, with $w$
                its weights and the explicit $E\le Q/\tau$ of T8, while they themselves grow like $\sqrt\tau$,
                $\tau=\frac12\log\frac1\lambda$: in the limit the rule is exact, with a relative error of at most order
                $1/\tau$. A virtual label set takes part if the sign condition holds strictly for it too, with the error
                of T8a.""",
            source="new here",
            gloss="uniform corrections are exact in the limit, plain sums are not",
            domain="strict sign condition, BCE",
            variants={
                "plain sums": "both",
                "K in place of K - 2": "both",
                "corrected by class frequencies": "both",
                "m_S in place of m_S - 1": "proof",
            },
            remark=r"""Without a bias, complements have opposite prototypes at every penalty. So label sets of $K-1$
                labels, and all of three, follow the rule exactly at every penalty, whatever the distribution.
                Elsewhere deviations at a finite penalty are far smaller than those of PAL-CE's rules; `mlnc solve`
                shows them for labels of one's own.""",
            formal=Formal(
                besides=POLAR_RATE,
                letters=(*POLAR_LETTERS, "g[sets], h1[labels], h0: d; Y: K x d; nu: K"),
                given=(
                    *NEAR_POLAR,
                    "all S: a[S] = 2*y[S] - ones",
                    "all S: g[S] := W'*Q*a[S]",
                    "all k: h1[k] = W'*Q*(2*e[k] - ones)",
                    "h0 = -W'*Q*ones",
                    *LABEL_SETS,
                ),
                goal=f"""(K - 2 != 0 => (all S: g[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])))
                    and ((some Y: Y*W'*Q = I[K]) and K - 2 != 0 => ({ONLY}))
                    and ({POLAR_AFFINE}) and ({POLAR_GOAL})""",
            ),
        ),
        Claim(
            id="B3a",
            title="weighted rule, terminal phase",
            setting=FREE_LIMIT,
            hypotheses=(STRICT, "m-bar is not 1, for the first clause", POLAR_DOMAIN),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j}, the
                class-frequency-weighted rule, and h_S - h_{} = sum_{k in S} (h_{k} - h_{}): exactly for the polar
                prototypes mu/lambda_H W^T q_S, q_S = C^{-1/2}(y_S - f), of which these weights are the only ones if W
                has rank K, at every lambda; and for optimal prototypes of the support it is off by at most (mu/lambda_H
                E (1/pi_S + sum_k w_k^2/pi_{k}))^{1/2}, w its weights and E that of T8""",
            tex=r"""BCE with a free bias, $C$ of rank $K$. Under the strict sign condition the polar prototypes
                $\frac\mu{\lambda_H}W^\top C^{-1/2}(y_S-f)$ satisfy $h_S=\sum_{k\in
                S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}$ ($\bar m\ne1$), with the only weights there are
                (if $W$ has rank $K$): the class frequencies are genuine here, unlike for PAL-CE (W3a). And
                $h_S-h_\varnothing=\sum_{k\in S}(h_{\{k\}}-h_\varnothing)$, also at $\bar m=1$; exactly, at every
                $\lambda$ at which $\mu q_S$ is in the domain. The optimal prototypes of the support satisfy it up to
                $\bigl(\frac\mu{\lambda_H}E\,(1/\pi_S+\sum_kw_k^2/\pi_{\{k\}})\bigr)^{1/2}$, with $w$ its weights and
                the explicit $E\le Q/\tau$ of T8, while they themselves grow like $\sqrt\tau$,
                $\tau=\frac12\log\frac1\lambda$: in the limit the rule is exact, with a relative error of at most order
                $1/\tau$. A virtual label set takes part if the sign condition holds strictly for it too, with the error
                of T8a.""",
            source="the paper's abstract (P1) in the reading of the synthesis that is true in the limit; new here",
            gloss="the class-frequency-weighted rule is exact in the limit, and its weights are the only ones",
            domain="strict sign condition, BCE, free bias",
            variants={
                "plain sums": "both",
                "uniform corrections": "both",
                "the mean weighted by class frequencies": "both",
            },
            remark=r"""The rank matters: label sets of one multiplicity $m\ge2$ have $C\mathbf 1=0$, no virtual
                singleton is then in the range, and the rule fails.""",
            formal=Formal(
                besides=POLAR_RATE,
                letters=(*POLAR_LETTERS, "g[sets], h1[labels], h0: d; Y: K x d; nu: K"),
                given=(
                    *NEAR_POLAR,
                    "all S: a[S] = y[S] - f",
                    "all S: g[S] := W'*Q*a[S]",
                    "all k: h1[k] = W'*Q*(e[k] - f)",
                    "h0 = -W'*Q*f",
                    *SIZES,
                    *LABEL_SETS,
                ),
                goal=f"""(mbar - 1 != 0 => (all S: g[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])))
                    and ((some Y: Y*W'*Q = I[K]) and mbar - 1 != 0 => ({ONLY}))
                    and ({POLAR_AFFINE}) and ({POLAR_GOAL})""",
            ),
        ),
        Claim(
            id="B3c",
            title="converse of the weighted rule",
            setting=replace(FREE_LIMIT, rank="any"),
            hypotheses=("the class-frequency-weighted rule of B3a is exact at every lambda, with a free bias",),
            text="the sign condition of B1 holds",
            tex=r"""(*False*.) BCE with a free bias: if the class-frequency-weighted rule is exact, even at every
                $\lambda$, then the sign condition holds. Equal weights on $\{1\},\{2\},\{3\},\{1,2\}$ refute it: by
                B5f the rule is exact at every $\lambda$, and $s_S\circ q_S$ has the entry $-0.30$.""",
            source="the converse of B3a, read literally; false",
            answer=Answer.FALSE,
            gloss="""equal weights on {1}, {2}, {3}, {1,2}: the rule is exact at every lambda for all singletons and
                one more set, whatever the signs""",
            domain="singletons and one set",
            variants={"the sign condition holds there": "proof", "where the signs are right it holds": "check"},
            remark=r"""Nor is the converse true with two or more larger sets, where the rule holds in the limit: W3d.
                The formal example has the weights 16, 16, 1, 16, for which the root is rational and the entry
                $-\frac14$.""",
            formal=B3C,
        ),
        Claim(
            id="B4",
            title="sign condition for few labels",
            setting=Setting("BCE, through the sign condition of B1", "none or free", "any", "K"),
            hypotheses=(
                "at most three labels without a bias, or two with a free one; the second moment has full rank",
            ),
            text="""the sign condition of B1 holds; without a bias strictly, for every distribution on up to three
                labels, with a free bias on two; it fails at four labels without a bias (equal weights on {}, {1,4},
                {2,3}, {2,4}, {2,3,4}), and at three with one (equal weights on {}, {2}, {3}, {1,2,3}, where an
                entry is 1/sqrt 11 on the wrong side)""",
            tex=r"""*(a)* Without a bias the sign condition never fails for $K\le3$. *(b)* With a free bias it never
                fails for $K=2$ (Fréchet bounds). *(c)* It fails at $K=4$ without a bias: equal weights on
                $\varnothing,\{1,4\},\{2,3\},\{2,4\},\{2,3,4\}$, where $s_S\circ q_S=-0.0701$ at label 2 of
                $\{2,3,4\}$. *(d)* It fails at $K=3$ with a free bias: equal weights on
                $\varnothing,\{2\},\{3\},\{1,2,3\}$, where $(C^{-1/2}(y_\varnothing-f))_1=\frac1{\sqrt{11}}$.""",
            source="new here",
            domain="two or three labels",
            variants={
                "four labels without a bias": "check",
                "three labels with a free bias": "check",
                "the wrong entry on the right side": "proof",
                "the Frechet bound from below": "proof",
            },
            remark=r"""Three labels without a bias are singletons of four labels in disguise: sign vectors up to the
                sign are the four corners of a tetrahedron.""",
            formal=Formal(
                letters=(
                    "n; Root, Q, Pi, Low, High, Inv: K x K; a[sets], G, z2: K",
                    "t, alpha, beta, rho, s0, s1, s2, g0, g1, g2, s: 1; other[parts], first, x3: n",
                    "Root3, Inv3, Part, Flat: n x n",
                ),
                given=("f := sum[S](y[S])", LABEL_SETS[2], *LABELS_APART, *ROOT, "Root*Root = sum[S](a[S]*a[S]')"),
                goal=f"""((all S: a[S] = 2*y[S] - ones) and ({THREE_LABELS}) => (all S, k: 0 < {SIGN}*(e[k]'*Q*a[S])))
                    and ((all S: a[S] = y[S] - f) and ({TWO_LABELS}) => (all S, k: 0 <= {SIGN}*(e[k]'*Q*a[S])))""",
                example=f"({FOUR_FAIL}) and ({THREE_FAIL})",
                besides="""that the moments of its examples, which have inverses, have inverse roots, and at which label
                    set the sign is wrong with four labels""",
            ),
        ),
        Claim(
            id="B4a",
            title="diagonal dominance",
            setting=Setting("BCE, through the sign condition of B1", "none or free", "any", "K"),
            hypotheses=("the second moment N, or C with a free bias, has full rank",),
            text="""without a bias the sign condition of B1 holds for all 2^K label sets iff N^{-1/2} is diagonally
                dominant, for which it is enough that N^{-1} is; with a free bias it holds for all label sets if
                C^{-1} (y - f) has the signs of y - f for all of them: a test in rational numbers""",
            tex=r"""At rank $K$. *(a)* $s\circ N^{-1/2}s\ge0$ for all $2^K$ sign vectors iff $N^{-1/2}$ is diagonally
                dominant. *(b)* If $N^{-1}$ is, so is $N^{-1/2}$: a rational test. *(c)* With a free bias: if
                $C^{-1}(y-f)$ has the signs of $y-f$ for all indicators $y$, so has $C^{-1/2}(y-f)$.""",
            source="new here",
            domain="few labels",
            variants={
                "half of the other entries": "both",
                "the moment itself with these signs": "check",
                "whatever the signs of the inverse": "check",
            },
            formal=Formal(
                letters=("N, Q, Inv, Any: K x K; g, v2, z2: K; past(1), t, s: 1",),
                given=(
                    "f := sum[S](y[S])",
                    LABEL_SETS[2],
                    *LABELS_APART,
                    PAST,
                    "psd Q",
                    "Q*N*Q = I[K]",
                    "Inv*N = I[K]",
                ),
                goal=f"""({SIGN_MOMENT} => (({VERTEX_SIGNS.format("Q")}) <=> ({DOMINANT.format("Q")}))
                    and (({DOMINANT.format("Inv")}) => ({DOMINANT.format("Q")})))
                    and (N = sum[S]((y[S] - f)*(y[S] - f)')
                    => (({BOX_SIGNS.format("Inv", "f")}) => ({BOX_SIGNS.format("Q", "f")})))""",
            ),
        ),
        Claim(
            id="B4b",
            title="one label, or all but one",
            setting=Setting("BCE, through the sign condition of B1", "none or free", "any", "any"),
            hypotheses=(
                """all label sets have one label, or all have K - 1, each label in some; with a free bias there may be
                samples without labels, or with all of them, but not both, besides""",
                "K >= 2",
            ),
            text="""the sign condition of B1 holds strictly, whatever the imbalance""",
            tex=r"""For singletons only, or complements of labels only, $s_S\circ q_S>0$ with and without a bias,
                whatever the imbalance; with a free bias also if the empty set, or the full one, but not both, is there
                besides.""",
            source="new here",
            domain="one label or all but one",
            variants={
                "whatever the label sets": "check",
                "whatever the label sets, with a free bias": "check",
                "the entry at the label on the wrong side": "proof",
                "the sum of v with K - 2 in place of K - 4": "proof",
            },
            formal=Formal(
                letters=(
                    "Root, Q, Pi: K x K; a[sets], one[sets], G, z2, freq: K",
                    "full[sets], t, rho, own, sum0, sum1, alpha, beta, share, rest, det: 1",
                ),
                given=(
                    "f := sum[S](y[S])",
                    LABEL_SETS[2],
                    *LABELS_APART,
                    "K = 2 or 3 <= K",
                    "(all S: one[S] = y[S]) or (all S: one[S] = ones - y[S])",
                    KINDS,
                    "all k: some S: one[S] = e[k] and full[S] = 0",
                    f"""((all S: a[S] = 2*y[S] - ones) and (all S: {SINGLE}))
                    or ((all S: a[S] = y[S] - f) and {NOT_BOTH})""",
                    *ROOT,
                    "Root*Root = sum[S](a[S]*a[S]')",
                ),
                goal=f"all S, k: 0 < {SIGN}*(e[k]'*Q*a[S])",
            ),
        ),
        Claim(
            id="B4c",
            title="kappa-control of the signs",
            setting=Setting("BCE, through the sign condition of B1", "none or free", "any", "K"),
            hypotheses=(
                """sqrt(lambda_max(N)/lambda_min(N)) <= (sqrt K + 1)/(sqrt K - 1); with a free bias
                sqrt(lambda_max(C)/lambda_min(C)) <= (1 + theta)/(1 - theta), theta the least |y_{S,k} - f_k|/|y_S - f|
                over S and k""",
            ),
            text="""the sign condition of B1 holds; among symmetric matrices of a given condition number the constant
                is best possible""",
            tex=r"""If $\sqrt{\lambda_{\max}(N)/\lambda_{\min}(N)}\le\frac{\sqrt K+1}{\sqrt K-1}$ the sign condition
                holds without a bias, for all label sets; with a free one if
                $\sqrt{\lambda_{\max}(C)/\lambda_{\min}(C)}\le\frac{1+\theta}{1-\theta}$,
                $\theta=\min_{S,k}\frac{|y_{S,k}-f_k|}{\|y_S-f\|}$. Among symmetric matrices with given extreme
                eigenvalues the constants are best possible.""",
            source="""the paper's abstract (P2, P3) in a reading for BCE: kappa is lambda_min(N), or lambda_min(C); new
                here""",
            variants={
                "the angle twice as large": "both",
                "lambda_max and lambda_min exchanged": "check",
                "with the difference of the two vectors": "proof",
            },
            formal=Formal(
                letters=("N, Root, Q, A, B: K x K; s, s2, root, theta, low, high, length, sign, t: 1; side: K",),
                given=(
                    "f := sum[S](y[S])",
                    LABEL_SETS[2],
                    "psd Root",
                    "Root*Root = N",
                    "Q' = Q",
                    "Q*Root = I[K]",
                    "0 < s",
                    "all x: s^2*(x'*x) <= x'*N*x",
                    "0 < s2",
                    "all x: x'*N*x <= s2^2*(x'*x)",
                ),
                goal=f"""({SIGN_MOMENT} and 0 < root and root^2 = K and s2*(root - 1) <= s*(root + 1)
                    => (all v: (all k: (e[k]'*v)^2 = e[k]'*v)
                    => (all k: 0 <= (2*(e[k]'*v) - 1)*(e[k]'*Q*(2*v - ones)))))
                    and (N = sum[S]((y[S] - f)*(y[S] - f)')
                    and (all S, k: theta^2*((y[S] - f)'*(y[S] - f)) <= (e[k]'*(y[S] - f))^2)
                    and s2*(1 - theta) <= s*(1 + theta)
                    => (all S, k: 0 <= (2*(e[k]'*y[S]) - 1)*(e[k]'*Q*(y[S] - f))))
                    and (all v, k, sign, theta, t, low, high: sign^2 = 1 and 0 < t and v'*v = t^2 and 0 <= theta
                    and sign*(e[k]'*v) = theta*t and 0 < low and 0 < high and low*(1 + theta) < high*(1 - theta)
                    => ({BEST_CONSTANT}))""",
            ),
        ),
        Claim(
            id="B5a",
            title="isotropic sign vectors",
            setting=Setting("BCE", "none", "d >= K", "K"),
            hypotheses=(
                "N = I, for the closed form; no label has collapsed, for the converse",
                "the global optimum",
                "K is not 2, for the rule",
            ),
            text="""W W^T is diagonal iff N = I, as for uncorrelated labels at frequency 1/2; then r_S = min(mu,
                1/2) s_S and min F = K h(min(mu, 1/2)), all collapses iff lambda >= 1/4, and the uniform rule of B3 is
                exact, at every lambda""",
            tex=r"""BCE without bias. $WW^\top$ is diagonal iff $N=I$. Then at every $\lambda<\frac14$ the optimum has
                $r_S=\mu s_S$, $\frac\mu{\lambda_H}WW^\top=\log\frac{1-\mu}\mu\,I$ and $\min F=K\,\mathrm
                h(\mu)$, and from $\lambda=\frac14$ on all has collapsed. The uniform rule of B3 is exact ($K\ne2$).""",
            source="new here",
            domain="signs of second moment I",
            variants={
                "lambda in place of its root mu": "both",
                "residuals 1 % too large": "check",
                "the value without the factor K": "proof",
                "whatever the correlations of the signs": "check",
            },
            formal=B5A,
        ),
        Claim(
            id="B5b",
            title="uncorrelated labels",
            setting=Setting("BCE", "free", "d >= K", "any"),
            hypotheses=(
                "labels are pairwise uncorrelated, each of a frequency f_k between 0 and 1; the global optimum",
                "m-bar is not 1, for the rule",
            ),
            text="""r_{S,k} = c_k (y_{S,k} - f_k) with c_k = min(1, mu/sqrt(f_k (1 - f_k))), W W^T is diagonal,
                label k collapses iff lambda >= f_k (1 - f_k), and the class-frequency-weighted rule is exact, at
                every lambda""",
            tex=r"""BCE with a free bias, labels pairwise uncorrelated, at any frequencies $0<f_k<1$. At every
                $\lambda$ the optimum has $r_{S,k}=c_k(y_{S,k}-f_k)$, $c_k=\min\bigl(1,\mu/\sqrt{f_k(1-f_k)}\bigr)$,
                $WW^\top$ is diagonal with
                $\frac{c_k}{\lambda_H}(WW^\top)_{kk}=\mathrm{logit}(1-c_k(1-f_k))-\mathrm{logit}(c_kf_k)$,
                label $k$ collapses iff $\lambda\ge f_k(1-f_k)$, and the class-frequency-weighted rule of B3a is
                exact.""",
            source="new here",
            domain="independent labels",
            variants={
                "lambda in place of its root mu": "both",
                "the same c for all labels": "both",
                "plain sums": "check",
                "collapse at half the threshold": "check",
            },
            remark=r"""*Converse, argued*: if $WW^\top$ is diagonal and nothing has collapsed, logits are functions
                of one label each, hence so are residuals, $r_k=c_k(y_k-f_k)$, and $R=\lambda I$ (U8) says that
                labels are uncorrelated.""",
            formal=B5B,
        ),
        Claim(
            id="B5c",
            title="sizes equally likely",
            setting=Setting("BCE", "none", "d >= K", "any"),
            hypotheses=(
                """the label sets of one size that occur are all of that size, equally likely; the global optimum, which
                is stationary and has R <= lambda I (U2, U7)""",
                "g_0 > 0, and prototypes of single labels do not add up to 0, for the rule",
            ),
            text="""W W^T = g_1 P + g_0 J, J = ones ones^T / K; r_S is alpha_m on S and -beta_m off it; sum pi_m
                (alpha_m + beta_m)^2 kappa-bar_m = lambda and K sum pi_m rho_m^2 = lambda, rho_m = (m alpha_m - (K - m)
                beta_m)/K, unless g_1, respectively g_0, is 0; and h_S = a_m sum_{k in S} h_{k} + b_m sum_j
                h_{j}, at every
                lambda""",
            tex=r"""Label sets of one size equally likely, without bias, $J=\frac1K\mathbf1\mathbf1^\top$. At every
                $\lambda$ the optimum has $WW^\top=g_1P+g_0J$, residuals $\alpha_m$ on $S$ and $-\beta_m$ off it, with
                $\sum_m\pi_m(\alpha_m+\beta_m)^2\bar\kappa_m=\lambda$ or $g_1=0$, and
                $K\sum_m\pi_m\rho_m^2=\lambda$ or $g_0=0$, $\rho_m=\frac1K(m\alpha_m-(K-m)\beta_m)$. Prototypes are
                $h_S=a_m\sum_{k\in S}h_{\{k\}}+b_m\sum_jh_{\{j\}}$ with
                $a_m=\frac{\alpha_m+\beta_m}{\alpha_1+\beta_1}$ and
                $b_m=\frac{a_mm\beta_1-\beta_m}{K\rho_1}$.""",
            source="new here",
            domain="sizes equally likely",
            variants={
                "balanced value 1 % too large": "both",
                "no correction by the sum of all": "both",
                "the energy of the mean without the factor K": "both",
            },
            formal=B5C,
        ),
        Claim(
            id="B5d",
            title="one multiplicity",
            setting=Setting("BCE", "free", "d >= K - 1", "K - 1, of C"),
            hypotheses=(
                """all label sets have m labels, 1 <= m <= K - 1, and Sigma = kappa-bar_m P: perfect orthogonality; all
                labels are equally frequent""",
                "lambda < kappa-bar_m; the global optimum",
            ),
            text="""r_S = c (y_S - f) with c = sqrt(lambda/kappa-bar_m), W W^T is a multiple of P, and prototypes are
                multiples of the sums of their labels' prototypes, with one factor: scaled tag-wise averaging, as in
                O1""",
            tex=r"""One multiplicity $m$ with perfect orthogonality and uniform class frequencies, free bias. For
                $\lambda<\bar\kappa_m$ the optimum has $r_S=c\,(y_S-f)$, $c=\sqrt{\lambda/\bar\kappa_m}$, $WW^\top=gP$
                with $\frac{gc}{\lambda_H}=\mathrm{logit}\bigl(1-c(1-\tfrac
                mK)\bigr)-\mathrm{logit}\bigl(c\tfrac mK\bigr)$, and $h_S=\frac c{c_1}\sum_{k\in S}h_{\{k\}}$:
                scaled tag-wise averaging as in O1.""",
            source="new here; for single labels compare arXiv 2505.05813",
            domain="designs",
            variants={
                "balanced value 1 % too large": "both",
                "the threshold of no bias": "check",
                "plain sums": "check",
            },
            formal=B5D,
        ),
        Claim(
            id="B5e",
            title="two labels",
            setting=Setting("BCE", "none", "d >= 2", "any"),
            hypotheses=("K = 2; the global optimum", "where 1 + rho or 1 - rho is 0 no label set is so, and c is 1/2"),
            text="""r_S = c s_S with c = min(1/2, sqrt(lambda/(1 + rho))) for label sets on which the labels agree, and
                with 1 - rho where they do not, rho the probability that they agree less that they do not; min F = (1
                + rho) h(c_+) + (1 - rho) h(c_-)""",
            tex=r"""Two labels, no bias, $\varrho=\mathbb P(\text{agree})-\mathbb P(\text{disagree})$,
                $c_\pm=\min\bigl(\tfrac12,\sqrt{\lambda/(1\pm\varrho)}\bigr)$: the optimum has $r_S=c_\pm s_S$ by
                whether the labels agree on $S$, at every $\lambda$, and $\min F=(1+\varrho)\,\mathrm
                h(c_+)+(1-\varrho)\,\mathrm h(c_-)$.""",
            source="new here",
            domain="two labels",
            variants={"the correlation with the opposite sign": "both", "the same c for both": "both"},
            formal=B5E,
        ),
        Claim(
            id="B5f",
            title="singletons and one set",
            setting=replace(ANY_LOSS, bias="free"),
            hypotheses=(
                "features and bias are stationary",
                """all label sets have one label, but for exactly one set of another size, so that m-bar is not 1; every
                label of it, or of frequency other than 0, occurs alone""",
            ),
            text="the class-frequency-weighted rule is exact at every lambda, for any loss and any classifier",
            tex=r"""Any loss, free bias, singletons and exactly one set of another size: then $\bar m\ne1$, and
                $h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}$ exactly, at every $\lambda$
                and any classifier.""",
            source="new here; a corollary of W3b",
            domain="singletons and one set",
            variants={
                "plain sums": "both",
                "uniform corrections": "check",
                "two larger sets": "proof",
                "the mean weighted by class frequencies": "check",
            },
            remark="So the rule may hold for a reason that has nothing to do with the terminal phase: see B3c.",
            formal=Formal(
                letters=("h1[labels], g: d; a[sets]: 1; v: K",),
                given=(
                    "all S: lambda_H*h[S] = W'*r[S]",
                    "sum[S](r[S]) = 0",
                    "0 < lambda_H",
                    *SIZES,
                    "all S: (1 - a[S])*(m[S] - 1) = 0",
                    f"all S: (1 - a[S])*(h[S] - {PLAIN}) = 0",
                    "all S: a[S]^2 := a[S]",
                    "all S: a[S]*(y[S] - v) = 0",
                    "all S: a[S]*(h[S] - g) = 0",
                    "0 < sum[S](a[S])",
                    "mbar - 1 != 0",
                    *LABEL_SETS,
                ),
                goal=f"all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
            ),
        ),
        Claim(
            id="B6",
            title="bounds on the loss",
            setting=Setting("BCE", "none", "d >= K", "any, of N"),
            hypotheses=(
                "arguments of h are capped at 1/2",
                "lambda < lambda_max(N)/4, for the cases of equality; lambda < 1/4, for the last one",
            ),
            text="""K h(mu/sqrt(K - (K - 1) nu)) <= K h(mu/sqrt(lambda_max(N))) <= min F <= K h(mu tr N^{1/2}/K) <= K
                h(mu), nu = lambda_min(N); the bound below min F is attained iff N^2 = lambda_max(N) N, then
                the one above it too, and that equals the outermost one iff N = I""",
            tex=r"""BCE without bias, $\nu=\lambda_{\min}(N)$, arguments capped at $\frac12$: $K\,\mathrm
                h\Bigl(\tfrac\mu{\sqrt{K-(K-1)\nu}}\Bigr)\le K\,\mathrm
                h\Bigl(\tfrac\mu{\sqrt{\lambda_{\max}(N)}}\Bigr)\le\min F\le K\,\mathrm
                h\Bigl(\tfrac{\mu\mathrm{tr}\,N^{1/2}}K\Bigr)\le K\,\mathrm h(\mu)$. Below collapse the bounds
                beside $\min F$ are attained iff $N^2=\lambda_{\max}(N)N$, and at $\lambda<\frac14$ the last two
                are one iff $N=I$.""",
            source="new here; L1 and L2 for another loss",
            variants={
                "the upper bound with N for its root": "both",
                "the largest eigenvalue left out": "both",
                "equality always": "check",
                "the last two bounds one only for N = I below collapse": "check",
            },
            remark=r"""From $\lambda=\frac14$ on the last bound is $K\log2$, and so may be the one before it whatever
                $N$: with $\frac5{16}$ on no label and on all of three, and $\frac1{16}$ on each other label set,
                $N=\frac12(I+\mathbf1\mathbf1^\top)$, and at $\lambda=\frac9{25}<\frac14\lambda_{\max}(N)$ both are. The
                smallest such distribution, a stored counterexample, has the weights 1 and 3 on $\{1\}$ and
                $\{1,2\}$, at $\lambda=\frac{27}{100}<\frac38$.""",
            formal=B6,
        ),
        Claim(
            id="B6a",
            title="uncorrelated labels are hardest",
            setting=Setting("BCE", "free", "d >= K", "any"),
            hypotheses=(
                "every label has a frequency f_k strictly between 0 and 1",
                "lambda < f_k (1 - f_k) for all k, for equality",
            ),
            text="""min F is at most that of pairwise uncorrelated labels of the same frequencies, sum_k [f_k h(c_k (1 -
                f_k)) + (1 - f_k) h(c_k f_k)] with the c_k of B5b; with equality iff labels are uncorrelated""",
            tex=r"""BCE with a free bias: $\min F\le\sum_k\bigl[f_k\,\mathrm h(c_k(1-f_k))+(1-f_k)\,\mathrm
                h(c_kf_k)\bigr]$ with the $c_k$ of B5b, the value of pairwise uncorrelated labels of the same
                frequencies. Before a label has collapsed, equality holds iff they are uncorrelated.""",
            source="new here",
            domain="labels that vary",
            variants={
                "half of the entropy of each label": "check",
                "at twice the penalty": "check",
                "the nuclear norm above the sum of the lengths of columns": "proof",
            },
            formal=B6A,
        ),
    ),
)
