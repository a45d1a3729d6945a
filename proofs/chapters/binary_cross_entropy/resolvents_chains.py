"""B4b, closed: resolvents of the moments entry by entry, and the root has the signs that all of them have."""

from collections.abc import Sequence

from proofs.chapters.binary_cross_entropy.dominance_chains import entry, same_label
from proofs.chapters.binary_cross_entropy.sign_vectors_chains import range_rules
from proofs.chapters.terminal_phase.hard_margin_chains import in_range, inverse_psd
from proofs.claims.binary_cross_entropy import KINDS, SIGN
from proofs.claims.hypotheses import LABELS_APART
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem


def of_resolvents(p: Proof, psd: Theorem, within: Theorem, solution: Theorem, vectors: tuple[str, str]) -> Theorem:
    """0 <= u'Q x, or <, if it is so of all G and t > 0 with G + t Root^2 G = x, for x in the range of the root.

    Args:
        psd: that Q is positive semidefinite.
        within: Pi x = x.
        solution: for all G and t, 0 < t and G + t*(Root*Root*G) = x implies 0 <= u'G, or <.
        vectors: u and x.
    """
    u, x = vectors
    strict = solution.body[2][0] == "<"
    with p.supposing(f"0 < t and (t*I[K] + Q*Q)*z2 = {x}") as (at, positive, solved):
        p.reciprocal(positive)
        flat = p.eq("z2 = Pi*z2", (solved, "1/t*?", "1/t*Pi*?"), (within, "1/t*?"))
        equation = p.eq(f"Q*Q*z2 + t*(Root*Root*(Q*Q*z2)) = {x}", solved, (flat, "t*?"))
        found = p.apply(p.at(solution, "Q*Q*z2", "t"), p.join(positive, equation))
        relation = "<" if strict else "<="
        found = p.implies(at, p.le(f"0 {relation} ({u})'*Q*Q*z2", found))
    found = p.every(found, "t", "z2")
    axiom = p.apply(p.axiom("root by resolvents", {"n": "K"}, B="Q", u=u, x=x), psd)
    return p.apply(p.take(axiom, int(strict)), found)


P_, O_, G_ = "(e[j]'*freq)", "(e[j]'*one[S])", "(e[j]'*G)"
C_ = "(1/(1 + {0}*t*(e[j]'*freq)))"


class Labels:
    """What is known of the frequencies freq of single labels and the probability rho of the full set."""

    def __init__(self, p: Proof, same: Theorem, named: Theorem) -> None:
        self.p, self.same = p, same
        self.rho, self.freq = p.take(named, 0), p.take(named, 1)
        apart = p.says(LABELS_APART[0])
        text = "one[S]*(one[S]'*e[j]) = (e[j]'*one[S] - full[S])*e[j] + full[S]*ones"

        def of(case: Theorem, value: str) -> Theorem:
            known, number = p.take(case, 0), p.take(case, 1)
            uses = (known, "?*(one[S]'*e[j])"), (known, f"{value}*(?'*e[j])"), (known, "(e[j]'*?)*e[j]")
            return p.eq(text, *uses, (number, "?*(ones - e[j])"), (apart, "?[j, k]"))

        def single(case: Theorem) -> Theorem:
            inner = p.ledger.assume(instantiate(case.conclusion[2], "k"))
            return p.unpack(case, p.implies(inner, of(inner, "e[k]")), "k")

        def empty(case: Theorem) -> Theorem:
            return p.eq(
                text, (p.take(case, 0), "?*(one[S]'*e[j])", "(e[j]'*?)*e[j]"), (p.take(case, 1), "?*(ones - e[j])")
            )

        def whole(case: Theorem) -> Theorem:
            known, number = p.take(case, 0), p.take(case, 1)
            uses = (known, "?*(one[S]'*e[j])"), (known, "ones*(?'*e[j])"), (known, "(e[j]'*?)*e[j]")
            return p.eq(text, *uses, (number, "?*(ones - e[j])"))

        self.outer = p.every(p.by_cases(p.at(p.says(KINDS), "S"), single, empty, whole), "S", "j")
        self.positive = self.frequencies()

    def frequencies(self) -> Theorem:
        """Every label has a frequency, since it is alone in some set."""
        p, text = self.p, "(e[j]'*one[S] - full[S])"

        def single(case: Theorem) -> Theorem:
            inner = p.ledger.assume(instantiate(case.conclusion[2], "k"))
            square = p.eq("(e[j]'*e[k])^2 = e[j]'*e[k]", (p.says(LABELS_APART[0]), "e[j]'*?[j, k]"))
            known: list[Used] = [(p.take(inner, 0), "e[j]'*?"), p.take(inner, 1), square]
            return p.unpack(case, p.implies(inner, p.le(f"0 <= {text}", p.square("e[j]'*e[k]"), using=known)), "k")

        def other(case: Theorem) -> Theorem:
            return p.le(f"0 <= {text}", using=[(p.take(case, 0), "e[j]'*?"), p.take(case, 1)])

        each = p.every(p.by_cases(p.at(p.says(KINDS), "S"), single, other, other), "S")
        part = p.ledger.fact("part", p.formula(f"all S: w[S]*{text} <= sum[S]{text}"), each)
        some = p.at(p.says("all k: some S: one[S] = e[k] and full[S] = 0"), "j")
        inner = p.ledger.assume(instantiate(some.conclusion[2], "S"))
        weight = p.at(p.ledger.weight("sets"), "S")
        uses: list[Used] = [
            (self.freq, "e[j]'*?"),
            self.rho,
            (p.take(inner, 0), "w[S]*(e[j]'*?)"),
            (p.take(inner, 1), "w[S]*?"),
        ]
        made = p.le("0 < e[j]'*freq", p.at(part, "S"), weight, using=uses)
        return p.every(p.unpack(some, p.implies(inner, made), "S"), "j")

    def units(self, n: int, positive: Theorem) -> tuple[Theorem, Theorem]:
        """c (1 + n t p) = 1 and 0 < c, for all labels."""
        p, c = self.p, C_.format(n)
        inverse = p.reciprocal(p.le(f"0 < 1 + {n}*t*{P_}", 1, (n, positive, p.at(self.positive, "j"))))
        p.positive(p.every(p.le(f"0 < 1 + {n}*t*{P_}", 1, (n, positive, p.at(self.positive, "j"))), "j"))
        return p.every(p.eq(f"{c} + {n}*t*{P_}*{c} = 1"), "j"), p.every(inverse, "j")


