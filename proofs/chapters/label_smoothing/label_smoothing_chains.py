"""Chapter Y, closed: from the formal hypotheses to the formal goals."""

from proofs.chapters.terminal_phase.explicit_errors_chains import near_polar
from proofs.claims.hypotheses import FINITE, FINITE_SPREAD, NEAR_POLAR, POLAR_ERROR
from proofs.claims.label_smoothing import COMMON, MOVED, PLAIN
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

SUMS = "sum[k](e[k]'*y[S]*?[k])"
APART = "(W2*h2[S] + b2 - target[S])"
OFF = "(W2*h2[S] - a[S])"
SQUARES = {what: f"sum[S]({what}'*{what})" for what in (APART, OFF)}


@closes("Y0")
def finite_targets(p: Proof) -> None:
    """Y0: T8, whose error is a square of what the polar logits are from the targets, and that is of order mu."""
    polar = near_polar(p)
    with p.supposing(FINITE_SPREAD) as (spread, one, mu, root, bounded, *factors):
        away = p.over(p.le(f"all S: s*({OFF}'*Q*{OFF}) <= {OFF}'*{OFF}", ((bounded, (OFF,)),)))
        positive = p.given[len(NEAR_POLAR) + 2]
        small = of_order_mu(p, positive)
        inverse, of_root = p.reciprocal(positive), p.reciprocal(root)
        p.nonzeros.append(factors[0])
        form = p.eq(
            f"{POLAR_ERROR} = mu/2*sum[S]({OFF}'*Q*{OFF})",
            p.apply(p.take(polar, 2), p.join(*factors)),
            (one, "mu/(2*t)*?*sum[S](h2[S]'*W2'*Q*W2*h2[S])", "mu/2*?*sum[S](a[S]'*Q*a[S])"),
        )
        rate = p.implies(
            spread,
            p.le(
                f"{POLAR_ERROR} <= K*mu^3/(2*s*alpha^2)",
                ((1, 2), mu, of_root, away),
                ((1, 2), mu, of_root, inverse, inverse, small),
                using=[form],
            ),
        )
    p.done(p.join(*(p.take(polar, i) for i in range(3)), rate))


def of_order_mu(p: Proof, positive: Theorem) -> Theorem:
    """What polar logits are from targets, squared and times alpha^2, is at most K mu^2."""
    own, moment, idempotent, tight = (p.given[i] for i in (5, 6, 7, 11))
    _, bias, _, least, tangent = p.given[len(NEAR_POLAR) :]
    steep = p.le(f"all S: alpha*({APART}'*{APART}) <= -(r[S]'*{APART})", least, tangent, using=[(tight, "?[S]")])
    each = p.le(
        f"all S: alpha^2*({APART}'*{APART}) <= r[S]'*r[S]",
        (2, positive, steep),
        p.square(f"all S: r[S] + alpha*{APART}"),
    )
    total = "sum[S](a[S]*a[S]')"
    symmetric = p.eq("Pi' = Pi", moment, (own, f"?*{total}*Q'", f"Q*{total}*?"))
    rank = p.le(
        "sum[S](r[S]'*r[S]) <= K*mu^2",
        (p.square("mu*(I[K] - Pi)"),),
        using=[(symmetric, "mu^2*tr(?*(I[K] - Pi))"), (idempotent, "mu^2*tr(?)"), (own, "mu^2*sum[S](a[S]'*?*Q*a[S])")],
    )
    nearer = f"{SQUARES[OFF]} <= {SQUARES[APART]}"
    with p.assuming("b2 = 0 and b3 = 0") as none:
        flat = p.eq("b2 - b3 = 0", p.take(none, 0), (p.take(none, 1), "?"))
        same = [(flat, f"2*?'*sum[S]{OFF}"), (flat, "?'*(b2 - b3)")]
        first = p.implies(none, p.le(nearer, using=same))
    with p.assuming(f"sum[S]{OFF} = 0") as mean:
        centered = p.le(nearer, p.square("b2 - b3"), using=[(mean, "2*(b2 - b3)'*?")])
        second = p.implies(mean, centered)
    near = p.cases(bias, first, second)
    return p.le(f"alpha^2*{SQUARES[OFF]} <= K*mu^2", (positive, positive, near), p.over(each), rank)


