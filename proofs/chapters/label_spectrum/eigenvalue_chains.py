"""S8 and S13, closed: lower bounds on the weakest contrast."""

from collections.abc import Callable

from proofs.chapters.label_spectrum.label_spectrum_chains import flat_by_exchange
from proofs.claims.label_spectrum import ALL_SETS, DISCS, OVERLAP, POWER, SPECTRAL, TRACE_DETERMINANT
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

Never = Callable[[tuple[Theorem, ...]], Theorem]
"""What is absurd, from what is said of a number."""

OTHERS = "(K - 2)"
MEAN, SQUARES = "sum[p](level[p])", "sum[p](level[p]^2)"


@closes("S8")
def lower_bounds(p: Proof) -> None:
    """S8: what a uniform part leaves adds energy; sums of squares; means of logarithms; variance of eigenvalues."""
    p.reciprocal(p.le("0 < K - 1", 1, p.says("2 <= K")))
    p.done(p.join(minorization(p), discs(p), of_trace(p), overlap(p)))


def at_weakest(p: Proof, shown: Callable[[Theorem, Theorem, Theorem], Theorem]) -> Theorem:
    """What is shown of the weakest contrast."""
    attained = p.says("some x: ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa")
    with p.assuming("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa") as at:
        found = p.implies(at, shown(p.take(at, 0), p.take(at, 1), p.take(at, 2)))
    return p.unpack(attained, found, "x")


def minorization(p: Proof) -> Theorem:
    """S8a: what weights exceed the least one by has nonnegative energy."""
    with p.assuming(" and ".join(f"({x})" for x in ALL_SETS)) as case:
        symmetric, once, moves, least, count, first, second, one, _ = (p.take(case, i) for i in range(len(ALL_SETS)))
        weight = p.ledger.weight("sets")
        p.positive(weight)
        p.positive(p.le("0 < size", one, 1))
        flat = flat_by_exchange(p, (symmetric, once, moves), "1/w[{0}]", count, "all_sets")
        number = p.eq("all_sets*kbar = with_one_of_two", (second, "1/(K - 1)*?"), (first, "(K - size)/(K*(K - 1))*?"))
        inverse = p.every(p.reciprocal(p.at(weight, "S")), "S")
        rest = p.le("all S: 0 <= 1 - least*(1/w[S])", (inverse, least))

        def shown(contrast: Theorem, unit: Theorem, energy: Theorem) -> Theorem:
            square = p.square("all S: y[S]'*P*x")
            parts = p.over(p.le("all S: 0 <= (1 - least*(1/w[S]))*(y[S]'*P*x)^2", (rest, square)))
            uses: list[Used] = [
                energy,
                (flat, "least*(x'*?*x)"),
                (number, "least*?*x'*P*x"),
                (unit, "least*with_one_of_two*?"),
            ]
            return p.le(
                "with_one_of_two*least <= kappa", parts, using=[*uses, (contrast, "least*with_one_of_two/K*?^2")]
            )

        return p.implies(case, at_weakest(p, shown))


