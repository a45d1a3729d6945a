"""L5c and L5d, closed: Gibbs' inequality at the polar point, and a point of the model with its logits."""

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.label_spectrum.label_spectrum_chains import nonnegative_trace, zero_trace
from proofs.chapters.loss_bounds.entropy_chains import (
    INNER,
    OBJECTIVE,
    OUTER,
    SPREAD,
    TOTAL,
    Gibbs,
    Logarithm,
    slope_of,
    two_values,
)
from proofs.chapters.loss_bounds.loss_bounds_chains import MARGIN, multiple_of_the_root
from proofs.chapters.terminal_phase.hard_margin_chains import binary, in_range, off_range, root_rules
from proofs.claims.hypotheses import ENTROPY, GREATEST, LOGITS, PAL_CE
from proofs.claims.hypotheses import SHARE as SHARE_OF
from proofs.claims.loss_bounds import AT_LOGITS, QUADRATIC
from proofs.claims.loss_bounds import POLAR_VALUE as VALUE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SHARE = SHARE_OF.format("k")
DIVERGENCE = f"""sum[S](sum[k]((e[k]'*(y[S] - r[S]))*(log({SHARE})
    - (e[k]'*W*h[S] - log(sum[j](ex(e[j]'*W*h[S])))))))"""


@closes("L5d")
def quality_of_the_polar_point(p: Proof) -> None:
    """L5d: the polar residuals are feasible, and the point with their logits costs a square more."""
    squared, same, logs = begin(p)
    dual = gibbs(p, logs)
    _, identity, kl, *rest = at_polar_residuals(p, dual, squared, same)
    below = p.le(f"sum[S]({VALUE}) <= {OBJECTIVE}", kl, *rest, using=[identity])
    divergence = p.le(
        f"{DIVERGENCE} <= {OBJECTIVE} - sum[S]({VALUE})",
        *rest,
        using=[identity, (p.says(PAL_CE[1]), "sum[S](?[S, W*h[S]])")],
    )
    gram = p.eq("sum[S](y[S]'*Q*y[S]) = tr(Root)", (squared, "tr(Q*?)"))
    with p.assuming("0 < s") as positive:
        p.positive(positive)
        with p.assuming("X*X' = Root") as wide:
            point = p.implies(wide, with_its_logits(p, wide, positive, gram, tight(p, logs)))
            point = p.implies(positive, p.some("some X: X*X' = Root", point, "X"))
    point = p.every(point, "s")
    with p.assuming("0 < s and (some X: X*X' = Root)") as at:
        p.positive(p.take(at, 0))
        met = p.apply(p.apply(p.at(point, "s"), p.take(at, 0)), p.take(at, 1))
        first = p.every(p.implies(at, met), "s")
    with p.assuming(f"0 < s and (some X: X*X' = Root) and (all W2, V: {OBJECTIVE} <= {AT_LOGITS})") as at:
        p.positive(p.take(at, 0))
        met = p.apply(p.apply(p.at(point, "s"), p.take(at, 0)), p.take(at, 1))
        least = p.at(p.take(at, 2), "W2", "V")
        with p.assuming(f"{AT_LOGITS} - sum[S]({VALUE}) = {QUADRATIC.format('s')}") as value:
            found = p.le(f"{DIVERGENCE} <= {QUADRATIC.format('s')}", divergence, least, using=[value])
            found = p.implies(value, found)
        inner = p.ledger.assume(instantiate(met.conclusion[2], p.term("W2")))
        found = p.implies(inner, p.unpack(inner, found, "V"))
        second = p.every(p.implies(at, p.unpack(met, found, "W2")), "s")
    p.done(p.join(dual, below, first, second, best_scale(p, gram)))


def begin(p: Proof) -> tuple[Theorem, Theorem, Logarithm]:
    """What may be divided by, and words of the root; the second moment is its square, and its projector symmetric."""
    p.positive(sizes(p))
    squared = p.eq("Root*Root = sum[S](P*y[S]*y[S]'*P)", p.says("Root*Root = Sigma"))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("Sigma"), p.term("M"))]
    same = root_rules(p)
    p.rewrite(p.eq("all S: ones'*r[S] = 0", (p.says("all S: r[S] = mu*(Q*y[S])"), "ones'*?[S]")))
    return squared, same, Logarithm(p)


