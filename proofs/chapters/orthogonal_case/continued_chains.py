"""The scalars of O1 continued to s < 0, where penalties say nothing: what ETFs near the threshold say holds there."""

from proofs.chapters.orthogonal_case.scalar_chains import ENERGY, Energy, Exponential, Scalars, refute
from proofs.claims.hypotheses import LABEL_SETS, LEAST_ROOT, PAL_CE, PERFECT
from proofs.claims.orthogonal_case import ETFS, EXCESS
from proofs.kernel.proof import Proof
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


def entry(of: str) -> str:
    """A bilinear form of what the second moment at a multiplicity is beyond the balanced one."""
    return f"v'*excess[{of}]*x"


def equation(s: str) -> str:
    """The sum over label sets of these with weights u^2, u = s c, which is zero where there is an ETF."""
    return f"sum[S]({entry('S')}*({s}*c[S]({s}))^2) = 0"


def whole(n: int, power: int) -> str:
    """A multiple of a power of K and of 1 and the squares of the entries, on average."""
    return f"{n}*{'*'.join('K' * power)}*sum[S](1 + ({entry('S')})^2)"


LOW = "share2*(K - m[U] + m[U]*ex(share2))/K"
"""The s at which u is share2 for the multiplicity of U."""
LARGEST = "(all S: excess[S] = 0 or m[S] <= m[U])"
REGULAR = f"share2 < 0 and (all t: share2 <= t => 0 < K - m[U] + m[U]*(1 + t)*ex(t)) and {LARGEST}"


class Curves:
    """What is known of t exp t to the right of -2, where its slope (1 + t) exp t is least."""

    def __init__(self, p: Proof, ex: Exponential) -> None:
        self.ex = ex
        self.small = self.below_one(p)
        self.slopes = self.increasing(p, "<=", "-2 <= t and t <= tau")
        self.strict = self.increasing(p, "<", "-2 < t and t < tau")
        self.tangent = self.above_tangent(p)

    def below_one(self, p: Proof) -> Theorem:
        """The exponential of a negative number is at most 1, and so is exp(t) (1 - t)."""
        with p.assuming("t <= 0") as at:
            one = p.le("ex(t)*(1 - t) <= 1", p.at(self.ex.tangent, "t", "0"), using=[self.ex.one])
            below = p.le("ex(t) <= 1", one, (at, p.at(self.ex.positive, "t")))
            return p.every(p.implies(at, p.join(below, one)), "t")

    def increasing(self, p: Proof, relation: str, where: str) -> Theorem:
        """The slope increases."""
        with p.supposing(where) as (at, low, order):
            up, down = p.at(self.ex.tangent, "t", "tau"), p.at(self.ex.tangent, "tau", "t")
            pieces = (low, up), (low, p.at(self.ex.positive, "t"), order), down
            made = p.implies(at, p.le(f"(1 + t)*ex(t) {relation} (1 + tau)*ex(tau)", *pieces))
            return p.every(made, "t", "tau")

    def quotient(self, p: Proof) -> Theorem:
        """2 (exp s - 1) <= s (exp s + 1) for s >= 0, by the pointwise form of Pinsker's inequality."""
        with p.assuming("0 <= s") as at:
            power, above = p.at(self.ex.positive, "s"), p.at(self.ex.above, "s")
            log, none = (p.take(p.at(self.ex.logs.inverse, x), 1) for x in ("s", "0"))
            premise = p.join(p.le("0 <= ex(s)", power), p.le("0 < 0 + 1", 1))
            pinsker = p.apply(p.axiom("pointwise Pinsker", {}, s="ex(s)", t="0 + 1"), premise)
            nothing = p.eq("log(0 + 1) = 0", (self.ex.one, "log(?)"), none)
            uses = [(log, "(2*ex(s) + 4)*ex(s)*?"), (nothing, "(2*ex(s) + 4)*ex(s)*?")]
            bound = p.le("3*(ex(s) - 1)^2 <= (2*ex(s) + 4)*(s*ex(s) - ex(s) + 1)", pinsker, using=uses)
            inverse = p.reciprocal(p.le("0 < 2*ex(s)^2 + 4*ex(s)", (2, power, power), (4, power)))
            larger, more = p.le("1 <= ex(s)", above, at), p.le("0 < ex(s) + 1", power, 1)
            pieces = (inverse, more, bound), (inverse, larger, p.square("ex(s) - 1"))
            return p.every(p.implies(at, p.le("0 <= (s - 2)*ex(s) + 2 + s", *pieces)), "s")

    def above_tangent(self, p: Proof) -> Theorem:
        """It is above its tangents on the right of where they touch."""
        quotient = self.quotient(p)
        with p.supposing("-2 <= t and t <= tau") as (at, low, order):
            power = p.at(self.ex.positive, "t")
            far = p.apply(p.at(quotient, "tau - t"), p.le("0 <= tau - t", order))
            goal = "(tau - t)*(1 + t)*ex(t) <= tau*ex(tau) - t*ex(t)"
            use = (p.at(self.ex.product, "t", "tau - t"), "tau*?")
            made = p.le(goal, (power, low, p.at(self.ex.above, "tau - t")), (power, far), using=[use])
            return p.every(p.implies(at, made), "t", "tau")


