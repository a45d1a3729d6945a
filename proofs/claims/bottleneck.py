"""Entries C: fewer features than labels."""

from proofs.claims.duality import ANY_FEATURES, DEEP
from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import DUAL, OBJECTIVE, PENALTIES, STATIONARY
from proofs.claims.squared_loss_formulas import W2

NARROW = Setting("PAL-CE, BCE or MSE", "none or free", "any", "any")

_HERE = OBJECTIVE.format("W", "h[S]", "b")
_THERE = OBJECTIVE.format("W2", "h2[S]", "b2")
CERTIFIED = (
    *STATIONARY,
    "psd (lambda*I[K] - R)",
    "(b = 0 and b2 = 0) or sum[S](r[S]) = 0",
    f"{_THERE} <= {_HERE}",
    "all S: E*r[S] = r[S]",
    "all S, x: D[S](r[S]) = L[S](x) + r[S]'*x => E*x = E*(W*h[S] + b)",
    "n = d + 1",
    "some X: X'*(W2*W2')*X = I[n]",
)
"""What C2 excludes: a certificate at width d, where W2 is optimal and of a rank of d + 1 or more. The loss has its dual
value at one point, but for what the projector E removes: the mean of all logits for PAL-CE, nothing else."""

_APART = "(y[S] - {0}*{1}[S] - {2})"
COST = f"""1/2*sum[S]({_APART}'*{_APART}) + lambda_W/2*tr({{0}}'*{{0}}) + lambda_H/2*sum[S]({{1}}[S]'*{{1}}[S])"""
_AT, _ELSEWHERE, _WIDE = (COST.format(*x) for x in (("W", "h", "b"), ("W2", "h2", "b2"), ("W3", "h3", "b0")))
NARROWED = ("W*W' = lambda_H/mu*(E*E'*Plus)", "all S: lambda_H*h[S] = W'*(y[S] - W*h[S] - b)", "b = b0")
"""C3: the best point of any width, and what makes a point the best of width d: features fitted to a classifier with the
d largest values of Plus."""

