"""L1, closed: Gibbs' inequality for a two-valued distribution, and what meets it."""

from __future__ import annotations

from typing import NamedTuple

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.hypotheses import ENTROPY, GREATEST, PAL_CE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem

INNER, OUTER = "((1 - {0}*(1 - size/K))/size)", "({0}/K)"
"""The probability of a label in the set, and outside."""


AT_V = "sum[S](L[S](W2*(V*y[S]))) + lambda_W/2*tr(W2'*W2) + lambda_H/2*sum[S]((V*y[S])'*(V*y[S]))"
SPREAD = "(size - size^2/K)"
TOTAL = "sum[k](ex(e[k]'*x))"
OBJECTIVE = "sum[S](L[S](W*h[S])) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"


@closes("L1")
def floor_under_the_loss(p: Proof) -> None:
    """L1: scaled centered indicators are feasible, their dual value is an entropy, and it is met on flat spectra."""
    logs, gibbs, some = begin(p)
    gap = gibbs.gap(p, logs, "c", *argument(p))
    known = certificate(p, gap, p.take(at_most(p, p.given[-1], "c", "Kappa"), 0))
    met = flat_where_met(p, logs, gap, known, some)
    values = two_values(p, logs, some)
    grows = entropy_grows(p, logs, gibbs, values)
    point = attained(p, logs, values)
    p.done(p.join(floor(p, known), met, point, larger_argument(p, point, grows)))


def begin(p: Proof) -> tuple[Logarithm, Gibbs, Theorem]:
    """What may be divided by, logarithms, Gibbs' inequality, and that a label is in a set or not."""
    p.positive(p.le("0 < size", p.says("1 <= size"), 1))
    return Logarithm(p), Gibbs(p), binary(p)


def argument(p: Proof) -> tuple[Theorem, Theorem]:
    """0 < c and c <= 1."""
    return p.says("0 < c"), p.take(at_most(p, p.given[-1], "c", "Kappa"), 1)


def at_most(p: Proof, capped: Theorem, t: str, top: str) -> Theorem:
    """t^2 top <= lambda, and t <= 1."""

    def root(case: Theorem) -> Theorem:
        return p.join(p.le(f"{t}^2*{top} <= lambda", using=[p.take(case, 0)]), p.take(case, 1))

    def one(case: Theorem) -> Theorem:
        first, second = p.take(case, 0), p.take(case, 1)
        bound = p.le(f"{t}^2*{top} <= lambda", first, using=[(second, f"({t} + 1)*{top}*?")])
        return p.join(bound, p.le(f"{t} <= 1", using=[second]))

    return p.by_cases(capped, root, one)


