"""Entries T: the terminal phase."""

from dataclasses import replace

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    CENTERED,
    GREATEST,
    LABEL_SETS,
    LABELS_APART,
    LEAST,
    LIMIT_OF_PAL_CE,
    NEAR_POLAR,
    PAL_CE,
    PENALTIES,
    POLAR_ERROR,
    POLAR_FACTORS,
    POLAR_FORM,
    POLAR_GOAL,
    POLAR_LETTERS,
)
from proofs.claims.second_order_formulas import MARGIN, T2A, WINDOW
from proofs.claims.sign_formulas import ATTAINED, AUTOMATIC, FAILURE, THREE

PAL = Setting("PAL-CE", "none", "d >= K - 1", "K - 1, of Sigma")
SIGNS = Setting("PAL-CE, through the sign condition of T1", "none", "any", "K - 1, of Sigma")
LABELS = Setting("none: a statement on label distributions", "none", "any", "K - 1, of Sigma")
STRICT = "the sign condition of T1 holds strictly"

APART = "(P*(W*h[S] + b) - z[S])'*(P*(W*h[S] + b) - z[S])"
PICKED = """e[k]'*y[S] = 1 and e[j]'*y[S] = 0 => 0 < -e[j]'*Q*a[S]
    and (e[k] - e[j])'*z[S] = -1/2*log(lambda) - log(-e[j]'*Q*a[S]) + log(1 - mu*(e[k]'*Q*a[S]))"""
"""T2: how far margins and centered logits are from those of the polar point, and what its margins are."""

ANY_COST = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
_AT_MULTIPLES = """sum[S](L[S](s*W2*(t*h2[S]) + tau*b2)) + lambda_W/2*tr((s*W2)'*(s*W2))
    + lambda_H/2*sum[S]((t*h2[S])'*(t*h2[S]))"""
_NORM = "(1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S]))"
PICKED_MARGINS = f"""(all S: 1 <= m[S]) and ({PAL_CE[1]})
    and (all S, k: e[k]'*y[S]*(e[k]'*(W2*h2[S] + b2) - level[S]) = 0)
    and (all S, k: (1 - e[k]'*y[S])*(e[k]'*(W2*h2[S] + b2) - level[S] + 1) <= 0)"""
BINARY_MARGINS = """(all S, x: L[S](x) = sum[k](log(1 + ex(e[k]'*x))) - y[S]'*x)
    and (all S, k: 1 <= (2*(e[k]'*y[S]) - 1)*(e[k]'*(W2*h2[S] + b2)))"""
PICKED_MOST = f"sum[S](m[S]*log(m[S])) + mu*(tau*{_NORM} + K - sum[S](m[S]))"
"""T7: the least cost, and that of multiples of a point; its norm, its margins for either loss, and what it bounds."""

