"""B4, closed: resolvents for up to three labels by elimination, and roots between rational bounds."""

import re
from collections.abc import Mapping
from typing import Any

from proofs.chapters.binary_cross_entropy.resolvents_chains import of_resolvents
from proofs.chapters.binary_cross_entropy.sign_vectors_chains import range_rules
from proofs.chapters.terminal_phase.hard_margin_chains import in_range, inverse_psd
from proofs.claims.binary_cross_entropy import FOUR_FAIL, SIGN, THREE_FAIL, THREE_LABELS, TWO_LABELS
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.example import Case, exemplifies
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SIDE = f"({SIGN}*e[k])"
SIGNED, CENTERED = "(2*y[S] - ones)", "(y[S] - f)"
_D = "(1 + t)"
DET = f"({_D}*({_D}^2 - t^2*(alpha^2 + beta^2 + rho^2)) + 2*t^3*alpha*beta*rho)"
OWN = f"({_D}^2 - t^2*rho^2)"
ROW = OWN, f"(-({_D}*t*alpha - t^2*beta*rho))", f"(-({_D}*t*beta - t^2*alpha*rho))"
FORM = """(all g0, g1, g2: 0 <= g0^2 + g1^2 + g2^2 + 2*alpha*g0*g1 + 2*beta*g0*g2 + 2*rho*g1*g2)"""
THREE_FACTS = f"""0 < t and s0^2 = 1 and s1^2 = 1 and s2^2 = 1 and {FORM} and 0 <= 1 - rho and 0 <= 1 + rho
    and 0 <= 1 + s1*s2*rho - s0*s1*alpha - s0*s2*beta and g0 + t*(g0 + alpha*g1 + beta*g2) = s0
    and g1 + t*(alpha*g0 + g1 + rho*g2) = s1 and g2 + t*(beta*g0 + rho*g1 + g2) = s2"""
NUMBERS = ("t", "alpha", "beta", "rho", "s0", "s1", "s2", "g0", "g1", "g2")


def three_numbers(p: Proof) -> Theorem:
    """Cramer's rule for I + t N, whose determinant is positive as its form is at the row of cofactors."""
    with p.supposing(THREE_FACTS) as (at, t, one0, one1, one2, form, less, more, corner, *equations):
        low, high = p.le("0 < 1 + t - t*rho", 1, (t, less)), p.le("0 < 1 + t + t*rho", 1, (t, more))
        own = p.reciprocal(p.le(f"0 < {OWN}", (low, high)))
        at_row = p.at(form, *ROW)
        squares = (p.square(ROW[1]), p.square(ROW[2]))
        det = p.le(f"0 < {DET}", (own, low, high, low, high), *((own, one) for one in squares), (own, t, at_row))
        share = p.reciprocal(det)
        sides = sign_of_product(p, one1, one2, (t, less, more))
        last = p.le("0 < 1 + t + t*s1*s2*rho - t*s0*s1*alpha - t*s0*s2*beta", 1, (t, corner))
        uses: list[Used] = [(one, f"1/{DET}*s0*{row}*?") for one, row in zip(equations, ROW, strict=True)]
        scale = f"1/{DET}*"
        uses += [
            (one0, f"{scale}{OWN}*?"),
            (one1, f"{scale}(t^2*alpha*rho*s0*s2 - t^2*rho^2*s2^2)*?"),
            (one2, f"{scale}(t^2*beta*rho*s0*s1 - t^2*rho^2)*?"),
        ]
        made = p.le("0 < s0*g0", (share, sides, last), using=uses)
        made = p.implies(at, made)
    return p.every(made, *NUMBERS)


def sign_of_product(p: Proof, one1: Theorem, one2: Theorem, facts: tuple[Theorem, Theorem, Theorem]) -> Theorem:
    """0 < 1 + t - t s1 s2 rho, as s1 s2 is 1 or -1."""
    t, less, more = facts
    half = (1, 4)
    uses: list[Used] = [(one1, "1/2*t*?"), (one2, "1/2*t*s1^2*?")]
    both = (half, t, less, p.square("1 + s1*s2")), (half, t, more, p.square("1 - s1*s2"))
    return p.le("0 < 1 + t - t*s1*s2*rho", 1, *both, using=uses)


