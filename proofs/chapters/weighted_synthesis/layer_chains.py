"""W6a, closed: where a label gives others little probability, scaled averages make all these probabilities one."""

from collections.abc import Callable
from dataclasses import dataclass

from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.orthogonal_case.linear_residuals_chains import among
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.chapters.weighted_synthesis.symmetry_chains import one_label
from proofs.claims.layer_formulas import AT, EXCHANGE, KINDS, LARGER, LAYER, LOGS, ONES, RANGE
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

SPREAD = "(log(most) - log(least))"
ERROR = f"(6*K*most*{SPREAD})"
"""By how much the logarithms of the probabilities differ, and how far sums of them are from what they are at first."""
OUT = "(size*(e[{1}]'*prob[{0}]))"
LEVEL = "(y[S]'*G*(e[i] - e[j]) + e[j]'*G*e[i] - e[i]'*G*e[i])"
"""What the logarithms at one label are more than those at another, summed over a set with the first and the second."""
TURN = "(e[j]'*G*e[i] - e[i]'*G*e[j])"


@dataclass(frozen=True)
class Facts:
    """What is used throughout, each for all members."""

    logs: Logarithm
    below: Theorem
    one: Theorem
    outside: Theorem
    beta: Theorem
    alpha: Theorem
    residual: Theorem
    shares: Theorem
    logits: Theorem
    size: Theorem
    low: Theorem
    high: Theorem
    order: Theorem
    apart: Theorem
    few: Theorem
    dim: Theorem


@closes("W6a")
def complete_layers(p: Proof) -> None:
    """W6a: equal probabilities at one penalty, and flat layers where there are two."""
    f = facts(p)
    r0 = near(p, f)
    r1, r2 = turned(p, f, r0)
    level = balanced(p, f, r0, r1, r2)
    same = equal(p, f, level, r1, r2)
    p.done(p.join(uniform(p, f, same), two_penalties(p)))


def facts(p: Proof) -> Facts:
    """Residuals and logits of a larger set are alpha times the sums of those of its labels."""
    logs, one, outside = Logarithm(p), one_label(p), binary(p)
    lower = below(p, logs)
    size = p.le("0 < size", p.says("2 <= size"), 2)
    inverse = p.reciprocal(size)
    low, high = (found(p, text, value) for text, value in zip(RANGE[1:], ("least", "most"), strict=True))
    dim = p.dimension("K")
    beta = p.le("0 < alpha*size - 1", p.says("36*K*size^2*most < alpha*size - 1"), (36, dim, size, size, high))
    alpha = p.le("0 < alpha", (inverse, beta), inverse)
    few = p.le(
        "0 < 2 - 36*K*most*size",
        *((inverse, p.says("36*K*size^2*most < alpha*size - 1")), p.says("alpha <= 2"), inverse),
    )
    few = p.le("K*most <= 1/36", ((1, 72), few), ((1, 2), dim, high, p.says("2 <= size")))
    p.positive(high)
    order = ordered_range(p)
    apart = p.at(lower, "least", "most")
    apart = p.apply(apart, p.join(low, high))
    apart = p.le(f"most - least <= most*{SPREAD}", (high, apart))
    residual, logits = of_sets(p)
    shares = p.eq(
        "all S, i: m[S]*(e[i]'*prob[S]) = e[i]'*y[S] - e[i]'*r[S]",
        (p.says("all S: r[S] = y[S] - m[S]*prob[S]"), "e[i]'*?[S]"),
    )
    return Facts(
        logs, lower, one, outside, beta, alpha, residual, shares, logits, size, low, high, order, apart, few, dim
    )


def found(p: Proof, text: str, value: str) -> Theorem:
    """The least and the greatest probability are positive."""
    return among(
        p,
        p.says(text),
        ("k", "j"),
        lambda it: p.le(f"0 < {value}", p.at(p.says("all k, j: 0 < e[k]'*N*e[j]"), "k", "j"), using=[p.take(it, 1)]),
    )


def ordered_range(p: Proof) -> Theorem:
    """The least is at most the greatest."""

    def of(it: Theorem) -> Theorem:
        within = p.apply(p.at(p.says(RANGE[0]), "j", "k"), p.take(it, 0))
        return p.le("least <= most", p.take(within, 1), using=[p.take(it, 1)])

    return among(p, p.says(RANGE[1]), ("k", "j"), of)