class Branch:
    """The least solution c for every s."""

    def __init__(self, p: Proof, ex: Exponential, curves: Curves) -> None:
        self.ex, self.curves = ex, curves
        self.root = p.says(LEAST_ROOT)
        self.small, self.large = p.says("all S: 1 <= m[S]"), p.says("all S: m[S] <= K - 1")
        self.size = p.le("all S: 0 < m[S]", self.small, 1)
        self.room = p.le("all S: 0 < K - m[S]", self.large, 1)
        self.equal = self.one_scalar(p)

    def at(self, p: Proof, of: str, s: str) -> tuple[Theorem, Theorem, Theorem]:
        """c is positive, solves the equation, and is the least that does."""
        made = p.at(self.root, of, s)
        return p.take(made, 0), p.take(made, 1), p.take(made, 2)

    def one_scalar(self, p: Proof) -> Theorem:
        """Label sets of one multiplicity have one c."""
        found = []
        with p.assuming("m[S] - m[T] = 0") as same:
            for a, b in ("ST", "TS"):
                with p.assuming(f"c[{b}](s) < c[{a}](s)") as wrong:
                    positive, solves, _ = self.at(p, b, "s")
                    least = p.apply(p.at(self.at(p, a, "s")[2], f"c[{b}](s)"), p.join(positive, wrong))
                    use = (same, f"c[{b}](s)*?*(ex(s*c[{b}](s)) - 1)")
                    false = p.implies(wrong, p.le("0 < 0", least, using=[solves, use]))
                found.append(refute(p, f"c[{b}](s) < c[{a}](s)", false))
            made = p.implies(same, p.antisymmetry(*found))
        return p.every(made, "S", "T", "s")


