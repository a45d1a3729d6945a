"""T2, closed: a divergence bounds ratios of predictions, hence how far logits are from those of the polar point."""

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.loss_bounds.polar_chains import SHARE, gibbs, sizes, tight
from proofs.claims.hypotheses import LOGITS, PAL_CE, POLAR_ERROR, POLAR_WINDOW
from proofs.claims.hypotheses import SHARE as SHARE_OF
from proofs.claims.loss_bounds import POLAR_VALUE as VALUE
from proofs.claims.second_order_formulas import MARGIN, WINDOW
from proofs.claims.terminal_phase import APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

AT = "(W*h[S] + b)"
TOTAL = "sum[k](ex(e[k]'*(W*h[S] + b)))"
RATIO = f"(ex(e[k]'*(W*h[S] + b))/{TOTAL}*(1/{SHARE}))"
LOG_OF = f"(e[{{0}}]'*(W*h[S] + b) - log({TOTAL}) - log({SHARE_OF}))"
LOG = LOG_OF.format("k")
ONE = "(e[k]'*(y[S] - r[S]))"


@closes("T2")
def logarithmic_approach(p: Proof) -> None:
    """T2: T8 bounds the divergence of one label set, hence each label's, which is how far a ratio is from 1."""
    p.positive(sizes(p))
    p.rewrite(p.eq("all S: ones'*r[S] = 0", (p.given[8], "ones'*?[S]"), (p.says("ones'*Q = 0"), "mu*?*a[S]")))
    logs = Logarithm(p)
    dual = gibbs(p, logs)
    near = near_polar_logits(p, dual, tight(p, logs), VALUE)
    window = each_label(p, logs, near, dual)
    p.done(p.join(*apart(p, window), picked(p, logs), p.take(near, 2)))


def near_polar_logits(p: Proof, dual: Theorem, value: Theorem, text: str) -> Theorem:
    """T8, with the dual value in closed form, and its value at the logits of the polar residuals."""
    cost, logits = p.given[10], p.given[12]
    made = p.eq(
        f"all S: {text} = L[S](W2*h2[S] + b2) + r[S]'*(W2*h2[S] + b2)", value, (logits, "L[S](?[S])", "r[S]'*?[S]")
    )
    return cited(p, "T8", (*p.given[:10], dual, made, cost), D=text.replace("[S]", "[sets_0]"))


def each_label(p: Proof, logs: Logarithm, near: Theorem, dual: Theorem) -> Theorem:
    """The logarithm of the ratio of two predictions is near 0: T8's error over a probability is all its label has."""
    divergence = of_one_set(p, near, dual, VALUE)
    at = AT
    total = logs.total(TOTAL, at)
    inside = p.at(p.says("all S, k: 0 < e[k]'*(y[S] - r[S])"), "S", "k")
    size = p.at(sizes(p), "S")
    share = p.le(f"0 < {SHARE}", (inside, p.reciprocal(size)))
    inverse, _ = p.reciprocal(inside), p.reciprocal(share)
    tangent = p.take(p.apply(p.at(logs.tangent, f"e[k]'*{at}", SHARE, TOTAL), p.join(share, total)), 0)
    gain = f"(ex(e[k]'*{at})/{TOTAL} - {SHARE} - {SHARE}*{LOG})"
    each = p.every(p.le(f"0 <= {gain}", tangent), "k")
    part = p.at(p.ledger.fact("part", p.formula(f"all k: w[k]*{gain} <= sum[k]({gain})"), each), "k")
    made = p.eq(f"L[S]({at}) - {VALUE} + r[S]'*{at} = m[S]*sum[k]({gain})", p.at(p.says(PAL_CE[1]), "S", at))
    small = p.le(f"{ONE}*({RATIO} - 1 - {LOG}) <= ({POLAR_ERROR})/w[S]", divergence, (size, part), using=[made])
    ratio = p.apply(p.at(ratios(p, logs), f"e[k]'*{at}", TOTAL, SHARE), p.join(total, share))
    log = p.take(ratio, 1)
    within = p.le(f"{RATIO} - 1 - log({RATIO}) <= {POLAR_WINDOW.format(ONE)}", (inverse, small), using=[log])
    near_ = p.apply(p.at(near_one(p, logs), RATIO, POLAR_WINDOW.format(ONE)), p.join(p.take(ratio, 0), within))
    window = p.le(f"{LOG}^2 <= {WINDOW.format('k')}", near_, using=[(log, f"(log({RATIO}) + {LOG})*?")])
    return p.every(window, "S", "k")