def discs(p: Proof) -> Theorem:
    """S8b: contrasts do not see the shift, and each entry off the diagonal is paid for by its row and its column."""
    with p.supposing(" and ".join(f"({x})" for x in DISCS)) as (case, off, near, disc):
        below, above = (p.every(p.take(p.at(near, "j", "k"), i), "j", "k") for i in range(2))
        same = p.eq("all j, k: e[k]'*Off*e[j] = e[j]'*Off*e[k]", (off, "e[k]'*?*e[j]", "e[j]'*?*e[k]"))
        entry, one, two = "(e[j]'*Off*e[k])", "(e[j]'*x)", "(e[k]'*x)"
        goal, half = f"0 <= {entry}*{one}*{two} + 1/2*near[j, k]*{two}^2 + 1/2*near[k, j]*{one}^2", (1, 2)
        squares = p.square("e[j]'*x"), p.square("e[k]'*x")

        def positive(sign: Theorem) -> Theorem:
            pieces = (half, (above, ("j", "k")), squares[1]), (half, (above, ("k", "j")), squares[0])
            return p.le(goal, *pieces, (half, sign, p.square(f"{one} + {two}")), using=[(same, f"1/2*{one}^2*?[j, k]")])

        def negative(sign: Theorem) -> Theorem:
            pieces = (half, (below, ("j", "k")), squares[1]), (half, (below, ("k", "j")), squares[0])
            return p.le(goal, *pieces, (half, sign, p.square(f"{one} - {two}")), using=[(same, f"1/2*{one}^2*?[j, k]")])

        paid = p.over(p.every(p.by_cases(p.order_cases("0", entry), positive, negative), "k"))
        paid = p.over(p.every(paid, "j"))
        rest = p.over(
            p.le(
                "all k: 0 <= (e[k]'*(M - t*ones*ones')*e[k] - sum[j](near[j, k]) - disc)*(e[k]'*x)^2",
                (disc, p.square("all k: e[k]'*x")),
            )
        )

        def shown(contrast: Theorem, unit: Theorem, energy: Theorem) -> Theorem:
            uses: list[Used] = [energy, (unit, "disc*?"), (off, "x'*?*x"), (contrast, "t*(x'*ones)*?")]
            uses += [(contrast, "1/K*(x'*M*ones)*?"), (contrast, "1/K*?*(ones'*M*P*x)")]
            return p.le("disc <= kappa", paid, rest, using=uses)

        return p.implies(case, at_weakest(p, shown))


class Spectrum:
    """K - 2 is positive, and what the eigenvalues and their squares add up to."""

    def __init__(self, p: Proof, known: tuple[Theorem, ...]) -> None:
        self.p, (basis, low, others) = p, known
        unit, weakest = p.take(low, 0), p.take(low, 1)
        units, vectors, self.above, self.even = (p.every(p.take(p.at(others, "p"), i), "p") for i in range(4))
        weight = p.ledger.weight("parts")

        def none(few: Theorem) -> Theorem:
            less = p.le("0 < 0", 1, (few, p.at(weight, "p")), using=[p.at(self.even, "p")])
            return p.absurd(f"0 < {OTHERS}", less)

        self.room = p.by_cases(p.order_cases(OTHERS, "0"), none, lambda many: many)
        self.share = p.reciprocal(self.room)
        self.trace = p.eq(
            f"tr(Sigma) = kappa + {OTHERS}*{MEAN}",
            *((basis, "tr(Sigma*?)"), (weakest, "low'*?"), (unit, "kappa*?")),
            *((vectors, f"{OTHERS}*sum[p](q[p]'*?[p])"), (units, f"{OTHERS}*sum[p](level[p]*?[p])")),
        )
        self.squares = p.eq(
            f"tr(Sigma*Sigma) = kappa^2 + {OTHERS}*{SQUARES}",
            *((basis, "tr(Sigma*Sigma*?)"), (weakest, "low'*Sigma*?", "kappa*low'*?"), (unit, "kappa^2*?")),
            (vectors, f"{OTHERS}*sum[p](q[p]'*Sigma*?[p])", f"{OTHERS}*sum[p](level[p]*q[p]'*?[p])"),
            (units, f"{OTHERS}*sum[p](level[p]^2*?[p])"),
        )

    def means(self, positive: Theorem) -> tuple[Theorem, Theorem]:
        """The mean of the logarithms of the others is at most the logarithm of their mean, which is positive."""
        p = self.p
        each = p.le("all p: 0 < level[p]", positive, self.above)
        mean = p.le(f"0 < {MEAN}", p.over(each))
        ratio = f"(level[p]*(1/{MEAN}))"
        some = p.le(f"0 < {ratio}", (p.at(each, "p"), p.reciprocal(mean)))
        below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), some), 0)
        split = log_of_product(p, MEAN, ratio, mean, some)
        same = p.eq(f"{MEAN}*{ratio} = level[p]")
        bound = p.le(f"log(level[p]) <= log({MEAN}) + {ratio} - 1", below, using=[split, (same, "log(?)")])
        return p.le(f"sum[p](log(level[p])) <= log({MEAN})", p.over(p.every(bound, "p"))), mean


