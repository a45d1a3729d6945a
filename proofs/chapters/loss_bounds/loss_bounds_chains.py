"""Chapter L, closed: from the formal hypotheses to the formal goals."""

from proofs.chapters.duality.duality_chains import gap
from proofs.chapters.label_spectrum.label_spectrum_chains import above_least
from proofs.chapters.loss_bounds.entropy_chains import (
    AT_V,
    INNER,
    OBJECTIVE,
    OUTER,
    SPREAD,
    Logarithm,
    at_most,
    begin,
    entropy_grows,
    slope_of,
    two_values,
    weak_duality,
)
from proofs.chapters.terminal_phase.hard_margin_chains import in_range, root_rules
from proofs.claims.hypotheses import ENTROPY, GREATEST, LEAST
from proofs.claims.loss_bounds import CAPPED, OTHERS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


@closes("L4")
def bound_from_collapse(p: Proof) -> None:
    """L4: scaled residuals of W = 0 are feasible, so U6 bounds the loss by their dual value."""
    lambda_w, lambda_h, product, dual, _, tight, bias, top, small = p.given
    feasible = p.semidefinite(
        "lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])')", (small, p.square("x")), (p.square("c"), p.square("x", top))
    )
    with p.assuming("b = 0 and b0 = 0") as none:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (p.take(none, 0), "?'*sum[S](c*r0[S])"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (p.take(none, 1), "?'*sum[S](r0[S])"))
        none_case = p.implies(none, p.join(first, other))
    with p.assuming("sum[S](r0[S]) = 0") as free:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (free, "c*b'*?"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (free, "b0'*?"))
        free_case = p.implies(free, p.join(first, other))
    orthogonal = p.cases(bias, none_case, free_case)
    scaled = p.eq("sum[S]((c*r0[S])*(c*r0[S])') = sum[S]((c*r0[S])*(c*r0[S])')")
    duality = p.take(
        gap(p, lambda_w, lambda_h, (product, scaled, dual), r="c*r0[sets_0]", R="sum[S]((c*r0[S])*(c*r0[S])')"), 1
    )
    below = p.apply(duality, p.join(feasible, p.take(orthogonal, 0)))
    with p.assuming("c = 1") as one:
        same = p.eq(
            "sum[S](D[S](c*r0[S])) = sum[S](L[S](b0))",
            (one, "sum[S](D[S](?*r0[S]))"),
            (tight, "sum[S](?[S])"),
            p.take(orthogonal, 1),
        )
        same = p.implies(one, same)
    p.done(p.join(below, same))


FULL = "size*log(K)"
ONE_DIRECTION = "some v: ones'*v = 0 and v'*v = 1 and Sigma = kappa*(P - v*v') + Kappa*(v*v')"


@closes("L2")
def weakest_contrast(p: Proof) -> None:
    """L2: the trace bounds the greatest eigenvalue by the least; L1, and that the entropy grows, do the rest."""
    trace = p.eq("tr(Sigma) = size*(K - size)/K")
    top, one_direction = greatest_by_least(p)
    logs, gibbs, some = begin(p)
    full = entropy_at_one(p, logs)
    weak, strict = entropy_ordered(p, entropy_grows(p, logs, gibbs, two_values(p, logs, some)), full)
    bound = p.take(of_claim(p, "L1", c="c2"), 0)
    least, arguments = OTHERS.format("kappa"), (p.given[-4], p.given[-2], p.given[-3], p.given[-1])
    order = p.apply(p.at(weak, "c", "c2", least, "Kappa"), p.join(*arguments, top))
    floor = p.le(f"H(c) <= {OBJECTIVE}", order, bound)
    with p.assuming(f"H(c) < {FULL}") as low:
        with p.assuming("H(c) = H(c2)") as same:

            def less(apart: Theorem) -> Theorem:
                more = p.apply(p.at(strict, "c", "c2", least, "Kappa"), p.join(*arguments, apart, low))
                return p.absurd(f"{least} <= Kappa", p.le("0 < 0", more, using=[same]))

            forth = p.antisymmetry(p.by_cases(p.order_cases(least, "Kappa"), lambda one: one, less), top)
            forth = p.implies(same, p.apply(p.ledger.either(one_direction, 0), forth))
        with p.assuming(ONE_DIRECTION) as flat:
            other = p.le(f"{least} <= Kappa", using=[p.apply(p.ledger.either(one_direction, 1), flat)])
            swapped = p.join(arguments[1], arguments[0], arguments[3], arguments[2], other)
            back = p.apply(p.at(weak, "c2", "c", "Kappa", least), swapped)
            back = p.implies(flat, p.antisymmetry(order, back))
        equal = p.implies(low, p.both(forth, back))
    p.done(p.join(floor, order, trace, full, equal, grows_with_least(p, weak, strict)))


