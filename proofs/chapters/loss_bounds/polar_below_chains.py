"""L5b, closed: at the threshold only uniform distributions reach L1; within the spectrum an instance, in numbers."""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

from proofs.chapters.loss_bounds.entropy_chains import at_the_threshold
from proofs.chapters.loss_bounds.loss_bounds_chains import FULL, entropy_at_one
from proofs.chapters.loss_bounds.polar_chains import SHARE, begin, shares
from proofs.chapters.orthogonal_case.one_penalty_chains import product
from proofs.chapters.terminal_phase.hard_margin_chains import in_range
from proofs.claims.hypotheses import ENTROPY, GREATEST
from proofs.claims.loss_bounds import INSTANCE, LOWER
from proofs.claims.loss_bounds import POLAR_VALUE as VALUE
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Factors, Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

APART = f"({SHARE}*(log({SHARE}) - log(1/K)) - {SHARE} + 1/K)"
"""What a label adds to the divergence from the uniform distribution."""


@closes("L5b")
def below_the_floor(p: Proof) -> None:
    """L5b: where the polar value reaches m log K its distributions are uniform, and then the spectrum is flat."""
    p.positive(p.le("0 < size", p.says("1 <= size"), 1))
    squared, same, logs = begin(p)
    labels = p.dimension("K")
    uniform, inside = p.reciprocal(labels), p.at(shares(p), "S", "k")
    pinsker = p.apply(p.axiom("pointwise Pinsker", {}, s=SHARE, t="1/K"), p.join(inside, uniform))
    weight, square = p.le(f"0 < 2*{SHARE} + 4*(1/K)", (2, inside), (4, uniform)), p.square(f"{SHARE} - 1/K")

    def negative(less: Theorem) -> Theorem:
        return p.absurd(f"0 <= {APART}", p.le("0 < 0", (weight, less), pinsker, (3, square)))

    each = p.by_cases(p.order_cases("0", APART), lambda known: known, negative)
    each = p.every(p.every(each, "k"), "S")
    inverse = logs.of_product("K", "1/K", labels, uniform)
    one = p.le("0 < 1", 1)
    nothing = p.eq("log(1) = 0", logs.of_product("1", "1", one, one))
    total = p.eq(f"all S: sum[k]({APART}) = log(K) - 1/size*{VALUE}", inverse, nothing)
    sums = p.every(p.le(f"0 <= sum[k]({APART})", p.over(p.at(each, "S"))), "S")
    with p.supposing("lambda = Kappa and (Sigma*Sigma = Kappa*Sigma => false)") as (at, level, curved):
        whole = at_the_threshold(p, p.le("Kappa <= lambda", using=[level]))
        value = p.eq(f"H(c) = {FULL}", (whole, "H(?)"), entropy_at_one(p, logs))

        def reached(high: Theorem) -> Theorem:
            none = p.le(
                f"sum[S](sum[k]({APART})) <= 0",
                (p.reciprocal(p.le("0 < size", p.says("1 <= size"), 1)), high),
                using=[(total, "sum[S](?[S])"), (value, "1/size*?")],
            )
            zero = p.antisymmetry(none, p.le(f"0 <= sum[S](sum[k]({APART}))", p.over(sums)))
            zero = p.at(p.vanish(p.at(each, "S"), p.at(p.vanish(sums, zero), "S")), "k")
            small = p.le(
                f"({SHARE} - 1/K)'*({SHARE} - 1/K) <= 0",
                ((1, 3), pinsker),
                using=[(zero, f"(2*{SHARE} + 4*(1/K))/3*?")],
            )
            alike = p.every(p.every(p.null(f"{SHARE} - 1/K", small), "k"), "S")
            flat = flatness(p, alike, squared, same, level)
            return p.ledger.absurd(p.apply(curved, flat), p.formula(f"sum[S]({VALUE}) < H(c)"))

        found = p.by_cases(p.order_cases("H(c)", f"sum[S]({VALUE})"), reached, lambda less: less)
        p.done(p.implies(at, found))