class Logarithm:
    """What is known of the logarithm: its tangents, and that it is one to one."""

    def __init__(self, p: Proof) -> None:
        self.p = p
        exponential = p.says("all t: 0 < ex(t) and log(ex(t)) = t")
        self.inverse = exponential
        self.tangent = self.at_shares()

    def of_product(self, s: str, t: str, *positive: Theorem) -> Theorem:
        """log(s t) = log s + log t."""
        return self.p.apply(self.p.axiom("logarithm of a product", {}, s=s, t=t), self.p.join(*positive))

    def below(self, t: str, positive: Theorem) -> Theorem:
        """log t <= t - 1, and t = 1 where they are equal."""
        return self.p.apply(self.p.axiom("tangent of the logarithm", {}, t=t), positive)

    def at_shares(self) -> Theorem:
        """share (t - log total - log share) is at most ex(t)/total - share, and equal only if ex(t) = total share."""
        p, u = self.p, "ex(t)*(1/total)*(1/share)"
        with p.supposing("0 < share and 0 < total") as (at, share, total):
            inverse, inverse2 = p.reciprocal(share), p.reciprocal(total)
            positive, value = p.parts(p.at(self.inverse, "t"))
            ratio = p.le(f"0 < {u}", (positive, inverse, inverse2))
            below = self.below(u, ratio)
            both = p.le("0 < total*share", (share, total))
            first = self.of_product(u, "total*share", ratio, both)
            second = self.of_product("total", "share", total, share)
            text = "share*(t - log(total) - log(share))"
            log = p.eq(f"log({u}) = t - log(total) - log(share)", first, second, value)
            bound = p.le(f"{text} <= ex(t)/total - share", (share, p.take(below, 0)), using=[(log, "share*?")])
            with p.assuming(f"{text} = ex(t)/total - share") as tight:
                met = p.eq(f"log({u}) = {u} - 1", (tight, "1/share*?"), log)
                met = p.apply(p.take(below, 1), met)
                equal = p.implies(tight, p.eq("ex(t) = total*share", (met, "total*share*?")))
            return p.every(p.implies(at, p.join(bound, equal)), "t", "share", "total")

    def total(self, text: str, z: str) -> Theorem:
        """A sum of exponentials is positive."""
        each = self.p.every(self.p.take(self.p.at(self.inverse, f"e[k]'*({z})"), 0), "k")
        made = self.p.le(f"0 < {text}", self.p.over(each))
        self.p.reciprocal(made)
        return made

    def ordered(self, a: str, b: str, positive: Theorem, larger: Theorem, apart: Theorem) -> Theorem:
        """From a < b to log a < log b, and from a <= b to log a <= log b."""
        p, ratio, relation = self.p, "share*(1/share2)", apart.conclusion[0]
        with p.supposing(f"0 < share and 0 < share2 and share {relation} share2") as (at, share, more, less):
            inverse = p.reciprocal(more)
            between = p.le(f"0 < {ratio}", (share, inverse))
            below = p.take(self.below(ratio, between), 0)
            split = self.of_product(ratio, "share2", between, more)
            bound = p.le(f"log(share) {relation} log(share2)", below, (less, inverse), using=[split])
            lemma = p.every(p.implies(at, bound), "share", "share2")
        return p.apply(p.at(lemma, a, b), p.join(positive, larger, apart))

    def one_to_one(self, a: str, b: str, positive: Theorem, larger: Theorem, same: Theorem) -> Theorem:
        """a = b where log a = log b."""
        p, ratio = self.p, "share*(1/share2)"
        with p.supposing("0 < share and 0 < share2 and log(share) = log(share2)") as (at, share, more, equal):
            between = p.le(f"0 < {ratio}", (share, p.reciprocal(more)))
            below = p.take(self.below(ratio, between), 0)
            split = self.of_product(ratio, "share2", between, more)
            bound = p.le("share2 <= share", (more, below), using=[(split, "share2*?"), (equal, "share2*?")])
            lemma = p.every(p.implies(at, bound), "share", "share2")
        first = p.apply(p.at(lemma, a, b), p.join(positive, larger, same))
        turned = p.eq(f"log({b}) = log({a})", same)
        return p.antisymmetry(p.apply(p.at(lemma, b, a), p.join(larger, positive, turned)), first)


class Gibbs:
    """Gibbs' inequality for the distribution of an argument of H, label by label."""

    def __init__(self, p: Proof) -> None:
        exponential = p.says("all t: 0 < ex(t) and log(ex(t)) = t")
        positive = p.every(p.take(p.at(exponential, "e[k]'*x"), 0), "k")
        self.total = p.le(f"0 < {TOTAL}", p.over(positive))
        p.reciprocal(self.total)
        self.some, self.rest = p.square("all S, k: e[k]'*y[S]"), p.square("all S, k: 1 - e[k]'*y[S]")

    @staticmethod
    def shares(p: Proof, c: str, positive: Theorem, small: Theorem) -> tuple[Theorem, Theorem]:
        """Both probabilities are positive."""
        labels, size = p.reciprocal(p.dimension("K")), p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1))
        inner = p.le(f"0 < {INNER.format(c)}", (size, small), (positive, labels))
        return inner, p.le(f"0 < {OUTER.format(c)}", (positive, labels))

    def gap(self, p: Proof, logs: Logarithm, c: str, positive: Theorem, small: Theorem) -> tuple[Theorem, Theorem, str]:
        """What the loss exceeds its dual value by, as a sum over labels of what is not negative."""
        inner, outer = self.shares(p, c, positive, small)
        texts, bounds = [], []
        for text, share in ((INNER.format(c), inner), (OUTER.format(c), outer)):
            at = p.apply(p.at(logs.tangent, "e[k]'*x", text, TOTAL), p.join(share, self.total))
            bounds.append(p.take(at, 0))
            texts.append(f"(ex(e[k]'*x)/{TOTAL} - {text} - {text}*(e[k]'*x - log({TOTAL}) - log({text})))")
        gain = f"((e[k]'*y[S])*{texts[0]} + (1 - e[k]'*y[S])*{texts[1]})"
        each = p.le(f"0 <= {gain}", (p.at(self.some, "S", "k"), bounds[0]), (p.at(self.rest, "S", "k"), bounds[1]))
        entropy, loss = p.at(p.says(ENTROPY[0]), c), p.says(PAL_CE[1])
        identity = p.eq(f"L[S](x) - (H({c}) - ({c}*(P*y[S]))'*x) = size*sum[k]({gain})", p.at(loss, "S", "x"), entropy)
        return p.every(p.every(each, "k"), "S", "x"), p.every(identity, "S", "x"), gain


