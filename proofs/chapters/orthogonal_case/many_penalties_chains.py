"""O2b, closed: where the optimum is an ETF at penalties as close to the threshold as one likes."""

from proofs.chapters.orthogonal_case.continued_chains import Branch, Continuation, Curves, NearThreshold, entry
from proofs.chapters.orthogonal_case.far_out_chains import FarOut, without_fold
from proofs.chapters.orthogonal_case.fold_chains import Fold, least, vanishing
from proofs.chapters.orthogonal_case.scalar_chains import Exponential
from proofs.claims.hypotheses import PERFECT
from proofs.claims.orthogonal_case import BLOCKS, EXCESS
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


@closes("O2b")
def an_etf_along_penalties(p: Proof) -> None:
    """O2b: of the multiplicities with an excess, the largest has a fold at s < 0 or the smallest decays slowest."""
    ex = Exponential(p)
    branch = Branch(p, ex, Curves(p, ex))
    near = Continuation(p, branch, NearThreshold(p, ex, branch).accumulate(p))
    alike, limit = of_one_multiplicity(p), vanishing(p)
    ends = Fold(p, near, alike).closed(p, limit), without_fold(p, near), FarOut(p, near, alike).closed(p, limit)
    zero = p.every(no_excess(p, *ends), "S")
    p.done(
        p.eq(
            PERFECT[3],
            *((zero, "?[S]"), (p.says(EXCESS), "?[S]"), (p.says(PERFECT[2]), "m[S]*(K - m[S])*?[S]*P")),
            (p.says(PERFECT[0]), "sum[T](?[S, T]*(K - m[S] - m[T])*P)"),
        )
    )


def of_one_multiplicity(p: Proof) -> Theorem:
    """The excess is one for all label sets of one multiplicity."""
    definition, term = p.says(EXCESS), "(K*(K - 1)*P*y[U]*y[U]'*P - m[U]*(K - m[U])*P)"
    with p.assuming("m[S] - m[T] = 0") as equal:
        rows = p.every(p.apply(p.at(p.says(BLOCKS), "S", "T", "U"), equal), "U")
        uses = (p.at(definition, "S"), "?"), (p.at(definition, "T"), "?"), (rows, f"sum[U](?[U]*{term})")
        return p.every(p.implies(equal, p.eq("excess[S] = excess[T]", *uses)), "S", "T")


def no_excess(p: Proof, fold: Theorem, open_end: Theorem, far: Theorem) -> Theorem:
    """One with an excess would be the largest such, or the smallest, which have none."""
    zero = vanishes(p)
    with p.assuming("some T: (excess[T] = 0 => false)") as some:
        largest, smallest = (p.apply(least(p, "(excess[T] = 0 => false)", x), some) for x in ("-m[T]", "m[T]"))
        top, bottom = (
            p.ledger.assume(instantiate(found.conclusion[2], name)) for found, name in ((largest, "U"), (smallest, "T"))
        )
        most, fewest = extreme(p, top, "m[S] <= m[U]"), extreme(p, bottom, "m[T] <= m[S]")

        def folded(case: Theorem) -> Theorem:
            none = p.every(p.apply(p.at(fold, "v", "x", "U"), p.join(case, most)), "v", "x")
            return p.apply(p.take(top, 0), p.apply(p.at(zero, "U"), none))

        def unfolded(case: Theorem) -> Theorem:
            everywhere = p.apply(p.at(open_end, "v", "x", "U"), p.join(case, most))
            none = p.every(p.apply(p.at(far, "v", "x", "T"), p.join(everywhere, fewest)), "v", "x")
            false = p.apply(p.take(bottom, 0), p.apply(p.at(zero, "T"), none))
            return p.unpack(smallest, p.implies(bottom, false), "T")

        false = p.by_cases(p.order_cases("K - m[U] - m[U]*ex(-2)", "0"), folded, unfolded)
        false = p.implies(some, p.unpack(largest, p.implies(top, false), "U"))

    def never(case: Theorem) -> Theorem:
        return p.ledger.absurd(p.apply(false, p.witness(case, some.conclusion, "S")), p.formula("excess[S] = 0"))

    return p.by_cases(p.ledger.middle(p.formula("excess[S] = 0")), lambda case: case, never)


def vanishes(p: Proof) -> Theorem:
    """A matrix is zero if no entry of it, in any basis, is positive."""
    with p.assuming(f"all v, x: {entry('U')} <= 0") as small:
        square = p.le("(excess[U]*x)'*(excess[U]*x) <= 0", p.at(small, "excess[U]*x", "x"))
        null = p.every(p.null("excess[U]*x", square), "x")
        return p.every(p.implies(small, p.eq("excess[U] = 0", (null, "sum[k](?[e[k]]*e[k]')"))), "U")


def extreme(p: Proof, at: Theorem, text: str) -> Theorem:
    """No multiplicity with an excess is beyond the extreme one."""
    either = p.formula(f"excess[S] = 0 or {text}")

    def none(case: Theorem) -> Theorem:
        return p.ledger.choose(case, either)

    def some(case: Theorem) -> Theorem:
        return p.ledger.choose(p.le(text, p.apply(p.at(p.take(at, 1), "S"), case)), either)

    return p.every(p.by_cases(p.ledger.middle(p.formula("excess[S] = 0")), none, some), "S")
