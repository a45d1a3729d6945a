"""S3 and S11, closed: eigenvalues in their order, as Courant and Fischer say them."""

from collections.abc import Sequence
from typing import Any

from proofs.chapters.label_spectrum.label_spectrum_chains import above_least, nonnegative_trace, zero_trace
from proofs.claims.hypotheses import LABELS_APART, LEAST
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import FALSE
from proofs.kernel.theorems import Theorem

DIAGONAL = "sum[k]((e[k]'*f)*(e[k]*e[k]'))"
SECULAR = "sum[k](1/(e[k]'*f - t)*e[k])"
"""The frequencies as a matrix, and the eigenvector that belongs to a root of the secular equation."""
INSIDE = "{0}'*{0} = I[{1}] and ones'*{0} = 0 and psd (t*I[{1}] - {0}'*{2}*{0})"
"""Orthonormal contrasts, the columns of a matrix, on which a form is at most t."""


def inside(p: Proof, parts: Sequence[Theorem], name: str, value: str, matrix: str) -> Theorem:
    """Some orthonormal contrasts on which a form is at most t: these."""
    return p.witness(p.join(*parts), p.formula(f"some {name}: {INSIDE.format(name, 'd', matrix)}"), value)


def at_most(
    p: Proof, matrix: str, contrasts: str, *pieces: Any, using: Sequence[Any] = (), symmetric: Sequence[Theorem] = ()
) -> Theorem:
    """A form is at most t on contrasts, d of them, by pieces of the quadratic form at u."""
    text = f"t*I[d] - {contrasts}'*{matrix}*{contrasts}"
    turned = [(matrix_is, f"{contrasts}'*?*{contrasts}") for matrix_is in symmetric]
    return p.semidefinite(text, *pieces, using=using, turned=turned, at="u")


@closes("S11")
def two_centerings(p: Proof) -> None:
    """S11: on any contrasts the forms differ by a square, which is 0 on a complement of one vector."""
    apart = p.eq("C = Sigma - P*f*f'*P")
    with p.assuming(INSIDE.format("V", "d", "Sigma")) as below:
        parts = [p.take(below, i) for i in range(3)]
        pieces = p.square("u", parts[2]), p.square("f'*P*V*u")
        low = inside(p, [*parts[:2], at_most(p, "C", "V", *pieces)], "V", "V", "C")
        low = p.some(f"some V: {INSIDE.format('V', 'd', 'Sigma')}", p.implies(below, low), "V")
    with p.assuming(INSIDE.format("X", "n", "C")) as below, p.assuming("Y'*Y = I[d] and Y'*(X'*P*f) = 0") as rest:
        (unit, none, form), (own, away) = ([p.take(x, i) for i in range(n)] for x, n in ((below, 3), (rest, 2)))
        parts = [p.eq("(X*Y)'*(X*Y) = I[d]", (unit, "Y'*?*Y"), own), p.eq("ones'*(X*Y) = 0", (none, "?*Y"))]
        uses = (own, "t*u'*?*u"), (away, "u'*?*(f'*P*X*Y*u)")
        parts.append(at_most(p, "Sigma", "(X*Y)", p.square("Y*u", form), using=uses))
        high = p.implies(rest, inside(p, parts, "V", "X*Y", "Sigma"))
        some = p.axiom("complement of a vector", {"m": "n", "n": "d"}, a="X'*P*f")
        high = p.unpack(p.apply(some, p.says("n = d + 1")), high, "Y")
        high = p.some(f"some X: {INSIDE.format('X', 'n', 'C')}", p.implies(below, high), "X")
    p.done(p.join(apart, p.every(low, "t"), p.every(high, "t")))


