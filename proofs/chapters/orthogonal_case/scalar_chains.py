"""The scalars of O1: for every s one c per multiplicity, for every penalty one s."""

from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.claims.hypotheses import SCALAR, SOLVED
from proofs.kernel.proof import Proof
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

PROPER = ("all S: 1 <= m[S]", "all S: m[S] <= K - 1")


def refute(p: Proof, wrong: str, false: Theorem) -> Theorem:
    """b <= a or b < a, since "a < b => 0 < 0" or "a <= b => 0 < 0" is known."""
    relation = "<=" if " <= " in wrong else "<"
    a, b = wrong.split(f" {relation} ")
    right = f"{b} {'<=' if relation == '<' else '<'} {a}"

    def never(case: Theorem) -> Theorem:
        return p.absurd(right, p.apply(false, case))

    def same(case: Theorem) -> Theorem:
        return case

    if relation == "<":
        return p.by_cases(p.order_cases(b, a), same, never)
    return p.by_cases(p.order_cases(a, b), never, same)


class Exponential:
    """Its tangents, ex(s) (1 + t - s) <= ex(t), that it is positive and turns sums into products, and ex(0) = 1."""

    def __init__(self, p: Proof) -> None:
        self.logs = Logarithm(p)
        self.positive = p.every(p.take(p.at(self.logs.inverse, "t"), 0), "t")
        self.product = self.of_sum(p)
        below = p.take(self.logs.below("ex(t)", p.at(self.positive, "t")), 0)
        self.above = p.every(p.le("1 + t <= ex(t)", below, using=[p.take(p.at(self.logs.inverse, "t"), 1)]), "t")
        p.positive(p.at(self.positive, "0"))
        self.one = p.eq("ex(0) = 1", (p.at(self.product, "0", "0"), "1/ex(0)*?"))
        at = p.at(self.product, "s", "t - s")
        tangent = p.le("ex(s)*(1 + t - s) <= ex(t)", (p.at(self.positive, "s"), p.at(self.above, "t - s")), using=[at])
        self.tangent = p.every(tangent, "s", "t")

    def of_sum(self, p: Proof) -> Theorem:
        """ex(s + t) = ex(s) ex(t), as their logarithms are one."""
        logs = self.logs
        values = [p.at(logs.inverse, x) for x in ("s + t", "s", "t")]
        whole, first, second = (p.take(v, 0) for v in values)
        both = p.le("0 < ex(s)*ex(t)", (first, second))
        same = p.eq(
            "log(ex(s + t)) = log(ex(s)*ex(t))",
            logs.of_product("ex(s)", "ex(t)", first, second),
            *(p.take(v, 1) for v in values),
        )
        return p.every(logs.one_to_one("ex(s + t)", "ex(s)*ex(t)", whole, both, same), "s", "t")