def others(p: Proof, terms: Theorem, text: str) -> Theorem:
    """Positive numbers of all labels but one add up to a positive number, since there is another label."""
    off = "(1 - e[k]'*e[j])"
    total = f"sum[j]({off}*{text})"
    square = p.eq("(e[k]'*e[j])^2 = e[k]'*e[j]", (p.says(LABELS_APART[0]), "e[k]'*?[k, j]"))
    weak = p.every(p.le(f"0 <= {off}*{text}", (p.square(off), p.at(terms, "j")), using=[(square, f"{text}*?")]), "j")

    def none(low: Theorem) -> Theorem:
        zero = p.antisymmetry(low, p.le(f"0 <= {total}", p.over(weak)))
        p.positive(terms)
        each = p.eq(f"all j: {off} = 0", (p.vanish(weak, zero), f"1/{text}*?[j]"))
        return p.absurd(f"0 < {total}", p.le("0 < 0", (1, at_least_two(p)), 1, using=[(each, "sum[j](?[j])")]))

    return p.every(p.by_cases(p.order_cases(total, "0"), none, lambda high: high), "k")


@closes("B4b")
def one_label_or_all_but_one(p: Proof) -> None:
    """B4b: in the basis of labels a resolvent of either moment is that of a diagonal matrix, up to two numbers."""
    same, turned = same_label(p), range_rules(p)
    square = p.says("Root*Root = sum[S](a[S]*a[S]')")
    facts = inverse_psd(p), p.eq("all S: Pi*a[S] = a[S]", in_range(p, square, turned, "")), square
    flip, bias = p.given[4], p.given[7]
    with p.assuming("rho = sum[S](full[S]) and freq = sum[S](one[S]) - rho*ones") as named:
        tools = Labels(p, same, named), Numbers(p)

        def of_bias(flipped: Theorem, turn: bool) -> Theorem:
            return p.by_cases(
                bias,
                lambda case: signs(p, (case, flipped, turn, False), tools, facts),
                lambda case: signs(p, (case, flipped, turn, True), tools, facts),
            )

        made = p.by_cases(flip, lambda case: of_bias(case, False), lambda case: of_bias(case, True))
        made = p.implies(named, made)
    number, vector = "sum[S](full[S])", "sum[S](one[S]) - sum[S](full[S])*ones"
    made = p.at(p.every(made, "rho", "freq"), number, vector)
    p.done(p.apply(made, p.join(p.eq(f"{number} = {number}"), p.eq(f"{vector} = {vector}"))))


class Numbers:
    """What is known of the two numbers in each case."""

    def __init__(self, p: Proof) -> None:
        self.two = at_least_two(p)
        self.alone, (self.single, self.whole) = without_full_set(p), with_full_set(p, self.two)
        self.signed = without_bias(p)


Tools = tuple["Labels", Numbers]


SIDE = "((2*(e[k]'*one[S]) - 1)*e[k])"
CENTERED, SIGNED = "(one[S] - freq - rho*ones)", "(2*one[S] - ones)"


