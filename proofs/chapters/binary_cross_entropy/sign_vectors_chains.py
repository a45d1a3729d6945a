"""B1, closed: sign vectors solve the hard-margin problem of binary cross entropy, by weak duality.

The nuclear norm of logits is the trace of the root of their second moment; that it is half the least of |W|^2 + sum pi
|h|^2 over what they are products of is shown beside.
"""

from proofs.chapters.terminal_phase.hard_margin_chains import by_bias, cost, in_range, of_root, off_range, one_gram
from proofs.claims.binary_cross_entropy import MOVED, SIGN, THEIRS
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

GAIN = f"({SIGN}*(e[k]'*(z2[S] + b2)) - 1)*({SIGN}*(e[k]'*Q*a[S]))"
APART, REST = "(Q*a[S] - Q2*z2[S])", "(I[K] - Pi)"
BIASES = ("(all S: a[S] = 2*y[S] - ones) and b = 0 and b2 = 0", "(all S: a[S] = 2*y[S] - 2*f) and b = 2*f - ones")
SIGNS = f"all S, k: 0 <= {SIGN}*(e[k]'*Q*a[S])"


@closes("B1")
def least_nuclear_norm(p: Proof) -> None:
    """B1: the polar columns are dual to the hard-margin problem."""
    own, features, gram = (p.says(text) for text in ("Q' = Q", "all S: h[S] = W'*Q*a[S]", "W*W' = Root"))
    square, margins = p.says("Root*Root = sum[S](a[S]*a[S]')"), p.says(f"all S, k: 1 <= {SIGN}*(e[k]'*(z2[S] + b2))")
    shifted, biasless, aligned = by_bias(p, p.given[5], BIASES, "", "2*y[S] - ones", "(2*f - ones)")
    turned, turned2 = range_rules(p), range_rules(p, "2")
    within, projector = in_range(p, square, turned, ""), off_range(p, turned)
    own_logits = p.eq("all S: W*h[S] = a[S]", (features, "W*?[S]"), (gram, "?*Q*a[S]"), within)
    logits = p.eq("all S: W*h[S] + b = 2*y[S] - ones", own_logits, (shifted, "?[S]"))
    value = cost(p, square, own, gram, features)
    norms = nuclear_norm(p, turned2)
    identity, parts = gap(p, biasless, aligned, turned, turned2)
    with p.assuming(SIGNS) as signs:
        gains = p.le(f"all S, k: 0 <= {GAIN}", (margins, signs))
        below = p.le("tr(Root) <= tr(Root2)", p.over(each_set(p, gains)), *parts, using=[identity])
        weak = p.implies(signs, below)
    only = one_solution(p, margins, identity, parts)
    same = one_gram(p, square, own, (projector, turned), ("", ""))
    p.done(p.join(logits, value, *norms, weak, only, same, necessary(p, own_logits, shifted)))


def range_rules(p: Proof, suffix: str = "") -> Theorem:
    """From now on words of the root, its pseudo-inverse and the projector are shortened; the projector is symmetric."""

    def eq(text: str, *using: tuple[Theorem, str] | Theorem) -> Theorem:
        uses = ((u[0], of_root(u[1], suffix)) if isinstance(u, tuple) else u for u in using)
        return p.eq(of_root(text, suffix), *uses)

    texts = ("psd Root", "Q' = Q", "Root*Q*Root = Root", "Q*Root*Q = Q", "Q*Root = Pi", "Root*Q = Pi")
    root, own, pseudo, inverse, commute, other = (p.says(of_root(text, suffix)) for text in texts)
    turned = eq("Pi' = Pi", (commute, "?'"), (own, "Root'*?"), (p.symmetric(root), "?*Q"), (other, "?"))
    left, right = eq("Pi*Root = Root", (other, "?*Root"), pseudo), eq("Q*Pi = Q", (other, "Q*?"), inverse)
    left2, right2 = eq("Root*Pi = Root", (commute, "Root*?"), pseudo), eq("Pi*Q = Q", (commute, "?*Q"), inverse)
    p.rewrite(commute, other, left, right, left2, right2, eq("Pi*Pi = Pi", (other, "Pi*?"), (left, "?*Q"), other))
    return turned


