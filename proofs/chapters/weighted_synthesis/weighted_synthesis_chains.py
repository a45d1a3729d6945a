"""Chapter W, closed: from the formal hypotheses to the formal goals."""

from collections.abc import Callable

from proofs.chapters.loss_bounds.entropy_chains import eigenvectors
from proofs.chapters.stationarity.stationarity_chains import positive_penalties, synthesis
from proofs.chapters.terminal_phase.hard_margin_chains import binary, in_range, root_rules
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import FALSE
from proofs.kernel.theorems import Theorem

NORMAL = "lambda_H*{0} + W'*W*{0}"
PLAIN = "sum[k](e[k]'*y[S]*h1[k])"
WEIGHTED = f"{PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])"


def no_other_solution(p: Proof, inverse: Theorem, apart: str, zero: Theorem, over: str = "") -> Theorem:
    """What solves the normal equations with right side 0 is 0; ``inverse`` is 0 < 1/lambda_H."""
    names = f"all {over}: " if over else ""
    at = f"[{over}]" if over else ""
    energy = p.eq(f"{names}lambda_H*{apart}'*{apart} + (W*{apart})'*(W*{apart}) = 0", (zero, f"{apart}'*?{at}"))
    small = p.le(
        f"{names}{apart}'*{apart} <= 0", (inverse, p.square(f"{names}W*{apart}")), using=[(energy, f"1/lambda_H*?{at}")]
    )
    return p.null(f"{names}{apart}", small)


def ridge(p: Proof, features: Theorem, residual: Theorem, singleton: Theorem) -> tuple[Theorem, Theorem]:
    """Prototypes, and those of singletons, solve the normal equations of a ridge regression."""
    of_sets = p.eq(f"all S: {NORMAL.format('h[S]')} = W'*(y[S] - b)", features, (residual, "W'*?[S]"))
    return of_sets, p.eq(f"all k: {NORMAL.format('h1[k]')} = W'*(e[k] - b)", singleton)


def free_bias(p: Proof, features: Theorem, residual: Theorem, mean_residual: Theorem) -> Theorem:
    """A free bias consists of the class frequencies."""
    mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (mean_residual, "1/lambda_H*W'*?"))
    return p.eq("b = f", (residual, "sum[S](?[S])"), (mean_residual, "?"), (mean, "W*?"))


