"""B5e, closed: the sign vectors of two labels have one of two directions, each of which is a problem of its own."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, Optimum, TwoValued
from proofs.claims.closed_form_formulas import OF_TWO, VALUE_OF_TWO
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

SIGNS = "(2*y[S] - ones)"
SIZE = "(c1*agree[S] + c2*(1 - agree[S]))"
BOTH, APART = "(1/2*ones*ones')", "(I[K] - 1/2*ones*ones')"
MOMENT = f"(c1^2*(1 + rho)*{BOTH} + c2^2*(1 - rho)*{APART})"
ODDS = "(log(1 - {0}) - log({0}))"


@closes("B5e")
def two_labels(p: Proof) -> None:
    """B5e: the square of a sign vector is one of two orthogonal matrices, which residuals and classifier combine."""
    p.positive(p.le("0 < lambda", (p.given[0], p.given[1])))
    label = Label(p)
    signs = Signs(p, label)
    point = Point(p, label, signs)
    p.done(p.join(signs.either, signs.says(p), *point.optimal(p)))


class Signs:
    """Label sets agree or not, and the square of a sign vector is one of two matrices."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.agree, self.apart = p.says("all S: agree[S] = (m[S] - 1)^2"), p.says(LABELS_APART[0])
        same, sum_ = "(e[j]'*e[k])", "(e[j] + e[k] - ones)"
        idempotent = p.eq(f"{same}^2 = {same}", (self.apart, "?[j, k]'*e[k]"))
        other = f"((1 - {same})*{sum_})"
        none = p.null(other, p.le(f"{other}'*{other} <= 0", using=[(idempotent, f"(2*{same} - 2)*?")]))
        sign, sign2 = "(2*(e[j]'*y[S]) - 1)", "(2*(e[k]'*y[S]) - 1)"
        equal = p.eq(
            f"(m[S] - 1)*({sign} - {sign2}) = 0",
            *((none, f"1/2*({sign} - {sign2})*{SIGNS}'*?"), (self.apart, "(m[S] - 1)*2*(?[j, k]'*y[S])")),
        )
        mean = p.eq(f"(m[S] - 1)*{sign2} = agree[S]", (p.every(equal, "j"), "1/2*sum[j](?[j])"), (self.agree, "?[S]"))
        cube = p.eq(
            "agree[S]*(m[S] - 1) = m[S] - 1", (mean, f"{sign2}*?", "(m[S] - 1)*?"), (self.agree, f"{sign2}*?[S]")
        )
        idem = p.every(p.eq("agree[S]^2 = agree[S]", (cube, "(m[S] - 1)*?"), (self.agree, "(agree[S] - 1)*?[S]")), "S")
        self.mean, self.cube = p.every(mean, "S", "k"), p.every(cube, "S")
        p.rewrite(idem)
        self.idempotent = idem
        self.either = p.every(p.take(p.apply(p.at(label.affine, "c2", "c1", "agree[S]"), p.at(idem, "S")), 1), "S")
        self.signs = p.eq(
            f"all S: agree[S]*{SIGNS} = (m[S] - 1)*ones",
            *((self.mean, "(m[S] - 1)*sum[k](?[S, k]*e[k])"), (self.agree, f"?[S]*{SIGNS}"), (self.cube, "?[S]*ones")),
        )
        pair = p.eq(
            f"{sign}*{sign2} = {same} + (1 - {same})*(2*agree[S] - 1)",
            *((none, f"1/2*({sign} + {sign2} + 2*(m[S] - 1))*{SIGNS}'*?"), (self.agree, f"2*(1 - {same})*?[S]")),
            (self.apart, f"2*(?[j, k]'*y[S])*{sign2}"),
        )
        self.outer = p.eq(
            f"all S: {SIGNS}*{SIGNS}' = (2*agree[S] - 1)*(ones*ones') + 2*(1 - agree[S])*I[K]",
            (p.every(pair, "S", "j", "k"), "sum[j](sum[k](?[S, j, k]*(e[j]*e[k]')))"),
        )
        self.none = none

    def says(self, p: Proof) -> Theorem:
        """What it means that labels agree."""
        same = "(1 - agree[S])*(1 - e[j]'*e[k])*(e[j]'*y[S] + e[k]'*y[S] - 1) = 0"
        one = p.eq("agree[S]*(e[j]'*y[S] - e[k]'*y[S]) = 0", (self.signs, "1/2*(e[j] - e[k])'*?[S]"))
        two = p.eq(same, (self.none, "(1 - agree[S])*y[S]'*?"), (self.cube, "(1 - e[j]'*e[k])*?[S]"))
        return p.every(p.join(one, two), "S", "j", "k")


