"""Chapter V, closed: from the formal hypotheses to the formal goals."""

from proofs.kernel.proof import Proof, closes


@closes("V1")
def tilted_distribution(p: Proof) -> None:
    """V1: U6's identity with another measure."""
    _lambda_w, lambda_h, _, _, dual, share = p.given
    inverse = p.reciprocal(lambda_h)
    primal = "sum[S](nu[S]*L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](nu[S]*(h[S]'*h[S]))"
    lack, apart = "(h[S] - 1/lambda_H*(W'*r[S]))", "(L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))"
    identity = p.eq(
        f"""{primal} - sum[S](nu[S]*D[S](r[S])) = sum[S](nu[S]*{apart}) + lambda_H/2*sum[S](nu[S]*({lack}'*{lack}))
        + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W) - b'*sum[S](nu[S]*r[S])"""
    )
    predictions = p.over(p.le(f"all S: 0 <= nu[S]*{apart}", (share, (dual, ("S", "W*h[S] + b")))))
    features = p.over(p.le(f"all S: 0 <= nu[S]*({lack}'*{lack})", (share, p.square(f"all S: {lack}"))))
    with p.assuming("psd (lambda*I[K] - R) and b'*sum[S](nu[S]*r[S]) = 0") as feasible:
        below = p.le(
            f"sum[S](nu[S]*D[S](r[S])) <= {primal}",
            predictions,
            ((1, 2), lambda_h, features),
            ((1, 2), inverse, p.square("W", p.take(feasible, 0))),
            using=[p.take(feasible, 1)],
        )
        below = p.implies(feasible, below)
    p.done(p.join(identity, below))


@closes("V2")
def forgotten_weights(p: Proof) -> None:
    """V2: the weighted loss has the weighted dual, so T8 is about it."""
    *first, positive, loss, value, residual, dual, tight, least = p.given
    weak = p.le(
        "all S, x: D[S](r[S]) - r[S]'*x <= L[S](x)",
        (positive, dual),
        using=[(loss, "?[S, x]"), (value, "?[S]"), (residual, "?[S]'*x")],
    )
    same = p.eq(
        "all S: D[S](r[S]) = L[S](W2*h2[S] + b2) + r[S]'*(W2*h2[S] + b2)",
        (p.every(p.at(loss, "S", "W2*h2[S] + b2"), "S"), "?[S]"),
        (value, "?[S]"),
        (residual, "?[S]'*(W2*h2[S] + b2)"),
        (tight, "nu[S]*?[S]"),
    )
    p.done(p.apply(p.known("T8"), p.join(*first, weak, same, least)))
