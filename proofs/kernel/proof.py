"""Proofs as one writes them: steps in text, each of which makes a theorem.

A :class:`Proof` begins with the formal statement of a claim: its hypotheses are assumed, and :meth:`Proof.done` is
called with the theorem that is its goal. An equation says what it follows from and where that is put: a theorem with a
context, a term with a hole ``?``::

    mean = p.eq("sum[S](h[S]) = 0", (features, "sum[S](1/lambda_H*?[S])"), (bias, "1/lambda_H*W'*?"))

Hypotheses written with ``:=`` (definitions, and the vocabulary of label sets) are rewrite rules of every step. What a
hypothesis says is positive, and a dimension, may be divided by; what else is shown to be nonzero, from then on.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Protocol, cast

from proofs import checker
from proofs.claims import CLAIMS
from proofs.claims.entry import Formal
from proofs.kernel.axioms import AXIOMS
from proofs.kernel.formal import LetterType, Shape, Signature, context, formula, prefix, stated, term
from proofs.kernel.outcome import DefectError
from proofs.kernel.search import Search, opened, spare
from proofs.kernel.table import tabled
from proofs.kernel.terms import ONE, ZERO, Tree, bind, difference, implied, minus, names, put, stripped, subtrees
from proofs.kernel.theorems import Factor, Ledger, Piece, Theorem, Use, as_json

__all__ = ["Closing", "Factors", "Proof", "Used", "closes"]

Used = Theorem | tuple[Theorem, *tuple[str, ...]]
"""An equation, with the contexts in which it is used; alone, it is used as it stands."""

Factors = Theorem | int | tuple[Any, ...]
"""A piece of an inequality: theorems whose differences are multiplied, a rational number before them, or that alone."""


class Proof:
    """One proof in the making.

    Args:
        claim: id.
        formal: hypotheses and goal.
        signature: the letters of the chapter; those of the claim are added.
        known: axioms and claims that may be cited, as the checker has them.
        followed: whether the checker follows every step when it is made, so that a step that does not follow is told by
            its text; where it reads the trace afterwards that is the same work twice.
        more: what the trace declares beyond the letters of the claim.
    """

    def __init__(
        self,
        claim: str,
        formal: Formal,
        signature: Signature,
        known: Mapping[str, Any],
        *,
        followed: bool = True,
        more: Signature | None = None,
    ) -> None:
        self.claim, self.followed = claim, followed
        self._common = signature
        self.signature, self.hypotheses, self.goal = stated(formal, signature)
        spares = {name: family for family in self.signature.families for name in spare(family)}
        self._emitted = self.signature.merged(Signature(indices=spares)).merged(more or Signature())
        self.ledger = Ledger(
            _Binders(self._emitted),  # type: ignore[arg-type]
            lambda x: _shape_of(x, self._emitted),
            lambda family: self.signature.families[family][0],
            self._complete,
            below=self._below,
        )
        self.given = tuple(map(self.ledger.assume, self.hypotheses))
        self.rules = [
            made for text, made in zip(formal.given, self.given, strict=True) if re.search(r"(?<![<=]):=", text)
        ]
        self.nonzeros: list[Theorem] = [made for made in self.given if made.body[0] == "nz"]
        self.proved: Theorem | None = None
        checker.Work.left = checker.MOST_WORK  # whatever was followed before
        self._checked = checker.Proof(checker.Signature(self._emitted.as_json()), known)
        self._opened = opened(self._emitted.as_json())
        self._searches: dict[Any, Search] = {}
        self._read: dict[Any, Tree] = {}
        for dim in sorted(self.signature.dims):
            self.dimension(dim)
        for made in self.given:
            if made.conclusion[:2] == ("<", ZERO) and made.conclusion[2][::2] == ("l", ()):
                self.positive(made)

    # ------------------------------------------------------------------ reading

    def says(self, text: str) -> Theorem:
        """A hypothesis of the claim, by its text."""
        return self.given[self.hypotheses.index(self.formula(text))]

    def formula(self, text: str) -> Tree:
        """A text as a formula, read once."""
        if text not in self._read:
            self._read[text] = formula(text, self.signature)
        return self._read[text]

    def term(self, text: str) -> Tree:
        """A text as a term."""
        return term(text, self.signature)[0]

    def _shape(self, theorem: Theorem) -> Shape:
        """The shape of the two sides of an equation."""
        return _shape_of(theorem.body[1], self.signature, stripped(theorem.conclusion)[0])

    def _uses(self, using: Sequence[Used], names: Sequence[str]) -> list[Use]:
        """With contexts; a bare theorem is used as it stands, at the names that the step quantifies."""
        made = []
        for used in using:
            theorem, *texts = used if isinstance(used, tuple) else (used, "")
            at = names[: len(stripped(theorem.conclusion)[0])]
            here = "?" + (f"[{', '.join(at)}]" if at else "")
            for text in texts:
                read = f"{text}{here}" if text in ("", "-") else text
                key = read, self._shape(theorem)
                if key not in self._read:
                    self._read[key] = context(read, self.signature, key[1])
                made.append(Use(theorem, self._read[key]))
        return made

    # ------------------------------------------------------------------ steps

    @contextmanager
    def assuming(self, said: str | Tree) -> Iterator[Theorem]:
        """A hypothesis of one's own; what is nonzero or rewritten under it is forgotten afterwards."""
        known, rules = list(self.nonzeros), list(self.rules)
        yield self.ledger.assume(self.formula(said) if isinstance(said, str) else said)
        self.nonzeros, self.rules = known, rules

    @contextmanager
    def supposing(self, said: str | Tree) -> Iterator[tuple[Theorem, ...]]:
        """The same of several at once: the hypothesis as a whole, and behind it its parts."""
        with self.assuming(said) as whole:
            yield whole, *self.parts(whole)

    def rewrite(self, *rules: Theorem) -> None:
        """Use equations as rewrite rules of every step from now on, their left sides being single monomials.

        They should shorten words. One that exchanges two letters may never end where they stand in a trace, which may
        be rotated: whether it does depends on the order of atoms, which each checker chooses.
        """
        self.rules.extend(rules)

    def eq(self, text: str, *using: Used) -> Theorem:
        """An equation, for all that the text quantifies."""
        names = prefix(text)
        return self.ledger.every(self.ring(self._open(text), *using, text=text), *names)

    def ring(self, equation: Tree, *using: Used, text: str = "a part of what is cited") -> Theorem:
        """An equation that need not be a text, such as part of what a cited theorem asks for."""
        _, left, right = equation
        uses = self._uses(using, prefix(text))
        with self._told(text):
            made = self.ledger.ring(left, right, uses, self.rules, self.nonzeros)
        self._follow(text)
        return made

    def le(self, text: str, *pieces: Factors, using: Sequence[Used] = ()) -> Theorem:
        """An inequality (``<=`` or ``<``), for all that the text quantifies, as a sum of pieces.

        A piece is a theorem, or a tuple of theorems that are multiplied. A rational number ``(n, d)`` may stand first.
        A theorem is taken at the names that the step quantifies, as many as it quantifies itself, or, if it is a pair
        of theorem and tuple, at the members and terms of that tuple, as text.
        """
        names, (relation, left, right) = prefix(text), self._open(text)
        read = [self._piece(piece, names) for piece in pieces]
        uses = self._uses(using, names)
        with self._told(text):
            made = self.ledger.order(relation, left, right, read, uses, self.rules, self.nonzeros)
        self._follow(text)
        return self.ledger.every(made, *names)

    def _complete(
        self,
        goal: Tree,
        uses: Sequence[Use],
        pieces: Sequence[Piece],
        rules: Sequence[Theorem],
        nonzeros: Sequence[Theorem],
    ) -> list[Use]:
        """The uses with the signs with which they add up, and what is missing; whoever writes a step does not say."""
        try:
            return self._search(rules, nonzeros).complete(goal, uses, pieces)
        except checker.Rejected as why:
            raise DefectError(str(why)) from None

    def _search(self, rules: Sequence[Theorem], nonzeros: Sequence[Theorem]) -> Search:
        """What follows from these, with what was found before from some of them."""
        key = (tuple(dict.fromkeys(rules)), tuple(dict.fromkeys(nonzeros)))
        if key not in self._searches:
            made = Search(self._opened, self.ledger, *key)
            known = [s for (r, n), s in self._searches.items() if set(r) <= set(key[0]) and set(n) <= set(key[1])]
            self._searches[key] = made.knowing(known[-1]) if known else made
        return self._searches[key]

    def _below(self, less: Tree) -> list[tuple[int, int]]:
        """By how much the larger side is below the other."""
        value = self._search((), ()).is_constant(difference(less[2], less[1]))
        return [] if value is None or value > 0 else [(-value.numerator, value.denominator)]

    @contextmanager
    def _told(self, text: str) -> Iterator[None]:
        """What goes wrong is told with the step where it does."""
        try:
            yield
        except DefectError as why:
            raise DefectError(f"{self.claim}: {' '.join(text.split())}: {why}") from None

    def _follow(self, text: str) -> None:
        """Have the checker follow what was written so far, if it is to.

        Raises:
            DefectError: it does not.
        """
        if not self.followed:
            return
        checker.Work.left = checker.MOST_WORK  # whatever was looked for before
        for line in self.ledger.lines[len(self._checked.theorems) :]:
            try:
                self._checked.line(as_json(line))
            except checker.Rejected as why:
                raise DefectError(f"{self.claim}: {' '.join(text.split())}: {why}") from None

    def _open(self, text: str) -> Tree:
        """The formula behind the names that a text quantifies."""
        body = text.split(":", 1)[1] if prefix(text) else text
        return self.formula(body)

    def _piece(self, piece: Factors, names: Sequence[str]) -> Piece:
        parts = piece if isinstance(piece, tuple) else (piece,)
        n, d = 1, 1
        if parts and isinstance(parts[0], tuple) and isinstance(parts[0][0], int):
            (n, d), parts = parts[0], parts[1:]
        elif parts and isinstance(parts[0], int):
            n, parts = parts[0], parts[1:]
        return n, d, tuple(self._factor(part, names) for part in parts)

    def _factor(self, part: Any, names: Sequence[str]) -> Factor:
        if isinstance(part, tuple):
            theorem, at = part
            return Factor(theorem, tuple(x if x in self.signature.indices else self.term(x) for x in at))
        count = len(stripped(part.conclusion)[0])
        return Factor(part, tuple(self._value(name) for name in names[:count]))

    def _value(self, name: str) -> Any:
        return name if name in self.signature.indices else ("l", name, (), ())

    def square(self, text: str, psd: Theorem | None = None) -> Theorem:
        """0 <= X' M X, for all that the text quantifies (``all S: h[S]``)."""
        names = prefix(text)
        x, _ = term(text.split(":", 1)[1] if names else text, self.signature)
        return self.ledger.every(self.ledger.square(x, psd), *names)

    def at(self, theorem: Theorem, *values: str) -> Theorem:
        """A universal statement at members and terms."""
        return self.ledger.at(theorem, *(v if v in self.signature.indices else self.term(v) for v in values))

    def every(self, theorem: Theorem, *names: str) -> Theorem:
        """For all values of the names."""
        return self.ledger.every(theorem, *names)

    def over(self, theorem: Theorem) -> Theorem:
        """An inequality between members, summed."""
        return self.ledger.summed(theorem)

    def positive(self, theorem: Theorem) -> Theorem:
        """What is positive, for all members, is nonzero: from now on it may be divided by."""
        names = self._fresh(theorem)
        made = self.ledger.at(theorem, *names)
        made = self.ledger.every(self.ledger.nonzero(made), *names)
        if made not in self.nonzeros:
            self.nonzeros.append(made)
        return made

    def _fresh(self, theorem: Theorem) -> tuple[str, ...]:
        """A free name for every quantified member, none of them twice."""
        taken: list[str] = []
        for _, family in stripped(theorem.conclusion)[0]:
            taken.append(next(i for i, of in self.signature.indices.items() if of == family and i not in taken))
        return tuple(taken)

    def dimension(self, dim: str) -> Theorem:
        """A dimension is positive, hence may be divided by."""
        size = self.ledger.size(dim)
        positive = self.ledger.order("<", ZERO, ("dim", dim), [(1, 1, ()), (1, 1, (Factor(size),))])
        self.positive(positive)
        return positive

    def reciprocal(self, positive: Theorem) -> Theorem:
        """From 0 < t to 0 < 1/t; t may be divided by from now on."""
        nonzero = self.positive(positive)
        inverse: Tree = ("inv", positive.conclusion[2])
        square = self.ledger.positive_square(inverse, self.nonzero_inverse(nonzero))
        return self.ledger.order(
            "<", ZERO, inverse, [(1, 1, (Factor(positive), Factor(square)))], nonzero=self.nonzeros
        )

    def nonzero_inverse(self, nonzero: Theorem) -> Theorem:
        """From t not 0 to 1/t not 0."""
        ledger, t = self.ledger, nonzero.conclusion[1]
        zero = ledger.assume(("=", ("inv", t), ZERO))
        known = [*self.nonzeros, nonzero] if any(part[0] == "inv" for part in subtrees(t)) else [nonzero]
        one_is_zero = ledger.ring(ONE, ZERO, [Use(zero, ("*", t, ("hole", ())))], nonzero=known)
        less = ledger.order("<", ZERO, ZERO, [(1, 1, ())], [Use(one_is_zero, minus(("hole", ())))])
        false = ledger.impossible(less)
        self.nonzeros.append(ledger.nonzero(ledger.discharge(false, zero.conclusion)))
        return self.nonzeros[-1]

    def null(self, text: str, small: Theorem) -> Theorem:
        """From X' X <= 0 to X = 0, for all that the text quantifies."""
        names = prefix(text)
        x, _ = term(text.split(":", 1)[1] if names else text, self.signature)
        small = self.ledger.at(small, *names)
        square = self.ledger.square(x)
        equal = self.ledger.antisymmetry(small, square)
        return self.ledger.every(self.ledger.definite(x, equal), *names)

    def apply(self, implication: Theorem, to: Theorem) -> Theorem:
        """From A -> B and A to B."""
        return self.ledger.apply(implication, to)

    def met(self, cited: Theorem, *more: Theorem) -> Theorem:
        """The goal of what is cited, whose conditions are among the hypotheses here and the theorems given."""
        known = {made.conclusion: made for made in (*self.given, *more)}
        _, premise, _ = cited.conclusion
        parts = premise[1:] if premise[0] == "and" else (premise,)
        return self.apply(cited, self.join(*(known[part] for part in parts)) if len(parts) > 1 else known[premise])

    def psd(self, symmetric: Theorem, nonnegative: Theorem) -> Theorem:
        """A symmetric matrix whose quadratic form is nonnegative for all x."""
        return self.ledger.psd(symmetric, nonnegative)

    def semidefinite(
        self, matrix: str, *pieces: Factors, using: Sequence[Used] = (), turned: Sequence[Used] = (), at: str = "x"
    ) -> Theorem:
        """A matrix whose quadratic form is a sum of pieces, and which is symmetric by what ``turned`` uses."""
        symmetric = self.eq(f"({matrix})' = {matrix}", *turned)
        return self.psd(symmetric, self.every(self.le(f"0 <= {at}'*({matrix})*{at}", *pieces, using=using), at))

    def symmetric(self, psd: Theorem) -> Theorem:
        """A positive semidefinite matrix is symmetric."""
        return self.ledger.symmetric(psd)

    def definite(self, text: str, vanishes: Theorem, psd: Theorem | None = None) -> Theorem:
        """From X' M X = 0 to M X = 0, and from X' X = 0 to X = 0, for all that the text quantifies."""
        names = prefix(text)
        x, _ = term(text.split(":", 1)[1] if names else text, self.signature)
        made = self.ledger.definite(x, self.ledger.at(vanishes, *names), psd)
        return self.ledger.every(made, *names)

    def vanish(self, nonnegative: Theorem, vanishes: Theorem) -> Theorem:
        """A sum of nonnegative terms that is zero has terms zero."""
        return self.ledger.vanish(nonnegative, vanishes)

    def antisymmetry(self, one: Theorem, two: Theorem) -> Theorem:
        """From l <= r and r <= l to l = r."""
        return self.ledger.antisymmetry(one, two)

    def both(self, forth: Theorem, back: Theorem) -> Theorem:
        """Two implications as an equivalence."""
        return self.ledger.both(forth, back)

    def cases(self, split: Theorem, *each: Theorem) -> Theorem:
        """What follows from each part of a disjunction."""
        return self.ledger.cases(split, *each)

    def by_cases(self, split: Theorem, *each: Callable[[Theorem], Theorem]) -> Theorem:
        """What is shown under each part of a disjunction; what may be divided by there is forgotten afterwards."""
        made = []
        for part, shown in zip(split.conclusion[1:], each, strict=True):
            known, rules = list(self.nonzeros), list(self.rules)
            assumed = self.ledger.assume(part)
            made.append(self.implies(assumed, shown(assumed)))
            self.nonzeros, self.rules = known, rules
        return self.cases(split, *made)

    def order_cases(self, left: str, right: str) -> Theorem:
        """left <= right, or right < left."""
        return self.ledger.order_cases(self.term(left), self.term(right))

    def absurd(self, text: str, less: Theorem) -> Theorem:
        """Anything, from what says that a number is less than itself."""
        return self.ledger.absurd(self.ledger.impossible(less), self.formula(text))

    def unpack(self, some: Theorem, then: Theorem, name: str) -> Theorem:
        """What follows from the existence of something with a name."""
        return self.ledger.unpack(some, then, name)

    def some(self, text: str, then: Theorem, name: str) -> Theorem:
        """From A -> B to (some A) -> B."""
        some = self.ledger.assume(self.formula(text))
        return self.implies(some, self.unpack(some, then, name))

    def witness(self, theorem: Theorem, some: Tree, value: str) -> Theorem:
        """An existence statement from one value."""
        return self.ledger.witness(theorem, some, value if value in self.signature.indices else self.term(value))

    def known(self, claim: str, dims: Mapping[str, str] = MappingProxyType({}), /, **letters: str) -> Theorem:
        """A claim that is proved, with terms in the place of its letters: its goal, if its hypotheses are given.

        Args:
            claim: id.
            dims: dimensions in the place of the claim's.
            letters: for a letter of the claim the term to put for it, as text, with ``sets_0`` for its first index.
                The others stand for themselves.
        """
        return self._cite(claim, CLAIMS[claim].formal, self._common, dims, letters)

    def axiom(self, name: str, dims: Mapping[str, str], **letters: str) -> Theorem:
        """An axiom, with dimensions and terms in the place of its own: its goal, if its conditions are given."""
        return self._cite(name, AXIOMS[name].formal, AXIOMS[name].signature, dims, letters)

    def _cite(
        self, name: str, formal: Formal, signature: Signature, dims: Mapping[str, Any], letters: Mapping[str, str]
    ) -> Theorem:
        own, given, goal = stated(formal, signature)
        used = set().union(*map(names, (*given, goal))) & own.letters.keys()
        values = {
            letter: self._value_of(letter, own.letters[letter], letters.get(letter), dims) for letter in sorted(used)
        }
        premise = tuple(put(h, values, dims) for h in given)
        conclusion = put(goal, values, dims)
        written = {
            "dims": {dim: dims.get(dim, dim) for dim in sorted(own.dims)},
            "families": {family: family for family in sorted(own.families)},
            "letters": {letter: _abstracted(*value) for letter, value in values.items()},
        }
        made = self.ledger.cite(name, written, implied(premise, conclusion))
        return made if len(premise) < 2 else self.ledger.together(made, len(premise))

    def _value_of(
        self, name: str, letter: LetterType, text: str | None, dims: Mapping[str, Any]
    ) -> tuple[tuple[str, ...], tuple[str, ...], Tree]:
        """What is put for a letter, with names for its indices and arguments; itself where no text says otherwise."""
        index = tuple(f"{family}_{i}" for i, family in enumerate(letter.index))
        args = tuple(f"arg_{i}" for i in range(len(letter.args)))
        if text is None:
            return index, args, ("l", name, index, tuple(("l", a, (), ()) for a in args))
        local = Signature(
            letters={
                a: LetterType((dims.get(rows, rows), dims.get(columns, columns)))
                for a, (rows, columns) in zip(args, letter.args, strict=True)
            },
            indices=dict(zip(index, letter.index, strict=True)),
        )
        return index, args, term(text, self.signature.merged(local))[0]

    def take(self, theorem: Theorem, part: int) -> Theorem:
        """A part of a conjunction."""
        return self.ledger.take(theorem, part)

    def parts(self, theorem: Theorem) -> tuple[Theorem, ...]:
        """All parts of a conjunction."""
        return tuple(self.take(theorem, i) for i in range(len(theorem.conclusion) - 1))

    def join(self, *theorems: Theorem) -> Theorem:
        """All of them at once."""
        return self.ledger.join(theorems)

    def implies(self, premise: Theorem, theorem: Theorem) -> Theorem:
        """The theorem with an assumption of one's own as its premise."""
        return self.ledger.discharge(theorem, premise.conclusion)

    def done(self, theorem: Theorem) -> None:
        """The last theorem.

        Raises:
            DefectError: it is not the goal, or rests on what the claim does not assume.
        """
        if theorem.conclusion != self.goal:
            raise DefectError(f"{self.claim}: {theorem.conclusion} is not the goal {self.goal}")
        more = theorem.hypotheses - set(self.hypotheses)
        if more:
            raise DefectError(f"{self.claim} rests on what it does not assume: {sorted(map(str, more))[0]}")
        self._follow("the goal")
        self.proved = theorem

    def document(self) -> dict[str, Any]:
        """The trace."""
        terms, lines = tabled(self.ledger.needed(self.proved) if self.proved else self.ledger.lines)
        return {
            "format": "mlnc-trace-5",
            "members": None,
            "claim": self.claim,
            "signature": self._emitted.as_json(),
            "hypotheses": [as_json(h) for h in self.hypotheses],
            "goal": as_json(self.goal),
            "terms": terms,
            "lines": lines,
        }


