"""W2a and W2c, closed: the optimum of the squared loss, and when its prototypes are scaled averages."""

from proofs.chapters.weighted_synthesis.weighted_synthesis_chains import (
    NORMAL,
    PLAIN,
    free_bias,
    no_other_solution,
    ridge,
)
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

GRAM, DEFECT = "(mu/lambda_H*(W*W'))", "(lambda*I[K] - R)"
"""The Gram matrix in units in which the root of the second moment is that and mu, and what the residuals lack."""


class Shrunk:
    """C = (E + mu)^2 - D for the Gram matrix E and the defect D, whose product is 0."""

    def __init__(self, p: Proof) -> None:
        _lambda_w, lambda_h = p.given[:2]
        features, classifier = p.given[5:7]
        self.share = p.reciprocal(lambda_h)
        self.mu, self.root, self.defect = p.says("0 < mu"), p.says("mu^2 = lambda"), p.says("psd (lambda*I[K] - R)")
        self.eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
        self.columns = columns(p, features)
        uses = (self.columns, "sum[S](?[S]*a[S]')"), (self.columns, "sum[S]((I[K] + 1/lambda_H*W*W')*r[S]*?[S]')")
        half = (self.eigen, "1/lambda_H*?*W'"), (self.eigen, "1/lambda_H*W*?'"), (self.eigen, "1/lambda_H^2*W*W'*?*W'")
        self.moment = p.eq(
            f"C = ({GRAM} + mu*I[K])*({GRAM} + mu*I[K]) - {DEFECT}",
            *(*uses, *half, (self.root, "?*I[K]", "2/lambda_H*?*(W*W')")),
            (self.root, "1/lambda_H^2*?*(W*W'*W*W')"),
        )


def columns(p: Proof, features: Theorem) -> Theorem:
    """a = (I + W W'/lambda_H) r, with a free bias and without."""
    residual = p.says("all S: r[S] = y[S] - W*h[S] - b")
    goal = "all S: a[S] = r[S] + 1/lambda_H*(W*W'*r[S])"
    uses = residual, (features, "1/lambda_H*W*?[S]")

    def without(case: Theorem) -> Theorem:
        return p.eq(goal, *uses, p.take(case, 1), p.take(case, 0))

    def free(case: Theorem) -> Theorem:
        none = p.take(case, 0)
        mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (none, "1/lambda_H*W'*?"))
        bias = p.eq("b = sum[S](y[S])", (residual, "sum[S](?[S])"), none, (mean, "W*?"))
        return p.eq(goal, *uses, p.take(case, 1), bias)

    case = p.given[8]
    return free(case) if case.conclusion[0] == "and" else p.by_cases(case, without, free)


def collapsed(p: Proof, at: Shrunk) -> Theorem:
    """Where C x = t x and t is at most lambda, W' x = 0."""
    with p.supposing("C*x = t*x and t <= lambda") as (low, value, small):
        scale = "lambda_H/(2*mu^2)"
        inverse = p.reciprocal(at.mu)
        image = p.le(
            "(W*W'*x)'*(W*W'*x) <= 0",
            ((1, 2), small, p.square("W'*x"), p.given[1], inverse, inverse),
            ((1, 2), at.share, p.square("W'*W*W'*x")),
            using=[
                *((value, f"{scale}*x'*W*W'*?"), (at.moment, f"{scale}*x'*W*W'*?*x"), (at.eigen, f"{scale}*x'*W*?'*x")),
                (at.root, f"{scale}*(x'*W*W'*x)*?"),
            ],
        )
        zero = p.null("W*W'*x", image)
        none = p.null("W'*x", p.le("(W'*x)'*(W'*x) <= 0", using=[(zero, "x'*?")]))
        return p.every(p.implies(low, none), "x", "t")


@closes("W2a")
def optimum_of_the_squared_loss(p: Proof) -> None:
    """W2a: two shrunk roots of C are one: the trace of their difference times that of their squares is not positive."""
    at = Shrunk(p)
    below = collapsed(p, at)
    with p.assuming("X*X' = Plus") as factor:
        gram = one_root(p, at, factor)
        gram = p.unpack(p.says("some X: X*X' = Plus"), p.implies(factor, gram), "X")
    goal = p.join(gram, threshold(p, at, below), along(p, at, below), without_collapse(p, at, gram))
    p.done(goal)


