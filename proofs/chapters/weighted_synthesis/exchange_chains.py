"""W6b, refuted: three labels and one pair, which exchanging its labels keeps: by W6 every optimum averages."""

import re

from proofs.chapters.orthogonal_case.linear_residuals_chains import among
from proofs.chapters.weighted_synthesis.symmetry_chains import one_label
from proofs.claims.hypotheses import LABEL_SETS, LABELS_APART, PAL_CE, PERFECT
from proofs.claims.softmax_formulas import OPTIMA, SOFTMAX, SOFTMAX_1, SYMMETRIES, TRANSITIVE
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SETS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)]
TURNS = [[0, 1, 2], [1, 0, 2]]
"""No change, and the exchange of the first two labels."""
_SIZES = [sum(one) for one in SETS]
PAIR = f"(all T: m[T] - 2 = 0 => (some p: turn[p]*y[S] = y[T])) and {TRANSITIVE}"
FACTS = (
    *(LABELS_APART[0], SYMMETRIES, f"some S: {PAIR}", "all S: (some k: y[S] = e[k] and m[S] = 1) or m[S] = 2"),
    f"({PERFECT[3]}) => false",
)
PUT = {
    "W": "Wt(s, t)",
    "h": "ht[sets_0](s, t)",
    "h1": "h1t[labels_0](s, t)",
    "prob": "probt[sets_0](s, t)",
    "prob1": "prob1t[labels_0](s, t)",
    "r": "y[sets_0] - m[sets_0]*probt[sets_0](s, t)",
    "L": "m[sets_0]*log(sum[k](ex(e[k]'*arg_0))) - y[sets_0]'*arg_0",
    "lambda_W": "s",
    "lambda_H": "t",
    "lambda": "s*t",
    "b": "0*ones",
}


LOSS = "m[S]*log(sum[k](ex(e[k]'*x))) - y[S]'*x"


def _turned(one: tuple[int, ...], by: list[int]) -> tuple[int, ...]:
    return tuple(one[i] for i in by)


@exemplifies(
    "W6b",
    Case(
        dims={"K": 3, "d": 2},  # with one feature no point below collapse has U7's certificate
        weights={"sets": ["1/4"] * 4, "parts": ["1/2", "1/2"]},
        letters={
            "y": SETS,
            "m": _SIZES,
            "cond": [["4/3" if m == n == 1 else 4 * (m == n) for n in _SIZES] for m in _SIZES],
            "turn": [[[int(by[i] == j) for j in range(3)] for i in range(3)] for by in TURNS],
            "move": [[[4 * (_turned(one, by) == two) for two in SETS] for one in SETS] for by in TURNS],
        },
        facts=FACTS,
    ),
)
def averages_by_exchange(p: Proof) -> None:
    """W6b, refuted: at every penalty the pair is a scaled average by W6, and its moment is no multiple of P."""
    given = p.given[: -len(FACTS)]
    p.rules = []
    claimed = p.ledger.assume(p.goal[-1][1])
    with p.assuming(PAL_CE[0]) as exponential, p.assuming(" and ".join(f"({text})" for text in OPTIMA)) as at:
        parts = [p.take(at, i) for i in range(len(OPTIMA))]
        scaled = by_w6(p, exponential, parts)
        found = p.every(p.implies(at, averages(p, scaled, parts[2])), "s", "t")
        found = p.implies(exponential, found)
    false = p.apply(p.says(FACTS[-1]), p.apply(claimed, found))
    p.done(p.join(*given, p.implies(claimed, false)))


def _at(text: str) -> str:
    """A text of W6 in the letters of the optimum at two penalties."""
    text = re.sub(r"\bW\b", "Wt(s, t)", text).replace(" + b", " + 0*ones")
    return re.sub(r"\b(h|h1|prob|prob1)\[(\w)\]", r"\1t[\2](s, t)", text)


def by_w6(p: Proof, exponential: Theorem, parts: list[Theorem]) -> Theorem:
    """W6's first clause: what is turned into itself is a scaled average."""
    s, t, alone, features, classifier, certificate, softmax = parts
    known = p.known("W6", **PUT)
    singles, predictions = single_labels(p, alone, features, softmax)
    none = p.eq("0*ones = 0")
    bias = p.ledger.choose(none, p.formula("0*ones = 0 or sum[S](y[S] - m[S]*probt[S](s, t)) = 0"))
    made = [
        *(s, t, p.eq("s*t = s*t"), p.says("P := I[K] - 1/K*ones*ones'"), *map(p.says, LABEL_SETS), features, singles),
        *(exponential, p.eq(f"all S, x: {LOSS} = {LOSS}")),
        *(p.says(LABELS_APART[0]), p.eq("all S: y[S] - m[S]*probt[S](s, t) = y[S] - m[S]*probt[S](s, t)"), classifier),
        *(p.says("all S: 1 <= m[S]"), p.says("all S: m[S] <= K - 1"), bias, certificate),
    ]
    optimum = p.apply(known, p.join(*made))
    first = p.eq(_at(SOFTMAX[1:-1]), softmax)
    symmetries = p.says(SYMMETRIES)
    both = [p.take(symmetries, i) for i in range(len(symmetries.conclusion) - 1)]
    return p.apply(p.take(optimum, 0), p.join(first, predictions, *both))


