"""U6b: the objective is lower semicontinuous, as losses have tangents, and has a minimum if the bias is bounded."""

from collections.abc import Callable

from proofs.claims.existence_formulas import AT, CONVEX
from proofs.kernel.proof import Proof
from proofs.kernel.terms import Tree, instantiate
from proofs.kernel.theorems import Theorem

FUN = f"({AT} + {{3}}'*N*{{3}})"
OWN, OTHER = (FUN.format(*x) for x in (("W", "X", "(A*b)", "b"), ("W2", "X2", "(A*b2)", "b2")))
Z, Z2 = "(W*X*place[S] + A*b)", "(W2*X2*place[S] + A*b2)"
SLOPE = f"slope[S]{Z}"
MOVES = "(W2 - W)", "(X2 - X)", "(b2 - b)"
OF_W = f"(sum[S]({SLOPE}*place[S]'*X') + lambda_W*W)"
OF_X = f"(sum[S](W'*{SLOPE}*place[S]') + lambda_H*sum[S](X*place[S]*place[S]'))"
OF_B = f"(A'*sum[S]({SLOPE}) + 2*N*b)"
LEVEL = "sum[S](L[S](0*b))"
STEEP = f"(tr({OF_W}'*{OF_W}) + tr({OF_X}'*{OF_X}) + {OF_B}'*{OF_B})"
FAR = "(tr((W2 - W)'*(W2 - W)) + tr((X2 - X)'*(X2 - X)) + (b2 - b)'*(b2 - b))"
CURVE = f"sum[S]({SLOPE}'*{SLOPE})"
SMALL = "eps/(share + 1 + {0})"
FEATURE = "(X2*place[S])'*(X2*place[S])"
FEATURES = f"sum[S]({FEATURE})"


class Norms:
    """A feature is no longer than all features together, and all of them are bounded by what they cost."""

    def __init__(self, p: Proof) -> None:
        frame, weight = p.says("sum[S](1/w[S]*place[S]*place[S]') = I[n]"), p.ledger.weight("sets")
        p.positive(weight)
        length, self.largest = "(X*place[S])'*(X*place[S])", "sum[T](1/w[T]*(1/w[T]))"
        pieces = p.reciprocal(p.at(weight, "S")), p.square("X*place[S]")
        each = p.every(p.le(f"0 <= 1/w[S]*({length})", pieces), "S")
        whole = p.eq(f"sum[S](1/w[S]*({length})) = tr(X'*X)", (frame, "tr(X*?*X')"))
        part = p.at(p.ledger.part(each), "S")
        self.feature = p.every(p.le(f"{length} <= tr(X'*X)", part, using=[whole]), "S", "X")
        squares = p.every(p.le("0 <= 1/w[S]*(1/w[S])", p.square("1/w[S]")), "S")
        share = p.le(f"1/w[S] <= {self.largest}", p.at(p.ledger.part(squares), "S"))
        each = p.every(p.le(f"1/w[S]*({length}) <= {self.largest}*({length})", (share, pieces[1])), "S")
        self.all = p.every(p.le(f"tr(X'*X) <= {self.largest}*sum[S]({length})", p.over(each), using=[whole]), "X")
        self.positive = p.le(f"0 <= {self.largest}", p.over(squares))


def continuous(p: Proof, norms: Norms) -> Theorem:
    """Lower semicontinuity, for any psd N: near a point the objective is not much less than what its tangents say."""
    with p.assuming("psd N") as psd, p.assuming("0 < eps") as positive:
        with p.assuming(f"0 < share and {STEEP} <= share*eps") as steep:
            near = nearby(p, norms, psd, (p.take(steep, 0), p.take(steep, 1)), positive)
            made = p.implies(steep, near)
        first = p.le(f"0 < 1 + {STEEP}", 1, *(p.square(x) for x in (OF_W, OF_X, OF_B)))
        inverse = p.reciprocal(positive)
        value = f"(1 + {STEEP})*(1/eps)"
        enough = p.join(p.le(f"0 < {value}", (first, inverse)), p.le(f"{STEEP} <= ({value})*eps", 1))
        some = p.witness(enough, p.formula(f"some share: 0 < share and {STEEP} <= share*eps"), value)
        found = p.every(p.implies(positive, p.unpack(some, made, "share")), "W", "X", "b", "eps")
        return p.every(p.implies(psd, found), "A", "N")


