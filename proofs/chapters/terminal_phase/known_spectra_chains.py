"""T3b and T4, closed: the inverse root of a moment whose eigenspaces are known, and entries of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from proofs.claims.sign_formulas import INSTANCE, INVERSE_ROOT, T3A_GIVEN
from proofs.kernel.example import Case, at_once, exemplifies
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.theorems import Theorem


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of Sigma: as text, that they are positive, and that they are between the first and the last."""

    values: Sequence[str]
    positive: Sequence[Theorem]
    above: Sequence[Theorem]
    below: Sequence[Theorem]

    @property
    def blocks(self) -> tuple[str, ...]:
        """The projectors on their eigenspaces."""
        return tuple(f"E{n + 1}" for n in range(len(self.values)))

    @property
    def conditions(self) -> tuple[str, ...]:
        """What makes them that."""
        blocks = self.blocks
        return (
            *(f"{a}'*{b} = {a if a == b else '0'}" for i, a in enumerate(blocks) for b in blocks[i:]),
            *(f"ones'*{a} = 0" for a in blocks),
            f"P = {' + '.join(blocks)}",
            f"Sigma = {' + '.join(f'({v})*{a}' for v, a in zip(self.values, blocks, strict=True))}",
        )


def of_blocks(p: Proof, spectrum: Spectrum, center: Theorem) -> Theorem:
    """The bounds on contrasts, that there is an inverse root, and what any makes of each block."""
    blocks = spectrum.blocks
    with p.assuming(" and ".join(f"({x})" for x in spectrum.conditions)) as at:
        *products, whole, sigma = (p.take(at, i) for i in range(len(spectrum.conditions)))
        diagonal = [products[spectrum.conditions.index(f"{a}'*{a} = {a}")] for a in blocks]
        own = [p.eq(f"{a}' = {a}", one, (one, "?'")) for a, one in zip(blocks, diagonal, strict=True)]
        p.rewrite(*products)
        turned = [
            p.eq(f"{a}*{b} = {a if a == b else '0'}", (own[i], f"?*{b}")) for i, a in enumerate(blocks) for b in blocks
        ]
        p.rewrite(*turned)
        parts = (
            bounds(p, spectrum, center, whole, sigma),
            exists(p, spectrum, own, whole, sigma),
            values(p, spectrum, whole, sigma),
        )
        return p.every(p.implies(at, p.join(*parts)), *blocks)


def bounds(p: Proof, spectrum: Spectrum, center: Theorem, whole: Theorem, sigma: Theorem) -> Theorem:
    """The form of Sigma on contrasts."""
    squares = [p.square(f"{a}*x") for a in spectrum.blocks]
    with p.assuming("ones'*x = 0") as flat:
        made = []
        for value, order in ((spectrum.values[0], spectrum.above), (spectrum.values[-1], spectrum.below)):
            uses = [(sigma, "x'*?*x"), (whole, f"{value}*(x'*?*x)"), (center, f"{value}*(x'*?*x)")]
            uses += [(flat, f"{value}*(1/K*(x'*ones)*?)")]
            text = f"{value}*(x'*x) <= x'*Sigma*x" if order is spectrum.above else f"x'*Sigma*x <= {value}*(x'*x)"
            made.append(p.le(text, *zip(order, squares, strict=True), using=uses))
        return p.every(p.implies(flat, p.join(*made)), "x")


def exists(p: Proof, spectrum: Spectrum, own: Sequence[Theorem], whole: Theorem, sigma: Theorem) -> Theorem:
    """The sum of the blocks over the roots of the eigenvalues."""
    some, blocks = p.formula(f"some Q: {INVERSE_ROOT}"), spectrum.blocks
    inverse = "(" + " + ".join(f"1/root{n + 1}*{a}" for n, a in enumerate(blocks)) + ")"
    text = " and ".join(f"(0 < root{n + 1} and root{n + 1}^2 = {v})" for n, v in enumerate(spectrum.values))
    with p.assuming(text) as at:
        roots = [p.take(at, n) for n in range(len(blocks))]
        shares = [p.reciprocal(p.take(root, 0)) for root in roots]
        form = p.le(f"0 <= x'*{inverse}*x", *((s, p.square(f"{a}*x")) for s, a in zip(shares, blocks, strict=True)))
        symmetric = p.eq(f"{inverse}' = {inverse}", *((one, f"1/root{n + 1}*?") for n, one in enumerate(own)))
        squares = [(p.take(root, 1), f"1/root{n + 1}^2*?*{blocks[n]}") for n, root in enumerate(roots)]
        product = p.eq(f"{inverse}*{inverse}*Sigma = P", (sigma, f"{inverse}*{inverse}*?"), whole, *squares)
        found = p.join(p.psd(symmetric, p.every(form, "x")), p.eq(f"ones'*{inverse} = 0"), product)
        found = p.implies(at, p.witness(found, some, inverse))
    return with_roots(p, spectrum, found)


