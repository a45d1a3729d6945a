"""Without folds s goes to -infinity, where c tends to K/(K - m), at a rate that is slowest for the smallest m."""

from collections.abc import Callable
from typing import Any

from proofs.chapters.orthogonal_case.continued_chains import LARGEST, LOW, Continuation, entry, equation, whole
from proofs.chapters.orthogonal_case.fold_chains import SLOPE, gap, positive_whole
from proofs.chapters.orthogonal_case.scalar_chains import refute
from proofs.kernel.proof import Proof
from proofs.kernel.theorems import Theorem

SMALLEST = "(all S: excess[S] = 0 or m[U] <= m[S])"
CONTINUED = f"(all s: s < 0 => {equation('s')})"
C, POWER, INVERSE = "c[S](s)", "ex(s*c[S](s))", "(1/(K - m[S]))"
LACK = f"(K^2*{INVERSE}^2 - {C}^2)"
"""What c^2 lacks of its limit."""
LIMIT = f"sum[S]({entry('S')}*K^2*{INVERSE}^2)"
APART = "0 < c1 and (all T: m[U] < m[T] => c1 <= m[T] - m[U])"
FAR = f"{CONTINUED} and {SMALLEST} and 0 < {entry('U')} and {APART} and s < 0 and 2*K^2 <= (1 - s)*c1"
FACTOR, OWN = "(2*K - s*c1)", "ex(s*c[U](s))"
COST = f"4*K^4*{OWN}"


def without_fold(p: Proof, near: Continuation) -> Theorem:
    """Where the largest multiplicity has no fold the equation holds for all s < 0."""
    ex, size = near.branch.ex, p.at(near.branch.size, "U")
    with p.assuming(f"0 < K - m[U] - m[U]*ex(-2) and {LARGEST}") as at:
        with p.assuming("s < 0") as negative:
            with p.assuming("K*s <= t") as after:
                steep = p.le(f"0 < {SLOPE.format('t', 'U')}", p.take(at, 0), (size, p.at(ex.tangent, "t", "-2")))
                steep = p.every(p.implies(after, steep), "t")
            below = p.le("K*s < 0", (p.dimension("K"), negative))
            everywhere = p.apply(p.at(near.everywhere, "v", "x", "K*s", "U"), p.join(below, steep, p.take(at, 1)))
            large, power = p.at(near.branch.large, "U"), p.at(ex.positive, "K*s")
            low = p.le(f"{LOW.replace('share2', '(K*s)')} <= s", (negative, large), (negative, size, power))
            found = p.apply(p.at(everywhere, "s"), p.join(low, p.le("s <= 1", negative, 1)))
            found = p.every(p.implies(negative, found), "s")
        return p.every(p.implies(at, found), "v", "x", "U")


