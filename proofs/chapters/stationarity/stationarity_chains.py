"""Chapter U, stationary points, closed: from the formal hypotheses to the formal goals."""

from typing import Any, NamedTuple

from proofs.claims.hypotheses import FLAT, OBJECTIVE, STATIONARY
from proofs.kernel.example import Case, at_once, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


@closes("U2")
def stationarity(p: Proof) -> None:
    """U2: along the gradient the objective rises as fast as it is long; where it is 0 the rest is of second order."""
    lambda_w, lambda_h, positive, tangent, curved = p.given
    half, t, at = (1, 2), p.square("t"), OBJECTIVE.format("W", "h[S]", "b")
    feature = "L[S](W*{0} + b) + lambda_H/2*({0}'*{0})"
    logits = ("W*(h[S] + t*s) + b", "(W + t*V)*h[S] + b", "W*h[S] + (b + t*x)")
    lower, upper = ([p.at(side, "S", z) for z in logits] for side in (tangent, curved))
    (_, below_v, below_x), (_, above_v, above_x) = (
        [p.over(p.every(one, "S")) for one in side] for side in (lower, upper)
    )
    features = Line(
        *("s", "lambda_H*h[S] - W'*r[S]", "({0})'*({1})"),
        *(feature.format("(h[S] + t*s)"), feature.format("h[S]"), "(c/2*((W*s)'*(W*s)) + lambda_H/2*(s'*s))"),
        ((lower[0],), (half, lambda_h, p.square("s"), t)),
        upper[0],
        ((half, positive, p.square("W*s")), (half, lambda_h, p.square("s"))),
    )
    classifier = Line(
        *("V", "lambda_W*W - sum[S](r[S]*h[S]')", "tr(({0})'*({1}))"),
        *(OBJECTIVE.format("(W + t*V)", "h[S]", "b"), at, "(c/2*sum[S]((V*h[S])'*(V*h[S])) + lambda_W/2*tr(V'*V))"),
        ((below_v,), (half, lambda_w, p.square("V"), t)),
        above_v,
        ((half, positive, p.over(p.square("all S: V*h[S]"))), (half, lambda_w, p.square("V"))),
    )
    bias = Line(
        *("x", "-sum[S](r[S])", "({0})'*({1})", OBJECTIVE.format("W", "h[S]", "(b + t*x)"), at, "(c/2*(x'*x))"),
        *(((below_x,),), above_x, ((half, positive, p.square("x")),)),
    )
    parts = (
        features.flat(p, STATIONARY[0], "?[S]'*s", "S"),
        classifier.flat(p, STATIONARY[1], "tr(?'*V)"),
        bias.flat(p, "sum[S](r[S]) = 0", "?'*x"),
    )
    with p.supposing(f"({STATIONARY[0]}) and {STATIONARY[1]}") as (both, one, two):
        balance = p.eq("lambda_W*W'*W = lambda_H*sum[S](h[S]*h[S]')", (two, "W'*?"), (one, "sum[S](?[S]*h[S]')"))
        with p.assuming("all S: ones'*r[S] = 0") as none:
            flat = p.eq("ones'*W = 0", (two, "1/lambda_W*ones'*?"), (none, "1/lambda_W*sum[S](?[S]*h[S]')"))
            flat = p.implies(none, flat)
        last = p.implies(both, p.join(balance, flat))
    p.done(p.join(*parts, last))


class Line(NamedTuple):
    """A function of t along a direction: its gradient at 0, what its square term is at most, and why.

    It is at least before + t slope by ``lower``, at most that and t^2 times ``bend`` by ``upper``.
    """

    direction: str
    gradient: str
    slope: str
    after: str
    before: str
    bend: str
    lower: tuple[Any, ...]
    upper: Theorem
    positive: tuple[Any, ...]

    def flat(self, p: Proof, zero: str, context: str, *over: str) -> Theorem:
        """Flat along every direction iff the gradient is zero."""
        text, slope = FLAT.format(self.after, self.before), self.slope.format(self.gradient, self.direction)
        names = (*over, self.direction)
        rises = p.le(f"{self.before} + t*({slope}) <= {self.after}", *self.lower)
        with p.assuming(f"all {', '.join(names)}: {text}") as flat:
            null = p.null(self.gradient, self.short(p, p.at(flat, *over, self.gradient), rises))
            forth = p.implies(flat, p.every(p.eq(zero.removeprefix("all S: "), null), *over))
        with p.assuming(zero) as none:
            still = p.eq(f"{slope} = 0", (none, context))
            more = p.le(f"0 < {self.bend} + 1", *self.positive, 1)
            delta = f"eps*(1/({self.bend} + 1))"
            share = p.reciprocal(more)
            with p.assuming("0 < eps") as eps:
                with p.supposing(f"0 <= t and t <= {delta}") as (near, t, small):
                    left = p.le(f"{self.before} - eps*t <= {self.after}", rises, (eps, t), using=[(still, "t*?")])
                    right = p.le(
                        f"{self.after} <= {self.before} + eps*t",
                        *(self.upper, (t, small, more), (t, t)),
                        using=[(still, "t*?")],
                    )
                    each = p.every(p.implies(near, p.join(left, right)), "t")
                some = instantiate(p.formula(text)[2], p.term("eps"))[2]
                found = p.witness(p.join(p.le(f"0 < {delta}", (eps, share)), each), some, delta)
                found = p.every(p.implies(eps, found), "eps")
            back = p.implies(none, p.every(found, *names))
        return p.both(forth, back)

    def short(self, p: Proof, along: Theorem, rises: Theorem) -> Theorem:
        """The square of the gradient is not positive: half of it would be more than the function rises."""
        square = self.slope.format(self.gradient, self.gradient)

        def steep(case: Theorem) -> Theorem:
            some = p.apply(p.at(along, f"1/2*({square})"), p.le(f"0 < 1/2*({square})", ((1, 2), case)))
            near = p.ledger.assume(instantiate(some.conclusion[2], p.term("delta")))
            step = p.take(near, 0)
            reach = p.join(p.le("0 <= delta", step), p.le("delta <= delta"))
            at = p.apply(p.at(p.take(near, 1), "delta"), reach)
            rise = p.at(p.every(rises, "t", self.direction), "delta", self.gradient)
            less = p.le("0 < 0", p.take(at, 1), rise, ((1, 2), step, case))
            return p.unpack(some, p.implies(near, p.absurd(f"{square} <= 0", less)), "delta")

        return p.by_cases(p.order_cases(square, "0"), lambda case: case, steep)


