"""T3, closed: a well-conditioned second moment has the sign condition, and no larger condition number will do."""

from proofs.chapters.terminal_phase.terminal_phase_chains import turned
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

LABEL_SET = "(all k: (e[k]'*v)^2 = e[k]'*v)"


@closes("T3")
def kappa_control(p: Proof) -> None:
    """T3: by polarisation, and operator monotonicity of the root; a matrix with two eigenvalues is the example."""
    p.done(p.join(control(p), best_constant(p)))


def inverse_bounds(p: Proof) -> tuple[Theorem, Theorem]:
    """Q - P/s2 and P/s - Q are positive semidefinite, since their squares are so ordered."""
    _, _, _, least, greatest, root, _, square, own, flat, inverse, positive, low, positive2, high, *_ = p.given
    shares = {"s": p.reciprocal(positive), "s2": p.reciprocal(positive2)}
    right = turned(p, "Root", "Q", inverse, own, p.symmetric(root))
    other = p.eq("Q*ones = 0", (flat, "?'"), (own, "?*ones"))
    form = p.le(
        "0 <= x'*Q*x",
        p.square("Q*x", root),
        using=[(right, "x'*Q'*?*x"), (own, "x'*?*P*x"), (other, "1/K*(x'*?)*(ones'*x)")],
    )
    psd = p.psd(own, p.every(form, "x"))
    contrast = p.eq("ones'*(Q*x) = 0", (flat, "?*x"))
    energy = p.eq(
        "(Q*x)'*Sigma*(Q*x) = x'*P*x",
        (square, "x'*Q'*?*Q*x"),
        (right, "x'*Q'*Root*?*x"),
        (own, "x'*?*Root*P*x"),
        (inverse, "x'*?*P*x"),
    )
    made = []
    for of, bound, value in (("s2", greatest, high), ("s", least, low)):
        projector = p.semidefinite(f"1/{of}*P", (shares[of], p.square("P*x")))
        first, second = ("Q", f"1/{of}*P") if of == "s2" else (f"1/{of}*P", "Q")
        squares = f"({first})*({first}) - ({second})*({second})"
        larger = p.semidefinite(
            squares,
            (shares[of], shares[of], p.apply(p.at(bound, "Q*x"), contrast)),
            using=[(energy, f"1/{of}^2*?"), (value, f"1/{of}^2*?*((Q*x)'*(Q*x))"), (own, "x'*?*Q*x")],
            turned=[(own, "?*Q'", "Q*?")],
        )
        pair = (psd, projector) if of == "s2" else (projector, psd)
        made.append(p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A=first, B=second), p.join(*pair, larger)))
    return made[0], made[1]


def room(p: Proof, indicator: Theorem, outside: Theorem) -> Theorem:
    """A label set without the label j has at most K - 1 labels."""
    absent = "((1 - e[k]'*v)'*(1 - e[k]'*v))"
    part = p.formula(f"all k: w[k]*{absent} <= sum[k]({absent})")
    one = p.ledger.fact("part", part, p.square("all k: 1 - e[k]'*v"))
    using = [(indicator, "sum[k](?[k])"), (outside, "2*?"), (outside, "?*(e[j]'*v)")]
    return p.le("1 <= K - ones'*v", p.at(one, "j"), using=using)


def control(p: Proof) -> Theorem:
    """The bilinear form at a label and a set is the difference of two quadratic ones, which Q bounds."""
    least, greatest = p.given[3:5]
    own, flat, _, low, square, high, square2, one, _, theta, angle = p.given[8:]
    lower, upper = inverse_bounds(p)
    labels = p.reciprocal(p.dimension("K"))
    inverse, inverse2 = p.reciprocal(low), p.reciprocal(high)
    p.rewrite(flat, p.eq("Q*ones = 0", (flat, "?'"), (own, "?*ones")))
    scale = "theta*(K - ones'*v)"
    with (
        p.assuming("s2*(1 - theta) <= s*(1 + theta)") as condition,
        p.supposing(f"{LABEL_SET} and size <= ones'*v and e[j]'*v = 0") as (at, indicator, larger, outside),
    ):
        free = room(p, indicator, outside)
        p.rewrite(p.eq("v'*v = ones'*v", (indicator, "sum[k](?[k])")), outside)
        positive, some = p.le("0 < K - ones'*v", free, 1), p.le("0 < ones'*v", larger, one, 1)
        contrast = p.eq("ones'*(P*e[j]) = 0")
        between = [p.apply(p.at(bound, "P*e[j]"), contrast) for bound in (least, greatest)]
        more = p.le("0 < K - 1", larger, free, one, 1)
        share = p.reciprocal(p.le("0 < s + s2", low, high))
        apart = p.le(
            "s <= s2",
            *((share, p.reciprocal(more), p.dimension("K"), bound) for bound in between),
            using=[(square, "1/(s + s2)*?"), (square2, "1/(s + s2)*?")],
        )
        excess = p.le(
            f"0 <= ones'*v*(K - ones'*v)/K - ({scale})^2*(K - 1)/K",
            (labels, positive, larger),
            (labels, positive, larger, p.square("theta"), more),
            using=[(angle, "1/K*(K - ones'*v)*?")],
        )
        half, other = f"({scale}*(P*e[j]) + P*v)", f"({scale}*(P*e[j]) - P*v)"
        four = p.le(
            f"4*({scale})*(e[j]'*Q*v) <= 0",
            p.square(half, upper),
            p.square(other, lower),
            (inverse, inverse2, apart, excess),
            (2, inverse, inverse2, labels, some, positive, condition),
            using=[(own, f"2*({scale})*(e[j]'*?*v)")],
        )
        shares = p.reciprocal(p.le(f"0 < {scale}", (theta, positive)))
        sign = p.le("e[j]'*Q*v <= 0", ((1, 4), shares, four))
        return p.implies(condition, p.every(p.implies(at, sign), "v", "j"))


