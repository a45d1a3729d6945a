"""U6b for PAL-CE: bounds on the bias by weak duality at perturbed residuals; a label that never occurs has none."""

from proofs.chapters.duality.attainment_chains import LEVEL, exists, minimum, nonnegative, unpacked
from proofs.chapters.orthogonal_case.scalar_chains import Exponential
from proofs.claims.existence_formulas import AT, OFF_PAL
from proofs.claims.hypotheses import LABELS_APART, PAL_CE
from proofs.kernel.proof import Proof, Used
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem

MEAN = "f = sum[S](y[S])"
CARDINALITY = "mbar = sum[S](m[S])"
FEASIBLE = "psd (lambda*I[K] - t^2*sum[S]({0}*{0}'))"
TIME, WIDTH = "(lambda*(1/(1 + lambda + total)))", f"({LEVEL}*(1/low)*(1 + lambda + total)*(1/lambda))"


class Labels:
    """What is known of labels, of a number that is small enough, and of any residuals that are."""

    def __init__(self, p: Proof) -> None:
        self.p, self.ex = p, Exponential(p)
        apart = p.says(LABELS_APART[0])
        self.inside = p.le("all S, k: 0 <= e[k]'*y[S]", p.square("e[k]'*y[S]"))
        self.outside = p.le("all S, k: 0 <= 1 - e[k]'*y[S]", p.square("1 - e[k]'*y[S]"))
        self.one = p.eq("all i, k: (e[i]'*e[k])^2 = e[i]'*e[k]", (apart, "e[i]'*?[i, k]"))
        self.same = p.le("all i, k: 0 <= e[i]'*e[k]", p.square("e[i]'*e[k]"), using=[self.one])
        self.other = p.le("all i, k: 0 <= 1 - e[i]'*e[k]", p.square("1 - e[i]'*e[k]"), using=[self.one])
        self.cauchy = p.every(p.le("(v'*x)^2 <= (v'*v)*(x'*x)", ((1, 2), p.square("v*x' - x*v'"))), "v", "x")
        self.frequent = p.every(
            p.le("0 <= e[k]'*f", p.over(p.every(p.at(self.inside, "S", "k"), "S")), using=[(p.says(MEAN), "e[k]'*?")]),
            "k",
        )

        missing = p.over(p.every(p.at(self.outside, "S", "k"), "S"))
        self.absent = p.every(p.le("0 <= 1 - e[k]'*f", missing, using=[(p.says(MEAN), "e[k]'*?")]), "k")

    def small(self, positive: Theorem) -> tuple[Theorem, Theorem, Theorem]:
        """TIME, for a total that is not negative: 0 < t, t <= 1 and t^2 total <= lambda."""
        p = self.p
        w = p.le("0 < lambda", (p.given[0], p.given[1]))
        q = p.reciprocal(p.le("0 < 1 + lambda + total", 1, w, positive))
        mixed = [(w, q, q), (2, w, w, q, q), (2, w, positive, q, q), (w, w, w, q, q), (w, w, positive, q, q)]
        squares = p.le(f"{TIME}^2*total <= lambda", *mixed, (w, positive, positive, q, q))
        return p.le(f"0 < {TIME}", (w, q)), p.le(f"{TIME} <= 1", q, (q, positive)), squares

    def feasible(self, t: str, off: str, squares: Theorem, energy: Theorem) -> Theorem:
        """Residuals of that size are feasible."""
        p = self.p
        matrix = f"(lambda*I[K] - {t}^2*sum[S]({off}*{off}'))"
        each = p.over(p.every(p.at(self.cauchy, off, "x"), "S"))
        return p.semidefinite(
            matrix, (p.square(t), each), (p.square(t), energy, p.square("x")), (squares, p.square("x"))
        )

    def below(self, goal: str, off: str, gap: Theorem, psd: Theorem, mean: Theorem) -> Theorem:
        """Weak duality at these residuals, whose mean is not 0."""
        p = self.p
        inverse = p.reciprocal(p.given[1])
        apart = f"(X*place[S] - t*(1/lambda_H)*(W'*{off}))"
        squares = p.over(p.every(p.square(apart), "S"))
        form = p.square("W", psd)
        gaps = p.over(p.every(gap, "S"))
        return p.le(goal, gaps, ((1, 2), p.given[1], squares), ((1, 2), inverse, form), using=[(mean, "t*b'*?")])


T = "sum[k](ex(e[k]'*x))"


