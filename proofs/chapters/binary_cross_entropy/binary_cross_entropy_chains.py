"""Chapter B, closed: from the formal hypotheses to the formal goals."""

from collections.abc import Callable

from proofs.chapters.terminal_phase.explicit_errors_chains import near_polar
from proofs.chapters.weighted_synthesis.weighted_synthesis_chains import no_other_solution
from proofs.claims.binary_cross_entropy import AFFINE, PLAIN, POLAR_AFFINE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

SUMS = "sum[k](e[k]'*y[S]*?[k])"


@closes("B0")
def affine_rule(p: Proof) -> None:
    """B0: prototypes are images of y - p, and what is affine cancels."""
    features, singletons, empty, positive, *_ = p.given
    inverse = p.reciprocal(positive)
    with p.supposing("(all S: h[S] = A*y[S] + c) and (all k: h1[k] = A*e[k] + c) and h0 = c") as (
        affine,
        of_sets,
        of_labels,
        of_none,
    ):
        rule = p.eq(AFFINE, of_sets, (of_labels, SUMS), (of_none, "(1 - m[S])*?"))
        first = p.implies(affine, rule)
    with p.supposing("(all S: t[S] = W*h[S] + b) and (all k: t1[k] = W*h1[k] + b) and t0 = W*h0 + b") as (
        linear,
        of_sets,
        of_labels,
        of_none,
    ):
        apart = "(h[S] - h0 - sum[k](e[k]'*y[S]*(h1[k] - h0)))"
        normal = p.eq(
            f"all S: lambda_H*{apart} + W'*W*{apart} = 0",
            features,
            (singletons, f"-{SUMS}"),
            (empty, "(m[S] - 1)*?"),
            (of_sets, "-W'*?[S]"),
            (of_labels, "sum[k](e[k]'*y[S]*(W'*?[k]))"),
            (of_none, "(1 - m[S])*W'*?"),
        )
        second = p.implies(linear, p.eq(AFFINE, no_other_solution(p, inverse, apart, normal, "S")))
    third = p.eq(
        """all S: h[S] - h0 - sum[k](e[k]'*y[S]*(h1[k] - h0))
        = -1/lambda_H*(W'*(t[S] - t0 - sum[k](e[k]'*y[S]*(t1[k] - t0))))""",
        (features, "1/lambda_H*?[S]"),
        (singletons, "1/lambda_H*sum[k](e[k]'*y[S]*?[k])"),
        (empty, "(1 - m[S])/lambda_H*?"),
    )
    p.done(p.join(first, second, third))


OFF = "v - nu"


def determined(
    p: Proof, injective: Theorem, of_labels: Theorem, apart: str, then: Callable[[Theorem], Theorem]
) -> Theorem:
    """Weights of singletons are determined by their sum, where a left inverse shows that what is apart is 0."""
    with p.assuming("sum[k]((e[k]'*v)*h1[k]) = sum[k]((e[k]'*nu)*h1[k])") as same, p.assuming("Y*W'*Q = I[K]") as left:
        uses = (left, f"?*({apart})"), (of_labels, f"sum[k]((e[k]'*({OFF}))*(Y*?[k]))"), (same, "Y*?")
        equal = p.implies(left, then(p.eq(f"{apart} = 0", *uses)))
        return p.every(p.implies(same, p.unpack(injective, equal, "Y")), "v", "nu")


