"""Where the scalar of the largest multiplicity has a fold it is infinitely steep there, and the others are not."""

from collections.abc import Callable

from proofs.chapters.orthogonal_case.continued_chains import LARGEST, LOW, Continuation, entry, equation, whole
from proofs.chapters.orthogonal_case.scalar_chains import refute
from proofs.kernel.proof import Proof
from proofs.kernel.terms import FALSE, instantiate
from proofs.kernel.theorems import Theorem

HEIGHT = "{0}*(K - m[{1}] + m[{1}]*ex({0}))"
"""K s where u is the first, for the multiplicity of the second."""
SLOPE = "K - m[{1}] + m[{1}]*(1 + {0})*ex({0})"
FOLDED = f"-2 <= kappa and 1+kappa <= 0 and {SLOPE.format('kappa', 'U')} = 0"
POINTS = ("(kappa + tau)", "(kappa + 2*tau)")
U = ("(s*c[{0}](s))", "(share*c[{0}](share))")
COST = "12*K*tau^2"
PAIR = f"""{FOLDED} and 0 < tau and 8*tau <= 1 and K*s = {HEIGHT.format(POINTS[0], "U")}
    and K*share = {HEIGHT.format(POINTS[1], "U")} and {LARGEST} and 0 < c1
    and (all T: m[T] < m[U] => c1 <= m[U] - m[T]) and 0 < {entry("U")} and {equation("s")} and {equation("share")}"""
"""The equation at two values of s and share, at which u is kappa + tau and kappa + 2 tau for the multiplicity of U."""


def least(p: Proof, that: str, number: str) -> Theorem:
    """If there is a label set of some kind, there is one with the least number; T is the set in both texts."""
    with p.assuming(f"some T: {that}") as some:
        other = that.replace("[T]", "[S]"), number.replace("[T]", "[S]")
        conclusion = p.formula(f"some T: {that} and (all S: {other[0]} => {number} <= {other[1]})")
        kind, of = some.conclusion[2], p.term(f"sum[T]({number})")[2]
        return p.implies(some, p.ledger.law("least", conclusion, some, families={"F": "sets"}, P=kind, a=of))


def gap(p: Proof, that: str, number: str) -> Theorem:
    """The multiplicities on one side of that of U are apart from it."""
    goal, found = p.formula(f"some c1: 0 < c1 and (all T: {that} => c1 <= {number})"), least(p, that, number)
    with p.assuming(f"some T: {that}") as some:
        nearest = p.apply(found, some)
        at = p.ledger.assume(instantiate(nearest.conclusion[2], "T"))
        made = p.witness(p.join(p.le(f"0 < {number}", p.take(at, 0)), p.take(at, 1)), goal, number)
        first = p.implies(some, p.unpack(nearest, p.implies(at, made), "T"))
    with p.assuming(("->", some.conclusion, FALSE)) as none:
        with p.assuming(that) as one:
            false = p.apply(none, p.witness(one, some.conclusion, "T"))
            each = p.every(p.implies(one, p.ledger.absurd(false, p.formula(f"1 <= {number}"))), "T")
        second = p.implies(none, p.witness(p.join(p.le("0 < 1", 1), each), goal, "1"))
    return p.every(p.cases(p.ledger.middle(some.conclusion), first, second), "U")


def vanishing(p: Proof) -> Theorem:
    """A positive number is not at most arbitrarily small ones."""
    with p.supposing("0 < s and 0 < t and (all tau: 0 < tau and 8*tau <= 1 => s <= t*tau)") as (at, s, t, *_):
        both = p.le("0 < 8*s + t", (8, s), t)
        inverse, value = p.reciprocal(both), "s*(1/(8*s + t))"
        small = p.join(p.le(f"0 < {value}", (s, inverse)), p.le(f"8*({value}) <= 1", (t, inverse)))
        bound = p.apply(p.at(p.take(at, 2), value), small)
        return p.every(p.implies(at, p.le("0 < 0", (both, bound), (8, s, s))), "s", "t")