def at_polar_residuals(p: Proof, dual: Theorem, squared: Theorem, same: Theorem) -> tuple[Theorem, ...]:
    """U6a at the polar residuals, whose second moment is a multiple of the projector: that, the identity, its parts."""
    residual, matrix = p.says("all S: r[S] = mu*(Q*y[S])"), "(lambda*I[K] - lambda*Pi)"
    moment = p.eq(
        "lambda*Pi = sum[S](r[S]*r[S]')",
        (residual, "sum[S](?[S]*r[S]')", "sum[S](mu*(Q*y[S])*?[S]')"),
        (p.says("Q' = Q"), "sum[S](mu^2*Q*y[S]*y[S]'*?)"),
        (squared, "mu^2*Q*?*Q"),
        (p.says("mu^2 = lambda"), "?*Pi"),
    )
    feasible = p.semidefinite(
        matrix, (p.given[0], p.given[1], p.square("x", off_range(p, same))), turned=[(same, "lambda*?")]
    )
    premises = (*p.given[:3], moment, dual, feasible, p.eq("(0*ones)'*sum[S](r[S]) = 0"))
    gap = cited(p, "U6a", premises, D=VALUE.replace("[S]", "[sets_0]"), R="lambda*Pi", b="0*ones")
    return moment, *(p.take(gap, i) for i in range(4))


def tight(p: Proof, logs: Logarithm) -> Theorem:
    """The centered logarithms are logits at which the polar residuals have their dual value."""
    mean, logits = f"1/K*sum[j](log({SHARE_OF.format('j')}))", p.at(p.says(LOGITS[0]), "S", "k")
    inside = p.at(p.says("all S, k: 0 < e[k]'*(y[S] - r[S])"), "S", "k")
    share = p.le(f"0 < {SHARE}", (inside, p.reciprocal(p.at(sizes(p), "S"))))
    factor, value = p.parts(p.at(logs.inverse, f"-({mean})"))
    ratio = f"{SHARE}*ex(-({mean}))"
    product = p.le(f"0 < {ratio}", (share, factor))
    own, own_log = p.parts(p.at(logs.inverse, "e[k]'*z[S]"))
    uses = own_log, logits, logs.of_product(SHARE, f"ex(-({mean}))", share, factor), value
    same = logs.one_to_one("ex(e[k]'*z[S])", ratio, own, product, p.eq(f"log(ex(e[k]'*z[S])) = log({ratio})", *uses))
    whole = p.eq(f"sum[k](ex(e[k]'*z[S])) = ex(-({mean}))", (p.every(same, "k"), "sum[k](?[k])"))
    made = p.eq(
        f"L[S](z[S]) = {VALUE} - r[S]'*z[S]",
        p.at(p.says(PAL_CE[1]), "S", "z[S]"),
        (whole, "m[S]*log(?)"),
        (value, "m[S]*?"),
        (p.every(logits, "k"), "sum[k]((e[k]'*(y[S] - r[S]))*?[k])"),
    )
    return p.every(made, "S")


def with_its_logits(p: Proof, wide: Theorem, positive: Theorem, gram: Theorem, value: Theorem) -> Theorem:
    """The point with the logits z costs a square more than the dual value."""
    some = p.formula(f"some W2, V: {AT_LOGITS} - sum[S]({VALUE}) = {QUADRATIC.format('s')}")
    w, v, full = "(tau*X)", "(lambda_W/(mu*s)*tau*X'*Q)", p.says("Pi = P")
    own, residual = p.says("Q' = Q"), p.says("all S: r[S] = mu*(Q*y[S])")
    center = p.eq("all S: ones'*z[S] = 0", (p.says(LOGITS[0]), "sum[k](?[S, k])"))
    with p.supposing("0 <= tau and tau^2 = mu*s/lambda_W") as (at, _, scale, *_):
        logits = p.eq(
            f"all S: {w}*({v}*z[S]) = z[S]",
            (wide, "lambda_W/(mu*s)*tau^2*?*Q*z[S]"),
            (scale, "lambda_W/(mu*s)*?*Pi*z[S]"),
            (full, "?*z[S]"),
            (center, "1/K*ones*?[S]"),
        )
        classifier = p.eq(f"tr({w}'*{w}) = mu*s/lambda_W*tr(Root)", (wide, "tau^2*tr(?)"), (scale, "?*tr(Root)"))
        features = p.eq(
            f"sum[S](({v}*z[S])'*({v}*z[S])) = lambda_W/(mu*s)*sum[S](z[S]'*Q*z[S])",
            (own, "sum[S]((lambda_W/(mu*s)*tau)^2*(z[S]'*?*X*X'*Q*z[S]))"),
            (wide, "sum[S]((lambda_W/(mu*s)*tau)^2*(z[S]'*Q*?*Q*z[S]))"),
            (scale, "(lambda_W/(mu*s))^2*?*sum[S](z[S]'*Q*z[S])"),
        )
        found = p.eq(
            f"{AT_LOGITS.replace('W2', w).replace('V', v)} - sum[S]({VALUE}) = {QUADRATIC.format('s')}",
            (logits, "sum[S](L[S](?[S]))"),
            (value, "sum[S](?[S])"),
            (classifier, "lambda_W/2*?"),
            (features, "lambda_H/2*?"),
            (gram, "mu*s/2*?"),
            (residual, "sum[S](?[S]'*z[S])"),
            (own, "mu/2*sum[S](y[S]'*?*z[S])"),
            (p.says("mu^2 = lambda"), "1/(2*mu*s)*?*sum[S](z[S]'*Q*z[S])"),
        )
        found = p.witness(p.witness(found, instantiate(some[2], p.term(w)), v), some, w)
        found = p.implies(at, found)
    share = p.reciprocal(p.given[0])
    under = p.le("0 <= mu*s/lambda_W", (p.says("0 < mu"), positive, share))
    return p.unpack(p.apply(p.axiom("square root", {}, t="mu*s/lambda_W"), under), found, "tau")


