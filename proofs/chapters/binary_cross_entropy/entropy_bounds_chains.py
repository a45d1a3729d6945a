"""B6, closed: binary entropy grows up to one half, and sign vectors are residuals and logits, each up to a factor."""

from functools import partial

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, TwoValued, two_values
from proofs.chapters.binary_cross_entropy.sign_vectors_chains import range_rules
from proofs.chapters.terminal_phase.hard_margin_chains import in_range
from proofs.claims.closed_form_formulas import AT_SIGNS, BINARY_LOSS, ENTROPY_OF, LEFT, OWN_COST
from proofs.claims.hypotheses import LABEL_SETS, OBJECTIVE
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

S_ = "(2*y[S] - ones)"
SLOPE = "(log(1 - {0}) - log({0}))"


class Arguments:
    """The four arguments of the entropy: that they are positive and at most one half, and their order."""

    def __init__(self, p: Proof) -> None:
        self.size = p.dimension("K")
        self.mu, self.top, self.level = p.says("0 < mu"), p.says("0 < top"), p.says("mu^2 = lambda")
        self.square = p.says("N = sum[S]((2*y[S] - ones)*(2*y[S] - ones)')")
        self.trace = p.eq("tr(N) = K", (self.square, "tr(?)"))
        texts = (
            f"(c1^2*{LEFT} = lambda and c1 <= 1/2) or (c1 = 1/2 and {LEFT} <= 4*lambda)",
            "(c2*top = mu and c2 <= 1/2) or (c2 = 1/2 and top <= 2*mu)",
            "(c3*K = mu*tr(Root) and c3 <= 1/2) or (c3 = 1/2 and K <= 2*mu*tr(Root))",
            "(c4 = mu and mu <= 1/2) or (c4 = 1/2 and 1 <= 2*mu)",
        )
        self.cases = [p.says(text) for text in texts]
        bounds = f"c1^2*{LEFT} <= lambda", "c2*top <= mu", "c3*K <= mu*tr(Root)"
        factors = f"(c1 + 1/2)*{LEFT}", "top", "K"
        self.bounds: list[Theorem] = []
        self.small: list[Theorem] = []
        for n, (case, bound, factor) in enumerate(zip(self.cases[:3], bounds, factors, strict=True), 1):
            made = p.by_cases(case, partial(self.own, p, n, bound), partial(self.capped, p, n, bound, factor))
            self.bounds.append(p.take(made, 0))
            self.small.append(p.take(made, 1))
        self.some = [p.says(f"0 < c{n}") for n in (1, 2, 3)]
        fourth = p.by_cases(
            self.cases[3],
            lambda at: p.le("c4 <= 1/2", p.take(at, 1), using=[p.take(at, 0)]),
            lambda at: p.le("c4 <= 1/2", using=[p.take(at, 0)]),
        )
        self.small.append(fourth)

    @staticmethod
    def own(p: Proof, n: int, bound: str, at: Theorem) -> Theorem:
        """The argument is not capped."""
        return p.join(p.le(bound, using=[p.take(at, 0)]), p.le(f"c{n} <= 1/2", p.take(at, 1)))

    @staticmethod
    def capped(p: Proof, n: int, bound: str, factor: str, at: Theorem) -> Theorem:
        """The argument is one half."""
        half = p.take(at, 0)
        piece = (1, 4) if n == 1 else (1, 2)
        return p.join(
            p.le(bound, (piece, p.take(at, 1)), using=[(half, f"{factor}*?")]), p.le(f"c{n} <= 1/2", using=[half])
        )