REST = "(2*mu*Minus - Minus*Minus)"


def below_the_penalty(p: Proof, turned: Theorem, mu: Theorem, inverse: Theorem) -> Theorem:
    """What residuals lack of the penalty, where the root is below it; Plus and Minus cancel by rewriting."""
    minus, split = p.says("psd Minus"), p.eq("Root = mu*I[K] + Plus - Minus", p.says("Root - mu*I[K] = Plus - Minus"))
    inner = p.eq("Minus*Root*Minus = mu*Minus*Minus - Minus*Minus*Minus", (split, "Minus*?*Minus"))
    return p.semidefinite(
        REST,
        *((mu, p.square("x", minus)), (inverse, p.square("mu*x - Minus*x", minus))),
        (inverse, p.square("Minus*x", p.says("psd Root"))),
        using=[*((inner, "1/mu*x'*?*x"), (turned, "1/mu*x'*?*Minus*(mu*x - Minus*x)", "1/mu*x'*?*Root*Minus*x"))],
        turned=[(turned, "2*mu*?", "?*Minus'", "Minus*?")],
    )


def one_root(p: Proof, at: Shrunk, factor: Theorem) -> Theorem:
    """W W' is lambda_H/mu times the positive part of the root less mu."""
    plus, minus, cross = (p.says(x) for x in ("psd Plus", "psd Minus", "Plus*Minus = 0"))
    shifted, apart = p.says("Root - mu*I[K] = Plus - Minus"), f"({GRAM} - Plus)"
    turned = p.symmetric(minus)
    p.rewrite(p.eq("Plus = X*X'", factor))
    p.rewrite(p.eq("X*X'*Minus = 0", cross))
    p.rewrite(p.eq("Minus*X*X' = 0", (turned, "?*X*X'")))
    split = p.eq("Root = mu*I[K] + Plus - Minus", shifted)
    inverse = p.reciprocal(at.mu)
    low = below_the_penalty(p, turned, at.mu, inverse)
    both = p.eq(
        f"({GRAM} + mu*I[K])*({GRAM} + mu*I[K]) - {DEFECT} = (Plus + mu*I[K])*(Plus + mu*I[K]) - {REST}",
        *(at.moment, (p.says("Root*Root = C"), "?"), (split, "?*Root", "(mu*I[K] + Plus - Minus)*?")),
    )
    small = p.le(
        f"tr({apart}'*{apart}) <= 0",
        *(((1, 2), at.share, p.square(f"W'*{apart}")), ((1, 2), inverse, p.square(apart, plus))),
        *(((1, 2), at.share, p.square("W", low)), ((1, 2), inverse, p.square("X", at.defect))),
        using=[*((both, f"1/(2*mu)*tr({apart}*?)"), (at.eigen, "1/(2*lambda_H)*tr(W'*?)"))],
    )
    return p.eq("W*W' = lambda_H/mu*Plus", (p.null(apart, small), "lambda_H/mu*?"))


def threshold(p: Proof, at: Shrunk, below: Theorem) -> Theorem:
    """A direction collapses iff its eigenvalue of C is at most lambda."""
    with p.supposing("x'*x = 1 and C*x = t*x") as (eigen, unit, value):
        with p.assuming("W'*x = 0") as none:
            uses = [(value, "x'*?"), (unit, "t*?"), (at.moment, "x'*?*x"), (at.root, "x'*x*?"), (unit, "lambda*?")]
            uses += [(none, "mu^2/lambda_H^2*x'*W*W'*W*?"), (none, "2*mu^2/lambda_H*x'*W*?")]
            forth = p.implies(none, p.le("t <= lambda", p.square("x", at.defect), using=uses))
        with p.assuming("t <= lambda") as small:
            back = p.implies(small, p.apply(p.at(below, "x", "t"), p.join(value, small)))
        return p.every(p.implies(eigen, p.both(forth, back)), "x", "t")


