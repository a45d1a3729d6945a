"""U5, closed: the nuclear norm by two squares, and the program in the Gram matrix by conjugates."""

from proofs.chapters.binary_cross_entropy.sign_vectors_chains import range_rules
from proofs.chapters.terminal_phase.hard_margin_chains import in_range, off_range
from proofs.claims.duality import (
    CHANGE,
    CONJUGATE,
    LEAST_FEATURES,
    LEAST_FEATURES_2,
    LOSS,
    NUCLEAR,
    SLOPE,
    VALUE,
    VALUE_2,
)
from proofs.claims.hypotheses import CURVED, OBJECTIVE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

OWN = OBJECTIVE.format("W", "h[S]", "b")


@closes("U5")
def convex_forms(p: Proof) -> None:
    """U5: no point costs less than its logits do in the nuclear form, one costs as much; and phi_S with its slope."""
    same = range_rules(p)
    p.done(p.join(above(p, same), attained(p, same), gram_program(p)))


def above(p: Proof, same: Theorem) -> Theorem:
    """A point costs two squares more than the nuclear form at its logits."""
    own, square, root = p.says("Q' = Q"), p.says("Root*Root = sum[S](z[S]*z[S]')"), p.says("mu^2 = lambda")
    with p.assuming("all S: W*h[S] = z[S]") as logits:
        found = p.le(
            f"{NUCLEAR} <= {OWN}",
            ((1, 2), p.given[1], p.over(p.square("all S: h[S] - mu/lambda_H*(W'*Q*z[S])"))),
            ((1, 2), p.given[0], p.square("W", off_range(p, same))),
            using=[
                (logits, "sum[S](L[S](?[S] + b))"),
                *((own, "mu*sum[S](z[S]'*?*W*h[S])"), (logits, "mu*sum[S](z[S]'*Q*?[S])"), (square, "mu*tr(Q*?)")),
                (own, "mu^2/(2*lambda_H)*sum[S](z[S]'*?*W*W'*Q*z[S])"),
                *((square, "mu^2/(2*lambda_H)*tr(W'*Q*?*Q*W)"), (root, "1/(2*lambda_H)*tr(W'*Pi*W)*?")),
            ],
        )
        return p.implies(logits, found)


def attained(p: Proof, same: Theorem) -> Theorem:
    """A classifier whose Gram matrix is a multiple of the root, with the least features, costs the nuclear form."""
    square, own = p.says("Root*Root = sum[S](z[S]*z[S]')"), p.says("Q' = Q")
    within = in_range(p, square, same, "", "z[S]")
    w, v = "(t*X)", "(lambda_W/mu*t*X'*Q)"
    some = p.goal[2][2]
    with p.assuming("X*X' = Root") as wide, p.supposing("0 <= t and t^2 = mu/lambda_W") as (at, _, scale, *_):
        logits = p.eq(
            f"all S: {w}*({v}*z[S]) = z[S]",
            (wide, "lambda_W/mu*t^2*?*Q*z[S]"),
            *((scale, "lambda_W/mu*?*Root*Q*z[S]"), within),
        )
        classifier = p.eq(f"tr({w}'*{w}) = mu/lambda_W*tr(Root)", (wide, "t^2*tr(?)"), (scale, "?*tr(Root)"))
        features = p.eq(
            f"sum[S](({v}*z[S])'*({v}*z[S])) = lambda_W/mu*tr(Root)",
            (own, "(lambda_W/mu*t)^2*sum[S](z[S]'*?*X*X'*Q*z[S])"),
            *((wide, "(lambda_W/mu*t)^2*sum[S](z[S]'*Q*?*Q*z[S])"), (square, "(lambda_W/mu*t)^2*tr(Q*?)")),
            (scale, "(lambda_W/mu)^2*?*tr(Root)"),
        )
        cost = p.eq(
            f"{OBJECTIVE.format(w, f'({v}*z[S])', 'b')} = {NUCLEAR}",
            *((logits, "sum[S](L[S](?[S] + b))"), (classifier, "lambda_W/2*?"), (features, "lambda_H/2*?")),
            (p.says("mu^2 = lambda"), "1/(2*mu)*?*tr(Root)"),
        )
        found = p.join(logits, cost)
        found = p.witness(p.witness(found, instantiate(some[2], p.term(w)), v), some, w)
        found = p.implies(at, found)
        under = p.le("0 <= mu/lambda_W", (p.says("0 < mu"), p.reciprocal(p.given[0])))
        found = p.unpack(p.apply(p.axiom("square root", {}, t="mu/lambda_W"), under), found, "t")
        return p.some("some X: X*X' = Root", p.implies(wide, found), "X")


