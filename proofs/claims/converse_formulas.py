"""What W3c, W3d and B3c say, as formulas: that the weighted rule tells of signs. All are false."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABEL_SETS

SYNTHESIS = """X*place[S] = sum[k](e[k]'*y[S]*(X*own[k]))
    - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*(X*own[k]))"""
RULE = f"(all X: X*sum[S](place[S]) = 0 => (all S: {SYNTHESIS}))"
"""The rule holds of all features X place with mean 0, as those of every stationary point with a free bias have."""

_LETTERS = ("n; place[sets], own[labels]: n; X: d x n; Root, Q: K x K",)
_SETS = (
    *(*LABEL_SETS, "f := sum[S](y[S])", "mbar = sum[S](m[S])", "mbar - 1 != 0", "C := sum[S]((y[S] - f)*(y[S] - f)')"),
    "all S: place[S]'*place[S] = 1",
    "all S, T: place[S]'*place[T] = 0 or (place[S] = place[T] and y[S] = y[T])",
    "all k: some S: y[S] = e[k] and own[k] = place[S]",
)
_GIVEN = (*_SETS, "psd Root", "Q' = Q")
W3C = Formal(
    letters=_LETTERS,
    given=(*_GIVEN, CENTERED[0], "ones'*Root = 0", "Root*Root = P*C*P", "ones'*Q = 0", "Q*Root = P"),
    goal=f"{RULE} => (all S, j: e[j]'*y[S] = 0 => e[j]'*Q*(y[S] - f) <= 0)",
)
B3C = Formal(
    letters=_LETTERS,
    given=(*_GIVEN, "Root*Root = C", "Q*Root = I[K]"),
    goal=f"{RULE} => (all S, j: 0 <= (2*(e[j]'*y[S]) - 1)*(e[j]'*Q*(y[S] - f)))",
)

MARGINS = """all S, j, k: 0 <= (e[k]'*y[S])*(1 - e[j]'*y[S])*((e[k] - e[j])'*({0}*{1}*place[S] + {2}) - 1)"""
COST = "1/2*tr({0}'*{0}) + 1/2*sum[S](({1}*place[S])'*({1}*place[S]))"
_OWN, _ANY = COST.format("W", "X"), COST.format("W2", "X2")
_BEST = f"""(all W2, X2, b2: ({MARGINS.format("W2", "X2", "b2")}) => {_OWN} <= {_ANY}
    and ({_ANY} <= {_OWN} => (all S: W2*X2*place[S] = W*X*place[S])))"""
ROOTS = "psd Root and ones'*Root = 0 and Root*Root = P*C*P and Q' = Q and ones'*Q = 0 and Q*Root = P"
"""The hard-margin problem: every label of a set is above every other by 1, at the least cost, which is the nuclear norm
if d is large enough; and the root of the covariance with its inverse."""

W3D = Formal(
    letters=(
        *_LETTERS,
        "X2: d x n; W2: K x d; b2: K; N: K x K; s, tight[sets], gain[sets, labels], part[sets, sets]: 1",
    ),
    given=(
        *(*_SETS, CENTERED[0], "all S: 1 <= m[S]", "all S: m[S] <= K - 1"),
        "some S, T: 1 < m[S] and 1 < m[T] and (y[S] = y[T] => false)",
    ),
    goal=f"""({MARGINS.format("W", "X", "b")}) and {_BEST} and (all S: {SYNTHESIS})
        => (all Root, Q: {ROOTS} => (all S, j: e[j]'*y[S] = 0 => e[j]'*Q*(y[S] - f) <= 0))""",
)
"""A solution of the hard-margin problem of PAL-CE, with a free bias, whose logits no other solution leaves."""
