"""B2, closed: T2 for binary cross entropy, where each label has two probabilities."""

from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.terminal_phase.margins_chains import near_one, near_polar_logits, of_one_set, ratios
from proofs.claims.binary_cross_entropy import INSIDE, OFF, ON, OWN_LOGITS, REST, SHARE, VALUE, WINDOW
from proofs.claims.closed_form_formulas import BINARY_LOSS
from proofs.claims.hypotheses import POLAR_ERROR, POLAR_WINDOW
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

AT = "(W*h[S] + b)"
WHOLE = "(1 + ex(e[k]'*{0}))"


@closes("B2")
def logarithmic_approach(p: Proof) -> None:
    """B2: T8 bounds the divergence of one label, which bounds the ratios of both its probabilities."""
    logs = Logarithm(p)
    share, rest = p.parts(p.at(p.says(INSIDE), "S", "k"))
    gain = gains(p, logs, share, rest)
    near = near_polar_logits(p, dual(p, gain), tight(p, logs, share, rest), VALUE)
    window = each_label(p, logs, near, gain, share, rest)
    p.done(p.join(window, picked(p, logs, share, rest), p.take(near, 2)))


def texts(x: str) -> tuple[str, str]:
    """What the two probabilities of a label contribute to the divergence at the logits x."""
    total = WHOLE.format(x)
    return (
        f"(ex(e[k]'*{x})/{total} - {SHARE} - {SHARE}*(e[k]'*{x} - log({total}) - log({SHARE})))",
        f"(1/{total} - {REST} - {REST}*(-log({total}) - log({REST})))",
    )


def whole(p: Proof, logs: Logarithm, x: str) -> Theorem:
    """What the probability is divided by is positive."""
    sums = p.le(f"0 < {WHOLE.format(x)}", 1, p.take(p.at(logs.inverse, f"e[k]'*{x}"), 0))
    p.positive(p.every(sums, "k"))
    return sums


def gains(p: Proof, logs: Logarithm, share: Theorem, rest: Theorem) -> Theorem:
    """Both are not negative, at any logits."""
    total, sums = WHOLE.format("x"), whole(p, logs, "x")
    first = p.take(p.apply(p.at(logs.tangent, "e[k]'*x", SHARE, total), p.join(share, sums)), 0)
    one, two = texts("x")
    ratio, small, value = absence(p, logs, total, sums, rest)
    below = p.take(logs.below(ratio, small), 0)
    made = p.join(p.le(f"0 <= {one}", first), p.le(f"0 <= {two}", (rest, below), using=[(value, f"{REST}*?")]))
    return p.every(made, "S", "k", "x")


def absence(p: Proof, logs: Logarithm, total: str, sums: Theorem, rest: Theorem) -> tuple[str, Theorem, Theorem]:
    """The ratio of the probabilities that a label is absent, that it is positive, and its logarithm."""
    ratio, one = f"1/{total}*(1/{REST})", p.le("0 < 1", 1)
    small = p.le(f"0 < {ratio}", (p.reciprocal(sums), p.reciprocal(rest)))
    both = p.le(f"0 < {total}*{REST}", (sums, rest))
    nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
    same = p.eq(f"{ratio}*({total}*{REST}) = 1")
    whole, parts = logs.of_product(ratio, f"({total}*{REST})", small, both), logs.of_product(total, REST, sums, rest)
    return ratio, small, p.eq(f"log({ratio}) = -log({total}) - log({REST})", whole, (same, "log(?)"), nothing, parts)


def dual(p: Proof, gain: Theorem) -> Theorem:
    """The dual value at the polar residuals is at most what it should be at any logits."""
    at = p.at(gain, "S", "k", "x")
    one, two = texts("x")
    each = p.over(p.every(p.le(f"0 <= {one} + {two}", p.take(at, 0), p.take(at, 1)), "k"))
    made = divergence(p, "x")
    return p.every(p.le(f"{VALUE} - r[S]'*x <= L[S](x)", each, using=[made]), "S", "x")


def divergence(p: Proof, x: str) -> Theorem:
    """The divergence of a label set is the sum of what its labels contribute."""
    (one, two), total = texts(x), WHOLE.format(x)
    unit = p.every(p.eq(f"ex(e[k]'*{x})/{total} + 1/{total} = 1"), "k")
    text = f"L[S]({x}) - {VALUE} + r[S]'*{x} = sum[k]({one} + {two})"
    return p.eq(text, p.at(p.says(BINARY_LOSS), "S", x), (unit, "sum[k](?[k])"))