class Scalars:
    """c as a function of s at one multiplicity: t belongs to s, and tau to share."""

    PROPER = "1 <= size and size <= K - 1"
    BOTH = (
        f"{PROPER} and 0 < s and 0 < t and {SCALAR.format('t', 'size')}"
        f" and 0 < tau and {SCALAR.format('tau', 'size').replace('s*', 'share*')}"
    )

    def __init__(self, p: Proof, ex: Exponential) -> None:
        self.ex = ex
        self.order = self.falling(p, "s <= share", "t < tau")
        self.falls = self.falling(p, "s < share", "t <= tau")
        self.rises = self.rising(p)
        self.bounds = self.bounded(p)

    def bounded(self, p: Proof) -> Theorem:
        """c is below 1, at least 1 - s, and s m c^2 is at most K."""
        labels, dim = p.reciprocal(p.dimension("K")), p.dimension("K")
        with p.supposing(f"{self.PROPER} and 0 < s and 0 < t and {SCALAR.format('t', 'size')}") as (
            at,
            small,
            large,
            s,
            t,
            one,
        ):
            room, size, above = p.le("0 <= K - size", large, 1), p.le("0 < size", small, 1), p.at(self.ex.above, "s*t")
            below = p.le("t < 1", (labels, t, size, above), (labels, t, size, s, t), using=[(one, "1/K*?")])
            tangent = p.le("ex(s*t)*(1 - s*t) <= 1", p.at(self.ex.tangent, "s*t", "0"), using=[self.ex.one])
            uses = [(one, "1/K*?"), (one, "1/K*s*t*?")]
            near = p.le("1 - s <= t", (labels, t, size, tangent), (labels, s, t, t, room), (s, below), using=uses)
            decay = p.le("s*t^2*size <= K", (t, size, above), (dim, t), using=[one])
            made = p.implies(at, p.join(below, near, decay))
        return p.every(made, "size", "s", "t")

    def falling(self, p: Proof, first: str, refuted: str) -> Theorem:
        """c falls with s: in the wrong order the sides of the equation differ by what is positive."""
        with p.supposing(f"{self.BOTH} and {first}") as (at, small, large, s, t, one, _, two, apart):
            with p.assuming(refuted) as wrong:
                room, size = p.le("0 < K - size", large, 1), p.le("0 < size", small, 1)
                above, between = p.at(self.ex.positive, "share*tau"), p.at(self.ex.positive, "s*t")
                pieces = [(wrong, room), (size, wrong, above), (size, t, p.at(self.ex.tangent, "s*t", "share*tau"))]
                pieces += [(size, t, between, *more) for more in ((apart, t), (apart, wrong), (s, wrong))]
                false = p.implies(wrong, p.le("0 < 0", *pieces, using=[one, two]))
            made = p.implies(at, refute(p, refuted, false))
        return p.every(made, "size", "s", "share", "t", "tau")

    def rising(self, p: Proof) -> Theorem:
        """s c does not fall with s."""
        with p.supposing(f"{self.BOTH} and s <= share") as (at, small, large, _, _, one, tau, two, _):
            lower = p.apply(p.at(self.order, "size", "s", "share", "t", "tau"), at)
            with p.assuming("share*tau < s*t") as wrong:
                room, size = p.le("0 < K - size", large, 1), p.le("0 < size", small, 1)
                above, between = p.at(self.ex.positive, "s*t"), p.at(self.ex.positive, "share*tau")
                pieces = [(lower, room), (size, lower, above), (size, tau, between, wrong)]
                pieces += [(size, tau, p.at(self.ex.tangent, "share*tau", "s*t"))]
                false = p.implies(wrong, p.le("0 < 0", *pieces, using=[one, two]))
            made = p.implies(at, refute(p, "share*tau < s*t", false))
        return p.every(made, "size", "s", "share", "t", "tau")

    def unique(self, p: Proof) -> Theorem:
        """For given s all solutions are one: each is at most the other."""
        text = f"{self.PROPER} and 0 < s and 0 < t and {SCALAR.format('t', 'size')}"
        with p.assuming(f"{text} and 0 < tau and {SCALAR.format('tau', 'size')}") as at:
            parts = [p.take(at, i) for i in range(7)]
            turned = [*parts[:3], *parts[5:], *parts[3:5]]
            same = p.le("s <= s")
            one = p.apply(p.at(self.order, "size", "s", "s", "t", "tau"), p.join(*parts, same))
            two = p.apply(p.at(self.order, "size", "s", "s", "tau", "t"), p.join(*turned, same))
            made = p.implies(at, p.antisymmetry(one, two))
        return p.every(made, "size", "s", "t", "tau")

    def exists(self, p: Proof, unique: Theorem) -> Theorem:
        """For every s there is a solution, by the intermediate value theorem between 0 and 1, and only one."""
        fun, bound = "({0}*(K + size*(ex(s*{0}) - 1)) - K)", "(K + size*(ex(s) + s*ex(s)))"
        goal = p.goal[1]
        with p.supposing(f"{self.PROPER} and 0 < s") as (at, small, large, s):
            size, room = p.le("0 < size", small, 1), p.le("0 < K - size", large, 1)
            ends = (
                p.le("0 <= 0 + 1", 1),
                p.le(f"{fun.format('0')} <= 0", p.dimension("K")),
                p.le(f"0 <= {fun.format('(0 + 1)')}", (size, p.at(self.ex.above, "s")), (size, s)),
            )
            with p.supposing("0 <= t and t <= tau and tau <= 0 + 1") as (between, t, apart, tau):
                high, low, top = (p.at(self.ex.positive, x) for x in ("s*tau", "s*t", "s"))
                up, down = p.at(self.ex.tangent, "s*t", "s*tau"), p.at(self.ex.tangent, "s*tau", "s*t")
                end = p.le("ex(s*tau) <= ex(s)", p.at(self.ex.tangent, "s*tau", "s"), (high, s, tau))
                falls = p.le(
                    f"{fun.format('t')} - {fun.format('tau')} <= {bound}*(tau - t)",
                    (room, apart),
                    (room, apart),
                    (size, apart),
                    (size, apart, high),
                    (size, t, up),
                    (size, t, low, s, apart),
                    (size, apart, top),
                    (size, s, top, apart),
                )
                rises = p.le(
                    f"{fun.format('tau')} - {fun.format('t')} <= {bound}*(tau - t)",
                    (size, apart),
                    (size, apart, end),
                    (size, t, down),
                    (size, s, apart, tau, high),
                    (size, s, apart, apart, high),
                    (size, s, apart, end),
                )
                each = p.every(p.implies(between, p.join(rises, falls)), "t", "tau")
            put = {"fun": fun.format("arg_0")[1:-1], "lower": "0", "upper": "0 + 1", "bound": bound}
            root = p.apply(p.axiom("intermediate value", {}, **put), p.join(*ends, each))
            with p.supposing(f"0 <= t and t <= 0 + 1 and {fun.format('t')} = 0") as (zero, t, _, none):
                equation = p.eq(SCALAR.format("t", "size"), none)
                power = p.at(self.ex.positive, "s*t")
                share = p.reciprocal(p.le("0 < K - size + size*ex(s*t)", room, (size, power)))
                some = p.le("0 < t", (p.dimension("K"), share), using=[(equation, "1/(K - size + size*ex(s*t))*?")])
                known = p.join(small, large, s, some, equation)
                less = p.take(p.apply(p.at(self.bounds, "size", "s", "t"), known), 0)
                with p.assuming(f"0 < tau and {SCALAR.format('tau', 'size')}") as other:
                    both = p.join(small, large, s, some, equation, p.take(other, 0), p.take(other, 1))
                    same = p.apply(p.at(unique, "size", "s", "t", "tau"), both)
                    only = p.every(p.implies(other, p.eq("tau = t", same)), "tau")
                some_t = instantiate(instantiate(goal[2], p.term("size"))[2], p.term("s"))[2]
                found = p.implies(zero, p.witness(p.join(some, less, equation, only), some_t, "t"))
            found = p.implies(at, p.unpack(root, found, "t"))
        return p.every(found, "size", "s")


