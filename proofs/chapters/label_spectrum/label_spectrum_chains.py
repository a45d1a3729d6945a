"""Chapter S, closed: from the formal hypotheses to the formal goals."""

from collections.abc import Sequence

from proofs.chapters.duality.duality_chains import cited
from proofs.claims.hypotheses import BALANCED, CENTERED, EXCHANGED, FIXED_SIZE, GREATEST, LEAST
from proofs.kernel.example import Case, at_once, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem


def above_least(p: Proof, least: Theorem) -> Theorem:
    """Sigma - kappa P is positive semidefinite."""
    return _shifted(p, least, "Sigma - kappa*P")


def below_greatest(p: Proof, greatest: Theorem) -> Theorem:
    """Kappa P - Sigma is positive semidefinite."""
    return _shifted(p, greatest, "Kappa*P - Sigma")


def _shifted(p: Proof, bound: Theorem, matrix: str) -> Theorem:
    """A bound on contrasts, at P x for any x."""
    centered = p.eq("ones'*(P*x) = 0")
    at_contrast = p.apply(p.at(bound, "P*x"), centered)
    return p.semidefinite(matrix, at_contrast)


def nonnegative_trace(p: Proof, psd: Theorem, matrix: str) -> tuple[Theorem, Theorem]:
    """For all k, 0 <= e_k' Q e_k; and 0 <= tr Q."""
    entries = p.square("all k: e[k]", psd)
    return entries, p.le(f"0 <= tr({matrix})", p.over(entries))


def zero_trace(p: Proof, psd: Theorem, matrix: str, zero: Theorem) -> Theorem:
    """A positive semidefinite matrix of trace zero is zero."""
    entries, _ = nonnegative_trace(p, psd, matrix)
    total = p.eq(f"sum[k](e[k]'*({matrix})*e[k]) = 0", zero)
    columns = p.definite("all k: e[k]", p.vanish(entries, total), psd)
    return p.eq(f"{matrix} = 0", (columns, "sum[k](?[k]*e[k]')"))


def flat_by_exchange(p: Proof, known: Sequence[Theorem], weight: str, counted: Theorem | None, count: str) -> Theorem:
    """Exchanges commute with the second moment; summed over one label they say what it makes of a basis vector.

    Args:
        p: where K, K - 1 and size may be divided by.
        known: that swap is symmetric, has rows of sum 1 under the weights, and exchanges.
        weight: that of S beside its probability, with a hole for the label set.
        counted: what the weights add up to, if that is not 1.
        count: that number.
    """
    (symmetric, once, moves), own, other = known, weight.format("S"), weight.format("T")
    apart, f, moment = "(e[j] - e[k])", f"sum[S]({own}*y[S])", f"sum[S]({own}*y[S]*y[S]')"
    kept = p.eq(
        f"all j, k: {apart}*({apart}'*{f}) = 0",
        (moves, f"sum[S](sum[T]({own}*{other}*?[j, k, S, T]))"),
        (symmetric, f"sum[S](sum[T]({own}*{other}*?[j, k, S, T]*y[T]))"),
        (once, f"sum[S]({own}*?[j, k, S]*y[S])", f"sum[S]({own}*?[j, k, S]*(y[S] - {apart}*({apart}'*y[S])))"),
    )
    total = [(counted, "size/K*?")] if counted else []
    even = p.eq(f"all j: e[j]'*{f} = {count}*size/K", (kept, "1/K*sum[k](e[j]'*?[j, k])"), *total)
    commutes = p.eq(
        f"all j, k: {apart}*{apart}'*{moment} = {moment}*{apart}*{apart}'",
        (moves, f"sum[S](sum[T]({own}*{other}*?[j, k, S, T]*y[S]'))"),
        (moves, f"sum[S](sum[T]({own}*{other}*y[T]*?[j, k, T, S]'))"),
        (symmetric, f"sum[S](sum[T]({own}*{other}*?[j, k, S, T]*y[T]*y[S]'))"),
        (once, f"sum[S]({own}*?[j, k, S]*(y[S] - {apart}*({apart}'*y[S]))*y[S]')"),
        (once, f"sum[T]({other}*?[j, k, T]*y[T]*(y[T] - {apart}*({apart}'*y[T]))')"),
    )
    column = p.eq(
        f"all j: (K - 1)*({moment}*e[j]) = (K - size)*(e[j]'*{f})*e[j] - (e[j]'*{f})*ones + size*{f}",
        (commutes, "sum[k](?[j, k]*e[j])"),
    )
    return p.eq(
        f"P*{moment}*P = {count}*kbar*P",
        (column, "1/(K - 1)*P*sum[j](?[j]*e[j]')*P"),
        (even, "(K - size)/(K - 1)*P*sum[j](?[j]*e[j]*e[j]')*P"),
    )