def near(p: Proof, f: Facts) -> Theorem:
    """What sums of logarithms over two sets, at labels in them, differ by at most."""
    p.says("all k, j: 0 < e[k]'*N*e[j]")
    rows = p.at(p.says("N*ones = ones"))
    within = p.says(RANGE[0])
    own = []
    for text in (
        "(1 - e[k]'*e[j])*least <= (1 - e[k]'*e[j])*(e[k]'*N*e[j])",
        "(1 - e[k]'*e[j])*(e[k]'*N*e[j]) <= (1 - e[k]'*e[j])*most",
    ):
        part = 0 if "least" in text else 1

        def off(case: Theorem, text: str = text, part: int = part) -> Theorem:
            met = p.take(p.apply(p.at(within, "j", "k"), case), part)
            ends = ("least", "(e[k]'*N*e[j])") if part == 0 else ("(e[k]'*N*e[j])", "most")
            return p.le(text, met, using=[(case, f"?*{ends[0]}", f"?*{ends[1]}")])

        def on(case: Theorem, text: str = text, part: int = part) -> Theorem:
            ends = ("least", "(e[k]'*N*e[j])") if part == 0 else ("(e[k]'*N*e[j])", "most")
            return p.le(text, using=[(case, f"?'*e[j]*{ends[0]}", f"?'*e[j]*{ends[1]}")])

        each = p.by_cases(p.at(f.one, "k", "j"), off, on)
        total = p.over(p.every(each, "j"))
        own.append(total)
    lower = p.every(p.le("e[k]'*N*e[k] <= 1 - (K - 1)*least", own[0], using=[(rows, "e[k]'*?")]), "k")
    upper = p.every(p.le("1 - (K - 1)*most <= e[k]'*N*e[k]", own[1], using=[(rows, "e[k]'*?")]), "k")
    inside = in_set(p, f)
    text = "one[S] = 0 and e[i]'*y[S] = 1"
    with p.assuming(text) as at:
        size, residual = p.parts(p.apply(p.at(f.residual, "S"), p.take(at, 0)))
        value = p.eq(
            "size*(e[i]'*prob[S]) = 1 - alpha + alpha*(y[S]'*N*e[i])",
            *(
                (p.at(f.shares, "S", "i"), "?"),
                (size, "?*(e[i]'*prob[S])"),
                (residual, "e[i]'*?"),
                (p.take(at, 1), "(1 - alpha)*?"),
            ),
        )
        low, high = p.parts(p.apply(p.at(inside, "S", "i"), at))
        x = "(size*(e[i]'*prob[S]))"
        small = p.le(
            f"1 - alpha*((K - 1)*most - (size - 1)*least) <= {x}",
            (f.alpha, low),
            (f.alpha, p.at(upper, "i")),
            using=[value],
        )
        large = p.le(
            f"{x} <= 1 - alpha*((K - 1)*least - (size - 1)*most)",
            (f.alpha, high),
            (f.alpha, p.at(lower, "i")),
            using=[value],
        )
        spans = p.every(p.implies(at, p.join(small, large)), "S", "i")
    return logs_near(p, f, lower, upper, spans)


def in_set(p: Proof, f: Facts) -> Theorem:
    """Probabilities of a label of a set, summed over the set's others."""
    within = p.says(RANGE[0])
    with p.assuming("one[S] = 0 and e[i]'*y[S] = 1") as at:
        size, own = p.take(p.apply(p.at(f.residual, "S"), p.take(at, 0)), 0), p.take(at, 1)
        made = []
        for part, value in enumerate(("least", "most")):
            left, right = f"(e[k]'*y[S])*{value} + (e[k]'*e[i])*(e[i]'*N*e[i] - {value})", "(e[k]'*y[S])*(e[k]'*N*e[i])"
            text = f"{left} <= {right}" if part == 0 else f"{right} <= {left}"
            parts = (value, "(e[k]'*N*e[i])", f"(e[i]'*N*e[i] - {value})")

            def met(two: Theorem, _: Theorem, part: int = part) -> Theorem:
                return p.take(p.apply(p.at(within, "i", "k"), two), part)

            each = each_label(p, f, text, parts, own, "(?'*N*e[i])", met)
            sides2 = (f"size*{value} + e[i]'*N*e[i] - {value}", "y[S]'*N*e[i]")
            goal = " <= ".join(sides2 if part == 0 else sides2[::-1])
            made.append(p.le(goal, p.over(each), using=[(size, f"?*{value}")]))
        return p.every(p.implies(at, p.join(*made)), "S", "i")


def logs_near(p: Proof, f: Facts, lower: Theorem, upper: Theorem, spans: Theorem) -> Theorem:
    """By the tangent of the logarithm."""
    gap = p.le("0 <= most - least", f.order)
    text = "one[S] = 0 and e[i]'*y[S] = 1 and one[T] = 0 and e[j]'*y[T] = 1"
    half = half_lemma(p, f)
    with p.assuming(text) as at:
        one = p.apply(p.at(spans, "S", "i"), p.join(p.take(at, 0), p.take(at, 1)))
        two = p.apply(p.at(spans, "T", "j"), p.join(p.take(at, 2), p.take(at, 3)))
        x, y = OUT.format("S", "i"), OUT.format("T", "j")
        some = [
            p.le(f"0 < {z}", (f.size, p.at(p.says("all S, k: 0 < e[k]'*prob[S]"), *names)))
            for z, names in ((x, ("S", "i")), (y, ("T", "j")))
        ]
        least = p.le("0 <= (size - 1)*least", (p.says("2 <= size"), f.low), f.low)
        big = p.le(
            f"1/2 <= {y}",
            p.take(two, 0),
            (f.alpha, least),
            (f.alpha, f.high),
            (f.alpha, f.few),
            ((1, 36), p.says("alpha <= 2")),
            ((4, 9),),
        )
        wide = "(alpha*((K + size - 2)*(most - least)))"
        diff = p.le(f"{x} - {y} <= {wide}", p.take(one, 1), p.take(two, 0))
        more = p.le("0 <= K + size - 2", p.says("2 <= size"), f.dim)
        wide0 = p.le(f"0 <= {wide}", (f.alpha, more, gap))
        first = p.apply(p.at(half, x, y, wide), p.join(some[0], some[1], big, diff, wide0))
        a, b = "(e[j]'*N*e[j])", "(e[i]'*N*e[i])"
        pos = p.says("all k, j: 0 < e[k]'*N*e[j]")
        g = "((K - 1)*(most - least))"
        k1 = p.le("0 <= K - 1", p.ledger.size("K"))
        second = p.apply(
            p.at(half, a, b, g),
            p.join(
                p.at(pos, "j", "j"),
                p.at(pos, "i", "i"),
                p.le(f"1/2 <= {b}", p.at(upper, "i"), f.high, f.few, ((17, 36),)),
                p.le(f"{a} - {b} <= {g}", p.at(lower, "j"), p.at(upper, "i")),
                p.le(f"0 <= {g}", (k1, gap)),
            ),
        )
        logs = p.says(LOGS[1])
        uses = [(p.at(logs, "i", "i"), "alpha*?"), (p.at(logs, "j", "j"), "alpha*?")]
        room = p.says("size <= K - 1")
        made = p.le(
            f"log({x}) - alpha*(e[i]'*G*e[i]) - (log({y}) - alpha*(e[j]'*G*e[j])) <= alpha*{ERROR}",
            first,
            (f.alpha, second),
            (2, f.alpha, room, gap),
            (8, f.alpha, gap),
            (6, f.alpha, f.dim, f.apart),
            using=uses,
        )
        return p.every(p.implies(at, made), "S", "T", "i", "j")