@closes("U3")
def eigen_equation(p: Proof) -> None:
    """U3: insert the features into the classifier."""
    features, classifier, *_ = p.given
    p.done(p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?")))


def positive_penalties(p: Proof, lambda_w: Theorem, lambda_h: Theorem) -> Theorem:
    """Both penalties and their product are positive, hence may be divided by."""
    product = p.le("0 < lambda", (lambda_w, lambda_h))
    p.positive(product)
    return product


def synthesis(p: Proof, features: Theorem, classifier: Theorem) -> Theorem:
    """Every prototype from all of them: insert the classifier into the features."""
    return p.eq(
        "all S: h[S] = sum[T](1/lambda*(r[S]'*r[T])*h[T])",
        (features, "1/lambda_H*?[S]"),
        (classifier, "1/lambda*?'*r[S]"),
    )


@closes("U4")
def weighted_synthesis(p: Proof) -> None:
    """U4: the weights are frequency times residual overlap."""
    features, classifier, lambda_w, lambda_h, *_ = p.given
    positive_penalties(p, lambda_w, lambda_h)
    p.done(synthesis(p, features, classifier))


@closes("U4b")
def least_weights(p: Proof) -> None:
    """U4b: other weights differ from those of U4 by something orthogonal to them."""
    features, classifier, lambda_w, lambda_h, _, in_range, weights = p.given
    positive_penalties(p, lambda_w, lambda_h)
    own = "(1/lambda*(r[S]'*r[T]))"
    ours = synthesis(p, features, classifier)
    orthogonal = p.eq(
        f"all S: sum[T]((omega[S, T] - {own})*{own}) = 0",
        (in_range, f"1/lambda*sum[T]((omega[S, T] - {own})*(r[T]'*?[S]))"),
        (features, f"1/lambda*sum[T]((omega[S, T] - {own})*(?[T]'*s[S]))"),
        (weights, "lambda_H/lambda*(?[S]'*s[S])"),
        (ours, "lambda_H/lambda*(?[S]'*s[S])"),
    )
    square = p.over(p.square(f"all T: omega[S, T] - {own}"))
    p.done(p.le(f"all S: sum[T]({own}^2) <= sum[T](omega[S, T]^2)", square, using=[(orthogonal, "2*?[S]")]))


@closes("U4a")
def projector(p: Proof) -> None:
    """U4a: R acts as lambda on the residuals, hence on their span, hence on itself."""
    _positive, _ = p.given
    idempotent = "sum[T](1/lambda*(r[S]'*r[T])*(1/lambda*(r[T]'*r[U]))) = 1/lambda*(r[S]'*r[U])"
    apart = "(R*r[U] - lambda*r[U])"
    with p.assuming(f"all S, U: {idempotent}") as projects:
        overlap = p.eq(f"all S, U: r[S]'*{apart} = 0", (projects, "lambda^2*?[S, U]"))
        none = p.eq(f"all U: {apart}'*{apart} = 0", (overlap, "sum[S]((r[S]'*r[U])*?[S, U])", "lambda*?[U, U]"))
        none = p.definite(f"all U: {apart}", none)
        forth = p.implies(projects, p.eq("all S: R*r[S] = lambda*r[S]", none))
    with p.assuming("all S: R*r[S] = lambda*r[S]") as eigen:
        back = p.implies(eigen, p.eq(f"all S, U: {idempotent}", (eigen, "1/lambda^2*(r[S]'*?[U])")))
        square = p.implies(eigen, p.eq("R*R = lambda*R", (eigen, "sum[S](?[S]*r[S]')")))
    with p.assuming("R*R = lambda*R") as flat:
        squares = p.square(f"all U: {apart}")
        total = p.eq(f"sum[U]({apart}'*{apart}) = 0", (flat, "tr(R*?)", "lambda*tr(?)"))
        none = p.definite(f"all U: {apart}", p.vanish(squares, total))
        columns = p.implies(flat, p.eq("all S: R*r[S] = lambda*r[S]", none))
    p.done(p.join(p.both(forth, back), p.both(square, columns)))


@closes("U1")
def collapse_of_variability(p: Proof) -> None:
    """U1: convexity of the loss, an identity for the penalty; two stationary features of one label set are one."""
    positive, convex = p.given
    inverse = p.reciprocal(positive)
    value = "L[S](W*{0} + b) + lambda_H/2*({0}'*{0})"
    between = "(t*s + (1 - t)*g)"
    with p.assuming("0 <= t and t <= 1") as share:
        loss = p.apply(p.at(convex, "S", "W*s + b", "W*g + b", "t"), share)
        modulus = p.le(
            f"""{value.format(between)} <= t*({value.format("s")}) + (1 - t)*({value.format("g")})
            - lambda_H/2*(t*(1 - t)*((s - g)'*(s - g)))""",
            loss,
        )
        modulus = p.every(p.implies(share, modulus), "S", "s", "g", "t")
    slope = "(all x: L[S](W*{0} + b) - {1}'*(x - (W*{0} + b)) <= L[S](x))"
    with p.supposing(
        f"lambda_H*s = W'*r1 and lambda_H*g = W'*r2 and {slope.format('s', 'r1')} and {slope.format('g', 'r2')}"
    ) as (both, one, two, at_s, at_g):
        small = p.le(
            "(s - g)'*(s - g) <= 0",
            (inverse, (at_s, ("W*g + b",))),
            (inverse, (at_g, ("W*s + b",))),
            using=[(one, "1/lambda_H*(s - g)'*?"), (two, "1/lambda_H*(s - g)'*?")],
        )
        equal = p.implies(both, p.eq("s = g", p.null("s - g", small)))
    p.done(p.join(modulus, p.every(equal, "S", "s", "g", "r1", "r2")))


@exemplifies(
    "U4a",
    Case(
        dims={"K": 2, "d": 2},
        weights={"sets": ("4/5", "1/5")},
        letters={
            "y": [(1, 0), (0, 1)],
            "W": ((1, 0), (0, 0)),
            "h": [("1/4", 0), (0, 0)],
            "r": [("3/4", 0), (0, 1)],
            "lambda_W": "3/20",
            "lambda_H": 3,
            "lambda": "9/20",
        },
    ),
)
def below_full_rank(p: Proof) -> None:
    """U4a: the optimum of the squared loss for two single labels has rank 1, and its synthesis is no projector."""
    at_once(p)


@closes("U1a")
def price_of_not_collapsing(p: Proof) -> None:
    """U1a: the mean takes the linear part away, of the loss and of the penalty; what is left is not negative."""
    positive, shares, one, mean, tangent, within = p.given
    inverse = p.reciprocal(positive)
    spread, apart = "((g[S, p] - h[S])'*(g[S, p] - h[S]))", "L[S](W*g[S, p] + b) - L[S](W*h[S] + b)"
    divergence = f"{apart} + r[S]'*(W*g[S, p] - W*h[S])"
    every, collapsed = (
        "sum[S](sum[p](q[S, p]*(L[S](W*g[S, p] + b) + lambda_H/2*(g[S, p]'*g[S, p]))))",
        "sum[S](L[S](W*h[S] + b) + lambda_H/2*(h[S]'*h[S]))",
    )
    saved, variance = f"sum[S](sum[p](q[S, p]*({divergence})))", f"sum[S](sum[p](q[S, p]*{spread}))"
    identity = p.eq(
        f"{every} - {collapsed} = {saved} + lambda_H/2*{variance}",
        (one, "sum[S](?[S]*(L[S](W*h[S] + b) + r[S]'*W*h[S] - lambda_H/2*(h[S]'*h[S])))"),
        (mean, "sum[S](r[S]'*W*?[S])", "lambda_H*sum[S](?[S]'*h[S])"),
    )
    each = p.le(f"all S, p: 0 <= {divergence}", ((tangent, ("S", "W*g[S, p] + b")),))
    terms = p.le(f"all S, p: 0 <= q[S, p]*({divergence})", (shares, each))
    total = p.over(p.every(p.over(p.at(terms, "S")), "S"))
    twice = (2, 1)
    small = p.le(
        f"{variance} <= 2*eps/lambda_H",
        (twice, inverse, within),
        (twice, inverse, total),
        using=[(identity, "2/lambda_H*?")],
    )
    p.done(p.join(identity, each, small))
