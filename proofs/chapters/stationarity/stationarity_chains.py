"""Chapter U, stationary points, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = [
    "collapse_of_variability",
    "eigen_equation",
    "least_weights",
    "positive_penalties",
    "projector",
    "synthesis",
    "weighted_synthesis",
]


@closes("U3")
def eigen_equation(p: Proof) -> None:
    """U3: insert the features into the classifier."""
    features, classifier, *_ = p.given
    p.done(p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?")))


def positive_penalties(p: Proof, lambda_w: Theorem, lambda_h: Theorem) -> Theorem:
    """Both penalties and their product are positive, hence may be divided by."""
    p.positive(lambda_w)
    p.positive(lambda_h)
    product = p.le("0 < lambda", (lambda_w, lambda_h))
    p.positive(product)
    return product


def synthesis(p: Proof, features: Theorem, classifier: Theorem) -> Theorem:
    """Every prototype from all of them: insert the classifier into the features."""
    return p.eq(
        "all S: h[S] = sum[T](1/lambda*(r[S]'*r[T])*h[T])",
        (features, "1/lambda_H*?[S]"),
        (classifier, "1/lambda*?'*r[S]"),
    )


@closes("U4")
def weighted_synthesis(p: Proof) -> None:
    """U4: the weights are frequency times residual overlap."""
    features, classifier, lambda_w, lambda_h, *_ = p.given
    positive_penalties(p, lambda_w, lambda_h)
    p.done(synthesis(p, features, classifier))


@closes("U4b")
def least_weights(p: Proof) -> None:
    """U4b: other weights differ from those of U4 by something orthogonal to them."""
    features, classifier, lambda_w, lambda_h, _, in_range, weights = p.given
    positive_penalties(p, lambda_w, lambda_h)
    own = "(1/lambda*(r[S]'*r[T]))"
    ours = synthesis(p, features, classifier)
    orthogonal = p.eq(
        f"all S: sum[T]((omega[S, T] - {own})*{own}) = 0",
        (in_range, f"1/lambda*sum[T]((omega[S, T] - {own})*(r[T]'*?[S]))"),
        (features, f"1/lambda*sum[T]((omega[S, T] - {own})*(?[T]'*s[S]))"),
        (weights, "lambda_H/lambda*(?[S]'*s[S])"),
        (ours, "lambda_H/lambda*(?[S]'*s[S])"),
    )
    square = p.over(p.square(f"all T: omega[S, T] - {own}"))
    p.done(p.le(f"all S: sum[T]({own}^2) <= sum[T](omega[S, T]^2)", square, using=[(orthogonal, "2*?[S]")]))


@closes("U4a")
def projector(p: Proof) -> None:
    """U4a: R acts as lambda on the residuals, hence on their span, hence on itself."""
    positive, _ = p.given
    p.positive(positive)
    idempotent = "sum[T](1/lambda*(r[S]'*r[T])*(1/lambda*(r[T]'*r[U]))) = 1/lambda*(r[S]'*r[U])"
    apart = "(R*r[U] - lambda*r[U])"
    with p.assuming(f"all S, U: {idempotent}") as projects:
        overlap = p.eq(f"all S, U: r[S]'*{apart} = 0", (projects, "lambda^2*?[S, U]"))
        none = p.eq(
            f"all U: {apart}'*{apart} = 0", (overlap, "sum[S]((r[S]'*r[U])*?[S, U])"), (overlap, "lambda*?[U, U]")
        )
        none = p.definite(f"all U: {apart}", none)
        forth = p.implies(projects, p.eq("all S: R*r[S] = lambda*r[S]", none))
    with p.assuming("all S: R*r[S] = lambda*r[S]") as eigen:
        back = p.implies(eigen, p.eq(f"all S, U: {idempotent}", (eigen, "1/lambda^2*(r[S]'*?[U])")))
        square = p.implies(eigen, p.eq("R*R = lambda*R", (eigen, "sum[S](?[S]*r[S]')")))
    with p.assuming("R*R = lambda*R") as flat:
        squares = p.square(f"all U: {apart}")
        total = p.eq(f"sum[U]({apart}'*{apart}) = 0", (flat, "tr(R*?)"), (flat, "lambda*tr(?)"))
        none = p.definite(f"all U: {apart}", p.vanish(squares, total))
        columns = p.implies(flat, p.eq("all S: R*r[S] = lambda*r[S]", none))
    p.done(p.join(p.both(forth, back), p.both(square, columns)))


@closes("U1")
def collapse_of_variability(p: Proof) -> None:
    """U1: the parallelogram identity for the penalty, midpoint convexity for the loss."""
    positive, convex = p.given
    value = "L[S](W*{0} + b) + lambda_H/2*({0}'*{0})"
    loss = p.at(convex, "S", "W*s + b", "W*t + b")
    same = p.eq("L[S](W*(1/2*(s + t)) + b) = L[S](1/2*(W*s + b + W*t + b))")
    modulus = p.every(
        p.le(
            f"""{value.format("(1/2*(s + t))")} <= 1/2*({value.format("s")} + {value.format("t")})
            - lambda_H/8*((s - t)'*(s - t))""",
            loss,
            using=[same],
        ),
        "S",
        "s",
        "t",
    )
    inverse = p.reciprocal(positive)
    with p.assuming(
        f"(all u: {value.format('s')} <= {value.format('u')}) and (all u: {value.format('t')} <= {value.format('u')})"
    ) as least:
        small = p.le(
            "(s - t)'*(s - t) <= 0",
            (8, inverse, (modulus, ("S", "s", "t"))),
            (4, inverse, (p.take(least, 0), ("1/2*(s + t)",))),
            (4, inverse, (p.take(least, 1), ("1/2*(s + t)",))),
        )
        same = p.implies(least, p.eq("s = t", p.null("s - t", small)))
    p.done(p.join(modulus, p.every(same, "S", "s", "t")))