def half_lemma(p: Proof, f: Facts) -> Theorem:
    """log a - log b <= 2 gap where a - b <= gap and b is at least a half."""
    with p.supposing("0 < share and 0 < share2 and 1/2 <= share2 and share - share2 <= gap and 0 <= gap") as (
        at,
        one,
        two,
        half,
        diff,
        some,
    ):
        inverse = p.reciprocal(two)
        known = p.apply(p.at(f.below, "share", "share2"), p.join(one, two))
        made = p.le("log(share) - log(share2) <= 2*gap", known, (diff, inverse), (2, some, half, inverse))
        return p.every(p.implies(at, made), "share", "share2", "gap")


def log_products(p: Proof, S: str, *labels: str) -> list[Theorem]:
    """Logarithms of the probabilities of a larger set, times its size."""
    size = p.le("0 < size", p.says("2 <= size"), 2)
    some = p.says("all S, k: 0 < e[k]'*prob[S]")
    return [
        p.apply(p.axiom("logarithm of a product", {}, s="size", t=f"e[{i}]'*prob[{S}]"), p.join(size, p.at(some, S, i)))
        for i in labels
    ]


def turned(p: Proof, f: Facts, r0: Theorem) -> tuple[Theorem, Theorem]:
    """Logarithms of two labels of a set are level, and those at one of them and at a label outside it nearly."""
    with p.supposing("one[S] = 0 and e[i]'*y[S] = 1 and e[j]'*y[S] = 1") as (at, larger, own, other):
        bound = p.apply(p.at(r0, "S", "S", "i", "j"), p.join(larger, own, larger, other))
        logits = p.apply(p.at(f.logits, "S", "i", "j"), larger)
        inverse = p.reciprocal(f.alpha)
        text = f"y[S]'*G*(e[i] - e[j]) - e[i]'*G*e[i] + e[j]'*G*e[j] <= {ERROR}"
        logs = [*log_products(p, "S", "i", "j"), logits]
        uses = [(x, "1/alpha*?") for x in logs]
        flat = p.every(p.implies(at, p.le(text, (inverse, bound), using=uses)), "S", "i", "j")
    other_label = apart(p)
    with p.supposing(f"{AT} and e[k]'*y[S] = 1 and e[k]'*e[i] = 0") as (at, larger, own, out, third, two):
        far = p.apply(p.at(other_label, "S", "i", "j"), p.join(own, out))
        far2 = p.apply(p.at(other_label, "S", "k", "j"), p.join(third, out))

        def of(it: Theorem) -> Theorem:
            y = p.take(it, 1)
            inside = p.eq("e[i]'*y[T] = 1", (y, "e[i]'*?"), own, (far, "?"), (two, "?"))
            inside2 = p.eq("e[j]'*y[T] = 1", (y, "e[j]'*?"), out, (far2, "?"))
            sides = []
            for a, b, one, more in (("i", "j", inside, inside2), ("j", "i", inside2, inside)):
                known = p.apply(p.at(flat, "T", a, b), p.join(p.take(it, 0), one, more))
                sign = "" if a == "i" else "-"
                text = f"{sign}({LEVEL} - e[k]'*G*e[i] + e[k]'*G*e[j]) <= {ERROR}"
                sides.append(p.le(text, known, using=[(y, f"?'*G*(e[{a}] - e[{b}])")]))
            return p.join(*sides)

        exchange = p.apply(p.at(p.says(EXCHANGE), "S", "k", "j"), p.join(larger, third, out))
        made = among(p, exchange, ("T",), of)
        r1 = p.every(p.implies(at, made), "S", "i", "j", "k")
    return r1, summed(p, f, r1)


