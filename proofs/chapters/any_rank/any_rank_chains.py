"""Chapter D, closed: from the formal hypotheses to the formal goals."""

from proofs.chapters.terminal_phase.explicit_errors_chains import (
    APART,
    ERROR,
    IDLE,
    LACK,
    by_the_gap,
    from_the_dual,
    without_bias,
)
from proofs.claims.any_rank import COST, ENERGY, GAP, GRAM, PAIRS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

OFF = "(W*h[S] - t*a[S])"
LOGITS, FEATURES = f"sum[S]({OFF}*(Q*a[S])')", f"sum[S]({LACK}*(Q*a[S])')"
REST = f"({FEATURES} - mu/lambda_H*{IDLE}')"


@closes("D1")
def hard_margin_geometry(p: Proof) -> None:
    """D1: what the gap identity leaves bounds the Gram matrix and the inner products, through the logits."""
    lambda_w, lambda_h, *_ = p.given
    lacks = by_the_gap(p)
    apart = p.over(p.le(f"all S: 0 <= {APART}", ((p.given[10], ("S", "W*h[S] + b")),)))
    classifier = p.le(f"0 <= lambda_W/2*tr({IDLE}'*{IDLE})", ((1, 2), lambda_w, p.square(IDLE)))
    features = (1, 2), lambda_h, p.over(p.square(f"all S: {LACK}"))
    below = p.le(f"sum[S](D[S](r[S])) <= {COST}", features, classifier, apart, using=[from_the_dual(p)])
    tight, least = p.given[11:13]
    biasless = without_bias(p, "b2", p.given[9])
    above = p.le(f"{COST} <= sum[S](D[S](r[S])) + {ERROR}", least, using=[(tight, "sum[S](?[S])"), biasless])
    moment, symmetric = project(p)
    gram = gram_matrix(p, moment, symmetric, lacks, apart)
    p.done(p.join(below, above, lacks, gram, inner_products(p, moment, symmetric, (lacks, apart, classifier))))


def gram_matrix(p: Proof, moment: Theorem, symmetric: Theorem, lacks: Theorem, apart: Theorem) -> Theorem:
    """The Gram matrix is t times the root, what the logits are off, and what the features and the classifier are."""
    lambda_h, scale, own = p.given[1], *p.given[4:6]
    logits = p.le(
        f"tr({LOGITS}'*{LOGITS}) <= {ENERGY}",
        p.over(p.square(f"all S: {OFF} - {LOGITS}*Q*a[S]")),
        using=[(moment, f"tr({LOGITS}'*{LOGITS}*?)")],
    )
    rest = p.le(
        f"tr({REST}'*{REST}) <= 2/lambda_H*({ERROR})",
        (2, p.reciprocal(lambda_h), lacks),
        (2, p.reciprocal(lambda_h), apart),
        p.over(p.square(f"all S: {LACK} - {FEATURES}*Q*a[S]")),
        using=[
            (moment, f"tr({FEATURES}'*{FEATURES}*?)"),
            (symmetric, f"2*mu/lambda_H*sum[S]({LACK}'*W'*?*Q*a[S])"),
            (scale, f"1/lambda_H^2*?*tr({IDLE}'*{IDLE})"),
        ],
    )
    same = p.eq(f"{GRAM} = {LOGITS} - W*{REST}", (own, "t*sum[S](a[S]*a[S]'*?)"), (moment, "mu/lambda_H*W*W'*?"))
    with p.assuming("0 <= omega and (all u: (W*u)'*(W*u) <= omega*(u'*u))") as at:
        each = p.every(p.at(p.take(at, 1), f"{REST}*e[k]"), "k")
        found = p.le(
            f"{GAP} <= 2*{ENERGY} + 4*omega/lambda_H*({ERROR})",
            (2, logits),
            (2, p.over(each)),
            (2, p.take(at, 0), rest),
            p.square(f"{LOGITS} + W*{REST}"),
            using=[(same, f"tr((({GRAM}) + {LOGITS} - W*{REST})'*?)")],
        )
        return p.implies(at, found)


def project(p: Proof) -> tuple[Theorem, Theorem]:
    """From now on the projector is a letter, with the polar columns in its range; it is their moment, and symmetric."""
    own, _, idempotent = p.given[5:8]
    moment = p.eq("Pi' = Q*sum[S](a[S]*a[S]')*Q'", (own, "?*sum[S](a[S]*a[S]')*Q'"))
    symmetric = p.eq("Pi' = Pi", (own, "?*sum[S](a[S]*a[S]')*Q'", "Q*sum[S](a[S]*a[S]')*?"))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] != p.term("Pi")]
    p.rewrite(idempotent)
    off = "(Q*a[S] - Pi*Q*a[S])"
    uses = (moment, "tr(?)"), (moment, "2*tr(Pi*?)"), (moment, "tr(Pi'*Pi*?)")
    more = (symmetric, "tr(?)"), (symmetric, "tr(?*Pi*Pi')"), (symmetric, "tr(Pi*Pi*?)")
    none = p.eq(f"sum[S]({off}'*{off}) = 0", *uses, *more)
    reach = p.definite(f"all S: {off}", p.vanish(p.square(f"all S: {off}"), none))
    p.rewrite(p.eq("all S: Pi*Q*a[S] = Q*a[S]", reach))
    return moment, symmetric


def inner_products(p: Proof, moment: Theorem, symmetric: Theorem, small: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """Inner products of prototypes are those of polar columns and logits, and what the features are off."""
    lambda_h, own = p.given[1], p.given[5]
    other = OFF.replace("[S]", "[T]")
    pair, one, two = (
        "(lambda_H/mu*(h[S]'*h[T]) - t*(a[S]'*Q*a[T]))",
        f"((Q*a[S])'*{other})",
        f"(lambda_H/mu*({LACK}'*h[T]))",
    )
    same = p.eq(f"all S, T: {pair} = {one} + {two}", (own, "t*(a[S]'*?*a[T])"))
    twice = p.le(
        f"all S, T: {pair}^2 <= 2*{one}^2 + 2*{two}^2",
        p.square(f"all S, T: {one} - {two}"),
        using=[(same, f"({pair} + {one} + {two})*?[S, T]")],
    )
    columns = p.le(
        f"all T: sum[S]({one}^2) <= {other}'*{other}",
        p.square(f"all T: {other} - Pi*{other}"),
        using=[(moment, f"{other}'*?*{other}"), (symmetric, f"{other}'*?*Pi*{other}")],
    )
    with p.supposing("0 <= omega2 and (all u: sum[S]((h[S]'*u)^2) <= omega2*(u'*u))") as (at, weak, bound):
        inverse = p.reciprocal(p.says("0 < mu"))
        factor = 4, lambda_h, inverse, inverse, weak
        found = p.le(
            f"{PAIRS} <= 2*{ENERGY} + 4*omega2*lambda_H/mu^2*({ERROR})",
            p.over(p.every(p.over(p.at(twice, "S")), "S")),
            (2, p.over(columns)),
            (2, lambda_h, lambda_h, inverse, inverse, p.over(p.every(p.at(bound, LACK), "S"))),
            *((*factor, one) for one in small),
        )
        return p.implies(at, found)
