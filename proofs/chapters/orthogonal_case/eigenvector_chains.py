"""O3a, closed: residuals that are multiples of centered label sets, and an optimum of that kind that is no ETF."""

from collections.abc import Callable

from proofs.chapters.duality.depth_chains import SLOPE, no_slope
from proofs.chapters.duality.duality_chains import cited, small_step
from proofs.chapters.loss_bounds.entropy_chains import TOTAL
from proofs.chapters.orthogonal_case.linear_residuals_chains import among
from proofs.chapters.orthogonal_case.one_penalty_chains import product
from proofs.chapters.orthogonal_case.scalar_chains import Exponential
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import OBJECTIVE, PAL_CE
from proofs.claims.orthogonal_case import EIGENVALUE, SOFTMAX
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

Z = "(W*h[S] + b)"
OWN = OBJECTIVE.format("W", "h[S]", "b")
SUM = TOTAL.replace("*x", f"*{Z}")
LINEAR = "rate[S]*(P*y[S])"
ENTRY = f"(e[k]'*(y[S] - {LINEAR}))"
LEAST = "(rate[S]*m[S]/K)"
ODDS = "(1 + K*(1 - rate[S])/(m[S]*rate[S]))"
MOMENT = "sum[S](rate[S]^2*(P*y[S]*y[S]'*P)) = lambda*P"


@closes("O3a")
def linear_residuals_exactly(p: Proof) -> None:
    """O3a: logits are m times the logarithms of what residuals leave; U7, and eigenvectors of a symmetric matrix."""
    at = Linear(p)
    eigen = p.formula("all S: W*W'*P*y[S] = a[S]*(P*y[S])")
    with p.assuming(f"all S: r[S] = {LINEAR}") as linear:
        forth = p.implies(linear, at.eigenvectors(linear))
    with p.assuming(eigen) as vectors:
        back = p.implies(vectors, at.residuals(vectors))
        apart = different(p, vectors)
        third = p.implies(vectors, apart)
    p.done(p.join(p.both(forth, back), optimal(p, at), third, with_a_singleton(p, at)))


