"""W3d, refuted: four single labels and the pairs of three of them, where a symmetry hides what the rule misses."""

from fractions import Fraction
from typing import Any

from proofs.chapters.terminal_phase.known_spectra_chains import positive_root
from proofs.claims.converse_formulas import COST, MARGINS, SYNTHESIS
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, Used
from proofs.kernel.terms import FALSE
from proofs.kernel.theorems import Theorem

OWN, ANY = COST.format("W", "X"), COST.format("W2", "X2")
LOGITS = "(W2*X2*place[S] + b2)"
MARGIN = f"((e[k] - e[j])'*{LOGITS} - 1)"
SIDES = "(e[k]'*y[S])*(1 - e[j]'*y[S])"
SLACK = f"(-{SIDES}*(e[j]'*r[S])*{MARGIN})"
APART = "(X2*place[S] - W2'*r[S])"
AMONG = "sum[k](sum[j]({0}))"
SHARE = f"1/m[S]*{AMONG.format(SLACK)}"
SQUARES, LEVEL = f"sum[S]({APART}'*{APART})", "(W2'*ones)'*(W2'*ones)"
EXCESS = f"1/2*{SQUARES} + 1/2*(1/K)*({LEVEL}) + sum[S]({SHARE})"
OUTSIDE = f"y[S]'*{LOGITS} - m[S]*(e[j]'*{LOGITS}) - m[S]"
INSIDE = f"(K - m[S])*(e[k]'*{LOGITS}) - (ones - y[S])'*{LOGITS} - (K - m[S])"

DUAL = (
    f"all S, j, k: {SIDES}*(e[j]'*r[S]) <= 0",
    f"all S: m[S]*r[S] = {AMONG.format(f'-{SIDES}*(e[j]{chr(39)}*r[S])*(e[k] - e[j])')}",
    "all S: ones'*r[S] = 0",
    "sum[S](r[S]) = 0",
    "sum[S](r[S]*r[S]') = P",
    f"{OWN} = sum[S](r[S]'*y[S])",
)
"""Multipliers of the margins, the same for all labels of a set, whose value is the cost of the point."""
FORCED = (
    "all S, j: tight[S]*(1 - e[j]'*y[S]) = -gain[S, j]*(1 - e[j]'*y[S])*(e[j]'*r[S])",
    "all S: r[S] = sum[T](part[S, T]*r[T])",
    "all S: sum[T](part[S, T]) = 0",
    "all S, T: part[S, T] = part[S, T]*tight[T]",
    "all S: W*X*place[S] = sum[T](part[S, T]*(P*y[T]))",
)
"""The sets without a multiplier that is 0, and the others as combinations of them."""
POLAR = (
    *("N' = N", "N*N = N", "ones'*N = 0", "ones'*v = 0", "v'*v = 12", "N*v = 0", "P = N + 1/12*v*v'"),
    "P*C*P = 25/81*N + {0}/12*v*v'",
)
WRONG = "e[j]'*y[S] = 0 and e[j]'*N*(y[S] - f) = 0 and 0 < (e[j]'*v)*(v'*(y[S] - f))"
ROOT, INVERSE = "(5/9*N + s/12*v*v')", "(9/5*N + 1/s/12*v*v')"
"""The covariance has two eigenvalues, on the contrasts of the first three labels and on v."""

Row = tuple[Fraction, ...]
_SETS = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (1, 1, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0))
_WEIGHTS = tuple(Fraction(n, 81) for n in (9, 9, 9, 6, 16, 16, 16))
_ACROSS, _ROOM, _EIGENVALUE = (1, 1, 1, -3), Fraction(4, 27), Fraction(308, 2187)
"""The direction in which label 4 differs, how much room its margins have at the other single labels, and the eigenvalue
of the covariance there."""
_CLASSIFIER = [
    *([Fraction(n, 6) * x for x in (1, -1, 0, 0)] for n in (3, 1)),
    *([Fraction(n, 18) * x for x in (1, 1, -2, 0)] for n in (5, 2, 1)),
    *([Fraction(n, 18) * x for x in _ACROSS] for n in (3, 1)),
]
"""Columns whose squares add up to 5/9 N + 10/27 vv'/12."""


