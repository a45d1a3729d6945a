"""B5c, closed: where labels may be exchanged an optimum is its own mirror image, and has two scalars per size."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label
from proofs.chapters.binary_cross_entropy.two_scalars_chains import (
    ALPHA,
    BETA,
    OFF,
    ON,
    RESIDUAL,
    Singles,
    TwoScalars,
    fitted,
    level_logits,
    met,
    one_value,
)
from proofs.claims.closed_form_formulas import PLAIN, PREDICTED, SINGLES, VALUES, VIRTUAL
from proofs.claims.hypotheses import EXCHANGED, LABEL_SETS, LABELS_APART, STATIONARY
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

SWAP, MIRROR = "swap[j, k, S, T]", "(I[K] - (e[j] - e[k])*(e[j] - e[k])')"
GRAM = "g1*P + g0*(1/K*ones*ones')"
ROWS = "(ones'*W*W'*ones)/K"


@closes("B5c")
def sizes_equally_likely(p: Proof) -> None:
    """B5c: the Gram matrix commutes with exchanges of labels; what residuals are follows from it alone."""
    p.positive(p.le("0 < K - 1", p.says("2 <= K"), 1))
    label = Label(p)
    with p.assuming(PREDICTED.format("W*h[S]")) as predicted:
        scalars = TwoScalars(p, label)
        gram = combination(p, p.says(LABELS_APART[0]), Mirror(p, scalars, predicted).commutes(p))
        exists = p.goal[2]
        with p.assuming(f"0 <= g1 and 0 <= g0 and W*W' = {GRAM}") as known:
            rest = Scales(p, scalars, predicted, known).all(p)
            every = p.join(*(p.take(known, i) for i in range(3)), *rest)
            made = p.witness(p.witness(every, instantiate(exists[2], p.term("g1")), "g0"), exists, "g1")
            made = p.implies(known, made)
        made = p.unpack(gram, p.implies(*unpacked(p, gram, made)), "g1")
        p.done(p.implies(predicted, made))


def unpacked(p: Proof, some: Theorem, then: Theorem) -> tuple[Theorem, Theorem]:
    """The inner of two existence statements, unpacked."""
    inner = p.ledger.assume(instantiate(some.conclusion[2], p.term("g1")))
    return inner, p.unpack(inner, then, "g0")


class Mirror:
    """Of a label set and what an exchange makes of it, residuals and logits are exchanged too."""

    def __init__(self, p: Proof, scalars: TwoScalars, predicted: Theorem) -> None:
        self.scalars, self.label, self.apart = scalars, scalars.label, p.says(LABELS_APART[0])
        self.features, self.classifier = (p.says(x) for x in STATIONARY)
        symmetric, once, moves = (p.at(p.says(x), "j", "k") for x in EXCHANGED)
        self.symmetric, self.once = symmetric, once
        self.moves = moves
        self.some = p.at(p.says("all j, k, S, T: 0 <= swap[j, k, S, T]"), "j", "k")
        self.equal = p.every(p.eq("(e[j]'*e[k])*(e[j] - e[k]) = 0", (self.apart, "?[j, k]")), "j", "k")
        self.twice = p.eq(f"{MIRROR}*{MIRROR} = I[K]", (self.equal, "2*?[j, k]*(e[j] - e[k])'"))
        self.sigmoid = self.of_mirror(p, predicted)
        self.differ(p, predicted)

    def of_mirror(self, p: Proof, predicted: Theorem) -> Theorem:
        """The sigmoid of an exchanged logit is the exchanged sigmoid."""
        same = p.every(p.eq("(e[i]'*e[j])^2 = e[i]'*e[j]", (self.apart, "?[i, j]'*e[j]")), "i", "j")
        row = f"e[i]'*{MIRROR}"
        share, z = "(y[T] - r[T])", "(W*h[T])"
        goal = f"({row}*{share})*(1 + ex({row}*{z})) = ex({row}*{z})"

        def to(which: str, *uses: tuple[Theorem, str]) -> Theorem:
            image = p.eq(f"{row} = e[{which}]'", *uses)
            moved = (
                (image, f"?*{share}*(1 + ex({row}*{z}))"),
                (image, f"(e[{which}]'*{share})*ex(?*{z})"),
                (image, f"ex(?*{z})"),
            )
            return p.eq(goal, p.at(predicted, "T", which), *moved)

        def first(case: Theorem) -> Theorem:
            def neither(case2: Theorem) -> Theorem:
                return to("i", (case, "?*(e[j] - e[k])'"), (case2, "?*(e[j] - e[k])'"))

            def second(case2: Theorem) -> Theorem:
                one = p.eq("e[i] = e[k]", (self.apart, "?[i, k]"), (case2, "?*(e[i] - e[k])"))
                return to("j", (case, "?*(e[j] - e[k])'"), (case2, "?*(e[j] - e[k])'"), (one, "?'"))

            return p.by_cases(p.at(either, "i", "k"), neither, second)

        def other(case: Theorem) -> Theorem:
            one = p.eq("e[i] = e[j]", (self.apart, "?[i, j]"), (case, "?*(e[i] - e[j])"))

            def neither(case2: Theorem) -> Theorem:
                return to("k", (case, "?*(e[j] - e[k])'"), (case2, "?*(e[j] - e[k])'"), (one, "?'"))

            def both(case2: Theorem) -> Theorem:
                return to("i", (case, "?*(e[j] - e[k])'"), (case2, "?*(e[j] - e[k])'"))

            return p.by_cases(p.at(either, "i", "k"), neither, both)

        split = p.take(p.apply(p.at(self.label.affine, "1", "1", "e[i]'*e[j]"), p.at(same, "i", "j")), 1)
        either = p.every(split, "i", "j")
        return p.every(p.by_cases(split, first, other), "i")

    def differ(self, p: Proof, predicted: Theorem) -> None:
        """What is exchanged is as good, and no better: residuals, logits and slackness have nothing to pay."""
        back = p.eq("swap[j, k, S, T] = swap[j, k, T, S]", (self.symmetric, "?[S, T]"))
        even = p.eq(
            f"{SWAP}*(y[S] - {MIRROR}*y[T]) = 0", *((self.moves, "?[T, S]"), (back, f"?*(y[S] - {MIRROR}*y[T])"))
        )
        t, z = f"(r[S] - {MIRROR}*r[T])", f"(W*h[S] - {MIRROR}*(W*h[T]))"
        shares = "(e[i]'*(y[S] - r[S]))", f"(e[i]'*{MIRROR}*(y[T] - r[T]))"
        logits = "(e[i]'*(W*h[S]))", f"(e[i]'*{MIRROR}*(W*h[T]))"
        some, own, mirrored = p.at(self.some, "S", "T"), p.at(predicted, "S", "i"), p.at(self.sigmoid, "i")
        known = [
            p.eq(f"{SWAP}*({share}*(1 + ex({at})) - ex({at})) = 0", (one, f"{SWAP}*?"))
            for share, at, one in zip(shares, logits, (own, mirrored), strict=True)
        ]
        pays, same = self.scalars.pays(p, SWAP, some, shares, logits, known)
        product = f"{SWAP}*(({shares[0]} - {shares[1]})*({logits[0]} - {logits[1]}))"
        pays = p.every(pays, "i")
        gain = p.le(f"0 <= -{SWAP}*({t}'*{z})", p.over(pays), using=[(even, f"?'*{z}")])
        none = p.at(self.nothing(p, p.every(p.every(gain, "T"), "S")), "S", "T")
        zero = p.at(p.vanish(pays, p.eq(f"sum[i]({product}) = 0", none, (even, f"?'*{z}"))), "i")
        equal = p.apply(same, p.eq(f"{product} = 0", zero))
        alike = self.same_logits(p, logits, (own, mirrored), equal)
        rows = p.every(equal, "i"), p.every(alike, "i")
        residuals = p.eq(f"{SWAP}*{t} = 0", even, (rows[0], "sum[i](?[i]*e[i])"))
        self.residuals = p.every(residuals, "S", "T")
        self.logits = p.every(p.eq(f"{SWAP}*{z} = 0", (rows[1], "sum[i](?[i]*e[i])")), "S", "T")

    def nothing(self, p: Proof, gain: Theorem) -> Theorem:
        """A sum of what is not negative is 0."""
        t, z = f"(r[S] - {MIRROR}*r[T])", f"(W*h[S] - {MIRROR}*(W*h[T]))"
        lack = f"(lambda_H*h[T] - W'*{MIRROR}*r[S])"
        miss = p.le(f"0 <= {SWAP}*({lack}'*{lack})", (p.at(self.some, "S", "T"), p.square(lack)))
        missing = p.over(p.every(p.over(p.every(miss, "T")), "S"))
        moment = "(lambda*I[K] - sum[S](r[S]*r[S]'))"
        psd = p.square(f"{MIRROR}*W", p.says(f"psd {moment}"))
        total, missed = f"sum[S](sum[T]({SWAP}*({t}'*{z})))", f"sum[S](sum[T]({SWAP}*({lack}'*{lack})))"
        cross = f"sum[S](sum[T]({SWAP}*(r[S]'*{MIRROR}*W*h[T])))"
        column = p.every(p.eq(f"sum[S]({SWAP}) = 1", (self.symmetric, "sum[S](?[S, T])"), (self.once, "?[T]")), "T")
        first = p.eq(
            f"{total} = 2*sum[S](r[S]'*W*h[S]) - 2*{cross}",
            *((self.once, "sum[S](?[S]*(r[S]'*W*h[S]))"), (column, "sum[T](?[T]*(r[T]'*W*h[T]))")),
            (self.twice, f"sum[S](sum[T]({SWAP}*(r[T]'*?*W*h[T])))"),
            (self.symmetric, f"sum[S](sum[T](?[S, T]*(r[T]'*{MIRROR}*W*h[S])))"),
        )
        square = f"tr(W'*{MIRROR}*sum[S](r[S]*r[S]')*{MIRROR}*W)"
        second = p.eq(
            f"{missed} = lambda_H^2*sum[S](h[S]'*h[S]) - 2*lambda_H*{cross} + {square}",
            (column, "lambda_H^2*sum[T](?[T]*(h[T]'*h[T]))"),
            (self.once, f"sum[S](?[S]*(r[S]'*{MIRROR}*W*W'*{MIRROR}*r[S]))"),
        )
        third = p.eq(
            f"tr(W'*{MIRROR}*{moment}*{MIRROR}*W) = lambda*tr(W'*W) - {square}", (self.twice, "lambda*tr(W'*?*W)")
        )
        own = p.eq("sum[S](r[S]'*W*h[S]) = lambda_H*sum[S](h[S]'*h[S])", (self.features, "sum[S](?[S]'*h[S])"))
        level = p.eq("lambda_W*tr(W'*W) = sum[S](r[S]'*W*h[S])", (self.classifier, "tr(W'*?)"))
        uses = first, (second, "1/lambda_H*?"), (third, "1/lambda_H*?"), own, (level, "?")
        inverse = p.reciprocal(p.given[1])
        small = p.le(f"sum[S](sum[T](-{SWAP}*({t}'*{z}))) <= 0", (inverse, missing), (inverse, psd), using=uses)
        inner = f"sum[T](-{SWAP}*({t}'*{z}))"
        each = p.every(p.le(f"0 <= {inner}", p.over(p.at(gain, "S"))), "S")
        zero = p.vanish(each, p.antisymmetry(small, p.le(f"0 <= sum[S]({inner})", p.over(each))))
        return p.every(p.vanish(p.at(gain, "S"), p.at(zero, "S")), "S")

    def same_logits(self, p: Proof, logits: tuple[str, str], known: tuple[Theorem, Theorem], equal: Theorem) -> Theorem:
        """Sigmoids determine logits."""
        goal = f"{SWAP}*({logits[0]} - {logits[1]}) = 0"
        powers = [f"(1 + ex({z}))" for z in logits]

        def never(case: Theorem) -> Theorem:
            return p.eq(goal, (case, f"?*({logits[0]} - {logits[1]})"))

        def other(case: Theorem) -> Theorem:
            p.nonzeros.append(p.ledger.nonzero(case))
            uses = (
                (known[0], f"{powers[1]}*?"),
                (known[1], f"{powers[0]}*?"),
                (equal, f"1/{SWAP}*{powers[0]}*{powers[1]}*?"),
            )
            power = p.eq(f"ex({logits[0]}) = ex({logits[1]})", *uses)
            logs = [p.take(p.at(self.label.logs.inverse, z), 1) for z in logits]
            return p.eq(goal, *((one, f"{SWAP}*?") for one in logs), (power, f"{SWAP}*log(?)"))

        return p.by_cases(p.ledger.middle(p.formula(f"{SWAP} = 0")), never, other)

    def commutes(self, p: Proof) -> Theorem:
        """So the Gram matrix commutes with exchanges."""
        column = p.every(p.eq(f"sum[S]({SWAP}) = 1", (self.symmetric, "sum[S](?[S, T])"), (self.once, "?[T]")), "T")
        same = p.eq(
            f"lambda_W*(W*W') = lambda_W*{MIRROR}*(W*W')*{MIRROR}",
            (self.classifier, "?*W'", f"{MIRROR}*?*W'*{MIRROR}"),
            (self.once, "sum[S](?[S]*(r[S]*h[S]'*W'))"),
            (self.residuals, "sum[S](sum[T](?[S, T]*h[S]'*W'))"),
            (self.logits, f"sum[S](sum[T]({MIRROR}*r[T]*?[S, T]'))"),
            (column, f"sum[T](?[T]*({MIRROR}*r[T]*h[T]'*W'*{MIRROR}))"),
        )
        turned = p.eq(
            "(e[j] - e[k])*(e[j] - e[k])'*(W*W') = (W*W')*(e[j] - e[k])*(e[j] - e[k])'",
            *((same, f"1/lambda_W*?*{MIRROR}"), (self.twice, f"{MIRROR}*(W*W')*?")),
        )
        return p.every(turned, "j", "k")


def combination(p: Proof, apart: Theorem, commutes: Theorem) -> Theorem:
    """A positive semidefinite matrix that commutes with exchanges is a combination of P and J."""
    gram, total = "(W*W')", "(ones'*(W*W')*ones)"
    same = p.every(p.eq("(e[j]'*e[k])*(e[j] - e[k]) = 0", (apart, "?[j, k]")), "j", "k")
    even = p.eq(f"all j: K*(e[j]'*{gram}*ones) = {total}", (commutes, "sum[k](e[j]'*?[j, k]*ones)"))
    diagonal = p.eq(
        f"all j: K*(e[j]'*{gram}*e[j]) = tr{gram}",
        (commutes, "sum[k](e[j]'*?[j, k]*e[k])"),
        (same, f"sum[k](?[j, k]'*{gram}*e[k])"),
    )
    column = p.eq(
        f"""all j: (K - 1)*({gram}*e[j]) = (K*(e[j]'*{gram}*e[j]) - ones'*{gram}*e[j])*e[j]
        - (e[j]'*{gram}*e[j])*ones + {gram}*ones""",
        (commutes, "sum[k](?[j, k]*e[j])"),
    )
    slope, level = f"((tr{gram} - {total}/K)/(K - 1))", f"({total}/K)"
    flat = p.eq(
        f"W*W' = {slope}*P + {level}*(1/K*ones*ones')",
        (column, "1/(K - 1)*sum[j](?[j]*e[j]')"),
        (diagonal, "1/(K - 1)*sum[j](?[j]*(e[j]*e[j]'))", "1/K/(K - 1)*sum[j](?[j]*(ones*e[j]'))"),
        (even, "1/K/(K - 1)*sum[j](?[j]*(e[j]*e[j]'))", "1/K/(K - 1)*sum[j](?[j]*(e[j]*ones'))"),
    )
    share, rest = p.reciprocal(p.dimension("K")), p.reciprocal(p.le("0 < K - 1", p.says("2 <= K"), 1))
    one = p.le(f"0 <= {slope}", (rest, p.square("P*W")))
    two = p.le(f"0 <= {level}", (share, p.square("W'*ones")))
    some = p.formula(f"some g1, g0: 0 <= g1 and 0 <= g0 and W*W' = {GRAM}")
    made = p.join(one, two, flat)
    return p.witness(p.witness(made, instantiate(some[2], p.term(slope)), level), some, slope)


class Scales:
    """What residuals are where the Gram matrix is a combination of P and J."""

    GAINS = ("g1", "g0", "0")

    def __init__(self, p: Proof, scalars: TwoScalars, predicted: Theorem, known: Theorem) -> None:
        self.scalars, self.predicted = scalars, predicted
        self.gain, self.level, self.gram = p.parts(known)
        self.features, self.classifier = (p.says(x) for x in STATIONARY)

        def none(case: Theorem) -> Theorem:
            return p.ledger.choose(p.antisymmetry(case, self.gain), split)

        def some(case: Theorem) -> Theorem:
            return p.ledger.choose(case, split)

        split = p.formula("g1 = 0 or 0 < g1")
        self.split = p.by_cases(p.order_cases("g1", "0"), none, some)
        logit = p.eq(
            "W*h[S] = g1/lambda_H*r[S] + (g0 - g1)/lambda_H*(ones'*r[S])/K*ones",
            *((self.features, "1/lambda_H*W*?[S]"), (self.gram, "1/lambda_H*?*r[S]")),
        )
        self.logit = p.every(logit, "S")
        self.apart = p.says(LABELS_APART[0])

    def all(self, p: Proof) -> tuple[Theorem, Theorem, Theorem]:
        """Two values on each label set, the energies, and the rule."""
        with p.assuming(VALUES) as values:
            form = self.form(p, values)
            found = p.implies(values, p.join(form, *self.energies(p, form), self.sizes(p, form)))
        return self.two(p), found, self.rule(p)

    def two(self, p: Proof) -> Theorem:
        """One value on a label set, and one off it."""
        made = []
        differ = p.eq(
            "(e[i] - e[j])'*(W*h[S]) = g1/lambda_H*((e[i] - e[j])'*(y[S] - (y[S] - r[S])))",
            (self.logit, "(e[i] - e[j])'*?[S]"),
        )
        for weight in ("((e[i]'*y[S])*(e[j]'*y[S]))", "((1 - e[i]'*y[S])*(1 - e[j]'*y[S]))"):
            flat = p.eq(f"{weight}*((e[i] - e[j])'*y[S]) = 0")
            facts = flat, p.at(self.predicted, "S", "i"), p.at(self.predicted, "S", "j"), differ
            vector = "y[S]", "(y[S] - r[S])", "(W*h[S])"
            one = one_value(p, self.scalars.label, weight, vector, facts, ("g1", self.split))
            made.append(p.eq(f"{weight}*((e[i] - e[j])'*r[S]) = 0", one))
        both = p.at(p.every(p.join(*made), "S", "i", "j"), "S", "j", "k")
        return p.every(both, "S", "j", "k")

    def form(self, p: Proof, values: Theorem) -> Theorem:
        """Residuals are a combination of the indicator and the ones."""
        at = p.at(values, "S", "k")
        row = p.eq("e[k]'*r[S] = (on[S] + off[S])*(e[k]'*y[S]) - off[S]", p.take(at, 0), p.take(at, 1))
        return p.eq(
            "all S: r[S] = (on[S] + off[S])*y[S] - off[S]*ones", (p.every(row, "S", "k"), "sum[k](?[S, k]*e[k])")
        )

    def energies(self, p: Proof, form: Theorem) -> tuple[Theorem, Theorem]:
        """R is lambda where W W' does not vanish."""
        slack = p.eq(
            "sum[S](r[S]*r[S]')*W*W' = lambda*W*W'",
            *((self.features, "sum[S](r[S]*?[S]')*W'"), (self.classifier, "lambda_H*?*W'")),
        )
        found = []
        for gain, text, level, uses in (
            (
                "g1",
                "sum[S]((on[S] + off[S])^2*(m[S]*(K - m[S])))",
                "K*(K - 1)*lambda",
                ((slack, "K*tr(P*?)"), (self.gram, "K*tr(P*sum[S](r[S]*r[S]')*?)"), (self.gram, "K*lambda*tr(P*?)")),
            ),
            (
                "g0",
                "sum[S]((m[S]*on[S] - (K - m[S])*off[S])^2)",
                "K*lambda",
                (
                    (slack, "ones'*?*ones"),
                    (self.gram, "ones'*sum[S](r[S]*r[S]')*?*ones"),
                    (self.gram, "lambda*ones'*?*ones"),
                ),
            ),
        ):
            left = "(P*r[S])" if gain == "g1" else "(ones'*r[S])"
            size = f"K*sum[S]({left}'*{left})" if gain == "g1" else f"sum[S]({left}^2)"
            square = "K*(P*?[S])'*(P*r[S])", "K*(P*((on[S] + off[S])*y[S]))'*(P*?[S])"
            if gain == "g0":
                square = "(ones'*?[S])*(ones'*r[S])", "(m[S]*on[S] - (K - m[S])*off[S])*(ones'*?[S])"
            energy = p.eq(f"{size} = {text}", *((form, f"sum[S]({x})") for x in square))
            zero = p.eq(f"{gain}*({text} - {level}) = 0", *uses, (energy, f"{gain}*?"))
            found.append(self.or_equal(p, gain, f"{text} = {level}", zero))
        return found[0], found[1]

    @staticmethod
    def or_equal(p: Proof, gain: str, equal: str, zero: Theorem) -> Theorem:
        """A product is 0: one factor is."""
        goal = p.formula(f"{gain} = 0 or {equal}")

        def none(case: Theorem) -> Theorem:
            return p.ledger.choose(case, goal)

        def some(case: Theorem) -> Theorem:
            p.nonzeros.append(p.ledger.nonzero(case))
            return p.ledger.choose(p.eq(equal, (zero, f"1/{gain}*?")), goal)

        return p.by_cases(p.ledger.middle(p.formula(f"{gain} = 0")), none, some)

    def sizes(self, p: Proof, form: Theorem) -> Theorem:
        """Label sets of one size have the same values."""
        values = "m[S]", "on[S]", "off[S]"
        off = level_logits(*values, self.GAINS)[1]
        indicator = p.at(p.says(LABEL_SETS[2]), "S", "j")
        either = p.take(p.apply(p.at(self.scalars.label.affine, "1", "1", "e[j]'*y[S]"), indicator), 1)
        entry = p.eq(
            "e[j]'*(y[S] - r[S]) = e[j]'*y[S] - ((on[S] + off[S])*(e[j]'*y[S]) - off[S])", (form, "e[j]'*?[S]")
        )
        logit = p.eq(
            f"e[j]'*(W*h[S]) = g1/lambda_H*(on[S] + off[S])*(e[j]'*y[S]) + ({off})",
            *((self.logit, "e[j]'*?[S]"), (form, "g1/lambda_H*(e[j]'*?[S])")),
            (form, "(g0 - g1)/lambda_H/K*(ones'*?[S])"),
        )
        facts = either, entry, logit, p.at(self.predicted, "S", "j")
        equations = self.scalars.equations(p, ("y[S]", "(y[S] - r[S])", "(W*h[S])"), values, facts, self.GAINS)
        known = p.every(p.join(*equations), "S")
        number = p.le("0 <= m[S]", p.square("y[S]")), p.le("m[S] <= K", p.square("ones - y[S]"))
        with p.assuming("m[S] = m[T]") as same:
            premise = [self.gain, self.level, *number, *(p.take(p.at(known, "S"), i) for i in range(2))]
            premise += self.moved(p, same, p.at(known, "T"))
            lemma = p.at(self.scalars.unique, "m[S]", *self.GAINS, "on[S]", "off[S]", "on[T]", "off[T]")
            found = fitted(p, lemma, *premise)
            one = p.eq("m[S]*(on[S] - on[T]) = 0", p.take(found, 0))
            made = p.implies(same, p.join(one, p.take(found, 1)))
        return p.every(made, "S", "T")

    def moved(self, p: Proof, same: Theorem, known: Theorem) -> list[Theorem]:
        """The equations of T, in the size of S."""
        own, other = (level_logits(n, "on[T]", "off[T]", self.GAINS) for n in ("m[S]", "m[T]"))
        goals = met("m[S]", "on[T]", "off[T]", self.GAINS)
        inside = ON.format(a="on[T]", z=other[0]), OFF.format(b="off[T]", z=other[1])
        power = "m[S]*on[T]*ex(?)", "(K - m[S])*(1 - off[T])*ex(?)"
        made = []
        for i in range(2):
            z = p.eq(f"{own[i]} = {other[i]}", (same, "(g0 - g1)/lambda_H*(on[T] + off[T])/K*?"))
            made.append(p.eq(goals[i], p.take(known, i), (same, f"?*({inside[i]})"), (z, power[i])))
        return made

    def rule(self, p: Proof) -> Theorem:
        """Virtual prototypes of single labels have two values as well, so that the rule is one of vectors."""
        with p.assuming(VIRTUAL.format("W*h1[k]")) as at:
            singles = Singles(p, self.scalars, at, self.GAINS, (self.gain, self.level, self.split, self.gram))
            exists = p.formula(SINGLES)
            first, second = (x.replace("[k]", "[i]") for x in (ALPHA, BETA))
            equal = [p.take(p.at(singles.equal, "k", "i"), i) for i in range(2)]
            vector = p.eq(
                f"{RESIDUAL} = ({first} + {second})*e[k] - {second}*ones",
                (singles.values, "sum[j](?[j, k]*e[j])"),
                *((equal[0], "?*e[k]"), (equal[1], "1/(K - 1)*?*(e[k] - ones)")),
            )
            known = p.join(*(p.at(x, "i") for x in singles.positive), p.every(vector, "k"))
            text = "0 < c1 and 0 < c2 and (all k: e[k] - t1[k] = (c1 + c2)*e[k] - c2*ones)"
            with p.assuming(text) as scalars:
                parts = [p.take(scalars, i) for i in range(3)]
                p.positive(p.le("0 < c1 + c2", *parts[:2]))
                made = p.join(*parts, self.combined(p, p.take(at, 0), parts[2]))
                made = p.witness(p.witness(made, instantiate(exists[2], p.term("c1")), "c2"), exists, "c1")
                made = p.every(p.implies(scalars, made), "c1", "c2")
            return p.implies(at, p.apply(p.at(made, first, second), known))

    def combined(self, p: Proof, still: Theorem, vector: Theorem) -> Theorem:
        """The rule."""
        with p.assuming(f"({VALUES}) and c1 - (K - 1)*c2 != 0") as at:
            form = self.form(p, p.take(at, 0))
            p.nonzeros.append(p.take(at, 1))
            ratio = "(on[S] + off[S])/(c1 + c2)"
            rest = f"({ratio}*m[S]*c2 - off[S])/(c1 - (K - 1)*c2)"
            single = p.eq(
                "all k: h1[k] = 1/lambda_H*(W'*((c1 + c2)*e[k] - c2*ones))",
                (still, "1/lambda_H*?[k]"),
                (vector, "1/lambda_H*W'*?[k]"),
            )
            made = p.eq(
                f"all S: h[S] = {ratio}*{PLAIN} + {rest}*sum[k](h1[k])",
                *((self.features, "1/lambda_H*?[S]"), (form, "1/lambda_H*W'*?[S]")),
                (single, f"{ratio}*sum[k](e[k]'*y[S]*?[k])", f"{rest}*sum[k](?[k])"),
            )
            return p.implies(at, made)
