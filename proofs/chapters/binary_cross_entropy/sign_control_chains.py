"""B4c, closed: T3 on all of the space, for sign vectors and for indicators less their mean."""

from proofs.claims.binary_cross_entropy import BEST_CONSTANT, SIGN_MOMENT
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


@closes("B4c")
def sign_control(p: Proof) -> None:
    """B4c: by polarisation, and operator monotonicity of the root; a matrix with two eigenvalues is the example."""
    control = one_entry(p)
    p.done(p.join(sign_vectors(p, control), centered(p, control), best_constant(p)))


def inverse_bounds(p: Proof) -> tuple[Theorem, Theorem]:
    """Q - I/s2 and I/s - Q are positive semidefinite, since their squares are so ordered."""
    root, square, own, inverse, low, least, high, greatest = p.given[2:]
    shares = {"s": p.reciprocal(low), "s2": p.reciprocal(high)}
    right = p.eq("Root*Q = I[K]", (inverse, "?'"), (own, "Root*?"), (p.symmetric(root), "?*Q'"))
    form = p.le("0 <= x'*Q*x", p.square("Q*x", root), using=[(right, "x'*Q'*?*x")])
    psd = p.psd(own, p.every(form, "x"))
    energy = p.eq(
        "(Q*x)'*N*(Q*x) = x'*x",
        (square, "x'*Q'*?*Q*x"),
        (right, "x'*Q'*Root*?*x"),
        (own, "x'*?*Root*x"),
        (inverse, "x'*?*x"),
    )
    made = []
    for of, bound in (("s2", greatest), ("s", least)):
        identity = p.semidefinite(f"1/{of}*I[K]", (shares[of], p.square("x")))
        first, second = ("Q", f"1/{of}*I[K]") if of == "s2" else (f"1/{of}*I[K]", "Q")
        squares = f"({first})*({first}) - ({second})*({second})"
        larger = p.semidefinite(
            squares,
            (shares[of], shares[of], p.at(bound, "Q*x")),
            using=[(energy, f"1/{of}^2*?"), (own, "x'*?*Q*x")],
            turned=[(own, "?*Q'", "Q*?")],
        )
        pair = (psd, identity) if of == "s2" else (identity, psd)
        made.append(p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A=first, B=second), p.join(*pair, larger)))
    return made[0], made[1]


def one_entry(p: Proof) -> Theorem:
    """An entry of Q v has the sign that v has there, if the angle between v and that axis is small enough."""
    own, low, high = p.given[4], p.given[6], p.given[8]
    lower, upper = inverse_bounds(p)
    inverse, inverse2 = p.reciprocal(low), p.reciprocal(high)
    with p.supposing(
        """sign^2 = 1 and 0 < t and v'*v = t^2 and theta*t <= sign*(e[k]'*v)
        and s2*(1 - theta) <= s*(1 + theta)"""
    ) as (at, unit, some, length, angle, condition):
        share = p.reciprocal(some)
        half, other = "(sign*t*e[k] + v)", "(sign*t*e[k] - v)"
        four = p.le(
            "0 <= 4*t*(sign*(e[k]'*Q*v))",
            p.square(half, lower),
            p.square(other, upper),
            (2, inverse, some, angle),
            (2, inverse2, some, angle),
            (2, inverse, inverse2, some, some, condition),
            using=[(own, "2*(sign*t)*(e[k]'*?*v)"), (unit, "(1/s2 - 1/s)*t^2*?"), (length, "(1/s2 - 1/s)*?")],
        )
        entry = p.le("0 <= sign*(e[k]'*Q*v)", ((1, 4), share, four))
        return p.every(p.implies(at, entry), "v", "k", "sign", "theta", "t")


def sign_vectors(p: Proof, control: Theorem) -> Theorem:
    """A sign vector has the length of the root of K, of which every entry is the same share."""
    v, sign = "2*v - ones", "(2*(e[k]'*v) - 1)"
    with p.assuming(f"{SIGN_MOMENT} and 0 < root and root^2 = K and s2*(root - 1) <= s*(root + 1)") as case:
        positive, size, condition = (p.take(case, i) for i in (1, 2, 3))
        share = p.reciprocal(positive)
        with p.assuming("all k: (e[k]'*v)^2 = e[k]'*v") as indicator:
            one = p.eq(f"{sign}^2 = 1", (p.at(indicator, "k"), "4*?"))
            length = p.eq(f"({v})'*({v}) = root^2", (indicator, "4*sum[k](?[k])"), size)
            angle = p.le(f"1/root*root <= {sign}*(e[k]'*({v}))", using=[one])
            enough = p.le("s2*(1 - 1/root) <= s*(1 + 1/root)", (share, condition))
            made = p.apply(p.at(control, v, "k", sign, "1/root", "root"), p.join(one, positive, length, angle, enough))
            made = p.every(p.implies(indicator, p.every(made, "k")), "v")
        return p.implies(case, made)


