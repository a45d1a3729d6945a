r"""What a derivation is: a statement, steps that are each checked, controls that must fail, and a grade.

How to write one
================

One claim, one function; the statement, its source and the names of its false variants are those of its entry in
``proofs/claims/``::

    @proves("X1")
    def trace_of_projector() -> Derivation:
        return Derivation(
            symbols=(("K", "number of labels"),),
            steps=told("The trace is linear, and $\\mathbf1^\\top\\mathbf1=K$.", ALGEBRA.eq(trace(P), K - 1)),
            variants={"rank counted as K": ALGEBRA.eq(trace(P), K)},
        )

*Formulas* live in a setting: ``Scalars`` (SymPy formulas: rational functions, roots, exp and log, binomials, finite
sums with symbolic bounds) or ``Algebra`` (vectors and matrices of symbolic size, indexed sums, traces;
``proofs/letters/vocabulary.py`` has the letters all chapters share). The setting decides; ``scalars.py`` and
``normal_form.py`` say for which class of formulas the normal form is a decision procedure.

*Checks*, each of which proves, refutes with a witness, or stays undecided; ``A`` is the setting:

* ``A.eq(left, right, *using)`` - equal. ``using`` lists consequences of hypotheses, written as they are made:
  ``(before * equation * after).over(S)``, ``equation.traced``, ``-equation``. The proof is that the difference of the
  sides *is* the sum of theirs. What a hypothesis is divided by must be shown to be nonzero, by its declared sign or by
  an assumption such as ``sp.Ne(p, 0)``. The hypotheses of a step must hold at once in some instance (a model of the
  algebra, or a point of ``Scalars``), since from hypotheses that contradict each other everything follows. This is how
  "insert (U2) into itself" is written: no rewriting, hence nothing that may loop.
* ``A.ge(larger, smaller, certificate, *using)``, ``A.gt(...)`` - the certificate equals the difference, and its *form*
  shows the sign (squares, squared norms, quadratic forms in positive semidefinite letters, nonnegative numbers).
* ``A.zero_iff(formula, vector, *using, over=(S,))`` - a sum of squares with positive weights, zero iff each of them is.
  The total of every family summed over must be shown to be positive.
* ``Instance(left, relation, right, algebra, model)`` - a fact about one concrete exact instance.
* ``Solves(equations, solution, setting)`` - by substituting back; ``unique=True`` for uniqueness of a linear system.
  Every denominator of the solution must be shown to be nonzero.
* ``ForEach(parameter, values, make)`` - one check per value; grade ``entries``.
* ``every(("in words", check), check, ...)`` - finitely many cases or facts, all of which must hold.
* ``lemma(name, statement, ("in words", check), ..., gives=tex)`` - a theorem of the literature, whose hypotheses are
  checked here.

A step whose two sides are the same formula as given says nothing and raises :class:`DefectError`, and so does a
derivation without controls. A *control* is a false variant of a step; the derivation passes only if no control is
proved. The grade is the lowest of the steps'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from itertools import zip_longest
from typing import Protocol, cast

from proofs.kernel.checks import Check, Grade
from proofs.kernel.compound import distinct, lowest
from proofs.kernel.outcome import DefectError, Outcome, Verdict


@dataclass(frozen=True)
class Step:
    """Why, and the formula with its check.

    Args:
        why: prose (Markdown) that leads to the formula.
        check: the formula and how it is decided.
        then: prose that follows the formula, such as what it means.
        heading: the part of a longer proof that begins here (Markdown).
    """

    why: str
    check: Check
    then: str = ""
    heading: str = ""


def told(*parts: str | Check | Step) -> tuple[Step, ...]:
    """Steps as they are read: prose and the formula that it leads to, in turn.

    Prose that follows a formula and is followed by other prose, or by nothing, says what the formula means.

    Example:
        >>> import sympy as sp
        >>> from proofs.kernel.scalars import Scalars
        >>> s = sp.Symbol("s")
        >>> square = Scalars().eq((s + 1) ** 2, s**2 + 2 * s + 1)
        >>> [(step.why, step.then) for step in told("One.", square, "That is all of it.", "Two.", square)]
        [('One.', 'That is all of it.'), ('Two.', '')]
    """
    made: list[Step] = []
    why = ""
    for part, after in zip_longest(parts, parts[1:]):
        if isinstance(part, Step):
            made.append(part)
        elif not isinstance(part, str):
            made.append(Step(why, part))
            why = ""
        elif made and not why and (after is None or isinstance(after, str | Step)):
            made[-1] = replace(made[-1], then=part)
        else:
            why = part
    return tuple(made)


@dataclass(frozen=True)
class Control:
    """A false variant of a step, which the kernel must not prove; named as in the claim's entry.

    Attributes:
        what: the variant, in words.
        check: its formula.
        part: the letter of the part of the proof that it belongs to; empty for a proof in one piece.
    """

    what: str
    check: Check
    part: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a claim with a proof of its own.

    Args:
        title: a few words.
        statement: what is proved (Markdown).
        source: where it comes from.
        steps: the proof.
        variants: false variants of steps, which the kernel must not prove, by name.
        symbols: pairs (LaTeX, meaning) beyond those of the chapter.
        remark: what a reader should also know (Markdown).
    """

    title: str
    statement: str
    source: str
    steps: tuple[Step, ...]
    variants: Mapping[str, Check]
    symbols: tuple[tuple[str, str], ...] = ()
    remark: str = ""

    def heading(self, letter: str) -> str:
        """What stands above its first step."""
        where = "; ".join(f"${tex}$, {meaning}" for tex, meaning in self.symbols)
        proof = f" In the proof: {where}." if where else ""
        return f"**({letter}) {self.title}.** {self.statement} *Source:* {self.source}.{proof}"


