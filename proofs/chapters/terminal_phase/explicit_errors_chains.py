"""T8, closed: the gap identity at the optimum, with the polar point for the dual."""

from proofs.chapters.duality.duality_chains import gap
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import POLAR_FACTORS, POLAR_FORM
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

MOVED = "(sum[S](c[S]*h[S]) - mu/lambda_H*(W'*Q*sum[S](c[S]*a[S])))"
ERROR = "(lambda_W/2*tr(W2'*W2) + lambda_H/2*sum[S](h2[S]'*h2[S]) - sum[S](r[S]'*W2*h2[S]))"
LACK = "(h[S] - mu/lambda_H*(W'*Q*a[S]))"
IDLE = "(W - Pi*W)"
COST = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
APART = "(L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))"
LACKS = f"lambda_H/2*sum[S]({LACK}'*{LACK}) + lambda_W/2*tr({IDLE}'*{IDLE}) + sum[S]{APART}"


@closes("T8")
def explicit_errors(p: Proof) -> None:
    """T8: the optimum costs no more than the point with the polar residuals; what it lacks is what that point lacks."""
    lambda_w, _lambda_h, *_ = p.given
    bound = p.le(
        f"lambda_H/2*sum[S]({LACK}'*{LACK}) + sum[S]{APART} <= {ERROR}",
        by_the_gap(p),
        ((1, 2), lambda_w, p.square(IDLE)),
    )
    dual = p.given[10]
    apart = p.over(p.le(f"all S: 0 <= {APART}", ((dual, ("S", "W*h[S] + b")),)))
    p.done(p.join(bound, combined(p, bound, apart, ERROR), best_factors(p)))


def combined(p: Proof, bound: Theorem, apart: Theorem, error: str) -> Theorem:
    """The inequality of Cauchy and Schwarz, for a combination of what prototypes lack."""
    crossed = p.square(f"all S, T: c[T]*{LACK} - c[S]*{LACK.replace('[S]', '[T]')}")
    crossed = p.over(p.every(p.over(p.at(crossed, "S")), "S"))
    return p.le(
        f"lambda_H/2*({MOVED}'*{MOVED}) <= sum[S](c[S]^2)*{error}",
        ((1, 4), p.given[1], crossed),
        (p.over(p.square("all S: c[S]")), bound),
        (p.over(p.square("all S: c[S]")), apart),
    )


def best_factors(p: Proof) -> Theorem:
    """What factors with a multiple of the root cost beyond the dual value."""
    with p.assuming(POLAR_FACTORS) as factors:
        p.nonzeros += [p.take(factors, 0), p.take(factors, 1)]
        size, features = p.take(factors, 2), p.take(factors, 3)
        form = p.eq(
            POLAR_FORM,
            (size, "lambda_W/2*?"),
            (features, "lambda_H/2*sum[S](h2[S]'*?[S])"),
            (p.given[5], "mu/2*sum[S](a[S]'*?*W2*h2[S])"),
            (p.given[4], "1/(2*t*mu)*?*sum[S](h2[S]'*W2'*Q*W2*h2[S])"),
        )
        return p.implies(factors, form)


def near_polar(p: Proof, claim: str = "T8") -> Theorem:
    """T8, or another claim, in one whose first hypotheses are its own."""
    return p.apply(p.known(claim), p.join(*p.given[: len(CLAIMS[claim].formal.given)]))


def by_the_gap(p: Proof) -> Theorem:
    """What the optimum lacks is at most what the point with the polar residuals costs beyond their dual value."""
    *_, bias, _, tight, least = p.given[:13]
    biasless = without_bias(p, "b2", bias)
    return p.le(f"{LACKS} <= {ERROR}", least, using=[from_the_dual(p), (tight, "sum[S](?[S])"), biasless])


def from_the_dual(p: Proof) -> Theorem:
    """U6's identity at the polar residuals, whose slack is what the classifier has outside the range."""
    lambda_w, lambda_h, product, total, scale, own, second, idempotent, _, bias, dual, *_ = p.given
    identity = p.take(gap(p, lambda_w, lambda_h, (product, total, dual)), 0)
    slack = outside_the_range(p, scale, own, second, idempotent)
    left = f"{COST} - sum[S](D[S](r[S])) = {LACKS}"
    return p.eq(left, identity, without_bias(p, "b", bias), (slack, "1/(2*lambda_H)*?"))


def outside_the_range(p: Proof, scale: Theorem, own: Theorem, second: Theorem, idempotent: Theorem) -> Theorem:
    """The slack of polar residuals, whose second moment is lambda times the projector onto the range."""
    moment = "sum[S](a[S]*a[S]')"
    symmetric = p.eq("Pi' = Pi", second, (own, f"?*{moment}*Q'", f"Q*{moment}*?"))
    flat = p.eq("R = lambda*Pi", (scale, "?*Pi"), (own, f"mu^2*Q*{moment}*?"))
    return p.eq(
        f"tr(W'*(lambda*I[K] - R)*W) = lambda*tr({IDLE}'*{IDLE})",
        (flat, "tr(W'*?*W)"),
        (symmetric, "lambda*tr(W'*?*Pi*W)"),
        (idempotent, "lambda*tr(W'*?*W)"),
    )


def without_bias(p: Proof, bound: str, bias: Theorem) -> Theorem:
    """The residuals have mean 0, or there is no bias."""
    text = f"{bound}'*sum[S](r[S]) = 0"
    with p.assuming("b = 0 and b2 = 0") as none:
        first = p.implies(none, p.eq(text, (p.take(none, int(bound == "b2")), "?'*sum[S](r[S])")))
    with p.assuming("sum[S](a[S]) = 0") as free:
        second = p.implies(free, p.eq(text, (free, f"mu*{bound}'*Q*?")))
    return p.cases(bias, first, second)


@closes("T8a")
def virtual_prototypes(p: Proof) -> None:
    """T8a: the loss of one label set is strongly convex in its feature, and T8 says what the combination is."""
    lambda_h = p.given[1]
    polar_dual, dual, stationary, tight, target = p.given[-5:]
    error = p.take(near_polar(p), 1)
    made, polar = "sum[S](c[S]*h[S])", "mu*Q*a1"
    p.done(
        p.le(
            f"""lambda_H/2*((h1 - mu/lambda_H*(W'*Q*a1))'*(h1 - mu/lambda_H*(W'*Q*a1))) <= L1(W*{made} + b)
            - D1({polar}) + ({polar})'*(W*{made} + b) + sum[S](c[S]^2)*{ERROR}""",
            error,
            ((dual, (f"W*{made} + b",)),),
            ((polar_dual, ("W*h1 + b",)),),
            ((1, 2), lambda_h, p.square(f"h1 - {made}")),
            using=[
                tight,
                (stationary, "h1'*?", f"({made})'*?"),
                (target, f"mu*({made})'*W'*Q*?"),
                (target, "1/2*mu^2/lambda_H*sum[S](c[S]*a[S])'*Q'*W*W'*Q*?"),
                (target, "1/2*mu^2/lambda_H*?'*Q'*W*W'*Q*a1"),
            ],
        )
    )