def weak_duality(p: Proof, gap: tuple[Theorem, Theorem, str], c: str) -> Theorem:
    """The dual value is at most what it should be at any logits."""
    gain = p.every(p.over(p.at(gap[0], "S", "x")), "S", "x")
    return p.le(f"all S, x: H({c}) - ({c}*(P*y[S]))'*x <= L[S](x)", (p.says("1 <= size"), gain), gain, using=[gap[1]])


def certificate(p: Proof, gap: tuple[Theorem, Theorem, str], small: Theorem, c: str = "c", **point: str) -> Theorem:
    """U6a at residuals c P y, which have dual value H(c), for any point."""
    dual = weak_duality(p, gap, c)
    moment = p.eq(f"{c}^2*Sigma = sum[S](({c}*(P*y[S]))*({c}*(P*y[S]))')")
    lambda_w, lambda_h, product = p.given[:3]
    labels = p.reciprocal(p.dimension("K"))
    contrast = p.eq("ones'*(P*x) = 0")
    top = p.apply(p.at(p.says(GREATEST[0]), "P*x"), contrast)
    matrix = f"(lambda*I[K] - {c}^2*Sigma)"
    feasible = p.semidefinite(
        matrix, (p.square(c), top), (small, p.square("P*x")), (lambda_w, lambda_h, labels, p.square("ones'*x"))
    )
    orthogonal = p.eq(f"(0*ones)'*sum[S]({c}*(P*y[S])) = 0")
    terms = {"D": f"H({c})", "r": f"{c}*(P*y[sets_0])", "R": f"{c}^2*Sigma", "b": "0*ones"}
    premises = (lambda_w, lambda_h, product, moment, dual, feasible, orthogonal)
    return cited(p, "U6a", premises, **terms, **point)


def floor(p: Proof, known: Theorem, c: str = "c") -> Theorem:
    """The bound."""
    return p.le(f"H({c}) <= {OBJECTIVE}", *(p.take(known, i) for i in (1, 2, 3)))


def flat_where_met(
    p: Proof, logs: Logarithm, gap: tuple[Theorem, Theorem, str], known: Theorem, some: Theorem
) -> Theorem:
    """Where the bound is attained the loss has collapsed, or the spectrum is flat on its range."""
    either = p.formula("Kappa <= lambda or Sigma*Sigma = Kappa*Sigma")
    with p.assuming(f"{OBJECTIVE} = H(c)") as tight:
        iff = p.take(known, 4)
        premise = p.eq(f"{OBJECTIVE.replace('h[S])', 'h[S] + 0*ones)', 1)} = sum[S](H(c))", tight)
        slack = p.apply(p.ledger.either(iff, 0), premise)
        logits = two_valued(p, logs, gap, p.take(slack, 0), some)
        classifier = p.take(slack, 2)
        found = p.by_cases(
            p.given[-1],
            lambda case: flatness(p, logs, logits, classifier, p.take(case, 0)),
            lambda case: p.ledger.choose(p.take(case, 0), either),
        )
        return p.implies(tight, found)