def of_claim(p: Proof, claim: str, **letters: str) -> Theorem:
    """The goal of a claim whose hypotheses are among those here."""
    return p.met(p.known(claim, **letters))


def greatest_by_least(p: Proof) -> tuple[Theorem, Theorem]:
    """Kappa <= tr Sigma - (K - 2) kappa, with equality iff Sigma is kappa but for one direction."""
    psd, least = above_least(p, p.says(LEAST[0])), OTHERS.format("kappa")
    rest, defect = "(I[K] - x*x')", "(Sigma - kappa*P)"
    some, found = p.formula(ONE_DIRECTION), []
    with p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = Kappa") as (at, contrast, unit, top):
        energy = p.eq(
            f"tr({rest}'*{defect}*{rest}) = {least} - Kappa",
            (unit, f"?*(x'*{defect}*x)", "kappa*?"),
            (contrast, "kappa/K*(ones'*x)*?"),
            top,
        )
        bound = p.le(f"Kappa <= {least}", p.square(rest, psd), using=[energy])
        with p.assuming(f"{least} = Kappa") as met:
            none = p.definite(rest, p.eq(f"tr({rest}'*{defect}*{rest}) = 0", energy, met), psd)
            text = "Sigma = kappa*(P - x*x') + Kappa*(x*x')"
            uses = (unit, "kappa*?*x*x'"), (contrast, "kappa/K*(ones'*x)*?*x*x'"), (top, "?*x*x'")
            flat = p.eq(text, none, (none, "?'*x*x'"), *uses)
            flat = p.witness(p.join(contrast, unit, flat), some, "x")
            found = [p.implies(at, bound), p.implies(at, p.implies(met, flat))]
    bound, forth = (p.unpack(p.says(GREATEST[1]), one, "x") for one in found)
    with p.assuming(ONE_DIRECTION) as flat:
        inner = p.ledger.assume(instantiate(some[2], p.term("x")))
        unit = p.take(inner, 1)
        back = p.eq(f"{least} = Kappa", (p.take(inner, 2), "tr(?)"), (unit, "kappa*?", "Kappa*?"))
        back = p.implies(flat, p.unpack(flat, p.implies(inner, back), "x"))
    return bound, p.both(forth, back)


def entropy_at_one(p: Proof, logs: Logarithm) -> Theorem:
    """H(1) = m log K."""
    one, labels = p.le("0 < 1", 1), p.dimension("K")
    nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
    inverse = logs.of_product("K", "1/K", labels, p.reciprocal(labels))
    return p.eq(f"H(1) = {FULL}", (p.says(ENTROPY[0]), "?[1]"), (nothing, "size*?"), (inverse, "size*?"))