@closes("S1")
def balanced_value(p: Proof) -> None:
    """S1: exchanges commute with the second moment; summed over one label they say what it makes of a basis vector."""
    one, most = p.says("1 <= size"), p.says("size <= K - 1")
    p.positive(p.le("0 < size", one, 1))
    p.positive(p.le("0 < K - 1", one, most, 1))
    flat = p.eq("Sigma = kbar*P", flat_by_exchange(p, [p.says(text) for text in EXCHANGED], "1", None, "1"))
    premises = [p.says(text) for text in (*FIXED_SIZE, *CENTERED, *LEAST, *GREATEST, *BALANCED)]
    extremal = cited(p, "S2", premises)
    values = [p.apply(p.ledger.either(p.take(extremal, part), 1), flat) for part in (3, 4)]
    binomial = p.eq(
        "(K/size)^2*with_one_of_two = (K/size)^2*all_sets*kbar",
        (p.says("(K - 1)*with_one_of_two = (K - size)*with_one"), "(K/size)^2*1/(K - 1)*?"),
        (p.says("size*all_sets = K*with_one"), "(K/size)^2*1/(K - 1)*(K - size)/K*?"),
    )
    p.done(p.join(flat, *values, binomial))


@closes("S2")
def extremality(p: Proof) -> None:
    """S2: traces of the two shifted moments, and the diagonal of the second moment."""
    _, _, _, _, _, _, least, attained, greatest, attained_top, two, *_ = p.given
    p.positive(p.le("0 < K - 1", 1, two))
    low, high = above_least(p, least), below_greatest(p, greatest)
    trace = p.eq("tr(Sigma) = size*(K - size)/K")
    defect, excess = "Sigma - kappa*P", "Kappa*P - Sigma"
    _, positive = nonnegative_trace(p, low, defect)
    _, negative = nonnegative_trace(p, high, excess)
    share = p.reciprocal(p.le("0 < K - 1", 1, two))
    below = p.le("kappa <= kbar", (share, positive))
    above = p.le("kbar <= Kappa", (share, negative))
    equal = []
    for text, psd, matrix, some in (("kappa", low, defect, attained), ("Kappa", high, excess, attained_top)):
        with p.assuming(f"{text} = kbar") as same:
            zero = p.eq(f"tr({matrix}) = 0", (same, "(K - 1)*?"))
            flat = p.eq("Sigma = kbar*P", zero_trace(p, psd, matrix, zero), (same, "?*P"))
            forth = p.implies(same, flat)
        with p.assuming("Sigma = kbar*P") as flat:
            with p.supposing(f"ones'*x = 0 and x'*x = 1 and x'*Sigma*x = {text}") as (at, contrast, unit, value):
                found = p.eq(
                    f"{text} = kbar", value, (flat, "x'*?*x"), (unit, "kbar*?"), (contrast, "kbar/K*?'*(ones'*x)")
                )
                found = p.implies(at, found)
            back = p.implies(flat, p.unpack(some, found, "x"))
        equal.append(p.both(forth, back))
    with p.supposing("Sigma = kbar*P and K - 2*size != 0") as (uneven, flat, *_):
        p.nonzeros.append(p.take(uneven, 1))
        diagonal = p.eq("all k: e[k]'*f = size/K", (flat, "1/(K - 2*size)*K*(e[k]'*?*e[k])"))
        frequencies = p.eq("f = size/K*ones", (diagonal, "sum[k](?[k]*e[k])"))
        uniform = p.implies(uneven, frequencies)
    p.done(p.join(trace, below, above, *equal, uniform))


