"""Hypotheses that formal statements share, as text: what label sets and their moments are, and what is stationary."""

PENALTIES = ("0 < lambda_W", "0 < lambda_H", "lambda := lambda_W*lambda_H")
"""Those of the classifier and of the features, and their product."""

LABEL_SETS = ("all S: ones'*y[S] := m[S]", "all S: y[S]'*y[S] := m[S]", "all S, k: (e[k]'*y[S])^2 := e[k]'*y[S]")
"""The indicator of a label set has entries 0 and 1, of which m are 1."""

LABELS_APART = ("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]",)
"""Two labels are one, or their basis vectors are orthogonal."""

FIXED_SIZE = ("all S: ones'*y[S] := size", "all S: y[S]'*y[S] := size", LABEL_SETS[2])
"""All label sets have one multiplicity."""

EXCHANGED = (
    "all j, k, S, T: swap[j, k, S, T] = swap[j, k, T, S]",
    "all j, k, S: sum[T](swap[j, k, S, T]) = 1",
    "all j, k, S, T: swap[j, k, S, T]*(y[T] - y[S] + (e[j] - e[k])*((e[j] - e[k])'*y[S])) = 0",
)
"""Exchanging two labels keeps the distribution: swap[j, k, S, T] is 1/w[T] where it turns S into T, and else 0."""

CENTERED = ("P := I[K] - 1/K*ones*ones'", "M := sum[S](y[S]*y[S]')", "Sigma := P*M*P")
"""Centering, and the second moment with and without it."""

LEAST = ("all x: ones'*x = 0 => kappa*(x'*x) <= x'*Sigma*x", "some x: ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa")
"""The least eigenvalue of the centered second moment on contrasts, which is attained."""

GREATEST = (
    "all x: ones'*x = 0 => x'*Sigma*x <= Kappa*(x'*x)",
    "some x: ones'*x = 0 and x'*x = 1 and x'*Sigma*x = Kappa",
)
"""The greatest one."""

BALANCED = ("2 <= K", "kbar := size*(K - size)/(K*(K - 1))", "f := sum[S](y[S])")
"""The balanced value at one multiplicity, and the class frequencies."""

STATIONARY = ("all S: lambda_H*h[S] = W'*r[S]", "lambda_W*W = sum[S](r[S]*h[S]')")
"""Features and classifier are stationary (U2)."""

DUAL = ("all S, x: D[S](r[S]) - r[S]'*x <= L[S](x)",)
"""The dual value at the residuals: D(r) is at most L(z) + <r, z> at every z; it is the least of them."""

OBJECTIVE = "sum[S](L[S]({0}*{1} + {2})) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S]({1}'*{1})"
"""The objective at a classifier, features and a bias."""

RESIDUAL = "all S, x: L[S](W*h[S] + b) - r[S]'*(x - (W*h[S] + b)) <= L[S](x)"
"""The loss is above its tangent at the logits, whose slope is minus the residual."""

CURVED = RESIDUAL.replace(" <= L[S](x)", "").replace(": ", ": L[S](x) <= ") + (
    " + c/2*((x - (W*h[S] + b))'*(x - (W*h[S] + b)))"
)
"""It is so by a curvature of at most c: half the greatest multiplicity for PAL-CE, 1/4 for BCE, 1 for MSE."""

FLAT = """(all eps: 0 < eps => (some delta: 0 < delta and (all t: 0 <= t and t <= delta
    => {1} - eps*t <= {0} and {0} <= {1} + eps*t)))"""
"""The derivative of a function of t at 0, from the right, is zero."""

POLAR = ("psd Root", "ones'*Root = 0", "Q' = Q", "Pi*Root = Root", "Pi*Q = Q", "Q*Root = Pi", "Root*Q = Pi")
"""A root on contrasts, its pseudo-inverse, and the projector on the range."""

ROOT = ("psd Root", "Q' = Q", "Root*Q*Root = Root", "Q*Root*Q = Q", "Q*Root = Pi", "Root*Q = Pi")
"""A root, its pseudo-inverse, and the projector on the range."""

PAL_CE = ("all t: 0 < ex(t) and log(ex(t)) = t", "all S, x: L[S](x) = m[S]*log(sum[k](ex(e[k]'*x))) - y[S]'*x")
"""The exponential is the inverse of the logarithm, and the loss is that of PAL-CE."""