def with_roots(p: Proof, spectrum: Spectrum, found: Theorem) -> Theorem:
    """There are the roots of positive numbers, one after the other."""
    some = found.conclusion[2]
    given = []
    for n, value in enumerate(spectrum.values):
        given.append(p.ledger.assume(p.formula(f"0 < root{n + 1} and root{n + 1}^2 = {value}")))
    made = p.apply(found, p.join(*given))
    for n in reversed(range(len(given))):
        root = positive_root(p, spectrum.values[n], spectrum.positive[n], f"root{n + 1}")
        made = p.unpack(root, p.implies(given[n], made), f"root{n + 1}")
    assert made.conclusion == some
    return made


def positive_root(p: Proof, value: str, positive: Theorem, name: str) -> Theorem:
    """A positive number is the square of one."""
    root = p.apply(p.axiom("square root", {}, t=value), p.le(f"0 <= {value}", positive))
    some = p.formula(f"some {name}: 0 < {name} and {name}^2 = {value}")
    with p.assuming(f"0 <= {name} and {name}^2 = {value}") as at:
        sign = above_zero(p, name, at, positive)
        found = p.implies(at, p.witness(p.join(sign, p.take(at, 1)), some, name))
    return p.unpack(root, found, name)


def above_zero(p: Proof, name: str, root: Theorem, positive: Theorem) -> Theorem:
    """A root that is not negative of what is positive is positive."""
    low, square = p.take(root, 0), p.take(root, 1)

    def not_so(case: Theorem) -> Theorem:
        return p.absurd(f"0 < {name}", p.le("0 < 0", positive, (low, case), using=[square]))

    return p.by_cases(p.order_cases(name, "0"), not_so, lambda case: case)


def values(p: Proof, spectrum: Spectrum, whole: Theorem, sigma: Theorem) -> Theorem:
    """Any inverse root divides a block by the root of its eigenvalue."""
    with p.supposing(INVERSE_ROOT) as (at, positive, _, inverse, *_):
        made = []
        for value, a in zip(spectrum.values, spectrum.blocks, strict=True):
            with p.supposing(f"0 < s and s^2 = {value}") as (root, size, square):
                p.reciprocal(size)
                uses = (inverse, f"1/s^2*?*{a}"), (sigma, f"1/s^2*Q*Q*?*{a}"), (whole, f"1/s^2*?*{a}")
                again = p.eq(f"Q*Q*{a} = 1/s^2*{a}", *uses, (square, f"1/s^2*?*(Q*Q*{a})"))
                apart = f"(Q*{a} - 1/s*{a})"
                pieces = size, p.square(apart, positive)
                less = p.le(f"tr({apart}'*{apart}) <= 0", pieces, using=[(again, f"s*tr({apart}'*?)")])
                found = p.eq(f"Q*{a} = 1/s*{a}", p.null(apart, less))
                made.append(p.every(p.implies(root, found), "s"))
        return p.every(p.implies(at, p.join(*made)), "Q")


def at_blocks(p: Proof, general: Theorem, blocks: Sequence[str], *uses: Theorem) -> Theorem:
    """What the general theorem says of these blocks, whose conditions are equations."""
    *equations, whole, sigma = p.at(general, *blocks).conclusion[1][1:]
    met = [p.ring(equation) for equation in equations]
    return p.apply(p.at(general, *blocks), p.join(*met, p.ring(whole, uses[0]), p.ring(sigma, uses[1])))


# ====================================================================== T3b