TWO_FACTS = """0 < t and 0 <= alpha and 0 <= s2*s0 and (all g0, g1: 0 <= beta*g0^2 + 2*rho*g0*g1 + alpha*g1^2)
    and 0 <= s2*(s0*alpha - rho*s1) and g0 + t*(beta*g0 + rho*g1) = s0 and g1 + t*(rho*g0 + alpha*g1) = s1"""
"""Two labels: alpha and beta are variances, of the other label and of the own one, rho the covariance, s2 the sign."""
TWO_NUMBERS = ("t", "alpha", "beta", "rho", "s0", "s1", "s2", "g0", "g1")


def two_numbers(p: Proof) -> Theorem:
    """Cramer's rule for I + t C, and Frechet's bounds."""
    det = "((1 + t*alpha)*(1 + t*beta) - t^2*rho^2)"
    with p.supposing(TWO_FACTS) as (at, t, alpha, side, form, frechet, first, second):
        one = p.le("0 < 1 + t*alpha", 1, (t, alpha))
        at_row = p.at(form, "1 + t*alpha", "-t*rho")
        whole = p.le(f"0 < (1 + t*alpha)*{det}", (one, one), (t, at_row), p.square("t*rho"))
        share = p.reciprocal(p.le(f"0 < {det}", (p.reciprocal(one), whole)))
        uses = [(first, f"1/{det}*s2*(1 + t*alpha)*?"), (second, f"1/{det}*s2*t*rho*?")]
        made = p.implies(at, p.le("0 <= s2*g0", (share, side), (share, t, frechet), using=uses))
    return p.every(made, *TWO_NUMBERS)


@closes("B4")
def few_labels(p: Proof) -> None:
    """B4: every label has at most two others, and its entry of what solves a resolvent's equation is explicit."""
    turned = range_rules(p)
    square = p.says("Root*Root = sum[S](a[S]*a[S]')")
    facts = inverse_psd(p), p.eq("all S: Pi*a[S] = a[S]", in_range(p, square, turned, "")), square
    found = []
    for text, few, column, relation in (
        ("all S: a[S] = 2*y[S] - ones", THREE_LABELS, SIGNED, "<"),
        ("all S: a[S] = y[S] - f", TWO_LABELS, CENTERED, "<="),
    ):
        with p.supposing(f"({text}) and ({few})") as (case, columns, *_):
            moment = p.eq(
                f"Root*Root = sum[S]({column}*{column}')",
                square,
                (columns, "sum[S](?[S]*a[S]')", f"sum[S]({column}*?[S]')"),
            )
            inside = p.eq(f"Pi*{column} = {column}", (facts[1], "?[S]"), (columns, "?[S]", "Pi*?[S]"))
            solution = entries(p, p.at(p.take(case, 1), "k"), moment, column, relation)
            sign = of_resolvents(p, facts[0], inside, solution, (SIDE, column))
            made = p.le(f"0 {relation} {SIGN}*(e[k]'*Q*a[S])", sign, using=[(columns, f"{SIGN}*(e[k]'*Q*?[S])")])
            found.append(p.implies(case, p.every(made, "S", "k")))
    p.done(p.join(*found))


def entries(p: Proof, few: Theorem, moment: Theorem, column: str, relation: str) -> Theorem:
    """The entry at k of what solves a resolvent's equation has the sign there, whichever labels there are besides."""
    own = p.eq(
        "sum[j]((e[i]'*e[j])*(e[j]'*x)*e[j]) = (e[i]'*x)*e[i]", (p.says(LABELS_APART[0]), "sum[j](?[i, j]*(e[j]'*x))")
    )
    own = p.every(own, "i", "x")
    lemma = three_numbers(p) if relation == "<" else two_numbers(p)
    with p.assuming(f"0 < t and G + t*(Root*Root*G) = {column}") as at:
        goal = p.formula(f"0 {relation} ({SIDE})'*G")

        def among(case: Theorem, *others: str) -> Theorem:
            names = ("k", *others)
            uses = [(p.at(own, name, "G"), "?") for name in names]
            spread = " + ".join(f"(e[{name}]'*G)*e[{name}]" for name in names)
            spelt = p.eq(f"G = {spread}", (case, "sum[j]((?'*e[j])*(e[j]'*G)*e[j])"), *uses)
            told = Labels(p, at, spelt, moment, column)
            return told.three(lemma, names) if relation == "<" else told.two(lemma, names)

        def pair(case: Theorem) -> Theorem:
            inner = p.ledger.assume(instantiate(case.conclusion[2], "j"))
            return p.unpack(case, p.implies(inner, among(inner, "j")), "j")

        def triple(case: Theorem) -> Theorem:
            some = p.ledger.assume(instantiate(case.conclusion[2], "i"))
            inner = p.ledger.assume(instantiate(some.conclusion[2], "j"))
            made = p.unpack(some, p.implies(inner, among(inner, "i", "j")), "j")
            return p.unpack(case, p.implies(some, made), "i")

        made = p.by_cases(few, among, *((pair, triple) if relation == "<" else (pair,)))
        assert made.conclusion == goal
        return p.every(p.implies(at, made), "G", "t")