def signs(
    p: Proof, kind: tuple[Theorem, Theorem, bool, bool], tools: Tools, facts: tuple[Theorem, Theorem, Theorem]
) -> Theorem:
    """Signs of the columns from those of the resolvents' solutions.

    Args:
        kind: what the columns are, how one and y belong together, whether by complements, and whether the bias is free.
        facts: that Q is positive semidefinite, that columns are in its range, and their moment.
    """
    case, flipped, turn, free = kind
    psd, within, square = facts
    labels, _ = tools
    columns, kinds = p.take(case, 0), p.take(case, 1)
    b, sign = (CENTERED if free else SIGNED), "-" if turn else ""
    uses = [(columns, "?[S]"), (flipped, "?[S]" if free else "2*?[S]")]
    if free:
        uses += [(labels.freq, "?"), (flipped, "sum[S](?[S])")]
    column = p.eq(f"all S: a[S] = {sign}{b}", *uses)
    moment = p.eq(f"Root*Root = sum[S]({b}*{b}')", square, (column, "sum[S](?[S]*a[S]')", f"sum[S]({b}*?[S]')"))
    inside = p.eq(f"all S: Pi*{b} = {b}", (within, "?[S]"), (column, "?[S]", "Pi*?[S]"))
    if free:
        solution = p.by_cases(
            kinds,
            lambda none: centered(p, tools, moment, none, False),
            lambda some: centered(p, tools, moment, some, True),
        )
    else:
        solution = signed(p, tools, moment, kinds)
    found = of_resolvents(p, psd, p.at(inside, "S"), p.at(solution, "S", "k"), (SIDE, b))
    made = p.le(
        f"0 < {SIGN}*(e[k]'*Q*a[S])",
        found,
        using=[(column, f"{SIGN}*(e[k]'*Q*?[S])"), (flipped, f"2*(e[k]'*?[S])*(e[k]'*Q*{b})")],
    )
    return p.every(made, "S", "k")


def at_least_two(p: Proof) -> Theorem:
    """2 <= K."""
    return p.by_cases(
        p.says("K = 2 or 3 <= K"), lambda two: p.le("2 <= K", using=[two]), lambda three: p.le("2 <= K", three, 1)
    )


def sums(p: Proof, unit: Theorem, n: int) -> tuple[Theorem, Theorem, Theorem]:
    """What the coefficients c add up to, alone, with frequencies, and with the set."""
    c = C_.format(n)
    first = p.eq(f"sum[j]({c}) + {n}*t*sum[j]({P_}*{c}) = K", (unit, "sum[j](?[j])"))
    second = p.eq(f"sum[j]({P_}*{c}) + {n}*t*sum[j]({P_}^2*{c}) = ones'*freq", (unit, f"sum[j]({P_}*?[j])"))
    third = p.eq(f"sum[j]({O_}*{c}) + {n}*t*sum[j]({O_}*{P_}*{c}) = ones'*one[S]", (unit, f"sum[j]({O_}*?[j])"))
    return first, second, third


class Resolvent:
    """What solves the equation of a resolvent, entry by entry, up to two numbers alpha and beta."""

    def __init__(self, p: Proof, labels: Labels, n: int, at: Theorem, moment: Theorem) -> None:
        self.p, self.labels, self.n, self.c = p, labels, n, C_.format(n)
        self.positive, solved = p.take(at, 0), p.take(at, 1)
        self.unit, self.inverse = labels.units(n, self.positive)
        self.sum0 = p.le(f"0 < sum[j]({self.c})", p.over(self.inverse))
        self.terms = p.every(p.le(f"0 < {P_}*{self.c}", (p.at(labels.positive, "j"), p.at(self.inverse, "j"))), "j")
        self.sum1 = p.le(f"0 < sum[j]({P_}*{self.c})", p.over(self.terms))
        self.totals = sums(p, self.unit, n)
        outer = p.eq(
            "sum[T]((e[j]'*one[T])*(one[T]'*G)) = (e[j]'*freq)*(e[j]'*G) + rho*(ones'*G)",
            (labels.outer, "sum[T](?[T, j]'*G)"),
            (labels.freq, "(e[j]'*?)*(e[j]'*G)"),
            (labels.rho, "?*(ones'*G)", "?*(e[j]'*G)"),
        )
        mean = p.eq("sum[T](one[T]) = freq + rho*ones", labels.freq)
        self.read = entry(p, self.c, labels.same), entry(p, f"({P_}*{self.c})", labels.same)
        self.equations(solved, moment, outer, mean)

    def equations(self, solved: Theorem, moment: Theorem, outer: Theorem, mean: Theorem) -> None:
        """The entries, and the equations of the two numbers."""
        raise NotImplementedError

    def own(self, at: Theorem, label: str) -> tuple[Theorem, Theorem]:
        """Sums over the set, which is one label."""
        p, c = self.p, self.c
        mine, freq = (text.replace("e[j]", f"e[{label}]") for text in (c, P_))
        first = p.eq(f"sum[j]({O_}*{c}) = {mine}", (at, f"sum[j]((e[j]'*?)*{c})"), p.at(self.read[0], label))
        second = p.eq(
            f"sum[j]({O_}*{P_}*{c}) = {freq}*{mine}", (at, f"sum[j]((e[j]'*?)*{P_}*{c})"), p.at(self.read[1], label)
        )
        return first, second

    def less(self) -> Theorem:
        """For all k, what the other labels contribute to the second sum is positive."""
        p, text = self.p, f"({P_}*{self.c})"
        made = p.at(others(p, self.terms, text), "k")
        own = text.replace("e[j]", "e[k]")
        return p.every(p.le(f"{own} < sum[j]{text}", made, using=[p.at(self.read[1], "k")]), "k")