SIX, LAST = "(F*F'*ones)", "(ones - F*F'*ones - o)"
PLUS, MINUS = (f"(3/2*(o - 1/9*ones) {sign} ({SIX} - 2/3*ones))" for sign in "+-")
RAISED = (
    f"(1/2*({PLUS}*{PLUS}'))",
    f"(F*F' - 1/6*({SIX}*{SIX}'))",
    f"(I[K] - F*F' - o*o' - 1/2*({LAST}*{LAST}'))",
    f"(1/6*({MINUS}*{MINUS}'))",
)
LOW, HIGH = "2*omega", "(2 - 20*omega)/3"


@closes("T3b")
def constant_attained(p: Proof) -> None:
    """T3b: the two sides of the angle of T3 are eigenvectors for the least eigenvalue and the greatest."""
    nine, unit, away, one, single, six, center, sigma, positive, small, moment = p.given
    p.rewrite(unit, away, one, single, six)
    p.rewrite(nine)
    full = p.eq("P = I[K] - 1/9*ones*ones'", center)
    middle = "1/6 + 31/30*omega", "(1 - omega)/2"
    values_ = (LOW, *middle, HIGH)
    spread = p.eq(
        f"Sigma = {' + '.join(f'({x})*{a}' for x, a in zip(values_, RAISED, strict=True))}",
        *(sigma, (full, "?*M*P", "(I[K] - 1/9*ones*ones')*M*?")),
        (moment, "(I[K] - 1/9*ones*ones')*?*(I[K] - 1/9*ones*ones')"),
    )
    steps = ((0, 1), (0, 1)), ((1, 6), (26, 5)), ((1, 2), (16, 1)), ((2, 3), (16, 1))
    back = ((2, 3), (16, 1)), ((1, 2), (54, 5)), ((1, 6), (0, 1)), ((0, 1), (0, 1))

    def order(text: str, parts: tuple[tuple[int, int], tuple[int, int]]) -> Theorem:
        return p.le(text, *((n, x) for n, x in zip(parts, (small, positive), strict=True) if n[0]))

    above = [order(f"{LOW} <= {x}", n) for x, n in zip(values_, steps, strict=True)]
    below = [order(f"{x} <= {HIGH}", n) for x, n in zip(values_, back, strict=True)]
    sure = [p.le(f"0 < {x}", (2, positive), low) for x, low in zip(values_, above, strict=True)]
    spectrum = Spectrum(values_, sure, above, below)
    known = at_blocks(p, of_blocks(p, spectrum, center), RAISED, full, spread)
    some = [attained(p, spread, side, value, length) for side, value, length in ((PLUS, LOW, 2), (MINUS, HIGH, 6))]
    ratio = p.eq(f"{HIGH}*(3*omega) = (1 - 10*omega)*({LOW})")
    with p.assuming("37*omega = 1") as at:
        same = p.implies(at, p.eq(f"{HIGH} = 9*({LOW})", (at, "2/3*?")))
    signs = sign_at_seven(p, p.take(known, 2), sure)
    p.done(p.join(p.take(known, 0), *some, ratio, same, p.take(known, 1), signs))


def attained(p: Proof, spread: Theorem, side: str, value: str, length: int) -> Theorem:
    """The eigenvector of an eigenvalue."""
    long = p.le(f"0 < {side}'*{side}", length)
    some = p.formula(f"some x: ones'*x = 0 and x'*x != 0 and Sigma*x = {value}*x")
    parts = (
        p.eq(f"ones'*{side} = 0"),
        p.ledger.nonzero(long),
        p.eq(f"Sigma*{side} = {value}*{side}", (spread, f"?*{side}")),
    )
    return p.witness(p.join(*parts), some, side)


