"""U11 and U11a, closed: what a gap says of the optimum, by Pinsker's inequality label by label."""

from typing import Any

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.claims.hypotheses import LABELS_APART, OBJECTIVE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

AT, BEST = OBJECTIVE.format("W", "h[S]", "b"), OBJECTIVE.format("W2", "h2[S]", "b2")
Z, Z2 = "(W*h[S] + b)", "(W2*h2[S] + b2)"
OWN = f"(L[S]{Z2} + r2[S]'*{Z2})"
"""The dual value of the optimum, at its own residuals."""
NEAR, FAR = f"(L[S]{Z} - {OWN} + r2[S]'*{Z})", f"(L[S]{Z2} - D[S](r[S]) + r[S]'*{Z2})"
"""How far the optimum is from the point, and the dual candidate from the optimum."""
PSI = "({0}*(log({0}) - log({1})) - {0} + {1})"
"""What a divergence is the sum of."""
BOTH = f"{PSI} + {PSI.format('(1 - {0})', '(1 - {1})')}"
OTHER = "(e[k]'*prob[S])"
OPTIMUM, POINT, DUAL = (f"(e[k]'*prob{i}[S])" for i in ("2", "", "1"))
MIDPOINT = "4*{0}*(e[k]'*(prob2[S] - 1/2*(prob1[S] + prob[S])))^2 <= eps - {0}*(e[k]'*(prob1[S] - prob[S]))^2"


class Near:
    """A point, a dual candidate and the optimum between them."""

    def __init__(self, p: Proof) -> None:
        lambda_w, lambda_h, product, moment, dual, feasible, gap = p.given[:7]
        features, classifier, tangent, moment2, best, bias = p.given[7:13]
        none = self.orthogonal(p, bias)
        own = p.le(f"all S, x: {OWN} - r2[S]'*x <= L[S](x)", ((tangent, ("S", "x")),))
        penalties, second = (lambda_w, lambda_h, product), {"W": "W2", "h": "h2[sets_0]", "b": "b2"}
        put = {"D": OWN.replace("[S]", "[sets_0]"), "r": "r2[sets_0]", "R": "R2"}
        point = cited(p, "U6a", (*penalties, moment2, own, best, none[1]), **put)
        optimum = cited(p, "U6a", (*penalties, moment2, own, best, none[3]), **put, **second)
        candidate = cited(p, "U6a", (*penalties, moment, dual, feasible, none[2]), **second)
        eigen = p.eq("R2*W2 = lambda*W2", (features, "sum[S](r2[S]*?[S]')"), (classifier, "lambda_H*?"))
        value = p.eq(
            f"{BEST} = sum[S]({OWN})",
            p.take(optimum, 0),
            (features, "1/2*sum[S]((h2[S] - 1/lambda_H*(W2'*r2[S]))'*?[S])"),
            (eigen, "1/(2*lambda_H)*tr(W2'*?)"),
        )
        self.near, self.far = p.take(point, 1), p.take(candidate, 1)
        first = p.le(
            f"sum[S]({NEAR}) <= {AT} - sum[S]({OWN})", *(p.take(point, 2), p.take(point, 3)), using=[p.take(point, 0)]
        )
        last = p.le(
            f"sum[S]({FAR}) <= {BEST} - sum[S](D[S](r[S]))",
            *(p.take(candidate, 2), p.take(candidate, 3)),
            using=[p.take(candidate, 0)],
        )
        self.both = p.le(f"sum[S]({NEAR} + {FAR}) <= eps", first, last, gap, using=[value])
        self.each = p.le(f"all S: 0 <= {NEAR}", ((own, ("S", Z)),)), p.le(f"all S: 0 <= {FAR}", ((dual, ("S", Z2)),))
        apart = p.le(f"all S: 0 <= {NEAR} + {FAR}", *self.each)
        part = p.ledger.fact("part", p.formula(f"all S: w[S]*({NEAR} + {FAR}) <= sum[S]({NEAR} + {FAR})"), apart)
        self.part = p.le(f"all S: w[S]*({NEAR} + {FAR}) <= eps", part, self.both)
        self.one = p.le(f"all S: w[S]*{NEAR} <= eps", self.part, (p.ledger.weight("sets"), self.each[1]))

    @staticmethod
    def orthogonal(p: Proof, bias: Theorem) -> list[Theorem]:
        """b' sum r = 0 for both biases and both residuals."""
        found = []
        for b, r in (("b", "r"), ("b", "r2"), ("b2", "r"), ("b2", "r2")):
            goal, part = f"{b}'*sum[S]({r}[S]) = 0", (int(b == "b2"), int(r == "r2"))

            def without(case: Theorem, goal: str = goal, r: str = r, part: tuple[int, int] = part) -> Theorem:
                return p.eq(goal, (p.take(case, part[0]), f"?'*sum[S]({r}[S])"))

            def free(case: Theorem, goal: str = goal, b: str = b, part: tuple[int, int] = part) -> Theorem:
                return p.eq(goal, (p.take(case, part[1]), f"{b}'*?"))

            found.append(p.by_cases(bias, without, free))
        return found


