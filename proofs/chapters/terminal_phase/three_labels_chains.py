"""T6, closed: three labels, whose moment has two eigenvalues and so a root that is linear in it."""

from collections.abc import Callable
from dataclasses import dataclass

from proofs.claims.sign_formulas import INVERSE_ROOT, ROOT3
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

TOTAL = "(a1 + a2 + a3)"
DIAGONAL = "(d1*(a1*a1') + d2*(a2*a2') + d3*(a3*a3'))"
CENTER = f"(a1*a1' + a2*a2' + a3*a3' - 1/3*{TOTAL}*{TOTAL}')"
SIDES = {n: f"(1/3*(3*a{n} - a1 - a2 - a3))" for n in (1, 2, 3)}
SPREAD = "(" + " + ".join(f"d{n}*({side}*{side}')" for n, side in SIDES.items()) + ")"
ROLES = (1, 2, 3), (1, 3, 2), (2, 3, 1)
INVERSE = "(1/delta*1/t*((2/3 + delta)*P - Sigma))"


@dataclass(frozen=True)
class Moment:
    """What is known of Sigma: entries, its quadratic equation, and the sizes of what it is made of."""

    full: Theorem
    explicit: Theorem
    own: Theorem
    square: Theorem
    total: Theorem
    shares: tuple[Theorem, ...]
    delta: Theorem


@closes("T6")
def three_labels(p: Proof) -> None:
    """T6: by the theorem of Cayley and Hamilton on contrasts."""
    known = moment(p)
    root = of_root(p, known)
    inverse = of_inverse(p, known)
    some = p.witness(p.join(*inverse), p.formula(f"some Q: {INVERSE_ROOT}"), INVERSE)
    apart = [((1, 2), p.square(f"d{i} - d{j}")) for i, j, _ in ROLES]
    uses = [(p.given[18], "3*?"), (known.total, "(d1 + d2 + d3 + 1)*?")]
    most = p.le("9*delta^2 <= 1", *apart, using=uses)
    p.done(p.join(known.total, known.delta, most, *root, eigenvalues(p, known), some, entries(p, known, inverse)))


def moment(p: Proof) -> Moment:
    """Sigma is P D P, and its trace is 2/3, its determinant on contrasts delta^2."""
    *basis, ones, identity, center, second, sigma, either, some = p.given[:13]
    seen, positive, low, square = p.given[13:16], *p.given[16:19]
    p.rewrite(*basis)
    p.rewrite(*(p.eq(f"ones'*a{n} = 1", (ones, f"?'*a{n}")) for n in range(1, 4)))
    three = p.eq("K = 3", (ones, "ones'*?"))
    whole = (ones, "1/3*?*ones'"), (ones, f"1/3*{TOTAL}*?'")
    full = p.eq(f"P = {CENTER}", center, identity, (three, "1/3*1/K*?*ones*ones'"), *whole)
    own = p.eq("P' = P", full, (full, "?'"))
    flat = p.eq("P*ones = 0", (center, "?*ones"))
    across = p.eq("ones'*P = 0", (center, "ones'*?"))
    p.rewrite(flat, across)
    same, diagonal, each = of_single_labels(p, either, some)
    total = p.eq("d1 + d2 + d3 = 1", *seen, (each[0], "sum[S](?[S])"))
    shares = tuple(p.le(f"0 <= d{n + 1}", p.over(each[n + 1]), using=[seen[n]]) for n in range(3))
    uses: list[Used] = [(second, "P*?*P"), (same, "sum[S](?[S])"), (diagonal, "P*sum[S](?[S])*P")]
    uses += [(one, f"P*(?*(a{n + 1}*a{n + 1}'))*P") for n, one in enumerate(seen)]
    explicit = p.eq(f"Sigma = P*{DIAGONAL}*P", sigma, *uses)
    uses = []
    for n, side in SIDES.items():
        moved = p.eq(f"P*a{n} = {side}", (full, f"?*a{n}"))
        uses += [(moved, f"d{n}*?*(a{n}'*P)"), (own, f"d{n}*({side}*(a{n}'*?))"), (moved, f"d{n}*({side}*?')")]
    explicit = p.eq(f"Sigma = {SPREAD}", explicit, *uses)
    delta = positive_delta(p, positive, low, square, shares)
    twice = p.eq("P*P = P", (full, "?*P", f"{CENTER}*?"), full)
    left = p.eq("P*Sigma = Sigma", (explicit, "P*?"), (full, f"?*{SPREAD}"), explicit)
    right = p.eq("Sigma*P = Sigma", (explicit, "?*P"), (full, f"{SPREAD}*?"), explicit)
    e2 = "1/3*(d1*d2 + d1*d3 + d2*d3)"
    quadratic = p.eq(
        "Sigma*Sigma = 2/3*Sigma - delta^2*P",
        *((explicit, "?*Sigma", f"{SPREAD}*?", "2/3*?"), (total, f"2/3*?*{SPREAD}")),
        *((square, "1/3*?*P"), (full, f"{e2}*?")),
    )
    p.rewrite(twice, left, right)
    own_sigma = p.eq("Sigma' = Sigma", explicit, (explicit, "?'"))
    return Moment(full, explicit, p.join(own, own_sigma), quadratic, total, shares, delta)


