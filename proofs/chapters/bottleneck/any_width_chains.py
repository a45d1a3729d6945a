"""C3, closed: the squared loss at any width, by duality on the columns of the classifier."""

from collections.abc import Callable
from dataclasses import dataclass

from proofs.chapters.weighted_synthesis.squared_loss_chains import REST, below_the_penalty
from proofs.claims.bottleneck import COST, NARROWED
from proofs.kernel.proof import Proof, closes
from proofs.kernel.terms import Tree
from proofs.kernel.theorems import Theorem

LEAST = "1/2*tr(C) - 1/2*tr({0}*Plus*Plus)"
"""The least cost, where the columns of the classifier are in the range of a projector that commutes with Plus."""

BOTH = "(mu*I[K] + Plus)"


@closes("C3")
def squared_loss_at_any_width(p: Proof) -> None:
    """C3: of a projector on d directions the trace with the squared excess is at most that of the d largest."""
    inverse = p.reciprocal(p.says("0 < mu"))
    p.rewrite(
        p.says("E'*E = I[l]"),
        p.eq("Plus = mu/lambda_H*(W3*W3')", (p.says("W3*W3' = lambda_H/mu*Plus"), "mu/lambda_H*?")),
    )
    minus = p.symmetric(p.says("psd Minus"))
    p.rewrite(p.eq("W3*W3'*Minus = 0", (p.says("Plus*Minus = 0"), "lambda_H/mu*?")))
    low = below_the_penalty(p, minus, p.says("0 < mu"), inverse)
    wide = attained(p, Point("W3", "h3", "b0"), "I[K]", p.eq("I[K]*Plus = Plus*I[K]"))
    either = p.axiom("rank and nullity", {"n": "K", "k": "K"}, A=BOTH)
    none, some = (p.ledger.assume(part) for part in either.conclusion[1:])
    found = p.unpack(some, bounds(p, low, wide), "X")
    impossible = p.unpack(none, independent(p, found.conclusion, inverse), "x")
    found = p.cases(either, p.implies(none, impossible), p.implies(some, found))
    narrow = narrowed(p, wide)
    p.done(p.join(p.take(found, 0), p.take(found, 1), narrow, p.known("W2")))


@dataclass(frozen=True)
class Point:
    """The letters of a point."""

    w: str
    h: str
    b: str

    @property
    def cost(self) -> str:
        """The objective."""
        return COST.format(self.w, self.h, self.b)

    @property
    def residual(self) -> str:
        """Of the label set S."""
        return f"(y[S] - {self.w}*{self.h}[S] - {self.b})"


def independent(p: Proof, anything: Tree, inverse: Theorem) -> Theorem:
    """A unit vector is not taken to 0 by mu + Plus."""
    with p.supposing(f"x'*x = 1 and {BOTH}*x = 0") as (at, unit, zero):
        pieces = inverse, p.square("x", p.says("psd Plus"))
        less = p.le("1 <= 0", pieces, using=[(zero, "1/mu*x'*?"), unit])
        false = p.ledger.fact("impossible", ("false",), p.le("1 < 1", less, 1))
        return p.implies(at, p.ledger.absurd(false, anything))


def attained(p: Proof, at: Point, top: str, turns: Theorem, *more: Theorem) -> Theorem:
    """What a point costs whose features are fitted to a classifier with the Gram matrix of these directions."""
    gram, fit, bias = more or (p.says("W3*W3' = lambda_H/mu*Plus"), p.given[-1], p.eq("b0 = b0"))
    moment, shifted, root = p.says("Root*Root = C"), p.says("Root - mu*I[K] = Plus - Minus"), p.says("mu^2 = lambda")
    r, kept = at.residual, f"{top}*Plus"
    columns = p.eq(
        f"all S: (mu*I[K] + {kept})*{r} = mu*a[S]",
        (fit, f"mu/lambda_H*{at.w}*?[S]"),
        (gram, f"mu/lambda_H*?*{r}"),
        (bias, "mu*?"),
    )
    once = p.eq(f"{kept}*Root = {kept}*{BOTH}", (shifted, f"{kept}*?"))
    twice = p.eq(
        f"{kept}*C = {kept}*{BOTH}*{BOTH}", (moment, f"{kept}*?"), (once, "?*Root"), (shifted, f"{kept}*{BOTH}*?")
    )
    apart = f"(sum[S]({r}*a[S]') - C + {kept}*{BOTH})"
    flat = p.eq(
        f"(mu*I[K] + {kept})*{apart} = 0", (columns, "sum[S](?[S]*a[S]')"), twice, (turns, f"{top}*?*Plus*{BOTH}")
    )
    small = p.le(
        f"tr({apart}'*{apart}) <= 0",
        (p.reciprocal(p.given[1]), p.square(f"{at.w}'*{apart}")),
        using=[(flat, f"1/mu*tr({apart}'*?)"), (gram, f"1/lambda_H*tr({apart}'*?*{apart})")],
    )
    return p.eq(
        f"{at.cost} = {LEAST.format(top)}",
        (p.null(apart, small), "1/2*tr(?)"),
        (fit, f"1/2*sum[S]({at.h}[S]'*?[S])"),
        (gram, "lambda_W/2*tr(?)"),
        (root, f"1/(2*mu)*tr({kept})*?"),
        (bias, f"1/2*sum[S](?'*{r})"),
    )


