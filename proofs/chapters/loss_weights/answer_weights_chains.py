"""V3, closed: one weight for every answer of binary cross entropy."""

from proofs.chapters.duality.duality_chains import cited
from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.claims.hypotheses import PAL_CE
from proofs.claims.loss_weights import ANSWER_LOSS, ANSWER_VALUE, LIMIT
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

SIGN = "(e[k]'*a[S])"
AT_X = f"(-{SIGN}*(e[k]'*x))"
ZERO_LOGITS = "0*ones"


@closes("V3")
def label_weights(p: Proof) -> None:
    """V3: the loss of an answer is above its tangents, as Gibbs says, and below a parabola at logit 0."""
    answers = Answers(p)
    threshold = collapse(p, answers)
    with p.assuming(" and ".join(f"({x})" for x in LIMIT)) as limit:
        said = {text: p.take(limit, i) for i, text in enumerate(LIMIT)}
        made = p.join(near_polar_answers(p, answers, said), logits(p, answers, said))
        last = p.implies(limit, made)
    p.done(p.join(p.take(threshold, 0), p.take(threshold, 1), last))


class Answers:
    """What is known of log(1 + ex(t)), the loss of one answer, and of signs."""

    def __init__(self, p: Proof) -> None:
        self.p, self.logs = p, Logarithm(p)
        self.exponential = p.says(PAL_CE[0])
        self.one = p.le("0 < 1", 1)
        self.nothing = p.eq("log(1) = 0", self.logs.of_product("1", "1", self.one, self.one))
        power, value = p.parts(p.at(self.exponential, "0"))
        self.unit = self.logs.one_to_one(
            "ex(0)", "1", power, self.one, p.eq("log(ex(0)) = log(1)", value, self.nothing)
        )
        self.gibbs = self._gibbs()
        self.parabola = self._parabola()
        indicator = p.says("all S: a[S] = 2*y[S] - ones")
        self.square = p.eq(f"all S, k: {SIGN}^2 = 1", (indicator, f"({SIGN} + 2*(e[k]'*y[S]) - 1)*(e[k]'*?[S])"))

    def _gibbs(self) -> Theorem:
        """The loss is at least a tangent, whose slope is a probability and which the entropy of that lifts."""
        p, logs, whole = self.p, self.logs, "(1 + ex(t))"
        with p.assuming("0 < share and 0 < 1 - share") as at:
            positive = p.le(f"0 < {whole}", 1, p.take(p.at(self.exponential, "t"), 0))
            p.positive(positive)
            share, rest = p.parts(at)
            first = p.apply(p.at(logs.tangent, "t", "share", whole), p.join(share, positive))
            second = p.apply(p.at(logs.tangent, "0", "1 - share", whole), p.join(rest, positive))
            bound = p.le(
                f"share*t - share*log(share) - (1 - share)*log(1 - share) <= log{whole}",
                p.take(first, 0),
                p.take(second, 0),
                using=[(self.unit, f"1/{whole}*?")],
            )
            return p.every(p.implies(at, bound), "t", "share")

    def _parabola(self) -> Theorem:
        """The loss is at most its tangent at 0 and half a square: by log M <= M - 1 on the left, and by symmetry."""
        p, logs, text = self.p, self.logs, "log(1 + ex({0})) <= log(1 + ex(0)) + 1/2*({0}) + 1/2*({0})^2"
        two, half = p.le("0 < 2", 2), p.le("0 < 1/2", ((1, 2),))
        double = p.eq("log(1 + ex(0)) = log(2)", (self.unit, "log(1 + ?)"))
        with p.assuming("t <= 0") as left:
            power, value = p.parts(p.at(self.exponential, "t"))
            above = p.take(p.apply(p.at(logs.tangent, "t", "1", "1"), p.join(self.one, self.one)), 0)
            below = p.take(p.apply(p.at(logs.tangent, "0", "ex(t)", "1"), p.join(power, self.one)), 0)
            whole = p.le("0 < 1 + ex(t)", 1, power)
            mean = p.le("0 < (1 + ex(t))*(1/2)", (whole, half))
            split = logs.of_product("(1 + ex(t))*(1/2)", "2", mean, two)
            bound = p.le(
                text.format("t"),
                p.take(logs.below("(1 + ex(t))*(1/2)", mean), 0),
                ((1, 2), below),
                ((1, 2), left, above),
                using=[
                    split,
                    double,
                    (self.unit, "1/2*?"),
                    (value, "1/2*ex(t)*?"),
                    (self.nothing, "(1/2*ex(t) - t)*?"),
                ],
            )
            lemma = p.every(p.implies(left, bound), "t")

        def turned(right: Theorem) -> Theorem:
            mirror = p.apply(p.at(lemma, "-t"), p.le("-t <= 0", right))
            power, value = p.parts(p.at(self.exponential, "t"))
            power2, value2 = p.parts(p.at(self.exponential, "-t"))
            both = p.le("0 < ex(t)*ex(-t)", (power, power2))
            split = logs.of_product("ex(t)", "ex(-t)", power, power2)
            same = p.eq("log(ex(t)*ex(-t)) = log(1)", split, value, value2, self.nothing)
            inverse = logs.one_to_one("ex(t)*ex(-t)", "1", both, self.one, same)
            whole = p.le("0 < 1 + ex(-t)", 1, power2)
            factors = logs.of_product("ex(t)", "1 + ex(-t)", power, whole)
            sums = p.eq("ex(t)*(1 + ex(-t)) = 1 + ex(t)", inverse)
            return p.le(text.format("t"), mirror, using=[factors, (sums, "log(?)"), value])

        split = p.order_cases("t", "0")
        return p.every(p.by_cases(split, lambda case: p.apply(p.at(lemma, "t"), case), turned), "t")


