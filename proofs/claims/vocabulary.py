"""The letters that formal statements share, and the hypotheses that say what label sets and their moments are."""

from __future__ import annotations

from proofs.claims.formal import Signature, declare

__all__ = ["BALANCED", "CENTERED", "DUAL", "FIXED_SIZE", "GREATEST", "LABEL_SETS", "LEAST", "SIGNATURE", "STATIONARY"]

SIGNATURE = declare(
    Signature(
        dims=frozenset({"K", "d"}),
        families={"sets": (("q", 1, 1), None), "labels": (("dim", "K"), "K"), "parts": (("q", 1, 1), None)},
        indices={"S": "sets", "T": "sets", "U": "sets", "i": "labels", "j": "labels", "k": "labels", "p": "parts"},
    ),
    "y[sets]: K",
    "m[sets]: 1",
    "f: K",
    "P: K x K",
    "M: K x K",
    "Sigma: K x K",
    "C: K x K",
    "W: K x d",
    "h[sets]: d",
    "r[sets]: K",
    "z[sets]: K",
    "b: K",
    "v: K",
    "x: K",
    "u: d",
    "lambda_W: 1",
    "lambda_H: 1",
    "lambda: 1",
    "mu: 1",
    "kappa: 1",
    "Kappa: 1",
    "mbar: 1",
    "kbar: 1",
    "size: 1",
)
"""Label sets with their probabilities as weights, the K labels, and the letters of the feature model."""

LABEL_SETS = (
    "all S: ones'*y[S] := m[S]",
    "all S: y[S]'*y[S] := m[S]",
    "all S, k: (e[k]'*y[S])^2 := e[k]'*y[S]",
)
"""The indicator of a label set has entries 0 and 1, of which m are 1."""

FIXED_SIZE = ("all S: ones'*y[S] := size", "all S: y[S]'*y[S] := size", LABEL_SETS[2])
"""All label sets have one multiplicity."""

CENTERED = (
    "P := I[K] - 1/K*ones*ones'",
    "M := sum[S](y[S]*y[S]')",
    "Sigma := P*M*P",
)
"""Centering, and the second moment with and without it."""

LEAST = (
    "all x: ones'*x = 0 => kappa*(x'*x) <= x'*Sigma*x",
    "some x: ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa",
)
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

DUAL = ("all S, v, x: D[S](v) - v'*x <= L[S](x)",)
"""D(r) is at most L(z) + <r, z> at every z: it is the least of them, minus the conjugate of the loss at -r."""
