"""T3a, closed: label distributions whose signs are right whatever the imbalance."""

from collections.abc import Callable
from itertools import combinations

from proofs.chapters.terminal_phase.hard_margin_chains import inverse_psd, root_rules
from proofs.chapters.terminal_phase.known_spectra_chains import above_zero, positive_root
from proofs.chapters.terminal_phase.root_signs_chains import root_without_positive_entries
from proofs.chapters.terminal_phase.three_labels_chains import of_one_label, of_single_labels
from proofs.claims.sign_formulas import INVERSE_ROOT, OF_THREE, ONE_SIDE, PAIRS_OF_FOUR, SINGLES, named
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

MOMENT = "sum[S](single[S]*single[S]')"
WEIGHT, LEVEL = "(e[j]'*sum[S](single[S]))", f"(1/K*(ones'*{MOMENT}*Q*Q*e[k]) - 1/K)"


@closes("T3a")
def automatic_signs(p: Proof) -> None:
    """T3a: by resolvents; of pairs of four labels the moment has three eigenvectors that one sees."""
    root_rules(p)
    positive = inverse_psd(p)
    first = root_without_positive_entries(p, positive)
    strict = singles(p, positive, first), pairs(p, positive), one_side(p, positive), three(p, positive)
    p.done(p.join(first, of_any_set(p), *strict))


def same(p: Proof, one: str, other: str, nonzero: Theorem, text: str, hole: str) -> Theorem:
    """An equation in which one of two labels stands for the other, if their basis vectors are not orthogonal."""
    p.nonzeros.append(p.ledger.nonzero(nonzero))
    apart = p.at(p.says("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]"), one, other)
    return p.eq(text, (apart, f"1/(e[{one}]'*e[{other}])*{hole}"))


def of_any_set(p: Proof) -> Theorem:
    """An entry of Q y is a sum of entries of Q off the diagonal."""
    with (
        p.assuming("all j, k: e[j]'*e[k] = 0 => e[j]'*Q*e[k] <= 0") as small,
        p.supposing("(all k: (e[k]'*v)^2 = e[k]'*v) and e[j]'*v = 0") as (at, indicator, outside),
    ):
        goal = "(e[k]'*v)*(e[j]'*Q*e[k]) <= 0"

        def apart(case: Theorem) -> Theorem:
            entry = p.apply(p.at(small, "j", "k"), case)
            return p.le(goal, (p.square("e[k]'*v"), entry), using=[(indicator, "(e[j]'*Q*e[k])*?[k]")])

        def alike(case: Theorem) -> Theorem:
            none = p.eq("e[k]'*v = 0", same(p, "j", "k", case, "e[k]'*v = e[j]'*v", "?'*v"), outside)
            return p.le(goal, using=[(none, "(e[j]'*Q*e[k])*?")])

        each = p.by_cases(p.ledger.middle(p.formula("e[j]'*e[k] = 0")), apart, alike)
        entry = p.le("e[j]'*Q*v <= 0", p.over(p.every(each, "k")))
        return p.implies(small, p.every(p.implies(at, entry), "v", "j"))


def singles(p: Proof, positive: Theorem, roots: Theorem) -> Theorem:
    """Q Q e_k is c/p off the label k, with one c, which is negative as the entries have the sum 0."""
    with p.supposing(" and ".join(f"({x})" for x in SINGLES)) as (at, many, either, some, seen):
        diagonal = diagonal_moment(p, some)
        inverse = inverse_moment(p, either, seen, diagonal)
        rows = p.eq(
            f"{WEIGHT}*(e[j]'*Q*Q*e[k]) = e[j]'*e[k] + {LEVEL}",
            p.at(diagonal, "j", "Q*Q*e[k]"),
            (p.at(inverse, "k"), "e[j]'*?"),
        )
        strict = off_the_diagonal(p, seen, rows)
        entries = of_the_root(p, strict, roots)
        own = on_the_diagonal(p, many, inverse, positive)
        with p.assuming("single[S] = e[k]") as label, p.assuming("e[j]'*y[S] = 0") as outside:

            def alone(case: Theorem) -> Theorem:
                none = p.eq("e[j]'*e[k] = 0", (label, "e[j]'*?"), (case, "e[j]'*?"), outside)
                entry = p.apply(p.at(entries, "j", "k"), none)
                return p.le("e[j]'*Q*y[S] < 0", entry, using=[(label, "e[j]'*Q*?"), (case, "e[j]'*Q*?")])

            def but_one(case: Theorem) -> Theorem:
                one = p.eq("e[j]'*e[k] = 1", (label, "e[j]'*?"), (case, "e[j]'*?"), outside)
                apart = p.at(p.says("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]"), "j", "k")
                alike = p.eq("e[k] = e[j]", apart, (one, "?*e[k]", "?*e[j]"))
                uses = (label, "e[j]'*Q*?"), (case, "e[j]'*Q*?"), (alike, "e[j]'*Q*?")
                return p.le("e[j]'*Q*y[S] < 0", p.at(own, "j"), using=uses)

            entry = p.implies(label, p.by_cases(p.at(either, "S"), alone, but_one))
            entry = p.implies(outside, p.unpack(p.at(some, "S"), entry, "k"))
        return p.implies(at, p.join(p.every(entry, "S", "j"), pseudo_inverse(p, seen, rows)))