def collapse(p: Proof, answers: Answers) -> Theorem:
    """U9 at W = 0, where the residuals are half of the signed weights."""
    loss, signed = p.says(ANSWER_LOSS), p.given[10]
    positive, most = p.given[8], p.given[9]
    half, two = p.le("0 < 1/2", ((1, 2),)), p.le("0 < 2", 2)
    turned = p.eq("log(1/2) = -log(2)", answers.logs.of_product("1/2", "2", half, two), answers.nothing)
    double = p.eq("log(1 + ex(0)) = log(2)", (answers.unit, "log(1 + ?)"))
    gibbs = p.apply(p.at(answers.gibbs, AT_X, "1/2"), p.join(half, p.le("0 < 1 - 1/2", half)))
    slope = p.le(f"log(1 + ex(0)) + 1/2*{AT_X} <= log(1 + ex({AT_X}))", gibbs, using=[turned, double])
    gain = f"(log(1 + ex({AT_X})) - log(1 + ex(0)) - 1/2*{AT_X})"
    each = p.le(f"0 <= weight[S, k]*{gain}", (p.at(positive, "S", "k"), slope))
    residual = (p.every(p.at(signed, "S", "k"), "k"), "1/2*sum[k](?[k]*(e[k]'*x))")
    values = p.at(loss, "S", "x"), p.at(loss, "S", ZERO_LOGITS)
    dual = p.le(
        f"L[S]({ZERO_LOGITS}) - (1/2*signed[S])'*x <= L[S](x)", p.over(p.every(each, "k")), using=[*values, residual]
    )
    dual = p.every(dual, "S", "x")
    below = p.at(answers.parabola, AT_X)
    square = p.at(answers.square, "S", "k")
    lack = f"(log(1 + ex(0)) + 1/2*{AT_X} + 1/2*(e[k]'*x)^2 - log(1 + ex({AT_X})))"
    under = p.le(f"0 <= {lack}", below, using=[(square, "1/2*(e[k]'*x)^2*?")])
    spare = "(most*(e[k]'*x)^2 - weight[S, k]*(e[k]'*x)^2)"
    room = p.le(f"0 <= {spare}", (p.at(most, "S", "k"), p.square("e[k]'*x")))
    curved = p.le(
        f"L[S]({ZERO_LOGITS} + x) <= L[S]({ZERO_LOGITS}) - (1/2*signed[S])'*x + most/2*(x'*x)",
        p.over(p.every(p.le(f"0 <= weight[S, k]*{lack}", (p.at(positive, "S", "k"), under)), "k")),
        ((1, 2), p.over(p.every(room, "k"))),
        using=[*values, residual],
    )
    curved = p.every(curved, "S", "x")
    moment = p.eq("N = sum[S]((1/2*signed[S])*(1/2*signed[S])')", p.given[11])
    value = p.eq(f"all S: L[S]({ZERO_LOGITS}) = L[S]({ZERO_LOGITS}) + (1/2*signed[S])'*({ZERO_LOGITS})")
    biasless = p.join(p.given[3], p.eq(f"{ZERO_LOGITS} = 0"))
    bias = p.ledger.choose(biasless, p.formula(f"(b = 0 and {ZERO_LOGITS} = 0) or sum[S](1/2*signed[S]) = 0"))
    some = p.le("0 < most", p.at(positive, "S", "k"), p.at(most, "S", "k"))
    facts = (*p.given[:3], dual, moment, value, bias, p.given[12], p.given[13], some, curved)
    letters = {"r0": "1/2*signed[sets_0]", "b0": ZERO_LOGITS, "R": "N", "c": "most"}
    return cited(p, "U9", facts, D=f"L[sets_0]({ZERO_LOGITS})", **letters)


