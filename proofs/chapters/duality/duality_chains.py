"""Chapter U, the dual, closed: from the formal hypotheses to the formal goals."""

from collections.abc import Sequence

from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem


@closes("U10")
def everything_from_the_dual(p: Proof) -> None:
    """U10: logits, Gram matrix and inner products from the residuals."""
    features, classifier, _lambda_w, _lambda_h, logits, _ = p.given
    gram = "G = 1/lambda_W*sum[S](r[S]*z[S]')"
    stationary = (classifier, "1/lambda_W*?*W'"), (logits, "1/lambda_W*sum[S](r[S]*?[S]')")
    cases = []
    for text, context in (("b = 0", "1/lambda_W*sum[S](r[S])*?'"), ("sum[S](r[S]) = 0", "1/lambda_W*?*b'")):
        with p.assuming(text) as case:
            cases.append(p.implies(case, p.eq(gram, *stationary, (case, context))))
    with p.assuming("b = 0 or sum[S](r[S]) = 0") as either:
        first = p.implies(either, p.cases(either, *cases))
    second = p.join(
        p.at(p.eq("all S: W*h[S] = z[S] - b", logits), "S"),
        p.at(p.eq("all S: W*h[S] = 1/lambda_H*(G*r[S])", (features, "1/lambda_H*W*?[S]")), "S"),
    )
    third = p.eq(
        "all S, T: h[S]'*h[T] = 1/lambda_H^2*(r[S]'*G*r[T])",
        (features, "1/lambda_H*?[S]'*h[T]", "1/lambda_H^2*r[S]'*W*?[T]"),
    )
    p.done(p.join(first, p.every(second, "S"), third))


@closes("U6")
def gap_identity(p: Proof) -> None:
    """U6: complete the squares; the dual's definition bounds the first term, the feasibility the third."""
    _lambda_w, lambda_h, _, _, dual = p.given
    inverse = p.reciprocal(lambda_h)
    primal = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
    lack = "h[S] - 1/lambda_H*(W'*r[S])"
    identity = p.eq(
        f"""{primal} - sum[S](D[S](r[S])) = sum[S](L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))
        + lambda_H/2*sum[S](({lack})'*({lack})) + 1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W) - b'*sum[S](r[S])"""
    )
    predictions = p.le("all S: 0 <= L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b)", ((dual, ("S", "W*h[S] + b")),))
    features = p.over(p.square(f"all S: {lack}"))
    with p.assuming("psd (lambda*I[K] - R) and b'*sum[S](r[S]) = 0") as feasible:
        classifier = p.square("W", p.take(feasible, 0))
        below = p.le(
            f"sum[S](D[S](r[S])) <= {primal}",
            p.over(predictions),
            ((1, 2), lambda_h, features),
            ((1, 2), inverse, classifier),
            using=[p.take(feasible, 1)],
        )
        below = p.implies(feasible, below)
    p.done(p.join(identity, below))


