"""Chapter T, closed: from the formal hypotheses to the formal goals."""

from collections.abc import Callable, Sequence

from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem


@closes("T5")
def stability_and_floor(p: Proof) -> None:
    """T5: roots are at least s P by operator monotonicity; an eigenvector of their difference does the rest."""
    apart, attained, rows = p.given[14:]
    root, positive, square = p.given[1], p.given[9], p.given[10]
    floors = root_floors(p)
    p.done(p.join(roots_apart(p, floors, apart, attained), *contrasts(p, floors[0], root, positive, square, rows)))


def root_floors(p: Proof) -> tuple[Theorem, Theorem]:
    """Root - s P and Root2 - s2 P are positive semidefinite, from the hypotheses that T5 and T5a share."""
    _, root, root2, centered, centered2, _, _, least, least2, positive, square, positive2, square2, *_ = p.given
    return (
        root_floor(p, "Root", "s", root, centered, least, positive, square),
        root_floor(p, "Root2", "s2", root2, centered2, least2, positive2, square2),
    )


def roots_apart(p: Proof, floors: tuple[Theorem, Theorem], apart: Theorem, attained: Theorem) -> Theorem:
    """apart (s + s2) <= norm, at an eigenvector of Root - Root2."""
    root, root2, centered, centered2 = p.given[1:5]

    def contrast(eigen: Theorem) -> Sequence[Used]:
        other = (centered, "(s + s2)/K*(x'*ones)*(?*x)"), (centered2, "(s + s2)/K*(x'*ones)*(?*x)")
        return (eigen, "(s + s2)/K*(x'*ones)*(ones'*?)"), *other

    return p.unpack(attained, at_an_eigenvector(p, floors, (root, root2), (p.given[13], apart), contrast), "x")


def at_an_eigenvector(
    p: Proof,
    floors: Sequence[Theorem],
    roots: tuple[Theorem, Theorem],
    bounds: tuple[Theorem, Theorem],
    within: Callable[[Theorem], Sequence[Used]],
) -> Theorem:
    """apart (s + s2) <= norm, where Root - Root2 has an eigenvector x, of which ``within`` says that it is one of those
    on which the roots are at least s and s2."""
    (norm, apart), symmetric = bounds, (p.symmetric(roots[0]), p.symmetric(roots[1]))
    reached = "x'*(Root - Root2)*x = apart or x'*(Root - Root2)*x = -apart"
    with p.supposing(f"x'*x = 1 and ({reached})") as (at, unit, either):
        cases = []
        for sign, part in (("", 0), ("-", 1)):
            with p.assuming(f"x'*(Root - Root2)*x = {sign}apart") as case:
                eigen = eigenvector(p, sign, apart, case, unit, symmetric)
                bound = p.le(
                    "apart*(s + s2) <= norm",
                    p.take(p.at(norm, "x"), part),
                    (nonnegative(p, apart, unit), p.square("x", floors[0])),
                    (nonnegative(p, apart, unit), p.square("x", floors[1])),
                    using=[
                        (eigen, "x'*Root*?", "?'*Root2*x"),
                        (unit, "norm*?", "apart*(s + s2)*?"),
                        (symmetric[0], "x'*?*Root2*x"),
                        (symmetric[1], "x'*?*Root2*x"),
                        *within(eigen),
                    ],
                )
                cases.append(p.implies(case, bound))
        return p.implies(at, p.cases(either, *cases))


def turned(p: Proof, root: str, q: str, inverse: Theorem, own: Theorem, symmetric: Theorem) -> Theorem:
    """Root Q = P, from Q Root = P and symmetry."""
    return p.eq(f"{root}*{q} = P", (inverse, "?'"), (own, f"{root}*?"), (symmetric, f"?*{q}'"))


