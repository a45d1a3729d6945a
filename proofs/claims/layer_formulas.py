"""What W6a says of complete layers, as formulas."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS, LABELS_APART, PAL_CE, PENALTIES, STATIONARY

KINDS = """all S: (one[S] = 1 and (some k: y[S] = e[k] and prob[S] = N'*e[k]))
    or (one[S] = 0 and m[S] = size and h[S] = alpha*(V*y[S]))"""
AT = "one[S] = 0 and e[i]'*y[S] = 1 and e[j]'*y[S] = 0"
LAYER = f"""all i, j, k: e[i]'*e[j] = 0 and e[k]'*e[j] = 0
    => (some S: {AT} and e[k]'*y[S] = 1)"""
EXCHANGE = f"all S, i, j: {AT} => (some T: one[T] = 0 and y[T] = y[S] + e[j] - e[i])"
"""The layer is complete: some set has two labels and not a third, and one label may take the place of another."""
LOGS = ("all S, k: e[k]'*logs[S] = log(e[k]'*prob[S])", "all k, j: e[k]'*G*e[j] = log(e[k]'*N*e[j])")
"""What the logarithms of predictions are called."""
RANGE = (
    "all j, k: e[k]'*e[j] = 0 => least <= e[k]'*N*e[j] and e[k]'*N*e[j] <= most",
    "some k, j: e[k]'*e[j] = 0 and e[k]'*N*e[j] = least",
    "some k, j: e[k]'*e[j] = 0 and e[k]'*N*e[j] = most",
)
"""The least and the greatest probability that a single label gives another."""
ONES, LARGER = "sum[S](one[S]*(P*y[S]*y[S]'*P))", "sum[S]((1 - one[S])*(P*y[S]*y[S]'*P))"
_EVEN = tuple(
    f"K*(K - 1)*{moment} = sum[S]({part}*(m[S]*(K - m[S])))*P"
    for moment, part in ((ONES, "one[S]"), (LARGER, "(1 - one[S])"))
)
BOTH = " and ".join(f"{x}" for x in _EVEN)
W6A = Formal(
    letters=(
        "log(1), ex(1), level[sets], level1[labels], one[sets], alpha, least, most, c1, s, t, tau: 1",
        "share, share2, total, gap: 1; prob[sets], logs[sets]: K; V, X: d x K; N, G: K x K",
    ),
    given=(
        *(*PENALTIES, CENTERED[0], *LABEL_SETS, *LABELS_APART),
        *("all S: r[S] = y[S] - m[S]*prob[S]", *STATIONARY, "some X: W*X = P", PAL_CE[0]),
        *("all S, k: 0 < e[k]'*prob[S]", "all S: ones'*prob[S] = 1"),
        *(LOGS[0], "all S, k: e[k]'*W*h[S] = e[k]'*logs[S] + level[S]"),
        *("lambda_H*V = W'*(I[K] - N')", "all k, j: 0 < e[k]'*N*e[j]", "N*ones = ones"),
        *(LOGS[1], "all k, j: e[j]'*W*V*e[k] = e[k]'*G*e[j] + level1[k]"),
        *(KINDS, LAYER, EXCHANGE, *RANGE, "2 <= size", "size <= K - 1", "alpha <= 2"),
        "36*K*size^2*most < alpha*size - 1",
    ),
    goal=f"""(some s: 0 < s and N = (1 - s)*I[K] + s/K*ones*ones'
        and (all S: r[S] = s*(one[S] + (1 - one[S])*alpha)*(P*y[S]))
        and s^2*({ONES} + alpha^2*{LARGER}) = lambda*P)
        and (all s, t, tau: {ONES} + alpha^2*{LARGER} = s*P and {ONES} + t^2*{LARGER} = tau*P
        and t^2 - alpha^2 != 0 => {BOTH})""",
)
"""W6a: N has the predictions of single labels as rows, G their logarithms, V their prototypes as columns."""
