"""W4c, closed: complementary slackness makes margins of single labels 1, and then sums are optimal for every set."""

from proofs.chapters.terminal_phase.hard_margin_chains import binary, root_rules
from proofs.claims.hypotheses import LABELS_APART
from proofs.claims.weighted_synthesis import ALONE, SINGLE
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

MARGIN = "(e[k]'*W*h[S] - level[S] - e[k]'*y[S] + 1)"
SLACK = f"((e[k]'*q[S])*{MARGIN})"
LACK, GRAM, OFF, IDLE = "(h[S] - W'*q[S])", "W*W'", "(Root - W*W')", "(q[T] - Pi*q[T])"


@closes("W4c")
def converse_of_plain_sums(p: Proof) -> None:
    """W4c: single labels have the logits of PY, and sums of their features are best for every set; the root is W W'."""
    slack, features, classifier = no_slack(p)
    singles = single_labels(p, slack, features)
    sums = all_sets(p, slack, features, singles)
    logits = p.eq("all S: P*W*h[S] = P*y[S]", (sums, "P*W*?[S]"), (singles[0], "sum[k](e[k]'*y[S]*(P*?[k]))"))
    columns = polar_columns(p, logits, features, classifier)
    with p.assuming("e[j]'*y[S] = 0") as outside:
        sign = p.apply(p.at(p.says("all S, k: e[k]'*y[S] = 0 => e[k]'*q[S] <= 0"), "S", "j"), outside)
        sign = p.le("e[j]'*Q*y[S] <= 0", sign, using=[(columns, "e[j]'*?[S]")])
        found = p.every(p.implies(outside, sign), "S", "j")
    p.done(p.join(sums, logits, columns, found))


def no_slack(p: Proof) -> tuple[Theorem, Theorem, Theorem]:
    """Primal and dual value agree, so a multiplier is 0 or its margin is 1, and features are W'q; and q q' W is W."""
    flat, feasible, tight = p.says("all S: ones'*q[S] = 0"), *p.given[8:10]
    each = slacks(p)
    whole = p.every(p.over(p.at(each, "S")), "S")
    lacks, idle = p.over(p.square(f"all S: {LACK}")), p.square("W", feasible)
    value = p.eq(
        f"sum[S](sum[k]({SLACK})) = sum[S](q[S]'*W*h[S]) - sum[S](q[S]'*y[S])",
        (flat, "sum[S](level[S]*?[S])", "sum[S](?[S])"),
    )
    energy = f"sum[S]({LACK}'*{LACK})"
    none = p.le(f"sum[S](sum[k]({SLACK})) <= 0", ((1, 2), lacks), ((1, 2), idle), using=[value, tight])
    short = p.le(f"{energy} <= 0", (2, p.over(whole)), idle, using=[(value, "2*?"), (tight, "2*?")])
    rest = "tr(W'*(I[K] - sum[S](q[S]*q[S]'))*W)"
    still = p.le(f"{rest} <= 0", (2, p.over(whole)), lacks, using=[(value, "2*?"), (tight, "2*?")])
    sums = p.every(p.le(f"0 <= sum[k]({SLACK})", p.at(whole, "S")), "S")
    zero = p.vanish(sums, p.antisymmetry(none, p.le(f"0 <= sum[S](sum[k]({SLACK}))", p.over(whole))))
    slack = p.every(p.vanish(p.at(each, "S"), p.at(zero, "S")), "S")
    features = p.vanish(p.square(f"all S: {LACK}"), p.antisymmetry(short, p.le(f"0 <= {energy}", lacks)))
    features = p.definite(f"all S: {LACK}", features)
    classifier = p.definite("W", p.antisymmetry(still, idle), feasible)
    return slack, p.eq("all S: h[S] = W'*q[S]", features), classifier


def slacks(p: Proof) -> Theorem:
    """A multiplier times the excess of its margin is not negative."""
    inside, outside, signs = p.given[4], p.given[5], p.given[7]
    excess = "(e[k]'*W*h[S] - level[S] + 1)"

    def off(case: Theorem) -> Theorem:
        sign = p.le("0 <= -(e[k]'*q[S])", p.apply(p.at(signs, "S", "k"), case))
        margin = p.le(f"0 <= -{excess}", p.at(outside, "S", "k"), using=[(case, f"{excess}*?")])
        return p.le(f"0 <= {SLACK}", (sign, margin), using=[(case, "(e[k]'*q[S])*?")])

    def on(case: Theorem) -> Theorem:
        here = p.at(inside, "S", "k")
        uses = (here, "(e[k]'*q[S])*?"), (case, "(e[k]'*q[S])*(e[k]'*W*h[S] - level[S])*?"), (case, "(e[k]'*q[S])*?")
        return p.le(f"0 <= {SLACK}", using=uses)

    return p.every(p.by_cases(p.at(binary(p), "S", "k"), off, on), "S", "k")