class NearThreshold:
    """What ETFs say at penalties close to the threshold."""

    SCALE, PENALTY = "scale_at(share)", "lambda_W_at(share)*lambda_H_at(share)"
    C, OTHER, DOMAIN = f"c[S]({SCALE})", f"c[T]({SCALE})", "sum[S](m[S]*(K - m[S]))"

    def __init__(self, p: Proof, ex: Exponential, branch: Branch) -> None:
        self.branch = branch
        with p.assuming("0 < s") as at:
            positive, solves, _ = branch.at(p, "S", "s")
            self.solved = p.every(p.implies(at, p.join(positive, solves)), "S", "s")
        self.energy = Energy(p, Scalars(p, ex), self.solved)
        self.weighted = self.etf(p)

    def etf(self, p: Proof) -> Theorem:
        """At one penalty, by O2: the energy is close to the whole, and the excesses with weights c^2 cancel."""
        with p.assuming("0 < share") as at:
            near = p.apply(p.at(p.says(ETFS), "share"), at)
            parts = [p.take(near, i) for i in range(len(near.conclusion) - 1)]
            put = {x: f"{x}_at(share)" for x in ("W", "b", "lambda_W", "lambda_H")}
            put |= {x: f"{x}_at[sets_0](share)" for x in ("h", "r")} | {"lambda": self.PENALTY, "s": self.SCALE}
            penalty = p.eq(f"{self.PENALTY} = {self.PENALTY}")
            moment = p.take(p.met(p.known("O2", **put), *parts, penalty, self.solved), 1)
            with p.assuming(moment.conclusion):
                p.rewrite(*(p.says(x) for x in ("P = I[K] - 1/K*ones*ones'", *self.INDICATOR)))
                energy = p.eq(f"{ENERGY.format(self.SCALE)} = K*(K - 1)*{self.PENALTY}", (moment, "K*tr(?)"))
            excess = self.excess(p, moment, energy)
            goal = f"all v, x: {equation(self.SCALE)}"
            none = p.eq(goal, (excess, f"{self.SCALE}^2*(v'*?*x)"))
            close = p.le(f"{self.DOMAIN} - share < {ENERGY.format(self.SCALE)}", parts[-1], using=[energy])
            return p.every(p.implies(at, p.join(parts[2], close, none)), "share")

    INDICATOR = tuple(text.replace(":=", "=") for text in LABEL_SETS)

    def excess(self, p: Proof, moment: Theorem, energy: Theorem) -> Theorem:
        """The second moments with weights c^2 are balanced."""
        apart = "(K*(K - 1)*P*y[{0}]*y[{0}]'*P - m[{0}]*(K - m[{0}])*P)"
        (symmetric, one), other = (p.says(text) for text in PERFECT[1:3]), apart.format("T")
        return p.eq(
            f"sum[S]({self.C}^2*excess[S]) = 0",
            (p.says(EXCESS), f"sum[S]({self.C}^2*?[S])"),
            (symmetric, f"sum[S](sum[T](?[S, T]*{self.C}^2*{other}))"),
            (self.where_conditional(p), f"sum[S](sum[T](?[T, S]*({self.C} + {self.OTHER})*{other}))"),
            (one, f"sum[S](?[S]*{self.C}^2*{apart.format('S')})"),
            (moment, "K*(K - 1)*?"),
            (energy, "?*P"),
        )

    def where_conditional(self, p: Proof) -> Theorem:
        """The expectation given the multiplicity takes c out."""
        goal, found = f"cond[S, T]*({self.C} - {self.OTHER}) = 0", []
        with p.assuming("m[S] - m[T] = 0") as equal:
            one = p.apply(p.at(self.branch.equal, "S", "T", self.SCALE), equal)
            found.append(p.implies(equal, p.eq(goal, (one, "cond[S, T]*?"))))
        with p.assuming("m[S] - m[T] = 0 => false") as apart:
            p.nonzeros.append(p.ledger.nonzero(apart))
            none = p.eq(goal, (p.says(PERFECT[0]), f"({self.C} - {self.OTHER})*(1/(m[S] - m[T]))*?[S, T]"))
            found.append(p.implies(apart, none))
        return p.every(p.cases(p.ledger.middle(equal.conclusion), *found), "S", "T")

    def accumulate(self, p: Proof) -> Theorem:
        """There are zeros as close to s = 0 as one likes: a larger s has less energy."""
        half, energy, share = "(1/2*t)", self.energy, p.at(self.energy.share, "S")
        with p.assuming("0 < t") as at:
            some = p.le(f"0 < {half}", ((1, 2), at))
            less, positive = p.take(energy.bounds(p, half, some), 0), energy.at(p, half, some)[0]
            term = "m[S]*(K - m[S])"
            each = p.le(f"c[S]({half})^2*({term}) < {term}", (share, less), (share, less, positive))
            room = f"{self.DOMAIN} - {ENERGY.format(half)}"
            known = p.apply(p.at(self.weighted, room), p.le(f"0 < {room}", p.over(p.every(each, "S"))))
            (scale, close, none), s = (p.take(known, i) for i in range(3)), f"scale_at({room})"
            with p.assuming(f"{half} < {s}") as wrong:
                falls = p.apply(p.at(energy.falls, half, s), p.join(some, wrong))
                false = p.implies(wrong, p.le("0 < 0", falls, close))
            below = p.le(f"{s} < 0 + t", refute(p, f"{half} < {s}", false), ((1, 2), at))
            goal = p.formula(f"some tau: 0 < tau and tau < 0 + t and {equation('tau')}")
            made = p.witness(p.join(scale, below, p.at(none, "v", "x")), goal, s)
            return p.every(p.implies(at, made), "v", "x", "t")


