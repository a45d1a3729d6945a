"""T1, closed: the hard-margin problem by weak duality, its one solution, and a descent where the sign condition fails.

The nuclear norm of logits is half the least |W|^2 + sum pi_S |h_S|^2 over what they are products of, and K features are
enough for that.
"""

import re

from proofs.claims.hypotheses import LABEL_SETS, POLAR
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import FALSE, ZERO
from proofs.kernel.theorems import Theorem

OURS, THEIRS = ("1/2*tr({0}'*{0}) + 1/2*sum[S]({1}[S]'*{1}[S])".format(*at) for at in (("W", "h"), ("W2", "h2")))
BIASES = "(all S: a[S] = y[S]) and b = 0 and b2 = 0", "(all S: a[S] = y[S] - f) and b = P*f"
ENTRY, LOGIT = "(e[k]'*Q*a[S])", "(e[k]'*(W2*h2[S] + b2) - level[S] + 1)"


@closes("T1")
def least_nuclear_norm(p: Proof) -> None:
    """T1: the polar columns are dual to the hard-margin problem."""
    split, same = p.given[6], root_rules(p)
    shifted, biasless, aligned = by_bias(p, split, BIASES, "P*", "y[S]", "f")
    within, projector = in_range(p, p.given[9], same, "P*"), off_range(p, same)
    logits, value = point(p, shifted, within)
    some = binary(p)
    weak = below_all(p, some, biasless, aligned, projector)
    gram = one_gram(p, p.given[9], p.given[10], (projector, same), ("P*", "*P"))
    only = one_solution(p, some, split, biasless, aligned, projector)
    p.done(
        p.join(
            logits,
            value,
            weak,
            gram,
            only,
            necessary(
                p,
                split,
                shifted,
                p.eq("all S: W*h[S] = P*a[S]", (p.given[15], "W*?[S]"), (p.given[14], "?*Q*a[S]"), within),
            ),
        )
    )


def root_rules(p: Proof, suffix: str = "") -> Theorem:
    """From now on words of the root, its pseudo-inverse, the projector on the range and the ones are shortened.

    Returns that the projector is symmetric. The suffix is that of the names of another root.
    """
    root, flat, own, pseudo, inverse, commute, other = (p.says(of_root(text, suffix)) for text in POLAR)

    def eq(text: str, *using: tuple[Theorem, str] | Theorem) -> Theorem:
        return p.eq(
            of_root(text, suffix), *((u[0], of_root(u[1], suffix)) if isinstance(u, tuple) else u for u in using)
        )

    symmetric = p.symmetric(root)
    same = eq("Pi' = Pi", (commute, "?'"), (own, "Root'*?"), (symmetric, "?*Q"), other)
    p.rewrite(flat, eq("Root*ones = 0", (flat, "?'"), (symmetric, "?*ones")))
    left = eq("Root*Pi = Root", (commute, "Root*?"), (other, "?*Root"), pseudo)
    right = eq("Q*Pi = Q", (other, "Q*?"), (commute, "?*Q"), inverse)
    twice = eq("Pi*Pi = Pi", (other, "Pi*?"), (pseudo, "?*Q"), other)
    kernel = eq("Q*ones = 0", (right, "?*ones"), (commute, "Q*?*ones"))
    p.rewrite(kernel, eq("ones'*Q = 0", (kernel, "?'"), (own, "ones'*?")))
    flat_pi = eq("Pi*ones = 0", (commute, "?*ones"))
    across = eq("ones'*Pi = 0", (same, "ones'*?"), (flat_pi, "?'"))
    p.rewrite(commute, other, pseudo, inverse, left, right, twice, flat_pi, across)
    return same


def inverse_psd(p: Proof) -> Theorem:
    """The pseudo-inverse of a root is positive semidefinite."""
    own = p.says("Q' = Q")
    form = p.le("0 <= x'*Q*x", p.square("Q*x", p.says("psd Root")), using=[(own, "x'*?*Root*Q*x")])
    return p.psd(own, p.every(form, "x"))


def of_root(text: str, suffix: str) -> str:
    """The same of another root, its inverse and its projector."""
    return re.sub(r"\b(Root|Q|Pi)\b", rf"\g<1>{suffix}", text)