def shorter(p: Proof, q: str, s: str, least: Theorem, square: Theorem, flat: Theorem, right: Theorem) -> Theorem:
    """s^2 |Q x|^2 <= |x|^2: Q x is a contrast, on which Sigma is at least s^2, and Root Q x = P x."""
    contrast = p.eq(f"ones'*({q}*x) = 0", (flat, "?*x"))
    low = p.apply(p.at(least, f"{q}*x"), contrast)
    root = right.conclusion[1][1][1]
    symmetric = p.symmetric(p.given[1] if root == "Root" else p.given[2])
    return p.le(
        f"({s}*({q}*x))'*({s}*({q}*x)) <= x'*x",
        low,
        (p.reciprocal(p.dimension("K")), p.square("ones'*x")),
        using=[
            (square, f"?*(({q}*x)'*({q}*x))"),
            (right, f"x'*{q}'*{root}*?*x"),
            (symmetric, f"x'*{q}'*?*P*x"),
            (right, "x'*?'*P*x"),
        ],
    )


def nonnegative(p: Proof, bounds: Theorem, unit: Theorem) -> Theorem:
    """A bound on a form from both sides is not negative."""
    both = p.at(bounds, "x")
    return p.le("0 <= apart", ((1, 2), p.take(both, 0)), ((1, 2), p.take(both, 1)), using=[(unit, "apart*?")])


def root_floor(
    p: Proof, root: str, s: str, psd: Theorem, centered: Theorem, least: Theorem, positive: Theorem, square: Theorem
) -> Theorem:
    """Root - s P is positive semidefinite."""
    contrast = p.eq("ones'*(P*x) = 0")
    low = p.apply(p.at(least, "P*x"), contrast)
    symmetric = p.symmetric(psd)
    other = p.eq(f"{root}*ones = 0", (centered, "?'"), (symmetric, "?*ones"))
    squares = f"{root}*{root} - ({s}*P)*({s}*P)"
    larger = p.semidefinite(
        squares,
        low,
        using=[
            (square, "?*(x'*P*x)"),
            (other, f"1/K*(x'*{root}*?)*(ones'*x)"),
            (centered, f"1/K*(x'*ones)*(?*{root}*x)", f"1/K^2*(x'*ones)*(?*{root}*ones)*(ones'*x)"),
        ],
        turned=[(symmetric, f"?*{root}'", f"{root}*?")],
    )
    flat = p.semidefinite(f"{s}*P", (positive, p.square("P*x")))
    monotone = p.axiom("Loewner-Heinz", {"n": "K"}, A=root, B=f"{s}*P")
    return p.apply(monotone, p.join(psd, flat, larger))


def eigenvector(
    p: Proof, sign: str, bounds: Theorem, value: Theorem, unit: Theorem, symmetric: tuple[Theorem, Theorem]
) -> Theorem:
    """Where a form reaches its bound there is an eigenvector: (Root - Root2) x = (sign) apart x."""
    matrix = "apart*I[K] - (Root - Root2)" if not sign else "apart*I[K] + (Root - Root2)"
    both = p.at(bounds, "u2")
    psd = p.semidefinite(matrix, p.take(both, 1 if sign else 0), turned=symmetric, at="u2")
    zero = p.eq(f"x'*({matrix})*x = 0", value, (unit, "apart*?"))
    return p.eq(f"(Root - Root2)*x = {sign}apart*x", p.definite("x", zero, psd))


def contrasts(
    p: Proof, floor: Theorem, root: Theorem, positive: Theorem, square: Theorem, rows: Theorem
) -> tuple[Theorem, Theorem]:
    """The distance of two classifier rows, and when it is least."""
    d = "(e[j] - e[k])"
    distance = f"(W'*{d})'*(W'*{d})"
    length = "2*s*(1 - e[j]'*e[k])"
    bound = p.le(f"all j, k: {length} <= {distance}", p.square(d, floor), using=[(rows, f"{d}'*?*{d}")])
    with p.assuming(f"{distance} = {length}") as tight:
        zero = p.eq(f"{d}'*(Root - s*P)*{d} = 0", tight, (rows, f"{d}'*?*{d}"))
        eigen = p.eq(f"Root*{d} = s*{d}", p.definite(d, zero, floor))
        forth = p.eq(f"Sigma*{d} = kappa*{d}", (eigen, "Root*?", "s*?"), (square, f"?*{d}"))
        forth = p.implies(tight, forth)
    with p.assuming(f"Sigma*{d} = kappa*{d}") as eigen:
        rest = f"(Root*{d} - s*{d})"
        energy = p.eq(
            f"s*({rest}'*{rest}) + {rest}'*Root*{rest} = 0", (eigen, f"{rest}'*?"), (square, f"{rest}'*{d}*?")
        )
        small = p.le(f"{rest}'*{rest} <= 0", (p.reciprocal(positive), p.square(rest, root)), using=[(energy, "1/s*?")])
        flat = p.null(rest, small)
        back = p.eq(f"{distance} = {length}", (rows, f"{d}'*?*{d}"), (flat, f"{d}'*?"))
        back = p.implies(eigen, back)
    return bound, p.every(p.both(forth, back), "j", "k")


