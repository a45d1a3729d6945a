"""C2, closed: no certificate below the rank, and how deep a point is not."""

from __future__ import annotations

from collections.abc import Mapping

from proofs.chapters.duality.duality_chains import gap
from proofs.claims import CLAIMS
from proofs.claims.bottleneck import CERTIFIED, DEEP
from proofs.claims.hypotheses import OBJECTIVE
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem
from proofs.letters.signature import SIGNATURE

__all__ = ["no_certificate"]

APART = "(L[S](W2*h2[S] + b2) - D[S](r[S]) + r[S]'*(W2*h2[S] + b2))"
LACK = "(h2[S] - 1/lambda_H*(W2'*r[S]))"
IDLE = "(lambda*I[K] - R)"


@closes("C2")
def no_certificate(p: Proof) -> None:
    """C2: at a certificate the Gram matrix is the optimum's; elsewhere a step along the residuals gains."""
    p.positive(p.given[0])
    p.positive(p.given[1])
    p.done(p.join(certified(p), deep(p)))


def certified(p: Proof) -> Theorem:
    """Both points close the gap at the residuals, so W2 W2' = W W', whose rank is d at most."""
    lambda_w, lambda_h, product, moment, dual, tight = p.given
    with p.assuming(" and ".join(f"({x})" for x in CERTIFIED)) as case:
        features, classifier, feasible, bias, better, inside, strict, size, full = (
            p.take(case, i) for i in range(len(CERTIFIED))
        )
        eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
        flat = [orthogonal(p, bias, bound) for bound in ("b", "b2")]
        rest = (product, moment, dual)
        here = p.take(gap(p, lambda_w, lambda_h, rest), 0)
        there = p.take(gap_elsewhere(p, "K", lambda_w, lambda_h, *rest), 0)
        used: list[Used] = [
            here,
            there,
            *flat,
            (tight, "sum[S](?[S])"),
            (features, "1/2*sum[S]((h[S] - 1/lambda_H*(W'*r[S]))'*?[S])"),
            (eigen, "1/(2*lambda_H)*tr(W'*?)"),
        ]
        inverse = p.reciprocal(lambda_h)
        gains = p.le(f"all S: 0 <= {APART}", ((dual, ("S", "W2*h2[S] + b2")),))
        lacks, slack = p.square(f"all S: {LACK}"), p.square("W2", feasible)
        texts = f"sum[S]({APART})", f"sum[S]({LACK}'*{LACK})", f"tr(W2'*{IDLE}*W2)"
        parts = [p.le(f"0 <= {x}", y) for x, y in zip(texts, (p.over(gains), p.over(lacks), slack), strict=True)]
        half = (1, 2)
        pieces = (
            (better, (half, lambda_h, parts[1]), (half, inverse, slack)),
            (better, parts[0], (half, inverse, slack)),
        )
        first = p.le(f"{texts[0]} <= 0", *pieces[0], using=used)
        second = p.le(f"lambda_H/2*{texts[1]} <= 0", *pieces[1], using=used)
        third = p.le(f"1/(2*lambda_H)*{texts[2]} <= 0", better, parts[0], (half, lambda_h, parts[1]), using=used)
        second = p.le(f"{texts[1]} <= 0", (2, inverse, second))
        third = p.le(f"{texts[2]} <= 0", (2, lambda_h, third))
        none = [p.antisymmetry(small, large) for small, large in zip((first, second, third), parts, strict=True)]
        met = p.at(p.vanish(gains, none[0]), "S")
        logits = p.apply(
            p.at(strict, "S", "W2*h2[S] + b2"), p.eq("D[S](r[S]) = L[S](W2*h2[S] + b2) + r[S]'*(W2*h2[S] + b2)", met)
        )
        logits = p.every(logits, "S")
        least = p.definite(f"all S: {LACK}", p.vanish(lacks, none[1]))
        eigen2 = p.eq("R*W2 = lambda*W2", p.definite("W2", none[2], feasible))
        return p.implies(case, same_gram(p, (features, inside, size, full, logits, least, eigen, eigen2, bias)))


def gap_elsewhere(p: Proof, features: str, *given: Theorem) -> Theorem:
    """U6 at the other point, whose number of features is another."""
    formal = CLAIMS["U6"].formal
    assert formal is not None
    cited = p.known_in({"d": features}, "U6", formal, SIGNATURE, W="W2", h="h2[sets_0]", b="b2")
    return p.apply(cited, p.join(*given))


def orthogonal(p: Proof, bias: Theorem, bound: str) -> Theorem:
    """A bias does not see residuals of mean 0; or there is none."""
    with p.assuming("b = 0 and b2 = 0") as none:
        first = p.eq(f"{bound}'*sum[S](r[S]) = 0", (p.take(none, int(bound == "b2")), "?'*sum[S](r[S])"))
        first = p.implies(none, first)
    with p.assuming("sum[S](r[S]) = 0") as free:
        second = p.implies(free, p.eq(f"{bound}'*sum[S](r[S]) = 0", (free, f"{bound}'*?")))
    return p.cases(bias, first, second)


