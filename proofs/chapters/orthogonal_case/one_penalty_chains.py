"""O2a, closed: at one penalty the optimum is an ETF where the scalars of O1 make the residuals isotropic."""

from collections.abc import Callable, Iterator

from proofs.chapters.orthogonal_case.orthogonal_case_chains import BEST, OWN, RESIDUAL, Optimum, best_point, simplex
from proofs.chapters.orthogonal_case.scalar_chains import ENERGY, TARGET, Energy, Exponential, Scalars
from proofs.claims import CLAIMS
from proofs.claims.hypotheses import PERFECT
from proofs.kernel.example import Case, conjuncts, exemplifies
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

MOMENT = "sum[S](c[S]({0})^2*(P*y[S]*y[S]'*P)) = lambda*P"


class AtPenalty(Optimum):
    """O1's point where the second moment of its residuals is what is assumed."""

    def __init__(self, p: Proof, ex: Exponential, energy: Energy, unique: Theorem, at: tuple[Theorem, Theorem]) -> None:
        self.assumed = at[1]
        super().__init__(p, ex, energy, unique, at[0])

    def moments(self, p: Proof) -> tuple[Theorem, Theorem]:
        """The second moment of the residuals is lambda P, and their mean is orthogonal to the bias."""
        moment = p.eq(f"lambda*P = sum[S]({RESIDUAL}*{RESIDUAL}')", self.assumed)
        goal = f"b*sum[S]({RESIDUAL})' = 0"

        def without(case: Theorem) -> Theorem:
            return p.eq(goal, (case, f"?*sum[S]({RESIDUAL})'"))

        def free(case: Theorem) -> Theorem:
            return p.eq(goal, (self.mean(p, p.take(case, 1)), "b*?'"))

        return moment, p.by_cases(p.given[-1], without, free)


@closes("O2a")
def an_etf_at_one_penalty(p: Proof) -> None:
    """O2a: an ETF has the moment by O2, at an s which the trace says; the moment makes O1's point optimal."""
    ex = Exponential(p)
    scalars = Scalars(p, ex)
    energy, unique = Energy(p, scalars), scalars.unique(p)
    p.positive(p.le("0 < K - 1", p.at(energy.small, "S"), p.at(energy.large, "S"), 1))
    level = p.join(p.says("0 < s"), p.says(f"{ENERGY.format('s')} = {TARGET}"))
    with p.assuming(MOMENT.format("s")) as isotropic:
        optimum = AtPenalty(p, ex, energy, unique, (level, isotropic))
        best = best_point(p, optimum, energy, unique)
        verbatim = p.implies(isotropic, best)
        classifier = simplex(p, optimum.scale)
    etf = p.formula("some t: 0 < t and W*W' = t*lambda_H*P")
    with p.assuming(f"(some X: X*X' = P) and (all W2: W2*W2' = s*lambda_H*P => {OWN} <= {BEST})") as good:
        back = p.implies(isotropic, optimal_is_etf(p, good, best, classifier))
        forth = p.ledger.assume(etf)
        forth = p.implies(forth, p.unpack(forth, of_an_etf(p, energy), "t"))
        first = p.implies(good, p.both(forth, back))
    p.done(p.join(first, verbatim))


def of_an_etf(p: Proof, energy: Energy) -> Theorem:
    """An ETF of any size has the moment with the scalars of that size, which is the one that the penalty asks for."""
    with p.assuming("0 < t and W*W' = t*lambda_H*P") as at:
        known = p.met(p.known("O2", s="t"), p.take(at, 0), p.take(at, 1))
        moment = p.take(known, 1)
        other = p.eq(f"{ENERGY.format('t')} = {TARGET}", (moment, "K*tr(?)"))
        ends = p.says("0 < s"), p.says(f"{ENERGY.format('s')} = {TARGET}"), p.join(p.take(at, 0), other)
        same = p.apply(p.at(energy.only(p), "s", "t"), p.join(*ends))
        moved = p.eq(MOMENT.format("s"), moment, (same, "sum[S](c[S](?)^2*(P*y[S]*y[S]'*P))"))
        return p.implies(at, moved)


def optimal_is_etf(p: Proof, good: Theorem, best: Theorem, classifier: Theorem) -> Theorem:
    """A point that is no worse than that of O1 is an ETF."""
    some = p.apply(classifier, p.take(good, 0))
    with p.assuming("W2*W2' = s*lambda_H*P") as gram:
        own = p.apply(p.at(p.take(good, 1), "W2"), gram)
        like = p.apply(p.take(p.apply(p.at(best, "W2"), gram), 1), own)
        found = p.join(p.says("0 < s"), p.take(like, 1))
        found = p.witness(found, p.formula("some t: 0 < t and W*W' = t*lambda_H*P"), "s")
        return p.unpack(some, p.implies(gram, found), "W2")