def by_bias(
    p: Proof, split: Theorem, texts: tuple[str, str], image: str, target: str, mean: str
) -> tuple[Theorem, Theorem, Theorem]:
    """What is the same with a free bias and without: a + b is the target, under the image, the bias costs nothing, and
    products of q with the target add up to those with a. ``texts`` are the two cases."""
    found = []
    for part, text in enumerate(texts):
        with p.supposing(text) as (case, columns, bias, *_):
            none = (p.take(case, 2), "sum[S](a[S]'*Q*?)") if part == 0 else (columns, "sum[S](?[S]'*Q*b2)")
            shifted = p.eq(f"all S: {image}a[S] + b = {image}({target})", (columns, f"{image}?[S]"), bias)
            biasless = p.eq("sum[S](a[S]'*Q*b2) = 0", none)
            uses = [(columns, "sum[S](a[S]'*Q*?[S])"), *[(columns, f"sum[S](?[S]'*Q*{mean})")] * part]
            aligned = p.eq(f"sum[S](a[S]'*Q*({target})) = sum[S](a[S]'*Q*a[S])", *uses)
            found.append(p.implies(case, p.join(shifted, biasless, aligned)))
    both = p.cases(split, *found)
    return p.take(both, 0), p.take(both, 1), p.take(both, 2)


def in_range(p: Proof, square: Theorem, same: Theorem, image: str, a: str = "a[S]", suffix: str = "") -> Theorem:
    """Root Q a is a, or its image: what is not in the range of the second moment does not occur."""
    rest = of_root(f"({image}{a} - Root*Q*{a})", suffix)
    total = p.eq(
        f"sum[S]({rest}'*{rest}) = 0",
        (square, "tr(?)"),
        (square, of_root("tr(Pi*?)", suffix)),
        (same, of_root(f"sum[S]({a}'*?*Pi*{a})", suffix)),
    )
    none = p.definite(f"all S: {rest}", p.vanish(p.square(f"all S: {rest}"), total))
    return p.eq(of_root(f"all S: Root*Q*{a} = {image}{a}", suffix), none)


def off_range(p: Proof, same: Theorem) -> Theorem:
    """I - Pi is positive semidefinite: it is symmetric and its own square."""
    rest = "(I[K] - Pi)"
    return p.semidefinite(rest, p.square(f"{rest}*x"), using=[(same, "x'*?*Pi*x")], turned=[same])


def cost(p: Proof, square: Theorem, own: Theorem, gram: Theorem, features: Theorem) -> Theorem:
    """What W and h = W' Q a cost."""
    return p.eq(
        f"{OURS} = tr(Root)",
        (features, "1/2*sum[S](?[S]'*h[S])", "1/2*sum[S]((W'*Q*a[S])'*?[S])"),
        (gram, "1/2*tr(?)", "1/2*sum[S](a[S]'*Q'*?*Q*a[S])"),
        (own, "1/2*sum[S](a[S]'*?*Root*Q*a[S])"),
        (square, "1/2*tr(Q*?)"),
    )


def point(p: Proof, shifted: Theorem, within: Theorem) -> tuple[Theorem, Theorem]:
    """The logits P a from W and h, and what they cost."""
    square, own, gram, features = p.given[9], p.given[10], *p.given[14:16]
    logits = p.eq("all S: W*h[S] = P*a[S]", (features, "W*?[S]"), (gram, "?*Q*a[S]"), within)
    biased = p.eq("all S: W*h[S] + b = P*y[S]", logits, shifted)
    additive = p.eq("all S: h[S] = sum[k]((e[k]'*a[S])*(W'*Q*e[k]))", features)
    each = p.join(*(p.at(one, "S") for one in (logits, biased, additive)))
    value = cost(p, square, own, gram, features)
    return p.every(each, "S"), value