def tight(p: Proof, logs: Logarithm, share: Theorem, rest: Theorem) -> Theorem:
    """The logits of the polar residuals have their dual value."""
    logits = p.at(p.says(OWN_LOGITS), "S", "k")
    odds, inverse, one = f"{SHARE}*(1/{REST})", p.reciprocal(rest), p.le("0 < 1", 1)
    positive = p.le(f"0 < {odds}", (share, inverse))
    power, log = p.parts(p.at(logs.inverse, "e[k]'*z[S]"))
    nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
    turned = logs.of_product(f"1/{REST}", REST, inverse, rest)
    unit = p.eq(f"1/{REST}*{REST} = 1")
    negative = p.eq(f"log(1/{REST}) = -log({REST})", turned, (unit, "log(?)"), nothing)
    both = logs.of_product(SHARE, f"1/{REST}", share, inverse)
    same = p.eq(f"log(ex(e[k]'*z[S])) = log({odds})", log, logits, both, negative)
    value = logs.one_to_one("ex(e[k]'*z[S])", odds, power, positive, same)
    sums = p.eq(f"1 + ex(e[k]'*z[S]) = 1/{REST}", value)
    whole = p.every(p.eq(f"log(1 + ex(e[k]'*z[S])) = -log({REST})", (sums, "log(?)"), negative), "k")
    made = p.eq(
        f"{VALUE} = L[S](z[S]) + r[S]'*z[S]",
        p.at(p.says(BINARY_LOSS), "S", "z[S]"),
        (whole, "sum[k](?[k])"),
        (p.every(logits, "k"), f"sum[k]({SHARE}*?[k])"),
    )
    return p.every(made, "S")


def each_label(p: Proof, logs: Logarithm, near: Theorem, gain: Theorem, share: Theorem, rest: Theorem) -> Theorem:
    """Both ratios are near 1: T8's error over a probability is all its label has; a logit is what they differ by."""
    total = WHOLE.format(AT)
    sums = whole(p, logs, AT)
    own = p.at(gain, "S", "k", AT)
    one, two = texts(AT)
    most_of_all = of_one_set(p, near, dual(p, gain), VALUE)
    each = p.every(p.le(f"0 <= {one} + {two}", p.take(own, 0), p.take(own, 1)), "k")
    part = p.at(p.ledger.fact("part", p.formula(f"all k: w[k]*({one} + {two}) <= sum[k]({one} + {two})"), each), "k")
    made = divergence(p, AT)
    logarithms, windows = [], []
    first = f"ex(e[k]'*{AT})/{total}*(1/{SHARE})"
    present = p.apply(p.at(ratios(p, logs), f"e[k]'*{AT}", total, SHARE), p.join(sums, share))
    p.reciprocal(share)
    second, positive, value = absence(p, logs, total, sums, rest)
    pairs = (first, SHARE, share, present), (second, REST, rest, p.join(positive, value))
    for i, (ratio, text, inside, said) in enumerate(pairs):
        known = p.take(said, 1)
        alone = p.le(
            f"{text}*({ratio} - 1 - log({ratio})) <= ({POLAR_ERROR})/w[S]",
            most_of_all,
            part,
            p.take(own, 1 - i),
            using=[made, (known, f"{text}*?")],
        )
        most = POLAR_WINDOW.format(text)
        within = p.le(f"{ratio} - 1 - log({ratio}) <= {most}", (p.reciprocal(inside), alone))
        windows.append(p.apply(p.at(near_one(p, logs), ratio, most), p.join(p.take(said, 0), within)))
        logarithms.append(known)
    apart = p.eq(f"e[k]'*({AT} - z[S]) = log({first}) - log({second})", p.at(p.says(OWN_LOGITS), "S", "k"), *logarithms)
    bound = p.le(
        f"(e[k]'*(W*h[S] + b - z[S]))^2 <= {WINDOW}",
        *((2, window) for window in windows),
        p.square(f"log({first}) + log({second})"),
        using=[(apart, f"(e[k]'*({AT} - z[S]) + log({first}) - log({second}))*?")],
    )
    return p.every(bound, "S", "k")


def picked(p: Proof, logs: Logarithm, share: Theorem, rest: Theorem) -> Theorem:
    """The logits of the polar point."""
    mu, polar, logits = p.says("0 < mu"), p.given[8], p.at(p.says(OWN_LOGITS), "S", "k")
    inverse = p.reciprocal(mu)
    penalty = p.eq(
        "log(lambda_W*lambda_H) = 2*log(mu)", (p.says("lambda = mu^2"), "log(?)"), logs.of_product("mu", "mu", mu, mu)
    )
    found = []
    for text, inside, sign in ((ON, rest, ""), (OFF, share, "-")):
        premise, conclusion = text.split(" => ")
        entry = f"({sign}e[k]'*Q*a[S])"
        with p.assuming(premise) as at:
            uses = [(at, "?"), (polar, "e[k]'*?[S]")]
            small = p.le(f"0 < {entry}", (inverse, inside), using=[(at, "1/mu*?"), (polar, "1/mu*e[k]'*?[S]")])
            wrong, right = (SHARE, REST) if sign else (REST, SHARE)
            same, other = p.eq(f"{wrong} = mu*{entry}", *uses), p.eq(f"{right} = 1 - mu*{entry}", *uses)
            split = logs.of_product("mu", entry, mu, small)
            value = p.eq(
                conclusion.split(" and ")[1].strip(),
                logits,
                (same, "log(?)"),
                (other, "log(?)"),
                split,
                (penalty, "1/2*?"),
            )
            found.append(p.every(p.implies(at, p.join(small, value)), "S", "k"))
    return p.join(*found)