def positive_whole(p: Proof, n: int, power: int) -> Theorem:
    """What errors are multiplied with is positive."""
    more = p.over(p.le(f"all S: 0 <= ({entry('S')})^2", p.square(f"all S: {entry('S')}")))
    dims = [p.dimension("K")] * power
    return p.le(f"0 < {whole(n, power)}", (n, *dims), (n, *dims, more))


class Fold:
    """t (K - m + m exp t) near its minimum between -2 and -1."""

    def __init__(self, p: Proof, near: Continuation, alike: Theorem) -> None:
        self.near, self.branch, self.ex, self.curves = near, near.branch, near.branch.ex, near.branch.curves
        self.alike, self.gap = alike, gap(p, "m[T] < m[U]", "m[U] - m[T]")
        self.point = self.folds(p)
        self.steep, self.slow = self.regular(p), self.rises(p)
        self.own, self.short = self.same(p), self.quadratic(p)

    def small(self, p: Proof, t: str, negative: Theorem) -> Theorem:
        """The exponential of a negative number is at most 1."""
        return p.take(p.apply(p.at(self.curves.small, t), negative), 0)

    def folds(self, p: Proof) -> Theorem:
        """The slope is zero somewhere between -2 and -1, if it is not positive at -2."""
        room, size, at_zero = p.at(self.branch.room, "U"), p.at(self.branch.size, "U"), SLOPE.format("0", "U")
        goal, dim = p.formula(f"some kappa: {FOLDED}"), p.dimension("K")
        with p.assuming("K - m[U] - m[U]*ex(-2) <= 0") as at:
            start, first = p.le("-2 <= 0", 2), p.le(f"{SLOPE.format('(-2)', 'U')} <= 0", at)
            last = p.le(f"0 <= {at_zero}", dim, using=[(self.ex.one, "m[U]*?")])
            put = {"fun": SLOPE.format("arg_0", "U"), "lower": "-2", "upper": "0", "bound": "2*K"}
            cited = p.axiom("intermediate value", {}, **put)
            zero = p.apply(cited, p.join(start, first, last, self.lipschitz(p)))
            with p.assuming(f"-2 <= kappa and kappa <= 0 and {SLOPE.format('kappa', 'U')} = 0") as found:
                with p.assuming("0 < 1+kappa") as wrong:
                    pieces = room, (size, wrong, p.at(self.ex.positive, "kappa"))
                    false = p.implies(wrong, p.le("0 < 0", *pieces, using=[p.take(found, 2)]))
                parts = p.take(found, 0), refute(p, "0 < 1+kappa", false), p.take(found, 2)
                made = p.implies(found, p.witness(p.join(*parts), goal, "kappa"))
            return p.every(p.implies(at, p.unpack(zero, made, "kappa")), "U")

    def lipschitz(self, p: Proof) -> Theorem:
        """The slope changes at most 2 K times as fast as t between -2 and 0."""
        room, size = p.at(self.branch.room, "U"), p.at(self.branch.size, "U")
        late, early = (f"({SLOPE.format(x, 'U')})" for x in "ts")
        with p.supposing("-2 <= s and s <= t and t <= 0") as (between, low, order, top):
            up = p.apply(p.at(self.curves.slopes, "s", "t"), p.join(low, order))
            one, two = self.small(p, "s", p.le("s <= 0", order, top)), self.small(p, "t", top)
            down = p.at(self.ex.tangent, "t", "s")
            raised = p.le("ex(s) <= ex(t)", p.at(self.ex.tangent, "s", "t"), (order, p.at(self.ex.positive, "s")))
            pieces = (size, down), (size, top, raised), (size, order, one), (size, order, two), (2, room, order)
            rises = p.le(f"{late} - {early} <= (2*K)*(t - s)", *pieces)
            falls = p.le(f"{early} - {late} <= (2*K)*(t - s)", (size, up), (2, p.dimension("K"), order))
            return p.every(p.implies(between, p.join(rises, falls)), "s", "t")

    def regular(self, p: Proof) -> Theorem:
        """The slope is positive to the right of the fold."""
        with p.supposing(f"{FOLDED} and 0 < tau and kappa + tau <= t") as (at, low, _, zero, step, after):
            mid, size = "(kappa + 1/2*tau)", p.at(self.branch.size, "U")
            known = p.join(low, p.le(f"kappa <= {mid}", ((1, 2), step)))
            one = p.apply(p.at(self.curves.slopes, "kappa", mid), known)
            known = p.join(p.le(f"-2 < {mid}", low, ((1, 2), step)), p.le(f"{mid} < t", after, ((1, 2), step)))
            two = p.apply(p.at(self.curves.strict, mid, "t"), known)
            made = p.le(f"0 < {SLOPE.format('t', 'U')}", (size, one), (size, two), using=[zero])
            return p.every(p.implies(at, made), "U", "kappa", "tau", "t")

    def rises(self, p: Proof) -> Theorem:
        """Where the multiplicity is less, u is not steep."""
        with p.supposing(f"{FOLDED} and m[S] <= m[U] and kappa <= t and t <= tau") as (
            at,
            low,
            high,
            zero,
            less,
            after,
            order,
        ):
            start, size = p.le("-2 <= t", low, after), p.at(self.branch.size, "S")
            tangent = p.apply(p.at(self.curves.tangent, "t", "tau"), p.join(start, order))
            slope = p.apply(p.at(self.curves.slopes, "kappa", "t"), p.join(low, after))
            pieces = (size, tangent), (size, order, slope), (less, order, high, p.at(self.ex.positive, "kappa"))
            goal = f"(m[U] - m[S])*(tau - t) <= {HEIGHT.format('tau', 'S')} - {HEIGHT.format('t', 'S')}"
            made = p.le(goal, *pieces, using=[(zero, "(tau - t)*?")])
            return p.every(p.implies(at, made), "S", "U", "kappa", "t", "tau")

    def same(self, p: Proof) -> Theorem:
        """Where the slope is positive there is one u at most on its right."""
        text = f"{HEIGHT.format('tau', 'U')} = {HEIGHT.format('t', 'U')}"
        with p.supposing(f"-2 <= t and t <= tau and 0 < {SLOPE.format('t', 'U')} and {text}") as (
            at,
            low,
            order,
            slope,
            equal,
        ):
            tangent = p.apply(p.at(self.curves.tangent, "t", "tau"), p.join(low, order))
            with p.assuming("t < tau") as wrong:
                pieces = (wrong, slope), (p.at(self.branch.size, "U"), tangent)
                false = p.implies(wrong, p.le("0 < 0", *pieces, using=[equal]))
            made = p.antisymmetry(refute(p, "t < tau", false), order)
            return p.every(p.implies(at, made), "U", "t", "tau")

    def quadratic(self, p: Proof) -> Theorem:
        """Near the fold s hardly changes."""
        with p.supposing(f"{FOLDED} and 0 < tau and 8*tau <= 1") as (at, _, high, zero, step, short):
            room, size, none = p.at(self.branch.room, "U"), p.at(self.branch.size, "U"), p.le("0 <= -kappa", high, 1)
            (one, two), tangent = (self.below(p, n, high, short) for n in (1, 2)), self.ex.tangent
            flat = [self.small(p, x, p.le(f"{x} <= 0", y)) for x, y in zip(POINTS, (one, two), strict=True)]
            pieces = (
                (3, room, step, step),
                (size, one, p.at(tangent, *POINTS)),
                (size, step, none, p.at(tangent, "kappa", POINTS[0])),
                (size, step, step, none, p.at(self.ex.positive, "kappa")),
                (size, step, p.at(tangent, POINTS[1], "kappa")),
                (size, step, step, flat[0]),
                (2, size, step, step, flat[1]),
            )
            goal = f"{HEIGHT.format(POINTS[1], 'U')} - {HEIGHT.format(POINTS[0], 'U')} <= 3*K*tau^2"
            return p.every(p.implies(at, p.le(goal, *pieces, using=[(zero, "tau*?")])), "U", "kappa", "tau")

    def below(self, p: Proof, n: int, high: Theorem, short: Theorem) -> Theorem:
        """The two points are negative."""
        return p.le(f"{POINTS[n - 1]} < 0", high, ((n, 8), short), ((8 - n, 8),))

    def closed(self, p: Proof, limit: Theorem) -> Theorem:
        """So the largest multiplicity has no excess."""
        with p.assuming(PAIR) as at:
            made = p.implies(at, Pair(p, self, at).bound(p))
            pair = p.every(made, "v", "x", "U", "kappa", "tau", "s", "share", "c1")
        apart, size = p.formula("0 < c1 and (all T: m[T] < m[U] => c1 <= m[U] - m[T])"), whole(12, 1)
        with p.assuming(f"K - m[U] - m[U]*ex(-2) <= 0 and {LARGEST}") as at:
            with p.assuming(f"0 < {entry('U')}") as wrong, p.assuming(apart) as gaps, p.assuming(FOLDED) as folded:
                parts, value = tuple(p.take(folded, i) for i in range(3)), f"w[U]*({entry('U')})*c1"
                with p.assuming("0 < tau and 8*tau <= 1") as steps:
                    known = self.points(p, parts, steps, p.take(at, 1), (p.take(gaps, 0), p.take(gaps, 1), wrong))
                    levels = [LOW.replace("share2", point) for point in POINTS]
                    bound = p.apply(p.at(pair, "v", "x", "U", "kappa", "tau", *levels, "c1"), known)
                    each = p.every(p.implies(steps, p.le(f"{value} <= ({size})*tau", bound)), "tau")
                some = p.le(f"0 < {value}", (p.at(p.ledger.weight("sets"), "U"), wrong, p.take(gaps, 0)))
                false = p.apply(p.at(limit, value, size), p.join(some, positive_whole(p, 12, 1), each))
                false = p.unpack(p.apply(p.at(self.point, "U"), p.take(at, 0)), p.implies(folded, false), "kappa")
                false = p.unpack(p.at(self.gap, "U"), p.implies(gaps, false), "c1")
                made = refute(p, f"0 < {entry('U')}", p.implies(wrong, false))
            return p.every(p.implies(at, made), "v", "x", "U")

    def points(
        self, p: Proof, folded: tuple[Theorem, ...], steps: Theorem, largest: Theorem, rest: tuple[Theorem, ...]
    ) -> Theorem:
        """What is assumed of the two points."""
        step, short, levels, found = p.take(steps, 0), p.take(steps, 1), [], []
        for n, point in enumerate(POINTS, 1):
            low, level = self.below(p, n, folded[1], short), LOW.replace("share2", point)
            with p.assuming(f"{point} <= t") as after:
                known = p.join(*folded, step, p.le("kappa + tau <= t", after, *([step] * (n - 1))))
                steep = p.apply(p.at(self.steep, "U", "kappa", "tau", "t"), known)
                steep = p.every(p.implies(after, steep), "t")
            everywhere = p.apply(p.at(self.near.everywhere, "v", "x", point, "U"), p.join(low, steep, largest))
            inside = p.join(p.le(f"{level} <= {level}"), p.le(f"{level} <= 1", self.near.negative(p, point, low), 1))
            found.append(p.apply(p.at(everywhere, level), inside))
            levels.append(p.eq(f"K*({level}) = {HEIGHT.format(point, 'U')}"))
        return p.join(*folded, step, short, *levels, largest, *rest, *found)