def binary(p: Proof) -> Theorem:
    """A label is outside a set or in it."""
    outside, either = "e[k]'*y[S] = 0", p.formula("e[k]'*y[S] = 0 or 1 - e[k]'*y[S] = 0")
    with p.assuming(outside) as no:
        first = p.implies(no, p.ledger.choose(no, either))
    idempotent = p.given[p.hypotheses.index(p.formula(LABEL_SETS[2]))]
    rules, p.rules = p.rules, []
    with p.assuming(f"({outside}) => false") as yes:
        p.nonzeros.append(p.ledger.nonzero(yes))
        one = p.eq("1 - e[k]'*y[S] = 0", (idempotent, "1/(e[k]'*y[S])*?[S, k]"))
        second = p.implies(yes, p.ledger.choose(one, either))
    p.rules = rules
    return p.every(p.cases(p.ledger.middle(p.formula(outside)), first, second), "S", "k")


def off_the_set(p: Proof, some: Theorem, signs: Theorem) -> Theorem:
    """The sign condition for all labels at once: (1 - y_k) q_k <= 0."""
    text = "(1 - e[k]'*y[S])*(a[S]'*Q*e[k]) <= 0"
    with p.assuming("e[k]'*y[S] = 0") as outside:
        at = p.apply(p.at(signs, "S", "k"), outside)
        first = p.implies(outside, p.le(text, at, using=[(outside, "?*(a[S]'*Q*e[k])"), (p.given[10], "a[S]'*?*e[k]")]))
    with p.assuming("1 - e[k]'*y[S] = 0") as inside:
        second = p.implies(inside, p.le(text, using=[(inside, "?*(a[S]'*Q*e[k])")]))
    return p.every(p.cases(p.at(some, "S", "k"), first, second), "S", "k")


GAIN = "(1 - e[k]'*y[S])*(a[S]'*Q*e[k])*(e[k]'*(W2*h2[S] + b2) - level[S] + 1)"
LACK = "(h2[S] - W2'*Q*a[S])"
SLACK = "tr(W2'*(I[K] - Pi)*W2)"


def below_all(p: Proof, some: Theorem, biasless: Theorem, aligned: Theorem, projector: Theorem) -> Theorem:
    """Weak duality."""
    with p.assuming("all S, j: e[j]'*y[S] = 0 => e[j]'*Q*a[S] <= 0") as signs:
        gains, identity = gap(p, off_the_set(p, some, signs), biasless, aligned)
        gains = p.over(sets(p, gains))
        return p.implies(
            signs,
            p.le(
                f"tr(Root) <= {THEIRS}",
                gains,
                ((1, 2), p.over(p.square(f"all S: {LACK}"))),
                ((1, 2), p.square("W2", projector)),
                using=[identity],
            ),
        )


def sets(p: Proof, gains: Theorem) -> Theorem:
    """What each set gains is not negative."""
    each = p.over(p.every(p.at(gains, "S", "k"), "k"))
    return p.le(f"all S: 0 <= sum[k]({GAIN})", p.every(each, "S"))


def gap(p: Proof, signs: Theorem, biasless: Theorem, aligned: Theorem) -> tuple[Theorem, Theorem]:
    """Primal less dual value, in three terms; the first of them, label by label."""
    square, own = p.given[9:11]
    inside, outside = p.given[16:18]
    gains = p.le(f"all S, k: 0 <= {GAIN}", (signs, outside))
    identity = p.eq(
        f"{THEIRS} - tr(Root) = sum[S](sum[k]({GAIN})) + 1/2*sum[S]({LACK}'*{LACK}) + 1/2*{SLACK}",
        (inside, "sum[S](sum[k]((a[S]'*Q*e[k])*?[S, k]))"),
        biasless,
        aligned,
        (square, "tr(Q*?)", "1/2*tr(W2'*Q*?*Q*W2)"),
        (own, "1/2*sum[S](a[S]'*?*W2*W2'*Q*a[S])", "sum[S](a[S]'*?*W2*h2[S])"),
    )
    return gains, identity


def no_slack(p: Proof, total: Theorem, projector: Theorem) -> tuple[Theorem, Theorem]:
    """Two terms that are not negative and add up to nothing: h = W' Q a, and W is in the range."""
    squares, form = p.square(f"all S: {LACK}"), p.square("W2", projector)
    none = p.antisymmetry(
        p.le(f"sum[S]({LACK}'*{LACK}) <= 0", form, using=[total]), p.le(f"0 <= sum[S]({LACK}'*{LACK})", p.over(squares))
    )
    flat = p.antisymmetry(p.le(f"{SLACK} <= 0", p.over(squares), using=[total]), form)
    features = p.eq("all S: h2[S] = W2'*Q*a[S]", p.definite(f"all S: {LACK}", p.vanish(squares, none)))
    return features, p.eq("W2 = Pi*W2", p.definite("W2", flat, projector))