class Linear:
    """What the residuals c P y leave of the labels is c m/K outside the set, and that times the odds in it."""

    def __init__(self, p: Proof) -> None:
        self.p, self.ex, self.some = p, Exponential(p), binary(p)
        self.size = p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1)
        p.positive(self.size)
        rates = p.says("all S: 0 < rate[S] and rate[S] < 1")
        self.rate, self.below = (p.every(p.take(p.at(rates, "S"), i), "S") for i in range(2))
        p.positive(self.rate)
        self.flat, self.features = p.says("ones'*W = 0"), p.says("all S: h[S] = rate[S]/lambda_H*(W'*P*y[S])")
        self.none = p.take(p.says("b = 0 and b2 = 0"), 0)
        size, rate, below = (p.at(x, "S") for x in (self.size, self.rate, self.below))
        shares = p.reciprocal(size), p.reciprocal(rate)
        self.least = p.le(f"0 < {LEAST}", (p.reciprocal(p.dimension("K")), rate, size))
        self.more = p.le(f"0 < {ODDS} - 1", (p.dimension("K"), below, *shares))
        self.odds = p.le(f"0 < {ODDS}", self.more, 1)
        self.total = self.ex.logs.total(SUM, Z)

    def eigenvectors(self, linear: Theorem) -> Theorem:
        """The logarithms of the softmax are the logits, but for a constant."""
        p, logs, softmax = self.p, self.ex.logs, self.p.at(self.p.says(SOFTMAX), "S", "k")
        log = logs.of_product(LEAST, ODDS, self.least, self.odds)
        goal = f"log({ENTRY}) = log({LEAST}) + log({ODDS})*(e[k]'*y[S])"

        def outside(no: Theorem) -> Theorem:
            same = p.eq(f"{ENTRY} = {LEAST}", (no, "(1 - rate[S])*?"))
            value = p.eq(goal, (same, "log(?)"), (no, f"log({ODDS})*?"))
            return p.join(p.le(f"0 < {ENTRY}", self.least, using=[same]), value)

        def inside(yes: Theorem) -> Theorem:
            same = p.eq(f"{ENTRY} = {LEAST}*{ODDS}", (yes, "(1 - rate[S])*?"))
            value = p.eq(goal, (same, "log(?)"), log, (yes, f"log({ODDS})*?"))
            return p.join(p.le(f"0 < {ENTRY}", (self.least, self.odds), using=[same]), value)

        share = p.by_cases(p.at(self.some, "S", "k"), outside, inside)
        power = p.at(logs.inverse, f"e[k]'*{Z}")
        size = p.at(self.size, "S")
        entry = p.eq(
            f"e[k]'*{Z} = log({ODDS})*(e[k]'*y[S]) + (log({LEAST}) + log({SUM}) - log(m[S]))",
            p.take(power, 1),
            logs.of_product("m[S]", f"ex(e[k]'*{Z})", size, p.take(power, 0)),
            (softmax, "log(?)"),
            (linear, f"log(e[k]'*(y[S] - ?[S])*{SUM})"),
            logs.of_product(ENTRY, SUM, p.take(share, 0), self.total),
            p.take(share, 1),
        )
        aligned = p.eq(f"P*{Z} = log({ODDS})*(P*y[S])", (p.every(entry, "k"), "P*sum[k](?[k]*e[k])"))
        made = p.eq(
            "W*W'*P*y[S] = a[S]*(P*y[S])",
            (aligned, "lambda_H/rate[S]*?"),
            (self.none, "lambda_H/rate[S]*P*?"),
            (self.features, "lambda_H/rate[S]*P*W*?[S]"),
            (self.flat, "1/K*ones*?*W'*P*y[S]"),
            (p.says(EIGENVALUE), "?[S]*(P*y[S])"),
        )
        return p.every(made, "S")

    def residuals(self, vectors: Theorem) -> Theorem:
        """The exponentials of such logits are one number, but for the odds on the labels of the set."""
        p, ex, log = self.p, self.ex, f"log({ODDS})"
        logits = p.eq(
            f"{Z} = {log}*(P*y[S])",
            (self.none, "?"),
            (self.features, "W*?[S]"),
            (vectors, "rate[S]/lambda_H*?[S]"),
            (p.says(EIGENVALUE), "rate[S]/lambda_H*?[S]*(P*y[S])"),
        )
        power = p.at(ex.logs.inverse, log)
        odds = ex.logs.one_to_one(f"ex({log})", ODDS, p.take(power, 0), self.odds, p.take(power, 1))
        base = f"ex(-{log}*m[S]/K)"
        goal = f"ex(e[k]'*{Z}) = {base}*(1 + ({ODDS} - 1)*(e[k]'*y[S]))"
        moved = (logits, "ex(e[k]'*?)")

        def outside(no: Theorem) -> Theorem:
            return p.eq(goal, moved, (no, f"ex({log}*(? - m[S]/K))", f"{base}*({ODDS} - 1)*?"))

        def inside(yes: Theorem) -> Theorem:
            product = p.at(ex.product, f"-{log}*m[S]/K", log)
            uses = (yes, f"ex({log}*(1 - ? - m[S]/K))"), (yes, f"{base}*({ODDS} - 1)*?")
            return p.eq(goal, moved, *uses, product, (odds, f"{base}*?"))

        value = p.every(p.by_cases(p.at(self.some, "S", "k"), outside, inside), "k")
        whole = p.eq(f"{SUM} = {base}*K/rate[S]", (value, "sum[k](?[k])"))
        entry = p.eq(
            f"e[k]'*r[S] = e[k]'*({LINEAR})",
            (p.at(p.says(SOFTMAX), "S", "k"), f"1/{SUM}*?"),
            (p.at(value, "k"), f"m[S]/{SUM}*?"),
            (whole, f"1/{SUM}*?*{ENTRY}"),
        )
        return p.eq(f"all S: r[S] = {LINEAR}", (p.every(p.every(entry, "k"), "S"), "sum[k](e[k]*?[S, k])"))

    def tangent(self) -> Theorem:
        """The loss is above its tangent, whose slope is minus the residual: Gibbs' inequality."""
        p, logs = self.p, self.ex.logs
        size, loss, softmax = p.at(self.size, "S"), p.says(PAL_CE[1]), p.says(SOFTMAX)
        share = f"(ex(e[k]'*{Z})/{SUM})"
        power, total = p.at(logs.inverse, f"e[k]'*{Z}"), logs.total(TOTAL, "x")
        some = p.le(f"0 < {share}", (p.take(power, 0), p.reciprocal(self.total)))
        log = p.eq(
            f"log({share}) = e[k]'*{Z} - log({SUM})",
            p.take(power, 1),
            logs.of_product(share, SUM, some, self.total),
            (p.eq(f"{share}*{SUM} = ex(e[k]'*{Z})"), "log(?)"),
        )
        below = p.take(p.apply(p.at(logs.tangent, "e[k]'*x", share, TOTAL), p.join(some, total)), 0)
        each = p.le(
            f"0 <= ex(e[k]'*x)/{TOTAL} - {share} - {share}*(e[k]'*x - log({TOTAL}) - e[k]'*{Z} + log({SUM}))",
            below,
            using=[(log, f"{share}*?")],
        )
        goal = f"L[S]{Z} - r[S]'*(x - {Z}) <= L[S](x)"
        uses = (p.at(loss, "S", "x"), p.at(loss, "S", Z), (softmax, f"1/{SUM}*sum[k](?[S, k]*(e[k]'*(x - {Z})))"))
        made = p.le(goal, (size, p.over(p.every(each, "k"))), using=uses)
        return p.every(made, "S", "x")

    def left(self) -> Theorem:
        """What residuals leave of the labels is positive: a softmax times the number of labels."""
        p = self.p
        power = p.take(p.at(self.ex.logs.inverse, f"e[k]'*{Z}"), 0)
        softmax = p.at(p.says(SOFTMAX), "S", "k")
        pieces = (p.at(self.size, "S"), power, p.reciprocal(self.total))
        return p.le("0 < e[k]'*(y[S] - r[S])", pieces, using=[(softmax, f"1/{SUM}*?")])

    def parabolas(self, some: Theorem) -> Theorem:
        """A bound on the loss for all t and W2 for which no logit increases by more than 1/2, and for all S."""
        p = self.p
        with p.assuming("all k: t*(e[k]'*(W2*h[S])) <= 1/2") as short:
            made = p.implies(short, self.parabola(some, p.at(short, "k"), "(W2*h[S])"))
        return p.every(made, "t", "W2", "S")

    def parabola(self, some: Theorem, short: Theorem, moved: str) -> Theorem:
        """The same: ex(t) <= 1 + t + 2 t^2, and log t <= t - 1."""
        p, logs, loss = self.p, self.ex.logs, self.p.says(PAL_CE[1])
        step, left, end = f"(t*(e[k]'*{moved}))", "(e[k]'*(y[S] - r[S]))", f"({Z[1:-1]} + t*{moved})"
        tangent = p.le(f"ex({step})*(1 - {step}) <= 1", p.at(self.ex.tangent, step, "0"), using=[self.ex.one])
        inverse = p.reciprocal(p.le(f"0 < 1 - {step}", short, ((1, 2),)))
        pieces = (2, inverse, p.square(step), short), (inverse, tangent)
        power = p.le(f"ex({step}) <= 1 + {step} + 2*{step}^2", *pieces)
        parts = p.over(p.every(p.le(f"{left}*ex({step}) <= {left}*(1 + {step} + 2*{step}^2)", (some, power)), "k"))
        sums = TOTAL.replace("*x", f"*{end}")
        total = logs.total(sums, end)
        ratio = f"({sums}*(1/{SUM}))"
        up = p.le(f"0 < {ratio}", (total, p.reciprocal(self.total)))
        below = p.take(logs.below(ratio, up), 0)
        split, same = logs.of_product(ratio, SUM, up, self.total), p.eq(f"{ratio}*{SUM} = {sums}")
        product = p.every(p.at(self.ex.product, f"e[k]'*{Z}", step), "k")
        softmax = p.says(SOFTMAX)
        return p.le(
            f"L[S]{end} <= L[S]{Z} - t*(r[S]'*{moved}) + 2*t^2*sum[k]({left}*(e[k]'*{moved})^2)",
            (p.at(self.size, "S"), below),
            parts,
            using=[
                *(p.at(loss, "S", end), p.at(loss, "S", Z), (split, "m[S]*?"), (same, "m[S]*log(?)")),
                (product, f"m[S]*(1/{SUM})*sum[k](?[k])"),
                (softmax, f"(1/{SUM})*sum[k](?[S, k]*ex({step}))", f"(1/{SUM})*sum[k](?[S, k])"),
            ],
        )