def of_one_label(p: Proof, either: Theorem) -> Theorem:
    """A label set has the moment of a single label: it is that, or all labels but it."""

    def swapped(case: Theorem) -> Theorem:
        uses = (case, "P*?*single[S]'*P"), (case, "P*(ones - y[S])*?'*P")
        return p.eq("P*single[S]*single[S]'*P = P*y[S]*y[S]'*P", *uses)

    def kept(case: Theorem) -> Theorem:
        return p.eq("P*single[S]*single[S]'*P = P*y[S]*y[S]'*P", (case, "P*?*single[S]'*P", "P*y[S]*?'*P"))

    return p.every(p.by_cases(p.at(either, "S"), kept, swapped), "S")


def of_single_labels(p: Proof, either: Theorem, some: Theorem) -> tuple[Theorem, Theorem, list[Theorem]]:
    """A label set has the moment of a single label, which is diagonal, of entries 0 or more with the sum 1."""
    same = of_one_label(p, either)
    parts = [f"(a{n}'*single[S])*(a{n}*a{n}')" for n in range(1, 4)]

    def split(k: int) -> Callable[[Theorem], Theorem]:
        def of(case: Theorem) -> Theorem:
            uses = [
                (case, "?*single[S]'"),
                (case, f"a{k}*?'"),
                *((case, f"(a{n}'*?)*(a{n}*a{n}')") for n in range(1, 4)),
            ]
            return p.eq(f"single[S]*single[S]' = {' + '.join(parts)}", *uses)

        return of

    def sizes(k: int) -> Callable[[Theorem], Theorem]:
        def of(case: Theorem) -> Theorem:
            made = [p.eq("a1'*single[S] + a2'*single[S] + a3'*single[S] = 1", *((case, f"a{n}'*?") for n in (1, 2, 3)))]
            made += [p.le(f"0 <= a{n}'*single[S]", *[1] * (n == k), using=[(case, f"a{n}'*?")]) for n in (1, 2, 3)]
            return p.join(*made)

        return of

    diagonal = p.every(p.by_cases(p.at(some, "S"), *map(split, (1, 2, 3))), "S")
    size = p.by_cases(p.at(some, "S"), *map(sizes, (1, 2, 3)))
    each = [p.every(p.take(size, n), "S") for n in range(4)]
    return same, diagonal, each


def positive_delta(p: Proof, positive: Theorem, low: Theorem, square: Theorem, shares: tuple[Theorem, ...]) -> Theorem:
    """Two of the three are positive."""

    def not_so(case: Theorem) -> Theorem:
        def of(k: int) -> Callable[[Theorem], Theorem]:
            def shown(two: Theorem) -> Theorem:
                one, other = p.take(two, 0), p.take(two, 1)
                rest = (shares[k - 1], one), (shares[k - 1], other)
                less = p.le("0 < 0", (one, other), *rest, (3, low, case), using=[square])
                return p.absurd("0 < delta", less)

            return shown

        return p.by_cases(positive, *(of(role[2]) for role in ROLES))

    return p.by_cases(p.order_cases("delta", "0"), not_so, lambda case: case)


