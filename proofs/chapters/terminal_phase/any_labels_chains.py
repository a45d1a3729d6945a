"""T7, closed: a multiple of logits with margins from above, weak duality from below."""

from proofs.chapters.duality.duality_chains import gap
from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.terminal_phase import ANY_COST, BINARY_MARGINS, PICKED_MARGINS, PICKED_MOST
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

LOGIT = "(tau*(e[k]'*(W2*h2[S] + b2)))"
SCALED = "(tau*(W2*h2[S] + b2))"
NORM = "(1/2*tr(W2'*W2) + 1/2*sum[S](h2[S]'*h2[S]))"


@closes("T7")
def near_the_limit(p: Proof) -> None:
    """T7: log(1 + x) <= x at logits tau z, whose factors are scaled against each other; and U6."""
    logs = Logarithm(p)
    less = monotone(p, logs)
    cost = at_the_best_scale(p)
    with p.assuming(PICKED_MARGINS) as at:
        loss = picked(p, logs, less, at)
        first = p.implies(at, p.le(f"{ANY_COST} <= {PICKED_MOST}", cost, p.over(loss)))
    with p.assuming(BINARY_MARGINS) as at:
        loss = binary_loss(p, logs, less, at)
        second = p.implies(at, p.le(f"{ANY_COST} <= mu*(tau*{NORM} + K)", cost, p.over(loss)))
    p.done(p.join(below(p), first, second))


def monotone(p: Proof, logs: Logarithm) -> Theorem:
    """a <= b where log a <= log b."""
    with p.supposing("0 < share and 0 < total and log(share) <= log(total)") as (at, share, total, order):

        def not_so(case: Theorem) -> Theorem:
            larger = logs.ordered("total", "share", total, share, case)
            return p.absurd("share <= total", p.le("0 < 0", larger, order))

        found = p.by_cases(p.order_cases("share", "total"), lambda case: case, not_so)
        return p.every(p.implies(at, found), "share", "total")


def at_the_best_scale(p: Proof) -> Theorem:
    """The optimum costs no more than the loss at tau z and mu tau times the norm."""
    mu, tau, square = (p.says(text) for text in ("0 < mu", "0 < tau", "lambda = mu^2"))
    text = f"{ANY_COST} <= sum[S](L[S]({SCALED})) + mu*tau*{NORM}"
    weight = p.reciprocal(p.says("0 < lambda_W"))
    with p.supposing("0 <= s and s^2 = mu*tau/lambda_W") as (at, _, size, *_):

        def none(low: Theorem) -> Theorem:
            zero = p.antisymmetry(low, p.take(at, 0))
            return p.absurd(text, p.le("0 < 0", (mu, tau, weight), using=[size, (zero, "s*?")]))

        def some(positive: Theorem) -> Theorem:
            p.positive(positive)
            least = p.at(p.given[-1], "s", "tau/s")
            half = "1/2*sum[S](h2[S]'*h2[S])"
            uses = [
                (size, "lambda_W/2*tr(W2'*W2)*?"),
                (size, f"mu*tau/s^2*{half}*?"),
                (square, f"tau^2/s^2/lambda_W*{half}*?"),
            ]
            return p.le(text, least, using=uses)

        found = p.implies(at, p.by_cases(p.order_cases("s", "0"), none, some))
    root = p.apply(p.axiom("square root", {}, t="mu*tau/lambda_W"), p.le("0 <= mu*tau/lambda_W", (mu, tau, weight)))
    return p.unpack(root, found, "s")


def below(p: Proof) -> Theorem:
    """Weak duality at the residuals mu q."""
    lambda_w, lambda_h, product = p.given[:3]
    feasible, bias, residual = (
        p.says(t) for t in ("psd (I[K] - sum[S](q[S]*q[S]'))", "b = 0 or sum[S](q[S]) = 0", "all S: r[S] = mu*q[S]")
    )
    dual = p.says("all S, x: D[S](r[S]) - r[S]'*x <= L[S](x)")
    total = p.says("R := sum[S](r[S]*r[S]')")
    known = p.take(gap(p, lambda_w, lambda_h, (product, total, dual)), 1)
    matrix, square = "(lambda*I[K] - R)", p.says("lambda = mu^2")
    moment = (residual, "sum[S](x'*?[S]*r[S]'*x)"), (residual, "mu*sum[S](x'*q[S]*?[S]'*x)"), (square, "?*(x'*x)")
    room = p.semidefinite(matrix, (p.square("mu"), p.square("x", feasible)), using=moment)
    text = "b'*sum[S](r[S]) = 0"
    with p.assuming("b = 0") as none:
        first = p.implies(none, p.eq(text, (none, "?'*sum[S](r[S])")))
    with p.assuming("sum[S](q[S]) = 0") as free:
        second = p.implies(free, p.eq(text, (free, "mu*b'*?"), (residual, "b'*sum[S](?[S])")))
    return p.apply(known, p.join(room, p.cases(bias, first, second)))


def exponential(p: Proof, logs: Logarithm, t: str) -> tuple[Theorem, Theorem]:
    """It is positive, and its logarithm is known."""
    made = p.at(logs.inverse, t)
    return p.take(made, 0), p.take(made, 1)