def single_labels(p: Proof, alone: Theorem, features: Theorem, softmax: Theorem) -> tuple[Theorem, Theorem]:
    """Prototypes of single labels are those of the sets that they make."""
    text, soft = "t*h1t[k](s, t) = Wt(s, t)'*(e[k] - prob1t[k](s, t))", _at(SOFTMAX_1[1:-1]).split(":", 1)[1]
    with p.assuming("y[S] = e[k]") as single:
        own = p.apply(p.at(alone, "S", "k"), single)
        h, prob = p.take(own, 0), p.take(own, 1)
        size = p.eq("m[S] = 1", (p.at(p.says(LABEL_SETS[0]), "S"), "?"), (single, "ones'*?"))
        one = p.eq(
            text,
            *((h, "t*?"), (prob, "Wt(s, t)'*?"), (p.at(features, "S"), "?")),
            *((single, "Wt(s, t)'*?"), (size, "Wt(s, t)'*probt[S](s, t)*?")),
        )
        z = "Wt(s, t)*"
        two = p.eq(
            soft,
            p.at(softmax, "S", "j"),
            (prob, f"(e[j]'*?)*sum[i](ex(e[i]'*({z}h1t[k](s, t))))"),
            (h, f"(e[j]'*probt[S](s, t))*sum[i](ex(e[i]'*({z}?)))", f"ex(e[j]'*({z}?))"),
        )
        both = p.implies(single, p.join(one, two))
    both = p.unpack(p.at(p.says("all k: some S: y[S] = e[k]"), "k"), both, "S")
    return p.every(p.take(both, 0), "k"), p.every(p.take(both, 1), "k", "j")


SUM = "sum[j](e[j]'*y[T]*h1t[j](s, t))"
ONCE = "(2 - 1)"
"""The number 1, written so that it stays a factor."""
AVERAGE = f"ht[T](s, t) = {{0}}*{SUM}"


def averages(p: Proof, scaled: Theorem, alone: Theorem) -> Theorem:
    """One scale for single labels, which is 1, and one for the pair, of which there is one."""
    some = p.formula(f"some tau: all T: m[T] - size = 0 => {AVERAGE.format('tau')}")

    def of_pair(found: Theorem) -> Theorem:
        turned, transitive = p.take(found, 0), p.take(found, 1)
        exists = p.apply(p.at(scaled, "S"), transitive)
        scale = p.ledger.assume(instantiate(exists.conclusion[2], p.term("tau")))
        orbit = p.take(scale, 2)
        split = p.ledger.middle(p.formula("size = 2"))
        with p.assuming("size = 2") as two:
            with p.assuming("m[T] - size = 0") as same, p.assuming("turn[p]*y[S] = y[T]") as image:
                made = p.implies(image, p.apply(p.at(orbit, "p", "T"), image))
                pairs = p.apply(p.at(turned, "T"), p.eq("m[T] - 2 = 0", same, two))
                made = p.every(p.implies(same, p.unpack(pairs, made, "p")), "T")
            first = p.implies(two, p.witness(made, some, "tau"))
        with p.assuming(split.conclusion[2]) as other, p.assuming("m[T] - size = 0") as same:
            made = p.by_cases(
                p.at(p.says(FACTS[3]), "T"),
                lambda case: among(p, case, ("k",), lambda one: own(p, alone, p.take(one, 0))),
                lambda case: p.ledger.absurd(
                    p.apply(other, p.eq("size = 2", same, case)), p.formula(AVERAGE.format(ONCE))
                ),
            )
            made = p.every(p.implies(same, made), "T")
            second = p.implies(other, p.witness(made, some, ONCE))
        made = p.cases(split, first, second)
        return p.unpack(exists, p.implies(scale, made), "tau")

    return p.every(among(p, p.says(FACTS[2]), ("S",), of_pair), "size")


def own(p: Proof, alone: Theorem, single: Theorem) -> Theorem:
    """A single label's prototype is the sum of one."""
    text = "(e[j]'*y[T])*(h1t[j](s, t) - ht[T](s, t)) = 0"

    def other(case: Theorem) -> Theorem:
        rest = "(h1t[j](s, t) - ht[T](s, t))"
        return p.eq(text, (single, f"(e[j]'*?)*{rest}"), (case, f"?*{rest}"))

    def same(case: Theorem) -> Theorem:
        met = p.apply(p.at(alone, "T", "j"), p.eq("y[T] = e[j]", single, case))
        return p.eq(text, (p.take(met, 0), "(e[j]'*y[T])*?"))

    each = p.every(p.by_cases(p.at(one_label(p), "j", "k"), other, same), "j")
    size = p.eq("ones'*y[T] = 1", (single, "ones'*?"))
    return p.eq(AVERAGE.format(ONCE), (each, "sum[j](?[j])"), (size, "?*ht[T](s, t)"))