SHARE = "(e[{0}]'*(y[S] - r[S])/m[S])"
LOGITS = (f"all S, k: e[k]'*z[S] = log({SHARE.format('k')}) - 1/K*sum[j](log({SHARE.format('j')}))",)
"""The distribution whose residual is r, and its centered logarithms."""

ENTROPY = (
    """all t: H(t) = -size*((1 - t*(1 - size/K))*log((1 - t*(1 - size/K))/size)
    + (K - size)*(t/K)*log(t/K))""",
)
"""H_m: m times the entropy of a distribution with t/K on the labels outside a set, and alike on those in it."""

POLAR_LETTERS = ("L[sets](K), D[sets](K), c[sets], t: 1; Q, Pi, R, W2: K x K; a[sets], h2[sets], b2: K",)
_COST = "sum[S](L[S]({0}*{1}[S] + {2})) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S]({1}[S]'*{1}[S])"

NEAR_POLAR = (
    *PENALTIES,
    "R := sum[S](r[S]*r[S]')",
    "lambda = mu^2",
    "Q' = Q",
    "Pi := Q*sum[S](a[S]*a[S]')*Q",
    "Pi*Pi = Pi",
    "all S: r[S] := mu*Q*a[S]",
    "(b = 0 and b2 = 0) or sum[S](a[S]) = 0",
    *DUAL,
    "all S: D[S](r[S]) = L[S](W2*h2[S] + b2) + r[S]'*(W2*h2[S] + b2)",
    f"{_COST.format('W', 'h', 'b')} <= {_COST.format('W2', 'h2', 'b2')}",
)
"""The point (W, h, b) costs no more than (W2, h2, b2), whose residuals are the polar ones: mu Q a, Q the inverse root
of the second moment of a."""

POLAR_ERROR = "lambda_W/2*tr(W2'*W2) + lambda_H/2*sum[S](h2[S]'*h2[S]) - sum[S](r[S]'*W2*h2[S])"
"""What the point (W2, h2, b2) costs beyond the dual value at its residuals: mu E/2 if its factors are the best ones."""

_LACK, _MOVED = (
    f"({h} - mu/lambda_H*(W'*Q*{a}))" for h, a in (("h[S]", "a[S]"), ("sum[S](c[S]*h[S])", "sum[S](c[S]*a[S])"))
)
POLAR_FACTORS = """t != 0 and mu != 0 and tr(W2'*W2) = t*mu/lambda_W*sum[S](a[S]'*Q*a[S])
    and (all S: h2[S] = lambda_W/(t*mu)*(W2'*Q*W2*h2[S]))"""
"""W2 W2' is a multiple of the root of the second moment of a, and h2 the least features with their logits."""

_OFF = "(W2*h2[S] - t*a[S])"
POLAR_FORM = f"{POLAR_ERROR} = mu/(2*t)*sum[S]({_OFF}'*Q*{_OFF})"
POLAR_GOAL = f"""lambda_H/2*sum[S]({_LACK}'*{_LACK}) + sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
    <= {POLAR_ERROR} and lambda_H/2*({_MOVED}'*{_MOVED}) <= sum[S](c[S]^2)*({POLAR_ERROR})
    and ({POLAR_FACTORS} => {POLAR_FORM})"""
"""T8: how far the point is from its polar prototypes mu/lambda_H W'Q a, alone and in any combination, and the error at
the factors that L5d uses."""

FACTORS = ("all S: c[S] = log(1 + odds/m[S])", "c1 = log(1 + odds)")
"""The sizes of the targets of smoothed PAL-CE."""

_APART = "(W2*h2[S] + b2 - target[S])"
FINITE_LETTERS = (*POLAR_LETTERS, "target[sets], b3: K; alpha, s: 1")
FINITE = (
    *NEAR_POLAR,
    "all S: target[S] := a[S] + b3",
    "(b2 = 0 and b3 = 0) or sum[S](W2*h2[S] - a[S]) = 0",
    "0 < alpha",
    f"all S: L[S](target[S]) + alpha/2*({_APART}'*{_APART}) <= L[S](W2*h2[S] + b2)",
    f"all S: D[S](r[S]) - r[S]'*target[S] + alpha/2*({_APART}'*{_APART}) <= L[S](target[S])",
)
"""T8 with targets, at which each loss is least, for its columns: a is the target, less their mean with a free bias.
Between the target and the logits whose residual is polar the loss is strongly convex, by alpha."""

FINITE_SPREAD = f"t = 1 and 0 < mu and 0 < s and (all x: s*(x'*Q*x) <= x'*x) and {POLAR_FACTORS}"
"""Best factors, where the root of the second moment of the targets has the least eigenvalue s or more: full rank."""

