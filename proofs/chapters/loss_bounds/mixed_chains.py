"""L3 and L5, closed: tag-wise points for any sizes of label sets, and the polar point."""

from collections.abc import Callable

from proofs.chapters.loss_bounds.entropy_chains import OBJECTIVE
from proofs.chapters.loss_bounds.polar_chains import at_polar_residuals, begin, gibbs
from proofs.chapters.orthogonal_case.one_penalty_chains import AtPenalty
from proofs.chapters.orthogonal_case.orthogonal_case_chains import DUAL_VALUE, LOGITS, OWN, RESIDUAL, SHARE
from proofs.chapters.orthogonal_case.scalar_chains import Energy, Exponential, Scalars
from proofs.chapters.terminal_phase.hard_margin_chains import binary, in_range, of_root, root_rules
from proofs.claims.hypotheses import ENERGY, ISOTROPIC, PAL_CE
from proofs.claims.loss_bounds import BALANCED_VALUE
from proofs.claims.loss_bounds import POLAR_VALUE as VALUE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SCALED = "(s*c[S](s))"
AT = """sum[S](L[S](W2*({0}*(V*y[S])))) + lambda_W/2*tr(W2'*W2)
    + lambda_H/2*sum[S](({0}*(V*y[S]))'*({0}*(V*y[S])))"""
AT_V = AT.replace("({0}*(V*y[S]))", "(V*y[S])")
TAGWISE = "sum[S](L[S]({0}*(P*y[S]))) + mu*tr(Root)"
OF_SET = BALANCED_VALUE.removeprefix("sum[S](").removesuffix(")")


class WithoutBias(AtPenalty):
    """O1's point without a bias, where no expectation given the multiplicity is needed."""

    def where_conditional(self, p: Proof) -> Theorem:
        """Nothing."""
        return p.le("0 <= 1", 1)

    def moments(self, p: Proof) -> tuple[Theorem, Theorem]:
        """What is assumed, and that there is no bias."""
        moment, none = p.parts(self.assumed)
        moment = p.eq(f"lambda*P = sum[S]({RESIDUAL}*{RESIDUAL}')", moment)
        return moment, p.eq(f"b*sum[S]({RESIDUAL})' = 0", (none, f"?*sum[S]({RESIDUAL})'"))


@closes("L3")
def balance_is_hardest(p: Proof) -> None:
    """L3: the root of the tag-wise logits' second moment has the trace of a multiple of P at most, and only that."""
    p.positive(p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1))
    ex = Exponential(p)
    with p.assuming(f"0 < s and {ENERGY}") as at:
        below = p.implies(at, below_the_threshold(p, ex, at))
    p.done(p.join(below, collapse(p, ex)))


def isotropic_is_best(p: Proof, ex: Exponential, at: Theorem) -> tuple[Theorem, Theorem]:
    """The value of O1, and that no point is below it where the residuals are isotropic."""
    scalars = Scalars(p, ex)
    energy, unique = Energy(p, scalars), scalars.unique(p)
    with p.assuming(f"{ISOTROPIC} and b = 0") as isotropic:
        optimum = WithoutBias(p, ex, energy, unique, (at, isotropic))
        value = p.eq(f"sum[S]({DUAL_VALUE}) = {BALANCED_VALUE}", (entropies(p, optimum), "sum[S](?[S])"))
        below = p.le(f"{BALANCED_VALUE} <= {OWN}", optimum.certificate(p)[0], using=[value])
        below = p.at(p.every(p.implies(isotropic, below), "b"), "0*ones")
    with p.assuming(ISOTROPIC) as isotropic:
        below = p.apply(below, p.join(isotropic, p.eq("0*ones = 0")))
        return value, p.implies(isotropic, p.le(f"{BALANCED_VALUE} <= {OBJECTIVE}", below))


def below_the_threshold(p: Proof, ex: Exponential, at: Theorem) -> Theorem:
    """What is said of the s that belongs to the penalty."""
    value, last = isotropic_is_best(p, ex, at)
    scale, level, root = p.take(at, 0), p.take(at, 1), p.says("mu^2 = lambda")
    squared = p.says("Root*Root = sum[S]((s*c[S](s))^2*(P*y[S]*y[S]'*P))")
    symmetric = p.symmetric(p.says("psd Root"))
    same = root_rules(p)
    apart, share = "(Root - s*mu*P)", p.reciprocal(scale)
    turned = (symmetric, "1/(2*s)*tr(?*Root)"), (squared, "1/(2*s)*tr(?)")
    sizes = (level, "1/2*s/K*?"), (root, "1/2*s*(K - 1)*?")
    tagwise = TAGWISE.format(SCALED)
    upper = p.le(f"{tagwise} <= {BALANCED_VALUE}", ((1, 2), share, p.square(apart)), using=[value, *turned, *sizes])
    within = in_range(p, squared, same, "", f"({SCALED}*(P*y[S]))")
    with p.assuming("X*X' = Root") as wide:
        made = tagwise_point(p, wide, SCALED, squared, within)
    made = p.some("some X: X*X' = Root", p.implies(wide, made), "X")
    point = AT.format(SCALED)
    some = p.formula(f"some W2, V: {point} <= {BALANCED_VALUE}")

    def no_more(at: Theorem) -> Theorem:
        less = p.le(f"{point} <= {BALANCED_VALUE}", upper, using=[at])
        return p.witness(p.witness(less, instantiate(some[2], p.term("W2")), "V"), some, "W2")

    with p.assuming("some X: X*X' = Root") as wide:
        first = p.implies(wide, with_point(p, p.apply(made, wide), tagwise, no_more))
    with p.assuming(f"(some X: X*X' = Root) and (all W2, V: {BALANCED_VALUE} <= {point})") as good:

        def flat(at: Theorem) -> Theorem:
            uses = [(value, "2*s*?"), *((theorem, f"2*s*({context})") for theorem, context in (*turned, *sizes))]
            least = p.at(p.take(good, 1), "W2", "V")
            small = p.le(f"tr({apart}'*{apart}) <= 0", (2, scale, least), using=[*uses, (at, "2*s*?")])
            zero = p.null(apart, small)
            return p.eq(ISOTROPIC, (squared, "1/s^2*?"), (zero, "1/s^2*?*Root", "mu/s*?"), (root, "?*P"))

        second = p.implies(good, with_point(p, p.apply(made, p.take(good, 0)), tagwise, flat))
    return p.join(upper, first, second, last)