def of_one_set(p: Proof, near: Theorem, dual: Theorem, value: str) -> Theorem:
    """The divergence of one label set is at most T8's error over its probability."""
    apart = f"(L[S]({AT}) - {value} + r[S]'*{AT})"
    lack = "(h[S] - mu/lambda_H*(W'*Q*a[S]))"
    all_sets = p.le(
        f"sum[S]{apart} <= {POLAR_ERROR}",
        p.take(near, 0),
        ((1, 2), p.says("0 < lambda_H"), p.over(p.square(f"all S: {lack}"))),
    )
    each = p.le(f"all S: 0 <= {apart}", ((dual, ("S", AT)),))
    part = p.at(p.ledger.fact("part", p.formula(f"all S: w[S]*{apart} <= sum[S]{apart}"), each), "S")
    share = p.reciprocal(p.at(p.ledger.weight("sets"), "S"))
    return p.le(f"{apart} <= ({POLAR_ERROR})/w[S]", (share, part), (share, all_sets))


def ratios(p: Proof, logs: Logarithm) -> Theorem:
    """The ratio of two predictions is positive, and its logarithm a difference."""
    ratio = "ex(t)/total*(1/share)"
    with p.supposing("0 < total and 0 < share") as (at, total, share):
        value, log = p.parts(p.at(logs.inverse, "t"))
        positive = p.le(f"0 < {ratio}", (value, p.reciprocal(total), p.reciprocal(share)))
        both = p.le("0 < total*share", (total, share))
        whole = logs.of_product(ratio, "total*share", positive, both)
        made = p.eq(
            f"log({ratio}) = t - log(total) - log(share)", whole, logs.of_product("total", "share", total, share), log
        )
        return p.every(p.implies(at, p.join(positive, made)), "t", "total", "share")


def near_one(p: Proof, logs: Logarithm) -> Theorem:
    """The square of log t is at most 4 (v + v^2) where t - 1 - log t <= v: 1 + log t/2 is at most the root of t."""
    text = "log(ratio)^2 <= 4*(most + most^2)"
    with p.supposing("0 < ratio and ratio - 1 - log(ratio) <= most") as (at, positive, within):
        weak = p.le("0 <= ratio", positive)
        least = p.le("0 <= most", within, p.take(logs.below("ratio", positive), 0))
        with p.supposing("0 <= half and half^2 = ratio") as (root, _, square, *_):

            def none(low: Theorem) -> Theorem:
                zero = p.antisymmetry(low, p.take(root, 0))
                return p.absurd(text, p.le("0 < 0", positive, using=[square, (zero, "half*?")]))

            def some(above: Theorem) -> Theorem:
                below = p.take(logs.below("half", above), 0)
                log = p.eq(
                    "log(ratio) = 2*log(half)", logs.of_product("half", "half", above, above), (square, "log(?)")
                )
                value = p.eq("log(ratio)^2 = 4*log(half)^2", (log, "(log(ratio) + 2*log(half))*?"))

                def high(case: Theorem) -> Theorem:
                    pieces = (4, within), (4, below, below), (8, case, below), (4, p.square("most"))
                    return p.le(text, *pieces, using=[value, (square, "4*?"), (log, "4*?")])

                def low(case: Theorem) -> Theorem:
                    negative = p.le("0 <= -log(half)", case, 1)
                    uses = [square, log]
                    large = p.le("-log(half) <= most", within, p.square("half"), case, using=uses)
                    return p.le(text, (4, least), (4, large, large), (8, negative, large), using=[value])

                return p.by_cases(p.order_cases("-1", "log(half)"), high, low)

            found = p.implies(root, p.by_cases(p.order_cases("half", "0"), none, some))
        found = p.unpack(p.apply(p.axiom("square root", {}, t="ratio"), weak), found, "half")
        return p.every(p.implies(at, found), "ratio", "most")


