"""Campaigns: the same findings however the work is cut up, and no verdict better than its evidence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from math import ceil
from pathlib import Path
from random import Random

import pytest
from flint import ctx
from hypothesis import given
from hypothesis import strategies as st

from proofs import chains
from proofs.chains import checked
from proofs.claims import CHAPTERS, CLAIMS, chapter_of
from tests.conftest import ROOT
from tests.proofs.decided import in_one_process
from verify.campaign import run as campaign
from verify.campaign.claims import CHECKS, Derived, select
from verify.campaign.journal import Journal
from verify.campaign.run import Evidence, Plan, Tally, fingerprint, processes, run
from verify.campaign.traces import SAID
from verify.checks.evidence import HOLDS, Check, Finding, fails, skips
from verify.checks.shared.enclosures import SELDOM
from verify.geometry.sign_condition import SignCondition, TerminalGeometry
from verify.geometry.spectrum import LabelSpectrum
from verify.geometry.tiny_penalty import TinyPenalty
from verify.labels.distribution import InputError, LabelDistribution
from verify.labels.errors import UnenclosedError
from verify.labels.families import make
from verify.report import as_json
from verify.report.verdicts import verdict_json, verdict_lines

SMALL = Plan(claims=("S2", "S9", "S10"), samples=101, panel=3)
"""More than one chunk of each kind."""


@cache
def found_here() -> tuple[Evidence, ...]:
    """The evidence for the small plan, gathered in this process; the tests that compare with it share one."""
    return run(SMALL)


def test_the_number_of_jobs_leaves_no_trace() -> None:
    """At optima, too."""
    plan = replace(SMALL, claims=("S9", "L4"))
    with processes(2) as pool:
        one, two = run(plan), run(plan, pool)
    assert as_json(verdict_json(plan, one)) == as_json(verdict_json(plan, two))
    assert [found.tallies["sampled"].drawn for found in one] == [101, ceil(101 / SELDOM)]
    assert ctx.prec == 53


@in_one_process
def test_traces_are_left_of_what_is_proved_and_of_what_is_refuted_and_what_either_rests_on(tmp_path: Path) -> None:
    """And of nothing else: what an earlier run left is gone."""
    plan = replace(SMALL, claims=("U4a", "W6b", "W7"), samples=0, panel=1)
    (tmp_path / "S1.json").write_text("{}")
    verdicts = [found.verdict for found in run(plan, traces=tmp_path)]
    left = {path.name for path in tmp_path.glob("*.json")}
    assert {"axioms.json", "U4a example.json", "U4a.json", "W6b example.json", "W6.json", "U6.json"} <= left
    assert "W7 example.json" in left
    assert left.isdisjoint({"W7.json", "S1.json"})
    assert verdicts == ["proved", "refuted", "refuted"]
    last = (tmp_path / SAID).read_text().splitlines()[-1]
    assert last.endswith(f"{sum('example' in name for name in left)} examples hold")


@in_one_process
def test_a_claim_is_proved_only_if_the_stand_alone_checker_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that does not follow is found all the same, and rejected; so is one that the checker ended before."""
    plan, texts = replace(SMALL, claims=("U4a", "U6"), samples=0, panel=1), chains._text

    def bent(name: str) -> str:
        return texts(name).replace('"goal"', '"goal!"', 1) if name == "U4a.json" else texts(name)

    assert [found.verdict for found in run(plan)] == ["proved", "proved"]
    monkeypatch.setattr(chains, "_text", bent)
    bad = run(plan)[0]
    assert bad.verdict == "broken"
    assert bad.derived is not None
    assert "rejected: U4a" in bad.derived.faults[0]


def test_threads_serve_as_well() -> None:
    """Any executor of the standard interface."""
    with ThreadPoolExecutor(2) as pool:
        assert run(SMALL, pool) == found_here()


def test_a_dask_cluster_serves_as_well() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask campaigns need the extra `dask`")
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        assert run(SMALL, client.get_executor()) == found_here()


