"""Run claims over distributions, in parallel, with results that do not depend on how the work was cut up.

A case is a distribution with a name; the choices a check makes on it come from a generator seeded by the campaign's
seed, the claim and that name. So a finding depends on nothing else, and merging chunks in order gives the same bytes
for any number of jobs.
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from proofs.claims import CLAIMS
from verify.campaign.claims import CHECKS, Derived, as_chain, close, derive, with_chain
from verify.campaign.counterexamples import Counterexample, seeded, stored
from verify.campaign.journal import Journal
from verify.campaign.traces import checking
from verify.checks.domains import DOMAINS
from verify.checks.evidence import HOLDS, Check, Finding, fails, skips
from verify.checks.shared.enclosures import OFTEN
from verify.geometry.spectrum import LabelSpectrum
from verify.labels import families
from verify.labels.distribution import LabelDistribution

if TYPE_CHECKING:
    from verify.campaign.claims import Own

Kind = Literal["certified", "sampled"]

CONTROL_EVERY = 10
"""The false variants are run on their witness, and on one in this many random distributions."""

NAMED_AT_ONCE = 10
"""Members of the panel in one task: with few labels all claims about the optimum are due on each."""

LARGE_EVERY = 5
"""Of the random distributions that costly checks are run on, one in this many is drawn from all numbers of labels;
the others have at most :attr:`Plan.costly`, for the time that an optimum takes grows with a power of it. None of the
former is among those that the false variants are run on."""

KEPT_FAILURES = 5
"""Failures kept per claim and kind; the count is of all of them."""


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        claims: ids, in catalogue order.
        samples: number of random distributions that a cheap claim is decided on.
        least: the same of a costly claim, at least.
        wanted: how many of them must meet the hypotheses, or the run is red.
        seed: everything random derives from it.
        panel: largest ``K`` of the built-in panel of families, 0 for no panel.
        data: named distributions of the user.
        labels: smallest and largest ``K`` of the random distributions.
        costly: largest ``K`` of most of those that costly checks are run on.
    """

    claims: tuple[str, ...]
    samples: int = 500
    seed: int = 0
    panel: int = 8
    data: tuple[tuple[str, LabelDistribution], ...] = ()
    labels: tuple[int, int] = (2, 8)
    costly: int = 6
    least: int = 1
    wanted: int = 0

    def stride(self, check: Check[LabelSpectrum]) -> int:
        """A check is run on one in so many of the random distributions of its domain."""
        return max(1, min(check.every, self.samples // max(1, self.least)))

    def sizes(self, index: int) -> tuple[int, int]:
        """Smallest and largest ``K`` of a random distribution, by its number.

        Example:
            >>> [Plan(claims=()).sizes(index) for index in (0, 1, 30)]
            [(2, 6), (2, 8), (2, 8)]
        """
        few = index % OFTEN == 0 and index // OFTEN % LARGE_EVERY != 3
        least, most = self.labels
        return least, max(least, min(most, self.costly)) if few else most


@dataclass(frozen=True)
class Failure:
    """A certified counterexample: the distribution and what was found on it; ``seed`` is of what the check drew."""

    name: str
    note: str
    distribution: LabelDistribution
    seed: str = "0"


@dataclass(frozen=True)
class Tally:
    """Findings of one claim on one kind of distributions.

    Attributes:
        held: how many distributions the claim held on.
        skipped: how many do not meet its hypotheses.
        failed: how many it failed on; the first few are in :attr:`failures`.
        rejected: per control, on how many distributions the check rejected the false variant, and of how many.
        outside: why the hypotheses are not met, where the user's own data were asked for.
        seconds: processor time; kept out of everything that is compared.
    """

    held: int = 0
    skipped: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    rejected: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def tried(self) -> int:
        """Distributions that meet the hypotheses."""
        return self.held + self.failed

    @property
    def drawn(self) -> int:
        """Distributions that it was decided on, whether they meet the hypotheses or not."""
        return self.tried + self.skipped

    def __add__(self, other: Tally) -> Tally:
        names = {**self.rejected, **other.rejected}
        return Tally(
            self.held + other.held,
            self.skipped + other.skipped,
            self.failed + other.failed,
            (self.failures + other.failures)[:KEPT_FAILURES],
            {name: _added(self.rejected.get(name), other.rejected.get(name)) for name in names},
            self.outside + other.outside,
            self.seconds + other.seconds,
        )


def _added(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int]:
    return (a or (0, 0))[0] + (b or (0, 0))[0], (a or (0, 0))[1] + (b or (0, 0))[1]


@dataclass(frozen=True)
class Evidence:
    """All that was found about one claim.

    Attributes:
        claim: id.
        derived: the symbolic derivation, checked; ``None`` when there is none.
        tallies: findings on the panel and the user's data (``"certified"``) and on random distributions
            (``"sampled"``).
        controls: for each control, whether the check said of its witness what it must.
        counterexamples: for each stored counterexample to the claim or to a false variant of it, by file name, whether
            it still is one.
        on_data: what was found on each of the user's label files, by name.
        wanted: random distributions that must meet the hypotheses.
        seconds: processor time, but for the checker's, which follows all chains in one process.
    """

    claim: str
    derived: Derived | None
    tallies: Mapping[Kind, Tally]
    controls: Mapping[str, bool]
    counterexamples: Mapping[str, bool] = field(default_factory=dict)
    on_data: Mapping[str, Finding] = field(default_factory=dict)
    wanted: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def thin(self) -> bool:
        """Whether too few random distributions met the hypotheses for the claim to count as tried."""
        return self.tallies["sampled"].tried < self.wanted

    @property
    def verdict(self) -> str:
        """``proved``, ``argued``, ``certified``, ``refuted``, ``undecided``, or ``broken`` (it contradicts itself).

        ``proved`` is a chain of theorems from the claim's hypotheses to its goal that the trace checker accepts;
        ``argued`` is a derivation whose steps are each checked but are linked by prose.

        ``refuted`` needs a counterexample that was decided exactly: one that was found, or the stored ones of a claim
        that is answered false. ``broken`` is a check that accepts a false variant, a derivation with a step that does
        not check, or a stored counterexample that is none: then nothing is known.
        """
        known_false = CLAIMS[self.claim].is_false
        if not known_false and any(tally.failed for tally in self.tallies.values()):
            return "refuted"
        controlled = all(self.controls.values()) and all(self.counterexamples.values())
        if not controlled or (self.derived is not None and self.derived.faults):
            return "broken"
        if known_false:
            found = any(self.counterexamples) or any(tally.failed for tally in self.tallies.values())
            return "refuted" if found else "undecided"
        if self.derived is not None:
            return "proved" if self.derived.closed else "argued"
        return "certified" if any(tally.held for tally in self.tallies.values()) else "undecided"

    @property
    def as_expected(self) -> bool:
        """Whether the suite may stay green: the evidence bears out the answer of the entry, on enough distributions."""
        return not self.thin and self.verdict in (
            ("refuted",) if CLAIMS[self.claim].is_false else ("proved", "argued", "certified")
        )


# ---------------------------------------------------------------------- the work


@dataclass(frozen=True)
class _Chunk:
    """Some cases, all claims: the unit of work that one process does."""

    plan: Plan
    kind: Kind
    claims: tuple[str, ...]
    cases: tuple[tuple[str, LabelDistribution], ...] | range
    domain: str = ""
    asked_for: bool = False
    """The user's own data, which no check sits out."""


def _decide(chunk: _Chunk) -> dict[str, Tally]:
    """Every claim of the chunk on every case of the chunk that it is due on."""
    tallies = {id_: Tally() for id_ in chunk.claims}
    for due, (name, pi), index in _cases(chunk):
        case = LabelSpectrum(pi)
        for check in due:
            controls = chunk.kind == "sampled" and index % (CONTROL_EVERY * chunk.plan.stride(check)) == 0
            tallies[check.claim] += _tally(check, case, name, chunk, controls)
    return tallies


def _cases(chunk: _Chunk) -> Iterator[tuple[list[Check[LabelSpectrum]], tuple[str, LabelDistribution], int]]:
    """Cases with the checks that are due: costly ones sit out most random distributions, by number, and the larger
    members of the panel."""
    checks, plan = [CHECKS[id_] for id_ in chunk.claims], chunk.plan
    if isinstance(chunk.cases, range):
        for index in chunk.cases:
            if due := [check for check in checks if index % plan.stride(check) == 0]:
                seed = seeded(plan.seed, index) if chunk.domain == "any" else seeded(plan.seed, chunk.domain, index)
                yield due, DOMAINS[chunk.domain].sample(seed, plan.sizes(index)), index
        return
    for index, (name, pi) in enumerate(chunk.cases):
        if due := [c for c in checks if chunk.asked_for or c.labels is None or c.labels >= pi.K]:
            yield due, (name, pi), index


def _tally(check: Check[LabelSpectrum], case: LabelSpectrum, name: str, chunk: _Chunk, controls: bool) -> Tally:
    start = time.process_time()
    drawn = f"{chunk.plan.seed}:{check.claim}:{name}"
    finding = check.decide(case, seeded(drawn))
    failures = (Failure(name, finding.note, case.given, drawn),) if finding.state == "fails" else ()
    rejected = {}
    if controls and finding.state == "holds":
        for control in (c for c in check.controls if c.expects == "fails"):
            rejected[control.name] = (int(check.tells(control, case, seeded(drawn))), 1)
    return Tally(
        held=int(finding.state == "holds"),
        skipped=int(finding.state == "skips"),
        failed=len(failures),
        failures=failures,
        rejected=rejected,
        outside=(finding.note,) if chunk.asked_for and finding.state == "skips" else (),
        seconds=time.process_time() - start,
    )


def _close(id_: str) -> tuple[Own, float]:
    """The chain of a claim by itself: others that it cites are tasks of their own."""
    start = time.process_time()
    return close(id_), time.process_time() - start


def _derive(id_: str) -> tuple[Derived | None, Mapping[str, bool], Mapping[str, bool], float]:
    """The derivation of a claim, its controls on their witnesses, and the stored counterexamples."""
    start, check = time.process_time(), CHECKS[id_]
    controls = {control.name: check.tells(control, control.witness(), Random(0)) for control in check.controls}
    false = {name: found.decide().state == "fails" for name, found in stored().items() if found.claim == id_}
    derived = derive(id_)
    return derived, controls, false, time.process_time() - start


RARELY = 100_000, 20, 100
"""Of objects, and of collections of younger ones, between two collections, as :mod:`gc` counts them."""

Progress = Callable[[str, int, int], None]
Task = tuple[Callable[[Any], Any], Any]


def silent(_: str, __: int, ___: int) -> None:
    """Progress that nobody watches."""


def run(
    plan: Plan,
    executor: Executor | None = None,
    journal: Journal | None = None,
    progress: Progress = silent,
    traces: Path | None = None,
) -> tuple[Evidence, ...]:
    """Gather the evidence for every claim of the plan.

    Args:
        plan: what to run.
        executor: where the work is done, any of ``concurrent.futures``'s interface; by default in this process. The
            result does not depend on it.
        journal: finished tasks are read from it and recorded in it.
        progress: called with what is being done, how many tasks are done, and of how many.
        traces: folder where the chains of the claims, and of all that they cite, are left as the checker followed them.

    Raises:
        InputError: every label set of a distribution is empty or full, or the folder cannot be written.

    Example:
        >>> (evidence,) = run(Plan(claims=("S4",), samples=5, panel=3))
        >>> evidence.tallies["sampled"].tried, evidence.tallies["certified"].failed, evidence.controls
        (5, 0, {'without the centering': True, 'complements of the same size': True})
    """
    chunks = _chunks(plan)
    chains: dict[str, Own] = {}
    tasks: dict[str, Task] = {f"derive {id_}": (_derive, id_) for id_ in plan.claims}
    tasks |= {f"decide {number}": (_decide, chunk) for number, chunk in enumerate(chunks)}
    done = dict[str, Any]()
    wanted: Iterable[str] = plan.claims
    while closing := {f"close {id_}": (_close, id_) for id_ in wanted}:
        done |= perform("chains", closing, executor, journal, progress)
        chains |= {key.removeprefix("close "): as_chain(done[key][0]) for key in closing}
        cited = {name for own in chains.values() for name in own.rests}  # some are outside of the plan
        wanted = [id_ for id_ in CLAIMS if id_ in cited and id_ not in chains]
    with checking(chains, traces) as outcome:
        done |= perform("evidence", tasks, executor, journal, progress)
        closed = outcome()
    decided = [{id_: _as_tally(tally) for id_, tally in done[f"decide {n}"].items()} for n in range(len(chunks))]
    return tuple(_evidence(plan, id_, done, closed, chunks, decided) for id_ in plan.claims)


def perform(
    what: str,
    tasks: Mapping[str, Task],
    executor: Executor | None = None,
    journal: Journal | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Do tasks, but for those that the journal holds; their results as plain JSON values by key.

    Args:
        what: how progress calls them.
        tasks: by key, a function at the top of a module and its argument, which can be pickled.
        executor: where the work is done; by default in this process.
        journal: finished tasks are read from it and recorded in it; it may hold other tasks too.
        progress: called with ``what``, how many tasks are done, and of how many.
    """
    done = {key: journal.results[key] for key in tasks if key in journal.results} if journal is not None else {}
    progress(what, len(done), len(tasks))
    for key, result in _results({key: task for key, task in tasks.items() if key not in done}, executor):
        done[key] = result
        if journal is not None:
            journal.record(key, result)
        progress(what, len(done), len(tasks))
    return done


def counterexample(claim: str, failure: Failure) -> Counterexample:
    """A failure as a counterexample that can be made small, stored and decided again."""
    return Counterexample(claim, "", failure.distribution, failure.seed)


def fingerprint(plan: Plan) -> str:
    """What results depend on: the plan, every source file of the suite and every stored counterexample."""
    digest = hashlib.sha256(json.dumps(asdict(plan)).encode())
    for package in ("proofs", "verify"):
        folder = Path(__file__).parents[2] / package
        for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.json")]):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def processes(jobs: int) -> ProcessPoolExecutor:
    """An executor of ``jobs`` processes that do not outlive this one; one thread of linear algebra each."""
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")  # what is parallel already only gets in its own way
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """What is new to the collector of cycles is mostly kept, trees and caches of SymPy's: looking for garbage among it
    as often as by default takes a third of the time in which chains are found."""
    gc.set_threshold(*RARELY)
    _watch_parent()


def _watch_parent() -> None:
    """Leave when the parent is gone, however it went: an orphan would hold its place for ever. The parent alone answers
    an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def leave() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=leave, daemon=True).start()


def _results(tasks: Mapping[str, Task], executor: Executor | None) -> Iterator[tuple[str, Any]]:
    """Results as plain JSON values, as they come; the journal holds the same."""
    if executor is None:
        for key, (function, argument) in tasks.items():
            yield key, _plain(function(argument))
        return
    futures = {executor.submit(function, argument): key for key, (function, argument) in tasks.items()}
    try:
        for future in as_completed(futures):
            yield futures[future], _plain(future.result())
    finally:
        for future in futures:
            future.cancel()


def _plain(result: Any) -> Any:
    return json.loads(json.dumps(result, default=asdict))


def _as_tally(plain: dict[str, Any]) -> Tally:
    failures = tuple(
        Failure(name=f["name"], note=f["note"], distribution=_as_distribution(f["distribution"]), seed=f["seed"])
        for f in plain["failures"]
    )
    rejected = {name: (rejected, tried) for name, (rejected, tried) in plain["rejected"].items()}
    return Tally(**{**plain, "failures": failures, "rejected": rejected, "outside": tuple(plain["outside"])})


def _as_distribution(plain: dict[str, Any]) -> LabelDistribution:
    labels, masks, weights = (tuple(plain[name]) for name in ("labels", "masks", "weights"))
    return LabelDistribution(labels, masks, weights, plain["denominator"])


def _as_derived(plain: dict[str, Any] | None) -> Derived | None:
    if plain is None:
        return None
    steps, controls = plain["steps"], plain["controls"]
    return Derived(
        grade=plain["grade"],
        steps=(steps[0], steps[1]),
        controls=(controls[0], controls[1]),
        lemmas=tuple(plain["lemmas"]),
        faults=tuple(plain["faults"]),
        closed=plain["closed"],
        axioms=tuple(plain["axioms"]),
        claims=tuple(plain["claims"]),
    )


def _chunks(plan: Plan) -> list[_Chunk]:
    """The cases in slices that are small enough to share out and to show progress by."""
    panel = tuple(families.panel(plan.panel)) if plan.panel else ()
    # asking for the proper part refuses data without contrasts before any work is done
    every = plan.claims
    data = [_Chunk(plan, "certified", every, ((name, pi),), asked_for=True) for name, pi in plan.data if pi.proper]
    slices = range(0, len(panel), NAMED_AT_ONCE)
    built_in = [_Chunk(plan, "certified", every, panel[start : start + NAMED_AT_ONCE]) for start in slices]
    domains: dict[str, list[str]] = {}
    for id_ in plan.claims:
        domains.setdefault(CLAIMS[id_].domain, []).append(id_)
    drawn = [
        _Chunk(plan, "sampled", tuple(claims), range(start, min(start + 100, plan.samples)), domain)
        for domain, claims in domains.items()
        for start in range(0, plan.samples, 100)
    ]
    return [*data, *built_in, *drawn]


def _evidence(
    plan: Plan,
    id_: str,
    done: Mapping[str, Any],
    closed: Mapping[str, Own],
    chunks: Sequence[_Chunk],
    decided: Sequence[Mapping[str, Tally]],
) -> Evidence:
    plain, controls, false, seconds = done[f"derive {id_}"]
    derived = _as_derived(plain)
    if derived is not None and id_ in closed:
        derived = with_chain(id_, derived, closed)
        seconds += done[f"close {id_}"][1]
    tallies: dict[Kind, Tally] = {"certified": Tally(), "sampled": Tally()}
    for chunk, tally in zip(chunks, decided, strict=True):
        tallies[chunk.kind] += tally.get(id_, Tally())
    asked = [_as_finding(tally[id_]) for chunk, tally in zip(chunks, decided, strict=True) if chunk.asked_for]
    on_data = dict(zip((name for name, _ in plan.data), asked, strict=True))
    seconds += sum(tally.seconds for tally in tallies.values())
    return Evidence(id_, derived, tallies, controls, false, on_data, plan.wanted, seconds)


def _as_finding(tally: Tally) -> Finding:
    """What a tally of one distribution says of it."""
    if tally.failures:
        return fails(tally.failures[0].note)
    return skips(tally.outside[0]) if tally.outside else HOLDS