def pinsker(p: Proof) -> Theorem:
    """Pinsker's inequality: the axiom label by label, and the inequality of Cauchy and Schwarz."""
    a, s, d = "(e[k]'*u1)", "(e[k]'*u2)", "(v'*(u1 - u2))"
    text = "(all k: 0 <= e[k]'*u1) and (all k: 0 < e[k]'*u2) and ones'*u1 = 1 and ones'*u2 = 1"
    with p.supposing(f"{text} and (all k: (e[k]'*v)^2 <= 1)") as (at, some, all_, one, two, signs):
        axiom = p.apply(p.axiom("pointwise Pinsker", {}, s=a, t=s), p.join(p.at(some, "k"), p.at(all_, "k")))
        share = f"(2*{a} + 4*{s})"
        inverse = p.reciprocal(p.le(f"0 < {share}", (2, p.at(some, "k")), (4, p.at(all_, "k"))))
        each = p.le(
            f"2*{d}*(e[k]'*v)*({a} - {s}) <= 1/6*{d}^2*{share} + 2*{PSI.format(a, s)}",
            (6, inverse, p.square(f"1/6*{d}*{share} - (e[k]'*v)*({a} - {s})")),
            (2, inverse, axiom),
            (6, inverse, p.at(signs, "k"), p.square(f"{a} - {s}")),
        )
        uses = [(one, f"1/3*{d}^2*?"), (two, f"2/3*{d}^2*?")]
        bound = p.le(f"{d}^2 <= 2*sum[k]({PSI.format(a, s)})", p.over(p.every(each, "k")), using=uses)
        return p.every(p.implies(at, bound), "u1", "u2", "v")


def binary(p: Proof) -> tuple[Theorem, Theorem]:
    """What a divergence is the sum of is not negative, and Pinsker's inequality for one label or its absence."""
    with p.assuming("0 <= s and 0 < t") as at:
        inverse = p.reciprocal(p.le("0 < 2*s + 4*t", (2, p.take(at, 0)), (4, p.take(at, 1))))
        axiom = p.apply(p.axiom("pointwise Pinsker", {}), at)
        sign = p.le(f"0 <= {PSI.format('s', 't')}", (inverse, axiom), (3, inverse, p.square("s - t")))
        sign = p.every(p.implies(at, sign), "s", "t")
    with p.supposing("0 <= s and s <= 1 and 0 < t and 0 < 1 - t") as (at, first, most, second, rest):
        other = p.le("0 <= 1 - s", most)
        inverse = p.reciprocal(p.le("0 < 2*s + 4*t", (2, first), (4, second)))
        inverse2 = p.reciprocal(p.le("0 < 6 - 2*s - 4*t", (2, other), (4, rest)))
        axiom = p.apply(p.axiom("pointwise Pinsker", {}), p.join(first, second))
        axiom2 = p.apply(p.axiom("pointwise Pinsker", {}, s="1 - s", t="1 - t"), p.join(other, rest))
        bound = p.le(
            f"2*(s - t)^2 <= {PSI.format('s', 't')} + {PSI.format('(1 - s)', '(1 - t)')}",
            *((inverse, axiom), (inverse2, axiom2)),
            (2, inverse, inverse2, p.square("2*s + 4*t - 3"), p.square("s - t")),
        )
        return sign, p.every(p.implies(at, bound), "s", "t")


