"""What T2a says of the equation at finite penalties, and of the term after the constant, as formulas."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import LIMIT_OF_PAL_CE, OBJECTIVE, POLAR_ERROR, POLAR_FACTORS, POLAR_LETTERS, POLAR_WINDOW

_V = POLAR_WINDOW.format("(e[{0}]'*(y[S] - r[S]))")
WINDOW = f"(4*({_V} + ({_V})^2))"
"""What the square of the logarithm of a ratio of predictions is at most."""
MARGIN = "((e[k] - e[j])'*(W*h[S] + b - z[S]))^2"

COST, OTHER_COST = (OBJECTIVE.replace(" + {2}", "").format(*at) for at in (("W3", "h3[S]"), ("V", "g[S]")))
_MOMENT = "sum[S](W3*h3[S]*h3[S]'*W3')"
EXACT = """psd Root3 and Q3' = Q3 and Root3*Root3 = sum[S](z3[S]*z3[S]') and Q3*Root3 = Pi3 and Root3*Q3 = Pi3
    and Pi3*Root3 = Root3 and Pi3*Q3 = Q3 and (all S: r3[S] = mu*Q3*z3[S])
    and (all S, x: L[S](z3[S]) - r3[S]'*(x - z3[S]) <= L[S](x))
    and W3*W3' = mu/lambda_W*Root3 and (all S: lambda_H*h3[S] = W3'*r3[S])"""
CONVERSE = f"""(all S: lambda_H*h3[S] = W3'*r3[S]) and lambda_W*W3 = sum[S](r3[S]*h3[S]') and (all S: ones'*r3[S] = 0)
    and psd Root3 and Root3*Root3 = {_MOMENT} and Q3*Root3 = P"""
"""Residuals that solve the equation, at any factors of their logits; and a stationary point of full rank."""

FIRST, MOVED = "(Q2*y[S])", "(Q*a[S])"
DELTA = f"(Q2*(ell[S] - N*{FIRST}))"
CORRECTED = f"({FIRST} + 1/tau*{DELTA})"
CURVE = "(sum[S](ell[S]*ell[S]') - N*N)"
OFFSET = f"(1 - e[{{0}}]'*y[S])*log(-e[{{0}}]'*{FIRST})"
GAIN = f"""(e[{{0}}]'*y[S]*log(1 - mu*(e[{{0}}]'*{MOVED}))
    + (1 - e[{{0}}]'*y[S])*(log(-e[{{0}}]'*{MOVED}) - log(-e[{{0}}]'*{FIRST})))"""
AT_TAU = POLAR_FACTORS.replace("t !=", "tau !=").replace("t*mu", "tau*mu")
ELL = f"all S, k: e[k]'*ell[S] = {OFFSET.format('k')} - 1/K*sum[j]({OFFSET.format('j')})"
SCALE = "log(mu) = -tau"
"""q, q^x, delta, their sum, what the square of the root of the moment leaves, C, and what it is off in z^x."""

LEFT = f"""((e[k] - e[j])'*z[S] - (tau - log(-e[j]'*{FIRST}) + 1/tau*(e[j]'*{DELTA})*(1/(-e[j]'*{FIRST}))
    + log(1 - mu*(e[k]'*{MOVED}))))"""
REST = f"(e[j]'*({MOVED} - {CORRECTED})*(1/(-e[j]'*{FIRST})))"
SIZE = f"(e[j]'*({MOVED} - {FIRST}))^2*(1/(-e[j]'*{FIRST}))*(1/(-e[j]'*{MOVED}))"
MARGINS = f"""e[k]'*y[S] = 1 and e[j]'*y[S] = 0 => 0 <= {LEFT} - {REST} and {LEFT} - {REST} <= {SIZE}"""
SECOND = f"""s^2*(({MOVED} - {CORRECTED})'*({MOVED} - {CORRECTED}))
    <= 2/tau^4*(tr({CURVE}*{CURVE})*({CORRECTED}'*{CORRECTED})*(1/(s + s2))^2 + (N*{DELTA})'*(N*{DELTA}))"""
GAINS = f"{POLAR_ERROR} <= mu/(2*tau*s)*sum[S](sum[k]({GAIN.format('k')}^2))"

T2A = Formal(
    letters=(
        *POLAR_LETTERS,
        "log(1), ex(1), s, s2, share, total, tau: 1; ell[sets], r3[sets], z3[sets]: K",
        "Root, Root2, Q2, N, Root3, Q3, Pi3: K x K; W3, V: K x d; h3[sets], g[sets]: d",
    ),
    given=(
        *(*LIMIT_OF_PAL_CE[:9], "b = 0 and b2 = 0", *LIMIT_OF_PAL_CE[10:]),
        *("0 < tau", SCALE, "all S: a[S] = P*y[S] + 1/tau*ell[S]", ELL),
        *("psd Root2", "ones'*Root2 = 0", "Root2*Root2 = sum[S](P*y[S]*y[S]'*P)", "Q2' = Q2", "ones'*Q2 = 0"),
        *("Q2*Root2 = P", "N' = N", "ones'*N = 0"),
        "Root2*N + N*Root2 = sum[S](P*y[S]*ell[S]' + ell[S]*y[S]'*P)",
        *("psd (Root - s*P)", "0 < s", "ones'*Root = 0", "Root*Root = sum[S](a[S]*a[S]')", "Q*Root = P"),
        *("psd ((Root2 + 1/tau*N) - s2*P)", "0 < s + s2", f"all S, j: e[j]'*y[S] = 0 => e[j]'*{FIRST} < 0"),
    ),
    goal=f"""({EXACT} => (all S: W3*h3[S] = z3[S]) and {COST} <= {OTHER_COST})
        and ({CONVERSE} => Root3 = lambda_W/mu*W3*W3' and (all S: r3[S] = mu*Q3*W3*h3[S]))
        and (all S, k, j: {MARGIN} <= 2*{WINDOW.format("k")} + 2*{WINDOW.format("j")})
        and (all S, k, j: {MARGINS})
        and (all S: {SECOND})
        and ({AT_TAU} => {GAINS})""",
    besides="that such a point is there, and what the constants tend to as lambda -> 0, hence the order of the error",
)
