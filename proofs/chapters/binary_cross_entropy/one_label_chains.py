"""One label of binary cross entropy, and the optimum that belongs to residuals which are known: U6a for B5."""

from collections.abc import Callable
from dataclasses import dataclass

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.orthogonal_case.scalar_chains import Exponential
from proofs.claims.closed_form_formulas import BINARY_LOSS, PREDICTED
from proofs.claims.hypotheses import LABEL_SETS, LABELS_APART, OBJECTIVE
from proofs.kernel.proof import Proof, Used
from proofs.kernel.theorems import Theorem

_SHARES = "0 < share and 0 < share2 and share + share2 = 1"
_ENTROPY = "({0}*log({0}) + {1}*log({1}))"
_AT_T = f"(share*t - {_ENTROPY.format('share', 'share2')})"
_TOTAL = "(1 + ex(t))"


class Label:
    """Two probabilities, share and share2, and a logit t: the loss is above its tangents, and met at log odds."""

    def __init__(self, p: Proof) -> None:
        self.ex = Exponential(p)
        self.logs = self.ex.logs
        one = p.le("0 < 1", 1)
        self.nothing = p.eq("log(1) = 0", self.logs.of_product("1", "1", one, one))
        self.below, self.odds, self.grows = self.tangent(p), self.log_odds(p), self.growing(p)
        self.affine = self.either_log(p)

    def tangent(self, p: Proof) -> Theorem:
        """log(1 + ex(t)) is at least share t + entropy, and equal only at log odds."""
        with p.supposing(_SHARES) as (at, some, rest, one):
            sums = p.le(f"0 < {_TOTAL}", 1, p.at(self.ex.positive, "t"))
            p.positive(sums)
            on = p.apply(p.at(self.logs.tangent, "t", "share", _TOTAL), p.join(some, sums))
            off = p.apply(p.at(self.logs.tangent, "0", "share2", _TOTAL), p.join(rest, sums))
            below, also = p.take(on, 0), p.take(off, 0)
            uses = (one, f"(log({_TOTAL}) - 1)*?"), (self.ex.one, f"1/{_TOTAL}*?")
            bound = p.le(f"{_AT_T} <= log({_TOTAL})", below, also, using=uses)
            left, right = f"share*(t - log({_TOTAL}) - log(share))", f"ex(t)/{_TOTAL} - share"
            with p.assuming(f"log({_TOTAL}) <= {_AT_T}") as tight:
                back = p.le(f"{right} <= {left}", tight, also, using=uses)
                equal = p.apply(p.take(on, 1), p.antisymmetry(p.le(f"{left} <= {right}", below), back))
                met = p.implies(tight, p.eq("ex(t)*share2 = share", equal, (one, "ex(t)*?")))
            return p.every(p.implies(at, p.join(bound, met)), "share", "share2", "t")

    def log_odds(self, p: Proof) -> Theorem:
        """The logit of the probabilities, what it says of the exponential, and of the loss."""
        logit, sigmoid = "t = log(share) - log(share2)", "ex(t)*share2 = share"
        with p.supposing(_SHARES) as (at, some, rest, one):
            power, log = p.at(self.ex.positive, "t"), p.take(p.at(self.logs.inverse, "t"), 1)
            product = self.logs.of_product("ex(t)", "share2", power, rest)
            with p.assuming(sigmoid) as ratio:
                forth = p.implies(ratio, p.eq(logit, log, product, (ratio, "log(?)")))
            with p.assuming(logit) as value:
                same = p.eq("log(ex(t)*share2) = log(share)", product, log, value)
                ratio = self.logs.one_to_one(
                    "ex(t)*share2", "share", p.le("0 < ex(t)*share2", (power, rest)), some, same
                )
                unit = p.eq(f"{_TOTAL}*share2 = 1", ratio, one)
                whole = self.logs.of_product(_TOTAL, "share2", p.le(f"0 < {_TOTAL}", 1, power), rest)
                uses = whole, (unit, "log(?)"), self.nothing, (value, "share*?"), (one, "log(share2)*?")
                back = p.implies(value, p.join(ratio, p.eq(f"log({_TOTAL}) = {_AT_T}", *uses)))
            return p.every(p.implies(at, p.join(forth, back)), "share", "share2", "t")

    def growing(self, p: Proof) -> Theorem:
        """Sigmoids grow with their logits."""
        with p.assuming("share*(1 + ex(s)) = ex(s) and share2*(1 + ex(t)) = ex(t)") as at:
            shares = [p.reciprocal(p.le(f"0 < 1 + ex({x})", 1, p.at(self.ex.positive, x))) for x in "st"]
            up, down = p.at(self.ex.tangent, "t", "s"), p.at(self.ex.tangent, "s", "t")
            uses = (p.take(at, 0), "1/(1 + ex(s))*(s - t)*?"), (p.take(at, 1), "1/(1 + ex(t))*(s - t)*?")
            gain = p.le("0 <= (share - share2)*(s - t)", (*shares, up), (*shares, down), using=uses)
            return p.every(p.implies(at, gain), "share", "share2", "s", "t")

    def either_log(self, p: Proof) -> Theorem:
        """The logarithm of one of two numbers, which is chosen by a number that is 0 or 1."""
        with p.assuming("s^2 = s") as idempotent:
            either = self.zero_or_one(p, idempotent)
            value = "log(share + (share2 - share)*s) = log(share) + s*(log(share2) - log(share))"
            uses = "log(share + (share2 - share)*{0})", "{0}*(log(share2) - log(share))"

            def off(case: Theorem) -> Theorem:
                return p.eq(value, *((case, x.format("?")) for x in uses))

            def on(case: Theorem) -> Theorem:
                return p.eq(value, *((case, x.format("(1 - ?)")) for x in uses))

            made = p.implies(idempotent, p.join(p.by_cases(either, off, on), either))
            return p.every(made, "share", "share2", "s")

    @staticmethod
    def zero_or_one(p: Proof, idempotent: Theorem) -> Theorem:
        """A number that is its square is 0 or 1."""
        zero, split = p.formula("s = 0"), p.formula("s = 0 or 1 - s = 0")
        first = p.ledger.assume(zero)
        first = p.ledger.discharge(p.ledger.choose(first, split), zero)
        with p.assuming("(s = 0) => false") as some:
            p.nonzeros.append(p.ledger.nonzero(some))
            one = p.eq("1 - s = 0", (idempotent, "1/s*?"))
            second = p.implies(some, p.ledger.choose(one, split))
        return p.cases(p.ledger.middle(zero), first, second)

    def same_feature(
        self, p: Proof, one: tuple[str, str], two: tuple[str, str], known: tuple[Theorem, ...], b: str = ""
    ) -> Theorem:
        """Two features with their sigmoids, both stationary for one indicator, are one.

        Known are that lambda_H is positive, and of both that they are stationary and, by label j, what sigmoids are.
        """
        (u, at_u), (v, at_v) = one, two
        inverse, still, sigmoid, still2, sigmoid2 = p.reciprocal(known[0]), *known[1:]
        logits, apart = [f"e[j]'*(W*{x}{b})" for x in (u, v)], f"({u} - {v})"
        grows = p.at(self.grows, f"e[j]'*{at_u}", f"e[j]'*{at_v}", *logits)
        gain = p.over(p.every(p.apply(grows, p.join(sigmoid, sigmoid2)), "j"))
        uses = (still, f"1/lambda_H*{apart}'*?"), (still2, f"1/lambda_H*{apart}'*?")
        return p.null(apart, p.le(f"{apart}'*{apart} <= 0", (inverse, gain), using=uses))


