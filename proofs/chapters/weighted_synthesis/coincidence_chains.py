"""W5a, refuted: the optimum of three labels at which a plain sum is exact, whose logits are logarithms of 2 and 3."""

import re
from collections.abc import Callable
from fractions import Fraction

from proofs.chapters.orthogonal_case.linear_residuals_chains import among
from proofs.chapters.orthogonal_case.one_penalty_chains import product
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, Used
from proofs.kernel.theorems import Theorem

GRAMS = "(e[k]'*X*X'*r[S])", "((e[k] - x)'*W2*W2'*r[S])"
"""What the two parts of the Gram matrix make of a residual, the second less its entry at the third label."""
CASES = (("7/11", "27/11", "6/11"), ("-7/11", "27/11", "2/11"), ("0", "0", "3/11"), ("0", "54/11", "4/11"))
_VALUES = " or ".join(f"({GRAMS[0]} = {a} and {GRAMS[1]} = {b} and e[k]'*prob[S] = {c})" for a, b, c in CASES)
_ELEVENTHS = [(5, -2, -3), (-2, 5, -3), (3, 3, -6)]
PLAIN = "2 <= m[S] and (all k: e[k]'*y[S] = 0 or (some T: y[T] = e[k])) and r[S] = C*y[S]"
CLASSIFIER = "(mu*X + kappa*W2)"
FACTS = (
    *("sum[S](r[S]*r[S]') = lambda*P", "P*X = X", "P*W2 = W2", "X*W2' = 0", "lambda_H = 1"),
    *(f"all S, k: {_VALUES}", "all S, k: y[S] = e[k] => r[S] = C*e[k]", f"some S: {PLAIN}"),
)


@exemplifies(
    "W5a",
    Case(
        dims={"K": 3, "d": 2},
        weights={"sets": ("27/65", "27/65", "11/65")},
        letters={
            "y": [(1, 0, 0), (0, 1, 0), (1, 1, 0)],
            "m": (1, 1, 2),
            "prob": [[Fraction(x, 11) for x in one] for one in ((6, 2, 3), (2, 6, 3), (4, 4, 3))],
            "r": [[Fraction(x, 11) for x in one] for one in _ELEVENTHS],
            "cond": [["65/54", "65/54", 0], ["65/54", "65/54", 0], [0, 0, "65/11"]],
            "C": [[Fraction(x, 11) for x in row] for row in ((5, -2, 0), (-2, 5, 0), (-3, -3, 0))],
            "X": ((1, 0), (-1, 0), (0, 0)),
            "W2": ((0, 1), (0, 1), (0, -2)),
            "x": (0, 0, 1),
            "lambda_W": "1323/7865",
            "lambda_H": 1,
        },
        facts=FACTS,
    ),
)
def exact_before_the_limit(p: Proof) -> None:
    """W5a, refuted: the instance has a classifier, and the pair's residual is the sum of those of its labels."""
    given = p.given[: -len(FACTS)]
    p.rules = []
    claimed = p.ledger.assume(p.goal[-1][1])
    logs = logarithms(p)
    unit = p.says("lambda_H = 1")
    p.positive(p.says("0 < lambda_H"))
    with (
        p.assuming("0 <= mu and mu^2 = 11/14*log(3)") as first,
        p.assuming("0 <= kappa and kappa^2 = 11/54*log(4/3)") as second,
    ):
        squares = p.take(first, 1), p.take(second, 1)
        parts = stationary(p), exact_logits(p, unit, squares, logs), alone(p, unit)
        never = p.apply(p.at(claimed, CLASSIFIER, f"({CLASSIFIER}'*C)"), p.join(*parts))

        def false(found: Theorem) -> Theorem:
            many, labels, plain = p.parts(found)
            text = _with("1/lambda_H*(W'*r[S]) = V*y[S]")
            uses = (plain, f"1/lambda_H*({CLASSIFIER}'*?)"), (unit, f"1/lambda_H*?*({CLASSIFIER}'*C*y[S])")
            exact = p.eq(text, *uses)
            return p.apply(p.apply(p.at(never, "S"), p.join(many, labels)), exact)

        made = among(p, p.says(FACTS[-1]), ("S",), false)
        made = p.implies(second, made)
        made = p.unpack(root(p, "11/54*log(4/3)", logs["4/3 > 1"]), made, "kappa")
        made = p.unpack(root(p, "11/14*log(3)", logs["3 > 1"]), p.implies(first, made), "mu")
    p.done(p.join(*given, p.implies(claimed, made)))


def root(p: Proof, value: str, positive: Theorem) -> Theorem:
    """A number whose square is a multiple of a logarithm."""
    scale = Fraction(value.split("*", maxsplit=1)[0])
    return p.apply(
        p.axiom("square root", {}, t=value), p.le(f"0 <= {value}", ((scale.numerator, scale.denominator), positive))
    )


