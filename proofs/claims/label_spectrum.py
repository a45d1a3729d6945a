"""Entries S: the label covariance spectrum."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    BALANCED,
    CENTERED,
    EXCHANGED,
    FIXED_SIZE,
    GREATEST,
    LABEL_SETS,
    LABELS_APART,
    LEAST,
)

_LABELS = Setting("none: a statement on label distributions", "any", "any", "any")
_OF_ONE_SIZE = ("given that a label set has m labels, 1 <= m <= K - 1",)
_AT_MOST = "some {0}: {0}'*{0} = I[{1}] and ones'*{0} = 0 and psd (t*I[{1}] - {0}'*{2}*{0})"
"""That as many eigenvalues as the matrix has columns are at most t, by Courant and Fischer."""
_DIAGONAL = "sum[k]((e[k]'*f)*(e[k]*e[k]'))"

ALL_SETS = (
    EXCHANGED[0],
    "all j, k, S: sum[T](1/w[T]*swap[j, k, S, T]) = 1",
    EXCHANGED[2],
    "all S: least <= w[S]",
    "all_sets = sum[S](1/w[S])",
    "size*all_sets = K*with_one",
    "(K - 1)*with_one_of_two = (K - size)*with_one",
    "1 <= size",
    "size <= K - 1",
)
"""Every set of so many labels occurs: exchanging two labels turns S into one T, for which swap is 1. The numbers of
all sets, of those with a given label, and of those with one of two labels and not the other."""
_SHIFTED = "(M - t*ones*ones')"
DISCS = (
    f"Off = {_SHIFTED} - sum[j]((e[j]'*{_SHIFTED}*e[j])*(e[j]*e[j]'))",
    "all j, k: -near[j, k] <= e[j]'*Off*e[k] and e[j]'*Off*e[k] <= near[j, k]",
    f"all k: disc <= e[k]'*{_SHIFTED}*e[k] - sum[j](near[j, k])",
)
"""Gershgorin's discs of M - t 11': near[j, k] is the size of an entry off the diagonal."""
SPECTRAL = (
    "P = low*low' + (K - 2)*sum[p](q[p]*q[p]')",
    "low'*low = 1 and Sigma*low = kappa*low",
    "all p: q[p]'*q[p] = 1 and Sigma*q[p] = level[p]*q[p] and kappa <= level[p] and (K - 2)*w[p] = 1",
)
"""An orthonormal basis of eigenvectors on contrasts: one for kappa, and K - 2 others, over which sum[p] is the mean."""
DETERMINANT = "0 < det and log(det) = log(kappa) + (K - 2)*sum[p](log(level[p]))"
TRACE_DETERMINANT = f"""(kappa = 0 and bound = 0) or (0 < kappa and {DETERMINANT} and 0 < bound
    and log(bound) = log(det) + (K - 2)*(log(K - 2) - log(trace)))"""
"""The bound of trace and determinant, by its logarithm where it has one; det is the product of the eigenvalues."""
POWER = """all t: 0 <= t and t < trace
    => 0 < phi(t) and log(phi(t)) = log(det) + (K - 2)*(log(K - 2) - log(trace - t))"""
"""The bound that a known lower bound t gives: det ((K - 2)/(trace - t))^(K - 2)."""
OVERLAP = (
    "0 <= s",
    "(K - 1)*(s^2 + kbar^2) = sum[S](sum[T]((y[S]'*y[T] - size^2/K)^2))",
    "0 <= root",
    "root^2 = K - 2",
)
"""The spread of the overlap of two random label sets, and the root of K - 2."""
_FORMAL_LETTERS = ("log(1), level[parts], det, trace, t: 1; low, q[parts]: K",)
_IN_FORMULAS = r"""In the formulas `low` is a contrast for $\kappa$, `q` are eigenvectors for the $K-2$ others, `level`,
    over which `sum[p]` is the mean; $\det{}'$ and powers are written by their logarithms, exchanges as in S1."""
_LIMIT = """(all eps: 0 < eps => (some s: t - eps < s and s <= t and 0 <= s and s <= phi(s) and phi(s) <= t))"""
"""What is so of the limit t of bounds that increase, each of which is phi of the one before."""

