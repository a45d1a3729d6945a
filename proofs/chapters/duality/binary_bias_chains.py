"""U6b for BCE: bounds on the bias of each label, which has none if it never or always occurs."""

from proofs.chapters.duality.attainment_chains import as_it_is, minimum, unpacked
from proofs.chapters.duality.bias_bounds_chains import FEASIBLE, MEAN, TIME, WIDTH, Labels, nowhere, runs_off, widths
from proofs.claims.existence_formulas import AT, BINARY, OFF_BCE
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, Used
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

P = "log(1 + ex(e[i]'*x))"


class Binary:
    """BCE: the logarithm of 1 + e^x is not negative, is above x, and increases, but not as fast as x."""

    def __init__(self, p: Proof, labels: Labels, said: Theorem) -> None:
        self.p, self.labels, self.loss = p, labels, said
        logs, ex = labels.ex.logs, labels.ex
        power = p.at(ex.positive, "s")
        more = p.le("0 < 1 + ex(s)", power, 1)
        one = p.le("0 < 1", 1)
        nothing = p.eq("log(1) = 0", (ex.one, "log(?)"), p.take(p.at(logs.inverse, "0"), 1))
        low = p.le(
            "0 <= log(1 + ex(s))",
            logs.ordered("1", "1 + ex(s)", one, more, p.le("1 <= 1 + ex(s)", power)),
            using=[nothing],
        )
        above = logs.ordered("ex(s)", "1 + ex(s)", power, more, p.le("ex(s) <= 1 + ex(s)", 1))
        above = p.le("s <= log(1 + ex(s))", above, using=[p.take(p.at(logs.inverse, "s"), 1)])
        self.low, self.above = p.every(low, "s"), p.every(above, "s")
        self.rises = {relation: self.rising(relation) for relation in ("<=", "<")}

    def rising(self, relation: str) -> Theorem:
        """Between tau > 0 more and none more."""
        p, ex, logs = self.p, self.labels.ex, self.labels.ex.logs
        powers = [p.at(ex.positive, x) for x in ("s", "s + tau", "tau")]
        sums = [p.le(f"0 < 1 + ex({x})", power, 1) for x, power in zip(("s", "s + tau"), powers, strict=False)]
        with p.assuming(f"0 {relation} tau") as at:
            tangent = p.at(ex.tangent, "s", "s + tau")
            up = p.le(f"1 + ex(s) {relation} 1 + ex(s + tau)", tangent, (powers[0], at))
            up = logs.ordered("1 + ex(s)", "1 + ex(s + tau)", sums[0], sums[1], up)
            scaled = "ex(tau)*(1 + ex(s))"
            positive = p.le(f"0 < {scaled}", (powers[2], sums[0]))
            down = p.le(
                f"1 + ex(s + tau) {relation} {scaled}", p.at(ex.above, "tau"), at, using=[p.at(ex.product, "s", "tau")]
            )
            down = logs.ordered("1 + ex(s + tau)", scaled, sums[1], positive, down)
            split = logs.of_product("ex(tau)", "1 + ex(s)", powers[2], sums[0])
            value = p.take(p.at(logs.inverse, "tau"), 1)
            down = p.le(f"log(1 + ex(s + tau)) {relation} tau + log(1 + ex(s))", down, using=[split, value])
            return p.every(p.implies(at, p.join(up, down)), "s", "tau")

    def gap(self, small: tuple[Theorem, ...], low: str) -> Theorem:
        """That the loss is at least what perturbed residuals say."""
        p, labels = self.p, self.labels
        near, far, some, positive, most = small
        alone, apart = p.at(labels.same, "i", "k"), p.at(labels.other, "i", "k")
        rare, often = p.at(labels.frequent, "i"), p.at(labels.absent, "i")
        share = f"(e[i]'*(f + {low}*e[k]))"
        same = [(p.at(p.says(LABELS_APART[0]), "i", "k"), "?'*f")]
        if low == "low":
            least = p.le(f"0 <= {share}", rare, (some, alone))
            rest = p.le(f"0 <= 1 - {share}", (apart, often), (alone, far), using=same)
        else:
            least = p.le(f"0 <= {share}", (apart, rare), (alone, near), using=same)
            rest = p.le(f"0 <= 1 - {share}", often, (some, alone))
        floor, slope = p.at(self.low, "e[i]'*x"), p.at(self.above, "e[i]'*x")
        inside, outside = p.at(labels.inside, "S", "i"), p.at(labels.outside, "S", "i")
        own = f"({P} - ((1 - t)*(e[i]'*y[S]) + t*{share})*(e[i]'*x))"
        pieces = (most, outside, floor), (positive, rest, floor), (most, inside, slope), (positive, least, slope)
        each = p.over(p.every(p.le(f"0 <= {own}", *pieces), "i"))
        return p.le(f"0 <= L[S](x) + t*({OFF_BCE.format(low)}'*x)", each, using=[p.at(self.loss, "S", "x")])


