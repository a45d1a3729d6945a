"""B4a, closed: what points out of a box at its vertices, so does its root, since its resolvents leave the box alone."""

from proofs.claims.binary_cross_entropy import BOX_SIGNS, DOMINANT, PAST, SIGN_MOMENT, VERTEX_SIGNS
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

INDICATOR = "all k: (e[k]'*v)^2 = e[k]'*v"
SIDE = "(2*(e[k]'*v) - 1)"
SIGNS = "all k: 0 <= (2*(e[k]'*v) - 1)*(e[k]'*{0}*{1})"


@closes("B4a")
def diagonal_dominance(p: Proof) -> None:
    """B4a: the worst vertex of a row, and the projection on a box of what solves a resolvent's equation."""
    root, inverse, other = p.says("psd Q"), p.says("Q*N*Q = I[K]"), p.says("Inv*N = I[K]")
    own = p.symmetric(root)
    commute = p.eq("Q*N = N*Q", (inverse, "Q*N*?", "?*N*Q"))
    square = p.eq("Inv = Q*Q", (p.eq("N*Q*Q = I[K]", (commute, "?*Q"), inverse), "Inv*?"), (other, "?*Q*Q"))
    form = p.le("0 <= x'*Inv*x", p.square("Q*x"), using=[(own, "x'*?*Q*x"), (square, "x'*?*x")])
    turned = p.eq("Inv' = Inv", (square, "?'"), square, (own, "?*Q'", "Q*?"))
    psd = p.psd(turned, p.every(form, "x"))
    same = same_label(p)
    worst, box = worst_vertex(p, same), inherited(p, (square, psd, root), same)
    with p.assuming(SIGN_MOMENT) as case:
        both = p.apply(p.at(worst, "Q"), root)
        with p.assuming(DOMINANT.format("Inv")) as dominant:
            signs = p.apply(p.ledger.either(p.apply(p.at(worst, "Inv"), psd), 1), dominant)
            half = p.le("all k: 0 <= e[k]'*(1/2*ones)", ((1, 2),)), p.le("all k: e[k]'*(1/2*ones) <= 1", ((1, 2),))
            cube = scaled(p, signs, "Inv", "(v - 1/2*ones)", (1, 2))
            found = p.apply(p.at(box, "1/2*ones"), p.join(p.join(*half), cube))
            made = p.apply(p.ledger.either(both, 0), scaled(p, found, "Q", "(2*v - ones)", (2, 1)))
            made = p.implies(dominant, made)
        first = p.implies(case, p.join(both, made))
    with p.assuming("N = sum[S]((y[S] - f)*(y[S] - f)')") as case, p.assuming(BOX_SIGNS.format("Inv", "f")) as signs:
        some, rest = p.over(p.square("all S: e[k]'*y[S]")), p.over(p.square("all S: 1 - e[k]'*y[S]"))
        inside = p.le("0 <= e[k]'*f", some), p.le("e[k]'*f <= 1", rest)
        found = p.apply(p.at(box, "f"), p.join(p.join(*(p.every(one, "k") for one in inside)), signs))
        second = p.implies(case, p.implies(signs, found))
    p.done(p.join(first, second))


def scaled(p: Proof, signs: Theorem, matrix: str, vertex: str, by: tuple[int, int]) -> Theorem:
    """The same signs of vertices of another size."""
    with p.assuming(INDICATOR) as at:
        own = p.at(p.apply(p.at(signs, "v"), at), "k")
        made = p.every(p.le(f"0 <= {SIDE}*(e[k]'*{matrix}*{vertex})", (by, own)), "k")
        return p.every(p.implies(at, made), "v")


# ---------------------------------------------------------------- vectors by their entries


def same_label(p: Proof) -> Theorem:
    """Two labels are one, or their basis vectors are orthogonal."""
    either, off = p.formula("e[i]'*e[j] = 0 or e[j] = e[i]"), "e[i]'*e[j] = 0"
    with p.assuming(off) as no:
        first = p.implies(no, p.ledger.choose(no, either))
    with p.assuming(f"({off}) => false") as yes:
        p.nonzeros.append(p.ledger.nonzero(yes))
        one = p.eq("e[j] = e[i]", (p.says(LABELS_APART[0]), "1/(e[i]'*e[j])*?[i, j]"))
        second = p.implies(yes, p.ledger.choose(one, either))
    return p.every(p.cases(p.ledger.middle(p.formula(off)), first, second), "i", "j")


