"""W8b, closed: the inverse root of a matrix near the projector is between two polynomials of that, by monotony."""

from proofs.chapters.label_spectrum.label_spectrum_chains import nonnegative_trace
from proofs.chapters.terminal_phase.hard_margin_chains import off_range, root_rules
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem

NEARNESS = "eps^2*s^2 <= 1/4"
D, SMALL = "sum[j]((e[j]'*a)*(e[j]*e[j]'))", "(eps^2*s^2)"
X = f"(eps*(P*{D}*P))"
"""What K Sigma exceeds the projector by."""
NEAR = f"""C' = C and Pi*C = C and Root*Root = 1/K*(Pi + C) and (all x: x'*C*x <= 1/2*(x'*Pi*x))
    and (all x: -(x'*C*x) <= 1/2*(x'*Pi*x)) and (all x: (C*x)'*(C*x) <= {SMALL}*(x'*Pi*x))"""
"""C is small on the range, and the root that of the projector and C, over K."""
SCALED, LOW = "(1/root*Q)", "(Pi - 1/2*C)"
HIGH, APART = f"({LOW} + C*C)", f"({SCALED} - {LOW})"
"""The inverse root but for its size, what it is to first order, what is above it, and how far it is off."""


@closes("W8b")
def inverse_root_frequencies(p: Proof) -> None:
    """W8b: the inverse root is within the square of the deviation from its first order."""
    full = p.says("Pi = P")
    with p.assuming(NEARNESS) as at:
        near = p.implies(at, near_balance(p, full))
    root_rules(p)
    p.done(p.join(near, two_labels(p, full)))


def within_half(p: Proof) -> Theorem:
    """That frequencies are near balance, which the case of two labels does not need."""
    return p.ledger.assume(p.formula(NEARNESS))


def near_balance(p: Proof, full: Theorem) -> Theorem:
    """The first order, of the weights and of the roots of frequencies."""
    apart, moment = p.says(LABELS_APART[0]), deviation(p)
    diagonal = p.eq(f"all k: {D}*e[k] = (e[k]'*a)*e[k]", (apart, "sum[j]((e[j]'*a)*?[j, k])"))
    near = p.join(
        p.eq(f"{X}' = {X}"),
        p.eq(f"Pi*{X} = {X}", (full, f"?*{X}")),
        p.eq(f"Root*Root = 1/K*(Pi + {X})", moment, (full, "1/K*?")),
        *deviations(p, full, diagonal),
    )
    halves = each_deviation(p)
    same = root_rules(p)
    small = p.apply(p.at(near_projector(p, same), X), near)
    first = first_order(p, full, diagonal, small)
    return p.join(first, own_roots(p, first, halves))


def deviation(p: Proof) -> Theorem:
    """Single labels: K Sigma is P + X."""
    apart = p.says(LABELS_APART[0])
    with p.assuming("y[S] = e[j]") as single:
        made = p.eq(
            "y[S]*y[S]' = sum[k]((e[k]'*y[S])*(e[k]*e[k]'))",
            (single, "?*y[S]'", "e[j]*?'", "sum[k]((e[k]'*?)*(e[k]*e[k]'))"),
            (apart, "sum[k](?[k, j]*e[k]')"),
        )
        made = p.implies(single, made)
    some = p.at(p.says("all S: some k: y[S] = e[k]"), "S")
    each = p.every(p.unpack(some, made, "j"), "S")
    return p.eq(
        f"Root*Root = 1/K*(P + {X})",
        p.says("Root*Root = Sigma"),
        (each, "P*sum[S](?[S])*P"),
        (p.says("f = 1/K*(ones + eps*a)"), "P*sum[k]((e[k]'*?)*(e[k]*e[k]'))*P"),
    )


def each_deviation(p: Proof) -> tuple[Theorem, Theorem]:
    """Frequencies deviate by half at most."""
    square = p.le(
        "(eps*(e[k]'*a))^2 <= 1/4", (p.square("eps"), p.at(p.says("all k: (e[k]'*a)^2 <= s^2"), "k")), within_half(p)
    )
    above = p.le("all k: eps*(e[k]'*a) <= 1/2", p.every(square, "k"), p.square("all k: eps*(e[k]'*a) - 1/2"))
    below = p.le("all k: -eps*(e[k]'*a) <= 1/2", p.every(square, "k"), p.square("all k: eps*(e[k]'*a) + 1/2"))
    return above, below


