"""Entries O: perfect orthogonality and tag-wise averaging."""

import re

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    CENTERED,
    CONDITIONAL,
    ENERGY,
    ISOTROPIC,
    LABEL_SETS,
    LEAST_ROOT,
    OBJECTIVE,
    PAL_CE,
    PENALTIES,
    PERFECT,
    RESIDUAL,
    SCALAR,
    SOLVED,
    STATIONARY,
)

_UNIFORM = "none, or free with uniform class frequencies at every multiplicity"
_ETF = Setting("PAL-CE", _UNIFORM, "d >= K - 1", "K - 1")
_LETTERS = (
    "L[sets](K), log(1), ex(1), c[sets](1), cond[sets, sets], s, t, tau, share, share2, total, c1: 1",
    "X, W2: K x d",
)
_PENALTIES = (*PENALTIES, CENTERED[0])
_PROPER = (*LABEL_SETS, "all S: 1 <= m[S]", "all S: m[S] <= K - 1")
_ENERGY = f"0 < s and {ENERGY}"
_TAGWISE = "(c[S](s)/lambda_H*(W2'*P*y[S]))"
_OWN = OBJECTIVE.format("W", "h[S]", "b")
_BEST = OBJECTIVE.replace(" + {2}", "").format("W2", _TAGWISE)
_LINEAR = """(all S, k: m[S]*ex(e[k]'*(W*h[S] + b)) = e[k]'*(y[S] - {0}*(P*y[S]))*sum[j](ex(e[j]'*(W*h[S] + b))))"""
_VERBATIM = f"""P*b = 0 and W*W' = s*lambda_H*P and {_LINEAR.format("c[S](s)")}
    and (all S: h[S] = c[S](s)/lambda_H*(W'*P*y[S])) and (all c1: 0 < c1 and {SCALAR.format("c1", "1")}
    => (all S: m[S] = 1 => c1 = c[S](s))
    and (all S: h[S] = c[S](s)/c1*sum[k](e[k]'*y[S]*(c1/lambda_H*(W'*P*e[k])))))"""
"""What O1 says of the optimum."""
SOFTMAX = """all S, k: m[S]*ex(e[k]'*(W*h[S] + b)) = e[k]'*(y[S] - r[S])*sum[j](ex(e[j]'*(W*h[S] + b)))"""
"""The residual of PAL-CE."""
_ODDS = "1 + K*(1 - rate[S])/(m[S]*rate[S])"
EIGENVALUE = f"all S: a[S] = lambda_H/rate[S]*log({_ODDS})"
_EIGEN = "all S: W*W'*P*y[S] = a[S]*(P*y[S])"
_RATES_ISOTROPIC = "sum[S](rate[S]^2*(P*y[S]*y[S]'*P)) = lambda*P"
_BELOW = "0 < lambda < sum pi_m kappa-bar_m"
_ONE_OF_TWO = "((2 - m[S])*t + (m[S] - 1)*tau)"
NO_POINT = f"""0 < t and t < 1 and 0 < tau and tau < 1 and (some V: W2*V = P)
    and lambda*W2 = sum[S]({_ONE_OF_TWO}^2*(P*y[S]*y[S]'*P))*W2
    and (all S, j, k: log(e[j]'*(y[S] - {_ONE_OF_TWO}*(P*y[S]))) - log(e[k]'*(y[S] - {_ONE_OF_TWO}*(P*y[S])))
    = 1/lambda_H*((e[j] - e[k])'*W2*W2'*({_ONE_OF_TWO}*(P*y[S]))))"""
"""A stationary point of full rank without bias, with features W'r/lambda_H and residuals t P y on single labels and
tau P y on pairs: their logits are the logarithms of the distribution that has these residuals, up to a constant."""

