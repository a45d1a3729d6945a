"""Y3 and Y4, closed: roots of the moments of targets, and what factors do as smoothing vanishes."""

from proofs.chapters.label_spectrum.eigenvalue_chains import log_of_product
from proofs.chapters.terminal_phase.terminal_phase_chains import at_an_eigenvector
from proofs.claims.label_smoothing import CENTERED_SIGNS, PICKED, PLAIN, SHORT, SIGNS
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem


@closes("Y3")
def smoothed_stability(p: Proof) -> None:
    """Y3: moments are multiples of those of labels; roots are at least s on the span, as in T5."""
    _, flat, idle, root, root2, own, own2, positive, positive2, least, least2, norm, apart, attained = p.given
    floors = [
        floor(p, *each, flat, idle)
        for each in (("Root", "s", root, positive, least), ("Root2", "s2", root2, positive2, least2))
    ]

    def inside(eigen: Theorem) -> list[Used]:
        made = p.eq(
            "apart*(x'*Span*x) = apart*(x'*x)",
            *((eigen, "x'*Span*?"), (own, "x'*?*x"), (own2, "x'*?*x"), (eigen, "x'*?")),
        )
        return [(made, "(s + s2)*?")]

    stable = at_an_eigenvector(p, floors, (root, root2), (norm, apart), inside)
    moments = [moment(p, text) for text in (SIGNS, CENTERED_SIGNS, PICKED)]
    p.done(p.join(*moments, p.unpack(attained, stable, "x"), floors[0]))


def floor(
    p: Proof, root: str, s: str, psd: Theorem, positive: Theorem, least: Theorem, flat: Theorem, idle: Theorem
) -> Theorem:
    """Root - s Span is positive semidefinite."""
    symmetric, squares = p.symmetric(psd), f"{root}*{root} - ({s}*Span)*({s}*Span)"
    low = p.semidefinite(
        f"{s}*Span",
        (positive, p.square("Span*x")),
        using=[(flat, f"{s}*(x'*?*Span*x)"), (idle, f"{s}*(x'*?*x)")],
        turned=[(flat, f"{s}*?")],
    )
    monotone = p.axiom("Loewner-Heinz", {"n": "K"}, A=root, B=f"{s}*Span")
    turned = (flat, f"{s}^2*?*Span'"), (flat, f"{s}^2*Span*?"), (symmetric, f"?*{root}'"), (symmetric, f"{root}*?")
    larger = p.semidefinite(squares, p.at(least, "x"), using=[(idle, f"{s}^2*(x'*?*x)")], turned=turned)
    return p.apply(monotone, p.join(psd, low, larger))


def moment(p: Proof, text: str) -> Theorem:
    """The second moment of targets that are a known map of the labels."""
    premise, conclusion = text.split("=>")
    with p.assuming(premise.strip()) as targets:
        made = p.eq(conclusion, (targets, "sum[S](?[S]*a[S]')", f"sum[S](({target(premise)})*?[S]')"))
        return p.implies(targets, made)


def target(premise: str) -> str:
    """What a[S] is."""
    return premise.strip()[1:-1].split(" = ", 1)[1]


@closes("Y4")
def limits_apart(p: Proof) -> None:
    """Y4: both quotients, of 1 + odds/m by 1 + odds and of that by m + odds, are at most 1."""
    small, below, odds, sizes, factors, first = p.given
    labels, inverse = p.dimension("K"), p.reciprocal(small)
    some = p.le("0 < odds", (labels, p.le("0 < 1 - eps", below), inverse), using=[odds])
    size = p.every(p.le("0 < m[S]", p.at(sizes, "S"), 1), "S")
    shares = p.every(p.reciprocal(p.at(size, "S")), "S")
    p.positive(size)
    whole = p.le("0 < 1 + odds", some, 1)
    part = p.every(p.le("0 < 1 + odds/m[S]", (some, p.at(shares, "S")), 1), "S")
    order = monotone(p)
    unit = p.le("0 < 1", 1)
    none = p.eq("log(1) = 0", log_of_product(p, "1", "1", unit, unit))
    positive = p.le("0 < c1", strictly(p, some, whole), using=[none, first])
    less = p.every(
        p.le("1 + odds/m[S] <= 1 + odds", (some, p.at(shares, "S"), p.le("0 <= m[S] - 1", p.at(sizes, "S")))), "S"
    )
    falls = p.apply(p.at(order, "1 + odds/m[S]", "1 + odds"), p.join(p.at(part, "S"), whole, p.at(less, "S")))
    lower = p.le("0 <= c1 - c[S]", falls, using=[p.at(factors, "S"), first])
    more = p.le("1 + odds <= m[S]*(1 + odds/m[S])", p.at(sizes, "S"))
    product_ = p.le("0 < m[S]*(1 + odds/m[S])", (p.at(size, "S"), p.at(part, "S")))
    rises = p.apply(p.at(order, "1 + odds", "m[S]*(1 + odds/m[S])"), p.join(whole, product_, more))
    split = log_of_product(p, "m[S]", "1 + odds/m[S]", p.at(size, "S"), p.at(part, "S"))
    upper = p.le("c1 - c[S] <= log(m[S])", rises, using=[split, p.at(factors, "S"), first])
    short = p.le(
        f"{SHORT}'*{SHORT} <= log(m[S])^2*({PLAIN}'*{PLAIN})",
        (upper, lower, p.square(PLAIN)),
        (upper, p.le("0 <= log(m[S])", upper, lower), p.square(PLAIN)),
    )
    p.done(p.join(positive, p.every(p.join(lower, upper), "S"), p.every(short, "S")))


def monotone(p: Proof) -> Theorem:
    """From share <= share2 to log share <= log share2."""
    ratio = "share*(1/share2)"
    with p.supposing("0 < share and 0 < share2 and share <= share2") as (at, share, more, less):
        inverse = p.reciprocal(more)
        between = p.le(f"0 < {ratio}", (share, inverse))
        below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), between), 0)
        split = log_of_product(p, ratio, "share2", between, more)
        bound = p.le("log(share) <= log(share2)", below, (less, inverse), using=[split])
        return p.every(p.implies(at, bound), "share", "share2")


def strictly(p: Proof, some: Theorem, whole: Theorem) -> Theorem:
    """log 1 < log(1 + odds)."""
    inverse = p.reciprocal(whole)
    below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t="1/(1 + odds)"), inverse), 0)
    split = log_of_product(p, "1/(1 + odds)", "1 + odds", inverse, whole)
    same = p.eq("1/(1 + odds)*(1 + odds) = 1")
    return p.le("log(1) < log(1 + odds)", below, (some, inverse), using=[split, (same, "log(?)")])