@closes("W2")
def synthesis_of_the_squared_loss(p: Proof) -> None:
    """W2: the ridge equations of prototype and singletons, and their one solution."""
    features, residual, singleton, positive, _, mean_size, solver, *_ = p.given
    inverse = p.reciprocal(positive)
    of_sets, of_labels = ridge(p, features, residual, singleton)

    def follows(rule: str, zero: Theorem) -> Theorem:
        return p.eq(f"all S: h[S] = {rule}", no_other_solution(p, inverse, f"(h[S] - ({rule}))", zero, "S"))

    with p.assuming("sum[S](r[S]) = 0 and mbar - 1 != 0") as free:
        p.nonzeros.append(p.take(free, 1))
        bias = free_bias(p, features, residual, p.take(free, 0))
        zero = p.eq(
            f"all S: {NORMAL.format(f'(h[S] - ({WEIGHTED}))')} = 0",
            of_sets,
            (of_labels, "sum[k](e[k]'*y[S]*?[k])", "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
            (mean_size, "(m[S] - 1)/(mbar - 1)*(W'*b)*?"),
            (bias, "((m[S] - 1) - (m[S] - 1)/(mbar - 1)*mbar)*W'*?"),
        )
        with_bias = p.implies(free, follows(WEIGHTED, zero))
    with p.assuming("b = 0") as none:
        zero = p.eq(
            f"all S: {NORMAL.format(f'(h[S] - ({PLAIN}))')} = 0",
            of_sets,
            (of_labels, "sum[k](e[k]'*y[S]*?[k])"),
            (none, "(m[S] - 1)*W'*?"),
        )
        without = p.implies(none, follows(PLAIN, zero))
    with p.assuming("sum[S](r[S]) = 0") as free:
        bias = free_bias(p, features, residual, free)
        ridge_form = p.eq("all S: h[S] = N*W'*(y[S] - f)", (of_sets, "N*?[S]"), (solver, "?*h[S]"), (bias, "N*W'*?"))
        affine = p.implies(free, p.join(bias, ridge_form))
    p.done(p.join(affine, with_bias, without))


@closes("W2b")
def weights_determined(p: Proof) -> None:
    """W2b: the normal equations turn combinations of singletons into combinations of y - f."""
    features, residual, singleton, mean_residual, positive, _, mean_size, *_ = p.given
    inverse = p.reciprocal(positive)
    of_sets, of_labels = ridge(p, features, residual, singleton)
    bias = free_bias(p, features, residual, mean_residual)
    combined = "sum[k]((e[k]'*{0})*h1[k])"
    with p.assuming("(some X: W*X = I[K]) and mbar - 1 != 0") as full:
        p.nonzeros.append(p.take(full, 1))
        with p.assuming(f"{combined.format('v')} = {combined.format('nu')}") as same, p.assuming("W*X = I[K]") as right:
            image = p.eq(
                "W'*((v - nu) - ones'*(v - nu)*f) = 0",
                (of_labels, "sum[k]((e[k]'*(v - nu))*?[k])"),
                (same, f"{NORMAL.format('?').replace('lambda_H*? + ', '')}"),
                (same, "lambda_H*?"),
                (bias, "ones'*(v - nu)*(W'*?)"),
            )
            parallel = p.eq("v - nu = ones'*(v - nu)*f", (image, "X'*?"), (right, "?'*((v - nu) - ones'*(v - nu)*f)"))
            total = p.eq(
                "ones'*(v - nu) = 0",
                (parallel, "1/(mbar - 1)*(ones'*?)"),
                (mean_size, "1/(mbar - 1)*(ones'*(v - nu))*?"),
            )
            equal = p.implies(right, p.eq("v = nu", parallel, (total, "?*f")))
            equal = p.unpack(p.take(full, 0), equal, "X")
            only = p.every(p.implies(same, equal), "v", "nu")
        first = p.implies(full, only)
    with p.supposing("(some X: W*X = I[K]) and mbar = 1") as (full, _, one, *_):
        with p.assuming(f"h[S] = {combined.format('v')}") as made, p.assuming("W*X = I[K]") as right:
            image = p.eq(
                "W'*(y[S] - f - (v - ones'*v*f)) = 0",
                (p.at(of_sets, "S"), "?"),
                (of_labels, "sum[k]((e[k]'*v)*?[k])"),
                (made, "lambda_H*?", "W'*W*?"),
                (bias, "(1 - ones'*v)*(W'*?)"),
            )
            apart = "(y[S] - f - (v - ones'*v*f))"
            zero = p.eq(f"{apart} = 0", (image, "X'*?"), (right, f"?'*{apart}"))
            size = p.eq("m[S] = 1", (zero, "ones'*?"), (one, "(1 - ones'*v)*?"), (mean_size, "(1 - ones'*v)*?"))
            size = p.unpack(p.take(full, 0), p.implies(right, size), "X")
            none = p.every(p.implies(made, size), "S", "v")
        second = p.implies(full, none)
    with p.assuming("W'*ones = 0") as collapsed:
        rule = f"{PLAIN} - (m[S] - 1)/K*sum[k](h1[k])"
        zero = p.eq(
            f"all S: {NORMAL.format(f'(h[S] - ({rule}))')} = 0",
            of_sets,
            (of_labels, "sum[k](e[k]'*y[S]*?[k])", "(m[S] - 1)/K*sum[k](?[k])"),
            (collapsed, "(m[S] - 1)/K*?"),
        )
        uniform = p.eq(f"all S: h[S] = {rule}", no_other_solution(p, inverse, f"(h[S] - ({rule}))", zero, "S"))
        third = p.implies(collapsed, uniform)
    p.done(p.join(first, second, third))


@closes("W3b")
def right_on_average(p: Proof) -> None:
    """W3b: with a free bias the mean prototype is zero, and the mean of the sums is what remains."""
    features, mean_residual, _positive, _, size = p.given
    mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (mean_residual, "1/lambda_H*W'*?"))
    average = f"sum[S](h[S]) = sum[S]({PLAIN} - (m[S] - 1)*t)"
    correction = "(mbar - 1)*t = sum[k](e[k]'*f*h1[k])"
    with p.assuming(average) as right:
        forth = p.implies(right, p.eq(correction, right, mean, (size, "?*t")))
    with p.assuming(correction) as right:
        back = p.implies(right, p.eq(average, right, mean, (size, "?*t")))
    p.done(p.both(forth, back))