def of_root(p: Proof, known: Moment) -> list[Theorem]:
    """The root, its trace, and the distances of the rows."""
    t, square = p.given[19], p.given[20]
    share, own, own_sigma = p.reciprocal(t), p.take(known.own, 0), p.take(known.own, 1)
    symmetric = p.eq(f"{ROOT3}' = {ROOT3}", (own_sigma, "1/t*?"), (own, "delta/t*?"))
    pieces = [(share, one, p.square(f"{SIDES[n + 1]}'*x")) for n, one in enumerate(known.shares)]
    form = p.le(
        f"0 <= x'*{ROOT3}*x",
        *(*pieces, (share, known.delta, p.square("P*x"))),
        using=[(known.explicit, "1/t*(x'*?*x)"), (own, "delta/t*(x'*?*P*x)")],
    )
    whole = p.eq(f"{ROOT3}*{ROOT3} = Sigma", (known.square, "1/t^2*?"), (square, "1/t^2*?*Sigma"))
    trace = p.eq(
        f"tr({ROOT3}) = t",
        *((known.explicit, "1/t*tr(?)"), (known.full, "delta/t*tr(?)"), (known.total, "2/3*1/t*?"), (square, "1/t*?")),
    )
    made = [p.psd(symmetric, p.every(form, "x")), whole, trace]
    for i, j, _ in ROLES:
        side = f"(a{i} - a{j})"
        uses = (known.explicit, f"1/t*({side}'*?*{side})"), (known.full, f"delta/t*({side}'*?*{side})")
        made.append(p.eq(f"{side}'*{ROOT3}*{side} = (d{i} + d{j} + 2*delta)/t", *uses))
    return made


def of_inverse(p: Proof, known: Moment) -> tuple[Theorem, Theorem, Theorem]:
    """The inverse root is linear in Sigma too."""
    share, share2 = p.reciprocal(known.delta), p.reciprocal(p.given[19])
    own, own_sigma = p.take(known.own, 0), p.take(known.own, 1)
    scale = "1/delta*1/t"
    symmetric = p.eq(f"{INVERSE}' = {INVERSE}", (own_sigma, f"{scale}*?"), (own, f"{scale}*(2/3 + delta)*?"))
    pieces = [((1, 3), share, share2, known.shares[k - 1], p.square(f"(a{i} - a{j})'*x")) for i, j, k in ROLES]
    form = p.le(
        f"0 <= x'*{INVERSE}*x",
        *(*pieces, (share2, p.square("P*x"))),
        using=[
            *((known.explicit, f"{scale}*(x'*?*x)"), (known.full, f"2/3*{scale}*(x'*?*x)")),
            *((known.total, f"2/3*{scale}*?*(x'*{CENTER}*x)"), (own, "1/t*(x'*?*P*x)")),
        ],
    )
    once = p.eq(f"{INVERSE}*{ROOT3} = P", (known.square, "1/delta*1/t^2*?"), (p.given[20], "1/t^2*?*P"))
    whole = p.eq(f"{ROOT3}*{ROOT3} = Sigma", (known.square, "1/t^2*?"), (p.given[20], "1/t^2*?*Sigma"))
    product = p.eq(
        f"{INVERSE}*{INVERSE}*Sigma = P", (whole, f"{INVERSE}*{INVERSE}*?"), (once, f"{INVERSE}*?*{ROOT3}"), once
    )
    flat = p.eq(f"ones'*{INVERSE} = 0", (p.given[10], f"{scale}*ones'*?"))
    return p.psd(symmetric, p.every(form, "x")), flat, product


def only_root(p: Proof) -> Theorem:
    """Two positive semidefinite matrices with one square are one."""
    with p.supposing("psd Q and psd Q2 and Q*Q = Q2*Q2") as (at, one, two, square):
        apart = "(Q - Q2)"
        own = p.symmetric(one), p.symmetric(two)
        turned = p.eq(f"{apart}' = {apart}", *own)
        small = []
        for q, psd, other in (("Q", one, two), ("Q2", two, one)):
            uses = [(square, f"tr({apart}*?)"), (turned, f"tr(?*Q*{apart})"), (turned, f"tr(?*Q2*{apart})")]
            less = p.le(f"tr({apart}'*{q}*{apart}) <= 0", p.square(apart, other), using=uses)
            zero = p.antisymmetry(less, p.square(apart, psd))
            small.append(p.definite(apart, zero, psd))
        last = p.le(f"tr({apart}'*{apart}) <= 0", using=[(turned, f"tr(?*{apart})"), *((x, "tr(?)") for x in small)])
        same = p.eq("Q = Q2", p.null(apart, last))
        return p.every(p.implies(at, same), "Q2")


