"""W6, closed: symmetries of the label distribution are symmetries of the optimum, as softmax is strongly monotone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from proofs.chapters.loss_bounds.entropy_chains import Logarithm
from proofs.chapters.terminal_phase.hard_margin_chains import binary
from proofs.chapters.weighted_synthesis.plain_sums_chains import Single, at_orthogonal, ordered
from proofs.claims.hypotheses import LABELS_APART, SCALAR
from proofs.claims.softmax_formulas import OPTIMUM, SOFTMAX, SOFTMAX_1, SYMMETRIES, TRANSITIVE
from proofs.kernel.proof import Proof, Used, closes
from proofs.kernel.terms import instantiate
from proofs.kernel.theorems import Theorem

GRAM, X = "W*W'", "turn[p]"


@closes("W6")
def scaled_averages(p: Proof) -> None:
    """W6: residuals that a symmetry fixes have two values; under perfect orthogonality the point is O1's."""
    symmetric = by_symmetry(p)
    p.done(p.join(symmetric, at_orthogonal(p, p.goal[2][1], partial(averages, p))))


def averages(p: Proof, single: Single, known: Theorem, facts: tuple[Theorem, ...]) -> Theorem:
    """Prototypes of O1's point are scaled averages, and its scalars depend on the multiplicity only."""
    small, large, solved, scale = facts
    p.positive(single.positive)
    made = p.eq(
        f"all S: h[S] = c[S](s)/c1*{MADE}",
        *((single.own, "?[S]"), (single.prototype, "c[S](s)/c1*sum[k](e[k]'*y[S]*?[k])")),
    )
    one, other = (p.apply(p.at(solved, x, "s"), scale) for x in "ST")
    only = p.apply(p.at(p.take(known, 0), "m[S]", "s"), p.join(p.at(small, "S"), p.at(large, "S"), scale))
    with p.assuming("m[S] - m[T] = 0") as equal:
        turned = p.eq(SCALAR.format("c[T](s)", "m[S]"), p.take(other, 1), (equal, "c[T](s)*?*(ex(s*c[T](s)) - 1)"))
        root = p.ledger.assume(instantiate(only.conclusion[2], p.term("t")))
        unique = p.take(root, 3)
        first = p.apply(p.at(unique, "c[S](s)"), one)
        second = p.apply(p.at(unique, "c[T](s)"), p.join(p.take(other, 0), turned))
        same = p.unpack(only, p.implies(root, p.eq("c[S](s) = c[T](s)", first, second)), "t")
        same = p.every(p.implies(equal, same), "S", "T")
    return p.witness(p.join(single.positive, made, same), p.goal[2][2], "c1")