def _dot(a: Any, b: Any) -> Fraction:
    return sum((Fraction(x) * y for x, y in zip(a, b, strict=True)), Fraction())


def _mean(rows: Any) -> Row:
    return tuple(_dot(_WEIGHTS, column) for column in zip(*rows, strict=True))


def _case() -> Case:
    """The solution: its multipliers r are 9/5 N + 27/10 vv'/12 times the logits, and features are W'r."""
    tight = [int(n > 2) for n in range(7)]
    lower = [(*y[:3], y[3] - (0 if on else _ROOM)) for y, on in zip(_SETS, tight, strict=True)]
    logits = [tuple(x - sum(y) / Fraction(4) for x in y) for y in lower]
    bias = _mean(logits)
    among = [[Fraction(3 * int(i == j) - 1, 3) if i < 3 and j < 3 else Fraction() for i in range(4)] for j in range(4)]
    dual = [
        [
            Fraction(9, 5) * _dot(row, w) + Fraction(9, 40) * x * _dot(_ACROSS, w)
            for row, x in zip(among, _ACROSS, strict=True)
        ]
        for w in ([x - mean for x, mean in zip(z, bias, strict=True)] for z in logits)
    ]
    features = [[_dot(column, q) for q in dual] for column in _CLASSIFIER]
    nothing = [Fraction(n, 54) for n in (0, 0, 0, 6, 16, 16, 16)]
    part = [
        [
            (int(s == t) - x if tight[s] else Fraction(on * (1 - 3 * int(not _SETS[t][s])) if t > 3 else 0, 3)) / w
            for t, (x, on, w) in enumerate(zip(nothing, tight, _WEIGHTS, strict=True))
        ]
        for s in range(7)
    ]
    gain = [
        [-1 / q if on and not inside else 0 for q, inside in zip(row, y, strict=True)]
        for row, y, on in zip(dual, _SETS, tight, strict=True)
    ]
    places = [[int(i == n) for i in range(7)] for n in range(7)]
    letters: dict[str, Any] = {"y": _SETS, "m": [sum(y) for y in _SETS], "place": places, "own": places[:4]}
    letters |= {"mbar": Fraction(43, 27), "W": list(zip(*_CLASSIFIER, strict=True)), "X": features, "b": bias}
    letters |= {"r": dual, "tight": tight, "gain": gain, "part": part, "N": among, "v": _ACROSS}
    facts: tuple[str, ...] = (MARGINS.format("W", "X", "b"), *DUAL, *FORCED, f"all S: {SYNTHESIS}")
    facts += (*(text.format(f"({_EIGENVALUE})") for text in POLAR), f"some S, j: {WRONG}")
    return Case({"K": 4, "d": 7, "n": 7}, {"sets": _WEIGHTS}, letters, facts)


@exemplifies("W3d", _case())
def signs_with_larger_sets(p: Proof) -> None:
    """W3d: a solution with its multipliers, which no other solution leaves; one sign is wrong nevertheless."""
    p.dimension("K")
    claimed = p.ledger.assume(p.goal[-1][1])
    margins, rule = (p.says(text) for text in (MARGINS.format("W", "X", "b"), f"all S: {SYNTHESIS}"))
    signs = p.apply(claimed, p.join(margins, no_other(p), rule))
    false = wrong(p, signs)
    p.done(p.join(*p.given[: len(p.goal) - 2], p.implies(claimed, false)))


def no_other(p: Proof) -> Theorem:
    """No feasible point costs less than the multipliers are worth, and one that costs no more has the same logits."""
    with p.assuming(MARGINS.format("W2", "X2", "b2")) as feasible:
        excess = Excess(p, feasible)
        least = p.le(f"{OWN} <= {ANY}", *excess.parts, using=[excess.identity])
        with p.assuming(f"{ANY} <= {OWN}") as no_more:
            same = p.implies(no_more, logits(p, *excess.nothing(no_more)))
        found = p.implies(feasible, p.join(least, same))
    return p.every(found, "W2", "X2", "b2")


