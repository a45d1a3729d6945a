"""Chapter T, closed: from the formal hypotheses to the formal goals."""

from __future__ import annotations

from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

__all__ = ["stability_and_floor"]


@closes("T5")
def stability_and_floor(p: Proof) -> None:
    """T5: roots are at least s P by operator monotonicity; an eigenvector of their difference does the rest."""
    (_, root, root2, centered, centered2, _, _, least, least2, positive, square, positive2, square2, norm, apart) = (
        p.given[:15]
    )
    attained, rows = p.given[15:]
    p.dimension("K")
    floor = root_floor(p, "Root", "s", root, centered, least, positive, square)
    floor2 = root_floor(p, "Root2", "s2", root2, centered2, least2, positive2, square2)
    symmetric = p.symmetric(root), p.symmetric(root2)
    with p.assuming("x'*x = 1 and (x'*(Root - Root2)*x = apart or x'*(Root - Root2)*x = -apart)") as at:
        unit, either = p.take(at, 0), p.take(at, 1)
        cases = []
        for sign, part in (("", 0), ("-", 1)):
            with p.assuming(f"x'*(Root - Root2)*x = {sign}apart") as case:
                eigen = eigenvector(p, sign, apart, case, unit, symmetric)
                bound = p.le(
                    "apart*(s + s2) <= norm",
                    p.take(p.at(norm, "x"), part),
                    (nonnegative(p, apart, unit), p.square("x", floor)),
                    (nonnegative(p, apart, unit), p.square("x", floor2)),
                    using=[
                        (eigen, "x'*Root*?"),
                        (eigen, "?'*Root2*x"),
                        (eigen, "(s + s2)/K*(x'*ones)*(ones'*?)"),
                        (unit, "norm*?"),
                        (unit, "apart*(s + s2)*?"),
                        (symmetric[0], "x'*?*Root2*x"),
                        (symmetric[1], "x'*?*Root2*x"),
                        (centered, "(s + s2)/K*(x'*ones)*(?*x)"),
                        (centered2, "(s + s2)/K*(x'*ones)*(?*x)"),
                    ],
                )
                cases.append(p.implies(case, bound))
        stable = p.implies(at, p.cases(either, *cases))
    stable = p.unpack(attained, stable, "x")
    p.done(p.join(stable, *contrasts(p, floor, root, positive, square, rows)))


def nonnegative(p: Proof, bounds: Theorem, unit: Theorem) -> Theorem:
    """A bound on a form from both sides is not negative."""
    both = p.at(bounds, "x")
    return p.le("0 <= apart", ((1, 2), p.take(both, 0)), ((1, 2), p.take(both, 1)), using=[(unit, "apart*?")])


def root_floor(
    p: Proof, root: str, s: str, psd: Theorem, centered: Theorem, least: Theorem, positive: Theorem, square: Theorem
) -> Theorem:
    """Root - s P is positive semidefinite."""
    contrast = p.eq("ones'*(P*x) = 0")
    low = p.apply(p.at(least, "P*x"), contrast)
    symmetric = p.symmetric(psd)
    other = p.eq(f"{root}*ones = 0", (centered, "?'"), (symmetric, "?*ones"))
    squares = f"{root}*{root} - ({s}*P)*({s}*P)"
    form = p.le(
        f"0 <= x'*({squares})*x",
        low,
        using=[
            (square, "?*(x'*P*x)"),
            (other, f"1/K*(x'*{root}*?)*(ones'*x)"),
            (centered, f"1/K*(x'*ones)*(?*{root}*x)"),
            (centered, f"1/K^2*(x'*ones)*(?*{root}*ones)*(ones'*x)"),
        ],
    )
    larger = p.psd(
        p.eq(f"({squares})' = {squares}", (symmetric, f"?*{root}'"), (symmetric, f"{root}*?")), p.every(form, "x")
    )
    small = p.le(f"0 <= x'*({s}*P)*x", (positive, p.square("P*x")))
    flat = p.psd(p.eq(f"({s}*P)' = {s}*P"), p.every(small, "x"))
    monotone = p.axiom("Loewner-Heinz", {"n": "K"}, A=root, B=f"{s}*P")
    return p.apply(monotone, p.join(psd, flat, larger))


def eigenvector(
    p: Proof, sign: str, bounds: Theorem, value: Theorem, unit: Theorem, symmetric: tuple[Theorem, Theorem]
) -> Theorem:
    """Where a form reaches its bound there is an eigenvector: (Root - Root2) x = (sign) apart x."""
    matrix = "apart*I[K] - (Root - Root2)" if not sign else "apart*I[K] + (Root - Root2)"
    both = p.at(bounds, "u2")
    form = p.every(p.le(f"0 <= u2'*({matrix})*u2", p.take(both, 1 if sign else 0)), "u2")
    psd = p.psd(p.eq(f"({matrix})' = {matrix}", *symmetric), form)
    zero = p.eq(f"x'*({matrix})*x = 0", value, (unit, "apart*?"))
    return p.eq(f"(Root - Root2)*x = {sign}apart*x", p.definite("x", zero, psd))


def contrasts(
    p: Proof, floor: Theorem, root: Theorem, positive: Theorem, square: Theorem, rows: Theorem
) -> tuple[Theorem, Theorem]:
    """The distance of two classifier rows, and when it is least."""
    d = "(e[j] - e[k])"
    distance = f"(W'*{d})'*(W'*{d})"
    length = "2*s*(1 - e[j]'*e[k])"
    bound = p.le(f"all j, k: {length} <= {distance}", p.square(d, floor), using=[(rows, f"{d}'*?*{d}")])
    with p.assuming(f"{distance} = {length}") as tight:
        zero = p.eq(f"{d}'*(Root - s*P)*{d} = 0", tight, (rows, f"{d}'*?*{d}"))
        eigen = p.eq(f"Root*{d} = s*{d}", p.definite(d, zero, floor))
        forth = p.eq(f"Sigma*{d} = kappa*{d}", (eigen, "Root*?"), (eigen, "s*?"), (square, f"?*{d}"))
        forth = p.implies(tight, forth)
    with p.assuming(f"Sigma*{d} = kappa*{d}") as eigen:
        rest = f"(Root*{d} - s*{d})"
        energy = p.eq(
            f"s*({rest}'*{rest}) + {rest}'*Root*{rest} = 0", (eigen, f"{rest}'*?"), (square, f"{rest}'*{d}*?")
        )
        small = p.le(f"{rest}'*{rest} <= 0", (p.reciprocal(positive), p.square(rest, root)), using=[(energy, "1/s*?")])
        flat = p.null(rest, small)
        back = p.eq(f"{distance} = {length}", (rows, f"{d}'*?*{d}"), (flat, f"{d}'*?"))
        back = p.implies(eigen, back)
    return bound, p.every(p.both(forth, back), "j", "k")