def test_a_resumed_run_repeats_nothing_and_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, print_ = tmp_path / "journal.jsonl", fingerprint(SMALL)
    whole = found_here()

    class StoppedError(Exception):
        pass

    first = len(SMALL.claims) + 1  # derivations and a chunk, after the chains

    def stop_early(_: str, done: int, __: int) -> None:
        if done == first:
            raise StoppedError

    with Journal(path, print_, resume=False) as journal, pytest.raises(StoppedError):
        run(SMALL, journal=journal, progress=stop_early)
    decided: list[object] = []
    decide = campaign._decide

    def counted(chunk: campaign._Chunk) -> dict[str, Tally]:
        decided.append(chunk)
        return decide(chunk)

    monkeypatch.setattr(campaign, "_decide", counted)
    with Journal(path, print_, resume=True) as journal:
        assert len(journal.results) == len(SMALL.claims) + first
        assert run(SMALL, journal=journal) == whole
    assert len(decided) == len(campaign._chunks(SMALL)) - 1


def test_the_fingerprint_tells_plans_apart() -> None:
    assert fingerprint(SMALL) == fingerprint(replace(SMALL))
    assert len({fingerprint(plan) for plan in (SMALL, replace(SMALL, seed=1), replace(SMALL, samples=1))}) == 3


def test_another_seed_draws_other_distributions() -> None:
    first, second = found_here(), run(replace(SMALL, seed=1))
    assert first != second
    assert all(found.as_expected and found.verdict != "refuted" for found in (*first, *second))


@in_one_process
def test_a_claim_is_decided_with_all_four_kinds_of_evidence() -> None:
    """One claim per chapter, a false one among them; `mlnc verify` tells it of all."""
    one_per_chapter = ("S4", "U3", "U10", "O2", "W7", "L4", "T8a", "D1", "B0", "E2", "Y2", "V1", "C1")
    assert [chapter_of(id_).name for id_ in one_per_chapter] == list(CHAPTERS)
    for found in run(Plan(claims=one_per_chapter, samples=81, panel=3)):
        false = CLAIMS[found.claim].is_false
        assert found.as_expected
        true = "proved" if checked(found.claim).closed else "argued"
        assert found.verdict == ("refuted" if false else true), found.claim
        assert found.tallies["certified"].held > 0
        assert found.derived is not None or false
        assert found.counterexamples or not false
        assert found.controls
        assert all((*found.controls.values(), *found.counterexamples.values()))


def _false_above_three_labels(case: LabelSpectrum, _: Random) -> Finding:
    return HOLDS if case.K <= 3 else fails(f"K = {case.K}")


def test_a_false_claim_is_refuted_with_its_counterexamples(monkeypatch: pytest.MonkeyPatch) -> None:
    false: Check[LabelSpectrum] = Check("S4", "nothing", _false_above_three_labels)
    monkeypatch.setattr(campaign, "CHECKS", {**CHECKS, "S4": false})
    (found,) = run(Plan(claims=("S4",), samples=50, panel=4))
    assert found.verdict == "refuted"
    assert not found.as_expected
    tally = found.tallies["sampled"]
    assert tally.failed + tally.held == 50
    assert len(tally.failures) == campaign.KEPT_FAILURES
    assert all(failure.distribution.K > 3 for failure in tally.failures)
    assert any("fails on" in line for line in verdict_lines([found], 1))


def evidence(derived: Derived | None, held: int, failed: int, control: bool) -> Evidence:
    return Evidence("S4", derived, {"sampled": Tally(held=held, failed=failed)}, {"bent": control})