@closes("W1")
def exact_synthesis(p: Proof) -> None:
    """W1: U4, the classifier's rows, and what a free bias makes of the weights."""
    features, classifier, lambda_w, lambda_h, _ = p.given
    positive_penalties(p, lambda_w, lambda_h)
    rows = p.eq("all S: h[S] = 1/lambda_H*sum[k]((e[k]'*r[S])*(W'*e[k]))", (features, "1/lambda_H*?[S]"))
    with p.assuming("sum[S](r[S]) = 0") as free:
        vanishing = p.eq("all S: sum[T](1/lambda*(r[S]'*r[T])) = 0", (free, "1/lambda*(r[S]'*?)"))
        vanishing = p.implies(free, vanishing)
    p.done(p.join(synthesis(p, features, classifier), rows, vanishing))


_SUMMANDS = "sum[k](((e[k]'*y[S])*(e[k]'*f))*s[k])"
_APART = f"(h[S]'*h[S])*({_SUMMANDS}'*{_SUMMANDS}) - (h[S]'*{_SUMMANDS})^2 != 0"


@exemplifies(
    "W7",
    Case(
        dims={"K": 2, "d": 3},
        weights={"sets": ("7/32", "19/32", "6/32")},
        letters={
            "y": [(1, 0), (0, 1), (1, 1)],
            "m": (1, 1, 2),
            "W": ((1, 0, 0), (1, 1, 1)),
            "h": [("6/34", "-1/34", "-1/34"), ("4/34", "5/34", "5/34"), ("10/34", "4/34", "4/34")],
            "r": [("28/34", "-4/34"), ("-4/34", "20/34"), ("24/34", "16/34")],
            "s": [("6/34", "-1/34", "-1/34"), ("4/34", "5/34", "5/34")],
            "lambda_W": "1/16",
            "lambda_H": 4,
        },
        facts=(f"some S: 2 <= m[S] and {_APART}",),
    ),
)
def frequencies_times_summands(p: Proof) -> None:
    """W7, refuted: a multiple of a vector has no Gram determinant with it, and the prototype of both labels has one."""
    *given, pair = p.given
    claimed = p.ledger.assume(p.goal[-1][1])
    with p.assuming(f"2 <= m[S] and {_APART}") as at, p.assuming(f"h[S] = t*{_SUMMANDS}") as multiple:
        zero = p.eq(
            f"(h[S]'*h[S])*({_SUMMANDS}'*{_SUMMANDS}) - (h[S]'*{_SUMMANDS})^2 = 0",
            (multiple, f"({_SUMMANDS}'*{_SUMMANDS})*(h[S] + t*{_SUMMANDS})'*?"),
            (multiple, f"(h[S]'*{_SUMMANDS} + t*{_SUMMANDS}'*{_SUMMANDS})*({_SUMMANDS}'*?)"),
        )
        not_zero = p.ledger.fact("zero", ("->", zero.conclusion, FALSE), p.take(at, 1))
        absurd = p.implies(multiple, p.apply(not_zero, zero))
        some = p.apply(p.at(claimed, "S"), p.take(at, 0))
        absurd = p.unpack(pair, p.implies(at, p.unpack(some, absurd, "t")), "S")
    p.done(p.join(*given, p.implies(claimed, absurd)))


SCALED, MULTIPLE, EIGEN = "h[S] = t*(W'*y[S])", "Q*y[S] = t*(P*y[S])", "Sigma*y[S] = t*(P*y[S])"