class Softmax:
    """The distribution at given logits: it is positive, adds up to 1, and its logarithms are the logits up to one."""

    def __init__(self, p: Proof, logs: Logarithm, prob: str, z: str, said: Theorem) -> None:
        total = f"sum[k](ex(e[k]'*{z}))"
        sums = logs.total(total, z)
        inverse, power = p.reciprocal(sums), p.take(p.at(logs.inverse, f"e[k]'*{z}"), 0)
        positive = p.le(f"0 < e[k]'*{prob}", (power, inverse), using=[(said, f"1/{total}*?[S, k]")])
        self.whole = p.eq(f"ones'*{prob} = 1", (said, f"1/{total}*sum[k](?[S, k])"))
        log = p.eq(
            f"e[k]'*{z} = log(e[k]'*{prob}) + log({total})",
            *(p.take(p.at(logs.inverse, f"e[k]'*{z}"), 1), (said, "log(?[S, k])")),
            logs.of_product(f"e[k]'*{prob}", total, positive, sums),
        )
        self.positive, self.log, self.total = p.every(positive, "k"), p.every(log, "k"), f"log({total})"


class Sigmoid:
    """The probabilities at given logits: they are between 0 and 1, and what their logarithms are."""

    def __init__(self, p: Proof, logs: Logarithm, prob: str, z: str, said: Theorem) -> None:
        power, value = p.parts(p.at(logs.inverse, f"e[k]'*{z}"))
        q, both = f"(e[k]'*{prob})", f"(1 + ex(e[k]'*{z}))"
        sums, one = p.le(f"0 < {both}", 1, power), p.le("0 < 1", 1)
        inverse = p.reciprocal(sums)
        positive = p.le(f"0 < {q}", (power, inverse), using=[(said, f"1/{both}*?[S, k]")])
        below = p.le(f"0 < 1 - {q}", inverse, using=[(said, f"1/{both}*?[S, k]")])
        nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
        product, product2 = (logs.of_product(x, both, y, sums) for x, y in ((q, positive), (f"1 - {q}", below)))
        log = p.eq(f"e[k]'*{z} = log({q}) + log({both})", value, (said, "log(?[S, k])"), product)
        turned = p.eq(f"(1 - {q})*{both} = 1", (said, "?[S, k]"))
        log2 = p.eq(f"0 = log(1 - {q}) + log({both})", nothing, (turned, "log(?)"), product2)
        self.positive, self.below, self.log, self.log2 = (p.every(x, "k") for x in (positive, below, log, log2))


Pair = tuple[Any, Any]


def of_pal(p: Proof, loss: Theorem, residual: Theorem, ends: tuple[Softmax, Softmax]) -> Theorem:
    """The divergence of the optimum's distribution from the point's."""
    prob, (one, two) = "(e[k]'*prob2[S])", ends
    return p.eq(
        f"{NEAR} = m[S]*sum[k]({PSI.format(prob, OTHER)})",
        *(p.at(loss, "S", Z), p.at(loss, "S", Z2), (residual, f"?[S]'*({Z} - {Z2})")),
        *((one.log, f"m[S]*sum[k]({prob}*?[k])"), (two.log, f"m[S]*sum[k]({prob}*?[k])")),
        *((one.whole, "m[S]*?"), (two.whole, f"m[S]*({one.total} - {two.total} - 1)*?")),
    )