def best_scale(p: Proof, gram: Theorem) -> Theorem:
    """The best scale is the ratio of the norms."""
    size, other = "sum[S](y[S]'*Q*y[S])", "sum[S](z[S]'*Q*z[S])"
    weak = p.le(f"0 <= {size}", p.over(p.square("all k: e[k]", p.says("psd Root"))), using=[gram])
    with p.assuming(f"0 < s and 0 < t and t^2*{size} = {other}") as at:
        share, value = p.reciprocal(p.take(at, 0)), p.take(at, 2)
        p.positive(p.take(at, 1))
        piece = ((1, 2), p.says("0 < mu"), share, weak, p.square("t - s"))
        text = f"{QUADRATIC.format('t')} <= {QUADRATIC.format('s')}"
        return p.every(p.implies(at, p.le(text, piece, using=[(value, "mu/2*(1/s - 1/t)*?")])), "s", "t")


def gibbs(p: Proof, logs: Logarithm, inside: Theorem | None = None) -> Theorem:
    """The dual value at the polar residuals is at most what it should be at any logits."""
    total = logs.total(TOTAL, "x")
    gain = f"(ex(e[k]'*x)/{TOTAL} - {SHARE} - {SHARE}*(e[k]'*x - log({TOTAL}) - log({SHARE})))"

    def none(low: Theorem) -> Theorem:
        zero = p.antisymmetry(low, weak)
        value = p.take(p.at(logs.inverse, "e[k]'*x"), 0)
        left = f"(1 + e[k]'*x - log({TOTAL}) - log({SHARE}))"
        return p.le(f"0 <= {gain}", (value, p.reciprocal(total)), using=[(zero, f"{left}*?")])

    def some(positive: Theorem) -> Theorem:
        at = p.apply(p.at(logs.tangent, "e[k]'*x", SHARE, TOTAL), p.join(positive, total))
        return p.le(f"0 <= {gain}", p.take(at, 0))

    weak = p.at(shares(p, inside), "S", "k")
    each = p.over(p.every(p.by_cases(p.order_cases(SHARE, "0"), none, some), "k"))
    made = p.eq(f"L[S](x) - ({VALUE} - r[S]'*x) = m[S]*sum[k]({gain})", p.at(p.says(PAL_CE[1]), "S", "x"))
    size = p.at(sizes(p), "S")
    return p.every(p.le(f"{VALUE} - r[S]'*x <= L[S](x)", (size, each), using=[made]), "S", "x")


def sizes(p: Proof) -> Theorem:
    """No label set is empty."""
    text = next(text for text in ("1 <= size", "all S: 1 <= m[S]") if p.formula(text) in p.hypotheses)
    return p.le("all S: 0 < m[S]", p.says(text), 1)


def shares(p: Proof, inside: Theorem | None = None) -> Theorem:
    """The polar point is in the domain: probabilities are not negative."""
    texts = (f"all S, k: 0 {relation} e[k]'*(y[S] - r[S])" for relation in ("<", "<="))
    inside = inside or p.says(next(text for text in texts if p.formula(text) in p.hypotheses))
    return p.le(f"all S, k: 0 <= {SHARE}", (inside, p.every(p.reciprocal(p.at(sizes(p), "S")), "S")))