def narrowed(p: Proof, wide: Theorem) -> Theorem:
    """The best point of width d."""
    with p.assuming(" and ".join(f"({x})" for x in NARROWED)) as at:
        here = attained(
            p, Point("W", "h", "b"), "E*E'", p.says("E*E'*Plus = Plus*E*E'"), *(p.take(at, i) for i in range(3))
        )
        here_, excess = Point("W", "h", "b").cost, "1/2*tr((I[K] - E*E')*Plus*Plus)"
        return p.implies(at, p.eq(f"{here_} = {Point('W3', 'h3', 'b0').cost} + {excess}", here, wide))


OWN, EXCESS = "(mu*X*a[S])", "((I[K] - mu*X)*a[S])"
"""The residuals of the best point of any width, where X is the inverse of mu + Plus, and its logits less the bias."""


def bounds(p: Proof, low: Theorem, wide: Theorem) -> Theorem:
    """No point costs less than that of any width, and with d features none less than what d directions leave."""
    with p.supposing(f"X*{BOTH} = I[K] and ({BOTH}*X)' = {BOTH}*X") as (inverse, left, *_):
        moment, shifted = p.says("Root*Root = C"), p.says("Root - mu*I[K] = Plus - Minus")
        under = p.eq("X*Root = I[K] - 1/mu*Minus", (shifted, "X*?"), left, (left, "1/mu*?*Minus"))
        over = p.eq("(I[K] - mu*X)*Root = Plus", (under, "mu*?"), shifted)
        root = p.symmetric(p.says("psd Root"))
        lack = p.eq(
            f"lambda*I[K] - sum[S]({OWN}*{OWN}') = {REST}",
            *((moment, "mu^2*X*?*X'"), (under, "mu^2*?*Root*X'", "mu^2*(I[K] - 1/mu*Minus)*?'")),
            *((root, "mu^2*(I[K] - 1/mu*Minus)*?*X'"), (p.says("mu^2 = lambda"), "?*I[K]")),
            (p.symmetric(p.says("psd Minus")), "mu*(I[K] - 1/mu*Minus)*?"),
        )
        excess = p.eq(
            f"sum[S]({EXCESS}*{EXCESS}') = Plus*Plus",
            *((moment, "(I[K] - mu*X)*?*(I[K] - mu*X)'"), (over, "?*Root*(I[K] - mu*X)'", "Plus*?'")),
            (root, "Plus*?*(I[K] - mu*X)'"),
        )
        least = p.at(bound(p, Point("W2", "h2", "b2"), low, lack, excess), "I[K]")
        ident = p.eq("I[K]'*W2 = W2")
        first = p.le(
            f"{Point('W3', 'h3', 'b0').cost} <= {Point('W2', 'h2', 'b2').cost}", p.apply(least, ident), using=[wide]
        )
        projector = p.axiom("pseudo-inverse", {"n": "K", "k": "d"}, A="W")
        second = p.unpack(projector, of_width_d(p, bound(p, Point("W", "h", "b"), low, lack, excess), wide), "Y")
        return p.implies(inverse, p.join(first, second))