class Labels:
    """The equations of a resolvent's solution at the labels that there are."""

    def __init__(self, p: Proof, at: Theorem, spelt: Theorem, moment: Theorem, column: str) -> None:
        self.p, self.positive, self.solved, self.spelt, self.moment = p, p.take(at, 0), p.take(at, 1), spelt, moment
        self.column, self.other = column, column.replace("[S]", "[T]")

    def at(self, name: str, column: str | None = None) -> str:
        """An entry of a column."""
        return f"(e[{name}]'*{column or self.other})"

    def cross(self, a: str, b: str) -> str:
        """An entry of the moment."""
        return f"sum[T]({self.at(a)}*{self.at(b)})"

    def equation(self, text: str, name: str) -> Theorem:
        """The equation at a label."""
        return self.p.eq(
            text,
            (self.solved, f"e[{name}]'*?"),
            (self.moment, f"t*(e[{name}]'*?*G)"),
            (self.spelt, f"t*sum[T]({self.at(name)}*({self.other}'*?))"),
        )

    def numbers(self, names: tuple[str, ...], count: int) -> tuple[list[str], list[str]]:
        """Entries of the column and of the solution; those of labels that are not there have equations of their own."""
        absent = count - len(names)
        sides = [self.at(name, self.column) for name in names] + ["(1 + 0*t)"] * absent
        return sides, [f"(e[{name}]'*G)" for name in names] + ["(1/(1 + t))"] * absent

    def three(self, lemma: Theorem, names: tuple[str, ...]) -> Theorem:
        """Up to three labels, and sign vectors."""
        p, t = self.p, self.positive
        p.positive(p.le("0 < 1 + t", 1, t))
        sides, values = self.numbers(names, 3)
        pairs = [(0, 1), (0, 2), (1, 2)]
        moments = [self.cross(names[a], names[b]) if b < len(names) else "(0*t)" for a, b in pairs]
        put = dict(zip(NUMBERS, ("t", *moments, *sides, *values), strict=True))
        texts = [text.strip() for text in THREE_FACTS.split(" and ")]
        facts = [t, *(p.eq(written(text, put)) for text in texts[1:4])]
        whole = " + ".join(f"g{n}*{self.at(name)}" for n, name in enumerate(names))
        squares = [p.over(p.square(f"all T: {whole}")), *(p.square(f"g{n}") for n in range(len(names), 3))]
        moved = {name: value for name, value in put.items() if not name.startswith("g")}
        form = p.le(written(FORM[1:-1].split(": ")[1], moved), *squares)
        facts.append(p.every(form, "g0", "g1", "g2"))
        for text, sign in zip(texts[5:7], "-+", strict=True):
            half = (
                [((1, 2), p.over(p.square(f"all T: {self.at(names[1])} {sign} {self.at(names[2])}")))]
                if len(names) == 3
                else [1]
            )
            facts.append(p.le(written(text, put), *half))
        facts.append(p.le(written(texts[7], put), *self.corner(names, sides)))
        for name, text in zip((*names, "", "")[:3], texts[8:], strict=True):
            facts.append(self.equation(written(text, put), name) if name else p.eq(written(text, put)))
        found = p.apply(p.at(lemma, *put.values()), p.join(*facts))
        return p.le(f"0 < ({SIDE})'*G", found)

    def two(self, lemma: Theorem, names: tuple[str, ...]) -> Theorem:
        """One label or two, and indicators less their mean."""
        p, none = self.p, "(0*t)"
        own, pair = self.cross("k", "k"), len(names) == 2
        other, cross = (self.cross("j", "j"), self.cross("k", "j")) if pair else (none, none)
        sides = self.at("k", self.column), self.at("j", self.column) if pair else none
        values = "(e[k]'*G)", "(e[j]'*G)" if pair else none
        put = dict(zip(TWO_NUMBERS, ("t", other, own, cross, *sides, SIGN, *values), strict=True))
        texts = [text.strip() for text in TWO_FACTS.split(" and ")]
        moved = {name: value for name, value in put.items() if not name.startswith("g")}
        whole = " + ".join(f"g{n}*{self.at(name)}" for n, name in enumerate(names))
        form = p.le(written(texts[3][1:-1].split(": ")[1], moved), p.over(p.square(f"all T: {whole}")))
        often, rarely = frequency(p, "k")
        facts = [
            self.positive,
            p.le(written(texts[1], put), *([p.over(p.square(f"all T: {self.at('j')}"))] if pair else [])),
            p.le(written(texts[2], put), (p.square("1 - e[k]'*y[S]"), often), (p.square("e[k]'*y[S]"), rarely)),
            p.every(form, "g0", "g1"),
            p.le(written(texts[4], put), *(frechet(p) if pair else [])),
            self.equation(written(texts[5], put), "k"),
            self.equation(written(texts[6], put), "j") if pair else p.eq(written(texts[6], put)),
        ]
        found = p.apply(p.at(lemma, *put.values()), p.join(*facts))
        return p.le(f"0 <= ({SIDE})'*G", found)

    def corner(self, names: tuple[str, ...], sides: list[str]) -> list[Any]:
        """The mean of what is not negative: whether both other labels agree with the set as the label does."""
        p = self.p
        if len(names) == 1:
            return [1]
        apart = [
            f"(1 - {self.at('k')}*{self.at(name)}*{sides[0]}*{side})"
            for name, side in zip(names[1:], sides[1:], strict=False)
        ]
        each = [p.le(f"all T: 0 <= {text}", ((1, 2), p.square(f"all T: {text}"))) for text in apart]
        if len(names) == 2:
            return [p.over(each[0])]
        return [p.over(p.le(f"all T: 0 <= {apart[0]}*{apart[1]}", (each[0], each[1])))]