class FarOut:
    """The limit of the equation, and what is left of it after the limit, at the smallest multiplicity."""

    def __init__(self, p: Proof, near: Continuation, alike: Theorem) -> None:
        self.labels, self.branch, self.ex, self.alike = near.labels, near.branch, near.branch.ex, alike
        p.positive(near.branch.room)
        self.inverse, self.gap = self.inverses(p), gap(p, "m[U] < m[T]", "m[T] - m[U]")
        self.member = self.rates(p)
        self.faster = self.decays(p)

    def inverses(self, p: Proof) -> Theorem:
        """1/(K - m) is positive, at most 1, and at least 1/K."""
        inverse, large = p.reciprocal(p.at(self.branch.room, "S")), p.at(self.branch.large, "S")
        below, above = p.le(f"{INVERSE} <= 1", (inverse, large)), (inverse, p.at(self.branch.size, "S"))
        return p.every(p.join(inverse, below, p.le(f"1 <= K*{INVERSE}", above)), "S")

    def rates(self, p: Proof) -> Theorem:
        """c is at least 1, at most K, and what c^2 lacks of its limit is of the order of exp(s c)."""
        room, size, large = (p.at(x, "S") for x in (self.branch.room, self.branch.size, self.branch.large))
        inverse, most, low = p.parts(p.at(self.inverse, "S"))
        y, dim = f"(K*{INVERSE} - {C})", p.dimension("K")
        with p.assuming("s < 0") as at:
            (positive, solves, _), power = self.branch.at(p, "S", "s"), p.at(self.ex.positive, f"s*{C}")
            small = p.apply(p.at(self.branch.curves.small, f"s*{C}"), p.le(f"s*{C} <= 0", (at, positive)))
            below = self.labels, size, positive, p.take(small, 0)
            one = p.le(f"1 <= {C}", below, using=[(solves, "1/K*?")])
            top = p.le(f"{C}*(K - m[S]) <= K", (positive, size, power), using=[solves])
            most_c = p.le(f"{C} <= K", (positive, large), top)
            decay = p.le(f"{POWER}*(1 - s) <= 1", p.take(small, 1), (power, at, one))
            some = p.le(f"0 <= {y}", (inverse, top))
            made = p.eq(f"{y} = {C}*m[S]*{POWER}*{INVERSE}", (solves, f"{INVERSE}*?"))
            pieces: tuple[tuple[Theorem, ...], ...]
            pieces = (power, dim, most_c), (power, positive, room), (power, positive, size, most)
            less = p.le(f"{y} <= K^2*{POWER}", *pieces, using=[made])
            upper = p.le(f"{LACK} <= 2*K^3*{POWER}", (2, dim, less), (some, most_c), (some, dim, most))
            labels = p.at(self.branch.small, "S")
            pieces = (power, dim, inverse, positive, labels), (power, dim, inverse, one), (power, low)
            more = p.le(f"{POWER} <= K*{y}", *pieces, using=[(made, "K*?")])
            pieces = (more, positive), (more, dim, inverse), (power, one), (power, dim, inverse)
            lower = p.le(f"{POWER} <= K*{LACK}", *pieces)
            nonnegative = p.le(f"0 <= {LACK}", (some, positive), (some, dim, inverse))
            return p.every(p.implies(at, p.join(top, most_c, decay, upper, lower, nonnegative)), "S", "s")

    def at(self, p: Proof, of: str, negative: Theorem) -> list[Theorem]:
        """What is known of c there."""
        known = p.apply(p.at(self.member, of, "s"), negative)
        return [p.take(known, i) for i in range(6)]

    def sums(self, p: Proof, everywhere: Theorem, negative: Theorem) -> Theorem:
        """The equation, for what c^2 lacks of its limit."""
        p.positive(negative)
        none = p.apply(p.at(everywhere, "s"), negative)
        return p.eq(f"sum[S]({entry('S')}*{LACK}) = {LIMIT}", (none, "1/s^2*?"))

    def limit(self, p: Proof, limit: Theorem) -> Theorem:
        """The limit of the sum is not positive."""
        size, dim, square = whole(2, 3), p.dimension("K"), p.square(entry("S"))
        with p.assuming(CONTINUED) as everywhere:
            with p.assuming("s < 0") as at:
                _, _, decay, upper, _, some = self.at(p, "S", at)
                far = p.le("0 <= 1 - s", at, 1)
                bound = p.le(f"{LACK}*(1 - s) <= 2*K^3", (upper, far), (2, dim, dim, dim, decay))
                pieces = bound, (bound, square), ((3, 4), some, far), (some, far, p.square(f"{entry('S')} - 1/2"))
                each = p.le(f"{entry('S')}*{LACK}*(1 - s) <= (1 + ({entry('S')})^2)*2*K^3", *pieces)
                uses = [(self.sums(p, everywhere, at), "(1 - s)*?")]
                sums = p.le(f"{LIMIT}*(1 - s) <= {size}", p.over(p.every(each, "S")), using=uses)
                sums = p.every(p.implies(at, sums), "s")
            with p.assuming(f"0 < {LIMIT}") as wrong:
                with p.assuming("0 < tau and 8*tau <= 1") as steps:
                    step, s = p.take(steps, 0), "1 - 1/tau"
                    bound = p.apply(p.at(sums, s), p.le(f"{s} < 0", (p.reciprocal(step), p.take(steps, 1)), 7))
                    each = p.every(p.implies(steps, p.le(f"{LIMIT} <= ({size})*tau", (step, bound))), "tau")
                known = p.join(wrong, positive_whole(p, 2, 3), each)
                false = p.implies(wrong, p.apply(p.at(limit, LIMIT, size), known))
            return p.every(p.implies(everywhere, refute(p, f"0 < {LIMIT}", false)), "v", "x")

    def decays(self, p: Proof) -> Theorem:
        """Far out exp(s c) is less for a larger multiplicity, by more than any factor."""
        c, dim = "c[U](s)", p.dimension("K")
        with p.supposing("s < 0 and 0 < c1 and c1 <= m[S] - m[U] and 2*K^2 <= (1 - s)*c1") as (
            at,
            negative,
            positive,
            apart,
            far,
        ):
            power, (some, solves, _) = p.at(self.ex.positive, f"s*{C}"), self.branch.at(p, "S", "s")
            (_, most, decay, *_), top = self.at(p, "S", negative), self.at(p, "U", negative)[0]
            room, size, labels = p.at(self.branch.room, "S"), p.at(self.branch.size, "S"), p.at(self.branch.size, "U")
            tiny = p.le(f"2*K^2*{POWER} <= c1", (far, power), (positive, decay))
            pieces = (
                *((2, dim, apart), (2, room, top), (dim, tiny), (2, power, dim, dim, most)),
                *((2, power, dim, some, room), (2, power, labels, some, size)),
            )
            goal = f"K*c1 <= 2*(K - m[S])*(K - m[U])*({C} - {c})"
            between = p.le(goal, *pieces, using=[(solves, "2*(K - m[U])*?")])
            (one, _, low), (two, _, other) = ([p.take(p.at(self.inverse, x), n) for n in range(3)] for x in "SU")
            steps = (dim, one, two, between), (positive, low, dim, two), (positive, other)
            tangent = p.at(self.ex.tangent, f"s*{C}", f"s*{c}")
            less = p.le(f"c1 <= 2*K*({C} - {c})", *steps)
            made = p.le(f"{POWER}*{FACTOR} <= 2*K*{OWN}", (2, dim, tangent), (power, negative, less))
            return p.every(p.implies(at, made), "S", "U", "s", "c1")

    def bounded(self, p: Proof, limit: Theorem) -> Theorem:
        """What the equation says far out."""
        none, dim = self.limit(p, limit), p.dimension("K")
        with p.supposing(FAR) as (at, everywhere, smallest, positive, apart, gaps, negative, far):
            power, factor = p.at(self.ex.positive, "s*c[U](s)"), p.le(f"0 < {FACTOR}", (2, dim), (negative, apart))
            known = factor, positive, (4, power, *[dim] * 4), self.at(p, "S", negative)

            def zero(case: Theorem) -> Theorem:
                zero = p.eq(f"{entry('S')} = 0", (case, "v'*?*x"))
                uses = [(zero, f"{FACTOR}*?*{LACK}"), (zero, f"{COST}*?*({entry('S')})")]
                return p.le(self.GOAL, known[2], using=uses)

            def other(less: Theorem) -> Theorem:
                premise = negative, apart, gaps, far
                return p.by_cases(
                    p.order_cases("m[S]", "m[U]"), self.equal(p, less, known), self.larger(p, premise, known)
                )

            each = p.every(p.by_cases(p.at(smallest, "S"), zero, other), "S")
            part, weight = p.at(p.ledger.part(each), "U"), p.at(p.ledger.weight("sets"), "U")
            below, lower = p.apply(p.at(none, "v", "x"), everywhere), self.at(p, "U", negative)[4]
            sums, inverse, rest = self.sums(p, everywhere, negative), p.reciprocal(power), (4, weight, *[dim] * 5)
            pieces = (
                *((inverse, dim, part), (inverse, dim, factor, below), (inverse, weight, factor, positive, lower)),
                *(rest, (*rest, p.square(entry("U")))),
            )
            goal = f"w[U]*({entry('U')})*{FACTOR} <= {whole(4, 5)}"
            made = p.le(goal, *pieces, using=[(sums, f"K/{OWN}*{FACTOR}*?")])
            return p.every(p.implies(at, made), "v", "x", "U", "s", "c1")

    GOAL = f"0 <= {FACTOR}*({entry('S')})*{LACK} + (1 + ({entry('S')})^2)*{COST}"

    def equal(self, p: Proof, less: Theorem, known: tuple[Any, ...]) -> Callable[[Theorem], Theorem]:
        """At the smallest multiplicity: that of U."""
        factor, positive, full, (*_, some) = known

        def shown(case: Theorem) -> Theorem:
            alike = p.apply(p.at(self.alike, "S", "U"), p.eq("m[S] - m[U] = 0", p.antisymmetry(case, less)))
            pieces = (factor, positive, some), full, (*full, p.square(entry("S")))
            return p.le(self.GOAL, *pieces, using=[(alike, f"{FACTOR}*(v'*?*x)*{LACK}")])

        return shown

    def larger(self, p: Proof, premise: tuple[Theorem, ...], known: tuple[Any, ...]) -> Callable[[Theorem], Theorem]:
        """At a larger one c^2 lacks little."""
        (negative, apart, gaps, far), dim = premise, p.dimension("K")
        factor, _, _, (_, _, _, upper, _, some) = known

        def shown(case: Theorem) -> Theorem:
            at = p.join(negative, apart, p.apply(p.at(gaps, "S"), case), far)
            fast = p.apply(p.at(self.faster, "S", "U", "s", "c1"), at)
            small = p.le(f"{LACK}*{FACTOR} <= {COST}", (upper, factor), (2, dim, dim, dim, fast))
            half = p.square(f"{entry('S')} + 1/2")
            pieces = small, (small, p.square(entry("S"))), ((3, 4), some, factor), (some, factor, half)
            return p.le(self.GOAL, *pieces)

        return shown

    def closed(self, p: Proof, limit: Theorem) -> Theorem:
        """So the smallest multiplicity has no excess."""
        bounded, size, dim = self.bounded(p, limit), whole(4, 5), p.dimension("K")
        weight, value = p.at(p.ledger.weight("sets"), "U"), f"w[U]*({entry('U')})*(c1 + 2*K^2)"
        with p.assuming(f"{CONTINUED} and {SMALLEST}") as at:
            with p.assuming(f"0 < {entry('U')}") as wrong, p.supposing(APART) as (gaps, positive, *_):
                inverse = p.reciprocal(positive)
                with p.assuming("0 < tau and 8*tau <= 1") as steps:
                    step, s = p.take(steps, 0), "(-((1 + 2*K^2*(1/c1))*(1/tau)))"
                    many, less = p.reciprocal(step), p.le("0 <= 1 - tau", (7, step), p.take(steps, 1))
                    negative = p.le(f"{s} < 0", many, (2, dim, dim, inverse, many))
                    pieces = positive, (many, positive), (2, many, dim, dim, less)
                    far = p.le(f"2*K^2 <= (1 - {s})*c1", *pieces)
                    known = p.join(p.take(at, 0), p.take(at, 1), wrong, positive, p.take(gaps, 1), negative, far)
                    bound = p.apply(p.at(bounded, "v", "x", "U", s, "c1"), known)
                    each = p.le(f"{value} <= ({size})*tau", (step, bound), (2, weight, wrong, dim, step))
                    each = p.every(p.implies(steps, each), "tau")
                some = p.le(f"0 < {value}", (weight, wrong, positive), (2, weight, wrong, dim, dim))
                false = p.apply(p.at(limit, value, size), p.join(some, positive_whole(p, 4, 5), each))
                false = p.unpack(p.at(self.gap, "U"), p.implies(gaps, false), "c1")
                made = refute(p, f"0 < {entry('U')}", p.implies(wrong, false))
            return p.every(p.implies(at, made), "v", "x", "U")