class Continuation:
    """The equation holds for s < 0 too, as far as c has no fold."""

    def __init__(self, p: Proof, branch: Branch, near: Theorem) -> None:
        self.branch, self.near = branch, near
        self.labels = p.reciprocal(p.dimension("K"))
        self.above = self.above_level(p)
        self.everywhere = self.continued(p)

    def continued(self, p: Proof) -> Theorem:
        """By the identity theorem for the inverse functions u."""
        with p.supposing(REGULAR) as (at, level, slope, largest):
            put = {"fun": "arg_0*c[sets_0](arg_0)", "rate": entry("sets_0"), "p": "0", "q": "1 - m[sets_0]/K", "a": "0"}
            put |= {"b": "m[sets_0]/K", "level": "share2", "lower": LOW, "upper": "1", "s": "0"}
            cited = p.axiom("identity theorem", {}, **put)
            either = instantiate(cited.conclusion[1][4][2], "S")

            def none(case: Theorem) -> Theorem:
                return p.ledger.choose(p.eq(f"{entry('S')} = 0", (case, "v'*?*x")), either)

            def some(case: Theorem) -> Theorem:
                inverse = p.join(self.increasing(p, slope, case), self.inverse(p, level, case))
                return p.ledger.choose(inverse, either)

            member = p.every(p.by_cases(p.at(largest, "S"), none, some), "S")
            low, one = p.le(f"{LOW} <= 0", self.negative(p, "share2", level)), p.le("0 < 1", 1)
            found = p.apply(cited, p.join(p.says(PAL_CE[0]), low, one, member, p.at(self.near, "v", "x")))
            return p.every(p.implies(at, found), "v", "x", "share2", "U")

    def negative(self, p: Proof, level: str, below: Theorem) -> Theorem:
        """The s of a negative level is negative."""
        room, size = p.at(self.branch.room, "U"), p.at(self.branch.size, "U")
        pieces = (self.labels, below, room), (self.labels, below, size, p.at(self.branch.ex.positive, level))
        return p.le(f"{LOW.replace('share2', level)} < 0", *pieces)

    def increasing(self, p: Proof, slope: Theorem, less: Theorem) -> Theorem:
        """u (1 - m/K + m/K exp u) has a positive slope."""
        branch = self.branch
        room, size, power = p.at(branch.room, "S"), p.at(branch.size, "S"), p.at(branch.ex.positive, "t")
        goal = "0 < (1 - m[S]/K) + (0 + (m[S]/K) + (m[S]/K)*t)*ex(t)"
        with p.assuming("share2 <= t") as above:
            steep = p.apply(p.at(slope, "t"), above)

            def right(case: Theorem) -> Theorem:
                return p.le(goal, (self.labels, room), (self.labels, size, power), (self.labels, size, case, power))

            def left(case: Theorem) -> Theorem:
                one = p.take(p.apply(p.at(branch.curves.small, "t"), p.le("t <= 0", case)), 1)
                return p.le(goal, (self.labels, steep), (self.labels, less, one), (2, self.labels, less, case, power))

            return p.every(p.implies(above, p.by_cases(p.order_cases("0", "t"), right, left)), "t")

    def inverse(self, p: Proof, level: Theorem, less: Theorem) -> Theorem:
        """u = s c is its inverse function, and not below the level."""
        with p.assuming(f"{LOW} <= t and t <= 1") as between:
            positive, solves, _ = self.branch.at(p, "S", "t")

            def after(case: Theorem) -> Theorem:
                return p.le("share2 <= t*c[S](t)", level, (case, positive))

            def before(case: Theorem) -> Theorem:
                known = p.join(level, less, p.take(between, 0), case)
                return p.apply(p.at(self.above, "S", "U", "share2", "t"), known)

            above, u = p.by_cases(p.order_cases("0", "t"), after, before), "(t*c[S](t))"
            met = p.eq(f"0 + (1 - m[S]/K)*{u} + (0 + (m[S]/K)*{u})*ex({u}) = t", (solves, "t/K*?"))
            return p.every(p.implies(between, p.join(above, met)), "t")

    def above_level(self, p: Proof) -> Theorem:
        """u is not below the level, as c is the least solution."""
        with p.supposing(f"share2 < 0 and m[S] <= m[U] and {LOW} <= t and t < 0") as (at, level, less, low, negative):
            inverse, value = p.reciprocal(p.le("0 < -t", negative)), "(-share2)*(1/(-t))"
            least = self.branch.at(p, "S", "t")[2]
            small = p.take(p.apply(p.at(self.branch.curves.small, "share2"), p.le("share2 <= 0", level)), 0)
            with p.assuming("t*c[S](t) < share2") as wrong:
                before = p.join(p.le(f"0 < {value}", (level, inverse)), p.le(f"{value} < c[S](t)", (inverse, wrong)))
                below = p.apply(p.at(least, value), before)
                pieces = (negative, below), (p.dimension("K"), low), (level, less, small)
                false = p.implies(wrong, p.le("0 < 0", *pieces))
            return p.every(p.implies(at, refute(p, "t*c[S](t) < share2", false)), "S", "U", "share2", "t")