def optimal(p: Proof, at: Linear) -> Theorem:
    """At full rank the best classifier has R = lambda P, by U7's argument; and R = lambda P is enough, by U7."""
    full, best = p.goal[2][1], p.goal[2][2][1][1]
    moment = p.formula(MOMENT)
    with p.supposing(full) as (both, _, linear, *_):
        with p.assuming(best) as optimum:
            classifier = stationary(p, at, optimum)
            eigen = p.eq(
                "sum[S](r[S]*r[S]')*W = lambda*W",
                (linear, "sum[S](r[S]*?[S]'*W)"),
                (at.features, "lambda_H*sum[S](r[S]*?[S]')"),
                (classifier, "lambda_H*?"),
            )
            with p.assuming("W*V = P") as right:
                uses = (eigen, "?*V"), (right, "sum[S](r[S]*r[S]')*?"), (right, "lambda*?")
                own = (linear, "sum[S](?[S]*r[S]'*P)"), (linear, f"sum[S]({LINEAR}*?[S]'*P)")
                flat = p.implies(right, p.eq(MOMENT, *uses, *own))
            first = p.implies(optimum, p.unpack(p.take(both, 0), flat, "V"))
        with p.assuming(moment) as isotropic:
            features = p.eq("all S: lambda_H*h[S] = W'*r[S]", (at.features, "lambda_H*?[S]"), (linear, "W'*?[S]"))
            own = (linear, "sum[S](?[S]*r[S]')"), (linear, f"sum[S]({LINEAR}*?[S]')")
            second = p.eq("lambda*P = sum[S](r[S]*r[S]')", isotropic, *own)
            classifier = p.eq(
                "lambda_W*W = sum[S](r[S]*h[S]')",
                (features, "1/lambda_H*sum[S](r[S]*?[S]')"),
                (second, "1/lambda_H*?*W"),
                (at.flat, "lambda_W/K*ones*?"),
            )
            bias = p.ledger.choose(p.says("b = 0 and b2 = 0"), p.formula("(b = 0 and b2 = 0) or sum[S](r[S]) = 0"))
            center = p.says("P := I[K] - 1/K*ones*ones'")
            premises = (features, classifier, *p.given[:3], second, center, at.tangent(), bias)
            known = cited(p, "U7", premises, R="lambda*P", r2="r[sets_0]", c="1")
            pieces = (p.le("0 < lambda", (p.given[0], p.given[1])), p.reciprocal(p.dimension("K")), p.square("ones'*x"))
            feasible = p.semidefinite("lambda*I[K] - lambda*P", pieces)
            enough = p.implies(isotropic, p.apply(p.take(known, 0), feasible))
        return p.implies(both, p.join(first, enough))


