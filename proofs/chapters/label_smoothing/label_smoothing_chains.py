"""Chapter Y, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.claims.label_smoothing import COMMON, PLAIN
from proofs.kernel.proof import Proof, closes

__all__ = ["scaled_averages", "scaled_weighted_rule", "smoothed_uniform_rule", "smoothed_weighted_rule"]

SUMS = "sum[k](e[k]'*y[S]*?[k])"


@closes("Y1")
def smoothed_uniform_rule(p: Proof) -> None:
    """Y1: sign vectors are affine in the indicator, and the ones have K - 2 of them to spare."""
    of_sets, of_labels, several, *_ = p.given
    p.dimension("K")
    p.nonzeros.append(several)
    rest = (of_labels, "(m[S] - 1)/(K - 2)*sum[k](?[k])")
    p.done(p.eq(f"all S: h[S] = {PLAIN} - (m[S] - 1)/(K - 2)*sum[k](h1[k])", of_sets, (of_labels, SUMS), rest))


@closes("Y1a")
def smoothed_weighted_rule(p: Proof) -> None:
    """Y1a: as in W2, from centered indicators."""
    of_sets, of_labels, several, _, size, *_ = p.given
    p.nonzeros.append(several)
    p.done(
        p.eq(
            f"all S: h[S] = {PLAIN} - (m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*h1[k])",
            of_sets,
            (of_labels, SUMS),
            (of_labels, "(m[S] - 1)/(mbar - 1)*sum[k](e[k]'*f*?[k])"),
            (size, "(m[S] - 1)/(mbar - 1)*?*A*f"),
        )
    )


@closes("Y2")
def scaled_averages(p: Proof) -> None:
    """Y2: one linear map, scaled by multiplicity."""
    of_sets, of_labels, some, *_ = p.given
    p.nonzeros.append(some)
    p.done(p.eq(f"all S: h[S] = c[S]/c1*{PLAIN}", of_sets, (of_labels, f"c[S]/c1*{SUMS}")))


@closes("Y2a")
def scaled_weighted_rule(p: Proof) -> None:
    """Y2a: the scaled sums lack a multiple of the mean, of which singletons weighted by f~ make another one."""
    of_sets, of_labels, some, apart, _, total, *_ = p.given
    p.nonzeros.extend((some, apart))
    p.done(
        p.eq(
            f"all S: h[S] = c[S]/c1*{PLAIN} + {COMMON}*sum[k](e[k]'*ft*h1[k])",
            of_sets,
            (of_labels, f"c[S]/c1*{SUMS}"),
            (of_labels, f"{COMMON}*sum[k](e[k]'*ft*?[k])"),
            (total, f"{COMMON}*?*A*ft"),
        )
    )