_FREE = "b = 0 or (sum[S](r[S]) = 0 and (all S: sum[T](cond[S, T]*(P*y[T])) = 0))"
ETF_AT_ONE = (
    *("0 < lambda_W", "0 < lambda_H", "0 < scale", *STATIONARY, RESIDUAL, "all S: ones'*r[S] = 0"),
    *("W*W' = scale*lambda_H*P", _FREE, "sum[S](m[S]*(K - m[S])) - t < K*(K - 1)*lambda_W*lambda_H"),
)
"""A stationary point that is an ETF, at a penalty close to the threshold."""
_POINT = re.compile(r"\b(lambda_W|lambda_H|scale|W|h|r|b)\b(\[S\])?")
ETFS = "all t: 0 < t => " + " and ".join(
    f"({_POINT.sub(lambda x: f'{x[1]}_at{x[2] or str()}(t)', y)})" for y in ETF_AT_ONE
)
"""However small t is, there are penalties closer than t to the threshold with a stationary point that is an ETF."""
BLOCKS = "all S, T, U: m[S] - m[T] = 0 => cond[S, U] = cond[T, U]"
"""The average over label sets of one multiplicity is over all of them."""
_EXCESS = "K*(K - 1)*P*y[T]*y[T]'*P - m[T]*(K - m[T])*P"
EXCESS = f"all S: excess[S] = sum[T](cond[S, T]*({_EXCESS}))"
"""What the second moment at a multiplicity is more than the balanced one, times K (K - 1)."""