def entry(p: Proof, text: str, same: Theorem) -> Theorem:
    """For all i, entry i of sum[j](text*e[j]), where the text is about label j."""
    other, parts = text.replace("e[j]", "e[i]"), text.split("e[j]")
    goal = f"(e[i]'*e[j])*{text} = (e[i]'*e[j])*{other}"
    contexts = ["e[i]".join(parts[:n]) + "?" + "e[j]".join(parts[n:]) for n in range(1, len(parts))]
    each = p.by_cases(
        p.at(same, "i", "j"),
        lambda none: p.eq(goal, (none, f"?*({text} - {other})")),
        lambda one: p.eq(goal, *((one, f"(e[i]'*e[j])*{context}") for context in contexts)),
    )
    return p.every(p.eq(f"e[i]'*sum[j]({text}*e[j]) = {other}", (p.every(each, "j"), "sum[j](?[j])")), "i")


# ---------------------------------------------------------------- the nearest point of a cube


def positive_part(p: Proof) -> tuple[Theorem, Theorem]:
    """past(t) t is 0 up to 0, and t from there on."""
    twice, more, less = p.parts(p.at(p.says(PAST), "t"))
    with p.assuming("t <= 0") as low:
        none = p.le("past(t)*t <= 0", (low, p.square("past(t)")), using=[(twice, "t*?")])
        first = p.implies(low, p.antisymmetry(none, more))
    with p.assuming("0 < t") as high:
        some = p.le("0 <= (1 - past(t))*t", (high, p.square("1 - past(t)")), using=[(twice, "t*?")])
        second = p.implies(high, p.eq("past(t)*t = t", p.antisymmetry(less, some)))
    return p.every(first, "t"), p.every(second, "t")


CLIP = "(past({0} - 1)*({0} - 1) - past(-{0})*(-{0}))"
"""By how much a number is above 1, or below 0."""
NEAREST = """0 <= {0} - {1} and {0} - {1} <= 1 and ({1} = 0 or (0 <= {1} and {0} - {1} = 1)
    or ({1} <= 0 and {0} - {1} = 0))"""


def nearest_number(p: Proof) -> Theorem:
    """A number less what it is above 1 or below 0 is in between, and at the end that it was beyond."""
    low, high = positive_part(p)
    kinds = p.formula(NEAREST.format("t", "s"))[3]

    def at(of: Theorem, number: str, known: Theorem) -> Theorem:
        return p.apply(p.at(of, number), known)

    with p.assuming(f"s = {CLIP.format('t')}") as named:

        def inside(small: Theorem, large: Theorem) -> Theorem:
            none = p.eq("s = 0", named, at(low, "t - 1", small), at(low, "-t", large))
            bounds = p.le("0 <= t - s", large, using=[none]), p.le("t - s <= 1", small, using=[none])
            return p.join(*bounds, p.ledger.choose(none, kinds))

        def below(small: Theorem, negative: Theorem) -> Theorem:
            same = p.eq("s = t", named, at(low, "t - 1", small), at(high, "-t", negative))
            rest = p.eq("t - s = 0", same)
            kind = p.ledger.choose(p.join(p.le("s <= 0", negative, using=[same]), rest), kinds)
            return p.join(p.le("0 <= t - s", using=[rest]), p.le("t - s <= 1", 1, using=[rest]), kind)

        def above(large: Theorem) -> Theorem:
            same = p.eq("s = t - 1", named, at(high, "t - 1", large), at(low, "-t", p.le("-t <= 0", large, 1)))
            rest = p.eq("t - s = 1", same)
            kind = p.ledger.choose(p.join(p.le("0 <= s", large, using=[same]), rest), kinds)
            return p.join(p.le("0 <= t - s", 1, using=[rest]), p.le("t - s <= 1", using=[rest]), kind)

        def not_above(small: Theorem) -> Theorem:
            down = p.order_cases("-t", "0")
            return p.by_cases(down, lambda large: inside(small, large), lambda negative: below(small, negative))

        made = p.by_cases(p.order_cases("t - 1", "0"), not_above, above)
        return p.every(p.implies(named, made), "t", "s")