def nuclear_norm(p: Proof, turned: Theorem) -> tuple[Theorem, Theorem]:
    """No factors cost less than the trace of the root, and those of a root of it cost as much."""
    square, own = p.says("Root2*Root2 = sum[S](z2[S]*z2[S]')"), p.says("Q2' = Q2")
    lack, rest = "(h2[S] - W2'*Q2*z2[S])", "(I[K] - Pi2)"
    psd = p.semidefinite(rest, p.square(f"{rest}*x"), using=[(turned, "x'*?*Pi2*x")], turned=[turned])
    with p.assuming("all S: W2*h2[S] = z2[S]") as product:
        least = p.le(
            f"tr(Root2) <= {THEIRS}",
            ((1, 2), p.over(p.square(f"all S: {lack}"))),
            ((1, 2), p.square("W2", psd)),
            using=[
                (own, "sum[S](z2[S]'*?*W2*h2[S])"),
                (product, "sum[S](z2[S]'*Q2*?[S])"),
                (square, "tr(Q2*?)"),
                (own, "1/2*sum[S](z2[S]'*?*W2*W2'*Q2*z2[S])"),
                (square, "1/2*tr(W2'*Q2*?*Q2*W2)"),
            ],
        )
        least = p.implies(product, least)
    within = in_range(p, square, turned, "", "z2[S]", "2")
    with p.supposing("W2*W2' = Root2 and (all S: h2[S] = W2'*Q2*z2[S])") as (factors, gram, features):
        logits = p.eq("all S: W2*h2[S] = z2[S]", (features, "W2*?[S]"), (gram, "?*Q2*z2[S]"), within)
        spent = p.eq(
            f"{THEIRS} = tr(Root2)",
            (features, "1/2*sum[S](?[S]'*h2[S])", "1/2*sum[S]((W2'*Q2*z2[S])'*?[S])"),
            (gram, "1/2*tr(?)", "1/2*sum[S](z2[S]'*Q2'*?*Q2*z2[S])"),
            (own, "1/2*sum[S](z2[S]'*?*Root2*Q2*z2[S])"),
            (square, "1/2*tr(Q2*?)"),
        )
        return least, p.implies(factors, p.join(logits, spent))


def gap(
    p: Proof, biasless: Theorem, aligned: Theorem, turned: Theorem, turned2: Theorem
) -> tuple[Theorem, tuple[tuple[tuple[int, int], Theorem], ...]]:
    """What the nuclear norm of other logits exceeds ours by, in three terms; the last two are not negative."""
    own, own2, root = p.says("Q' = Q"), p.says("Q2' = Q2"), p.says("psd Root2")
    square, square2 = p.says("Root*Root = sum[S](a[S]*a[S]')"), p.says("Root2*Root2 = sum[S](z2[S]*z2[S]')")
    within = in_range(p, square2, turned2, "", "z2[S]", "2")
    half = p.le(
        "0 <= tr(Root2) - tr(Root2*Pi)", p.square(REST, root), using=[(turned, "tr(?*Root2)", "tr(?*Root2*Pi)")]
    )
    flipped = p.eq("all S: z2[S]'*Q2*Root2 = z2[S]'", (within, "?[S]'"), (turned2, "z2[S]'*?"))
    gains = p.eq(
        f"sum[S](sum[k]({GAIN})) = sum[S](z2[S]'*Q*a[S]) - tr(Root)",
        *((own, f"sum[S](a[S]'*?*{x})") for x in ("b2", "(2*y[S] - ones)")),
        *(biasless, aligned, (square, "tr(Q*?)")),
    )
    apart = p.eq(
        f"sum[S]({APART}'*Root2*{APART}) = tr(Root2*Pi) + tr(Root2) - 2*sum[S](z2[S]'*Q*a[S])",
        (own, "sum[S](a[S]'*?*Root2*(Q*a[S] - Q2*z2[S]))"),
        (own2, "sum[S](z2[S]'*?*Root2*(Q*a[S] - Q2*z2[S]))"),
        (within, "sum[S](a[S]'*Q*?[S])"),
        (own, "sum[S](a[S]'*?*z2[S])"),
        (flipped, "sum[S](?[S]*(Q*a[S] - Q2*z2[S]))"),
        (square, "tr(Root2*Q*?*Q)"),
        (square2, "tr(Q2*?)"),
    )
    identity = p.eq(
        f"""tr(Root2) - tr(Root) = sum[S](sum[k]({GAIN})) + 1/2*sum[S]({APART}'*Root2*{APART})
        + 1/2*(tr(Root2) - tr(Root2*Pi))""",
        gains,
        (apart, "1/2*?"),
    )
    return identity, (((1, 2), p.over(p.square(f"all S: {APART}", root))), ((1, 2), half))