class Softmax:
    """Predictions: their logarithms are logits but for a constant, and softmax is strongly monotone."""

    def __init__(self, p: Proof) -> None:
        self.logs = Logarithm(p)
        self.monotone = self.strongly_monotone(p)

    def predicted(self, p: Proof, softmax: Theorem, of: Point) -> Theorem:
        """Probabilities are positive, logits their logarithms but for a constant, and they add up to 1."""
        total, entry = f"sum[i](ex(e[i]'*{of.z}))", f"(e[j]'*{of.prob})"
        sums = p.le(f"0 < {total}", p.over(p.every(p.take(p.at(self.logs.inverse, f"e[i]'*{of.z}"), 0), "i")))
        share, power = p.reciprocal(sums), p.at(self.logs.inverse, f"e[j]'*{of.z}")
        some = p.le(f"0 < {entry}", (p.take(power, 0), share), using=[(softmax, f"1/{total}*?[j]")])
        uses = p.take(power, 1), (softmax, "log(?[j])"), self.logs.of_product(entry, total, some, sums)
        log = p.eq(f"e[j]'*{of.z} = log({entry}) + {of.level}", *uses)
        return p.join(
            p.every(some, "j"), p.every(log, "j"), p.eq(f"ones'*{of.prob} = 1", (softmax, f"1/{total}*sum[j](?[j])"))
        )

    def strongly_monotone(self, p: Proof) -> Theorem:
        """|u1 - u2|^2/2 <= (u1 - u2)'(x - v) where u1 and u2 are the softmax of x and v."""
        text = " and ".join(f"({_of(u, z, c)})" for u, z, c in (("u1", "x", "s"), ("u2", "v", "t")))
        with p.supposing(text) as (at, first, second):
            (one, log), (two, log2) = ((p.take(x, 0), p.take(x, 1)) for x in (first, second))
            sums = [p.take(x, 2) for x in (first, second)]
            a, c = "(e[k]'*u1)", "(e[k]'*u2)"
            small = []
            for u, some, total in zip(("u1", "u2"), (one, two), sums, strict=True):
                weak = p.le(f"all k: 0 <= e[k]'*{u}", some)
                part = p.ledger.fact("part", p.formula(f"all k: w[k]*(e[k]'*{u}) <= sum[k](e[k]'*{u})"), weak)
                small.append(p.le(f"e[k]'*{u} <= 1", p.at(part, "k"), using=[total]))
            share, share2 = p.at(one, "k"), p.at(two, "k")
            own, other = ordered(p, self.logs, a, c, share, share2)
            gain = f"({a}*(log({a}) - log({c})) - {a} + {c})"
            least = p.le(f"0 <= {gain}", own)
            pinsker = p.apply(p.axiom("pointwise Pinsker", {}, s=a, t=c), p.join(p.le(f"0 <= {a}", share), share2))
            slack = p.le(f"0 <= 6 - 2*{a} - 4*{c}", (2, small[0]), (4, small[1]))
            each = p.le(
                f"1/2*(e[k]'*(u1 - u2))^2 <= (e[k]'*(u1 - u2))*(log({a}) - log({c}))",
                ((1, 6), slack, least),
                ((1, 6), pinsker),
                other,
            )
            uses = (log, "sum[k]((e[k]'*(u1 - u2))*?[k])"), (log2, "sum[k]((e[k]'*(u1 - u2))*?[k])")
            flat = [(sums[0], "(s - t)*?"), (sums[1], "(s - t)*?")]
            text = "1/2*((u1 - u2)'*(u1 - u2)) <= (u1 - u2)'*(x - v)"
            made = p.le(text, p.over(p.every(each, "k")), using=[*uses, *flat])
            return p.every(p.implies(at, made), "u1", "u2", "x", "v", "s", "t")


def _of(u: str, z: str, c: str) -> str:
    """The vector u is the softmax of z."""
    return f"(all k: 0 < e[k]'*{u}) and (all k: e[k]'*{z} = log(e[k]'*{u}) + {c}) and ones'*{u} = 1"


@dataclass(frozen=True)
class Point:
    """A label set or a single label: its indicator, prediction, features, residual and size, as text."""

    y: str
    prob: str
    h: str
    r: str
    m: str

    @property
    def z(self) -> str:
        """Its logits."""
        return f"(W*{self.h} + b)"

    @property
    def level(self) -> str:
        """What its logits are more than logarithms of probabilities."""
        return f"log(sum[i](ex(e[i]'*{self.z})))"


FIRST, SECOND = (Point(f"y[{i}]", f"prob[{i}]", f"h[{i}]", f"r[{i}]", f"m[{i}]") for i in "ST")
ONE, OTHER = (Point(f"e[{i}]", f"prob1[{i}]", f"h1[{i}]", f"(e[{i}] - prob1[{i}])", "1") for i in "kj")
MOVE, SINGLES = "move[p, S, T]", "sum[k]((e[k] - prob1[k])*e[k]')"


def _off(of: str, a: Point = FIRST, c: Point = SECOND) -> str:
    """By how much something of the first is off that of the second, turned back."""
    return f"({getattr(a, of)} - {X}'*{getattr(c, of)})"