def centered(p: Proof, control: Theorem) -> Theorem:
    """An indicator less the frequencies has the signs of the indicator; where it is 0 there is nothing to show."""
    v, sign, entry = "(y[S] - f)", "(2*(e[k]'*y[S]) - 1)", "(e[k]'*(y[S] - f))"
    one = p.eq(f"{sign}^2 = 1")
    often = p.le("0 <= e[k]'*f", p.over(p.square("all S: e[k]'*y[S]")))
    rarely = p.le("e[k]'*f <= 1", p.over(p.square("all S: 1 - e[k]'*y[S]")))
    side = p.le(f"0 <= {sign}*{entry}", (p.square("1 - e[k]'*y[S]"), often), (p.square("e[k]'*y[S]"), rarely))
    goal = f"0 <= {sign}*(e[k]'*Q*{v})"
    with p.assuming(
        f"""N = sum[S]({v}*{v}') and (all S, k: theta^2*({v}'*{v}) <= {entry}^2)
        and s2*(1 - theta) <= s*(1 + theta)"""
    ) as case:
        share, condition = p.at(p.take(case, 1), "S", "k"), p.take(case, 2)
        with p.supposing(f"0 <= t and t^2 = {v}'*{v}") as (at, size, length):

            def nothing(small: Theorem) -> Theorem:
                flat = p.le(f"{v}'*{v} <= 0", (size, small), using=[length])
                return p.le(goal, using=[(p.null(v, flat), f"{sign}*(e[k]'*Q*?)")])

            def something(some: Theorem) -> Theorem:
                def wide(less: Theorem) -> Theorem:
                    more = p.le("0 < theta*t", less, side)
                    return p.absurd(f"theta*t <= {sign}*{entry}", beyond(p, less, side, more, share, length))

                near = p.by_cases(p.order_cases("theta*t", f"{sign}*{entry}"), lambda found: found, wide)
                turned_ = p.eq(f"{v}'*{v} = t^2", length)
                made = p.at(control, v, "k", sign, "theta", "t")
                return p.apply(made, p.join(one, some, turned_, near, condition))

            made = p.implies(at, p.by_cases(p.order_cases("t", "0"), nothing, something))
        square = p.square(v)
        root = p.apply(p.axiom("square root", {}, t=f"{v}'*{v}"), p.le(f"0 <= {v}'*{v}", square))
        return p.implies(case, p.every(p.every(p.unpack(root, made, "t"), "k"), "S"))


def beyond(p: Proof, less: Theorem, side: Theorem, more: Theorem, share: Theorem, length: Theorem) -> Theorem:
    """A number less than itself: an entry that is too small has a square that is too small."""
    return p.le("0 < 0", (less, more), (less, side), share, using=[(length, "theta^2*?")])


A = "(1/high*I[K] + (1/low - 1/high)*length*(side*side'))"
B = "(high*I[K] - (high - low)*length*(side*side'))"


def best_constant(p: Proof) -> Theorem:
    """A matrix with two eigenvalues whose eigenvectors are the two sides of the angle."""
    spectrum = two_eigenvalues(p)
    side, length = "(sign*t*e[k] - v)", "(1/(2*t^2*(1 - theta)))"
    with p.supposing(
        """sign^2 = 1 and 0 < t and v'*v = t^2 and 0 <= theta and sign*(e[k]'*v) = theta*t
        and 0 < low and 0 < high and low*(1 + theta) < high*(1 - theta)"""
    ) as (at, unit, some, size, least, angle, low, high, steep):
        p.positive(some)
        inverse, inverse2 = p.reciprocal(low), p.reciprocal(high)
        rest = p.le("0 < 1 - theta", (inverse2, steep), (inverse2, low), (inverse2, low, least))
        p.reciprocal(rest)
        apart = p.le("low < high", steep, (least, low), (least, high))
        known = (unit, f"{length}*t^2*?"), (size, f"{length}*?"), (angle, f"2*{length}*t*?")
        one = p.eq(f"{length}*({side}'*{side}) = 1", *known)
        between = p.apply(p.at(spectrum, side, length, "low", "high"), p.join(one, low, high, apart))
        a, b = (text.replace("side", side).replace("length", length) for text in (A, B))
        over = f"(1/low - 1/high)*{length}"
        entry = p.le(
            f"sign*(e[k]'*{a}*v) < 0",
            ((1, 2), some, inverse, inverse2, steep),
            using=[
                (angle, "1/high*?"),
                (unit, f"{over}*t*({side}'*v)*?"),
                (angle, f"{over}*({side}'*v)*?", f"{over}*(t - theta*t)*t*?"),
                (size, f"{over}*(t - theta*t)*?"),
            ],
        )
        exists = p.formula(BEST_CONSTANT)
        found = p.join(*(p.take(between, i) for i in range(4)), entry)
        found = p.witness(p.witness(found, instantiate(exists[2], p.term(a)), b), exists, a)
        return p.every(p.implies(at, found), "v", "k", "sign", "theta", "t", "low", "high")


def two_eigenvalues(p: Proof) -> Theorem:
    """B has the eigenvalue low on side and high on what is orthogonal to it, and A is its inverse."""
    with p.supposing("length*(side'*side) = 1 and 0 < low and 0 < high and low < high") as (at, unit, low, high, apart):
        p.positive(low)
        p.positive(high)
        share = p.le("0 <= length", p.square("length*side"), using=[(unit, "length*?")])
        part = "(x - length*(side'*x)*side)"
        lower = p.le(
            f"low*(x'*x) <= x'*{B}*x", (apart, p.square(part)), using=[(unit, "(high - low)*length*(side'*x)^2*?")]
        )
        upper = p.le(f"x'*{B}*x <= high*(x'*x)", (apart, share, p.square("side'*x")))
        made = p.join(
            p.eq(f"{A}' = {A}"),
            p.eq(f"{B}' = {B}"),
            p.eq(f"{A}*{B} = I[K]", (unit, "(1/low - 1/high)*(high - low)*length*?*(side*side')")),
            p.every(p.join(lower, upper), "x"),
        )
        return p.every(p.implies(at, made), "side", "length", "low", "high")