def balanced(p: Proof, f: Facts, r0: Theorem, r1: Theorem, r2: Theorem) -> Theorem:
    """Both ways, a label outside a set and one in it are level: the constant is above 1/size."""
    error = p.le(f"0 <= {ERROR}", (6, f.dim, f.apart), (6, f.dim, f.order))
    far_of = apart(p)
    smaller = p.le(f"0 <= (size - 2)*{ERROR}", (p.says("2 <= size"), error))
    with p.supposing(AT) as (at, larger, own, out):
        far = p.apply(p.at(far_of, "S", "i", "j"), p.join(own, out))

        def of(it: Theorem) -> Theorem:
            y = p.take(it, 1)
            inside = p.eq("e[j]'*y[T] = 1", (y, "e[j]'*?"), out, (far, "?"))
            logits = [p.apply(p.at(f.logits, x, "i", "j"), one) for x, one in (("S", larger), ("T", p.take(it, 0)))]
            known = p.apply(p.at(r0, "S", "T", "i", "j"), p.join(larger, own, p.take(it, 0), inside))
            turn = p.take(p.apply(p.at(r2, "S", "i", "j"), at), 0)
            lower = p.le(
                f"alpha*size*{LEVEL} - alpha*size*{ERROR} <= log({OUT.format('T', 'i')}) - log({OUT.format('S', 'j')})",
                *(known, (f.alpha, turn)),
                using=[
                    *log_products(p, "S", "i", "j"),
                    *log_products(p, "T", "i", "j"),
                    *logits,
                    (y, "alpha*(?'*G*(e[i] - e[j]))"),
                ],
            )

            def low(case: Theorem) -> Theorem:
                return p.le(f"(alpha*size - 1)*{LEVEL} <= 3*size*{ERROR}", (f.beta, case), (3, f.size, error))

            def high(case: Theorem) -> Theorem:
                upper = above(p, f, (at, it, far), (r1, turn, smaller), case)
                return p.le(
                    f"(alpha*size - 1)*{LEVEL} <= 3*size*{ERROR}",
                    *(lower, upper, (p.says("alpha <= 2"), f.size, error), error),
                )

            return p.by_cases(p.order_cases(LEVEL, "0"), low, high)

        exchange = p.apply(p.at(p.says(EXCHANGE), "S", "i", "j"), at)
        made = p.every(p.implies(at, among(p, exchange, ("T",), of)), "S", "i", "j")

        def back(it: Theorem) -> Theorem:
            y = p.take(it, 1)
            inside = p.eq("e[j]'*y[T] = 1", (y, "e[j]'*?"), out, (far, "?"))
            outside = p.eq("e[i]'*y[T] = 0", (y, "e[i]'*?"), own, (far, "?"))
            known = p.apply(p.at(made, "T", "j", "i"), p.join(p.take(it, 0), inside, outside))
            return p.le(
                f"-(alpha*size - 1)*{LEVEL} <= 3*size*{ERROR}",
                known,
                using=[(y, "(alpha*size - 1)*(?'*G*(e[i] - e[j]))")],
            )

        both = p.join(p.apply(p.at(made, "S", "i", "j"), at), among(p, exchange, ("T",), back))
        return p.every(p.implies(at, both), "S", "i", "j")


def above(p: Proof, f: Facts, where: tuple[Theorem, ...], known: tuple[Theorem, ...], positive: Theorem) -> Theorem:
    """Exchanging the label multiplies what the set gives the label outside it by a factor at most."""
    (at, it, far), (r1, turn, smaller) = where, known
    larger, own, out = p.parts(at)
    y, some = p.take(it, 1), p.says("all k, j: 0 < e[k]'*N*e[j]")
    factor = f"({LEVEL} + (size - 1)*{ERROR})"
    g, logs = f"ex({factor})", p.says(LOGS[1])
    grown, log = p.parts(p.at(f.logs.inverse, factor))
    rule = bounded(p, f)

    def met(two: Theorem, inside: Theorem) -> Theorem:
        bound = p.take(p.apply(p.at(r1, "S", "i", "j", "k"), p.join(larger, own, out, inside, two)), 1)
        bound = p.le(
            f"log(e[k]'*N*e[i]) - log(e[k]'*N*e[j]) <= {factor}",
            bound,
            smaller,
            using=[p.at(logs, "k", "i"), p.at(logs, "k", "j")],
        )
        return p.apply(
            p.at(rule, "e[k]'*N*e[i]", "e[k]'*N*e[j]", factor),
            p.join(p.at(some, "k", "i"), p.at(some, "k", "j"), bound),
        )

    parts = (f"({g}*(e[k]'*N*e[j]))", "(e[k]'*N*e[i])", f"(e[i]'*N*e[i] - {g}*(e[i]'*N*e[j]))")
    text = f"(e[k]'*y[S])*{parts[1]} <= (e[k]'*y[S])*{parts[0]} + (e[k]'*e[i])*{parts[2]}"
    total = p.over(each_label(p, f, text, parts, own, f"(?'*N*(e[i] - {g}*e[j]))", met))
    many = p.le("0 <= size - 1", p.says("2 <= size"), 1)
    last = p.le(
        f"log(e[j]'*N*e[i]) - log(e[i]'*N*e[j]) <= {factor}",
        turn,
        (many, positive),
        using=[p.at(logs, "j", "i"), p.at(logs, "i", "j")],
    )
    last = p.apply(
        p.at(rule, "e[j]'*N*e[i]", "e[i]'*N*e[j]", factor), p.join(p.at(some, "j", "i"), p.at(some, "i", "j"), last)
    )
    outside = p.eq("e[i]'*y[T] = 0", (y, "e[i]'*?"), own, (far, "?"))
    values = [value(p, f, "T", "i", p.take(it, 0), outside), value(p, f, "S", "j", larger, out)]
    x, z = OUT.format("T", "i"), OUT.format("S", "j")
    bound = p.le(
        f"{x} <= {g}*{z}",
        (f.alpha, total),
        (f.alpha, last),
        using=[*values[:1], (values[1], f"{g}*?"), (y, "alpha*(?'*N*e[i])")],
    )
    prob = p.says("all S, k: 0 < e[k]'*prob[S]")
    first, second = p.le(f"0 < {x}", (f.size, p.at(prob, "T", "i"))), p.le(f"0 < {z}", (f.size, p.at(prob, "S", "j")))
    product = p.le(f"0 < {g}*{z}", (grown, second))
    more = f.logs.ordered(x, f"{g}*{z}", first, product, bound)
    return p.le(f"log({x}) - log({z}) <= {factor}", more, using=[f.logs.of_product(g, z, grown, second), log])