CHAPTER = Chapter(
    name="terminal_phase",
    title="The terminal phase",
    introduction=r"""What the optimal geometry tends to as the penalty $\lambda$ goes to zero, when that limit is as
        simple as one could wish (the sign condition), how fast it is approached (logarithmically), and how stable it is
        (the weakest contrast). PAL-CE without bias unless said.""",
    notation=(
        (r"\sum_S\pi_S\,(\cdot)", "expectation over the label distribution"),
        (
            r"y_S,\ \tilde y_S=Py_S",
            r"""indicator of the label set $S$ and its centering, $P=I-\frac1K\mathbf 1\mathbf 1^\top$""",
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
            setting=Setting(
                "PAL-CE, its hard-margin problem", "none or free", "d >= the rank", "any; K - 1 for necessity"
            ),
            hypotheses=(
                """sign condition: (Sigma^{+1/2} y_S)_j <= 0 for all S in the support and j outside S; with a free bias
                the same for Sigma_C = P(M - f f^T)P and y_S - f""",
                "lambda_W = lambda_H, for the Gram matrix",
            ),
            text="""the logits P y_S (free bias: P(y_S - f)) have the least nuclear norm among all that are equal
                inside every S and larger by at least 1 than outside, with W W^T = Sigma^{1/2} (Sigma_C^{1/2}) and
                additive prototypes, and are the only ones if the condition is strict; at rank K - 1 only under the
                condition""",
            tex=r"""PAL-CE. Without bias, suppose $(\Sigma^{+1/2}y_S)_j\le0$ for all $S$ in the support and $j\notin S$
                (*sign condition*). Then $Z=PY$, that is $z_S=\tilde y_S$, minimises the regulariser $\|ZD^{1/2}\|_*$
                among logits that are equal inside every $S$ and larger by at least 1 than outside; it is the only
                minimiser if the inequalities are strict. There $WW^\top=\Sigma^{1/2}$ (for $\lambda_W=\lambda_H$) and
                prototypes are additive, $h_S=\sum_{k\in S}W^\top\Sigma^{+1/2}e_k$. No assumption on the rank of
                $\Sigma$ is needed. With free bias the same holds with $C$ and $y_S-f$, centered by $P$. At rank $K-1$
                the sign condition is also necessary.""",
            source="""Thrampoulidis et al. 2022 for singletons (SELI), Zhao et al. 2024 for soft labels; label sets, the
                proof from scratch and the missing rank assumption are new here""",
            variants={
                "twice the minimum": "both",
                "tr Sigma in place of tr Sigma^{1/2} for the minimum": "both",
                "Sigma in place of Sigma^{1/2} for the Gram matrix": "both",
                "with a free bias the frequencies not subtracted": "both",
                "the covariance of mixed multiplicities annihilates the ones, so that centering is idle": "proof",
                "the first-order change with the opposite sign": "proof",
                "without the sign condition": "check",
                "never, even under it": "check",
            },
            formal=Formal(
                letters=(
                    "Root, Q, Pi, W2: K x K; a[sets], h2[sets], b2: K; level[sets], same[sets, sets], t, step: 1",
                ),
                given=(
                    CENTERED[0],
                    "f := sum[S](y[S])",
                    *LABEL_SETS,
                    *LABELS_APART,
                    """((all S: a[S] = y[S]) and b = 0 and b2 = 0) or ((all S: a[S] = y[S] - f) and b = P*f)""",
                    "psd Root",
                    "ones'*Root = 0",
                    "Root*Root = sum[S](P*a[S]*a[S]'*P)",
                    "Q' = Q",
                    "Pi*Root = Root",
                    "Pi*Q = Q",
                    "Q*Root = Pi",
                    "W*W' = Root",
                    "all S: h[S] = W'*Q*a[S]",
                    "all S, k: e[k]'*y[S]*(e[k]'*(W2*h2[S] + b2) - level[S]) = 0",
                    "all S, k: (1 - e[k]'*y[S])*(e[k]'*(W2*h2[S] + b2) - level[S] + 1) <= 0",
                    "all S, T: same[S, T]^2 := same[S, T]",
                    "all S: same[S, S] := 1",
                    "all S, T: same[S, T]*y[T] = same[S, T]*y[S]",
                    "Root*Q = Pi",
                ),
                goal="""(all S: W*h[S] = P*a[S] and W*h[S] + b = P*y[S]
                    and h[S] = sum[k]((e[k]'*a[S])*(W'*Q*e[k])))
                    and 1/2*tr(W'*W) + 1/2*sum[S](h[S]'*h[S]) = tr(Root)
                    and ((all S, j: e[j]'*y[S] = 0 => e[j]'*Q*a[S] <= 0)
                    => tr(Root) <= 1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S]))
                    and ((all S: W2*h2[S] = P*a[S]) and 1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S]) = tr(Root)
                    => W2*W2' = Root)
                    and ((all S, j: e[j]'*y[S] = 0 => e[j]'*Q*a[S] < 0)
                    and 1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S]) = tr(Root) => (all S: W2*h2[S] = P*a[S]))
                    and (Pi = P and (all S, u: (all T: some t:
                    (all k: e[k]'*y[T]*(e[k]'*(W*(h[T] + same[S, T]*u) + b) - t) = 0)
                    and (all k: (1 - e[k]'*y[T])*(e[k]'*(W*(h[T] + same[S, T]*u) + b) - t + 1) <= 0))
                    => sum[T](h[T]'*h[T]) <= sum[T]((h[T] + same[S, T]*u)'*(h[T] + same[S, T]*u)))
                    => (all S, j: e[j]'*y[S] = 0 => e[j]'*Q*a[S] <= 0))""",
                besides="that the nuclear norm is half the least |W|^2 + sum pi |h|^2 over all factorisations",
            ),
            remark=r"""That the condition is necessary is derived without a bias; with a free one the computation is the
                same with $\tilde C$ and $y_S-f$, and the numeric check decides both.""",
        ),
        Claim(
            id="T2",
            title="logarithmic approach",
            setting=replace(PAL, bias="none or free", rank="any; K - 1 for the rate"),
            hypotheses=(
                """those of T8: the sign condition of T1 holds strictly, and mu q_S is in the interior of the domain of
                the loss, mu = sqrt(lambda); with a free bias Sigma_C and y_S - f for Sigma and y_S""",
            ),
            text="""z_{S,k} - z_{S,j} = 1/2 log 1/lambda - log(-q_{S,j}) + log(1 - mu q_{S,k}) + x for k in S and j
                outside, with q_S = Sigma^{+1/2} y_S and x^2 <= 8 (v_k + v_k^2 + v_j + v_j^2), v_k = mu E/(2 pi_S (1 -
                mu q_{S,k})), v_j = E/(2 pi_S (-q_{S,j})), E of T8; and, P z_S centered, |P z_S - z0_S|^2 <= 4 sum_k
                (v_k + v_k^2)""",
            tex=r"""PAL-CE, with a free bias or without, any rank. Let $q_{S,j}=(\Sigma^{+1/2}y_S)_j<0$ for all $S$ in
                the support and $j\notin S$ (with a free bias $\Sigma_C$ and $y_S-f$). At every $\lambda$ at which $\mu
                q_S$ is in the interior of the domain the optimal logits satisfy, for $k\in S$ and $j\notin S$,
                $z_{S,k}-z_{S,j}=\frac12\log\frac1\lambda-\log(-q_{S,j})+\log(1-\mu q_{S,k})+x$ with
                $x^2\le8(v_k+v_k^2+v_j+v_j^2)$, where $v_j=\frac E{2\pi_S(-q_{S,j})}$, $v_k=\frac{\mu E}{2\pi_S(1-\mu
                q_{S,k})}$ and $E$ is the explicit error of T8; and centered they are within
                $\bigl(4\sum_k(v_k+v_k^2)\bigr)^{1/2}$ of the centered logits $z^0_S$ of the polar point, $v_k$ for $k$
                in the set and off it. At rank $K-1$ $E\le Q/\tau$, so for $\lambda\to0$
                $z_{S,k}-z_{S,j}=\frac12\log\frac1\lambda-\log(-q_{S,j})+O\bigl(1/\sqrt{\log(1/\lambda)}\bigr)$; at any
                rank $E$ is bounded, so the direction of the logits tends to the hard-margin solution $PY$ of T1.""",
            source="new here; the direction is Thrampoulidis et al. 2022 and Zhao et al. 2024",
            domain="strict sign condition",
            variants={
                "log 1/lambda in place of its half": "both",
                "the constant with the opposite sign": "both",
                "no constant": "both",
                "a thousandth of the square": "check",
                "uncentered leading term": "proof",
                "psi of the inverted ratio": "proof",
                "the orthogonal series with the coefficient 1 in place of (K - m)/K": "proof",
            },
            remark=r"""This is why finite training never looks like the limit: the leading term grows with the
                logarithm of $1/\lambda$ only, and the constant and the correction are not small beside it.""",
            formal=Formal(
                letters=(*POLAR_LETTERS, "log(1), ex(1), share, share2, total, ratio, half, most: 1"),
                given=LIMIT_OF_PAL_CE,
                goal=f"""(all S, k, j: {MARGIN} <= 2*{WINDOW.format("k")} + 2*{WINDOW.format("j")})
                    and (all S: {APART} <= sum[k]({WINDOW.format("k")}))
                    and (all S, k, j: {PICKED})
                    and ({POLAR_FACTORS} => {POLAR_FORM})""",
                besides="that Q converges, that E is bounded at any rank, and what the nuclear norm is (T8)",
            ),
        ),
        Claim(
            id="T2a",
            title="exact equation, second order",
            setting=replace(PAL, rank="K - 1, of the logits, for the converse; K - 1, of Sigma, for the second order"),
            hypotheses=(
                f"{STRICT}, for the second order",
                """q^x_S are the polar columns of P y_S + C_S/tau, s > 0 the least eigenvalue on contrasts of the root
                of their second moment, s' > -s that of Sigma^{1/2} + N/tau, and mu q^x_S is in the interior of the
                domain of the loss, mu = sqrt(lambda), tau = 1/2 log 1/lambda > 0, for the second order""",
            ),
            text="""logits with the residuals r_S = mu (sum_T pi_T z_T z_T^T)^{+1/2} z_S are optimal, and those of all
                stationary points of rank K - 1 are such, at every lambda; z_{S,k} - z_{S,j} = tau - log(-q_{S,j}) -
                delta_{S,j}/(tau q_{S,j}) + log(1 - mu q^x_{S,k}) + x + x' for k in S and j outside, with x^2 <= 8 (v_k
                + v_k^2 + v_j + v_j^2), v of T2 with q^x for q and E <= 1/(tau s) sum_S pi_S (sum_{j not in S}
                log(q^x_{S,j}/q_{S,j})^2 + sum_{k in S} log(1 - mu q^x_{S,k})^2), 0 <= x' + g_j/q_{S,j} <= (q^x_{S,j} -
                q_{S,j})^2/(q_{S,j} q^x_{S,j}), g = q^x_S - q_S - delta_S/tau, and s^2 |g|^2 <= 2/tau^4 (tr Y^2 |q_S +
                delta_S/tau|^2/(s + s')^2 + |N delta_S|^2), Y = sum_S pi_S C_S C_S^T - N^2""",
            tex=r"""PAL-CE without bias. (a) At any $\lambda$: logits whose residuals
                $r_S=y_S-m_S\,\mathrm{softmax}(z_S)$ are $\mu\,\bigl(\sum_T\pi_Tz_Tz_T^\top\bigr)^{+1/2}z_S$ for all
                $S$ are globally optimal, and the logits of all stationary points of full rank are such. The right side
                at $z_S=\tilde y_S$ is the polar point: the rule
                $z_{S,k}-z_{S,j}\approx\log\frac{1-\mu q_{S,k}}{-\mu q_{S,j}}$ is its first iterate, with the error
                bound of L5d. (b) Let $q_{S,j}=(\Sigma^{+1/2}y_S)_j<0$ for all $S$ in the support and $j\notin S$,
                $\tau=\frac12\log\frac1\lambda>0$, $C_S$ the centered vector of $\log(-q_{S,j})$ off the set and $0$
                on it, $N$ the solution of
                $\Sigma^{1/2}N+N\Sigma^{1/2}=\sum_S\pi_S(\tilde y_SC_S^\top+C_S\tilde y_S^\top)$ and
                $\delta_S=\Sigma^{+1/2}(C_S-Nq_S)$. Let $q^x_S=M_x^{+1/2}(\tilde y_S+\frac1\tau C_S)$ with $M_x$ the
                second moment of these vectors, and $s>0$ and $s'>-s$ the least eigenvalues of $M_x^{1/2}$ and
                $\Sigma^{1/2}+\frac1\tau N$ on contrasts. At every $\lambda$ at which $\mu q^x_S$ is in the interior of
                the domain the optimal logits satisfy, for $k\in S$ and $j\notin S$,
                $z_{S,k}-z_{S,j}=\tau-\log(-q_{S,j})-\frac{\delta_{S,j}}{\tau\,q_{S,j}}+\log(1-\mu q^x_{S,k})+x+x'$.
                Here $x^2\le8(v_k+v_k^2+v_j+v_j^2)$ with the $v$ of T2 for $q^x$ in the place of $q$ and
                $E\le\frac1{\tau s}\sum_S\pi_S\Bigl(\sum_{j\notin S}\log^2\frac{q^x_{S,j}}{q_{S,j}}+\sum_{k\in
                S}\log^2(1-\mu q^x_{S,k})\Bigr)$, and $0\le x'+\frac{g_j}{q_{S,j}}\le\frac{(q^x_{S,j}-q_{S,j})^2}
                {q_{S,j}q^x_{S,j}}$ with $g=q^x_S-q_S-\frac1\tau\delta_S$, for which
                $s^2\|g\|^2\le\frac2{\tau^4}\Bigl(\frac{\mathrm{tr}Y^2\,\|q_S+\frac1\tau\delta_S\|^2}{(s+s')^2}
                +\|N\delta_S\|^2\Bigr)$, $Y=\sum_S\pi_SC_SC_S^\top-N^2$. For $\lambda\to0$ that is
                $z_{S,k}-z_{S,j}=\tau-\log(-q_{S,j})-\frac{\delta_{S,j}}{\tau\,q_{S,j}}+O(\tau^{-3/2})$.""",
            source="new here",
            variants={
                "lambda in place of its root mu": "both",
                "the inverse in place of the inverse root": "both",
                "the root unchanged": "both",
                "the root changed twice": "both",
                "the second order with the opposite sign": "check",
                "frequencies left out": "check",
            },
            formal=T2A,
        ),
        Claim(
            id="T3",
            title="kappa-control",
            setting=SIGNS,
            hypotheses=(
                """kappa_m > 0 and sqrt(K_m/kappa_m) <= (1 + theta_m)/(1 - theta_m), theta_m = sqrt(m/((K - m)(K - 1))),
                for one multiplicity m; for several, the same with kappa and K of Sigma and the least m""",
            ),
            text="""the sign condition of T1 without bias holds, (Sigma^{+1/2} y_S)_j <= 0 for every S of the
                multiplicity (of the support) and j outside S; among symmetric matrices on contrasts the constant is
                best possible""",
            tex=r"""For PAL-CE without bias. One multiplicity, $\theta_m=\sqrt{\frac m{(K-m)(K-1)}}$: if $\sqrt{\mathrm
                K_m/\kappa_m}\le\frac{1+\theta_m}{1-\theta_m}$ (always true at $m=K-1$, where $\theta=1$) then
                $(\Sigma^{+1/2}y_S)_j\le0$ for every $m$-set $S$ and $j\notin S$. Among all symmetric matrices on
                $\mathbf 1^\perp$ with spectrum in a given interval the constant is best possible. For mixed
                multiplicities the same holds with $\Sigma$ and the *least* multiplicity in the support, since
                $\theta_m$ increases with $m$.""",
            source="""the paper's abstract (P3) in the reading that is true; the inequality and its tightness are new
                here""",
            variants={
                "kappa and K exchanged": "both",
                "theta without the factor K - 1": "both",
                "theta twice as large": "both",
                "with the difference of the two vectors": "proof",
                "half of the correction": "proof",
                "the largest multiplicity for the least": "check",
            },
            formal=Formal(
                letters=("Root, Q, A, B: K x K; theta, s, s2, low, high, length: 1; side: K",),
                given=(
                    *CENTERED,
                    LEAST[0],
                    GREATEST[0],
                    "psd Root",
                    "ones'*Root = 0",
                    "Root*Root = Sigma",
                    "Q' = Q",
                    "ones'*Q = 0",
                    "Q*Root = P",
                    "0 < s",
                    "kappa = s^2",
                    "0 < s2",
                    "Kappa = s2^2",
                    "1 <= size",
                    "size <= K - 1",
                    "0 < theta",
                    "theta^2*((K - size)*(K - 1)) = size",
                ),
                goal="""(s2*(1 - theta) <= s*(1 + theta) => (all v, j: (all k: (e[k]'*v)^2 = e[k]'*v)
                    and size <= ones'*v and e[j]'*v = 0 => e[j]'*Q*v <= 0))
                    and (all v, j, low, high: (all k: (e[k]'*v)^2 = e[k]'*v) and ones'*v = size and e[j]'*v = 0
                    and 0 < low and 0 < high and low*(1 + theta) < high*(1 - theta)
                    => (some A, B: A' = A and ones'*A = 0 and B' = B and ones'*B = 0 and A*B = P
                    and (all x: ones'*x = 0 => low*(x'*x) <= x'*B*x and x'*B*x <= high*(x'*x)) and 0 < e[j]'*A*v))""",
            ),
        ),
        Claim(
            id="T3a",
            title="sign condition, automatic",
            setting=replace(SIGNS, rank="any"),
            hypotheses=(
                """no off-diagonal entry of Sigma^+ is positive; or singletons only, or (K - 1)-sets only, all with
                positive probability; or one label set and its complement; or three labels; or pairs of four labels""",
            ),
            text="""the sign condition of T1 without bias holds, strictly in all but the first case""",
            tex=r"""(i) If no off-diagonal entry of $\Sigma^{+1/2}$ is positive, the sign condition holds for every
                label set whatsoever; and for that it is enough that no off-diagonal entry of $\Sigma^+$ is positive,
                which rational arithmetic decides. (ii) For a distribution on singletons, all $\pi_k>0$,
                $\Sigma^+=D^{-1}-\frac1sgg^\top$ with $g_k=1/\pi_k$, $s=\sum_kg_k$: every off-diagonal entry is
                negative, so the condition holds strictly, for any imbalance. The same for $(K-1)$-sets, and for *all*
                distributions on proper label sets of $K=3$ labels, by T6 and, if one $d_k$ alone is positive, since any
                label set with its complement alone has it. (iii) For pairs of $K=4$ labels it always holds. So
                $K=4$ with mixed multiplicities is the first place where it can fail.""",
            source="new here",
            variants={
                "the inverse frequencies alone as the pseudo-inverse": "both",
                "the entries of the pseudo-inverse with the opposite sign": "proof",
                "for pairs of four labels w^{-1} in place of w^{-1/2}": "proof",
                "Sigma in place of its pseudo-inverse": "check",
                "pairs of any number of labels": "check",
                "four labels, whatever the sets": "check",
            },
            formal=AUTOMATIC,
            remark="""Test (i) is independent of T3: long-tailed singletons pass it at any condition number, while pairs
                of five labels can pass T3 and not (i). Neither is necessary.""",
        ),
        Claim(
            id="T3b",
            title="constant of T3 attained",
            setting=SIGNS,
            hypotheses=(
                """K = 9, m = 6, and the masses omega, 12 omega, 1 - 13 omega on the three kinds of sets, 0 < omega <=
                1/37""",
            ),
            text="""K/kappa = (1 - 10 omega)/(3 omega), and the entry of T1 at {1,...,6} and label 7 is 0 at omega =
                1/37, where K/kappa is the constant 9 of T3, and positive below: no larger constant will do in T3""",
            tex=r"""$K=9$, $m=6$, where $\theta_6=\frac12$ and T3 asks for $\mathrm K/\kappa\le9$. For
                $0<\omega\le\frac1{37}$ put mass $\omega$ on $S=\{1,\dots,6\}$, mass $12\omega$ uniformly on the thirty
                sets of four labels of $S$, label 7 and one of $8,9$, and the rest uniformly on the twelve sets of five
                labels of $S$ and one of $8,9$. Then $\mathrm K/\kappa=\frac{1-10\omega}{3\omega}$, and
                $(\Sigma^{+1/2}y_S)_7$ is $0$ at $\omega=\frac1{37}$, where $\mathrm K/\kappa=9$, and positive below. So
                no larger constant will do.""",
            source="new here",
            variants={
                "equal masses on the three kinds of sets": "both",
                "violated up to a larger mass": "both",
                "only from a smaller mass on": "check",
                "K/kappa 1 % too large": "check",
            },
            formal=ATTAINED,
            remark="""*Open*: for which $(K,m)$ the constant is attained. A linear program over the orbits of label sets
                that fix $S$ and $j$ decides it (it is among the tests of this chapter): attained for
                $(5,2),(6,2),(7,2),(7,3),(7,4)$, not attained for $(4,2),(5,3),(6,3),(6,4),(7,5)$, where a larger
                constant may do.""",
        ),
        Claim(
            id="T4",
            title="the sign condition can fail",
            setting=SIGNS,
            hypotheses=(),
            text="""with probabilities 1/5, 1/5, 3/5 on {1,2}, {1,3}, {4} the entry of {4} at label 1 is (15 sqrt 5 - 8
                sqrt 15)/66 > 0; fewer labels, singletons that all occur, or pairs of four labels cannot fail""",
            tex=r"""$K=4$ with probabilities $\frac15,\frac15,\frac35$ on $\{1,2\},\{1,3\},\{4\}$: $\kappa=\frac1{20}$,
                $\mathrm K=\frac35$, and $(\Sigma^{+1/2}y_{\{4\}})_1=\frac{15\sqrt5-8\sqrt{15}}{66}>0$ although
                $1\notin\{4\}$. By T3a no distribution on fewer labels, on singletons that all occur, or on pairs of
                four labels can do this.""",
            source="new here",
            variants={
                "the two roots exchanged": "both",
                "the other entries of the column are positive too": "proof",
                "Sigma^+ in place of Sigma^{+1/2} has that entry": "proof",
                "the condition of T3 holds there": "proof",
                "equal masses": "check",
                "kappa 1 % too large": "check",
                "nor on pairs of any number of labels": "check",
            },
            formal=FAILURE,
            remark="""Real label sets fail as well; `mlnc spectrum` reports it. By the third part of T1 the terminal
                geometry is then another one.""",
        ),
        Claim(
            id="T5",
            title="stability and contrast floor",
            setting=replace(LABELS, loss="PAL-CE for the floor, in the geometry of T1; none for the roots"),
            hypotheses=("kappa and kappa' are positive",),
            text="""||Sigma^{1/2} - Sigma'^{1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt kappa + sqrt kappa'), and in the
                terminal geometry ||w_j - w_k||^2 >= 2 sqrt kappa, with equality iff e_j - e_k is an eigenvector for
                kappa""",
            tex=r"""For two distributions with $\kappa,\kappa'>0$:
                $\|\Sigma^{1/2}-\Sigma'^{1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt\kappa+\sqrt{\kappa'}}$, with
                equality for multiples of $P$. In the terminal geometry $G=\Sigma^{1/2}$ of T1 every contrast keeps
                $x^\top Gx\ge\sqrt\kappa\,\|x\|^2$, so that $\|w_j-w_k\|^2\ge2\sqrt\kappa$ for any two labels, with
                equality iff $e_j-e_k$ is an eigenvector for $\kappa$.""",
            source="""the paper's abstract (P3) in the reading that is true; the first inequality is textbook (Sylvester
                equation)""",
            variants={
                "K in place of kappa in the floor": "both",
                "a third of the bound": "proof",
                "the Sylvester equation with the factors exchanged in one term": "proof",
                "1 % smaller": "check",
                "kappa itself for its root": "check",
                "always an equality": "check",
            },
            formal=Formal(
                letters=("Root, Root2, Sigma2: K x K; s, s2, kappa2, norm, apart: 1; u2: K",),
                given=(
                    CENTERED[0],
                    "psd Root",
                    "psd Root2",
                    "ones'*Root = 0",
                    "ones'*Root2 = 0",
                    "Sigma := Root*Root",
                    "Sigma2 := Root2*Root2",
                    "all x: ones'*x = 0 => kappa*(x'*x) <= x'*Sigma*x",
                    "all x: ones'*x = 0 => kappa2*(x'*x) <= x'*Sigma2*x",
                    "0 < s",
                    "kappa = s^2",
                    "0 < s2",
                    "kappa2 = s2^2",
                    "all x: x'*(Sigma - Sigma2)*x <= norm*(x'*x) and -norm*(x'*x) <= x'*(Sigma - Sigma2)*x",
                    "all x: x'*(Root - Root2)*x <= apart*(x'*x) and -apart*(x'*x) <= x'*(Root - Root2)*x",
                    "some x: x'*x = 1 and (x'*(Root - Root2)*x = apart or x'*(Root - Root2)*x = -apart)",
                    "W*W' = Root",
                ),
                goal="""apart*(s + s2) <= norm
                    and (all j, k: 2*s*(1 - e[j]'*e[k])
                    <= (W'*(e[j] - e[k]))'*(W'*(e[j] - e[k])))
                    and (all j, k: (W'*(e[j] - e[k]))'*(W'*(e[j] - e[k])) = 2*s*(1 - e[j]'*e[k])
                    <=> Sigma*(e[j] - e[k]) = kappa*(e[j] - e[k]))""",
                besides="equality for multiples of P, and the floor under the form of G on every contrast",
            ),
        ),
        Claim(
            id="T5a",
            title="stability of the prototypes",
            setting=LABELS,
            hypotheses=("kappa and kappa' are positive",),
            text="""||Sigma^{+1/2} - Sigma'^{+1/2}||_2 <= ||Sigma - Sigma'||_2/(sqrt(kappa kappa') (sqrt kappa + sqrt
                kappa'))""",
            tex=r"""For two distributions with $\kappa,\kappa'>0$:
                $\|\Sigma^{+1/2}-\Sigma'^{+1/2}\|_2\le\frac{\|\Sigma-\Sigma'\|_2}{\sqrt{\kappa\kappa'}\,(\sqrt\kappa+\sqrt{\kappa'})}$.
                So the polar columns $q_S=\Sigma^{+1/2}\tilde y_S$, which give the sign condition, the prototypes'
                coefficients and the offsets $-\log(-q_{S,j})$ of T2, are worse conditioned than the classifier by the
                factor $1/\sqrt{\kappa\kappa'}$.""",
            source="new here",
            variants={
                "the difference of the inverses with the opposite sign": "proof",
                "the inverses not around the difference": "proof",
                "1 % smaller": "check",
                "conditioned like the classifier": "check",
            },
            formal=Formal(
                letters=("Root, Root2, Q, Q2, Sigma2: K x K; s, s2, kappa2, norm, apart, away: 1; u2: K",),
                given=(
                    CENTERED[0],
                    "psd Root",
                    "psd Root2",
                    "ones'*Root = 0",
                    "ones'*Root2 = 0",
                    "Sigma := Root*Root",
                    "Sigma2 := Root2*Root2",
                    "all x: ones'*x = 0 => kappa*(x'*x) <= x'*Sigma*x",
                    "all x: ones'*x = 0 => kappa2*(x'*x) <= x'*Sigma2*x",
                    "0 < s",
                    "kappa = s^2",
                    "0 < s2",
                    "kappa2 = s2^2",
                    "all x: x'*(Sigma - Sigma2)*x <= norm*(x'*x) and -norm*(x'*x) <= x'*(Sigma - Sigma2)*x",
                    "Q' = Q",
                    "Q2' = Q2",
                    "Q*Root = P",
                    "Q2*Root2 = P",
                    "ones'*Q = 0",
                    "ones'*Q2 = 0",
                    "all x: x'*(Q - Q2)*x <= away*(x'*x) and -away*(x'*x) <= x'*(Q - Q2)*x",
                    "some x: x'*x = 1 and (x'*(Q - Q2)*x = away or x'*(Q - Q2)*x = -away)",
                ),
                goal="away*(s*s2*(s + s2)) <= norm",
            ),
        ),
        Claim(
            id="T6",
            title="three labels in closed form",
            setting=PAL,
            hypotheses=("three labels, and two of the d_k = pi({k}) + pi({k}^c) are positive",),
            text="""kappa, K, Sigma^{1/2}, Sigma^{+1/2}, the distances of the rows and the constants of T2 are closed
                forms in the d_k, and the sign condition holds strictly""",
            tex=r"""$K=3$, any distribution on proper label sets, $d_k=\pi(\{k\})+\pi(\{k\}^c)$, so $\sum_kd_k=1$, and
                $\delta=\sqrt{(d_1d_2+d_1d_3+d_2d_3)/3}>0$. Then $\kappa,\mathrm K=\frac13(1\mp\sqrt{1-9\delta^2})$,
                $\Sigma^{1/2}=(\Sigma+\delta P)/\sqrt{\frac23+2\delta}$, and the sign condition holds strictly:
                $(\Sigma^{+1/2})_{jk}=-\frac{d_i+\delta}{3\delta\sqrt{2/3+2\delta}}<0$ for $\{i,j,k\}=\{1,2,3\}$. The
                terminal geometry is $\|w_j-w_k\|^2=\frac{d_j+d_k+2\delta}{\sqrt{2/3+2\delta}}$, and the offsets of T2
                are $-\log\frac{d_i+\delta}{3\delta\sqrt{2/3+2\delta}}$ between the labels $j,k$ for the set $\{j\}$,
                and $-\log\frac{d_j+d_k+2\delta}{3\delta\sqrt{2/3+2\delta}}$ for the set $\{j,k\}$ against $i$. The
                regulariser of the hard-margin solution is $\mathrm{tr}\,\Sigma^{1/2}=\sqrt{\frac23+2\delta}$.""",
            source="new here; singletons in the limit are Thrampoulidis et al. 2022",
            domain="three labels",
            variants={
                "1 - 3 delta^2 under the root": "both",
                "the root without delta P": "both",
                "the frequency of one of the two": "both",
                "one delta in the distances": "both",
            },
            formal=THREE,
            remark="""`proofs.letters.three_labels` has these formulas as functions of the three numbers $d_k$. Over the
                triangle of all $(d_1,d_2,d_3)$, and along the line where two labels are alike (drawn by `make
                figures`): ![kappa as contours over the triangle; distances and cosines of the rows along a
                line](three_labels.svg)""",
        ),
        Claim(
            id="T7",
            title="any labels: the loss near the limit",
            setting=Setting("PAL-CE or BCE", "none or free", "d >= K", "any"),
            hypotheses=(
                """logits z_S with the margins: PAL-CE, equal inside S and larger by at least 1 than outside; BCE, at
                least 1 on S and at most -1 off it; W2 h2_S are those less a bias (0 without one), and N = 1/2 |W2|^2 +
                1/2 sum pi_S |h2_S|^2, whose least value for given logits is their nuclear norm""",
                """dual vectors q_S whose second moment is at most I, at most 0 off S, with sum 0 (PAL-CE) or at least
                0 on S (BCE), with mean 0 if the bias is free, and y_S - mu q_S in the domain of the loss""",
                """PAL-CE sees the proper part of the distribution; with a free bias every label occurs (BCE: and is
                absent) in some label set""",
                "mu = sqrt(lambda) < 1, tau = log(1/lambda)/2",
            ),
            text="""sum_S pi_S D_S(mu q_S) <= min F <= sum_S pi_S m_S log m_S + mu (tau N + K - mbar) for PAL-CE, and
                <= mu (tau N + K) for BCE, whether the sign condition holds or not""",
            tex=r"""For *any* label distribution, PAL-CE or BCE, with a free bias or without: let the logits $z_S$ have
                the margins (PAL-CE: equal inside $S$, larger by at least 1 than outside; BCE: at least 1 on $S$, at
                most $-1$ off it) and let $N$ be the nuclear norm $\|(Z-b\mathbf1^\top)D^{1/2}\|_*$ of these less a
                bias, or half of $\|W_2\|_F^2+\sum_S\pi_S\|h_{2,S}\|^2$ for any factors of them; let
                $\sum_S\pi_Sq_Sq_S^\top\preceq I$ with $q_S\le0$ off $S$ and $\mathbf1^\top q_S=0$ (BCE: $q_S\ge0$ on
                $S$ instead), and with $\sum_S\pi_Sq_S=0$ if the bias is free. Then with $\mu=\sqrt\lambda<1$,
                $\tau=\frac12\log\frac1\lambda$, as long as $y_S-\mu q_S$ is in the domain, $\sum_S\pi_SD_S(\mu
                q_S)\le\min F\le\sum_S\pi_Sm_S\log m_S+\mu\bigl(\tau N+K-\bar m\bigr)$ for PAL-CE; for BCE the right
                side is $\mu(\tau N+K)$. The least $N$ and the greatest $\sum_S\pi_Sq_S^\top y_S$ (BCE: $q_S^\top s_S$)
                are one number $V$, that of the *hard-margin problem*; so $\min F$ is known to $O(\mu)$, and its slope
                in $\mu\tau$ is $V$. Under the sign condition $V$ is the trace of the root (T1, B1), else at most that,
                and less at rank $K-1$ (BCE: $K$).""",
            source="new here; for singletons the hard-margin problem is that of Thrampoulidis et al. 2022",
            variants={
                "four fifths of the norm": "check",
                "the dual 10 % too long": "check",
                "without K - mbar": "check",
                "lambda for its root in the penalty": "proof",
                "half of x for log(1 + x)": "proof",
            },
            remark=r"""`mlnc spectrum` solves the hard-margin problem, proves $V$ between two rational numbers, mostly
                $10^{-11}$ of it apart (farther where the solution is of deficient rank), and shows what every
                synthesis rule is off there: the column `-> 0`. That the *geometry* tends to that of the hard-margin
                problem, if it has one solution, is expected and not part of the claim. At deficient rank a violated
                sign condition can leave $V$ at the trace: $\{1,2,4\}$, $\{1,3,5\}$, $\{1,3,4\}$, $\{2,4,5\}$ once and
                $\{3,4,5\}$ thirty times, BCE with a free bias, where another dual vector than $C^{+1/2}(y_S-f)$ has
                the right signs.""",
            formal=Formal(
                letters=(
                    "L[sets](K), D[sets](K), log(1), ex(1), tau, level[sets], s, t, share, share2, total: 1; R: K x K",
                    "W2: K x d; h2[sets]: d; b2, q[sets]: K",
                ),
                given=(
                    *(*PENALTIES, "R := sum[S](r[S]*r[S]')"),
                    *("0 < mu", "lambda = mu^2", "0 < tau", "log(mu) = -tau"),
                    *LABEL_SETS,
                    PAL_CE[0],
                    "all S, x: D[S](r[S]) - r[S]'*x <= L[S](x)",
                    "all S: r[S] = mu*q[S]",
                    "psd (I[K] - sum[S](q[S]*q[S]'))",
                    "b = 0 or sum[S](q[S]) = 0",
                    f"all s, t: {ANY_COST} <= {_AT_MULTIPLES}",
                ),
                goal=f"""sum[S](D[S](r[S])) <= {ANY_COST}
                    and ({PICKED_MARGINS} => {ANY_COST} <= {PICKED_MOST})
                    and ({BINARY_MARGINS} => {ANY_COST} <= mu*(tau*{_NORM} + K))""",
                besides="""that N is the nuclear norm for the best factors; that the least N and the greatest dual value
                    are one number, what follows from that for min F, and which number it is""",
            ),
        ),
        Claim(
            id="T8",
            title="limits as inequalities",
            setting=Setting("PAL-CE or BCE", "none or free", "d >= K (PAL-CE: d >= K - 1)", "any; full for the rate"),
            hypotheses=(
                """a_S is P y_S, or P(y_S - f) with a free bias; BCE: 2 y_S - 1, or 2(y_S - f); M is its second moment
                and q_S = M^{+1/2} a_S the polar column""",
                """the sign condition of T1 (BCE: B1) holds strictly, for the support, and r_S = mu q_S is in the
                domain of the loss, mu = sqrt(lambda)""",
                """z0_S are the logits whose residual is mu q_S, less their mean if the bias is free, W0 h0_S = z0_S
                any factors of them, and mu E/2 = lambda_W/2 |W0|^2 + lambda_H/2 sum pi_S |h0_S|^2 - mu sum pi_S <q_S,
                z0_S>; for the best factors E is 2(N - sum pi_S <q_S, z0_S>), N the nuclear norm of z0""",
            ),
            text="""lambda_H/mu sum pi_S |h_S - mu/lambda_H W^T q_S|^2 + 2/mu sum pi_S Delta_S(mu q_S, z_S) <= E at the
                optimum; so a combination of prototypes whose q_S cancel, sum_S c_S q_S = 0, is at most (mu/lambda_H E
                sum c_S^2/pi_S)^{1/2} long; and, for lambda < 1, E = Q/tau with W0 W0^T = tau mu/lambda_W M^{1/2} and
                the least h0, Q = sum pi_S d_S^T M^{+1/2} d_S with d_S = z0_S - tau a_S, tau = log(1/lambda)/2""",
            tex=r"""PAL-CE or BCE, with a free bias or without, any rank. Let $a_S$ be $Py_S$, or $P(y_S-f)$ with a
                free bias (BCE: $s_S$, or $2(y_S-f)$), $M=\sum_S\pi_Sa_Sa_S^\top$, $q_S=M^{+1/2}a_S$, and let the sign
                condition hold strictly. Let $z^0_S$ be the logits whose residual is $\mu q_S$, $\mu=\sqrt\lambda$
                (centered; less their mean if the bias is free), $z^0_S=W_0h^0_S$ any factors of them, and
                $\frac\mu2E=\frac{\lambda_W}2\|W_0\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h^0_S\|^2-\mu\sum_S\pi_Sq_S^\top
                z^0_S$, a number that needs no optimum; for the best factors it is
                $E=2\bigl(\|Z^0D^{1/2}\|_*-\sum_S\pi_Sq_S^\top z^0_S\bigr)$. Then at the optimum
                $\frac{\lambda_H}\mu\sum_S\pi_S\bigl\|h_S-\frac\mu{\lambda_H}W^\top
                q_S\bigr\|^2+\frac2\mu\sum_S\pi_S\Delta_S(\mu q_S,z_S)\le E$ for every $\lambda$ at which $\mu q_S$ is
                in the domain. *Every linear relation among the $q_S$ is one of prototypes, up to an explicit error*:
                if $\sum_Sc_Sq_S=0$ then
                $\bigl\|\sum_Sc_Sh_S\bigr\|\le\bigl(\frac\mu{\lambda_H}E\sum_Sc_S^2/\pi_S\bigr)^{1/2}$. At full rank
                and $\lambda<1$ ($K-1$; BCE: $K$) factors with $W_0W_0^\top=\frac{\tau\mu}{\lambda_W}M^{1/2}$ give
                $E=Q/\tau$, so the best ones $E\le Q/\tau$, with $\tau=\frac12\log\frac1\lambda$, $d_S=z^0_S-\tau a_S$
                and $Q=\sum_S\pi_Sd_S^\top M^{+1/2}d_S$, which tends to a constant: $d_S$ is the centered vector of
                $\log(1-\mu q_{S,k})$ on the set and $\log(-q_{S,j})$ off it (BCE: of $s_S\circ\log\frac{1-\mu u}u$,
                $u=s_S\circ q_S$), less its mean if the bias is free. At any rank, for $\lambda<1$, $E\le
                Q/\tau+2\|(I-\Pi)d\|_*$. Prototypes grow like $\sqrt\tau$, so a rule's relative error is at most of
                order $1/\tau$ at full rank, and of order $1/\sqrt\tau$ at any.""",
            source="new here",
            gloss="the rules of W3, W3a, W4, B3 and B3a have an explicit error at every penalty",
            variants={
                "half the error": "both",
                "lambda for its root": "both",
                "twice the features": "check",
                "Cauchy-Schwarz with twice the square": "proof",
            },
            remark=r"""The error is small enough to say something: for the long-tailed labels $\mathtt{zipf}$ of the
                panel ($K=4$) at $\lambda=10^{-6}$ it is, relative to the prototype, at most 0.26, 0.60 and 0.66 for
                W4, W3 and W3a, 0.02 and 0.17 for B3 and B3a, where the rules are off by at most 0.12, 0.15, 0.31, 0.01
                and 0.06. In the cases looked at the left side is from three tenths of $E$, at $\lambda=10^{-2}$, to
                nearly all of it, at $10^{-12}$. The logits follow from the divergences: off the set $z_{S,k}-z_{S,j}$
                is within $w+\frac{w^2}2$, $w^2=\frac E{\pi_Su}$, of that of $z^0$, and nearer still on it, which is T2
                with constants, with a free bias and for BCE.""",
            formal=Formal(
                letters=POLAR_LETTERS,
                given=NEAR_POLAR,
                goal=POLAR_GOAL,
                besides="that least factors cost half the nuclear norm, and that those of the last clause are there at "
                "full rank (L5d); that Q converges, and how prototypes grow",
            ),
        ),
        Claim(
            id="T8a",
            title="virtual prototypes near the limit",
            setting=Setting("PAL-CE or BCE", "none or free", "d >= K (PAL-CE: d >= K - 1)", "any"),
            hypotheses=(
                "those of T8, for the support and for a label set T outside it, whose loss is strictly convex there",
                "a_T is in the span of the support's: a_T = sum pi_S c_S a_S, and h' = sum pi_S c_S h_S",
            ),
            text="""lambda_H/2 |h_T - mu/lambda_H W^T q_T|^2 <= Delta_T(mu q_T, W h' + b) + mu E/2 sum pi_S c_S^2 for
                the virtual prototype h_T fitted to the optimal W and b, with E of T8""",
            tex=r"""In the situation of T8 let $T$ be a label set outside the support at which the sign condition holds
                strictly too, with $a_T=\sum_S\pi_Sc_Sa_S$. Let $h_T$ be its *virtual* prototype, fitted to the optimal
                $W$ and $b$, and $h'=\sum_S\pi_Sc_Sh_S$. Then $\frac{\lambda_H}2\bigl\|h_T-\frac\mu{\lambda_H}W^\top
                q_T\bigr\|^2\le\Delta_T(\mu q_T,Wh'+b)+\frac{\mu E}2\sum_S\pi_Sc_S^2$. The first term is of order
                $\mu$, since the logits $Wh'+b$ are combinations of those of the support, which T8 has within
                $\sqrt{2v}+v$ of $z^0$, $v=\frac E{2\pi_Su}$. So virtual prototypes take part in a synthesis with an
                error of order 1, relatively $1/\sqrt\tau$.""",
            source="new here",
            domain="strict sign condition",
            variants={
                "the divergence left out": "check",
                "lambda for its root": "check",
                "three points with the opposite sign": "proof",
            },
            formal=Formal(
                letters=(*POLAR_LETTERS, "L1(K), D1(K): 1; a1, r1: K; h1: d"),
                given=(
                    *NEAR_POLAR,
                    "all x: D1(mu*Q*a1) - (mu*Q*a1)'*x <= L1(x)",
                    "all x: D1(r1) - r1'*x <= L1(x)",
                    "lambda_H*h1 = W'*r1",
                    "D1(r1) = L1(W*h1 + b) + r1'*(W*h1 + b)",
                    "sum[S](c[S]*a[S]) = a1",
                ),
                goal=f"""lambda_H/2*((h1 - mu/lambda_H*(W'*Q*a1))'*(h1 - mu/lambda_H*(W'*Q*a1)))
                    <= L1(W*sum[S](c[S]*h[S]) + b) - D1(mu*Q*a1) + (mu*Q*a1)'*(W*sum[S](c[S]*h[S]) + b)
                    + sum[S](c[S]^2)*({POLAR_ERROR})""",
                besides="how near the logits are",
            ),
        ),
    ),
)
