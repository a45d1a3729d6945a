"""The letters that formal statements share, and the hypotheses that say what label sets and their moments are."""

from __future__ import annotations

from proofs.claims.formal import Signature, declare

__all__ = ["CENTERED", "FIXED_SIZE", "LABEL_SETS", "SIGNATURE"]

SIGNATURE = declare(
    Signature(
        dims=frozenset({"K", "d"}),
        families={"sets": (("q", 1, 1), None), "labels": (("dim", "K"), "K")},
        indices={"S": "sets", "T": "sets", "U": "sets", "i": "labels", "j": "labels", "k": "labels"},
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