def value(p: Proof, f: Facts, S: str, i: str, larger: Theorem, outside: Theorem) -> Theorem:
    """What a set gives a label outside it."""
    size, residual = p.parts(p.apply(p.at(f.residual, S), larger))
    return p.eq(
        f"{OUT.format(S, i)} = alpha*(y[{S}]'*N*e[{i}])",
        *(
            (p.at(f.shares, S, i), "?"),
            (size, f"?*(e[{i}]'*prob[{S}])"),
            (residual, f"e[{i}]'*?"),
            (outside, "(1 - alpha)*?"),
        ),
    )


def bounded(p: Proof, f: Facts) -> Theorem:
    """From log a - log b <= t to a <= ex(t) b."""
    with p.supposing("0 < share and 0 < share2 and log(share) - log(share2) <= t") as (at, one, two, less):
        grown, log = p.parts(p.at(f.logs.inverse, "t"))

        def not_so(case: Theorem) -> Theorem:
            product = p.le("0 < ex(t)*share2", (grown, two))
            more = f.logs.ordered("ex(t)*share2", "share", product, one, case)
            false = p.le("0 < 0", more, less, using=[f.logs.of_product("ex(t)", "share2", grown, two), log])
            return p.absurd("share <= ex(t)*share2", false)

        made = p.by_cases(p.order_cases("share", "ex(t)*share2"), lambda case: case, not_so)
        return p.every(p.implies(at, made), "share", "share2", "t")


COLUMN = f"(3*size*{ERROR} + (alpha*size - 1)*{ERROR})"
ACROSS = f"((alpha*size - 1)*(size - 1)*{ERROR} + 3*size*(size - 2)*{ERROR})"
BETA = "(alpha*size - 1)"


def equal(p: Proof, f: Facts, level: Theorem, r1: Theorem, r2: Theorem) -> Theorem:
    """The least and the greatest probability are the same."""
    column, across = steps(p, f, level, r1, r2)
    logs = p.says(LOGS[1])
    target = f"{BETA}*(log(most) - e[i]'*G*e[j]) <= 2*{COLUMN} + {ACROSS}"
    error = p.le(f"0 <= {ERROR}", (6, f.dim, f.apart), (6, f.dim, f.order))
    two = p.says("2 <= size")
    few = p.le(f"0 <= {COLUMN}", (3, f.size, error), (f.beta, error))
    some = p.le(f"0 <= {ACROSS}", (f.beta, two, error), (f.beta, error), (3, f.size, two, error))

    def of_row(it: Theorem) -> Theorem:
        far, top = p.take(it, 0), p.eq("log(most) = e[k]'*G*e[j]", p.at(logs, "k", "j"), (p.take(it, 1), "log(?)"))
        with p.assuming("e[k]'*e[i] = 0") as apart_:
            known = p.apply(p.at(column, "k", "j", "i"), p.join(far, apart_))
            row = p.le(f"{BETA}*(log(most) - e[k]'*G*e[i]) <= {COLUMN}", known, using=[(top, f"{BETA}*?")])
            return p.every(p.implies(apart_, row), "i")

    def of(some_j: Theorem) -> Theorem:
        row = among(p, some_j, ("j",), of_row)
        with p.assuming("e[i]'*e[j] = 0") as distinct:

            def off(case: Theorem) -> Theorem:
                first = p.apply(p.at(row, "i"), case)
                second = p.apply(p.at(across, "i", "k"), p.eq("e[i]'*e[k] = 0", case))
                third = p.apply(p.at(column, "i", "k", "j"), p.join(p.eq("e[i]'*e[k] = 0", case), distinct))
                return p.le(target, first, second, third)

            def on(case: Theorem) -> Theorem:
                far2 = p.eq("e[k]'*e[j] = 0", distinct, (case, "?'*e[j]"))
                first = p.apply(p.at(row, "j"), far2)
                return p.le(target, first, few, some, using=[(case, f"{BETA}*(?'*G*e[j])")])

            made = p.by_cases(p.at(f.one, "k", "i"), off, on)
            return p.every(p.implies(distinct, made), "i", "j")

    all_pairs = among(p, p.says(RANGE[2]), ("k",), of)

    def last(it: Theorem) -> Theorem:
        known = p.apply(p.at(all_pairs, "k", "j"), p.take(it, 0))
        uses = [(p.at(logs, "k", "j"), f"{BETA}*?"), (p.take(it, 1), f"{BETA}*log(?)")]
        return p.le(f"{BETA}*{SPREAD} <= 2*{COLUMN} + {ACROSS}", known, using=uses)

    spread = among(p, p.says(RANGE[1]), ("k", "j"), last)

    def wide(case: Theorem) -> Theorem:
        one = p.le("0 <= size^2 - size + 1", (two, two), (3, two), 3)
        more = p.le("0 <= size*(size + 1)", (f.size, f.size), f.size)
        false = p.le(
            "0 < 0",
            (p.says("36*K*size^2*most < alpha*size - 1"), case),
            spread,
            (p.says("alpha <= 2"), more, error),
            (one, error),
        )
        return p.absurd(f"{SPREAD} <= 0", false)

    flat = p.by_cases(p.order_cases(SPREAD, "0"), lambda case: case, wide)
    return p.antisymmetry(p.le("most <= least", f.apart, (f.high, flat)), f.order)


