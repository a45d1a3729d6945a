"""Chapter O, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.loss_bounds.entropy_chains import TOTAL
from proofs.chapters.orthogonal_case.scalar_chains import ENERGY, TARGET, Energy, Exponential, Scalars
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.hypotheses import OBJECTIVE, PAL_CE, PERFECT, SCALAR, STATIONARY
from proofs.claims.hypotheses import RESIDUAL as TANGENT
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

C, POWER = "c[S](s)", "ex(s*c[S](s))"
SHARE, RESIDUAL = f"({C}/K*(1 + ({POWER} - 1)*(e[k]'*y[S])))", f"({C}*(P*y[S]))"
LOGITS = f"(s*{C}*(P*y[S]))"
DUAL_VALUE = f"(L[S]({LOGITS}) + {RESIDUAL}'*{LOGITS})"
BEST = OBJECTIVE.replace(" + {2}", "").format("W2", f"({C}/lambda_H*(W2'*P*y[S]))")
SIMPLEX = "W*W' = s*lambda_H*P"
OWN = OBJECTIVE.format("W", "h[S]", "b")


@closes("O1")
def tagwise_averaging(p: Proof) -> None:
    """O1: the scalars exist, and the point they make is the only one without a gap."""
    ex = Exponential(p)
    scalars = Scalars(p, ex)
    unique = scalars.unique(p)
    first = scalars.exists(p, unique)
    energy = Energy(p, scalars)
    p.positive(p.le("0 < K - 1", p.at(energy.small, "S"), p.at(energy.large, "S"), 1))
    with p.assuming(f"0 < s and {ENERGY.format('s')} = {TARGET}") as at:
        optimum = Optimum(p, ex, energy, unique, at)
        best = best_point(p, optimum, energy, unique)
        third = p.every(p.implies(at, p.join(simplex(p, optimum.scale), best)), "s")
    threshold = p.says("K*(K - 1)*lambda < sum[S](m[S]*(K - m[S]))")
    p.done(p.join(first, only_root(p, energy, threshold), third))


def best_point(p: Proof, optimum: Optimum, energy: Energy, unique: Theorem) -> Theorem:
    """The ETF with the scalars of O1 is no worse than the point at hand, which is like it if it is no worse either."""
    known = optimum.certificate(p)
    with p.assuming("W2*W2' = s*lambda_H*P") as gram:
        value = p.eq(
            f"{BEST} = sum[S]({DUAL_VALUE})",
            (gram, f"sum[S](L[S]({C}/lambda_H*(?*P*y[S])))"),
            (gram, "lambda_W/2*tr(?)"),
            (gram, f"1/2*1/lambda_H*sum[S]({C}^2*(y[S]'*P*?*P*y[S]))"),
            (optimum.level, "1/2*s/K*?"),
        )
        least = p.le(f"{BEST} <= {OWN}", known[0], using=[value])
        best = p.join(least, optimum.only(p, known, value, unique, energy))
        return p.every(p.implies(gram, best), "W2")


@closes("O2")
def converse_of_averaging(p: Proof) -> None:
    """O2: the logits are s r, and a monotone map has one fixed point; the rest is U3 and a trace."""
    ex = Exponential(p)
    scalars = Scalars(p, ex)
    energy, scale = Energy(p, scalars), p.says("0 < s")
    tagwise = Tagwise(p, ex, energy, scalars.unique(p), scale)
    share = p.reciprocal(scale)
    features, classifier, none, gram = (p.says(x) for x in (*STATIONARY, "all S: ones'*r[S] = 0", SIMPLEX))
    uses = (features, "1/lambda_H*W*?[S]"), (gram, "1/lambda_H*?*r[S]"), (none, "s/K*ones*?[S]")
    logits, apart, z = p.eq("all S: W*h[S] = s*r[S]", *uses), f"({RESIDUAL} - r[S])", "W*h[S] + b"
    tangents = ((p.says(TANGENT), ("S", LOGITS)),), ((tagwise.weak_duality(p), ("S", z)),)
    each = p.le(f"all S: s*({apart}'*{apart}) <= {apart}'*b", *tangents, using=[(logits, f"{apart}'*?[S]")])

    def without(case: Theorem) -> Theorem:
        return p.eq(f"sum[S]({apart}'*b) = 0", (case, f"sum[S]({apart}'*?)"))

    def free(case: Theorem) -> Theorem:
        mean = tagwise.mean(p, p.take(case, 1))
        return p.eq(f"sum[S]({apart}'*b) = 0", (mean, "?'*b"), (p.take(case, 0), "?'*b"))

    biasless = p.by_cases(p.given[-1], without, free)
    small = p.le(f"sum[S]({apart}'*{apart}) <= 0", (share, p.over(each)), using=[(biasless, "1/s*?")])
    squares = p.square(f"all S: {apart}")
    zero = p.antisymmetry(small, p.le(f"0 <= sum[S]({apart}'*{apart})", p.over(squares)))
    vanishes = p.definite(f"all S: {apart}", p.vanish(squares, zero))
    same = p.eq(f"all S: r[S] = {RESIDUAL}", vanishes)
    isotropic = p.eq(
        "sum[S](r[S]*r[S]') = lambda*P",
        *((classifier, "1/s*?*W'"), (gram, "lambda_W/s*?"), (features, "1/s*sum[S](r[S]*?[S]'*W')*1/lambda_H")),
        *((gram, "1/s*sum[S](r[S]*r[S]'*?)*1/lambda_H"), (none, "1/K*sum[S](r[S]*?[S]*ones')")),
    )
    y = "(P*y[S]*y[S]'*P)"
    moment = p.eq(
        f"sum[S](c[S](s)^2*{y}) = lambda*P", *(isotropic, (same, "sum[S](?[S]*r[S]')", f"sum[S]({RESIDUAL}*?[S]')"))
    )
    with p.assuming("all S: m[S] = size") as one:
        p.positive(p.at(p.every(tagwise.positive, "S"), "T"))
        alike = p.apply(p.at(tagwise.equal, "S", "T"), p.eq("m[S] - m[T] = 0", (one, "?[S]", "?[T]")))
        alike = p.every(alike, "S")
        scaled = p.eq(f"c[T](s)^2*sum[S]{y} = lambda*P", moment, (alike, f"sum[S](?[S]*(c[S](s) + c[T](s))*{y})"))
        level = p.eq(
            "c[T](s)^2*size*(K - size) = K*(K - 1)*lambda",
            *((scaled, "K*tr(?)"), (one, "c[T](s)^2*sum[S](?[S]*(K - m[S] - size))")),
        )
        flat = p.eq(
            f"K*(K - 1)*sum[S]{y} = size*(K - size)*P",
            *((scaled, "K*(K - 1)*1/c[T](s)^2*?"), (level, "1/c[T](s)^2*?*P")),
        )
        orthogonal = p.implies(one, flat)
    p.done(p.join(same, moment, orthogonal))


def simplex(p: Proof, scale: Theorem) -> Theorem:
    """A classifier with that Gram matrix, where there are dimensions enough."""
    return with_gram(p, "s*lambda_H", "P", p.le("0 <= s*lambda_H", (scale, p.given[1])))


def with_gram(p: Proof, gain: str, form: str, positive: Theorem) -> Theorem:
    """A classifier whose Gram matrix is a multiple of a matrix that is one itself."""
    gram = f"{gain}*{form}"
    some = p.formula(f"some W2: W2*W2' = {gram}")
    with p.assuming(f"some X: X*X' = {form}") as wide, p.assuming(f"X*X' = {form}") as x:
        with p.assuming(f"0 <= tau and tau^2 = {gain}") as root:
            made = p.eq(f"(tau*X)*(tau*X)' = {gram}", (x, "tau^2*?"), (p.take(root, 1), f"?*{form}"))
            found = p.implies(root, p.witness(made, some, "tau*X"))
        exists = p.apply(p.axiom("square root", {}, t=gain), positive)
        found = p.implies(x, p.unpack(exists, found, "tau"))
        return p.implies(wide, p.unpack(wide, found, "X"))


def only_root(p: Proof, energy: Energy, threshold: Theorem) -> Theorem:
    """One s has the energy of the penalty, and no other."""
    root, only = energy.root(p, threshold), energy.only(p)
    at = p.ledger.assume(instantiate(root.conclusion[2], p.term("s")))
    other = p.ledger.assume(instantiate(root.conclusion[2], p.term("t")))
    both = p.join(p.take(at, 0), p.take(at, 1), other)
    same = p.every(p.implies(other, p.apply(p.at(only, "s", "t"), both)), "t")
    found = p.witness(p.join(p.take(at, 0), p.take(at, 1), same), p.goal[2], "s")
    return p.unpack(root, p.implies(at, found), "s")


class Tagwise:
    """Residuals c P y and logits s c P y, which belong to each other by O1's equation."""

    def __init__(self, p: Proof, ex: Exponential, energy: Energy, unique: Theorem, scale: Theorem) -> None:
        self.ex, self.scale = ex, scale
        self.positive, self.equation = energy.at(p, "s", scale)
        self.equal = self.one_scalar(p, energy, unique)
        self.same = self.where_conditional(p)
        self.some = binary(p)
        self.share, self.shares = self.distribution(p)
        self.gains, self.identity, self.met = self.gap(p)

    def one_scalar(self, p: Proof, energy: Energy, unique: Theorem) -> Theorem:
        """Label sets of one multiplicity have one c."""
        other = p.at(p.every(p.join(self.positive, self.equation), "S"), "T")
        with p.assuming("m[S] - m[T] = 0") as equal:
            turned = p.eq(SCALAR.format("c[T](s)", "m[S]"), p.take(other, 1), (equal, "c[T](s)*?*(ex(s*c[T](s)) - 1)"))
            premise = [p.at(energy.small, "S"), p.at(energy.large, "S"), self.scale, self.positive, self.equation]
            lemma = p.at(unique, "m[S]", "s", "c[S](s)", "c[T](s)")
            one = p.apply(lemma, p.join(*premise, p.take(other, 0), turned))
            return p.every(p.implies(equal, one), "S", "T")

    def where_conditional(self, p: Proof) -> Theorem:
        """The expectation given the multiplicity takes c out."""
        goal, found = "cond[S, T]*(c[S](s) - c[T](s)) = 0", []
        with p.assuming("m[S] - m[T] = 0") as equal:
            one = p.apply(p.at(self.equal, "S", "T"), equal)
            found.append(p.implies(equal, p.eq(goal, (one, "cond[S, T]*?"))))
        with p.assuming("m[S] - m[T] = 0 => false") as apart:
            p.nonzeros.append(p.ledger.nonzero(apart))
            none = p.eq(goal, (p.says(PERFECT[0]), "(c[S](s) - c[T](s))*(1/(m[S] - m[T]))*?[S, T]"))
            found.append(p.implies(apart, none))
        return p.every(p.cases(p.ledger.middle(equal.conclusion), *found), "S", "T")

    def mean(self, p: Proof, free: Theorem) -> Theorem:
        """The residuals have mean 0 where class frequencies are uniform at every multiplicity."""
        symmetric, one = (p.says(text) for text in PERFECT[1:3])
        return p.eq(
            f"sum[S]({RESIDUAL}) = 0",
            (one, "sum[S](?[S]*c[S](s)*(P*y[S]))"),
            (self.same, "sum[S](sum[T](?[S, T]*(P*y[S])))"),
            (symmetric, "sum[S](sum[T](?[S, T]*c[T](s)*(P*y[S])))"),
            (free, "sum[T](c[T](s)*?[T])"),
        )

    def weak_duality(self, p: Proof) -> Theorem:
        """The loss is above its tangent at those logits."""
        positive = p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1)
        dual = f"all S, x: {DUAL_VALUE} - {RESIDUAL}'*x <= L[S](x)"
        return p.le(dual, (positive, self.gains), using=[self.identity])

    def distribution(self, p: Proof) -> tuple[Theorem, Theorem]:
        """The softmax of the logits is positive, and is what the residual says."""
        labels = p.reciprocal(p.dimension("K"))
        step = p.le(f"0 < {POWER} - 1", p.at(self.ex.above, f"s*{C}"), (self.scale, self.positive))
        share = p.le(f"0 < {SHARE}", (labels, self.positive), (labels, self.positive, step, p.square("e[k]'*y[S]")))
        base, entry = f"ex(-s*{C}*m[S]/K)", f"e[k]'*{LOGITS}"
        goal, cases = f"ex({entry}) = {base}*(1 + ({POWER} - 1)*(e[k]'*y[S]))", []
        with p.assuming("e[k]'*y[S] = 0") as no:
            cases.append(p.implies(no, p.eq(goal, (no, f"ex(s*{C}*(? - m[S]/K))", f"{base}*({POWER} - 1)*?"))))
        with p.assuming("1 - e[k]'*y[S] = 0") as yes:
            uses = (yes, f"ex(s*{C}*(1 - ? - m[S]/K))"), (yes, f"{base}*({POWER} - 1)*?")
            product = p.at(self.ex.product, f"-s*{C}*m[S]/K", f"s*{C}")
            cases.append(p.implies(yes, p.eq(goal, *uses, product)))
        value = p.every(p.cases(p.at(self.some, "S", "k"), *cases), "k")
        total = TOTAL.replace("*x", f"*{LOGITS}")
        whole = p.eq(f"{total}*{C} = {base}*K", (value, f"{C}*sum[k](?[k])"), (self.equation, f"{base}*?"))
        softmax = p.eq(
            f"ex({entry}) = {total}*{SHARE}", p.at(value, "k"), (whole, f"1/K*?*(1 + ({POWER} - 1)*(e[k]'*y[S]))")
        )
        sums = self.ex.logs.total(total, LOGITS)
        log = p.eq(
            f"log({SHARE}) = {entry} - log({total})",
            self.ex.logs.of_product(total, SHARE, sums, share),
            (softmax, "log(?)"),
            p.take(p.at(self.ex.logs.inverse, entry), 1),
        )
        return share, p.every(log, "k")

    def gap(self, p: Proof) -> tuple[Theorem, Theorem, Theorem]:
        """What the loss exceeds its dual value by, as a sum over labels of what is not negative, and when that is 0."""
        loss, total = p.says(PAL_CE[1]), self.ex.logs.total(TOTAL, "x")
        at = p.apply(p.at(self.ex.logs.tangent, "e[k]'*x", SHARE, TOTAL), p.join(self.share, total))
        gain = f"(ex(e[k]'*x)/{TOTAL} - {SHARE} - {SHARE}*(e[k]'*x - log({TOTAL}) - log({SHARE})))"
        each = p.every(p.le(f"0 <= {gain}", p.take(at, 0)), "k")
        logs = f"log({TOTAL})", f"log({TOTAL.replace('*x', f'*{LOGITS}')})"
        uses = (
            (self.shares, f"m[S]*sum[k]({SHARE}*?[k])"),
            (self.equation, f"1/K*?*(m[S] - m[S]*{logs[0]} + m[S]*{logs[1]} + y[S]'*x - y[S]'*{LOGITS})"),
        )
        identity = p.eq(
            f"L[S](x) - ({DUAL_VALUE} - {RESIDUAL}'*x) = m[S]*sum[k]({gain})",
            *(p.at(loss, "S", "x"), p.at(loss, "S", LOGITS), *uses),
        )
        with p.assuming(f"sum[k]({gain}) = 0") as none:
            zero = p.at(p.vanish(each, none), "k")
            tight = p.eq(f"{SHARE}*(e[k]'*x - log({TOTAL}) - log({SHARE})) = ex(e[k]'*x)/{TOTAL} - {SHARE}", zero)
            met = p.implies(none, p.every(p.apply(p.take(at, 1), tight), "k"))
        return p.every(p.over(each), "S", "x"), p.every(identity, "S", "x"), p.every(met, "S", "x")


