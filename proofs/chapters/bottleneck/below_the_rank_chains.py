"""C2, closed: no certificate below the rank, and how deep a point is not."""

from proofs.chapters.duality.duality_chains import cited, gap
from proofs.claims.bottleneck import CERTIFIED
from proofs.claims.duality import ANY_FEATURES, DEEP
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

APART = "(L[S](W2*h2[S] + b2) - D[S](r[S]) + r[S]'*(W2*h2[S] + b2))"
LACK = "(h2[S] - 1/lambda_H*(W2'*r[S]))"
IDLE = "(lambda*I[K] - R)"


@closes("C2")
def no_certificate(p: Proof) -> None:
    """C2: at a certificate the Gram matrix is the optimum's; elsewhere a step along the residuals gains."""
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
    cited = p.known("U6", {"d": features}, W="W2", h="h2[sets_0]", b="b2")
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
        less = p.le("n <= d", p.square(rest), using=[(unit, "tr((W'*X)*?*(W'*X)')", "tr(?)")])
        false = p.absurd("1 = 0", p.le("d < d", 1, less, using=[size]))
        return p.unpack(full, p.implies(many, false), "X")


def deep(p: Proof) -> Theorem:
    """U7a, where there are features enough to place K beside those of the point."""
    center = "I[K] - 1/K*ones*ones'"
    put = {"P": f"({center})", "W2": "W", "h2": "h[sets_0]", "b2": "b", "beta": "0"}
    known = p.take(cited(p, "U7a", (*p.given[:4], p.eq(f"{center} = {center}")), **put), 1)
    with p.assuming(" and ".join(f"({x})" for x in (*DEEP, ANY_FEATURES))) as case:
        *parts, any_ = (p.take(case, i) for i in range(len(DEEP) + 1))
        return p.implies(case, p.apply(known, p.join(*parts, p.ledger.choose(any_, known.conclusion[1][-1]))))
