"""Entries L: loss bounds."""

import re

from proofs.claims.entry import Chapter, Claim, Formal, Setting
from proofs.claims.hypotheses import (
    BALANCED,
    CENTERED,
    ENERGY,
    ENTROPY,
    GREATEST,
    ISOTROPIC,
    LABEL_SETS,
    LEAST,
    LOGITS,
    PAL_CE,
    PENALTIES,
    POLAR,
    SHARE,
    SOLVED,
)

_ANY_DIMENSION = Setting("PAL-CE", "none", "any", "any")
_WIDE = Setting("PAL-CE", "none", "d >= K - 1", "any")
_ONE_SIZE = "every label set has m labels, 1 <= m <= K - 1"
_LETTERS = ("L[sets](K), H(1), log(1), ex(1), c, t, share, share2, total, tau, slope, c2: 1; X, W2: K x d", "V: d x K")
_ROOT = ("Root, Q, Pi: K x K; mean, s, c3, c4: 1",)
_ONE_MULTIPLICITY = (
    *PENALTIES,
    *CENTERED,
    *LABEL_SETS,
    "all S: m[S] := size",
    "1 <= size",
    "size <= K - 1",
    *PAL_CE,
    *ENTROPY,
)
"""The loss without bias, and label sets of one size."""
_VALUE = "sum[S](L[S]({0}*{1})) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S]({1}'*{1})"
_OBJECTIVE = _VALUE.format("W", "h[S]")
_AT_V = _VALUE.format("W2", "(V*y[S])")
CAPPED = "(({0}^2*{1} = lambda and {0} <= 1) or ({1} <= lambda and {0} = 1))"
"""An argument of H: the root of lambda over a number, at most 1."""
OTHERS = "(size - size^2/K - (K - 2)*{0})"
"""What the trace leaves for one eigenvalue if the others are all as small as they can be."""
_MIXED = (
    "L[sets](K), log(1), ex(1), c[sets](1), scale[sets], s, t, tau, share, share2, total: 1",
    "X, W2: K x d; V: d x K; Root, Q, Pi: K x K",
)
_TAGWISE = "(e[k]'*(y[S] - c[S](s)*(P*y[S])))"
BALANCED_VALUE = f"sum[S](-sum[k]({_TAGWISE}*log({_TAGWISE}/m[S])))"
"""What O1 gives under perfect orthogonality: m times the entropy of the distribution with residual c P y."""
_INSIDE = "all S, k: 0 <= e[k]'*(y[S] - r[S])"
_AT_SCALE = _VALUE.format("W2", "({0}*(V*y[S]))")
_AT_SCALARS = _AT_SCALE.format("(s*c[S](s))")
POLAR_VALUE = f"(-sum[k]((e[k]'*(y[S] - r[S]))*log({SHARE.format('k')})))"
AT_LOGITS = f"({_VALUE.format('W2', '(V*z[S])')})"
INSTANCE = (
    *("K = 8", "size = 2", *(text.replace(":=", "=") for text in CENTERED), "all S: m[S] = size"),
    *("all S: ones'*y[S] = size", "all S, k: (e[k]'*y[S])^2 = e[k]'*y[S]", _INSIDE, "0 < c"),
    CAPPED.format("c", "Kappa"),
)
LOWER = (
    "all x: lambda*(x'*Pi*x) <= x'*Sigma*x",
    "some x: x'*x != 0 and Pi*x = x and Sigma*x = lambda*x",
    f"""some mu, Root, Q: 0 < mu and mu^2 = lambda and {" and ".join(POLAR)} and Root*Root = Sigma
    and (all S: r[S] = mu*(Q*y[S]))""",
    f"({ENTROPY[0]}) => sum[S]({POLAR_VALUE}) < H(c)",
)
"""L5b: eight labels in pairs; the penalty is the least eigenvalue but 0, and the polar value is below L1."""
QUADRATIC = "mu/(2*{0})*sum[S]((z[S] - {0}*(P*y[S]))'*Q*(z[S] - {0}*(P*y[S])))"
"""What the polar point is bounded by: its dual value, the loss at its logits, and a quadratic form in these."""

