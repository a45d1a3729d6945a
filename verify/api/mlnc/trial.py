"""``verify``: every claim, on labels of one's own too."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Unpack

from mlnc.arguments import Source, name_of, read_contrasts, require_choice
from mlnc.results import Result
from verify.campaign import run as campaign
from verify.campaign.claims import select
from verify.campaign.run import Evidence, Plan
from verify.labels.distribution import LabelDistribution
from verify.labels.readers import Format, Labels, Stated
from verify.report.verdicts import verdict_json, verdict_lines

__all__ = ["PANEL", "PROFILES", "VerifyResult", "planned", "verify"]

PROFILES = {"quick": (2_000, 33, 25), "full": (20_000, 1_000, 500), "nightly": (2_000_000, 50_000, 25_000)}
"""Random distributions of a cheap claim, of a costly one, and how many must meet the hypotheses."""

PANEL = 8
"""Largest K of the panel."""


@dataclass(frozen=True, repr=False, eq=False)
class VerifyResult(Result):
    """The verdicts on some claims.

    Attributes:
        plan: what was run.
        evidence: all that was found, per claim.
        seconds: on the clock.
    """

    plan: Plan
    evidence: tuple[Evidence, ...]
    seconds: float

    @property
    def accepted(self) -> bool:
        """Whether the evidence bears out every answer of the catalogue."""
        return all(found.as_expected for found in self.evidence)

    def lines(self) -> list[str]:
        """A line per claim, and what was found on each of the given labels."""
        return verdict_lines(self.evidence, self.seconds)

    def as_json(self) -> dict[str, Any]:
        """All that was found, without times: the same for any executor."""
        return verdict_json(self.plan, self.evidence)


def verify(
    data: Source | Mapping[str, Source] | None = None,
    *,
    claims: str = "*",
    profile: str = "quick",
    seed: int = 0,
    labels: Labels = None,
    format: Format | None = None,
    executor: Executor | None = None,
    progress: Callable[[str, int, int], None] = campaign.silent,
    **layout: Unpack[Stated],
) -> VerifyResult:
    """Gather all evidence for the claims: derivations, checks on named and random distributions, counterexamples.

    Args:
        data: labels to check on too, as :func:`mlnc.read` takes them; several as a mapping by name.
        claims: ids, comma separated, with wildcards: ``"S*,U8"``.
        profile: ``"quick"``, ``"full"`` or ``"nightly"``: the number of random distributions.
        seed: everything random derives from it.
        labels, format, layout: how to read the data, see :func:`mlnc.read`.
        executor: where the work is done, such as a ``concurrent.futures.ProcessPoolExecutor()``; by default in this
            process. The result does not depend on it.
        progress: called with what is being done, how many tasks are done, and of how many.

    Raises:
        InputError: data that cannot be read or has no contrast between labels; no such claim or profile.

    Example:
        >>> found = verify([[1, 0, 0], [0, 1, 0], [1, 1, 0]], claims="S4")
        >>> found.accepted, found.as_json()["claims"][0]["on_data"]["labels"]["state"]
        (True, 'holds')
    """
    start = time.monotonic()
    named = data if isinstance(data, Mapping) else {} if data is None else {name_of(data, whole=True): data}
    read = tuple((name, read_contrasts(source, labels, format, **layout)) for name, source in named.items())
    plan = planned(claims, profile, seed, read)
    evidence = campaign.run(plan, executor, progress=progress)
    return VerifyResult(plan, evidence, time.monotonic() - start)


def planned(claims: str, profile: str, seed: int, data: tuple[tuple[str, LabelDistribution], ...] = ()) -> Plan:
    """What to run for claims and a profile; the arguments of :func:`verify`, with the data read."""
    require_choice("profile", profile, PROFILES)
    samples, least, met = PROFILES[profile]
    asked = tuple(claim.id for claim in select(part.strip() for part in claims.split(",")))
    return Plan(claims=asked, samples=samples, seed=seed, panel=PANEL, least=least, wanted=met, data=data)