@closes("W8a")
def uniform_weights(p: Proof) -> None:
    """W8a: an eigenvector of the root is one of its square, and eigenvectors that are not orthogonal share a value."""
    in_or_out = binary(p)
    moment, square = p.eq("Sigma = sum[S](P*y[S]*y[S]'*P)"), p.says("Root*Root = Sigma")
    facts = moment, p.eq("Sigma' = Sigma"), p.eq("Sigma*P = Sigma")
    squared = p.eq("Root*Root = sum[S](P*y[S]*y[S]'*P)", square)
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("Sigma"), p.term("M"))]
    within = p.at(p.eq("all S: Pi*y[S] = P*y[S]", in_range(p, squared, root_rules(p), "P*", "y[S]")), "S")
    rows = _of_rows(p, within)
    forth = _every_set(p, MULTIPLE, lambda one: _from_weights(p, one, within, square))
    back = _every_set(p, EIGEN, lambda one: _from_eigenvectors(p, one, within, square))
    uniform = p.both(forth, back)
    with p.assuming("some S, k: y[S] = e[k]") as some:
        with p.assuming(f"all S: some t: {EIGEN}") as eigen:
            with p.assuming("y[S] = e[k]") as single:
                shared = _one_value(p, eigen, single, in_or_out, facts)
                inner = p.implies(single, shared)
            inner = p.unpack(some, p.some("some k: y[S] = e[k]", inner, "k"), "S")
            one = p.implies(eigen, inner)
        with p.assuming("Sigma*Sigma = t*Sigma") as level:
            found = eigenvectors(p, *facts, level, "t")
            found = p.every(p.witness(p.at(found, "S"), p.formula(f"some t: {EIGEN}"), "t"), "S")
            other = p.some("some t: Sigma*Sigma = t*Sigma", p.implies(level, found), "t")
        with p.assuming(f"all S: some t: {MULTIPLE}") as every:
            first = p.implies(every, p.apply(one, p.apply(forth, every)))
        with p.assuming("some t: Sigma*Sigma = t*Sigma") as level:
            second = p.implies(level, p.apply(back, p.apply(other, level)))
        single = p.implies(some, p.both(first, second))
    p.done(p.join(rows, uniform, single))


def _every_set(p: Proof, text: str, step: Callable[[Theorem], Theorem]) -> Theorem:
    """What a step makes of one label set, for all of them."""
    inner = p.ledger.assume(p.formula(text))
    made = p.implies(inner, step(inner))
    with p.assuming(f"all S: some t: {text}") as every:
        return p.implies(every, p.every(p.unpack(p.at(every, "S"), made, "t"), "S"))


def _of_rows(p: Proof, within: Theorem) -> Theorem:
    """The prototype is a scaled sum of the rows iff its weights on them are a multiple of the indicator, centered."""
    gram, features = p.says("W*W' = Root"), p.at(p.says("all S: h[S] = W'*Q*y[S]"), "S")
    small = p.le("(W'*ones)'*(W'*ones) <= 0", using=[(gram, "ones'*?*ones")])
    none = p.null("W'*ones", small)

    def to_weights(one: Theorem) -> Theorem:
        logits = p.eq("P*y[S] = t*(Root*y[S])", (one, "W*?"), (features, "W*?"), (gram, "?*Q*y[S]", "t*?*y[S]"), within)
        found = p.eq(MULTIPLE, (logits, "Q*?"), (within, "t*?"))
        return p.witness(found, p.formula(f"some t: {MULTIPLE}"), "t")

    def to_rows(one: Theorem) -> Theorem:
        found = p.eq(SCALED, features, (one, "W'*?"), (none, "t/K*?*ones'*y[S]"))
        return p.witness(found, p.formula(f"some t: {SCALED}"), "t")

    return p.both(_every_set(p, SCALED, to_weights), _every_set(p, MULTIPLE, to_rows))


def _from_weights(p: Proof, one: Theorem, within: Theorem, square: Theorem) -> Theorem:
    """Q y = t P y gives t Root y = P y, so t^2 Sigma y = P y."""
    some = p.formula(f"some t: {EIGEN}")
    root = p.eq("t*(Root*y[S]) = P*y[S]", (one, "Root*?"), within)
    twice = p.eq("t^2*(Sigma*y[S]) = P*y[S]", (square, "t^2*?*y[S]"), (root, "t*Root*?"), root)

    def zero(none: Theorem) -> Theorem:
        nothing = p.eq("P*y[S] = 0", root, (none, "?*(Root*y[S])"))
        found = p.eq("Sigma*y[S] = 0*(P*y[S])", (square, "?*y[S]"), (nothing, "Root*Root*?"))
        return p.witness(found, some, "0")

    def other(apart: Theorem) -> Theorem:
        p.nonzeros.append(p.ledger.nonzero(apart))
        return p.witness(p.eq("Sigma*y[S] = 1/t^2*(P*y[S])", (twice, "1/t^2*?")), some, "1/t^2")

    return p.by_cases(p.ledger.middle(p.formula("t = 0")), zero, other)


