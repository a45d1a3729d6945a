"""What B5a to B5e say, as formulas: optima of binary cross entropy in closed form."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import (
    CENTERED,
    EXCHANGED,
    FIXED_SIZE,
    LABEL_SETS,
    LABELS_APART,
    OBJECTIVE,
    PAL_CE,
    PENALTIES,
    ROOT,
    STATIONARY,
)

BINARY_LOSS = "all S, x: L[S](x) = sum[k](log(1 + ex(e[k]'*x))) - y[S]'*x"

_LETTERS = (
    "L[sets](K), log(1), ex(1), share, share2, total, tau, s, t: 1; X, W2: K x d; h1[labels]: d",
    "t1[labels]: K",
)
_BASE = (*PENALTIES, PAL_CE[0], BINARY_LOSS, *LABELS_APART)
PREDICTED = "all S, k: (e[k]'*(y[S] - r[S]))*(1 + ex(e[k]'*({0}))) = ex(e[k]'*({0}))"
"""r is the residual at these logits: y - r are the sigmoids."""
VIRTUAL = """(all k: lambda_H*h1[k] = W'*(e[k] - t1[k]))
    and (all k, j: (e[j]'*t1[k])*(1 + ex(e[j]'*({0}))) = ex(e[j]'*({0})))"""
"""Prototypes of single labels, which are stationary whether there are samples with these or not."""
PLAIN = "sum[k](e[k]'*y[S]*h1[k])"


def _optimum(gram: str, bias: str, enough: str, also: str) -> str:
    """There is a classifier with that Gram matrix, with features W'r/lambda_H it is optimal, and all optima are so."""
    objective = OBJECTIVE if bias else OBJECTIVE.replace(" + {2}", "")
    own = objective.format("W", "h[S]", "b")
    best = objective.format("W2", "(1/lambda_H*(W2'*r[S]))", bias)
    logits = "W*h[S] + b" if bias else "W*h[S]"
    return f"""((some X: X*X' = {enough}) => (some W2: W2*W2' = {gram}))
        and (all W2: W2*W2' = {gram} => {best} <= {own} and ({own} <= {best} => W*W' = {gram}
        and (all S: h[S] = 1/lambda_H*(W'*r[S])) and ({PREDICTED.format(logits)}) {also}))"""


_SIGNS = "sum[S]((2*y[S] - ones)*(2*y[S] - ones)')"
_GAIN = "(lambda_H/c*(log(1 - c) - log(c)))"
_BEST = OBJECTIVE.replace(" + {2}", "").format("W2", "(1/lambda_H*(W2'*r[S]))")
_DIAGONAL = "sum[k]((e[k]'*v)*(e[k]*e[k]'))"
_HALF = "sum[S](y[S]) = 1/2*ones and sum[S]((y[S] - 1/2*ones)*(y[S] - 1/2*ones)') = 1/4*I[K]"

B5A = Formal(
    letters=(*_LETTERS, "c: 1; r2[sets]: K"),
    given=(
        *_BASE,
        *LABEL_SETS,
        *("0 < mu", "lambda = mu^2", "(c = mu and mu <= 1/2) or (c = 1/2 and 1/2 <= mu)"),
        "all S: r[S] = c*(2*y[S] - ones)",
    ),
    goal=f"""({_SIGNS} = I[K] => ({
        _optimum(
            f"{_GAIN}*I[K]",
            "",
            "I[K]",
            f'''and ({VIRTUAL.format("W*h1[k]")} and K - 2 != 0
        => (all S: h[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])))''',
        )
    }) and (all W2: W2*W2' = {_GAIN}*I[K] => {_BEST} = -K*(c*log(c) + (1 - c)*log(1 - c))))
    and (1/4 <= lambda => {_GAIN} = 0) and (lambda < 1/4 => 0 < {_GAIN}) and ({_HALF} => {_SIGNS} = I[K])
    and ((all S: lambda_H*h[S] = W'*r2[S]) and lambda_W*W = sum[S](r2[S]*h[S]')
    and ({PREDICTED.format("W*h[S]").replace("r[S]", "r2[S]")})
    and (some v: (all k: 0 < e[k]'*v) and W*W' = {_DIAGONAL}) => {_SIGNS} = I[K])""",
)
"""Isotropic sign vectors; c is the least of mu and 1/2, and r2 are the residuals of any stationary point."""

C, F = "(e[k]'*c)", "(e[k]'*f)"
LOW, HIGH = f"({C}*{F})", f"(1 - {C}*(1 - {F}))"
VARIANCE = f"({F}*(1 - {F}))"
GAP = f"(log({HIGH}) - log({C}*(1 - {F})) - (log({LOW}) - log(1 - {LOW})))"
LENGTHS = f"all k: 0 <= e[k]'*v and {C}*(e[k]'*v)^2 = lambda_H*{GAP}"
BEST_BIAS = f"all k: e[k]'*b2 = log({LOW}) - log(1 - {LOW}) + {GAP}*{F}"
GRAM = "sum[k]((e[k]'*v)^2*(e[k]*e[k]'))"
"""B5b: the predictions of label k off its label sets and on them, its variance, the difference of its two logits, the
lengths v_k of the classifier's rows, and the bias."""

B5B = Formal(
    letters=(*_LETTERS, "c, b2: K"),
    given=(
        *_BASE,
        *LABEL_SETS,
        *("f = sum[S](y[S])", "mbar = sum[S](m[S])", "all k: 0 < e[k]'*f and e[k]'*f < 1"),
        "all j, k: (1 - e[j]'*e[k])*sum[S]((e[j]'*(y[S] - f))*(e[k]'*(y[S] - f))) = 0",
        f"""all k: 0 < {C} and (({C}^2*{VARIANCE} = lambda and {C} <= 1) or ({C} = 1 and {VARIANCE} <= lambda))""",
        "all S: r[S] = sum[k]((e[k]'*c)*(e[k]'*(y[S] - f))*e[k])",
    ),
    goal=f"""(all k: (some s: 0 <= s and {C}*s^2 = lambda_H*{GAP}))
    and (all v, b2: ({LENGTHS}) and ({BEST_BIAS}) => {
        _optimum(
            GRAM,
            "b2",
            "I[K]",
            f'''and b = b2 and ({VIRTUAL.format("W*h1[k] + b")} and mbar - 1 != 0
        => (all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])))''',
        )
    }) and (all k: ({VARIANCE} <= lambda => {GAP} = 0) and (lambda < {VARIANCE} => 0 < {GAP}))""",
)
"""Uncorrelated labels."""

UNCORRELATED = "(all j, k: (1 - e[j]'*e[k])*sum[S]((e[j]'*(y[S] - f))*(e[k]'*(y[S] - f))) = 0)"
_ENTROPIES = [f"({x}*log({x}) + (1 - {x})*log(1 - {x}))" for x in (HIGH, LOW)]
OWN_LOGITS_OF = f"all S, k: e[k]'*a[S] = {GAP}*(e[k]'*(y[S] - f))"
HARDEST = f"sum[k](-{F}*{_ENTROPIES[0]} - (1 - {F})*{_ENTROPIES[1]})"
AT_LABELS = OBJECTIVE.format("W2", "(V*a[S])", "b2")
_WIDE = "(some X: X*X' = Root)"

B6A = Formal(
    letters=(*_LETTERS, "c, b2, a[sets]: K; V: d x K; Root, Q, Pi: K x K"),
    given=(
        *_BASE,
        *LABEL_SETS,
        *("f = sum[S](y[S])", "all k: 0 < e[k]'*f and e[k]'*f < 1", "0 < mu", "mu^2 = lambda"),
        f"""all k: 0 < {C} and (({C}^2*{VARIANCE} = lambda and {C} <= 1) or ({C} = 1 and {VARIANCE} <= lambda))""",
        "all S: r[S] = sum[k]((e[k]'*c)*(e[k]'*(y[S] - f))*e[k])",
        OWN_LOGITS_OF,
        BEST_BIAS,
        *ROOT,
        "Root*Root = sum[S](a[S]*a[S]')",
    ),
    goal=f"""({_WIDE} => (some W2, V: {AT_LABELS} <= {HARDEST}))
    and ((all k: lambda < {VARIANCE}) and {_WIDE} and (all W2, V: {HARDEST} <= {AT_LABELS}) => {UNCORRELATED})
    and ({UNCORRELATED} => {HARDEST} <= {OBJECTIVE.format("W", "h[S]", "b")})""",
)
"""Any labels: a are the two logits of every label of its own, less a bias, and features are their least ones."""

VALUES = """all S, k: (e[k]'*y[S])*(e[k]'*r[S] - on[S]) = 0 and (1 - e[k]'*y[S])*(e[k]'*r[S] + off[S]) = 0"""
"""What on and off are: the residuals on a label set, and minus those off it."""
_SCALARS = ("c1, c2, g1, g0, level, count, alpha, beta, alpha2, beta2: 1",)
_RATIO = "(on[S] + off[S])/(c1 + c2)"
SINGLES = f"""some c1, c2: 0 < c1 and 0 < c2 and (all k: e[k] - t1[k] = (c1 + c2)*e[k] - c2*ones)
    and (({VALUES}) and c1 - (K - 1)*c2 != 0 => (all S: h[S] = {_RATIO}*{PLAIN}
    + ({_RATIO}*m[S]*c2 - off[S])/(c1 - (K - 1)*c2)*sum[k](h1[k])))"""
"""Virtual prototypes of single labels have two scalars, and others are combinations of them."""

B5C = Formal(
    letters=(*_LETTERS, *_SCALARS, "on[sets], off[sets], swap[labels, labels, sets, sets]: 1"),
    given=(
        *(*PENALTIES, PAL_CE[0], *LABELS_APART, *LABEL_SETS),
        *(CENTERED[0], "2 <= K", *EXCHANGED, "all j, k, S, T: 0 <= swap[j, k, S, T]"),
        *(*STATIONARY, "psd (lambda*I[K] - sum[S](r[S]*r[S]'))"),
    ),
    goal=f"""({PREDICTED.format("W*h[S]")}) => (some g1, g0: 0 <= g1 and 0 <= g0
    and W*W' = g1*P + g0*(1/K*ones*ones')
    and (all S, j, k: ((e[j]'*y[S])*(e[k]'*y[S]))*((e[j] - e[k])'*r[S]) = 0
    and ((1 - e[j]'*y[S])*(1 - e[k]'*y[S]))*((e[j] - e[k])'*r[S]) = 0)
    and (({VALUES}) => (all S: r[S] = (on[S] + off[S])*y[S] - off[S]*ones)
    and (g1 = 0 or sum[S]((on[S] + off[S])^2*(m[S]*(K - m[S]))) = K*(K - 1)*lambda)
    and (g0 = 0 or sum[S]((m[S]*on[S] - (K - m[S])*off[S])^2) = K*lambda)
    and (all S, T: m[S] = m[T] => m[S]*(on[S] - on[T]) = 0 and (K - m[S])*(off[S] - off[T]) = 0))
    and ({VIRTUAL.format("W*h1[k]")} => ({SINGLES})))""",
)
"""Label sets whose labels may be exchanged: swap[j, k, S, T] is 1/w[T] where exchanging j and k turns S into T, else 0.
The optimum is stationary, with R <= lambda (U7); c1 and c2 are the two scalars of single labels."""

ON_SET, OFF_SET = "(log(1 - c*(1 - size/K)) - log(c*(1 - size/K)))", "(log(c*size/K) - log(1 - c*size/K))"
_GAIN_OF_ONE, _LEVEL = f"(lambda_H/c*({ON_SET} - {OFF_SET}))", f"({OFF_SET} + ({ON_SET} - {OFF_SET})*size/K)"

B5D = Formal(
    letters=(*_LETTERS, "c: 1", *_SCALARS),
    given=(
        *_BASE,
        *(*FIXED_SIZE, CENTERED[0], "1 <= size", "size <= K - 1"),
        *("f = sum[S](y[S])", "f = size/K*ones", "K*(K - 1)*kbar = size*(K - size)"),
        "sum[S](P*y[S]*y[S]'*P) = kbar*P",
        *("0 < c", "c^2*kbar = lambda", "lambda < kbar"),
        "all S: r[S] = c*(y[S] - f)",
    ),
    goal=f"""{
        _optimum(
            f"{_GAIN_OF_ONE}*P",
            f"{_LEVEL}*ones",
            "P",
            f'''and b = {_LEVEL}*ones and ({VIRTUAL.format("W*h1[k] + b")} => (some c1: 0 < c1
        and (all k: h1[k] = c1/lambda_H*(W'*e[k])) and (all S: h[S] = c/c1*{PLAIN})))''',
        )
    } and 0 < {_GAIN_OF_ONE}""",
)
"""One multiplicity; ON_SET and OFF_SET are the two logits."""

_NO_BIAS = OBJECTIVE.replace(" + {2}", "")
AT_SIGNS = _NO_BIAS.format("W2", "(V*(2*y[S] - ones))")
OWN_COST = _NO_BIAS.format("W", "h[S]")
ENTROPY_OF = "all t: H(t) = -(t*log(t) + (1 - t)*log(1 - t))"
LEFT = "(K - (K - 1)*least)"

B6 = Formal(
    letters=(*_LETTERS, "V: d x K; N, Root, Q, Pi: K x K; H(1), top, least, c1, c2, c3, c4: 1"),
    given=(
        *_BASE,
        *LABEL_SETS,
        *("0 < mu", "mu^2 = lambda", "N = sum[S]((2*y[S] - ones)*(2*y[S] - ones)')", ENTROPY_OF),
        *("0 < top", "all x: x'*N*x <= top^2*(x'*x)", "some x: x'*x = 1 and x'*N*x = top^2"),
        "all x: least*(x'*x) <= x'*N*x",
        *("0 < c1", f"(c1^2*{LEFT} = lambda and c1 <= 1/2) or (c1 = 1/2 and {LEFT} <= 4*lambda)"),
        *("0 < c2", "(c2*top = mu and c2 <= 1/2) or (c2 = 1/2 and top <= 2*mu)"),
        *("0 < c3", "(c3*K = mu*tr(Root) and c3 <= 1/2) or (c3 = 1/2 and K <= 2*mu*tr(Root))"),
        "(c4 = mu and mu <= 1/2) or (c4 = 1/2 and 1 <= 2*mu)",
        "all S: r[S] = c2*(2*y[S] - ones)",
        *ROOT,
        "Root*Root = N",
    ),
    goal=f"""K*H(c1) <= K*H(c2) and K*H(c2) <= {OWN_COST}
    and ((some X: X*X' = Root) => (some W2, V: {AT_SIGNS} = K*H(c3))) and K*H(c3) <= K*H(c4)
    and (2*mu < top and {OWN_COST} = K*H(c2) => N*N = top^2*N)
    and (2*mu < top and N*N = top^2*N => c3 = c2) and (2*mu < 1 => (K*H(c3) = K*H(c4) <=> N = I[K]))""",
    besides="that the bound above the minimum is attained only if N^2 = lambda_max(N) N",
)
"""Bounds on the loss at four arguments of the binary entropy; top is the root of the greatest eigenvalue, and r are the
residuals of the lower bound."""

_LEAST = "0 < {0} and (({0}^2*(1 + {1}) = lambda and {0} <= 1/2) or ({0} = 1/2 and 1 + {1} <= 4*lambda))"
OF_TWO = "lambda_H*((log(1 - c1) - log(c1))/c1*(1/2*ones*ones') + (log(1 - c2) - log(c2))/c2*(I[K] - 1/2*ones*ones'))"
VALUE_OF_TWO = """-(1 + rho)*(c1*log(c1) + (1 - c1)*log(1 - c1)) - (1 - rho)*(c2*log(c2) + (1 - c2)*log(1 - c2))"""

B5E = Formal(
    letters=(*_LETTERS, "c1, c2, rho, agree[sets]: 1"),
    given=(
        *_BASE,
        *LABEL_SETS,
        *("K := 2", "all S: agree[S] = (m[S] - 1)^2", "rho = sum[S](2*agree[S] - 1)"),
        *(_LEAST.format("c1", "rho"), _LEAST.format("c2", "(-rho)")),
        "all S: r[S] = (c1*agree[S] + c2*(1 - agree[S]))*(2*y[S] - ones)",
    ),
    goal=f"""(all S: agree[S] = 0 or 1 - agree[S] = 0)
    and (all S, j, k: agree[S]*(e[j]'*y[S] - e[k]'*y[S]) = 0
    and (1 - agree[S])*(1 - e[j]'*e[k])*(e[j]'*y[S] + e[k]'*y[S] - 1) = 0)
    and {_optimum(OF_TWO, "", "I[K]", "")} and (all W2: W2*W2' = {OF_TWO} => {_BEST} = {VALUE_OF_TWO})""",
)
"""Two labels: c1 on label sets on which they agree, c2 where they do not."""