def of_bce(p: Proof, loss: Theorem, residual: Theorem, ends: tuple[Sigmoid, Sigmoid]) -> Theorem:
    """The same label by label."""
    prob = "(e[k]'*prob2[S])"
    logs = [(x.log, f"sum[k]({prob}*?[k])") for x in ends] + [(x.log2, f"sum[k]((1 - {prob})*?[k])") for x in ends]
    return p.eq(
        f"{NEAR} = sum[k]({BOTH.format(prob, OTHER)})",
        *(p.at(loss, "S", Z), p.at(loss, "S", Z2), (residual, f"?[S]'*({Z} - {Z2})")),
        *logs,
    )


@closes("U11")
def from_a_gap(p: Proof) -> None:
    """U11: the divergence of a label set is at most eps over its weight, and a divergence bounds a distance."""
    near, logs, lemma, lemmas = Near(p), Logarithm(p), pinsker(p), binary(p)
    weight, gap = p.at(p.ledger.weight("sets"), "S"), p.at(near.one, "S")
    with p.supposing(p.goal[1][1]) as (at, size, loss, first, second, residual):
        one, two = Softmax(p, logs, "prob[S]", Z, first), Softmax(p, logs, "prob2[S]", Z2, second)
        identity = of_pal(p, loss, residual, (one, two))
        weak = p.le("all k: 0 <= e[k]'*prob2[S]", two.positive)
        with p.assuming("all k: (e[k]'*v)^2 <= 1") as signs:
            premise = p.join(weak, one.positive, two.whole, one.whole, signs)
            bound = p.apply(p.at(lemma, "prob2[S]", "prob[S]", "v"), premise)
            text = "w[S]*m[S]*(v'*(prob2[S] - prob[S]))^2 <= 2*eps"
            near_ = p.le(text, (weight, p.at(size, "S"), bound), (2, gap), using=[(identity, "2*w[S]*?")])
            near_ = p.every(p.implies(signs, near_), "S", "v")
        text = f"e[j]'*{Z2} - e[k]'*{Z2} = log(e[j]'*prob2[S]) - log(e[k]'*prob2[S])"
        apart = p.eq(text, p.at(two.log, "j"), p.at(two.log, "k"))
        pal = p.implies(at, p.join(near_, p.every(apart, "S", "j", "k")))
    with p.supposing(p.goal[2][1]) as (at, loss, first, second, residual):
        lower, upper = Sigmoid(p, logs, "prob[S]", Z, first), Sigmoid(p, logs, "prob2[S]", Z2, second)
        identity = of_bce(p, loss, residual, (lower, upper))
        each, square = label_by_label(p, lemmas, ("prob2[S]", "prob[S]"), weakly(p, upper), lower)
        text = "2*w[S]*(e[k]'*(prob2[S] - prob[S]))^2 <= eps"
        bound = p.le(text, (weight, square), (weight, each), gap, using=[(identity, "w[S]*?")])
        text = f"e[k]'*{Z2} = log(e[k]'*prob2[S]) - log(1 - e[k]'*prob2[S])"
        value = p.eq(text, p.at(upper.log, "k"), p.at(upper.log2, "k"))
        bce = p.implies(at, p.join(p.every(bound, "S", "k"), p.every(value, "S", "k")))
    with p.supposing(p.goal[3][1]) as (at, loss, residual):
        off = f"(r2[S] - (y[S] - {Z}))"
        identity = p.eq(
            f"2*{NEAR} = {off}'*{off}",
            *((p.at(loss, "S", Z), "2*?"), (p.at(loss, "S", Z2), "2*?")),
            (residual, f"?[S]'*(r2[S] - y[S] + {Z2})"),
        )
        bound = p.le(f"all S: w[S]*({off}'*{off}) <= 2*eps", (2, near.one), using=[(identity, "w[S]*?")])
        mse = p.implies(at, p.join(bound, p.eq(f"all S: {Z2[1:-1]} = y[S] - r2[S]", residual)))
    p.done(p.join(pal, bce, mse, *geometry(p), shrinking(p)))


def weakly(p: Proof, ends: Sigmoid) -> tuple[Theorem, Theorem]:
    """Between 0 and 1, at one label."""
    return p.le("0 <= e[k]'*prob2[S]", p.at(ends.positive, "k")), p.le("e[k]'*prob2[S] <= 1", p.at(ends.below, "k"))


