r"""Readings of the synthesis rule as checks, and the table they add up to.

A *reading* says that a prototype is a weighted sum of other vectors, for one loss, one treatment of the bias and one
range of penalties. It is a step like any other, proved or refuted from its own formulas; the table of a note is
rendered from the readings in the proved derivations, so that no entry of it can differ from what was checked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proofs.kernel.algebra import Algebra
from proofs.kernel.checks import Check, Equation, Grade, Identity
from proofs.kernel.compound import AllOf
from proofs.kernel.derivation import Derivation, Result
from proofs.kernel.explicit import Instance
from proofs.kernel.formula import Formula, Index, norm2
from proofs.kernel.models import Model
from proofs.kernel.outcome import Outcome


@dataclass(frozen=True)
class Circumstances:
    r"""Where a reading is said to hold.

    Args:
        loss: such as ``MSE``.
        bias: such as ``free``.
        penalty: such as ``every $\lambda$``.
        limit: whether the two sides agree only in the limit that ``penalty`` names.
    """

    loss: str
    bias: str
    penalty: str
    limit: bool = False


@dataclass(frozen=True)
class Term:
    """A weighted sum ``sum over index of weight * source``, with the measure of the index's family.

    Args:
        weight: a number.
        source: a vector, such as the prototype of the singleton ``k``.
        index: what is summed over.
    """

    weight: Formula
    source: Formula
    index: Index

    @property
    def formula(self) -> Formula:
        """The sum."""
        return (self.weight * self.source).over(self.index)

    def weight_tex(self, setting: Algebra) -> str:
        """LaTeX of what multiplies one source: the measure of its index, and the weight."""
        name = self.index.name
        measure = self.index.family.tex.format(name).removeprefix(rf"\sum_{{{name}}}")
        return measure + setting.tex(self.weight)


def combination(terms: Sequence[Term]) -> Formula:
    """The sum of the terms."""
    total = terms[0].formula
    for term in terms[1:]:
        total = total + term.formula
    return total


@dataclass(frozen=True)
class Reading:
    """``target`` is the combination of the terms; an identity like any other, and a row of the table.

    Args:
        target: the prototype.
        terms: what it is said to be synthesised from.
        sources: the terms' sources in words.
        where: loss, bias and penalty.
        setting: the algebra that decides.
        using: as in :class:`proofs.kernel.derivation.Identity`.
    """

    target: Formula
    terms: tuple[Term, ...]
    sources: str
    where: Circumstances
    setting: Algebra
    using: tuple[Equation, ...] = ()

    grade = Grade.GENERAL
    lemmas = ()

    @property
    def _identity(self) -> Identity:
        return self.setting.eq(self.target, combination(self.terms), *self.using)

    def outcome(self) -> Outcome:
        """That of the identity."""
        return self._identity.outcome()

    def tex(self) -> str:
        """The identity."""
        return self._identity.tex()

    def cells(self) -> tuple[str, ...]:
        """The row: loss, bias, penalty, what, from what, weight, verdict."""
        verdict = "true in the limit" if self.where.limit else "true, exactly"
        return (*_common_cells(self), verdict)


@dataclass(frozen=True)
class Refutation:
    """``target`` is *not* proportional to the combination of the terms in an exact instance; a row of the table.

    Args:
        target: the prototype, without free indices.
        terms: what it is said to be proportional to.
        sources: the terms' sources in words.
        where: loss, bias and penalty.
        setting: the algebra that evaluates.
        model: the instance.
    """

    target: Formula
    terms: tuple[Term, ...]
    sources: str
    where: Circumstances
    setting: Algebra
    model: Model

    grade = Grade.GENERAL
    lemmas = ()

    @property
    def _instance(self) -> Instance:
        """The Gram determinant of the two vectors is positive (Cauchy-Schwarz is strict)."""
        rule = combination(self.terms)
        inner = self.target.T * rule
        determinant = norm2(self.target) * norm2(rule) - inner * inner
        return Instance(determinant, ">", 0, self.setting, self.model)

    def outcome(self) -> Outcome:
        """That of the instance."""
        return self._instance.outcome()

    def tex(self) -> str:
        """The instance."""
        tex = self.setting.tex
        return rf"{tex(self.target)} \not\propto {tex(combination(self.terms))}"

    def cells(self) -> tuple[str, ...]:
        """The row: loss, bias, penalty, what, from what, weight, verdict."""
        return (*_common_cells(self), "**false**, even up to a factor")


def _common_cells(reading: Reading | Refutation) -> tuple[str, ...]:
    where, tex = reading.where, reading.setting.tex
    weights = ", ".join(f"${_short(term.weight_tex(reading.setting))}$" for term in reading.terms)
    named = ", ".join(f"${_short(tex(term.source))}$" for term in reading.terms)
    return (where.loss, where.bias, where.penalty, f"${tex(reading.target)}$", f"{reading.sources} {named}", weights)


_ENTRY = re.compile(
    r"""(?P<open>\\left\()? e_\{(?P<i>\w)\}\^\{\\top\}\\, (?: y_\{(?P<S>\w|\\\{.*?\\\})\} | f ) (?(open)\\right\))""",
    re.VERBOSE,
)
_ROW = re.compile(r"W\^\{\\top\}\\,e_\{(\w)\}")


def _short(tex: str) -> str:
    r"""Entries of indicators and frequencies, and rows of the classifier, as people write them.

    Example:
        >>> print(_short(r"e_{k}^{\top}\,y_{S} - a\,\left(e_{k}^{\top}\,f\right)"), _short(r"W^{\top}\,e_{j}"))
        [k\in S] - a\,f_{k} w_{j}
    """
    entries = _ENTRY.sub(lambda m: rf"[{m['i']}\in {m['S']}]" if m["S"] else f"f_{{{m['i']}}}", tex)
    return _ROW.sub(r"w_{\1}", entries)


_HEADER = ("claim", "loss", "bias", "penalty", "synthesised", "from", "weight of each", "verdict")


def table(
    title: str,
    introduction: str,
    derivations: Sequence[Derivation],
    results: Sequence[Result],
    others: Sequence[Derivation] = (),
) -> list[str]:
    """Every reading in the derivations as a row of a Markdown table, in order; refused if one of them did not pass.

    Those of ``others`` are decided here.
    """
    rows: list[Sequence[str]] = [_HEADER, ["---"] * len(_HEADER)]
    for derivation, result in zip(derivations, results, strict=True):
        if not result.passed:
            raise ValueError(f"{derivation.claim} did not pass: its readings are no rows of a table")
        rows += [(derivation.claim, *reading.cells()) for step in derivation.steps for reading in _readings(step.check)]
    for derivation, reading in ((d, r) for d in others for step in d.steps for r in _readings(step.check)):
        if not reading.outcome().proved:
            raise ValueError(f"{derivation.claim} has a reading that is not proved: it is no row of a table")
        rows.append((derivation.claim, *reading.cells()))
    return [f"## {title}", "", " ".join(introduction.split()), "", *("| " + " | ".join(row) + " |" for row in rows)]


def _readings(check: Check | Any) -> Iterator[Reading | Refutation]:
    if isinstance(check, Reading | Refutation):
        yield check
    if isinstance(check, AllOf):
        for _, part in check.parts:
            yield from _readings(part)
