"""O3, closed: linear residuals at full rank, and an example where the equation for some scalars is not enough."""

from collections.abc import Callable

from proofs.claims import CLAIMS
from proofs.claims.orthogonal_case import NO_POINT
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

Y = "(P*y[S]*y[S]'*P)"


@closes("O3")
def linear_residuals(p: Proof) -> None:
    """O3: at full rank the residuals are isotropic; at one multiplicity O1 has the converse."""
    p.done(p.join(isotropic(p), sufficient(p)))


def isotropic(p: Proof) -> Theorem:
    """R W = lambda W, and W has a right inverse on contrasts."""
    moment = f"sum[S](rate[S]^2*{Y}) = lambda*P"
    with p.supposing(p.goal[1][1]) as (at, features, classifier, wide, linear, alike):
        eigen = p.eq("sum[S](r[S]*r[S]')*W = lambda*W", (features, "sum[S](r[S]*?[S]')"), (classifier, "lambda_H*?"))
        with p.assuming("W*V = P") as right:
            uses = (eigen, "?*V"), (right, "sum[S](r[S]*r[S]')*?"), (right, "lambda*?")
            flat = p.eq(moment, *uses, (linear, "sum[S](?[S]*r[S]'*P)", "sum[S](rate[S]*(P*y[S])*?[S]'*P)"))
            flat = p.unpack(wide, p.implies(right, flat), "V")
        with p.assuming("all S: m[S] = size") as one:
            same = p.apply(p.at(alike, "S", "T"), p.eq("m[S] - m[T] = 0", (one, "?[S]", "?[T]")))
            same = p.every(same, "S")
            level = p.eq(
                "rate[T]^2*(size*(K - size)) = K*(K - 1)*lambda",
                *((flat, "K*tr(?)"), (same, "K*sum[S](?[S]*(rate[S] + rate[T])*(m[S] - m[S]^2/K))")),
                (one, "rate[T]^2*sum[S](?[S]*(K - m[S] - size))"),
            )
            small, large = p.at(p.says("all S: 1 <= m[S]"), "S"), p.at(p.says("all S: m[S] <= K - 1"), "S")
            room, positive = p.le("0 < K - 1", small, large, 1), p.le("0 < lambda", (p.given[0], p.given[1]))
            with p.assuming("rate[T] = 0") as none:
                less = p.le(
                    "0 < 0", (p.dimension("K"), room, positive), using=[level, (none, "rate[T]*(size*(K - size))*?")]
                )
                false = p.implies(none, p.absurd("false", less))
            p.nonzeros.append(p.ledger.nonzero(false))
            orthogonal = p.eq(
                f"K*(K - 1)*sum[S]{Y} = size*(K - size)*P",
                *((flat, "K*(K - 1)*1/rate[T]^2*?"), (level, "1/rate[T]^2*?*P")),
                (same, f"K*(K - 1)*1/rate[T]^2*sum[S](?[S]*(rate[S] + rate[T])*{Y})"),
            )
        return p.implies(at, p.join(flat, p.implies(one, orthogonal)))


def sufficient(p: Proof) -> Theorem:
    """O1 for one multiplicity, where the expectation given the multiplicity is that over all label sets."""
    with p.supposing(p.goal[2][1]) as (at, sizes, moment, below, bias, scale, level, _, best):
        one = "(0 + 1)"
        conditions = [
            p.eq(f"all S, T: {one}*(m[S] - m[T]) = 0", (sizes, "?[S]", "?[T]")),
            p.eq("all S, T: 0 + 1 = 0 + 1"),
            p.eq(f"all S: sum[T]({one}) = 1"),
            p.eq(
                f"all S: K*(K - 1)*sum[T]({one}*(P*y[T]*y[T]'*P)) = m[S]*(K - m[S])*P",
                *(moment, (sizes, "?[S]*(K - m[S] - size)*P")),
            ),
            p.le(
                "K*(K - 1)*lambda < sum[S](m[S]*(K - m[S]))", below, using=[(sizes, "sum[S](?[S]*(K - m[S] - size))")]
            ),
            free(p, bias, f"all S: sum[T]({one}*(P*y[T])) = 0"),
        ]
        known = p.met(p.known("O1", cond="0 + 1"), *conditions)
        optimal = p.apply(p.at(p.take(known, 2), "s"), p.join(scale, level))
        some = p.apply(p.take(optimal, 0), p.take(at, 6))
        with p.assuming("W2*W2' = s*lambda_H*P") as gram:
            found = p.apply(p.at(p.take(optimal, 1), "W2"), gram)
            like = p.apply(p.take(found, 1), p.apply(p.at(best, "W2"), gram))
            made = p.unpack(some, p.implies(gram, p.take(like, 2)), "W2")
        return p.implies(at, made)


