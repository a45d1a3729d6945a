"""T2a, closed: the equation at every penalty, and T2 at columns that are corrected once."""

from proofs.chapters.duality.duality_chains import cited, gap
from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.loss_bounds.polar_chains import sizes
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.hypotheses import LIMIT_OF_PAL_CE, LOGITS, SHARE
from proofs.claims.second_order_formulas import (
    AT_TAU,
    CONVERSE,
    CORRECTED,
    COST,
    CURVE,
    DELTA,
    ELL,
    EXACT,
    FIRST,
    GAIN,
    GAINS,
    LEFT,
    MOVED,
    OTHER_COST,
    REST,
    SCALE,
    SECOND,
    SIZE,
)
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

DUAL = "L[{0}](z3[{0}]) + r3[{0}]'*z3[{0}]"
APART = "(Root - Root2 - 1/tau*N)"
OFF = f"({MOVED} - {CORRECTED})"


@closes("T2a")
def second_order(p: Proof) -> None:
    """T2a: weak duality; uniqueness of roots; T2 at other columns, and how far these are from their first order."""
    p.positive(p.says("0 < s + s2"))
    p.positive(sizes(p))
    logs = Logarithm(p)
    near = near_the_limit(p)
    p.rewrite(p.says("ones'*Q = 0"))
    exact, margin = (solves(p), full_rank(p)), margins(p, logs, p.take(near, 2))
    beyond = error(p, logs, p.take(near, 3))
    p.done(p.join(*exact, p.take(near, 0), margin, columns(p), beyond))


def solves(p: Proof) -> Theorem:
    """Residuals that solve the equation are feasible, and the point costs their dual value."""
    product = p.says("lambda = mu^2")
    with p.supposing(EXACT) as (at, root, own, square, left, right, same, _, residual, tangent, gram, features):
        turned = p.symmetric(root)
        flat = p.eq("Pi3' = Pi3", (left, "?'"), (own, "Root3'*?"), (turned, "?*Q3"), right)
        rest = "(z3[S] - Pi3*z3[S])"
        total = p.eq(
            f"sum[S]({rest}'*{rest}) = 0",
            (square, "tr(?)", "tr(Pi3*?)", "tr(Pi3'*?)", "tr(Pi3'*Pi3*?)"),
            (same, "tr(?*Root3)"),
            (flat, "tr(?*Root3*Root3)", "tr(?*Pi3*Root3*Root3)"),
            (same, "tr(Pi3*?*Root3)"),
        )
        none = p.definite(f"all S: {rest}", p.vanish(p.square(f"all S: {rest}"), total))
        reached = p.eq(
            "all S: W3*h3[S] = z3[S]",
            (features, "1/lambda_H*W3*?[S]"),
            (gram, "1/lambda_H*?*r3[S]"),
            (residual, "mu/(lambda_W*lambda_H)*Root3*?[S]"),
            (right, "mu^2/(lambda_W*lambda_H)*?*z3[S]"),
            (product, "1/(lambda_W*lambda_H)*?*Pi3*z3[S]"),
            (none, "-?[S]"),
        )
        moment = p.eq(
            "sum[S](r3[S]*r3[S]') = lambda*Pi3",
            (residual, "sum[S](?[S]*r3[S]')", "sum[S](mu*Q3*z3[S]*?[S]')"),
            (square, "mu^2*Q3*?*Q3'"),
            (own, "mu^2*Q3*Root3*Root3*?"),
            (left, "mu^2*?*Root3*Q3"),
            (same, "mu^2*?*Q3"),
            (right, "mu^2*?"),
            (product, "?*Pi3"),
        )
        slack = "(lambda*I[K] - sum[S](r3[S]*r3[S]'))"
        idle = "(x - Pi3*x)"
        idempotent = p.eq("Pi3*Pi3 = Pi3", (right, "Pi3*?"), (same, "?*Q3"), right)
        feasible = p.semidefinite(
            slack,
            (p.square("mu"), p.square(idle)),
            using=[
                (moment, "x'*?*x"),
                (product, "?*(x'*(I[K] - Pi3)*x)"),
                (flat, "mu^2*(x'*?*Pi3*x)"),
                (idempotent, "mu^2*(x'*?*x)"),
            ],
        )
        dual = p.le(f"all S, x: ({DUAL.format('S')}) - r3[S]'*x <= L[S](x)", (tangent,))
        zero = p.eq("(0*b)'*sum[S](r3[S]) = 0")
        weak = gap(
            p,
            p.says("0 < lambda_W"),
            p.says("0 < lambda_H"),
            (p.eq("lambda = lambda_W*lambda_H"), p.eq("sum[S](r3[S]*r3[S]') = sum[S](r3[S]*r3[S]')"), dual),
            D=DUAL.format("sets_0"),
            R="sum[S](r3[S]*r3[S]')",
            W="V",
            h="g[sets_0]",
            r="r3[sets_0]",
            b="0*b",
        )
        below = p.apply(p.take(weak, 1), p.join(feasible, zero))
        paired = p.eq(
            "sum[S](r3[S]'*z3[S]) = mu*tr(Root3)",
            (residual, "sum[S](?[S]'*z3[S])"),
            (square, "mu*tr(Q3*?)"),
            (left, "mu*tr(?*Root3)"),
            (same, "mu*tr(?)"),
        )
        value = p.eq(
            f"{COST} = sum[S]({DUAL.format('S')})",
            (reached, "sum[S](L[S](?[S]))"),
            (gram, "lambda_W/2*tr(?)"),
            (features, "1/2*sum[S](?[S]'*h3[S])"),
            (reached, "1/2*sum[S](r3[S]'*?[S])"),
            (paired, "-1/2*?"),
        )
        best = p.le(f"{COST} <= {OTHER_COST}", below, using=[value])
        return p.implies(at, p.join(reached, best))