def entropy_ordered(p: Proof, grows: Theorem, full: Theorem) -> tuple[Theorem, Theorem]:
    """H at capped roots of lambda over two numbers: at most, and less where it is below m log K and they are apart."""
    text = f"0 < tau and 0 < t and {CAPPED.format('tau', 'share')} and {CAPPED.format('t', 'share2')}"
    with p.supposing(f"{text} and share2 <= share") as (at, first, last, capped, capped2, more):
        bound, small2 = at_most(p, capped, "tau", "share"), p.take(at_most(p, capped2, "t", "share2"), 1)
        high = p.take(bound, 1)

        def larger(apart: Theorem) -> Theorem:
            """t < tau, so t < 1 and t^2 share2 = lambda."""
            met = met_below_one(p, capped2, "t", "share2", p.le("t < 1", apart, high))
            second = positive_number(p, met, "t", "share2", last)
            less = p.le(
                "0 < 0",
                (apart, p.le("0 < tau + t", first, last), second),
                (p.square("tau"), more),
                p.take(bound, 0),
                using=[met],
            )
            return p.absurd("H(tau) <= H(t)", less)

        def smaller(order: Theorem) -> Theorem:
            return p.by_cases(
                p.order_cases("t", "tau"),
                lambda back: p.le("H(tau) <= H(t)", using=[(p.antisymmetry(order, back), "H(?)")]),
                lambda less: p.le("H(tau) <= H(t)", p.apply(p.at(grows, "tau", "t"), p.join(first, less, small2))),
            )

        weak = p.by_cases(p.order_cases("tau", "t"), smaller, larger)
        weak = p.every(p.implies(at, weak), "tau", "t", "share", "share2")
    with p.supposing(f"{text} and share2 < share and H(tau) < {FULL}") as (at, first, last, capped, capped2, more, low):
        small2 = p.take(at_most(p, capped2, "t", "share2"), 1)
        met = met_below_one(p, capped, "tau", "share", below_one(p, full, capped, low))
        root = p.le("0 < tau^2", (first, first))

        def no_larger(back: Theorem) -> Theorem:
            """t <= tau, so t < 1 as well and t^2 share2 = lambda."""
            met2 = met_below_one(p, capped2, "t", "share2", p.le("t < 1", back, below_one(p, full, capped, low)))
            second = positive_number(p, met2, "t", "share2", last)
            together = p.le("0 < tau + t", first, last)
            less = p.le("0 < 0", (back, together, second), (root, more), using=[met, met2])
            return p.absurd("H(tau) < H(t)", less)

        strict = p.by_cases(
            p.order_cases("t", "tau"),
            no_larger,
            lambda less: p.apply(p.at(grows, "tau", "t"), p.join(first, less, small2)),
        )
        strict = p.every(p.implies(at, strict), "tau", "t", "share", "share2")
    return weak, strict


def met_below_one(p: Proof, capped: Theorem, t: str, top: str, below: Theorem) -> Theorem:
    """t^2 top = lambda where t < 1."""
    return p.by_cases(
        capped,
        lambda case: p.take(case, 0),
        lambda case: p.absurd(f"{t}^2*{top} = lambda", p.le("0 < 0", below, using=[p.take(case, 1)])),
    )


def positive_number(p: Proof, met: Theorem, t: str, top: str, positive: Theorem) -> Theorem:
    """0 < top, since t^2 top = lambda."""
    inverse = p.reciprocal(positive)
    return p.le(f"0 < {top}", (p.given[0], p.given[1], inverse, inverse), using=[(met, f"1/{t}^2*?")])


def below_one(p: Proof, full: Theorem, capped: Theorem, low: Theorem) -> Theorem:
    """tau < 1 where H(tau) is below m log K."""
    small = p.take(at_most(p, capped, "tau", "share"), 1)

    def at_one(back: Theorem) -> Theorem:
        same = p.antisymmetry(small, back)
        return p.absurd("tau < 1", p.le("0 < 0", low, using=[(same, "H(?)"), full]))

    return p.by_cases(p.order_cases("1", "tau"), at_one, lambda less: less)