def logarithms(p: Proof) -> dict[str, Theorem]:
    """Logarithms of the instance, by those of 2 and 3 and of 3/11; and that two of them are positive."""
    one = p.le("0 < 1", 1)
    nothing = p.eq("log(1) = 0", product(p, 1, "1", one, one))
    positive = {}
    for x in map(Fraction, ("2", "3", "2/11", "3/11", "4/3", "1/3", "3/4")):
        positive[str(x)] = p.le(f"0 < {x}", ((x.numerator, x.denominator),))

    def split(s: str, t: str) -> Theorem:
        return p.apply(p.axiom("logarithm of a product", {}, s=s, t=t), p.join(positive[s], positive[t]))

    found = {
        "3/11": p.eq("log(3/11) - log(3/11) = 0"),
        "6/11": p.eq("log(6/11) - log(3/11) = log(2)", split("2", "3/11")),
    }
    found["2/11"] = p.eq("log(2/11) - log(3/11) = log(2) - log(3)", split("3", "2/11"), found["6/11"])
    found["4/11"] = p.eq("log(4/11) - log(3/11) = 2*log(2) - log(3)", split("2", "2/11"), found["2/11"])
    found["4/3"] = p.eq("log(4/3) = 2*log(2) - log(3)", split("3", "4/3"), split("2", "2"))
    for number, inverse in (("3", "1/3"), ("4/3", "3/4")):
        tangent = p.take(p.apply(p.axiom("tangent of the logarithm", {}, t=inverse), positive[inverse]), 0)
        gap = 1 - Fraction(inverse)
        found[f"{number} > 1"] = p.le(
            f"0 < log({number})", tangent, ((gap.numerator, gap.denominator),), using=[split(number, inverse), nothing]
        )
    return found


def _with(text: str) -> str:
    """The text at the classifier of the instance."""
    return re.sub(r"\bV\b", f"({CLASSIFIER}'*C)", re.sub(r"\bW\b", CLASSIFIER, text))


def stationary(p: Proof) -> Theorem:
    """The classifier is stationary, since the residuals are isotropic."""
    moment, first, second = (p.says(text) for text in FACTS[:3])
    text = _with("lambda_W*W = sum[S](r[S]*(1/lambda_H*(W'*r[S]))')")
    uses = (
        (moment, f"1/lambda_H*?*{CLASSIFIER}"),
        (p.says("lambda := lambda_W*lambda_H"), f"1/lambda_H*?*P*{CLASSIFIER}"),
    )
    return p.eq(text, *uses, (first, "lambda_W*mu*?"), (second, "lambda_W*kappa*?"))


def exact_logits(p: Proof, unit: Theorem, squares: tuple[Theorem, Theorem], logs: dict[str, Theorem]) -> Theorem:
    """The logits are those of the predictions, less a constant for each set."""
    apart, target = p.says(FACTS[3]), f"mu^2*{GRAMS[0]} + kappa^2*{GRAMS[1]} = log(e[k]'*prob[S]) - log(3/11)"

    def at(a: str, b: str, share: str) -> Callable[[Theorem], Theorem]:
        def of(case: Theorem) -> Theorem:
            one, two, value = p.parts(case)
            uses: list[Used] = [(one, "mu^2*?"), (two, "kappa^2*?"), (value, "log(?)"), logs[share]]
            uses += [(square, f"{x}*?") for square, x in zip(squares, (a, b), strict=True) if x != "0"]
            if b != "0":
                uses.append((logs["4/3"], f"11/54*{b}*?"))
            return p.eq(target, *uses)

        return of

    made = p.by_cases(p.at(p.says(FACTS[5]), "S", "k"), *(at(*case) for case in CASES))
    level = "(kappa^2*(x'*W2*W2'*r[S]) - log(3/11))"
    found = p.eq(
        _with(f"e[k]'*W*(1/lambda_H*(W'*r[S])) = log(e[k]'*prob[S]) + {level}"),
        (apart, "mu*kappa*(e[k]'*?*r[S])", "mu*kappa*(e[k]'*?'*r[S])"),
        (unit, f"1/lambda_H*(e[k]'*{CLASSIFIER}*{CLASSIFIER}'*r[S])*?"),
        made,
    )
    some = p.formula(_with("some t: all k: e[k]'*W*(1/lambda_H*(W'*r[S])) = log(e[k]'*prob[S]) + t"))
    return p.every(p.witness(p.every(found, "k"), some, level), "S")


def alone(p: Proof, unit: Theorem) -> Theorem:
    """The residuals of labels that occur alone are columns of a matrix."""
    with p.assuming("y[S] = e[k]") as single:
        column = p.apply(p.at(p.says(FACTS[6]), "S", "k"), single)
        text = _with("V*e[k] = 1/lambda_H*(W'*r[S])")
        uses = (column, f"1/lambda_H*({CLASSIFIER}'*?)"), (unit, f"1/lambda_H*?*({CLASSIFIER}'*C*e[k])")
        return p.every(p.implies(single, p.eq(text, *uses)), "S", "k")