@closes("S3")
def multiplicity_one(p: Proof) -> None:
    """S3: on contrasts the form is that of the frequencies; what of an eigenvector is not a contrast is one number."""
    y = "(e[k]'*y[S])"
    apart = f"({y}*y[S] - {y}*e[k])"
    single = p.null(f"all S, k: {apart}", p.le(f"all S, k: {apart}'*{apart} <= 0"))
    moment = p.eq(f"M = {DIAGONAL}", (single, "sum[S](sum[k](?[S, k]*e[k]'))"))
    centered = p.eq(f"Sigma = P*{DIAGONAL}*P", (moment, "P*?*P"))
    low, trace, total = above_least(p, p.says(LEAST[0])), p.eq("tr(Sigma) = 1 - 1/K"), p.eq("ones'*f = 1")
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("f"), p.term("Sigma"), p.term("M"))]
    entry = p.eq(f"all k: {DIAGONAL}*e[k] = (e[k]'*f)*e[k]", (p.says(LABELS_APART[0]), "sum[j]((e[j]'*f)*?[k, j])"))
    spectrum = off_frequencies(p, centered, entry), at_frequency(p, centered, entry), *interlaced(p, centered)
    few = two_labels(p, centered, trace), three_labels(p, centered, entry, (low, trace, total))
    p.done(p.join(centered, *spectrum, *few))


def at_frequency(p: Proof, centered: Theorem, entry: Theorem) -> Theorem:
    """The eigenvectors of a frequency are the contrasts of the labels that have it."""
    text = "all k: (e[k]'*f - e[j]'*f)*(e[k]'*v) = 0"
    with p.assuming("ones'*v = 0") as contrast:
        with p.assuming("Sigma*v = (e[j]'*f)*v") as eigen:
            known = p.eq(
                "all k: (e[k]'*f - e[j]'*f)*(e[k]'*v) = 1/K*sum[i]((e[i]'*f)*(e[i]'*v))",
                *((eigen, "e[k]'*?"), (centered, "e[k]'*?*v"), (contrast, f"1/K*e[k]'*P*{DIAGONAL}*ones*?")),
                (entry, "?[k]'*v"),
            )
            forth = p.implies(eigen, p.eq(text, known, (known, "?[j]")))
        with p.assuming(text) as alike:
            uses = (centered, "?*v"), (contrast, f"1/K*P*{DIAGONAL}*ones*?"), (contrast, "(e[j]'*f)/K*ones*?")
            back = p.implies(alike, p.eq("Sigma*v = (e[j]'*f)*v", *uses, (alike, "P*sum[k](?[k]*e[k])")))
        made = p.implies(contrast, p.both(forth, back))
    return p.every(made, "j", "v")


def interlaced(p: Proof, centered: Theorem) -> tuple[Theorem, Theorem]:
    """On contrasts the form is that of the frequencies; of any subspace a complement of one vector is contrasts."""
    some = p.formula(f"some V: V'*V = I[d] and psd (t*I[d] - V'*{DIAGONAL}*V)")

    def form(u: str, none: Theorem) -> tuple[tuple[Theorem, str], ...]:
        left, right = f"1/K*{u}'*P*{DIAGONAL}*ones*?*u", f"1/K*u'*?'*ones'*{DIAGONAL}*{u}"
        return (centered, f"{u}'*?*{u}"), (none, left), (none, right)

    with p.supposing(INSIDE.format("V", "d", "Sigma")) as (below, unit, none, psd):
        least = at_most(p, DIAGONAL, "V", p.square("u", psd), using=form("(V*u)", none))
        low = p.implies(below, p.witness(p.join(unit, least), some, "V"))
        low = p.some(f"some V: {INSIDE.format('V', 'd', 'Sigma')}", low, "V")
    inner = f"X'*X = I[n] and psd (t*I[n] - X'*{DIAGONAL}*X)"
    with p.assuming(inner) as below, p.assuming("Y'*Y = I[d] and Y'*(X'*ones) = 0") as rest:
        unit, least, own, away = *(p.take(below, i) for i in range(2)), *(p.take(rest, i) for i in range(2))
        parts = [p.eq("(X*Y)'*(X*Y) = I[d]", (unit, "Y'*?*Y"), own), p.eq("ones'*(X*Y) = 0", (away, "?'"))]
        uses = (own, "t*u'*?*u"), *form("(X*Y*u)", parts[1])
        turned = p.eq("Sigma' = Sigma", (centered, "?'"), centered)
        parts.append(at_most(p, "Sigma", "(X*Y)", p.square("Y*u", least), using=uses, symmetric=[turned]))
        high = p.implies(rest, inside(p, parts, "V", "X*Y", "Sigma"))
        many = p.axiom("complement of a vector", {"m": "n", "n": "d"}, a="X'*ones")
        high = p.unpack(p.apply(many, p.says("n = d + 1")), high, "Y")
        high = p.some(f"some X: {inner}", p.implies(below, high), "X")
    return p.every(low, "t"), p.every(high, "t")