def deviations(p: Proof, full: Theorem, diagonal: Theorem) -> list[Theorem]:
    """X is at most half on either side, and so is its square at most SMALL."""
    made, image = [], "(e[k]'*P*x)"
    for sign, bound in zip(("", "-"), each_deviation(p), strict=True):
        each = p.le(f"0 <= (1/2 - ({sign}eps*(e[k]'*a)))*{image}^2", (p.at(bound, "k"), p.square(image)))
        text = f"{sign}(x'*{X}*x) <= 1/2*(x'*Pi*x)"
        made.append(p.every(p.le(text, p.over(p.every(each, "k")), using=[(full, "1/2*x'*?*x")]), "x"))
    own = p.at(p.says("all k: (e[k]'*a)^2 <= s^2"), "k")
    each = p.over(p.every(p.le(f"0 <= (s^2 - (e[k]'*a)^2)*{image}^2", (own, p.square(image))), "k"))
    scale, mean = p.square("eps"), p.square(f"ones'*{D}*P*x")
    uses = (diagonal, f"eps^2*sum[k]((e[k]'*a)*(x'*P*?[k])*{image})"), (full, f"{SMALL}*x'*?*x")
    text = f"({X}*x)'*({X}*x) <= {SMALL}*(x'*Pi*x)"
    made.append(p.every(p.le(text, (scale, each), (scale, p.reciprocal(p.dimension("K")), mean), using=uses), "x"))
    return made


def near_projector(p: Proof, same: Theorem) -> Theorem:
    """The inverse root is between two polynomials of C, and so off its first order by no more than SMALL."""
    with p.assuming(NEAR) as at:
        return p.every(p.implies(at, Near(p, same, at).distance(p)), "C")


def _both(one: Theorem, matrix: str, scale: str = "1") -> list[Used]:
    """The square of a symmetric matrix is symmetric."""
    return [(one, f"{scale}*?*{matrix}'"), (one, f"{scale}*{matrix}*?")]