class TwoValued:
    """Residuals whose second moment is at most lambda and whose predictions take one value off the label set, low, and
    another one on it, high: their dual value is below every point, and who meets it."""

    def __init__(self, p: Proof, label: Label, low: str, high: str, known: tuple[Theorem, ...]) -> None:
        self.label, y, share, rest = label, "e[k]'*y[S]", "(e[k]'*(y[S] - r[S]))", "(1 - e[k]'*(y[S] - r[S]))"
        self.share, self.rest, self.value = share, rest, f"(-sum[k]({_ENTROPY.format(share, rest)}))"
        indicator = p.at(p.says(LABEL_SETS[2]), "S", "k")
        near, off, log, log2 = two_values(p, label, (low, high), y, share, (*known, indicator))
        self.shares = p.join(near, off, p.eq(f"{share} + {rest} = 1"))
        self.loss = p.says(BINARY_LOSS)
        self.dual = self.weak_duality(p)
        odds = p.eq(f"log({share}) - log({rest}) = {log_odds(low, high, y)}", log, log2)
        self.odds = p.every(odds, "S", "k")
        first, second = (_ENTROPY.format(x, f"(1 - {x})") for x in (low, high))
        parts = f"(log({high}) - log({low}))", f"(log(1 - {high}) - log(1 - {low}))"
        entropy = p.eq(
            f"{_ENTROPY.format(share, rest)} = {first} + ({y})*({second} - {first})",
            *((log, f"{share}*?"), (log2, f"{rest}*?")),
            (known[3], f"?*(log({low}) - log(1 - {low}) + ({y})*({parts[0]} - {parts[1]}))"),
        )
        self.entropy = p.every(entropy, "S", "k")

    def weak_duality(self, p: Proof) -> Theorem:
        """The loss is above its tangent at the residuals."""
        each = p.take(p.apply(p.at(self.label.below, self.share, self.rest, "e[k]'*x"), self.shares), 0)
        bound = p.over(p.every(each, "k"))
        made = p.le(f"{self.value} - r[S]'*x <= L[S](x)", bound, using=[p.at(self.loss, "S", "x")])
        return p.every(made, "S", "x")

    def gap(self, p: Proof, moment: Theorem, psd: Theorem, orthogonal: Theorem, **point: str) -> Theorem:
        """U6a at a point: its letters, and R for what is on the left of the moment."""
        put = {"D": self.value.replace("[S]", "[sets_0]"), "r": "r[sets_0]"}
        return cited(p, "U6a", (*p.given[:3], moment, self.dual, psd, orthogonal), **put, **point)

    def below(self, p: Proof, gap: Theorem, own: str) -> Theorem:
        """Weak duality at the point."""
        return p.le(f"sum[S]({self.value}) <= {own}", *(p.take(gap, i) for i in (1, 2, 3)), using=[p.take(gap, 0)])

    def no_gap(self, p: Proof, gap: Theorem, no_worse: Theorem, own: str, logits: str) -> tuple[Theorem, ...]:
        """Where there is no gap: what exponentials and logits are, by label set and label, features, and slackness."""
        tight = p.antisymmetry(no_worse, self.below(p, gap, own))
        slack = p.apply(p.ledger.either(p.take(gap, 4), 0), tight)
        none, features, flat = p.parts(slack)
        at = p.apply(p.at(self.label.below, self.share, self.rest, f"e[k]'*({logits})"), self.shares)
        entropy = _ENTROPY.format(self.share, self.rest)
        lack = f"(log(1 + ex(e[k]'*({logits}))) - {self.share}*(e[k]'*({logits})) + {entropy})"
        each = p.every(p.le(f"0 <= {lack}", p.take(at, 0)), "k")
        total = p.eq(f"sum[k]({lack}) = 0", p.at(none, "S"), p.at(self.loss, "S", logits))
        zero = p.at(p.vanish(each, total), "k")
        small = p.le(f"log(1 + ex(e[k]'*({logits}))) <= {self.share}*(e[k]'*({logits})) - {entropy}", using=[zero])
        power = p.apply(p.take(at, 1), small)
        odds = p.apply(p.at(self.label.odds, self.share, self.rest, f"e[k]'*({logits})"), self.shares)
        return p.every(power, "S", "k"), p.every(p.apply(p.take(odds, 0), power), "S", "k"), features, flat

    def met(self, p: Proof, gap: Theorem, logits: str, odds: Theorem, slack: Theorem) -> Theorem:
        """A point with the logits of the residuals, features W'r/lambda_H and slackness has their dual value."""
        at = p.apply(p.at(self.label.odds, self.share, self.rest, f"e[k]'*({logits})"), self.shares)
        each = p.every(p.take(p.apply(p.take(at, 1), p.at(odds, "S", "k")), 1), "k")
        goal = f"all S: L[S]({logits}) - {self.value} + r[S]'*({logits}) = 0"
        none = p.eq(goal, self.loss_at(p, logits), (p.every(each, "S"), "sum[k](?[S, k])"))
        same = p.eq("all S: 1/lambda_H*(W2'*r[S]) = 1/lambda_H*(W2'*r[S])")
        return p.apply(p.ledger.either(p.take(gap, 4), 1), p.join(none, same, slack))

    def loss_at(self, p: Proof, logits: str) -> Theorem:
        """The loss at logits, for all label sets."""
        return p.every(p.at(self.loss, "S", logits), "S")