A = "(1/high*P + (1/low - 1/high)*length*(side*side'))"
B = "(high*P - (high - low)*length*(side*side'))"


def best_constant(p: Proof) -> Theorem:
    """A matrix with two eigenvalues whose eigenvectors are the two sides of the angle."""
    one, _, theta, angle = p.given[15:]
    labels = p.reciprocal(p.dimension("K"))
    some = p.le("0 < size", one, 1)
    side, length = "(theta*(K - size)*(P*e[j]) + P*v)", "(K/(2*size*(K - size)*(1 - theta)))"
    spectrum = two_eigenvalues(p)
    with p.supposing(
        f"""{LABEL_SET} and ones'*v = size and e[j]'*v = 0 and 0 < low and 0 < high
            and low*(1 + theta) < high*(1 - theta)"""
    ) as (at, indicator, total, outside, low, high, steep):
        free = room(p, indicator, outside)
        p.rewrite(p.eq("v'*v = size", (indicator, "sum[k](?[k])"), total), outside, total)
        positive = p.le("0 < K - size", free, 1)
        inverse, inverse2 = p.reciprocal(low), p.reciprocal(high)
        rest = p.le("0 < 1 - theta", (inverse2, steep), (inverse2, low), (inverse2, low, theta))
        p.reciprocal(rest), p.reciprocal(some), p.reciprocal(positive)
        apart = p.le("low < high", steep, (theta, low), (theta, high))
        unit = p.eq(f"{length}*({side}'*{side}) = 1", (angle, "1/2*1/size*1/(1 - theta)*?"))
        between = p.at(spectrum, side, length, "low", "high")
        between = p.apply(between, p.join(p.eq(f"ones'*{side} = 0"), unit, low, high, apart))
        a, b = (text.replace("side", side).replace("length", length) for text in (A, B))
        entry = p.le(
            f"0 < e[j]'*{a}*v",
            ((1, 2), p.reciprocal(theta), labels, some, inverse, inverse2, steep),
            using=[(angle, "1/2*(1/low - 1/high)*1/theta*1/K*?")],
        )
        exists = p.formula(
            """some A, B: A' = A and ones'*A = 0 and B' = B and ones'*B = 0 and A*B = P
            and (all x: ones'*x = 0 => low*(x'*x) <= x'*B*x and x'*B*x <= high*(x'*x)) and 0 < e[j]'*A*v"""
        )
        found = p.join(*(p.take(between, i) for i in range(6)), entry)
        found = p.witness(p.witness(found, instantiate(exists[2], p.term(a)), b), exists, a)
        return p.every(p.implies(at, found), "v", "j", "low", "high")


def two_eigenvalues(p: Proof) -> Theorem:
    """B has the eigenvalue low on side and high on the other contrasts, and A is its inverse there."""
    with p.supposing("ones'*side = 0 and length*(side'*side) = 1 and 0 < low and 0 < high and low < high") as (
        at,
        flat,
        unit,
        low,
        high,
        apart,
    ):
        p.rewrite(flat)
        p.positive(low)
        p.positive(high)
        share = p.le("0 <= length", p.square("length*side"), using=[(unit, "length*?")])
        part = "(x - length*(side'*x)*side)"
        with p.assuming("ones'*x = 0") as contrast:
            p.rewrite(contrast)
            using = [(unit, "(high - low)*length*(side'*x)^2*?")]
            lower = p.le(f"low*(x'*x) <= x'*{B}*x", (apart, p.square(part)), using=using)
            upper = p.le(f"x'*{B}*x <= high*(x'*x)", (apart, share, p.square("side'*x")))
            bounds = p.every(p.implies(contrast, p.join(lower, upper)), "x")
        made = p.join(
            p.eq(f"{A}' = {A}"),
            p.eq(f"ones'*{A} = 0"),
            p.eq(f"{B}' = {B}"),
            p.eq(f"ones'*{B} = 0"),
            p.eq(f"{A}*{B} = P", (unit, "(1/low - 1/high)*(high - low)*length*?*(side*side')")),
            bounds,
        )
        return p.every(p.implies(at, made), "side", "length", "low", "high")