CHAPTER = Chapter(
    name="label_spectrum",
    title="The label covariance spectrum",
    introduction=r"""A label distribution $\pi$ puts probability $\pi_S$ on label sets $S\subset\{1,\dots,K\}$.
        Its centered second moment $\Sigma$ says how strongly the data contrasts labels, direction by direction; the
        smallest eigenvalue $\kappa$ on $\mathbf 1^\perp$ belongs to the weakest contrast. Every statement of this
        chapter is exact; $K$, $m$ and the distribution stay symbolic unless a step names an instance.""",
    notation=(
        (
            r"y_S\in\{0,1\}^K",
            r"""the indicator of the label set $S$, and $m_S=\mathbf 1^\top y_S$ its number of
            labels""",
        ),
        (
            r"\sum_S\pi_S\,(\cdot)",
            r"""expectation over the label distribution: $\pi_S>0$ on the support,
            $\sum_S\pi_S=1$""",
        ),
        (r"P=I-\frac1K\mathbf 1\mathbf 1^\top", r"class centering, and $\tilde y_S=Py_S$"),
        (r"M=\sum_S\pi_Sy_Sy_S^\top", r"second moment, and $f=\sum_S\pi_Sy_S$ the class frequencies"),
        (r"\Sigma=PMP", r"centered second moment; an index $m$ means given $|S|=m$, $1\le m\le K-1$"),
        (
            r"\kappa,\ \mathrm K",
            r"""least and largest eigenvalue of $\Sigma$ on $\mathbf 1^\perp$, that is the
            extreme numbers with $\kappa P\preceq\Sigma\preceq\mathrm KP$ (spectral theorem)""",
        ),
        (r"\bar\kappa_m=\frac{m(K-m)}{K(K-1)}", "the balanced value"),
        (r"x,\ v", r"a contrast ($\mathbf 1^\top x=0$) and any vector; $e_k$ is a unit vector"),
    ),
    claims=(
        Claim(
            id="S1",
            title="balanced value",
            setting=_LABELS,
            hypotheses=(
                "every set of m labels is equally likely, 1 <= m <= K - 1, that is, the distribution stays the same "
                "when any two labels are exchanged",
            ),
            text="""Sigma_m = kappa-bar_m P with kappa-bar_m = m(K-m)/(K(K-1)); Li et al.'s counting constant is
                (K/m)^2 C(K-2, m-1) = (K/m)^2 C(K, m) kappa-bar_m""",
            tex=r"""$\Sigma_m=\bar\kappa_mP$ with $\bar\kappa_m=\frac{m(K-m)}{K(K-1)}$: the spectrum on
                $\mathbf 1^\perp$ is flat, and $\kappa_m=\mathrm K_m=\bar\kappa_m$. Li et al.'s counting constant is
                $(K/m)^2\binom{K-2}{m-1}=(K/m)^2\binom Km\bar\kappa_m$.""",
            source="Li et al. 2024 (the counting constant); the spectral form is textbook design theory",
            domain="uniform layers",
            variants={
                "K^2 for K(K-1) in the balanced value": "both",
                "C(K-1, m-1) for C(K-2, m-1) in Li et al.'s constant": "both",
                "one label set twice as likely as the others": "both",
                "the pattern not centered": "proof",
                "balanced value 1 % too large": "check",
            },
            remark=r"""Balance over all $\binom Km$ sets is more than is needed: S7 replaces it by any 2-design. In the
                formulas $\mathrm{swap}_{jk}(S,T)$ is $1/\pi_T$ where exchanging the labels $j$ and $k$ turns $S$ into
                $T$, and 0 otherwise; and binomial coefficients are said by $m\binom Km=K\binom{K-1}{m-1}$ and
                $(K-1)\binom{K-2}{m-1}=(K-m)\binom{K-1}{m-1}$.""",
            formal=Formal(
                letters=("swap[labels, labels, sets, sets], all_sets, with_one, with_one_of_two: 1",),
                given=(
                    *(*FIXED_SIZE, *CENTERED, *LEAST, *GREATEST, *BALANCED, "1 <= size", "size <= K - 1"),
                    *(*EXCHANGED, "size*all_sets = K*with_one", "(K - 1)*with_one_of_two = (K - size)*with_one"),
                ),
                goal="""Sigma = kbar*P and kappa = kbar and Kappa = kbar
                    and (K/size)^2*with_one_of_two = (K/size)^2*all_sets*kbar""",
            ),
        ),
        Claim(
            id="S2",
            title="extremality",
            setting=_LABELS,
            hypotheses=_OF_ONE_SIZE,
            text="""tr Sigma_m = m(K-m)/K, so kappa_m <= kappa-bar_m <= K_m, with equality in either only under perfect
                orthogonality, which forces uniform class frequencies unless K = 2m""",
            tex=r"""$\mathrm{tr}\,\Sigma_m=\frac{m(K-m)}K$, hence $\kappa_m\le\bar\kappa_m\le\mathrm K_m$, with equality
                in either iff $\Sigma_m=\bar\kappa_mP$ (*perfect orthogonality*). Perfect orthogonality forces uniform
                class frequencies $f=\frac mK\mathbf 1$ unless $K=2m$; at $K=2m$ it does not.""",
            source="new here; the balanced value is Li et al. 2024's",
            gloss="with K = 2m perfect orthogonality leaves the frequencies free",
            variants={
                "K - 1 for K in the trace": "both",
                "the inequalities reversed": "both",
                "uniform frequencies without orthogonality": "both",
                "uniform frequencies at K = 2m too": "both",
                "balanced value 1 % too small": "check",
                "balanced value ten times too large": "check",
                "every distribution orthogonal": "check",
            },
            remark=r"""At $K=2m$ a set $S$ and its complement contribute the same to $\Sigma$ (S4), so only the
                sums $\pi_S+\pi_{S^c}$ are determined; that is where the freedom comes from.""",
            formal=Formal(
                given=(*FIXED_SIZE, *CENTERED, *LEAST, *GREATEST, *BALANCED),
                goal="""tr(Sigma) = size*(K - size)/K and kappa <= kbar and kbar <= Kappa
                    and (kappa = kbar <=> Sigma = kbar*P) and (Kappa = kbar <=> Sigma = kbar*P)
                    and (Sigma = kbar*P and K - 2*size != 0 => f = size/K*ones)""",
                besides="at K = 2m frequencies need not be uniform",
            ),
        ),
        Claim(
            id="S3",
            title="multiplicity one",
            setting=_LABELS,
            hypotheses=("every sample has one label, label k with probability pi_k",),
            text="""Sigma_1 = P diag(pi) P; its eigenvalues are the roots of sum_k 1/(pi_k - x) = 0 and, mu - 1 times,
                each value that mu of the pi_k share, so they interlace the sorted pi; kappa_1 in closed form at K = 2
                and K = 3""",
            tex=r"""$\Sigma_1=P\,\mathrm{diag}(\pi)\,P$. Its spectrum on $\mathbf 1^\perp$ consists of the roots of
                $\sum_k\frac1{\pi_k-x}=0$, one strictly between each two neighbouring distinct values of $\pi$, and
                of each value that $\mu\ge2$ of the $\pi_k$ share, $\mu-1$ times. So it interlaces the sorted $\pi$,
                in particular $\pi_{(1)}\le\kappa_1\le\pi_{(2)}$. For $K=2$: $\kappa_1=\frac12$. For $K=3$:
                $\kappa_1=\frac13\bigl(1-\sqrt{1-3e_2}\bigr)$ with $e_2=\pi_1\pi_2+\pi_1\pi_3+\pi_2\pi_3$.""",
            source="textbook (rank-one secular equation); the closed forms are new here",
            domain="singletons",
            variants={
                "$u$ an eigenvector although $x$ is not a root of the secular equation": "proof",
                r"differences $e_j-e_k$ eigenvectors although $\pi_j\ne\pi_k$": "proof",
                "4 for 3 in the closed form at K = 3": "both",
                "the radicand $1-4e_2$ nonnegative": "proof",
                "one frequency taken for another": "check",
                "kappa_1 at most the smallest frequency": "check",
                "kappa_1 at least the second smallest": "check",
                "0.51 at K = 2": "check",
            },
            remark=r"""A label that never occurs has $\pi_k=0$ and is covered: with one such label $0<\kappa_1$,
                with two $\kappa_1=0$. In the formulas $f=\pi$; for $t=\pi_j$ the eigenvectors are the contrasts of the
                labels of that frequency, a space of dimension $\mu-1$; and the $i$-th eigenvalue, or the $i$-th
                smallest frequency, is said to be at most $t$ as in S11.""",
            formal=Formal(
                letters=("n; V: K x d; X: K x n; Y: n x d; t, s, e2: 1",),
                given=(
                    *(*LABELS_APART, *FIXED_SIZE, "size := 1", *CENTERED, *LEAST, BALANCED[2], "n = d + 1"),
                    "2*e2 = (ones'*f)^2 - f'*f",
                ),
                goal=f"""Sigma = P*{_DIAGONAL}*P
                    and (all t: (all k: e[k]'*f - t != 0) => (sum[k](1/(e[k]'*f - t)) = 0
                    <=> (some v: ones'*v = 0 and v'*v != 0 and Sigma*v = t*v))
                    and (all v: ones'*v = 0 and Sigma*v = t*v => (some s: v = s*sum[k](1/(e[k]'*f - t)*e[k]))))
                    and (all j, v: ones'*v = 0 => (Sigma*v = (e[j]'*f)*v
                    <=> (all k: (e[k]'*f - e[j]'*f)*(e[k]'*v) = 0)))
                    and (all t: ({_AT_MOST.format("V", "d", "Sigma")})
                    => (some V: V'*V = I[d] and psd (t*I[d] - V'*{_DIAGONAL}*V)))
                    and (all t: (some X: X'*X = I[n] and psd (t*I[n] - X'*{_DIAGONAL}*X))
                    => ({_AT_MOST.format("V", "d", "Sigma")}))
                    and (K = 2 => kappa = 1/2) and (K = 3 => (1 - 3*kappa)^2 = 1 - 3*e2 and kappa <= 1/3)""",
                besides="that there is one root strictly between each two neighbouring distinct frequencies",
            ),
        ),
        Claim(
            id="S4",
            title="complement duality",
            setting=_LABELS,
            hypotheses=(),
            text="""complements have the opposite contrast, so they leave Sigma unchanged: Sigma_{K-m} of the
                complements is Sigma_m""",
            tex=r"""$\tilde y_{S^c}=-\tilde y_S$, hence replacing every label set by its complement leaves
                $\Sigma$, and so $\kappa$ and $\mathrm K$, unchanged, while multiplicity $m$ becomes $K-m$.""",
            source="textbook (complementary designs)",
            variants={
                "without the centering": "both",
                "complements of the same size": "both",
                "the same contrast instead of the opposite one": "proof",
            },
            formal=Formal(
                letters=("yc[sets]: K; Sigma_c: K x K",),
                given=(*LABEL_SETS, *CENTERED, "all S: yc[S] := ones - y[S]", "Sigma_c := P*sum[S](yc[S]*yc[S]')*P"),
                goal="(all S: ones'*yc[S] = K - m[S] and P*yc[S] = -P*y[S]) and Sigma_c = Sigma",
            ),
        ),
        Claim(
            id="S5",
            title="co-occurrence Laplacian",
            setting=_LABELS,
            hypotheses=(),
            text="""M_m = m diag(f) - Laplacian of co-occurrence; x^T Sigma x = sum_S pi_S x(S)^2 for every contrast x,
                so kappa = 0 iff some contrast other than 0 vanishes on every label set of the support""",
            tex=r"""For one multiplicity $M_m=m\,\mathrm{diag}(f)-\mathcal L$, with $\mathcal L$ the Laplacian of
                the graph in which labels $j\ne k$ are joined with weight $(M_m)_{jk}$, the probability that they
                occur together. For any distribution and every contrast $x\perp\mathbf 1$, $x^\top\Sigma
                x=\sum_S\pi_Sx(S)^2$ with $x(S)=\sum_{k\in S}x_k$; so $\kappa=0$ iff some $x\ne0$, $x\perp\mathbf 1$
                has $x(S)=0$ on the whole support.""",
            source="new here",
            variants={
                "without the factor m": "both",
                "mixed multiplicities, with the mean size for m": "proof",
                "a vector that is not a contrast": "both",
                "no contrast ever vanishes": "check",
                "the wrong contrast vanishes": "check",
                "rank of the label vectors": "check",
            },
            remark=r"""On $\mathbf 1^\perp$ therefore $\Sigma_m=m\,P\,\mathrm{diag}(f)\,P-\mathcal L$ as
                quadratic forms: frequent labels and *sparse* co-occurrence make contrasts strong.""",
            formal=Formal(
                letters=("Laplacian: K x K",),
                given=(
                    *LABEL_SETS,
                    *CENTERED,
                    *LEAST,
                    "f := sum[S](y[S])",
                    "Laplacian := 1/2*sum[j](sum[k]((e[j]'*M*e[k])*((e[j] - e[k])*(e[j] - e[k])')))",
                ),
                goal="""((all S: m[S] = size) => M = size*sum[k]((e[k]'*f)*(e[k]*e[k]')) - Laplacian)
                    and (all x: ones'*x = 0 => x'*Sigma*x = sum[S]((x'*y[S])^2))
                    and (kappa = 0 <=> (some x: ones'*x = 0 and x'*x != 0 and (all S: x'*y[S] = 0)))""",
            ),
        ),
        Claim(
            id="S6",
            title="mixing",
            setting=_LABELS,
            hypotheses=(),
            text="""Sigma is linear, kappa concave and K convex in pi; kappa >= sum_m pi_m kappa_m, K <= sum_m pi_m
                K_m""",
            tex=r"""$\Sigma\bigl(\sum_iw_i\pi^{(i)}\bigr)=\sum_iw_i\Sigma(\pi^{(i)})$ for weights $w_i>0$,
                $\sum_iw_i=1$; hence $\kappa$ is concave and $\mathrm K$ convex in $\pi$. In particular
                $\kappa(\pi)\ge\sum_m\pi_m\kappa_m$ and $\mathrm K(\pi)\le\sum_m\pi_m\mathrm K_m$.""",
            source="textbook (concavity of the least eigenvalue)",
            variants={
                "the inequality reversed: kappa convex": "both",
                "kappa and K swapped": "both",
                "mean of the kappa_m 1 % too large": "check",
                "mean of the K_m 1 % too small": "check",
                "all multiplicities alike": "check",
            },
            formal=Formal(
                letters=("q[parts, sets], least[parts], greatest[parts]: 1; Part[parts]: K x K",),
                given=(
                    CENTERED[0],
                    "all p: Part[p] := P*sum[S](q[p, S]*(y[S]*y[S]'))*P",
                    "Sigma := P*sum[S](sum[p](q[p, S])*(y[S]*y[S]'))*P",
                    *LEAST,
                    *GREATEST,
                    "all p, x: ones'*x = 0 => least[p]*(x'*x) <= x'*Part[p]*x",
                    "all p, x: ones'*x = 0 => x'*Part[p]*x <= greatest[p]*(x'*x)",
                ),
                goal="""Sigma = sum[p](Part[p]) and sum[p](least[p]) <= kappa and Kappa <= sum[p](greatest[p])""",
            ),
        ),
        Claim(
            id="S7",
            title="designs",
            setting=_LABELS,
            hypotheses=(
                "the label sets are the blocks of a 2-design: sets of m labels, every pair of labels in equally many",
                "they are equally likely",
                "2 <= m <= K - 1",
            ),
            text="Sigma_m = kappa-bar_m P: perfect orthogonality, without balance over all sets of m labels",
            tex=r"""A uniformly weighted 2-$(K,m,\lambda)$ design - $m$-sets, called blocks, such that every pair of
                labels lies in exactly $\lambda$ of them - is perfectly orthogonal: $\Sigma_m=\bar\kappa_mP$. Balance
                over all $\binom Km$ sets is not needed; the Fano plane does it for $K=7$, $m=3$ with seven sets.""",
            source="new here; the counting is textbook design theory",
            domain="designs",
            variants={
                "r + lambda for r - lambda": "proof",
                "K for K - 1 in the pair count": "proof",
                "blocks of one label": "both",
                "every label equally often is enough": "both",
            },
            remark=r"""Single labels contain no pair, so that at $m=1$ counting pairs says nothing: $\{1\},\{2\}$ on
                $K=3$ labels, equally likely, have $\kappa_1=\frac16$ and $\bar\kappa_1=\frac13$. All $m$-sets together
                are the design with $\lambda=\binom{K-2}{m-2}$, which is S1 for $m\ge2$.""",
            formal=Formal(
                letters=("pair: 1",),
                given=(
                    *FIXED_SIZE,
                    *CENTERED,
                    *BALANCED,
                    "2 <= size",
                    "M - sum[j]((e[j]'*M*e[j])*(e[j]*e[j]')) = pair*(ones*ones' - I[K])",
                ),
                goal="Sigma = kbar*P",
                example="""K = 7 and (all S: ones'*y[S] = 3 and w[S] = 1/7) and (all S, k: (e[k]'*y[S])^2 = e[k]'*y[S])
                    and M = sum[S](y[S]*y[S]') and P = I[K] - 1/K*ones*ones' and Sigma = P*M*P
                    and (all j, k: e[j]'*e[k] = 0 => e[j]'*M*e[k] = 1/7) and Sigma = 3*(K - 3)/(K*(K - 1))*P
                    and ones'*x = 3 and (all k: (e[k]'*x)^2 = e[k]'*x) and (all S: (x - y[S])'*(x - y[S]) != 0)""",
            ),
        ),
        Claim(
            id="S8",
            title="lower bounds on kappa_m",
            setting=_LABELS,
            hypotheses=_OF_ONE_SIZE,
            text="""kappa_m is at least each of four bounds: minorization (where every set of m labels occurs), shifted
                Gershgorin discs, and for K >= 3 trace and determinant, and the overlap of two random label sets""",
            tex=r"""Four quantities that rational arithmetic decides lie below $\kappa_m$: (a) minorization, (b) shifted
                Gershgorin discs, (c) trace and determinant, (d) the overlap of two random label sets.""",
            source="named with each part",
            variants={
                "C(K-1, m-1) for C(K-2, m-1) in the minorization": "proof",
                "twice the uniform part": "both",
                "the shift seen by a vector that is not a contrast": "proof",
                "half of the off-diagonal entries paid for": "proof",
                "shifts off the diagonal only": "both",
                "the mean inequality for Sigma - P/2, which is not semidefinite": "proof",
                "the exponent at least 1 already from K = 2 on, where there are no others": "proof",
                "K - 1 others counted in place of K - 2": "both",
                "the exponent n - 1 for n, at equal eigenvalues, where the mean inequality is an equality": "proof",
                "the trace replaced by a quantity below the sum of the others": "proof",
                "the upper overlap bound for the lower one": "both",
                "the lower overlap bound for the upper one": "both",
                "K - 3 for K - 2 in the lower overlap bound": "proof",
                "the overlap not centered": "proof",
                "trace-determinant bound 1 % too large": "check",
            },
            remark=_IN_FORMULAS,
            formal=Formal(
                letters=(
                    *_FORMAL_LETTERS,
                    "swap[labels, labels, sets, sets], all_sets, with_one, with_one_of_two, least: 1",
                    "near[labels, labels], disc, bound, s, root: 1; Off: K x K",
                ),
                given=(*FIXED_SIZE, *CENTERED, *BALANCED, *LEAST),
                goal=f"""({" and ".join(f"({x})" for x in ALL_SETS)} => with_one_of_two*least <= kappa)
                    and ({" and ".join(f"({x})" for x in DISCS)} => disc <= kappa)
                    and ({" and ".join(f"({x})" for x in (*SPECTRAL, "trace = tr(Sigma)", TRACE_DETERMINANT))}
                    => bound <= kappa) and ({" and ".join(f"({x})" for x in (*SPECTRAL, *OVERLAP))}
                    => kbar - s*root <= kappa and kappa <= kbar - s/root)""",
            ),
        ),
        Claim(
            id="S9",
            title="contrast energy",
            setting=_LABELS,
            hypotheses=_OF_ONE_SIZE,
            text="""the contrast energy of any W is tr(W^T Sigma_m W), between kappa_m and K_m times ||PW||_F^2, the
                former iff the columns of PW are weakest contrasts; kappa_m is not an upper constant""",
            tex=r"""For every $W$ with rows $w_k$ and mean row $\bar w$: $\sum_{|S|=m}\pi_{S|m}\bigl\|\sum_{k\in
                S}(w_k-\bar w)\bigr\|^2=\mathrm{tr}(W^\top\Sigma_mW)$, and this lies between $\kappa_m\|PW\|_F^2$ and
                $\mathrm K_m\|PW\|_F^2$. Equality on the left iff the columns of $PW$ lie in the
                $\kappa_m$-eigenspace: the weakest centered contrast directions.""",
            source="the paper's abstract (the lower-bound geometry); proof new here",
            gloss="kappa_m bounds from below, K_m from above, and they cannot be exchanged",
            variants={
                "kappa as the upper constant": "both",
                "K as the lower constant": "both",
                "rows not centered in the sum": "both",
                "rows not centered in the norm": "both",
                "kappa 1 % too large": "check",
            },
            remark=r"""An argument that bounds a loss from below bounds the energy from *above*, so it needs
                $\mathrm K_m$. With $\kappa_m$ it is right only under perfect orthogonality, where the two agree
                (S2).""",
            formal=Formal(
                given=(*LABEL_SETS, *CENTERED, *LEAST, *GREATEST),
                goal="""sum[S]((W'*P*y[S])'*(W'*P*y[S])) = tr(W'*Sigma*W)
                    and kappa*tr((P*W)'*(P*W)) <= tr(W'*Sigma*W) and tr(W'*Sigma*W) <= Kappa*tr((P*W)'*(P*W))
                    and (tr(W'*Sigma*W) = kappa*tr((P*W)'*(P*W)) <=> Sigma*W = kappa*P*W)
                    and (kappa < Kappa => (some v: kappa*((P*v)'*(P*v)) < v'*Sigma*v))""",
            ),
        ),
        Claim(
            id="S10",
            title="perturbation",
            setting=_LABELS,
            hypotheses=("pi and pi' are distributions on the same labels",),
            text="|kappa - kappa'| <= ||Sigma - Sigma'||_2 <= max ||y~_S||^2 ||pi - pi'||_1",
            tex=r"""$|\kappa(\pi)-\kappa(\pi')|\le\|\Sigma-\Sigma'\|_2\le\max_S\|\tilde
                y_S\|^2\cdot\|\pi-\pi'\|_1$, with $\|\tilde y_S\|^2=m(K-m)/K$ for $|S|=m$.""",
            source="textbook (Weyl, triangle inequality)",
            gloss="half of it holds as well (S12)",
            variants={
                "the length counted without centering": "proof",
                "a quarter of the constant": "both",
                "half the norm of the difference": "check",
            },
            remark="The constant is twice what is true: S12.",
            formal=Formal(
                letters=("q[sets], q2[sets], a[sets], c, kappa2, norm: 1; Sigma2: K x K",),
                given=(
                    *LABEL_SETS,
                    CENTERED[0],
                    "Sigma := P*sum[S](q[S]*(y[S]*y[S]'))*P",
                    "Sigma2 := P*sum[S](q2[S]*(y[S]*y[S]'))*P",
                    *LEAST,
                    "all x: ones'*x = 0 => kappa2*(x'*x) <= x'*Sigma2*x",
                    "some x: ones'*x = 0 and x'*x = 1 and x'*Sigma2*x = kappa2",
                    "all S: q[S] - q2[S] <= a[S]",
                    "all S: q2[S] - q[S] <= a[S]",
                    "all S: (P*y[S])'*(P*y[S]) <= c",
                    "all x: x'*(Sigma - Sigma2)*x <= norm*(x'*x) and -norm*(x'*x) <= x'*(Sigma - Sigma2)*x",
                    """some x: x'*x = 1 and (x'*(Sigma - Sigma2)*x = norm or x'*(Sigma - Sigma2)*x = -norm)""",
                ),
                goal="""(all S: (P*y[S])'*(P*y[S]) = m[S]*(K - m[S])/K)
                    and kappa - kappa2 <= norm and kappa2 - kappa <= norm and norm <= c*sum[S](a[S])""",
            ),
        ),
        Claim(
            id="S11",
            title="two centerings",
            setting=_LABELS,
            hypotheses=_OF_ONE_SIZE,
            text="""C_m = Sigma_m - P f_m f_m^T P, so lambda_i(C_m) <= lambda_i(Sigma_m) <= lambda_{i+1}(C_m) for the
                eigenvalues on contrasts""",
            tex=r"""$C_m=M_m-f_mf_m^\top=\Sigma_m-Pf_mf_m^\top P$, hence, for the eigenvalues on $\mathbf 1^\perp$ in
                ascending order, $\lambda_i(C_m)\le\lambda_i(\Sigma_m)\le\lambda_{i+1}(C_m)$.""",
            source="textbook (rank-one interlacing)",
            variants={
                "with mixed multiplicities": "proof",
                "the rank-one term added instead of subtracted": "both",
                "the rank-one term not centered": "proof",
            },
            remark=r"""The two agree iff $Pf=0$: uniform class frequencies. In the formulas $\lambda_i\le t$ is said as
                by Courant and Fischer: on some $i$ orthonormal contrasts, the columns of a matrix, the form is at most
                $t$; there $i$ is $d$, and $n=d+1$.""",
            formal=Formal(
                letters=("n; V: K x d; X: K x n; Y: n x d; t: 1",),
                given=(*FIXED_SIZE, *CENTERED, BALANCED[2], "C := M - f*f'", "n = d + 1"),
                goal=f"""C = Sigma - P*f*f'*P and (all t: ({_AT_MOST.format("V", "d", "Sigma")})
                    => ({_AT_MOST.format("V", "d", "C")}))
                    and (all t: ({_AT_MOST.format("X", "n", "C")}) => ({_AT_MOST.format("V", "d", "Sigma")}))""",
            ),
        ),
        Claim(
            id="S12",
            title="perturbation, best constant",
            setting=_LABELS,
            hypotheses=("pi and pi' are distributions on the same labels",),
            text="||Sigma - Sigma'||_2 <= 1/2 max ||y~_S||^2 ||pi - pi'||_1, and 1/2 cannot be improved",
            tex=r"""$|\kappa(\pi)-\kappa(\pi')|\le\|\Sigma-\Sigma'\|_2\le\frac12\max_S\|\tilde
                y_S\|^2\cdot\|\pi-\pi'\|_1$: half the constant of S10, because what one label set gains another
                loses. The constant $\frac12$ is best possible, for the norm and for $\kappa$.""",
            source="new here (sharpens S10)",
            variants={"0.495 for 1/2 as the constant": "both", "t any number, not the mass that was gained": "proof"},
            formal=Formal(
                letters=("q[sets], q2[sets], a[sets], c, kappa2, norm: 1; Sigma2: K x K",),
                given=(
                    *LABEL_SETS,
                    CENTERED[0],
                    "Sigma := P*sum[S](q[S]*(y[S]*y[S]'))*P",
                    "Sigma2 := P*sum[S](q2[S]*(y[S]*y[S]'))*P",
                    *LEAST,
                    "all x: ones'*x = 0 => kappa2*(x'*x) <= x'*Sigma2*x",
                    "some x: ones'*x = 0 and x'*x = 1 and x'*Sigma2*x = kappa2",
                    "all S: q[S] - q2[S] <= a[S]",
                    "all S: q2[S] - q[S] <= a[S]",
                    "all S: (P*y[S])'*(P*y[S]) <= c",
                    "all x: x'*(Sigma - Sigma2)*x <= norm*(x'*x) and -norm*(x'*x) <= x'*(Sigma - Sigma2)*x",
                    """some x: x'*x = 1 and (x'*(Sigma - Sigma2)*x = norm or x'*(Sigma - Sigma2)*x = -norm)""",
                    "sum[S](q[S] - q2[S]) = 0",
                ),
                goal="kappa - kappa2 <= norm and kappa2 - kappa <= norm and norm <= 1/2*c*sum[S](a[S])",
                example="""P = I[K] - 1/K*ones*ones' and (all S, k: (e[k]'*y[S])^2 = e[k]'*y[S])
                    and Sigma = P*sum[S](q[S]*(y[S]*y[S]'))*P and Sigma2 = P*sum[S](q2[S]*(y[S]*y[S]'))*P
                    and (all S: 0 < q[S] and 0 < q2[S] and 0 <= a[S] and a[S]^2 = (q[S] - q2[S])^2)
                    and sum[S](q[S]) = 1 and sum[S](q2[S]) = 1 and (all S: (P*y[S])'*(P*y[S]) <= c)
                    and (some S: (P*y[S])'*(P*y[S]) = c) and Sigma = kappa*P and Sigma2 = kappa2*P
                    and Sigma - Sigma2 = norm*P and 0 < norm and norm = 1/2*c*sum[S](a[S])
                    and kappa - kappa2 = 1/2*c*sum[S](a[S])""",
            ),
        ),
        Claim(
            id="S13",
            title="trace-determinant, sharpened",
            setting=_LABELS,
            hypotheses=(*_OF_ONE_SIZE, "kappa_m >= kappa_0 >= 0", "K >= 3"),
            text="""kappa_m >= det' Sigma_m ((K-2)/(tr Sigma_m - kappa_0))^(K-2); each bound taken as the next kappa_0,
                from 0 on, they increase to the best bound that trace and determinant allow""",
            tex=r"""$\kappa_m\ge\det{}'\Sigma_m\cdot\bigl(\frac{K-2}{\mathrm{tr}\,\Sigma_m-\kappa_0}\bigr)^{K-2}$. With
                $\kappa_0=0$ this is S8c; taking each bound as the next $\kappa_0$ gives an increasing sequence of
                rational lower bounds, whose limit is the least $\kappa$ with
                $\kappa\,(\mathrm{tr}\,\Sigma_m-\kappa)^{K-2}=(K-2)^{K-2}\det{}'\Sigma_m$. That limit is the best
                bound that trace and determinant allow.""",
            source="new here (sharpens S8c)",
            variants={
                "the mean inequality for Sigma - P/2, which is not semidefinite": "proof",
                "the exponent at least 1 already from K = 2 on, where there are no others": "proof",
                "K - 1 others counted in place of K - 2": "both",
                "the exponent n - 1 for n, at equal eigenvalues, where the mean inequality is an equality": "proof",
                "kappa_0 larger than kappa": "both",
                "the fixed-point equation without the factor n^n": "proof",
                "1 % too large": "check",
                "the known bound counted in": "check",
                "the known bound taken off": "check",
                "as reported, 1 % too large": "check",
            },
            remark=_IN_FORMULAS,
            formal=Formal(
                letters=(*_FORMAL_LETTERS, "phi(1), s, eps: 1"),
                given=(*FIXED_SIZE, *CENTERED, *SPECTRAL, "trace = tr(Sigma)", "0 < kappa", DETERMINANT, POWER),
                goal=f"""(all t: 0 <= t and t <= kappa => phi(t) <= kappa)
                    and (all s, t: 0 <= s and s <= t and t < trace => phi(s) <= phi(t))
                    and (all t: 0 < t and t < trace => (phi(t) = t
                    <=> log(t) + (K - 2)*log(trace - t) = (K - 2)*log(K - 2) + log(det)))
                    and (all t: 0 < t and t <= kappa and {_LIMIT} => phi(t) = t)
                    and (all t: 0 < t and t <= kappa and phi(t) = t => (some s: t <= s
                    and t + (K - 2)*s = trace and 0 < s and log(t) + (K - 2)*log(s) = log(det)))""",
                besides="""that increasing and bounded numbers have a limit, and the induction from each bound to the
                    next; and where kappa_m is 0, that all are 0""",
            ),
        ),
        Claim(
            id="S14",
            title="minorization by a design",
            setting=_LABELS,
            hypotheses=(
                *_OF_ONE_SIZE,
                "the support contains b distinct blocks of a 2-design: every pair of labels is in equally many of them",
                "m >= 2",
            ),
            text="kappa_m >= kappa-bar_m b min over the blocks of pi_{S|m}",
            tex=r"""$\kappa_m\ge\bar\kappa_m\,b\,\min_{S\in\mathcal B}\pi_{S|m}$ for the set $\mathcal B$ of the $b$
                distinct blocks. For the design of all $m$-sets this is S8a; here the other label sets need not occur at
                all. A projective plane of order $q$ gives $\kappa_m\ge q\min_{S\in\mathcal B}\pi_{S|m}$ from $K$ sets;
                the Fano plane is $q=2$, $K=7$, $m=3$.""",
            source="new here (generalises S8a)",
            variants={
                "1 % too large": "both",
                "a block that is listed twice counts twice": "both",
                "blocks that are no design: {1,2} and {3,4}": "both",
                "mean weight of a block for the least": "check",
            },
            remark=r"""A block that a design lists twice is one label set. The Fano plane twice is a design of 14
                blocks, and $14\,\bar\kappa_3\cdot\frac17=\frac47$ exceeds $\kappa_3=\frac27$.""",
            formal=Formal(
                letters=("block[sets], pair, blocks, least: 1; Blocks: K x K",),
                given=(
                    *FIXED_SIZE,
                    *CENTERED,
                    *BALANCED,
                    *LEAST,
                    "all S: block[S]^2 := block[S]",
                    "blocks := sum[S](1/w[S]*block[S])",
                    "Blocks := sum[S](1/w[S]*block[S]*(y[S]*y[S]'))",
                    "2 <= size",
                    "Blocks - sum[j]((e[j]'*Blocks*e[j])*(e[j]*e[j]')) = pair*(ones*ones' - I[K])",
                    "0 < blocks",
                    "0 <= least",
                    "all S: least*block[S] <= w[S]*block[S]",
                ),
                goal="kbar*blocks*least <= kappa",
            ),
        ),
    ),
)
