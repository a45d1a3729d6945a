"""What W5 and W5a say of plain sums before the limit, and W6 and W6b of scaled averages, as formulas."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import (
    AT_ORTHOGONAL,
    CENTERED,
    LABEL_SETS,
    LABELS_APART,
    PAL_CE,
    PENALTIES,
    PERFECT,
    STATIONARY,
)

PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
_AVERAGED = "(sum[k](e[k]'*y[S]*prob1[k]) - m[S]*prob[S])"
_TAGWISE_LETTERS = (
    "L[sets](K), log(1), ex(1), c[sets](1), cond[sets, sets], s, t, tau, share, share2, total, c1: 1",
    "W2, X: K x d; prob[sets], prob1[labels]: K; h1[labels]: d",
)
_OF_SOFTMAX = (
    *(*PENALTIES, CENTERED[0], *LABEL_SETS),
    "all S: lambda_H*h[S] = W'*(y[S] - m[S]*prob[S])",
    *("all k: lambda_H*h1[k] = W'*(e[k] - prob1[k])", *PAL_CE, *LABELS_APART),
)
SOFTMAX_1 = "(all k, j: (e[j]'*prob1[k])*sum[i](ex(e[i]'*(W*h1[k] + b))) = ex(e[j]'*(W*h1[k] + b)))"
SOFTMAX = "(all S, j: (e[j]'*prob[S])*sum[i](ex(e[i]'*(W*h[S] + b))) = ex(e[j]'*(W*h[S] + b)))"
OPTIMUM = (
    *("all S: r[S] = y[S] - m[S]*prob[S]", STATIONARY[1], "all S: 1 <= m[S]", "all S: m[S] <= K - 1"),
    *("b = 0 or sum[S](r[S]) = 0", "psd (lambda*I[K] - sum[S](r[S]*r[S]'))"),
)
"""W5 and W6: features of real and virtual label sets, their softmax, and a stationary point with U7's certificate."""
SYMMETRIES = """(all p: turn[p]*turn[p]' = I[K] and turn[p]'*turn[p] = I[K]) and (all p, k: some j: turn[p]*e[k] = e[j])
    and (all p, S, T: 0 <= move[p, S, T]) and (all p, S: sum[T](move[p, S, T]) = 1)
    and (all p, T: sum[S](move[p, S, T]) = 1) and (all p, S, T: move[p, S, T]*(y[T] - turn[p]*y[S]) = 0)"""
TRANSITIVE = "(all j, k: (e[j] - e[k])'*y[S] = 0 => (some p: turn[p]*y[S] = y[S] and turn[p]*e[j] = e[k]))"
"""W6: label permutations that preserve the distribution; move[p, S, T] is 1/w[T] where p turns S into T, and else 0."""

W5 = Formal(
    letters=_TAGWISE_LETTERS,
    given=_OF_SOFTMAX,
    goal=f"""(all S: h[S] = {PLAIN} + 1/lambda_H*(W'*{_AVERAGED}))
                    and (all S: h[S] = {PLAIN} <=> W'*{_AVERAGED} = 0)
                    and ({AT_ORTHOGONAL}
                    and {SOFTMAX_1}
                    => (all S: 2 <= m[S] => (h[S] = {PLAIN} => false)))""",
    besides="that all prototypes are 0 from the threshold on",
)
W6 = Formal(
    letters=(*_TAGWISE_LETTERS, "turn[parts]: K x K; move[parts, sets, sets]: 1; u1, u2: K"),
    given=(*_OF_SOFTMAX, *OPTIMUM),
    goal=f"""({SOFTMAX} and {SOFTMAX_1} and {SYMMETRIES} => (all S: {TRANSITIVE} => (some t: 0 < t
                    and h[S] = t*{PLAIN} and (all p, T: turn[p]*y[S] = y[T] => h[T] = t*{PLAIN.replace("S", "T")}))))
                    and ({AT_ORTHOGONAL} and {SOFTMAX_1} => (some c1: 0 < c1 and (all S: h[S] = c[S](s)/c1*{PLAIN})
                    and (all S, T: m[S] - m[T] = 0 => c[S](s) = c[T](s))))""",
    besides="that all prototypes are 0 from the threshold on",
)
_FEATURES = "(1/lambda_H*(W'*r[S]))"
EXACT_LOGITS = f"(all S: some t: all k: e[k]'*W*{_FEATURES} = log(e[k]'*prob[S]) + t)"
ALONE = f"(all S, k: y[S] = e[k] => V*e[k] = {_FEATURES})"
W5A = Formal(
    letters=("log(1), cond[sets, sets], s, t: 1; prob[sets]: K; V: d x K; X, W2: K x d",),
    given=(
        *(*PENALTIES, *CENTERED, *LABEL_SETS),
        *("all S: r[S] = y[S] - m[S]*prob[S]", "all S, k: 0 < e[k]'*prob[S]", "all S: ones'*prob[S] = 1"),
        *(OPTIMUM[5], *PERFECT[:3], "all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S]"),
        *(f"({PERFECT[3]}) => false", "psd (lambda*I[K] - Sigma) => false"),
    ),
    goal=f"""all W, V: lambda_W*W = sum[S](r[S]*{_FEATURES}') and {EXACT_LOGITS} and {ALONE}
        => (all S: 2 <= m[S] and (all k: e[k]'*y[S] = 0 or (some T: y[T] = e[k]))
        => ({_FEATURES} = V*y[S] => false))""",
)
"""W5a: W and 1/lambda_H W'r are the optimum by U7's certificate, V has the prototypes of labels that occur alone."""
OPTIMA = (
    *("0 < s", "0 < t"),
    "all S, k: y[S] = e[k] => h1t[k](s, t) = ht[S](s, t) and prob1t[k](s, t) = probt[S](s, t)",
    "all S: t*ht[S](s, t) = Wt(s, t)'*(y[S] - m[S]*probt[S](s, t))",
    "s*Wt(s, t) = sum[S]((y[S] - m[S]*probt[S](s, t))*ht[S](s, t)')",
    "psd ((s*t)*I[K] - sum[S]((y[S] - m[S]*probt[S](s, t))*(y[S] - m[S]*probt[S](s, t))'))",
    """all S, j: (e[j]'*probt[S](s, t))*sum[i](ex(e[i]'*(Wt(s, t)*ht[S](s, t))))
    = ex(e[j]'*(Wt(s, t)*ht[S](s, t)))""",
)
AVERAGES = """(all size: some tau: all S: m[S] - size = 0
    => ht[S](s, t) = tau*sum[k](e[k]'*y[S]*h1t[k](s, t)))"""
AT_EVERY_PENALTY = f"(all s, t: {' and '.join(f'({text})' for text in OPTIMA)} => {AVERAGES})"
W6B = Formal(
    letters=(
        "log(1), ex(1), cond[sets, sets], s, t, tau, move[parts, sets, sets], c[sets](1), c1: 1",
        "Wt(1, 1), W2, X: K x d; ht[sets](1, 1), h1t[labels](1, 1): d",
        "probt[sets](1, 1), prob1t[labels](1, 1): K; turn[parts]: K x K",
    ),
    given=(
        *(CENTERED[0], *LABEL_SETS, "all S: 1 <= m[S]", "all S: m[S] <= K - 1", "all k: some S: y[S] = e[k]"),
        *("some S: 2 <= m[S]", *PERFECT[:3], "all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S]"),
    ),
    goal=f"(({PAL_CE[0]}) => {AT_EVERY_PENALTY}) => ({PERFECT[3]})",
)
"""W6b: s and t are the penalties of W and H, and wherever a point is the optimum there (by U7) it averages."""