def one_gram(
    p: Proof, square: Theorem, own: Theorem, projectors: tuple[Theorem, Theorem], image: tuple[str, str]
) -> Theorem:
    """Whatever makes the logits a, or their image, at the least cost has the Gram matrix Root."""
    (projector, same), (left, right) = projectors, image
    with p.supposing(f"(all S: W2*h2[S] = {left}a[S]) and {THEIRS} = tr(Root)") as (tight, logits, cost):
        total = p.eq(
            f"sum[S]({LACK}'*{LACK}) + {SLACK} = 0",
            (cost, "2*?"),
            (logits, "2*sum[S](a[S]'*Q*?[S])"),
            (square, "2*tr(Q*?)", "tr(W2'*Q*?*Q*W2)"),
            (own, "sum[S](a[S]'*?*W2*W2'*Q*a[S])", "2*sum[S](a[S]'*?*W2*h2[S])"),
        )
        features, flat = no_slack(p, total, projector)
        moved = p.eq(
            "W2*W2'*Root = Root*Root",
            (square, "W2*W2'*Q*?", "?"),
            (features, f"sum[S](W2*?[S]*a[S]'{right})"),
            (logits, f"sum[S](?[S]*a[S]'{right})"),
        )
        moved = p.eq("W2*W2'*Pi = Root", (moved, "?*Q"))
        return p.implies(tight, p.eq("W2*W2' = Root", moved, (flat, "W2*?'"), (same, "W2*W2'*?")))


def one_solution(
    p: Proof, some: Theorem, split: Theorem, biasless: Theorem, aligned: Theorem, projector: Theorem
) -> Theorem:
    """Under the strict sign condition the logits are determined: they fall to 1 below the set at once."""
    with p.supposing(f"(all S, j: e[j]'*y[S] = 0 => e[j]'*Q*a[S] < 0) and {THEIRS} = tr(Root)") as (
        tight,
        strict,
        cost,
    ):
        with p.assuming("e[j]'*y[S] = 0") as outside:
            below = p.le("e[j]'*Q*a[S] <= 0", p.apply(p.at(strict, "S", "j"), outside))
            signs = p.every(p.implies(outside, below), "S", "j")
        gains, identity = gap(p, off_the_set(p, some, signs), biasless, aligned)
        each = sets(p, gains)
        squares, form = p.over(p.square(f"all S: {LACK}")), p.square("W2", projector)
        total = f"sum[S]({LACK}'*{LACK}) + {SLACK}"
        spent = p.antisymmetry(
            p.le(f"{total} <= 0", (2, p.over(each)), using=[(identity, "2*?"), (cost, "2*?")]),
            p.le(f"0 <= {total}", squares, form),
        )
        features, flat = no_slack(p, spent, projector)
        none = p.eq(f"sum[S](sum[k]({GAIN})) = 0", identity, cost, (spent, "1/2*?"))
        none = p.at(p.vanish(each, none), "S")
        none = p.every(p.vanish(p.every(p.at(gains, "S", "k"), "k"), none), "S")
        margin = "(1 - e[k]'*y[S])*(e[k]'*(W2*h2[S] + b2) - level[S] + 1) = 0"
        with p.assuming("e[k]'*y[S] = 0") as outside:
            p.nonzeros.append(p.ledger.nonzero(p.apply(p.at(strict, "S", "k"), outside)))
            first = p.eq(
                margin,
                (p.at(none, "S", "k"), "1/(e[k]'*Q*a[S])*?"),
                (
                    p.given[10],
                    "1/(e[k]'*Q*a[S])*(1 - e[k]'*y[S])*(e[k]'*(W2*h2[S] + b2) - level[S] + 1)*(a[S]'*?*e[k])",
                ),
            )
            first = p.implies(outside, first)
        with p.assuming("1 - e[k]'*y[S] = 0") as inside:
            second = p.implies(inside, p.eq(margin, (inside, "?*(e[k]'*(W2*h2[S] + b2) - level[S] + 1)")))
        at_once = p.every(p.cases(p.at(some, "S", "k"), first, second), "S", "k")
        logits = p.eq(
            "all S: W2*h2[S] + b2 = y[S] + (level[S] - 1)*ones",
            (at_once, "sum[k](?[S, k]*e[k])"),
            (p.given[16], "sum[k](?[S, k]*e[k])"),
        )
        centered = p.eq("all S: W2*h2[S] = P*y[S] - P*b2", (logits, "P*?[S]"), (flat, "1/K*(ones*(ones'*?))*h2[S]"))
        return p.implies(tight, by_either(p, split, centered, features))


