"""Experiments: the same bytes however the work is cut up, tables that survive JSON, figures and words from tables."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.claims import CLAIMS
from verify import experiments
from verify.campaign.journal import Journal
from verify.campaign.run import processes
from verify.experiments import EXPERIMENTS
from verify.experiments.base import Column, Experiment, Table, enclosed, ends, middle, shown
from verify.labels.distribution import InputError, LabelDistribution
from verify.report.figures import svg

OWN = ("kappa_against_imbalance", "isotropy", "collapse_cascade")
"""Experiments whose parts are quick enough to be run here; the others are tested in files of their own."""

DATA = (("beach", LabelDistribution.from_sets([([0], 3), ([1], 2), ([0, 2], 2), ([1, 2], 1), ([], 1)])),)


def _reduced(experiment: Experiment) -> Experiment:
    """The same experiment with its first, its last, and one part in between."""

    def few(seed: int, data: experiments.base.Data) -> list[object]:
        every = list(experiment.parts(seed, data))
        return list({0: every[0], len(every) // 2: every[len(every) // 2], len(every) - 1: every[-1]}.values())

    return replace(experiment, parts=few)


@pytest.fixture
def reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: _reduced(EXPERIMENTS[name]) for name in OWN}
    monkeypatch.setattr(experiments, "EXPERIMENTS", MappingProxyType(few))


@cache
def table(name: str) -> Table:
    """The table of a reduced run."""
    experiment = _reduced(EXPERIMENTS[name])
    return experiment.table(
        0, DATA, ([dict(row) for row in experiment.run(part)] for part in experiment.parts(0, DATA))
    )


# ---------------------------------------------------------------------- running


@pytest.mark.usefixtures("reduced")
def test_two_processes_give_the_same_bytes_as_one_and_a_resumed_run_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their hash seed: that of this process is another."""
    alone = {name: table(name).dumps() for name in OWN}
    file = tmp_path / "journal"
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    with processes(2) as pool, Journal(file, "plan", resume=False) as journal:
        shared = {name: found.dumps() for name, found in experiments.run(OWN, 0, DATA, pool, journal).items()}
    assert shared == alone
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: len(lines) // 2]))
    seen: list[tuple[str, int, int]] = []
    with Journal(file, "plan", resume=True) as journal:
        resumed = experiments.run(OWN, 0, DATA, None, journal, lambda *step: seen.append(step))
    assert {name: found.dumps() for name, found in resumed.items()} == alone
    assert seen[0] == ("experiments", len(lines) // 2 - 1, len(lines) - 1)
    assert seen[-1] == ("experiments", len(lines) - 1, len(lines) - 1)


def test_a_wrong_name_is_one_line_that_lists_the_right_ones() -> None:
    with pytest.raises(InputError, match="no experiment matches 'nope\\*': the experiments are kappa") as found:
        experiments.select(["kappa*", "nope*"])
    assert "\n" not in str(found.value)
    assert experiments.select(["*"]) == tuple(EXPERIMENTS)
    assert experiments.select([]) == ()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_says_what_it_is_and_bears_on_claims_that_exist(name: str) -> None:
    experiment = EXPERIMENTS[name]
    assert experiment.name == name
    assert experiment.question.endswith("?")
    assert experiment.claims
    assert set(experiment.claims) <= set(CLAIMS)
    assert len({column.name for column in experiment.columns}) == len(experiment.columns)
    assert all(column.what for column in experiment.columns)
    assert len(experiment.parts(0, ())) > 1


# ---------------------------------------------------------------------- tables


@pytest.mark.parametrize("name", OWN)
def test_a_table_survives_json_and_holds_only_plain_values(name: str) -> None:
    found = table(name)
    assert Table.loads(found.dumps()) == found
    for row in found.rows:
        for cell in row.values():
            assert cell is None or isinstance(cell, bool | int | float | str | list)
            if isinstance(cell, list):
                low, high = ends(cell)
                assert low <= high


@pytest.mark.parametrize("name", OWN)
def test_words_and_figure_come_from_the_table_alone(name: str) -> None:
    experiment, found = EXPERIMENTS[name], Table.loads(table(name).dumps())
    said = experiment.words(found)
    assert re.search(r"\d", said)
    assert said.endswith(".")
    assert "\n" not in said
    assert not re.search(r"\bnan\b", said)
    drawing = svg(experiment.draw(found), experiment.title)
    assert drawing == svg(experiment.draw(Table.loads(table(name).dumps())), experiment.title)
    assert drawing.count(b"<path") > 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("{", "run `mlnc verify --experiments` again"),
        ("[]", "not the table of an experiment"),
        ('{"experiment": "a", "seed": 0, "data": {}, "columns": [], "rows": [[1]]}', "longer"),
    ],
)
def test_a_file_that_holds_no_table_is_one_line(content: str | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(words)) as found:
        Table.read(file)
    assert "\n" not in str(found.value)


def test_a_row_with_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="the columns are"):
        Table("a", 0, {}, (Column("x", "", "y"),), ({"y": 1},))


@given(st.fractions(), st.fractions())
def test_an_enclosure_is_rounded_outwards_and_read_back(a: Fraction, b: Fraction) -> None:
    low, high = sorted((a, b))
    cell = json.loads(json.dumps(enclosed(low, high)))
    below, above = ends(cell)
    assert below <= low <= high <= above
    # seventeen digits: each end moves by less than one unit of the last
    assert above - below <= high - low + (abs(low) + abs(high)) / 10**16
    # a float64 is the number nearest to the midpoint
    assert abs(Fraction(middle(cell)) - (below + above) / 2) <= max(abs(below), abs(above)) / 2**52


@given(st.fractions(min_value=-1000, max_value=1000), st.fractions(min_value=0, max_value=1))
def test_the_digits_shown_of_an_enclosure_are_right_for_every_number_in_it(low: Fraction, width: Fraction) -> None:
    cell = enclosed(low, low + width)
    said = shown(cell)
    if " to " in said:
        assert width > 0 or low != ends(cell)[0]
        return
    exponent = Decimal(said).as_tuple().exponent
    assert isinstance(exponent, int)
    assert all(abs(end - Fraction(said)) <= Fraction(10) ** exponent / 2 for end in ends(cell))