@closes("S4")
def complements(p: Proof) -> None:
    """S4: the opposite contrasts have the same second moment."""
    each = p.join(p.at(p.eq("all S: ones'*yc[S] = K - m[S]"), "S"), p.at(p.eq("all S: P*yc[S] = -P*y[S]"), "S"))
    p.done(p.join(p.every(each, "S"), p.eq("Sigma_c = Sigma")))


@closes("S5")
def co_occurrence(p: Proof) -> None:
    """S5: the Laplacian of co-occurrence, and when the weakest contrast is 0."""
    *_, least, attained, _, _ = p.given
    with p.assuming("all S: m[S] = size") as fixed:
        laplacian = p.eq(
            "M = size*sum[k]((e[k]'*f)*(e[k]*e[k]')) - Laplacian",
            (fixed, "sum[S](sum[k](?[S]*(e[k]'*y[S])*(e[k]*e[k]')))"),
        )
        laplacian = p.implies(fixed, laplacian)
    with p.assuming("ones'*x = 0") as contrast:
        energy = p.eq("x'*Sigma*x = sum[S]((x'*y[S])^2)", (contrast, "?*(1/K*(ones'*M*P*x))", "1/K*(x'*M*ones)*?"))
        energy = p.every(p.implies(contrast, energy), "x")
    squares = p.square("all S: x'*y[S]")
    goal = "ones'*x = 0 and x'*x != 0 and (all S: x'*y[S] = 0)"
    some = p.formula(f"some x: {goal}")
    with p.assuming("kappa = 0") as zero:
        with p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa") as (at, contrast, unit, value):
            of = p.apply(p.at(energy, "x"), contrast)
            total = p.eq("sum[S]((x'*y[S])'*(x'*y[S])) = 0", of, value, zero)
            silent = p.definite("all S: x'*y[S]", p.vanish(squares, total))
            positive = p.le("0 < x'*x", 1, using=[unit])
            nonzero = p.ledger.nonzero(positive)
            found = p.witness(p.join(contrast, nonzero, silent), some, "x")
            found = p.implies(at, found)
        forth = p.implies(zero, p.unpack(attained, found, "x"))
    with p.assuming(f"some x: {goal}") as exists:
        with p.supposing(goal) as (at, contrast, nonzero, silent):
            of = p.apply(p.at(energy, "x"), contrast)
            low = p.apply(p.at(least, "x"), contrast)
            flat = p.eq("x'*Sigma*x = 0", of, (silent, "sum[S](?[S]^2)"))
            small = p.le("kappa*(x'*x) <= 0", low, using=[flat])
            square = p.square("x")
            p.nonzeros.append(nonzero)
            inverse = p.ledger.positive_square(p.term("1/(x'*x)"), p.nonzero_inverse(nonzero))
            small = p.le("kappa <= 0", (square, inverse, small))
            small = p.implies(at, small)
        small = p.unpack(exists, small, "x")
        with p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa") as (at, contrast, _, value):
            of = p.apply(p.at(energy, "x"), contrast)
            large = p.implies(at, p.le("0 <= kappa", p.over(squares), using=[of, value]))
        large = p.unpack(attained, large, "x")
        back = p.implies(exists, p.antisymmetry(small, large))
    p.done(p.join(laplacian, energy, p.both(forth, back)))


