"""Chapter W, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = ["synthesis_of_the_squared_loss"]


@closes("W2")
def synthesis_of_the_squared_loss(p: Proof) -> None:
    """W2: the ridge equations of prototype and singletons, and their one solution."""
    features, residual, singleton, positive, *_ = p.given
    inverse = p.reciprocal(positive)
    normal = "lambda_H*{0} + W'*W*{0}"
    of_sets = p.eq(f"all S: {normal.format('h[S]')} = W'*(y[S] - b)", features, (residual, "W'*?[S]"))
    of_labels = p.eq(f"all k: {normal.format('h1[k]')} = W'*(e[k] - b)", singleton)

    def one_solution(rule: str, zero: Theorem) -> Theorem:
        """What solves the normal equations with right side 0 is 0."""
        apart = f"(h[S] - ({rule}))"
        energy = p.eq(f"all S: lambda_H*{apart}'*{apart} + (W*{apart})'*(W*{apart}) = 0", (zero, f"{apart}'*?[S]"))
        small = p.le(
            f"all S: {apart}'*{apart} <= 0",
            (inverse, p.square(f"all S: W*{apart}")),
            using=[(energy, "-1/lambda_H*?[S]")],
        )
        return p.eq(f"all S: h[S] = {rule}", p.null(f"all S: {apart}", small))

    plain = "sum[k](e[k]'*y[S]*h1[k])"
    weighted = f"{plain} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])"

    with p.assuming("sum[S](r[S]) = 0 and mbar - 1 != 0") as free:
        mean_residual = p.take(free, 0)
        p.nonzeros.append(p.take(free, 1))
        mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (mean_residual, "1/lambda_H*W'*?"))
        bias = p.eq("b = f", (residual, "-sum[S](?[S])"), (mean_residual, "?"), (mean, "-W*?"))
        zero = p.eq(
            f"all S: {normal.format(f'(h[S] - ({weighted}))')} = 0",
            of_sets,
            (of_labels, "-sum[k](e[k]'*y[S]*?[k])"),
            (of_labels, "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
            (bias, "((m[S] - 1) - (m[S] - 1)/(mbar - 1)*mbar)*W'*?"),
        )
        with_bias = p.implies(free, one_solution(weighted, zero))

    with p.assuming("b = 0") as none:
        zero = p.eq(
            f"all S: {normal.format(f'(h[S] - ({plain}))')} = 0",
            of_sets,
            (of_labels, "-sum[k](e[k]'*y[S]*?[k])"),
            (none, "(m[S] - 1)*W'*?"),
        )
        without = p.implies(none, one_solution(plain, zero))
    p.done(p.join(with_bias, without))