def direction(p: Proof, at: Shrunk) -> Theorem:
    """Where C x = s^2 x and s is at least mu, the Gram matrix in its units takes x to (s - mu) x."""
    with p.supposing("0 <= s and C*x = s^2*x and mu <= s") as (eigen, sign, value, large):
        both = p.le("0 < mu + s", at.mu, sign)
        share = p.reciprocal(both)
        uses = [(value, f"x'*{DEFECT}*?"), (at.moment, f"x'*{DEFECT}*?*x")]
        uses += [(at.eigen, "mu^2/lambda_H^2*x'*?*W'*W*W'*x"), (at.eigen, "2*mu^2/lambda_H*x'*?*W'*x")]
        pieces = large, both, p.square("x", at.defect)
        flat = p.null(f"{DEFECT}*x", p.le(f"({DEFECT}*x)'*({DEFECT}*x) <= 0", pieces, using=uses))
        apart = f"({GRAM}*x + (mu - s)*x)"
        factors = p.eq(f"{GRAM}*{apart} + (mu + s)*{apart} = 0", value, (at.moment, "?*x"), flat)
        square = p.le(
            f"{apart}'*{apart} <= 0",
            (share, at.mu, at.share, p.square(f"W'*{apart}")),
            using=[(factors, f"1/(mu + s)*{apart}'*?")],
        )
        return p.every(p.implies(eigen, p.null(apart, square)), "x", "s")


def along(p: Proof, at: Shrunk, below: Theorem) -> Theorem:
    """What is left of the residuals along an eigenvector of C."""
    turned = direction(p, at)
    with p.supposing("0 <= s and C*x = s^2*x") as (eigen, sign, value):
        with p.assuming("s <= mu") as small:
            low = p.le("s^2 <= lambda", (small, p.le("0 < mu + s", at.mu, sign)), using=[at.root])
            none = p.apply(p.at(below, "x", "s^2"), p.join(value, low))
            kept = p.eq("all S: x'*r[S] = x'*a[S]", (at.columns, "x'*?[S]"), (none, "1/lambda_H*?'*W'*r[S]"))
            first = p.implies(small, kept)
        with p.assuming("mu <= s") as large:
            zero = p.apply(p.at(turned, "x", "s"), p.join(sign, value, large))
            uses = (at.columns, "mu*x'*?[S]"), (zero, "?'*r[S]")
            second = p.implies(large, p.eq("all S: s*(x'*r[S]) = mu*(x'*a[S])", *uses))
        return p.every(p.implies(eigen, p.join(first, second)), "x", "s")


def without_collapse(p: Proof, at: Shrunk, gram: Theorem) -> Theorem:
    """Where nothing collapses the root of C is mu plus the positive part, and the residuals are mu Q a."""
    cross, shifted = p.says("Plus*Minus = 0"), p.says("Root - mu*I[K] = Plus - Minus")
    with p.assuming("all x: W'*x = 0 => x = 0") as full, p.assuming("Q*Root = I[K]") as inverse:
        uses = (gram, "x'*Minus'*?*Minus*x"), (cross, "lambda_H/mu*x'*Minus'*?*x")
        image = p.le("(W'*Minus*x)'*(W'*Minus*x) <= 0", using=uses)
        none = p.apply(p.at(full, "Minus*x"), p.eq("W'*(Minus*x) = 0", p.null("W'*Minus*x", image)))
        columns_ = p.every(none, "x")
        flat = p.eq("Minus = 0", (columns_, "sum[k](?[e[k]]*e[k]')"))
        root = p.eq("Root = mu*I[K] + Plus", shifted, flat)
        weights = p.eq(
            "all S: r[S] = mu*(Q*a[S])",
            *((inverse, "?*r[S]"), (root, "Q*?*r[S]"), (gram, "mu/lambda_H*Q*?*r[S]"), (at.columns, "mu*Q*?[S]")),
        )
        rows = p.eq(
            "all S: h[S] = mu/lambda_H*(W'*Q*a[S])", (p.given[5], "1/lambda_H*?[S]"), (weights, "1/lambda_H*W'*?[S]")
        )
        return p.implies(full, p.every(p.implies(inverse, rows), "Q"))


@closes("W2c")
def scaled_averages(p: Proof) -> None:
    """W2c: a multiple of the sum solves the normal equations where W' (y - f) is that multiple of W' (y - m f)."""
    multiple, image = normal_equations(p)
    with p.assuming("W'*f = 0") as none:
        same = p.eq("W'*(y[S] - f) = (0 + 1)*(W'*(y[S] - m[S]*f))", (none, "(m[S] - 1)*?"))
        plain = p.eq(f"h[S] = {PLAIN}", p.apply(p.at(multiple, "S", "0 + 1"), same))
        plain = p.implies(none, p.every(plain, "S"))
    each = p.every(p.both(averages(p, image), back(p, multiple)), "S")
    p.done(p.join(each, plain, one_multiplicity(p, each, plain)))


