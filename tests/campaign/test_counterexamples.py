"""Counterexamples: stored ones still refute what they are stored for, and shrinking ends at the smallest."""

import json
from pathlib import Path
from random import Random

import pytest

from proofs.claims import CLAIMS
from tests.conftest import Run
from verify.campaign import counterexamples
from verify.campaign.claims import CHECKS
from verify.campaign.counterexamples import Counterexample, load, minimised, stored
from verify.checks.evidence import HOLDS, Check, Finding, fails
from verify.geometry.spectrum import LabelSpectrum
from verify.labels.distribution import InputError, LabelDistribution
from verify.report import as_json


@pytest.mark.parametrize("name", stored())
def test_a_stored_counterexample_still_refutes_and_says_so(name: str) -> None:
    example = stored()[name]
    finding = example.decide()
    assert finding.state == "fails"
    assert example.is_known
    assert (counterexamples.FOLDER / f"{name}.json").read_text("utf-8") == as_json(example.as_json())
    assert finding.note == example.as_json()["note"]


@pytest.mark.parametrize("name", stored())
def test_no_single_step_makes_a_stored_counterexample_smaller(name: str) -> None:
    example = stored()[name]
    assert minimised(example, trials=200) == example


def test_every_claim_answered_false_has_a_stored_counterexample() -> None:
    refuted = {example.claim for example in stored().values() if not example.variant}
    assert refuted >= {id_ for id_, claim in CLAIMS.items() if claim.is_false}
    assert all(CLAIMS[id_].is_false for id_ in refuted)


def test_the_classic_slips_are_stored() -> None:
    """kappa_m where K_m belongs: in the contrast energy and in the loss bound."""
    assert {"S9", "L1"} <= {example.claim for example in stored().values() if example.variant}


def _false_on_a_pair(case: LabelSpectrum, rng: Random) -> Finding:
    """A law that only label sets with two labels break, and only with weight three or more."""
    weights = zip(case.given.masks, case.given.weights, strict=True)
    return fails(f"{rng.random()}") if any(m.bit_count() == 2 and w >= 3 for m, w in weights) else HOLDS


def test_shrinking_finds_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    false: Check[LabelSpectrum] = Check("S4", "nothing", _false_on_a_pair)
    monkeypatch.setattr(counterexamples, "CHECKS", {**CHECKS, "S4": false})
    sets = [([0], 7), ([2], 5), ([1, 3], 9), ([0, 1, 2], 4), ([2, 3, 4], 8)]
    found = Counterexample("S4", "", LabelDistribution.from_sets(sets, "abcde"))
    small = minimised(found)
    assert (small.distribution.K, small.distribution.masks) == (2, (0b01, 0b11))
    assert small.distribution.weights == (1, 3)  # in lowest terms a pair alone has weight one, so another set must stay
    assert small.decide() == small.decide()


def test_a_law_that_holds_is_left_as_it_is() -> None:
    holds = Counterexample("S4", "", LabelDistribution.from_sets([([0], 1), ([1, 2], 5)], "abc"))
    assert holds.decide() == HOLDS
    assert not holds.is_known


GOOD = Counterexample("S9", "kappa as the upper constant", LabelDistribution.from_sets([([0], 1)], "abc"))


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        ({"claim": "S99"}, "no claim 'S99'"),
        ({"variant": "nonsense"}, "has no variant 'nonsense'"),
        ({"seed": 3}, "not a counterexample"),
        ({"sets": []}, "no label set"),
        ({"sets": [{"labels": ["z"], "weight": 1}]}, "'z'"),
        ({"sets": [{"labels": ["a"]}]}, "not a counterexample"),
        ({"labels": "abc"}, "not a counterexample"),
        ({"sets": [{"labels": ["a", "b", "c"], "weight": 1}]}, "no contrast"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, change: dict[str, object], fragment: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(as_json({**GOOD.as_json(), **change}))
    with pytest.raises(InputError, match=fragment) as error:
        load(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 5000, "\x00"])
def test_what_is_no_json_object_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(InputError, match="not a counterexample"):
        load(path)


def test_replay_tells_known_counterexamples_from_news(mlnc: Run, tmp_path: Path) -> None:
    known, none = tmp_path / "known.json", tmp_path / "none.json"
    known.write_text(as_json(GOOD.as_json()))
    none.write_text(as_json({**GOOD.as_json(), "labels": ["a", "b"]}))  # with two labels kappa is K
    code, said, _ = mlnc("replay", known, "--json")
    assert code == 0
    assert [line["state"] for line in json.loads(said)] == ["fails"]
    code, said, _ = mlnc("replay", known, none)
    assert code == 1
    assert "known.json: S9 with 'kappa as the upper constant' is refuted on 1 label set" in said
    assert "none.json: S9 with 'kappa as the upper constant' holds on 1 label sets over 2 labels" in said
    assert mlnc("replay", tmp_path / "absent.json")[0] == 2