def nearby(p: Proof, norms: Norms, psd: Theorem, steep: tuple[Theorem, Theorem], positive: Theorem) -> Theorem:
    """The distance that is small enough."""
    rate, enough = steep
    curve = p.le(f"0 <= {CURVE}", p.over(p.every(p.square(SLOPE), "S")))
    total = p.le(f"0 < share + 1 + {CURVE}", rate, 1, curve)
    inverse, slow = p.reciprocal(total), p.reciprocal(rate)
    delta = SMALL.format(CURVE)
    young = [
        p.le(
            f"-tr({slope}'*{move}) <= 1/2*(1/share)*tr({slope}'*{slope}) + share/2*tr({move}'*{move})",
            ((1, 2), slow, p.square(f"{slope} + share*{move}")),
        )
        for slope, move in zip((OF_W, OF_X, OF_B), MOVES, strict=True)
    ]
    crossed = f"{SLOPE}'*(W2 - W)*(X2 - X)*place[S]"
    feature = "((X2 - X)*place[S])"
    cross = p.le(
        f"-({crossed}) <= 1/2*tr((W2 - W)'*(W2 - W)) + 1/2*({SLOPE}'*{SLOPE})*tr((X2 - X)'*(X2 - X))",
        ((1, 2), p.square(f"(W2 - W) + {SLOPE}*{feature}'")),
        ((1, 2), p.square(SLOPE), p.at(norms.feature, "S", "X2 - X")),
    )
    crosses = p.over(p.every(cross, "S"))
    tangent = p.over(p.every(p.at(p.says(CONVEX[1]), "S", Z, Z2), "S"))
    lengths = p.le(f"0 <= sum[S]({feature}'*{feature})", p.over(p.every(p.square(feature), "S")))
    fall = p.le(
        f"{OWN} - {OTHER} <= -tr({OF_W}'*(W2 - W)) - tr({OF_X}'*(X2 - X)) - {OF_B}'*(b2 - b) - sum[S]({crossed})",
        tangent,
        ((1, 2), p.given[0], p.square("W2 - W")),
        ((1, 2), p.given[1], lengths),
        p.square("b2 - b", psd),
        using=[(p.symmetric(psd), "b2'*?*b")],
    )
    with p.assuming(f"{FAR} <= {delta}") as close:
        squares = [p.square(x) for x in MOVES]
        near = p.le(
            f"{OWN} - eps <= {OTHER}",
            fall,
            *young,
            crosses,
            ((1, 2), slow, enough),
            ((1, 2), total, close),
            *(((1, 2), curve, squares[i]) for i in (0, 2)),
            ((1, 2), squares[1]),
            ((1, 2), squares[2]),
        )
        made = p.every(p.implies(close, near), "W2", "X2", "b2")
    found = p.join(p.le(f"0 < {delta}", (positive, inverse)), made)
    goal = f"some delta: 0 < delta and (all W2, X2, b2: {FAR[1:-1]} <= delta => {OWN} - eps <= {OTHER})"
    return p.witness(found, p.formula(goal), delta)