def bce(p: Proof, attains: Theorem) -> Theorem:
    """BCE: the bounds on the bias, and with them a minimum, if every label occurs and is absent."""
    with p.assuming(BINARY) as said:
        binary = Binary(p, Labels(p), said)
        bound = bias_of_bce(p, binary)
        with p.assuming("all k: 0 < e[k]'*f and e[k]'*f < 1") as occurs:
            back = p.implies(occurs, minimum_of_bce(p, binary, attains, bound, occurs))
        with p.assuming(back.conclusion[2]) as some:
            forth = p.implies(some, unpacked(p, some, lambda best: undecided(p, binary, best)))
        return p.implies(said, p.join(p.both(forth, back), bound))


SIGNS = {"low": "t*low*(e[k]'*b)", "(-low)": "-t*low*(e[k]'*b)"}


def bias_of_bce(p: Proof, binary: Binary) -> Theorem:
    """The bias of a label is at most so large, either way."""
    with p.assuming("low <= e[k]'*f and low <= 1 - e[k]'*f and 0 < low and 0 < t and t <= 1") as at:
        small, both = tuple(p.take(at, i) for i in range(5)), []
        for low, bias in SIGNS.items():
            off = OFF_BCE.format(low)
            with p.assuming(FEASIBLE.format(off)) as psd:
                gap = p.at(p.every(binary.gap(small, low), "x"), "W*X*place[S] + b")
                mean = p.eq(f"sum[S]({off}) = -{low}*e[k]", p.says(MEAN))
                found = binary.labels.below(f"{bias} <= {AT.format('W', 'X', 'b')}", off, gap, psd, mean)
                both.append(p.implies(psd, p.every(found, "W", "X", "b")))
        made = p.implies(at, p.join(*both))
    return p.every(made, "k", "low", "t")


def minimum_of_bce(p: Proof, binary: Binary, attains: Theorem, bound: Theorem, occurs: Theorem) -> Theorem:
    """A number that no frequency is below, nor above 1 less it, and one that no energy of the residuals exceeds."""
    energies = [f"sum[S]({OFF_BCE.format(low)}'*{OFF_BCE.format(low)})" for low in SIGNS]
    texts = (
        "some low: 0 < low and (all k: low <= e[k]'*f and low <= 1 - e[k]'*f)",
        f"some total: 0 <= total and (all k: {energies[0]} <= total and {energies[1]} <= total)",
    )
    some, large = (p.formula(text) for text in texts)
    with p.assuming(instantiate(some[2], p.term("low"))) as least:
        each = [
            p.le(f"0 <= {x}", p.over(p.every(p.square(OFF_BCE.format(low)), "S")))
            for x, low in zip(energies, SIGNS, strict=True)
        ]
        both = p.every(p.le(f"0 <= {energies[0]} + {energies[1]}", *each), "k")
        value, part = f"sum[k]({energies[0]} + {energies[1]})", p.at(p.ledger.part(both), "k")
        most = [p.le(f"{x} <= {value}", part, other) for x, other in zip(energies, reversed(each), strict=True)]
        total = p.join(p.le(f"0 <= {value}", p.over(both)), p.every(p.join(*most), "k"))
        with p.assuming(instantiate(large[2], p.term("total"))) as at:
            found = p.implies(at, of_bounds(p, binary.labels, attains, bound, (least, at)))
        made = p.implies(least, p.unpack(p.witness(total, large, value), found, "total"))
    rare, often = p.parts(p.at(occurs, "k"))
    share = p.every(p.le("0 < (e[k]'*f)*(1 - e[k]'*f)", (rare, often)), "k")
    p.positive(share)
    inverse = p.every(p.reciprocal(p.at(share, "k")), "k")
    sums = "sum[k](1/((e[k]'*f)*(1 - e[k]'*f)))"
    total = p.reciprocal(p.le(f"0 < {sums}", p.over(inverse)))
    part = p.at(p.ledger.part(p.every(p.le("0 <= 1/((e[k]'*f)*(1 - e[k]'*f))", p.at(inverse, "k")), "k")), "k")
    value = f"(1/{sums})"
    less = p.le(f"{value} <= (e[k]'*f)*(1 - e[k]'*f)", (p.at(share, "k"), total, part))
    own = p.join(p.le(f"{value} <= e[k]'*f", less, (rare, rare)), p.le(f"{value} <= 1 - e[k]'*f", less, (often, often)))
    return p.unpack(p.witness(p.join(total, p.every(own, "k")), some, value), made, "low")