def by_either(p: Proof, split: Theorem, centered: Theorem, features: Theorem) -> Theorem:
    """Without a bias these are P a; a free one is P f, as the features add up to nothing."""
    found = []
    for part, text in enumerate(BIASES):
        with p.supposing(text) as (case, columns, *_):
            if part == 0:
                bias = p.eq("P*b2 = 0", (p.take(case, 2), "P*?"))
                logits = p.eq("all S: W2*h2[S] = P*a[S]", centered, bias, (columns, "P*?[S]"))
            else:
                bias = p.eq(
                    "P*b2 = P*f",
                    (centered, "sum[S](?[S])"),
                    (features, "sum[S](W2*?[S])"),
                    (columns, "sum[S](W2*W2'*Q*?[S])"),
                )
                logits = p.eq("all S: W2*h2[S] = P*a[S]", centered, bias, (columns, "P*?[S]"))
            found.append(p.implies(case, logits))
    return p.cases(split, *found)


FEASIBLE = """(all k: e[k]'*y[T]*(e[k]'*(W*(h[T] + same[S, T]*{0}) + b) - t) = 0)
    and (all k: (1 - e[k]'*y[T])*(e[k]'*(W*(h[T] + same[S, T]*{0}) + b) - t + 1) <= 0)"""


def necessary(p: Proof, split: Theorem, shifted: Theorem, logits: Theorem) -> Theorem:
    """Where an entry of q off the set is positive, its logit is lowered, and the features of that set get shorter."""
    entry = "(e[j]'*Q*a[S])"
    form = p.le("0 <= e[j]'*Q*e[j]", p.square("Q*e[j]", p.given[7]), using=[(p.given[10], "e[j]'*?*Root*Q*e[j]")])
    share = p.reciprocal(p.le("0 < 1 + e[j]'*Q*e[j]", 1, form))
    with (
        p.assuming(
            f"""Pi = P and (all S, u: (all T: some t: {FEASIBLE.format("u")})
            => sum[T](h[T]'*h[T]) <= sum[T]((h[T] + same[S, T]*u)'*(h[T] + same[S, T]*u)))"""
        ) as least,
        p.assuming("e[j]'*y[S] = 0") as outside,
    ):
        bound = shorter_features(p, split, p.take(least, 1), lowered(p, p.take(least, 0), outside, shifted, logits))
        with p.assuming(f"0 < {entry}") as positive:
            at = p.at(bound, f"{entry}*(1/(1 + e[j]'*Q*e[j]))")
            at = p.apply(at, p.le(f"0 < {entry}*(1/(1 + e[j]'*Q*e[j]))", (positive, share)))
            false = p.le("0 < 0", at, positive, (share, positive))
            no = p.ledger.absurd(p.ledger.fact("impossible", FALSE, false), p.formula(f"{entry} <= 0"))
            no = p.implies(positive, no)
        with p.assuming(f"{entry} <= 0") as negative:
            yes = p.implies(negative, negative)
        value = p.term(entry)
        either = p.ledger.fact("order_cases", ("or", ("<=", value, ZERO), ("<", ZERO, value)), left=value, right=ZERO)
        sign = p.implies(outside, p.cases(either, yes, no))
        return p.implies(least, p.every(sign, "S", "j"))