class Closing(Protocol):
    """A function that goes from the hypotheses of the claim whose id it carries to its goal."""

    closes: str

    def __call__(self, proof: Proof, /) -> None:
        """Make the theorems."""
        ...


def closes(claim: str) -> Callable[[Callable[[Proof], None]], Closing]:
    """Mark the function that closes a claim."""

    def mark(build: Callable[[Proof], None]) -> Closing:
        build.closes = claim  # type: ignore[attr-defined]
        return cast("Closing", build)

    return mark


def _abstracted(index: Sequence[str], args: Sequence[str], body: Tree) -> Tree:
    """The term under binders for the indices and arguments of a letter, the first outermost."""
    for name in (*index, *args):
        body = bind(body, name)
    return body


class _Binders:
    """The binder of a name, asked for when it is quantified."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature

    def __getitem__(self, name: str) -> Tree:
        return self._signature.binder(name)


def _shape_of(tree: Tree, signature: Signature, binders: Sequence[Tree] = ()) -> Shape:  # noqa: PLR0911 - one per kind
    """The shape of a well-formed term under binders, the innermost last."""
    match tree[0]:
        case "l":
            return signature.letters[tree[1]].shape
        case "v":
            rows, columns = binders[-1 - tree[1]][1:]
            return rows, columns
        case "e":
            family = binders[-1 - tree[1]][1] if isinstance(tree[1], int) else signature.indices[tree[1]]
            return signature.families[family][1], 1
        case "ones":
            return signature.families[tree[1]][1], 1
        case "I":
            return tree[1], tree[1]
        case "0":
            return tree[1], tree[2]
        case "+":
            return _shape_of(tree[1], signature, binders)
        case "sum":
            return _shape_of(tree[2], signature, (*binders, ("member", tree[1])))
        case "T":
            rows, columns = _shape_of(tree[1], signature, binders)
            return columns, rows
        case "*":
            shapes = [s for s in (_shape_of(t, signature, binders) for t in tree[1:]) if s != (1, 1)]
            return (shapes[0][0], shapes[-1][1]) if shapes else (1, 1)
    return 1, 1