SLOPE = f"(log({INNER}) - log({OUTER}))"
APART = "({0}*(P*y[S]) - r[S])'*({0}*(P*y[S]) - r[S])"


@closes("L5c")
def within_a_margin(p: Proof) -> None:
    """L5c: the entropy of the polar point is above its tangent at two values, and the least of it is known."""
    p.positive(p.le("0 < size", p.says("1 <= size"), 1))
    trace, some = p.eq(f"tr(Sigma) = {SPREAD}"), binary(p)
    squared, same, logs = begin(p)
    values = two_values(p, logs, some)
    moment, identity, *parts = at_polar_residuals(p, gibbs(p, logs), squared, same)
    below = p.le(f"sum[S]({VALUE}) <= {OBJECTIVE}", *parts, using=[identity])
    lower = below_the_polar_value(p, logs, some)
    residual = p.says("all S: r[S] = mu*(Q*y[S])")
    cross = p.eq("sum[S](r[S]'*y[S]) = mu*tr(Root)", (residual, "sum[S](?[S]'*y[S])"), (squared, "mu*tr(Q*?)"))
    norm = p.eq("sum[S](r[S]'*r[S]) = lambda*tr(Pi)", (moment, "tr(?)"))
    c, small = p.says("0 < c3"), p.says("c3 <= 1")
    met = p.eq(f"mu*tr(Root) = c3*{SPREAD}", p.says("c3*tr(Sigma) = mu*tr(Root)"), (trace, "c3*?"))
    both = f"({SLOPE.format('c3')} + 2*K/size)*?"
    margin = p.le(
        f"H(c3) - K/(c3*size)*(lambda*tr(Pi) - c3^2*tr(Sigma)) <= sum[S]({VALUE})",
        p.over(p.apply(p.at(lower, "c3"), p.join(c, small))),
        using=[(cross, both), (met, both), (norm, "K/(c3*size)*?"), (trace, "K*c3/size*?")],
    )
    above = met_by_the_root(p, logs, values, (met, trace, squared, same))
    p.done(p.join(margin, below, above, floor_of_the_polar_value(p, logs, lower, (cross, norm, trace, same))))


def met_by_the_root(p: Proof, logs: Logarithm, values: Theorem, facts: tuple[Theorem, ...]) -> Theorem:
    """A multiple of the root has the loss H(c), as in L5a: c mean = mu."""
    met, trace, squared, same = facts
    c, small, within = p.says("0 < c3"), p.says("c3 <= 1"), in_range(p, squared, same, "P*", "y[S]")
    value = p.apply(p.at(values, "c3", MARGIN), p.join(c, small, p.eq(f"{MARGIN} = {MARGIN}")))
    slope, inverse = slope_of(p, logs, "c3", c, small), p.reciprocal(c)
    with p.assuming("c3*mean = mu") as named:
        mean = p.le("0 < mean", (inverse, p.says("0 < mu")), using=[(named, "1/c3*?")])
        product = p.eq("mean*tr(Root) = tr(Sigma)", (named, "1/c3*?*tr(Root)"), (met, "1/c3*?"), trace)
        idle = p.eq(f"{MARGIN}*(mu - c3*mean) = 0", (named, f"{MARGIN}*?"))
        with p.assuming("X*X' = Root") as wide:
            found = multiple_of_the_root(p, wide, value, (slope, idle, mean), (product, trace, within, squared))
            found = p.implies(named, p.some("some X: X*X' = Root", p.implies(wide, found), "X"))
    return p.apply(p.at(p.every(found, "mean"), "mu/c3"), p.eq("c3*(mu/c3) = mu"))


UPPER, LOWER, ODDS = "(s2*Pi - Root)", "(Root - s*Pi)", "(1 + K*(1 - {0})/(size*{0}))"