def with_point(p: Proof, met: Theorem, tagwise: str, then: Callable[[Theorem], Theorem]) -> Theorem:
    """What follows from the tag-wise point."""
    inner = p.ledger.assume(instantiate(met.conclusion[2], p.term("W2")))
    with p.assuming(f"{AT.format(SCALED)} = {tagwise}") as at:
        made = p.implies(at, then(at))
    return p.unpack(met, p.implies(inner, p.unpack(inner, made, "V")), "W2")


def collapse(p: Proof, ex: Exponential) -> Theorem:
    """W = 0 costs the mean of m log K."""
    some = p.formula(f"some W2, V: {AT_V} = sum[S](m[S]*log(K))")
    w, v = "(0*(x*u'))", "(0*(u*x'))"
    own = p.at(p.says(PAL_CE[1]), "S", "0*x")
    loss = p.eq("all S: L[S](0*x) = m[S]*log(K)", (own, "?"), (ex.one, "m[S]*log(sum[k](?))"))
    cost = p.eq(f"{AT_V.replace('W2', w).replace('V', v)} = sum[S](m[S]*log(K))", (loss, "sum[S](?[S])"))
    return p.witness(p.witness(cost, instantiate(some[2], p.term(w)), v), some, w)


def tagwise_point(p: Proof, wide: Theorem, t: str, squared: Theorem, within: Theorem, suffix: str = "") -> Theorem:
    """The least factors of logits t P y, whose second moment has a root: they cost mu times its trace."""
    w, v = "(tau*X)", of_root("(mu/lambda_H*tau*X'*Q*P)", suffix)
    own, half = p.says(of_root("Q' = Q", suffix)), p.says("mu^2 = lambda")
    point = AT.format(t)
    some = p.formula(of_root(f"some W2, V: {point} = {TAGWISE.format(t)}", suffix))
    with p.supposing("0 <= tau and tau^2 = lambda_H/mu") as (at, _, scale, *_):
        logits = p.eq(
            f"all S: {w}*({t}*({v}*y[S])) = {t}*(P*y[S])",
            *((wide, of_root(f"mu/lambda_H*tau^2*{t}*?*Q*P*y[S]", suffix)), (within, "mu/lambda_H*tau^2*?[S]")),
            (scale, f"mu/lambda_H*?*{t}*(P*y[S])"),
        )
        classifier = p.eq(
            of_root(f"tr({w}'*{w}) = lambda_H/mu*tr(Root)", suffix),
            *((wide, "tau^2*tr(?)"), (scale, of_root("?*tr(Root)", suffix))),
        )
        features = p.eq(
            of_root(f"sum[S](({t}*({v}*y[S]))'*({t}*({v}*y[S]))) = mu/lambda_H*tr(Root)", suffix),
            (own, f"sum[S]((mu/lambda_H*tau*{t})^2*(y[S]'*P*?*X*X'*Q{suffix}*P*y[S]))"),
            (wide, of_root(f"sum[S]((mu/lambda_H*tau*{t})^2*(y[S]'*P*Q*?*Q*P*y[S]))", suffix)),
            (squared, of_root("(mu/lambda_H*tau)^2*tr(Q*?)", suffix)),
            (scale, of_root("(mu/lambda_H)^2*?*tr(Root)", suffix)),
        )
        cost = p.eq(
            of_root(f"{point.replace('W2', w).replace('V', v)} = {TAGWISE.format(t)}", suffix),
            *((logits, "sum[S](L[S](?[S]))"), (classifier, "lambda_W/2*?"), (features, "lambda_H/2*?")),
            (half, of_root("1/(2*mu)*tr(Root)*?", suffix)),
        )
        made = p.implies(at, p.witness(p.witness(cost, instantiate(some[2], p.term(w)), v), some, w))
    positive = p.le("0 <= lambda_H/mu", (p.given[1], p.reciprocal(p.says("0 < mu"))))
    return p.unpack(p.apply(p.axiom("square root", {}, t="lambda_H/mu"), positive), made, "tau")


