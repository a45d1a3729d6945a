"""U7a, closed: no spurious minima, and how much any point leaves to gain, by a step along its residuals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proofs.chapters.duality.duality_chains import STEP, cited, gap, small_step
from proofs.claims.duality import ANY_FEATURES, AT_THE_ORIGIN, DEEP, ENOUGH_FEATURES, LOCAL
from proofs.claims.hypotheses import OBJECTIVE
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

AT = OBJECTIVE.format("W", "h[S]", "b")


@closes("U7a")
def depth_of_any_point(p: Proof) -> None:
    """U7a: local minima are stationary, and U7; a step along the residuals; a dual candidate for the squared loss."""
    p.done(p.join(no_spurious_minima(p), deep(p), attained(p)))


# ---------------------------------------------------------------------- local minima

MOVED = OBJECTIVE.format("(W + t*W2)", "(h[S] + t*(V*r[S]))", "b")
SLOPE, PULL, MEAN = "(sum[S](r[S]*h[S]') - lambda_W*W)", "(W'*r[S] - lambda_H*h[S])", "sum[S](r[S])"


def no_spurious_minima(p: Proof) -> Theorem:
    """A point that no near one is better than is stationary, and U7."""
    with p.assuming(" and ".join(f"({x})" for x in LOCAL)) as case:
        convex, positive, curved, wide, fixed, least = (p.take(case, i) for i in range(len(LOCAL)))
        features, classifier, bias = stationary(p, positive, curved, fixed, least)
        near = p.at(least, "W2", "0*I[d]", "V", "0*x")
        some = p.formula(f"some eps: 0 < eps and (all t: 0 < t and t <= eps => {AT} <= {MOVED})")
        with p.assuming(instantiate(near.conclusion[2], ("l", "eps", (), ()))) as own:
            with p.assuming("0 < t and t <= eps") as at:
                same = p.le(f"{AT} <= {MOVED}", p.apply(p.at(p.take(own, 1), "t"), at))
                same = p.every(p.implies(at, same), "t")
            found = p.implies(own, p.witness(p.join(p.take(own, 0), same), some, "eps"))
            near = p.every(p.unpack(near, found, "eps"), "W2", "V")
        known = cited(p, "U7", (features, classifier, *p.given, convex, bias), r2="r[sets_0]")
        feasible = p.apply(p.take(known, 1), p.join(positive, curved, wide, near))
        return p.implies(case, p.apply(p.take(known, 0), feasible))


def stationary(
    p: Proof, positive: Theorem, curved: Theorem, fixed: Theorem, least: Theorem
) -> tuple[Theorem, Theorem, Theorem]:
    """Against the gradient in the features, in the classifier and in a free bias F would fall."""
    lambda_w, lambda_h, step, half = p.given[0], p.given[1], small_step(p), (1, 2)

    def slope(way: Sequence[str], moved: str, fall: str, price: str, *cost: Theorem) -> Theorem:
        bent = p.over(p.square(f"all S: {moved}"))
        bend = f"(c/2*sum[S]({moved}'*{moved}) + {price} + 1)"
        rise = p.le(f"0 < {bend}", (half, positive, bent), *([(half, *cost)] if cost else []), 1)
        near = p.at(least, *way)

        def near_by(moves: Theorem, within: Theorem) -> tuple[Theorem, Theorem]:
            best = p.apply(p.at(p.take(own, 1), "t"), p.join(moves, within))
            return best, p.at(curved, "S", f"W*h[S] + b + t*{moved}")

        with p.assuming(instantiate(near.conclusion[2], ("l", "eps", (), ()))) as own:
            made = p.implies(own, no_slope(p, ("eps", p.take(own, 0)), (fall, bend), (step, rise), near_by))
        return p.unpack(near, made, "eps")

    size, fall = p.square(SLOPE), f"tr({SLOPE}'*{SLOPE})"
    way = (SLOPE, "0*I[d]", "0*V", "0*x")
    none = p.null(SLOPE, slope(way, f"({SLOPE}*h[S])", fall, f"lambda_W/2*{fall}", lambda_w, size))
    classifier = p.eq("lambda_W*W = sum[S](r[S]*h[S]')", none)
    each, fall = p.square(f"all S: {PULL}"), f"sum[S]({PULL}'*{PULL})"
    way, size = ("0*W2", "-lambda_H*I[d]", "W'", "0*x"), p.over(each)
    none = p.antisymmetry(
        slope(way, f"(W*{PULL})", fall, f"lambda_H/2*{fall}", lambda_h, size), p.le(f"0 <= {fall}", size)
    )
    features = p.eq("all S: lambda_H*h[S] = W'*r[S]", p.definite(f"all S: {PULL}", p.vanish(each, none)))
    goal = p.formula("(b = 0 and b2 = 0) or sum[S](r[S]) = 0")

    def without(case: Theorem) -> Theorem:
        return p.ledger.choose(p.join(p.take(case, 1), p.take(case, 2)), goal)

    def free(case: Theorem) -> Theorem:
        p.rewrite(case)
        return p.ledger.choose(p.null(MEAN, slope(("0*W2", "0*I[d]", "0*V", MEAN), MEAN, f"{MEAN}'*{MEAN}", "0")), goal)

    return features, classifier, p.by_cases(fixed, without, free)


Cost = Callable[[Theorem, Theorem], tuple[Theorem, Theorem]]
"""From 0 < t and t <= eps: that F is no less there, and a bound on the loss of S."""


def no_slope(
    p: Proof, within: tuple[str, Theorem], along: tuple[str, str], known: tuple[Theorem, Theorem], cost: Cost
) -> Theorem:
    """No better points within eps, where F falls by t fall less t^2 (bend - 1) at least: then fall <= 0."""
    (eps, positive), (fall, bend), (step, rise) = within, along, known

    def falls(steep: Theorem) -> Theorem:
        with p.supposing(STEP.format(fall=fall, rise=bend, eps=eps)) as (short, moves, *_):
            best, loss = cost(moves, p.take(short, 1))
            less = p.le("0 < 0", best, p.over(p.every(loss, "S")), (moves, p.take(short, 2)), (moves, moves))
            false = p.implies(short, p.absurd(f"{fall} <= 0", less))
        return p.unpack(p.apply(p.at(step, fall, bend, eps), p.join(steep, rise, positive)), false, "t")

    return p.by_cases(p.order_cases(fall, "0"), lambda flat: flat, falls)


# ---------------------------------------------------------------------- the depth


SHIFTED = "(mu*I[K] + Plus)"
POINT, FEATURES = "(W*E1' + A*E2')", "(E1*h[S] + E2*B*r[S])"
Said = Mapping[str, Theorem]


def deep(p: Proof) -> Theorem:
    """A step along the residuals, in K features beside those of the point."""
    with p.assuming(" and ".join(f"({x})" for x in (*DEEP, f"({ANY_FEATURES}) or ({ENOUGH_FEATURES})"))) as case:
        said = {text: p.take(case, i) for i, text in enumerate(DEEP)}
        best = p.by_cases(p.take(case, len(DEEP)), lambda any_: any_, lambda some: fewer(p, said[DEEP[14]], some))
        p.positive(said["0 < c"])
        p.positive(said["0 < mu"])
        gain, bend, price, price2 = moments(p, said)
        logits, size, length = beside(p, said)
        moved = p.le(
            f"L[S]({POINT}*{FEATURES} + b) <= L[S](W*h[S] + b) - r[S]'*A*B*r[S] + c/2*((A*B*r[S])'*(A*B*r[S]))",
            p.at(said[DEEP[1]], "S", "A*B*r[S]"),
            using=[(logits, "L[S](? + b)")],
        )
        bound = p.le(
            f"best + 1/(2*c)*tr(Plus*Plus) <= {AT}",
            p.at(best, POINT, "E1", "E2*B"),
            p.over(p.every(moved, "S")),
            using=[
                gain,
                (bend, "c/2*?"),
                (price, "lambda_H/2*?"),
                (price2, "lambda_W/2*?"),
                (size, "lambda_W/2*?"),
                (length, "lambda_H/2*?"),
                (said["lambda = mu^2"], "1/(2*c*mu)*tr(Plus)*?"),
            ],
        )
        return p.implies(case, bound)


WIDE = OBJECTIVE.format("W3", "(X1*h[S] + X2*r[S])", "b")


def fewer(p: Proof, kept: Theorem, some: Theorem) -> Theorem:
    """What l features can do d can, if that is enough: project them to the span of the rows of the classifier."""
    room = p.le("d <= l", p.square("I[l] - E1*E1'"), using=[(kept, "tr(E1*?*E1')", "tr(?)")])
    enough, best = p.take(some, 0), p.take(some, 1)
    lambda_w, lambda_h, half = p.given[0], p.given[1], (1, 2)
    features = "(X1*h[S] + X2*r[S])"
    less = f"({features} - Y*Y'*{features})"

    def within(span: Theorem, rows: str, using: Sequence[Used], *more: tuple[Any, ...]) -> Theorem:
        unit = p.take(span, 0)
        length = p.le(
            f"sum[S]((Y'*{features})'*(Y'*{features})) <= sum[S]({features}'*{features})",
            p.over(p.square(f"all S: {less}")),
            using=[(unit, f"sum[S]({features}'*Y*?*Y'*{features})")],
        )
        at = p.at(best, f"{rows}*Y", "Y'*X1", "Y'*X2")
        return p.le(f"best <= {WIDE}", at, (half, lambda_h, length), *more, using=using)

    def all_(many: Theorem) -> Theorem:
        axiom = p.axiom("orthonormal columns", {"m": "l", "n": "d", "k": "K"}, A="W3'")
        with p.assuming("Y'*Y = I[d] and Y*(Y'*W3') = W3'") as span:
            rows = p.eq("W3*Y*Y' = W3", (p.take(span, 1), "?'"))
            used = (rows, f"sum[S](L[S](?*{features} + b))"), (rows, "lambda_W/2*tr(?*W3')")
            made = within(span, "W3", used)
            return p.unpack(p.apply(axiom, p.join(many, room)), p.implies(span, made), "Y")

    def centered(many: Theorem) -> Theorem:
        one, fits, blind = p.parts(many)
        basis = p.apply(p.axiom("complement of a vector", {"m": "K", "n": "n"}, a="ones"), one)
        with p.supposing("X'*X = I[n] and X'*ones = 0") as (apart, unit, flat):
            uses: list[Used] = [
                (flat, "1/K*?'*X'*ones"),
                (flat, "1/K*ones'*X*?"),
                (unit, "tr(X*?*X')"),
                (unit, "tr(?)"),
                one,
            ]
            whole = p.eq("X*X' = P", p.null("P - X*X'", p.le("tr((P - X*X')'*(P - X*X')) <= 0", using=uses)))
            axiom = p.axiom("orthonormal columns", {"m": "l", "n": "d", "k": "n"}, A="W3'*X")
            with p.assuming("Y'*Y = I[d] and Y*(Y'*(W3'*X)) = W3'*X") as span:
                rows = p.eq("P*W3*Y*Y' = P*W3", (p.take(span, 1), "X*?'"), (whole, "?*W3*Y*Y'", "?*W3"))
                loss = p.eq(
                    f"L[S](P*W3*Y*(Y'*X1*h[S] + Y'*X2*r[S]) + b) = L[S](W3*{features} + b)",
                    p.at(blind, "S", f"W3*{features} + b"),
                    p.at(blind, "S", "P*W3*Y*(Y'*X1*h[S] + Y'*X2*r[S]) + b"),
                    (rows, f"L[S](P*(?*{features} + b))"),
                )
                used = (p.every(loss, "S"), "sum[S](?[S])"), (rows, "lambda_W/2*tr(?*W3'*P)")
                part = half, lambda_w, p.reciprocal(p.dimension("K")), p.square("W3'*ones")
                made = within(span, "P*W3", used, part)
                made = p.unpack(p.apply(axiom, p.join(fits, room)), p.implies(span, made), "Y")
            return p.unpack(basis, p.implies(apart, made), "X")

    return p.every(p.by_cases(enough, all_, centered), "W3", "X1", "X2")


def products(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem]:
    """R B and B R, for A and B have no share in the directions below the penalty, and B (mu + Plus)."""
    root, zero, parts = said["Root*Root = R"], said["Plus*Minus = 0"], said["Root - mu*I[K] = Plus - Minus"]
    own, square, own2, step = (said[DEEP[i]] for i in range(10, 14))
    plus, minus = (p.symmetric(said[f"psd {x}"]) for x in ("Plus", "Minus"))
    left = p.eq("Minus*Plus = 0", (zero, "?'"), (plus, "Minus'*?"), (minus, "?*Plus"))
    small = p.eq(
        "tr((A*Minus)'*(A*Minus)) = 0",
        (own, "tr(Minus'*?*A*Minus)"),
        (square, "1/(c*lambda_W)*tr(Minus'*?*Minus)"),
        (zero, "mu/(c*lambda_W)*tr(Minus'*?)"),
    )
    idle = p.eq("Minus*A = 0", (p.definite("A*Minus", small), "?'"), (own, "Minus'*?"), (minus, "?*A"))
    idle2 = p.eq("Minus*B = 0", (step, "1/mu^2*Minus*?"), (left, "1/mu*?*B"), (idle, "lambda_W/mu^2*?"))
    one = p.eq(f"Root*A = {SHIFTED}*A", (parts, "?*A"), idle)
    two = p.eq("Root*B = lambda_W/mu*A", (parts, "?*B"), idle2, (step, "1/mu*?"))
    three = p.eq(f"R*B = lambda_W/mu*{SHIFTED}*A", (root, "?*B"), (two, "Root*?"), (one, "lambda_W/mu*?"))
    turned = p.eq(
        f"B*{SHIFTED} = lambda_W/mu*A",
        (step, "1/mu*?'"),
        (own2, f"?*{SHIFTED}'"),
        (plus, "B*?"),
        (own, "lambda_W/mu*?"),
    )
    four = p.eq(
        f"B*R = lambda_W/mu*A*{SHIFTED}",
        (three, "?'"),
        (own2, "?*R"),
        (own, f"lambda_W/mu*?*{SHIFTED}'"),
        (plus, "lambda_W/mu*A*?"),
    )
    return three, turned, four


def moments(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem, Theorem]:
    """What the step A B r gains to first order and loses to second, and what its two factors cost."""
    own, square, own2, step = (said[DEEP[i]] for i in range(10, 14))
    three, turned, four = products(p, said)
    gain = p.eq(
        "sum[S](r[S]'*A*B*r[S]) = 1/c*(mu*tr(Plus) + tr(Plus*Plus))",
        (four, "tr(A*?)"),
        (square, f"1/(c*mu)*tr(?*{SHIFTED})"),
    )
    bend = p.eq(
        "sum[S]((A*B*r[S])'*(A*B*r[S])) = 1/c^2*tr(Plus*Plus)",
        (own2, "sum[S](r[S]'*?*A'*A*B*r[S])"),
        (own, "sum[S](r[S]'*B*?*A*B*r[S])"),
        (four, "tr(B*A*A*?)"),
        (step, "lambda_W/mu^2*tr(?*A*A*A)"),
        (square, "lambda_W/(c*mu^2)*tr(?*A*A)", "1/(c^2*mu)*tr(Plus*?)"),
    )
    price = p.eq(
        "sum[S]((B*r[S])'*(B*r[S])) = lambda_W/(c*mu)*tr(Plus)",
        (own2, "sum[S](r[S]'*?*B*r[S])"),
        (three, "tr(B*?)"),
        (turned, "lambda_W/mu*tr(?*A)"),
        (square, "lambda_W/(c*mu^2)*tr(?)"),
    )
    price2 = p.eq("tr(A'*A) = mu/(c*lambda_W)*tr(Plus)", (own, "tr(?*A)"), (square, "1/(c*lambda_W)*tr(?)"))
    return gain, bend, price, price2


def beside(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem]:
    """Logits and sizes of the point with the step, whose features stand beside its own."""
    apart = [said[DEEP[i]] for i in range(14, 17)]
    logits = p.eq(
        f"{POINT}*{FEATURES} = W*h[S] + A*B*r[S]",
        (apart[0], "W*?*h[S]"),
        (apart[1], "A*?*B*r[S]"),
        (apart[2], "W*?*B*r[S]", "A*?'*h[S]"),
    )
    size = p.eq(
        f"tr({POINT}'*{POINT}) = tr(W'*W) + tr(A'*A)",
        (apart[0], "tr(W*?*W')"),
        (apart[1], "tr(A*?*A')"),
        (apart[2], "2*tr(W*?*A')"),
    )
    length = p.eq(
        f"sum[S]({FEATURES}'*{FEATURES}) = sum[S](h[S]'*h[S]) + sum[S]((B*r[S])'*(B*r[S]))",
        (apart[0], "sum[S](h[S]'*?*h[S])"),
        (apart[1], "sum[S](r[S]'*B'*?*B*r[S])"),
        (apart[2], "2*sum[S](h[S]'*?*B*r[S])"),
    )
    return logits, size, length


# ---------------------------------------------------------------------- the squared loss

SHRUNK = "(mu*I[K] - Minus)"
SECOND = OBJECTIVE.format("W2", "h2[S]", "b2")


def attained(p: Proof) -> Theorem:
    """The residuals of the squared loss at W = 0, shrunk to mu where they exceed it, have the value that is left."""
    with p.assuming(" and ".join(f"({x})" for x in AT_THE_ORIGIN)) as case:
        said = {text: p.take(case, i) for i, text in enumerate(AT_THE_ORIGIN)}
        p.positive(said["0 < mu"])
        either = p.axiom("rank and nullity", {"n": "K", "k": "K"}, A=SHIFTED)
        some = p.ledger.assume(either.conclusion[1])
        with p.assuming(f"x'*x = 1 and {SHIFTED}*x = 0") as kernel:
            positive = p.le("0 < mu", said["0 < mu"])
            less = p.le(
                "0 < 0",
                positive,
                p.square("x", said["psd Plus"]),
                using=[(p.take(kernel, 0), "mu*?"), (p.take(kernel, 1), "x'*?")],
            )
            none = p.absurd(f"{AT} <= {SECOND} + 1/2*tr(Plus*Plus)", less)
            first = p.implies(some, p.unpack(some, p.implies(kernel, none), "x"))
        some = p.ledger.assume(either.conclusion[2])
        with p.assuming(f"B*{SHIFTED} = I[K] and ({SHIFTED}*B)' = {SHIFTED}*B") as inverse:
            made = shrunk(p, said, p.take(inverse, 0))
            second = p.implies(some, p.unpack(some, p.implies(inverse, made), "B"))
        return p.implies(case, p.cases(either, first, second))


def shrunk(p: Proof, said: Said, inverse: Theorem) -> Theorem:
    """The candidate mu B r, whose moment is the square of mu - Minus, by U6."""
    zero, parts, square, positive = (said[AT_THE_ORIGIN[i]] for i in (6, 7, 3, 0))
    signs = [p.symmetric(said[f"psd {x}"]) for x in ("Plus", "Minus")]
    p.rewrite(zero, p.eq("Root = mu*I[K] + Plus - Minus", parts))
    idle = p.eq("mu*B*Minus = Minus", (inverse, "?*Minus"))
    whole = "(mu*I[K] + Plus - Minus)"
    image = p.eq(f"mu*B*{whole} = {SHRUNK}", (inverse, "mu*?"), idle)
    turned = p.eq(
        f"mu*B*R = {SHRUNK}*(mu*I[K] + Plus - Minus)", (square, "mu*B*?"), (image, "?*(mu*I[K] + Plus - Minus)")
    )
    uses = [(x, f"mu*{SHRUNK}*?*B'") for x in signs]
    moment = p.eq(
        f"mu^2*B*R*B' = {SHRUNK}*{SHRUNK}",
        *((turned, "mu*?*B'"), *uses, (image, f"{SHRUNK}*?'"), (signs[1], f"{SHRUNK}*?")),
    )
    share, least = p.reciprocal(positive), said["psd Minus"]
    feasible = p.semidefinite(
        "lambda*I[K] - mu^2*B*R*B'",
        (positive, p.square("x", least)),
        (share, p.square(f"{SHRUNK}*x", least)),
        (share, p.square("Minus*x", said["psd Root"])),
        using=[
            *((moment, "x'*?*x"), (said["lambda = mu^2"], "?*x'*x"), (signs[1], f"1/mu*x'*?*Minus*{SHRUNK}*x")),
            (signs[1], f"1/mu*x'*?*{whole}*Minus*x"),
        ],
    )
    empty, still, loss, residual, bias = (said[x] for x in AT_THE_ORIGIN[8:])
    dual = "((mu*B*r[S])'*y[S] - 1/2*((mu*B*r[S])'*(mu*B*r[S])))"
    below = p.le(
        f"all S, x: {dual} - (mu*B*r[S])'*x <= L[S](x)",
        ((1, 2), p.every(p.square("x - y[S] + mu*B*r[S]"), "S", "x")),
        using=[(loss, "?[S, x]")],
    )
    own = p.eq("mu^2*B*R*B' = sum[S]((mu*B*r[S])*(mu*B*r[S])')")
    put = {"W": "W2", "h": "h2[sets_0]", "b": "b2", "r": "mu*B*r[sets_0]", "R": "mu^2*B*R*B'"}
    put["D"] = "arg_0'*y[sets_0] - 1/2*(arg_0'*arg_0)"
    known = p.take(gap(p, p.given[0], p.given[1], (p.given[2], own, below), **put), 1)
    flat = [no_share(p, bias, b) for b in ("b", "b2")]
    value = p.eq(
        f"sum[S]({dual}) = 1/2*sum[S](r[S]'*r[S]) - 1/2*tr(Plus*Plus)",
        (residual, "sum[S]((mu*B*r[S])'*?[S])"),
        (moment, "1/2*tr(?)"),
        (turned, "tr(?)"),
        (square, "1/2*tr(?)"),
        flat[0],
    )
    cost = p.eq(
        f"{AT} = 1/2*sum[S](r[S]'*r[S])",
        *(
            (empty, "sum[S](L[S](?*h[S] + b))"),
            (loss, "sum[S](?[S, b])"),
            (residual, "1/2*sum[S]((b - y[S] - r[S])'*?[S])"),
        ),
        *((empty, "lambda_W/2*tr(?'*W)"), (still, "lambda_H/2*sum[S](?[S]'*h[S])")),
    )
    return p.le(f"{AT} <= {SECOND} + 1/2*tr(Plus*Plus)", p.apply(known, p.join(feasible, flat[1])), using=[value, cost])


def no_share(p: Proof, bias: Theorem, b: str) -> Theorem:
    """A bias does not see the candidate."""
    goal = f"{b}'*sum[S](mu*B*r[S]) = 0"

    def without(none: Theorem) -> Theorem:
        return p.eq(goal, (p.take(none, int(b == "b2")), "?'*sum[S](mu*B*r[S])"))

    return p.by_cases(bias, without, lambda free: p.eq(goal, (free, f"mu*{b}'*B*?")))
