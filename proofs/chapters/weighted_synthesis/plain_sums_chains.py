"""W5, closed: what plain sums lack at every penalty, and that it is not nothing under perfect orthogonality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proofs.chapters.orthogonal_case.scalar_chains import Exponential
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem

PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
AVERAGED = "(sum[k](e[k]'*y[S]*prob1[k]) - m[S]*prob[S])"
LOGITS = "(W*h1[k] + b)"
TOTAL = f"sum[i](ex(e[i]'*{LOGITS}))"
SINGLE = "(e[k] - c1*(e[k] - 1/K*ones))"
"""The distribution of a label with residual c1 P e_k."""


@closes("W5")
def discrepancy(p: Proof) -> None:
    """W5: features are W' of residuals; plain sums of O1's prototypes would need one scalar for two sizes."""
    features, singles = p.given[7], p.given[8]
    lack = p.eq(
        f"all S: h[S] = {PLAIN} + 1/lambda_H*(W'*{AVERAGED})",
        *((features, "1/lambda_H*?[S]"), (singles, "1/lambda_H*sum[k](e[k]'*y[S]*?[k])")),
    )
    with p.assuming(f"h[S] = {PLAIN}") as plain:
        forth = p.implies(plain, p.eq(f"W'*{AVERAGED} = 0", (lack, "lambda_H*?[S]"), (plain, "lambda_H*?")))
    with p.assuming(f"W'*{AVERAGED} = 0") as none:
        back = p.implies(none, p.eq(f"h[S] = {PLAIN}", (lack, "?[S]"), (none, "1/lambda_H*?")))
    exact = p.every(p.both(forth, back), "S")
    p.done(p.join(lack, exact, never(p)))


def never(p: Proof) -> Theorem:
    """Under perfect orthogonality no plain sum of two labels or more is exact."""
    return at_orthogonal(p, p.goal[3][1], lambda single, _, facts: single.contradiction(p, facts))


def at_orthogonal(p: Proof, premise: Tree, then: Callable[[Single, Theorem, tuple[Theorem, ...]], Theorem]) -> Theorem:
    """What follows from the point being O1's; given O1, and that sets are not all, the scalars and their scale."""
    with p.assuming(premise) as at:
        parts = [p.take(at, i) for i in range(len(at.conclusion) - 1)]
        small, large = parts[:2]
        scale, level, wide, best, soft = parts[9:]
        room = p.le("1 <= K - 1", p.at(small, "S"), p.at(large, "S"))
        known = p.met(p.known("O1"), *parts)
        optimal = p.apply(p.at(p.take(known, 2), "s"), p.join(scale, level))
        one = p.apply(p.at(p.take(known, 0), "1", "s"), p.join(p.le("1 <= 1"), room, scale))
        ex = Exponential(p)
        with p.assuming("W2*W2' = s*lambda_H*P") as gram:
            found = p.apply(p.at(p.take(optimal, 1), "W2"), gram)
            like = p.apply(p.take(found, 1), p.apply(p.at(best, "W2"), gram))
            scalar = p.ledger.assume(instantiate(one.conclusion[2], p.term("c1")))
            single = Single(p, ex, (scale, soft), like, scalar)
            made = then(single, known, (small, large, parts[6], scale))
            made = p.unpack(one, p.implies(scalar, made), "c1")
            made = p.unpack(p.apply(p.take(optimal, 0), wide), p.implies(gram, made), "W2")
        return p.implies(at, made)


D = f"(prob1[k] - {SINGLE})"