PARALLEL = "W'*(y[S] - t*f) = 0 and (t - 1 = 0 or t - m[S] != 0)"
CASES = f"m[S] - 1 = 0 or W'*f = 0 or (some t: {PARALLEL})"


def averages(p: Proof, image: Theorem) -> Theorem:
    """Of a multiple: one label, or f has collapsed, or y is parallel to f in the image."""
    cases = p.formula(CASES)
    single, _, parallel = cases[1:]

    def chosen(part: Theorem) -> Theorem:
        return p.ledger.choose(part, cases)

    with p.assuming(f"h[S] = t*{PLAIN}") as made:
        same = p.apply(p.at(image, "S", "t"), made)

        def one(case: Theorem) -> Theorem:
            scaled = p.eq("(m[S] - 1)*(W'*f) = 0", same, (case, "W'*(y[S] - m[S]*f)*?"))

            def more(other: Theorem) -> Theorem:
                p.nonzeros.append(p.ledger.nonzero(other))
                return chosen(p.eq("W'*f = 0", (scaled, "1/(m[S] - 1)*?")))

            return p.by_cases(p.ledger.middle(single), chosen, more)

        def other(case: Theorem) -> Theorem:
            p.nonzeros.append(p.ledger.nonzero(case))
            scale = "((1 - t*m[S])/(1 - t))"
            aligned = p.eq(f"W'*(y[S] - {scale}*f) = 0", (same, "1/(1 - t)*?"))

            def equal(size: Theorem) -> Theorem:
                return chosen(p.eq("m[S] - 1 = 0", (size, "(1 - t)*?")))

            def unequal(size: Theorem) -> Theorem:
                nonzero = p.ledger.choose(p.ledger.nonzero(size), p.formula(f"{scale} - 1 = 0 or {scale} - m[S] != 0"))
                return chosen(p.witness(p.join(aligned, nonzero), parallel, scale))

            return p.by_cases(p.ledger.middle(p.formula(f"{scale} - m[S] = 0")), equal, unequal)

        found = p.by_cases(p.ledger.middle(p.formula("1 - t = 0")), one, other)
    return p.some(f"some t: h[S] = t*{PLAIN}", p.implies(made, found), "t")


def back(p: Proof, multiple: Theorem) -> Theorem:
    """Each of the three makes a multiple."""
    some = p.formula(f"some t: h[S] = t*{PLAIN}")

    def by(scale: str, *uses: Used) -> Theorem:
        same = p.eq(f"W'*(y[S] - f) = {scale}*(W'*(y[S] - m[S]*f))", *uses)
        return p.witness(p.apply(p.at(multiple, "S", scale), same), some, scale)

    def single(case: Theorem) -> Theorem:
        return by("(0 + 1)", (case, "W'*f*?"))

    def flat(case: Theorem) -> Theorem:
        return by("(0 + 1)", (case, "(m[S] - 1)*?"))

    def parallel(case: Theorem) -> Theorem:
        with p.supposing(PARALLEL) as (at, aligned, away):

            def one(is_one: Theorem) -> Theorem:
                def several(other: Theorem) -> Theorem:
                    p.nonzeros.append(p.ledger.nonzero(other))
                    return by("0", aligned, (is_one, "W'*f*?"))

                return p.by_cases(p.ledger.middle(p.formula("m[S] - 1 = 0")), single, several)

            def away_(unequal: Theorem) -> Theorem:
                p.nonzeros.append(unequal)
                return by("((t - 1)/(t - m[S]))", (aligned, "(1 - (t - 1)/(t - m[S]))*?"))

            found = p.by_cases(away, one, away_)
            return p.unpack(case, p.implies(at, found), "t")

    cases = p.ledger.assume(p.formula(CASES))
    return p.implies(cases, p.by_cases(cases, single, flat, parallel))