class Symmetry:
    """A point with U7's certificate, and permutations of labels that preserve the distribution."""

    def __init__(self, p: Proof, at: Theorem) -> None:
        self.softmax, self.permutes = Softmax(p), p.take(at, 3)
        self.sign, self.rows, self.columns, self.relabels = (p.take(at, i) for i in range(4, 8))
        orthogonal = p.at(p.take(at, 2), "p")
        p.rewrite(*(p.every(p.take(orthogonal, i), "p") for i in range(2)))
        self.fixes_ones(p)
        self.sets = p.every(self.softmax.predicted(p, p.at(p.take(at, 0), "S"), FIRST), "S")
        self.labels = p.every(self.softmax.predicted(p, p.at(p.take(at, 1), "k"), ONE), "k")
        self.of_sets(p)
        self.own1 = p.eq("all k: h1[k] = 1/lambda_H*(W'*(e[k] - prob1[k]))", (p.given[8], "1/lambda_H*?[k]"))
        self.residuals = self.turns_residuals(p)
        self.logits = self.turns_logits(p)
        self.gram, self.bias = self.turns_classifier(p)

    def fixes_ones(self, p: Proof) -> None:
        """The sum of all labels stays as it is."""
        with p.assuming(f"{X}*e[k] = e[j]") as same:
            entry = p.implies(same, p.eq(f"ones'*{X}*e[k] = 1", (same, "ones'*?")))
        entry = p.every(p.unpack(p.at(self.permutes, "p", "k"), entry, "j"), "k")
        rows = p.eq(f"ones'*{X} = ones'", (entry, "sum[k](?[k]*e[k]')"))
        p.rewrite(p.every(rows, "p"), p.every(p.eq(f"{X}*ones = ones", (rows, f"{X}*?'")), "p"))

    def of_sets(self, p: Proof) -> None:
        """Features by residuals, which have mean zero over the labels and are orthogonal to the bias."""
        residual, classifier = p.says(OPTIMUM[0]), p.says(OPTIMUM[1])
        self.own = p.eq(
            "all S: h[S] = 1/lambda_H*(W'*r[S])", (p.given[7], "1/lambda_H*?[S]"), (residual, "1/lambda_H*W'*?[S]")
        )
        p.rewrite(
            p.every(p.eq("ones'*r[S] = 0", (residual, "ones'*?[S]"), (p.take(p.at(self.sets, "S"), 2), "m[S]*?")), "S")
        )
        self.eigen = p.eq(
            "lambda*W = sum[S](r[S]*r[S]')*W", (classifier, "lambda_H*?"), (self.own, "lambda_H*sum[S](r[S]*?[S]')")
        )
        p.positive(p.le("0 < lambda", (p.given[0], p.given[1])))
        p.rewrite(p.eq("ones'*W = 0", (self.eigen, "1/lambda*ones'*?")))
        goal = "b*sum[S](r[S])' = 0"
        self.biasless = p.by_cases(
            p.says(OPTIMUM[4]),
            lambda none: p.eq(goal, (none, "?*sum[S](r[S])'")),
            lambda free: p.eq(goal, (free, "b*?'")),
        )
        self.size = p.le("all S: 0 < m[S]", p.says(OPTIMUM[2]), 1)
        p.positive(self.size)

    def close(self, p: Proof, first: Theorem, second: Theorem, a: Point, c: Point) -> Theorem:
        """Softmax is strongly monotone, between the first and the second turned back."""
        u, z = f"({X}'*{c.prob})", f"({X}'*{c.z})"
        positive, log, whole = p.parts(second)
        with p.assuming(f"{X}*e[k] = e[i]") as same:
            some = p.le(f"0 < e[k]'*{u}", p.at(positive, "i"), using=[(same, f"?'*{c.prob}")])
            uses = p.at(log, "i"), (same, f"?'*{c.z}"), (same, f"log(?'*{c.prob})")
            both = p.implies(same, p.join(some, p.eq(f"e[k]'*{z} = log(e[k]'*{u}) + {c.level}", *uses)))
        both = p.unpack(p.at(self.permutes, "p", "k"), both, "i")
        turned = p.join(*(p.every(p.take(both, i), "k") for i in range(2)), p.eq(f"ones'*{u} = 1", whole))
        known = p.at(self.softmax.monotone, a.prob, u, a.z, z, a.level, c.level)
        return p.apply(known, p.join(first, turned))

    def turns_residuals(self, p: Proof) -> Theorem:
        """Residuals of what is turned into each other are turned, as the point and the turned one are optimal."""
        apart, logits, rest = _off("prob"), _off("z"), _off("r")
        close = self.close(p, p.at(self.sets, "S"), p.at(self.sets, "T"), FIRST, SECOND)
        relabels, move = p.at(self.relabels, "p", "S", "T"), p.at(self.sign, "p", "S", "T")
        residual, turned = p.says(OPTIMUM[0]), f"({X}'*prob[T])"
        uses = (
            *((residual, f"{MOVE}*?[S]"), (residual, f"{MOVE}*{X}'*?[T]")),
            *((relabels, f"{X}'*?"), (relabels, f"(ones'*?)*{turned}")),
        )
        scaled = p.eq(f"{MOVE}*({rest} + m[S]*{apart}) = 0", *uses)
        energy = f"{MOVE}*(1/2*m[S]*({apart}'*{apart}))"
        each = p.le(f"0 <= {energy}", ((1, 2), move, p.at(self.size, "S"), p.square(apart)))
        bound = p.le(
            f"{energy} <= -({MOVE}*({rest}'*{logits}))",
            (move, p.at(self.size, "S"), close),
            using=[(scaled, f"?'*{logits}")],
        )
        total = p.over(p.every(p.over(p.every(bound, "T")), "S"))
        small = p.le(f"sum[S](sum[T]({energy})) <= 0", total, self.no_worse(p))
        each = p.every(each, "T")
        sums = p.every(p.le(f"0 <= sum[T]({energy})", p.over(each)), "S")
        zero = p.antisymmetry(small, p.le(f"0 <= sum[S](sum[T]({energy}))", p.over(sums)))
        zero = p.at(p.vanish(each, p.at(p.vanish(sums, zero), "S")), "T")
        text = f"{MOVE}*{apart}"
        none = p.null(text, p.le(f"({text})'*({text}) <= 0", using=[(zero, f"2*{MOVE}/m[S]*?")]))
        self.predictions = p.every(none, "p", "S", "T")
        return p.every(p.eq(f"{MOVE}*{rest} = 0", scaled, (none, "m[S]*?")), "p", "S", "T")

    def no_worse(self, p: Proof) -> Theorem:
        """Residuals and logits grow together, by the certificate and two squares."""
        rest, logits = _off("r"), _off("z")
        move, inverse = p.at(self.sign, "p", "S", "T"), p.reciprocal(p.given[1])
        squares = []
        for text in (f"(W'*({X}*r[S] - r[T]))", f"(W'*({X}'*r[T] - r[S]))"):
            one = p.le(f"0 <= {MOVE}*({text}'*{text})", (move, p.square(text)))
            squares.append(p.over(p.every(p.over(p.every(one, "T")), "S")))
        psd = p.says(OPTIMUM[5])
        squares += [p.square(f"{X}*W", psd), p.square(f"{X}'*W", psd)]
        rows, columns = (p.at(x, "p") for x in (self.rows, self.columns))
        half, pair = "1/(2*lambda_H)", f"sum[S](sum[T]({MOVE}*({rest}'*"
        first = f"{half}*(r[S]'*W*W'*r[S] - r[S]'*{X}'*W*W'*{X}*r[S]) + r[S]'*b - r[S]'*{X}'*b"
        second = f"{half}*(r[T]'*W*W'*r[T] - r[T]'*{X}*W*W'*{X}'*r[T]) + r[T]'*b - r[T]'*{X}*b"
        uses: list[Used] = [
            *((self.own, f"{pair}W*?[S])))"), (self.own, f"{pair}{X}'*W*?[T])))")),
            *((rows, f"sum[S](?[S]*({first}))"), (columns, f"sum[T](?[T]*({second}))")),
        ]
        none = p.eq(
            f"2*sum[S](r[S]'*b) - sum[S](r[S]'*{X}'*b) - sum[S](r[S]'*{X}*b) = 0",
            (self.biasless, "2*tr(?)", f"tr({X}'*?)", f"tr({X}*?)"),
        )
        uses += [none, (self.eigen, "1/lambda_H*tr(W'*?)")]
        pieces = [((1, 2), inverse, square) for square in squares]
        return p.le(f"0 <= sum[S](sum[T]({MOVE}*({rest}'*{logits})))", *pieces, using=uses)

    def turns_logits(self, p: Proof) -> Theorem:
        """So are logits, but for a constant."""
        logits, goal = _off("z"), f"{MOVE}*(P*{_off('z')}) = 0"
        none = p.at(self.predictions, "p", "S", "T")
        with p.assuming(f"{MOVE} = 0") as idle:
            cases = [p.implies(idle, p.eq(goal, (idle, f"?*(P*{logits})")))]
        split = p.ledger.middle(idle.conclusion)
        with p.assuming(split.conclusion[2]) as moved:
            p.nonzeros.append(p.ledger.nonzero(moved))
            same = p.eq(f"prob[S] = {X}'*prob[T]", (none, f"1/{MOVE}*?"))
            with p.assuming(f"{X}*e[k] = e[i]") as label:
                logs = (p.take(p.at(self.sets, x), 1) for x in "ST")
                one, two = p.at(next(logs), "k"), p.at(next(logs), "i")
                uses = one, two, (label, f"?'*{SECOND.z}"), (label, "log(?'*prob[T])"), (same, "log(e[k]'*?)")
                found = p.implies(label, p.eq(f"e[k]'*{logits} = {FIRST.level} - {SECOND.level}", *uses))
            each = p.every(p.unpack(p.at(self.permutes, "p", "k"), found, "i"), "k")
            cases.append(p.implies(moved, p.eq(goal, (each, f"{MOVE}*sum[k](?[k]*(P*e[k]))"))))
        return p.every(p.cases(split, *cases), "p", "S", "T")

    def turns_classifier(self, p: Proof) -> tuple[Theorem, Theorem]:
        """The Gram matrix commutes with the permutations, and the bias is moved by a constant."""
        residuals, logits = (p.at(x, "p") for x in (self.residuals, self.logits))
        rows, columns = (p.at(x, "p") for x in (self.rows, self.columns))
        own = p.eq(
            "lambda_W*(W*W') = sum[S](r[S]*(P*(W*h[S] + b))')", *((p.says(OPTIMUM[1]), "?*W'"), (self.biasless, "?'*P"))
        )
        turned = p.eq(
            f"{X}'*W*W'*{X} = W*W'",
            (own, f"1/lambda_W*{X}'*?*{X}", "1/lambda_W*?"),
            (columns, f"1/lambda_W*sum[T](?[T]*({X}'*r[T]*(P*{SECOND.z})'*{X}))"),
            (residuals, f"1/lambda_W*sum[S](sum[T](?[S, T]*(P*{SECOND.z})'*{X}))"),
            (logits, "1/lambda_W*sum[S](sum[T](r[S]*?[S, T]'))"),
            (rows, f"1/lambda_W*sum[S](?[S]*(r[S]*(P*{FIRST.z})'))"),
        )
        gram = p.eq(f"{X}'*W*W' = W*W'*{X}'", (turned, f"?*{X}'"))
        bias = p.eq(
            f"P*(b - {X}'*b) = 0",
            (p.at(logits, "S"), "sum[T](?[T])"),
            (self.own, f"sum[T]({MOVE}*(P*W*?[S]))", f"sum[T]({MOVE}*(P*{X}'*W*?[T]))"),
            (gram, f"1/lambda_H*sum[T]({MOVE}*(P*?*r[T]))"),
            (p.at(residuals, "S"), "1/lambda_H*sum[T](P*W*W'*?[T])"),
            (rows, f"?[S]*(P*(b - {X}'*b))"),
        )
        return p.every(gram, "p"), p.every(bias, "p")

    def turns(self, p: Proof, a: Point, c: Point) -> Theorem:
        """What has the turned indicator has the turned residual, real or virtual: softmax has one fixed point."""
        label = a is ONE
        known, own = (self.labels, self.own1) if label else (self.sets, self.own)
        i, j = ("k", "j") if label else ("S", "T")
        apart, logits, rest = (_off(x, a, c) for x in ("prob", "z", "r"))
        gram, bias = p.at(self.gram, "p"), p.at(self.bias, "p")
        with p.assuming(f"{X}*{a.y} = {c.y}") as same:
            close = self.close(p, p.at(known, i), p.at(known, j), a, c)
            residual = [] if label else [(p.says(OPTIMUM[0]), "?[S]"), (p.says(OPTIMUM[0]), f"{X}'*?[T]")]
            size = [] if label else [(same, f"(ones'*?)*({X}'*{c.prob})")]
            scaled = p.eq(f"{rest} = -{a.m}*{apart}", *residual, (same, f"{X}'*?"), *size)
            uses = (own, f"W*?[{i}]"), (own, f"{X}'*W*?[{j}]"), (gram, f"1/lambda_H*?*{c.r}")
            moved = p.eq(f"{logits} = 1/lambda_H*(W*W'*{rest}) + (b - {X}'*b)", *uses)
            inverse = [] if label else [p.reciprocal(p.at(self.size, "S"))]
            pieces = (2, close), (2, *inverse, p.reciprocal(p.given[1]), p.square(f"W'*{rest}"))
            last = [(scaled, f"2/{a.m}*?'*{logits}"), (moved, f"2/{a.m}*{rest}'*?"), (bias, f"2/{a.m}*{rest}'*?")]
            none = p.null(apart, p.le(f"{apart}'*{apart} <= 0", *pieces, using=last))
            found = p.eq(f"{X}*{a.r} = {c.r}", (scaled, f"{X}*?"), (none, f"{a.m}*{X}*?"))
            return p.every(p.implies(same, found), "p", i, j)