def two_valued(p: Proof, logs: Logarithm, gap: tuple[Theorem, Theorem, str], none: Theorem, some: Theorem) -> Theorem:
    """Where Gibbs' inequality is an equation the logits take two values, one inside the set and one outside."""
    z, zero = "W*h[S]", "e[k]'*y[S] = 0"
    total = TOTAL.replace("*x", f"*({z})")
    inner, outer = INNER.format("c"), OUTER.format("c")
    identity, each = p.at(gap[1], "S", z), p.at(gap[0], "S", z)
    gain = gap[2].replace("*x", f"*({z})")
    logs.total(total, z)
    nothing = p.eq(f"sum[k]({gain}) = 0", (identity, "1/size*?"), (p.at(none, "S"), "1/size*?"))
    each = p.at(p.vanish(each, nothing), "k")
    value = f"e[k]'*({z}) = log({total}) + log({outer}) + (log({inner}) - log({outer}))*(e[k]'*y[S])"
    found = []
    positive = argument(p)
    shares = Gibbs.shares(p, "c", *positive)
    for text, share, share_positive in ((zero, outer, shares[1]), (f"1 - {zero}", inner, shares[0])):
        with p.assuming(text) as case:
            at = p.apply(p.at(logs.tangent, f"e[k]'*({z})", share, total), p.join(share_positive, logs.total(total, z)))
            other = f"{share}*(e[k]'*({z}) - log({total}) - log({share})) = ex(e[k]'*({z}))/{total} - {share}"
            context = gain_of(share, z, total), gain_of(inner if share == outer else outer, z, total)
            met = p.eq(other, each, (case, f"?*({context[0]} - {context[1]})"))
            ratio = p.apply(p.take(at, 1), met)
            log = p.take(p.at(logs.inverse, f"e[k]'*({z})"), 1)
            split = logs.of_product(total, share, logs.total(total, z), share_positive)
            last = p.eq(value, log, (ratio, "log(?)"), split, (case, f"(log({inner}) - log({outer}))*?"))
            found.append(p.implies(case, last))
    return p.every(p.every(p.cases(p.at(some, "S", "k"), *found), "k"), "S")


def gain_of(share: str, z: str, total: str) -> str:
    """By how much the tangent is above the logarithm at one label."""
    return f"(ex(e[k]'*({z}))/{total} - {share} - {share}*(e[k]'*({z}) - log({total}) - log({share})))"


class Moment(NamedTuple):
    """What the second moment of the centered indicators is, and the rewrite rules without its definition."""

    moment: Theorem
    symmetric: Theorem
    centered: Theorem
    trace: Theorem
    energy: Theorem
    rules: list[Theorem]


def spectral(p: Proof) -> Moment:
    """Facts on Sigma that its definition is needed for."""
    defined = (p.term("Sigma"), p.term("M"))
    return Moment(
        p.eq("Sigma = sum[S](P*y[S]*y[S]'*P)"),
        p.eq("Sigma' = Sigma"),
        p.eq("Sigma*P = Sigma"),
        p.eq(f"tr(Sigma) = {SPREAD}"),
        p.eq("sum[S](y[S]'*Sigma*y[S]) = tr(Sigma*Sigma)"),
        [rule for rule in p.rules if rule.conclusion[1] not in defined],
    )


def letters(p: Proof) -> list[Theorem]:
    """What is known to be nonzero, of letters and dimensions only."""
    return [one for one in p.nonzeros if one.conclusion[1][0] in ("l", "dim")]


def flatness(p: Proof, logs: Logarithm, logits: Theorem, classifier: Theorem, root: Theorem) -> Theorem:
    """The classifier lives on eigenvectors of Sigma with eigenvalue Kappa, and the logits are multiples of P y."""
    inner, outer = INNER.format("c"), OUTER.format("c")
    slope = f"(log({inner}) - log({outer}))"
    either = p.formula("Kappa <= lambda or Sigma*Sigma = Kappa*Sigma")
    lambda_w, lambda_h = p.given[:2]
    positive = p.le("0 < lambda", (lambda_w, lambda_h))
    p.positive(positive)
    centered = p.eq("ones'*W = 0", (classifier, "1/lambda*ones'*?"))
    moment, *_, rules = spectral(p)
    with p.assuming(f"slope = {slope}") as named:
        aligned = p.eq(
            "all S: W*h[S] = slope*(P*y[S])",
            (logits, "P*sum[k](?[S, k]*e[k])"),
            (centered, "1/K*ones*?*h[S]"),
            (named, "?*(P*y[S])"),
        )
        p.rules = rules
        scaled = p.eq(
            "slope*(lambda*Sigma - c^2*Sigma*Sigma) = 0",
            (classifier, "sum[S](?*h[S]*y[S]'*P)"),
            (aligned, "sum[S](lambda*?[S]*y[S]'*P)", "sum[S](c^2*Sigma*?[S]*y[S]'*P)"),
            (moment, "slope*lambda*?", "slope*c^2*Sigma*?"),
        )
        scaled = p.implies(named, scaled)
    scaled = p.every(scaled, "slope")
    split = p.order_cases("Kappa", "lambda")
    with p.assuming("Kappa <= lambda") as collapsed:
        first = p.implies(collapsed, p.ledger.choose(collapsed, either))
    with p.assuming("lambda < Kappa") as below:
        c = p.says("0 < c")
        share = p.reciprocal(p.le("0 < Kappa", below, positive))
        share2 = p.reciprocal(p.le("0 < c + 1", c, 1))
        small = p.le("c < 1", (below, share, share2), using=[(root, "1/Kappa*1/(c + 1)*?")])
        apart = p.le(f"{outer} < {inner}", (small, p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1))))
        shares = Gibbs.shares(p, "c", *argument(p))
        order = logs.ordered(outer, inner, shares[1], shares[0], apart)
        with p.assuming(f"slope = {slope}") as named:
            p.positive(p.le("0 < slope", order, using=[named]))
            p.rules, p.nonzeros = rules, letters(p)
            at = p.apply(p.at(scaled, "slope"), named)
            flat = p.eq("Sigma*Sigma = Kappa*Sigma", (at, "1/c^2*1/slope*?"), (root, "1/c^2*?*Sigma"))
            flat = p.every(p.implies(named, flat), "slope")
        flat = p.apply(p.at(flat, slope), p.eq(f"{slope} = {slope}"))
        second = p.implies(below, p.ledger.choose(flat, either))
    return p.cases(split, first, second)