def flatness(p: Proof, alike: Theorem, squared: Theorem, same: Theorem, level: Theorem) -> Theorem:
    """Residuals that are centered indicators and polar at once: the root is a number on its range."""
    polar, square = p.says("all S: r[S] = mu*(Q*y[S])"), p.says("Root*Root = Sigma")
    centered = p.eq("all S: P*y[S] = r[S]", (alike, "sum[k](m[S]*?[S, k]*e[k])"))
    within = in_range(p, squared, same, "P*", "y[S]")
    root = p.eq(
        "Root*Sigma = mu*Sigma",
        (square, "Root*?", "mu*?"),
        (squared, "Root*?", "mu*?"),
        (centered, "sum[S](Root*?[S]*y[S]'*P)"),
        (polar, "sum[S](Root*?[S]*y[S]'*P)"),
        (within, "sum[S](mu*?[S]*y[S]'*P)"),
    )
    uses = (
        (square, "?*Sigma"),
        (root, "Root*?"),
        (root, "mu*?"),
        (p.says("mu^2 = lambda"), "?*Sigma"),
        (level, "?*Sigma"),
    )
    return p.eq("Sigma*Sigma = Kappa*Sigma", *uses)


LEVELS = {0: 2, 1: 4, 2: 10, 3: 2, 6: 2, 7: 2, 8: 2}
"""Twelve times what the polar point leaves of a label, y - r, and for how many of the three times eight it is so."""
DEFINED, LEFT = "all S: z[S] := y[S] - r[S]", "(e[k]'*z[S])"
"""That by a name of its own: powers of it are one monomial."""
RATIOS = {(64, 63): "5/6", (126, 125): "3/4", (225, 224): "11/36", (245, 243): "7/18"}
"""What the polar value is below L1 by, as a sum of logarithms of numbers above 1."""
PRIMES = (2, 3, 5, 7)
SETS = [[int(k in (i, i + 1)) for k in range(8)] for i in range(3)]


def _at(n: int, x: str, without: int | None = None) -> str:
    """The polynomial in x that is 1 at a level and 0 at the others; a factor of it may be left out."""
    others = [j for j in LEVELS if j != n]
    factors = [f"(12*{x} - {j})" for j in others if j != without]
    return "*".join([f"({Fraction(1, prod(n - j for j in others))})", *factors])


def _times(a: Any, b: Any) -> list[list[Fraction]]:
    columns = list(zip(*b, strict=True))
    return [[sum((Fraction(x) * y for x, y in zip(row, c, strict=True)), Fraction(0)) for c in columns] for row in a]


def _polynomials() -> tuple[list[list[Fraction]], ...]:
    """The polynomials of Sigma that are mu times its inverse root, and the projector on its range."""
    centered = _times(SETS, [[Fraction(8 * (i == j) - 1, 8) for j in range(8)] for i in range(8)])
    sigma = [[x / 3 for x in row] for row in _times(list(zip(*centered, strict=True)), centered)]
    both = list(zip(sigma, _times(sigma, sigma), strict=True))
    return tuple(
        [[Fraction(a) * x + Fraction(b) * y for x, y in zip(*rows, strict=True)] for rows in both]
        for a, b in (("31/4", "-21/2"), ("15/2", -9))
    )