def log_of_product(p: Proof, s: str, t: str, *positive: Theorem) -> Theorem:
    """log(s t) = log s + log t."""
    return p.apply(p.axiom("logarithm of a product", {}, s=s, t=t), p.join(*positive))


def larger_log(p: Proof, a: str, b: str, positive: Theorem, larger: Theorem, apart: Theorem) -> Theorem:
    """From a <= b to log a <= log b, and from a < b to log a < log b."""
    ratio, relation = f"({a})*(1/({b}))", apart.conclusion[0]
    inverse = p.reciprocal(larger)
    some = p.le(f"0 < {ratio}", (positive, inverse))
    below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), some), 0)
    split, same = log_of_product(p, ratio, b, some, larger), p.eq(f"{ratio}*({b}) = {a}")
    return p.le(f"log({a}) {relation} log({b})", below, (apart, inverse), using=[split, (same, "log(?)")])


def smaller(p: Proof, a: str, b: str, positive: Theorem, other: Theorem, logs: Theorem) -> Theorem:
    """From log a <= log b to a <= b."""

    def never(wrong: Theorem) -> Theorem:
        return p.absurd(f"{a} <= {b}", p.le("0 < 0", logs, larger_log(p, b, a, other, positive, wrong)))

    return p.by_cases(p.order_cases(a, b), lambda right: right, never)


def of_trace(p: Proof) -> Theorem:
    """S8c: log det is at most log kappa and K - 2 times the logarithm of the mean of the others."""
    with p.assuming(" and ".join(f"({x})" for x in (*SPECTRAL, "trace = tr(Sigma)", TRACE_DETERMINANT))) as case:
        spectrum = Spectrum(p, tuple(p.take(case, i) for i in range(3)))
        sums = p.eq(f"trace = kappa + {OTHERS}*{MEAN}", p.take(case, 3), spectrum.trace)

        def without(none: Theorem) -> Theorem:
            return p.le("bound <= kappa", using=[p.take(none, 0), p.take(none, 1)])

        def some(parts: Theorem) -> Theorem:
            positive, _, det, more, bound = p.parts(parts)
            logs, mean = spectrum.means(positive)
            whole = p.le("0 < trace", positive, (spectrum.room, mean), using=[sums])
            part = p.le(f"0 < {OTHERS}*{MEAN}", (spectrum.room, mean))
            less = p.le(f"{OTHERS}*{MEAN} <= trace", positive, using=[sums])
            above = larger_log(p, f"{OTHERS}*{MEAN}", "trace", part, whole, less)
            split = log_of_product(p, OTHERS, MEAN, spectrum.room, mean)
            pieces = (spectrum.room, logs), (spectrum.room, above)
            last = p.le("log(bound) <= log(kappa)", *pieces, using=[det, bound, (split, f"{OTHERS}*?")])
            return smaller(p, "bound", "kappa", more, positive, last)

        return p.implies(case, p.by_cases(p.take(case, 4), without, some))