def normal_equations(p: Proof) -> tuple[Theorem, Theorem]:
    """h = t sum h_k iff W' (y - f) = t W' (y - m f): both implications."""
    features, residual, none, singleton, positive = p.given[:5]
    inverse = p.reciprocal(positive)
    of_sets, of_labels = ridge(p, features, residual, singleton)
    bias = free_bias(p, features, residual, none)
    whole = p.eq(f"{NORMAL.format(PLAIN)} = W'*(y[S] - m[S]*b)", (of_labels, "sum[k](e[k]'*y[S]*?[k])"))
    goal = "W'*(y[S] - f) = t*(W'*(y[S] - m[S]*f))"
    shifts = (bias, "W'*?"), (bias, "t*m[S]*(W'*?)")
    with p.assuming(f"h[S] = t*{PLAIN}") as made:
        moved = (whole, "t*?"), (made, "W'*W*?"), (made, "lambda_H*?"), *shifts
        image = p.every(p.implies(made, p.eq(goal, p.at(of_sets, "S"), *moved)), "S", "t")
    with p.assuming(goal) as same:
        apart = f"(h[S] - t*{PLAIN})"
        zero = p.eq(f"{NORMAL.format(apart)} = 0", p.at(of_sets, "S"), (whole, "t*?"), same, *shifts)
        multiple = p.eq(f"h[S] = t*{PLAIN}", no_other_solution(p, inverse, apart, zero))
        multiple = p.every(p.implies(same, multiple), "S", "t")
    return multiple, image


def one_multiplicity(p: Proof, each: Theorem, plain: Theorem) -> Theorem:
    """With one multiplicity and nothing collapsed: y parallel to f for all S leaves no room for a second contrast."""
    with p.assuming(p.goal[3][1]) as at:
        kernel = kept_contrasts(p, at)
        sizes = p.take(at, 5)
        flat = "f = size/K*ones"
        total = p.eq("ones'*f = size", (sizes, "sum[S](?[S])"))
        every = p.formula(f"all S: some t: h[S] = t*{PLAIN}")
        with p.assuming(flat) as uniform:
            none = p.eq("W'*f = 0", (uniform, "W'*?"), (p.take(kernel, 0), "size/K*?"))
            sums = p.apply(plain, none)
            one = p.eq(f"h[S] = (0 + 1)*{PLAIN}", p.at(sums, "S"))
            one = p.witness(one, p.formula(f"some t: h[S] = t*{PLAIN}"), "0 + 1")
            rule, averages_ = p.implies(uniform, sums), p.implies(uniform, p.every(one, "S"))
        with p.assuming(every) as all_:
            centered = p.by_cases(
                p.ledger.middle(p.formula("P*f = 0")),
                lambda case: case,
                lambda case: parallel_sets(p, at, kernel, (all_, each), case),
            )
            forth = p.implies(all_, p.eq(flat, centered, (total, "1/K*?*ones")))
        return p.implies(at, p.join(p.both(forth, averages_), rule))


def kept_contrasts(p: Proof, at: Theorem) -> Theorem:
    """W' 1 = 0, and what W' takes to 0 has no contrast."""
    positive, _, classifier, defect, *_ = p.parts(at)
    sizes, gap, least = p.take(at, 5), p.take(at, 7), p.take(at, 8)
    residual, mean = p.given[1], p.given[2]
    share, shared = p.reciprocal(positive), p.reciprocal(p.le("0 < kappa - lambda", gap))
    bias = free_bias(p, p.given[0], residual, mean)
    over = p.over(p.square("all S: h[S]'*W'*ones"))
    flat = p.le(
        "(W'*ones)'*(W'*ones) <= 0",
        (share, over),
        using=[
            *((classifier, "1/lambda_W*ones'*?*W'*ones"), (residual, "1/lambda_W*sum[S](ones'*?[S]*(h[S]'*W'*ones))")),
            *((bias, "1/lambda_W*sum[S](ones'*?*(h[S]'*W'*ones))"), (sizes, "1/lambda_W*sum[S](?[S]*(h[S]'*W'*ones))")),
            (sizes, "1/lambda_W*sum[T](?[T])*sum[S](h[S]'*W'*ones)"),
        ],
    )
    ones = p.null("W'*ones", flat)
    with p.assuming("W'*x = 0") as none:
        inner = p.eq("W'*(P*x) = 0", none, (ones, "1/K*?*(ones'*x)"))
        uses = (residual, "(P*x)'*?[S]"), (bias, "(P*x)'*?"), (inner, "?'*h[S]")
        kept = p.eq("all S: (P*x)'*r[S] = (P*x)'*(y[S] - f)", *uses)
        small = p.le(
            "(P*x)'*(P*x) <= 0",
            (shared, p.apply(p.at(least, "P*x"), p.eq("ones'*(P*x) = 0"))),
            (shared, p.square("P*x", defect)),
            using=[(kept, "1/(kappa - lambda)*sum[S](?[S]*((P*x)'*(r[S] + y[S] - f)))")],
        )
        centered = p.every(p.implies(none, p.null("P*x", small)), "x")
    return p.join(ones, centered)