MADE = "sum[k](e[k]'*y[S]*h1[k])"
COLUMN = f"({SINGLES}*y[S])"
SHARE = "(m[S] - sum[k]((e[k]'*y[S])*(y[S]'*prob1[k])))"
"""The sum of the features of a set's labels, of their residuals, and of the entries of that on the set."""


def by_symmetry(p: Proof) -> Theorem:
    """What is turned into itself is a scaled average, with one scale for what is turned into each other."""
    with p.assuming(f"{SOFTMAX} and {SOFTMAX_1} and {SYMMETRIES}") as at:
        symmetry = Symmetry(p, at)
        turned, commutes = symmetry.turns(p, FIRST, SECOND), turns_labels(p, symmetry)
        flat = p.eq("all k: ones'*prob1[k] = 1", p.every(p.take(p.at(symmetry.labels, "k"), 2), "k"))
        some = binary(p)
        values, less = two_values(p, some), less_than_one(p)
        positive = signs(p, symmetry, less)
        with p.assuming(TRANSITIVE) as transitive:
            fixed = []
            for column in ("r[S]", COLUMN):
                with p.assuming("(e[j] - e[k])'*y[S] = 0") as side:
                    with p.supposing(f"{X}*y[S] = y[S] and {X}*e[j] = e[k]") as (one, fixes, label):
                        if column == "r[S]":
                            whole = p.apply(p.at(turned, "p", "S", "S"), fixes)
                        else:
                            uses = (p.at(commutes, "p"), "?*y[S]"), (fixes, f"{SINGLES}*?")
                            whole = p.eq(f"{X}*{COLUMN} = {COLUMN}", *uses)
                        same = p.eq(f"(e[j] - e[k])'*{column} = 0", (label, f"?'*{column}"), (whole, f"({X}*e[j])'*?"))
                        same = p.implies(one, same)
                    same = p.unpack(p.apply(p.at(transitive, "j", "k"), side), same, "p")
                    same = p.every(p.implies(side, same), "j", "k")
                none = p.eq(f"ones'*{column} = 0", *[(flat, "sum[k]((e[k]'*y[S])*?[k])")] * (column != "r[S]"))
                fixed.append(p.apply(p.at(values, "S", column), p.join(none, same)))
            found = p.implies(transitive, scaled(p, symmetry, fixed, positive, (turned, commutes)))
        return p.implies(at, p.every(found, "S"))