def written(text: str, put: Mapping[str, str]) -> str:
    """A text with others in the place of its letters."""
    return re.sub(r"\b[a-z]+[012]?\b", lambda found: put.get(found.group(), found.group()), text)


def frequency(p: Proof, name: str) -> tuple[Theorem, Theorem]:
    """A class frequency is between 0 and 1."""
    some, rest = (p.over(p.square(f"all S: {text}")) for text in (f"e[{name}]'*y[S]", f"1 - e[{name}]'*y[S]"))
    return p.le(f"0 <= e[{name}]'*f", some), p.le(f"e[{name}]'*f <= 1", rest)


def frechet(p: Proof) -> list[Any]:
    """What two labels do together, once for each of the four label sets there may be."""
    mine, other = "(e[k]'*y[T])", "(e[j]'*y[T])"
    both, (often, rarely) = f"sum[T]({mine}*{other})", frequency(p, "j")
    bounds = [
        p.le(text, p.over(p.square(f"all T: {one}*{two}")))
        for text, one, two in (
            (f"{both} <= e[j]'*f", f"(1 - {mine})", other),
            (f"0 <= 1 - e[j]'*f - e[k]'*f + {both}", f"(1 - {mine})", f"(1 - {other})"),
            (f"0 <= {both}", mine, other),
            (f"{both} <= e[k]'*f", mine, f"(1 - {other})"),
        )
    ]
    on, off = ([p.square(f"e[{name}]'*y[S]"), p.square(f"1 - e[{name}]'*y[S]")] for name in ("k", "j"))
    return [
        (on[0], off[0], rarely, bounds[0]),
        (on[0], off[1], often, bounds[1]),
        (on[1], off[0], rarely, bounds[2]),
        (on[1], off[1], often, bounds[3]),
    ]


# ---------------------------------------------------------------- where signs are wrong
_ROOT = (
    (13621806, 6905588, -2441466, -3286109),
    (6905588, 17873010, -6905588, -4762480),
    (-2441466, -6905588, 13621806, 3286109),
    (-3286109, -4762480, 3286109, 11967529),
)


def _bound(more: int) -> list[list[str]]:
    """The inverse root to seven digits, and some more of the last ones on the diagonal."""
    return [[f"{x + more * (i == j)}/10000000" for j, x in enumerate(row)] for i, row in enumerate(_ROOT)]


