"""U7 and what follows from a gap, closed: which points are optimal, and how near to the optimum any point is."""

from proofs.chapters.duality.duality_chains import STEP, cited, gap, small_step
from proofs.claims.hypotheses import OBJECTIVE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem

OWN = "(L[{0}](W*h[{0}] + b) + r[{0}]'*(W*h[{0}] + b))"
"""The dual value at the point's own residuals."""
AT, SECOND = OBJECTIVE.format("W", "h[S]", "b"), OBJECTIVE.format("W2", "h2[S]", "b2")


@closes("U7")
def global_certificate(p: Proof) -> None:
    """U7: own residuals close the gap; a spare feature descends, or full rank does; slackness is unique."""
    features, classifier, lambda_w, lambda_h, product, moment, _, tangent, bias = p.given
    p.positive(p.le("0 < lambda", (lambda_w, lambda_h)))
    eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
    orthogonal = bias_costs_nothing(p, bias)
    dual = p.le(f"all S, x: {OWN.format('S')} - r[S]'*x <= L[S](x)", ((tangent, ("S", "x")),))
    own: dict[str, str] = {"D": OWN.format("sets_0")}
    value = p.eq(
        f"{AT} = sum[S]({OWN.format('S')})",
        p.take(gap(p, lambda_w, lambda_h, (product, moment, dual), **own), 0),
        (features, "1/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*?[S])"),
        (eigen, "1/(2*lambda_H)*tr(W'*?)"),
        p.take(orthogonal, 0),
    )
    with p.assuming("psd (lambda*I[K] - R)") as feasible:
        other = {"W": "W2", "h": "h2[sets_0]", "b": "b2"}
        duality = p.take(gap(p, lambda_w, lambda_h, (product, moment, dual), **other, **own), 1)
        below = p.apply(duality, p.join(feasible, p.take(orthogonal, 1)))
        sufficient = p.implies(feasible, p.le(f"{AT} <= {SECOND}", below, using=[value]))
    p.done(p.join(sufficient, necessary(p, eigen), unique(p, value, dual, p.take(orthogonal, 1))))


def bias_costs_nothing(p: Proof, bias: Theorem) -> Theorem:
    """b' sum r = 0 for both points, without a bias or with a free one."""
    goals = [f"{b}'*sum[S](r[S]) = 0" for b in ("b", "b2")]
    with p.assuming("b = 0 and b2 = 0") as none:
        first = p.implies(none, p.join(*(p.eq(g, (p.take(none, i), "?'*sum[S](r[S])")) for i, g in enumerate(goals))))
    with p.assuming("sum[S](r[S]) = 0") as free:
        second = p.implies(free, p.join(p.eq(goals[0], (free, "b'*?")), p.eq(goals[1], (free, "b2'*?"))))
    return p.cases(bias, first, second)


def necessary(p: Proof, eigen: Theorem) -> Theorem:
    """At an optimum R is at most lambda: a spare feature would descend, and without one W has full rank."""
    optimal = p.ledger.assume(p.goal[2][1])
    symmetric = p.eq("(lambda*I[K] - R)' = lambda*I[K] - R")
    either = p.axiom("rank and nullity", {"n": "K", "k": "d"}, A="W")
    each = []
    for part, then, name in ((1, spare_feature(p, optimal), "u"), (2, full_rank(p, optimal, eigen), "Y")):
        some = p.ledger.assume(either.conclusion[part])
        each.append(p.implies(some, p.unpack(some, then, name)))
    form = p.cases(either, *each)
    return p.implies(optimal, p.psd(symmetric, p.every(form, "x")))


def slackness(
    p: Proof, value: Theorem, dual: Theorem, orthogonal: Theorem, no_worse: Theorem, feasible: Theorem
) -> Theorem:
    """U6a between the point's residuals and another point that is no worse: nothing is lacking there."""
    other = {"W": "W2", "h": "h2[sets_0]", "b": "b2"}
    known = cited(p, "U6a", (*p.given[2:6], dual, feasible, orthogonal), D=OWN.format("sets_0"), **other)
    above = p.le(
        f"sum[S]({OWN.format('S')}) <= {SECOND}", *(p.take(known, i) for i in (1, 2, 3)), using=[p.take(known, 0)]
    )
    tight = p.antisymmetry(p.le(f"{SECOND} <= sum[S]({OWN.format('S')})", no_worse, using=[value]), above)
    return p.apply(p.ledger.either(p.take(known, 4), 0), tight)