def overlap(p: Proof) -> Theorem:
    """S8d: the variance of the eigenvalues, which is that of the overlap, is made up by all others or by one."""
    with p.assuming(" and ".join(f"({x})" for x in (*SPECTRAL, *OVERLAP))) as case:
        spectrum = Spectrum(p, tuple(p.take(case, i) for i in range(3)))
        spread, moment, root, others = (p.take(case, i) for i in range(3, 7))
        mean = p.eq(f"(K - 1)*kbar = kappa + {OTHERS}*{MEAN}", spectrum.trace)
        squares = p.eq(f"(K - 1)*(s^2 + kbar^2) = kappa^2 + {OTHERS}*{SQUARES}", moment, spectrum.squares)
        labels = p.reciprocal(p.le("0 < K - 1", spectrum.room, 1))
        uses = [
            (squares, f"{OTHERS}/(K - 1)*?"),
            (mean, f"1/(K - 1)*((K - 1)*kbar + kappa + {OTHERS}*{MEAN})*?"),
            (mean, "2*kappa/(K - 1)*?"),
        ]
        variance = p.over(p.square(f"all p: level[p] - {MEAN}"))
        lower = p.le(f"(kbar - kappa)^2 <= {OTHERS}*s^2", (spectrum.room, spectrum.room, labels, variance), using=uses)
        apart = "(level[p] - kappa)"
        some = p.le(f"all p: 0 <= {apart[1:-1]}", spectrum.above)
        part = p.ledger.fact("part", p.formula(f"all p: w[p]*{apart} <= sum[p]{apart}"), some)
        each = p.le(
            f"all p: {apart}^2 <= {apart}*({OTHERS}*sum[p]{apart})",
            (spectrum.room, some, part),
            using=[(spectrum.even, f"{apart}^2*?[p]")],
        )
        uses = [
            (squares, "1/(K - 1)*?"),
            (mean, f"1/(K - 1)*((K - 1)*kbar + kappa + {OTHERS}*{MEAN})*?"),
            (mean, f"2*{OTHERS}*kappa/(K - 1)*?"),
        ]
        upper = p.le(f"s^2 <= {OTHERS}*(kbar - kappa)^2", (spectrum.room, labels, p.over(each)), using=uses)
        above = p.le("0 <= kbar - kappa", (spectrum.room, labels, p.over(some)), using=[(mean, "1/(K - 1)*?")])
        return p.implies(case, roots(p, spectrum, (spread, root, others), (lower, upper, above)))


def roots(p: Proof, spectrum: Spectrum, known: tuple[Theorem, ...], bounds: tuple[Theorem, ...]) -> Theorem:
    """The roots may be taken because kappa is below the mean."""
    (spread, root, others), (lower, upper, above) = known, bounds

    def flat(none: Theorem) -> Theorem:
        less = p.le("0 < 0", spectrum.room, (root, none), using=[others])
        return p.absurd("0 < root", less)

    positive = p.by_cases(p.order_cases("root", "0"), flat, lambda some: some)
    p.reciprocal(positive)

    def far(wrong: Theorem) -> Theorem:
        product = p.le("0 <= s*root", (spread, root))
        less = p.le("0 < 0", lower, (wrong, wrong), (2, product, wrong), using=[(others, "s^2*?")])
        return p.absurd("kbar - s*root <= kappa", less)

    def near(wrong: Theorem) -> Theorem:
        product = p.le("0 <= root*(kbar - kappa)", (root, above))
        apart = p.le("0 < s - root*(kbar - kappa)", (positive, wrong))
        less = p.le("0 < 0", upper, (apart, apart), (2, product, apart), using=[(others, "(kbar - kappa)^2*?")])
        return p.absurd("kappa <= kbar - s/root", less)

    first = p.by_cases(p.order_cases("kbar - s*root", "kappa"), lambda right: right, far)
    return p.join(first, p.by_cases(p.order_cases("kappa", "kbar - s/root"), lambda right: right, near))


@closes("S13")
def trace_and_determinant(p: Proof) -> None:
    """S13: S8c with what is known of kappa left out of the trace; the bounds that follow increase to a fixed point."""
    spectrum = Spectrum(p, tuple(p.says(x) for x in SPECTRAL))
    positive, det, phi = p.says("0 < kappa"), p.given[-2], p.says(POWER)
    sums = p.eq(f"trace = kappa + {OTHERS}*{MEAN}", p.says("trace = tr(Sigma)"), spectrum.trace)
    logs, mean = spectrum.means(positive)
    room = p.le("kappa < trace", (spectrum.room, mean), using=[sums])
    powers = Powers(p, spectrum, phi, room)
    p.done(
        p.join(
            below(p, powers, positive, (det, logs, mean, sums)),
            powers.rising(),
            powers.fixed(),
            powers.limit(),
            best(p, powers, spectrum, sums),
        )
    )