class Centered(Resolvent):
    """Of the covariance: (1 + t p_j) G_j = o_j - p_j alpha - rho beta."""

    def equations(self, solved: Theorem, moment: Theorem, outer: Theorem, mean: Theorem) -> None:
        p, c = self.p, self.c
        self.named = p.ledger.assume(p.formula("alpha = 1 - t*((freq + rho*ones)'*G) and beta = alpha + t*(ones'*G)"))
        alpha, beta = p.take(self.named, 0), p.take(self.named, 1)
        line = p.eq(
            f"{G_} = {c}*({O_} - {P_}*alpha - rho*beta)",
            (solved, f"{c}*(e[j]'*?)"),
            (moment, f"{c}*t*(e[j]'*?*G)"),
            (outer, f"{c}*t*?"),
            (mean, f"{c}*t*(e[j]'*?)*((freq + rho*ones)'*G)", f"{c}*t*(e[j]'*freq + rho)*(?'*G)"),
            (alpha, f"{c}*(e[j]'*freq + rho)*?"),
            (beta, f"{c}*rho*?"),
        )
        self.line = p.every(line, "j")
        a0, a1, x0, x1 = (f"sum[j]({text})" for text in (c, f"{P_}*{c}", f"{O_}*{c}", f"{O_}*{P_}*{c}"))
        self.first = p.eq(
            f"beta*(1 + t*rho*{a0}) = alpha*(1 - t*{a1}) + t*{x0}", (beta, "?"), (self.line, "t*sum[j](?[j])")
        )
        self.second = p.eq(
            f"alpha*(1 - rho - ones'*freq + {a1}) + rho*beta*(1 - t*{a1}) = 1 - t*{x1}",
            (alpha, "?"),
            (self.line, "t*sum[j]((e[j]'*freq)*?[j])"),
            (beta, "rho*?"),
            (self.totals[1], "alpha*?"),
        )

    def at_label(self, entry_: Theorem) -> list[tuple[Theorem, str]]:
        """Uses of the entry of G at the label k, and of that of the set."""
        return [
            (entry_, "2*(e[k]'*G)*?"),
            (self.p.at(self.line, "k"), "?"),
            (entry_, f"{self.c.replace('e[j]', 'e[k]')}*?"),
        ]

    def outside(self, entry_: Theorem, alpha: Theorem, product: Theorem) -> Theorem:
        """The sign at a label that is not in the set."""
        p, inverse = self.p, self.p.at(self.inverse, "k")
        pieces = (inverse, p.at(self.labels.positive, "k"), alpha), (inverse, product)
        return p.le(GOAL, *pieces, using=self.at_label(entry_))

    def inside(self, entry_: Theorem, room: Theorem) -> Theorem:
        """The sign at a label of the set."""
        return self.p.le(GOAL, (self.p.at(self.inverse, "k"), room), using=self.at_label(entry_))

    def alone(
        self,
        lemmas: Numbers,
        mass: tuple[Theorem, Theorem],
        own: str,
        share: str,
        uses: Sequence[Used],
        positive: Theorem,
    ) -> Theorem:
        """Where there is no full set."""
        p, sum1, rest = self.p, f"sum[j]({P_}*{self.c})", "(1 - rho - ones'*freq)"
        equation = p.eq(f"alpha*({rest} + {sum1}) = {own}", self.second, (mass[0], f"beta*(1 - t*{sum1})*?"), *uses)
        at = p.at(lemmas.alone, sum1, rest, "alpha", own, share)
        return p.apply(at, p.join(self.sum1, mass[1], equation, positive))

    def of_single(
        self, lemmas: Numbers, mass: tuple[Theorem, Theorem], at: Theorem, label: str, less: Theorem
    ) -> tuple[Theorem, Theorem, Theorem]:
        """alpha and rho beta, and what is left at the label, where the set is this label."""
        p, c = self.p, self.c
        own, share = (text.replace("e[j]", f"e[{label}]") for text in (c, P_))
        sums_ = self.own(at, label)
        positive, room = p.at(self.inverse, label), p.at(less, label)
        if mass[0].conclusion[0] == "=":
            found = self.alone(lemmas, mass, own, share, [(sums_[1], "t*?")], positive)
            product = p.le("0 <= rho*beta", using=[(mass[0], "beta*?")])
            inside = p.le(
                f"0 < 1 - {share}*alpha - rho*beta", p.apply(p.take(found, 1), room), using=[(mass[0], "beta*?")]
            )
            return p.take(found, 0), product, inside
        a0, a1 = f"sum[j]({c})", f"sum[j]({P_}*{c})"
        first = p.eq(f"beta*(1 + t*rho*{a0}) = alpha*(1 - t*{a1}) + t*{own}", self.first, (sums_[0], "t*?"))
        second = p.eq(
            f"alpha*{a1} + rho*beta*(1 - t*{a1}) = {own}", self.second, (mass[1], "alpha*?"), (sums_[1], "t*?")
        )
        found = self.both(lemmas.single, mass[0], (own, share), positive, (first, second))
        alpha, beta = p.take(found, 0), p.take(found, 1)
        return alpha, p.le("0 <= rho*beta", (mass[0], beta)), p.apply(p.take(found, 2), room)

    def both(
        self,
        lemma: Theorem,
        rho: Theorem,
        texts: tuple[str, str],
        positive: Theorem,
        equations: tuple[Theorem, Theorem],
    ) -> Theorem:
        """What follows from the two equations."""
        p, c, (own, share) = self.p, self.c, texts
        a0, a1 = f"sum[j]({c})", f"sum[j]({P_}*{c})"
        total = p.eq(f"{a0} + t*{a1} = K", self.totals[0])
        product = p.eq(f"{own}*(1 + t*{share}) = 1")
        facts = self.positive, rho, self.sum0, self.sum1, total, product, positive, *equations
        return p.apply(p.at(lemma, "t", "rho", a0, a1, own, share, "alpha", "beta"), p.join(*facts))

    def of_full(self, lemmas: Numbers, mass: tuple[Theorem, Theorem], every: Theorem, less: Theorem) -> Theorem:
        """What is left at every label where the set is the full one."""
        p, c = self.p, self.c
        own, share = (text.replace("e[j]", "e[k]") for text in (c, P_))
        a0, a1 = f"sum[j]({c})", f"sum[j]({P_}*{c})"
        first = p.eq(
            f"beta*(1 + t*rho*{a0}) = alpha*(1 - t*{a1}) + t*{a0}", self.first, (every, f"t*sum[j]((e[j]'*?)*{c})")
        )
        second = p.eq(
            f"alpha*{a1} + rho*beta*(1 - t*{a1}) = 1 - t*{a1}",
            self.second,
            (mass[1], "alpha*?"),
            (every, f"t*sum[j]((e[j]'*?)*{P_}*{c})"),
        )
        positive = p.at(self.inverse, "k")
        found = self.both(lemmas.whole, mass[0], (own, share), positive, (first, second))
        return p.apply(found, p.at(less, "k"))