def grows(p: Proof, label: Label) -> Theorem:
    """H(s) <= H(t) where s <= t, and less where s < t < 1/2."""
    logs = label.logs
    entropy = p.says(ENTROPY_OF)
    with p.supposing("0 < s and s <= t and t <= 1/2") as (at, some, order, half):
        more, rest = p.le("0 < t", some, order), p.le("0 < 1 - t", half, ((1, 2),))
        off = p.le("0 < 1 - s", rest, order)
        bounds = []
        for a, b, first, second in (("s", "t", some, more), ("(1 - s)", "(1 - t)", off, rest)):
            inverse = p.reciprocal(first)
            ratio = p.le(f"0 < {b}*(1/{a})", (second, inverse))
            below = p.take(logs.below(f"{b}*(1/{a})", ratio), 0)
            split = logs.of_product(f"{b}*(1/{a})", a, ratio, first)
            whole = p.eq(f"{b}*(1/{a})*{a} = {b}")
            uses = [(split, f"{a}*?"), (whole, f"{a}*log(?)")]
            bounds.append(p.le(f"{a}*(log({b}) - log({a})) <= {b} - {a}", (first, below), using=uses))
        slope = p.le(f"0 <= {SLOPE.format('t')}", logs.ordered("t", "1 - t", more, rest, p.le("t <= 1 - t", (2, half))))
        weak = p.le("H(s) <= H(t)", *bounds, (order, slope), using=[p.at(entropy, "s"), p.at(entropy, "t")])
        with p.supposing("s < t and t < 1/2") as (strict, apart, less):
            steep = p.le(
                f"0 < {SLOPE.format('t')}", logs.ordered("t", "1 - t", more, rest, p.le("t < 1 - t", (2, less)))
            )
            found = p.le("H(s) < H(t)", *bounds, (apart, steep), using=[p.at(entropy, "s"), p.at(entropy, "t")])
            found = p.implies(strict, found)
        made = p.implies(at, p.join(weak, found))
    return p.every(made, "s", "t")


@closes("B6")
def bounds_on_the_loss(p: Proof) -> None:
    """B6: residuals that are a multiple of sign vectors, a point with such logits, and traces of roots."""
    args, label = Arguments(p), Label(p)
    grow = grows(p, label)
    first = ordered(p, grow, args, "c1", "c2", below_first(p, args))
    trace = p.le("tr(Root) <= K", ((1, 2), p.square("Root - I[K]")), using=trace_uses(p, args))
    last = p.by_cases(
        args.cases[3],
        lambda at: p.le(
            "c3 <= c4",
            (p.reciprocal(args.size), args.bounds[2]),
            (args.mu, p.reciprocal(args.size), trace),
            using=[p.take(at, 0)],
        ),
        lambda at: p.le("c3 <= c4", args.small[2], using=[p.take(at, 0)]),
    )
    fourth = ordered(p, grow, args, "c3", "c4", last)
    certified, below, met = floor(p, args, label)
    point = attained(p, args, label)
    del certified
    p.done(p.join(first, below, point, fourth, met, same_arguments(p, args), isotropic(p, args, (grow, trace, last))))


def trace_uses(p: Proof, args: Arguments) -> list[tuple[Theorem, str]]:
    """What the trace of (Root - I)'(Root - I) is."""
    own = p.symmetric(p.says("psd Root"))
    return [(own, "1/2*tr(?*Root)"), (p.says("Root*Root = N"), "1/2*tr(?)"), (args.trace, "1/2*?")]


def ordered(p: Proof, grow: Theorem, args: Arguments, a: str, b: str, order: Theorem) -> Theorem:
    """K H(a) <= K H(b)."""
    some, small = args.some[int(a[1]) - 1], args.small[int(b[1]) - 1]
    weak = p.take(p.apply(p.at(grow, a, b), p.join(some, order, small)), 0)
    return p.le(f"K*H({a}) <= K*H({b})", (args.size, weak))


def below_first(p: Proof, args: Arguments) -> Theorem:
    """c1 <= c2, since the trace leaves that much for the greatest eigenvalue."""
    psd = p.semidefinite(
        "N - least*I[K]", p.at(p.says("all x: least*(x'*x) <= x'*N*x"), "x"), turned=[(args.square, "?'"), args.square]
    )
    some = p.says("some x: x'*x = 1 and x'*N*x = top^2")
    inner = p.ledger.assume(instantiate(some.conclusion[2], p.term("x")))
    unit, value = p.take(inner, 0), p.take(inner, 1)
    rest = "(I[K] - x*x')"
    uses: list[Used] = [args.trace, (unit, "(x'*N*x)*?"), value, (unit, "least*?*(x'*x)"), (unit, "least*?")]
    most = p.le(f"top^2 <= {LEFT}", p.square(rest, psd), using=uses)
    most = p.unpack(some, p.implies(inner, most), "x")

    def own(case: Theorem) -> Theorem:
        equal = p.take(case, 0)

        def wrong(less: Theorem) -> Theorem:
            pieces = (less, args.some[0], args.top, args.top), (less, args.some[1], args.top, args.top)
            known: list[Used] = [(equal, "(c2*top + mu)*?"), args.level]
            square = (args.some[0], args.some[0], most)
            return p.absurd("c1 <= c2", p.le("0 < 0", *pieces, square, args.bounds[0], using=known))

        return p.by_cases(p.order_cases("c1", "c2"), lambda found: found, wrong)

    return p.by_cases(args.cases[1], own, lambda case: p.le("c1 <= c2", args.small[0], using=[p.take(case, 0)]))