def two_values(p: Proof, logs: Logarithm, some: Theorem) -> Theorem:
    """The loss at logits that are proportional to P y and have the distribution of an argument of H."""
    inner, outer = INNER.format("t"), OUTER.format("t")
    x, base, outside = "slope*(P*y[S])", "ex(-slope*size/K)", "e[k]'*y[S] = 0"
    with p.assuming(f"0 < t and t <= 1 and slope = log({inner}) - log({outer})") as at:
        shares = Gibbs.shares(p, "t", p.take(at, 0), p.take(at, 1))
        slope = p.take(at, 2)
        positive = p.reciprocal(p.take(at, 0))
        begin, begin_log = p.parts(p.at(logs.inverse, "-slope*size/K"))
        ratio = f"{base}*{inner}*(K/t)"
        value = f"ex(e[k]'*({x})) = {base} + ({ratio} - {base})*(e[k]'*y[S])"
        found = []
        with p.assuming(outside) as case:
            first = p.eq(value, (case, "ex(slope*? - slope*size/K)", f"({ratio} - {base})*?"))
            found.append(p.implies(case, first))
        more = p.le(f"0 < {ratio}", (begin, shares[0], p.dimension("K"), positive))
        with p.assuming(f"1 - {outside}") as case:
            log = p.eq(
                f"log(ex(slope - slope*size/K)) = log({ratio})",
                p.take(p.at(logs.inverse, "slope - slope*size/K"), 1),
                slope,
                begin_log,
                logs.of_product(ratio, outer, more, shares[1]),
                logs.of_product(base, inner, begin, shares[0]),
            )
            same = logs.one_to_one(
                "ex(slope - slope*size/K)", ratio, p.take(p.at(logs.inverse, "slope - slope*size/K"), 0), more, log
            )
            second = p.eq(value, (case, "ex(slope*(1 - ?) - slope*size/K)"), same, (case, f"({ratio} - {base})*?"))
            found.append(p.implies(case, second))
        each = p.every(p.every(p.cases(p.at(some, "S", "k"), *found), "k"), "S")
        total = f"sum[k](ex(e[k]'*({x})))"
        whole = p.eq(f"all S: {total} = {base}*(K/t)", (each, "sum[k](?[S, k])"))
        sum_log = p.eq(
            f"log({base}*(K/t)) = -slope*size/K - log({outer})",
            begin_log,
            logs.of_product(
                f"{base}*(K/t)", outer, p.le(f"0 < {base}*(K/t)", (begin, p.dimension("K"), positive)), shares[1]
            ),
        )
        loss = p.eq(
            f"all S: L[S]({x}) = H(t) - t*slope*{SPREAD}",
            (p.says(PAL_CE[1]), f"?[S, {x}]"),
            (whole, "size*log(?[S])"),
            (sum_log, "size*?"),
            (p.says(ENTROPY[0]), "?[t]"),
            (slope, f"size*(size*{inner})*?"),
        )
        return p.every(p.implies(at, loss), "t", "slope")