def free(p: Proof, bias: Theorem, text: str) -> Theorem:
    """No bias, or a free one."""
    either = p.formula(f"b = 0 or ({text})")

    def without(case: Theorem) -> Theorem:
        return p.ledger.choose(case, either)

    def uniform(case: Theorem) -> Theorem:
        return p.ledger.choose(p.eq(text, case), either)

    return p.by_cases(bias, without, uniform)


RATE = "((2 - m[S])*t + (m[S] - 1)*tau)"
_NEVER = "(all W2, t, tau:"
_SINGLES, _PAIRS = "sum[S]((2 - m[S])*(P*y[S]*y[S]'*P))", "sum[S]((m[S] - 1)*(P*y[S]*y[S]'*P))"
_DIFFERENT = f"""some i, j, k: (e[i] - e[j])'*{_SINGLES}*(e[i] - e[j]) = 1/4
    and (e[i] - e[j])'*{_PAIRS}*(e[i] - e[j]) = 5/12 and (e[j] - e[k])'*{_SINGLES}*(e[j] - e[k]) = 5/12
    and (e[j] - e[k])'*{_PAIRS}*(e[j] - e[k]) = 1/4
    and (e[i] - e[j])'*P*(e[i] - e[j]) = (e[j] - e[k])'*P*(e[j] - e[k])"""
_COMPLEMENT = """some S, T, j, k: m[S] = 1 and m[T] = 2 and P*y[T] = -P*y[S] and e[j]'*y[S] = 1 and e[k]'*y[S] = 0
    and e[j]'*y[T] = 0 and e[k]'*y[T] = 1"""
_LABELS = [tuple(int(i == k) for i in range(3)) for k in range(3)]


def _facts() -> tuple[str, ...]:
    """What the example says but that there is no point, and what it is that there is none of."""
    first, found, _ = " ".join(CLAIMS["O3"].formal.example.split()).partition(f" and {_NEVER}")
    assert found
    return first, " ".join(_DIFFERENT.split()), " ".join(_COMPLEMENT.split())


@exemplifies(
    "O3",
    Case(
        dims={"K": 3},
        weights={"sets": [f"{n}/12" for n in (1, 2, 3, 3, 2, 1)]},
        letters={
            "y": [*_LABELS, *(tuple(1 - x for x in one) for one in _LABELS)],
            "m": [1, 1, 1, 2, 2, 2],
            "P": [[("2/3" if i == k else "-1/3") for k in range(3)] for i in range(3)],
            "rate": ["1/2"] * 6,
            "lambda": "1/12",
            "lambda_H": 1,
        },
        facts=_facts(),
    ),
)
def not_sufficient(p: Proof) -> None:
    """O3: the two moments would ask for one scalar, and logarithms for two."""
    fact, different, complement = p.given
    parts = [p.take(fact, i) for i in range(len(fact.conclusion) - 1)]
    three, center, sets = parts[:3]
    p.dimension("K")
    p.positive(parts[4])
    shape = p.every(p.take(p.at(sets, "S"), 2), "S")
    with p.supposing(NO_POINT) as (at, t, below, tau, _, wide, eigen, logits):
        same = one_scalar(p, (wide, eigen, t, tau), center, shape, different)
        scaled = p.eq(f"all S: {RATE} = t", (same, "(m[S] - 1)*?"))

        def false(found: Theorem) -> Theorem:
            return two_scalars(p, (t, below), (scaled, logits), (three, center, p.take(p.at(sets, "S"), 0), found))

        made = p.implies(at, among(p, complement, ("S", "T", "j", "k"), false))
    p.done(p.join(*parts, p.every(made, "W2", "t", "tau")))


def among(p: Proof, some: Theorem, names: tuple[str, ...], then: Callable[[Theorem], Theorem]) -> Theorem:
    """What follows from the existence of members with these names."""
    if not names:
        return then(some)
    inner = p.ledger.assume(instantiate(some.conclusion[2], names[0]))
    return p.unpack(some, p.implies(inner, among(p, inner, names[1:], then)), names[0])


def one_scalar(p: Proof, point: tuple[Theorem, ...], center: Theorem, shape: Theorem, different: Theorem) -> Theorem:
    """The moments of singletons and pairs, which are not multiples of P, ask for t = tau."""
    wide, eigen, t, tau = point
    whole = f"sum[S]({RATE}^2*(P*y[S]*y[S]'*P))"
    twice = p.eq("P*P = P", (center, "?*P", "1/K*ones*ones'*?"))
    with p.assuming("W2*V = P") as right:
        uses = (eigen, "?*V"), (right, "lambda*?"), (right, f"{whole}*?"), (twice, f"sum[S]({RATE}^2*(P*y[S]*y[S]'*?))")
        flat = p.unpack(wide, p.implies(right, p.eq(f"lambda*P = {whole}", *uses)), "V")
    rest = (shape, "sum[S](?[S]*(t - tau)^2*(P*y[S]*y[S]'*P))")
    split = p.eq(f"lambda*P = t^2*{_SINGLES} + tau^2*{_PAIRS}", flat, rest)
    p.positive(p.le("0 < t + tau", t, tau))

    def equal(found: Theorem) -> Theorem:
        first, second, third, last, alike = p.parts(found)
        square = p.eq(
            "t^2 = tau^2",
            (split, "6*(e[i] - e[j])'*?*(e[i] - e[j])", "6*(e[j] - e[k])'*?*(e[j] - e[k])"),
            *((alike, "6*lambda*?"), (first, "6*t^2*?"), (second, "6*tau^2*?")),
            *((third, "6*t^2*?"), (last, "6*tau^2*?")),
        )
        return p.eq("tau = t", (square, "1/(t + tau)*?"))

    return among(p, different, ("i", "j", "k"), equal)


