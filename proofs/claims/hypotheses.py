"""Hypotheses that formal statements share, as text: what label sets and their moments are, and what is stationary."""

from __future__ import annotations

__all__ = [
    "BALANCED",
    "CENTERED",
    "DUAL",
    "FIXED_SIZE",
    "GREATEST",
    "LABELS_APART",
    "LABEL_SETS",
    "LEAST",
    "STATIONARY",
]

LABEL_SETS = ("all S: ones'*y[S] := m[S]", "all S: y[S]'*y[S] := m[S]", "all S, k: (e[k]'*y[S])^2 := e[k]'*y[S]")
"""The indicator of a label set has entries 0 and 1, of which m are 1."""

LABELS_APART = ("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]",)
"""Two labels are one, or their basis vectors are orthogonal."""

FIXED_SIZE = ("all S: ones'*y[S] := size", "all S: y[S]'*y[S] := size", LABEL_SETS[2])
"""All label sets have one multiplicity."""

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

PAL_CE = ("all t: 0 < ex(t) and log(ex(t)) = t", "all S, x: L[S](x) = m[S]*log(sum[k](ex(e[k]'*x))) - y[S]'*x")
"""The exponential is the inverse of the logarithm, and the loss is that of PAL-CE."""

ENTROPY = (
    """all t: H(t) = -size*((1 - t*(1 - size/K))*log((1 - t*(1 - size/K))/size)
    + (K - size)*(t/K)*log(t/K))""",
)
"""H_m: m times the entropy of a distribution with t/K on the labels outside a set, and alike on those in it."""