@closes("Y0a")
def virtual_targets(p: Proof) -> None:
    """Y0a: the loss of one label set is strongly convex in its feature, which is compared with any other."""
    lambda_h = p.given[1]
    polar_dual, dual, stationary, tight, target = p.given[-5:]
    error = p.take(near_polar(p), 1)
    made, polar = "(sum[S](c[S]*h[S]) + x1)", "mu*Q*a1"
    p.done(
        p.le(
            f"""lambda_H/2*((h1 - mu/lambda_H*(W'*Q*a1))'*(h1 - mu/lambda_H*(W'*Q*a1))) <= L1({MOVED})
            - D1({polar}) + ({polar})'*({MOVED}) + lambda_H*(x1'*x1) + 2*sum[S](c[S]^2)*({POLAR_ERROR})""",
            (2, error),
            ((dual, (MOVED,)),),
            ((polar_dual, ("W*h1 + b",)),),
            ((1, 2), lambda_h, p.square(f"h1 - {made}")),
            ((1, 2), lambda_h, p.square("sum[S](c[S]*h[S]) - mu/lambda_H*(W'*Q*a1) - x1")),
            using=[
                tight,
                (stationary, "h1'*?", f"{made}'*?"),
                (target, "2*mu*(sum[S](c[S]*h[S]))'*W'*Q*?"),
                (target, "mu^2/lambda_H*sum[S](c[S]*a[S])'*Q'*W*W'*Q*?"),
                (target, "mu^2/lambda_H*?'*Q'*W*W'*Q*a1"),
            ],
        )
    )


@closes("Y1")
def smoothed_uniform_rule(p: Proof) -> None:
    """Y1: sign vectors are affine in the indicator, and the ones have K - 2 of them to spare."""
    of_targets, of_labels, several, *_ = p.given[len(FINITE) :]
    p.nonzeros.append(several)
    rule = p.eq(
        f"all S: g[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])",
        (of_targets, "W'*Q*?[S]"),
        (of_labels, SUMS),
        (of_labels, "(m[S] - 1)/(K - 2)*sum[k](?[k])"),
    )
    p.done(p.join(rule, near_polar(p, "Y0")))


@closes("Y1a")
def smoothed_weighted_rule(p: Proof) -> None:
    """Y1a: as in W2, from centered indicators."""
    of_targets, of_labels, several, _, size, *_ = p.given[len(FINITE) :]
    p.nonzeros.append(several)
    rule = p.eq(
        f"all S: g[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
        (of_targets, "W'*Q*?[S]"),
        (of_labels, SUMS),
        (of_labels, "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
        (size, "2*ell*(m[S] - 1)/(mbar - 1)*?*W'*Q*f"),
    )
    p.done(p.join(rule, near_polar(p, "Y0")))


@closes("Y2")
def scaled_averages(p: Proof) -> None:
    """Y2: one linear map, scaled by multiplicity."""
    of_targets, of_labels, some, *_ = p.given[len(FINITE) :]
    p.nonzeros.append(some)
    rule = p.eq(f"all S: g[S] = scale[S]/c1*{PLAIN}", (of_targets, "W'*Q*?[S]"), (of_labels, f"scale[S]/c1*{SUMS}"))
    p.done(p.join(rule, near_polar(p, "Y0")))


@closes("Y2a")
def scaled_weighted_rule(p: Proof) -> None:
    """Y2a: the scaled sums lack a multiple of the mean, of which singletons weighted by f~ make another one."""
    of_targets, of_labels, some, apart, _, total, *_ = p.given[len(FINITE) :]
    p.nonzeros.extend((some, apart))
    rule = p.eq(
        f"all S: g[S] = scale[S]/c1*{PLAIN} + {COMMON}*sum[k](e[k]'*ft*h1[k])",
        (of_targets, "W'*Q*?[S]"),
        (of_labels, f"scale[S]/c1*{SUMS}"),
        (of_labels, f"{COMMON}*sum[k](e[k]'*ft*?[k])"),
        (total, f"{COMMON}*?*W'*Q*P*ft"),
    )
    p.done(p.join(rule, near_polar(p, "Y0")))