def grows_with_least(p: Proof, weak: Theorem, strict: Theorem) -> Theorem:
    """The bound increases with the least eigenvalue, strictly where there are others and it is below m log K."""
    large, larger = (OTHERS.format(x) for x in ("share", "share2"))
    text = f"share <= share2 and 0 < tau and 0 < t and {CAPPED.format('tau', large)} and {CAPPED.format('t', larger)}"
    with p.supposing(text) as (at, order, *rest):
        two = p.le("2 <= K", p.says("1 <= size"), p.says("size <= K - 1"))
        less = p.apply(p.at(weak, "tau", "t", large, larger), p.join(*rest, p.le(f"{larger} <= {large}", (two, order))))
        with p.supposing(f"share < share2 and 3 <= K and H(tau) < {FULL}") as (more, above, three, low):
            apart = p.le(f"{larger} < {large}", (p.le("0 < K - 2", three, 1), above))
            found = p.apply(p.at(strict, "tau", "t", large, larger), p.join(*rest, apart, low))
            found = p.implies(more, found)
        return p.every(p.implies(at, p.join(less, found)), "share", "share2", "tau", "t")


MARGIN = f"(log({INNER.format('c3')}) - log({OUTER.format('c3')}))"


@closes("L5a")
def four_arguments(p: Proof) -> None:
    """L5a: the outer bounds are L1, L2 and the growth of the entropy; a multiple of the root of Sigma has the third."""
    outer, inner = of_claim(p, "L2"), of_claim(p, "L1", c="c2")
    labels = p.dimension("K")
    room = p.le("0 < K - 1", p.says("1 <= size"), p.says("size <= K - 1"), 1)
    size, other = p.le("0 < size", p.says("1 <= size"), 1), p.le("0 < K - size", p.says("size <= K - 1"), 1)
    spread = p.le(f"0 < {SPREAD}", (size, other, p.reciprocal(labels)))
    trace, squared = (
        p.eq(f"tr(Sigma) = {SPREAD}"),
        p.eq("Root*Root = sum[S](P*y[S]*y[S]'*P)", p.says("Root*Root = Sigma")),
    )
    balanced = p.le("0 < kbar", (spread, p.reciprocal(room)))
    logs, gibbs, some = begin(p)
    full, values = entropy_at_one(p, logs), two_values(p, logs, some)
    weak, _ = entropy_ordered(p, entropy_grows(p, logs, gibbs, values), full)
    capped = p.says(CAPPED.format("c3", "mean^2"))
    small = p.take(at_most(p, capped, "c3", "mean^2"), 1)
    dual = weak_duality(p, gibbs.gap(p, logs, "c3", p.says("0 < c3"), small), "c3")
    slope = slope_of(p, logs, "c3", p.says("0 < c3"), small)
    value = p.apply(p.at(values, "c3", MARGIN), p.join(p.says("0 < c3"), small, p.eq(f"{MARGIN} = {MARGIN}")))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("Sigma"), p.term("M"))]
    same = root_rules(p)
    product = p.says("mean*tr(Root) = tr(Sigma)")
    root, mean = mean_root(p, trace, spread)
    cauchy = trace_of_root(p, squared, room)
    inverse = p.reciprocal(root)
    share = p.eq(
        f"mean = {SPREAD}/tr(Root)", (p.says("mean*tr(Root) = tr(Sigma)"), "1/tr(Root)*?"), (trace, "1/tr(Root)*?")
    )
    least = p.le(
        "kbar <= mean^2", (inverse, inverse, balanced, cauchy), using=[(share, f"(mean + {SPREAD}/tr(Root))*?")]
    )
    arguments = p.says("0 < c3"), p.says("0 < c4"), capped, p.says(CAPPED.format("c4", "kbar"))
    last = p.apply(p.at(weak, "c3", "c4", "mean^2", "kbar"), p.join(*arguments, least))
    within = in_range(p, squared, same, "P*", "y[S]")
    bound, idle = mean_argument(p, capped, mean)
    with p.assuming("X*X' = Root") as wide:
        found = multiple_of_the_root(p, wide, value, (slope, idle, mean), (product, trace, within, squared))
        found = p.some("some X: X*X' = Root", p.implies(wide, found), "X")
    with p.assuming("0 <= s") as sign:
        at = p.over(p.every(p.at(dual, "S", "s*(P*y[S])"), "S"))
        both = (product, "c3*?"), (trace, "c3*?")
        scaled = p.le(f"c3*{SPREAD} <= mu*tr(Root)", (root, bound), using=both)
        least = p.le(f"H(c3) <= {ALONG.format('s')}", at, (sign, scaled))
        least = p.every(p.implies(sign, least), "s")
    uses = (value, "sum[S](?[S])"), (idle, "tr(Root)*?"), (product, f"c3*{MARGIN}*?"), (trace, f"c3*{MARGIN}*?")
    met = p.join(slope, p.eq(f"H(c3) = {ALONG.format(MARGIN)}", *uses))
    met = p.witness(met, p.formula(f"some s: 0 <= s and H(c3) = {ALONG.format('s')}"), MARGIN)
    p.done(p.join(p.take(outer, 1), p.take(inner, 0), found, last, least, met))


