"""For T3a: the inverse root on contrasts has no positive entry off the diagonal if its square has none.

Resolvents of the square have no negative entry, by the least entry of a column, and the root has their signs.
"""

from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

LEAST = "(v'*v + 1 - Kappa)"
"""The least entry of v: Kappa is the greatest one of v'v + 1 less these, which are all positive."""
ABOVE = "sum[i]((v'*v + 1 - e[i]'*v)*(e[i]*e[i]'))"
SQUARE = "all j, k: e[j]'*e[k] = 0 => e[j]'*Q*Q*e[k] <= 0"


def root_without_positive_entries(p: Proof, positive: Theorem) -> Theorem:
    """That is so of Q if it is so of Q Q; Q is positive semidefinite, and Q 1 = 0."""
    with p.assuming(SQUARE) as small:
        with p.assuming("0 < t and (t*I[K] + Q*Q)*v = e[k]") as at:
            entries = p.implies(at, of_a_resolvent(p, small, at))
        with p.assuming("e[j]'*e[k] = 0") as off:
            with p.assuming("0 < t and (t*I[K] + Q*Q)*v = e[k]") as at:
                entry = p.at(p.apply(entries, at), "j")
                solved = (p.take(at, 1), "e[j]'*?")
                sign = p.le("0 <= (-e[j])'*Q*Q*v", (p.take(at, 0), entry), using=[solved, off])
                sign = p.every(p.implies(at, sign), "t", "v")
            axiom = p.apply(p.axiom("root by resolvents", {"n": "K"}, B="Q", u="-e[j]", x="e[k]"), positive)
            root = p.implies(off, p.le("e[j]'*Q*e[k] <= 0", p.apply(p.take(axiom, 0), sign)))
        return p.implies(small, p.every(root, "j", "k"))


def of_a_resolvent(p: Proof, small: Theorem, at: Theorem) -> Theorem:
    """Entries of the solution v are not negative: the equation is summed with the squares of x, which is where v is
    least."""
    diagonal = p.eq(f"({ABOVE})' = {ABOVE}")
    some = p.apply(p.axiom("spectral norm", {"n": "K"}, A=ABOVE), diagonal)
    norm = p.ledger.assume(instantiate(some.conclusion[2], p.term("Kappa")))
    row = (p.says(LABELS_APART[0]), "-sum[j]((v'*v + 1 - e[j]'*v)*(e[i]'*?[i, j]))")
    low = p.every(p.le(f"{LEAST} <= e[i]'*v", p.take(p.at(p.take(norm, 0), "e[i]"), 0), using=[row]), "i")
    attained = p.take(norm, 1)
    unit = p.ledger.assume(instantiate(attained.conclusion[2], p.term("x")))
    goal = "all i: 0 <= e[i]'*v"
    made = p.by_cases(
        p.take(unit, 1),
        lambda case: p.every(above(p, small, at, (low, p.take(unit, 0), case)), "i"),
        lambda case: p.absurd(goal, below(p, low, case)),
    )
    made = p.unpack(attained, p.implies(unit, made), "x")
    return p.unpack(some, p.implies(norm, made), "Kappa")


def below(p: Proof, low: Theorem, case: Theorem) -> Theorem:
    """The form of a matrix with a positive diagonal is not minus its norm."""
    squares = p.square("all i: v - (e[i]'*v)*e[i]"), p.square("all i: e[i]'*v - 1/2")
    positive = p.le("all i: 0 < v'*v + 1 - e[i]'*v", *squares, ((3, 4),))
    form = p.over(p.le("all i: 0 <= (e[i]'*x)^2*(v'*v + 1 - e[i]'*v)", (p.square("all i: e[i]'*x"), positive)))
    return p.le("0 < 0", p.at(low, "k"), p.at(positive, "k"), form, using=[case])


def above(p: Proof, small: Theorem, at: Theorem, least: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """x has an entry other than 0 only where v is least; there Q Q v is not positive."""
    low, unit, case = least
    text = f"(e[i]'*x)^2*(e[i]'*v - {LEAST})"
    weak = p.le(f"all i: 0 <= {text}", (p.square("all i: e[i]'*x"), low))
    zero = p.vanish(weak, p.eq(f"sum[i]({text}) = 0", (case, "-?"), (unit, "Kappa*?")))
    term = f"(e[j]'*x)^2*(e[j]'*Q*Q*e[i])*(e[i]'*v - {LEAST}) <= 0"

    def apart(case: Theorem) -> Theorem:
        return p.le(term, (p.square("e[j]'*x"), p.apply(p.at(small, "j", "i"), case), p.at(low, "i")))

    def alike(case: Theorem) -> Theorem:
        p.nonzeros.append(p.ledger.nonzero(case))
        same = p.at(p.says(LABELS_APART[0]), "j", "i")
        moved = (same, "1/(e[j]'*e[i])*(e[j]'*x)^2*(e[j]'*Q*Q*e[i])*(?'*v)")
        return p.le(term, using=[moved, (p.at(zero, "j"), "(e[j]'*Q*Q*e[i])*?")])

    each = p.by_cases(p.ledger.middle(p.formula("e[j]'*e[i] = 0")), apart, alike)
    total = p.over(p.every(p.over(p.every(each, "i")), "j"))
    positive, solved = p.take(at, 0), p.take(at, 1)
    uses = [
        (p.says(LABELS_APART[0]), "sum[j]((e[j]'*x)*(?[j, k]'*x))"),
        (solved, "-sum[j]((e[j]'*x)^2*(e[j]'*?))"),
        (zero, "t*sum[j](?[j])"),
        (unit, f"t*{LEAST}*?"),
    ]
    found = p.le(f"0 <= t*{LEAST}", p.square("e[k]'*x"), total, using=uses)
    found = p.le(f"0 <= {LEAST}", (p.reciprocal(positive), found))
    return p.le("0 <= e[i]'*v", found, p.at(low, "i"))