def steps(p: Proof, f: Facts, level: Theorem, r1: Theorem, r2: Theorem) -> tuple[Theorem, Theorem]:
    """Logarithms in one row, and at two places that the transpose exchanges, are near each other."""
    error = p.le(f"0 <= {ERROR}", (6, f.dim, f.apart), (6, f.dim, f.order))
    text = f"{BETA}*(e[k]'*G*e[i] - e[k]'*G*e[j]) <= {COLUMN}"
    layer = p.says(LAYER)
    with p.supposing("e[k]'*e[i] = 0 and e[k]'*e[j] = 0") as (at, first, second):

        def off(case: Theorem) -> Theorem:
            def of(it: Theorem) -> Theorem:
                here = [p.take(it, n) for n in range(4)]
                flat = p.take(p.apply(p.at(level, "S", "i", "j"), p.join(*here[:3])), 0)
                known = p.take(p.apply(p.at(r1, "S", "i", "j", "k"), p.join(*here, first)), 1)
                return p.le(text, (f.beta, known), flat)

            return among(p, p.apply(p.at(layer, "i", "j", "k"), p.join(case, second)), ("S",), of)

        def on(case: Theorem) -> Theorem:
            return p.le(text, (3, f.size, error), (f.beta, error), using=[(case, f"{BETA}*(e[k]'*G*?)")])

        column = p.every(p.implies(at, p.by_cases(p.at(f.one, "i", "j"), off, on)), "k", "i", "j")
    with p.assuming("e[i]'*e[j] = 0") as at:

        def across(it: Theorem) -> Theorem:
            here = p.join(*(p.take(it, n) for n in range(3)))
            flat = p.take(p.apply(p.at(level, "S", "i", "j"), here), 1)
            known = p.take(p.apply(p.at(r2, "S", "i", "j"), here), 0)
            return p.le(f"{BETA}*{TURN} <= {ACROSS}", (f.beta, known), (p.says("2 <= size"), flat))

        made = among(p, p.apply(p.at(layer, "i", "j", "i"), p.join(at, at)), ("S",), across)
        return column, p.every(p.implies(at, made), "i", "j")


SCALE = "(K*most)"
FACTOR = "(one[S] + (1 - one[S])*alpha)"


def uniform(p: Proof, f: Facts, same: Theorem) -> Theorem:
    """Residuals are multiples of centered indicators, and isotropic."""
    flat = predictions(p, f, same)
    residual = residuals(p, f, flat)
    parts = p.le(f"0 < {SCALE}", (f.dim, f.high)), flat, residual, moment(p, residual)
    return p.witness(p.join(*parts), p.goal[1], SCALE)


def predictions(p: Proof, f: Facts, same: Theorem) -> Theorem:
    """A single label gives all others the same."""
    within, rows = p.says(RANGE[0]), p.says("N*ones = ones")
    pair = "(1 - e[k]'*e[j])*(e[k]'*N*e[j] - most) = 0"

    def off(case: Theorem) -> Theorem:
        bounds = p.apply(p.at(within, "j", "k"), case)
        low = p.le("most <= e[k]'*N*e[j]", p.take(bounds, 0), using=[same])
        met = p.antisymmetry(p.take(bounds, 1), low)
        return p.eq(pair, (met, "(1 - e[k]'*e[j])*?"))

    def on(case: Theorem) -> Theorem:
        return p.eq(pair, (case, "?'*e[j]*(e[k]'*N*e[j] - most)"))

    each = p.by_cases(p.at(f.one, "k", "j"), off, on)
    summed_up = p.eq("e[k]'*N*e[k] = 1 - (K - 1)*most", (rows, "e[k]'*?"), (p.every(each, "j"), "sum[j](?[j])"))
    text = f"e[k]'*N*e[j] = (1 - {SCALE})*(e[k]'*e[j]) + most"

    def apart_(case: Theorem) -> Theorem:
        return p.eq(text, each, (case, "?*(e[k]'*N*e[j] - most)", f"(1 - {SCALE})*?"))

    def one(case: Theorem) -> Theorem:
        return p.eq(text, (case, "e[k]'*N*?"), summed_up, (case, f"(1 - {SCALE})*(e[k]'*?)"))

    entry = p.every(p.by_cases(p.at(f.one, "k", "j"), apart_, one), "k", "j")
    return p.eq(f"N = (1 - {SCALE})*I[K] + {SCALE}/K*ones*ones'", (entry, "sum[k](sum[j](?[k, j]*e[k]*e[j]'))"))


def residuals(p: Proof, f: Facts, flat: Theorem) -> Theorem:
    """What that makes of residuals."""
    text = f"r[S] = {SCALE}*{FACTOR}*(P*y[S])"

    def single(case: Theorem) -> Theorem:
        which = p.take(case, 0)

        def of(it: Theorem) -> Theorem:
            y, prob = p.take(it, 0), p.take(it, 1)
            size = p.eq("m[S] = 1", (y, "ones'*?"))
            uses = (
                (p.at(p.says("all S: r[S] = y[S] - m[S]*prob[S]"), "S"), "?"),
                (prob, "m[S]*?"),
                (flat, "m[S]*?'*e[k]"),
            )
            made = p.eq("r[S] = e[k] - N'*e[k]", uses[0], uses[1], (size, "?*(N'*e[k])"), y)
            return p.eq(
                text, *(made, (flat, "?'*e[k]"), (which, f"{SCALE}*?*(1 - alpha)*(P*y[S])"), (y, f"{SCALE}*(P*?)"))
            )

        return among(p, p.take(case, 1), ("k",), of)

    def larger(case: Theorem) -> Theorem:
        which = p.take(case, 0)
        known = p.take(p.apply(p.at(f.residual, "S"), which), 1)
        return p.eq(text, known, (flat, "alpha*(?'*y[S])"), (which, f"{SCALE}*?*(1 - alpha)*(P*y[S])"))

    return p.every(p.by_cases(p.at(p.says(KINDS), "S"), single, larger), "S")