FINITE_GOAL = f"{POLAR_GOAL} and ({FINITE_SPREAD} => {POLAR_ERROR} <= K*mu^3/(2*s*alpha^2))"
"""Y0: T8, and an error of order mu^3: half of mu E, with E of order lambda."""

POLAR_DOMAIN = "for the bound: mu q_S is in the domain of the loss, and singletons with w_k != 0 are in the support"
POLAR_RATE = "that Q converges and prototypes grow like sqrt tau, so that the bound is a limit; the choice of c in it"
"""What W3, W3a, W4, B3 and B3a assume and argue besides, beyond T8."""

PERFECT = (
    *("all S, T: cond[S, T]*(m[S] - m[T]) = 0", "all S, T: cond[S, T] = cond[T, S]", "all S: sum[T](cond[S, T]) = 1"),
    "all S: K*(K - 1)*sum[T](cond[S, T]*(P*y[T]*y[T]'*P)) = m[S]*(K - m[S])*P",
)
"""Given the multiplicity of S, sum[T](cond[S, T]*...) is the expectation, and that of the second moment is kbar P.

The first three say less than that: that cond averages within multiplicities, and is symmetric."""

CONDITIONAL = r"""In the formal statement `cond` is an average over label sets of one multiplicity: symmetric, with
    rows of mean 1, and zero between different multiplicities. The conditional expectation, which is
    $1/\pi_m$ on each block, is one such average, and the one that is meant."""
"""What letter names the conditional expectation, for the entries that speak of it."""

SCALAR = "{0}*(K + {1}*(ex(s*{0}) - 1)) = K"
"""The equation of O1 for c at multiplicity m and s = g/lambda_H, s c = log(1 + K(1 - c)/(m c)), without a logarithm."""

AT_POLAR_LOGITS = (
    *NEAR_POLAR[:8],
    NEAR_POLAR[8].replace(":=", "="),  # r stays a letter, for y - r is divided by
    *(NEAR_POLAR[9], NEAR_POLAR[-1], "0 < mu", "all S: W2*h2[S] + b2 = z[S]"),
)
"""The same where z are the logits of the polar residuals, which then need not be said to have their dual value."""

LIMIT_OF_PAL_CE = (
    *(*AT_POLAR_LOGITS, CENTERED[0], *LABEL_SETS, "all S: 1 <= m[S]", *PAL_CE, "ones'*Q = 0"),
    *("all S, k: 0 < e[k]'*(y[S] - r[S])", *LOGITS),
)
"""That of PAL-CE, in the interior of its domain."""

POLAR_WINDOW = f"({POLAR_ERROR})/w[S]/{{0}}"
"""What the divergence of one label set is at most, T8's error over its probability, over a number."""

SOLVED = f"all S, s: 0 < s => 0 < c[S](s) and {SCALAR.format('c[S](s)', 'm[S]')}"
LEAST_ROOT = f"""all S, s: 0 < c[S](s) and {SCALAR.format("c[S](s)", "m[S]")}
    and (all t: 0 < t and t < c[S](s) => t*(K + m[S]*(ex(s*t) - 1)) < K)"""
"""c is the least positive solution for every real s, and there is one, for m < K: the only one for s > 0, and below 0
its continuation as far as it has no fold."""
ENERGY = "sum[S](c[S](s)^2*(m[S]*(K - m[S]))) = K*(K - 1)*lambda"
ISOTROPIC = "sum[S](c[S](s)^2*(P*y[S]*y[S]'*P)) = lambda*P"
"""c is the solution for every s; s is that of the penalty; and the residuals c P y are isotropic."""

AT_ORTHOGONAL = f"""(all S: 1 <= m[S]) and (all S: m[S] <= K - 1)
    and {" and ".join(f"({x})" for x in (*PERFECT, SOLVED))}
    and K*(K - 1)*lambda < sum[S](m[S]*(K - m[S])) and (b = 0 or (all S: sum[T](cond[S, T]*(P*y[T])) = 0))
    and 0 < s and {ENERGY} and (some X: X*X' = P) and (all W2: W2*W2' = s*lambda_H*P
    => {OBJECTIVE.format("W", "h[S]", "b")}
    <= {OBJECTIVE.replace(" + {2}", "").format("W2", "(c[S](s)/lambda_H*(W2'*P*y[S]))")})"""
"""What O1 assumes, and that a point is no worse than the one it claims to be the best."""