@dataclass(frozen=True)
class Optimum:
    """What is claimed to be the best point.

    Attributes:
        gram: the Gram matrix of its classifier.
        moment: the second moment of the residuals.
        bias: of any point; none is written as 0*b.
        best_bias: of the best one.
        known: that it is their second moment, at most lambda, and that both biases are orthogonal to their mean.
    """

    gram: str
    moment: str
    known: tuple[Theorem, Theorem, Theorem, Theorem]
    bias: str = "(0*b)"
    best_bias: str = "(0*b)"

    def texts(self) -> tuple[str, str, str, str]:
        """The objective at any point and at the best one, and the logits of both."""
        free = self.bias == "b"
        objective = OBJECTIVE if free else OBJECTIVE.replace(" + {2}", "")
        features = "(1/lambda_H*(W2'*r[S]))"
        own, best = objective.format("W", "h[S]", "b"), objective.format("W2", features, self.best_bias)
        logits = f"W*h[S]{' + b' * free}", f"W2*{features} + {self.best_bias}"
        return own, best, *logits

    def proved(
        self,
        p: Proof,
        certified: TwoValued,
        like: Callable[[Theorem, Theorem, Theorem], Theorem],
        reached: Callable[[Theorem], tuple[Theorem, Theorem]],
        also: Callable[[Theorem, Theorem, Theorem], tuple[Theorem, ...]],
        value: tuple[str, *tuple[Used, ...]] | None = None,
    ) -> Theorem:
        """That it is: no point costs less, and one that does not cost more is like it.

        Args:
            p: the proof.
            certified: the residuals.
            like: what logits, features and slackness say of the Gram matrix.
            reached: what the Gram matrix says of the logits and slackness of the best point.
            also: what else follows from logits, that Gram matrix and features.
            value: of the best point, if that is what is asked, and what says so beyond the entropy of a label.
        """
        own, best, logits, logits2 = self.texts()
        moment, psd, orthogonal, orthogonal2 = self.known
        gap = certified.gap(p, moment, psd, orthogonal, R=self.moment, b=self.bias)
        point = {"W": "W2", "h": "1/lambda_H*(W2'*r[sets_0])", "b": self.best_bias}
        gap2 = certified.gap(p, moment, psd, orthogonal2, R=self.moment, **point)
        with p.assuming(f"W2*W2' = {self.gram}") as gram:
            met = p.eq(f"{best} = sum[S]({certified.value})", certified.met(p, gap2, logits2, *reached(gram)))
            if value:
                entropy = (certified.entropy, "sum[S](sum[k](?[S, k]))")
                return p.every(p.implies(gram, p.eq(f"{best} = {value[0]}", met, entropy, *value[1:])), "W2")
            whole = OBJECTIVE.format("W", "h[S]", self.bias)
            least = p.le(f"{best} <= {own}", certified.below(p, gap, own), using=[met])
            with p.assuming(f"{own} <= {best}") as no_worse:
                bound = p.le(f"{whole} <= sum[S]({certified.value})", no_worse, using=[met])
                power, odds, features, flat = certified.no_gap(p, gap, bound, whole, logits)
                own_gram = like(odds, features, flat)
                predicted = p.eq(PREDICTED.format(logits), power)
                every = p.join(own_gram, features, predicted, *also(odds, own_gram, features))
                made = p.join(least, p.implies(no_worse, every))
            return p.every(p.implies(gram, made), "W2")