def full_rank(p: Proof) -> Theorem:
    """At a stationary point the Gram matrix is a multiple of the root, for both are roots of the same."""
    product = p.says("lambda = mu^2")
    with p.supposing(CONVERSE) as (at, features, classifier, flat, root, square, inverse):
        gram = "(lambda_W/mu*W3*W3')"
        psd = p.semidefinite(gram, (p.says("0 < lambda_W"), p.reciprocal(p.says("0 < mu")), p.square("W3'*x")))
        balance = p.eq(
            "lambda_W*W3'*W3 = lambda_H*sum[S](h3[S]*h3[S]')", (classifier, "W3'*?"), (features, "sum[S](?[S]*h3[S]')")
        )
        moment = p.eq(
            f"{gram}*{gram} = Root3*Root3",
            (balance, "lambda_W/mu^2*W3*?*W3'"),
            square,
            (product, "1/mu^2*?*sum[S](W3*h3[S]*h3[S]'*W3')"),
        )
        gaps = []
        for first, second, pair in ((gram, "Root3", (psd, root)), ("Root3", gram, (root, psd))):
            matrix = f"({first}*{first} - {second}*{second})"
            turned = p.symmetric(root)
            nothing = p.semidefinite(matrix, using=[(moment, "x'*?*x")], turned=[(turned, "?*Root3'", "Root3*?")])
            monotone = p.axiom("Loewner-Heinz", {"n": "K"}, A=first, B=second)
            gaps.append(p.apply(monotone, p.join(*pair, nothing)))
        apart = f"({gram} - Root3)"
        both = (p.le(f"x'*{apart}*x <= 0", p.square("x", gaps[1])), p.square("x", gaps[0]))
        form = p.every(p.antisymmetry(*both), "x")
        zero = p.definite("x", p.at(form, "x"), gaps[0])
        equal = p.eq("Root3 = lambda_W/mu*W3*W3'", (p.every(zero, "x"), "sum[k](?[e[k]]*e[k]')"))
        return p.implies(at, p.join(equal, residuals(p, equal, features, inverse, flat)))


def residuals(p: Proof, equal: Theorem, features: Theorem, inverse: Theorem, flat: Theorem) -> Theorem:
    """r = mu Q W h, for the root times r is mu W h."""
    return p.eq(
        "all S: r3[S] = mu*Q3*W3*h3[S]",
        (inverse, "?*r3[S]"),
        (equal, "Q3*?*r3[S]"),
        (features, "lambda_W/mu*Q3*W3*?[S]"),
        (flat, "1/K*ones*?[S]"),
        (p.says("lambda = mu^2"), "1/mu*?*Q3*W3*h3[S]"),
    )