class Point:
    """The residuals c1 s or c2 s, and what belongs to them."""

    def __init__(self, p: Proof, label: Label, signs: Signs) -> None:
        self.label, self.signs = label, signs
        self.own = p.says("all S: r[S] = (c1*agree[S] + c2*(1 - agree[S]))*(2*y[S] - ones)")
        self.first, self.second = (self.size(p, i, c, rho) for i, c, rho in ((-3, "c1", "rho"), (-2, "c2", "(-rho)")))
        known = p.by_cases(p.at(signs.either, "S"), lambda case: self.of(p, case, 1), lambda case: self.of(p, case, 0))
        some, small = p.take(known, 0), p.take(known, 1)
        room, order = p.le(f"0 < 1 - (1 - {SIZE})", some), p.le(f"0 <= 1 - {SIZE} - {SIZE}", (2, small))
        entry = p.eq(f"e[k]'*(y[S] - r[S]) = {SIZE} + (1 - {SIZE} - {SIZE})*(e[k]'*y[S])", (self.own, "e[k]'*?[S]"))
        self.certified = TwoValued(p, label, SIZE, f"(1 - {SIZE})", (some, room, order, entry))
        mean, product = p.says("rho = sum[S](2*agree[S] - 1)"), "(c1^2*agree[S] + c2^2*(1 - agree[S]))"
        self.moment = p.eq(
            f"{MOMENT} = sum[S](r[S]*r[S]')",
            (self.own, "sum[S](?[S]*r[S]')", f"sum[S]({SIZE}*{SIGNS}*?[S]')"),
            *((signs.outer, f"sum[S]({product}*?[S])"), (mean, f"(c1^2*{BOTH} - c2^2*{APART})*?")),
        )
        levels = [
            (one[2], square)
            for one, square in ((self.first, p.square("ones'*x")), (self.second, p.square(f"{APART}*x")))
        ]
        self.psd, self.mean = p.semidefinite(f"lambda*I[K] - {MOMENT}", ((1, 2), *levels[0]), levels[1]), mean
        odds = [
            p.take(p.apply(p.at(label.affine, *at, "agree[S]"), p.at(signs.idempotent, "S")), 0)
            for at in (("c2", "c1"), ("1 - c2", "1 - c1"))
        ]
        low, high = (
            p.eq(f"log({SIZE}) = agree[S]*log(c1) + (1 - agree[S])*log(c2)", odds[0]),
            p.eq(f"log(1 - {SIZE}) = agree[S]*log(1 - c1) + (1 - agree[S])*log(1 - c2)", odds[1]),
        )
        self.logs = p.every(low, "S"), p.every(high, "S")
        both = f"(agree[S]*{ODDS.format('c1')} + (1 - agree[S])*{ODDS.format('c2')})"
        logits = p.eq(
            f"log({self.certified.share}) - log({self.certified.rest}) = (2*(e[k]'*y[S]) - 1)*{both}",
            (self.certified.odds, "?[S, k]"),
            *((one, "(2*(e[k]'*y[S]) - 1)*?") for one in (low, high)),
        )
        self.logits, self.both = p.every(logits, "S", "k"), both

    def size(self, p: Proof, place: int, c: str, rho: str) -> tuple[Theorem, ...]:
        """c is positive, at most 1/2, its square is at most lambda over 1 +- rho, with equality or no log odds."""
        known, odds = p.given[place], ODDS.format(c)
        level = f"(lambda - {c}^2*(1 + {rho}))"

        def own(case: Theorem) -> Theorem:
            equal = p.take(case, 0)
            return p.join(
                p.take(case, 1), p.le(f"0 <= {level}", using=[equal]), p.eq(f"{level}*{odds} = 0", (equal, f"?*{odds}"))
            )

        def half(case: Theorem) -> Theorem:
            equal, small = p.take(case, 0), p.take(case, 1)
            none = p.eq(f"{odds} = 0", (equal, "log(1 - ?)", "log(?)"))
            bound = p.le(f"0 <= {level}", ((1, 4), small), using=[(equal, f"({c} + 1/2)*(1 + {rho})*?")])
            return p.join(p.le(f"{c} <= 1/2", using=[equal]), bound, p.eq(f"{level}*{odds} = 0", (none, f"{level}*?")))

        some, cases = p.take(known, 0), p.by_cases(p.take(known, 1), own, half)
        small = p.take(cases, 0)
        rest = p.le(f"0 < 1 - {c}", some, (2, small))
        more = self.label.logs.ordered(c, f"1 - {c}", some, rest, p.le(f"{c} <= 1 - {c}", (2, small)))
        share = p.reciprocal(some)
        return (
            some,
            small,
            p.le(f"{c}^2*(1 + {rho}) <= lambda", p.take(cases, 1)),
            p.take(cases, 2),
            p.le(f"0 <= lambda_H*{odds}/{c}", (p.given[1], share, more)),
        )

    def of(self, p: Proof, case: Theorem, which: int) -> Theorem:
        """The size at a label set is that of its kind."""
        one, hole = (self.first, self.second)[which], ("(1 - ?)", "?")[which]
        use = [(case, f"(c1 - c2)*{hole}")]
        return p.join(p.le(f"0 < {SIZE}", one[0], using=use), p.le(f"{SIZE} <= 1/2", one[1], using=use))

    def optimal(self, p: Proof) -> tuple[Theorem, ...]:
        """The point is the best one, and what is as good is like it."""
        nothing, own, certified, signs = p.eq("(0*b)'*sum[S](r[S]) = 0"), self.own, self.certified, self.signs
        best = Optimum(f"{OF_TWO}", MOMENT, (self.moment, self.psd, nothing, nothing))
        collapsed = (self.first[3], self.second[3])

        def like(odds: Theorem, features: Theorem, flat: Theorem) -> Theorem:
            product = f"lambda_H/lambda*sum[S](sum[k]((2*(e[k]'*y[S]) - 1)*{self.both}*e[k])*?[S]')"
            return p.eq(
                f"W*W' = {OF_TWO}",
                *((flat, "1/lambda*W*?'"), (self.moment, "1/lambda*W*W'*?")),
                (features, "lambda_H/lambda*sum[S](W*?[S]*r[S]')"),
                (odds, "lambda_H/lambda*sum[S](sum[k](?[S, k]*e[k])*r[S]')"),
                (self.logits, "lambda_H/lambda*sum[S](sum[k](?[S, k]*e[k])*r[S]')"),
                (own, product),
                (signs.outer, f"lambda_H/lambda*sum[S]({SIZE}*{self.both}*?[S])"),
                (self.mean, f"lambda_H/lambda*(c1*{ODDS.format('c1')}*{BOTH} - c2*{ODDS.format('c2')}*{APART})*?"),
                *(
                    (one, f"lambda_H/lambda/{c}*?*{x}")
                    for one, c, x in zip(collapsed, ("c1", "c2"), (BOTH, APART), strict=True)
                ),
            )

        def reached(gram: Theorem) -> tuple[Theorem, Theorem]:
            logits = best.texts()[3]
            moved = f"({ODDS.format('c1')}/c1*{BOTH} + {ODDS.format('c2')}/c2*{APART})"
            odds = p.eq(
                f"e[k]'*({logits}) = log({certified.share}) - log({certified.rest})",
                *((gram, "1/lambda_H*e[k]'*?*r[S]"), (own, f"e[k]'*{moved}*?[S]"), (self.logits, "?[S, k]")),
                (signs.signs, f"(c1 - c2)*e[k]'*{moved}*?[S]"),
                (signs.signs, f"({ODDS.format('c1')} - {ODDS.format('c2')})*e[k]'*?[S]"),
            )
            lost = []
            for i, (one, c, x) in enumerate(zip((self.first, self.second), ("c1", "c2"), (BOTH, APART), strict=True)):
                level = f"(lambda - {c}^2*(1 {'+-'[i]} rho))"
                text = f"({level}*({x}*W2))"
                uses = (gram, f"{level}^2*tr({x}*?*{x})"), (one[3], f"lambda_H/{c}*{level}*?")
                lost.append(p.null(text, p.le(f"tr({text}'*{text}) <= 0", using=uses)))
            return p.every(odds, "S", "k"), p.eq(f"(lambda*I[K] - {MOMENT})*W2 = 0", *lost)

        optimal = best.proved(p, certified, like, reached, lambda *_: ())
        extra = (
            *((one, f"sum[S](2*{size}*?[S])") for one, size in zip(self.logs, (SIZE, f"(1 - {SIZE})"), strict=True)),
            (self.mean, "(c1*log(c1) + (1 - c1)*log(1 - c1) - c2*log(c2) - (1 - c2)*log(1 - c2))*?"),
        )
        value = best.proved(p, certified, like, reached, lambda *_: (), (VALUE_OF_TWO, *extra))
        return self.classifier(p), optimal, value

    def classifier(self, p: Proof) -> Theorem:
        """Where there are dimensions enough."""
        some = p.formula(f"some W2: W2*W2' = {OF_TWO}")
        gains = [f"lambda_H*{ODDS.format(c)}/{c}" for c in ("c1", "c2")]
        with p.assuming("some X: X*X' = I[K]") as wide, p.assuming("X*X' = I[K]") as x:
            roots = [p.formula(f"0 <= {t} and {t}^2 = {gain}") for t, gain in zip(("s", "t"), gains, strict=True)]
            one, two = (p.ledger.assume(root) for root in roots)
            rows = f"((s*{BOTH} + t*{APART})*X)"
            uses = (x, f"(s*{BOTH} + t*{APART})*?*(s*{BOTH} + t*{APART})"), (p.take(one, 1), f"?*{BOTH}")
            made = p.witness(p.eq(f"{rows}*{rows}' = {OF_TWO}", *uses, (p.take(two, 1), f"?*{APART}")), some, rows)
            for root, known, t, gain in ((two, self.second[4], "t", gains[1]), (one, self.first[4], "s", gains[0])):
                exists = p.apply(p.axiom("square root", {}, t=gain), known)
                made = p.unpack(exists, p.implies(root, made), t)
            return p.implies(wide, p.unpack(wide, p.implies(x, made), "X"))