def moment(p: Proof, residual: Theorem) -> Theorem:
    """Residuals of a classifier of full rank are isotropic."""
    flat = p.every(p.eq("ones'*r[S] = 0", *level(p)), "S")
    with p.assuming("W*X = P") as right:
        uses = (
            (p.says("lambda_W*W = sum[S](r[S]*h[S]')"), "lambda_H*?*X"),
            (p.says("all S: lambda_H*h[S] = W'*r[S]"), "sum[S](r[S]*?[S]'*X)"),
            *((right, "lambda_W*lambda_H*?"), (right, "sum[S](r[S]*r[S]'*?)"), (flat, "sum[S](1/K*r[S]*?[S]*ones')")),
        )
        made = p.eq("sum[S](r[S]*r[S]') = lambda*P", *uses)
        made = p.unpack(p.says("some X: W*X = P"), p.implies(right, made), "X")
    text = "one[S]^2 = one[S]"
    square = p.every(
        p.by_cases(
            p.at(p.says(KINDS), "S"), *(lambda case: p.eq(text, (p.take(case, 0), "one[S]*?"), *extra(p, case)),) * 2
        ),
        "S",
    )
    return p.eq(
        f"{SCALE}^2*({ONES} + alpha^2*{LARGER}) = lambda*P",
        *(made, (residual, "sum[S](?[S]*r[S]')", f"sum[S]({SCALE}*{FACTOR}*(P*y[S])*?[S]')")),
        (square, f"{SCALE}^2*(1 - alpha)^2*sum[S](?[S]*(P*y[S]*y[S]'*P))"),
    )


def extra(p: Proof, case: Theorem) -> list[Used]:
    """That 0 is 0 needs a second use."""
    return [] if p.take(case, 0).conclusion[2] == p.term("1") else [(p.take(case, 0), "?")]


def two_penalties(p: Proof) -> Theorem:
    """Two multiples of P with different weights of the layers make each of them one, and the traces say which."""
    text = f"{ONES} + alpha^2*{LARGER} = s*P and {ONES} + t^2*{LARGER} = tau*P and t^2 - alpha^2 != 0"
    with p.supposing(text) as (at, one, two, apart_):
        p.nonzeros.append(apart_)
        uses = (one, "1/(t^2 - alpha^2)*?"), (two, "1/(t^2 - alpha^2)*?")
        flat = p.eq(f"{LARGER} = (tau - s)/(t^2 - alpha^2)*P", *uses)
        flat1 = p.eq(f"{ONES} = (s - alpha^2*(tau - s)/(t^2 - alpha^2))*P", one, (flat, "alpha^2*?"))
        made = []
        for moment, part, value, known in (
            (ONES, "one[S]", "(s - alpha^2*(tau - s)/(t^2 - alpha^2))", flat1),
            (LARGER, "(1 - one[S])", "((tau - s)/(t^2 - alpha^2))", flat),
        ):
            trace = p.eq(f"sum[S]({part}*(m[S]*(K - m[S]))) = K*(K - 1)*{value}", (known, "K*tr(?)"))
            made.append(
                p.eq(f"K*(K - 1)*{moment} = sum[S]({part}*(m[S]*(K - m[S])))*P", (known, "K*(K - 1)*?"), (trace, "?*P"))
            )
        return p.every(p.implies(at, p.join(*made)), "s", "t", "tau")


def apart(p: Proof) -> Theorem:
    """A label in a set is none outside it."""
    text = "e[i]'*y[S] = 1 and e[j]'*y[S] = 0"
    with p.assuming(text) as at:

        def same(case: Theorem) -> Theorem:
            return p.absurd("e[i]'*e[j] = 0", p.le("0 < 0", 1, using=[p.take(at, 0), p.take(at, 1), (case, "?'*y[S]")]))

        made = p.by_cases(p.at(one_label(p), "i", "j"), lambda case: case, same)
        return p.every(p.implies(at, made), "S", "i", "j")


def summed(p: Proof, f: Facts, r1: Theorem) -> Theorem:
    """What logarithms at a label outside and one in the set are to each other."""
    with p.assuming(AT) as at:
        size = p.take(p.apply(p.at(f.residual, "S"), p.take(at, 0)), 0)
        own = p.take(at, 1)
        made = []
        for sign in (1, -1):
            value = f"({LEVEL} - {ERROR})" if sign > 0 else f"({LEVEL} + {ERROR})"
            left = f"(e[k]'*y[S])*{value} + (e[k]'*e[i])*(e[i]'*G*e[i] - e[i]'*G*e[j] - {value})"
            right = "(e[k]'*y[S])*(e[k]'*G*e[i] - e[k]'*G*e[j])"
            text = f"{left} <= {right}" if sign > 0 else f"{right} <= {left}"
            rest, diff = f"(e[i]'*G*e[i] - e[i]'*G*e[j] - {value})", "(e[k]'*G*e[i] - e[k]'*G*e[j])"

            def met(two: Theorem, inside: Theorem, part: int = 0 if sign > 0 else 1) -> Theorem:
                here = p.join(*(p.take(at, n) for n in range(3)), inside, two)
                return p.take(p.apply(p.at(r1, "S", "i", "j", "k"), here), part)

            made.append(each_label(p, f, text, (value, diff, rest), own, "(?'*G*(e[i] - e[j]))", met))
        lo, hi = (p.over(x) for x in made)
        first = p.le(f"{TURN} <= (size - 1)*{ERROR} - (size - 2)*{LEVEL}", lo, using=[(size, f"?*({LEVEL} - {ERROR})")])
        second = p.le(
            f"-{TURN} <= (size - 1)*{ERROR} + (size - 2)*{LEVEL}", hi, using=[(size, f"?*({LEVEL} + {ERROR})")]
        )
        return p.every(p.implies(at, p.join(first, second)), "S", "i", "j")


