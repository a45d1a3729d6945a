"""Residuals that take one value on a set and another off it, where W W' is a combination of P and J: B5c and B5d."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof
from proofs.kernel.theorems import Factor, Theorem, Use

ON, OFF = "(1 - {a})*(1 + ex({z})) - ex({z})", "{b}*(1 + ex({z})) - ex({z})"


def level_logits(n: str, a: str, b: str, gains: tuple[str, str, str]) -> tuple[str, str]:
    """The logits on a set of n labels and off it, of the residuals a and -b."""
    g1, g0, level = gains
    mean = f"{g0}/lambda_H*(({n}*{a} - (K - {n})*{b})/K) + {level}"
    slope = f"{g1}/lambda_H*({a} + {b})"
    return f"({slope}*(1 - {n}/K) + {mean})", f"(-{slope}*{n}/K + {mean})"


def met(n: str, a: str, b: str, gains: tuple[str, str, str]) -> tuple[str, str]:
    """That the values are the residuals of these logits, if there is a label on the set, and off it."""
    on, off = level_logits(n, a, b, gains)
    return f"{n}*({ON.format(a=a, z=on)}) = 0", f"(K - {n})*({OFF.format(b=b, z=off)}) = 0"


def fitted(p: Proof, lemma: Theorem, *known: Theorem) -> Theorem:
    """What follows from a lemma whose premises are known but for how their terms are written."""
    made = []
    for said, theorem in zip(lemma.conclusion[1][1:], known, strict=True):
        relation, left, right = said
        if theorem.conclusion == said:
            made.append(theorem)
        elif relation == "=":
            made.append(p.ledger.ring(left, right, [Use(theorem, ("hole", ()))], p.rules, p.nonzeros))
        else:
            made.append(p.ledger.order(relation, left, right, [(1, 1, (Factor(theorem),))], [], p.rules, p.nonzeros))
    return p.apply(lemma, p.join(*made))


def one_value(
    p: Proof,
    label: Label,
    weight: str,
    vector: tuple[str, str, str],
    known: tuple[Theorem, ...],
    gain: tuple[str, Theorem],
) -> Theorem:
    """weight (e_i - e_j)'r = 0 if the indicator has one value there: a logit grows with its residual, and falls.

    The vector is its indicator, its sigmoids and its logits, by text; known is that weight (e_i - e_j)'indicator = 0,
    what sigmoids are at i and at j, and that logits differ by the gain over lambda_H times residuals; the gain is 0 or
    positive.
    """
    y, t, z = vector
    flat, one, two, apart = known
    difference = f"({weight}*((e[i] - e[j])'*({y} - {t})))"

    def positive(case: Theorem) -> Theorem:
        grows = p.apply(p.at(label.grows, f"e[i]'*{t}", f"e[j]'*{t}", f"e[i]'*{z}", f"e[j]'*{z}"), p.join(one, two))
        uses = (
            (flat, f"{weight}*((e[i] - e[j])'*({y} - {t}))*?"),
            (apart, f"lambda_H/{gain[0]}*{weight}^2*((e[i] - e[j])'*{t})*?"),
        )
        small = p.le(
            f"{difference}'*{difference} <= 0", (p.reciprocal(case), p.given[1], p.square(weight), grows), using=uses
        )
        return p.eq(f"{difference} = 0", p.null(difference, small))

    def none(case: Theorem) -> Theorem:
        p.positive(p.le(f"0 < 1 + ex(e[i]'*{z})", 1, p.at(label.ex.positive, f"e[i]'*{z}")))
        same = p.eq(f"e[i]'*{z} = e[j]'*{z}", apart, (case, f"?/lambda_H*((e[i] - e[j])'*({y} - {t}))"))
        over = f"{weight}/(1 + ex(e[i]'*{z}))"
        uses = (one, f"{over}*?"), (two, f"{over}*?"), (same, f"{over}*(1 - e[j]'*{t})*ex(?)")
        return p.eq(f"{difference} = 0", flat, *uses)

    return p.by_cases(gain[1], none, positive)


class TwoScalars:
    """The two values are determined by the size of the set."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.label = label
        self.unique = self.only(p)

    def only(self, p: Proof) -> Theorem:
        """Two pairs of values that belong to their logits are one: what they differ by pays twice."""
        gains = ("g1", "g0", "level")
        first, second = (met("count", a, b, gains) for a, b in (("alpha", "beta"), ("alpha2", "beta2")))
        text = " and ".join(("0 <= g1 and 0 <= g0 and 0 <= count and count <= K", *first, *second))
        logits = [level_logits("count", a, b, gains) for a, b in (("alpha", "beta"), ("alpha2", "beta2"))]
        with p.supposing(text) as (at, gain, gain2, some, most, *equations):
            pays, same = zip(
                self.pays(
                    p, "count", some, ("(1 - alpha)", "(1 - alpha2)"), (logits[0][0], logits[1][0]), equations[::2]
                ),
                self.pays(
                    p,
                    "(K - count)",
                    p.le("0 <= K - count", most),
                    ("beta", "beta2"),
                    (logits[0][1], logits[1][1]),
                    equations[1::2],
                ),
                strict=True,
            )
            inverse, share = p.reciprocal(p.given[1]), p.reciprocal(p.dimension("K"))
            slope, mean = "(alpha + beta - alpha2 - beta2)", "(count*(alpha - alpha2) - (K - count)*(beta - beta2))"
            costs = (inverse, share, gain, some, most, p.square(slope)), (inverse, share, gain2, p.square(mean))
            found = []
            for i, (weight, t) in enumerate(
                (("count", "((1 - alpha) - (1 - alpha2))"), ("(K - count)", "(beta - beta2)"))
            ):
                product = f"{weight}*({t}*({logits[0][i]} - {logits[1][i]}))"
                zero = p.antisymmetry(p.le(f"{product} <= 0", pays[1 - i], *costs), p.le(f"0 <= {product}", pays[i]))
                found.append(p.apply(same[i], zero))
            made = p.implies(at, p.join(*found))
        return p.every(made, "count", *gains, "alpha", "beta", "alpha2", "beta2")

    def pays(
        self, p: Proof, n: str, some: Theorem, shares: tuple[str, str], logits: tuple[str, str], known: list[Theorem]
    ) -> tuple[Theorem, Theorem]:
        """Sigmoids grow with logits, and where the product of what they differ by is 0 they are one."""
        product = f"{n}*(({shares[0]} - {shares[1]})*({logits[0]} - {logits[1]}))"
        equal = f"{n}*({shares[0]} - {shares[1]}) = 0"

        def nothing(case: Theorem) -> Theorem:
            zero = p.eq(f"{n} = 0", p.antisymmetry(case, some))
            with p.assuming(f"{product} = 0") as flat:
                made = p.implies(flat, p.eq(equal, (zero, f"?*({shares[0]} - {shares[1]})")))
            rest = product.removeprefix(f"{n}*")
            return p.join(p.le(f"0 <= {product}", using=[(zero, f"?*{rest}")]), made)

        def something(case: Theorem) -> Theorem:
            p.positive(case)
            one, two = (
                p.eq(f"{t}*(1 + ex({z})) = ex({z})", (x, f"1/{n}*?"))
                for t, z, x in zip(shares, logits, known, strict=True)
            )
            grows = p.apply(p.at(self.label.grows, *shares, *logits), p.join(one, two))
            with p.assuming(f"{product} = 0") as flat:
                zero, apart = f"{logits[0]} - {logits[1]} = 0", f"({logits[0]} - {logits[1]})"

                def same(case: Theorem) -> Theorem:
                    p.positive(p.le(f"0 < 1 + ex({logits[0]})", 1, p.at(self.label.ex.positive, logits[0])))
                    over = f"{n}/(1 + ex({logits[0]}))"
                    uses = (
                        (one, f"{over}*?"),
                        (two, f"{over}*?"),
                        (case, f"{over}*(1 - {shares[1]})*ex({logits[1]} + ?)"),
                    )
                    return p.eq(equal, *uses)

                def other(case: Theorem) -> Theorem:
                    p.nonzeros.append(p.ledger.nonzero(case))
                    return p.eq(equal, (flat, f"1/{apart}*?"))

                made = p.by_cases(p.ledger.middle(p.formula(zero)), same, other)
                made = p.implies(flat, made)
            return p.join(p.le(f"0 <= {product}", (case, grows)), made)

        known_ = p.by_cases(p.order_cases(n, "0"), nothing, something)
        return p.take(known_, 0), p.take(known_, 1)

    def equations(
        self,
        p: Proof,
        vector: tuple[str, str, str],
        values: tuple[str, str, str],
        known: tuple[Theorem, ...],
        gains: tuple[str, str, str],
    ) -> tuple[Theorem, Theorem]:
        """What the values say of their logits: a sum over labels that are on the set, or off it.

        The vector is its indicator, its sigmoids and its logits; values are its size and the two values; known is, at
        label j, that the indicator is 0 or 1, what the residual and the logit are, and the sigmoid.
        """
        y, t, z = vector
        n, a, b = values
        either, entry, logit, sigmoid = known
        on, off = level_logits(n, a, b, gains)
        inside, outside = ON.format(a=a, z=on), OFF.format(b=b, z=off)
        mine, at = f"e[j]'*{y}", f"e[j]'*{z}"
        first, second = f"({mine})*({inside}) = 0", f"(1 - {mine})*({outside}) = 0"

        def absent(case: Theorem) -> Theorem:
            value = p.eq(f"e[j]'*{t} = {b}", entry, (case, f"({a} + {b} - 1)*?"))
            same = p.eq(f"{at} = {off}", logit, (case, f"{gains[0]}/lambda_H*({a} + {b})*?"))
            uses = (sigmoid, "?"), (value, f"(1 + ex({at}))*?"), (same, f"({b} - 1)*ex(?)")
            made = p.eq(f"{outside} = 0", *uses)
            return p.join(p.eq(first, (case, f"?*({inside})")), p.eq(second, (made, f"(1 - {mine})*?")))

        def present(case: Theorem) -> Theorem:
            value = p.eq(f"e[j]'*{t} = 1 - {a}", entry, (case, f"({a} + {b} - 1)*?"))
            same = p.eq(f"{at} = {on}", logit, (case, f"{gains[0]}/lambda_H*({a} + {b})*?"))
            uses = (sigmoid, "?"), (value, f"(1 + ex({at}))*?"), (same, f"{a}*ex(?)")
            made = p.eq(f"{inside} = 0", *uses)
            return p.join(p.eq(first, (made, f"({mine})*?")), p.eq(second, (case, f"?*({outside})")))

        each = p.by_cases(either, absent, present)
        one, two = (p.every(p.take(each, i), "j") for i in range(2))
        on_, off_ = met(n, a, b, gains)
        return p.eq(on_, (one, "sum[j](?[j])")), p.eq(off_, (two, "sum[j](?[j])"))