def two_labels(p: Proof, centered: Theorem, trace: Theorem) -> Theorem:
    """For two labels there is one contrast, and the trace is its value."""
    with (
        p.assuming("K = 2") as two,
        p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa") as (at, contrast, unit, value),
    ):
        uses = (contrast, "2/K*(ones'*x)*?"), (unit, "(x'*x - 1)*?"), (two, "?")
        flat = p.null("P - x*x'", p.le("tr((P - x*x')'*(P - x*x')) <= 0", using=uses))
        inside_ = p.eq("Sigma*P = Sigma", (centered, "?*P"), centered)
        whole = (flat, "tr(Sigma*?)"), (inside_, "tr(?)"), trace, (two, "1/(2*K)*?")
        return p.implies(two, p.unpack(p.says(LEAST[1]), p.implies(at, p.eq("kappa = 1/2", value, *whole)), "x"))


def three_labels(p: Proof, centered: Theorem, entry: Theorem, traces: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """For three labels there is one contrast more than that of the least eigenvalue, whose value the trace has left."""
    low, trace, total = traces
    rest, unit = "(Sigma - kappa*P)", "ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa"
    with p.assuming("K = 3") as three, p.assuming(unit) as at:
        one = rank_one(p, centered, low, three, at)
        uses = (centered, "tr(?*Sigma)"), (centered, f"tr(P*{DIAGONAL}*P*?)")
        both = "sum[k]((e[k]'*f)*?[k]*e[k]')"
        squared = p.eq(
            "tr(Sigma*Sigma) = (1 - 2/K)*(f'*f) + 1/K^2",
            *(*uses, (entry, f"tr({both})"), (total, "1/K^2*(ones'*f + 1)*?")),
        )
        inside_ = p.eq("Sigma*P = Sigma", (centered, "?*P"), centered)
        spread = p.eq(f"tr({rest}) = 2/3 - 2*kappa", trace, (three, "(1/(3*K) - kappa)*?"))
        square = p.eq(
            f"tr({rest}*{rest}) = 1/3*(f'*f) + 1/9 - 4/3*kappa + 2*kappa^2",
            *(squared, (inside_, "2*kappa*tr(?)"), (trace, "2*kappa*?")),
            (three, "(kappa^2 - 2*kappa/(3*K) + 2/(3*K)*(f'*f) - (K + 3)/(9*K^2))*?"),
        )
        radicand = (p.says("2*e2 = (ones'*f)^2 - f'*f"), "3/2*?"), (total, "3/2*(ones'*f + 1)*?")
        known = (one, "9/2*?"), (square, "9/2*?"), (spread, f"9/2*(tr({rest}) + 2/3 - 2*kappa)*?")
        first = p.eq("(1 - 3*kappa)^2 = 1 - 3*e2", *known, *radicand)
        least = p.le("kappa <= 1/3", ((1, 2), nonnegative_trace(p, low, rest)[1]), using=[(spread, "1/2*?")])
        made = p.implies(at, p.join(first, least))
    return p.implies(three, p.unpack(p.says(LEAST[1]), made, "x"))


def rank_one(p: Proof, centered: Theorem, low: Theorem, three: Theorem, at: Theorem) -> Theorem:
    """What is positive semidefinite on one contrast has the square of its trace for the trace of its square."""
    rest, goal = "(Sigma - kappa*P)", "tr({0})^2 = tr({0}*{0})"
    contrast, unit, value = p.parts(at)
    none = p.definite("x", p.eq(f"x'*{rest}*x = 0", value, (unit, "kappa*?"), (contrast, "kappa/K*(ones'*x)*?")), low)
    turned, flat = p.symmetric(low), p.eq(f"{rest}*P = {rest}", (centered, "?*P"), centered)
    bound_text = f"(all x: x'*{rest}*x <= t*(x'*x) and -t*(x'*x) <= x'*{rest}*x)"
    with p.assuming(bound_text) as bound:
        with p.supposing(f"v'*v = 1 and (v'*{rest}*v = t or v'*{rest}*v = -t)") as (top, one, *_):
            above = p.take(p.at(bound, "v"), 0)

            def same(case: Theorem) -> Theorem:
                return case

            def opposite(case: Theorem) -> Theorem:
                upper = p.le(f"v'*{rest}*v <= t", above, using=[(one, "t*?")])
                lower = p.le(f"t <= v'*{rest}*v", (2, p.square("v", low)), using=[case])
                return p.antisymmetry(upper, lower)

            value = p.by_cases(p.take(top, 1), same, opposite)
            gap = p.semidefinite(f"t*I[K] - {rest}", p.take(p.at(bound, "x"), 0), turned=[turned])
            eigen = p.definite("v", p.eq(f"v'*(t*I[K] - {rest})*v = 0", value, (one, "t*?")), gap)

            def nothing(low_top: Theorem) -> Theorem:
                positive = nonnegative_trace(p, low, rest)[1]
                above = nonnegative_trace(p, gap, f"t*I[K] - {rest}")[1]
                small = p.le(f"tr({rest}) <= 0", above, (low_top, p.dimension("K")))
                zero = zero_trace(p, low, rest, p.antisymmetry(small, positive))
                return p.eq(goal.format(rest), (zero, f"tr(?)*tr({rest})", f"tr(?*{rest})"))

            def some(high: Theorem) -> Theorem:
                p.positive(high)
                uses = (eigen, "1/t*ones'*?"), (flat, "1/t*ones'*?'*v"), (turned, "1/t*ones'*?*v")
                center = p.eq("ones'*v = 0", *uses)
                apart = p.eq("x'*v = 0", (eigen, "1/t*x'*?"), (none, "1/t*?'*v"), (turned, "1/t*x'*?*v"))
                plane = "(P - x*x' - v*v')"
                given = [(contrast, "2/K*(ones'*x)*?"), (center, "2/K*(ones'*v)*?"), (unit, "(x'*x - 1)*?")]
                given += [(one, "(v'*v - 1)*?"), (apart, "2*x'*v*?"), (three, "?")]
                whole = p.null(plane, p.le(f"tr({plane}'*{plane}) <= 0", using=given))
                only = p.eq(f"{rest} = t*v*v'", (flat, "?"), (whole, f"{rest}*?"), (none, "?*x'"), (eigen, "?*v'"))
                contexts = f"tr(?)*tr({rest})", "t*(v'*v)*tr(?)", f"tr(?*{rest})", "t*tr(v*v'*?)"
                return p.eq(goal.format(rest), *((only, context) for context in contexts))

            found = p.by_cases(p.order_cases("t", "0"), nothing, some)
            found = p.implies(top, found)
        attained = f"some v: v'*v = 1 and (v'*{rest}*v = t or v'*{rest}*v = -t)"
        both = p.ledger.assume(p.formula(f"{bound_text} and ({attained})"))
        found = p.apply(p.some(attained, found, "v"), p.take(both, 1))
        found = p.apply(p.implies(bound, found), p.take(both, 0))
    norm = p.apply(p.axiom("spectral norm", {"n": "K"}, A=rest), turned)
    return p.unpack(norm, p.implies(both, found), "t")


def off_frequencies(p: Proof, centered: Theorem, entry: Theorem) -> Theorem:
    """Where t is no frequency: the secular equation, and that its eigenvector is the only one."""
    total, some = "(1/K*sum[k]((e[k]'*f)*(e[k]'*v)))", p.formula("some v: ones'*v = 0 and v'*v != 0 and Sigma*v = t*v")
    with p.assuming("all k: e[k]'*f - t != 0") as off:
        p.nonzeros.append(off)
        one = p.eq("all k: (e[k]'*f - t)*(1/(e[k]'*f - t)) = 1")
        with p.supposing("ones'*v = 0 and Sigma*v = t*v") as (at, contrast, eigen):
            known = p.eq(
                f"all k: (e[k]'*f - t)*(e[k]'*v) = {total}",
                *((eigen, "e[k]'*?"), (centered, "e[k]'*?*v"), (contrast, f"1/K*e[k]'*P*{DIAGONAL}*ones*?")),
                (entry, "?[k]'*v"),
            )
            known = p.eq(f"all k: e[k]'*v = {total}*(1/(e[k]'*f - t))", (known, "1/(e[k]'*f - t)*?[k]"))
            only = p.eq(f"v = {total}*{SECULAR}", (known, "sum[k](?[k]*e[k])"))
            multiple = p.witness(only, p.formula(f"some s: v = s*{SECULAR}"), total)
            multiple = p.every(p.implies(at, multiple), "v")
        with p.assuming("sum[k](1/(e[k]'*f - t)) = 0") as root:
            contrast = p.eq(f"ones'*{SECULAR} = 0", root)
            eigen = p.eq(
                f"Sigma*{SECULAR} = t*{SECULAR}",
                *((centered, f"?*{SECULAR}"), (entry, "P*sum[k](1/(e[k]'*f - t)*?[k])"), (one, "P*sum[k](?[k]*e[k])")),
                (contrast, f"1/K*P*{DIAGONAL}*ones*?", "t/K*ones*?"),
            )
            found = p.join(contrast, not_zero(p), eigen)
            forth = p.implies(root, p.witness(found, some, SECULAR))
        with p.supposing("ones'*v = 0 and v'*v != 0 and Sigma*v = t*v") as (at, contrast, unequal, eigen):
            scale = p.apply(p.at(multiple, "v"), p.join(contrast, eigen))
            with p.assuming(f"v = s*{SECULAR}") as scaled:
                with p.assuming("s = 0") as none:
                    nothing = p.eq("v'*v = 0", (scaled, "?'*v"), (none, f"?*{SECULAR}'*v"))
                    false = p.implies(none, vanishes(p, nothing, unequal))
                p.nonzeros.append(p.ledger.nonzero(false))
                back = p.eq("sum[k](1/(e[k]'*f - t)) = 0", (contrast, "1/s*?"), (scaled, "1/s*ones'*?"))
                back = p.implies(scaled, back)
            back = p.implies(at, p.unpack(scale, back, "s"))
        back = p.some("some v: ones'*v = 0 and v'*v != 0 and Sigma*v = t*v", back, "v")
        made = p.implies(off, p.join(p.both(forth, back), multiple))
    return p.every(made, "t")


def vanishes(p: Proof, zero: Theorem, nonzero: Theorem) -> Theorem:
    """False, since a number that is not 0 is 0."""
    return p.apply(p.ledger.fact("zero", ("->", zero.conclusion, FALSE), nonzero), zero)


def not_zero(p: Proof) -> Theorem:
    """The eigenvector of the secular equation is not zero, for its entries are 1/(f_j - t)."""
    apart, share = p.says(LABELS_APART[0]), "(1/(e[{}]'*f - t))"
    own, other = share.format("j"), share.format("k")
    same = p.eq(f"all j, k: (e[j]'*e[k])*{other} = (e[j]'*e[k])*{own}", (apart, f"{own}*{other}*?[j, k]'*f"))
    entry = p.eq(f"all j: e[j]'*{SECULAR} = {own}", (same, "sum[k](?[j, k])"))
    with p.assuming(f"{SECULAR}'*{SECULAR} = 0") as zero:
        none = p.definite(SECULAR, zero)
        uses = (entry, "(e[j]'*f - t)*?[j]"), (none, "(e[j]'*f - t)*e[j]'*?")
        false = p.implies(zero, p.absurd("false", p.le("0 < 0", 1, using=uses)))
    return p.ledger.nonzero(false)