def slope_of(p: Proof, logs: Logarithm, c: str, positive: Theorem, small: Theorem) -> Theorem:
    """log inner - log outer is not negative, and positive where the argument is less than 1."""
    relation = small.conclusion[0]
    weak = small if relation == "<=" else p.le(f"{c} <= 1", small)
    inner, outer = Gibbs.shares(p, c, positive, weak)
    share = p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1))
    apart = p.le(f"{OUTER.format(c)} {relation} {INNER.format(c)}", (share, small))
    order = logs.ordered(OUTER.format(c), INNER.format(c), outer, inner, apart)
    return p.le(f"0 {relation} log({INNER.format(c)}) - log({OUTER.format(c)})", order)


def entropy_grows(p: Proof, logs: Logarithm, gibbs: Gibbs, values: Theorem) -> Theorem:
    """H increases strictly up to 1: Gibbs' inequality at the logits of the larger argument, and then once more."""
    slope = f"(log({INNER.format('t')}) - log({OUTER.format('t')}))"
    labels = p.reciprocal(p.dimension("K"))
    some, room = p.le("0 < size", p.says("1 <= size"), 1), p.le("0 < K - size", p.says("size <= K - 1"), 1)
    spread = p.le(f"0 < {SPREAD}", (some, room, labels))
    found = []
    for relation in ("<", "<="):
        with p.supposing(f"0 < tau and tau < t and t {relation} 1") as (at, first, apart, last):
            positive, small = p.le("0 < t", first, apart), p.le("t <= 1", last)
            sign = slope_of(p, logs, "t", positive, last)
            gap = gibbs.gap(p, logs, "tau", first, p.le("tau <= 1", apart, small))
            value = p.at(values, "t", slope)
            value = p.at(p.apply(value, p.join(positive, small, p.eq(f"{slope} = {slope}"))), "S")
            bound = p.at(weak_duality(p, gap, "tau"), "S", f"{slope}*(P*y[S])")
            grows = p.le(f"H(tau) {relation} H(t)", bound, (apart, sign, spread), using=[value])
            found.append(p.every(p.implies(at, grows), "tau", "t"))
    return twice(p, *found)


def twice(p: Proof, strict: Theorem, weak: Theorem) -> Theorem:
    """From tau to the middle strictly, and on to t, which may be 1."""
    middle = "1/2*(tau + t)"
    with p.supposing("0 < tau and tau < t and t <= 1") as (at, first, apart, last):
        half = (1, 2)
        low, high = p.le(f"tau < {middle}", (half, apart)), p.le(f"{middle} < t", (half, apart))
        one = p.apply(p.at(strict, "tau", middle), p.join(first, low, p.le(f"{middle} < 1", (half, apart), last)))
        two = p.apply(p.at(weak, middle, "t"), p.join(p.le(f"0 < {middle}", first, low), high, last))
        return p.every(p.implies(at, p.le("H(tau) < H(t)", one, two)), "tau", "t")


def attained(p: Proof, logs: Logarithm, values: Theorem) -> Theorem:
    """A point at the bound: W = 0 where the loss has collapsed, and a multiple of Sigma X on a flat spectrum."""
    some = p.formula(f"some W2, V: {AT_V} = H(c)")
    with p.assuming("(some X: X*X' = P) and (Kappa <= lambda or Sigma*Sigma = Kappa*Sigma)") as at:
        with p.assuming("Kappa <= lambda") as case:
            collapsed = p.implies(case, at_zero(p, values, case, some))
        split = p.order_cases("Kappa", "lambda")
        with p.assuming("lambda < Kappa") as below:
            with p.assuming("Sigma*Sigma = Kappa*Sigma") as flat:
                found = at_flat(p, logs, values, flat, below, some)
                found = p.implies(flat, p.unpack(p.take(at, 0), found, "X"))
            found = p.implies(below, p.cases(p.take(at, 1), collapsed, found))
        return p.implies(at, p.cases(split, collapsed, found))


def at_the_threshold(p: Proof, collapsed: Theorem) -> Theorem:
    """c = 1 where Kappa is at most lambda."""
    positive, _ = argument(p)

    def met(case: Theorem) -> Theorem:
        root = p.take(case, 0)
        product = p.le("0 < c^2*Kappa", (p.given[0], p.given[1]), using=[root])
        share = p.reciprocal(positive)
        top = p.le("0 < Kappa", (share, share, product))
        least = p.le(
            "1 <= c",
            (p.reciprocal(top), p.reciprocal(p.le("0 < c + 1", positive, 1)), collapsed),
            using=[(root, "1/Kappa*1/(c + 1)*?")],
        )
        return p.antisymmetry(p.take(case, 1), least)

    return p.by_cases(p.given[-1], met, lambda case: p.take(case, 1))