class Excess:
    """What another feasible point costs more, in three parts, none of which is negative."""

    def __init__(self, p: Proof, feasible: Theorem) -> None:
        self.p = p
        signs, multipliers, flat, mean, moment, value = (p.says(text) for text in DUAL)
        slack = p.le(f"0 <= {SLACK}", (p.at(signs, "S", "j", "k"), p.at(feasible, "S", "j", "k")))
        self.slacks = p.every(slack, "S", "k", "j")
        row = p.le(f"0 <= sum[j]({SLACK})", p.over(p.at(self.slacks, "S", "k")))
        self.rows = p.every(row, "S", "k")
        size = p.le("all S: 0 < m[S]", p.says("all S: 1 <= m[S]"), 1)
        p.positive(size)
        share = p.le(f"0 <= {SHARE}", (p.reciprocal(p.at(size, "S")), p.over(p.at(self.rows, "S"))))
        self.shares, self.squares = p.every(share, "S"), p.square(f"all S: {APART}")
        self.dim = p.dimension("K")
        level = (1, 2), p.reciprocal(self.dim), p.square("W2'*ones")
        squares = p.le(f"0 <= {SQUARES}", p.over(self.squares))
        self.parts = ((1, 2), squares), level, p.le(f"0 <= sum[S]({SHARE})", p.over(self.shares))
        self.identity = p.eq(
            f"{ANY} - ({OWN}) = {EXCESS}",
            value,
            (multipliers, f"sum[S](1/m[S]*?[S]'*{LOGITS})"),
            (mean, "?'*b2"),
            (moment, "1/2*tr(W2'*?*W2)"),
            (flat, "sum[S](?[S])"),
        )

    def nothing(self, no_more: Theorem) -> tuple[Theorem, Theorem, Theorem]:
        """If it costs no more all parts are 0: features are W'r, W has no mean, and no margin with a multiplier is
        larger than 1."""
        p, (squares, level, shares) = self.p, self.parts
        small = p.le(f"{EXCESS} <= 0", no_more, using=[self.identity])
        apart = p.le(f"{SQUARES} <= 0", (2, small), level[1:], (2, shares))
        features = p.definite(f"all S: {APART}", p.vanish(self.squares, p.antisymmetry(apart, squares[1])))
        flat = p.null(
            "W2'*ones", p.le(f"{LEVEL} <= 0", (2, self.dim, small), (self.dim, squares[1]), (2, self.dim, shares))
        )
        none = p.antisymmetry(p.le(f"sum[S]({SHARE}) <= 0", small, squares, level), shares)
        share = p.at(p.vanish(self.shares, none), "S")
        sums = p.eq(f"{AMONG.format(SLACK)} = 0", (share, "m[S]*?"))
        row = p.at(p.vanish(p.at(self.rows, "S"), sums), "k")
        return features, flat, p.every(p.vanish(p.at(self.slacks, "S", "k"), row), "S", "k")