class Softmax:
    """PAL-CE: what every label set contributes is not negative where residuals are in the domain."""

    def __init__(self, p: Proof, labels: Labels, said: Theorem) -> None:
        self.p, self.labels = p, labels
        self.size, self.loss = p.take(said, 0), p.take(said, 1)
        logs = labels.ex.logs
        self.total = logs.total(T, "x")
        power = p.every(p.at(labels.ex.positive, "e[k]'*x"), "k")
        positive = p.every(p.le("0 <= ex(e[k]'*x)", p.at(power, "k")), "k")
        part = p.at(p.ledger.part(positive), "k")
        part = p.le(f"ex(e[k]'*x) <= {T}", part)
        larger = logs.ordered("ex(e[k]'*x)", T, p.at(power, "k"), self.total, part)
        self.entry = p.every(
            p.le(f"e[k]'*x <= log({T})", larger, using=[p.take(p.at(logs.inverse, "e[k]'*x"), 1)]), "k"
        )
        self.cardinality = p.le(
            "0 < mbar", p.over(p.every(p.le("1 <= m[S]", p.at(self.size, "S")), "S")), 1, using=[p.says(CARDINALITY)]
        )

        p.positive(self.cardinality)

    def gap(self, small: tuple[Theorem, Theorem, Theorem], low: Theorem) -> Theorem:
        """That the loss is at least what perturbed residuals say; low is at most every frequency."""
        p, labels = self.p, self.labels
        positive, most, some = small
        own = p.le(
            "0 <= (e[k]'*y[S])*(log({T}) - e[k]'*x)".replace("{T}", T),
            (p.at(labels.inside, "S", "k"), p.at(self.entry, "k")),
        )
        share = "(e[i]'*(f + low*(e[j] - e[k])))"
        room = p.le(
            f"0 <= {share}", p.at(low, "i"), (some, p.at(labels.other, "i", "k")), (some, p.at(labels.same, "i", "j"))
        )
        other = p.le(f"0 <= {share}*(log({T}) - e[i]'*x)", (room, p.at(self.entry, "i")))
        sums = p.over(p.every(own, "k")), p.over(p.every(other, "i"))
        size = p.le("0 < m[S]", p.at(self.size, "S"), 1)
        inverse = p.reciprocal(self.cardinality)
        return p.le(
            f"0 <= L[S](x) + t*({OFF_PAL}'*x)",
            (most, sums[0]),
            (positive, size, inverse, sums[1]),
            using=[
                p.at(self.loss, "S", "x"),
                (p.says(MEAN), f"t*m[S]*(1/mbar)*log({T})*ones'*?"),
                (p.says(CARDINALITY), f"t*m[S]*(1/mbar)*log({T})*?"),
            ],
        )


def pal(p: Proof, attains: Theorem) -> Theorem:
    """PAL-CE: the bound on the bias, and with it a minimum, if every label occurs."""
    with p.assuming(f"(all S: 1 <= m[S]) and ({PAL_CE[1]})") as said:
        softmax = Softmax(p, Labels(p), said)
        bound = bias_of_pal(p, softmax)
        with p.assuming("all k: 0 < e[k]'*f") as occurs:
            back = p.implies(occurs, minimum_of_pal(p, softmax, attains, bound, occurs))
        with p.assuming(back.conclusion[2]) as some:
            forth = p.implies(some, unpacked(p, some, lambda best: occurring(p, softmax, best)))
        return p.implies(said, p.join(p.both(forth, back), bound))


def bias_of_pal(p: Proof, softmax: Softmax) -> Theorem:
    """The logits of two labels differ by at most so much."""
    small = f"(all i: low <= e[i]'*f) and 0 < low and 0 < t and t <= 1 and {FEASIBLE.format(OFF_PAL)}"
    with p.supposing(small) as (at, low, some, positive, most, psd):
        gap = p.every(softmax.gap((positive, most, some), low), "x")
        mean = p.eq(
            f"sum[S]({OFF_PAL}) = -low*(e[j] - e[k])",
            p.says(MEAN),
            (p.says(CARDINALITY), "1/mbar*?*(f + low*(e[j] - e[k]))"),
        )
        goal = f"t*low*(e[j]'*b - e[k]'*b) <= {AT.format('W', 'X', 'b')}"
        found = softmax.labels.below(goal, OFF_PAL, p.at(gap, "W*X*place[S] + b"), psd, mean)
        made = p.implies(at, p.every(found, "W", "X", "b"))
    return p.every(made, "j", "k", "low", "t")