def stationary(p: Proof, at: Linear, least: Theorem) -> Theorem:
    """The classifier that is best for the features is stationary: near the point the loss is at most a parabola."""
    size, fall, moved = p.square(SLOPE), f"tr({SLOPE}'*{SLOPE})", f"({SLOPE}*h[S])"
    curve = f"sum[k]((e[k]'*(y[S] - r[S]))*(e[k]'*{moved})^2)"
    weight = p.ledger.weight("sets")
    p.positive(weight)
    inverse = p.every(p.reciprocal(p.at(weight, "S")), "S")
    own = p.le(f"all S: 0 <= 1/w[S]*({moved}'*{moved})", (inverse, p.square(f"all S: {moved}")))
    largest = f"(1 + sum[S](1/w[S]*({moved}'*{moved})))"
    part = p.ledger.fact(
        "part", p.formula(f"all S: w[S]*(1/w[S]*({moved}'*{moved})) <= sum[S](1/w[S]*({moved}'*{moved}))"), own
    )
    entry = f"(e[k]'*{moved})"
    rest = p.square(f"{moved} - e[k]*{entry}"), p.square(f"{entry} - 1/2")
    bounded = p.le(f"{entry} <= {largest}", *rest, p.at(part, "S"), ((3, 4),))
    share = p.reciprocal(p.le(f"0 < {largest}", p.over(own), 1))
    eps = f"1/2*(1/{largest})"
    some = at.left()
    bend = f"(2*sum[S]({curve}) + lambda_W/2*{fall} + 1)"
    each = p.over(p.every(p.le(f"0 <= (e[k]'*(y[S] - r[S]))*{entry}^2", (some, p.square(entry))), "k"))
    rise = p.le(f"0 < {bend}", (2, p.over(p.every(each, "S"))), ((1, 2), p.given[0], size), 1)

    def cost(moves: Theorem, within: Theorem) -> tuple[Theorem, Theorem]:
        short = p.le(f"t*{entry} <= 1/2", (moves, bounded), (p.le(f"0 < {largest}", p.over(own), 1), within))
        loss = p.apply(p.at(bent, "t", SLOPE, "S"), p.every(short, "k"))
        return p.at(least, f"W + t*{SLOPE}"), loss

    bent, positive = at.parabolas(some), p.le(f"0 < {eps}", ((1, 2), share))
    none = p.null(SLOPE, no_slope(p, (eps, positive), (fall, bend), (small_step(p), rise), cost))
    return p.eq("lambda_W*W = sum[S](r[S]*h[S]')", none)


