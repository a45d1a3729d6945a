"""B1, closed: sign vectors solve the hard-margin problem of binary cross entropy, by weak duality."""

from __future__ import annotations

from proofs.chapters.terminal_phase.hard_margin_chains import by_bias, cost, in_range, off_range
from proofs.claims.binary_cross_entropy import THEIRS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = ["least_nuclear_norm"]

SIGN = "(2*(e[k]'*y[S]) - 1)"
GAIN = f"({SIGN}*(e[k]'*(W2*h2[S] + b2)) - 1)*({SIGN}*(e[k]'*Q*a[S]))"
LACK, SLACK = "(h2[S] - W2'*Q*a[S])", "tr(W2'*(I[K] - Pi)*W2)"
BIASES = ("(all S: a[S] = 2*y[S] - ones) and b = 0 and b2 = 0", "(all S: a[S] = 2*y[S] - 2*f) and b = 2*f - ones")


@closes("B1")
def least_nuclear_norm(p: Proof) -> None:
    """B1: the polar columns are dual to the hard-margin problem."""
    split, root, square, own, pseudo, inverse, commute, other, gram, features, margins = p.given[4:]
    shifted, biasless, aligned = by_bias(p, split, BIASES, "", "2*y[S] - ones", "(2*f - ones)")
    uses = (commute, "?'"), (own, "Root'*?"), (p.symmetric(root), "?*Q"), (other, "?")
    turned = p.eq("Pi' = Pi", *uses)
    left, right = p.eq("Pi*Root = Root", (other, "?*Root"), pseudo), p.eq("Q*Pi = Q", (other, "Q*?"), inverse)
    left2, right2 = p.eq("Root*Pi = Root", (commute, "Root*?"), pseudo), p.eq("Pi*Q = Q", (commute, "?*Q"), inverse)
    p.rewrite(commute, other, left, right, left2, right2, p.eq("Pi*Pi = Pi", (other, "Pi*?"), (left, "?*Q"), other))
    within, projector = in_range(p, square, turned, ""), off_range(p, turned)
    logits = p.eq(
        "all S: W*h[S] + b = 2*y[S] - ones", (features, "W*?[S]"), (gram, "?*Q*a[S]"), within, (shifted, "?[S]")
    )
    value = cost(p, square, own, gram, features)
    identity = p.eq(
        f"{THEIRS} - tr(Root) = sum[S](sum[k]({GAIN})) + 1/2*sum[S]({LACK}'*{LACK}) + 1/2*{SLACK}",
        biasless,
        aligned,
        (square, "tr(Q*?)"),
        (square, "1/2*tr(W2'*Q*?*Q*W2)"),
        (own, "1/2*sum[S](a[S]'*?*W2*W2'*Q*a[S])"),
        (own, "sum[S](a[S]'*?*b2)"),
        (own, "sum[S](a[S]'*?*(2*y[S] - ones))"),
    )
    parts = p.over(p.square(f"all S: {LACK}")), p.square("W2", projector)
    with p.assuming(f"all S, k: 0 <= {SIGN}*(e[k]'*Q*a[S])") as signs:
        gains = p.le(f"all S, k: 0 <= {GAIN}", (margins, signs))
        below = p.le(
            f"tr(Root) <= {THEIRS}",
            p.over(each_set(p, gains)),
            ((1, 2), parts[0]),
            ((1, 2), parts[1]),
            using=[identity],
        )
        weak = p.implies(signs, below)
    p.done(p.join(logits, value, weak, one_solution(p, margins, identity, parts)))


def each_set(p: Proof, gains: Theorem) -> Theorem:
    """What all labels of a set gain is not negative."""
    each = p.over(p.every(p.at(gains, "S", "k"), "k"))
    return p.le(f"all S: 0 <= sum[k]({GAIN})", p.every(each, "S"))


def one_solution(p: Proof, margins: Theorem, identity: Theorem, parts: tuple[Theorem, Theorem]) -> Theorem:
    """Under the strict sign condition nothing gains anything at the least cost: every margin is 1."""
    with p.assuming(f"(all S, k: 0 < {SIGN}*(e[k]'*Q*a[S])) and {THEIRS} = tr(Root)") as tight:
        strict, cost = p.take(tight, 0), p.take(tight, 1)
        gains = p.le(f"all S, k: 0 <= {GAIN}", (margins, strict))
        each = each_set(p, gains)
        none = p.antisymmetry(
            p.le(f"sum[S](sum[k]({GAIN})) <= 0", ((1, 2), parts[0]), ((1, 2), parts[1]), using=[identity, cost]),
            p.le(f"0 <= sum[S](sum[k]({GAIN}))", p.over(each)),
        )
        flat = p.at(p.vanish(each, none), "S")
        flat = p.vanish(p.every(p.at(gains, "S", "k"), "k"), flat)
        p.positive(p.at(strict, "S", "k"))
        one = p.eq(
            "e[k]'*(W2*h2[S] + b2) = e[k]'*(2*y[S] - ones)", (p.at(flat, "k"), f"1/({SIGN}*(e[k]'*Q*a[S]))*{SIGN}*?")
        )
        entries = p.every(p.every(one, "k"), "S")
        same = p.eq("all S: W2*h2[S] + b2 = 2*y[S] - ones", (entries, "sum[k](?[S, k]*e[k])"))
        return p.implies(tight, same)