MADE, COLUMN = "sum[k](e[k]'*y[S]*h1[k])", "sum[k](e[k]'*y[S]*q1[k])"


def single_labels(p: Proof, slack: Theorem, features: Theorem) -> tuple[Theorem, ...]:
    """All margins of a single label are 1; its features are those of its multipliers, which have a sign."""
    inside, signs = p.given[4], p.given[7]
    with p.supposing(ALONE) as (at, single, own, column, level, negative):
        margin = MARGIN.replace("k]", "j]")

        def off(case: Theorem) -> Theorem:
            p.positive(p.le("0 < -(e[j]'*q[S])", p.apply(p.at(negative, "j"), case)))
            return p.eq(f"{margin} = 0", (p.at(slack, "S", "j"), "1/(-(e[j]'*q[S]))*?"))

        def on(case: Theorem) -> Theorem:
            return p.eq(f"{margin} = 0", p.at(inside, "S", "j"), (case, "(e[j]'*W*h[S] - level[S])*?"), case)

        each = p.every(p.by_cases(p.at(binary(p), "S", "j"), off, on), "j")
        uses = (each, "sum[j](?[j]*e[j])"), single, (own, "W*?"), (level, "?*ones")
        logits = p.eq("W*h1[k] = e[k] + (level1[k] - 1)*ones", *uses)
        dual = p.eq("h1[k] = W'*q1[k]", own, (p.at(features, "S"), "?"), (column, "W'*?"))
        with p.assuming("e[j]'*e[k] = 0") as other:
            where = p.eq("e[j]'*y[S] = 0", (single, "e[j]'*?"), other)
            sign = p.le("e[j]'*q1[k] <= 0", p.apply(p.at(signs, "S", "j"), where), using=[(column, "e[j]'*?")])
            sign = p.every(p.implies(other, sign), "j")
        flat = p.eq("ones'*q1[k] = 0", (column, "ones'*?"), (p.at(p.says("all S: ones'*q[S] = 0"), "S"), "?"))
        found = p.implies(at, p.join(logits, dual, sign, flat))
    found = p.unpack(p.at(p.says(SINGLE), "k"), found, "S")
    return tuple(p.every(p.take(found, i), "k") for i in range(4))


def all_sets(p: Proof, slack: Theorem, features: Theorem, singles: tuple[Theorem, ...]) -> Theorem:
    """The sum of the features of single labels has the margins, and multipliers of the right sign: it is best."""
    logits, dual, sign, flat = singles
    inside, outside, columns = p.given[4], p.given[5], p.says("all S: ones'*q[S] = 0")
    apart, excess = p.says(LABELS_APART[0]), "(e[j]'*W*h[S] - level[S] + 1)"
    term = f"((e[j]'*{COLUMN})*{MARGIN.replace('k]', 'j]')})"

    def off(case: Theorem) -> Theorem:
        each = "-(e[k]'*y[S]*(e[j]'*q1[k]))"

        def without(none: Theorem) -> Theorem:
            return p.le(f"0 <= {each}", using=[(none, "?*(e[j]'*q1[k])")])

        def within(one: Theorem) -> Theorem:
            uses = (one, "(e[j]'*e[k])*?"), (p.at(apart, "j", "k"), "y[S]'*?"), (case, "(e[j]'*e[k])*?")
            negative = p.apply(p.at(sign, "k", "j"), p.eq("e[j]'*e[k] = 0", *uses))
            return p.le(f"0 <= {each}", negative, using=[(one, "?*(e[j]'*q1[k])")])

        labels = p.over(p.every(p.by_cases(p.at(binary(p), "S", "k"), without, within), "k"))
        margin = p.le(f"0 <= -{excess}", p.at(outside, "S", "j"), using=[(case, f"{excess}*?")])
        total = p.le(f"0 <= -(e[j]'*{COLUMN})", labels)
        return p.le(f"0 <= {term}", (total, margin), using=[(case, f"(e[j]'*{COLUMN})*?")])

    def on(case: Theorem) -> Theorem:
        here, left = p.at(inside, "S", "j"), f"(e[j]'*{COLUMN})"
        uses = (here, f"{left}*?"), (case, f"{left}*(e[j]'*W*h[S] - level[S])*?"), (case, f"{left}*?")
        return p.le(f"0 <= {term}", using=uses)

    each = p.over(p.every(p.by_cases(p.at(binary(p), "S", "j"), off, on), "j"))
    short, image = f"(h[S] - {MADE})", f"(q[S] - {COLUMN})"
    made = p.eq(f"{short} = W'*{image}", (p.at(features, "S"), "?"), (dual, "sum[k](e[k]'*y[S]*?[k])"))
    reached = p.eq(
        f"W*{short} = W*h[S] - y[S] - sum[k](e[k]'*y[S]*(level1[k] - 1))*ones", (logits, "sum[k](e[k]'*y[S]*?[k])")
    )
    own, shift = p.at(columns, "S"), "sum[k](e[k]'*y[S]*(level1[k] - 1))"
    theirs = p.eq(f"ones'*{COLUMN} = 0", (flat, "sum[k](e[k]'*y[S]*?[k])"))
    small = p.le(
        f"{short}'*{short} <= 0",
        each,
        using=[
            (made, f"?'*{short}"),
            (reached, f"{image}'*?"),
            (p.at(slack, "S"), "sum[k](?[k])"),
            (own, f"({shift} - level[S] + 1)*?"),
            (theirs, f"({shift} - level[S] + 1)*?"),
        ],
    )
    return p.every(p.eq(f"h[S] = {MADE}", p.null(short, small)), "S")