GOAL = f"0 < {SIDE}'*G"


def centered(p: Proof, tools: Tools, moment: Theorem, case: Theorem, full: bool) -> Theorem:
    """Solutions of the covariance's resolvents have the signs of the sets, whatever kind of set it is."""
    labels, lemmas = tools
    mass = masses(p, labels, case, full)
    with p.assuming(f"0 < t and G + t*(Root*Root*G) = {CENTERED}") as at:
        made = Centered(p, labels, 1, at, moment)
        less = made.less()

        def single(kind: Theorem) -> Theorem:
            inner = p.ledger.assume(instantiate(kind.conclusion[2], "i"))
            found = one_of_them(p, made, lemmas, p.take(inner, 0), mass, less)
            return p.unpack(kind, p.implies(inner, found), "i")

        def empty(kind: Theorem) -> Theorem:
            none = p.take(kind, 0)
            if full:
                return p.absurd(GOAL, p.le("0 < 0", p.at(case, "S"), 1, using=[(none, "ones'*?")]))
            sums_ = p.eq(f"sum[j]({O_}*{P_}*{made.c}) = 0", (none, f"sum[j]((e[j]'*?)*{P_}*{made.c})"))
            alpha = p.take(made.alone(lemmas, mass, "1", "0", [(sums_, "t*?")], p.le("0 < 1", 1)), 0)
            return made.outside(
                p.eq("e[k]'*one[S] = 0", (none, "e[k]'*?")), alpha, p.le("0 <= rho*beta", using=[(mass[0], "beta*?")])
            )

        def whole(kind: Theorem) -> Theorem:
            every, number = p.take(kind, 0), p.take(kind, 1)
            if not full:
                return p.absurd(GOAL, p.le("0 < 0", 1, using=[p.at(case, "S"), number]))
            return made.inside(p.eq("e[k]'*one[S] = 1", (every, "e[k]'*?")), made.of_full(lemmas, mass, every, less))

        found = p.by_cases(p.at(p.says(KINDS), "S"), single, empty, whole)
        found = p.implies(made.named, found)
        first, second = "1 - t*((freq + rho*ones)'*G)", "1 - t*((freq + rho*ones)'*G) + t*(ones'*G)"
        found = p.at(p.every(found, "alpha", "beta"), first, second)
        found = p.apply(found, p.join(p.eq(f"{first} = {first}"), p.eq(f"{second} = ({first}) + t*(ones'*G)")))
        return p.every(p.implies(at, found), "S", "k", "G", "t")