def same_gram(p: Proof, known: tuple[Theorem, ...]) -> Theorem:
    """(W2 W2' - W W') R = 0 by the logits, and R is lambda on both ranges."""
    features, inside, size, full, logits, least, eigen, eigen2, bias = known
    lambda_w, lambda_h = p.given[:2]
    p.reciprocal(p.le("0 < lambda", (lambda_w, lambda_h)))
    still = []
    for w, value in (("W", eigen), ("W2", eigen2)):
        uses = (value, "1/lambda*E*?"), (inside, f"1/lambda*sum[S](?[S]*r[S]'*{w})"), (value, "1/lambda*?")
        still.append(p.eq(f"E*{w} = {w}", *uses))
    moved = "lambda_H*sum[S](E*(b - b2)*r[S]')"

    def without(none: Theorem) -> Theorem:
        parts = [p.take(none, i) for i in range(2)]
        return p.eq(f"{moved} = 0", *((part, "lambda_H*sum[S](E*?*r[S]')") for part in parts))

    def free(mean: Theorem) -> Theorem:
        return p.eq(f"{moved} = 0", (mean, "lambda_H*E*(b - b2)*?'"))

    nothing = p.by_cases(bias, without, free)
    flat = p.eq(
        "(W2*W2' - W*W')*R = 0",
        nothing,
        (logits, "lambda_H*sum[S](?[S]*r[S]')"),
        (least, "lambda_H*sum[S](E*W2*?[S]*r[S]')"),
        (features, "sum[S](E*W*?[S]*r[S]')"),
        (still[0], "?*W'*R"),
        (still[1], "?*W2'*R"),
    )
    gram = p.eq("W2*W2' = W*W'", (flat, "1/lambda*?"), (eigen, "1/lambda*W*?'"), (eigen2, "1/lambda*W2*?'"))
    with p.assuming("X'*(W2*W2')*X = I[n]") as many:
        unit = p.eq("(W'*X)'*(W'*X) = I[n]", many, (gram, "X'*?*X"))
        rest = "(I[d] - (W'*X)*(W'*X)')"
        less = p.le("n <= d", p.square(rest), using=[(unit, "tr((W'*X)*?*(W'*X)')"), (unit, "tr(?)")])
        false = p.absurd("1 = 0", p.le("d < d", 1, less, using=[size]))
        return p.unpack(full, p.implies(many, false), "X")


SHIFTED = "(mu*I[K] + Plus)"
POINT, FEATURES = "(W*E1' + A*E2')", "(E1*h[S] + E2*B*r[S])"
Said = Mapping[str, Theorem]


def deep(p: Proof) -> Theorem:
    """A step along the residuals, by U7a, in K features beside those of the point."""
    with p.assuming(" and ".join(f"({x})" for x in DEEP)) as case:
        said = {text: p.take(case, i) for i, text in enumerate(DEEP)}
        p.positive(said["0 < c"])
        p.positive(said["0 < mu"])
        gain, bend, price, price2 = moments(p, said)
        logits, size, length = beside(p, said)
        moved = p.le(
            f"L[S]({POINT}*{FEATURES} + b) <= L[S](W*h[S] + b) - r[S]'*A*B*r[S] + c/2*((A*B*r[S])'*(A*B*r[S]))",
            p.at(said[DEEP[1]], "S", "A*B*r[S]"),
            using=[(logits, "L[S](? + b)")],
        )
        bound = p.le(
            f"best + 1/(2*c)*tr(Plus*Plus) <= {OBJECTIVE.format('W', 'h[S]', 'b')}",
            p.at(said[DEEP[17]], POINT, "E1", "E2*B"),
            p.over(p.every(moved, "S")),
            using=[
                gain,
                (bend, "c/2*?"),
                (price, "lambda_H/2*?"),
                (price2, "lambda_W/2*?"),
                (size, "lambda_W/2*?"),
                (length, "lambda_H/2*?"),
                (said["lambda = mu^2"], "1/(2*c*mu)*tr(Plus)*?"),
            ],
        )
        return p.implies(case, bound)