def floor_of_the_polar_value(p: Proof, logs: Logarithm, lower: Theorem, facts: tuple[Theorem, ...]) -> Theorem:
    """L1 is below the polar value where its slope pays for the spread of the roots of the eigenvalues."""
    cross, norm, trace, same = facts
    product, spread, positive, other = trace_of_gaps(p, same)
    energy = p.le(f"0 <= tr(Root*{UPPER})", product, (p.says("0 < s"), spread))
    length = p.eq(f"{SPREAD} = tr(Root*Root)", trace, (p.says("Root*Root = Sigma"), "tr(?)"))
    labels, size = p.dimension("K"), p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1))
    text = f"0 < c2 and c2 <= t and t <= 1 and c2^2*Kappa = lambda and K/size*(s2/s - 1) <= log({ODDS.format('t')})"
    with p.supposing(text) as (at, c, less, last, root, enough):
        small, more = p.le("c2 <= 1", less, last), p.le("0 < t", c, less)
        shares_ = p.reciprocal(c), p.reciprocal(more)
        odds, least = ODDS.format("c2"), ODDS.format("t")
        positive_odds = p.le(f"0 < {odds}", 1, (labels, small, size, shares_[0]))
        positive_least = p.le(f"0 < {least}", 1, (labels, last, size, shares_[1]))
        order = p.le(f"{least} <= {odds}", (labels, size, *shares_, less))
        steep = p.le(
            f"K/size*(s2/s - 1) <= log({odds})", enough, logs.ordered(least, odds, positive_least, positive_odds, order)
        )
        inner, outer = INNER.format("c2"), OUTER.format("c2")
        split = logs.of_product(odds, outer, positive_odds, Gibbs.shares(p, "c2", c, small)[1])
        slope = p.eq(f"log({inner}) - log({outer}) = log({odds})", split)
        p.positive(p.le("0 < mu + c2*s2", p.says("0 < mu"), (c, other)))
        top, factor = p.says("Kappa = s2^2"), "1/(mu + c2*s2)"
        uses = (p.says("mu^2 = lambda"), f"{factor}*?"), (root, f"{factor}*?"), (top, f"c2^2*{factor}*?")
        mu, both = p.eq("mu = c2*s2", *uses), f"({SLOPE.format('c2')} + 2*K/size)"
        found = p.le(
            f"H(c2) <= sum[S]({VALUE})",
            p.over(p.apply(p.at(lower, "c2"), p.join(c, small))),
            (c, steep, energy),
            (c, labels, size, other, positive, product),
            using=[
                (cross, f"{both}*?"),
                (norm, "K/(c2*size)*?"),
                (mu, f"{both}*tr(Root)*?"),
                (root, "K/(c2*size)*tr(Pi)*?"),
                (top, "K*c2/size*tr(Pi)*?"),
                (length, f"c2*({SLOPE.format('c2')} + K/size)*?"),
                (slope, f"c2*tr(Root*{UPPER})*?"),
            ],
        )
        return p.every(p.implies(at, found), "c2", "t")


def trace_of_gaps(p: Proof, same: Theorem) -> tuple[Theorem, Theorem, Theorem, Theorem]:
    """The root is between s and s2 on its range, by Loewner and Heinz; the gaps have a product of trace 0 or more."""
    root, square = p.says("psd Root"), p.says("Root*Root = Sigma")
    symmetric, gaps = p.symmetric(root), []
    least = p.at(p.says("all x: s^2*(x'*Pi*x) <= x'*Sigma*x"), "x")
    most = p.apply(p.at(p.says(GREATEST[0]), "Pi*x"), p.eq("ones'*(Pi*x) = 0"))
    top = (p.says("Kappa = s2^2"), "x'*Pi*x*?"), (same, "x'*?*Sigma*Pi*x"), (same, "Kappa*x'*?*Pi*x")
    for number, bound, uses in (("s", least, [(square, "x'*?*x")]), ("s2", most, [(square, "x'*Pi*?*Pi*x"), *top])):
        scaled = f"{number}*Pi"
        use = (same, f"{number}*x'*?*Pi*x")
        multiple = p.semidefinite(
            scaled, (p.says(f"0 < {number}"), p.square("Pi*x")), using=[use], turned=[(same, f"{number}*?")]
        )
        first, second = ("Root", scaled) if number == "s" else (scaled, "Root")
        matrix = f"(({first})*({first}) - ({second})*({second}))"
        turned = (symmetric, "?*Root'"), (symmetric, "Root*?"), (same, f"{number}^2*?")
        ordered = p.semidefinite(matrix, bound, using=uses, turned=turned)
        both = (root, multiple) if number == "s" else (multiple, root)
        gaps.append(p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A=first, B=second), p.join(*both, ordered)))
    lower, upper = gaps
    spread, text = nonnegative_trace(p, upper, UPPER)[1], f"0 <= tr({UPPER}*{LOWER})"
    range_, rest = p.over(p.square("all k: Pi*e[k]")), nonnegative_trace(p, lower, LOWER)[1]

    def flat(order: Theorem) -> Theorem:
        small = p.le(f"tr({UPPER}) <= 0", rest, (order, range_), using=[(same, "(s - s2)*tr(?*Pi)")])
        return p.le(text, using=[(zero_trace(p, upper, UPPER, p.antisymmetry(small, spread)), f"tr(?*{LOWER})")])

    def apart(less: Theorem) -> Theorem:
        share = p.reciprocal(p.le("0 < s2 - s", less))
        own = (p.symmetric(upper), f"1/(s2 - s)*tr(?*{LOWER}*{UPPER})")
        other = (p.symmetric(lower), f"1/(s2 - s)*tr(?*{UPPER}*{LOWER})")
        return p.le(text, (share, p.square(UPPER, lower)), (share, p.square(LOWER, upper)), using=[own, other])

    product = p.by_cases(p.order_cases("s2", "s"), flat, apart)
    return product, spread, p.reciprocal(p.says("0 < s")), p.says("0 < s2")