NEAREST_POINT = f"""some v2: all k: {NEAREST.format("e[k]'*x", "e[k]'*v2")}"""


def nearest(p: Proof, same: Theorem) -> Theorem:
    """For every vector some v2: less that, the vector is in the unit cube, and at the face that it was beyond."""
    number, text = nearest_number(p), CLIP.format("(e[j]'*x)")
    vector = f"sum[j]({text}*e[j])"
    read = p.at(entry(p, text, same), "k")
    found = p.apply(p.at(number, "e[k]'*x", f"e[k]'*{vector}"), read)
    return p.every(p.witness(p.every(found, "k"), p.formula(NEAREST_POINT), vector), "x")


# ---------------------------------------------------------------- faces of the cube


ROW, OWN, OFF = "(e[k]'*Any*e[j])", "(e[k]'*e[j])", "(1 - e[k]'*e[j])"
WORST = f"({OWN} + {OFF}*(1 - past{ROW}))"
"""The entries of the vertex at which a row, with its own entry at 1, is least."""


def worst_rules(p: Proof) -> tuple[Theorem, Theorem]:
    """What past says of the entries of a row; squares of it and of products of basis vectors are no squares from now
    on."""
    step = p.at(p.says(PAST), "e[k]'*Any*e[j]")
    one = p.eq("all j, k: (e[k]'*e[j])^2 = e[k]'*e[j]", (p.says(LABELS_APART[0]), "e[k]'*?[k, j]"))
    p.rewrite(one, p.every(p.take(step, 0), "j", "k"))
    return p.take(step, 1), p.take(step, 2)


def worst(p: Proof, same: Theorem) -> tuple[str, Theorem]:
    """The vertex at which a row is least, and that it is one."""
    vertex, other = f"sum[j]({WORST}*e[j])", WORST.replace("e[j]", "e[i]")
    read, rules = entry(p, WORST, same), list(p.rules)
    worst_rules(p)
    uses = (read, f"(e[i]'*{vertex} + {other})*?[i]"), (read, "?[i]")
    whole = p.eq(f"all i: (e[i]'*{vertex})^2 = e[i]'*{vertex}", *uses)
    p.rules = rules
    return vertex, whole


def face(p: Proof, same: Theorem) -> Theorem:
    """Where a matrix has the signs of all vertices, it points outwards on the whole of a face."""
    (vertex, is_vertex), rules = worst(p, same), list(p.rules)
    more, less = worst_rules(p)
    with p.assuming(BOX_SIGNS.format("Any", "g")) as signs, p.supposing(f"{CUBE} and e[k]'*x = 1") as (at, cube, end):
        own = p.at(p.apply(p.at(signs, vertex), is_vertex), "k")
        moved = f"e[k]'*Any*({vertex} - g)"
        turned = p.le(f"0 <= {moved}", own)
        (low, top), off = (p.take(p.at(cube, "j"), i) for i in range(2)), p.square(OFF)
        flat = p.eq(f"{OWN}*(e[j]'*x - 1) = 0", (p.says(LABELS_APART[0]), "?[k, j]'*x"), (end, f"{OWN}*?"))
        each = p.le(f"0 <= {ROW}*(e[j]'*x - {WORST})", (off, more, low), (off, less, top), using=[(flat, f"{ROW}*?")])
        total = p.le("0 <= e[k]'*Any*(x - g)", turned, p.over(p.every(each, "j")))
        made = p.implies(signs, p.every(p.implies(at, total), "x", "k"))
    p.rules = rules
    return p.every(made, "Any", "g")


CUBE = "(all j: 0 <= e[j]'*x and e[j]'*x <= 1)"