def parallel_sets(p: Proof, at: Theorem, kernel: Theorem, of_sets: tuple[Theorem, Theorem], case: Theorem) -> Theorem:
    """Where P f is not 0 every P y is a multiple of it, so that a contrast orthogonal to it costs nothing."""
    (all_, each), centered = of_sets, p.take(kernel, 1)
    many, sizes, two, least = (p.take(at, i) for i in (4, 5, 6, 8))
    positive, product, gap = p.take(at, 0), p.take(at, 1), p.take(at, 7)
    goal = "P*f = 0"
    with p.supposing("u2'*u2 = 1 and (ones*ones' + P*f*f'*P)*u2 = 0") as (unit, one, none):
        square = p.eq("(ones'*u2)^2 + (f'*P*u2)^2 = 0", (none, "u2'*?"))
        contrast = p.null("ones'*u2", p.le("(ones'*u2)'*(ones'*u2) <= 0", p.square("f'*P*u2"), using=[square]))
        apart = p.null("f'*P*u2", p.le("(f'*P*u2)'*(f'*P*u2) <= 0", p.square("ones'*u2"), using=[square]))
        text = "u2'*(y[S] - f) = 0"

        def single(other: Theorem) -> Theorem:
            less = p.le("0 < 0", two, 1, using=[other, (sizes, "?[S]")])
            return p.absurd(text, less)

        def flat(other: Theorem) -> Theorem:
            zero = p.apply(p.at(centered, "f"), other)
            return p.ledger.absurd(p.apply(case, zero), p.formula(text))

        def parallel(other: Theorem) -> Theorem:
            with p.assuming(PARALLEL) as scale:
                image = p.apply(p.at(centered, "y[S] - t*f"), p.take(scale, 0))
                uses = (image, "u2'*?"), (contrast, "1/K*?*(ones'*(y[S] - f))"), (apart, "(1 - t)*?")
                return p.unpack(other, p.implies(scale, p.eq(text, *uses)), "t")

        kind = p.apply(p.ledger.either(p.at(each, "S"), 0), p.at(all_, "S"))
        along = p.every(p.by_cases(kind, single, flat, parallel), "S")
        lower = p.apply(p.at(least, "u2"), contrast)
        product_ = p.le("0 < lambda", (positive, p.given[4]), using=[product])
        less = p.le("0 < 0", lower, gap, product_, using=[(one, "kappa*?"), (along, "sum[S](?[S]*(u2'*(y[S] - f)))")])
        first = p.implies(unit, p.absurd(goal, less))
    both = "(ones*ones' + P*f*f'*P)"
    with p.supposing(f"X*{both} = I[K] and ({both}*X)' = {both}*X") as (inverse, left, *_):
        whole = p.eq("ones'*X*ones = 1", (left, "1/K*ones'*?*ones"))
        trace = p.eq("f'*P*X*P*f = K - 1", (left, "tr(?)"), whole)
        p.positive(p.le("0 < K - 2", many, 1))
        uses = [(left, "f'*P*?*P*f"), (trace, "(f'*P*f)*?")]
        small = p.le("(P*f)'*(P*f) <= 0", using=[(u, f"1/(K - 2)*({c})") for u, c in uses])
        second = p.implies(inverse, p.null("P*f", small))
    axiom = p.axiom("rank and nullity", {"n": "K", "k": "K"}, A="ones*ones' + P*f*f'*P")
    some, other = axiom.conclusion[1:]
    first = p.unpack(p.ledger.assume(some), first, "u2")
    second = p.unpack(p.ledger.assume(other), second, "X")
    return p.cases(axiom, p.ledger.discharge(first, some), p.ledger.discharge(second, other))