ENERGY, TARGET, WHOLE = "sum[S](c[S]({0})^2*(m[S]*(K - m[S])))", "K*(K - 1)*lambda", "sum[S](m[S]*(K - m[S]))"


class Energy:
    """The energy sum pi m (K - m) c^2 falls with s from below its whole to nothing."""

    def __init__(self, p: Proof, scalars: Scalars, solved: Theorem | None = None) -> None:
        self.scalars = scalars
        self.small, self.large = (p.says(x) for x in PROPER)
        self.share = p.le(
            "all S: 0 < m[S]*(K - m[S])",
            (p.le("all S: 0 < m[S]", self.small, 1), p.le("all S: 0 < K - m[S]", self.large, 1)),
        )
        self.solved = solved or p.says(SOLVED)
        self.falls = self.falling(p)

    def at(self, p: Proof, s: str, positive: Theorem) -> tuple[Theorem, Theorem]:
        """c is positive at s, and solves the equation."""
        made = p.apply(p.at(self.solved, "S", s), positive)
        return p.take(made, 0), p.take(made, 1)

    def two(self, p: Proof, lemma: Theorem, at: tuple[Theorem, Theorem, Theorem]) -> Theorem:
        """A statement on c at s and t."""
        s, t, order = at
        premise = [p.at(self.small, "S"), p.at(self.large, "S"), s, *self.at(p, "s", s), *self.at(p, "t", t), order]
        return p.apply(p.at(lemma, "m[S]", "s", "t", "c[S](s)", "c[S](t)"), p.join(*premise))

    def bounds(self, p: Proof, s: str, positive: Theorem) -> Theorem:
        """c is below 1 and so on."""
        premise = [p.at(self.small, "S"), p.at(self.large, "S"), positive, *self.at(p, s, positive)]
        return p.apply(p.at(self.scalars.bounds, "m[S]", s, f"c[S]({s})"), p.join(*premise))

    def falling(self, p: Proof) -> Theorem:
        """The energy decreases strictly."""
        with p.supposing("0 < s and s < t") as (at, s, apart):
            t, share = p.le("0 < t", s, apart), p.at(self.share, "S")
            falls = self.two(p, self.scalars.falls, (s, t, apart))
            sums = self.at(p, "s", s)[0], self.at(p, "t", t)[0]
            each = p.le("c[S](t)^2*(m[S]*(K - m[S])) < c[S](s)^2*(m[S]*(K - m[S]))", *((share, falls, x) for x in sums))
            made = p.implies(at, p.over(p.every(each, "S")))
        return p.every(made, "s", "t")

    def only(self, p: Proof) -> Theorem:
        """Two s with the same energy are one."""
        text = f"0 < s and {ENERGY.format('s')} = {TARGET}"
        with p.assuming(f"{text} and ({text.replace('< s', '< t').replace('(s)', '(t)')})") as both:
            ends = p.take(both, 0), p.take(both, 1), p.take(p.take(both, 2), 0), p.take(p.take(both, 2), 1)
            found = []
            for wrong, (low, one, _, two) in (("s < t", ends), ("t < s", (*ends[2:], *ends[:2]))):
                with p.assuming(wrong) as apart:
                    less = p.apply(p.at(self.falls, *wrong.split(" < ")), p.join(low, apart))
                    false = p.implies(apart, p.le("0 < 0", less, using=[one, two]))
                found.append(refute(p, wrong, false))
            made = p.implies(both, p.antisymmetry(*found))
        return p.every(made, "s", "t")

    def root(self, p: Proof, threshold: Theorem) -> Theorem:
        """Some s has the energy of the penalty: between total, at which it is too high, and total + 1/lambda."""
        inverse = p.reciprocal(p.le("0 < lambda", (p.given[0], p.given[1])))
        high, bound = "(total + 1/lambda)", f"(2*{WHOLE}*(1/total))"
        some = p.formula(f"some s: 0 < s and {ENERGY.format('s')} = {TARGET}")
        with p.supposing(f"0 < total and 2*total*{WHOLE} <= {WHOLE} - {TARGET}") as (at, low, enough):
            ends = self.ends(p, low, p.le(f"0 < {high}", low, inverse), high)
            first = p.le(f"{TARGET} - {ENERGY.format('total')} <= 0", ends[0], enough)
            whole = p.le(f"0 <= {ENERGY.format(high)}", ends[2])
            product = p.le("0 < lambda", (p.given[0], p.given[1]))
            last = p.le(f"0 <= {TARGET} - {ENERGY.format(high)}", (product, ends[1]), (product, low, whole))
            share = p.reciprocal(low)
            with p.assuming(f"total <= s and s <= t and t <= {high}") as between:
                change = self.change(p, low, share, between)
                each = p.every(p.implies(between, change), "s", "t")
            put = {"fun": f"{TARGET} - {ENERGY.format('arg_0')}", "lower": "total", "upper": high[1:-1], "bound": bound}
            start = p.le(f"total <= {high}", inverse)
            zero = p.apply(p.axiom("intermediate value", {}, **put), p.join(start, first, last, each))
            with p.assuming(f"total <= t and t <= {high} and {TARGET} - {ENERGY.format('t')} = 0") as found:
                positive = p.le("0 < t", low, p.take(found, 0))
                equal = p.eq(f"{ENERGY.format('t')} = {TARGET}", p.take(found, 2))
                made = p.implies(found, p.witness(p.join(positive, equal), some, "t"))
            made = p.every(p.implies(at, p.unpack(zero, made, "t")), "total")
        room = p.le("0 < K - 1", p.at(self.small, "S"), p.at(self.large, "S"), 1)
        target = p.le(f"0 < {TARGET}", (p.dimension("K"), room, p.given[0], p.given[1]))
        half = p.reciprocal(p.le(f"0 < {WHOLE}", threshold, target))
        text = f"1/2*({WHOLE} - {TARGET})*(1/{WHOLE})"
        return p.apply(
            p.at(made, text),
            p.join(p.le(f"0 < {text}", ((1, 2), threshold, half)), p.le(f"2*({text})*{WHOLE} <= {WHOLE} - {TARGET}")),
        )

    def ends(self, p: Proof, low: Theorem, top: Theorem, high: str) -> tuple[Theorem, Theorem, Theorem]:
        """What the energy is at least at total, and at most at the other end; and that it is not negative there."""
        share, near = p.at(self.share, "S"), p.take(self.bounds(p, "total", low), 1)
        room, labels = p.le("0 <= K - m[S]", p.at(self.large, "S"), 1), p.le("0 <= m[S] - 1", p.at(self.small, "S"))
        decay = p.take(self.bounds(p, high, top), 2)
        weak = "(1 - 2*total)*(m[S]*(K - m[S])) <= c[S](total)^2*(m[S]*(K - m[S]))"
        each = (
            p.le(weak, (2, share, near), (share, p.square("c[S](total) - 1"))),
            p.le(f"{high}*c[S]({high})^2*(m[S]*(K - m[S])) <= K*(K - 1)", (room, decay), (p.dimension("K"), labels)),
            p.le(f"0 <= c[S]({high})^2*(m[S]*(K - m[S]))", (share, p.square(f"c[S]({high})"))),
        )
        one, two, three = (p.over(p.every(x, "S")) for x in each)
        return one, two, three

    def change(self, p: Proof, low: Theorem, share: Theorem, between: Theorem) -> Theorem:
        """The energy changes at most 2/total times its whole as fast as s."""
        near, apart = p.take(between, 0), p.take(between, 1)
        s, nu = p.le("0 < s", low, near), p.at(self.share, "S")
        t = p.le("0 < t", s, apart)
        order, rises = (self.two(p, lemma, (s, t, apart)) for lemma in (self.scalars.order, self.scalars.rises))
        at_s, at_t = self.at(p, "s", s)[0], self.at(p, "t", t)[0]
        one, two = (p.take(self.bounds(p, x, y), 0) for x, y in (("s", s), ("t", t)))
        falls = p.le("0 <= (c[S](s)^2 - c[S](t)^2)*(m[S]*(K - m[S]))", (nu, order, at_s), (nu, order, at_t))
        speed = "2*(m[S]*(K - m[S]))*(1/total)*(t - s)"
        past = p.le("0 <= t - total", near, apart)
        small = p.le(
            f"(c[S](s)^2 - c[S](t)^2)*(m[S]*(K - m[S])) <= {speed}",
            (share, nu, order, at_s, past),
            (share, nu, order, at_t, past),
            (share, nu, rises, at_s),
            (share, nu, rises, at_t),
            (2, share, nu, apart, one),
            (share, nu, apart, one, at_s),
            (share, nu, apart, at_s, two),
        )
        falls, small = (p.over(p.every(x, "S")) for x in (falls, small))
        bound = f"2*{WHOLE}*(1/total)"
        fun = f"({TARGET} - {ENERGY})"
        whole = p.over(p.every(p.le("0 <= m[S]*(K - m[S])", nu), "S"))
        up = p.le(f"{fun.format('t')} - {fun.format('s')} <= ({bound})*(t - s)", small)
        down = p.le(f"{fun.format('s')} - {fun.format('t')} <= ({bound})*(t - s)", falls, (2, share, apart, whole))
        return p.join(up, down)