def at_zero(p: Proof, values: Theorem, collapsed: Theorem, some: Tree) -> Theorem:
    """W = 0 has the loss H(1), and c is 1."""
    positive, small = argument(p)
    whole = at_the_threshold(p, collapsed)
    slope = p.eq(
        f"0 = log({INNER.format('c')}) - log({OUTER.format('c')})",
        (whole, f"log({INNER.format('?')})"),
        (whole, f"log({OUTER.format('?')})"),
    )
    value = p.apply(p.at(values, "c", "0"), p.join(positive, small, slope))
    w, v = "(0*W)", "(0*W')"
    text = AT_V.replace("W2", w).replace("V", v)
    found = p.eq(f"{text} = H(c)", (value, "sum[S](?[S])"))
    return p.witness(p.witness(found, instantiate(some[2], p.term(w)), v), some, w)


def at_flat(p: Proof, logs: Logarithm, values: Theorem, flat: Theorem, below: Theorem, some: Tree) -> Theorem:
    """A point with logits proportional to P y, of the two values that Gibbs' inequality asks for."""
    positive, small = argument(p)
    text = f"log({INNER.format('c')}) - log({OUTER.format('c')})"
    root, lambda_h = met_root(p, below), p.given[1]
    p.positive(p.le("0 < Kappa", below, (p.given[0], lambda_h)))
    share = p.reciprocal(positive)
    sign = slope_of(p, logs, "c", positive, small)
    facts = spectral(p)
    with (
        p.assuming("X*X' = P") as wide,
        p.assuming(f"slope = {text}") as slope,
        p.supposing("0 <= tau and tau^2 = slope*lambda_H/c") as (at, _, square, *_),
    ):
        value = p.apply(p.at(values, "c", "slope"), p.join(positive, small, slope))
        p.rules, p.nonzeros = facts.rules, letters(p)
        logits = flat_logits(p, facts, wide, flat, square)
        classifier, features = flat_costs(p, facts, wide, flat, square, root)
        half = f"1/2*c*slope*{SPREAD}"
        uses = (logits, "sum[S](L[S](?[S]))"), (value, "sum[S](?[S])")
        loss = p.eq(f"sum[S](L[S]({FLAT_W}*({FLAT_V}*y[S]))) = H(c) - 2*{half}", *uses)
        point = AT_V.replace("W2", FLAT_W).replace("V", FLAT_V)
        found = p.eq(f"{point} = H(c)", loss, classifier, features)
        found = p.witness(p.witness(found, instantiate(some[2], p.term(FLAT_W)), FLAT_V), some, FLAT_W)
        under = p.le("0 <= slope*lambda_H/c", (sign, lambda_h, share), using=[(slope, "lambda_H/c*?")])
        exists = p.apply(p.axiom("square root", {}, t="slope*lambda_H/c"), under)
        found = p.implies(slope, p.unpack(exists, p.implies(at, found), "tau"))
        found = p.apply(p.at(p.every(found, "slope"), text), p.eq(f"{text} = {text}"))
        return p.implies(wide, found)


FLAT_W, FLAT_V = "(tau/Kappa*(Sigma*X))", "(c/lambda_H*(tau/Kappa*(Sigma*X))')"


def flat_logits(p: Proof, facts: Moment, wide: Theorem, flat: Theorem, square: Theorem) -> Theorem:
    """The logits are multiples of P y, since every P y is an eigenvector."""
    moment, symmetric, centered, *_ = facts
    scale = "tau^2*c/(lambda_H*Kappa^2)"
    eigen = eigenvectors(p, moment, symmetric, centered, flat, "Kappa")
    return p.eq(
        f"all S: {FLAT_W}*({FLAT_V}*y[S]) = slope*(P*y[S])",
        (symmetric, f"{scale}*(Sigma*X*X'*?*y[S])"),
        (wide, f"{scale}*(Sigma*?*Sigma*y[S])"),
        (centered, f"{scale}*(?*Sigma*y[S])"),
        (flat, f"{scale}*(?*y[S])"),
        (eigen, "tau^2*c/(lambda_H*Kappa)*?[S]"),
        (square, "c/lambda_H*?*(P*y[S])"),
    )