def apart(p: Proof, window: Theorem) -> tuple[Theorem, Theorem]:
    """Margins and centered logits, from the logarithms of the ratios."""
    p.positive(p.ledger.weight("sets"))
    logits, one, other = p.says(LOGITS[0]), LOG_OF.format("k"), LOG_OF.format("j")
    both = p.at(logits, "S", "k"), p.at(logits, "S", "j")
    same = p.eq(f"(e[k] - e[j])'*(W*h[S] + b - z[S]) = {one} - {other}", *both)
    margin = p.le(
        f"{MARGIN} <= 2*{WINDOW.format('k')} + 2*{WINDOW.format('j')}",
        (2, p.at(window, "S", "k")),
        (2, p.at(window, "S", "j")),
        p.square(f"{one} + {other}"),
        using=[(same, f"((e[k] - e[j])'*(W*h[S] + b - z[S]) + {one} - {other})*?")],
    )
    entry, centered = f"e[k]'*(P*{AT} - z[S])", f"({one} - 1/K*sum[j]({other}))"
    each = p.every(p.eq(f"{entry} = {centered}", p.at(logits, "S", "k")), "k")
    distance = p.le(
        f"{APART} <= sum[k]({WINDOW.format('k')})",
        p.over(p.at(window, "S")),
        (p.reciprocal(p.dimension("K")), p.square(f"sum[k]({one})")),
        using=[(each, f"sum[k](({entry} + {centered})*?[k])")],
    )
    return p.every(margin, "S", "k", "j"), p.every(distance, "S")


def picked(p: Proof, logs: Logarithm) -> Theorem:
    """The margins of the polar point."""
    inside, polar = p.says("all S, k: 0 < e[k]'*(y[S] - r[S])"), p.given[8]
    mu, logits, size = p.says("0 < mu"), p.says(LOGITS[0]), p.at(sizes(p), "S")
    on, off = "1 - mu*(e[k]'*Q*a[S])", "-e[j]'*Q*a[S]"
    with p.supposing("e[k]'*y[S] = 1 and e[j]'*y[S] = 0") as (at, first, second):
        inverse, share = p.reciprocal(mu), p.reciprocal(size)
        within = p.le(f"0 < {on}", p.at(inside, "S", "k"), using=[first, (polar, "e[k]'*?[S]")])
        without = p.le(
            f"0 < {off}", (inverse, p.at(inside, "S", "j")), using=[(second, "1/mu*?"), (polar, "1/mu*e[j]'*?[S]")]
        )
        sides: list[Theorem | tuple[Theorem, str]] = []
        for label, text, use in (("k", on, first), ("j", f"mu*({off})", second)):
            positive = within if label == "k" else p.le(f"0 < {text}", (mu, without))
            same = p.eq(
                f"{SHARE_OF.format(label)} = ({text})*(1/m[S])", (use, "?/m[S]"), (polar, f"e[{label}]'*?[S]/m[S]")
            )
            sides += [(same, "log(?)"), logs.of_product(f"({text})", "1/m[S]", positive, share)]
        penalty = p.eq(
            "log(lambda_W*lambda_H) = 2*log(mu)",
            (p.says("lambda = mu^2"), "log(?)"),
            logs.of_product("mu", "mu", mu, mu),
        )
        margin = p.eq(
            f"(e[k] - e[j])'*z[S] = -1/2*log(lambda) - log({off}) + log({on})",
            *(p.at(logits, "S", "k"), p.at(logits, "S", "j")),
            *sides,
            logs.of_product("mu", f"({off})", mu, without),
            (penalty, "1/2*?"),
        )
        return p.every(p.implies(at, p.join(without, margin)), "S", "k", "j")
