"""Entries U1 to U4: stationary points of the unconstrained feature model."""

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import CURVED, FLAT, OBJECTIVE, PENALTIES, RESIDUAL, STATIONARY

LOSSES = "PAL-CE, BCE or MSE"
ANY_POINT = Setting(LOSSES, "none or free", "any", "any")
"""Of what holds whatever the model."""
_AT = OBJECTIVE.format("W", "h[S]", "b")
_FEATURE = "L[S](W*{0} + b) + lambda_H/2*({0}'*{0})"
_STATIONARY = "the point (W, H, b) is stationary"

CHAPTER = Chapter(
    name="stationarity",
    title="Stationary points of the unconstrained feature model",
    introduction="""A classifier $W$, a bias $b$ and one feature vector per sample, all free, minimise a loss
        plus penalties on $W$ and on the features. This chapter derives what holds at every stationary point,
        whatever the loss (PAL-CE, BCE or MSE), the label distribution and the strength of the penalties: one feature
        per label set, the equations that tie features, classifier and residuals together, and from them a synthesis
        of every prototype from all prototypes, weighted by frequencies, that is exact.""",
    notation=(
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            """the
            objective; $b$ is fixed to zero or free""",
        ),
        (
            r"W\in\mathbb R^{K\times d}",
            r"""the classifier with rows $w_k$, and $h_S\in\mathbb R^d$ the
            prototype of $S$""",
        ),
        ("z_S=Wh_S+b", "the logits"),
        (
            r"r_S=-\nabla L_S(z_S)",
            r"""the residual: $y_S-m_S\mathrm{softmax}(z_S)$ for PAL-CE,
            $y_S-\sigma(z_S)$ for BCE, $y_S-z_S$ for MSE""",
        ),
        (r"R=\sum_S\pi_Sr_Sr_S^\top", "residual second moment"),
        (
            r"\lambda=\lambda_W\lambda_H",
            """the only combination of the penalties that the geometry depends on,
            up to scale""",
        ),
        (r"\sum_S\pi_S\,(\cdot)", r"expectation over label sets: $\pi_S>0$, $\sum_S\pi_S=1$"),
        (r"y_S\in\{0,1\}^K", "the indicator of the label set $S$ of $m_S$ labels; $e_k$ is a unit vector"),
    ),
    claims=(
        Claim(
            id="U1",
            title="collapse of variability",
            setting=ANY_POINT,
            hypotheses=("lambda_H is positive", "W and b are given, and the features are stationary"),
            text="""the objective is strongly convex in each feature, with modulus lambda_H, so all samples of a label
                set share one feature""",
            tex=r"""For fixed $W,b$ the objective is strongly convex in each feature, with modulus $\lambda_H$.
                So at every stationary point, in particular at every minimiser, all samples with one label set have
                the same feature $h_S$.""",
            source="textbook (Mixon et al. 2020 for one label per sample)",
            variants={
                "the divergence of PAL-CE with the two predictions exchanged": "proof",
                "the divergence of PAL-CE without the factor m": "proof",
                "modulus 1 % too large": "both",
                "lambda_W for lambda_H": "both",
                "the penalty on the features dropped": "proof",
            },
            remark=r"""Minimality is not needed, and neither is anything about $W$ and $b$: stationarity in the
                features is enough. Without the penalty ($\lambda_H=0$) the conclusion fails, as features may differ
                by the null space of $W$.""",
            formal=Formal(
                letters=("L[sets](K), t: 1; s, g: d; r1, r2: K",),
                given=(
                    "0 < lambda_H",
                    "all S, v, x, t: 0 <= t and t <= 1 => L[S](t*v + (1 - t)*x) <= t*L[S](v) + (1 - t)*L[S](x)",
                ),
                goal="""(all S, s, g, t: 0 <= t and t <= 1 => L[S](W*(t*s + (1 - t)*g) + b)
                    + lambda_H/2*((t*s + (1 - t)*g)'*(t*s + (1 - t)*g))
                    <= t*(L[S](W*s + b) + lambda_H/2*(s'*s)) + (1 - t)*(L[S](W*g + b) + lambda_H/2*(g'*g))
                    - lambda_H/2*(t*(1 - t)*((s - g)'*(s - g))))
                    and (all S, s, g, r1, r2: lambda_H*s = W'*r1 and lambda_H*g = W'*r2
                    and (all x: L[S](W*s + b) - r1'*(x - (W*s + b)) <= L[S](x))
                    and (all x: L[S](W*g + b) - r2'*(x - (W*g + b)) <= L[S](x)) => s = g)""",
            ),
        ),
        Claim(
            id="U1a",
            title="price of not collapsing",
            setting=ANY_POINT,
            hypotheses=("W and b are given, and the features are within eps of optimal",),
            text="""taking the mean of the features of each label set saves exactly the divergences from its prediction
                plus lambda_H/2 times their variance, so the variance within label sets, averaged over them by pi, is at
                most 2 eps / lambda_H""",
            tex=r"""Replace the features of each label set by their mean. The objective falls by exactly
                $\sum_S\pi_S\sum_i\rho_i\bigl[\Delta(\bar z_S,z_i)+\frac{\lambda_H}2\|h_i-\bar h_S\|^2\bigr]$: for
                PAL-CE $m_S$ times the mean of $\mathrm{KL}(\bar p_S\,\|\,p_i)$, the predictions of the mean feature
                and of the samples, plus $\frac{\lambda_H}2$ times the variance of the features within label sets. So
                if the features are within $\varepsilon$ of optimal, the variance within label sets, averaged over
                them by $\pi$, is at most $2\varepsilon/\lambda_H$; that of one label set can be
                $\frac{2\varepsilon}{\pi_S\lambda_H}$.""",
            source="new here (sharpens U1)",
            variants={
                "the whole penalty for half of it": "both",
                "divergence left out": "both",
                "the inequality reversed": "proof",
                "variance at most what is saved": "both",
                "the bound for every single label set": "both",
            },
            formal=Formal(
                letters=("L[sets](K), q[sets, parts], eps: 1; g[sets, parts]: d",),
                given=(
                    "0 < lambda_H",
                    "all S, p: 0 <= q[S, p]",
                    "all S: sum[p](q[S, p]) = 1",
                    "all S: h[S] = sum[p](q[S, p]*g[S, p])",
                    "all S, x: L[S](W*h[S] + b) - r[S]'*(x - (W*h[S] + b)) <= L[S](x)",
                    """sum[S](sum[p](q[S, p]*(L[S](W*g[S, p] + b) + lambda_H/2*(g[S, p]'*g[S, p]))))
                    <= sum[S](L[S](W*h[S] + b) + lambda_H/2*(h[S]'*h[S])) + eps""",
                ),
                goal="""sum[S](sum[p](q[S, p]*(L[S](W*g[S, p] + b) + lambda_H/2*(g[S, p]'*g[S, p]))))
                    - sum[S](L[S](W*h[S] + b) + lambda_H/2*(h[S]'*h[S]))
                    = sum[S](sum[p](q[S, p]*(L[S](W*g[S, p] + b) - L[S](W*h[S] + b) + r[S]'*(W*g[S, p] - W*h[S]))))
                    + lambda_H/2*sum[S](sum[p](q[S, p]*((g[S, p] - h[S])'*(g[S, p] - h[S]))))
                    and (all S, p: 0 <= L[S](W*g[S, p] + b) - L[S](W*h[S] + b) + r[S]'*(W*g[S, p] - W*h[S]))
                    and sum[S](sum[p](q[S, p]*((g[S, p] - h[S])'*(g[S, p] - h[S])))) <= 2*eps/lambda_H""",
                besides="the divergence of PAL-CE is that of Kullback and Leibler, and the variance of one label set",
            ),
        ),
        Claim(
            id="U2",
            title="stationarity",
            setting=ANY_POINT,
            hypotheses=(),
            text="""a point is stationary iff h_S = W^T r_S / lambda_H, W = sum pi_S r_S h_S^T / lambda_W and, with
                a free bias, sum pi_S r_S = 0""",
            tex=r"""A point is stationary iff $h_S=\frac1{\lambda_H}W^\top r_S$ for every label set, and
                $W=\frac1{\lambda_W}\sum_S\pi_Sr_Sh_S^\top$, and for a free bias $\sum_S\pi_Sr_S=0$. Hence
                $\lambda_WW^\top W=\lambda_H\sum_S\pi_Sh_Sh_S^\top$, and for PAL-CE $\mathbf 1^\top W=0$.""",
            source="textbook; for PAL-CE Li et al. 2024",
            variants={
                "twice the penalty on the features": "both",
                "frequencies left out": "both",
                "the residual of BCE for PAL-CE": "proof",
                "residuals of BCE add up to zero": "proof",
                "the penalties balanced the other way round": "both",
                "1^T W = 0 for any loss": "both",
                "lambda_W 1 % too large": "both",
                "sign flipped": "both",
            },
            remark=r"""The trace of the balance is $\lambda_W\|W\|_F^2=\lambda_H\sum_S\pi_S\|h_S\|^2$: the two
                penalties are equal; those of Li et al. are normalised otherwise, by a factor of two in $\lambda_H$. For
                PAL-CE the loss does not see a constant added to all logits, so with a free
                bias $b$ is determined up to a multiple of $\mathbf 1$.""",
            formal=Formal(
                letters=("L[sets](K), c, eps, delta, t: 1; s: d; V: K x d",),
                given=("0 < lambda_W", "0 < lambda_H", "0 < c", RESIDUAL, CURVED),
                goal=f"""((all S, s: {FLAT.format(_FEATURE.format("(h[S] + t*s)"), _FEATURE.format("h[S]"))})
                    <=> ({STATIONARY[0]}))
                    and ((all V: {FLAT.format(OBJECTIVE.format("(W + t*V)", "h[S]", "b"), _AT)}) <=> {STATIONARY[1]})
                    and ((all x: {FLAT.format(OBJECTIVE.format("W", "h[S]", "(b + t*x)"), _AT)})
                    <=> sum[S](r[S]) = 0)
                    and (({STATIONARY[0]}) and {STATIONARY[1]} => lambda_W*W'*W = lambda_H*sum[S](h[S]*h[S]')
                    and ((all S: ones'*r[S] = 0) => ones'*W = 0))""",
            ),
        ),
        Claim(
            id="U3",
            title="eigen-equation",
            setting=ANY_POINT,
            hypotheses=(_STATIONARY,),
            text="R W = lambda W for the residual second moment R = sum pi_S r_S r_S^T",
            tex=r"""$RW=\lambda W$ at every stationary point: the columns of $W$ are eigenvectors of the residual
                second moment, with eigenvalue $\lambda=\lambda_W\lambda_H$. So $\lambda$ is an eigenvalue of $R$ of
                multiplicity at least $\mathrm{rank}\,W$.""",
            source="new here",
            variants={
                "lambda 1 % too large": "both",
                "lambda_W for lambda": "both",
                "features that are not stationary": "proof",
                "R = lambda I at every stationary point": "both",
                "frequencies left out": "check",
            },
            formal=Formal(
                letters=("R: K x K",),
                given=(*STATIONARY, "lambda := lambda_W*lambda_H", "R := sum[S](r[S]*r[S]')"),
                goal="R*W = lambda*W",
                besides="the eigenvalue has at least the multiplicity rank W",
            ),
        ),
        Claim(
            id="U4",
            title="weighted synthesis",
            setting=ANY_POINT,
            hypotheses=(_STATIONARY,),
            text="""h_S = sum_T pi_T <r_S, r_T>/lambda h_T: every prototype from all, by frequency times
                residual overlap""",
            tex=r"""At every stationary point, for every loss, bias, $\lambda$ and label distribution,
                $h_S=\sum_T\omega_{ST}h_T$ with $\omega_{ST}=\frac{\pi_T\langle r_S,r_T\rangle}{\lambda}$: each
                prototype is a synthesis of all prototypes, weighted by the *frequencies* of their label sets times
                residual overlap. Equivalently $h_S=\frac1{\lambda_H}\sum_kr_{S,k}w_k$. With a free bias the weights
                of each synthesis add up to zero. If the residuals lie in the range of $W$, in particular on full
                rank, $\Omega=(\omega_{ST})$ is a projector of rank $\mathrm{tr}R/\lambda$.""",
            source="new here; a precise reading of the paper's abstract (P1)",
            variants={
                "lambda 1 % too large": "both",
                "lambda_W for lambda": "both",
                "the same weights for every prototype": "both",
                "synthesis at a point that is not stationary in the classifier": "proof",
                "weights that add up to zero without a free bias": "both",
                "a projector on any rank": "both",
                "frequencies left out": "check",
            },
            remark=r"""The weights need not be positive and depend on the optimum through the residuals; what is
                fixed in advance is that they are proportional to the frequencies $\pi_T$ of label *sets*. Which
                simpler weights, of classes rather than label sets, are exact, and when, is the subject of the
                chapter on weighted synthesis.""",
            formal=Formal(
                given=(*STATIONARY, *PENALTIES),
                goal="all S: h[S] = sum[T](1/lambda*(r[S]'*r[T])*h[T])",
                besides="the form with rows, and the rank of the projector",
            ),
        ),
        Claim(
            id="U4a",
            title="synthesis as a projector",
            setting=ANY_POINT,
            hypotheses=(),
            text="""Omega^2 = Omega iff R r_S = lambda r_S for every S iff R^2 = lambda R; at a stationary point of less
                than full rank Omega reproduces the prototypes but need not be a projector""",
            tex=r"""At any point $\Omega^2=\Omega$ iff $Rr_S=\lambda r_S$ for every label set, iff $R^2=\lambda
                R$: all nonzero eigenvalues of $R$ equal $\lambda$. At a stationary point of less than full rank
                $\Omega$ still reproduces the prototypes, but in general it is not a projector.""",
            source="new here (sharpens U4)",
            variants={
                "R^2 = lambda R at every stationary point": "proof",
                "a projector on any rank": "both",
                "R^2 is not lambda R at full rank either": "proof",
                "the sum of squares with R in place of R - lambda I": "proof",
                "R = lambda I": "check",
            },
            formal=Formal(
                letters=("R: K x K",),
                given=("0 < lambda", "R := sum[S](r[S]*r[S]')"),
                goal="""((all S, U: sum[T](1/lambda*(r[S]'*r[T])*(1/lambda*(r[T]'*r[U]))) = 1/lambda*(r[S]'*r[U]))
                    <=> (all S: R*r[S] = lambda*r[S]))
                    and ((all S: R*r[S] = lambda*r[S]) <=> R*R = lambda*R)""",
                example="""K = 2 and (all S: lambda_H*h[S] = W'*r[S]) and lambda_W*W = sum[S](r[S]*h[S]')
                    and (all S: r[S] = y[S] - W*h[S]) and 0 < tr(W'*W) and (some k: e[k]'*W = 0)
                    and 0 < lambda_W and 0 < lambda_H and lambda = lambda_W*lambda_H
                    and (all S: h[S] = sum[T](1/lambda*(r[S]'*r[T])*h[T])) and (some S, U:
                    sum[T](1/lambda*(r[S]'*r[T])*(1/lambda*(r[T]'*r[U]))) != 1/lambda*(r[S]'*r[U]))""",
            ),
        ),
        Claim(
            id="U4b",
            title="least weights",
            setting=ANY_POINT,
            hypotheses=(_STATIONARY, "the residuals lie in the range of W, as on full rank"),
            text="""of all weights that synthesise a prototype those of U4 are the least in the norm sum_T
                omega_ST^2 / pi_T""",
            tex=r"""Let the residuals lie in the range of $W$, as on full rank. Of all weights $\omega'_{ST}$
                with $h_S=\sum_T\omega'_{ST}h_T$ those of U4 are the least in the frequency-weighted norm
                $\sum_T\omega_{ST}'^2/\pi_T$, and the only ones that attain the minimum. So the synthesis of U4 is
                canonical: it is the frequency-weighted least-squares solution, and rare label sets are used
                sparingly.""",
            source="new here (sharpens U4)",
            variants={
                "residuals that leave the range of W": "both",
                "weights that synthesise something else": "proof",
                "twice the distance": "both",
                "norm without frequencies": "check",
            },
            formal=Formal(
                letters=("omega[sets, sets]: 1; Gram, R: K x K; s[sets]: d",),
                given=(*STATIONARY, *PENALTIES, "all S: r[S] = W*s[S]", "all S: h[S] = sum[T](omega[S, T]*h[T])"),
                goal="all S: sum[T]((1/lambda*(r[S]'*r[T]))^2) <= sum[T](omega[S, T]^2)",
                besides="the weights are the only ones that attain the minimum",
            ),
        ),
    ),
)