def different(p: Proof, vectors: Theorem) -> Theorem:
    """Eigenvectors of different eigenvalues are orthogonal, and the inner product counts common labels."""
    goal = p.formula("a[S] - a[T] = 0 or y[S]'*y[T] = m[S]*m[T]/K")
    product = p.eq("(a[S] - a[T])*(y[S]'*P*y[T]) = 0", (vectors, "y[T]'*P*?[S]", "y[S]'*P*?[T]"))
    with p.assuming("a[S] - a[T] = 0") as same:
        first = p.implies(same, p.ledger.choose(same, goal))
    with p.assuming("a[S] - a[T] = 0 => false") as apart:
        p.nonzeros.append(p.ledger.nonzero(apart))
        common = p.eq("y[S]'*y[T] = m[S]*m[T]/K", (product, "1/(a[S] - a[T])*?"))
        second = p.implies(apart, p.ledger.choose(common, goal))
    made = p.cases(p.ledger.middle(same.conclusion), first, second)
    return p.every(made, "S", "T")


def with_a_singleton(p: Proof, at: Linear) -> Theorem:
    """One label is or is not in a set, and m/K of it would have to be: all eigenvalues are one."""
    with p.supposing(p.goal[4][1]) as (all_, vectors, moment, single):
        apart = different(p, vectors)
        with p.assuming("m[T] = 1") as one:
            off = "(e[j]'*y[T])*(y[T] - e[j])"
            own = p.le(f"all j: ({off})'*({off}) <= 0", using=[(one, "(e[j]'*y[T])*?")])
            own = p.null(f"all j: {off}", own)
            common = "(y[T]'*y[S])"
            square = p.eq(f"{common}^2 = {common}", (own, "sum[j]((e[j]'*y[S])*(y[S]'*?[j]))"))

            def never(share: Theorem) -> Theorem:
                room = p.le("0 < K - m[S]", p.at(p.says("all S: m[S] <= K - 1"), "S"), 1)
                part = p.eq(f"{common} = m[S]/K", share, (one, "m[S]/K*?"))
                less = p.le(
                    "0 < 0",
                    (p.at(at.size, "S"), room),
                    using=[(part, f"K^2*({common} + m[S]/K - 1)*?"), (square, "K^2*?")],
                )
                return p.absurd("a[S] - a[T] = 0", less)

            alike = p.every(p.by_cases(p.at(apart, "S", "T"), lambda same: same, never), "S")
            positive = p.le("0 < lambda", (p.given[0], p.given[1]))
            p.reciprocal(positive)
            gram = p.eq(
                "W*W' = a[T]*P",
                (moment, "1/lambda*W*W'*?"),
                (vectors, "1/lambda*sum[S](rate[S]^2*?[S]*y[S]'*P)"),
                (alike, "1/lambda*sum[S](?[S]*rate[S]^2*(P*y[S]*y[S]'*P))"),
                (moment, "a[T]/lambda*?"),
                (at.flat, "1/K*W*?'*ones'"),
            )
            found = p.join(p.at(eigenvalue(p, at), "T"), gram)
            found = p.implies(one, p.witness(found, p.formula("some t: 0 < t and W*W' = t*P"), "a[T]"))
        return p.implies(all_, p.unpack(single, found, "T"))