class Near:
    """C is small on the range: matrices that are polynomials of it, and the inverse root."""

    def __init__(self, p: Proof, same: Theorem, at: Theorem) -> None:
        self.same, self.own, self.root = same, p.says("Q' = Q"), p.says("root^2 = K")
        self.symmetric, within, self.moment, above, below, self.square = p.parts(at)
        uses = (within, "?'"), (self.symmetric, "?*Pi'"), (same, "C*?"), (self.symmetric, "?")
        p.rewrite(within, p.eq("C*Pi = C", *uses))
        self.projected = p.le("0 <= x'*Pi*x", p.square("Pi*x"), using=[(same, "x'*?*Pi*x")])
        self.plus, self.minus = (
            self.psd(p, f"(1/2*Pi {sign} C)", p.at(bound, "x"), (same, "1/2*?"), (self.symmetric, "?"))
            for sign, bound in (("+", below), ("-", above))
        )
        self.low_same = p.eq(f"{LOW}' = {LOW}", (same, "?"), (self.symmetric, "1/2*?"))
        self.high_same = p.eq(f"{HIGH}' = {HIGH}", (self.low_same, "?"), *_both(self.symmetric, "C"))
        self.scaled_same = p.eq(f"{SCALED}' = {SCALED}", (self.own, "1/root*?"))

    def psd(self, p: Proof, matrix: str, form: Theorem, *uses: Used) -> Theorem:
        """A symmetric matrix with a form that is not negative."""
        return p.semidefinite(matrix, form, turned=uses)

    def image(self, p: Proof, psd: Theorem, of: str) -> Theorem:
        """0 <= x'QC M CQx."""
        square = p.square("C*Q*x", psd)
        uses = (self.own, f"x'*?*C'*{of}*C*Q*x"), (self.symmetric, f"x'*Q*?*{of}*C*Q*x")
        return p.le(f"0 <= x'*Q*C*{of}*C*Q*x", square, using=uses)

    def bounds(self, p: Proof) -> tuple[Theorem, Theorem]:
        """The inverse root is at least LOW and at most HIGH, as their squares are in this order."""
        moved, inverse = self.moved(p)
        low = self.psd(
            p,
            LOW,
            p.le(f"0 <= x'*{LOW}*x", ((1, 2), p.square("x", self.minus)), ((3, 4), self.projected)),
            *((self.same, "?"), (self.symmetric, "1/2*?")),
        )
        curved = p.le("0 <= x'*C*C*x", p.square("C*x"), using=[(self.symmetric, "x'*?*C*x")])
        high = p.le(f"0 <= x'*{HIGH}*x", p.square("x", low), curved)
        high = self.psd(p, HIGH, high, (self.high_same, "?"))
        form = p.le("0 <= x'*Q*x", p.square("Q*x", p.says("psd Root")), using=[(self.own, "x'*?*Root*Q*x")])
        form = p.le(f"0 <= x'*{SCALED}*x", (p.reciprocal(p.says("0 < root")), form))
        scaled = self.psd(p, SCALED, form, (self.scaled_same, "?"))
        rest, top = self.remainders(p)
        size = p.reciprocal(p.dimension("K"))
        lower, upper = f"({SCALED}*{SCALED} - {LOW}*{LOW})", f"({HIGH}*{HIGH} - {SCALED}*{SCALED})"
        root = (self.root, "1/(root^2*K)*(x'*Q*Q*x)*?")
        form = p.le(
            f"0 <= x'*{lower}*x",
            (size, rest),
            using=[
                *(root, (inverse, f"1/K*x'*?*{LOW}*{LOW}*x")),
                *((moved[0], "3/(4*K)*(x'*?*x)"), (moved[1], "1/(4*K)*(x'*?*x)")),
            ],
        )
        own, other = _both(self.scaled_same, SCALED), _both(self.low_same, LOW)
        least = _ordered(p, (SCALED, LOW), scaled, low, self.psd(p, lower, form, *own, *other))
        form = p.le(
            f"0 <= x'*{upper}*x",
            (size, top),
            using=[
                *(root, (inverse, f"1/K*x'*?*{HIGH}*{HIGH}*x")),
                *((moved[0], "5/(4*K)*(x'*?*x)"), (moved[1], "5/(4*K)*(x'*?*x)"), (moved[2], "1/K*(x'*?*x)")),
            ],
        )
        other = _both(self.high_same, HIGH)
        return least, _ordered(p, (HIGH, SCALED), high, scaled, self.psd(p, upper, form, *own, *other))

    def moved(self, p: Proof) -> tuple[list[Theorem], Theorem]:
        """C and the inverse root commute; the square of that is the inverse of Pi + C, but for the factor K."""
        commute = p.eq("C*Q = Q*C", (self.moment, "K*?*Q", "K*Q*?"))
        moved = []
        for n in (2, 3, 5):
            left, right = ("*".join(word) for word in ("Q" + "C" * n + "Q", "QQ" + "C" * n))
            through = [(commute, "*".join(["Q", *"C" * (n - 1 - i), "?", *"C" * i])) for i in range(n)]
            moved.append(p.eq(f"{left} = {right}", *through))
        return moved, p.eq("Q*Q*(Pi + C) = K*Pi", (self.moment, "K*Q*Q*?"))

    def remainders(self, p: Proof) -> tuple[Theorem, Theorem]:
        """What the squares are off, which is C times these times C."""
        curved = p.square("C*x", self.plus)
        rest, top = "(3/4*Pi - 1/4*C)", "(5/4*Pi + 5/4*C + C*C*C)"
        form = p.le(f"0 <= x'*{rest}*x", ((1, 4), p.square("x", self.minus)), ((5, 8), self.projected))
        first = self.psd(p, rest, form, (self.same, "3/4*?"), (self.symmetric, "1/4*?"))
        pieces = ((5, 4), p.square("x", self.plus)), curved, ((1, 2), p.at(self.square, "x"))
        more = ((1, 2), within_half(p), self.projected), ((1, 2), self.projected)
        form = p.le(f"0 <= x'*{top}*x", *(*pieces, *more), using=[(self.symmetric, "x'*?*C*C*x")])
        cube = (self.symmetric, "?*C'*C'"), (self.symmetric, "C*?*C'"), (self.symmetric, "C*C*?")
        second = self.psd(p, top, form, (self.same, "5/4*?"), (self.symmetric, "5/4*?"), *cube)
        return self.image(p, first, rest), self.image(p, second, top)

    def distance(self, p: Proof) -> Theorem:
        """Between 0 and SMALL a symmetric matrix has a square of at most SMALL^2."""
        (least, most), scale, left = self.bounds(p), small_number(p), f"({SMALL}*I[K] - {APART})"
        room, square = p.square("x", off_range(p, self.same)), p.at(self.square, "x")
        curved = p.le(f"x'*C*C*x <= {SMALL}*(x'*Pi*x)", square, using=[(self.symmetric, "x'*?*C*x")])
        apart = p.symmetric(least)
        form = p.le(f"0 <= x'*{left}*x", p.square("x", most), curved, (scale, room))
        rest = self.psd(p, left, form, (apart, "?"))
        squares = [
            p.le(
                f"0 <= x'*{left}*{APART}*{left}*x",
                p.square(f"{left}*x", least),
                using=[(apart, f"x'*?*{APART}*{left}*x")],
            ),
            p.le(
                f"0 <= x'*{APART}*{left}*{APART}*x",
                p.square(f"{APART}*x", rest),
                using=[(apart, f"x'*?*{left}*{APART}*x")],
            ),
        ]
        inverse = p.reciprocal(scale)
        bound = p.le(f"x'*{APART}*x <= {SMALL}*(x'*x)", p.square("x", most), curved, (scale, room))
        found = p.le(
            f"({APART}*x)'*({APART}*x) <= {SMALL}^2*(x'*x)",
            *((inverse, one) for one in squares),
            (scale, bound),
            using=[(apart, f"x'*?*{APART}*x")],
        )
        return p.every(found, "x")


