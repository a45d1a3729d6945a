"""Chapter E, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.claims.decayed_bias import BEST, IDENTITY, WEAK
from proofs.kernel.proof import Proof, closes

__all__ = ["best_bias", "decayed_gap_identity"]


@closes("E1")
def best_bias(p: Proof) -> None:
    """E1: convexity at the other bias, averaged, and the square of the penalty."""
    positive, convex, stationary = p.given
    p.positive(positive)
    at_other = p.le("all S: L[S](W*h[S] + b) - r[S]'*(c - b) <= L[S](W*h[S] + c)", ((convex, ("S", "W*h[S] + c")),))
    best = p.le(BEST, p.over(at_other), using=[(stationary, "(c - b)'*?")])
    p.done(p.every(best, "c"))


@closes("E2")
def decayed_gap_identity(p: Proof) -> None:
    """E2: complete the squares, that of the bias too; the dual's definition and the feasibility bound the others."""
    lambda_h, lambda_b, _, _, dual = p.given
    inverse = p.reciprocal(lambda_h)
    p.positive(lambda_b)
    identity = p.eq(IDENTITY)
    predictions = p.le("all S: 0 <= L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b)", ((dual, ("S", "W*h[S] + b")),))
    features = p.over(p.square("all S: h[S] - 1/lambda_H*(W'*r[S])"))
    bias = p.square("b - 1/lambda_b*sum[S](r[S])")
    with p.assuming("psd (lambda*I[K] - R)") as feasible:
        classifier = p.square("W", feasible)
        below = p.le(
            WEAK,
            p.over(predictions),
            ((1, 2), lambda_h, features),
            ((1, 2), inverse, classifier),
            ((1, 2), lambda_b, bias),
        )
        below = p.implies(feasible, below)
    p.done(p.join(identity, below))