def sign_at_seven(p: Proof, known: Theorem, sure: Sequence[Theorem]) -> Theorem:
    """The entry at the seventh label, of which the two roots tell the sign."""
    with p.supposing(INVERSE_ROOT) as (at, positive, flat, *_):
        divided = p.apply(p.at(known, "Q"), at)
        with p.assuming(f"0 < s and s^2 = {LOW}") as first, p.assuming(f"0 < t and t^2 = {HIGH}") as last:
            (size, square), (size2, square2) = ((p.take(x, 0), p.take(x, 1)) for x in (first, last))
            p.reciprocal(size), p.reciprocal(size2)
            plus = p.apply(p.at(p.take(divided, 0), "s"), first)
            minus = p.apply(p.at(p.take(divided, 3), "t"), last)
            other = p.eq("Q*ones = 0", (flat, "?'"), (p.symmetric(positive), "?*ones"))
            sides = [
                p.eq(f"Q*{side} = 1/{root}*{side}", (column, f"1/{n}*?*{side}"))
                for side, root, column, n in ((PLUS, "s", plus, 1), (MINUS, "t", minus, 1))
            ]
            entry_ = p.eq(
                f"o'*Q*{SIX} = 1/(3*s) - 1/t", *((sides[0], "1/2*o'*?"), (sides[1], "1/2*o'*?"), (other, "2/3*o'*?"))
            )
            share = p.reciprocal(p.le("0 < t + 3*s", size2, (3, size)))
            apart = p.eq(
                "1/(3*s) - 1/t = 2/3*(1 - 37*omega)*(1/(t + 3*s))*(1/(3*s))*(1/t)",
                *((square, "3*1/(t + 3*s)*1/s*1/t*?"), (square2, "1/3*1/(t + 3*s)*1/s*1/t*?")),
            )
            scale = "2/3*(1/(t + 3*s))*(1/(3*s))*(1/t)"
            with p.assuming("37*omega = 1") as equal:
                zero = p.implies(equal, p.eq(f"o'*Q*{SIX} = 0", entry_, apart, (equal, f"{scale}*?")))
            with p.assuming("37*omega < 1") as less:
                pieces = (2, 9), share, p.reciprocal(size), p.reciprocal(size2), less
                sign = p.implies(less, p.le(f"0 < o'*Q*{SIX}", pieces, using=[entry_, apart]))
            found = p.implies(last, p.join(zero, sign))
        found = p.unpack(positive_root(p, HIGH, sure[3], "t"), found, "t")
        found = p.unpack(positive_root(p, LOW, sure[0], "s"), p.implies(first, found), "s")
        return p.every(p.implies(at, found), "Q")


_KINDS = (
    [tuple(range(6))],
    [(*(k for k in range(6) if k not in left), 6, last) for left in combinations(range(6), 2) for last in (7, 8)],
    [(*(k for k in range(6) if k != left), last) for left in range(6) for last in (7, 8)],
)
KINDS_AND_SETS = [(n, one) for n, kind in enumerate(_KINDS) for one in kind]
FORTY_THREE = Case(
    dims={"K": 9, "l": 6},
    weights={"sets": [Fraction(1, len(KINDS_AND_SETS))] * len(KINDS_AND_SETS)},
    letters={
        "y": [tuple(int(k in one) for k in range(9)) for _, one in KINDS_AND_SETS],
        **{f"kind{n + 1}": [int(n == kind) for kind, _ in KINDS_AND_SETS] for n in range(3)},
        "F": [[int(i == j) for j in range(6)] for i in range(9)],
        "o": [int(k == 6) for k in range(9)],
    },
)
"""The label sets of T3b, each once."""


@exemplifies("T3b", FORTY_THREE)
def moments_of_the_kinds(p: Proof) -> None:
    """T3b: what is said of each kind of its label sets is decided there."""
    at_once(p)


# ====================================================================== T4

V = "(5*a1 - 3*a2 - 3*a3 + a4)", "(a2 - a3)", "(2*a1 + a2 + a3 - 4*a4)"


@closes("T4")
def sign_condition_fails(p: Proof) -> None:
    """T4: three eigenvectors, two of which the entry sees."""
    with p.assuming(" and ".join(f"({x})" for x in INSTANCE)) as at:
        fails = p.implies(at, of_the_instance(p, *(p.take(at, n) for n in range(len(INSTANCE)))))
    with p.assuming(" and ".join(f"({x})" for x in T3A_GIVEN)) as at:
        cited = p.apply(p.known("T3a"), at)
        settled = p.implies(at, p.join(*(p.take(cited, n) for n in range(2, 6))))
    p.done(p.join(fails, settled))