def floor(p: Proof, args: Arguments, label: Label) -> tuple[Theorem, Theorem, Theorem]:
    """c2 times the sign vectors are feasible residuals; where their dual value is met sign vectors are eigenvectors."""
    c, small = args.some[1], args.small[1]
    residual = p.says("all S: r[S] = c2*(2*y[S] - ones)")
    rest, apart = p.le("0 < 1 - (1 - c2)", c), p.le("0 <= 1 - c2 - c2", (2, small))
    entry = p.eq("e[k]'*(y[S] - r[S]) = c2 + (1 - c2 - c2)*(e[k]'*y[S])", (residual, "e[k]'*?[S]"))
    certified = TwoValued(p, label, "c2", "(1 - c2)", (c, rest, apart, entry))
    moment = p.eq(
        "c2^2*N = sum[S](r[S]*r[S]')",
        (residual, "sum[S](?[S]*r[S]')", f"sum[S](c2*{S_}*?[S]')"),
        (args.square, "c2^2*?"),
    )
    top = p.at(p.says("all x: x'*N*x <= top^2*(x'*x)"), "x")
    room = p.le(
        "0 <= lambda - c2^2*top^2",
        (p.le("0 <= mu - c2*top", args.bounds[1]), p.le("0 < mu + c2*top", args.mu, (c, args.top))),
        using=[args.level],
    )
    turned = (args.square, "c2^2*?'"), (args.square, "c2^2*?")
    psd = p.semidefinite("lambda*I[K] - c2^2*N", (c, c, top), (room, p.square("x")), turned=turned)
    gap = certified.gap(p, moment, psd, p.eq("(0*b)'*sum[S](r[S]) = 0"), R="c2^2*N", b="(0*b)")
    entropy = p.at(p.says(ENTROPY_OF), "c2")
    same = p.eq(
        f"sum[S]({certified.value}) = K*H(c2)", (certified.entropy, "sum[S](sum[k](?[S, k]))"), (entropy, "K*?")
    )
    whole = OBJECTIVE.format("W", "h[S]", "(0*b)")
    below = p.le(f"K*H(c2) <= {OWN_COST}", certified.below(p, gap, whole), using=[same])
    with p.supposing(f"2*mu < top and {OWN_COST} = K*H(c2)") as (at, early, tight):
        no_worse = p.le(f"{whole} <= sum[S]({certified.value})", using=[tight, same])
        _, odds, _, flat = certified.no_gap(p, gap, no_worse, whole, "W*h[S]")
        equal, less = uncapped(p, args, early)
        logs = label.logs.ordered(
            "c2", "1 - c2", c, p.le("0 < 1 - c2", less, ((1, 2),)), p.le("c2 < 1 - c2", (2, less))
        )
        slope = SLOPE.format("c2")
        positive = p.le(f"0 < {slope}", logs)
        logits = p.eq(f"e[k]'*W*h[S] = {slope}*(e[k]'*{S_})", p.at(odds, "S", "k"), p.at(certified.odds, "S", "k"))
        logits = p.eq(f"W*h[S] = {slope}*{S_}", (p.every(logits, "k"), "sum[k](e[k]*?[k])"))
        logits = p.every(logits, "S")
        p.positive(positive)
        vector = p.eq(
            f"N*{S_} = top^2*{S_}",
            (p.at(logits, "S"), f"1/{slope}*1/c2^2*(lambda*I[K] - c2^2*N)*?"),
            (flat, f"1/{slope}*1/c2^2*?*h[S]"),
            (equal, f"1/c2^2*(c2*top + mu)*?*{S_}"),
            (args.level, f"1/c2^2*?*{S_}"),
        )
        vector = p.every(vector, "S")
        met = p.eq("N*N = top^2*N", (args.square, "N*?"), (vector, f"sum[S](?[S]*{S_}')"), (args.square, "top^2*?"))
        met = p.implies(at, met)
    return same, below, met