def _ordered(p: Proof, pair: tuple[str, str], first: Theorem, second: Theorem, squares: Theorem) -> Theorem:
    """The first is at least the second, as its square is."""
    return p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A=pair[0], B=pair[1]), p.join(first, second, squares))


def small_number(p: Proof) -> Theorem:
    """SMALL is positive."""
    eps = p.ledger.positive_square(p.term("eps"), p.says("eps != 0"))
    return p.le(f"0 < {SMALL}", (eps, p.says("0 < s"), p.says("0 < s")))


U, CORRECTION = "(eps*(e[k]'*a))", "eps/(2*root)*a"
OFF = f"(Q*e[k] - root*(1 - eps/2*(e[k]'*a))*(P*e[k]) - {CORRECTION})"
OWN = f"(Q*e[k] - share[k]*(P*e[k]) - {CORRECTION})"


def first_order(p: Proof, full: Theorem, diagonal: Theorem, small: Theorem) -> Theorem:
    """The column of a label."""
    column, contrast, root = f"({APART.replace('C', X)}*e[k])", p.says("ones'*a = 0"), p.says("root^2 = K")
    made = p.eq(
        f"{OFF} = root*{column}",
        (full, "root*?*e[k]"),
        (diagonal, "root*eps/2*P*?[k]"),
        (contrast, "root*eps/(2*K^2)*ones*?"),
        (root, "1/(2*K*root)*eps*?*a"),
    )
    uses = (made, f"?'*{OFF}"), (made, f"root*{column}'*?"), (root, f"?*({column}'*{column})")
    bound = p.le(f"{OFF}'*{OFF} <= K*{SMALL}^2", (p.dimension("K"), p.at(small, "e[k]")), using=uses)
    return p.every(bound, "k")


