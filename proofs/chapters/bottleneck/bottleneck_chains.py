"""Chapter C, closed: from the formal hypotheses to the formal goals."""

from proofs.chapters.bottleneck.below_the_rank_chains import gap_elsewhere, orthogonal
from proofs.chapters.duality.duality_chains import gap
from proofs.kernel.proof import Proof, closes


@closes("C1")
def certificate_at_any_width(p: Proof) -> None:
    """C1: U8 says R W = lambda W, so F - D vanishes at the point; D is a bound for every other one."""
    features, classifier, lambda_w, lambda_h, product, moment, dual, tight, bias, feasible = p.given
    eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
    flat = [orthogonal(p, bias, bound) for bound in ("b", "b2")]
    rest = (product, moment, dual)
    identity = p.take(gap(p, lambda_w, lambda_h, rest), 0)
    duality = p.take(gap_elsewhere(p, "n", lambda_w, lambda_h, *rest), 1)
    below = p.apply(duality, p.join(feasible, flat[1]))
    value = "sum[S](L[S]({0}*{1}[S] + {2})) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S]({1}[S]'*{1}[S])"
    p.done(
        p.le(
            f"{value.format('W', 'h', 'b')} <= {value.format('W2', 'h2', 'b2')}",
            below,
            using=[
                identity,
                (tight, "sum[S](?[S])"),
                (features, "1/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*?[S])"),
                (eigen, "1/(2*lambda_H)*tr(W'*?)"),
                flat[0],
            ],
        )
    )