POLAR_MAP, RANGE = _polynomials()
VALUES = (
    f"all S, k: {' or '.join(f'{LEFT} = {Fraction(n, 12)}' for n in LEVELS)}",
    *(f"sum[S](sum[k]({_at(n, LEFT)})) = {Fraction(count, 3)}" for n, count in LEVELS.items() if n),
)
EIGENVECTORS = "ones'*x = 0 and x'*x = 1 and x'*Sigma*x = Kappa", "v'*v != 0 and Pi*v = v and Sigma*v = lambda*v"
FACTS = (
    *INSTANCE,
    *("psd (Kappa*I[K] - Sigma)", "psd (Sigma - lambda*Pi)", *EIGENVECTORS, "psd (Sigma*Q)", "Q' = Q"),
    *("Q*Sigma*Q = lambda*Pi", "Sigma*Q = Q*Sigma", "Pi*Q = Q", "Pi*Sigma = Sigma", "Sigma*Pi = Sigma"),
    *("ones'*Sigma = 0", "all S: r[S] = Q*y[S]", "0 < lambda", "c = 1/2", *VALUES),
    DEFINED,
)


@exemplifies(
    "L5b",
    Case(
        dims={"K": 8},
        weights={"sets": ["1/3"] * 3},
        letters={
            "y": SETS,
            "r": _times(SETS, POLAR_MAP),
            "Q": POLAR_MAP,
            "Pi": RANGE,
            "size": 2,
            "c": "1/2",
            "lambda": "1/6",
            "Kappa": "2/3",
            "x": [Fraction(x, 2) for x in (1, 1, -1, -1, 0, 0, 0, 0)],
            "m": [2] * 3,
            "v": (-3, 1, 1, -3, 1, 1, 1, 1),
        },
        facts=FACTS,
    ),
)
def below_the_floor_within_the_spectrum(p: Proof) -> None:
    """L5b: in the instance the polar value and L1 are combinations of logarithms of 2, 3, 5 and 7."""
    p.rules = []
    positive = p.says("0 < lambda")
    top, least = (p.square("x", p.says(text)) for text in FACTS[len(INSTANCE) : len(INSTANCE) + 2])
    with p.assuming("ones'*x = 0") as contrast:
        greatest = p.every(p.implies(contrast, p.le("x'*Sigma*x <= Kappa*(x'*x)", top)), "x")
    least = p.every(p.le("lambda*(x'*Pi*x) <= x'*Sigma*x", least), "x")
    attained = [
        p.witness(p.says(text), p.formula(some), name)
        for text, some, name in zip(EIGENVECTORS, (GREATEST[1], LOWER[1]), "xv", strict=True)
    ]
    found = greatest, attained[0], least, attained[1], polar_residuals(p, positive), lower_value(p)
    p.done(p.join(*map(p.says, INSTANCE), *found))


def polar_residuals(p: Proof, positive: Theorem) -> Theorem:
    """The map of the instance is mu times the inverse root, where mu^2 is the penalty."""
    some, inverse, root = p.formula(LOWER[2]), "(1/mu*Q)", "(1/mu*(Sigma*Q))"
    with p.supposing("0 <= mu and mu^2 = lambda") as (at, weak, square):

        def none(low: Theorem) -> Theorem:
            return p.absurd("0 < mu", p.le("0 < 0", positive, using=[square, (p.antisymmetry(low, weak), "mu*?")]))

        mu = p.by_cases(p.order_cases("mu", "0"), none, lambda more: more)
        share = p.reciprocal(mu)
        psd, own, twice, commute = (p.says(FACTS[len(INSTANCE) + i]) for i in (4, 5, 6, 7))
        moment = (twice, "1/mu^2*?"), (square, "1/mu^2*?*Pi")
        parts = [
            p.semidefinite(root, (share, p.square("x", psd)), turned=[(p.symmetric(psd), "1/mu*?")]),
            p.eq(f"ones'*{root} = 0", (p.says("ones'*Sigma = 0"), "1/mu*?*Q")),
            p.eq(f"{inverse}' = {inverse}", (own, "1/mu*?")),
            p.eq(f"Pi*{root} = {root}", (p.says("Pi*Sigma = Sigma"), "1/mu*?*Q")),
            p.eq(f"Pi*{inverse} = {inverse}", (p.says("Pi*Q = Q"), "1/mu*?")),
            p.eq(f"{inverse}*{root} = Pi", *moment),
            p.eq(f"{root}*{inverse} = Pi", (commute, "1/mu^2*?*Q"), *moment),
            p.eq(
                f"{root}*{root} = Sigma",
                (twice, "1/mu^2*Sigma*?"),
                (square, "1/mu^2*?*Sigma*Pi"),
                p.says("Sigma*Pi = Sigma"),
            ),
            p.eq(f"all S: r[S] = mu*({inverse}*y[S])", p.says("all S: r[S] = Q*y[S]")),
        ]
        made, inner = p.join(mu, square, *parts), [some]
        for value in ("mu", root):
            inner.append(instantiate(inner[-1][2], p.term(value)))
        for formula, value in zip(reversed(inner), (inverse, root, "mu"), strict=True):
            made = p.witness(made, formula, value)
        made = p.implies(at, made)
    exists = p.apply(p.axiom("square root", {}, t="lambda"), p.le("0 <= lambda", positive))
    return p.unpack(exists, made, "mu")