def near_the_limit(p: Proof) -> Theorem:
    """T2, whose columns may be of any vectors."""
    count = len(LIMIT_OF_PAL_CE)
    either = p.ledger.choose(p.given[9], p.formula(LIMIT_OF_PAL_CE[9]))
    return cited(p, "T2", (*p.given[:9], either, *p.given[10:count]), t="tau")


def margins(p: Proof, logs: Logarithm, picked: Theorem) -> Theorem:
    """The margins of the polar point of corrected columns: the logarithm is between its tangents."""
    with p.assuming("e[k]'*y[S] = 1 and e[j]'*y[S] = 0") as at:
        polar = p.apply(p.at(picked, "S", "k", "j"), at)
        sign = p.apply(p.at(p.given[-1], "S", "j"), p.take(at, 1))
        first, moved = f"(-e[j]'*{FIRST})", f"(-e[j]'*{MOVED})"
        old, new = p.le(f"0 < {first}", sign), p.le(f"0 < {moved}", p.take(polar, 0))
        below, above = p.reciprocal(old), p.reciprocal(new)
        ratio, inverse = f"({moved}*(1/{first}))", f"({first}*(1/{moved}))"
        up, down = p.le(f"0 < {ratio}", (new, below)), p.le(f"0 < {inverse}", (old, above))
        penalty = penalties(p, logs)
        uses = [(p.take(polar, 1), "?"), (penalty, "1/2*?")]
        low = p.le(
            f"0 <= {LEFT} - {REST}",
            p.take(logs.below(ratio, up), 0),
            using=[*uses, logs.of_product(ratio, first, up, old)],
        )
        high = p.le(
            f"{LEFT} - {REST} <= {SIZE}",
            p.take(logs.below(inverse, down), 0),
            using=[*uses, logs.of_product(inverse, moved, down, new)],
        )
        return p.every(p.implies(at, p.join(low, high)), "S", "k", "j")


def penalties(p: Proof, logs: Logarithm) -> Theorem:
    """The logarithm of the penalty is -2 tau."""
    mu = p.says("0 < mu")
    return p.eq(
        "log(lambda_W*lambda_H) = -2*tau",
        (p.says("lambda = mu^2"), "log(?)"),
        logs.of_product("mu", "mu", mu, mu),
        (p.says(SCALE), "2*?"),
    )


def contrast(p: Proof) -> Theorem:
    """The corrections are contrasts."""
    return p.eq("all S: ones'*ell[S] = 0", (p.says(ELL), "sum[k](?[S, k])"))