def outwards(p: Proof, same: Theorem) -> Theorem:
    """Both faces of a label, of the unit cube moved by g."""
    up = face(p, same)
    with p.assuming(BOX_SIGNS.format("Any", "g")) as signs:
        first = p.apply(p.at(up, "Any", "g"), signs)
        with p.assuming(INDICATOR) as vertex:
            flipped = p.eq("all k: (e[k]'*(ones - v))^2 = e[k]'*(ones - v)", vertex)
            own = p.at(p.apply(p.at(signs, "ones - v"), flipped), "k")
            mirror = p.every(p.le(f"0 <= {SIDE}*(e[k]'*Any*(v - (ones - g)))", own), "k")
            mirror = p.every(p.implies(vertex, mirror), "v")
        second = p.apply(p.at(up, "Any", "ones - g"), mirror)
        with p.assuming(f"{CUBE} and e[k]'*x = 0") as at:
            low, high = p.parts(p.at(p.take(at, 0), "j"))
            bounds = p.le("0 <= e[j]'*(ones - x)", high), p.le("e[j]'*(ones - x) <= 1", low)
            end = p.eq("e[k]'*(ones - x) = 1", p.take(at, 1))
            found = p.apply(p.at(second, "ones - x", "k"), p.join(p.every(p.join(*bounds), "j"), end))
            found = p.le("e[k]'*Any*(x - g) <= 0", found)
            down = p.every(p.implies(at, found), "x", "k")
        return p.every(p.implies(signs, p.join(first, down)), "Any", "g")


# ---------------------------------------------------------------- from a matrix to its root


def inherited(p: Proof, facts: tuple[Theorem, Theorem, Theorem], same: Theorem) -> Theorem:
    """The root of a matrix that has the signs of all vertices of a box around 0 has them too."""
    square, psd, root = facts
    projection, sides = nearest(p, same), outwards(p, same)
    with p.assuming(f"((all k: 0 <= e[k]'*g) and (all k: e[k]'*g <= 1)) and ({BOX_SIGNS.format('Inv', 'g')})") as box:
        faces = p.apply(p.at(sides, "Inv", "g"), p.take(box, 1))
        with p.assuming(INDICATOR) as vertex:
            with p.assuming("0 < t and (t*I[K] + Q*Q)*z2 = v - g") as at:
                sign = of_resolvent(p, (projection, faces, vertex), (at, square, psd))
                sign = p.every(p.implies(at, sign), "t", "z2")
            found = p.axiom("root by resolvents", {"n": "K"}, B="Q", u=f"{SIDE}*e[k]", x="v - g")
            found = p.apply(p.take(p.apply(found, root), 0), sign)
            found = p.every(p.le(f"0 <= {SIDE}*(e[k]'*Q*(v - g))", found), "k")
            found = p.every(p.implies(vertex, found), "v")
        return p.every(p.implies(box, found), "g")