def below_the_polar_value(p: Proof, logs: Logarithm, some: Theorem) -> Theorem:
    """The dual value is above the tangent at the distribution of an argument of H, less a square."""
    tangent = times_logarithm(p, logs)
    with p.supposing("0 < t and t <= 1") as (at, first, last):
        inner, outer = INNER.format("t"), OUTER.format("t")
        shares_ = Gibbs.shares(p, "t", first, last)
        inverses = p.reciprocal(shares_[0]), p.reciprocal(first)
        more = p.le(f"{outer} <= {inner}", (last, p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1))))
        weight = p.le(f"1/(0 + {inner}) <= K/t", (*inverses, p.dimension("K"), more))
        step, slope, y = f"({inner} - {outer})", SLOPE.format("t"), "(e[k]'*y[S])"
        off = f"({SHARE} - {outer} - {step}*{y})"
        text = f"{SHARE}*log({SHARE}) <= {SHARE}*(log({outer}) + {slope}*{y}) + {off} + K/t*{off}^2"
        share = p.at(shares(p), "S", "k")

        def outside(case: Theorem) -> Theorem:
            bound = p.apply(p.at(tangent, SHARE, outer), p.join(share, shares_[1]))
            left = f"({SHARE}*{slope} - {step} - K/t*{step}*(2*({SHARE} - {outer}) - {step}*{y}))"
            return p.le(text, bound, using=[(case, f"{left}*?")])

        def inside(case: Theorem) -> Theorem:
            bound = p.apply(p.at(tangent, SHARE, inner), p.join(share, shares_[0]))
            left = f"({SHARE}*{slope} - {step} - K/t*{step}*(2*({SHARE} - {inner}) + {step}*(1 - {y})))"
            return p.le(text, bound, (p.square(f"{SHARE} - {inner}"), weight), using=[(case, f"{left}*?")])

        each = p.over(p.every(p.by_cases(p.at(some, "S", "k"), outside, inside), "k"))
        found = p.le(
            f"H(t) + {slope}*(r[S]'*y[S] - t*{SPREAD}) - K/(t*size)*({APART.format('t')}) <= {VALUE}",
            (p.says("1 <= size"), each),
            each,
            using=[p.at(p.says(ENTROPY[0]), "t")],
        )
        return p.every(p.implies(at, p.every(found, "S")), "t")


def times_logarithm(p: Proof, logs: Logarithm) -> Theorem:
    """p log p <= p log q + p (p/q - 1), for p = 0 as well."""
    text = "share*log(share) <= share*log(share2) + share*(share*(1/share2) - 1)"
    with p.supposing("0 <= share and 0 < share2") as (at, weak, other):
        inverse = p.reciprocal(other)

        def none(low: Theorem) -> Theorem:
            zero = p.antisymmetry(low, weak)
            return p.le(text, using=[(zero, "(log(share) - log(share2) - share*(1/share2) + 1)*?")])

        def some(share: Theorem) -> Theorem:
            ratio = p.le("0 < share*(1/share2)", (share, inverse))
            below = p.take(logs.below("share*(1/share2)", ratio), 0)
            split = logs.of_product("share*(1/share2)", "share2", ratio, other)
            return p.le(text, (share, below), using=[(split, "share*?")])

        return p.every(p.implies(at, p.by_cases(p.order_cases("share", "0"), none, some)), "share", "share2")