class Powers:
    """The bound phi(t) that a known lower bound t gives."""

    def __init__(self, p: Proof, spectrum: Spectrum, phi: Theorem, room: Theorem) -> None:
        self.p, self.others, self.share, self.phi, self.room = p, spectrum.room, spectrum.share, phi, room

    def at(self, t: str, *known: Theorem) -> tuple[Theorem, Theorem]:
        """That it is positive, and its logarithm."""
        made = self.p.apply(self.p.at(self.phi, t), self.p.join(*known))
        return self.p.take(made, 0), self.p.take(made, 1)

    def rising(self) -> Theorem:
        """phi(s) <= phi(t) for s <= t."""
        p = self.p
        with p.supposing("0 <= s and s <= t and t < trace") as (at, least, apart, most):
            made = p.implies(at, self.order(least, apart, most))
        return p.every(made, "s", "t")

    def order(self, least: Theorem, apart: Theorem, most: Theorem) -> Theorem:
        """The same for s and t of one's own."""
        p = self.p
        one, two = self.at("s", least, p.le("s < trace", apart, most)), self.at("t", p.le("0 <= t", least, apart), most)
        rest = p.le("0 < trace - t", most)
        log = larger_log(
            p, "trace - t", "trace - s", rest, p.le("0 < trace - s", rest, apart), p.le("trace - t <= trace - s", apart)
        )
        logs = p.le("log(phi(s)) <= log(phi(t))", (self.others, log), using=[one[1], two[1]])
        return smaller(p, "phi(s)", "phi(t)", one[0], two[0], logs)

    def fixed(self) -> Theorem:
        """phi(t) = t is the equation, whose logarithm it is."""
        p = self.p
        equation = f"log(t) + {OTHERS}*log(trace - t) = {OTHERS}*log({OTHERS}) + log(det)"
        with p.supposing("0 < t and t < trace") as (at, some, most):
            positive, log = self.at("t", p.le("0 <= t", some), most)
            with p.assuming("phi(t) = t") as same:
                forth = p.implies(same, p.eq(equation, log, (same, "log(?)")))
            with p.assuming(equation) as equal:
                equal_logs = p.eq("log(phi(t)) = log(t)", log, equal)
                ends = ("phi(t)", "t", positive, some), ("t", "phi(t)", some, positive)
                order = [p.le(f"log({a}) <= log({b})", using=[equal_logs]) for a, b, *_ in ends]
                made = [smaller(p, *texts, logs) for texts, logs in zip(ends, order, strict=True)]
                back = p.implies(equal, p.antisymmetry(*made))
            made_all = p.implies(at, p.both(forth, back))
        return p.every(made_all, "t")

    def limit(self) -> Theorem:
        """Where the bounds have a limit it is a fixed point: phi is increasing, and continuous by a tangent."""
        p = self.p
        with p.supposing(instantiate(p.goal[4][2], ("l", "t", (), ()))[1]) as (case, some, most, near):
            inside, weak = p.le("t < trace", most, self.room), p.le("0 <= t", some)
            value, log = self.at("t", weak, inside)
            rest = p.le("0 < trace - t", inside)
            share = p.reciprocal(rest)

            def not_below(wrong: Theorem) -> Theorem:
                def never(at: tuple[Theorem, ...]) -> Theorem:
                    close, apart, least, grows, _ = at
                    return p.le("0 < 0", close, grows, self.order(least, apart, inside))

                return self.close("t - phi(t)", "t <= phi(t)", (near, p.le("0 < t - phi(t)", wrong)), never)

            def not_above(wrong: Theorem) -> Theorem:
                gap = "(log(phi(t)) - log(t))"
                drop = larger_log(p, "t", "phi(t)", some, value, wrong)
                eps = f"{gap}*(trace - t)*(1/{OTHERS})"

                def never(at: tuple[Theorem, ...]) -> Theorem:
                    close, apart, least, _, stays = at
                    one, own = self.at("s", least, p.le("s < trace", apart, inside))
                    logs = larger_log(p, "phi(s)", "t", one, some, stays)
                    ratio, far = "((trace - s)*(1/(trace - t)))", p.le("0 < trace - s", rest, apart)
                    up = p.le(f"0 < {ratio}", (far, share))
                    tangent = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), up), 0)
                    split = log_of_product(p, ratio, "trace - t", up, rest)
                    same = p.eq(f"{ratio}*(trace - t) = trace - s")
                    return p.le(
                        "0 < 0",
                        *(logs, (self.others, tangent), (self.others, share, close)),
                        using=[log, own, (split, f"{OTHERS}*?"), (same, f"{OTHERS}*log(?)")],
                    )

                return self.close(eps, "phi(t) <= t", (near, p.le(f"0 < {eps}", (drop, rest, self.share))), never)

            up = p.by_cases(p.order_cases("t", "phi(t)"), lambda right: right, not_below)
            down = p.by_cases(p.order_cases("phi(t)", "t"), lambda right: right, not_above)
            made = p.implies(case, p.antisymmetry(down, up))
        return p.every(made, "t")

    def close(self, eps: str, goal: str, known: tuple[Theorem, Theorem], never: Never) -> Theorem:
        """What is within eps of the limit is absurd."""
        p, (near, positive) = self.p, known
        found = p.apply(p.at(near, eps), positive)
        with p.assuming(instantiate(found.conclusion[2], ("l", "s", (), ()))) as at:
            made = p.implies(at, p.absurd(goal, never(tuple(p.take(at, i) for i in range(5)))))
        return p.unpack(found, made, "s")