def near_polar_answers(p: Proof, answers: Answers, said: dict[str, Theorem]) -> Theorem:
    """T8: the dual value of an answer at its polar residual is its weight times an entropy, met at the polar logits."""
    loss, residual = p.says(ANSWER_LOSS), said[LIMIT[9]]
    inside, own, point = (said[LIMIT[i]] for i in (10, 11, 12))
    wrong, right = p.parts(p.at(inside, "S", "k"))
    gibbs = p.apply(p.at(answers.gibbs, AT_X, "wrong[S, k]"), p.join(wrong, right))
    entropy = "(wrong[S, k]*log(wrong[S, k]) + (1 - wrong[S, k])*log(1 - wrong[S, k]))"
    gain = f"(log(1 + ex({AT_X})) - wrong[S, k]*{AT_X} + {entropy})"
    each = p.le(f"0 <= weight[S, k]*{gain}", (p.at(p.given[8], "S", "k"), p.le(f"0 <= {gain}", gibbs)))
    one_set = p.every(p.at(residual, "S", "k"), "k")
    dual = p.le(
        f"{ANSWER_VALUE} - r[S]'*x <= L[S](x)",
        p.over(p.every(each, "k")),
        using=[p.at(loss, "S", "x"), (one_set, "sum[k](?[k]*(e[k]'*x))")],
    )
    logits = p.every(p.at(own, "S", "k"), "k")
    tight = p.eq(
        f"{ANSWER_VALUE} = L[S](z[S]) + r[S]'*z[S]",
        p.at(loss, "S", "z[S]"),
        (p.every(at_polar_logits(p, answers, own, wrong, right), "k"), "sum[k](weight[S, k]*?[k])"),
        (one_set, "sum[k](?[k]*(e[k]'*z[S]))"),
        (logits, "sum[k](weight[S, k]*wrong[S, k]*?[k])"),
    )
    tight = p.eq(
        f"all S: {ANSWER_VALUE} = L[S](W2*h2[S] + b2) + r[S]'*(W2*h2[S] + b2)",
        p.every(tight, "S"),
        (point, "L[S](?[S])", "r[S]'*?[S]"),
    )
    bias = p.ledger.choose(p.join(p.given[3], said["b2 = 0"]), p.formula("(b = 0 and b2 = 0) or sum[S](a[S]) = 0"))
    facts = (*p.given[:3], *(said[text] for text in LIMIT[:6]), bias, p.every(dual, "S", "x"), tight, said[LIMIT[7]])
    return cited(p, "T8", facts, D=ANSWER_VALUE.replace("[S", "[sets_0"))


def at_polar_logits(p: Proof, answers: Answers, own: Theorem, wrong: Theorem, right: Theorem) -> Theorem:
    """The loss of an answer at its polar logit is minus the logarithm of the probability of the right one."""
    logs, at, no, yes = answers.logs, f"(-{SIGN}*(e[k]'*z[S]))", "wrong[S, k]", "(1 - wrong[S, k])"
    power, value = p.parts(p.at(answers.exponential, at))
    inverse = p.reciprocal(right)
    odds = p.le(f"0 < {no}*(1/{yes})", (wrong, inverse))
    unit = p.eq(f"1/{yes}*{yes} = 1")
    negative = p.eq(
        f"log(1/{yes}) = -log{yes}", logs.of_product(f"1/{yes}", yes, inverse, right), (unit, "log(?)"), answers.nothing
    )
    split = logs.of_product(no, f"1/{yes}", wrong, inverse)
    same = p.eq(f"log(ex({at})) = log({no}*(1/{yes}))", value, p.at(own, "S", "k"), split, negative)
    ratio = logs.one_to_one(f"ex({at})", f"{no}*(1/{yes})", power, odds, same)
    sums = p.eq(f"1 + ex({at}) = 1/{yes}", ratio)
    return p.eq(f"log(1 + ex({at})) = -log{yes}", (sums, "log(?)"), negative)


def logits(p: Proof, answers: Answers, said: dict[str, Theorem]) -> Theorem:
    """The polar logits: the weight is in the probability of the right answer only, as that of the wrong is mu q."""
    logs, mu, polar = answers.logs, said["0 < mu"], said[LIMIT[5]]
    residual, inside, own = (p.at(said[LIMIT[i]], "S", "k") for i in (9, 10, 11))
    wrong, right = p.parts(inside)
    weight, square = p.at(p.given[8], "S", "k"), p.at(answers.square, "S", "k")
    entry = f"({SIGN}*(e[k]'*Q*a[S]))"
    inverse = p.reciprocal(mu)
    same = p.eq(
        f"weight[S, k]*wrong[S, k] = mu*{entry}",
        (residual, f"{SIGN}*?"),
        (p.at(polar, "S"), f"{SIGN}*(e[k]'*?)"),
        (square, "weight[S, k]*wrong[S, k]*?"),
    )
    small = p.le(f"0 < {entry}", (inverse, weight, wrong), using=[(same, "1/mu*?")])
    other = p.eq(f"weight[S, k]*(1 - wrong[S, k]) = weight[S, k] - mu*{entry}", same)
    penalty = p.eq("log(lambda) = 2*log(mu)", (said["lambda = mu^2"], "log(?)"), logs.of_product("mu", "mu", mu, mu))
    value = p.eq(
        f"{SIGN}*(e[k]'*z[S]) = -1/2*log(lambda) - log{entry} + log(weight[S, k] - mu*{entry})",
        own,
        logs.of_product("weight[S, k]", "wrong[S, k]", weight, wrong),
        logs.of_product("weight[S, k]", "1 - wrong[S, k]", weight, right),
        (same, "log(?)"),
        (other, "log(?)"),
        logs.of_product("mu", entry, mu, small),
        (penalty, "1/2*?"),
    )
    return p.every(p.every(p.join(small, value), "k"), "S")