def diagonal_moment(p: Proof, some: Theorem) -> Theorem:
    """The second moment of single labels is diagonal."""
    with p.assuming("single[S] = e[k]") as label:
        apart = p.at(p.says("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]"), "j", "k")
        goal = "(e[j]'*single[S])*(single[S]'*x) = (e[j]'*single[S])*(e[j]'*x)"
        uses = (label, "(e[j]'*?)*(single[S]'*x)"), (label, "(e[j]'*e[k])*(?'*x)"), (label, "(e[j]'*?)*(e[j]'*x)")
        one = p.implies(label, p.eq(goal, *uses, (apart, "?'*x")))
    each = p.every(p.unpack(p.at(some, "S"), one, "k"), "S")
    entry = p.eq(f"e[j]'*{MOMENT}*x = (e[j]'*sum[S](single[S]))*(e[j]'*x)", (each, "sum[S](?[S])"))
    return p.every(entry, "j", "x")


def inverse_moment(p: Proof, either: Theorem, seen: Theorem, diagonal: Theorem) -> Theorem:
    """Sigma is P D P, which is injective on contrasts: Q Q e_k is taken to P e_k."""
    each = of_one_label(p, either)
    sigma = p.eq(f"P*{MOMENT}*P = Root*Root", (each, "sum[S](?[S])"), p.says("Root*Root = Sigma"))
    with p.supposing("ones'*x = 0 and Root*Root*x = 0") as (at, flat, zero):
        form = p.eq(
            "sum[j]((e[j]'*sum[S](single[S]))*(e[j]'*x)^2) = 0",
            (diagonal, "sum[j](?[j, x]*(e[j]'*x))"),
            (sigma, "x'*?*x"),
            (zero, "x'*?"),
            (flat, f"1/K*ones'*{MOMENT}*x*?", f"1/K*ones'*{MOMENT}*P*x*?"),
        )
        parts = p.le("all j: 0 <= (e[j]'*sum[S](single[S]))*(e[j]'*x)^2", (p.at(seen, "j"), p.square("e[j]'*x")))
        none = p.at(p.vanish(parts, form), "j")
        p.reciprocal(p.at(seen, "j"))
        square = p.eq("(e[j]'*x)'*(e[j]'*x) = 0", (none, "1/(e[j]'*sum[S](single[S]))*?"))
        each = p.every(p.definite("e[j]'*x", square), "j")
        injective = p.every(p.implies(at, p.eq("x = 0", (each, "sum[j](e[j]*?[j])"))), "x")
    z = "(P*e[k] - Pi*e[k])"
    whole = p.apply(p.at(injective, z), p.join(p.eq(f"ones'*{z} = 0"), p.eq(f"Root*Root*{z} = 0")))
    made = p.eq(f"P*{MOMENT}*(Q*Q*e[k]) = P*e[k]", (sigma, "?*Q*Q*e[k]"), whole)
    return p.every(made, "k")


def pseudo_inverse(p: Proof, seen: Theorem, rows: Theorem) -> Theorem:
    """Entries of Q Q, whose columns have the sum 0."""
    own, other, each = (f"(1/(e[{label}]'*sum[S](single[S])))" for label in "jki")
    p.positive(seen)
    total = f"sum[i]({each})"
    apart = p.at(p.says("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]"), "j", "k")
    same = p.eq(f"{own}*(e[j]'*e[k]) = {other}*(e[j]'*e[k])", (apart, f"{own}*{other}*(?'*sum[S](single[S]))"))
    entry = p.eq(f"e[j]'*Q*Q*e[k] = {other}*(e[j]'*e[k]) + {own}*{LEVEL}", (rows, f"{own}*?"), same)
    none = p.eq(f"{other} + {total}*{LEVEL} = 0", (p.every(entry, "j"), "sum[j](?[j])"))
    goal = f"{total}*(e[j]'*Q*Q*e[k]) = {total}*({own}*(e[j]'*e[k])) - {own}*{other}"
    return p.every(p.eq(goal, (entry, f"{total}*?"), (same, f"{total}*?"), (none, f"{own}*?")), "j", "k")