def each_set(p: Proof, gains: Theorem) -> Theorem:
    """What all labels of a set gain is not negative."""
    each = p.over(p.every(p.at(gains, "S", "k"), "k"))
    return p.le(f"all S: 0 <= sum[k]({GAIN})", p.every(each, "S"))


def one_solution(
    p: Proof, margins: Theorem, identity: Theorem, parts: tuple[tuple[tuple[int, int], Theorem], ...]
) -> Theorem:
    """Under the strict sign condition nothing gains anything at the least norm: every margin is 1."""
    with p.supposing(f"({SIGNS.replace('<=', '<')}) and tr(Root2) = tr(Root)") as (tight, strict, cost):
        gains = p.le(f"all S, k: 0 <= {GAIN}", (margins, strict))
        each = each_set(p, gains)
        none = p.antisymmetry(
            p.le(f"sum[S](sum[k]({GAIN})) <= 0", *parts, using=[identity, cost]),
            p.le(f"0 <= sum[S](sum[k]({GAIN}))", p.over(each)),
        )
        flat = p.at(p.vanish(each, none), "S")
        flat = p.vanish(p.every(p.at(gains, "S", "k"), "k"), flat)
        p.positive(p.at(strict, "S", "k"))
        one = p.eq(
            "e[k]'*(z2[S] + b2) = e[k]'*(2*y[S] - ones)", (p.at(flat, "k"), f"1/({SIGN}*(e[k]'*Q*a[S]))*{SIGN}*?")
        )
        entries = p.every(p.every(one, "k"), "S")
        same = p.eq("all S: z2[S] + b2 = 2*y[S] - ones", (entries, "sum[k](?[S, k]*e[k])"))
        return p.implies(tight, same)