def eigenvalue(p: Proof, at: Linear) -> Theorem:
    """The odds are above 1, so their logarithm is positive."""
    inverse = p.reciprocal(at.odds)
    below = p.take(at.ex.logs.below(f"1/{ODDS}", inverse), 0)
    one = p.le("0 < 1", 1)
    nothing = p.eq("log(1) = 0", at.ex.logs.of_product("1", "1", one, one))
    split = at.ex.logs.of_product(ODDS, f"1/{ODDS}", at.odds, inverse)
    unit = p.eq(f"{ODDS}*(1/{ODDS}) = 1")
    log = p.le(f"0 < log({ODDS})", below, (inverse, at.more), using=[split, nothing, (unit, "log(?)")])
    share = p.reciprocal(p.at(at.rate, "S"))
    return p.every(p.le("0 < a[S]", (p.given[1], share, log), using=[(p.says(EIGENVALUE), "?[S]")]), "S")


SETS = [(j, k) for j in range(3) for k in range(3, 6)] + [(0, 1, 2), (3, 4, 5)]
"""Six labels in two triples: the pairs that take one from each, and the triples."""
SIGN = (1, 1, 1, -1, -1, -1)
THREE = [[f"{x * y}/6" for y in SIGN] for x in SIGN]
TWO = [[("2/3" if j == k else "-1/3" if x == y else "0") for k, y in enumerate(SIGN)] for j, x in enumerate(SIGN)]
"""The projectors on the contrast between the triples and on the contrasts within them."""
_IN_PAIRS = "m[S] = 2 and rate[S] = 1/2 and Two*y[S] = P*y[S] and Three*y[S] = 0"
_IN_TRIPLES = "m[S] = 3 and rate[S] = 1/3 and Three*y[S] = P*y[S] and Two*y[S] = 0"
_PROJECTORS = """Two*Two' = Two and Three*Three' = Three and Two*Three' = 0 and Three*Two' = 0 and Two + Three = P
    and ones'*Two = 0 and ones'*Three = 0 and V'*V = I[K] and Two' = Two and Three' = Three
    and Two*P = Two and Three*P = Three"""