def of_resolvent(p: Proof, known: tuple[Theorem, Theorem, Theorem], facts: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """The solution of a resolvent's equation is in the box, so that the matrix points to the vertex there."""
    (projection, faces, vertex), (at, square, psd) = known, facts
    solved = p.eq("t*z2 = v - g - Inv*z2", p.take(at, 1), (square, "?*z2"))
    some = p.at(projection, "t*z2 + g")
    inner = p.ledger.assume(instantiate(some.conclusion[2], p.term("v2")))
    nothing = stays(p, inner, (faces, vertex, solved), (p.take(at, 0), psd))
    low, high = (
        p.le(text, p.take(p.at(inner, "k"), i), using=[(nothing, "e[k]'*?")])
        for i, text in enumerate(("0 <= e[k]'*(t*z2 + g)", "e[k]'*(t*z2 + g) <= 1"))
    )
    sign = p.le(
        f"0 <= ({SIDE}*e[k])'*Q*Q*z2",
        (p.square("e[k]'*v"), high),
        (p.square("1 - e[k]'*v"), low),
        using=[(solved, f"{SIDE}*e[k]'*?"), (square, f"{SIDE}*(e[k]'*?*z2)"), p.at(vertex, "k")],
    )
    return p.unpack(some, p.implies(inner, sign), "v2")


def stays(p: Proof, inner: Theorem, facts: tuple[Theorem, Theorem, Theorem], sizes: tuple[Theorem, Theorem]) -> Theorem:
    """What solves the equation of a resolvent is in the box: beyond it every term of an identity has one sign."""
    (faces, vertex, solved), (positive, psd) = facts, sizes
    x, binary, own = "(t*z2 + g - v2)", p.at(vertex, "k"), "(e[k]'*v2)*?"
    bounds = tuple(p.take(p.at(inner, "j"), i) for i in range(2))
    cube = p.join(p.le(f"0 <= e[j]'*{x}", bounds[0]), p.le(f"e[j]'*{x} <= 1", bounds[1]))
    cube = p.every(cube, "j")
    pair = f"0 <= (e[k]'*v2)*(e[k]'*Inv*({x} - g)) and 0 <= (e[k]'*v2)*(e[k]'*({x} - v))"
    texts = pair.split(" and ")

    def none(zero: Theorem) -> Theorem:
        return p.join(*(p.le(text, using=[(zero, f"?*{text.split('*', 1)[1].split('*', 1)[1]}")]) for text in texts))

    def above(case: Theorem) -> Theorem:
        sign, end = p.take(case, 0), p.eq(f"e[k]'*{x} = 1", p.take(case, 1))
        out = p.apply(p.at(p.take(faces, 0), x, "k"), p.join(cube, end))
        second = p.le(texts[1], (sign, p.square("1 - e[k]'*v")), using=[(end, own), (binary, own)])
        return p.join(p.le(texts[0], (sign, out)), second)

    def below(case: Theorem) -> Theorem:
        sign, end = p.take(case, 0), p.eq(f"e[k]'*{x} = 0", p.take(case, 1))
        out = p.apply(p.at(p.take(faces, 1), x, "k"), p.join(cube, end))
        second = p.le(texts[1], (sign, p.square("e[k]'*v")), using=[(end, own), (binary, own)])
        return p.join(p.le(texts[0], (sign, out)), second)

    each = p.by_cases(p.take(p.at(inner, "k"), 2), none, above, below)
    turned, apart = (p.over(p.every(p.take(each, i), "k")) for i in range(2))
    share = p.reciprocal(positive)
    small = p.le("v2'*v2 <= 0", (share, turned), apart, (share, p.square("v2", psd)), using=[(solved, "v2'*?")])
    return p.null("v2", small)


def worst_vertex(p: Proof, same: Theorem) -> Theorem:
    """A matrix has the signs of all vertices iff it is diagonally dominant: each row at the vertex that is worst."""
    (vertex, is_vertex), rules = worst(p, same), list(p.rules)
    more, less = worst_rules(p)
    apart, size = p.says(LABELS_APART[0]), f"((2*past{ROW} - 1)*{ROW})"
    moved = p.eq(f"{OWN}*{ROW} = {OWN}*(e[k]'*Any*e[k])", (apart, "e[k]'*Any*?[k, j]"))
    with p.assuming("psd Any") as psd:
        weak, text = p.le("0 <= e[k]'*Any*e[k]", p.square("e[k]", psd)), f"{OWN}*(1 - past{ROW})*{ROW}"
        some = p.le(
            f"0 <= {text}", (p.square(f"1 - past{ROW}"), p.square(OWN), weak), using=[(moved, f"(1 - past{ROW})*?")]
        )
        diagonal = p.every(p.antisymmetry(p.le(f"{text} <= 0", (p.square(OWN), less)), some), "j")
        with p.assuming(VERTEX_SIGNS.format("Any")) as signs:
            own = p.at(p.apply(p.at(signs, vertex), is_vertex), "k")
            made = p.le(DOMINANT.format("Any").split(": ", 1)[1], own, using=[(diagonal, "2*sum[j](?[j])")])
            forth = p.implies(signs, p.every(made, "k"))
        with p.assuming(DOMINANT.format("Any")) as dominant, p.assuming(INDICATOR) as at:
            p.rewrite(at)
            both = f"({SIDE}*(2*(e[j]'*v) - 1))"
            one = p.square(OFF)
            each = p.le(
                f"0 <= {OFF}*({size} + {both}*{ROW})",
                ((1, 2), one, p.square(f"1 + {both}"), more),
                ((1, 2), one, p.square(f"1 - {both}"), less),
            )
            alike = p.every(p.eq(f"{OWN}*(e[j]'*v) = {OWN}*(e[k]'*v)", (apart, "?[k, j]'*v")), "j")
            found = p.le(
                f"0 <= {SIDE}*(e[k]'*Any*(2*v - ones))",
                p.over(p.every(each, "j")),
                p.at(dominant, "k"),
                using=[(diagonal, "2*sum[j](?[j])"), (alike, f"2*{SIDE}*sum[j](?[j]*{ROW})")],
            )
            back = p.implies(at, p.every(found, "k"))
            back = p.implies(dominant, p.every(back, "v"))
        made = p.implies(psd, p.both(forth, back))
    p.rules = rules
    return p.every(made, "Any")