def columns(p: Proof) -> Theorem:
    """A Sylvester equation for what the root is off, and what follows for the columns."""
    floor, other = p.says("psd (Root - s*P)"), p.says("psd ((Root2 + 1/tau*N) - s2*P)")
    flat, flat2, flat_n = p.says("ones'*Root = 0"), p.says("ones'*Root2 = 0"), p.says("ones'*N = 0")
    own_q, own_2, own_n = p.says("Q' = Q"), p.says("Q2' = Q2"), p.says("N' = N")
    own = p.eq("Root' = Root", p.symmetric(floor))
    own2 = p.symmetric(p.says("psd Root2"))
    right = p.eq("Root*Q = P", (p.says("Q*Root = P"), "?'"), (own, "?*Q'"), (own_q, "Root*?"))
    right2 = p.eq("Root2*Q2 = P", (p.says("Q2*Root2 = P"), "?'"), (own2, "?*Q2'"), (own_2, "Root2*?"))
    away = contrast(p)
    p.rewrite(flat, flat2, flat_n, p.says("ones'*Q2 = 0"), away)
    vectors = p.says("all S: a[S] = P*y[S] + 1/tau*ell[S]")
    split = p.eq(
        f"{APART}*Root + (Root2 + 1/tau*N)*{APART} = 1/tau^2*{CURVE}",
        p.says("Root*Root = sum[S](a[S]*a[S]')"),
        p.says("Root2*Root2 = sum[S](P*y[S]*y[S]'*P)"),
        (p.says("Root2*N + N*Root2 = sum[S](P*y[S]*ell[S]' + ell[S]*y[S]'*P)"), "1/tau*?"),
        (vectors, "sum[S](?[S]*a[S]')", "sum[S]((P*y[S] + 1/tau*ell[S])*?[S]')"),
    )
    said = (
        p.eq(f"({APART})' = {APART}", own, own2, (own_n, "1/tau*?")),
        p.eq(f"ones'*{APART} = 0"),
        floor,
        other,
        split,
    )
    matrices = APART, "Root", "(Root2 + 1/tau*N)", f"1/tau^2*{CURVE}"
    small = p.apply(p.at(near_roots(p), *matrices), p.join(*said))
    image = p.eq(
        f"Root*{OFF} = -{APART}*{CORRECTED} - 1/tau^2*N*{DELTA}",
        (right, "?*a[S]"),
        (right2, "?*y[S]", f"1/tau*?*(ell[S] - N*{FIRST})"),
        (vectors, "?[S]", "1/K*ones*ones'*?[S]"),
    )
    long = p.le(
        f"s^2*({OFF}'*{OFF}) <= (Root*{OFF})'*(Root*{OFF})",
        p.square(f"Root*{OFF} - s*{OFF}"),
        (2, p.says("0 < s"), p.square(OFF, floor)),
    )
    turn = f"({APART}*{CORRECTED} - 1/tau^2*N*{DELTA})"
    squared = p.eq("N'*N' = N*N", (own_n, "?*N'", "N*?"))
    wide, inverse = p.at(stretched(p), APART, CORRECTED), p.square("1/(s + s2)")
    result = p.le(
        SECOND,
        long,
        p.square(turn),
        (2, wide),
        (2, inverse, p.square(CORRECTED), small),
        using=[
            (image, f"(Root*{OFF})'*?", f"?'*(-{APART}*{CORRECTED} - 1/tau^2*N*{DELTA})"),
            (squared, f"2/tau^4*(1/(s + s2))^2*({CORRECTED}'*{CORRECTED})*tr((sum[S](ell[S]*ell[S]') - ?)*{CURVE})"),
        ],
    )
    return p.every(result, "S")


def near_roots(p: Proof) -> Theorem:
    """How far apart two matrices are, from their squares: X A + B X is at least (s + s2) X, in Frobenius norm."""
    text = """Root3' = Root3 and ones'*Root3 = 0 and psd (Q3 - s*P) and psd (Pi3 - s2*P)
        and Root3*Q3 + Pi3*Root3 = C"""
    with p.supposing(text) as (at, own, flat, first, second, split):
        p.rewrite(flat)
        bound = p.le(
            "(s + s2)^2*tr(Root3'*Root3) <= tr(C'*C)",
            p.square("C - (s + s2)*Root3"),
            (2, p.says("0 < s + s2"), p.square("Root3", first)),
            (2, p.says("0 < s + s2"), p.square("Root3", second)),
            using=[(split, "2*(s + s2)*tr(Root3'*?)"), (own, "2*(s + s2)*tr(Q3*?*Root3)", "2*(s + s2)*tr(Q3*Root3*?)")],
        )
        return p.every(p.implies(at, bound), "Root3", "Q3", "Pi3", "C")


def stretched(p: Proof) -> Theorem:
    """The Frobenius norm bounds how much longer a vector becomes."""
    crossed = p.square("all j, k: (e[j]'*x)*Root3*e[k] - (e[k]'*x)*Root3*e[j]")
    crossed = p.over(p.every(p.over(p.at(crossed, "j")), "j"))
    bound = p.le("(Root3*x)'*(Root3*x) <= tr(Root3'*Root3)*(x'*x)", ((1, 2), crossed))
    return p.every(bound, "Root3", "x")