def below(p: Proof, powers: Powers, positive: Theorem, known: tuple[Theorem, ...]) -> Theorem:
    """S8c with trace - t for the trace."""
    det, logs, mean, sums = known
    with p.supposing("0 <= t and t <= kappa") as (at, least, most):
        inside = p.le("t < trace", most, powers.room)
        value, log = powers.at("t", least, inside)
        part = p.le(f"0 < {OTHERS}*{MEAN}", (powers.others, mean))
        split = log_of_product(p, OTHERS, MEAN, powers.others, mean)
        less = p.le(f"{OTHERS}*{MEAN} <= trace - t", most, using=[sums])
        above = larger_log(p, f"{OTHERS}*{MEAN}", "trace - t", part, p.le("0 < trace - t", inside), less)
        pieces = (powers.others, logs), (powers.others, above)
        last = p.le("log(phi(t)) <= log(kappa)", *pieces, using=[p.take(det, 1), log, (split, f"{OTHERS}*?")])
        made = p.implies(at, smaller(p, "phi(t)", "kappa", value, positive, last))
    return p.every(made, "t")


def best(p: Proof, powers: Powers, spectrum: Spectrum, sums: Theorem) -> Theorem:
    """At a fixed point t and K - 2 times the mean of what is left have the trace and the determinant."""
    other = f"(trace - t)*(1/{OTHERS})"
    with p.supposing("0 < t and t <= kappa and phi(t) = t") as (at, some, most, same):
        inside = p.le("t < trace", most, powers.room)
        _, log = powers.at("t", p.le("0 <= t", some), inside)
        mean = p.le(f"kappa <= {MEAN}", p.over(spectrum.above))
        share = powers.share
        apart = p.le(f"t <= {other}", (share, most), most, mean, using=[(sums, f"1/{OTHERS}*?")])
        left = p.le(f"0 < {other}", (share, p.le("0 < trace - t", inside)))
        whole = p.eq(f"t + {OTHERS}*({other}) = trace")
        split = log_of_product(p, OTHERS, other, powers.others, left)
        product = p.eq(f"{OTHERS}*({other}) = trace - t")
        logs = p.eq(
            f"log(t) + {OTHERS}*log({other}) = log(det)",
            *(log, (same, "log(?)"), (split, f"{OTHERS}*?"), (product, f"{OTHERS}*log(?)")),
        )
        found = p.witness(p.join(apart, whole, left, logs), instantiate(p.goal[5][2], ("l", "t", (), ()))[2], other)
        made = p.implies(at, found)
    return p.every(made, "t")