class Pair:
    """The difference of the equation at two points, each summand of which is above a small number."""

    def __init__(self, p: Proof, fold: Fold, at: Theorem) -> None:
        self.fold, self.branch = fold, fold.branch
        parts = [p.take(at, i) for i in range(13)]
        self.folded, (self.step, self.short), self.levels, self.largest = parts[:3], parts[3:5], parts[5:7], parts[7]
        self.apart, self.gaps, self.positive, self.equations = parts[8], parts[9], parts[10], parts[11:]
        self.first, self.second = (x.format("S") for x in U)
        self.slow = p.apply(p.at(fold.short, "U", "kappa", "tau"), p.join(*self.folded, self.step, self.short))
        self.order = self.ordered(p)
        self.below, self.met, self.above = zip(*(self.located(p, n) for n in (1, 2)), strict=True)
        self.drop = p.le("0 <= -2*kappa - 3*tau - 1", (2, self.folded[1]), ((3, 8), self.short), ((5, 8),))
        self.full = (12, p.dimension("K"), self.step, self.step)
        self.goal = f"0 <= c1*({entry('S')})*({self.first}^2 - {self.second}^2) + (1 + ({entry('S')})^2)*{COST}"

    def ordered(self, p: Proof) -> Theorem:
        """s is before share."""
        premise = (
            p.le("m[U] <= m[U]"),
            p.le(f"kappa <= {POINTS[0]}", self.step),
            p.le(f"{POINTS[0]} <= {POINTS[1]}", self.step),
        )
        up = p.apply(p.at(self.fold.slow, "U", "U", "kappa", *POINTS), p.join(*self.folded, *premise))
        return p.le("s <= share", (self.fold.near.labels, up), using=[(x, "1/K*?") for x in self.levels])

    def located(self, p: Proof, n: int) -> tuple[Theorem, Theorem, Theorem]:
        """s is negative, u is at the point for the largest multiplicity, and never below it."""
        point, s, level, fold = POINTS[n - 1], ("s", "share")[n - 1], self.levels[n - 1], self.fold
        low = fold.below(p, n, self.folded[1], self.short)
        negative = p.le(f"{s} < 0", fold.near.negative(p, point, low), using=[(level, "1/K*?")])
        value = p.le(f"{LOW.replace('share2', point)} <= {s}", using=[(level, "1/K*?")])
        with p.assuming("m[S] <= m[U]") as less:
            above = p.apply(p.at(fold.near.above, "S", "U", point, s), p.join(low, less, value, negative))
            above = p.every(p.implies(less, above), "S")
        own, start = (
            p.apply(p.at(above, "U"), p.le("m[U] <= m[U]")),
            p.le(f"-2 <= {point}", self.folded[0], (n, self.step)),
        )
        after = p.le(f"kappa + tau <= {point}", *([self.step] * (n - 1)))
        slope = p.apply(p.at(fold.steep, "U", "kappa", "tau", point), p.join(*self.folded, self.step, after))
        u, solves = U[n - 1].format("U"), (self.branch.at(p, "U", s)[1], f"{s}*?")
        height = p.eq(f"{HEIGHT.format(u, 'U')} = {HEIGHT.format(point, 'U')}", solves, level)
        met = p.apply(p.at(fold.own, "U", point, u), p.join(start, own, slope, height))
        return negative, met, above

    def bound(self, p: Proof) -> Theorem:
        """The summand of U is not small, unless its excess is."""

        def some(less: Theorem) -> Theorem:
            return p.by_cases(p.order_cases("m[U]", "m[S]"), self.equal(p, less), self.smaller(p))

        each = p.every(p.by_cases(p.at(self.largest, "S"), self.none(p), some), "S")
        part, weight = p.at(p.ledger.part(each), "U"), p.at(p.ledger.weight("sets"), "U")
        inverse, dim = p.reciprocal(self.step), p.dimension("K")
        pieces = (
            (inverse, part),
            (inverse, weight, self.apart, self.positive, self.step, self.drop),
            (12, weight, dim, self.step),
            (12, weight, dim, self.step, p.square(entry("U"))),
        )
        uses = [(x, "c1/tau*?") for x in self.equations]
        for met, point, u in zip(self.met, POINTS, U, strict=True):
            uses.append((met, f"w[U]*c1/tau*({entry('U')})*?*({u.format('U')} + {point})"))
        return p.le(f"w[U]*({entry('U')})*c1 <= ({whole(12, 1)})*tau", *pieces, using=uses)

    def none(self, p: Proof) -> Callable[[Theorem], Theorem]:
        """Without excess."""

        def shown(case: Theorem) -> Theorem:
            zero = p.eq(f"{entry('S')} = 0", (case, "v'*?*x"))
            uses = [(zero, f"c1*?*({self.first}^2 - {self.second}^2)"), (zero, f"{COST}*?*({entry('S')})")]
            return p.le(self.goal, self.full, using=uses)

        return shown

    def equal(self, p: Proof, less: Theorem) -> Callable[[Theorem], Theorem]:
        """At the largest multiplicity: that of U."""

        def shown(case: Theorem) -> Theorem:
            one = p.eq("m[S] - m[U] = 0", p.antisymmetry(less, case))
            uses = [(p.apply(p.at(self.fold.alike, "S", "U"), one), f"c1*(v'*?*x)*({self.first}^2 - {self.second}^2)")]
            for met, s, point, u in zip(self.met, ("s", "share"), POINTS, U, strict=True):
                c = p.apply(p.at(self.branch.equal, "S", "U", s), one)
                uses.append((c, f"c1*({entry('U')})*{s}*?*({u.format('S')} + {u.format('U')})"))
                uses.append((met, f"c1*({entry('U')})*?*({u.format('U')} + {point})"))
            pieces = (self.apart, self.positive, self.step, self.drop), (self.apart, self.positive, self.step)
            return p.le(self.goal, *pieces, self.full, (*self.full, p.square(entry("S"))), using=uses)

        return shown

    def smaller(self, p: Proof) -> Callable[[Theorem], Theorem]:
        """At a smaller one u changes little between the points."""

        def shown(less: Theorem) -> Theorem:
            at_most = p.le("m[S] <= m[U]", less)
            bottom = [p.apply(p.at(above, "S"), at_most) for above in self.above]
            both = list(zip((self.first, self.second), bottom, strict=True))
            after = [p.le(f"kappa <= {u}", x, (n, self.step)) for n, (u, x) in enumerate(both, 1)]
            rise, change = self.change(p, less, at_most, after)
            low = [p.le(f"-2 <= {u}", self.folded[0], x) for (u, _), x in zip(both, after, strict=True)]
            top = [
                p.le(f"{u} <= 0", (negative, self.branch.at(p, "S", s)[0]))
                for (u, _), negative, s in zip(both, self.below, ("s", "share"), strict=True)
            ]
            moved, square = f"c1*({self.first}^2 - {self.second}^2)", p.square(entry("S"))
            some = p.le(f"0 <= {moved}", *((self.apart, rise, x) for x in top))
            small = p.le(f"{moved} <= {COST}", (4, change), *((self.apart, rise, x) for x in low))
            return p.le(self.goal, small, (small, square), ((3, 4), some), (some, p.square(f"{entry('S')} + 1/2")))

        return shown

    def change(self, p: Proof, less: Theorem, at_most: Theorem, after: list[Theorem]) -> tuple[Theorem, Theorem]:
        """u rises from the first point to the second, by 3 K tau^2 over the gap at most."""
        first, second, slow, heights = self.first, self.second, self.fold.slow, []
        for s, u in (("s", first), ("share", second)):
            heights.append(p.eq(f"{HEIGHT.format(u, 'S')} = K*{s}", (self.branch.at(p, "S", s)[1], f"{s}*?")))
        with p.assuming(f"{second} < {first}") as wrong:
            known = p.join(*self.folded, at_most, after[1], p.le(f"{second} <= {first}", wrong))
            fast = p.apply(p.at(slow, "S", "U", "kappa", second, first), known)
            pieces = (less, wrong), fast, (p.dimension("K"), self.order)
            false = p.implies(wrong, p.le("0 < 0", *pieces, using=heights))
        rise = refute(p, f"{second} < {first}", false)
        fast = p.apply(p.at(slow, "S", "U", "kappa", first, second), p.join(*self.folded, at_most, after[0], rise))
        room, uses = (p.apply(p.at(self.gaps, "S"), less), rise), [*heights, *self.levels]
        return rise, p.le(f"c1*({second} - {first}) <= 3*K*tau^2", room, fast, self.slow, using=uses)