RESIDUAL = "(e[k] - t1[k])"
ALPHA, BETA = f"(e[k]'*{RESIDUAL})", f"((e[k]'*{RESIDUAL} - ones'*{RESIDUAL})/(K - 1))"


class Singles:
    """Virtual prototypes of single labels have two values each, which are the same for all labels."""

    def __init__(
        self,
        p: Proof,
        scalars: TwoScalars,
        virtual: Theorem,
        gains: tuple[str, str, str],
        known: tuple[Theorem, ...],
        bias: str = "",
    ) -> None:
        """Known is that both gains are not negative, that the first is 0 or positive, the Gram matrix and the bias."""
        still, sigmoid = p.parts(virtual)
        gain, gain2, split, *shape = known
        apart, z = p.says(LABELS_APART[0]), f"(W*h1[k]{bias})"
        p.positive(
            p.le("0 < K - 1", p.says("2 <= K"), 1)
            if not bias
            else p.le("0 < K - 1", p.says("1 <= size"), p.says("size <= K - 1"), 1)
        )
        common = f"(({gains[1]} - {gains[0]})/lambda_H*(ones'*{RESIDUAL})/K + {gains[2]})"
        logit = p.eq(
            f"{z} = {gains[0]}/lambda_H*{RESIDUAL} + {common}*ones",
            *((still, "1/lambda_H*W*?[k]"), (shape[0], f"1/lambda_H*?*{RESIDUAL}")),
            *shape[1:],
        )
        logits = p.every(logit, "k")
        own, other = "(e[i]'*e[k])", "(e[j]'*e[k])"
        weight = f"((1 - {own})*(1 - {other}))"
        same = p.every(p.eq(f"{other}^2 = {other}", (apart, "?[j, k]'*e[k]")), "j", "k")
        flat = p.eq(f"{weight}*((e[i] - e[j])'*e[k]) = 0", (same, f"(1 - {other})*?[i, k]", f"(1 - {own})*?[j, k]"))
        differ = p.eq(
            f"(e[i] - e[j])'*{z} = {gains[0]}/lambda_H*((e[i] - e[j])'*{RESIDUAL})", (logits, "(e[i] - e[j])'*?[k]")
        )
        facts = flat, p.at(sigmoid, "k", "i"), p.at(sigmoid, "k", "j"), differ
        one = one_value(p, scalars.label, weight, ("e[k]", "t1[k]", z), facts, (gains[0], split))
        one = p.every(one, "j")
        values = p.eq(
            f"e[i]'*{RESIDUAL} = ({ALPHA} + {BETA})*{own} - {BETA}",
            *((one, "1/(K - 1)*sum[j](?[j])"), (apart, f"?[i, k]'*{RESIDUAL}")),
        )
        self.values = p.every(values, "i", "k")
        entry = p.eq(f"e[j]'*t1[k] = {other} - (({ALPHA} + {BETA})*{other} - {BETA})", (self.values, "?[j, k]"))
        off = level_logits("1", ALPHA, BETA, gains)[1]
        at = p.eq(
            f"e[j]'*{z} = {gains[0]}/lambda_H*({ALPHA} + {BETA})*{other} + ({off})",
            *((logits, "e[j]'*?[k]"), (self.values, f"{gains[0]}/lambda_H*?[j, k]")),
        )
        either = p.take(p.apply(p.at(scalars.label.affine, "1", "1", other), p.at(same, "j", "k")), 1)
        known_ = either, entry, at, p.at(sigmoid, "k", "j")
        equations = scalars.equations(p, ("e[k]", "t1[k]", z), ("1", ALPHA, BETA), known_, gains)
        both = p.every(p.join(*equations), "k")
        self.positive = self.signs(p, scalars, equations, gains)
        far = [x.replace("[k]", "[j]") for x in (ALPHA, BETA)]
        bounds = p.le("0 <= 1", 1), p.le("1 <= K", p.ledger.size("K"))
        premise = [gain, gain2, *bounds, *(p.take(p.at(both, x), i) for x in "kj" for i in range(2))]
        equal = fitted(p, p.at(scalars.unique, "1", *gains, ALPHA, BETA, *far), *premise)
        self.equal = p.every(p.join(*(p.take(equal, i) for i in range(2))), "k", "j")

    @staticmethod
    def signs(
        p: Proof, scalars: TwoScalars, equations: tuple[Theorem, Theorem], gains: tuple[str, str, str]
    ) -> tuple[Theorem, Theorem]:
        """Both values are positive."""
        on, off = level_logits("1", ALPHA, BETA, gains)
        powers = [p.at(scalars.label.ex.positive, z) for z in (on, off)]
        shares = [p.reciprocal(p.le(f"0 < 1 + ex({z})", 1, x)) for z, x in zip((on, off), powers, strict=True)]
        first = p.le(f"0 < {ALPHA}", shares[0], using=[(equations[0], f"1/(1 + ex({on}))*?")])
        use = (equations[1], f"1/(K - 1)/(1 + ex({off}))*?")
        return p.every(first, "k"), p.every(p.le(f"0 < {BETA}", (shares[1], powers[1]), using=[use]), "k")