CHAPTER = Chapter(
    name="orthogonal_case",
    title="Perfect orthogonality and tag-wise averaging",
    introduction=r"""When does a prototype of several labels equal the sum of the prototypes of its labels, up to
        a scale that depends on their number only? For pick-all-labels cross entropy (PAL-CE) without bias, *perfect
        orthogonality*, $\Sigma_m=\bar\kappa_mP$ at every multiplicity, is enough, at every penalty and not only in a
        limit (O1). Which converse holds depends on what is held fixed: at one penalty the exact condition is weaker
        (O2, O2a), along penalties that approach the collapse threshold it is perfect orthogonality (O2b). Residuals
        that are multiples of the centered labels, which proofs of balanced neural collapse start from, are shown to
        be an assumption of the same kind (O3, O3a).""",
    notation=(
        (r"y_S\in\{0,1\}^K", r"the indicator of the label set $S$ with $m_S$ labels, $1\le m_S\le K-1$"),
        (
            r"\sum_S\pi_S\,(\cdot)",
            r"""expectation over the label distribution; $\pi_m$ is the mass of
            multiplicity $m$""",
        ),
        (r"P=I-\frac1K\mathbf 1\mathbf 1^\top", r"class centering, and $\tilde y_S=Py_S$"),
        (
            r"\Sigma_m",
            r"""second moment of $\tilde y_S$ given $m_S=m$, and $\bar\kappa_m=\frac{m(K-m)}{K(K-1)}$
            its balanced value""",
        ),
        (r"W\in\mathbb R^{K\times d}", r"classifier with rows $w_k$; an ETF is $WW^\top=gP$ with $g>0$"),
        (r"h_S\in\mathbb R^d", "prototype of the samples with label set $S$, and $z_S=Wh_S$ their logits"),
        (r"r_S=y_S-m_S\,\mathrm{softmax}(z_S)", r"residual, and $R=\sum_S\pi_Sr_Sr_S^\top$"),
        (
            r"\lambda=\lambda_W\lambda_H",
            r"""penalty:
            $\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2$""",
        ),
    ),
    claims=(
        Claim(
            id="O1",
            title="tag-wise averaging",
            setting=_ETF,
            hypotheses=("every multiplicity is perfectly orthogonal: Sigma_m = kappa-bar_m P", _BELOW),
            text="""the optimum has b = 0 (up to a constant), G = gP, r_S = c_m y~_S and h_S = c_m/c_1 sum_k h_{k}, with
                g and c_m the only solution of a scalar system""",
            tex=r"""Let $\Sigma_m=\bar\kappa_mP$ for every multiplicity $m$ in the support
                and $0<\lambda<\sum_m\pi_m\bar\kappa_m$. There is exactly one $g>0$ and one $c_m\in(0,1)$ for each
                multiplicity with $g\,c_m/\lambda_H=\log\bigl(1+\frac{K(1-c_m)}{m\,c_m}\bigr)$ and
                $\sum_m\pi_mc_m^2\bar\kappa_m=\lambda$, and the global optimum is the ETF $WW^\top=gP$ with $b=0$,
                $r_S=c_m\tilde y_S$, hence $h_S=\frac{c_m}{\lambda_H}\sum_{k\in S}w_k$ and, in terms of (real or
                virtual) singleton prototypes, $h_S=\frac{c_m}{c_1}\sum_{k\in S}h_{\{k\}}$, with $c_m<c_1$ for
                $m\ge2$.""",
            source="""Li et al. 2024 for the balanced distribution; that perfect orthogonality suffices is the
                paper's abstract (P4), and the scalar system, its unique solvability and the exact value at every
                penalty are new here""",
            gloss="scaled tag-wise averaging, exactly, at every lambda",
            domain="perfectly orthogonal",
            variants={
                "the curve parametrised with K in place of m in the denominator": "proof",
                "c increasing along the curve": "proof",
                "c_m^2 s <= 1 for every m": "proof",
                "the logits without the factor g": "proof",
                "the residual on S with c in place of c(1 - m/K)": "proof",
                "K - 1 for K": "both",
                "c_m for its square": "proof",
                "the isotropy of the residuals without perfect orthogonality": "proof",
                "R at most lambda/2 I": "proof",
                "rows that do not sum to zero": "proof",
                "plain sums, one scalar for all multiplicities": "both",
                "averages, with a factor 1/m": "both",
                "the penalties counted once": "proof",
                "the entropy without the factor m": "both",
                "c = lambda/kappa-bar_m without the root": "proof",
                "a free bias, whatever the class frequencies": "both",
                "balanced value 1 % too large": "check",
            },
            remark=CONDITIONAL,
            formal=Formal(
                letters=_LETTERS,
                given=(
                    *_PENALTIES,
                    *_PROPER,
                    *PERFECT,
                    *PAL_CE,
                    SOLVED,
                    "K*(K - 1)*lambda < sum[S](m[S]*(K - m[S]))",
                    "b = 0 or (all S: sum[T](cond[S, T]*(P*y[T])) = 0)",
                ),
                goal=f"""(all size, s: 1 <= size and size <= K - 1 and 0 < s => (some t: 0 < t and t < 1
                    and {SCALAR.format("t", "size")} and (all tau: 0 < tau and {SCALAR.format("tau", "size")}
                    => tau = t)))
                    and (some s: {_ENERGY} and (all t: {_ENERGY.replace("0 < s", "0 < t").replace("(s)", "(t)")}
                    => t = s))
                    and (all s: {_ENERGY} => ((some X: X*X' = P) => (some W2: W2*W2' = s*lambda_H*P))
                    and (all W2: W2*W2' = s*lambda_H*P => {_BEST} <= {_OWN}
                    and ({_OWN} <= {_BEST} => {_VERBATIM})))""",
                besides="the value of the optimum, that c_m < c_1 for two labels and more, and that virtual "
                "prototypes of single labels are c_1/lambda_H W'P e_k",
            ),
        ),
        Claim(
            id="O2",
            title="converse of averaging",
            setting=_ETF,
            hypotheses=("the optimal classifier is an ETF: G = gP with g > 0",),
            text="""r_S = c_m y~_S with the scalars of O1 that belong to g, and sum pi_m c_m^2 Sigma_m = lambda P;
                for one multiplicity that is perfect orthogonality""",
            tex=r"""If the optimal classifier is an ETF, $WW^\top=gP$ with $g>0$, then
                $r_S=c_m\tilde y_S$ with $c_m=c_m(g/\lambda_H)$ of O1(a), and $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$.
                With one multiplicity that is perfect orthogonality.""",
            source="""the paper's abstract (P4: tag-wise averaging only under perfect orthogonality); the exact
                condition is new here""",
            gloss="for several multiplicities an ETF is weaker than perfect orthogonality (O2a, O2b)",
            variants={
                "the logits a multiple of the residual for any classifier": "proof",
                "softmax decreasing in the logits": "proof",
                "lambda 1 % too large": "both",
                "I for P": "both",
                "c_m for its square": "both",
                "a free bias, whatever the class frequencies": "both",
                "the eigen-equation without lambda_H": "proof",
                "perfect orthogonality without the hypothesis": "proof",
                "uniform class frequencies are enough": "check",
            },
            remark=r"""O2a turns this into an equivalence at each penalty, and O2b says what follows if the
                penalty varies. With a free bias and class frequencies that are not uniform the constants can differ
                from label set to label set: with $K=2$ every classifier is an ETF, and at $\lambda=\frac1{20}$ the
                optimum for $\{1\}$ and $\{2\}$ with masses $.9$ and $.1$ has $r_S=c_S\tilde y_S$ with $.105$ and
                $.949$. """
            + CONDITIONAL,
            formal=Formal(
                letters=_LETTERS,
                given=(
                    *_PENALTIES,
                    *_PROPER,
                    *PERFECT[:3],
                    *PAL_CE,
                    SOLVED,
                    "0 < s",
                    *STATIONARY,
                    RESIDUAL,
                    "all S: ones'*r[S] = 0",
                    "W*W' = s*lambda_H*P",
                    "b = 0 or (sum[S](r[S]) = 0 and (all S: sum[T](cond[S, T]*(P*y[T])) = 0))",
                ),
                goal="""(all S: r[S] = c[S](s)*(P*y[S])) and sum[S](c[S](s)^2*(P*y[S]*y[S]'*P)) = lambda*P
                    and ((all S: m[S] = size) => K*(K - 1)*sum[S](P*y[S]*y[S]'*P) = size*(K - size)*P)""",
            ),
        ),
        Claim(
            id="O2a",
            title="an ETF at one penalty",
            setting=_ETF,
            hypotheses=(_BELOW,),
            text="""the optimal classifier is an ETF iff sum pi_m c_m^2 Sigma_m = lambda P with the scalars of
                O1, which is strictly weaker than perfect orthogonality""",
            tex=r"""Let $0<\lambda<\sum_m\pi_m\bar\kappa_m$, and $g,c_m$ the
                scalars of O1, which depend on $\pi$ through the masses $\pi_m$ alone. The optimal classifier is an
                ETF if and only if $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$, and then O1 holds verbatim at this
                $\lambda$. At a single $\lambda$ this is strictly weaker than perfect orthogonality.""",
            source="new here",
            variants={
                "the energy with K in place of K - 1": "proof",
                "Sigma a multiple of P is enough": "both",
                "c_m for its square": "check",
                "a free bias, whatever the class frequencies": "check",
            },
            remark=r"""Strictly weaker: nine labels, singletons with weights 8 (four of them) and 4 (the other five),
                and twenty sets of three of the four and two of the five with weight 9 each, at $c_1=\frac9{16}$
                and $c_5=\frac38$, which belong to $g/\lambda_H=\frac{16}3\log2$. """
            + CONDITIONAL,
            formal=Formal(
                letters=(*_LETTERS, "rate[sets]: 1"),
                given=(
                    *_PENALTIES,
                    *_PROPER,
                    *PERFECT[:3],
                    *PAL_CE,
                    SOLVED,
                    "K*(K - 1)*lambda < sum[S](m[S]*(K - m[S]))",
                    *("0 < s", ENERGY),
                    *STATIONARY,
                    RESIDUAL,
                    "all S: ones'*r[S] = 0",
                    "b = 0 or (sum[S](r[S]) = 0 and (all S: sum[T](cond[S, T]*(P*y[T])) = 0))",
                ),
                goal=f"""((some X: X*X' = P) and (all W2: W2*W2' = s*lambda_H*P => {_OWN} <= {_BEST})
                    => ((some t: 0 < t and W*W' = t*lambda_H*P) <=> {ISOTROPIC}))
                    and ({ISOTROPIC} => (all W2: W2*W2' = s*lambda_H*P => {_BEST} <= {_OWN}
                    and ({_OWN} <= {_BEST} => {_VERBATIM})))""",
                example=f"""P = I[K] - 1/K*ones*ones' and (all S: y[S]'*y[S] = m[S]
                    and (all k: (e[k]'*y[S])^2 = e[k]'*y[S]) and 1 <= m[S] and m[S] <= K - 1)
                    and {" and ".join(f"({text})" for text in PERFECT[:3])}
                    and (all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S])
                    and 0 < lambda and K*(K - 1)*lambda < sum[S](m[S]*(K - m[S]))
                    and (some s: 0 < s and (all S: 0 < rate[S]
                    and s*rate[S] = log(1 + K*(1 - rate[S])/(m[S]*rate[S]))))
                    and {ISOTROPIC.replace("c[S](s)", "rate[S]")} and (({PERFECT[3]}) => false)""",
            ),
        ),
        Claim(
            id="O2b",
            title="an ETF as the penalty varies",
            setting=_ETF,
            hypotheses=("the optimal classifier is an ETF at penalties that increase to the threshold of collapse",),
            text="Sigma_m = kappa-bar_m P: perfect orthogonality at every multiplicity",
            tex=r"""If the optimal classifier is an ETF for a sequence of penalties that
                increases to the collapse threshold $\sum_m\pi_m\bar\kappa_m$ (in particular if it is for every
                $\lambda$), then $\Sigma_m=\bar\kappa_mP$ at every multiplicity: perfect orthogonality.""",
            source="new here",
            variants={
                "c = 1 - tau c^2, the sign of sigma lost": "proof",
                "Catalan numbers off by one": "both",
                "c_m for its square": "proof",
                "orthogonal where Sigma is a multiple of P": "check",
            },
            remark=r"""The chain of theorems does not expand at the threshold. It takes $c_m(s)$ as the least positive
                solution for every real $s$ (there is one, for $c(K+m(e^{sc}-1))$ is continuous, 0 at $c=0$ and, as
                $m<K$, unbounded), and follows it from the penalties, where $s=g/\lambda_H>0$, to $s<0$. By the identity
                theorem $\sum_mc_m(s)^2B_m=0$, with $B_m=\pi_m(\Sigma_m-\bar\kappa_mP)$, holds as far as no $c_m$ with
                $B_m\ne0$ has a fold. If $m(1+e^{-2})\ge K$ for the largest such $m$, its $c_m$ has one first and is
                infinitely steep there, as no other is. If not, $s$ goes to $-\infty$, where $c_m^2$ tends to
                $K^2/(K-m)^2$ at the rate $e^{sc_m}$, which is slowest for the smallest such $m$. In the formal
                statement `cond` is the conditional expectation, `excess[S]` is $K(K-1)B_m/\pi_m$, and what ends in
                `_at(t)` is a stationary point at a penalty whose $K(K-1)\lambda$ is less than $t$ below its threshold:
                there is one for every $t>0$, which is all that is assumed of the penalties.""",
            formal=Formal(
                letters=(
                    *_LETTERS,
                    "excess[sets]: K x K; W_at(1): K x d; h_at[sets](1): d; r_at[sets](1), b_at(1): K",
                    "lambda_W_at(1), lambda_H_at(1), scale_at(1): 1",
                ),
                given=(
                    *("P = I[K] - 1/K*ones*ones'", *(text.replace(":=", "=") for text in LABEL_SETS)),
                    *("all S: 1 <= m[S]", "all S: m[S] <= K - 1"),
                    *(*PERFECT[:3], BLOCKS, EXCESS, *PAL_CE, LEAST_ROOT, ETFS),
                ),
                goal=PERFECT[3],
            ),
        ),
        Claim(
            id="O3",
            title="linear residuals",
            setting=_ETF,
            hypotheses=("an optimum of full rank has r_S = c_m y~_S, with one constant per multiplicity",),
            text="""sum pi_m c_m^2 Sigma_m = lambda P: with one multiplicity perfect orthogonality, which is sufficient
                too, below collapse; with several the equation for some c_m is not sufficient""",
            tex=r"""Let $W$ have rank $K-1$. If an optimum has residuals $r_S=c_m\tilde y_S$, then
                $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$; with one multiplicity this is perfect orthogonality, which is
                also sufficient (below the threshold of O1; from there on $W=0$). With several multiplicities the
                condition, for some $c_m\in(0,1)$, is *not* sufficient (O3a has what is).""",
            source="new here; the ansatz is the equality case of the lower bounds of Li et al. 2024",
            variants={
                "R = lambda P without stationarity": "proof",
                "lambda 1 % too large": "both",
                "c_m for its square": "both",
                "a free bias, whatever the class frequencies": "both",
                "perfect orthogonality at each multiplicity claimed for the example": "proof",
                "perfect orthogonality without the hypothesis": "proof",
                "linear wherever Sigma is a multiple of P": "check",
            },
            remark=r"""Theories that start from linear residuals, as equality cases of per-sample lower bounds
                do, have therefore assumed the orthogonality they end with. Not sufficient: three labels, singletons
                with probabilities $\frac1{12},\frac16,\frac14$ and their complements with
                $\frac14,\frac16,\frac1{12}$, $c_1=c_2=\frac12$ and $\lambda=\frac1{12}$.""",
            formal=Formal(
                letters=(*_LETTERS, "rate[sets]: 1; V: d x K"),
                given=(*_PENALTIES, *_PROPER, *PAL_CE, SOLVED),
                goal=f"""({" and ".join(f"({text})" for text in STATIONARY)} and (some V: W*V = P)
                    and (all S: r[S] = rate[S]*(P*y[S])) and (all S, T: m[S] - m[T] = 0 => rate[S] = rate[T])
                    => sum[S](rate[S]^2*(P*y[S]*y[S]'*P)) = lambda*P and ((all S: m[S] = size)
                    => K*(K - 1)*sum[S](P*y[S]*y[S]'*P) = size*(K - size)*P))
                    and ((all S: m[S] = size) and K*(K - 1)*sum[S](P*y[S]*y[S]'*P) = size*(K - size)*P
                    and K*(K - 1)*lambda < size*(K - size) and (b = 0 or sum[S](P*y[S]) = 0) and 0 < s and {ENERGY}
                    and (some X: X*X' = P) and (all W2: W2*W2' = s*lambda_H*P => {_OWN} <= {_BEST})
                    => {_LINEAR.format("c[S](s)")})""",
                example=f"""K = 3 and P = I[K] - 1/K*ones*ones' and (all S: ones'*y[S] = m[S]
                    and (all k: (e[k]'*y[S])^2 = e[k]'*y[S]) and (2 - m[S])*(m[S] - 1) = 0)
                    and 0 < lambda and 0 < lambda_H and (all S: 0 < rate[S] and rate[S] < 1)
                    and (all S, T: m[S] - m[T] = 0 => rate[S] = rate[T])
                    and sum[S](rate[S]^2*(P*y[S]*y[S]'*P)) = lambda*P
                    and (all W2, t, tau: {NO_POINT} => false)""",
            ),
        ),
        Claim(
            id="O3a",
            title="linear residuals, exactly",
            setting=Setting("PAL-CE", "none", "any, but full rank needs d >= K - 1", "K - 1 for optimality, else any"),
            hypotheses=("1^T W = 0", "h_S = c_S W^T y~_S / lambda_H with constants c_S in (0, 1), one per label set"),
            text="""r_S = c_S y~_S iff every y~_S is an eigenvector of W W^T with the eigenvalue that belongs to c_S,
                optimal at full rank iff also sum pi_S c_S^2 y~_S y~_S^T = lambda P; an ETF if a singleton is in the
                support, not in general""",
            tex=r"""Take any $W$ with $\mathbf 1^\top W=0$, and constants $c_S\in(0,1)$, one per
                label set. The point $h_S=\frac{c_S}{\lambda_H}W^\top\tilde y_S$ has residuals $r_S=c_S\tilde y_S$ if
                and only if $WW^\top\tilde y_S=a_S\tilde y_S$ with
                $a_S=\frac{\lambda_H}{c_S}\log(1+\frac{K(1-c_S)}{m_Sc_S})$ for every $S$ in the support; at full rank
                it is optimal if and only if also $\sum_S\pi_Sc_S^2\tilde y_S\tilde y_S^\top=\lambda P$. Label sets
                with different $a_S$ then satisfy $|S\cap T|=m_Sm_T/K$. If the support contains one singleton, the
                optimum is an ETF; otherwise it need not be.""",
            source="new here",
            variants={
                "orthogonal when disjoint": "both",
                "orthogonal whatever the eigenvalues": "both",
                "equal constants of pairs and triples": "both",
                "the equation without m": "both",
                "the example an ETF": "proof",
            },
            remark=r"""The constants may differ from set to set as long as the supports of different $a_S$ are
                orthogonal groups; on each group $\sum_S\pi_Sc_S^2\tilde y_S\tilde y_S^\top$ is then $\lambda$ times
                the projector.""",
            formal=Formal(
                letters=(
                    "L[sets](K), log(1), ex(1), rate[sets], a[sets], c, s, t, share, share2, total, fall, rise, eps: 1",
                    "W2: K x d; b2: K; h2[sets]: d; V, X: d x K; Two, Three: K x K",
                ),
                given=(
                    *_PENALTIES,
                    *_PROPER,
                    *PAL_CE,
                    "b = 0 and b2 = 0",
                    "ones'*W = 0",
                    "all S: 0 < rate[S] and rate[S] < 1",
                    "all S: h[S] = rate[S]/lambda_H*(W'*P*y[S])",
                    SOFTMAX,
                    EIGENVALUE,
                ),
                goal=f"""((all S: r[S] = rate[S]*(P*y[S])) <=> ({_EIGEN}))
                    and ((some V: W*V = P) and (all S: r[S] = rate[S]*(P*y[S]))
                    => ((all W2: {_OWN} <= {OBJECTIVE.format("W2", "h[S]", "b")})
                    => {_RATES_ISOTROPIC}) and ({_RATES_ISOTROPIC}
                    => {_OWN} <= {OBJECTIVE.format("W2", "h2[S]", "b2")}))
                    and (({_EIGEN}) => (all S, T: a[S] - a[T] = 0 or y[S]'*y[T] = m[S]*m[T]/K))
                    and (({_EIGEN}) and {_RATES_ISOTROPIC} and (some S: m[S] = 1) => (some t: 0 < t and W*W' = t*P))""",
                example=f"""K = 6 and P = I[K] - 1/K*ones*ones' and (all S: ones'*y[S] = m[S]
                    and (all k: (e[k]'*y[S])^2 = e[k]'*y[S]) and 1 <= m[S] and m[S] <= K - 1)
                    and 0 < lambda and (all S: 0 < rate[S] and rate[S] < 1)
                    and (all S, T: m[S] - m[T] = 0 => rate[S] = rate[T]) and {_RATES_ISOTROPIC}
                    and (some W2: ones'*W2 = 0 and (some V: W2*V = P) and (all t: W2*W2' = t*P => false)
                    and (all S: W2*W2'*P*y[S] = 1/rate[S]*log({_ODDS})*(P*y[S])))""",
            ),
        ),
    ),
)