def of_the_instance(p: Proof, *given: Theorem) -> Theorem:
    """Its spectrum, and the entry."""
    *basis, ones, identity, center, sigma, moment = given
    p.rewrite(*basis)
    p.rewrite(*(p.eq(f"ones'*a{n} = 1", (ones, f"?'*a{n}")) for n in range(1, 5)))
    four = p.eq("K = 4", (ones, "ones'*?"))
    total = "(a1 + a2 + a3 + a4)"
    full = p.eq(
        f"P = a1*a1' + a2*a2' + a3*a3' + a4*a4' - 1/4*{total}*{total}'",
        *(center, identity, (four, "1/4*1/K*?*ones*ones'"), (ones, "1/4*?*ones'", f"1/4*{total}*?'")),
    )
    own = p.eq("P' = P", full, (full, "?'"))
    pieces = (
        ("1/5", "(a1 + a2)", "1/2*(a1 + a2 - a3 - a4)"),
        ("1/5", "(a1 + a3)", "1/2*(a1 + a3 - a2 - a4)"),
        ("3/5", "a4", "1/4*(3*a4 - a1 - a2 - a3)"),
    )
    uses: list[tuple[Theorem, str]] = [(moment, "P*?*P")]
    for weight, one, image in pieces:
        moved = p.eq(f"P*{one} = {image}", (full, f"?*{one}"))
        uses += [
            (moved, f"{weight}*?*{one}'*P"),
            (own, f"{weight}*({image})*{one}'*?"),
            (moved, f"{weight}*({image})*?'"),
        ]
    parts = " + ".join(f"{weight}*(({image})*({image})')" for weight, _, image in pieces)
    spread = p.eq(f"Sigma = {parts}", sigma, *uses)
    sure = [p.le(f"0 < {x}", x_) for x, x_ in (("1/20", ((1, 20),)), ("1/5", ((1, 5),)), ("3/5", ((3, 5),)))]
    above = [p.le(f"1/20 <= {x}", *y) for x, y in (("1/20", ()), ("1/5", (((3, 20),),)), ("3/5", (((11, 20),),)))]
    below = [p.le(f"{x} <= 3/5", *y) for x, y in (("1/20", (((11, 20),),)), ("1/5", (((2, 5),),)), ("3/5", ()))]
    spectrum = Spectrum(("1/20", "1/5", "3/5"), sure, above, below)
    blocks = [f"(1/{n}*({v}*{v}'))" for v, n in zip(V, (44, 2, 22), strict=True)]
    known = at_blocks(p, of_blocks(p, spectrum, center), blocks, full, spread)
    eigen = [p.eq(f"Sigma*{v} = {x}*{v}", (spread, f"?*{v}")) for v, x in ((V[0], "1/20"), (V[2], "3/5"))]
    of_set = entry(p, p.take(known, 2), (full, center))
    return p.join(p.take(known, 0), *eigen, p.take(known, 1), of_set)


def entry(p: Proof, known: Theorem, of_p: tuple[Theorem, Theorem]) -> Theorem:
    """The column of label 4 at label 1."""
    with p.supposing(f"{INVERSE_ROOT} and 0 < s and s^2 = 5 and 0 < t and t^2 = 15") as (
        at,
        positive,
        flat,
        inverse,
        size,
        square,
        size2,
        square2,
    ):
        p.reciprocal(size), p.reciprocal(size2)
        divided = p.apply(p.at(known, "Q"), p.join(positive, flat, inverse))
        first = p.join(p.le("0 < 1/10*s", ((1, 10), size)), p.eq("(1/10*s)^2 = 1/20", (square, "1/100*?")))
        last = p.join(p.le("0 < 1/5*t", ((1, 5), size2)), p.eq("(1/5*t)^2 = 3/5", (square2, "1/25*?")))
        first = p.apply(p.at(p.take(divided, 0), "1/10*s"), first)
        last = p.apply(p.at(p.take(divided, 2), "1/5*t"), last)
        other = p.eq("Q*ones = 0", (flat, "?'"), (p.symmetric(positive), "?*ones"))
        within = p.eq("Q*P*a4 = Q*a4", (of_p[1], "Q*?*a4"), (other, "1/K*?"))
        value = p.eq(
            "a1'*Q*a4 = (15*s - 8*t)/66",
            *((within, "a1'*?"), (of_p[0], "a1'*Q*?*a4"), (first, "a1'*?*a4"), (last, "a1'*?*a4")),
            *((square, "5/11*1/(2*s)*?"), (square2, "4/11*1/(3*t)*?")),
        )
        share = p.reciprocal(p.le("0 < 15*s + 8*t", (15, size), (8, size2)))
        uses: list[Used] = [value, (square, "225/66*1/(15*s + 8*t)*?"), (square2, "64/66*1/(15*s + 8*t)*?")]
        sign = p.le("0 < a1'*Q*a4", ((5, 2), share), using=uses)
        return p.every(p.implies(at, p.join(value, sign)), "Q", "s", "t")