def gram_program(p: Proof) -> Theorem:
    """phi_S is the least over features and the greatest over residuals; how it changes with the Gram matrix."""
    p.reciprocal(p.given[1])
    with p.supposing(LEAST_FEATURES) as (at, features, tangent):
        least = least_features(p, features, tangent, "W", "h")
        uses = (features, "1/2*?[S]'*h[S]"), (features, "1/(2*lambda_H)*r[S]'*W*?[S]")
        conjugate = p.eq(f"all S: {VALUE} = {CONJUGATE}", *uses)
        with p.assuming("all v: t - x'*v <= L[S](v)") as below:
            lack = p.square("h[S] - 1/lambda_H*(W'*x)")
            text, pieces = f"t - x'*b - 1/(2*lambda_H)*(x'*W*W'*x) <= {VALUE}", ((1, 2), p.given[1], lack)
            weak = p.le(text, p.at(below, "W*h[S] + b"), pieces)
            weak = p.every(p.implies(below, weak), "S", "x", "t")
        lack = p.square("all S: h2[S] - 1/lambda_H*(W2'*r[S])")
        slope = p.le(
            f"all S: {VALUE} - {SLOPE} <= {VALUE_2}",
            ((tangent, ("S", "W2*h2[S] + b")),),
            ((1, 2), p.given[1], lack),
            using=[(conjugate, "?[S]")],
        )
        with p.assuming(f"{LEAST_FEATURES_2} and 0 < c and ({CURVED})") as other:
            second = least_features(p, p.take(other, 0), p.take(other, 1), "W2", "h2")
            u = "(1/lambda_H*(W2'*r[S]))"
            curved = p.at(p.take(other, 3), "S", f"W2*{u} + b")
            moved = p.eq(f"W2*{u} + b - (W*h[S] + b) = 1/lambda_H*{CHANGE}", (features, "1/lambda_H*W*?[S]"))
            z = f"(W2*{u} + b - (W*h[S] + b))"
            most = p.le(
                f"{VALUE_2} <= {VALUE} - {SLOPE} + c/(2*lambda_H^2)*({CHANGE}'*{CHANGE})",
                p.at(second, "S", u),
                curved,
                using=[
                    (moved, f"c/2*?'*{z}", f"c/(2*lambda_H)*{CHANGE}'*?"),
                    (features, "1/2*?[S]'*h[S]", "1/(2*lambda_H)*r[S]'*W*?[S]"),
                ],
            )
            most = p.implies(other, p.every(most, "S"))
        return p.implies(at, p.join(least, conjugate, weak, slope, most))


def least_features(p: Proof, features: Theorem, tangent: Theorem, w: str, h: str) -> Theorem:
    """Features that are stationary are the best ones, as the loss is above its tangent."""
    square = p.square(f"u - {h}[S]")
    found = p.le(
        f"{LOSS.format(w, f'{h}[S]')} <= {LOSS.format(w, 'u')}",
        *((p.at(tangent, "S", f"{w}*u + b"),), ((1, 2), p.given[1], square)),
        using=[(features, f"?[S]'*(u - {h}[S])")],
    )
    return p.every(found, "S", "u")