def turns_labels(p: Proof, symmetry: Symmetry) -> Theorem:
    """The matrix of the residuals of single labels commutes with the permutations."""
    turned, apart = symmetry.turns(p, ONE, OTHER), one_label(p)
    with p.assuming(f"{X}*e[k] = e[j]") as same:
        text = f"(e[i]'*{X}*e[k])*({X}*(e[k] - prob1[k]) - (e[i] - prob1[i])) = 0"

        def other(case: Theorem) -> Theorem:
            return p.eq(
                text,
                (same, f"e[i]'*?*({X}*(e[k] - prob1[k]) - (e[i] - prob1[i]))"),
                (case, f"?*({X}*(e[k] - prob1[k]) - (e[i] - prob1[i]))"),
            )

        def own(case: Theorem) -> Theorem:
            met = p.apply(p.at(turned, "p", "k", "i"), p.eq(f"{X}*e[k] = e[i]", same, case))
            return p.eq(text, (met, f"(e[i]'*{X}*e[k])*?"))

        each = p.every(p.by_cases(p.at(apart, "i", "j"), other, own), "i")
        found = p.eq(f"{X}*(e[k] - prob1[k]) = {SINGLES}*{X}*e[k]", (each, "sum[i](?[i])"))
        found = p.implies(same, found)
    found = p.every(p.unpack(p.at(symmetry.permutes, "p", "k"), found, "j"), "k")
    return p.every(p.eq(f"{X}*{SINGLES} = {SINGLES}*{X}", (found, "sum[k](?[k]*e[k]')")), "p")


