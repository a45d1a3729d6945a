"""Chapter L, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.chapters.duality.duality_chains import gap
from proofs.kernel.proof import Proof, closes

__all__ = ["bound_from_collapse"]


@closes("L4")
def bound_from_collapse(p: Proof) -> None:
    """L4: scaled residuals of W = 0 are feasible, so U6 bounds the loss by their dual value."""
    lambda_w, lambda_h, product, dual, _, tight, bias, top, small = p.given
    symmetric = p.eq("(lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])'))' = lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])')")
    form = p.le(
        "0 <= x'*(lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])'))*x",
        (small, p.square("x")),
        (p.square("c"), p.square("x", top)),
    )
    feasible = p.psd(symmetric, p.every(form, "x"))
    with p.assuming("b = 0 and b0 = 0") as none:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (p.take(none, 0), "?'*sum[S](c*r0[S])"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (p.take(none, 1), "?'*sum[S](r0[S])"))
        none_case = p.implies(none, p.join(first, other))
    with p.assuming("sum[S](r0[S]) = 0") as free:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (free, "c*b'*?"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (free, "b0'*?"))
        free_case = p.implies(free, p.join(first, other))
    orthogonal = p.cases(bias, none_case, free_case)
    scaled = p.eq("sum[S]((c*r0[S])*(c*r0[S])') = sum[S]((c*r0[S])*(c*r0[S])')")
    duality = p.take(
        gap(p, lambda_w, lambda_h, (product, scaled, dual), r="c*r0[sets_0]", R="sum[S]((c*r0[S])*(c*r0[S])')"), 1
    )
    below = p.apply(duality, p.join(feasible, p.take(orthogonal, 0)))
    with p.assuming("c = 1") as one:
        same = p.eq(
            "sum[S](D[S](c*r0[S])) = sum[S](L[S](b0))",
            (one, "sum[S](D[S](?*r0[S]))"),
            (tight, "sum[S](?[S])"),
            p.take(orthogonal, 1),
        )
        same = p.implies(one, same)
    p.done(p.join(below, same))
