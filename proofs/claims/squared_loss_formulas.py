"""What W2a and W2c say, as formulas."""

from __future__ import annotations

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS, STATIONARY

__all__ = ["W2A", "W2C"]

_PLAIN = "sum[k](e[k]'*y[S]*h1[k])"

W2A = Formal(
    letters=(
        *("a[sets]: K", "R: K x K", "Root: K x K", "Plus: K x K", "Minus: K x K", "Q: K x K", "X: K x d"),
        *("s: 1", "t: 1"),
    ),
    given=(
        *("0 < lambda_W", "0 < lambda_H", "lambda := lambda_W*lambda_H", "0 < mu", "mu^2 = lambda"),
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
    letters=("h1[labels]: d", "X: K x K", "t: 1", "u2: K"),
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
