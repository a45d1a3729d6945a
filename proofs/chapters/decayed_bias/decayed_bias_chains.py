"""Chapter E, closed: from the formal hypotheses to the formal goals."""

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.terminal_phase.explicit_errors_chains import (
    APART,
    ERROR,
    IDLE,
    LACK,
    best_factors,
    combined,
    outside_the_range,
)
from proofs.chapters.weighted_synthesis.weighted_synthesis_chains import NORMAL, no_other_solution, ridge
from proofs.claims.decayed_bias import ASKED, BEST, BY_BIAS, DECAYED, IDENTITY, MEANS, PAID, PRICE, WEAK
from proofs.claims.hypotheses import POLAR_ERROR
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem


@closes("E1")
def best_bias(p: Proof) -> None:
    """E1: convexity at the other bias, averaged, and the square of the penalty."""
    _positive, convex, stationary = p.given
    at_other = p.le("all S: L[S](W*h[S] + b) - r[S]'*(c - b) <= L[S](W*h[S] + c)", ((convex, ("S", "W*h[S] + c")),))
    best = p.le(BEST, p.over(at_other), using=[(stationary, "(c - b)'*?")])
    p.done(p.every(best, "c"))


@closes("E2")
def decayed_gap_identity(p: Proof) -> None:
    """E2: complete the squares, that of the bias too; the dual's definition and the feasibility bound the others."""
    lambda_h, lambda_b, _, _, dual = p.given
    inverse = p.reciprocal(lambda_h)
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


OFF = "(b2 - 1/lambda_b*sum[S](r[S]))"


@closes("E3")
def decay_as_of_the_others(p: Proof) -> None:
    """E3: the polar point of no bias with the bias that its residuals ask for, which costs nothing beyond the dual."""
    p.done(p.join(*near_what_is_asked_for(p), means(p)))


@closes("E3a")
def decay_with_targets(p: Proof) -> None:
    """E3a: nothing in E3 is about where the polar columns come from."""
    p.done(p.join(*near_what_is_asked_for(p)))


def near_what_is_asked_for(p: Proof) -> tuple[Theorem, Theorem, Theorem]:
    """The inequality of E3, what it says of linear relations, and the size of the error."""
    asked = p.given[len(DECAYED)]
    bound, apart = near_polar(p)
    paid = p.le(PAID.format(ASKED, ""), bound, using=[(asked, f"lambda_b/2*(? - 1/lambda_b*sum[S](r[S]))'*{OFF}")])
    return paid, combined(p, short(p, paid, ASKED, ""), apart, ERROR), best_factors(p)


@closes("E4")
def decay_far_less(p: Proof) -> None:
    """E4: the polar point of a free bias, which pays for its bias."""
    free = p.given[-1]
    bound, apart = near_polar(p)
    paid = p.le(PAID.format("b", PRICE), bound, using=[(free, "mu*b'*Q*?", "mu*b2'*Q*?")])
    error = f"({POLAR_ERROR}{PRICE})"
    p.done(p.join(paid, combined(p, short(p, paid, "b", PRICE), apart, error), best_factors(p)))


def near_polar(p: Proof) -> tuple[Theorem, Theorem]:
    """What the optimum lacks is at most what the polar point costs beyond the dual value of its residuals."""
    lambda_w, lambda_h, product, total, scale, own, second, idempotent, _, lambda_b, dual, tight, least = p.given[:13]
    identity = p.take(cited(p, "E2", (lambda_h, lambda_b, total, product, dual)), 0)
    slack = outside_the_range(p, scale, own, second, idempotent)
    bound = p.le(
        f"{PAID.split(' + lambda_b/2')[0]} + lambda_b/2*({ASKED}'*{ASKED}) <= {ERROR} + lambda_b/2*({OFF}'*{OFF})",
        least,
        ((1, 2), lambda_w, p.square(IDLE)),
        using=[identity, (tight, "sum[S](?[S])"), (slack, "1/(2*lambda_H)*?")],
    )
    return bound, p.over(p.le(f"all S: 0 <= {APART}", ((dual, ("S", "W*h[S] + b")),)))


def short(p: Proof, paid: Theorem, off: str, price: str) -> Theorem:
    """The same without what the bias lacks."""
    square = ((1, 2), p.given[9], p.square(off))
    return p.le(f"lambda_H/2*sum[S]({LACK}'*{LACK}) + sum[S]{APART} <= {ERROR}{price}", paid, square)


def means(p: Proof) -> Theorem:
    """The mean polar column."""
    made = []
    for text in MEANS.split("\n    and "):
        premise, conclusion = text.strip()[1:-1].split(" => ")
        with p.assuming(premise) as columns:
            made.append(p.implies(columns, p.eq(conclusion, (columns, "sum[S](Q*?[S])"))))
    return p.join(*made)


@closes("E5")
def weighted_by_the_bias(p: Proof) -> None:
    """E5: what E1 makes of the mean residual, and W2's ridge equations with the bias as it is."""
    features, residual, singleton, positive, decay, _, total, *_ = p.given
    inverse = p.reciprocal(positive)
    mean = p.eq(
        "sum[S](h[S]) = lambda_b/lambda_H*(W'*b)", (features, "sum[S](1/lambda_H*?[S])"), (decay, "1/lambda_H*W'*?")
    )
    bias = p.eq(
        "(1 + lambda_b)*b + lambda_b/lambda_H*(W*W'*b) = f", (residual, "sum[S](?[S])"), (decay, "?"), (mean, "W*?")
    )
    of_sets, of_labels = ridge(p, features, residual, singleton)
    with p.assuming("beta - 1 != 0") as other:
        p.nonzeros.append(other)
        zero = p.eq(
            f"all S: {NORMAL.format(f'(h[S] - ({BY_BIAS}))')} = 0",
            of_sets,
            (of_labels, "sum[k](e[k]'*y[S]*?[k])", "(m[S] - 1)/(beta - 1)*sum[k](e[k]'*b*?[k])"),
            (total, "(m[S] - 1)/(beta - 1)*(W'*b)*?"),
        )
        rule = p.eq(f"all S: h[S] = {BY_BIAS}", no_other_solution(p, inverse, f"(h[S] - ({BY_BIAS}))", zero, "S"))
        rule = p.implies(other, rule)
    p.done(p.join(bias, rule))