def off_the_diagonal(p: Proof, seen: Theorem, rows: Theorem) -> Theorem:
    """Entries of Q Q are negative there."""
    weight, level = WEIGHT, LEVEL
    share = p.reciprocal(p.at(seen, "j"))
    apart = p.at(p.says("all j, k: (e[j]'*e[k])*e[k] = (e[j]'*e[k])*e[j]"), "j", "k")
    bit = p.le("0 <= e[j]'*e[k]", p.square("e[j]'*e[k]"), using=[(apart, "e[j]'*?")])
    goal = "e[j]'*e[k] = 0 => e[j]'*Q*Q*e[k] < 0"

    def not_so(case: Theorem) -> Theorem:
        low = p.le("0 <= e[j]'*Q*Q*e[k]", (share, bit), (share, case), using=[(rows, f"1/{weight}*?")])
        low = p.every(low, "j")
        none = p.at(p.vanish(low, p.eq("sum[j](e[j]'*Q*Q*e[k]) = 0")), "k")
        own = p.at(p.every(rows, "j"), "k")
        less = p.le("1 <= 0", case, using=[own, (none, "(e[k]'*sum[S](single[S]))*?")])
        false = p.ledger.fact("impossible", ("false",), p.le("1 < 1", less, 1))
        return p.ledger.absurd(false, p.formula(goal))

    def so(case: Theorem) -> Theorem:
        with p.assuming("e[j]'*e[k] = 0") as off:
            uses = [(rows, f"1/{weight}*?"), (off, f"1/{weight}*?")]
            return p.implies(off, p.le("e[j]'*Q*Q*e[k] < 0", (share, case), using=uses))

    return p.every(p.by_cases(p.order_cases("0", level), not_so, so), "j", "k")


def of_the_root(p: Proof, strict: Theorem, roots: Theorem) -> Theorem:
    """So are those of Q: at an entry that is 0 the one of Q Q would be a sum of products of numbers that are not
    positive."""
    with p.assuming("e[j]'*e[k] = 0") as off:
        less = p.apply(p.at(strict, "j", "k"), off)
        weak = p.every(p.implies(off, p.le("e[j]'*Q*Q*e[k] <= 0", less)), "j", "k")
    small = p.apply(roots, weak)
    goal, term = "e[j]'*Q*e[k] < 0", "0 <= (e[j]'*Q*e[i])*(e[i]'*Q*e[k])"
    with p.assuming("e[j]'*e[k] = 0") as off:

        def not_so(case: Theorem) -> Theorem:
            none = p.eq("e[j]'*Q*e[k] = 0", p.antisymmetry(p.apply(p.at(small, "j", "k"), off), case))

            def first(case: Theorem) -> Theorem:
                entry = same(p, "j", "i", case, "e[i]'*Q*e[k] = e[j]'*Q*e[k]", "?'*Q*e[k]")
                return p.le(term, using=[(entry, "(e[j]'*Q*e[i])*?"), (none, "(e[j]'*Q*e[i])*?")])

            def second(case: Theorem) -> Theorem:
                entry = same(p, "i", "k", case, "e[j]'*Q*e[k] = e[j]'*Q*e[i]", "e[j]'*Q*?")
                return p.le(term, using=[(entry, "?*(e[i]'*Q*e[k])"), (none, "?*(e[i]'*Q*e[k])")])

            def neither(case: Theorem) -> Theorem:
                def also(other: Theorem) -> Theorem:
                    return p.le(term, (p.apply(p.at(small, "j", "i"), case), p.apply(p.at(small, "i", "k"), other)))

                return p.by_cases(p.ledger.middle(p.formula("e[i]'*e[k] = 0")), also, second)

            each = p.by_cases(p.ledger.middle(p.formula("e[j]'*e[i] = 0")), neither, first)
            less = p.apply(p.at(strict, "j", "k"), off)
            return p.absurd(goal, p.le("0 < 0", p.over(p.every(each, "i")), less))

        entry = p.by_cases(p.order_cases("0", "e[j]'*Q*e[k]"), not_so, lambda case: case)
        return p.every(p.implies(off, entry), "j", "k")