class Optimum(Tagwise):
    """The point that O1 claims to be the best one, for an s of the right energy."""

    def __init__(self, p: Proof, ex: Exponential, energy: Energy, unique: Theorem, at: Theorem) -> None:
        super().__init__(p, ex, energy, unique, p.take(at, 0))
        self.level = p.take(at, 1)
        self.moment, self.free = self.moments(p)

    def moments(self, p: Proof) -> tuple[Theorem, Theorem]:
        """The second moment of the residuals is lambda P, and their mean is orthogonal to the bias."""
        symmetric, one, perfect = (p.says(text) for text in PERFECT[1:])
        y, k = "(P*y[S]*y[S]'*P)", "K*(K - 1)"
        moment = p.eq(
            f"{k}*sum[S]({RESIDUAL}*{RESIDUAL}') = {k}*lambda*P",
            (one, f"{k}*sum[S](?[S]*c[S](s)^2*{y})"),
            (self.same, f"{k}*sum[S](sum[T](?[S, T]*(c[S](s) + c[T](s))*{y}))"),
            (symmetric, f"{k}*sum[S](sum[T](?[S, T]*c[T](s)^2*{y}))"),
            (perfect, "sum[T](c[T](s)^2*?[T])"),
            (self.level, "?*P"),
        )
        moment = p.eq(f"lambda*P = sum[S]({RESIDUAL}*{RESIDUAL}')", (moment, "1/K*(1/(K - 1))*?"))
        cases, goal = [], f"b*sum[S]({RESIDUAL})' = 0"
        with p.assuming("b = 0") as none:
            cases.append(p.implies(none, p.eq(goal, (none, f"?*sum[S]({RESIDUAL})'"))))
        with p.assuming("all S: sum[T](cond[S, T]*(P*y[T])) = 0") as free:
            cases.append(p.implies(free, p.eq(goal, (self.mean(p, free), "b*?'"))))
        return moment, p.cases(p.given[-1], *cases)

    def certificate(self, p: Proof) -> tuple[Theorem, Theorem]:
        """U6a at any point: the dual value is below its own, and what they have in common if it is not."""
        lambda_w, lambda_h, product = p.given[:3]
        pieces = (lambda_w, lambda_h, p.reciprocal(p.dimension("K")), p.square("ones'*x"))
        feasible = p.semidefinite("lambda*I[K] - lambda*P", pieces)
        orthogonal = p.eq(f"b'*sum[S]({RESIDUAL}) = 0", (self.free, "tr(?)"))
        put = {x: y.replace("[S]", "[sets_0]") for x, y in (("D", DUAL_VALUE), ("r", RESIDUAL))}
        premises = (lambda_w, lambda_h, product, self.moment, self.weak_duality(p), feasible, orthogonal)
        known = cited(p, "U6a", premises, R="lambda*P", **put)
        below = p.le(f"sum[S]({DUAL_VALUE}) <= {OWN}", *(p.take(known, i) for i in (1, 2, 3)), using=[p.take(known, 0)])
        return below, p.ledger.either(p.take(known, 4), 0)

    def softmax(self, p: Proof, none: Theorem) -> tuple[Theorem, Theorem]:
        """Where no divergence is left the logits are those of the point, but for a constant, and so is the softmax."""
        z = "(W*h[S] + b)"
        total = TOTAL.replace("*x", f"*{z}")
        p.positive(p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1))
        sums, met = self.ex.logs.total(total, z), p.at(self.met, "S", z)
        gain = f"(ex(e[k]'*{z})/{total} - {SHARE} - {SHARE}*(e[k]'*{z} - log({total}) - log({SHARE})))"
        nothing = p.eq(f"sum[k]({gain}) = 0", (p.at(self.identity, "S", z), "1/m[S]*?"), (none, "1/m[S]*?[S]"))
        value = p.apply(met, nothing)
        entry = p.eq(
            f"e[k]'*{z} = log({total}) + log({SHARE})",
            p.take(p.at(self.ex.logs.inverse, f"e[k]'*{z}"), 1),
            (value, "log(?[k])"),
            self.ex.logs.of_product(total, SHARE, sums, self.share),
        )
        entry = p.every(entry, "k")
        aligned = p.eq(f"all S: P*{z} = {LOGITS}", (entry, "P*sum[k](?[k]*e[k])"), (self.shares, "P*sum[k](?[k]*e[k])"))
        residual = p.eq(
            f"all S, k: m[S]*ex(e[k]'*{z}) = e[k]'*(y[S] - {RESIDUAL})*{total.replace('[k]', '[j]')}",
            *((value, "m[S]*?[k]"), (self.equation, f"1/K*?*(e[k]'*y[S])*{total.replace('[k]', '[j]')}")),
        )
        return aligned, residual

    def only(
        self, p: Proof, known: tuple[Theorem, Theorem], value: Theorem, unique: Theorem, energy: Energy
    ) -> Theorem:
        """A point that is no worse has the same geometry."""
        below, slackness = known
        best = value.conclusion[1]
        p.positive(p.le("0 < lambda", (p.given[0], p.given[1])))
        with p.assuming(("<=", below.conclusion[2], best)) as no_worse:
            tight = p.antisymmetry(p.le(f"{OWN} <= sum[S]({DUAL_VALUE})", no_worse, using=[value]), below)
            slack = p.apply(slackness, tight)
            none, features, flat = p.parts(slack)
            aligned, residual = self.softmax(p, none)
            center = p.eq("ones'*W = 0", (flat, "1/lambda*ones'*?"))
            share = "lambda_H/lambda"
            gram = p.eq(
                "W*W' = s*lambda_H*P",
                (aligned, f"{share}*sum[S](?[S]*{RESIDUAL}')"),
                (features, f"{share}*sum[S](P*W*?[S]*{RESIDUAL}')"),
                (self.moment, "1/lambda*P*W*W'*?"),
                (self.free, f"{share}*P*?"),
                (self.moment, f"s*{share}*?"),
                (center, "1/K*ones*?*W'*P", "1/K*W*?'*ones'"),
            )
            bias = p.eq("P*b = 0", (aligned, "?[S]"), (features, "P*W*?[S]"), (gram, f"{C}/lambda_H*P*?*P*y[S]"))
            own = p.eq(f"all S: h[S] = {C}/lambda_H*(W'*P*y[S])", features)
            with p.supposing(f"0 < c1 and {SCALAR.format('c1', '1')}") as (single, first, *_):
                with p.assuming("m[S] = 1") as one:
                    turned = p.eq(SCALAR.format("c1", "m[S]"), p.take(single, 1), (one, "c1*?*(ex(s*c1) - 1)"))
                    premise = [
                        p.at(energy.small, "S"),
                        p.at(energy.large, "S"),
                        self.scale,
                        self.positive,
                        self.equation,
                    ]
                    lemma = p.at(unique, "m[S]", "s", C, "c1")
                    same = p.every(p.implies(one, p.apply(lemma, p.join(*premise, first, turned))), "S")
                p.positive(first)
                average = p.eq(f"all S: h[S] = {C}/c1*sum[k](e[k]'*y[S]*(c1/lambda_H*(W'*P*e[k])))", own)
                averages = p.every(p.implies(single, p.join(same, average)), "c1")
            return p.implies(no_worse, p.join(bias, gram, residual, own, averages))