@closes("S6")
def mixing(p: Proof) -> None:
    """S6: the second moment is linear, and bounds on every part add up."""
    _, _, _, _, attained, _, attained_top, least, greatest = p.given
    linear = p.eq("Sigma = sum[p](Part[p])")
    bounds = []
    for bound, some, text, value in (
        (least, attained, "sum[p](least[p]) <= kappa", "kappa"),
        (greatest, attained_top, "Kappa <= sum[p](greatest[p])", "Kappa"),
    ):
        with p.supposing(f"ones'*x = 0 and x'*x = 1 and x'*Sigma*x = {value}") as (at, contrast, unit, energy):
            each = p.every(p.apply(p.at(bound, "p", "x"), contrast), "p")
            letter = "least" if value == "kappa" else "greatest"
            total = p.le(text, p.over(each), using=[energy, (unit, f"sum[p]({letter}[p])*?")])
            bounds.append(p.unpack(some, p.implies(at, total), "x"))
    p.done(p.join(linear, *bounds))


def centered_design(
    p: Proof, pattern: Theorem, two: Theorem, larger: Theorem, *, matrix: str, count: str, weight: str
) -> Theorem:
    """Blocks of one size with every pair of labels in equally many have a second moment that is flat on contrasts.

    The row sums of the second moment are ``size`` times its diagonal, so that the diagonal is constant.
    """
    p.positive(p.le("0 < K - 1", 1, two))
    p.positive(p.le("0 < size - 1", 1, larger))
    own, frequencies = f"(e[j]'*{matrix}*e[j])", f"sum[S]({weight}*y[S])"
    rows = p.eq(f"(size - 1)*{frequencies} = pair*(K - 1)*ones", (pattern, "?*ones"))
    even = p.eq(f"{frequencies} = {count}*size/K*ones", (rows, "1/(size - 1)*?", "1/(K*(size - 1))*ones*(ones'*?)"))
    pairs = p.eq(f"(K - 1)*pair = {count}*size*(size - 1)/K", (rows, "1/K*(ones'*?)"))
    diagonal = p.eq(f"sum[j]({own}*(e[j]*e[j]')) = {count}*size/K*I[K]", (even, "sum[j]((e[j]'*?)*(e[j]*e[j]'))"))
    return p.eq(f"P*{matrix}*P = {count}*kbar*P", (pattern, "P*?*P"), (diagonal, "P*?*P"), (pairs, "1/(K - 1)*?*P"))


FANO = ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5))
FANO_PLANE = Case(
    dims={"K": 7},
    weights={"sets": ["1/7"] * 7},
    letters={"y": [[int(k in line) for k in range(7)] for line in FANO], "x": [1, 1, 0, 1, 0, 0, 0]},
)


@closes("S7")
def designs(p: Proof) -> None:
    """S7: the second moment of a 2-design, centered."""
    *_, two, _, _, larger, pattern = p.given
    flat = centered_design(p, pattern, two, larger, matrix="M", count="1", weight="1")
    p.done(p.eq("Sigma = kbar*P", flat))


@exemplifies("S7", FANO_PLANE)
def fano_plane(p: Proof) -> None:
    """S7: seven of the 35 sets of three labels are enough."""
    at_once(p)


@closes("S14")
def minorization_by_a_design(p: Proof) -> None:
    """S14: what is left of the second moment when the least weight of the blocks is taken off is nonnegative."""
    *_, two, _, _, _, attained, _, _, _, larger, pattern, _, _, minor = p.given
    weight = p.ledger.weight("sets")
    p.positive(weight)
    flat = centered_design(p, pattern, two, larger, matrix="Blocks", count="blocks", weight="1/w[S]*block[S]")
    inverse = p.every(p.reciprocal(p.at(weight, "S")), "S")
    rest = p.le("all S: 0 <= 1 - least*(1/w[S]*block[S])", p.square("all S: 1 - block[S]"), (inverse, minor))
    with p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = kappa") as (at, contrast, unit, energy):
        square = p.square("all S: y[S]'*P*x")
        parts = p.over(p.le("all S: 0 <= (1 - least*(1/w[S]*block[S]))*(y[S]'*P*x)^2", (rest, square)))
        bound = p.le(
            "kbar*blocks*least <= kappa",
            parts,
            using=[
                energy,
                (flat, "least*(x'*?*x)"),
                (unit, "least*(blocks*kbar)*?"),
                (contrast, "least*(blocks*kbar)/K*?^2"),
            ],
        )
        bound = p.implies(at, bound)
    p.done(p.unpack(attained, bound, "x"))