def on_the_diagonal(p: Proof, many: Theorem, inverse: Theorem, positive: Theorem) -> Theorem:
    """Entries of Q there are positive, as Q e_k = 0 would make e_k constant."""

    def not_so(case: Theorem) -> Theorem:
        none = p.antisymmetry(case, p.square("e[j]", positive))
        column = p.definite("e[j]", none, positive)
        p.reciprocal(p.le("0 < K", many, 2))
        uses = [(p.at(inverse, "j"), "K*e[j]'*?"), (column, f"K*e[j]'*P*{MOMENT}*Q*?")]
        less = p.le("K <= 1", using=uses)
        return p.absurd("0 < e[j]'*Q*e[j]", p.le("2 < 2", many, less, 1))

    entry = p.by_cases(p.order_cases("e[j]'*Q*e[j]", "0"), not_so, lambda case: case)
    return p.every(entry, "j")


def scaled(p: Proof, positive: Theorem) -> Theorem:
    """What Sigma multiplies by a positive square, Q divides by its root."""
    root = p.says("Root*Root = Sigma")
    with p.supposing("0 < s and Sigma*x = s^2*x") as (at, size, *_):
        p.reciprocal(size)
        value = p.eq("x = 1/s^2*(Root*Root*x)", (p.take(at, 1), "1/s^2*?"), (root, "1/s^2*?*x"))
        within = p.eq("Pi*x = x", (value, "Pi*?"), value)
        again = p.eq("Q*Q*x = 1/s^2*x", (value, "Q*Q*?"), (within, "1/s^2*?"))
        apart = "(Q*x - 1/s*x)"
        less = p.le(f"{apart}'*{apart} <= 0", (size, p.square(apart, positive)), using=[(again, f"s*{apart}'*?")])
        return p.every(p.implies(at, p.eq("Q*x = 1/s*x", p.null(apart, less))), "s", "x")


SIDES = {j: f"(1/2*(a1 + a{j} - a{k} - a{n}))" for j, k, n in ((2, 3, 4), (3, 2, 4), (4, 2, 3))}
"""Half of a pair less its complement."""
OWN = [f"y[S] = 1/2*ones {sign} c{n}" for n in range(1, 4) for sign in "+-"]
CONTRASTS = (
    *(f"c{i}'*c{j} = {int(i == j)}" for i in range(1, 4) for j in range(i, 4)),
    *(f"ones'*c{i} = 0" for i in range(1, 4)),
    "all S: " + " or ".join(OWN),
)


def pairs(p: Proof, positive: Theorem) -> Theorem:
    """Pairs of four labels are half of all labels and one of three orthonormal contrasts, or its negative."""
    general = of_contrasts(p, scaled(p, positive))
    with p.assuming(" and ".join(f"({x})" for x in (*named(4), PAIRS_OF_FOUR))) as at:
        *basis, ones, each = (p.take(at, i) for i in range(len(at.conclusion) - 1))
        p.rewrite(*basis)
        total = {n: p.eq(f"ones'*a{n} = 1", (ones, f"?'*a{n}")) for n in range(1, 5)}
        p.rewrite(*total.values())
        premise = p.at(general, *SIDES.values()).conclusion[1]
        met = [p.ring(equation) for equation in premise[1:-1]]
        kinds = instantiate(premise[-1][2], "S")

        def kind(of: tuple[int, int]) -> Callable[[Theorem], Theorem]:
            i, j = of
            partner = j if i == 1 else next(n for n in range(2, 5) if n not in of)
            goal = kinds[1 + 2 * (partner - 2) + (i > 1)]
            return lambda case: p.ledger.choose(p.ring(goal, case, (ones, "1/2*?")), kinds)

        found = p.by_cases(p.at(each, "S"), *(kind((i, j)) for i in range(1, 4) for j in range(i + 1, 5)))
        signs = p.apply(p.at(general, *SIDES.values()), p.join(*met, p.every(found, "S")))
        return p.implies(at, signs)