CHAPTER = Chapter(
    name="loss_bounds",
    title="Loss bounds",
    introduction=r"""How low can the regularised loss get, in terms of the label covariance spectrum? PAL-CE
        without bias unless said. A lower bound is a feasible dual point (U6), an upper bound a point of the model.
        The bounds that need only eigenvalues are one and the same entropy $H_m$ at four arguments (L5a); the polar
        point, which needs the inverse root of $\Sigma$, is within an explicit distance of the optimum (L5d). It is
        not always above the floor of L1 (L5b).""",
    notation=(
        (r"\sum_S\pi_S\,(\cdot)", "expectation over the label distribution"),
        (
            r"y_S,\ \tilde y_S=Py_S",
            r"""indicator of the label set $S$ and its centering, $P=I-\frac1K\mathbf
            1\mathbf 1^\top$""",
        ),
        (r"\Sigma=\sum_S\pi_S\tilde y_S\tilde y_S^\top", r"centered second moment; $\Sigma_m$ given $|S|=m$"),
        (r"\kappa,\ \mathrm K", r"least and largest eigenvalue of $\Sigma$ on $\mathbf 1^\perp$"),
        (r"\bar\kappa_m=\frac{m(K-m)}{K(K-1)}", "the balanced value"),
        (r"\lambda=\lambda_W\lambda_H,\ \mu=\sqrt\lambda", "the penalty"),
        (
            r"F(W,H)=\sum_S\pi_SL_S(Wh_S)+\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\sum_S\pi_S\|h_S\|^2",
            "the objective",
        ),
        (
            "H_m(c)",
            r"""$m$ times the entropy of the distribution with $\frac{1-c(1-m/K)}m$ on $m$ labels and
            $\frac cK$ on the other $K-m$; nats""",
        ),
        (r"\varepsilon=\frac{K(1-c)}{mc}", r"the odds less one, in which $c=\frac K{K+m\varepsilon}$"),
    ),
    claims=(
        Claim(
            id="L1",
            title="floor under the loss",
            setting=Setting("PAL-CE", "none", "any for the bound, d >= K - 1 for equality", "any"),
            hypotheses=(_ONE_SIZE,),
            text="""min F >= H_m(min(1, sqrt(lambda/K_m))), below collapse with equality iff all nonzero eigenvalues of
                Sigma_m agree; with kappa_m for K_m it is no lower bound""",
            tex=r"""Let $H_m(c)=m\,\mathcal H(p)$ for the distribution $p$ with $\frac{1-c(1-m/K)}m$ on each of $m$
                labels and $\frac cK$ on each of the other $K-m$. Then $\min F\ge H_m\bigl(\min(1,\sqrt{\lambda/\mathrm
                K_m})\bigr)$. Equality holds iff $\lambda\ge\mathrm K_m$ or $\Sigma_m^2=\mathrm K_m\Sigma_m$, that is,
                iff the loss has collapsed or all *nonzero* eigenvalues of $\Sigma_m$ agree.""",
            source=r"""the bound: the paper's abstract (P2) in the reading that is true; the equality case is new
                here and corrects "iff perfect orthogonality", which is right only when $\kappa_m>0$""",
            domain="one multiplicity",
            variants={
                "kappa for K": "both",
                "c/K on the labels of the set too": "proof",
                "the entropy without the labels outside the set": "proof",
                "with a free bias too": "both",
                "attained under perfect orthogonality only": "both",
                "kappa for K in the necessary condition": "proof",
                "the loss without the regulariser meets the bound": "proof",
                "argument 1 % too large": "check",
                "argument 1 % too small": "check",
                "attained by every distribution": "check",
            },
            remark=r"""A free bias can go below the bound: $K=2$, single labels with probabilities $.9$ and $.1$,
                $\lambda=.01$: $\min F=.1521$ with a free bias, and the bound is $.2555$.""",
            formal=Formal(
                letters=_LETTERS,
                given=(*_ONE_MULTIPLICITY, *GREATEST, "0 < c", CAPPED.format("c", "Kappa")),
                goal=f"""H(c) <= {_OBJECTIVE}
                    and ({_OBJECTIVE} = H(c) => Kappa <= lambda or Sigma*Sigma = Kappa*Sigma)
                    and ((some X: X*X' = P) and (Kappa <= lambda or Sigma*Sigma = Kappa*Sigma)
                    => (some W2, V: {_AT_V} = H(c)))
                    and (all t: (some X: X*X' = P) and Sigma*Sigma = Kappa*Sigma and c < t and t <= 1
                    => (some W2, V: {_AT_V} < H(t)))""",
            ),
        ),
        Claim(
            id="L2",
            title="weakest contrast and floor",
            setting=_ANY_DIMENSION,
            hypotheses=(_ONE_SIZE,),
            text="""min F >= H_m(min(1, sqrt(lambda/(tr Sigma_m - (K-2) kappa_m)))), which increases with kappa_m, is at
                most L1, and below collapse equals it iff the other K-2 eigenvalues are all kappa_m""",
            tex=r"""$\min F\ge H_m\bigl(\min(1,\sqrt{\lambda/(\mathrm{tr}\,\Sigma_m-(K-2)\kappa_m)})\bigr)$ with
                $\mathrm{tr}\,\Sigma_m=m(K-m)/K$, and the right side increases with $\kappa_m$, strictly where it is
                below $m\log K$ and $K\ge3$. It is at most L1, and where it is below $m\log K$ it equals L1 iff the
                other $K-2$ eigenvalues are all $\kappa_m$.""",
            source="the paper's abstract (P2) in the reading that is true; proof new here",
            domain="one multiplicity",
            variants={
                "equal to L1 whatever the other eigenvalues": "both",
                "with a free bias too": "both",
                "K - 1 for the K - 2 other contrasts": "both",
                "the entropy bound falls with its argument": "proof",
                "log(eps) for log(1 + eps) in the slope": "proof",
                "the argument falls with kappa": "both",
                "argument 1 % too large": "check",
            },
            remark=r"""The slip is to put $\kappa_m$ itself where $\mathrm K_m$ belongs in L1: the control of L1
                refutes its dual point. What $\kappa_m$ controls is how large $\mathrm K_m$ can still be, the trace
                being fixed (S2).""",
            formal=Formal(
                letters=_LETTERS,
                given=(
                    *_ONE_MULTIPLICITY,
                    *LEAST,
                    *GREATEST,
                    "0 < c",
                    CAPPED.format("c", OTHERS.format("kappa")),
                    "0 < c2",
                    CAPPED.format("c2", "Kappa"),
                ),
                goal=f"""H(c) <= {_OBJECTIVE} and H(c) <= H(c2)
                    and tr(Sigma) = size*(K - size)/K and H(1) = size*log(K)
                    and (H(c) < size*log(K) => (H(c) = H(c2) <=> (some v: ones'*v = 0 and v'*v = 1
                    and Sigma = kappa*(P - v*v') + Kappa*(v*v'))))
                    and (all share, share2, tau, t: share <= share2 and 0 < tau and 0 < t
                    and {CAPPED.format("tau", OTHERS.format("share"))}
                    and {CAPPED.format("t", OTHERS.format("share2"))} => H(tau) <= H(t)
                    and (share < share2 and 3 <= K and H(tau) < size*log(K) => H(tau) < H(t)))""",
            ),
        ),
        Claim(
            id="L3",
            title="balance is hardest",
            setting=_WIDE,
            hypotheses=(),
            text="""min F is at most the value O1 gives for perfect orthogonality with the same multiplicities, below
                O1's threshold with equality iff sum_m pi_m c_m^2 Sigma_m = lambda P""",
            tex=r"""$\min F(\pi)$ is at most the value that O1 gives for perfect orthogonality with the same $\pi_m$:
                $\sum_m\pi_mH_m(c_m)$ if $\lambda<\sum_m\pi_m\bar\kappa_m$, and $\sum_m\pi_m\,m\log K$ otherwise. Below
                that threshold equality holds iff $\sum_m\pi_mc_m^2\Sigma_m=\lambda P$ with the $c_m$ of O1: for one
                multiplicity, iff perfect orthogonality. Above it, iff $\lambda\ge\mathrm K$.""",
            source="""new here; for mixed multiplicities "iff orthogonality" would be too strong""",
            variants={
                "half the trace of the root": "proof",
                "equality at twice the multiple of P": "proof",
                "the comparison of the traces reversed": "proof",
                "with a free bias too": "both",
                "equality where Sigma is a multiple of P": "both",
                "balanced value 1 % too large": "check",
                "one scalar for all multiplicities": "check",
            },
            formal=Formal(
                letters=_MIXED,
                given=(
                    *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
                    *(CENTERED[0], *LABEL_SETS, "all S: 1 <= m[S]", "all S: m[S] <= K - 1", *PAL_CE, SOLVED),
                    *(*POLAR, "Root*Root = sum[S]((s*c[S](s))^2*(P*y[S]*y[S]'*P))"),
                ),
                goal=f"""(0 < s and {ENERGY}
                    => sum[S](L[S]((s*c[S](s))*(P*y[S]))) + mu*tr(Root) <= {BALANCED_VALUE}
                    and ((some X: X*X' = Root) => (some W2, V: {_AT_SCALARS} <= {BALANCED_VALUE}))
                    and ((some X: X*X' = Root) and (all W2, V: {BALANCED_VALUE} <= {_AT_SCALARS}) => {ISOTROPIC})
                    and ({ISOTROPIC} => {BALANCED_VALUE} <= {_OBJECTIVE}))
                    and (some W2, V: {_AT_V} = sum[S](m[S]*log(K)))""",
                besides="when there is equality above the threshold, and that for one multiplicity the condition below "
                "it is perfect orthogonality",
            ),
        ),
        Claim(
            id="L4",
            title="loss bound from collapse",
            setting=Setting("PAL-CE, BCE or MSE", "none or free", "any", "any"),
            hypotheses=(),
            text="""min F >= D(c r^0) with c = min(1, sqrt(lambda/lambda_max(R^0))), for the residuals r^0 at W = 0 and
                the best bias, with equality when lambda >= lambda_max(R^0)""",
            tex=r"""Let $r^0_S$ be the residuals at $W=0$ and the best bias, and
                $R^0=\sum_S\pi_Sr^0_Sr_S^{0\top}$. Then $\min F\ge D(c\,r^0)$ with
                $c=\min(1,\sqrt{\lambda/\lambda_{\max}(R^0)})$, with equality whenever
                $\lambda\ge\lambda_{\max}(R^0)$ (U9). Without bias the same holds with a factor $c_S\in[0,1]$ per
                label set as soon as $\sum_S\pi_Sc_S^2r^0_Sr_S^{0\top}\preceq\lambda I$.""",
            source="new here",
            variants={
                "c 1 % too large": "both",
                "frequencies not divided by the mean size": "proof",
                "residuals without a bias where it is free": "both",
                "the least nonzero eigenvalue for the largest": "check",
            },
            remark=r"""L1 is the case of PAL-CE, no bias and one multiplicity, where $r^0_S=\tilde y_S$ and
                $R^0=\Sigma_m$.""",
            formal=Formal(
                letters=("L[sets](K), D[sets](K), top, c: 1; R: K x K; r0[sets], b0: K",),
                given=(
                    *PENALTIES,
                    "all S, x: D[S](c*r0[S]) - (c*r0[S])'*x <= L[S](x)",
                    "R := sum[S](r0[S]*r0[S]')",
                    "all S: D[S](r0[S]) = L[S](b0) + r0[S]'*b0",
                    "(b = 0 and b0 = 0) or sum[S](r0[S]) = 0",
                    "psd (top*I[K] - R)",
                    "c^2*top <= lambda",
                ),
                goal="""sum[S](D[S](c*r0[S]))
                    <= sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])
                    and (c = 1 => sum[S](D[S](c*r0[S])) = sum[S](L[S](b0)))""",
                besides="the same with a factor per label set",
            ),
        ),
        Claim(
            id="L5",
            title="polar and tag-wise points",
            setting=Setting("PAL-CE", "none", "any for the polar point, d >= K - 1 for the tag-wise ones", "any"),
            hypotheses=(),
            text="""the polar point r_S = mu Sigma^{+1/2} y~_S has R = lambda Pi, so where it is in the domain D(r) <=
                min F; the best tag-wise point has min F <= its value <= L3""",
            tex=r"""*Dual:* the polar point $r_S=\mu\,\Sigma^{+1/2}\tilde y_S$, $\mu=\sqrt\lambda$, has $R=\lambda\Pi$,
                hence is feasible, and lies in the domain iff $(\Sigma^{+1/2}y_S)_j\le0$ for $j\notin S$ - the sign
                condition of T1 - and $\mu(\Sigma^{+1/2}y_S)_k\le1$ for $k\in S$; then $D(r)\le\min F$. *Primal:* $\min
                F\le\min_{s_m\ge0}\ \sum_S\pi_SL_S(s_{m_S}\tilde y_S)
                +\mu\,\mathrm{tr}\bigl(\sum_m\pi_ms_m^2\Sigma_m\bigr)^{1/2}$, which is at most the value of L3. So for
                one multiplicity L2 $\le$ L1 $\le\min F\le$ L5-primal $\le$ L3, and L5-dual $\le\min F$.""",
            source="new here",
            variants={
                "inverse for inverse root": "both",
                "P for the projector on the range": "both",
                "with a free bias too": "both",
                "the comparison of the traces reversed": "proof",
                "half the regulariser": "check",
            },
            remark="""Whether L1 lies below the dual bound is decided in L5b: not always. How far the polar
                point is from the optimum is L5d.""",
            formal=Formal(
                letters=(*_MIXED, "Root2, Q2, Pi2: K x K"),
                given=(
                    *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
                    *(*CENTERED, *LABEL_SETS, "all S: 1 <= m[S]", "all S: m[S] <= K - 1", *PAL_CE, *POLAR),
                    *("Root*Root = Sigma", "all S: r[S] = mu*(Q*y[S])"),
                    *(re.sub(r"\b(Root|Q|Pi)\b", r"\g<1>2", text) for text in POLAR),
                    "Root2*Root2 = sum[S](scale[S]^2*(P*y[S]*y[S]'*P))",
                ),
                goal=f"""sum[S](r[S]*r[S]') = lambda*Pi and (({_INSIDE})
                    <=> (all S, k: (e[k]'*y[S] = 0 => e[k]'*Q*y[S] <= 0)
                    and (1 - e[k]'*y[S] = 0 => mu*(e[k]'*Q*y[S]) <= 1)))
                    and (({_INSIDE}) => sum[S]({POLAR_VALUE}) <= {_OBJECTIVE})
                    and ((some X: X*X' = Root2) => (some W2, V: {_AT_SCALE.format("scale[S]")}
                    = sum[S](L[S](scale[S]*(P*y[S]))) + mu*tr(Root2)))
                    and (({SOLVED}) and 0 < s and {ENERGY} and (all S: scale[S] = s*c[S](s))
                    => sum[S](L[S](scale[S]*(P*y[S]))) + mu*tr(Root2) <= {BALANCED_VALUE})""",
                besides="that the best tag-wise point is at most the value of L3 from O1's threshold on, and the chain "
                "for one multiplicity",
            ),
        ),
        Claim(
            id="L5a",
            title="one formula, four arguments",
            setting=_WIDE,
            hypotheses=(_ONE_SIZE, "lambda < K_m"),
            text="""L2 <= L1 <= min F <= L5-primal <= L3 are H_m at sqrt(lambda) times four means of inverse roots of
                eigenvalues""",
            tex=r"""All spectral bounds are the entropy $H_m$ at $\sqrt\lambda$ times a mean of inverse roots of
                eigenvalues: $H_m\Bigl(\frac{\sqrt\lambda}{\sqrt{\mathrm{tr}\,\Sigma-(K-2)\kappa}}\Bigr)\le
                H_m\Bigl(\frac{\sqrt\lambda}{\sqrt{\mathrm K}}\Bigr)\le\min F\le
                H_m\Bigl(\frac{\sqrt\lambda\,\mathrm{tr}\,\Sigma^{1/2}}{\mathrm{tr}\,\Sigma}\Bigr)\le
                H_m\Bigl(\frac{\sqrt\lambda}{\sqrt{\bar\kappa_m}}\Bigr),$ arguments capped at 1. The third is L5-primal,
                minimised in closed form; the outer two are L2 and L3.""",
            source="new here",
            domain="one multiplicity",
            variants={
                "trace of the root 1 % too large": "both",
                "the regulariser for c at the stationary point": "proof",
                "kappa for K": "both",
                "K - 2 directions": "both",
                "K - 1 for the K - 2 other contrasts": "check",
            },
            remark=r"""Both inner bounds are exact for a spectrum that is flat on its range. As $\lambda\to0$ the
                third has the slope of $\min F$ itself in $\sqrt\lambda\log\frac1\lambda$ wherever T1's sign
                condition holds (L5c).""",
            formal=Formal(
                letters=(*_LETTERS, *_ROOT),
                given=(
                    *_ONE_MULTIPLICITY,
                    *LEAST,
                    *GREATEST,
                    *POLAR,
                    "Root*Root = Sigma",
                    BALANCED[1],
                    "0 < mu",
                    "mu^2 = lambda",
                    "mean*tr(Root) = tr(Sigma)",
                    "0 < c",
                    CAPPED.format("c", OTHERS.format("kappa")),
                    "0 < c2",
                    CAPPED.format("c2", "Kappa"),
                    "0 < c3",
                    CAPPED.format("c3", "mean^2"),
                    "0 < c4",
                    CAPPED.format("c4", "kbar"),
                ),
                goal=f"""H(c) <= H(c2) and H(c2) <= {_OBJECTIVE}
                    and ((some X: X*X' = Root) => (some W2, V: {_AT_V} = H(c3))) and H(c3) <= H(c4)
                    and (all s: 0 <= s => H(c3) <= sum[S](L[S](s*(P*y[S]))) + mu*s*tr(Root))
                    and (some s: 0 <= s and H(c3) = sum[S](L[S](s*(P*y[S]))) + mu*s*tr(Root))""",
            ),
        ),
        Claim(
            id="L5b",
            title="polar bound below L1",
            setting=_ANY_DIMENSION,
            hypotheses=(_ONE_SIZE, "the polar point is in the domain"),
            text="""L1 <= L5-dual is false in general: at lambda = K_m the polar value is below L1 wherever the spectrum
                is not flat on its range, and it can be at lambda as small as the least nonzero eigenvalue""",
            tex=r""""L1 $\le$ L5-dual" was open and is false. (a) At $\lambda=\mathrm K_m$ the polar value is
                below L1 for *every* distribution that is not flat on its range. (b) It can be below for $\lambda$ as
                small as the least nonzero eigenvalue. Both are feasible dual points, so the larger of the two bounds
                is a bound; below an explicit $\lambda$ it is the polar one (L5c).""",
            source="new here; decides a question the theory left open",
            domain="one multiplicity",
            variants={
                "the polar point is the dual optimum at the threshold": "proof",
                "L1 <= L5-dual always": "both",
                "19/2 for 21/2 in the polynomial": "proof",
            },
            formal=Formal(
                letters=(*_LETTERS, *_ROOT),
                given=(
                    *_ONE_MULTIPLICITY,
                    *GREATEST,
                    *("0 < mu", "mu^2 = lambda"),
                    *POLAR,
                    "Root*Root = Sigma",
                    "all S: r[S] = mu*(Q*y[S])",
                    _INSIDE,
                    *("0 < c", CAPPED.format("c", "Kappa")),
                ),
                goal=f"""lambda = Kappa and (Sigma*Sigma = Kappa*Sigma => false)
                    => sum[S]({POLAR_VALUE}) < H(c)""",
                example=" and ".join(f"({text})" for text in (*INSTANCE, *GREATEST, *LOWER)),
            ),
        ),
        Claim(
            id="L5c",
            title="minimum within a margin",
            setting=_WIDE,
            hypotheses=(_ONE_SIZE, "the polar point is in the domain", "c = sqrt(lambda) tr Sigma^1/2 / tr Sigma <= 1"),
            text="""H_m(c) less an explicit margin <= L5-dual <= min F <= H_m(c), and L1 <= L5-dual for all lambda below
                an explicit one""",
            tex=r"""With $\rho$ the rank of $\Sigma$ and $\bar
                c=\sqrt\lambda\,\mathrm{tr}\,\Sigma^{1/2}/\mathrm{tr}\,\Sigma$: (a) $H_m(\bar c)-\frac{K}{\bar
                c\,m}\bigl(\lambda\rho-\bar c^2\,\mathrm{tr}\,\Sigma\bigr)\le\text{L5-dual}\le\min F\le H_m(\bar c)$: a
                margin of order $\sqrt\lambda$, zero for a spectrum flat on its range, around a main term of order
                $\sqrt\lambda\log\frac1\lambda$. (b) With $\kappa'$ the least nonzero eigenvalue and
                $c=\sqrt{\lambda/\mathrm K}$: if $\log\bigl(1+\frac{K(1-c)}{mc}\bigr)\ge\frac Km\bigl(\sqrt{\mathrm
                K/\kappa'}-1\bigr)$, then L1 $\le$ L5-dual.""",
            source="new here",
            domain="one multiplicity",
            variants={
                "half the margin": "both",
                "the mean of the second terms without the factor c": "proof",
                "the mean square with the rank counted as K": "proof",
                "without the condition": "both",
                "the gain in terms of the least eigenvalue alone": "proof",
            },
            formal=Formal(
                letters=(*_LETTERS, *_ROOT, "s2: 1"),
                given=(
                    *_ONE_MULTIPLICITY,
                    *GREATEST,
                    *("0 < mu", "mu^2 = lambda"),
                    *POLAR,
                    "Root*Root = Sigma",
                    "all S: r[S] = mu*(Q*y[S])",
                    "all S, k: 0 <= e[k]'*(y[S] - r[S])",
                    *("0 < c3", "c3 <= 1", "c3*tr(Sigma) = mu*tr(Root)"),
                    *("0 < s2", "Kappa = s2^2", "0 < s", "all x: s^2*(x'*Pi*x) <= x'*Sigma*x"),
                    "some x: Pi*x = x and x'*x = 1 and x'*Sigma*x = s^2",
                ),
                goal=f"""H(c3) - K/(c3*size)*(lambda*tr(Pi) - c3^2*tr(Sigma)) <= sum[S]({POLAR_VALUE})
                    and sum[S]({POLAR_VALUE}) <= {_OBJECTIVE}
                    and ((some X: X*X' = Root) => (some W2, V: {_AT_V} = H(c3)))
                    and (all c2, t: 0 < c2 and c2 <= t and t <= 1 and c2^2*Kappa = lambda
                    and K/size*(s2/s - 1) <= log(1 + K*(1 - t)/(size*t)) => H(c2) <= sum[S]({POLAR_VALUE}))""",
            ),
        ),
        Claim(
            id="L5d",
            title="how good the polar point is",
            setting=Setting("PAL-CE", "none", "d >= K - 1", "K - 1, of Sigma"),
            hypotheses=("the polar point is in the interior of the domain",),
            text="""min F - D of the polar point, and its divergence from the optimum, are at most an explicit quadratic
                form in its logits""",
            tex=r"""Let $z_S$ be the centered logarithms of the polar point's $p_S=(y_S-\mu q_S)/m_S$. For every $s>0$
                $0\le\min F-D(r)\le\frac{\sqrt\lambda}{2s}\sum_S\pi_S(z_S-s\,\tilde y_S)^\top\Sigma^{+1/2}(z_S-s\,\tilde
                y_S)$, and the best $s$ is the ratio of the norms of $z$ and $\tilde y$. The right side also bounds
                $\sum_S\pi_Sm_S\,\mathrm{KL}(p_S\,\|\,p^*_S)$, so with U11 it encloses the whole geometry. It is zero
                for one multiplicity under perfect orthogonality.""",
            source="new here",
            variants={"root for inverse root": "both", "half the form": "both"},
            remark=r"""This answers how good an explicit formula for the geometry can be: the polar point needs
                one eigenvalue decomposition of a $K\times K$ matrix and comes with its own error bound.""",
            formal=Formal(
                letters=(*_LETTERS, *_ROOT),
                given=(
                    *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
                    *CENTERED,
                    *LABEL_SETS,
                    "all S: 1 <= m[S]",
                    *PAL_CE,
                    *POLAR,
                    "Root*Root = Sigma",
                    "Pi = P",
                    "all S: r[S] = mu*(Q*y[S])",
                    "all S, k: 0 < e[k]'*(y[S] - r[S])",
                    *LOGITS,
                ),
                goal=f"""(all S, x: {POLAR_VALUE} - r[S]'*x <= L[S](x)) and sum[S]({POLAR_VALUE}) <= {_OBJECTIVE}
                    and (all s: 0 < s and (some X: X*X' = Root)
                    => (some W2, V: {AT_LOGITS} - sum[S]({POLAR_VALUE}) = {QUADRATIC.format("s")}))
                    and (all s: 0 < s and (some X: X*X' = Root) and (all W2, V: {_OBJECTIVE} <= {AT_LOGITS})
                    => sum[S](sum[k]((e[k]'*(y[S] - r[S]))*(log({SHARE.format("k")})
                    - (e[k]'*W*h[S] - log(sum[j](ex(e[j]'*W*h[S]))))))) <= {QUADRATIC.format("s")})
                    and (all s, t: 0 < s and 0 < t and t^2*sum[S](y[S]'*Q*y[S]) = sum[S](z[S]'*Q*z[S])
                    => {QUADRATIC.format("t")} <= {QUADRATIC.format("s")})""",
                besides="that the bound is zero for one multiplicity under perfect orthogonality, and the use of U11",
            ),
        ),
    ),
)