def minimum_of_pal(p: Proof, softmax: Softmax, attains: Theorem, bound: Theorem, occurs: Theorem) -> Theorem:
    """The mean of the bias, which changes nothing, is added to the objective."""
    labels, some = softmax.labels, p.formula("some low: 0 < low and (all i: low <= e[i]'*f)")
    goal = p.goal[2][2][1][1]
    with p.assuming(instantiate(some[2], p.term("low"))) as least:
        found = of_a_frequency(p, labels, attains, bound, least)
        made = p.implies(least, unpacked(p, found, lambda best: shifted(p, softmax, best, goal)))
    value = "(1/sum[k](1/(e[k]'*f)))"
    p.positive(occurs)
    inverse = p.every(p.reciprocal(p.at(occurs, "k")), "k")
    total = p.reciprocal(p.le("0 < sum[k](1/(e[k]'*f))", p.over(inverse)))
    part = p.at(p.ledger.part(p.every(p.le("0 <= 1/(e[k]'*f)", p.at(inverse, "k")), "k")), "i")
    low = p.every(p.le(f"{value} <= e[i]'*f", (p.at(occurs, "i"), total, part)), "i")
    return p.unpack(p.witness(p.join(total, low), some, value), made, "low")


def of_a_frequency(p: Proof, labels: Labels, attains: Theorem, bound: Theorem, least: Theorem) -> Theorem:
    """The differences of b are bounded, with a number that no frequency is below; and so is its mean."""
    spread = f"sum[S]({OFF_PAL}'*{OFF_PAL})"
    each = p.le(f"0 <= {spread}", p.over(p.every(p.square(OFF_PAL), "S")))
    rows = p.every(p.le(f"0 <= sum[k]({spread})", p.over(p.every(each, "k"))), "j")
    part = p.at(p.ledger.part(p.every(each, "k")), "k")
    value = f"sum[j](sum[k]({spread}))"
    all_j = p.at(p.ledger.part(rows), "j")
    total = p.join(p.le(f"0 <= {value}", p.over(rows)), p.every(p.le(f"{spread} <= {value}", part, all_j), "j", "k"))
    some = p.formula(f"some total: 0 <= total and (all j, k: {spread} <= total)")
    with p.assuming(instantiate(some[2], p.term("total"))) as at:
        made = p.implies(at, of_a_total(p, labels, attains, bound, (least, at)))
    return p.unpack(p.witness(total, some, value), made, "total")


def of_a_total(p: Proof, labels: Labels, attains: Theorem, bound: Theorem, at: tuple[Theorem, Theorem]) -> Theorem:
    """The same with a number that no energy of these residuals exceeds."""
    (positive, low), (spread, energy) = ([p.take(one, i) for i in range(2)] for one in at)
    some, most, squares = labels.small(spread)
    feasible = labels.feasible(TIME, OFF_PAL, squares, p.at(energy, "j", "k"))
    far = p.apply(p.at(bound, "j", "k", "low", TIME), p.join(low, positive, some, most, feasible))
    factors = widths(p, positive, spread)
    level = p.reciprocal(p.dimension("K")), p.square("ones'*b2")

    def bounded(cost: Theorem) -> Theorem:
        moved = p.at(far, "W2", "X2", "P*b2")
        below = p.le(f"e[j]'*b2 - e[k]'*b2 <= {WIDTH}", (*factors, moved), (*factors, cost), (*factors, *level))
        above = p.at(p.every(below, "j", "k"), "k", "j")
        square = p.every(p.le(f"(e[j]'*b2 - e[k]'*b2)^2 <= {WIDTH}^2", (below, above)), "k")
        sums = p.over(p.every(p.over(square), "j"))
        return p.le(f"b2'*b2 <= {radius}", ((1, 2), level[0], sums), cost, nonnegative(p, "P*b2"))

    psd = p.semidefinite("1/K*ones*ones'", (level[0], p.square("ones'*x")))
    radius = f"1/2*K*{WIDTH}^2 + {LEVEL}"
    return minimum(p, attains, ("P", "1/K*ones*ones'", radius), psd, bounded)


def widths(p: Proof, positive: Theorem, spread: Theorem) -> tuple[Theorem, Theorem, Theorem]:
    """What WIDTH is a product of, besides the cost."""
    whole = p.le("0 < lambda", (p.given[0], p.given[1]))
    return p.reciprocal(positive), p.le("0 < 1 + lambda + total", 1, whole, spread), p.reciprocal(whole)


