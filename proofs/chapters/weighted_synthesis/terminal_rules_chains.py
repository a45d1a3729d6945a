"""W3, W3a, W4, closed: the rules hold among polar prototypes, from which T8 tells how far the optimal ones are."""

from __future__ import annotations

from proofs.chapters.terminal_phase.explicit_errors_chains import near_polar
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = ["free_bias_rule", "no_bias_rule", "uniform_rule"]

PLAIN = "sum[k](e[k]'*y[S]*h1[k])"


@closes("W3")
def free_bias_rule(p: Proof) -> None:
    """W3: as in W2, from centered indicators."""
    size, several = p.given[-2:]
    p.nonzeros.append(several)
    rule(p, "f", "/(mbar - 1)*sum[k](e[k]'*f*{0}[k])", (size, "(m[S] - 1)/(mbar - 1)*?*W'*Q*P*f"))


@closes("W3a")
def uniform_rule(p: Proof) -> None:
    """W3a: the ones are in the kernel of the centering."""
    rule(p, "f", "/K*sum[k]({0}[k])")


@closes("W4")
def no_bias_rule(p: Proof) -> None:
    """W4: polar prototypes are linear in the indicator."""
    rule(p, "0*f", "")


def rule(p: Proof, centre: str, correction: str, *using: tuple[Theorem, str]) -> None:
    """A rule among polar prototypes, and T8."""
    p.dimension("K")
    columns, _, single, *_ = p.given[13:]
    of_sets = p.eq(f"all S: g[S] = W'*Q*P*(y[S] - {centre})", (columns, "W'*Q*?[S]"))
    taken = f" - (m[S] - 1){correction.format('h1')}" if correction else ""
    uses = [(single, f"(m[S] - 1){correction.format('?')}")] if correction else []
    found = p.eq(f"all S: g[S] = {PLAIN}{taken}", of_sets, (single, "sum[k](e[k]'*y[S]*?[k])"), *uses, *using)
    p.done(p.join(found, near_polar(p)))