def uncapped(p: Proof, args: Arguments, early: Theorem) -> tuple[Theorem, Theorem]:
    """Below collapse c2 top = mu, and c2 is less than one half."""
    equal = p.by_cases(
        args.cases[1],
        lambda case: p.take(case, 0),
        lambda case: p.absurd("c2*top = mu", p.le("0 < 0", early, p.take(case, 1))),
    )
    share = p.reciprocal(args.top)
    return equal, p.le("c2 < 1/2", ((1, 2), share, early), using=[(equal, "1/top*?")])


def attained(p: Proof, args: Arguments, label: Label) -> Theorem:
    """A point with logits that are a multiple of sign vectors: its cost is the entropy at c3."""
    c, small, slope = args.some[2], args.small[2], SLOPE.format("c3")
    square, turned = (
        p.eq("Root*Root = sum[S]((2*y[S] - ones)*(2*y[S] - ones)')", p.says("Root*Root = N"), args.square),
        range_rules(p),
    )
    within = in_range(p, square, turned, "", S_)
    rest = p.le("0 < 1 - c3", small, ((1, 2),))
    sign = p.le(f"0 <= {slope}", label.logs.ordered("c3", "1 - c3", c, rest, p.le("c3 <= 1 - c3", (2, small))))

    def idle(case: Theorem) -> Theorem:
        return p.eq(f"{slope}*(mu*tr(Root) - K*c3) = 0", (p.take(case, 0), f"{slope}*?"))

    def half(case: Theorem) -> Theorem:
        uses = (p.take(case, 0), "log(1 - ?)*(mu*tr(Root) - K*c3)"), (p.take(case, 0), "log(?)*(mu*tr(Root) - K*c3)")
        return p.eq(f"{slope}*(mu*tr(Root) - K*c3) = 0", *uses)

    idle_ = p.by_cases(args.cases[2], idle, half)
    with p.assuming(f"tau = {slope}") as named:
        loss = signed_loss(p, label, named, (c, rest))
        made = p.implies(named, at_signs(p, args, (named, sign, idle_), loss, (square, within)))
    return p.apply(p.at(p.every(made, "tau"), slope), p.eq(f"{slope} = {slope}"))


def signed_loss(p: Proof, label: Label, named: Theorem, known: tuple[Theorem, Theorem]) -> Theorem:
    """The loss at a multiple of sign vectors whose odds are those of c3."""
    share, rest = "(e[k]'*(y[S] - c3*(2*y[S] - ones)))", "(1 - e[k]'*(y[S] - c3*(2*y[S] - ones)))"
    indicator, y, low = p.at(p.says(LABEL_SETS[2]), "S", "k"), "e[k]'*y[S]", p.le("0 < 1 - (1 - c3)", known[0])
    entry = p.eq(f"{share} = c3 + (1 - c3 - c3)*({y})")
    small = p.le(
        "0 <= 1 - c3 - c3",
        (
            2,
            p.by_cases(
                p.says("(c3*K = mu*tr(Root) and c3 <= 1/2) or (c3 = 1/2 and K <= 2*mu*tr(Root))"),
                lambda at: p.take(at, 1),
                lambda at: p.le("c3 <= 1/2", using=[p.take(at, 0)]),
            ),
        ),
    )
    near, off, log, log2 = two_values(p, label, ("c3", "(1 - c3)"), y, share, (known[0], low, small, entry, indicator))
    at = f"e[k]'*(tau*{S_})"
    odds = p.apply(p.at(label.odds, share, rest, at), p.join(near, off, p.eq(f"{share} + {rest} = 1")))
    value = p.eq(f"{at} = log({share}) - log({rest})", log, log2, (named, f"(e[k]'*{S_})*?"))
    whole = p.take(p.apply(p.take(odds, 1), value), 1)
    entropy = p.at(p.says(ENTROPY_OF), "c3")
    each = p.eq(
        f"log(1 + ex({at})) - (e[k]'*y[S])*({at}) = H(c3) - c3*tau",
        whole,
        entropy,
        (log, f"{share}*?"),
        (log2, f"{rest}*?"),
    )
    from_loss = p.at(label_loss(p), "S", f"tau*{S_}")
    return p.every(p.eq(f"L[S](tau*{S_}) = K*(H(c3) - c3*tau)", from_loss, (p.every(each, "k"), "sum[k](?[k])")), "S")