ALONG = "sum[S](L[S]({0}*(P*y[S]))) + mu*{0}*tr(Root)"


def mean_argument(p: Proof, capped: Theorem, mean: Theorem) -> tuple[Theorem, Theorem]:
    """c mean <= mu, and they are equal or the logits 0."""
    root, positive, c = p.says("mu^2 = lambda"), p.says("0 < mu"), p.says("0 < c3")
    both, most = p.le("0 < c3*mean", (c, mean)), p.take(at_most(p, capped, "c3", "mean^2"), 0)

    def larger(more: Theorem) -> Theorem:
        return p.absurd(
            "c3*mean <= mu", p.le("0 < 0", (more, p.le("0 < c3*mean + mu", both, positive)), most, using=[root])
        )

    bound = p.by_cases(p.order_cases("c3*mean", "mu"), lambda less: less, larger)
    idle = f"{MARGIN}*(mu - c3*mean) = 0"

    def met(case: Theorem) -> Theorem:
        p.positive(p.le("0 < c3*mean + mu", both, positive))
        return p.eq(idle, (p.take(case, 0), f"{MARGIN}/(c3*mean + mu)*?"), (root, f"{MARGIN}/(c3*mean + mu)*?"))

    def collapsed(case: Theorem) -> Theorem:
        one = p.take(case, 1)
        none = p.eq(f"{MARGIN} = 0", (one, "log((1 - ?*(1 - size/K))/size) - log(c3/K)", "log(1/K) - log(?/K)"))
        return p.eq(idle, (none, "?*(mu - c3*mean)"))

    return bound, p.by_cases(capped, met, collapsed)


