"""U6b, closed: a minimum exists without a bias, with one for MSE, and for PAL-CE and BCE where the bias is bounded."""

from proofs.chapters.duality.attainment_chains import (
    FEATURE,
    FEATURES,
    LEVEL,
    Norms,
    as_it_is,
    attained,
    continuous,
    exists,
    minimum,
    nonnegative,
    unpacked,
)
from proofs.chapters.duality.bias_bounds_chains import pal
from proofs.chapters.duality.binary_bias_chains import bce
from proofs.claims.existence_formulas import CONVEX, SQUARED, UNBIASED
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

SUMMED = "sum[S](?[S, W2*X2*place[S] + b2])"


def without_bias(p: Proof, attains: Theorem) -> Theorem:
    """b is not used, and added to the objective."""
    goal = p.goal[1]

    def bounded(low: Theorem) -> Theorem:
        return p.le(f"b2'*b2 <= {LEVEL}", low, nonnegative(p, "0*I[K]*b2"))

    def shown(best: Theorem) -> Theorem:
        own, other = (UNBIASED.format(*x) for x in (("W", "X"), ("W2", "X2")))
        least = p.le(f"{own} <= {other}", p.at(best, "W2", "X2", "0*b"), p.square("b"))
        return exists(p, p.every(least, "W2", "X2"), goal, "W", "X")

    psd = p.semidefinite("I[K]", p.square("x"))
    return unpacked(p, minimum(p, attains, ("0*I[K]", "I[K]", LEVEL), psd, bounded), shown)


def mse(p: Proof, attains: Theorem) -> Theorem:
    """MSE: the bias is a mean of what logits are off by, of features seen by the classifier, and of labels."""
    length = "((W2*X2*place[S])'*(W2*X2*place[S]))"
    with p.assuming(SQUARED) as said:
        row = p.square("W2'*e[k]*(X2*place[S])' - X2*place[S]*e[k]'*W2")
        row = p.le(f"(e[k]'*W2*X2*place[S])^2 <= (e[k]'*W2*W2'*e[k])*({FEATURE})", ((1, 2), row))
        seen = p.le(f"{length} <= tr(W2'*W2)*({FEATURE})", p.over(p.every(row, "k")))
        seen = p.over(p.every(seen, "S"))
        off = "(W2*X2*place[S] + b2 - y[S])"
        parts = [p.square(x) for x in ("W2*X2*place[S] + y[S]", f"{off} + W2*X2*place[S]", f"{off} - y[S]")]
        each = p.le(f"b2'*b2 <= 3*({off}'*{off}) + 3*{length} + 3*m[S]", *parts)
        sums = p.over(p.every(each, "S"))
        shares = p.reciprocal(p.given[0]), p.reciprocal(p.given[1])
        radius = f"6*{LEVEL} + 12*(1/lambda_W)*(1/lambda_H)*{LEVEL}^2 + 3*sum[S](m[S])"

        def bounded(cost: Theorem) -> Theorem:
            error = p.every(p.le(f"0 <= {off}'*{off}", p.square(off)), "S")
            error, size = p.le(f"0 <= sum[S]({off}'*{off})", p.over(error)), p.square("W2")
            features = p.le(f"0 <= {FEATURES}", p.over(p.every(p.square("X2*place[S]"), "S")))
            uses: list[Used] = [(said, f"2*{SUMMED}")]
            fit = p.le(
                f"sum[S]({off}'*{off}) <= 2*{LEVEL}", (2, cost), (p.given[0], size), (p.given[1], features), using=uses
            )
            one = p.le(
                f"tr(W2'*W2) <= 2*(1/lambda_W)*{LEVEL}",
                (2, shares[0], cost),
                (shares[0], error),
                (shares[0], p.given[1], features),
                using=[(said, f"2*(1/lambda_W)*{SUMMED}")],
            )
            two = p.le(
                f"{FEATURES} <= 2*(1/lambda_H)*{LEVEL}",
                (2, shares[1], cost),
                (shares[1], error),
                (shares[1], p.given[0], size),
                using=[(said, f"2*(1/lambda_H)*{SUMMED}")],
            )
            free = p.le(f"0 <= {LEVEL}", p.over(p.every(p.at(p.says(CONVEX[0]), "S", "0*b"), "S")))
            return p.le(f"b2'*b2 <= {radius}", sums, (3, fit), (3, seen), (3, size, two), (6, shares[1], free, one))

        psd = p.semidefinite("0*I[K]")
        found = minimum(p, attains, ("I[K]", "0*I[K]", radius), psd, bounded)
        return p.implies(said, unpacked(p, found, lambda best: as_it_is(p, best)))


@closes("U6b")
def existence(p: Proof) -> None:
    """U6b: a lower semicontinuous function that is coercive is least somewhere; the bias is what must be bounded."""
    norms = Norms(p)
    attains = attained(p, norms, continuous(p, norms))
    p.done(p.join(without_bias(p, attains), pal(p, attains), bce(p, attains), mse(p, attains)))