def label_by_label(
    p: Proof, lemmas: Pair, probs: tuple[str, str], inside: tuple[Theorem, Theorem], lower: Sigmoid
) -> tuple[Theorem, Theorem]:
    """The divergence at one label is at most that of all, and Pinsker's inequality for it."""
    s, t = (f"(e[k]'*{prob})" for prob in probs)
    some, most = inside
    positive, below = p.at(lower.positive, "k"), p.at(lower.below, "k")
    first = p.apply(p.at(lemmas[0], s, t), p.join(some, positive))
    last = p.apply(p.at(lemmas[0], f"1 - {s}", f"1 - {t}"), p.join(p.le(f"0 <= 1 - {s}", most), below))
    text = BOTH.format(s, t)
    whole = p.every(p.le(f"0 <= {text}", first, last), "k")
    each = p.at(p.ledger.fact("part", p.formula(f"all k: w[k]*({text}) <= sum[k]({text})"), whole), "k")
    return p.le(f"{text} <= sum[k]({text})", each), p.apply(p.at(lemmas[1], s, t), p.join(some, most, positive, below))


def geometry(p: Proof) -> tuple[Theorem, Theorem]:
    """Gram matrix and inner products of the optimum as functions of its residuals and logits (U10)."""
    features, classifier = p.given[7:9]
    goal = f"lambda_W*W2*W2' = sum[S](r2[S]*{Z2}')"

    def without(case: Theorem) -> Theorem:
        return p.eq(goal, (classifier, "?*W2'"), (p.take(case, 1), "sum[S](r2[S]*?')"))

    def free(case: Theorem) -> Theorem:
        return p.eq(goal, (classifier, "?*W2'"), (p.take(case, 1), "?*b2'"))

    inner = p.eq(
        "all S, T: lambda_H^2*(h2[S]'*h2[T]) = r2[S]'*W2*W2'*r2[T]",
        (features, "lambda_H*?[S]'*h2[T]", "r2[S]'*W2*?[T]"),
    )
    return p.by_cases(p.given[12], without, free), inner


def shrinking(p: Proof) -> Theorem:
    """A multiple of a dual candidate is feasible."""
    with p.assuming("psd (top*I[K] - R) and t^2*top <= lambda") as at:
        pieces = p.square("t*x", p.take(at, 0)), (p.take(at, 1), p.square("x"))
        made = p.implies(at, p.semidefinite("lambda*I[K] - t^2*R", *pieces))
    return p.every(made, "top", "t")


def relative(p: Proof) -> Theorem:
    """A probability whose share of the divergence is at most eta is within an interval of its own size."""
    psi = PSI.format("s", "share")
    with p.supposing(f"0 <= s and 0 < share and {psi} <= eta") as (at, weak, positive, small):
        axiom = p.apply(p.axiom("pointwise Pinsker", {}, t="share"), p.join(weak, positive))
        inverse = p.reciprocal(p.le("0 < 2*s + 4*share", (2, weak), (4, positive)))
        sign = p.le(f"0 <= {psi}", (inverse, axiom), (3, inverse, p.square("s - share")))
        with p.supposing("0 <= t and t^2 = 2*share*eta") as (root, long, square):
            with p.assuming("s < share - t") as wrong:
                less = p.le("s <= share", wrong, long)
                pieces = (wrong, p.le("0 < share - s + t", wrong, (2, long))), (2, positive, small)
                pieces2 = ((2, 3), less, sign), ((1, 3), axiom)
                false = p.implies(wrong, p.le("0 < 0", *pieces, *pieces2, using=[square]))
            low = refuted(p, "share - t <= s", false)
            low = p.every(p.implies(root, low), "t")
        with p.supposing("0 <= t and t^2 = eta^2 + 2*share*eta") as (root, long, square):
            with p.assuming("share + eta + t < s") as wrong:
                more = p.le("share <= s", wrong, long, small, sign)
                pieces = (wrong, p.le("0 < s - share - eta + t", wrong, (2, long))), (2, weak, small)
                pieces2 = ((4, 3), more, sign), ((1, 3), axiom)
                false = p.implies(wrong, p.le("0 < 0", *pieces, *pieces2, using=[square]))
            high = refuted(p, "s <= share + eta + t", false)
            high = p.every(p.implies(root, high), "t")
        return p.every(p.implies(at, p.join(low, high)), "s", "share", "eta")