def entries(p: Proof, known: Moment, inverse: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """Entries of any inverse root, which is that one."""
    only, center = only_root(p), p.given[8]
    share, share2 = p.reciprocal(known.delta), p.reciprocal(p.given[19])
    with p.supposing(INVERSE_ROOT) as (at, positive, flat, product):
        own_q = p.symmetric(positive)
        other = p.eq("Q*ones = 0", (flat, "?'"), (own_q, "?*ones"))
        p.rewrite(other)
        turned, own = p.symmetric(inverse[0]), p.take(known.own, 0)
        back = p.eq(
            f"Sigma*{INVERSE}*{INVERSE} = P",
            (inverse[2], "?'"),
            (turned, f"Sigma'*{INVERSE}'*?", f"Sigma'*?*{INVERSE}"),
            (p.take(known.own, 1), f"?*{INVERSE}*{INVERSE}"),
            own,
        )
        square = p.eq(
            f"Q*Q = {INVERSE}*{INVERSE}", *((center, "Q*Q*?"), (back, "Q*Q*?"), (product, f"?*{INVERSE}*{INVERSE}"))
        )
        same = p.apply(p.at(only, INVERSE), p.join(positive, inverse[0], square))
        scale = "1/delta*1/t"
        found: list[Theorem] = []
        negative = {}
        for i, j, k in ROLES:
            sides = f"a{i}'", f"a{j}"
            uses = (same, f"{sides[0]}*?*{sides[1]}"), (known.full, f"{scale}*(2/3 + delta)*({sides[0]}*?*{sides[1]})")
            more = (known.explicit, f"{scale}*({sides[0]}*?*{sides[1]})"), (known.total, f"2/9*{scale}*?")
            text = f"a{i}'*Q*a{j} = -1*(d{k} + delta)/(3*delta*t)"
            value = p.eq(text, *uses, *more)
            pieces = ((1, 3), share, share2, known.shares[k - 1]), ((1, 3), share, share2, known.delta)
            sign = p.le(f"a{i}'*Q*a{j} < 0", *pieces, using=[value])
            negative[i, j] = sign
            negative[j, i] = p.le(f"a{j}'*Q*a{i} < 0", sign, using=[(own_q, f"a{i}'*?*a{j}")])
            found += [value, sign]
        for i, j, k in ROLES:
            both: list[Used] = [found[2 * n] for n, role in enumerate(ROLES) if role[2] != k]
            both += [(own_q, f"a{k}'*?*a{n}") for n in (i, j) if n < k]
            found.append(p.eq(f"a{k}'*Q*(a{i} + a{j}) = -1*(d{i} + d{j} + 2*delta)/(3*delta*t)", *both))
        found += [signs(p, n, negative) for n in (1, 2, 3)]
        return p.every(p.implies(at, p.join(*found)), "Q")


def signs(p: Proof, n: int, negative: dict[tuple[int, int], Theorem]) -> Theorem:
    """Entries at one label, of every label set without it."""
    with p.assuming(f"a{n}'*y[S] = 0") as outside:
        goal, beside = f"a{n}'*Q*y[S] < 0", [m for m in (1, 2, 3) if m != n]

        def of(k: int) -> Callable[[Theorem], Theorem]:
            def shown(label: Theorem) -> Theorem:
                def alone(case: Theorem) -> Theorem:
                    if k == n:
                        uses = (label, f"a{n}'*?"), (case, f"a{n}'*?"), outside
                        return p.absurd(goal, p.le("1 < 1", 1, using=uses))
                    return p.le(goal, negative[n, k], using=[(label, f"a{n}'*Q*?"), (case, f"a{n}'*Q*?")])

                def but_one(case: Theorem) -> Theorem:
                    if k != n:
                        uses = (label, f"a{n}'*?"), (case, f"a{n}'*?"), outside
                        return p.absurd(goal, p.le("1 < 1", 1, using=uses))
                    pieces = [negative[n, m] for m in beside]
                    more = (label, f"a{n}'*Q*?"), (case, f"a{n}'*Q*?"), (p.given[6], f"a{n}'*Q*?")
                    return p.le(goal, *pieces, using=more)

                return p.by_cases(p.at(p.given[11], "S"), alone, but_one)

            return shown

        entry = p.by_cases(p.at(p.given[12], "S"), *map(of, (1, 2, 3)))
        return p.every(p.implies(outside, entry), "S")


def eigenvalues(p: Proof, known: Moment) -> Theorem:
    """The quadratic equation has the roots (1 - g)/3 and (1 + g)/3, and each is met."""
    center = p.given[8]
    with p.supposing("0 <= g and g^2 = 1 - 9*delta^2") as (at, low, square):
        with p.assuming("ones'*x = 0") as flat:
            made = [one_side(p, known, (low, square), (center, flat), sign) for sign in "-+"]
            bounds = p.every(p.implies(flat, p.join(*made)), "x")
        some = [attained(p, known, square, *signs) for signs in ("-+", "+-")]
        return p.every(p.implies(at, p.join(bounds, *some)), "g")


def one_side(
    p: Proof, known: Moment, size: tuple[Theorem, Theorem], contrast: tuple[Theorem, Theorem], sign: str
) -> Theorem:
    """2 g/3 times the form of Sigma less an eigenvalue is a square; where g = 0 Sigma is a multiple of P."""
    low, square = size
    value, own, own_sigma = f"(1 {sign} g)/3", p.take(known.own, 0), p.take(known.own, 1)
    apart = f"(Sigma - {value}*P)*x"
    goal = f"{value}*(x'*x) <= x'*Sigma*x" if sign == "-" else f"x'*Sigma*x <= {value}*(x'*x)"
    uses = [
        (known.square, "x'*?*x"),
        (square, "1/9*(x'*P*x)*?"),
        (own_sigma, f"x'*?*({apart})"),
        (own, f"{value}*(x'*?*({apart}))"),
    ]
    center = [(contrast[0], f"{value}*(x'*?*x)"), (contrast[1], f"{value}*(1/K*(x'*ones)*?)")]

    def none(case: Theorem) -> Theorem:
        zero = p.eq("g = 0", p.antisymmetry(case, low))
        more = [(zero, "2/3*?*(x'*Sigma*x)"), (zero, f"2/3*?*{value}*(x'*P*x)")]
        flat = p.null(apart, p.le(f"({apart})'*({apart}) <= 0", using=[*uses, *more]))
        return p.le(goal, using=[(flat, "x'*?"), *center])

    def some(case: Theorem) -> Theorem:
        share = p.reciprocal(case)
        scaled = [(one, f"3/2*1/g*({at})") for one, at in uses]
        return p.le(goal, ((3, 2), share, p.square(apart)), using=[*scaled, *center])

    return p.by_cases(p.order_cases("g", "0"), none, some)


def attained(p: Proof, known: Moment, square: Theorem, sign: str, other: str) -> Theorem:
    """A column of Sigma less the other eigenvalue, or, if all vanish, any contrast."""
    value, rest = f"(1 {sign} g)/3", f"(Sigma - (1 {other} g)/3*P)"
    some = p.formula(f"some x: ones'*x = 0 and x'*x != 0 and Sigma*x = {value}*x")
    sigma = p.given[10]

    def column(n: int, found: tuple[Theorem, ...]) -> Theorem:
        if n > 2:
            return whole(found)
        text = f"{rest}*a{n}"

        def empty(case: Theorem) -> Theorem:
            return column(n + 1, (*found, case))

        def full(case: Theorem) -> Theorem:
            flat = p.eq(f"ones'*({text}) = 0", (sigma, f"ones'*?*a{n}"))
            with p.assuming(f"({text})'*({text}) = 0") as zero:
                none = p.implies(zero, p.apply(case, p.definite(text, zero)))
            eigen = p.eq(f"Sigma*({text}) = {value}*({text})", (known.square, f"?*a{n}"), (square, f"1/9*?*P*a{n}"))
            return p.witness(p.join(flat, p.ledger.nonzero(none), eigen), some, text)

        return p.by_cases(p.ledger.middle(p.formula(f"{text} = 0")), empty, full)

    def whole(found: tuple[Theorem, ...]) -> Theorem:
        side = "(a1 - a2)"
        third = p.eq(f"{rest}*a3 = 0", (p.given[6], f"{rest}*?"), (sigma, "?*ones"), *((x, "?") for x in found))
        trace = [(x, f"a{n + 1}'*?") for n, x in enumerate((*found, third))]
        more = [(known.explicit, f"a{n}'*?*a{n}") for n in (1, 2, 3)]
        more += [(known.full, f"(1 {other} g)/3*(a{n}'*?*a{n})") for n in (1, 2, 3)]
        zero = p.eq("g = 0", *((x, f"3/2*({at})") for x, at in (*trace, *more)), (known.total, "?"))
        flat_sum = p.eq(f"P*{side} = {side}", (known.full, f"?*{side}"))
        uses = [*((x, "?") for x in found), (zero, f"2/3*?*P*{side}"), (flat_sum, f"{value}*?")]
        eigen = p.eq(f"Sigma*{side} = {value}*{side}", *uses)
        long = p.ledger.nonzero(p.le(f"0 < {side}'*{side}", 2))
        return p.witness(p.join(p.eq(f"ones'*{side} = 0"), long, eigen), some, side)

    return column(1, ())