def unique(p: Proof, value: Theorem, dual: Theorem, orthogonal: Theorem) -> Theorem:
    """Two optima: the gap between the residuals of one and the other point is 0, so nothing is lacking there."""
    features, bias, known = p.given[0], p.given[8], list(p.nonzeros)
    both = p.ledger.assume(p.goal[3][1])
    feasible, no_worse, positive, bend, strict = p.parts(both)
    slack = slackness(p, value, dual, orthogonal, no_worse, feasible)
    none, others, flat = p.parts(slack)
    p.positive(positive)
    step = "W2*h2[S] + b2 + 1/c*(r2[S] - r[S])"
    apart = p.le(
        "all S: (r2[S] - r[S])'*(r2[S] - r[S]) <= 0",
        ((2, 1), positive, (bend, ("S", step))),
        ((2, 1), positive, (dual, ("S", step))),
        using=[(none, "2*c*?[S]")],
    )
    same = p.eq("all S: r2[S] = r[S]", p.null("all S: r2[S] - r[S]", apart))
    biasless = []
    for text, uses in (
        ("b = 0 and b2 = 0", [("b", "?*sum[S](r[S])'"), ("b2", "?*sum[S](r[S])'")]),
        ("sum[S](r[S]) = 0", [("", "(b - b2)*?'")]),
    ):
        with p.assuming(text) as case:
            parts = [(p.take(case, i) if name else case, at) for i, (name, at) in enumerate(uses)]
            biasless.append(p.implies(case, p.eq("(b - b2)*sum[S](r[S])' = 0", *parts)))
    free = p.cases(bias, *biasless)
    tangent = p.eq("all S: L[S](W2*h2[S] + b2) = L[S](W*h[S] + b) - r[S]'*((W2*h2[S] + b2) - (W*h[S] + b))", none)
    cases = [one_gram(p, strict.conclusion[part], (tangent, others, flat, free)) for part in (1, 2)]
    gram = p.cases(strict, *cases)
    logits = p.eq(
        "all S: W2*h2[S] = W*h[S]", (others, "W2*?[S]"), (features, "1/lambda_H*W*?[S]"), (gram, "1/lambda_H*?*r[S]")
    )
    inner = p.eq(
        "all S, T: h2[S]'*h2[T] = h[S]'*h[T]",
        (others, "?[S]'*h2[T]", "1/lambda_H*r[S]'*W2*?[T]"),
        (features, "1/lambda_H*?[S]'*h[T]", "1/lambda_H^2*r[S]'*W*?[T]"),
        (gram, "1/lambda_H^2*r[S]'*?*r[T]"),
    )
    p.nonzeros = known
    return p.implies(both, p.join(same, gram, logits, inner))


def one_gram(p: Proof, strict: Tree, at: tuple[Theorem, ...]) -> Theorem:
    """W2 W2' = W W': times lambda both are sum (z - b) r' times lambda_H, and the logits are one, or one up to 1."""
    classifier = p.given[1]
    tangent, others, flat, free = at
    z2 = "W2*h2[S] + b2"
    with p.assuming(strict) as case:
        centered = strict[0] == "and"
        only = p.take(case, 1) if centered else case
        logits = p.every(p.apply(p.at(only, "S", z2), p.at(tangent, "S")), "S")
        uses: list[tuple[Theorem, str]] = [
            (flat, "?*W2'"),
            (others, "lambda_H*sum[S](r[S]*?[S]'*W2')"),
            (classifier, "lambda_H*?*W'"),
            (free, "lambda_H*?'"),
        ]
        if centered:
            sums = p.take(case, 0)
            uses.append((logits, "lambda_H*sum[S](r[S]*?[S]')"))
            scaled = p.eq("lambda*(W2*W2' - W*W')*P = 0", *((t, f"({c})*P") for t, c in uses[:-1]), uses[-1])
            one = p.eq("ones'*W = 0", (classifier, "1/lambda_W*ones'*?"), (sums, "1/lambda_W*sum[S](?[S]*h[S]')"))
            two = p.eq("ones'*W2 = 0", (flat, "1/lambda*ones'*?"), (sums, "1/lambda*sum[S](?[S]*r[S]'*W2)"))
            rest = (one, "1/K*W*?'*ones'"), (two, "1/K*W2*?'*ones'")
            gram = p.eq("W2*W2' = W*W'", (scaled, "1/lambda*?"), *rest)
        else:
            scaled = p.eq("lambda*(W2*W2' - W*W') = 0", *uses, (logits, "lambda_H*sum[S](r[S]*?[S]')"))
            gram = p.eq("W2*W2' = W*W'", (scaled, "1/lambda*?"))
    return p.implies(case, gram)