GOOD = Derived("general", (2, 2), (1, 1), (), (), closed=True, axioms=("unit vector",), claims=("U6",))
LOOSE = replace(GOOD, closed=False)
FAULTY = replace(GOOD, steps=(1, 2), faults=("S4 step 2 undecided",))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (evidence(GOOD, 5, 0, True), "proved"),
        (evidence(LOOSE, 5, 0, True), "argued"),
        (evidence(None, 5, 0, True), "certified"),
        (evidence(None, 0, 0, True), "undecided"),
        (evidence(GOOD, 5, 1, True), "refuted"),
        (evidence(GOOD, 5, 0, False), "broken"),
        (evidence(FAULTY, 5, 0, True), "broken"),
    ],
)
def test_a_verdict_is_as_good_as_its_evidence(found: Evidence, verdict: str) -> None:
    assert found.verdict == verdict
    assert found.as_expected == (verdict in ("proved", "argued", "certified"))


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(0, 12))
def test_tallies_add_up_however_they_are_grouped(kinds: list[int], cut: int) -> None:
    parts = [Tally(held=int(k == 0), skipped=int(k == 1), failed=int(k == 2), rejected={"c": (k, 3)}) for k in kinds]
    whole = sum(parts, Tally())
    assert sum(parts[:cut], Tally()) + sum(parts[cut:], Tally()) == whole
    assert (whole.held, whole.skipped, whole.failed) == (kinds.count(0), kinds.count(1), kinds.count(2))


def test_data_is_checked_beside_the_panel() -> None:
    mine = make("step", K=4, m=2, rho=3)
    with_data = run(Plan(claims=("S2",), samples=0, panel=0, data=(("mine", mine),)))
    assert with_data[0].tallies["certified"].held == 1


def test_what_was_found_on_each_label_file_is_kept_apart_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "derive", lambda _: GOOD)  # what is derived has nothing to do with the files
    skewed, flat = make("step", K=4, m=2, rho=3), make("balanced", K=4, m=2)
    pair = LabelDistribution.from_sets([([0], 1), ([0, 1], 1)], labels="ab")
    plan = Plan(("O1", "W7"), samples=1, panel=0, data=(("skewed", skewed), ("flat", flat), ("pair", pair)))
    with Journal(tmp_path / "journal", fingerprint(plan), resume=False) as journal:
        averaging, naive = run(plan, journal=journal)
        assert run(plan, journal=journal) == (averaging, naive)  # what was read back from the journal
    states = {name: finding.state for name, finding in averaging.on_data.items()}
    assert states == {"skewed": "skips", "flat": "holds", "pair": "holds"}
    assert "not perfectly orthogonal" in averaging.on_data["skewed"].note
    assert naive.on_data["pair"].state == "fails"
    assert "of the prototype is left" in naive.on_data["pair"].note
    document = verdict_json(plan, (averaging, naive))["claims"]
    assert document[0]["on_data"]["skewed"] == {"state": "skips", "note": averaging.on_data["skewed"].note}
    lines = verdict_lines((averaging, naive), 1)
    at = next(i for i, line in enumerate(lines) if line.startswith("On skewed: "))
    assert "hypotheses not met, or not decided 1" in lines[at]
    assert "On pair: failed 1; held 1" in lines
    assert lines[at + 2] == "  O1   hypotheses not met, or not decided: not perfectly orthogonal at every multiplicity"
    assert any(line.startswith("  W7   failed, a claim that is false: {a, b}: ") for line in lines)


def test_lines_say_what_they_count_and_of_a_false_claim_first_what_refutes_it() -> None:
    bent, stored = {"bent": True}, {"stored": True}
    true = Evidence("S4", GOOD, {"certified": Tally(held=3), "sampled": Tally(held=5)}, bent, stored, seconds=2)
    false = Evidence("W7", GOOD, {"certified": Tally(held=3, failed=1), "sampled": Tally(held=5)}, bent, stored)
    header, first, second, count = verdict_lines((true, false), 61)
    assert "evidence: steps proved; distributions it held on; false variants rejected" in header
    assert header.endswith(" processor")
    said = "derived general 2/2 · rests on U6, axiom unit vector · named 3/3 · random 5/5, of 5 drawn · control 2/2"
    assert f"proved     {said} · counterexample 1/1 " in first
    assert first.endswith("   2.00 s")
    assert "refuted    refuted by 1 stored counterexample; as claimed on 8 of 9 others · derived general" in second
    assert "counterexample 1/1" not in second
    assert count == "2 claims: 1 proved, 1 refuted; 61.0 s on the clock"
    assert verdict_lines([replace(true, counterexamples={})], 1)[-1].startswith("1 claim: 1 proved; ")