def products(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem]:
    """R B and B R, for A and B have no share in the directions below the penalty, and B (mu + Plus)."""
    root, zero, parts = said["Root*Root = R"], said["Plus*Minus = 0"], said["Root - mu*I[K] = Plus - Minus"]
    own, square, own2, step = (said[DEEP[i]] for i in range(10, 14))
    plus, minus = (p.symmetric(said[f"psd {x}"]) for x in ("Plus", "Minus"))
    left = p.eq("Minus*Plus = 0", (zero, "?'"), (plus, "Minus'*?"), (minus, "?*Plus"))
    small = p.eq(
        "tr((A*Minus)'*(A*Minus)) = 0",
        (own, "tr(Minus'*?*A*Minus)"),
        (square, "1/(c*lambda_W)*tr(Minus'*?*Minus)"),
        (zero, "mu/(c*lambda_W)*tr(Minus'*?)"),
    )
    idle = p.eq("Minus*A = 0", (p.definite("A*Minus", small), "?'"), (own, "Minus'*?"), (minus, "?*A"))
    idle2 = p.eq("Minus*B = 0", (step, "1/mu^2*Minus*?"), (left, "1/mu*?*B"), (idle, "lambda_W/mu^2*?"))
    one = p.eq(f"Root*A = {SHIFTED}*A", (parts, "?*A"), idle)
    two = p.eq("Root*B = lambda_W/mu*A", (parts, "?*B"), idle2, (step, "1/mu*?"))
    three = p.eq(f"R*B = lambda_W/mu*{SHIFTED}*A", (root, "?*B"), (two, "Root*?"), (one, "lambda_W/mu*?"))
    turned = p.eq(
        f"B*{SHIFTED} = lambda_W/mu*A",
        (step, "1/mu*?'"),
        (own2, f"?*{SHIFTED}'"),
        (plus, "B*?"),
        (own, "lambda_W/mu*?"),
    )
    four = p.eq(
        f"B*R = lambda_W/mu*A*{SHIFTED}",
        (three, "?'"),
        (own2, "?*R"),
        (own, f"lambda_W/mu*?*{SHIFTED}'"),
        (plus, "lambda_W/mu*A*?"),
    )
    return three, turned, four


def moments(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem, Theorem]:
    """What the step A B r gains to first order and loses to second, and what its two factors cost."""
    own, square, own2, step = (said[DEEP[i]] for i in range(10, 14))
    three, turned, four = products(p, said)
    gain = p.eq(
        "sum[S](r[S]'*A*B*r[S]) = 1/c*(mu*tr(Plus) + tr(Plus*Plus))",
        (four, "tr(A*?)"),
        (square, f"1/(c*mu)*tr(?*{SHIFTED})"),
    )
    bend = p.eq(
        "sum[S]((A*B*r[S])'*(A*B*r[S])) = 1/c^2*tr(Plus*Plus)",
        (own2, "sum[S](r[S]'*?*A'*A*B*r[S])"),
        (own, "sum[S](r[S]'*B*?*A*B*r[S])"),
        (four, "tr(B*A*A*?)"),
        (step, "lambda_W/mu^2*tr(?*A*A*A)"),
        (square, "lambda_W/(c*mu^2)*tr(?*A*A)"),
        (square, "1/(c^2*mu)*tr(Plus*?)"),
    )
    price = p.eq(
        "sum[S]((B*r[S])'*(B*r[S])) = lambda_W/(c*mu)*tr(Plus)",
        (own2, "sum[S](r[S]'*?*B*r[S])"),
        (three, "tr(B*?)"),
        (turned, "lambda_W/mu*tr(?*A)"),
        (square, "lambda_W/(c*mu^2)*tr(?)"),
    )
    price2 = p.eq("tr(A'*A) = mu/(c*lambda_W)*tr(Plus)", (own, "tr(?*A)"), (square, "1/(c*lambda_W)*tr(?)"))
    return gain, bend, price, price2


def beside(p: Proof, said: Said) -> tuple[Theorem, Theorem, Theorem]:
    """Logits and sizes of the point with the step, whose features stand beside its own."""
    apart = [said[DEEP[i]] for i in range(14, 17)]
    logits = p.eq(
        f"{POINT}*{FEATURES} = W*h[S] + A*B*r[S]",
        (apart[0], "W*?*h[S]"),
        (apart[1], "A*?*B*r[S]"),
        (apart[2], "W*?*B*r[S]"),
        (apart[2], "A*?'*h[S]"),
    )
    size = p.eq(
        f"tr({POINT}'*{POINT}) = tr(W'*W) + tr(A'*A)",
        (apart[0], "tr(W*?*W')"),
        (apart[1], "tr(A*?*A')"),
        (apart[2], "2*tr(W*?*A')"),
    )
    length = p.eq(
        f"sum[S]({FEATURES}'*{FEATURES}) = sum[S](h[S]'*h[S]) + sum[S]((B*r[S])'*(B*r[S]))",
        (apart[0], "sum[S](h[S]'*?*h[S])"),
        (apart[1], "sum[S](r[S]'*B'*?*B*r[S])"),
        (apart[2], "2*sum[S](h[S]'*?*B*r[S])"),
    )
    return logits, size, length