def spare_feature(p: Proof, optimal: Theorem) -> Theorem:
    """Where W u = 0 a step t along x u' and u x' costs as much as R is below lambda along x, up to t^4."""
    features, lambda_h = p.given[0], p.given[3]
    positive, curved, best = p.take(optimal, 0), p.take(optimal, 1), p.take(optimal, 3)
    goal, along, moved = "0 <= x'*(lambda*I[K] - R)*x", "lambda_H*(x*u')", "(t^2*lambda_H*(x'*r[S])*x)"
    w, h = f"(W + t*({along}))", "(h[S] + t*((u*x')*r[S]))"
    fall, rise = "1/2*lambda_H*(x'*(R - lambda*I[K])*x)", "(1/2*c*lambda_H^2*(x'*R*x)*(x'*x) + 1)"
    with p.supposing("u'*u = 1 and W*u = 0") as (spare, unit, kernel):
        near = p.at(best, along, "u*x'")
        with (
            p.assuming(instantiate(near.conclusion[2], ("l", "eps", (), ()))) as no_better,
            p.assuming(STEP.format(fall=fall, rise=rise, eps="eps")) as short,
        ):
            none = p.eq("all S: u'*h[S] = 0", (features, "1/lambda_H*u'*?[S]"), (kernel, "1/lambda_H*?'*r[S]"))
            logits = p.eq(
                f"{w}*{h} + b = W*h[S] + b + {moved}",
                (kernel, "t*(x'*r[S])*?"),
                (none, "t*lambda_H*x*?[S]"),
                (unit, "t^2*lambda_H*(x'*r[S])*x*?"),
            )
            at = p.at(curved, "S", f"W*h[S] + b + {moved}")
            loss = p.le(
                f"L[S]({w}*{h} + b) <= L[S](W*h[S] + b) - r[S]'*{moved} + c/2*({moved}'*{moved})",
                at,
                using=[(logits, "L[S](?)")],
            )
            moves = p.take(short, 0)
            less = p.le(
                "0 < 0",
                p.apply(p.at(p.take(no_better, 1), "t"), p.join(moves, p.take(short, 1))),
                p.over(p.every(loss, "S")),
                (moves, moves, p.take(short, 3)),
                (moves,) * 4,
                using=[
                    (kernel, "lambda_W*t*lambda_H*(x'*?)"),
                    (unit, "1/2*lambda_W*t^2*lambda_H^2*(x'*x)*?"),
                    (none, "lambda_H*t*sum[S]((x'*r[S])*?[S])"),
                    (unit, "1/2*lambda_H*t^2*(x'*R*x)*?"),
                ],
            )
            false = p.implies(short, p.absurd(goal, less))

        def descends(below: Theorem) -> Theorem:
            drop = p.le(f"0 < {fall}", ((1, 2), lambda_h, below))
            lift = p.le(f"0 < {rise}", ((1, 2), positive, lambda_h, lambda_h, energy(p, below), p.square("x")), 1)
            step = p.apply(p.at(small_step(p), fall, rise, "eps"), p.join(drop, lift, p.take(no_better, 0)))
            return p.unpack(near, p.implies(no_better, p.unpack(step, false, "t")), "eps")

        split = p.order_cases("0", "x'*(lambda*I[K] - R)*x")
        return p.implies(spare, p.by_cases(split, lambda case: case, descends))


def energy(p: Proof, below: Theorem) -> Theorem:
    """Where R exceeds lambda along x, 0 < x'Rx."""
    product = p.le("0 < lambda", (p.given[2], p.given[3]))
    return p.le("0 < x'*R*x", below, (product, p.square("x")))


def full_rank(p: Proof, optimal: Theorem, eigen: Theorem) -> Theorem:
    """A left inverse Y makes a projector W Y of trace d, which leaves no room in K or K - 1 dimensions."""
    wide = p.take(optimal, 2)
    goal, shares = "0 <= x'*(lambda*I[K] - R)*x", p.reciprocal(p.dimension("K"))
    with p.supposing("Y*W = I[d] and (W*Y)' = W*Y") as (left, inverse, same):
        with p.assuming("K <= d") as many:
            uses = [(same, "tr(?*(I[K] - W*Y))"), (inverse, "tr(W*?*Y)"), (inverse, "tr(?)")]
            whole = p.eq("I[K] - W*Y = 0", p.null("I[K] - W*Y", p.le(small("I[K]"), many, using=uses)))
            form = p.le(goal, using=[(whole, "x'*R*?*x"), (eigen, "x'*?*Y*x"), (whole, "lambda*x'*?*x")])
            first = p.implies(many, form)
        with p.supposing("K - 1 <= d and (all S: ones'*r[S] = 0)") as (many, _, none, *_):
            flat = p.eq("ones'*W = 0", (eigen, "1/lambda*ones'*?"), (none, "1/lambda*sum[S](?[S]*r[S]'*W)"))
            turned = p.eq("W*Y*ones = 0", (same, "?*ones"), (flat, "Y'*?'"))
            uses = [
                *((same, "tr(?*(P - W*Y))"), (inverse, "tr(W*?*Y)"), (inverse, "tr(?)")),
                *((flat, "1/K*?*Y*ones"), (turned, "1/K*ones'*?")),
            ]
            whole = p.eq("P - W*Y = 0", p.null("P - W*Y", p.le(small("P"), p.take(many, 0), using=uses)))
            form = p.le(
                goal,
                (p.le("0 < lambda", (p.given[2], p.given[3])), shares, p.square("ones'*x")),
                using=[
                    (whole, "x'*R*?*x"),
                    (eigen, "x'*?*Y*x"),
                    (whole, "lambda*x'*?*x"),
                    (none, "1/K*sum[S](x'*r[S]*?[S]*(ones'*x))"),
                ],
            )
            second = p.implies(many, form)
        return p.implies(left, p.cases(wide, first, second))


def small(projector: str) -> str:
    """That what a projector leaves out has trace 0 or less."""
    return f"tr(({projector} - W*Y)'*({projector} - W*Y)) <= 0"