def _from_eigenvectors(p: Proof, one: Theorem, within: Theorem, square: Theorem) -> Theorem:
    """Sigma y = t P y gives Root y = sqrt(t) P y, and nothing where t <= 0."""
    some = p.formula(f"some t: {MULTIPLE}")
    twice = p.eq("Root*Root*y[S] = t*(P*y[S])", (square, "?*y[S]"), one)

    def none(sign: Theorem) -> Theorem:
        uses = (p.symmetric(p.says("psd Root")), "y[S]'*?*Root*y[S]"), (twice, "y[S]'*?")
        bound = p.le("(Root*y[S])'*(Root*y[S]) <= 0", (sign, p.square("P*y[S]")), using=uses)
        nothing = p.eq("P*y[S] = 0", (p.null("Root*y[S]", bound), "Q*?"), within)
        return p.witness(p.eq("Q*y[S] = 0*(P*y[S])", (nothing, "Q*?")), some, "0")

    def positive(sign: Theorem) -> Theorem:
        with p.supposing("0 <= s and s^2 = t") as (at, sided, value):
            share = p.reciprocal(
                p.by_cases(
                    p.order_cases("s", "0"),
                    lambda low: p.absurd("0 < s", p.le("0 < 0", sign, (low, sided), using=[value])),
                    lambda high: high,
                )
            )
            rest = "(Root*y[S] - s*(P*y[S]))"
            turned_ = p.eq(f"Root*{rest} = -s*{rest}", twice, (value, "?*(P*y[S])"))
            energy = p.square(rest, p.says("psd Root"))
            gone = p.null(rest, p.le(f"{rest}'*{rest} <= 0", (share, energy), using=[(turned_, f"1/s*{rest}'*?")]))
            found = p.eq("Q*y[S] = 1/s*(P*y[S])", (gone, "1/s*Q*?"), (within, "1/s*?"))
            found = p.implies(at, p.witness(found, some, "1/s"))
        root = p.apply(p.axiom("square root", {}, t="t"), p.le("0 <= t", sign))
        return p.unpack(root, found, "s")

    return p.by_cases(p.order_cases("t", "0"), none, positive)


def _one_value(
    p: Proof, eigen: Theorem, single: Theorem, in_or_out: Theorem, facts: tuple[Theorem, Theorem, Theorem]
) -> Theorem:
    """No P y but 0 is orthogonal to that of a singleton, so its eigenvalue is that of all, and Sigma^2 = t Sigma."""
    moment, symmetric, centered = facts
    apart, rest = "(t - share)", "(t - share)*(P*y[T])"
    with p.assuming(EIGEN) as own:
        own_k = p.eq("Sigma*e[k] = t*(P*e[k])", own, (single, "Sigma*?", "t*P*?"))
        with p.assuming("Sigma*y[T] = share*(P*y[T])") as other:
            both = (own_k, "y[T]'*?"), (other, "e[k]'*?"), (symmetric, "e[k]'*?*y[T]")
            product = p.eq(f"{apart}*(e[k]'*y[T] - m[T]/K) = 0", *both)

            def outside(case: Theorem) -> Theorem:
                left = f"K*{apart}*(1 - m[T]/K)*"
                return p.le(f"({rest})'*({rest}) <= 0", using=[(product, f"{left}?"), (case, f"{left}{apart}*?")])

            def inside(case: Theorem) -> Theorem:
                left = f"{apart}*m[T]*"
                return p.le(f"({rest})'*({rest}) <= 0", using=[(product, f"{left}?"), (case, f"{left}{apart}*?")])

            none = p.null(rest, p.by_cases(p.at(in_or_out, "T", "k"), outside, inside))
            same = p.implies(other, p.eq("Sigma*y[T] = t*(P*y[T])", other, none))
        same = p.every(p.unpack(p.at(eigen, "T"), same, "share"), "T")
        uses = (moment, "Sigma*?"), (centered, "sum[T](?*y[T]*y[T]'*P)"), (same, "sum[T](?[T]*y[T]'*P)")
        flat = p.eq("Sigma*Sigma = t*Sigma", *uses, (moment, "t*?"))
        found = p.witness(flat, p.formula("some t: Sigma*Sigma = t*Sigma"), "t")
        return p.unpack(p.at(eigen, "S"), p.implies(own, found), "t")
