"""B5b, closed: uncorrelated labels are problems of their own, whatever their frequencies."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, Optimum, TwoValued, log_odds, virtual
from proofs.claims.closed_form_formulas import (
    BEST_BIAS,
    GAP,
    GRAM,
    HIGH,
    LENGTHS,
    LOW,
    PLAIN,
    UNCORRELATED,
    VARIANCE,
    VIRTUAL,
    C,
    F,
)
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SCALED = "sum[i]((e[i]'*c)*(e[i]'*{0})*e[i])"
CENTERED = "(y[S] - f)"
EXCESS = f"({C}^2*{VARIANCE} - lambda)"
MOMENT = f"sum[k]({C}^2*{VARIANCE}*(e[k]*e[k]'))"
OFF = f"(log({LOW}) - log(1 - {LOW}))"


@closes("B5b")
def uncorrelated_labels(p: Proof) -> None:
    """B5b: residuals, Gram matrix and their product are diagonal; U6a does the rest."""
    p.positive(p.le("0 < lambda", (p.given[0], p.given[1])))
    labels = Labels(p, Label(p))
    with p.assuming(f"({LENGTHS}) and ({BEST_BIAS})") as at:
        optimal = p.every(p.implies(at, Point(p, labels, at).optimal(p)), "v", "b2")
    p.done(p.join(labels.lengths(p), optimal, labels.collapse(p)))


class Labels:
    """What is known of each label: k is free in it."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.label = label
        inside = p.at(p.says("all k: 0 < e[k]'*f and e[k]'*f < 1"), "k")
        self.often, self.rarely = p.take(inside, 0), p.take(inside, 1)
        cases = f"({C}^2*{VARIANCE} = lambda and {C} <= 1) or ({C} = 1 and {VARIANCE} <= lambda)"
        size = p.at(p.says(f"all k: 0 < {C} and ({cases})"), "k")
        self.some, self.cases = p.take(size, 0), p.take(size, 1)
        p.positive(p.every(self.some, "k"))
        self.share = p.reciprocal(self.some)

        def own(case: Theorem) -> Theorem:
            level = p.take(case, 0)
            excess = p.eq(f"{EXCESS}*{GAP} = 0", (level, f"?*{GAP}"))
            return p.join(p.take(case, 1), p.le(f"{C}^2*{VARIANCE} <= lambda", using=[level]), excess)

        def one(case: Theorem) -> Theorem:
            equal, small = p.take(case, 0), p.take(case, 1)
            bound = p.le(f"{C}^2*{VARIANCE} <= lambda", small, using=[(equal, f"({C} + 1)*{VARIANCE}*?")])
            none = self.closed(p, equal)
            return p.join(p.le(f"{C} <= 1", using=[equal]), bound, p.eq(f"{EXCESS}*{GAP} = 0", (none, f"{EXCESS}*?")))

        known = p.by_cases(self.cases, own, one)
        self.small, self.feasible, self.collapsed = p.parts(known)
        self.bounds = (
            p.le(f"0 < {LOW}", (self.some, self.often)),
            p.le(f"0 < 1 - {HIGH}", (self.some, self.rarely)),
            p.le(f"0 <= {HIGH} - {LOW}", self.small),
        )
        self.gap = p.le(f"0 <= {GAP}", *self.ordered(p, self.small))
        self.mean, apart = p.says("f = sum[S](y[S])"), p.says(LABELS_APART[0])
        scaled = p.eq(f"e[k]'*{SCALED.format('x')} = {C}*(e[k]'*x)", (apart, "sum[j]((e[j]'*c)*(?[k, j]'*x))"))
        self.scaled = p.every(scaled, "x", "k")
        own_ = p.says("all S: r[S] = sum[k]((e[k]'*c)*(e[k]'*(y[S] - f))*e[k])")
        self.own = p.eq(f"all S: r[S] = {SCALED.format(CENTERED)}", own_)
        entry = p.eq(f"e[k]'*r[S] = {C}*(e[k]'*{CENTERED})", (self.own, "e[k]'*?[S]"), p.at(self.scaled, CENTERED, "k"))
        self.residual = p.every(entry, "S", "k")

    @staticmethod
    def closed(p: Proof, equal: Theorem) -> Theorem:
        """Where c is 1 both logits are one."""
        texts = f"1 - ?*(1 - {F})", f"?*(1 - {F})", f"?*{F}", f"1 - ?*{F}"
        return p.eq(f"{GAP} = 0", *((equal, f"log({text})") for text in texts))

    def ordered(self, p: Proof, small: Theorem) -> tuple[Theorem, Theorem]:
        """Logarithms are in the order of the probabilities."""
        relation = small.conclusion[0]
        off, on, low, high = f"{C}*(1 - {F})", HIGH, LOW, f"1 - {LOW}"
        some, rest = self.bounds[0], p.le(f"0 < {off}", (self.some, self.rarely))
        on_, high_ = p.le(f"0 < {on}", some, small), p.le(f"0 < {high}", rest, small)
        first = self.label.logs.ordered(low, on, some, on_, p.le(f"{low} {relation} {on}", small))
        return first, self.label.logs.ordered(off, high, rest, high_, p.le(f"{off} {relation} {high}", small))

    def lengths(self, p: Proof) -> Theorem:
        """A row of the classifier has a length."""
        size = f"(lambda_H*{GAP}/{C})"
        exists = p.apply(p.axiom("square root", {}, t=size), p.le(f"0 <= {size}", (p.given[1], self.share, self.gap)))
        goal = p.goal[1][2]
        found = p.ledger.assume(instantiate(exists.conclusion[2], p.term("s")))
        level = p.eq(f"{C}*s^2 = lambda_H*{GAP}", (p.take(found, 1), f"{C}*?"))
        made = p.witness(p.join(p.take(found, 0), level), instantiate(goal, "k"), "s")
        return p.every(p.unpack(exists, p.implies(found, made), "s"), "k")

    def collapse(self, p: Proof) -> Theorem:
        """A label has collapsed iff lambda is at least its variance."""
        positive = p.le(f"0 < {VARIANCE}", (self.often, self.rarely))
        with p.assuming(f"{VARIANCE} <= lambda") as large:

            def own(case: Theorem) -> Theorem:
                share = p.reciprocal(positive)
                square = p.le(f"1 <= {C}^2", (share, large), using=[(p.take(case, 0), f"1/{VARIANCE}*?")])
                back = p.le(f"1 <= {C}", square, (self.some, self.small))
                return self.closed(p, p.antisymmetry(p.take(case, 1), back))

            def one(case: Theorem) -> Theorem:
                return self.closed(p, p.take(case, 0))

            above = p.implies(large, p.by_cases(self.cases, own, one))
        with p.assuming(f"lambda < {VARIANCE}") as small:

            def never(case: Theorem) -> Theorem:
                return p.absurd(f"{C} < 1", p.le("0 < 0", small, p.take(case, 1)))

            def less(case: Theorem) -> Theorem:
                def far(large: Theorem) -> Theorem:
                    pieces = small, (positive, large, large), (2, positive, large)
                    return p.absurd(f"{C} < 1", p.le("0 < 0", *pieces, using=[p.take(case, 0)]))

                return p.by_cases(p.order_cases("1", C), far, lambda found: found)

            apart = p.by_cases(self.cases, less, never)
            below = p.implies(small, p.le(f"0 < {GAP}", *self.ordered(p, apart)))
        return p.every(p.join(above, below), "k")