def masses(p: Proof, labels: Labels, case: Theorem, full: bool) -> tuple[Theorem, Theorem]:
    """That rho is 0, or not negative; and what the frequencies leave of 1 - rho, which is not negative, or 0."""
    text = "ones'*one[S] = 1 + (K - 1)*full[S]" if full else "ones'*one[S] <= 1"

    def said(known: Theorem, number: Theorem) -> Theorem:
        if full:
            return p.eq(text, (known, "ones'*?"), (number, "(K - 1)*?"))
        return p.le(text, *([1] if known.conclusion[2][0] == "0" else []), using=[(known, "ones'*?")])

    def single(kind: Theorem) -> Theorem:
        inner = p.ledger.assume(instantiate(kind.conclusion[2], "i"))
        return p.unpack(kind, p.implies(inner, said(p.take(inner, 0), p.take(inner, 1))), "i")

    def empty(kind: Theorem) -> Theorem:
        if full:
            return p.absurd(text, p.le("0 < 0", p.at(case, "S"), 1, using=[(p.take(kind, 0), "ones'*?")]))
        return said(p.take(kind, 0), p.take(kind, 1))

    def whole(kind: Theorem) -> Theorem:
        if full:
            return said(p.take(kind, 0), p.take(kind, 1))
        return p.absurd(text, p.le("0 < 0", 1, using=[p.at(case, "S"), p.take(kind, 1)]))

    each = p.every(p.by_cases(p.at(p.says(KINDS), "S"), single, empty, whole), "S")
    if not full:
        none = p.eq("rho = 0", labels.rho, (case, "sum[S](?[S])"))
        return none, p.le(
            "0 <= 1 - rho - ones'*freq", p.over(each), using=[(labels.freq, "ones'*?"), (none, "?", "K*?")]
        )

    def number(kind: Theorem) -> Theorem:
        return p.le("0 <= full[S]", *([1] if kind.conclusion[1][2][0] == "ones" else []), using=[p.take(kind, 1)])

    def alone(kind: Theorem) -> Theorem:
        inner = p.ledger.assume(instantiate(kind.conclusion[2], "i"))
        return p.unpack(kind, p.implies(inner, p.le("0 <= full[S]", using=[p.take(inner, 1)])), "i")

    weak = p.every(p.by_cases(p.at(p.says(KINDS), "S"), alone, number, number), "S")
    rho = p.le("0 <= rho", p.over(weak), using=[labels.rho])
    return rho, p.eq(
        "1 - rho - ones'*freq = 0", (labels.freq, "ones'*?"), (each, "sum[S](?[S])"), (labels.rho, "(K - 1)*?")
    )


def one_of_them(
    p: Proof, made: Centered, lemmas: Numbers, at: Theorem, mass: tuple[Theorem, Theorem], less: Theorem
) -> Theorem:
    """Where the set is one label: at it, and elsewhere."""

    def other(none: Theorem) -> Theorem:
        outside = p.eq("e[k]'*one[S] = 0", (at, "e[k]'*?"), none)
        alpha, product, _ = made.of_single(lemmas, mass, at, "i", less)
        return made.outside(outside, alpha, product)

    def same(one: Theorem) -> Theorem:
        own = p.eq("one[S] = e[k]", at, one)
        *_, inside = made.of_single(lemmas, mass, own, "k", less)
        return made.inside(p.eq("e[k]'*one[S] = 1", (own, "e[k]'*?")), inside)

    return p.by_cases(p.at(made.labels.same, "i", "k"), other, same)


class Signed(Resolvent):
    """Of the second moment of sign vectors: (1 + 4 t p_j) G_j = 2 o_j - alpha + 2 t p_j beta."""

    def equations(self, solved: Theorem, moment: Theorem, outer: Theorem, mean: Theorem) -> None:
        """The entries, and the equations of the two numbers."""
        p, c = self.p, self.c
        self.named = p.ledger.assume(p.formula("alpha = 1 - t*(2*(freq'*G) - ones'*G) and beta = ones'*G"))
        alpha, beta = p.take(self.named, 0), p.take(self.named, 1)
        line = p.eq(
            f"{G_} = {c}*(2*{O_} - alpha + 2*t*{P_}*beta)",
            (solved, f"{c}*(e[j]'*?)"),
            (moment, f"{c}*t*(e[j]'*?*G)"),
            (outer, f"4*{c}*t*?"),
            (mean, f"2*{c}*t*(e[j]'*?)*(ones'*G)", f"2*{c}*t*(?'*G)"),
            (alpha, f"{c}*?"),
            (beta, f"2*{c}*t*{P_}*?"),
        )
        self.line = p.every(line, "j")
        a0, a1, x0, x1 = (f"sum[j]({text})" for text in (c, f"{P_}*{c}", f"{O_}*{c}", f"{O_}*{P_}*{c}"))
        uses = (beta, "?"), (self.line, "sum[j](?[j])")
        self.first = p.eq(f"beta*(1 - 2*t*{a1}) + alpha*{a0} = 2*{x0}", *uses)
        self.second = p.eq(
            f"alpha*(1 - 2*t*{a1}) - t*beta*{a1} = 1 - 4*t*{x1} + t*beta*(1 - ones'*freq)",
            (alpha, "?"),
            (self.line, "2*t*sum[j]((e[j]'*freq)*?[j])"),
            (beta, "t*?"),
            (self.totals[1], "t*beta*?"),
        )

    def of_label(self, lemmas: Numbers, mass: Theorem, at: Theorem, label: str) -> Theorem:
        """The two numbers where the set is this label."""
        p, c = self.p, self.c
        own, share = (text.replace("e[j]", f"e[{label}]") for text in (c, P_))
        first, second = self.own(at, label)
        a0, a1 = f"sum[j]({c})", f"sum[j]({P_}*{c})"
        total = p.eq(f"{a0} + 4*t*{a1} = K", self.totals[0])
        uses = self.second, (second, "4*t*?"), (mass, "t*beta*?")
        one = p.eq(f"alpha*(1 - 2*t*{a1}) - t*beta*{a1} = {own}", *uses)
        two = p.eq(f"beta*(1 - 2*t*{a1}) + alpha*{a0} = 2*{own}", self.first, (first, "2*?"))
        facts = self.positive, self.sum0, self.sum1, p.at(self.inverse, label), total, one, two
        return p.apply(p.at(lemmas.signed, "t", a0, a1, own, share, "alpha", "beta"), p.join(*facts))

    def outside(self, entry_: Theorem, found: Theorem, two: Theorem) -> Theorem:
        """The sign at another label."""
        p, c = self.p, self.c.replace("e[j]", "e[k]")
        inverse, alpha, share = p.at(self.inverse, "k"), p.take(found, 0), p.at(self.labels.positive, "k")
        line = (entry_, "2*(e[k]'*G)*?"), (p.at(self.line, "k"), "?"), (entry_, f"2*{c}*?")
        beta = p.take(found, 1), f"2*t*{c}*(e[k]'*freq)*?"
        return p.le(GOAL, (inverse, alpha), (2, inverse, alpha, self.positive, share, two), using=[*line, beta])

    def inside(self, entry_: Theorem, found: Theorem, less: Theorem) -> Theorem:
        """The sign at the label of the set."""
        p, c = self.p, self.c
        own, share = (text.replace("e[j]", "e[k]") for text in (c, P_))
        unit = p.eq(f"{own}*(1 + 4*t*{share}) = 1")
        rest = p.at(others(p, self.inverse, c), "k")
        rest = p.le(f"{own} < sum[j]({c})", rest, using=[p.at(self.read[0], "k")])
        weak = p.le(f"{share}*{own} <= sum[j]({P_}*{c})", p.at(less, "k"))
        room = p.apply(p.take(found, 2), p.join(unit, rest, weak))
        line = (entry_, "2*(e[k]'*G)*?"), (p.at(self.line, "k"), "?"), (entry_, f"2*{own}*?")
        return p.le(GOAL, (p.at(self.inverse, "k"), room), using=line)