def logits(p: Proof, features: Theorem, flat: Theorem, slack: Theorem) -> Theorem:
    """Logits of the sets without a multiplier of 0 are those of the labels, and the others are combinations of them."""
    forced, dual, balanced, only, own = (p.says(text) for text in FORCED)
    p.positive(p.le("all S: 0 < K - m[S]", p.says("all S: m[S] <= K - 1"), 1))
    each = p.eq(
        f"tight[S]*{SIDES}*{MARGIN} = 0", (forced, f"(e[k]'*y[S])*{MARGIN}*?[S, j]"), (slack, "gain[S, j]*?[S, k, j]")
    )
    each = p.every(each, "k", "j")
    outside = p.eq(f"all j: tight[S]*(1 - e[j]'*y[S])*({OUTSIDE}) = 0", (each, "sum[k](?[k, j])"))
    inside = p.eq(f"all k: tight[S]*(e[k]'*y[S])*({INSIDE}) = 0", (each, "sum[j](?[k, j])"))
    entry = p.eq(
        f"e[i]'*(tight[S]*{LOGITS}) = e[i]'*(tight[S]*(y[S] + (y[S]'*{LOGITS}/m[S] - 1)*ones))",
        (p.at(outside, "i"), "1/m[S]*?"),
        (p.at(inside, "i"), "1/(K - m[S])*?"),
        (outside, "e[i]'*y[S]/(m[S]*(K - m[S]))*sum[j](?[j])"),
    )
    whole = p.every(p.every(entry, "i"), "S")
    level = p.eq(f"all S: tight[S]*(P*{LOGITS}) = tight[S]*(P*y[S])", (whole, "P*sum[i](e[i]*?[S, i])"))
    made = p.eq(
        "W2*X2*place[S] = W*X*place[S]",
        (features, "W2*?[S]"),
        (dual, "W2*W2'*?[S]"),
        (features, "sum[T](part[S, T]*W2*?[T])"),
        (flat, "1/K*ones*?'*sum[T](part[S, T]*X2*place[T])"),
        (only, "sum[T](?[S, T]*(P*(W2*X2*place[T])))"),
        (level, "sum[T](part[S, T]*?[T])"),
        (only, "sum[T](?[S, T]*(P*y[T]))", "sum[T](?[S, T]*(P*b2))"),
        (balanced, "?[S]*(P*b2)"),
        (own, "?[S]"),
    )
    return p.every(made, "S")


def wrong(p: Proof, signs: Theorem) -> Theorem:
    """The polar root, with that of the eigenvalue on v, and its inverse, which has a positive entry off a set."""
    value, number = f"({_EIGENVALUE})", (_EIGENVALUE.numerator, _EIGENVALUE.denominator)
    some = positive_root(p, value, p.le(f"0 < {value}", (number,)), "s")
    with p.assuming(f"0 < s and s^2 = {value}") as root:
        inverse = p.reciprocal(p.take(root, 0))
        entries = p.apply(p.at(signs, ROOT, INVERSE), polar(p, root))
        with p.supposing(WRONG) as (at, outside, across, sign):
            entry = p.apply(p.at(entries, "S", "j"), outside)
            less = p.le("0 < 0", entry, ((1, 12), inverse, sign), using=[(across, "9/5*?")])
            false = p.implies(at, p.ledger.fact("impossible", FALSE, less))
        false = p.unpack(p.says(f"some S, j: {WRONG}"), p.some(f"some j: {WRONG}", false, "j"), "S")
        made = p.implies(root, false)
    return p.unpack(some, made, "s")


def polar(p: Proof, root: Theorem) -> Theorem:
    """That these are the root and its inverse."""
    symmetric, idempotent, flat, level, length, apart, center, moment = (
        p.says(x.format(f"({_EIGENVALUE})")) for x in POLAR
    )
    uses = (5, 9), p.square("N*x"), (1, 12), p.take(root, 0), p.square("v'*x")

    def crossed(scale: str, other: str) -> tuple[Used, ...]:
        return (apart, f"{scale}*?*v'"), (apart, f"{other}*v*?'"), (symmetric, f"{other}*v*v'*?")

    squared, product = crossed("5/9*s/12", "5/9*s/12"), crossed("9/5*s/12", "5/9*1/s/12")
    return p.join(
        p.semidefinite(
            ROOT,
            uses[:2],
            uses[2:],
            using=[(symmetric, "5/9*x'*?*N*x"), (idempotent, "5/9*x'*?*x")],
            turned=[(symmetric, "5/9*?")],
        ),
        p.eq(f"ones'*{ROOT} = 0", (flat, "5/9*?"), (level, "s/12*?*v'")),
        p.eq(
            f"{ROOT}*{ROOT} = P*C*P",
            *((idempotent, "25/81*?"), *squared, (length, "(s/12)^2*v*?*v'")),
            *((p.take(root, 1), "1/12*v*?*v'"), moment),
        ),
        p.eq(f"{INVERSE}' = {INVERSE}", (symmetric, "9/5*?")),
        p.eq(f"ones'*{INVERSE} = 0", (flat, "9/5*?"), (level, "1/s/12*?*v'")),
        p.eq(f"{INVERSE}*{ROOT} = P", idempotent, *product, (length, "1/144*v*?*v'"), center),
    )
