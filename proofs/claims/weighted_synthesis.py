"""Entries W: weighted synthesis."""

from dataclasses import replace

from proofs.claims.converse_formulas import W3C, W3D
from proofs.claims.entry import Answer, Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    CENTERED,
    CONDITIONAL,
    LABEL_SETS,
    LABELS_APART,
    NEAR_POLAR,
    PENALTIES,
    POLAR,
    POLAR_DOMAIN,
    POLAR_ERROR,
    POLAR_GOAL,
    POLAR_LETTERS,
    POLAR_RATE,
    STATIONARY,
)
from proofs.claims.layer_formulas import W6A
from proofs.claims.softmax_formulas import PLAIN, W5, W5A, W6, W6B
from proofs.claims.squared_loss_formulas import W2, W2A, W2C, W2D

ANY_LOSS = Setting("PAL-CE, BCE or MSE", "none or free", "any", "any")
MSE = Setting("MSE", "none or free", "any", "any")
PAL = Setting("PAL-CE", "none or free", "any", "any")
PAL_OPTIMUM = replace(PAL, d="d >= K - 1")
LIMIT = replace(PAL_OPTIMUM, bias="none", rank="K - 1, of Sigma")
FREE_LIMIT = replace(LIMIT, bias="free", rank="K - 1, of Sigma_C = P C P")

STRICT = "the strict sign condition of T1, for the support and for the virtual singletons that take part"
STRICT_FREE = f"{STRICT}, with Sigma_C and y_S - f"
STRICT_EITHER = f"{STRICT}, with Sigma and y_S, or Sigma_C and y_S - f if the bias is free"

_POLAR_LETTERS = (*POLAR_LETTERS, "g[sets], h1[labels]: d")

ALONE = """y[S] = e[k] and h[S] = h1[k] and q[S] = q1[k] and level[S] = level1[k]
    and (all j: e[j]'*y[S] = 0 => e[j]'*q[S] < 0)"""
SINGLE = f"all k: some S: {ALONE}"
"""W4c: every label occurs alone, with multipliers that are not 0."""

_OFF = "(Q*e[k] - {0}*(P*e[k]) - eps/(2*root)*a)"
_FIRST_ORDER = f"{_OFF}'*{_OFF}"
"""W8b: how far the weights of a label are from a number times its centered indicator, corrected for all alike."""

OF_ROWS = "(r2[S] - r[S])'*W*W'*(r2[S] - r[S])"
FLAT_MOMENT = "t^2*sum[S](a[S]*a[S]')*sum[S](a[S]*a[S]') = sum[S](a[S]*a[S]')"
"""W8: how far weights on rows are from the polar ones, in the metric of the rows; and a flat spectrum."""


def _near_polar(centre: str, *more: str) -> tuple[str, ...]:
    """The hypotheses of T8 for PAL-CE, with the polar prototypes of label sets and of single labels."""
    return (
        *NEAR_POLAR,
        f"all S: a[S] = P*(y[S] - {centre})",
        "all S: g[S] := W'*Q*a[S]",
        f"all k: h1[k] = W'*Q*P*(e[k] - {centre})",
        CENTERED[0],
        *LABEL_SETS,
        *more,
    )