def polar_columns(p: Proof, logits: Theorem, features: Theorem, classifier: Theorem) -> Theorem:
    """The dual optimum is polar: the root is W W', which maps it to the centered indicators."""
    square, flat, symmetric = (
        p.says("Root*Root = Sigma"),
        p.says("all S: ones'*q[S] = 0"),
        p.symmetric(p.says("psd Root")),
    )
    centered = p.eq("ones'*W = 0", (classifier, "ones'*?"), (flat, "sum[S](?[S]*q[S]'*W)"))
    gram = p.eq("all S: P*y[S] = W*W'*q[S]", logits, (features, "P*W*?[S]"), (centered, "1/K*ones*?*W'*q[S]"))
    moment = (gram, "sum[S](?[S]*y[S]'*P)"), (gram, f"sum[S]({GRAM}*q[S]*?[S]')"), (classifier, f"{GRAM}*?*W'")
    second = p.eq(f"Root*Root = {GRAM}*{GRAM}", square, *moment)
    same = one_root(p, second, symmetric)
    shown = p.eq("all S: P*y[S] = Root*q[S]", gram, (same, "?*q[S]"))
    p.rules = [rule for rule in p.rules if rule.conclusion[1] not in (p.term("Sigma"), p.term("M"))]
    root_rules(p)
    none = p.eq(
        f"all S, T: y[S]'*{IDLE} = 0",
        (shown, f"?[S]'*{IDLE}"),
        (symmetric, f"q[S]'*?*{IDLE}"),
        (flat, "1/K*ones'*y[S]*?[T]"),
    )
    with p.assuming(ALONE) as at:
        found = p.eq(f"e[k]'*{IDLE} = 0", (p.at(none, "S", "T"), "?"), (p.take(at, 0), f"?'*{IDLE}"))
        found = p.implies(at, found)
    each = p.every(p.unpack(p.at(p.says(SINGLE), "k"), found, "S"), "k")
    idle = p.every(p.eq(f"{IDLE} = 0", (each, "sum[k](?[k]*e[k])")), "T")
    return p.eq("all S: q[S] = Q*y[S]", (idle, "?[S]"), (shown, "Q*?[S]"))


def one_root(p: Proof, second: Theorem, symmetric: Theorem) -> Theorem:
    """W W' and the root have the same square, hence are the same."""
    across = p.eq(f"{OFF}*Root + {GRAM}*{OFF} = 0", second)
    first, other = p.square(OFF, p.says("psd Root")), p.square(f"W'*{OFF}")
    both = p.eq(
        f"tr({OFF}'*Root*{OFF}) + tr((W'*{OFF})'*(W'*{OFF})) = 0",
        (across, f"tr({OFF}'*?)"),
        (symmetric, f"tr(?*Root*{GRAM})", f"tr(Root*?*{GRAM})"),
    )
    none = p.antisymmetry(p.le(f"tr({OFF}'*Root*{OFF}) <= 0", other, using=[both]), first)
    nothing = p.antisymmetry(p.le(f"tr((W'*{OFF})'*(W'*{OFF})) <= 0", first, using=[both]), other)
    of_root, of_rows = p.definite(OFF, none, p.says("psd Root")), p.definite(f"W'*{OFF}", nothing)
    uses = [(symmetric, f"tr(?*{OFF})"), (of_root, "tr(?)"), (of_rows, "tr(W*?)")]
    return p.null(OFF, p.le(f"tr({OFF}'*{OFF}) <= 0", using=uses))