def test_data_without_contrasts_is_refused_before_any_work() -> None:
    empty = LabelDistribution.from_sets([((), 3)], labels="ab")
    with pytest.raises(InputError, match="empty or full"):
        run(Plan(claims=("S2",), samples=10**9, panel=0, data=(("mine", empty),)))


def test_claims_are_selected_by_pattern() -> None:
    assert [claim.id for claim in select(["S1?"])] == ["S10", "S11", "S12", "S13", "S14"]
    assert [claim.id for claim in select(["S9", "S2"])] == ["S2", "S9"]
    with pytest.raises(InputError, match="no claim matches 'X9'"):
        select(["S1", "X9"])


def test_a_claim_answered_false_needs_its_counterexample() -> None:
    """Without one it is undecided; with one that is none any more, nothing is known; true derivations do not help."""
    known = Evidence("W7", GOOD, {"sampled": Tally(held=3)}, {"bent": True}, {"stored": True})
    assert known.verdict == "refuted"
    assert known.as_expected
    for found, verdict in (
        (replace(known, counterexamples={}), "undecided"),
        (replace(known, counterexamples={"stored": False}), "broken"),
        (replace(known, controls={"bent": False}), "broken"),
        (replace(known, derived=FAULTY), "broken"),
    ):
        assert found.verdict == verdict
        assert not found.as_expected


KILLS = 20


@pytest.mark.slow(minutes=1)
def test_killed_at_random_moments_a_campaign_loses_nothing_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "verify.cli", "verify", "--claims", "S4,S7", "--jobs", "2", "--out"]
    subprocess.run([*command, str(tmp_path / "whole")], cwd=ROOT, capture_output=True, check=True)
    moments, killed, folder = Random(0), 0, tmp_path / "killed"
    recorded = 0
    log = tmp_path / "log"
    for _ in range(200):
        resume = ["--resume"] if folder.exists() else []
        with (
            log.open("w") as said,
            subprocess.Popen([*command, str(folder), *resume], cwd=ROOT, stderr=said, stdout=said) as run_,
        ):
            try:
                code = run_.wait(timeout=moments.uniform(0.5, 4.0) if killed < KILLS else None)
            except subprocess.TimeoutExpired:
                run_.kill()
                killed += 1
                journal = folder / "journal.jsonl"
                lines = journal.read_bytes().count(b"\n") if journal.exists() else 0
                assert lines >= recorded
                recorded = lines
                continue
        assert code == 0, log.read_text()
        if killed >= KILLS:
            break
        shutil.rmtree(folder)  # it finished before it was killed often enough: once more from the start
        recorded = 0
    assert killed >= KILLS
    assert (folder / "verdict.json").read_bytes() == (tmp_path / "whole" / "verdict.json").read_bytes()


def test_of_a_sign_condition_it_is_said_whether_it_fails_or_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """On labels that violate it, and on those of which nothing is known; what `mlnc spectrum` says is the same."""
    sets = [([0], 12), ([1], 6), ([2], 3), ([3], 2), ([0, 1], 5), ([1, 2], 2), ([0, 2, 3], 1)]
    failing, other = (LabelDistribution.from_sets(sets, labels=names) for names in ("abcd", "wxyz"))
    sign = TerminalGeometry.of(failing, "mean").sign
    assert sign.verdict == "violated"
    notes = ["not met: the centered sign condition fails for 1 of 7 label sets"]
    with pytest.raises(UnenclosedError, match=f"^{notes[0]}$"):
        TinyPenalty.of(failing, "free", 20)
    monkeypatch.setattr(TerminalGeometry, "sign", SignCondition("undecided", sign.worst, sign.value, ()))
    notes.append("not decided: whether the centered sign condition holds")
    with pytest.raises(UnenclosedError, match=f"^{notes[1]}$"):
        TinyPenalty.of(other, "free", 20)
    for note in notes:
        found = Evidence("W3", GOOD, {"certified": Tally(), "sampled": Tally()}, {}, {}, on_data={"own": skips(note)})
        assert f"  W3   hypothesis {note}" in verdict_lines((found,), 1)