_GROUPS = f"(all S: ({_IN_PAIRS}) or ({_IN_TRIPLES}))"
_BOTH = "some S, T: y[S]'*Two*y[S] = 4/3 and Three*y[S] = 0 and y[T]'*Three*y[T] = 3/2 and Two*y[T] = 0"


def _facts() -> tuple[str, ...]:
    """What the example says but of W2, and the two groups."""
    first, found, _ = " ".join(CLAIMS["O3a"].formal.example.split()).partition(" and (some W2:")
    assert found
    return first, " ".join(_PROJECTORS.split()), _GROUPS, _BOTH


@exemplifies(
    "O3a",
    Case(
        dims={"K": 6, "d": 6},
        weights={"sets": ["2/27"] * 9 + ["1/6"] * 2},
        letters={
            "y": [tuple(int(k in one) for k in range(6)) for one in SETS],
            "m": [len(one) for one in SETS],
            "P": [[("5/6" if i == k else "-1/6") for k in range(6)] for i in range(6)],
            "rate": [("1/2" if len(one) == 2 else "1/3") for one in SETS],
            "lambda": "1/18",
            "Two": TWO,
            "Three": THREE,
            "V": [[int(i == k) for k in range(6)] for i in range(6)],
        },
        facts=_facts(),
    ),
)
def no_etf(p: Proof) -> None:
    """O3a: one eigenvalue is 2 log 4, and the other 3 log 5."""
    fact, projectors, groups, both = p.given
    parts = [p.take(fact, i) for i in range(len(fact.conclusion) - 1)]
    six = parts[0]
    two, three, across, across2, whole, flat, flat3, unit, own, own3, part, part3 = p.parts(projectors)
    logs = [larger(p, n, "1") for n in (4, 5)]
    nothing = p.eq("log(1) = 0", product(p, 1, "1", *[p.le("0 < 1", 1)] * 2))
    positive = [p.le(f"0 < log({n})", log, using=[nothing]) for n, log in zip((4, 5), logs, strict=True)]
    for one in positive:
        p.positive(one)
    classifier, inverse = "s*Two*V' + t*Three*V'", "s/(2*log(4))*V*Two + t/(3*log(5))*V*Three"
    p.dimension("K")
    goal = p.goal[-1]
    with p.assuming("0 <= s and s^2 = 2*log(4)") as first, p.assuming("0 <= t and t^2 = 3*log(5)") as second:
        square, square3 = p.take(first, 1), p.take(second, 1)
        center = p.eq(f"ones'*({classifier}) = 0", (flat, "s*?*V'"), (flat3, "t*?*V'"))
        uses = [(unit, "(s*Two + t*Three)*?*(s*Two' + t*Three')"), (two, "s^2*?"), (three, "t^2*?")]
        uses += [(across, "s*t*?"), (across2, "s*t*?"), (square, "?*Two"), (square3, "?*Three")]
        gram = p.eq(f"({classifier})*({classifier})' = 2*log(4)*Two + 3*log(5)*Three", *uses)
        right = p.eq(
            f"({classifier})*({inverse}) = P",
            (unit, "(s*Two + t*Three)*?*(s/(2*log(4))*Two + t/(3*log(5))*Three)"),
            *((two, "s^2/(2*log(4))*?"), (own, "s^2/(2*log(4))*Two*?"), (three, "t^2/(3*log(5))*?")),
            *((own3, "t^2/(3*log(5))*Three*?"), (across, "s*t/(3*log(5))*?"), (own3, "s*t/(3*log(5))*Two*?")),
            *((across2, "s*t/(2*log(4))*?"), (own, "s*t/(2*log(4))*Three*?"), (whole, "?")),
            *((square, "1/(2*log(4))*?*Two"), (square3, "1/(3*log(5))*?*Three")),
        )
        full = p.witness(right, p.formula(f"some X: ({classifier})*X = P"), inverse)
        with p.assuming(f"({classifier})*({classifier})' = c*P") as alike:
            one = p.eq("2*log(4)*Two + 3*log(5)*Three = c*P", gram, alike)
            apart = among(p, both, ("S", "T"), lambda found: two_values(p, (one, whole), found))
            less = p.le("0 < 0", (2, larger(p, 5, "4")), positive[1], using=[apart])
            never = p.every(p.implies(alike, p.absurd("false", less)), "c")
        each = p.by_cases(
            p.at(groups, "S"),
            *(in_group(p, (classifier, n, size), (gram, part, part3, six)) for n, size in ((4, 2), (5, 3))),
        )
        made = p.witness(p.join(center, full, never, p.every(each, "S")), goal, classifier)
        made = p.implies(first, p.implies(second, made))
    for n, size, root, one in ((4, 2, "s", positive[0]), (5, 3, "t", positive[1])):
        some = p.apply(p.axiom("square root", {}, t=f"{size}*log({n})"), p.le(f"0 <= {size}*log({n})", (size, one)))
        made = p.unpack(some, made, root)
    p.done(p.join(*parts, made))


