"""Chapter W, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.chapters.stationarity.stationarity_chains import positive_penalties, synthesis
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import FALSE
from proofs.kernel.theorems import Theorem

__all__ = ["exact_synthesis", "right_on_average", "synthesis_of_the_squared_loss", "weights_determined"]


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
            (of_labels, "sum[k](e[k]'*y[S]*?[k])"),
            (of_labels, "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
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
    p.dimension("K")
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
    with p.assuming("(some X: W*X = I[K]) and mbar = 1") as full:
        one = p.take(full, 1)
        with p.assuming(f"h[S] = {combined.format('v')}") as made, p.assuming("W*X = I[K]") as right:
            image = p.eq(
                "W'*(y[S] - f - (v - ones'*v*f)) = 0",
                (p.at(of_sets, "S"), "?"),
                (of_labels, "sum[k]((e[k]'*v)*?[k])"),
                (made, "lambda_H*?"),
                (made, "W'*W*?"),
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
            (of_labels, "sum[k](e[k]'*y[S]*?[k])"),
            (of_labels, "(m[S] - 1)/K*sum[k](?[k])"),
            (collapsed, "(m[S] - 1)/K*?"),
        )
        uniform = p.eq(f"all S: h[S] = {rule}", no_other_solution(p, inverse, f"(h[S] - ({rule}))", zero, "S"))
        third = p.implies(collapsed, uniform)
    p.done(p.join(first, second, third))


@closes("W3b")
def right_on_average(p: Proof) -> None:
    """W3b: with a free bias the mean prototype is zero, and the mean of the sums is what remains."""
    features, mean_residual, positive, _, size = p.given
    p.positive(positive)
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