def shifted(p: Proof, softmax: Softmax, best: Theorem, goal: Tree) -> Theorem:
    """The same without the mean of the bias, for PAL-CE does not see it."""
    logs, power = softmax.labels.ex.logs, softmax.labels.ex.product
    same = p.eq("ex(e[k]'*(x + s*ones)) = ex(e[k]'*x)*ex(s)", p.at(power, "e[k]'*x", "s"))
    moved = T.replace("*x", "*(x + s*ones)")
    sums = p.eq(f"{moved} = {T}*ex(s)", (p.every(same, "k"), "sum[k](?[k])"))
    value = p.at(logs.inverse, "s")
    log = logs.of_product(T, "ex(s)", softmax.total, p.take(value, 0))
    free = p.eq(
        "L[S](x + s*ones) = L[S](x)",
        *(p.at(softmax.loss, "S", x) for x in ("x + s*ones", "x")),
        *((sums, "m[S]*log(?)"), (log, "m[S]*?"), (p.take(value, 1), "m[S]*?")),
    )
    free = p.at(p.every(free, "x", "s"), "W2*X2*place[S] + b2", "-(1/K)*(ones'*b2)")
    own, other = AT.format("W", "X", "P*b"), AT.format("W2", "X2", "b2")
    pieces = p.at(best, "W2", "X2", "P*b2"), (p.reciprocal(p.dimension("K")), p.square("ones'*b"))
    least = p.le(f"{own} <= {other}", *pieces, using=[(p.every(free, "S"), "sum[S](?[S])")])
    return exists(p, p.every(least, "W2", "X2", "b2"), goal, "W", "X", "P*b")


def occurring(p: Proof, softmax: Softmax, best: Theorem) -> Theorem:
    """PAL-CE: with a lower bias of a label that never occurs every loss is lower."""
    labels, logs = softmax.labels, softmax.labels.ex.logs

    def never(case: Theorem) -> Theorem:
        absent = nowhere(p, case, labels, "i")
        lower = "x - e[i]"
        falls = {relation: falling(p, labels, relation) for relation in ("<=", "<")}
        each = p.le(
            f"0 <= ex(e[k]'*x) - ex(e[k]'*({lower}))",
            p.apply(p.at(falls["<="], "e[k]'*x", "e[k]'*e[i]"), p.at(labels.same, "k", "i")),
        )
        own = p.le(
            f"0 < ex(e[i]'*x) - ex(e[i]'*({lower}))", p.apply(p.at(falls["<"], "e[i]'*x", "1"), p.le("0 < 1", 1))
        )
        part = p.at(p.ledger.part(p.every(each, "k")), "i")
        moved = T.replace("*x", f"*({lower})")
        less = p.le(f"{moved} < {T}", own, part)
        less = logs.ordered(moved, T, logs.total(moved, lower), softmax.total, less)
        size = p.le("0 < m[S]", p.at(softmax.size, "S"), 1)
        uses: list[Used] = [*(p.at(softmax.loss, "S", x) for x in (lower, "x")), (absent, "?[S]")]
        return runs_off(p, best, lower, p.le(f"L[S]({lower}) < L[S](x)", (size, less), using=uses), "0 < e[i]'*f")

    def often(case: Theorem) -> Theorem:
        return case

    return p.every(p.by_cases(p.order_cases("e[i]'*f", "0"), never, often), "i")


def nowhere(p: Proof, case: Theorem, labels: Labels, label: str) -> Theorem:
    """A label whose frequency is not positive is in no set."""
    rare = p.antisymmetry(case, p.at(labels.frequent, label))
    none = p.eq(f"sum[S](e[{label}]'*y[S]) = 0", rare, (p.says(MEAN), f"e[{label}]'*?"))
    return p.vanish(p.every(p.at(labels.inside, "S", label), "S"), none)


def falling(p: Proof, labels: Labels, relation: str) -> Theorem:
    """The exponential increases."""
    with p.assuming(f"0 {relation} tau") as at:
        power = p.at(labels.ex.positive, "s - tau")
        made = p.le(f"ex(s - tau) {relation} ex(s)", p.at(labels.ex.tangent, "s - tau", "s"), (power, at))
        return p.every(p.implies(at, made), "s", "tau")


def runs_off(p: Proof, best: Theorem, moved: str, less: Theorem, goal: str) -> Theorem:
    """No point is the best, if every loss is lower at other logits."""
    bias = moved.replace("x", "b", 1)
    less = p.at(p.every(less, "x"), "W*X*place[S] + b")
    less = p.over(p.every(less, "S"))
    return p.absurd(goal, p.le("0 < 0", p.at(best, "W", "X", bias), less))
