"""Chapter L, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.chapters.duality.duality_chains import gap
from proofs.chapters.label_spectrum.label_spectrum_chains import above_least
from proofs.chapters.loss_bounds.entropy_chains import (
    OBJECTIVE,
    Logarithm,
    at_most,
    begin,
    entropy_grows,
    given,
    two_values,
)
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import ENTROPY, GREATEST, LEAST
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem
from proofs.letters.signature import SIGNATURE

__all__ = ["bound_from_collapse", "weakest_contrast"]


@closes("L4")
def bound_from_collapse(p: Proof) -> None:
    """L4: scaled residuals of W = 0 are feasible, so U6 bounds the loss by their dual value."""
    lambda_w, lambda_h, product, dual, _, tight, bias, top, small = p.given
    symmetric = p.eq("(lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])'))' = lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])')")
    form = p.le(
        "0 <= x'*(lambda*I[K] - sum[S]((c*r0[S])*(c*r0[S])'))*x",
        (small, p.square("x")),
        (p.square("c"), p.square("x", top)),
    )
    feasible = p.psd(symmetric, p.every(form, "x"))
    with p.assuming("b = 0 and b0 = 0") as none:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (p.take(none, 0), "?'*sum[S](c*r0[S])"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (p.take(none, 1), "?'*sum[S](r0[S])"))
        none_case = p.implies(none, p.join(first, other))
    with p.assuming("sum[S](r0[S]) = 0") as free:
        first = p.eq("b'*sum[S](c*r0[S]) = 0", (free, "c*b'*?"))
        other = p.eq("b0'*sum[S](r0[S]) = 0", (free, "b0'*?"))
        free_case = p.implies(free, p.join(first, other))
    orthogonal = p.cases(bias, none_case, free_case)
    scaled = p.eq("sum[S]((c*r0[S])*(c*r0[S])') = sum[S]((c*r0[S])*(c*r0[S])')")
    duality = p.take(
        gap(p, lambda_w, lambda_h, (product, scaled, dual), r="c*r0[sets_0]", R="sum[S]((c*r0[S])*(c*r0[S])')"), 1
    )
    below = p.apply(duality, p.join(feasible, p.take(orthogonal, 0)))
    with p.assuming("c = 1") as one:
        same = p.eq(
            "sum[S](D[S](c*r0[S])) = sum[S](L[S](b0))",
            (one, "sum[S](D[S](?*r0[S]))"),
            (tight, "sum[S](?[S])"),
            p.take(orthogonal, 1),
        )
        same = p.implies(one, same)
    p.done(p.join(below, same))


OTHERS = "(size - size^2/K - (K - 2)*{0})"
CAPPED = "(({0}^2*{1} = lambda and {0} <= 1) or ({1} <= lambda and {0} = 1))"
FULL = "size*log(K)"
ONE_DIRECTION = "some v: ones'*v = 0 and v'*v = 1 and Sigma = kappa*(P - v*v') + Kappa*(v*v')"


@closes("L2")
def weakest_contrast(p: Proof) -> None:
    """L2: the trace bounds the greatest eigenvalue by the least; L1, and that the entropy grows, do the rest."""
    p.dimension("K")
    trace = p.eq("tr(Sigma) = size*(K - size)/K")
    top, one_direction = greatest_by_least(p)
    logs, gibbs, some = begin(p)
    full = entropy_at_one(p, logs)
    weak, strict = entropy_ordered(p, entropy_grows(p, logs, gibbs, two_values(p, logs, some)), full)
    formal = CLAIMS["L1"].formal
    assert formal is not None
    greatest = [given(p, text) for text in GREATEST]
    bound = p.take(
        p.apply(p.known("L1", formal, SIGNATURE, c="c2"), p.join(*p.given[:-8], *greatest, *p.given[-2:])), 0
    )
    least, arguments = OTHERS.format("kappa"), (p.given[-4], p.given[-2], p.given[-3], p.given[-1])
    order = p.apply(p.at(weak, "c", "c2", least, "Kappa"), p.join(*arguments, top))
    floor = p.le(f"H(c) <= {OBJECTIVE}", order, bound)
    with p.assuming(f"H(c) < {FULL}") as low:
        with p.assuming("H(c) = H(c2)") as same:

            def less(apart: Theorem) -> Theorem:
                more = p.apply(p.at(strict, "c", "c2", least, "Kappa"), p.join(*arguments, apart, low))
                return p.absurd(f"{least} <= Kappa", p.le("0 < 0", more, using=[same]))

            forth = p.antisymmetry(p.by_cases(p.order_cases(least, "Kappa"), lambda one: one, less), top)
            forth = p.implies(same, p.apply(p.ledger.either(one_direction, 0), forth))
        with p.assuming(ONE_DIRECTION) as flat:
            other = p.le(f"{least} <= Kappa", using=[p.apply(p.ledger.either(one_direction, 1), flat)])
            swapped = p.join(arguments[1], arguments[0], arguments[3], arguments[2], other)
            back = p.apply(p.at(weak, "c2", "c", "Kappa", least), swapped)
            back = p.implies(flat, p.antisymmetry(order, back))
        equal = p.implies(low, p.both(forth, back))
    p.done(p.join(floor, order, trace, full, equal, grows_with_least(p, weak, strict)))


def greatest_by_least(p: Proof) -> tuple[Theorem, Theorem]:
    """Kappa <= tr Sigma - (K - 2) kappa, with equality iff Sigma is kappa but for one direction."""
    psd, least = above_least(p, given(p, LEAST[0])), OTHERS.format("kappa")
    rest, defect = "(I[K] - x*x')", "(Sigma - kappa*P)"
    some, found = p.formula(ONE_DIRECTION), []
    with p.assuming("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = Kappa") as at:
        contrast, unit, top = (p.take(at, i) for i in range(3))
        energy = p.eq(
            f"tr({rest}'*{defect}*{rest}) = {least} - Kappa",
            (unit, f"?*(x'*{defect}*x)"),
            (unit, "kappa*?"),
            (contrast, "kappa/K*(ones'*x)*?"),
            top,
        )
        bound = p.le(f"Kappa <= {least}", p.square(rest, psd), using=[energy])
        with p.assuming(f"{least} = Kappa") as met:
            none = p.definite(rest, p.eq(f"tr({rest}'*{defect}*{rest}) = 0", energy, met), psd)
            text = "Sigma = kappa*(P - x*x') + Kappa*(x*x')"
            uses = (unit, "kappa*?*x*x'"), (contrast, "kappa/K*(ones'*x)*?*x*x'"), (top, "?*x*x'")
            flat = p.eq(text, none, (none, "?'*x*x'"), *uses)
            flat = p.witness(p.join(contrast, unit, flat), some, "x")
            found = [p.implies(at, bound), p.implies(at, p.implies(met, flat))]
    bound, forth = (p.unpack(given(p, GREATEST[1]), one, "x") for one in found)
    with p.assuming(ONE_DIRECTION) as flat:
        inner = p.ledger.assume(instantiate(some[2], p.term("x")))
        unit = p.take(inner, 1)
        back = p.eq(f"{least} = Kappa", (p.take(inner, 2), "tr(?)"), (unit, "kappa*?"), (unit, "Kappa*?"))
        back = p.implies(flat, p.unpack(flat, p.implies(inner, back), "x"))
    return bound, p.both(forth, back)


def entropy_at_one(p: Proof, logs: Logarithm) -> Theorem:
    """H(1) = m log K."""
    one, labels = p.le("0 < 1", 1), p.dimension("K")
    nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
    inverse = logs.of_product("K", "1/K", labels, p.reciprocal(labels))
    return p.eq(f"H(1) = {FULL}", (given(p, ENTROPY[0]), "?[1]"), (nothing, "size*?"), (inverse, "size*?"))


def entropy_ordered(p: Proof, grows: Theorem, full: Theorem) -> tuple[Theorem, Theorem]:
    """H at capped roots of lambda over two numbers: at most, and less where it is below m log K and they are apart."""
    text = f"0 < tau and 0 < t and {CAPPED.format('tau', 'share')} and {CAPPED.format('t', 'share2')}"
    with p.assuming(f"{text} and share2 <= share") as at:
        first, last, capped, capped2, more = (p.take(at, i) for i in range(5))
        bound, small2 = at_most(p, capped, "tau", "share"), p.take(at_most(p, capped2, "t", "share2"), 1)
        high = p.take(bound, 1)

        def larger(apart: Theorem) -> Theorem:
            """t < tau, so t < 1 and t^2 share2 = lambda."""
            met = met_below_one(p, capped2, "t", "share2", p.le("t < 1", apart, high))
            second = positive_number(p, met, "t", "share2", last)
            less = p.le(
                "0 < 0",
                (apart, p.le("0 < tau + t", first, last), second),
                (p.square("tau"), more),
                p.take(bound, 0),
                using=[met],
            )
            return p.absurd("H(tau) <= H(t)", less)

        def smaller(order: Theorem) -> Theorem:
            return p.by_cases(
                p.order_cases("t", "tau"),
                lambda back: p.le("H(tau) <= H(t)", using=[(p.antisymmetry(order, back), "H(?)")]),
                lambda less: p.le("H(tau) <= H(t)", p.apply(p.at(grows, "tau", "t"), p.join(first, less, small2))),
            )

        weak = p.by_cases(p.order_cases("tau", "t"), smaller, larger)
        weak = p.every(p.implies(at, weak), "tau", "t", "share", "share2")
    with p.assuming(f"{text} and share2 < share and H(tau) < {FULL}") as at:
        first, last, capped, capped2, more, low = (p.take(at, i) for i in range(6))
        small2 = p.take(at_most(p, capped2, "t", "share2"), 1)
        met = met_below_one(p, capped, "tau", "share", below_one(p, full, capped, low))
        root = p.le("0 < tau^2", (first, first))

        def no_larger(back: Theorem) -> Theorem:
            """t <= tau, so t < 1 as well and t^2 share2 = lambda."""
            met2 = met_below_one(p, capped2, "t", "share2", p.le("t < 1", back, below_one(p, full, capped, low)))
            second = positive_number(p, met2, "t", "share2", last)
            together = p.le("0 < tau + t", first, last)
            less = p.le("0 < 0", (back, together, second), (root, more), using=[met, met2])
            return p.absurd("H(tau) < H(t)", less)

        strict = p.by_cases(
            p.order_cases("t", "tau"),
            no_larger,
            lambda less: p.apply(p.at(grows, "tau", "t"), p.join(first, less, small2)),
        )
        strict = p.every(p.implies(at, strict), "tau", "t", "share", "share2")
    return weak, strict


def met_below_one(p: Proof, capped: Theorem, t: str, top: str, below: Theorem) -> Theorem:
    """t^2 top = lambda where t < 1."""
    return p.by_cases(
        capped,
        lambda case: p.take(case, 0),
        lambda case: p.absurd(f"{t}^2*{top} = lambda", p.le("0 < 0", below, using=[p.take(case, 1)])),
    )


def positive_number(p: Proof, met: Theorem, t: str, top: str, positive: Theorem) -> Theorem:
    """0 < top, since t^2 top = lambda."""
    inverse = p.reciprocal(positive)
    return p.le(f"0 < {top}", (p.given[0], p.given[1], inverse, inverse), using=[(met, f"1/{t}^2*?")])


def below_one(p: Proof, full: Theorem, capped: Theorem, low: Theorem) -> Theorem:
    """tau < 1 where H(tau) is below m log K."""
    small = p.take(at_most(p, capped, "tau", "share"), 1)

    def at_one(back: Theorem) -> Theorem:
        same = p.antisymmetry(small, back)
        return p.absurd("tau < 1", p.le("0 < 0", low, using=[(same, "H(?)"), full]))

    return p.by_cases(p.order_cases("1", "tau"), at_one, lambda less: less)


def grows_with_least(p: Proof, weak: Theorem, strict: Theorem) -> Theorem:
    """The bound increases with the least eigenvalue, strictly where there are others and it is below m log K."""
    large, larger = (OTHERS.format(x) for x in ("share", "share2"))
    text = f"share <= share2 and 0 < tau and 0 < t and {CAPPED.format('tau', large)} and {CAPPED.format('t', larger)}"
    with p.assuming(text) as at:
        order, *rest = (p.take(at, i) for i in range(5))
        two = p.le("2 <= K", given(p, "1 <= size"), given(p, "size <= K - 1"))
        less = p.apply(p.at(weak, "tau", "t", large, larger), p.join(*rest, p.le(f"{larger} <= {large}", (two, order))))
        with p.assuming(f"share < share2 and 3 <= K and H(tau) < {FULL}") as more:
            apart, three, low = (p.take(more, i) for i in range(3))
            apart = p.le(f"{larger} < {large}", (p.le("0 < K - 2", three, 1), apart))
            found = p.apply(p.at(strict, "tau", "t", large, larger), p.join(*rest, apart, low))
            found = p.implies(more, found)
        return p.every(p.implies(at, p.join(less, found)), "share", "share2", "tau", "t")