def two_values(p: Proof, known: tuple[Theorem, Theorem], found: Theorem) -> Theorem:
    """A multiple of P would have one value at pairs and triples."""
    one, whole = known
    size, none, size3, none3 = p.parts(found)
    values = []
    for of, n, log, used, rest in (("S", "4/3", "2*log(4)", size, none), ("T", "3/2", "3*log(5)", size3, none3)):
        other = "3*log(5)" if of == "S" else "2*log(4)"
        uses = [(one, f"y[{of}]'*?*y[{of}]"), (whole, f"c*y[{of}]'*?*y[{of}]"), (rest, f"({other} - c)*y[{of}]'*?")]
        values.append(p.eq(f"{n}*{log} = {n}*c", *uses, (used, f"({log} - c)*?")))
    return p.eq("2*log(4) = 3*log(5)", (values[0], "3/4*?"), (values[1], "2/3*?"))


def in_group(p: Proof, of: tuple[str, int, int], known: tuple[Theorem, ...]) -> Callable[[Theorem], Theorem]:
    """The eigenvalue of the pairs or of the triples is what the odds say."""
    (classifier, odds, n), (gram, part, part3, six) = of, known
    mine, others = ("2*log(4)", "3*log(5)") if n == 2 else ("3*log(5)", "2*log(4)")

    def shown(case: Theorem) -> Theorem:
        size, rate, own, none = p.parts(case)
        p.reciprocal(p.le("0 < rate[S]", ((1, n),), using=[rate]))
        p.reciprocal(p.le("0 < m[S]", n, using=[size]))
        value = p.eq(
            f"{ODDS} = {odds}",
            (six, "(1 - rate[S])/(m[S]*rate[S])*?"),
            (size, f"{odds - 1}/m[S]*?"),
            (rate, f"6*{n}/(m[S]*rate[S])*?"),
        )
        return p.eq(
            f"({classifier})*({classifier})'*P*y[S] = 1/rate[S]*log({ODDS[1:-1]})*(P*y[S])",
            (value, "1/rate[S]*log(?)*(P*y[S])"),
            (rate, f"{n}/rate[S]*log({odds})*?*(P*y[S])"),
            *((gram, "?*P*y[S]"), (part, "2*log(4)*?*y[S]"), (part3, "3*log(5)*?*y[S]")),
            *((own, f"{mine}*?"), (none, f"{others}*?")),
        )

    return shown


def larger(p: Proof, n: int, than: str) -> Theorem:
    """log n is above the logarithm of a smaller number, by the tangent at their ratio."""
    ratio = f"{than}/{n}"
    some, all_ = p.le(f"0 < {ratio}", ((int(than), n),)), p.le(f"0 < {n}", n)
    below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), some), 0)
    return p.le(f"log({than}) < log({n})", below, ((n - int(than), n),), using=[product(p, n, ratio, all_, some)])