def of_contrasts(p: Proof, turned: Theorem) -> Theorem:
    """Along each contrast the moment is the probability of the two pairs, and Q the inverse of its root."""
    with p.assuming(" and ".join(f"({x})" for x in CONTRASTS)) as at:
        *rules, each = (p.take(at, i) for i in range(len(at.conclusion) - 1))
        p.rewrite(*rules)
        some = p.at(each, "S")
        signs = [(sign, f"c{n}") for n in range(1, 4) for sign in ("", "-")]

        def energy(x: str) -> Theorem:
            def of(side: tuple[str, str]) -> Callable[[Theorem], Theorem]:
                own = f"({side[0]}{side[1]})"

                def shown(case: Theorem) -> Theorem:
                    uses = (case, f"P*?*(y[S]'*P*{x})"), (case, f"{own}*(?'*P*{x})")
                    more = (case, f"({x}'*?)*({x}'*y[S])*{x}"), (case, f"({x}'*{own})*({x}'*?)*{x}")
                    return p.eq(f"(P*y[S])*(y[S]'*P*{x}) = ({x}'*y[S])^2*{x}", *uses, *more)

                return shown

            parts = p.every(p.by_cases(some, *map(of, signs)), "S")
            return p.eq(f"Sigma*{x} = sum[S](({x}'*y[S])^2)*{x}", (parts, "sum[S](?[S])"))

        eigen = {x: energy(x) for x in ("c1", "c2", "c3")}

        def sign_of(side: tuple[str, str]) -> Callable[[Theorem], Theorem]:
            sign, x = side

            def shown(case: Theorem) -> Theorem:
                mass, own = f"sum[S](({x}'*y[S])^2)", f"{x}'*({sign}{x})"
                said = p.formula(f"all S: w[S]*({x}'*y[S])^2 <= {mass}")
                part = p.at(p.ledger.fact("part", said, p.square(f"all S: {x}'*y[S]")), "S")
                uses = (case, f"w[S]*({x}'*?)*({x}'*y[S])"), (case, f"w[S]*({own})*({x}'*?)")
                seen = p.le(f"0 < {mass}", part, p.at(p.ledger.weight("sets"), "S"), using=uses)
                root = p.apply(p.axiom("square root", {}, t=mass), p.le(f"0 <= {mass}", seen))
                with p.assuming(f"0 <= s and s^2 = {mass}") as value, p.assuming("e[j]'*y[S] = 0") as outside:
                    size = above_zero(p, "s", value, seen)
                    column = p.eq(f"Sigma*{x} = s^2*{x}", eigen[x], (p.take(value, 1), f"?*{x}"))
                    column = p.apply(p.at(turned, "s", x), p.join(size, column))
                    share, of_y = p.reciprocal(size), ((case, "e[j]'*Q*?"), (case, "1/s*e[j]'*?"))
                    entry = p.le(
                        "e[j]'*Q*y[S] < 0",
                        ((1, 2), share),
                        using=[*of_y, (column, f"{sign}e[j]'*?"), (outside, "1/s*?")],
                    )
                    entry = p.implies(outside, entry)
                    entry = p.implies(value, p.every(entry, "j"))
                return p.unpack(root, entry, "s")

            return shown

        entry = p.by_cases(some, *map(sign_of, signs))
        entry = p.at(entry, "j")
        return p.every(p.implies(at, p.every(entry, "S", "j")), "c1", "c2", "c3")


def one_side(p: Proof, positive: Theorem) -> Theorem:
    """One label set and its complement: Sigma has one eigenvector, which is its side."""
    turned = scaled(p, positive)
    with p.supposing(" and ".join(f"({x})" for x in ONE_SIDE)) as (at, size, some, few, each):
        p.rewrite(size)

        def of(own: str) -> Callable[[Theorem], Theorem]:
            uses = "P*?*y[S]'*P", f"P*({own})*?'*P"
            return lambda case: p.eq("P*y[S]*y[S]'*P = P*v*v'*P", *((case, use) for use in uses))

        parts = p.every(p.by_cases(p.at(each, "S"), of("v"), of("ones - v")), "S")
        labels = p.reciprocal(p.le("0 < K", p.ledger.size("K"), 1))
        mass = "(ones'*v*(K - ones'*v)*(1/K))"
        column = p.eq(f"Sigma*(P*v) = {mass}*(P*v)", (parts, "sum[S](?[S])*v"))
        positive_mass = p.le(f"0 < {mass}", (some, few, labels))
        root = p.apply(p.axiom("square root", {}, t=mass), p.le(f"0 <= {mass}", positive_mass))
        with p.assuming(f"0 <= s and s^2 = {mass}") as value, p.assuming("e[j]'*y[S] = 0") as outside:
            length = above_zero(p, "s", value, positive_mass)
            eigen = p.eq("Sigma*(P*v) = s^2*(P*v)", column, (p.take(value, 1), "?*(P*v)"))
            moved = p.apply(p.at(turned, "s", "P*v"), p.join(length, eigen))
            share = p.reciprocal(length)

            def within(case: Theorem) -> Theorem:
                uses = (case, "e[j]'*Q*?"), (moved, "e[j]'*?"), (case, "1/s*(e[j]'*?)"), (outside, "1/s*?")
                return p.le("e[j]'*Q*y[S] < 0", (share, labels, some), using=uses)

            def beyond(case: Theorem) -> Theorem:
                uses = (case, "e[j]'*Q*?"), (moved, "e[j]'*?"), (case, "1/s*(e[j]'*?)"), (outside, "1/s*?")
                return p.le("e[j]'*Q*y[S] < 0", (share, labels, few), using=uses)

            entry = p.implies(outside, p.by_cases(p.at(each, "S"), within, beyond))
            entry = p.implies(value, p.every(entry, "S", "j"))
        return p.implies(at, p.unpack(root, entry, "s"))