def label_loss(p: Proof) -> Theorem:
    """What the loss is."""
    return p.says(BINARY_LOSS)


W_, V_ = "(share*X)", "(mu/lambda_H*share*X'*Q)"


def at_signs(
    p: Proof, args: Arguments, facts: tuple[Theorem, Theorem, Theorem], loss: Theorem, root: tuple[Theorem, Theorem]
) -> Theorem:
    """The least factors of such logits, and what they cost."""
    (named, sign, idle), (square, within) = facts, root
    some, own = p.formula(f"some W2, V: {AT_SIGNS} = K*H(c3)"), p.says("Q' = Q")
    with p.assuming("X*X' = Root") as wide:
        with p.supposing("0 <= share and share^2 = lambda_H*tau/mu") as (at, _, scale, *_):
            logits = p.eq(
                f"all S: {W_}*({V_}*{S_}) = tau*{S_}",
                (wide, f"mu/lambda_H*share^2*?*Q*{S_}"),
                (scale, f"mu/lambda_H*?*Root*Q*{S_}"),
                (within, "tau*?[S]"),
            )
            classifier = p.eq(
                f"tr({W_}'*{W_}) = lambda_H*tau/mu*tr(Root)", (wide, "share^2*tr(?)"), (scale, "?*tr(Root)")
            )
            features = p.eq(
                f"sum[S](({V_}*{S_})'*({V_}*{S_})) = mu/lambda_H*tau*tr(Root)",
                (own, f"sum[S]((mu/lambda_H*share)^2*({S_}'*?*X*X'*Q*{S_}))"),
                (wide, f"(mu/lambda_H*share)^2*sum[S]({S_}'*Q*?*Q*{S_})"),
                (square, "(mu/lambda_H*share)^2*tr(Q*?)"),
                (scale, "(mu/lambda_H)^2*?*tr(Root)"),
            )
            cost = p.eq(
                f"{AT_SIGNS.replace('W2', W_).replace('V', V_)} = K*H(c3)",
                *((logits, "sum[S](L[S](?[S]))"), (loss, "sum[S](?[S])")),
                *((classifier, "lambda_W/2*?"), (features, "lambda_H/2*?")),
                *((args.level, "tau/(2*mu)*tr(Root)*?"), idle, (named, "(mu*tr(Root) - K*c3)*?")),
            )
            made = p.implies(at, p.witness(p.witness(cost, instantiate(some[2], p.term(W_)), V_), some, W_))
        under = p.le(
            "0 <= lambda_H*tau/mu", (p.given[1], p.reciprocal(args.mu), sign), using=[(named, "lambda_H/mu*?")]
        )
        exists = p.apply(p.axiom("square root", {}, t="lambda_H*tau/mu"), under)
        made = p.implies(wide, p.unpack(exists, made, "share"))
    return p.some("some X: X*X' = Root", made, "X")


