"""B5a, closed: isotropic sign vectors make every label a problem of its own, and nothing else does."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, Optimum, TwoValued, log_odds, virtual
from proofs.chapters.orthogonal_case.orthogonal_case_chains import with_gram
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.closed_form_formulas import PLAIN, VIRTUAL
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SIGN = "(2*(e[k]'*y[S]) - 1)"
SIGNS = "(2*y[S] - ones)"
ODDS = "(log(1 - c) - log(c))"
GAIN = "(lambda_H/c*(log(1 - c) - log(c)))"
ISOTROPIC = "sum[S]((2*y[S] - ones)*(2*y[S] - ones)') = I[K]"


@closes("B5a")
def isotropic_signs(p: Proof) -> None:
    """B5a: sign vectors make the residuals isotropic; where the Gram matrix is diagonal, U8 makes the signs so."""
    label = Label(p)
    size = Size(p, label)
    with p.assuming(ISOTROPIC) as isotropic:
        first = p.implies(isotropic, Point(p, label, size, isotropic).optimal(p))
    with p.assuming(p.goal[4][1]) as half:
        uncorrelated = p.implies(half, p.eq(ISOTROPIC, (p.take(half, 1), "4*?")))
    p.done(p.join(first, *size.threshold(p, label), uncorrelated, Diagonal(p, label).isotropic(p)))


class Size:
    """c is the least of mu and 1/2: positive, and its square is at most lambda; its log odds are 0 or c is mu."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.mu, self.square = mu, square = p.says("0 < mu"), p.says("lambda = mu^2")
        self.cases = p.says("(c = mu and mu <= 1/2) or (c = 1/2 and 1/2 <= mu)")

        def own(case: Theorem) -> Theorem:
            equal, small = p.take(case, 0), p.take(case, 1)
            same = p.eq("lambda - c^2 = 0", square, (equal, "(c + mu)*?"))
            return p.join(
                p.le("0 < c", mu, using=[equal]),
                p.le("c <= 1/2", small, using=[equal]),
                p.le("c^2 <= lambda", using=[same]),
                p.eq(f"(lambda - c^2)*{ODDS} = 0", (same, f"?*{ODDS}")),
            )

        def half(case: Theorem) -> Theorem:
            equal, large = p.take(case, 0), p.take(case, 1)
            odds = p.eq(f"{ODDS} = 0", (equal, "log(1 - ?)", "log(?)"))
            return p.join(
                p.le("0 < c", ((1, 2),), using=[equal]),
                p.le("c <= 1/2", using=[equal]),
                p.le("c^2 <= lambda", (large, large), large, using=[(equal, "(c + 1/2)*?"), square]),
                p.eq(f"(lambda - c^2)*{ODDS} = 0", (odds, "(lambda - c^2)*?")),
            )

        known = p.by_cases(self.cases, own, half)
        self.positive, self.small, self.feasible, self.collapsed = p.parts(known)
        self.share = p.reciprocal(self.positive)
        self.rest = p.le("0 < 1 - c", self.positive, (2, p.le("c <= 1/2", self.small)))
        self.order = p.le("c <= 1 - c", (2, self.small))
        self.odds = p.le(f"0 <= {ODDS}", label.logs.ordered("c", "1 - c", self.positive, self.rest, self.order))

    def threshold(self, p: Proof, label: Label) -> tuple[Theorem, Theorem]:
        """All has collapsed iff lambda is at least 1/4."""
        mu, square, cases = self.mu, self.square, self.cases
        with p.assuming("1/4 <= lambda") as large:

            def own(case: Theorem) -> Theorem:
                small = p.take(case, 1)
                back = p.le("1/2 <= mu", (2, large), (2, mu, small), using=[(square, "2*?")])
                equal = p.eq("c = 1/2", p.take(case, 0), p.antisymmetry(small, back))
                return p.eq(f"{GAIN} = 0", (equal, "lambda_H/c*log(1 - ?)", "lambda_H/c*log(?)"))

            def half(case: Theorem) -> Theorem:
                equal = p.take(case, 0)
                return p.eq(f"{GAIN} = 0", (equal, "lambda_H/c*log(1 - ?)", "lambda_H/c*log(?)"))

            above = p.implies(large, p.by_cases(cases, own, half))
        with p.assuming("lambda < 1/4") as small:

            def smaller(case: Theorem) -> Theorem:
                share = p.reciprocal(p.le("0 < 1/2 + mu", mu, ((1, 2),)))
                less = p.le("mu < 1/2", (share, small), using=[(square, "1/(1/2 + mu)*?")])
                return p.le("c < 1 - c", (2, less), using=[(p.take(case, 0), "2*?")])

            def never(case: Theorem) -> Theorem:
                large = p.take(case, 1)
                return p.absurd("c < 1 - c", p.le("0 < 0", small, (large, large), large, using=[square]))

            apart = p.by_cases(cases, smaller, never)
            odds = label.logs.ordered("c", "1 - c", self.positive, self.rest, apart)
            below = p.implies(small, p.le(f"0 < {GAIN}", (p.given[1], self.share, odds)))
        return above, below