def entropies(p: Proof, tagwise: AtPenalty) -> Theorem:
    """The dual value at c P y is m times the entropy."""
    own = f"(e[k]'*(y[S] - {RESIDUAL}))"
    same = p.eq(f"{own}/m[S] = {SHARE}", (tagwise.equation, "1/K*(e[k]'*y[S])/m[S]*?"))
    total = f"log(sum[k](ex(e[k]'*{LOGITS})))"
    entry = p.eq(
        f"all k: {own}*log({own}/m[S]) = {own}*(e[k]'*{LOGITS} - {total})",
        (same, f"{own}*log(?)"),
        (tagwise.shares, f"{own}*?[k]"),
    )
    return p.every(p.eq(f"{DUAL_VALUE} = {OF_SET}", p.at(p.says(PAL_CE[1]), "S", LOGITS), (entry, "sum[k](?[k])")), "S")


INSIDE = "all S, k: 0 <= e[k]'*(y[S] - r[S])"


@closes("L5")
def polar_and_tagwise_points(p: Proof) -> None:
    """L5: the polar residuals are feasible; tag-wise logits cost their loss and the trace of a root, and then L3."""
    some = binary(p)
    squared, same, logs = begin(p)
    domain = inside(p, some)
    with p.assuming(INSIDE) as within:
        moment, identity, *parts = at_polar_residuals(p, gibbs(p, logs, within), squared, same)
        below = p.le(f"sum[S]({VALUE}) <= {OBJECTIVE}", *parts, using=[identity])
        below = p.implies(within, below)
    isotropic = p.eq("sum[S](r[S]*r[S]') = lambda*Pi", moment)
    same2, squared2 = root_rules(p, "2"), p.says("Root2*Root2 = sum[S](scale[S]^2*(P*y[S]*y[S]'*P))")
    within2 = in_range(p, squared2, same2, "", "(scale[S]*(P*y[S]))", "2")
    with p.assuming("X*X' = Root2") as wide:
        point = p.implies(wide, tagwise_point(p, wide, "scale[S]", squared2, within2, "2"))
    point = p.some("some X: X*X' = Root2", point, "X")
    with p.supposing(p.goal[5][1]) as (at, _, _, _, scaled, *_):
        moved = "Root2*Root2 = sum[S]((s*c[S](s))^2*(P*y[S]*y[S]'*P))"
        moved2 = p.eq(moved, squared2, (scaled, "sum[S](?[S]*(scale[S] + s*c[S](s))*(P*y[S]*y[S]'*P))"))
        known = p.known("L3", Root="Root2", Q="Q2", Pi="Pi2")
        level = p.join(p.take(at, 1), p.take(at, 2))
        bound = p.take(p.apply(p.take(p.met(known, p.take(at, 0), moved2), 0), level), 0)
        text = f"sum[S](L[S](scale[S]*(P*y[S]))) + mu*tr(Root2) <= {BALANCED_VALUE}"
        last = p.implies(at, p.le(text, bound, using=[(scaled, "sum[S](L[S](?[S]*(P*y[S])))")]))
    p.done(p.join(isotropic, domain, below, point, last))


def inside(p: Proof, some: Theorem) -> Theorem:
    """The polar point is in the domain where the sign condition holds, and the residuals are at most 1."""
    residual, mu = p.says("all S: r[S] = mu*(Q*y[S])"), p.says("0 < mu")
    share = p.reciprocal(mu)
    outside, within = "e[k]'*y[S] = 0", "1 - e[k]'*y[S] = 0"
    with p.assuming(INSIDE) as domain:
        own = p.at(domain, "S", "k")
        with p.assuming(outside) as no:
            uses = [(residual, "1/mu*e[k]'*?[S]"), (no, "1/mu*?")]
            first = p.implies(no, p.le("e[k]'*Q*y[S] <= 0", (share, own), using=uses))
        with p.assuming(within) as yes:
            uses = [(residual, "e[k]'*?[S]"), (yes, "?")]
            second = p.implies(yes, p.le("mu*(e[k]'*Q*y[S]) <= 1", own, using=uses))
        forth = p.implies(domain, p.every(p.join(first, second), "S", "k"))
    text = f"all S, k: ({outside} => e[k]'*Q*y[S] <= 0) and ({within} => mu*(e[k]'*Q*y[S]) <= 1)"
    with p.assuming(text) as signs:
        own, goal = p.at(signs, "S", "k"), INSIDE.split(": ")[1]

        def off(case: Theorem) -> Theorem:
            sign = p.apply(p.take(own, 0), case)
            return p.le(goal, (mu, sign), using=[(residual, "e[k]'*?[S]"), case])

        def on(case: Theorem) -> Theorem:
            return p.le(goal, p.apply(p.take(own, 1), case), using=[(residual, "e[k]'*?[S]"), case])

        back = p.implies(signs, p.every(p.by_cases(p.at(some, "S", "k"), off, on), "S", "k"))
    return p.both(forth, back)