def picked(p: Proof, logs: Logarithm, less: Theorem, at: Theorem) -> Theorem:
    """PAL-CE: labels outside are lower by tau at least, and add mu each at most."""
    sizes, loss, inside, outside = p.parts(at)
    mu, tau, log_mu = p.says("0 < mu"), p.says("0 < tau"), p.says("log(mu) = -tau")
    size = p.le("0 < m[S]", p.at(sizes, "S"), 1)
    level, here, z = "(tau*level[S])", "(e[k]'*y[S])", "(e[k]'*(W2*h2[S] + b2))"
    top, log_top = exponential(p, logs, level)
    text = f"ex({LOGIT}) <= ex({level})*({here} + (1 - {here})*mu)"

    def off(case: Theorem) -> Theorem:
        value, log = exponential(p, logs, LOGIT)
        product = p.le(f"0 < ex({level})*mu", (top, mu))
        split = logs.of_product(f"ex({level})", "mu", top, mu)
        margin = p.le(f"0 <= level[S] - 1 - {z}", p.at(outside, "S", "k"), using=[(case, f"({z} - level[S] + 1)*?")])
        order = p.le(f"log(ex({LOGIT})) <= log(ex({level})*mu)", (tau, margin), using=[log, split, log_top, log_mu])
        bound = p.apply(p.at(less, f"ex({LOGIT})", f"ex({level})*mu"), p.join(value, product, order))
        return p.le(text, bound, using=[(case, f"ex({level})*(1 - mu)*?")])

    def on(case: Theorem) -> Theorem:
        same = p.eq(f"{z} = level[S]", p.at(inside, "S", "k"), (case, f"({z} - level[S])*?"))
        return p.le(text, using=[(same, "ex(tau*?)"), (case, f"ex({level})*(1 - mu)*?")])

    each = p.over(p.every(p.by_cases(p.at(binary(p), "S", "k"), off, on), "k"))
    whole, count = "sum[k](ex(tau*(e[k]'*(W2*h2[S] + b2))))", "(m[S] + (K - m[S])*mu)"
    total = logs.total(whole, "tau*(W2*h2[S] + b2)")
    rest = p.le("0 <= K - m[S]", p.over(p.square("all k: 1 - e[k]'*y[S]")))
    some = p.le(f"0 < {count}", size, (rest, mu))
    share = p.reciprocal(size)
    one = p.le(f"0 < {count}*(1/m[S])", (some, share))
    product = p.le(f"0 < ex({level})*{count}", (top, some))
    apart = p.le(f"{whole} <= ex({level})*{count}", each)
    order = logs.ordered(whole, f"ex({level})*{count}", total, product, apart)
    split = logs.of_product(f"ex({level})", count, top, some)
    parts = logs.of_product(f"{count}*(1/m[S])", "m[S]", one, size)
    small = p.take(logs.below(f"{count}*(1/m[S])", one), 0)
    own = p.eq("y[S]'*(W2*h2[S] + b2) = m[S]*level[S]", (p.at(inside, "S"), "sum[k](?[k])"))
    found = p.le(
        f"L[S]({SCALED}) <= m[S]*log(m[S]) + (K - m[S])*mu",
        (size, order),
        (size, small),
        using=[p.at(loss, "S", SCALED), (split, "m[S]*?"), (log_top, "m[S]*?"), (parts, "m[S]*?"), (own, "tau*?")],
    )
    return p.every(found, "S")


def binary_loss(p: Proof, logs: Logarithm, less: Theorem, at: Theorem) -> Theorem:
    """BCE: every label costs at most mu."""
    loss, margins = p.take(at, 0), p.at(p.take(at, 1), "S", "k")
    mu, tau, log_mu = p.says("0 < mu"), p.says("0 < tau"), p.says("log(mu) = -tau")
    here, z = "(e[k]'*y[S])", "(e[k]'*(W2*h2[S] + b2))"
    value, log = exponential(p, logs, LOGIT)
    none = p.eq("log(1) = 0", logs.of_product("1", "1", *[p.le("0 < 1", 1)] * 2))
    text = f"log(1 + ex({LOGIT})) - {here}*{LOGIT} <= mu"

    def small(t: str, positive: Theorem, order: Theorem) -> Theorem:
        """log(1 + t) <= mu where log t <= log mu."""
        bound = p.apply(p.at(less, t, "mu"), p.join(positive, mu, order))
        more = p.le(f"0 < 1 + {t}", 1, positive)
        return p.le(f"log(1 + {t}) <= mu", p.take(logs.below(f"1 + {t}", more), 0), bound)

    def off(case: Theorem) -> Theorem:
        margin = p.le(f"0 <= -1 - {z}", margins, using=[(case, f"2*{z}*?")])
        order = p.le(f"log(ex({LOGIT})) <= log(mu)", (tau, margin), using=[log, log_mu])
        return p.le(text, small(f"ex({LOGIT})", value, order), using=[(case, f"{LOGIT}*?")])

    def on(case: Theorem) -> Theorem:
        margin = p.le(f"0 <= {z} - 1", margins, using=[(case, f"2*{z}*?")])
        inverse = p.reciprocal(value)
        other = f"1/ex({LOGIT})"
        split = logs.of_product(f"ex({LOGIT})", other, value, inverse)
        order = p.le(f"log({other}) <= log(mu)", (tau, margin), using=[split, none, log, log_mu])
        bound = small(f"({other})", inverse, order)
        more = p.le(f"0 < 1 + {other}", 1, inverse)
        whole = logs.of_product(f"ex({LOGIT})", f"(1 + {other})", value, more)
        return p.le(text, bound, using=[whole, log, (case, f"{LOGIT}*?")])

    each = p.over(p.every(p.by_cases(p.at(binary(p), "S", "k"), off, on), "k"))
    return p.every(p.le(f"L[S]({SCALED}) <= K*mu", each, using=[p.at(loss, "S", SCALED)]), "S")