def error(p: Proof, logs: Logarithm, form: Theorem) -> Theorem:
    """T8's error is a square of what the logits of the polar residuals are off tau a, which the logarithms are."""
    floor, own = p.says("psd (Root - s*P)"), p.says("Q' = Q")
    off, gain, other = "(z[S] - tau*a[S])", GAIN.format("k"), GAIN.format("j")
    centered = f"({gain} - 1/K*sum[j]({other}))"
    each = p.every(
        p.eq(
            f"e[k]'*{off} = {centered}",
            (p.at(p.says(LOGITS[0]), "S", "k"), "?"),
            (shapes(p, logs), "?[S, k]", "1/K*sum[j](?[S, j])"),
            (p.says("all S: a[S] = P*y[S] + 1/tau*ell[S]"), "tau*e[k]'*?[S]"),
            (p.says(ELL), "?[S, k]"),
        ),
        "k",
    )
    least = p.le(
        f"s*({off}'*Q*{off}) <= sum[k]({gain}^2)",
        p.square(f"{off} - s*Q*{off}"),
        (p.says("0 < s"), p.square(f"Q*{off}", floor)),
        (p.reciprocal(p.dimension("K")), p.square(f"sum[k]({gain})")),
        using=[
            (own, f"s*{off}'*?*Root*Q*{off}"),
            (p.says("Q*Root = P"), f"s*{off}'*?*Q*{off}"),
            (each, f"sum[k]((e[k]'*{off} + {centered})*?[k])"),
        ],
    )
    half = p.says("0 < mu"), p.reciprocal(p.says("0 < tau")), p.reciprocal(p.says("0 < s"))
    with p.assuming(AT_TAU) as at:
        bias, logits = p.take(p.given[9], 1), p.says("all S: W2*h2[S] + b2 = z[S]")
        same = p.eq("all S: W2*h2[S] = z[S]", logits, (bias, "?"))
        rest = "(W2*h2[S] - tau*a[S])"
        made = p.le(
            GAINS,
            ((1, 2), *half, p.over(p.every(least, "S"))),
            using=[
                p.apply(form, at),
                (same, f"mu/(2*tau)*sum[S](?[S]'*Q*{rest})", f"mu/(2*tau)*sum[S]({off}'*Q*?[S])"),
            ],
        )
        return p.implies(at, made)


def shapes(p: Proof, logs: Logarithm) -> Theorem:
    """The logarithms of the polar point: log(1 - mu q) on the set, log(-q) - tau off it, and one number."""
    inside, polar = p.at(p.says("all S, k: 0 < e[k]'*(y[S] - r[S])"), "S", "k"), p.given[8]
    on, off = f"(1 - mu*(e[k]'*{MOVED}))", f"(-e[k]'*{MOVED})"
    size, mu, one = p.at(sizes(p), "S"), p.says("0 < mu"), "e[k]'*y[S]"
    share = p.reciprocal(size)
    text = f"log({SHARE.format('k')}) = {one}*log{on} + (1 - {one})*(log{off} - tau) + log(1/m[S])"
    use = (polar, "e[k]'*?[S]")

    def without(case: Theorem) -> Theorem:
        positive = p.le(f"0 < {off}", (p.reciprocal(mu), inside), using=[(case, "1/mu*?"), (polar, "1/mu*e[k]'*?[S]")])
        both = p.le(f"0 < mu*{off}", (mu, positive))
        same = p.eq(f"{SHARE.format('k')} = mu*{off}*(1/m[S])", (case, "?/m[S]"), (polar, "e[k]'*?[S]/m[S]"))
        logarithms = logs.of_product(f"mu*{off}", "1/m[S]", both, share), logs.of_product("mu", off, mu, positive)
        return p.eq(text, (same, "log(?)"), *logarithms, p.says(SCALE), (case, f"?*(log{on} - log{off} + tau)"))

    def within(case: Theorem) -> Theorem:
        positive = p.le(f"0 < {on}", inside, using=[case, use])
        same = p.eq(f"{SHARE.format('k')} = {on}*(1/m[S])", (case, "?/m[S]"), (polar, "e[k]'*?[S]/m[S]"))
        whole = logs.of_product(on, "1/m[S]", positive, share)
        return p.eq(text, (same, "log(?)"), whole, (case, f"?*(log{on} - log{off} + tau)"))

    made = p.by_cases(p.at(binary(p), "S", "k"), without, within)
    return p.every(made, "S", "k")
