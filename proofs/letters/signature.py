"""The letters that formal statements share."""

from proofs.kernel.formal import Signature, declare

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