def three(p: Proof, positive: Theorem) -> Theorem:
    """Three labels: T6, whose inverse root shows that Pi is P, and so that Q is one."""
    shares = {f"d{n}": f"a{n}'*sum[S](single[S])" for n in range(1, 4)}
    product = " + ".join(f"({shares[i]})*({shares[j]})" for i, j in combinations(shares, 2))
    with p.assuming(" and ".join(f"({x})" for x in OF_THREE)) as at:
        given = [p.take(at, i) for i in range(len(OF_THREE))]
        known, rules = list(p.nonzeros), list(p.rules)
        p.rewrite(*given[:6])
        sizes = of_single_labels(p, given[8], given[9])[2]
        low = [p.le(f"0 <= {share}", p.over(one)) for share, one in zip(shares.values(), sizes[1:], strict=True)]
        pairs_ = [((1, 3), low[i], low[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
        some = p.apply(p.axiom("square root", {}, t=f"1/3*({product})"), p.le(f"0 <= 1/3*({product})", *pairs_))
        p.nonzeros, p.rules = known, rules
        same = [p.eq(f"{share} = {share}") for share in shares.values()]
        with p.supposing(f"0 <= s and s^2 = 1/3*({product})") as (value, least, *_):
            delta = p.eq(f"3*s^2 = {product}", (p.take(value, 1), "3*?"))
            trace = "2/3 + 2*s"
            root = positive_root(p, trace, p.le(f"0 < {trace}", ((2, 3),), (2, least)), "t")
            with p.assuming(f"0 < t and t^2 = {trace}") as length:
                cited = p.known("T6", delta="s", **shares)
                more = *given, *same, least, delta, p.take(length, 0), p.take(length, 1)
                parts = p.met(cited, *more)
                there, entries = (p.take(parts, n) for n in (len(parts.conclusion) - 3, len(parts.conclusion) - 2))
                inverse = p.apply(p.at(entries, "Q"), p.join(positive, *inverse_root(p, there)))
                signs = [p.take(inverse, n) for n in range(9, 12)]
                found = p.implies(length, p.join(*signs))
            found = p.implies(value, p.unpack(root, found, "t"))
        return p.implies(at, p.unpack(some, found, "s"))


def inverse_root(p: Proof, there: Theorem) -> tuple[Theorem, Theorem]:
    """Where some matrix is an inverse root of Sigma on all contrasts, Q is one."""
    with p.assuming(INVERSE_ROOT.replace("Q", "Q2")) as at:
        own, flat, product = p.symmetric(p.take(at, 0)), p.take(at, 1), p.take(at, 2)
        sigma = p.says("Root*Root = Sigma")
        p.rewrite(flat)
        product = p.eq("Q2*Q2*Root*Root = P", product, (sigma, "Q2*Q2*?"))
        root = p.symmetric(p.says("psd Root"))
        uses = (root, "?*Root'*Q2'*Q2'"), (root, "Root*?*Q2'*Q2'"), (own, "Root*Root*?*Q2'"), (own, "Root*Root*Q2*?")
        turned = p.eq("Root*Root*Q2*Q2 = P", (product, "?'"), *uses)
        whole = p.eq("Pi = P", (turned, "Pi*?"), turned)
        made = p.implies(at, p.eq("Q*Q*Sigma = P", (sigma, "Q*Q*?"), whole))
    return p.eq("ones'*Q = 0"), p.unpack(there, made, "Q2")