@closes("B3")
def uniform_rule(p: Proof) -> None:
    """B3: sign vectors are affine in the indicator, and the ones have K - 2 of them to spare."""
    columns, _, of_labels, of_none, *_ = p.given[13:]
    of_sets = p.eq("all S: g[S] = W'*Q*(2*y[S] - ones)", (columns, "W'*Q*?[S]"))
    with p.assuming("K - 2 != 0") as several:
        p.nonzeros.append(several)
        rule = p.eq(
            f"all S: g[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])",
            of_sets,
            (of_labels, SUMS),
            (of_labels, "(m[S] - 1)/(K - 2)*sum[k](?[k])"),
        )
        first = p.implies(several, rule)
    with p.assuming("(some Y: Y*W'*Q = I[K]) and K - 2 != 0") as full:
        p.nonzeros.append(p.take(full, 1))

        def signs(image: Theorem) -> Theorem:
            total = p.eq("ones'*(v - nu) = 0", (image, "1/(K - 2)*(ones'*?)"))
            return p.eq("v = nu", (image, "1/2*?"), (total, "1/2*?*ones"))

        second = p.implies(full, determined(p, p.take(full, 0), of_labels, f"2*({OFF}) - (ones'*({OFF}))*ones", signs))
    third = p.eq(POLAR_AFFINE, of_sets, (of_labels, SUMS), (of_none, "(1 - m[S])*?"))
    p.done(p.join(first, second, third, near_polar(p)))


@closes("B3a")
def weighted_rule(p: Proof) -> None:
    """B3a: as in W2, from centered indicators."""
    columns, _, of_labels, of_none, _, size, *_ = p.given[13:]
    of_sets = p.eq("all S: g[S] = W'*Q*(y[S] - f)", (columns, "W'*Q*?[S]"))
    with p.assuming("mbar - 1 != 0") as several:
        p.nonzeros.append(several)
        rule = p.eq(
            f"all S: g[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
            of_sets,
            (of_labels, SUMS),
            (of_labels, "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
            (size, "(m[S] - 1)/(mbar - 1)*?*W'*Q*f"),
        )
        first = p.implies(several, rule)
    with p.assuming("(some Y: Y*W'*Q = I[K]) and mbar - 1 != 0") as full:
        p.nonzeros.append(p.take(full, 1))

        def indicators(image: Theorem) -> Theorem:
            uses = (image, "1/(mbar - 1)*(ones'*?)"), (size, "1/(mbar - 1)*(ones'*(v - nu))*?")
            return p.eq("v = nu", image, (p.eq("ones'*(v - nu) = 0", *uses), "?*f"))

        second = p.implies(full, determined(p, p.take(full, 0), of_labels, f"{OFF} - (ones'*({OFF}))*f", indicators))
    third = p.eq(POLAR_AFFINE, of_sets, (of_labels, SUMS), (of_none, "(1 - m[S])*?"))
    p.done(p.join(first, second, third, near_polar(p)))


@closes("B5f")
def one_larger_set(p: Proof) -> None:
    """B5f: the rule is right on average (W3b), and on all sets but one."""
    features, mean_residual, _positive, _, size, ones, singles, _, sets, prototypes, some, cardinality, *_ = p.given
    p.positive(some)
    p.nonzeros.append(cardinality)
    correction = "1/(mbar - 1)*sum[k](e[k]'*f*h1[k])"
    mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (mean_residual, "1/lambda_H*W'*?"))
    defect = f"(h[S] - {PLAIN} + (m[S] - 1)*({correction}))"
    average = p.eq(f"sum[S]{defect} = 0", mean, (size, f"?*({correction})"))
    flat = p.eq(f"all S: (1 - a[S])*{defect} = 0", singles, (ones, f"?[S]*({correction})"))
    lone = f"(g - sum[k](e[k]'*v*h1[k]) + (ones'*v - 1)*({correction}))"
    one = p.eq(
        f"all S: a[S]*{defect} = a[S]*{lone}",
        prototypes,
        (sets, "sum[k](e[k]'*?[S]*h1[k])", f"(ones'*?[S])*({correction})"),
    )
    only = p.eq(
        f"{lone} = 0",
        (one, "1/sum[T](a[T])*sum[S](?[S])"),
        (flat, "1/sum[T](a[T])*sum[S](?[S])"),
        (average, "1/sum[T](a[T])*?"),
    )
    p.done(p.eq(f"all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])", flat, one, (only, "a[S]*?")))