MOMENT = "sum[S]((2*y[S] - ones)*(2*y[S] - ones)')"
MEAN = "(other[p] - sum[p](other[p]))"
PLUS, MINUS = (f"({SIDE} {sign} {SIGNED})" for sign in "+-")
GAP = "({0}'*{2}*{0} - {1}'*{3}*{1})"
FACTS = (
    f"Inv*{MOMENT} = I[K]",
    *("psd Low", "psd High", "psd (High*High - Inv)", "psd (Inv - Low*Low)"),
    f"""some S, k: {GAP.format(PLUS, MINUS, "High", "Low")} < -4*1401/20000
    and -4*1403/20000 < {GAP.format(PLUS, MINUS, "Low", "High")}""",
    f"Inv3*sum[p]({MEAN}*{MEAN}') = I[n]",
    *("psd Part", "psd Flat", "Part*Part + 11*(Flat*Flat) = 11*Inv3", "Part*Flat = 0", "Flat*Part = 0"),
    f"some p: first'*other[p] = 0 and first'*Part*{MEAN} = 1 and first'*Flat*{MEAN} = 0",
)


@exemplifies(
    "B4",
    Case(
        dims={"K": 4, "n": 3},
        weights={"sets": ["1/5"] * 5, "parts": ["1/4"] * 4},
        letters={
            "y": [(0, 0, 0, 0), (1, 0, 0, 1), (0, 1, 1, 0), (0, 1, 0, 1), (0, 1, 1, 1)],
            "other": [(0, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)],
            "first": (1, 0, 0),
            "Low": _bound(-9),
            "High": _bound(9),
            "Inv": [
                ["5/2", "5/2", "-5/4", "-5/4"],
                ["5/2", "35/8", "-5/2", "-15/8"],
                ["-5/4", "-5/2", "5/2", "5/4"],
                ["-5/4", "-15/8", "5/4", "15/8"],
            ],
            "Inv3": [[16, -8, -8], [-8, 8, 4], [-8, 4, 8]],
            "Part": [[12, -4, -4], [-4, 5, 5], [-4, 5, 5]],
            "Flat": [[0, 0, 0], [0, 1, -1], [0, -1, 1]],
        },
        facts=FACTS,
    ),
)
def more_labels(p: Proof) -> None:
    """B4: the inverse root is between two rational matrices, and with a free bias it is known."""
    p.done(p.join(four_labels(p), three_labels(p)))


def own_square(p: Proof, inverse: Theorem, other: Theorem, texts: tuple[str, str, str, str]) -> Theorem:
    """Q Q is the inverse of N where Q N Q is the identity."""
    q, n, inv, dim = texts
    commute = p.eq(f"{q}*{n} = {n}*{q}", (inverse, f"{q}*{n}*?", f"?*{n}*{q}"))
    whole = p.eq(f"{n}*{q}*{q} = I[{dim}]", (commute, f"?*{q}"), inverse)
    return p.eq(f"{q}*{q} = {inv}", (whole, f"{inv}*?"), (other, f"?*{q}*{q}"))


def between(p: Proof, matrix: str, square: Theorem, known: Theorem) -> Theorem:
    """A difference of squares is positive semidefinite, in which one square is put in the place of what it is."""
    turned = (p.symmetric(known), "?"), (square, "?'"), (square, "?")
    return p.semidefinite(matrix, p.square("x", known), using=[(square, "x'*?*x")], turned=turned)


def four_labels(p: Proof) -> Theorem:
    """An entry of Q s by polarisation, between the values of two rational forms."""
    other, low, high, upper, lower, numbers = p.given[:6]
    with p.assuming(f"psd Q and Q*{MOMENT}*Q = I[K]") as at:
        psd, own = p.take(at, 0), p.symmetric(p.take(at, 0))
        square = own_square(p, p.take(at, 1), other, ("Q", MOMENT, "Inv", "K"))
        first = between(p, "(High*High - Q*Q)", square, upper)
        second = between(p, "(Q*Q - Low*Low)", square, lower)
        below = p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A="High", B="Q"), p.join(high, psd, first))
        over = p.apply(p.axiom("Loewner-Heinz", {"n": "K"}, A="Q", B="Low"), p.join(psd, low, second))
        some = instantiate(p.formula(FOUR_FAIL)[2], p.term("Q"))[2]
        inner = p.ledger.assume(instantiate(numbers.conclusion[2], "S"))
        both = p.ledger.assume(instantiate(inner.conclusion[2], "k"))
        entry, turned = f"{SIGN}*(e[k]'*Q*{SIGNED})", (own, f"1/2*{SIGN}*(e[k]'*?*{SIGNED})")
        more = p.le(
            f"{entry} < -1401/20000",
            ((1, 4), p.take(both, 0)),
            ((1, 4), p.square(PLUS, below)),
            ((1, 4), p.square(MINUS, over)),
            using=[turned],
        )
        less = p.le(
            f"-1403/20000 < {entry}",
            ((1, 4), p.take(both, 1)),
            ((1, 4), p.square(PLUS, over)),
            ((1, 4), p.square(MINUS, below)),
            using=[turned],
        )
        made = p.witness(p.witness(p.join(less, more), instantiate(some[2], "S"), "k"), some, "S")
        made = p.unpack(inner, p.implies(both, made), "k")
        made = p.unpack(numbers, p.implies(inner, made), "S")
        return p.every(p.implies(at, made), "Q")