class Single:
    """The virtual prototype of a label at O1's point is c1/lambda_H W' P e_k, as softmax is monotone."""

    def __init__(self, p: Proof, ex: Exponential, at: tuple[Theorem, Theorem], like: Theorem, scalar: Theorem) -> None:
        self.ex, (self.scale, self.soft), self.scalar = ex, at, p.take(scalar, 2)
        self.positive, self.like = p.take(scalar, 0), like
        self.bias, self.gram, self.own = p.take(like, 0), p.take(like, 1), p.take(like, 3)
        singles = p.given[8]
        equal = self.distribution(p, singles)
        self.prototype = p.eq(
            "all k: h1[k] = c1/lambda_H*(W'*P*e[k])", *((singles, "1/lambda_H*?[k]"), (equal, "1/lambda_H*W'*?[k]"))
        )

    def distribution(self, p: Proof, singles: Theorem) -> Theorem:
        """Two distributions with one monotone map between them and their logits are one."""
        logs, apart = self.ex.logs, p.says(LABELS_APART[0])
        each = p.every(p.take(p.at(logs.inverse, f"e[i]'*{LOGITS}"), 0), "i")
        sums = p.le(f"0 < {TOTAL}", p.over(each))
        share, power = p.reciprocal(sums), p.at(logs.inverse, f"e[j]'*{LOGITS}")
        prob, other = "(e[j]'*prob1[k])", f"(e[j]'*{SINGLE})"
        some = p.le(f"0 < {prob}", (p.take(power, 0), share), using=[(self.soft, f"1/{TOTAL}*?[k, j]")])
        whole = p.eq("ones'*prob1[k] = 1", (self.soft, f"1/{TOTAL}*sum[j](?[k, j])"))
        log = p.eq(
            f"e[j]'*{LOGITS} = log({prob}) + log({TOTAL})",
            *(p.take(power, 1), (self.soft, "log(?[k, j])"), logs.of_product(prob, TOTAL, some, sums)),
        )
        idem = p.eq("(e[j]'*e[k])^2 = e[j]'*e[k]", (apart, "?[j, k]'*e[k]"))
        sign = p.le("0 <= e[j]'*e[k]", p.square("e[j]'*e[k]"), using=[idem])
        labels, odds, own = p.reciprocal(p.dimension("K")), "c1/K*(1 + (ex(s*c1) - 1)*{0})", "(e[j]'*e[k])"
        entry = p.eq(f"{other} = {odds.format(own)}", (self.scalar, "1/K*(e[j]'*e[k])*?"))
        self.step = p.le("0 < ex(s*c1) - 1", p.at(self.ex.above, "s*c1"), (self.scale, self.positive))
        pieces = (labels, self.positive), (labels, self.positive, self.step, sign)
        least = p.le(f"0 < {other}", *pieces, using=[entry])
        base = p.le("0 < c1/K", (labels, self.positive))
        value = f"log({other}) = log(c1/K) + s*c1*(e[j]'*e[k])"
        powers = p.at(logs.inverse, "s*c1")

        def off(case: Theorem) -> Theorem:
            return p.eq(value, (entry, "log(?)"), (case, f"log({odds.format('?')})"), (case, "s*c1*?"))

        def on(case: Theorem) -> Theorem:
            product = logs.of_product("c1/K", "ex(s*c1)", base, p.take(powers, 0))
            uses = (entry, "log(?)"), (case, f"log({odds.format('(1 - ?)')})"), (case, "s*c1*?")
            return p.eq(value, *uses, product, p.take(powers, 1))

        log2 = p.by_cases(either(p, idem), off, on)
        gain = p.le(f"0 <= (e[j]'*{D})*(log({prob}) - log({other}))", *ordered(p, logs, prob, other, some, least))
        log, log2, gain = (p.every(x, "j") for x in (log, log2, gain))
        none = p.eq(f"ones'*{D} = 0", whole)
        logits = p.eq(
            f"{LOGITS} = s*(P*(e[k] - prob1[k])) + b",
            *((singles, "1/lambda_H*W*?[k]"), (self.gram, "1/lambda_H*?*(e[k] - prob1[k])")),
        )
        left = f"1/s*(log({TOTAL}) + log(c1/K) - 1/K*(ones'*b) + s*c1/K)*?"
        small = p.le(
            f"(P*{D})'*(P*{D}) <= 0",
            (p.reciprocal(self.scale), p.over(gain)),
            using=[
                *((log, f"1/s*sum[j]((e[j]'*{D})*?[j])"), (log2, f"1/s*sum[j]((e[j]'*{D})*?[j])")),
                *((logits, f"1/s*{D}'*?"), (self.bias, f"1/s*{D}'*?"), (none, left)),
            ],
        )
        zero = p.null(f"P*{D}", small)
        return p.every(p.eq(f"prob1[k] = {SINGLE}", zero, (none, "1/K*ones*?")), "k")

    def contradiction(self, p: Proof, facts: tuple[Theorem, ...]) -> Theorem:
        """A plain sum of two labels or more would have c1 for their number as well."""
        _, large, solved, scale = facts
        plain = f"h[S] = {PLAIN}"
        with p.assuming("2 <= m[S]") as many, p.assuming(plain) as exact:
            room = p.le("0 < K - m[S]", p.at(large, "S"), 1)
            p.positive(p.le("0 < m[S]", many, 2))
            p.positive(room)
            at = p.apply(p.at(solved, "S", "s"), scale)
            scaled = p.eq(
                "(c[S](s) - c1)*(y[S]'*P*y[S]) = 0",
                *((self.own, "1/s*(y[S]'*P*W*?[S])"), (exact, "1/s*(y[S]'*P*W*?)")),
                (self.prototype, "1/s*sum[k]((e[k]'*y[S])*(y[S]'*P*W*?[k]))"),
                (self.gram, "(c[S](s) - c1)/(s*lambda_H)*(y[S]'*P*?*P*y[S])"),
            )
            same = p.eq("c[S](s) = c1", (scaled, "K/(m[S]*(K - m[S]))*?"))
            less = p.le(
                "0 < 0",
                (p.le("0 < m[S] - 1", many, 1), self.positive, self.step),
                using=[
                    *(self.scalar, p.take(at, 1), (same, "?*(K + m[S]*(ex(s*c[S](s)) - 1))")),
                    (same, "c1*(K + m[S]*(ex(s*?) - 1))"),
                ],
            )
            false = p.implies(exact, p.absurd("false", less))
            return p.every(p.implies(many, false), "S")