@closes("W2d")
def entry_by_entry(p: Proof) -> None:
    """W2d: W2; what W2a says along labels if they are uncorrelated; and the theorem of Cayley and Hamilton for two."""
    at = Shrunk(p)
    mean = p.take(p.given[8], 0)
    rule = p.apply(p.take(p.met(p.known("W2")), 1), p.join(mean, p.says("mbar - 1 != 0")))
    p.done(p.join(rule, two_labels(p, at), uncorrelated(p, at)))


FORM = "(tau/4*ones*ones' + share2*(ones*x' + x*ones') + 4*share*x*x')"
DETERMINANT = "(share*tau - share2^2)"


def two_labels(p: Proof, at: Shrunk) -> Theorem:
    """Two labels: E + mu is the root of C, and a matrix of two rows is a root of its characteristic polynomial."""
    alike = one_root_of_a_square(p)
    with p.supposing(p.goal[2][1]) as (given, two, kernel, sign, level, positive, total):
        none = p.eq(f"W'*({DEFECT}*e[k]) = 0", (at.eigen, "?'*e[k]"))
        kept = p.every(p.apply(p.at(kernel, f"{DEFECT}*e[k]"), none), "k")
        flat = p.eq(f"{DEFECT} = 0", (kept, "sum[k](?[k]*e[k]')"))
        with p.assuming(f"Q = {GRAM} + mu*I[K]") as named, p.assuming("x = e[k] - 1/K*ones") as at_x:
            square = p.eq("C = Q*Q", at.moment, flat, (named, "?*Q", f"({GRAM} + mu*I[K])*?"))
            turned = p.eq("Q' = Q", (named, "?'"), named)
            lower = p.le("mu*(v'*v) <= v'*Q*v", (at.mu, at.share, p.square("W'*v")), using=[(named, "v'*?*v")])
            lower = p.every(lower, "v")
            uses = (at_x, "?'*x"), (at_x, "(e[k] - 1/K*ones)'*?"), (two, "1/(2*K)*?")
            contrast, norm = p.eq("ones'*x = 0", (at_x, "ones'*?")), p.eq("x'*x = 1/2", *uses)
            p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("C"), p.term("R"))]
            p.rewrite(two, contrast, norm)
            plane = "(I[K] - 1/2*ones*ones' - 2*x*x')"
            whole = p.null(plane, p.le(f"tr({plane}'*{plane}) <= 0"))
            numbers = "share = x'*Q*x and share2 = ones'*Q*x and tau = ones'*Q*ones"
            with p.supposing(numbers) as (three, a, b, c):
                form = p.eq(
                    f"Q = {FORM}",
                    *((whole, "?*Q", "(1/2*ones*ones' + 2*x*x')*Q*?"), (turned, "x*(ones'*?*x)*ones'")),
                    *((a, "4*?*x*x'"), (b, "?*(ones*x' + x*ones')"), (c, "1/4*?*ones*ones'")),
                )
                trace = "(tau/2 + 2*share)"
                own = p.eq(
                    f"Q*Q = {trace}*Q - {DETERMINANT}*I[K]",
                    *((form, "?*Q", f"{FORM}*?", f"{trace}*?"), (whole, f"{DETERMINANT}*?")),
                )
                top = p.le("0 < tau", p.at(lower, "ones"), (2, at.mu), using=[c])
                z = "(tau*x - share2*ones)"
                least = p.le(
                    f"0 <= {DETERMINANT}",
                    *((p.reciprocal(top), p.at(lower, z)), (p.reciprocal(top), at.mu, p.square(z))),
                    using=[(a, "tau*?"), (b, "2*share2*?"), (c, "share2^2/tau*?"), (turned, "share2*(ones'*?*x)")],
                )
                explicit = p.eq(f"C = {FORM}*{FORM}", square, (form, "?*Q", f"{FORM}*?"))
                same = p.eq(
                    f"s^2 = {DETERMINANT}^2",
                    *((level, "1/2*?"), (explicit, f"1/2*tr(?)*(tr(C) + tr({FORM}*{FORM}))")),
                    (explicit, "1/2*tr(?*C)", f"1/2*tr({FORM}*{FORM}*?)"),
                )
                s = p.apply(p.at(alike, "s", DETERMINANT), p.join(sign, least, same))
                sums = p.eq(f"t^2 = {trace}^2", total, (explicit, "tr(?)"), (s, "2*?"))
                half = p.le("0 <= share", p.at(lower, "x"), ((1, 2), at.mu), using=[a])
                weak = p.le("0 <= t", positive), p.le(f"0 <= {trace}", ((1, 2), top), (2, half))
                t = p.apply(p.at(alike, "t", trace), p.join(*weak, sums))
                root = p.eq("t*Q = C + s*I[K]", square, own, (s, "?*I[K]"), (t, "?*Q"))
                gram = p.eq(
                    "t*(W*W') = lambda_H/mu*(C + s*I[K] - mu*t*I[K])",
                    (root, "lambda_H/mu*?"),
                    (named, "t*lambda_H/mu*?"),
                )
                rest = p.eq(
                    "all S: (C + s*I[K])*r[S] = mu*t*a[S]",
                    *((root, "?*r[S]"), (named, "t*?*r[S]"), (at.columns, "mu*t*?[S]")),
                )
                made = p.implies(three, p.join(gram, rest))
            values = {"share": "x'*Q*x", "share2": "ones'*Q*x", "tau": "ones'*Q*ones"}
            made = with_values(p, made, values)
            made = p.implies(named, with_values(p, p.implies(at_x, made), {"x": "e[k] - 1/K*ones"}))
        return p.implies(given, with_values(p, made, {"Q": f"{GRAM} + mu*I[K]"}))