def refuted(p: Proof, right: str, false: Theorem) -> Theorem:
    """An inequality whose contrary says that 0 < 0."""
    a, b = right.split(" <= ")
    return p.by_cases(p.order_cases(a, b), lambda case: case, lambda case: p.absurd(right, p.apply(false, case)))


class Sharper(Near):
    """What U11a says of each loss."""

    def __init__(self, p: Proof) -> None:
        super().__init__(p)
        self.logs, self.lemma, self.lemmas, self.own = Logarithm(p), pinsker(p), binary(p), relative(p)
        self.weight = p.at(p.ledger.weight("sets"), "S")
        self.share = p.reciprocal(self.weight)
        self.gap, self.sum = p.at(self.one, "S"), p.at(self.part, "S")

    def pal(self, p: Proof) -> Theorem:
        """Pick-all-labels cross entropy."""
        with p.supposing(p.goal[2][1]) as (at, sizes, loss, first, second, residual, candidate, weak1, value):
            size = p.at(sizes, "S")
            inverse = p.reciprocal(size)
            one, two = Softmax(p, self.logs, "prob[S]", Z, first), Softmax(p, self.logs, "prob2[S]", Z2, second)
            identity = of_pal(p, loss, residual, (one, two))
            given, whole1 = (p.every(p.take(p.at(candidate, "S"), i), "S") for i in range(2))
            far = p.eq(
                f"{FAR} = m[S]*sum[k]({PSI.format(DUAL, OPTIMUM)})",
                *(p.at(loss, "S", Z2), p.at(value, "S"), (given, f"?[S]'*{Z2}")),
                *((two.log, f"m[S]*sum[k]({DUAL}*?[k])"), (two.whole, "m[S]*?")),
                (whole1, f"m[S]*({two.total} - 1)*?[S]"),
            )
            weak = p.le("all k: 0 <= e[k]'*prob2[S]", two.positive)
            square = coordinate(p, self.lemma, ("prob2[S]", "prob[S]"), (weak, one.positive, two.whole, one.whole))
            square1 = coordinate(
                p, self.lemma, ("prob1[S]", "prob2[S]"), (p.at(weak1, "S"), two.positive, p.at(whole1, "S"), two.whole)
            )
            uses = [(identity, "w[S]*?"), (far, "w[S]*?")]
            pieces = [(self.weight, size, square), (self.weight, size, square1)]
            mid = p.le(MIDPOINT.format("w[S]*m[S]"), *pieces, self.sum, using=uses)
            positive, least = p.at(one.positive, "k"), p.at(weak, "k")
            psi = PSI.format(OPTIMUM, POINT)
            signs = p.every(p.apply(p.at(self.lemmas[0], OPTIMUM, POINT), p.join(least, positive)), "k")
            part = p.at(p.ledger.fact("part", p.formula(f"all k: w[k]*{psi} <= sum[k]({psi})"), signs), "k")
            with p.assuming("w[S]*m[S]*eta = eps") as level:
                bound = (self.share, inverse, self.gap), part
                small = p.le(f"{psi} <= eta", *bound, using=[(identity, "1/m[S]*?"), (level, "1/w[S]*1/m[S]*?")])
                found = p.implies(level, p.apply(p.at(self.own, OPTIMUM, POINT, "eta"), p.join(least, positive, small)))
            return p.implies(at, p.join(p.every(mid, "S", "k"), p.every(found, "S", "k", "eta")))

    def bce(self, p: Proof) -> Theorem:
        """Binary cross entropy."""
        with p.supposing(p.goal[3][1]) as (at, loss, first, second, residual, given, inside, value):
            lower, upper = Sigmoid(p, self.logs, "prob[S]", Z, first), Sigmoid(p, self.logs, "prob2[S]", Z2, second)
            identity = of_bce(p, loss, residual, (lower, upper))
            far = p.eq(
                f"{FAR} = sum[k]({BOTH.format(DUAL, OPTIMUM)})",
                *(p.at(loss, "S", Z2), p.at(value, "S"), (given, f"?[S]'*{Z2}"), (upper.log, f"sum[k]({DUAL}*?[k])")),
                (upper.log2, f"sum[k]((1 - {DUAL})*?[k])"),
            )
            between = weakly(p, upper)
            each, square = label_by_label(p, self.lemmas, ("prob2[S]", "prob[S]"), between, lower)
            ends = p.at(inside, "S", "k")
            inside1 = p.take(ends, 0), p.take(ends, 1)
            each1, square1 = label_by_label(p, self.lemmas, ("prob1[S]", "prob2[S]"), inside1, upper)
            uses = [(identity, "w[S]*?"), (far, "w[S]*?")]
            pieces = [(self.weight, x) for x in (square, square1, each, each1)]
            mid = p.le(MIDPOINT.format("w[S]"), *pieces, self.sum, using=uses)
            positive, below = p.at(lower.positive, "k"), p.at(lower.below, "k")
            most = p.join(p.le(f"0 <= 1 - {OPTIMUM}", between[1]), below)
            rest = p.apply(p.at(self.lemmas[0], f"1 - {OPTIMUM}", f"1 - {POINT}"), most)
            with p.assuming("w[S]*eta = eps") as level:
                uses = [(identity, "?"), (level, "1/w[S]*?")]
                small = p.le(f"{PSI.format(OPTIMUM, POINT)} <= eta", (self.share, self.gap), each, rest, using=uses)
                own = p.at(self.own, OPTIMUM, POINT, "eta")
                found = p.implies(level, p.apply(own, p.join(between[0], positive, small)))
            return p.implies(at, p.join(p.every(mid, "S", "k"), p.every(found, "S", "k", "eta")))

    def mse(self, p: Proof) -> Theorem:
        """The squared loss."""
        with p.supposing(p.goal[4][1]) as (at, loss, residual, value):
            middle, apart = f"(r2[S] - 1/2*(r[S] + y[S] - {Z}))", f"(r[S] - (y[S] - {Z}))"
            identity = p.eq(
                f"{NEAR} + {FAR} = {middle}'*{middle} + 1/4*({apart}'*{apart})",
                *(p.at(loss, "S", Z), p.at(value, "S"), (residual, "?[S]'*(r2[S] - r[S])")),
            )
            text = f"w[S]*({middle}'*{middle}) <= eps - 1/4*w[S]*({apart}'*{apart})"
            return p.implies(at, p.every(p.le(text, self.sum, using=[(identity, "w[S]*?")]), "S"))


@closes("U11a")
def sharper_enclosures(p: Proof) -> None:
    """U11a: the two divergences add up to the gap; those of one label are squares, and bound its own size."""
    near = Sharper(p)
    p.done(p.join(near.both, near.pal(p), near.bce(p), near.mse(p)))


def coordinate(p: Proof, lemma: Theorem, probs: tuple[str, str], premise: tuple[Theorem, ...]) -> Theorem:
    """Pinsker's inequality at a label and its absence."""
    apart = p.says(LABELS_APART[0])
    signs = p.le("all j: (e[j]'*(2*e[k] - ones))^2 <= 1", using=[(apart, "4*?[j, k]'*e[k]")])
    bound = p.apply(p.at(lemma, *probs, "2*e[k] - ones"), p.join(*premise, signs))
    psi = PSI.format(*(f"(e[j]'*{x})" for x in probs))
    text = f"2*(e[k]'*({probs[0]} - {probs[1]}))^2 <= sum[j]({psi})"
    (one, two), d = premise[2:], f"({probs[0]} - {probs[1]})"
    context = f"(2*(e[k]'*{d}) - 1/2*(ones'*{d}))*?"
    return p.le(text, ((1, 2), bound), using=[(one, context), (two, context)])