class Point:
    """The residuals c s, and what belongs to them."""

    def __init__(self, p: Proof, label: Label, size: Size, isotropic: Theorem) -> None:
        self.label, self.size, self.isotropic = label, size, isotropic
        self.own = p.says("all S: r[S] = c*(2*y[S] - ones)")
        entry = p.eq("e[k]'*(y[S] - r[S]) = c + (1 - c - c)*(e[k]'*y[S])", (self.own, "e[k]'*?[S]"))
        room, order = p.le("0 < 1 - (1 - c)", size.positive), p.le("0 <= 1 - c - c", size.order)
        self.bounds = size.positive, room, order
        self.certified = TwoValued(p, label, "c", "(1 - c)", (*self.bounds, entry))
        self.moment = p.eq(
            "c^2*I[K] = sum[S](r[S]*r[S]')",
            *((self.own, "sum[S](?[S]*r[S]')", f"sum[S](c*{SIGNS}*?[S]')"), (isotropic, "c^2*?")),
        )
        self.psd = p.semidefinite("lambda*I[K] - c^2*I[K]", (size.feasible, p.square("x")))
        self.logits = p.eq(
            f"all S: sum[k]((log(e[k]'*(y[S] - r[S])) - log(1 - e[k]'*(y[S] - r[S])))*e[k]) = {ODDS}*{SIGNS}",
            (self.certified.odds, "sum[k](?[S, k]*e[k])"),
        )

    def optimal(self, p: Proof) -> Theorem:
        """The point is the best one, and what is as good is like it."""
        nothing, own, certified = p.eq("(0*b)'*sum[S](r[S]) = 0"), self.own, self.certified
        best = Optimum(f"{GAIN}*I[K]", "c^2*I[K]", (self.moment, self.psd, nothing, nothing))

        def like(odds: Theorem, features: Theorem, _: Theorem) -> Theorem:
            return p.eq(
                f"W*W' = {GAIN}*I[K]",
                *((odds, f"lambda_H/c*sum[S](sum[k](?[S, k]*e[k])*{SIGNS}')"),),
                (certified.odds, f"lambda_H/c*sum[S](sum[k](?[S, k]*e[k])*{SIGNS}')"),
                (features, f"lambda_H/c*sum[S](W*?[S]*{SIGNS}')"),
                (own, f"1/c*W*W'*sum[S](?[S]*{SIGNS}')"),
                (self.isotropic, f"{GAIN}*?", "W*W'*?"),
            )

        def reached(gram: Theorem) -> tuple[Theorem, Theorem]:
            logits, share = best.texts()[3], certified.share
            odds = p.eq(
                f"all S, k: e[k]'*({logits}) = log({share}) - log({certified.rest})",
                *((gram, "1/lambda_H*e[k]'*?*r[S]"), (own, f"1/lambda_H*{GAIN}*e[k]'*?[S]"), certified.odds),
            )
            lost = "(lambda - c^2)*W2"
            uses = (gram, "(lambda - c^2)^2*tr(?)"), (self.size.collapsed, "K*lambda_H/c*(lambda - c^2)*?")
            none = p.null(lost, p.le(f"tr(({lost})'*({lost})) <= 0", using=uses))
            return odds, p.eq("(lambda*I[K] - c^2*I[K])*W2 = 0", none)

        def also(_: Theorem, gram: Theorem, features: Theorem) -> tuple[Theorem, ...]:
            return (self.rule(p, gram, features),)

        some = with_gram(p, GAIN, "I[K]", p.le(f"0 <= {GAIN}", (p.given[1], self.size.share, self.size.odds)))
        optimal = best.proved(p, certified, like, reached, also)
        value = best.proved(p, certified, like, reached, also, ("-K*(c*log(c) + (1 - c)*log(1 - c))",))
        return p.join(p.join(some, optimal), value)

    def rule(self, p: Proof, gram: Theorem, features: Theorem) -> Theorem:
        """Virtual prototypes are images of sign vectors as well, so that the uniform rule is that of B3."""
        with p.supposing(f"{VIRTUAL.format('W*h1[k]')} and K - 2 != 0") as (at, still, sigmoid, *_):
            p.nonzeros.append(p.take(at, 2))
            residual = "(c*(2*e[k] - ones))"
            two = log_odds("c", "(1 - c)", "e[j]'*e[k]")
            entry = p.eq(f"e[j]'*(e[k] - {residual}) = c + (1 - c - c)*(e[j]'*e[k])")
            logits = p.eq(f"e[j]'*(W*(1/lambda_H*(W'*{residual}))) = {two}", (gram, f"1/lambda_H*e[j]'*?*{residual}"))
            known = (*self.bounds, entry, logits, still, sigmoid)
            single = virtual(p, self.label, ("c", "(1 - c)"), residual, known)
            made = p.eq(
                f"all S: h[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])",
                *(features, (self.own, "1/lambda_H*W'*?[S]")),
                (single, "sum[k](e[k]'*y[S]*?[k])", "(m[S] - 1)/(K - 2)*sum[k](?[k])"),
            )
            return p.implies(at, made)


