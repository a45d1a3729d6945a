"""B1, closed: sign vectors solve the hard-margin problem of binary cross entropy, by weak duality."""

from __future__ import annotations

from proofs.claims.binary_cross_entropy import THEIRS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = ["least_nuclear_norm"]

SIGN = "(2*(e[k]'*y[S]) - 1)"
GAIN = f"({SIGN}*(e[k]'*(W2*h2[S] + b2)) - 1)*({SIGN}*(e[k]'*Q*a[S]))"
LACK, SLACK = "(h2[S] - W2'*Q*a[S])", "tr(W2'*(I[K] - Q*Root)*W2)"
REST = "(a[S] - Root*Q*a[S])"


@closes("B1")
def least_nuclear_norm(p: Proof) -> None:
    """B1: the polar columns are dual to the hard-margin problem."""
    split, root, square, own, pseudo, inverse, commute, other, gram, features, margins = p.given[4:]
    shifted, biasless, aligned = by_bias(p, split)
    uses = (commute, "?'"), (own, "Root'*?"), (p.symmetric(root), "?*Q"), (other, "?")
    turned = p.eq("Pi' = Pi", *uses)
    left, right = p.eq("Pi*Root = Root", (other, "?*Root"), pseudo), p.eq("Q*Pi = Q", (other, "Q*?"), inverse)
    left2, right2 = p.eq("Root*Pi = Root", (commute, "Root*?"), pseudo), p.eq("Pi*Q = Q", (commute, "?*Q"), inverse)
    p.rewrite(commute, other, left, right, left2, right2, p.eq("Pi*Pi = Pi", (other, "Pi*?"), (left, "?*Q"), other))
    total = p.eq(
        f"sum[S]({REST}'*{REST}) = 0",
        (square, "tr(?)"),
        (square, "tr(Root*Q*?)"),
        (turned, "sum[S](a[S]'*?*a[S])"),
        (turned, "sum[S](a[S]'*?*Pi*a[S])"),
    )
    within = p.eq(
        "all S: Root*Q*a[S] = a[S]", p.definite(f"all S: {REST}", p.vanish(p.square(f"all S: {REST}"), total))
    )
    logits = p.eq(
        "all S: W*h[S] + b = 2*y[S] - ones", (features, "W*?[S]"), (gram, "?*Q*a[S]"), within, (shifted, "?[S]")
    )
    value = p.eq(
        "1/2*tr(W'*W) + 1/2*sum[S](h[S]'*h[S]) = tr(Root)",
        (features, "1/2*sum[S](?[S]'*h[S])"),
        (features, "1/2*sum[S]((W'*Q*a[S])'*?[S])"),
        (gram, "1/2*tr(?)"),
        (gram, "1/2*sum[S](a[S]'*Q'*?*Q*a[S])"),
        (own, "1/2*sum[S](a[S]'*?*Root*Q*a[S])"),
        (square, "1/2*tr(Q*?)"),
    )
    rest = "(I[K] - Q*Root)"
    form = p.le(f"0 <= x'*{rest}*x", p.square(f"{rest}*x"), using=[(turned, "x'*?*x"), (turned, "x'*?*Q*Root*x")])
    projector = p.psd(p.eq(f"{rest}' = {rest}", turned), p.every(form, "x"))
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


def by_bias(p: Proof, split: Theorem) -> tuple[Theorem, Theorem, Theorem]:
    """What is the same with a free bias and without: a + b = s, the bias costs nothing, and q's adds up to q'a."""
    texts = ("(all S: a[S] = 2*y[S] - ones) and b = 0 and b2 = 0", "(all S: a[S] = 2*y[S] - 2*f) and b = 2*f - ones")
    found = []
    for part, text in enumerate(texts):
        with p.assuming(text) as case:
            columns, bias = p.take(case, 0), p.take(case, 1)
            none = (p.take(case, 2), "sum[S](a[S]'*Q*?)") if part == 0 else (columns, "sum[S](?[S]'*Q*b2)")
            shifted = p.eq("all S: a[S] + b = 2*y[S] - ones", columns, bias)
            biasless = p.eq("sum[S](a[S]'*Q*b2) = 0", none)
            mean = [(columns, "sum[S](?[S]'*Q*(2*f - ones))")] * part
            aligned = p.eq(
                "sum[S](a[S]'*Q*(2*y[S] - ones)) = sum[S](a[S]'*Q*a[S])", (columns, "sum[S](a[S]'*Q*?[S])"), *mean
            )
            found.append(p.implies(case, p.join(shifted, biasless, aligned)))
    both = p.cases(split, *found)
    return p.take(both, 0), p.take(both, 1), p.take(both, 2)


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