def energies(p: Proof, size: Theorem) -> tuple[Theorem, Theorem]:
    """For all S: 0 <= (y~_S' x)^2 and (y~_S' x)^2 <= c |x|^2, by Lagrange's identity."""
    squares = p.square("all S: y[S]'*P*x")
    lagrange = p.square("all S: P*y[S]*x' - x*(y[S]'*P)")
    return squares, p.le("all S: (y[S]'*P*x)^2 <= c*(x'*x)", (size, p.square("x")), ((1, 2), lagrange))


def norm_bounds(p: Proof, above: Theorem, below: Theorem, attained: Theorem, value: str) -> Theorem:
    """The norm is a value of the form or its negative, hence at most ``value``."""
    with p.supposing("x'*x = 1 and (x'*(Sigma - Sigma2)*x = norm or x'*(Sigma - Sigma2)*x = -norm)") as (
        at,
        unit,
        either,
    ):
        cases = []
        for text, bound in (("norm", above), ("-norm", below)):
            with p.assuming(f"x'*(Sigma - Sigma2)*x = {text}") as case:
                found = p.le(f"norm <= {value}", bound, using=[case, (unit, f"{value}*?")])
                cases.append(p.implies(case, found))
        bounded = p.implies(at, p.cases(either, *cases))
    return p.unpack(attained, bounded, "x")


def kappas(p: Proof, least: Theorem, attained: Theorem, other: str, mine: str, norm: Theorem) -> Theorem:
    """other - mine <= norm: at the weakest contrast of one the form of the other is not smaller than its kappa."""
    sigma = "Sigma" if mine == "kappa" else "Sigma2"
    with p.supposing(f"ones'*x = 0 and x'*x = 1 and x'*{sigma}*x = {mine}") as (at, contrast, unit, energy):
        low = p.apply(p.at(least, "x"), contrast)
        bound = p.take(p.at(norm, "x"), 1 if mine == "kappa" else 0)
        found = p.le(f"{other} - {mine} <= norm", low, bound, using=[energy, (unit, f"{other}*?", "norm*?")])
        found = p.implies(at, found)
    return p.unpack(attained, found, "x")


def two_moments(p: Proof) -> tuple[Theorem, Theorem, Theorem, Theorem, Theorem, tuple[Theorem, Theorem]]:
    """What S10 and S12 share: |q - q2| <= a, the size of contrasts, the norm and the two bounds on kappa."""
    _, _, _, _, _, _, least, attained, least2, attained2, up, down, size, norm, reached, *_ = p.given
    bounds = kappas(p, least, attained2, "kappa", "kappa2", norm), kappas(p, least2, attained, "kappa2", "kappa", norm)
    return up, down, size, norm, reached, bounds


@closes("S10")
def perturbation(p: Proof) -> None:
    """S10: the form of the difference is an average of energies with weights q - q2."""
    up, down, size, _, reached, bounds = two_moments(p)
    lengths = p.eq("all S: (P*y[S])'*(P*y[S]) = m[S]*(K - m[S])/K")
    squares, below = energies(p, size)
    spread = p.le("all S: 0 <= a[S]", ((1, 2), up), ((1, 2), down))
    value = "c*sum[S](a[S])"
    above = p.over(p.le("all S: (q[S] - q2[S])*(y[S]'*P*x)^2 <= a[S]*(c*(x'*x))", (up, squares), (spread, below)))
    under = p.over(p.le("all S: (q2[S] - q[S])*(y[S]'*P*x)^2 <= a[S]*(c*(x'*x))", (down, squares), (spread, below)))
    above = p.le(f"x'*(Sigma - Sigma2)*x <= {value}*(x'*x)", above)
    under = p.le(f"-(x'*(Sigma - Sigma2)*x) <= {value}*(x'*x)", under)
    p.done(p.join(lengths, *bounds, norm_bounds(p, above, under, reached, value)))


