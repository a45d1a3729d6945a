"""Entries T: the terminal phase."""

from __future__ import annotations

from proofs.claims.entry import Chapter, Claim, Setting

__all__ = ["CHAPTER"]

CHAPTER = Chapter(
    name="terminal_phase",
    title="The terminal phase",
    introduction=r"""What the optimal geometry tends to as the penalty $\lambda$ goes to zero, when that limit is
        as simple as one could wish (the sign condition), how fast it is approached (logarithmically), and how stable
        it is (the weakest contrast). PAL-CE without bias unless said.""",
    notation=(
        (r"\sum_S\pi_S\,(\cdot)", "expectation over the label distribution"),
        (
            r"y_S,\ \tilde y_S=Py_S",
            r"""indicator of the label set $S$ and its centering, $P=I-\frac1K\mathbf
            1\mathbf 1^\top$""",
        ),
        (r"\Sigma=\sum_S\pi_S\tilde y_S\tilde y_S^\top", r"centered second moment; $\Sigma_m$ given $|S|=m$"),
        (r"\kappa,\ \mathrm K", r"least and largest eigenvalue of $\Sigma$ on $\mathbf 1^\perp$"),
        (r"\Sigma^{1/2},\ \Sigma^{+1/2},\ \Pi", "the root, its pseudo-inverse, the projector onto the range"),
        (r"q_S=\Sigma^{+1/2}\tilde y_S=\Sigma^{+1/2}y_S", "the polar columns"),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the penalty"),
        (r"e_j^\top v,\ v_j", "the entry of $v$ at label $j$"),
    ),
    claims=(
        Claim(
            id="T1",
            title="multi-label SELI",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""if (Sigma^{+1/2} y_S)_j <= 0 for all S in the support and j outside S (sign condition), the
                logits P y_S have the least nuclear norm among all with the margins, with W W^T = Sigma^{1/2} and
                additive prototypes; at rank K - 1 only then; with a free bias the same for P(M - f f^T)P and
                y_S - f""",
            tex=r"""Suppose $(\Sigma^{+1/2}y_S)_j\le0$ for all $S$ in the support and $j\notin S$ (*sign
                condition*). Then $Z=PY$, that is $z_S=\tilde y_S$, minimises the regulariser $\|ZD^{1/2}\|_*$ among
                logits that are equal inside every $S$ and larger by at least 1 than outside; it is the only
                minimiser if the inequalities are strict. There $WW^\top=\Sigma^{1/2}$ (for $\lambda_W=\lambda_H$)
                and prototypes are additive, $h_S=\sum_{k\in S}W^\top\Sigma^{+1/2}e_k$. No assumption on the rank of
                $\Sigma$ is needed. With free bias the same holds with $C$ and $y_S-f$, centered by $P$. At rank
                $K-1$ the sign condition is also necessary.""",
            source="""Thrampoulidis et al. 2022 for singletons (SELI), Zhao et al. 2024 for soft labels; label
                sets, the proof from scratch and the missing rank assumption are new here""",
            variants={
                "twice the minimum": "both",
                r"$\mathrm{tr}\,\Sigma$ in place of $\mathrm{tr}\,\Sigma^{1/2}$ for the minimum": "proof",
                r"$\Sigma$ in place of $\Sigma^{1/2}$ for the Gram matrix": "proof",
                r"$q_S=\tilde C^{+1/2}y_S$ without subtracting the frequencies has mean zero too": "proof",
                "the covariance of mixed multiplicities annihilates the ones, so that centering is idle": "proof",
                "the first-order change with the opposite sign": "proof",
                "tr Sigma for tr Sigma^1/2": "check",
                "Sigma for Sigma^1/2": "check",
                "without the sign condition": "check",
                "never, even under it": "check",
                "free bias without centering": "check",
            },
        ),
        Claim(
            id="T2",
            title="logarithmic approach",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=("the sign condition is strict and Sigma has rank K - 1",),
            text="""z_{S,k} - z_{S,j} = 1/2 log 1/lambda - log(-q_{S,j}) + O(1/sqrt(log 1/lambda)) for k in S
                and j outside, q_S = Sigma^{+1/2} y_S""",
            tex=r"""Let $\Sigma$ have rank $K-1$ and $q_{S,j}=(\Sigma^{+1/2}y_S)_j<0$ for all $S$ in the support
                and $j\notin S$. Then the optimal logits satisfy, for $k\in S$, $j\notin S$ and $\lambda\to0$,
                $z_{S,k}-z_{S,j}=\frac12\log\frac1\lambda-\log(-q_{S,j})+O\bigl(1/\sqrt{\log(1/\lambda)}\bigr)$; in
                particular their direction tends to the hard-margin solution $PY$ of T1.""",
            source="new here; the direction is Thrampoulidis et al. 2022 and Zhao et al. 2024",
            variants={
                r"$\psi$ of the inverted ratio": "proof",
                r"$\log\frac1\lambda$ in place of $\frac12\log\frac1\lambda$": "proof",
                r"the polar logits differ from $\tau y_S$ by the centered logarithms": "proof",
                "the orthogonal series with the coefficient $1$ in place of $(K-m)/K$": "proof",
                "log 1/lambda for its half": "check",
                "the constant with the opposite sign": "check",
                "no constant": "check",
                "uncentered leading term": "check",
            },
            remark=r"""This is why finite training never looks like the limit: the leading term grows with the
                logarithm of $1/\lambda$ only, and the constant and the correction are not small beside it.""",
        ),
        Claim(
            id="T2a",
            title="exact equation, second order",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""optimal logits of full rank solve y_S - m_S softmax(z_S) = mu (sum_T pi_T z_T z_T^T)^{+1/2}
                z_S at every lambda, mu = sqrt(lambda), and solutions are optimal; this gives the term after the
                constant of T2""",
            tex=r"""(a) At any $\lambda$: logits with
                $y_S-m_S\,\mathrm{softmax}(z_S)=\mu\,\bigl(\sum_T\pi_Tz_Tz_T^\top\bigr)^{+1/2}z_S$ for all $S$ are
                globally optimal, and so are all optimal logits of full rank. The right side at $z_S=\tilde y_S$ is
                the polar point: the rule $z_{S,k}-z_{S,j}\approx\log\frac{1-\mu q_{S,k}}{-\mu q_{S,j}}$ is its first
                iterate, with the error bound of L5d. (b) Under the assumptions of T2, with
                $\tau=\frac12\log\frac1\lambda$:
                $z_{S,k}-z_{S,j}=\tau-\log(-q_{S,j})-\frac{\delta_{S,j}}{\tau\,q_{S,j}}+O(\tau^{-2})$, where
                $\delta_S=\Sigma^{+1/2}(C_S-Nq_S)$, $C_S$ is the centered vector of $\log(-q_{S,j})$ off the set and
                $0$ on it, and $N$ solves $\Sigma^{1/2}N+N\Sigma^{1/2}=\sum_S\pi_S(\tilde y_SC_S^\top+C_S\tilde
                y_S^\top)$.""",
            source="new here",
            gloss="the second-order term if the sign condition is strict and Sigma has rank K - 1",
            variants={
                r"$\lambda$ in place of $\mu=\sqrt\lambda$ in the residuals, so that $R=\lambda^2\Pi_Q$": "proof",
                "the second moment of the residuals without the inverse root": "proof",
                r"$\delta_S=\Sigma^{+1/2}C_S$ without the change of the root": "proof",
                "the first-order root twice as large": "proof",
                "the series of the polar column without the change of the root": "proof",
                "lambda for its root": "check",
                "frequencies left out": "check",
                "inverse for inverse root": "check",
                "root unchanged": "check",
                "root changed twice": "check",
            },
        ),
        Claim(
            id="T3",
            title="kappa-control",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""sqrt(K_m/kappa_m) <= (1 + theta_m)/(1 - theta_m), theta_m = sqrt(m/((K-m)(K-1))), implies
                the sign condition; for mixed multiplicities with Sigma and the least of them""",
            tex=r"""One multiplicity, $\theta_m=\sqrt{\frac m{(K-m)(K-1)}}$: if $\sqrt{\mathrm
                K_m/\kappa_m}\le\frac{1+\theta_m}{1-\theta_m}$ (always true at $m=K-1$, where $\theta=1$) then
                $(\Sigma^{+1/2}y_S)_j\le0$ for every $m$-set $S$ and $j\notin S$. Among all symmetric matrices on
                $\mathbf 1^\perp$ with spectrum in a given interval the constant is best possible. For mixed
                multiplicities the same holds with $\Sigma$ and the *least* multiplicity in the support, since
                $\theta_m$ increases with $m$.""",
            source="""the paper's abstract (P3) in the reading that is true; the inequality and its tightness
                are new here""",
            variants={
                "the interval's ends exchanged": "proof",
                r"$\theta_m$ without the factor $K-1$": "proof",
                r"the constant $\frac{1+2\theta}{1-2\theta}$": "proof",
                "with the difference of the two vectors": "proof",
                "half of the correction": "proof",
                "theta without K - 1": "check",
                "theta twice as large": "check",
                "the largest multiplicity for the least": "check",
                "kappa and K exchanged": "check",
            },
        ),
        Claim(
            id="T3a",
            title="sign condition, automatic",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""the sign condition holds when no off-diagonal entry of the pseudo-inverse of Sigma is
                positive: strictly for singletons and for (K-1)-sets of any frequencies, for any sets of three
                labels, and for pairs of four""",
            tex=r"""(i) If no off-diagonal entry of $\Sigma^{+1/2}$ is positive, the sign condition holds for
                every label set whatsoever; and for that it is enough that no off-diagonal entry of $\Sigma^+$ is
                positive, which rational arithmetic decides. (ii) For a distribution on singletons, all $\pi_k>0$,
                $\Sigma^+=D^{-1}-\frac1sgg^\top$ with $g_k=1/\pi_k$, $s=\sum_kg_k$: every off-diagonal entry is
                negative, so the condition holds strictly, for any imbalance. The same for $(K-1)$-sets, and for
                *all* distributions on proper label sets of $K=3$ labels. (iii) For pairs of $K=4$ labels it always
                holds. So $K=4$ with mixed multiplicities is the first place where it can fail.""",
            source="new here",
            variants={
                "$D^{-1}$ alone as the pseudo-inverse": "proof",
                r"the entries of $\Sigma^+$ with the opposite sign": "proof",
                "in (iii), $w^{-1}$ in place of $w^{-1/2}$": "proof",
                "Sigma for its pseudo-inverse": "check",
                "the inverse frequencies alone": "check",
                "pairs of any number of labels": "check",
                "four labels, whatever the sets": "check",
            },
            remark="""Test (i) is independent of T3: long-tailed singletons pass it at any condition number,
                while pairs of five labels can pass T3 and not (i). Neither is necessary.""",
        ),
        Claim(
            id="T3b",
            title="constant of T3 attained",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""at K = 9, m = 6 label distributions with K/kappa = 9 have an entry that is exactly 0, and
                beyond it is positive: no larger constant will do in T3""",
            tex=r"""$K=9$, $m=6$, where $\theta_6=\frac12$ and T3 asks for $\mathrm K/\kappa\le9$. For
                $0<\omega\le\frac1{37}$ put mass $\omega$ on $S=\{1,\dots,6\}$, mass $12\omega$ uniformly on the
                thirty sets of four labels of $S$, label 7 and one of $8,9$, and the rest uniformly on the twelve
                sets of five labels of $S$ and one of $8,9$. Then $\mathrm K/\kappa=\frac{1-10\omega}{3\omega}$, and
                $(\Sigma^{+1/2}y_S)_7$ is $0$ at $\omega=\frac1{37}$, where $\mathrm K/\kappa=9$, and positive below.
                So no larger constant will do.""",
            source="new here",
            variants={
                "equal masses on the three kinds of sets": "proof",
                "positive also above the threshold": "proof",
                "equal masses on the three kinds": "check",
                "violated up to a larger mass": "check",
                "only from a smaller mass on": "check",
                "K/kappa 1 % too large": "check",
            },
            remark="""*Open*: for which $(K,m)$ the constant is attained. A linear program over the orbits of
                label sets that fix $S$ and $j$ decides it (it is among the tests of this chapter): attained for
                $(5,2),(6,2),(7,2),(7,3),(7,4)$, not attained for $(4,2),(5,3),(6,3),(6,4),(7,5)$, where a larger
                constant may do.""",
        ),
        Claim(
            id="T4",
            title="the sign condition can fail",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""with probabilities 1/5, 1/5, 3/5 on {1,2}, {1,3}, {4} the entry of {4} at label 1 is (15
                sqrt 5 - 8 sqrt 15)/66 > 0; fewer labels, singletons, or one multiplicity of four labels cannot fail""",
            tex=r"""$K=4$ with probabilities $\frac15,\frac15,\frac35$ on $\{1,2\},\{1,3\},\{4\}$:
                $\kappa=\frac1{20}$, $\mathrm K=\frac35$, and
                $(\Sigma^{+1/2}y_{\{4\}})_1=\frac{15\sqrt5-8\sqrt{15}}{66}>0$ although $1\notin\{4\}$. By T3a no
                distribution on fewer labels, on singletons, or on one multiplicity of four labels can do this.""",
            source="new here",
            variants={
                "the other entries of the column are positive too": "proof",
                r"$\Sigma^+$ in place of $\Sigma^{+1/2}$ has that entry": "proof",
                r"the condition of T3 holds there ($\mathrm K/\kappa\le4$, $\theta_1=\frac13$)": "proof",
                "equal masses": "check",
                "kappa 1 % too large": "check",
                "the two roots exchanged": "check",
                "nor on pairs of any number of labels": "check",
            },
            remark="""Real label sets fail as well; `mlnc spectrum` reports it. By the third part of T1 the
                terminal geometry is then another one.""",
        ),
        Claim(
            id="T5",
            title="stability and contrast floor",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""||Sigma^{1/2} - Sigma'^{1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt kappa + sqrt kappa'), and in
                the terminal geometry ||w_j - w_k||^2 >= 2 sqrt kappa, with equality iff e_j - e_k is an eigenvector
                for kappa""",
            tex=r"""For two distributions with $\kappa,\kappa'>0$:
                $\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt\kappa+\sqrt{\kappa'}}$, with
                equality for multiples of $P$. In the terminal geometry $G=\Sigma^{1/2}$ of T1 every contrast keeps
                $x^\top Gx\ge\sqrt\kappa\,\|x\|^2$, so that $\|w_j-w_k\|^2\ge2\sqrt\kappa$ for any two labels, with
                equality iff $e_j-e_k$ is an eigenvector for $\kappa$.""",
            source="""the paper's abstract (P3) in the reading that is true; the first inequality is textbook
                (Sylvester equation)""",
            variants={
                "three times the bound": "proof",
                "the Sylvester equation with the factors exchanged in one term": "proof",
                r"the floor $2\mathrm K^{1/2}$": "proof",
                "1 % smaller": "check",
                "kappa itself for its root": "check",
                "K for kappa in the floor": "check",
                "always an equality": "check",
            },
        ),
        Claim(
            id="T5a",
            title="stability of the prototypes",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=(),
            text="""||Sigma^{+1/2} - Sigma'^{+1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt(kappa kappa') (sqrt kappa +
                sqrt kappa'))""",
            tex=r"""For two distributions with $\kappa,\kappa'>0$:
                $\|\Sigma^{+1/2}-\Sigma'^{+1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt{\kappa\kappa'}\,(\sqrt\kappa+\sqrt{\kappa'})}$.
                So the polar columns $q_S=\Sigma^{+1/2}\tilde y_S$, which give the sign condition, the prototypes'
                coefficients and the offsets $-\log(-q_{S,j})$ of T2, are worse conditioned than the classifier by
                the factor $1/\sqrt{\kappa\kappa'}$.""",
            source="new here",
            variants={
                "the difference of the inverses with the opposite sign": "proof",
                "the inverses not around the difference": "proof",
                "1 % smaller": "check",
                "conditioned like the classifier": "check",
            },
        ),
        Claim(
            id="T6",
            title="three labels in closed form",
            setting=Setting("?", "?", "?", "?"),
            hypotheses=("two of the d_k are positive",),
            text="""for three labels kappa, K, Sigma^{1/2}, Sigma^{+1/2}, the distances of the rows and the
                constants of T2 are closed forms in d_k = pi({k}) + pi({k}^c), and the sign condition holds strictly""",
            tex=r"""$K=3$, any distribution on proper label sets, $d_k=\pi(\{k\})+\pi(\{k\}^c)$, so
                $\sum_kd_k=1$, and $\delta=\sqrt{(d_1d_2+d_1d_3+d_2d_3)/3}>0$. Then $\kappa,\mathrm
                K=\frac13(1\mp\sqrt{1-9\delta^2})$, $\Sigma^{1/2}=(\Sigma+\delta P)/\sqrt{\frac23+2\delta}$, and the
                sign condition holds strictly: $(\Sigma^{+1/2})_{jk}=-\frac{d_i+\delta}{3\delta\sqrt{2/3+2\delta}}<0$
                for $\{i,j,k\}=\{1,2,3\}$. The terminal geometry is
                $\|w_j-w_k\|^2=\frac{d_j+d_k+2\delta}{\sqrt{2/3+2\delta}}$, and the offsets of T2 are
                $-\log\frac{d_i+\delta}{3\delta\sqrt{2/3+2\delta}}$ between the labels $j,k$ for the set $\{j\}$, and
                $-\log\frac{d_j+d_k+2\delta}{3\delta\sqrt{2/3+2\delta}}$ for the set $\{j,k\}$ against $i$. The
                regulariser of the hard-margin solution is $\mathrm{tr}\,\Sigma^{1/2}=\sqrt{\frac23+2\delta}$.""",
            source="new here; singletons in the limit are Thrampoulidis et al. 2022",
            domain="three labels",
            variants={
                r"$1-3\delta^2$ in place of $1-9\delta^2$ under the root": "proof",
                r"the root without $\delta P$": "proof",
                "the off-diagonal entry with $d_1$ in place of $d_3$": "proof",
                "1 - 3 delta^2 under the root": "check",
                "the root without delta P": "check",
                "the frequency of one of the two": "check",
                "one delta in the distances": "check",
            },
            remark="""`proofs.letters.three_labels` has these formulas as functions of the three numbers $d_k$.
                Over the triangle of all $(d_1,d_2,d_3)$, and along the line where two labels are alike (drawn by
                `make figures`): ![kappa as contours over the triangle; distances and cosines of the rows along a
                line](three_labels.svg)""",
        ),
    ),
)