CHAPTER = Chapter(
    name="weighted_synthesis",
    title="Weighted synthesis",
    introduction=r"""Train a linear classifier on free features until they collapse: each label set $S$ then has one
        prototype $h_S$. How is the prototype of a label set made from those of its labels? "By a
        class-frequency-weighted synthesis rule rather than uniform averaging" is a sentence with many readings. This
        chapter decides each of them, and the answer depends on four things: *what* is synthesised *from what* (from
        prototypes of single labels, or from classifier rows), the loss, whether there is a bias, and the strength
        $\lambda$ of the penalties. The table says it in one place. Four facts to take away: with the squared loss and a
        free bias the class-frequency-weighted rule is exact at every $\lambda$ (W2), and the weights are the only ones
        possible when label sets differ in size (W2b). With cross entropy it is true in the limit $\lambda\to0$ (W3),
        where however the same prototypes are a uniform synthesis around their plain mean (W3a); before the limit the
        class frequencies are what keeps the rule right on average (W3b). Without bias the sums are plain in both cases
        (W2, W4). From classifier rows the weights are the inverse square root of the label covariance, and they are
        uniform exactly when that is flat (W8). Three readings are false, each by an exact instance: that plain sums are
        never exact before the limit (W5a), that scaled averages imply perfect orthogonality (W6b), and that summands
        are weighted by class frequencies (W7).""",
    notation=(
        (
            r"S,\ T\subset\{1,\dots,K\}",
            r"""label sets, with probabilities $\pi_S$, indicators $y_S\in\{0,1\}^K$ and sizes $m_S$""",
        ),
        (
            r"f=\sum_S\pi_Sy_S,\ \bar m=\sum_kf_k",
            """class frequencies, and the mean number of labels (label cardinality)""",
        ),
        (r"P=I-\frac1K\mathbf 1\mathbf 1^\top,\ \tilde y_S=Py_S", "class centering"),
        (r"M=\sum_S\pi_Sy_Sy_S^\top,\ \Sigma=PMP", "second moment of labels, and centered"),
        (r"C=M-ff^\top", "covariance of labels"),
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            r"""what is minimised, over $W\in\mathbb R^{K\times d}$ with rows $w_k$, prototypes $h_S\in\mathbb R^d$ and,
            if it is free, the bias $b\in\mathbb R^K$""",
        ),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the strength of the penalties"),
        (
            "L_S",
            r"""PAL-CE: $m_S\log\sum_je^{z_j}-\sum_{k\in S}z_k$; BCE: $\sum_k\log(1+e^{z_k})-y_{S,k}z_k$; MSE:
            $\frac12\|z-y_S\|^2$. PAL-CE leaves out the empty and the full label set""",
        ),
        (r"r_S=-\nabla L_S(z_S)", "residual at the logits $z_S=Wh_S+b$"),
        (
            r"h_{\{k\}}",
            """prototype of the label set with the single label $k$, *virtual* where that set is not in the support
            (W2)""",
        ),
    ),
    claims=(
        Claim(
            id="W1",
            title="exact synthesis",
            setting=ANY_LOSS,
            hypotheses=("features and classifier are stationary, and a free bias is",),
            text="""h_S = sum_T omega_ST h_T with omega_ST = pi_T <r_S, r_T>/lambda, at every lambda; with a free bias
                the weights add up to 0""",
            tex=r"""For every label distribution, loss (PAL-CE, BCE, MSE), treatment of the bias and $\lambda$, at every
                stationary point: $h_S=\sum_T\omega_{ST}h_T$ with $\omega_{ST}=\pi_T\langle r_S,r_T\rangle/\lambda$, and
                $h_S=\frac1{\lambda_H}\sum_kr_{S,k}w_k$. The weights carry the frequencies of label *sets*. With a free
                bias they add up to zero, $\sum_T\omega_{ST}=0$: the synthesis is exact, but it is no average.""",
            source="""the paper's abstract (P1) in the one reading that is exact everywhere; this is U4, and the
                vanishing sum is new here""",
            variants={
                "the overlap divided by lambda_H only": "both",
                "weights that add up to 1 with a free bias": "both",
                "stationary features only": "proof",
                "frequencies left out": "check",
            },
            remark="""W1 decides nothing about *tag-wise* synthesis: its weights are unknown before the optimum is. The
                other readings ask for weights that are known from the label distribution.""",
            formal=Formal(
                given=(*STATIONARY, *PENALTIES),
                goal="""(all S: h[S] = sum[T](1/lambda*(r[S]'*r[T])*h[T]))
                    and (all S: h[S] = 1/lambda_H*sum[k]((e[k]'*r[S])*(W'*e[k])))
                    and (sum[S](r[S]) = 0 => (all S: sum[T](1/lambda*(r[S]'*r[T])) = 0))""",
            ),
        ),
        Claim(
            id="W2",
            title="synthesis, squared loss",
            setting=MSE,
            hypotheses=(
                "features, and a free bias, are stationary; the classifier is any",
                "the mean number of labels m-bar is not 1, if the bias is free",
            ),
            text="""with a free bias h_S = sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j}, without bias h_S
                = sum_{k in S} h_{k}, for every label set, at every lambda""",
            tex=r"""MSE, any label distribution (empty and full label sets included), any $\lambda$, any classifier: as
                soon as features and a free bias are stationary, $b=f$ and $h_S=A(y_S-f)$ with $A=(\lambda_HI+W^\top
                W)^{-1}W^\top$. With $h_{\{k\}}:=A(e_k-f)$ and $\bar m\ne1$ therefore $h_S=\sum_{k\in
                S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}$. Without bias, $h_S=\sum_{k\in S}h_{\{k\}}$.""",
            source="""the paper's abstract (P1: class-frequency-weighted synthesis) fixes no formula; this precise
                reading and its proof are new here""",
            gloss="from prototypes of single labels, class frequencies enter through the bias",
            formal=W2,
            variants={
                "plain sums with a free bias": "both",
                "the factor m_S/m-bar in place of (m_S - 1)/(m-bar - 1)": "both",
                "uniform weights in place of frequencies": "both",
                "the rule of the free bias without bias": "both",
                "the empty set m_S times": "both",
                "the bias a free parameter, not at its optimum": "proof",
            },
            remark=r"""Scrutiny of the affine argument. *Virtual singletons*: if $\{k\}$ is not in the support, affinity
                on the support alone does not determine $h_{\{k\}}$; the map $A$ does, and it is the one at which a new
                sample would be fitted. *Collapsed directions*: $A$ vanishes on them, the rule holds, and its weights
                are no longer the only ones (W2b). *$\bar m=1$*: no rule in terms of singletons exists when $A$ is
                injective and $m_S\ne1$ (W2b), which needs the empty set in the support, or singletons only, where there
                is nothing to synthesise.""",
        ),
        Claim(
            id="W2a",
            title="optimum of the squared loss",
            setting=replace(MSE, d="d >= K"),
            hypotheses=(
                """the global optimum, stationary with R <= lambda I (U7); a_S = y_S - f with a free bias and y_S
                without, C = sum_S pi_S a_S a_S^T, mu = sqrt(lambda)""",
            ),
            text="""W W^T = lambda_H/mu (C^{1/2} - mu)_+, a direction collapses iff its eigenvalue of C is at most
                lambda, and without collapse the weights of h_S on the classifier rows are mu/lambda_H C^{-1/2} a_S""",
            tex=r"""MSE, $a_S=y_S-f$ with a free bias and $a_S=y_S$ without,
                $C=\sum_S\pi_Sa_Sa_S^\top=\sum_is_i^2q_iq_i^\top$, $\mu=\sqrt\lambda$. The global optimum is
                $WW^\top=\frac{\lambda_H}\mu(C^{1/2}-\mu I)_+$ with $r_S=\sum_i\min(1,\frac\mu{s_i})(q_i^\top
                a_S)\,q_i$. The direction $q_i$ collapses if and only if its eigenvalue $s_i^2$ of $C$ is at most
                $\lambda$. With one multiplicity this says: a contrast collapses iff $\kappa(C)\le\lambda$; with
                several, eigenvectors of $C$ are no contrasts, and the latter is false. Without collapse
                $h_S=\frac\mu{\lambda_H}W^\top C^{-1/2}a_S$.""",
            source="""textbook (shrinkage of singular values); in the label distribution, with the collapse criterion,
                new here""",
            variants={
                "lambda in place of its root mu": "both",
                "collapse at twice the threshold": "both",
                "the residual second moment without shrinkage": "proof",
                "the weights C^{-1} in place of C^{-1/2} for classifier rows": "both",
                "collapse told by contrasts for several multiplicities": "both",
            },
            remark=r"""The right criterion for several multiplicities is the least eigenvalue of $C$ on all of $\mathbb
                R^K$ (with a free bias), or of $M$ (without).""",
            formal=W2A,
        ),
        Claim(
            id="W2b",
            title="uniqueness of the weights",
            setting=Setting(
                "MSE",
                "free",
                "any in which W can have its rank",
                "W of rank K for the first two clauses, any for the third",
            ),
            hypotheses=("features and bias are stationary; the classifier is any",),
            text="""at rank K the weights of W2 are the only ones if m-bar is not 1, and if it is none exist for m_S
                other than 1; where the all-ones direction has collapsed, 1^T W = 0, the corrections may be uniform,
                (m_S - 1)/K""",
            tex=r"""MSE with a free bias. If $W$ has rank $K$ and $\bar m\ne1$, the singleton prototypes are linearly
                independent and W2's weights are the only ones. If $W$ has rank $K$ and $\bar m=1$, a prototype with
                $m_S\ne1$ is *no* combination of singleton prototypes. If $\mathbf 1^\top W=0$, as with one multiplicity
                (and for PAL-CE always), the weights are not determined, and the same prototypes are a synthesis with
                *uniform* corrections, $h_S=\sum_{k\in S}h_{\{k\}}-\frac{m_S-1}K\sum_jh_{\{j\}}$: tag-wise sums are
                exact once prototypes are measured from the plain mean of the singleton prototypes.""",
            source="new here",
            variants={
                "I - f 1^T inverted with the wrong sign": "proof",
                "uniform corrections for any classifier": "both",
                "m_S/K in place of (m_S - 1)/K": "both",
                "the rule at m-bar = 1, its correction dropped": "proof",
                "determined at m-bar = 1 too": "check",
                "any prototype from singletons at m-bar = 1": "check",
                "no prototype at all from singletons at m-bar = 1": "check",
                "1^T W = 0 for several multiplicities": "proof",
            },
            remark="""So the phrase "weighted by class frequencies rather than uniformly" has content for the squared
                loss with several multiplicities. Where the all-ones direction collapses, both forms describe the same
                prototypes, and W3a carries this over to PAL-CE.""",
            formal=Formal(
                letters=("h1[labels]: d; X: d x K; nu: K",),
                given=(
                    "all S: lambda_H*h[S] = W'*r[S]",
                    "all S: r[S] = y[S] - W*h[S] - b",
                    "all k: lambda_H*h1[k] = W'*(e[k] - W*h1[k] - b)",
                    "sum[S](r[S]) = 0",
                    "0 < lambda_H",
                    "f := sum[S](y[S])",
                    "mbar = sum[S](m[S])",
                    *LABEL_SETS,
                ),
                goal="""((some X: W*X = I[K]) and mbar - 1 != 0 => (all v, nu:
                    sum[k]((e[k]'*v)*h1[k]) = sum[k]((e[k]'*nu)*h1[k]) => v = nu))
                    and ((some X: W*X = I[K]) and mbar = 1 => (all S, v: h[S] = sum[k]((e[k]'*v)*h1[k]) => m[S] = 1))
                    and (W'*ones = 0 => (all S: h[S] = sum[k](e[k]'*y[S]*h1[k]) - (m[S] - 1)/K*sum[k](h1[k])))""",
            ),
        ),
        Claim(
            id="W2c",
            title="squared loss, averaging",
            setting=replace(MSE, bias="free"),
            hypotheses=(
                "features and bias are stationary; the classifier is any",
                """in the last clause the global optimum, stationary with R <= lambda I (U7), d >= K, lambda below
                kappa(C), K >= 3, and all label sets of one size m >= 2""",
            ),
            text="""h_S is a multiple of sum_{k in S} h_{k} iff S has one label, or f has collapsed, or y_S is in theta
                f + ker W^T with theta 1 or not m_S; with one multiplicity m >= 2 and no collapse all are multiples iff
                frequencies are uniform""",
            tex=r"""MSE with a free bias, $N=\ker W^\top$. There is an $\alpha$ with $h_S=\alpha\sum_{k\in S}h_{\{k\}}$
                if and only if one of these holds: (i) $m_S=1$; (ii) $f\in N$, and then $\alpha=1$; (iii) $y_S\in\theta
                f+N$ for some $\theta$ which is 1 or differs from $m_S$. At the optimum $N$ is spanned by the
                eigenvectors of $C$ with eigenvalue at most $\lambda$ (W2a). In particular, with one multiplicity
                $m\ge2$, $K\ge3$ and $\lambda<\kappa(C)$, *all* prototypes are scaled tag-wise averages iff the class
                frequencies are uniform, and then they are plain sums.""",
            source="new here",
            variants={
                "plain sums although the frequencies have not collapsed": "proof",
                "the scale (1 - theta)/m_S": "proof",
                "averages that divide by the number of labels when the frequencies have collapsed": "proof",
                "never when frequencies collapse": "check",
                "never when parallel": "check",
                "never for one label": "check",
                "parallel at any scale": "check",
                "uniform frequencies at one multiplicity m = 1 too": "check",
            },
            remark=r"""Case (iii) concerns at most one label set per line through the origin modulo $N$; with $W$ of
                rank $K$ it asks for $y_S=\theta f$, that is, $S$ contains every label that occurs and all of them are
                equally frequent.""",
            formal=W2C,
        ),
        Claim(
            id="W2d",
            title="the rule entry by entry",
            setting=Setting("MSE", "free", "d >= K", "K for two labels, any for independent ones"),
            hypotheses=(
                """two labels with a positive definite covariance and nothing collapsed, or up to four independent
                labels of frequencies between 0 and 1""",
                "m-bar is not 1",
            ),
            text="""the rule of W2 holds entry by entry at the optimum, which is a closed form""",
            tex="""The rule W2 holds entry by entry at the explicit MSE optimum with a free bias: for $K=2$ and *every*
                distribution on the four label sets, and for $K=2,3,4$ independent labels with symbolic frequencies, all
                of them surviving, or one collapsed.""",
            source="new here",
            domain="labels that vary",
            variants={"plain sums": "both", "the root of the covariance without its cross term": "both"},
            remark=r"""For $K\ge3$ and a general distribution the square root of $C$ takes the roots of a polynomial
                of degree $K$, which have no manageable closed form; W2 and W2a cover it for symbolic $K$ without
                them.""",
            formal=W2D,
        ),
        Claim(
            id="W3",
            title="free bias, terminal phase",
            setting=FREE_LIMIT,
            hypotheses=(STRICT_FREE, "some label set has two labels or more, that is, m-bar is not 1", POLAR_DOMAIN),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/(m-bar - 1) sum_j f_j h_{j}: exactly for
                the polar prototypes mu/lambda_H W^T q_S, q_S = Sigma_C^{+1/2}(y_S - f), at every lambda; and for
                optimal prototypes of the support it is off by at most (mu/lambda_H E (1/pi_S + sum_k
                w_k^2/pi_{k}))^{1/2}, w its weights and E that of T8""",
            tex=r"""PAL-CE, free bias. Let $\Sigma_C=PCP$ have rank $K-1$, $(\Sigma_C^{+1/2}(y_S-f))_j<0$ for every $S$
                in the support and $j\notin S$ (the strict sign condition of T1), and $\bar m\ne1$. The polar prototypes
                $\frac\mu{\lambda_H}W^\top q_S$, $q_S=\Sigma_C^{+1/2}(y_S-f)$, obey the rule of W2, $h_S=\sum_{k\in
                S}h_{\{k\}}-\frac{m_S-1}{\bar m-1}\sum_jf_jh_{\{j\}}$, exactly, at every $\lambda$ at which $\mu q_S$ is
                in the domain. The optimal prototypes of the support satisfy it up to
                $\bigl(\frac\mu{\lambda_H}E\,(1/\pi_S+\sum_kw_k^2/\pi_{\{k\}})\bigr)^{1/2}$, with $w$ its weights and
                the explicit $E\le Q/\tau$ of T8, while they themselves grow like $\sqrt\tau$,
                $\tau=\frac12\log\frac1\lambda$: in the limit the rule is exact, with a relative error of at most order
                $1/\tau$. A virtual singleton takes part if the sign condition holds strictly for it too, with the error
                of T8a.""",
            source="the paper's abstract (P1) in the reading of the synthesis that is true in the limit; new here",
            gloss="the class-frequency-weighted rule is exact in the limit",
            domain="strict sign condition, free bias",
            variants={
                "plain sums": "both",
                "the mean weighted by class frequencies": "both",
                "the polar columns with the root in place of its inverse": "proof",
            },
            remark="W3a shows that the class frequencies are a choice here, not a consequence.",
            formal=Formal(
                besides=POLAR_RATE,
                letters=_POLAR_LETTERS,
                given=_near_polar("f", "f := sum[S](y[S])", "mbar = sum[S](m[S])", "mbar - 1 != 0"),
                goal=f"""(all S: g[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k]))
                    and ({POLAR_GOAL})""",
            ),
        ),
        Claim(
            id="W3a",
            title="frequencies can be removed",
            setting=FREE_LIMIT,
            hypotheses=(STRICT_FREE, POLAR_DOMAIN),
            text="""h_S = sum_{k in S} h_{k} - (m_S - 1)/K sum_j h_{j}: measured from their plain
                mean, prototypes add up whatever the imbalance, polar ones exactly; and for optimal prototypes of the
                support it is off by at most (mu/lambda_H E (1/pi_S + sum_k w_k^2/pi_{k}))^{1/2}, w its weights and E
                that of T8""",
            tex=r"""In the situation of W3, also for $\bar m=1$, the same polar prototypes satisfy $h_S=\sum_{k\in
                S}h_{\{k\}}-\frac{m_S-1}K\sum_jh_{\{j\}}$: measured from the *unweighted* mean $\bar h$ of the singleton
                prototypes, $h_S-\bar h=\sum_{k\in S}(h_{\{k\}}-\bar h)$, whatever the imbalance; optimal ones up to the
                error of W3, with these weights. Synthesis weights from singletons are unique only up to multiples of
                $\mathbf 1-\frac K{\bar m-1}f$.""",
            source="new here",
            gloss="in the limit, weighted or uniform is a matter of writing",
            domain="strict sign condition, free bias",
            variants={
                "plain sums without the mean": "both",
                "m_S/K in place of (m_S - 1)/K": "both",
                "unique up to multiples of 1 - K f/m-bar": "both",
                "the mean weighted by class frequencies": "both",
            },
            remark="""So for PAL-CE "class-frequency-weighted rather than uniform" is a matter of how the rule is
                written. What is not a matter of writing: plain sums fail with a free bias (control), and they hold
                without one (W4). For the squared loss with several multiplicities the class frequencies are genuine
                (W2b).""",
            formal=Formal(
                letters=_POLAR_LETTERS,
                given=_near_polar("f"),
                goal=f"""(all S: g[S] = {PLAIN} - (m[S] - 1)/K*sum[k](h1[k]))
                    and ({POLAR_GOAL})""",
                besides=f"that the weights are unique up to multiples of one vector; {POLAR_RATE}",
            ),
        ),
        Claim(
            id="W3b",
            title="right on average",
            setting=replace(ANY_LOSS, bias="free"),
            hypotheses=("features and bias are stationary; the classifier and the singleton prototypes are any",),
            text="""a correction -(m_S - 1) t of plain sums, common to all label sets, is right on average iff (m-bar -
                1) t = sum_j f_j h_{j}, at every lambda""",
            tex=r"""Any loss, free bias, any $\lambda$, any stationary point. Correct plain sums by one vector $t$ for
                all label sets, $h_S\approx\sum_{k\in S}h_{\{k\}}-(m_S-1)\,t$. The defects average to zero over the
                label distribution if and only if $(\bar m-1)\,t=\sum_jf_jh_{\{j\}}$: the correction of W2 and W3, and
                no other when $\bar m\ne1$.""",
            source="new here",
            gloss="before the limit the class frequencies are what keeps the rule right on average",
            variants={
                "the uniform correction is right on average": "both",
                "no correction is right on average": "both",
            },
            remark=r"""This gives the class frequencies of W3 a meaning before the limit, in which W3a removes them: at
                finite $\lambda$ they are what makes a common correction unbiased.""",
            formal=Formal(
                letters=("h1[labels], t: d",),
                given=(
                    "all S: lambda_H*h[S] = W'*r[S]",
                    "sum[S](r[S]) = 0",
                    "0 < lambda_H",
                    "f := sum[S](y[S])",
                    "mbar = sum[S](m[S])",
                ),
                goal="""sum[S](h[S]) = sum[S](sum[k](e[k]'*y[S]*h1[k]) - (m[S] - 1)*t)
                    <=> (mbar - 1)*t = sum[k](e[k]'*f*h1[k])""",
            ),
        ),
        Claim(
            id="W3c",
            title="converse of the weighted rule, PAL-CE",
            setting=replace(FREE_LIMIT, rank="any"),
            hypotheses=("the class-frequency-weighted rule of W3 is exact at every lambda, with a free bias",),
            text="the sign condition of T1 holds",
            tex=r"""(*False*.) PAL-CE with a free bias: if the class-frequency-weighted rule is exact, even at every
                $\lambda$, then the sign condition holds. Weights 1, 1, 1 on $\{1\},\{2\},\{3\}$ and 4 on $\{1,2\}$
                refute it: by B5f the rule is exact at every $\lambda$, and
                $(\Sigma_C^{+1/2}(y_{\{1\}}-f))_3=\frac1{3\sqrt{15}}>0$.""",
            source="the converse of W3, read literally; false",
            answer=Answer.FALSE,
            gloss="""weights 1, 1, 1, 4 on {1}, {2}, {3}, {1,2}: the rule is exact at every lambda for all singletons
                and one more set, whatever the signs""",
            domain="singletons and one set",
            variants={"the sign condition holds there": "proof", "where the signs are right it holds": "check"},
            remark=r"""With three labels and weight 3 on the pair the entry is 0. B3c is the same for BCE. The formal
                example has the weights 16, 16, 31, 106, for which the root is rational and the entry $\frac1{24}$.""",
            formal=W3C,
        ),
        Claim(
            id="W3d",
            title="the same with several larger sets",
            setting=Setting("PAL-CE or BCE, the hard-margin problem", "free", "any", "any"),
            hypotheses=(
                "every label occurs alone, and two or more sets of another size are in the support",
                """the hard-margin problem has one solution, and there the class-frequency-weighted rule of W3 and B3a
                is exact""",
            ),
            text="the sign condition of T1 holds, for BCE that of B1",
            tex=r"""(*False*.) With a free bias, all singletons and two or more larger sets: if the
                class-frequency-weighted rule holds in the limit, that is in the hard-margin solution, then the sign
                condition holds. PAL-CE with the weights 1 on $\{1\},\{2\},\{3\},\{4\}$ and 3 on
                $\{1,2\},\{1,3\},\{2,3\}$ refutes it, where $(\Sigma_C^{+1/2}(y_{\{1\}}-f))_4=\frac14>0$; and BCE with
                equal weights on $\{1\},\{2\},\{3\},\{4\},\{1,2\}, \{1,3\}$.""",
            source="a question that B3c left open; new here",
            answer=Answer.FALSE,
            gloss="""equal weights on {1}, {2}, {3}, {4}, {1,2}, {1,3}, BCE: larger sets that are alike miss their
                signs alike, and the rule does not see it""",
            domain="alike larger sets",
            variants={
                "the sign condition holds there": "proof",
                "plain sums": "proof",
                "where the signs are right it holds": "check",
            },
            remark=r"""*Why*: defects of the rule average to zero (W3b), so two sets that a symmetry exchanges, or that
                miss in the same way, do not miss at all. *Open*: whether the rule can be *exact at every $\lambda$*
                with two or more larger sets where the sign condition fails. The formal statement is that of PAL-CE, and
                its example has the weights 9, 9, 9, 6 and 16, for which a solution is rational; the polar root has
                $\sqrt{231}$ in it.""",
            formal=W3D,
        ),
        Claim(
            id="W4",
            title="no bias, terminal phase",
            setting=LIMIT,
            hypotheses=(STRICT, POLAR_DOMAIN),
            text="""h_S = sum_{k in S} h_{k}, whatever the imbalance: exactly for the polar
                prototypes mu/lambda_H W^T q_S, q_S = Sigma^{+1/2} y_S, at every lambda; and for optimal prototypes of
                the support it is off by at most (mu/lambda_H E (1/pi_S + sum_k w_k^2/pi_{k}))^{1/2}, w its weights and
                E that of T8""",
            tex=r"""PAL-CE, no bias. Let $\Sigma$ have rank $K-1$ and $(\Sigma^{+1/2}y_S)_j<0$ for every $S$ in the
                support and $j\notin S$ (the strict sign condition of T1). The polar prototypes
                $\frac\mu{\lambda_H}W^\top q_S$, $q_S=\Sigma^{+1/2}y_S$, are plain sums, $h_S=\sum_{k\in S}h_{\{k\}}$,
                whatever the imbalance, exactly, at every $\lambda$ at which $\mu q_S$ is in the domain. The optimal
                prototypes of the support satisfy it up to
                $\bigl(\frac\mu{\lambda_H}E\,(1/\pi_S+\sum_kw_k^2/\pi_{\{k\}})\bigr)^{1/2}$, with $w$ its weights and
                the explicit $E\le Q/\tau$ of T8, while they themselves grow like $\sqrt\tau$,
                $\tau=\frac12\log\frac1\lambda$: in the limit the rule is exact, with a relative error of at most order
                $1/\tau$. A virtual singleton takes part if the sign condition holds strictly for it too, with the error
                of T8a.""",
            source="Li et al. 2024 for balanced data (up to a scale); for imbalanced data new here",
            gloss="plain sums, whatever the imbalance",
            domain="strict sign condition",
            variants={"averages": "both", "weights by class frequencies": "both", "the rule of the free bias": "both"},
            formal=Formal(
                besides=POLAR_RATE,
                letters=_POLAR_LETTERS,
                given=_near_polar("0*f"),
                goal=f"""(all S: g[S] = {PLAIN})
                    and ({POLAR_GOAL})""",
            ),
        ),
        Claim(
            id="W4c",
            title="when plain sums are forced",
            setting=Setting("PAL-CE, its hard-margin problem", "none", "any", "any"),
            hypotheses=(
                "every label occurs alone in the support",
                """z_S = W h_S solves the hard-margin problem, with the multipliers -q_{S,j} of its margins, of which
                none of a single label is 0: q_{{k},j} < 0 for j other than k""",
            ),
            text="""h_S = sum_{k in S} h_{k} for every label set, z_S = P y_S but for a constant, q_S = Sigma^{+1/2}
                y_S, and the sign condition of T1 holds""",
            tex=r"""PAL-CE without bias. Let every label occur alone, and let $z_S=Wh_S$ solve the hard-margin problem,
                with a dual solution $q_S$ ($\sum_S\pi_Sq_Sq_S^\top\preceq I$, $\mathbf1^\top q_S=0$, $q_{S,j}\le0$ off
                $S$) in which $q_{\{k\},j}<0$ for all $j\ne k$. Then prototypes are plain sums, $h_S=\sum_{k\in
                S}h_{\{k\}}$, $Pz_S=Py_S$, $q_S=\Sigma^{+1/2}y_S$ is the only dual solution, and the sign condition of
                T1 holds. So where it is violated and every label occurs alone, some margin of a single label has the
                multiplier 0.""",
            source="new here",
            gloss="single labels decide: what holds for them with multipliers that are not 0 holds for all sets",
            domain="singletons",
            variants={
                "without the multipliers": "check",
                "the rule of the free bias": "check",
                "a margin of -1": "proof",
                "the Gram matrix with the opposite sign": "proof",
            },
            remark=r"""The converse of W4 is a corollary where no multiplier of a single label is 0. *Open*: whether
                plain sums can hold for all label sets where one is 0 and the sign condition is violated. A search over
                four labels, each alone with weight 1, and up to three larger sets with weights 1, 4 or 16 finds none
                (it is among the tests of this chapter).""",
            formal=Formal(
                letters=("Root, Q, Pi: K x K; q[sets], q1[labels]: K; level[sets], level1[labels]: 1; h1[labels]: d",),
                given=(
                    CENTERED[0],
                    *LABEL_SETS,
                    "all S, k: e[k]'*y[S]*(e[k]'*W*h[S] - level[S]) = 0",
                    "all S, k: (1 - e[k]'*y[S])*(e[k]'*W*h[S] - level[S] + 1) <= 0",
                    "all S: ones'*q[S] = 0",
                    "all S, k: e[k]'*y[S] = 0 => e[k]'*q[S] <= 0",
                    "psd (I[K] - sum[S](q[S]*q[S]'))",
                    "1/2*tr(W'*W) + 1/2*sum[S](h[S]'*h[S]) = sum[S](q[S]'*y[S])",
                    SINGLE,
                    *LABELS_APART,
                    *CENTERED[1:],
                    *POLAR,
                    "Root*Root = Sigma",
                ),
                goal=f"""(all S: h[S] = {PLAIN}) and (all S: P*W*h[S] = P*y[S]) and (all S: q[S] = Q*y[S])
                    and (all S, j: e[j]'*y[S] = 0 => e[j]'*Q*y[S] <= 0)""",
                besides="""that a solution and its multipliers have one value, as the hypotheses say of theirs; that
                    there is no other dual solution""",
            ),
        ),
        Claim(
            id="W5",
            title="discrepancy at finite lambda",
            setting=PAL,
            hypotheses=(
                "features are stationary, real or virtual",
                """in the last clause the global optimum, d >= K - 1, every multiplicity perfectly orthogonal, equally
                frequent classes if the bias is free, and lambda below the collapse threshold""",
            ),
            text="""h_S = sum_{k in S} h_{k} + W^T q_S/lambda_H with q_S = sum_{k in S} p_{k} - m_S p_S, at every
                lambda; under perfect orthogonality plain sums of two or more labels are exact at no lambda""",
            tex=r"""PAL-CE, with or without bias, stationary features (real or virtual), any $\lambda$: $h_S=\sum_{k\in
                S}h_{\{k\}}+\frac1{\lambda_H}W^\top q_S$ with $q_S=\sum_{k\in S}p_{\{k\}}-m_Sp_S$. So plain sums are
                exact iff the softmax of the set is the average of the softmax vectors of its labels, up to the kernel
                of $W^\top$. Under perfect orthogonality (and with equally frequent classes, if the bias is free) this
                happens for $m_S\ge2$ at *no* $\lambda$ below the collapse threshold; from there on all prototypes are
                0. Off orthogonality it can happen: the expectation that it never does is false (W5a).""",
            source="new here",
            domain="larger sets",
            variants={
                "the softmax of the labels left out": "both",
                "p_S in place of m_S p_S": "both",
                "plain sums exact at perfect orthogonality": "both",
                "inexact above the threshold too": "check",
            },
            remark=CONDITIONAL,
            formal=W5,
        ),
        Claim(
            id="W5a",
            title="never exact before the limit",
            setting=replace(PAL_OPTIMUM, bias="none"),
            hypotheses=("some multiplicity is not perfectly orthogonal", "lambda below the collapse threshold"),
            text="plain sums of two or more labels are exact at no lambda",
            tex=r"""(*False*.) PAL-CE, no bias, off perfect orthogonality: plain sums of two or more labels are exact at
                no $\lambda$ below the collapse threshold. An exact instance refutes it: the global optimum of three
                labels with $\pi_{\{1\}}=\pi_{\{2\}}=\frac{27}{65}$ and $\pi_{\{1,2\}}=\frac{11}{65}$ at
                $\lambda=\frac{1323}{7865}$, where $h_{\{1,2\}}=h_{\{1\}}+h_{\{2\}}$.""",
            source="read off the paper's abstract; false as it stands",
            answer=Answer.FALSE,
            gloss="""with weights 2, 2, 1 on {1}, {2}, {1,2} of three labels the scale of the pair passes 1 between two
                lambdas""",
            domain="singletons",
            variants={
                "the instance at twice the penalty": "proof",
                "the instance orthogonal": "proof",
                "without symmetry it holds at the penalties tried": "check",
            },
            remark=r"""Label 3 never occurs in the instance, which is allowed without bias; with a third singleton of
                small mass there is another of the same kind (its softmax solves a transcendental equation). Along a
                path of distributions the scale of the average crosses 1, so such coincidences are isolated but not
                exceptional; the numeric check certifies such a crossing between two penalties.""",
            formal=W5A,
        ),
        Claim(
            id="W6",
            title="scaled averages",
            setting=PAL_OPTIMUM,
            hypotheses=(
                """every multiplicity is perfectly orthogonal and, with a free bias, classes are equally frequent; or
                the label permutations that preserve pi and S are transitive on S and on its complement""",
            ),
            text="""h_S = alpha_S sum_{k in S} h_{k} at every lambda, with one alpha per multiplicity under perfect
                orthogonality, and one per orbit of label sets by symmetry""",
            tex=r"""PAL-CE. Consider $h_S=\alpha_{m_S}\sum_{k\in S}h_{\{k\}}$ for all $S$ in the support, with constants
                that depend on the multiplicity only, at every $\lambda$. Perfect orthogonality is sufficient without a
                bias (O1), and with a free one if classes are equally frequent; it is *not* necessary (W6b). With and
                without bias it holds with a constant per orbit of label sets whenever, for each $S$ of two or more
                labels in the support, the label permutations that preserve $\pi$ and $S$ are transitive on $S$ and on
                its complement. W6a gives a hypothesis on the support under which the converse is true.""",
            source="the paper's abstract (P4) for the literal converse; the exceptions are new here",
            domain="symmetric",
            variants={
                "a two-valued vector whose entries do not add up to zero": "proof",
                "plain sums": "both",
                "orthogonality is enough with a free bias": "both",
                "transitive on the set is enough": "check",
                "one constant for all sets of a multiplicity": "check",
            },
            remark=r"""Perfect orthogonality makes classes equally frequent unless $K=2m$ (S2). There it does not, and
                then a free bias follows the frequencies: for $K=4$ with weight 3 on $\{1,2\},\{1,3\},\{1,4\}$ and 1 on
                the other pairs, $\Sigma=\frac13P$, the best factor leaves 6.6 % of $h_{\{1,2\}}$ at
                $\lambda=\frac1{100}$ with a free bias (a stored counterexample). *Symmetry*: for $K=4$, equal
                singletons and pairs with equal weights on complementary pairs only the symmetries are transitive as
                required, so every pair averages exactly, with one constant per pair of complementary pairs; by W6a
                the constants agree at two small penalties only if all pairs are equally likely.""",
            formal=W6,
        ),
        Claim(
            id="W6a",
            title="converse for complete layers",
            setting=replace(PAL_OPTIMUM, bias="none", rank="K - 1"),
            hypotheses=(
                "the support consists of singletons and all m-sets, for one m from 2 to K - 1, with any probabilities",
                """at a penalty, h_S = alpha sum_{k in S} h_{k} exactly for all m-sets, 1/m < alpha <= 2, and no single
                label gives another a probability of (alpha m - 1)/(36 K m^2) or more""",
                "for the last clause: so it is at two penalties, with different constants alpha",
            ),
            text="""every single label gives each other one the same probability s/K, r_{k} = s P e_k and r_S = alpha s
                P y_S, s^2 (pi_1 Sigma_1 + alpha^2 pi_m Sigma_m) = lambda P; and with two such penalties every
                multiplicity is perfectly orthogonal""",
            tex=r"""PAL-CE, no bias; the support consists of singletons and all $m$-sets for one $2\le m\le K-1$, with
                any positive weights. Let $h_S=\alpha\sum_{k\in S}h_{\{k\}}$ *exactly* for all $m$-sets at a penalty
                $\lambda$ at which the rank is $K-1$, with $\frac1m<\alpha\le2$, and so small that
                $p_{\{k\},j}<\frac{\alpha m-1}{36Km^2}$ for all $k\ne j$, the probability that $\{k\}$ gives $j$. Then
                all these probabilities are the same, $s/K$, $r_{\{k\}}=sPe_k$, $r_S=\alpha sPy_S$, and
                $s^2(\pi_1\Sigma_1+\alpha^2\pi_m\Sigma_m)=\lambda P$. If it is so at two penalties, with different
                constants, then $\Sigma_1=\bar\kappa_1P$ and $\Sigma_m=\bar\kappa_mP$. With O1: *on complete layers,
                exact tag-wise averaging at two small penalties, with two constants, is perfect orthogonality.*""",
            source="new here; the converse half of the paper's P4 under a hypothesis that makes it true",
            gloss="then tag-wise averaging at two small penalties is perfect orthogonality",
            domain="few labels",
            variants={
                "the exchanged label counted once": "proof",
                "residuals without centering": "proof",
                "one penalty is enough": "proof",
                "a flat sum of both layers is enough": "check",
                "uniform class frequencies are enough": "check",
                "averaging in the limit lambda to 0 is enough": "check",
            },
            remark=r"""*Small enough*: $\pi_kp_{\{k\},j}^2\le\lambda$, since $\pi_kr_{\{k\}}r_{\{k\}}^\top\preceq
                R=\lambda P$, and under the strict sign condition of T1 $\alpha\to1$ as $\lambda\to0$ (T2), where the
                constants of two small penalties differ: penalties that accumulate at 0 are enough. *One penalty is
                not*, and two with one constant are not: for three labels with weights 162, 243, 324 on
                $\{1\},\{2\},\{3\}$ and 300, 400, 500 on $\{1,2\},\{1,3\},\{2,3\}$ the sum
                $\pi_1\Sigma_1+\frac{81}{100}\pi_2\Sigma_2$ is a multiple of $P$ and neither of the two is, so
                averaging is exact, with $\alpha=\frac9{10}$, at both penalties at which O1's scalars have this ratio.
                Exactness is needed too: in the limit $\lambda\to0$ prototypes are sums for every distribution with the
                sign condition (W4). Whether incomplete layers that no symmetry explains can average exactly is
                open.""",
            formal=W6A,
        ),
        Claim(
            id="W6b",
            title="converse, read literally",
            setting=replace(PAL_OPTIMUM, bias="none"),
            hypotheses=(
                "all singletons and some larger sets are in the support",
                "h_S = alpha_m sum_{k in S} h_{k} with one alpha_m per multiplicity, at every lambda",
            ),
            text="every multiplicity is perfectly orthogonal",
            tex=r"""(*False*.) PAL-CE, no bias, all singletons and some larger sets in the support: averaging with one
                constant per multiplicity at every $\lambda$ forces perfect orthogonality. Symmetry refutes it, for
                three labels with equal weights on $\{1\},\{2\},\{3\},\{1,2\}$, and for equal singletons together with
                equally likely disjoint blocks that partition the labels.""",
            source="read off the paper's abstract; false as it stands",
            answer=Answer.FALSE,
            gloss="""equal weights on {1}, {2}, {3}, {1,2} average exactly by symmetry, and the pairs are not
                orthogonal""",
            domain="singletons",
            variants={
                "the pair perfectly orthogonal": "proof",
                "the blocks perfectly orthogonal": "proof",
                "without symmetry it holds": "check",
            },
            formal=W6B,
        ),
        Claim(
            id="W7",
            title="frequencies times summands",
            setting=replace(ANY_LOSS, d="d >= K"),
            hypotheses=("the global optimum; S has two labels or more",),
            text="h_S is proportional to sum_{k in S} f_k h_{k}",
            tex=r"""The reading $h_S\propto\sum_{k\in S}f_k\,h_{\{k\}}$ is false: for the MSE with and without bias at
                two labels, the smallest number there is, and for PAL-CE even under perfect orthogonality, at every
                penalty. Wherever plain or scaled sums are exact and two singleton prototypes are linearly independent,
                it fails for every pair of labels of different frequency.""",
            source="the paper's abstract (P1) in its most naive reading; the refutation is new here",
            answer=Answer.FALSE,
            gloss="""already with two labels, equal weights on {1} and {1,2}, squared loss; where frequencies in S are
                equal it asks for nothing but a scaled sum""",
            variants={
                "plain sums refuted in the same instance": "proof",
                "the Gram determinant with f_1^2 - f_2^2": "proof",
                "it holds where frequencies are equal": "check",
            },
            remark="""At one label there is nothing to synthesise, and for PAL-CE with two labels the pair is the full
                set, which carries no contrast; in this sense two labels (MSE) and three (PAL-CE) are the smallest
                counterexamples.""",
            formal=Formal(
                letters=("s[labels]: d; R: K x K; t: 1",),
                given=(
                    *LABEL_SETS,
                    *STATIONARY,
                    *PENALTIES,
                    "f := sum[S](y[S])",
                    "R := sum[S](r[S]*r[S]')",
                    "all S: r[S] = y[S] - W*h[S]",
                    "all k: lambda_H*s[k] = W'*(e[k] - W*s[k])",
                    "psd (lambda*I[K] - R)",
                ),
                goal="all S: 2 <= m[S] => (some t: h[S] = t*sum[k](((e[k]'*y[S])*(e[k]'*f))*s[k]))",
            ),
        ),
        Claim(
            id="W8",
            title="synthesis from rows",
            setting=replace(LIMIT, bias="none or free", rank="any"),
            hypotheses=(f"{STRICT_EITHER}, and mu q_S in the domain, for the first clause",),
            text="""the weights r_S/lambda_H of h_S on the classifier rows are near mu/lambda_H q_S, q_S = Sigma^{+1/2}
                y_S (free bias: Sigma_C^{+1/2}(y_S - f)): for x = r_S/mu - q_S, pi_S x^T (lambda_W/mu W W^T) x <= E
                with E of T8, so pi_S |x|^2 <= E/g where lambda_W/mu W W^T is at least g on contrasts; and q_S is alpha
                a_S, a_S the centered y_S or y_S - f, with one alpha > 0 for all S in the support iff alpha^2 Sigma^2 =
                Sigma, at rank K - 1 iff alpha^2 Sigma = P""",
            tex=r"""PAL-CE. *From rows.* Features are $h_S=\frac1{\lambda_H}\sum_kr_{S,k}w_k$, and under the strict
                sign condition of T1, at any rank and every $\lambda$ at which $\mu q_S$ is in the domain,
                $x=r_S/\mu-q_S$ satisfies $\pi_S\,x^\top\hat Gx\le E$ with $\hat G=\frac{\lambda_W}\mu WW^\top$,
                $q_S=\Sigma^{+1/2}y_S$ (free bias: $\Sigma_C^{+1/2}(y_S-f)$) and $E$ of T8. At rank $K-1$ $\hat G$ is
                at least $\tau\sqrt\kappa$ on contrasts, up to an error of order 1 (D1), and $E\le Q/\tau$: *in the
                limit prototypes are synthesised from the rows with the weights $q_S$*, positive or negative in $S$ and
                negative off $S$, up to an error of order $1/\tau$. The weights are determined up to a common constant.
                *Uniform weights*, at any rank: $q_S=\alpha a_S$, $a_S=\tilde y_S$ or $P(y_S-f)$, with one and the same
                constant $\alpha>0$ for all $S$ in the support if and only if $\alpha^2\Sigma^2=\Sigma$; at rank $K-1$
                that is $\Sigma=\alpha^{-2}P$.""",
            source="new here; SELI of Thrampoulidis et al. 2022 for one label per sample",
            gloss="inverse square roots of the label covariance, one constant only if that is flat",
            variants={
                "uniform weights for an imbalanced distribution": "both",
                "the weights of the other treatment of the bias": "both",
                "a flat spectrum without uniform weights": "both",
                "uniform weights only if Sigma is a multiple of P": "both",
                "a hundredth of the error": "check",
                "the inverse root is the limit at any rank": "check",
            },
            remark=r"""The contrast to W4 is the point: *from singleton prototypes* the same limit is a plain sum
                for every distribution, *from classifier rows* it is uniform only where the spectrum is flat. For
                the squared loss the same weights, with $C$ or $M$ uncentered, are exact at finite $\lambda$ (W2a).
                *Rank matters twice*, by stored counterexamples: for three labels with $\{1\}$ alone in the support
                there is one constant, and $\Sigma$ is no multiple of $P$; and for five labels with equal weights
                on $\{1,2\},\{2,3\},\{1,4,5\}$ the sign condition is strict, but residuals over $\mu$ stay away
                from $\Sigma^{+1/2}y_S$ along contrasts that $\hat G$ hardly sees, since the dual value grows along
                those.""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "Root: K x K; r2[sets]: K; low: 1"),
                given=(
                    *NEAR_POLAR,
                    "all S: lambda_H*h[S] = W'*r2[S]",
                    CENTERED[0],
                    *(*POLAR[:2], *POLAR[3:], "Root*Root = sum[S](a[S]*a[S]')"),
                ),
                goal=f"""(all S: w[S]*({OF_ROWS}) <= 2*lambda_H*({POLAR_ERROR}))
                    and ((all x: ones'*x = 0 => low*(x'*x) <= x'*W*W'*x) and (all S: ones'*r2[S] = 0)
                    => (all S: w[S]*(low*((r2[S] - r[S])'*(r2[S] - r[S]))) <= 2*lambda_H*({POLAR_ERROR})))
                    and (all t: 0 < t => ((all S: Q*a[S] = t*a[S]) <=> {FLAT_MOMENT}))
                    and (Pi = P => (all t: 0 < t => ({FLAT_MOMENT} <=> t^2*sum[S](a[S]*a[S]') = P)))""",
                besides="what the limit is, from D1 and T8, and that the weights are determined up to a constant",
            ),
        ),
        Claim(
            id="W8a",
            title="uniform weights on rows",
            setting=replace(LIMIT, rank="any; K - 1 to say it of prototypes"),
            hypotheses=(STRICT + ", to say it of prototypes",),
            text="""Sigma^{+1/2} y_S is a multiple of y~_S for every S in the support - every h_S, in the limit of W8, a
                scaled sum of the rows of its labels - iff every y~_S is an eigenvector of Sigma; with a singleton in
                the support, iff Sigma^2 is a multiple of Sigma""",
            tex=r"""At any rank, every $\Sigma^{+1/2}y_S$ is a multiple $\alpha_S\tilde y_S$, with a constant per label
                set, if and only if every $\tilde y_S$ is an eigenvector of $\Sigma$; in the limit of W8 without bias it
                says that every $h_S$ is a scaled sum of the classifier rows of its labels. That does not need
                $\Sigma\propto P$: the support may split into groups with $|S\cap T|=m_Sm_T/K$ across groups, on each of
                which $\Sigma$ is a multiple of the projector. If the support contains one singleton (or one set of
                $K-1$ labels), it does not split, and uniform weights mean that $\Sigma^2$ is a multiple of $\Sigma$, at
                rank $K-1$ that $\Sigma\propto P$.""",
            source="new here",
            variants={
                "only if the spectrum is flat": "both",
                "with a singleton only if Sigma is a multiple of P": "both",
                "orthogonal whatever the eigenvalues": "proof",
                "disjoint sets across groups": "check",
            },
            formal=Formal(
                letters=("Root, Q, Pi: K x K; s, t, share: 1",),
                given=(*CENTERED, *LABEL_SETS, *POLAR, "Root*Root = Sigma", "W*W' = Root", "all S: h[S] = W'*Q*y[S]"),
                goal="""((all S: some t: h[S] = t*(W'*y[S])) <=> (all S: some t: Q*y[S] = t*(P*y[S])))
                    and ((all S: some t: Q*y[S] = t*(P*y[S])) <=> (all S: some t: Sigma*y[S] = t*(P*y[S])))
                    and ((some S, k: y[S] = e[k])
                    => ((all S: some t: Q*y[S] = t*(P*y[S])) <=> (some t: Sigma*Sigma = t*Sigma)))""",
                besides="the groups that a support may split into, and K - 1 labels for one",
            ),
        ),
        Claim(
            id="W8b",
            title="inverse root frequencies",
            setting=LIMIT,
            hypotheses=("singletons only, with frequencies f_k = (1 + eps a_k)/K near balance",),
            text="""to first order in eps the weights of W8 on the classifier rows are those of f_k^{-1/2} plus a common
                correction of relative size 1/K; for two labels they are uniform whatever the frequencies""",
            tex=r"""Singletons only, frequencies $f_k=\frac1K(1+\varepsilon a_k)$ with $\sum_ka_k=0$. To first order in
                $\varepsilon$ the weights of $h_{\{k\}}$ on the classifier rows are $\sqrt
                K\,(1-\frac\varepsilon2a_k)\,\tilde e_k+\frac\varepsilon{2\sqrt K}a$: those of $f_k^{-1/2}$, plus a
                correction that does not depend on $k$ and is of relative size $1/K$ on the label itself. For $K=2$ the
                reading $f_k^{-1/2}$ is wrong altogether: the weights are uniform whatever the frequencies.""",
            source="new here",
            gloss="to first order: f_k^{-1/2} without the correction is not",
            variants={"the weights f_k^{-1/2} without correction": "both", "the weights 1/f_k": "both"},
            remark=r"""Without centering the statement is exact: for the squared loss without bias and singletons only,
                $M=\mathrm{diag}(f)$ and the weights of W2a are $f_k^{-1/2}$.""",
            formal=Formal(
                letters=("Root, Q, Pi: K x K; a: K; eps, s, t, root, share[labels]: 1",),
                given=(
                    *(*CENTERED, *LABELS_APART, "f := sum[S](y[S])", "all S: some k: y[S] = e[k]"),
                    *("f = 1/K*(ones + eps*a)", "ones'*a = 0", "0 < s", "all k: (e[k]'*a)^2 <= s^2", "eps != 0"),
                    *("0 < root", "root^2 = K", "all k: 0 < share[k]"),
                    *("all k: share[k]^2*(e[k]'*f) = 1", *POLAR, "Root*Root = Sigma", "Pi = P"),
                ),
                goal=f"""(eps^2*s^2 <= 1/4
                    => (all k: {_FIRST_ORDER.format("root*(1 - eps/2*(e[k]'*a))")} <= K*(eps^2*s^2)^2)
                    and (all k: {_FIRST_ORDER.format("share[k]")} <= 4*K*(eps^2*s^2)^2))
                    and (K = 2 => (some t: 0 < t and (all k: Q*e[k] = t*(P*e[k]))))""",
            ),
        ),
    ),
)