def one_label(p: Proof) -> Theorem:
    """Two basis vectors are orthogonal, or one."""
    zero, either = p.formula("e[i]'*e[j] = 0"), p.formula("e[i]'*e[j] = 0 or e[i] = e[j]")
    none = p.ledger.assume(zero)
    first = p.implies(none, p.ledger.choose(none, either))
    with p.assuming("e[i]'*e[j] = 0 => false") as some:
        p.nonzeros.append(p.ledger.nonzero(some))
        one = p.eq("e[i] = e[j]", (p.at(p.says(LABELS_APART[0]), "i", "j"), "1/(e[i]'*e[j])*?"))
        second = p.implies(some, p.ledger.choose(one, either))
    return p.every(p.cases(p.ledger.middle(zero), first, second), "i", "j")


def two_values(p: Proof, some: Theorem) -> Theorem:
    """A contrast that is constant on a set and off it is a multiple of its centered indicator."""
    text = "ones'*x = 0 and (all j, k: (e[j] - e[k])'*y[S] = 0 => (e[j] - e[k])'*x = 0)"
    with p.supposing(text) as (at, contrast, alike):
        goal = "m[S]*(K - m[S])*(e[j]'*x) = (y[S]'*x)*(K*(e[j]'*y[S]) - m[S])"
        found = []
        for inside in (False, True):
            own = "(e[k]'*y[S])" if inside else "(1 - e[k]'*y[S])"
            goal_of_label = f"{own}*((e[j] - e[k])'*x) = 0"
            with p.assuming("1 - e[j]'*y[S] = 0" if inside else "e[j]'*y[S] = 0") as where:

                def here(case: Theorem, where: Theorem = where, goal: str = goal_of_label, own: str = own) -> Theorem:
                    met = p.apply(p.at(alike, "j", "k"), p.eq("(e[j] - e[k])'*y[S] = 0", where, case))
                    return p.eq(goal, (met, f"{own}*?"))

                def off(case: Theorem, goal: str = goal_of_label) -> Theorem:
                    return p.eq(goal, (case, "?*((e[j] - e[k])'*x)"))

                each = p.every(p.by_cases(p.at(some, "S", "k"), *((off, here) if inside else (here, off))), "k")
                scale, flat = ("(K - m[S])", []) if inside else ("m[S]", [(contrast, "m[S]*?")])
                uses = (each, f"{scale}*sum[k](?[k])"), *flat, (where, "K*(y[S]'*x)*?")
                found.append(p.implies(where, p.eq(goal, *uses)))
        each = p.every(p.cases(p.at(some, "S", "j"), *found), "j")
        made = p.eq("m[S]*(K - m[S])*x = K*(y[S]'*x)*(P*y[S])", (each, "sum[j](?[j]*e[j])"))
        return p.every(p.implies(at, made), "S", "x")