def signed(p: Proof, tools: Tools, moment: Theorem, singles: Theorem) -> Theorem:
    """Solutions of the resolvent of the second moment of sign vectors have the signs of the labels."""
    labels, lemmas = tools
    case = p.at(singles, "S")
    inner = p.ledger.assume(instantiate(case.conclusion[2], "i"))
    one, none = p.take(inner, 0), p.take(inner, 1)
    each = p.eq("ones'*one[S] - K*full[S] = 1", (one, "ones'*?"), (none, "K*?"))
    each = p.every(p.unpack(case, p.implies(inner, each), "i"), "S")
    mass = p.eq("1 - ones'*freq = 0", (labels.freq, "ones'*?"), (labels.rho, "K*?"), (each, "sum[S](?[S])"))
    with p.assuming(f"0 < t and G + t*(Root*Root*G) = {SIGNED}") as at:
        made = Signed(p, labels, 4, at, moment)
        less = made.less()

        def other(off: Theorem) -> Theorem:
            found = made.of_label(lemmas, mass, one, "i")
            return made.outside(p.eq("e[k]'*one[S] = 0", (one, "e[k]'*?"), off), found, lemmas.two)

        def same(equal: Theorem) -> Theorem:
            own = p.eq("one[S] = e[k]", one, equal)
            return made.inside(p.eq("e[k]'*one[S] = 1", (own, "e[k]'*?")), made.of_label(lemmas, mass, own, "k"), less)

        found = p.by_cases(p.at(labels.same, "i", "k"), other, same)
        found = p.implies(made.named, p.unpack(case, p.implies(inner, found), "i"))
        first = "1 - t*(2*(freq'*G) - ones'*G)"
        found = p.at(p.every(found, "alpha", "beta"), first, "ones'*G")
        found = p.apply(found, p.join(p.eq(f"{first} = {first}"), p.eq("ones'*G = ones'*G")))
        return p.every(p.implies(at, found), "S", "k", "G", "t")


DET = "(sum1*(1 + t*rho*sum0) + rho*(1 - t*sum1)^2)"


def without_full_set(p: Proof) -> Theorem:
    """The number alpha where there is no full set, and what a label is above it."""
    text = "0 < sum1 and 0 <= rest and alpha*(rest + sum1) = own and 0 < own"
    with p.supposing(text) as (at, sum1, rest, equation, own):
        share = p.reciprocal(p.le("0 < rest + sum1", sum1, rest))
        first = p.le("0 < alpha", (share, own), using=[(equation, "1/(rest + sum1)*?")])
        with p.assuming("share*own < sum1") as less:
            uses = [(equation, "share/(rest + sum1)*?")]
            second = p.implies(less, p.le("0 < 1 - share*alpha", (share, less), (share, rest), using=uses))
        made = p.implies(at, p.join(first, second))
    return p.every(made, "sum1", "rest", "alpha", "own", "share")