def necessary(p: Proof, own_logits: Theorem, shifted: Theorem) -> Theorem:
    """Where a sign is wrong, the logit there is raised, and the features of that set get shorter."""
    own, gram, features = (p.says(text) for text in ("Q' = Q", "W*W' = Root", "all S: h[S] = W'*Q*a[S]"))
    apart, alike, sign = p.says(LABELS_APART[0]), p.given[-1], SIGN.replace("S", "T")
    entry, whole = f"({SIGN}*(e[k]'*Q*a[S]))", "(1 + e[k]'*Q*e[k])"
    form = p.le("0 <= e[k]'*Q*e[k]", p.square("Q*e[k]", p.says("psd Root")), using=[(own, "e[k]'*?*Root*Q*e[k]")])
    share = p.reciprocal(p.le(f"0 < {whole}", 1, form))
    move = f"(step*{SIGN}*(W'*Q*e[k]))"
    with p.supposing(p.goal[-1][1]) as (least, full, minimal):
        with p.assuming("0 < step") as positive:
            z = MOVED.replace("u", move) + " + b"
            at = p.eq(
                f"all T: {z} = 2*y[T] - ones + step*same[S, T]*{SIGN}*e[k]",
                (own_logits, "?[T]"),
                (shifted, "?[T]"),
                (gram, f"step*same[S, T]*{SIGN}*(?*Q*e[k])"),
                (full, f"step*same[S, T]*{SIGN}*(?*e[k])"),
            )
            one = p.eq("all j, k: (e[k]'*e[j])^2 = e[k]'*e[j]", (apart, "e[k]'*?[k, j]"))
            kept = p.le(
                f"all T, j: 1 <= {sign.replace('[k]', '[j]')}*(e[j]'*({z}))",
                (positive, p.square(f"all T, j: same[S, T]*(e[k]'*e[j])*{SIGN}")),
                using=[
                    (at, f"{sign.replace('[k]', '[j]')}*(e[j]'*?[T])"),
                    (one, f"step*same[S, T]*{SIGN}^2*?[j, k]"),
                    (alike, f"2*step*(e[k]'*e[j])*{SIGN}*(e[j]'*?[S, T])"),
                    (apart, f"2*step*same[S, T]*{SIGN}*(?[k, j]'*y[S])"),
                ],
            )
            cost = p.apply(p.at(minimal, "S", move), kept)
            bound = shorter(p, cost, positive, (own, gram, features), alike)
            steps = p.every(p.implies(positive, bound), "step")

        def wrong(low: Theorem) -> Theorem:
            size = f"-{entry}*(1/{whole})"
            found = p.apply(p.at(steps, size), p.le(f"0 < {size}", (low, share)))
            return p.absurd(f"0 <= {entry}", p.le("0 < 0", found, low, (share, low)))

        made = p.by_cases(p.order_cases("0", entry), lambda right: right, wrong)
        return p.implies(least, p.every(made, "S", "k"))


def shorter(
    p: Proof, cost: Theorem, positive: Theorem, known: tuple[Theorem, Theorem, Theorem], alike: Theorem
) -> Theorem:
    """For every step: -2 s q <= step e' Q e, from the first and second order of what the features cost."""
    own, gram, features = known
    found = []
    for text in BIASES:
        with p.supposing(text) as (case, columns, *_):
            uses = ((columns, "same[S, T]*?[T]"), (columns, "same[S, T]*?[S]"), (alike, "2*?[S, T]"))
            found.append(p.implies(case, p.eq("all S, T: same[S, T]*a[T] = same[S, T]*a[S]", *uses)))
    moved = p.cases(p.given[5], *found)
    part = p.formula("all T: w[T]*(same[S, T]*same[S, T]) <= sum[T](same[S, T]*same[S, T])")
    square = p.le("all T: 0 <= same[S, T]*same[S, T]", p.square("all T: same[S, T]"))
    weight = p.at(p.ledger.weight("sets"), "S")
    count = p.le("0 < sum[T](same[S, T])", p.at(p.ledger.fact("part", part, square), "S"), weight)
    inverse, share = p.reciprocal(count), "1/sum[T](same[S, T])"
    turn = f"2*{share}*{SIGN}"
    return p.le(
        f"0 <= 2*({SIGN}*(e[k]'*Q*a[S])) + step*(e[k]'*Q*e[k])",
        (inverse, p.reciprocal(positive), cost),
        using=[
            (features, f"{turn}*sum[T](same[S, T]*(?[T]'*W'*Q*e[k]))"),
            (own, f"{turn}*sum[T](same[S, T]*(a[T]'*?*W*W'*Q*e[k]))"),
            (gram, f"{turn}*sum[T](same[S, T]*(a[T]'*Q*?*Q*e[k]))"),
            (moved, f"{turn}*sum[T](?[S, T]'*Q*e[k])"),
            (own, f"2*{SIGN}*(a[S]'*?*e[k])", f"step*{SIGN}^2*(e[k]'*?*W*W'*Q*e[k])"),
            (gram, f"step*{SIGN}^2*(e[k]'*Q*?*Q*e[k])"),
        ],
    )
