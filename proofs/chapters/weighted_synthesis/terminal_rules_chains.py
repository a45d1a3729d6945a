"""W3, W3a, W4, W8, closed: rules hold among polar prototypes, from which T8 tells how far the optimal ones are."""

from proofs.chapters.terminal_phase.explicit_errors_chains import APART, ERROR, LACK, near_polar
from proofs.chapters.terminal_phase.hard_margin_chains import in_range, root_rules
from proofs.claims.weighted_synthesis import FLAT_MOMENT, OF_ROWS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

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
    columns, _, single, *_ = p.given[13:]
    of_sets = p.eq(f"all S: g[S] = W'*Q*P*(y[S] - {centre})", (columns, "W'*Q*?[S]"))
    taken = f" - (m[S] - 1){correction.format('h1')}" if correction else ""
    uses = [(single, f"(m[S] - 1){correction.format('?')}")] if correction else []
    found = p.eq(f"all S: g[S] = {PLAIN}{taken}", of_sets, (single, "sum[k](e[k]'*y[S]*?[k])"), *uses, *using)
    p.done(p.join(found, near_polar(p)))


SECOND = "sum[S](a[S]*a[S]')"


@closes("W8")
def rows(p: Proof) -> None:
    """W8: T8 in the metric of the rows; and a root that is a multiple of its projector."""
    lambda_h = p.given[1]
    apart = p.over(p.le(f"all S: 0 <= {APART}", ((p.given[10], ("S", "W*h[S] + b")),)))
    bound = p.le(f"lambda_H/2*sum[S]({LACK}'*{LACK}) <= {ERROR}", p.take(near_polar(p), 0), apart)
    part = p.formula(f"all S: w[S]*({LACK}'*{LACK}) <= sum[S]({LACK}'*{LACK})")
    one = p.at(p.ledger.fact("part", part, p.square(f"all S: {LACK}")), "S")
    features = p.at(p.says("all S: lambda_H*h[S] = W'*r2[S]"), "S")
    lack = p.eq(f"lambda_H*{LACK} = W'*(r2[S] - r[S])", features)
    weights = p.le(
        f"w[S]*({OF_ROWS}) <= 2*lambda_H*{ERROR}",
        (2, lambda_h, bound),
        (lambda_h, lambda_h, one),
        using=[(lack, f"w[S]*(lambda_H*{LACK} + W'*(r2[S] - r[S]))'*?")],
    )
    first = p.every(weights, "S")
    centered, inverse, product = (p.says(text) for text in ("ones'*Root = 0", "Pi*Q = Q", "Root*Q = Pi"))
    inverse = p.eq("ones'*Q = 0", (inverse, "ones'*?"), (product, "ones'*?*Q"), (centered, "?*Q*Q"))
    with p.assuming("(all x: ones'*x = 0 => low*(x'*x) <= x'*W*W'*x) and (all S: ones'*r2[S] = 0)") as at:
        contrast = (p.at(p.take(at, 1), "S"), "?"), (inverse, "mu*?*a[S]")
        lower = p.apply(p.at(p.take(at, 0), "r2[S] - r[S]"), p.eq("ones'*(r2[S] - r[S]) = 0", *contrast))
        share = p.at(p.ledger.weight("sets"), "S")
        text = f"w[S]*(low*((r2[S] - r[S])'*(r2[S] - r[S]))) <= 2*lambda_H*{ERROR}"
        second = p.implies(at, p.every(p.le(text, weights, (share, lower)), "S"))
    p.done(p.join(first, second, *flat(p)))


def flat(p: Proof) -> tuple[Theorem, Theorem]:
    """Weights are uniform iff t times the root is the projector on its range."""
    own, square = p.given[5], p.says(f"Root*Root = {SECOND}")
    symmetric = p.symmetric(p.says("psd Root"))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] != p.term("Pi")]
    same = root_rules(p)
    within = in_range(p, square, same, "")
    projector = f"t^2*{SECOND} = Pi"
    with p.assuming("0 < t") as positive:
        with p.assuming(projector) as level:
            image = p.eq(f"Pi*{SECOND} = {SECOND}", (square, "Pi*?"), square)
            flat_ = p.implies(level, p.eq(FLAT_MOMENT, (level, f"?*{SECOND}"), image))
        with p.assuming("all S: Q*a[S] = t*a[S]") as each:
            uses = (each, "sum[S](?[S]*a[S]'*Q)"), (own, "t*sum[S](a[S]*a[S]'*?)"), (each, "t*sum[S](a[S]*?[S]')")
            level = p.eq(projector, *uses, (square, "Q*?*Q"))
            forth = p.implies(each, p.apply(flat_, level))
        with p.assuming(FLAT_MOMENT) as moment:
            fourth = (square, f"t^2*Q*?*{SECOND}*Q"), (square, "t^2*Q*Root*Root*?*Q"), (square, "Q*?*Q")
            level = p.eq(projector, (moment, "Q*?*Q"), *fourth, (square, "t^2*?"))
            two = p.eq("t^2*Root*Root = Pi", (square, "t^2*?"), level)
            zero = one_root(p, positive, two, symmetric, same)
            uniform = p.eq("all S: Q*a[S] = t*a[S]", (zero, "Q*?*a[S]"), (within, "t*?[S]"))
            back = p.implies(moment, uniform)
            known = p.implies(moment, level)
        first = p.every(p.implies(positive, p.both(forth, back)), "t")
        with p.assuming("Pi = P") as full:
            one = f"t^2*{SECOND} = P"
            with p.assuming(FLAT_MOMENT) as moment:
                there = p.implies(moment, p.eq(one, p.apply(known, moment), full))
            with p.assuming(one) as level:
                here = p.implies(level, p.apply(flat_, p.eq(projector, level, full)))
            second = p.every(p.implies(positive, p.both(there, here)), "t")
            second = p.implies(full, second)
    return first, second


def one_root(p: Proof, positive: Theorem, two: Theorem, symmetric: Theorem, same: Theorem) -> Theorem:
    """Where the square of t Root is the projector, so is t Root: their difference has a square of trace 0 or less."""
    off = "(Pi - t*Root)"
    energy = p.square(off, p.says("psd Root"))
    value = p.eq(
        f"t*tr({off}'*Root*{off}) = 2*tr(t*Root - Pi)",
        (same, f"t*tr(?*Root*{off})"),
        (symmetric, f"t^2*tr(?*Root*{off})"),
        (two, "t*tr(?*Root)", "2*tr(?)"),
    )
    length = p.eq(
        f"tr({off}'*{off}) = 2*tr(Pi - t*Root)", (same, f"tr(?*{off})"), (symmetric, f"t*tr(?*{off})"), (two, "tr(?)")
    )
    return p.null(off, p.le(f"tr({off}'*{off}) <= 0", (positive, energy), using=[value, length]))