class Primes:
    """Logarithms of numbers by those of their prime factors."""

    def __init__(self, p: Proof) -> None:
        self.p = p
        one = p.le("0 < 1", 1)
        self.known = {1: p.eq("log(1) = 0", product(p, 1, "1", one, one))}

    def of(self, n: int) -> Theorem:
        """log n as a sum."""
        if n not in self.known:
            p, prime = self.p, next(x for x in PRIMES if n % x == 0)
            rest = self.of(n // prime)
            split = product(
                p, prime, str(n // prime), p.le(f"0 < {prime}", prime), p.le(f"0 < {n // prime}", n // prime)
            )
            self.known[n] = p.eq(f"log({n}) = {self.sum(n)}", split, rest)
        return self.known[n]

    @staticmethod
    def sum(n: int) -> str:
        """log n in text."""
        counts = {x: next(i for i in range(20) if n % x ** (i + 1)) for x in PRIMES}
        return " + ".join(f"{i}*log({x})" for x, i in counts.items())

    def ratio(self, a: int, b: int) -> Theorem:
        """log(a/b) as a sum."""
        p, value = self.p, Fraction(a, b)
        text = str(value)
        signs = p.le(f"0 < {text}", ((value.numerator, value.denominator),)), p.le(f"0 < {b}", b)
        split = p.apply(p.axiom("logarithm of a product", {}, s=text, t=str(b)), p.join(*signs))
        return p.eq(f"log({text}) = {self.sum(a)} - ({self.sum(b)})", split, self.of(a), self.of(b))


def lower_value(p: Proof) -> Theorem:
    """The polar value is less than L1, by logarithms of numbers above 1."""
    logs, eight, two = Primes(p), p.says("K = 8"), p.says("size = 2")
    p.dimension("K")
    p.positive(p.le("0 < size", 2, using=[two]))
    sizes = p.eq("all S: m[S] = 2", p.says("all S: m[S] = size"), two)
    p.positive(p.le("all S: 0 < m[S]", 2, using=[sizes]))
    left = p.says(DEFINED)
    shares = p.eq(
        f"all S, k: {SHARE} = {LEFT}/2", (sizes, "e[k]'*(y[S] - r[S])/(2*m[S])*?[S]"), (left, "1/2*(e[k]'*?[S])")
    )
    each = p.every(p.at(at_levels(p), LEFT), "S", "k")
    levels = [n for n in LEVELS if n]
    counts = zip(VALUES[1:], levels, strict=True)
    value = p.eq(
        f"sum[S]({VALUE}) = -({' + '.join(f'{Fraction(LEVELS[n] * n, 36)}*log({Fraction(n, 24)})' for n in levels)})",
        (left, f"sum[S](sum[k](e[k]'*?[S]*log({SHARE})))"),
        (shares, f"sum[S](sum[k]({LEFT}*log(?[S, k])))"),
        (
            p.every(p.apply(p.at(each, "S", "k"), p.at(p.says(VALUES[0]), "S", "k")), "S", "k"),
            "sum[S](sum[k](?[S, k]))",
        ),
        *((p.says(text), f"{Fraction(n, 12)}*log({Fraction(n, 24)})*?") for text, n in counts),
    )
    smooth = [(logs.ratio(n, 24), f"{Fraction(LEVELS[n] * n, 36)}*?") for n in levels]
    value = p.eq(f"sum[S]({VALUE}) = 34/9*log(2) + 3/2*log(3) - 7/18*log(7)", value, *smooth)
    half, quarter = p.says("c = 1/2"), p.eq("size/K = 1/4", (two, "?/K"), (eight, "1/(4*K)*?"))
    outer = p.eq("c/K = 1/16", (half, "?/K"), (eight, "1/(16*K)*?"))
    inner = p.eq("1 - c*(1 - size/K) = 5/8", (half, "?*(1 - size/K)"), (quarter, "1/2*?"))
    share = p.eq("(1 - c*(1 - size/K))/size = 5/16", (inner, "?/size"), (two, "5/(16*size)*?"))
    with p.assuming(ENTROPY[0]) as entropy:
        own = p.eq(
            "H(c) = -size*(5/8*log(5/16) + (K - size)*(1/16)*log(1/16))",
            (entropy, "?[c]"),
            (share, "size*(1 - c*(1 - size/K))*log(?)"),
            (inner, "size*?*log(5/16)"),
            (outer, "size*(K - size)*(c/K)*log(?)", "size*(K - size)*?*log(1/16)"),
        )
        uses = (two, "(5/8*log(5/16) + (K - 2 - size)/16*log(1/16))*?"), (eight, "1/8*log(1/16)*?")
        rest = (logs.ratio(5, 16), "5/4*?"), (logs.ratio(1, 16), "3/4*?")
        floor = p.eq("H(c) = 8*log(2) - 5/4*log(5)", own, *uses, *rest)
        return p.implies(entropy, below(p, logs, value, floor))


def below(p: Proof, logs: Primes, value: Theorem, floor: Theorem) -> Theorem:
    """The logarithm of a/b is at least 1 - b/a, which is positive."""
    pieces, uses = list[Factors](), list[Used]([value, floor])
    for (a, b), weight in RATIOS.items():
        text, exact = str(Fraction(b, a)), Fraction(weight)
        tangent = p.apply(p.axiom("tangent of the logarithm", {}, t=text), p.le(f"0 < {text}", ((b, a),)))
        positive = p.le(f"0 < -log({text})", p.take(tangent, 0), ((a - b, a),))
        pieces.append(((exact.numerator, exact.denominator), positive))
        uses.append((logs.ratio(b, a), f"{weight}*?"))
    return p.le(f"sum[S]({VALUE}) < H(c)", *pieces, using=uses)


def at_levels(p: Proof) -> Theorem:
    """t log(t/2) at the levels."""
    some = " or ".join(f"t = {Fraction(n, 12)}" for n in LEVELS)
    terms = {n: f"{Fraction(n, 12)}*log({Fraction(n, 24)})" for n in LEVELS if n}
    values = " + ".join(f"{_at(n, 't')}*({term})" for n, term in terms.items())
    text = f"t*log(t/2) = {values}"

    def at(level: int) -> Callable[[Theorem], Theorem]:
        def of(case: Theorem) -> Theorem:
            rest = " + ".join(
                f"12*{_at(n, 't', level)}*({terms.get(level, 0)} - ({terms.get(n, 0)}))" for n in LEVELS if n != level
            )
            first = [(case, "t*log(?/2)"), (case, f"?*log({Fraction(level, 24)})")] if level else [(case, "?*log(t/2)")]
            return p.eq(text, *first, (case, f"({rest})*?"))

        return of

    with p.assuming(some) as either:
        return p.every(p.implies(either, p.by_cases(either, *map(at, LEVELS))), "t")
