"""L5d, closed: Gibbs' inequality at the polar point, and a point of the model with its logits."""

from __future__ import annotations

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.loss_bounds.entropy_chains import OBJECTIVE, TOTAL, Logarithm
from proofs.chapters.terminal_phase.hard_margin_chains import off_range, root_rules
from proofs.claims.hypotheses import LOGITS, PAL_CE
from proofs.claims.hypotheses import SHARE as SHARE_OF
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

__all__ = ["quality_of_the_polar_point"]

SHARE = SHARE_OF.format("k")
VALUE = f"(-sum[k]((e[k]'*(y[S] - r[S]))*log({SHARE})))"
AT_LOGITS = "(sum[S](L[S](W2*(V*z[S]))) + lambda_W/2*tr(W2'*W2) + lambda_H/2*sum[S]((V*z[S])'*(V*z[S])))"
DIVERGENCE = f"""sum[S](sum[k]((e[k]'*(y[S] - r[S]))*(log({SHARE})
    - (e[k]'*W*h[S] - log(sum[j](ex(e[j]'*W*h[S])))))))"""
QUADRATIC = "mu/(2*{0})*sum[S]((z[S] - {0}*(P*y[S]))'*Q*(z[S] - {0}*(P*y[S])))"


@closes("L5d")
def quality_of_the_polar_point(p: Proof) -> None:
    """L5d: the polar residuals are feasible, and the point with their logits costs a square more."""
    squared, same, logs = begin(p)
    dual = gibbs(p, logs)
    identity, kl, *rest = at_polar_residuals(p, dual, squared, same)
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
    p.dimension("K")
    p.positive(p.given[0])
    p.positive(p.given[1])
    p.positive(p.says("0 < mu"))
    p.positive(p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1))
    squared = p.eq("Root*Root = sum[S](P*y[S]*y[S]'*P)", p.says("Root*Root = Sigma"))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("Sigma"), p.term("M"))]
    same = root_rules(p)
    p.rewrite(p.eq("all S: ones'*r[S] = 0", (p.says("all S: r[S] = mu*(Q*y[S])"), "ones'*?[S]")))
    return squared, same, Logarithm(p)


def at_polar_residuals(p: Proof, dual: Theorem, squared: Theorem, same: Theorem) -> tuple[Theorem, ...]:
    """U6a at the polar residuals, whose second moment is a multiple of the projector: identity and its parts."""
    residual, matrix = p.says("all S: r[S] = mu*(Q*y[S])"), "(lambda*I[K] - lambda*Pi)"
    moment = p.eq(
        "lambda*Pi = sum[S](r[S]*r[S]')",
        (residual, "sum[S](?[S]*r[S]')"),
        (residual, "sum[S](mu*(Q*y[S])*?[S]')"),
        (p.says("Q' = Q"), "sum[S](mu^2*Q*y[S]*y[S]'*?)"),
        (squared, "mu^2*Q*?*Q"),
        (p.says("mu^2 = lambda"), "?*Pi"),
    )
    form = p.le(f"0 <= x'*{matrix}*x", (p.given[0], p.given[1], p.square("x", off_range(p, same))))
    feasible = p.psd(p.eq(f"{matrix}' = {matrix}", (same, "lambda*?")), p.every(form, "x"))
    premises = (*p.given[:3], moment, dual, feasible, p.eq("(0*ones)'*sum[S](r[S]) = 0"))
    gap = cited(p, "U6a", premises, D=VALUE.replace("[S]", "[sets_0]"), R="lambda*Pi", b="0*ones")
    return tuple(p.take(gap, i) for i in range(4))


def tight(p: Proof, logs: Logarithm) -> Theorem:
    """The centered logarithms are logits at which the polar residuals have their dual value."""
    mean, logits = f"1/K*sum[j](log({SHARE_OF.format('j')}))", p.at(p.says(LOGITS[0]), "S", "k")
    inside, size = p.says("all S, k: 0 < e[k]'*(y[S] - r[S])"), p.says("all S: 1 <= m[S]")
    share = p.le(f"0 < {SHARE}", (p.at(inside, "S", "k"), p.reciprocal(p.le("0 < m[S]", p.at(size, "S"), 1))))
    factor, value = (p.take(p.at(logs.inverse, f"-({mean})"), i) for i in range(2))
    ratio = f"{SHARE}*ex(-({mean}))"
    product = p.le(f"0 < {ratio}", (share, factor))
    own, own_log = (p.take(p.at(logs.inverse, "e[k]'*z[S]"), i) for i in range(2))
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
    with p.assuming("0 <= tau and tau^2 = mu*s/lambda_W") as at:
        scale = p.take(at, 1)
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


def gibbs(p: Proof, logs: Logarithm) -> Theorem:
    """The dual value at the polar residuals is at most what it should be at any logits."""
    inside = p.says("all S, k: 0 < e[k]'*(y[S] - r[S])")
    total = logs.total(TOTAL, "x")
    size = p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1)
    share = p.le(f"0 < {SHARE}", (p.at(inside, "S", "k"), p.reciprocal(p.at(size, "S"))))
    bound = p.take(p.apply(p.at(logs.tangent, "e[k]'*x", SHARE, TOTAL), p.join(share, total)), 0)
    gain = f"(ex(e[k]'*x)/{TOTAL} - {SHARE} - {SHARE}*(e[k]'*x - log({TOTAL}) - log({SHARE})))"
    each = p.over(p.every(p.le(f"0 <= {gain}", bound), "k"))
    loss = p.at(p.says(PAL_CE[1]), "S", "x")
    made = p.eq(f"L[S](x) - ({VALUE} - r[S]'*x) = m[S]*sum[k]({gain})", loss)
    made = p.le(f"{VALUE} - r[S]'*x <= L[S](x)", (p.at(size, "S"), each), using=[made])
    return p.every(made, "S", "x")