@closes("S12")
def best_perturbation(p: Proof) -> None:
    """S12: what one label set gains another loses, so energies count from the middle of their range."""
    up, down, size, _, reached, bounds = two_moments(p)
    balance = p.given[-1]
    squares, below = energies(p, size)
    value = "1/2*c*sum[S](a[S])"
    shifted = "((y[S]'*P*x)^2 - 1/2*(c*(x'*x)))"
    half = (1, 2)
    above = p.le(f"all S: (q[S] - q2[S])*{shifted} <= a[S]*(1/2*(c*(x'*x)))", (half, up, squares), (half, down, below))
    under = p.le(f"all S: (q2[S] - q[S])*{shifted} <= a[S]*(1/2*(c*(x'*x)))", (half, down, squares), (half, up, below))
    middle = (balance, "1/2*(c*(x'*x))*?")
    above = p.le(f"x'*(Sigma - Sigma2)*x <= {value}*(x'*x)", p.over(above), using=[middle])
    under = p.le(f"-(x'*(Sigma - Sigma2)*x) <= {value}*(x'*x)", p.over(under), using=[middle])
    p.done(p.join(*bounds, norm_bounds(p, above, under, reached, value)))


@closes("S9")
def contrast_energy(p: Proof) -> None:
    """S9: quadratic forms of the shifted moments in the columns of W."""
    *_, least, _, greatest, attained_top = p.given
    low, high = above_least(p, least), below_greatest(p, greatest)
    moment = p.eq("sum[S]((W'*P*y[S])'*(W'*P*y[S])) = tr(W'*Sigma*W)")
    below = p.le("kappa*tr((P*W)'*(P*W)) <= tr(W'*Sigma*W)", p.square("W", low))
    above = p.le("tr(W'*Sigma*W) <= Kappa*tr((P*W)'*(P*W))", p.square("W", high))
    with p.assuming("tr(W'*Sigma*W) = kappa*tr((P*W)'*(P*W))") as tight:
        zero = p.eq("tr(W'*(Sigma - kappa*P)*W) = 0", tight)
        forth = p.implies(tight, p.eq("Sigma*W = kappa*P*W", p.definite("W", zero, low)))
    with p.assuming("Sigma*W = kappa*P*W") as columns:
        back = p.eq("tr(W'*Sigma*W) = kappa*tr((P*W)'*(P*W))", (columns, "tr(W'*?)"))
        back = p.implies(columns, back)
    with p.assuming("kappa < Kappa") as apart:
        with p.supposing("ones'*x = 0 and x'*x = 1 and x'*Sigma*x = Kappa") as (at, contrast, unit, value):
            more = p.le(
                "kappa*((P*x)'*(P*x)) < x'*Sigma*x",
                apart,
                using=[value, (unit, "kappa*?"), (contrast, "kappa/K*?*(ones'*x)")],
            )
            found = p.implies(at, p.witness(more, p.formula("some v: kappa*((P*v)'*(P*v)) < v'*Sigma*v"), "x"))
        stronger = p.implies(apart, p.unpack(attained_top, found, "x"))
    p.done(p.join(moment, below, above, p.both(forth, back), stronger))


@exemplifies(
    "S12",
    Case(
        dims={"K": 2},
        weights={"sets": ("1/2", "1/2")},
        letters={
            "y": [(1, 0), (1, 1)],
            "q": ("3/2", "1/2"),
            "q2": ("1/2", "3/2"),
            "a": (1, 1),
            "c": "1/2",
            "norm": "1/4",
            "kappa": "3/8",
            "kappa2": "1/8",
        },
    ),
)
def half_is_best(p: Proof) -> None:
    """S12: of two label sets one has no contrast, and the other carries half of what they exchange."""
    at_once(p)
