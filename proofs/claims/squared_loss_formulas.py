"""What W2, W2a, W2c and W2d say, as formulas."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS, PENALTIES, STATIONARY

_PLAIN = "sum[k](e[k]'*y[S]*h1[k])"

W2 = Formal(
    letters=("h1[labels]: d; N: d x d",),
    given=(
        "all S: lambda_H*h[S] = W'*r[S]",
        "all S: r[S] = y[S] - W*h[S] - b",
        "all k: lambda_H*h1[k] = W'*(e[k] - W*h1[k] - b)",
        "0 < lambda_H",
        "f := sum[S](y[S])",
        "mbar = sum[S](m[S])",
        "N*(lambda_H*I[d] + W'*W) = I[d]",
        *LABEL_SETS,
    ),
    goal="""(sum[S](r[S]) = 0 => b = f and (all S: h[S] = N*W'*(y[S] - f)))
        and (sum[S](r[S]) = 0 and mbar - 1 != 0 => (all S: h[S] = sum[k](e[k]'*y[S]*h1[k])
        - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])))
        and (b = 0 => (all S: h[S] = sum[k](e[k]'*y[S]*h1[k])))""",
)
"""The rule, for any classifier."""

W2A = Formal(
    letters=("a[sets]: K; R, Root, Plus, Minus, Q: K x K; X: K x d; s, t: 1",),
    given=(
        *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
        *STATIONARY,
        "all S: r[S] = y[S] - W*h[S] - b",
        """(b = 0 and (all S: a[S] = y[S]))
        or (sum[S](r[S]) = 0 and (all S: a[S] = y[S] - sum[T](y[T])))""",
        *("R := sum[S](r[S]*r[S]')", "psd (lambda*I[K] - R)", "C := sum[S](a[S]*a[S]')"),
        *("psd Root", "Root*Root = C", "psd Plus", "psd Minus", "Root - mu*I[K] = Plus - Minus"),
        *("Plus*Minus = 0", "some X: X*X' = Plus"),
    ),
    goal="""W*W' = lambda_H/mu*Plus and (all x, t: x'*x = 1 and C*x = t*x => (W'*x = 0 <=> t <= lambda))
        and (all x, s: 0 <= s and C*x = s^2*x => (s <= mu => (all S: x'*r[S] = x'*a[S]))
        and (mu <= s => (all S: s*(x'*r[S]) = mu*(x'*a[S]))))
        and ((all x: W'*x = 0 => x = 0)
        => (all Q: Q*Root = I[K] => (all S: h[S] = mu/lambda_H*(W'*Q*a[S]))))""",
    besides="what it says for one multiplicity, and that it is false of contrasts for several",
)
"""The optimum of the squared loss."""

W2C = Formal(
    letters=("h1[labels]: d; X: K x K; t: 1; u2: K",),
    given=(
        *(STATIONARY[0], "all S: r[S] = y[S] - W*h[S] - b", "sum[S](r[S]) = 0"),
        *("all k: lambda_H*h1[k] = W'*(e[k] - W*h1[k] - b)", "0 < lambda_H", "f := sum[S](y[S])"),
        *(*LABEL_SETS, CENTERED[0]),
    ),
    goal=f"""(all S: (some t: h[S] = t*{_PLAIN}) <=> m[S] - 1 = 0 or W'*f = 0
        or (some t: W'*(y[S] - t*f) = 0 and (t - 1 = 0 or t - m[S] != 0)))
        and (W'*f = 0 => (all S: h[S] = {_PLAIN}))
        and (0 < lambda_W and lambda = lambda_W*lambda_H and {STATIONARY[1]}
        and psd (lambda*I[K] - sum[S](r[S]*r[S]')) and 3 <= K and (all S: m[S] = size) and 2 <= size
        and lambda < kappa and (all x: ones'*x = 0 => kappa*(x'*x) <= sum[S]((x'*(y[S] - f))^2))
        => ((all S: some t: h[S] = t*{_PLAIN}) <=> f = size/K*ones)
        and (f = size/K*ones => (all S: h[S] = {_PLAIN})))""",
)
"""When prototypes are scaled averages."""

W2D = Formal(
    letters=("a[sets]: K; h1[labels]: d; N: d x d; R, Q: K x K; root[labels], s, t, tau, share, share2: 1",),
    given=(
        *(*PENALTIES, "0 < mu", "mu^2 = lambda"),
        *(*STATIONARY, "all S: r[S] = y[S] - W*h[S] - b"),
        "sum[S](r[S]) = 0 and (all S: a[S] = y[S] - sum[T](y[T]))",
        *("R := sum[S](r[S]*r[S]')", "psd (lambda*I[K] - R)", "C := sum[S](a[S]*a[S]')", "f := sum[S](y[S])"),
        *("all k: lambda_H*h1[k] = W'*(e[k] - W*h1[k] - b)", "N*(lambda_H*I[d] + W'*W) = I[d]"),
        *("mbar = sum[S](m[S])", "mbar - 1 != 0", *LABEL_SETS),
    ),
    goal=f"""(all S: h[S] = {_PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k]))
        and (K = 2 and (all x: W'*x = 0 => x = 0) and 0 <= s and 2*s^2 = tr(C)^2 - tr(C*C) and 0 < t
        and t^2 = tr(C) + 2*s => t*(W*W') = lambda_H/mu*(C + s*I[K] - mu*t*I[K])
        and (all S: (C + s*I[K])*r[S] = mu*t*a[S]))
        and ((all k: 0 <= root[k] and C*e[k] = root[k]^2*e[k])
        => (all k: root[k]^2 = (e[k]'*f)*(1 - e[k]'*f)
        and (root[k] <= mu => W'*e[k] = 0 and (all S: e[k]'*r[S] = e[k]'*a[S]))
        and (mu <= root[k] => W*W'*e[k] = lambda_H/mu*(root[k] - mu)*e[k]
        and (all S: root[k]*(e[k]'*r[S]) = mu*(e[k]'*a[S])))))""",
)
"""The closed forms for two labels and for any uncorrelated ones; s is the root of the determinant, t the trace of that
of C."""