def same_arguments(p: Proof, args: Arguments) -> Theorem:
    """On a flat spectrum the trace of the root is K over the root of the eigenvalue, and both arguments are one."""
    root, square = p.says("psd Root"), p.says("Root*Root = N")
    own = p.symmetric(root)
    with p.supposing("2*mu < top and N*N = top^2*N") as (at, early, flat):
        rest = "(Root*Root*Root - top*Root*Root)"
        cube = p.eq(f"{rest}*(Root + top*I[K]) = 0", (square, "?*Root*Root", "N*?"), flat, (square, "top^2*?"))
        form = p.square(f"{rest}'", root)
        small = p.le(
            f"tr(({rest}')'*{rest}') <= 0", (p.reciprocal(args.top), form), using=[(cube, f"1/top*tr(?*{rest}')")]
        )
        none = p.eq(f"{rest} = 0", (p.null(f"{rest}'", small), "?'"))
        apart = "(Root*Root - top*Root)"
        turned = p.eq(f"{apart}' = {apart}", (own, "?*Root'", "Root*?", "top*?"))
        uses = [(turned, f"tr(?*{apart})"), (none, "tr(?*(Root - top*I[K]))")]
        less = p.le(f"tr({apart}'*{apart}) <= 0", using=uses)
        zero = p.null(apart, less)
        trace = p.eq("top*tr(Root) = K", (zero, "tr(?)"), (square, "tr(?)"), args.trace)
        equal, _ = uncapped(p, args, early)
        share = p.reciprocal(args.size)

        def own_(case: Theorem) -> Theorem:
            uses = (p.take(case, 0), "1/K*?"), (trace, "1/K*mu/top*?"), (equal, "1/top*?")
            return p.eq("c3 = c2", *uses)

        def capped(case: Theorem) -> Theorem:
            pieces = (share, args.top, p.take(case, 1))
            return p.absurd("c3 = c2", p.le("0 < 0", early, pieces, using=[(trace, "1/K*(2*mu)*?")]))

        return p.implies(at, p.by_cases(args.cases[2], own_, capped))


def isotropic(p: Proof, args: Arguments, known: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """Below a penalty of 1/4 the last two bounds are one only if the second moment is the identity."""
    grow, trace, order = known
    root, square = p.says("psd Root"), p.says("Root*Root = N")
    apart = "(Root - I[K])"
    with p.assuming("2*mu < 1") as early:
        fourth = p.by_cases(
            args.cases[3],
            lambda case: p.take(case, 0),
            lambda case: p.absurd("c4 = mu", p.le("0 < 0", early, p.take(case, 1))),
        )
        with p.assuming("K*H(c3) = K*H(c4)") as same:

            def less(found: Theorem) -> Theorem:
                small = p.le("c4 < 1/2", ((1, 2), early), using=[fourth])
                strict = p.apply(
                    p.take(p.apply(p.at(grow, "c3", "c4"), p.join(args.some[2], order, args.small[3])), 1),
                    p.join(found, small),
                )
                return p.absurd("c4 <= c3", p.le("0 < 0", (args.size, strict), using=[same]))

            back = p.by_cases(p.order_cases("c4", "c3"), lambda found: found, less)
            share = p.reciprocal(args.mu)
            large = p.le(
                "K <= tr(Root)", (share, args.size, back), (share, args.bounds[2]), using=[(fourth, "1/mu*K*?")]
            )
            none = p.null(
                apart,
                p.le(
                    f"tr({apart}'*{apart}) <= 0", (2, large), using=[(u[0], f"2*({u[1]})") for u in trace_uses(p, args)]
                ),
            )
            forth = p.implies(same, p.eq("N = I[K]", square, (none, "?*(Root + I[K])")))
        with p.assuming("N = I[K]") as flat:
            cube = p.eq(f"{apart}*(Root + I[K]) = 0", square, flat)
            small = p.le(
                f"tr(({apart}')'*{apart}') <= 0", p.square(f"{apart}'", root), using=[(cube, f"tr(?*{apart}')")]
            )
            one = p.eq("Root = I[K]", (p.null(f"{apart}'", small), "?'"))
            total = p.eq("tr(Root) = K", (one, "tr(?)"))
            share = p.reciprocal(args.size)

            def uncapped_(case: Theorem) -> Theorem:
                return p.eq("c3 = c4", (p.take(case, 0), "1/K*?"), (total, "1/K*mu*?"), fourth)

            def never(case: Theorem) -> Theorem:
                return p.absurd(
                    "c3 = c4", p.le("0 < 0", early, (share, p.take(case, 1)), using=[(total, "2*1/K*mu*?")])
                )

            equal = p.by_cases(args.cases[2], uncapped_, never)
            back = p.implies(flat, p.eq("K*H(c3) = K*H(c4)", (equal, "K*H(?)")))
        del trace
        return p.implies(early, p.both(forth, back))