@dataclass(frozen=True)
class Derivation:
    """The proof of a claim.

    Args:
        steps: the proof.
        variants: false variants of steps, which the kernel must not prove, by name.
        symbols: pairs (LaTeX, meaning) beyond those of the chapter.
        remark: of its parts: sharpness, exceptions (Markdown).
        claim: id of the claim; :func:`proves` fills it in.
        lettered: variants of the parts, with their letters.

    Raises:
        DefectError: no step or no control.
    """

    steps: tuple[Step, ...]
    variants: Mapping[str, Check]
    symbols: tuple[tuple[str, str], ...] = ()
    remark: str = ""
    claim: str = ""
    lettered: tuple[Control, ...] = ()

    @staticmethod
    def in_parts(*parts: Part) -> Derivation:
        """One claim from the proofs of its parts, lettered (a), (b), ... in order."""
        lettered = [(chr(ord("a") + i), part) for i, part in enumerate(parts)]
        return Derivation(
            steps=tuple(
                replace(step, heading=part.heading(letter) if i == 0 else step.heading)
                for letter, part in lettered
                for i, step in enumerate(part.steps)
            ),
            variants={},
            lettered=tuple(Control(what, x, letter) for letter, part in lettered for what, x in part.variants.items()),
            remark=" ".join(f"({letter}) {part.remark}" for letter, part in lettered if part.remark),
        )

    def __post_init__(self) -> None:
        if not self.steps:
            raise DefectError(f"{self.claim or 'a derivation'}: a derivation needs a step")
        if not self.controls:
            raise DefectError(
                f"{self.claim or 'a derivation'}: a derivation needs a control, a false variant that must not be proved"
            )

    @property
    def controls(self) -> tuple[Control, ...]:
        """The false variants, one after the other."""
        return (*self.lettered, *(Control(what, check) for what, check in self.variants.items()))

    @property
    def grade(self) -> Grade:
        """The lowest of the steps'."""
        return lowest(step.check.grade for step in self.steps)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """Names of the theorems of the literature used, in order of use."""
        return distinct(name for step in self.steps for name in step.check.lemmas)

    def check(self) -> Result:
        """Decide every step and every control."""
        return Result(
            claim=self.claim,
            grade=self.grade,
            lemmas=self.lemmas,
            steps=tuple(step.check.outcome() for step in self.steps),
            controls=tuple(control.check.outcome() for control in self.controls),
        )


class Proof(Protocol):
    """A function that builds the derivation of the claim whose id it carries."""

    claim: str

    def __call__(self) -> Derivation:
        """Build it."""
        ...


def proves(claim: str) -> Callable[[Callable[[], Derivation]], Proof]:
    """Mark the function that proves a claim.

    Example:
        >>> @proves("S4")
        ... def complements() -> Derivation: ...
        >>> complements.claim
        'S4'
    """

    def mark(build: Callable[[], Derivation]) -> Proof:
        @wraps(build)
        def proved() -> Derivation:
            return replace(build(), claim=claim)

        proved.claim = claim  # type: ignore[attr-defined]
        return cast("Proof", proved)

    return mark


@dataclass(frozen=True)
class Result:
    """What checking a derivation gave."""

    claim: str
    grade: Grade
    lemmas: tuple[str, ...]
    steps: tuple[Outcome, ...]
    controls: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Every step is proved and no control is."""
        return all(step.proved for step in self.steps) and not any(control.proved for control in self.controls)

    @property
    def faults(self) -> tuple[str, ...]:
        """One line per step that is not proved and per control that is."""
        steps = (
            f"{self.claim} step {i} {outcome.verdict.value}: {outcome.how} {outcome.witness}".rstrip()
            for i, outcome in enumerate(self.steps, 1)
            if not outcome.proved
        )
        controls = (
            f"{self.claim} control {i} was proved: {outcome.how}"
            for i, outcome in enumerate(self.controls, 1)
            if outcome.proved
        )
        return (*steps, *controls)

    @property
    def refuted_controls(self) -> int:
        """How many controls were refuted with a witness; the others were merely not proved."""
        return sum(outcome.verdict is Verdict.REFUTED for outcome in self.controls)
