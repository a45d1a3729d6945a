"""D2, closed: the dual value is, label by label, the hard margin's and an entropy, up to a square."""

from proofs.chapters.label_spectrum.eigenvalue_chains import log_of_product
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.claims.any_rank import DUAL_VALUE, ENTROPY_OFF, GROWTH, POLAR_SHARE, SQUARES_ON
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem


@closes("D2")
def greatest_entropy(p: Proof) -> None:
    """D2: the tangent of the logarithm bounds what labels in a set add to the dual value, from above and from below."""
    mu = p.given[0]
    p.positive(p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1))
    above = whole(p, "q", each_label(p, "q", True), True)
    below = whole(p, "q2", each_label(p, "q2", False), False)
    growth = p.le(GROWTH, (p.reciprocal(mu), p.given[-1]), (p.reciprocal(mu), above), (p.reciprocal(mu), below))
    small = p.le("log(mu) <= 0", p.take(tangent(p, "mu", mu), 0), p.says("mu <= 1"))
    with p.assuming("sum[S](q[S]'*y[S]) <= sum[S](q2[S]'*y[S])") as larger:
        text = f"{ENTROPY_OFF.format('q2')} - mu*{SQUARES_ON} <= {ENTROPY_OFF.format('q')}"
        second = p.implies(larger, p.le(text, growth, larger, (small, larger)))
    p.done(p.join(growth, second))


def tangent(p: Proof, t: str, positive: Theorem) -> Theorem:
    """The logarithm is at most its tangent at 1."""
    return p.apply(p.axiom("tangent of the logarithm", {}, t=t), positive)


def each_label(p: Proof, q: str, upper: bool) -> Theorem:
    """What one label adds to the dual value: the logarithm of m, and in the set at most 1 - p, at least p (1 - p)."""
    share, entry, here = POLAR_SHARE.format(q), f"(e[k]'*{q}[S])", "(e[k]'*y[S])"
    size = p.at(p.says("all S: 1 <= m[S]"), "S")
    inverse = p.reciprocal(p.le("0 < m[S]", size, 1))
    logs, most = f"(log(mu) + log(-{entry}))", f"(1 - {share})" + ("" if upper else f"*{share}")
    value = f"-({share}*log({share}/m[S]))"
    bound = f"-{share}*log(1/m[S]) + {here}*{most} + (1 - {here})*mu*{entry}*{logs}"
    text = f"{value} <= {bound}" if upper else f"{bound} <= {value}"

    def nothing(low: Theorem) -> Theorem:
        zero = p.antisymmetry(low, p.at(p.says(f"all S, k: 0 <= {share}"), "S", "k"))
        left = f"(-log({share}/m[S]) + log(1/m[S]) - {here}*(1 - {share}) + (1 - {here})*{logs})"
        return p.le(text, using=[(zero, f"{left}*?")])

    def something(positive: Theorem) -> Theorem:
        split = log_of_product(p, share, "1/m[S]", positive, inverse), f"{share}*?"

        def off(case: Theorem) -> Theorem:
            own = p.le(f"0 < -{entry}", (p.reciprocal(p.given[0]), positive), using=[(case, "1/mu*?")])
            both = log_of_product(p, "mu", f"-{entry}", p.given[0], own), f"{share}*?"
            same = p.eq(f"{share} = mu*(-{entry})", case), f"{share}*log(?)"
            return p.le(text, using=[split, same, both, (case, f"(mu*{entry}*{logs} - {logs} - {most})*?")])

        def on(case: Theorem) -> Theorem:
            use = case, f"(mu*{entry}*{logs} - {most})*?"
            return p.le(text, inside(p, share, positive, upper), using=[split, use])

        return p.by_cases(p.at(binary(p), "S", "k"), off, on)

    if upper:
        found = something(p.at(p.says(f"all S, k: 0 < {share}"), "S", "k"))
    else:
        found = p.by_cases(p.order_cases(share, "0"), nothing, something)
    return p.every(found, "S", "k")


def inside(p: Proof, share: str, positive: Theorem, upper: bool) -> Theorem:
    """p (1 - p) <= -p log p <= 1 - p."""
    if not upper:
        return p.le(
            f"{share}*(1 - {share}) <= -({share}*log({share}))", (positive, p.take(tangent(p, share, positive), 0))
        )
    with p.assuming("0 < share") as at:
        inverse = p.reciprocal(at)
        one = log_of_product(p, "share", "1/share", at, inverse)
        none = log_of_product(p, "1", "1", *[p.le("0 < 1", 1)] * 2)
        below = p.take(tangent(p, "1/share", inverse), 0)
        bound = p.le("-(share*log(share)) <= 1 - share", (at, below), using=[(one, "share*?"), (none, "share*?")])
        lemma = p.every(p.implies(at, bound), "share")
    return p.apply(p.at(lemma, share), positive)


def whole(p: Proof, q: str, each: Theorem, upper: bool) -> Theorem:
    """The sum over labels and label sets."""
    value, less = DUAL_VALUE.format(q), "" if upper else f" - mu*{SQUARES_ON}"
    growth = f"mu*((1 - log(mu))*sum[S]({q}[S]'*y[S]) + {ENTROPY_OFF.format(q)}{less})"
    bound = f"sum[S](-m[S]*log(1/m[S])) + {growth}"
    flat = p.says(f"all S: ones'*{q}[S] = 0")
    uses = [(flat, "sum[S](mu*log(1/m[S])*?[S])"), (flat, "mu*log(mu)*sum[S](?[S])")]
    text = f"{value} <= {bound}" if upper else f"{bound} <= {value}"
    return p.le(text, p.over(p.every(p.over(p.at(each, "S")), "S")), using=uses)