@closes("T5a")
def stability_of_prototypes(p: Proof) -> None:
    """T5a: the inverses differ by Q2 (Root2 - Root) Q; T5 bounds what stands in the middle."""
    given, rest = p.given[:14], p.given[14:]
    _, root, root2, _, _, _, _, least, least2, positive, square, positive2, square2, _ = given
    symmetric, symmetric2, inverse, inverse2, flat, flat2, _, attained = rest
    roots = p.symmetric(root), p.symmetric(root2)
    floors = root_floors(p)
    right = turned(p, "Root", "Q", inverse, symmetric, roots[0])
    right2 = turned(p, "Root2", "Q2", inverse2, symmetric2, roots[1])
    length = shorter(p, "Q", "s", least, square, flat, right)
    length2 = shorter(p, "Q2", "s2", least2, square2, flat2, right2)
    between = p.eq(
        "x'*(Q - Q2)*x = x'*Q2*(Root2 - Root)*Q*x",
        (inverse2, "x'*?*Q*x"),
        (right, "x'*Q2*?*x"),
        (flat, "1/K*(x'*ones)*(?*x)"),
        (symmetric2, "1/K*(x'*?*ones)*(ones'*x)"),
        (flat2, "1/K*(x'*?')*(ones'*x)"),
    )
    difference = p.eq("(Root - Root2)' = Root - Root2", *roots)
    exists = p.apply(p.axiom("spectral norm", {"n": "K"}, A="Root - Root2"), difference)
    text = """(all x: x'*(Root - Root2)*x <= apart*(x'*x) and -apart*(x'*x) <= x'*(Root - Root2)*x)
        and (some x: x'*x = 1 and (x'*(Root - Root2)*x = apart or x'*(Root - Root2)*x = -apart))"""
    with p.supposing(text) as (size, bounds, *_):
        stable = roots_apart(p, floors, bounds, p.take(size, 1))
        with p.supposing("x'*x = 1 and (x'*(Q - Q2)*x = away or x'*(Q - Q2)*x = -away)") as (at, unit, either):
            least_size = nonnegative(p, bounds, unit)
            cases = []
            for sign in ("", "-"):
                with p.assuming(f"x'*(Q - Q2)*x = {sign}away") as case:
                    one, two = "(s*(Q*x) + s2*(Q2*x))", "(s*(Q*x) - s2*(Q2*x))"
                    parts = (1, 0) if not sign else (0, 1)
                    bound = p.le(
                        "away*(s*s2) <= apart",
                        ((1, 4), p.take(p.at(bounds, one), parts[0])),
                        ((1, 4), p.take(p.at(bounds, two), parts[1])),
                        ((1, 2), least_size, length),
                        ((1, 2), least_size, length2),
                        using=[
                            (case, "s*s2*?"),
                            (between, "s*s2*?"),
                            (unit, "apart*?"),
                            (symmetric2, "s*s2*(x'*?*(Root2 - Root)*Q*x)"),
                            (roots[0], "1/2*s*s2*(x'*Q2'*?*Q*x)"),
                            (roots[1], "1/2*s*s2*(x'*Q2'*?*Q*x)"),
                        ],
                    )
                    cases.append(p.implies(case, bound))
            small = p.implies(at, p.cases(either, *cases))
        small = p.unpack(attained, small, "x")
        sum_positive = p.le("0 < s + s2", positive, positive2)
        goal = p.le("away*(s*s2*(s + s2)) <= norm", (sum_positive, small), stable)
        goal = p.implies(size, goal)
    p.done(p.unpack(exists, goal, "apart"))