def two_values(
    p: Proof, label: Label, values: tuple[str, str], at: str, share: str, known: tuple[Theorem, ...]
) -> tuple[Theorem, ...]:
    """A probability is one of two, low and high, as a number is 0 or 1: that it is within 0 and 1, and logarithms.

    Known are 0 < low, 0 < 1 - high, 0 <= high - low, what the probability is, and that the number is 0 or 1.
    """
    (low, high), rest = values, f"(1 - {share})"
    some, room, order, entry, indicator = known
    use = (indicator, f"({high} - {low})*?")
    near = p.le(f"0 < {share}", some, (order, p.square(at)), using=[entry, use])
    off = p.le(f"0 < {rest}", room, (order, p.square(f"1 - {at}")), using=[entry, use])
    logs = [
        p.take(p.apply(p.at(label.affine, a, b, at), indicator), 0)
        for a, b in ((low, high), (f"1 - {low}", f"1 - {high}"))
    ]
    one, two = log_of(low, high, at), log_of(f"1 - {low}", f"1 - {high}", at)
    return (
        near,
        off,
        p.eq(f"log({share}) = {one}", (entry, "log(?)"), logs[0]),
        p.eq(f"log({rest}) = {two}", (entry, "log(1 - ?)"), logs[1]),
    )


def log_of(low: str, high: str, at: str) -> str:
    """The logarithm of one of two numbers."""
    return f"log({low}) + ({at})*(log({high}) - log({low}))"