FOUR, FIVE = range(4), range(4, 9)
SIDES = [[(4 + i, 4 + (i + step) % 5) for i in range(5)] for step in (1, 2)]
"""The ten pairs of five labels, as two cycles."""
SETS = [(k,) for k in range(9)] + [
    (*(k for k in FOUR if k != left), *pair) for left in FOUR for pair in SIDES[left // 2]
]
"""Nine labels: singletons, and sets of three of the first four and two of the others, any two of which are in four."""
_WEIGHTS = [8] * 4 + [4] * 5 + [9] * 20
_SOLVED = "0 < rate[S] and s*rate[S] = log(1 + K*(1 - rate[S])/(m[S]*rate[S]))"
_SOME = f"(some s: 0 < s and (all S: {_SOLVED}))"
_RATES = "all S: ((m[S] = 1 and rate[S] = 9/16) or (m[S] = 5 and rate[S] = 3/8))"
AVERAGE = "all S, T: cond[S, T] := 29/104*(5 - m[S])*(5 - m[T]) + 29/360*(m[S] - 1)*(m[T] - 1)"
"""Over 13/58 of weight where m is 1, and 45/58 where it is 5."""
_QUADRATIC, _MEAN = "all S: (m[S] - 1)*(m[S] - 5) = 0", "sum[S](m[S]) = 119/29"
ALIKE = "all S, T: m[S] - m[T] = 0 => cond[S, T] = cond[S, S]"


def facts() -> tuple[str, ...]:
    """What the example says but of averages and of s, and what that follows from."""
    parts = conjuncts(CLAIMS["O2a"].formal.example)
    derived = [_SOME, *(f"({text})" for text in (*PERFECT[:3], ALIKE))]
    assert set(derived) <= set(parts)
    kept = (text for text in parts if text not in derived)
    return (*kept, AVERAGE, _RATES, _QUADRATIC, _MEAN, "K = 9")


@exemplifies(
    "O2a",
    Case(
        dims={"K": 9},
        weights={"sets": [f"{n}/232" for n in _WEIGHTS]},
        letters={
            "y": [tuple(int(k in one) for k in range(9)) for one in SETS],
            "m": [len(one) for one in SETS],
            "rate": ["9/16" if len(one) == 1 else "3/8" for one in SETS],
            "lambda": "567/14848",
        },
        facts=facts(),
    ),
)
def weaker_than_orthogonality(p: Proof) -> None:
    """O2a: 9/16 and 3/8 are scalars of O1, as log 8 is 3/2 times log 4."""
    shown = {one.conclusion: one for one in (*p.given, *averages(p), scalars(p))}
    p.done(p.join(*(shown[part] for part in p.goal[1:])))


def averages(p: Proof) -> Iterator[Theorem]:
    """What cond averages: sets of one size."""
    two, mean = (p.says(text) for text in (_QUADRATIC, _MEAN))
    slope = "(29/104*(5 - m[{0}]) - 29/360*(m[{0}] - 1))"
    yield p.eq(PERFECT[0], (two, f"-{slope.format('T')}*?[S]", f"{slope.format('S')}*?[T]"))
    yield p.eq(PERFECT[1])
    yield p.eq(PERFECT[2], (mean, "29/360*(m[S] - 1)*?", "29/104*(5 - m[S])*?"))
    with p.assuming("m[S] - m[T] = 0") as same:
        found = p.eq("cond[S, T] = cond[S, S]", (same, f"{slope.format('S')}*?"))
        yield p.every(p.implies(same, found), "S", "T")


def scalars(p: Proof) -> Theorem:
    """With s = 16/3 log 2 both are solutions."""
    split, nine = p.at(p.says(_RATES), "S"), p.says("K = 9")
    one = p.le("0 < 1", 1)
    logs = {n: product(p, n, "2", p.le(f"0 < {n}", n), p.le("0 < 2", 2)) for n in (2, 4)}
    half = product(p, 2, "1/2", p.le("0 < 2", 2), p.le("0 < 1/2", ((1, 2),)))
    nothing = p.eq("log(1) = 0", product(p, 1, "1", one, one))
    below = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t="1/2"), p.le("0 < 1/2", ((1, 2),))), 0)
    positive = p.le("0 < log(2)", below, ((1, 2),), using=[half, nothing])

    logs4 = p.eq("log(4) = 2*log(2)", logs[2])
    logs8 = p.eq("log(8) = 3*log(2)", logs[4], logs4)

    def solved(size: int, ratio: tuple[int, int], odds: int, log: Theorem) -> Callable[[Theorem], Theorem]:
        def of(case: Theorem) -> Theorem:
            is_size, is_rate = p.take(case, 0), p.take(case, 1)
            some = p.le("0 < rate[S]", (ratio,), using=[is_rate])
            p.reciprocal(some)
            p.reciprocal(p.le("0 < m[S]", size, using=[is_size]))
            n, d = ratio
            value = p.eq(
                f"1 + K*(1 - rate[S])/(m[S]*rate[S]) = {odds}",
                (nine, "(1 - rate[S])/(m[S]*rate[S])*?"),
                (is_size, f"{odds - 1}/m[S]*?"),
                (is_rate, f"9*{d}/{n}/(m[S]*rate[S])*?"),
            )
            text = "(16/3*log(2))*rate[S] = log(1 + K*(1 - rate[S])/(m[S]*rate[S]))"
            return p.join(some, p.eq(text, (value, "log(?)"), log, (is_rate, "16/3*log(2)*?")))

        return of

    each = p.by_cases(split, solved(1, (9, 16), 8, logs8), solved(5, (3, 8), 4, logs4))
    scale = p.le("0 < 16/3*log(2)", ((16, 3), positive))
    return p.witness(p.join(scale, p.every(each, "S")), p.formula(_SOME), "16/3*log(2)")


def product(p: Proof, s: int, t: str, *positive: Theorem) -> Theorem:
    """The logarithm of a product of two numbers."""
    return p.apply(p.axiom("logarithm of a product", {}, s=str(s), t=t), p.join(*positive))
