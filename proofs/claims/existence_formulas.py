"""What U6b says, as formulas: when the objective has a minimum, and how large a bias can be."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS, LABELS_APART, PAL_CE, PENALTIES

AT = (
    "sum[S](L[S]({0}*{1}*place[S] + {2})) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S](({1}*place[S])'*({1}*place[S]))"
)
"""The objective at a classifier, features and logits that are added to theirs: the features are the columns of X."""

UNBIASED = AT.replace(" + {2}", "")

CONVEX = ("all S, x: 0 <= L[S](x)", "all S, x, v: L[S](x) - slope[S](x)'*(x - v) <= L[S](v)")
"""A loss is not negative, and is above its tangents."""

BINARY = "(all S, x: L[S](x) = sum[k](log(1 + ex(e[k]'*x))) - y[S]'*x)"
SQUARED = "(all S, x: L[S](x) = 1/2*((x - y[S])'*(x - y[S])))"
OFF_PAL = "(y[S] - m[S]/mbar*(f + low*(e[j] - e[k])))"
OFF_BCE = "(y[S] - f - {0}*e[k])"


def _least(at: str, other: str, *names: str) -> str:
    """There is a point of least value."""
    return f"(some {', '.join(names)}: all {', '.join(x + '2' for x in names)}: {at} <= {other})"


_FREE = _least(AT.format("W", "X", "b"), AT.format("W2", "X2", "b2"), "W", "X", "b")
_FEASIBLE = "psd (lambda*I[K] - t^2*sum[S]({0}*{0}'))"
_VALUE = AT.format("W", "X", "b")
_BOUND_PAL = f"""(all j, k, low, t: (all i: low <= e[i]'*f) and 0 < low and 0 < t and t <= 1
    and {_FEASIBLE.format(OFF_PAL)} => (all W, X, b: t*low*(e[j]'*b - e[k]'*b) <= {_VALUE}))"""
_BOUND_BCE = f"""(all k, low, t: low <= e[k]'*f and low <= 1 - e[k]'*f and 0 < low and 0 < t and t <= 1
    => ({_FEASIBLE.format(OFF_BCE.format("low"))} => (all W, X, b: t*low*(e[k]'*b) <= {_VALUE}))
    and ({_FEASIBLE.format(OFF_BCE.format("(-low)"))} => (all W, X, b: -t*low*(e[k]'*b) <= {_VALUE})))"""

U6B = Formal(
    letters=(
        "n; place[sets]: n; X, X2: d x n; W2: K x d; b2, slope[sets](K): K",
        "L[sets](K), log(1), ex(1), low, t, s, tau, eps, bound, share, share2, total, delta: 1",
        "A, N: K x K",
    ),
    given=(
        *(*PENALTIES, *LABEL_SETS, *LABELS_APART, CENTERED[0]),
        *("f = sum[S](y[S])", "mbar = sum[S](m[S])"),
        *("sum[S](1/w[S]*place[S]*place[S]') = I[n]", *CONVEX, PAL_CE[0]),
    ),
    goal=f"""{_least(UNBIASED.format("W", "X"), UNBIASED.format("W2", "X2"), "W", "X")}
        and ((all S: 1 <= m[S]) and ({PAL_CE[1]}) => ({_FREE} <=> (all k: 0 < e[k]'*f)) and {_BOUND_PAL})
        and ({BINARY} => ({_FREE} <=> (all k: 0 < e[k]'*f and e[k]'*f < 1)) and {_BOUND_BCE})
        and ({SQUARED} => {_FREE})""",
    besides="that the losses of PAL-CE, BCE and MSE are convex and not negative, which the formal statement assumes",
)
"""With an orthonormal basis, place, X place[S] are any features. Losses are convex and not negative."""