def attained(p: Proof, norms: Norms, lower: Theorem) -> Theorem:
    """There is a minimum, for any psd N, if what costs no more than nothing has a bounded b."""
    bias = f"(all W2, X2, b2: {OTHER} <= {LEVEL} => b2'*b2 <= bound)"
    with p.supposing(f"psd N and {bias}") as (at, psd, bounded):
        radius = f"2*(1/lambda_W)*{LEVEL} + 2*(1/lambda_H)*{norms.largest}*{LEVEL} + bound"
        with p.assuming(f"{OTHER} <= {LEVEL}") as low:
            losses = p.le("0 <= L[S](W2*X2*place[S] + A*b2)", p.at(p.says(CONVEX[0]), "S", Z2))
            losses = p.over(p.every(losses, "S"))
            size, bend = p.square("W2"), p.square("b2", psd)
            feature = "(X2*place[S])'*(X2*place[S])"
            features = p.le(f"0 <= sum[S]({feature})", p.over(p.every(p.square("X2*place[S]"), "S")))
            w, h = p.given[0], p.given[1]
            shares = p.reciprocal(w), p.reciprocal(h)
            one = p.le(
                f"tr(W2'*W2) <= 2*(1/lambda_W)*{LEVEL}",
                *((2, shares[0], x) for x in (low, losses, bend)),
                (shares[0], h, features),
            )
            two = p.le(
                f"sum[S]({feature}) <= 2*(1/lambda_H)*{LEVEL}",
                *((2, shares[1], x) for x in (low, losses, bend)),
                (shares[1], w, size),
            )
            three = p.apply(p.at(bounded, "W2", "X2", "b2"), low)
            inside = p.le(
                f"tr(W2'*W2) + tr(X2'*X2) + b2'*b2 <= {radius}",
                one,
                (norms.positive, two),
                p.at(norms.all, "X2"),
                three,
            )
            inside = p.every(p.implies(low, inside), "W2", "X2", "b2")
        fun = FUN.format("arg_0", "arg_1", "(A*arg_2)", "arg_2")[1:-1]
        put = {"fun": fun, "X": "0*W", "Y": "0*X", "z": "0*b", "level": LEVEL, "bound": radius}
        known = p.axiom("attainment of a minimum", {"n": "K", "m": "d", "k": "n"}, **put)
        _, left, right = known.conclusion[1][1]
        start = p.ledger.order("<=", left, right, [], [], p.rules, p.nonzeros)
        least = p.apply(known, p.join(start, inside, p.apply(p.at(lower, "A", "N"), psd)))
        found = p.implies(at, least)
    return p.every(found, "A", "N", "bound")


def minimum(
    p: Proof, attains: Theorem, at: tuple[str, str, str], psd: Theorem, bounded: Callable[[Theorem], Theorem]
) -> Theorem:
    """There is a minimum for this A, N and bound, which is shown for what costs no more than nothing."""
    made = p.at(attains, *at)
    body = made.conclusion[1][2]
    for name in ("W2", "X2", "b2"):
        body = instantiate(body[2], p.term(name))
    with p.assuming(body[1]) as low:
        each = p.every(p.implies(low, bounded(low)), "W2", "X2", "b2")
    return p.apply(made, p.join(psd, each))


def unpacked(p: Proof, some: Theorem, shown: Callable[[Theorem], Theorem]) -> Theorem:
    """What is shown of a point W, X, b that is known to exist."""
    names, trees = ("W", "X", "b"), [some.conclusion]
    while trees[-1][0] == "ex":
        trees.append(instantiate(trees[-1][2], p.term(names[len(trees) - 1])))
    with p.assuming(trees[-1]) as best:
        made = p.implies(best, shown(best))
    for tree, name in reversed(list(zip(trees[:-1], names, strict=False))):
        assumed = p.ledger.assume(tree)
        made = p.implies(assumed, p.unpack(assumed, made, name))
    return p.apply(made, some)


def exists(p: Proof, least: Theorem, tree: Tree, *values: str) -> Theorem:
    """That there is a minimum, from one."""
    trees = [tree]
    for value in values[:-1]:
        trees.append(instantiate(trees[-1][2], p.term(value)))
    for some, value in reversed(list(zip(trees, values, strict=True))):
        least = p.witness(least, some, value)
    return least


def as_it_is(p: Proof, best: Theorem) -> Theorem:
    """A minimum to which nothing was added."""
    least = p.le(f"{AT.format('W', 'X', 'b')} <= {AT.format('W2', 'X2', 'b2')}", p.at(best, "W2", "X2", "b2"))
    return exists(p, p.every(least, "W2", "X2", "b2"), p.goal[2][2][1][1], "W", "X", "b")


def nonnegative(p: Proof, bias: str) -> Theorem:
    """The objective is not negative."""
    losses = p.le(f"0 <= L[S](W2*X2*place[S] + {bias})", p.at(p.says(CONVEX[0]), "S", f"W2*X2*place[S] + {bias}"))
    features = p.over(p.every(p.square("X2*place[S]"), "S"))
    pieces = ((1, 2), p.given[0], p.square("W2")), ((1, 2), p.given[1], p.le(f"0 <= {FEATURES}", features))
    return p.le(f"0 <= {AT.format('W2', 'X2', bias)}", p.over(p.every(losses, "S")), *pieces)