ENTRY, LOGIT = "(e[k]'*r2[S])", "(e[k]'*(W*h[S]))"
SIZE = f"({SIGN}*{ENTRY})"


class Diagonal:
    """A stationary point with a diagonal Gram matrix, where no label has collapsed."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.label, self.at = label, p.ledger.assume(p.goal[5][1])
        self.features, self.classifier, self.predicted, self.diagonal = p.parts(self.at)
        self.apart = p.says(LABELS_APART[0])

    def isotropic(self, p: Proof) -> Theorem:
        """Its residuals have one size per label, and are isotropic by U8."""
        with p.supposing(instantiate(self.diagonal.conclusion[2], p.term("v"))) as (some, positive, gram):
            moment, size = self.moment(p, positive, gram), self.size(p, positive, gram)
            made = p.unpack(self.diagonal, p.implies(some, self.signs(p, moment, size)), "v")
        return p.implies(self.at, made)

    def moment(self, p: Proof, positive: Theorem, gram: Theorem) -> Theorem:
        """U8 at this point."""
        p.positive(positive)
        moment, center = "sum[S](r2[S]*r2[S]')", "(I[K] - 1/K*ones*ones')"
        known = p.known("U8", r="r2[sets_0]", R=moment, P=center)
        trivial = (p.eq(f"{x} = {x}") for x in (moment, center))
        known = p.apply(known, p.join(self.features, self.classifier, p.given[2], *trivial))
        inverse = "sum[k](1/(e[k]'*v)*(e[k]*e[k]'))"
        right = p.eq(
            f"W*(W'*{inverse}) = I[K]",
            *((gram, f"?*{inverse}"), (self.apart, "sum[j](sum[k]((e[j]'*v)/(e[k]'*v)*e[j]*?[j, k]'))")),
            (self.apart, "sum[j](sum[k](1/(e[k]'*v)*(?[j, k]'*v)*(e[j]*e[j]')))"),
        )
        full = p.take(known, 0)
        return p.apply(full, p.witness(right, full.conclusion[1], f"W'*{inverse}"))

    def size(self, p: Proof, positive: Theorem, gram: Theorem) -> Theorem:
        """A logit is a multiple of its residual, which determines it up to the sign of the label."""
        logit = p.eq(
            f"{LOGIT} = (e[k]'*v)/lambda_H*{ENTRY}",
            *((self.features, "1/lambda_H*e[k]'*W*?[S]"), (gram, "1/lambda_H*e[k]'*?*r2[S]")),
            (self.apart, "1/lambda_H*sum[j]((e[j]'*v)*(?[k, j]'*r2[S]))"),
        )
        right, turned = f"(1 - {SIZE})", f"({SIGN}*{LOGIT})"
        goal, predicted = f"{right}*(1 + ex({turned})) = ex({turned})", p.at(self.predicted, "S", "k")

        def off(case: Theorem) -> Theorem:
            sign = p.eq(f"{SIGN} = -1", (case, "2*?"))
            rest = "(1 - e[k]'*(y[S] - r2[S]))"
            product, one = p.at(self.label.ex.product, LOGIT, f"-{LOGIT}"), self.label.ex.one
            uses = (predicted, f"ex(-{LOGIT})*?"), (product, f"{rest}*?"), (one, f"{rest}*?")
            made = p.eq(f"(1 + {ENTRY})*(1 + ex(-{LOGIT})) = ex(-{LOGIT})", *uses, (case, "?", f"ex(-{LOGIT})*?"))
            moved = (
                (sign, f"?*{ENTRY}*(1 + ex({turned}))"),
                (sign, f"(1 + {ENTRY})*ex(?*{LOGIT})"),
                (sign, f"ex(?*{LOGIT})"),
            )
            return p.eq(goal, made, *moved)

        def on(case: Theorem) -> Theorem:
            sign = p.eq(f"{SIGN} = 1", (case, "2*?"))
            moved = (
                (sign, f"?*{ENTRY}*(1 + ex({turned}))"),
                (sign, f"(1 - {ENTRY})*ex(?*{LOGIT})"),
                (sign, f"ex(?*{LOGIT})"),
            )
            return p.eq(goal, predicted, *moved, (case, f"(1 + ex({LOGIT}))*?"))

        known = p.every(p.by_cases(p.at(binary(p), "S", "k"), off, on), "S")
        other, far = SIZE.replace("[S]", "[T]"), turned.replace("[S]", "[T]")
        grows = p.at(self.label.grows, right, f"(1 - {other})", turned, far)
        gain = p.apply(grows, p.join(p.at(known, "S"), p.at(known, "T")))
        inverse, apart = p.reciprocal(p.at(positive, "k")), f"({SIZE} - {other})"
        logits = p.every(logit, "S")
        small = p.le(
            f"{apart}'*{apart} <= 0",
            (p.given[1], inverse, gain),
            using=[
                (logits, f"lambda_H/(e[k]'*v)*{apart}*{SIGN}*?[S]"),
                (logits, f"lambda_H/(e[k]'*v)*{apart}*{SIGN.replace('[S]', '[T]')}*?[T]"),
            ],
        )
        return p.every(p.eq(f"{SIZE} = {other}", p.null(apart, small)), "S", "k")

    def signs(self, p: Proof, moment: Theorem, size: Theorem) -> Theorem:
        """So the second moment of the signs is diagonal, with ones on it."""
        sizes = [SIZE.replace("[S]", "[T]").replace("[k]", f"[{x}]") for x in "jk"]
        entry = p.every(p.eq(f"{ENTRY} = {SIGN}*{sizes[1]}", (size, f"{SIGN}*?[S, k]")), "S", "k")
        pair = "sum[S]((2*(e[j]'*y[S]) - 1)*(2*(e[k]'*y[S]) - 1))"
        both = p.eq(
            f"{pair}*{sizes[0]}*{sizes[1]} = lambda*(e[j]'*e[k])",
            *((moment, "e[j]'*?*e[k]"), (entry, "sum[S](?[S, j]*(e[k]'*r2[S]))")),
            (entry, f"sum[S]((2*(e[j]'*y[S]) - 1)*{sizes[0]}*?[S, k])"),
        )
        both = p.every(both, "j", "k")
        square = p.every(p.eq(f"{sizes[1]}^2 = lambda", (both, "?[k, k]")), "k")
        p.positive(p.le("0 < lambda", (p.given[0], p.given[1])))
        inner = "(e[j]'*e[k])"
        one = p.eq(
            f"{pair} = {inner}",
            *((both, f"1/lambda^2*{sizes[0]}*{sizes[1]}*?[j, k]"), (square, f"1/lambda^2*{pair}*{sizes[1]}^2*?[j]")),
            (square, f"1/lambda*{pair}*?[k]", f"1/lambda*{inner}*?[j]"),
            (self.apart, f"1/lambda*{sizes[0]}*(2*(?[j, k]'*y[T]))*(e[k]'*r2[T])"),
            (self.apart, f"1/lambda*{sizes[0]}*(2*(e[j]'*y[T]) - 1)*(?[j, k]'*r2[T])"),
        )
        one = p.every(one, "j", "k")
        return p.eq(ISOTROPIC, (one, "sum[j](sum[k](?[j, k]*(e[j]*e[k]')))"))