def own_roots(p: Proof, first: Theorem, halves: tuple[Theorem, Theorem]) -> Theorem:
    """The inverse root of a frequency has the same first order, with an error of the same kind."""
    root, share = p.says("0 < root"), p.at(p.says("all k: 0 < share[k]"), "k")
    less, more = f"(root*(1 - {U}/2))", f"(root*(1 - {U}/2 + {U}^2))"
    value = p.eq(
        f"share[k]^2*(1 + {U}) = root^2",
        *((p.at(p.says("all k: share[k]^2*(e[k]'*f) = 1"), "k"), "K*?"), p.says("root^2 = K")),
        (p.says("f = 1/K*(ones + eps*a)"), "K*share[k]^2*(e[k]'*?)"),
    )
    above, below = (p.at(x, "k") for x in halves)
    square, whole = p.square(U), p.le(f"0 < 1 + {U}", below, ((1, 2),))
    quarter = p.le(f"{U}^2 <= {SMALL}", (p.square("eps"), p.at(p.says("all k: (e[k]'*a)^2 <= s^2"), "k")))
    squared = p.le("0 < root^2", (root, root))

    def too_small(case: Theorem) -> Theorem:
        both = p.le(f"0 < {less} + share[k]", ((1, 2), root, above), ((3, 4), root), share)
        rest = p.le(f"0 <= 3/4 - {U}/4", ((1, 4), above), ((5, 8),))
        pieces = (case, both, whole), (squared, square, rest)
        return p.absurd(f"{less} <= share[k]", p.le("0 < 0", *pieces, using=[value]))

    def too_large(case: Theorem) -> Theorem:
        both = p.le(f"0 < {more} + share[k]", ((1, 2), root, above), ((3, 4), root), (root, square), share)
        small = p.le(f"{U}^2 <= 1/4", quarter, within_half(p))
        rest = p.le(f"0 <= 5/4 + 5/4*{U} + {U}^3", ((5, 4), below), (square, below), ((1, 2), small), ((1, 2),))
        pieces = (case, both, whole), (squared, square, rest)
        return p.absurd(f"share[k] <= {more}", p.le("0 < 0", *pieces, using=[value]))

    least = p.by_cases(p.order_cases(less, "share[k]"), lambda known: known, too_small)
    most = p.by_cases(p.order_cases("share[k]", more), lambda known: known, too_large)
    off = f"(share[k] - {less})"
    bound = p.le(f"{off}^2 <= root^2*{U}^4", (root, square, most), (least, most))
    scale = p.le(f"{U}^4 <= {SMALL}^2", (small_number(p), quarter), (square, quarter))
    labels, size = p.dimension("K"), p.reciprocal(p.dimension("K"))
    found = p.le(
        f"{OWN}'*{OWN} <= 4*K*{SMALL}^2",
        *((2, p.at(first, "k")), p.square(f"{OFF} + {off}*(P*e[k])")),
        *((2, bound), (2, labels, scale), (2, size, p.square(off))),
        using=[(p.says("root^2 = K"), f"2*{U}^4*?")],
    )
    return p.every(found, "k")


def two_labels(p: Proof, full: Theorem) -> Theorem:
    """With two labels there is one contrast."""
    z, image, value = "(P - 2*(P*e[j])*(P*e[j])')", "(P*e[j])", "(e[j]'*Q*e[j])"
    with p.assuming("K = 2") as two:
        none = p.le(f"tr({z}'*{z}) <= 0", using=[(two, "(K - 1)*(K + 2)/K^2*?")])
        flat = p.eq(f"P = 2*{image}*{image}'", p.null(z, none))
        uses = (flat, "?*Q*P"), (flat, f"2*{image}*{image}'*Q*?"), (flat, f"2*{value}*?")
        even = p.eq(f"Q = 2*{value}*P", *uses)
        even = p.eq("Q = tr(Q)*P", even, (even, "tr(?)*P"), (two, f"2*{value}*?*P"))
        product = p.eq("tr(Q)*tr(Root) = 1", (even, "tr(Root*?)"), (full, "tr(?)"), two)
        weak = nonnegative_trace(p, p.says("psd Root"), "Root")[1]

        def none_(low: Theorem) -> Theorem:
            return p.absurd("0 < tr(Q)", p.le("0 < 0", 1, (low, weak), using=[product]))

        positive = p.by_cases(p.order_cases("tr(Q)", "0"), none_, lambda more: more)
        columns = p.eq("all k: Q*e[k] = tr(Q)*(P*e[k])", (even, "?*e[k]"))
        found = p.witness(p.join(positive, columns), p.goal[2][2], "tr(Q)")
        return p.implies(two, found)
