"""Chapter U, the dual, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.kernel.proof import Proof, closes

__all__ = ["everything_from_the_dual", "gap_identity", "isotropy"]


@closes("U10")
def everything_from_the_dual(p: Proof) -> None:
    """U10: logits, Gram matrix and inner products from the residuals."""
    features, classifier, lambda_w, lambda_h, logits, _ = p.given
    p.positive(lambda_w)
    p.positive(lambda_h)
    gram = "G = 1/lambda_W*sum[S](r[S]*z[S]')"
    stationary = (classifier, "1/lambda_W*?*W'"), (logits, "1/lambda_W*sum[S](r[S]*?[S]')")
    cases = []
    for text, context in (("b = 0", "1/lambda_W*sum[S](r[S])*?'"), ("sum[S](r[S]) = 0", "1/lambda_W*?*b'")):
        with p.assuming(text) as case:
            cases.append(p.implies(case, p.eq(gram, *stationary, (case, context))))
    with p.assuming("b = 0 or sum[S](r[S]) = 0") as either:
        first = p.implies(either, p.cases(either, *cases))
    second = p.join(
        p.at(p.eq("all S: W*h[S] = z[S] - b", logits), "S"),
        p.at(p.eq("all S: W*h[S] = 1/lambda_H*(G*r[S])", (features, "1/lambda_H*W*?[S]")), "S"),
    )
    third = p.eq(
        "all S, T: h[S]'*h[T] = 1/lambda_H^2*(r[S]'*G*r[T])",
        (features, "1/lambda_H*?[S]'*h[T]"),
        (features, "1/lambda_H^2*r[S]'*W*?[T]"),
    )
    p.done(p.join(first, p.every(second, "S"), third))


@closes("U6")
def gap_identity(p: Proof) -> None:
    """U6: complete the squares; the dual's definition bounds the first term, the feasibility the third."""
    lambda_w, lambda_h, _, _, dual = p.given
    p.positive(lambda_w)
    inverse = p.reciprocal(lambda_h)
    primal = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
    lack = "h[S] - 1/lambda_H*(W'*r[S])"
    identity = p.eq(
        f"""{primal} - sum[S](D[S](r[S])) = sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
        + lambda_H/2*sum[S](({lack})'*({lack})) + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W) - b'*sum[S](r[S])"""
    )
    predictions = p.le(
        "all S: 0 <= L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b)", ((dual, ("S", "r[S]", "W*h[S] + b")),)
    )
    features = p.over(p.square(f"all S: {lack}"))
    with p.assuming("psd (lambda*I[K] - R) and b'*sum[S](r[S]) = 0") as feasible:
        classifier = p.square("W", p.take(feasible, 0))
        below = p.le(
            f"sum[S](D[S](r[S])) <= {primal}",
            p.over(predictions),
            ((1, 2), lambda_h, features),
            ((1, 2), inverse, classifier),
            using=[p.take(feasible, 1)],
        )
        below = p.implies(feasible, below)
    p.done(p.join(identity, below))


@closes("U8")
def isotropy(p: Proof) -> None:
    """U8: R W = lambda W, and W has a right inverse on what it can reach."""
    features, classifier, *_ = p.given
    p.dimension("K")
    eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
    with p.assuming("some X: W*X = I[K]") as full:
        with p.assuming("W*X = I[K]") as right:
            flat = p.implies(right, p.eq("R = lambda*I[K]", (eigen, "?*X"), (right, "R*?"), (right, "lambda*?")))
        first = p.implies(full, p.unpack(full, flat, "X"))
    with p.assuming("(some X: W*X = P) and (all S: ones'*r[S] = 0)") as full:
        with p.assuming("W*X = P") as right:
            flat = p.eq(
                "R = lambda*P",
                (eigen, "?*X"),
                (right, "R*?"),
                (right, "lambda*?"),
                (p.take(full, 1), "1/K*sum[S](r[S]*?[S]*ones')"),
            )
            flat = p.implies(right, flat)
        second = p.implies(full, p.unpack(p.take(full, 0), flat, "X"))
    p.done(p.join(first, second, eigen))