def with_values(p: Proof, theorem: Theorem, values: dict[str, str]) -> Theorem:
    """What follows for letters that are equal to terms, at these terms."""
    theorem = p.at(p.every(theorem, *values), *values.values())
    rules, p.rules = p.rules, []
    same = [p.eq(f"{value} = {value}") for value in values.values()]
    p.rules = rules
    return p.apply(theorem, p.join(*same))


def one_root_of_a_square(p: Proof) -> Theorem:
    """Numbers that are not negative and have one square are one."""
    with p.supposing("0 <= s and 0 <= t and s^2 = t^2") as (at, one, two, same):

        def less(low: str, high: str, first: Theorem) -> Theorem:
            def wrong(apart: Theorem) -> Theorem:
                total = p.le("0 < s + t", apart, (2, first))
                return p.absurd(f"{high} <= {low}", p.le("0 < 0", (apart, total), using=[same]))

            return p.by_cases(p.order_cases(high, low), lambda case: case, wrong)

        return p.every(p.implies(at, p.antisymmetry(less("t", "s", two), less("s", "t", one))), "s", "t")


def uncorrelated(p: Proof, at: Shrunk) -> Theorem:
    """Labels are eigenvectors of C."""
    below, turned = collapsed(p, at), direction(p, at)
    kept = along(p, at, below)
    with p.assuming(p.goal[3][1]) as each:
        sign, value = p.parts(p.at(each, "k"))
        mean = p.take(p.given[8], 1)
        level = p.eq(
            "root[k]^2 = (e[k]'*f)*(1 - e[k]'*f)",
            *((value, "e[k]'*?"), (mean, "sum[S](e[k]'*?[S]*(a[S]'*e[k]))")),
            (mean, "sum[S]((e[k]'*(y[S] - f))*(?[S]'*e[k]))"),
        )
        both = p.apply(p.at(kept, "e[k]", "root[k]"), p.join(sign, value))
        with p.assuming("root[k] <= mu") as small:
            low = p.le("root[k]^2 <= lambda", (small, p.le("0 < mu + root[k]", at.mu, sign)), using=[at.root])
            none = p.apply(p.at(below, "e[k]", "root[k]^2"), p.join(value, low))
            first = p.implies(small, p.join(none, p.apply(p.take(both, 0), small)))
        with p.assuming("mu <= root[k]") as large:
            zero = p.apply(p.at(turned, "e[k]", "root[k]"), p.join(sign, value, large))
            gram = p.eq("W*W'*e[k] = lambda_H/mu*(root[k] - mu)*e[k]", (zero, "lambda_H/mu*?"))
            second = p.implies(large, p.join(gram, p.apply(p.take(both, 1), large)))
        return p.implies(each, p.every(p.join(level, first, second), "k"))