def less_than_one(p: Proof) -> Theorem:
    """A positive distribution has less than everything on a set that is not all."""
    with p.supposing("(all k: 0 < e[k]'*x) and ones'*x = 1") as (at, positive, whole):
        outside = "((1 - e[k]'*y[S])*(e[k]'*x))"
        each = p.le(f"0 <= {outside}", (p.at(nonnegative(p), "S", "k"), p.at(positive, "k")))
        each = p.every(each, "k")

        def none(low: Theorem) -> Theorem:
            nothing = p.le(f"sum[k]({outside}) <= 0", low, using=[whole])
            zero = p.vanish(each, p.antisymmetry(nothing, p.le(f"0 <= sum[k]({outside})", p.over(each))))
            p.positive(p.at(positive, "k"))
            all_ = p.every(p.eq("1 - e[k]'*y[S] = 0", (p.at(zero, "k"), "1/(e[k]'*x)*?")), "k")
            return p.absurd(
                "y[S]'*x < 1", p.le("0 < 0", 1, p.at(p.says(OPTIMUM[3]), "S"), using=[(all_, "sum[k](?[k])")])
            )

        found = p.by_cases(p.order_cases("1", "y[S]'*x"), none, lambda less: less)
        return p.every(p.implies(at, found), "S", "x")