def log_odds(low: str, high: str, at: str) -> str:
    """The log odds of one of two probabilities."""
    off, on = (f"(log({x}) - log(1 - {x}))" for x in (low, high))
    return f"{off} + ({at})*({on} - {off})"


def virtual(
    p: Proof, label: Label, values: tuple[str, str], residual: str, known: tuple[Theorem, ...], bias: str = ""
) -> Theorem:
    """Virtual prototypes of single labels are W'/lambda_H of residuals that take the two values.

    Known are the first four facts of two_values, for label j and the set of label k, the logits of these residuals,
    and what is said of virtual prototypes.
    """
    *bounds, entry, logits, still, sigmoid = known
    same, share = "e[j]'*e[k]", f"(e[j]'*(e[k] - {residual}))"
    idempotent = p.eq(f"({same})^2 = {same}", (p.says(LABELS_APART[0]), "?[j, k]'*e[k]"))
    near, off, log, log2 = two_values(p, label, values, same, share, (*bounds, entry, idempotent))
    feature, rest = f"(1/lambda_H*(W'*{residual}))", f"(1 - {share})"
    at = f"e[j]'*(W*{feature}{bias})"
    odds = p.apply(
        p.take(p.apply(p.at(label.odds, share, rest, at), p.join(near, off, p.eq(f"{share} + {rest} = 1"))), 1),
        p.eq(f"{at} = log({share}) - log({rest})", logits, log, log2),
    )
    predicted = p.eq(f"{share}*(1 + ex({at})) = ex({at})", p.take(odds, 0))
    still2 = p.eq(f"lambda_H*{feature} = W'*{residual}")
    point, own = ("h1[k]", "t1[k]"), (feature, f"(e[k] - {residual})")
    facts = (p.given[1], p.at(still, "k"), p.at(sigmoid, "k", "j"), still2, predicted)
    apart = label.same_feature(p, point, own, facts, bias)
    return p.every(p.eq(f"h1[k] = {feature}", apart), "k")