class Point:
    """The classifier with rows of these lengths along the labels, and its bias."""

    def __init__(self, p: Proof, labels: Labels, at: Theorem) -> None:
        self.labels, lengths, self.bias = labels, p.at(p.take(at, 0), "k"), p.take(at, 1)
        apart = p.says(LABELS_APART[0])
        entry = p.eq(f"e[k]'*(y[S] - r[S]) = {LOW} + ({HIGH} - {LOW})*(e[k]'*y[S])", (labels.residual, "?[S, k]"))
        self.certified = TwoValued(p, labels.label, LOW, HIGH, (*labels.bounds, entry))
        length = p.eq(f"(e[k]'*v)^2 = lambda_H/{C}*{GAP}", (p.take(lengths, 1), f"1/{C}*?"))
        self.length = p.every(length, "k")
        row = p.eq(
            f"e[k]'*{GRAM} = (e[k]'*v)^2*e[k]'",
            (apart, "sum[j]((e[j]'*v)^2*?[k, j]')", "sum[j]((e[j]'*v)*(?[k, j]'*v))*e[k]'"),
        )
        self.row, self.apart = p.every(row, "k"), apart
        self.moments(p, p.says(UNCORRELATED[1:-1]))

    def moments(self, p: Proof, none: Theorem) -> None:
        """Second moments are diagonal where labels are uncorrelated."""
        labels, apart, mean = self.labels, self.apart, self.labels.mean
        pair = "sum[S]((e[j]'*(y[S] - f))*(e[k]'*(y[S] - f)))"
        own = p.every(p.eq(f"{pair.replace('[j]', '[k]')} = {VARIANCE}", (mean, f"(2*{F} - 1)*(e[k]'*?)")), "k")
        other = pair.replace("(e[j]'*(y[S] - f))", "(?[j, k]'*(y[S] - f))")
        product = p.eq(
            f"{pair} = (e[j]'*e[k])*{VARIANCE}", (none, "?[j, k]"), (apart, other), (own, "(e[j]'*e[k])*?[k]")
        )
        product = p.every(product, "j", "k")
        cross = p.eq(
            "sum[S]((e[j]'*y[S])*(e[k]'*r[S])) = (e[j]'*e[k])*(e[j]'*c)*((e[j]'*f)*(1 - e[j]'*f))",
            (labels.residual, "sum[S]((e[j]'*y[S])*?[S, k])"),
            (mean, f"{C}*(e[j]'*f)*(e[k]'*?)"),
            (product, f"{C}*?[j, k]"),
            (apart, f"(?[j, k]'*c)*{VARIANCE}"),
            (apart, f"(e[j]'*c)*(?[j, k]'*f)*(1 - {F})"),
            (apart, "(e[j]'*c)*(e[j]'*f)*(?[j, k]'*f)"),
        )
        self.cross = p.every(cross, "j", "k")
        entry = p.eq(
            f"sum[S]((e[j]'*r[S])*(e[k]'*r[S])) = (e[j]'*e[k])*{C}^2*{VARIANCE}",
            (labels.residual, "sum[S](?[S, j]*(e[k]'*r[S]))", f"sum[S]((e[j]'*c)*(e[j]'*{CENTERED})*?[S, k])"),
            (product, f"(e[j]'*c)*{C}*?[j, k]"),
            (apart, f"(?[j, k]'*c)*{C}*{VARIANCE}"),
        )
        entry = p.every(entry, "j", "k")
        self.moment = p.eq(f"{MOMENT} = sum[S](r[S]*r[S]')", (entry, "sum[j](sum[k](?[j, k]*(e[j]*e[k]')))"))
        self.centered = p.eq("sum[S](r[S]) = 0", (labels.own, "sum[S](?[S])"), (mean, SCALED.format("?")))
        each = p.every(
            p.le(f"0 <= (lambda - {C}^2*{VARIANCE})*(e[k]'*x)^2", (labels.feasible, p.square("e[k]'*x"))), "k"
        )
        self.psd = p.semidefinite(f"lambda*I[K] - {MOMENT}", p.over(each))

    def optimal(self, p: Proof) -> Theorem:
        """The point is the best one, and what is as good is like it."""
        labels, certified = self.labels, self.certified
        one, two = (p.eq(f"{b}'*sum[S](r[S]) = 0", (self.centered, f"{b}'*?")) for b in ("b", "b2"))
        best = Optimum(GRAM, MOMENT, (self.moment, self.psd, one, two), "b", "b2")
        collapsed = p.every(labels.collapsed, "k")

        def like(odds: Theorem, features: Theorem, flat: Theorem) -> Theorem:
            return p.eq(
                f"W*W' = {GRAM}",
                *((flat, "1/lambda*W*?'"), (self.moment, "1/lambda*W*W'*?")),
                *((features, "lambda_H/lambda*sum[S](W*?[S]*r[S]')"), (self.centered, "lambda_H/lambda*b*?'")),
                (odds, "lambda_H/lambda*sum[S](sum[j](?[S, j]*e[j])*r[S]')"),
                (certified.odds, "lambda_H/lambda*sum[S](sum[j](?[S, j]*e[j])*r[S]')"),
                (self.centered, f"lambda_H/lambda*sum[j]({OFF.replace('[k]', '[j]')}*e[j])*?'"),
                (self.cross, f"lambda_H/lambda*sum[j](sum[k]({GAP.replace('[k]', '[j]')}*?[j, k]*(e[j]*e[k]')))"),
                (collapsed, "lambda_H/lambda*sum[j](1/(e[j]'*c)*?[j]*(e[j]*e[j]'))"),
                (self.length, "sum[k](?[k]*(e[k]*e[k]'))"),
            )

        def reached(gram: Theorem) -> tuple[Theorem, Theorem]:
            logits, share = best.texts()[3], certified.share
            odds = p.eq(
                f"e[k]'*({logits}) = log({share}) - log({certified.rest})",
                *((gram, "1/lambda_H*e[k]'*?*r[S]"), (self.row, "1/lambda_H*?[k]*r[S]"), (self.bias, "?[k]")),
                (labels.residual, "1/lambda_H*(e[k]'*v)^2*?[S, k]"),
                (self.length, f"1/lambda_H*{C}*(e[k]'*{CENTERED})*?[k]"),
                (certified.odds, "?[S, k]"),
            )
            lost = f"({EXCESS}*(W2'*e[k]))"
            uses = (
                *((gram, f"{EXCESS}^2*(e[k]'*?*e[k])"), (self.row, f"{EXCESS}^2*(?[k]*e[k])")),
                *((self.length, f"{EXCESS}^2*?[k]"), (labels.collapsed, f"lambda_H/{C}*{EXCESS}*?")),
            )
            none = p.every(p.null(lost, p.le(f"{lost}'*{lost} <= 0", using=uses)), "k")
            return p.every(odds, "S", "k"), p.eq(f"(lambda*I[K] - {MOMENT})*W2 = 0", (none, "sum[k](e[k]*?[k]')"))

        def also(odds: Theorem, gram: Theorem, features: Theorem) -> tuple[Theorem, ...]:
            entry = p.eq(
                "e[k]'*b = e[k]'*b2",
                *((odds, "?[S, k]"), (certified.odds, "?[S, k]"), (self.bias, "?[k]")),
                *((features, "e[k]'*W*?[S]"), (gram, "1/lambda_H*e[k]'*?*r[S]")),
                *((self.row, "1/lambda_H*?[k]*r[S]"), (labels.residual, "1/lambda_H*(e[k]'*v)^2*?[S, k]")),
                (self.length, f"1/lambda_H*{C}*(e[k]'*{CENTERED})*?[k]"),
            )
            bias = p.eq("b = b2", (p.every(entry, "k"), "sum[k](?[k]*e[k])"))
            return bias, self.rule(p, gram, features, bias)

        return p.join(self.classifier(p), best.proved(p, certified, like, reached, also))

    def classifier(self, p: Proof) -> Theorem:
        """Where there are dimensions enough."""
        some = p.formula(f"some W2: W2*W2' = {GRAM}")
        with p.assuming("some X: X*X' = I[K]") as wide, p.assuming("X*X' = I[K]") as x:
            rows = "(sum[k]((e[k]'*v)*(e[k]*e[k]'))*X)"
            gram = p.eq(
                f"{rows}*{rows}' = {GRAM}",
                (x, "sum[j]((e[j]'*v)*(e[j]*e[j]'))*?*sum[k]((e[k]'*v)*(e[k]*e[k]'))"),
                (self.apart, "sum[j](sum[k]((?[j, k]'*v)*(e[k]'*v)*(e[j]*e[k]')))"),
            )
            return p.implies(wide, p.unpack(wide, p.implies(x, p.witness(gram, some, rows)), "X"))

    def rule(self, p: Proof, gram: Theorem, features: Theorem, bias: Theorem) -> Theorem:
        """Virtual prototypes are images of centered indicators as well, so that the rule is that of B3a."""
        labels = self.labels
        with p.supposing(f"{VIRTUAL.format('W*h1[k] + b')} and mbar - 1 != 0") as (at, still, sigmoid, *_):
            p.nonzeros.append(p.take(at, 2))
            residual = SCALED.format("(e[k] - f)")
            low, high = (x.replace("[k]", "[j]") for x in (LOW, HIGH))
            entry = p.at(labels.scaled, "(e[k] - f)", "j")
            share = p.eq(f"e[j]'*(e[k] - {residual}) = {low} + ({high} - {low})*(e[j]'*e[k])", entry)
            logits = p.eq(
                f"e[j]'*(W*(1/lambda_H*(W'*{residual})) + b) = " + log_odds(low, high, "e[j]'*e[k]"),
                *((gram, f"1/lambda_H*e[j]'*?*{residual}"), (self.row, f"1/lambda_H*?[j]*{residual}")),
                *((entry, "1/lambda_H*(e[j]'*v)^2*?"), (bias, "e[j]'*?"), (self.bias, "?[j]")),
                (self.length, "1/lambda_H*(e[j]'*c)*(e[j]'*(e[k] - f))*?[j]"),
            )
            bounds = (p.at(p.every(one, "k"), "j") for one in labels.bounds)
            single = virtual(p, labels.label, (low, high), residual, (*bounds, share, logits, still, sigmoid), " + b")
            mean = p.eq("ones'*f = mbar", (labels.mean, "ones'*?"), p.says("mbar = sum[S](m[S])"))
            made = p.eq(
                f"all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
                *(features, (labels.own, "1/lambda_H*W'*?[S]")),
                (single, "sum[k](e[k]'*y[S]*?[k])", "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
                (mean, f"(m[S] - 1)/(mbar - 1)/lambda_H*?*W'*{SCALED.format('f')}"),
            )
            return p.implies(at, made)
