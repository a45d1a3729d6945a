"""B5d, closed: perfect orthogonality at one multiplicity, where a free bias does what the softmax does in O1."""

from proofs.chapters.binary_cross_entropy.one_label_chains import Label, Optimum, TwoValued
from proofs.chapters.binary_cross_entropy.two_scalars_chains import ALPHA, BETA, Singles, TwoScalars
from proofs.chapters.orthogonal_case.orthogonal_case_chains import with_gram
from proofs.claims.closed_form_formulas import OFF_SET, ON_SET, PLAIN, VIRTUAL
from proofs.kernel.proof import Proof, closes
from proofs.kernel.theorems import Theorem

GAP = f"({ON_SET} - {OFF_SET})"
GAIN = f"(lambda_H/c*({ON_SET} - {OFF_SET}))"
LEVEL = f"({OFF_SET} + ({ON_SET} - {OFF_SET})*size/K)"
LOW, HIGH = "(c*size/K)", "(1 - c*(1 - size/K))"


@closes("B5d")
def one_multiplicity(p: Proof) -> None:
    """B5d: as O1, with the bias for the level; virtual prototypes of single labels are alike as sigmoids grow."""
    point = Point(p, Label(p))
    p.done(p.join(*point.optimal(p), p.le(f"0 < {GAIN}", (p.given[1], point.share, point.gap))))