@closes("U8")
def isotropy(p: Proof) -> None:
    """U8: R W = lambda W, and W has a right inverse on what it can reach."""
    features, classifier, *_ = p.given
    eigen = p.eq("R*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
    with p.assuming("some X: W*X = I[K]") as full:
        with p.assuming("W*X = I[K]") as right:
            flat = p.implies(right, p.eq("R = lambda*I[K]", (eigen, "?*X"), (right, "R*?", "lambda*?")))
        first = p.implies(full, p.unpack(full, flat, "X"))
    with p.assuming("(some X: W*X = P) and (all S: ones'*r[S] = 0)") as full:
        with p.assuming("W*X = P") as right:
            flat = p.eq(
                "R = lambda*P",
                (eigen, "?*X"),
                (right, "R*?", "lambda*?"),
                (p.take(full, 1), "1/K*sum[S](r[S]*?[S]*ones')"),
            )
            flat = p.implies(right, flat)
        second = p.implies(full, p.unpack(p.take(full, 0), flat, "X"))
    p.done(p.join(first, second, eigen))


def cited(p: Proof, claim: str, premises: Sequence[Theorem], **letters: str) -> Theorem:
    """A claim at letters of one's own, its hypotheses given."""
    return p.apply(p.known(claim, **letters), p.join(*premises))


def gap(p: Proof, lambda_w: Theorem, lambda_h: Theorem, rest: tuple[Theorem, ...], **letters: str) -> Theorem:
    """U6 at a point and residuals of one's own: the identity, and weak duality."""
    return cited(p, "U6", (lambda_w, lambda_h, *rest), **letters)


@closes("U8a")
def full_rank_is_optimal(p: Proof) -> None:
    """U8a: the residuals of the point are feasible by U8, hence optimal by U7."""
    features, classifier, lambda_w, lambda_h, product, moment, center, residual, bias, full = p.given
    positive = p.le("0 < lambda", (lambda_w, lambda_h))
    shares = p.reciprocal(p.dimension("K"))
    isotropic = cited(p, "U8", (features, classifier, product, moment, center))
    cases = []
    for part, text in enumerate(("some X: W*X = I[K]", "(some X: W*X = P) and (all S: ones'*r[S] = 0)")):
        with p.assuming(text) as case:
            known = p.apply(p.take(isotropic, part), case)
            pieces = () if part == 0 else ((positive, shares, p.square("ones'*x")),)
            cases.append(p.implies(case, p.semidefinite("lambda*I[K] - R", *pieces, using=[(known, "x'*?*x")])))
    at = (features, classifier, lambda_w, lambda_h, product, moment, center, residual, bias)
    p.done(p.apply(p.take(cited(p, "U7", at, c="1", r2="r[sets_0]"), 0), p.cases(full, *cases)))


@closes("U9")
def collapse_threshold(p: Proof) -> None:
    """U9: L4 with c = 1 where the penalty is large; else a step t x a' from W = 0, whose loss the curvature bounds."""
    lambda_w, lambda_h, product, dual, moment, tight, bias, top, attained, curved, bend = p.given
    inverse = p.reciprocal(lambda_h)
    with p.assuming("top <= lambda") as large:
        square = p.le("(0 + 1)^2*top <= lambda", large)
        same = p.le("all S, x: D[S]((0 + 1)*r0[S]) - ((0 + 1)*r0[S])'*x <= L[S](x)", dual)
        known = cited(p, "L4", (lambda_w, lambda_h, product, same, moment, tight, bias, top, square), c="0 + 1")
        one = p.apply(p.take(known, 1), p.eq("0 + 1 = 1"))
        value = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
        above = p.implies(large, p.le(f"sum[S](L[S](b0)) <= {value}", p.take(known, 0), using=[one]))
    enough = small_step(p)
    fall, rise = "1/2*(top - lambda)/lambda_H", "1/2*c*top/lambda_H^2"
    point = "sum[S](L[S]({0}*({1}*r0[S]) + b0)) + lambda_W/2*tr({0}'*{0}) + lambda_H/2*sum[S](({1}*r0[S])'*({1}*r0[S]))"
    some = p.formula(f"some W2, V: {point.format('W2', 'V')} < sum[S](L[S](b0))")
    w, v, moved = "t*(x*a')", "t/lambda_H*(a*x')", "(t^2/lambda_H*(x'*r0[S])*x)"
    with p.assuming("lambda < top") as small:
        positive = p.le("0 < lambda", (lambda_w, lambda_h))
        drop = p.le(f"0 < {fall}", ((1, 2), inverse, small))
        lift = p.le(
            f"0 < {rise}", ((1, 2), inverse, inverse, curved, small), ((1, 2), inverse, inverse, curved, positive)
        )
        step = p.apply(p.at(enough, fall, rise, "1"), p.join(drop, lift, p.le("0 < 1", 1)))
        with (
            p.assuming("x'*x = 1 and x'*R*x = top") as at,
            p.assuming("a'*a = 1") as unit,
            p.assuming(STEP.format(fall=fall, rise=f"({rise})", eps="1")) as short,
        ):
            one, energy, moves = p.take(at, 0), p.take(at, 1), p.take(short, 0)
            logits = p.eq(
                f"L[S]({w}*({v}*r0[S]) + b0) = L[S](b0 + {moved})", (unit, "L[S](t^2/lambda_H*(x'*r0[S])*?*x + b0)")
            )
            each = p.le(
                f"L[S]({w}*({v}*r0[S]) + b0) <= L[S](b0) - r0[S]'*{moved} + c/2*({moved}'*{moved})",
                p.at(bend, "S", moved),
                using=[logits],
            )
            less = p.le(
                f"{point.format(f'({w})', f'({v})')} < sum[S](L[S](b0))",
                p.over(p.every(each, "S")),
                (moves, moves, p.take(short, 3)),
                using=[
                    (energy, "1/2*t^2/lambda_H*?", "1/2*c*t^4/lambda_H^2*?"),
                    (one, "1/2*c*t^4/lambda_H^2*(x'*R*x)*?", "1/2*lambda_W*t^2*(a'*a)*?"),
                    (unit, "1/2*lambda_W*t^2*?", "1/2*t^2/lambda_H*(x'*R*x)*?"),
                ],
            )
            found = p.witness(p.witness(less, some_after(some, p.term(w)), v), some, w)
            found = p.unpack(step, p.implies(short, found), "t")
            found = p.unpack(p.axiom("unit vector", {"n": "d"}), p.implies(unit, found), "a")
            found = p.implies(at, found)
        lower = p.implies(small, p.unpack(attained, found, "x"))
    p.done(p.join(above, lower))


STEP = "0 < t and t <= {eps} and t*{rise} < {fall} and t^2*{rise} < {fall}"


def small_step(p: Proof) -> Theorem:
    """For all positive A, B and e there is a t of at most e with t B < A and t^2 B < A: e A/(A + e A + e B).

    Here with the letters fall, rise and eps.
    """
    t = "(eps*fall/(fall + eps*fall + eps*rise))"
    some = p.formula(f"some t: {STEP.format(fall='fall', rise='rise', eps='eps')}")
    with p.supposing("0 < fall and 0 < rise and 0 < eps") as (all_, drop, lift, near):
        share = p.reciprocal(p.le("0 < fall + eps*fall + eps*rise", drop, (near, drop), (near, lift)))
        moves = p.le(f"0 < {t}", (near, drop, share))
        within = p.le(f"{t} <= eps", (near, near, share, drop), (near, near, share, lift))
        one = p.le(f"{t} <= 1", (share, drop), (share, near, lift))
        first = p.le(f"{t}*rise < fall", (share, drop, drop), (share, near, drop, drop))
        second = p.le(f"{t}^2*rise < fall", first, (moves, lift, one))
        found = p.implies(all_, p.witness(p.join(moves, within, first, second), some, t))
    return p.every(found, "fall", "rise", "eps")


def some_after(some: Tree, value: Tree) -> Tree:
    """An existence statement whose first variable has a value."""
    return instantiate(some[2], value)


@closes("U6a")
def gap_term_by_term(p: Proof) -> None:
    """U6a: three terms that are not negative, and a sum of such that is zero."""
    lambda_w, lambda_h, product, moment, dual, feasible, orthogonal = p.given
    inverse = p.reciprocal(lambda_h)
    primal = "sum[S](L[S](W*h[S] + b)) + lambda_W/2*tr(W'*W) + lambda_H/2*sum[S](h[S]'*h[S])"
    lack, apart = "(h[S] - 1/lambda_H*(W'*r[S]))", "(L[S](W*h[S] + b) - D[S](r[S]) + r[S]'*(W*h[S] + b))"
    terms = (f"sum[S]{apart}", f"lambda_H/2*sum[S]({lack}'*{lack})", "1/(2*lambda_H)*tr(W'*(lambda*I[K] - R)*W)")
    terms_in_text = " + ".join(terms)
    known = p.take(gap(p, lambda_w, lambda_h, (product, moment, dual)), 0)
    identity = p.eq(f"{primal} - sum[S](D[S](r[S])) = {terms_in_text}", known, orthogonal)
    divergence = p.le(f"all S: 0 <= {apart}", ((dual, ("S", "W*h[S] + b")),))
    squares, form = p.square(f"all S: {lack}"), p.square("W", feasible)
    half = (1, 2)
    signs = (
        p.over(divergence),
        p.le(f"0 <= {terms[1]}", (half, lambda_h, p.over(squares))),
        p.le(f"0 <= {terms[2]}", (half, inverse, form)),
    )
    signs = (p.le(f"0 <= {terms[0]}", signs[0]), *signs[1:])
    with p.assuming(f"{primal} = sum[S](D[S](r[S]))") as tight:
        zero = [
            p.antisymmetry(
                p.le(
                    f"{term} <= 0",
                    *(sign for other, sign in zip(terms, signs, strict=True) if other != term),
                    using=[identity, tight],
                ),
                sign,
            )
            for term, sign in zip(terms, signs, strict=True)
        ]
        none = p.vanish(divergence, p.eq(f"sum[S]{apart} = 0", zero[0]))
        scaled = p.eq(f"sum[S]({lack}'*{lack}) = 0", (zero[1], "2/lambda_H*?"))
        features = p.eq("all S: h[S] = 1/lambda_H*(W'*r[S])", p.definite(f"all S: {lack}", p.vanish(squares, scaled)))
        slack = p.definite("W", p.eq("tr(W'*(lambda*I[K] - R)*W) = 0", (zero[2], "2*lambda_H*?")), feasible)
        forth = p.implies(tight, p.join(none, features, slack))
    text = f"(all S: {apart[1:-1]} = 0) and (all S: h[S] = 1/lambda_H*(W'*r[S])) and (lambda*I[K] - R)*W = 0"
    with p.supposing(text) as (flat, none, features, slack):
        equal = p.eq(
            f"{primal} = sum[S](D[S](r[S]))",
            identity,
            (none, "sum[S](?[S])"),
            (features, f"lambda_H/2*sum[S]({lack}'*?[S])"),
            (slack, "1/(2*lambda_H)*tr(W'*?)"),
        )
        back = p.implies(flat, equal)
    p.done(p.join(identity, *signs, p.both(forth, back)))