def lowered(p: Proof, full: Theorem, outside: Theorem, shifted: Theorem, logits: Theorem) -> Theorem:
    """The logits stay feasible for the set S where a label outside falls."""
    apart, gram = p.given[5], p.given[14]
    move, level = "(-step*(W'*Q*e[j]))", "1 - m[T]/K + step*same[S, T]/K"
    one = p.eq("all j, k: (e[j]'*e[k])^2 = e[j]'*e[k]", (apart, "e[j]'*?[j, k]"))
    off = p.eq("all k: (e[j]'*e[k])*(e[k]'*y[S]) = 0", (apart, "?[j, k]'*y[S]"), (outside, "(e[j]'*e[k])*?"))
    with p.assuming("0 < step") as positive:
        z = f"(W*(h[T] + same[S, T]*{move}) + b)"
        at = p.eq(
            f"all T: {z} = P*y[T] - step*same[S, T]*(P*e[j])",
            (logits, "?[T]"),
            (shifted, "?[T]"),
            (gram, "step*same[S, T]*(?*Q*e[j])"),
            (full, "step*same[S, T]*(?*e[j])"),
        )
        inside = p.eq(
            f"all T, k: e[k]'*y[T]*(e[k]'*{z} - ({level})) = 0",
            (at, "e[k]'*y[T]*(e[k]'*?[T])"),
            (p.given[20], "step*(e[j]'*e[k])*(e[k]'*?[S, T])"),
            (off, "step*same[S, T]*?[k]"),
        )
        falls = p.le(
            f"all T, k: (1 - e[k]'*y[T])*(e[k]'*{z} - ({level}) + 1) <= 0",
            (positive, p.square("all T, k: same[S, T]*(1 - e[k]'*y[T])*(e[j]'*e[k])")),
            using=[(at, "(1 - e[k]'*y[T])*(e[k]'*?[T])"), (one, "step*same[S, T]*(1 - e[k]'*y[T])*?[j, k]")],
        )
        both = p.join(*(p.every(p.at(found, "T", "k"), "k") for found in (inside, falls)))
        exists = p.formula(f"some t: {FEASIBLE.format(move)}")
        found = p.every(p.witness(both, exists, level), "T")
        return p.implies(positive, found)


def shorter_features(p: Proof, split: Theorem, minimal: Theorem, feasible: Theorem) -> Theorem:
    """For every step: 2 q <= step e' Q e, from the first and second order of what the features cost."""
    own, gram, features = p.given[10], *p.given[14:16]
    found = []
    for text in BIASES:
        with p.supposing(text) as (case, columns, *_):
            uses = ((columns, "same[S, T]*?[T]"), (columns, "same[S, T]*?[S]"), p.given[20])
            found.append(p.implies(case, p.eq("all S, T: same[S, T]*a[T] = same[S, T]*a[S]", *uses)))
    moved = p.cases(split, *found)
    part = p.formula("all T: w[T]*(same[S, T]*same[S, T]) <= sum[T](same[S, T]*same[S, T])")
    square = p.le("all T: 0 <= same[S, T]*same[S, T]", p.square("all T: same[S, T]"))
    weight = p.at(p.ledger.weight("sets"), "S")
    count = p.le("0 < sum[T](same[S, T])", p.at(p.ledger.fact("part", part, square), "S"), weight)
    inverse = p.reciprocal(count)
    move = "(-step*(W'*Q*e[j]))"
    with p.assuming("0 < step") as positive:
        cost = p.apply(p.at(minimal, "S", move), p.apply(feasible, positive))
        bound = p.le(
            "2*(e[j]'*Q*a[S]) <= step*(e[j]'*Q*e[j])",
            (inverse, p.reciprocal(positive), cost),
            using=[
                (features, "2*1/sum[T](same[S, T])*sum[T](same[S, T]*(?[T]'*W'*Q*e[j]))"),
                (moved, "2*1/sum[T](same[S, T])*sum[T](?[S, T]'*Q*e[j])"),
                (own, "2*1/sum[T](same[S, T])*sum[T](same[S, T]*(a[T]'*?*W*W'*Q*e[j]))"),
                (gram, "2*1/sum[T](same[S, T])*sum[T](same[S, T]*(a[T]'*Q*?*Q*e[j]))"),
                (own, "2*(a[S]'*?*e[j])", "step*(e[j]'*?*W*W'*Q*e[j])"),
                (gram, "step*(e[j]'*Q*?*Q*e[j])"),
            ],
        )
        return p.every(p.implies(positive, bound), "step")
