"""B6a, closed: labels one by one cost no less than together, as a root has less trace than what its rows are long."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, TwoValued
from proofs.chapters.binary_cross_entropy.sign_vectors_chains import range_rules
from proofs.chapters.binary_cross_entropy.uncorrelated_labels_chains import MOMENT, Labels, Point
from proofs.chapters.terminal_phase.hard_margin_chains import in_range
from proofs.claims.closed_form_formulas import (
    AT_LABELS,
    BEST_BIAS,
    GAP,
    HARDEST,
    HIGH,
    LOW,
    OWN_LOGITS_OF,
    UNCORRELATED,
    VARIANCE,
    C,
)
from proofs.claims.hypotheses import LABELS_APART, OBJECTIVE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

DIAGONAL = "(e[k]'*Root*e[k])"
EXCESS = f"({C}*{VARIANCE}*{GAP} - mu*{DIAGONAL})"
COST = f"{HARDEST} - sum[k]({EXCESS})"
LOGITS = "(a[S] + b2)"
CENTERED = "(e[k]'*(y[S] - f))"


class Together(Point):
    """The residuals and logits of uncorrelated labels, whatever the correlations."""

    def __init__(self, p: Proof, labels: Labels) -> None:
        self.labels, self.apart, self.bias = labels, p.says(LABELS_APART[0]), p.says(BEST_BIAS)
        entry = p.eq(f"e[k]'*(y[S] - r[S]) = {LOW} + ({HIGH} - {LOW})*(e[k]'*y[S])", (labels.residual, "?[S, k]"))
        self.certified = TwoValued(p, labels.label, LOW, HIGH, (*labels.bounds, entry))
        first, second = (f"({x}*log({x}) + (1 - {x})*log(1 - {x}))" for x in (LOW, HIGH))
        self.value = p.eq(
            f"sum[S]({self.certified.value}) = {HARDEST}",
            (self.certified.entropy, "sum[S](sum[k](?[S, k]))"),
            (labels.mean, f"sum[k]((e[k]'*?)*({second} - {first}))"),
        )

    def excess(self, p: Proof) -> Theorem:
        """What the length of a row of the root is above its entry on the diagonal, for the label k."""
        labels, root = self.labels, p.says("psd Root")
        square, logits = p.says("Root*Root = sum[S](a[S]*a[S]')"), p.says(OWN_LOGITS_OF)
        own = p.symmetric(root)
        self.variance = p.eq(f"sum[S]({CENTERED}^2) = {VARIANCE}", (labels.mean, "(2*(e[k]'*f) - 1)*(e[k]'*?)"))
        moment = p.eq(
            f"e[k]'*Root*Root*e[k] = {GAP}^2*{VARIANCE}",
            (square, "e[k]'*?*e[k]"),
            (logits, "sum[S](?[S, k]*(e[k]'*a[S]))", f"sum[S]({GAP}*{CENTERED}*?[S, k])"),
            (self.variance, f"{GAP}^2*?"),
        )
        self.rest = f"(Root*e[k] - {DIAGONAL}*e[k])"
        self.row = p.eq(
            f"{self.rest}'*{self.rest} = {GAP}^2*{VARIANCE} - {DIAGONAL}^2", (own, "e[k]'*?*Root*e[k]"), moment
        )
        length = p.le(f"{DIAGONAL}^2 <= {GAP}^2*{VARIANCE}", p.square(self.rest), using=[self.row])
        mu, level = p.says("0 < mu"), p.says("mu^2 = lambda")
        x, y = f"({C}*{VARIANCE}*{GAP})", f"(mu*{DIAGONAL})"
        positive = p.le(f"0 < {VARIANCE}", (labels.often, labels.rarely))
        weak = p.le(f"0 <= {x}", (labels.some, positive, labels.gap))
        self.level = [(level, f"{GAP}^2*{VARIANCE}*?"), (labels.collapsed, f"{VARIANCE}*{GAP}*?")]
        squares = p.le(f"{y}^2 <= {x}^2", (mu, mu, length), using=self.level)

        def beyond(less: Theorem) -> Theorem:
            return p.absurd(f"{y} <= {x}", p.le("0 < 0", (less, less), (2, less, weak), squares))

        small = p.by_cases(p.order_cases(y, x), lambda found: found, beyond)
        return p.le(f"0 <= {EXCESS}", small)

    def cost(self, p: Proof, wide: Theorem, within: Theorem) -> Theorem:
        """The least factors of the logits, and what they cost."""
        labels, certified, logits = self.labels, self.certified, p.says(OWN_LOGITS_OF)
        w, v = "(tau*X)", "(mu/lambda_H*tau*X'*Q)"
        own, square = p.says("Q' = Q"), p.says("Root*Root = sum[S](a[S]*a[S]')")
        some = p.formula(f"some W2, V: {AT_LABELS} = {COST}")
        odds = p.eq(
            f"e[k]'*{LOGITS} = log({certified.share}) - log({certified.rest})",
            *((logits, "?[S, k]"), (self.bias, "?[k]"), (certified.odds, "?[S, k]")),
        )
        at = p.apply(p.at(labels.label.odds, certified.share, certified.rest, f"e[k]'*{LOGITS}"), certified.shares)
        each = p.every(p.take(p.apply(p.take(at, 1), odds), 1), "k")
        goal = f"all S: L[S]({LOGITS}) = {certified.value} - r[S]'*{LOGITS}"
        loss = p.eq(goal, certified.loss_at(p, LOGITS), (p.every(each, "S"), "sum[k](?[S, k])"))
        centered = p.eq(
            "sum[S](r[S]) = 0", (labels.own, "sum[S](?[S])"), (labels.mean, "sum[i]((e[i]'*c)*(e[i]'*?)*e[i])")
        )
        each = p.eq(
            f"sum[S]((e[k]'*r[S])*(e[k]'*a[S])) = {C}*{VARIANCE}*{GAP}",
            (labels.residual, "sum[S](?[S, k]*(e[k]'*a[S]))"),
            (logits, f"{C}*sum[S]({CENTERED}*?[S, k])"),
            (self.variance, f"{C}*{GAP}*?"),
        )
        product = p.eq(f"sum[S](r[S]'*a[S]) = sum[k]({C}*{VARIANCE}*{GAP})", (p.every(each, "k"), "sum[k](?[k])"))
        total = p.eq(
            f"sum[S](L[S]({LOGITS})) = {HARDEST} - sum[k]({C}*{VARIANCE}*{GAP})",
            *((loss, "sum[S](?[S])"), self.value, product, (centered, "?'*b2")),
        )
        with p.supposing("0 <= tau and tau^2 = lambda_H/mu") as (scale_, _, scale, *_):
            made = p.eq(
                f"all S: {w}*({v}*a[S]) = a[S]",
                *((wide, "mu/lambda_H*tau^2*?*Q*a[S]"), (scale, "mu/lambda_H*?*Root*Q*a[S]"), (within, "?[S]")),
            )
            classifier = p.eq(f"tr({w}'*{w}) = lambda_H/mu*tr(Root)", (wide, "tau^2*tr(?)"), (scale, "?*tr(Root)"))
            features = p.eq(
                f"sum[S](({v}*a[S])'*({v}*a[S])) = mu/lambda_H*tr(Root)",
                (own, "sum[S]((mu/lambda_H*tau)^2*(a[S]'*?*X*X'*Q*a[S]))"),
                (wide, "(mu/lambda_H*tau)^2*sum[S](a[S]'*Q*?*Q*a[S])"),
                (square, "(mu/lambda_H*tau)^2*tr(Q*?)"),
                (scale, "(mu/lambda_H)^2*?*tr(Root)"),
            )
            found = p.eq(
                f"{AT_LABELS.replace('W2', w).replace('V', v)} = {COST}",
                *((made, "sum[S](L[S](?[S] + b2))"), total, (classifier, "lambda_W/2*?"), (features, "lambda_H/2*?")),
                (p.says("mu^2 = lambda"), "1/(2*mu)*tr(Root)*?"),
            )
            found = p.implies(scale_, p.witness(p.witness(found, instantiate(some[2], p.term(w)), v), some, w))
        positive = p.le("0 <= lambda_H/mu", (p.given[1], p.reciprocal(p.says("0 < mu"))))
        return p.unpack(p.apply(p.axiom("square root", {}, t="lambda_H/mu"), positive), found, "tau")

    def converse(self, p: Proof, cost: Theorem, excess: Theorem) -> Theorem:
        """Where no point costs less, rows of the root are as long as their entries on the diagonal."""
        labels, apart, logits = self.labels, self.apart, p.says(OWN_LOGITS_OF)
        with p.supposing(p.goal[2][1]) as (at, small, wide, least):
            found = p.apply(cost, wide)
            inner = p.ledger.assume(instantiate(found.conclusion[2], p.term("W2")))
            with p.assuming(f"{AT_LABELS} = {COST}") as value:
                most = p.le(f"sum[k]({EXCESS}) <= 0", p.at(least, "W2", "V"), using=[value])
                made = p.implies(value, most)
            most = p.unpack(found, p.implies(inner, p.unpack(inner, made, "V")), "W2")
            each = p.every(excess, "k")
            flat = p.at(p.vanish(each, p.antisymmetry(most, p.le(f"0 <= sum[k]({EXCESS})", p.over(each)))), "k")
            share = p.reciprocal(p.says("0 < mu"))
            del share
            none = p.null(
                self.rest,
                p.le(
                    f"{self.rest}'*{self.rest} <= 0",
                    using=[
                        self.row,
                        (flat, f"1/mu^2*({C}*{VARIANCE}*{GAP} + mu*{DIAGONAL})*?"),
                        *((u, f"1/mu^2*({c})") for u, c in self.level),
                    ],
                ),
            )
            none = p.every(none, "k")
            square = p.says("Root*Root = sum[S](a[S]*a[S]')")
            own = p.symmetric(p.says("psd Root"))
            cross = p.eq(
                "(1 - e[j]'*e[k])*sum[S]((e[j]'*a[S])*(e[k]'*a[S])) = 0",
                (square, "(1 - e[j]'*e[k])*(e[j]'*?*e[k])"),
                (none, "(1 - e[j]'*e[k])*(e[j]'*Root*?[k])", f"(1 - e[j]'*e[k])*{DIAGONAL}*(?[j]'*e[k])"),
                (own, f"(1 - e[j]'*e[k])*{DIAGONAL}*(e[j]'*?*e[k])"),
                (apart, f"{DIAGONAL}*(e[j]'*Root*e[j])*(e[j]'*?[j, k])"),
            )
            positive = p.apply(p.take(p.at(labels.collapse(p), "k"), 1), p.at(small, "k"))
            p.positive(p.every(positive, "k"))
            other = GAP.replace("[k]", "[j]")
            made = p.eq(
                "(1 - e[j]'*e[k])*sum[S]((e[j]'*(y[S] - f))*(e[k]'*(y[S] - f))) = 0",
                (cross, f"1/{GAP}*1/{other}*?"),
                (logits, f"1/{GAP}*1/{other}*(1 - e[j]'*e[k])*sum[S](?[S, j]*(e[k]'*a[S]))"),
                (logits, f"1/{GAP}*(1 - e[j]'*e[k])*sum[S]((e[j]'*(y[S] - f))*?[S, k])"),
            )
            return p.implies(at, p.every(made, "j", "k"))


@closes("B6a")
def uncorrelated_labels_are_hardest(p: Proof) -> None:
    """B6a: a point whose cost is below the value of uncorrelated labels by what rows of the root lack of a length."""
    labels = Labels(p, Label(p))
    point = Together(p, labels)
    with p.assuming(UNCORRELATED) as none:
        point.moments(p, none)
        orthogonal = p.eq("b'*sum[S](r[S]) = 0", (point.centered, "b'*?"))
        gap = point.certified.gap(p, point.moment, point.psd, orthogonal, R=MOMENT, b="b")
        own = OBJECTIVE.format("W", "h[S]", "b")
        last = p.implies(none, p.le(f"{HARDEST} <= {own}", point.certified.below(p, gap, own), using=[point.value]))
    square, turned = p.says("Root*Root = sum[S](a[S]*a[S]')"), range_rules(p)
    within, excess = in_range(p, square, turned, ""), point.excess(p)
    with p.assuming("X*X' = Root") as wide:
        cost = p.implies(wide, point.cost(p, wide, within))
    cost = p.some("some X: X*X' = Root", cost, "X")
    total = p.over(p.every(excess, "k"))
    first = at_the_point(p, cost, f"some W2, V: {AT_LABELS} <= {HARDEST}", total)
    p.done(p.join(first, point.converse(p, cost, excess), last))


def at_the_point(p: Proof, cost: Theorem, goal: str, total: Theorem) -> Theorem:
    """The point does not cost more than the bound."""
    some = p.formula(goal)
    with p.assuming("some X: X*X' = Root") as wide:
        found = p.apply(cost, wide)
        inner = p.ledger.assume(instantiate(found.conclusion[2], p.term("W2")))
        with p.assuming(f"{AT_LABELS} = {COST}") as value:
            less = p.le(f"{AT_LABELS} <= {HARDEST}", total, using=[value])
            made = p.implies(value, p.witness(p.witness(less, instantiate(some[2], p.term("W2")), "V"), some, "W2"))
        made = p.implies(inner, p.unpack(inner, made, "V"))
        return p.implies(wide, p.unpack(found, made, "W2"))