def with_full_set(p: Proof, two: Theorem) -> tuple[Theorem, Theorem]:
    """The two numbers where there may be a full set: at one label, and at the full set."""
    common = "0 < t and 0 <= rho and 0 < sum0 and 0 < sum1 and sum0 + t*sum1 = K and own*(1 + t*share) = 1 and 0 < own"
    names = ("t", "rho", "sum0", "sum1", "own", "share", "alpha", "beta")
    found = []
    for more, value in (("t*own", "own"), ("t*sum0", "1 - t*sum1")):
        equations = (
            f"beta*(1 + t*rho*sum0) = alpha*(1 - t*sum1) + {more}",
            f"alpha*sum1 + rho*beta*(1 - t*sum1) = {value}",
        )
        with p.supposing(f"{common} and {equations[0]} and {equations[1]}") as (
            at,
            t,
            rho,
            sum0,
            sum1,
            total,
            unit,
            own,
            first,
            second,
        ):
            det = p.reciprocal(p.le(f"0 < {DET}", sum1, (sum1, t, rho, sum0), (rho, p.square("1 - t*sum1"))))
            both = (second, f"1/{DET}*(1 + t*rho*sum0)*?"), (first, f"1/{DET}*rho*(1 - t*sum1)*?")
            other = (second, f"1/{DET}*(1 - t*sum1)*?"), (first, f"1/{DET}*sum1*?")
            if value == "own":
                alpha = p.le(
                    "0 < alpha",
                    (det, own),
                    (det, own, t, rho, two),
                    (det, own, t, rho),
                    using=[*both, (total, f"1/{DET}*own*t*rho*?")],
                )
                beta = p.le("0 < beta", (det, own), using=other)
            with p.assuming("share*own < sum1") as less:
                scaled = [(u, f"share*({c})") for u, c in both] + [(u, f"rho*({c})") for u, c in other]
                if value == "own":
                    last = p.le(
                        "0 < 1 - share*alpha - rho*beta",
                        (det, less),
                        (det, less, t, rho, two),
                        using=[*scaled, (total, f"1/{DET}*t*rho*(sum1 - share*own)*?"), (unit, f"1/{DET}*rho*?")],
                    )
                else:
                    larger = p.le("0 < 1 + t*share", (p.reciprocal(own),), using=[(unit, "1/own*?")])
                    last = p.le(
                        "0 < 1 - share*alpha - rho*beta",
                        (det, larger, less),
                        using=[*scaled, (unit, f"1/{DET}*share*?")],
                    )
                last = p.implies(less, last)
            made = p.join(alpha, beta, last) if value == "own" else last
            found.append(p.every(p.implies(at, made), *names))
    return found[0], found[1]


def without_bias(p: Proof) -> Theorem:
    """The two numbers of sign vectors."""
    det = "((1 - 2*t*sum1)^2 + t*sum0*sum1)"
    text = """0 < t and 0 < sum0 and 0 < sum1 and 0 < own and sum0 + 4*t*sum1 = K
        and alpha*(1 - 2*t*sum1) - t*beta*sum1 = own and beta*(1 - 2*t*sum1) + alpha*sum0 = 2*own"""
    with p.supposing(text) as (at, t, sum0, sum1, own, total, first, second):
        share = p.reciprocal(p.le(f"0 < {det}", (t, sum0, sum1), p.square("1 - 2*t*sum1")))
        uses = [(first, f"1/{det}*(1 - 2*t*sum1)*?"), (second, f"1/{det}*t*sum1*?")]
        value = p.eq(f"alpha = own/{det}", *uses)
        alpha = p.le("0 < alpha", (share, own), using=[value])
        uses = [(second, f"1/{det}*(1 - 2*t*sum1)*?"), (first, f"1/{det}*sum0*?"), (total, f"own/{det}*?")]
        beta = p.eq("beta = (2 - K)*alpha", *uses, (value, "(2 - K)*?"))
        with p.supposing("own*(1 + 4*t*share) = 1 and own < sum0 and share*own <= sum1") as (label, unit, rest, less):
            goal = "0 < 2 - alpha + 2*t*share*beta"
            known = [
                (beta, "2*t*share*?"),
                (value, "(1 + 2*t*share*(K - 2))*?"),
                (unit, f"1/{det}*?"),
                (total, f"2/{det}*t*sum1*?"),
            ]

            def many(four: Theorem) -> Theorem:
                return p.le(goal, share, (2, share, t, four, less), using=known)

            def few(four: Theorem) -> Theorem:
                return p.le(
                    goal,
                    ((1, 2), share, four, rest),
                    ((1, 2), share, squares(p)),
                    using=[*known, *((u, f"1/2*1/{det}*(K - 4)*?") for u in (unit, total))],
                )

            label_ = p.implies(label, p.by_cases(p.order_cases("4", "K"), many, few))
        made = p.implies(at, p.join(alpha, beta, label_))
    return p.every(made, "t", "sum0", "sum1", "own", "share", "alpha", "beta")


def squares(p: Proof) -> Theorem:
    """0 <= (K - 2)(K - 3)."""
    text = "0 <= (K - 2)*(K - 3)"
    return p.by_cases(
        p.says("K = 2 or 3 <= K"),
        lambda two: p.le(text, using=[(two, "(K - 3)*?")]),
        lambda three: p.le(text, (three, three), three),
    )