def bound(p: Proof, at: Point, low: Theorem, lack: Theorem, excess: Theorem) -> Theorem:
    """Duality at residuals that are the best ones in the range of a projector and the columns themselves off it."""
    with p.assuming(f"Pi'*{at.w} = {at.w}") as made:
        p.rewrite(made)
        away = f"(a[S] - Pi*{EXCESS})"

        def without(case: Theorem) -> Theorem:
            part = p.take(case, 1 + (at.b == "b2"))
            return p.eq(
                f"sum[S]({away}'*({at.b} - b0)) = 0",
                (part, f"sum[S]({away}'*?)"),
                (p.take(case, 0), f"sum[S]({away}'*?)"),
            )

        def free(case: Theorem) -> Theorem:
            return p.eq(f"sum[S]({away}'*({at.b} - b0)) = 0", (case, f"({at.b} - b0)'*(I[K] - Pi*(I[K] - mu*X))*?"))

        flat = p.by_cases(p.given[6], without, free)
        step, rest = f"all S: {at.residual} - {away}", f"all S: {at.h}[S] - 1/lambda_H*({at.w}'*{OWN})"
        pieces = (1, 2), p.reciprocal(p.given[1]), p.square(at.w, low)
        least = LEAST.format("Pi'*Pi")
        found = p.le(
            f"{least} <= {at.cost}",
            *(((1, 2), p.over(p.square(step))), ((1, 2), p.given[1], p.over(p.square(rest))), pieces),
            using=[flat, (lack, f"1/(2*lambda_H)*tr({at.w}'*?*{at.w})"), (excess, "1/2*tr(Pi'*Pi*?)")],
        )
        return p.every(p.implies(made, found), "Pi")


def of_width_d(p: Proof, bound_: Theorem, wide: Theorem) -> Theorem:
    """The projector on the columns has a trace of d at most."""
    excess = "1/2*tr((I[K] - E*E')*Plus*Plus)"
    with p.supposing("W*Y*W = W and Y*W*Y = Y and (W*Y)' = W*Y and (Y*W)' = Y*W") as (
        inverse,
        range_,
        again,
        own,
        rows,
    ):
        once = p.eq("(W*Y)'*(W*Y) = W*Y", (own, "?*W*Y"), (again, "W*?"))
        least = p.apply(p.at(bound_, "W*Y"), p.eq("(W*Y)'*W = W", (own, "?*W"), range_))
        few = p.le("tr(W*Y) <= d", p.square("I[d] - Y*W"), using=[(rows, "tr(?*(I[d] - Y*W))"), (range_, "tr(Y*?)")])
        with p.assuming("Pi'*Pi = Pi and tr(Pi) <= d") as made:
            parts = p.take(made, 0), p.take(made, 1)
            largest = p.by_cases(p.says("l = d or E*E' = I[K]"), of_most(p, *parts), of_all(p, parts[0]))
            largest = p.every(p.implies(made, largest), "Pi")
        largest = p.apply(p.at(largest, "W*Y"), p.join(once, few))
        cost = f"{Point('W3', 'h3', 'b0').cost} + {excess} <= {Point('W', 'h', 'b').cost}"
        return p.implies(inverse, p.le(cost, least, ((1, 2), largest), using=[wide, (once, "1/2*tr(?*Plus*Plus)")]))


MOST = "tr(Pi*Plus*Plus) <= tr(E*E'*Plus*Plus)"


def of_most(p: Proof, once: Theorem, few: Theorem) -> Callable[[Theorem], Theorem]:
    """Along the columns of E the squared excess is at least the level, off them at most."""
    turns = p.says("E*E'*Plus = Plus*E*E'")
    inner, outer = p.given[18], p.given[19]

    def of(count: Theorem) -> Theorem:
        last = p.eq("Plus*Plus*E*E' = E*E'*Plus*Plus", (turns, "Plus*?", "?*Plus"))
        pieces = p.square("E'*(I[K] - Pi)'", inner), p.square("Pi'", outer), (p.says("0 <= level"), few)
        uses = [(last, "tr(E*E'*?)"), (last, "tr(Pi*E*E'*?)"), (last, "tr(E*E'*Pi*?)"), (count, "level*?")]
        forms = "E*(E'*Plus*Plus*E - level*I[l])*E'", "(I[K] - E*E')*(level*I[K] - Plus*Plus)*(I[K] - E*E')"
        return p.le(MOST, *pieces, using=[*uses, *((once, f"tr(?*{form})") for form in forms)])

    return of


def of_all(p: Proof, once: Theorem) -> Callable[[Theorem], Theorem]:
    """Where all directions are kept there is nothing to compare."""

    def of(whole: Theorem) -> Theorem:
        return p.le(MOST, p.square("(I[K] - Pi)*Plus"), using=[(whole, "tr(?*Plus*Plus)"), (once, "tr(?*Plus*Plus)")])

    return of