def either(p: Proof, idem: Theorem) -> Theorem:
    """Two labels are one or not."""
    zero, split = p.formula("e[j]'*e[k] = 0"), p.formula("e[j]'*e[k] = 0 or 1 - e[j]'*e[k] = 0")
    first = p.ledger.assume(zero)
    first = p.ledger.discharge(p.ledger.choose(first, split), zero)
    with p.assuming("e[j]'*e[k] = 0 => false") as apart:
        p.nonzeros.append(p.ledger.nonzero(apart))
        one = p.eq("1 - e[j]'*e[k] = 0", (idem, "1/(e[j]'*e[k])*?"))
        second = p.implies(apart, p.ledger.choose(one, split))
    return p.cases(p.ledger.middle(zero), first, second)


def ordered(p: Proof, logs: Any, s: str, t: str, first: Theorem, second: Theorem) -> list[Any]:
    """Pieces of (s - t)(log s - log t): s times what log (t/s) is below its tangent, and the other way round."""
    ratio = "share2*(1/share)"
    with p.supposing("0 < share and 0 < share2") as (at, one, two):
        positive = p.le(f"0 < {ratio}", (two, p.reciprocal(one)))
        below = p.take(logs.below(ratio, positive), 0)
        product = logs.of_product(ratio, "share", positive, one)
        bound = p.le(f"log(share2) - log(share) <= {ratio} - 1", below, using=[product])
        lemma = p.every(p.implies(at, bound), "share", "share2")
    pieces = []
    for a, b, one, two in ((s, t, first, second), (t, s, second, first)):
        p.positive(one)
        pieces.append((one, p.apply(p.at(lemma, a, b), p.join(one, two))))
    return pieces