def three_labels(p: Proof) -> Theorem:
    """The inverse root is Part/s + Flat with s^2 = 11, as there is one root only."""
    other, part, flat, square, across, back, numbers = p.given[6:]
    moment = f"sum[p]({MEAN}*{MEAN}')"
    with (
        p.supposing("0 <= s and s^2 = 11") as (named, weak, eleven),
        p.assuming(f"psd Root3 and Root3*{moment}*Root3 = I[n]") as at,
    ):
        some = p.by_cases(
            p.order_cases("s", "0"),
            lambda low: p.absurd("0 < s", p.le("0 < 0", 11, using=[eleven, (p.antisymmetry(low, weak), "s*?")])),
            lambda high: high,
        )
        share, psd = p.reciprocal(some), p.take(at, 0)
        own = own_square(p, p.take(at, 1), other, ("Root3", moment, "Inv3", "n"))
        root = "(1/s*Part + Flat)"
        pieces, turned = ((share, p.square("x3", part)), p.square("x3", flat)), (p.symmetric(part), "1/s*?")
        known = p.semidefinite(root, *pieces, turned=[turned, p.symmetric(flat)], at="x3")
        uses = (square, "1/11*?"), (eleven, "1/11*1/s^2*?*Part*Part"), (across, "1/s*?"), (back, "1/s*?")
        same = p.eq(f"{root}*{root} = Inv3", *uses)
        gaps = []
        for (a, first), (b, second) in ((("Root3", psd), (root, known)), ((root, known), ("Root3", psd))):
            zero = f"({a}*{a} - {b}*{b})"
            none = p.eq(f"{zero} = 0*Inv3", own, same)
            nothing = p.semidefinite(zero, using=[(none, "x3'*?*x3")], turned=[(none, "?'"), none], at="x3")
            gaps.append(p.apply(p.axiom("Loewner-Heinz", {"n": "n"}, A=a, B=b), p.join(first, second, nothing)))
        inner = p.ledger.assume(instantiate(numbers.conclusion[2], "p"))
        outside, one, nil = p.parts(inner)
        entry, plus, minus = f"first'*Root3*{MEAN}", f"(first + {MEAN})", f"(first - {MEAN})"
        uses_: list[Used] = [
            (one, "1/s*?"),
            nil,
            (p.symmetric(psd), f"1/2*first'*?*{MEAN}"),
            (p.symmetric(part), f"1/2*1/s*first'*?*{MEAN}"),
            (p.symmetric(flat), f"1/2*first'*?*{MEAN}"),
        ]
        half = (1, 4)
        most = p.le(f"{entry} <= 1/s", (half, p.square(plus, gaps[1])), (half, p.square(minus, gaps[0])), using=uses_)
        least = p.le(f"1/s <= {entry}", (half, p.square(plus, gaps[0])), (half, p.square(minus, gaps[1])), using=uses_)
        value = p.antisymmetry(most, least)
        positive = p.le(f"0 < {entry}", share, using=[value])
        squared = p.eq(f"11*({entry})^2 = 1", (value, f"11*({entry} + 1/s)*?"), (eleven, "1/s^2*?"))
        some_ = instantiate(p.formula(THREE_FAIL)[2], p.term("Root3"))[2]
        made = p.witness(p.join(outside, positive, squared), some_, "p")
        made = p.implies(at, p.unpack(numbers, p.implies(inner, made), "p"))
        made = p.implies(named, p.every(made, "Root3"))
    return p.unpack(p.apply(p.axiom("square root", {}, t="11"), p.le("0 <= 11", 11)), made, "s")