def eigenvectors(p: Proof, moment: Theorem, symmetric: Theorem, centered: Theorem, flat: Theorem, top: str) -> Theorem:
    """On a spectrum that is flat on its range every P y is an eigenvector."""
    rest, shifted = f"(Sigma*P*y[S] - {top}*(P*y[S]))", f"(Sigma - {top}*I[K])"
    none = p.eq(
        f"sum[S]({rest}'*{rest}) = 0",
        (moment, f"tr({shifted}'*{shifted}*?)"),
        (symmetric, f"tr(?*{shifted}*Sigma)"),
        (flat, f"tr({shifted}*?)"),
    )
    none = p.definite(f"all S: {rest}", p.vanish(p.square(f"all S: {rest}"), none))
    return p.eq(f"all S: Sigma*y[S] = {top}*(P*y[S])", none, (centered, "?*y[S]"))


def flat_costs(
    p: Proof, facts: Moment, wide: Theorem, flat: Theorem, square: Theorem, root: Theorem
) -> tuple[Theorem, Theorem]:
    """Both penalties of that point."""
    _, symmetric, centered, trace, energy, _ = facts
    uses = (wide, "Sigma*?*Sigma'"), (centered, "?*Sigma'"), (symmetric, "Sigma*?"), flat
    gram = p.eq("Sigma*X*X'*Sigma' = Kappa*Sigma", *uses)
    half = f"1/2*c*slope*{SPREAD}"
    g, u = "share*(Sigma*X)", "(share2*(share*(Sigma*X))'*y[S])"
    one = p.eq(f"tr(({g})'*({g})) = share^2*Kappa*{SPREAD}", (gram, "share^2*tr(?)"), (trace, "share^2*Kappa*?"))
    two = p.eq(
        f"sum[S]({u}'*{u}) = share2^2*share^2*Kappa^2*{SPREAD}",
        (gram, "share2^2*share^2*sum[S](y[S]'*?*y[S])"),
        (energy, "share2^2*share^2*Kappa*?"),
        (flat, "share2^2*share^2*Kappa*tr(?)"),
        (trace, "share2^2*share^2*Kappa^2*?"),
    )
    one = p.at(p.every(one, "share"), "tau/Kappa")
    two = p.at(p.every(two, "share", "share2"), "tau/Kappa", "c/lambda_H")
    last = (square, f"1/2*lambda_W/Kappa*{SPREAD}*?"), (root, f"1/2*slope/Kappa/c*{SPREAD}*?")
    classifier = p.eq(f"lambda_W/2*tr({FLAT_W}'*{FLAT_W}) = {half}", (one, "lambda_W/2*?"), *last)
    features = p.eq(
        f"lambda_H/2*sum[S](({FLAT_V}*y[S])'*({FLAT_V}*y[S])) = {half}",
        (two, "lambda_H/2*?"),
        (square, f"1/2*1/lambda_H*c^2*{SPREAD}*?"),
    )
    return classifier, features


def met_root(p: Proof, below: Theorem) -> Theorem:
    """Below collapse c^2 Kappa = lambda."""
    return p.by_cases(
        p.given[-1],
        lambda case: p.take(case, 0),
        lambda case: p.absurd("c^2*Kappa = lambda", p.le("0 < 0", below, p.take(case, 0))),
    )


def larger_argument(p: Proof, met: Theorem, grows: Theorem) -> Theorem:
    """A larger argument of H is above the loss of that point."""
    wide, flat = "some X: X*X' = P", "Sigma*Sigma = Kappa*Sigma"
    some = p.formula(f"some W2, V: {AT_V} < H(t)")
    with p.assuming(f"({wide}) and {flat} and c < t and t <= 1") as at:
        either = p.ledger.choose(p.take(at, 1), p.formula(f"Kappa <= lambda or {flat}"))
        point = p.apply(met, p.join(p.take(at, 0), either))
        more = p.apply(p.at(grows, "c", "t"), p.join(argument(p)[0], p.take(at, 2), p.take(at, 3)))
        with p.assuming(f"{AT_V} = H(c)") as value:
            less = p.le(f"{AT_V} < H(t)", more, using=[value])
            found = p.witness(p.witness(less, instantiate(some[2], p.term("W2")), "V"), some, "W2")
            found = p.implies(value, found)
        inner = instantiate(point.conclusion[2], p.term("W2"))
        with_v = p.ledger.assume(inner)
        found = p.implies(with_v, p.unpack(with_v, found, "V"))
        return p.every(p.implies(at, p.unpack(point, found, "W2")), "t")
