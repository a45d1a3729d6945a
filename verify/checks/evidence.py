"""What numeric evidence is: a check that decides a claim on one case, and the false variants it must reject.

A check is a function ``decide(case, rng, **law)``. The keyword arguments are the law under test, with the true law as
their defaults; a control replaces some of them by a false law. So a control runs the very code that checks the claim,
and a check that accepts one of its controls is no check. A claim that is answered *false* is checked as it reads: its
check fails on a counterexample, and its control is a case on which the reading does hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, Literal, TypeVar

Case = TypeVar("Case")


@dataclass(frozen=True)
class Finding:
    """Outcome of a check on one case: it holds, it fails, or the case does not meet the claim's hypotheses.

    Attributes:
        state: ``"holds"``, ``"fails"`` or ``"skips"``.
        note: what was found, in one line; empty when it holds.
    """

    state: Literal["holds", "fails", "skips"]
    note: str = ""


HOLDS = Finding("holds")


def fails(note: str) -> Finding:
    """The law is violated on this case; ``note`` says by what."""
    return Finding("fails", note)


def skips(note: str) -> Finding:
    """The case does not meet the hypotheses; ``note`` says which."""
    return Finding("skips", note)


@dataclass(frozen=True)
class Control(Generic[Case]):
    """A case the check must tell: one that breaks a false variant of a claim, or one on which a false claim holds.

    Attributes:
        name: how the law is bent, in words.
        law: the keyword arguments of the check that are replaced.
        witness: builds a small case on which the law is violated; the check must say so.
        expects: ``"holds"`` for the control of a claim that is answered false.
    """

    name: str
    law: Mapping[str, Any]
    witness: Callable[[], Case]
    expects: Literal["fails", "holds"] = "fails"


@dataclass(frozen=True)
class Check(Generic[Case]):
    """The numeric half of a claim.

    Attributes:
        claim: id of the claim.
        decides: what is compared with what, and how exactly, in one sentence.
        decide: ``decide(case, rng, **law) -> Finding``. ``rng`` is only for choices the claim leaves free ("for every
            ``W``"); the same state gives the same finding.
        controls: the false variants, at least one.
        every: a costly check is run on one in this many random distributions.
        labels: and on members of the panel with at most this many labels; ``None`` for all of them.
    """

    claim: str
    decides: str
    decide: Callable[..., Finding]
    controls: tuple[Control[Case], ...] = field(default=())
    every: int = 1
    labels: int | None = None

    def tells(self, control: Control[Case], case: Case, rng: Random) -> bool:
        """Whether the check says of this control on ``case`` what it must."""
        return self.decide(case, rng, **control.law).state == control.expects


def checks(
    claim: str, decides: str, *controls: Control[Any], every: int = 1, labels: int | None = None
) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """Mark the function that checks a claim numerically; the parameters are those of :class:`Check`.

    Example:
        >>> @checks("S4", "nothing")
        ... def complements(case: object, rng: Random) -> Finding:
        ...     return HOLDS
        >>> complements.check.claim
        'S4'
    """

    def mark(decide: Callable[..., Finding]) -> Callable[..., Finding]:
        decide.check = Check(claim, decides, decide, controls, every, labels)  # type: ignore[attr-defined]
        return decide

    return mark
