"""Entries U5 to U11: duality and certificates."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.existence_formulas import U6B
from proofs.claims.hypotheses import (
    CENTERED,
    CURVED,
    DUAL,
    LABELS_APART,
    OBJECTIVE,
    PAL_CE,
    PENALTIES,
    RESIDUAL,
    ROOT,
    STATIONARY,
)
from proofs.claims.stationarity import ANY_POINT, LOSSES

ENOUGH = "d >= K (PAL-CE: d >= K - 1)"
"""With so many features the model can have every Gram matrix that an optimum may have."""
_OPTIMUM = Setting(LOSSES, "none or free", ENOUGH, "any")
_STATIONARY = "the point (W, H, b) is stationary"
_FEASIBLE = "r is feasible: R(r) <= lambda I, and for a free bias sum pi_S r_S = 0"
_AT, _SECOND = OBJECTIVE.format("W", "h[S]", "b"), OBJECTIVE.format("W2", "h2[S]", "b2")
_NEAR = f"(some eps: 0 < eps and (all t: 0 < t and t <= eps => {_AT} <= {{}}))"
"""No point that is near in some direction is better."""
_EXCESS = (
    *("0 < mu", "lambda = mu^2", "psd Root", "Root*Root = R"),
    *("psd Plus", "psd Minus", "Plus*Minus = 0", "Root - mu*I[K] = Plus - Minus"),
)
"""Plus has the eigenvalues sqrt(rho) - mu that are positive, Minus the others with their sign changed."""
LOCAL = (
    RESIDUAL,
    "0 < c",
    CURVED,
    "K <= d or (K - 1 <= d and (all S: ones'*r[S] = 0))",
    "(beta = 0 and b = 0 and b2 = 0) or beta = 1",
    "all W2, N, V, x: "
    + _NEAR.format(OBJECTIVE.format("(W + t*W2)", "(h[S] + t*(N*h[S] + V*r[S]))", "(b + t*beta*x)")),
)
"""What U7a assumes of a local minimum; beta is 1 if the bias is free."""
DEEP = (
    "0 < c",
    "all S, x: L[S](W*h[S] + b + x) <= L[S](W*h[S] + b) - r[S]'*x + c/2*(x'*x)",
    *_EXCESS,
    *("A' = A", "c*lambda_W*A*A = mu*Plus", "B' = B", "mu*(mu*I[K] + Plus)*B = lambda_W*A"),
    *("E1'*E1 = I[d]", "E2'*E2 = I[K]", "E1'*E2 = 0"),
)
"""What the depth assumes: A is a root of a multiple of Plus, and E1 and E2 place d and K features beside each other."""
ANY_FEATURES = f"all W3, X1, X2: best <= {OBJECTIVE.format('W3', '(X1*h[S] + X2*r[S])', 'b')}"
ENOUGH_FEATURES = f"""(K <= d or (K = n + 1 and n <= d and (all S, x: L[S](P*x) = L[S](x))))
    and (all W2, N, V: best <= {OBJECTIVE.format("W2", "(N*h[S] + V*r[S])", "b")})"""
"""There is nothing below best, with any number of features, or with as many as the point has, and they are enough."""
AT_THE_ORIGIN = (
    *_EXCESS,
    "W = 0",
    "all S: h[S] = 0",
    "all S, x: L[S](x) = 1/2*((x - y[S])'*(x - y[S]))",
    "all S: r[S] = y[S] - b",
    "(b = 0 and b2 = 0) or sum[S](r[S]) = 0",
)
"""The squared loss at W = 0, without a bias or with the best one."""
_BEST = "the optimum is stationary and has R <= lambda I (U2, U7); with a free bias it exists (U6b)"
_GAP = "a primal point and a feasible r have a gap F - D of at most eps"
_LETTERS = (
    "L[sets](K), D[sets](K), log(1), ex(1), eps, eta, s, t, top, share, total: 1; R, R2: K x K",
    "W2: K x d; b2, r2[sets], prob[sets], prob1[sets], prob2[sets], u1, u2: K; h2[sets]: d",
)
_NEAR_OPTIMUM = (
    *(*PENALTIES, "R := sum[S](r[S]*r[S]')", *DUAL),
    *("psd (lambda*I[K] - R)", f"{_AT} <= sum[S](D[S](r[S])) + eps"),
    *(text.replace("h[", "h2[").replace("r[", "r2[").replace("W", "W2").replace("_W2", "_W") for text in STATIONARY),
    RESIDUAL.replace("h[", "h2[").replace("r[", "r2[").replace("W", "W2").replace("b)", "b2)"),
    *("R2 := sum[S](r2[S]*r2[S]')", "psd (lambda*I[K] - R2)"),
    "(b = 0 and b2 = 0) or (sum[S](r[S]) = 0 and sum[S](r2[S]) = 0)",
    PAL_CE[0],
)
"""A point and a feasible r with a gap of at most eps; and the optimum, a stationary point with R2 <= lambda I."""
_PAL_LOSS = f"""(all S: 0 < m[S]) and ({PAL_CE[1]})
    and (all S, k: (e[k]'*prob[S])*sum[j](ex(e[j]'*(W*h[S] + b))) = ex(e[k]'*(W*h[S] + b)))
    and (all S, k: (e[k]'*prob2[S])*sum[j](ex(e[j]'*(W2*h2[S] + b2))) = ex(e[k]'*(W2*h2[S] + b2)))
    and (all S: r2[S] = y[S] - m[S]*prob2[S])"""
_BCE_LOSS = """(all S, x: L[S](x) = sum[k](log(1 + ex(e[k]'*x))) - y[S]'*x)
    and (all S, k: (e[k]'*prob[S])*(1 + ex(e[k]'*(W*h[S] + b))) = ex(e[k]'*(W*h[S] + b)))
    and (all S, k: (e[k]'*prob2[S])*(1 + ex(e[k]'*(W2*h2[S] + b2))) = ex(e[k]'*(W2*h2[S] + b2)))
    and (all S: r2[S] = y[S] - prob2[S])"""
_MSE_LOSS = """(all S, x: L[S](x) = 1/2*((x - y[S])'*(x - y[S]))) and (all S: r2[S] = y[S] - (W2*h2[S] + b2))"""
_PAL_DUAL = """(all S: r[S] = y[S] - m[S]*prob1[S] and ones'*prob1[S] = 1) and (all S, k: 0 <= e[k]'*prob1[S])
    and (all S: D[S](r[S]) = -m[S]*sum[k]((e[k]'*prob1[S])*log(e[k]'*prob1[S])))"""
_BCE_DUAL = """(all S: r[S] = y[S] - prob1[S]) and (all S, k: 0 <= e[k]'*prob1[S] and e[k]'*prob1[S] <= 1)
    and (all S: D[S](r[S]) = -sum[k]((e[k]'*prob1[S])*log(e[k]'*prob1[S])
    + (1 - e[k]'*prob1[S])*log(1 - e[k]'*prob1[S])))"""
_DIVERGENCES = """sum[S]((L[S](W*h[S] + b) - (L[S](W2*h2[S] + b2) + r2[S]'*(W2*h2[S] + b2)) + r2[S]'*(W*h[S] + b))
    + (L[S](W2*h2[S] + b2) - D[S](r[S]) + r[S]'*(W2*h2[S] + b2)))"""
_RELATIVE = """(all S, k, eta: {0}*eta = eps
    => (all t: 0 <= t and t^2 = 2*(e[k]'*prob[S])*eta => e[k]'*prob[S] - t <= e[k]'*prob2[S])
    and (all t: 0 <= t and t^2 = eta^2 + 2*(e[k]'*prob[S])*eta
    => e[k]'*prob2[S] <= e[k]'*prob[S] + eta + t))"""
"""A small probability within an interval of its own size."""

NUCLEAR = "sum[S](L[S](z[S] + b)) + mu*tr(Root)"
LOSS = "(L[S]({0}*{1} + b) + lambda_H/2*({1}'*{1}))"
VALUE, VALUE_2 = LOSS.format("W", "h[S]"), LOSS.format("W2", "h2[S]")
CONJUGATE = "(L[S](W*h[S] + b) + r[S]'*(W*h[S] + b) - r[S]'*b - 1/(2*lambda_H)*(r[S]'*W*W'*r[S]))"
LEAST_FEATURES = f"(all S: lambda_H*h[S] = W'*r[S]) and ({RESIDUAL})"
LEAST_FEATURES_2 = LEAST_FEATURES.replace("h[", "h2[").replace("r[", "r2[").replace("W'", "W2'").replace("W*", "W2*")
CHANGE = "((W2*W2' - W*W')*r[S])"
SLOPE = f"1/(2*lambda_H)*(r[S]'*{CHANGE})"
"""U5: the value of the nuclear form; phi_S of the Gram matrix, at the features that are stationary, and its change."""

CHAPTER = Chapter(
    name="duality",
    title="Duality and certificates",
    introduction="""The feature model is not convex in $(W,H)$, but it is in disguise. This chapter derives its
        dual and the exact gap between any point and any dual candidate. From that identity follow which stationary
        points are optimal, that the optimal geometry is unique, that the residuals are isotropic on full rank
        whatever the imbalance, when everything collapses, and that a small gap encloses the whole geometry. Letters
        and (U2), (U3) are those of [the chapter on stationary points](stationarity.md).""",
    notation=(
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            r"""the
            objective; $b$ is fixed to zero or free, and $\lambda=\lambda_W\lambda_H$, $\mu=\sqrt\lambda$""",
        ),
        (
            "r=(r_S)",
            r"""a dual candidate: one vector $r_S\in\mathbb R^K$ per label set, not yet a residual of
            any point""",
        ),
        ("D_S(r_S)=-L_S^*(-r_S)", r"the dual value, and $D(r)=\sum_S\pi_SD_S(r_S)$"),
        (
            r"\Delta_S(r_S,z_S)\ge0",
            r"""the divergence $L_S(z_S)+r_S^\top z_S-D_S(r_S)$, zero iff $r_S$ is the
            residual at $z_S$""",
        ),
        (
            r"R=\sum_S\pi_Sr_Sr_S^\top",
            r"""its second moment; $r$ is *feasible* if $R\preceq\lambda I$, and for
            a free bias $\sum_S\pi_Sr_S=0$""",
        ),
        (r"G=WW^\top", "the Gram matrix of the classifier rows"),
        ("z_S=Wh_S+b", "the logits"),
        (r"r^*,\ z^*,\ p^*", "those of the optimum"),
    ),
    claims=(
        Claim(
            id="U5",
            title="convex forms",
            setting=_OPTIMUM,
            hypotheses=(),
            text="""min F = min_Z sum pi_S L_S(z_S + b) + mu ||Z D^1/2||_* = min_G lambda_W/2 tr G + sum pi_S
                phi_S(G), a free bias being minimised over as well; the gradient of phi_S is -r_S r_S^T / (2
                lambda_H)""",
            tex=r"""For $d\ge K$ (PAL-CE: $d\ge K-1$)
                $\min_{W,H}F=\min_Z\sum_S\pi_SL_S(z_S+b)+\mu\|ZD^{1/2}\|_*$ with $D=\mathrm{diag}(\pi)$; and
                $F=\min_{G\succeq0}\frac{\lambda_W}2\mathrm{tr}\,G+\sum_S\pi_S\phi_S(G)$ with
                $\phi_S(G)=\max_r\{-L_S^*(-r)-r^\top b-\frac1{2\lambda_H}r^\top Gr\}$ convex and
                $\nabla\phi_S=-\frac1{2\lambda_H}r_Sr_S^\top$.""",
            source="textbook; the program in the classifier Gram matrix is new here",
            variants={
                "the divergence of PAL-CE with its arguments exchanged": "proof",
                "the dual value of PAL-CE without the factor m": "proof",
                "the sign of r^T z in BCE": "proof",
                "the dual value of MSE without the factor one half": "proof",
                "the bound along the edge reversed": "proof",
                "half of mu": "proof",
                "mu 1 % too large": "both",
                "the penalties balanced without the fourth root": "proof",
                "one feature dimension less": "both",
                "1/lambda_H for 1/(2 lambda_H)": "proof",
                "the subgradient with the opposite sign": "both",
                "the bias forgotten": "both",
                "lambda_W for lambda in the constraint": "proof",
                "Frobenius norm for nuclear norm": "check",
                "frequencies left out": "check",
                "gradient 1 % too large": "check",
            },
            remark=r"""With fewer features the least value can be larger, and then no stationary point has
                $R\preceq\lambda I$: for three single labels with frequencies $\frac12,\frac3{10},\frac15$, PAL-CE
                without a bias and $\lambda=\frac1{100}$, the least value found with $d=1$ is $0.58248$ against
                $0.43317$, and $\lambda_{\max}(R)=15.2\,\lambda$ there. What counts is that $d$ is at least the rank of
                the optimal $G$.""",
            formal=Formal(
                letters=("L[sets](K), c, t: 1; Root, Q, Pi: K x K; X, W2: K x d; V: d x K; h2[sets]: d; r2[sets]: K",),
                given=(*PENALTIES, "0 < mu", "mu^2 = lambda", *ROOT, "Root*Root = sum[S](z[S]*z[S]')"),
                goal=f"""((all S: W*h[S] = z[S]) => {NUCLEAR} <= {_AT})
                    and ((some X: X*X' = Root) => (some W2, V: (all S: W2*(V*z[S]) = z[S])
                    and {OBJECTIVE.format("W2", "(V*z[S])", "b")} = {NUCLEAR}))
                    and ({LEAST_FEATURES} => (all S, u: {VALUE} <= {LOSS.format("W", "u")})
                    and (all S: {VALUE} = {CONJUGATE})
                    and (all S, x, t: (all v: t - x'*v <= L[S](v))
                    => t - x'*b - 1/(2*lambda_H)*(x'*W*W'*x) <= {VALUE})
                    and (all S: {VALUE} - {SLOPE} <= {VALUE_2})
                    and ({LEAST_FEATURES_2} and 0 < c and ({CURVED})
                    => (all S: {VALUE_2} <= {VALUE} - {SLOPE} + c/(2*lambda_H^2)*({CHANGE}'*{CHANGE}))))""",
                besides="that there is a minimum (U6b), and the conjugates of each loss in closed form",
            ),
        ),
        Claim(
            id="U6",
            title="dual and gap identity",
            setting=ANY_POINT,
            hypotheses=(_FEASIBLE,),
            text="""D(r) <= F at every point, and whatever r is, F - D is a sum of three terms and the bias term
                -<b, sum pi_S r_S>, exactly""",
            tex=r"""For any point $(W,H,b)$ and any $r$ in the domain of the dual values, with
                $D(r)=\sum_S\pi_SD_S(r_S)$ and $A=\sum_S\pi_Sr_Sh_S^\top$,
                $F-D(r)=\sum_S\pi_S\Delta_S(r_S,z_S)+\frac{\lambda_W}2\Bigl\|W-\frac1{\lambda_W}A\Bigr\|_F^2
                +\frac1{2\lambda_W}\Bigl(\lambda\sum_S\pi_S\|h_S\|^2-\|A\|_F^2\Bigr)-b^\top\sum_S\pi_Sr_S$. Here
                $\Delta_S$ is $m_S\mathrm{KL}(p_S\,\|\,\mathrm{softmax}(z_S))$ for PAL-CE, the sum of binary
                divergences for BCE, and $\frac12\|z_S-(y_S-r_S)\|^2$ for MSE (U5). If $R(r)\preceq\lambda I$, and
                for a free bias $\sum_S\pi_Sr_S=0$, then $D(r)\le F$ at every point: weak duality. For PAL-CE the
                dual is maximum entropy, $D(r)=\sum_S\pi_Sm_S\mathcal H(p_S)$, under a bound on the spectral norm of
                the residual second moment.""",
            source="new here (weak duality is textbook Fenchel duality)",
            variants={
                "bias term left out": "both",
                "bias term with the opposite sign": "both",
                "lambda_W for lambda in the last term": "both",
                "divergence 1 % too large": "both",
                "last term 1 % too large": "both",
                "feasible up to 1.01 lambda": "both",
                "weak duality whatever R is": "proof",
                "weak duality with a bias although the residuals do not have mean zero": "proof",
                "frequencies left out": "check",
            },
            remark="""Weak duality fails for a free bias when the residuals do not have mean zero, and no
                constant repairs it: the bias term is linear in $b$.""",
            formal=Formal(
                letters=("L[sets](K), D[sets](K): 1; R: K x K",),
                given=(*PENALTIES, "R := sum[S](r[S]*r[S]')", *DUAL),
                goal="""sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])
                    - sum[S](D[S](r[S])) = sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
                    + lambda_H/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*(h[S] - 1/lambda_H*(W'*r[S])))
                    + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W) - b'*sum[S](r[S])
                    and (psd (lambda*I[K] - R) and b'*sum[S](r[S]) = 0 => sum[S](D[S](r[S]))
                    <= sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S]))""",
                besides="the divergences of the three losses, and a second form of the identity",
            ),
        ),
        Claim(
            id="U6a",
            title="the gap, term by term",
            setting=ANY_POINT,
            hypotheses=(_FEASIBLE,),
            text="""F - D is what the predictions, the features and the classifier lack, and the bias term, which is 0;
                each of the three is nonnegative, and all vanish at the optimum only""",
            tex=r"""Under the same conditions
                $F-D(r)=\sum_S\pi_S\Delta_S(r_S,z_S)+\frac{\lambda_H}2\sum_S\pi_S\Bigl\|h_S-\frac1{\lambda_H}W^\top
                r_S\Bigr\|^2+\frac1{2\lambda_H}\mathrm{tr}\bigl((\lambda I-R)WW^\top\bigr)-b^\top\sum_S\pi_Sr_S$. So
                for a feasible $r$ the gap is the sum of what the predictions, the features and the classifier lack,
                each nonnegative, and it is zero iff $r_S$ is the residual at $z_S$, $h_S=\frac1{\lambda_H}W^\top
                r_S$, and $(\lambda I-R)W=0$: complementary slackness.""",
            source="new here (sharpens U6)",
            variants={
                "lambda_W for lambda_H in the last term": "both",
                "bias term left out": "both",
                "features' term 1 % too large": "both",
                "features' term left out": "both",
                "complementary slackness everywhere, not only on the range of W": "proof",
                "frequencies left out": "check",
                "feasible up to 1.01 lambda": "check",
            },
            remark=r"""For a dual candidate that is not quite feasible the identity still gives a lower bound on
                $\min F$ at given $\mathrm{tr}\,G$: the last term is at least
                $-\frac1{2\lambda_H}(\lambda_{\max}(R)-\lambda)_+\mathrm{tr}\,G$.""",
            formal=Formal(
                letters=("L[sets](K), D[sets](K): 1; R: K x K",),
                given=(*PENALTIES, "R := sum[S](r[S]*r[S]')", *DUAL, "psd (lambda*I[K] - R)", "b'*sum[S](r[S]) = 0"),
                goal="""sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])
                    - sum[S](D[S](r[S])) = sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
                    + lambda_H/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*(h[S] - 1/lambda_H*(W'*r[S])))
                    + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W)
                    and 0 <= sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
                    and 0 <= lambda_H/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*(h[S] - 1/lambda_H*(W'*r[S])))
                    and 0 <= 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W)
                    and (sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])
                    = sum[S](D[S](r[S])) <=> (all S: L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b) = 0)
                    and (all S: h[S] = 1/lambda_H*(W'*r[S])) and (lambda*I[K] - R)*W = 0)""",
            ),
        ),
        Claim(
            id="U6b",
            title="existence, bound on the bias",
            setting=ANY_POINT,
            hypotheses=("0 < t <= 1, so small that t times the residuals at perturbed frequencies are feasible",),
            text="""without a bias a minimiser exists; with a free one iff every label occurs (PAL-CE) and is
                sometimes absent too (BCE), always for MSE; then at every point b_j - b_k <= F / (t min f_l) (PAL-CE),
                or |b_k| <= F / (t min(f_k, 1 - f_k)) (BCE)""",
            tex=r"""Without bias a minimiser exists. With a free bias it exists iff every label occurs ($f_k>0$)
                for PAL-CE, iff every label occurs and is sometimes absent ($0<f_k<1$) for BCE, and always for MSE.
                At every point $b_j-b_k\le\frac F{t\min_lf_l}$ for PAL-CE and $|b_k|\le\frac F{t\min(f_k,1-f_k)}$ for
                BCE, where $t\in(0,1]$ is small enough that the residuals below satisfy $R\preceq\lambda I$.""",
            source="new here",
            variants={
                "the bound without the bias term": "proof",
                "the mean with the opposite sign": "proof",
                "the residuals of BCE for PAL-CE, which do not add up to zero": "proof",
                "PAL-CE asks for absence too": "both",
                "t = 1 whatever lambda": "check",
                "bias 1 % larger": "check",
            },
            remark="""For PAL-CE a label that is always present does no harm, unlike for BCE. In the formal statement
                features are `X*place[S]`, for a basis with a vector `place[S]` per label set, so that one can say
                "all" of them; any loss that is convex and not negative has a minimum without a bias.""",
            formal=U6B,
        ),
        Claim(
            id="U7",
            title="global certificate",
            setting=_OPTIMUM,
            hypotheses=(_STATIONARY,),
            text="""the point is globally optimal iff R <= lambda I; the optimal residuals, G and all inner products are
                unique""",
            tex=r"""Let $d\ge K$ (for PAL-CE $d\ge K-1$). A stationary point is globally optimal iff
                $R\preceq\lambda I$. The dual optimum $r^*$ is unique, and so are $G^*$ and all inner products.""",
            source="new here",
            variants={
                "no gap at points that are stationary in the features only": "proof",
                "no gap between a point and residuals of another one": "proof",
                "stationary is enough": "both",
                "the second-order term without the coupling of W and h": "proof",
                "the curvature of PAL-CE without the square of the mean": "proof",
                "the curvature of BCE at most 1/5": "proof",
                "one feature dimension less": "both",
                "a descent although rho < lambda": "proof",
                "the gap at least twice the divergence": "proof",
                "trace for largest eigenvalue": "check",
                "one eigenvalue may exceed lambda": "check",
            },
            remark="""With $d$ below the rank of the optimal $G$ no point is certified, not even the best there is
                (U5 has an example); that $R\\preceq\\lambda I$ is sufficient is true for any $d$.""",
            formal=Formal(
                letters=(
                    "L[sets](K), c, t, fall, rise, eps: 1; R: K x K; W2: K x d; h2[sets]: d; b2, r2[sets]: K",
                    "V, Y: d x K",
                ),
                given=(
                    *STATIONARY,
                    *PENALTIES,
                    "R := sum[S](r[S]*r[S]')",
                    CENTERED[0],
                    RESIDUAL,
                    "(b = 0 and b2 = 0) or sum[S](r[S]) = 0",
                ),
                goal=f"""(psd (lambda*I[K] - R) => {_AT} <= {_SECOND})
                    and (0 < c and ({CURVED})
                    and (K <= d or (K - 1 <= d and (all S: ones'*r[S] = 0)))
                    and (all W2, V: {_NEAR.format(OBJECTIVE.format("(W + t*W2)", "(h[S] + t*(V*r[S]))", "b"))})
                    => psd (lambda*I[K] - R))
                    and (psd (lambda*I[K] - R) and {_SECOND} <= {_AT} and 0 < c
                    and ({CURVED.replace("W*h[S] + b", "W2*h2[S] + b2").replace("r[S]", "r2[S]")})
                    and ((all S, x: L[S](x) = L[S](W*h[S] + b) - r[S]'*(x - (W*h[S] + b)) => x = W*h[S] + b)
                    or ((all S: ones'*r[S] = 0) and (all S, x: L[S](x) = L[S](W*h[S] + b) - r[S]'*(x - (W*h[S] + b))
                    => P*x = P*(W*h[S] + b))))
                    => (all S: r2[S] = r[S]) and W2*W2' = W*W' and (all S: W2*h2[S] = W*h[S])
                    and (all S, T: h2[S]'*h2[T] = h[S]'*h[T]))""",
            ),
        ),
        Claim(
            id="U7a",
            title="depth of any point",
            setting=_OPTIMUM,
            hypotheses=("rho are the eigenvalues of R above lambda, c bounds the curvature of the loss",),
            text="""every local minimum is global, and min F <= F - sum (sqrt(rho) - sqrt(lambda))^2 / (2 c) at every
                point, with equality for MSE at W = 0, H = 0 and the best bias""",
            tex=r"""For $d\ge K$ (PAL-CE: $d\ge K-1$) every local minimum is global, and at *every* point,
                stationary or not, the eigenvalues $\rho_i$ of $R$ that exceed $\lambda$ bound what is left to gain:
                $\min F\le F-\frac1{2c}\sum_{\rho_i>\lambda}(\sqrt{\rho_i}-\sqrt\lambda)^2$, where $c$ bounds the
                curvature of the loss: $\frac12\max_Sm_S$ for PAL-CE, $\frac14$ for BCE, 1 for MSE. For MSE at $W=0$,
                $h_S=0$ with the best bias this is an equality.""",
            source="new here (sharpens U7; no spurious minima for balanced cross-entropy: Zhu et al. 2021)",
            variants={
                "depth 1 % larger": "both",
                "half of the slope": "proof",
                "the square of rho - lambda": "both",
                "attained at W = 0 whatever the bias": "both",
                "depth 1 % smaller": "check",
                "curvature of BCE for all": "check",
                "attained by BCE": "check",
            },
            remark="At the collapsed point (U9) this bounds from below what training can gain.",
            formal=Formal(
                letters=(
                    "n, l; L[sets](K), c, t, fall, rise, eps, beta, best: 1; R, Root, Plus, Minus, A, B: K x K",
                    "W2: K x d; h2[sets]: d; b2: K; N: d x d; V: d x K; X: K x n; E1, X1, Y: l x d; E2, X2: l x K",
                    "W3: K x l",
                ),
                given=(*PENALTIES, "R := sum[S](r[S]*r[S]')", CENTERED[0]),
                goal=f"""({" and ".join(f"({x})" for x in LOCAL)} => {_AT} <= {_SECOND})
                    and ({" and ".join(f"({x})" for x in DEEP)} and (({ANY_FEATURES}) or ({ENOUGH_FEATURES}))
                    => best + 1/(2*c)*tr(Plus*Plus) <= {_AT})
                    and ({" and ".join(f"({x})" for x in AT_THE_ORIGIN)}
                    => {_AT} <= {_SECOND} + 1/2*tr(Plus*Plus))""",
                besides="which curvature each loss has",
            ),
        ),
        Claim(
            id="U8",
            title="isotropy of the residuals",
            setting=Setting(
                LOSSES,
                "none or free",
                "any, but full rank needs " + ENOUGH,
                "K (PAL-CE: K - 1) for the first part, else any",
            ),
            hypotheses=(_STATIONARY,),
            text="""R = lambda P (PAL-CE) or lambda I (BCE, MSE) at full rank, for every label distribution; at any rank
                R = lambda on the range of W""",
            tex=r"""If at a stationary point $W$ has full rank ($K-1$ for PAL-CE, $K$ for BCE and MSE; $d$ must
                be as large), then $R=\lambda P$ (PAL-CE), $R=\lambda I$ (BCE, MSE), for *every* label distribution.
                At any rank $R=\lambda\Pi+(I-\Pi)R(I-\Pi)$ with $\Pi$ the projection onto the range of $W$; at an
                optimum the second part is at most $\lambda$, and it may equal $\lambda$ there: at the collapse
                threshold (U9).""",
            source="new here",
            gloss="imbalance shapes the geometry, the residuals stay isotropic",
            variants={
                "isotropy at any rank": "both",
                "P for I": "both",
                "lambda 1 % too large": "both",
                "lambda_H for lambda": "both",
                "strictly below lambda on every collapsed direction of every optimum": "proof",
                "I for P": "check",
                "frequencies left out": "check",
            },
            remark="Imbalance shapes the geometry; the residuals stay isotropic.",
            formal=Formal(
                letters=("R: K x K; X: d x K",),
                given=(*STATIONARY, "lambda := lambda_W*lambda_H", "R := sum[S](r[S]*r[S]')", CENTERED[0]),
                goal="""((some X: W*X = I[K]) => R = lambda*I[K])
                    and ((some X: W*X = P) and (all S: ones'*r[S] = 0) => R = lambda*P) and R*W = lambda*W""",
                besides="the bound on the part of R off the range of W",
            ),
        ),
        Claim(
            id="U8a",
            title="full rank is optimal",
            setting=Setting(LOSSES, "none or free", ENOUGH, "K (PAL-CE: K - 1)"),
            hypotheses=(_STATIONARY,),
            text="the point is a global optimum",
            tex="""Every stationary point at which $W$ has rank $K$ (PAL-CE: $K-1$; $d$ must be as large) is a
                global optimum. So if one such point exists, every optimum has that rank, and all have the same
                geometry.""",
            source="new here (sharpens U8)",
            variants={
                "R at most lambda/2 I": "proof",
                "feasibility without U8": "proof",
                "one feature dimension less": "check",
            },
            remark="""The largest rank that a smaller $d$ allows is not enough: U5 has an example.""",
            formal=Formal(
                letters=("L[sets](K): 1; R: K x K; X: d x K; W2: K x d; h2[sets]: d; b2: K",),
                given=(
                    *STATIONARY,
                    *PENALTIES,
                    "R := sum[S](r[S]*r[S]')",
                    CENTERED[0],
                    RESIDUAL,
                    "(b = 0 and b2 = 0) or sum[S](r[S]) = 0",
                    "(some X: W*X = I[K]) or ((some X: W*X = P) and (all S: ones'*r[S] = 0))",
                ),
                goal=f"{_AT} <= {_SECOND}",
                besides="every optimum has that rank, and all have the same geometry",
            ),
        ),
        Claim(
            id="U9",
            title="collapse threshold",
            setting=ANY_POINT,
            hypotheses=("with a free bias a minimiser exists (U6b)",),
            text="W = 0 is globally optimal iff lambda >= lambda_max(R^0), the residual second moment at W = 0",
            tex=r"""Let $r^0_S$ be the residual at $W=0$ and the optimal bias, and
                $R^0=\sum_S\pi_Sr^0_Sr^{0\top}_S$. $W=0$ is globally optimal iff $\lambda\ge\lambda_{\max}(R^0)$.
                With $C=M-ff^\top$ and $Q=I-\frac1{\bar m}f\mathbf 1^\top$: PAL-CE without bias: $r^0_S=\tilde y_S$,
                $R^0=\Sigma$, so the threshold is $\mathrm K$; with bias: $r^0_S=y_S-\frac{m_S}{\bar m}f$,
                $R^0=QMQ^\top$, which is $C$ for one multiplicity. BCE without bias: $y_S-\frac12\mathbf 1$,
                $R^0=M-\frac12(f\mathbf 1^\top+\mathbf 1f^\top)+\frac14\mathbf 1\mathbf 1^\top$; with bias: $y_S-f$,
                $R^0=C$. MSE without bias: $y_S$, $R^0=M$; with bias: $y_S-f$, $R^0=C$.""",
            source="new here",
            variants={
                "PAL-CE with a bias: R^0 = C for mixed multiplicities": "both",
                "PAL-CE with a bias: residuals y_S - f, which do not add up to zero over the labels": "proof",
                "BCE without a bias: the threshold of MSE": "both",
                "BCE with a bias at log-frequencies instead of log-odds": "proof",
                "the optimum below the threshold as costly as the collapsed point": "proof",
                "threshold 1 % too large": "check",
                "kappa for K": "check",
                "residuals without a bias": "check",
                "frequencies left out": "check",
            },
            remark=r"""Below the threshold U7a says by how much collapse is suboptimal: at least
                $\frac1{2c}(\sqrt\rho-\sqrt\lambda)^2$ with $\rho=\lambda_{\max}(R^0)$. For PAL-CE with a free bias
                and mixed multiplicities the threshold is that of an oblique centering, which is neither $\Sigma$ nor
                $C$.""",
            formal=Formal(
                letters=(
                    "L[sets](K), D[sets](K), top, c, t, fall, rise, eps: 1; R: K x K; r0[sets], b0: K; W2: K x d",
                    "V: d x K; a: d",
                ),
                given=(
                    *PENALTIES,
                    "all S, x: D[S](r0[S]) - r0[S]'*x <= L[S](x)",
                    "R := sum[S](r0[S]*r0[S]')",
                    "all S: D[S](r0[S]) = L[S](b0) + r0[S]'*b0",
                    "(b = 0 and b0 = 0) or sum[S](r0[S]) = 0",
                    "psd (top*I[K] - R)",
                    "some x: x'*x = 1 and x'*R*x = top",
                    "0 < c",
                    "all S, v: L[S](b0 + v) <= L[S](b0) - r0[S]'*v + c/2*(v'*v)",
                ),
                goal="""(top <= lambda => sum[S](L[S](b0))
                    <= sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S]))
                    and (lambda < top => (some W2, V: sum[S](L[S](W2*(V*r0[S]) + b0)) + lambda_W/2*tr(W2'*W2)
                    + lambda_H/2*sum[S]((V*r0[S])'*(V*r0[S])) < sum[S](L[S](b0))))""",
                besides="the residuals at W = 0 in closed form for each loss",
            ),
        ),
        Claim(
            id="U10",
            title="everything from the dual",
            setting=ANY_POINT,
            hypotheses=(_STATIONARY,),
            text="""G = sum pi_S r_S z_S^T / lambda_W, W h_S = z_S - b = G r_S / lambda_H and <h_S, h_T> = r_S^T G r_T
                / lambda_H^2""",
            tex=r"""At a stationary point $G=WW^\top=\frac1{\lambda_W}\sum_S\pi_Sr_Sz_S^\top$, whether there is a
                bias or not, and for PAL-CE with the logits centered. Further $Wh_S=\frac1{\lambda_H}Gr_S$, $\langle
                h_S,h_T\rangle=\frac1{\lambda_H^2}r_S^\top Gr_T$, and $b=z_S-\frac1{\lambda_H}Gr_S$ for every $S$.
                The (centered) logits are functions of the residuals: $Pz_S=P\log p_S$,
                $z_{S,k}=\log\frac{q_{S,k}}{1-q_{S,k}}$, $z_S=y_S-r_S$. So at the optimum the dual determines
                everything up to rotation.""",
            source="new here",
            variants={
                "lambda_W 1 % too large": "both",
                "lambda_H 1 % too large": "both",
                "the bias not dropped out (residuals not of mean zero)": "proof",
                "lambda_H for lambda_W": "both",
                "centered logits for a loss whose classifier is not centered": "both",
                "inner products of features with 1/lambda_H": "both",
                "log-probabilities equal to logits without centering": "proof",
                "frequencies left out": "check",
            },
            formal=Formal(
                letters=("G: K x K",),
                given=(*STATIONARY, "0 < lambda_W", "0 < lambda_H", "all S: z[S] = W*h[S] + b", "G := W*W'"),
                goal="""(b = 0 or sum[S](r[S]) = 0 => G = 1/lambda_W*sum[S](r[S]*z[S]'))
                    and (all S: W*h[S] = z[S] - b and W*h[S] = 1/lambda_H*(G*r[S]))
                    and (all S, T: h[S]'*h[T] = 1/lambda_H^2*(r[S]'*G*r[T]))""",
                besides="logits as functions of the residuals",
            ),
        ),
        Claim(
            id="U11",
            title="from a gap to an enclosure",
            setting=_OPTIMUM,
            hypotheses=(_GAP, _BEST),
            text="""in p, q or r the optimum is at most sqrt(2 eps / (pi_S m_S)) (PAL-CE), sqrt(eps / (2 pi_S)) (BCE) or
                sqrt(2 eps / pi_S) (MSE) from the point; of these, logits, Gram matrix and
                inner products are functions""",
            tex=r"""If a primal point and a dual-feasible point have gap $\le\varepsilon$ then
                $\|p^*_S-\mathrm{softmax}(z_S)\|_1\le\sqrt{2\varepsilon/(\pi_Sm_S)}$ (PAL-CE),
                $|q^*_{S,k}-\sigma(z_{S,k})|\le\sqrt{\varepsilon/(2\pi_S)}$ (BCE),
                $\|r_S^*-(y_S-z_S)\|\le\sqrt{2\varepsilon/\pi_S}$ (MSE), which encloses logits, Gram matrix and inner
                products, functions of these (U10); a dual candidate is made feasible by shrinking.""",
            source="new here",
            gloss="a gap is a rigorous enclosure of the whole geometry",
            variants={
                "twice the divergence within the gap": "proof",
                "binary Pinsker with 3 in place of 2": "proof",
                "the derivative without the correction for the square": "proof",
                "radius 1 % too small": "both",
                "the gap for its root": "both",
                "frequency left out": "both",
                "the label's own probabilities without the division by m": "proof",
                "t too large by a factor of two": "proof",
                "shrinking raises the value by as much as it may cost": "proof",
                "a hundredth of the gap": "check",
            },
            remark="""In the formulas a sum of absolute values is said to be at most a number if that is so of the sum
                with any factors between -1 and 1; prob, prob1 and prob2 are $\\hat p$, $p$ and $p^*$.""",
            formal=Formal(
                letters=_LETTERS,
                given=_NEAR_OPTIMUM,
                goal=f"""({_PAL_LOSS} => (all S, v: (all k: (e[k]'*v)^2 <= 1)
                    => w[S]*m[S]*(v'*(prob2[S] - prob[S]))^2 <= 2*eps)
                    and (all S, j, k: e[j]'*(W2*h2[S] + b2) - e[k]'*(W2*h2[S] + b2)
                    = log(e[j]'*prob2[S]) - log(e[k]'*prob2[S])))
                    and ({_BCE_LOSS} => (all S, k: 2*w[S]*(e[k]'*(prob2[S] - prob[S]))^2 <= eps)
                    and (all S, k: e[k]'*(W2*h2[S] + b2) = log(e[k]'*prob2[S]) - log(1 - e[k]'*prob2[S])))
                    and ({_MSE_LOSS} => (all S: w[S]*((r2[S] - (y[S] - (W*h[S] + b)))'
                    *(r2[S] - (y[S] - (W*h[S] + b)))) <= 2*eps) and (all S: W2*h2[S] + b2 = y[S] - r2[S]))
                    and lambda_W*W2*W2' = sum[S](r2[S]*(W2*h2[S] + b2)')
                    and (all S, T: lambda_H^2*(h2[S]'*h2[T]) = r2[S]'*W2*W2'*r2[T])
                    and (all top, t: psd (top*I[K] - R) and t^2*top <= lambda => psd (lambda*I[K] - t^2*R))""",
                besides="what shrinking costs",
            ),
        ),
        Claim(
            id="U11a",
            title="sharper enclosures",
            setting=_OPTIMUM,
            hypotheses=(_GAP, _BEST),
            text="""the gap bounds the divergences from both sides together, so the optimum is near the midpoint of the
                two predictions, and small probabilities are enclosed relative to their size""",
            tex=r"""Let a primal point with predictions $\hat p$ and a feasible dual point with predictions $p$
                have gap $\le\varepsilon$. (i) Both are close to the optimum, and together
                $\sum_S\pi_S[\Delta_S(r^*_S,z_S)+\Delta_S(r_S,z^*_S)]\le\varepsilon$. So every coordinate of the
                optimum lies within $\sqrt{\frac\varepsilon{4\pi_Sm_S}-\frac14(p_k-\hat p_k)^2}$ of the midpoint
                $\frac12(p_k+\hat p_k)$ (PAL-CE; BCE with 1 for $m_S$), and for MSE $r^*_S$ within
                $\sqrt{\frac\varepsilon{\pi_S}-\frac14\|r_S-\hat r_S\|^2}$ of $\frac12(r_S+\hat r_S)$. (ii) Small
                probabilities are enclosed relative to their size: with $\eta=\frac{\varepsilon}{\pi_Sm_S}$ (BCE:
                $\frac\varepsilon{\pi_S}$) and $s=\hat p_k$, $s-\sqrt{2s\eta}\le p^*_k\le
                s+\eta+\sqrt{\eta^2+2s\eta}$, so the logarithm is enclosed as soon as $\eta<s/2$, where U11 needs
                $\eta<2s^2$.""",
            source="new here (sharpens U11)",
            variants={
                "half of the squared distance": "both",
                "the smaller denominator for the larger, where s >= a": "proof",
                "twice the constant, where s <= a": "proof",
                "the larger root without the square root": "proof",
                "half the gap": "check",
                "radius 1 % too small": "check",
                "s eta / 8 for 2 s eta": "check",
            },
            remark=r"""(ii) applies from the dual side as well, with $p_k$ as the known first argument: $p^*_k\ge
                p_k-\sqrt{2p_k\eta}$ and $p^*_k\le p_k+\eta+\sqrt{\eta^2+2p_k\eta}$ by the same two inequalities with
                the roles of $a$ and $s$ exchanged. In the terminal phase off-label probabilities are of order
                $\sqrt\lambda$, so the gap that is needed for enclosing their logarithms is of order $\sqrt\lambda$
                times $\pi_S$ instead of $\lambda$.""",
            formal=Formal(
                letters=_LETTERS,
                given=(*_NEAR_OPTIMUM, *LABELS_APART),
                goal=f"""{_DIVERGENCES} <= eps
                    and ({_PAL_LOSS} and {_PAL_DUAL}
                    => (all S, k: 4*w[S]*m[S]*(e[k]'*(prob2[S] - 1/2*(prob1[S] + prob[S])))^2
                    <= eps - w[S]*m[S]*(e[k]'*(prob1[S] - prob[S]))^2) and {_RELATIVE.format("w[S]*m[S]")})
                    and ({_BCE_LOSS} and {_BCE_DUAL}
                    => (all S, k: 4*w[S]*(e[k]'*(prob2[S] - 1/2*(prob1[S] + prob[S])))^2
                    <= eps - w[S]*(e[k]'*(prob1[S] - prob[S]))^2) and {_RELATIVE.format("w[S]")})
                    and ({_MSE_LOSS} and (all S: D[S](r[S]) = y[S]'*r[S] - 1/2*(r[S]'*r[S])) => (all S: w[S]
                    *((r2[S] - 1/2*(r[S] + y[S] - (W*h[S] + b)))'*(r2[S] - 1/2*(r[S] + y[S] - (W*h[S] + b))))
                    <= eps - 1/4*w[S]*((r[S] - (y[S] - (W*h[S] + b)))'*(r[S] - (y[S] - (W*h[S] + b))))))""",
                besides="from which gap on the logarithm is enclosed",
            ),
        ),
    ),
)