def each_label(
    p: Proof,
    f: Facts,
    text: str,
    parts: tuple[str, str, str],
    own: Theorem,
    hole: str,
    met: Callable[[Theorem, Theorem], Theorem],
) -> Theorem:
    """An inequality for the labels of a set but one, as one for all labels."""
    value, term, rest = parts

    def absent(case: Theorem) -> Theorem:
        def off(two: Theorem) -> Theorem:
            return p.le(text, using=[(two, f"?*{rest}"), (case, f"?*{value}", f"?*{term}")])

        def on(two: Theorem) -> Theorem:
            return p.absurd(text, p.le("0 < 0", 1, using=[own, (two, "?'*y[S]"), case]))

        return p.by_cases(p.at(f.one, "k", "i"), off, on)

    def present(case: Theorem) -> Theorem:
        inside = p.eq("e[k]'*y[S] = 1", case)

        def off(two: Theorem) -> Theorem:
            return p.le(text, met(two, inside), using=[(two, f"?*{rest}"), (case, f"?*{value}", f"?*{term}")])

        def on(two: Theorem) -> Theorem:
            return p.le(text, using=[(two, f"?'*e[i]*{rest}"), (case, f"?*{value}", f"?*{term}"), (two, hole)])

        return p.by_cases(p.at(f.one, "k", "i"), off, on)

    return p.every(p.by_cases(p.at(f.outside, "S", "k"), absent, present), "k")


def below(p: Proof, logs: Logarithm) -> Theorem:
    """log a - log b <= (a - b)/b."""
    ratio = "share*(1/share2)"
    with p.supposing("0 < share and 0 < share2") as (at, first, second):
        inverse = p.reciprocal(second)
        some = p.le(f"0 < {ratio}", (first, inverse))
        tangent = p.take(logs.below(ratio, some), 0)
        split = logs.of_product(ratio, "share2", some, second)
        made = p.le("log(share) - log(share2) <= (share - share2)*(1/share2)", tangent, using=[split])
        return p.every(p.implies(at, made), "share", "share2")


def of_sets(p: Proof) -> tuple[Theorem, Theorem]:
    """A larger set's residual, and its logits at two labels."""
    kinds = p.at(p.says(KINDS), "S")
    rows, virtual = p.says("N*ones = ones"), p.says("lambda_H*V = W'*(I[K] - N')")
    with p.assuming("one[S] = 0") as larger:

        def never(case: Theorem) -> Theorem:
            false = p.le("0 < 0", 1, using=[p.take(case, 0), larger])
            return p.absurd("m[S] = size and h[S] = alpha*(V*y[S])", false)

        def so(case: Theorem) -> Theorem:
            return p.join(p.take(case, 1), p.take(case, 2))

        own = p.by_cases(kinds, never, so)
        size, features = p.take(own, 0), p.take(own, 1)
        made, flat = "(y[S] - N'*y[S])", p.eq("ones'*r[S] = 0", *level(p))
        with p.assuming("W*X = P") as right:
            uses = (
                (p.at(p.says("all S: lambda_H*h[S] = W'*r[S]"), "S"), "X'*?"),
                (features, "lambda_H*X'*?"),
                (virtual, "alpha*X'*?*y[S]"),
                (right, f"?'*(r[S] - alpha*{made})"),
                (flat, "1/K*ones*?"),
                (rows, "alpha/K*ones*(?'*y[S])"),
            )
            residual = p.eq(f"r[S] = alpha*{made}", *uses)
            residual = p.unpack(p.says("some X: W*X = P"), p.implies(right, residual), "X")
        logged: list[Used] = []
        logit, single = (
            p.says("all S, k: e[k]'*W*h[S] = e[k]'*logs[S] + level[S]"),
            p.says("all k, j: e[j]'*W*V*e[k] = e[k]'*G*e[j] + level1[k]"),
        )
        for i in "ij":
            logged += [
                (p.at(logit, "S", i), "?"),
                (p.at(p.says(LOGS[0]), "S", i), "?"),
                (features, f"e[{i}]'*W*?"),
                (p.every(p.at(single, "k", i), "k"), "alpha*sum[k](e[k]'*y[S]*?[k])"),
            ]
        logits = p.eq("log(e[i]'*prob[S]) - log(e[j]'*prob[S]) = alpha*(y[S]'*G*(e[i] - e[j]))", *logged)
        residual = p.every(p.implies(larger, p.join(size, residual)), "S")
        return residual, p.every(p.implies(larger, logits), "S", "i", "j")


def level(p: Proof) -> tuple[Used, Used]:
    """Residuals add up to zero."""
    return (p.at(p.says("all S: r[S] = y[S] - m[S]*prob[S]"), "S"), "ones'*?"), (
        p.at(p.says("all S: ones'*prob[S] = 1"), "S"),
        "m[S]*?",
    )