class Point:
    """The residuals c P y, and what belongs to them."""

    def __init__(self, p: Proof, label: Label) -> None:
        self.label = label
        some, level, below = (p.says(x) for x in ("0 < c", "c^2*kbar = lambda", "lambda < kbar"))
        lam = p.le("0 < lambda", (p.given[0], p.given[1]))
        p.positive(lam)
        self.share = p.reciprocal(some)
        kbar = p.le("0 < kbar", lam, below)

        def far(large: Theorem) -> Theorem:
            return p.absurd("c < 1", p.le("0 < 0", below, (kbar, large, large), (2, kbar, large), using=[level]))

        less = p.by_cases(p.order_cases("1", "c"), far, lambda case: case)
        labels, small = p.reciprocal(p.dimension("K")), p.says("1 <= size")
        size, room = p.le("0 < size", small, 1), p.le("0 < K - size", p.says("size <= K - 1"), 1)
        near, rest = p.le(f"0 < {LOW}", (some, size, labels)), p.le("0 < c*(1 - size/K)", (some, room, labels))
        off, on = p.le(f"{LOW} < {HIGH}", less), p.le("c*(1 - size/K) < 1 - c*size/K", less)
        logs = label.logs
        self.gap = p.le(
            f"0 < {GAP}",
            logs.ordered("c*size/K", "1 - c*(1 - size/K)", near, p.le(f"0 < {HIGH}", near, off), off),
            logs.ordered("c*(1 - size/K)", "1 - c*size/K", rest, p.le("0 < 1 - c*size/K", rest, on), on),
        )
        self.mean, uniform = p.says("f = sum[S](y[S])"), p.says("f = size/K*ones")
        own = p.says("all S: r[S] = c*(y[S] - f)")
        self.own = p.eq("all S: r[S] = c*(P*y[S])", own, (uniform, "c*?"))
        self.centered = p.eq("sum[S](r[S]) = 0", (own, "sum[S](?[S])"), (self.mean, "c*?"))
        entry = p.eq(f"e[k]'*(y[S] - r[S]) = {LOW} + ({HIGH} - {LOW})*(e[k]'*y[S])", (self.own, "e[k]'*?[S]"))
        known = near, p.le(f"0 < 1 - {HIGH}", rest), p.le(f"0 <= {HIGH} - {LOW}", off), entry
        self.certified = TwoValued(p, label, LOW, HIGH, known)
        self.moment = p.eq(
            "lambda*P = sum[S](r[S]*r[S]')",
            *((self.own, "sum[S](?[S]*r[S]')", "c*sum[S](P*y[S]*?[S]')"), (level, "?*P")),
            (p.says("sum[S](P*y[S]*y[S]'*P) = kbar*P"), "c^2*?"),
        )
        self.psd = p.semidefinite("lambda*I[K] - lambda*P", (lam, labels, p.square("ones'*x")))

    def optimal(self, p: Proof) -> tuple[Theorem, ...]:
        """The point is the best one, and what is as good is like it."""
        own, certified, share = self.own, self.certified, "lambda_H/lambda"
        one, two = (p.eq(f"{b}'*sum[S](r[S]) = 0", (self.centered, f"{b}'*?")) for b in ("b", f"({LEVEL}*ones)"))
        best = Optimum(f"{GAIN}*P", "lambda*P", (self.moment, self.psd, one, two), "b", f"{LEVEL}*ones")
        odds_ = f"({OFF_SET}*ones + {GAP}*y[S])"
        logits_ = p.eq(
            f"all S: sum[k]((log({certified.share}) - log({certified.rest}))*e[k]) = {odds_}",
            (certified.odds, "sum[k](?[S, k]*e[k])"),
        )

        def aligned(odds: Theorem) -> Theorem:
            return p.eq(f"all S: W*h[S] + b = {odds_}", (odds, "sum[k](?[S, k]*e[k])"), logits_)

        def like(odds: Theorem, features: Theorem, flat: Theorem) -> Theorem:
            center = p.eq("ones'*W = 0", (flat, "1/lambda*ones'*?"))
            return p.eq(
                f"W*W' = {GAIN}*P",
                *((aligned(odds), f"{share}*sum[S](?[S]*r[S]')"), (features, f"{share}*sum[S](W*?[S]*r[S]')")),
                (self.moment, "1/lambda*W*W'*?", f"{share}*{GAP}/c*?"),
                (self.centered, f"{share}*b*?'", f"{share}*{LEVEL}*ones*?'"),
                (own, f"{share}*{GAP}/c*sum[S](?[S]*r[S]')"),
                (center, "1/K*W*?'*ones'"),
            )

        def reached(gram: Theorem) -> tuple[Theorem, Theorem]:
            odds = p.eq(
                f"all S, k: e[k]'*({best.texts()[3]}) = log({certified.share}) - log({certified.rest})",
                *((gram, "1/lambda_H*e[k]'*?*r[S]"), (own, f"1/lambda_H*{GAIN}*e[k]'*P*?[S]"), certified.odds),
            )
            none = p.null("W2'*ones", p.le("(W2'*ones)'*(W2'*ones) <= 0", using=[(gram, "ones'*?*ones")]))
            return odds, p.eq("(lambda*I[K] - lambda*P)*W2 = 0", (none, "lambda/K*ones*?'"))

        def also(odds: Theorem, gram: Theorem, features: Theorem) -> tuple[Theorem, ...]:
            uses = (features, "W*?[S]"), (gram, "1/lambda_H*?*r[S]"), (own, f"1/lambda_H*{GAIN}*P*?[S]")
            bias = p.eq(f"b = {LEVEL}*ones", (aligned(odds), "?[S]"), *uses)
            known = p.join(p.le(f"0 < {GAIN}", (p.given[1], self.share, self.gap)), gram, bias, features)
            return bias, p.apply(p.at(average, GAIN, LEVEL), known)

        average = self.average(p)
        some = with_gram(p, GAIN, "P", p.le(f"0 <= {GAIN}", (p.given[1], self.share, self.gap)))
        return some, best.proved(p, certified, like, reached, also)

    def average(self, p: Proof) -> Theorem:
        """Virtual prototypes are multiples of W'e_k with one factor, so that averages are scaled sums."""
        text = "0 < g1 and W*W' = g1*P and b = level*ones and (all S: h[S] = 1/lambda_H*(W'*r[S]))"
        with (
            p.supposing(text) as (known, positive, gram, bias, features),
            p.assuming(VIRTUAL.format("W*h1[k] + b")) as at,
        ):
            split = p.ledger.choose(positive, p.formula("g1 = 0 or 0 < g1"))
            facts = p.le("0 <= g1", positive), p.le("0 <= 0"), split, gram, bias
            singles = Singles(p, TwoScalars(p, self.label), at, ("g1", "0", "level"), facts, " + b")
            factor, still = f"({ALPHA} + {BETA})".replace("[k]", "[i]"), p.take(at, 0)
            some = p.le(f"0 < {factor}", *(p.at(x, "i") for x in singles.positive))
            p.positive(some)
            center = p.null("W'*ones", p.le("(W'*ones)'*(W'*ones) <= 0", using=[(gram, "ones'*?*ones")]))
            equal = [p.take(p.at(singles.equal, "k", "i"), i) for i in range(2)]
            single = p.eq(
                f"h1[k] = {factor}/lambda_H*(W'*e[k])",
                *((still, "1/lambda_H*?[k]"), (singles.values, "1/lambda_H*W'*sum[j](?[j, k]*e[j])")),
                *((equal[0], "1/lambda_H*?*W'*e[k]"), (equal[1], "1/(K - 1)/lambda_H*?*W'*e[k]")),
                (center, f"1/lambda_H*{BETA}*?"),
            )
            average = p.eq(
                f"all S: h[S] = c/{factor}*{PLAIN}",
                *(features, (self.own, "1/lambda_H*W'*?[S]")),
                (p.every(single, "k"), f"c/{factor}*sum[k](e[k]'*y[S]*?[k])"),
                (center, "c/lambda_H*size/K*?"),
            )
            goal = p.formula(f"""some c1: 0 < c1 and (all k: h1[k] = c1/lambda_H*(W'*e[k]))
                and (all S: h[S] = c/c1*{PLAIN})""")
            made = p.implies(at, p.witness(p.join(some, p.every(single, "k"), average), goal, factor))
            return p.every(p.implies(known, made), "g1", "level")