CHAPTER = Chapter(
    name="bottleneck",
    title="A bottleneck",
    introduction=r"""With $d\ge K$ features (PAL-CE: $K-1$) every local minimum is global (U7a). With fewer that may
        fail, and one asks what a certificate is still worth: it is, whenever there is one. `mlnc solve --width` tells
        which case it is.""",
    notation=(
        (
            r"F=\sum_S\pi_SL_S(Wh_S+b)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            r"the objective, $W\in\mathbb R^{K\times d}$; $F_d$ is its least value at width $d$, $\min F$ at any",
        ),
        (r"R=\sum_S\pi_Sr_Sr_S^\top", r"residual second moment; $\lambda=\lambda_W\lambda_H$, $\mu=\sqrt\lambda$"),
        (r"G^*=WW^\top", "the Gram matrix of the optimum at full width, which is unique (U8a)"),
        ("s_i", r"MSE: the singular values of the residuals at $W=0$ and the best bias, in $L^2(\pi)$"),
    ),
    claims=(
        Claim(
            id="C1",
            title="a certificate at any width",
            setting=NARROW,
            hypotheses=("the point (W, H, b) is stationary, with d features, and R <= lambda I",),
            text="F(W, H, b) <= F(W2, H2, b2) for every other point, of any width",
            tex=r"""A stationary point of any width with $R\preceq\lambda I$ is a global optimum, among points of every
                width.""",
            source="new here",
            domain="larger sets",
            variants={"R above lambda": "both", "without stationarity": "check"},
            formal=Formal(
                letters=("n; L[sets](K), D[sets](K): 1; R: K x K; W2: K x n; h2[sets]: n; b2: K",),
                given=(
                    *STATIONARY,
                    *PENALTIES,
                    "R := sum[S](r[S]*r[S]')",
                    *DUAL,
                    "all S: D[S](r[S]) = L[S](W*h[S] + b) + r[S]'*(W*h[S] + b)",
                    "(b = 0 and b2 = 0) or sum[S](r[S]) = 0",
                    "psd (lambda*I[K] - R)",
                ),
                goal="""sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])
                    <= sum[S](L[S](W2*h2[S] + b2)) + lambda_W/2*tr(W2'*W2) + lambda_H/2*sum[S](h2[S]'*h2[S])""",
            ),
        ),
        Claim(
            id="C2",
            title="no certificate below the rank",
            setting=NARROW,
            hypotheses=("d < rank G*", "for the depth: c bounds the curvature of the loss"),
            text="""no point of width d has R <= lambda I and is stationary, and every point of width d costs at least
                sum (sqrt(rho) - mu)^2 / (2 c) more than min F, over the eigenvalues rho of its R above lambda""",
            tex=r"""If $d<\operatorname{rank}G^*$ then no stationary point of width $d$ has $R\preceq\lambda I$, for by
                C1 it would be an optimum, whose Gram matrix has the rank of $G^*$. And $F-\min
                F\ge\frac1{2c}\sum_{\rho_i>\lambda}(\sqrt{\rho_i}-\mu)^2$ over the eigenvalues of $R$ (U7a).""",
            source="new here",
            domain="larger sets",
            variants={"the depth 1 % larger": "both", "one feature less has a certificate": "check"},
            remark="""For PAL-CE and BCE spurious local minima exist at such widths, and how much the best point loses
                is not known in closed form; C3 has it for MSE.""",
            formal=Formal(
                letters=(
                    "n, l; L[sets](K), D[sets](K), c, best: 1; R, W2, E, Root, Plus, Minus, A, B: K x K",
                    "h2[sets], b2: K; X: K x n; E1, X1: l x d; E2, X2: l x K; W3: K x l",
                ),
                given=(
                    *PENALTIES,
                    "R := sum[S](r[S]*r[S]')",
                    *DUAL,
                    "all S: D[S](r[S]) = L[S](W*h[S] + b) + r[S]'*(W*h[S] + b)",
                ),
                goal=f"""({" and ".join(f"({x})" for x in CERTIFIED)} => 1 = 0)
                    and ({" and ".join(f"({x})" for x in (*DEEP, ANY_FEATURES))}
                    => best + 1/(2*c)*tr(Plus*Plus) <= {_HERE})""",
            ),
        ),
        Claim(
            id="C3",
            title="squared loss at any width",
            setting=Setting("MSE", "none or free", "any", "any"),
            hypotheses=(
                "s_1 >= s_2 >= ... are the singular values of the residuals at W = 0 and the best bias",
                "m-bar is not 1, for the rule with a free bias",
            ),
            remark=r"""In the formal statement `Plus` has the eigenvalues $(s_i-\mu)_+$, and the columns of `E` are its
                eigenvectors to the $d$ largest; `W3` is the classifier at the least cost of any width.""",
            text="""F_d - min F = 1/2 sum_{i > d} max(s_i - mu, 0)^2, and the synthesis rule of W2 is exact at every
                width, whatever stationary point is reached""",
            tex=r"""MSE: $F_d-\min F=\frac12\sum_{i>d}(s_i-\mu)_+^2$. Features of a stationary point are
                $h_S=\frac1{\lambda_H}W^\top r_S$ at every width, so the rules of W2 are exact there, a bottleneck or
                not.""",
            source="new here; the truncated singular value decomposition is Eckart and Young 1936",
            domain="larger sets",
            variants={
                "the square of s_i in place of s_i - mu": "both",
                "twice the excess": "both",
                "counted from one direction later": "check",
            },
            formal=Formal(
                letters=(
                    *W2.letters,
                    "n, l; a[sets], b0, b2, h3[sets]: K; Root, Plus, Minus, W3, X, Pi: K x K; E: K x l; level: 1",
                    "W2: K x n; h2[sets]: n; Y: d x K",
                ),
                given=(
                    *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
                    "all S: a[S] := y[S] - b0",
                    "(b0 = 0 and b = 0 and b2 = 0) or b0 = sum[S](y[S])",
                    *("C := sum[S](a[S]*a[S]')", "psd Root", "Root*Root = C", "psd Plus", "psd Minus"),
                    *("Root - mu*I[K] = Plus - Minus", "Plus*Minus = 0"),
                    *("E'*E = I[l]", "E*E'*Plus = Plus*E*E'", "l = d or E*E' = I[K]", "0 <= level"),
                    "psd (E'*Plus*Plus*E - level*I[l])",
                    "psd ((I[K] - E*E')*(level*I[K] - Plus*Plus)*(I[K] - E*E'))",
                    "W3*W3' = lambda_H/mu*Plus",
                    "all S: lambda_H*h3[S] = W3'*(y[S] - W3*h3[S] - b0)",
                ),
                goal=f"""{_WIDE} <= {_ELSEWHERE} and {_WIDE} + 1/2*tr((I[K] - E*E')*Plus*Plus) <= {_AT}
                    and ({" and ".join(f"({x})" for x in NARROWED)}
                    => {_AT} = {_WIDE} + 1/2*tr((I[K] - E*E')*Plus*Plus))
                    and ({" and ".join(f"({x})" for x in W2.given)} => {W2.goal})""",
                besides="that there are classifiers with the Gram matrices that are spoken of, and such directions",
            ),
        ),
    ),
)