def multiple_of_the_root(
    p: Proof,
    wide: Theorem,
    value: Theorem,
    of_argument: tuple[Theorem, Theorem, Theorem],
    of_moment: tuple[Theorem, Theorem, Theorem, Theorem],
) -> Theorem:
    """A classifier whose Gram matrix is a multiple of the root has the third bound."""
    (slope, idle, mean), (product, trace, within, squared) = of_argument, of_moment
    share, positive = p.reciprocal(p.says("0 < c3")), p.reciprocal(mean)
    some = p.formula(f"some W2, V: {AT_V} = H(c3)")
    w, v = "(tau*X)", "(c3*mean/lambda_H*tau*X'*Q)"
    with (
        p.assuming(f"slope = {MARGIN}") as named,
        p.supposing("0 <= tau and tau^2 = slope*lambda_H/(c3*mean)") as (at, _, scale, *_),
    ):
        logits = p.eq(
            f"all S: {w}*({v}*y[S]) = slope*(P*y[S])",
            (wide, "c3*mean/lambda_H*tau^2*?*Q*y[S]"),
            (within, "c3*mean/lambda_H*tau^2*?[S]"),
            (scale, "c3*mean/lambda_H*?*(P*y[S])"),
        )
        loss = p.eq(
            f"sum[S](L[S]({w}*({v}*y[S]))) = H(c3) - c3*slope*{SPREAD}",
            (logits, "sum[S](L[S](?[S]))"),
            (named, "sum[S](L[S](?*(P*y[S])))"),
            (value, "sum[S](?[S])"),
            (named, f"c3*?*{SPREAD}"),
        )
        gram = p.eq("sum[S](y[S]'*Q*y[S]) = tr(Root)", (squared, "tr(Q*?)"))
        classifier = p.eq(
            f"tr({w}'*{w}) = slope*lambda_H/(c3*mean)*tr(Root)", (wide, "tau^2*tr(?)"), (scale, "?*tr(Root)")
        )
        features = p.eq(
            f"sum[S](({v}*y[S])'*({v}*y[S])) = c3*mean*slope/lambda_H*tr(Root)",
            (p.says("Q' = Q"), "sum[S]((c3*mean/lambda_H*tau)^2*(y[S]'*?*X*X'*Q*y[S]))"),
            (wide, "sum[S]((c3*mean/lambda_H*tau)^2*(y[S]'*Q*?*Q*y[S]))"),
            (gram, "(c3*mean/lambda_H)^2*tau^2*?"),
            (scale, "(c3*mean/lambda_H)^2*?*tr(Root)"),
        )
        point = AT_V.replace("W2", w).replace("V", v)
        spare = p.eq("slope*(mu - c3*mean) = 0", (named, "?*(mu - c3*mean)"), idle)
        uses = (
            (p.says("mu^2 = lambda"), "1/2*slope/(c3*mean)*tr(Root)*?"),
            (spare, "1/2*(mu + c3*mean)/(c3*mean)*tr(Root)*?"),
            (product, "c3*slope*?"),
            (trace, "c3*slope*?"),
        )
        found = p.eq(f"{point} = H(c3)", loss, (classifier, "lambda_W/2*?"), (features, "lambda_H/2*?"), *uses)
        found = p.witness(p.witness(found, instantiate(some[2], p.term(w)), v), some, w)
        found = p.implies(at, found)
        under = p.le(
            "0 <= slope*lambda_H/(c3*mean)",
            (slope, p.given[1], share, positive),
            using=[(named, "lambda_H/(c3*mean)*?")],
        )
        exists = p.apply(p.axiom("square root", {}, t="slope*lambda_H/(c3*mean)"), under)
        found = p.implies(named, p.unpack(exists, found, "tau"))
    return p.apply(p.at(p.every(found, "slope"), MARGIN), p.eq(f"{MARGIN} = {MARGIN}"))


def mean_root(p: Proof, trace: Theorem, spread: Theorem) -> tuple[Theorem, Theorem]:
    """The trace of the root is positive, and so is the mean of the roots of the eigenvalues."""
    product = p.says("mean*tr(Root) = tr(Sigma)")
    entries = p.over(p.square("all k: e[k]", p.says("psd Root")))
    weak = p.le("0 <= tr(Root)", entries)

    def none(low: Theorem) -> Theorem:
        zero = p.antisymmetry(low, weak)
        return p.absurd("0 < tr(Root)", p.le("0 < 0", spread, using=[trace, product, (zero, "mean*?")]))

    root = p.by_cases(p.order_cases("tr(Root)", "0"), none, lambda high: high)
    share = p.reciprocal(root)
    mean = p.le("0 < mean", (spread, share), using=[(product, "1/tr(Root)*?"), (trace, "1/tr(Root)*?")])
    return root, mean


def trace_of_root(p: Proof, squared: Theorem, room: Theorem) -> Theorem:
    """(tr Root)^2 <= (K - 1) tr Sigma."""
    square = p.square("Root - tr(Root)/(K - 1)*P")
    symmetric = p.symmetric(p.says("psd Root"))
    uses = (symmetric, "tr(?*Root)"), (squared, "tr(?)")
    return p.le(f"tr(Root)^2 <= (K - 1)*{SPREAD}", (room, square), using=[(u, f"(K - 1)*{c}") for u, c in uses])