def of_bounds(p: Proof, labels: Labels, attains: Theorem, bound: Theorem, at: tuple[Theorem, Theorem]) -> Theorem:
    """With these numbers every bias is bounded."""
    (positive, low), (spread, energy) = ([p.take(one, i) for i in range(2)] for one in at)
    some, most, squares = labels.small(spread)
    factors = widths(p, positive, spread)
    near, far = p.parts(p.at(low, "k"))
    both = p.apply(p.at(bound, "k", "low", TIME), p.join(near, far, positive, some, most))
    biases = []
    for i, sign in enumerate(SIGNS):
        psd = labels.feasible(TIME, OFF_BCE.format(sign), squares, p.take(p.at(energy, "k"), i))
        biases.append(p.apply(p.take(both, i), psd))
    psd = p.semidefinite("0*I[K]")

    def bounded(cost: Theorem) -> Theorem:
        ends = [(*factors, p.at(one, "W2", "X2", "b2")) for one in biases]
        up = p.le(f"e[k]'*b2 <= {WIDTH}", ends[0], (*factors, cost))
        down = p.le(f"-{WIDTH} <= e[k]'*b2", ends[1], (*factors, cost))
        square = p.every(p.le(f"(e[k]'*b2)^2 <= {WIDTH}^2", (up, down)), "k")
        return p.le(f"b2'*b2 <= K*{WIDTH}^2", p.over(square))

    found = minimum(p, attains, ("I[K]", "0*I[K]", f"K*{WIDTH}^2"), psd, bounded)
    return unpacked(p, found, lambda best: as_it_is(p, best))


def undecided(p: Proof, binary: Binary, best: Theorem) -> Theorem:
    """BCE: losses are lower with a lower bias of a label that never occurs, a higher one of one that always does."""
    labels, weak, strict = binary.labels, binary.rises["<="], binary.rises["<"]
    one, same = p.le("0 < 1", 1), p.at(labels.same, "i", "k")

    def never(case: Theorem) -> Theorem:
        absent = nowhere(p, case, labels, "k")
        each = p.take(p.apply(p.at(weak, "e[i]'*(x - e[k])", "e[i]'*e[k]"), same), 0)
        own = p.take(p.apply(p.at(strict, "e[k]'*(x - e[k])", "1"), one), 0)
        drop = "log(1 + ex({0}'*x)) - log(1 + ex({0}'*(x - e[k])))"
        part = p.at(p.ledger.part(p.every(p.le(f"0 <= {drop.format('e[i]')}", each), "i")), "k")
        uses: list[Used] = [*(p.at(binary.loss, "S", x) for x in ("x - e[k]", "x")), (absent, "?[S]")]
        less = p.le("L[S](x - e[k]) < L[S](x)", p.le(f"0 < {drop.format('e[k]')}", own), part, using=uses)
        return runs_off(p, best, "x - e[k]", less, "0 < e[k]'*f")

    def always(case: Theorem) -> Theorem:
        rest = p.le("sum[S](1 - e[k]'*y[S]) <= 0", case, using=[(p.says(MEAN), "e[k]'*?")])
        inside = p.every(p.at(labels.outside, "S", "k"), "S")
        rest = p.antisymmetry(rest, p.le("0 <= sum[S](1 - e[k]'*y[S])", p.over(inside)))
        present = p.vanish(inside, rest)
        each = p.take(p.apply(p.at(weak, "e[i]'*x", "e[i]'*e[k]"), same), 1)
        own = p.take(p.apply(p.at(strict, "e[k]'*x", "1"), one), 1)
        drop = "{0}'*e[k] + log(1 + ex({0}'*x)) - log(1 + ex({0}'*(x + e[k])))"
        part = p.at(p.ledger.part(p.every(p.le(f"0 <= {drop.format('e[i]')}", each), "i")), "k")
        uses: list[Used] = [*(p.at(binary.loss, "S", x) for x in ("x + e[k]", "x")), (present, "?[S]")]
        less = p.le("L[S](x + e[k]) < L[S](x)", p.le(f"0 < {drop.format('e[k]')}", own), part, using=uses)
        return runs_off(p, best, "x + e[k]", less, "e[k]'*f < 1")

    def so(case: Theorem) -> Theorem:
        return case

    sides = p.order_cases("e[k]'*f", "0"), p.order_cases("1", "e[k]'*f")
    occurs = p.by_cases(sides[0], never, so)
    return p.every(p.join(occurs, p.by_cases(sides[1], always, so)), "k")