def nonnegative(p: Proof) -> Theorem:
    """A label is off a set once or never."""
    return p.le("all S, k: 0 <= 1 - e[k]'*y[S]", p.square("all S, k: 1 - e[k]'*y[S]"))


def signs(p: Proof, symmetry: Symmetry, less: Theorem) -> tuple[Theorem, Theorem]:
    """On a set its residual adds up to more than 0, and so do those of its labels."""
    own = p.at(symmetry.sets, "S")
    below = p.apply(p.at(less, "S", "prob[S]"), p.join(p.take(own, 0), p.take(own, 2)))
    first = p.le("0 < y[S]'*r[S]", (p.at(symmetry.size, "S"), below), using=[(p.says(OPTIMUM[0]), "y[S]'*?[S]")])
    label = p.at(symmetry.labels, "k")
    below = p.apply(p.at(less, "S", "prob1[k]"), p.join(p.take(label, 0), p.take(label, 2)))
    sign = p.le("all S, k: 0 <= e[k]'*y[S]", p.square("all S, k: e[k]'*y[S]"))
    term = "((e[k]'*y[S])*(1 - y[S]'*prob1[k]))"
    each = p.every(p.le(f"0 <= {term}", (p.at(sign, "S", "k"), below)), "k")
    goal = f"0 < {SHARE}"

    def none(low: Theorem) -> Theorem:
        nothing = p.le(f"sum[k]({term}) <= 0", low)
        zero = p.vanish(each, p.antisymmetry(nothing, p.le(f"0 <= sum[k]({term})", p.over(each))))
        p.positive(p.le("0 < 1 - y[S]'*prob1[k]", below))
        all_ = p.every(p.eq("e[k]'*y[S] = 0", (p.at(zero, "k"), "1/(1 - y[S]'*prob1[k])*?")), "k")
        return p.absurd(goal, p.le("0 < 0", p.at(symmetry.size, "S"), using=[(all_, "sum[k](?[k])")]))

    second = p.by_cases(p.order_cases(SHARE, "0"), none, lambda less: less)
    return first, second


def scaled(
    p: Proof,
    symmetry: Symmetry,
    fixed: list[Theorem],
    positive: tuple[Theorem, Theorem],
    turns: tuple[Theorem, Theorem],
) -> Theorem:
    """The scale of a set, and of what it is turned into."""
    scale, (first, second), (turned, commutes) = f"(y[S]'*r[S]/{SHARE})", positive, turns
    sign = p.le(f"0 < {scale}", (first, p.reciprocal(second)))
    p.positive(p.le("0 < K - m[S]", p.at(p.says(OPTIMUM[3]), "S"), 1))
    share = "1/(m[S]*(K - m[S]))"
    residual = p.eq(f"r[S] = {scale}*{COLUMN}", (fixed[0], f"{share}*?"), (fixed[1], f"{scale}*{share}*?"))
    made = p.eq(f"{MADE} = 1/lambda_H*(W'*{COLUMN})", (symmetry.own1, "sum[k]((e[k]'*y[S])*?[k])"))
    own = p.eq(f"h[S] = {scale}*{MADE}", (symmetry.own, "?[S]"), (residual, "1/lambda_H*W'*?"), (made, f"{scale}*?"))
    with p.assuming(f"{X}*y[S] = y[T]") as same:
        other = MADE.replace("S", "T")
        made = p.eq(f"{other} = 1/lambda_H*(W'*{SINGLES}*y[T])", (symmetry.own1, "sum[k]((e[k]'*y[T])*?[k])"))
        image = p.eq(
            f"h[T] = {scale}*{other}",
            (symmetry.own, "?[T]"),
            (p.apply(p.at(turned, "p", "S", "T"), same), "1/lambda_H*W'*?"),
            (residual, f"1/lambda_H*W'*{X}*?"),
            (p.at(commutes, "p"), f"{scale}/lambda_H*W'*?*y[S]"),
            (same, f"{scale}/lambda_H*W'*{SINGLES}*?"),
            (made, f"{scale}*?"),
        )
        image = p.every(p.implies(same, image), "p", "T")
    text = f"0 < t and h[S] = t*{MADE} and (all p, T: {X}*y[S] = y[T] => h[T] = t*{MADE.replace('S', 'T')})"
    return p.witness(p.join(sign, own, image), p.formula(f"some t: {text}"), scale)