def two_scalars(
    p: Proof, scalar: tuple[Theorem, Theorem], point: tuple[Theorem, Theorem], known: tuple[Theorem, ...]
) -> Theorem:
    """A set of one label and its complement have opposite logits, whose logarithms ask for t = 1."""
    (t, below), (scaled, logits), (three, center, size, found) = scalar, point, known
    single, _, opposite, *entries = (p.take(found, i) for i in range(7))
    images, uses = [], list[tuple[Theorem, str]]()
    for name, value, entry in (("j", "2/3", entries[0]), ("k", "-1/3", entries[1])):
        uses = [(center, f"e[{name}]'*?*y[S]"), (size, "1/K*?"), (single, "1/K*?"), (three, "1/(3*K)*?"), (entry, "?")]
        images.append(p.eq(f"e[{name}]'*P*y[S] = {value}", *uses))
    logs = []
    for of in ("S", "T"):
        text = f"log(e[j]'*(y[{of}] - t*(P*y[{of}]))) - log(e[k]'*(y[{of}] - t*(P*y[{of}])))"
        uses = [(scaled, f"log(e[{name}]'*(y[{of}] - ?[{of}]*(P*y[{of}])))") for name in ("j", "k")]
        uses += [(scaled, f"1/lambda_H*((e[j] - e[k])'*W2*W2'*(?[{of}]*(P*y[{of}])))")]
        right = f"1/lambda_H*((e[j] - e[k])'*W2*W2'*(t*(P*y[{of}])))"
        logs.append(p.eq(f"{text} = {right}", p.at(logits, of, "j", "k"), *uses))
    values = []
    shares = "1 - 2/3*t", "1/3*t", "2/3*t", "1 - 1/3*t"
    for of, name, value, entry in zip("SSTT", "jkjk", shares, entries, strict=True):
        uses = [(images[name == "k"], "t*?"), (entry, "?"), *[(opposite, f"t*(e[{name}]'*?)")] * (of == "T")]
        values.append(p.eq(f"e[{name}]'*(y[{of}] - t*(P*y[{of}])) = {value}", *uses))
    a, b, c, d = "(1 - 2/3*t)", "(1/3*t)", "(2/3*t)", "(1 - 1/3*t)"
    signs = [
        p.le(f"0 < {a}", below, ((1, 3), t)),
        p.le(f"0 < {b}", ((1, 3), t)),
        p.le(f"0 < {c}", ((2, 3), t)),
        p.le(f"0 < {d}", below, ((2, 3), t)),
    ]
    moved = (opposite, "t/lambda_H*((e[j] - e[k])'*W2*W2'*?)"), *((value, "log(?)") for value in values)
    total = p.eq(f"log({a}) + log({c}) = log({b}) + log({d})", *logs, *moved)
    pair = p.apply(p.axiom("logarithm of a product", {}, s=a, t=c), p.join(signs[0], signs[2]))
    other = p.apply(p.axiom("logarithm of a product", {}, s=b, t=d), p.join(signs[1], signs[3]))
    same = p.eq(f"log({a}*{c}) = log({b}*{d})", pair, other, total)
    both = p.le(f"0 < {a}*{c}", (signs[0], signs[2])), p.le(f"0 < {b}*{d}", (signs[1], signs[3]))
    order = p.apply(p.at(at_most(p), f"{a}*{c}", f"{b}*{d}"), p.join(*both, same))
    return p.absurd("false", p.le("0 < 0", order, ((1, 3), t, below)))


def at_most(p: Proof) -> Theorem:
    """Numbers with one logarithm: the first is at most the second."""
    ratio = "share2*(1/share)"
    with p.supposing("0 < share and 0 < share2 and log(share) = log(share2)") as (at, one, two, same):
        positive = p.le(f"0 < {ratio}", (two, p.reciprocal(one)))
        below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=ratio), positive), 0)
        split = p.apply(p.axiom("logarithm of a product", {}, s=ratio, t="share"), p.join(positive, one))
        bound = p.le("share <= share2", (one, below), using=[(split, "share*?"), (same, "share*?")])
        return p.every(p.implies(at, bound), "share", "share2")
